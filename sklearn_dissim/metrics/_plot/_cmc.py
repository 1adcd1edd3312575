"""CMCDisplay: the share of queries that are matched by each rank."""

import numpy as np

from sklearn_dissim._utils.canvas import axes_of
from sklearn_dissim.metrics._retrieval import cmc_curve


class CMCDisplay:
    """Draw the cumulative match characteristic of a search over the rank.

    Make the display with `from_estimator` or `from_predictions`. To compare searches, draw the
    next curve on the axes of the first: ``ax=display.ax_``.

    Parameters
    ----------
    cmc : ndarray of shape (max_rank,)
        At index r - 1, the share of queries with an item of their identity at rank r or before.
    name : str, default=None
        Name of the retriever, for the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    ax_ : matplotlib Axes
        The axes that were drawn on.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    cmc_curve : The numbers.
    RankedGalleryDisplay : The items that rank highest for single queries.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> from sklearn_dissim.metrics import CMCDisplay
    >>> X, digit = load_digits(return_X_y=True)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> retriever = retriever.fit(X[:900], digit[:900])
    >>> display = CMCDisplay.from_estimator(retriever, X[900:], digit[900:], max_rank=5)
    >>> display.cmc.round(2)
    array([0.93, 0.96, 0.96, 0.97, 0.97])
    """

    def __init__(self, *, cmc, name=None):
        self.cmc = cmc
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        retriever,
        X,
        y,
        *,
        query_groups=None,
        gallery_groups=None,
        max_rank=20,
        name=None,
        ax=None,
    ):
        """Search the gallery of a fitted retriever, and draw how soon queries are matched.

        Parameters
        ----------
        retriever : fitted DissimilarityRetriever
            Its gallery is searched.
        X : array-like of shape (n_queries, ...) or DataFrame
            The queries.
        y : array-like of shape (n_queries,)
            The identities of the queries; one of identity -1, the unknown, is left out.
        query_groups : array-like of shape (n_queries,), default=None
            Camera, drawer or vendor of each query. Gallery items that share both group and
            identity with the query are ignored. To search a gallery with its own items, let
            their row numbers be the groups on both sides.
        gallery_groups : array-like of shape (n_gallery,), default=None
            The group of each gallery item; to be given if `query_groups` are.
        max_rank : int, default=20
            Where the curve ends, if the gallery does not end before.
        name : str, default=None
            Name for the legend. By default that of the retriever's class.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        CMCDisplay
            The display, drawn.
        """
        return cls.from_predictions(
            retriever.gallery_scores(X),
            y,
            retriever.identities_,
            query_groups=query_groups,
            gallery_groups=gallery_groups,
            max_rank=max_rank,
            name=type(retriever).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        scores,
        query_identities,
        gallery_identities=None,
        *,
        query_groups=None,
        gallery_groups=None,
        max_rank=20,
        name=None,
        ax=None,
    ):
        """Draw the curve of scores of all queries and gallery items.

        Parameters
        ----------
        scores : array-like of shape (n_queries, n_gallery)
            Higher means more likely the same.
        query_identities : array-like of shape (n_queries,)
            Integers or strings; -1 is unknown.
        gallery_identities : array-like of shape (n_gallery,), default=None
            Integers or strings; -1 is unknown. By default the queries are the gallery.
        query_groups : array-like of shape (n_queries,), default=None
            Camera of each query: gallery items that share it and the identity are ignored.
        gallery_groups : array-like of shape (n_gallery,), default=None
            Camera of each gallery item.
        max_rank : int, default=20
            Where the curve ends, if the gallery does not end before.
        name : str, default=None
            Name of the retriever, for the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        CMCDisplay
            The display, drawn.
        """
        cmc = cmc_curve(
            scores,
            query_identities,
            gallery_identities,
            query_groups=query_groups,
            gallery_groups=gallery_groups,
            max_rank=max_rank,
        )
        return cls(cmc=cmc[: np.shape(scores)[1]], name=name).plot(ax)

    def plot(self, ax=None, *, name=None):
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.
        name : str, default=None
            Name for the legend. By default that of the display.

        Returns
        -------
        CMCDisplay
            The display itself.
        """
        self.ax_ = axes_of(self, ax, figsize=(5.4, 4.2))
        self.figure_ = self.ax_.figure
        ranks = np.arange(1, len(self.cmc) + 1)
        name = self.name if name is None else name
        first = f"rank 1: {self.cmc[0]:.1%}"
        # Each curve has a marker and a colour of its own.
        marker = "os^Dvx"[len(self.ax_.lines) % 6]
        (self.line_,) = self.ax_.plot(
            ranks,
            self.cmc,
            marker=marker,
            markersize=4,
            label=f"{name}, {first}" if name else first,
        )
        self.ax_.set(xlabel="rank", ylabel="queries matched by this rank")
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        self.ax_.yaxis.set_major_formatter("{x:.0%}")
        self.ax_.grid(alpha=0.3)
        self.ax_.legend(loc="best")
        return self
