"""Queries against a gallery of any size: all scores, or the best k of each query, exactly."""

import numpy as np

from sklearn_dissim._kernels.best_first import best_first
from sklearn_dissim._kernels.exact_scores import ExactScores
from sklearn_dissim._kernels.fast_scores import FastScores
from sklearn_dissim._kernels.few_scores import FewScores
from sklearn_dissim._kernels.plain import LARGEST, doubled, readable
from sklearn_dissim._kernels.ranking import no_best, no_score, offer
from sklearn_dissim._kernels.threads import available_threads, in_threads

_BLOCK = 1 << 23  # elements of the gallery that a thread reads at a time, at most
_FEW = 4  # queries; below, reading the gallery takes longer than scoring it
_SMALL = 1 << 25  # elements; below, starting threads costs more than it gains
_SPARE = 16  # candidates beyond k, as single precision may confuse some
_GATHERED = 1 << 20  # elements of candidates scored at a time
_SMALL_GATHERED = 1 << 18  # of them; below, as above
_WIDEST = 2.0**-60  # ratio of weights that single precision is trusted with
_SAMPLE = 1024  # rows of the gallery whose mean is the centre


def cross_scores(queries, gallery, weights, difference, intercept=0.0, *, n_threads=None):
    """``sum_k weights[k] * d_k + intercept`` of every query with every gallery row.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_features)
    gallery : ndarray of shape (n_gallery, n_features)
        Of any float type and layout, in memory or mapped.
    weights : ndarray of shape (n_features,)
    difference : {"absolute", "squared", "relative"}
    intercept : float, default=0.0
    n_threads : int, default=None
        By default all that this process may use.

    Returns
    -------
    ndarray of float, shape (n_queries, n_gallery)
        The scores in double precision, within 2e-4 of their spread; in single precision where
        that holds them.
    """
    queries, weights = doubled(queries), doubled(weights)
    score, scale = way_to_score(queries, gallery, weights, difference)
    doubles = score.dtype == np.float64 or not 1e-30 < scale < 1e30
    out = np.empty((len(queries), len(gallery)), np.float64 if doubles else np.float32)
    _score_all(score, out, gallery, scale, intercept, n_threads)
    if score.dtype == np.float64:
        return out
    doubtful = np.flatnonzero(score.doubtful())
    if len(doubtful):
        exact = ExactScores(queries[doubtful], weights, difference, intercept)
        better = np.empty((len(doubtful), len(gallery)))
        _score_all(exact, better, gallery, 1.0, 0.0, n_threads)
        out = out.astype(np.float64, copy=False)
        out[doubtful] = better
    return out


def _score_all(score, out, gallery, scale, intercept, n_threads):
    scale, intercept = out.dtype.type(scale), out.dtype.type(intercept)

    def fill(blocks):
        for part, first_row, scores in score(blocks):
            scores = scores.astype(out.dtype, copy=False)  # and still in the cache
            scores *= scale
            scores += intercept
            out[part, first_row : first_row + scores.shape[1]] = scores

    share_blocks(fill, gallery, len(out), score.n_rows, n_threads)


def top_k(queries, gallery, weights, difference, k, intercept=0.0, *, n_threads=None):
    """The k rows of the gallery with the highest scores, for every query.

    Found in single precision with some to spare, and scored anew in double precision; where
    rounding could have hidden a better row, the query is done again in double precision. The
    result is that of sorting all scores in double precision.

    Parameters
    ----------
    queries, gallery, weights, difference, intercept, n_threads
        As in `cross_scores`.
    k : int
        If there are fewer rows, these.

    Returns
    -------
    scores : ndarray of float64, shape (n_queries, k)
        Falling.
    rows : ndarray of int64, shape (n_queries, k)
        Of equal scores the lower row comes first.
    """
    queries, weights = doubled(queries), doubled(weights)
    k = min(k, len(gallery))
    exact = ExactScores(queries, weights, difference, intercept)
    fast, scale = way_to_score(queries, gallery, weights, difference)
    n_candidates = k + _SPARE
    if fast.dtype == np.float64 or n_candidates >= len(gallery):
        scores, rows = _best(exact, len(queries), gallery, k, n_threads)
        return best_first(scores, rows, k)
    found, rows = _best(fast, len(queries), gallery, n_candidates, n_threads)
    if found.shape[1] > n_candidates:
        best = np.argpartition(-found, n_candidates, axis=1)[:, :n_candidates]
        found, rows = np.take_along_axis(found, best, 1), np.take_along_axis(rows, best, 1)
    scores, rows = best_first(_of_candidates(exact, gallery, rows, n_threads), rows, k)
    # No row that was not found is better than this; the intercept can round to a tie.
    outside = scale * (found.min(axis=1) + fast.errors()) + intercept
    unsure = np.flatnonzero(~(scores[:, -1] > outside))
    if len(unsure):
        exact = ExactScores(queries[unsure], weights, difference, intercept)
        found, found_rows = _best(exact, len(unsure), gallery, k, n_threads)
        scores[unsure], rows[unsure] = best_first(found, found_rows, k)
    return scores, rows


def rank_candidates(
    queries, gallery, weights, difference, candidates, k, intercept=0.0, *, n_threads=None
):
    """The best k of rows proposed for each query, by scores in double precision.

    Parameters
    ----------
    queries, gallery, weights, difference, intercept, n_threads
        As in `cross_scores`.
    candidates : ndarray of int, shape (n_queries, n_candidates)
        -1 is none.
    k : int

    Returns
    -------
    scores, rows
        As of `top_k`; -inf and -1 where there were fewer candidates.
    """
    exact = ExactScores(doubled(queries), doubled(weights), difference, intercept)
    scores = _of_candidates(exact, gallery, candidates, n_threads)
    return best_first(np.where(candidates < 0, -np.inf, scores), candidates, k)


def way_to_score(queries, gallery, weights, difference):
    """The fastest there is, and what its scores are to be multiplied by."""
    exact = ExactScores(queries, weights, difference), 1.0
    sizes = np.abs(weights[weights != 0.0])
    if difference == "relative" or len(sizes) == 0 or sizes.min() < _WIDEST * sizes.max():
        return exact
    # Weights of about 1 make rounding known; a power of two rounds nothing itself.
    scale = 2.0 ** np.floor(np.log2(sizes.max()))
    squared = difference == "squared"
    if len(queries) >= _FEW:
        sample = np.asarray(gallery[:: -(-len(gallery) // _SAMPLE)])
        center = sample.mean(axis=0, dtype=np.float64)
        if np.abs(center).max() > LARGEST:
            return exact
        return FastScores(queries, weights / scale, squared, center), scale
    with np.errstate(over="ignore"):
        single = gallery.dtype.itemsize <= 4 and (queries == queries.astype(np.float32)).all()
    return (FewScores(queries, weights / scale, squared), scale) if single else exact


def _best(score, n_queries, gallery, k, n_threads):
    """The best k by a way to score blocks, in no order, among others that threads found."""
    floors = np.full(n_queries, no_score(score.dtype), score.dtype)

    def rank(blocks):
        best, best_rows = no_best(n_queries, k, score.dtype)
        for part, first_row, scores in score(blocks):
            offer(scores, first_row, best[part], best_rows[part], floors[part])
        return best, best_rows

    scores, rows = zip(
        *share_blocks(rank, gallery, n_queries, score.n_rows, n_threads), strict=True
    )
    return np.hstack(scores), np.hstack(rows)


def _of_candidates(exact, gallery, rows, n_threads):
    """Exact scores of the rows that were found for each query."""
    out = np.empty(rows.shape)
    n_threads = n_threads or available_threads()
    if rows.size * gallery.shape[1] < _SMALL_GATHERED:
        n_threads = 1
    n_at_once = max(1, _GATHERED // (rows.shape[1] * gallery.shape[1]))
    n_at_once = min(n_at_once, -(-len(rows) // n_threads))
    parts = [slice(start, start + n_at_once) for start in range(0, len(rows), n_at_once)]

    def score(thread):
        for part in parts[thread::n_threads]:
            exact.of_candidates(part, readable(gallery[rows[part].ravel()]), out[part])

    in_threads(score, min(n_threads, len(parts)))
    return out


def share_blocks(task, gallery, n_queries, n_rows, n_threads, counted=None):
    """``task(blocks)`` in every thread, over blocks of at most n_rows, as each comes to them.

    A block is the number of its first row and its rows, but for those that are not counted.
    """
    n_rows = max(1, min(n_rows, _BLOCK // gallery.shape[1]))
    starts = range(0, len(gallery), n_rows)
    n_threads = min(n_threads or available_threads(), len(starts))
    if n_queries * gallery.size < _SMALL:
        n_threads = 1
    left = iter(starts)  # whose next() is one step for all threads

    def blocks():
        for start in left:
            rows = gallery[start : start + n_rows]
            if counted is not None:
                rows = rows[counted[start : start + n_rows]]
            if len(rows):
                yield start, readable(rows)

    return in_threads(lambda _: task(blocks()), n_threads)
