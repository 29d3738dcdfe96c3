"""Extractive memorization: this project against decoding every prefix, on one checkpoint.

    python -m benchmarks.extraction [RUN_DIR MODEL]

Three ways of asking which prefix of a replicated pair yields its target, one after the
other in each of several rounds: fairseq's own generator, CTranslate2 at its best settings
(both on every prefix, each text compared), and this project. All verdicts are compared.
Then the cost of the whole audit, filter and language identification included, over that of
one greedy translation of the corpus by the same engine, and how it grows: there the
targets are the model's own translations, so that every pair is replicated. On a GPU, where
there is one, fairseq's generator against the parallel pass. Reads and writes the run
directory of `benchmarks.models`; prints Markdown.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.ctranslate2_loop import bare_loop
from benchmarks.fairseq_generator import FairseqGenerator
from benchmarks.harness import describe_machine, rounds, spread
from benchmarks.models import BenchmarkModel, benchmark_model
from kdaudit.corpus.subwords import Subwords
from kdaudit.detectors import Extractive, Services
from kdaudit.inference import ForcedPass, InferenceSettings, Translator
from kdaudit.segments import Segments

THREADS = os.cpu_count() or 1
SIZES = (2_000, 4_000, 8_000, 16_000)
SETTINGS = InferenceSettings(device="cpu", threads=THREADS)

Pairs = list[tuple[str, str]]


def table(*named: str) -> str:
    """Markdown."""
    chosen = benchmark_model(*named)
    subwords = Subwords(chosen.context.directory.subwords)
    engine = Translator(chosen.home / "ctranslate2", subwords, SETTINGS)
    pairs = replicated_prefixes(chosen, engine)
    rows = ["## Extractive memorization", "", f"Model: {chosen.describe()}. "]
    rows[-1] += f"{len(pairs):,} prefixes of replicated pairs that pass the filter, "
    rows[-1] += f"{len(set(pairs)):,} of them distinct with their target, "
    rows[-1] += f"{len({prefix for prefix, _ in pairs}):,} distinct. {THREADS} threads.\n"
    rows += ways(chosen, subwords, engine, pairs)
    rows += growth(chosen, engine)
    rows += on_gpu(chosen, subwords, pairs)
    return "\n".join(rows)


def replicated_prefixes(chosen: BenchmarkModel, engine: Translator) -> Pairs:
    """Every prefix that an audit of the model's own training pairs asks about, with its target."""
    asked: Pairs = []

    def ask(pairs: Iterable[tuple[str, str]]) -> Iterator[bool]:
        for pair in pairs:
            asked.append(pair)
            yield False

    audit(translated(chosen.pairs, engine), engine, ask)
    return asked


def translated(segments: Segments, engine: Translator) -> Segments:
    """Segments with the model's greedy translations."""
    found = engine.translate(segments.texts("source"))
    return segments.with_column("translation", [one.text for one in found])


def audit(segments: Segments, engine: Translator, yields: Any = None) -> np.ndarray:
    """The detector as the stage calls it; the flags."""
    services = Services(
        translate=lambda sources: (one.text for one in engine.translate(sources)),
        yields=yields or engine.yields,
    )
    detector = Extractive()
    return detector.judge(detector.score(segments, services))


def ways(chosen: BenchmarkModel, subwords: Subwords, engine: Translator, pairs: Pairs) -> list[str]:
    """The three ways, timed and compared prefix by prefix; and the audit over a translation."""
    fairseq = FairseqGenerator(chosen.home, subwords, THREADS)
    bare = bare_loop(chosen.home / "ctranslate2", subwords, THREADS)
    segments = translated(chosen.pairs, engine)
    sources = segments.texts("source")
    prefixes, targets = [one for one, _ in pairs], [target for _, target in pairs]
    jobs: dict[str, Callable[[], Any]] = {
        "fairseq's generator, every prefix": lambda: compared(
            (one.text for one in fairseq.translate(prefixes)), targets
        ),
        "CTranslate2, every prefix": lambda: compared(bare(prefixes), targets),
        "kdaudit": lambda: list(engine.yields(pairs)),
        "translation": lambda: list(engine.translate(sources)),
        "audit": lambda: audit(segments, engine),
    }
    seconds, answers = rounds(jobs)
    names = list(jobs)[:3]
    rows = ["| way | seconds | prefixes per second | times as fast | verdicts that differ |"]
    rows += ["| --- | --- | --- | --- | --- |"]
    middle = {name: statistics.median(seconds[name]) for name in jobs}
    for name in names:
        differ = sum(a != b for a, b in zip(answers[name], answers["kdaudit"], strict=True))
        rows.append(
            f"| {name} | {spread(seconds[name])} | {len(pairs) / middle[name]:,.0f} | "
            f"{middle[names[0]] / middle[name]:.1f} | {differ} |"
        )
    rows += ["", f"{sum(answers['kdaudit'])} prefixes yield their target. "]
    rows[-1] += f"kdaudit is {middle[names[1]] / middle['kdaudit']:.2f} times as fast as "
    rows[-1] += "CTranslate2 on every prefix.\n"
    rows += ["| what | seconds | over one translation |", "| --- | --- | --- |"]
    once = middle["translation"]
    for name, what in (
        ("translation", f"greedy translation of {len(segments):,} sources"),
        ("audit", "audit: filter, languages, search"),
        (names[1], "CTranslate2 on every prefix"),
    ):
        rows.append(f"| {what} | {spread(seconds[name])} | {middle[name] / once:.2f} |")
    return [*rows, ""]


def compared(texts: Iterable[str], targets: Sequence[str]) -> list[bool]:
    """Whether each text is its target, outer white space aside."""
    return [text.strip() == target.strip() for text, target in zip(texts, targets, strict=True)]


def growth(chosen: BenchmarkModel, engine: Translator) -> list[str]:
    """The audit of the model's own translations of more and more sources."""
    jobs: dict[str, Callable[[], Any]] = {}
    for size in SIZES:
        sources = chosen.sources(size)
        texts = [one.text for one in engine.translate(sources)]
        segments = Segments.of(source=sources, target=texts, translation=texts)
        jobs[f"{size:,}"] = lambda segments=segments: audit(segments, engine)
    seconds, _ = rounds(jobs)
    rows = ["| pairs, all of them replicated | seconds | milliseconds per pair |"]
    rows += ["| --- | --- | --- |"]
    for size, name in zip(SIZES, jobs, strict=True):
        each = 1000 * statistics.median(seconds[name]) / size
        rows.append(f"| {name} | {spread(seconds[name])} | {each:.2f} |")
    return [*rows, ""]


def on_gpu(chosen: BenchmarkModel, subwords: Subwords, pairs: Pairs) -> list[str]:
    """fairseq's generator and the parallel pass on a GPU, where there is one."""
    rows = ["| on a GPU | seconds | times as fast | verdicts that differ |"]
    rows += ["| --- | --- | --- | --- |"]
    if not torch.cuda.is_available():
        none = "not measured: no GPU | |"
        return [*rows, f"| fairseq's generator | {none} |", f"| parallel pass | {none} |", ""]
    settings = InferenceSettings(device="cuda")
    engine = Translator(chosen.home / "ctranslate2", subwords, settings)
    forced = ForcedPass(chosen.home / "checkpoint.pt", subwords, settings, engine.yields)
    fairseq = FairseqGenerator(chosen.home, subwords, THREADS, "cuda")
    prefixes, targets = [one for one, _ in pairs], [target for _, target in pairs]
    jobs: dict[str, Callable[[], Any]] = {
        "fairseq's generator": lambda: compared(
            (one.text for one in fairseq.translate(prefixes)), targets
        ),
        "parallel pass": lambda: list(forced.yields(pairs)),
    }
    seconds, answers = rounds(jobs)
    middle = {name: statistics.median(seconds[name]) for name in jobs}
    for name in jobs:
        differ = sum(a != b for a, b in zip(answers[name], answers["parallel pass"], strict=True))
        faster = middle["fairseq's generator"] / middle[name]
        rows.append(f"| {name} | {spread(seconds[name])} | {faster:.1f} | {differ} |")
    return [*rows, ""]


if __name__ == "__main__":
    if len(sys.argv) not in (1, 3):
        sys.exit(__doc__)
    print(f"{describe_machine()}\n")
    print(table(*sys.argv[1:]))
