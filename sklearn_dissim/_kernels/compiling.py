"""Compile kernels with numba, cache what is compiled, and prepare arrays for them."""

from hashlib import sha256
from pathlib import Path

import numpy as np
from numba import njit

# Reassociation lets the compiler use vector registers; callers check that input is finite.
FASTMATH = frozenset({"reassoc", "nsz", "nnan", "ninf", "contract", "arcp"})


def _source_key():
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# Read once: kernels in memory are those of the sources as they were when this was imported.
SOURCE_KEY = _source_key()


def kernel(function):
    """Compile a function whose numbers are finite, without the interpreter's lock."""
    return _compiled(function, fastmath=set(FASTMATH))


def strict_kernel(function):
    """Compile a function in which NaN and infinity compare as they should."""
    return _compiled(function)


def _compiled(function, **options):
    # Numba answers from its cache on disk as long as the file of the *called* function is
    # unchanged, although functions from other files of this folder are inlined into it. The
    # cache's file names begin with the qualified name, so a key of all sources in that name
    # makes any change to any of them a miss. Names, unlike a stamp inside a shared file, also
    # keep processes apart that run two versions of the sources at a time.
    function.__qualname__ += f".{SOURCE_KEY}"
    options = {"nogil": True, "error_model": "numpy", **options}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return njit(**options)(function)


def frozen(array):
    """Return a read-only view, so that a kernel is compiled for one kind of array only."""
    view = array.view()
    view.flags.writeable = False
    return view


def doubled(array):
    """Return an array in double precision, contiguous."""
    return np.ascontiguousarray(array, dtype=np.float64)


def readable(rows):
    """Return rows as the kernels read them: single or double precision, contiguous."""
    rows = np.asarray(rows)
    # Single precision holds every half exactly, and processors compute in it.
    if rows.dtype == np.float16:
        rows = rows.astype(np.float32)
    return np.ascontiguousarray(rows, rows.dtype if rows.dtype == np.float32 else np.float64)
