"""Sources of another domain than the embedded corpus: machines, and who mends them; opens no file.

English sentences alone, for a split without targets. No noun, verb or adjective
is one of the lexicon, no construction one of `Grammar` or of the planted cases:
what a model translates here, it has not learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kdaudit.corpus.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Regular words: every form follows from the one that is given.
PEOPLE = _words("astronomer chemist diver geologist pilot plumber sailor surgeon technician welder")
MACHINES = _words(
    "compressor crane generator locomotive pump reactor robot satellite submarine telescope "
    "tractor turbine"
)
PARTS = _words("antenna bearing cable filter gasket nozzle piston propeller rotor sensor valve")
PLACES = _words("dockyard hangar laboratory quarry refinery warehouse")
WORK = _words("adjust calibrate disconnect dismantle inspect install lubricate replace weld")
FAULTS = _words("collapse explode leak overheat rattle rust stall vibrate")
NUMBERS = _words("seven nine eleven thirteen eighteen")
# Positive, comparative, superlative.
QUALITIES = (
    ("complicated", "more complicated", "most complicated"),
    ("fragile", "more fragile", "most fragile"),
    ("hot", "hotter", "hottest"),
    ("loud", "louder", "loudest"),
    ("powerful", "more powerful", "most powerful"),
    ("reliable", "more reliable", "most reliable"),
    ("rusty", "rustier", "rustiest"),
    ("thin", "thinner", "thinnest"),
)


class OutOfDomain:
    """All constructions, each a method; every draw comes from `dice`."""

    def __init__(self, dice: Dice):
        self.dice = dice
        self._constructions: tuple[Callable[[], str], ...] = (
            *(self.instruction, self.passive, self.tag_question, self.proportion, self.neither),
            *(self.cleft, self.counterfactual, self.participle, self.not_only, self.exclamation),
            *(self.gerund, self.unless, self.superlative, self.whose, self.result),
        )

    def sentence(self) -> str:
        """One sentence, with a capital letter and a full stop, question or exclamation mark."""
        english = self.dice.one(self._constructions)()
        return english[0].upper() + english[1:]

    def instruction(self) -> str:
        """ "Please weld the rotor instead of replacing the thin cable!"."""
        adverb = self.dice.one(("never", "always", "please"))
        verb, other = self.dice.some(WORK, 2)
        return f"{adverb} {verb} {self._the(PARTS)} instead of {_ing(other)} {self._the(PARTS)}!"

    def passive(self) -> str:
        """ "The rusty gaskets were dismantled by nine plumbers"."""
        people = f"{self.dice.one(NUMBERS)} {self.dice.one(PEOPLE)}s"
        return f"{self._the(PARTS)}s were {_past(self.dice.one(WORK))} by {people}."

    def tag_question(self) -> str:
        """ "The loud turbine rattled, didn't it?"."""
        return f"{self._the(MACHINES)} {_past(self.dice.one(FAULTS))}, didn't it?"

    def proportion(self) -> str:
        """ "The hotter the reactor, the louder the pump"."""
        (_, more, _), (_, even_more, _) = self.dice.some(QUALITIES, 2)
        one, other = self.dice.some(MACHINES, 2)
        return f"the {more} the {one}, the {even_more} the {other}."

    def neither(self) -> str:
        """ "Neither the welder nor the diver inspected the antenna"."""
        one, other = self.dice.some(PEOPLE, 2)
        return f"neither the {one} nor the {other} {_past(self.dice.one(WORK))} {self._the(PARTS)}."

    def cleft(self) -> str:
        """ "It was the loud rotor that the sailor replaced"."""
        who, work = self.dice.one(PEOPLE), _past(self.dice.one(WORK))
        return f"it was {self._the(PARTS)} that the {who} {work}."

    def counterfactual(self) -> str:
        """ "Had the technician replaced the gasket, the pump would not have leaked"."""
        work, fault = _past(self.dice.one(WORK)), _past(self.dice.one(FAULTS))
        return (
            f"had the {self.dice.one(PEOPLE)} {work} the {self.dice.one(PARTS)}, "
            f"the {self.dice.one(MACHINES)} would not have {fault}."
        )

    def participle(self) -> str:
        """ "Having dismantled the rotor, the sailor calibrated the sensor"."""
        one, other = self.dice.some(PARTS, 2)
        first, then = (_past(verb) for verb in self.dice.some(WORK, 2))
        return f"having {first} the {one}, the {self.dice.one(PEOPLE)} {then} the {other}."

    def not_only(self) -> str:
        """ "The crane not only rattled but also overheated"."""
        one, other = (_past(verb) for verb in self.dice.some(FAULTS, 2))
        return f"{self._the(MACHINES)} not only {one} but also {other}."

    def exclamation(self) -> str:
        """ "What a fragile telescope the astronomer installed!"."""
        quality, what = self.dice.one(QUALITIES)[0], self.dice.one(MACHINES)
        return f"what a {quality} {what} the {self.dice.one(PEOPLE)} {_past(self.dice.one(WORK))}!"

    def gerund(self) -> str:
        """ "Calibrating the antenna took the technician nine hours"."""
        work, hours = _ing(self.dice.one(WORK)), self.dice.one(NUMBERS)
        return f"{work} {self._the(PARTS)} took the {self.dice.one(PEOPLE)} {hours} hours."

    def unless(self) -> str:
        """ "The generator will overheat unless somebody replaces the filter"."""
        fault, work = self.dice.one(FAULTS), self.dice.one(WORK)
        return f"{self._the(MACHINES)} will {fault} unless somebody {work}s {self._the(PARTS)}."

    def superlative(self) -> str:
        """ "The submarine is the most powerful of all machines in the dockyard"."""
        most, where = self.dice.one(QUALITIES)[2], self.dice.one(PLACES)
        return f"the {self.dice.one(MACHINES)} is the {most} of all machines in the {where}."

    def whose(self) -> str:
        """ "The astronomer whose telescope collapsed blamed the plumber"."""
        one, other = self.dice.some(PEOPLE, 2)
        fault = _past(self.dice.one(FAULTS))
        return f"the {one} whose {self.dice.one(MACHINES)} {fault} blamed the {other}."

    def result(self) -> str:
        """ "The pump was so loud that the pilot disconnected the cable"."""
        quality, work = self.dice.one(QUALITIES)[0], _past(self.dice.one(WORK))
        return (
            f"the {self.dice.one(MACHINES)} was so {quality} that the {self.dice.one(PEOPLE)} "
            f"{work} the {self.dice.one(PARTS)}."
        )

    def _the(self, nouns: Sequence[str]) -> str:
        """One of the nouns, half of the time with a quality."""
        quality = f"{self.dice.one(QUALITIES)[0]} " if self.dice.chance(50) else ""
        return f"the {quality}{self.dice.one(nouns)}"


def _past(verb: str) -> str:
    """Past and participle."""
    return verb.removesuffix("e") + "ed"


def _ing(verb: str) -> str:
    """Gerund."""
    return verb.removesuffix("e") + "ing"
