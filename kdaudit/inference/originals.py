"""fairseq models themselves, to check their conversions against and to be forced.

Reads a checkpoint and the dictionaries beside it; writes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdaudit.fairseq_checkpoint import plain

SIDES = ("source", "target")


def fairseq_model(
    checkpoint: Path, dictionaries: Sequence[Path] | None = None
) -> tuple[Any, Any, Any]:
    """The model of a checkpoint in evaluation mode, and its source and target dictionary, which
    are by default beside it.

    InputError where it is no plain transformer; nothing else in it is looked at.
    """
    from fairseq import models, tasks

    state = plain(checkpoint)
    options = state["cfg"]["model"]
    pair = options.source_lang, options.target_lang
    given = dictionaries or [checkpoint.parent / f"dict.{one}.txt" for one in pair]
    # Under names of our own: fairseq takes a ':' in a path for the end of it.
    with tempfile.TemporaryDirectory(prefix="kdaudit-") as folder:
        options.data, options.source_lang, options.target_lang = folder, *SIDES
        for side, path in zip(SIDES, (given[0], given[-1]), strict=True):
            shutil.copyfile(path, Path(folder) / f"dict.{side}.txt")
        task = tasks.setup_task(options)
    model = models.build_model(options, task)
    model.load_state_dict(state["model"], strict=True)
    return model.eval(), task.source_dictionary, task.target_dictionary


def fairseq_pieces(
    checkpoint: Path,
    dictionaries: Sequence[Path],
    sources: Sequence[Sequence[str]],
    most: int,
) -> list[list[str]]:
    """What fairseq's generator makes of sources in pieces, decoded greedily, at most `most`."""
    import torch
    from fairseq.sequence_generator import SequenceGenerator

    model, source, target = fairseq_model(checkpoint, dictionaries)
    # As the engine decodes greedily: a translation may be empty.
    generator = SequenceGenerator(
        [model], target, beam_size=1, max_len_b=most, min_len=0, normalize_scores=False
    )
    found = []
    for pieces in sources:
        read = torch.tensor([[*map(source.index, pieces), source.eos()]])
        sample = {"net_input": {"src_tokens": read, "src_lengths": torch.tensor([read.size(1)])}}
        with torch.inference_mode():
            best = generator.generate([model], sample)[0][0]["tokens"]
        found.append([target[int(number)] for number in best if int(number) != target.eos()])
    return found
