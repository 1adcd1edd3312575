"""Bound the rounding errors of sums in single precision."""

import numpy as np

_ROUNDING = 2.0**-24  # relative error of one operation
_UNDERFLOW = 2.0**-126  # below, numbers lose digits or become zero
_OVERFLOW = 1e36  # sums that stay below do not become infinite on the way
LARGEST_VALUE = 1e37  # beyond, differences and products of values can overflow
# The size that a kernel reports for a sum that overflowed. It is finite, because fast kernels
# are compiled as if infinity did not exist.
OVERFLOWED = np.float32(3e38)


def error_bound(n_operations, sizes, weights):
    """Bound the error of weighted sums.

    Parameters
    ----------
    n_operations : int
        Operations that a term passes through on its way into the sum, at most.
    sizes : ndarray or float
        Sums of the terms' absolute values.
    weights : ndarray

    Returns
    -------
    ndarray or float
        Infinity where something may have overflowed.
    """
    # Each operation is off by a relative 2^-24 of what it is given (N. Higham, "Accuracy and
    # stability of numerical algorithms", 2002, section 3.1). What underflows is lost whole, and
    # a weight can have magnified it.
    lost = _UNDERFLOW * (1.0 + np.abs(weights).max())
    return np.where(sizes < _OVERFLOW, n_operations * (_ROUNDING * sizes + lost), np.inf)
