"""A share of extractive memorization that stored scores serve, and one that they do not."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.artifacts import RunDirectory, metadata
from kdaudit.stages import detect, detections
from tests.bad_input.refusals import check, files
from tests.fakes import fake_run, write_translations

SOURCES, TARGETS = ["a b c d", "e f g h"], ["A", "E"]
TABLE = {"a b": "A", "e f g": "E", **dict(zip(SOURCES, TARGETS, strict=True))}
OPTIONS = ("--detector", "extractive", "--model", "baseline", "--split", "train")


@pytest.fixture
def run_dir(tmp_path) -> Path:
    """Prefixes of at most half of the words have been decoded; there is no model any more."""
    settings = {"identify_language": False, "max_length_ratio": 9.0, "share": 0.5}
    run = fake_run(
        tmp_path,
        pa.table({"id": [0, 1], "source": SOURCES, "target": TARGETS}),
        {"baseline": TABLE},
        detectors={"extractive": settings, "oscillatory": {"splits": ["train"]}},
    )
    write_translations(run, "baseline", "train", TARGETS)
    detect.run(run, "extractive", "baseline", "train")
    return tmp_path


def set_share(run_dir: Path, share: float, **settings: object) -> None:
    path = run_dir / "recipe.json"
    recipe = json.loads(path.read_text(encoding="utf-8"))
    recipe["detectors"]["extractive"]["settings"].update(share=share, **settings)
    path.write_text(json.dumps(recipe), encoding="utf-8")


def flags(run_dir: Path) -> list[bool]:
    table = detections.read(RunDirectory(run_dir), "extractive", "baseline", "train")
    return table["flagged"].to_pylist()


@pytest.mark.parametrize("stored", [(), ("--stored",)])
def test_a_lower_share_needs_no_model(kdaudit, run_dir, stored):
    assert flags(run_dir) == [True, False]
    set_share(run_dir, 0.3)
    assert kdaudit("detect", run_dir, *OPTIONS, *stored).code == 0
    assert flags(run_dir) == [False, False]
    path = run_dir / "detections/extractive/baseline/train.parquet"
    assert "share:0.3" in metadata(path)["signature"]


@pytest.mark.parametrize("change", [{"share": 0.75}, {"share": 0.5, "released_script": True}])
def test_a_higher_share_than_was_decoded(kdaudit, run_dir, change):
    set_share(run_dir, **change)
    before = files(run_dir)
    message = (
        f"{run_dir}/detections/extractive/baseline/train.parquet: its scores do not serve "
        f"extractive|share:{change['share']}|…: prefixes are to be decoded by "
        f"`kdaudit detect {run_dir} --detector extractive --model baseline --split train`"
    )
    check(kdaudit("detect", run_dir, *OPTIONS, "--stored"), message)
    assert files(run_dir) == before


def test_a_detector_that_asks_no_model_is_computed_whatever_is_stored(kdaudit, run_dir):
    options = ("--detector", "oscillatory", "--model", "baseline", "--split", "train")
    assert kdaudit("detect", run_dir, *options, "--stored").code == 0
    assert (run_dir / "detections/oscillatory/baseline/train.parquet").is_file()
