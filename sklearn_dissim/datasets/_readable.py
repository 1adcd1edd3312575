"""Images that can be read, told from those that cannot before any work is done."""

import numpy as np

from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.datasets._image_items import ImageItems, as_size, decoded, sizes_differ

_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
_N_NAMED = 5


def image_files(folder):
    """Files with the suffix of an image in a folder and those below it, sorted; none hidden."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    return sorted(
        path
        for path in found
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def check_on_error(on_error):
    """One of "raise" and "skip"."""
    if not isinstance(on_error, str) or on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip'; got {on_error!r}.")


def readable_items(paths, *, size, mode, on_error):
    """Items of the images that can be read; each is decoded once to know.

    Parameters
    ----------
    paths : list of Path
    size, mode : as in `ImageItems`
    on_error : {"raise", "skip"}

    Returns
    -------
    items : ImageItems
    kept : ndarray of bool, shape (n_paths,)
    """
    sizes = {}
    for row, path in enumerate(paths):
        try:
            sizes[row] = decoded(path, as_size(size), mode).shape[1:]
        except ValueError:
            if on_error == "raise":
                raise
    kept = np.isin(np.arange(len(paths)), list(sizes))
    if not kept.any():
        raise ValueError(f"None of the {len(paths)} images can be read: {named(paths)}.")
    first = int(np.argmax(kept))
    for row, other in sizes.items():
        if other != sizes[first]:
            raise ValueError(sizes_differ(paths[first], sizes[first], paths[row], other))
    return ImageItems(
        [p for p, k in zip(paths, kept, strict=True) if k], size=size, mode=mode
    ), kept


def warn_of_skipped(skipped, what):
    """Say how many were left out, and which."""
    if skipped:
        warn_user(f"{len(skipped)} {what} left out: {named(skipped)}.")


def named(paths):
    """The first few paths, and how many more there are."""
    listed = ", ".join(str(path) for path in paths[:_N_NAMED])
    more = len(paths) - _N_NAMED
    return f"{listed} and {more} more" if more > 0 else listed
