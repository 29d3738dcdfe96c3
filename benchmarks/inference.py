"""Translating and scoring: this project, CTranslate2 alone and fairseq, on one checkpoint.

    python -m benchmarks.inference [--run RUN_DIR MODEL] [--sources N] [--rounds N] [--texts]

In each of several rounds, one after the other, at beam 1 and at beam 5: fairseq's own
generator, a loop of nothing but CTranslate2, and `Translator.translate`; then fairseq's
`SequenceScorer` and `Translator.score`. Half of the sources are of the pairs that the model
was trained on, half are new to it. Every line of this project is compared with fairseq's,
and each that differs is shown with the scores that explain it; its texts only with
`--texts`, since captions are not ours. Reads and writes the run directory of
`benchmarks.models`; prints Markdown.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from benchmarks.ctranslate2_loop import bare_loop
from benchmarks.fairseq_generator import FairseqGenerator, Generated
from benchmarks.harness import RUNS, describe_machine, rounds, spread
from benchmarks.models import BenchmarkModel, benchmark_model
from kdaudit.corpus.subwords import Subwords
from kdaudit.inference import InferenceSettings, Translation, Translator

THREADS = os.cpu_count() or 1
SOURCES = 4_000
BEAMS = (1, 5)
TIE = 1e-4
"""Log-probabilities this near to each other may change places from one batch to another."""

FAIRSEQ, BARE, OURS = "fairseq's generator", "CTranslate2 alone", "kdaudit"


def table(*named: str, sources: int = SOURCES, runs: int = RUNS, with_texts: bool = False) -> str:
    """Markdown."""
    chosen = benchmark_model(*named)
    subwords = Subwords(chosen.context.directory.subwords)
    fairseq = FairseqGenerator(chosen.home, subwords, THREADS)
    bare = bare_loop(chosen.home / "ctranslate2", subwords, THREADS)
    settings = InferenceSettings(device="cpu", threads=THREADS)
    engine = Translator(chosen.home / "ctranslate2", subwords, settings)
    known, new = asked(chosen, sources)
    texts = known + new
    jobs: dict[str, Callable[[], Any]] = {}
    for beam in BEAMS:
        jobs |= {
            f"{FAIRSEQ}, {beam}": lambda beam=beam: fairseq.translate(texts, beam),
            f"{BARE}, {beam}": lambda beam=beam: list(bare(texts, beam)),
            f"{OURS}, {beam}": lambda beam=beam: list(engine.translate(texts, beam)),
        }
    pairs = chosen.pairs.texts("source")[:sources], chosen.pairs.texts("target")[:sources]
    jobs |= {
        FAIRSEQ: lambda: fairseq.score(*pairs),
        OURS: lambda: list(engine.score(*pairs)),
    }
    seconds, answers = rounds(jobs, runs)
    middle = {name: statistics.median(found) for name, found in seconds.items()}

    rows = ["## Translation and scoring", ""]
    rows += [
        f"Model: {chosen.describe()}; float32, {THREADS} threads, median of {runs} rounds. "
        f"Translated: {len(known):,} sources that it was trained on and {len(new):,} that are new "
        f"to it. Scored: {len(pairs[0]):,} of the pairs that it was trained on.",
        "",
        "| beam | way | seconds | lines per second | times as fast | lines as fairseq's |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for beam in BEAMS:
        expected = [one.text for one in answers[f"{FAIRSEQ}, {beam}"]]
        for way in (FAIRSEQ, BARE, OURS):
            name = f"{way}, {beam}"
            found = [getattr(one, "text", one) for one in answers[name]]
            same = sum(map(str.__eq__, expected, found))
            rows.append(
                f"| {beam} | {way} | {spread(seconds[name])} | {len(texts) / middle[name]:,.0f} | "
                f"{middle[f'{FAIRSEQ}, {beam}'] / middle[name]:.2f} | "
                f"{same:,} ({same / len(texts):.2%}) |"
            )
    rows += ["", *over_bare(middle), ""]
    rows += [
        "| scoring | seconds | pairs per second | times as fast |",
        "| --- | --- | --- | --- |",
    ]
    for way, name in ((FAIRSEQ, "fairseq's scorer"), (OURS, "kdaudit")):
        speed, times = len(pairs[0]) / middle[way], middle[FAIRSEQ] / middle[way]
        rows.append(f"| {name} | {spread(seconds[way])} | {speed:,.0f} | {times:.2f} |")
    rows += ["", log_probabilities(answers), ""]
    differing = [
        difference
        for beam in BEAMS
        for difference in differences(
            beam, texts, answers[f"{FAIRSEQ}, {beam}"], answers[f"{OURS}, {beam}"]
        )
    ]
    rows += explained(differing, len(known), fairseq, subwords, with_texts)
    return "\n".join([*rows, ""])


def asked(chosen: BenchmarkModel, count: int) -> tuple[list[str], list[str]]:
    """Distinct sources of the training pairs, and as many that are none."""
    trained = list(dict.fromkeys(chosen.pairs.texts("source")))
    known, half = set(trained), count // 2
    others = dict.fromkeys(chosen.sources(len(trained) + 2 * half))
    return trained[:half], [source for source in others if source not in known][:half]


def over_bare(middle: dict[str, float]) -> Iterator[str]:
    """How much slower than the bare loop, in words."""
    shares = [middle[f"{OURS}, {beam}"] / middle[f"{BARE}, {beam}"] - 1 for beam in BEAMS]
    said = [f"{share:+.1%} at beam {beam}" for share, beam in zip(shares, BEAMS, strict=True)]
    yield f"Time of kdaudit over that of CTranslate2 alone: {', '.join(said)}."


def log_probabilities(answers: dict[str, Any]) -> str:
    """The largest differences between raw log-probabilities here and in fairseq."""
    said = []
    for beam in BEAMS:
        gaps = [
            abs(math.fsum(theirs.log_probabilities) - ours.log_probability)
            for theirs, ours in zip(
                answers[f"{FAIRSEQ}, {beam}"], answers[f"{OURS}, {beam}"], strict=True
            )
            if theirs.text == ours.text and len(theirs.log_probabilities) == ours.tokens
        ]
        said.append(
            f"{max(gaps):.1e} over {len(gaps):,} equal finished translations at beam {beam}"
        )
    gaps = [
        abs(math.fsum(theirs) - ours.log_probability)
        for theirs, ours in zip(answers[FAIRSEQ], answers[OURS], strict=True)
    ]
    said.append(f"{max(gaps):.1e} over {len(gaps):,} scored pairs")
    return (
        "Raw log-probabilities (sums of natural logs, end of sentence included), largest absolute "
        f"difference from fairseq's: {', '.join(said)}."
    )


@dataclass(frozen=True)
class Difference:
    """A line that the two translate differently."""

    beam: int
    row: int
    source: str
    theirs: Generated
    ours: Translation


def differences(
    beam: int, sources: Sequence[str], theirs: Sequence[Generated], ours: Sequence[Translation]
) -> Iterator[Difference]:
    """All lines whose texts differ."""
    for row, (source, one, other) in enumerate(zip(sources, theirs, ours, strict=True)):
        if one.text != other.text:
            yield Difference(beam, row, source, one, other)


def explained(
    differing: Sequence[Difference],
    known: int,
    fairseq: FairseqGenerator,
    subwords: Subwords,
    with_texts: bool,
) -> list[str]:
    """Each line that differs, with what fairseq's model gives to both translations."""
    if not differing:
        return ["No line differs from fairseq's."]
    sources = [one.source for one in differing]
    texts = [one.theirs.text for one in differing], [one.ours.text for one in differing]
    forced = [fairseq.score(sources, side) for side in texts]
    pieces = [subwords.encode(side) for side in texts]
    rows = [
        "Every line that differs. Both translations as fairseq's model scores them when they are "
        "forced: the raw log-probability, and per piece, which is what ranks hypotheses; and the "
        "log-probabilities of the first pieces in which they differ.",
        "",
        "| beam | line | fairseq's: raw | per piece | kdaudit's: raw | per piece | "
        "first pieces that differ | why |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one, theirs, ours, their_pieces, our_pieces in zip(
        differing, *forced, *pieces, strict=True
    ):
        place = common(their_pieces, our_pieces)
        scores = [(sum(side), sum(side) / len(side)) for side in (theirs, ours)]
        cells = [f"{raw:.4f} | {mean:.6f}" for raw, mean in scores]
        line = f"{one.row + 1}, known" if one.row < known else f"{one.row + 1}, new"
        means = scores[0][1], scores[1][1]
        why = reason(one, *means, theirs[place] - ours[place])
        first = f"{theirs[place]:.6f}, {ours[place]:.6f}"
        rows.append(f"| {one.beam} | {line} | {' | '.join(cells)} | {first} | {why} |")
    if with_texts:
        rows.append("")
        for one in differing:
            rows.append(f"- beam {one.beam}, line {one.row + 1}: {one.source}")
            rows += [f"  - fairseq: {one.theirs.text}", f"  - kdaudit: {one.ours.text}"]
    return rows


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces two translations begin with in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def reason(one: Difference, theirs: float, ours: float, gap: float) -> str:
    """Why two searches of one model part. `theirs` and `ours`: scores per piece; `gap`: the
    difference of the first pieces that differ."""
    if one.ours.unfinished:
        # Of hypotheses that have not ended there, fairseq ends each and ranks them with that.
        return "cut at the limit, where fairseq forces an end of sentence"
    if not one.ours.text:
        return "empty, which a greedy translation may be here and not in fairseq"
    if one.beam == 1:
        return "tie of two pieces" if abs(gap) < TIE else "another greedy choice"
    if abs(theirs - ours) < TIE:
        return "tie of two translations"
    return "fairseq's beam lost the better" if theirs < ours else "kdaudit's beam lost the better"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.inference",
        description="Translating and scoring, against fairseq and CTranslate2 alone.",
        epilog="Example: python -m benchmarks.inference --sources 200 --rounds 1",
    )
    parser.add_argument("--run", nargs=2, default=(), metavar=("RUN_DIR", "MODEL"))
    parser.add_argument("--sources", type=int, default=SOURCES)
    parser.add_argument("--rounds", type=int, default=RUNS)
    parser.add_argument("--texts", action="store_true", help="show the texts that differ")
    given = parser.parse_args()
    print(f"{describe_machine()}\n")
    print(table(*given.run, sources=given.sources, runs=given.rounds, with_texts=given.texts))


if __name__ == "__main__":
    main()
