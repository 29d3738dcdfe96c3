"""What the package computes by arrays, once more: row by row, in plain Python."""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import pairwise

import pyarrow as pa

from kdaudit.detectors.tokenize import CJK_IDEOGRAPHS


def evidence(scored):
    """The evidence of what a detector has scored, as a list of texts."""
    texts = scored.evidence
    return texts.to_pylist() if isinstance(texts, pa.ChunkedArray) else list(texts)


def tokens(text):
    """BERT's basic tokenizer, character by character and token by token."""
    cleaned = []
    for character in text:
        category = unicodedata.category(character)
        if character in " \t\n\r" or category == "Zs":
            cleaned.append(" ")
        elif character in "\0\ufffd" or category in ("Cc", "Cf"):
            continue
        elif any(first <= ord(character) <= last for first, last in CJK_IDEOGRAPHS):
            cleaned += [" ", character, " "]
        else:
            cleaned.append(character)
    found = []
    for word in "".join(cleaned).split():
        pieces = [""]
        for character in unicodedata.normalize("NFD", word.lower()):
            category = unicodedata.category(character)
            ascii_sign = "!" <= character <= "~" and not character.isalnum()
            if category == "Mn":
                continue
            if ascii_sign or category.startswith("P"):
                pieces += [character, ""]
            else:
                pieces[-1] += character
        found += " ".join(pieces).split()
    return found


def top_bigram(text):
    """White-space words, tokens, and the first most frequent bigram with its count, if any."""
    split = tokens(text)
    ((bigram, count),) = Counter(pairwise(split)).most_common(1) or [((), 0)]
    return len(text.split()), len(split), " ".join(bigram), count


def replicated(targets, translations):
    """Rows whose target is not blank, and those that are matched."""
    eligible = [bool(target.strip()) for target in targets]
    match = [
        target.strip() == translation.strip()
        for target, translation in zip(targets, translations, strict=True)
    ]
    return eligible, [one and other for one, other in zip(eligible, match, strict=True)]


def sharing(sources, translations):
    """Rows (filled, first of its pair, distinct sources or None, least other source or '')."""
    pairs = [
        (source.strip(), translation.strip())
        for source, translation in zip(sources, translations, strict=True)
    ]
    groups = {}
    rows = []
    for source, translation in pairs:
        filled = bool(source and translation)
        group = groups.setdefault(translation, set()) if filled else set()
        rows.append((filled, filled and source not in group))
        group.add(source)
    found = []
    for (filled, first), (source, translation) in zip(rows, pairs, strict=True):
        group = groups[translation] if filled else set()
        others = sorted(group - {source})
        found.append((filled, first, len(group) if filled else None, others[0] if others else ""))
    return found


def character_grams(text, order):
    """The character n-grams of a text, lower-cased and without accents, a blank at either end."""
    kept = []
    for character in text.strip():
        split = tokens(f"a{character}b")
        if character.isspace() and split == ["a", "b"]:
            kept.append("\0")
        elif split == ["ab"]:
            continue
        else:
            kept.append(_folded(character, split))
    spaced = [c for at, c in enumerate(kept) if c != "\0" or (at and kept[at - 1] != "\0")]
    padded = ["\0", *spaced, "\0"]
    return ["".join(padded[at : at + order]) for at in range(len(padded) - order + 1)]


def _folded(character, split):
    """The one character that it becomes, or itself where it becomes several."""
    if character != "\N{GREEK CAPITAL LETTER SIGMA}":
        if len(split) == 1 and len(split[0]) == 3:
            return split[0][1]
        if len(split) == 3 and len(split[1]) == 1:
            return split[1]
    return character
