"""Counterfactual memorization: designs, estimates, scores, nearest neighbours; opens no file.

CM(x, y) is the mean score of y given x by models that were trained with the pair, less that
by models trained without it (Feldman & Zhang 2020; Zhang et al. 2021; in translation Raunak
& Menezes 2022, Dankers et al. 2023).
"""

from kdaudit.counterfactual.designs import Design, folds, held_out, subsets
from kdaudit.counterfactual.estimates import Estimates, Estimator, banded, uncertain
from kdaudit.counterfactual.nearest import Nearest, nearest_pairs
from kdaudit.counterfactual.scores import geometric_mean, mean_log_probability
from kdaudit.counterfactual.separation import Separation, separation

__all__ = [
    "Design",
    "Estimates",
    "Estimator",
    "Nearest",
    "Separation",
    "banded",
    "folds",
    "geometric_mean",
    "held_out",
    "mean_log_probability",
    "nearest_pairs",
    "separation",
    "subsets",
    "uncertain",
]
