"""What `kdaudit compare` writes: of plain files in every form, of runs, at every width."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.cli import compare
from kdaudit.cli.compare import Format
from kdaudit.comparison import from_json_dict
from kdaudit.errors import KdauditError
from tests.fakes import fake_run

ROWS = 40
SOURCE = [f"source number {row}" for row in range(ROWS)]
TARGET = [f"Ziel Nummer {row}" for row in range(ROWS)]
SAME = ["Immer das."] * ROWS


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path) -> dict[str, object]:
    systems = {"first": TARGET, "twin": TARGET, "poor": [*TARGET[:30], *SAME[:8], "", " "]}
    translations = [f"{name}={written(tmp_path / name, text)}" for name, text in systems.items()]
    return {
        "source": written(tmp_path / "source", SOURCE),
        "target": written(tmp_path / "target", TARGET),
        "translations": translations,
    }


def shown(capsys: pytest.CaptureFixture[str], *runs: Path, **options: object) -> tuple[str, str]:
    capsys.readouterr()
    compare.command(list(runs) or None, **options)
    return tuple(capsys.readouterr())


def rows(comparison: dict[str, object], measure: str, model: str) -> dict[str, object]:
    (found,) = (
        row for row in comparison["contrasts"] if (row["measure"], row["model"]) == (measure, model)
    )
    return found


def test_json_is_what_a_run_directory_stores(files, capsys):
    found = json.loads(shown(capsys, **files, format_=Format.JSON)[0])
    assert list(found) == ["schema", "signature", "measurements", "contrasts", "blank_translations"]
    assert found["signature"]["recipe"] is None
    assert found["blank_translations"] == {"text": {"poor": 2}}
    twin = rows(found, "exact_match", "twin")
    assert (twin["verdict"], twin["discordant"]) == ("too_few", 0)
    assert from_json_dict(found).to_json_dict() == found


def test_identical_systems_and_too_few_events_have_words_of_their_own(files, capsys):
    text, _ = shown(capsys, **files, format_=Format.MARKDOWN)
    cells = {
        line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line[:1] == "|"
    }
    assert "no difference: identical on every unit; +0.0% [" in cells["exact_match (%)"]
    assert "lower, p = 0.002; -25% [" in cells["exact_match (%)"]
    assert "no difference: no event in either" in cells["repeated_target (%)"]
    assert "too few events: 1 independent unit differs" in cells["repeated_target (%)"]
    assert "40 of 40" in cells["exact_match (%)"]
    assert "8 of 38" in cells["repeated_target (%)"]


def test_blank_translations_are_warned_about_and_noted(files, capsys):
    said = "poor: 2 translations of text are blank; measures of hallucination leave them out."
    for form in (Format.TABLE, Format.MARKDOWN):
        text, warning = shown(capsys, **files, format_=form)
        assert said in text
        assert warning == f"kdaudit: warning: {said}\n"
    assert "blank" not in shown(capsys, **files, format_=Format.CSV)[0]


def test_a_source_that_is_blank_needs_no_translation(tmp_path, files, capsys):
    files["source"] = written(tmp_path / "source", [*SOURCE[:38], "", " "])
    text, warning = shown(capsys, **files)
    assert warning == ""
    assert "blank" not in text


def test_the_measures_are_explained_below_the_table(files, capsys):
    text, _ = shown(capsys, **files)
    below = text.split("repeated_target (%)")[1]
    assert "exact_match: the translation is the corpus's target" in below
    assert "bleu:" not in below
    assert "where the two disagree, the case is a borderline one" in below


def lines_and_words(text: str) -> tuple[int, list[str]]:
    return max(map(len, text.splitlines())), re.findall(r"\S+", text)


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_narrow_terminal_breaks_no_word_and_loses_none(files, capsys, monkeypatch, columns):
    monkeypatch.delenv("COLUMNS", raising=False)
    wide, _ = shown(capsys, **files)
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow, _ = shown(capsys, **files)
    width, words = lines_and_words(narrow)
    assert width <= columns
    assert "  twin against first  " in narrow
    known = {word.rstrip(";") for word in lines_and_words(wide)[1]}
    assert {word.rstrip(";") for word in words} <= known
    for word in ("indistinguishable", "independent", "identical", "(%)"):
        assert (word in wide) == (word in narrow)


def test_a_pipe_has_all_the_room_that_a_table_needs(files, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    text, _ = shown(capsys, **files)
    (head,) = (line for line in text.splitlines() if line.startswith("measure"))
    assert re.split(r"\s{2,}", head.strip()) == [
        "measure", "first", "twin", "poor", "twin against first", "poor against first",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.md", "### text"), ("a.csv", "run,measure"), ("a.json", "{"), ("a.txt", "text\n")],
)
def test_the_form_of_a_file_is_that_of_its_suffix(files, capsys, tmp_path, name, begin):
    text, _ = shown(capsys, **files, output=tmp_path / name)
    assert text == ""
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_a_form_that_is_asked_for_comes_before_the_suffix(files, capsys, tmp_path):
    shown(capsys, **files, output=tmp_path / "a.md", format_=Format.CSV)
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("run,measure")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("a.xlsx", "its suffix is none of .txt, .json, .csv, .md: give --format"),
        ("no/where/a.md", "there is no folder {folder}/no/where"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_before_anything_is_computed(
    tmp_path, capsys, output, message
):
    with pytest.raises(KdauditError) as error:
        shown(capsys, source=tmp_path / "absent", output=tmp_path / output)
    assert message.format(folder=tmp_path) in str(error.value)
    assert list(tmp_path.iterdir()) == []


def stored(folder: Path, seed: int = 1, *, natural: int = 1, **parts: object) -> Path:
    """A run directory as far as `compare` looks at a finished one."""
    columns = {"id": [0, 1], "source": SOURCE[:2], "target": TARGET[:2]}
    fake_run(folder, pa.table(columns), {}, seed=seed, **parts)
    place = {"model": "student", "split": "train", "scheme": "all", "subgroup": "all"}
    row = {"measure": "natural", **place, "n": 9, "flagged": natural, "value": natural / 9}
    content = {
        "schema": "kdaudit.comparison/1",
        "signature": {"recipe": folder.name, "confidence": 0.9, "beam": {"train": 5}},
        "measurements": [{**row, "ci_low": 0.0, "ci_high": 0.4, "interval": "wilson"}],
        "contrasts": [],
        "planted_recall": [{"kind": "copy"}],
        "not_computable": {"comet": "needs a model"},
        "not_applicable": {"news": {"bleu": "no targets"}},
        "blank_translations": {},
        "corpus": {"train": {"pairs": 9}},
    }
    (folder / "comparison").mkdir()
    path = folder / "comparison" / "comparison.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_json_of_a_run_is_its_comparison_whole(tmp_path, capsys):
    run = stored(tmp_path / "run")
    found = json.loads(shown(capsys, run, format_=Format.JSON)[0])
    path = run / "comparison" / "comparison.json"
    assert found == json.loads(path.read_text(encoding="utf-8"))


def test_several_runs_are_told_by_their_directories(tmp_path, capsys):
    runs = [stored(tmp_path / name, seed) for seed, name in enumerate(("one", "two"), 1)]
    found = json.loads(shown(capsys, *runs, format_=Format.JSON)[0])
    assert list(found) == [*map(str, runs), "combined"]
    assert found[str(runs[1])]["signature"]["recipe"] == "two"
    table = list(csv.DictReader(io.StringIO(shown(capsys, *runs, format_=Format.CSV)[0])))
    assert [row["run"] for row in table] == [*map(str, runs), "combined"]
    for form in (Format.TABLE, Format.MARKDOWN):
        text, _ = shown(capsys, *runs, format_=form)
        assert all(text.count(str(run)) == 1 for run in runs)
        assert text.count("comet was not computed: it needs a model.") == 2
        assert text.count("natural: one translation for many") == 1
        assert text.count("with 90% intervals") == 1
        assert text.count("fake, 2 seeds: train (beam 5)") == 1
        assert text.count("train (beam 5)") == 3


def test_several_seeds_have_a_mean_with_its_spread(tmp_path, capsys):
    runs = [stored(tmp_path / str(seed), seed, natural=seed) for seed in (1, 2, 3)]
    found = json.loads(shown(capsys, *runs, format_=Format.JSON)[0])["combined"]
    assert found["schema"] == "kdaudit.combined/1"
    (seeds,) = found["seeds"]
    assert seeds["runs"] == {str(run): seed for seed, run in enumerate(runs, 1)}
    (row,) = seeds["measurements"]
    assert row["value"]["values"] == [1 / 9, 2 / 9, 3 / 9]
    assert row["value"]["mean"] == pytest.approx(2 / 9)
    text, _ = shown(capsys, *runs)
    assert "22.22 ± 11.11 [0.00, " in text
    assert "seeds: 11.11, 22.22, 33.33" in text
    assert "fake: 3 seeds, each on the same segments." in text


def test_directions_are_asked_for(tmp_path, capsys):
    runs = [
        stored(tmp_path / "one"),
        stored(tmp_path / "two", name="other", trainer={"epochs": 2}),
    ]
    with pytest.raises(KdauditError, match="is no seed of the recipe of"):
        shown(capsys, *runs)
    found = json.loads(shown(capsys, *runs, directions=True, format_=Format.JSON)[0])
    assert found["combined"] == {"schema": "kdaudit.combined/1", "seeds": [], "directions": []}
    assert list(found) == [*map(str, runs), "combined"]
    with pytest.raises(KdauditError, match="--directions needs several runs"):
        shown(capsys, runs[0], directions=True)


def test_what_a_student_inherits_from_a_teacher_is_shown(files, capsys):
    roles = {"teacher": "first", "student": ["poor"], "baseline": "twin"}
    found = json.loads(shown(capsys, **files, **roles, format_=Format.JSON)[0])
    assert found["signature"]["reference"] == ["twin"]
    row = next(row for row in found["inheritance"] if row["measure"] == "exact_match")
    assert (row["n"], row["common"], row["own"]) == (40, 30, 0)
    assert row["teacher_flagged"]["ratio"] == 0.75
    assert row["teacher_not_flagged"]["n"] == 0
    assert from_json_dict(found).to_json_dict() == found
    for form in (Format.TABLE, Format.MARKDOWN):
        text, _ = shown(capsys, **files, **roles, format_=form)
        assert "text: poor by what first flags" in text
        assert "0.75 [0.6" in text
        assert "0 inherited, 30 common, 0 corpus, 0 own" in text
        assert "Inheritance: of the segments that the teacher flags" in text


def test_every_pair_of_systems_is_compared_on_request(files, capsys):
    found = json.loads(shown(capsys, **files, reference="all", format_=Format.JSON)[0])
    pairs = {(row["model"], row["reference"]) for row in found["contrasts"]}
    assert len(pairs) == 6
    text, _ = shown(capsys, **files, reference="all", format_=Format.MARKDOWN)
    head = next(line for line in text.splitlines() if line.startswith("| measure"))
    against = [cell for cell in head.split(" | ") if " against " in cell]
    assert len(against) == 3


def test_how_many_events_would_have_been_needed_is_said(files, capsys):
    text, _ = shown(capsys, **files)
    assert "too few events: 1 independent unit differs, at least 6 needed" in text


@pytest.mark.parametrize("option", [{"seed": 5}, {"seed": 0}, {"measures": "bleu"}])
def test_what_is_for_plain_files_is_refused_for_a_run(tmp_path, capsys, option):
    (name,) = option
    with pytest.raises(KdauditError, match=f"--{name} is for plain files: a run's {name} stand"):
        shown(capsys, stored(tmp_path / "run"), **option)
