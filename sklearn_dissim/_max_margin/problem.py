"""The convex max-margin problem over dissimilarity vectors, and its dual."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class MaxMarginProblem:
    r"""Pose the convex problem of weights w and intercept b, and bound its minimum.

    .. math:: \text{minimise} \quad \tfrac12 |w - w_0|^2
              + \sum_i c_i \, loss(margin - y_i (w \cdot d_i + b))

    subject to :math:`|w| \le` `max_norm`, and :math:`w \le 0` if `nonpositive`.

    With duals :math:`\alpha_i \ge 0`, :math:`\sum_i \alpha_i y_i = 0`, any value of

    .. math:: \sum_i \alpha_i \, margin - c_i \, loss^*(\alpha_i / c_i)
              - h\left(\sum_i \alpha_i y_i d_i\right)

    is at most the minimum; h is the conjugate of the norm term over the allowed w.

    Parameters
    ----------
    matrix : VectorMatrix or PairMatrix
        Dissimilarity vectors d.
    signs, costs : ndarrays of shape (n_pairs,)
        The y, +1 or -1, and the c, above 0.
    margin : float
    loss : Hinge or SquaredHinge
    center : ndarray of shape (n_features,)
        The weights :math:`w_0` that cost nothing.
    nonpositive : bool, default=False
    max_norm : float, default=inf
    """

    matrix: Any
    signs: np.ndarray
    costs: np.ndarray
    margin: float
    loss: Any
    center: np.ndarray
    nonpositive: bool = False
    max_norm: float = np.inf

    def slacks(self, weights, intercept):
        """Return margin - y (w.d + b), shape (n_pairs,)."""
        slacks = self.matrix.dot(weights)
        slacks += intercept
        slacks *= -self.signs
        slacks += self.margin
        return slacks

    def objective(self, weights, slacks):
        """Return the value to minimise, at feasible weights."""
        departure = weights - self.center
        return 0.5 * departure @ departure + self.costs @ self.loss.value(slacks)

    def gap_allowed(self, tol, objective):
        """Return `tol` times an objective; or what rounding leaves, where that is nearly 0."""
        return max(tol * objective, 1e-13 * self.center @ self.center)

    def dual_value(self, slopes):
        """Return a lower bound of the minimum, from feasible slopes (duals over costs)."""
        duals = self.costs * slopes
        # w0 + sum alpha y d: the weights that the duals stand for, were there no constraint.
        weights = self.center + self.matrix.weighted_sum(self.signs * duals)
        norm = float(np.linalg.norm(np.minimum(weights, 0.0) if self.nonpositive else weights))
        inside = min(norm, self.max_norm)
        conjugate = inside * norm - 0.5 * inside**2 - 0.5 * self.center @ self.center
        return self.margin * duals.sum() - self.costs @ self.loss.conjugate(slopes) - conjugate

    def feasible_slopes(self, stage, slacks):
        """Return slopes of the stage's loss at which the duals of both classes sum up alike.

        The intercept is moved until they nearly do; what is left is scaled away.
        """
        slopes = stage.slope(slacks - self.signs * self._balancing_shift(stage, slacks))
        same = self.signs > 0
        sums = self.costs[same] @ slopes[same], self.costs[~same] @ slopes[~same]
        least = min(sums)
        factor = np.where(same, *[least / s if s > 0 else 0.0 for s in sums])
        return factor * slopes

    def _balancing_shift(self, stage, slacks):
        """Find the shift at which both classes' duals balance, by bracketed Newton steps."""
        low, high, shift, reach = -np.inf, np.inf, 0.0, self.margin
        for _ in range(100):
            shifted = slacks - self.signs * shift
            duals = self.costs * stage.slope(shifted)
            imbalance = -self.signs @ duals
            if abs(imbalance) <= 1e-14 * duals.sum():
                break
            low, high = (low, shift) if imbalance > 0 else (shift, high)
            curvature = self.costs @ stage.curvature(shifted)
            newton = shift - imbalance / curvature if curvature > 0 else np.nan
            if low < newton < high:
                shift = newton
            elif np.isfinite(high - low):
                shift = 0.5 * (low + high)
            else:
                shift, reach = shift - np.sign(imbalance) * reach, 2.0 * reach
        return shift
