"""docs/methods.md speaks of every measure, scheme and step that there is."""

from pathlib import Path

import pytest

from kdaudit.detectors import DETECTORS
from kdaudit.distillation import STEPS
from kdaudit.quality import QUALITY
from kdaudit.report.measures import MEASURES
from kdaudit.subgroups import SUBGROUPS

PAGE = (Path(__file__).parents[2] / "docs" / "methods.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted({*DETECTORS, *QUALITY, *SUBGROUPS, *STEPS}))
def test_every_entry_of_a_registry_is_described(name):
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", sorted({*DETECTORS, *QUALITY}))
def test_the_report_has_a_label_for_every_measure(name):
    assert name in MEASURES


@pytest.mark.parametrize(
    ("part", "setting", "written"),
    [
        ("extractive", "share", "`share` 0.75"),
        ("extractive", "min_source_words", "`min_source_words` 4"),
        ("extractive", "max_length_ratio", "`max_length_ratio` 1.3"),
        ("oscillatory", "min_count", "`min_count` 10"),
        ("oscillatory", "min_difference", "`min_difference` 4"),
        ("oscillatory", "max_source_tokens", "`max_source_tokens` 50"),
        ("repeated_target", "min_sources", "`min_sources` (5)"),
        ("natural", "min_sources", "`min_sources` 5"),
        ("natural", "threshold", "`threshold` 72"),
        ("sequence_log_probability", "threshold", "`threshold` -1"),
        ("cross_model", "threshold", "`threshold` -1"),
        ("back_translation", "threshold", "`threshold` 30"),
        ("perturbation", "good", "`good` 0.09"),
        ("perturbation", "detached", "`detached` 0.01"),
    ],
)
def test_defaults_are_those_of_the_code(part, setting, written):
    value = getattr(DETECTORS[part](), setting)
    assert written.endswith((f" {value:g}", f"({value:g})"))
    assert written in PAGE
