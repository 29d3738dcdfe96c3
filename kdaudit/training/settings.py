"""The settings of one trainer; reads and writes nothing.

Teacher, student, baseline and reverse model are values of this class, never code
paths of their own.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from kdaudit.settings import Settings


class TrainerSettings(Settings):
    """How one model is trained. Sizes are those of a transformer, encoder and decoder alike."""

    layers: int = Field(6, ge=1, le=64)
    width: int = Field(512, ge=8, description="embedding dimension")
    feed_forward: int = Field(2048, ge=8)
    heads: int = Field(8, ge=1)
    normalize_before: bool = Field(
        False, description="layer norm before each block: small models learn faster and stabler"
    )
    embeddings: Literal["shared", "decoder", "separate"] = Field(
        "shared", description="by all; by the decoder's input and output only; by none"
    )
    dropout: float = Field(0.1, ge=0, lt=1)
    label_smoothing: float = Field(0.1, ge=0, lt=1)
    epochs: int | None = Field(None, ge=1)
    updates: int | None = Field(None, ge=1)
    learning_rate: float = Field(2e-4, gt=0)
    schedule: Literal["inverse_sqrt", "linear", "constant"] = Field(
        "inverse_sqrt", description="of the learning rate; linear: down to 0 at the last update"
    )
    warmup_updates: int = Field(8000, ge=0)
    batch_tokens: int = Field(4096, ge=16, description="per process and gradient step")
    accumulate: int = Field(1, ge=1, description="gradient steps per update")
    clip_norm: float = Field(0.0, ge=0, description="0: off")
    seed: int = Field(1, ge=0)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = Field(1, ge=1, description="CPU threads of a process")
    processes: int = Field(1, ge=1, description="more than one: through torchrun")
    nodes: int = Field(1, ge=1, description="machines, each with 'processes'; through srun")
    precision: Literal["float32", "float16", "bfloat16"] = "float32"
    save_updates: int = Field(
        0, ge=0, description="checkpoint every so many updates as well; 0: off"
    )
    log_updates: int = Field(20, ge=1)
    options: dict[str, str | int | float | bool | None] = Field(
        default_factory=dict,
        description="further fairseq-train options; true or null for a flag without a value",
    )

    def identity(self) -> dict[str, Any]:
        """What the trained model depends on: all but where and how watched it is trained."""
        left_out = {"device", "threads", "log_updates", "save_updates"}
        # One node is none: models of before there were nodes are not trained again.
        return self.model_dump(
            mode="json", exclude=left_out | ({"nodes"} if self.nodes == 1 else set())
        )

    @model_validator(mode="after")
    def _check(self) -> TrainerSettings:
        if self.epochs is None and self.updates is None:
            raise ValueError("a model needs 'epochs' or 'updates'")
        if self.schedule == "linear" and self.updates is None:
            raise ValueError("a linear schedule needs 'updates', to know where it ends")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        return self
