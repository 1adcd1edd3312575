"""Thresholds at which a verification system has the error rates asked for."""

from sklearn_dissim._utils.checks import check_share
from sklearn_dissim.metrics._error_rates import error_rates


def threshold_at_fmr(y_true, y_score, *, fmr=1e-3, sample_weight=None):
    """Lowest score whose use as threshold lets at most a share `fmr` of different pairs pass.

    For `sklearn.model_selection.FixedThresholdClassifier`, or the `threshold` of a
    `DissimilarityRetriever`: a pair passes if it scores at least the threshold. Choose it on
    pairs of identities that are neither in training nor in the test.

    Parameters
    ----------
    y_true, y_score, sample_weight
        As in `fnmr_at_fmr_score`.
    fmr : float, default=1e-3
        False match rate, between 0 and 1.

    Returns
    -------
    float
        One of the scores; infinity where even the highest lets too many pass.

    Raises
    ------
    ValueError
        If `y_true` does not hold both labels, or scores are NaN or infinite.

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
    """Score at which, as threshold, both error rates are as close as they come.

    Parameters
    ----------
    y_true, y_score, sample_weight
        As in `equal_error_rate_score`.

    Returns
    -------
    float
        One of the scores; a pair passes if it scores at least as much.

    Raises
    ------
    ValueError
        If `y_true` does not hold both labels, or scores are NaN or infinite.

    Examples
    --------
    >>> from sklearn_dissim.metrics import equal_error_rate_threshold
    >>> equal_error_rate_threshold([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    4.0
    """
    rates = error_rates(y_true, y_score, sample_weight)
    before = rates.before_crossing
    gaps = abs(rates.false_match - rates.false_non_match)[before : before + 2]
    return float(rates.thresholds[before + int(gaps[1] <= gaps[0])])
