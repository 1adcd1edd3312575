"""RankedGalleryDisplay: queries, and beside each the gallery items that rank highest for it."""

from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, check_random_state

from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of
from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.compat import take_rows
from sklearn_dissim.metrics._plot._item_drawings import drawings_for
from sklearn_dissim.metrics._relevance import judge_relevance

# In inches: between cells; for the title, the ranks and the legend.
_GAP, _TITLE, _HEAD, _LEGEND = 0.14, 0.4, 0.3, 0.4
_QUERY_FRAME: dict[str, Any] = {"edgecolor": "#999999", "linestyle": "-", "linewidth": 0.8}
_SAME_FRAME: dict[str, Any] = {"edgecolor": SAME, "linestyle": "-", "linewidth": 2.5}
_OTHER_FRAME: dict[str, Any] = {
    "edgecolor": DIFFERENT,
    "linestyle": (0, (2, 1)),
    "linewidth": 2.5,
}


class RankedGalleryDisplay:
    """Show queries in the first column, and beside each its gallery items, best first.

    Items of the query's identity have a solid frame, items of another identity a dashed frame
    of another colour. Images are drawn as images, vectors as bars, records and texts as lines
    of text.

    Make the display with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    query_items : array-like of shape (n_queries, ...) or DataFrame
        What to draw of the queries.
    gallery_items : array-like of shape (n_gallery, ...) or DataFrame
        What to draw of the gallery.
    rows : ndarray of int, shape (n_queries, k)
        Row numbers in the gallery, best first; -1 where there is none.
    relevant : ndarray of bool, shape (n_queries, k)
        Whether these gallery items are of the query's identity.
    name : str, default=None
        Title of the picture.

    Attributes
    ----------
    query_drawings_ : list of matplotlib artists, one for each query
        What was drawn of the queries.
    gallery_drawings_ : list of such lists, one for each query
        What was drawn of the gallery items.
    frames_ : list of lists of matplotlib Rectangles, one list for each query
        The frames around the gallery items.
    legend_ : matplotlib Legend
        The legend.
    ax_ : matplotlib Axes
        The axes that were drawn on.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    CMCDisplay : The share of queries with a relevant item at each rank or before.
    average_precision : A number for each query, to see which of them fail.

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
    >>> display.relevant.shape
    (6, 8)
    """

    def __init__(self, *, query_items, gallery_items, rows, relevant, name=None):
        self.query_items = query_items
        self.gallery_items = gallery_items
        self.rows = rows
        self.relevant = relevant
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
        """Search the gallery of a fitted retriever, and draw what ranks highest.

        Parameters
        ----------
        retriever : fitted DissimilarityRetriever
            Its gallery is searched.
        X : array-like of shape (n_items, ...) or DataFrame
            The queries.
        y : array-like of shape (n_items,)
            The identities of the queries.
        gallery_items : array-like of shape (n_gallery, ...) or DataFrame
            What to draw of the gallery, in its order: the retriever keeps vectors only.
        query_items : array-like of shape (n_items, ...) or DataFrame, default=None
            What to draw of the queries. By default `X`.
        query_groups : array-like of shape (n_items,), default=None
            Camera, drawer or vendor of each query. Gallery items that share both group and
            identity with the query are left out. To search a gallery with its own items, let
            their row numbers be the groups on both sides.
        gallery_groups : array-like of shape (n_gallery,), default=None
            The group of each gallery item; to be given if `query_groups` are.
        k : int, default=8
            Number of gallery items shown for each query.
        n_queries : int, default=6
            Number of queries shown; if there are more, they are drawn at random.
        random_state : int, RandomState instance or None, default=None
            Draws the queries. Pass an int for the same queries at each call.
        cmap : str, default="gray"
            Colormap of images that have no colours of their own.
        name : str, default=None
            Title of the picture. By default it has none.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure of the right size.

        Returns
        -------
        RankedGalleryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are not as many `gallery_items` as in the gallery, or not as many
            `query_items` as queries.
        """
        X, gallery_items = _with_shape(X), _with_shape(gallery_items)
        query_items = X if query_items is None else _with_shape(query_items)
        shape = X.shape[0], len(retriever.identities_)
        _check_sizes(query_items, gallery_items, shape)
        check_count(k, "k")
        queries = _draw_queries(shape[0], n_queries, random_state)
        relevance = judge_relevance(
            shape,
            y,
            retriever.identities_,
            query_groups=query_groups,
            gallery_groups=gallery_groups,
            queries=queries,
        )
        most_ignored = max(len(relevance.all_ignored_for(i)) for i in range(len(queries)))
        _, ranking = retriever.search(take_rows(X, queries), k + most_ignored)
        rows, relevant = _without_ignored(ranking, relevance, k)
        display = cls(
            query_items=take_rows(query_items, queries),
            gallery_items=gallery_items,
            rows=rows,
            relevant=relevant,
            name=name,
        )
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
            Higher means more likely the same. Of equal scores, the item of the lower row number
            comes first.
        query_identities : array-like of shape (n_queries,)
            The identities of the queries.
        gallery_identities : array-like of shape (n_gallery,), default=None
            The identities of the gallery; items of identity -1 are left out. By default the
            queries are the gallery, and each of them is left out when it is the query.
        query_items : array-like of shape (n_queries, ...) or DataFrame
            What to draw of the queries.
        gallery_items : array-like of shape (n_gallery, ...) or DataFrame, default=None
            What to draw of the gallery. By default `query_items`.
        query_groups : array-like of shape (n_queries,), default=None
            Camera, drawer or vendor of each query. Gallery items that share both group and
            identity with the query are left out.
        gallery_groups : array-like of shape (n_gallery,), default=None
            The group of each gallery item; to be given if `query_groups` are, unless the
            queries are the gallery.
        k : int, default=8
            Number of gallery items shown for each query.
        n_queries : int, default=6
            Number of queries shown; if there are more, they are drawn at random.
        random_state : int, RandomState instance or None, default=None
            Draws the queries. Pass an int for the same queries at each call.
        cmap : str, default="gray"
            Colormap of images that have no colours of their own.
        name : str, default=None
            Title of the picture. By default it has none.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure of the right size.

        Returns
        -------
        RankedGalleryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes do not fit, or scores are NaN or infinite.
        """
        scores = np.asarray(scores)
        if scores.ndim != 2:
            raise ValueError(
                f"scores must have shape (n_queries, n_gallery); got shape {scores.shape}."
            )
        assert_all_finite(scores, input_name="scores")
        query_items = _with_shape(query_items)
        gallery_items = query_items if gallery_items is None else _with_shape(gallery_items)
        check_count(k, "k")
        queries = _draw_queries(len(scores), n_queries, random_state)
        relevance = judge_relevance(
            scores.shape,
            query_identities,
            gallery_identities,
            query_groups=query_groups,
            gallery_groups=gallery_groups,
            queries=queries,
        )
        _check_sizes(query_items, gallery_items, scores.shape)
        ranking = np.argsort(-scores[queries], axis=1, kind="stable")
        rows, relevant = _without_ignored(ranking, relevance, k)
        display = cls(
            query_items=take_rows(query_items, queries),
            gallery_items=gallery_items,
            rows=rows,
            relevant=relevant,
            name=name,
        )
        return display.plot(ax, cmap=cmap)

    def plot(self, ax=None, *, cmap="gray", name=None):
        """Draw the queries and the gallery items that rank highest for them.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure of the right size.
        cmap : str, default="gray"
            Colormap of images that have no colours of their own.
        name : str, default=None
            Title of the picture. By default that of the display.

        Returns
        -------
        RankedGalleryDisplay
            The display itself.
        """
        n_queries, k = self.rows.shape
        shown_items = take_rows(self.gallery_items, self.rows[self.rows >= 0])
        drawings = drawings_for([self.query_items, shown_items], cmap)
        width = _left_edge(drawings, k) + drawings.width
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
            middle = _left_edge(drawings, column) + drawings.width / 2
            self.ax_.text(middle, _GAP / 2, column or "query", ha="center", va="bottom", fontsize=9)
        self.ax_.set(xlim=(-_GAP, width + _GAP), ylim=(-height - _LEGEND, top), aspect="equal")
        self.ax_.set(xticks=[], yticks=[])
        self.ax_.spines[:].set_visible(False)
        self.ax_.set_title(name or "", y=1, pad=-14)  # inside, where no layout cuts it off
        self.legend_ = self._draw_legend()
        return self

    def _draw_line(self, drawings, line):
        """Draw one query and its gallery items from left to right."""
        bottom = _GAP - (line + 1) * (drawings.height + _GAP)
        corner = _left_edge(drawings, 0), bottom
        self.query_drawings_.append(drawings.draw(self.ax_, self.query_items, line, corner))
        self._draw_frame(drawings, corner, _QUERY_FRAME)
        artists, frames = [], []
        for column, row in enumerate(self.rows[line]):
            if row < 0:
                continue
            corner = _left_edge(drawings, column + 1), bottom
            artists.append(drawings.draw(self.ax_, self.gallery_items, row, corner))
            style = _SAME_FRAME if self.relevant[line, column] else _OTHER_FRAME
            frames.append(self._draw_frame(drawings, corner, style))
        self.gallery_drawings_.append(artists)
        self.frames_.append(frames)

    def _draw_frame(self, drawings, corner, style):
        from matplotlib.patches import Rectangle

        frame = Rectangle(corner, drawings.width, drawings.height, fill=False, zorder=3, **style)
        return self.ax_.add_patch(frame)

    def _draw_legend(self):
        from matplotlib.patches import Patch

        handles = [
            Patch(facecolor="none", label="the query's identity", **_SAME_FRAME),
            Patch(facecolor="none", label="another identity", **_OTHER_FRAME),
        ]
        return self.ax_.legend(handles=handles, ncols=2, frameon=False, loc="lower center")


def _without_ignored(ranking, relevance, k):
    """Return the first k rows of each ranking that are not ignored, and which are relevant.

    Parameters
    ----------
    ranking : ndarray of int, shape (n_queries, n_ranked)
        Gallery rows of each query, best first.
    relevance : Relevance
        Of the same queries.
    k : int

    Returns
    -------
    rows : ndarray of int, shape (n_queries, k)
        -1 where fewer rows are left.
    relevant : ndarray of bool, shape (n_queries, k)
    """
    rows = np.full((len(ranking), k), -1)
    relevant = np.zeros(rows.shape, bool)
    for query, ranked in enumerate(ranking):
        kept = ranked[~np.isin(ranked, relevance.all_ignored_for(query))][:k]
        rows[query, : len(kept)] = kept
        relevant[query, : len(kept)] = np.isin(kept, relevance.relevant.of(query))
    return rows, relevant


def _left_edge(drawings, column):
    """Return where a column begins; a wider gap sets the queries off."""
    return column * (drawings.width + _GAP) + (2 * _GAP if column else 0)


def _with_shape(items):
    return items if hasattr(items, "shape") else np.asarray(items)


def _check_sizes(query_items, gallery_items, shape):
    for name, items, size, meaning in (
        ("query_items", query_items, shape[0], "queries"),
        ("gallery_items", gallery_items, shape[1], "items in the gallery"),
    ):
        if items.shape[0] != size:
            raise ValueError(f"{name} must be {size}, as many as {meaning}; got {items.shape[0]}.")


def _draw_queries(n_existing, n_queries, random_state):
    """Draw the rows of the queries that are shown, rising."""
    check_count(n_queries, "n_queries")
    return np.sort(check_random_state(random_state).permutation(n_existing)[:n_queries])
