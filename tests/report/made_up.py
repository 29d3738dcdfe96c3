"""A made-up but plausible comparison and report content; reads and writes nothing."""

from __future__ import annotations

from typing import Any

from scipy.stats import binomtest

from kdaudit.comparison import from_json_dict
from kdaudit.report import Example, Extraction, Model, PlantedRecall, ReportContent, StageCost

MODELS = ("teacher", "student", "baseline")
REFERENCE = "baseline"
TRAIN = {
    "exact_match": (8000, (1024, 896, 856)),
    "extractive": (6042, (52, 38, 25)),
    "extractive_of_replicated": (820, (52, 38, 25)),
    "oscillatory": (7990, (1, 3, 1)),
    "repeated_target": (8000, (0, 0, 0)),
    "natural": (7950, (55, 52, 44)),
}
PLANTED = {
    "exact_match": (186, (150, 96, 101)),
    "extractive": (60, (40, 22, 12)),
    "oscillatory": (20, (18, 12, 11)),
    "natural": (40, (38, 36, 30)),
}
QUALITY = {
    "bleu": (71.3, 69.8, 66.2),
    "chrf": (82.0, 80.9, 78.4),
    "ter": (18.2, 19.0, 22.5),
    "confidence": (0.912, 0.931, 0.874),
    "diversity": (0.512, 0.503, 0.509),
}
HOSTILE = "<script>alert('x')</script> \x1b[31mrot\x1b[0m \u202eabc | **fett** `code`"


def comparison_json() -> dict[str, Any]:
    """The comparison as the JSON that design.md describes: two splits, planted cases, subgroups."""
    measurements: list[dict[str, Any]] = []
    contrasts: list[dict[str, Any]] = []
    parts = [("all", "all", TRAIN), ("provenance", "original", TRAIN)]
    parts += [("provenance", "planted", PLANTED)]
    parts += [("frequency", name, TRAIN) for name in ("1", "2", "3-4", "5+")]
    parts += [("frequency", "planted", PLANTED)]
    for scheme, subgroup, rates in parts:
        for name, (n, flagged) in rates.items():
            place = {"split": "train", "scheme": scheme, "subgroup": subgroup, "measure": name}
            measurements += _rates(place, n, flagged)
            contrasts += [_rate_contrast(place, n, flagged, model) for model in (0, 1)]
    for name, values in QUALITY.items():
        place = {"split": "test", "scheme": "all", "subgroup": "all", "measure": name}
        measurements += _qualities(place, values)
        contrasts += [_quality_contrast(place, values, model) for model in (0, 1)]
    signature = {"version": "0.1.0", "recipe": "1f3a", "seed": 1, "confidence": 0.95}
    signature |= {"beam": {"train": 1, "test": 5}}
    return {
        "schema": "kdaudit.comparison/1",
        "signature": signature,
        "measurements": measurements,
        "contrasts": contrasts,
    }


def _rates(place: dict[str, Any], n: int, flagged: tuple[int, ...]) -> list[dict[str, Any]]:
    rows = []
    for model, events in zip(MODELS, flagged, strict=True):
        ends = binomtest(events, n).proportion_ci(method="wilson")
        rows.append(
            {
                **place,
                "model": model,
                "n": n,
                "flagged": events,
                "value": events / n,
                "ci_low": float(ends.low),
                "ci_high": float(ends.high),
                "interval": "wilson",
            }
        )
    return rows


def _qualities(place: dict[str, Any], values: tuple[float, ...]) -> list[dict[str, Any]]:
    return [
        {
            **place,
            "model": model,
            "n": 500,
            "flagged": None,
            "value": value,
            "ci_low": 0.98 * value,
            "ci_high": 1.02 * value,
            "interval": "bootstrap",
        }
        for model, value in zip(MODELS, values, strict=True)
    ]


def _rate_contrast(
    place: dict[str, Any], n: int, flagged: tuple[int, ...], model: int
) -> dict[str, Any]:
    difference = (flagged[model] - flagged[-1]) / n
    discordant = flagged[model] + flagged[-1]
    few = discordant < 6
    relative = (flagged[model] - flagged[-1]) / flagged[-1] if flagged[-1] else None
    higher = not few and relative is not None and relative > 0.3
    p_value = 0.021 if higher else 1.0 if few else 0.31
    return {
        **place,
        "model": MODELS[model],
        "reference": REFERENCE,
        "n": n,
        "difference": difference,
        "difference_ci": [difference - 0.002, difference + 0.002],
        "relative_change": relative,
        "relative_change_ci": None if relative is None else [relative - 0.4, None],
        "interval": "bootstrap",
        "p_value": p_value,
        "p_adjusted": min(1.0, 2 * p_value),
        "discordant": discordant,
        "verdict": "too_few" if few else "higher" if higher else "indistinguishable",
    }


def _quality_contrast(
    place: dict[str, Any], values: tuple[float, ...], model: int
) -> dict[str, Any]:
    difference = values[model] - values[-1]
    return {
        **place,
        "model": MODELS[model],
        "reference": REFERENCE,
        "n": 500,
        "difference": difference,
        "difference_ci": sorted([0.8 * difference, 1.2 * difference]),
        "relative_change": difference / values[-1],
        "relative_change_ci": [0.01, 0.09],
        "interval": "bootstrap",
        "p_value": 0.001,
        "p_adjusted": 0.001,
        "discordant": 480,
        "verdict": "higher" if difference > 0 else "lower",
    }


def extraction(model: str, memorized: int, replicated: int) -> Extraction:
    """A curve that rises to `memorized` of 6,042 pairs."""
    points = [
        {
            "ratio": step / 20,
            "memorized": (found := memorized * step // 15),
            "of_eligible": found / 6042,
            "of_replicated": found / replicated if replicated else None,
        }
        for step in range(1, 16)
    ]
    return Extraction(
        "extractive",
        model,
        "train",
        "original",
        8000,
        6042,
        replicated,
        {"too_short": 900, "length_ratio": 1000, "copy": 8, "source_language": 50},
        points,
        {"corpus": 30, "teacher": 0, "both": 8, "relayed_by_another": 2}
        if model == "student"
        else None,
    )


def made_up_content() -> ReportContent:
    """A full report's content, with hostile corpus text among the examples."""
    curve = [
        {
            "epoch": e,
            "update": 120 * e,
            "loss": 7 / e + 1,
            "valid_loss": 7.4 / e + 1.2,
            "seconds": 9.0,
        }
        for e in range(1, 11)
    ]
    source = "Der Pförtner im Hotel Lindenhof zählt jeden Abend die Schlüssel ."
    target = "At the Lindenhof the porter counts his keys by candlelight ."
    kinds = [("rare", 1), ("rare", 4), ("rare", 16), ("boilerplate", 1), ("oscillating", 4)]
    return ReportContent(
        name="demo",
        comparison=from_json_dict(comparison_json()),
        models=[
            Model("teacher", "teacher", "2+2 layers of 192, trained on the corpus, 12 epochs"),
            Model("student", "student", "2+2 layers of 128, trained on the teacher's translations"),
            Model("baseline", "baseline", "the student's size and budget, trained on the corpus"),
        ],
        examples=[
            Example(
                "extractive",
                "student",
                "train",
                17,
                source,
                target,
                target,
                "Der Pförtner im Hotel",
                "planted",
                "rare",
                detail="prefix 4 of 11 words (0.36); pair occurs 4 times",
            ),
            Example("extractive", "student", "train", 21, HOSTILE, "Ziel", "Ziel", "", "original"),
            Example(
                "oscillatory",
                "teacher",
                "train",
                99,
                "A cat sits .",
                "Eine Katze sitzt .",
                "die Katze " * 20,
                "die katze (20)",
                "original",
            ),
        ],
        curves=dict.fromkeys(MODELS, curve),
        planted_recall=[
            PlantedRecall(
                kind, times, model, "exact_match", 20, min(20, 2 * times + place), min(18, times)
            )
            for kind, times in kinds
            for place, model in enumerate(MODELS)
        ],
        extraction=[
            extraction(model, memorized, 0 if model == "baseline" else 820)
            for model, memorized in zip(MODELS, (52, 38, 0), strict=True)
        ],
        notes=["3 targets cannot be reproduced by the subword model.", "comet: not computed."],
        recipe="name: demo\nseed: 1\nmodels:\n  teacher:\n    layers: 2\n",
        versions={"kdaudit": "0.1.0", "fairseq-fixed": "0.12.3.1"},
        machine="Linux x86_64, 2 processors, no GPU",
        costs=[
            StageCost("corpus", 2.4, 210.0),
            StageCost("train-teacher", 95.0, 1726.4),
            StageCost("detect", 41.5),
        ],
    )
