"""Batches of an epoch: which items, and which pairs of those items.

An epoch's batches are a function of (seed, epoch) alone, so that a fit can be taken up
again at any epoch.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from sklearn_dissim._utils.graphs import renumber_by_first


@dataclass(frozen=True)
class BatchPairs:
    """Hold labelled pairs of the rows of a batch.

    `left` is None where each row is a dissimilarity vector, and so a pair already.
    """

    left: Any  # a tensor, or None
    right: Any
    signs: torch.Tensor
    weights: torch.Tensor
    n_items: int

    @cached_property
    def table(self):
        """Return the numbers of the different pairs by their two items, -1 where there is none."""
        numbers = torch.full((self.n_items, self.n_items), -1, device=self.signs.device)
        different = (self.signs < 0).nonzero().ravel()
        left, right = self.left[different], self.right[different]
        numbers[left, right] = different
        numbers[right, left] = different
        return numbers


class PairBatches:
    """Cut given pairs into shuffled batches of one size; each holds every item it needs once.

    Parameters
    ----------
    pairs : ndarray of shape (n_pairs, 2) or None
        Rows of the items; None where each row is a dissimilarity vector itself.
    signs, weights : ndarrays of shape (n_pairs,)
    batch_size : int
        Pairs in a batch, at most.
    dtype : torch.dtype
    device : torch.device
    """

    def __init__(self, pairs, signs, weights, batch_size, dtype, device):
        self._pairs, self._batch_size, self._device = pairs, batch_size, device
        self._signs = torch.as_tensor(signs, dtype=dtype)
        # Of mean 1, so that single precision can hold them; a mean over pairs stays the same.
        self._weights = torch.as_tensor(weights / weights.mean(), dtype=dtype)
        self.total_weight = float(weights.sum())

    def __len__(self):
        return -(-len(self._signs) // self._batch_size)

    def epoch(self, seed, epoch):
        """Yield rows of the items and a `BatchPairs`, batch by batch."""
        order = np.random.default_rng((seed, epoch)).permutation(len(self._signs))
        for chosen in np.array_split(order, len(self)):
            yield self._batch(chosen)

    def _batch(self, chosen):
        """Return the rows of the items that some pairs use, and the pairs by their positions."""
        numbers = torch.from_numpy(chosen)
        signs = self._signs[numbers].to(self._device)
        weights = self._weights[numbers].to(self._device)
        if self._pairs is None:
            return chosen, BatchPairs(None, None, signs, weights, len(chosen))
        rows, positions = np.unique(self._pairs[chosen], return_inverse=True)
        left, right = torch.from_numpy(positions.reshape(-1, 2).T.copy()).to(self._device)
        return rows, BatchPairs(left, right, signs, weights, len(rows))


class IdentityBatches:
    """Draw batches of P identities with K samples each, and all their pairs.

    An epoch makes as many passes over the identities as it takes to draw about as many
    samples as there are, at least one. A pass is a random permutation of the identities,
    cut into batches; the last one is filled up with identities drawn from the others. An
    identity's samples are drawn from a random order of them, and in a circle.

    Unknown items (-1), and those of identities with one sample, are spread over the batches
    of an epoch, at most P * K a batch; they make different pairs only, an unknown item none
    with another unknown one.

    Parameters
    ----------
    codes : ndarray of int, shape (n_items,)
        Identities, -1 the unknown.
    n_identities, n_samples : int
        P and K.
    class_weights : tuple of float
        Weights of different and of same pairs.
    dtype : torch.dtype
    device : torch.device
    """

    def __init__(self, codes, n_identities, n_samples, class_weights, dtype, device):
        self._codes, self._n_samples = codes, n_samples
        self._n_identities = n_identities
        self._class_weights, self._dtype, self._device = class_weights, dtype, device
        counts = np.bincount(codes[codes >= 0])
        repeated = np.flatnonzero(counts > 1)
        self._rows = {i: np.flatnonzero(codes == i) for i in repeated}
        self._singles = np.flatnonzero(~np.isin(codes, repeated))
        self._per_pass = -(-len(repeated) // n_identities)
        n_drawn = self._per_pass * n_identities * n_samples
        self._n_passes = max(1, round(len(codes) / n_drawn))
        self._last: tuple[bytes, Any] = (b"", None)
        self.total_weight = len(self) * float(self._describe(next(self._plan(0, 0))).weights.sum())

    def __len__(self):
        return self._n_passes * self._per_pass

    def epoch(self, seed, epoch):
        """Yield rows of the items and a `BatchPairs`, batch by batch."""
        for rows in self._plan(seed, epoch):
            yield rows, self._describe(rows)

    def _plan(self, seed, epoch):
        """Yield the rows of each batch of an epoch."""
        rng = np.random.default_rng((seed, epoch))
        queues = {i: rng.permutation(rows) for i, rows in self._rows.items()}
        used = dict.fromkeys(queues, 0)
        singles = np.array_split(rng.permutation(self._singles), len(self))
        for identities, extra in zip(self._identities(rng), singles, strict=True):
            rows = []
            for i in identities:
                size = min(self._n_samples, len(queues[i]))
                rows.append(queues[i].take(range(used[i], used[i] + size), mode="wrap"))
                used[i] += size
            limit = self._n_identities * self._n_samples
            yield np.concatenate([*rows, extra[:limit]])

    def _identities(self, rng):
        """Yield the identities of each batch, pass by pass."""
        size = self._n_identities
        for _ in range(self._n_passes):
            order = rng.permutation(list(self._rows))
            for start in range(0, len(order), size):
                chosen = order[start : start + size]
                missing = min(size, len(order)) - len(chosen)
                if missing:
                    others = np.setdiff1d(order, chosen)
                    chosen = np.concatenate([chosen, rng.choice(others, missing, replace=False)])
                yield chosen

    def _describe(self, rows):
        """Return the pairs of a batch; batches of one pattern of identities share them."""
        codes = self._codes[rows]
        unknown = codes < 0
        codes = np.where(unknown, -1 - np.arange(len(rows)), codes)
        pattern = np.concatenate([renumber_by_first(codes), unknown]).tobytes()
        if pattern != self._last[0]:  # batches of one pattern share their list of pairs
            self._last = (pattern, self._all_pairs(codes, unknown))
        return self._last[1]

    def _all_pairs(self, codes, unknown):
        """List all pairs of a batch, with their labels and weights."""
        left, right = np.triu_indices(len(codes), 1)
        # Two unknown items may be of one identity, or not.
        labelled = ~(unknown[left] & unknown[right])
        left, right = left[labelled], right[labelled]
        same = codes[left] == codes[right]
        weights = np.where(same, self._class_weights[1], self._class_weights[0])
        sides = torch.from_numpy(np.stack([left, right])).to(self._device)
        values = torch.as_tensor(np.stack([2.0 * same - 1.0, weights]), dtype=self._dtype)
        signs, weights = values.to(self._device)
        return BatchPairs(sides[0], sides[1], signs, weights, len(codes))
