"""How many positions a converted model has for a source and for a target, and what fits in.

Reads the directory of a CTranslate2 model: names and shapes in `model.bin`, no weights. A model
without a table of positions (relative ones, or sinusoids that the engine makes) has no limit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kdaudit.errors import InputError, first_line
from kdaudit.inference.pieces import Frame
from kdaudit.inference.settings import InferenceSettings

_TABLES = ("encoder/position_encodings/encodings", "decoder/position_encodings/encodings")
_VERSIONS = range(4, 7)
"""Of the format: those whose headers are as they are read here."""

Positions = tuple[int | None, int | None]


@dataclass(frozen=True)
class Room:
    """The most pieces of a source and of a target that a model has positions for, with all that
    stands around them; None without a limit."""

    source: int | None
    target: int | None

    @classmethod
    def of(cls, found: Positions, frame: Frame) -> Room:
        """The room that so many positions leave, one piece at least."""
        source, target = found
        around = len(frame.source_before) + max(len(frame.source_after), 1)  # or the engine's end
        before = 1 + len(frame.target_before)  # what the decoder starts with
        return cls(
            None if source is None else max(source - around, 1),
            None if target is None else max(target - before, 1),
        )

    def source_pieces(self, most: int) -> int:
        """How many of `most` pieces of a source fit in."""
        return most if self.source is None else min(most, self.source)

    def target_pieces(self, most: int) -> int:
        """How many of `most` pieces of a target fit in."""
        return most if self.target is None else min(most, self.target)

    @contextmanager
    def watched(self, settings: InferenceSettings) -> Iterator[None]:
        """Say in our words that a text is longer than the model has positions for."""
        try:
            yield
        except RuntimeError as error:
            if "position" not in str(error):
                raise InputError(f"the engine cannot run it: {first_line(error)}") from error
            raise InputError(
                f"a text is longer than the model takes ({first_line(error)}): "
                f"{self._remedy(settings)}"
            ) from error

    def _remedy(self, settings: InferenceSettings) -> str:
        """The settings that keep texts within the positions: of the side whose setting allows
        more, of both where it is not known which."""
        sides = (
            ("source", "sources", self.source, settings.max_source_pieces),
            ("target", "translations", self.target, settings.max_target_pieces),
        )
        too_long = [side for side in sides if side[2] is not None and side[2] < side[3]]
        return "; ".join(
            f"inference.max_{side}_pieces (--max-{side}-pieces)"
            f"{'' if most is None else f' of at most {most}'} cuts longer {texts}"
            for side, texts, most, _ in too_long or sides
        )


def positions(folder: Path) -> Positions:
    """Those of the longest source and target, all that stands around them included; None for a
    side without a limit, or whose limit is not known.

    InputError where `model.bin` is not whole.
    """
    path = folder / "model.bin"
    try:
        with path.open("rb") as file:
            rows = _rows(file)
    except (struct.error, UnicodeDecodeError) as error:
        raise InputError("is no model of CTranslate2, or not all of it", path=path) from error
    source, target = (rows.get(name) for name in _TABLES)
    return source, target


def _rows(file: BinaryIO) -> dict[str, int]:
    """The rows of every variable that has any, by its name; equal ones are stored once."""
    if _number(file, "I") not in _VERSIONS:
        return {}
    _text(file)  # what kind of model it is
    _number(file, "I")  # the revision of that kind
    rows: dict[str, int] = {}
    for _ in range(_number(file, "I")):
        name = _text(file)
        shape = [_number(file, "I") for _ in range(_number(file, "B"))]
        _number(file, "B")  # its type
        file.seek(_number(file, "I"), 1)
        if shape:
            rows[name] = shape[0]
    for _ in range(_number(file, "I")):
        name, same = _text(file), _text(file)
        if same in rows:
            rows[name] = rows[same]
    return rows


def _number(file: BinaryIO, kind: str) -> int:
    found: int = struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]
    return found


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode("utf-8")
