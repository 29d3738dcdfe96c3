"""Positions of converted models: read out of their files, kept to, and named where they end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kdaudit.errors import InputError
from kdaudit.inference import InferenceSettings, Translator
from kdaudit.inference.pieces import Frame
from kdaudit.inference.positions import Room, positions
from kdaudit.recipe.models import GivenModel
from kdaudit.stages.take_over import Taken, take
from kdaudit.stages.tokenizers import limited, pieces_of
from tests import tiny_models

OPENNMT = 200
"""Positions of the tiny model of OpenNMT-py, on both sides."""

SOURCES, TARGETS = (side[:4] for side in tiny_models.sample())
LONG = [" ".join(SOURCES), " ".join(TARGETS)]


@pytest.fixture(scope="module")
def homes(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="module")
def opennmt(homes) -> tuple[Path, Taken]:
    return taken(homes / "onmt-home", tiny_models.opennmt(homes / "onmt"))


def taken(home: Path, model: Path, **given: object) -> tuple[Path, Taken]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home.parent / "cache"))
        return home, take(home, GivenModel(path=str(model), **given), tiny_models.PAIR)


def engine(home: Path, taken: Taken, settings: InferenceSettings | None = None) -> Translator:
    own = settings or limited(InferenceSettings(threads=1), taken.described)
    return Translator(home / "ctranslate2", pieces_of(home, taken.described), own)


@pytest.fixture
def short(homes, tmp_path) -> tuple[Path, Taken]:
    """A directory of CTranslate2 with 64 positions and subwords alone."""
    return taken(tmp_path / "home", short_directory(tmp_path), codes=tiny_models.CODES["nllb"])


def short_directory(folder: Path) -> Path:
    hub = tiny_models.hugging_face("nllb", folder)
    converted = taken(folder / "hub", hub, codes=tiny_models.CODES["nllb"])[0] / "ctranslate2"
    spm = folder / "nllb-parts" / "sentencepiece.bpe.model"
    shutil.copyfile(spm, converted / spm.name)
    return converted


def test_tables_are_read_out_of_the_model_where_equal_ones_are_stored_once(opennmt):
    assert positions(opennmt[0] / "ctranslate2") == (OPENNMT, OPENNMT)
    assert opennmt[1].described["positions"] == [OPENNMT, OPENNMT]


def test_a_model_whose_positions_are_made_by_the_converter_has_as_many(homes):
    npz = tiny_models.marian(tiny_models.hugging_face("marian", homes), homes / "npz")
    _, marian = taken(homes / "marian-home", npz)
    assert marian.described["positions"] == [2048, 2048]


def test_a_table_of_each_side_is_told_apart(opennmt, tmp_path):
    """With a decoder that has fewer positions than the encoder."""
    import torch

    folder = tmp_path / "onmt"
    path = tiny_models.opennmt(folder)
    state = torch.load(path, weights_only=False)
    state["model"]["decoder.embeddings.make_embedding.pe.pe"] = torch.zeros(50, 1, 32)
    torch.save(state, path)
    home, found = taken(tmp_path / "home", path)
    assert found.described["positions"] == [OPENNMT, 50]
    short, long = engine(home, found).score([SOURCES[0]] * 2, ["Der Hund schläft.", LONG[1]])
    assert short.tokens > 0
    assert long.tokens == 0, "it has no score where it would have no positions"


@pytest.mark.parametrize("damage", [0, 3, 40, 2000])
def test_a_model_that_is_not_whole_is_named(opennmt, tmp_path, damage):
    whole = (opennmt[0] / "ctranslate2" / "model.bin").read_bytes()
    (tmp_path / "model.bin").write_bytes(whole[:damage])
    with pytest.raises(InputError, match=r"model\.bin: is no model of CTranslate2, or not all"):
        positions(tmp_path)


@pytest.mark.parametrize("version", [2, 7])
def test_a_form_of_model_that_is_not_known_here_has_no_known_limit(tmp_path, version):
    (tmp_path / "model.bin").write_bytes(version.to_bytes(4, "little") + b"anything")
    assert positions(tmp_path) == (None, None)


@pytest.mark.parametrize(
    ("frame", "room"),
    [
        (Frame(), Room(9, 9)),
        (Frame(("en",), ("</s>",), ("de",)), Room(8, 8)),
        (Frame((), ("</s>", "en")), Room(8, 9)),
    ],
)
def test_what_stands_around_a_text_takes_positions_too(frame, room):
    assert Room.of((10, 10), frame) == room
    assert Room.of((None, None), frame) == Room(None, None)
    assert Room.of((1, 1), frame) == Room(1, 1)
    assert Room(None, 5).source_pieces(7) == 7
    assert [Room(5, 4).source_pieces(7), Room(5, 4).target_pieces(3)] == [5, 3]


@pytest.mark.parametrize("made", ["opennmt", "short"])
def test_the_longest_texts_that_a_model_has_positions_for_are_taken(request, made):
    home, found = request.getfixturevalue(made)
    translator = engine(home, found)
    for one in translator.translate([*LONG, " ".join(LONG * 4)]):
        assert one.tokens > 0
    frame = found.spoken.frame
    most = found.described["positions"][1] - 1 - len(frame.target_before)
    assert limited(InferenceSettings(), found.described).max_target_pieces == most
    at_most, beyond = pieces_apart(found, home, most)
    exact, too_long = translator.score([SOURCES[0]] * 2, [at_most, beyond])
    assert exact.tokens == most + 1
    assert too_long.tokens == 0


def pieces_apart(found: Taken, home: Path, most: int) -> tuple[str, str]:
    """A text of just so many pieces, and one with more."""
    target = pieces_of(home, found.described).target
    for word in LONG[1].split():
        if len(target.encode([" ".join([word] * most)])[0]) == most:
            return " ".join([word] * most), " ".join([word] * (most + 1))
    raise AssertionError("no word is one piece")


@pytest.mark.parametrize(
    ("settings", "remedies"),
    [
        (
            {"max_target_pieces": 256, "max_source_pieces": 100},
            r": inference\.max_target_pieces \(--max-target-pieces\) of at most 199 cuts longer "
            r"translations$",
        ),
        (
            {"max_target_pieces": 50, "max_source_pieces": 1023},
            r": inference\.max_source_pieces \(--max-source-pieces\) of at most 199 cuts longer "
            r"sources$",
        ),
        (
            {"max_target_pieces": 256, "max_source_pieces": 1023},
            r"of at most 199 cuts longer sources; inference\.max_target_pieces .* translations$",
        ),
    ],
)
def test_a_text_beyond_the_positions_is_an_error_with_the_remedy_of_its_side(
    opennmt, settings, remedies
):
    translator = engine(*opennmt, InferenceSettings(threads=1, **settings))
    with pytest.raises(
        InputError, match=r"a text is longer than the model takes \(.*200.*" + remedies
    ):
        list(translator.translate([" ".join(LONG * 4)] * 2))


def test_where_no_limit_is_known_both_remedies_are_named():
    room, settings = Room(None, None), InferenceSettings()
    with pytest.raises(InputError) as caught, room.watched(settings):
        raise RuntimeError("No position encodings are defined for positions >= 5")
    assert str(caught.value).endswith(
        "inference.max_source_pieces (--max-source-pieces) cuts longer sources; "
        "inference.max_target_pieces (--max-target-pieces) cuts longer translations"
    )
    with (
        pytest.raises(InputError, match="the engine cannot run it: out of"),
        room.watched(settings),
    ):
        raise RuntimeError("out of memory")
