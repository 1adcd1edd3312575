"""Read images of people seen by several cameras."""

import re
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sklearn_dissim.datasets._image_items import check_image_options
from sklearn_dissim.datasets._readable import (
    check_on_error,
    image_files,
    readable_items,
    warn_of_skipped,
)

_PARTS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
_NAME = re.compile(r"(-1|\d+)_c(\d+)")


def read_market1501(folder, *, size=None, mode="RGB", on_error="raise"):
    """Read person re-identification images in the layout of Market-1501.

    File names say whom an image shows and which camera took it: ``0002_c1s1_000451_03.jpg``
    is person 2 seen by camera 1 [1]_. DukeMTMC-reID has the same layout. The images stay in
    their files (`ImageItems`); each is decoded once to make sure that it can be read.

    Parameters
    ----------
    folder : str or Path
        Folder that holds the folders bounding_box_train, query and bounding_box_test.
    size : int or (height, width), default=None
        Size in pixels to which images are resized. None if all have the same size already;
        those of Market-1501 have (128, 64).
    mode : {"RGB", "L"}, default="RGB"
        "RGB" for three colour channels, "L" for one of brightness.
    on_error : {"raise", "skip"}, default="raise"
        What to do about images that cannot be read or have another form of name: raise an
        error that names the first, or leave them out with a warning that counts them.

    Returns
    -------
    Bunch
        `train`, `query` and `gallery` (bounding_box_test), each a Bunch of

        `data`
            `ImageItems` of shape (n_items, channels, height, width).
        `identities`, `cameras`
            ndarrays of int, shape (n_items,): the person and the camera of each image.
        `paths`
            ndarray of str, shape (n_items,): the files.
        `skipped`
            list of str: images that were left out.

    Raises
    ------
    FileNotFoundError
        If the folder or one of its three parts does not exist.
    ImportError
        If Pillow is not installed.
    ValueError
        If a part holds no image, if images differ in size and `size` is None, or, by
        `on_error`, if an image cannot be read or has another form of name.

    See Also
    --------
    read_image_folder : Read a folder with one sub-folder for each identity.

    Notes
    -----
    Two identities of the gallery are no persons:

    - -1 is junk, boxes that show no person well. They count neither for nor against a ranking,
      so leave them out of the gallery.
    - 0 are distractors, people who are in no query. They stay in the gallery. A query that
      finds one is wrong, since no query has the identity 0. Make no pairs of them: two
      distractors are different persons.

    The usual protocol also ignores gallery items with the identity and the camera of the query.

    References
    ----------
    .. [1] L. Zheng et al., "Scalable person re-identification: a benchmark", ICCV 2015.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sklearn_dissim.datasets import read_market1501
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("bounding_box_train/0002_c1s1_000451_03", "query/0001_c1s1_001051_00",
    ...              "bounding_box_test/0001_c2s1_000301_01", "bounding_box_test/-1_c3s2_000_00"):
    ...     (folder / name).parent.mkdir(exist_ok=True)
    ...     Image.new("RGB", (64, 128)).save(folder / f"{name}.jpg")
    >>> market = read_market1501(folder)
    >>> market.gallery.data
    ImageItems(2 images of shape (3, 128, 64))
    >>> market.gallery.identities, market.gallery.cameras
    (array([-1,  1]), array([3, 2]))
    """
    check_image_options(size, mode)
    check_on_error(on_error)
    folder = Path(folder)
    missing = [name for name in _PARTS.values() if not (folder / name).is_dir()]
    if missing:
        raise FileNotFoundError(f"{folder} must hold a folder {' and one '.join(missing)}.")
    parts, skipped = {}, []
    for part, name in _PARTS.items():
        parts[part] = _read_part(folder / name, size, mode, on_error)
        skipped += parts[part].skipped
    warn_of_skipped(skipped, "images that cannot be read or have another form of name are")
    return Bunch(**parts)


def _read_part(folder, size, mode, on_error):
    """Return the images of one part, a Bunch with their persons and cameras."""
    files = image_files(folder)
    if not files:
        raise ValueError(f"{folder} holds no image.")
    names = [_NAME.match(path.name) for path in files]
    unnamed = [path for path, name in zip(files, names, strict=True) if name is None]
    if unnamed and (on_error == "raise" or len(unnamed) == len(files)):
        raise ValueError(
            f"{unnamed[0]} is not named as 0002_c1s1_000451_03.jpg is: a person, then a camera."
        )
    paths = [path for path, name in zip(files, names, strict=True) if name]
    numbers = np.array([name.groups() for name in names if name], dtype=int)
    data, kept = readable_items(paths, size=size, mode=mode, on_error=on_error)
    broken = [path for path, is_kept in zip(paths, kept, strict=True) if not is_kept]
    identities, cameras = numbers[kept].T
    return Bunch(
        data=data,
        identities=identities,
        cameras=cameras,
        paths=data.paths,
        skipped=[str(path) for path in unnamed + broken],
    )
