"""Count exactly how many gallery rows reach given scores, without a matrix of all scores.

Retrieval metrics need the ranks of relevant items, not scores: 1 + how many items are ahead. Scores
are compared with those of the relevant items, the *limits*, in single precision; what lies so near
a limit that rounding could decide (one score in a hundred or fewer) is scored in double precision.
"""

import numpy as np

from sklearn_dissim._kernels.compiling import strict_kernel
from sklearn_dissim._kernels.exact_scores import ExactScores
from sklearn_dissim._kernels.ranking import n_reaching
from sklearn_dissim._kernels.search import fastest_scores
from sklearn_dissim._kernels.threads import share_blocks

_GATHERED = 1 << 20  # elements of rows scored at a time
_MANY = 400  # limits of a query; beyond, bisection is faster than comparing with each
_MOST = 1e300  # a margin that takes in everything
_TOGETHER = 64  # flags that are looked at as one, because few are set
_ROUNDED = 2.0**-22  # relative error of a limit in single precision, doubled to be safe


def scores_of(queries, gallery, score, owners, rows):
    """Score pairs exactly, some rows of the gallery at a time."""
    exact = ExactScores(queries, score)
    out = np.empty(len(rows))
    step = max(1, _GATHERED // gallery.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        gathered = gallery[rows[part]]
        out[part] = exact.of_pairs(owners[part], gathered, np.arange(len(gathered)))
    return out


def count_reaching(queries, gallery, score, limits, offsets, counted, n_threads):
    """Count the scores that fall between the limits of each query, block by block."""
    exact = ExactScores(queries, score)
    fast, scale = fastest_scores(exact.queries, gallery, score)
    fast_limits = (limits - score.intercept) / scale
    # The intercept was added to the limits in double precision, and taking it off rounds again.
    slack = 2.0**-50 * (np.abs(limits).max(initial=0.0) + abs(score.intercept)) / scale
    n_places = len(limits) + len(queries)  # below, between and above a query's limits

    def count(blocks):
        places, block = np.zeros(n_places, np.int64), [None]
        for part, _, scores in fast(_remembered(blocks, block)):
            margins = np.full(len(queries), fast.error_bounds() + slack)[part]
            margins = np.where(margins < _MOST, margins, _MOST)
            own_offsets = offsets[part.start : part.stop + 1]
            near = _place_all(scores, margins, fast_limits, own_offsets, part.start, places)
            owners, rows = np.divmod(near, scores.shape[1])
            exact_scores = exact.of_pairs(part.start + owners, block[0], rows)
            _place_each(exact_scores, owners, limits, own_offsets, part.start, places)
        return places

    counts = share_blocks(count, gallery, len(queries), fast.n_rows, n_threads, counted)
    return _sums_from_above(np.sum(counts, axis=0), offsets)


def _remembered(blocks, block):
    """Yield the same blocks, and keep the rows of the last one in a list."""
    for first_row, rows in blocks:
        block[0] = rows
        yield first_row, rows


def _sums_from_above(places, offsets):
    """Add up how many scores lie above each limit, from how many lie at each place."""
    sums = np.append(np.cumsum(places[::-1])[::-1], 0)
    query = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    # A query has one place more than limits: those of query i begin at offsets[i] + i.
    own = np.arange(offsets[-1]) + query
    return sums[own + 1] - sums[offsets[1:][query] + query + 1]


@strict_kernel
def _place_all(scores, margins, limits, offsets, first_query, places):
    """Count scores at the places between the limits; return those that lie too near one.

    Parameters
    ----------
    scores : ndarray of shape (n_queries, n_rows)
    margins : ndarray of float64, shape (n_queries,)
        How near to a limit is too near.
    limits : ndarray of float64, shape (n_limits,)
        Of all queries, rising for each.
    offsets : ndarray of int, shape (n_queries + 1,)
        Where the limits of these queries begin.
    first_query : int
        Number of the first of these queries.
    places : ndarray of int64
        Raised by the counts.

    Returns
    -------
    ndarray of int64
        Positions in the flattened scores that were not counted.
    """
    n_queries, n_rows = scores.shape
    doubtful = np.empty(n_queries * n_rows, np.int64)
    n_doubtful = 0
    near = np.empty(n_rows, np.bool_)
    for i in range(n_queries):
        own = limits[offsets[i] : offsets[i + 1]]
        if len(own) == 0:
            continue
        first_place = offsets[i] + first_query + i
        own_places = places[first_place : first_place + len(own) + 1]
        near[:] = margins[i] >= _MOST
        if margins[i] < _MOST:
            if len(own) > _MANY:
                _place_by_bisection(scores[i], own, margins[i], own_places, near)
            else:
                _place_by_comparison(scores[i], own, margins[i], own_places, near)
        for first in range(0, n_rows, _TOGETHER):
            last = min(first + _TOGETHER, n_rows)
            if not _any(near[first:last]):
                continue
            for j in range(first, last):
                if near[j]:
                    doubtful[n_doubtful] = i * n_rows + j
                    n_doubtful += 1
    return doubtful[:n_doubtful]


@strict_kernel
def _any(flags):
    count = 0
    for j in range(len(flags)):
        count += flags[j]
    return count > 0


@strict_kernel
def _place_by_comparison(scores, limits, margin, places, near):
    """Count by comparing all scores with each limit, a register of scores at once.

    Bisection guesses half of its branches wrong, and takes ten times as long for few limits.
    """
    precise = scores.dtype.type
    n_below = len(scores)  # scores that do not reach the limit, from the one before on
    for k in range(len(limits)):
        wide = margin + _ROUNDED * abs(limits[k])
        low, high = precise(limits[k] - wide), precise(limits[k] + wide)
        n_low, n_high = n_reaching(scores, low), n_reaching(scores, high)
        places[k] += n_below - n_high
        n_below = n_high
        if n_low > n_high:
            _flag(scores, low, high, near)
        if n_low == 0:
            break  # no score reaches the limits that follow, as they rise
    places[len(limits)] += n_below
    # Scores near some limit were counted, too: as if they did not reach what they are near.
    for first in range(0, len(scores), _TOGETHER):
        last = min(first + _TOGETHER, len(scores))
        if not _any(near[first:last]):
            continue
        for j in range(first, last):
            if near[j]:
                place = 0
                while place < len(limits) and scores[j] >= precise(
                    limits[place] + margin + _ROUNDED * abs(limits[place])
                ):
                    place += 1
                places[place] -= 1


@strict_kernel
def _flag(scores, low, high, flags):
    for j in range(len(scores)):
        flags[j] |= (scores[j] >= low) & (scores[j] < high)


@strict_kernel
def _place_by_bisection(scores, limits, margin, places, near):
    """Count by looking up each score among the limits, where there are many."""
    for j in range(len(scores)):
        score = np.float64(scores[j])
        wide = margin + _ROUNDED * abs(score)
        place = _n_reached(limits, 0, len(limits), score)
        above = place == 0 or limits[place - 1] < score - wide
        below = place == len(limits) or limits[place] > score + wide
        if above and below:
            places[place] += 1
        else:
            near[j] = True


@strict_kernel
def _n_reached(limits, first, last, score):
    """Return the position of the first of rising limits that exceeds a score."""
    while first < last:
        middle = (first + last) // 2
        if limits[middle] <= score:
            first = middle + 1
        else:
            last = middle
    return first


@strict_kernel
def _place_each(scores, owners, limits, offsets, first_query, places):
    """Count exact scores among exact limits."""
    for p in range(len(scores)):
        first, last = offsets[owners[p]], offsets[owners[p] + 1]
        places[first_query + owners[p] + _n_reached(limits, first, last, scores[p])] += 1
