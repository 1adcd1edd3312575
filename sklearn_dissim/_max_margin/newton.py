"""A projected Newton method for smooth max-margin problems.

The symbols are those of optimisation, over the point x = (w, b) of weights and intercept:

- g: the gradient of the objective;
- H: its Hessian, R + sum_p c_p loss''(z_p) (d_p, 1)(d_p, 1)^T with the ridge R of the penalty;
- step: the minimiser of the quadratic model g.s + s^T H s / 2 over the allowed points;
- predicted decrease: -g.step / 2, by how much the model says that the objective falls;
- length: the share of the step that the line search takes.

H is never built for all pairs: that of a sample stands in for it, as the preconditioner of
conjugate gradients, and as the model itself where norm or signs are constrained. Scores
change linearly along a step, so the line search does not read the features again.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator, cg

_SAMPLE = 2000  # pairs in the sample; more where there are many features
_MOST_FEATURES = 2000  # past that the sample grows no more


def minimise_stage(problem, stage, weights, intercept, accuracy, max_steps):
    """Minimise a problem with the smooth loss `stage` in place of its own.

    Parameters
    ----------
    problem : MaxMarginProblem
    stage : SquaredHinge or ProximalHinge
    weights : ndarray of shape (n_features,)
    intercept : float
    accuracy : float
        Stop after a step whose predicted decrease is at most this.
    max_steps : int

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
        newton_step = _newton_step(problem, stage, slacks, gradient, point)
        predicted_decrease = -0.5 * gradient @ newton_step
        step = _projected(problem, weights, newton_step, gradient)
        if step is None:
            break
        # Slacks are linear in x: slacks(x + t step) = slacks(x) + t slope_of_slacks.
        slope_of_slacks = problem.slacks(step[:-1], step[-1]) - problem.margin
        length = _line_search(problem, stage, slacks, slope_of_slacks, weights, step)
        weights = weights + length * step[:-1]
        if problem.nonpositive:
            weights = np.minimum(weights, 0.0)  # what rounding has lifted above 0
        intercept += length * step[-1]
        slacks += length * slope_of_slacks
        if predicted_decrease <= accuracy:
            break
    return weights, float(intercept), n_steps


def _gradient(problem, stage, slacks, weights):
    """Return g: w - w0 - sum_p c_p loss'(z_p) y_p d_p, and the same sum without d."""
    duals = stage.slope(slacks)
    duals *= problem.costs
    duals *= problem.signs
    penalty = weights - problem.center
    return np.append(penalty - problem.matrix.weighted_sum(duals), -duals.sum())


def _projected(problem, weights, step, gradient):
    """Project a step onto nonpositive weights, and halve it until it descends.

    None where no such step descends to the last digit: the point is the minimum.
    """
    for _ in range(40):
        projected = step
        if problem.nonpositive:
            projected = np.append(np.minimum(weights + step[:-1], 0.0) - weights, step[-1])
        # A projected Newton step need not descend; a short enough one does (Bertsekas 1982).
        if gradient @ projected < 0:
            return projected
        step = step / 2.0
    return None


def _line_search(problem, stage, slacks, slope_of_slacks, weights, step):
    """Return the length at which the slope along the step is a third of the first or less."""
    costs, step, penalty = problem.costs, step[:-1], weights - problem.center
    constrained = problem.nonpositive or np.isfinite(problem.max_norm)

    def slope(t):
        slacks_at_t = t * slope_of_slacks
        slacks_at_t += slacks
        of_losses = np.einsum("i,i,i", costs, stage.slope(slacks_at_t), slope_of_slacks)
        return step @ (penalty + t * step) + of_losses

    first = slope(0.0)
    low, slope_low, high, slope_high = 0.0, first, np.inf, np.nan
    t = 1.0
    for _ in range(30):
        slope_t = slope(t)
        if abs(slope_t) <= abs(first) / 3.0:
            break
        if slope_t > 0:
            high, slope_high = t, slope_t
        else:
            low, slope_low = t, slope_t
            if constrained and t == 1.0:  # further on, the weights might not be allowed
                break
            if np.isinf(high):
                t *= 2.0
                continue
        # Regula falsi, kept off the ends of the bracket so that it shrinks by a tenth or more.
        if not slope_low < slope_high:  # flat to the last digit
            break
        t = (low * slope_high - high * slope_low) / (slope_high - slope_low)
        t = np.clip(t, low + 0.1 * (high - low), high - 0.1 * (high - low))
    return t


def _newton_step(problem, stage, slacks, gradient, point):
    """Return the minimiser of the quadratic model over the allowed points, less the point."""
    curvature = stage.curvature(slacks)
    # Pairs without curvature, most of them near the solution, do not enter the Hessian.
    curved = np.flatnonzero(curvature)
    matrix, curvature = problem.matrix.take(curved), curvature[curved] * problem.costs[curved]
    # A trace of curvature for the intercept, which has none where no pair has.
    ridge = np.append(np.ones(len(point) - 1), 1e-10 * (curvature.sum() + 1.0))
    sample = _SampledHessian(matrix, curvature, ridge)
    free = _free(problem, point, gradient)
    step = _model_step(sample, gradient, point, free, problem.max_norm)
    if problem.nonpositive:
        step, free = _stopped_at_zero(sample, gradient, point, free, step, problem.max_norm)
    # On the ball's surface the sampled model is the model; inside, all pairs refine the step.
    if not sample.exact and _norm_after(problem, point, step) < (1 - 1e-9) * problem.max_norm:
        refined = _refined(step, matrix, curvature, ridge, free, gradient, sample.solver(free))
        if _norm_after(problem, point, refined) <= problem.max_norm:
            step = refined
    return step


def _free(problem, point, gradient):
    """Tell which coordinates may move: those that the constraint does not hold at 0."""
    free = np.ones(len(point), bool)
    if problem.nonpositive:
        free[:-1] = (point[:-1] < 0) | (gradient[:-1] > 0)
    return free


def _norm_after(problem, point, step):
    weights = (point + step)[:-1]
    return np.linalg.norm(np.minimum(weights, 0.0) if problem.nonpositive else weights)


def _model_step(sample, gradient, point, free, max_norm):
    """Return the step to the model's minimum with weights in the ball, 0 where not free."""
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
    """Stop weights at 0 that the step would turn positive, and solve the model for the rest.

    This is an active-set method that only ever stops more weights.

    Returns
    -------
    step : ndarray
    free : ndarray of bool
        The coordinates that stay free.
    """
    first = step, free
    for _ in range(20):
        positive = free & (point + step > 0)
        positive[-1] = False
        if not positive.any():
            break
        free = free & ~positive
        step = _model_step(sample, gradient, point, free, max_norm)
    # Stopping many weights can spoil the step: the first one then descends at least.
    return (step, free) if gradient @ step < 0 else first


def _refined(step, matrix, curvature, ridge, free, gradient, precondition):
    """Solve the model of all pairs for the free coordinates, by conjugate gradients."""

    def hessian(x):
        t = curvature * (matrix.dot(x[:-1]) + x[-1])
        return np.append(matrix.weighted_sum(t), t.sum()) + ridge * x

    stopped = np.where(free, 0.0, step)
    target = -gradient - (hessian(stopped) if stopped.any() else 0.0)
    shape = (len(target), len(target))
    # A tenth is enough: the next Newton step starts from an exact gradient anyway.
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
    """Hold the Hessian H of a sample of the pairs.

    Where the features outnumber the sample, H is kept as its factors F with H = R + F^T F,
    and inverted by Woodbury's identity.
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
        """Return H x."""
        return self._factors.T @ (self._factors @ x) + self._ridge * x

    def solver(self, free, multiplier=0.0):
        """Return the map from x to (H + multiplier)^-1 x over the free coordinates.

        The multiplier is that of the norm constraint, on the weights alone. Coordinates that
        are not free are mapped to themselves.
        """
        shift = np.append(np.full(len(free) - 1, multiplier), 0.0)
        return self._by_factors(free, shift) if self._wide else self._by_hessian(free, shift)

    def _by_hessian(self, free, shift):
        hessian = self._hessian + np.diag(shift)
        hessian[~free], hessian[:, ~free] = 0.0, 0.0
        hessian[~free, ~free] = 1.0
        return _scaled_cholesky(hessian)

    def _by_factors(self, free, shift):
        """Invert R + F^T F by Woodbury's identity: only F R^-1 F^T + I is factorised."""
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
    """Return the map from x to matrix^-1 x; scaled to unit diagonal, so that units drop out."""
    scale = 1.0 / np.sqrt(np.diag(matrix))
    matrix *= scale * scale[:, None]
    matrix[np.diag_indices_from(matrix)] += 1e-14
    factor = cho_factor(matrix)
    return lambda x: scale * cho_solve(factor, scale * x)
