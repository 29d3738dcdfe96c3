"""The corpus of `kdaudit audit`: its files, how many lines they have, and its languages.

Reads the user's files, so that what is wrong with them is said before anything is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdaudit.corpus import read_table
from kdaudit.corpus.readers.streams import raw_lines
from kdaudit.detectors.language import identify
from kdaudit.errors import AlignmentError, InputError, RecipeError

if TYPE_CHECKING:
    from kdaudit.recipe.audit import AuditRequest

IDENTIFIED = 1000
"""So many lines of the corpus tell its languages."""


@dataclass(frozen=True)
class AuditCorpus:
    """A corpus that has been looked at.

    `entry`: it as an entry of a recipe's splits; `path`: the file whose `lines` count, rows where
    it is a table; `first`: the first lines of each side that there is.
    """

    entry: dict[str, Any]
    path: Path
    lines: int
    first: dict[str, list[str]]

    @property
    def has_targets(self) -> bool:
        """Whether there are targets beside the sources."""
        return bool(self.first.get("target"))

    def languages(self, given: str | None) -> tuple[str, str]:
        """Those that are given, or those of most of the first lines; RecipeError without."""
        if given is not None:
            source, separator, target = given.partition("-")
            if not (source and separator and target):
                raise RecipeError(f"--languages: expected two as in en-de, got '{given}'")
            return source, target
        found = [_language(lines) for lines in self.first.values() if lines]
        if len(found) < 2 or None in found or found[0] == found[1]:
            shown = " and ".join(str(one or "unknown") for one in found)
            raise RecipeError(
                f"--languages is needed, two as in en-de: the first lines seem to be {shown}"
            )
        return str(found[0]), str(found[1])

    def check_translations(self, path: Path) -> None:
        """InputError where a file has not a line for each of the corpus."""
        lines, _ = _looked_at(path)
        if lines != self.lines:
            raise InputError(
                f"has {lines} lines, the corpus has {self.lines} ({self.path})", path=path
            )


def look_at(request: AuditRequest) -> AuditCorpus:
    """The corpus of a request; RecipeError where it is not named, InputError where a file is not
    there, empty, or of another length than the other."""
    entry = _entry(request)
    if request.corpus is not None:
        columns = None if request.columns is None else dict(request.columns)
        table = read_table(request.corpus, columns).table
        start = table.slice(0, IDENTIFIED)
        sides = [side for side in ("source", "target") if side in table.column_names]
        first = {side: start.column(side).drop_null().to_pylist() for side in sides}
        return AuditCorpus(entry, request.corpus, len(table), first)
    assert request.source is not None
    lines, sources = _looked_at(request.source)
    if not lines:
        raise InputError("the file of the corpus is empty", path=request.source)
    if request.target is None:
        return AuditCorpus(entry, request.source, lines, {"source": sources})
    others, targets = _looked_at(request.target)
    if others != lines:
        raise AlignmentError(
            f"has {others} lines, but {request.source} has {lines}", path=request.target
        )
    return AuditCorpus(entry, request.source, lines, {"source": sources, "target": targets})


def _entry(request: AuditRequest) -> dict[str, Any]:
    """The corpus as an entry of a recipe's splits."""
    if (request.corpus is None) == (request.source is None):
        raise RecipeError("give the corpus: either --corpus, or --source and maybe --target")
    files = {"file": request.corpus, "source": request.source, "target": request.target}
    if request.corpus is not None and request.target is not None:
        raise RecipeError("--target goes with --source; a table has both")
    for path in files.values():
        if path is not None and not path.is_file():
            raise InputError("there is no such file", path=path)
    if request.columns is not None and request.corpus is None:
        raise RecipeError("--columns are those of --corpus")
    if request.columns and "source" not in request.columns:
        raise RecipeError("--columns: 'source' is needed")
    found: dict[str, Any] = {key: str(path.absolute()) for key, path in files.items() if path}
    return found | ({"columns": dict(request.columns)} if request.columns else {})


def _looked_at(path: Path) -> tuple[int, list[str]]:
    """How many lines a file has, and the first of them."""
    lines, first = 0, []
    for lines, line in enumerate(raw_lines(path), start=1):
        if lines <= IDENTIFIED:
            first.append(line.decode("utf-8", "replace"))
    return lines, first


def _language(texts: Sequence[str]) -> str | None:
    counts = Counter(language for language in identify([*map(str.strip, texts)]) if language)
    return counts.most_common(1)[0][0] if counts else None
