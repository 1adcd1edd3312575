"""Kernels compiled by numba, for the processor."""

from sklearn_dissim._kernels import counts, pair_lists, search
from sklearn_dissim._kernels.backend import Backend, best_first
from sklearn_dissim._kernels.ranking import BestRows


class CompiledBackend(Backend):
    """Score and search on the processor, in several threads."""

    def pair_scores(self, items, indices, weights, difference):
        """See `Backend.pair_scores`."""
        return pair_lists.pair_scores(items, indices, weights, difference)

    def pair_weighted_sum(self, items, indices, factors, difference):
        """See `Backend.pair_weighted_sum`."""
        return pair_lists.pair_weighted_sum(items, indices, factors, difference)

    def cross_scores(self, queries, gallery, score, *, n_threads=None):
        """See `Backend.cross_scores`; in single precision where that holds the scores."""
        return search.cross_scores(queries, gallery, score, n_threads)

    def top_k(self, queries, gallery, score, k, *, n_threads=None):
        """See `Backend.top_k`."""
        return search.top_k(queries, gallery, score, k, n_threads)

    def rank_candidates(self, queries, gallery, score, candidates, k, *, n_threads=None):
        """See `Backend.rank_candidates`."""
        return search.rank_candidates(queries, gallery, score, candidates, k, n_threads)

    def top_k_of_blocks(self, blocks, n_queries, k):
        """See `Backend.top_k_of_blocks`."""
        best, first_row = BestRows(n_queries, k), 0
        for scores in blocks:
            best.offer(scores, first_row)
            first_row += scores.shape[1]
        return best_first(best.scores, best.rows, k)

    def scores_of(self, queries, gallery, score, owners, rows):
        """See `Backend.scores_of`."""
        return counts.scores_of(queries, gallery, score, owners, rows)

    def count_reaching(
        self, queries, gallery, score, limits, offsets, *, counted=None, n_threads=None
    ):
        """See `Backend.count_reaching`."""
        return counts.count_reaching(queries, gallery, score, limits, offsets, counted, n_threads)
