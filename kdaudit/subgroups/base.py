"""The contract of a subgroup scheme; opens no file.

A scheme names a subgroup for every segment, so its subgroups are a partition;
what is undefined has a subgroup of its own, and a sample or top-N has a `rest`.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from kdaudit.segments import Segments


class SubgroupScheme(Protocol):
    """One way of dividing a split; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the segments: those of the corpus, or `quality.<metric>.<model>`, where
        the model `teacher` stands for the run's teacher."""
        ...

    def assign(self, segments: Segments) -> list[str]:
        """The subgroup's name for each row."""
        ...

    def signature(self) -> str: ...
