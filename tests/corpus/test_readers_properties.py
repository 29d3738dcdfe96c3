"""What was written, in any form and packing, comes back to the letter."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kdaudit.corpus import read_aligned, read_dataset, read_table
from tests.corpus.packing import ENDINGS, packed

# Every plane, with what is easily lost: separators, marks, joiners, what runs from right to left.
SPECIAL = "\r\t\0\x0b\x0c\x1c\x85\u2028\u2029\ufeff\u200b\u200d\u202e\u2066\u2069\u0301\U000e0001"
PLANES = "".join(chr(plane << 16 | 0x1234) for plane in range(17))
CHARACTER = st.characters(exclude_categories=["Cs"]) | st.sampled_from(SPECIAL + PLANES + 'אبܐ",\\')
TEXT = st.text(CHARACTER, max_size=20)
LONG = " ".join(f"wörd{number}" for number in range(10_000))
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6)


def as_csv(pairs):
    """As Python writes it; a byte order mark goes before it, as spreadsheets do."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([("source", "target"), *pairs])
    return "\ufeff" + out.getvalue()


def as_json_lines(pairs):
    rows = [{"source": source, "target": target} for source, target in pairs]
    return "".join(json.dumps(row, ensure_ascii=bool(n % 2)) + "\n" for n, row in enumerate(rows))


def as_parquet(pairs):
    sources, targets = zip(*pairs, strict=True)
    out = io.BytesIO()
    pq.write_table(pa.table({"source": sources, "target": targets}), out, row_group_size=2)
    return out.getvalue()


FORMS = {".csv": as_csv, ".jsonl": as_json_lines, ".parquet": as_parquet}


def written(path, content):
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(packed(data, path.name))
    return path


def check(found, pairs):
    assert found.texts("source") == [source for source, _ in pairs]
    assert found.texts("target") == [target for _, target in pairs]
    assert found.ids.tolist() == list(range(len(pairs)))


ANY_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("packing", ENDINGS)
@pytest.mark.parametrize("ending", FORMS)
@ANY_TIME
@given(pairs=PAIRS)
def test_tables_come_back_to_the_letter(tmp_path, ending, packing, pairs):
    path = written(tmp_path / f"a{ending}{packing}", FORMS[ending](pairs))
    check(read_table(path), pairs)


def without_line_ends(text):
    """What a line of text can hold: no line feed, and no carriage return at its end."""
    return text.replace("\n", " ").rstrip("\r")


@pytest.mark.parametrize("packing", ENDINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@ANY_TIME
@given(pairs=PAIRS)
def test_aligned_files_and_tsv_come_back_to_the_letter(tmp_path, packing, end, pairs):
    pairs = [tuple(without_line_ends(text) for text in pair) for pair in pairs]
    paths = [
        written(
            tmp_path / f"{side}{packing}", "\ufeff" + "".join(pair[side] + end for pair in pairs)
        )
        for side in (0, 1)
    ]
    check(read_aligned(*paths), pairs)
    pairs = [tuple(text.replace("\t", " ").rstrip("\r") for text in pair) for pair in pairs]
    lines = "".join(f"{source}\t{target}{end}" for source, target in pairs)
    check(read_table(written(tmp_path / f"a.tsv{packing}", "\ufeff" + lines)), pairs)


@pytest.mark.parametrize("packing", ENDINGS)
@pytest.mark.parametrize("ending", FORMS)
def test_lines_of_ten_thousand_words_come_back(tmp_path, ending, packing):
    pairs = [(LONG, ""), ("", LONG.upper()), (LONG[::-1], 'x"' * 20_000)]
    check(read_table(written(tmp_path / f"a{ending}{packing}", FORMS[ending](pairs))), pairs)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs=PAIRS)
def test_saved_data_sets_come_back_to_the_letter(tmp_path_factory, pairs):
    import datasets

    datasets.disable_progress_bars()
    sources, targets = zip(*pairs, strict=True)
    path = tmp_path_factory.mktemp("saved")
    datasets.Dataset.from_dict({"source": sources, "target": targets}).save_to_disk(str(path))
    check(read_dataset(str(path)), pairs)
