"""Gaussian identities, and the score that none beats."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.metrics import roc_auc_score

from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier, PairWhitening, make_pairs
from sklearn_dissim.datasets import make_identities, pair_log_likelihood_ratio
from sklearn_dissim.metrics import equal_error_rate_score


def labelled_pairs(sample, seed=0):
    return make_pairs(
        sample.data, sample.identities, negatives_per_positive=2.0, random_state=seed
    )[:2]


def covariances(n_features, seed):
    factors = np.random.default_rng(seed).standard_normal((2, n_features, n_features))
    between, within = factors @ np.swapaxes(factors, 1, 2) + 0.1 * np.eye(n_features)
    return between, within


def pairs_of_the_model(between, within, same, n_pairs, seed):
    """Drawn from the joint covariance of both items, not from the generator's recipe."""
    cross = between if same else np.zeros_like(between)
    joint = np.block([[between + within, cross], [cross, between + within]])
    drawn = np.random.default_rng(seed).multivariate_normal(
        np.zeros(len(joint)), joint, n_pairs, method="cholesky"
    )
    return drawn.reshape(n_pairs, 2, -1)


@given(st.integers(1, 4), st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_the_ratio_is_that_of_the_joint_densities(n_features, seed):
    between, within = covariances(n_features, seed)
    total, nothing = between + within, np.zeros_like(between)
    pairs = np.random.default_rng(seed).standard_normal((5, 2, n_features))
    same = multivariate_normal(cov=np.block([[total, between], [between, total]]))
    different = multivariate_normal(cov=np.block([[total, nothing], [nothing, total]]))
    flat = pairs.reshape(5, -1)
    np.testing.assert_allclose(
        pair_log_likelihood_ratio(pairs, between=between, within=within),
        same.logpdf(flat) - different.logpdf(flat),
        rtol=1e-6,
        atol=1e-6,
    )


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=10)
def test_the_ratio_does_not_depend_on_the_order(seed):
    between, within = covariances(3, seed)
    pairs = np.random.default_rng(seed).standard_normal((6, 2, 3))
    np.testing.assert_allclose(
        pair_log_likelihood_ratio(pairs, between=between, within=within),
        pair_log_likelihood_ratio(pairs[:, ::-1], between=between, within=within),
    )


def test_one_feature_by_hand():
    # B = W = 1: log N(2 sqrt 2; 0, 3) + log N(0; 0, 1) - 2 log N(2; 0, 2), without 2 pi.
    expected = -8 / 6 - np.log(3) / 2 + 2 * (4 / 4 + np.log(2) / 2)
    score = pair_log_likelihood_ratio([[[2.0], [2.0]]], between=[[1.0]], within=[[1.0]])
    np.testing.assert_allclose(score, [expected])


@pytest.mark.parametrize("nuisance", [0.0, 8.0])
def test_no_other_score_beats_the_ratio(nuisance):
    sample = make_identities(200, 6, 12, between=0.8, nuisance=nuisance, random_state=3)
    pairs, y = labelled_pairs(sample)
    left, right = np.swapaxes(np.asarray(pairs), 0, 1)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    whitened = PairWhitening().fit(pairs, y).transform(pairs)
    others = {
        "Euclid": -np.linalg.norm(left - right, axis=1),
        "cosine": (left * right).sum(axis=1) / norms,
        "whitened": -np.linalg.norm(np.diff(np.asarray(whitened), axis=1)[:, 0], axis=1),
        "max-margin": MaxMarginPairClassifier(class_weight="balanced")
        .fit(whitened, y)
        .decision_function(whitened),
    }
    best = roc_auc_score(y, sample.log_likelihood_ratio(pairs))
    for name, scores in others.items():
        assert roc_auc_score(y, scores) < best, name
    if nuisance:
        assert roc_auc_score(y, others["Euclid"]) < best - 0.2


def test_rates_are_those_of_the_model():
    sample = make_identities(800, 4, 8, between=1.2, nuisance=4.0, random_state=0)
    between, within = sample.between_covariance, sample.within_covariance
    drawn = [pairs_of_the_model(between, within, same, 20_000, 1) for same in (False, True)]
    model_y = np.repeat([0, 1], 20_000)
    model_scores = sample.log_likelihood_ratio(np.concatenate(drawn))
    pairs, y = labelled_pairs(sample)
    scores = sample.log_likelihood_ratio(pairs)
    # About four standard errors: pairs of one identity share items.
    assert roc_auc_score(y, scores) == pytest.approx(roc_auc_score(model_y, model_scores), abs=0.01)
    assert equal_error_rate_score(y, scores) == pytest.approx(
        equal_error_rate_score(model_y, model_scores), abs=0.015
    )


def test_the_ratio_is_calibrated():
    # A ratio that is right is the logarithm of its own odds.
    between, within = np.diag([1.0, 0.5]), np.eye(2)
    pairs = np.concatenate(
        [pairs_of_the_model(between, within, same, 40_000, 2) for same in (False, True)]
    )
    y = np.repeat([False, True], 40_000)
    scores = pair_log_likelihood_ratio(pairs, between=between, within=within)
    order = np.argsort(scores)
    for bin_ in np.array_split(order, 8):
        expected = (1 / (1 + np.exp(-scores[bin_]))).mean()
        assert y[bin_].mean() == pytest.approx(expected, abs=0.02)


def test_items_have_the_covariances_they_claim():
    sample = make_identities(
        4000, 4, 3, between=[2.0, 1.0, 0.0], within=0.5, nuisance=3.0, random_state=0
    )
    grouped = sample.data.reshape(4000, 4, 3)
    rest = (grouped - grouped.mean(axis=1, keepdims=True)).reshape(-1, 3)
    within = rest.T @ rest / (4000 * 3)
    between = np.cov(grouped.mean(axis=1).T) - within / 4
    np.testing.assert_allclose(within, sample.within_covariance, atol=0.3)
    np.testing.assert_allclose(between, sample.between_covariance, atol=0.3)
    values = np.linalg.eigvalsh(sample.within_covariance)
    np.testing.assert_allclose(values, [0.25, 9.25, 9.25])


def test_nothing_between_identities_leaves_nothing_to_tell():
    sample = make_identities(5, 2, 4, between=0.0, random_state=0)
    pairs, _ = labelled_pairs(sample)
    np.testing.assert_allclose(sample.log_likelihood_ratio(pairs), 0.0, atol=1e-9)


def test_shapes_seeds_and_pickles():
    sample = make_identities(7, 3, 5, random_state=1)
    again = make_identities(7, 3, 5, random_state=1)
    np.testing.assert_array_equal(sample.data, again.data)
    assert not np.array_equal(sample.data, make_identities(7, 3, 5, random_state=2).data)
    assert sample.data.shape == (21, 5)
    assert sample.identities.tolist() == sorted(list(range(7)) * 3)
    pairs = IndexedPairs(sample.data, [[0, 1], [0, 20]])
    copied = pickle.loads(pickle.dumps(sample))
    np.testing.assert_array_equal(
        copied.log_likelihood_ratio(pairs), sample.log_likelihood_ratio(pairs)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_identities": 0}, "n_identities must be a whole number of at least 1; got 0"),
        ({"n_samples": 2.5}, "n_samples must be a whole number of at least 1; got 2.5"),
        ({"n_features": True}, "n_features must be a whole number of at least 1; got True"),
        ({"n_nuisances": 21}, "n_nuisances must be a whole number from 0 to 20; got 21"),
        ({"within": 0.0}, "within must be greater than 0"),
        ({"within": [1.0, 2.0]}, r"within must be one number or have shape .*\(20,\); got.*\(2,\)"),
        ({"between": -1.0}, "between must hold finite numbers of at least 0; got -1.0"),
        ({"between": "far"}, "between must be numeric; got 'far'"),
        ({"nuisance": np.nan}, "nuisance must hold finite numbers of at least 0; got nan"),
        ({"nuisance": [1.0]}, r"nuisance must be one number; got shape \(1,\)"),
    ],
)
def test_bad_numbers(options, message):
    with pytest.raises(ValueError, match=message):
        make_identities(**options)


@pytest.mark.parametrize(
    ("pairs", "covariance", "message"),
    [
        (np.ones((3, 2)), {}, r"pairs must have shape \(n_pairs, 2, n_features\); got \(3, 2\)"),
        (np.ones((3, 2, 2)), {"within": np.eye(3)}, r"within must have shape .*got \(3, 3\)"),
        (np.ones((3, 2, 2)), {"within": [[1, 0.5], [0, 1]]}, "within must be symmetric"),
        (np.ones((3, 2, 2)), {"within": np.zeros((2, 2))}, "within positive definite"),
        (np.ones((3, 2, 2)), {"between": -3 * np.eye(2)}, "between must be positive semi-def"),
    ],
)
def test_bad_pairs_and_covariances(pairs, covariance, message):
    given_ = {"between": np.eye(2), "within": np.eye(2)} | covariance
    with pytest.raises(ValueError, match=message):
        pair_log_likelihood_ratio(pairs, **given_)
