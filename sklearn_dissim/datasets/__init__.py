"""Generate data of known identity, and read images and lists of pairs."""

from sklearn_dissim.datasets._glyphs import make_glyphs
from sklearn_dissim.datasets._identities import make_identities
from sklearn_dissim.datasets._image_folder import read_image_folder
from sklearn_dissim.datasets._image_items import ImageItems
from sklearn_dissim.datasets._image_set import read_image_set
from sklearn_dissim.datasets._market1501 import read_market1501
from sklearn_dissim.datasets._pairs_file import read_pairs_file
from sklearn_dissim.datasets._person_tables import make_person_tables
from sklearn_dissim.datasets._two_covariance import pair_log_likelihood_ratio

__all__ = [
    "ImageItems",
    "make_glyphs",
    "make_identities",
    "make_person_tables",
    "pair_log_likelihood_ratio",
    "read_image_folder",
    "read_image_set",
    "read_market1501",
    "read_pairs_file",
]
