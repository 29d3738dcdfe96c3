"""Greedy translations by a fairseq model itself, to check its conversion against.

Reads a checkpoint and the dictionaries beside it; writes nothing.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path


def fairseq_pieces(
    checkpoint: Path, sources: Sequence[Sequence[str]], most: int
) -> list[list[str]]:
    """What fairseq's generator makes of sources in pieces, decoded greedily, at most `most`.

    The checkpoint must have been looked at: fairseq evaluates some of its options.
    """
    import torch
    from fairseq import checkpoint_utils
    from fairseq.sequence_generator import SequenceGenerator

    torch.serialization.add_safe_globals([Namespace])
    (model,), _, task = checkpoint_utils.load_model_ensemble_and_task(
        [str(checkpoint)], arg_overrides={"data": str(checkpoint.parent)}
    )
    source, target = task.source_dictionary, task.target_dictionary
    # As the engine decodes greedily: a translation may be empty.
    generator = SequenceGenerator(
        [model.eval()], target, beam_size=1, max_len_b=most, min_len=0, normalize_scores=False
    )
    found = []
    for pieces in sources:
        read = torch.tensor([[*map(source.index, pieces), source.eos()]])
        sample = {"net_input": {"src_tokens": read, "src_lengths": torch.tensor([read.size(1)])}}
        with torch.inference_mode():
            best = generator.generate([model], sample)[0][0]["tokens"]
        found.append([target[int(number)] for number in best if int(number) != target.eos()])
    return found
