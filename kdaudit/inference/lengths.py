"""Sources that are longer than a model takes: cut and told, or refused; opens no file."""

from __future__ import annotations

from collections.abc import Sequence

from kdaudit.errors import InputError
from kdaudit.inference.settings import InferenceSettings
from kdaudit.settings import shortened


def too_long(
    texts: Sequence[str], pieces: Sequence[Sequence[str]], settings: InferenceSettings
) -> list[bool]:
    """Which sources, given as texts and as pieces, have more pieces than `max_source_pieces`.

    InputError for the first of them where `long_sources` is `refuse`.
    """
    most = settings.max_source_pieces
    found = [len(row) > most for row in pieces]
    if settings.long_sources == "refuse" and any(found):
        first = found.index(True)
        raise InputError(
            f"a source of {len(pieces[first]):,} subwords is longer than the {most:,} that are "
            "taken (inference.max_source_pieces), and inference.long_sources is 'refuse': "
            f"{shortened(texts[first])}"
        )
    return found
