"""Runs every command of docs/guide.md, in its order, in a folder of its own.

    python -m tests.guide [--from HEADING]

A block of `sh` is run by bash and must end with 0. Comments before a block say more:

    <!-- guide: save as FILE -->        the block is written to FILE
    <!-- guide: replace OLD by NEW -->  in it, so that it takes less time
    <!-- guide: first COMMAND -->       run before it: what a reader has and this folder has not
    <!-- guide: then COMMAND -->        run after it: what a reader sees then must be there
    <!-- guide: after HEADING -->       run after the blocks under that later heading
    <!-- guide: ends with N -->         its exit code
    <!-- guide: not run: REASON -->

Input that the guide supposes (`corpus/train.en.gz`, say) is made first, out of the embedded
corpus. Everything is in one folder under the temporary one, so that with `--from` a run that was
stopped goes on at a heading.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdaudit.corpus import generate
from tests import tiny_models

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide.md"
FOLDER = Path(tempfile.gettempdir()) / "kdaudit-guide"

SIZES = {"train": 4000, "valid": 100, "test": 100}
"""Pairs of the embedded corpus in place of a reader's own."""

PLUG_IN = {
    "METADATA": "Metadata-Version: 2.1\nName: kdaudit-kept-words\nVersion: 0.1.0\n",
    "entry_points.txt": "[kdaudit.detectors]\nkept_words = kdaudit_kept_words:KeptWords\n",
}

_NOTE = re.compile(r"<!-- guide: (.+) -->")
_FENCE = re.compile(r"```(\w*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its heading, its line, its language, and what comments say of it."""

    heading: str
    line: int
    language: str
    notes: tuple[str, ...]
    text: str

    def said(self, what: str) -> list[str]:
        """What follows these words in the comments."""
        return [note.removeprefix(what).strip() for note in self.notes if note.startswith(what)]

    @property
    def content(self) -> str:
        """The text, with replacements."""
        text = self.text
        for old, _, new in (one.partition(" by ") for one in self.said("replace ")):
            assert old in text, f"guide.md:{self.line}: there is no '{old}'"
            text = text.replace(old, new)
        return text


def blocks(guide: str) -> list[Block]:
    """The fenced blocks of the guide; those that run after a later heading stand there."""
    found: list[Block] = []
    heading, language, started = "", "", 0
    notes: list[str] = []
    inside: list[str] | None = None
    for number, line in enumerate(guide.splitlines(), 1):
        if inside is not None:
            if line == "```":
                text = "\n".join(inside) + "\n"
                found.append(Block(heading, started, language, tuple(notes), text))
                inside, notes = None, []
            else:
                inside.append(line)
        elif match := _FENCE.fullmatch(line):
            inside, started, language = [], number, match.group(1)
        elif match := _NOTE.fullmatch(line):
            notes.append(match.group(1))
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return in_order(found)


def in_order(found: list[Block]) -> list[Block]:
    """The blocks in the order in which they are run."""
    later: dict[str, list[Block]] = {}
    for block in found:
        for heading in block.said("after "):
            later.setdefault(heading, []).append(block)
    placed = [block for block in found if not block.said("after ")]
    for heading, waiting in later.items():
        under = [place for place, block in enumerate(placed) if block.heading == heading]
        assert under, f"guide.md: no block stands under '{heading}'"
        placed[under[-1] + 1 : under[-1] + 1] = waiting
    return placed


def prepare(folder: Path) -> None:
    """The input that the guide supposes."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for name, size in SIZES.items():
        pairs = generate(size, rng)
        for language, lines in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
            text = "".join(f"{line}\n" for line in lines)
            for place in (corpus, folder):
                (place / f"{name}.{language}").write_text(text, encoding="utf-8")
            with gzip.open(corpus / f"{name}.{language}.gz", "wt", encoding="utf-8") as file:
                file.write(text)
        tsv = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (corpus / f"{name}.tsv").write_text(tsv, encoding="utf-8")
    installed = folder / "kdaudit_kept_words-0.1.0.dist-info"  # as pip leaves it
    installed.mkdir(exist_ok=True)
    for name, text in PLUG_IN.items():
        (installed / name).write_text(text, encoding="utf-8")
    if not (folder / "opus").exists():  # a Marian model, with random weights
        parts = folder / "opus-parts"
        shutil.rmtree(parts, ignore_errors=True)
        tiny_models.marian(tiny_models.hugging_face("marian", parts), folder / "opus")
    for name in ("data", "recipes"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)


def run(block: Block, folder: Path) -> None:
    """Run a block of commands; SystemExit where it does not end as it is to."""
    wanted = int("".join(block.said("ends with ")) or 0)
    binaries = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "CORPORA": str(folder / "corpus"),
        # The plug-in, and this checkout wherever the installed one lies.
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    commands = "\n".join([*block.said("first "), block.content, *block.said("then ")])
    started = time.monotonic()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took = time.monotonic() - started
    print(f"guide.md:{block.line}: exit {done.returncode} in {took:.0f} s", flush=True)
    if done.returncode != wanted:
        sys.exit(f"{commands}{done.stdout}\nguide.md:{block.line}: expected exit {wanted}")


def main() -> None:
    """Run the guide."""
    parser = argparse.ArgumentParser(prog="python -m tests.guide", description=__doc__)
    parser.add_argument("--from", dest="first", metavar="HEADING", help="start at this heading")
    first = parser.parse_args().first
    every = blocks(GUIDE.read_text(encoding="utf-8"))
    if first is not None and first not in {block.heading for block in every}:
        parser.error(f"no block stands under a heading '{first}'")
    prepare(FOLDER)
    for block in every:
        for name in block.said("save as "):
            (FOLDER / name).write_text(block.content, encoding="utf-8")
    started, ran = first is None, 0
    for block in every:
        started = started or block.heading == first
        if block.language == "sh" and started:
            if reasons := block.said("not run: "):
                print(f"guide.md:{block.line}: not run: {reasons[0]}")
            else:
                run(block, FOLDER)
                ran += 1
    print(f"{ran} blocks of commands ran in {FOLDER}")


if __name__ == "__main__":
    main()
