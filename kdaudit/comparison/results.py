"""Measurements and contrasts, to and from JSON and to Arrow tables; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pyarrow as pa

from kdaudit.comparison.about import ABOUT, check
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.registry import unknown

SCHEMA = "kdaudit.comparison/1"

LEVEL = 0.05
"""A verdict's level where a comparison does not say it."""

OF_REPLICATED = "_of_replicated"
"""What the name of a detector's rate among replicated pairs ends with."""

Interval = tuple[float | None, float | None]
"""Lower and upper bound; None where a side is not bounded."""


@dataclass(frozen=True)
class Measurement:
    """One measure of one model on one subgroup.

    A rate is `flagged` / `n`, both in segments, as a fraction. A quality measure
    has no `flagged`, and `n` is the subgroup's segments. `value` and its bounds are
    None where nothing is eligible. `interval`: wilson, clopper-pearson or bootstrap.
    """

    measure: str
    model: str
    split: str
    scheme: str
    subgroup: str
    n: int
    flagged: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    interval: str


@dataclass(frozen=True)
class Contrast:
    """A model less the reference, on the same segments of one subgroup.

    `n`: segments that are eligible for both (for either, where the denominators
    are the models' own). `relative_change` is `difference` / the reference's value,
    None where the reference has no event. `p_value` is None where there is nothing
    to test. `discordant`: the units on which the two differ. `needed`: how many it would
    have taken where the verdict is `too_few` (at least) or `indistinguishable` (about);
    None where it is told, or no number would do.
    """

    measure: str
    model: str
    reference: str
    split: str
    scheme: str
    subgroup: str
    n: int
    difference: float | None
    difference_ci: Interval | None
    relative_change: float | None
    relative_change_ci: Interval | None
    interval: str
    p_value: float | None
    p_adjusted: float | None
    verdict: str
    discordant: int
    needed: int | None = None


@dataclass(frozen=True)
class Comparison:
    """All measurements and contrasts of one run, and what they were computed with.

    `about`: what is to be said beside the numbers, by the keys of `ABOUT`.
    """

    measurements: list[Measurement]
    contrasts: list[Contrast]
    signature: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> float:
        """The level of the verdicts: 1 less the confidence of the intervals."""
        confidence = self.signature.get("confidence")
        return round(1 - confidence, 12) if isinstance(confidence, float) else LEVEL

    def beam(self, split: str) -> int | None:
        """The beam of the translations of a split, where the comparison knows it."""
        beams = self.signature.get("beam")
        return beams.get(split) if isinstance(beams, Mapping) else None

    def only(self, split: str | None = None, scheme: str | None = None) -> Comparison:
        """The rows of one split, one scheme, or both; RecipeError for one that there is not.

        What stands beside the numbers stays as it is, but for what has rows of its own.
        """
        rows = self.measurements
        for chosen, known, what in (
            (split, [row.split for row in rows], "split of this comparison"),
            (scheme, [row.scheme for row in rows], "subgroup scheme of this comparison"),
        ):
            if chosen is not None and chosen not in known:
                raise RecipeError(unknown(chosen, dict.fromkeys(known), what))

        def fits(row: Mapping[str, Any]) -> bool:
            return split in (None, row["split"]) and scheme in (None, row["scheme"])

        tables: dict[str, Any] = {
            key: [row for row in self.about[key] if fits(row)]
            for key in ("inheritance", "denoising")
            if key in self.about
        }
        return Comparison(
            [row for row in rows if fits(vars(row))],
            [row for row in self.contrasts if fits(vars(row))],
            self.signature,
            {**self.about, **tables},
        )

    def to_json_dict(self) -> dict[str, Any]:
        """The content of `comparison.json`: no nan, no infinity, no `flagged` for quality."""
        return {
            "schema": SCHEMA,
            "signature": dict(self.signature),
            "measurements": [_without_flagged(asdict(row)) for row in self.measurements],
            "contrasts": as_json(self.contrasts),
            **self.about,
        }

    def to_tables(self) -> tuple[pa.Table, pa.Table]:
        """The tables of measurements and contrasts; a contrast's intervals are two columns each."""
        measurements = pa.Table.from_pylist(
            [asdict(row) for row in self.measurements], schema=_measurement_schema()
        )
        contrasts = pa.Table.from_pylist(
            [_flat(asdict(row)) for row in self.contrasts], schema=_contrast_schema()
        )
        return measurements, contrasts


def as_json(contrasts: Sequence[Contrast]) -> list[dict[str, Any]]:
    """Contrasts as they stand in JSON."""
    return [_listed(asdict(row)) for row in contrasts]


def denoising(about: Mapping[str, Any]) -> list[tuple[Contrast, bool]]:
    """The contrasts of students' quality with their teachers', and whether higher is better.

    ArtifactError where a row is no such contrast.
    """
    found = []
    for index, row in enumerate(about.get("denoising", [])):
        contrast = Contrast(**_checked(row, _names(Contrast), f"denoising[{index}]"))
        if not isinstance(row.get("higher_is_better"), bool):
            raise ArtifactError(f"comparison: denoising[{index}] has no 'higher_is_better'")
        found.append((contrast, row["higher_is_better"]))
    return found


def from_json_dict(content: Any) -> Comparison:
    """A comparison out of the content of a `comparison.json`.

    Keys that this version does not know are ignored. ArtifactError names the first
    thing that is missing or of another type.
    """
    if not isinstance(content, Mapping):
        raise ArtifactError("a comparison is a JSON object")
    if content.get("schema") != SCHEMA:
        raise ArtifactError(
            f"not a comparison: schema is {content.get('schema')!r}, not '{SCHEMA}'"
        )
    signature = content.get("signature", {})
    if not isinstance(signature, Mapping):
        raise ArtifactError("comparison: signature must be an object")
    check(content)
    denoising(content)
    return Comparison(
        [Measurement(**row) for row in _rows(content, "measurements", Measurement)],
        [Contrast(**row) for row in _rows(content, "contrasts", Contrast)],
        dict(signature),
        {key: content[key] for key in ABOUT if key in content},
    )


_COUNTS = {"n", "flagged", "discordant", "needed"}
_OPTIONAL = {"flagged", "needed"}
_TEXTS = {"measure", "model", "reference", "split", "scheme", "subgroup", "interval", "verdict"}
_INTERVALS = {"difference_ci", "relative_change_ci"}
_ABSENT = {"flagged": None, "discordant": 0, "needed": None}
"""What a key that may be absent stands for."""


def _rows(content: Mapping[str, Any], key: str, kind: type) -> list[dict[str, Any]]:
    rows = content.get(key)
    if not isinstance(rows, list):
        raise ArtifactError(f"comparison: '{key}' must be a list")
    return [_checked(row, _names(kind), f"{key}[{index}]") for index, row in enumerate(rows)]


def _names(kind: type) -> list[str]:
    return [item.name for item in fields(kind)]


def _checked(row: Any, names: list[str], where: str) -> dict[str, Any]:
    """The named values of one JSON object, each of the type that its name asks for."""
    if not isinstance(row, Mapping):
        raise ArtifactError(f"comparison: {where} must be an object")
    values = {**_ABSENT, **row}
    for name in names:
        if name not in values:
            raise ArtifactError(f"comparison: {where} has no '{name}'")
        if not _fits(name, values[name]):
            raise ArtifactError(f"comparison: {where}.{name} cannot be {values[name]!r}")
    return {
        name: tuple(values[name]) if name in _INTERVALS and values[name] else values[name]
        for name in names
    }


def _fits(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if name in _COUNTS:
        is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return is_count or (name in _OPTIONAL and value is None)
    if name in _INTERVALS:
        is_pair = isinstance(value, list | tuple) and len(value) == 2
        return value is None or (is_pair and all(_is_number(bound) for bound in value))
    return _is_number(value)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _without_flagged(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "flagged" or value is not None}


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    """Intervals as lists, so that what is written equals what is read."""
    return {n: list(v) if n in _INTERVALS and v is not None else v for n, v in row.items()}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in _INTERVALS:
            flat[f"{name}_low"], flat[f"{name}_high"] = value or (None, None)
        else:
            flat[name] = value
    return flat


def _measurement_schema() -> pa.Schema:
    return pa.schema([_column(item.name) for item in fields(Measurement)])


def _contrast_schema() -> pa.Schema:
    names = list(_flat({item.name: None for item in fields(Contrast)}))
    return pa.schema([_column(name) for name in names])


def _column(name: str) -> tuple[str, pa.DataType]:
    if name in _TEXTS:
        return name, pa.string()
    return name, pa.int64() if name in _COUNTS else pa.float64()
