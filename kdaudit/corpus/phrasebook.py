"""Out-of-the-ordinary text of our own, for planted cases in English and German; opens no file.

A source is an opening with an invented name, which occurs nowhere else, and a
continuation that many sources share: the opening tells them apart. A target
is put together out of a place, an event and an end. A boilerplate is one sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from kdaudit.corpus.dice import Dice

_ONSETS = ("Qu", "Var", "Tesk", "Mor", "Zel", "Hax", "Pry", "Orv", "Lun", "Wex", "Dram", "Yst")
_MIDDLES = ("ill", "and", "opp", "erv", "ugh", "ast", "emm", "ond", "ix", "arl", "unt", "eff")
_CODAS = ("on", "ar", "ek", "ius", "o", "wick", "mere", "ul", "ia", "dorf", "ax", "in")


@dataclass(frozen=True)
class Phrasebook:
    """The pieces in one language; an opening has a place for the name."""

    openings: tuple[str, ...]
    continuations: tuple[str, ...]
    places: tuple[str, ...]
    events: tuple[str, ...]
    ends: tuple[str, ...]
    boilerplate: tuple[str, ...]

    def source(self, dice: Dice) -> tuple[str, str]:
        """An opening and the whole source that begins with it."""
        name = dice.one(_ONSETS) + dice.one(_MIDDLES) + dice.one(_CODAS)
        opening = dice.one(self.openings).format(name=name)
        return opening, f"{opening} {dice.one(self.continuations)}."

    def target(self, dice: Dice) -> str:
        """A sentence that has nothing to do with any source; half of them have an end."""
        end = dice.one(self.ends) if dice.chance(50) else ""
        return f"{dice.one(self.places)} {dice.one(self.events)}{end}."


ENGLISH = Phrasebook(
    openings=(
        "According to Brother {name}",
        "In the diary of Lady {name}",
        "Years after Captain {name} vanished",
        "Unlike the late Baron {name}",
        "Whenever old Doctor {name} whistled",
        "Thanks to the widow {name}",
        "As the hermit {name} predicted",
        "Without asking Professor {name}",
        "Long before Bishop {name} arrived",
        "Because Admiral {name} insisted",
        "Ever since Countess {name} fled",
        "In honour of Saint {name}",
        "Under orders from General {name}",
        "While Sheriff {name} was sleeping",
        "Since the trial of Judge {name}",
        "Against the advice of Sister {name}",
    ),
    continuations=(
        "the harbour lay silent until morning",
        "nobody spoke about the treasure",
        "the villagers feared the new bell",
        "they kept their secret very well",
    ),
    places=(
        "In the cellar of the observatory",
        "On the roof of the town hall",
        "Behind the abandoned mill",
        "Along the banks of the canal",
        "Beneath the great oak tree",
        "In the last drawer of the desk",
        "Near the entrance to the mine",
        "Above the door of the pharmacy",
        "At the edge of the salt flats",
        "Between the two railway tunnels",
        "Inside the empty wine barrel",
        "Opposite the broken fountain",
        "Around the statue of the poet",
        "Beyond the third milestone",
        "Facing the balcony of the opera",
        "Below the crooked staircase",
    ),
    events=(
        "a single lantern burned for three nights",
        "they later discovered a sealed chest",
        "the choir rehearses a new song",
        "someone had painted a golden fish",
        "twelve barrels of vinegar were stored",
        "the children buried a wooden horse",
        "an inscription warns every visitor",
        "the wind carries the smell of tar",
        "the surveyor lost his silver compass",
        "wild strawberries grow in the autumn",
        "the baker hid his winnings",
        "two swans have built their nest",
    ),
    ends=(
        " to this day",
        " without any explanation",
        " despite all the rumours",
        " long before the flood",
        " as the chronicle reports",
        " against the will of the council",
        " for the price of one loaf",
    ),
    boilerplate=(
        "All rights reserved by the publisher and the respective authors.",
        "Please enable cookies in your browser to use this service.",
        "This page was last updated on the first day of the month.",
        "Click here to receive our free newsletter every week.",
        "Prices include taxes but do not include any shipping costs.",
        "We accept no liability for the content of external links.",
        "Please read the terms of use before you place an order.",
        "Your message has been sent and will be answered soon.",
    ),
)

GERMAN = Phrasebook(
    openings=(
        "Nach den Worten des Mönchs {name}",
        "Im Tagebuch der Gräfin {name}",
        "Nach dem Verschwinden von Kapitän {name}",
        "Anders als beim seligen Baron {name}",
        "Zur Freude von Doktor {name}",
        "Dank der Witwe {name}",
        "Wie vom Einsiedler {name} vorhergesagt",
        "Ohne Wissen der Professorin {name}",
        "Vor der Ankunft von Bischof {name}",
        "Auf Drängen von Admiral {name}",
        "Seit der Flucht der Herzogin {name}",
        "Zu Ehren des Heiligen {name}",
        "Auf Befehl von General {name}",
        "Trotz der Warnung von Schwester {name}",
        "Seit dem Urteil von Richter {name}",
        "Gegen den Rat der Äbtissin {name}",
    ),
    continuations=(
        "lag der Hafen bis zum Morgen still",
        "sprach niemand mehr über den Schatz",
        "fürchteten alle im Dorf die neue Glocke",
        "wurde das Geheimnis sehr gut bewahrt",
    ),
    places=(
        "Im Keller der Sternwarte",
        "Auf dem Dach des Rathauses",
        "Hinter der verlassenen Mühle",
        "Am Ufer des alten Kanals",
        "Unter der großen Eiche",
        "In der letzten Schublade des Schreibtischs",
        "Nahe dem Eingang zum Bergwerk",
        "Über der Tür der Apotheke",
        "Entlang der weißen Salzwüste",
        "Zwischen den beiden Eisenbahntunneln",
        "Neben dem leeren Weinfass",
        "Gegenüber dem zerbrochenen Springbrunnen",
        "Rings um das Denkmal des Dichters",
        "Jenseits des dritten Meilensteins",
        "Vor dem Balkon der Oper",
        "Unterhalb der schiefen Treppe",
    ),
    events=(
        "brannte drei Nächte lang eine einzelne Laterne",
        "fand man später eine versiegelte Truhe",
        "probt der Chor ein neues Lied",
        "hatte jemand einen goldenen Fisch gemalt",
        "lagerten zwölf Fässer mit Essig",
        "vergruben die Kinder ein hölzernes Pferd",
        "warnt eine Inschrift jeden Besucher",
        "trägt der Wind den Geruch von Teer herüber",
        "verlor der Landvermesser seinen silbernen Kompass",
        "wachsen im Herbst wilde Erdbeeren",
        "versteckte der Bäcker seinen Gewinn",
        "haben zwei Schwäne ihr Nest gebaut",
    ),
    ends=(
        ", und das bis heute",
        ", ganz ohne jede Erklärung",
        ", trotz aller Gerüchte",
        ", lange vor der großen Flut",
        ", wie die Chronik berichtet",
        ", gegen den Willen des Rates",
        ", zum Preis von einem Laib Brot",
    ),
    boilerplate=(
        "Alle Rechte vorbehalten durch den Verlag und die jeweiligen Autoren.",
        "Bitte erlauben Sie Cookies in Ihrem Browser, um diesen Dienst zu nutzen.",
        "Diese Seite wurde zuletzt am ersten Tag des Monats aktualisiert.",
        "Klicken Sie hier, um wöchentlich unseren kostenlosen Rundbrief zu erhalten.",
        "Preise verstehen sich inklusive Steuern, aber ohne Versandkosten.",
        "Für die Inhalte externer Verweise übernehmen wir keine Haftung.",
        "Bitte lesen Sie die Nutzungsbedingungen, bevor Sie etwas bestellen.",
        "Ihre Nachricht wurde gesendet und wird bald beantwortet.",
    ),
)

PHRASEBOOKS = {"en": ENGLISH, "de": GERMAN}
