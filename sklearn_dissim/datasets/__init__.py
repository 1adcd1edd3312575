"""Data to learn from: generators of identities, and readers of images and pairs."""

from sklearn_dissim.datasets._glyphs import make_glyphs
from sklearn_dissim.datasets._identities import make_identities
from sklearn_dissim.datasets._two_covariance import pair_log_likelihood_ratio

__all__ = ["make_glyphs", "make_identities", "pair_log_likelihood_ratio"]
