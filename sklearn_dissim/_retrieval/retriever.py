"""DissimilarityRetriever: the items of a gallery that are most likely the same as a query."""

from functools import partial
from numbers import Integral, Real
from threading import RLock
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sklearn_dissim._pairs.validation import check_one_dimensional
from sklearn_dissim._retrieval.fusion import FUSIONS, fuse
from sklearn_dissim._retrieval.gallery import Gallery, load_gallery, save_gallery
from sklearn_dissim._retrieval.gallery_scores import GalleryScores
from sklearn_dissim._retrieval.item_blocks import (
    as_items,
    count_items,
    is_dask,
    item_blocks,
    refuse_non_finite,
)
from sklearn_dissim._retrieval.matchers import as_matcher, train_matcher
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import HasMethods, Interval, StrOptions, fit_context
from sklearn_dissim._utils.progress import Progress

_TRIED = 100  # queries that the recall is measured with
_QUERIES = 4096  # searched at a time
_SCORES = 1 << 24  # held at a time, when all identities are scored
_CHANGES = RLock()  # one after the other, so that none is lost


class DissimilarityRetriever(ClassifierMixin, BaseEstimator):
    """Search a gallery for the items, or identities, most likely the same as a query.

    A pair classifier scores query and gallery item; the highest scores are the answer. Where
    it is a `MaxMarginPairClassifier`, or a pipeline that ends in one, every item is embedded
    once and the scores are computed by kernels of their own: the result is that of scoring
    all pairs in double precision and sorting them.

    Parameters
    ----------
    matcher : classifier of pairs
        `MaxMarginPairClassifier`, a pipeline that ends in one (its other steps transform
        items), or any other classifier of pairs, which scores pair by pair, and sees arrays
        where DataFrames were given. `fit` trains a clone;
        :class:`~sklearn.frozen.FrozenEstimator` keeps a fitted one as it is.
    n_neighbors : int, default=10
        Items that `search` and `kneighbors` return, if they are not told how many.
    fusion : {"max", "mean", "median", "min"}, default="max"
        How the scores of several gallery items of one identity become one.
    threshold : float, default=None
        `predict` answers `unknown_label` where no identity scores at least as much; a pair
        classifier's own threshold is 0. Default: always the best identity.
    unknown_label : int or str, default=-1
        What `predict` says of strangers.
    n_candidates : int, default=None
        Compare a query with so many items only, which an inner-product index proposes; for
        galleries past a million items. `recall_` says what it misses. Default: with all.
    candidate_index : callable, default=None
        Makes that index: given a number of features, returns an object with ``add(array)`` and
        ``search(array, k)`` as those of faiss, for inner products. Default: all products, by
        matrix multiplication.
    device : str, default="cpu"
        Where vectors are compared, as torch names it: "cpu", "cuda"..., or "auto" for the GPU
        if there is one. With a matcher that compares vectors only.
    n_jobs : int, default=None
        Threads; by default all that this process may use.
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
        self
        """
        X = as_items(X)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
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
            Their identities. Default: their row numbers.
        store : str or Path, default=None
            Folder to write the vectors to, as `save` does, to be searched from there;
            default: they are held in memory.

        Returns
        -------
        self
        """
        self._fitted_matcher()
        return self._index(as_items(X), y, store)

    def _index(self, X, y, store=None):
        with _CHANGES:
            return self._indexed(X, y, store)

    def _indexed(self, X, y, store):
        matcher = self._as_matcher(self.matcher_)
        identities = _identities(y, X)
        if is_dask(X):
            if store is not None:
                raise ValueError("store must be None for a dask array, whose workers keep it.")
            from sklearn_dissim._retrieval.dask_gallery import dask_gallery

            gallery = dask_gallery(X, identities, partial(_vectors_of, matcher))
        elif store is not None:
            save_gallery(store, self._vectors(matcher, X), identities, _about(matcher))
            gallery, _ = load_gallery(store)
        elif _can_be_kept(matcher, X):
            for _ in self._vectors(matcher, X):
                pass  # looked at, and kept as they are
            gallery = Gallery([X], identities)
        else:
            gallery = Gallery([self._all_vectors(matcher, X)], identities)
        self._take(matcher, gallery)
        return self

    def _as_matcher(self, fitted):
        return as_matcher(fitted, self.n_candidates, self.candidate_index, self.device)

    def _take(self, matcher, gallery):
        self.__dict__.pop("recall_", None)
        if matcher.n_candidates is not None:
            gallery = gallery.prepared(matcher.prepared)
            self.recall_ = self._recall(matcher, gallery)
        self.identities_, self.classes_ = gallery.identities, gallery.named[0]
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.matcher_, name):
                setattr(self, name, getattr(self.matcher_, name))
        self._searched: Any = matcher, gallery  # at once, for searches that go on meanwhile

    def _current(self):
        check_is_fitted(self, "identities_")
        return self._searched

    def _vectors(self, matcher, X):
        """Vectors of the items, block by block; what is no number is named by its row."""
        n_items, done = count_items(X), 0
        if n_items == 0:
            raise ValueError("X must hold at least one item; it has none.")
        with Progress("Reading the gallery", n_items, self.verbose) as progress:
            for items in item_blocks(X):
                yield _vectors_of(matcher, items, done)
                done += len(items)
                progress(done)

    def _all_vectors(self, matcher, X):
        return np.concatenate(list(self._vectors(matcher, X)))

    def add(self, X, y=None):
        """Put more items into the gallery, after those that are there.

        Parameters
        ----------
        X : as in `index`
        y : array-like of shape (n_items,), default=None
            Their identities; may be left out where those of the gallery are row numbers.

        Returns
        -------
        self
        """
        with _CHANGES:
            matcher, gallery = self._current()
            X = as_items(X)
            numbered = np.array_equal(gallery.identities, np.arange(len(gallery)))
            if y is None and not numbered:
                raise ValueError("y must be given: identities of the gallery are no row numbers.")
            identities = _identities(y, X, first=len(gallery))
            if identities.dtype.kind != gallery.identities.dtype.kind:
                raise TypeError(
                    f"y must hold identities of the gallery's kind, {gallery.identities.dtype}; "
                    f"got {identities.dtype}."
                )
            vectors = self._all_vectors(matcher, X)
            self._take(matcher, gallery.plus(vectors, identities))
        return self

    def remove(self, identities):
        """Take all items of some identities out of the gallery; the rest is numbered anew.

        What stays of a mapped array is read into memory.

        Parameters
        ----------
        identities : array-like of shape (n,)

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If one is not in the gallery, or none would be left; the gallery is unchanged.
        """
        with _CHANGES:
            matcher, gallery = self._current()
            identities = np.atleast_1d(identities)
            unknown = identities[~np.isin(identities, gallery.identities)]
            if len(unknown):
                raise ValueError(f"identities must be in the gallery; {unknown[0]!r} is not.")
            left = gallery.without(identities)
            if len(left) == 0:
                raise ValueError("identities must leave some item in the gallery; none would be.")
            self._take(matcher, left)
        return self

    def search(self, X, k=None):
        """The gallery items with the highest scores, for every query.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame
            Items.
        k : int, default=None
            How many; `n_neighbors` by default. If the gallery has fewer, all of them.

        Returns
        -------
        scores : ndarray of shape (n_queries, k)
            Falling.
        rows : ndarray of int, shape (n_queries, k)
            Row numbers in the gallery, as in `identities_`.
        """
        matcher, gallery = self._current()
        return self._top_k(matcher, gallery, _queries(matcher, X), _check_k(k, self.n_neighbors))

    def _top_k(self, matcher, gallery, queries, k):
        found = []
        for row in range(0, len(queries), _QUERIES):
            some = queries[row : row + _QUERIES]
            search = partial(matcher.top_k, some, k=k, n_threads=self._n_threads())
            found.append(gallery.top_k(search, k))
        scores, rows = zip(*found, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def _n_threads(self):
        return self.n_jobs and effective_n_jobs(self.n_jobs)

    def _recall(self, matcher, gallery):
        """Share of the best items that a search finds, with items of the gallery as queries."""
        some = np.linspace(0, len(gallery) - 1, min(_TRIED, len(gallery))).astype(int)
        queries = np.concatenate([gallery[slice(row, row + 1)] for row in some])
        k = min(self.n_neighbors, len(gallery))
        search = partial(matcher.top_k, queries, k=k, n_threads=self._n_threads())
        found = gallery.top_k(search, k)[1]
        best = gallery.top_k(partial(search, exact=True), k)[1]
        return float(np.mean([np.isin(a, b).mean() for a, b in zip(best, found, strict=True)]))

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        """Nearest gallery items, as scikit-learn's neighbors give them; distance is -score.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...), default=None
            Items. Default: those of the gallery, none of which is its own neighbor.
        n_neighbors : int, default=None
            Default: that of the estimator.
        return_distance : bool, default=True

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors)
            Rising; only if `return_distance`.
        rows : ndarray of int, shape (n_queries, n_neighbors)

        Raises
        ------
        ValueError
            If the gallery has fewer items than asked for.
        """
        matcher, gallery = self._current()
        k, alone = _check_k(n_neighbors, self.n_neighbors), X is not None
        if k > len(gallery) - (not alone):
            raise ValueError(
                f"n_neighbors={k} is more than the {len(gallery) - (not alone)} items there "
                "are to choose from."
            )
        if alone:
            scores, rows = self._top_k(matcher, gallery, _queries(matcher, X), k)
        else:
            scores, rows = self._of_each_other(matcher, gallery, k)
        return (-scores, rows) if return_distance else rows

    def _of_each_other(self, matcher, gallery, k):
        found = []
        for start in range(0, len(gallery), _QUERIES):
            own = np.arange(start, min(start + _QUERIES, len(gallery)))[:, np.newaxis]
            queries = gallery[slice(start, start + len(own))]
            scores, rows = self._top_k(matcher, gallery, queries, k + 1)
            # Itself, or where equal items have pushed it out, the last.
            extra = np.where((rows == own).any(axis=1), (rows == own).argmax(axis=1), k)
            others = np.arange(k + 1) != extra[:, np.newaxis]
            found.append((scores[others].reshape(-1, k), rows[others].reshape(-1, k)))
        scores, rows = zip(*found, strict=True)
        return np.concatenate(scores), np.concatenate(rows)

    def gallery_scores(self, X=None):
        """Scores of the queries with all gallery items, computed when they are needed.

        What the retrieval metrics of `sklearn_dissim.metrics` take as scores: they count
        ranks exactly, in double precision, without a matrix of queries and gallery.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame, default=None
            Items. Default: those of the gallery; the metrics then leave each of them out of
            its own ranking, where they are given the identities once.

        Returns
        -------
        GalleryScores of shape (n_queries, n_gallery)
            ``np.asarray`` builds the matrix.

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
        matcher, gallery = self._current()
        queries = gallery if X is None else _queries(matcher, X)
        return GalleryScores(matcher, gallery, queries, self._n_threads())

    def decision_function(self, X):
        """Scores of identities: those of their gallery items, fused.

        They are computed in single precision, within 2e-4 of their spread; `search` is exact.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame

        Returns
        -------
        ndarray of shape (n_queries, n_identities)
            In the order of `classes_`.
        """
        matcher, gallery = self._current()
        return self._fused(matcher, gallery, _queries(matcher, X))

    def _fused(self, matcher, gallery, queries):
        classes, codes = gallery.named
        out = np.empty((len(queries), len(classes)))
        n_rows = max(1, _SCORES // len(gallery))
        for row in range(0, len(queries), n_rows):
            some = queries[row : row + n_rows]
            score = partial(matcher.scores, some, n_threads=self._n_threads())
            scores = np.hstack(gallery.map(score))
            out[row : row + n_rows] = fuse(scores, codes, self.fusion)
        return out

    def predict(self, X):
        """The identity of highest score, or `unknown_label` where that is below `threshold`.

        Parameters
        ----------
        X : array-like of shape (n_queries, ...) or DataFrame

        Returns
        -------
        ndarray of shape (n_queries,)
        """
        matcher, gallery = self._current()
        queries = _queries(matcher, X)
        if self.fusion == "max":
            scores, rows = self._top_k(matcher, gallery, queries, 1)
            best, found = scores[:, 0], gallery.identities[rows[:, 0]]
        else:
            scores = self._fused(matcher, gallery, queries)
            best, found = scores.max(axis=1), gallery.named[0][scores.argmax(axis=1)]
        if self.threshold is None:
            return found
        if isinstance(self.unknown_label, str) != (found.dtype.kind == "U"):
            found = found.astype(object)
        elif found.dtype.kind == "U":
            found = found.astype(np.result_type(found, np.asarray(self.unknown_label)))
        found[best < self.threshold] = self.unknown_label
        return found

    def save(self, folder):
        """Write the gallery, not the matcher, to a folder of plain arrays.

        Parameters
        ----------
        folder : str or Path
            A gallery saved there before is replaced.
        """
        matcher, gallery = self._current()
        save_gallery(folder, gallery.blocks(), gallery.identities, _about(matcher))

    def load(self, folder):
        """Take a gallery that was saved; its vectors stay on disk and are read when searched.

        Nothing in the folder is run as code.

        Parameters
        ----------
        folder : str or Path

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the folder is not a whole gallery, or was saved by a matcher with other
            weights; the gallery is unchanged.
        """
        with _CHANGES:
            matcher = self._as_matcher(self._fitted_matcher())
            gallery, about = load_gallery(folder)
            if about.get("matcher") != matcher.fingerprint:
                raise ValueError(f"{folder} was saved by another matcher; its vectors do not fit.")
            self._take(matcher, gallery)
        return self

    def _fitted_matcher(self):
        if isinstance(self.matcher, FrozenEstimator):
            self.matcher_ = self.matcher
        check_is_fitted(
            self,
            "matcher_",
            msg="This %(name)s is not fitted yet. Call 'fit'; or wrap a matcher that is fitted "
            "already in a FrozenEstimator.",
        )
        return self.matcher_


def _can_be_kept(matcher, X):
    """Whether X holds the vectors as the kernels read them."""
    known = isinstance(X, np.ndarray) and X.dtype.kind == "f" and X.ndim == 2
    return known and matcher.takes_vectors


def _vectors_of(matcher, items, first_row):
    refuse_non_finite(items, first_row)
    return matcher.vectors(items)


def _about(matcher):
    return {"matcher": matcher.fingerprint}


def _identities(y, X, first=0):
    n_items = count_items(X)
    if y is None:
        return np.arange(first, first + n_items)
    identities = check_one_dimensional(y, "y", np.empty((n_items, 0)))
    if identities.dtype.kind == "O" and all(isinstance(name, str) for name in identities):
        identities = identities.astype(str)
    if identities.dtype.kind == "U":
        return identities
    try:
        numbers = identities.astype(np.int64)
    except (TypeError, ValueError):
        numbers = None
    if identities.dtype.kind == "S" or numbers is None or (numbers != identities).any():
        raise TypeError("y must hold identities of one kind, whole numbers or strings.")
    return numbers


def _queries(matcher, X):
    X = as_items(X)
    if count_items(X) == 0:
        raise ValueError("X must hold at least one item; it has none.")
    refuse_non_finite(X, 0)
    return matcher.vectors(X)


def _check_k(k, default):
    k = default if k is None else k
    if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
        raise ValueError(f"k must be a whole number of at least 1; got {k!r}.")
    return int(k)
