"""Where a student translates better than its teacher, in words and as rows; opens no file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kdaudit.comparison.results import Comparison, Contrast, denoising
from kdaudit.comparison.tables import ALL, PLANTED, parts
from kdaudit.comparison.wording import p_value

Place = tuple[str, str, str, str]
"""Student, teacher, split and measure."""


@dataclass(frozen=True)
class Subgroup:
    """A student's quality less its teacher's on one subgroup; `better`: None where it is not
    told."""

    contrast: Contrast
    better: bool | None

    @property
    def name(self) -> str:
        """`frequency = 1`; the whole split is `all segments`."""
        part = self.contrast.scheme, self.contrast.subgroup
        return "all segments" if part == ALL else " = ".join(part)


def subgroups(comparison: Comparison, split: str | None = None) -> dict[Place, list[Subgroup]]:
    """All subgroups by place. Where a split has planted rows they are told apart: once, as
    `provenance = planted`, and not together with the others."""
    found: dict[Place, list[Subgroup]] = {}
    apart = {row.split: PLANTED in parts(comparison, row.split) for row in comparison.measurements}
    for row, higher_is_better in denoising(comparison.about):
        if split in (None, row.split) and not (apart.get(row.split) and _mixes(row)):
            told = row.verdict in ("higher", "lower")
            better = (row.verdict == "higher") == higher_is_better if told else None
            place = row.model, row.reference, row.split, row.measure
            found.setdefault(place, []).append(Subgroup(row, better))
    return found


def said(comparison: Comparison, split: str | None = None) -> list[str]:
    """A sentence for each student, split and measure."""
    return [
        _sentence(place, rows, comparison.level)
        for place, rows in subgroups(comparison, split).items()
    ]


def _mixes(row: Contrast) -> bool:
    part = row.scheme, row.subgroup
    return part != PLANTED and (
        part == ALL or row.scheme == "planted" or row.subgroup in ("planted", "(planted)")
    )


def _sentence(place: Place, rows: list[Subgroup], level: float) -> str:
    student, teacher, split, measure = place
    better = [row for row in rows if row.better]
    where = "; ".join(_shown(row, level) for row in better) if better else "no subgroup"
    rest = ", ".join(filter(None, _counts(rows)))
    ending = f" (of {len(rows)}: {rest})" if rest else ""
    return (
        f"Denoising, {measure} on {split}: {student} is better than {_teacher(teacher)} on "
        f"{where}{ending}."
    )


def _teacher(name: str) -> str:
    """`its teacher`, by its name where that says more."""
    return "its teacher" if name == "teacher" else f"its teacher {name}"


def _shown(row: Subgroup, level: float) -> str:
    assert row.contrast.difference is not None, "what is told has a difference"
    difference = f"{row.contrast.difference:+.2f}"
    return f"{row.name} ({difference}, {p_value(row.contrast.p_adjusted, level)})"


def _counts(rows: Iterable[Subgroup]) -> list[str]:
    words = [row.contrast.verdict if row.better is None else str(row.better) for row in rows]
    kinds = (
        ("False", "worse on {}"),
        ("indistinguishable", "indistinguishable on {}"),
        ("too_few", "too few differing units on {}"),
    )
    return [text.format(words.count(kind)) if kind in words else "" for kind, text in kinds]
