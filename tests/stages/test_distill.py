"""KD corpora by every step, on the fake engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pytest

from kdaudit.artifacts import (
    DISTILLED,
    metadata,
    read_object,
    read_table,
    write_json,
    write_text,
)
from kdaudit.comparison import wording
from kdaudit.distillation import STEPS, DistillationStep, Targets
from kdaudit.errors import AlignmentError, ArtifactError, RecipeError
from kdaudit.stages import (
    compare,
    detect,
    distill,
    measure,
    report,
    select,
    train,
    translate,
)
from kdaudit.stages.plan import Plan
from tests.fakes import FakeRun, fake_run, write_translations

COUNT = 20
SOURCES = [f"n{n} the old dog runs fast" for n in range(COUNT)]
TARGETS = [f"n{n} der alte Hund läuft" for n in range(COUNT)]
NEARER = (3, 7)
"""Rows whose target is the teacher's second hypothesis."""
MEMORIZED = (1, 6)
"""Rows whose target the teacher has from their first two words."""
UNLIKE = (2, 5, 11)
"""Rows whose target the reverse model cannot translate back."""


def tables() -> dict[str, dict[str, str]]:
    known = {source: f"{target} so" for source, target in zip(SOURCES, TARGETS, strict=True)}
    prefixes = {" ".join(SOURCES[row].split()[:2]): f"{TARGETS[row]} so" for row in MEMORIZED}
    return {
        "teacher": known | prefixes,
        "adapted": {source: text.upper() for source, text in known.items()},
        "reverse": {
            target: source
            for row, (source, target) in enumerate(zip(SOURCES, corpus_targets(), strict=True))
            if row not in UNLIKE
        },
    }


def corpus_targets() -> list[str]:
    endings = dict.fromkeys(NEARER, " so 2") | dict.fromkeys(MEMORIZED, " so")
    return [text + endings.get(row, "") for row, text in enumerate(TARGETS)]


def run_of(folder, **distillation: object) -> FakeRun:
    """A run whose student is distilled so, its teacher's translations still to be made."""
    corpus = pa.table(
        {
            "id": pa.array([7 * row for row in range(COUNT)], pa.int64()),
            "source": SOURCES,
            "target": corpus_targets(),
            "provenance": ["original"] * COUNT,
            "planted": pa.nulls(COUNT, pa.string()),
        }
    )
    models = {
        "teacher": {"role": "teacher"},
        "reverse": {"role": "reverse"},
        "student": {"role": "student", "distillation": {"teacher": "teacher", **distillation}},
    }
    return fake_run(
        folder,
        corpus,
        tables(),
        models=models,
        detectors={"extractive": {"identify_language": False}},
        quality={"chrf": {}, "confidence": {}, "back_translation": {}},
    )


def distilled(run: FakeRun) -> pa.Table:
    distill.run(run, "student")
    return read_table(run.directory.distilled("student"), DISTILLED)


def translated(run: FakeRun) -> None:
    split = distill.kd_split(run.recipe, "student")
    translate.run(run, distill.teacher_of(run.recipe, "student"), split, 0)


def test_seqkd_takes_of_several_hypotheses_the_one_closest_to_the_target(tmp_path):
    several = {"settings": {"beam": 4, "best": 2, "choice": "chrf"}}
    run = run_of(tmp_path, **several)
    assert distill.kd_split(run.recipe, "student") == "train-beam4-best2"
    translated(run)
    place = run.directory.translations("teacher", "train-beam4-best2")
    assert metadata(place)["best"] == "2"
    table = distilled(run)
    assert table["target"].to_pylist() == [
        f"{text} so 2" if row in NEARER else f"{text} so" for row, text in enumerate(TARGETS)
    ]
    assert set(table["target_source"].to_pylist()) == {"teacher"}
    assert metadata(run.directory.distilled("student"))["step"].startswith("seqkd|beam:4|best:2")


def adaptive(**settings: object) -> dict[str, object]:
    above = {"quality.chrf": 50}
    return {
        "step": "adaptive",
        "adapted": "adapted",
        "settings": {"above": above, "fewest": 1, **settings},
    }


def fine_tuned(run: FakeRun) -> None:
    """All that comes before the translations of a fine-tuned teacher; its table is there."""
    translate.run(run, "teacher", "train", 0)
    for metric in ("chrf", "confidence"):
        measure.run(run, metric, "teacher", "train")
    detect.run(run, "extractive", "teacher", "train")
    select.run(run, "adapted")
    assert train.training_pairs(run.directory, run.recipe, "adapted")[0].is_file()


STEPS_THAT_FINE_TUNE = {
    "adaptive": adaptive(),
    "its control": adaptive(control="random", most=5),
    "recovered": {"step": "recovered", "adapted": "adapted"},
}


@pytest.mark.parametrize("case", STEPS_THAT_FINE_TUNE)
def test_a_fine_tuned_teacher_makes_the_kd_corpus_and_is_audited(tmp_path, case):
    run = run_of(tmp_path, **STEPS_THAT_FINE_TUNE[case])
    assert run.recipe.audited_models == ["teacher", "student", "adapted"]
    assert ("extractive", "adapted", "train") in Plan(run.recipe).detections
    assert distill.teacher_of(run.recipe, "student") == "adapted"
    fine_tuned(run)
    translated(run)
    table = distilled(run)
    assert table["target"].to_pylist() == [f"{text} so".upper() for text in TARGETS]
    assert set(table["target_source"].to_pylist()) == {"teacher"}
    assert metadata(run.directory.distilled("student"))["teacher"] == "adapted"


def test_mixed_leaves_the_corpus_its_good_targets(tmp_path):
    by = "corpus.back_translation"
    run = run_of(tmp_path, step="mixed", settings={"by": by, "share": 3 / COUNT})
    translated(run)
    place = run.directory.quality("back_translation", "corpus", "train")
    assert place in distill.inputs(run.directory, run.recipe, "student")
    measure.run(run, "back_translation", "corpus", "train")
    table = distilled(run)
    sources = table["target_source"].to_pylist()
    assert [row for row, source in enumerate(sources) if source == "teacher"] == [*UNLIKE]
    assert table["target"].to_pylist() == [
        f"{TARGETS[row]} so" if row in UNLIKE else text for row, text in enumerate(corpus_targets())
    ]
    assert distill.target_sources(run.directory, "student") == {"corpus": 17, "teacher": 3}


def test_the_control_of_mixed_is_of_the_same_size_and_its_seed_decides(tmp_path):
    found = []
    for number, seed in enumerate((1, 1, 2)):
        settings = {"by": "corpus.back_translation", "share": 0.3, "control": "random"}
        run = run_of(tmp_path / str(number), step="mixed", settings=settings | {"seed": seed})
        translated(run)
        measure.run(run, "back_translation", "corpus", "train")
        distilled(run)
        found.append(run.directory.distilled("student").read_bytes())
        assert distill.target_sources(run.directory, "student")["teacher"] == 6
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    found = []
    for name in ("a", "b"):
        run = run_of(tmp_path / name, **adaptive(most=5))
        fine_tuned(run)
        translated(run)
        distilled(run)
        paths = run.directory.selected("adapted"), run.directory.distilled("student")
        found.append([path.read_bytes() for path in paths])
    assert found[0] == found[1]


@dataclass(frozen=True)
class Short(DistillationStep):
    """A stranger's step that forgets a source."""

    name: ClassVar[str] = "short"

    def targets(self, segments):
        return Targets(segments.texts("translation")[1:], ["teacher"] * len(segments))


def test_a_strangers_step_that_forgets_a_source_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(STEPS, "short", Short)
    run = run_of(tmp_path, step="short")
    translated(run)
    with pytest.raises(RecipeError, match="the step 'short' made 19 targets and 20 origins for 20"):
        distill.run(run, "student")
    assert not run.directory.distilled("student").exists()


def test_translations_of_other_sources_are_refused(tmp_path):
    run = run_of(tmp_path)
    write_translations(run, "teacher", "train", TARGETS)
    run.directory.corpus("train").unlink()
    other = run.corpus("valid").table.slice(1)
    shorter = fake_run(tmp_path, other, tables())
    with pytest.raises(AlignmentError, match="translations of teacher, train: 20 rows for 19"):
        distill.run(shorter, "student")


def test_the_comparison_and_the_report_tell_what_was_chosen(tmp_path):
    run = run_of(tmp_path, **adaptive(most=5))
    fine_tuned(run)
    mixed = {"teacher": "teacher", "step": "mixed", "settings": {"share": 3 / COUNT}}
    models = {
        name: model.model_dump(mode="json", exclude={"trainer"})
        for name, model in run.recipe.models.items()
    }
    models["mixer"] = {"role": "student", "distillation": mixed}
    del models["adapted"]
    corpus = run.corpus("train").table
    same = {"student": {}, "mixer": {}}
    parts = {"detectors": {"extractive": {"identify_language": False}}, "subgroups": {}}
    quality = {"chrf": {}, "confidence": {}, "back_translation": {}}
    both = fake_run(tmp_path, corpus, tables() | same, models=models, quality=quality, **parts)
    plan = Plan(both.recipe)
    for model in both.recipe.audited_models:
        for split in plan.splits:
            translate.run(both, model, split, 0)
    for item in [*plan.quality, ("back_translation", "corpus", "train")]:
        measure.run(both, *item)
    for student in both.recipe.students:
        distill.run(both, student)
    for item in plan.detections:
        detect.run(both, *item)
    selected = run.directory.selected("adapted").rename(tmp_path / "away")
    with pytest.raises(ArtifactError, match="no selected/adapted"):
        compare.run(both)
    selected.rename(run.directory.selected("adapted"))
    compare.run(both)
    told = compare.read(both.directory).about
    counts = select.counts(run.directory, "adapted")
    assert (counts["candidates"], counts["chosen"]) == (20, 5)
    names = {"model": "adapted", "teacher": "teacher"}
    step = both.recipe.step("adapted").signature()
    assert told["finetuning"] == [{**names, "step": step, **counts}]
    assert told["target_sources"] == {
        "student": {"teacher": COUNT},
        "mixer": {"corpus": COUNT - 3, "teacher": 3},
    }
    sentences = [
        f"adapted: teacher, fine-tuned on 5 pairs (20 candidates by {step}); teacher replicates "
        f"{counts['replicated_by_teacher']} of them, and 0 are planted.",
        "mixer: where the targets of its KD corpus are from: corpus 17, teacher 3.",
    ]
    assert wording.remarks(told)[:2] == sentences
    for model in both.recipe.models:
        write_json(both.directory.model_manifest(model), {"pairs_left_out": 0})
        write_text(both.directory.curve(model), "")
    content = report.content(both)
    assert [note for note in content.notes if note in sentences] == sentences
    described = {model.name: model.description for model in content.models}
    assert described["adapted"].endswith("fine-tuned: adaptive from teacher")
    assert described["student"].endswith("from adapted")
    report.run(both)
    listed = read_object(both.directory.manifest)["sha256"]
    assert {"selected/adapted.parquet", "distilled/mixer.parquet"} <= set(listed)
