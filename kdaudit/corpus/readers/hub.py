"""Hugging Face data sets: by name from the hub, or a folder; the library's cache is written.

A folder is what `save_to_disk` has made, or data files, which are read where they
are. Nothing of a data set is executed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from kdaudit.corpus.readers.columns import Columns, by_name, from_tables, segments
from kdaudit.errors import InputError, first_line
from kdaudit.registry import unknown
from kdaudit.segments import Segments

_ROWS = 10_000  # of a part
_SAVED = ("state.json", "dataset_dict.json")  # of which `save_to_disk` writes one


def read_dataset(
    name: str,
    columns: Columns | None = None,
    first: int | None = None,
    *,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
) -> Segments:
    """Columns of a split of a data set; an absolute path is a folder, else it is on the hub.

    `streaming`: read it without downloading and storing it whole. Errors name the row, from 1.
    """
    names = by_name(columns, name)
    folder = Path(name)
    if folder.is_absolute() and not folder.is_dir():
        what = "is a file: give it as 'file'" if folder.exists() else "there is no such folder"
        raise InputError(what, path=name)
    try:
        found = _loaded(name, config, split, revision, streaming or folder.is_absolute())
    except InputError:
        raise
    except Exception as error:  # of many libraries: the network's, the formats', the hub's
        raise _broken(name, error) from error
    return segments(from_tables(_parts(found, name), names, name, first))


def _loaded(
    name: str, config: str | None, split: str | None, revision: str | None, streaming: bool
) -> Any:
    """One split of a data set, as the library's own object."""
    import datasets

    datasets.disable_progress_bars()
    if any((Path(name) / file).is_file() for file in _SAVED):
        if config or revision:
            raise InputError("a saved data set has no 'config' or 'revision'", path=name)
        whole = datasets.load_from_disk(name)
        if isinstance(whole, datasets.Dataset):
            if split not in (None, str(whole.split)):
                raise InputError("a saved data set of one split: leave 'split' out", path=name)
            return whole
    elif streaming:
        whole = datasets.load_dataset(name, config, revision=revision, streaming=True)
    else:
        there = datasets.get_dataset_split_names(name, config, revision=revision)
        chosen = _split(name, split, there)
        return datasets.load_dataset(name, config, revision=revision, split=chosen)
    return whole[_split(name, split, list(whole))]


def _split(name: str, split: str | None, there: list[str]) -> str:
    if split is None and len(there) == 1:
        return there[0]
    if split is None:
        raise InputError(f"give 'split', one of: {', '.join(there)}", path=name)
    if split not in there:
        raise InputError(unknown(split, there, "split"), path=name)
    return split


def _parts(found: Any, name: str) -> Iterator[pa.Table]:
    parts = iter(found.with_format("arrow").iter(batch_size=_ROWS))
    while True:
        try:
            part = next(parts, None)
        except Exception as error:  # as above
            raise _broken(name, error) from error
        if part is None:
            return
        yield part


def _broken(name: str, error: Exception) -> InputError:
    return InputError(f"the data set cannot be read: {first_line(error)}", path=name)
