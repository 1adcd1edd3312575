"""What follows the training: whitened embeddings, and exact heads."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_dissim import IndexedPairs, PairWhitening
from tests.helpers.networks import ConvNet, small


def test_an_exact_head_after_whitening(digits, digit_pairs):
    items, identities = digits
    pairs, y, _ = digit_pairs
    clf = small(backbone=ConvNet, finish=["whiten", "exact"], max_epochs=10)
    clf.fit_identities(items, identities)
    assert clf.dual_gap_ <= clf.tol * clf.objective_
    assert (clf.coef_ <= 0).all()
    assert clf.score(pairs, y) > 0.6


@pytest.mark.parametrize("finish", ["whiten", "exact"])
def test_finishing_uses_training_pairs_alone(iris, finish):
    pairs, y, groups = iris
    clf = small(validation_fraction=0.3, finish=finish)
    before = clf.fit(pairs, y, groups=groups)
    trained_on = {name for pair in _training_groups(clf, pairs, y, groups) for name in pair}
    items = pairs.items.copy()
    others = np.unique(pairs.indices[~np.isin(groups, list(trained_on))])
    items[others] *= 1.5
    after = clone(clf).fit(pairs.over(items), y, groups=groups)
    if finish == "whiten":
        now, then = (clf._fitted.whitening for clf in (after, before))
        np.testing.assert_array_equal(now.mean_, then.mean_)
        np.testing.assert_array_equal(now.components_, then.components_)
    else:
        np.testing.assert_array_equal(after.coef_, before.coef_)


def _training_groups(clf, pairs, y, groups):
    from sklearn_dissim._max_margin.training.tasks import agreed_seed
    from sklearn_dissim._max_margin.training.validation_split import split_pairs

    rng = np.random.default_rng((agreed_seed(clf.random_state, clf.training), 1))
    return groups[split_pairs(groups, 2.0 * y - 1, clf.training.validation_fraction, rng)[0]]


def test_a_whitened_head_leaves_out_pairs_that_weigh_nothing(iris):
    pairs, y, _ = iris
    far = IndexedPairs(np.vstack([pairs.items, 50 * pairs.items]), pairs.indices + 150)
    both = IndexedPairs(far.items, np.vstack([pairs.indices, far.indices]))
    weights = np.repeat([1.0, 0.0], len(y))
    clf = small(finish="whiten")
    with_them = clone(clf).fit(both, np.tile(y, 2), sample_weight=weights)
    without = clone(clf).fit(pairs, y)
    np.testing.assert_allclose(with_them.coef_, without.coef_, rtol=1e-4)
    np.testing.assert_allclose(with_them.intercept_, without.intercept_, rtol=1e-4)


def test_embeddings_are_divided_by_a_power_of_their_length(iris):
    pairs, y, _ = iris
    embeddings = [
        small(finish=PairWhitening(basis="zca", shrinkage=0.5, length_power=power))
        .fit(pairs, y)
        .embed(pairs.items)
        for power in (0.0, 0.5, 1.0)
    ]
    lengths = np.linalg.norm(embeddings[0], axis=1, keepdims=True)
    np.testing.assert_allclose(embeddings[0].mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(embeddings[1], embeddings[0] / np.sqrt(lengths), rtol=1e-6)
    np.testing.assert_allclose(embeddings[2], embeddings[0] / lengths, rtol=1e-6)
