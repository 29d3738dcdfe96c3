"""How models translate and score; reads and writes nothing."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from kdaudit.processors import usable_processors
from kdaudit.settings import Settings

ComputeType = Literal["float32", "float16", "bfloat16", "int8", "int8_float32"]

EXACT: Final = "float32"
"""What models are trained in; in any other type their weights are rounded."""


class InferenceSettings(Settings):
    """Settings of the engine. They hold for translation, forced scores and prefixes alike."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: ComputeType = Field(
        EXACT, description="anything but float32 is another model, and is named as one"
    )
    threads: int | None = Field(
        None,
        ge=1,
        description="CPU threads, each with batches of its own; None: all usable processors",
    )
    batch_tokens: int = Field(
        2048, ge=1, description="source pieces of a batch, padding included; measured: docs/log.md"
    )
    length_penalty: float = Field(1.0, ge=0, description="of beam search, as in fairseq")
    max_target_pieces: int = Field(
        256, ge=1, description="longer translations are cut, and counted"
    )
    max_source_pieces: int = Field(
        1023, ge=1, description="what a model takes of a source: its positions less one"
    )
    long_sources: Literal["cut", "refuse"] = Field(
        "cut", description="of longer sources: cut and counted, or an error that names the first"
    )

    @property
    def cpu_threads(self) -> int:
        """The CPU threads: those that are set, else one for each processor that may be used."""
        return self.threads or usable_processors()

    @property
    def job_threads(self) -> int:
        """Those of a job of the workflow: half the processors where none are set, so that another
        job, a training above all, can run beside it."""
        return self.threads or max(usable_processors() // 2, 1)

    def named(self, model: str) -> str:
        """What a model is called where its numbers are shown: quantised, it is another one. One
        whose name says so is called by its name."""
        is_said = self.compute_type == EXACT or model.endswith(f"-{self.compute_type}")
        return model if is_said else f"{model} ({self.compute_type})"

    def decoding(self) -> dict[str, Any]:
        """What translations and scores depend on: all but how fast they are made."""
        return self.model_dump(mode="json", exclude={"device", "threads", "batch_tokens"})
