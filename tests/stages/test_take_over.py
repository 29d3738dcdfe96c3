"""Models that are taken over: conversions that are kept, and what plain subwords cannot say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from sentencepiece import sentencepiece_model_pb2

from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import InputError
from kdaudit.inference import InferenceSettings, Translator
from kdaudit.inference.conversion import vocabulary
from kdaudit.inference.families import find_model
from kdaudit.recipe.models import GivenModel
from kdaudit.stages.conversions import converted
from kdaudit.stages.take_over import Taken, take
from kdaudit.stages.tokenizers import limited, pieces_of
from tests import tiny_models

SOURCES = [" ".join(text.split()[:8]) for text in tiny_models.sample()[0][:8]]
TARGETS = tiny_models.sample()[1][:8]

LITERAL = {**tiny_models.CODES, "m2m100": ("__en__", "__de__")}
"""The codes as the vocabularies have them."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kdaudit" / "models"


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Path:
    """Where models of Hugging Face lie, each with its subwords in `KIND-parts`."""
    folder = tmp_path_factory.mktemp("hub")
    for kind in tiny_models.CODES:
        tiny_models.hugging_face(kind, folder)
    return folder


@pytest.fixture
def marian(hub, tmp_path) -> Path:
    """A Marian model whose vocabulary of both sides is a SentencePiece model: `vocab.spm`."""
    published = tiny_models.marian(hub / "marian", tmp_path / "published")
    folder = tmp_path / "marian"
    folder.mkdir()
    shutil.copyfile(published, folder / "model.npz")
    size = np.load(published)["Wemb"].shape[0]
    tiny_models.subwords(folder / "vocab.spm", size=size)
    return folder


def reordered(path: Path, other: Path) -> Path:
    """The same pieces by other numbers."""
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(path.read_bytes())
    pieces = list(model.pieces)
    del model.pieces[:]
    model.pieces.extend([*pieces[:3], *pieces[:2:-1]])
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(model.SerializeToString())
    return other


def of(folder: Path, subwords: Iterable[Path] = ()) -> list[str]:
    return vocabulary(converted(find_model(folder, subwords)), "source")


def test_another_vocabulary_of_a_marian_model_is_another_conversion(marian, cache):
    path = marian / "vocab.spm"
    first = of(marian)
    assert first == list(Subwords(path).pieces())
    reordered(path, path)
    assert of(marian) == list(Subwords(path).pieces()) != first
    assert len(list(cache.iterdir())) == 2
    assert of(marian) == list(Subwords(path).pieces())
    assert len(list(cache.iterdir())) == 2, "it is converted once"


def test_named_subwords_that_become_a_marian_vocabulary_are_part_of_what_it_is_made_of(
    marian, tmp_path
):
    named = shutil.copyfile(marian / "vocab.spm", tmp_path / "named.spm")
    assert of(marian, [named]) == list(Subwords(named).pieces())
    other = reordered(named, tmp_path / "elsewhere" / "named.spm")
    assert of(marian, [other]) == list(Subwords(other).pieces())


def test_subwords_have_no_part_in_another_conversion(tmp_path, cache):
    path = tiny_models.opennmt(tmp_path / "onmt")
    first = converted(find_model(path))
    for name in ("source.model", "target.model"):
        reordered(path.parent / name, path.parent / name)
    assert converted(find_model(path)) == first


def directory(hub: Path, folder: Path, kind: str, **configured: object) -> Path:
    """A model as a directory of CTranslate2 with its SentencePiece model alone."""
    made = folder / f"ct2-{kind}"
    shutil.copytree(converted(find_model(hub / kind)), made)
    spm = hub / f"{kind}-parts" / "sentencepiece.bpe.model"
    shutil.copyfile(spm, made / spm.name)
    config = json.loads((made / "config.json").read_text("utf-8"))
    (made / "config.json").write_text(json.dumps(config | configured), "utf-8")
    return made


def spoken_to(model: Path, home: Path, codes: tuple[str | None, str | None]) -> Taken:
    return take(home, GivenModel(path=str(model), codes=codes), tiny_models.PAIR)


def engine(home: Path, taken: Taken) -> Translator:
    settings = limited(InferenceSettings(threads=1, max_target_pieces=20), taken.described)
    return Translator(home / "ctranslate2", pieces_of(home, taken.described), settings)


@pytest.mark.parametrize("kind", ["mbart", "mbart50"])
@pytest.mark.parametrize("with_codes", [True, False])
def test_mbart_with_subwords_alone_is_refused_and_its_tokenizer_beside_it_helps(
    hub, tmp_path, kind, with_codes
):
    model = directory(hub, tmp_path, kind)
    codes = LITERAL[kind] if with_codes else (None, None)
    with pytest.raises(InputError, match=r"'decoder_start_token' is null.*tokenizer_config\.json"):
        spoken_to(model, tmp_path / "home", codes)
    for path in (hub / kind).glob("*token*"):
        shutil.copyfile(path, model / path.name)
    frames = (
        spoken_to(one, tmp_path / f"home-{number}", LITERAL[kind]).spoken
        for number, one in enumerate((model, hub / kind))
    )
    assert next(frames) == next(frames)


@pytest.mark.parametrize(
    ("kind", "example"), [("m2m100", "__af__"), ("nllb", "eng_Latn"), ("mbart", "ar_AR")]
)
def test_a_directory_of_many_languages_wants_codes(hub, tmp_path, kind, example):
    model = directory(hub, tmp_path, kind, decoder_start_token="</s>")
    message = rf"is of many languages: give their codes \(--codes NAME=SOURCE,TARGET; {example}, "
    with pytest.raises(InputError, match=message):
        spoken_to(model, tmp_path / "home", (None, None))


@pytest.mark.parametrize("kind", ["m2m100", "nllb"])
def test_a_directory_of_many_languages_with_codes_is_scored_as_its_original(hub, tmp_path, kind):
    model = directory(hub, tmp_path, kind)
    homes = [tmp_path / "home", tmp_path / "original"]
    made = [spoken_to(model, homes[0], LITERAL[kind])]
    made.append(spoken_to(hub / kind, homes[1], tiny_models.CODES[kind]))
    assert made[0].spoken == made[1].spoken
    one, other = (
        [score.log_probability for score in engine(*both).score(SOURCES, TARGETS)]
        for both in zip(homes, made, strict=True)
    )
    assert one == pytest.approx(other, abs=1e-3)


def test_languages_that_are_pieces_of_the_subwords_stand_in_the_texts(hub, tmp_path, monkeypatch):
    model = directory(hub, tmp_path, "nllb")
    own = Subwords.pieces
    monkeypatch.setattr(
        Subwords, "pieces", lambda self: [*own(self), "eng_Latn", "deu_Latn", "fra_Latn"]
    )
    assert spoken_to(model, tmp_path / "home", (None, None)).described["codes"] == [None, None]


def test_without_a_start_the_language_is_one_and_no_piece_is_lost(hub, tmp_path):
    """As a multilingual model of fairseq is converted with `--no_default_special_tokens`."""
    without = directory(hub, tmp_path, "m2m100", decoder_start_token=None)
    home = tmp_path / "home"
    taken = spoken_to(without, home, LITERAL["m2m100"])
    scores = list(engine(home, taken).score(SOURCES, TARGETS))
    own = pieces_of(home, taken.described).target.encode(TARGETS)
    assert [one.tokens for one in scores] == [len(pieces) + 1 for pieces in own]
    assert taken.spoken.start == "__de__"
    assert taken.spoken.frame.target_before == ()
    assert json.loads((without / "config.json").read_text())["decoder_start_token"] is None
