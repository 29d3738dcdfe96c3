"""The lexicon of the embedded corpus, read from the tables of `vocabulary`; opens no file.

Another lexicon (with words held out, say) is another `Lexicon` for the same grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from kdaudit.corpus import vocabulary
from kdaudit.corpus.words import ACCUSATIVE, DATIVE, Adjective, Gender, Noun, Phrase, Verb


def _rows(table: str) -> list[list[str]]:
    lines = [line.split() for line in table.splitlines() if line]
    return [[("" if cell == "-" else cell.replace("_", " ")) for cell in line] for line in lines]


def _nouns(table: str) -> tuple[Noun, ...]:
    nouns = []
    for kind, en, en_plural, gender, de, de_plural, *oblique in _rows(table):
        (known,) = (known for known in get_args(Gender) if known == gender)
        nouns.append(Noun(kind, en, en_plural, known, de, de_plural, *(oblique or [de])))
    return tuple(nouns)


def _verbs(table: str) -> tuple[Verb, ...]:
    verbs = []
    for *forms, prefix, auxiliary, government, objects in _rows(table):
        preposition, _, case = government.rpartition("+")
        if government == "nach":
            preposition, case = government, ""
        number = {"acc": ACCUSATIVE, "dat": DATIVE}.get(case)
        en, third, past, infinitive, de_third, participle = forms
        german = (infinitive, de_third, participle, prefix, auxiliary, preposition, number)
        verbs.append(Verb(en, third, past, *german, tuple(objects.split(","))))
    return tuple(verbs)


@dataclass(frozen=True)
class Lexicon:
    """All words that the grammar may use; the fields are named after their use."""

    nouns: tuple[Noun, ...]
    adjectives: tuple[Adjective, ...]
    verbs: tuple[Verb, ...]
    trading: tuple[Verb, ...]
    mishaps: tuple[Verb, ...]
    giving: tuple[Verb, ...]
    going: tuple[Verb, ...]
    staying: tuple[Verb, ...]
    living: tuple[Verb, ...]
    placing: tuple[Verb, ...]
    saying: tuple[Verb, ...]
    asking: tuple[Verb, ...]
    trying: tuple[Verb, ...]
    names: tuple[str, ...]
    cities: tuple[Phrase, ...]

    @cached_property
    def nouns_of(self) -> dict[str, tuple[Noun, ...]]:
        """The nouns by kind."""
        kinds = dict.fromkeys(noun.kind for noun in self.nouns)
        return {kind: tuple(noun for noun in self.nouns if noun.kind == kind) for kind in kinds}

    @cached_property
    def adjectives_of(self) -> dict[str, tuple[Adjective, ...]]:
        """The adjectives that fit a kind of noun, colours apart."""
        return {
            kind: self._fitting(groups.replace("C", ""))
            for kind, groups in vocabulary.GROUPS.items()
        }

    @cached_property
    def colours_of(self) -> dict[str, tuple[Adjective, ...]]:
        """The colours that a kind of noun can have."""
        return {
            kind: self._fitting("C" if "C" in groups else "")
            for kind, groups in vocabulary.GROUPS.items()
        }

    def _fitting(self, groups: str) -> tuple[Adjective, ...]:
        return tuple(word for word in self.adjectives if set(word.fits) & set(groups))


LEXICON = Lexicon(
    nouns=_nouns(vocabulary.NOUNS),
    adjectives=tuple(Adjective(*row) for row in _rows(vocabulary.ADJECTIVES)),
    verbs=_verbs(vocabulary.VERBS),
    trading=_verbs(vocabulary.TRADING),
    mishaps=_verbs(vocabulary.MISHAPS),
    giving=_verbs(vocabulary.GIVING),
    going=_verbs(vocabulary.GOING),
    staying=_verbs(vocabulary.STAYING),
    living=_verbs(vocabulary.LIVING),
    placing=_verbs(vocabulary.PLACING),
    saying=_verbs(vocabulary.SAYING),
    asking=_verbs(vocabulary.ASKING),
    trying=_verbs(vocabulary.TRYING),
    names=tuple(vocabulary.NAMES.split()),
    cities=tuple(Phrase(*(city.split("=") * 2)[:2]) for city in vocabulary.CITIES.split()),
)
