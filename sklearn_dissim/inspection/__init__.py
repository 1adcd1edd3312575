"""Show what a fitted pair classifier has learned, and why it gave a pair its score."""

from sklearn_dissim.inspection._dissimilarity_space_display import DissimilaritySpaceDisplay
from sklearn_dissim.inspection._pair_contributions import pair_contributions
from sklearn_dissim.inspection._pair_contributions_display import PairContributionsDisplay

__all__ = ["DissimilaritySpaceDisplay", "PairContributionsDisplay", "pair_contributions"]
