"""The settings of a corpus: where each split is read from; reads and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from kdaudit.artifacts import NAME
from kdaudit.corpus.embedded import OUT_OF_DOMAIN
from kdaudit.settings import Settings, shortened

TRAIN, VALID = "train", "valid"
"""The splits that training reads; every other one is for the audit alone."""

ORIGINAL = "original"
"""The provenance of what is not planted, where the recipe gives it no other name."""

FORMS = ("source", "tsv", "file", "dataset")
"""The keys of which an entry of a split has one."""

RESERVED_COLUMNS = frozenset(
    {"id", "provenance", "planted", "original_target", "repetitions"}
    | {"target_source", "translation", "log_probability", "tokens", "back_translation"}
)
"""Columns of segments that are ours, so that no attribute of a corpus can be called so."""


class Embedded(Settings):
    """Sizes of the generated English-German corpus, in pairs; `out_of_domain`: in sources."""

    train: int = Field(8000, ge=1)
    valid: int = Field(500, ge=1)
    test: int = Field(500, ge=1)
    out_of_domain: int = Field(0, ge=0, description="0: there is no such split")

    @property
    def monolingual(self) -> list[str]:
        """The splits without targets."""
        return [OUT_OF_DOMAIN] if self.out_of_domain else []

    @property
    def names(self) -> list[str]:
        """All splits."""
        return [TRAIN, VALID, "test", *self.monolingual]


class SplitFiles(Settings):
    """Where a split, or a part of it, is read from; exactly one form.

    Forms: aligned text files (`source`, `target`; `source` alone has no targets), a
    `tsv`, a table (`file`: CSV, JSON lines, Parquet or TSV, by its name), or a Hugging
    Face `dataset` (hub name or folder). `.gz` and `.zst` by name.
    """

    source: str | None = None
    target: str | None = None
    tsv: str | None = None
    file: str | None = None
    dataset: str | None = None
    config: str | None = Field(None, description="of the data set")
    split: str | None = Field(None, description="of the data set; needed unless it has only one")
    revision: str | None = Field(None, description="of a data set on the hub")
    streaming: bool = Field(False, description="read the data set without downloading all of it")
    columns: dict[str, str | int] | None = Field(
        None, description="column here to column there: source, target and attributes"
    )
    provenance: str = ORIGINAL
    first: int | None = Field(None, ge=1, description="take this many lines from the beginning")

    @property
    def has_target(self) -> bool:
        """Whether it is parallel text; False for sources alone (monolingual)."""
        if self.source is not None:
            return self.target is not None
        return self.columns is None or "target" in self.columns

    @model_validator(mode="after")
    def _one_form(self) -> SplitFiles:
        given = [form for form in FORMS if getattr(self, form) is not None]
        if len(given) != 1 or (self.target is not None and given != ["source"]):
            raise ValueError(f"give one of {_quoted(FORMS)} ('target' goes with 'source')")
        if given != ["dataset"]:
            options = ("config", "split", "revision", "streaming")
            for option in options:
                if getattr(self, option):
                    raise ValueError(f"'{option}' goes with 'dataset', not with '{given[0]}'")
        if self.columns is not None:
            self._check_columns(self.columns, given[0])
        check_name(self.provenance)
        if self.provenance == "planted":
            raise ValueError("the provenance 'planted' is that of planted cases")
        return self

    def _check_columns(self, columns: Mapping[str, str | int], form: str) -> None:
        if form == "source":
            raise ValueError("'columns' are those of a table; 'source' and 'target' are texts")
        if "source" not in columns:
            raise ValueError("columns: 'source' is needed")
        for name in columns:
            if name not in ("source", "target"):
                check_name(name)
            if name in RESERVED_COLUMNS:
                raise ValueError(f"columns: '{name}' cannot be the name of an attribute")


class CorpusSettings(Settings):
    """The parallel corpus: embedded or from files, and what is planted in its training split."""

    source_language: str = Field("en", pattern=r"^[a-z]{2,3}$")
    target_language: str = Field("de", pattern=r"^[a-z]{2,3}$")
    embedded: Embedded | None = None
    splits: dict[str, tuple[SplitFiles, ...]] = Field(
        default_factory=dict, description="the files of each split, one or several"
    )
    planted: dict[str, Any] | None = Field(None, description="settings of planted cases")

    @field_validator("splits", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, splits: object) -> object:
        if not isinstance(splits, Mapping):
            return splits
        return {
            name: [entry] if isinstance(entry, Mapping | SplitFiles) else entry
            for name, entry in splits.items()
        }

    @model_validator(mode="after")
    def _one_origin(self) -> CorpusSettings:
        if (self.embedded is None) == (not self.splits):
            raise ValueError("give either 'embedded' or 'splits'")
        if self.splits and TRAIN not in self.splits:
            raise ValueError(f"splits need '{TRAIN}' and '{VALID}'")
        if self.embedded and (self.source_language, self.target_language) != ("en", "de"):
            raise ValueError("the embedded corpus is English to German: en, de")
        for name, entries in self.splits.items():
            check_name(name)
            if _VARIANT.search(name):
                raise ValueError(f"splits.{name}: '-beam' and a number name a way of decoding")
            if not entries:
                raise ValueError(f"splits.{name}: there is no file")
            if len({entry.has_target for entry in entries}) > 1:
                raise ValueError(f"splits.{name}: some of its files have targets, others have not")
        if self.source_language == self.target_language:
            raise ValueError("source and target language are the same")
        return self

    @property
    def names(self) -> list[str]:
        """All splits."""
        return self.embedded.names if self.embedded else list(self.splits)

    @property
    def monolingual(self) -> list[str]:
        """The splits without targets."""
        if self.embedded:
            return self.embedded.monolingual
        return [name for name, entries in self.splits.items() if not entries[0].has_target]


_REPEATED = re.compile(r"(.+)\1{19}$")
"""What Snakemake takes for a rule that calls itself without end."""

_VARIANT = re.compile(r"-beam\d+(-best\d+)?$")
"""The end of a split's name where it is decoded for a distillation step."""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def check_name(name: str) -> str:
    """The name; ValueError where it cannot be part of a path or of a command line."""
    if (why := no_name(name)) is not None:
        raise ValueError(why)
    return name


def no_name(name: str) -> str | None:
    """Why a text is no name; None where it is one."""
    shown = f"{shortened(name)} is no name"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return f"{shown}: letters, digits, '_' and '-' only"
    if name[0] == "-":
        return f"{shown}: it begins with '-', as an option does"
    if not NAME.fullmatch(name):
        return f"{shown}: it has {len(name)} characters, and 64 are the most"
    return f"{shown}: it repeats itself" if _REPEATED.search(name) else None
