"""
Are these two the same digit?
=============================

This example trains a classifier on pairs of five digits, and tests the classifier on pairs of the
other five. The question is not "which digit is this?" but "do both images show the same digit?",
so it has an answer for digits that were not in training too.

The pipeline whitens the items and scales them to length 1. The squared differences of both items
of a pair are the dissimilarity vector, and a max-margin classifier separates same from different
pairs. A grid search chooses margin and cost on held-out *identities*: no digit is on both sides of
a split.
"""

import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from sklearn.metrics import det_curve, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_dissim import (
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.metrics import equal_error_rate_score
from sklearn_dissim.model_selection import PairGroupKFold

# %%
# The data. To use your own, replace this cell. Define four arrays:
#
# - `items`, of shape (n_items, n_features);
# - `identities`, which say who or what each item shows;
# - `unseen`, a mask of the items of the test identities;
# - `baseline`, other features of the items, for Euclidean distance and cosine (or `items` again).
#
# Here the features of an item are the strengths of its edges around each pixel, in four
# directions.


def edge_orientations(images):
    padded = np.pad(np.sqrt(images).reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    strength, angle = np.hypot(across, down), np.arctan2(down, across)
    directions = np.arange(4)[:, None, None, None] * np.pi / 4
    maps = strength * np.maximum(0, np.cos(2 * (angle - directions)))
    return np.hstack(gaussian_filter(maps, (0, 0, 0.8, 0.8)).reshape(4, len(images), 64))


baseline, identities = load_digits(return_X_y=True)
items = edge_orientations(baseline)
unseen = np.isin(identities, [1, 3, 5, 7, 9])

# %%
# Pairs for training and test, with as many different as same pairs.

start = time.perf_counter()


def say(message):
    print(f"[{time.perf_counter() - start:5.1f} s] {message}", flush=True)


def some_pairs(rows, most, seed):
    counts = np.unique(identities[rows], return_counts=True)[1]
    n_same = int((counts * (counts - 1) // 2).sum())
    n_different = (counts.sum() ** 2 - (counts**2).sum()) // 2
    return make_pairs(
        items[rows],
        identities[rows],
        positives=min(most, n_same, n_different),
        random_state=seed,
    )


pairs, y, groups = some_pairs(~unseen, 8000, seed=0)
test_pairs, test_y, test_groups = some_pairs(unseen, 20_000, seed=1)
say(f"training on {len(pairs)} pairs of {len(np.unique(groups))} identities")
say(f"testing on {len(test_pairs)} pairs of {len(np.unique(test_groups))} others, never seen")

# %%
# The pipeline. Five identities are few for so many weights. The weights therefore shrink to equal
# weights, which make a plain distance in the whitened basis. Margin and cost set how far the
# weights depart from equal ones.

pipeline = make_pipeline(
    PairWhitening(shrinkage=0.6),
    ItemTransformer(Normalizer()),  # scales the centred, whitened items to length 1
    MaxMarginPairClassifier(difference="squared", shrink_to="equal", nonpositive=True),
)

# %%
# The grid search over margin and cost, with folds of identities.

search = GridSearchCV(
    pipeline,
    {
        "maxmarginpairclassifier__margin": [0.3, 1.0],
        "maxmarginpairclassifier__C": [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0],
    },
    scoring="roc_auc",
    cv=PairGroupKFold(n_splits=2, shuffle=True, random_state=0),
    n_jobs=2,
)
say("searching 12 settings of margin and cost, each on held-out identities...")
search.fit(pairs, y, groups=groups)
best = {name.split("__")[1]: value for name, value in search.best_params_.items()}
say(f"best on held-out identities: {best}, ROC AUC {search.best_score_:.3f}")

# %%
# The test: errors on pairs, and the rank-1 accuracy, which is the share of queries whose
# best-scored other item shows the same identity.


def euclid(pairs):
    left, right = np.swapaxes(np.asarray(pairs), 0, 1)
    return -np.linalg.norm(left - right, axis=1)


def cosine(pairs):
    left, right = np.swapaxes(np.asarray(pairs), 0, 1)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return (left * right).sum(axis=1) / norms


def rank_1(score, items, identities, n_queries=200):
    hits = []
    for query in np.linspace(0, len(items) - 1, n_queries).astype(int):
        others = np.delete(np.arange(len(items)), query)
        candidates = IndexedPairs(items, np.column_stack([np.full(len(others), query), others]))
        nearest = others[np.argmax(score(candidates))]
        hits.append(identities[nearest] == identities[query])
    return np.mean(hits)


rows = []
for name, score, described in (
    ("Euclid", euclid, baseline),
    ("cosine", cosine, baseline),
    ("Euclid, edges", euclid, items),
    ("cosine, edges", cosine, items),
    ("pipeline", search.decision_function, items),
):
    say(f"scoring the test pairs: {name}")
    scores = score(IndexedPairs(described[unseen], test_pairs.indices))
    auc, eer = roc_auc_score(test_y, scores), equal_error_rate_score(test_y, scores)
    rows.append((name, scores, auc, eer, rank_1(score, described[unseen], identities[unseen])))

print(f"\n{'unseen only':14s} {'ROC AUC':>8s} {'equal error rate':>17s} {'rank-1':>8s}")
for name, _, auc, eer, hits in rows:
    print(f"{name:14s} {auc:8.3f} {eer:17.3f} {hits:8.3f}")
print("Higher is better for ROC AUC and rank-1, lower for the equal error rate.")
print("Rank-1 of 200 queries: differences of 0.02 are within chance.\n")

# %%
# The figure: the scores of same and different pairs, and the trade-off between false matches and
# false non-matches.

ours = rows[-1][1]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
bins = np.linspace(*np.quantile(ours, [0.001, 0.999]), 60)
for label, name, color in ((1, "same", "tab:blue"), (0, "different", "tab:orange")):
    left.hist(ours[test_y == label], bins, alpha=0.6, label=name, color=color)
left.axvline(0, color="black", linewidth=1, label="threshold learned in training")
left.set(title="Pairs of identities never seen", xlabel="score", ylabel="pairs")
left.set_ylim(top=1.3 * left.get_ylim()[1])
left.legend(loc="upper left")
for name, scores, _, eer, _ in rows:
    false_match, false_non_match, _ = det_curve(test_y, scores)
    width = 3 if name == "pipeline" else 1.2
    right.plot(false_match, false_non_match, linewidth=width, label=f"{name}: {eer:.3f}")
right.plot([0, 1], [0, 1], color="grey", linestyle=":")
right.set(title="Errors at every threshold", xlabel="false match rate", xlim=(0, 0.6))
right.set(ylabel="false non-match rate", ylim=(0, 0.6))
right.legend(title="equal error rate", loc="upper right")

target = Path(__file__).parent / "figures" / "quickstart.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=120)
say(f"figure saved to {target}")
