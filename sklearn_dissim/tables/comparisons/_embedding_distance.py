"""EmbeddingDistance: texts compared by an encoder of the user's."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import normalize

from sklearn_dissim.tables.comparisons._comparison import as_they_are


@dataclass(frozen=True)
class EmbeddingDistance:
    """Cosine distance of the embeddings of two texts: a comparison for a table's column.

    Parameters
    ----------
    encoder : callable
        Maps a list of n strings to an array (n, n_features): ``SentenceTransformer(...).encode``,
        say. It is given each distinct value once.
    name : str, default="embedding"
        Stands in the name of the resulting column.

    See Also
    --------
    TableDichotomyTransformer : Takes it among its comparisons.

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
    read = staticmethod(as_they_are)

    def fit(self, readings, counts):
        """Nothing to learn."""
        return self

    def prepare(self, readings):
        """Embeddings of unit length."""
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
        """``1 - cos``."""
        return np.clip(1 - np.einsum("ij,ij->i", left, right), 0.0, None).astype(np.float64)
