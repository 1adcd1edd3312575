"""Texts: words and n-grams of characters, each weighted by how rare it is (TF-IDF)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from sklearn_dissim.tables.comparisons._strings import read_texts

# Hashed, not listed: terms that training did not have (a model number) have a place too, and
# the greatest weight.
_N_TERMS = 2**18


def read_words(values):
    """How often each word occurs: a sparse row for each value."""
    return _counts(values, analyzer="word", ngram_range=(1, 1), token_pattern=r"\S+")


def read_trigrams(values):
    """How often each three characters follow each other within a word, with its ends."""
    return _counts(values, analyzer="char_wb", ngram_range=(3, 3))


def _counts(values, **terms):
    vectorizer = HashingVectorizer(
        **terms, n_features=_N_TERMS, lowercase=False, norm=None, alternate_sign=False
    )
    return vectorizer.transform(read_texts(values))


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
    read: Callable
    distances: Callable
    weights: TfidfTransformer = field(default_factory=TfidfTransformer, repr=False)

    def fit(self, readings, counts):
        """Learn how rare each term is; every distinct value counts once."""
        return replace(self, weights=TfidfTransformer().fit(readings))

    def prepare(self, readings):
        """Vectors of unit length, sparse."""
        return self.weights.transform(readings)


TEXT_COMPARISONS = (
    Tfidf("char_tfidf", read_trigrams, cosine_distance),
    Tfidf("word_tfidf", read_words, cosine_distance),
    Tfidf("rarest_word", read_words, largest_term_difference),
)
