"""What callers of the Python API give, checked before anything is done; opens no file.

Every mistake is a RecipeError that begins with the parameter's name and says what is expected.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from operator import index
from pathlib import Path
from typing import Any

from kdaudit.errors import KdauditError, RecipeError
from kdaudit.settings import shortened

SYSTEMS = "a mapping of names to paths, as in {'new': 'new.de'}"
COLUMNS = "a mapping of columns, as in {'source': 'en', 'target': 'de'}"
CODES = "two languages, as in ('eng_Latn', 'deu_Latn')"

PARAMETERS = {
    "--compute-type": "compute_types",
    "--max-source-pieces": "inference",
    "--max-target-pieces": "inference",
    "--model": "models",
    "--run-dir": "run_dir",
    "--student": "students",
    **{
        f"--{name}": name
        for name in (
            *("baseline", "codes", "columns", "corpus", "cores", "languages", "measures"),
            *("reference", "reverse", "seed", "source", "subwords", "target", "teacher"),
            "translations",
        )
    },
}
"""What the commands' options are called as parameters."""

_OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*")

_FEW = 8
"""So many items of a list are looked at for a message."""


def mapping(value: object, place: str, expected: str) -> dict[str, Any]:
    """A mapping with names as its keys; none where it is None. `expected`: for the message."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _refused(value, place, expected)
    return dict(value)


def names(value: object, place: str) -> list[str]:
    """Names, each once, in their order; a text is one name, and None is none."""
    if value is None:
        return []
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, Sequence | Set) or isinstance(several, bytes):
        raise _refused(value, place, "a name or a list of names")
    found = [one for one in several if isinstance(one, str) and one]
    if len(found) < len(several):
        raise _refused(value, place, "a name or a list of names")
    return list(dict.fromkeys(found))


def pair(value: object, place: str, expected: str) -> tuple[str, str]:
    """Two texts."""
    found = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    if len(found) != 2 or not all(isinstance(one, str) and one for one in found):
        raise _refused(value, place, expected)
    return found[0], found[1]


def text(value: object, place: str, expected: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise _refused(value, place, expected)
    return value


def path(value: object, place: str) -> Path:
    """A path, as a text or as an object that stands for one."""
    found = os.fspath(value) if isinstance(value, os.PathLike) else value
    expected = "the path of a file, as a text or a pathlib.Path"
    name = text(found, place, expected)
    if "\0" in name:
        raise _refused(name, place, f"{expected}, without a null character")
    return Path(name)


def paths(value: object, place: str) -> list[Path]:
    """A path, or several."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [path(one, place) for one in value]
    return [path(value, place)]


def number(value: object, place: str, least: int) -> int:
    """A whole number that is large enough; numpy's too, but no truth value."""
    expected = f"a whole number, {least} or more"
    try:
        found = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise _refused(value, place, expected) from None
    if isinstance(value, bool) or found < least:
        raise _refused(value, place, expected)
    return found


def maybe_path(value: object, place: str) -> Path | None:
    """A path, or None."""
    return None if value is None else path(value, place)


def maybe_text(value: object, place: str, expected: str = "a name") -> str | None:
    """A text that is not empty, or None."""
    return None if value is None else text(value, place, expected)


def systems(value: object, place: str) -> dict[str, str]:
    """Paths, or names on the hub, by the names of models or systems."""
    if value is None:
        raise _refused(value, place, SYSTEMS)
    found = mapping(value, place, SYSTEMS)
    return {name: os.fspath(path(one, f"{place}.{name}")) for name, one in found.items()}


def measures(value: object) -> list[str] | None:
    """Names of measures; None: not said."""
    found = names(value, "measures")
    if not found and value is not None:
        raise _refused(value, "measures", "a name or a list of names")
    return found or None


def columns(value: object) -> dict[str, str | int] | None:
    """A table's columns by name or, of a TSV file, by number."""
    if value is None:
        return None
    found: dict[str, str | int] = {}
    for key, column in mapping(value, "columns", COLUMNS).items():
        place = f"columns.{key}"
        is_text = isinstance(column, str)
        found[key] = text(column, place, "a name") if is_text else number(column, place, 0)
    return found


def subwords(value: object) -> dict[str, list[Path]]:
    """Each model's SentencePiece model, or its source's and its target's."""
    found = mapping(value, "subwords", "a mapping of models to paths, or to two paths")
    return {name: paths(files, f"subwords.{name}") for name, files in found.items()}


def codes(value: object) -> dict[str, tuple[str, str]]:
    """Each model's names of the source's and the target's language."""
    found = mapping(value, "codes", f"a mapping of models to {CODES}")
    return {name: pair(one, f"codes.{name}", CODES) for name, one in found.items()}


@contextmanager
def speaking_python() -> Iterator[None]:
    """Let errors that speak of a command's options speak of parameters."""
    try:
        yield
    except KdauditError as error:
        error.args = (in_python(str(error)),)
        raise


def in_python(message: str) -> str:
    """A message with parameters in the place of the commands' options."""
    return _OPTION.sub(lambda option: PARAMETERS.get(option[0], option[0]), message)


def _refused(value: object, place: str, expected: str) -> RecipeError:
    """What is small is shown; of what may be large, a table say, the type."""
    is_few = isinstance(value, list | tuple | dict | set) and len(value) <= _FEW
    is_plain = value is None or isinstance(value, str | bytes | int | float | Path)
    kind = f"a value of the type {type(value).__name__}"
    shown = shortened(value) if is_few or is_plain else kind
    return RecipeError(f"expected {expected}, got {shown}", place=place)
