"""The contract of a subgroup scheme, and names as Arrow has them; opens no file.

A scheme names a subgroup for every segment, so its subgroups are a partition;
what is undefined has a subgroup of its own, and a sample or top-N has a `rest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kdaudit.segments import Segments

REST = "rest"
"""The subgroup of what is in no other: beyond a sample, a top-N or a cap."""

UNDEFINED = "undefined"
"""The subgroup of what has no number."""


class SubgroupScheme(Protocol):
    """One way of dividing a split; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the segments. A name is that of a column of the corpus, or one of these,
        where the model `teacher` stands for the run's teacher, and `corpus` for its targets:

        - `quality.<metric>.<model>`: stored scores, NaN where there is none
        - `counterfactual.<model>.<column>`: of counterfactual memorization (training split)
        - `counterfactual.<model>.bands`: the edges of its bands, as text, the same in every row
        - `subgroups.<scheme>`: the full bands of another scheme of the recipe
        - `copies_in_train`: how often the pair occurs in the training split
        - `users_subgroup`: what the user's file says, null for a segment that it does not name
        """
        ...

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        """The subgroup's name for each row: texts as codes and a dictionary, without nulls (see
        `named`), since there may be ten million rows."""
        ...

    def signature(self) -> str: ...


def named(codes: npt.NDArray[Any], names: Sequence[str]) -> pa.DictionaryArray:
    """`names[codes[i]]` for each row."""
    dictionary = pa.array(names, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), dictionary)


def encoded(texts: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Texts, plain or in dictionaries, as one array of codes with one dictionary."""
    whole = pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts
    if pa.types.is_dictionary(whole.type):
        whole = whole.unify_dictionaries()
    else:
        whole = whole.cast(pa.string()).dictionary_encode()
    return whole.combine_chunks().cast(pa.dictionary(pa.int32(), pa.string()))


def codes_of(names: pa.DictionaryArray) -> npt.NDArray[np.int64]:
    """The code of each row, (n,)."""
    return np.asarray(names.indices.to_numpy(), dtype=np.int64)
