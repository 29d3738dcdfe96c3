"""What every scheme of the registry keeps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.errors import AlignmentError
from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS
from kdaudit.subgroups.cap import Cap

SETTINGS = {
    "column": {"column": "planted"},
    "random": {"size": 7},
    "extremes": {"size": 3},
    "file": {"files": {"train": "mine.tsv"}},
    "product": {"schemes": ("one", "other")},
}
"""Settings for the schemes that have no default, or none that fits a small split."""

SIZE = 40


def _scheme(name):
    return SUBGROUPS[name](**SETTINGS.get(name, {}))


def _segments():
    rng = np.random.default_rng(5)
    numbers = rng.random(SIZE)
    numbers[3] = np.nan
    return Segments.of(
        ids=rng.permutation(1000)[:SIZE].tolist(),
        source=[" ".join(["w"] * n) for n in rng.integers(0, 50, SIZE)],
        target=[f"t{n}" for n in rng.integers(0, 3, SIZE)],
        planted=[["rare", "copy", None][n] for n in rng.integers(0, 3, SIZE)],
        copies_in_train=rng.integers(0, 7, SIZE),
        users_subgroup=[["mine", "yours", None][n] for n in rng.integers(0, 3, SIZE)],
        **{
            "quality.confidence.teacher": numbers,
            "quality.back_translation.corpus": 100 * numbers,
            "counterfactual.teacher.memorization": numbers - 0.5,
            "counterfactual.teacher.mean_in": numbers,
            "counterfactual.teacher.mean_out": rng.random(SIZE),
            "counterfactual.teacher.bands": ["0.2,0.3,0.4"] * SIZE,
            "subgroups.one": [["a", "b"][n] for n in rng.integers(0, 2, SIZE)],
            "subgroups.other": [["1", "2", "rest"][n] for n in rng.integers(0, 3, SIZE)],
        },
    )


@pytest.mark.parametrize("name", SUBGROUPS)
def test_every_row_has_a_named_subgroup(name):
    names = _scheme(name).assign(_segments())
    assert isinstance(names, pa.DictionaryArray)
    assert len(names) == SIZE
    assert all(isinstance(subgroup, str) and subgroup for subgroup in names.to_pylist())


@pytest.mark.parametrize("name", SUBGROUPS)
def test_an_empty_split_has_no_subgroup(name):
    empty = _segments().take(np.array([], dtype=np.int64))
    assert _scheme(name).assign(empty).to_pylist() == []


@pytest.mark.parametrize("name", SUBGROUPS)
def test_another_order_of_the_rows_changes_nothing_else(name):
    segments, order = _segments(), np.random.default_rng(6).permutation(SIZE)
    names = np.array(_scheme(name).assign(segments).to_pylist())
    assert _scheme(name).assign(segments.take(order)).to_pylist() == names[order].tolist()


@pytest.mark.parametrize("name", SUBGROUPS)
def test_a_scheme_asks_for_no_more_than_it_needs(name):
    scheme, segments = _scheme(name), _segments()
    needed = Segments(segments.table.select(["id", *scheme.needs]))
    assert scheme.assign(needed).to_pylist() == scheme.assign(segments).to_pylist()


@pytest.mark.parametrize("name", SUBGROUPS)
def test_columns_in_chunks_are_the_same_columns(name):
    segments = _segments()
    chunked = Segments(pa.concat_tables([segments.table.slice(n, 9) for n in range(0, SIZE, 9)]))
    assert _scheme(name).assign(chunked).to_pylist() == _scheme(name).assign(segments).to_pylist()


@pytest.mark.parametrize("name", [name for name in SUBGROUPS if name not in ("all", "random")])
def test_a_missing_column_is_an_error(name):
    bare = Segments(_segments().table.select(["id"]))
    with pytest.raises(AlignmentError, match="no column"):
        _scheme(name).assign(bare)


@pytest.mark.parametrize("name", SUBGROUPS)
def test_the_signature_tells_the_name_and_the_settings(name):
    scheme = _scheme(name)
    assert scheme.name == name
    assert scheme.signature().startswith(name)
    for value in SETTINGS.get(name, {}).values():
        parts = value if isinstance(value, tuple) else value.values() if name == "file" else [value]
        assert all(str(part) in scheme.signature() for part in parts)


@pytest.mark.parametrize("name", SUBGROUPS)
def test_a_cap_moves_rows_to_the_rest_and_changes_nothing_else(name):
    bands, pairs = _scheme(name).assign(_segments()), np.arange(SIZE) // 2
    capped = Cap(3).drawn(bands, pairs).to_pylist()
    for band, subgroup in zip(bands.to_pylist(), capped, strict=True):
        assert subgroup in (band, "rest")
    for band in set(capped) - {"rest"}:
        assert len({pair for pair, name in zip(pairs, capped, strict=True) if name == band}) <= 3
