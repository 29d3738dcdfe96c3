"""Stage `detect` with extractive memorization: judging again, what is counted, origins."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import DISTILLED, RunDirectory, metadata, write_table
from kdaudit.errors import RecipeError
from kdaudit.stages import detect, detections
from tests.fakes import FakeRun, TableTranslator, fake_run, write_translations

SOURCES = ["a b c d", "e f g h", "i j k l", "m n o p"]
TARGETS = ["A", "E", "I", "M"]
KD_TARGETS = ["A", "X", "E", "Y"]
TABLE = {
    "a b": "A",
    "e f": "E",
    "i j k": "I",
    "m n o": "Y",
    **dict(zip(SOURCES, TARGETS, strict=True)),
}
AT = ("extractive", "student", "train")


class Counting(FakeRun):
    """A run that counts how often a model is taken out."""

    def translator(self, model: str) -> TableTranslator:  # type: ignore[override]
        self.tables["taken"] = {**self.tables.get("taken", {}), str(len(self.tables["taken"])): ""}
        return super().translator(model)

    @property
    def taken(self) -> int:
        return len(self.tables["taken"])


def laid_out(folder, beam=1, **settings) -> Counting:
    corpus = pa.table({"id": np.arange(4) * 10, "source": SOURCES, "target": TARGETS})
    chosen = {"identify_language": False, "max_length_ratio": 9.0, **settings}
    made = fake_run(
        folder,
        corpus,
        {"student": TABLE, "teacher": {}, "baseline": {}, "taken": {}},
        detectors={"extractive": chosen},
        quality={},
        subgroups={},
        beam={"train": beam},
    )
    run = Counting(folder, made.recipe, made.tables)
    write_translations(run, "student", "train", TARGETS)
    kd = pa.table({"id": np.arange(4) * 10, "source": SOURCES, "target": KD_TARGETS})
    kd = kd.append_column("target_source", pa.array(["teacher"] * 4))
    write_table(run.directory.distilled("student"), kd, DISTILLED)
    return run


def with_share(run: Counting, share: float) -> Counting:
    return laid_out(run.directory.path, share=share)


def found(directory: RunDirectory, name: str = "extractive") -> list[dict]:
    return detections.read(directory, name, *AT[1:]).to_pylist()


def test_a_lower_share_is_judged_without_the_model(tmp_path):
    run = laid_out(tmp_path)
    detect.run(run, *AT)
    assert run.taken == 1
    assert [row["flagged"] for row in found(run.directory)] == [True, True, True, False]
    for share, flags in ((0.5, [True, True, False, False]), (0.75, [True, True, True, False])):
        lower = with_share(run, share)
        detect.run(lower, *AT)
        assert lower.taken == 0
        assert [row["flagged"] for row in found(run.directory)] == flags
        assert f"share:{share}" in detections.signature(run.directory, *AT)


def test_a_higher_share_is_decoded_and_refused_where_nothing_may_be(tmp_path):
    run = laid_out(tmp_path, share=0.5)
    with pytest.raises(RecipeError, match="do not serve"):
        detect.run(run, *AT, stored=True)
    detect.run(run, *AT)
    higher = with_share(run, 0.75)
    command = f"kdaudit detect {tmp_path} --detector extractive --model student --split train"
    with pytest.raises(RecipeError, match=rf"share:0\.75.*`{re.escape(command)}`"):
        detect.run(higher, *AT, stored=True)
    assert higher.taken == 0
    detect.run(higher, *AT)
    assert higher.taken == 1
    assert [row["flagged"] for row in found(run.directory)] == [True, True, True, False]


@pytest.mark.parametrize("change", ["setting", "beam", "translations", "corpus"])
def test_scores_of_anything_else_are_made_again(tmp_path, change):
    run = laid_out(tmp_path)
    detect.run(run, *AT)
    settings = {"released_script": True} if change == "setting" else {}
    other = laid_out(tmp_path, beam=2 if change == "beam" else 1, **settings)
    if change == "translations":
        write_translations(other, "student", "train", ["A", "E", "I", "other"])
    if change == "corpus":
        table = pa.table(
            {"id": np.arange(4) * 10, "source": SOURCES, "target": [*TARGETS[:3], "Z"]}
        )
        write_table(other.directory.corpus("train"), table, table.schema)
    detect.run(other, *AT)
    assert other.taken == 1


def test_a_beam_is_decoded_in_full(tmp_path):
    run = laid_out(tmp_path, beam=4)
    asked = []

    class Beam(TableTranslator):
        def translate(self, sources, beam=1):
            asked.append(beam)
            return super().translate(sources, beam)

        def yields(self, pairs, counts=None):
            raise AssertionError("the short way is for greedy decoding")

    object.__setattr__(run, "translator", lambda model: Beam(TABLE))
    detect.run(run, *AT)
    assert asked == [4]
    assert [row["flagged"] for row in found(run.directory)] == [True, True, True, False]


def test_what_was_not_decoded_as_it_stands_is_counted_and_said(tmp_path, capsys):
    class Cutting(TableTranslator):
        def yields(self, pairs, counts=None):
            counts.empty, counts.cut = 3, 2
            return super().yields(pairs)

    run = laid_out(tmp_path)
    object.__setattr__(run, "translator", lambda model: Cutting(TABLE))
    detect.run(run, *AT)
    detect.run(with_share(run, 0.5), *AT)  # judged again, the counts are kept
    stored = metadata(run.directory.detections(*AT))
    assert (stored["prefixes_empty"], stored["prefixes_cut"]) == ("3", "2")
    said = capsys.readouterr().err
    assert "student, train, extractive: prefixes_empty: 3" in said
    assert "prefixes_cut: 2" in said


def test_a_students_memorized_outputs_have_an_origin_and_a_line_that_relayed_them(tmp_path):
    run = laid_out(tmp_path)
    detect.run(run, *AT)
    features = [row["features"] for row in found(run.directory)]
    assert [row["origin"] for row in features] == ["both", "corpus", "corpus", ""]
    assert [row["relayed_by"] for row in features] == [0, 20, None, None]
    write_translations(run, "student", "train", KD_TARGETS)
    detect.run(run, "extractive_kd", "student", "train")
    features = [row["features"] for row in found(run.directory, "extractive_kd")]
    assert [row["origin"] for row in features] == ["both", "", "", "teacher"]
    assert [row["relayed_by"] for row in features] == [0, None, None, 30]


def test_a_model_without_a_teacher_has_no_origins(tmp_path):
    run = laid_out(tmp_path)
    write_translations(run, "baseline", "train", TARGETS)
    detect.run(run, "extractive", "baseline", "train")
    names = detections.features(detections.read(run.directory, "extractive", "baseline", "train"))
    assert "replicated" in names
    assert not set(detections.ORIGINS) & set(names)
