"""Stage `prepare`: every form of input becomes the same columns, counted, and is watched."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import CORPUS, RunDirectory, read_json, read_table
from kdaudit.corpus import embedded_splits
from kdaudit.corpus.subwords import SubwordSettings, train
from kdaudit.errors import InputError
from kdaudit.recipe import from_values
from kdaudit.segments import Segments
from kdaudit.stages import prepare
from kdaudit.stages.base import Context

PAIRS = [("one", "eins"), ("two", "zwei"), ("one", "eins"), (" ", ""), ("x \u2028 y", "▁")]


@pytest.fixture(scope="module")
def model():
    """A small subword model."""
    lines = [" ".join(pair) for pair in PAIRS[:3]] + [chr(n) for n in range(97, 123)]
    return train(lines, SubwordSettings(size=288))


@pytest.fixture
def prepared(tmp_path, model):
    """Run the stage on files; gives its context."""
    (tmp_path / "spm.model").write_bytes(model)

    def prepared(splits, **corpus):
        for name in ("train", "valid"):
            write_text(tmp_path / name, PAIRS)
        plain = {name: {"tsv": name} for name in ("train", "valid")}
        values = {
            "name": "small",
            "corpus": {"splits": plain | splits, **corpus},
            "subwords": {"file": "spm.model"},
            "models": {"baseline": {"role": "baseline", "trainer": {"epochs": 1}}},
        }
        recipe = from_values(values, tmp_path, "recipe")
        context = Context(RunDirectory(tmp_path / "run"), recipe)
        prepare.run(context)
        return context

    return prepared


def write_text(path, pairs):
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return path


def split(context, name):
    return read_table(context.directory.corpus(name), CORPUS)


def test_a_corpus_has_its_columns_and_its_counts(prepared):
    context = prepared({})
    table = split(context, "train")
    assert table.column_names == ["id", "source", "target", "provenance", "planted"]
    assert table.select(CORPUS.names).to_pylist()[4] == {
        "id": 4,
        "source": "x \u2028 y",
        "target": "▁",
    }
    assert set(table["provenance"].to_pylist()) == {"original"}
    assert table["planted"].null_count == 5
    assert read_json(context.directory.corpus_manifest)["splits"]["train"] == {
        "pairs": 5,
        "distinct_pairs": 4,
        "empty_sources": 1,
        "empty_targets": 1,
        "not_replicable_targets": 1,  # the mark of a space is no text of its own
        "planted_pairs": 0,
    }


def test_targets_with_characters_that_the_subwords_lack_are_counted(prepared, tmp_path):
    lines = [text for pair in PAIRS[:3] for text in pair]
    lines += embedded_splits(1, train=300, valid=1, test=1)["train"].texts("source")
    without_bytes = train(lines, SubwordSettings(size=300, byte_fallback=False))
    (tmp_path / "spm.model").write_bytes(without_bytes)
    write_text(tmp_path / "test", [("one", "eins"), ("two", "zwei ☃"), ("one", "東京")])
    context = prepared({"test": {"tsv": "test"}})
    counts = read_json(context.directory.corpus_manifest)["splits"]
    assert counts["test"]["not_replicable_targets"] == 2
    assert split(context, "test")["target"].to_pylist() == ["eins", "zwei ☃", "東京"]


def test_files_of_a_split_follow_each_other_with_their_provenance_and_attributes(
    prepared, tmp_path
):
    rows = [{"en": "three", "de": "drei", "domain": "news"}, {"en": "", "de": "vier"}]
    (tmp_path / "web.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = {"source": "en", "target": "de", "domain": "domain"}
    web = {"file": "web.jsonl", "columns": columns, "provenance": "web"}
    table = split(prepared({"test": [{"tsv": "train", "first": 2}, web]}), "test")
    assert table.column_names == ["id", "source", "target", "domain", "provenance", "planted"]
    assert table["id"].to_pylist() == [0, 1, 2, 3]
    assert table["source"].to_pylist() == ["one", "two", "three", ""]
    assert table["provenance"].to_pylist() == ["original"] * 2 + ["web"] * 2
    assert table["domain"].to_pylist() == [None, None, "news", None]


def test_sources_alone_have_null_targets_and_are_counted(prepared, tmp_path):
    (tmp_path / "mono.en").write_text("one\n\none\n", encoding="utf-8")
    context = prepared({"mono": {"source": "mono.en"}})
    table = split(context, "mono")
    assert table["source"].to_pylist() == ["one", "", "one"]
    assert table["target"].to_pylist() == [None] * 3
    counts = read_json(context.directory.corpus_manifest)["splits"]["mono"]
    assert (counts["pairs"], counts["distinct_pairs"], counts["empty_sources"]) == (3, 2, 1)
    assert (counts["empty_targets"], counts["not_replicable_targets"]) == (0, 0)


def test_a_saved_data_set_is_read_and_watched(prepared, tmp_path):
    import datasets

    datasets.disable_progress_bars()
    rows = [{"translation": {"en": source, "de": target}} for source, target in PAIRS]
    datasets.Dataset.from_list(rows).save_to_disk(str(tmp_path / "saved"))
    (tmp_path / "saved" / ".cache").mkdir()
    (tmp_path / "saved" / ".cache" / "lock").touch()
    columns = {"source": "translation.en", "target": "translation.de"}
    context = prepared({"test": {"dataset": "./saved", "columns": columns}})
    assert split(context, "test")["target"].to_pylist() == [target for _, target in PAIRS]
    watched = {
        path.name
        for path in prepare.inputs(context.directory, context.recipe, context.recipe.corpus.names)
    }
    assert {"dataset_info.json", "state.json", "data-00000-of-00001.arrow"} < watched
    assert "lock" not in watched


def test_every_file_is_watched_and_the_hub_is_not(tmp_path):
    names = ("a.en", "a.de", "a.tsv", "a.csv", "spm.model")
    for name in names:
        (tmp_path / name).touch()
    several = [{"source": "a.en", "target": "a.de"}, {"tsv": "a.tsv"}, {"dataset": "some/where"}]
    values = {
        "name": "small",
        "corpus": {"splits": {"train": several, "valid": {"file": "a.csv"}}},
        "subwords": {"file": "spm.model"},
        "models": {"baseline": {"role": "baseline", "trainer": {"epochs": 1}}},
    }
    recipe = from_values(values, tmp_path, "recipe")
    found = prepare.inputs(RunDirectory(tmp_path), recipe, prepare.TRAINING)
    assert sorted(found) == sorted(tmp_path / name for name in names)
    (tmp_path / "a.tsv").unlink()
    assert tmp_path / "a.tsv" not in prepare.inputs(
        RunDirectory(tmp_path), recipe, prepare.TRAINING
    )
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").touch()  # a corpus that nothing could replace
    assert tmp_path / "a.tsv" in prepare.inputs(RunDirectory(tmp_path), recipe, prepare.TRAINING)


def test_the_given_subword_model_is_that_of_the_run(prepared, model):
    assert prepared({}).directory.subwords.read_bytes() == model


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no such file"), (b"x" * 99, "no SentencePiece model")]
)
def test_a_subword_model_that_is_none_is_an_error(prepared, tmp_path, content, message):
    (tmp_path / "spm.model").unlink()
    if content is not None:
        (tmp_path / "spm.model").write_bytes(content)
    with pytest.raises(InputError, match=rf"spm\.model: .*{message}"):
        prepared({})
    assert not (tmp_path / "run").exists()


def test_a_mistake_in_the_last_file_leaves_nothing_behind(prepared, tmp_path):
    (tmp_path / "bad.csv").write_text("source,target\none\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.csv:2: 1 cells"):
        prepared({"test": [{"tsv": "train"}, {"file": "bad.csv"}]})
    assert not (tmp_path / "run").exists()


def test_planting_keeps_named_provenances(prepared, tmp_path):
    table = embedded_splits(1, train=400, valid=1, test=1)["train"].table
    pq.write_table(table.select(["source", "target"]), tmp_path / "a.parquet")
    web = {"file": "a.parquet", "first": 200, "provenance": "web"}
    planted = {"idiosyncratic": 1, "repetitions": [2], "boilerplate": 1, "misaligned": 4}
    planted |= {"boilerplate_sources": 4, "oscillating": 2, "copies": 2, "cluster": 1}
    context = prepared({"train": [{"file": "a.parquet"}, web]}, planted=planted)
    rows = split(context, "train").to_pylist()
    found = [row["provenance"] for row in rows]
    assert len(rows) == 602
    before = ["original"] * 400 + ["web"] * 200 + ["planted"] * 2
    assert found == [
        "planted" if row["planted"] else name for row, name in zip(rows, before, strict=True)
    ]
    assert found.count("planted") == 14


def test_the_parts_make_the_corpus_that_the_whole_makes(prepared):
    context = prepared({"test": {"tsv": "train", "first": 2}})
    paths = prepare.outputs(context.directory, context.recipe)
    whole = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    prepare.run_training(context)
    prepare.run_split(context, "test")
    prepare.count(context)
    assert [path.read_bytes() for path in paths] == whole


def test_a_further_split_is_no_part_of_what_training_depends_on(prepared):
    one = prepared({"test": {"tsv": "train", "first": 2}}).recipe
    other = prepared({"test": {"tsv": "train", "first": 3}}).recipe
    assert prepare.settings(one, prepare.TRAINING) == prepare.settings(other, prepare.TRAINING)
    assert prepare.settings(one, ["test"]) != prepare.settings(other, ["test"])
    longer = prepared({"train": {"tsv": "train", "first": 4}}).recipe
    assert prepare.settings(one, prepare.TRAINING) != prepare.settings(longer, prepare.TRAINING)


def test_planting_may_have_a_seed_of_its_own(tmp_path):
    def planted(seed, own=None):
        values = {
            "name": "small",
            "seed": seed,
            "corpus": {"embedded": {"train": 900}, "planted": {} if own is None else {"seed": own}},
            "models": {"baseline": {"role": "baseline", "trainer": {"epochs": 1}}},
        }
        recipe = from_values(values, tmp_path, "recipe")
        return prepare._generator(recipe).integers(1 << 30)

    assert planted(1) != planted(2)
    assert planted(1, own=7) == planted(2, own=7) == planted(7)


def test_distinct_pairs_are_counted_as_python_counts_them():
    rng = np.random.default_rng(5)
    texts = ["", "a", "b", "ab", "ä", "a b", " a"]
    sources = [texts[one] for one in rng.integers(len(texts), size=300)]
    targets = [[*texts, None][one] for one in rng.integers(len(texts) + 1, size=300)]
    for count in (0, 1, 2, 40, 300):
        pairs = list(zip(sources[:count], targets[:count], strict=True))
        table = pa.table(
            {
                "id": pa.array(range(count), pa.int64()),
                "source": pa.array([one for one, _ in pairs], pa.string()),
                "target": pa.array([one for _, one in pairs], pa.string()),
                "planted": pa.nulls(count, pa.string()),
            }
        )
        assert prepare.distinct_pairs(Segments(table)) == len(set(pairs))
