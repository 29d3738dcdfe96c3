"""Measurements with intervals, and contrasts of models; opens no file."""

from __future__ import annotations

from kdaudit.comparison.compare import compare
from kdaudit.comparison.inheritance import Lineage, inheritance
from kdaudit.comparison.inputs import Categories, Denoising, Flags, Metric, Quality, Split
from kdaudit.comparison.long_table import to_csv
from kdaudit.comparison.results import Comparison, Contrast, Measurement, from_json_dict
from kdaudit.comparison.tables import Table, summary, to_markdown

__all__ = [
    "Categories",
    "Comparison",
    "Contrast",
    "Denoising",
    "Flags",
    "Lineage",
    "Measurement",
    "Metric",
    "Quality",
    "Split",
    "Table",
    "compare",
    "from_json_dict",
    "inheritance",
    "summary",
    "to_csv",
    "to_markdown",
]
