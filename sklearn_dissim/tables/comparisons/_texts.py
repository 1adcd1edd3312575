"""Compare texts by words and n-grams of characters, weighted by rarity (TF-IDF)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from sklearn_dissim.tables.comparisons._strings import read_texts

# Terms are hashed rather than listed, so that a term that training did not have, such as a
# model number, counts too; it gets the largest weight.
_N_TERMS = 2**18


def read_words(values):
    """Return how often each word occurs, a sparse row for each value."""
    return _counts(values, analyzer="word", ngram_range=(1, 1), token_pattern=r"\S+")


def read_trigrams(values):
    """Return how often each three characters occur within a word, blanks at its ends too."""
    return _counts(values, analyzer="char_wb", ngram_range=(3, 3))


def _counts(values, **terms):
    vectorizer = HashingVectorizer(
        **terms, n_features=_N_TERMS, lowercase=False, norm=None, alternate_sign=False
    )
    return vectorizer.transform(read_texts(values))


def cosine_distance(left, right):
    """Return one less the cosines between rows of unit length, of two sparse matrices."""
    cosines = np.asarray(left.multiply(right).sum(axis=1)).ravel()
    return np.clip(1 - cosines, 0.0, None)


def largest_term_difference(left, right):
    """Return the largest difference of a term: the weight of the rarest word that one lacks."""
    return abs(left - right).max(axis=1).toarray().ravel()


@dataclass(frozen=True)
class Tfidf:
    """Compare TF-IDF vectors with weights learned from the distinct values in training.

    Parameters
    ----------
    name : str
    read : callable
        Returns counts of terms, a sparse matrix.
    distances : callable
        Returns distances between the rows of two sparse matrices.
    weights : TfidfTransformer
    """

    name: str
    read: Callable
    distances: Callable
    weights: TfidfTransformer = field(default_factory=TfidfTransformer, repr=False)

    def fit(self, readings, counts):
        """Learn how rare each term is; each distinct value counts once."""
        return replace(self, weights=TfidfTransformer().fit(readings))

    def prepare(self, readings):
        """Return sparse vectors of unit length."""
        return self.weights.transform(readings)


TEXT_COMPARISONS = (
    Tfidf("char_tfidf", read_trigrams, cosine_distance),
    Tfidf("word_tfidf", read_words, cosine_distance),
    Tfidf("rarest_word", read_words, largest_term_difference),
)
