"""RecordMatcher: from tables, and what is known of them, to links and clusters."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._max_margin.classifier import MaxMarginPairClassifier
from sklearn_dissim._pairs.containers import pair_kind
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import HasMethods, Interval, StrOptions, fit_context
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim.tables._clusters import METHODS, assign_pairs, cluster_pairs
from sklearn_dissim.tables._explanation import (
    contributions,
    explanation_table,
    neutral_vector,
)
from sklearn_dissim.tables._table_dichotomy import TableDichotomyTransformer
from sklearn_dissim.tables.blocking._blocking_text import NearestText
from sklearn_dissim.tables.blocking._candidates import candidate_pairs
from sklearn_dissim.tables.blocking._known_pairs import known_pairs
from sklearn_dissim.tables.blocking._rules import Tables

_PAIRS = 1 << 15  # scored at a time
_COMPONENTS = 300  # of the kernel map


class RecordMatcher(ClassifierMixin, BaseEstimator):
    """Link the records of two tables, or find duplicates in one, learning from examples.

    Rules propose pairs worth comparing (`candidate_pairs`); the comparisons of their columns
    make vectors (`TableDichotomyTransformer`), and a classifier scores them. What scores above
    the threshold is a link; links become one-to-one, or clusters, on request.

    Parameters
    ----------
    classifier : classifier, default=None
        Of the vectors that `comparisons` make; or, if `comparisons` is None, of pairs of records.
        Default: the comparisons, scaled, together with a Nystroem map of them (RBF kernel, 300
        components, gamma 0.3 / n_comparisons), in which they qualify each other, and a
        `MaxMarginPairClassifier` (squared hinge, C=0.1).
    rules : list of rules, default=None
        As in `candidate_pairs`. Default: `NearestText` of all columns.
    comparisons : "auto", dict, TableDichotomyTransformer or None, default="auto"
        How columns are compared; ``{"rec_id": "drop"}`` leaves one out. None: `classifier`
        takes pairs of records as they are. A pipeline that begins with a
        `TableDichotomyTransformer` brings its comparisons along.
    one_to_one : bool, default=False
        Link a record at most once, so that the scores are highest in sum (`assign_pairs`).
    clustering : {"connected_components", "correlation"}, default="connected_components"
        How links become clusters; see `cluster_pairs`.
    threshold : float or "f1", default=0.0
        Pairs that score above it are links. "f1": that with the best F1 on the training pairs,
        scored by cross-validation in five folds.
    max_pairs : int, default=50_000_000
        Refuse rules that propose more.
    non_links_per_link : float, default=10.0
        How many non-links `fit_links` draws for each link, at most.
    random_state : int, RandomState instance or None, default=None
        Draws non-links, folds and the components of the kernel map.
    verbose : int, default=0
        1 shows a bar for what takes longer than a second.

    Attributes
    ----------
    matcher_ : estimator
        Fitted classifier of pairs of records; a pipeline that begins with the comparisons,
        unless `comparisons` is None.
    classes_ : ndarray of shape (2,)
        Both labels; the greater one means same.
    threshold_ : float
    n_features_in_ : int
        Columns of a record that are compared.
    feature_names_in_ : ndarray of str
        Their names.

    See Also
    --------
    candidate_pairs : The rules.
    TableDichotomyTransformer : The comparisons.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import RecordMatcher
    >>> left = pd.DataFrame({
    ...     "name": ["anna meier", "john smith", "joan smith", "ada rossi", "eva rossi", "li wei"],
    ...     "town": ["bern", "leeds", "york", "roma", "pisa", "york"],
    ... })
    >>> right = pd.DataFrame({
    ...     "name": ["ana meier", "jon smith", "joan smyth", "ada rosi", "eva rossi", "li wej"],
    ...     "town": ["bern", "leeds", "york", "roma", "pisa", "york"],
    ... })
    >>> matcher = RecordMatcher(one_to_one=True, random_state=0)
    >>> matcher.fit_links(left[:4], right[:4], links=[[0, 0], [1, 1], [2, 2], [3, 3]])
    RecordMatcher(one_to_one=True, random_state=0)
    >>> matcher.predict_links(left[3:], right[3:])[["left", "right", "left_index"]]
       left  right  left_index
    0     0      0           3
    1     1      1           4
    2     2      2           5
    """

    _parameter_constraints = {
        "classifier": [HasMethods(["fit"]), None],
        "rules": [list, tuple, str, callable, HasMethods(["plan"]), None],
        "comparisons": [StrOptions({"auto"}), dict, TableDichotomyTransformer, None],
        "one_to_one": ["boolean"],
        "clustering": [StrOptions(set(METHODS))],
        "threshold": [Interval(Real, None, None, closed="neither"), StrOptions({"f1"})],
        "max_pairs": [Interval(Integral, 1, None, closed="left")],
        "non_links_per_link": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    matcher_: Any
    threshold_: Any
    classes_: Any

    def __init__(
        self,
        classifier=None,
        *,
        rules=None,
        comparisons="auto",
        one_to_one=False,
        clustering="connected_components",
        threshold=0.0,
        max_pairs=50_000_000,
        non_links_per_link=10.0,
        random_state=None,
        verbose=0,
    ):
        self.classifier = classifier
        self.rules = rules
        self.comparisons = comparisons
        self.one_to_one = one_to_one
        self.clustering = clustering
        self.threshold = threshold
        self.max_pairs = max_pairs
        self.non_links_per_link = non_links_per_link
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    @all_or_nothing
    def fit(self, X, y):
        """Learn from labelled pairs.

        Parameters
        ----------
        X : DataFrame or IndexedPairs
            Pairs of records: left_* and right_* columns, or indexed pairs over a table, such
            as `CandidatePairs.pairs`.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.

        Returns
        -------
        self
        """
        return self._fit(X, y, check_random_state(self.random_state))

    @fit_context(prefer_skip_nested_validation=False)
    @all_or_nothing
    def fit_links(self, left, right=None, *, links, complete=False):
        """Learn from known links, and from candidates that are surely none.

        Parameters
        ----------
        left : DataFrame of pandas or Polars
        right : DataFrame of pandas or Polars, default=None
            The other table; default: links are within `left`.
        links : array-like of int, shape (n_links, 2), or DataFrame
            Row positions in left and right; a DataFrame has them as columns left and right.
        complete : bool, default=False
            Whether there are no other links between these tables. Then all other candidates
            may serve as non-links. If not, those only whose records both have links, which do
            not lead from one to the other; or, with `one_to_one`, those with a linked record.

        Returns
        -------
        self
        """
        random_state = check_random_state(self.random_state)
        candidates = self._candidates(left, right)
        indices, y = known_pairs(
            candidates,
            links,
            complete=complete,
            one_to_one=self.one_to_one,
            non_links_per_link=self.non_links_per_link,
            random_state=random_state,
        )
        return self._fit(candidates.pairs_at(indices), y, random_state)

    def _fit(self, X, y, random_state):
        self.classes_, signs = check_pair_labels(y, len(X))
        y = np.asarray(y)
        before, after = self._parts()
        vectors = X
        self._neutral = None
        if before is not None:
            vectors = before.fit_transform(X, y)
            self._neutral = neutral_vector(vectors, signs)
        seed = random_state.randint(np.iinfo(np.int32).max)
        classifier = _default_classifier(vectors, seed) if after is None else clone(after)
        self.threshold_ = self.threshold
        if self.threshold == "f1":
            self.threshold_ = _best_threshold(classifier, vectors, y, self.classes_, seed)
        classifier.fit(vectors, y)
        self.matcher_ = classifier
        if before is not None:
            self.matcher_ = make_pipeline(before, classifier)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.matcher_, name):
                setattr(self, name, getattr(self.matcher_, name))
        return self

    def _parts(self):
        """What compares columns, if it is not left to the classifier; and the classifier."""
        first = self.classifier[0] if isinstance(self.classifier, Pipeline) else None
        if isinstance(first, TableDichotomyTransformer):
            if self.comparisons not in ("auto", None):
                raise ValueError("comparisons must be 'auto' where the classifier has its own.")
            return clone(first).set_output(transform="default"), self.classifier[1:]
        if self.comparisons is None:
            if self.classifier is None:
                raise ValueError("comparisons=None needs a classifier of pairs; it is None too.")
            return None, self.classifier
        comparer = self.comparisons
        if not isinstance(comparer, TableDichotomyTransformer):
            comparer = TableDichotomyTransformer(comparer)
        return clone(comparer).set_output(transform="default"), self.classifier

    def decision_function(self, X):
        """Scores of pairs: the higher, the surer that both records are the same.

        Parameters
        ----------
        X : DataFrame or IndexedPairs

        Returns
        -------
        ndarray of shape (n_pairs,)
            Of a classifier that gives probabilities only, that of same less a half.
        """
        check_is_fitted(self)
        scores = np.empty(len(X))
        rows = X.iloc if hasattr(X, "iloc") else X
        with Progress("Scoring pairs", len(X), self.verbose) as progress:
            for start in range(0, len(X), _PAIRS):
                some = slice(start, start + _PAIRS)
                scores[some] = _scores(self.matcher_, rows[some])
                progress(min(some.stop, len(X)))
        return scores

    def predict(self, X):
        """The label of each pair, different or same, as `fit` was told them.

        Parameters
        ----------
        X : DataFrame or IndexedPairs

        Returns
        -------
        ndarray of shape (n_pairs,)
        """
        same = self.decision_function(X) > self.threshold_
        return self.classes_[same.astype(int)]

    def predict_links(self, left, right=None):
        """Pairs of records that are the same.

        Parameters
        ----------
        left : DataFrame of pandas or Polars
        right : DataFrame of pandas or Polars, default=None
            The other table; default: duplicates within `left`.

        Returns
        -------
        DataFrame
            A row for each link, by rising position: the positions of both records, `left` and
            `right`; their labels, `left_index` and `right_index`; and the `score`.
        """
        import pandas as pd

        if self.one_to_one and right is None:
            raise ValueError("one_to_one=True links two tables; right is None.")
        candidates, scores = self._scored(left, right)
        indices = candidates.indices
        if self.one_to_one:
            linked = assign_pairs(indices, scores, threshold=self.threshold_)
        else:
            linked = scores > self.threshold_
        positions = indices[linked]
        found = {"left": positions[:, 0], "right": positions[:, 1]}
        for side, table in (("left", left), ("right", left if right is None else right)):
            labels = getattr(table, "index", pd.RangeIndex(table.shape[0]))
            found[f"{side}_index"] = labels[found[side]].to_numpy()
        return pd.DataFrame(found | {"score": scores[linked]})

    def predict_clusters(self, table):
        """Which records of a table are the same.

        Parameters
        ----------
        table : DataFrame of pandas or Polars

        Returns
        -------
        ndarray of int, shape (n_records,)
            The number of each record's cluster, in the order of their first records.
        """
        candidates, scores = self._scored(table, None)
        return cluster_pairs(
            candidates.indices,
            scores,
            table.shape[0],
            method=self.clustering,
            threshold=self.threshold_,
        )

    def _scored(self, left, right):
        check_is_fitted(self)
        candidates = self._candidates(left, right)
        scores = np.empty(0)
        if len(candidates):
            scores = self.decision_function(self._compared(candidates.pairs))
        return candidates, scores

    def _candidates(self, left, right):
        rules = self.rules
        if rules is None:
            columns = Tables(left, right).shared_columns
            rules = NearestText([name for name in columns if not self._is_dropped(name)])
        return candidate_pairs(
            left, right, rules=rules, max_pairs=self.max_pairs, verbose=self.verbose
        )

    def _is_dropped(self, name):
        comparisons = getattr(self.comparisons, "comparisons", self.comparisons)
        return isinstance(comparisons, dict) and comparisons.get(name) == "drop"

    def _compared(self, pairs):
        """Without the columns that were not there in fit."""
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return pairs
        missing = [name for name in names if name not in pairs.items.columns]
        if missing:
            raise ValueError(
                f"left and right must have the columns seen in fit; they lack {missing}."
            )
        return pairs.over(pairs.items[list(names)])

    def explain(self, X):
        """What each column says for or against the records of pairs being the same.

        Parameters
        ----------
        X : DataFrame or IndexedPairs

        Returns
        -------
        DataFrame
            A row for each pair and column, the weightiest column of a pair first: `pair` (its
            number), `column`, the values `left` and `right`, the `contribution` to the
            score, the same in `words`, and the `score` of the pair.

        Notes
        -----
        A contribution is the score less that with the column's comparisons made neutral:
        halfway between those of the average link and the average non-link in training. Of a
        linear classifier the contributions add up to the score, less that of a neutral pair;
        of any other, each says what knowing nothing of this one column would change.
        """
        check_is_fitted(self)
        if self._neutral is None:
            raise ValueError("explain needs comparisons; comparisons is None.")
        comparer, classifier = self.matcher_[0], self.matcher_[1]
        elements = comparer.get_feature_names_out()
        columns = np.array([name.rpartition("__")[0] for name in elements])
        names = {_label(key): key for key in comparer.comparisons_}
        scores, parts = contributions(
            comparer.transform(X),
            lambda vectors: _scores(classifier, vectors),
            [np.flatnonzero(columns == name) for name in names],
            self._neutral,
        )
        sides = [_values(X, key, comparer) for key in names.values()]
        left, right = zip(*sides, strict=True)
        return explanation_table(list(names), left, right, scores, parts)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.three_d_array = True
        return tags


def _default_classifier(vectors, seed):
    n_pairs, n_comparisons = vectors.shape
    kernel_map = Nystroem(
        gamma=0.3 / n_comparisons,
        n_components=min(_COMPONENTS, max(1, n_pairs // 2)),
        random_state=seed,
    )
    machine = MaxMarginPairClassifier(C=0.1, loss="squared_hinge")
    # The comparisons themselves go on where the kernel, far from all training pairs, is 0.
    return make_pipeline(StandardScaler(), make_union("passthrough", kernel_map), machine)


def _scores(classifier, X):
    if hasattr(classifier, "decision_function"):
        return classifier.decision_function(X)
    return classifier.predict_proba(X)[:, 1] - 0.5


def _best_threshold(classifier, X, y, classes, seed):
    """That of the best F1, halfway to the next score below."""
    from sklearn.metrics import precision_recall_curve
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    scores = np.empty(len(y))
    for train, test in folds.split(np.zeros(len(y)), y):
        scores[test] = _scores(clone(classifier).fit(_rows(X, train), y[train]), _rows(X, test))
    precision, recall, thresholds = precision_recall_curve(y == classes[1], scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    below = thresholds[best - 1] if best else thresholds[best] - 1.0
    return float((thresholds[best] + below) / 2)


def _rows(X, rows):
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _label(key):
    return "_".join(key) if isinstance(key, tuple) else key


def _values(X, key, comparer):
    """The values of a column, or of several as tuples, on both sides of pairs."""
    if isinstance(key, tuple):
        sides = zip(*(_values(X, name, comparer) for name in key), strict=True)
        return tuple(_as_tuples(side) for side in sides)
    if isinstance(X, IndexedPairs):
        values = np.asarray(X.items[key], dtype=object)
        return values[X.indices[:, 0]], values[X.indices[:, 1]]
    if pair_kind(X) == "frame" or hasattr(X, "columns"):
        return tuple(
            np.asarray(X[side + key], dtype=object) for side in (comparer.left, comparer.right)
        )
    raise TypeError(f"explain needs a DataFrame or IndexedPairs over one; got {type(X).__name__}.")


def _as_tuples(columns):
    tuples = np.empty(len(columns[0]), dtype=object)
    tuples[:] = list(zip(*columns, strict=True))
    return tuples
