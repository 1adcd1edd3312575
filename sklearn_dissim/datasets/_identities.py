"""Draw vectors of identities from a model in which the best score of a pair is known."""

from functools import partial

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sklearn_dissim._utils.checks import check_count
from sklearn_dissim.datasets._two_covariance import pair_log_likelihood_ratio


def make_identities(
    n_identities=100,
    n_samples=5,
    n_features=20,
    *,
    between=1.0,
    within=1.0,
    nuisance=0.0,
    n_nuisances=2,
    random_state=None,
):
    r"""Draw Gaussian items of identities, for which the best score of a pair is known.

    An item x is the mean s of its identity, plus noise e, plus a nuisance (think of the light
    of a photograph) along a few directions U that are the same for all items:

    .. math:: x = s_{identity} + e + U c

    with :math:`s \sim N(0, diag(between^2))`, :math:`e \sim N(0, diag(within^2))`,
    :math:`c \sim N(0, nuisance^2 I)` and orthonormal random columns U. The log-likelihood
    ratio of the two-covariance model [1]_ (PLDA, [2]_) is then the best score of a pair.

    Parameters
    ----------
    n_identities : int, default=100
        Number of identities.
    n_samples : int, default=5
        Number of items of each identity.
    n_features : int, default=20
        Number of features of an item.
    between : float or array-like of shape (n_features,), default=1.0
        Standard deviation of the identities' means, at least 0. Features with ``between=0``
        say nothing of the identity.
    within : float or array-like of shape (n_features,), default=1.0
        Standard deviation of the noise, greater than 0.
    nuisance : float, default=0.0
        Standard deviation along each nuisance direction.
    n_nuisances : int, default=2
        Number of nuisance directions, at most `n_features`.
    random_state : int, RandomState instance or None, default=None
        Draws items and directions. To train and test on one model, draw once and split the
        identities.

    Returns
    -------
    Bunch
        `data`
            ndarray of shape (n_identities * n_samples, n_features): the items.
        `identities`
            ndarray of int, shape (n_identities * n_samples,), in ascending order.
        `log_likelihood_ratio`
            Function that returns the best scores of pairs, an array (n_pairs, 2, n_features)
            or `IndexedPairs`: `pair_log_likelihood_ratio` with both covariances filled in.
        `between_covariance`, `within_covariance`
            ndarrays of shape (n_features, n_features). The nuisance is part of the latter.

    Raises
    ------
    ValueError
        If a number is out of its range; the message names it.

    See Also
    --------
    pair_log_likelihood_ratio : Score pairs, for any two covariances.

    References
    ----------
    .. [1] N. Brümmer and E. de Villiers, "The speaker partitioning problem", Odyssey 2010.
    .. [2] S. Ioffe, "Probabilistic linear discriminant analysis", ECCV 2006.

    Examples
    --------
    >>> from sklearn.metrics import roc_auc_score
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.datasets import make_identities
    >>> sample = make_identities(nuisance=5.0, random_state=0)
    >>> sample.data.shape
    (500, 20)
    >>> pairs, y, _ = make_pairs(sample.data, sample.identities, random_state=0)
    >>> print(f"{roc_auc_score(y, sample.log_likelihood_ratio(pairs)):.3f}")
    0.961
    """
    check_count(n_identities, "n_identities")
    check_count(n_samples, "n_samples")
    check_count(n_features, "n_features")
    check_count(n_nuisances, "n_nuisances", least=0, most=n_features)
    between = _deviations(between, "between", n_features)
    within = _deviations(within, "within", n_features)
    if not within.all():
        raise ValueError("within must be greater than 0 for every feature; got 0.")
    if np.ndim(nuisance):
        raise ValueError(f"nuisance must be one number; got shape {np.shape(nuisance)}.")
    nuisance = _deviations(nuisance, "nuisance", 1)

    random_state = check_random_state(random_state)
    directions = np.linalg.qr(random_state.standard_normal((n_features, n_nuisances)))[0]
    n_items = n_identities * n_samples
    identities = np.repeat(np.arange(n_identities), n_samples)
    centres = between * random_state.standard_normal((n_identities, n_features))
    noise = within * random_state.standard_normal((n_items, n_features))
    light = nuisance * random_state.standard_normal((n_items, n_nuisances))
    between_covariance = np.diag(between**2)
    within_covariance = np.diag(within**2) + nuisance**2 * directions @ directions.T
    return Bunch(
        data=centres[identities] + noise + light @ directions.T,
        identities=identities,
        log_likelihood_ratio=partial(
            pair_log_likelihood_ratio, between=between_covariance, within=within_covariance
        ),
        between_covariance=between_covariance,
        within_covariance=within_covariance,
    )


def _deviations(value, name, n_features):
    """Return standard deviations of shape (n_features,); refuse what is none."""
    try:
        values = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numeric; got {value!r}.") from error
    if values.ndim and values.shape != (n_features,):
        raise ValueError(
            f"{name} must be one number or have shape (n_features,) = ({n_features},); "
            f"got shape {values.shape}."
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError(f"{name} must hold finite numbers of at least 0; got {value!r}.")
    return np.broadcast_to(values, n_features)
