"""Random parts of a sentence: who, what, where and when, in both languages; opens no file."""

from __future__ import annotations

from collections.abc import Sequence

from kdaudit.corpus.dice import Dice
from kdaudit.corpus.lexicon import Lexicon
from kdaudit.corpus.words import (
    ACCUSATIVE,
    DATIVE,
    Adjective,
    Determiner,
    Noun,
    NounPhrase,
    Phrase,
    noun_phrase,
    phrases,
    with_preposition,
)

THE = Determiner("the", "the", "der", "weak")
A = Determiner("a", "", "ein", "mixed")
THIS = Determiner("this", "these", "dies", "weak")
EVERY = Determiner("every", "", "jed", "weak")
NOT_A = Determiner("a", "", "kein", "mixed")  # after "not"
OWNERS = tuple(
    Determiner(owner.en, owner.en, owner.de, "mixed")
    for owner in phrases("my=mein; his=sein; her=ihr; our=unser")
)
_SMALL_NUMBERS = phrases(
    "two=zwei; three=drei; four=vier; five=fünf; six=sechs; eight=acht; ten=zehn; twelve=zwölf"
)
_MORE = phrases("15=15; 20=20; 25=25; 30=30; 40=40; 50=50; many=viele")
NUMERALS = tuple(
    Determiner("", number.en, number.de, "strong") for number in (*_SMALL_NUMBERS, *_MORE)
)
HOW_MANY = Determiner("", "how many", "wie viele", "strong")
PRONOUNS = (  # only ever subjects
    NounPhrase("I", ("ich", "", ""), "I"),
    NounPhrase("he", ("er", "", ""), "it"),
    NounPhrase("she", ("sie", "", ""), "it"),
    NounPhrase("we", ("wir", "", ""), "they"),
    NounPhrase("they", ("sie", "", ""), "they"),
)

MONTHS = phrases(
    "January=Januar; February=Februar; March=März; April=April; May=Mai; June=Juni; July=Juli; "
    "August=August; September=September; October=Oktober; November=November; December=Dezember"
)
WEEKDAYS = phrases(
    "Monday=Montag; Tuesday=Dienstag; Wednesday=Mittwoch; Thursday=Donnerstag; Friday=Freitag; "
    "Saturday=Samstag; Sunday=Sonntag"
)
_PAST_TIMES = phrases(
    "yesterday=gestern; last week=letzte Woche; last year=letztes Jahr; last winter=letzten Winter"
)
_PRESENT_TIMES = phrases(
    "today=heute; every day=jeden Tag; every morning=jeden Morgen; every week=jede Woche"
)
_COMING_TIMES = phrases(
    "tomorrow=morgen; next week=nächste Woche; next year=nächstes Jahr; this evening=heute Abend"
)
_POSITIONS = phrases("on=auf; under=unter; behind=hinter; next to=neben; in front of=vor")


class Constituents:
    """Parts of a sentence out of a `lexicon`, as `dice` fall."""

    def __init__(self, dice: Dice, lexicon: Lexicon):
        self.dice, self.lexicon = dice, lexicon

    # Who and what

    def name(self) -> NounPhrase:
        name = self.dice.one(self.lexicon.names)
        return NounPhrase(name, (name, name, name))

    def kin(self) -> NounPhrase:
        """A relative of somebody: always "my", "his", "her" or "our"."""
        return noun_phrase(self.dice.one(OWNERS), self.dice.one(self.lexicon.nouns_of["kin"]))

    def person(self) -> NounPhrase:
        return self.thing(("person",))

    def subject(self) -> NounPhrase:
        """Somebody who acts."""
        draw = self.dice.below(100)
        if draw < 36:
            return self.name()
        if draw < 52:
            return self.dice.one(PRONOUNS)
        if draw < 66:
            return self.kin()
        if draw < 70:
            return self.couple()
        if draw < 75:
            return noun_phrase(EVERY, self.dice.one(self.lexicon.nouns_of["person"]))
        return self.person()

    def couple(self) -> NounPhrase:
        """ "Anna and Peter"."""
        one, other = self.dice.some(self.lexicon.names, 2)
        both = f"{one} und {other}"
        return NounPhrase(f"{one} and {other}", (both, both, both), "they", "p")

    def somebody(self) -> NounPhrase:
        """Somebody who is acted upon, or goes along."""
        draw = self.dice.below(100)
        return self.name() if draw < 30 else self.kin() if draw < 60 else self.person()

    def thing(self, kinds: Sequence[str], *, negated: bool = False) -> NounPhrase:
        """A noun of one of these kinds; after "not" without numbers, and "a" is German "kein"."""
        noun = self.noun(kinds)
        if noun.kind == "kin":
            return noun_phrase(self.dice.one(OWNERS), noun)
        draw = self.dice.below(100)
        if draw < 40:
            return self.described(THE, noun)
        if draw < 62:
            return self.described(NOT_A if negated else A, noun)
        if draw < 70:
            return self.described(THIS, noun)
        if draw < 78 and noun.kind not in ("person", "place", "landmark"):
            return self.described(self.dice.one(OWNERS), noun)
        if draw < 86 or negated:
            return self.described(THE, noun, plural=True)
        if draw < 90:
            return self.described(THIS, noun, plural=True)
        return self.described(self.dice.one(NUMERALS), noun, plural=True)

    def existing(self, kinds: Sequence[str]) -> NounPhrase:
        """Something new: with "a" or a number."""
        noun = self.noun(kinds)
        if self.dice.chance(50):
            return self.described(A, noun)
        return self.described(self.dice.one(NUMERALS), noun, plural=True)

    def noun(self, kinds: Sequence[str]) -> Noun:
        """A noun, every kind equally likely."""
        return self.dice.one(self.lexicon.nouns_of[self.dice.one(kinds)])

    def described(self, determiner: Determiner, noun: Noun, *, plural: bool = False) -> NounPhrase:
        """The noun with none, one or two adjectives that fit it."""
        qualities, colours = (
            self.lexicon.adjectives_of[noun.kind],
            self.lexicon.colours_of[noun.kind],
        )
        adjectives: list[Adjective] = []
        if qualities and self.dice.chance(45):
            adjectives.append(self.dice.one(qualities))
        very = bool(adjectives) and self.dice.chance(8)
        if colours and not very and self.dice.chance(18):
            adjectives.append(self.dice.one(colours))
        return noun_phrase(determiner, noun, tuple(adjectives), plural=plural, very=very)

    # Where

    def city(self) -> Phrase:
        return self.dice.one(self.lexicon.cities)

    def location(self, kinds: Sequence[str]) -> Phrase:
        """Where something is: "in Berlin", "im alten Garten"."""
        kind = self.dice.one(kinds)
        if kind == "city":
            city = self.city()
            return Phrase(f"in {city.en}", f"in {city.de}")
        where = self.described(self.dice.one((THE, THE, A, THIS)), self.noun((kind,)))
        return Phrase(f"in {where.en}", with_preposition("in", where.de[DATIVE]))

    def direction(self, preposition: str, kinds: Sequence[str]) -> Phrase:
        """Where somebody goes: "nach Berlin", "zum alten Bahnhof"."""
        if preposition == "nach":
            city = self.city()
            return Phrase(f"to {city.en}", f"nach {city.de}")
        where = self.described(self.dice.one((THE, THE, A, THIS)), self.noun(kinds))
        return Phrase(f"to {where.en}", with_preposition(preposition, where.de[DATIVE]))

    def position(self, case: int) -> Phrase:
        """Beside a piece of furniture: accusative where something is put, dative where it is."""
        assert case in (ACCUSATIVE, DATIVE)
        preposition = self.dice.one(_POSITIONS)
        what = self.described(THE, self.noun(("furniture",)))
        return Phrase(f"{preposition.en} {what.en}", f"{preposition.de} {what.de[case]}")

    # When

    def time(self, tense: str, *, once: bool = False) -> Phrase:
        """A time that fits the tense; `once` leaves out what happens every day."""
        draw = self.dice.below(100)
        if tense == "past":
            return self._past_time(draw)
        if tense == "present":
            return _PRESENT_TIMES[0] if once else self.dice.one(_PRESENT_TIMES)
        if draw < 40:
            return self.dice.one(_COMING_TIMES)
        if draw < 70:
            return self.weekday()
        if draw < 85:
            return self._clock()
        count = self.dice.one(_SMALL_NUMBERS)
        return Phrase(f"in {count.en} days", f"in {count.de} Tagen")

    def _past_time(self, draw: int) -> Phrase:
        if draw < 35:
            return self.dice.one(_PAST_TIMES)
        if draw < 52:
            return self.weekday()
        if draw < 78:
            return self.date()
        if draw < 88:
            month, year = self.dice.one(MONTHS), self._year()
            return Phrase(f"in {month.en} {year}", f"im {month.de} {year}")
        count = self.dice.one(_SMALL_NUMBERS)
        return Phrase(f"{count.en} days ago", f"vor {count.de} Tagen")

    def date(self) -> Phrase:
        """ "on 3 May 2019"."""
        day, month, year = 1 + self.dice.below(28), self.dice.one(MONTHS), self._year()
        return Phrase(f"on {day} {month.en} {year}", f"am {day}. {month.de} {year}")

    def _year(self) -> int:
        return 1990 + self.dice.below(35)

    def weekday(self) -> Phrase:
        day = self.dice.one(WEEKDAYS)
        return Phrase(f"on {day.en}", f"am {day.de}")

    def _clock(self) -> Phrase:
        clock = self.clock()
        return Phrase(f"at {clock}", f"um {clock} Uhr")

    def clock(self) -> str:
        """ "10:30": full and half hours and quarters, in the daytime."""
        return f"{7 + self.dice.below(15)}:{self.dice.one(('00', '15', '30', '45'))}"
