"""Images in files: lazily decoded items, folders of identities and of cameras, and sets."""

import os
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_dissim import (
    DichotomyTransformer,
    DissimilarityRetriever,
    IndexedPairs,
    ItemTransformer,
    MaxMarginPairClassifier,
    make_pairs,
)
from sklearn_dissim.datasets import (
    ImageItems,
    make_glyphs,
    read_image_folder,
    read_image_set,
    read_market1501,
)
from tests.helpers.networks import small


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])
    return path


@pytest.fixture(scope="module")
def glyphs():
    return make_glyphs(6, 8, size=16, random_state=0)


@pytest.fixture(scope="module")
def glyph_folder(glyphs, tmp_path_factory):
    """The glyphs as files: a/0.png, a/1.png..."""
    folder = tmp_path_factory.mktemp("glyphs")
    for row, (image, identity) in enumerate(zip(glyphs.data, glyphs.identities, strict=True)):
        save(folder / "abcdef"[identity] / f"{row % 8}.png", np.round(255 * image))
    return folder


@pytest.fixture
def folder(tmp_path):
    """Two identities with two images each, of random colours."""
    rng = np.random.default_rng(0)
    for name in ("ann/0", "ann/1", "bob/0", "bob/1"):
        save(tmp_path / f"{name}.png", rng.integers(0, 256, (12, 10, 3)))
    return tmp_path


class TestImageItems:
    @pytest.fixture
    def pixels(self):
        return np.random.default_rng(1).integers(0, 256, (5, 6, 4, 3)).astype(np.uint8)

    @pytest.fixture
    def items(self, pixels, tmp_path):
        return ImageItems([save(tmp_path / f"{i}.png", p) for i, p in enumerate(pixels)])

    @pytest.fixture
    def array(self, pixels):
        return np.moveaxis(pixels, -1, 1).astype(np.float32) / 255

    def test_looks_like_the_array_of_its_pixels(self, items, array):
        assert items.shape == array.shape
        assert (items.dtype, items.ndim, len(items)) == (array.dtype, array.ndim, len(array))
        np.testing.assert_array_equal(np.asarray(items), array)
        assert np.asarray(items, dtype=np.float64).dtype == np.float64
        assert repr(items) == "ImageItems(5 images of shape (3, 6, 4))"

    @pytest.mark.parametrize(
        "key",
        [
            2,
            -1,
            np.int64(3),
            slice(1, 4),
            slice(None),
            [3, 0, 3],
            np.array([4, 1]),
            np.array([True, False, True, False, False]),
            [False, True, False, False, True],
            range(0, 5, 2),
            (slice(2), Ellipsis),
            ([0, 4], Ellipsis),
        ],
        ids=str,
    )
    def test_is_indexed_as_the_array_is(self, items, array, key):
        same = list(key) if isinstance(key, range) else key
        np.testing.assert_array_equal(items[key], array[same])

    def test_no_rows_are_no_images(self, items):
        assert items[[]].shape == (0, 3, 6, 4)

    @pytest.mark.parametrize("key", [5, [7], (0, 0), np.zeros((1, 1), int), None, "name"], ids=str)
    def test_refuses_other_keys(self, items, key):
        with pytest.raises(IndexError):
            items[key]

    def test_no_array_without_a_copy(self, items):
        with pytest.raises(ValueError, match="only by a copy"):
            np.asarray(items, copy=False)

    def test_takes_another_shape(self, items, array):
        np.testing.assert_array_equal(items.reshape(5, 72), array.reshape(5, 72))
        np.testing.assert_array_equal(items.reshape((5, -1)), array.reshape(5, 72))

    def test_pickles_and_hashes_by_its_paths(self, items, array):
        copied = pickle.loads(pickle.dumps(items))
        np.testing.assert_array_equal(copied[:], array)
        assert joblib.hash(copied) == joblib.hash(items)
        assert len(pickle.dumps(items)) < 3000

    def test_nothing_is_decoded_before_it_is_asked_for(self, tmp_path):
        items = ImageItems([tmp_path / "missing.png"], size=8)
        with pytest.raises(ValueError, match=r"missing\.png cannot be read as an image: .*No such"):
            items[0]

    def test_resizes(self, tmp_path):
        path = save(tmp_path / "half.png", np.repeat([[[0], [255]]], 10, 0).repeat(10, 1)[..., 0])
        wide = ImageItems([path], size=(4, 40), mode="L")
        assert wide.shape == (1, 1, 4, 40)
        np.testing.assert_allclose(wide[0, ...][0, :, [0, -1]], [[0] * 4, [1] * 4])
        assert ImageItems([path], size=7).shape == (1, 3, 7, 7)

    def test_grey_of_colours(self, tmp_path):
        path = save(tmp_path / "green.png", np.full((3, 3, 3), [0, 255, 0]))
        grey = ImageItems([path], mode="L")[0]
        np.testing.assert_allclose(grey, 0.587, atol=0.01)  # ITU-R 601

    def test_transparent_is_white(self, tmp_path):
        path = save(tmp_path / "clear.png", np.full((3, 3, 4), [0, 0, 0, 0]))
        np.testing.assert_array_equal(ImageItems([path])[0], 1.0)

    def test_photographs_are_turned_upright(self, tmp_path):
        image = Image.fromarray(np.repeat([[0, 255]], 4, 0).astype(np.uint8))  # white is right
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise
        image.save(tmp_path / "held.png", exif=exif)
        upright = ImageItems([tmp_path / "held.png"], mode="L")[0]
        np.testing.assert_array_equal(upright, [[[0] * 4, [1] * 4]])

    def test_refuses_more_than_eight_bits(self, tmp_path):
        deep = Image.fromarray(np.full((4, 4), 4000, np.uint16))
        deep.save(tmp_path / "deep.png")
        with pytest.raises(ValueError, match=r"deep\.png .*mode I;16 have more than 8 bits"):
            ImageItems([tmp_path / "deep.png"])

    def test_names_an_image_of_another_size(self, items, tmp_path):
        other = save(tmp_path / "other.png", np.zeros((5, 5, 3)))
        mixed = ImageItems([*items.paths, other])
        with pytest.raises(ValueError, match=r"0\.png has 6 x 4 pixels, .*other\.png 5 x 5"):
            mixed[:]

    @pytest.mark.parametrize(
        ("paths", "options", "message"),
        [
            ("a.png", {}, "paths must be a sequence of paths; got one path, 'a.png'"),
            ([], {}, "paths must hold at least one image"),
            (["a.png"], {"size": 0}, "size must be None, a whole number .*got 0"),
            (["a.png"], {"size": (1, 2, 3)}, r"size must be .*got \(1, 2, 3\)"),
            (["a.png"], {"size": 2.5}, "size must be .*got 2.5"),
            (["a.png"], {"mode": "CMYK"}, "mode must be 'RGB' or 'L'; got 'CMYK'"),
        ],
    )
    def test_bad_parameters(self, paths, options, message):
        with pytest.raises(ValueError, match=message):
            ImageItems(paths, **options)

    def test_a_missing_pillow_is_named(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "PIL", None)
        with pytest.raises(ImportError, match="needs Pillow; install it by: pip install pillow"):
            ImageItems(["a.png"])


class TestAsItemsOfPairs:
    @pytest.fixture
    def images(self, glyph_folder):
        return read_image_folder(glyph_folder, mode="L")

    def test_pairs_share_the_files(self, images, glyphs):
        pairs, y, groups = make_pairs(images.data, images.identities, random_state=0)
        train, test, _, _ = train_test_split(pairs, y, random_state=0)
        assert train.items is images.data
        assert test.items is images.data
        expected = np.round(255 * glyphs.data[pairs.indices[0]]) / 255
        np.testing.assert_allclose(pairs[0][:, 0], expected, atol=1e-6)
        assert groups[0, 0] == images.identities[pairs.indices[0, 0]]

    def test_the_same_vectors_as_from_an_array(self, images):
        pairs, _, _ = make_pairs(images.data, images.identities, random_state=0)
        in_memory = IndexedPairs(np.asarray(images.data), pairs.indices)
        backbone = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.Flatten())
        vectors = DichotomyTransformer(backbone=backbone, device="cpu")
        np.testing.assert_array_equal(
            vectors.fit_transform(pairs), vectors.fit_transform(in_memory)
        )
        flat = DichotomyTransformer().fit_transform(pairs)
        np.testing.assert_array_equal(flat, DichotomyTransformer().fit_transform(in_memory))

    def test_item_steps_take_them(self, images):
        pairs, y, _ = make_pairs(images.data, images.identities, random_state=0)
        steps = ItemTransformer(PCA(5, random_state=0))
        model = make_pipeline(steps, MaxMarginPairClassifier(0.01)).fit(pairs, y)
        assert roc_auc_score(y, model.decision_function(pairs)) > 0.8

    def test_networks_train_and_retrieve(self, images):
        network = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 8))
        clf = small(backbone=network).fit_identities(images.data, images.identities)
        in_memory = np.asarray(images.data)
        np.testing.assert_array_equal(clf.embed(images.data), clf.embed(in_memory))
        pairs, y, _ = make_pairs(images.data, images.identities, random_state=0)
        assert roc_auc_score(y, clf.decision_function(pairs)) > 0.7
        retriever = DissimilarityRetriever(clf, random_state=0)
        retriever.fit(images.data, images.identities)
        assert retriever.predict(images.data[:3]).tolist() == images.identities[:3].tolist()


class TestReadImageFolder:
    def test_images_identities_and_paths(self, glyph_folder, glyphs):
        images = read_image_folder(str(glyph_folder), mode="L")
        assert images.identities.tolist() == np.repeat(list("abcdef"), 8).tolist()
        assert images.paths[9] == str(glyph_folder / "b" / "1.png")
        assert images.skipped == []
        np.testing.assert_allclose(images.data[:][:, 0], glyphs.data, atol=0.5 / 255 + 1e-6)

    def test_passes_over_what_is_no_image_of_an_identity(self, folder):
        (folder / "ann" / "Thumbs.db").write_text("no image")
        (folder / "ann" / ".hidden.png").write_text("no image")
        (folder / ".cache").mkdir()
        (folder / "readme.png").write_text("no image")
        save(folder / "bob" / "deeper" / "2.JPG", np.zeros((12, 10, 3)))
        images = read_image_folder(folder)
        assert images.identities.tolist() == ["ann", "ann", "bob", "bob", "bob"]
        assert images.data.shape == (5, 3, 12, 10)

    def test_differing_sizes_need_one(self, folder):
        save(folder / "bob" / "2.png", np.zeros((5, 5, 3)))
        for on_error in ("raise", "skip"):
            with pytest.raises(ValueError, match=r"0\.png has 12 x 10 pixels, .*2\.png 5 x 5"):
                read_image_folder(folder, on_error=on_error)
        assert read_image_folder(folder, size=6).data[:].shape == (5, 3, 6, 6)

    @pytest.mark.parametrize("broken", ["truncated", "text", "empty"])
    def test_a_broken_image_is_named_or_skipped(self, folder, broken):
        path = folder / "ann" / "1.png"
        truncate(path) if broken == "truncated" else path.write_text("x" * (broken == "text"))
        with pytest.raises(ValueError, match=r"1\.png cannot be read as an image"):
            read_image_folder(folder)
        with pytest.warns(
            UserWarning, match=r"1 images that cannot be read are left out: .*1\.png"
        ):
            images = read_image_folder(folder, on_error="skip")
        assert images.skipped == [str(path)]
        assert images.identities.tolist() == ["ann", "bob", "bob"]
        assert images.paths.tolist() == images.data.paths.tolist()
        assert len(images.data[:]) == 3

    def test_the_first_image_may_be_the_broken_one(self, folder):
        truncate(folder / "ann" / "0.png")
        with pytest.warns(UserWarning, match="left out") as caught:
            images = read_image_folder(folder, on_error="skip")
        assert [warning.filename for warning in caught] == [__file__]
        assert images.data.shape == (3, 3, 12, 10)

    def test_an_identity_without_an_image_is_named_or_skipped(self, folder):
        (folder / "cleo").mkdir()
        with pytest.raises(ValueError, match=r"1 of 3 identities have no image: .*cleo"):
            read_image_folder(folder)
        with pytest.warns(UserWarning, match="1 identities without an image are left out: .*cleo"):
            images = read_image_folder(folder, on_error="skip")
        assert images.skipped == [str(folder / "cleo")]

    def test_many_broken_images_are_counted(self, folder):
        for i in range(7):
            (folder / "bob" / f"broken{i}.jpg").write_text("no image")
        with pytest.warns(UserWarning, match=r"7 images .*broken4\.jpg and 2 more\."):
            read_image_folder(folder, on_error="skip")

    def test_folders_without_images_are_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="folder must name a folder; there is none at"):
            read_image_folder(tmp_path / "absent")
        with pytest.raises(
            ValueError, match=r"must hold one sub-folder an identity; .* holds none"
        ):
            read_image_folder(tmp_path)
        (tmp_path / "ann").mkdir()
        for on_error in ("raise", "skip"):
            with pytest.raises(ValueError, match="1 of 1 identities have no image"):
                read_image_folder(tmp_path, on_error=on_error)
        (tmp_path / "ann" / "0.png").write_text("no image")
        with pytest.raises(ValueError, match="None of the 1 images can be read"):
            read_image_folder(tmp_path, on_error="skip")

    def test_bad_options(self, folder):
        with pytest.raises(ValueError, match="on_error must be 'raise' or 'skip'; got 'ignore'"):
            read_image_folder(folder, on_error="ignore")
        with pytest.raises(ValueError, match="size must be"):
            read_image_folder(folder, size=-3)


class TestReadMarket1501:
    @pytest.fixture
    def market(self, tmp_path):
        names = {
            "bounding_box_train": ["0002_c1s1_000451_03", "0007_c3s3_077419_03"],
            "query": ["0001_c1s1_001051_00"],
            "bounding_box_test": [
                "-1_c1s1_000401_03",
                "0000_c2s1_000151_01",
                "0001_c6s1_001051_01",
                "1500_c12s3_086967_01",
            ],
        }
        for part, files in names.items():
            for file in files:
                save(tmp_path / part / f"{file}.jpg", np.full((16, 8, 3), 100))
            (tmp_path / part / "Thumbs.db").write_text("no image")
        return tmp_path

    def test_people_and_cameras(self, market):
        data = read_market1501(market)
        assert sorted(data) == ["gallery", "query", "train"]
        assert data.train.identities.tolist() == [2, 7]
        assert data.train.cameras.tolist() == [1, 3]
        assert data.query.identities.tolist() == [1]
        assert data.gallery.identities.tolist() == [-1, 0, 1, 1500]
        assert data.gallery.cameras.tolist() == [1, 2, 6, 12]
        assert data.gallery.data.shape == (4, 3, 16, 8)
        assert data.gallery.paths[3].endswith("1500_c12s3_086967_01.jpg")

    def test_a_missing_part_is_named(self, market):
        (market / "query").rename(market / "queries")
        with pytest.raises(FileNotFoundError, match="must hold a folder query"):
            read_market1501(market)

    def test_a_part_without_an_image_is_named(self, market):
        (market / "query" / "0001_c1s1_001051_00.jpg").unlink()
        with pytest.raises(ValueError, match="query holds no image"):
            read_market1501(market)

    def test_other_forms_of_name_and_broken_images_are_named_or_skipped(self, market):
        save(market / "query" / "portrait.jpg", np.zeros((16, 8, 3)))
        with pytest.raises(ValueError, match=r"portrait\.jpg is not named as 0002_c1s1"):
            read_market1501(market)
        truncate(market / "bounding_box_test" / "0001_c6s1_001051_01.jpg")
        skipped = r"2 images .* left out: .*portrait\.jpg, .*0001_c6"
        with pytest.warns(UserWarning, match=skipped) as caught:
            data = read_market1501(market, on_error="skip")
        assert [warning.filename for warning in caught] == [__file__]
        assert data.gallery.identities.tolist() == [-1, 0, 1500]
        assert [len(data[part].skipped) for part in ("train", "query", "gallery")] == [0, 1, 1]


class TestReadImageSet:
    @pytest.fixture
    def arrays(self):
        return {
            "images": np.zeros((3, 4, 4), np.uint8),
            "labels": np.array([0, 1, 1]),
            "names": np.array(["alpha", "beta"]),
            "drawer": np.array([0, 0, 1]),
        }

    def test_by_path_and_by_name(self, arrays, tmp_path, monkeypatch):
        np.savez(tmp_path / "letters.npz", **arrays)
        monkeypatch.setenv("SKLEARN_DISSIM_DATA", str(tmp_path))
        for name in ("letters", tmp_path / "letters.npz"):
            letters = read_image_set(name)
            assert sorted(letters) == ["data", "drawer", "identities", "names"]
            assert letters.identities.tolist() == [0, 1, 1]

    def test_real_sets(self):
        folder = Path(os.environ.get("SKLEARN_DISSIM_DATA", ""))
        if not (folder / "emoji4.npz").exists():
            pytest.skip("set SKLEARN_DISSIM_DATA to the folder with emoji4.npz")
        emoji = read_image_set("emoji4")
        assert emoji.data.shape[1:] == (48, 48, 3)
        assert len(emoji.names) == len(np.unique(emoji.identities))
        _, y, _ = make_pairs(
            emoji.data, emoji.identities, across=emoji.vendor, positives=50, random_state=0
        )
        assert y.mean() == 0.5

    def test_says_which_variable_and_which_sets(self, arrays, tmp_path, monkeypatch):
        monkeypatch.delenv("SKLEARN_DISSIM_DATA", raising=False)
        with pytest.raises(FileNotFoundError, match="Set the environment variable SKLEARN_DISSIM"):
            read_image_set("letters")
        monkeypatch.setenv("SKLEARN_DISSIM_DATA", str(tmp_path))
        with pytest.raises(FileNotFoundError, match=r"SKLEARN_DISSIM_DATA must name.*there: none"):
            read_image_set("letters")
        np.savez(tmp_path / "letters.npz", **arrays)
        with pytest.raises(FileNotFoundError, match="there: letters"):
            read_image_set("faces")
        with pytest.raises(FileNotFoundError, match=r"there is none at .*faces\.npz"):
            read_image_set(tmp_path / "faces.npz")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"names": None}, "it lacks names"),
            ({"labels": np.array([0, 1])}, r"got shapes \(3, 4, 4\), \(2,\) and \(2,\)"),
            ({"labels": np.array([0, 1, 2])}, "from 0 to 1, one of the 2 names; got .* 0 to 2"),
            ({"labels": np.array([0.0, 1.0, 1.0])}, "whole numbers .*got float64"),
            ({"images": np.zeros((3, 16))}, "must hold some images"),
            ({"images": np.zeros((0, 4, 4)), "labels": np.zeros(0, int)}, "must hold some images"),
            ({"names": np.array(["a", None])}, "cannot be read as an .npz file: Object arrays"),
        ],
    )
    def test_refuses_other_files(self, arrays, tmp_path, change, message):
        changed = {k: v for k, v in (arrays | change).items() if v is not None}
        np.savez(tmp_path / "set.npz", **changed)
        with pytest.raises(ValueError, match=message):
            read_image_set(tmp_path / "set.npz")

    def test_refuses_what_is_no_archive(self, tmp_path):
        (tmp_path / "set.npz").write_text("no archive")
        with pytest.raises(ValueError, match=r"set\.npz cannot be read as an \.npz file"):
            read_image_set(tmp_path / "set.npz")
        with (tmp_path / "one.npz").open("wb") as file:
            np.save(file, np.zeros(3))
        with pytest.raises(ValueError, match=r"one\.npz cannot be read as an \.npz file"):
            read_image_set(tmp_path / "one.npz")
