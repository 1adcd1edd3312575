"""A projected Newton method for smooth max-margin problems.

The linear system of each step is solved by conjugate gradients, preconditioned with the
Hessian of a sample of the pairs, so neither the Hessian nor the dissimilarity vectors of
all pairs are ever built. Scores change linearly along a step: its length is found
without touching the features again.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator, cg

_SAMPLE = 2000  # pairs in the preconditioner; more where there are many features
_MOST_FEATURES = 2000  # past that the preconditioner is a diagonal


def minimise_stage(problem, stage, weights, intercept, accuracy, max_steps):
    """Minimise with `stage` in place of the problem's loss (norm constraint left out).

    Stops when a further step promises to gain less than `accuracy`.

    Returns
    -------
    weights, intercept, n_steps
    """
    signs, costs = problem.signs, problem.costs
    slacks = problem.slacks(weights, intercept)
    for step in range(1, max_steps + 1):
        pull = signs * costs * stage.slope(slacks)
        gradient = np.append(weights - problem.matrix.weighted_sum(pull), -pull.sum())
        free = np.ones(len(gradient), bool)
        if problem.nonpositive:
            free[:-1] = (weights < 0) | (gradient[:-1] > 0)
        curvature = costs * stage.curvature(slacks)
        newton = _newton_direction(problem.matrix, curvature, gradient, free)
        if -0.5 * gradient @ newton <= accuracy:
            break
        move = _feasible_move(problem, weights, newton, gradient)
        if move is None:
            break
        change = -signs * (problem.matrix.dot(move[:-1]) + move[-1])
        length = _step_length(problem, stage, slacks, change, weights, move)
        weights = weights + length * move[:-1]
        if problem.nonpositive:
            weights = np.minimum(weights, 0.0)
        intercept += length * move[-1]
        slacks = slacks + length * change
    return weights, float(intercept), step


def _feasible_move(problem, weights, newton, gradient):
    """The Newton step bent back to the allowed weights, shortened until it descends."""
    move = newton
    for _ in range(40):
        if problem.nonpositive:
            move = np.append(np.minimum(weights + move[:-1], 0.0) - weights, move[-1])
        if gradient @ move < 0:
            return move
        newton = newton / 2.0
        move = newton
    return None


def _step_length(problem, stage, slacks, change, weights, move):
    """Where the objective along the move is nearly flat (a third of its first slope)."""
    costs, move = problem.costs, move[:-1]

    def slope(t):
        return move @ (weights + t * move) + costs @ (stage.slope(slacks + t * change) * change)

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
            if problem.nonpositive and t == 1.0:  # further on, weights would leave their bounds
                break
            if np.isinf(high):
                t *= 2.0
                continue
        t = (low * slope_high - high * slope_low) / (slope_high - slope_low)
        t = np.clip(t, low + 0.1 * (high - low), high - 0.1 * (high - low))
    return t


def _newton_direction(matrix, curvature, gradient, free):
    """Solve Hessian x = -gradient over the free coordinates; 0 elsewhere."""
    zone = np.flatnonzero(curvature)
    matrix, curvature = matrix.take(zone), curvature[zone]
    # A trace of curvature for the intercept, which has none where no pair has.
    ridge = np.append(np.ones(len(gradient) - 1), 1e-10 * (curvature.sum() + 1.0))
    precondition, exact = _preconditioner(matrix, curvature, ridge, free)
    target = np.where(free, -gradient, 0.0)
    if exact:
        return precondition(target)

    def product(x):
        x = np.where(free, x, 0.0)
        t = curvature * (matrix.dot(x[:-1]) + x[-1])
        return np.where(free, np.append(matrix.weighted_sum(t), t.sum()) + ridge * x, x)

    shape = (len(target), len(target))
    direction, _ = cg(
        LinearOperator(shape, matvec=product, dtype=np.float64),
        target,
        rtol=0.1,
        maxiter=30,
        M=LinearOperator(shape, matvec=precondition, dtype=np.float64),
    )
    return np.where(free, direction, 0.0)


def _preconditioner(matrix, curvature, ridge, free):
    """An approximate inverse of the Hessian, and whether it is exact."""
    n_pairs, n_features = matrix.shape
    wide = n_features > _MOST_FEATURES
    n_sample = _SAMPLE if wide else max(_SAMPLE, 8 * (n_features + 1))
    if n_pairs > n_sample:
        rows = np.random.default_rng(0).choice(n_pairs, n_sample, replace=False)
        rows.sort()
        matrix, curvature = matrix.take(rows), curvature[rows] * (n_pairs / n_sample)
    vectors = np.column_stack([matrix.toarray(), np.ones(len(curvature))])
    if wide:
        diagonal = np.where(free, curvature @ np.square(vectors) + ridge, 1.0)
        return (lambda x: x / diagonal), False

    hessian = vectors.T @ (curvature[:, None] * vectors)
    hessian[np.diag_indices_from(hessian)] += ridge
    hessian[~free], hessian[:, ~free] = 0.0, 0.0
    hessian[~free, ~free] = 1.0
    scale = 1.0 / np.sqrt(np.diag(hessian))  # units of the features drop out
    hessian *= scale * scale[:, None]
    hessian[np.diag_indices_from(hessian)] += 1e-14
    factor = cho_factor(hessian)
    return (lambda x: scale * cho_solve(factor, scale * x)), n_pairs <= n_sample
