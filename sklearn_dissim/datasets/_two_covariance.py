"""Score pairs of Gaussian items by the log-likelihood ratio, the best possible score."""

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular


def pair_log_likelihood_ratio(pairs, *, between, within):
    r"""Return the log-likelihood ratio of same and different in the two-covariance model.

    An item is the sum of two Gaussian vectors of mean 0: one of its identity, with the
    covariance B, and one of its own, with the covariance W [1]_. For the items q and r of a
    pair, :math:`(q + r) / \sqrt 2` and :math:`(q - r) / \sqrt 2` are independent, so the ratio is

    .. math:: \log N\!\left(\tfrac{q + r}{\sqrt 2}; 0, 2B + W\right)
        + \log N\!\left(\tfrac{q - r}{\sqrt 2}; 0, W\right)
        - \log N(q; 0, B + W) - \log N(r; 0, B + W)

    By the Neyman-Pearson lemma, no other score of a pair has a lower false non-match rate at
    any false match rate.

    Parameters
    ----------
    pairs : IndexedPairs or array-like of shape (n_pairs, 2, n_features)
        Pairs of items of mean 0.
    between : array-like of shape (n_features, n_features)
        Covariance B of the identities.
    within : array-like of shape (n_features, n_features)
        Covariance W of the items of one identity. W and B + W are positive definite.

    Returns
    -------
    ndarray of shape (n_pairs,)
        Higher means more likely the same. Above 0, "same" is the likelier label.

    Raises
    ------
    ValueError
        If shapes do not fit, or a matrix is no covariance.

    See Also
    --------
    make_identities : Draw items of this model.

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
    """Return log densities of N(0, covariance) at the rows of x, up to a constant.

    The constant is the same in all four terms of the ratio, where it cancels.
    """
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
    """Return a symmetric matrix of shape (n_features, n_features); refuse any other."""
    value = np.asarray(value, dtype=float)
    if value.shape != (n_features, n_features):
        raise ValueError(
            f"{name} must have shape (n_features, n_features) = "
            f"({n_features}, {n_features}); got {value.shape}."
        )
    if not np.isfinite(value).all() or not np.allclose(value, value.T):
        raise ValueError(f"{name} must be symmetric and finite.")
    return value
