import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.colors import to_hex

from sklearn_dissim.metrics import (
    RankedGalleryDisplay,
)
from tests.helpers.displays import DIFFERENT, SAME

SCORES = [[0.9, 0.8, 0.7, 0.6, 0.5]]
GALLERY = ["ann", "bob", "ann", "cleo", "ann"]


def test_ranked_gallery_shows_what_search_finds(retrieval):
    retriever, X, images, identities = retrieval
    queries = slice(200, 204)
    display = RankedGalleryDisplay.from_estimator(
        retriever,
        X[queries],
        identities[queries],
        gallery_items=images[:200],
        query_items=images[queries],
        k=5,
    )
    _, rows = retriever.search(X[queries], 5)
    np.testing.assert_array_equal(display.rows, rows)
    assert len(display.query_drawings_) == 4
    assert [len(drawn) for drawn in display.gallery_drawings_] == [5] * 4
    assert len(display.ax_.images) == 24
    right = identities[rows] == identities[queries, np.newaxis]
    for line in range(4):
        shown = display.query_drawings_[line].get_array()
        np.testing.assert_array_equal(shown, images[200 + line, 0])
        for place in range(5):
            shown = display.gallery_drawings_[line][place].get_array()
            np.testing.assert_array_equal(shown, images[rows[line, place], 0])
            frame = display.frames_[line][place]
            good = right[line, place]
            assert to_hex(frame.get_edgecolor()) == (SAME if good else DIFFERENT)
            assert (frame.get_linestyle() == "-") == good
    assert right.any()


def test_ranked_gallery_draws_queries_at_random(retrieval):
    retriever, X, images, identities = retrieval
    display = RankedGalleryDisplay.from_estimator(
        retriever, X[200:], identities[200:], gallery_items=images[:200], n_queries=3,
        query_items=images[200:], random_state=0, name="digits",
    )  # fmt: skip
    rows = np.sort(np.random.RandomState(0).permutation(280)[:3])
    np.testing.assert_array_equal(display.query_items, images[200:][rows])
    assert display.ax_.get_title() == "digits"


def test_ranked_gallery_leaves_out_what_a_query_ignores():
    drawn = {"query_items": np.zeros((1, 3)), "gallery_items": np.ones((5, 3))}
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, **drawn, k=3,
        query_groups=[1], gallery_groups=[1, 1, 2, 2, 2],
    )  # fmt: skip
    assert display.rows.tolist() == [[1, 2, 3]]
    assert display.relevant.tolist() == [[False, True, False]]
    display = RankedGalleryDisplay.from_predictions(SCORES, [1], [1, -1, 2, 1, -1], **drawn, k=4)
    assert display.rows.tolist() == [[0, 2, 3, -1]]
    assert [len(frames) for frames in display.frames_] == [3]


def test_ranked_gallery_of_queries_among_themselves():
    scores = [[9, 1, 2], [1, 9, 3], [2, 3, 9]]
    display = RankedGalleryDisplay.from_predictions(
        scores, ["a", "b", "b"], query_items=np.eye(3), k=2
    )
    assert display.rows.tolist() == [[2, 1], [2, 0], [1, 0]]
    assert display.relevant.tolist() == [[False, False], [True, False], [True, False]]


def test_ranked_gallery_searches_further_for_what_is_ignored(retrieval):
    retriever, X, images, identities = retrieval
    number = np.arange(200)
    display = RankedGalleryDisplay.from_estimator(
        retriever, X[:200], identities[:200], gallery_items=images[:200],
        query_items=images[:200], query_groups=number, gallery_groups=number,
        k=4, n_queries=200,
    )  # fmt: skip
    np.testing.assert_array_equal(
        display.rows, retriever.kneighbors(n_neighbors=4, return_distance=False)
    )


def test_coloured_images_in_either_layout():
    rng = np.random.default_rng(0)
    last = rng.random((5, 6, 7, 3)) * 3 - 1
    by_layout = [
        RankedGalleryDisplay.from_predictions(
            SCORES, ["ann"], GALLERY, query_items=images[:1], gallery_items=images, k=2
        )
        for images in (last, np.moveaxis(last, 3, 1))
    ]
    for display in by_layout:
        shown = display.gallery_drawings_[0][1].get_array()
        low, high = last[:2].min(), last[:2].max()
        np.testing.assert_allclose(shown, (last[1] - low) / (high - low))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_records_are_drawn_as_text(frame):
    people = frame({"name": ["Ann", "Bob", "Anna", "Cleo", "A. " * 20], "age": [1, 2, 3, 4, 5]})
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=people[:1], gallery_items=people, k=5
    )
    drawn = [artist.get_text() for artist in display.gallery_drawings_[0]]
    assert drawn[:2] == ["name: Ann\nage: 1", "name: Bob\nage: 2"]
    assert drawn[4] == "name: A. A. A. A. A. A.…\nage: 5"


def test_texts_and_vectors():
    words = ["alpha", "beta", "gamma", "delta", "one two three four five six seven eight nine"]
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=["query"], gallery_items=words, k=5
    )
    assert display.query_drawings_[0].get_text() == "query"
    drawn = [artist.get_text() for artist in display.gallery_drawings_[0]]
    assert drawn[3:] == ["delta", "one two three four five\nsix seven eight nine"]

    vectors = np.array([[0.0, 2], [1, -2], [0, 0], [0, 0], [0, 0]])
    display = RankedGalleryDisplay.from_predictions(
        SCORES, ["ann"], GALLERY, query_items=vectors[:1], gallery_items=vectors, k=2
    )
    bars = display.gallery_drawings_[0][1].get_paths()[0].get_extents()
    frame = display.frames_[0][1].get_bbox()
    # From -2, the lowest of all, to 1 where 2 is the highest.
    assert bars.y0 == pytest.approx(frame.y0)
    assert (bars.y1 - frame.y0) / frame.height == pytest.approx(0.75)


def test_ranked_gallery_refuses(retrieval):
    retriever, X, images, identities = retrieval
    shown = {"gallery_items": images[:200], "query_items": images[200:]}
    queries = X[200:], identities[200:]
    for change, message in (
        ({"gallery_items": images[:7]}, "gallery_items must be 200, as many as items in the galle"),
        ({"query_items": images[:7]}, "query_items must be 280, as many as queries; got 7"),
        ({"k": 0}, "k must be a whole number of at least 1; got 0"),
        ({"n_queries": 1.5}, "n_queries must be a whole number of at least 1; got 1.5"),
        ({"query_groups": np.arange(280)}, "gallery_groups must be given too"),
    ):
        with pytest.raises(ValueError, match=message):
            RankedGalleryDisplay.from_estimator(retriever, *queries, **shown | change)
    with pytest.raises(TypeError, match="identities must all be of one type"):
        RankedGalleryDisplay.from_predictions(SCORES, [1], GALLERY, query_items=X[:1])
    with pytest.raises(ValueError, match="gallery_identities must be given"):
        RankedGalleryDisplay.from_predictions(SCORES, ["a"], query_items=X[:1])
