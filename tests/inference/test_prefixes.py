"""When a decoding may stop: real subwords, and a made-up engine that follows a table of pieces."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from hypothesis import example, given
from hypothesis import strategies as st

from kdaudit.corpus.subwords import Subwords, SubwordSettings, train
from kdaudit.inference.prefixes import END, Questions, may_become, text_so_far

LINES = [
    "der Hund schläft im Garten",
    "die Hunde schlafen",
    "ein Garten, zwei Gärten!",
    "dem Hund gehört der Garten nicht",
    "wer schläft, der schläft",
]
ODD = ["▁", "▁▁", "<unk>", "<s>", "<0x20>", "<0xC3>", "<0xA4>", "<0xE2>", "<0x41>", "⁇", " ", "…"]


@cache
def subwords() -> Subwords:
    """Real subwords with byte fallback, small enough to spell one text in many ways."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(train(LINES * 30, SubwordSettings(size=296)))
        return Subwords(path)


@cache
def pieces() -> list[str]:
    return [*subwords().vocabulary(), *ODD]


ANY_PIECES = st.lists(st.deferred(lambda: st.sampled_from(pieces())), max_size=8)


@given(ANY_PIECES, ANY_PIECES)
@example(["▁der", "<0xC3>"], ["<0xA4>", "▁Hund"])
@example(["▁", "▁der"], [])
@example(["<unk>"], ["▁der"])
def test_what_pieces_say_so_far_is_the_beginning_of_what_they_come_to(first, more):
    whole = subwords().decode([[*first, *more]])[0]
    so_far = text_so_far(first, subwords())
    assert whole.lstrip().startswith(so_far)
    assert may_become(so_far, whole.strip())


def spellings(text: str) -> st.SearchStrategy[list[str]]:
    """Any pieces that a text can be cut into, bytes among them."""
    known = set(subwords().vocabulary())

    def cut(rest: str) -> st.SearchStrategy[list[str]]:
        if not rest:
            return st.just([])
        ends = [end for end in range(1, len(rest) + 1) if rest[:end] in known]
        spelled = [[f"<0x{byte:02X}>" for byte in rest[0].encode()]] if rest[0] != "▁" else []
        starts = [([rest[:end]], end) for end in ends] + [(one, 1) for one in spelled]
        return st.sampled_from(starts).flatmap(
            lambda start: cut(rest[start[1] :]).map(lambda more: start[0] + more)
        )

    return cut("▁" + text.replace(" ", "▁"))


@given(st.sampled_from(LINES).flatmap(lambda text: st.tuples(st.just(text), spellings(text))))
def test_no_spelling_of_the_target_is_ever_stopped(case):
    text, spelled = case
    assert answers([("a", text)], {"a": spelled}) == [True]


TEXTS = st.one_of(
    st.sampled_from([*LINES, "der Hund", "der", "die", "ä", "", " der ", "nirgends"]),
    st.lists(st.sampled_from(["der", "Hund", "Garten", "ä", "x"]), max_size=4).map(" ".join),
)
SOURCES = st.sampled_from("abcdef")


@given(
    st.lists(st.tuples(SOURCES, TEXTS), max_size=20),
    st.fixed_dictionaries({}, optional=dict.fromkeys("abcd", ANY_PIECES)),
    st.fixed_dictionaries({}, optional=dict.fromkeys("abcdef", TEXTS)),
)
def test_answers_are_those_of_decoding_in_full(pairs, made_up, spoken):
    """Any table of what each source comes to: a short one may yield what a longer one does not."""
    table = {name: subwords().encode([text])[0] for name, text in spoken.items()} | made_up
    full = {name: subwords().decode([table.get(name, [])])[0].strip() for name in "abcdef"}
    assert answers(pairs, table) == [full[source] == target.strip() for source, target in pairs]


def test_a_decoding_goes_no_further_than_to_the_piece_that_no_target_goes_on_with():
    der, (hund, garten) = subwords().encode(["der", "Hund Garten"])
    said, steps = [*der, garten, hund, hund, hund], {}
    assert answers([("a", "der Hund"), ("a", "der")], {"a": said}, steps) == [False, False]
    assert steps == {"a": len(der) + 1}


def test_a_source_without_pieces_is_not_decoded_and_yields_nothing_but_nothing():
    steps = {}
    assert answers([("", "der"), ("", " ")], {}, steps) == [False, True]
    assert steps == {}


def answers(pairs, table, steps=None):
    """What `Questions` answers on an engine that says the pieces of a table, one at a time."""
    questions = Questions(pairs, subwords())

    def decode(rows, watch):
        said = []
        for number, (source,) in enumerate(rows):
            out = []
            for step, piece in enumerate([*table.get(source, []), END]):
                ended = piece == END
                out += [] if ended else [piece]
                if steps is not None:
                    steps[source] = step + 1
                if watch(SimpleNamespace(batch_id=number, step=step, token=piece)) or ended:
                    break
            said.append(out)
        return said

    return questions.answers([[source] if source else [] for source in questions.sources], decode)
