"""DissimilarityRetriever: search, identities, galleries that change, and files."""

import json
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    PairWhitening,
    make_pairs,
)
from sklearn_dissim.metrics import leave_one_out_rank1_scorer
from tests.helpers.networks import ConvNet, small

X, DIGIT = load_digits(return_X_y=True)
GALLERY, NAMES, QUERIES = X[:300], DIGIT[:300], X[300:340]
LINEAR = MaxMarginPairClassifier(C=1e-4)


@pytest.fixture(scope="module")
def matcher():
    pairs, y, _ = make_pairs(GALLERY, NAMES, positives=2000, random_state=0)
    return MaxMarginPairClassifier(C=1e-4).fit(pairs, y)


@pytest.fixture
def retriever(matcher):
    return DissimilarityRetriever(FrozenEstimator(matcher)).index(GALLERY, NAMES)


def all_scores(classifier, queries=QUERIES, gallery=GALLERY):
    left, right = np.indices((len(queries), len(gallery))).reshape(2, -1)
    pairs = IndexedPairs(np.concatenate([queries, gallery]), np.c_[left, len(queries) + right])
    return classifier.decision_function(pairs).reshape(len(queries), -1)


def test_search_sorts_the_scores_of_all_pairs(retriever, matcher):
    expected = all_scores(matcher)
    scores, rows = retriever.search(QUERIES, 7)
    order = np.argsort(-expected, axis=1, kind="stable")[:, :7]
    np.testing.assert_array_equal(rows, order)
    np.testing.assert_array_equal(scores, np.take_along_axis(expected, order, axis=1))
    assert retriever.search(QUERIES)[0].shape == (40, 10)
    assert retriever.search(QUERIES, 1000)[0].shape == (40, 300)


@pytest.mark.parametrize(
    "classifier",
    [
        make_pipeline(
            ItemTransformer(StandardScaler()), PairWhitening(), MaxMarginPairClassifier()
        ),
        make_pipeline(ItemTransformer(StandardScaler()), small(max_epochs=1)),
        small(max_epochs=1),
        make_pipeline(DichotomyTransformer(), LINEAR),
        make_pipeline(DichotomyTransformer(), RandomForestClassifier(5, random_state=0)),
    ],
    ids=["pipeline", "trained", "backbone", "vectors", "forest"],
)
def test_matchers_of_all_kinds(classifier):
    retriever = DissimilarityRetriever(classifier, random_state=0).fit(GALLERY, NAMES)
    fitted = retriever.matcher_
    if hasattr(fitted, "decision_function"):
        expected = all_scores(fitted)
    else:
        left, right = np.indices((40, 300)).reshape(2, -1)
        pairs = IndexedPairs(np.concatenate([QUERIES, GALLERY]), np.c_[left, 40 + right])
        expected = fitted.predict_proba(pairs)[:, 1].reshape(40, 300)
    scores, rows = retriever.search(QUERIES, 5)
    np.testing.assert_allclose(scores, -np.sort(-expected, axis=1)[:, :5], atol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(expected, rows, axis=1), scores, atol=1e-4)
    assert retriever.score(QUERIES, DIGIT[300:340]) > 0.8
    assert not hasattr(classifier, "classes_")


def test_images_through_a_backbone():
    images = X.reshape(-1, 1, 8, 8).astype(np.float32) / 16
    clf = small(backbone=ConvNet, max_epochs=5)
    retriever = DissimilarityRetriever(clf, random_state=0).fit(images[:900], DIGIT[:900])
    assert retriever.score(images[900:], DIGIT[900:]) > 0.85
    vectors = retriever.matcher_.embed(images[:900])
    prefit = DissimilarityRetriever(FrozenEstimator(retriever.matcher_)).index(images[:900])
    assert prefit.search(images[5:8], 1)[1].ravel().tolist() == [5, 6, 7]
    assert vectors.shape == (900, 8)


def test_a_search_may_stand_in_for_its_best(matcher):
    pairs, y, _ = make_pairs(GALLERY, NAMES, positives=500, random_state=0)
    search = GridSearchCV(MaxMarginPairClassifier(), {"C": [1e-4]}, cv=2).fit(pairs, y)
    a = DissimilarityRetriever(FrozenEstimator(search)).index(GALLERY)
    b = DissimilarityRetriever(FrozenEstimator(search.best_estimator_)).index(GALLERY)
    np.testing.assert_array_equal(a.search(QUERIES)[0], b.search(QUERIES)[0])


@pytest.mark.parametrize("fusion", ["max", "mean", "median", "min"])
def test_several_items_of_an_identity_are_fused(matcher, fusion):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher), fusion=fusion)
    retriever.index(GALLERY, NAMES)
    scores = all_scores(matcher)
    function = getattr(np, fusion)
    expected = np.stack([function(scores[:, d == NAMES], axis=1) for d in range(10)], axis=1)
    np.testing.assert_allclose(retriever.decision_function(QUERIES), expected, atol=1e-4)
    np.testing.assert_array_equal(retriever.predict(QUERIES), expected.argmax(axis=1))


def test_strangers_are_unknown(matcher):
    known = NAMES < 5
    retriever = DissimilarityRetriever(FrozenEstimator(matcher))
    retriever.index(GALLERY[known], NAMES[known])
    best = retriever.search(QUERIES, 1)[0][:, 0]
    retriever.set_params(threshold=float(np.median(best)))
    np.testing.assert_array_equal(retriever.predict(QUERIES) == -1, best < np.median(best))
    names = np.array(["zero", "one", "two", "three", "four"])[NAMES[known]]
    assert set(retriever.index(GALLERY[known], names).predict(QUERIES)) <= {*names, -1}
    retriever.set_params(unknown_label="somebody else")
    assert "somebody else" in retriever.predict(QUERIES)


def test_kneighbors_speaks_of_distances(retriever):
    scores, rows = retriever.search(QUERIES, 4)
    distances, same_rows = retriever.kneighbors(QUERIES, 4)
    np.testing.assert_array_equal(distances, -scores)
    np.testing.assert_array_equal(same_rows, rows)
    np.testing.assert_array_equal(retriever.kneighbors(QUERIES, 4, return_distance=False), rows)
    with pytest.raises(ValueError, match="n_neighbors=301 is more than the 300 items"):
        retriever.kneighbors(QUERIES, 301)


def test_no_item_is_its_own_neighbor(matcher):
    items = np.concatenate([GALLERY, GALLERY[:1], GALLERY[:1], GALLERY[:1]])  # four equal ones
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(items)
    rows = retriever.kneighbors(n_neighbors=2, return_distance=False)
    assert not (rows == np.arange(303)[:, np.newaxis]).any()
    assert rows[0].tolist() == [300, 301]
    assert rows[302].tolist() == [0, 300]


def test_adding_and_removing(retriever, matcher):
    def fresh(items, names):
        return DissimilarityRetriever(FrozenEstimator(matcher)).index(items, names)

    def assert_alike(a, b):
        for left, right in zip(a.search(QUERIES, 6), b.search(QUERIES, 6), strict=True):
            np.testing.assert_array_equal(left, right)
        np.testing.assert_array_equal(a.identities_, b.identities_)
        np.testing.assert_allclose(
            a.decision_function(QUERIES), b.decision_function(QUERIES), atol=1e-4
        )

    retriever.add(X[400:450], DIGIT[400:450])
    items, names = np.concatenate([GALLERY, X[400:450]]), np.concatenate([NAMES, DIGIT[400:450]])
    assert_alike(retriever, fresh(items, names))
    retriever.remove([3, 7])
    left = ~np.isin(names, [3, 7])
    assert_alike(retriever, fresh(items[left], names[left]))
    assert retriever.classes_.tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    numbered = fresh(GALLERY, None).add(X[400:402])
    assert numbered.identities_[-2:].tolist() == [300, 301]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda r: r.remove([3, 11]),
            ValueError,
            "identities must be in the gallery; .*11.* is not",
        ),
        (lambda r: r.remove(range(10)), ValueError, "none would be"),
        (lambda r: r.add(X[:2], ["a", "b"]), TypeError, "identities of the gallery's kind"),
        (lambda r: r.add(X[:2], [1]), ValueError, "2 items, 1 y"),
        (lambda r: r.add(X[:2, :5], [1, 2]), ValueError, "5 features"),
        (lambda r: r.add(np.full((2, 64), np.nan), [1, 2]), ValueError, "NaN: item 0"),
        (lambda r: r.index(X[:0]), ValueError, "at least one item"),
        (lambda r: r.index(X[0]), ValueError, "Reshape your data"),
        (lambda r: r.search(X[:2, :5]), ValueError, "5 features"),
        (lambda r: r.search(np.where(np.eye(3, 64), np.inf, 0.0)), ValueError, "infinity: item 0"),
        (lambda r: r.search(X[:2], 0), ValueError, "k must be a whole number of at least 1; got 0"),
        (lambda r: r.search(X[:0]), ValueError, "at least one item"),
    ],
)
def test_bad_input_leaves_the_gallery_alone(retriever, change, error, message):
    before = retriever.search(QUERIES, 3)
    with pytest.raises(error, match=message):
        change(retriever)
    np.testing.assert_array_equal(retriever.search(QUERIES, 3)[1], before[1])
    assert len(retriever.identities_) == 300


def test_unfitted(matcher):
    with pytest.raises(NotFittedError):
        DissimilarityRetriever(FrozenEstimator(matcher)).search(QUERIES)
    for not_frozen in (MaxMarginPairClassifier(), matcher):
        with pytest.raises(NotFittedError, match="fitted already in a FrozenEstimator"):
            DissimilarityRetriever(not_frozen).index(GALLERY)
    with pytest.raises(ValueError, match="fusion"):
        DissimilarityRetriever(MaxMarginPairClassifier(), fusion="sum").fit(GALLERY, NAMES)


def test_saved_and_loaded(retriever, matcher, tmp_path):
    folder = tmp_path / "people" / "gallery"
    retriever.add(X[400:450], DIGIT[400:450]).save(folder)
    loaded = DissimilarityRetriever(FrozenEstimator(matcher)).load(folder)
    assert isinstance(loaded._search.gallery.parts[0], np.memmap)
    for left, right in zip(loaded.search(QUERIES), retriever.search(QUERIES), strict=True):
        np.testing.assert_array_equal(left, right)
    retriever.remove([3]).save(folder)  # anew, while the other is searched
    assert loaded.search(QUERIES, 1000)[0].shape == (40, 350)
    assert 3 not in loaded.load(folder).classes_
    assert not list((tmp_path / "people").glob(".*"))


def test_strings_are_saved_without_pickle(matcher, tmp_path):
    names = np.array([f"person {name}" for name in NAMES], dtype=object)
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(GALLERY, names)
    retriever.save(tmp_path / "gallery")
    retriever.load(tmp_path / "gallery")
    assert retriever.predict(GALLERY[:2]).tolist() == names[:2].tolist()


def test_files_that_are_no_gallery(retriever, tmp_path):
    folder = tmp_path / "gallery"
    retriever.save(folder)
    before = retriever.search(QUERIES)[1]
    other = DissimilarityRetriever(MaxMarginPairClassifier(), random_state=0).fit(GALLERY, NAMES)
    with pytest.raises(ValueError, match="saved by another matcher"):
        other.load(folder)
    vectors = (folder / "vectors.npy").read_bytes()
    (folder / "vectors.npy").write_bytes(vectors[: len(vectors) // 2])
    with pytest.raises(ValueError, match="not a whole gallery"):
        retriever.load(folder)
    np.save(folder / "vectors.npy", np.array([{}] * 300, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="not a whole gallery"):
        retriever.load(folder)
    (folder / "gallery.json").write_text(json.dumps({"format": "something else"}))
    with pytest.raises(ValueError, match="not a whole gallery"):
        retriever.load(folder)
    with pytest.raises(ValueError, match="not a whole gallery"):
        retriever.load(tmp_path / "nowhere")
    (tmp_path / "photos").mkdir()
    with pytest.raises(FileExistsError, match="no saved gallery"):
        retriever.save(tmp_path / "photos")
    np.testing.assert_array_equal(retriever.search(QUERIES)[1], before)


def test_a_mapped_gallery_is_searched_where_it_is(retriever, tmp_path):
    np.save(tmp_path / "items.npy", GALLERY.astype(np.float32))
    mapped = np.load(tmp_path / "items.npy", mmap_mode="r")
    expected = retriever.search(QUERIES)
    retriever.index(mapped, NAMES)
    assert retriever._search.gallery.parts[0] is mapped
    for left, right in zip(retriever.search(QUERIES), expected, strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_bad_row_deep_in_a_mapped_file_is_named(retriever, tmp_path, monkeypatch):
    monkeypatch.setattr("sklearn_dissim._retrieval.item_blocks._ELEMENTS", 64 * 10)
    mapped = np.lib.format.open_memmap(tmp_path / "items.npy", "w+", np.float32, (300, 64))
    mapped[:] = GALLERY
    mapped[217, 5] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN: item 217"):
        retriever.index(mapped, NAMES)


def test_vectors_are_stored_where_one_says(retriever, matcher, tmp_path):
    expected = retriever.search(QUERIES)
    retriever.index(pd.DataFrame(GALLERY).to_numpy().tolist(), NAMES, store=tmp_path / "gallery")
    assert isinstance(retriever._search.gallery.parts[0], np.memmap)
    for left, right in zip(retriever.search(QUERIES), expected, strict=True):
        np.testing.assert_array_equal(left, right)


def test_arrow_and_parquet_columns(retriever, tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    expected = retriever.search(QUERIES)
    lists = pa.array(GALLERY.tolist(), pa.list_(pa.float32(), 64))
    pq.write_table(pa.table({"vector": lists}), tmp_path / "items.parquet", row_group_size=70)
    sources = [lists, pa.chunked_array([lists[:100], lists[100:]]), pa.array(GALLERY.tolist())]
    for source in [*sources, pq.ParquetFile(tmp_path / "items.parquet")]:
        retriever.index(source, NAMES)
        np.testing.assert_array_equal(retriever.search(QUERIES)[1], expected[1])
    with pytest.raises(ValueError, match="lists of one length"):
        retriever.index(pa.array([[1.0, 2.0], [3.0]]))
    with pytest.raises(ValueError, match="lists of one length"):
        retriever.index(pa.array([[0.0] * 64, [0.0] * 63, [0.0] * 65, [0.0] * 64]))
    with pytest.raises(TypeError, match="array of lists"):
        retriever.index(pa.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="some are null"):
        retriever.index(pa.array([[1.0, 2.0], None]))


class Sliced:
    """What is needed of a zarr array."""

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def __getitem__(self, rows):
        assert isinstance(rows, slice)
        return self.array[rows]


def test_arrays_that_are_read_by_slices(retriever, tmp_path):
    expected = retriever.search(QUERIES)
    retriever.index(Sliced(GALLERY), NAMES)
    np.testing.assert_array_equal(retriever.search(QUERIES)[1], expected[1])
    zarr = pytest.importorskip("zarr")
    stored = zarr.create_array(tmp_path / "items.zarr", shape=GALLERY.shape, dtype="f4")
    stored[:] = GALLERY
    retriever.index(stored, NAMES)
    np.testing.assert_array_equal(retriever.search(QUERIES)[1], expected[1])


def test_searches_go_on_while_the_gallery_changes(retriever):
    """Each search sees the gallery as it was before or after a change, whole."""
    wholes = {300: retriever.search(QUERIES, 5)}
    retriever.add(QUERIES, np.full(40, 100))
    wholes[340] = retriever.search(QUERIES, 5)
    retriever.remove([100])

    def change(_):
        for _ in range(40):
            retriever.add(QUERIES, np.full(40, 100))
            retriever.remove([100])

    def watch(_):
        for _ in range(60):
            scores, rows = retriever.search(QUERIES, 5)
            seen = 340 if rows.max() >= 300 else 300
            np.testing.assert_array_equal(scores, wholes[seen][0])
            np.testing.assert_array_equal(rows, wholes[seen][1])

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(change, 0), pool.submit(watch, 0), pool.submit(watch, 1)]
        for job in jobs:
            job.result()


def _searched_in_child(retriever, queue):
    queue.put(retriever.search(QUERIES, 3)[1])


def test_after_a_fork(retriever):
    rows = retriever.search(QUERIES, 3)[1]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_searched_in_child, args=(retriever, queue))
    child.start()
    np.testing.assert_array_equal(queue.get(timeout=60), rows)
    child.join()


def test_unseen_identities_in_cross_validation():
    result = cross_validate(
        DissimilarityRetriever(LINEAR, random_state=0),
        X[:600],
        DIGIT[:600],
        groups=DIGIT[:600],
        cv=GroupKFold(5),
        scoring=leave_one_out_rank1_scorer,
        return_estimator=True,
    )
    assert (result["test_score"] > 0.9).all()
    for estimator in result["estimator"]:  # the scorer has not changed them
        assert len(estimator.classes_) == 8
    with pytest.raises(ValueError, match="some identity twice"):
        leave_one_out_rank1_scorer(result["estimator"][0], X[:3], [1, 2, 3])


def test_parameters_and_copies(retriever):
    copied = pickle.loads(pickle.dumps(retriever))
    np.testing.assert_array_equal(copied.search(QUERIES)[1], retriever.search(QUERIES)[1])
    assert not hasattr(clone(retriever), "identities_")
    same = DissimilarityRetriever(MaxMarginPairClassifier(), random_state=0)
    np.testing.assert_array_equal(
        clone(same).fit(GALLERY, NAMES).matcher_.coef_, same.fit(GALLERY, NAMES).matcher_.coef_
    )


def test_common_checks():
    two_columns = "scores of two identities are two columns, not one"
    retriever = DissimilarityRetriever(MaxMarginPairClassifier(C=0.1), random_state=0)
    expected = {
        "check_classifiers_classes": two_columns,
        "check_classifiers_train": two_columns,
        "check_methods_subset_invariance": "scores of all pairs are in single precision",
    }
    results = check_estimator(retriever, on_fail=None, expected_failed_checks=expected)
    assert not [r["check_name"] for r in results if r["status"] == "failed"]
    assert sum(r["status"] == "passed" for r in results) > 40


def test_the_intercept_is_part_of_a_tie():
    matcher = MaxMarginPairClassifier(difference="squared", C=1e-2)
    retriever = DissimilarityRetriever(matcher, random_state=0).fit(X[:200] / 16, DIGIT[:200])
    items = np.vstack([X[:50] / 16 + 1e-11, X[:50] / 16])
    retriever.index(items)
    scores = all_scores(retriever.matcher_, X[:5] / 16, items)
    expected = np.argsort(-scores, axis=1, kind="stable")
    for k in (1, 3):
        rows = retriever.search(X[:5] / 16, k)[1]
        np.testing.assert_array_equal(rows, expected[:, :k])
    assert (expected[:, 0] < 50).all()  # nearer by less than the intercept's rounding


@pytest.mark.parametrize("content", ["photos", "another format", "a note besides"])
def test_only_galleries_are_replaced(retriever, tmp_path, content):
    folder = tmp_path / "folder"
    if content == "a note besides":
        retriever.save(folder)
    else:
        folder.mkdir()
    if content == "another format":
        (folder / "gallery.json").write_text('{"title": "my photos"}')
    (folder / "note.txt").write_text("keep me")
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(FileExistsError, match="no saved gallery"):
        retriever.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_saving_by_other_names_of_a_folder(retriever, tmp_path, monkeypatch):
    folder = tmp_path / "gallery"
    retriever.save(folder)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    for name in (".", tmp_path / "gallery" / ".." / "gallery", tmp_path / "link"):
        retriever.save(name)
        assert len(retriever.load(folder).identities_) == 300
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gallery", "link"]


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((300, 2)), np.zeros(300), np.zeros((300, 64), complex), np.zeros((0, 64))],
    ids=["narrow", "flat", "complex", "empty"],
)
def test_arrays_of_another_shape_are_no_gallery(retriever, tmp_path, vectors):
    retriever.save(tmp_path / "gallery")
    np.save(tmp_path / "gallery" / "vectors.npy", vectors)
    with pytest.raises(ValueError, match="not a whole gallery"):
        retriever.load(tmp_path / "gallery")


def test_row_numbers_are_not_given_twice(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(X[:4]).remove([0])
    with pytest.raises(ValueError, match="y must be given"):
        retriever.add(X[4:5])
    assert retriever.identities_.tolist() == [1, 2, 3]
    with pytest.raises(TypeError, match="whole numbers or strings"):
        retriever.index(X[:2], [b"a", b"b"])


def test_a_slow_matcher_looks_at_its_items_too():
    slow = make_pipeline(DichotomyTransformer(), RandomForestClassifier(5, random_state=0))
    retriever = DissimilarityRetriever(slow, random_state=0).fit(X[:200], DIGIT[:200])
    before = retriever.search(QUERIES, 3)[1]
    for change in (retriever.index, retriever.add):
        with pytest.raises(ValueError, match="3 features"):
            change(X[:5, :3], DIGIT[:5])
    np.testing.assert_array_equal(retriever.search(QUERIES, 3)[1], before)


def test_another_matcher_is_taken(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher)).index(GALLERY)
    other = MaxMarginPairClassifier(difference="squared")
    other.fit(*make_pairs(GALLERY, NAMES, random_state=0)[:2])
    retriever.set_params(matcher=FrozenEstimator(other)).index(GALLERY)
    fresh = DissimilarityRetriever(FrozenEstimator(other)).index(GALLERY)
    np.testing.assert_array_equal(retriever.search(QUERIES)[0], fresh.search(QUERIES)[0])
    with pytest.raises(NotFittedError):
        DissimilarityRetriever(FrozenEstimator(MaxMarginPairClassifier())).index(GALLERY)


def test_items_of_more_dimensions_without_a_backbone(retriever):
    rows = retriever.search(QUERIES, 3)[1]
    retriever.index(GALLERY.reshape(-1, 8, 8), NAMES)
    np.testing.assert_array_equal(retriever.search(QUERIES.reshape(-1, 8, 8), 3)[1], rows)


def test_scores_of_queries_far_away_are_exact(matcher):
    retriever = DissimilarityRetriever(FrozenEstimator(matcher), fusion="mean")
    far = QUERIES + 1e7
    expected = all_scores(matcher, far)
    means = np.stack([expected[:, d == NAMES].mean(axis=1) for d in range(10)], axis=1)
    scores = retriever.index(GALLERY, NAMES).decision_function(far)
    np.testing.assert_allclose(scores, means, atol=2e-4 * expected.std(axis=1).min())
