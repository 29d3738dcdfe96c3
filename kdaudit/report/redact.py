"""A report without the strings that may tell of a person; opens no file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from kdaudit.comparison import Comparison
from kdaudit.comparison.capped import KEY as CAPPED
from kdaudit.comparison.tables import TITLES
from kdaudit.errors import RecipeError
from kdaudit.personal import Finder, letters_of
from kdaudit.report.content import Example

_WORD_OR_MASK = re.compile(r"⟨[\w-]+⟩|(?P<word>\w+)")


def _long(word: str) -> bool:
    return len(word) > 1


def _digits(word: str) -> bool:
    return len(word) > 2 and word.isdecimal()


def redacted(example: Example, masking: Finder) -> Example:
    """The example with `⟨kind⟩` in the place of each string that `masking` finds in its texts.

    Evidence that is the beginning of the source remains one, so that it can be marked. RecipeError
    names the segment on which a user's pattern takes too long.
    """
    try:
        return _redacted(example, masking)
    except RecipeError as error:
        raise RecipeError(f"{example.split}, id {example.id}: {error}") from error


def _redacted(example: Example, masking: Finder) -> Example:
    texts = [example.source, example.target, example.translation, example.relayed]
    texts += example.translations.values()
    found = [one for text in texts if text for one in masking.letters(text)]

    def masked(value: Any) -> Any:
        # A number that one text has in its form may stand in another one without its first digits.
        return _without_parts(masking.masked(value), found, _digits) if value else value

    def derived(value: Any) -> Any:
        is_text = isinstance(value, str)
        return _without_parts(masking.masked(value), found, _long) if is_text else value

    source, prefix = example.source.strip(), example.evidence.strip()
    starts = bool(prefix) and source.startswith(prefix)
    return replace(
        example,
        source=masked(example.source),
        target=masked(example.target),
        translation=masked(example.translation),
        evidence=_without_parts(masking.masked(source, len(prefix)), found, _digits)
        if starts
        else derived(example.evidence),
        relayed=masked(example.relayed),
        features={name: derived(value) for name, value in example.features.items()},
        translations={model: masked(text) for model, text in example.translations.items()},
    )


def _without_parts(
    text: str, found: Sequence[tuple[str, str]], words: Callable[[str], bool]
) -> str:
    """A text without those of its `words` that are parts of a string that is masked in a text.

    What a detector shows need not be a text's own form: numbers one by one, a word pair.
    """

    def shown(match: re.Match[str]) -> str:
        part = letters_of(match.group())
        kinds = (kind for kind, letters in found if words(part) and part in letters)
        return next((f"⟨{kind}⟩" for kind in kinds), match.group())

    return _WORD_OR_MASK.sub(lambda one: shown(one) if one["word"] else one.group(), text)


class SubgroupNames:
    """Names of subgroups, masked: each shown in one way wherever it stands in a report.

    `schemes`: those whose names are a user's text. Others are this project's words, which a user's
    pattern may fit by chance. Two names that are alike when masked are told apart by a number.
    """

    def __init__(self, masking: Finder, schemes: Collection[str]):
        self._masking, self._schemes = masking, schemes
        self._shown: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()

    def shown(self, scheme: str, name: str) -> str:
        """The name as it is shown."""
        place = scheme, name
        if scheme not in self._schemes or place in TITLES:
            return name
        if place not in self._shown:
            masked = self._masking.masked(name)
            numbered = (f"{masked} ({number})" for number in count(2))
            free = next(
                one for one in chain([masked], numbered) if (scheme, one) not in self._taken
            )
            self._taken.add((scheme, free))
            self._shown[place] = free
        return self._shown[place]

    def example(self, example: Example) -> Example:
        """The example with its subgroups as they are shown."""
        names = {scheme: self.shown(scheme, name) for scheme, name in example.subgroups.items()}
        return replace(example, subgroups=names)

    def comparison(self, found: Comparison) -> Comparison:
        """The comparison, and what stands beside its numbers, with its subgroups so."""
        about = dict(found.about)
        for key in ("inheritance", "denoising"):
            if key in about:
                about[key] = [self._row(row) for row in about[key]]
        if CAPPED in about:
            about[CAPPED] = {
                split: {
                    scheme: {self.shown(scheme, name): of for name, of in subgroups.items()}
                    for scheme, subgroups in schemes.items()
                }
                for split, schemes in about[CAPPED].items()
            }
        return replace(
            found,
            measurements=[
                replace(one, subgroup=self.shown(one.scheme, one.subgroup))
                for one in found.measurements
            ],
            contrasts=[
                replace(one, subgroup=self.shown(one.scheme, one.subgroup))
                for one in found.contrasts
            ],
            about=about,
        )

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "subgroup": self.shown(row["scheme"], row["subgroup"])}
