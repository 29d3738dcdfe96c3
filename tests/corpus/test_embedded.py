"""The embedded corpus: deterministic, distinct, and the committed sample."""

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest

from kdaudit.corpus import embedded_splits, generate, read_tsv
from kdaudit.corpus.lexicon import LEXICON
from kdaudit.errors import RecipeError

SAMPLE = Path(__file__).parents[2] / "data" / "embedded-sample.tsv"


@pytest.fixture(scope="module")
def splits():
    return embedded_splits(1)


def test_the_splits_have_the_sizes_that_are_asked_for(splits):
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 8000,
        "valid": 500,
        "test": 500,
    }


def test_no_source_occurs_twice_within_or_between_splits(splits):
    sources = [source for split in splits.values() for source in split.texts("source")]
    assert len(sources) == len(set(sources)) == 9000


def test_nothing_is_planted_in_it(splits):
    for split in splits.values():
        assert split.table.column_names == ["id", "source", "target", "provenance", "planted"]
        assert set(split.texts("provenance")) == {"original"}
        assert split.table["planted"].null_count == len(split)
        assert split.ids.tolist() == list(range(len(split)))


def test_the_committed_sample_is_what_the_generator_makes(splits):
    sample, train = read_tsv(SAMPLE), splits["train"].take(np.arange(200))
    assert sample.texts("source") == train.texts("source")
    assert sample.texts("target") == train.texts("target")


def test_another_seed_is_another_corpus(splits):
    other = embedded_splits(2, train=500, valid=1, test=1)["train"].texts("source")
    assert len(set(other) & set(splits["train"].texts("source"))) < 100


def test_the_test_split_does_not_depend_on_the_size_of_the_training_split(splits):
    small = embedded_splits(1, train=10)
    assert small["test"].table.equals(splits["test"].table)
    assert small["valid"].table.equals(splits["valid"].table)


def test_the_same_source_always_has_the_same_target():
    first = dict(generate(20_000, np.random.default_rng(1)))
    second = dict(generate(20_000, np.random.default_rng(2)))
    shared = first.keys() & second.keys()
    assert len(shared) > 50
    assert all(first[source] == second[source] for source in shared)


def test_sentences_are_well_formed(splits):
    for row in splits["train"].table.to_pylist():
        for text in (row["source"], row["target"]):
            assert text[0].isupper() or text[0].isdigit()
            assert text[-1] in ".?"
            assert text == " ".join(text.split())
        assert row["source"][-1] == row["target"][-1]


def test_most_pairs_pass_the_extractive_filter_by_their_lengths(splits):
    words = np.array(
        [
            (len(row["source"].split()), len(row["target"].split()))
            for row in splits["train"].table.to_pylist()
        ]
    )
    source, target = words.T
    passing = (source >= 4) & (source / target <= 1.3) & (target / source <= 1.3)
    assert passing.mean() > 0.98
    assert 8.5 < source.mean() < 10.5


def test_it_is_quick():
    start = time.perf_counter()
    embedded_splits(3)
    assert time.perf_counter() - start < 10  # 0.6 s on an idle machine


class Everything(set):
    """A set of sources that has them all."""

    def __contains__(self, source):
        return True


def test_an_exhausted_grammar_says_so():
    with pytest.raises(RecipeError, match="no more sentences: 0 of 5 found"):
        generate(5, np.random.default_rng(1), seen=Everything())


def test_another_lexicon_is_another_vocabulary():
    lexicon = dataclasses.replace(LEXICON, names=("Ada", "Emil"))
    sources = [source for source, _ in generate(500, np.random.default_rng(1), lexicon=lexicon)]
    assert any("Ada" in source for source in sources)
    assert not any(name in source for source in sources for name in LEXICON.names)


def test_sources_that_were_seen_are_not_used_again():
    seen = set()
    first = generate(300, np.random.default_rng(1), seen=seen)
    second = generate(300, np.random.default_rng(1), seen=seen)
    assert not {source for source, _ in first} & {source for source, _ in second}
    assert len(seen) == 600
