"""What models of the published sizes train and translate a second on this machine.

    python -m benchmarks.throughputs [--runs FOLDER] [--output throughputs.json]

The architectures of `recipes/wmt20-en-de.yaml` (256, 512 and 1,024 wide, 6+6 layers, 32,000 joint
pieces) train for a few updates on sentences of made-up words, of which nothing is to be learned:
the tokens a second of a training do not depend on that. Lines a second are of CTranslate2 at the
inference settings, each translation held at the length of its reference, since a model that has
learned nothing never ends; prefixes a second are those of kdaudit's extraction where the first
piece gives the answer, as it does for most; scoring is kdaudit's. Prints Markdown; the output
is what `benchmarks.scale` reads, medians a second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from benchmarks.harness import describe_machine, spread
from benchmarks.models import RUNS_FOLDER
from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.inference import Translator
from kdaudit.inference.families import load_checkpoint
from kdaudit.processors import usable_processors
from kdaudit.recipe import dump, from_values, load_stored
from kdaudit.stages import prepare, train
from kdaudit.stages.base import Context

SIZES = {
    "small": {"width": 256, "feed_forward": 1024, "heads": 8},
    "base": {"width": 512, "feed_forward": 2048, "heads": 8},
    "big": {"width": 1024, "feed_forward": 4096, "heads": 16},
}
PIECES, WORDS, LINES, LENGTH = 32_000, 60_000, 60_000, 20
BATCH, UPDATES, UNCOUNTED = 2048, 6, 2
ROUNDS = 3
TRANSLATED = {"small": 192, "base": 96, "big": 32}
"""Lines of a round: so that one takes seconds, not minutes."""

LAYERS = 6

Speeds = dict[str, list[float]]
"""What is measured of a size, so many a second in each round."""


def table(found: Mapping[str, tuple[float, float, Speeds]]) -> str:
    """Markdown, of each size's parameters, pieces in a line, and speeds."""
    threads = usable_processors()
    rows = [
        f"6+6 layers, {PIECES:,} joint pieces, float32, {threads} threads; references of "
        f"{LENGTH} words, {ROUNDS} rounds.",
        "",
        "| size | parameters | target tokens a second, training | lines a second, greedy | "
        "beam 5 | forced | prefixes a second | pieces a line |",
        "| --- " * 8 + "|",
    ]
    for size, (parameters, pieces, speeds) in found.items():
        cells = [f"{parameters / 1e6:,.0f} million", *map(spread, speeds.values())]
        rows.append(f"| {size} | {' | '.join(cells)} | {pieces:.1f} |")
    return "\n".join([*rows, ""])


def medians(found: Mapping[str, tuple[float, float, Speeds]]) -> list[dict[str, float]]:
    """The speeds of each size beside what it is told by."""
    return [
        {
            **{name: SIZES[size][name] for name in ("width", "feed_forward")},
            "layers": LAYERS,
            **{name: statistics.median(values) for name, values in speeds.items()},
        }
        for size, (_, _, speeds) in found.items()
    ]


def measured(size: str, context: Context, threads: int) -> tuple[float, float, Speeds]:
    """The parameters of a size, the pieces of a line, and its speeds."""
    home = context.directory.model("model")
    lines = context.corpus("valid").take(np.arange(TRANSLATED[size]))
    sources, targets = lines.texts("source"), lines.texts("target")
    translator, subwords = context.translator("model"), context.subwords()
    pieces = [len(line) for line in subwords.encode(targets)]
    engine = ctranslate2.Translator(
        str(home / "ctranslate2"), compute_type="float32", inter_threads=threads, intra_threads=1
    )
    given = subwords.encode(sources)
    length = round(statistics.mean(pieces)) + 1

    def decode(beam: int) -> Callable[[], Any]:
        return lambda: engine.translate_batch(
            given,
            beam_size=beam,
            max_batch_size=2048,
            batch_type="tokens",
            min_decoding_length=length,
            max_decoding_length=length,
        )

    prefixes = [" ".join(text.split()[:half]) for text in sources for half in (5, 10, 15)]
    jobs: dict[str, tuple[int, Callable[[], Any]]] = {
        "greedy": (len(sources), decode(1)),
        "beam5": (len(sources), decode(5)),
        "forced": (len(sources), lambda: list(translator.score(sources, targets))),
        "prefixes": (len(prefixes), lambda: _asked(translator, prefixes)),
    }
    speeds = {name: _speed(f"{size}, {name}", *job) for name, job in jobs.items()}
    parameters = sum(tensor.numel() for tensor in _weights(home))
    return parameters, statistics.mean(pieces), {"training": _training(home), **speeds}


def _asked(translator: Translator, prefixes: Sequence[str]) -> list[bool]:
    return list(translator.yields((prefix, "another") for prefix in prefixes))


def _speed(name: str, count: int, job: Callable[[], Any]) -> list[float]:
    """So many a second in each round; the first is not counted."""
    found = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        job()
        found.append(count / (time.perf_counter() - started))
    print(f"{name}: {spread(found[1:])}", file=sys.stderr, flush=True)
    return found[1:]


def _training(home: Path) -> list[float]:
    """Target tokens a second of each update but the first ones, as fairseq has measured them."""
    lines = (home / "training.jsonl").read_text(encoding="utf-8").splitlines()
    found = [one["tokens_per_second"] for one in map(json.loads, lines) if one["kind"] == "update"]
    return found[UNCOUNTED:]


def _weights(home: Path) -> Any:
    stored = load_checkpoint(home / "checkpoint.pt")["model"]
    distinct = {tensor.data_ptr(): tensor for tensor in stored.values()}
    return distinct.values()


def _context(folder: Path, size: str) -> Context:
    """The run of a model, trained first where it is not there."""
    directory = RunDirectory(folder / f"benchmark-{size}")
    if not directory.model_manifest("model").is_file():
        _train(directory, size)
    return Context(directory, load_stored(directory.recipe))


def _train(directory: RunDirectory, size: str) -> None:
    directory.logs.mkdir(parents=True, exist_ok=True)
    _write(directory.path, "train", LINES)
    _write(directory.path, "valid", 200)
    trainer = {
        **SIZES[size],
        "layers": LAYERS,
        "batch_tokens": BATCH,
        "updates": UPDATES + UNCOUNTED,
        "log_updates": 1,
        "threads": usable_processors(),
        "learning_rate": 2e-4,
        "warmup_updates": 4,
    }
    values = {
        "name": directory.path.name,
        "corpus": {"splits": {name: {"tsv": f"{name}.tsv"} for name in ("train", "valid")}},
        "subwords": {"size": PIECES, "byte_fallback": True},
        "models": {"model": {"role": "baseline", "trainer": trainer}},
        "detectors": {},
        "quality": {},
        "subgroups": {},
    }
    recipe = from_values(values, directory.path, "throughputs")
    write_text(directory.recipe, dump(recipe))
    context = Context(directory, recipe)
    prepare.run(context)
    train.run(context, "model")


def _write(folder: Path, split: str, lines: int) -> None:
    """Sentences of made-up words, as frequent as words are (Zipf), source and target alike."""
    rng = np.random.default_rng(1)
    letters, lengths = list("etaoinshrdlucmfwypvbgk"), rng.integers(2, 10, WORDS)
    words = ["".join(rng.choice(letters, size)) for size in lengths]
    chance = 1 / np.arange(1, WORDS + 1)
    rng = np.random.default_rng([1, lines])
    drawn = rng.choice(WORDS, (lines, 2, LENGTH), p=chance / chance.sum())
    text = "\n".join("\t".join(" ".join(words[w] for w in side) for side in row) for row in drawn)
    write_text(folder / f"{split}.tsv", text + "\n")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughputs", description=__doc__)
    parser.add_argument("--runs", type=Path, default=RUNS_FOLDER, help="where models are kept")
    parser.add_argument("--output", type=Path, help="also write them here, as JSON")
    options = parser.parse_args()
    threads = usable_processors()
    found = {size: measured(size, _context(options.runs, size), threads) for size in SIZES}
    print(describe_machine(), "", table(found), sep="\n")
    if options.output is not None:
        write_text(options.output, json.dumps(medians(found), indent=1) + "\n")


if __name__ == "__main__":
    main()
