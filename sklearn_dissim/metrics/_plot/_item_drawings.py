"""Draw single items in cells of a picture: images, vectors, records."""

import textwrap

import numpy as np

_MOST_LINES, _MOST_CHARACTERS = 6, 26


def drawings_for(items, cmap):
    """Choose how to draw items: as images, as bars of vectors, or as lines of text.

    Parameters
    ----------
    items : list of arrays or DataFrames
        All items that will be drawn, of one kind: images of shape (n, height, width), with
        colours last or, as torch has them, first; vectors (n, n_features); DataFrames; or texts
        (n,).
    cmap : str
        Colormap of images that have no colours of their own.

    Returns
    -------
    ImageCells, VectorCells or TextCells
        Each has the ``width`` and ``height`` of a cell in inches, and
        ``draw(ax, items, row, corner)``, which draws an item into the cell whose left bottom
        corner is given, and returns the artist.
    """
    if hasattr(items[0], "columns") or np.ndim(items[0]) == 1:
        return TextCells(items)
    if np.ndim(items[0]) == 2:
        return VectorCells(items)
    return ImageCells(items, cmap)


class ImageCells:
    """Draw images, all to one scale of brightness."""

    def __init__(self, items, cmap):
        self._cmap = cmap
        images = [self._with_colours_last(np.asarray(part)) for part in items]
        self._low, self._high = _value_range(images)
        height, width = images[0].shape[1:3]
        # So that cells have about one area, whatever the format of the images.
        self.height = float(np.clip(0.9 * np.sqrt(height / width), 0.5, 1.6))
        self.width = self.height * width / height

    @staticmethod
    def _with_colours_last(images):
        """Return images as matplotlib takes them: grey ones without an axis of colours."""
        if images.ndim not in (3, 4):
            raise ValueError(
                "Items to draw must be images of shape (n, height, width) or with colours, "
                f"vectors, records or texts; got shape {images.shape}."
            )
        if images.ndim == 4 and images.shape[-1] not in (1, 3, 4):
            images = np.moveaxis(images, 1, -1)
        return images[..., 0] if images.ndim == 4 and images.shape[-1] == 1 else images

    def draw(self, ax, items, row, corner):
        """Draw one item into the cell at a corner, and return the artist."""
        image = self._with_colours_last(np.asarray(items)[row : row + 1])[0]
        if image.ndim == 3 and image.dtype.kind == "f":
            image = (image - self._low) / (self._high - self._low)
        left, bottom = corner
        return ax.imshow(
            image,
            cmap=self._cmap,
            vmin=self._low,
            vmax=self._high,
            extent=(left, left + self.width, bottom, bottom + self.height),
        )


class VectorCells:
    """Draw vectors as bars from a line at 0, all to one scale."""

    width, height = 1.1, 0.6

    def __init__(self, items):
        low, high = _value_range([np.asarray(part) for part in items])
        self._low, self._high = min(low, 0.0), max(high, 0.0)

    def draw(self, ax, items, row, corner):
        """Draw one item into the cell at a corner, and return the artist."""
        left, bottom = corner
        values = np.asarray(items)[row]
        heights = (np.append(values, values[-1]) - self._low) / (self._high - self._low)
        zero = bottom - self._low / (self._high - self._low) * self.height
        edges = left + np.linspace(0, self.width, len(heights))
        return ax.fill_between(
            edges, zero, bottom + heights * self.height, step="post", color="#444444", linewidth=0
        )


class TextCells:
    """Draw records, a line "name: value" for each column, or texts."""

    width = 1.75

    def __init__(self, items):
        n_lines = max(len(self._lines(part, row)) for part in items for row in range(len(part)))
        self.height = 0.15 * n_lines + 0.12

    @staticmethod
    def _lines(items, row):
        """Return the lines of one item, shortened to fit into a cell."""
        if hasattr(items, "columns"):
            values = np.asarray(items[row : row + 1], dtype=object)[0]
            lines = [f"{name}: {value}" for name, value in zip(items.columns, values, strict=True)]
            lines = [textwrap.shorten(line, _MOST_CHARACTERS, placeholder="…") for line in lines]
        else:
            lines = textwrap.wrap(str(items[row]), _MOST_CHARACTERS) or [""]
        return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"]

    def draw(self, ax, items, row, corner):
        """Draw one item into the cell at a corner, and return the artist."""
        left, bottom = corner
        text = "\n".join(self._lines(items, row))
        return ax.text(left + 0.06, bottom + self.height / 2, text, va="center", fontsize=7)


def _value_range(parts):
    """Return the lowest and the highest value of all, or the whole range of eight bits."""
    if all(part.dtype == np.uint8 for part in parts):
        return 0, 255
    low = float(min(part.min() for part in parts))
    high = float(max(part.max() for part in parts))
    return low, high if high > low else low + 1.0
