"""
Which letter is this? Searching a gallery in another typeface
=============================================================

In this example a query is a letter in one typeface, and the gallery holds letters in seven other
typefaces. The matcher is trained on two thirds of the letters, and searches among the last third,
which it has not seen. Then half of these letters are removed from the gallery, and the retriever
has to detect queries whose letter is not in the gallery.
"""

import unicodedata
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import euclidean_distances, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DissimilarityRetriever,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
)
from sklearn_dissim.metrics import RankedGalleryDisplay

# %%
# The data. To use your own, replace this cell. Define `items`, an array of vectors; `identities`,
# which say what each item shows; `style`, the source of each item, such as a camera; `kept`, the
# test identities; `unseen`, a mask of their items; and `images`, which the figure shows. Further
# below, `is_query` chooses the style of the queries.

FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
NAMES = [
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono"),
    *("DejaVuSerif", "DejaVuSerif-Italic", "STIXGeneral", "STIXGeneralItalic"),
]
TYPEFACES = [FOLDER / f"{name}.ttf" for name in NAMES]


def drawn(letter, typeface, size=32):
    """Draw a letter in the middle of an image, white on black."""
    image = Image.new("L", (size, size))
    font = ImageFont.truetype(str(typeface), size // 2 + 4)
    ImageDraw.Draw(image).text((size / 2, size / 2), letter, 255, font, anchor="mm")
    return np.asarray(image, dtype=np.float32) / 255


def letters():
    """Return the letters without accents in all typefaces; of identical shapes, only the first."""
    shared = set.intersection(*(set(FT2Font(path).get_charmap()) for path in TYPEFACES))
    looks = {drawn(chr(c), TYPEFACES[0]).tobytes(): chr(c) for c in sorted(shared, reverse=True)}
    plain = (c for c in looks.values() if c.isalpha() and not unicodedata.decomposition(c))
    return np.array(sorted(plain))


alphabet = letters()
images = np.stack([drawn(letter, path) for letter in alphabet for path in TYPEFACES])
items = images.reshape(len(images), -1)
identities = np.repeat(alphabet, len(TYPEFACES))
style = np.tile(np.arange(len(TYPEFACES)), len(alphabet))
kept = np.random.default_rng(0).permutation(alphabet)[: len(alphabet) // 3]
unseen = np.isin(identities, kept)
print(f"{len(alphabet)} letters in {len(TYPEFACES)} typefaces; {len(kept)} letters are kept aside")

# %%
# The matcher is trained on the other letters. `PairWhitening` learns a basis in which typefaces
# make little difference; the classifier weighs the differences in this basis.

matcher = make_pipeline(
    ItemTransformer(PCA(120, random_state=0)),
    PairWhitening(60),
    MaxMarginPairClassifier(C=0.01, nonpositive=True, class_weight="balanced"),
)
retriever = DissimilarityRetriever(matcher, random_state=0)
retriever.fit(items[~unseen], identities[~unseen])

# %%
# A new gallery for the same matcher: the unseen letters in seven typefaces. The queries are the
# same letters in the eighth typeface.

is_query = style == NAMES.index("DejaVuSerif-Italic")
gallery, queries = unseen & ~is_query, unseen & is_query
retriever.index(items[gallery], identities[gallery])
scores, rows = retriever.search(items[queries], 8)

euclid = NearestNeighbors().fit(items[gallery])
nearest = euclid.kneighbors(items[queries], 8, return_distance=False)
truth = identities[queries][:, np.newaxis]
print(f"{queries.sum()} queries among {gallery.sum()} letters of other typefaces")
print(f"{'':22} first is right   right among the first 7")
for name, found in {"Euclid on pixels": nearest, "DissimilarityRetriever": rows}.items():
    hits = identities[gallery][found] == truth
    print(f"{name:22} {hits[:, 0].mean():14.1%} {hits[:, :7].mean():25.1%}")

# %%
# Unknown letters. Half of the letters are removed from the gallery. The score of a letter is the
# mean over its typefaces. A query is answered "?" if its best score is below the threshold. The
# threshold is chosen on the letters of the training set: nine in ten of their queries score at
# least as much.

open_set = DissimilarityRetriever(FrozenEstimator(retriever.matcher_), fusion="mean")
open_set.index(items[~unseen & ~is_query], identities[~unseen & ~is_query])
passing = open_set.decision_function(items[~unseen & is_query]).max(axis=1)
open_set.set_params(threshold=float(np.quantile(passing, 0.1)), unknown_label="?")

strangers = kept[::2]
open_set.index(items[gallery], identities[gallery]).remove(strangers)
known = np.isin(identities[queries], strangers, invert=True)
best = open_set.decision_function(items[queries]).max(axis=1)
answers = open_set.predict(items[queries])
print(f"known or stranger, by the best score: ROC AUC {roc_auc_score(known, best):.3f}")
print(f"strangers answered '?': {np.mean(answers[~known] == '?'):.0%}")
print(f"known letters named: {np.mean(answers[known] == identities[queries][known]):.0%}")

# %%
# The figure: the ranked gallery of some queries, by Euclidean distance and by the retriever.

shown = {
    "query_items": 1 - images[queries],
    "gallery_items": 1 - images[gallery],
    "k": 6,
    "n_queries": 7,
    "random_state": 1,
}
figure, (left, right) = plt.subplots(1, 2, figsize=(12, 6.6), layout="constrained")
RankedGalleryDisplay.from_predictions(
    -euclidean_distances(items[queries], items[gallery]),
    identities[queries],
    identities[gallery],
    name="Euclid on pixels",
    ax=left,
    **shown,
)
RankedGalleryDisplay.from_estimator(
    retriever, items[queries], identities[queries], name="DissimilarityRetriever", ax=right, **shown
)

target = Path(__file__).parent / "figures" / "retrieval.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=100)
print(f"Figure: {target}")
