"""How many rows of a gallery reach given scores, exactly, without a matrix of all scores."""

import numpy as np
from numba import njit

from sklearn_dissim._kernels.bits import N_BITS, lowest, n_set, reaching
from sklearn_dissim._kernels.exact_scores import ExactScores
from sklearn_dissim._kernels.plain import doubled
from sklearn_dissim._kernels.search import share_blocks, way_to_score

_GATHERED = 1 << 20  # elements of rows scored at a time
_MANY = 400  # limits of a query; beyond, bisection is faster than comparing with each
_MOST = 1e300  # a margin that takes in everything
# NaN and infinity, where single precision overflows, have to compare as they should.
_kernel = njit(nogil=True, cache=True)


def scores_of(queries, gallery, weights, difference, owners, rows, intercept=0.0):
    """Scores of pairs of a query and a gallery row, in double precision.

    Parameters
    ----------
    queries, gallery, weights, difference, intercept
        As in `cross_scores`.
    owners, rows : ndarrays of int, shape (n_pairs,)
        Numbers of queries and of gallery rows.

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
    """
    exact = _exact(queries, weights, difference, intercept)
    out = np.empty(len(rows))
    step = max(1, _GATHERED // gallery.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        gathered = gallery[rows[part]]
        out[part] = exact.of_pairs(owners[part], gathered, np.arange(len(gathered)))
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
    """How many rows of the gallery score at least as much as given scores.

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
    ndarray of int64, shape (n_scores,)
    """
    exact = _exact(queries, weights, difference, intercept)
    fast, scale = way_to_score(exact.queries, gallery, exact.weights, difference)
    limits = (scores - intercept) / scale
    slack = 2.0**-50 * (np.abs(scores).max(initial=0.0) + abs(intercept)) / scale
    n_places = len(scores) + len(queries)  # below, between and above a query's scores

    def count(blocks):
        places, block = np.zeros(n_places, np.int64), [None]
        for part, _, found in fast(_watched(blocks, block)):
            margins = np.full(len(queries), fast.errors() + slack)[part]
            margins = np.where(margins < _MOST, margins, _MOST)
            about = offsets[part.start : part.stop + 1], part.start, places
            near = _place_all(found, margins, limits, *about)
            owners, rows = np.divmod(near, found.shape[1])
            exactly = exact.of_pairs(part.start + owners, block[0], rows)
            _place_each(exactly, owners, scores, *about)
        return places

    shared = share_blocks(count, gallery, len(queries), fast.n_rows, n_threads, counted)
    return _from_here(np.sum(shared, axis=0), offsets)


def _exact(queries, weights, difference, intercept):
    return ExactScores(doubled(queries), doubled(weights), difference, intercept)


def _watched(blocks, block):
    for first_row, rows in blocks:
        block[0] = rows
        yield first_row, rows


def _from_here(places, offsets):
    """How many lie above each score, from how many lie below, between and above a query's."""
    sums = np.append(np.cumsum(places[::-1])[::-1], 0)
    query = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    own = np.arange(offsets[-1]) + query
    return sums[own + 1] - sums[offsets[1:][query] + query + 1]


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
            if len(own) > _MANY and margins[i] < _MOST:
                near = _place_one_by_one(some[:n_some], own, margins[i], places, below)
            else:
                near, n_reached = _near(some, own, margins[i])
                near &= known
                known &= ~near
                for k in range(n_reached):
                    n_above = n_set(reaching(some, 0, precise(own[k])) & known)
                    places[below + k + 1] += n_above
                    places[below + k] -= n_above
            while near:
                doubtful[n_doubtful] = i * n_rows + start + lowest(near)
                near &= near - np.uint64(1)
                n_doubtful += 1
    return doubtful[:n_doubtful]


@_kernel
def _place_one_by_one(scores, limits, margin, places, below):
    """The same by bisection, for many limits; returns the bits of scores near a limit."""
    near = np.uint64(0)
    for j in range(len(scores)):
        score = np.float64(scores[j])
        wide = margin + 2.0**-22 * abs(score)
        place = _n_reached(limits, 0, len(limits), score)
        apart = place == 0 or limits[place - 1] < score - wide
        if apart and (place == len(limits) or limits[place] > score + wide):
            places[below + place] += 1
        else:
            near |= np.uint64(1) << np.uint64(j)
    return near


@_kernel
def _n_reached(limits, first, last, score):
    """Where rising limits exceed a score, from the first to before the last."""
    while first < last:
        middle = (first + last) // 2
        if limits[middle] <= score:
            first = middle + 1
        else:
            last = middle
    return first


@_kernel
def _near(scores, limits, margin):
    """Bits of the scores within a margin of some limit, and how many limits scores come near."""
    if margin >= _MOST:
        return ~np.uint64(0), len(limits)
    near = np.uint64(0)
    precise = scores.dtype.type
    for k in range(len(limits)):
        wide = margin + 2.0**-22 * abs(limits[k])  # the sum is rounded
        from_here = reaching(scores, 0, precise(limits[k] - wide))
        if from_here == 0:
            return near, k  # the limits rise
        near |= from_here & ~reaching(scores, 0, precise(limits[k] + wide))
    return near, len(limits)


@_kernel
def _place_each(found, owners, scores, offsets, first_query, places):
    """Count exact scores; `scores` are those of the queries, rising."""
    for p in range(len(found)):
        first, last = offsets[owners[p]], offsets[owners[p] + 1]
        places[first_query + owners[p] + _n_reached(scores, first, last, found[p])] += 1
