"""Items are read from mapped files, Arrow, Parquet and zarr as from arrays."""

import numpy as np
import pytest

from tests._retrieval.digits import GALLERY, NAMES, QUERIES


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
