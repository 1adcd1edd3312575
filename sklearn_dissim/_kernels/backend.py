"""The methods that every backend has, and the order that all of them rank in."""

from abc import ABC, abstractmethod

import numpy as np


class Backend(ABC):
    """Score pairs of items, and queries against galleries, on one device.

    Items, queries and galleries are vectors, one a row, of any float type. A gallery may lie in
    memory or be mapped from a file; no method makes a second array of its size. Scores are
    computed in double precision, or as if they were, except by `cross_scores`.
    """

    @abstractmethod
    def pair_scores(self, items, indices, weights, difference):
        """Compute ``sum_k weights[k] * d_pk`` for each pair p.

        Parameters
        ----------
        items : ndarray of float, shape (n_items, n_features), C-contiguous
        indices : ndarray of int, shape (n_pairs, 2)
        weights : ndarray of float64, shape (n_features,)
        difference : {"absolute", "squared"}

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """

    @abstractmethod
    def pair_weighted_sum(self, items, indices, factors, difference):
        """Compute ``sum_p factors[p] * d_pk`` for each feature k.

        Parameters
        ----------
        items, indices, difference
            As in `pair_scores`.
        factors : ndarray of float64, shape (n_pairs,)

        Returns
        -------
        ndarray of float64, shape (n_features,)
        """

    @abstractmethod
    def cross_scores(self, queries, gallery, score, *, n_threads=None):
        """Compute the scores of every query with every gallery row.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_features)
        gallery : ndarray of shape (n_gallery, n_features)
        score : LinearScore
        n_threads : int, default=None
            By default all that this process may use. Torch has threads of its own.

        Returns
        -------
        ndarray of float, shape (n_queries, n_gallery)
            Scores within 2e-4 of their spread.
        """

    @abstractmethod
    def top_k(self, queries, gallery, score, k, *, n_threads=None):
        """Find the k gallery rows with the highest scores for every query.

        Parameters
        ----------
        queries, gallery, score, n_threads
            As in `cross_scores`.
        k : int
            If the gallery has fewer rows, all of them are found.

        Returns
        -------
        scores : ndarray of float64, shape (n_queries, k)
        rows : ndarray of int64, shape (n_queries, k)
            In the order of `best_first`: that of sorting all scores in double precision.
        """

    @abstractmethod
    def rank_candidates(self, queries, gallery, score, candidates, k, *, n_threads=None):
        """Find the k best among rows that are proposed for each query.

        Parameters
        ----------
        queries, gallery, score, n_threads
            As in `cross_scores`.
        candidates : ndarray of int, shape (n_queries, n_candidates)
            Gallery rows; -1 stands for none.
        k : int

        Returns
        -------
        scores, rows
            As in `top_k`; -inf and -1 where there are fewer candidates.
        """

    @abstractmethod
    def top_k_of_blocks(self, blocks, n_queries, k):
        """Find the k highest scores of every query where scores come block by block.

        Parameters
        ----------
        blocks : iterable of ndarray of float32, shape (n_queries, n_rows)
            Scores of the first rows, of the rows after them...
        n_queries, k : int

        Returns
        -------
        scores : ndarray of float32, shape (n_queries, k)
        rows : ndarray of int64, shape (n_queries, k)
            In the order of `best_first`; -1 where there are fewer rows.
        """

    @abstractmethod
    def scores_of(self, queries, gallery, score, owners, rows):
        """Compute the scores of pairs of a query and a gallery row.

        Parameters
        ----------
        queries, gallery, score
            As in `cross_scores`.
        owners, rows : ndarrays of int, shape (n_pairs,)
            Numbers of the queries and of the gallery rows.

        Returns
        -------
        ndarray of float64, shape (n_pairs,)
        """

    @abstractmethod
    def count_reaching(
        self, queries, gallery, score, limits, offsets, *, counted=None, n_threads=None
    ):
        """Count the gallery rows whose score is at least as high as given scores.

        Parameters
        ----------
        queries, gallery, score, n_threads
            As in `cross_scores`.
        limits : ndarray of float64, shape (n_limits,)
            Scores as `scores_of` gives them: those of the first query, rising, then those of
            the second...
        offsets : ndarray of int, shape (n_queries + 1,)
            Where the limits of each query begin.
        counted : ndarray of bool, shape (n_gallery,), default=None
            Rows that are counted; by default all.

        Returns
        -------
        ndarray of int64, shape (n_limits,)
        """


def best_first(scores, rows, k):
    """Sort the rows of each query by falling score, equal scores by rising row; keep k.

    Parameters
    ----------
    scores, rows : ndarrays of shape (n_queries, n)
    k : int

    Returns
    -------
    scores, rows : ndarrays of shape (n_queries, min(k, n))
    """
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)
