"""Measure the errors of a verification system over all thresholds."""

from sklearn.exceptions import UndefinedMetricWarning

from sklearn_dissim._utils.checks import check_share
from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.metrics._error_rates import error_rates


def equal_error_rate_score(y_true, y_score, *, sample_weight=None):
    """Compute the equal error rate: the error where both kinds of error are equally frequent.

    At a threshold, the false match rate is the share of different pairs that score at least as
    much, and the false non-match rate the share of same pairs that do not. The equal error rate
    is read off where the two cross, on straight lines between the points of the ROC curve.
    Lower is better.

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

    See Also
    --------
    fnmr_at_fmr_score : The error of one kind where the other is held at a rate.
    equal_error_rate_threshold : The threshold that belongs to it.

    Examples
    --------
    >>> from sklearn_dissim.metrics import equal_error_rate_score
    >>> equal_error_rate_score([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8])
    0.5
    """
    rates = error_rates(y_true, y_score, sample_weight)
    ends = slice(rates.before_crossing, rates.before_crossing + 2)
    left, right = rates.false_match[ends]
    left_gap, right_gap = rates.false_non_match[ends] - rates.false_match[ends]
    return float(left + left_gap / (left_gap - right_gap) * (right - left))


def fnmr_at_fmr_score(y_true, y_score, *, fmr=1e-3, sample_weight=None):
    """Compute the false non-match rate where the false match rate is held at `fmr`.

    This is the share of same pairs that are refused by the threshold that accepts a share `fmr`
    of the different pairs, on straight lines between the points of the ROC curve. Lower is
    better.

    Parameters
    ----------
    y_true : array-like of shape (n_pairs,)
        Any two labels; the greater one in sorted order means same.
    y_score : array-like of shape (n_pairs,)
        Scores; higher means more likely the same.
    fmr : float, default=1e-3
        False match rate, from 0 (not one different pair is accepted) to 1.
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

    Warns
    -----
    UndefinedMetricWarning
        If one different pair of n is a larger share than `fmr`. The result then lies on the
        line from no false match to the first one, and says little about the rate asked for.

    See Also
    --------
    tar_at_far_score : One less this, in the words of face verification.
    threshold_at_fmr : The threshold that belongs to it.

    Examples
    --------
    >>> from sklearn_dissim.metrics import fnmr_at_fmr_score
    >>> y, scores = [0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8]
    >>> fnmr_at_fmr_score(y, scores, fmr=0.25)
    0.0
    >>> fnmr_at_fmr_score(y, scores, fmr=0.0)
    0.5
    """
    return _fnmr_at(error_rates(y_true, y_score, sample_weight), fmr, "fmr")


def tar_at_far_score(y_true, y_score, *, far=1e-3, sample_weight=None):
    """Compute the true accept rate where the false accept rate is held at `far`.

    This is one less `fnmr_at_fmr_score` at that rate, with its errors and warnings. Higher is
    better.

    Parameters
    ----------
    y_true : array-like of shape (n_pairs,)
        Any two labels; the greater one in sorted order means same.
    y_score : array-like of shape (n_pairs,)
        Scores; higher means more likely the same.
    far : float, default=1e-3
        False accept rate, from 0 to 1.
    sample_weight : array-like of shape (n_pairs,), default=None
        Weights of the pairs.

    Returns
    -------
    float
        Between 0 and 1.

    See Also
    --------
    fnmr_at_fmr_score : The share of same pairs that are refused.

    Examples
    --------
    >>> from sklearn_dissim.metrics import tar_at_far_score
    >>> tar_at_far_score([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8], far=0.0)
    0.5
    """
    return 1.0 - _fnmr_at(error_rates(y_true, y_score, sample_weight), far, "far")


def _fnmr_at(rates, fmr, name):
    """Interpolate the false non-match rate at a false match rate; `name` is that of the latter."""
    check_share(fmr, name)
    if 0 < fmr < 1 / rates.n_different:
        warn_user(
            f"{name}={fmr:g} cannot be resolved: {rates.n_different:.0f} different pairs tell "
            f"rates of {1 / rates.n_different:g} and its multiples apart.",
            UndefinedMetricWarning,
        )
    after = int(rates.false_match.searchsorted(fmr, side="right"))
    if after == len(rates.false_match):
        return 0.0
    fmr_before, fmr_after = rates.false_match[after - 1 : after + 1]
    fnmr_before, fnmr_after = rates.false_non_match[after - 1 : after + 1]
    share = (fmr - fmr_before) / (fmr_after - fmr_before)
    return float(fnmr_before + share * (fnmr_after - fnmr_before))
