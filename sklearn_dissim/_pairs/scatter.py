"""Scatter of pairs: by how much, and in which directions, their two items differ."""

import numpy as np
from scipy import linalg, sparse


def pair_scatter(items, indices, weights):
    """Weighted mean of (q - r)(q - r)^T over pairs, from their graph's Laplacian.

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
    links = sparse.coo_array((weights, (left, right)), shape=(n_items, n_items)).tocsr()
    links = links + links.T
    degrees = np.asarray(links.sum(axis=1)).ravel()
    scatter = items.T @ (degrees[:, np.newaxis] * items - links @ items)
    return (scatter + scatter.T) / (2.0 * weights.sum())


def shrunk(scatter, shrinkage):
    """Part of the way from a scatter to the round one of the same trace."""
    n_features = len(scatter)
    mean_eigenvalue = np.trace(scatter) / n_features
    return (1.0 - shrinkage) * scatter + shrinkage * mean_eigenvalue * np.eye(n_features)


def whitening_map(scatter, shrinkage):
    """The symmetric matrix that makes a shrunk scatter round, of its mean eigenvalue.

    Of all such maps it moves the items least, so that each feature keeps its meaning.
    """
    eigenvalues, vectors = np.linalg.eigh(shrunk(scatter, shrinkage))
    mean = eigenvalues.mean()
    if not mean > 0:
        return np.eye(len(scatter))
    return (vectors * np.sqrt(mean / np.maximum(eigenvalues, 1e-12 * mean))) @ vectors.T


def in_basis(items, mean, matrix, length_power):
    """Items less their mean, mapped, and each divided by a power of its length.

    Parameters
    ----------
    items : ndarray of shape (n_items, n_features)
    mean : ndarray of shape (n_features,)
    matrix : ndarray of shape (n_features, n_components)
    length_power : float
        0 leaves lengths as they are, 1 makes them 1; an item at the mean stays there.
    """
    mapped = (items - mean) @ matrix
    lengths = np.linalg.norm(mapped, axis=1, keepdims=True)
    return mapped / np.where(lengths > 0, lengths, 1.0) ** length_power


def whitening_basis(same, different, shrinkage):
    """Rows v with v^T same v = 1 and different v = ratio * same v, and the ratios, falling."""
    n_features = len(same)
    mean_eigenvalue = np.trace(same) / n_features
    same = shrunk(same, shrinkage)
    # Rescaled to unit diagonal: what is singular must not depend on the features' units.
    scale = np.sqrt(np.diag(same))
    scale = 1.0 / np.where(scale > 0, scale, 1.0)
    if np.linalg.eigvalsh(same * np.outer(scale, scale))[0] < 1e-12:
        raise ValueError(
            "The same pairs do not vary in every direction of the features; shrinkage must be "
            f"greater than 0, got {shrinkage}."
            if mean_eigenvalue > 0
            else "The two items of each same pair are equal: there is nothing to whiten."
        )
    ratios, vectors = linalg.eigh(different * np.outer(scale, scale), same * np.outer(scale, scale))
    components = (scale[:, np.newaxis] * vectors).T[::-1]
    largest = np.take_along_axis(components, np.abs(components).argmax(1)[:, None], axis=1)
    return components * np.sign(largest), ratios[::-1]
