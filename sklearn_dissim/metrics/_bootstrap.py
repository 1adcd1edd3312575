"""Tell how far a metric would move with other identities."""

import warnings
from numbers import Real

import numpy as np
from scipy.special import ndtr, stdtrit
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import column_or_1d

from sklearn_dissim._pairs.validation import check_identities_of_pairs, codes_of_identities
from sklearn_dissim._utils.checks import check_count


def bootstrap_interval(
    metric,
    y_true,
    y_score,
    groups,
    *,
    n_resamples=1000,
    confidence_level=0.95,
    random_state=None,
):
    """Compute a confidence interval for a metric of pairs, by resampling identities.

    Pairs that share an identity vary together, so that resampling pairs gives intervals that
    are far too narrow. Here identities are drawn with replacement, as many as there are, and
    each pair is weighted by how often it occurs then:

    - a pair of two identities, by the product of the times that both were drawn;
    - a pair of one identity, by the times that this identity was drawn. The pairs of one
      identity are one cluster, and two copies of it make no new same pair.

    The interval lies between percentiles of the metric over the resamples.

    Parameters
    ----------
    metric : callable
        Called as ``metric(y_true, y_score, sample_weight=...)``: `equal_error_rate_score`, or a
        metric of scikit-learn that takes weights. Bind options by `functools.partial`.
    y_true : array-like of shape (n_pairs,)
        Labels.
    y_score : array-like of shape (n_pairs,)
        Scores, or whatever the metric compares with labels.
    groups : array-like of shape (n_pairs, 2)
        Both identities of each pair, as `make_pairs` returns them.
    n_resamples : int, default=1000
        Number of resamples. Those in which some label has no pair are drawn again.
    confidence_level : float, default=0.95
        Between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Draws the identities. Pass an int for the same interval at each call.

    Returns
    -------
    low : float
        Lower end of the interval.
    high : float
        Upper end of the interval.

    Raises
    ------
    ValueError
        If there are fewer than two identities, one is unknown (-1, NaN or None), shapes do not
        fit, or `metric` is not finite; and whatever `metric` raises.

    See Also
    --------
    equal_error_rate_score : A metric to measure.
    make_pairs : Returns the groups.

    Notes
    -----
    Same pairs are resampled as the subsets bootstrap does (Bolle, Ratha and Pankanti 2004,
    "Error analysis of pattern recognition systems: the subsets bootstrap"), different pairs
    as the pigeonhole bootstrap (Owen 2007, "The pigeonhole bootstrap"), which errs on the
    side of wide intervals where the noise of single pairs outweighs what identities have in
    common. The percentiles are those of the expanded interval (Hesterberg 2015, "What
    Teachers Should Know About the Bootstrap"): the interval is as much wider than usual as
    Student's t interval of so many identities is wider than the normal one.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.metrics import bootstrap_interval, equal_error_rate_score
    >>> rng = np.random.default_rng(0)
    >>> identities = np.repeat(np.arange(30), 4)
    >>> items = rng.standard_normal((30, 5))[identities] + rng.standard_normal((120, 5))
    >>> pairs, y, groups = make_pairs(items, identities, random_state=0)
    >>> left, right = np.asarray(pairs).transpose(1, 0, 2)
    >>> scores = -abs(left - right).sum(axis=1)
    >>> low, high = bootstrap_interval(
    ...     equal_error_rate_score, y, scores, groups, n_resamples=200, random_state=0
    ... )
    >>> low < equal_error_rate_score(y, scores) < high
    True
    """
    y_true, y_score = column_or_1d(y_true), np.asarray(y_score)
    check_consistent_length(y_true, y_score)
    codes = codes_of_identities(check_identities_of_pairs(groups, len(y_true)))
    n_identities = codes.max(initial=-1) + 1
    _check_arguments(n_identities, n_resamples, confidence_level)
    # On the pairs as they are, so that errors and warnings of the metric come once.
    metric(y_true, y_score, sample_weight=np.ones(len(y_true)))

    values: list[float] = []
    labels, label_codes = np.unique(y_true, return_inverse=True)
    if len(labels) > 2:
        raise ValueError(f"y_true must hold two labels, different and same; got {len(labels)}.")
    rng = check_random_state(random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        while len(values) < n_resamples:
            weights = _pair_weights(codes, _times_drawn(n_identities, rng))
            if np.bincount(label_codes, weights).all():
                values.append(metric(y_true, y_score, sample_weight=weights))
    if not np.isfinite(values).all():
        raise ValueError("metric must return finite numbers; that of some resample is not finite.")
    tail = _expanded_tail((1 - confidence_level) / 2, n_identities)
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _expanded_tail(tail, n):
    """Return the share of resamples to leave out at each end: less than `tail`, for small n.

    Its normal quantile is sqrt(n / (n - 1)) times Student's quantile of `tail` with n - 1
    degrees of freedom, so that intervals of few identities are wide enough.
    """
    return ndtr(np.sqrt(n / (n - 1)) * stdtrit(n - 1, tail))


def _times_drawn(n_identities, rng):
    """Draw as many identities as there are, and count how often each was drawn."""
    return np.bincount(rng.randint(n_identities, size=n_identities), minlength=n_identities)


def _pair_weights(codes, times):
    """Return how often each pair occurs if its identities were drawn so many times."""
    left, right = codes.T
    return np.where(left == right, times[left], times[left] * times[right]).astype(float)


def _check_arguments(n_identities, n_resamples, confidence_level):
    if n_identities < 2:
        raise ValueError(f"groups must hold at least two identities; got {n_identities}.")
    check_count(n_resamples, "n_resamples")
    if not isinstance(confidence_level, Real) or not 0 < float(confidence_level) < 1:
        raise ValueError(
            f"confidence_level must be a number between 0 and 1; got {confidence_level!r}."
        )
