"""What a model's forced score of a target says, as one number a pair; opens no file.

The published bands are for the geometric mean probability per token, the released script's.
All logarithms are natural; tokens count the end of sentence.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kdaudit.segments import FloatArray, same_length


def mean_log_probability(log_probability: FloatArray, tokens: npt.NDArray[np.int32]) -> FloatArray:
    """log_probability / tokens, at most 0; nan where there are no tokens: nothing was scored."""
    same_length(log_probability=log_probability, tokens=tokens)
    result: FloatArray = np.full(len(tokens), np.nan)
    return np.divide(log_probability, tokens, out=result, where=tokens > 0)


def geometric_mean(log_probability: FloatArray, tokens: npt.NDArray[np.int32]) -> FloatArray:
    """exp(log_probability / tokens), 0 to 1: the geometric mean of the tokens' probabilities."""
    return np.exp(mean_log_probability(log_probability, tokens))
