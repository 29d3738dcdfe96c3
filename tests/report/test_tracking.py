"""comet_ml for real where it works without a network; stand-ins for what cannot be caused here."""

import json
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

from kdaudit.comparison import Comparison, Measurement
from kdaudit.report import ReportContent, TrackingSettings, track
from kdaudit.report.tracking import metrics

KEY = "A1b2C3d4E5f6G7h8I9j0"
WATCH = """
import os, socket
def note(name):
    def refuse(*args, **kwargs):
        with open(os.environ["ASKED"], "a") as log: log.write(f"{name} {args}\\n")
        raise OSError("no network")
    return refuse
socket.getaddrinfo = note("getaddrinfo")
socket.socket.connect = note("connect")
"""


@pytest.fixture(autouse=True)
def _no_key(monkeypatch, tmp_path):
    monkeypatch.delenv("COMET_API_KEY", raising=False)
    monkeypatch.setenv("COMET_CONFIG", str(tmp_path / "comet.config"))
    monkeypatch.setenv("COMET_HTTP_SESSION_RETRY_TOTAL", "0")  # it waits before each


def put_first(monkeypatch, directory: Path, modules: dict[str, str]):
    """Let the other process find these modules (path to code) before all others."""
    for name, code in modules.items():
        path = directory / "modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    paths = [str(directory / "modules"), str(Path(__file__).parents[2])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def test_off_does_nothing_and_says_so(content):
    assert track(TrackingSettings(), content, {}, "") == "tracking is off"
    assert "comet_ml" not in sys.modules


def test_offline_without_a_directory_is_a_line(content):
    line = track(TrackingSettings(mode="offline"), content, {}, "")
    assert line == "not tracked: offline mode needs a directory"


def test_metrics_are_named_by_split_measure_and_model(content):
    named = metrics(content)
    assert named["test/bleu/student"] == 69.8
    assert named["train/extractive/student"] == pytest.approx(38 / 6042)
    assert named["train/extractive/student/planted"] == pytest.approx(22 / 60)
    assert not any("=" in name for name in named)


def test_metrics_tell_original_from_planted_and_provenances_apart():
    places = {
        ("all", "all"): 0.9,
        ("provenance", "web"): 0.1,
        ("provenance", "talks"): 0.2,
        ("provenance", "planted"): 0.3,
        ("planted", "none"): 0.4,
        ("planted", "copy"): 0.5,
        ("length", "planted"): 0.6,
    }
    rows = [
        Measurement("natural", "m", "train", *place, 10, 1, value, 0.0, 1.0, "wilson")
        for place, value in places.items()
    ]
    assert metrics(ReportContent("x", Comparison(rows, []), [])) == {
        "train/natural/m": 0.4,
        "train/natural/m/provenance=web": 0.1,
        "train/natural/m/provenance=talks": 0.2,
        "train/natural/m/planted": 0.3,
    }
    unplanted = [row for row in rows if "planted" not in (row.scheme, row.subgroup)]
    assert metrics(ReportContent("x", Comparison(unplanted, []), []))["train/natural/m"] == 0.9


def test_the_offline_archive_holds_everything_and_the_network_is_not_asked(
    content, monkeypatch, tmp_path
):
    put_first(monkeypatch, tmp_path, {"sitecustomize.py": WATCH})
    monkeypatch.setenv("ASKED", str(tmp_path / "asked.txt"))
    monkeypatch.setenv("COMET_API_KEY", KEY)
    settings = TrackingSettings(mode="offline", offline_directory=tmp_path / "tracking")
    line = track(settings, content, {"seed": 1, "teacher": {"layers": 2}}, "<p>the page</p>")

    (archive,) = (tmp_path / "tracking").iterdir()
    assert line == f"tracked offline: {archive}"
    assert not (tmp_path / "asked.txt").exists()
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    messages = [json.loads(row) for row in files["messages.json"].splitlines()]
    payloads = [message["payload"] for message in messages]
    parameters = {
        p["param"]["paramName"]: p["param"]["paramValue"] for p in payloads if p.get("param")
    }
    assert (parameters["seed"], parameters["teacher|layers"]) == (1, 2)
    logged = {p["metric"]["metricName"]: p["metric"] for p in payloads if p.get("metric")}
    assert logged["student/loss"]["step"] == 1200
    assert logged["test/bleu/student"]["metricValue"] == 69.8
    assert "<p>the page</p>" in files.values()
    assert any('"kdaudit.comparison/1"' in text for text in files.values())
    assert not any(KEY in text for text in files.values())


def test_online_without_a_key_is_a_line(content, tmp_path):
    line = track(TrackingSettings(mode="online"), content, {}, "")
    assert line.startswith("not tracked: Comet.ml requires an API key")


def test_online_without_a_network_is_a_line_without_the_key(content, monkeypatch, tmp_path):
    put_first(monkeypatch, tmp_path, {"sitecustomize.py": WATCH})
    monkeypatch.setenv("ASKED", str(tmp_path / "asked.txt"))
    monkeypatch.setenv("COMET_API_KEY", KEY)
    line = track(TrackingSettings(mode="online", timeout=60), content, {}, "")
    assert line.startswith("not tracked: ")
    assert KEY not in line
    assert (tmp_path / "asked.txt").exists()


CONFIG = "import os\ndef get_config(): return {'comet.api_key': os.environ['COMET_API_KEY']}\n"


def stand_in(body: str) -> dict[str, str]:
    """A package comet_ml whose Experiment does what `body` says."""
    experiment = f"import os, time\ndef Experiment(**settings):\n    {body}\n"
    return {
        "comet_ml/__init__.py": experiment,
        "comet_ml/config/__init__.py": "",
        "comet_ml/config/config_api.py": CONFIG,
    }


def test_a_missing_package_is_a_line(content, monkeypatch, tmp_path):
    put_first(monkeypatch, tmp_path, {"comet_ml.py": "raise ImportError('not here')"})
    line = track(TrackingSettings(mode="online"), content, {}, "")
    assert line == "not tracked: comet_ml cannot be imported (not here)"


def test_a_reason_that_quotes_the_key_is_shown_without_it(content, monkeypatch, tmp_path):
    body = "raise ValueError('the key ' + os.environ['COMET_API_KEY'] + '\\nis bad')"
    put_first(monkeypatch, tmp_path, stand_in(body))
    monkeypatch.setenv("COMET_API_KEY", KEY)
    line = track(TrackingSettings(mode="online"), content, {}, "")
    assert line == "not tracked: the key [key] is bad"


def test_a_server_that_never_answers_is_given_up(content, monkeypatch, tmp_path):
    put_first(monkeypatch, tmp_path, stand_in("time.sleep(60)"))
    started = time.monotonic()
    line = track(TrackingSettings(mode="online", timeout=1), content, {}, "")
    assert line == "not tracked: comet_ml gave no answer within 1 s"
    assert time.monotonic() - started < 20


def test_a_crash_of_the_other_process_is_a_line(content, monkeypatch, tmp_path):
    put_first(monkeypatch, tmp_path, stand_in("os._exit(3)"))
    line = track(TrackingSettings(mode="online"), content, {}, "")
    assert line == "not tracked: comet_ml ended with exit code 3"
