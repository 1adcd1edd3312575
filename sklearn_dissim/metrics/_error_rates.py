"""Compute both error rates of a verification system at each threshold."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_curve
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import column_or_1d

from sklearn_dissim._utils.compat import check_sample_weight


class ErrorRates(NamedTuple):
    """Hold both error rates at each threshold, from all pairs refused to all accepted.

    A pair is accepted, called same, where its score is at least the threshold.

    Attributes
    ----------
    false_match : ndarray of shape (n_thresholds,)
        Share of different pairs that are accepted; rising from 0 to 1.
    false_non_match : ndarray of shape (n_thresholds,)
        Share of same pairs that are refused; falling from 1 to 0.
    thresholds : ndarray of shape (n_thresholds,)
        Infinity, then the distinct scores, falling.
    n_different : float
        Number of different pairs. With weights, the number of equally weighted pairs that
        would tell as much (Kish's effective sample size).
    """

    false_match: np.ndarray
    false_non_match: np.ndarray
    thresholds: np.ndarray
    n_different: float

    @property
    def before_crossing(self):
        """Return the last index at which the false match rate is the lower of the two."""
        return int(np.searchsorted(self.false_match >= self.false_non_match, True)) - 1


def error_rates(y_true, y_score, sample_weight=None):
    """Compute the error rates at each threshold, and check labels, scores and weights.

    Parameters
    ----------
    y_true, y_score, sample_weight
        As in `equal_error_rate_score`.

    Returns
    -------
    ErrorRates
    """
    y_true = column_or_1d(y_true)
    assert_all_finite(y_true, input_name="y_true")
    weights = check_sample_weight(sample_weight, y_true, dtype=np.float64)
    if len(np.unique(weights[weights > 0])) == 1:
        weights = (weights > 0).astype(np.float64)  # whole, so that their sums are not rounded
    labels = np.unique(y_true[weights > 0])
    if len(labels) != 2:
        raise ValueError(f"y_true must hold two labels, different and same; got {labels}.")
    false_match, true_match, thresholds = roc_curve(
        y_true == labels[1], y_score, sample_weight=weights, drop_intermediate=False
    )
    weights_of_different = weights[y_true == labels[0]]
    n_different = weights_of_different.sum() ** 2 / np.square(weights_of_different).sum()
    return ErrorRates(false_match, 1.0 - true_match, thresholds, float(n_different))
