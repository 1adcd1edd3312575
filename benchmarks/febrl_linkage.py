"""Link two tables of persons, and find duplicates in one, after learning from some persons.

    python -m benchmarks.febrl_linkage [--seeds 5]

FEBRL 4: two tables of 5,000 records, each person once in both. The links of 1,000 persons, drawn
anew for each seed, train; both tables are then linked whole, and pairs in which a record of
another person takes part are judged. FEBRL 3: 5,000 records of 2,000 persons. The records of 500
train; the clusters of those of the other 1,500, found among themselves, are judged by pairs.

Beside ours, on the same candidates and with the same assignment or components: a logistic
regression on the comparisons of recordlinkage's guide (Jaro-Winkler and Levenshtein above 0.85,
and equality), and the cosine of TF-IDF of character trigrams of whole records above the threshold
of best F1 on the training candidates. RecordMatcher's defaults were chosen by cross-validation
on the training parts of other data (Amazon-Google, DBLP-ACM, Fodors-Zagats), after results of some
settings on FEBRL 4 had been seen; so were the candidate rules.

Reads the folder that SKLEARN_DISSIM_DATA names.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import distance, process
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve

from sklearn_dissim.tables import (
    NearestText,
    RecordMatcher,
    assign_pairs,
    candidate_pairs,
    cluster_pairs,
)

DATA = Path(os.environ.get("SKLEARN_DISSIM_DATA", "."))
COLUMNS = [
    *("given_name", "surname", "street_number", "address_1", "address_2", "suburb"),
    *("postcode", "state", "date_of_birth", "soc_sec_id"),
]
RULES = [NearestText(COLUMNS), "date_of_birth", "soc_sec_id"]


def read(name):
    return pd.read_csv(DATA / f"febrl_{name}.csv.gz", dtype=str)


def links_of(left, right=None):
    return candidate_pairs(left, right, rules="entity_id").indices


def draw_entities(table, n_entities, seed):
    entities = np.sort(table["entity_id"].unique())
    return np.random.default_rng(seed).choice(entities, n_entities, replace=False)


def compared(pairs):
    """Return the comparisons of recordlinkage's guide, 0 or 1; 0 where a value is missing."""
    vectors = []
    for column in ("given_name", "surname", "date_of_birth", "suburb", "state", "address_1"):
        left, right = pairs.items[column].to_numpy(dtype=object)[pairs.indices].T
        present = ~(pd.isna(left) | pd.isna(right))
        alike = np.zeros(len(pairs))
        if column in ("date_of_birth", "suburb", "state"):
            alike[present] = left[present] == right[present]
        else:
            scorer = distance.Levenshtein if column == "address_1" else distance.JaroWinkler
            similarity = process.cpdist(
                left[present], right[present], scorer=scorer.normalized_similarity
            )
            alike[present] = similarity > 0.85
        vectors.append(alike)
    return np.stack(vectors, axis=1)


def cosines(pairs):
    records = pairs.items[COLUMNS].fillna("").agg(" ".join, axis=1)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit_transform(records)
    left, right = pairs.indices.T
    return np.asarray(vectors[left].multiply(vectors[right]).sum(axis=1)).ravel()


def best_threshold(y, scores):
    precision, recall, thresholds = precision_recall_curve(y, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return thresholds[np.argmax(f1[:-1])]


def by_logistic_regression(train, y, test):
    model = LogisticRegression().fit(compared(train), y)
    return model.decision_function(compared(test))


def by_cosine(train, y, test):
    return cosines(test) - best_threshold(y, cosines(train))


RIVALS = {
    "logistic regression": by_logistic_regression,
    "TF-IDF cosine": by_cosine,
}


def scored(linked, truth):
    """Return precision, recall and F1 of pairs of positions."""
    linked, truth = (
        {tuple(pair) for pair in np.asarray(pairs).tolist()} for pairs in (linked, truth)
    )
    hits = len(linked & truth)
    return hits / max(len(linked), 1), hits / len(truth), 2 * hits / (len(linked) + len(truth))


def two_tables(seed):
    """Return the scores of each method, our seconds, and the quality of the candidates."""
    left, right = read("4a"), read("4b")
    chosen = draw_entities(left, 1000, seed)
    train = [table[table["entity_id"].isin(chosen)] for table in (left, right)]
    links = links_of(*train)
    judged = [~table["entity_id"].isin(chosen).to_numpy() for table in (left, right)]

    def judge(pairs):
        pairs = np.asarray(pairs)
        return pairs[judged[0][pairs[:, 0]] | judged[1][pairs[:, 1]]]

    truth = links_of(left, right)
    start = time.perf_counter()
    matcher = RecordMatcher(rules=RULES, one_to_one=True, random_state=seed)
    matcher.fit_links(*(table[COLUMNS] for table in train), links=links, complete=True)
    linked = matcher.predict_links(left[COLUMNS], right[COLUMNS])
    seconds = time.perf_counter() - start
    results = {"RecordMatcher": scored(judge(linked[["left", "right"]]), judge(truth))}

    learned = candidate_pairs(*train, rules=RULES)
    y = learned.are_links(links)
    candidates = candidate_pairs(left, right, rules=RULES)
    for name, rival in RIVALS.items():
        scores = rival(learned.pairs, y, candidates.pairs)
        linked = candidates.indices[assign_pairs(candidates.indices, scores)]
        results[name] = scored(judge(linked), judge(truth))
    return results, seconds, candidates.pair_completeness(truth), candidates.reduction_ratio


def pairs_within(clusters):
    return candidate_pairs(pd.DataFrame({"cluster": clusters}), rules="cluster").indices


def duplicates(seed):
    table = read("3")
    chosen = draw_entities(table, 500, seed)
    train = table[table["entity_id"].isin(chosen)]
    test = table[~table["entity_id"].isin(chosen)]
    links, truth = links_of(train), links_of(test)
    results = {}
    start = time.perf_counter()
    matcher = RecordMatcher(rules=RULES, random_state=seed)
    matcher.fit_links(train[COLUMNS], links=links, complete=True)
    clusters = matcher.predict_clusters(test[COLUMNS])
    seconds = time.perf_counter() - start
    results["RecordMatcher, components"] = scored(pairs_within(clusters), truth)
    matcher.set_params(clustering="correlation")
    clusters = matcher.predict_clusters(test[COLUMNS])
    results["RecordMatcher, correlation"] = scored(pairs_within(clusters), truth)

    learned = candidate_pairs(train, rules=RULES)
    candidates = candidate_pairs(test, rules=RULES)
    for name, rival in RIVALS.items():
        scores = rival(learned.pairs, learned.are_links(links), candidates.pairs)
        clusters = cluster_pairs(candidates.indices, scores, len(test))
        results[f"{name}, components"] = scored(pairs_within(clusters), truth)
    return results, seconds, candidates.pair_completeness(truth), candidates.reduction_ratio


def report(title, task, n_seeds):
    runs = [task(seed) for seed in range(n_seeds)]
    results, seconds, complete, reduction = zip(*runs, strict=True)
    print(f"\n{title}, {n_seeds} seeds")
    print(
        f"candidates: pair completeness {min(complete):.4f} at least, reduction ratio "
        f"{min(reduction):.4f} at least; from tables to results {max(seconds):.1f} s at most"
    )
    print(f"{'':32}precision  recall      F1  (standard deviation, lowest)")
    for name in results[0]:
        figures = np.array([result[name] for result in results])
        precision, recall, f1 = figures.mean(axis=0)
        print(
            f"{name:32}{precision:9.4f}{recall:8.4f}{f1:8.4f}  "
            f"({figures[:, 2].std():.4f}, {figures[:, 2].min():.4f})"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    n_seeds = parser.parse_args().seeds
    report("FEBRL 4: links of 4,000 unseen persons", two_tables, n_seeds)
    report("FEBRL 3: clusters of 1,500 unseen persons", duplicates, n_seeds)


if __name__ == "__main__":
    main()
