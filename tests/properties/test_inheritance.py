"""Properties: the inheritance table is what counting row by row gives, in any order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kdaudit.comparison import Flags, Lineage, Split, inheritance

VERDICT = st.tuples(st.booleans(), st.booleans())
ROW = st.tuples(st.integers(0, 8), VERDICT, VERDICT, VERDICT, st.sampled_from("ab"))
ROWS = st.lists(ROW, min_size=1, max_size=30)
MODELS = ("teacher", "student", "baseline")


def _table(rows, *, shared=False):
    unit, *verdicts, names = zip(*rows, strict=True)
    flags = []
    for model, told in zip(MODELS, verdicts, strict=True):
        eligible, flagged = (np.array(column) for column in zip(*told, strict=True))
        keys = np.array(unit) if shared else None
        flags.append(Flags("m", model, "train", eligible, flagged & eligible, keys))
    split = Split.of("train", np.array(unit), {"all": ["all"] * len(rows), "letters": list(names)})
    return inheritance([split], flags, [Lineage("student", "teacher", "baseline")], bootstrap=20)


def _plain(rows):
    """The counts of one subgroup, row by row."""
    counts = dict.fromkeys(
        ("n", "inherited", "common", "corpus", "own", "uncompared", "given", "baseline"), 0
    )
    for _, teacher, student, baseline, _ in rows:
        told = [eligible and flagged for eligible, flagged in (teacher, student, baseline)]
        if not (teacher[0] and student[0] and baseline[0]):
            counts["uncompared"] += told[1]
            continue
        counts["n"] += 1
        counts["given"] += told[0]
        counts["baseline"] += told[0] and told[2]
        if told[1]:
            origin = {(1, 0): "inherited", (1, 1): "common", (0, 1): "corpus", (0, 0): "own"}
            counts[origin[told[0], told[2]]] += 1
    return counts


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_counts_are_those_of_the_rows(rows, shared):
    for row in _table(rows, shared=shared):
        inside = [one for one in rows if row.scheme == "all" or one[-1] == row.subgroup]
        expected = _plain(inside)
        found = {name: getattr(row, name) for name in list(expected)[:6]}
        found |= {"given": row.teacher_flagged.n, "baseline": row.teacher_flagged.baseline}
        assert found == expected
        flagged, other = row.teacher_flagged, row.teacher_not_flagged
        assert flagged.n + other.n == row.n
        assert flagged.student == row.inherited + row.common
        assert other.student == row.corpus + row.own
        for one in (flagged, other):
            assert (one.ratio is None) == (not one.n or not one.baseline)
            if one.ratio is not None:
                assert np.isclose(one.ratio * one.baseline, one.student)
                low, high = one.ratio_ci
                assert low is None or low <= one.ratio + 1e-12
                assert high is None or one.ratio - 1e-12 <= high


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.booleans())
def test_another_order_of_the_rows_changes_nothing(rows, random, shared):
    turned = rows.copy()
    random.shuffle(turned)
    assert _table(turned, shared=shared) == _table(rows, shared=shared)


@settings(deadline=None)
@given(ROWS)
def test_a_student_equal_to_its_baseline_has_inherited_nothing(rows):
    for row in _table([(unit, one, two, two, name) for unit, one, two, _, name in rows]):
        assert (row.inherited, row.own) == (0, 0)
        assert row.teacher_flagged.ratio in (None, 1.0)
        assert row.teacher_flagged.verdict == "too_few"


@settings(deadline=None)
@given(ROWS)
def test_every_segment_twice_doubles_counts_and_leaves_units(rows):
    once, twice = (
        _table([(place, *row[1:]) for _ in range(times) for place, row in enumerate(rows)])
        for times in (1, 2)
    )
    for one, two in zip(once, twice, strict=True):
        assert two.n == 2 * one.n
        assert two.teacher_flagged.discordant == one.teacher_flagged.discordant
        assert two.teacher_flagged.p_value == one.teacher_flagged.p_value
