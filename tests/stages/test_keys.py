"""Keys of texts: one for each distinct row, whatever the rows around it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa

from kdaudit.stages.keys import text_keys

TEXTS = ["", "a", "b", "ab", "ba", "ä", "a b", "\0", "a\0"]


def _column(texts):
    return pa.chunked_array([pa.array(texts, pa.string())])


def test_rows_have_equal_keys_where_all_their_texts_are_equal():
    pairs = [*product(TEXTS, repeat=2)] * 2
    keys = text_keys(*(_column(list(side)) for side in zip(*pairs, strict=True)))
    assert keys.dtype == np.int64
    assert keys[: len(pairs) // 2].tolist() == keys[len(pairs) // 2 :].tolist()
    assert len(set(keys.tolist())) == len(TEXTS) ** 2


def test_a_key_depends_on_the_row_alone():
    texts = [f"{number} words" for number in range(40_000)]
    whole = text_keys(_column(texts))
    apart = [text_keys(_column(texts[start : start + 9_999])) for start in range(0, 40_000, 9_999)]
    assert np.concatenate(apart).tolist() == whole.tolist()
    assert len(set(whole.tolist())) == len(texts)


def test_no_rows_have_no_keys():
    assert text_keys(_column([]), _column([])).tolist() == []
