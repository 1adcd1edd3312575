"""Read images and labels that are stored in one file of NumPy."""

import os
import zipfile
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

_VARIABLE = "SKLEARN_DISSIM_DATA"


def read_image_set(name):
    """Read images with identities from a ``.npz`` file.

    The file holds the arrays `images`, of shape (n_items, height, width) or (n_items, height,
    width, 3), `labels` (n_items,) and `names` (n_identities,). Labels are positions in `names`.
    The file may hold other arrays, such as the drawer or the vendor of each image.

    Parameters
    ----------
    name : str or Path
        Path of the file. A name without folder and suffix is looked for in the folder that the
        environment variable SKLEARN_DISSIM_DATA names.

    Returns
    -------
    Bunch
        `data`
            ndarray, the images as they are stored.
        `identities`
            ndarray of int, shape (n_items,): the labels.
        `names`
            ndarray of str, shape (n_identities,).

        All other arrays of the file have the names that they have in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or the variable is not set.
    ValueError
        If the file holds no such arrays. Pickled objects are refused.

    See Also
    --------
    read_image_folder : Read a folder with one sub-folder for each identity.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn_dissim.datasets import read_image_set
    >>> path = Path(tempfile.mkdtemp()) / "letters.npz"
    >>> np.savez(path, images=np.zeros((3, 8, 8), np.uint8), labels=[0, 1, 1],
    ...          names=["alpha", "beta"], drawer=[0, 0, 1])
    >>> letters = read_image_set(path)
    >>> letters.data.shape, letters.names[letters.identities].tolist()
    ((3, 8, 8), ['alpha', 'beta', 'beta'])
    >>> letters.drawer
    array([0, 0, 1])
    """
    path = _find_file(Path(name))
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (ValueError, OSError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as an .npz file: {error}") from error
    _check_arrays(arrays, path)
    return Bunch(data=arrays.pop("images"), identities=arrays.pop("labels"), **arrays)


def _find_file(path):
    """Return the path of the file, perhaps in the folder that the variable names."""
    if path.suffix == ".npz" or len(path.parts) > 1:
        if not path.is_file():
            raise FileNotFoundError(f"name must be that of a file; there is none at {path}.")
        return path
    folder = os.environ.get(_VARIABLE)
    if not folder:
        raise FileNotFoundError(
            f"Set the environment variable {_VARIABLE} to the folder that holds {path}.npz, or "
            "give the path of the file."
        )
    file = Path(folder) / f"{path}.npz"
    if not file.is_file():
        sets = ", ".join(sorted(p.stem for p in Path(folder).glob("*.npz"))) or "none"
        raise FileNotFoundError(
            f"There is no {file}; {_VARIABLE} must name the folder with it. Sets that are "
            f"there: {sets}."
        )
    return file


def _check_arrays(arrays, path):
    """Refuse arrays that are no images, labels and names."""
    missing = {"images", "labels", "names"} - set(arrays)
    if missing:
        raise ValueError(
            f"{path} must hold the arrays images, labels and names; it lacks "
            f"{', '.join(sorted(missing))}."
        )
    images, labels, names = arrays["images"], arrays["labels"], arrays["names"]
    if images.ndim < 3 or not len(images) or labels.shape != images.shape[:1] or names.ndim != 1:
        raise ValueError(
            f"{path} must hold some images (n_items, height, width, ...), labels (n_items,) and "
            f"names (n_identities,); got shapes {images.shape}, {labels.shape} and {names.shape}."
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(names):
        raise ValueError(
            f"{path} must hold labels that are whole numbers from 0 to {len(names) - 1}, one of "
            f"the {len(names)} names; got {labels.dtype} from {labels.min()} to {labels.max()}."
        )
