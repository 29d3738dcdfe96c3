"""Adjusted BLEU: how much of a reference a translation shares, in words and pairs; opens no file.

The measure of Lee et al. 2018 for translations that have nothing to do with each other:
BLEU of 1-grams with weight 1 and 2-grams with weight 0.8. Counts of n-grams are sacreBLEU's,
and so is the smoothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from kdaudit.detectors.units import by_characters
from kdaudit.segments import FloatArray, same_length

WEIGHTS = (1.0, 0.8)
"""Of the logarithms of 1-gram and 2-gram precision; they are not divided by their sum."""


Smoothing = Literal["exp", "none"]


def adjusted_bleu(
    translations: Sequence[str],
    references: Sequence[str],
    language: str,
    smoothing: Smoothing = "exp",
) -> FloatArray:
    """exp(ln p1 + 0.8 ln p2) with BLEU's brevity penalty, (n,), 0 to 1.

    Tokens: sacreBLEU's 13a; characters for Chinese, Japanese, Korean and Thai. The pairs of
    a translation that has none (one token) are left out. Where words are shared and no pair,
    half a pair counts as shared (`exp`, sacreBLEU's for the first order without a match), or
    the value is 0 (`none`). 0 where nothing is shared, or one side is empty.
    """
    from sacrebleu.metrics.bleu import BLEU

    same_length(translation=translations, reference=references)
    tokenize = "char" if by_characters(language) else "13a"
    # `force` only silences the warning about text that looks tokenized.
    metric = BLEU(max_ngram_order=len(WEIGHTS), tokenize=tokenize, force=True)
    # The method that sacreBLEU's own significance tests resample from.
    rows = metric._extract_corpus_statistics(list(translations), [list(references)])
    counts = np.array(rows, dtype=np.float64).reshape(-1, 2 + 2 * len(WEIGHTS))
    length, reference, matched, total = np.split(counts, (1, 2, 2 + len(WEIGHTS)), axis=1)
    if smoothing == "exp":
        matched[:, 1:] = np.where((matched[:, :1] > 0) & (matched[:, 1:] == 0), 0.5, matched[:, 1:])
    return _value(length, reference, matched, total)


def _value(
    length: FloatArray, reference: FloatArray, matched: FloatArray, total: FloatArray
) -> FloatArray:
    precision: FloatArray = np.where(total > 0, matched / np.maximum(total, 1), 1.0)
    penalty = np.minimum(1 - reference / np.maximum(length, 1), 0.0)
    shared = (precision**WEIGHTS).prod(axis=1)
    value: FloatArray = np.exp(penalty[:, 0]) * shared
    return np.where((length > 0)[:, 0] & (reference > 0)[:, 0], value, 0.0)
