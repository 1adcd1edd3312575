"""Error rates of a verification system over all thresholds."""

import numpy as np
from sklearn.metrics import roc_curve


def equal_error_rate_score(y_true, y_score, *, sample_weight=None):
    """Equal error rate: where as many different pairs pass as same pairs are refused.

    At a threshold, the false match rate is the share of different pairs that score above
    it, the false non-match rate that of same pairs that do not. The rate is read off where
    the two cross, on straight lines between the points of the ROC curve. Lower is better.

    Parameters
    ----------
    y_true : array-like of shape (n_pairs,)
        Any two labels; the greater one in sorted order means same.
    y_score : array-like of shape (n_pairs,)
        Scores; higher means more likely the same.
    sample_weight : array-like of shape (n_pairs,), default=None
        Weights of the pairs.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If `y_true` does not hold both labels, or scores are NaN or infinite.

    Examples
    --------
    >>> from sklearn_dissim.metrics import equal_error_rate_score
    >>> equal_error_rate_score([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8])
    0.5
    """
    y_true = np.asarray(y_true)
    counted = slice(None) if sample_weight is None else np.asarray(sample_weight) != 0
    labels = np.unique(y_true[counted])
    if len(labels) != 2:
        raise ValueError(f"y_true must hold two labels, different and same; got {labels}.")
    false_match, true_match, _ = roc_curve(
        y_true == labels[1], y_score, sample_weight=sample_weight, drop_intermediate=False
    )
    excess = false_match + true_match - 1.0  # false match less false non-match rate; rises
    after = int(np.searchsorted(excess >= 0, True))
    step = excess[after] - excess[after - 1]
    share = -excess[after - 1] / step
    return float(false_match[after - 1] + share * (false_match[after] - false_match[after - 1]))
