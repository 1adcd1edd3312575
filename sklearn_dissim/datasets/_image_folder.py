"""Read images from a folder that has one sub-folder for each identity."""

from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sklearn_dissim.datasets._image_items import check_image_options
from sklearn_dissim.datasets._readable import (
    check_on_error,
    image_files,
    list_some,
    readable_items,
    warn_of_skipped,
)


def read_image_folder(folder, *, size=None, mode="RGB", on_error="raise"):
    """Read images from sub-folders, one for each identity.

    The layout is that of torchvision's ImageFolder. The images stay in their files
    (`ImageItems`); each is decoded once to make sure that it can be read. Sub-folders may have
    sub-folders of their own: the uppermost one is the identity. Hidden files, files outside any
    sub-folder and files without the suffix of an image are ignored.

    Parameters
    ----------
    folder : str or Path
        Folder that holds the sub-folders.
    size : int or (height, width), default=None
        Size in pixels to which images are resized. None if all have the same size already.
    mode : {"RGB", "L"}, default="RGB"
        "RGB" for three colour channels, "L" for one of brightness.
    on_error : {"raise", "skip"}, default="raise"
        What to do about images that cannot be read and identities without an image: raise
        an error that names the first, or leave them out with a warning that counts them.

    Returns
    -------
    Bunch
        `data`
            `ImageItems` of shape (n_items, channels, height, width).
        `identities`
            ndarray of str, shape (n_items,): names of the sub-folders, sorted.
        `paths`
            ndarray of str, shape (n_items,): the files.
        `skipped`
            list of str: images and folders that were left out.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ImportError
        If Pillow is not installed.
    ValueError
        If the folder has no sub-folder, if images differ in size and `size` is None, or, by
        `on_error`, if an image cannot be read or an identity has none.

    See Also
    --------
    read_image_set : Read images and labels from one file.
    read_market1501 : Read people seen by several cameras.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sklearn_dissim import make_pairs
    >>> from sklearn_dissim.datasets import read_image_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, colour in {"ann": "red", "bob": "blue"}.items():
    ...     (folder / name).mkdir()
    ...     for i in range(2):
    ...         Image.new("RGB", (20 + i, 20), colour).save(folder / name / f"{i}.png")
    >>> people = read_image_folder(folder, size=16)
    >>> people.data, people.identities.tolist()
    (ImageItems(4 images of shape (3, 16, 16)), ['ann', 'ann', 'bob', 'bob'])
    >>> pairs, y, groups = make_pairs(people.data, people.identities, random_state=0)
    >>> pairs.shape
    (4, 2, 3, 16, 16)
    """
    check_image_options(size, mode)
    check_on_error(on_error)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"folder must name a folder; there is none at {folder}.")
    sub_folders = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if not sub_folders:
        raise ValueError(f"folder must hold one sub-folder an identity; {folder} holds none.")
    files = {path: image_files(path) for path in sub_folders}
    empty = [path for path, images in files.items() if not images]
    if empty and (on_error == "raise" or len(empty) == len(files)):
        raise ValueError(
            f"{len(empty)} of {len(files)} identities have no image: {list_some(empty)}."
        )

    paths = [image for images in files.values() for image in images]
    identities = np.repeat([path.name for path in files], [len(i) for i in files.values()])
    data, kept = readable_items(paths, size=size, mode=mode, on_error=on_error)
    broken = [path for path, is_kept in zip(paths, kept, strict=True) if not is_kept]
    warn_of_skipped(broken, "images that cannot be read are")
    warn_of_skipped(empty, "identities without an image are")
    return Bunch(
        data=data,
        identities=identities[kept],
        paths=data.paths,
        skipped=[str(path) for path in broken + empty],
    )
