"""Which pairs of a batch enter the loss, and how: pure functions on tensors."""

import torch
from torch.nn.functional import relu

NEGATIVES = ("all", "active", "hardest", "ranking")


def hinge(slack, squared):
    """max(0, z), or its square."""
    positive = relu(slack)
    return positive * positive if squared else positive


def pair_loss(scores, pairs, *, margin, squared, negatives, n_hard):
    r"""Mean loss of the pairs chosen from a batch.

    With :math:`h(z) = max(0, z)` or its square and y = +1 for same pairs, -1 for others:

    - "all": mean of :math:`h(margin - y s)` over all pairs;
    - "active": over those alone that violate the margin;
    - "hardest": the mean over same pairs, plus the mean over the `n_hard` different pairs
      of highest score of each item;
    - "ranking": "hardest", plus the mean of :math:`h(margin - s^+ + s^-)` over the same
      pairs :math:`s^+` of an item and its hardest different pairs :math:`s^-`.

    Parameters
    ----------
    scores : tensor of shape (n_pairs,)
    pairs : BatchPairs
    margin : float
    squared : bool
        Square the hinge.
    negatives : str
    n_hard : int

    Returns
    -------
    tensor
        A scalar.
    """
    slack = margin - pairs.signs * scores
    if negatives == "all":
        return weighted_mean(hinge(slack, squared), pairs.weights)
    if negatives == "active":
        return weighted_mean(hinge(slack, squared), pairs.weights * (slack.detach() > 0))
    same = pairs.signs > 0
    hard = hardest_negatives(scores.detach(), pairs, n_hard)
    found = hard >= 0
    losses = hinge(slack, squared)
    loss = weighted_mean(losses[same], pairs.weights[same])
    loss = loss + weighted_mean(pick(losses, hard[found]), pairs.weights[hard[found]])
    if negatives == "ranking":
        loss = loss + _ranking_loss(scores, pairs, same, hard, margin, squared)
    return loss


def _ranking_loss(scores, pairs, same, hard, margin, squared):
    positive = same.nonzero().ravel().repeat(2)  # each seen from either of its items
    anchors = torch.cat([pairs.left[same], pairs.right[same]])
    rivals = hard[anchors]
    slack = margin - pick(scores, positive)[:, None] + pick(scores, rivals.clamp(min=0))
    weights = (pairs.weights[positive][:, None] * pairs.weights[rivals]) * (rivals >= 0)
    return weighted_mean(hinge(slack, squared), weights)


def hardest_negatives(scores, pairs, n_hard):
    """Numbers of each item's different pairs of highest score; -1 where it has fewer.

    Parameters
    ----------
    scores : tensor of shape (n_pairs,)
    pairs : BatchPairs
    n_hard : int

    Returns
    -------
    tensor of int, shape (n_items, n_hard)
    """
    number = pairs.table
    score = torch.where(number >= 0, scores[number], -torch.inf)
    hardest = score.topk(min(n_hard, score.shape[1])).indices
    return number.gather(1, hardest)


def pick(values, numbers):
    """values[numbers], but with gradients that add up in the same order every time."""
    return values.index_select(0, numbers.ravel()).view(numbers.shape)


def weighted_mean(values, weights):
    """Sum of weights times values by the sum of weights; 0 where that is 0."""
    total = weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)
    return values.ravel().dot((weights / total).ravel())
