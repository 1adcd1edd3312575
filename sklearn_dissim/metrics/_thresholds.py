"""Choose thresholds at which a verification system has the error rates asked for.

A pair is called same where its score is at least the threshold, here as everywhere.
"""

from sklearn_dissim._utils.checks import check_share
from sklearn_dissim.metrics._error_rates import error_rates


def threshold_at_fmr(y_true, y_score, *, fmr=1e-3, sample_weight=None):
    """Choose the lowest threshold that accepts at most a share `fmr` of the different pairs.

    A pair is accepted if its score is at least the threshold. Hand the threshold to
    `sklearn.model_selection.FixedThresholdClassifier`, or to a `DissimilarityRetriever` as its
    `threshold`. Choose it on pairs of identities that are neither in training nor in the test.

    Parameters
    ----------
    y_true : array-like of shape (n_pairs,)
        Any two labels; the greater one in sorted order means same.
    y_score : array-like of shape (n_pairs,)
        Scores; higher means more likely the same.
    fmr : float, default=1e-3
        False match rate, from 0 to 1.
    sample_weight : array-like of shape (n_pairs,), default=None
        Weights of the pairs.

    Returns
    -------
    float
        One of the scores; infinity where even the highest score accepts too many.

    Raises
    ------
    ValueError
        If `y_true` does not hold both labels, or scores are NaN or infinite.

    See Also
    --------
    fnmr_at_fmr_score : The share of same pairs that are refused at this rate.
    equal_error_rate_threshold : The threshold at which both errors are equal.

    Examples
    --------
    >>> from sklearn_dissim.metrics import threshold_at_fmr
    >>> threshold_at_fmr([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8], fmr=0.25)
    4.0
    """
    check_share(fmr, "fmr")
    rates = error_rates(y_true, y_score, sample_weight)
    return float(rates.thresholds[rates.false_match.searchsorted(fmr, side="right") - 1])


def equal_error_rate_threshold(y_true, y_score, *, sample_weight=None):
    """Choose the threshold at which both error rates are as close as they come.

    A pair is accepted if its score is at least the threshold.

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
        One of the scores.

    Raises
    ------
    ValueError
        If `y_true` does not hold both labels, or scores are NaN or infinite.

    See Also
    --------
    equal_error_rate_score : The error rate that belongs to it.
    threshold_at_fmr : The threshold for a false match rate of your choice.

    Examples
    --------
    >>> from sklearn_dissim.metrics import equal_error_rate_threshold
    >>> equal_error_rate_threshold([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    4.0
    """
    rates = error_rates(y_true, y_score, sample_weight)
    before = rates.before_crossing
    gaps = abs(rates.false_match - rates.false_non_match)[before : before + 2]
    # Of two equal gaps the second: the first threshold may be infinity, which is no score.
    return float(rates.thresholds[before + int(gaps[1] <= gaps[0])])
