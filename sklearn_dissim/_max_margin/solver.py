"""Solve the convex max-margin problem, stage by stage, to a certified duality gap."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from sklearn_dissim._kernels.dissimilarity_matrix import ScaledMatrix
from sklearn_dissim._max_margin.losses import SquaredHinge
from sklearn_dissim._max_margin.newton import minimise_stage

_MANY_PAIRS = 40_000  # pairs from which a tenth of them is solved first
_STEPS_PER_STAGE = 50
_N_SIZED = 1000  # pairs whose differences tell the size of all


@dataclass(frozen=True)
class Solution:
    """Hold weights, and their certificate: the minimum is above ``objective - gap``."""

    weights: np.ndarray
    intercept: float
    objective: float
    gap: float
    n_iter: int


def solve(problem, *, tol, max_iter, report=None):
    """Minimise a problem until ``gap <= tol * objective``, or for `max_iter` steps.

    Parameters
    ----------
    problem : MaxMarginProblem
    tol : float
        Relative duality gap.
    max_iter : int
        Newton steps in all.
    report : callable, default=None
        Called with (n_iter, objective, gap) after each stage.

    Returns
    -------
    Solution
    """
    unit = _unit(problem.matrix)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = _in_units_of(unit, problem)
        total = scaled.matrix.weighted_sum(scaled.costs)
        finite = np.isfinite(total @ total * scaled.costs.max())
    if not finite:
        raise ValueError(
            "The objective overflows: the differences of X, or their costs (C, sample_weight, "
            "class_weight), are too large. Scale the features of X."
        )

    def report_unscaled(n_iter, objective, gap):
        report(n_iter, objective / unit**2, gap / unit**2)

    # The pair kernels thread by themselves; BLAS threads would wait in their way.
    with _blas_threads().limit(limits=1, user_api="blas"):
        start = _first_guess(scaled, max_iter)
        solution = _solve_in_stages(scaled, start, tol, max_iter, report and report_unscaled)[0]
    return replace(
        solution,
        weights=solution.weights / unit,
        objective=solution.objective / unit**2,
        gap=solution.gap / unit**2,
    )


def _in_units_of(unit, problem):
    """Divide the differences by a unit, and multiply the weights by it.

    The objective is then that of the problem times the square of the unit.
    """
    return replace(
        problem,
        matrix=ScaledMatrix(problem.matrix, unit),
        costs=problem.costs * unit**2,
        center=problem.center * unit,
        max_norm=problem.max_norm * unit,
    )


def _unit(matrix):
    """Return the power of two nearest to the size of a difference; division by it is exact."""
    n_pairs = matrix.shape[0]
    rows = np.linspace(0, n_pairs - 1, min(n_pairs, _N_SIZED)).astype(np.intp)
    with np.errstate(over="ignore"):
        size = np.abs(matrix.take(rows).toarray()).mean(dtype=np.float64)
    return 2.0 ** np.round(np.log2(size)) if size > 0 else 1.0


@cache
def _blas_threads():
    return ThreadpoolController()


def _solve_in_stages(problem, start, tol, max_iter, report=None):
    """Return the solution, and the sharpness of the last stage.

    Each stage replaces the loss by a smooth one, minimises roughly, and bounds the minimum by
    the duals that the slopes of the smooth loss are. The best bound and the best weights of
    all stages are the certificate.
    """
    weights, intercept, sharpness = start
    slacks = problem.slacks(weights, intercept)
    objective = problem.objective(weights, slacks)
    stage = problem.loss.smoothed(slacks, sharpness)
    # A loss that is smooth itself needs one stage; others, many rough ones.
    accuracy = objective * (min(1e-3, 0.1 * tol) if stage is problem.loss else 0.01)
    n_iter, best, bound = 0, (objective, weights, intercept), 0.0
    while True:
        most = min(_STEPS_PER_STAGE, max_iter - n_iter)
        weights, intercept, n_steps = minimise_stage(
            problem, stage, weights, intercept, accuracy, most
        )
        n_iter += n_steps
        slacks = problem.slacks(weights, intercept)
        objective = problem.objective(weights, slacks)
        bound = max(bound, problem.dual_value(problem.feasible_slopes(stage, slacks)))
        # Too sharp a stage overshoots: the next one is made blunter, as after a hard one.
        rose = objective > 2.0 * best[0]
        best = min(best, (objective, weights, intercept), key=lambda candidate: candidate[0])
        gap = best[0] - bound
        if report:
            report(n_iter, best[0], gap)
        if gap <= problem.gap_allowed(tol, best[0]) or n_iter >= max_iter:
            objective, weights, intercept = best
            solution = Solution(weights, intercept, objective, gap, n_iter)
            return solution, getattr(stage, "sharpness", sharpness)
        stage = stage.refined(slacks, _STEPS_PER_STAGE if rose else n_steps)
        accuracy = max(0.1 * min(accuracy, gap), 1e-16 * best[0])


def _first_guess(problem, max_iter):
    """Return weights, intercept and sharpness to start from: those of a tenth of the pairs."""
    n_pairs, n_features = problem.matrix.shape
    if n_pairs > max(_MANY_PAIRS, 100 * n_features):
        rows = np.random.default_rng(0).choice(n_pairs, n_pairs // 10, replace=False)
        rows.sort()
        signs = problem.signs[rows]
        if np.ptp(signs):  # both labels
            costs = problem.costs[rows] * (n_pairs / len(rows))
            tenth = replace(problem, matrix=problem.matrix.take(rows), signs=signs, costs=costs)
            start = _first_guess(tenth, max_iter)
            # The squared hinge's one stage is enough; the hinge's first is not.
            rough_tol = np.inf if _is_smooth(problem.loss) else 0.1
            rough, sharpness = _solve_in_stages(tenth, start, rough_tol, max_iter)
            return rough.weights, rough.intercept, sharpness
    return _guess_from_center(problem)


def _is_smooth(loss):
    """Tell whether a loss is minimised as it is, in one stage."""
    return loss.smoothed(np.zeros(1), 1.0) is loss


def _guess_from_center(problem):
    """Return weights, intercept and sharpness from w0 and a few steps of the squared hinge."""
    weights = problem.center
    intercept = problem.margin * (problem.costs @ problem.signs) / problem.costs.sum()
    if not _is_smooth(problem.loss):
        # Slacks of the size of the margin, whatever the features' units.
        squared = SquaredHinge()
        accuracy = 0.1 * problem.costs @ squared.value(problem.slacks(weights, intercept))
        weights, intercept, _ = minimise_stage(problem, squared, weights, intercept, accuracy, 10)
    return weights, intercept, 1.0 / problem.margin
