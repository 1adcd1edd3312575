"""
Which parameters, and how good are they really? A leaky split beside an honest one
==================================================================================

This example searches the same grid of parameters twice, on the same pairs of handwritten
characters. The first search splits the pairs at random, as cross-validation does by default, so
the same character is in training and in test. The second search splits the characters, so a test
pair shows only characters that the model has not seen. In the end the winners of both searches are
tested on characters that neither search has seen.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from sklearn_dissim import ItemTransformer, MaxMarginPairClassifier, PairWhitening, make_pairs
from sklearn_dissim.datasets import make_glyphs
from sklearn_dissim.metrics import bootstrap_interval
from sklearn_dissim.model_selection import PairGroupKFold

# %%
# The data. To use your own, replace the lines before `pairs`. Define `items`, an array of vectors;
# `identities`, which say what each item shows; and `unseen`, a mask of the items of the test
# identities.

glyphs = make_glyphs(n_identities=60, n_samples=12, size=20, n_alphabets=4, random_state=0)
items = glyphs.data.reshape(len(glyphs.data), -1)
identities = glyphs.identities
unseen = glyphs.alphabets == 3

pairs, y, groups = make_pairs(items[~unseen], identities[~unseen], random_state=0)
test_pairs, test_y, test_groups = make_pairs(items[unseen], identities[unseen], random_state=0)
n_seen, n_unseen = (len(np.unique(identities[which])) for which in (~unseen, unseen))
print(f"{len(pairs)} pairs of {n_seen} characters; {n_unseen} characters are kept aside")

# %%
# The model and its grid. A small margin with a small norm means strong regularisation. How much
# regularisation is right depends on whether the test pairs show unseen identities.

model = make_pipeline(
    ItemTransformer(PCA(100, random_state=0)), PairWhitening(), MaxMarginPairClassifier()
)
grid = {
    "pairwhitening__shrinkage": [0.01, 0.3],
    "maxmarginpairclassifier__difference": ["absolute", "squared"],
    "maxmarginpairclassifier__C": [0.01, 10.0],
    "maxmarginpairclassifier__margin": [0.5, 1.0],
    "maxmarginpairclassifier__max_norm": [0.1, 1.0],
}

# %%
# Two searches over the same pairs. They differ in the split only.

splits = {
    "pairs split at random": StratifiedKFold(4, shuffle=True, random_state=0),
    "characters split": PairGroupKFold(4, shuffle=True, random_state=0),
}
searches = {}
for name, cv in splits.items():
    given = {"groups": groups} if isinstance(cv, PairGroupKFold) else {}
    search = GridSearchCV(model, grid, cv=cv, scoring="roc_auc", n_jobs=2)
    searches[name] = search.fit(pairs, y, **given)

# %%
# The ROC AUC that each search promises, and the one that its winner keeps on characters of another
# alphabet. The interval is a bootstrap over characters.

promised, kept, low, high = [], [], [], []
print(f"{'':24} promised    kept   (95 % interval)")
for name, search in searches.items():
    scores = search.decision_function(test_pairs)
    promised.append(search.best_score_)
    kept.append(roc_auc_score(test_y, scores))
    interval = bootstrap_interval(
        roc_auc_score, test_y, scores, test_groups, n_resamples=200, random_state=0
    )
    low.append(interval[0])
    high.append(interval[1])
    chosen = {key.split("__")[1]: value for key, value in search.best_params_.items()}
    print(f"{name:24} {promised[-1]:8.3f} {kept[-1]:7.3f}   ({low[-1]:.3f} to {high[-1]:.3f})")
    print(f"{'':10} chosen: {chosen}")

# %%
# The figure. On the left, each point is a candidate of the grid: its ROC AUC by the random split,
# against its ROC AUC by the split of characters. On the line both would agree. The random split
# overestimates all candidates. It also rates nearly all candidates alike, though they differ on
# unseen characters. On the right, the ROC AUC that each search promised, and the one it kept.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
leaky, honest = (search.cv_results_["mean_test_score"] for search in searches.values())
left.scatter(leaky, honest, s=24, color="#0072B2", alpha=0.7)
ends = honest.min() - 0.01, leaky.max() + 0.01
left.plot(ends, ends, color="0.6", linestyle="--", label="both agree")
best = leaky.argmax(), honest.argmax()
for place, colour, label in zip(best, ("#D55E00", "#009E73"), searches, strict=True):
    left.scatter(leaky[place], honest[place], s=90, color=colour, label=f"best: {label}")
left.set(xlabel="ROC AUC, pairs split at random", ylabel="ROC AUC, characters split")
left.legend(loc="upper left")

places = np.arange(2)
right.bar(places - 0.18, promised, 0.36, color="#E69F00", label="promised by the search")
errors = np.abs(np.array([low, high]) - kept)
right.bar(
    places + 0.18, kept, 0.36, yerr=errors, capsize=4, color="#0072B2", label="on new characters"
)
for place, (before, after) in enumerate(zip(promised, kept, strict=True)):
    right.text(place - 0.18, before + 0.004, f"{before:.2f}", ha="center")
    right.text(place + 0.18, high[place] + 0.004, f"{after:.2f}", ha="center")
right.set_xticks(places, list(searches))
right.set(ylabel="ROC AUC", ylim=(0.5, 1.08))
right.legend(loc="upper right", ncols=2)

target = Path(__file__).parent / "figures" / "model_selection.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=100)
print(f"Figure: {target}")
