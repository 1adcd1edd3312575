"""Rankings as they are shown: without the gallery items that a query ignores."""

import numpy as np

from sklearn_dissim._pairs.validation import check_one_dimensional


class Rankings:
    """Identities and groups of queries and gallery: who is right for whom, who is ignored.

    Ignored are gallery items of identity -1; those that share identity and group with the
    query; and the query itself, where the queries are the gallery.

    Parameters
    ----------
    query_identities : array-like of shape (n_queries,)
    gallery_identities : array-like of shape (n_gallery,) or None
        None: the queries are the gallery.
    query_groups, gallery_groups : array-like or None
        Of both sides, or of neither; of the queries alone where they are the gallery.
    shape : (int, int)
        Numbers of queries and of gallery items.
    """

    def __init__(self, query_identities, gallery_identities, query_groups, gallery_groups, shape):
        self._alone = gallery_identities is None
        if self._alone and shape[0] != shape[1]:
            raise ValueError(
                "gallery_identities must be given where queries are not the gallery; "
                f"there are {shape[0]} queries and {shape[1]} gallery items."
            )
        if self._alone:
            gallery_identities, gallery_groups = query_identities, query_groups
        if (query_groups is None) != (gallery_groups is None):
            missing = "query_groups" if query_groups is None else "gallery_groups"
            raise ValueError(f"{missing} must be given too; groups of both sides are compared.")
        self._identities = _both(query_identities, gallery_identities, shape, "identities")
        self._groups = None
        if query_groups is not None:
            self._groups = _both(query_groups, gallery_groups, shape, "groups")

    def right(self, queries, rows):
        """Whether gallery items are of the query's identity, for each query a row of them."""
        of_queries, of_gallery = self._identities
        return of_gallery[rows] == of_queries[queries, np.newaxis]

    def ignored(self, queries, rows):
        """Whether the query ignores them."""
        ignored = self._identities[1][rows] == -1
        if self._alone:
            ignored |= rows == queries[:, np.newaxis]
        if self._groups is not None:
            of_queries, of_gallery = self._groups
            same_group = of_gallery[rows] == of_queries[queries, np.newaxis]
            ignored |= same_group & self.right(queries, rows)
        return ignored

    def most_ignored(self, queries):
        """So many items must be found beyond those that are to be shown."""
        everyone = np.arange(len(self._identities[1]))
        return max(
            int(self.ignored(query, everyone[np.newaxis]).sum())
            for query in np.asarray(queries)[:, np.newaxis]
        )

    def without_ignored(self, queries, rows, k):
        """The first k that are not ignored, of each query; -1 where there are fewer."""
        shown = np.full((len(queries), k), -1)
        for line, found, ignored in zip(shown, rows, self.ignored(queries, rows), strict=True):
            kept = found[~ignored][:k]
            line[: len(kept)] = kept
        return shown


def _both(of_queries, of_gallery, shape, name):
    queries = check_one_dimensional(of_queries, f"query_{name}", np.empty((shape[0], 0)))
    gallery = check_one_dimensional(of_gallery, f"gallery_{name}", np.empty((shape[1], 0)))
    if (queries.dtype.kind == "U") != (gallery.dtype.kind == "U") and not (
        queries.dtype.kind == "O" or gallery.dtype.kind == "O"
    ):
        raise TypeError(
            f"query_{name} and gallery_{name} must be of one type; got {queries.dtype} and "
            f"{gallery.dtype}."
        )
    return queries, gallery
