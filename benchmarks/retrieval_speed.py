"""Measure how fast galleries are scored and searched, and in how much memory.

    python -m benchmarks.retrieval_speed [--runs 7] [--ceiling ceiling.py]

A retriever and torch.cdist(p=1) with as many threads work in turn, in one run; printed are medians
of the ratios run by run. `--ceiling` names a Python file with a class Ceiling(n_threads) that has
pack, scores and top_k: kernels written by hand for this processor, to say how near ours come.
Then, each in a process of its own: the extra memory of a search in a million items, the time of
retrieval metrics beside that of a search, and the time of the first search when the kernels are
compiled already.
"""

import argparse
import importlib.util
import subprocess
import sys
import time

import numpy as np
from sklearn.frozen import FrozenEstimator

from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier, make_pairs

SHAPES = [  # queries, gallery, features
    (256, 20_000, 512),
    (64, 20_000, 512),
    (256, 20_000, 128),
    (256, 20_000, 32),
    (256, 20_000, 8),
    (1, 20_000, 512),
    (256, 100_000, 512),
]

MEMORY = """
import tracemalloc
import numpy as np
from benchmarks.retrieval_speed import retriever_of
gallery = np.random.default_rng(0).standard_normal((1_000_000, 128), np.float32)
retriever = retriever_of(gallery)
queries = gallery[:1000] + 0.1
retriever.search(queries[:8], 10)
tracemalloc.start()
retriever.search(queries, 10)
print(tracemalloc.get_traced_memory()[1] / 2**20)
"""

METRICS = """
import sys, time, tracemalloc
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier, make_pairs
from sklearn_dissim.metrics import cmc_curve, mean_average_precision_score
rng = np.random.default_rng(0)
people = 0.3 * rng.standard_normal((750, 512), np.float32)
shown, asked = rng.integers(0, 750, 15_913), rng.integers(0, 750, 3_368)
gallery = people[shown] + rng.standard_normal((15_913, 512), np.float32)
queries = people[asked] + rng.standard_normal((3_368, 512), np.float32)
pairs, y, _ = make_pairs(gallery[:2000], shown[:2000], positives=500, random_state=0)
clf = MaxMarginPairClassifier(C=0.01, nonpositive=True).fit(pairs, y)
retriever = DissimilarityRetriever(FrozenEstimator(clf)).index(gallery, shown)

def measure():
    scores = retriever.gallery_scores(queries)
    cmc_curve(scores, asked, shown, max_rank=50)
    return mean_average_precision_score(scores, asked, shown)

measure(), retriever.search(queries[:64], 50)
ratios = []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter(); retriever.search(queries, 50)
    middle = time.perf_counter(); measure()
    ratios.append((time.perf_counter() - middle) / (middle - start))
tracemalloc.start()
measure()
print(np.median(ratios), tracemalloc.get_traced_memory()[1] / 2**20)
"""

FIRST = """
import time
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier, make_pairs
rng = np.random.default_rng(0)
items, names = rng.standard_normal((2000, 128)), np.arange(2000) % 200
pairs, y, _ = make_pairs(items, names, positives=500, random_state=0)
clf = MaxMarginPairClassifier().fit(pairs, y)
start = time.perf_counter()
DissimilarityRetriever(FrozenEstimator(clf)).index(items, names).search(items[:100], 10)
print(time.perf_counter() - start)
"""


def retriever_of(gallery, difference="absolute", n_threads=None):
    """Index a gallery by a weighted distance, learned from identities of as many features."""
    rng, n_features = np.random.default_rng(0), gallery.shape[1]
    names = np.repeat(np.arange(200), 10)
    items = rng.standard_normal((200, n_features))[names]
    items += rng.standard_normal(items.shape)
    pairs, y, _ = make_pairs(items, names, random_state=0)
    matcher = MaxMarginPairClassifier(nonpositive=True, difference=difference).fit(pairs, y)
    return DissimilarityRetriever(FrozenEstimator(matcher), n_jobs=n_threads).index(gallery)


def in_turn(functions, n_runs):
    """Return the seconds of each function in each run, after one to warm up."""
    seconds = []
    for _ in range(n_runs + 1):
        for function in functions:
            time.sleep(0.02)  # OpenMP's threads spin for a while after their work
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
    return np.reshape(seconds, (-1, len(functions)))[1:]


def compare(shape, n_threads, n_runs, ceiling):
    import torch

    torch.set_num_threads(n_threads)
    n_queries, n_gallery, n_features = shape
    rng = np.random.default_rng(0)
    queries = rng.standard_normal((n_queries, n_features), np.float32)
    gallery = rng.standard_normal((n_gallery, n_features), np.float32)
    absolute, squared = (retriever_of(gallery, d, n_threads) for d in ("absolute", "squared"))
    weights = absolute.matcher_.coef_[0].astype(np.float32)
    left, right = torch.from_numpy(queries * -weights), torch.from_numpy(gallery * -weights)
    functions = [
        lambda: torch.cdist(left, right, p=1),
        lambda: np.asarray(absolute.gallery_scores(queries), dtype=np.float32),
        lambda: absolute.search(queries, 10),
        lambda: squared.search(queries, 10),
    ]
    if ceiling:
        kernels = ceiling(n_threads)
        packed, of_queries, of_gallery = kernels.pack(gallery), queries @ weights, gallery @ weights
        functions += [
            lambda: kernels.scores(queries, packed, n_gallery, weights, of_queries, of_gallery),
            lambda: kernels.top_k(queries, packed, n_gallery, weights, of_gallery, 10),
        ]
    seconds = in_turn(functions, n_runs)
    cdist, scores, best, squared_best = seconds[:, :4].T
    line = (
        f"{n_queries:4d} x {n_gallery} x {n_features:3d}, {n_threads} thread(s): "
        f"times torch.cdist: scores {np.median(cdist / scores):5.1f}, "
        f"top 10 {np.median(cdist / best):5.1f}, "
        f"squared top 10 {np.median(cdist / squared_best):5.1f}"
    )
    if ceiling:
        top = seconds[:, 4:].T
        line += (
            f"; of the ceiling: scores {np.median(top[0] / scores):.2f}, "
            f"top 10 {np.median(top[1] / best):.2f}"
        )
    print(line, flush=True)
    return np.median(seconds, axis=0)


def approximate(n_runs):
    """Compare exact search in 200,000 items with a search among 100 candidates a query."""
    rng = np.random.default_rng(0)
    names = np.repeat(np.arange(20_000), 10)
    items = rng.standard_normal((20_000, 128), np.float32)[names]
    items += rng.standard_normal(items.shape, np.float32)
    pairs, y, _ = make_pairs(items[:5000], names[:5000], random_state=0)
    matcher = FrozenEstimator(MaxMarginPairClassifier(C=0.01, nonpositive=True).fit(pairs, y))
    exact = DissimilarityRetriever(matcher).index(items, names)
    queries = items[::800] + 0.1
    indices = {"all products": None}
    if importlib.util.find_spec("faiss"):
        indices["faiss, inverted lists"] = inverted_lists
    for name, make in indices.items():
        start = time.perf_counter()
        rough = DissimilarityRetriever(matcher, n_candidates=100, candidate_index=make)
        rough.index(items, names)
        building = time.perf_counter() - start
        seconds = in_turn(
            [lambda: exact.search(queries), lambda r=rough: r.search(queries)], n_runs
        )
        ratio = np.median(seconds[:, 0] / seconds[:, 1])
        print(
            f"250 queries in 200,000 x 128, 100 candidates by {name}: {ratio:.1f} times as fast as "
            f"exact search, recall@10 {rough.recall_:.3f}; index built in {building:.0f} s",
            flush=True,
        )


def inverted_lists(n_features):
    import faiss

    index = faiss.index_factory(n_features, "IVF512,Flat", faiss.METRIC_INNER_PRODUCT)
    index.nprobe = 32
    return index


def in_process(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--ceiling")
    arguments = parser.parse_args()
    ceiling = None
    if arguments.ceiling:
        spec = importlib.util.spec_from_file_location("ceiling", arguments.ceiling)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        ceiling = module.Ceiling
    for shape in SHAPES:
        one, two = (compare(shape, threads, arguments.runs, ceiling) for threads in (1, 2))
        gain = one[1:3] / two[1:3]
        print(f"     two threads beside one: scores {gain[0]:.2f}, top 10 {gain[1]:.2f}")
    approximate(arguments.runs)
    print(f"1,000 queries in 1,000,000 x 128: {in_process(MEMORY)[0]:.0f} MB of extra memory")
    ratio, memory = in_process(METRICS, arguments.runs)
    print(
        f"mAP and CMC of 3,368 queries in 15,913 x 512: {ratio:.2f} times the time of search at "
        f"k = 50, {memory:.0f} MB of extra memory"
    )
    in_process(FIRST)
    print(f"first search with compiled kernels: {in_process(FIRST)[0]:.2f} s")


if __name__ == "__main__":
    main()
