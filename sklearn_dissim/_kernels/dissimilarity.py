"""Turn pairs of items into dissimilarity vectors, and these into scores."""

from dataclasses import dataclass
from typing import Any

DIFFERENCES = ("absolute", "squared")


def dissimilarity(left, right, difference="absolute"):
    """Compute the dissimilarity vectors of paired items.

    Parameters
    ----------
    left, right : array or tensor of shape (..., n_features)
        The two sides of the pairs.
    difference : {"absolute", "squared"}, default="absolute"
        ``|q - r|`` [1]_ [2]_ or ``(q - r)^2``.

    Returns
    -------
    array or tensor of shape (..., n_features)

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical
       analysis and dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space",
       arXiv:2412.08618.
    """
    # Operators alone, because tensors are differentiated through this in training.
    if difference == "squared":
        return (left - right) * (left - right)
    return abs(left - right)


@dataclass(frozen=True, eq=False)
class LinearScore:
    """Score a pair by its dissimilarity vector d: ``weights . d + intercept``.

    Parameters
    ----------
    weights : ndarray of shape (n_features,)
    difference : {"absolute", "squared"}
    intercept : float, default=0.0
    """

    weights: Any
    difference: str
    intercept: float = 0.0
