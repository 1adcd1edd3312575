"""Write a gallery to a folder of plain arrays, and read it without running any of it as code."""

import json
import shutil
import tempfile
from itertools import chain
from pathlib import Path

import numpy as np

from sklearn_dissim._retrieval.gallery import Gallery

_FORMAT = {"format": "sklearn_dissim gallery", "version": 1}
_VECTORS, _IDENTITIES, _DESCRIPTION = "vectors.npy", "identities.npy", "gallery.json"


def save_gallery(folder, blocks, identities, fingerprint):
    """Write a folder of arrays; it appears whole or not at all.

    ``gallery.json`` holds the format and its version, the number of items, shape and type of the
    vectors, and the matcher's fingerprint.

    Parameters
    ----------
    folder : str or Path
        A gallery saved there before is replaced; anything else is not.
    blocks : iterable of ndarray of shape (n, ...)
        The vectors.
    identities : ndarray of shape (n_items,)
    fingerprint : str
        Of the matcher that the vectors were made for.
    """
    # Resolved, so that "." and links name the folder itself, which is moved in what follows.
    folder = Path(folder).resolve()
    if folder.exists() and not _is_gallery(folder):
        raise FileExistsError(f"{folder} is there and is no saved gallery; nothing was written.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, on the same disk, where a rename is one step.
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        whole = unfinished / "whole"
        whole.mkdir()  # with the user's own rights, which a temporary folder does not have
        array = _write_blocks(whole / _VECTORS, blocks, len(identities))
        np.save(whole / _IDENTITIES, identities, allow_pickle=False)
        description = {
            **_FORMAT,
            "n_items": len(identities),
            "shape": list(array.shape),
            "dtype": str(array.dtype),
            "matcher": fingerprint,
        }
        (whole / _DESCRIPTION).write_text(json.dumps(description, indent=1))
        if folder.exists():
            folder.rename(unfinished / "before")
        whole.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _is_gallery(folder):
    """Return whether a folder holds a gallery and nothing else, so that it may be replaced."""
    try:
        description = json.loads((folder / _DESCRIPTION).read_text())
        names = {path.name for path in folder.iterdir()}
        own = names <= {_VECTORS, _IDENTITIES, _DESCRIPTION}
        return own and description["format"] == _FORMAT["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _write_blocks(path, blocks, n_rows):
    """Write blocks one after the other into one array, and return the mapped array."""
    blocks = iter(blocks)
    first = next(blocks)
    out = np.lib.format.open_memmap(path, "w+", first.dtype, (n_rows, *first.shape[1:]))
    row = 0
    for block in chain([first], blocks):
        out[row : row + len(block)] = block
        row += len(block)
    out.flush()
    return out


def load_gallery(folder, fingerprint):
    """Return the gallery of a folder, its vectors mapped and not read.

    Parameters
    ----------
    folder : str or Path
    fingerprint : str
        Of the matcher that the vectors must have been made for.

    Returns
    -------
    Gallery

    Raises
    ------
    ValueError
        If the folder holds no whole gallery, or was saved by a matcher with other weights.
    """
    folder = Path(folder)
    try:
        description = json.loads((folder / _DESCRIPTION).read_text())
        if {key: description[key] for key in _FORMAT} != _FORMAT:
            raise ValueError(f"{_DESCRIPTION} says {description}")
        vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
        identities = np.load(folder / _IDENTITIES, allow_pickle=False)
        shapes = [list(vectors.shape), str(vectors.dtype), list(identities.shape)]
        if shapes != [description["shape"], description["dtype"], [description["n_items"]]]:
            raise ValueError(f"its arrays are of {shapes}")
        if identities.dtype.kind not in "iuU" or len(identities) == 0:
            raise ValueError(f"its identities are of {identities.dtype}")
    except Exception as error:  # whatever a damaged file makes its reader say
        raise ValueError(f"{folder} is not a whole gallery of this version: {error}") from error
    if description.get("matcher") != fingerprint:
        raise ValueError(f"{folder} was saved by another matcher; its vectors do not fit.")
    return Gallery([vectors], identities)
