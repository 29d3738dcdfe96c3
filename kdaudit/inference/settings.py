"""How models translate and score; reads and writes nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from kdaudit.settings import Settings


class InferenceSettings(Settings):
    """Settings of the engine. They hold for translation, forced scores and prefixes alike."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: Literal["float32", "float16", "bfloat16", "int8", "int8_float32"] = Field(
        "float32", description="anything but float32 is another model, and is to be named as one"
    )
    threads: int = Field(1, ge=1, description="CPU threads, each with batches of its own")
    batch_tokens: int = Field(2048, ge=1, description="source pieces of a batch, padding included")
    length_penalty: float = Field(1.0, ge=0, description="of beam search, as in fairseq")
    max_target_pieces: int = Field(
        256, ge=1, description="longer translations are cut, and counted"
    )
    max_source_pieces: int = Field(
        1023, ge=1, description="longer sources are cut, and counted; a model's positions less one"
    )

    def decoding(self) -> dict[str, Any]:
        """What translations and scores depend on: all but how fast they are made."""
        return self.model_dump(mode="json", exclude={"device", "threads", "batch_tokens"})
