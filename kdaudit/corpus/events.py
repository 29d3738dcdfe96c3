"""Random clauses: who does what, or what is how; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kdaudit.corpus.clauses import Clause, Tense
from kdaudit.corpus.constituents import THE, Constituents
from kdaudit.corpus.dice import Dice
from kdaudit.corpus.words import (
    ACCUSATIVE,
    DATIVE,
    NounPhrase,
    Phrase,
    Verb,
    phrases,
    with_preposition,
)

_TENSES: tuple[Tense, ...] = (
    *(("past",) * 9),
    *(("present",) * 4),
    *(("future",) * 3),
    *("can", "must", "should", "want"),
)
_VEHICLES = phrases(
    "by train=mit dem Zug; by bus=mit dem Bus; by ship=mit dem Schiff; by car=mit dem Auto"
)
_EUROS = ("15", "20", "25", "30", "40", "50", "80", "120", "300", "450")

_SMALL_WORDS = frozenset("the a an my his her our this these every I we".split())  # noqa: SIM905


class Events:
    """Clauses drawn with `dice` out of `parts`."""

    def __init__(self, dice: Dice, parts: Constituents):
        self.dice, self.parts, self.lexicon = dice, parts, parts.lexicon
        acting = (*self.lexicon.verbs, *self.lexicon.trading, *self.lexicon.mishaps)
        self.transitive = [
            verb for verb in acting if verb.case == ACCUSATIVE and not verb.preposition
        ]

    def full(self, subject: NounPhrase | None = None, *, negatable: bool = True) -> Clause:
        """A clause with room for a place, a companion, a price or a time."""
        tense = self._tense()
        subject = subject or self.parts.subject()
        draw = self.dice.below(100)
        if draw < 14:
            return self._timed(self.going(tense, subject, rich=True), 75)
        if draw < 22:
            return self._timed(self._staying(tense, subject), 70)
        if draw < 36:
            return self._timed(self._giving(tense, subject), 50)
        if draw < 43:
            return self._timed(self._placing(tense, subject), 35)
        if draw < 58:
            return self._timed(self._trading(tense, subject), 40)
        negated = negatable and self._negates(subject)
        return self._timed(self._acting(tense, subject, subject.en, negated=negated, rich=True), 65)

    def simple(
        self,
        tense: Tense | None = None,
        subject: NounPhrase | None = None,
        *,
        beside: Clause | None = None,
        negatable: bool = True,
    ) -> Clause:
        """A short clause without a time: subject, verb and object; nobody from `beside` in it."""
        subject = subject or (self.another(beside) if beside else self.parts.subject())
        negated = negatable and self._negates(subject)
        avoid = f"{beside.english()} {subject.en}" if beside else subject.en
        return self._acting(tense or self._tense(), subject, avoid, negated=negated)

    def another(self, clause: Clause) -> NounPhrase:
        """A subject that does not occur in `clause`."""
        words = clause.english().split()
        while True:
            subject = self.parts.subject()
            named = set(subject.en.split())
            if "and" not in named and not named & set(words) - _SMALL_WORDS:
                return subject

    def intention(self, subject: NounPhrase) -> Clause:
        """What the subject wants to do; only its infinitive is used."""
        return self._acting("future", subject, subject.en, negated=False)

    def quality(
        self,
        subject: NounPhrase | None = None,
        *,
        kind: str = "person",
        past: bool = False,
        located: bool = False,
    ) -> Clause:
        """ "is very old"; without a subject, somebody or (`located`) something somewhere."""
        if located:
            kind, subject = self._located()
        subject = subject or self.parts.subject()
        words = self.lexicon.adjectives_of[kind]
        word, very = self.dice.one(words), self.dice.chance(30)
        negated = not very and self.dice.chance(20) and self._negatable(subject)
        tense: Tense = "past" if past or self.dice.chance(30) else "present"
        predicate = (
            Phrase(f"very {word.en}", f"sehr {word.de}") if very else Phrase(word.en, word.de)
        )
        return Clause(
            *(subject, None, tense, [predicate.en]),
            end=[predicate.de],
            negated=negated,
            nicht=negated,
        )

    def living(self, subject: NounPhrase) -> Clause:
        """ "lives in Rome"."""
        (verb,) = self.lexicon.living
        where = self.parts.location(("city",))
        return Clause(subject, verb, "present", [where.en], end=[where.de])

    def going(self, tense: Tense, subject: NounPhrase, *, rich: bool = False) -> Clause:
        """Motion; `rich`: by some vehicle or with somebody."""
        verb = self.dice.one(self.lexicon.going)
        where = self.parts.direction(verb.preposition, verb.objects)
        how = Phrase("", "")
        if rich and verb.en == "travel" and self.dice.chance(60):
            how = self.dice.one(_VEHICLES)
        elif rich and self.dice.chance(40):
            how = self._companion(subject)
        return Clause(subject, verb, tense, [where.en, how.en], end=[how.de, where.de])

    def _staying(self, tense: Tense, subject: NounPhrase) -> Clause:
        verb = self.dice.one(self.lexicon.staying)
        where = self.parts.location(verb.objects)
        joined = verb.en != "sleep" and self.dice.chance(35)
        how = self._companion(subject) if joined else Phrase("", "")
        return Clause(subject, verb, tense, [where.en, how.en], end=[how.de, where.de])

    def _giving(self, tense: Tense, subject: NounPhrase) -> Clause:
        verb = self.dice.one(self.lexicon.giving)
        who, what = self._other(subject), self.parts.thing(verb.objects)
        english = [what.en, f"to {who.en}"] if self.dice.chance(30) else [who.en, what.en]
        return Clause(subject, verb, tense, english, [who.de[DATIVE], what.de[ACCUSATIVE]])

    def _placing(self, tense: Tense, subject: NounPhrase) -> Clause:
        verb = self.dice.one(self.lexicon.placing)
        what, where = self.parts.thing(verb.objects), self.parts.position(ACCUSATIVE)
        return Clause(subject, verb, tense, [what.en, where.en], [what.de[ACCUSATIVE]], [where.de])

    def _trading(self, tense: Tense, subject: NounPhrase) -> Clause:
        verb = self.dice.one(self.lexicon.trading)
        what = self.parts.thing(verb.objects)
        if self.dice.chance(60):
            euros = self.dice.one(_EUROS)
            extra = Phrase(f"for {euros} euros", f"für {euros} Euro")
        else:
            extra = self.parts.location(("city",))
        return Clause(subject, verb, tense, [what.en, extra.en], [what.de[ACCUSATIVE]], [extra.de])

    def _acting(
        self, tense: Tense, subject: NounPhrase, avoid: str, *, negated: bool, rich: bool = False
    ) -> Clause:
        acting: tuple[Verb, ...] = self.lexicon.verbs
        if not rich:  # the rich clause about buying is another one
            acting += self.lexicon.trading
        if tense == "past":  # nobody will, must or wants to lose a key
            acting += self.lexicon.mishaps
        verb = self.dice.one(acting)
        what = self._object(verb, avoid.split(), negated)
        assert verb.case is not None
        german = with_preposition(verb.preposition, what.de[verb.case])
        middle: list[str] = [] if verb.preposition else [german]
        end = [german] if verb.preposition else []
        english = [what.en]
        if rich and not negated and "room" not in verb.objects and self.dice.chance(35):
            where = self.parts.location(("city",))
            english, end = [*english, where.en], [*end, where.de]
        nicht = negated and not what.negates
        return Clause(subject, verb, tense, english, middle, end, negated=negated, nicht=nicht)

    def _object(self, verb: Verb, avoid: Sequence[str], negated: bool) -> NounPhrase:
        """What the verb acts upon; its noun or name is none of the words to `avoid`."""
        while True:
            if "person" in verb.objects and self.dice.chance(20):
                what = self.parts.name()
            else:
                what = self.parts.thing(verb.objects, negated=negated)
            if _head(what) not in avoid:
                return what

    def _other(self, subject: NounPhrase) -> NounPhrase:
        """Somebody who is not the subject."""
        while True:
            who = self.parts.somebody()
            if _head(who) not in subject.en.split():
                return who

    def _companion(self, subject: NounPhrase) -> Phrase:
        who = self._other(subject)
        return Phrase(f"with {who.en}", f"mit {who.de[DATIVE]}")

    def _located(self) -> tuple[str, NounPhrase]:
        """ "the lamp next to the bed" and what kind of thing it is."""
        kind = self.dice.one(("device", "container", "thing", "place", "landmark"))
        what = self.parts.described(THE, self.parts.noun((kind,)), plural=self.dice.chance(25))
        where = self.parts.location(("city",))
        if kind in ("device", "container", "thing"):
            where = self.parts.position(DATIVE)
        german = f"{what.de[0]} {where.de}"
        cases = (german, german, german)  # only ever a subject
        return kind, NounPhrase(f"{what.en} {where.en}", cases, what.agreement, what.gender)

    def _timed(self, clause: Clause, percent: int) -> Clause:
        if not self.dice.chance(percent):
            return clause
        moving = clause.verb is not None and clause.verb.en == "move"
        time = self.parts.time(clause.tense, once=clause.negated or moving)
        return replace(clause, time=time)

    def _tense(self) -> Tense:
        return self.dice.one(_TENSES)

    def _negates(self, subject: NounPhrase) -> bool:
        return self.dice.chance(16) and self._negatable(subject)

    def _negatable(self, subject: NounPhrase) -> bool:
        """Whether "not" has one reading: not after "every", "many" and the like."""
        return not subject.en.startswith(("every ", "many ", "who"))


def _head(phrase: NounPhrase) -> str:
    return phrase.en.rsplit(" ", 1)[-1]
