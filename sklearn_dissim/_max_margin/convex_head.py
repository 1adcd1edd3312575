"""The convex problem: weights and intercept for fixed dissimilarity vectors."""

from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_dissim._kernels.dissimilarity_matrix import VectorMatrix
from sklearn_dissim._max_margin.problem import MaxMarginProblem
from sklearn_dissim._max_margin.solver import solve
from sklearn_dissim._utils.user_warnings import warn_user

# The cost of all pairs of a label at which the penalty no longer counts: a head of one weight
# and one intercept needs no penalty, but to choose among several that cost nothing.
_UNPENALISED = 1e6
_EQUAL_TOL, _EQUAL_STEPS = 1e-5, 1000  # for a head of two numbers


def fit_head(objective, matrix, signs, weights, *, tol, max_iter, verbose=False):
    """Solve the problem that an objective poses for pairs with weights.

    Parameters
    ----------
    objective : Objective
    matrix : VectorMatrix or PairMatrix
        Dissimilarity vectors of the pairs.
    signs, weights : ndarrays of shape (n_pairs,)
        +1 for same and -1 for different; the weights s.
    tol : float
        Largest duality gap, as a share of the objective.
    max_iter : int
        Largest number of Newton steps.
    verbose : bool, default=False
        Print the gap after each stage.

    Returns
    -------
    solution : Solution
    C : float
        The cost that was used.
    """
    center = np.zeros(matrix.shape[1])
    if objective.shrink_to == "equal":
        center += fit_equal_head(objective, matrix, signs, weights)[0]
    C = automatic_cost(matrix, weights) if objective.C == "auto" else float(objective.C)
    options = {"tol": tol, "max_iter": max_iter, "verbose": verbose}
    return _solved(objective, matrix, signs, C * weights, center, **options), C


def fit_equal_head(objective, matrix, signs, weights):
    """Find one weight for all features, and the intercept; both labels weigh the same in all.

    Returns
    -------
    weight, intercept : float
    """
    # A weight u of the sum of n differences over sqrt(n) is a vector of n weights u / sqrt(n),
    # whose norm is u: so max_norm means what it means for n weights.
    n_features = matrix.shape[1]
    root = np.sqrt(n_features)
    same = signs > 0
    label_totals = np.where(same, weights[same].sum(), weights[~same].sum())
    sums = matrix.dot(np.ones(n_features)).astype(np.float64) / root
    with np.errstate(over="ignore"):
        square = np.mean(np.square(sums))
    # The loss against the penalty must not depend on the unit of the differences.
    unit = square if 0 < square < np.inf else 1.0
    costs = weights / label_totals * _UNPENALISED / unit
    solution = _solved(
        replace(objective, nonpositive=True),
        VectorMatrix(sums[:, np.newaxis]),
        signs,
        costs,
        np.zeros(1),
        tol=_EQUAL_TOL,
        max_iter=_EQUAL_STEPS,
    )
    return solution.weights[0] / root, solution.intercept


def automatic_cost(matrix, weights):
    r"""Return C such that neither the number of pairs nor the unit of their differences matters.

    .. math:: C = 200 / (n_{features} \, \bar d^2 \sum_i s_i)

    with the weighted mean :math:`\bar d` of all differences.
    """
    n_features = matrix.shape[1]
    with np.errstate(over="ignore"):
        mean = weights @ matrix.sizes() / (weights.sum() * n_features)
        scale = weights.sum() * n_features * np.square(mean)
    return 200.0 / scale if 0 < scale < np.inf else 1.0


def _solved(objective, matrix, signs, costs, center, *, tol, max_iter, verbose=False):
    """Solve one problem, and warn if the solver stopped before the gap was small enough."""
    if not costs.all():  # pairs that cost nothing would only slow the sums down
        counted = np.flatnonzero(costs)
        matrix, signs, costs = matrix.take(counted), signs[counted], costs[counted]
    problem = MaxMarginProblem(
        matrix,
        signs,
        costs,
        objective.margin,
        objective.loss_function,
        center,
        objective.nonpositive,
        objective.norm_bound,
    )
    report = _print_progress if verbose else None
    solution = solve(problem, tol=tol, max_iter=max_iter, report=report)
    if not solution.gap <= problem.gap_allowed(tol, solution.objective):
        warn_user(
            f"The solver stopped after max_iter={max_iter} steps with a relative "
            f"duality gap of {solution.gap / solution.objective:.1e}, above "
            f"tol={tol:.1e}. Scale the features or raise max_iter.",
            ConvergenceWarning,
        )
    return solution


def _print_progress(n_iter, objective, gap):
    print(
        f"[MaxMarginPairClassifier] step {n_iter}: objective {objective:.6g}, gap {gap:.1e}",
        flush=True,
    )
