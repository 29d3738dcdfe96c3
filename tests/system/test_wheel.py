"""The package outside its checkout: a wheel has the workflow, the recipes and the data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the installed wheel, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # Built from a copy, links followed, so that nothing is left behind in the checkout.
    copy = folder / "copy"
    for name in ("kdaudit", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name)
        else:
            shutil.copy(ROOT / name, copy / name)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(copy)],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("kdaudit-*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True
    )
    return folder / "site"


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_package_is_the_one_that_runs(installed):
    shown = python(installed, "-c", "import kdaudit; print(kdaudit.__file__)").stdout
    assert shown.startswith(str(installed))


def test_the_bases_of_recipes_are_in_it(installed):
    assert (installed / "kdaudit" / "recipes" / "base" / "wmt20.yaml").is_file()


def test_the_packaged_demo_can_be_planned_by_its_name(installed):
    done = python(installed, "-m", "kdaudit", "run", "demo", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout
    assert "fairseq-train" in done.stdout


def test_the_sample_of_the_embedded_corpus_is_in_the_wheel(installed):
    assert (installed / "kdaudit/data/embedded-sample.tsv").is_file()
    assert (installed / "kdaudit/py.typed").is_file()


def test_every_package_of_the_checkout_is_in_the_wheel(installed):
    ours = {path.relative_to(ROOT) for path in (ROOT / "kdaudit").rglob("*.py")}
    # The scripts of profiles lie behind a link.
    ours |= {"kdaudit" / path.relative_to(ROOT) for path in (ROOT / "recipes").rglob("*.py")}
    theirs = {path.relative_to(installed) for path in (installed / "kdaudit").rglob("*.py")}
    assert ours == theirs


def test_the_programs_of_a_profile_can_be_started(installed):
    folder = installed / "kdaudit/recipes/profiles/kubernetes"
    assert (folder / "job.yaml").is_file()
    assert all(
        os.access(folder / f"{name}.py", os.X_OK) for name in ("submit", "status", "sidecar")
    )
