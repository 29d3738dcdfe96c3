"""comet_ml for real where it works without a network; stand-ins for what cannot be caused here."""

import json
import os
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.artifacts import write_json, write_text
from kdaudit.comparison import Comparison, Measurement
from kdaudit.errors import RecipeError
from kdaudit.report import ReportContent, TrackingSettings, track
from kdaudit.report.tracking import metrics
from kdaudit.stages import report
from tests.fakes import FakeRun, fake_run, recipe
from tests.stages.test_pipeline import through

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
    values = {
        "train/natural/m": 0.4,
        "train/natural/m/provenance=web": 0.1,
        "train/natural/m/provenance=talks": 0.2,
        "train/natural/m/planted": 0.3,
    }
    bounds = {f"{name}/ci_low": 0.0 for name in values} | {
        f"{name}/ci_high": 1.0 for name in values
    }
    assert metrics(ReportContent("x", Comparison(rows, []), [])) == values | bounds
    unplanted = [row for row in rows if "planted" not in (row.scheme, row.subgroup)]
    assert metrics(ReportContent("x", Comparison(unplanted, []), []))["train/natural/m"] == 0.9


def opened(archive: Path) -> tuple[dict[str, list[dict]], dict[str, str]]:
    """The messages of an archive by their type, and all files in it."""
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    messages: dict[str, list[dict]] = {}
    for line in files["messages.json"].splitlines():
        message = json.loads(line)
        messages.setdefault(message["type"], []).append(message["payload"])
    return messages, files


@pytest.fixture(scope="module")
def archive(content, tmp_path_factory):
    """The made-up content, tracked with a key in the environment and a watch on the network."""
    folder = tmp_path_factory.mktemp("tracked")
    settings = TrackingSettings("offline", "distillation", "team", folder / "tracking")
    parameters = {"seed": 1, "teacher": {"layers": 2}, "report": {"texts": False}}
    with pytest.MonkeyPatch.context() as monkeypatch:
        put_first(monkeypatch, folder, {"sitecustomize.py": WATCH})
        monkeypatch.setenv("ASKED", str(folder / "asked.txt"))
        monkeypatch.setenv("COMET_API_KEY", KEY)
        monkeypatch.setenv("COMET_CONFIG", str(folder / "comet.config"))
        line = track(settings, content, parameters, "<p>the page</p>")
    (found,) = (folder / "tracking").iterdir()
    assert line == f"tracked offline: {found}"
    return found


def test_the_offline_archive_holds_everything_and_the_network_is_not_asked(archive, content):
    assert not (archive.parents[1] / "asked.txt").exists()
    messages, files = opened(archive)
    experiment = json.loads(files["experiment.json"])
    assert (experiment["project_name"], experiment["workspace"]) == ("distillation", "team")
    assert sorted(experiment["tags"]) == ["demo", "kdaudit"]  # comet_ml keeps a set
    others = {one["key"]: one["value"] for one in messages["log_other"]}
    assert others["Name"] == "demo"

    own = [one["param"] for one in messages["parameter_msg"] if one["param"]["source"] == "manual"]
    parameters = {one["paramName"]: one["paramValue"] for one in own}
    assert parameters == {"seed": 1, "teacher|layers": 2, "report|texts": False}

    stored = {"report.html": "<p>the page</p>"}
    stored["comparison.json"] = json.dumps(content.comparison.to_json_dict(), indent=1)
    uploaded = {
        one["additional_params"]["fileName"]: files[one["file_path"]]
        for one in messages["file_upload"]
    }
    assert uploaded == stored


def test_the_archive_has_every_value_with_its_interval_and_the_whole_curves(archive, content):
    messages, _ = opened(archive)
    logged = [one["metric"] for one in messages["metric_msg"]]
    values = {one["metricName"]: one["metricValue"] for one in logged if one["step"] is None}
    assert values == metrics(content)
    train = next(
        row
        for row in content.comparison.measurements
        if (row.measure, row.model, row.split, row.scheme, row.subgroup)
        == ("extractive", "student", "train", "provenance", "original")
    )
    assert values["train/extractive/student"] == train.value
    assert values["train/extractive/student/ci_low"] == train.ci_low
    assert values["train/extractive/student/ci_high"] == train.ci_high

    curves = {(one["metricName"], one["step"]): one for one in logged if one["step"] is not None}
    for model, rows in content.curves.items():
        for row in rows:
            for name in ("loss", "valid_loss", "seconds"):
                found = curves.pop((f"{model}/{name}", row["update"]))
                assert (found["metricValue"], found["epoch"]) == (row[name], row["epoch"])
    assert {name for name, _ in curves} <= {"process duration"}, "of comet_ml itself"


def test_nothing_else_is_in_the_archive(archive):
    messages, files = opened(archive)
    assert set(messages) == {"log_other", "parameter_msg", "metric_msg", "file_upload"}
    assert {one["key"] for one in messages["log_other"]} <= {
        "Name",
        "offline_experiment",
        "hasNestedParams",
    }
    automatic = {
        one["param"]["paramName"]
        for one in messages["parameter_msg"]
        if one["param"]["source"] != "manual"
    }
    assert automatic <= {"curr_step", "curr_epoch"}
    whole = "".join(files.values())
    assert not any(secret in whole for secret in (KEY, str(Path.home()), str(Path.cwd())))


def test_the_key_is_in_no_file_of_a_run(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("COMET_API_KEY", KEY)
    run = finished_run(
        tmp_path / "run",
        tracking={"mode": "offline", "project": "kept"},
        detectors={"exact_match": None},
        quality={"bleu": None},
        subgroups={"all": None},
    )
    report.run(run)
    said = capsys.readouterr().err
    (archive,) = (run.directory.path / "tracking").iterdir()
    assert f"kdaudit: tracked offline: {archive}" in said
    messages, files = opened(archive)
    assert json.loads(files["experiment.json"])["project_name"] == "kept"
    names = {one["metric"]["metricName"] for one in messages["metric_msg"]}
    assert {"train/exact_match/student", "train/bleu/teacher/ci_low", "student/loss"} <= names
    written = [path for path in run.directory.path.rglob("*") if path.is_file()]
    assert run.directory.manifest in written
    for path in written:
        assert KEY.encode() not in path.read_bytes(), path
    assert not any(KEY in text for text in files.values())
    assert KEY not in said


def finished_run(folder: Path, **parts) -> FakeRun:
    """A run of the fake engine up to its comparison."""
    texts = [f"the {word} house" for word in ("old", "red", "new")]
    corpus = pa.table(
        {
            "id": range(3),
            "source": texts,
            "target": texts,
            "provenance": ["original"] * 3,
            "planted": pa.nulls(3, pa.string()),
        }
    )
    table = {text: text for text in texts}
    same = dict.fromkeys(("teacher", "student", "baseline", "reverse"), table)
    run = fake_run(folder, corpus, same, **parts)
    through(run)
    for model in run.recipe.models:
        described = {"pairs_left_out": 0, "languages": list(run.recipe.languages(model))}
        write_json(run.directory.model_manifest(model), described)
        row = {"kind": "update", "epoch": 1, "updates": 20, "loss": 4.5}
        write_text(run.directory.curve(model), json.dumps(row) + "\n")
    return run


def test_a_key_has_no_place_in_a_recipe(tmp_path):
    with pytest.raises(RecipeError, match=r"tracking\.api_key: 'api_key' is no known setting"):
        recipe(tmp_path, tracking={"mode": "online", "api_key": KEY})


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
