"""How many rows of a gallery reach given scores, exactly, without a matrix of all scores."""

import numpy as np
from numba import njit

from sklearn_dissim._kernels._bits import N_BITS, lowest, n_set, reaching
from sklearn_dissim._kernels._exact_scores import ExactScores
from sklearn_dissim._kernels._search import share_blocks, way_to_score

_GATHERED = 1 << 20  # elements of rows scored at a time
_MOST = 1e300  # a margin that takes in everything
# NaN and infinity, where single precision overflows, have to compare as they should.
_kernel = njit(nogil=True, cache=True)


def scores_of(queries, gallery, weights, difference, rows, offsets, intercept=0.0):
    """Scores of queries with rows of their own, in double precision.

    Parameters
    ----------
    queries, gallery, weights, difference, intercept
        As in `cross_scores`.
    rows : ndarray of int, shape (n_rows,)
        Of the gallery: those of the first query, those of the second...
    offsets : ndarray of int, shape (n_queries + 1,)
        Where those of each query begin.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
    """
    exact = _exact(queries, weights, difference, intercept)
    owner = np.repeat(np.arange(len(queries)), np.diff(offsets))
    out = np.empty(len(rows))
    step = max(1, _GATHERED // gallery.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        gathered = gallery[rows[part]]
        out[part] = exact.of_pairs(owner[part], gathered, np.arange(len(gathered)))
    return out


def count_reaching(
    queries,
    gallery,
    weights,
    difference,
    scores,
    offsets,
    intercept=0.0,
    *,
    counted=None,
    n_threads=None,
):
    """Rows of the gallery that score more than given scores, and rows that score the same.

    Counted in single precision; what comes so near a given score that rounding could decide
    is scored anew in double precision.

    Parameters
    ----------
    queries, gallery, weights, difference, intercept, n_threads
        As in `cross_scores`.
    scores : ndarray of float64, shape (n_scores,)
        Those of the first query, rising, those of the second...; as `scores_of` gives them.
    offsets : ndarray of int, shape (n_queries + 1,)
        Where those of each query begin.
    counted : ndarray of bool, shape (n_gallery,), default=None
        Which rows; by default all.

    Returns
    -------
    above, equal : ndarrays of int64, shape (n_scores,)
    """
    exact = _exact(queries, weights, difference, intercept)
    fast, scale = way_to_score(exact.queries, gallery, exact.weights, difference)
    limits = (scores - intercept) / scale
    slack = 2.0**-50 * (np.abs(scores).max(initial=0.0) + abs(intercept)) / scale
    n_places = len(scores) + len(queries)  # below, between and above a query's scores

    def count(blocks):
        places, equal = np.zeros(n_places, np.int64), np.zeros(len(scores), np.int64)
        block = [None]
        for part, _, found in fast(_watched(blocks, block)):
            margins = np.full(len(queries), fast.errors() + slack)[part]
            margins = np.where(margins < _MOST, margins, _MOST)
            about = offsets[part.start : part.stop + 1], part.start
            doubtful = _place_all(found, margins, limits, *about, places)
            owners, rows = np.divmod(doubtful, found.shape[1])
            better = exact.of_pairs(part.start + owners, block[0], rows)
            _place_each(better, owners, scores, *about, places, equal)
        return places, equal

    shared = share_blocks(count, gallery, len(queries), fast.n_rows, n_threads, counted)
    places, equal = (np.sum(counts, axis=0) for counts in zip(*shared, strict=True))
    return _above(places, offsets), _of_equal_scores(equal, scores, offsets)


def _exact(queries, weights, difference, intercept):
    queries, weights = (np.ascontiguousarray(a, np.float64) for a in (queries, weights))
    return ExactScores(queries, weights, difference, intercept)


def _watched(blocks, block):
    for first_row, rows in blocks:
        block[0] = rows
        yield first_row, rows


def _above(places, offsets):
    """From how many rows lie between scores, how many lie above each."""
    from_here = np.append(np.cumsum(places[::-1])[::-1], 0)
    query = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    own = np.arange(offsets[-1]) + query
    return from_here[own + 1] - from_here[(offsets[1:] + np.arange(1, len(offsets)))[query]]


def _of_equal_scores(equal, scores, offsets):
    """What was counted for the first of equal scores, for all of them."""
    first = np.ones(len(scores), bool)
    first[1:] = scores[1:] != scores[:-1]
    first[offsets[:-1][offsets[:-1] < len(scores)]] = True
    return equal[np.flatnonzero(first)[np.cumsum(first) - 1]]


@_kernel
def _place_all(scores, margins, limits, offsets, first_query, places):
    """Count scores between a query's limits; those that lie too near one are returned."""
    n_queries, n_rows = scores.shape
    precise = scores.dtype.type
    doubtful = np.empty(n_queries * n_rows, np.int64)
    n_doubtful = 0
    some = np.empty(N_BITS, scores.dtype)
    for i in range(n_queries):
        own = limits[offsets[i] : offsets[i + 1]]
        if len(own) == 0:
            continue
        below = offsets[i] + first_query + i  # the place below the first limit
        for start in range(0, n_rows, N_BITS):
            n_some = min(N_BITS, n_rows - start)
            some[:n_some] = scores[i, start : start + n_some]
            known = ~np.uint64(0) >> np.uint64(N_BITS - n_some)
            near = _near(some, own, margins[i]) & known
            known &= ~near
            for k in range(len(own)):
                n_above = n_set(reaching(some, 0, precise(own[k])) & known)
                places[below + k + 1] += n_above
                places[below + k] -= n_above
            while near:
                doubtful[n_doubtful] = i * n_rows + start + lowest(near)
                near &= near - np.uint64(1)
                n_doubtful += 1
    return doubtful[:n_doubtful]


@_kernel
def _near(scores, limits, margin):
    """Bits of the scores that lie within a margin of some limit."""
    if margin >= _MOST:
        return ~np.uint64(0)
    near = np.uint64(0)
    precise = scores.dtype.type
    for limit in limits:
        wide = margin + 2.0**-22 * abs(limit)  # the sum is rounded
        from_here = reaching(scores, 0, precise(limit - wide))
        near |= from_here & ~reaching(scores, 0, precise(limit + wide))
    return near


@_kernel
def _n_below(limits, first, last, score):
    """The first of rising limits that is not below a score."""
    while first < last:
        middle = (first + last) // 2
        if limits[middle] < score:
            first = middle + 1
        else:
            last = middle
    return first


@_kernel
def _place_each(found, owners, scores, offsets, first_query, places, equal):
    for p in range(len(found)):
        i = owners[p]
        first, last = offsets[i], offsets[i + 1]
        place = _n_below(scores, first, last, found[p])
        places[first_query + i + place] += 1
        if place < last and scores[place] == found[p]:
            equal[place] += 1
