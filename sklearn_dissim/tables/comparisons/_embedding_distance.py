"""EmbeddingDistance: compare texts by an encoder of the user."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import normalize

from sklearn_dissim.tables.comparisons._comparison import unchanged


@dataclass(frozen=True)
class EmbeddingDistance:
    """Compare the texts of a column by the cosine distance of their embeddings.

    Parameters
    ----------
    encoder : callable
        Maps a list of n strings to an array (n, n_features), such as the method
        ``SentenceTransformer(...).encode``. It is given each distinct value once.
    name : str, default="embedding"
        Last part of the resulting feature's name.

    See Also
    --------
    TableDichotomyTransformer : Compare records; takes comparisons of columns.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn_dissim.tables import EmbeddingDistance, TableDichotomyTransformer
    >>> def vowels(texts):
    ...     return np.array([[text.count(vowel) for vowel in "aeiou"] for text in texts])
    >>> pairs = pd.DataFrame({"left_town": ["Genoa", "Lagos"], "right_town": ["Geona", "Kyiv"]})
    >>> by_vowels = {"town": EmbeddingDistance(vowels, name="vowels")}
    >>> TableDichotomyTransformer(by_vowels).fit_transform(pairs)
    array([[0.],
           [1.]])
    """

    encoder: Callable
    name: str = "embedding"
    read = staticmethod(unchanged)

    def fit(self, readings, counts):
        """Return the comparison itself; it learns nothing.

        Parameters
        ----------
        readings : ndarray of shape (n_values,)
            Distinct values of the column.
        counts : ndarray of int, shape (n_values,)
            Number of records that have each value.

        Returns
        -------
        self : EmbeddingDistance
            The comparison.
        """
        return self

    def prepare(self, readings):
        """Return the embeddings of values, of unit length.

        Parameters
        ----------
        readings : ndarray of shape (n_values,)
            Distinct values of the column.

        Returns
        -------
        ndarray of shape (n_values, n_features)
            The embeddings.
        """
        embeddings = np.asarray(self.encoder([str(text) for text in readings]))
        if embeddings.ndim != 2 or len(embeddings) != len(readings):
            raise ValueError(
                f"the encoder must return an array of shape ({len(readings)}, n_features) for "
                f"{len(readings)} strings; got {embeddings.shape}"
            )
        if not np.isfinite(embeddings).all():
            raise ValueError("the encoder returned NaN or infinity")
        return normalize(embeddings)

    def distances(self, left, right):
        """Return one less the cosine of embeddings.

        Parameters
        ----------
        left, right : ndarray of shape (n_pairs, n_features)
            Embeddings of both values of each pair.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Distances from 0 to 2.
        """
        return np.clip(1 - np.einsum("ij,ij->i", left, right), 0.0, None).astype(np.float64)
