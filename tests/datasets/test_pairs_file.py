"""Pairs listed as LFW lists them."""

import numpy as np
import pytest
from PIL import Image
from sklearn.model_selection import PredefinedSplit

from sklearn_dissim import IndexedPairs
from sklearn_dissim.datasets import ImageItems, read_pairs_file

PAIRS = """2\t1
Ann_Lee\t1\t12
Ann_Lee\t12\tBob\t3
Bob\t3\t4
Bob\t4\tCleo\t1
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "pairs.txt").write_text(text, encoding="utf-8")
        return tmp_path / "pairs.txt"

    return write


def test_pairs_labels_groups_and_folds(write):
    data = read_pairs_file(write(PAIRS))
    assert data.paths.tolist() == [
        "Ann_Lee/Ann_Lee_0001.jpg",
        "Ann_Lee/Ann_Lee_0012.jpg",
        "Bob/Bob_0003.jpg",
        "Bob/Bob_0004.jpg",
        "Cleo/Cleo_0001.jpg",
    ]
    assert data.indices.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4]]
    assert data.y.tolist() == [1, 0, 1, 0]
    assert data.groups[1].tolist() == ["Ann_Lee", "Bob"]
    assert data.folds.tolist() == [0, 0, 1, 1]
    (train, test), _ = PredefinedSplit(data.folds).split()
    assert (train.tolist(), test.tolist()) == ([2, 3], [0, 1])


def test_without_folds(write):
    data = read_pairs_file(write("1\nAnn 1 2\nAnn 1 Bob 1\n\n"), suffix=".png")
    assert data.folds.tolist() == [0, 0]
    assert data.paths[0] == "Ann/Ann_0001.png"


def test_a_byte_order_mark_and_names_in_any_script(write):
    data = read_pairs_file(write("\ufeff1\nZoë_Ørsted 1 2\nZoë_Ørsted 1 李 1\n"))
    assert data.paths.tolist()[-1] == "李/李_0001.jpg"


def test_images_of_the_pairs(write, tmp_path):
    path = write(PAIRS)
    for k, name in enumerate(read_pairs_file(path).paths):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (6, 6), 10 * k).save(tmp_path / name)
    data = read_pairs_file(path, tmp_path)
    pairs = IndexedPairs(ImageItems(data.paths, mode="L"), data.indices)
    assert pairs.shape == (4, 2, 1, 6, 6)
    np.testing.assert_allclose(255 * pairs[3].mean(axis=(1, 2, 3)), [30, 40], atol=1e-3)


def test_missing_images_are_counted_and_named(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"5 of 5 images are missing: .*Ann_Lee_0001\.jpg"):
        read_pairs_file(write(PAIRS), tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_pairs_file(tmp_path / "absent.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "pairs.txt is empty"),
        ("Ann 1 2\n", "line 1: expected the number of folds.*got 'Ann 1 2'"),
        ("0 300\n", "line 1: .*got '0 300'"),
        ("1 2 3\n", "line 1: .*got '1 2 3'"),
        ("-1\n", "line 1: .*got '-1'"),
        (PAIRS + "Ann_Lee 1 2\n", "must have 4 pairs by its line 1, 2 x 2 x 1; it has 5.*line 6"),
        ("1 1\nAnn 1 2\n", "must have 2 pairs .*; it has 1, the last in line 2"),
        ("1\nAnn 1 2\nAnn 1 Bob\n", "line 3: expected 'name i j' or 'name1 i.*got 'Ann 1 Bob'"),
        ("1\nAnn 1 2\nAnn 1 Bob 0\n", "line 3: .*got 'Ann 1 Bob 0'"),
        ("1\nAnn 1 2\n\nAnn 1 Bob 1\n", "line 3: .*got ''"),
        ("1\nAnn\nAnn 1 Bob 1\n", "line 2: .*got 'Ann'"),
        ("1\nAnn 1 1\nAnn 1 Bob 1\n", "line 2: expected two images of one person"),
        ("1\nAnn 1 2\nAnn 1 Ann 2\n", "line 3: expected two images of one person, or of two"),
    ],
)
def test_malformed_lines_are_named_by_number(write, text, message):
    with pytest.raises(ValueError, match=message):
        read_pairs_file(write(text))


def test_refuses_what_is_no_text(tmp_path):
    (tmp_path / "pairs.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(ValueError, match=r"pairs\.txt is no text in UTF-8"):
        read_pairs_file(tmp_path / "pairs.txt")
