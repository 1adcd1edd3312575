"""The estimators behind a 2-D face, so that scikit-learn's checks drive their 3-D path.

Each row of X becomes a pair: the row, and a side that is 0 everywhere. The checks' data
is shifted first where |x| would hide its sign.
"""

import numpy as np
from sklearn.utils.validation import check_array

from sklearn_dissim import DichotomyTransformer, MaxMarginPairClassifier
from sklearn_dissim.tables import RecordMatcher, TableDichotomyTransformer


def as_pairs(X, shift=0.0):
    """Rows of a 2-D array as pairs with 0; anything else as it is, for it to be refused."""
    try:
        rows = check_array(X, ensure_all_finite=False, ensure_min_samples=0, ensure_min_features=0)
    except (ValueError, TypeError):
        return X
    if rows.size == 0:
        return rows
    return np.stack([rows + shift, np.zeros_like(rows)], axis=1)


class PairedClassifier(MaxMarginPairClassifier):
    def fit(self, X, y, sample_weight=None):
        super().fit(as_pairs(X, 16), y, sample_weight)
        return self._name_features(X)

    def _name_features(self, X):
        if hasattr(X, "columns"):
            self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return self

    def decision_function(self, X):
        return super().decision_function(as_pairs(X, 16))

    def transform(self, X):
        return super().transform(as_pairs(X, 16))


class PairedTransformer(DichotomyTransformer):
    def fit(self, X, y=None):
        return super().fit(as_pairs(X))

    def transform(self, X):
        return super().transform(as_pairs(X))


class PairedTable(TableDichotomyTransformer):
    def __init__(self):
        super().__init__()

    def fit(self, X, y=None):
        super().fit(as_pairs(X))
        return self

    def fit_transform(self, X, y=None):
        return super().fit_transform(as_pairs(X))

    def transform(self, X):
        return super().transform(as_pairs(X))


class PairedMatcher(RecordMatcher):
    def fit(self, X, y):
        return super().fit(as_pairs(X, 16), y)

    def decision_function(self, X):
        return super().decision_function(as_pairs(X, 16))
