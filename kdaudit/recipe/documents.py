"""YAML files as plain values, with the line of every key; reads a file, writes nothing.

Nothing is executed or expanded: no objects, no aliases, no key given twice, and
a limit on size and depth.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from kdaudit.errors import InputError, first_line
from kdaudit.settings import shortened

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_BITS = 64
"""Of a whole number: no setting needs more, and Python writes none of very many as text."""

_KINDS = {
    "bool": "truth value",
    "float": "number",
    "int": f"whole number of at most {MAX_BITS} bits",
    "timestamp": "date",
}
"""What a value is called that is written as none, by the end of YAML's tag."""

_SPOILT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the safe loader raises for a value that is not of the kind of its tag, or that is too large:
it takes for granted that it is."""


@dataclass(frozen=True)
class Document:
    """What a file holds, with what it takes from another one.

    `lines`: the file and the line, from 1, of each key by its dotted path.
    """

    path: Path
    values: Any
    lines: dict[str, tuple[Path, int]]

    def where(self, place: str) -> str:
        """File and line of the key `place`, or of the nearest one around it that is there; the
        file alone where there is none."""
        while place and place not in self.lines:
            place = place.rpartition(".")[0]
        if place not in self.lines:
            return str(self.path)
        path, line = self.lines[place]
        return f"{path}:{line}"

    def over(self, base: Document) -> Document:
        """This document over `base`: mappings key by key, at every depth, and all else (lists,
        too) in place of what the base has."""
        replaced: list[str] = []
        values = _over(base.values, self.values, "", replaced)
        kept = {
            place: line
            for place, line in base.lines.items()
            if not any(f"{place}.".startswith(f"{one}.") for one in replaced)
        }
        return Document(self.path, values, {**kept, **self.lines})


def _over(base: Any, own: Any, place: str, replaced: list[str]) -> Any:
    """`own` over `base`; the places of what has been replaced go into `replaced`."""
    if not (isinstance(base, dict) and isinstance(own, dict)):
        replaced.append(place)
        return own
    found = dict(base)
    for key, value in own.items():
        inner = f"{place}.{key}" if place else str(key)
        found[key] = _over(base[key], value, inner, replaced) if key in base else value
    return found


def read(path: Path, what: str = "recipe") -> Document:
    """The document in a file; InputError, which calls it `what`, where it is none."""
    text = _text(path, what)
    try:
        _refuse_tricks(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        values = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or first_line(error)
        line = None if mark is None else mark.line + 1
        raise InputError(f"is no YAML: {problem}", path=path, line=line) from error
    except ValueError as error:  # of an escaped character that there is not
        raise InputError(f"is no YAML: {first_line(error)}", path=path) from error
    lines = {place: (path, line) for place, line in _key_lines(node)}
    return Document(path, values, lines)


def _text(path: Path, what: str) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("is no file", path=path)
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES} bytes: no {what}", path=path)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"no such {what}", path=path) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is no {what}: it is not UTF-8", path=path) from error


def _key_lines(node: yaml.Node | None, place: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{place}.{key.value}" if place else str(key.value)
            yield name, key.start_mark.line + 1
            yield from _key_lines(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            name = f"{place}.{number}"
            yield name, value.start_mark.line + 1
            yield from _key_lines(value, name)


class _Loader(yaml.SafeLoader):
    """The safe loader, with an error for a key that is given twice, and for a value that cannot be
    what it says it is.

    A key is text, `on` and `no` too, which YAML 1.1 reads as true and false.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            found = super().construct_object(node, deep)
        except _SPOILT as error:
            kind = node.tag.rpartition(":")[2]
            shown = shortened(node.value) if isinstance(node, yaml.ScalarNode) else "this"
            raise yaml.MarkedYAMLError(
                problem=f"{shown} is no {_KINDS.get(kind, kind)}", problem_mark=node.start_mark
            ) from error
        if isinstance(found, int) and found.bit_length() > MAX_BITS:
            problem = f"expected a {_KINDS['int']}"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return found

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:bool":
                key_node.tag = "tag:yaml.org,2002:str"
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key}' is given twice", problem_mark=key_node.start_mark
                )
            seen.add(str(key))
        return super().construct_mapping(node, deep)


def _refuse_tricks(text: str) -> None:
    """YAMLError for a text that would grow (aliases) or is nested too deep to be a recipe."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        problem = "aliases are not allowed" if isinstance(event, yaml.AliasEvent) else ""
        problem = f"nested deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else problem
        if problem:
            mark = cast(yaml.error.Mark, event.start_mark)
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
