"""Galleries are saved whole, loaded without running code, and replace nothing else."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from sklearn_dissim import DissimilarityRetriever, MaxMarginPairClassifier
from tests._retrieval.digits import DIGIT, GALLERY, NAMES, QUERIES, X


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


def test_vectors_are_stored_where_one_says(retriever, matcher, tmp_path):
    expected = retriever.search(QUERIES)
    retriever.index(pd.DataFrame(GALLERY).to_numpy().tolist(), NAMES, store=tmp_path / "gallery")
    assert isinstance(retriever._search.gallery.parts[0], np.memmap)
    for left, right in zip(retriever.search(QUERIES), expected, strict=True):
        np.testing.assert_array_equal(left, right)
