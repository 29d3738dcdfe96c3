"""The process that speaks with comet_ml: one JSON request on standard input, one JSON line out.

Started by `kdaudit.report.tracking`. In offline mode it writes an archive into the
directory of the request, in online mode it sends to comet's servers. The line that
it prints says what happened and never holds the API key.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

_NOTHING_OF_ITS_OWN: dict[str, Any] = {
    "log_code": False,
    "log_graph": False,
    "auto_param_logging": False,
    "auto_metric_logging": False,
    "auto_output_logging": False,
    "parse_args": False,
    "log_env_details": False,
    "log_git_metadata": False,
    "log_git_patch": False,
    "display_summary_level": 0,
}
"""comet_ml collects source code, machine and command line unless it is told not to."""


def tracked(request: dict[str, Any]) -> str:
    """Log the request and say in one line what happened."""
    try:
        from comet_ml.config.config_api import get_config
    except ImportError as error:
        return f"not tracked: comet_ml cannot be imported ({error})"
    opened: Callable[[dict[str, Any]], Any] = _online if request["mode"] == "online" else _offline
    # Whatever fails in comet_ml, its network or its server must not fail the run; the reason
    # is reported, without the key, which its messages may quote.
    try:
        experiment = opened(request)
        if not experiment.alive:
            return "not tracked: comet's server cannot be reached, or refuses the key"
        _log(experiment, request)
        experiment.end()
    except Exception as error:
        return f"not tracked: {_without_key(str(error), get_config()['comet.api_key'])}"
    if request["mode"] == "online":
        return f"tracked online: {experiment.url}"
    return f"tracked offline: {request['offline_directory']}/{experiment.id}.zip"


def _online(request: dict[str, Any]) -> Any:
    from comet_ml import Experiment

    return Experiment(
        project_name=request["project"], workspace=request["workspace"], **_NOTHING_OF_ITS_OWN
    )


def _offline(request: dict[str, Any]) -> Any:
    from comet_ml import OfflineExperiment

    return OfflineExperiment(
        project_name=request["project"],
        workspace=request["workspace"],
        offline_directory=request["offline_directory"],
        **_NOTHING_OF_ITS_OWN,
    )


def _log(experiment: Any, request: dict[str, Any]) -> None:
    experiment.set_name(request["name"])
    experiment.add_tags(request["tags"])
    experiment.log_parameters(request["parameters"])
    # Before the curves: what is logged after them would have their last step.
    experiment.log_metrics(request["metrics"])
    for name, text in request["assets"].items():
        experiment.log_asset(io.StringIO(text), file_name=name)
    for model, rows in request["curves"].items():
        for row in rows:
            values = {
                f"{model}/{name}": value
                for name, value in row.items()
                if name not in ("epoch", "update") and value is not None
            }
            experiment.log_metrics(values, step=row.get("update"), epoch=row.get("epoch"))


def _without_key(text: str, key: str | None) -> str:
    """One line of text, the key blotted out."""
    line = " ".join(text.split())
    return line.replace(key, "[key]") if key else line


if __name__ == "__main__":
    print(json.dumps({"line": tracked(json.load(sys.stdin))}))
