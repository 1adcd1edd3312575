"""Solving the convex max-margin problem to a certified duality gap."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from sklearn_dissim._newton import minimise_stage

_WARM_START = 40_000  # pairs from which a tenth of them is solved first
_STEPS_PER_STAGE = 50


@dataclass(frozen=True)
class Solution:
    """Weights, and the certificate: the minimum is above ``objective - gap``."""

    weights: np.ndarray
    intercept: float
    objective: float
    gap: float
    n_iter: int
    stage: Any
    slopes: np.ndarray


def solve(problem, *, tol, max_iter, report=None):
    """Minimise a MaxMarginProblem to ``gap <= tol * objective``, or for `max_iter` steps.

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
    report = report or (lambda *_: None)
    # The pair kernels thread by themselves; BLAS threads would wait in their way.
    with _blas_threads().limit(limits=1, user_api="blas"):
        free = replace(problem, max_norm=np.inf)
        solution = _solve_penalised(free, tol, max_iter, report)
        if np.linalg.norm(solution.weights) > problem.max_norm:
            solution = _solve_constrained(problem, solution, tol, max_iter, report)
    return solution


@cache
def _blas_threads():
    return ThreadpoolController()


def _solve_penalised(problem, tol, max_iter, report, start=None):
    start = start or _first_guess(problem, tol, max_iter, report)
    weights, intercept, sharpness = start
    slacks = problem.slacks(weights, intercept)
    objective = problem.objective(weights, slacks)
    stage = problem.loss.smoothed(slacks, sharpness)
    # A loss that is smooth itself needs one stage; others, many rough ones.
    accuracy, n_iter = objective * (0.1 * tol if stage is problem.loss else 0.01), 0
    while True:
        weights, intercept, n_steps = minimise_stage(
            problem, stage, weights, intercept, accuracy, min(_STEPS_PER_STAGE, max_iter - n_iter)
        )
        n_iter += n_steps
        slacks = problem.slacks(weights, intercept)
        objective = problem.objective(weights, slacks)
        slopes = problem.feasible_slopes(stage, slacks)
        gap = objective - problem.dual_value(slopes)
        report(n_iter, objective, gap)
        if gap <= tol * objective or n_iter >= max_iter:
            return Solution(weights, intercept, objective, gap, n_iter, stage, slopes)
        stage = stage.refined(slacks, n_steps)
        accuracy = max(0.1 * min(accuracy, gap), 1e-16 * objective)


def _first_guess(problem, tol, max_iter, report):
    """Weights, intercept and sharpness to start from: zero, or a solution for a tenth."""
    n_pairs, n_features = problem.matrix.shape
    same = problem.signs > 0
    if n_pairs > max(_WARM_START, 100 * n_features):
        rows = np.random.default_rng(0).choice(n_pairs, n_pairs // 10, replace=False)
        rows.sort()
        if 0 < same[rows].sum() < len(rows):
            tenth = replace(
                problem,
                matrix=problem.matrix.take(rows),
                signs=problem.signs[rows],
                costs=problem.costs[rows] * (n_pairs / len(rows)),
            )
            rough = _solve_penalised(tenth, max(tol, 1e-1), max_iter, report)
            return _restart(rough, problem.margin)
    ahead = problem.costs[same].sum() - problem.costs[~same].sum()
    return (
        np.zeros(n_features),
        problem.margin * ahead / problem.costs.sum(),
        1.0 / problem.margin,
    )


def _restart(solution, margin):
    sharpness = getattr(solution.stage, "sharpness", 1.0 / margin)
    return solution.weights, solution.intercept, sharpness


def _solve_constrained(problem, solution, tol, max_iter, report):
    """With the penalty multiplied by the right number (the costs divided by it) the
    minimum has just the norm allowed. In logarithms: that number is bracketed, then
    found by regula falsi (Illinois).
    """
    short, long = None, [0.0, _log_ratio(problem, solution)]  # [log penalty, log ratio]
    log_penalty, n_iter, last = long[1], solution.n_iter, long[1]
    while True:
        relaxed = replace(problem, costs=problem.costs / np.exp(log_penalty), max_norm=np.inf)
        rough = 0.01 * _log_ratio(problem, solution) ** 2
        solution = _solve_penalised(
            relaxed,
            np.clip(rough, 0.1 * tol, 1e-3),
            max(1, max_iter - n_iter),
            lambda *_: None,
            start=_restart(solution, problem.margin),
        )
        n_iter += solution.n_iter
        found = _certified(problem, solution, n_iter)
        report(n_iter, found.objective, found.gap)
        if found.gap <= tol * found.objective or n_iter >= max_iter:
            return found
        here = [log_penalty, _log_ratio(problem, solution)]
        again = (here[1] > 0) == (last > 0)
        last = here[1]
        if last > 0:
            long = here
            if short and again:
                short[1] /= 2.0
        else:
            short = here
            if again:
                long[1] /= 2.0
        log_penalty = _between(long, short) if short else 1.5 * long[0] + 1.0


def _between(long, short):
    share = long[1] / (long[1] - short[1]) if np.isfinite(short[1]) else 0.5
    return long[0] + np.clip(share, 0.02, 0.98) * (short[0] - long[0])


def _log_ratio(problem, solution):
    norm = np.linalg.norm(solution.weights)
    return np.log(norm / problem.max_norm) if norm > 0 else -np.inf


def _certified(problem, solution, n_iter):
    """The solution scaled into the norm constraint, with its gap in the whole problem."""
    weights = solution.weights / max(1.0, np.exp(_log_ratio(problem, solution)))
    slacks = problem.slacks(weights, solution.intercept)
    objective = problem.objective(weights, slacks)
    gap = objective - problem.dual_value(solution.slopes)
    return replace(solution, weights=weights, objective=objective, gap=gap, n_iter=n_iter)
