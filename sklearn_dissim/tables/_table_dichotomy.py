"""TableDichotomyTransformer: turn pairs of records into vectors, column by column."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_dissim._pairs.validation import (
    check_pair_labels,
    check_pairs,
    item_feature_names,
)
from sklearn_dissim._utils.all_or_nothing import all_or_nothing
from sklearn_dissim._utils.compat import StrOptions, fit_context
from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.tables.columns._choice import chosen_comparisons, places_in
from sklearn_dissim.tables.columns._compared_column import (
    ComparedColumn,
    fit_comparisons,
    neutral_values,
)
from sklearn_dissim.tables.columns._records import Records, paired_records


class TableDichotomyTransformer(TransformerMixin, BaseEstimator):
    r"""Turn pairs of records into dissimilarity vectors, by comparisons of their columns.

    Each column is compared in the ways that suit it: numbers by their difference, names by
    edits and words, texts by TF-IDF, places by kilometres. `fit` chooses the comparisons by the
    values of the column, or takes those that the user gives. Any classifier of dissimilarity
    vectors can follow.

    Parameters
    ----------
    comparisons : "auto" or dict, default="auto"
        How each column is compared, by its name: a comparison or a kind of column from the
        table below, a function from two arrays of left and right values to distances, an
        `EmbeddingDistance`, a list of these, "auto" or "drop". A tuple of names combines
        several columns, numbers to a vector, strings to one text:
        ``{("lat", "lon"): "geo", ("title", "maker"): "title"}``.
    remainder : {"auto", "drop"}, default="auto"
        What is done with columns that `comparisons` does not name.
    left, right : str, default="left\_", "right\_"
        Prefixes of the column names in a DataFrame of pairs.
    missing : {"indicator", "neutral"}, default="indicator"
        Where a value is missing on either side, or cannot be read, its distances are replaced
        by neutral values. "indicator" also adds a feature that says where, for each column in
        which this occurred in training.

    Attributes
    ----------
    comparisons_ : dict
        Names of the comparisons of each column, by its name or tuple of names.
    n_features_in_ : int
        Number of columns of a record.
    feature_names_in_ : ndarray of str
        Names of these columns, without prefix, where X was a DataFrame.

    See Also
    --------
    DichotomyTransformer : Compare items that are vectors of numbers or images.
    EmbeddingDistance : Compare texts by an encoder.

    Notes
    -----
    Pairs come as a DataFrame (pandas or Polars) with each column twice, or as `IndexedPairs`
    over a DataFrame of records; two tables are concatenated for this. An array (n_pairs, 2,
    n_columns) is taken too. A 2-D array of numbers holds dissimilarity vectors already and is
    returned as it is.

    ============= ======================================================================
    kind          comparisons that "auto" takes
    ============= ======================================================================
    number        unequal, absolute, relative, log
    date          days (log(1 + days)), date_parts (how many of year, month, day differ)
    date_string   these and edits
    category      mismatch, rarity, jaro_winkler, token_set
    code          mismatch, edits, jaro_winkler
    name          jaro_winkler, levenshtein, soft_tfidf, token_set, token_sort, partial,
                  char_tfidf, word_tfidf, rarest_word
    title         as name, but numerals (words with digits) for levenshtein
    text          token_set, char_tfidf, word_tfidf, rarest_word, numerals
    set           jaccard
    vector        euclidean, cosine
    place         geo (km)
    ============= ======================================================================

    Strings are numbers ("$ 12.99"), dates ("19570401") or codes (telephone numbers and
    postcodes: digits of one length, or with leading zeros) if nearly all values of the column
    are. Other strings are names with up to 4 words on average, titles with up to 40, else
    texts. Columns called lat and lon are a place. Strings are compared without case and
    punctuation: edits over the first 1,000 characters, words and n-grams over 20,000.

    The neutral value of a distance is halfway between its means over same and over different
    pairs in training, where it speaks for neither label; without `y`, the mean over all pairs.

    Two distinct values are compared once, however many pairs have them.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import TableDichotomyTransformer
    >>> pairs = pd.DataFrame({
    ...     "left_name": ["Meyer", "Schmidt"], "left_age": [31, 40],
    ...     "right_name": ["Meier", "Brown"], "right_age": [32, None],
    ... })
    >>> transformer = TableDichotomyTransformer({"name": "levenshtein", "age": "absolute"})
    >>> transformer.set_output(transform="pandas").fit_transform(pairs)
       name__levenshtein  age__absolute  age__missing
    0                0.2            1.0           0.0
    1                1.0            1.0           1.0
    """

    _parameter_constraints = {
        "comparisons": [StrOptions({"auto"}), dict],
        "remainder": [StrOptions({"auto", "drop"})],
        "left": [str],
        "right": [str],
        "missing": [StrOptions({"indicator", "neutral"})],
    }

    def __init__(
        self,
        comparisons="auto",
        *,
        remainder="auto",
        left="left_",
        right="right_",
        missing="indicator",
    ):
        self.comparisons = comparisons
        self.remainder = remainder
        self.left = left
        self.right = right
        self.missing = missing

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y=None):
        """Choose comparisons; learn the rarity of words, scales and neutral values.

        Parameters
        ----------
        X : DataFrame, IndexedPairs or array
            Pairs of records.
        y : array-like of shape (n_pairs,), default=None
            Pair labels; used for the neutral values.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        self._fit_transform(X, y)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit_transform(self, X, y=None):
        """Fit and return the vectors of the same pairs, comparing each two values once.

        Parameters
        ----------
        X : DataFrame, IndexedPairs or array
            Pairs of records.
        y : array-like of shape (n_pairs,), default=None
            Pair labels; used for the neutral values.

        Returns
        -------
        ndarray of shape (n_pairs, n_features)
            Dissimilarity vectors; a DataFrame if `set_output` asks for one.
        """
        return self._fit_transform(X, y)

    def _fit_transform(self, X, y):
        """Fit the comparisons of all columns, and return the vectors of the pairs."""
        records = self._check_pairs(X, reset=True)
        self.comparisons_, self._columns = {}, None
        if not isinstance(records, Records):
            return records
        signs = None if y is None else check_pair_labels(y, len(records.indices))[1]
        self._columns, vectors = [], []
        choices = self._choices(records.names)
        records = records.with_columns({name for names in choices for name in names})
        for names, choice in choices.items():
            column = records.paired(names)
            counts = records.counts(column)
            comparisons = self._comparisons(choice, column, counts)
            if not comparisons:
                continue
            comparisons, distances = fit_comparisons(comparisons, column, counts)
            self.comparisons_[names if len(names) > 1 else names[0]] = [
                comparison.name for comparison in comparisons
            ]
            fitted = ComparedColumn(
                column.label,
                column.form,
                comparisons,
                neutral_values(distances, signs),
                indicator=self.missing == "indicator" and bool(np.isnan(distances).any()),
            )
            self._columns.append((names, fitted))
            vectors.append(fitted.filled(distances))
        if not vectors:
            raise ValueError("No column is left to compare: all are dropped or empty.")
        return np.hstack(vectors)

    def _check_pairs(self, X, *, reset):
        """Return X as `Records`, or as an array where it holds dissimilarity vectors."""
        if not self.left or not self.right or self.left == self.right:
            raise ValueError(
                "left and right must be two different beginnings of column names; got "
                f"{self.left!r} and {self.right!r}."
            )
        records = paired_records(X, self.left, self.right)
        if records is None:
            records = check_pairs(self, X, reset=reset)
        else:
            self._check_names(records, reset)
        if not reset and isinstance(records, Records) != (self._columns is not None):
            kinds = ["dissimilarity vectors, rows of numbers", "pairs of records"]
            expected, got = kinds if self._columns is None else kinds[::-1]
            raise ValueError(f"X must hold {expected}, as in fit; got {got}.")
        return records

    def _check_names(self, records, reset):
        import pandas as pd

        one = pd.DataFrame(0.0, index=[0], columns=records.names)
        named = one if records.named else one.to_numpy()
        validate_data(self, named, reset=reset, skip_check_array=True)

    def _choices(self, names):
        """Return what the user chose for tuples of column names, in the order of columns."""
        by_user = {} if self.comparisons == "auto" else self.comparisons
        choices = {}
        for key, choice in by_user.items():
            group = key if isinstance(key, tuple) else (key,)
            unknown = [name for name in group if name not in names]
            if unknown:
                raise ValueError(
                    f"comparisons names the column {unknown[0]!r}, which X does not have; "
                    f"it has {names}."
                )
            choices[group] = choice
        taken = {name for group in choices for name in group}
        if self.remainder == "auto":
            free = [name for name in names if name not in taken]
            for group in places_in(free):
                choices[group] = "place"
                taken.update(group)
            choices.update({(name,): "auto" for name in free if name not in taken})
        order = sorted(choices, key=lambda group: names.index(group[0]))
        return {group: choices[group] for group in order if choices[group] != "drop"}

    def _comparisons(self, choice, column, counts):
        if column.storage != "empty":
            return chosen_comparisons(choice, column, counts)
        warn_user(f"Column {column.label!r} has no values; it is not compared.")
        return []

    def transform(self, X):
        """Return the dissimilarity vectors of pairs.

        Parameters
        ----------
        X : DataFrame, IndexedPairs or array
            Pairs of records.

        Returns
        -------
        ndarray of shape (n_pairs, n_features)
            Dissimilarity vectors; a DataFrame if `set_output` asks for one.
        """
        check_is_fitted(self)
        records = self._check_pairs(X, reset=False)
        if self._columns is None:
            return records
        widths = [len(column.endings()) for _, column in self._columns]
        vectors = np.empty((len(records.indices), sum(widths)))
        parts = np.split(vectors, np.cumsum(widths)[:-1], axis=1)
        for part, (names, column) in zip(parts, self._columns, strict=True):
            part[:] = column.vectors(records.paired(names, column.form))
        return vectors

    def get_feature_names_out(self, input_features=None):
        """Return the names of the features: "age__absolute", "name__missing"...

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of a record's columns. None takes those seen in fit, or x0, x1...

        Returns
        -------
        ndarray of str, shape (n_features,)
            Names of the features.
        """
        check_is_fitted(self)
        if self._columns is None:
            return np.asarray(item_feature_names(self, input_features), dtype=object)
        names_of_fit = item_feature_names(self, None)
        new_names = item_feature_names(self, input_features)
        renamed = dict(zip(names_of_fit, new_names, strict=True))
        return np.asarray(
            [
                f"{'_'.join(renamed[name] for name in group)}__{ending}"
                for group, column in self._columns
                for ending in column.endings()
            ],
            dtype=object,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
