"""Reader of Hugging Face data sets: folders of both kinds, and what each mistake says."""

import json
import logging

import pytest

from kdaudit.corpus import read_dataset
from kdaudit.errors import InputError

WMT = {"source": "translation.en", "target": "translation.de", "number": "n"}
ROWS = [{"translation": {"en": f"a {n}", "de": f"b {n}"}, "n": n} for n in range(25)]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    """Nothing is downloaded, and nothing is written to the user's cache."""
    import datasets
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def saved(tmp_path):
    """A folder of `save_to_disk`: one split, or several by name."""
    import datasets

    def saved(**splits):
        parts = {name: datasets.Dataset.from_list(rows) for name, rows in splits.items()}
        whole = datasets.DatasetDict(parts) if len(parts) > 1 else next(iter(parts.values()))
        whole.save_to_disk(str(tmp_path / "saved"))
        return tmp_path / "saved"

    return saved


@pytest.fixture
def folder(tmp_path):
    """A folder of data files."""

    def folder(**splits):
        (tmp_path / "files").mkdir()
        for name, rows in splits.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (tmp_path / "files" / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return tmp_path / "files"

    return folder


def check(found, rows):
    assert found.texts("source") == [row["translation"]["en"] for row in rows]
    assert found.texts("target") == [row["translation"]["de"] for row in rows]
    assert found.table["number"].to_pylist() == [row["n"] for row in rows]


def test_a_saved_data_set_is_read(saved):
    path = str(saved(train=ROWS))
    check(read_dataset(path, WMT), ROWS)
    check(read_dataset(path, WMT, 7), ROWS[:7])
    with pytest.raises(InputError, match="of one split: leave 'split' out"):
        read_dataset(path, WMT, split="test")


def test_a_saved_data_set_with_splits_is_read_by_its_split(saved):
    path = str(saved(train=ROWS, test=ROWS[:3]))
    check(read_dataset(path, WMT, split="test"), ROWS[:3])
    with pytest.raises(InputError, match="give 'split', one of: train, test"):
        read_dataset(path, WMT)
    with pytest.raises(InputError, match="'tset' is no known split; did you mean 'test'"):
        read_dataset(path, WMT, split="tset")
    with pytest.raises(InputError, match="a saved data set has no 'config'"):
        read_dataset(path, WMT, split="test", config="de-en")


def test_a_folder_of_data_files_is_read_where_it_is(folder, tmp_path):
    path = str(folder(train=ROWS, test=ROWS[:3]))
    check(read_dataset(path, WMT, split="train"), ROWS)
    check(read_dataset(path, WMT, 2, split="test"), ROWS[:2])
    assert not list(tmp_path.glob("cache/**/*.arrow"))
    with pytest.raises(InputError, match="give 'split', one of: train, test"):
        read_dataset(path, WMT)


def test_sources_alone_have_null_targets(saved):
    found = read_dataset(str(saved(train=ROWS[:2])), {"source": "translation.en"})
    assert found.table["target"].to_pylist() == [None, None]


def test_more_rows_than_a_part(saved):
    rows = [{"source": f"{n}", "target": ""} for n in range(25_000)]
    found = read_dataset(str(saved(train=rows)))
    assert found.texts("source") == [row["source"] for row in rows]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"source": "a"}], "'target' is no known column"),
        ([{"source": "a", "target": 1}], "'target' holds int64, text is needed"),
        ([{"source": "a", "target": "b"}, {"source": "c", "target": None}], "row 2 has no value"),
        ([{"source": "a", "target": ["b"]}], "'target' holds list<.*>, text is needed"),
    ],
)
def test_a_mistake_names_the_data_set_and_the_column(saved, rows, message):
    path = saved(train=rows)
    with pytest.raises(InputError, match=message) as caught:
        read_dataset(str(path))
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_folder_and_a_file_are_errors(tmp_path):
    with pytest.raises(InputError, match="there is no such folder"):
        read_dataset(str(tmp_path / "absent"))
    (tmp_path / "a.csv").write_text("source\n")
    with pytest.raises(InputError, match=r"a\.csv: is a file: give it as 'file'"):
        read_dataset(str(tmp_path / "a.csv"))


def test_a_folder_without_data_is_an_error(tmp_path):
    with pytest.raises(InputError, match="the data set cannot be read: ") as caught:
        read_dataset(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_broken_saved_data_set_is_an_error(saved):
    path = saved(train=ROWS)
    (part,) = path.glob("*.arrow")
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(InputError, match="the data set cannot be read: ") as caught:
        read_dataset(str(path), WMT)
    assert "\n" not in str(caught.value)


def test_a_broken_data_file_is_an_error(folder):
    path = folder(train=ROWS)
    (path / "train.jsonl").write_text('{"translation": \n', encoding="utf-8")
    logging.getLogger("datasets").setLevel(logging.CRITICAL)  # it tells the same on its own
    with pytest.raises(InputError, match="the data set cannot be read: "):
        read_dataset(str(path), WMT)


@pytest.mark.parametrize("streaming", [True, False])
def test_a_hub_that_cannot_be_reached_is_an_error(streaming):
    with pytest.raises(InputError, match=r"no-one/nothing: the data set cannot be read: .*Hub"):
        read_dataset("no-one/nothing", WMT, streaming=streaming)
