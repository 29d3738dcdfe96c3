"""The grammar against pairs and forms that were checked by hand (tests/golden/*.tsv)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from kdaudit.corpus.clauses import Clause
from kdaudit.corpus.constituents import (
    EVERY,
    HOW_MANY,
    NOT_A,
    NUMERALS,
    OWNERS,
    PRONOUNS,
    THE,
    THIS,
    A,
)
from kdaudit.corpus.dice import Dice
from kdaudit.corpus.grammar import Grammar, german_number
from kdaudit.corpus.lexicon import LEXICON
from kdaudit.corpus.words import noun_phrase, phrases, relative_pronoun, with_preposition

GOLDEN = Path(__file__).parents[1] / "golden"
DETERMINERS = {"the": THE, "a": A, "not a": NOT_A, "this": THIS, "every": EVERY}
DETERMINERS |= {"how many": HOW_MANY, **{owner.en: owner for owner in OWNERS}}
DETERMINERS |= {number.en_plural: number for number in NUMERALS}


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", golden("grammar.tsv"), ids=lambda row: row["construction"])
def test_each_construction_gives_the_pair_checked_by_hand(row):
    grammar = Grammar(Dice(np.random.default_rng(int(row["seed"]))), LEXICON)
    assert getattr(grammar, row["construction"])() == (row["english"], row["german"])


def test_the_golden_pairs_cover_every_construction():
    grammar = Grammar(Dice(np.random.default_rng(1)), LEXICON)
    used = {build.__name__ for build in grammar._constructions}
    assert {row["construction"] for row in golden("grammar.tsv")} == used


@pytest.mark.parametrize("row", golden("noun_phrases.tsv"), ids=lambda row: row["english"])
def test_articles_adjectives_and_nouns_agree(row):
    nouns = {noun.en: noun for noun in LEXICON.nouns}
    adjectives = {adjective.en: adjective for adjective in LEXICON.adjectives}
    described = (adjectives[row["adjective"]],) if row["adjective"] else ()
    plural = row["number"] == "plural"
    phrase = noun_phrase(
        DETERMINERS[row["determiner"]], nouns[row["noun"]], described, plural=plural
    )
    assert phrase.en == row["english"]
    assert phrase.de == (row["nominative"], row["accusative"], row["dative"])
    assert phrase.agreement == ("they" if plural else "it")
    assert phrase.negates == (row["determiner"] == "not a")


@pytest.mark.parametrize("row", golden("clauses.tsv"), ids=lambda row: row["english"])
def test_verbs_stand_where_german_wants_them(row):
    (subject,) = (pronoun for pronoun in PRONOUNS if pronoun.en == row["subject"])
    (verb,) = (verb for verb in LEXICON.verbs if verb.en == row["verb"])
    (child,) = (noun for noun in LEXICON.nouns if noun.en == "child")
    negated = row["negated"] == "yes"
    what = noun_phrase(THE, child)
    middle = [what.de[verb.case]]
    clause = Clause(subject, verb, row["tense"], [what.en], middle, negated=negated, nicht=negated)
    assert clause.english() == row["english"]
    assert clause.english_question() == row["english_question"]
    assert clause.german() == row["german"]
    assert clause.german_subordinate() == row["german_subordinate"]
    assert clause.german_inverted() == row["german_inverted"]
    assert clause.german_infinitive() == row["german_infinitive"]


def test_a_time_stands_before_the_objects_or_first():
    (verb,) = (verb for verb in LEXICON.verbs if verb.en == "invite")
    (time,) = phrases("on 3 May 2019=am 3. Mai 2019")
    clause = Clause(PRONOUNS[3], verb, "past", ["the child"], ["das Kind"], time=time)
    assert clause.english() == "we invited the child on 3 May 2019"
    assert clause.german() == "wir haben am 3. Mai 2019 das Kind eingeladen"
    assert clause.english(time_first=True) == "on 3 May 2019 we invited the child"
    assert clause.german(time_first=True) == "am 3. Mai 2019 haben wir das Kind eingeladen"


def test_be_has_forms_of_its_own():
    clause = Clause(PRONOUNS[0], None, "past", ["tired"], end=["müde"], negated=True, nicht=True)
    assert clause.english() == "I was not tired"
    assert clause.german() == "ich war nicht müde"
    assert clause.german_subordinate() == "ich nicht müde war"
    assert Clause(PRONOUNS[3], None, "present", ["tired"]).english_question() == "are we tired"


@pytest.mark.parametrize(
    ("preposition", "phrase", "contracted"),
    [
        ("in", "dem Garten", "im Garten"),
        ("zu", "der Schule", "zur Schule"),
        ("zu", "dem Bahnhof", "zum Bahnhof"),
        ("in", "diesem Garten", "in diesem Garten"),
        ("mit", "dem Hund", "mit dem Hund"),
        ("auf", "Anna", "auf Anna"),
        ("", "den Hund", "den Hund"),
    ],
)
def test_prepositions_contract_with_articles(preposition, phrase, contracted):
    assert with_preposition(preposition, phrase) == contracted


def test_relative_pronouns_follow_gender_and_case():
    assert [relative_pronoun(gender, 0) for gender in "mfnp"] == ["der", "die", "das", "die"]
    assert [relative_pronoun(gender, 1) for gender in "mfnp"] == ["den", "die", "das", "die"]


def test_numbers_change_their_separators():
    assert german_number("2,500") == "2.500"
    assert german_number("1.20") == "1,20"
    assert german_number("450") == "450"


def test_every_noun_form_is_unambiguous_and_every_verb_kind_exists():
    english = [form for noun in LEXICON.nouns for form in (noun.en, noun.en_plural)]
    assert len(english) == len(set(english))
    verbs = (*LEXICON.verbs, *LEXICON.trading, *LEXICON.mishaps, *LEXICON.giving)
    assert {kind for verb in verbs for kind in verb.objects} <= set(LEXICON.nouns_of)
    # A past that looks like the present could not be translated.
    assert all(verb.en_past not in (verb.en, verb.en_third) for verb in verbs)
