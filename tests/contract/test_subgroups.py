"""What every scheme of the registry keeps."""

from __future__ import annotations

import numpy as np
import pytest

from kdaudit.errors import AlignmentError
from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS

SETTINGS = {"column": {"column": "planted"}, "random": {"size": 7}}
"""Settings for the schemes that have no default, or none that fits a small split."""

SIZE = 40


def _scheme(name):
    return SUBGROUPS[name](**SETTINGS.get(name, {}))


def _segments():
    rng = np.random.default_rng(5)
    return Segments.of(
        ids=rng.permutation(1000)[:SIZE].tolist(),
        source=[" ".join(["w"] * n) for n in rng.integers(0, 50, SIZE)],
        target=[f"t{n}" for n in rng.integers(0, 3, SIZE)],
        planted=[["rare", "copy", None][n] for n in rng.integers(0, 3, SIZE)],
        copies_in_train=rng.integers(0, 7, SIZE),
        **{"quality.confidence.teacher": rng.random(SIZE)},
    )


@pytest.mark.parametrize("name", SUBGROUPS)
def test_every_row_has_a_named_subgroup(name):
    names = _scheme(name).assign(_segments())
    assert len(names) == SIZE
    assert all(isinstance(subgroup, str) and subgroup for subgroup in names)


@pytest.mark.parametrize("name", SUBGROUPS)
def test_an_empty_split_has_no_subgroup(name):
    empty = _segments().take(np.array([], dtype=np.int64))
    assert _scheme(name).assign(empty) == []


@pytest.mark.parametrize("name", SUBGROUPS)
def test_another_order_of_the_rows_changes_nothing_else(name):
    segments, order = _segments(), np.random.default_rng(6).permutation(SIZE)
    names = np.array(_scheme(name).assign(segments))
    assert _scheme(name).assign(segments.take(order)) == names[order].tolist()


@pytest.mark.parametrize("name", SUBGROUPS)
def test_a_scheme_asks_for_no_more_than_it_needs(name):
    scheme, segments = _scheme(name), _segments()
    needed = Segments(segments.table.select(["id", *scheme.needs]))
    assert scheme.assign(needed) == scheme.assign(segments)


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
        assert str(value) in scheme.signature()
