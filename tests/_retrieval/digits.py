"""Digits as a gallery and queries, and the scores of all their pairs."""

import numpy as np
from sklearn.datasets import load_digits

from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier

X, DIGIT = load_digits(return_X_y=True)
GALLERY, NAMES, QUERIES = X[:300], DIGIT[:300], X[300:340]
LINEAR = MaxMarginPairClassifier(C=1e-4)


def all_scores(classifier, queries=QUERIES, gallery=GALLERY):
    left, right = np.indices((len(queries), len(gallery))).reshape(2, -1)
    pairs = IndexedPairs(np.concatenate([queries, gallery]), np.c_[left, len(queries) + right])
    return classifier.decision_function(pairs).reshape(len(queries), -1)
