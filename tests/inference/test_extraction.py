"""Extractive memorization on a real model: the oracle decodes every prefix alone and in full."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, metadata, write_bytes, write_table
from kdaudit.detectors import Services
from kdaudit.detectors.extractive import Extractive
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints
from kdaudit.inference import ForcedPass, InferenceSettings, Translator
from kdaudit.recipe import from_values
from kdaudit.segments import Segments
from kdaudit.stages import detect, detections, translate
from kdaudit.stages.base import Context
from tests import tiny

pytestmark = pytest.mark.slow

ANY_SHAPE = Extractive(min_source_words=1, max_length_ratio=100.0, identify_language=False)
PUBLISHED = Extractive(identify_language=False)


@pytest.fixture(scope="module")
def segments(copy_task) -> Segments:
    """Hundreds of pairs, said to be replicated: those that were planted; and sentences whose
    target is a beginning of theirs, which a copier makes of that beginning alone."""
    rng = np.random.default_rng(13)
    lengths = [rng.integers(1, len(line.split()) + 1) for line in copy_task.held_out]
    begun = [
        (line, " ".join(line.split()[:length]))
        for line, length in zip(copy_task.held_out, lengths, strict=True)
    ]
    sources, targets = zip(*copy_task.planted, *begun, strict=True)
    return Segments.of(source=sources, target=targets, translation=targets)


class Oracle:
    """The engine as it comes, one source at a time: no batch, no callback, nothing shared."""

    def __init__(self, copy_task, beam: int):
        import ctranslate2

        home = copy_task.context.directory.model("copier") / "ctranslate2"
        self._engine = ctranslate2.Translator(str(home), compute_type="float32")
        self._subwords, self._beam = copy_task.subwords, beam
        self.say = cache(self._say)

    def _say(self, source: str) -> str:
        (pieces,) = self._subwords.encode([source])
        (found,) = self._engine.translate_batch(
            [pieces],
            beam_size=self._beam,
            min_decoding_length=min(self._beam - 1, 1),
            max_decoding_length=256,
        )
        return self._subwords.decode([found.hypotheses[0]])[0].strip()

    def shortest(self, source: str, target: str, share: float) -> int:
        """Every prefix, shortest first; 0 where none yields the target."""
        words = source.split()
        for length in range(1, len(words)):
            if length / len(words) <= share and self.say(" ".join(words[:length])) == target:
                return length
        return 0


def expected(copy_task, segments: Segments, beam: int) -> list[int]:
    oracle = Oracle(copy_task, beam)
    pairs = zip(segments.texts("source"), segments.texts("target"), strict=True)
    found = [oracle.shortest(source, target, 0.75) for source, target in pairs]
    assert len(found) >= 350
    assert 0.2 < np.mean(np.array(found) > 0) < 0.9
    return found


def translator(copy_task, **settings) -> Translator:
    model = copy_task.context.directory.model("copier") / "ctranslate2"
    return Translator(model, copy_task.subwords, InferenceSettings(**settings))


def services(engine: Translator, beam: int = 1, **more) -> Services:
    def translated(sources) -> Iterator[str]:
        return (one.text for one in engine.translate(sources, beam))

    return Services(translate=translated, **more)


def found_by(segments: Segments, given: Services) -> list[int]:
    return ANY_SHAPE.score(segments, given).features["prefix_units"].tolist()


def test_greedy_verdicts_are_those_of_decoding_every_prefix_alone(copy_task, segments):
    engine, wanted = translator(copy_task), expected(copy_task, segments, 1)
    assert found_by(segments, services(engine, yields=engine.yields)) == wanted
    assert found_by(segments, services(engine)) == wanted
    allow_fairseq_checkpoints()
    checkpoint = copy_task.context.directory.model("copier") / "checkpoint.pt"
    forced = ForcedPass(
        checkpoint, copy_task.subwords, InferenceSettings(), engine.yields, device="cpu"
    )
    assert found_by(segments, services(engine, yields=forced.yields)) == wanted


def test_verdicts_of_a_beam_are_those_of_decoding_every_prefix_alone(copy_task, segments):
    wanted = expected(copy_task, segments, 4)
    assert found_by(segments, services(translator(copy_task), beam=4)) == wanted


def test_all_planted_pairs_that_are_reproduced_and_extractable_are_found(copy_task):
    engine = translator(copy_task)
    sources, targets = zip(*copy_task.planted, strict=True)
    said = [one.text for one in engine.translate(sources)]
    segments = Segments.of(source=sources, target=targets, translation=said)
    scored = PUBLISHED.score(segments, services(engine, yields=engine.yields))
    reproduced = np.array([text == target for text, target in zip(said, targets, strict=True)])
    assert reproduced.mean() > 0.9
    short = np.array([len(source.split()) < 4 for source in sources])
    assert (scored.eligible == ~short).all()
    found = PUBLISHED.judge(scored)
    assert (reproduced & ~short).sum() > 100
    np.testing.assert_array_equal(found, reproduced & ~short)
    # The beginning that was planted, or even less of it.
    beginnings = [prefix.split() for prefix in np.array(scored.evidence)[found].tolist()]
    assert {len(set(words)) for words in beginnings} == {1}
    assert max(map(len, beginnings)) == 3
    assert {words[0] for words in beginnings} == set(tiny.LETTERS)


def run_in(folder: Path, copy_task, table: pa.Table, **parts) -> pa.Table:
    """The detection of a run whose model is the trained one, made by its stages."""
    values = {
        "name": "again",
        "corpus": {
            "splits": {name: {"source": "a.en", "target": "a.de"} for name in ("train", "valid")}
        },
        "models": {"copier": {"role": "baseline", "trainer": {"updates": 1}}},
        "detectors": {"extractive": {"identify_language": False}},
        "quality": {},
        "subgroups": {},
        **parts,
    }
    home = copy_task.context.directory
    run = Context(type(home)(folder), from_values(values, folder, "again"))
    write_table(run.directory.corpus("train"), table, CORPUS)
    write_bytes(run.directory.subwords, home.subwords.read_bytes())
    tiny.lend(home.model("copier"), run.directory.model("copier"))
    for shard in range(run.recipe.shards):
        translate.run(run, "copier", "train", shard)
    detect.run(run, "extractive", "copier", "train")
    path = run.directory.detections("extractive", "copier", "train")
    assert metadata(path)["prefixes_empty"] == "0"
    return detections.read(run.directory, "extractive", "copier", "train")


def test_a_detection_does_not_depend_on_batches_threads_shards_or_order(copy_task, tmp_path):
    pairs = [*copy_task.planted, *((line, line) for line in copy_task.held_out[:60])]
    sources, targets = zip(*pairs, strict=True)
    table = Segments.of(source=sources, target=targets).table
    first = run_in(tmp_path / "first", copy_task, table)
    assert first["flagged"].to_pylist().count(True) > 100
    order = np.random.default_rng(3).permutation(len(table))
    for number, (rows, parts) in enumerate(
        [
            (table, {"inference": {"batch_tokens": 24}}),
            (table, {"inference": {"threads": 3, "batch_tokens": 300}}),
            (table, {"shards": 7}),
            (table.take(order), {"shards": 2, "inference": {"threads": 2}}),
        ]
    ):
        again = run_in(tmp_path / str(number), copy_task, rows, **parts)
        assert again.sort_by("id").to_pylist() == first.to_pylist()
