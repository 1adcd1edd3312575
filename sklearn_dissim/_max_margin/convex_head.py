"""The convex path: a linear head on fixed dissimilarity vectors, solved to a certificate."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_dissim._kernels.dissimilarity_matrix import VectorMatrix
from sklearn_dissim._max_margin.losses import LOSSES
from sklearn_dissim._max_margin.problem import MaxMarginProblem
from sklearn_dissim._max_margin.solver import solve

_FREELY = 1e6  # cost of all pairs of a label; beside it the penalty counts for nothing


def solve_head(settings, matrix, signs, costs, *, nonpositive, verbose, center=None):
    """Weights and intercept for a matrix of dissimilarity vectors.

    Parameters
    ----------
    settings : MaxMarginPairClassifier
        Its parameters are read.
    matrix : VectorMatrix or PairMatrix
    signs, costs : ndarrays of shape (n_pairs,)
    nonpositive, verbose : bool
    center : ndarray of shape (n_features,), default=None
        The weights that cost nothing; default: 0.

    Returns
    -------
    Solution
    """
    if not costs.all():
        counted = np.flatnonzero(costs)
        matrix, signs, costs = matrix.take(counted), signs[counted], costs[counted]
    problem = MaxMarginProblem(
        matrix,
        signs,
        costs,
        settings.margin,
        LOSSES[settings.loss](),
        np.zeros(matrix.shape[1]) if center is None else center,
        nonpositive,
        np.inf if settings.max_norm is None else settings.max_norm,
    )
    solution = solve(
        problem,
        tol=settings.tol,
        max_iter=settings.max_iter,
        report=_print_progress if verbose else None,
    )
    if not solution.gap <= problem.gap_allowed(settings.tol, solution.objective):
        warnings.warn(
            f"The solver stopped after max_iter={settings.max_iter} steps with a relative "
            f"duality gap of {solution.gap / solution.objective:.1e}, above "
            f"tol={settings.tol:.1e}. Scale the features or raise max_iter.",
            ConvergenceWarning,
            stacklevel=4,
        )
    return solution


def automatic_cost(matrix, weights):
    """The C with which the number of pairs and the unit of their differences do not matter."""
    n_features = matrix.shape[1]
    with np.errstate(over="ignore"):
        mean = weights @ matrix.sizes() / (weights.sum() * n_features)
        scale = weights.sum() * n_features * np.square(mean)
    return 200.0 / scale if 0 < scale < np.inf else 1.0


def solve_equal_head(settings, matrix, signs, weights):
    """One weight for all features, and the intercept; both labels weigh the same in all.

    Of two numbers no penalty is needed but to choose one of several that cost nothing.

    Parameters
    ----------
    settings : MaxMarginPairClassifier
    matrix : VectorMatrix or PairMatrix
    signs, weights : ndarrays of shape (n_pairs,)

    Returns
    -------
    weight : float
    intercept : ndarray of shape (1,)
    """
    # A weight u of totals / sqrt(n) is a vector of n weights u / sqrt(n), of norm u.
    n_features = matrix.shape[1]
    root = np.sqrt(n_features)
    same = signs > 0
    by_label = np.where(same, weights[same].sum(), weights[~same].sum())
    totals = matrix.dot(np.ones(n_features)).astype(np.float64) / root
    with np.errstate(over="ignore"):
        square = np.mean(np.square(totals))
    costs = weights / by_label * _FREELY / (square if 0 < square < np.inf else 1.0)
    total = VectorMatrix(totals[:, np.newaxis])
    solution = solve_head(settings, total, signs, costs, nonpositive=True, verbose=False)
    return solution.weights[0] / root, np.array([solution.intercept])


def _print_progress(n_iter, objective, gap):
    print(
        f"[MaxMarginPairClassifier] step {n_iter}: objective {objective:.6g}, gap {gap:.1e}",
        flush=True,
    )
