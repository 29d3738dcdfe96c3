"""Words of the embedded grammar and their inflection, English and German; opens no file.

German forms come in the order nominative, accusative, dative. Agreement is one of
`I`, `it` (third person singular) and `they` (any plural: German has one form).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n", "p"]  # p: plural, where German has no gender
Agreement = Literal["I", "it", "they"]
Cases = tuple[str, str, str]
NOMINATIVE, ACCUSATIVE, DATIVE = 0, 1, 2

_DER: dict[Gender, Cases] = {
    "m": ("der", "den", "dem"),
    "f": ("die", "die", "der"),
    "n": ("das", "das", "dem"),
    "p": ("die", "die", "den"),
}
_DIES: dict[Gender, Cases] = {
    "m": ("er", "en", "em"),
    "f": ("e", "e", "er"),
    "n": ("es", "es", "em"),
    "p": ("e", "e", "en"),
}
_EIN: dict[Gender, Cases] = {**_DIES, "m": ("", "en", "em"), "n": ("", "", "em")}
_ADJECTIVE_ENDINGS: dict[str, dict[Gender, Cases]] = {
    "weak": {
        "m": ("e", "en", "en"),
        "f": ("e", "e", "en"),
        "n": ("e", "e", "en"),
        "p": ("en", "en", "en"),
    },
    "mixed": {
        "m": ("er", "en", "en"),
        "f": ("e", "e", "en"),
        "n": ("es", "es", "en"),
        "p": ("en", "en", "en"),
    },
    "strong": {"p": ("e", "e", "en")},
}
_CONTRACTIONS = {
    "in dem": "im",
    "in das": "ins",
    "an dem": "am",
    "zu dem": "zum",
    "zu der": "zur",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of a sentence that does not change: a time, a place, a name of a city."""

    en: str
    de: str


def phrases(table: str) -> tuple[Phrase, ...]:
    """The phrases of a table `english=german; …`."""
    pairs = (cell.strip().split("=") for cell in table.split(";"))
    return tuple(Phrase(en, de) for en, de in pairs)


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun; `oblique` is the accusative and dative singular, which weak nouns mark."""

    kind: str
    en: str
    en_plural: str
    gender: Gender
    de: str
    de_plural: str
    oblique: str

    def cases(self, plural: bool) -> Cases:
        """The German forms; the dative plural ends in n, or in s where the plural does."""
        if not plural:
            return self.de, self.oblique, self.oblique
        dative = self.de_plural + ("" if self.de_plural[-1] in "ns" else "n")
        return self.de_plural, self.de_plural, dative


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective; `stem` takes the endings; `fits` are the groups of nouns it can describe.

    The comparatives are empty where nobody would use them.
    """

    en: str
    de: str
    stem: str
    en_comparative: str
    de_comparative: str
    fits: str


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb with its object: `preposition` may be empty, `case` is None where there is no object.

    `infinitive` and `third` (person singular) come without the separable `prefix`,
    the `participle` with it. `auxiliary` is the third person: `hat` or `ist`.
    """

    en: str
    en_third: str
    en_past: str
    infinitive: str
    third: str
    participle: str
    prefix: str
    auxiliary: str
    preposition: str
    case: int | None
    objects: tuple[str, ...]

    def present(self, agreement: Agreement) -> str:
        """The German present without the prefix."""
        if agreement == "it":
            return self.third
        if agreement == "they":
            return self.infinitive
        return self.infinitive[:-1] + ("e" if self.infinitive.endswith("ern") else "")


@dataclass(frozen=True, slots=True)
class Determiner:
    """What stands before a noun; German words come without their endings, except "der"."""

    en: str
    en_plural: str
    de: str
    declension: Literal["weak", "mixed", "strong"]

    def cases(self, gender: Gender) -> Cases:
        """The German forms; a word that is `strong` here (a number, "viele") has only one."""
        if self.declension == "strong":
            return self.de, self.de, self.de + ("n" if self.de.endswith("viele") else "")
        if self.de == "der":
            return _DER[gender]
        endings = (_DIES if self.declension == "weak" else _EIN)[gender]
        return self.de + endings[0], self.de + endings[1], self.de + endings[2]


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Who or what: the English text, the German text by case, and what others agree with.

    `negates`: the German determiner is "kein", so that the clause needs no "nicht".
    """

    en: str
    de: Cases
    agreement: Agreement = "it"
    gender: Gender = "m"
    negates: bool = False


def noun_phrase(
    determiner: Determiner,
    noun: Noun,
    adjectives: tuple[Adjective, ...] = (),
    *,
    plural: bool = False,
    very: bool = False,
) -> NounPhrase:
    """Determiner, adjectives and noun in agreement; `very` stands before the first adjective."""
    gender: Gender = "p" if plural else noun.gender
    head = noun.en_plural if plural else noun.en
    described = [*(["very"] if very else []), *(adjective.en for adjective in adjectives), head]
    article = determiner.en_plural if plural else determiner.en
    if article == "a" and described[0][0] in "aeiou":
        article = "an"
    forms = [determiner.cases(gender), *([("sehr",) * 3] if very else [])]
    for adjective in adjectives:
        endings = _ADJECTIVE_ENDINGS[determiner.declension][gender]
        forms.append(
            (adjective.stem + endings[0], adjective.stem + endings[1], adjective.stem + endings[2])
        )
    forms.append(noun.cases(plural))
    nominative, accusative, dative = (" ".join(form[case] for form in forms) for case in range(3))
    return NounPhrase(
        " ".join([article, *described]),
        (nominative, accusative, dative),
        "they" if plural else "it",
        gender,
        negates=determiner.de == "kein",
    )


def with_preposition(preposition: str, phrase: str) -> str:
    """German preposition and phrase, contracted where German contracts ("im", "zur")."""
    article, _, rest = phrase.partition(" ")
    contracted = _CONTRACTIONS.get(f"{preposition} {article}")
    return f"{contracted} {rest}" if contracted else f"{preposition} {phrase}".strip()


def relative_pronoun(gender: Gender, case: int) -> str:
    """The German relative pronoun in the nominative or the accusative."""
    assert case in (NOMINATIVE, ACCUSATIVE)
    return _DER[gender][case]
