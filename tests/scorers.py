"""A stand-in for a Python interpreter that has unbabel-comet: it speaks the scorer's protocol."""

from __future__ import annotations

import sys
from pathlib import Path

PROGRAM = '''#!{python}
"""What the model of the request is called says what this does."""
import json, os, sys

request = json.loads(sys.stdin.readline())
model = os.path.basename(request["model"])
said = {{"ready": {{"unbabel-comet": "0", "checkpoint": "of " + model}}}}
if model == "refused":
    said = {{"error": "the licence must be accepted"}}
if model == "no start":
    print("out of memory", file=sys.stderr)
    sys.exit(7)
if model == "talks":
    print("loading ...", file=sys.stderr)
print(json.dumps(said), flush=True)
for line in sys.stdin:
    segments = json.loads(line)
    if os.environ.get("SCORER_LOG"):
        with open(os.environ["SCORER_LOG"], "a") as log:
            log.write(json.dumps([request, segments]) + "\\n")
    if model == "dies":
        print("Killed by the test", file=sys.stderr)
        sys.exit(3)
    if model == "garbage":
        print("no JSON", flush=True)
        continue
    scores = [len(one[1]) / 100 for one in segments]
    if model == "exact":
        scores = [float(sum(map(ord, "".join(one)))) for one in segments]
    if model == "few":
        scores = scores[:1]
    if model == "nan":
        scores[0] = float("nan")
    cut = sum(one[1].endswith(" ") for one in segments)
    print(json.dumps({{"scores": scores, "cut": cut}}), flush=True)
'''


def stand_in(folder: Path) -> Path:
    """The stand-in's file. A model is called `length` (scores are the translation's characters
    over 100, and what ends in a blank is too long), `exact`, `refused`, `dies` and so on."""
    path = folder / "scoring-python"
    path.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    path.chmod(0o755)
    return path
