"""Where a student has a memorized output from: the corpus, its teacher, or both; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdaudit.segments import BoolArray, IntArray, same_length

CORPUS, TEACHER, BOTH = "corpus", "teacher", "both"


@dataclass(frozen=True)
class Origins:
    """Row by row, empty and None where nothing is memorized.

    `origin`: `corpus`, where the output is the corpus's target of its source and the
    teacher said something else; `teacher`, where it is the teacher's translation and the
    corpus says something else; `both`, where both say it; empty, too, where neither does.
    `relayed_by`: the id of the line of the KD corpus that has the output as its target,
    the row's own where it does, else the least; None where there is none.
    """

    origin: list[str]
    relayed_by: list[int | None]


def origins(
    memorized: BoolArray,
    ids: IntArray,
    outputs: Sequence[str],
    targets: Sequence[str],
    kd_targets: Sequence[str],
) -> Origins:
    """The origins of a student's memorized outputs; texts are compared after `str.strip`.

    `targets` are the corpus's, `kd_targets` the teacher's translations that the student
    was trained on.
    """
    same_length(memorized=memorized, id=ids, output=outputs, target=targets, kd=kd_targets)
    rows: list[int] = memorized.nonzero()[0].tolist()
    wanted = {outputs[row].strip() for row in rows}
    lines: dict[str, int] = {}
    for number, text in sorted(zip(ids.tolist(), map(str.strip, kd_targets), strict=True)):
        if text in wanted:
            lines.setdefault(text, number)
    found = Origins([""] * len(outputs), [None] * len(outputs))
    for row in rows:
        output = outputs[row].strip()
        relayed = kd_targets[row].strip() == output
        learned = targets[row].strip() == output
        found.origin[row] = (BOTH if learned else TEACHER) if relayed else CORPUS if learned else ""
        found.relayed_by[row] = int(ids[row]) if relayed else lines.get(output)
    return found
