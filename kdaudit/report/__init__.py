"""The page, its Markdown form and experiment tracking: values in, text out.

Nothing here opens a file of a run; stages write what `html` and `markdown` return.
"""

from kdaudit.report.content import (
    Example,
    Extraction,
    Model,
    PlantedRecall,
    ReportContent,
    StageCost,
    TrainingRow,
)
from kdaudit.report.markdown import markdown
from kdaudit.report.page import html
from kdaudit.report.tracking import TrackingSettings, track

__all__ = [
    "Example",
    "Extraction",
    "Model",
    "PlantedRecall",
    "ReportContent",
    "StageCost",
    "TrackingSettings",
    "TrainingRow",
    "html",
    "markdown",
    "track",
]
