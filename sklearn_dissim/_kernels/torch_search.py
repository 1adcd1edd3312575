"""Queries against a gallery in torch: on a GPU, and where numba is not installed."""

import numpy as np
import torch

from sklearn_dissim._kernels.best_first import best_first
from sklearn_dissim._kernels.dissimilarity import dissimilarity
from sklearn_dissim._utils.torch_batches import resolve_device

_BLOCK = 1 << 24  # elements of a block of the gallery, or of its scores, at most


class TorchSearch:
    """What `_search` does, all in double precision; threads are torch's own.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device):
        self._device = resolve_device(device)
        if self._device.type == "mps":
            raise ValueError(f"device {device!r} has no double precision; use 'cpu'.")

    def cross_scores(self, queries, gallery, weights, difference, intercept=0.0, *, n_threads=None):
        """Scores of every query with every row, of shape (n_queries, n_gallery)."""
        out = np.empty((len(queries), len(gallery)))
        for first, scores in self._blocks(queries, gallery, weights, difference, intercept):
            out[:, first : first + scores.shape[1]] = scores.cpu().numpy()
        return out

    def top_k(self, queries, gallery, weights, difference, k, intercept=0.0, *, n_threads=None):
        """Scores and rows of the best k of every query; of equal scores the lower row first."""
        best = torch.empty((len(queries), 0), dtype=torch.float64, device=self._device)
        best_rows = torch.empty_like(best, dtype=torch.int64)
        for first, scores in self._blocks(queries, gallery, weights, difference, intercept):
            rows = torch.arange(first, first + scores.shape[1], device=self._device)
            scores = torch.hstack([best, scores])
            rows = torch.hstack([best_rows, rows.expand(len(queries), -1)])
            # topk() takes any of equal scores; a stable sort the one that came first.
            best, order = (a[:, :k] for a in scores.sort(dim=1, descending=True, stable=True))
            best_rows = rows.gather(1, order)
        return best.cpu().numpy(), best_rows.cpu().numpy()

    def rank_candidates(
        self, queries, gallery, weights, difference, candidates, k, intercept=0.0, *, n_threads=None
    ):
        """The best k of rows proposed for each query, -1 being none."""
        left, weights = self._double(queries), self._double(weights)
        scores = np.empty(candidates.shape)
        step = max(1, _BLOCK // (candidates.shape[1] * gallery.shape[1]))
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            rows = self._double(gallery[candidates[part].ravel()])
            rows = rows.reshape(len(candidates[part]), candidates.shape[1], -1)
            vectors = dissimilarity(left[part, None], rows, difference)
            scores[part] = (vectors @ weights + intercept).cpu().numpy()
        return best_first(np.where(candidates < 0, -np.inf, scores), candidates, k)

    def _blocks(self, queries, gallery, weights, difference, intercept):
        """Yield first row and scores, block by block of the gallery."""
        queries, weights = self._double(queries), self._double(weights)
        widest = max(len(queries), gallery.shape[1])
        if difference == "relative":  # whose vectors are built
            widest = len(queries) * gallery.shape[1]
        step = max(1, _BLOCK // widest)
        for first in range(0, len(gallery), step):
            rows = self._double(gallery[first : first + step])
            yield first, _scores(queries, rows, weights, difference) + intercept

    def _double(self, array):
        return torch.tensor(np.asarray(array), dtype=torch.float64, device=self._device)


def _scores(queries, rows, weights, difference):
    if difference == "relative":
        return dissimilarity(queries[:, None], rows, difference) @ weights
    power = 1 if difference == "absolute" else 2
    scores = queries.new_zeros((len(queries), len(rows)))
    # Scaled by weights of one sign, the scores are distances.
    for sign in (1, -1):
        chosen = sign * weights > 0
        scale = (sign * weights[chosen]) ** (1 / power)
        distances = torch.cdist(
            queries[:, chosen] * scale,
            rows[:, chosen] * scale,
            p=power,
            compute_mode="donot_use_mm_for_euclid_dist",
        )
        scores += sign * distances**power
    return scores
