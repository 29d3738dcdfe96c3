"""The columns of the tables in a run directory."""

from __future__ import annotations

import pyarrow as pa

HYPOTHESES = "hypotheses"
"""A further column of translations with several hypotheses: texts of each source, best first."""

CORPUS = pa.schema([("id", pa.int64()), ("source", pa.string()), ("target", pa.string())])
DISTILLED = pa.schema([*CORPUS, ("target_source", pa.string())])
SELECTED = pa.schema([*DISTILLED, ("replicated", pa.bool_()), ("planted", pa.string())])
SCORES = pa.schema([("id", pa.int64()), ("log_probability", pa.float64()), ("tokens", pa.int32())])
TRANSLATIONS = pa.schema(
    [
        ("id", pa.int64()),
        ("translation", pa.string()),
        ("log_probability", pa.float64()),
        ("tokens", pa.int32()),
    ]
)
SEVERAL = pa.schema([*TRANSLATIONS, (HYPOTHESES, pa.list_(pa.string()))])
DETECTIONS = pa.schema(
    [
        ("id", pa.int64()),
        ("eligible", pa.bool_()),
        ("score", pa.float64()),
        ("flagged", pa.bool_()),
        ("evidence", pa.string()),
    ]
)
QUALITY = pa.schema(
    [("id", pa.int64()), ("score", pa.float64()), ("statistics", pa.list_(pa.float64()))]
)
SUBGROUPS = pa.schema([("id", pa.int64()), ("subgroup", pa.string())])
COUNTERFACTUAL = pa.schema(
    [
        ("id", pa.int64()),
        *(
            (name, pa.float64())
            for name in ("mean_in", "mean_out", "memorization", "standard_error")
        ),
        ("models_in", pa.int32()),
        ("models_out", pa.int32()),
    ]
)
