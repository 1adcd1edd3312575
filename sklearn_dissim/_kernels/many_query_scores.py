"""Score queries against a gallery in single precision, as fast as can be.

Per feature |q - g| = 2 max(q, g) - q - g, so that

    sum_k w_k |q_k - g_k| = 2 sum_k w_k max(q_k, g_k) - w.q - w.g

for weights of any sign: one maximum, one multiplication and one addition an element, and two sums
that are computed once for each query and once for each row. Terms of opposite sign cancel, so
items are centred first, which changes no difference. Likewise

    sum_k w_k (q_k - g_k)^2 = sum_k (-2 w_k q_k) g_k + w.q^2 + w.g^2

with one multiplication and one addition an element, in the same loops.

A matrix product for squared differences was tried: its threads and ours wait for each other, and
two of each took twice as long as these loops.
"""

import math

import numpy as np

from sklearn_dissim._kernels.compiling import frozen, kernel
from sklearn_dissim._kernels.rounding import LARGEST_VALUE, OVERFLOWED, error_bound

_QUERIES = 4  # scored together, by as many features at a time: see `_add_terms`
_FEATURES = 4
_LANES = 16  # numbers in the widest vector register there is
_STRETCH = 64  # features summed before they join the score: fewer would bound errors tighter
# Rows of a block: many, because starting a loop over them costs as much as some dozen rows; but
# one stretch of their features stays in a core's cache. No power of two, as what lies a power of
# two apart in memory competes for the same places in the cache.
_MOST_ROWS = 480
_MOST_ELEMENTS = 1 << 20  # of a block
_ROWS_TURNED = 8  # rows read together
_SQUARABLE = 1e18  # values whose squares single precision holds
_LINE = 64  # bytes of a line of the cache
_QUERIES_AT_ONCE = 256  # so that their scores stay in the cache until they are ranked


class ManyQueryScores:
    """Score queries against blocks of a gallery, and bound the errors.

    Parameters
    ----------
    queries : ndarray of float64, shape (n_queries, n_features)
    weights : ndarray of float64, shape (n_features,)
    squared : bool
        (q - g)^2, else |q - g|.
    center : ndarray of shape (n_features,)
        Near the middle of the gallery.
    """

    dtype = np.float32

    def __init__(self, queries, weights, squared, center):
        # True or None, not True or False: the compiler makes a kernel of its own for None. A
        # flag stays a branch in the innermost loop, and costs a third of the speed.
        self._product = True if squared else None
        self._center = center.astype(np.float32)
        self._weights = weights.astype(np.float32)
        n_features = _rounded_up(len(weights), _FEATURES)
        self._doubled_weights = np.zeros(n_features, np.float32)
        self._doubled_weights[: len(weights)] = 2 * weights
        centred = queries - self._center
        terms = centred**2 if squared else centred
        self._query_sizes = np.abs(terms) @ np.abs(weights)
        self._query_sizes[(np.abs(centred) > LARGEST_VALUE).any(axis=1)] = np.inf
        self._row_sizes = [0.0]
        self.n_rows = max(_LANES, min(_MOST_ROWS, _MOST_ELEMENTS // len(weights)))
        self._n_queries = len(queries)
        n_padded = _rounded_up(len(queries), _QUERIES)
        self._queries = np.zeros((n_padded, n_features), np.float32)
        self._constants = np.zeros(n_padded, np.float32)
        filled = self._queries[: len(queries), : len(weights)]
        with np.errstate(over="ignore"):  # the error bounds say so
            filled[:] = -2 * weights * centred if squared else centred
            self._constants[: len(queries)] = terms @ weights if squared else -(terms @ weights)

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks.

        An array of scores is overwritten by the next one.
        """
        memory = None
        for first_row, rows in blocks:
            if memory is None:  # the first block is the largest
                memory = _Memory(len(rows), self._queries.shape[1])
            block, offsets, sums, scores = memory.for_rows(len(rows))
            size = _prepare(
                frozen(rows), self._center, self._weights, self._product, block, offsets
            )
            self._row_sizes.append(size)  # one step, which threads may take at once
            for start in range(0, self._n_queries, _QUERIES_AT_ONCE):
                part = slice(start, min(start + _QUERIES_AT_ONCE, self._n_queries))
                padded = slice(start, start + _rounded_up(part.stop - start, _QUERIES))
                out = scores[: padded.stop - start]
                queries, constants = self._queries[padded], self._constants[padded]
                weights = self._doubled_weights
                _score(queries, block, weights, self._product, constants, offsets, sums, out)
                yield part, first_row, out[: part.stop - start, : len(rows)]

    def doubtful(self):
        """Return whether each query's scores have to be computed anew.

        They have to if the query lies so far from the gallery that single precision may not
        tell the rows apart, or if something may have overflowed.
        """
        far = ~(self._query_sizes < 4.0 * np.max(self._row_sizes))
        return far | np.isinf(self.error_bounds())

    def error_bounds(self):
        """Return how far off the scores of each query can lie, in all blocks so far."""
        # A term is added up within its stretch, then stretch by stretch. A score is made of
        # three sums: those of w.q and w.g, and 2 w max(q, g), whose terms are at most twice
        # as large as those two together. Hence 3 times their sizes; 4 leaves some to spare.
        n_features = len(self._weights)
        depth = min(n_features, _STRETCH) + n_features // _STRETCH
        sizes = self._query_sizes + np.max(self._row_sizes)
        return error_bound(4 * depth + 24, sizes, self._doubled_weights)


class _Memory:
    """Hold the arrays of one thread, for block after block."""

    def __init__(self, n_rows, n_features):
        n_rows = _rounded_up(n_rows, _LANES)
        self._n_features = n_features
        self._block = _aligned_zeros(n_features * n_rows)
        self._offsets = _aligned_zeros(n_rows)
        self._sums = _aligned_zeros(_QUERIES * n_rows)
        self._scores = _aligned_zeros(_QUERIES_AT_ONCE * n_rows)

    def for_rows(self, n_rows):
        """Return contiguous arrays for a block of so many rows: block, offsets, sums, scores."""
        n_rows = _rounded_up(n_rows, _LANES)
        block = self._block[: self._n_features * n_rows].reshape(self._n_features, n_rows)
        sums = self._sums[: _QUERIES * n_rows].reshape(_QUERIES, n_rows)
        scores = self._scores[: _QUERIES_AT_ONCE * n_rows].reshape(_QUERIES_AT_ONCE, n_rows)
        return block, self._offsets[:n_rows], sums, scores


def _aligned_zeros(size):
    """Return zeros in single precision that begin where a line of the cache does."""
    n_bytes = 4 * size
    room = np.zeros(n_bytes + _LINE, np.uint8)
    start = -room.ctypes.data % _LINE
    return room[start : start + n_bytes].view(np.float32)


def _rounded_up(n, step):
    return math.ceil(n / step) * step


@kernel
def _prepare(rows, center, weights, product, block, offsets):
    """Centre rows and turn them into a block; return the largest sum of |w g| or |w| g^2."""
    offsets[:] = np.float32(0.0)
    largest = np.float32(0.0)
    for i in range(rows.shape[0]):
        offset, size = _row_sums(rows[i], center, weights, product)
        offsets[i] = offset
        largest = max(largest, size)
    _turn(rows, center, block)
    return largest


@kernel
def _row_sums(row, center, weights, product):
    offset = size = np.float32(0.0)
    for start in range(0, weights.shape[0], _STRETCH):
        part = slice(start, start + _STRETCH)
        part_offset, part_size = _stretch_sums(row[part], center[part], weights[part], product)
        offset += part_offset
        size += part_size
    return offset, size


@kernel
def _stretch_sums(row, center, weights, product):
    offset = size = bulk = np.float32(0.0)
    for k in range(weights.shape[0]):
        value = np.float32(row[k] - center[k])
        term = weights[k] * (-value if product is None else value * value)
        offset += term
        size += abs(term)
        bulk += abs(value)
    # A weight of 0 makes NaN of a square that overflows, and would hide it from the size.
    return offset, size if bulk < _SQUARABLE else OVERFLOWED


@kernel
def _turn(rows, center, block):
    """Put centred rows into the columns of a block, whose rows are then features."""
    n_rows, n_features = rows.shape
    # Eight rows together: eight neighbours in memory are written at once, where one row alone
    # would touch a line of the cache for every number.
    n_whole = n_rows // _ROWS_TURNED * _ROWS_TURNED
    for i in range(0, n_whole, _ROWS_TURNED):
        r0, r1, r2, r3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        r4, r5, r6, r7 = rows[i + 4], rows[i + 5], rows[i + 6], rows[i + 7]
        for k in range(n_features):
            middle = center[k]
            eight = block[k, i : i + _ROWS_TURNED]
            eight[0], eight[1] = r0[k] - middle, r1[k] - middle
            eight[2], eight[3] = r2[k] - middle, r3[k] - middle
            eight[4], eight[5] = r4[k] - middle, r5[k] - middle
            eight[6], eight[7] = r6[k] - middle, r7[k] - middle
    for i in range(n_whole, n_rows):
        for k in range(n_features):
            block[k, i] = rows[i, k] - center[k]


@kernel
def _score(queries, block, weights, product, constants, offsets, sums, out):
    """Fill in the scores of all queries and rows, stretch by stretch of the features."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = constants[i] + offsets[j]
    n_features = weights.shape[0]
    for start in range(0, n_features, _STRETCH):
        stop = min(start + _STRETCH, n_features)
        for i in range(0, queries.shape[0], _QUERIES):
            four_queries, four_rows = queries[i : i + _QUERIES], out[i : i + _QUERIES]
            if start == 0:  # few features need no more than this one pass over the scores
                _add_terms(four_queries, block, weights, start, stop, product, four_rows)
                continue
            sums[:] = np.float32(0.0)
            _add_terms(four_queries, block, weights, start, stop, product, sums)
            for m in range(_QUERIES):
                for j in range(out.shape[1]):
                    four_rows[m, j] += sums[m, j]


@kernel
def _add_terms(queries, block, weights, start, stop, product, sums):
    """Add to the sums of four queries the terms of some features of all rows.

    Four features of four queries are written out, so that sixteen terms are added for each
    number that is read from the block, and each sum is read and stored once for four terms. A
    loop over one feature at a time is four times slower: it stores every sum at every step. A
    loop over features inside one over rows is twice slower: sums that lie across a register
    have to be added up at its end.
    """
    # The compiler would add code for what is left of a vector, which costs as much as the
    # loop itself in rows so short, if it did not see that nothing is left.
    n_rows = block.shape[1] // _LANES * _LANES
    q0, q1, q2, q3 = queries[0], queries[1], queries[2], queries[3]
    s0, s1, s2, s3 = sums[0], sums[1], sums[2], sums[3]
    for k in range(start, stop, _FEATURES):
        w = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        a = q0[k], q0[k + 1], q0[k + 2], q0[k + 3]
        b = q1[k], q1[k + 1], q1[k + 2], q1[k + 3]
        c = q2[k], q2[k + 1], q2[k + 2], q2[k + 3]
        d = q3[k], q3[k + 1], q3[k + 2], q3[k + 3]
        g0, g1, g2, g3 = block[k], block[k + 1], block[k + 2], block[k + 3]
        for j in range(n_rows):
            g = g0[j], g1[j], g2[j], g3[j]
            s0[j] += _four_terms(w, a, g, product)
            s1[j] += _four_terms(w, b, g, product)
            s2[j] += _four_terms(w, c, g, product)
            s3[j] += _four_terms(w, d, g, product)


@kernel
def _four_terms(weights, query, row, product):
    """Return the sum of four terms, w max(q, g) or q g."""
    w, q, g = weights, query, row
    if product is None:
        # A comparison becomes one instruction; max() also looks for NaN.
        first = w[0] * (q[0] if q[0] > g[0] else g[0]) + w[1] * (q[1] if q[1] > g[1] else g[1])
        return (
            first + w[2] * (q[2] if q[2] > g[2] else g[2]) + w[3] * (q[3] if q[3] > g[3] else g[3])
        )
    return q[0] * g[0] + q[1] * g[1] + q[2] * g[2] + q[3] * g[3]
