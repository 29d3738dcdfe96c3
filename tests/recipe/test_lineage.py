"""How models come from models: adapted teachers, checkpoints that are there, `kdaudit finetune`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit import recipe as recipes
from kdaudit.errors import InputError
from kdaudit.recipe.finetune import ADAPTED, TEACHER, FinetuneRequest, finetune_recipe
from kdaudit.training import training_commands
from tests.fakes import weightless_checkpoint

ADAPTIVE = {"teacher": "teacher", "step": "adaptive"}


def read(folder: Path, models: dict[str, object], **parts: object) -> recipes.Recipe:
    values = {
        "name": "r",
        "corpus": {"embedded": {"train": 100}},
        "trainer": {"layers": 2, "width": 64, "updates": 50, "schedule": "linear"},
        "models": {"teacher": {"role": "teacher", "trainer": {"layers": 3}}, **models},
        "quality": {"chrf": {}, "confidence": {}},
    }
    return recipes.from_values(values | parts, folder, "recipe")


def student(**distillation: object) -> dict[str, object]:
    return {"role": "student", "distillation": ADAPTIVE | distillation}


def test_a_step_that_fine_tunes_adds_a_model_that_is_audited(tmp_path):
    found = read(tmp_path, {"student": student()})
    assert list(found.models) == ["teacher", "student", "student_teacher"]
    assert found.audited_models == ["teacher", "student", "student_teacher"]
    assert found.finetuned == ["student_teacher"]
    assert found.teacher("student") == "student_teacher"
    assert found.teacher("student_teacher") == "teacher"
    assert found.models["student_teacher"].role == "teacher"
    assert found.first("teacher") == "teacher"
    assert found.reference == "teacher"


def test_it_has_the_teachers_shape_and_the_steps_training(tmp_path):
    settings = {"learning_rate": 1e-4, "epochs": 3}
    own = {"batch_tokens": 500}
    models = {"student": student(adapted="better", settings=settings, trainer=own)}
    trainer = read(tmp_path, models).models["better"].trainer
    assert (trainer.layers, trainer.width) == (3, 64)
    assert (trainer.epochs, trainer.updates, trainer.learning_rate) == (3, None, 1e-4)
    assert (trainer.schedule, trainer.warmup_updates, trainer.batch_tokens) == ("constant", 0, 500)
    assert read(tmp_path, models).models["student"].trainer.layers == 2


@pytest.mark.parametrize("adapted", [None, ""])
def test_no_name_is_the_students(tmp_path, adapted):
    assert "student_teacher" in read(tmp_path, {"student": student(adapted=adapted)}).models


def test_students_with_the_same_step_share_a_teacher(tmp_path):
    models = {name: student(adapted="better") for name in ("one", "two")}
    found = read(tmp_path, models)
    assert found.finetuned == ["better"]
    assert found.teacher("one") == found.teacher("two") == "better"


def test_a_fine_tuned_model_may_be_fine_tuned_again(tmp_path):
    again = {"role": "other", "finetuning": ADAPTIVE | {"teacher": "student_teacher"}}
    found = read(tmp_path, {"again": again, "student": student()})
    assert found.models["again"].trainer.layers == 3
    assert found.teacher("again") == "student_teacher"


def test_a_stored_recipe_is_the_same_recipe(tmp_path):
    found = read(tmp_path, {"student": student(adapted="better", ids="ids.txt")})
    assert found.models["better"].finetuning.ids == str(tmp_path / "ids.txt")
    path = tmp_path / "recipe.json"
    path.write_text(recipes.dump(found), encoding="utf-8")
    assert recipes.load_stored(path) == found


def test_a_checkpoint_says_what_it_is(tmp_path):
    weightless_checkpoint(tmp_path, decoder_layers=4, activation_fn="gelu")
    given = {"role": "teacher", "checkpoint": "given.pt"}
    found = read(tmp_path, {"given": given, "student": student(teacher="given")})
    trainer = found.models["given"].trainer
    assert (trainer.layers, trainer.width, trainer.updates) == (1, 8, 3)
    assert trainer.options == {"decoder_layers": 4, "activation_fn": "gelu"}
    assert found.is_imported("student_teacher")
    assert not found.is_imported("student")
    tuned = found.models["student_teacher"].trainer
    assert (tuned.updates, tuned.epochs, tuned.options) == (None, 1, trainer.options)
    command = str(training_commands(tuned, "en", "de", cuda=False, start="x.pt")[1])
    assert "--decoder-layers 4" in command
    assert "--finetune-from-model x.pt" in command


def request(folder: Path, mode: str, **parts: object) -> FinetuneRequest:
    checkpoint = weightless_checkpoint(folder, **parts.pop("shape", {}))
    for name in ("a.en", "a.de", "spm.model", "ids.txt"):
        (folder / name).write_text("1\n")
    return FinetuneRequest(
        name=f"finetune-{mode}",
        checkpoint=checkpoint,
        mode=mode,
        source=folder / "a.en",
        target=folder / "a.de",
        subwords=folder / "spm.model",
        **parts,
    )


MODES = {
    "adaptive": ("adaptive", {"control": "none", "min_source_words": 6, "replicated": True}),
    "random": ("adaptive", {"control": "random"}),
    "recovered": ("recovered", {"detector": "extractive"}),
}


@pytest.mark.parametrize("mode", MODES)
def test_finetune_is_a_recipe_of_two_models(tmp_path, mode):
    name, expected = MODES[mode]
    found = finetune_recipe(request(tmp_path, mode, seed=4))
    assert list(found.models) == found.audited_models == [TEACHER, ADAPTED]
    assert (found.reference, found.finetuned) == (TEACHER, [ADAPTED])
    step = found.step(ADAPTED)
    assert step.name == name
    assert {key: getattr(step, key) for key in expected} == expected
    assert (found.corpus.source_language, found.corpus.target_language) == ("en", "de")
    assert found.models[ADAPTED].trainer.seed == found.seed == 4
    assert found.corpus.splits["valid"][0].first == 1  # all that it has
    assert str(tmp_path) not in found.description


def test_finetune_takes_settings_ids_validation_and_trainer(tmp_path):
    parts = {"settings": {"fewest": 2, "above": {"quality.chrf": 70.0}}}
    parts["valid"] = tmp_path / "a.de", tmp_path / "a.en"
    parts |= {"ids": tmp_path / "ids.txt", "trainer": {"batch_tokens": 77}}
    found = finetune_recipe(request(tmp_path, "adaptive", **parts))
    assert found.step(ADAPTED).above == {"quality.chrf": 70.0}
    assert found.models[ADAPTED].finetuning.ids == str(tmp_path / "ids.txt")
    assert found.models[ADAPTED].trainer.batch_tokens == 77
    assert found.corpus.splits["valid"][0].source == str(tmp_path / "a.de")


def test_a_language_that_cannot_be_identified_is_not(tmp_path):
    known = finetune_recipe(request(tmp_path, "random"))
    assert known.detector("extractive").identify_language
    shape = {"source_lang": "src", "target_lang": "tgt"}
    unknown = finetune_recipe(request(tmp_path, "random", shape=shape))
    assert not unknown.detector("extractive").identify_language


@pytest.mark.parametrize("name", ["a.en", "spm.model", "given.pt"])
def test_a_file_that_is_not_there(tmp_path, name):
    asked = request(tmp_path, "adaptive")
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=rf"{name}: there is no such file"):
        finetune_recipe(asked)
