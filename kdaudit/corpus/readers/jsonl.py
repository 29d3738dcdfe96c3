"""JSON lines: an object a line; writes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from kdaudit.corpus.readers.columns import (
    TEXTS,
    Columns,
    by_name,
    check_first,
    from_rows,
    missing,
    segments,
)
from kdaudit.corpus.readers.streams import lines
from kdaudit.errors import InputError
from kdaudit.segments import Segments

_KINDS = {str: "text", bool: "a truth value", int: "a number", float: "a number"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ABSENT = object()


def read_jsonl(path: Path, columns: Columns | None = None, first: int | None = None) -> Segments:
    """Values of each object by their names; `source` and `target` by default.

    An attribute that an object does not have is null, as long as any object has it.
    """
    names = by_name(columns, path)
    rows = _Rows(path, names)
    table = from_rows(islice(rows.read(), first), list(names), path)
    check_first(first, len(table), path)
    rows.check_attributes()
    return segments(table)


class _Rows:
    """The values of each line; remembers what kind of value each attribute has."""

    def __init__(self, path: Path, names: Mapping[str, str]):
        self._path, self._names = path, names
        self._kinds: dict[str, str] = dict.fromkeys(TEXTS, "text")
        self._unseen = {there for here, there in names.items() if here not in TEXTS}
        self._keys: dict[str, None] = {}

    def read(self) -> Iterator[list[Any]]:
        for number, line in enumerate(lines(self._path), start=1):
            found = self._object(line, number)
            yield [
                self._value(here, there, found, number, "\\u" in line)
                for here, there in self._names.items()
            ]

    def check_attributes(self) -> None:
        """InputError for an attribute that no object has had."""
        for name in sorted(self._unseen):
            raise missing(name, self._keys, self._path)

    def _object(self, line: str, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line, object_pairs_hook=_without_repeats)
        except json.JSONDecodeError as error:
            raise self._error(f"no JSON: {error.msg} at column {error.colno}", number) from error
        except (ValueError, RecursionError) as error:
            raise self._error(f"no JSON: {error}", number) from error
        if not isinstance(found, dict):
            raise self._error("expected a JSON object in each line", number)
        return found

    def _value(
        self, here: str, there: str, found: dict[str, Any], number: int, has_escapes: bool
    ) -> Any:
        value = _at(found, there)
        if value is _ABSENT:
            if here in TEXTS:
                raise missing(there, found, self._path, number)
            self._keys |= dict.fromkeys(found) if there in self._unseen else {}
            return None
        self._unseen.discard(there)
        if value is None:
            if here in TEXTS:
                raise self._error(f"no value in column '{there}'", number)
            return None
        kind = _KINDS.get(type(value))
        expected = self._kinds.setdefault(here, kind or "a single value")
        if kind != expected:
            found_kind = kind or "a list or an object"
            raise self._error(f"column '{there}' holds {found_kind}, expected {expected}", number)
        if has_escapes and isinstance(value, str) and _LONE_SURROGATE.search(value):
            raise self._error(f"column '{there}' holds half a surrogate pair: no Unicode", number)
        return value

    def _error(self, message: str, number: int) -> InputError:
        return InputError(message, path=self._path, line=number)


def _at(found: dict[str, Any], path: str) -> Any:
    if path in found:
        return found[path]
    value: Any = found
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return _ABSENT
        value = value[step]
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice in an object")
    return found
