"""`kdaudit gate`: exit codes, the table, and JUnit XML."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kdaudit.cli.gate import command
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import find
from kdaudit.stages import gate as stage
from tests.comparison.comparison_data import AGAINST, RATE, comparison

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
    assert "kdaudit: 1 limit, 1 holds the release up; 0 undecided (fail)" in done.stderr


def test_a_mistake_in_the_policy_names_its_line_and_writes_nothing(stored, tmp_path):
    text = "limits:\n  - {measure: extractive, model: student, at_most: 1}\n  - {measure: bleu}\n"
    policy = written(tmp_path / "policy.yaml", text)
    done = gate(stored, "--policy", policy, "--junit", tmp_path / "gate.xml")
    assert done.returncode == 2
    assert f"{policy}:3: limits.1.model" in done.stderr
    assert not (tmp_path / "gate.xml").exists()


def test_a_switch_in_place_of_a_number_names_line_and_key(stored, tmp_path):
    text = "limits:\n  - measure: extractive\n    model: student\n    at_most: true\n"
    policy = written(tmp_path / "policy.yaml", text)
    with pytest.raises(RecipeError, match=r":4: limits.0.at_most: a limit is a number, not true"):
        stage.run(stored, policy)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such policy"),
        (b"\xff", "is no policy: it is not UTF-8"),
        (b" " * 1_000_001, "larger than 1000000 bytes: no policy"),
        (b"- a", "is no policy: a mapping with the key 'limits'"),
        (b"", "is no policy: a mapping with the key 'limits'"),
    ],
)
def test_what_is_no_policy_is_not_called_a_recipe(stored, tmp_path, content, told):
    policy = tmp_path / "policy.yaml"
    if content is not None:
        policy.write_bytes(content)
    with pytest.raises(InputError, match=told) as raised:
        stage.run(stored, policy)
    assert "recipe" not in str(raised.value)


def test_a_folder_in_place_of_the_report_is_told_before_the_table(stored, tmp_path):
    policy = written(tmp_path / "policy.yaml", POLICY % "pass")
    done = gate(stored, "--policy", policy, "--junit", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path}: is a folder: give the name of a file" in done.stderr


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_read_is_not_written_over(stored, tmp_path, place):
    policy = written(tmp_path / "policy.yaml", POLICY % "pass")
    report = (stored, policy)[place]
    before = report.read_bytes()
    done = gate(stored, "--policy", policy, "--junit", tmp_path / "." / report.name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is read, and would be written over: give another name" in done.stderr
    assert report.read_bytes() == before


def test_names_that_no_xml_may_hold_are_written_out(tmp_path, capsys):
    name = "a\x1b[31m\x00\ufffe<&\ud800"
    path = tmp_path / "comparison.json"
    found = comparison(replace(RATE, model=name), replace(AGAINST, model=name))
    path.write_text(json.dumps(found.to_json_dict()), encoding="utf-8")
    limits = [{"measure": "extractive", "model": name, "at_most": 0.05}]
    policy = written(tmp_path / "policy.yaml", json.dumps({"limits": limits}))
    report = tmp_path / "gate.xml"
    command(path, policy, None, report)
    (case,) = ElementTree.fromstring(report.read_text("utf-8")).findall("testcase")
    told = "extractive of a⟨U+001B⟩[31m⟨U+0000⟩\ufffd<&⟨U+D800⟩, train"
    assert case.get("name").startswith(told)
    assert "\x1b" not in capsys.readouterr().out


def test_a_last_release_of_fewer_settings_has_the_same_detector(tmp_path):
    whole = Oscillatory().signature()
    fewer = "|".join(part for part in whole.split("|") if "_long:" not in part)
    paths = {whole: tmp_path / "new.json", fewer: tmp_path / "old.json"}
    for signature, path in paths.items():
        found = replace(comparison(), signature={"detectors": {"extractive": signature}})
        written(path, json.dumps(found.to_json_dict()))
    limit = "{measure: extractive, model: student, relative_change_at_most: 0, reference: previous}"
    policy = written(tmp_path / "policy.yaml", f"limits: [{limit}]\n")
    assert [one.outcome for one in stage.run(paths[whole], policy, paths[fewer])[1]] == ["pass"]


@pytest.mark.parametrize(
    ("there", "message"),
    [
        ({"corpus": {"train": "b"}}, "was audited on another corpus: the split 'train' has other"),
        ({"detectors": {"extractive": "extractive|share:1"}}, "another detector 'extractive'"),
        ({"quality": {"extractive": "tok:char"}}, "another metric 'extractive': 'tok:13a', there"),
    ],
)
def test_a_last_release_that_was_measured_otherwise_is_refused(tmp_path, there, message):
    here = {
        "corpus": {"train": "a"},
        "detectors": {"extractive": "extractive|share:2"},
        "quality": {"extractive": "tok:13a"},
    }
    paths = []
    for number, signature in enumerate((here, here | there)):
        found = replace(comparison(), signature=signature)
        path = tmp_path / f"{number}.json"
        paths.append(written(path, json.dumps(found.to_json_dict())))
    limit = "{measure: extractive, model: student, relative_change_at_most: 0, reference: previous}"
    policy = written(tmp_path / "policy.yaml", f"limits: [{limit}]\n")
    assert [one.outcome for one in stage.run(paths[0], policy, paths[0])[1]] == ["pass"]
    with pytest.raises(RecipeError, match=message):
        stage.run(paths[0], policy, paths[1])


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
