"""What is said of capped subgroups: how many segments they have without the cap; opens no file.

In a comparison, `capped` has by split, scheme and subgroup the `segments` that are measured and
the `full` number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdaudit.errors import ArtifactError

KEY = "capped"


def check(content: Mapping[str, Any]) -> None:
    """ArtifactError where a comparison does not say it in this form."""
    for split, schemes in content.get(KEY, {}).items():
        for scheme, subgroups in schemes.items() if isinstance(schemes, Mapping) else [("", None)]:
            if not isinstance(subgroups, Mapping) or not all(map(_is_count, subgroups.values())):
                raise ArtifactError(f"comparison: {KEY}.{split}.{scheme} is wrong")


def drawn(about: Mapping[str, Any], split: str, scheme: str, subgroup: str) -> str:
    """`10,000 of 123,456 segments` for a subgroup that has a cap and more than it; else nothing."""
    found = about.get(KEY, {}).get(split, {}).get(scheme, {}).get(subgroup)
    return "" if found is None else f"{found['segments']:,} of {found['full']:,} segments"


def _is_count(value: Any) -> bool:
    keys = ("segments", "full")
    return isinstance(value, Mapping) and all(isinstance(value.get(key), int) for key in keys)
