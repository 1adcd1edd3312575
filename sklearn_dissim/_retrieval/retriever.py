"""DissimilarityRetriever: search a gallery for the items most likely the same as a query."""

from numbers import Integral, Real
from threading import RLock
from typing import Any

from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._retrieval.fusion import FUSIONS
from sklearn_dissim._retrieval.gallery_files import load_gallery, save_gallery
from sklearn_dissim._retrieval.gallery_scores import GalleryScores
from sklearn_dissim._retrieval.gallery_search import GallerySearch
from sklearn_dissim._retrieval.identities import (
    check_added_identities,
    check_item_identities,
    check_training_identities,
    label_strangers,
    without_identities,
)
from sklearn_dissim._retrieval.item_blocks import as_items, count_items
from sklearn_dissim._retrieval.matchers import as_matcher, train_matcher
from sklearn_dissim._retrieval.reading import read_gallery, read_queries, read_vectors
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.checks import check_count
from sklearn_dissim._utils.compat import HasMethods, Interval, StrOptions, fit_context

_CHANGES = RLock()  # changes wait for each other, so that none is lost


class DissimilarityRetriever(ClassifierMixin, BaseEstimator):
    """Search a gallery for the items, or identities, most likely the same as a query.

    A pair classifier scores query and gallery item; the highest scores are the answer. Where
    it is a `MaxMarginPairClassifier`, or a pipeline that ends in one, every item is embedded
    once, and the result is that of scoring all pairs in double precision and sorting them.

    Parameters
    ----------
    matcher : classifier of pairs
        `MaxMarginPairClassifier`, a pipeline that ends in one (its other steps transform
        items), or any other classifier of pairs. The last scores pair by pair, and sees
        arrays where DataFrames were given. `fit` trains a clone;
        :class:`~sklearn.frozen.FrozenEstimator` keeps a fitted one as it is.
    n_neighbors : int, default=10
        How many items `search` and `kneighbors` return by default.
    fusion : {"max", "mean", "median", "min"}, default="max"
        How the scores of several gallery items of one identity become one.
    threshold : float, default=None
        `predict` answers `unknown_label` where the best identity scores less; one that scores
        as much is known. A pair classifier's own threshold is 0. By default `predict` always
        answers the best identity.
    unknown_label : int or str, default=-1
        What `predict` answers for strangers.
    n_candidates : int, default=None
        Number of items that a query is compared with, which an inner-product index proposes;
        for galleries past a million items. `recall_` says how many of the best are proposed.
        By default a query is compared with all items.
    candidate_index : callable, default=None
        Makes that index: given a number of features, returns an object with ``add(array)`` and
        ``search(array, k)`` as those of faiss, for inner products. By default all products are
        computed, by matrix multiplication.
    device : str, default="cpu"
        Where vectors are compared, as torch names it: "cpu", "cuda"..., or "auto" for the GPU
        if there is one. Matchers that score pair by pair do not use it.
    n_jobs : int, default=None
        Number of threads; by default as many as this process may use.
    random_state : int, RandomState instance or None, default=None
        Draws the pairs that the matcher is trained on: all same pairs, but at most 100,000,
        and five times as many different ones.
    verbose : int, default=0
        1 shows a bar while a gallery is read.

    Attributes
    ----------
    matcher_ : estimator
        The fitted classifier.
    classes_ : ndarray of shape (n_identities,)
        Identities of the gallery, sorted.
    identities_ : ndarray of shape (n_gallery,)
        Those of its items, in the order of their row numbers.
    recall_ : float
        With `n_candidates`: the share of the `n_neighbors` best items of the gallery that a
        search finds, measured with up to 100 of its items as queries.

    See Also
    --------
    MaxMarginPairClassifier : The matcher that is fast.

    Notes
    -----
    Scores rise with likeness; only `kneighbors`, which speaks scikit-learn's language, turns
    them into distances, ``-score``. Of equal scores the lower row number comes first.

    Several threads may search, and `add`, `remove` or `index`, at once: a search works on
    the gallery that was there when it began.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
    >>> X, digit = load_digits(return_X_y=True)
    >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
    >>> retriever.fit(X[:900], digit[:900]).score(X[900:], digit[900:]) > 0.9
    True
    >>> scores, rows = retriever.search(X[900:902], 3)
    >>> digit[900:902], digit[rows]
    (array([4, 9]), array([[4, 4, 4],
           [9, 9, 9]]))

    Another gallery, of digits 5 to 9 alone, for the same matcher:

    >>> retriever.index(X[:900][digit[:900] > 4], digit[:900][digit[:900] > 4]).classes_
    array([5, 6, 7, 8, 9])
    """

    _parameter_constraints = {
        "matcher": [HasMethods(["fit"])],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "fusion": [StrOptions(set(FUSIONS))],
        "threshold": [Interval(Real, None, None, closed="neither"), None],
        "unknown_label": [Integral, str],
        "n_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "candidate_index": [callable, None],
        "device": [str],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        matcher,
        *,
        n_neighbors=10,
        fusion="max",
        threshold=None,
        unknown_label=-1,
        n_candidates=None,
        candidate_index=None,
        device="cpu",
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.matcher = matcher
        self.n_neighbors = n_neighbors
        self.fusion = fusion
        self.threshold = threshold
        self.unknown_label = unknown_label
        self.n_candidates = n_candidates
        self.candidate_index = candidate_index
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    @all_or_nothing
    def fit(self, X, y):
        """Train a clone of the matcher, and take the same items as gallery.

        Parameters
        ----------
        X : array-like of shape (n_items, ...) or DataFrame
            Items.
        y : array-like of shape (n_items,)
            Their identities, integers or strings.

        Returns
        -------
        DissimilarityRetriever
            The fitted retriever.
        """
        X, y = as_items(X), check_training_identities(y, type(self).__name__)
        self.matcher_ = clone(self.matcher)
        if not isinstance(self.matcher, FrozenEstimator):
            if count_items(X) < 2:
                raise ValueError(f"fit needs pairs of items; got n_samples={count_items(X)}.")
            train_matcher(self.matcher_, X, y, check_random_state(self.random_state))
        return self._index(X, y)

    @fit_context(prefer_skip_nested_validation=False)
    def index(self, X, y=None, *, store=None):
        """Take another gallery, without training.

        Parameters
        ----------
        X : array-like of shape (n_items, ...), DataFrame, zarr array, Arrow array of lists, \
                pyarrow.parquet.ParquetFile with one column of lists, or dask array
            Items. They are read in blocks, those of a dask array by its workers, which keep
            and search them. A numpy array of vectors (a mapped one too) that the matcher
            compares as they are is kept, not copied: do not change it.
        y : array-like of shape (n_items,), default=None
            Their identities; by default their row numbers.
        store : str or Path, default=None
            Folder to write the vectors to, as `save` does, and to search them from. By default
            they are held in memory.

        Returns
        -------
        DissimilarityRetriever
            The retriever with the new gallery.
        """
        self._fitted_matcher()
        return self._index(as_items(X), y, store)

    def _index(self, X, y, store=None):
        with _CHANGES:
            matcher = self._as_matcher(self.matcher_)
            identities = check_item_identities(y, X)
            self._take(matcher, read_gallery(matcher, X, identities, store, self.verbose))
        return self

    def _as_matcher(self, fitted):
        return as_matcher(fitted, self.n_candidates, self.candidate_index, self.device)

    def _take(self, matcher, gallery):
        """Put another gallery in the place of the present one, in one step."""
        search = GallerySearch(matcher, gallery)
        self.__dict__.pop("recall_", None)
        if matcher.n_candidates is not None:
            self.recall_ = search.recall(self.n_neighbors, self._n_threads())
        self.identities_, self.classes_ = gallery.identities, search.gallery.named[0]
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.matcher_, name):
                setattr(self, name, getattr(self.matcher_, name))
        self._search: Any = search  # in one step, as other threads may be reading it

    def _current(self):
        check_is_fitted(self, "identities_")
        return self._search

    def _n_threads(self):
        return self.n_jobs and effective_n_jobs(self.n_jobs)

    def add(self, X, y=None):
        """Put more items into the gallery, after those that are there.

        Parameters
        ----------
        X : array-like of shape (n_items, ...) or any other that `index` takes but dask arrays
            Items.
        y : array-like of shape (n_items,), default=None
            Their identities; may be left out where those of the gallery are row numbers.

        Returns
        -------
        DissimilarityRetriever
            The retriever with the larger gallery.
        """
        with _CHANGES:
            search, X = self._current(), as_items(X)
            identities = check_added_identities(y, X, search.gallery)
            vectors = read_vectors(search.matcher, X, self.verbose)
            self._take(search.matcher, search.gallery.plus(vectors, identities))
        return self

    def remove(self, identities):
        """Take all items of some identities out of the gallery; the rest is numbered anew.

        What stays of a mapped array is read into memory.

        Parameters
        ----------
        identities : array-like of shape (n,)
            Identities of the gallery.

        Returns
        -------
        DissimilarityRetriever
            The retriever with the smaller gallery.

        Raises
        ------
        ValueError
            If one is not in the gallery, or none would be left; the gallery is unchanged.
        """
        with _CHANGES:
            search = self._current()
            self._take(search.matcher, without_identities(search.gallery, identities))
        return self

    def search(self, X, k=None):
        """Find the gallery items with the highest scores, for every query.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame
            Items.
        k : int, default=None
            Number of items to find; `n_neighbors` by default. If the gallery has fewer, all
            of them are found.

        Returns
        -------
        scores : ndarray of shape (n_queries, k)
            Scores of the items, from the highest to the lowest.
        rows : ndarray of int, shape (n_queries, k)
            Row numbers of the items in the gallery, as in `identities_`.
        """
        search, k = self._current(), self._check_k(k, "k")
        return search.top_k(read_queries(search.matcher, X), k, self._n_threads())

    def _check_k(self, k, name):
        k = self.n_neighbors if k is None else k
        check_count(k, name)
        return int(k)

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        """Find the nearest gallery items, as scikit-learn's neighbors do; distance is -score.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...), default=None
            Items. By default those of the gallery, none of which is its own neighbor.
        n_neighbors : int, default=None
            Number of items to find; by default that of the estimator.
        return_distance : bool, default=True
            Whether distances are returned, too.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors)
            Distances of the items, rising; only if `return_distance`.
        rows : ndarray of int, shape (n_queries, n_neighbors)
            Row numbers of the items in the gallery.

        Raises
        ------
        ValueError
            If the gallery has fewer items than asked for.
        """
        search, k = self._current(), self._check_k(n_neighbors, "n_neighbors")
        n_items = len(search.gallery) - (X is None)
        if k > n_items:
            raise ValueError(
                f"n_neighbors={k} is more than the {n_items} items there are to choose from."
            )
        if X is None:
            scores, rows = search.neighbors(k, self._n_threads())
        else:
            queries = read_queries(search.matcher, X)
            scores, rows = search.top_k(queries, k, self._n_threads())
        return (-scores, rows) if return_distance else rows

    def gallery_scores(self, X=None):
        """Return the scores of the queries with all gallery items, not yet computed.

        The retrieval metrics of `sklearn_dissim.metrics` take them as scores, and count ranks
        exactly, in double precision, without a matrix of queries and gallery.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame, default=None
            Items. By default those of the gallery; metrics that are given the identities once
            then leave each item out of its own ranking.

        Returns
        -------
        GalleryScores of shape (n_queries, n_gallery)
            Scores, of which ``np.asarray`` builds the matrix.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
        >>> from sklearn_dissim.metrics import cmc_curve, mean_average_precision_score
        >>> X, digit = load_digits(return_X_y=True)
        >>> retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=1e-4), random_state=0)
        >>> scores = retriever.fit(X[:900], digit[:900]).gallery_scores(X[900:])
        >>> scores
        GalleryScores(897 queries x 900 gallery items)
        >>> round(mean_average_precision_score(scores, digit[900:], digit[:900]), 2)
        0.67
        >>> cmc_curve(scores, digit[900:], digit[:900], max_rank=3).round(2)
        array([0.93, 0.96, 0.96])
        """
        search = self._current()
        queries = search.gallery if X is None else read_queries(search.matcher, X)
        return GalleryScores(search.matcher, search.gallery, queries, self._n_threads())

    def decision_function(self, X):
        """Score identities: fuse the scores of their gallery items.

        Scores of single items are computed in single precision, within 2e-4 of their spread;
        those of `search` are exact.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame
            Items.

        Returns
        -------
        ndarray of shape (n_queries, n_identities)
            Scores of the identities in the order of `classes_`.
        """
        search = self._current()
        queries = read_queries(search.matcher, X)
        return search.identity_scores(queries, self.fusion, self._n_threads())

    def predict(self, X):
        """Return the identity of highest score, or `unknown_label` where that is below `threshold`.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame
            Items.

        Returns
        -------
        ndarray of shape (n_queries,)
            Identities; the score of each is at least `threshold`.
        """
        search = self._current()
        queries = read_queries(search.matcher, X)
        best, scores = search.best_identities(queries, self.fusion, self._n_threads())
        if self.threshold is None:
            return best
        return label_strangers(best, scores, self.threshold, self.unknown_label)

    def save(self, folder):
        """Write the gallery, not the matcher, to a folder of plain arrays.

        Parameters
        ----------
        folder : str or Path
            Folder to write. A gallery that was saved there before is replaced.
        """
        search = self._current()
        gallery = search.gallery
        save_gallery(folder, gallery.blocks(), gallery.identities, search.matcher.fingerprint)

    def load(self, folder):
        """Take a gallery that was saved; its vectors stay on disk and are read when searched.

        Nothing in the folder is run as code.

        Parameters
        ----------
        folder : str or Path
            Folder that `save` or ``index(store=...)`` wrote.

        Returns
        -------
        DissimilarityRetriever
            The retriever with the gallery of the folder.

        Raises
        ------
        ValueError
            If the folder is not a whole gallery, or was saved by a matcher with other
            weights; the gallery is unchanged.
        """
        with _CHANGES:
            matcher = self._as_matcher(self._fitted_matcher())
            self._take(matcher, load_gallery(folder, matcher.fingerprint))
        return self

    def _fitted_matcher(self):
        """Return the fitted matcher: a frozen one as it is, else that of `fit`."""
        if isinstance(self.matcher, FrozenEstimator):
            self.matcher_ = self.matcher
        check_is_fitted(
            self,
            "matcher_",
            msg="This %(name)s is not fitted yet. Call 'fit'; or wrap a matcher that is fitted "
            "already in a FrozenEstimator.",
        )
        return self.matcher_
