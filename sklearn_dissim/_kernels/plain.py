"""The weighted difference of two vectors as it is written, in double precision."""

import numpy as np
from numba import njit
from numpy import float64

_ROUNDING = 2.0**-24  # relative error of one operation in single precision
_LARGE, _SMALL = 1e36, 2.0**-126  # near where it overflows; where it underflows
LARGEST = 1e37  # value that is left to it
INFINITE = np.float32(3e38)  # a sum that overflowed; kernels count on finite numbers

# Reassociation lets the compiler use vector registers; input is checked to be finite.
_FASTMATH = {"reassoc", "nsz", "nnan", "ninf", "contract", "arcp"}
kernel = njit(nogil=True, cache=True, fastmath=_FASTMATH, error_model="numpy")


@njit(inline="always")
def difference_of(left, right, kind):
    """|q - r|, (q - r)^2 or |q - r| / (|q| + |r|): `DIFFERENCES` by number."""
    gap = float64(left) - float64(right)
    if kind == 0:
        return abs(gap)
    if kind == 1:
        return gap * gap
    total = abs(float64(left)) + abs(float64(right))
    return abs(gap) / (total + (total == 0.0))


@njit(inline="always")
def weighted_difference(left, right, weights, kind):
    """The same bits for the same two vectors, wherever they are called from."""
    total = 0.0
    for k in range(weights.shape[0]):
        total += weights[k] * difference_of(left[k], right[k], kind)
    return total


def bound_of_error(n_operations, sizes, weights):
    """Of weighted sums in single precision whose terms' sizes add up to these.

    What underflows is lost whole; what may overflow has no bound.
    """
    lost = _SMALL * (1.0 + np.abs(weights).max())
    return np.where(sizes < _LARGE, n_operations * (_ROUNDING * sizes + lost), np.inf)


def frozen(array):
    """A read-only view, so that a kernel is compiled for one kind of array only."""
    view = array.view()
    view.flags.writeable = False
    return view


def doubled(array):
    """An array in double precision, contiguous."""
    return np.ascontiguousarray(array, dtype=np.float64)


def readable(rows):
    """Rows as the kernels read them: single or double precision, contiguous."""
    rows = np.asarray(rows)
    if rows.dtype == np.float16:
        rows = rows.astype(np.float32)
    return np.ascontiguousarray(rows, rows.dtype if rows.dtype == np.float32 else np.float64)
