"""Are these two the same? Matching in the dissimilarity space, for scikit-learn."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn_dissim import datasets, inspection, metrics, model_selection, tables
    from sklearn_dissim._max_margin.classifier import MaxMarginPairClassifier
    from sklearn_dissim._max_margin.training.parameters import Training
    from sklearn_dissim._pairs.dichotomy import DichotomyTransformer
    from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
    from sklearn_dissim._pairs.item_transformer import ItemTransformer
    from sklearn_dissim._pairs.make_pairs import make_pairs
    from sklearn_dissim._pairs.pair_whitening import PairWhitening
    from sklearn_dissim._retrieval.retriever import DissimilarityRetriever

__version__ = "0.1.0.dev0"

__all__ = [
    "DichotomyTransformer",
    "DissimilarityRetriever",
    "IndexedPairs",
    "ItemTransformer",
    "MaxMarginPairClassifier",
    "PairWhitening",
    "Training",
    "datasets",
    "inspection",
    "make_pairs",
    "metrics",
    "model_selection",
    "tables",
]

_HOMES = {
    "DichotomyTransformer": "_pairs.dichotomy",
    "DissimilarityRetriever": "_retrieval.retriever",
    "IndexedPairs": "_pairs.indexed_pairs",
    "ItemTransformer": "_pairs.item_transformer",
    "MaxMarginPairClassifier": "_max_margin.classifier",
    "PairWhitening": "_pairs.pair_whitening",
    "Training": "_max_margin.training.parameters",
    "make_pairs": "_pairs.make_pairs",
}


def __getattr__(name):
    # Imported on first use: the package opens in milliseconds.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in __all__ or name == "layers":  # which imports torch, so `import *` leaves it out
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
