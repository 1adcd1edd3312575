"""Kernels in torch: for a GPU, and where numba is not installed."""

import numpy as np
import torch

from sklearn_dissim._kernels.backend import Backend, best_first
from sklearn_dissim._kernels.dissimilarity import dissimilarity
from sklearn_dissim._utils.torch_batches import resolve_device

_BLOCK = 1 << 24  # elements of a block of the gallery, of its scores or of vectors, at most


class TorchBackend(Backend):
    """Score and search with torch, all in double precision; threads are torch's own.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device):
        self._device = resolve_device(device)
        if self._device.type == "mps":
            raise ValueError(f"device {device!r} has no double precision; use 'cpu'.")

    def pair_scores(self, items, indices, weights, difference):
        """See `Backend.pair_scores`."""
        weights, out = self._double(weights), np.empty(len(indices))
        for rows, vectors in self._pair_vectors(items, indices, difference):
            out[rows] = (vectors @ weights).cpu().numpy()
        return out

    def pair_weighted_sum(self, items, indices, factors, difference):
        """See `Backend.pair_weighted_sum`."""
        factors, out = self._double(factors), self._double(np.zeros(items.shape[1]))
        for rows, vectors in self._pair_vectors(items, indices, difference):
            out += factors[rows] @ vectors
        return out.cpu().numpy()

    def cross_scores(self, queries, gallery, score, *, n_threads=None):
        """See `Backend.cross_scores`."""
        out = np.empty((len(queries), len(gallery)))
        for first, scores in self._blocks(queries, gallery, score):
            out[:, first : first + scores.shape[1]] = scores.cpu().numpy()
        return out

    def top_k(self, queries, gallery, score, k, *, n_threads=None):
        """See `Backend.top_k`."""
        blocks = (scores for _, scores in self._blocks(queries, gallery, score))
        best, rows = self._best(blocks, len(queries), k, torch.float64)
        return best.cpu().numpy(), rows.cpu().numpy()

    def rank_candidates(self, queries, gallery, score, candidates, k, *, n_threads=None):
        """See `Backend.rank_candidates`."""
        left, weights = self._double(queries), self._double(score.weights)
        scores = np.empty(candidates.shape)
        step = max(1, _BLOCK // (candidates.shape[1] * gallery.shape[1]))
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            rows = self._double(gallery[candidates[part].ravel()])
            rows = rows.reshape(len(candidates[part]), candidates.shape[1], -1)
            vectors = dissimilarity(left[part, None], rows, score.difference)
            scores[part] = (vectors @ weights + score.intercept).cpu().numpy()
        return best_first(np.where(candidates < 0, -np.inf, scores), candidates, k)

    def top_k_of_blocks(self, blocks, n_queries, k):
        """See `Backend.top_k_of_blocks`."""
        blocks = (torch.as_tensor(scores, device=self._device) for scores in blocks)
        best, rows = (a.cpu().numpy() for a in self._best(blocks, n_queries, k, torch.float32))
        missing = ((0, 0), (0, k - best.shape[1]))  # an index says -1 where it has too few rows
        best = np.pad(best, missing, constant_values=np.finfo(np.float32).min)
        return best, np.pad(rows, missing, constant_values=-1)

    def scores_of(self, queries, gallery, score, owners, rows):
        """See `Backend.scores_of`."""
        # Query by query, by the function that scores blocks: torch computes each pair's
        # distance by itself, so that it has the same bits in whatever company. Counting needs
        # that, because a relevant item has to reach its own score.
        out = np.empty(len(rows))
        order = np.argsort(owners, kind="stable")
        for own in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
            if len(own):
                scores = self._scores(queries[owners[own[:1]]], gallery[rows[own]], score)
                out[own] = scores[0].cpu().numpy()
        return out

    def count_reaching(
        self, queries, gallery, score, limits, offsets, *, counted=None, n_threads=None
    ):
        """See `Backend.count_reaching`."""
        sizes = np.diff(offsets)
        # One row of limits a query, filled up at its end, so that one call searches them all.
        present = np.arange(sizes.max(initial=0)) < sizes[:, np.newaxis]
        padded = np.full(present.shape, np.inf)
        padded[present] = limits
        padded = self._double(padded)
        counts = torch.zeros(padded.shape, dtype=torch.int64, device=self._device)
        for first, scores in self._blocks(queries, gallery, score):
            if counted is not None:
                scores = scores[:, self._tensor(counted[first : first + scores.shape[1]])]
            ascending = scores.sort(dim=1).values
            counts += scores.shape[1] - torch.searchsorted(ascending, padded)
        return counts.cpu().numpy()[present]

    def _best(self, blocks, n_queries, k, dtype):
        """Return scores and rows of the best k, where scores come block by block."""
        best = torch.empty((n_queries, 0), dtype=dtype, device=self._device)
        best_rows = torch.empty_like(best, dtype=torch.int64)
        first = 0
        for scores in blocks:
            rows = torch.arange(first, first + scores.shape[1], device=self._device)
            first += scores.shape[1]
            scores = torch.hstack([best, scores])
            rows = torch.hstack([best_rows, rows.expand(n_queries, -1)])
            # topk() takes any of equal scores; a stable sort the one that came first.
            best, order = (a[:, :k] for a in scores.sort(dim=1, descending=True, stable=True))
            best_rows = rows.gather(1, order)
        return best, best_rows

    def _pair_vectors(self, items, indices, difference):
        """Yield slices of the pairs, and their dissimilarity vectors."""
        step = max(1, _BLOCK // items.shape[1])
        for start in range(0, len(indices), step):
            part = slice(start, start + step)
            left, right = (self._double(items[side]) for side in indices[part].T)
            yield part, dissimilarity(left, right, difference)

    def _blocks(self, queries, gallery, score):
        """Yield first row and scores, block by block of the gallery."""
        step = max(1, _BLOCK // max(len(queries), gallery.shape[1]))
        for first in range(0, len(gallery), step):
            yield first, self._scores(queries, gallery[first : first + step], score)

    def _scores(self, queries, rows, score):
        """Return the scores of all pairs as a tensor."""
        queries, rows, weights = map(self._double, (queries, rows, score.weights))
        power = 2 if score.difference == "squared" else 1
        scores = queries.new_zeros((len(queries), len(rows)))
        # Scaled by weights of one sign, scores are distances, which torch computes without an
        # array of all vectors.
        for sign in (1, -1):
            chosen = sign * weights > 0
            scale = (sign * weights[chosen]) ** (1 / power)
            distances = torch.cdist(
                queries[:, chosen] * scale,
                rows[:, chosen] * scale,
                p=power,
                # Products of matrices would lose the digits in which near items differ.
                compute_mode="donot_use_mm_for_euclid_dist",
            )
            scores += sign * distances**power
        return scores + score.intercept

    def _double(self, array):
        return self._tensor(array, torch.float64)

    def _tensor(self, array, dtype=None):
        return torch.tensor(np.asarray(array), dtype=dtype, device=self._device)
