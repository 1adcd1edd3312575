"""A gallery on a dask cluster gives what one in memory gives."""

import multiprocessing
import os
import threading
import time
from multiprocessing import forkserver

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier, make_pairs

dask = pytest.importorskip("dask", reason="dask is not installed")
da = pytest.importorskip("dask.array", reason="dask is not installed")
distributed = pytest.importorskip("distributed", reason="dask is not installed")

X, DIGIT = load_digits(return_X_y=True)
GALLERY, NAMES, QUERIES = X[:1000], DIGIT[:1000], X[1000:1040]


@pytest.fixture(scope="module")
def matcher():
    pairs, y, _ = make_pairs(GALLERY, NAMES, positives=2000, random_state=0)
    return FrozenEstimator(MaxMarginPairClassifier(C=1e-4).fit(pairs, y))


@pytest.fixture(scope="module")
def client():
    # Workers, also the one that replaces a killed one, are forked from a process that has
    # imported already what takes each of them seconds to import.
    modules = ["sklearn_dissim._retrieval.dask_gallery", "sklearn_dissim._retrieval.matchers"]
    multiprocessing.set_forkserver_preload(
        ["distributed", "sklearn_dissim._kernels.compiled_backend", *modules]
    )
    forkserver.ensure_running()
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}),
        distributed.LocalCluster(
            2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def assert_alike(a, b):
    for left, right in zip(a.search(QUERIES, 9), b.search(QUERIES, 9), strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_same_result_bit_for_bit(client, matcher, tmp_path):
    here = DissimilarityRetriever(matcher).index(GALLERY, NAMES)
    there = DissimilarityRetriever(matcher).index(da.from_array(GALLERY, (300, 20)), NAMES)
    assert_alike(there, here)
    np.testing.assert_array_equal(there.predict(QUERIES), here.predict(QUERIES))
    scores = (retriever.decision_function(QUERIES) for retriever in (here, there))
    np.testing.assert_allclose(*scores, atol=1e-4)
    for retriever in (here, there):
        retriever.add(X[1100:1200], DIGIT[1100:1200]).remove([3, 7])
    assert_alike(there, here)
    there.save(tmp_path / "gallery")
    assert_alike(DissimilarityRetriever(matcher).load(tmp_path / "gallery"), here)
    rows = [r.kneighbors(n_neighbors=3, return_distance=False) for r in (here, there)]
    np.testing.assert_array_equal(*rows)


def test_without_a_cluster(matcher):
    here = DissimilarityRetriever(matcher).index(GALLERY)
    assert_alike(DissimilarityRetriever(matcher).index(da.from_array(GALLERY, 400)), here)


def test_a_bad_row_is_named_and_nothing_taken(client, matcher):
    items = GALLERY.copy()
    items[700, 3] = np.nan
    there = DissimilarityRetriever(matcher).index(da.from_array(GALLERY, (300, 64)))
    with pytest.raises(ValueError, match="NaN: item 700"):
        there.index(da.from_array(items, (300, 64)))
    assert_alike(there, DissimilarityRetriever(matcher).index(GALLERY))


def _slowly(items):
    time.sleep(0.1)
    return items


def test_a_worker_killed_in_mid_search(client, matcher):
    here = DissimilarityRetriever(matcher).index(GALLERY, NAMES)
    slow = da.from_array(GALLERY, (100, 64)).map_blocks(_slowly, dtype=GALLERY.dtype)
    there = DissimilarityRetriever(matcher).index(slow, NAMES)  # begins to compute
    pids = client.run(os.getpid)

    def kill():
        time.sleep(0.2)
        os.kill(next(iter(pids.values())), 9)

    killer = threading.Thread(target=kill)
    killer.start()
    assert_alike(there, here)
    killer.join()
    assert_alike(there, here)
    assert set(client.run(os.getpid).values()) != set(pids.values())
