"""
Looking at a matcher: scores, errors, the dissimilarity space, rankings, reasons
================================================================================

This example trains a matcher of handwritten characters on three alphabets, and tests the matcher
on a fourth. One figure shows:

- the scores of same and of different pairs;
- the dissimilarity space, with the boundary of the classifier;
- the false match rate and the false non-match rate at all thresholds;
- the CMC curve: how often the right character is among the first k of the gallery;
- the ranked gallery of some queries;
- why two drawings match.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import DetCurveDisplay
from sklearn.pipeline import make_pipeline

from sklearn_dissim import (
    DissimilarityRetriever,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.datasets import make_glyphs
from sklearn_dissim.inspection import DissimilaritySpaceDisplay, PairContributionsDisplay
from sklearn_dissim.metrics import (
    CMCDisplay,
    RankedGalleryDisplay,
    ScoreDistributionDisplay,
    equal_error_rate_score,
    mean_average_precision_score,
)

# %%
# The data. To use your own, replace this cell. Define `items`, an array of vectors; `identities`,
# which say what each item shows; `unseen`, a mask of the items of the test identities; and
# `images`, which the figure shows in place of the items.

glyphs = make_glyphs(n_identities=160, n_samples=8, size=28, n_alphabets=4, random_state=0)
images, identities = glyphs.data, glyphs.identities
items = images.reshape(len(images), -1)
unseen = glyphs.alphabets == 3

# %%
# The matcher is trained on pairs of three alphabets, and tested on pairs of the fourth.

matcher = make_pipeline(
    ItemTransformer(PCA(80, random_state=0)),
    PairWhitening(40),
    MaxMarginPairClassifier(C=0.01, nonpositive=True, class_weight="balanced"),
)
pairs, y, _ = make_pairs(items[~unseen], identities[~unseen], random_state=0)
matcher.fit(pairs, y)
test_pairs, test_y, _ = make_pairs(items[unseen], identities[unseen], random_state=0)
scores = matcher.decision_function(test_pairs)
print(f"pairs of unseen characters: equal error rate {equal_error_rate_score(test_y, scores):.3f}")

# %%
# A search. The first drawing of each unseen character is a query; the other drawings are the
# gallery.

first = np.unique(identities, return_index=True)[1]
is_query = np.isin(np.arange(len(items)), first)
queries, gallery = unseen & is_query, unseen & ~is_query
retriever = DissimilarityRetriever(FrozenEstimator(matcher))
retriever.index(items[gallery], identities[gallery])
found = retriever.gallery_scores(items[queries])
precision = mean_average_precision_score(found, identities[queries], identities[gallery])
print(f"{queries.sum()} queries, {gallery.sum()} others: mean average precision {precision:.3f}")

# %%
# The figure. Each Display draws on its own axes, from an estimator or from scores.

figure, axes = plt.subplots(2, 3, figsize=(16, 9), layout="constrained")
named = {"name": "max-margin"}
ScoreDistributionDisplay.from_estimator(matcher, test_pairs, test_y, ax=axes[0, 0], **named)
axes[0, 0].set_title("Scores of pairs")
DissimilaritySpaceDisplay.from_estimator(
    matcher, test_pairs, test_y, max_pairs=800, random_state=0, ax=axes[0, 1], **named
)
axes[0, 1].set_title("The dissimilarity space")
DetCurveDisplay.from_predictions(test_y, scores, ax=axes[0, 2], **named)
euclid = -np.linalg.norm(np.subtract(*items[unseen][test_pairs.indices.T]), axis=1)
DetCurveDisplay.from_predictions(test_y, euclid, ax=axes[0, 2], name="Euclid on pixels")
axes[0, 2].set_title("Both kinds of error (scikit-learn's)")
CMCDisplay.from_estimator(retriever, items[queries], identities[queries], ax=axes[1, 0], **named)
distances = np.linalg.norm(items[queries][:, np.newaxis] - items[gallery], axis=2)
CMCDisplay.from_predictions(
    -distances, identities[queries], identities[gallery], ax=axes[1, 0], name="Euclid on pixels"
)
axes[1, 0].set_title("How soon a query finds its character")
RankedGalleryDisplay.from_estimator(
    retriever,
    items[queries],
    identities[queries],
    query_items=images[queries],
    gallery_items=images[gallery],
    k=7,
    n_queries=5,
    random_state=0,
    ax=axes[1, 1],
)
axes[1, 1].set_title("What is found")
likeliest = int(np.argmax(np.where(test_y == 1, scores, -np.inf)))
PairContributionsDisplay.from_estimator(
    matcher, test_pairs, pair=likeliest, reference=pairs, max_features=12, ax=axes[1, 2]
)
axes[1, 2].set_title("Why these two match")

target = Path(__file__).parent / "figures" / "pictures.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=80)
print(f"Figure: {target}")
