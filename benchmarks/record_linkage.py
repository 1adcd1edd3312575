"""Match records of two tables: our pipeline beside what is usual.

    python -m benchmarks.record_linkage [--sets NAME...] [--seeds N]

Three labelled sets of record pairs (Magellan / DeepMatcher). Every method is chosen, and its
threshold set, by F1 of out-of-fold scores on training and validation pairs; it is then fitted on
these and measured once on the test pairs. "shipped" is the split that the literature uses, by
pairs: nearly all of its test records occur in training pairs too. "disjoint" holds out a fifth of
the left records, drawn by the seed; no training pair has a record, left or right, of a test pair.
"""

import argparse
import os
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from sklearn.base import BaseEstimator, clone
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
    """Return pairs, labels, and which of the pairs are test pairs of the shipped split."""
    table = pd.read_csv(DATA / f"er_{name}.csv.gz", dtype=str)
    pairs = table.drop(columns=["split", "label"])
    return pairs, table["label"].to_numpy(dtype=int), (table["split"] == "test").to_numpy()


def records_of(pairs, side):
    """Return a number for each distinct record on one side."""
    columns = [c for c in pairs if c.startswith(side)]
    return pairs.groupby(columns, dropna=False).ngroup().to_numpy()


def disjoint_split(pairs, seed):
    """Return masks of training and test pairs that have no record in common."""
    left, right = records_of(pairs, "left_"), records_of(pairs, "right_")
    distinct = np.unique(left)
    held_out = np.random.default_rng(seed).choice(distinct, len(distinct) // 5, replace=False)
    test = np.isin(left, held_out)
    train = ~test & ~np.isin(right, right[test])
    return train, test


def linkage_vectors(exact):
    """Compare strings by Jaro-Winkler, the rest by equality; 0 where a value is missing."""

    def vectors(pairs):
        columns = []
        for name in (c.removeprefix("left_") for c in pairs if c.startswith("left_")):
            left, right = (pairs[side + name].fillna("") for side in ("left_", "right_"))
            present = (left != "") & (right != "")
            if name in exact:
                columns.append(present & (left == right))
            else:
                similarity = process.cpdist([*left], [*right], scorer=JaroWinkler.similarity)
                columns.append(similarity * present)
        return np.column_stack(columns).astype(float)

    return FunctionTransformer(vectors)


class CosineOfRecords(BaseEstimator):
    """Score pairs by the cosine of character TF-IDF of whole records, without labels."""

    def fit(self, pairs, y):
        """Learn the weights of n-grams."""
        texts = self._texts(pairs)
        self.vectorizer_ = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
        self.vectorizer_.fit(pd.unique(np.concatenate(texts)))
        return self

    def decision_function(self, pairs):
        """Return the cosines."""
        left, right = (self.vectorizer_.transform(side) for side in self._texts(pairs))
        return np.asarray(left.multiply(right).sum(axis=1)).ravel()

    @staticmethod
    def _texts(pairs):
        return [
            pairs.filter(regex=f"^{side}").fillna("").agg(" ".join, axis=1).to_numpy()
            for side in ("left_", "right_")
        ]


def margin(C):
    return MaxMarginPairClassifier(C, loss="squared_hinge")


def candidates(name, seed):
    """Return the candidates of each method: a transformer and a classifier of its output."""
    whole, exact = SETS[name]
    ours = [
        TableDichotomyTransformer(),
        TableDichotomyTransformer({whole: "title", **dict.fromkeys(whole, "auto")}),
    ]
    linear = [make_pipeline(StandardScaler(), margin(C)) for C in (0.01, 0.1)]
    polynomial = [
        make_pipeline(
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            StandardScaler(),
            margin(C),
        )
        for C in (0.001, 0.01)
    ]
    kernel = [
        make_pipeline(
            StandardScaler(), Nystroem(gamma=0.01, n_components=500, random_state=seed), margin(C)
        )
        for C in (0.3, 3.0)
    ]
    boosted = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=200, random_state=seed)
    logistic = [LogisticRegression(C=C, max_iter=1000) for C in (0.1, 1.0, 10.0, 100.0)]
    return {
        "max-margin": list(product(ours, linear + polynomial + kernel)),
        "max-margin, linear": list(product(ours, linear)),
        "same vectors, boosted trees": list(product(ours, [boosted])),
        "linkage vectors, logistic": list(product([linkage_vectors(exact)], logistic)),
        "character TF-IDF cosine": [(FunctionTransformer(), CosineOfRecords())],
    }


def best_threshold(y, scores):
    """Return the threshold of highest F1, halfway to the next lower score, and that F1."""
    precision, recall, thresholds = precision_recall_curve(y, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    return (thresholds[max(best - 1, 0)] + thresholds[best]) / 2, f1[best]


def out_of_fold_scores(pairs_of_steps, pairs, y, folds):
    """Return the scores of each candidate; a transformer that several share is fitted once."""
    steps = {(id(t), id(c)): (t, c) for t, c in pairs_of_steps}
    transformers = {id(t): t for t, _ in pairs_of_steps}
    scores = {key: np.empty(len(y)) for key in steps}
    for inside, outside in folds:
        for transformer_id, transformer in transformers.items():
            transformer = clone(transformer)
            vectors = transformer.fit_transform(pairs.iloc[inside], y[inside])
            new = transformer.transform(pairs.iloc[outside])
            for key, (_, classifier) in steps.items():
                if key[0] == transformer_id:
                    fitted = clone(classifier).fit(vectors, y[inside])
                    scores[key][outside] = fitted.decision_function(new)
    return scores


def run(name, split, seed):
    """Yield a row of results for each method."""
    pairs, y, test = load(name)
    if split == "shipped":
        train = ~test
        folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(pairs[train], y[train])
    else:
        train, test = disjoint_split(pairs, seed)
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(
            pairs[train], y[train], records_of(pairs[train], "left_")
        )
    methods = candidates(name, seed)
    everyone = [steps for each in methods.values() for steps in each]
    scores = out_of_fold_scores(everyone, pairs[train], y[train], list(folds))
    for method, of_method in methods.items():
        chosen = [best_threshold(y[train], scores[id(t), id(c)]) for t, c in of_method]
        best = int(np.argmax([f1 for _, f1 in chosen]))
        threshold, f1 = chosen[best]
        model = clone(make_pipeline(*of_method[best])).fit(pairs[train], y[train])
        yield {
            "method": method,
            "F1": f1_score(y[test], model.decision_function(pairs[test]) >= threshold),
            "F1 out of fold": f1,
            "training pairs": train.sum(),
            "test pairs": test.sum(),
            "same in test": y[test].sum(),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=[*SETS], default=[*SETS])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", "n_components > n_samples")  # all training pairs, then
    for name in arguments.sets:
        for split in ("shipped", "disjoint"):
            rows = [row for seed in range(arguments.seeds) for row in run(name, split, seed)]
            table = pd.DataFrame(rows).groupby("method", sort=False)
            summary = table[["F1", "F1 out of fold"]].mean()
            summary.insert(1, "+-", table["F1"].std(ddof=0))
            sizes = pd.DataFrame(rows)[["training pairs", "test pairs", "same in test"]].mean()
            print(f"\n{name}, {split} split; {sizes.round().astype(int).to_dict()}")
            if split == "shipped":
                print(f"target: {TARGETS[name]}")
            print(summary.round(4), flush=True)


if __name__ == "__main__":
    main()
