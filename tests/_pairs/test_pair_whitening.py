import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from sklearn_dissim import IndexedPairs, PairWhitening, make_pairs
from sklearn_dissim._pairs.scatter import pair_scatter
from tests.conftest import KINDS, convert


def differences(pairs):
    array = np.asarray(pairs)
    return array[:, 0] - array[:, 1]


def test_scatter_is_the_mean_outer_product_of_differences():
    rng = np.random.default_rng(0)
    pairs = IndexedPairs(rng.standard_normal((9, 4)), rng.integers(0, 9, (50, 2)))
    weights = rng.random(50)
    d = differences(pairs)
    np.testing.assert_allclose(
        pair_scatter(pairs.items, pairs.indices, weights),
        (weights[:, None] * d).T @ d / weights.sum(),
    )


def test_whitens_same_pairs_and_diagonalises_different_ones(iris):
    pairs, y, _ = iris
    whitening = PairWhitening(shrinkage=0.0).fit(pairs, y)
    out = whitening.transform(pairs)
    same, different = (differences(out[y == label]) for label in (1, 0))
    np.testing.assert_allclose(same.T @ same / len(same), np.eye(4), atol=1e-8)
    np.testing.assert_allclose(
        different.T @ different / len(different), np.diag(whitening.ratios_), atol=1e-8
    )
    assert (np.diff(whitening.ratios_) <= 0).all()


def test_same_subspace_as_discriminant_analysis():
    # With all pairs of equally frequent classes both solve the same eigenproblem.
    X, identities = load_wine(return_X_y=True)
    rows = np.concatenate([np.flatnonzero(identities == k)[:40] for k in range(3)])
    X, identities = X[rows], identities[rows]
    pairs, y, _ = make_pairs(X, identities, negatives_per_positive="all")
    ours = PairWhitening(2, shrinkage=0.0).fit(pairs, y).transform(X)
    lda = LinearDiscriminantAnalysis(solver="eigen").fit(X, identities).transform(X)
    for k in range(2):
        assert abs(np.corrcoef(ours[:, k], lda[:, k])[0, 1]) == pytest.approx(1, abs=1e-6)


def test_units_of_the_features_do_not_matter(iris):
    pairs, y, _ = iris
    rescaled = IndexedPairs(pairs.items * [1e-4, 1, 1e5, 30], pairs.indices)
    plain, other = (
        PairWhitening(shrinkage=0.0).fit(p, y).transform(p).items for p in (pairs, rescaled)
    )
    np.testing.assert_allclose(abs(other), abs(plain), atol=1e-6)  # signs are free


def test_keeps_the_container_and_agrees_across_kinds(iris):
    pairs, y, _ = iris
    expected = PairWhitening(2).fit(pairs, y).transform(pairs)
    for kind in KINDS[:3]:
        X = convert(pairs, kind)
        out = PairWhitening(2).fit(X, y).transform(X)
        assert type(out) is type(X)
        np.testing.assert_allclose(
            differences(out) if kind != "frame" else out.iloc[:, :2] - out.iloc[:, 2:].to_numpy(),
            differences(expected),
            atol=1e-8,
        )
    assert out.columns[0] == "left_pairwhitening0"


def test_transforms_items(iris):
    pairs, y, _ = iris
    whitening = PairWhitening().fit(pairs, y)
    np.testing.assert_allclose(whitening.transform(pairs.items), whitening.transform(pairs).items)


def test_fitted_on_vectors_it_passes_them_through(iris):
    vectors = convert(iris[0], "vectors")
    np.testing.assert_array_equal(PairWhitening().fit(vectors, iris[1]).transform(vectors), vectors)


def test_weights_count_pairs(iris):
    pairs, y, _ = iris
    weights = np.arange(len(y)) % 3
    repeated = np.repeat(np.arange(len(y)), weights)
    weighted = PairWhitening().fit(pairs, y, sample_weight=weights)
    np.testing.assert_allclose(
        weighted.ratios_, PairWhitening().fit(pairs[repeated], y[repeated]).ratios_
    )


def test_keeps_single_precision(images):
    y = np.arange(12) % 2
    out = PairWhitening(3).fit(images, y).transform(images)
    assert out.items.dtype == np.float32
    assert out.items.shape == (6, 3)


def test_more_components_than_features(iris):
    with pytest.raises(ValueError, match=r"n_components must be at most .* 4; got 5"):
        PairWhitening(5).fit(iris[0], iris[1])


def test_singular_scatter_asks_for_shrinkage(images):
    y = np.arange(12) % 2
    with pytest.raises(ValueError, match=r"shrinkage must be greater than 0, got 0\.0"):
        PairWhitening(shrinkage=0.0).fit(images, y)


def test_constant_items():
    pairs = IndexedPairs(np.ones((4, 3)), [[0, 1], [2, 3]])
    with pytest.raises(ValueError, match="each same pair are equal"):
        PairWhitening().fit(pairs, [0, 1])


def test_zca_whitens_same_pairs_and_moves_items_least(iris):
    pairs, y, _ = iris
    zca = PairWhitening(basis="zca", shrinkage=0.0).fit(pairs, y)
    discriminant = PairWhitening(shrinkage=0.0).fit(pairs, y)
    left, right = (zca.transform(pairs.items)[side] for side in pairs.indices[y == 1].T)
    np.testing.assert_allclose((left - right).T @ (left - right) / len(left), np.eye(4), atol=1e-8)
    np.testing.assert_allclose(zca.components_, zca.components_.T)
    # Both bases whiten, so one is a rotation of the other.
    rotation = discriminant.components_ @ np.linalg.inv(zca.components_)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(4), atol=1e-8)
    items = pairs.items - zca.mean_
    moved = [np.linalg.norm(w.transform(pairs.items) - items) for w in (zca, discriminant)]
    assert moved[0] < moved[1]


def test_length_power_divides_by_a_power_of_the_length(iris):
    pairs, y, _ = iris
    plain, root, unit = (
        PairWhitening(length_power=power).fit(pairs, y).transform(pairs.items)
        for power in (0.0, 0.5, 1.0)
    )
    lengths = np.linalg.norm(plain, axis=1, keepdims=True)
    np.testing.assert_allclose(root, plain / np.sqrt(lengths))
    np.testing.assert_allclose(unit, plain / lengths)
    mean = PairWhitening(length_power=1.0).fit(pairs, y)
    np.testing.assert_array_equal(mean.transform(mean.mean_[np.newaxis]), np.zeros((1, 4)))


def test_zca_keeps_all_components(iris):
    pairs, y, _ = iris
    with pytest.raises(ValueError, match="n_components=2 needs basis='discriminant'"):
        PairWhitening(2, basis="zca").fit(pairs, y)


def test_vectors_pass_through_at_any_length_power(iris):
    vectors = np.abs(np.subtract(*np.asarray(iris[0]).swapaxes(0, 1)))
    whitening = PairWhitening(basis="zca", length_power=1.0).fit(vectors, iris[1])
    np.testing.assert_array_equal(whitening.transform(vectors), vectors)
