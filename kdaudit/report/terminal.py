"""Tables of a comparison drawn for a terminal or a text file; writes to the console it is given.

As one table where it fits. Where it does not, as a list with a line per model and
per contrast: there is no width at which a word has to be broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kdaudit.comparison.tables import NOTHING, Cell, Table
from kdaudit.shown import visible

if TYPE_CHECKING:
    from rich.console import Console

_GAP = "  "


def draw(console: Console, tables: Sequence[Table], notes: Iterable[str] = ()) -> None:
    """Write the tables, and below them the notes."""
    for table in tables:
        console.print(visible(table.title), style="bold", markup=False, soft_wrap=True)
        if not _as_table(console, table):
            _as_list(console, table)
        console.print()
    for note in notes:
        console.print(_wrapped(note, console.width), style="dim", markup=False, soft_wrap=True)


def _as_table(console: Console, table: Table) -> bool:
    """Draw a table with its cells in two lines, if the console is wide enough for it."""
    from rich import box
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("measure", *table.columns):
        drawn.add_column(Text(visible(column)), no_wrap=True)
    for row in table.rows:
        cells = ("\n".join(cell) for cell in row.cells)
        drawn.add_row(*map(Text, (row.label, *cells)))
    unbounded = console.options.update(width=100_000, max_width=100_000)
    if console.measure(drawn, options=unbounded).maximum > console.width:
        return False
    console.print(drawn)
    return True


def _as_list(console: Console, table: Table) -> None:
    """Draw a block per measure, and in it a line per model and per contrast that has something."""
    from rich.cells import cell_len

    names = [visible(name) for name in table.columns]
    first = len(_GAP) + max(map(cell_len, names), default=0) + len(_GAP)
    for row in table.rows:
        console.print(row.label, markup=False, soft_wrap=True, highlight=False)
        for name, cell in zip(names, row.cells, strict=True):
            if cell != (NOTHING,):
                label = _GAP + name + " " * (first - len(_GAP) - cell_len(name))
                text = ("\n" + " " * first).join(_lines(cell, console.width - first))
                console.print(label + text, markup=False, soft_wrap=True, highlight=False)


def _lines(cell: Cell, width: int) -> list[str]:
    """A cell in one line, or its parts each in lines of its own where that is too long."""
    whole = "; ".join(cell)
    if len(whole) <= width:
        return [whole]
    return [line for part in cell for line in _wrapped(part, width).split("\n")]


def _wrapped(text: str, width: int) -> str:
    """The text in lines of at most `width`, broken at blanks; a longer word has its own line."""
    return textwrap.fill(text, max(width, 1), break_long_words=False, break_on_hyphens=False)
