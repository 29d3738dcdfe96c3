"""What the benchmark of inference says of lines that differ; and the document of all tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import PARTS
from benchmarks.fairseq_generator import Generated
from benchmarks.harness import rounds, spread
from benchmarks.inference import Difference, common, differences, reason
from kdaudit.inference import Translation

ROOT = Path(__file__).parents[2]


def difference(beam: int, *, text: str = "a c", unfinished: bool = False) -> Difference:
    theirs, ours = Generated("a b", (-1.0, -1.0)), Translation(text, -2.0, 2, False, unfinished)
    return Difference(beam, 0, "s", theirs, ours)


def test_every_line_that_differs_is_found_and_no_other():
    theirs = [Generated(text, (-1.0,)) for text in ("a", "b", "c")]
    ours = [Translation(text, -1.0, 1) for text in ("a", "x", "c ")]
    found = list(differences(5, ["s", "t", "u"], theirs, ours))
    assert [(one.row, one.source, one.ours.text) for one in found] == [
        (1, "t", "x"),
        (2, "u", "c "),
    ]


@pytest.mark.parametrize(
    ("one", "scores", "why"),
    [
        (difference(1), (-1.0, -1.0, 1e-6), "tie of two pieces"),
        (difference(1), (-1.0, -1.0, 0.1), "another greedy choice"),
        (difference(1, text=""), (-1.0, -1.0, 0.1), "empty"),
        (difference(5), (-1.0, -1.00001, 0.5), "tie of two translations"),
        (difference(5), (-1.1, -1.0, 0.5), "fairseq's beam lost the better"),
        (difference(5), (-1.0, -1.1, 0.5), "kdaudit's beam lost the better"),
        (difference(5, unfinished=True), (-1.0, -1.1, 0.5), "cut at the limit"),
    ],
)
def test_the_scores_say_why_two_translations_differ(one, scores, why):
    assert reason(one, *scores).startswith(why)


def test_translations_begin_in_common_up_to_the_first_other_piece():
    assert common(["a", "b", "c"], ["a", "x", "c"]) == 1
    assert common(["a"], ["a", "b"]) == 1
    assert common([], ["a"]) == 0


def test_jobs_take_turns_and_their_first_round_is_not_counted():
    order: list[str] = []
    seconds, answers = rounds(
        {name: lambda name=name: order.append(name) or name for name in "ab"}, 2
    )
    assert order == [*"ababab"]
    assert [len(seconds[name]) for name in "ab"] == [2, 2]
    assert answers == {"a": "a", "b": "b"}
    assert spread([3.0, 1.0, 2.0]) == "2.00 (1.00 to 3.00)"


def test_every_part_of_the_document_has_a_table():
    for part in PARTS:
        text = (ROOT / "benchmarks" / f"{part}.py").read_text(encoding="utf-8")
        assert re.search(r"^def table\(", text, re.MULTILINE), part
