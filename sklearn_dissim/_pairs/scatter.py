"""Scatter of pairs: by how much, and in which directions, their two items differ."""

import numpy as np
from scipy import linalg, sparse


def pair_scatter(items, indices, weights):
    """Return the weighted mean of (q - r)(q - r)^T over pairs (q, r).

    Parameters
    ----------
    items : ndarray of shape (n_items, n_features)
    indices : ndarray of int, shape (n_pairs, 2)
    weights : ndarray of shape (n_pairs,), not negative, not all 0

    Returns
    -------
    ndarray of shape (n_features, n_features)
    """
    left, right = indices.T
    n_items = len(items)
    # sum_p w_p (q - r)(q - r)^T = X^T L X with the Laplacian L = D - A of the graph whose
    # edges are the pairs: the differences, which outnumber the items, are never stored.
    adjacency = sparse.coo_array((weights, (left, right)), shape=(n_items, n_items)).tocsr()
    adjacency = adjacency + adjacency.T
    degrees = np.asarray(adjacency.sum(axis=1)).ravel()
    scatter = items.T @ (degrees[:, np.newaxis] * items - adjacency @ items)
    return (scatter + scatter.T) / (2.0 * weights.sum())


def shrunk(scatter, shrinkage):
    """Move a scatter by a share of the way towards the round scatter of the same trace."""
    n_features = len(scatter)
    mean_eigenvalue = np.trace(scatter) / n_features
    return (1.0 - shrinkage) * scatter + shrinkage * mean_eigenvalue * np.eye(n_features)


def discriminant_basis(same, different):
    """Solve ``different v = ratio * same v`` with ``v^T same v = 1``.

    Returns
    -------
    components : ndarray of shape (n_features, n_features)
        The rows are the vectors v, those of the greatest ratio first.
    """
    # Rescaled to unit diagonal: what is singular must not depend on the features' units.
    scale = _inverse_deviations(same)
    units = np.outer(scale, scale)
    _, vectors = linalg.eigh(different * units, same * units)
    components = (scale[:, np.newaxis] * vectors).T[::-1]
    largest = np.take_along_axis(components, np.abs(components).argmax(1)[:, None], axis=1)
    return components * np.sign(largest)


def zca_basis(same):
    """Return the symmetric inverse square root of a scatter.

    Of all bases in which the scatter is the identity, this one moves the items least, so
    that each component stays near the feature of the same number.
    """
    eigenvalues, vectors = np.linalg.eigh(same)
    return (vectors / np.sqrt(eigenvalues)) @ vectors.T


def is_singular(scatter):
    """Tell whether a scatter has a direction without variance, whatever the features' units."""
    scale = _inverse_deviations(scatter)
    return np.linalg.eigvalsh(scatter * np.outer(scale, scale))[0] < 1e-12


def _inverse_deviations(scatter):
    deviations = np.sqrt(np.diag(scatter))
    return 1.0 / np.where(deviations > 0, deviations, 1.0)
