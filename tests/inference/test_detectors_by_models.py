"""Detectors that ask a model, on a real one: the oracle asks it one line at a time."""

from __future__ import annotations

import numpy as np
import pytest

from kdaudit.artifacts import CORPUS, TRANSLATIONS, shard_name, write_bytes, write_table
from kdaudit.detectors.adjusted_bleu import adjusted_bleu
from kdaudit.detectors.insertion import POSITIONS
from kdaudit.recipe import from_values
from kdaudit.segments import Segments
from kdaudit.stages import detect, detections, score, translate
from kdaudit.stages.base import Context
from tests.tiny import lend

pytestmark = pytest.mark.slow

GARBAGE, LONG = "h g f e d c b a", "a " * 10_000
SPLITS = {name: {"source": "a.en", "target": "a.de"} for name in ("train", "valid")}


@pytest.fixture(scope="module")
def run(copy_task, tmp_path_factory) -> Context:
    """Teacher and baseline are one model, the copier; a third model's translations are given."""
    folder = tmp_path_factory.mktemp("by-models")
    models = {"teacher": "teacher", "same": "baseline", "made_up": "other"}
    values = {
        "name": "by-models",
        "corpus": {"splits": SPLITS},
        "models": {
            name: {"role": role, "trainer": {"updates": 1}} for name, role in models.items()
        },
        "detectors": {"cross_model": {}, "perturbation": {}, "sequence_log_probability": {}},
        "quality": {},
        "subgroups": {},
    }
    home = copy_task.context.directory
    run = Context(type(home)(folder), from_values(values, folder, "by-models"))
    sources = [*copy_task.held_out[:40], *(source for source, _ in copy_task.planted[::8]), "", "a"]
    table = Segments.of(source=sources, target=sources).table
    write_table(run.directory.corpus("train"), table, CORPUS)
    write_bytes(run.directory.subwords, home.subwords.read_bytes())
    for name in ("teacher", "same"):
        lend(home.model("copier"), run.directory.model(name))
        translate.run(run, name, "train", 0)
    given = Segments.of(
        translation=[GARBAGE, LONG, "", *sources[3:]],
        log_probability=[-1.0] * len(sources),
        tokens=[2] * len(sources),
    ).table
    place = run.directory.translations("made_up", "train") / shard_name(0, 1)
    write_table(place, given, TRANSLATIONS)
    return run


def test_a_model_gives_its_own_translations_of_another_model_their_own_scores(run):
    score.run(run, "teacher", "train", "same")
    detect.run(run, "cross_model", "same", "train")
    detect.run(run, "sequence_log_probability", "same", "train")
    crossed, own = (
        detections.read(run.directory, name, "same", "train")
        for name in ("cross_model", "sequence_log_probability")
    )
    eligible = own["eligible"].to_numpy()
    assert eligible.sum() == len(own) - 1  # the empty source
    assert (crossed["eligible"].to_numpy() == eligible).all()
    scores = [table["score"].to_numpy()[eligible].astype(np.float64) for table in (crossed, own)]
    np.testing.assert_allclose(*scores, atol=1e-4)


def test_garbage_is_unlikely_an_empty_translation_has_a_score_and_10000_tokens_have_none(run):
    score.run(run, "teacher", "train", "made_up")
    detect.run(run, "cross_model", "made_up", "train")
    found = detections.read(run.directory, "cross_model", "made_up", "train").to_pylist()
    assert [row["flagged"] for row in found[:3]] == [True, False, True]
    assert [row["eligible"] for row in found[:3]] == [True, False, True]
    assert found[1]["score"] is None
    assert not any(row["flagged"] for row in found[3:40])


def test_perturbed_translations_are_those_that_the_model_makes_one_by_one(run):
    detect.run(run, "perturbation", "same", "train")
    found = detections.read(run.directory, "perturbation", "same", "train").to_pylist()
    translator = run.translator("same")

    def said(source: str) -> str:
        (one,) = translator.translate([source])
        return one.text

    segments = run.translated("same", "train")
    texts = zip(segments.texts("source"), segments.texts("translation"), strict=True)
    for (source, translation), row in zip(texts, found, strict=True):
        if not source:
            assert row["features"]["reason"] == "empty_source"
            continue
        word = row["evidence"].split("'")[1]
        words = source.split()
        half = len(words) // 2
        perturbed = {
            "start": [word, *words],
            "middle": [*words[:half], word, *words[half:]],
            "end": [*words, word],
        }
        for place in POSITIONS:
            if place == "middle" and not half:
                assert np.isnan(row["features"][place])
                continue
            text = said(" ".join(perturbed[place]))
            (value,) = adjusted_bleu([text], [translation], "de")
            assert row["features"][place] == pytest.approx(value), (source, place)
    # A copier that is given one letter more copies it: most translations hold.
    held = [row["score"] > 0.1 for row in found[:40]]
    assert sum(held) > 30
    assert not any(row["flagged"] for row in found[:40])
