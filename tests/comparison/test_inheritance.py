"""The inheritance table: golden and degenerate cases, JSON and Parquet, simulated coverage."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kdaudit.comparison import Flags, Lineage, Split, inheritance
from kdaudit.comparison.inherited import from_json_dict, rows, to_table
from kdaudit.errors import ArtifactError

LINEAGE = Lineage("student", "teacher", "baseline")


def _flags(model: str, flagged: str, eligible: str | None = None, shared: object = None) -> Flags:
    """Verdicts written as `x` and `.`; eligible ones as `x`, all by default."""
    mask = np.array([sign == "x" for sign in eligible or "x" * len(flagged)], dtype=np.bool_)
    return Flags(
        "extractive",
        model,
        "train",
        mask,
        mask & np.array([sign == "x" for sign in flagged], dtype=np.bool_),
        None if shared is None else np.asarray(shared),
    )


def _table(teacher, student, baseline, lineage=LINEAGE, unit=None, groups=None):
    size = len(teacher.flagged)
    schemes = {"all": ["all"] * size} | ({"groups": list(groups)} if groups else {})
    split = Split.of("train", np.arange(size) if unit is None else np.asarray(unit), schemes)
    flags = [one for one in (teacher, student, baseline) if one is not None]
    return inheritance([split], flags, [lineage], bootstrap=200)


def test_shares_ratio_and_origins_are_those_of_the_same_segments():
    (row,) = _table(
        _flags("teacher", "xxxxxxxxxx.........."),
        _flags("student", "xxxxxx....xx........"),
        _flags("baseline", "xx........x........."),
    )
    given, other = row.teacher_flagged, row.teacher_not_flagged
    assert (row.n, given.n, other.n) == (20, 10, 10)
    assert (given.student, given.baseline, other.student, other.baseline) == (6, 2, 2, 1)
    shares = given.student_value, given.baseline_value, given.ratio
    assert shares == pytest.approx((0.6, 0.2, 3.0))
    assert (row.inherited, row.common, row.corpus, row.own) == (4, 2, 1, 1)
    assert (given.difference, given.discordant) == (pytest.approx(0.4), 4)
    assert (given.verdict, given.needed, given.interval) == ("too_few", 6, "clopper-pearson")
    assert other.ratio == 2.0
    low, high = given.ratio_ci
    assert low <= 3.0
    assert high is None or high >= 3.0


def test_segments_that_are_not_eligible_for_all_are_counted_apart():
    (row,) = _table(
        _flags("teacher", "xxxx", "xxx."), _flags("student", "xxxx"), _flags("baseline", "....")
    )
    assert (row.n, row.inherited, row.uncompared) == (3, 3, 1)


@pytest.mark.parametrize(
    ("teacher", "student", "baseline", "ratio", "verdict"),
    [
        ("....", "xx..", "....", None, "too_few"),
        ("xxxx", "xx..", "....", None, "too_few"),
        ("xxxx", "....", "xx..", 0.0, "too_few"),
        ("xxxx", "xx..", "xx..", 1.0, "too_few"),
        ("x", "x", ".", None, "too_few"),
        ("", "", "", None, "too_few"),
        ("x" * 12, "x" * 12, "x" + "." * 11, 12.0, "higher"),
    ],
)
def test_a_denominator_of_zero_has_no_ratio_and_few_units_no_verdict(
    teacher, student, baseline, ratio, verdict
):
    found = _table(
        _flags("teacher", teacher), _flags("student", student), _flags("baseline", baseline),
        groups=["a"] * len(teacher),
    )  # fmt: skip
    for row in found:
        assert row.teacher_flagged.ratio == pytest.approx(ratio)
        assert row.teacher_flagged.verdict == verdict
        assert json.dumps(row.to_json_dict(), allow_nan=False)
        if not teacher.count("x"):
            assert row.teacher_flagged.student_value is None
            assert row.teacher_flagged.student_ci is None


def test_without_a_baseline_the_students_share_stands_alone():
    (row,) = _table(
        _flags("teacher", "xx.."), _flags("student", "x.x."), None, Lineage("student", "teacher")
    )
    assert row.teacher_flagged.student_value == 0.5
    assert (row.inherited, row.own, row.common, row.corpus) == (1, 1, None, None)
    assert (row.baseline, row.teacher_flagged.ratio, row.teacher_flagged.verdict) == (None,) * 3


def test_copies_of_a_pair_are_one_unit():
    twelve = "x" * 12
    (row,) = _table(
        _flags("teacher", twelve), _flags("student", twelve), _flags("baseline", "." * 12),
        unit=[0] * 12,
    )  # fmt: skip
    assert (row.teacher_flagged.n, row.teacher_flagged.discordant) == (12, 1)
    assert row.teacher_flagged.student_ci[0] < 0.1


def test_a_chain_of_shared_translations_of_any_of_the_models_is_one_unit():
    linked = [0, 0, 1, 1], [0, 1, 1, 2], [0, 1, 2, 3]
    models = zip(("teacher", "student", "baseline"), ("xxxx", "xxxx", "...."), linked, strict=True)
    teacher, student, baseline = (_flags(name, told, shared=keys) for name, told, keys in models)
    (row,) = _table(teacher, student, baseline)
    assert (row.teacher_flagged.n, row.teacher_flagged.discordant) == (4, 1)


def test_holms_correction_runs_over_the_subgroups():
    teacher = "x" * 24
    found = _table(
        _flags("teacher", teacher), _flags("student", "xxxxxxx....." * 2),
        _flags("baseline", "." * 24), groups="a" * 12 + "b" * 12,
    )  # fmt: skip
    alone, *groups = (row.teacher_flagged for row in found)
    assert alone.p_adjusted == alone.p_value
    assert [one.p_adjusted for one in groups] == pytest.approx([2 * one.p_value for one in groups])


def test_measures_that_a_model_lacks_or_that_have_their_own_denominator_are_left_out():
    flags = [_flags(name, "xx..") for name in ("teacher", "student")]
    own = Flags("of_own", "student", "train", flags[1].eligible, flags[1].flagged, paired=False)
    split = Split.of("train", np.arange(4), {"all": ["all"] * 4})
    assert inheritance([split], [*flags, own], [LINEAGE]) == []
    assert len(inheritance([split], [*flags, own], [Lineage("student", "teacher")])) == 1


def test_json_and_parquet_hold_every_row():
    found = _table(
        _flags("teacher", "xxxx...."), _flags("student", "xx..x..."), _flags("baseline", "x...x...")
    )
    stored = json.loads(json.dumps([row.to_json_dict() for row in found], allow_nan=False))
    assert rows({"inheritance": stored}) == found
    (line,) = to_table(found).to_pylist()
    assert line["teacher_flagged.student_value"] == 0.5
    assert line["teacher_flagged.ratio_ci_low"] == found[0].teacher_flagged.ratio_ci[0]
    assert to_table([]).column_names == list(line)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"own": None}, "lacks 'own'"),
        ({"n": -1}, "lacks 'n'"),
        ({"teacher_flagged": {}}, "teacher_flagged lacks 'n'"),
        ({"teacher_flagged": 3}, "lacks 'teacher_flagged'"),
    ],
)
def test_a_row_that_is_none_is_refused_with_its_place(change, message):
    (row,) = _table(_flags("teacher", "x."), _flags("student", "x."), _flags("baseline", ".."))
    with pytest.raises(ArtifactError, match=rf"row\[0\].*{message}"):
        from_json_dict(row.to_json_dict() | change, "row[0]")


def test_the_interval_of_the_ratio_holds_the_true_one():
    """Pairs that occur once to four times; the student has what the teacher flags with 0.4, the
    baseline with 0.2."""
    rng = np.random.default_rng(5)
    held, wrong, sets = 0, 0, 60
    everyone = np.ones(900, dtype=np.bool_)
    for _ in range(sets):
        unit = np.repeat(np.arange(600), rng.choice([1, 1, 2, 4], 600))[:900]
        draws = rng.random((3, 600))[:, unit]
        teacher = draws[0] < 0.3
        student, equal = draws[1] < 0.4, draws[2] < 0.4
        baseline = draws[2] < 0.2
        split = Split.of("train", unit, {"all": ["all"] * 900})
        for other, truth in ((baseline, 2.0), (equal, 1.0)):
            models = (("teacher", teacher), ("student", student), ("baseline", other))
            flags = [Flags("m", name, "train", everyone, flagged) for name, flagged in models]
            (row,) = inheritance([split], flags, [LINEAGE], bootstrap=300)
            low, high = row.teacher_flagged.ratio_ci
            held += low <= truth <= high
            wrong += truth == 1.0 and row.teacher_flagged.verdict != "indistinguishable"
    slack = 3 * np.sqrt(0.05 * 0.95 / sets)
    assert held / (2 * sets) >= 0.95 - slack
    assert wrong / sets <= 0.05 + slack
