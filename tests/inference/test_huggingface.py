"""Models of Hugging Face and Marian, converted: the oracle is transformers itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from kdaudit.inference import InferenceSettings, Translator, huggingface
from kdaudit.inference.pieces import Pieces
from kdaudit.recipe.models import GivenModel
from kdaudit.stages.take_over import Taken, checked, take
from kdaudit.stages.tokenizers import limited, pieces_of
from tests import tiny_models

KINDS = tuple(tiny_models.CODES)
LINES = 8
MOST = 20


class Made(NamedTuple):
    """A model that was taken over: its directory, its home, and how it is spoken to."""

    folder: Path
    home: Path
    taken: Taken

    @property
    def pieces(self) -> Pieces:
        return pieces_of(self.home, self.taken.described)

    def translator(self, **settings: Any) -> Translator:
        chosen = InferenceSettings(**{"threads": 1, "max_target_pieces": MOST} | settings)
        limits = limited(chosen, self.taken.described)
        return Translator(self.home / "ctranslate2", self.pieces, limits)


@pytest.fixture(scope="module")
def sources() -> list[str]:
    return tiny_models.sample()[0][:LINES]


@pytest.fixture(scope="module", params=KINDS)
def made(request, tmp_path_factory) -> Made:
    kind = request.param
    folder = tiny_models.hugging_face(kind, tmp_path_factory.mktemp(kind))
    return taken_over(folder, tmp_path_factory.mktemp("home"), codes=tiny_models.CODES[kind])


def taken_over(path: Path, folder: Path, **given: Any) -> Made:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        model = GivenModel(path=str(path), **given)
        return Made(path, folder / "home", take(folder / "home", model, tiny_models.PAIR))


def test_a_conversion_translates_as_transformers_does(made, sources):
    ours = [one.text for one in made.translator().translate(sources)]
    theirs = huggingface.translate(made.folder, sources, made.taken.spoken, MOST)
    assert ours == theirs
    assert len(set(ours)) > 1  # the source has a part in it


def test_the_check_against_the_original_counts_identical_lines(made, sources):
    settings = InferenceSettings(threads=1, max_target_pieces=MOST)
    found = checked(made.home, made.taken, [*sources, sources[0], ""], settings)
    assert found == {"lines": LINES, "identical": LINES}


def test_a_forced_score_is_that_of_transformers(made, sources):
    targets = tiny_models.sample()[1][:LINES]
    ours = list(made.translator().score(sources, targets))
    for one, source, target in zip(ours, sources, targets, strict=True):
        own = made.pieces.target.encode([target])[0]
        assert one.tokens == len(own) + 1
        expected = log_probability(made, made.pieces.source.encode([source])[0], own)
        assert one.log_probability == pytest.approx(expected, abs=2e-3)


def log_probability(made: Made, source: list[str], target: list[str]) -> float:
    import torch

    tokenizer = huggingface.load_tokenizer(made.folder)
    model = huggingface.library().AutoModelForSeq2SeqLM.from_pretrained(made.folder).eval()
    to_ids, frame = tokenizer.convert_tokens_to_ids, made.taken.spoken.frame
    is_marian = model.config.model_type == "marian"
    start = model.config.decoder_start_token_id if is_marian else to_ids(made.taken.spoken.start)
    read = to_ids([*frame.source_before, *source, *frame.source_after])
    wanted = to_ids([*frame.target_before, *target, "</s>"])
    with torch.no_grad():
        given = torch.tensor([[start, *wanted[:-1]]])
        logits = model(input_ids=torch.tensor([read]), decoder_input_ids=given).logits[0]
    if is_marian:  # its padding is no piece that could follow
        logits[:, model.config.pad_token_id] = -torch.inf
    found = torch.log_softmax(logits, dim=-1)[range(len(wanted)), wanted]
    return float(found[len(frame.target_before) :].sum())


@pytest.mark.parametrize("beam", [1, 3])
def test_scores_of_translations_leave_out_what_leads_them(made, sources, beam):
    translator = made.translator(max_target_pieces=4)
    for one in translator.translate(sources, beam):
        assert 1 <= one.tokens <= 5
        assert one.log_probability < 0


def test_every_answer_on_prefixes_is_that_of_decoding_in_full(made, sources):
    translator = made.translator()
    prefixes = [source[: len(source) * part // 4] for source in sources for part in (1, 2, 4)]
    texts = [one.text for one in translator.translate(prefixes)]
    targets = [*texts[1:], texts[0]]
    pairs = [*zip(prefixes, texts, strict=True), *zip(prefixes, targets, strict=True)]
    said = dict(zip(prefixes, texts, strict=True))
    expected = [said[prefix].strip() == target.strip() for prefix, target in pairs]
    assert list(translator.yields(pairs)) == expected
    assert 0 < sum(expected) < len(expected)


def test_the_text_of_the_first_pieces_begins_the_whole_text(made):
    for text in tiny_models.sample()[1][:LINES]:
        (pieces,) = made.pieces.target.encode([text])
        (whole,) = made.pieces.target.decode([pieces])
        assert whole == text
        for length in range(len(pieces)):
            assert whole.startswith(made.pieces.target.decode([pieces[:length]])[0])


def test_a_source_longer_than_the_positions_is_cut_and_told(made):
    (one,) = made.translator().translate([" ".join(tiny_models.sample()[0][:20])])
    assert one.source_cut


def test_a_marian_model_is_the_one_that_transformers_has(tmp_path, sources):
    given = tiny_models.hugging_face("marian", tmp_path)
    theirs = taken_over(given, tmp_path / "theirs").translator()
    ours = taken_over(tiny_models.marian(given, tmp_path / "npz"), tmp_path / "ours")
    assert ours.taken.found.family == "marian"
    for one, other in zip(
        ours.translator().translate(sources), theirs.translate(sources), strict=True
    ):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-3)
        assert one.tokens == other.tokens
        assert one.text.split() == other.text.split()


def test_a_ctranslate2_directory_is_taken_as_it_is(tmp_path, sources):
    given = tiny_models.hugging_face("marian", tmp_path)
    npz = tiny_models.marian(given, tmp_path / "npz")
    first = taken_over(npz, tmp_path / "first")
    files = [str(tmp_path / "npz" / f"{side}.spm") for side in ("source", "target")]
    again = taken_over(first.home / "ctranslate2", tmp_path / "again", subwords=files)
    assert again.taken.found.family == "ctranslate2"
    texts = ([one.text for one in made.translator().translate(sources)] for made in (first, again))
    assert next(texts) == next(texts)


def test_an_opennmt_checkpoint_translates_and_scores(tmp_path, sources):
    made = taken_over(tiny_models.opennmt(tmp_path / "onmt"), tmp_path)
    assert made.taken.found.family == "opennmt"
    translator = made.translator()
    found = list(translator.translate(sources))
    assert all(one.tokens and np.isfinite(one.log_probability) for one in found)
    pairs = [(source, one.text) for source, one in zip(sources, found, strict=True)]
    assert all(translator.yields(pairs))
    targets = tiny_models.sample()[1][:LINES]
    own = made.pieces.target.encode(targets)
    scores = translator.score(sources, targets)
    assert [one.tokens for one in scores] == [len(pieces) + 1 for pieces in own]
