"""What follows the training of a backbone: whitening of the embeddings, an exact head."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.convex_head import fit_equal_head, fit_head
from sklearn_dissim._max_margin.solver import Solution
from sklearn_dissim._max_margin.training.network import embed_pairs, same_pairs_differ
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._utils.user_warnings import warn_user


@dataclass(frozen=True)
class Head:
    """Hold weights, intercept and whitening of the embeddings, and a certificate if exact."""

    coef: np.ndarray
    intercept: float
    whitening: Any = None
    solution: Solution | None = None
    C: float | None = None


def finished_head(module, task, objective, steps, *, batch_size, **solver):
    """Make of a trained network's embeddings what the steps say.

    Parameters
    ----------
    module : PairModule
    task : Task
    objective : Objective
    steps : list
        As `Training.finish_steps` returns them.
    batch_size : int
        Of items to embed.
    **solver
        Options of `fit_head`.

    Returns
    -------
    Head
    """
    head = Head(module.weight.detach().cpu().numpy().astype(np.float64), module.bias.item())
    if not steps:
        return head
    whitening = next((step for step in steps if step != "exact"), None)
    indices, signs, weights = task.labelled_pairs()
    pairs = task.items if task.vectors else IndexedPairs(task.items, indices)
    embedded = embed_pairs(module, pairs, batch_size=batch_size)
    if whitening is not None and not same_pairs_differ(embedded, signs):
        warn_user(
            "The embeddings of each same pair are equal after training; they are left as "
            "they are, without the whitening that finish asks for."
        )
        whitening = None
    if whitening is not None:
        whitening = clone(whitening).fit(_exact(embedded), signs, sample_weight=weights)
        embedded = whitening.transform(embedded)
        judged = embedded, signs, weights
        if task.validation:
            # The training pairs' scores are too good to place a threshold by.
            held_out, held_signs = task.validation
            held_out = whitening.transform(embed_pairs(module, held_out, batch_size=batch_size))
            judged = held_out, held_signs, np.ones(len(held_signs))
        head = _equal_head(judged, objective, whitening)
    if "exact" in steps:
        matrix = dissimilarity_matrix(embedded, objective.difference)
        solution, C = fit_head(objective, matrix, signs, weights, **solver)
        head = Head(solution.weights, solution.intercept, whitening, solution, C)
    return head


def _equal_head(judged, objective, whitening):
    pairs, signs, weights = judged
    matrix = dissimilarity_matrix(pairs, objective.difference)
    weight, intercept = fit_equal_head(objective, matrix, signs, weights)
    return Head(np.full(matrix.shape[1], weight), intercept, whitening)


def _exact(pairs):
    return pairs.over(pairs.items.astype(np.float64))
