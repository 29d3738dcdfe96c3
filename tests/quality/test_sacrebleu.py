"""BLEU, chrF and TER are sacreBLEU's, per segment, per corpus and per resample."""

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.quality import sacre
from kdaudit.quality.bleu import Bleu
from kdaudit.quality.chrf import BackTranslation, Chrf
from kdaudit.quality.ter import Ter
from kdaudit.segments import Segments

TARGETS = [
    "Der alte Leuchtturmwärter zählt die silbernen Möwen.",
    "Wir werden morgen in die Berge reisen, wenn das Wetter hält.",
    "Ja.",
    "我们明天去山上旅行。",
    "Die Kinder schlafen ruhig im Garten &amp; träumen.",
    "",
    "eins zwei drei vier fünf sechs",
]
TRANSLATIONS = [
    "Der alte Wärter zählt silberne Möwen.",
    "Morgen werden wir in die Berge reisen, wenn das Wetter gut ist.",
    "Ja.",
    "我们去山上旅行。",
    "",
    "etwas aus dem Nichts",
    "sieben acht neun",
]
SEGMENTS = Segments.of(target=TARGETS, translation=TRANSLATIONS)
PAIRS = [
    pytest.param(Bleu(), BLEU(), id="bleu"),
    pytest.param(Bleu("char", True), BLEU(tokenize="char", lowercase=True), id="bleu-char-lc"),
    pytest.param(Chrf(), CHRF(), id="chrf"),
    pytest.param(Chrf(word_order=2), CHRF(word_order=2), id="chrf++"),
    pytest.param(Chrf(4, 1, 1, True), CHRF(4, 1, 1, True), id="chrf-settings"),
    pytest.param(Ter(), TER(), id="ter"),
    pytest.param(Ter(True, True, True, True), TER(True, True, True, True), id="ter-settings"),
]


def value(metric, statistics):
    return metric.aggregate(metric.units(statistics).sum(axis=0))


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_corpus_value_is_sacrebleus(ours, theirs):
    expected = theirs.corpus_score(TRANSLATIONS, [TARGETS]).score
    assert value(ours, ours.score(SEGMENTS).statistics) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_subset_of_two_has_sacrebleus_value(ours, theirs):
    statistics = ours.score(SEGMENTS).statistics
    for one in range(len(TARGETS)):
        for other in range(len(TARGETS)):
            rows = [one, other]
            texts = [[column[row] for row in rows] for column in (TRANSLATIONS, TARGETS)]
            expected = theirs.corpus_score(texts[0], [texts[1]]).score
            ours_now = value(ours, [statistics[row] for row in rows])
            # An empty target alone leaves chrF nothing to count: undefined here, 0 there.
            undefined = ours.name == "chrf" and not any(texts[1])
            assert np.isnan(ours_now) if undefined else abs(ours_now - expected) < 1e-9, rows


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_segment_scores_are_sacrebleus(ours, theirs):
    if isinstance(theirs, BLEU):
        theirs.effective_order = True
    pairs = zip(TRANSLATIONS, TARGETS, strict=True)
    expected = [theirs.sentence_score(translation, [target]).score for translation, target in pairs]
    if ours.name == "chrf":
        expected[TARGETS.index("")] = np.nan
    np.testing.assert_allclose(ours.score(SEGMENTS).score, expected, atol=1e-9)
    if isinstance(theirs, BLEU):
        theirs.effective_order = False


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_resamples_are_aggregated_together_as_they_are_one_by_one(ours, theirs):
    units = ours.units(ours.score(SEGMENTS).statistics)
    draws = np.random.default_rng(1).integers(0, len(units), size=(200, 3, len(units)))
    together = ours.aggregate(units[draws].sum(axis=2))
    assert together.shape == (200, 3)
    for place in np.ndindex(200, 3):
        alone = ours.aggregate(units[draws[place]].sum(axis=0))
        assert alone == pytest.approx(together[place], abs=1e-9, nan_ok=True)
    rows = draws[0, 0]
    expected = theirs.corpus_score(
        [TRANSLATIONS[row] for row in rows], [[TARGETS[row] for row in rows]]
    ).score
    assert together[0, 0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_signature_is_sacrebleus(ours, theirs):
    score = theirs.corpus_score(TRANSLATIONS, [TARGETS])
    assert ours.signature() == f"{score.name}|{theirs.get_signature()}"


def test_chunks_change_nothing(monkeypatch):
    whole = np.array(Bleu().score(SEGMENTS).statistics)
    monkeypatch.setattr(sacre, "CHUNK", 2)
    np.testing.assert_array_equal(Bleu().score(SEGMENTS).statistics, whole)


def test_texts_of_different_lengths_are_an_error():
    with pytest.raises(AlignmentError, match="hypothesis has 1, reference has 2"):
        sacre.segment_statistics(BLEU(), ["a"], ["a", "b"], 10)


def test_the_back_translation_is_chrf_with_the_source_as_reference():
    segments = Segments.of(source=TARGETS, back_translation=TRANSLATIONS)
    metric = BackTranslation(word_order=1)
    expected = Chrf(word_order=1).score(SEGMENTS)
    found = metric.score(segments)
    np.testing.assert_array_equal(found.score, expected.score)
    np.testing.assert_array_equal(found.statistics, expected.statistics)
    assert metric.signature() == "back_translation|" + Chrf(word_order=1).signature()


@pytest.mark.parametrize("settings", [{"char_order": 0}, {"word_order": -1}, {"beta": 0}])
def test_chrf_refuses_settings_out_of_range(settings):
    with pytest.raises(RecipeError, match="chrf"):
        Chrf(**settings)
