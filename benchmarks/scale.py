"""What a large set-up costs, reckoned from throughputs that were measured where it will run.

    python -m benchmarks.scale --pairs 10000000 --replicated 0.3 --prefixes-of-each 5.5 \\
        --trained 6.5e9 --training 25000 --greedy 4000 --prefixes 20000 \\
        --teacher-trained 2e10 --teacher-training 9000 --teacher-greedy 1500 \\
        --teacher-prefixes 8000 --row-bytes 60 --devices 8 --shards 16

Every throughput is of one device, a GPU or the processors of a job: target tokens a second of a
training, lines a second of greedy translations, prefixes a second of the extraction, of the
teacher and of the others. `python -m benchmarks.throughputs` measures them. Nothing is measured
here, and every line of the table says from what it follows. Prints Markdown. The numbers above
are an example and nobody's measurement.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields

MODELS, AUDITED = 4, 3
"""Teacher, student, baseline, reverse model; all but the last are audited."""


@dataclass(frozen=True)
class SetUp:
    """A corpus with its models, and throughputs a second of one device.

    `trained`: target tokens that a model sees in its training (updates × tokens of a batch), the
    teacher `teacher_trained`; `replicated`: the share of pairs whose prefixes are asked for,
    `prefixes_of_each` of them, after equal ones are one; `row_bytes`: a stored translation,
    compressed; `teacher_beam`: lines a second at the beam of the KD corpus, where that is not the
    audit's own translations.
    """

    pairs: int
    trained: float
    training: float
    greedy: float
    prefixes: float
    teacher_trained: float
    teacher_training: float
    teacher_greedy: float
    teacher_prefixes: float
    replicated: float
    prefixes_of_each: float
    row_bytes: float
    teacher_beam: float | None = None
    devices: int = 1
    shards: int = 16


@dataclass(frozen=True)
class Cost:
    """One part of the work: its seconds on one device, and how many jobs of it go on at a time."""

    part: str
    work: str
    seconds: float
    jobs: int


def costs(chosen: SetUp) -> Iterator[Cost]:
    """Every part that asks a model."""
    others, pairs = AUDITED - 1, chosen.pairs
    for part, trained, speed, jobs in (
        ("training, teacher", chosen.teacher_trained, chosen.teacher_training, 1),
        # The student waits for its teacher, the other two do not: two of three at a time.
        ("training, the others", (MODELS - 1) * chosen.trained, chosen.training, 2),
    ):
        yield Cost(part, f"{trained:,.0f} target tokens", trained / speed, jobs)
    translations = [
        ("audit's translations, teacher", 1, chosen.teacher_greedy),
        ("audit's translations, the others", others, chosen.greedy),
        ("back-translations", AUDITED, chosen.greedy),
    ]
    if chosen.teacher_beam is not None:
        translations.insert(0, ("KD corpus", 1, chosen.teacher_beam))
    for part, sets, speed in translations:
        yield Cost(part, f"{sets * pairs:,} lines", sets * pairs / speed, sets * chosen.shards)
    for part, models, speed in (
        ("extraction, teacher", 1, chosen.teacher_prefixes),
        ("extraction, the others", others, chosen.prefixes),
    ):
        asked = models * pairs * chosen.replicated * chosen.prefixes_of_each
        yield Cost(part, f"{asked:,.0f} prefixes", asked / speed, models * chosen.shards)


def table(chosen: SetUp) -> str:
    """Markdown: device-hours, and hours where what can run side by side does."""
    rows = [f"{chosen.pairs:,} pairs on {chosen.devices} devices, reckoned:", ""]
    rows += ["| part | work | device-hours | side by side | hours |", "| --- " * 5 + "|"]
    found = list(costs(chosen))
    for cost in found:
        hours, width = cost.seconds / 3600, min(chosen.devices, cost.jobs)
        rows.append(
            f"| {cost.part} | {cost.work} | {hours:,.1f} | {width} | {hours / width:,.1f} |"
        )
    total = sum(cost.seconds for cost in found) / 3600
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
    for field in fields(SetUp):
        is_whole = field.name in {"pairs", "devices", "shards"}
        is_needed = field.default is MISSING
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=int if is_whole else float,
            required=is_needed,
            default=None if is_needed else field.default,
        )
    print(table(SetUp(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
