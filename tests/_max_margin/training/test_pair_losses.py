"""Which pairs enter the loss: against hand-solved cases, plain loops and finite differences."""

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_dissim._max_margin.losses import LOSSES, SquaredHinge
from sklearn_dissim._max_margin.objective import Objective
from sklearn_dissim._max_margin.training.batches import BatchPairs
from sklearn_dissim._max_margin.training.pair_losses import hardest_negatives, pair_loss
from sklearn_dissim._max_margin.training.pair_module import PairModule
from sklearn_dissim.layers import L2Normalize


def batch_pairs(codes, weights=None):
    left, right = np.triu_indices(len(codes), 1)
    codes = np.asarray(list(codes))
    signs = np.where(codes[left] == codes[right], 1.0, -1.0)
    weights = np.ones(len(signs)) if weights is None else weights
    left, right, signs, weights = (torch.as_tensor(a) for a in (left, right, signs, weights))
    return BatchPairs(left, right, signs, weights, len(codes))


def loss_of(scores, pairs, negatives, *, margin=1.0, loss="hinge"):
    scores = torch.as_tensor(np.asarray(scores, dtype=np.float64))
    options = {"margin": margin, "loss": LOSSES[loss](), "negatives": negatives}
    return pair_loss(scores, pairs, **options).item()


# Items a1 a2 b1 b2; pairs a1a2 (same), a1b1, a1b2, a2b1, a2b2, b1b2 (same).
SCORES = [0.5, -3.0, 0.0, -0.5, -2.0, 2.0]
# Their hinges at margin 1: 0.5, 0, 1, 0.5, 0, 0.


@pytest.mark.parametrize(
    ("negatives", "expected"),
    [
        ("all", 2.0 / 6),
        # same: (0.5 + 0) / 2; hardest of a1: a1b2 1, a2: a2b1 .5, b1: a2b1 .5, b2: a1b2 1;
        # rank: a1: 1 - .5 + 0, a2: 1 - .5 - .5, b1: 1 - 2 - .5 < 0, b2: 1 - 2 + 0 < 0
        ("ranking", 0.25 + 3.0 / 4 + 0.5 / 4),
    ],
)
def test_hand_solved(negatives, expected):
    assert loss_of(SCORES, batch_pairs("aabb"), negatives) == pytest.approx(expected)


def test_squared_hinge_by_hand():
    pairs = batch_pairs("aabb")
    assert loss_of(SCORES, pairs, "all", loss="squared_hinge") == pytest.approx(1.5 / 6)


def reference(scores, codes, margin):
    n = len(codes)
    score = np.zeros((n, n))
    score[np.triu_indices(n, 1)] = scores
    score += score.T
    same = [(i, j) for i in range(n) for j in range(i) if codes[i] == codes[j]]
    loss = np.mean([max(0, margin - score[p]) for p in same])
    hardest = {
        i: max((j for j in range(n) if codes[i] != codes[j]), key=lambda j: score[i, j])
        for i in range(n)
    }
    loss += np.mean([max(0, margin + score[i, j]) for i, j in hardest.items()])
    both = same + [(j, i) for i, j in same]
    return loss + np.mean([max(0, margin - score[i, j] + score[i, hardest[i]]) for i, j in both])


def test_agrees_with_plain_loops():
    rng = np.random.default_rng(0)
    codes = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])
    pairs = batch_pairs(codes)
    scores = rng.normal(size=len(pairs.signs))
    ours = loss_of(scores, pairs, "ranking", margin=0.7)
    assert ours == pytest.approx(reference(scores, codes, 0.7))


@pytest.mark.parametrize("negatives", ["all", "ranking"])
def test_a_pair_of_weight_two_counts_twice(negatives):
    codes = "aabb"
    weights = np.array([1.0, 1.0, 2.0, 1.0, 1.0, 1.0])
    once, twice = batch_pairs(codes), batch_pairs(codes, weights)
    plain = loss_of(SCORES, once, negatives)
    assert loss_of(SCORES, batch_pairs(codes, np.full(6, 3.0)), negatives) == pytest.approx(plain)
    assert loss_of(SCORES, twice, negatives) > plain  # it violates its margin most


@pytest.mark.parametrize("negatives", ["all", "ranking"])
def test_nothing_to_learn_is_no_loss(negatives):
    assert loss_of([9.0, -9, -9, -9, -9, 9.0], batch_pairs("aabb"), negatives) == 0.0


def test_items_without_different_pairs_have_no_hardest_one():
    pairs = batch_pairs("aaa")
    assert hardest_negatives(torch.zeros(3), pairs).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("negatives", ["all", "ranking"])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("last", [[], [L2Normalize()]], ids=["any length", "unit length"])
def test_gradients_by_finite_differences(negatives, difference, last):
    torch.manual_seed(0)
    codes = np.repeat([0, 1, 2], 3)
    items = torch.randn(9, 4, dtype=torch.float64)
    backbone = nn.Sequential(nn.Linear(4, 3), *last)
    module = PairModule(backbone, 3, Objective(difference=difference, nonpositive=True)).double()
    pairs = batch_pairs(codes)
    module.start_uniform(module.embed(items), pairs, 1.0, small=False)
    names = [name for name, _ in module.named_parameters()]

    def loss(*values):
        def run():
            scores = module.scores(module.embed(items), pairs.left, pairs.right)
            return pair_loss(scores, pairs, margin=1.0, loss=SquaredHinge(), negatives=negatives)

        named = {f"module.{n}": v for n, v in zip(names, values, strict=True)}
        return torch.func.functional_call(_Wrapped(module, run), named, ())

    start = [p.detach().clone().requires_grad_() for p in module.parameters()]
    assert torch.autograd.gradcheck(loss, start, eps=1e-7, atol=1e-5)


class _Wrapped(nn.Module):
    def __init__(self, module, run):
        super().__init__()
        self.module, self._run = module, run

    def forward(self):
        return self._run()
