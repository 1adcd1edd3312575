"""ScoreDistributionDisplay: the scores of same and of different pairs, and the threshold."""

import numpy as np
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import column_or_1d

from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim._utils.canvas import DIFFERENT, SAME, axes_of, put_legend_above
from sklearn_dissim._utils.response import pair_response
from sklearn_dissim.metrics._verification import equal_error_rate_score


class ScoreDistributionDisplay:
    """Draw histograms of the scores of same and of different pairs, and the threshold.

    Each histogram shows shares of the pairs of its own label, since there mostly are many more
    different pairs. The legend says how many of each lie on the wrong side of the threshold.

    Make the display with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    same_scores : ndarray of shape (n_same,)
        Scores of same pairs; higher means more likely the same.
    different_scores : ndarray of shape (n_different,)
        Scores of different pairs.
    equal_error_rate : float
        The result of :func:`~sklearn_dissim.metrics.equal_error_rate_score`.
    threshold : float, default=None
        A pair is called same if its score is at least the threshold. By default none is drawn.
    name : str, default=None
        Name of the classifier, for the legend.

    Attributes
    ----------
    same_ : matplotlib StepPatch
        The histogram of same pairs.
    different_ : matplotlib StepPatch
        The histogram of different pairs.
    threshold_line_ : matplotlib Line2D or None
        The threshold; None where there is none.
    legend_ : matplotlib Legend
        The legend.
    ax_ : matplotlib Axes
        The axes that were drawn on.
    figure_ : matplotlib Figure
        The figure of the axes.

    See Also
    --------
    sklearn.metrics.DetCurveDisplay : Both kinds of error at every threshold.
    equal_error_rate_threshold : The threshold at which both are equal.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> from sklearn_dissim.metrics import ScoreDistributionDisplay
    >>> X, species = load_iris(return_X_y=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(pairs, y)
    >>> display = ScoreDistributionDisplay.from_estimator(clf, pairs, y)
    >>> round(display.equal_error_rate, 2)
    0.09
    """

    def __init__(
        self, *, same_scores, different_scores, equal_error_rate, threshold=None, name=None
    ):
        self.same_scores = same_scores
        self.different_scores = different_scores
        self.equal_error_rate = equal_error_rate
        self.threshold = threshold
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, X, y, *, threshold="auto", bins=40, name=None, ax=None):
        """Draw the scores that a fitted classifier gives to labelled pairs.

        Parameters
        ----------
        estimator : fitted pair classifier
            Has `decision_function` or `predict_proba`.
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        threshold : float, None or "auto", default="auto"
            A pair is called same if its score is at least the threshold. "auto" is 0 for a
            `decision_function`, and 0.5 where the classifier has only `predict_proba`. None
            draws no threshold.
        bins : int, str or array-like, default=40
            The bins, as in :func:`numpy.histogram_bin_edges`.
        name : str, default=None
            Name for the legend. By default that of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        ScoreDistributionDisplay
            The display, drawn.
        """
        scores, own_threshold = pair_response(estimator, X)
        return cls.from_predictions(
            y,
            scores,
            threshold=own_threshold if isinstance(threshold, str) else threshold,
            bins=bins,
            name=type(estimator).__name__ if name is None else name,
            ax=ax,
        )

    @classmethod
    def from_predictions(cls, y_true, y_score, *, threshold=None, bins=40, name=None, ax=None):
        """Draw the scores of labelled pairs.

        Parameters
        ----------
        y_true : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        y_score : array-like of shape (n_pairs,)
            Scores; higher means more likely the same.
        threshold : float, default=None
            A pair is called same if its score is at least the threshold. By default none is
            drawn.
        bins : int, str or array-like, default=40
            The bins, as in :func:`numpy.histogram_bin_edges`.
        name : str, default=None
            Name of the classifier, for the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.

        Returns
        -------
        ScoreDistributionDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `y_true` does not hold both labels, or scores are NaN or infinite.
        """
        y_score = column_or_1d(y_score)
        assert_all_finite(y_score, input_name="y_score")
        _, signs = check_pair_labels(y_true, len(y_score))
        display = cls(
            same_scores=y_score[signs > 0],
            different_scores=y_score[signs < 0],
            equal_error_rate=equal_error_rate_score(signs, y_score),
            threshold=threshold,
            name=name,
        )
        return display.plot(ax, bins=bins)

    def plot(self, ax=None, *, bins=40, name=None):
        """Draw the histograms.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default those of a new figure.
        bins : int, str or array-like, default=40
            The bins of both histograms, as in :func:`numpy.histogram_bin_edges`.
        name : str, default=None
            Name for the legend. By default that of the display.

        Returns
        -------
        ScoreDistributionDisplay
            The display itself.
        """
        self.ax_ = axes_of(self, ax, figsize=(6.4, 4.4))
        self.figure_ = self.ax_.figure
        all_scores = np.concatenate([self.different_scores, self.same_scores])
        edges = np.histogram_bin_edges(all_scores, bins)
        self.same_ = self._draw_histogram(self.same_scores, edges, SAME, "-")
        self.different_ = self._draw_histogram(self.different_scores, edges, DIFFERENT, "--")
        self._label_histograms()
        self.threshold_line_ = None
        if self.threshold is not None:
            self.threshold_line_ = self.ax_.axvline(
                self.threshold, color="black", linewidth=1.2, linestyle=":"
            )
            self.threshold_line_.set_label(f"threshold {self.threshold:.3g}")
        self.ax_.set(xlabel="score (higher: more likely the same)", ylim=(0, None))
        self.ax_.set_ylabel("share of the pairs of its label")
        self.ax_.yaxis.set_major_formatter("{x:.0%}")
        name = self.name if name is None else name
        rate = f"equal error rate {self.equal_error_rate:.1%}"
        self.legend_ = put_legend_above(self.ax_, title=f"{name}: {rate}" if name else rate)
        return self

    def _draw_histogram(self, scores, edges, color, linestyle):
        counts, edges = np.histogram(scores, edges)
        outline = {"edgecolor": color, "linewidth": 1.5, "linestyle": linestyle}
        return self.ax_.stairs(
            counts / len(scores), edges, fill=True, facecolor=(color, 0.35), **outline
        )

    def _label_histograms(self):
        same = f"same: {len(self.same_scores):,} pairs"
        different = f"different: {len(self.different_scores):,} pairs"
        if self.threshold is not None:
            same += f", {np.mean(self.same_scores < self.threshold):.1%} called different"
            different += f", {np.mean(self.different_scores >= self.threshold):.1%} called same"
        self.same_.set_label(same)
        self.different_.set_label(different)
