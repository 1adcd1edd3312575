"""CMCDisplay: how many queries have found somebody by each rank."""

import numpy as np

from sklearn_dissim._utils.canvas import axes_of
from sklearn_dissim.metrics._retrieval import cmc_curve


class CMCDisplay:
    """The cumulative match characteristic of a search, drawn over the rank.

    Make it with `from_estimator` or `from_predictions`. To compare, draw the next one on the
    axes of the first: ``ax=display.ax_``.

    Parameters
    ----------
    cmc : ndarray of shape (max_rank,)
        At index r - 1, the share of queries that have found an item of their identity at
        rank r or before.
    name : str, default=None
        Of the retriever, for the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    cmc_curve : The numbers.
    RankedGalleryDisplay : What is found, item by item.

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
        """Search the gallery of a fitted retriever, and draw how soon queries find somebody.

        Parameters
        ----------
        retriever : fitted DissimilarityRetriever
        X : array-like of shape (n_queries, ...) or DataFrame
            Queries.
        y : array-like of shape (n_queries,)
            Their identities; -1 is unknown, such a query is left out.
        query_groups, gallery_groups : array-like of shape (n_queries,), (n_gallery,), default=None
            Camera, drawer or vendor: gallery items that share it with the query, and the
            identity too, are ignored. To search among the queries themselves, number both.
        max_rank : int, default=20
            Where the curve ends, if the gallery does not end before.
        name : str, default=None
            For the legend; default: the retriever's class.
        ax : matplotlib Axes, default=None
            Default: those of a new figure.

        Returns
        -------
        CMCDisplay
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
        scores, query_identities, gallery_identities, query_groups, gallery_groups
            As in :func:`~sklearn_dissim.metrics.cmc_curve`.
        max_rank : int, default=20
            Where the curve ends, if the gallery does not end before.
        name : str, default=None
            Of the retriever, for the legend.
        ax : matplotlib Axes, default=None
            Default: those of a new figure.

        Returns
        -------
        CMCDisplay
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
            Default: those of a new figure.
        name : str, default=None
            Default: that of the display.

        Returns
        -------
        self
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
        self.ax_.set(xlabel="rank", ylabel="queries that have found their identity")
        self.ax_.xaxis.get_major_locator().set_params(integer=True)
        self.ax_.yaxis.set_major_formatter("{x:.0%}")
        self.ax_.grid(alpha=0.3)
        self.ax_.legend(loc="best")
        return self
