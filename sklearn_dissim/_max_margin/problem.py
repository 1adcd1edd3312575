"""The convex max-margin problem over dissimilarity vectors, and its dual."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class MaxMarginProblem:
    r"""minimise 1/2 |w - center|^2 + sum_i c_i loss(margin - y_i (w.d_i + b)),
    subject to |w| <= max_norm, and w <= 0 if nonpositive.

    With duals :math:`\alpha_i \ge 0`, :math:`\sum_i \alpha_i y_i = 0`, any value of

    .. math:: \sum_i \alpha_i \, margin - c_i \, loss^*(\alpha_i / c_i)
              - h\left(\sum_i \alpha_i y_i d_i\right)

    is at most the minimum; h is the conjugate of the norm term over the allowed w.
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
        """Margin - y (w.d + b), shape (n_pairs,)."""
        slacks = self.matrix.dot(weights)
        slacks += intercept
        slacks *= -self.signs
        slacks += self.margin
        return slacks

    def objective(self, weights, slacks):
        """The value to minimise, at feasible weights."""
        away = weights - self.center
        return 0.5 * away @ away + self.costs @ self.loss.value(slacks)

    def gap_allowed(self, tol, objective):
        """The share `tol` of an objective; or what rounding leaves, where that is nearly 0."""
        return max(tol * objective, 1e-13 * self.center @ self.center)

    def dual_value(self, slopes):
        """A lower bound of the objective, from feasible slopes (duals over costs)."""
        duals = self.costs * slopes
        pull = self.center + self.matrix.weighted_sum(self.signs * duals)
        norm = float(np.linalg.norm(np.minimum(pull, 0.0) if self.nonpositive else pull))
        inside = min(norm, self.max_norm)
        conjugate = inside * norm - 0.5 * inside**2 - 0.5 * self.center @ self.center
        return self.margin * duals.sum() - self.costs @ self.loss.conjugate(slopes) - conjugate

    def feasible_slopes(self, stage, slacks):
        """Slopes of the stage's loss, the intercept moved until both classes' duals
        have the same sum.
        """
        slopes = stage.slope(slacks - self.signs * self._balancing_shift(stage, slacks))
        same = self.signs > 0
        sums = self.costs[same] @ slopes[same], self.costs[~same] @ slopes[~same]
        least = min(sums)
        factor = np.where(same, *[least / s if s > 0 else 0.0 for s in sums])
        return factor * slopes

    def _balancing_shift(self, stage, slacks):
        """Root of the classes' imbalance, which rises with the shift: Newton, bracketed."""
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
