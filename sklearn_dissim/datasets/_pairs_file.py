"""Read lists of pairs in the format of LFW."""

from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sklearn_dissim.datasets._readable import list_some


def read_pairs_file(path, folder=None, *, suffix=".jpg"):
    r"""Read labelled pairs of images from a text file in the format of LFW's pairs.txt.

    The first line holds the number of folds, if there are several, and the number of same
    pairs in each fold, which is also that of different pairs. Each further line is a pair:
    ``name i j`` are the images i and j of one person, ``name1 i name2 j`` those of two persons.
    Image 1 of Ann_Lee is ``Ann_Lee/Ann_Lee_0001.jpg`` [1]_.

    Parameters
    ----------
    path : str or Path
        Text file in UTF-8.
    folder : str or Path, default=None
        Folder of the images: it is put before all paths, and every image must exist. None
        returns relative paths without looking for the images.
    suffix : str, default=".jpg"
        Suffix of the image files.

    Returns
    -------
    Bunch
        `paths`
            ndarray of str, shape (n_images,): all images of the pairs, each once, sorted.
        `indices`
            ndarray of int, shape (n_pairs, 2): rows of `paths`, for `IndexedPairs`.
        `y`
            ndarray of int, shape (n_pairs,): 1 for the same person, else 0.
        `groups`
            ndarray of str, shape (n_pairs, 2): both names.
        `folds`
            ndarray of int, shape (n_pairs,), from 0: for scikit-learn's PredefinedSplit.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or an image is missing.
    ValueError
        If a line is malformed, or there are more or fewer lines than the first line says. The
        message holds the number of the line.

    See Also
    --------
    ImageItems : Represent the images as items of pairs.

    References
    ----------
    .. [1] G. B. Huang et al., "Labeled Faces in the Wild", technical report 07-49,
       University of Massachusetts, Amherst, 2007.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_dissim.datasets import read_pairs_file
    >>> path = Path(tempfile.mkdtemp()) / "pairs.txt"
    >>> _ = path.write_text("1\t1\nAnn_Lee\t1\t4\nAnn_Lee\t1\tBob_Ray\t2\n")
    >>> faces = read_pairs_file(path)
    >>> faces.paths.tolist()
    ['Ann_Lee/Ann_Lee_0001.jpg', 'Ann_Lee/Ann_Lee_0004.jpg', 'Bob_Ray/Bob_Ray_0002.jpg']
    >>> faces.indices.tolist(), faces.y.tolist()
    ([[0, 1], [0, 2]], [1, 0])
    """
    path = Path(path)
    lines = _read_lines(path)
    n_folds, n_same = _read_header(lines[0], path)
    sides = [_read_pair(line, number, path) for number, line in enumerate(lines[1:], 2)]
    expected = 2 * n_folds * n_same
    if len(sides) != expected:
        raise ValueError(
            f"{path} must have {expected} pairs by its line 1, {n_folds} x 2 x {n_same}; it has "
            f"{len(sides)}, the last in line {len(lines)}."
        )
    groups = np.array([[name for name, _ in pair] for pair in sides])
    files = np.array(
        [[f"{name}/{name}_{number:04d}{suffix}" for name, number in pair] for pair in sides]
    )
    paths, rows = np.unique(files, return_inverse=True)
    return Bunch(
        paths=paths if folder is None else _existing(paths, Path(folder)),
        indices=rows.reshape(-1, 2),
        y=(groups[:, 0] == groups[:, 1]).astype(int),
        groups=groups,
        folds=np.repeat(np.arange(n_folds), 2 * n_same),
    )


def _read_lines(path):
    """Return the words of each line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error}.") from error
    lines = [line.split() for line in text.rstrip().splitlines()]
    if not lines:
        raise ValueError(f"{path} is empty; its first line must have the number of pairs.")
    return lines


def _read_header(words, path):
    """Return the numbers of folds and of same pairs in each fold."""
    counts = [int(word) for word in words if word.isdecimal()]
    if len(counts) != len(words) or len(counts) not in (1, 2) or not all(counts):
        raise ValueError(
            f"{path}, line 1: expected the number of folds and of same pairs in each, as in "
            f"'10 300', or of same pairs alone; got {' '.join(words)!r}."
        )
    return (1, *counts)[-2:]


def _read_pair(words, number, path):
    """Return the pair of a line, ((name, image), (name, image))."""
    one_name = len(words) == 3
    left, right = words[:2], [words[0], words[2]] if one_name else words[2:]
    if len(words) not in (3, 4) or not all(w.isdecimal() and int(w) for w in (left[1], right[1])):
        raise ValueError(
            f"{path}, line {number}: expected 'name i j' or 'name1 i name2 j' with images "
            f"numbered from 1; got {' '.join(words)!r}."
        )
    if left == right or (left[0] == right[0] and not one_name):
        raise ValueError(
            f"{path}, line {number}: expected two images of one person, or of two; "
            f"got {' '.join(words)!r}."
        )
    return (left[0], int(left[1])), (right[0], int(right[1]))


def _existing(paths, folder):
    """Return the paths in a folder; refuse those without a file."""
    paths = np.array([str(folder / path) for path in paths])
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of {len(paths)} images are missing: {list_some(missing)}."
        )
    return paths
