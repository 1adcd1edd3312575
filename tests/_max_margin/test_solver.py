"""The convex solver against other libraries, hand-solved cases and its own certificate."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sklearn_dissim import (
    DichotomyTransformer,
    ItemTransformer,
    MaxMarginPairClassifier,
    make_pairs,
)


def objective(weights, intercept, vectors, signs, *, C=1.0, margin=1.0, loss="hinge", center=0):
    """The problem as the docstring states it."""
    losses = np.maximum(margin - signs * (vectors @ weights + intercept), 0)
    penalty = 0.5 * np.sum((weights - center) ** 2)
    return penalty + C * np.sum(losses if loss == "hinge" else losses**2)


def plain_distance(vectors, y, **options):
    """What `shrink_to="equal"` shrinks to: the weights at a cost that rounding swallows."""
    clf = MaxMarginPairClassifier(1e-15, shrink_to="equal", **options)
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        return clf.fit(vectors, y).coef_[0]


def real_pairs(name):
    """Pairs of real items, with features in their own units unless "scaled"."""
    load = {"wine": load_wine, "digits": load_digits, "cancer": load_breast_cancer}
    X, identities = load[name.split()[0]](return_X_y=True)
    pairs, y, _ = make_pairs(X, identities, positives=400, random_state=0)
    if "scaled" in name:
        pairs = ItemTransformer(StandardScaler()).fit_transform(pairs)
    return pairs, y


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning:sklearn.svm")
@pytest.mark.parametrize("C", 10.0 ** np.arange(-3, 4))
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("name", ["wine", "wine scaled", "digits", "cancer"])
def test_at_least_as_low_as_linear_svc(name, loss, C):
    pairs, y = real_pairs(name)
    vectors = DichotomyTransformer().fit_transform(pairs)
    reference = LinearSVC(
        C=C, loss=loss, dual=loss == "hinge", intercept_scaling=100, tol=1e-6, max_iter=5000
    ).fit(vectors, y)
    ours = MaxMarginPairClassifier(C, loss=loss).fit(pairs, y)
    signs = 2 * y - 1
    reached = objective(ours.coef_[0], ours.intercept_[0], vectors, signs, C=C, loss=loss)
    other = objective(reference.coef_[0], reference.intercept_[0], vectors, signs, C=C, loss=loss)
    assert reached <= 1.001 * other
    assert reached == pytest.approx(ours.objective_, rel=1e-9)
    assert ours.dual_gap_ <= ours.tol * ours.objective_


@pytest.mark.parametrize("C", [1e-3, 1e-1, 10.0])
def test_same_weights_as_libsvm(C):
    # libsvm's intercept is not penalised either: the same problem, another method.
    pairs, y = real_pairs("wine scaled")
    vectors = DichotomyTransformer().fit_transform(pairs)
    reference = SVC(kernel="linear", C=C, tol=1e-9).fit(vectors, y)
    ours = MaxMarginPairClassifier(C, tol=1e-10).fit(pairs, y)
    np.testing.assert_allclose(ours.coef_, reference.coef_, atol=1e-3 * abs(ours.coef_).max())
    np.testing.assert_allclose(ours.intercept_, reference.intercept_, atol=1e-3)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("max_norm", [None, 0.01, 0.3])
@pytest.mark.parametrize("nonpositive", [False, True])
@pytest.mark.parametrize("difference", ["absolute", "squared"])
@pytest.mark.parametrize("shrink_to", ["zero", "equal"])
def test_against_a_general_convex_solver(loss, max_norm, nonpositive, difference, shrink_to):
    rng = np.random.default_rng(0)
    items = rng.standard_normal((40, 5)) * [1, 2, 0.5, 1, 1]
    pairs, y, _ = make_pairs(items, np.arange(40) % 8, negatives_per_positive=1, random_state=0)
    vectors = DichotomyTransformer(difference).fit_transform(pairs)
    signs = 2.0 * y - 1
    n_pairs, n_features = vectors.shape
    center = np.zeros(n_features)
    if shrink_to == "equal":
        center = plain_distance(vectors, y, loss=loss, margin=2.0, max_norm=max_norm)

    # The hinge becomes smooth by slack variables, x = (w, b, xi); its square is smooth.
    n_slacks = n_pairs if loss == "hinge" else 0
    rows = signs[:, None] * np.c_[vectors, np.ones(n_pairs)]

    def value(x):
        slack = x[n_features + 1 :] if n_slacks else np.maximum(2 - rows @ x, 0) ** 2
        return 0.5 * np.sum((x[:n_features] - center) ** 2) + 0.5 * slack.sum()

    def gradient(x):
        if n_slacks:
            return np.concatenate([x[:n_features] - center, [0], np.full(n_pairs, 0.5)])
        return np.append(x[:n_features] - center, 0) - np.maximum(2 - rows @ x, 0) @ rows

    constraints = []
    if n_slacks:
        wide = np.hstack([rows, np.eye(n_pairs)])
        constraints.append({"type": "ineq", "fun": lambda x: wide @ x - 2, "jac": lambda _: wide})
    if max_norm:
        constraints.append({"type": "ineq", "fun": lambda x: max_norm**2 - x[:5] @ x[:5]})
    bounds = [(None, 0 if nonpositive else None)] * n_features + [(None, None)]
    bounds += [(0, None)] * n_slacks
    reference = minimize(
        value,
        np.concatenate([np.zeros(n_features + 1), np.full(n_slacks, 2.0)]),
        jac=gradient,
        bounds=bounds,
        constraints=constraints,
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-10},
    )
    assert reference.success
    ours = MaxMarginPairClassifier(
        0.5,
        shrink_to=shrink_to,
        margin=2.0,
        loss=loss,
        max_norm=max_norm,
        nonpositive=nonpositive,
        difference=difference,
        tol=1e-8,
    ).fit(pairs, y)
    weights = ours.coef_[0]
    assert objective(
        weights, ours.intercept_[0], vectors, signs, C=0.5, margin=2.0, loss=loss, center=center
    ) == pytest.approx(reference.fun, rel=1e-5)
    assert np.linalg.norm(weights) <= (max_norm or np.inf) * (1 + 1e-12)
    assert not nonpositive or (weights <= 0).all()


def test_hand_solved_hinge():
    # Same at d = 0, different at d = 2; separable: the widest margin has w = -1, b = 1.
    clf = MaxMarginPairClassifier(C=100.0, tol=1e-10).fit([[0.0], [2.0]], [1, 0])
    np.testing.assert_allclose(clf.coef_, [[-1]], atol=1e-6)
    np.testing.assert_allclose(clf.intercept_, [1], atol=1e-6)
    # With C = 1/8 both pairs are inside the margin, both duals at C: w = -C * 2.
    clf = MaxMarginPairClassifier(C=0.125, tol=1e-10).fit([[0.0], [2.0]], [1, 0])
    np.testing.assert_allclose(clf.coef_, [[-0.25]], atol=1e-6)


def test_hand_solved_squared_hinge():
    # d = 0 and 2, by symmetry b = -w; minimise w^2 / 2 + 2 C (1 + w)^2: w = -4 C / (1 + 4 C).
    for C in (0.01, 1.0, 50.0):
        clf = MaxMarginPairClassifier(C, loss="squared_hinge", tol=1e-14)
        clf.fit([[0.0], [2.0]], [1, 0])
        np.testing.assert_allclose(clf.coef_[0, 0], -4 * C / (1 + 4 * C), rtol=1e-6)
        np.testing.assert_allclose(clf.intercept_, -clf.coef_[0], rtol=1e-6)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_hand_solved_shrinking_to_the_plain_distance(loss):
    # Same at d = (0, 0), different at (2, 0): equal weights of -1 and b = 1 violate nothing, so
    # they stay, also that of the feature in which no pair differs. Towards 0 it would be 0.
    for C in (1e-6, 1.0, 1e3):
        clf = MaxMarginPairClassifier(C, shrink_to="equal", loss=loss, tol=1e-10)
        clf.fit([[0.0, 0.0], [2.0, 0.0]], [1, 0])
        np.testing.assert_allclose(clf.coef_, [[-1, -1]], atol=1e-5)
        np.testing.assert_allclose(clf.intercept_, [1], atol=1e-5)


def test_a_small_cost_is_the_plain_distance_that_fits_best():
    pairs, y = real_pairs("wine scaled")
    vectors = DichotomyTransformer().fit_transform(pairs)
    center = plain_distance(pairs, y, loss="squared_hinge", tol=1e-12)
    np.testing.assert_allclose(center, center[0], rtol=1e-9)
    shares = 1 / np.where(y == 1, (y == 1).sum(), (y == 0).sum())

    def loss(x):  # labels weigh the same
        slacks = np.maximum(1 - (2 * y - 1) * (x[0] * vectors.sum(1) + x[1]), 0)
        return shares @ slacks**2

    best = minimize(loss, [-0.1, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 0})
    assert center[0] == pytest.approx(best.x[0], rel=1e-5)


def test_hand_solved_constraints():
    # The features speak for a positive weight on the second: held at 0 by nonpositive.
    vectors, y = [[0.0, 2.0], [2.0, 0.0]], [1, 0]
    clf = MaxMarginPairClassifier(100.0, nonpositive=True, tol=1e-10).fit(vectors, y)
    np.testing.assert_allclose(clf.coef_, [[-1, 0]], atol=1e-6)
    clf = MaxMarginPairClassifier(100.0, max_norm=0.1, tol=1e-10).fit(vectors, y)
    np.testing.assert_allclose(clf.coef_, [[-0.1 / np.sqrt(2), 0.1 / np.sqrt(2)]], atol=1e-6)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_optimality_conditions(loss):
    pairs, y = real_pairs("wine scaled")
    vectors, signs = DichotomyTransformer().fit_transform(pairs), 2.0 * y - 1
    clf = MaxMarginPairClassifier(0.1, loss=loss, nonpositive=True, tol=1e-11).fit(pairs, y)
    slacks = 1 - signs * clf.decision_function(pairs)
    if loss == "squared_hinge":
        duals = 0.2 * np.maximum(slacks, 0)
        gradient = clf.coef_[0] - (duals * signs) @ vectors
        at_bound = clf.coef_[0] == 0
        assert at_bound.any()
        assert not at_bound.all()
        np.testing.assert_allclose(gradient[~at_bound], 0, atol=1e-4)
        assert (gradient[at_bound] < 1e-4).all()
        np.testing.assert_allclose(duals @ signs, 0, atol=1e-4)
    else:  # at the kink duals are free: the intercept's condition brackets 0
        certain = 0.1 * signs * (slacks > 1e-4)
        undecided = 0.1 * (abs(slacks) <= 1e-4).sum()
        assert abs(certain.sum()) <= undecided


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    log_C=st.floats(-3, 3),
    loss=st.sampled_from(["hinge", "squared_hinge"]),
    max_norm=st.none() | st.floats(1e-2, 10),
    nonpositive=st.booleans(),
    shrink_to=st.sampled_from(["zero", "equal"]),
)
def test_no_feasible_point_beats_the_certificate(
    seed, log_C, loss, max_norm, nonpositive, shrink_to
):
    rng = np.random.default_rng(seed)
    vectors = rng.random((30, 4)) * 10.0 ** rng.integers(-2, 3, 4)
    y = rng.permutation(np.arange(30) % 2)
    options = {"loss": loss, "max_norm": max_norm, "nonpositive": nonpositive}
    clf = MaxMarginPairClassifier(10**log_C, shrink_to=shrink_to, **options).fit(vectors, y)
    center = plain_distance(vectors, y, **options) if shrink_to == "equal" else 0
    assert 0 <= clf.dual_gap_ <= clf.tol * clf.objective_
    lower_bound = clf.objective_ - clf.dual_gap_
    for scale in 10.0 ** np.arange(-6, 1):
        w = clf.coef_[0] * (1 + scale * rng.standard_normal(4))
        w += scale * rng.standard_normal(4) * abs(clf.coef_).max()
        if nonpositive:
            w = np.minimum(w, 0)
        if max_norm:
            w *= min(1, max_norm / max(np.linalg.norm(w), 1e-300))
        b = clf.intercept_[0] + scale * rng.standard_normal()
        value = objective(w, b, vectors, 2 * y - 1, C=10**log_C, loss=loss, center=center)
        assert value >= lower_bound * (1 - 1e-9)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_a_warm_start_leads_to_the_same_minimum(loss):
    # More pairs than are solved from zero: a tenth of them is solved first.
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(60), 10)
    items = rng.standard_normal((60, 8))[identities] + 0.7 * rng.standard_normal((600, 8))
    pairs, y, _ = make_pairs(items, identities, negatives_per_positive=20, random_state=0)
    assert len(pairs) > 40_000
    vectors = DichotomyTransformer().fit_transform(pairs)
    ours = MaxMarginPairClassifier(0.01, loss=loss).fit(pairs, y)
    dense = MaxMarginPairClassifier(0.01, loss=loss).fit(vectors, y)
    assert ours.objective_ == pytest.approx(dense.objective_, rel=2e-5)
    assert ours.dual_gap_ <= 1e-5 * ours.objective_


def test_more_features_than_the_preconditioner_holds():
    rng = np.random.default_rng(0)
    items = rng.standard_normal((300, 2100)).astype(np.float32)
    items[:, :5] += 5 * np.repeat(np.eye(5), 60, axis=0)
    pairs, y, _ = make_pairs(items, np.repeat(np.arange(5), 60), positives=1000, random_state=0)
    clf = MaxMarginPairClassifier(1e-3, loss="squared_hinge").fit(pairs, y)
    assert clf.dual_gap_ <= 1e-5 * clf.objective_


@pytest.mark.parametrize("C", [1e2, 1e4, 1e6])
@pytest.mark.parametrize("seed", range(3))
def test_separable_with_fewer_pairs_than_features(C, seed):
    rng = np.random.default_rng(seed)
    vectors, y = abs(rng.standard_normal((20, 100))), np.arange(20) % 2
    vectors[y == 1] *= 0.7
    clf = MaxMarginPairClassifier(C, nonpositive=True).fit(vectors, y)
    assert clf.dual_gap_ <= 1e-5 * clf.objective_
    assert clf.score(vectors, y) == 1


@pytest.mark.parametrize("options", [{}, {"nonpositive": True}, {"max_norm": 0.1}], ids=str)
def test_many_features(options):
    vectors = abs(np.random.default_rng(0).standard_normal((120, 2500)))
    clf = MaxMarginPairClassifier(1.0, loss="squared_hinge", **options)
    clf.fit(vectors, np.arange(120) % 2)
    assert clf.dual_gap_ <= 1e-5 * clf.objective_


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_a_million_pairs(loss):
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(1000), 20)
    items = rng.standard_normal((20_000, 256), np.float32)
    items += rng.standard_normal((1000, 256), np.float32)[identities]
    pairs, y, _ = make_pairs(
        items, identities, negatives_per_positive=1_000_000 / 190_000 - 1, random_state=0
    )
    assert len(pairs) == 1_000_000
    clf = MaxMarginPairClassifier(0.01, loss=loss, nonpositive=True).fit(pairs, y)
    assert clf.dual_gap_ <= 1e-5 * clf.objective_


def test_stopping_early_warns_with_the_gap():
    pairs, y = real_pairs("wine")
    with pytest.warns(ConvergenceWarning, match="relative duality gap of .* above"):
        clf = MaxMarginPairClassifier(max_iter=2).fit(pairs, y)
    assert clf.dual_gap_ > clf.tol * clf.objective_
    assert clf.n_iter_ <= 2
