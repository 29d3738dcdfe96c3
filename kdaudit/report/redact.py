"""Examples without the strings that may tell of a person; opens no file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kdaudit.personal import Finder
from kdaudit.report.content import Example


def redacted(example: Example, masking: Finder) -> Example:
    """The example with `⟨kind⟩` in the place of each string that `masking` finds in its texts.

    Evidence that is the beginning of the source remains one, so that it can be marked.
    """

    def masked(value: Any) -> Any:
        return masking.masked(value) if isinstance(value, str) else value

    source, prefix = example.source.strip(), example.evidence.strip()
    starts = bool(prefix) and source.startswith(prefix)
    return replace(
        example,
        source=masked(example.source),
        target=masked(example.target),
        translation=masked(example.translation),
        evidence=masking.masked(source, len(prefix)) if starts else masked(example.evidence),
        relayed=masked(example.relayed),
        features={name: masked(value) for name, value in example.features.items()},
        translations={model: masked(text) for model, text in example.translations.items()},
    )
