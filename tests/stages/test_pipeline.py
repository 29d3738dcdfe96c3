"""All stages after training, on the fake engine: from translations to the report."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import DISTILLED, TRANSLATIONS, metadata, read_table
from kdaudit.comparison import inherited
from kdaudit.errors import AlignmentError, ArtifactError, RecipeError
from kdaudit.stages import (
    compare,
    detect,
    detections,
    distill,
    examples,
    group,
    measure,
    prepare,
    train,
    translate,
)
from kdaudit.stages.plan import Plan
from tests.fakes import MODELS, fake_run, write_translations
from tests.fakes import recipe as fakes_recipe

SOURCES = [
    f"the {a} {b} runs {c}" for a in ("old", "red") for b in "abcdef" for c in ("far", "fast")
]
TARGETS = [
    f"der {a} {b} läuft {c}" for a in ("alt", "rot") for b in "abcdef" for c in ("weit", "schnell")
]
MEMORIZED = 3


def tables() -> dict[str, dict[str, str]]:
    """The teacher knows all; the student all but four; the baseline half, and one from a prefix."""
    known = dict(zip(SOURCES, TARGETS, strict=True))
    prefix = " ".join(SOURCES[MEMORIZED].split()[:2])
    return {
        "teacher": known,
        "student": dict(list(known.items())[:-4]) | {prefix: TARGETS[MEMORIZED]},
        "baseline": dict(list(known.items())[::2]),
        "reverse": {target: source for source, target in known.items()},
    }


@pytest.fixture
def run(tmp_path):
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * len(SOURCES),
            "planted": pa.nulls(len(SOURCES), pa.string()),
        }
    )
    detectors = {"exact_match": {}, "extractive": {"identify_language": False}}
    detectors |= {"oscillatory": {}, "repeated_target": {}, "natural": {}}
    return fake_run(tmp_path, corpus, tables(), detectors=detectors)


def through(run):
    """Run every stage in the workflow's order."""
    recipe, plan = run.recipe, Plan(run.recipe)
    for model in ("teacher", *[m for m in recipe.audited_models if m != "teacher"]):
        for split in plan.splits:
            translate.run(run, model, split, 0)
    distill.run(run, "student")
    for metric, model, split in plan.quality:
        measure.run(run, metric, model, split)
    for scheme, split in plan.subgroups:
        group.run(run, scheme, split)
    for detector, model, split in plan.detections:
        detect.run(run, detector, model, split)
    compare.run(run)
    return compare.read(run.directory)


def value(comparison, measure_name, model, split="train"):
    (found,) = [
        row
        for row in comparison.measurements
        if (row.measure, row.model, row.split, row.scheme) == (measure_name, model, split, "all")
    ]
    return found


def test_the_whole_audit_finds_what_the_tables_hold(run):
    found = through(run)
    assert value(found, "exact_match", "teacher").value == 1
    assert value(found, "exact_match", "student").flagged == 20
    assert value(found, "exact_match", "baseline").flagged == 12
    assert value(found, "extractive", "student").flagged == 1
    assert value(found, "extractive", "teacher").flagged == 0
    assert value(found, "extractive_of_replicated", "student").n == 20
    assert value(found, "exact_match_kd", "student").flagged == 20
    assert value(found, "bleu", "teacher").value == pytest.approx(100)
    # Four unknown sources become "?", too few for a repeated target; the baseline has 12.
    assert value(found, "repeated_target", "student").flagged == 0
    assert value(found, "repeated_target", "baseline").flagged == 12
    assert value(found, "natural", "baseline").flagged == 12
    verdicts = {
        (row.measure, row.model): row.verdict
        for row in found.contrasts
        if row.scheme == "all" and row.split == "train"
    }
    assert verdicts["exact_match", "student"] == "higher"
    assert verdicts["extractive", "student"] == "too_few"


def test_the_evidence_of_extraction_is_the_shortest_prefix(run):
    through(run)
    table = detections.read(run.directory, "extractive", "student", "train").to_pylist()
    (row,) = [row for row in table if row["flagged"]]
    assert (row["id"], row["evidence"], row["score"]) == (MEMORIZED, "the old", 0.4)


def test_another_reference_is_compared_without_storing_anything(run):
    through(run)
    before = run.directory.comparison.read_bytes()
    other = compare.computed(run, "teacher")
    assert {row.reference for row in other.contrasts} == {"teacher"}
    assert run.directory.comparison.read_bytes() == before


def test_a_kd_corpus_is_the_teachers_translations_and_says_so(run):
    translate.run(run, "teacher", "train", 0)
    distill.run(run, "student")
    table = read_table(run.directory.distilled("student"), DISTILLED)
    assert table.column_names == ["id", "source", "target", "target_source"]
    assert table["target"].to_pylist() == TARGETS
    assert set(table["target_source"].to_pylist()) == {"teacher"}


@pytest.mark.parametrize("count", [1, 3, 16])
def test_shards_give_the_same_rows_whatever_their_number(tmp_path, run, count):
    sharded = fake_run(tmp_path / "b", run.corpus("train").table, tables(), shards=count)
    for number in range(count):
        translate.run(sharded, "student", "train", number)
    translate.run(run, "student", "train", 0)
    place = sharded.directory.translations("student", "train")
    assert len(list(place.glob("*.parquet"))) == count
    expected = read_table(run.directory.translations("student", "train"), TRANSLATIONS)
    assert read_table(place, TRANSLATIONS).equals(expected)


def test_translations_of_another_corpus_are_refused(run):
    write_translations(run, "student", "train", ["x"] * len(SOURCES))
    run.directory.corpus("train").unlink()
    fake_run(run.directory.path, run.corpus("valid").table.slice(1), tables())
    with pytest.raises(AlignmentError, match="translations of student, train: 24 rows for 23"):
        detect.run(run, "exact_match", "student", "train")


def test_an_incomplete_audit_is_not_compared(run):
    through(run)
    run.directory.detections("natural", "student", "train").unlink()
    with pytest.raises(ArtifactError, match="natural/student/train"):
        compare.computed(run)


def test_every_number_carries_the_settings_that_made_it(run):
    through(run)
    stored = json.loads(run.directory.comparison.read_text(encoding="utf-8"))
    signature = stored["signature"]
    assert "min_count:10" in signature["detectors"]["oscillatory"].replace("=", ":")
    assert set(signature["detectors"]) == {*run.recipe.detectors, "exact_match_kd", "extractive_kd"}
    assert set(signature["quality"]) == set(run.recipe.quality)
    path = run.directory.detections("oscillatory", "student", "test")
    assert metadata(path)["signature"] == signature["detectors"]["oscillatory"]


def test_without_a_reverse_model_natural_is_listed_as_not_computable(tmp_path, run):
    models = {name: {"role": name} for name in ("teacher", "baseline")}
    bare = fake_run(tmp_path / "bare", run.corpus("train").table, tables(), models=models)
    plan = Plan(bare.recipe)
    assert plan.not_computable["back_translation"] == "needs a model of role 'reverse'"
    assert "back_translation" in plan.not_computable["natural"]
    assert not [name for name, _, _ in plan.detections if name == "natural"]


def test_without_a_teacher_confidence_is_listed_as_not_computable(tmp_path, run):
    models = {"one": {"role": "baseline"}}
    bare = fake_run(tmp_path / "bare", run.corpus("train").table, tables(), models=models)
    assert Plan(bare.recipe).not_computable["the scheme confidence"] == "needs a teacher"


def test_a_changed_number_of_shards_leaves_no_shard_of_the_old_one(tmp_path, run):
    translate.run(run, "student", "train", 0)
    two = fake_run(run.directory.path, run.corpus("train").table, tables(), shards=2)
    for number in range(2):
        translate.run(two, "student", "train", number)
    place = two.directory.translations("student", "train")
    assert len(list(place.glob("*.parquet"))) == 2
    assert read_table(place, TRANSLATIONS).num_rows == len(SOURCES)


def test_a_shard_that_the_recipe_does_not_have_is_refused(run):
    with pytest.raises(RecipeError, match="there is no shard 1"):
        translate.run(run, "student", "train", 1)


def test_planted_sources_do_not_make_a_repeated_target_of_original_rows(tmp_path, run):
    planted = [None, None] + ["boilerplate"] * 6 + [None] * (len(SOURCES) - 8)
    table = run.corpus("train").table
    table = table.set_column(table.column_names.index("planted"), "planted", pa.array(planted))
    mixed = fake_run(tmp_path / "mixed", table, tables())
    texts = ["Same ."] * 8 + TARGETS[8:]
    write_translations(mixed, "student", "train", texts)
    detect.run(mixed, "repeated_target", "student", "train")
    found = detections.read(mixed.directory, "repeated_target", "student", "train").to_pylist()
    assert [row["flagged"] for row in found] == [False] * 2 + [True] * 6 + [False] * 16
    assert [row["id"] for row in found] == list(range(24))
    assert found[3]["evidence"] in SOURCES[2:8]


def test_what_does_not_change_the_outcome_is_in_no_digest(run):
    def digests(recipe):
        names = ("extractive", "back_translation", "train")
        return [
            train.settings(recipe, "teacher"),
            translate.settings(recipe, names[2]),
            detect.settings(recipe, names[0]),
            measure.settings(recipe, names[1]),
        ]

    faster = {"threads": 8, "device": "cpu", "batch_tokens": 10}
    other = fakes_recipe(run.directory.path, inference=faster, trainer={"epochs": 1, "threads": 4})
    plain = fakes_recipe(run.directory.path, trainer={"epochs": 1})
    assert digests(other) == digests(plain)
    longer = fakes_recipe(run.directory.path, trainer={"epochs": 2}, beam={"train": 3})
    before, after = digests(plain), digests(longer)
    assert before[:3] != after[:3]
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert before[2] != after[2]


def test_the_comparison_depends_on_the_reference_that_the_roles_imply(run):
    models = {name: dict(model) for name, model in MODELS.items()}
    models["baseline"]["role"] = "other"
    other = fakes_recipe(run.directory.path, models=models)
    plain = fakes_recipe(run.directory.path)
    assert compare.settings(other) != compare.settings(plain)


def test_planting_depends_on_the_filter_that_planted_pairs_must_pass(run):
    def prepared(ratio):
        planted = {"splits": run.recipe.corpus.model_dump()["splits"], "planted": {}}
        detectors = {"extractive": {"max_length_ratio": ratio}}
        recipe = fakes_recipe(run.directory.path, corpus=planted, detectors=detectors)
        return prepare.settings(recipe, prepare.TRAINING)

    assert prepared(1.3) != prepared(2.0)


def test_examples_keep_text_to_themselves_where_the_recipe_says_so(tmp_path, run):
    through(run)
    shown = [one for one in examples.examples(run)[0] if one.detector == "extractive"]
    assert [(one.id, one.source) for one in shown] == [(MEMORIZED, SOURCES[MEMORIZED])]
    silent = fake_run(
        run.directory.path,
        run.corpus("train").table,
        tables(),
        detectors={"extractive": {"identify_language": False}},
        report={"texts": False},
    )
    (hidden,) = (one for one in examples.examples(silent)[0] if one.detector == "extractive")
    assert hidden.id == MEMORIZED
    assert not any((hidden.source, hidden.target, hidden.translation, hidden.evidence))


def test_a_student_is_set_against_its_own_teacher_and_the_baseline(run):
    found = through(run)
    stored = pq.read_table(run.directory.comparison.parent / "inheritance.parquet").to_pylist()
    rows = inherited.rows(found.about)
    assert len(rows) == len(stored) > 0
    assert {(row.student, row.teacher, row.baseline) for row in rows} == {
        ("student", "teacher", "baseline")
    }
    # Measures of the student alone, and those with a denominator of its own, have no row.
    assert {row.measure for row in rows} == {
        "exact_match", "extractive", "oscillatory", "repeated_target", "natural"
    }  # fmt: skip
    (row,) = (
        row
        for row in rows
        if (row.measure, row.split, row.scheme) == ("exact_match", "train", "all")
    )
    assert (row.n, row.teacher_flagged.n, row.teacher_not_flagged.n) == (24, 24, 0)
    assert (row.inherited, row.common, row.corpus, row.own) == (10, 10, 0, 0)
    assert row.teacher_flagged.ratio == pytest.approx(20 / 12)


def test_students_and_teachers_are_compared_by_metrics_that_say_how_good_a_translation_is(run):
    rows = through(run).about["denoising"]
    assert {(row["model"], row["reference"]) for row in rows} == {("student", "teacher")}
    metrics = {row["measure"]: row["higher_is_better"] for row in rows}
    assert metrics == {"bleu": True, "chrf": True, "ter": False, "back_translation": True}


def test_every_pair_of_models_is_compared_on_request(run):
    through(run)
    found = compare.computed(run, "all")
    assert found.signature["reference"] == ["baseline", "teacher", "student"]
    assert len({(row.model, row.reference) for row in found.contrasts}) == 6
    usual = compare.read(run.directory).contrasts
    kept = [row for row in found.contrasts if row.reference == "baseline"]
    assert sorted(map(str, kept)) == sorted(map(str, usual))
