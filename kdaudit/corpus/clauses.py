"""Word order: one clause, written in English and in German; opens no file.

The German rules: the finite verb is second in a main clause, first in a yes-no
question, last in a subordinate clause; participle, infinitive and separable
prefix end the clause. The English past becomes the German perfect, and for "be"
the German preterite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kdaudit.corpus.words import Agreement, NounPhrase, Phrase, Verb

Tense = Literal["present", "past", "future", "can", "must", "should", "want"]

_HELPERS: dict[str, tuple[str, str, str]] = {  # German, for I, it and they
    "hat": ("habe", "hat", "haben"),
    "ist": ("bin", "ist", "sind"),
    "future": ("werde", "wird", "werden"),
    "can": ("kann", "kann", "können"),
    "must": ("muss", "muss", "müssen"),
    "must not": ("darf", "darf", "dürfen"),  # "muss nicht" would be "need not"
    "should": ("sollte", "sollte", "sollten"),
    "want": ("will", "will", "wollen"),
    "war": ("war", "war", "waren"),
}
_BE = {"present": ("am", "is", "are"), "past": ("was", "was", "were")}
_MODALS = {"future": "will", "can": "can", "must": "must", "should": "should"}


def _for(agreement: Agreement, forms: tuple[str, str, str]) -> str:
    return forms[("I", "it", "they").index(agreement)]


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Clause:
    """What is said; `verb` is None for "be".

    `complements` are English, in order; `middle` and `end` are German, before and
    after the place of "nicht". `negated` is English, `nicht` German: with an
    indefinite object German negates the object instead ("kein").
    """

    subject: NounPhrase
    verb: Verb | None
    tense: Tense
    complements: Sequence[str] = ()
    middle: Sequence[str] = ()
    end: Sequence[str] = ()
    time: Phrase | None = None
    negated: bool = False
    nicht: bool = False

    # English

    def english(self, time_first: bool = False) -> str:
        """The main or subordinate clause: English has one order for both."""
        time = self.time.en if self.time else ""
        rest = _join(self._english_verb(), *self.complements)
        if time_first:
            return _join(time, self.subject.en, rest)
        return _join(self.subject.en, rest, time)

    def english_question(self, without_time: bool = False) -> str:
        """Auxiliary, subject and the rest: "did Anna buy the car"."""
        time = self.time.en if self.time and not without_time else ""
        auxiliary, rest = self._english_question_verb()
        return _join(auxiliary, self.subject.en, rest, *self.complements, time)

    def english_infinitive(self) -> str:
        """ "to buy the car"."""
        assert self.verb is not None
        return _join("to", self.verb.en, *self.complements)

    def _english_verb(self) -> str:
        agreement, negation = self.subject.agreement, "not" if self.negated else ""
        if self.verb is None:
            return _join(_for(agreement, _BE[self.tense]), negation)
        if self.tense in _MODALS:
            modal = "cannot" if self.tense == "can" and self.negated else ""
            return _join(modal or _join(_MODALS[self.tense], negation), self.verb.en)
        if self.negated:
            return _join(self._do(), "not", self._english_base())
        if self.tense == "past":
            return self.verb.en_past
        third = agreement == "it"
        if self.tense == "want":
            return _join("wants" if third else "want", "to", self.verb.en)
        return self.verb.en_third if third else self.verb.en

    def _english_question_verb(self) -> tuple[str, str]:
        if self.verb is None:
            return _for(self.subject.agreement, _BE[self.tense]), ""
        if self.tense in _MODALS:
            return _MODALS[self.tense], self.verb.en
        return self._do(), self._english_base()

    def _english_base(self) -> str:
        assert self.verb is not None
        return _join("want to" if self.tense == "want" else "", self.verb.en)

    def _do(self) -> str:
        if self.tense == "past":
            return "did"
        return "does" if self.subject.agreement == "it" else "do"

    # German

    def german(self, time_first: bool = False) -> str:
        """The main clause, with the subject or the time before the finite verb."""
        if time_first:
            assert self.time is not None
            return _join(self.time.de, self.german_inverted(without_time=True))
        finite, tail = self._german_verb()
        return _join(self.subject.de[0], finite, self._german_middle(), tail)

    def german_inverted(self, without_time: bool = False) -> str:
        """Finite verb, then subject: a question, or a main clause whose first place is taken."""
        finite, tail = self._german_verb()
        return _join(finite, self.subject.de[0], self._german_middle(not without_time), tail)

    def german_subordinate(self, subject: str | None = None) -> str:
        """Finite verb last, the prefix joined to it; a relative pronoun may be the `subject`."""
        finite, tail = self._german_verb()
        prefixed = self.verb is not None and self.tense == "present"
        verb = tail + finite if prefixed else _join(tail, finite)
        first = self.subject.de[0] if subject is None else subject
        return _join(first, self._german_middle(), verb)

    def german_infinitive(self) -> str:
        """ "das Auto zu kaufen", "die Küche aufzuräumen"."""
        assert self.verb is not None
        prefix, infinitive = self.verb.prefix, self.verb.infinitive
        verb = f"{prefix}zu{infinitive}" if prefix else f"zu {infinitive}"
        return _join(self._german_middle(with_time=False), verb)

    def _german_middle(self, with_time: bool = True) -> str:
        time = self.time.de if self.time and with_time else ""
        return _join(time, *self.middle, "nicht" if self.nicht else "", *self.end)

    def _german_verb(self) -> tuple[str, str]:
        """The finite verb, and what ends the clause."""
        agreement = self.subject.agreement
        if self.verb is None:
            return _for(agreement, _HELPERS["ist" if self.tense == "present" else "war"]), ""
        if self.tense == "present":
            return self.verb.present(agreement), self.verb.prefix
        if self.tense == "past":
            return _for(agreement, _HELPERS[self.verb.auxiliary]), self.verb.participle
        helper = "must not" if self.tense == "must" and self.negated else self.tense
        return _for(agreement, _HELPERS[helper]), self.verb.prefix + self.verb.infinitive
