"""A projected Newton method for smooth max-margin problems.

The Hessian of a sample of the pairs stands in for that of all: as the preconditioner of
conjugate gradients, and as the model that is minimised where norm or signs are constrained.
So neither the whole Hessian nor the dissimilarity vectors of all pairs are ever built. Scores
change linearly along a step: its length is found without touching the features again.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator, cg

_SAMPLE = 2000  # pairs in the sample; more where there are many features
_MOST_FEATURES = 2000  # past that the sample grows no more


def minimise_stage(problem, stage, weights, intercept, accuracy, max_steps):
    """Minimise with `stage`, which is smooth, in place of the problem's loss.

    Stops after a step that promised to gain no more than `accuracy`.

    Returns
    -------
    weights, intercept, n_steps
    """
    slacks = problem.slacks(weights, intercept)
    n_steps = 0
    while n_steps < max_steps:
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
        if promise <= accuracy:
            break
    return weights, float(intercept), n_steps


def _gradient(problem, stage, slacks, weights):
    """With respect to weights and intercept."""
    pull = stage.slope(slacks)
    pull *= problem.costs
    pull *= problem.signs
    return np.append(weights - problem.center - problem.matrix.weighted_sum(pull), -pull.sum())


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
    costs, move, away = problem.costs, move[:-1], weights - problem.center
    constrained = problem.nonpositive or np.isfinite(problem.max_norm)

    def slope(t):
        there = t * change
        there += slacks
        losses = np.einsum("i,i,i", costs, stage.slope(there), change)
        return move @ (away + t * move) + losses

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
    curvature = stage.curvature(slacks)
    zone = np.flatnonzero(curvature)
    matrix, curvature = problem.matrix.take(zone), curvature[zone] * problem.costs[zone]
    # A trace of curvature for the intercept, which has none where no pair has.
    ridge = np.append(np.ones(len(point) - 1), 1e-10 * (curvature.sum() + 1.0))
    sample = _SampledHessian(matrix, curvature, ridge)
    free = _free(problem, point, gradient)
    step = _model_step(sample, gradient, point, free, problem.max_norm)
    if problem.nonpositive:
        step, free = _stopped_at_zero(sample, gradient, point, free, step, problem.max_norm)
    if not sample.exact and _norm_after(problem, point, step) < (1 - 1e-9) * problem.max_norm:
        refined = _refined(step, matrix, curvature, ridge, free, gradient, sample.solver(free))
        if _norm_after(problem, point, refined) <= problem.max_norm:
            step = refined
    return step


def _free(problem, point, gradient):
    """Coordinates that may move: not those held at 0 by the constraint."""
    free = np.ones(len(point), bool)
    if problem.nonpositive:
        free[:-1] = (point[:-1] < 0) | (gradient[:-1] > 0)
    return free


def _norm_after(problem, point, step):
    weights = (point + step)[:-1]
    return np.linalg.norm(np.minimum(weights, 0.0) if problem.nonpositive else weights)


def _model_step(sample, gradient, point, free, max_norm):
    """To where the model is least, weights within the norm and 0 off the free coordinates."""
    stopped = np.where(free, 0.0, -point)
    target = -gradient - (sample.product(stopped) if stopped.any() else 0.0)
    step = stopped + sample.solver(free)(np.where(free, target, 0.0))
    if np.linalg.norm((point + step)[:-1]) <= max_norm:
        return step
    # The norm's multiplier solves the secular equation, by Newton's method on one over the
    # norm (More and Sorensen, "Computing a trust region step", 1983).
    target = np.where(free, sample.product(point) - gradient, 0.0)
    multiplier = 0.0
    for _ in range(50):
        solve = sample.solver(free, multiplier)
        goal = solve(target)
        norm = np.linalg.norm(goal[:-1])
        if norm <= max_norm * (1.0 + 1e-10):
            break
        curvature = goal[:-1] @ solve(np.append(goal[:-1], 0.0))[:-1]
        multiplier += (norm / max_norm - 1.0) * norm**2 / curvature
    goal[:-1] *= min(1.0, max_norm / norm) if norm > 0 else 1.0
    return goal - point


def _stopped_at_zero(sample, gradient, point, free, step, max_norm):
    """The step with weights that would turn positive stopped at 0, and what stays free.

    An active-set method that only ever stops more of them.
    """
    first = step, free
    for _ in range(20):
        positive = free & (point + step > 0)
        positive[-1] = False
        if not positive.any():
            break
        free = free & ~positive
        step = _model_step(sample, gradient, point, free, max_norm)
    return (step, free) if gradient @ step < 0 else first


def _refined(step, matrix, curvature, ridge, free, gradient, precondition):
    """The step's free coordinates by the Hessian of all pairs."""

    def hessian(x):
        t = curvature * (matrix.dot(x[:-1]) + x[-1])
        return np.append(matrix.weighted_sum(t), t.sum()) + ridge * x

    stopped = np.where(free, 0.0, step)
    target = -gradient - (hessian(stopped) if stopped.any() else 0.0)
    shape = (len(target), len(target))
    moved, _ = cg(
        LinearOperator(
            shape,
            matvec=lambda x: np.where(free, hessian(np.where(free, x, 0.0)), x),
            dtype=np.float64,
        ),
        np.where(free, target, 0.0),
        rtol=0.1,
        maxiter=30,
        M=LinearOperator(shape, matvec=precondition, dtype=np.float64),
    )
    return np.where(free, moved, stopped)


class _SampledHessian:
    """Hessian of a sample of the pairs.

    Where the features outnumber the sample, it is kept as its factors and inverted by
    Woodbury's identity.
    """

    def __init__(self, matrix, curvature, ridge):
        n_pairs, n_features = matrix.shape
        self._wide = n_features > _MOST_FEATURES
        n_sample = _SAMPLE if self._wide else max(_SAMPLE, 8 * (n_features + 1))
        self.exact = n_pairs <= n_sample
        if not self.exact:
            rows = np.random.default_rng(0).choice(n_pairs, n_sample, replace=False)
            rows.sort()
            matrix, curvature = matrix.take(rows), curvature[rows] * (n_pairs / n_sample)
        vectors = np.column_stack([matrix.toarray(), np.ones(len(curvature))])
        self._ridge = ridge
        self._factors = np.sqrt(curvature)[:, None] * vectors
        if not self._wide:
            self._hessian = self._factors.T @ self._factors
            self._hessian[np.diag_indices_from(self._hessian)] += ridge

    def product(self, x):
        """Hessian times x."""
        return self._factors.T @ (self._factors @ x) + self._ridge * x

    def solver(self, free, multiplier=0.0):
        """Maps x to the inverse of (Hessian + multiplier of the norm constraint) times x.

        Over the free coordinates; x elsewhere.
        """
        shift = np.append(np.full(len(free) - 1, multiplier), 0.0)
        return self._by_factors(free, shift) if self._wide else self._by_hessian(free, shift)

    def _by_hessian(self, free, shift):
        hessian = self._hessian + np.diag(shift)
        hessian[~free], hessian[:, ~free] = 0.0, 0.0
        hessian[~free, ~free] = 1.0
        return _scaled_cholesky(hessian)

    def _by_factors(self, free, shift):
        # The intercept, which has almost no ridge, is eliminated by its Schur complement.
        diagonal = np.where(free, self._ridge + shift, 1.0)[:-1]
        rows, ones = np.where(free, self._factors, 0.0)[:, :-1], self._factors[:, -1]
        gram = rows @ (rows / diagonal).T
        gram[np.diag_indices_from(gram)] += 1.0
        solve_pairs = _scaled_cholesky(gram)
        solved_ones = solve_pairs(ones)
        border = (rows.T @ solved_ones) / diagonal
        pivot = ones @ solved_ones + self._ridge[-1]

        def solve(x):
            intercept = (x[-1] - border @ x[:-1]) / pivot
            y = x[:-1] / diagonal
            y -= (rows.T @ solve_pairs(rows @ y)) / diagonal
            return np.append(y - intercept * border, intercept)

        return solve


def _scaled_cholesky(matrix):
    """Maps x to matrix^-1 x; rows and columns are scaled first, so that units drop out."""
    scale = 1.0 / np.sqrt(np.diag(matrix))
    matrix *= scale * scale[:, None]
    matrix[np.diag_indices_from(matrix)] += 1e-14
    factor = cho_factor(matrix)
    return lambda x: scale * cho_solve(factor, scale * x)
