"""`import kdaudit`: audits and comparisons as objects with tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import kdaudit
from kdaudit.artifacts import read_json
from kdaudit.errors import ArtifactError, NotComputable, RecipeError
from tests import tiny_models

LINES = 40


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """A corpus, a good system, and one that says the same of every second source."""
    folder = tmp_path_factory.mktemp("files")
    sources, targets = (side[:LINES] for side in tiny_models.sample())
    same = [line if number % 2 else "Das ist so." for number, line in enumerate(targets)]
    found = {}
    for name, lines in {"source": sources, "target": targets, "poor": same}.items():
        found[name] = folder / name
        found[name].write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def compared(files) -> kdaudit.Compared:
    systems = {"good": files["target"], "poor": files["poor"]}
    return kdaudit.compare(files["source"], files["target"], systems)


def test_importing_the_package_imports_no_table():
    code = "import sys, kdaudit; assert 'pyarrow' not in sys.modules; kdaudit.compare; "
    subprocess.run([sys.executable, "-c", code + "assert 'pyarrow' in sys.modules"], check=True)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'kdaudit' has no attribute 'audits'"):
        kdaudit.audits  # noqa: B018


def test_a_comparison_has_arrow_tables_with_the_stored_columns(compared):
    rows = {row["model"]: row for row in exact_matches(compared.measurements)}
    assert (rows["good"]["n"], rows["good"]["flagged"], rows["good"]["value"]) == (40, 40, 1.0)
    assert rows["poor"]["value"] == pytest.approx(0.5)
    (contrast,) = exact_matches(compared.contrasts)
    assert (contrast["model"], contrast["reference"]) == ("poor", "good")
    assert contrast["difference"] == pytest.approx(-0.5)
    assert contrast["verdict"] == "lower"
    assert compared.inheritance.num_rows == 0
    assert compared.not_computable == {}


def exact_matches(table: pa.Table) -> list[dict]:
    return [row for row in table.to_pylist() if row["measure"] == "exact_match"]


def test_a_table_is_had_as_a_data_frame_of_pandas(compared):
    frame = compared.to_pandas("contrasts")
    assert list(frame.columns) == compared.contrasts.column_names
    assert len(frame) == compared.contrasts.num_rows


def test_a_package_that_is_not_installed_is_named(compared, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(NotComputable, match="a table of polars needs the package: pip install"):
        compared.to_polars()


def test_an_unknown_table_is_refused(compared):
    with pytest.raises(RecipeError, match="'contrast' is no known table; did you mean 'contrasts'"):
        compared.table("contrast")


def test_a_comparison_of_nothing_is_refused(files):
    with pytest.raises(RecipeError, match="there are no translations to compare"):
        kdaudit.compare(files["source"], files["target"], {})


def test_inheritance_of_files_needs_both_sides(files):
    with pytest.raises(RecipeError, match="needs 'teacher' and 'students'"):
        kdaudit.compare(
            files["source"],
            files["target"],
            {"a": files["poor"], "b": files["target"]},
            teacher="a",
        )


@pytest.fixture(scope="module")
def audited(files, tmp_path_factory) -> kdaudit.Audited:
    return kdaudit.audit(
        {"good": files["target"], "poor": files["poor"]},
        source=files["source"],
        target=files["target"],
        languages="en-de",
        baseline="good",
        measures=["exact_match", "repeated_target", "extractive"],
        cores=2,
        run_dir=tmp_path_factory.mktemp("audit") / "run",
    )


@pytest.mark.slow
def test_an_audit_is_a_comparison_with_a_run_directory(audited, compared):
    assert exact_matches(audited.contrasts)[0]["difference"] == pytest.approx(-0.5)
    assert audited.report.is_file()
    assert audited.notes == []
    needs = "needs a model, and translations alone are given"
    assert audited.not_computable["extractive"] == needs
    stored = read_json(audited.run_dir / "manifest.json")
    assert stored["recipe"]["models"]["good"]["role"] == "baseline"


@pytest.mark.slow
def test_an_audit_has_every_segment(audited):
    assert audited.translations("poor").num_rows == LINES
    flagged = audited.detections("exact_match", "poor")["flagged"].to_pylist()
    assert flagged == [number % 2 == 1 for number in range(LINES)]
    with pytest.raises(ArtifactError, match="extractive, poor, train: it needs a model"):
        audited.detections("extractive", "poor")
    with pytest.raises(RecipeError, match="'bad' is no known model of this audit"):
        audited.translations("bad")
