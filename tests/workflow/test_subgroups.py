"""What the workflow plans for subgroup schemes: the files that they need are made first."""

from __future__ import annotations

from kdaudit.artifacts import RunDirectory
from kdaudit.workflow import runner
from tests.fakes import recipe


def test_the_corpus_own_quality_and_the_parts_of_a_product_are_planned(tmp_path):
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    (tmp_path / "mine.tsv").write_text("0\tours\n")
    schemes = {
        "quality": {"splits": ["train"]},
        "mine": {"kind": "file", "files": {"train": "mine.tsv"}},
        "both": {"kind": "product", "schemes": ["quality", "mine"]},
    }
    found = recipe(tmp_path, subgroups=schemes, quality={"back_translation": {}})
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), found, cores=2, profile=None)
    own = "kdaudit measure . --metric back_translation --model corpus --split train"
    assert shown.count(own) == 1
    assert "--model corpus --split test" not in shown
    places = [shown.index(f"kdaudit group . --scheme {name} ") for name in schemes]
    assert shown.index(own) < places[0]
    assert max(places[:2]) < places[2]
