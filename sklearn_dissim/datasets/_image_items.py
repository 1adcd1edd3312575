"""ImageItems: images in files, decoded when they are asked for."""

import os

import numpy as np

from sklearn_dissim._utils.checks import is_count

_CHANNELS = {"RGB": 3, "L": 1}


class ImageItems:
    """Image files as items: an array that is read from disk where it is indexed.

    To scikit-learn and to this package it looks like an array of shape
    ``(n_items, channels, height, width)``, as torch modules take them. An item, a slice, a
    list of rows or a mask is decoded into an array of float32; only `numpy.asarray` decodes
    all. It holds nothing but paths, so it is cheap to copy and to pickle.

    Parameters
    ----------
    paths : sequence of str or Path
        One file an item, in any format that Pillow reads.
    size : int or (height, width), default=None
        Images are resized to it, whatever their proportions; an int makes squares. None
        leaves them as they are: then all must have the size of the first.
    mode : {"RGB", "L"}, default="RGB"
        Three colour channels, or one of brightness.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    ValueError
        If a parameter is no such thing; wherever an image is decoded, if it cannot be read
        or has another size. The message names the file.

    Notes
    -----
    Values lie between 0 and 1. Photographs that say in their EXIF data how they were held
    are turned upright; transparent parts become white. Pixels of 16 or 32 bits are refused.

    Estimators check all items at once and so decode them into one array; what stays small
    are the pairs, splits and copies made before.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sklearn_dissim.datasets import ImageItems
    >>> path = Path(tempfile.mkdtemp()) / "red.png"
    >>> Image.new("RGB", (40, 20), "red").save(path)
    >>> items = ImageItems([path, path], size=(16, 8))
    >>> items
    ImageItems(2 images of shape (3, 16, 8))
    >>> items[0][:, 0, 0]
    array([1., 0., 0.], dtype=float32)
    """

    dtype = np.dtype(np.float32)
    ndim = 4

    def __init__(self, paths, *, size=None, mode="RGB"):
        check_image_options(size, mode)
        if isinstance(paths, str | os.PathLike):
            raise ValueError(f"paths must be a sequence of paths; got one path, {str(paths)!r}.")
        self._paths = np.array([os.fspath(path) for path in paths], dtype=str)
        if not len(self._paths):
            raise ValueError("paths must hold at least one image; got none.")
        self._mode = mode
        self._size = as_size(size)
        if self._size is None:
            self._size = decoded(self._paths[0], None, mode).shape[1:]
        self._resized = size is not None

    @property
    def paths(self):
        """The files, an array of str of shape (n_items,)."""
        return self._paths

    @property
    def shape(self):
        """``(n_items, channels, height, width)``."""
        return (len(self._paths), _CHANNELS[self._mode], *self._size)

    def __len__(self):
        return len(self._paths)

    def __repr__(self):
        return f"{type(self).__name__}({len(self)} images of shape {self.shape[1:]})"

    def __getitem__(self, key):
        if isinstance(key, tuple):  # scikit-learn asks for X[rows, ...]
            if len(key) != 2 or key[1] is not Ellipsis:
                raise IndexError(
                    "ImageItems are indexed by item only; np.asarray(items) gives the whole array."
                )
            key = key[0]
        if isinstance(key, range):
            key = np.arange(key.start, key.stop, key.step)
        elif isinstance(key, list):
            key = np.asarray(key, dtype=None if key else np.intp)
        chosen = self._paths[key]
        if isinstance(chosen, str):
            return self._decoded(chosen)
        if chosen.ndim != 1:
            raise IndexError(f"images cannot be indexed by {key!r}.")
        images = np.empty((len(chosen), *self.shape[1:]), self.dtype)
        for image, path in zip(images, chosen, strict=True):
            image[:] = self._decoded(path)
        return images

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("ImageItems become an array only by a copy.")
        return self[:].astype(dtype or self.dtype, copy=False)

    def reshape(self, *shape):
        """All images, decoded, in another shape.

        Parameters
        ----------
        *shape : ints, or one tuple of them

        Returns
        -------
        ndarray of float32
        """
        return self[:].reshape(*shape)

    def _decoded(self, path):
        image = decoded(path, self._size if self._resized else None, self._mode)
        if image.shape[1:] != self._size:
            raise ValueError(sizes_differ(self._paths[0], self._size, path, image.shape[1:]))
        return image


def check_image_options(size, mode):
    """Refuse a size or mode that is none."""
    if not isinstance(mode, str) or mode not in _CHANNELS:
        raise ValueError(f"mode must be 'RGB' or 'L'; got {mode!r}.")
    sides = () if size is None else as_size(size)
    if len(sides) not in (0, 2) or not all(map(is_count, sides)):
        raise ValueError(
            f"size must be None, a whole number of pixels or (height, width); got {size!r}."
        )


def as_size(size):
    """(height, width), or None."""
    if size is None:
        return None
    return tuple(size) if isinstance(size, list | tuple) else (size, size)


def sizes_differ(first, first_size, other, other_size):
    """What to say of two images of different sizes where all must have one."""
    return (
        f"size must be given where images differ in size: {first} has {first_size[0]} x "
        f"{first_size[1]} pixels, {other} {other_size[0]} x {other_size[1]}."
    )


def decoded(path, size, mode):
    """An image as float32 of shape (channels, height, width), from 0 to 1.

    Parameters
    ----------
    path : str
    size : (height, width) or None
    mode : {"RGB", "L"}
    """
    image_module, orientation = _pillow()
    try:
        with image_module.open(path) as file:
            image = orientation.exif_transpose(file)
            if image.mode[0] in "IF":
                raise ValueError(f"pixels of mode {image.mode} have more than 8 bits")
            image = _opaque(image, image_module).convert(mode)
            if size is not None and image.size != size[::-1]:
                image = image.resize(size[::-1], image_module.Resampling.BILINEAR)
            pixels = np.asarray(image, np.float32) / 255
    except Exception as error:  # the decoders of broken files raise almost anything
        raise ValueError(f"{path} cannot be read as an image: {error}.") from error
    return np.moveaxis(np.atleast_3d(pixels), -1, 0)


def _opaque(image, image_module):
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    paper = image_module.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper


def _pillow():
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(
            "Reading images needs Pillow; install it by: pip install pillow"
        ) from error
    return Image, ImageOps
