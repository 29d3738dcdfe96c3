"""Runs every command of docs/guide.md, in its order, in a folder of its own.

    python -m tests.guide [--from HEADING]

A block of `sh` is run by bash and must end with 0, unless a comment before it says otherwise:

    <!-- guide: save as FILE -->     the next block is written to FILE
    <!-- guide: fails with N -->     the next block must end with N
    <!-- guide: prints -->           the next block must be what the block of sh before it printed

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

_NOTE = re.compile(r"<!-- guide: (.+) -->")
_FENCE = re.compile(r"```(\w*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its heading, its line, its language, and what a comment says of it."""

    heading: str
    line: int
    language: str
    note: str
    text: str


def blocks(guide: str) -> list[Block]:
    """The fenced blocks of the guide, and the paragraphs that a comment is about."""
    found: list[Block] = []
    heading = note = language = ""
    inside: list[str] | None = None
    started = 0
    for number, line in enumerate(guide.splitlines(), 1):
        if inside is not None:
            if line == "```":
                found.append(Block(heading, started, language, note, "\n".join(inside) + "\n"))
                inside, note = None, ""
            else:
                inside.append(line)
        elif match := _FENCE.fullmatch(line):
            inside, started, language = [], number, match.group(1)
        elif match := _NOTE.fullmatch(line):
            note = match.group(1)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return found


def prepare(folder: Path) -> None:
    """The input that the guide supposes."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for name, size in (("train", 1500), ("valid", 100), ("test", 100)):
        pairs = generate(size, rng)
        sides = dict(zip(("en", "de"), zip(*pairs, strict=True), strict=True))
        for language, lines in sides.items():
            text = "".join(f"{line}\n" for line in lines)
            (corpus / f"{name}.{language}").write_text(text, encoding="utf-8")
            (folder / f"{name}.{language}").write_text(text, encoding="utf-8")
            with gzip.open(corpus / f"{name}.{language}.gz", "wt", encoding="utf-8") as file:
                file.write(text)
        tsv = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (corpus / f"{name}.tsv").write_text(tsv, encoding="utf-8")
    if not (folder / "opus").exists():  # a Marian model, with random weights
        parts = folder / "opus-parts"
        shutil.rmtree(parts, ignore_errors=True)
        tiny_models.marian(tiny_models.hugging_face("marian", parts), folder / "opus")
    for name in ("data", "recipes", "Makefile"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)


def run(block: Block, folder: Path) -> str:
    """Run a block of commands; what it printed. SystemExit where it does not end as it is to."""
    wanted = int(block.note.removeprefix("fails with ")) if "fails with" in block.note else 0
    binaries = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "CORPORA": str(folder / "corpus"),
        "PYTHONPATH": str(folder),
    }
    started = time.monotonic()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
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
        sys.exit(f"{block.text}{done.stdout}\nguide.md:{block.line}: expected exit {wanted}")
    return done.stdout


def main() -> None:
    """Run the guide."""
    parser = argparse.ArgumentParser(prog="python -m tests.guide", description=__doc__)
    parser.add_argument("--from", dest="first", metavar="HEADING", help="start at this heading")
    first = parser.parse_args().first
    every = blocks(GUIDE.read_text(encoding="utf-8"))
    if first is not None and first not in {block.heading for block in every}:
        parser.error(f"no block stands under a heading '{first}'")
    prepare(FOLDER)
    started = first is None
    printed, ran = "", 0
    for block in every:
        started = started or block.heading == first
        if block.note.startswith("save as "):
            (FOLDER / block.note.removeprefix("save as ")).write_text(block.text, encoding="utf-8")
        elif block.note == "prints" and started:
            if block.text.strip() not in printed:
                sys.exit(f"guide.md:{block.line}: not what was printed, which is:\n{printed}")
        elif block.language == "sh" and started:
            printed = run(block, FOLDER)
            ran += 1
    print(f"{ran} blocks of commands ran in {FOLDER}")


if __name__ == "__main__":
    main()
