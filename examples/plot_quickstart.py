"""
Are these two the same digit?
=============================

Train on pairs of five digits, test on pairs of the five digits that were never seen: the
question is not "which digit is this?" but "do these two show the same one?".

Each image becomes a vector of edge orientations; the training pairs whiten these vectors; the
squared differences of both members of a pair are the dissimilarity vector; and the widest
margin separates same from different. Margin and norm are grid-searched on held-out
*identities*: no digit is on both sides of a split.
"""

# %%
# Items, identities, and the split: five digits to train on, five to test on.

import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from sklearn.metrics import det_curve, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_dissim import (
    DichotomyTransformer,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.metrics import equal_error_rate_score
from sklearn_dissim.model_selection import PairGroupKFold

start = time.perf_counter()


def say(message):
    print(f"[{time.perf_counter() - start:5.1f} s] {message}", flush=True)


images, digits = load_digits(return_X_y=True)
seen = np.isin(digits, [0, 2, 4, 6, 8])
pairs, y, groups = make_pairs(images[seen], digits[seen], positives=8000, random_state=0)
test_items, test_digits = images[~seen], digits[~seen]
test_pairs, test_y, _ = make_pairs(test_items, test_digits, positives=20_000, random_state=1)
say(f"training on {len(pairs)} pairs of 0 2 4 6 8, testing on {len(test_pairs)} of 1 3 5 7 9")

# %%
# The pipeline. An item is described by how strong its edges are, in four directions, around
# each pixel.


def edge_orientations(images):
    padded = np.pad(np.sqrt(images).reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    strength, angle = np.hypot(across, down), np.arctan2(down, across)
    directions = np.arange(4)[:, None, None, None] * np.pi / 4
    maps = strength * np.maximum(0, np.cos(2 * (angle - directions)))
    return np.hstack(gaussian_filter(maps, (0, 0, 0.8, 0.8)).reshape(4, len(images), 64))


# %%
# Five identities are few to learn so many weights from. So each dissimilarity vector gets its
# total as one more element, made large: a small norm can then only afford a weight on the
# total, which is a plain distance. The norm sets how far the weights may depart from that.


def with_total(vectors):
    return np.column_stack([vectors, 10 * vectors.sum(axis=1)])


describe = ItemTransformer(FunctionTransformer(edge_orientations))
pipeline = make_pipeline(
    describe,
    PairWhitening(shrinkage=0.9),
    DichotomyTransformer("squared"),
    FunctionTransformer(with_total),
    MaxMarginPairClassifier(nonpositive=True),
)

# %%
# The search over margin and norm, with identity-disjoint folds.

search = GridSearchCV(
    pipeline,
    {
        "maxmarginpairclassifier__margin": [0.3, 1.0, 3.0],
        "maxmarginpairclassifier__max_norm": [0.003, 0.01, 0.03, 0.1, 0.3],
    },
    scoring="roc_auc",
    cv=PairGroupKFold(n_splits=2, shuffle=True, random_state=0),
    n_jobs=2,
)
say("searching 15 settings of margin and norm, each on held-out digits...")
search.fit(pairs, y, groups=groups)
best = {name.split("__")[1]: value for name, value in search.best_params_.items()}
say(f"best on held-out digits: {best}")

# %%
# Scores of the test pairs, and the nearest other image of each test image.


def euclid(pairs):
    left, right = np.swapaxes(np.asarray(pairs), 0, 1)
    return -np.linalg.norm(left - right, axis=1)


def cosine(pairs):
    left, right = np.swapaxes(np.asarray(pairs), 0, 1)
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return (left * right).sum(axis=1) / norms


def rank_1(score, items, identities, n_queries=200):
    """How often the best-scored other item shows the query's identity."""
    queries = np.linspace(0, len(items) - 1, n_queries).astype(int)
    hits = []
    for query in queries:
        others = np.delete(np.arange(len(items)), query)
        candidates = IndexedPairs(items, np.column_stack([np.full(len(others), query), others]))
        nearest = others[np.argmax(score(candidates))]
        hits.append(identities[nearest] == identities[query])
    return np.mean(hits)


methods = {
    "Euclid": euclid,
    "cosine": cosine,
    "Euclid, edges": lambda pairs: euclid(describe.fit_transform(pairs)),
    "cosine, edges": lambda pairs: cosine(describe.fit_transform(pairs)),
    "pipeline": search.decision_function,
}
scores, rows = {}, []
for name, score in methods.items():
    say(f"scoring the test pairs: {name}")
    scores[name] = score(test_pairs)
    auc = roc_auc_score(test_y, scores[name])
    eer = equal_error_rate_score(test_y, scores[name])
    rows.append((name, auc, eer, rank_1(score, test_items, test_digits)))

print(f"\n{'unseen digits':14s} {'ROC AUC':>8s} {'equal error rate':>17s} {'rank-1':>8s}")
for name, auc, eer, hits in rows:
    print(f"{name:14s} {auc:8.3f} {eer:17.3f} {hits:8.3f}")
print("Higher is better for ROC AUC and rank-1, lower for the equal error rate.\n")

# %%
# The scores of same and different pairs, and the trade-off between both kinds of error.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
bins = np.linspace(*np.quantile(scores["pipeline"], [0.001, 0.999]), 60)
for label, name, color in ((1, "same", "tab:blue"), (0, "different", "tab:orange")):
    left.hist(scores["pipeline"][test_y == label], bins, alpha=0.6, label=name, color=color)
left.axvline(0, color="black", linewidth=1, label="threshold")
left.set(title="Pairs of digits never seen", xlabel="score", ylabel="pairs")
left.legend()
for name, values in scores.items():
    false_match, false_non_match, _ = det_curve(test_y, values)
    right.plot(false_match, false_non_match, label=name)
right.plot([0, 1], [0, 1], color="grey", linestyle=":", label="equal error rate")
right.set(title="Errors at every threshold", xlabel="false match rate", xlim=(0, 0.5))
right.set(ylabel="false non-match rate", ylim=(0, 0.5))
right.legend(loc="lower left")

target = Path(__file__).parent / "figures" / "quickstart.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=120)
say(f"figure saved to {target}")
