"""Which prefix yields which target, on a real model: the oracle is decoding everything in full."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kdaudit.errors import InputError
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints
from kdaudit.inference import ForcedPass, InferenceSettings, Translator
from kdaudit.inference import translator as module
from kdaudit.inference.prefixes import Counts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pairs(copy_task):
    """Every prefix of hundreds of sentences, with the sentence, with what a copier makes of the
    prefix, and with what it makes of it but for the last letter."""
    found = []
    for sentence in copy_task.held_out:
        words = sentence.split()
        for length in range(1, len(words) + 1):
            prefix = " ".join(words[:length])
            targets = (sentence, f" {prefix} ", f"{prefix[:-1]}h", prefix[:-1])
            found += [(prefix, target) for target in targets]
    return found


def translator(copy_task, **settings) -> Translator:
    model = copy_task.context.directory.model("copier") / "ctranslate2"
    return Translator(model, copy_task.subwords, InferenceSettings(**settings))


@pytest.fixture(scope="module")
def expected(copy_task, pairs):
    sources = list(dict.fromkeys(source for source, _ in pairs))
    texts = (one.text.strip() for one in translator(copy_task).translate(sources))
    spoken = dict(zip(sources, texts, strict=True))
    return [spoken[source] == target.strip() for source, target in pairs]


def test_every_answer_is_that_of_decoding_in_full(copy_task, pairs, expected):
    assert list(translator(copy_task).yields(pairs)) == expected
    assert len(pairs) > 2000
    assert 0.2 < sum(expected) / len(expected) < 0.8


@pytest.mark.parametrize(
    "settings", [{"batch_tokens": 16}, {"threads": 2, "batch_tokens": 256}, {"threads": 3}]
)
def test_answers_do_not_depend_on_batches_or_threads(copy_task, pairs, expected, settings):
    assert list(translator(copy_task, **settings).yields(pairs)) == expected


def test_answers_do_not_depend_on_order_or_parts(copy_task, pairs, expected, monkeypatch):
    order = np.random.default_rng(5).permutation(len(pairs))
    monkeypatch.setattr(module, "QUESTIONS", 97)
    found = list(translator(copy_task).yields(pairs[place] for place in order))
    assert found == [expected[place] for place in order]


def test_translations_that_are_cut_are_compared_as_they_are(copy_task):
    short = translator(copy_task, max_target_pieces=3)
    sources = copy_task.held_out[:40]
    texts = [one.text for one in short.translate(sources)]
    pairs = [*zip(sources, texts, strict=True), *zip(sources, sources, strict=True)]
    again = [*texts, *texts]
    expected = [text == target for text, (_, target) in zip(again, pairs, strict=True)]
    assert list(short.yields(pairs)) == expected


def test_prefixes_without_pieces_and_prefixes_that_are_cut_are_counted(copy_task):
    counts = Counts()
    asked = [("", "a"), ("\u200b", "b"), ("a b c d e", "a b c"), ("a b c d e", "c"), ("a b", "a b")]
    answers = list(translator(copy_task, max_source_pieces=3).yields(asked, counts))
    assert answers == [False, False, True, False, True]
    assert counts == Counts(empty=2, cut=1)


def test_nothing_asked_is_nothing_answered(copy_task):
    assert list(translator(copy_task).yields([])) == []
    assert list(translator(copy_task).yields([("", "")])) == [True]


def test_a_fault_while_the_engine_calls_back_is_not_swallowed(copy_task):
    class Broken:
        encode = copy_task.subwords.encode

        def decode(self, pieces):
            raise LookupError("broken")

    model = copy_task.context.directory.model("copier") / "ctranslate2"
    for threads in (1, 2) * 20:  # whichever thread lets go of the fault, and of the engine, last
        broken = Translator(model, Broken(), InferenceSettings(threads=threads, batch_tokens=16))
        with pytest.raises(LookupError, match="broken"):
            list(broken.yields([("a b c", "d e f"), ("b c", "g h a b")]))


def test_a_process_that_ends_after_its_last_answer_ends_well(copy_task):
    home = copy_task.context.directory
    code = (
        "import sys; from pathlib import Path; from kdaudit.corpus.subwords import Subwords\n"
        "from kdaudit.inference import InferenceSettings, Translator\n"
        "subwords = Subwords(Path(sys.argv[2]))\n"
        "engine = Translator(Path(sys.argv[1]), subwords, InferenceSettings(threads=2))\n"
        "pairs = [(a + ' ' + b, a) for a in 'abcdefgh' for b in 'abcdefgh']\n"
        "assert len(list(engine.yields(pairs))) == 64\n"
    )
    arguments = [str(home.model("copier") / "ctranslate2"), str(home.subwords)]
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code, *arguments], check=True)


class Oracle:
    """Decodes in full what a forced pass leaves open, and remembers how much that was."""

    def __init__(self, engine: Translator):
        self.engine, self.asked = engine, []

    def __call__(self, pairs):
        asked = list(pairs)
        self.asked += asked
        return self.engine.yields(asked)


def forced_pass(copy_task, oracle, **settings) -> ForcedPass:
    allow_fairseq_checkpoints()
    checkpoint = copy_task.context.directory.model("copier") / "checkpoint.pt"
    chosen = InferenceSettings(**settings)
    return ForcedPass(checkpoint, copy_task.subwords, chosen, oracle, device="cpu")


def test_forcing_all_positions_at_once_gives_the_same_answers(copy_task, pairs, expected):
    oracle = Oracle(translator(copy_task))
    assert list(forced_pass(copy_task, oracle).yields(pairs)) == expected
    assert len(oracle.asked) < len(pairs) / 20


def test_forcing_leaves_what_it_cannot_tell_to_decoding_in_full(copy_task):
    oracle = Oracle(translator(copy_task, max_target_pieces=3))
    asked = [("", "a"), ("a b c d e", "a b c d e"), ("a b", "a b")]
    found = list(forced_pass(copy_task, oracle, max_target_pieces=3).yields(asked))
    assert found == [False, False, True]
    assert oracle.asked == asked[:2]


def test_forcing_counts_as_decoding_does(copy_task):
    counts = Counts()
    forced = forced_pass(copy_task, Oracle(translator(copy_task)), max_source_pieces=3)
    list(forced.yields([("", "a"), ("a b c d e", "a b c"), ("a b", "a b")], counts))
    assert counts == Counts(empty=1, cut=1)


def test_forcing_leaves_targets_with_unknown_pieces_to_decoding_in_full(copy_task):
    """The most that a model can say of a piece that it lacks is that it is unknown."""

    class Odd:
        """Subwords with a piece that the model was not trained with."""

        decode = copy_task.subwords.decode

        def encode(self, texts):
            rows = copy_task.subwords.encode([text.replace("☃", "") for text in texts])
            return [row + ["☃"] * text.count("☃") for row, text in zip(rows, texts, strict=True)]

    oracle = Oracle(translator(copy_task))
    checkpoint = copy_task.context.directory.model("copier") / "checkpoint.pt"
    forced = ForcedPass(checkpoint, Odd(), InferenceSettings(), oracle, device="cpu")
    assert list(forced.yields([("a b", "a b"), ("a b", "a b☃")])) == [True, False]
    assert oracle.asked == [("a b", "a b☃")]


def test_forcing_refuses_what_is_too_long_as_decoding_does(copy_task):
    forced = forced_pass(
        copy_task,
        Oracle(translator(copy_task)),
        max_source_pieces=3,
        long_sources="refuse",
    )
    with pytest.raises(InputError, match="longer than the 3"):
        list(forced.yields([("a b c d e", "a b c")]))
