"""The pairs that teachers are fine-tuned on, on the fake engine: chosen, counted, stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import metadata
from kdaudit.distillation import (
    STEPS,
    Chosen,
    DistillationStep,
    FineTuning,
    SeqKD,
    Targets,
)
from kdaudit.distillation.recovered import SYMBOLS
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.stages import detect, measure, select, translate
from tests.fakes import FakeRun, fake_run
from tests.no_room import files_of_at_most

COUNT = 40
SOURCES = [f"n{n} the old dog runs fast" for n in range(COUNT)]
TARGETS = [f"n{n} der alte Hund läuft heute fort" for n in range(COUNT)]
REPLICATED = set(range(0, COUNT, 4))
NEAR = set(range(1, COUNT, 4))
MEMORIZED = {0, 4, 8}
IDS = [100 + row for row in range(COUNT)]


def teacher() -> dict[str, str]:
    """A quarter word by word, a quarter nearly; three from their first words alone."""
    table = {SOURCES[row]: TARGETS[row] for row in REPLICATED}
    table |= {SOURCES[row]: TARGETS[row].replace("heute", "heut") for row in NEAR}
    for row in MEMORIZED:
        table[" ".join(SOURCES[row].split()[:2])] = TARGETS[row]
    table |= {f"! {SOURCES[0]}": f"! {TARGETS[0]}", f"* {SOURCES[0]}": "* ein alter Hund rennt"}
    table |= {f"! {SOURCES[4]}": "der Hund rennt"}
    return table | {f"{symbol} {SOURCES[8]}": TARGETS[8] for symbol in SYMBOLS}


def models(step: str, **distillation: object) -> dict[str, object]:
    chosen = {"teacher": "teacher", "step": step, "adapted": "adapted", **distillation}
    return {"teacher": {"role": "teacher"}, "student": {"role": "student", "distillation": chosen}}


def corpus() -> pa.Table:
    planted = ["boilerplate" if row in (4, 5) else None for row in range(COUNT)]
    return pa.table(
        {
            "id": pa.array(IDS, pa.int64()),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * COUNT,
            "planted": pa.array(planted, pa.string()),
            "kiwi": np.arange(COUNT) / COUNT,
        }
    )


@pytest.fixture
def run_of(tmp_path):
    """A run with a step, whose teacher has been translated with and measured."""

    def make(step: str, **distillation: object) -> FakeRun:
        run = fake_run(
            tmp_path,
            corpus(),
            {"teacher": teacher()},
            models=models(step, **distillation),
            detectors={"extractive": {"identify_language": False}},
            quality={"chrf": {}, "confidence": {}},
        )
        translate.run(run, "teacher", "train", 0)
        for metric in run.recipe.quality:
            measure.run(run, metric, "teacher", "train")
        detect.run(run, "extractive", "teacher", "train")
        return run

    return make


def selected(run: FakeRun) -> pa.Table:
    select.run(run, "adapted")
    return select.read(run.directory, "adapted")


def adaptive(**settings: object) -> dict[str, object]:
    good = {"quality.chrf": 60, "quality.confidence": 0.5}
    return {"settings": {"above": good, "fewest": 1, **settings}}


def test_what_adaptive_chooses_is_stored_with_what_it_was_chosen_by(run_of):
    run = run_of("adaptive", **adaptive())
    table = selected(run)
    rows = sorted(REPLICATED | NEAR)
    assert table.column_names == [
        "id",
        "source",
        "target",
        "target_source",
        "replicated",
        "planted",
        "quality.chrf",
        "quality.confidence",
    ]
    assert table["id"].to_pylist() == [IDS[row] for row in rows]
    assert table["source"].to_pylist() == [SOURCES[row] for row in rows]
    assert table["target"].to_pylist() == [TARGETS[row] for row in rows]
    assert set(table["target_source"].to_pylist()) == {"corpus"}
    assert table["replicated"].to_pylist() == [row in REPLICATED for row in rows]
    assert table["planted"].to_pylist() == ["boilerplate" if r in (4, 5) else None for r in rows]
    chrf = dict(zip(rows, table["quality.chrf"].to_pylist(), strict=True))
    assert all((chrf[row] == 100) == (row in REPLICATED) for row in rows)
    assert table["quality.confidence"].to_pylist() == pytest.approx([np.exp(-0.5)] * len(rows))


def test_its_counts_say_what_was_memorized_and_planted(run_of):
    run = run_of("adaptive", **adaptive())
    selected(run)
    assert select.counts(run.directory, "adapted") == {
        "candidates": 20,
        "chosen": 20,
        "replicated_by_teacher": 10,
        "planted": 2,
    }
    described = metadata(run.directory.selected("adapted"))
    assert described["step"] == run.recipe.step("adapted").signature()
    assert described["teacher"] == "teacher"
    assert described["listed_sha256"] == ""


def test_what_the_teacher_replicates_can_be_left_out(run_of):
    run = run_of("adaptive", **adaptive(replicated=False))
    assert set(selected(run)["id"].to_pylist()) == {IDS[row] for row in NEAR}
    assert select.counts(run.directory, "adapted")["replicated_by_teacher"] == 0


def test_any_column_of_numbers_is_a_quality(run_of):
    run = run_of("adaptive", settings={"above": {"kiwi": 0.74}, "fewest": 1})
    assert selected(run)["id"].to_pylist() == IDS[30:]


def test_the_same_seed_chooses_the_same_pairs_and_another_one_others(run_of):
    run = run_of("adaptive", **adaptive(most=6))
    first = selected(run)
    written = run.directory.selected("adapted").read_bytes()
    selected(run)
    assert run.directory.selected("adapted").read_bytes() == written
    other = run_of("adaptive", **adaptive(most=6, seed=2))
    again = selected(other)
    assert len(first) == len(again) == 6
    assert first["id"] != again["id"]
    assert select.counts(run.directory, "adapted")["candidates"] == 20


@pytest.mark.parametrize("most", [6, 1000])
def test_the_control_is_of_exactly_the_same_size_and_of_any_quality(run_of, most):
    chosen = len(selected(run_of("adaptive", **adaptive(most=most))))
    control = selected(run_of("adaptive", **adaptive(most=most, control="random")))
    assert len(control) == chosen
    assert {row - 100 for row in control["id"].to_pylist()} - REPLICATED - NEAR


def test_recovered_takes_other_translations_of_what_is_memorized(run_of):
    run = run_of("recovered")
    table = selected(run)
    assert table["id"].to_pylist() == [IDS[0], IDS[4]]
    assert table["source"].to_pylist() == [SOURCES[0], SOURCES[4]]
    assert table["target"].to_pylist() == ["ein alter Hund rennt", "der Hund rennt"]
    assert table["target_source"].to_pylist() == ["recovered"] * 2
    assert select.counts(run.directory, "adapted") == {
        "candidates": 3,
        "chosen": 2,
        "replicated_by_teacher": 2,
        "planted": 1,
    }


def test_listed_ids_are_the_choice(run_of, tmp_path):
    (tmp_path / "ids.txt").write_text("139\n100\r\n 102 \n")
    run = run_of("adaptive", ids="ids.txt")
    assert selected(run)["id"].to_pylist() == [100, 102, 139]
    assert metadata(run.directory.selected("adapted"))["listed_sha256"]
    assert tmp_path / "ids.txt" in select.inputs(run.directory, run.recipe, "adapted")


def test_it_reads_what_its_step_names_and_depends_on_its_settings(run_of):
    run = run_of("adaptive", **adaptive())
    names = {
        str(path.relative_to(run.directory.path))
        for path in select.inputs(run.directory, run.recipe, "adapted")
    }
    assert names == {
        "corpus/train.parquet",
        "models/teacher/manifest.json",
        "translations/teacher/train/part-00000-of-00001.parquet",
        "quality/chrf/teacher/train.parquet",
        "quality/confidence/teacher/train.parquet",
    }
    other = run_of("adaptive", **adaptive(seed=2))
    assert select.settings(run.recipe, "adapted") != select.settings(other.recipe, "adapted")
    recovered = run_of("recovered")
    files = select.inputs(recovered.directory, recovered.recipe, "adapted")
    assert recovered.directory.detections("extractive", "teacher", "train") in files


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("kivi", "'kivi' is no known column of the training split; did you mean 'kiwi'"),
        ("provenance", "the column 'provenance' of the training split holds no numbers"),
    ],
)
def test_a_column_that_the_corpus_lacks_or_that_is_no_number(run_of, column, message):
    run = run_of("adaptive", settings={"above": {column: 1}})
    with pytest.raises(RecipeError, match=message):
        select.run(run, "adapted")
    assert not run.directory.selected("adapted").exists()


@dataclass(frozen=True)
class Odd(DistillationStep):
    """A stranger's step that chooses what is told."""

    ids: tuple[int, ...] = ()
    targets_of: int = 0
    name: ClassVar[str] = "odd"

    @property
    def fine_tuning(self):
        return FineTuning(1, 1e-3)

    def select(self, segments, services):
        targets = ["x"] * self.targets_of
        return Chosen(np.array(self.ids, dtype=np.int64), targets, targets, len(self.ids))

    def targets(self, segments):
        return Targets(["x"], ["teacher"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ids": []}, "the step 'odd' chose no pair"),
        ({"ids": [100, 99], "targets_of": 2}, "chose ids that are twice, or are none"),
        ({"ids": [100, 100], "targets_of": 2}, "chose ids that are twice, or are none"),
        ({"ids": [100, 101], "targets_of": 1}, "chose 2 ids, and not as many of the rest"),
    ],
)
def test_a_strangers_choice_is_of_pairs_of_the_corpus(run_of, monkeypatch, settings, message):
    monkeypatch.setitem(STEPS, "odd", Odd)
    run = run_of("odd", settings=settings)
    with pytest.raises(RecipeError, match=message):
        select.run(run, "adapted")
    assert not run.directory.selected("adapted").exists()


def test_a_step_that_fine_tunes_has_to_select():
    class Half(SeqKD):
        name = "half"

    with pytest.raises(NotImplementedError, match="half fine-tunes"):
        Half().select(None, None)


def test_a_choice_without_room_leaves_no_file(run_of):
    run = run_of("adaptive", **adaptive())
    with (
        files_of_at_most(100),
        pytest.raises(ArtifactError, match=r"adapted.parquet: cannot be"),
    ):
        select.run(run, "adapted")
    assert not run.directory.selected("adapted").exists()
