"""Settings that explain their mistakes: frozen, no unknown keys; reads and writes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from kdaudit.errors import RecipeError
from kdaudit.registry import unknown

T = TypeVar("T")

SHOWN = 80
"""Characters of a value that a message shows."""


_WORDS = {
    "missing": "is missing",
    **dict.fromkeys(("tuple_type", "list_type"), "expected a list"),
    **dict.fromkeys(("model_type", "dict_type", "dataclass_type"), "expected keys with values"),
}
"""What the validation library says of Python's types, for people who write YAML, by its names."""


class UnknownKey(ValueError):
    """A key that settings do not have."""

    def __init__(self, key: str, known: Iterable[str]):
        self.key = key
        super().__init__(unknown(key, known, "key"))


class Settings(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error that names its neighbour."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: object) -> object:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise UnknownKey(str(key), cls.model_fields)
        return values


def parse(kind: type[T], values: object, where: str) -> T:
    """`values` as a `kind` (settings or a frozen dataclass); RecipeError says where and what."""
    if is_dataclass(kind) and isinstance(values, Mapping):
        names = [field.name for field in fields(kind) if field.init]
        for key, value in values.items():
            if key not in names:
                raise RecipeError(unknown(str(key), names, "setting"), place=f"{where}.{key}")
            if isinstance(value, float) and not math.isfinite(value):
                raise RecipeError(f"expected a finite number, got {value}", place=f"{where}.{key}")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise _explained(error, where) from error


def _explained(error: ValidationError, where: str) -> RecipeError:
    """The first mistake, in the place of its key."""
    first = error.errors()[0]
    cause = first.get("ctx", {}).get("error")
    key = (cause.key,) if isinstance(cause, UnknownKey) else ()
    place = ".".join(str(part) for part in (where, *first["loc"], *key) if part != "")
    message = _WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    value = first.get("input")
    shown = "" if isinstance(value, dict | list) or value is None else f" (got {shortened(value)})"
    more = len(error.errors()) - 1
    return RecipeError(f"{message}{shown}" + (f" (and {more} more)" if more else ""), place=place)


def shortened(value: object) -> str:
    """A value as it is shown in a message: one line that is not too long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
