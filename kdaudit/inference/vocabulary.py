"""Whether a model's vocabulary is that of the subwords it is used with; reads vocabularies."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from kdaudit.errors import ArtifactError, first_line

CONTROL = {"<s>", "</s>", "<blank>", "<unk>"}
"""What a converted model's vocabulary has beside the pieces of text."""

STRANGE = 0.05
"""The share of a dictionary's entries that may be no pieces of the subwords."""

_FILLED = re.compile(r"madeupword\d+")


def check_dictionary(
    path: Path, entries: Iterable[str], subwords: Path, pieces: Collection[str]
) -> None:
    """ArtifactError where a dictionary was not made of texts in these subwords' pieces.

    A dictionary that fairseq made of a text lacks rare pieces, has characters that the
    subwords do not know, and words that are there to fill it up.
    """
    theirs = [entry for entry in entries if not _FILLED.fullmatch(entry)]
    strange = [entry for entry in theirs if entry not in pieces]
    if len(strange) > STRANGE * len(theirs) or not theirs:
        example = f", such as '{strange[0]}'" if strange else ""
        raise ArtifactError(
            f"{path}: is not of the subwords {subwords}: {len(strange)} of its {len(theirs)} "
            f"entries are no pieces of them{example}"
        )


def check_vocabulary(model: Path, subwords: Path, pieces: Iterable[str]) -> None:
    """ArtifactError where a converted model does not know just the `pieces` of a subword model.

    The engine would take pieces that it does not know for unknown words, and say nothing.
    """
    ours = set(pieces)
    for path in sorted(model.glob("*_vocabulary.json")):
        theirs = set(_vocabulary(path)) - CONTROL
        if ours != theirs:
            example = min(ours ^ theirs)
            raise ArtifactError(
                f"{model}: its vocabulary is not that of {subwords}: {len(ours - theirs)} pieces "
                f"are unknown to the model and {len(theirs - ours)} to the subwords (such as "
                f"'{example}'); it was trained on another corpus"
            )


def _vocabulary(path: Path) -> list[str]:
    try:
        found: list[str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path}: is no vocabulary: {first_line(error)}") from error
    return found
