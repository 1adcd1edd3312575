"""Scores of queries against a gallery in single precision, as fast as can be.

Per feature |q - g| = 2 max(q, g) - q - g, so that

    sum_k w_k |q_k - g_k| = 2 sum_k w_k max(q_k, g_k) - w.q - w.g

for weights of any sign: one maximum and one multiplication with addition an element. Terms of
opposite sign cancel, so items are centred first, which changes no score. With -2 w q for q,
w (q - g)^2 is (-2 w q) g + w q^2 + w g^2: one multiplication with addition, in the same loops.
"""

import math

import numpy as np

from sklearn_dissim._kernels.plain import INFINITE, LARGEST, bound_of_error, frozen, kernel
from sklearn_dissim._kernels.tile import N_QUERIES, N_TURNED, WIDTH, add_terms, turn

_SUMMED = 64  # features added up at a time: the fewer, the smaller the rounding errors
_CACHED = 1 << 17  # elements of the gallery that stay in a core's cache
_MOST_ROWS = 960  # at a time; as a power of two, they would crowd the cache
_SQUARABLE = 1e18  # in single precision
_LINE = 64  # bytes
_AT_ONCE = 256  # queries scored against a block before the next ones are


class FastScores:
    """Scores block by block of a gallery, and how far they can be off.

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
        self._product = True if squared else None  # a kernel of its own for each
        self._center = center.astype(np.float32)
        self._weights, self._doubled = weights.astype(np.float32), (2 * weights).astype(np.float32)
        centred = queries - self._center
        terms = centred**2 if squared else centred
        self._query_sizes = np.abs(terms) @ np.abs(weights)
        self._query_sizes[(np.abs(centred) > LARGEST).any(axis=1)] = np.inf
        self._row_sizes = [0.0]
        self.n_rows = max(1, min(_MOST_ROWS, _CACHED // len(weights)) // WIDTH) * WIDTH
        self._n_queries = len(queries)
        n_padded = _whole(len(queries), N_QUERIES)
        self._queries = np.zeros((n_padded, len(weights)), np.float32)
        self._constants = np.zeros(n_padded, np.float32)
        with np.errstate(over="ignore"):  # the errors say so
            self._queries[: len(queries)] = -2 * weights * centred if squared else centred
            self._constants[: len(queries)] = terms @ weights if squared else -(terms @ weights)

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks.

        An array of scores is overwritten by the next one.
        """
        space = None
        for first_row, rows in blocks:
            if space is None:  # the first block is the largest
                space = _Space(*rows.shape)
            tiles, offsets, scores = space.of(len(rows))
            size = self._prepare(frozen(rows), tiles, offsets)
            self._row_sizes.append(size)
            for start in range(0, self._n_queries, _AT_ONCE):
                part = slice(start, min(start + _AT_ONCE, self._n_queries))
                padded = slice(start, start + _whole(part.stop - start, N_QUERIES))
                out = scores[: padded.stop - start]
                self._score(padded, tiles, offsets, out)
                yield part, first_row, out[: part.stop - start, : len(rows)]

    def _prepare(self, rows, tiles, offsets):
        return _prepare(rows, self._center, self._weights, self._product, tiles, offsets)

    def _score(self, part, tiles, offsets, out):
        queries, constants = self._queries[part], self._constants[part]
        _score(queries, tiles, self._doubled, self._product, constants, offsets, out)

    def doubtful(self):
        """Queries so far from the gallery that single precision may not tell its rows apart."""
        return ~(self._query_sizes < 4.0 * np.max(self._row_sizes)) | np.isinf(self.errors())

    def errors(self):
        """How far off the scores of each query can lie, of all blocks so far.

        The bound of sums of products (N. Higham, "Accuracy and stability of numerical
        algorithms", 2002, section 3.1) that are added up in stretches, for what the three that
        make a score add up to.
        """
        n_features = len(self._weights)
        depth = min(n_features, _SUMMED) + n_features // _SUMMED
        sizes = self._query_sizes + np.max(self._row_sizes)
        return bound_of_error(4 * depth + 24, sizes, self._doubled)


class _Space:
    """Memory of one thread, for block after block."""

    def __init__(self, n_rows, n_features):
        n_rows = _whole(n_rows, WIDTH)
        self._tiles = _aligned(n_rows // WIDTH, n_features, WIDTH)
        self._offsets = np.empty(n_rows, np.float32)
        self._scores = _aligned(_AT_ONCE, n_rows)

    def of(self, n_rows):
        """Tiles, offsets and scores of so many rows."""
        n_rows = _whole(n_rows, WIDTH)
        return self._tiles[: n_rows // WIDTH], self._offsets[:n_rows], self._scores[:, :n_rows]


def _aligned(*shape):
    """Room for single precision, from where a line of the cache begins."""
    n_bytes = 4 * math.prod(shape)
    room = np.empty(n_bytes + _LINE, np.uint8)
    start = -room.ctypes.data % _LINE
    return room[start : start + n_bytes].view(np.float32).reshape(shape)


def _whole(n, size):
    return -(-n // size) * size


@kernel
def _prepare(rows, center, weights, product, tiles, offsets):
    """Centre rows into tiles, and return the largest sum of |w g| or |w| g^2 of a row."""
    n_rows = rows.shape[0]
    offsets[:] = np.float32(0.0)
    largest = np.float32(0.0)
    for t in range(tiles.shape[0]):
        first = t * WIDTH
        last = min(first + WIDTH, n_rows)
        for i in range(first, last):
            offset, size = _row_sums(rows[i], center, weights, product)
            offsets[i] = offset
            largest = max(largest, size)
        _fill(tiles[t], rows, first, last, center)
    return largest


@kernel
def _row_sums(row, center, weights, product):
    offset = size = np.float32(0.0)
    for start in range(0, weights.shape[0], _SUMMED):
        some = slice(start, start + _SUMMED)
        some_offset, some_size = _sums(row[some], center[some], weights[some], product)
        offset += some_offset
        size += some_size
    return offset, size


@kernel
def _sums(row, center, weights, product):
    offset = size = bulk = np.float32(0.0)
    for k in range(weights.shape[0]):
        value = np.float32(row[k] - center[k])
        term = weights[k] * (-value if product is None else value * value)
        offset += term
        size += abs(term)
        bulk += abs(value)
    # A weight of 0 makes NaN of a square that overflows, and hides it.
    return offset, size if bulk < _SQUARABLE else INFINITE


@kernel
def _fill(tile, rows, first, last, center):
    n_features = rows.shape[1]
    if last - first < WIDTH:
        tile[:] = np.float32(0.0)
    n_items = (last - first) // N_TURNED * N_TURNED
    n_whole = n_features // N_TURNED * N_TURNED
    for j in range(0, n_items, N_TURNED):
        for k in range(0, n_whole, N_TURNED):
            turn(rows, first + j, center, k, tile, j)
    for j in range(last - first):
        for k in range(n_whole if j < n_items else 0, n_features):
            tile[k, j] = np.float32(rows[first + j, k] - center[k])


@kernel
def _score(queries, tiles, weights, product, constants, offsets, out):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = constants[i] + offsets[j]
    n_features = weights.shape[0]
    for t in range(tiles.shape[0]):
        tile = tiles[t]
        first = t * WIDTH
        for start in range(0, n_features, _SUMMED):
            stop = min(start + _SUMMED, n_features)
            for i in range(0, queries.shape[0], N_QUERIES):
                add_terms(
                    queries[i : i + N_QUERIES],
                    tile,
                    weights,
                    start,
                    stop,
                    product,
                    out[i : i + N_QUERIES, first : first + WIDTH],
                )
