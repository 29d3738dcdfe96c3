"""Signatures of one detector, written by versions with more and with fewer settings."""

from __future__ import annotations

import pytest

from kdaudit.detectors import DETECTORS
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.detectors.personal_data import PersonalData
from kdaudit.detectors.signatures import same_detector

NOW = Oscillatory().signature()
BEFORE = "|".join(part for part in NOW.split("|") if "_long:" not in part)


def test_a_setting_that_there_was_not_yet_is_its_default():
    assert NOW != BEFORE
    assert same_detector(NOW, BEFORE)
    assert same_detector(BEFORE, NOW)
    assert not same_detector(Oscillatory(leave_out_long=True).signature(), BEFORE)


def test_other_values_names_and_unknown_settings_are_other_detectors():
    name, *settings = NOW.split("|")
    for index, setting in enumerate(settings):
        other = [*settings]
        other[index] = f"{setting.partition(':')[0]}:another"
        assert not same_detector(NOW, "|".join([name, *other]))
    assert not same_detector(NOW, NOW.replace(name, "copy", 1))
    assert not same_detector(NOW, f"{NOW}|more:1")
    assert not same_detector("gone|a:1", "gone|a:1|b:2")
    assert same_detector("gone|a:1", "gone|a:1")


def test_a_signature_that_cannot_be_read_is_the_same_as_itself_alone():
    own = PersonalData(patterns={"k": "a|detector:extractive"}).signature()
    assert same_detector(own, own)
    assert not same_detector(own, PersonalData().signature())
    assert not same_detector(own, own.replace("a|", "b|"))


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_is_itself_less_any_setting_that_is_default(name):
    try:
        whole = DETECTORS[name]().signature()
    except TypeError:
        pytest.fail(f"{name} has a setting without a default: its signature has no defaults")
    first, *settings = whole.split("|")
    for setting in settings:
        fewer = [one for one in settings if one != setting]
        assert same_detector(whole, "|".join([first, *fewer]))
