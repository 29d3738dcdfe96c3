"""What a large set-up costs, reckoned from throughputs that were measured where it will run.

    python -m benchmarks.scale --pairs 10000000 --tokens 300000000 --epochs 30 \\
        --training 25000 --greedy 4000 --beam 1200 --prefixes 20000 \\
        --replicated 0.3 --prefixes-of-each 5.5 --row-bytes 60

Every throughput is of one processor group or GPU, as `make bench` and the logs of a run say it:
target tokens a second of a training, lines a second of translations, prefixes a second of the
extraction. Nothing is measured here, and every line of the table says from what it follows.
Prints Markdown. The numbers above are an example and nobody's measurement.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

MODELS, AUDITED = 4, 3
"""Teacher, student, baseline, reverse model; all but the last are audited."""


@dataclass(frozen=True)
class SetUp:
    """A corpus with its models, and throughputs a second of one device.

    `tokens`: of all targets; `beam_lines`: at the beam of the KD corpus; `replicated`: the share
    of pairs whose prefixes are asked for, `prefixes_of_each` of them, after equal ones are one;
    `row_bytes`: a stored translation, compressed.
    """

    pairs: int
    tokens: int
    epochs: float
    training: float
    greedy: float
    beam_lines: float
    prefixes: float
    replicated: float
    prefixes_of_each: float
    row_bytes: float
    devices: int = 1
    shards: int = 16


@dataclass(frozen=True)
class Cost:
    """One part of the work: its seconds on one device, and whether shards divide it."""

    part: str
    work: str
    seconds: float
    is_sharded: bool


def costs(chosen: SetUp) -> Iterator[Cost]:
    """Every part that asks a model."""
    trained = MODELS * chosen.epochs * chosen.tokens
    yield Cost("training", f"{trained:,.0f} target tokens", trained / chosen.training, False)
    for part, lines, speed in (
        ("audit's translations, beam 1", AUDITED * chosen.pairs, chosen.greedy),
        ("KD corpus", chosen.pairs, chosen.beam_lines),
        ("back-translations", AUDITED * chosen.pairs, chosen.greedy),
    ):
        yield Cost(part, f"{lines:,} lines", lines / speed, part != "back-translations")
    asked = AUDITED * chosen.pairs * chosen.replicated * chosen.prefixes_of_each
    yield Cost("extraction", f"{asked:,.0f} prefixes", asked / chosen.prefixes, False)


def table(chosen: SetUp) -> str:
    """Markdown: device-hours, and hours where what can run side by side does."""
    rows = [f"## {chosen.pairs:,} pairs on {chosen.devices} devices: reckoned", ""]
    rows += ["| part | work | device-hours | side by side | hours |", "| --- " * 5 + "|"]
    total = 0.0
    for cost in costs(chosen):
        hours = cost.seconds / 3600
        total += hours
        width = min(chosen.devices, AUDITED * chosen.shards if cost.is_sharded else AUDITED)
        rows.append(
            f"| {cost.part} | {cost.work} | {hours:,.1f} | {width} | {hours / width:,.1f} |"
        )
    stored = (MODELS + 1) * chosen.pairs * chosen.row_bytes / 1e9
    rows += [f"| in all | | {total:,.1f} | | |", ""]
    rows += [f"Translations stored: about {stored:,.1f} GB, in {chosen.shards} shards a split.", ""]
    return "\n".join(rows)


def main() -> None:
    """Print the table of a set-up."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, kind in (("pairs", int), ("tokens", int), ("epochs", float), ("training", float)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    for name in ("greedy", "beam", "prefixes"):
        parser.add_argument(f"--{name}", type=float, required=True, help="a second")
    for name in ("replicated", "prefixes-of-each", "row-bytes"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--devices", type=int, default=SetUp.devices)
    parser.add_argument("--shards", type=int, default=SetUp.shards)
    options = vars(parser.parse_args())
    print(table(SetUp(beam_lines=options.pop("beam"), **options)))


if __name__ == "__main__":
    main()
