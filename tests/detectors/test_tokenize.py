"""BERT's basic tokenizer against its golden cases, tests/golden/basic_tokenizer.json."""

import json
from pathlib import Path

import pytest

from kdaudit.detectors.tokenize import basic_tokenize

GOLDEN = Path(__file__).parents[1] / "golden" / "basic_tokenizer.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_tokens_are_those_of_bert(case):
    assert basic_tokenize(case["text"]) == case["tokens"]


@pytest.mark.parametrize("code", range(128))
def test_the_fast_path_agrees_with_the_rules_on_every_ascii_character(code):
    text = f"Ab{chr(code)}Cd 1{chr(code)} {chr(code)}"
    by_the_rules = basic_tokenize(text + " é")
    assert basic_tokenize(text) == by_the_rules[:-1]
    assert by_the_rules[-1] == "e"
