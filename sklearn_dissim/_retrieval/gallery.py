"""A gallery: vectors of items and whom they show, in memory or on disk; never changed."""

import json
import shutil
import tempfile
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np

from sklearn_dissim._kernels.best_first import best_first

_FORMAT = {"format": "sklearn_dissim gallery", "version": 1}
_VECTORS, _IDENTITIES, _ABOUT = "vectors.npy", "identities.npy", "gallery.json"
_COPIED = 1 << 24  # bytes at a time


class Gallery:
    """Vectors in one or several parts, and their identities.

    Every change makes another gallery, so that a search goes on in the one it began with.

    Parameters
    ----------
    parts : list of ndarray of shape (n, ...)
        In memory or mapped.
    identities : ndarray of shape (n_items,)
    lengths : list of int, default=None
        Of the parts.
    """

    def __init__(self, parts, identities, lengths=None):
        self.parts, self.identities = parts, identities
        self.lengths = [len(part) for part in parts] if lengths is None else lengths
        self.starts = np.cumsum([0, *self.lengths])

    def __len__(self):
        return len(self.identities)

    @cached_property
    def named(self):
        """Identities, sorted, and the number of each item's among them."""
        return np.unique(self.identities, return_inverse=True)

    def map(self, function, *others):
        """``function(part)`` of every part; with an element of each of the others, too."""
        return [function(*own) for own in zip(self.parts, *others, strict=True)]

    def _computed(self, pieces):
        """Pieces of parts, as arrays."""
        return list(map(np.asarray, pieces))

    def prepared(self, function):
        """The same items, with ``function(part)`` for each part."""
        return type(self)(self.map(function), self.identities, self.lengths)

    def __getitem__(self, rows):
        """Vectors of a slice of rows, in one array."""
        pieces = []
        for part, start, length in zip(self.parts, self.starts, self.lengths, strict=False):
            first, last = max(rows.start - start, 0), min(rows.stop - start, length)
            if first < last:
                pieces.append(part[first:last])
        return np.concatenate(self._computed(pieces))

    def plus(self, vectors, identities):
        """These items and more after them."""
        lengths = [*self.lengths, len(vectors)]
        identities = np.concatenate([self.identities, identities])
        return type(self)([*self.parts, vectors], identities, lengths)

    def without(self, identities):
        """These items but those of some identities; what stays of a part is copied."""
        kept = ~np.isin(self.identities, identities)
        sides = zip(self.parts, np.split(kept, self.starts[1:-1]), strict=True)
        left = [(part, rows) for part, rows in sides if rows.any()]
        parts = [part if rows.all() else part[rows] for part, rows in left]
        return type(self)(parts, self.identities[kept], [int(rows.sum()) for _, rows in left])

    def top_k(self, search, k):
        """The best k rows of all parts, where ``search(part)`` gives those of one."""
        scores, rows = zip(*self.map(search), strict=True)
        shifted = [found + start for found, start in zip(rows, self.starts, strict=False)]
        return best_first(np.hstack(scores), np.hstack(shifted), k)

    def blocks(self):
        """The vectors in order, some at a time."""
        n_rows = max(1, _COPIED // max(1, self[slice(0, 1)].nbytes))
        for row in range(0, len(self), n_rows):
            yield self[slice(row, min(row + n_rows, len(self)))]


def save_gallery(folder, blocks, identities, about):
    """Write a folder of arrays; it appears whole or not at all.

    Parameters
    ----------
    folder : str or Path
        A gallery saved there before is replaced; anything else is not.
    blocks : iterable of ndarray of shape (n, ...)
        The vectors.
    identities : ndarray of shape (n_items,)
    about : dict
        Kept with it.
    """
    folder = Path(folder).resolve()
    if folder.exists() and not _is_gallery(folder):
        raise FileExistsError(f"{folder} is there and is no saved gallery; nothing was written.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        whole = unfinished / "whole"
        whole.mkdir()  # by the user's own rights, which a temporary folder does not have
        written = _write_blocks(whole / _VECTORS, blocks, len(identities))
        np.save(whole / _IDENTITIES, identities, allow_pickle=False)
        about = {**_FORMAT, "n_items": len(identities), **written, **about}
        (whole / _ABOUT).write_text(json.dumps(about, indent=1))
        if folder.exists():
            folder.rename(unfinished / "before")
        whole.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _is_gallery(folder):
    """Whether a folder holds a gallery and nothing else."""
    try:
        about = json.loads((folder / _ABOUT).read_text())
        names = {path.name for path in folder.iterdir()}
        return about["format"] == _FORMAT["format"] and names <= {_VECTORS, _IDENTITIES, _ABOUT}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _write_blocks(path, blocks, n_rows):
    blocks = iter(blocks)
    first = next(blocks)
    out = np.lib.format.open_memmap(path, "w+", first.dtype, (n_rows, *first.shape[1:]))
    row = 0
    for block in chain([first], blocks):
        out[row : row + len(block)] = block
        row += len(block)
    out.flush()
    return {"shape": list(out.shape), "dtype": str(out.dtype)}


def load_gallery(folder):
    """The gallery of a folder, its vectors mapped and not read, and what was kept with it."""
    folder = Path(folder)
    try:
        about = json.loads((folder / _ABOUT).read_text())
        if {key: about[key] for key in _FORMAT} != _FORMAT:
            raise ValueError(f"{_ABOUT} says {about}")
        vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
        identities = np.load(folder / _IDENTITIES, allow_pickle=False)
        shapes = [list(vectors.shape), str(vectors.dtype), list(identities.shape)]
        if shapes != [about["shape"], about["dtype"], [about["n_items"]]]:
            raise ValueError(f"its arrays are of {shapes}")
        if identities.dtype.kind not in "iuU" or len(identities) == 0:
            raise ValueError(f"its identities are of {identities.dtype}")
    except Exception as error:  # whatever a damaged file makes its reader say
        raise ValueError(f"{folder} is not a whole gallery of this version: {error}") from error
    return Gallery([vectors], identities), about
