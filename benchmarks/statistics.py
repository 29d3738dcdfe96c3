"""Whether the statistics hold: coverage of the intervals and errors of the tests, simulated.

    python -m benchmarks.statistics [PART ...]     # all: about 20 minutes of one processor

Each setting is simulated on data sets of its own random stream, by the functions that
make the numbers of a comparison. One that is done is written to a folder under the
temporary one, which is named by a hash of the code that was simulated, so that an
interrupted run goes on where it stopped. Prints Markdown.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import kdaudit.comparison
from benchmarks import simulation, trials
from benchmarks.simulation import COPIES, KINDS, Population
from benchmarks.trials import RESAMPLES, Figure, Found, Trial
from kdaudit.comparison.resampling import stream
from kdaudit.quality import Chrf, Confidence

SETS, MORE = 2_000, 10_000
"""Data sets of a setting, and of one that is out of bounds after so many."""

FEW, LEAST, LEAST_OF_FEW, MOST, LEVEL = 5, 0.935, 0.95, 0.975, 0.05
"""Below FEW expected events an interval is to hold the truth in LEAST_OF_FEW of the data sets, else
in LEAST, and in at most MOST where it is not conservative by construction; a test may err in LEVEL
of them and three Monte-Carlo errors."""

CONSERVATIVE = 0.05
"""From this share of exact, conservative intervals up a setting has no upper bound."""

SIMULATED = ("units", "rates", "intervals", "significance", "resampling", "estimates")
"""Modules of `kdaudit.comparison` that the numbers come from; the part `quality` has one of its
own."""

SIZES, RATES = (50, 500, 5_000, 100_000), (0.0001, 0.001, 0.01, 0.1, 0.5)
CASES = {
    "alike, close": (1.0, 0.9),
    "alike, apart": (1.0, 0.0),
    "half as many again": (1.5, 0.5),
}
"""The model's rate over the reference's, and the share of units for which one lot decides."""


@dataclass(frozen=True)
class Setting:
    """A row and a column of one part's table, and what is simulated there."""

    part: str
    row: tuple[str, ...]
    column: str
    trial: Trial

    @property
    def name(self) -> tuple[str, ...]:
        return self.part, *self.row, self.column


HEADS = {
    "rates": ("One rate", ("units", "segments", "rate")),
    "contrasts": (
        "Difference, relative change and McNemar's test",
        ("units", "segments", "reference's rate"),
    ),
    "own": (
        "Denominators of the models' own (`extractive_of_replicated`)",
        ("units", "segments", "reference's rate", "eligible: model, reference"),
    ),
    "linked": ("Units linked by chains of shared translations", ("groups", "flagged", "moved")),
    "quality": ("Quality, models alike", ("metric", "pairs", "segments")),
    "families": ("Families of five subgroups, Holm's correction", ("pairs", "rate", "differing")),
    "resamples": ("Number of resamples", ("resamples",)),
}
"""Headings of the parts, and of the columns that say which setting it is."""


def settings() -> Iterator[Setting]:
    """All that is simulated."""
    for kind in KINDS:
        for segments in SIZES:
            for rate in RATES:
                row = kind, f"{segments:,}", f"{rate:g}"
                one = Population.of(kind, segments, rate)
                shared = kind == "shared"
                if one.possible:
                    yield Setting("rates", row, "", trials.rates(one, shared=shared))
                if kind != "related":
                    yield from _contrasts(row, one, shared=shared)
    yield from _own()
    for chance in (0.02, 0.1, 0.3):
        for moved in (0.0, 0.003, 0.05):
            row = "80", f"{chance:g}", f"{moved:g}"
            yield Setting("linked", row, "", trials.linked(5_000, 80, chance, moved))
    yield from _quality()
    for pairs, chance in ((500, 0.1), (5_000, 0.02), (5_000, 0.2)):
        for differing in (0, 2):
            row = f"{pairs:,}", f"{chance:g}", str(differing)
            yield Setting("families", row, "", trials.families(pairs, chance, differing))
    one = Population.of("repeated", 5_000, 0.1)
    for resamples in (RESAMPLES, 10_000):
        both = trials.contrasts(one, one, 0.9, shared=False, resamples=resamples)
        yield Setting("resamples", (f"{resamples:,}",), "", both)


def _contrasts(row: tuple[str, ...], reference: Population, *, shared: bool) -> Iterator[Setting]:
    for column, (factor, together) in CASES.items():
        model = reference.times(factor)
        if model.possible and reference.possible:
            both = trials.contrasts(model, reference, together, shared=shared)
            yield Setting("contrasts", row, column, both)


def _own() -> Iterator[Setting]:
    for kind in ("once", "repeated"):
        for segments in SIZES[1:]:
            for rate in (0.01, 0.1):
                for eligible in ((0.4, 0.3), (0.4, 0.1)):
                    reference = Population.of(kind, segments, rate)
                    shares = ", ".join(f"{share:g}" for share in eligible)
                    row = kind, f"{segments:,}", f"{rate:g}", shares
                    for column, factor in (("alike", 1.0), ("half as many again", 1.5)):
                        model = reference.times(factor)
                        trial = trials.own(model, reference, eligible, 0.5)
                        yield Setting("own", row, column, trial)


def _quality() -> Iterator[Setting]:
    for metric in (Confidence(), Chrf()):
        for kind, copies in (("once", (1,)), ("repeated", tuple(COPIES.tolist()))):
            largest = 20_000 if metric.name == "confidence" and kind == "once" else 5_000
            for segments in (50, 500, largest):
                row = f"`{metric.name}`", kind, f"{segments:,}"
                yield Setting("quality", row, "", trials.quality(metric, segments, copies))


def simulated(setting: Setting) -> Found:
    """What was found on the data sets of a setting, from its file if it has one."""
    name = hashlib.sha256(repr(setting.name).encode()).hexdigest()[:16]
    path = _folder(setting.part) / f"{name}.json"
    if not path.is_file():
        found = setting.trial(SETS, stream(1, *setting.name))
        if any(out_of_bounds(figure) for figure in found.values()):
            found = setting.trial(MORE, stream(1, *setting.name, "more"))
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps({name: one.as_json() for name, one in found.items()}))
        unfinished.replace(path)
        print(*setting.name, found, file=sys.stderr, flush=True)
    return {name: Figure(**values) for name, values in json.loads(path.read_text()).items()}


@lru_cache  # the code that is running, even if it is edited meanwhile
def _folder(part: str) -> Path:
    """Where settings of a part that are done are kept, as long as the code is the same."""
    home = Path(kdaudit.comparison.__file__).parent
    names = (*SIMULATED, "quality") if part == "quality" else SIMULATED
    files = [home / f"{name}.py" for name in names]
    files += [Path(simulation.__file__), Path(trials.__file__)]
    code = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"kdaudit-statistics-{code[:16]}"
    folder.mkdir(exist_ok=True)
    return folder


def out_of_bounds(figure: Figure) -> bool:
    """Whether an interval holds the truth too seldom or too often, or a test errs too often."""
    if not figure.given:
        return False
    share = figure.held / figure.given
    if figure.events is None:
        return bool(share > LEVEL + 3 * (LEVEL * (1 - LEVEL) / figure.given) ** 0.5)
    least = LEAST if figure.events >= FEW else LEAST_OF_FEW
    return share < least or (not conservative(figure) and share > MOST)


def conservative(figure: Figure) -> bool:
    """Whether intervals of a setting are exact ones often enough to have no upper bound."""
    return figure.exact > CONSERVATIVE * figure.given


def table(parts: Sequence[str] = tuple(HEADS)) -> str:
    """Markdown."""
    of_part: dict[str, list[tuple[Setting, Found]]] = {part: [] for part in parts}
    for setting in settings():
        if setting.part in parts:
            of_part[setting.part].append((setting, simulated(setting)))
    texts = [_introduction(), _summary([found for part in of_part.values() for _, found in part])]
    texts += [_of_part(part, done) for part, done in of_part.items()]
    return "\n\n".join(texts) + "\n"


def _introduction() -> str:
    kinds = "; ".join(f"*{name}*: {what}" for name, what in KINDS.items())
    return f"""## Coverage and errors, simulated

Made with `python -m benchmarks.statistics`. Percent of {SETS:,} data sets of each setting \
({MORE:,} where a figure was out of bounds after {SETS:,}) in which a 95% interval holds the \
truth, and in which a test at the level of 5% is wrong; {RESAMPLES:,} bootstrap resamples, as \
many random signs. Bounds: at least {LEAST:.1%} where at least {FEW} flagged units are expected \
(of the model that has fewer), at least {LEAST_OF_FEW:.0%} below; at most {MOST:.1%} where under \
{CONSERVATIVE:.0%} of the intervals are exact and so conservative by construction (the others \
are marked c); tests at most 5% and three Monte-Carlo errors. What is out of bounds is bold. A \
number in brackets: the data sets that had such an interval, if not all (a relative change needs \
an event of the reference).

Units: {kinds}."""


def _summary(done: Sequence[Found]) -> str:
    rows = [
        "| figure | settings | out of bounds | least, 5 events and more | least, below | most |"
    ]
    rows.append("| --- " * 6 + "|")
    figures: dict[str, list[Figure]] = {}
    for found in done:
        for name, figure in found.items():
            if figure.given:
                figures.setdefault("test" if name == "family" else name, []).append(figure)
    for name, ones in figures.items():
        out = sum(map(out_of_bounds, ones))
        many = [_share(one) for one in ones if one.events is not None and one.events >= FEW]
        few = [_share(one) for one in ones if one.events is not None and one.events < FEW]
        most = [_share(one) for one in ones if not conservative(one)]
        cells = [f"{100 * low:.1f}" if low is not None else "" for low in (_min(many), _min(few))]
        rows.append(
            f"| {name} | {len(ones)} | {out} | {' | '.join(cells)} | {100 * max(most):.1f} |"
        )
    return "\n".join(rows)


def _min(shares: Sequence[float]) -> float | None:
    return min(shares, default=None)


def _share(figure: Figure) -> float:
    return figure.held / figure.given


def _of_part(part: str, done: Sequence[tuple[Setting, Found]]) -> str:
    title, heads = HEADS[part]
    columns = list(
        dict.fromkeys((setting.column, name) for setting, found in done for name in found)
    )
    rows: dict[tuple[str, ...], dict[tuple[str, str], Figure]] = {}
    for setting, found in done:
        row = rows.setdefault(setting.row, {})
        row |= {(setting.column, name): figure for name, figure in found.items()}
    names = [*heads, "events", *(f"{column}: {name}".strip(": ") for column, name in columns)]
    lines = [f"### {title}", "", f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]
    for label, figures in rows.items():
        events = [one.events for one in figures.values() if one.events is not None]
        cells = [_cell(figures.get(column)) for column in columns]
        lines.append(f"| {' | '.join([*label, _events(events), *cells])} |")
    return "\n".join(lines)


def _events(events: Sequence[float]) -> str:
    return (
        f"{min(events):.3g}" if events and min(events) < 1000 else f"{min(events, default=0):,.0f}"
    )


def _cell(figure: Figure | None) -> str:
    if figure is None or not figure.given:
        return "–"
    text = f"{100 * _share(figure):.1f}{' c' if conservative(figure) else ''}"
    text = f"**{text}**" if out_of_bounds(figure) else text
    return text if figure.given in (SETS, MORE) else f"{text} ({figure.given:,})"


if __name__ == "__main__":
    print(f"# Statistics\n\n{table(sys.argv[1:] or tuple(HEADS))}", end="")
