"""ImageItems: images that stay in their files until they are indexed."""

import os

import numpy as np

from sklearn_dissim._utils.checks import is_count

_CHANNELS = {"RGB": 3, "L": 1}


class ImageItems:
    """Represent image files as an array that is read from disk where it is indexed.

    To scikit-learn and to this package it looks like an array of shape
    ``(n_items, channels, height, width)``, as torch modules take them. Indexing by a row, a
    slice, a list of rows or a mask decodes these images into an array of float32;
    `numpy.asarray` decodes all. The object holds only paths, so it is cheap to copy and to
    pickle.

    Parameters
    ----------
    paths : sequence of str or Path
        One file for each item, in any format that Pillow reads.
    size : int or (height, width), default=None
        Size in pixels to which images are resized, whatever their proportions; an int makes
        squares. None leaves images as they are: then all must have the size of the first.
    mode : {"RGB", "L"}, default="RGB"
        "RGB" for three colour channels, "L" for one of brightness.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    ValueError
        If a parameter is invalid or, where an image is decoded, if the file cannot be read or
        has another size. The message names the file.

    See Also
    --------
    read_image_folder : Read a folder with one sub-folder for each identity.

    Notes
    -----
    Values lie between 0 and 1. Photographs are turned upright as their EXIF data say;
    transparent parts become white. Pixels of 16 or 32 bits are refused.

    Estimators check all items at once, so `fit` decodes all of them into one array. Pairs,
    splits and copies made before stay small.

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
            self._size = decode_image(self._paths[0], None, mode).shape[1:]
        self._resized = size is not None

    @property
    def paths(self):
        """Paths of the files, an array of str of shape (n_items,)."""
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
            return self._decode(chosen)
        if chosen.ndim != 1:
            raise IndexError(f"images cannot be indexed by {key!r}.")
        images = np.empty((len(chosen), *self.shape[1:]), self.dtype)
        for image, path in zip(images, chosen, strict=True):
            image[:] = self._decode(path)
        return images

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("ImageItems become an array only by a copy.")
        return self[:].astype(dtype or self.dtype, copy=False)

    def reshape(self, *shape):
        """Decode all images into an array of another shape.

        Parameters
        ----------
        *shape : int or tuple of int
            Shape of the array, as `numpy.ndarray.reshape` takes it.

        Returns
        -------
        ndarray of float32
            The decoded images.
        """
        return self[:].reshape(*shape)

    def _decode(self, path):
        image = decode_image(path, self._size if self._resized else None, self._mode)
        if image.shape[1:] != self._size:
            raise ValueError(message_of_sizes(self._paths[0], self._size, path, image.shape[1:]))
        return image


def check_image_options(size, mode):
    """Refuse a size or a mode that `ImageItems` does not take."""
    if not isinstance(mode, str) or mode not in _CHANNELS:
        raise ValueError(f"mode must be 'RGB' or 'L'; got {mode!r}.")
    sides = () if size is None else as_size(size)
    if len(sides) not in (0, 2) or not all(map(is_count, sides)):
        raise ValueError(
            f"size must be None, a whole number of pixels or (height, width); got {size!r}."
        )


def as_size(size):
    """Return (height, width) of a `size`, or None."""
    if size is None:
        return None
    return tuple(size) if isinstance(size, list | tuple) else (size, size)


def message_of_sizes(first, first_size, second, second_size):
    """Return the message about two images of different sizes where all must have the same."""
    return (
        f"size must be given where images differ in size: {first} has {first_size[0]} x "
        f"{first_size[1]} pixels, {second} {second_size[0]} x {second_size[1]}."
    )


def decode_image(path, size, mode):
    """Decode a file into float32 of shape (channels, height, width), from 0 to 1.

    Parameters
    ----------
    path : str
    size : (height, width) or None
        Size to which the image is resized; None leaves it as it is.
    mode : {"RGB", "L"}

    Returns
    -------
    ndarray
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
    except Exception as error:  # decoders raise almost any exception on broken files
        raise ValueError(f"{path} cannot be read as an image: {error}.") from error
    return np.moveaxis(np.atleast_3d(pixels), -1, 0)


def _opaque(image, image_module):
    """Return an image on white paper if parts of it are transparent."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    paper = image_module.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper


def _pillow():
    """Return the modules of Pillow; say how to install it if it is missing."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(
            "Reading images needs Pillow; install it by: pip install pillow"
        ) from error
    return Image, ImageOps
