"""The report as Markdown, as text; writes no file.

The same tables as the page, without plots and subgroups. Corpus text is escaped
so that none of it is taken for markup; it can be left out altogether where the
text may not be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kdaudit.report import counterfactual, extraction, inheritance, personal
from kdaudit.report.answers import ONE_SEED, PLAIN_WORDS
from kdaudit.report.content import Example, PlantedRecall, ReportContent
from kdaudit.report.measures import by_order, glosses
from kdaudit.report.tables import Change, Lookup, Table, Value, main_tables
from kdaudit.report.text import duration, memory
from kdaudit.report.trade_off import trade_offs
from kdaudit.report.verdict import verdicts
from kdaudit.report.views import (
    WORK,
    described,
    examples_by_detector,
    recall_rows,
    splits_of,
    total_cost,
)
from kdaudit.shown import markdown_text

SHOWN_CHARACTERS = 300
"""A longer text of an example is cut here, with an ellipsis: a table row stays readable."""


def markdown(content: ReportContent, *, show_text: bool = True) -> str:
    """The report; without `show_text` the flagged segments are given by id alone."""
    lookup = Lookup(content.comparison, [model.name for model in content.models])
    sections = [
        f"# {markdown_text(content.name)}: distillation audit",
        _verdicts(content, lookup),
        _models(content),
        *(part for split in splits_of(content, lookup) for part in _split(content, lookup, split)),
        _listed("What the measures are", _measures(content)),
        *(
            f"## {markdown_text(grid.title)}\n\n{_rows(grid.head, grid.rows)}"
            for grid in (
                *(one.grid for one in trade_offs(lookup, content.models)),
                *extraction.grids(content.extraction),
                *personal.grids(content.comparison.about),
                *inheritance.grids(content),
                *inheritance.seeds(content),
                *counterfactual.grids(content.comparison.about),
            )
        ),
        _listed("Where a student translates better", inheritance.denoising(content)),
        _listed("How to read several runs together", inheritance.how_to_read_seeds(content)),
        _recall(content, lookup),
        _examples(content.examples, show_text=show_text),
        _listed("Notes", content.notes),
        _costs(content),
        _listed("Signatures", [f"{name}: {value}" for name, value in _signatures(content)]),
        _fenced("Recipe", content.recipe),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdicts(content: ReportContent, lookup: Lookup) -> str:
    parts = []
    for verdict in verdicts(lookup, content.models, content.combined is not None):
        parts.append(f"**{markdown_text(verdict.headline)}**")
        lines = [f"- **{one.term}:** {markdown_text(one.text)}" for one in verdict.answers]
        parts.append("\n".join(lines))
        numbers = [f"- {markdown_text(text)}" for text in verdict.findings]
        parts.append("\n".join(["In numbers:\n", *numbers]) if numbers else "")
    last = PLAIN_WORDS if parts else ONE_SEED
    return "\n\n".join([*(part for part in parts if part), markdown_text(last)])


def _measures(content: ReportContent) -> list[str]:
    """A line on each rate, with what is known of its detector's recall."""
    rates = [row.measure for row in content.comparison.measurements if row.flagged is not None]
    return glosses(by_order(rates))


def _models(content: ReportContent) -> str:
    rows = [(model.name, model.role, model.description) for model in content.models]
    return _rows(["Model", "Role", "Description"], rows) if rows else ""


def _split(content: ReportContent, lookup: Lookup, split: str) -> list[str]:
    tables = [_table(table) for table in main_tables(lookup, split)]
    return [*tables, markdown_text(content.remarks.get(split, ""))]


def _table(table: Table) -> str:
    head = ["Measure", *table.models, *(f"{model} against {ref}" for model, ref in table.contrasts)]
    body = [
        [group.measure.label, *map(_value, row.values), *map(_change, row.changes)]
        for group in table.groups
        for row in group.rows
    ]
    return f"## {markdown_text(table.title)}\n\n{_rows(head, body)}"


def _value(value: Value | None) -> str:
    if value is None:
        return "–"
    details = "; ".join(part for part in (value.interval, value.count) if part)
    return f"{value.value} ({details})"


def _change(change: Change | None) -> str:
    if change is None:
        return "–"
    parts = (change.verdict, change.relative, change.difference, change.p, change.needed)
    return "; ".join(part for part in parts if part)


def _recall(content: ReportContent, lookup: Lookup) -> str:
    if not content.planted_recall:
        return ""
    body = [
        [row.kind, str(row.repetitions), row.detector, *map(_recalled, row.cells)]
        for row in recall_rows(content.planted_recall, lookup.models)
    ]
    title = "## Planted cases: reproduced of planted; found of reproduced"
    return f"{title}\n\n{_rows(['Kind', 'Repetitions', 'Detector', *lookup.models], body)}"


def _recalled(cell: PlantedRecall | None) -> str:
    if cell is None:
        return "–"
    return f"{cell.reproduced} of {cell.planted}; found {cell.found} of {cell.reproduced}"


def _examples(examples: Iterable[Example], *, show_text: bool) -> str:
    parts = []
    for label, found in examples_by_detector(examples).items():
        head = ["Model", "Split", "Id", "Planted", "Detail"]
        head += ["Source", "Target", "Translation", "Evidence"] if show_text else []
        body = [_example(example, show_text=show_text) for example in found]
        parts.append(f"## Flagged: {markdown_text(label)}\n\n{_rows(head, body)}")
    return "\n\n".join(parts)


def _example(example: Example, *, show_text: bool) -> list[str]:
    cells = [example.model, example.split, str(example.id), example.planted, example.detail]
    texts = (example.source, example.target, example.translation, example.evidence)
    return cells + [_cut(text) for text in texts] if show_text else cells


def _cut(text: str | None) -> str:
    if text is None:
        return "–"
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _costs(content: ReportContent) -> str:
    if not content.costs:
        return ""
    rows = [
        (one.stage, duration(one.seconds), memory(one.megabytes))
        for one in [*content.costs, total_cost(content.costs)]
    ]
    about = markdown_text(f"{content.machine}. {WORK}" if content.machine else WORK)
    table = _rows(["Stage", "Time", "Peak memory"], rows)
    return f"## Time and memory per stage\n\n{about}\n\n{table}"


def _signatures(content: ReportContent) -> list[tuple[str, str]]:
    return [*described(content.comparison.signature), *content.versions.items()]


def _listed(title: str, lines: Sequence[str]) -> str:
    items = "\n".join(f"- {markdown_text(line)}" for line in lines)
    return f"## {title}\n\n{items}" if lines else ""


def _fenced(title: str, text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"## {title}\n\n{fence}yaml\n{text.rstrip()}\n{fence}" if text.strip() else ""


def _rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [list(map(markdown_text, head)), ["---"] * len(head)]
    lines += [list(map(markdown_text, row)) for row in body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
