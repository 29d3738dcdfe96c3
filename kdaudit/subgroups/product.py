"""Every combination of the subgroups of two schemes; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups.base import codes_of, encoded, named

TIMES = " × "


@dataclass(frozen=True)
class Product:
    """The combinations of two `schemes`, entries of the recipe by their names: `0.8-1 × 2`.

    Combinations that no segment is in are absent. A cap of one of the schemes does not count
    here: a product of whole bands may have one of its own.
    """

    schemes: tuple[str, str]
    name: ClassVar[str] = "product"

    def __post_init__(self) -> None:
        if self.schemes[0] == self.schemes[1]:
            raise RecipeError(f"product: two different schemes, not '{self.schemes[0]}' twice")

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(f"subgroups.{scheme}" for scheme in self.schemes)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        first, second = (encoded(segments.column(column)) for column in self.needs)
        width = max(len(second.dictionary), 1)
        combined = codes_of(first) * width + codes_of(second)
        found, codes = np.unique(combined, return_inverse=True)
        rows, columns = np.divmod(found, width)
        left, right = first.dictionary.to_pylist(), second.dictionary.to_pylist()
        names = [f"{left[i]}{TIMES}{right[j]}" for i, j in zip(rows, columns, strict=True)]
        return named(codes, names)

    def signature(self) -> str:
        return f"product(schemes={self.schemes[0]},{self.schemes[1]})"
