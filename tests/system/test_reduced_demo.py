"""The real thing, small: the whole workflow by Snakemake, with fairseq and CTranslate2."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from benchmarks.faults import TRAINER
from kdaudit.artifacts import file_hash, metadata
from kdaudit.recorded import SUFFIX, record_of

pytestmark = pytest.mark.slow

RECIPE = {
    "name": "reduced",
    "corpus": {
        "embedded": {"train": 600, "valid": 40, "test": 40},
        "planted": {
            "idiosyncratic": 2,
            "misaligned": 10,
            "boilerplate": 1,
            "oscillating": 5,
            "copies": 5,
            "cluster": 5,
        },
    },
    "subwords": {"size": 700},
    "trainer": TRAINER,
    "models": {
        "teacher": {"role": "teacher"},
        "student": {"role": "student", "distillation": {"teacher": "teacher"}},
        "baseline": {"role": "baseline"},
        "reverse": {"role": "reverse"},
    },
    "scores": ["test"],
    "shards": 2,
    "comparison": {"bootstrap": 500, "quality_bootstrap": 100},
    "tracking": {"mode": "offline"},
}


def run(recipe: dict, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = folder / "reduced.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "kdaudit", "run", str(path), "--cores", "2", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("system")
    done = run(RECIPE, folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def results(directory: Path) -> dict[str, str]:
    """The hashes of every result of a run."""
    return json.loads((directory / "manifest.json").read_text(encoding="utf-8"))["sha256"]


def test_a_run_ends_with_the_comparison_and_the_report(finished):
    folder, done = finished
    assert "train, original segments (beam 1)" in done.stdout
    assert "train, planted cases (beam 1)" in done.stdout
    for name in ("exact_match", "extractive", "oscillatory", "repeated_target", "natural"):
        assert f"{name} (%)" in done.stdout
    page = (folder / "runs/reduced/report/index.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert (folder / "runs/reduced/report/report.md").is_file()
    assert list((folder / "runs/reduced/tracking").glob("*.zip"))


def test_the_comparison_has_the_fixed_form(finished):
    folder, _ = finished
    text = (folder / "runs/reduced/comparison/comparison.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["schema"] == "kdaudit.comparison/1"
    measures = {row["measure"] for row in found["measurements"]}
    assert {"extractive_of_replicated", "exact_match_kd", "extractive_kd", "bleu"} <= measures
    schemes = {row["scheme"] for row in found["measurements"]}
    assert {"all", "random", "confidence", "frequency", "length", "provenance"} <= schemes
    kinds = {row["kind"] for row in found["planted_recall"]}
    assert kinds == {"idiosyncratic", "misaligned", "boilerplate", "oscillating", "copy"}


def test_every_result_is_in_the_manifest_with_its_hash(finished):
    directory = finished[0] / "runs/reduced"
    listed = results(directory)
    assert "models/teacher/checkpoint.pt" in listed
    assert "translations/student/test/part-00001-of-00002.parquet" in listed
    assert "scores/baseline/target/test.parquet" in listed
    assert all(file_hash(directory / name) == value for name, value in listed.items())
    assert not list(directory.rglob("work"))


def test_a_second_run_has_nothing_to_do(finished):
    folder, _ = finished
    before = results(folder / "runs/reduced")
    done = run(RECIPE, folder)
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stderr
    assert results(folder / "runs/reduced") == before


LOWER = {"oscillatory": {"min_count": 3}, "extractive": {"share": 0.5}}
CHANGES: dict[str, tuple[dict, set[str]]] = {
    "a threshold": (
        {"detectors": LOWER},
        {"detect extractive", "detect extractive_kd", "detect oscillatory"},
    ),
    "a number of resamples": ({"comparison": {"bootstrap": 400, "quality_bootstrap": 100}}, set()),
    "a metric more": ({"quality": {"bleu": {}, "chrf": {"word_order": 2}}}, {"measure chrf"}),
    "a scheme": ({"subgroups": {"length": {"edges": [4, 9]}}}, {"group length"}),
    "threads": ({"inference": {"threads": 1}}, set()),
    "one model's training": (
        {
            "models": {
                **RECIPE["models"],
                "baseline": {"role": "baseline", "trainer": {"updates": 61}},
            }
        },
        {"train baseline", "translate baseline", "score baseline"},
    ),
}
"""What is changed in the recipe, and what is made again beside the comparison and the report; of a
training, what is made with the model too."""


@pytest.mark.parametrize("change", CHANGES)
def test_the_dry_run_of_a_changed_recipe_shows_what_depends_on_it(finished, change):
    folder, _ = finished
    parts, expected = CHANGES[change]
    before = results(folder / "runs/reduced")
    shown = run(RECIPE | parts, folder, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    jobs = set()
    for line in shown.stdout.partition("stages:")[2].splitlines():
        words = line.split()
        if "kdaudit" in words:
            options = words[words.index("kdaudit") + 1 :]
            jobs.add(f"{options[0]} {options[3]}" if len(options) > 3 else options[0])
    jobs = {job.removesuffix(" 2>&1") for job in jobs}
    if "train baseline" in expected:
        assert expected <= jobs
        assert not {"train teacher", "train student", "distill student"} & jobs
    else:
        rest = {job for job in jobs if job.split()[0] not in {"compare", "report"}}
        assert rest == expected
    assert results(folder / "runs/reduced") == before


def test_a_changed_threshold_runs_what_depends_on_it_and_nothing_else(finished):
    folder, _ = finished
    directory = folder / "runs/reduced"
    scored = directory / "detections/extractive/student/train.parquet"
    parts = json.loads(metadata(scored)["shards"])
    assert [part["prefixes_cut"] for part in parts] == ["0", "0"]
    parts[1]["prefixes_cut"] = "7"  # decoded again, it would be another number
    marked = {**metadata(scored), "shards": json.dumps(parts)}
    pq.write_table(pq.read_table(scored).replace_schema_metadata(marked), scored)
    record_of(scored).unlink()
    stamps = {
        path: path.stat().st_mtime_ns
        for name in ("models", "translations", "quality", "subgroups", "corpus", "detections")
        for path in (directory / name).rglob("*")
        if path.is_file() and path.suffix != SUFFIX
    }
    done = run(RECIPE | {"detectors": LOWER}, folder)
    assert done.returncode == 0, done.stderr
    changed = {
        str(path.relative_to(directory))
        for path, stamp in stamps.items()
        if path.stat().st_mtime_ns != stamp
    }
    expected = {
        f"detections/oscillatory/{model}/{split}.parquet"
        for model in ("teacher", "student", "baseline")
        for split in ("train", "test")
    }
    names = ("extractive/teacher", "extractive/student", "extractive/baseline")
    names += ("extractive_kd/student",)
    assert changed == expected | {f"detections/{name}/train.parquet" for name in names}
    assert "share:0.5" in metadata(scored)["signature"]
    assert metadata(scored)["prefixes_cut"] == "7"


def test_a_run_that_is_stopped_leaves_no_process_and_goes_on_to_the_same_end(finished, tmp_path):
    """SIGTERM in the middle of the training; then again, and the same models come out."""
    recipe = tmp_path / "reduced.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    command = [sys.executable, "-m", "kdaudit", "run", str(recipe), "--cores", "2"]
    directory = tmp_path / "runs/reduced"
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not list(directory.glob("models/*/work/checkpoints/*.pt")):
            assert time.monotonic() < deadline, "no checkpoint within two minutes"
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    assert not (directory / "manifest.json").exists()
    deadline = time.monotonic() + 10
    while _processes_in(directory):
        assert time.monotonic() < deadline, "a stage outlives the run by ten seconds"
        time.sleep(0.1)
    done = run(RECIPE, tmp_path)
    assert done.returncode == 0, done.stderr
    first = results(finished[0] / "runs/reduced")
    again = results(directory)
    for name in again:
        if name.endswith("model.bin") or name.startswith("translations/"):
            assert again[name] == first[name], name


def _processes_in(directory: Path) -> list[int]:
    """Processes whose working directory lies within a directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            place = str((entry / "cwd").readlink())
        except OSError:
            continue  # gone, or another user's
        if place.startswith(str(directory)):
            found.append(int(entry.name))
    return found
