"""List image files, and tell the readable ones from the broken ones before any work is done."""

import numpy as np

from sklearn_dissim._utils.user_warnings import warn_user
from sklearn_dissim.datasets._image_items import ImageItems, as_size, decode_image, message_of_sizes

_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
_N_LISTED = 5


def image_files(folder):
    """Return the image files in a folder and all folders below it, sorted.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        Files with the suffix of an image; none that is hidden or in a hidden folder.
    """
    candidates = (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    return sorted(
        path
        for path in candidates
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def check_on_error(on_error):
    """Refuse what is neither "raise" nor "skip"."""
    if not isinstance(on_error, str) or on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip'; got {on_error!r}.")


def readable_items(paths, *, size, mode, on_error):
    """Return the images that can be read as items, after decoding each file once.

    Parameters
    ----------
    paths : list of Path
    size, mode
        Parameters of `ImageItems`.
    on_error : {"raise", "skip"}
        Whether a broken file is an error or left out.

    Returns
    -------
    items : ImageItems
    kept : ndarray of bool, shape (n_paths,)
        Whether each file can be read.
    """
    sizes = {}
    for row, path in enumerate(paths):
        try:
            sizes[row] = decode_image(path, as_size(size), mode).shape[1:]
        except ValueError:
            if on_error == "raise":
                raise
    kept = np.isin(np.arange(len(paths)), list(sizes))
    if not kept.any():
        raise ValueError(f"None of the {len(paths)} images can be read: {list_some(paths)}.")
    first = int(np.argmax(kept))
    for row, other in sizes.items():
        if other != sizes[first]:
            raise ValueError(message_of_sizes(paths[first], sizes[first], paths[row], other))
    return ImageItems(
        [p for p, k in zip(paths, kept, strict=True) if k], size=size, mode=mode
    ), kept


def warn_of_skipped(skipped, what):
    """Warn of files or folders that were left out, with their number and the first names."""
    if skipped:
        warn_user(f"{len(skipped)} {what} left out: {list_some(skipped)}.")


def list_some(paths):
    """Return the first few paths, and how many more there are, as text."""
    names = ", ".join(str(path) for path in paths[:_N_LISTED])
    more = len(paths) - _N_LISTED
    return f"{names} and {more} more" if more > 0 else names
