"""Compare the records of tables column by column, and link those that are the same."""

from sklearn_dissim.tables._assignment import assign_pairs
from sklearn_dissim.tables._clusters import cluster_pairs
from sklearn_dissim.tables._record_matcher import RecordMatcher
from sklearn_dissim.tables._table_dichotomy import TableDichotomyTransformer
from sklearn_dissim.tables.blocking._blocking_keys import SameKey, SortedNeighbourhood
from sklearn_dissim.tables.blocking._blocking_text import NearestText
from sklearn_dissim.tables.blocking._candidates import CandidatePairs, candidate_pairs
from sklearn_dissim.tables.comparisons._embedding_distance import EmbeddingDistance

__all__ = [
    "CandidatePairs",
    "EmbeddingDistance",
    "NearestText",
    "RecordMatcher",
    "SameKey",
    "SortedNeighbourhood",
    "TableDichotomyTransformer",
    "assign_pairs",
    "candidate_pairs",
    "cluster_pairs",
]
