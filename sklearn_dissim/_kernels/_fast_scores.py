"""Scores of queries against a gallery in single precision, as fast as can be.

Per feature |q - g| = 2 max(q, g) - q - g, so that

    sum_k w_k |q_k - g_k| = 2 sum_k w_k max(q_k, g_k) - w.q - w.g

for weights of any sign: one maximum and one multiplication with addition an element. Terms of
opposite sign cancel, so items are centred first, which changes no score. With -w q for q,
w (q - g)^2 is 2 (-w q) g + w q^2 + w g^2: one multiplication with addition, in the same loops.
"""

import numpy as np

from sklearn_dissim._kernels._plain import bound_of_error, frozen, kernel

_CACHED = 1 << 15  # elements of the gallery that stay in a core's cache with the queries
_NARROW = 64  # features; below, registers run along the gallery
_WIDE, _MANY = 200, 64  # between these, where so many queries make up for turning its rows
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
    n_rows = 960  # at a time; as a power of two, they would crowd the cache

    def __init__(self, queries, weights, squared, center):
        self._squared, self._center = squared, center.astype(np.float32)
        self._weights = np.zeros(_up_to_four(len(weights)), np.float32)
        self._weights[: len(weights)] = weights
        centred = queries - self._center
        terms = centred**2 if squared else centred
        self._query_sizes = np.abs(terms) @ np.abs(weights)
        self._row_sizes = [0.0]
        self._n_queries = len(queries)
        limit = _WIDE if len(queries) >= _MANY else _NARROW
        self._along = len(weights) < limit
        n_padded = _up_to_four(len(queries))
        self._queries = np.zeros((n_padded, len(self._weights)), np.float32)
        self._constants = np.zeros(n_padded, np.float32)
        with np.errstate(over="ignore"):  # the errors say so
            padded = self._queries[: len(queries), : len(weights)]
            padded[:] = -weights * centred if squared else centred
            self._constants[: len(queries)] = terms @ weights if squared else -(terms @ weights)

    def __call__(self, blocks):
        """Yield (slice of the queries, first row, scores) for (first row, rows) of blocks.

        An array of scores is overwritten by the next one.
        """
        space = None
        for first_row, rows in blocks:
            if space is None:  # the first block is the largest
                space = _Space(len(rows), len(self._weights), self._along)
            block, offsets = space.of_rows(*rows.shape)
            size = _prepare(
                frozen(rows), self._center, self._weights, self._squared, block, offsets
            )
            self._row_sizes.append(size)
            for start in range(0, self._n_queries, _AT_ONCE):
                part = slice(start, min(start + _AT_ONCE, self._n_queries))
                padded = slice(start, start + _up_to_four(part.stop - start))
                scores = space.of_scores(padded.stop - start, len(block))
                self._score(padded, block, offsets, scores)
                yield part, first_row, scores[: part.stop - start, : len(rows)]

    def _score(self, part, block, offsets, out):
        queries, constants = self._queries[part], self._constants[part]
        kernel = _along_gallery if self._along else _tiles
        product = True if self._squared else None
        kernel(queries, block, self._weights, product, constants, offsets, out)

    def doubtful(self):
        """Queries so far from the gallery that single precision may not tell its rows apart."""
        return ~(self._query_sizes < 4.0 * np.max(self._row_sizes)) | np.isinf(self.errors())

    def errors(self):
        """How far off the scores of each query can lie, of all blocks so far.

        The bound of sums of n_features products, whatever their order (N. Higham, "Accuracy
        and stability of numerical algorithms", 2002, section 3.1), for the three that make a
        score.
        """
        n_features = len(self._weights)
        sizes = self._query_sizes + np.max(self._row_sizes)
        return bound_of_error(3 * n_features + 16, sizes, self._weights)


class _Space:
    """Memory of one thread, for block after block."""

    def __init__(self, n_rows, n_features, along):
        n_rows = _up_to_four(n_rows)
        self._n_features, self._along = n_features, along
        self._block = np.empty(n_rows * n_features, np.float32)
        self._offsets = np.zeros(n_rows, np.float32)
        self._scores = np.empty(_AT_ONCE * n_rows, np.float32)

    def of_rows(self, n_rows, n_features):
        """A block with zeros beyond these rows and features, and room for their offsets.

        The elements of a row lie together, or those of a feature, along the gallery.
        """
        n, n_columns = _up_to_four(n_rows), self._n_features
        block = self._block[: n * n_columns]
        block = block.reshape(n_columns, n).T if self._along else block.reshape(n, n_columns)
        block[n_rows:] = 0.0
        block[:, n_features:] = 0.0
        return block, self._offsets[:n]

    def of_scores(self, n_queries, n_rows):
        """An array of scores, contiguous."""
        return self._scores[: n_queries * n_rows].reshape(n_queries, n_rows)


def _up_to_four(n):
    return -(-n // 4) * 4


@kernel
def _prepare(rows, center, weights, squared, block, offsets):
    """Centre rows into a block, and return the largest sum of |w g| or |w| g^2 of a row."""
    largest = np.float32(0.0)
    for i in range(rows.shape[0]):
        offset, size = np.float32(0.0), np.float32(0.0)
        for k in range(rows.shape[1]):
            value = np.float32(rows[i, k] - center[k])
            block[i, k] = value
            term = weights[k] * (value * value if squared else value)
            offset += term
            size += abs(term)
        offsets[i] = offset if squared else -offset
        largest = max(largest, size)
    return largest


@kernel
def _term(weight, query, item, product):
    """Half of what an element adds: w max(q, g), or where the query holds -w q, its product."""
    # A branch on None is taken by the compiler, once for each kernel; one on a flag is not.
    if product is None:
        return weight * max(query, item)
    return query * item


@kernel
def _tiles(queries, block, weights, product, constants, offsets, out):
    # Sixteen sums in registers: each load of a feature serves four of them.
    n_features = weights.shape[0]
    n_cached = max(4, _CACHED // n_features // 4 * 4)
    for first in range(0, block.shape[0], n_cached):
        last = min(first + n_cached, block.shape[0])
        for i in range(0, queries.shape[0], 4):
            q0, q1, q2, q3 = queries[i], queries[i + 1], queries[i + 2], queries[i + 3]
            for j in range(first, last, 4):
                g0, g1, g2, g3 = block[j], block[j + 1], block[j + 2], block[j + 3]
                s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = np.float32(0.0)
                s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = np.float32(0.0)
                for k in range(n_features):
                    w = weights[k]
                    a, b, c, d = q0[k], q1[k], q2[k], q3[k]
                    e, f, g, h = g0[k], g1[k], g2[k], g3[k]
                    s00 += _term(w, a, e, product)
                    s01 += _term(w, a, f, product)
                    s02 += _term(w, a, g, product)
                    s03 += _term(w, a, h, product)
                    s10 += _term(w, b, e, product)
                    s11 += _term(w, b, f, product)
                    s12 += _term(w, b, g, product)
                    s13 += _term(w, b, h, product)
                    s20 += _term(w, c, e, product)
                    s21 += _term(w, c, f, product)
                    s22 += _term(w, c, g, product)
                    s23 += _term(w, c, h, product)
                    s30 += _term(w, d, e, product)
                    s31 += _term(w, d, f, product)
                    s32 += _term(w, d, g, product)
                    s33 += _term(w, d, h, product)
                out[i, j], out[i, j + 1], out[i, j + 2], out[i, j + 3] = s00, s01, s02, s03
                out[i + 1, j], out[i + 1, j + 1] = s10, s11
                out[i + 1, j + 2], out[i + 1, j + 3] = s12, s13
                out[i + 2, j], out[i + 2, j + 1] = s20, s21
                out[i + 2, j + 2], out[i + 2, j + 3] = s22, s23
                out[i + 3, j], out[i + 3, j + 1] = s30, s31
                out[i + 3, j + 2], out[i + 3, j + 3] = s32, s33
            for m in range(i, i + 4):
                for j in range(first, last):
                    out[m, j] = out[m, j] + out[m, j] + (constants[m] + offsets[j])


@kernel
def _along_gallery(queries, block, weights, product, constants, offsets, out):
    # Four queries and two features at a time: a load of an element serves four sums, a load and
    # a store of a sum serve two features. With more of them registers run out.
    columns = block.T
    n_rows = columns.shape[1]
    for i in range(0, queries.shape[0], 4):
        q, r, s, t = queries[i], queries[i + 1], queries[i + 2], queries[i + 3]
        of_q, of_r, of_s, of_t = out[i], out[i + 1], out[i + 2], out[i + 3]
        for j in range(n_rows):
            of_q[j] = of_r[j] = of_s[j] = of_t[j] = np.float32(0.0)
        for k in range(0, weights.shape[0], 2):
            a, b = columns[k], columns[k + 1]
            v, w = weights[k], weights[k + 1]
            q0, r0, s0, t0 = q[k], r[k], s[k], t[k]
            q1, r1, s1, t1 = q[k + 1], r[k + 1], s[k + 1], t[k + 1]
            for j in range(n_rows):
                g, h = a[j], b[j]
                of_q[j] += _term(v, q0, g, product) + _term(w, q1, h, product)
                of_r[j] += _term(v, r0, g, product) + _term(w, r1, h, product)
                of_s[j] += _term(v, s0, g, product) + _term(w, s1, h, product)
                of_t[j] += _term(v, t0, g, product) + _term(w, t1, h, product)
        for m in range(i, i + 4):
            for j in range(n_rows):
                out[m, j] = out[m, j] + out[m, j] + (constants[m] + offsets[j])
