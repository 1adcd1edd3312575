"""Bad input gets a clear error, and a fitted estimator stays as it was."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklearn_dissim import (
    DichotomyTransformer,
    IndexedPairs,
    MaxMarginPairClassifier,
    PairWhitening,
)

RNG = np.random.default_rng(0)
PAIRS = RNG.random((8, 2, 3))
Y = np.arange(8) % 2
FRAME = pd.DataFrame(
    np.hstack([PAIRS[:, 0], PAIRS[:, 1]]),
    columns=["left_a", "left_b", "left_c", "right_a", "right_b", "right_c"],
)


def holding(value):
    array = PAIRS.copy()
    array[5, 1, 2] = value
    return array


BAD_X = {
    "nan": (holding(np.nan), ValueError, "contains NaN.*pair 5"),
    "inf": (holding(np.inf), ValueError, "contains infinity.*pair 5"),
    "nan indexed": (
        IndexedPairs(np.array([[np.nan] * 3, [1, 2, 3]]), np.tile([[1, 0]], (8, 1))),
        ValueError,
        "item 0, used by pair 0",
    ),
    "nan vectors": (holding(np.nan)[:, 1], ValueError, "contains NaN"),
    "nan frame": (FRAME.assign(left_a=np.nan), ValueError, "contains NaN"),
    "empty": (np.empty((0, 2, 3)), ValueError, "0 sample"),
    "empty indexed": (IndexedPairs(np.eye(3), np.empty((0, 2), int)), ValueError, "0 sample"),
    "three sides": (np.zeros((8, 3, 4)), ValueError, r"\(n_pairs, 2, ...\); got \(8, 3, 4\)"),
    "one dimension": (np.zeros(8), ValueError, "Expected 2D array, got 1D"),
    "ragged": ([[[1, 2, 3], [1, 2]]] * 8, ValueError, "inhomogeneous|sequence"),
    "text": (np.full((8, 2, 3), "a"), ValueError, "must be numeric; got dtype <U1"),
    "text objects": (np.full((8, 2, 3), "a", object), ValueError, "numeric.*could not convert"),
    "text vectors": (np.full((8, 3), "a"), ValueError, "must be numeric; got dtype <U1"),
    "text items": (IndexedPairs(["a", "b"], [[0, 1]] * 8), ValueError, "items of numbers"),
    "complex": (PAIRS + 1j, ValueError, "Complex data not supported"),
    "complex items": (
        IndexedPairs(np.eye(3) + 1j, [[0, 1]] * 8),
        ValueError,
        "Complex data not supported",
    ),
    "sparse vectors": (sparse.csr_array(PAIRS[:, 0]), TypeError, "[Ss]parse"),
    "objects": (np.full((8, 2, 3), {}, dtype=object), TypeError, "argument must be"),
    "dates": (np.zeros((8, 2, 3), "datetime64[s]"), ValueError, "must be numeric"),
    "left alone": (FRAME.drop(columns="right_b"), ValueError, r"without a partner: \['left_b'\]"),
    "odd column": (FRAME.assign(price=1.0), ValueError, r"without a partner: \['price'\]"),
    "same name twice": (FRAME[[*FRAME, "left_a"]], ValueError, "two columns of the same name"),
    "none": (None, ValueError, "None|0D|scalar|Expected 2D"),
}

ESTIMATORS = [MaxMarginPairClassifier(), DichotomyTransformer(), PairWhitening()]


@pytest.mark.parametrize("bad", BAD_X)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_bad_pairs_in_fit(estimator, bad):
    X, error, message = BAD_X[bad]
    with pytest.raises(error, match=message):
        estimator.fit(X, Y)


@pytest.mark.parametrize("bad", BAD_X)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_bad_pairs_after_fit_change_nothing(estimator, bad):
    X, error, message = BAD_X[bad]
    fitted = pickle.loads(pickle.dumps(estimator)).fit(PAIRS, Y)
    before = pickle.dumps(fitted)
    method = fitted.predict if hasattr(fitted, "predict") else fitted.transform
    with pytest.raises(error, match=message):
        method(X)
    assert pickle.dumps(fitted) == before


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (np.zeros(8), ValueError, "both labels.*one class"),
        (np.arange(8) % 3, ValueError, "3 classes, expected 2"),
        (Y[:7], ValueError, "8 pairs, y 7 labels"),
        (np.where(Y, np.nan, 0.0), ValueError, "y contains NaN"),
        (np.linspace(0, 1, 8), ValueError, "Unknown label type: continuous"),
        (None, ValueError, "y should be a 1d array"),
        (np.eye(8), ValueError, "y should be a 1d array"),
    ],
    ids=["one class", "three", "short", "nan", "continuous", "none", "2d"],
)
@pytest.mark.parametrize("estimator", [MaxMarginPairClassifier(), PairWhitening()])
def test_bad_labels(estimator, y, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(PAIRS, y)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-np.ones(8), "[Nn]egative"),
        (np.ones(7), "sample_weight.shape"),
        (np.full(8, np.nan), "NaN"),
        (Y.astype(float), "no pair of class"),
    ],
)
@pytest.mark.parametrize("estimator", [MaxMarginPairClassifier(), PairWhitening()])
def test_bad_weights(estimator, weights, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(PAIRS, Y, sample_weight=weights)


def test_a_failed_fit_keeps_the_old_one():
    clf = MaxMarginPairClassifier().fit(PAIRS, Y)
    before = clf.coef_.copy()
    with pytest.raises(ValueError, match="one class"):
        clf.fit(PAIRS, np.zeros(8))
    with pytest.raises(ValueError, match="NaN"):
        clf.fit(RNG.random((8, 2, 5)) * np.nan, Y)
    np.testing.assert_array_equal(clf.coef_, before)
    assert clf.n_features_in_ == 3
    assert clf.predict(PAIRS).shape == (8,)


@pytest.mark.parametrize("estimator", [MaxMarginPairClassifier(), PairWhitening()])
@pytest.mark.parametrize("y", [np.zeros(8), np.arange(8) % 3, Y[:5], None])
def test_a_failed_refit_changes_nothing(estimator, y):
    fitted = estimator.fit(PAIRS, Y)
    before = pickle.dumps(fitted)
    with pytest.raises(ValueError, match="y"):
        fitted.fit(RNG.random((8, 2, 5)), y)
    assert pickle.dumps(fitted) == before


def test_columns_of_indexed_frames_are_compared():
    items = pd.DataFrame(RNG.random((9, 3)), columns=["a", "b", "c"])
    indices = RNG.integers(0, 9, (8, 2))
    clf = MaxMarginPairClassifier().fit(IndexedPairs(items, indices), Y)
    assert clf.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(IndexedPairs(items[["c", "b", "a"]], indices))


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1])
def test_bad_class_weights(weight):
    with pytest.raises(ValueError, match="class_weight must hold finite weights"):
        MaxMarginPairClassifier(class_weight={0: weight, 1: 1.0}).fit(PAIRS, Y)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("shrink_to", ["zero", "equal"])
@pytest.mark.parametrize("pairs", [1e160 * PAIRS, np.float32(1e30) * PAIRS.astype(np.float32)])
def test_differences_past_the_largest_number(pairs, shrink_to):
    clf = MaxMarginPairClassifier(difference="squared", shrink_to=shrink_to)
    with pytest.raises(ValueError, match=r"objective overflows.*Scale the features"):
        clf.fit(pairs, Y)


def test_masked_values():
    masked = np.ma.masked_greater(PAIRS, 0.9)
    with pytest.raises(ValueError, match="masked values"):
        MaxMarginPairClassifier().fit(masked[:, 0], Y)
    with pytest.raises(ValueError, match="X has masked values"):
        MaxMarginPairClassifier().fit(masked, Y)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_another_feature_count(estimator):
    fitted = estimator.fit(PAIRS, Y)
    method = fitted.predict if hasattr(fitted, "predict") else fitted.transform
    for other in (np.zeros((4, 2, 5)), IndexedPairs(np.eye(5), [[0, 1]])):
        with pytest.raises(ValueError, match=r"X has 5 features, but \w+ is expecting 3"):
            method(other)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_unknown_columns(estimator):
    fitted = estimator.fit(FRAME, Y)
    method = fitted.predict if hasattr(fitted, "predict") else fitted.transform
    renamed = FRAME.rename(columns={"left_a": "left_z", "right_a": "right_z"})
    with pytest.raises(ValueError, match=r"(?s)feature names.*- z"):
        method(renamed)


@pytest.mark.parametrize(
    "options",
    [
        {"C": 0},
        {"C": "much"},
        {"margin": -1},
        {"max_norm": 0},
        {"loss": "log"},
        {"difference": "cosine"},
        {"class_weight": "even"},
        {"tol": 0},
        {"max_iter": 0},
        {"nonpositive": "yes"},
    ],
    ids=str,
)
def test_bad_parameters(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"The '{name}' parameter of MaxMarginPairClassifier"):
        MaxMarginPairClassifier(**options).fit(PAIRS, Y)


def test_sparse_items_are_densified():
    items = sparse.random_array((9, 6), density=0.5, rng=0, format="csr")
    indices = RNG.integers(0, 9, (30, 2))
    y = np.arange(30) % 2
    dense = MaxMarginPairClassifier().fit(IndexedPairs(items.toarray(), indices), y)
    clf = MaxMarginPairClassifier().fit(IndexedPairs(items, indices), y)
    np.testing.assert_array_equal(clf.coef_, dense.coef_)
