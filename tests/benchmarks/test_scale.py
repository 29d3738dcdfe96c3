"""What a recipe costs, by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchmarks.scale import Corpus, Reckoning, Speed, speeds_of, table
from benchmarks.throughputs import medians
from kdaudit.errors import RecipeError
from kdaudit.recipe import find, from_values, load

SMALL = Speed(512, 2048, 6, training=800, greedy=100, beam5=20, forced=200, prefixes=90)
BIG = Speed(1024, 4096, 6, training=300, greedy=40, beam5=10, forced=50, prefixes=30)
CORPUS = Corpus(1000, lines=60, words=12, tokens=10, replicated=0.1, replicated_kd=0.4)


def recipe(folder, **parts):
    trainer = {"updates": 50, "batch_tokens": 100, "accumulate": 2, "processes": 4}
    big = {"width": 1024, "feed_forward": 4096}
    student = {"teacher": "teacher", "step": "seqkd", "settings": {"beam": 3}}
    values = {
        "name": "a",
        "corpus": {"splits": {s: {"source": "a", "target": "b"} for s in ("train", "valid", "t")}},
        "trainer": trainer,
        "models": {
            "teacher": {"role": "teacher", "trainer": big},
            "student": {"role": "student", "distillation": student},
            "reverse": {"role": "reverse"},
        },
        "shards": 5,
        "beam": {"t": 5},
        "scores": ["train"],
        "detectors": {"extractive": {"splits": ["train"]}},
        "quality": {"back_translation": {"splits": ["train"]}},
        "subgroups": {"all": {}},
        **parts,
    }
    return from_values(values, folder, "a")


def jobs(found):
    return {
        (job.kind, job.model, round(job.amount)): (job.seconds, job.devices) for job in found.jobs
    }


def test_every_job_is_work_over_throughput(tmp_path):
    found = jobs(Reckoning(recipe(tmp_path), CORPUS, [SMALL, BIG]))
    assert found == {
        ("training", "teacher", 40_000): (pytest.approx(40_000 / 300), 4),
        ("training", "student", 40_000): (pytest.approx(50), 4),
        ("training", "reverse", 40_000): (pytest.approx(50), 4),
        ("KD corpora", "teacher", 1000): (
            pytest.approx(1000 * (1 / 40 + (1 / 10 - 1 / 40) / 2)),
            5,
        ),
        ("translations", "teacher", 1000): (pytest.approx(25), 5),
        ("translations", "teacher", 60): (pytest.approx(6), 5),
        ("translations", "student", 1000): (pytest.approx(10), 5),
        ("translations", "student", 60): (pytest.approx(3), 5),
        ("back-translations", "reverse", 1000): (pytest.approx(10), 5),
        ("forced scores", "teacher", 1000): (pytest.approx(20), 5),
        ("forced scores", "student", 1000): (pytest.approx(5), 5),
        ("extraction", "teacher", 900): (pytest.approx(30), 5),
        ("extraction", "student", 900): (pytest.approx(10), 5),
        ("extraction", "student", 3600): (pytest.approx(40), 5),
    }


def test_a_fine_tuning_sees_its_pairs_alone(tmp_path):
    step = {"teacher": "teacher", "step": "adaptive", "settings": {"most": 300, "epochs": 2}}
    models = {
        "teacher": {"role": "teacher"},
        "student": {"role": "student", "distillation": {**step, "adapted": "adapted"}},
    }
    quality = {"chrf": {}, "confidence": {}}
    chosen = recipe(tmp_path, models=models, quality=quality)
    found = jobs(Reckoning(chosen, CORPUS, [SMALL]))
    assert found["training", "adapted", 2 * 300 * 10] == (pytest.approx(6000 / 800), 4)


def test_a_size_that_was_not_measured_is_an_error(tmp_path):
    with pytest.raises(RecipeError, match=r"of the size of 'teacher' \(\(1024, 4096, 6\)\)"):
        _ = Reckoning(recipe(tmp_path), CORPUS, [SMALL]).jobs


def test_the_table_of_a_published_recipe(monkeypatch, tmp_path):
    """All of its models, out of a file of throughputs."""
    monkeypatch.setenv("KDAUDIT_WMT20", "/none")
    sizes = {"small": 30.0, "base": 10.0, "big": 2.0}
    names = ("training", "greedy", "beam5", "forced", "prefixes")
    measured = {s: (1e6, 20.0, {key: [v] for key in names}) for s, v in sizes.items()}
    (tmp_path / "found.json").write_text(json.dumps(medians(measured)))
    chosen = load(find("wmt20-en-de"))
    found = Reckoning(chosen, Corpus(48_000_000), speeds_of(tmp_path / "found.json"))
    rows = table(found, 60).splitlines()
    teacher = 300_000 * 8192 * 8
    share = 100 * teacher / 2 / sum(job.seconds for job in found.jobs)
    hours = teacher / 2 / 3600
    shown = f"{teacher:.3g} target tokens | {hours:,.1f} | {share:.1f}% | 8 |"
    assert f"| training, teacher | {shown}" in rows
    assert sum(row.startswith("| training, ") for row in rows) == len(chosen.models)
    assert rows[-1].startswith("Stored texts, at 60 bytes each: the corpus 5.8 GB, KD corpora ")
    fewer = table(replace(found, corpus=Corpus(1_000_000)), 60)
    assert "`wmt20-en-de`, 1,000,000 pairs, 8 shards, reckoned:" in fewer
