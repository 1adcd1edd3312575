"""Score queries against a gallery of any size, or find the best k rows of each, exactly."""

import numpy as np

from sklearn_dissim._kernels.backend import best_first
from sklearn_dissim._kernels.compiling import doubled, readable
from sklearn_dissim._kernels.exact_scores import ExactScores
from sklearn_dissim._kernels.few_query_scores import FewQueryScores
from sklearn_dissim._kernels.many_query_scores import ManyQueryScores
from sklearn_dissim._kernels.ranking import BestRows, lowest_floors
from sklearn_dissim._kernels.rounding import LARGEST_VALUE
from sklearn_dissim._kernels.threads import available_threads, in_threads, share_blocks

_FEW = 4  # queries; below, reading the gallery takes longer than scoring it
_SPARE = 16  # candidates beyond k, as single precision may confuse some
_GATHERED = 1 << 20  # elements of candidates scored at a time
_SMALL_GATHERED = 1 << 18  # of them; below, starting threads costs more than it gains
_WIDEST = 2.0**-60  # ratio of weights that single precision is trusted with
_SAMPLE = 1024  # rows of the gallery whose mean is the centre


def cross_scores(queries, gallery, score, n_threads):
    """Fill a matrix in single precision, and anew in double precision where that may fail."""
    exact = ExactScores(queries, score)
    fast, scale = fastest_scores(exact.queries, gallery, score)
    doubles = fast.dtype == np.float64 or not 1e-30 < scale < 1e30
    out = np.empty((len(queries), len(gallery)), np.float64 if doubles else np.float32)
    if fast.dtype == np.float64:
        _fill(exact, out, gallery, 1.0, 0.0, n_threads)
        return out
    _fill(fast, out, gallery, scale, score.intercept, n_threads)
    doubtful = np.flatnonzero(fast.doubtful())
    if len(doubtful):
        exact_rows = np.empty((len(doubtful), len(gallery)))
        _fill(exact.of_queries(doubtful), exact_rows, gallery, 1.0, 0.0, n_threads)
        out = out.astype(np.float64, copy=False)
        out[doubtful] = exact_rows
    return out


def _fill(score_blocks, out, gallery, scale, intercept, n_threads):
    scale, intercept = out.dtype.type(scale), out.dtype.type(intercept)

    def fill(blocks):
        for part, first_row, scores in score_blocks(blocks):
            scores = scores.astype(out.dtype, copy=False)  # and still in the cache
            scores *= scale
            scores += intercept
            out[part, first_row : first_row + scores.shape[1]] = scores

    share_blocks(fill, gallery, len(out), score_blocks.n_rows, n_threads)


def top_k(queries, gallery, score, k, n_threads):
    """Find the best in single precision with some to spare, and score these exactly.

    Where rounding could have hidden a better row, because the last of the k is not ahead of
    everything outside by more than the error bound (ties, duplicates), the query is done again
    in double precision.
    """
    k = min(k, len(gallery))
    exact = ExactScores(queries, score)
    fast, scale = fastest_scores(exact.queries, gallery, score)
    n_candidates = k + _SPARE
    if fast.dtype == np.float64 or n_candidates >= len(gallery):
        scores, rows = _best(exact, len(queries), gallery, k, n_threads)
        return best_first(scores, rows, k)
    rough, rows = _best(fast, len(queries), gallery, n_candidates, n_threads)
    if rough.shape[1] > n_candidates:  # every thread has found as many
        best = np.argpartition(-rough, n_candidates, axis=1)[:, :n_candidates]
        rough, rows = np.take_along_axis(rough, best, 1), np.take_along_axis(rows, best, 1)
    scores, rows = best_first(_candidate_scores(exact, gallery, rows, n_threads), rows, k)
    # No row outside the candidates is better than this. The intercept comes last, as in exact
    # scores, because adding it can round two scores to a tie.
    outside = scale * (rough.min(axis=1) + fast.error_bounds()) + score.intercept
    unsure = np.flatnonzero(~(scores[:, -1] > outside))
    if len(unsure):
        best, best_rows = _best(exact.of_queries(unsure), len(unsure), gallery, k, n_threads)
        scores[unsure], rows[unsure] = best_first(best, best_rows, k)
    return scores, rows


def rank_candidates(queries, gallery, score, candidates, k, n_threads):
    """Score the candidates exactly and sort them."""
    exact = ExactScores(queries, score)
    scores = _candidate_scores(exact, gallery, candidates, n_threads)
    return best_first(np.where(candidates < 0, -np.inf, scores), candidates, k)


def fastest_scores(queries, gallery, score):
    """Choose the fastest way to score blocks that rounds little enough.

    Parameters
    ----------
    queries : ndarray of float64, shape (n_queries, n_features)
    gallery : ndarray of shape (n_gallery, n_features)
    score : LinearScore

    Returns
    -------
    score_blocks : ManyQueryScores, FewQueryScores or ExactScores
        Without the intercept.
    scale : float
        What its scores are to be multiplied by.
    """
    weights = doubled(score.weights)
    exact = ExactScores(queries, type(score)(weights, score.difference)), 1.0
    sizes = np.abs(weights[weights != 0.0])
    if len(sizes) == 0 or sizes.min() < _WIDEST * sizes.max():
        return exact
    # Weights of about 1 keep scores far from where numbers overflow or underflow; a power of
    # two rounds nothing itself.
    scale = 2.0 ** np.floor(np.log2(sizes.max()))
    squared = score.difference == "squared"
    if len(queries) >= _FEW:
        sample = np.asarray(gallery[:: -(-len(gallery) // _SAMPLE)])
        center = sample.mean(axis=0, dtype=np.float64)
        if np.abs(center).max() > LARGEST_VALUE:
            return exact
        return ManyQueryScores(queries, weights / scale, squared, center), scale
    with np.errstate(over="ignore"):
        single = gallery.dtype.itemsize <= 4 and (queries == queries.astype(np.float32)).all()
    return (FewQueryScores(queries, weights / scale, squared), scale) if single else exact


def _best(score_blocks, n_queries, gallery, k, n_threads):
    """Return the best k of each thread, which hold the best k of all, in no order."""
    floors = lowest_floors(n_queries, score_blocks.dtype)

    def rank(blocks):
        best = BestRows(n_queries, k, score_blocks.dtype, floors)
        for part, first_row, scores in score_blocks(blocks):
            best.offer(scores, first_row, part)
        return best

    found = share_blocks(rank, gallery, n_queries, score_blocks.n_rows, n_threads)
    return np.hstack([best.scores for best in found]), np.hstack([best.rows for best in found])


def _candidate_scores(exact, gallery, rows, n_threads):
    """Return the exact scores of the rows that are candidates of each query."""
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
