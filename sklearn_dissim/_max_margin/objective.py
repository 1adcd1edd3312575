"""The objective of the max-margin classifier, as values."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sklearn_dissim._max_margin.losses import LOSSES


@dataclass(frozen=True)
class Objective:
    r"""Say what weights w and intercept b minimise over dissimilarity vectors d.

    .. math:: \tfrac12 |w - w_0|^2 + C \sum_i s_i \, loss(margin - y_i (w \cdot d_i + b))

    subject to :math:`|w| \le` `max_norm`, and :math:`w \le 0` if `nonpositive`.

    Parameters
    ----------
    C : float or "auto", default="auto"
    margin : float, default=1.0
    loss : str, default="hinge"
        A key of `LOSSES`.
    max_norm : float or None, default=None
    nonpositive : bool, default=False
    difference : str, default="absolute"
        Which difference of two items is d.
    shrink_to : {"zero", "equal"}, default="zero"
        Says what :math:`w_0` is: 0, or equal weights.
    """

    C: float | Literal["auto"] = "auto"
    margin: float = 1.0
    loss: str = "hinge"
    max_norm: float | None = None
    nonpositive: bool = False
    difference: str = "absolute"
    shrink_to: str = "zero"

    @property
    def norm_bound(self):
        """Return `max_norm` as a number."""
        return np.inf if self.max_norm is None else self.max_norm

    @property
    def loss_function(self):
        """Return the loss as an object with `value` and, for the solver, its derivatives."""
        return LOSSES[self.loss]()
