"""`kdaudit finetune` as a user runs it: a checkpoint and its corpus, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdaudit.artifacts import RunDirectory, file_hash, metadata
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints, load
from kdaudit.recipe.finetune import ADAPTED
from kdaudit.stages import select
from tests.tiny import corpus_files

pytestmark = pytest.mark.slow


def finetune(folder: Path, files: dict[str, Path], *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "kdaudit", "finetune", str(files["checkpoint"])]
    for name in ("source", "target", "subwords"):
        command += [f"--{name}", str(files[name])]
    return subprocess.run(
        [*command, "--cores", "2", *options],
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


OPTIONS = (
    *("--mode", "adaptive", "--above", "quality.chrf=50", "--min-source-words", "3"),
    *("--most", "100", "--fewest", "5", "--learning-rate", "1e-4", "--batch-tokens", "200"),
    *("--output", "out", "--run-dir", "run"),
)


@pytest.fixture(scope="module")
def finished(copy_task, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finetune")
    files = corpus_files(copy_task, folder / "given")
    done = finetune(folder, files, *OPTIONS)
    assert done.returncode == 0, done.stderr
    return folder, files, done


def test_it_shows_what_changed_in_the_audits_measures(finished):
    _, _, done = finished
    assert "adapted" in done.stdout
    for measure in ("exact_match (%)", "extractive (%)", "oscillatory (%)", "bleu", "chrf"):
        assert measure in done.stdout
    assert "against teacher" in done.stdout
    assert "adapted: teacher, fine-tuned on 100 pairs (" in done.stdout
    assert "kdaudit: chosen pairs: run/selected/adapted.parquet\n" in done.stderr
    assert "kdaudit: fine-tuned checkpoint: out/checkpoint.pt\n" in done.stderr
    assert "kdaudit: report: run/report/index.html\n" in done.stderr


def test_what_it_delivers_is_loaded_by_fairseq(finished):
    from fairseq import checkpoint_utils

    folder, files, _ = finished
    out = folder / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "checkpoint.pt",
        "dict.de.txt",
        "dict.en.txt",
    ]
    allow_fairseq_checkpoints()
    (model,), _, task = checkpoint_utils.load_model_ensemble_and_task(
        [str(out / "checkpoint.pt")], arg_overrides={"data": str(out)}
    )
    assert len(task.source_dictionary) == len(model.encoder.embed_tokens.weight)
    before, after = load(files["checkpoint"])["model"], model.state_dict()
    assert any(bool((after[name] != before[name]).any()) for name in before)


def test_the_report_tells_of_the_pairs_and_of_no_folder(finished):
    folder, _, _ = finished
    run = RunDirectory(folder / "run")
    counts = select.counts(run, ADAPTED)
    assert counts["chosen"] == 100 < counts["candidates"]
    assert "listed_sha256" in metadata(run.selected(ADAPTED))
    for name in ("index.html", "report.md"):
        text = (run.report / name).read_text(encoding="utf-8")
        assert "fine-tuned on 100 pairs" in text
        assert str(folder) not in text


def test_a_second_time_there_is_nothing_to_do(finished):
    folder, files, done = finished
    out = folder / "out/checkpoint.pt"
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "run/models").rglob("*")}
    before = file_hash(out)
    again = finetune(folder, files, *OPTIONS)
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert file_hash(out) == before
    assert again.stdout == done.stdout
    assert "train" not in again.stderr


def test_a_choice_that_fails_in_the_run_is_told_in_one_line(finished):
    """Other ids: what has been made stays, and nothing is fine-tuned."""
    folder, files, _ = finished
    (folder / "ids.txt").write_text("3\n99999\n")
    done = finetune(folder, files, *OPTIONS, "--ids", "ids.txt")
    assert done.returncode == 2, done
    (error,) = (line for line in done.stderr.splitlines() if "error: " in line)
    assert error == (
        f"kdaudit: error: {folder}/ids.txt:2: the split 'train' has no id 99999 (it has 3160, "
        "from 0 to 3159) (log: run/logs/select-adapted.log)"
    )
    assert done.stdout == ""
    assert (folder / "out/checkpoint.pt").is_file()
