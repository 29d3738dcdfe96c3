"""Which source yields which target, decoded greedily and no further than needed; opens no file.

A decoding is stopped as soon as none of its targets can come of it any more. The
verdicts are those of decoding everything in full: docs/design.md says why.
"""

from __future__ import annotations

import ctypes
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

END = "</s>"
"""The engine's end of sentence."""

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_PATIENCE = 10.0
_THREAD = threading.local()


class Tokenizer(Protocol):
    """Text to pieces and back."""

    def encode(self, texts: Sequence[str]) -> list[list[str]]: ...

    def decode(self, pieces: Sequence[Sequence[str]]) -> list[str]: ...


@dataclass
class Counts:
    """How many sources had no pieces, and how many were cut at the most that the model takes."""

    empty: int = 0
    cut: int = 0


@dataclass(frozen=True)
class Target:
    """A text without outer white space, and its own pieces, end of sentence included."""

    text: str
    pieces: tuple[str, ...]


def targets_of(texts: Iterable[str], tokenizer: Tokenizer) -> dict[str, Target]:
    """The target that each text stands for."""
    distinct = list(dict.fromkeys(texts))
    stripped = [text.strip() for text in distinct]
    pieces = tokenizer.encode(stripped)
    return {
        text: Target(short, (*own, END))
        for text, short, own in zip(distinct, stripped, pieces, strict=True)
    }


def text_so_far(pieces: Sequence[str], tokenizer: Tokenizer) -> str:
    """What the text of any pieces that begin with these begins with, once it is stripped.

    Byte pieces at the end are left out: together with those that follow they may be
    another character than they are now.
    """
    last = len(pieces)
    while last and _BYTE.fullmatch(pieces[last - 1]):
        last -= 1
    return tokenizer.decode([pieces[:last]])[0].lstrip()


def may_become(text: str, target: str) -> bool:
    """Whether a text that begins with `text` can be `target` once it is stripped at its end."""
    return target.startswith(text) or text.rstrip() == target


class Watch:
    """The engine's callback: told of each new piece, it says whether a decoding can stop.

    `targets`: those of each row of the batch. `remaining` has those that have not been
    left yet; for a row that was never stopped, its whole text decides. `given`: how many
    pieces lead every decoding, such as a language's, and belong to no text.
    """

    def __init__(self, targets: Sequence[Sequence[Target]], tokenizer: Tokenizer, given: int = 0):
        self._tokenizer = tokenizer
        self._given = given
        self._spelled = [list(row) for row in targets]
        self._respelled: dict[int, list[Target]] = {}
        # The pieces of a row's only target, which need no second look as long as they are met.
        self._only = [row[0].pieces if len(row) == 1 else None for row in targets]
        self._pieces: list[list[str]] = [[] for _ in targets]
        self._fault: Exception | None = None

    def __call__(self, result: Any) -> bool:
        if not hasattr(_THREAD, "kept"):
            _keep_thread_state()
        try:
            row, step, piece = result.batch_id, result.step - self._given, result.token
            if step < 0:
                return False
            only = self._only[row]
            if only is not None:
                if only[step] == piece:
                    return False
                self._only[row], self._pieces[row] = None, list(only[:step])
            return self._leaves(row, step, piece)
        except Exception as fault:
            # A fault that went through the engine would be let go of by the engine's thread, with
            # all that its traceback holds; the engine is held by it, and would have to wait for
            # that very thread.
            self._fault = fault
            return True

    def _leaves(self, row: int, step: int, piece: str) -> bool:
        self._pieces[row].append(piece)
        spelled = self._spelled[row]
        kept = [target for target in spelled if target.pieces[step] == piece]
        left = [target for target in spelled if target.pieces[step] != piece]
        left += self._respelled.get(row, [])
        self._spelled[row] = kept
        if left and piece != END:
            text = text_so_far(self._pieces[row], self._tokenizer)
            left = [target for target in left if may_become(text, target.text)]
        if left or row in self._respelled:
            self._respelled[row] = left
        return not kept and not left

    def check(self) -> None:
        """Raise what went wrong while the engine called back."""
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault

    def remaining(self, row: int) -> list[Target]:
        """The targets that a row's decoding has not left."""
        return self._spelled[row] + self._respelled.get(row, [])


Decode = Callable[[list[list[str]], Watch], Sequence[Sequence[str]]]
"""Greedy decoding of sources in pieces, watched: the pieces that each came to."""


class Questions:
    """Pairs of a source and a target, each source once, with all its targets."""

    def __init__(self, pairs: Sequence[tuple[str, str]], tokenizer: Tokenizer, given: int = 0):
        self._pairs = pairs
        self._tokenizer = tokenizer
        self._given = given
        found = targets_of((target for _, target in pairs), tokenizer)
        self._targets: dict[str, dict[str, Target]] = {}
        for source, target in pairs:
            self._targets.setdefault(source, {})[target] = found[target]
        self.sources = list(self._targets)

    def answers(self, pieces: Sequence[list[str]], decode: Decode) -> list[bool]:
        """Whether each pair's source yields its target; `pieces` are those of `sources`.

        A source without pieces is not decoded: it yields the empty text. `decode` gives back
        the pieces of texts, without those that lead every decoding.
        """
        rows = [row for row, own in enumerate(pieces) if own]
        targets = [[*self._targets[self.sources[row]].values()] for row in rows]
        watch = Watch(targets, self._tokenizer, self._given)
        decoded = decode([pieces[row] for row in rows], watch)
        watch.check()
        alive = [place for place in range(len(rows)) if watch.remaining(place)]
        texts = self._tokenizer.decode([decoded[place] for place in alive])
        yielded: dict[str, str | None] = dict.fromkeys(self.sources, "")
        yielded |= {self.sources[row]: None for row in rows}
        for place, text in zip(alive, texts, strict=True):
            yielded[self.sources[rows[place]]] = text.strip()
        held = weakref.ref(watch)
        del watch
        _wait_for_release(held)
        return [yielded[source] == target.strip() for source, target in self._pairs]


def _keep_thread_state() -> None:
    """Let a thread of the engine keep the Python state that it calls back with.

    The binding makes one for each call and removes it after, which maps memory and takes
    several times as long as the call itself. It leaves alone what somebody else holds, and
    this hold is never given up: the state goes with the process.
    """
    ctypes.pythonapi.PyGILState_Ensure()
    _THREAD.kept = True


def _wait_for_release(watch: weakref.ref[Watch]) -> None:
    """Wait until the engine's threads have let go of a callback, after the results are there.

    They take Python's lock to do so, and a process that ends before that is aborted.
    """
    deadline = time.monotonic() + _PATIENCE
    while watch() is not None and time.monotonic() < deadline:
        time.sleep(0.0005)
