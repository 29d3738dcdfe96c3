"""COMET's own package with tiny models made on the spot, where there is an environment for it.

KDAUDIT_COMET_PYTHON names its interpreter, or `make comet` has made `.venv-comet`. Nothing is
downloaded: the hub of the tests is a server of their own.
"""

import hashlib
import json
import pickle
import subprocess
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kdaudit.errors import NotComputable
from kdaudit.inference.estimates import ScorerSettings, interpreter, scorer

SEGMENTS = [
    ("the red house is old .", "das rote Haus ist alt .", "das Haus ist rot ."),
    ("old", "alt", "alt"),
    ("the house", "", "das Haus"),
    ("red " * 20, "rote " * 20, "rot"),
    ("ünknöwn ☃\u2028", "\t", "x"),
]


@pytest.fixture(scope="module")
def python():
    """The interpreter that has unbabel-comet."""
    try:
        found = interpreter()
    except NotComputable as error:
        pytest.skip(f"no environment with unbabel-comet: {str(error).splitlines()[0]}")
    done = subprocess.run([found, "-P", "-c", "import comet"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{found} has no unbabel-comet")
    return found


@pytest.fixture(scope="module")
def models(python, tmp_path_factory):
    """A folder with the models `comet` and `kiwi`."""
    folder = tmp_path_factory.mktemp("comet")
    run(python, "make", folder)
    return folder


def run(python: Path, command: str, path: Path, given: str = "") -> str:
    program = Path(__file__).with_name("tiny_comet.py")
    done = subprocess.run(
        [python, program, command, path], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def settings(python: Path, model: Path | str, **other) -> ScorerSettings:
    given = {"is_local": True, "with_targets": True, "batch_size": 2, "device": "cpu"} | other
    return ScorerSettings(python, str(model), threads=1, **given)


@pytest.mark.parametrize(("name", "too_long"), [("comet", 1), ("kiwi", 2)])
def test_scores_are_those_of_comets_own_predict(python, models, name, too_long):
    fields = ("src", "mt", "ref")[: 3 if name == "comet" else 2]
    segments = [one[: len(fields)] for one in SEGMENTS]
    samples = [dict(zip(fields, one, strict=True)) for one in segments]
    checkpoint = models / name / "checkpoints" / "model.ckpt"
    expected = json.loads(run(python, "predict", checkpoint, json.dumps(samples)).splitlines()[-1])
    with scorer(settings(python, models / name, with_targets=name == "comet")) as model:
        scores, cut = model.score(segments)
        assert model.score(segments[:1])[0] == pytest.approx(expected[:1], abs=1e-5)
    assert scores == pytest.approx(expected, abs=1e-5)
    assert len(set(scores)) == len(scores)
    assert cut == too_long, "the encoder takes 38 pieces: of each text, or of both together"


def test_a_checkpoint_may_be_named_itself_and_its_hash_is_told(python, models):
    checkpoint = models / "comet" / "checkpoints" / "model.ckpt"
    with scorer(settings(python, checkpoint)) as model:
        made_with = model.made_with
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert made_with["checkpoint"] == digest[:16]
    assert made_with["unbabel-comet"].startswith("2.")


@pytest.mark.parametrize(
    ("name", "with_targets", "words"),
    [
        ("comet", False, "compares with targets: it is a model for `comet`"),
        ("kiwi", True, "reads no targets: it is a model for `cometkiwi`"),
        ("encoder", True, "is no COMET model: there is no checkpoints/model.ckpt"),
    ],
)
def test_a_model_of_another_kind_is_refused(python, models, name, with_targets, words):
    chosen = settings(python, models / name, with_targets=with_targets)
    with pytest.raises(NotComputable, match=words):
        scorer(chosen).__enter__()


def test_a_checkpoint_runs_no_code(python, models, tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    model = tmp_path / "model"
    (model / "checkpoints").mkdir(parents=True)
    (model / "hparams.yaml").write_text((models / "comet" / "hparams.yaml").read_text())
    whole = models / "comet" / "checkpoints" / "model.ckpt"
    with (
        zipfile.ZipFile(whole) as old,
        zipfile.ZipFile(model / "checkpoints" / "model.ckpt", "w") as new,
    ):
        for name in old.namelist():
            is_trap = name.endswith("data.pkl")
            new.writestr(name, pickle.dumps(Trap()) if is_trap else old.read(name))
    with pytest.raises(NotComputable, match=r"cannot be loaded: .*Weights only"):
        scorer(settings(python, model)).__enter__()
    assert not (tmp_path / "ran").exists()


class Hub(BaseHTTPRequestHandler):
    """A hub of which every model is behind a licence, or there is none."""

    def do_GET(self):
        code, error = (401, "GatedRepo") if "kiwi" in self.path else (404, "RepoNotFound")
        self.send_response(code)
        self.send_header("X-Error-Code", error)
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        """Not to standard error."""


@pytest.fixture
def hub(monkeypatch, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_model_behind_a_licence_is_told_with_its_address(python, hub):
    chosen = settings(python, "Unbabel/wmt22-cometkiwi-da", is_local=False)
    with pytest.raises(NotComputable) as error:
        scorer(chosen).__enter__()
    assert "needs its licence to be accepted" in str(error.value)
    assert "https://huggingface.co/Unbabel/wmt22-cometkiwi-da" in str(error.value)
    with pytest.raises(NotComputable, match="there is no such model at https://huggingface"):
        scorer(replace(chosen, model="no/no")).__enter__()


def test_without_a_network_the_way_out_is_told(python, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    chosen = settings(python, "Unbabel/wmt22-comet-da", is_local=False)
    with pytest.raises(NotComputable, match="give the folder of a local copy as 'model'"):
        scorer(chosen).__enter__()
