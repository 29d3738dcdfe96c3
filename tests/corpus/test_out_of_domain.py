"""The out-of-domain split: words and constructions that training never had."""

import re

import numpy as np
import pytest

from kdaudit.corpus import embedded_splits, generate, generate_sources
from kdaudit.corpus import out_of_domain as domain
from kdaudit.corpus.dice import Dice
from kdaudit.corpus.out_of_domain import OutOfDomain
from kdaudit.corpus.phrasebook import ENGLISH
from kdaudit.errors import RecipeError

# What tells each construction apart, in words that are none of its own domain.
MARKS = {
    "instruction": r"^(Never|Always|Please) .* instead of \w+ing .*!$",
    "passive": r" were \w+ed by ",
    "tag_question": r", didn't it\?$",
    "proportion": r"^The (more|\w+er)\b.*, the (more|\w+er)\b",
    "neither": r"^Neither .* nor ",
    "cleft": r"^It was .* that ",
    "counterfactual": r"^Had .* would not have ",
    "participle": r"^Having \w+ed .*, ",
    "not_only": r" not only .* but also ",
    "exclamation": r"^What an? .*!$",
    "gerund": r"^\w+ing the .* took ",
    "unless": r" unless ",
    "superlative": r" is the (most|\w+est)\b.* of all ",
    "whose": r" whose ",
    "result": r" was so \w+ that ",
}


def words(texts):
    return {word for text in texts for word in re.findall(r"[\w']+", text.lower())}


@pytest.fixture(scope="module")
def splits():
    return embedded_splits(1, out_of_domain=300)


@pytest.fixture(scope="module")
def learned(splits):
    """All that a model of the embedded corpus may have read: the splits, other seeds, cases."""
    sources = [s for name in ("train", "valid", "test") for s in splits[name].texts("source")]
    sources += [source for source, _ in generate(20_000, np.random.default_rng(7))]
    return sources + [f"{a} {b}." for a in ENGLISH.openings for b in ENGLISH.continuations]


def test_the_split_has_sources_alone(splits):
    split = splits["out_of_domain"]
    assert len(split) == split.table["target"].null_count == 300
    assert split.table.schema.equals(splits["train"].table.schema)
    assert set(split.texts("provenance")) == {"original"}
    sources = split.texts("source")
    assert all(text[0].isupper() and text[-1] in ".!?" for text in sources)
    assert len(set(sources)) == 300


def test_without_a_size_there_is_no_such_split_and_the_others_are_the_same(splits):
    plain = embedded_splits(1)
    assert list(plain) == ["train", "valid", "test"]
    assert list(splits) == [*plain, "out_of_domain"]
    assert all(splits[name].table.equals(plain[name].table) for name in plain)


def test_it_depends_on_the_seed_and_on_nothing_else(splits):
    small = embedded_splits(1, train=5, valid=1, test=1, out_of_domain=300)
    assert small["out_of_domain"].table.equals(splits["out_of_domain"].table)
    other = embedded_splits(2, train=5, valid=1, test=1, out_of_domain=300)["out_of_domain"]
    shared = set(other.texts("source")) & set(splits["out_of_domain"].texts("source"))
    assert len(shared) < 30


def test_no_source_of_it_and_a_new_word_in_each(splits, learned):
    known = words(learned)
    for source in splits["out_of_domain"].texts("source"):
        assert source not in learned
        assert words([source]) - known, source


def test_no_word_of_the_domain_is_known(learned):
    qualities = [word for forms in domain.QUALITIES for form in forms for word in form.split()]
    own = {*domain.PEOPLE, *domain.MACHINES, *domain.PARTS, *domain.PLACES, *domain.WORK}
    own |= {*domain.FAULTS, *domain.NUMBERS, *qualities} - {"more", "most"}
    assert not own & words(learned)


def test_every_construction_has_its_mark_and_no_known_sentence_has_any(learned):
    grammar = OutOfDomain(Dice(np.random.default_rng(1)))
    assert {build.__name__ for build in grammar._constructions} == set(MARKS)
    for name, mark in MARKS.items():
        for _ in range(50):
            english = getattr(grammar, name)()
            assert re.search(mark, english[0].upper() + english[1:]), (name, english)
        assert not [source for source in learned if re.search(mark, source)], name


def test_every_construction_occurs_in_a_split_of_the_demos_size(splits):
    sources = splits["out_of_domain"].texts("source")
    assert all(any(re.search(mark, source) for source in sources) for mark in MARKS.values())


def test_an_exhausted_domain_says_so(monkeypatch):
    monkeypatch.setattr(OutOfDomain, "sentence", lambda self: "The pump leaks.")
    with pytest.raises(RecipeError, match="no more sentences: 1 of 2 found"):
        generate_sources(2, np.random.default_rng(1))
