"""Settings that explain their mistakes: frozen, no unknown keys; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from kdaudit.errors import RecipeError
from kdaudit.registry import unknown

T = TypeVar("T")


class Settings(BaseModel):
    """Base of all settings: immutable, and an unknown key is an error that names its neighbour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: object) -> object:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(unknown(str(key), cls.model_fields, "key"))
        return values


def parse(kind: type[T], values: object, where: str) -> T:
    """`values` as a `kind` (settings or a frozen dataclass); RecipeError says where and what."""
    if is_dataclass(kind) and isinstance(values, Mapping):
        names = [field.name for field in fields(kind) if field.init]
        for key in values:
            if key not in names:
                raise RecipeError(f"{where}: {unknown(str(key), names, 'setting')}")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise RecipeError(_explain(error, where)) from error


def _explain(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in (where, *first["loc"]) if part != "")
    message = first["msg"].removeprefix("Value error, ")
    value = first.get("input")
    shown = "" if isinstance(value, dict | list) or value is None else f" (got {value!r})"
    more = len(error.errors()) - 1
    return f"{place}: {message}{shown}" + (f" (and {more} more)" if more else "")
