"""Which pairs of a batch enter the loss, and how: pure functions on tensors."""

import torch


def pair_loss(scores, pairs, *, margin, loss, negatives):
    r"""Return the mean loss of the pairs chosen from a batch.

    With a loss h of slacks, and y = +1 for same pairs, -1 for different ones:

    - "all": the mean of :math:`h(margin - y s)` over all pairs;
    - "ranking": the mean over same pairs, plus the mean over each item's hardest different
      pair (that of the highest score), plus the mean of :math:`h(margin - s^+ + s^-)` over
      the same pairs :math:`s^+` of an item and its hardest different pair :math:`s^-`.

    Parameters
    ----------
    scores : tensor of shape (n_pairs,)
    pairs : BatchPairs
    margin : float
    loss : Hinge or SquaredHinge
        Its `value` is h.
    negatives : {"all", "ranking"}

    Returns
    -------
    tensor
        A scalar.
    """
    losses = loss.value(margin - pairs.signs * scores)
    if negatives == "all":
        return weighted_mean(losses, pairs.weights)
    same = pairs.signs > 0
    hardest = hardest_negatives(scores.detach(), pairs)
    of_items = hardest[hardest >= 0]
    of_same = weighted_mean(losses[same], pairs.weights[same])
    of_different = weighted_mean(pick(losses, of_items), pairs.weights[of_items])
    return of_same + of_different + _ranking_loss(scores, pairs, same, hardest, margin, loss)


def _ranking_loss(scores, pairs, same, hardest, margin, loss):
    positives = same.nonzero().ravel().repeat(2)  # each seen from either of its items
    anchors = torch.cat([pairs.left[same], pairs.right[same]])
    rivals = hardest[anchors]
    slack = margin - pick(scores, positives) + pick(scores, rivals.clamp(min=0))
    weights = pairs.weights[positives] * pairs.weights[rivals] * (rivals >= 0)
    return weighted_mean(loss.value(slack), weights)


def hardest_negatives(scores, pairs):
    """Return the number of each item's different pair of highest score; -1 if it has none.

    Parameters
    ----------
    scores : tensor of shape (n_pairs,)
    pairs : BatchPairs

    Returns
    -------
    tensor of int, shape (n_items,)
    """
    number = pairs.table
    score = torch.where(number >= 0, scores[number], -torch.inf)
    return number.gather(1, score.argmax(1, keepdim=True)).squeeze(1)


def pick(values, numbers):
    """Return values[numbers], with gradients that add up in the same order every time."""
    return values.index_select(0, numbers)


def weighted_mean(values, weights):
    """Return the sum of weights times values by the sum of weights; 0 where that is 0."""
    total = weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)
    return values.dot(weights / total)
