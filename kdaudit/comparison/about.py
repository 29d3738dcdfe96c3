"""What stands in a comparison beside its numbers, and whether it is whole; opens no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdaudit.comparison import capped, counterfactual, inherited
from kdaudit.errors import ArtifactError

ABOUT = {
    "planted_recall": list,
    "extraction": list,
    "personal_data": list,
    "finetuning": list,
    "target_sources": dict,
    "not_computable": dict,
    "not_applicable": dict,
    "blank_translations": dict,
    "capped": dict,
    "corpus": dict,
    "counterfactual": dict,
    "inheritance": list,
    "denoising": list,
    "releases": dict,
}
"""What may stand in a comparison beside its numbers, and as what; by split where it depends on it:
`not_applicable` (measure to reason), `blank_translations` (model to number), `corpus` (counts).
`target_sources`: by student, origin to number of targets. `inheritance`: rows of
`kdaudit.comparison.inherited`; `denoising`: contrasts with `higher_is_better`."""

EXTRACTION: dict[str, Any] = {
    "measure": str,
    "model": str,
    "split": str,
    "segments": str,
    "pairs": int,
    "eligible": int,
    "replicated": int,
    "excluded": Mapping,
    "by_ratio": list,
    "origins": Mapping | None,
}
"""What a row of `extraction` has, and as what (see `kdaudit.stages.extraction`)."""

FINETUNING: dict[str, Any] = {
    "model": str,
    "teacher": str,
    "step": str,
    "candidates": int,
    "chosen": int,
    "replicated_by_teacher": int,
    "planted": int,
}
"""What a row of `finetuning`, of the pairs that a model was fine-tuned on, has."""

RELEASES: dict[str, Any] = {
    "previous": str,
    "candidate": str,
    "paired": bool,
    "why": str,
    "alone": Mapping,
    "remarks": list,
}
"""What `releases` has: which two, whether they were paired or why not, what one alone has."""

_JSON = {list: "list", dict: "object"}


def check(content: Mapping[str, Any]) -> None:
    """ArtifactError names the first part that is of another type, or lacks something."""
    for key, kind in ABOUT.items():
        if not isinstance(content.get(key, kind()), kind):
            raise ArtifactError(f"comparison: '{key}' must be a JSON {_JSON[kind]}")
    for name, kinds in (("extraction", EXTRACTION), ("finetuning", FINETUNING)):
        for index, row in enumerate(content.get(name, [])):
            for key, kind in kinds.items():
                if not isinstance(row, Mapping) or not isinstance(row.get(key), kind):
                    raise ArtifactError(
                        f"comparison: {name}[{index}] lacks '{key}', or it is wrong"
                    )
    for key, kind in RELEASES.items() if content.get("releases") else ():
        if not isinstance(content["releases"].get(key), kind):
            raise ArtifactError(f"comparison: releases lacks '{key}', or it is wrong")
    counterfactual.check(content.get("counterfactual", {}))
    capped.check(content)
    inherited.rows(content)
