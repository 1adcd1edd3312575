"""Invented characters: what is drawn, and what their identities have in common."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from sklearn_dissim import ItemTransformer, MaxMarginPairClassifier, PairWhitening, make_pairs
from sklearn_dissim.datasets import make_glyphs
from sklearn_dissim.datasets._glyphs import _rasterize


@pytest.fixture(scope="module")
def glyphs():
    return make_glyphs(120, 20, n_alphabets=6, random_state=0)


def line(start, end):
    """The control points of one straight stroke, beside three strokes that are none."""
    knots = np.random.default_rng(0).random((1, 4, 6, 2))
    knots[0, 0] = np.linspace(start, end, 6)
    return knots


def test_shapes_types_and_order_of_glyphs(glyphs):
    assert glyphs.data.shape == (2400, 28, 28)
    assert glyphs.data.dtype == np.float32
    assert (glyphs.data.min(), glyphs.data.max()) == (0.0, 1.0)
    assert glyphs.identities.tolist() == np.repeat(np.arange(120), 20).tolist()
    assert glyphs.alphabets.tolist() == np.repeat(np.arange(6), 400).tolist()


def test_a_line_has_its_length_and_width():
    image = _rasterize(line([0.2, 0.5], [0.8, 0.5]), np.array([1]), np.array([0.03]), 200)[0]
    # The pen's edge is where a Gaussian of height 1 falls to the middle of the ramp, 0.45.
    width = 2 * 0.03 * np.sqrt(-2 * np.log(0.45))
    down, across = np.nonzero(image > 0.5)
    assert np.ptp(across) / 200 == pytest.approx(0.6, abs=0.02)
    assert np.ptp(down) / 200 == pytest.approx(width, abs=0.01)
    assert down.mean() / 200 == pytest.approx(0.5, abs=0.005)


def test_y_grows_downwards_and_x_to_the_right():
    image = _rasterize(line([0.1, 0.2], [0.1, 0.8]), np.array([1]), np.array([0.03]), 20)[0]
    assert image[:, 2].sum() > 10
    assert image[:, 10:].sum() == 0


def test_the_same_writing_at_every_size():
    # Not at 28: a pixel has the ink of its centre, which a fine line may touch or miss.
    small, large = (make_glyphs(4, 3, size=size, random_state=0).data for size in (56, 112))
    reduced = large.reshape(12, 56, 2, 56, 2).mean(axis=(2, 4))
    for one, other in zip(small, reduced, strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.99
        assert one.mean() == pytest.approx(other.mean(), rel=0.02)


def test_every_image_holds_a_character_of_ink_within_the_frame(glyphs):
    share = glyphs.data.mean(axis=(1, 2))
    assert share.min() > 0.01
    assert share.max() < 0.4
    border = np.ones((28, 28), bool)
    border[1:-1, 1:-1] = False
    assert glyphs.data[:, border].mean() < 0.02


def test_no_two_images_are_the_same(glyphs):
    assert len(np.unique(glyphs.data.reshape(2400, -1), axis=0)) == 2400


def test_an_alphabet_has_habits(glyphs):
    # Which frequencies its lines have, wherever they stand.
    spectra = np.abs(np.fft.fft2(glyphs.data))[:, :14].reshape(120, 20, -1).mean(axis=1)
    distance = cdist(spectra, spectra)
    alphabet = glyphs.alphabets[::20]
    alike = alphabet[:, np.newaxis] == alphabet
    others = ~np.eye(120, dtype=bool)
    assert distance[alike & others].mean() < 0.98 * distance[~alike].mean()


def test_unseen_characters_are_told_apart_after_learning(glyphs):
    vectors = glyphs.data.reshape(2400, -1)
    train = glyphs.identities < 80
    pairs, y, _ = make_pairs(
        vectors[train], glyphs.identities[train], positives=2000, random_state=0
    )
    test, test_y, _ = make_pairs(
        vectors[~train], glyphs.identities[~train], positives=2000, random_state=0
    )
    model = make_pipeline(
        ItemTransformer(PCA(60, random_state=0)),
        PairWhitening(),
        MaxMarginPairClassifier(0.01, nonpositive=True),
    ).fit(pairs, y)
    left, right = np.swapaxes(np.asarray(test), 0, 1)
    plain = roc_auc_score(test_y, -np.linalg.norm(left - right, axis=1))
    learned = roc_auc_score(test_y, model.decision_function(test))
    assert 0.6 < plain < learned - 0.05


def test_same_seed_same_characters():
    first, again, other = (make_glyphs(3, 2, random_state=seed).data for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_images_of_a_second_chunk_are_drawn_too():
    glyphs = make_glyphs(2, 20, size=160, random_state=0)  # 20 images make a block
    assert glyphs.data.max(axis=(1, 2)).min() > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_identities": -1}, "n_identities must be a whole number of at least 1; got -1"),
        ({"n_samples": "many"}, "n_samples must be a whole number of at least 1; got 'many'"),
        ({"size": 4}, "size must be a whole number of at least 8; got 4"),
        ({"n_alphabets": 21}, "n_alphabets must be a whole number from 1 to 20; got 21"),
    ],
)
def test_bad_numbers(options, message):
    with pytest.raises(ValueError, match=message):
        make_glyphs(**options)
