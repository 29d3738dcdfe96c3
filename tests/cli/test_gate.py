"""`kdaudit gate`: exit codes, the table, and JUnit XML."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kdaudit.recipe import find
from tests.comparison.comparison_data import comparison

POLICY = """
limits:
  - {measure: extractive, model: student, at_most: 0.05, on: ci_high}
  - {measure: extractive, model: student, at_most: 0.02, on: ci_high}
undecided: %s
"""


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(comparison().to_json_dict()), encoding="utf-8")
    return path


def gate(*arguments):
    command = [sys.executable, "-m", "kdaudit", "gate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("undecided", "code", "failures"), [("pass", 0, "0"), ("fail", 1, "1")])
def test_an_undecided_limit_does_what_the_policy_says(stored, tmp_path, undecided, code, failures):
    policy = written(tmp_path / "policy.yaml", POLICY % undecided)
    report = tmp_path / "gate.xml"
    done = gate(stored, "--policy", policy, "--junit", report)
    assert done.returncode == code, done.stderr
    assert "undecided" in done.stdout
    assert "too little data: the value alone would pass" in done.stdout
    suite = ElementTree.fromstring(report.read_text("utf-8"))
    assert (suite.get("tests"), suite.get("failures")) == ("2", failures)
    assert len(suite.findall("testcase")) == 2


def test_a_broken_limit_has_exit_code_1_and_says_by_how_much(stored, tmp_path):
    text = "limits:\n  - {measure: extractive, model: student, at_most: 0.01}\n"
    done = gate(stored, "--policy", written(tmp_path / "policy.yaml", text))
    assert done.returncode == 1
    assert "0.02; 0.01 beyond" in done.stdout
    assert "1 limits, 1 hold the release up" in done.stderr


def test_a_mistake_in_the_policy_names_its_line_and_writes_nothing(stored, tmp_path):
    text = "limits:\n  - {measure: extractive, model: student, at_most: 1}\n  - {measure: bleu}\n"
    policy = written(tmp_path / "policy.yaml", text)
    done = gate(stored, "--policy", policy, "--junit", tmp_path / "gate.xml")
    assert done.returncode == 2
    assert f"{policy}:3: limits.1.model" in done.stderr
    assert not (tmp_path / "gate.xml").exists()


def test_what_is_no_comparison_is_an_error(tmp_path):
    policy = written(tmp_path / "policy.yaml", POLICY % "pass")
    done = gate(written(tmp_path / "other.json", "{}"), "--policy", policy)
    assert done.returncode == 2
    assert "other.json" in done.stderr
    assert "schema" in done.stderr


def test_the_last_release_comes_from_a_file_of_its_own(stored, tmp_path):
    limit = "{measure: extractive, model: student, relative_change_at_most: 0, reference: previous}"
    policy = written(tmp_path / "policy.yaml", f"limits: [{limit}]\n")
    done = gate(stored, "--policy", policy, "--previous", stored)
    assert done.returncode == 0, done.stderr
    assert gate(stored, "--policy", policy).returncode == 2


def test_the_example_fits_the_demo(tmp_path):
    """Every measure, model, split and scheme of the example is one of the demo's recipe."""
    from kdaudit.comparison.policy import Policy
    from kdaudit.recipe import documents, load
    from kdaudit.settings import parse

    recipe = load(find("demo"))
    policy = parse(Policy, documents.read(find("demo").parent / "policy.yaml").values, "")
    known = {*recipe.detectors, *recipe.quality}
    for limit in policy.limits:
        assert limit.measure in known
        assert limit.model in recipe.audited_models
        assert limit.split in recipe.audited_splits
        assert limit.scheme in {None, *recipe.subgroups}
