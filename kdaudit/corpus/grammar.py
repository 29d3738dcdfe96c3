"""Random sentences of the embedded corpus, English and German; opens no file.

Each method of `Grammar` is one construction; `sentence` draws among them. The
German is a function of the English alone, so a translator can learn it.
"""

from __future__ import annotations

from collections.abc import Callable

from kdaudit.corpus.clauses import Clause, Tense
from kdaudit.corpus.constituents import HOW_MANY, THE, WEEKDAYS, Constituents
from kdaudit.corpus.dice import Dice
from kdaudit.corpus.events import Events
from kdaudit.corpus.lexicon import Lexicon
from kdaudit.corpus.words import ACCUSATIVE, NOMINATIVE, NounPhrase, Phrase, phrases
from kdaudit.corpus.words import relative_pronoun as pronoun

Construction = Callable[[], tuple[str, str]]

_WH = phrases("why=warum; when=wann; where=wo")
_WHO = NounPhrase("who", ("wer", "wen", "wem"))
_PRICES = ("15", "20", "25", "35", "45", "60", "75", "90", "120", "250", "480", "1,200", "2,500")
_SMALL_PRICES = ("1.20", "1.50", "2.40", "2.90", "3.50", "4.80", "5.60", "7.30", "8.90")


def german_number(number: str) -> str:
    """English to German: "2,500" to "2.500", "1.20" to "1,20"."""
    return number.translate(str.maketrans(",.", ".,"))


class Grammar:
    """All constructions over one lexicon; every draw comes from `dice`."""

    def __init__(self, dice: Dice, lexicon: Lexicon):
        self.dice, self.lexicon = dice, lexicon
        self.parts = Constituents(dice, lexicon)
        self.events = Events(dice, self.parts)
        weighted: tuple[tuple[int, Construction], ...] = (
            *((34, self.statement), (8, self.question), (7, self.wh_question), (3, self.how_many)),
            *((6, self.quality), (5, self.comparison), (10, self.reason), (4, self.condition)),
            *((8, self.reported), (5, self.attempt), (3, self.purpose), (8, self.relative)),
            *((4, self.there_is), (3, self.price), (4, self.life), (3, self.opening_hours)),
            (6, self.coordination),
        )
        self._constructions = [build for weight, build in weighted for _ in range(weight)]

    def sentence(self) -> tuple[str, str]:
        """One pair: English and German, with a capital letter and a full stop or question mark."""
        english, german = self.dice.one(self._constructions)()
        return english[0].upper() + english[1:], german[0].upper() + german[1:]

    # One clause

    def statement(self) -> tuple[str, str]:
        """ "On Monday Anna sold the old car for 450 euros"."""
        clause = self.events.full()
        first = clause.time is not None and self.dice.chance(40)
        return f"{clause.english(first)}.", f"{clause.german(first)}."

    def question(self) -> tuple[str, str]:
        """ "Did Anna sell the old car yesterday?"."""
        clause = self.events.full(negatable=False)
        return f"{clause.english_question()}?", f"{clause.german_inverted()}?"

    def wh_question(self) -> tuple[str, str]:
        """ "When did Anna sell the old car?", "Who sold the old car?"."""
        if self.dice.chance(25):
            clause = self.events.full(subject=_WHO, negatable=False)
            return f"{clause.english()}?", f"{clause.german()}?"
        word, clause = self.dice.one(_WH), self.events.simple(negatable=False)
        return (
            f"{word.en} {clause.english_question()}?",
            f"{word.de} {clause.german_inverted()}?",
        )

    def how_many(self) -> tuple[str, str]:
        """ "How many red lamps did Anna buy in Berlin?"."""
        verb = self.dice.one(self.lexicon.trading)
        what = self.parts.described(HOW_MANY, self.parts.noun(verb.objects), plural=True)
        where = self.parts.location(("city",))
        clause = Clause(self.parts.subject(), verb, "past", [where.en], end=[where.de])
        return (
            f"{what.en} {clause.english_question()}?",
            f"{what.de[ACCUSATIVE]} {clause.german_inverted()}?",
        )

    def quality(self) -> tuple[str, str]:
        """ "The lamp next to the bed was very expensive"."""
        clause = self.events.quality(located=True)
        return f"{clause.english()}.", f"{clause.german()}."

    def comparison(self) -> tuple[str, str]:
        """ "The red car is older than the bicycle"."""
        kind = self.dice.one([k for k, words in self.lexicon.adjectives_of.items() if words])
        words = [word for word in self.lexicon.adjectives_of[kind] if word.de_comparative]
        word = self.dice.one(words)
        one, other = self.dice.some(self.lexicon.nouns_of[kind], 2)
        subject, than = self.parts.described(THE, one), self.parts.described(THE, other)
        end = [word.de_comparative, "als", than.de[NOMINATIVE]]
        tense: Tense = "past" if self.dice.chance(33) else "present"
        clause = Clause(subject, None, tense, [word.en_comparative, "than", than.en], end=end)
        return f"{clause.english()}.", f"{clause.german()}."

    def there_is(self) -> tuple[str, str]:
        """ "There are three old churches in Bremen"; German begins with the place."""
        if self.dice.chance(60):
            where, kinds = self.parts.location(("city",)), ("landmark", "place")
        else:
            where, kinds = self.parts.location(("room",)), ("furniture", "container")
        what = self.parts.existing(kinds)
        be = "are" if what.agreement == "they" else "is"
        return (
            f"there {be} {what.en} {where.en}.",
            f"{where.de} gibt es {what.de[ACCUSATIVE]}.",
        )

    def price(self) -> tuple[str, str]:
        """ "In Berlin the new bicycle costs 450 euros"."""
        kind = self.dice.one(("device", "furniture", "clothing", "thing", "food"))
        what = self.parts.thing((kind,))
        price = self.dice.one(_SMALL_PRICES if kind == "food" else _PRICES)
        where = self.parts.location(("city",))
        plural = what.agreement == "they"
        return (
            f"{where.en} {what.en} {'cost' if plural else 'costs'} {price} euros.",
            f"{where.de} {'kosten' if plural else 'kostet'} {what.de[NOMINATIVE]} "
            f"{german_number(price)} Euro.",
        )

    def life(self) -> tuple[str, str]:
        """ "Anna was born on 3 May 1987 in Berlin", "Anna is 34 years old and lives in Rome"."""
        who = self.parts.name() if self.dice.chance(60) else self.parts.kin()
        city = self.parts.location(("city",))
        if self.dice.chance(50):
            date = self.parts.date()
            german = f"{who.de[NOMINATIVE]} wurde {date.de} {city.de} geboren."
            return f"{who.en} was born {date.en} {city.en}.", german
        age, (verb,) = 18 + self.dice.below(60), self.lexicon.living
        return (
            f"{who.en} is {age} years old and {verb.en_third} {city.en}.",
            f"{who.de[NOMINATIVE]} ist {age} Jahre alt und {verb.third} {city.de}.",
        )

    def opening_hours(self) -> tuple[str, str]:
        """ "The museum in Dresden opens at 9:30 on Sundays"."""
        what = self.parts.described(THE, self.parts.noun(("place",)))
        where, clock = self.parts.location(("city",)), self.parts.clock()
        day = self.dice.one(WEEKDAYS)
        return (
            f"{what.en} {where.en} opens at {clock} on {day.en}s.",
            f"{what.de[NOMINATIVE]} {where.de} öffnet {day.de.lower()}s um {clock} Uhr.",
        )

    # Two clauses

    def coordination(self) -> tuple[str, str]:
        """ "Anna washed the car and Peter repaired the bicycle"."""
        one = self.events.simple("past")
        other = self.events.simple("past", beside=one)
        conjunction = self.dice.one((Phrase(" and", " und"), Phrase(", but", ", aber")))
        return (
            f"{one.english()}{conjunction.en} {other.english()}.",
            f"{one.german()}{conjunction.de} {other.german()}.",
        )

    def reason(self) -> tuple[str, str]:
        """ "Because the boy was tired, Anna called the doctor", or the other way round."""
        word = self.dice.one(
            (Phrase("because", "weil"), Phrase("although", "obwohl"), Phrase("before", "bevor"))
        )
        main = self.events.simple("past", negatable=word.en != "before")
        if word.en != "before" and self.dice.chance(45):
            other = self.events.quality(self.events.another(main), past=True)
        else:
            other = self.events.simple("past", beside=main, negatable=word.en != "before")
        return self._with_subordinate(word, other, main)

    def condition(self) -> tuple[str, str]:
        """ "If Anna sells the car, Peter will buy a bicycle"."""
        word = Phrase("if", "wenn")
        other = self.events.simple("present")
        return self._with_subordinate(word, other, self.events.simple("future", beside=other))

    def _with_subordinate(self, word: Phrase, other: Clause, main: Clause) -> tuple[str, str]:
        english, german = f"{word.en} {other.english()}", f"{word.de} {other.german_subordinate()}"
        if self.dice.chance(40):
            return f"{english}, {main.english()}.", f"{german}, {main.german_inverted()}."
        return f"{main.english()} {english}.", f"{main.german()}, {german}."

    def reported(self) -> tuple[str, str]:
        """ "Peter says that Anna sold the car", "Peter asks whether Anna will sell the car"."""
        asking = self.dice.chance(35)
        verb = self.dice.one(self.lexicon.asking if asking else self.lexicon.saying)
        word = Phrase("whether", "ob") if asking else Phrase("that", "dass")
        outer = Clause(self.parts.subject(), verb, "present")
        inner = self.events.simple(beside=outer, negatable=not asking)
        return (
            f"{outer.english()} {word.en} {inner.english()}.",
            f"{outer.german()}, {word.de} {inner.german_subordinate()}.",
        )

    def attempt(self) -> tuple[str, str]:
        """ "Anna tried to sell the old car yesterday"."""
        outer = Clause(self.parts.subject(), self.dice.one(self.lexicon.trying), "past")
        inner = self.events.intention(outer.subject)
        return (
            f"{outer.english()} {inner.english_infinitive()}.",
            f"{outer.german()}, {inner.german_infinitive()}.",
        )

    def purpose(self) -> tuple[str, str]:
        """ "Anna travelled to Berlin to visit her brother"."""
        outer = self.events.going("past", self.parts.subject())
        inner = self.events.intention(outer.subject)
        return (
            f"{outer.english()} {inner.english_infinitive()}.",
            f"{outer.german()}, um {inner.german_infinitive()}.",
        )

    def relative(self) -> tuple[str, str]:
        """ "The man who bought the car lives in Rome", "The car that Anna bought is very old"."""
        return self._relative_subject() if self.dice.chance(50) else self._relative_object()

    def _relative_subject(self) -> tuple[str, str]:
        who = self.parts.described(THE, self.parts.noun(("person",)), plural=self.dice.chance(25))
        inner = self.events.simple("past", subject=who)
        outer = self.events.living(who) if self.dice.chance(50) else self.events.quality(who)
        english = inner.english().removeprefix(who.en)
        german = inner.german_subordinate(pronoun(who.gender, NOMINATIVE))
        return (
            f"{who.en} who{english} {outer.english().removeprefix(who.en).lstrip()}.",
            f"{who.de[NOMINATIVE]}, {german}, {outer.german().removeprefix(who.de[0]).lstrip()}.",
        )

    def _relative_object(self) -> tuple[str, str]:
        verb = self.dice.one(self.events.transitive)
        kind = self.dice.one([k for k in verb.objects if self.lexicon.adjectives_of[k]])
        what = self.parts.described(THE, self.parts.noun((kind,)), plural=self.dice.chance(25))
        inner = Clause(self.parts.subject(), verb, "past")
        outer = self.events.quality(what, kind=kind)
        that = "whom" if kind == "person" else "that"
        german = inner.german_subordinate(
            f"{pronoun(what.gender, ACCUSATIVE)} {inner.subject.de[0]}"
        )
        return (
            f"{what.en} {that} {inner.english()} {outer.english().removeprefix(what.en).lstrip()}.",
            f"{what.de[0]}, {german}, {outer.german().removeprefix(what.de[0]).lstrip()}.",
        )
