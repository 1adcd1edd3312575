"""Judge a matrix of scores, and resample the test identities for intervals of its figures."""

from functools import cached_property
from itertools import pairwise

import numpy as np
from sklearn.metrics import roc_auc_score

from sklearn_dissim.metrics import equal_error_rate_score, fnmr_at_fmr_score

N_RESAMPLES = 200
N_LEVELS = 256  # thresholds between which resampled error rates are interpolated


def comparable(part):
    """Return which pairs of items are compared, (n, n): all, or those of two cameras."""
    if part.cameras is None:
        return ~np.eye(len(part), dtype=bool)
    return np.not_equal.outer(part.cameras, part.cameras)


class Judge:
    """Judge scores of the items of one part.

    Verification takes each allowed pair once; retrieval takes each item as a query for all others.
    Resamples are drawn as `sklearn_dissim.metrics.bootstrap_interval` draws them, and are the same
    for every method, so that differences between methods can be taken resample by resample.

    Parameters
    ----------
    part : Part
    """

    def __init__(self, part):
        _, self.codes = np.unique(part.identities, return_inverse=True)
        self.allowed, self.same = comparable(part), self.codes[:, np.newaxis] == self.codes
        self.left, self.right = np.nonzero(np.triu(self.allowed))
        self.y = self.same[self.left, self.right]

    def figures(self, scores):
        """Return the figures of scores, and resamples of two of them.

        Parameters
        ----------
        scores : ndarray of shape (n_items, n_items)

        Returns
        -------
        figures : dict of float
            ROC AUC, equal error rate, FNMR at FMR 0.1 %, mAP and rank-1.
        resamples : dict of ndarray of shape (n_resamples,)
            Equal error rate and mAP of each resample of the identities.
        """
        pairs = scores[self.left, self.right]
        precision, first = self._retrieval(scores)
        figures = {
            "auc": roc_auc_score(self.y, pairs),
            "eer": equal_error_rate_score(self.y, pairs),
            "fnmr": fnmr_at_fmr_score(self.y, pairs, fmr=0.001),
            "map": float(np.nanmean(precision)),
            "rank1": float(np.nanmean(first)),
        }
        counted = np.isfinite(precision)
        times = self.times_drawn[:, self.codes[counted]]
        return figures, {
            "eer": self._resampled_errors(pairs),
            "map": times @ precision[counted] / times.sum(axis=1),
        }

    def brief(self, scores):
        """Return the two figures that choices are made by."""
        pairs = scores[self.left, self.right]
        return {
            "eer": equal_error_rate_score(self.y, pairs),
            "map": float(np.nanmean(self._retrieval(scores)[0])),
        }

    @cached_property
    def times_drawn(self):
        """Hold how often each resample draws each identity."""
        rng, n = np.random.default_rng(0), self.codes.max() + 1
        draws = rng.integers(n, size=(4 * N_RESAMPLES, n))
        several = (draws != draws[:, :1]).any(axis=1)  # one identity alone has no different pairs
        return np.stack([np.bincount(d, minlength=n) for d in draws[several][:N_RESAMPLES]])

    def _retrieval(self, scores):
        """Return average precision and rank-1 by query; NaN where nothing is relevant."""
        precision = np.full((2, len(scores)), np.nan)
        ranked = np.where(self.allowed, scores, -np.inf)
        for query, row in enumerate(ranked):
            relevant = self.same[query] & self.allowed[query]
            if relevant.any():
                order = np.argsort(-row, kind="stable")[: self.allowed[query].sum()]
                ranks = np.flatnonzero(relevant[order]) + 1
                precision[0, query] = np.mean(np.arange(1, len(ranks) + 1) / ranks)
                precision[1, query] = ranks[0] == 1
        return precision

    def _resampled_errors(self, pairs):
        """Return equal error rates, from counts between thresholds near that of all pairs."""
        edges = _levels(pairs[self.y], pairs[~self.y])
        level = np.searchsorted(edges, pairs)  # of pairs at or above edges[i]: level > i
        same = self._counts_of_same(level)
        missed = (self.times_drawn @ same.cumsum(axis=1)) / (self.times_drawn @ same.sum(axis=1))[
            :, np.newaxis
        ]
        accepted = 1 - self._shares_of_different(level)
        gap = missed - accepted
        after = np.argmax(gap >= 0, axis=1).clip(1, None)
        rows = np.arange(len(gap))
        low, high = gap[rows, after - 1], gap[rows, after]
        share = np.clip(-low / np.where(high > low, high - low, 1), 0, 1)
        return (1 - share) * accepted[rows, after - 1] + share * accepted[rows, after]

    def _counts_of_same(self, level):
        """Count same pairs by identity and level."""
        n = self.codes.max() + 1
        cell = self.codes[self.left[self.y]] * (N_LEVELS + 1) + level[self.y]
        return np.bincount(cell, minlength=n * (N_LEVELS + 1)).reshape(n, -1)

    def _shares_of_different(self, level):
        """Return the share of each resample's different pairs up to each level."""
        left, right = self.codes[self.left[~self.y]], self.codes[self.right[~self.y]]
        totals = np.zeros((N_RESAMPLES, N_LEVELS + 1))
        weights = self.times_drawn.astype(np.float32)
        levels = level[~self.y]
        order = np.argsort(levels, kind="stable")
        bounds = np.searchsorted(levels[order], np.arange(N_LEVELS + 2))
        left, right = left[order], right[order]
        for i, (start, stop) in enumerate(pairwise(bounds)):
            totals[:, i] = _pair_weight(weights, left[start:stop], right[start:stop])
        return totals.cumsum(axis=1) / totals.sum(axis=1, keepdims=True)


def _pair_weight(times, left, right):
    """Sum over pairs how often both of their identities are drawn, multiplied."""
    n = times.shape[1]
    together = np.bincount(left * n + right, minlength=n * n).reshape(n, n).astype(np.float32)
    return np.einsum("ri,ri->r", times @ together, times)


def _levels(same, different):
    """Return thresholds, dense where scores of same and different pairs overlap."""
    error = np.clip(np.mean(same < np.quantile(different, 0.9)), 0.02, 0.5)
    shares = np.linspace(0, min(1.0, 2.5 * error), N_LEVELS // 2)
    return np.sort(np.r_[np.quantile(same, shares), np.quantile(different, 1 - shares)])
