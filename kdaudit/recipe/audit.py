"""The recipe behind `kdaudit audit`: models that are there, a corpus, and all that these allow.

Reads the names of the models' files, the corpus, and how many lines translations have; writes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kdaudit.detectors import DETECTORS
from kdaudit.detectors.language import known_languages
from kdaudit.errors import RecipeError
from kdaudit.inference.devices import check_compute_type, uses_cuda
from kdaudit.inference.families import find_model, is_hub_name
from kdaudit.inference.settings import EXACT, InferenceSettings
from kdaudit.quality import QUALITY
from kdaudit.recipe.audit_corpus import AuditCorpus, look_at
from kdaudit.recipe.corpus import TRAIN, no_name
from kdaudit.recipe.reading import DEFAULTS, from_values
from kdaudit.recipe.settings import Recipe
from kdaudit.registry import known, unknown

MEASURED = ("bleu", "chrf", "confidence", "diversity", "back_translation")
"""The quality metrics of an audit: neither slow nor in need of a model from elsewhere."""

_LEARNED = (
    "needs unbabel-comet in an environment of its own (`make comet`) and a model from the hub"
)

LEFT_OUT = {"ter": "is slow", "comet": _LEARNED, "cometkiwi": f"{_LEARNED}, its licence accepted"}
"""What keeps a measure out of an audit that does not name it; plug-ins are other people's code."""

_TEXT = 4096
"""So many bytes tell a text from a model."""


@dataclass(frozen=True)
class AuditRequest:
    """What a user asks for.

    `source`, `target`: aligned files, or sources alone; `corpus` in their place: a table, with
    `columns` where its own are not called `source` and `target`. `models`: by name, a path,
    a name on the hub, or a file of translations. `subwords`, `codes`: of models by their names.
    `teacher`, `baseline`, `reverse`: models by their names; where there is a teacher, all others
    but the baseline are its students. `compute_types`: each makes another form of every model.
    `languages`: as in `en-de`. `measures`: detectors and metrics in place of all.
    """

    models: Mapping[str, str]
    source: Path | None = None
    target: Path | None = None
    corpus: Path | None = None
    columns: Mapping[str, str | int] | None = None
    subwords: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    teacher: str | None = None
    baseline: str | None = None
    reverse: str | None = None
    compute_types: Sequence[str] = ()
    languages: str | None = None
    measures: Sequence[str] | None = None
    inference: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    name: str = "audit"


def audit_recipe(request: AuditRequest) -> Recipe:
    """The recipe; RecipeError or InputError where what is asked for cannot be."""
    _check_names(request)
    corpus = look_at(request)
    models = _models(request)
    for name, model in models.items():
        if "translations" in model["given"]:
            corpus.check_translations(Path(request.models[name]))
    languages = corpus.languages(request.languages)
    detectors, quality = _measures(request, languages)
    return from_values(
        {
            "name": request.name,
            "description": f"{', '.join(request.models)}, as they are",
            "seed": request.seed,
            "corpus": {
                "source_language": languages[0],
                "target_language": languages[1],
                "splits": {TRAIN: corpus.entry},
            },
            "models": models,
            "inference": dict(request.inference),
            "quality": quality,
            "detectors": detectors,
            **_schemes(request, quality),
            "left_out": _left_out(request, corpus, [*detectors, *quality]),
        },
        Path.cwd(),
        "audit",
    )


def _check_names(request: AuditRequest) -> None:
    if not request.models:
        raise RecipeError("there is no model to audit")
    for name in request.models:
        if (why := no_name(name)) is not None:
            raise RecipeError(f"--model: {why}")
    roles = {"teacher": request.teacher, "baseline": request.baseline, "reverse": request.reverse}
    given = {role: name for role, name in roles.items() if name is not None}
    for role, name in given.items():
        if name not in request.models:
            raise RecipeError(f"--{role}: {unknown(name, request.models, 'model')}")
    if len(set(given.values())) < len(given):
        shown = ", ".join(f"--{role} {name}" for role, name in given.items())
        raise RecipeError(f"a model has one role ({shown})")
    for option, values in (("subwords", request.subwords), ("codes", request.codes)):
        for name in values:
            if name not in request.models:
                raise RecipeError(f"--{option}: {unknown(name, request.models, 'model')}")


def _models(request: AuditRequest) -> dict[str, dict[str, Any]]:
    models = {name: _model(request, name) for name in request.models}
    types = list(dict.fromkeys(request.compute_types))
    device = "cuda" if uses_cuda(str(request.inference.get("device", "auto"))) else "cpu"
    for kind in types:
        check_compute_type(kind, device, "--compute-type")
    own = str(request.inference.get("compute_type", InferenceSettings().compute_type))
    forms: dict[str, dict[str, Any]] = {}
    for name, model in models.items():
        if "path" in model["given"] and model["role"] != "reverse":
            for kind in types:
                if kind != own:
                    form = {**model["given"], "compute_type": kind, "form_of": name}
                    form.pop("teacher", None)
                    forms[f"{name}-{kind}"] = {"role": "other", "given": form}
    if types and not forms:
        raise RecipeError(f"--compute-type: there is no model to have another form than {own}")
    for name in forms:
        if (why := no_name(name)) is not None:
            raise RecipeError(f"--model: a form of another model would be called so: {why}")
        if name in models:
            raise RecipeError(f"--model: the name '{name}' is that of a form of another model")
    return {**models, **forms}


def _model(request: AuditRequest, name: str) -> dict[str, Any]:
    path = request.models[name]
    given: dict[str, Any] = {}
    if name in request.subwords:
        given["subwords"] = [str(file.absolute()) for file in request.subwords[name]]
    if name in request.codes:
        given["codes"] = list(request.codes[name])
    if is_hub_name(path, Path()):
        given["path"] = path
    elif is_text(Path(path)):
        if given:
            raise RecipeError(f"--{next(iter(given))}: '{name}' is a file of translations")
        if name == request.reverse:
            raise RecipeError(f"--reverse: '{name}' is a file of translations, and no model")
        given["translations"] = {TRAIN: str(Path(path).absolute())}
    else:
        find_model(Path(path), map(Path, given.get("subwords", ())))
        given["path"] = str(Path(path).absolute())
    for role in ("teacher", "baseline", "reverse"):
        if name == getattr(request, role):
            return {"role": role, "given": given}
    if request.teacher is not None:
        return {"role": "student", "given": {**given, "teacher": request.teacher}}
    return {"role": "other", "given": given}


def is_text(path: Path) -> bool:
    """Whether a path is a file of text, packed ones by their names."""
    if not path.is_file():
        return False
    if path.suffix in (".gz", ".zst"):
        return True
    if path.suffix in (".npz", ".pt", ".bin"):
        return False
    with path.open("rb") as file:
        start = file.read(_TEXT)
    if b"\0" in start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4 and bool(start)  # a character that was cut
    return True


def _measures(
    request: AuditRequest, languages: Iterable[str]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The detectors and metrics: those that are asked for, or all detectors and `MEASURED`."""
    asked, every = request.measures, _known()
    for name in asked or ():
        if name not in every:
            raise RecipeError(f"--measures: {unknown(name, every, 'measure')}")
    detectors: dict[str, dict[str, Any]] = {
        name: {}
        for name in known("detectors", DETECTORS)
        if (name in DETECTORS if asked is None else name in asked)
    }
    if "extractive" in detectors:
        identified = all(language in known_languages() for language in languages)
        detectors["extractive"] = {"identify_language": identified}
    quality: dict[str, dict[str, Any]] = {
        name: {}
        for name in known("quality", QUALITY)
        if (name in MEASURED if asked is None else name in asked)
    }
    gated = {"natural", "back_translation"} & set(detectors)
    if gated and asked is not None:
        quality.setdefault("back_translation", {})
    return detectors, quality


def _schemes(request: AuditRequest, quality: Iterable[str]) -> dict[str, Any]:
    """Of an audit of chosen measures, the usual schemes that need no other metric: nobody asked
    for `confidence`. Else those of any recipe.

    They name no split: the only one leaves out by itself what needs targets that it has not.
    """
    if request.measures is None:
        return {}
    metrics = [name for name in known("quality", QUALITY) if name not in quality]
    usual = {
        name: {key: value for key, value in entry.items() if key != "splits"}
        for name, entry in DEFAULTS["subgroups"].items()
    }
    return {"subgroups": {name: entry for name, entry in usual.items() if name not in metrics}}


def _known() -> list[str]:
    """The names of all detectors and metrics, those of plug-ins too, each once."""
    return list(dict.fromkeys([*known("detectors", DETECTORS), *known("quality", QUALITY)]))


def _left_out(
    request: AuditRequest, corpus: AuditCorpus, computed: Iterable[str]
) -> dict[str, str]:
    """Of an audit of all measures, why some are not asked for; of chosen ones, nothing is."""
    if request.measures is not None:
        return {}
    found = {}
    for name in _known():
        if name in QUALITY and not corpus.has_targets and "target" in QUALITY[name]().needs:
            found[name] = "needs targets"
        else:
            why = LEFT_OUT.get(name, "is no part of kdaudit itself")
            found[name] = f"{why}; it is computed where --measures names it"
    return {name: why for name, why in found.items() if name not in computed}


def forms_of(recipe: Recipe) -> dict[str, str]:
    """Each deployed form of a recipe's models by its name: the type that it is in."""
    return {
        name: str(model.given.compute_type or EXACT)
        for name, model in recipe.models.items()
        if model.given is not None and model.given.form_of is not None
    }
