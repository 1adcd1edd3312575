"""Approximate the score by an inner product, so that any inner-product index can search it."""

import numpy as np

_GRID = 64  # quantiles of a feature, between which its kernel is taken to be linear
_SAMPLE = 1 << 14  # rows of the gallery that the quantiles are taken from


class InnerProducts:
    r"""Map queries and gallery so that q' . g' is about score(q, g) + a constant of q.

    Of one feature, with Y and Z drawn from the gallery and a(x) = mean |x - Y|,

    .. math:: |q - g| = a(q) + a(g) - mean |Y - Z| - k(q, g)

    where k is the doubly centred kernel of -|q - g|, which is positive semidefinite: a sum of
    products of eigenfunctions (its expansion on quantiles of the gallery, which is exact
    between them as k is piecewise linear). Of all features' eigenfunctions those with the
    greatest |weight * eigenvalue| are kept; weights may have any sign. Squared differences
    are an inner product as they are.

    Parameters
    ----------
    gallery : ndarray of shape (n_items, n_features)
    weights : ndarray of shape (n_features,)
    difference : {"absolute", "squared"}
    n_components : int
        Eigenfunctions kept, of all features together.
    """

    def __init__(self, gallery, weights, difference, n_components):
        self._weights, self._squared = np.asarray(weights, np.float64), difference == "squared"
        if self._squared:
            return  # -2 w q . g + w g^2 differs from the score by w q^2, a constant of q
        # The centre of each of 64 intervals with an equal share of the gallery: averages over
        # this grid are then averages over the gallery.
        sample = np.asarray(gallery[:: -(-len(gallery) // _SAMPLE)], np.float64)
        share = (np.arange(_GRID) + 0.5) / _GRID
        self._grids = np.quantile(sample, share, axis=0).T
        # k(x, y) = a(x) + a(y) - mean |Y - Z| - |x - y|, on the grid of each feature.
        distances = np.abs(self._grids[:, :, np.newaxis] - self._grids[:, np.newaxis])
        self._means = distances.mean(axis=2)
        grand = self._means.mean(axis=1)[:, np.newaxis, np.newaxis]
        kernels = self._means[:, :, np.newaxis] + self._means[:, np.newaxis] - grand - distances
        eigenvalues, vectors = np.linalg.eigh(kernels / _GRID)
        # What an eigenfunction contributes to scores; rank them over all features together.
        importance = np.abs(self._weights)[:, np.newaxis] * eigenvalues
        kept = np.argsort(-importance, axis=None, kind="stable")[:n_components]
        features, numbers = np.unravel_index(kept, importance.shape)
        kept = importance[features, numbers] > 0  # rounding leaves some eigenvalues below 0
        self._features, numbers = features[kept], numbers[kept]
        self._eigenvalues = eigenvalues[self._features, numbers]
        self._functions = vectors[self._features, :, numbers] * np.sqrt(_GRID)

    def of_gallery(self, vectors):
        """Return gallery vectors as features, shape (n_items, n_components + 1)."""
        vectors = np.asarray(vectors, np.float64)
        if self._squared:
            return np.column_stack([vectors, vectors**2 @ self._weights]).astype(np.float32)
        return np.column_stack([self._values(vectors), self._own_part(vectors)]).astype(np.float32)

    def of_queries(self, vectors):
        """Return query vectors as features, shape (n_queries, n_components + 1)."""
        vectors = np.asarray(vectors, np.float64)
        if self._squared:
            products = -2.0 * self._weights * vectors
        else:
            factors = self._weights[self._features] * self._eigenvalues
            products = -factors * self._values(vectors)
        return np.column_stack([products, np.ones(len(vectors))]).astype(np.float32)

    def _values(self, vectors):
        """Return the eigenfunctions at the vectors' values, shape (n, n_components)."""
        out = np.empty((len(vectors), len(self._features)))
        for column, (feature, function) in enumerate(
            zip(self._features, self._functions, strict=True)
        ):
            out[:, column] = np.interp(vectors[:, feature], self._grids[feature], function)
        return out

    def _own_part(self, vectors):
        """Return the sum of w a(x) over the features, shape (n,)."""
        total = np.zeros(len(vectors))
        for feature, (weight, grid, means) in enumerate(
            zip(self._weights, self._grids, self._means, strict=True)
        ):
            values = vectors[:, feature]
            # Beyond the outermost quantiles, where interpolation stops, a has a slope of 1.
            beyond = np.abs(values - np.clip(values, grid[0], grid[-1]))
            total += weight * (np.interp(values, grid, means) + beyond)
        return total
