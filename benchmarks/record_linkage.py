"""Matching records of two tables: our pipeline beside what is usual.

Three labelled sets of record pairs (Magellan / DeepMatcher). Every method is chosen, and its
threshold set, by F1 of out-of-fold scores on training and validation pairs; it is then fitted on
these and measured once on the test pairs. "shipped" is the split that the literature uses, by
pairs: nearly all of its test records occur in training pairs too. "disjoint" holds out a fifth of
the left records, drawn by the seed; no training pair has a record, left or right, of a test pair.

    python benchmarks/record_linkage.py [--sets NAME...] [--seeds N]
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_curve
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from sklearn_dissim import MaxMarginPairClassifier
from sklearn_dissim.tables import TableDichotomyTransformer

DATA = Path(os.environ.get("SKLEARN_DISSIM_DATA", "../shared/data"))
# Columns that say together what a record is, and those that are compared exactly by the
# record-linkage vectors.
SETS = {
    "fodors_zagats": (("name", "addr"), ()),
    "dblp_acm": (("title", "authors"), ("year",)),
    "amazon_google": (("title", "manufacturer"), ("price",)),
}
TARGETS = {"fodors_zagats": 0.98, "dblp_acm": 0.98, "amazon_google": 0.64}


def load(name):
    """Pairs, labels, and which of the pairs are test pairs of the shipped split."""
    table = pd.read_csv(DATA / f"er_{name}.csv.gz", dtype=str)
    pairs = table.drop(columns=["split", "label"])
    return pairs, table["label"].to_numpy(dtype=int), (table["split"] == "test").to_numpy()


def records_of(pairs, side):
    """A number for each distinct record on one side."""
    columns = [c for c in pairs if c.startswith(side)]
    return pairs.groupby(columns, dropna=False).ngroup().to_numpy()


def disjoint_split(pairs, seed):
    """Training and test pairs that have no record in common."""
    left, right = records_of(pairs, "left_"), records_of(pairs, "right_")
    distinct = np.unique(left)
    held_out = np.random.default_rng(seed).choice(distinct, len(distinct) // 5, replace=False)
    test = np.isin(left, held_out)
    train = ~test & ~np.isin(right, right[test])
    return train, test


def linkage_vectors(exact):
    """Jaro-Winkler similarity of strings, equality of the rest; 0 where a value is missing."""

    def vectors(pairs):
        columns = []
        for name in (c.removeprefix("left_") for c in pairs if c.startswith("left_")):
            left, right = (pairs[side + name].fillna("") for side in ("left_", "right_"))
            known = (left != "") & (right != "")
            if name in exact:
                columns.append(known & (left == right))
            else:
                similarity = process.cpdist([*left], [*right], scorer=JaroWinkler.similarity)
                columns.append(similarity * known)
        return np.column_stack(columns).astype(float)

    return FunctionTransformer(vectors)


class CosineOfRecords:
    """Character TF-IDF cosine of whole records: a score without training on labels."""

    def fit(self, pairs, y):
        """Learn the weights of n-grams."""
        texts = self._texts(pairs)
        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
        self.vectorizer.fit(pd.unique(np.concatenate(texts)))
        return self

    def decision_function(self, pairs):
        """The cosines."""
        left, right = (self.vectorizer.transform(side) for side in self._texts(pairs))
        return np.asarray(left.multiply(right).sum(axis=1)).ravel()

    @staticmethod
    def _texts(pairs):
        return [
            pairs.filter(regex=f"^{side}").fillna("").agg(" ".join, axis=1).to_numpy()
            for side in ("left_", "right_")
        ]


def margin(C):
    return MaxMarginPairClassifier(C, loss="squared_hinge")


def methods(name, seed):
    """Name -> list of (transformer or None, classifiers that follow it)."""
    whole, exact = SETS[name]
    columns = dict.fromkeys(whole, "auto")
    ours = [
        TableDichotomyTransformer(),
        TableDichotomyTransformer({whole: "title", **columns}),
    ]
    linear = [make_pipeline(StandardScaler(), margin(C)) for C in (0.001, 0.01, 0.1)]
    maps = [
        make_pipeline(
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            StandardScaler(),
            margin(C),
        )
        for C in (1e-4, 1e-3, 1e-2)
    ] + [
        make_pipeline(
            StandardScaler(),
            Nystroem(gamma=gamma, n_components=500, random_state=seed),
            margin(C),
        )
        for gamma in (0.003, 0.01)
        for C in (0.3, 3.0)
    ]
    boosting = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=200, random_state=seed)
    logistic = [LogisticRegression(C=C, max_iter=1000) for C in (0.1, 1.0, 10.0, 100.0)]
    return {
        "max-margin": [(t, linear + maps) for t in ours],
        "max-margin, linear": [(t, linear) for t in ours],
        "same vectors, boosted trees": [(t, [boosting]) for t in ours],
        "linkage vectors, logistic": [(linkage_vectors(exact), logistic)],
        "character TF-IDF cosine": [(None, [CosineOfRecords()])],
    }


def best_threshold(y, scores):
    """The threshold of highest F1, halfway to the next lower score, and that F1."""
    precision, recall, thresholds = precision_recall_curve(y, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    return (thresholds[max(best - 1, 0)] + thresholds[best]) / 2, f1[best]


def fitted(transformer, classifiers, pairs, y):
    """The transformer and classifiers, cloned and fitted."""
    if transformer is None:
        return None, [classifier.fit(pairs, y) for classifier in classifiers]
    transformer = clone(transformer)
    vectors = transformer.fit_transform(pairs, y)
    return transformer, [clone(classifier).fit(vectors, y) for classifier in classifiers]


def scores_of(transformer, classifiers, pairs):
    vectors = pairs if transformer is None else transformer.transform(pairs)
    return [classifier.decision_function(vectors) for classifier in classifiers]


def test_f1(branches, train, y, folds, test, test_y):
    """F1 on the test pairs of the candidate that is best out of fold; and its F1 there."""
    best = (-1.0,)
    for transformer, classifiers in branches:
        scores = np.empty((len(classifiers), len(y)))
        for inside, outside in folds:
            models = fitted(transformer, classifiers, train.iloc[inside], y[inside])
            scores[:, outside] = scores_of(*models, train.iloc[outside])
        for classifier, of_classifier in zip(classifiers, scores, strict=True):
            threshold, f1 = best_threshold(y, of_classifier)
            if f1 > best[0]:
                best = (f1, threshold, transformer, classifier)
    f1, threshold, transformer, classifier = best
    models = fitted(transformer, [classifier], train, y)
    return f1_score(test_y, scores_of(*models, test)[0] >= threshold), f1


def run(name, split, seed):
    """A row of results for each method."""
    pairs, y, shipped_test = load(name)
    if split == "shipped":
        train, test = ~shipped_test, shipped_test
        folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(pairs[train], y[train])
    else:
        train, test = disjoint_split(pairs, seed)
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(
            pairs[train], y[train], records_of(pairs[train], "left_")
        )
    folds = list(folds)
    for method, branches in methods(name, seed).items():
        start = time.perf_counter()
        f1, chosen_by = test_f1(branches, pairs[train], y[train], folds, pairs[test], y[test])
        yield {
            "set": name,
            "split": split,
            "method": method,
            "seed": seed,
            "F1": f1,
            "F1 out of fold": chosen_by,
            "training pairs": train.sum(),
            "test pairs": test.sum(),
            "same in test": y[test].sum(),
            "seconds": time.perf_counter() - start,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", nargs="+", choices=[*SETS], default=[*SETS])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "n_components > n_samples")  # all training pairs, then
    for name in arguments.sets:
        for split in ("shipped", "disjoint"):
            rows = [row for seed in range(arguments.seeds) for row in run(name, split, seed)]
            table = pd.DataFrame(rows).groupby("method", sort=False)
            summary = pd.DataFrame(
                {
                    "F1": table["F1"].mean(),
                    "+-": table["F1"].std(ddof=0),
                    "F1 out of fold": table["F1 out of fold"].mean(),
                    "seconds": table["seconds"].mean(),
                }
            )
            sizes = pd.DataFrame(rows)[["training pairs", "test pairs", "same in test"]].mean()
            print(f"\n{name}, {split} split; {sizes.round().astype(int).to_dict()}")
            if split == "shipped":
                print(f"target: {TARGETS[name]}")
            print(summary.round({"F1": 4, "+-": 4, "F1 out of fold": 4, "seconds": 1}))


if __name__ == "__main__":
    main()
