"""Translation and forced scores with a real model: in order, complete, raw log-probabilities."""

from __future__ import annotations

import math
from itertools import repeat

import numpy as np
import pytest

from kdaudit.errors import InputError, RecipeError
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints
from kdaudit.inference import InferenceSettings, Translator
from kdaudit.inference import translator as module

pytestmark = pytest.mark.slow


def translator(copy_task, **settings) -> Translator:
    model = copy_task.context.directory.model("copier") / "ctranslate2"
    return Translator(model, copy_task.subwords, InferenceSettings(**settings))


def test_the_trained_model_copies_sentences_that_it_has_never_seen(copy_task):
    sources = copy_task.held_out
    found = [one.text for one in translator(copy_task).translate(sources)]
    exact = sum(text == source for text, source in zip(found, sources, strict=True))
    assert exact / len(sources) >= 0.98


def test_translations_do_not_depend_on_batch_threads_or_order(copy_task):
    sources = copy_task.held_out[:120]
    expected = [one.text for one in translator(copy_task).translate(sources)]
    for settings in ({"batch_tokens": 20}, {"threads": 2, "batch_tokens": 64}):
        found = translator(copy_task, **settings).translate(sources)
        assert [one.text for one in found] == expected
    backwards = [one.text for one in translator(copy_task).translate(reversed(sources))]
    assert backwards[::-1] == expected


@pytest.mark.parametrize("beam", [1, 4])
def test_a_translations_log_probability_is_the_raw_sum_that_forcing_it_gives(copy_task, beam):
    sources = copy_task.held_out[:100]
    found = list(translator(copy_task).translate(sources, beam))
    forced = translator(copy_task).score(sources, [one.text for one in found])
    for one, score in zip(found, forced, strict=True):
        assert one.log_probability == pytest.approx(score.log_probability, abs=2e-3)
        assert one.tokens == score.tokens


def test_texts_stream_through_whatever_their_number(copy_task, monkeypatch):
    """What is taken in runs ahead of what is given out by two chunks at most, and one part."""
    monkeypatch.setattr(module, "CHUNK", 16)
    monkeypatch.setattr(module, "QUESTIONS", 16)
    taken = []

    def endless(make):
        while True:
            taken.append(make("a b"))
            yield taken[-1]

    engine = translator(copy_task)
    for out, most in (
        (engine.translate(endless(str)), 32),
        (engine.score(endless(str), repeat("a b")), 32),
        (engine.yields(endless(lambda text: (text, text))), 16),
    ):
        taken.clear()
        for given in range(1, 200):
            next(out)
            assert len(taken) <= given + most


def test_a_source_that_is_too_long_is_refused_where_the_settings_say_so(copy_task):
    strict = {"max_source_pieces": 4, "long_sources": "refuse"}
    engine = translator(copy_task, **strict)
    assert [one.text for one in engine.translate(["a b"])] == ["a b"]
    message = r"a source of \d subwords is longer than the 4 that are taken .*'a b c d e f'"
    for answers in (
        engine.translate(["a b", "a b c d e f"]),
        engine.score(["a b", "a b c d e f"], ["a b"] * 2),
        engine.yields([("a b", "a"), ("a b c d e f", "a")]),
    ):
        with pytest.raises(InputError, match=message):
            list(answers)


def test_a_type_that_the_device_does_not_compute_in_is_a_mistake_in_the_recipe(copy_task):
    with pytest.raises(RecipeError, match=r"inference\.compute_type: this CPU has no 'float16'"):
        translator(copy_task, compute_type="float16", device="cpu")
    found = list(translator(copy_task, compute_type="int8").translate(copy_task.held_out[:20]))
    assert len(found) == 20


def test_an_empty_source_has_an_empty_translation_in_its_place(copy_task):
    found = list(translator(copy_task).translate(["a b", "", "c d"]))
    assert [one.text for one in found] == ["a b", "", "c d"]
    assert math.isnan(found[1].log_probability)
    assert found[1].tokens == 0
    assert list(translator(copy_task).translate([])) == []


def test_what_is_cut_is_said(copy_task):
    long, short = "a b c d e f", "a b"
    found = list(translator(copy_task, max_source_pieces=4).translate([long, short]))
    assert [one.source_cut for one in found] == [True, False]
    cut = list(translator(copy_task, max_target_pieces=3).translate([long, short]))
    assert cut[0].unfinished
    assert cut[0].tokens == 3
    assert not cut[1].unfinished


def test_a_forced_score_has_a_logarithm_for_every_piece_and_the_end(copy_task):
    target = "a b c"
    pieces = len(copy_task.subwords.encode([target])[0])
    likely, unlikely = translator(copy_task).score([target] * 2, [target, "h h h"])
    assert likely.tokens == pieces + 1
    assert unlikely.log_probability < likely.log_probability < 0


def fairseq_model(copy_task):
    """The checkpoint as fairseq has it: the model, and its task."""
    from fairseq import checkpoint_utils

    allow_fairseq_checkpoints()
    home = copy_task.context.directory.model("copier")
    (model,), _, task = checkpoint_utils.load_model_ensemble_and_task(
        [str(home / "checkpoint.pt")], arg_overrides={"data": str(home)}
    )
    return model.eval(), task


def test_forced_scores_are_those_of_fairseq_to_a_thousandth(copy_task):
    """Raw sums of natural logarithms, end of sentence included, of likely and unlikely targets."""
    import torch

    model, task = fairseq_model(copy_task)
    sources = copy_task.held_out[:100]
    targets = [*sources[:50], *copy_task.held_out[100:150]]
    ours = list(translator(copy_task).score(sources, targets))
    assert min(one.log_probability for one in ours) < -20
    for source, target, one in zip(sources, targets, ours, strict=True):
        numbers = [
            task.source_dictionary.encode_line(" ".join(pieces), add_if_not_exist=False).long()
            for pieces in copy_task.subwords.encode([source, target])
        ]
        given = torch.cat([numbers[1][-1:], numbers[1][:-1]])
        with torch.inference_mode():
            logits, _ = model(numbers[0][None], torch.tensor([len(numbers[0])]), given[None])
        forced = logits.log_softmax(-1)[0].gather(1, numbers[1][:, None])
        assert one.tokens == len(numbers[1])
        assert one.log_probability == pytest.approx(float(forced.sum()), abs=1e-3)


def test_fairseq_itself_gives_the_same_translations_and_scores(copy_task):
    """The converted model against fairseq's own generator on the same checkpoint."""
    import torch
    from fairseq.dataclass.configs import GenerationConfig

    model, task = fairseq_model(copy_task)
    generator = task.build_generator([model], GenerationConfig(beam=1))
    sources = copy_task.held_out[:50]
    ours = list(translator(copy_task).translate(sources))
    for source, one in zip(sources, ours, strict=True):
        pieces = " ".join(copy_task.subwords.encode([source])[0])
        ids = task.source_dictionary.encode_line(pieces, add_if_not_exist=False).long()
        sample = {
            "net_input": {
                "src_tokens": ids[None],
                "src_lengths": torch.tensor([len(ids)]),
                "prev_output_tokens": torch.tensor([[task.target_dictionary.eos()]]),
            }
        }
        best = generator.generate([model], sample)[0][0]
        words = task.target_dictionary.string(best["tokens"]).split()
        assert copy_task.subwords.decode([words])[0] == one.text
        total = float(np.sum(best["positional_scores"].numpy()))
        assert total == pytest.approx(one.log_probability, abs=1e-3)
