"""Rows of the inheritance table, to and from JSON and to an Arrow table; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import pyarrow as pa

from kdaudit.errors import ArtifactError

Interval = tuple[float | None, float | None]

GIVEN = ("teacher_flagged", "teacher_not_flagged")
ORIGINS = ("inherited", "common", "corpus", "own")


@dataclass(frozen=True)
class Given:
    """Student and baseline on the segments of one verdict of the teacher's.

    `n`: these segments; `student`, `baseline`: how many of them each flags, with the share and
    its interval. `ratio`: the student's share over the baseline's, None where either has no
    segment or the baseline no flag; its bounds are None where that side is not bounded.
    What follows is the contrast of the two on these segments, as in `Contrast`. All of the
    baseline is None where there is none.
    """

    n: int
    student: int
    student_value: float | None
    student_ci: Interval | None
    baseline: int | None = None
    baseline_value: float | None = None
    baseline_ci: Interval | None = None
    ratio: float | None = None
    ratio_ci: Interval | None = None
    difference: float | None = None
    difference_ci: Interval | None = None
    interval: str | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    verdict: str | None = None
    discordant: int | None = None
    needed: int | None = None


@dataclass(frozen=True)
class Inherited:
    """What a student has in common with its teacher, by one measure on one subgroup.

    `n`: segments that are eligible for all of student, teacher and baseline. The student's
    flags on them by origin: `inherited`, flagged by the teacher too and not by the baseline;
    `common`, by both; `corpus`, by the baseline alone; `own`, by neither (None for `common`
    and `corpus` without a baseline). `uncompared`: its flags on other segments.
    """

    measure: str
    student: str
    teacher: str
    baseline: str | None
    split: str
    scheme: str
    subgroup: str
    n: int
    inherited: int
    common: int | None
    corpus: int | None
    own: int
    uncompared: int
    teacher_flagged: Given
    teacher_not_flagged: Given

    def to_json_dict(self) -> dict[str, Any]:
        """The row as it stands in `comparison.json`: intervals as lists."""
        row = asdict(self)
        for given in GIVEN:
            row[given] = {
                name: list(value) if name.endswith("_ci") and value is not None else value
                for name, value in row[given].items()
            }
        return row


def from_json_dict(row: Any, where: str) -> Inherited:
    """A row out of JSON; ArtifactError with its place where something is missing or wrong."""
    values = _checked(row, Inherited, where)
    for given in GIVEN:
        values[given] = Given(**_checked(row[given], Given, f"{where}.{given}"))
    return Inherited(**values)


def rows(about: Mapping[str, Any]) -> list[Inherited]:
    """The inheritance table of a comparison, out of what stands beside its numbers."""
    found = about.get("inheritance", [])
    return [from_json_dict(row, f"inheritance[{index}]") for index, row in enumerate(found)]


def to_table(found: Sequence[Inherited]) -> pa.Table:
    """One line per row; what is given the teacher's verdict begins with its name and a dot, and
    an interval is two columns."""
    return pa.Table.from_pylist([_flat(asdict(row)) for row in found], schema=schema())


def schema() -> pa.Schema:
    """The columns of `inheritance.parquet`."""
    own = [(item.name, _type(item.type)) for item in fields(Inherited) if item.name not in GIVEN]
    for given in GIVEN:
        for item in fields(Given):
            names = _columns(item.name)
            own += [(f"{given}.{name}", _type(item.type)) for name in names]
    return pa.schema(own)


def _columns(name: str) -> tuple[str, ...]:
    return (f"{name}_low", f"{name}_high") if name.endswith("_ci") else (name,)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in row.items() if name not in GIVEN}
    for given in GIVEN:
        for name, value in row[given].items():
            values = (value or (None, None)) if name.endswith("_ci") else (value,)
            columns = (f"{given}.{column}" for column in _columns(name))
            flat |= dict(zip(columns, values, strict=True))
    return flat


def _type(annotation: object) -> pa.DataType:
    text = str(annotation)
    return pa.string() if "str" in text else pa.int64() if "int" in text else pa.float64()


def _checked(row: Any, kind: type, where: str) -> dict[str, Any]:
    """The fields of a row, each of the type that it is to have."""
    if not isinstance(row, Mapping):
        raise ArtifactError(f"comparison: {where} must be an object")
    found: dict[str, Any] = {}
    for item in fields(kind):
        if item.name not in row or not _fits(str(item.type), row[item.name]):
            raise ArtifactError(f"comparison: {where} lacks '{item.name}', or it is wrong")
        value = row[item.name]
        found[item.name] = tuple(value) if isinstance(value, list) else value
    return found


def _fits(annotation: str, value: Any) -> bool:
    if value is None:
        return "None" in annotation
    if annotation == "Given":
        return isinstance(value, Mapping)
    if annotation.startswith("Interval"):
        return isinstance(value, list) and len(value) == 2 and all(map(_is_bound, value))
    if "str" in annotation:
        return isinstance(value, str)
    if "int" in annotation:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return _is_bound(value)


def _is_bound(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
