"""Properties of readers and planted cases."""

import gzip
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kdaudit.corpus import Planting, embedded_splits, plant, read_aligned, read_lines, read_tsv

TRAIN = embedded_splits(5, train=600, valid=1, test=1)["train"]
LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))


def ends_plainly(line):
    """A line whose end cannot be taken for a part of the line's separator."""
    return not line.endswith("\r")


@given(st.lists(LINE.filter(ends_plainly), min_size=1), st.booleans(), st.booleans())
def test_lines_that_are_written_are_read(tmp_path_factory, lines, windows, packed):
    lines[0] = lines[0].lstrip("\ufeff")
    data = "".join(line + ("\r\n" if windows else "\n") for line in lines).encode()
    path = tmp_path_factory.mktemp("lines") / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(data) if packed else data)
    assert read_lines(path) == lines


@given(
    st.lists(
        st.tuples(*[LINE.filter(ends_plainly).map(lambda t: t.replace("\t", " "))] * 2), min_size=1
    )
)
def test_tsv_and_aligned_files_hold_the_same(tmp_path_factory, pairs):
    pairs[0] = (pairs[0][0].lstrip("\ufeff"), pairs[0][1].lstrip("\ufeff"))
    folder = tmp_path_factory.mktemp("pairs")
    for place, name in enumerate(("source", "target")):
        (folder / name).write_bytes("".join(pair[place] + "\n" for pair in pairs).encode())
    (folder / "tsv").write_bytes("".join(f"{a}\t{b}\n" for a, b in pairs).encode())
    aligned = read_aligned(folder / "source", folder / "target")
    assert aligned.table.equals(read_tsv(folder / "tsv").table)
    assert list(zip(aligned.texts("source"), aligned.texts("target"), strict=True)) == pairs


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    kinds=st.tuples(*[st.integers(0, 5)] * 3),
    misaligned=st.integers(2, 9),
    cluster=st.integers(1, 4),
)
def test_planting_keeps_every_row_and_counts_what_it_adds(seed, kinds, misaligned, cluster):
    asked = Planting(
        idiosyncratic=kinds[0],
        repetitions=(1, 3),
        oscillating=kinds[1],
        copies=kinds[2],
        misaligned=misaligned,
        boilerplate=2,
        boilerplate_sources=4,
        cluster=cluster,
    )
    found = plant(TRAIN, asked, np.random.default_rng(seed), lambda *_: True)
    rows = found.table.to_pylist()
    counts = Counter(row["planted"] for row in rows if row["planted"])
    expected = {"idiosyncratic": 4 * kinds[0], "oscillating": kinds[1], "copy": kinds[2]}
    expected |= {"misaligned": misaligned, "boilerplate": 8}
    assert counts == Counter(expected)
    assert found.texts("source")[: len(TRAIN)] == TRAIN.texts("source")
    before = [row["original_target"] or row["target"] for row in rows[: len(TRAIN)]]
    assert before == TRAIN.texts("target")
    assert len(rows) == len(TRAIN) + 4 * kinds[0]
