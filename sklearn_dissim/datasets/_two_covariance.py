"""The best score of a pair of Gaussian items."""

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular


def pair_log_likelihood_ratio(pairs, *, between, within):
    r"""Log-likelihood ratio of same and different, in the two-covariance model.

    An item is ``N(0, B)`` for its identity plus ``N(0, W)`` of its own [1]_. Half the sum
    and half the difference of a pair, each times the square root of 2, are independent:

    .. math:: \log N\!\left(\tfrac{q + r}{\sqrt 2}; 0, 2B + W\right)
        + \log N\!\left(\tfrac{q - r}{\sqrt 2}; 0, W\right)
        - \log N(q; 0, B + W) - \log N(r; 0, B + W)

    By the lemma of Neyman and Pearson no score of the pair has, at any false match rate,
    fewer false non-matches.

    Parameters
    ----------
    pairs : IndexedPairs or array-like of shape (n_pairs, 2, n_features)
        Items of mean 0.
    between, within : array-like of shape (n_features, n_features)
        Covariances B, of the identities, and W, of the items of one; W and B + W are
        positive definite.

    Returns
    -------
    ndarray of shape (n_pairs,)
        Higher means more likely the same; above 0, same is the likelier.

    Raises
    ------
    ValueError
        If shapes do not fit, or a covariance is none.

    See Also
    --------
    make_identities : Draws items of this model.

    References
    ----------
    .. [1] N. Brümmer and E. de Villiers, "The speaker partitioning problem", Odyssey 2010,
       section 3; in another form S. Ioffe, "Probabilistic linear discriminant analysis",
       ECCV 2006.

    Examples
    --------
    >>> from sklearn_dissim.datasets import pair_log_likelihood_ratio
    >>> pair_log_likelihood_ratio([[[2.0], [2.0]], [[2.0], [-2.0]]], between=[[1]], within=[[1]])
    array([ 0.81..., -1.85...])
    """
    pairs = np.asarray(pairs, dtype=float)
    if pairs.ndim != 3 or pairs.shape[1] != 2:
        raise ValueError(f"pairs must have shape (n_pairs, 2, n_features); got {pairs.shape}.")
    n_features = pairs.shape[2]
    between = _check_covariance(between, "between", n_features)
    within = _check_covariance(within, "within", n_features)
    left, right = pairs[:, 0], pairs[:, 1]
    total = between + within
    return (
        _log_density((left + right) / np.sqrt(2), total + between)
        + _log_density((left - right) / np.sqrt(2), within)
        - _log_density(left, total)
        - _log_density(right, total)
    )


def _log_density(x, covariance):
    """Of N(0, covariance) at each row, without the constant that cancels."""
    try:
        factor = cholesky(covariance, lower=True)
    except LinAlgError as error:
        raise ValueError(
            "between must be positive semi-definite and within positive definite: no "
            f"density exists ({error})."
        ) from error
    scaled = solve_triangular(factor, x.T, lower=True)
    return -0.5 * np.square(scaled).sum(axis=0) - np.log(np.diag(factor)).sum()


def _check_covariance(value, name, n_features):
    value = np.asarray(value, dtype=float)
    if value.shape != (n_features, n_features):
        raise ValueError(
            f"{name} must have shape (n_features, n_features) = "
            f"({n_features}, {n_features}); got {value.shape}."
        )
    if not np.isfinite(value).all() or not np.allclose(value, value.T):
        raise ValueError(f"{name} must be symmetric and finite.")
    return value
