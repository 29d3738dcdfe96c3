"""`kdaudit audit` as a user runs it: models of several toolkits, and sources without targets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kdaudit.artifacts import TRANSLATIONS, RunDirectory, metadata, read_json, read_table
from tests import tiny_models
from tests.tiny import CopyTask, corpus_files

pytestmark = pytest.mark.slow


def audit(folder: Path, *options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "kdaudit", "audit", "--cores", "2", "--device", "cpu"]
    return subprocess.run(
        [*command, *map(str, options)],
        cwd=folder,
        env=os.environ | {"COLUMNS": "250", "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def corpus(folder: Path, task: CopyTask) -> None:
    """Some pairs that the copier was trained on, planted ones too, as a table."""
    segments = task.context.corpus("train")
    pairs = list(zip(segments.texts("source"), segments.texts("target"), strict=True))
    lines = [f"{source}\t{target}\n" for source, target in [*pairs[:30], *pairs[-30:]]]
    (folder / "pairs.tsv").write_text("".join(lines), encoding="utf-8")


def test_models_of_several_toolkits_and_their_deployed_forms_in_one_audit(tmp_path, copy_task):
    corpus(tmp_path, copy_task)
    files = corpus_files(copy_task, tmp_path / "given")
    npz = tiny_models.marian(tiny_models.hugging_face("marian", tmp_path), tmp_path / "npz")
    options = [
        *("--corpus", "pairs.tsv", "--languages", "en-de"),
        *("--model", f"copier={files['checkpoint']}", "--subwords", f"copier={files['subwords']}"),
        *("--model", f"opus={npz}", "--baseline", "opus", "--compute-type", "int8"),
        *("--measures", "exact_match,extractive,oscillatory,natural"),
    ]
    done = audit(tmp_path, *options)
    assert done.returncode == 0, done.stderr
    assert "copier (fairseq): of 32 lines of the corpus the conversion translates 32" in done.stderr
    assert "opus (marian): not checked against the original" in done.stderr
    assert "natural was not computed: it needs the quality metric 'back_translation'" in done.stdout
    found = read_json(RunDirectory(tmp_path / "runs" / "audit").comparison)
    against = {(row["model"], row["reference"]) for row in found["contrasts"]}
    assert ("copier-int8", "copier") in against
    assert ("copier", "opus") in against
    rates = {
        row["model"]: row["value"]
        for row in found["measurements"]
        if (row["measure"], row["scheme"]) == ("exact_match", "all")
    }
    assert rates["copier"] > 0.8
    assert rates["opus"] == 0
    report = (tmp_path / "runs" / "audit" / "report" / "report.md").read_text(encoding="utf-8")
    assert "copier (fairseq): of 32 lines" in report
    assert str(tmp_path) not in report
    page = (tmp_path / "runs" / "audit" / "report" / "index.html").read_text(encoding="utf-8")
    assert "Compared with copier, copier-int8 " in page
    again = audit(tmp_path, *options)
    assert again.returncode == 0
    assert "kdaudit: translate" not in again.stderr


def test_an_opennmt_checkpoint_with_few_positions_is_audited_as_it_is(tmp_path):
    """200 positions: fewer than the longest translation that an audit makes, and than a source
    here would need."""
    sources, targets = tiny_models.sample()
    pairs = [*zip(sources[:10], targets[:10], strict=True), (" ".join(sources), " ".join(targets))]
    lines = [f"{source}\t{target}\n" for source, target in pairs]
    (tmp_path / "pairs.tsv").write_text("".join(lines), encoding="utf-8")
    path = tiny_models.opennmt(tmp_path / "onmt")
    options = ["--corpus", "pairs.tsv", "--languages", "en-de", "--model", f"mine={path}"]
    done = audit(tmp_path, *options, "--measures", "oscillatory,confidence,extractive")
    assert done.returncode == 0, done.stderr
    assert "mine (opennmt): not checked against the original" in done.stderr
    run = RunDirectory(tmp_path / "runs" / "audit")
    assert read_json(run.model_manifest("mine"))["positions"] == [200, 200]
    assert metadata(shard(run))["sources_cut"] == "1"
    assert max(read_table(shard(run), TRANSLATIONS)["tokens"].to_pylist()) == 199
    done = audit(tmp_path, *options, "--measures", "oscillatory", "--max-target-pieces", 5)
    assert done.returncode == 0, done.stderr
    assert max(read_table(shard(run), TRANSLATIONS)["tokens"].to_pylist()) == 5


def shard(run: RunDirectory) -> Path:
    """The only file of the translations of the training split."""
    (found,) = run.translations("mine", "train").glob("*.parquet")
    return found


def test_sources_alone_are_audited(tmp_path):
    sources, targets = tiny_models.sample()
    (tmp_path / "s.en").write_text("".join(f"{line}\n" for line in sources[:30]), "utf-8")
    (tmp_path / "one.de").write_text("".join(f"{line}\n" for line in targets[:30]), "utf-8")
    (tmp_path / "two.de").write_text("Das ist so.\n" * 30, "utf-8")
    options = ["--source", "s.en", "--languages", "en-de", "--run-dir", "run"]
    models = ["--model", "one=one.de", "--model", "two=two.de"]
    done = audit(tmp_path, *options, *models, "--measures", "exact_match,repeated_target")
    assert done.returncode == 0, done.stderr
    assert "Not applicable to split 'train' (no targets): exact_match" in done.stdout
    assert "ter was not computed" not in done.stdout, "other measures were asked for"
    short = (tmp_path / "one.de").read_text("utf-8").splitlines()[:29]
    (tmp_path / "one.de").write_text("".join(f"{line}\n" for line in short), "utf-8")
    done = audit(tmp_path, *options, *models, "--measures", "exact_match,repeated_target")
    assert done.returncode == 2
    assert "one.de: has 29 lines, the corpus has 30 (s.en)" in done.stderr
    assert "kdaudit: prepare" not in done.stderr
