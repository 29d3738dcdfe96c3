"""`import kdaudit`: audits and comparisons as objects with tables."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kdaudit
from kdaudit.artifacts import read_json
from kdaudit.errors import ArtifactError, InputError, KdauditError, NotComputable, RecipeError
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


def test_a_table_is_had_as_a_data_frame_of_polars(compared):
    frame = compared.to_polars("measurements")
    assert isinstance(frame, pl.DataFrame)
    assert frame.columns == compared.measurements.column_names
    assert frame.to_dicts() == compared.measurements.to_pylist()


def test_a_package_that_is_not_installed_is_named(compared, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(NotComputable, match="a table of polars needs the package: pip install"):
        compared.to_polars()


def test_an_unknown_table_is_refused(compared):
    with pytest.raises(RecipeError, match="'contrast' is no known table; did you mean 'contrasts'"):
        compared.table("contrast")


@pytest.mark.parametrize("name", [None, 5, ["contrasts"], ""])
def test_a_table_is_named_by_a_text(compared, name):
    with pytest.raises(RecipeError, match=r"^name: expected the name of a table, got"):
        compared.table(name)


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


FRAME = pd.DataFrame({"a": ["x"]})
NUL = "a\0b"
SCALARS = (5, 1.5, True, b"x", FRAME, ["x"], {"x": "y"}, object())
NO_PATH = (*SCALARS, "")
NO_NAMES = (5, 1.5, b"x", FRAME, {"x": "y"}, [1], ["x", None], [""], object())
NO_MAPPING = (5, 1.5, b"x", "x", FRAME, ["x"], ("a", "b"), {1: "x"}, Path("x"))
NO_NUMBER = (1.5, "1", b"1", [1], {}, FRAME, True, np.ones(2), -1)
COMMON = {
    "source": NO_PATH,
    "target": NO_PATH,
    "measures": (*NO_NAMES, [], ()),
    "teacher": NO_PATH,
    "baseline": NO_PATH,
    "seed": (*NO_NUMBER, None),
}
WRONG = {
    "compare": COMMON
    | {
        "source": (*NO_PATH, None, NUL, Path(NUL)),
        "target": (*NO_PATH, None, NUL),
        "translations": (
            *(*NO_MAPPING, None, {"x": 5}, {"x": ""}, {"x": None}, {"x": ["a"]}, {"x": NUL}),
        ),
        "reference": NO_PATH,
        "students": NO_NAMES,
    },
    "audit": COMMON
    | {
        "models": (
            *(*NO_MAPPING, None, {"x": 5}, {"x": ""}, {"x": None}, {"x": ["a"]}, {"x": NUL}),
        ),
        "corpus": (*NO_PATH, NUL),
        "columns": (*NO_MAPPING, {"source": None}, {"source": -1}, {"source": ["a"]}),
        "subwords": (*NO_MAPPING, {"good": 5}, {"good": [5]}, {"good": None}),
        "codes": (*NO_MAPPING, {"good": "en"}, {"good": ("en",)}, {"good": ("en", 5)}),
        "reverse": NO_PATH,
        "compute_types": NO_NAMES,
        "languages": NO_PATH,
        "inference": NO_MAPPING,
        "cores": (*NO_NUMBER, 0),
        "run_dir": (*NO_PATH, None, NUL),
    },
}
CASES = [
    (function, name, value)
    for function, parameters in WRONG.items()
    for name, values in parameters.items()
    for value in values
]


@pytest.mark.parametrize("function", WRONG)
def test_every_parameter_is_tried_with_wrong_types(function):
    assert set(inspect.signature(getattr(kdaudit, function)).parameters) == set(WRONG[function])


@pytest.mark.parametrize(("function", "name", "value"), CASES)
def test_a_value_of_a_wrong_type_names_its_parameter(
    files, tmp_path, monkeypatch, function, name, value
):
    monkeypatch.chdir(tmp_path)
    systems = {"good": files["target"], "poor": files["poor"]}
    given = {"source": files["source"], "target": files["target"]}
    given["models" if function == "audit" else "translations"] = systems
    with pytest.raises(RecipeError, match=rf"^{name}(\.\w+)?: expected .+, got ") as error:
        getattr(kdaudit, function)(**given | {name: value})
    assert len(str(error.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_text_is_one_name(files):
    systems = {"good": files["target"], "poor": files["poor"], "third": files["target"]}
    found = kdaudit.compare(
        files["source"],
        files["target"],
        systems,
        measures="exact_match",
        teacher="good",
        students="poor",
        baseline="third",
        seed=np.int64(3),
    )
    assert set(found.measurements["measure"].to_pylist()) == {"exact_match"}
    assert set(found.inheritance["student"].to_pylist()) == {"poor"}


REFUSED = {
    "nothing": ({"models": {}}, "there is no model to audit"),
    "a bad name": ({"models": {"a b": "x"}}, "models: 'a b' is no name"),
    "nobody": ({"teacher": "god"}, "teacher: 'god' is no known model; did you mean 'good'"),
    "two roles": (
        {"teacher": "good", "baseline": "good"},
        r"a model has one role \(teacher good, baseline good\)",
    ),
    "no measure": ({"measures": "blue"}, "measures: 'blue' is no known measure"),
    "no type": ({"compute_types": "int4"}, "compute_types: this CPU has no 'int4'"),
    "no corpus": ({"source": None, "target": None}, "give the corpus: either corpus, or source"),
    "two corpora": ({"corpus": "x.tsv", "source": None}, "target goes with source; a table has"),
    "no language": ({"target": None}, "languages is needed, two as in en-de"),
    "a setting": ({"inference": {"devise": "cpu"}}, "inference.devise: 'devise' is no known key"),
    "no file": ({"models": {"good": "no--where.pt"}}, "no--where.pt: there is no such file"),
    "a folder of others": ({"run_dir": "/dev/null/x"}, "choose another run directory with run_dir"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_audited_is_told_in_parameters(files, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    changes, message = REFUSED[case]
    systems = {"good": files["target"], "poor": files["poor"]}
    given = {"models": systems, "source": files["source"], "target": files["target"]}
    given |= {"measures": ["exact_match"], "inference": {"device": "cpu"}, "cores": 1}
    with pytest.raises(KdauditError, match=message) as error:
        kdaudit.audit(**given | changes)
    assert "--model" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_learned_metric_that_is_asked_for_needs_its_environment(files, tmp_path, monkeypatch):
    monkeypatch.setenv("KDAUDIT_COMET_PYTHON", str(tmp_path / "python"))
    with pytest.raises(NotComputable, match=r"quality\.comet: KDAUDIT_COMET_PYTHON: there is no"):
        kdaudit.audit(
            {"good": files["target"]},
            source=files["source"],
            target=files["target"],
            measures="comet",
            run_dir=tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["source", "target"])
def test_a_system_cannot_have_the_name_of_a_side(files, name):
    with pytest.raises(RecipeError, match=f"translations: the name '{name}' is taken"):
        kdaudit.compare(files["source"], files["target"], {name: files["poor"]})


def test_translations_of_another_length_are_refused(files, tmp_path):
    (tmp_path / "short").write_text("eins\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"short: has 1 lines, the corpus has 40 \(.*source\)"):
        kdaudit.audit(
            {"short": tmp_path / "short"},
            source=files["source"],
            target=files["target"],
            run_dir=tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


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
    with pytest.raises(RecipeError, match="'tests' is no known split of this audit"):
        audited.detections("exact_match", "poor", "tests")
    with pytest.raises(RecipeError, match="model: expected the name of a model, got 5"):
        audited.translations(5)
