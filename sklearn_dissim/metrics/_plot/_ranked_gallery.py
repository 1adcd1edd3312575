"""RankedGalleryDisplay: queries, and what was found for each."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, check_random_state

from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of
from sklearn_dissim._utils.compat import take_rows
from sklearn_dissim.metrics._plot._item_drawings import drawings_for
from sklearn_dissim.metrics._plot._rankings import Rankings

# In inches: between cells; for the title, the ranks and the legend.
_GAP, _TITLE, _HEAD, _LEGEND = 0.14, 0.4, 0.3, 0.4
_QUERY: dict[str, Any] = {"edgecolor": "#999999", "linestyle": "-", "linewidth": 0.8}
_RIGHT: dict[str, Any] = {"edgecolor": SAME, "linestyle": "-", "linewidth": 2.5}
_WRONG: dict[str, Any] = {"edgecolor": DIFFERENT, "linestyle": (0, (2, 1)), "linewidth": 2.5}


class RankedGalleryDisplay:
    """Queries in the first column, and beside each its gallery items, best first.

    Items of the query's identity have a solid frame, others a dashed one of another colour.
    Items are drawn as images, vectors as bars, records and texts as lines of text.

    Make it with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    query_items : array-like of shape (n_queries, ...) or DataFrame
        What to draw of the queries.
    gallery_items : array-like of shape (n_gallery, ...) or DataFrame
        What to draw of the gallery.
    rows : ndarray of int, shape (n_queries, k)
        Row numbers in the gallery, best first; -1 where there is none.
    right : ndarray of bool, shape (n_queries, k)
        Whether they are of the query's identity.
    name : str, default=None
        Title.

    Attributes
    ----------
    query_drawings_ : list of matplotlib artists, one for each query
    gallery_drawings_ : list of such lists, one for each query
    frames_ : list of lists of matplotlib Rectangles, one list for each query
        Around the gallery items.
    legend_ : matplotlib Legend
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> from sklearn_dissim.metrics import RankedGalleryDisplay
    >>> X, digit = load_digits(return_X_y=True)
    >>> images = X.reshape(-1, 8, 8)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> display = RankedGalleryDisplay.from_estimator(
    ...     retriever.fit(X[:300], digit[:300]), X[300:], digit[300:],
    ...     gallery_items=images[:300], query_items=images[300:], random_state=0,
    ... )
    >>> display.right.shape
    (6, 8)
    """

    def __init__(self, *, query_items, gallery_items, rows, right, name=None):
        self.query_items = query_items
        self.gallery_items = gallery_items
        self.rows = rows
        self.right = right
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        retriever,
        X,
        y,
        *,
        gallery_items,
        query_items=None,
        query_groups=None,
        gallery_groups=None,
        k=8,
        n_queries=6,
        random_state=None,
        cmap="gray",
        name=None,
        ax=None,
    ):
        """Draw what a fitted retriever finds.

        Parameters
        ----------
        retriever : fitted DissimilarityRetriever
        X : array-like of shape (n_items, ...) or DataFrame
            Queries.
        y : array-like of shape (n_items,)
            Their identities.
        gallery_items : array-like of shape (n_gallery, ...) or DataFrame
            What to draw of the gallery, in its order: the retriever keeps vectors only.
        query_items : array-like of shape (n_items, ...) or DataFrame, default=None
            What to draw of the queries. Default: X.
        query_groups, gallery_groups : array-like of shape (n_items,), (n_gallery,), default=None
            Camera, drawer or vendor: gallery items that share it with the query, and the
            identity too, are left out. To search among the queries themselves, number both.
        k : int, default=8
            Gallery items a query.
        n_queries : int, default=6
            Drawn at random, if there are more.
        random_state : int, RandomState instance or None, default=None
            Draws them.
        cmap : str, default="gray"
            Colours of images that have none of their own.
        name : str, default=None
            Title; default: none.
        ax : matplotlib Axes, default=None
            Default: those of a new figure of the right size.

        Returns
        -------
        RankedGalleryDisplay

        Raises
        ------
        ValueError
            If there are not as many `gallery_items` as in the gallery, or not as many
            `query_items` as queries.
        """
        X, gallery_items = _with_shape(X), _with_shape(gallery_items)
        query_items = X if query_items is None else _with_shape(query_items)
        shape = X.shape[0], len(retriever.identities_)
        rankings = Rankings(y, retriever.identities_, query_groups, gallery_groups, shape)
        _check_sizes(query_items, gallery_items, shape, k)
        queries = _some(shape[0], n_queries, random_state)
        _, rows = retriever.search(take_rows(X, queries), k + rankings.most_ignored(queries))
        display = cls._of(rankings, queries, rows, k, query_items, gallery_items, name)
        return display.plot(ax, cmap=cmap)

    @classmethod
    def from_predictions(
        cls,
        scores,
        query_identities,
        gallery_identities=None,
        *,
        query_items,
        gallery_items=None,
        query_groups=None,
        gallery_groups=None,
        k=8,
        n_queries=6,
        random_state=None,
        cmap="gray",
        name=None,
        ax=None,
    ):
        """Draw the gallery items of highest score.

        Parameters
        ----------
        scores : array-like of shape (n_queries, n_gallery)
            Higher means more likely the same. Of equal ones the first comes first.
        query_identities : array-like of shape (n_queries,)
        gallery_identities : array-like of shape (n_gallery,), default=None
            Items of identity -1 are left out. Default: the queries are the gallery, and each
            is left out when it is the query; then `gallery_items` and `gallery_groups` are
            those of the queries, too.
        query_items, gallery_items, query_groups, gallery_groups, k, n_queries, random_state, \
                cmap, name, ax
            As in `from_estimator`.

        Returns
        -------
        RankedGalleryDisplay
        """
        scores = np.asarray(scores)
        if scores.ndim != 2:
            raise ValueError(
                f"scores must have shape (n_queries, n_gallery); got shape {scores.shape}."
            )
        assert_all_finite(scores, input_name="scores")
        query_items = _with_shape(query_items)
        gallery_items = query_items if gallery_items is None else _with_shape(gallery_items)
        rankings = Rankings(
            query_identities, gallery_identities, query_groups, gallery_groups, scores.shape
        )
        _check_sizes(query_items, gallery_items, scores.shape, k)
        queries = _some(len(scores), n_queries, random_state)
        rows = np.argsort(-scores[queries], axis=1, kind="stable")
        display = cls._of(rankings, queries, rows, k, query_items, gallery_items, name)
        return display.plot(ax, cmap=cmap)

    @classmethod
    def _of(cls, rankings, queries, rows, k, query_items, gallery_items, name):
        rows = rankings.without_ignored(queries, rows, k)
        return cls(
            query_items=take_rows(query_items, queries),
            gallery_items=gallery_items,
            rows=rows,
            right=rankings.right(queries, rows) & (rows >= 0),
            name=name,
        )

    def plot(self, ax=None, *, cmap="gray", name=None):
        """Draw queries and what was found for them.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Default: those of a new figure of the right size.
        cmap : str, default="gray"
            Colours of images that have none of their own.
        name : str, default=None
            Title; default: that of the display.

        Returns
        -------
        self
        """
        n_queries, k = self.rows.shape
        found = take_rows(self.gallery_items, self.rows[self.rows >= 0])
        drawings = drawings_for([self.query_items, found], cmap)
        width = _left(drawings, k) + drawings.width
        height = n_queries * (drawings.height + _GAP)
        name = self.name if name is None else name
        top = _HEAD + (_TITLE if name else 0)
        size = width + 2 * _GAP, top + height + _LEGEND
        self.ax_ = axes_of(self, ax, figsize=size)
        self.figure_ = self.ax_.figure
        self.query_drawings_, self.gallery_drawings_, self.frames_ = [], [], []
        for line in range(n_queries):
            self._draw_line(drawings, line)
        for column in range(k + 1):
            middle = _left(drawings, column) + drawings.width / 2
            self.ax_.text(middle, _GAP / 2, column or "query", ha="center", va="bottom", fontsize=9)
        self.ax_.set(xlim=(-_GAP, width + _GAP), ylim=(-height - _LEGEND, top), aspect="equal")
        self.ax_.set(xticks=[], yticks=[])
        self.ax_.spines[:].set_visible(False)
        self.ax_.set_title(name or "", y=1, pad=-14)  # inside, where no layout cuts it off
        self.legend_ = self._legend()
        return self

    def _draw_line(self, drawings, line):
        bottom = _GAP - (line + 1) * (drawings.height + _GAP)
        corner = _left(drawings, 0), bottom
        self.query_drawings_.append(drawings.draw(self.ax_, self.query_items, line, corner))
        self._frame(drawings, corner, _QUERY)
        artists, frames = [], []
        for column, row in enumerate(self.rows[line]):
            if row < 0:
                continue
            corner = _left(drawings, column + 1), bottom
            artists.append(drawings.draw(self.ax_, self.gallery_items, row, corner))
            style = _RIGHT if self.right[line, column] else _WRONG
            frames.append(self._frame(drawings, corner, style))
        self.gallery_drawings_.append(artists)
        self.frames_.append(frames)

    def _frame(self, drawings, corner, style):
        from matplotlib.patches import Rectangle

        frame = Rectangle(corner, drawings.width, drawings.height, fill=False, zorder=3, **style)
        return self.ax_.add_patch(frame)

    def _legend(self):
        from matplotlib.patches import Patch

        handles = [
            Patch(facecolor="none", label="the query's identity", **_RIGHT),
            Patch(facecolor="none", label="another identity", **_WRONG),
        ]
        return self.ax_.legend(handles=handles, ncols=2, frameon=False, loc="lower center")


def _left(drawings, column):
    """Where a column begins; the first, of the queries, stands apart."""
    return column * (drawings.width + _GAP) + (2 * _GAP if column else 0)


def _with_shape(items):
    return items if hasattr(items, "shape") else np.asarray(items)


def _check_sizes(query_items, gallery_items, shape, k):
    for name, items, size, what in (
        ("query_items", query_items, shape[0], "queries"),
        ("gallery_items", gallery_items, shape[1], "items in the gallery"),
    ):
        if items.shape[0] != size:
            raise ValueError(f"{name} must be {size}, as many as {what}; got {items.shape[0]}.")
    _check_whole(k, "k")


def _check_whole(number, name):
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{name} must be a whole number of at least 1; got {number!r}.")


def _some(n_existing, n_queries, random_state):
    """Rows of the queries that are drawn, rising."""
    _check_whole(n_queries, "n_queries")
    return np.sort(check_random_state(random_state).permutation(n_existing)[:n_queries])
