"""Losses of the slack z = margin - y (w.d + b), and what a Newton method asks of them.

`slope` is the derivative: with the costs it gives the dual variables. `conjugate` is the
convex conjugate at a slope.
"""

import numpy as np


class SquaredHinge:
    """max(0, z)^2; smooth, minimised as it is."""

    def value(self, z):
        return np.square(np.maximum(z, 0.0))

    def slope(self, z):
        return 2.0 * np.maximum(z, 0.0)

    def curvature(self, z):
        return 2.0 * (z > 0)

    def conjugate(self, slope):
        return np.square(slope) / 4.0

    def smoothed(self, z, sharpness):
        return self

    def refined(self, z, n_steps):
        return self


class Hinge:
    """max(0, z); minimised through a sequence of `ProximalHinge`."""

    def value(self, z):
        return np.maximum(z, 0.0)

    def conjugate(self, slope):
        return np.zeros_like(slope)

    def smoothed(self, z, sharpness):
        return ProximalHinge(np.clip(0.5 + sharpness * z, 0.0, 1.0), sharpness)


class ProximalHinge:
    """max over a in [0, 1] of a z - (a - centre)^2 / (2 sharpness).

    The hinge as a proximal point method sees it: each stage is centred on the slopes of
    the last, and with them the stages' solutions approach that of the hinge itself at
    any sharpness (Rockafellar, "Augmented Lagrangians and applications of the proximal
    point algorithm in convex programming", 1976).
    """

    def __init__(self, centre, sharpness):
        self.centre, self.sharpness = centre, sharpness

    def value(self, z):
        slope = self.slope(z)
        return slope * z - np.square(slope - self.centre) / (2.0 * self.sharpness)

    def slope(self, z):
        slope = self.sharpness * z
        slope += self.centre
        return np.clip(slope, 0.0, 1.0, out=slope)

    def curvature(self, z):
        slope = self.slope(z)
        return self.sharpness * ((slope > 0) & (slope < 1))

    def refined(self, z, n_steps):
        """The next stage, sharper if this one was easy, blunter if it was hard."""
        factor = 4.0 if n_steps <= 4 else 1.0 if n_steps <= 10 else 0.4
        sharpest = 1e12 / np.abs(z).max()  # beyond, slopes lose their digits
        return ProximalHinge(self.slope(z), min(factor * self.sharpness, sharpest))


LOSSES: dict[str, type[Hinge] | type[SquaredHinge]] = {
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
}
