"""fairseq's own generator and scorer: what the project's inference is measured against.

Reads a model's `checkpoint.pt` and dictionaries; writes nothing.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdaudit.corpus.subwords import Subwords
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints

BATCH_TOKENS = 4000
"""Source pieces of a batch, padding included."""


@dataclass(frozen=True)
class Generated:
    """A translation, and the log-probability of each piece, end of sentence included."""

    text: str
    log_probabilities: tuple[float, ...]


class FairseqGenerator:
    """Translates with `fairseq`'s `SequenceGenerator` and scores with its `SequenceScorer`, in
    batches by length."""

    def __init__(self, home: Path, subwords: Subwords, threads: int, device: str = "cpu"):
        import torch
        from fairseq import checkpoint_utils

        logging.getLogger("fairseq").setLevel(logging.WARNING)
        for always in ("pin_memory", "mismatched key_padding_mask"):  # of fairseq's own calls
            warnings.filterwarnings("ignore", message=f".*{always}.*")
        allow_fairseq_checkpoints()
        torch.set_num_threads(threads)
        models, _, self._task = checkpoint_utils.load_model_ensemble_and_task(
            [str(home / "checkpoint.pt")], arg_overrides={"data": str(home)}
        )
        self._models = [model.eval().to(device) for model in models]
        for model in self._models:
            model.make_generation_fast_(beamable_mm_beam_size=None, need_attn=False)
        self._subwords = subwords
        self._device = device

    def translate(
        self, sources: Sequence[str], beam: int = 1, longest: int = 256
    ) -> list[Generated]:
        """The best hypothesis for each source, in order; sources with pieces only."""
        from fairseq.dataclass.configs import GenerationConfig

        settings = GenerationConfig(beam=beam, max_len_a=0, max_len_b=longest)
        generator = self._task.build_generator(self._models, settings)
        encoded = self._encoded(sources, self._task.source_dictionary)
        lengths = [len(row) for row in encoded]
        dataset = self._task.build_dataset_for_inference(encoded, lengths)
        found = dict(self._answers(generator, dataset))
        best = [found[row] for row in range(len(sources))]
        symbols = self._task.target_dictionary
        end = symbols.eos()
        pieces = [
            [symbols[number] for number in one["tokens"].tolist() if number != end] for one in best
        ]
        return [
            Generated(text, tuple(one["positional_scores"].tolist()))
            for text, one in zip(self._subwords.decode(pieces), best, strict=True)
        ]

    def score(self, sources: Sequence[str], targets: Sequence[str]) -> list[tuple[float, ...]]:
        """The log-probability of each piece of each target, end of sentence included, in order."""
        from fairseq.data import LanguagePairDataset
        from fairseq.sequence_scorer import SequenceScorer

        scorer = SequenceScorer(self._task.target_dictionary)
        sides: list[Any] = []
        for texts, dictionary in (
            (sources, self._task.source_dictionary),
            (targets, self._task.target_dictionary),
        ):
            encoded = self._encoded(texts, dictionary)
            sides += [encoded, [len(row) for row in encoded], dictionary]
        dataset = LanguagePairDataset(*sides)
        found = dict(self._answers(scorer, dataset))
        return [tuple(found[row]["positional_scores"].tolist()) for row in range(len(sources))]

    def _encoded(self, texts: Sequence[str], dictionary: Any) -> list[Any]:
        return [
            dictionary.encode_line(" ".join(pieces), add_if_not_exist=False).long()
            for pieces in self._subwords.encode(texts)
        ]

    def _answers(self, generator: Any, dataset: Any) -> Iterator[tuple[int, Any]]:
        """The best hypothesis of each row of a data set, in any order."""
        from fairseq import utils

        batches = self._task.get_batch_iterator(
            dataset, max_tokens=BATCH_TOKENS, max_positions=(1024, 1024)
        ).next_epoch_itr(shuffle=False)
        for batch in batches:
            moved = utils.move_to_cuda(batch) if self._device == "cuda" else batch
            hypotheses = self._task.inference_step(generator, self._models, moved)
            for row, best in zip(batch["id"].tolist(), hypotheses, strict=True):
                yield row, best[0]
