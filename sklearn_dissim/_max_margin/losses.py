"""Losses of the slack z = margin - y (w.d + b).

A loss is a class with these methods, each on an array of slacks:

- `value`: the loss; written so that it takes torch's tensors too, for training a backbone;
- `conjugate`: the convex conjugate, at a slope in its domain;
- `smoothed`: the smooth loss that a Newton method minimises first; it has `slope` (the
  derivative: with the costs it gives the dual variables), `curvature` (the second derivative)
  and `refined` (the smooth loss of the next stage).
"""

import numpy as np


class SquaredHinge:
    """Square the hinge: max(0, z)^2, which is smooth and minimised as it is."""

    def value(self, z):
        return z.clip(min=0.0) ** 2

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
    """Charge max(0, z), minimised through a sequence of `ProximalHinge`."""

    def value(self, z):
        return z.clip(min=0.0)

    def conjugate(self, slope):
        return np.zeros_like(slope)

    def smoothed(self, z, sharpness):
        return ProximalHinge(np.clip(0.5 + sharpness * z, 0.0, 1.0), sharpness)


class ProximalHinge:
    """Smooth the hinge: max over a in [0, 1] of a z - (a - centre)^2 / (2 sharpness).

    This is one proximal step of the hinge's dual: each stage is centred on the slopes of the
    last, and the stages' solutions approach that of the hinge itself at any sharpness
    (Rockafellar, "Augmented Lagrangians and applications of the proximal point algorithm in
    convex programming", 1976).
    """

    def __init__(self, centre, sharpness):
        self.centre, self.sharpness = centre, sharpness

    def value(self, z):
        slope = self.slope(z)
        return slope * z - np.square(slope - self.centre) / (2.0 * self.sharpness)

    def slope(self, z):
        # The maximiser over a: where the derivative z - (a - centre) / sharpness is 0.
        slope = self.sharpness * z
        slope += self.centre
        return np.clip(slope, 0.0, 1.0, out=slope)

    def curvature(self, z):
        slope = self.slope(z)
        return self.sharpness * ((slope > 0) & (slope < 1))

    def refined(self, z, n_steps):
        """Return the next stage: sharper if this one was easy, blunter if it was hard."""
        factor = 4.0 if n_steps <= 4 else 1.0 if n_steps <= 10 else 0.4
        sharpest = 1e12 / np.abs(z).max()  # beyond, slopes lose their digits
        return ProximalHinge(self.slope(z), min(factor * self.sharpness, sharpest))


LOSSES: dict[str, type] = {
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
}
