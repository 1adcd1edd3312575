"""A projected Newton method for smooth max-margin problems.

The Hessian of a sample of the pairs stands in for that of all: as the preconditioner of
conjugate gradients, and as the model that is minimised where the norm is constrained. So
neither the whole Hessian nor the dissimilarity vectors of all pairs are ever built. Scores
change linearly along a step: its length is found without touching the features again.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator, cg

_SAMPLE = 2000  # pairs in the sample; more where there are many features
_MOST_FEATURES = 2000  # past that only the diagonal of the sample's Hessian is kept


def minimise_stage(problem, stage, weights, intercept, accuracy, max_steps):
    """Minimise with `stage`, which is smooth, in place of the problem's loss.

    Stops after a step that promised to gain no more than `accuracy`.

    Returns
    -------
    weights, intercept, n_steps
    """
    slacks = problem.slacks(weights, intercept)
    n_steps, promise = 0, np.inf
    while promise > accuracy and n_steps < max_steps:
        n_steps += 1
        point = np.append(weights, intercept)
        gradient = _gradient(problem, stage, slacks, weights)
        newton = _newton_step(problem, stage, slacks, gradient, point)
        promise = -0.5 * gradient @ newton
        move = _bent_back(problem, weights, newton, gradient)
        if move is None:
            break
        change = problem.slacks(move[:-1], move[-1]) - problem.margin
        length = _step_length(problem, stage, slacks, change, weights, move)
        weights = weights + length * move[:-1]
        if problem.nonpositive:
            weights = np.minimum(weights, 0.0)
        intercept += length * move[-1]
        slacks += length * change
    return weights, float(intercept), n_steps


def _gradient(problem, stage, slacks, weights):
    """With respect to weights and intercept."""
    pull = stage.slope(slacks)
    pull *= problem.costs
    pull *= problem.signs
    return np.append(weights - problem.matrix.weighted_sum(pull), -pull.sum())


def _bent_back(problem, weights, newton, gradient):
    """The step bent back to nonpositive weights, shortened until it descends."""
    for _ in range(40):
        move = newton
        if problem.nonpositive:
            move = np.append(np.minimum(weights + newton[:-1], 0.0) - weights, newton[-1])
        if gradient @ move < 0:
            return move
        newton = newton / 2.0
    return None


def _step_length(problem, stage, slacks, change, weights, move):
    """Where the objective along the move is nearly flat (a third of its first slope)."""
    costs, move = problem.costs, move[:-1]
    constrained = problem.nonpositive or np.isfinite(problem.max_norm)

    def slope(t):
        there = t * change
        there += slacks
        losses = np.einsum("i,i,i", costs, stage.slope(there), change)
        return move @ (weights + t * move) + losses

    first = slope(0.0)
    low, slope_low, high, slope_high = 0.0, first, np.inf, np.nan
    t = 1.0
    for _ in range(30):
        here = slope(t)
        if abs(here) <= abs(first) / 3.0:
            break
        if here > 0:
            high, slope_high = t, here
        else:
            low, slope_low = t, here
            if constrained and t == 1.0:  # further on, the weights might not be allowed
                break
            if np.isinf(high):
                t *= 2.0
                continue
        if not slope_low < slope_high:  # flat to the last digit
            break
        t = (low * slope_high - high * slope_low) / (slope_high - slope_low)
        t = np.clip(t, low + 0.1 * (high - low), high - 0.1 * (high - low))
    return t


def _newton_step(problem, stage, slacks, gradient, point):
    """The minimiser of the quadratic model, less the point (weights and intercept)."""
    weights, max_norm = point[:-1], problem.max_norm
    free = np.ones(len(point), bool)
    if problem.nonpositive:
        free[:-1] = (weights < 0) | (gradient[:-1] > 0)
    curvature = stage.curvature(slacks)
    zone = np.flatnonzero(curvature)
    matrix, curvature = problem.matrix.take(zone), curvature[zone] * problem.costs[zone]
    # A trace of curvature for the intercept, which has none where no pair has.
    ridge = np.append(np.ones(len(weights)), 1e-10 * (curvature.sum() + 1.0))
    sample = _SampledHessian(matrix, curvature, ridge, free)
    target = np.where(free, -gradient, 0.0)
    solve = sample.solver()
    step = solve(target)
    if not sample.exact and _norm_after(problem, weights, step) <= max_norm:
        step = _refined(matrix, curvature, ridge, free, target, solve)
    if _norm_after(problem, weights, step) > max_norm:
        step = _step_within_norm(sample, target, point, max_norm)
    return step


def _norm_after(problem, weights, step):
    weights = weights + step[:-1]
    return np.linalg.norm(np.minimum(weights, 0.0) if problem.nonpositive else weights)


def _refined(matrix, curvature, ridge, free, target, precondition):
    """The step by the Hessian of all pairs."""

    def product(x):
        t = curvature * (matrix.dot(np.where(free[:-1], x[:-1], 0.0)) + x[-1])
        return np.where(free, np.append(matrix.weighted_sum(t), t.sum()) + ridge * x, x)

    shape = (len(target), len(target))
    step, _ = cg(
        LinearOperator(shape, matvec=product, dtype=np.float64),
        target,
        rtol=0.1,
        maxiter=30,
        M=LinearOperator(shape, matvec=precondition, dtype=np.float64),
    )
    return np.where(free, step, 0.0)


def _step_within_norm(sample, target, point, max_norm):
    """The model's minimiser with weights of the norm allowed.

    The constraint's multiplier solves the secular equation, by Newton's method on one over
    the norm (More and Sorensen, "Computing a trust region step", 1983).
    """
    target = target + sample.product(point)
    multiplier = 0.0
    for _ in range(50):
        solve = sample.solver(multiplier)
        goal = solve(target)
        norm = np.linalg.norm(goal[:-1])
        if norm <= max_norm * (1.0 + 1e-10):
            break
        curvature = goal[:-1] @ solve(np.append(goal[:-1], 0.0))[:-1]
        multiplier += (norm / max_norm - 1.0) * norm**2 / curvature
    goal[:-1] *= min(1.0, max_norm / norm) if norm > 0 else 1.0
    return goal - point


class _SampledHessian:
    """Hessian of a sample of the pairs over the free coordinates, the identity elsewhere."""

    def __init__(self, matrix, curvature, ridge, free):
        n_pairs, n_features = matrix.shape
        wide = n_features > _MOST_FEATURES
        n_sample = _SAMPLE if wide else max(_SAMPLE, 8 * (n_features + 1))
        self.exact = not wide and n_pairs <= n_sample
        if n_pairs > n_sample:
            rows = np.random.default_rng(0).choice(n_pairs, n_sample, replace=False)
            rows.sort()
            matrix, curvature = matrix.take(rows), curvature[rows] * (n_pairs / n_sample)
        vectors = np.column_stack([matrix.toarray(), np.ones(len(curvature))])
        if wide:
            self._hessian = np.where(free, curvature @ np.square(vectors) + ridge, 1.0)
            return
        hessian = vectors.T @ (curvature[:, None] * vectors)
        hessian[np.diag_indices_from(hessian)] += ridge
        hessian[~free], hessian[:, ~free] = 0.0, 0.0
        hessian[~free, ~free] = 1.0
        self._hessian = hessian

    def product(self, x):
        """Hessian times x."""
        return self._hessian * x if self._hessian.ndim == 1 else self._hessian @ x

    def solver(self, multiplier=0.0):
        """X -> (Hessian + multiplier of the norm constraint)^-1 x."""
        shift = np.append(np.full(len(self._hessian) - 1, multiplier), 0.0)
        if self._hessian.ndim == 1:
            return lambda x: x / (self._hessian + shift)
        hessian = self._hessian + np.diag(shift)
        scale = 1.0 / np.sqrt(np.diag(hessian))  # units of the features drop out
        hessian *= scale * scale[:, None]
        hessian[np.diag_indices_from(hessian)] += 1e-14
        factor = cho_factor(hessian)
        return lambda x: scale * cho_solve(factor, scale * x)
