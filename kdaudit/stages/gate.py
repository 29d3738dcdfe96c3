"""The gate of a release: a policy's limits on a stored comparison; no stage of the workflow.

Reads a policy (YAML), a `comparison.json` or the run directory that holds one, and that of the
last release; `junit` gives the outcome to a system of continuous integration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from xml.etree import ElementTree

from kdaudit.artifacts import RunDirectory
from kdaudit.comparison.policy import Judged, Policy, judge
from kdaudit.comparison.results import Comparison
from kdaudit.detectors.signatures import same_detector
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import documents
from kdaudit.settings import parse
from kdaudit.shown import visible
from kdaudit.stages import compare

_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 may hold, escaped or not; of it `visible` leaves U+FFFE and U+FFFF."""


def read_comparison(path: Path) -> Comparison:
    """A comparison: a JSON file, or the one of a run directory."""
    return compare.read_file(RunDirectory(path).comparison if path.is_dir() else path)


def run(
    comparison: Path, policy: Path, previous: Path | None = None
) -> tuple[Policy, list[Judged]]:
    """The policy of a file, and the outcome of each of its limits.

    InputError where the file holds no policy; RecipeError names file and line of a limit that
    cannot be used.
    """
    document = documents.read(policy, "policy")
    if not isinstance(document.values, Mapping):
        raise InputError("is no policy: a mapping with the key 'limits'", path=policy)
    try:
        limits = parse(Policy, document.values, "")
        last = None if previous is None else read_comparison(previous)
        return limits, judge(limits, read_comparison(comparison), last, same_detector)
    except RecipeError as error:
        raise RecipeError(f"{document.where(error.place)}: {error}") from error


def said(one: Judged) -> str:
    """What a limit asks for, in words: `at most 0.01 (ci_high)`."""
    limit = one.limit
    bound = limit.bound.replace("_", " ")
    of = "" if limit.reference is None else f" against {limit.reference}"
    on = "" if limit.on == "value" else f" ({limit.on})"
    return visible(f"{bound} {limit.number:g}{of}{on}")


def named(one: Judged) -> str:
    """What a limit is about: `extractive of student, train, provenance original`."""
    limit = one.limit
    return visible(f"{limit.measure} of {limit.model}, {limit.split}, {one.scheme} {one.subgroup}")


def found(one: Judged) -> str:
    """What the comparison says, and how far it is from the limit."""
    parts = [f"{number:.4g}" for number in (one.number,) if number is not None and number < inf]
    if one.beyond is not None and one.beyond < inf:
        parts.append(f"{abs(one.beyond):.4g} {'beyond' if one.beyond > 0 else 'within'}")
    return visible("; ".join([*parts, *filter(None, [one.reason])]))


def junit(policy: Policy, outcomes: Sequence[Judged]) -> str:
    """The outcomes as JUnit XML: what holds a release up is a failure, what is undecided and lets
    it pass is skipped."""
    suite = ElementTree.Element("testsuite", name="kdaudit gate", tests=str(len(outcomes)))
    counts = {"failures": 0, "skipped": 0, "errors": 0}
    for one in outcomes:
        name = f"{named(one)}: {said(one)}"
        case = ElementTree.SubElement(suite, "testcase", classname="kdaudit.gate", name=name)
        if policy.blocks(one.outcome):
            counts["failures"] += 1
            ElementTree.SubElement(case, "failure", type=one.outcome, message=found(one))
        elif one.outcome == "undecided":
            counts["skipped"] += 1
            ElementTree.SubElement(case, "skipped", message=found(one))
    for key, count in counts.items():
        suite.set(key, str(count))
    ElementTree.indent(suite)
    text = ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
    return _ILLEGAL.sub("\ufffd", text)
