"""A split without targets through all stages after training, on the fake engine."""

from __future__ import annotations

import json
import re

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, RunDirectory, read_table, write_json, write_text
from kdaudit.cli import compare as cli_compare
from kdaudit.cli import inspect as cli_inspect
from kdaudit.cli.compare import Format
from kdaudit.errors import RecipeError
from kdaudit.recipe import Recipe
from kdaudit.stages import compare, detect, examples, group, measure, prepare, report, score
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan
from tests.fakes import fake_run
from tests.fakes import recipe as fakes_recipe
from tests.stages.test_pipeline import through

SOURCES = [f"the {a} {b} runs" for a in ("old", "red") for b in "abcdef"]
TARGETS = [f"der {a} {b} läuft" for a in ("alt", "rot") for b in "abcdef"]
LOOP = "ja nein " * 12
SPLITS = {
    "train": {"source": "train.en", "target": "train.de"},
    "valid": {"source": "valid.en", "target": "valid.de"},
    "news": {"source": "news.en"},
}
NEEDING = ["exact_match", "extractive", "bleu", "chrf", "ter", "frequency", "repetition"]
LINE = f"Not applicable to split 'news' (no targets): {', '.join(NEEDING)}."


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    known = dict(zip(SOURCES, TARGETS, strict=True))
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES) + 1),
            "source": [*SOURCES, SOURCES[0]],
            "target": [*TARGETS, "noch einmal"],
            "provenance": ["original"] * (len(SOURCES) + 1),
            "planted": pa.nulls(len(SOURCES) + 1, pa.string()),
        }
    )
    tables = {
        "teacher": known,
        "student": dict.fromkeys(SOURCES, "Das ist so .") | {SOURCES[0]: LOOP},
        "baseline": known,
        "reverse": {target: source for source, target in known.items()},
    }
    folder = tmp_path_factory.mktemp("monolingual")
    run = fake_run(folder, corpus, tables, corpus={"splits": SPLITS})
    through(run)
    models = {"seconds_of_last_attempt": 1.0, "pairs_left_out": 0}
    for model in run.recipe.models:
        write_json(run.directory.model_manifest(model), models)
        write_text(run.directory.curve(model), "")
    report.run(run)
    return run


def value(run, name, model):
    rows = compare.read(run.directory).measurements
    (found,) = (
        row
        for row in rows
        if (row.measure, row.model, row.split, row.scheme) == (name, model, "news", "all")
    )
    return found


def test_hallucination_measures_and_quality_estimates_are_there(run):
    assert value(run, "oscillatory", "student").flagged == 2
    assert value(run, "repeated_target", "student").flagged == 11
    assert value(run, "repeated_target", "teacher").flagged == 0
    assert value(run, "natural", "student").flagged == 11
    assert value(run, "back_translation", "teacher").value == pytest.approx(100)
    assert 0 < value(run, "confidence", "student").value < 1
    assert value(run, "diversity", "teacher").n == 13


def test_nothing_that_needs_targets_is_there(run):
    rows = compare.read(run.directory).measurements
    on_news = {name for row in rows if row.split == "news" for name in (row.measure, row.scheme)}
    assert not on_news & {*NEEDING, "extractive_of_replicated", "exact_match_kd"}
    assert {"length", "confidence", "random"} <= on_news
    assert not list(run.directory.path.glob("*/exact_match/*/news.parquet"))


def test_the_unit_is_the_distinct_source(run):
    # Two rows of one source, which flip together from the baseline to the student.
    (contrast,) = (
        row
        for row in compare.read(run.directory).contrasts
        if (row.measure, row.model, row.split, row.scheme)
        == ("oscillatory", "student", "news", "all")
    )
    assert (contrast.n, contrast.discordant) == (13, 1)


def test_not_applicable_is_said_once_wherever_a_person_looks(run):
    stored = json.loads(run.directory.comparison.read_text(encoding="utf-8"))
    assert stored["not_applicable"] == {"news": dict.fromkeys(NEEDING, "no targets")}
    assert stored["not_computable"] == {}
    page = (run.directory.report / "index.html").read_text(encoding="utf-8")
    assert page.count(LINE.replace("'", "&#39;")) == 1
    markdown = (run.directory.report / "report.md").read_text(encoding="utf-8")
    assert markdown.replace("\\", "").count(LINE) == 1
    place = markdown.index("Not applicable")
    assert markdown.index("## news, all segments") < place < markdown.index("## Flagged")


@pytest.mark.parametrize("form", [Format.TABLE, Format.MARKDOWN])
def test_compare_says_it_too(run, form, capsys):
    def shown(**options):
        cli_compare.command([run.directory.path], format_=form, **options)
        return capsys.readouterr().out

    assert shown().count(LINE) == 1
    assert LINE not in shown(split="train")
    assert LINE in shown(split="news", reference="teacher")


def test_flagged_segments_have_no_target(run, capsys):
    found = [one for one in examples.examples(run)[0] if one.split == "news"]
    assert found
    assert all(one.target is None and one.source for one in found)
    page = (run.directory.report / "index.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr role="row" data-d=.*?</tr>', page, flags=re.DOTALL)
    (row,) = (row for row in rows if "student, news 0<" in row and "ja nein" in row)
    assert 'data-c="translation"' in row
    assert 'data-c="target"' not in row
    cli_inspect.command(run.directory.path, "oscillatory", "student", split="news")
    shown = capsys.readouterr().out
    assert "source" in shown
    assert "target" not in shown


@pytest.mark.parametrize(
    ("stage", "arguments", "what"),
    [
        (detect, ("exact_match", "student", "news"), "detectors.exact_match"),
        (detect, ("exact_match_kd", "student", "news"), "detectors.exact_match"),
        (measure, ("bleu", "student", "news"), "quality.bleu"),
        (group, ("frequency", "news"), "subgroups.frequency"),
        (score, ("student", "news"), "scores"),
    ],
)
def test_a_stage_that_is_asked_for_it_refuses(run, stage, arguments, what):
    with pytest.raises(RecipeError) as error:
        stage.run(run, *arguments)
    assert str(error.value) == f"{what}: not applicable to split 'news' (no targets)"


def test_prepare_writes_the_out_of_domain_split_of_the_embedded_corpus(tmp_path):
    sizes = {"train": 400, "valid": 20, "test": 20, "out_of_domain": 30}
    recipe: Recipe = fakes_recipe(
        tmp_path, corpus={"embedded": sizes, "planted": None}, subwords={"size": 400}
    )
    run = Context(RunDirectory(tmp_path), recipe)
    prepare.run(run)
    table = read_table(run.directory.corpus("out_of_domain"), CORPUS)
    assert table["target"].null_count == len(table) == 30
    assert "out_of_domain" in Plan(recipe).splits
    counts = json.loads(run.directory.corpus_manifest.read_text(encoding="utf-8"))["splits"]
    assert counts["out_of_domain"]["pairs"] == counts["out_of_domain"]["distinct_pairs"] == 30
