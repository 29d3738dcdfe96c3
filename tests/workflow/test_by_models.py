"""What the workflow runs for detectors that ask a model."""

from __future__ import annotations

import re
from pathlib import Path

from kdaudit.artifacts import RunDirectory
from kdaudit.stages import detect, score
from kdaudit.workflow import runner
from tests.fakes import recipe

DETECTORS = {
    "cross_model": {"splits": ["test"]},
    "by_baseline": {"kind": "cross_model", "model": "baseline", "splits": ["test"]},
    "perturbation": {"splits": ["test"]},
    "natural": {"gate": "teacher_log_probability", "threshold": -1.0, "splits": ["train"]},
}


def test_translations_are_scored_before_they_are_judged_and_each_once(tmp_path):
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    settings = recipe(tmp_path, detectors=DETECTORS, quality={}, subgroups={}, scores=["test"])
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), settings, cores=2, profile=None)
    scored = re.findall(r"-m kdaudit score \. --model (\S+) --text (\S+) --split (\S+)", shown)
    targets = [(model, "target", "test") for model in ("teacher", "student", "baseline")]
    assert sorted(scored) == sorted(
        [
            *targets,
            ("teacher", "student", "train"),
            ("teacher", "baseline", "train"),
            ("teacher", "student", "test"),
            ("teacher", "baseline", "test"),
            ("baseline", "teacher", "test"),
            ("baseline", "student", "test"),
        ]
    )
    judged = re.findall(r"detect \. --detector (\S+) --model (\S+) --split (\S+)", shown)
    assert ("cross_model", "teacher", "test") not in judged
    assert ("by_baseline", "baseline", "test") not in judged
    assert ("natural", "teacher", "train") not in judged
    assert len(judged) == len(set(judged)) == 9


def test_files_are_those_that_the_stages_read(tmp_path):
    settings = recipe(tmp_path, detectors=DETECTORS, quality={}, subgroups={})
    run = RunDirectory(Path("run"))

    def read(name: str, model: str, split: str) -> list[str]:
        files = detect.inputs(run, settings, name, model, split)
        return [path.relative_to("run").as_posix() for path in files]

    shard = "part-00000-of-00001.parquet"
    translated = ["corpus/test.parquet", f"translations/student/test/{shard}"]
    assert read("cross_model", "student", "test") == [
        *translated,
        "scores/teacher/student/test.parquet",
    ]
    assert read("perturbation", "student", "test") == [
        *translated,
        "models/student/manifest.json",
        "corpus/train.parquet",
    ]
    files = score.inputs(run, settings, "teacher", "student", "test")
    assert [path.relative_to("run").as_posix() for path in files] == [
        "models/teacher/manifest.json",
        *translated,
    ]
    assert detect.settings(settings, "cross_model") != detect.settings(settings, "by_baseline")
