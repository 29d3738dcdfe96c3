"""Detectors that ask a model, through the stages on the fake engine: scores of other models'
translations, back-translation as a measure, perturbation judged again, bad input."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, SCORES, metadata, read_table, write_table
from kdaudit.errors import AlignmentError, ArtifactError, RecipeError
from kdaudit.recipe import Recipe
from kdaudit.stages import compare, detect, detections, distill, measure, score, translate
from kdaudit.stages.limits import limits_met
from kdaudit.stages.plan import Plan
from tests.fakes import FakeRun, TableTranslator, fake_run, recipe

SOURCES = [
    "the old dog sleeps",
    "the red cat runs",
    "Yes",
    "",
    "ein\u0007 мир 世界",
    "the end of it",
]
TARGETS = ["der Hund schläft", "die Katze läuft", "Ja", "", "ein мир 世界", "das Ende davon"]
KNOWN = dict(zip(SOURCES, TARGETS, strict=True))
LONG = "weiter " * 10_000
SPLITS = {
    "train": {"source": "train.en", "target": "train.de"},
    "valid": {"source": "valid.en", "target": "valid.de"},
    "news": {"source": "news.en"},
}
DETECTORS = {
    "sequence_log_probability": {},
    "cross_model": {},
    "back_translation": {},
    "perturbation": {},
}


def laid_out(folder, **parts) -> FakeRun:
    corpus = pa.table({"id": np.arange(len(SOURCES)) * 10, "source": SOURCES, "target": TARGETS})
    tables = {
        "teacher": KNOWN,
        "student": KNOWN | {"Yes": "", "the end of it": LONG},
        "baseline": {**KNOWN, "the red cat runs": "etwas ganz anderes"},
        "reverse": {target: source for source, target in KNOWN.items()},
    }
    defaults = {"corpus": {"splits": SPLITS}, "detectors": DETECTORS, "subgroups": {}}
    defaults |= {"quality": {"back_translation": {}}}
    run = fake_run(folder, corpus, tables, **(defaults | parts))
    for model in ("teacher", "student", "baseline"):
        for split in ("train", "news"):
            translate.run(run, model, split, 0)
    return run


@pytest.fixture
def run(tmp_path) -> FakeRun:
    return laid_out(tmp_path)


def through(run: FakeRun) -> None:
    """Every stage after translation, in the workflow's order."""
    plan = Plan(run.recipe)
    distill.run(run, "student")
    for model, text, split in plan.judged:
        score.run(run, model, split, text)
    for metric, model, split in plan.quality:
        measure.run(run, metric, model, split)
    for item in plan.detections:
        detect.run(run, *item)


def rows(run: FakeRun, *place: str) -> list[dict]:
    return detections.read(run.directory, *place).to_pylist()


def test_forced_scores_of_translations_lie_at_their_place_row_by_row(run, capsys):
    score.run(run, "teacher", "train", "student")
    path = run.directory.path / "scores/teacher/student/train.parquet"
    table = read_table(path, SCORES).to_pylist()
    assert [row["id"] for row in table] == [0, 10, 20, 30, 40, 50]
    assert [row["tokens"] for row in table] == [4, 4, 1, 0, 4, 0]
    scores = [row["log_probability"] for row in table]
    assert scores == [-2.0, -2.0, -3.0, None, -2.0, None]
    assert "teacher, train, translations of student: 2 pairs without a score" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("text", ["teacher", "reverse", "nobody"])
def test_a_text_that_the_model_cannot_score_is_refused(run, text):
    with pytest.raises(RecipeError, match=f"'{text}' is no known text for it to score"):
        score.run(run, "teacher", "train", text)


def test_the_other_model_flags_what_it_finds_unlikely_and_counts_what_it_cannot_score(run):
    score.run(run, "teacher", "train", "student")
    score.run(run, "teacher", "train", "baseline")
    detect.run(run, "cross_model", "student", "train")
    detect.run(run, "cross_model", "baseline", "train")
    student, baseline = (
        rows(run, "cross_model", name, "train") for name in ("student", "baseline")
    )
    assert [row["eligible"] for row in student] == [True, True, True, False, True, False]
    assert [row["score"] for row in student] == [-0.5, -0.5, -3.0, None, -0.5, None]
    assert [row["flagged"] for row in student] == [False, False, True, False, False, False]
    assert [row["flagged"] for row in baseline] == [False, True, False, False, False, False]


def test_no_model_judges_itself(run):
    assert [model for name, model, _ in Plan(run.recipe).detections if name == "cross_model"] == [
        *["student"] * 2,
        *["baseline"] * 2,
    ]
    with pytest.raises(RecipeError, match="'teacher' scores the others, and is not judged"):
        detect.run(run, "cross_model", "teacher", "train")


def test_a_gate_or_score_that_is_not_there_is_an_error_that_names_it(run):
    with pytest.raises(ArtifactError, match=r"scores/teacher/student/train\.parquet: no such file"):
        detect.run(run, "cross_model", "student", "train")
    with pytest.raises(ArtifactError, match=r"quality/back_translation/student/train\.parquet"):
        detect.run(run, "back_translation", "student", "train")
    score.run(run, "teacher", "train", "student")
    path = run.directory.scores("teacher", "student", "train")
    other = read_table(path, SCORES).slice(1)
    write_table(path, other, SCORES)
    with pytest.raises(AlignmentError, match="scores of teacher of the translations of student"):
        detect.run(run, "cross_model", "student", "train")


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        ({"baseline": {"role": "baseline"}}, "needs a model of role 'teacher'"),
        ({"teacher": {"role": "teacher"}}, "needs another model beside 'teacher', whose scores"),
    ],
)
def test_without_another_model_the_measure_is_listed_as_not_computable(tmp_path, models, reason):
    plan = Plan(recipe(tmp_path, models=models, detectors={"cross_model": {}}))
    assert plan.not_computable["cross_model"].startswith(reason)
    assert not [name for name, _, _ in plan.detections if name == "cross_model"]
    assert plan.judged == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model": "techer"},
            "detectors.cross_model: 'techer' is no known model; did you mean 'teacher'",
        ),
        ({"model": "reverse"}, "detectors.cross_model: 'reverse' is no known model"),
        ({"model": ""}, "model is 'teacher', 'baseline' or a model's name"),
        ({"threshold": 0.5}, "threshold is a mean natural log-probability: 0 or less"),
    ],
)
def test_a_judge_that_cannot_be_is_refused_with_its_place(tmp_path, settings, message):
    with pytest.raises(RecipeError) as error:
        recipe(tmp_path, detectors={"cross_model": settings})
    assert message in str(error.value)


def test_a_model_called_target_has_no_place_for_its_scores(tmp_path):
    models = {"target": {"role": "teacher"}, "other": {"role": "baseline"}}
    with pytest.raises(RecipeError, match="a model called 'target' cannot be scored by others"):
        recipe(tmp_path, models=models, detectors={"cross_model": {}})


def test_a_judge_may_be_named_or_be_the_first_of_its_role(tmp_path):
    models = {
        "second": {"role": "teacher"},
        "first": {"role": "teacher"},
        "plain": {"role": "baseline"},
    }
    detectors = {
        "by_role": {"kind": "cross_model"},
        "by_name": {"kind": "cross_model", "model": "plain"},
    }
    plan = Plan(recipe(tmp_path, models=models, detectors=detectors))
    judged = {(judge, text) for judge, text, split in plan.judged if split == "train"}
    assert judged == {
        ("second", "first"),
        ("second", "plain"),
        ("plain", "second"),
        ("plain", "first"),
    }


def test_a_detector_of_the_name_of_a_metric_is_a_measure_of_its_own(run):
    through(run)
    compare.run(run)
    found = compare.read(run.directory)
    measured = {
        (row.measure, row.model, row.split): row
        for row in found.measurements
        if row.scheme == "all"
    }
    assert measured["back_translation", "student", "train"].flagged is None
    flagged = measured["back_translation_flagged", "baseline", "train"]
    assert (flagged.n, flagged.flagged) == (5, 1)
    assert set(found.signature["detectors"]) == {*DETECTORS, "back_translation_flagged"} - {
        "back_translation"
    }
    assert ("cross_model", "teacher", "train") not in measured


def test_the_metric_is_there_where_the_detector_of_its_name_cannot_be(tmp_path):
    detectors = {"back_translation": {"splits": ["train", "test"]}}
    plan = Plan(
        recipe(tmp_path, detectors=detectors, quality={"back_translation": {"splits": ["train"]}})
    )
    assert [name for name in plan.not_computable if "back" in name] == ["back_translation_flagged"]
    assert {name for name, _, _ in plan.quality} == {"back_translation"}
    assert plan.detections == []


def test_on_sources_alone_all_are_there_and_every_translation_counts_as_good(run):
    assert Plan(run.recipe).not_applicable == {}
    through(run)
    found = rows(run, "perturbation", "baseline", "news")
    features = [row["features"] for row in found]
    assert all(math.isnan(one["of_target"]) for one in features)
    # The fake engine knows no perturbed source: all but "?" and the empty source detach.
    assert [row["flagged"] for row in found] == [True, True, True, False, True, True]
    assert [one["reason"] for one in features] == ["", "", "", "empty_source", "", ""]
    student = rows(run, "perturbation", "student", "news")
    assert [row["flagged"] for row in student] == [True, True, False, False, True, True]
    for name in ("sequence_log_probability", "cross_model", "back_translation"):
        assert len(rows(run, name, "student", "news")) == len(SOURCES)


class Counting(FakeRun):
    """A run that counts how often a model is taken out."""

    taken = 0

    def translator(self, model: str) -> TableTranslator:  # type: ignore[override]
        type(self).taken += 1
        return super().translator(model)


AT = ("perturbation", "baseline", "train")


def with_settings(run: FakeRun, **settings) -> Counting:
    Counting.taken = 0
    changed: Recipe = recipe(
        run.directory.path,
        corpus={"splits": SPLITS},
        detectors={"perturbation": settings},
        quality={},
        subgroups={},
    )
    return Counting(run.directory.path, changed, run.tables)


def test_thresholds_are_judged_again_without_the_model(run):
    first = with_settings(run)
    detect.run(first, *AT)
    assert Counting.taken == 1
    before = rows(run, *AT)
    assert [row["flagged"] for row in before] == [True, False, True, False, True, True]
    for settings, flags in (
        ({"detached": 0.0}, [False] * 6),
        ({"good": 1.0}, [False] * 6),
        ({"good": 0.0, "detached": 0.5}, [True, False, True, False, True, True]),
    ):
        detect.run(with_settings(run, **settings), *AT, stored=True)
        assert Counting.taken == 0
        after = rows(run, *AT)
        assert [row["flagged"] for row in after] == flags
        kept = ("id", "eligible", "score", "evidence")
        assert [[row[name] for name in kept] for row in after] == [
            [row[name] for name in kept] for row in before
        ]


@pytest.mark.parametrize("change", [{"frequency": "rare"}, {"sample": 2}, {"seed": 2}])
def test_other_insertions_are_decoded(run, change):
    detect.run(with_settings(run), *AT)
    with pytest.raises(RecipeError, match="insertions are to be decoded by `kdaudit detect"):
        detect.run(with_settings(run, **change), *AT, stored=True)
    detect.run(with_settings(run, **change), *AT)
    assert Counting.taken == 1


def test_words_of_the_training_split_that_change_are_inserted_anew(run):
    place = ("perturbation", "baseline", "news")
    detect.run(with_settings(run), *place)
    table = run.corpus("train").table
    other = table.set_column(1, "source", pa.array(["Löwe"] * len(table)))
    write_table(run.directory.corpus("train"), other, CORPUS)
    detect.run(with_settings(run), *place)
    assert Counting.taken == 1
    assert all("'Löwe'" in row["evidence"] for row in rows(run, *place) if row["eligible"])


def test_the_same_pairs_and_words_are_drawn_for_all_models(run):
    settings = with_settings(run, sample=3)
    for model in ("student", "baseline"):
        detect.run(settings, "perturbation", model, "train")
    drawn = [
        [row["features"]["reason"] for row in rows(run, "perturbation", model, "train")]
        for model in ("student", "baseline")
    ]
    assert drawn[0] == drawn[1]
    assert (drawn[0].count(""), drawn[0].count("not_drawn")) == (3, 2)


def test_insertions_that_are_cut_are_counted_and_said(run, capsys, monkeypatch):
    class Cutting(TableTranslator):
        def translate(self, sources, beam=1, best=1):
            for one in super().translate(sources, beam, best):
                yield type(one)(one.text, one.log_probability, one.tokens, source_cut=True)

    changed = with_settings(run)
    monkeypatch.setattr(Counting, "translator", lambda self, model: Cutting(run.tables[model]))
    detect.run(changed, *AT)
    assert metadata(run.directory.detections(*AT))["insertions_cut"] == "14"
    assert "baseline, train, perturbation: insertions_cut: 14" in capsys.readouterr().err


def test_what_has_no_score_or_was_cut_is_told_in_the_report(run):
    through(run)
    said = list(limits_met(run))
    assert (
        "translations of student on train: 2 have no score by teacher: the source is empty, or a "
        "side is too long." in said
    )
