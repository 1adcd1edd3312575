"""RecordMatcher: from tables and known links to new links and clusters."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_dissim._pairs.validation import check_pair_labels
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import HasMethods, Interval, StrOptions, fit_context
from sklearn_dissim.tables._assignment import assign_pairs
from sklearn_dissim.tables._clusters import METHODS, cluster_pairs
from sklearn_dissim.tables._explanation import explain_pairs
from sklearn_dissim.tables._links import default_rules, links_frame, with_columns_of_fit
from sklearn_dissim.tables._matching_model import (
    best_f1_threshold,
    check_rows_of_pairs,
    default_classifier,
    pair_scores_in_chunks,
    split_model,
)
from sklearn_dissim.tables._table_dichotomy import TableDichotomyTransformer
from sklearn_dissim.tables.blocking._candidates import candidate_pairs
from sklearn_dissim.tables.blocking._known_pairs import known_pairs
from sklearn_dissim.tables.columns._compared_column import neutral_values


class RecordMatcher(ClassifierMixin, BaseEstimator):
    """Link the records of two tables, or find duplicates in one, learning from examples.

    Blocking rules propose pairs worth comparing (`candidate_pairs`), comparisons of the columns
    turn each pair into a dissimilarity vector (`TableDichotomyTransformer`), and a classifier
    scores the vectors. Pairs that score at least the threshold are links; on request links
    become one-to-one links, or clusters.

    Parameters
    ----------
    classifier : classifier, default=None
        Classifier of the vectors that `comparisons` make or, if `comparisons` is None, of pairs
        of records. A pipeline that begins with a `TableDichotomyTransformer` brings its own
        comparisons. None stands for a `MaxMarginPairClassifier` (squared hinge, C=0.1) of the
        scaled vectors and a Nystroem map of them (RBF kernel, gamma 0.3 / n_comparisons, 300
        components), in which comparisons qualify each other.
    rules : list of rules, default=None
        Blocking rules, as in `candidate_pairs`. None stands for `NearestText` of all columns.
    comparisons : "auto", dict, TableDichotomyTransformer or None, default="auto"
        How columns are compared; ``{"rec_id": "drop"}`` leaves one out. None hands pairs of
        records to `classifier` as they are.
    one_to_one : bool, default=False
        Link each record at most once, with the largest sum of scores (`assign_pairs`).
    clustering : {"connected_components", "correlation"}, default="connected_components"
        How links become clusters; see `cluster_pairs`.
    threshold : float or "f1", default=0.0
        Lowest score of a link. "f1" takes the threshold with the best F1 on the training pairs,
        scored by five-fold cross-validation.
    max_pairs : int, default=50_000_000
        Refuse rules that propose more pairs.
    non_links_per_link : float, default=10.0
        Largest number of non-links that `fit_links` draws for each link.
    random_state : int, RandomState instance or None, default=None
        Draws non-links, folds and the components of the kernel map.
    verbose : int, default=0
        1 shows a progress bar for what takes longer than a second.

    Attributes
    ----------
    matcher_ : estimator
        Fitted classifier of pairs of records: a pipeline that begins with the comparisons,
        unless `comparisons` is None.
    classes_ : ndarray of shape (2,)
        Both labels; the greater one means same.
    threshold_ : float
        Lowest score of a link.
    n_features_in_ : int
        Number of a record's columns that are compared.
    feature_names_in_ : ndarray of str
        Names of these columns.

    See Also
    --------
    candidate_pairs : Propose pairs by blocking rules.
    TableDichotomyTransformer : Compare the columns of pairs.

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
        X : DataFrame, IndexedPairs or array
            Pairs of records: a frame with left_* and right_* columns, or indexed pairs over a
            table, such as `CandidatePairs.pairs`. An array (n_pairs, 2, n_columns) is taken
            too, and a 2-D array as dissimilarity vectors.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.

        Returns
        -------
        self : object
            The fitted matcher.
        """
        return self._fit(check_rows_of_pairs(X), y, check_random_state(self.random_state))

    @fit_context(prefer_skip_nested_validation=False)
    @all_or_nothing
    def fit_links(self, left, right=None, *, links, complete=False):
        """Learn from known links, and from candidates that are known to be none.

        Parameters
        ----------
        left : DataFrame of pandas or Polars
            Table of records.
        right : DataFrame of pandas or Polars, default=None
            The other table. None if links are within `left`.
        links : array-like of int, shape (n_links, 2), or DataFrame
            Row positions in left and right; a DataFrame has them as columns left and right.
        complete : bool, default=False
            Whether there are no other links between these tables. Then all other candidates
            may serve as non-links. If not, a candidate is known to be no link only if both its
            records have links but no chain of links joins them; or, with `one_to_one`, if any
            of its records has another link.

        Returns
        -------
        self : object
            The fitted matcher.
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
        """Fit comparisons, threshold and classifier to labelled pairs."""
        self.classes_, signs = check_pair_labels(y, X.shape[0])
        y = np.asarray(y).ravel()  # warned of once, if it was a column
        comparer, classifier = split_model(self.classifier, self.comparisons)
        vectors = X
        self._neutral = None
        if comparer is not None:
            vectors = comparer.fit_transform(X, y)
            self._neutral = neutral_values(vectors, signs)
        seed = random_state.randint(np.iinfo(np.int32).max)
        if classifier is None:
            classifier = default_classifier(vectors, seed)
        classifier = clone(classifier)
        self.threshold_ = self.threshold
        if self.threshold == "f1":
            self.threshold_ = best_f1_threshold(classifier, vectors, y, self.classes_, seed)
        classifier.fit(vectors, y)
        self.matcher_ = classifier if comparer is None else make_pipeline(comparer, classifier)
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.matcher_, name):
                setattr(self, name, getattr(self.matcher_, name))
        return self

    def decision_function(self, X):
        """Score pairs: the higher, the more likely both records are the same.

        Parameters
        ----------
        X : DataFrame, IndexedPairs or array
            Pairs of records, as in `fit`.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Scores of the classifier; if it gives only probabilities, that of "same" less a
            half.
        """
        check_is_fitted(self)
        return pair_scores_in_chunks(self.matcher_, check_rows_of_pairs(X), self.verbose)

    def predict(self, X):
        """Return the label of each pair, different or same, as `fit` was given them.

        Parameters
        ----------
        X : DataFrame, IndexedPairs or array
            Pairs of records, as in `fit`.

        Returns
        -------
        ndarray of shape (n_pairs,)
            "Same" where the score is at least the threshold.
        """
        same = self.decision_function(X) >= self.threshold_
        return self.classes_[same.astype(int)]

    def predict_links(self, left, right=None):
        """Find the pairs of records that are the same.

        Parameters
        ----------
        left : DataFrame of pandas or Polars
            Table of records, with the columns seen in fit.
        right : DataFrame of pandas or Polars, default=None
            The other table. None to find duplicates within `left`.

        Returns
        -------
        DataFrame
            A row for each link, in the order of positions: the positions of both records,
            `left` and `right`; their index labels, `left_index` and `right_index`; and the
            `score`.
        """
        if self.one_to_one and right is None:
            raise ValueError("one_to_one=True links two tables; right is None.")
        indices, scores = self._scored_candidates(left, right)
        if self.one_to_one:
            linked = assign_pairs(indices, scores, threshold=self.threshold_)
        else:
            linked = scores >= self.threshold_
        return links_frame(indices[linked], scores[linked], left, right)

    def predict_clusters(self, table):
        """Group the records of a table into clusters of the same.

        Parameters
        ----------
        table : DataFrame of pandas or Polars
            Table of records, with the columns seen in fit.

        Returns
        -------
        ndarray of int, shape (n_records,)
            Cluster of each record, numbered from 0 in the order of the clusters' first records.
        """
        indices, scores = self._scored_candidates(table, None)
        return cluster_pairs(
            indices,
            scores,
            table.shape[0],
            method=self.clustering,
            threshold=self.threshold_,
        )

    def _scored_candidates(self, left, right):
        """Return positions of the candidates, shape (n_pairs, 2), and their scores."""
        check_is_fitted(self)
        candidates = self._candidates(left, right)
        if not len(candidates):
            return candidates.indices, np.empty(0)
        pairs = with_columns_of_fit(candidates.pairs, getattr(self, "feature_names_in_", None))
        return candidates.indices, self.decision_function(pairs)

    def _candidates(self, left, right):
        rules = self.rules
        if rules is None:
            rules = default_rules(left, right, self.comparisons)
        return candidate_pairs(
            left, right, rules=rules, max_pairs=self.max_pairs, verbose=self.verbose
        )

    def explain(self, X):
        """Say what each column contributes to the scores of pairs.

        Parameters
        ----------
        X : DataFrame or IndexedPairs
            Pairs of records, as in `fit`.

        Returns
        -------
        DataFrame
            A row for each pair and column, the largest contributions of a pair first: `pair`
            (its number), `column`, the values `left` and `right`, the `contribution` to the
            score, the same in `words`, and the `score` of the pair.

        Notes
        -----
        The contribution of a column is the score, less the score with the column's comparisons
        at a neutral value: halfway between the average link and the average non-link in
        training. For a linear classifier the contributions add up to the score less that of
        the neutral vector. For any other classifier, each contribution says how the score
        would change if nothing were known of this one column.
        """
        check_is_fitted(self)
        if self._neutral is None:
            raise ValueError("explain needs comparisons; comparisons is None.")
        return explain_pairs(self.matcher_[0], self.matcher_[1], self._neutral, X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.three_d_array = True
        return tags
