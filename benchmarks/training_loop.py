"""Batches and learning rates of `MaxMarginPairClassifier`, for training loops written by hand.

What is compared with the classifier has to see the same batches at the same learning rates.
tests/benchmarks holds both files to that.
"""

import math

import numpy as np


class IdentityBatches:
    """Draw batches of P identities with K samples each, as `fit_identities` does.

    An epoch passes over all identities that have two samples, in random order, as often as it
    takes to draw about as many samples as there are. The last batch of a pass is filled up with
    identities drawn from the others. Items that are alone with their identity are spread over the
    batches of an epoch, at most P * K of them a batch.

    Parameters
    ----------
    identities : array-like of shape (n_items,)
    n_identities, n_samples : int
        P and K.
    """

    def __init__(self, identities, n_identities, n_samples):
        codes = np.unique(identities, return_inverse=True)[1]
        repeated = np.flatnonzero(np.bincount(codes) > 1)
        self._rows = {code: np.flatnonzero(codes == code) for code in repeated}
        self._singles = np.flatnonzero(~np.isin(codes, repeated))
        self._n_identities, self._n_samples = n_identities, n_samples
        self._n_batches_a_pass = math.ceil(len(repeated) / n_identities)
        n_drawn = self._n_batches_a_pass * n_identities * n_samples
        self._n_passes = max(1, round(len(codes) / n_drawn))

    def __len__(self):
        return self._n_passes * self._n_batches_a_pass

    def epoch(self, seed, epoch):
        """Yield the rows of the items, batch by batch."""
        rng = np.random.default_rng((seed, epoch))
        queues = {code: rng.permutation(rows) for code, rows in self._rows.items()}
        n_used = dict.fromkeys(queues, 0)
        singles = np.array_split(rng.permutation(self._singles), len(self))
        for codes, extra in zip(self._identities(rng), singles, strict=True):
            batch = []
            for code in codes:
                size, start = min(self._n_samples, len(queues[code])), n_used[code]
                # An identity's samples are drawn in a circle.
                batch.append(queues[code].take(range(start, start + size), mode="wrap"))
                n_used[code] += size
            yield np.concatenate([*batch, extra[: self._n_identities * self._n_samples]])

    def _identities(self, rng):
        """Yield the identities of each batch of an epoch."""
        size = self._n_identities
        for _ in range(self._n_passes):
            order = rng.permutation(list(self._rows))
            for start in range(0, len(order), size):
                chosen = order[start : start + size]
                n_missing = min(size, len(order)) - len(chosen)
                if n_missing:
                    rest = np.setdiff1d(order, chosen)
                    chosen = np.concatenate([chosen, rng.choice(rest, n_missing, replace=False)])
                yield chosen


def one_cycle(done):
    """Return the factor of the learning rate when a share of the steps is done.

    It rises from 0.04 to 1 in the first three tenths and falls to 0 in the rest, by a cosine.
    """
    if done < 0.3:
        return 0.04 + 0.48 * (1 - math.cos(math.pi * done / 0.3))
    return 0.5 * (1 + math.cos(math.pi * (done - 0.3) / 0.7))


def set_learning_rate(optimizer, rate):
    """Give all parameters of a torch optimizer one learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
