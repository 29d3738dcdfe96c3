"""Planted cases never pass for a finding: through the stages after training, on the fake engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import write_json, write_text
from kdaudit.cli import compare as cli_compare
from kdaudit.cli.compare import Format
from kdaudit.comparison import Comparison, summary
from kdaudit.report.tracking import metrics
from kdaudit.stages import compare, report
from tests.fakes import FakeRun, fake_run
from tests.stages.test_pipeline import through

SOURCES = [f"the {a} {b} runs" for a in ("old", "red") for b in "abcdef"]
TARGETS = [f"der {a} {b} läuft" for a in ("alt", "rot") for b in "abcdef"]
PLANTED = [None] * 9 + ["copy", "misaligned", "copy"]
PROVENANCES = ["web"] * 5 + ["talks"] * 4 + ["planted"] * 3
ORIGINAL_ROWS, PLANTED_ROWS = 9, 3
COLUMNS = {name: name for name in ("source", "target", "year")}
SPLITS = {
    "train": [
        {"file": "web.csv", "columns": COLUMNS, "provenance": "web"},
        {"file": "talks.csv", "columns": COLUMNS, "provenance": "talks"},
    ],
    "valid": {"source": "valid.en", "target": "valid.de"},
}
SCHEMES = {"frequency": {}, "length": {}, "random": {"size": 4}, "year": {"kind": "column"}}
SCHEMES["year"]["column"] = "year"


def corpus(*, named: bool) -> pa.Table:
    original = PROVENANCES if named else ["original"] * ORIGINAL_ROWS + PROVENANCES[ORIGINAL_ROWS:]
    return pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "year": ["1999"] * 6 + ["planted"] * 6,
            "provenance": original,
            "planted": pa.array(PLANTED, pa.string()),
            "repetitions": pa.array([None if kind is None else 1 for kind in PLANTED], pa.int32()),
        }
    )


def a_run(folder: Path, *, named: bool = False, **parts) -> FakeRun:
    """A run whose student replicates planted targets alone, and whose other models do so too."""
    planted = dict(zip(SOURCES[ORIGINAL_ROWS:], TARGETS[ORIGINAL_ROWS:], strict=True))
    reverse = {target: source for source, target in zip(SOURCES, TARGETS, strict=True)}
    tables = dict.fromkeys(("teacher", "student", "baseline"), planted) | {"reverse": reverse}
    run = fake_run(folder, corpus(named=named), tables, corpus={"splits": SPLITS}, **parts)
    through(run)
    return run


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Comparison:
    return compare.read(a_run(tmp_path_factory.mktemp("run"), subgroups=SCHEMES).directory)


def subgroups(comparison: Comparison, scheme: str) -> dict[str, tuple[int, int | None]]:
    """What the student's exact matches are in each subgroup: (segments, flagged)."""
    return {
        row.subgroup: (row.n, row.flagged)
        for row in comparison.measurements
        if (row.measure, row.model, row.scheme) == ("exact_match", "student", scheme)
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_subgroups_of_every_scheme_hold_original_rows_and_the_planted_have_their_own(
    found, scheme
):
    own = "(planted)" if scheme == "year" else "planted"  # there are original rows of that name
    here = subgroups(found, scheme)
    assert here.pop(own) == (PLANTED_ROWS, PLANTED_ROWS)
    assert sum(n for n, _ in here.values()) == ORIGINAL_ROWS
    assert sum(flagged for _, flagged in here.values()) == 0


def test_the_schemes_by_origin_and_all_are_there_though_the_recipe_names_none_of_them(found):
    assert subgroups(found, "provenance") == {"original": (9, 0), "planted": (3, 3)}
    assert subgroups(found, "planted") == {"copy": (2, 2), "misaligned": (1, 1), "none": (9, 0)}
    assert subgroups(found, "all") == {"all": (12, 3)}


def test_a_scheme_that_is_by_origin_already_stays_as_it_is(tmp_path):
    kinds = {"kinds": {"kind": "column", "column": "planted"}}
    kinds |= {name: {"kind": "column", "column": name} for name in ("planted", "provenance")}
    found = compare.read(a_run(tmp_path, named=True, subgroups=kinds).directory)
    assert subgroups(found, "kinds") == subgroups(found, "planted")
    expected = {"planted": (3, 3), "talks": (4, 0), "web": (5, 0)}
    assert subgroups(found, "provenance") == expected
    main, planted = summary(found, split="train")
    assert main.title == "train, original segments (beam 1)"
    assert main.rows[0].cells[0][1] == "0 of 9"
    assert planted.rows[0].cells[0][1] == "3 of 3"


def test_no_table_no_headline_and_no_metric_mixes_them(tmp_path, capsys):
    run = a_run(tmp_path, subgroups=SCHEMES)
    models = {"pairs_left_out": 0}
    for model in run.recipe.models:
        write_json(run.directory.model_manifest(model), models)
        write_text(run.directory.curve(model), "")
    report.run(run)
    for name in ("index.html", "report.md"):
        text = (run.directory.report / name).read_text(encoding="utf-8")
        assert "of 12" not in text
        assert "0 of 9" in text
        assert "replicates training targets" in text
        assert "too rarely to tell a difference" in text
    for form in (Format.TABLE, Format.MARKDOWN):
        capsys.readouterr()
        cli_compare.command([run.directory.path], format_=form)
        assert "of 12" not in capsys.readouterr().out
        cli_compare.command([run.directory.path], format_=form, scheme="all")
        shown = capsys.readouterr().out
        assert "train, original and planted segments together (beam 1)" in shown
        assert "3 of 12" in shown
    named = metrics(report.content(run))
    assert named["train/exact_match/student"] == 0
    assert named["train/exact_match/student/planted"] == 1
    assert set(named.values()).isdisjoint({3 / 12})
