"""Texts: words and n-grams of characters, each weighted by how rare it is (TF-IDF)."""

from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from sklearn_dissim.tables._strings import read_texts

# Hashed, not listed: terms that training did not have (a model number) have a place too, and
# the greatest weight.
_N_TERMS = 2**18


def cosine_distance(left, right):
    """``1 - cos`` between the rows of two sparse matrices, of unit length."""
    cosines = np.asarray(left.multiply(right).sum(axis=1)).ravel()
    return np.clip(1 - cosines, 0.0, None)


def largest_term_difference(left, right):
    """The largest difference of a single term: how much the rarest word weighs that one lacks."""
    return abs(left - right).max(axis=1).toarray().ravel()


@dataclass(frozen=True)
class Tfidf:
    """Compares TF-IDF vectors, whose weights are those of the distinct values in training."""

    name: str
    distances: object
    analyzer: str
    n: int = 1
    weights: TfidfTransformer = field(default_factory=TfidfTransformer, repr=False)
    read = staticmethod(read_texts)

    def fit(self, readings, counts):
        """Learn how rare each term is; every distinct value counts once."""
        return replace(self, weights=TfidfTransformer().fit(self._counts(readings)))

    def prepare(self, readings):
        """Vectors of unit length, sparse."""
        return self.weights.transform(self._counts(readings))

    def _counts(self, texts):
        vectorizer = HashingVectorizer(
            analyzer=self.analyzer,
            ngram_range=(self.n, self.n),
            token_pattern=r"\S+",
            lowercase=False,
            norm=None,
            alternate_sign=False,
            n_features=_N_TERMS,
        )
        return vectorizer.transform(texts)


TEXT_COMPARISONS = (
    Tfidf("char_tfidf", cosine_distance, "char_wb", 3),
    Tfidf("word_tfidf", cosine_distance, "word"),
    Tfidf("rarest_word", largest_term_difference, "word"),
)
