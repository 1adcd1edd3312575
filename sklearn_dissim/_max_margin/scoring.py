"""How a fitted classifier embeds items and compares pairs of them: functions of what it learned."""

import numpy as np

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._pairs.containers import map_items


def embedded_items(fitted, items, *, batch_size, layer=None, verbose=0):
    """Embed items by the network, and whiten the embeddings if training ended so.

    Parameters
    ----------
    fitted : Fitted
        With a network.
    items : ndarray of shape (n_items, ...)
    batch_size : int
    layer : str, default=None
        Return the outputs of this layer instead, as they are.
    verbose : int, default=0

    Returns
    -------
    ndarray of shape (n_items, n_embedding)
    """
    from sklearn_dissim._max_margin.training.network import embed_items

    if items.shape[1:] != fitted.item_shape:
        raise ValueError(
            f"items must have the shape {fitted.item_shape} of those seen in fit; "
            f"got {items.shape[1:]}."
        )
    options = {"batch_size": batch_size, "layer": layer, "verbose": verbose}
    embeddings = embed_items(fitted.net.module_, items, **options)
    if layer is not None or fitted.whitening is None:
        return embeddings
    return fitted.whitening.transform(embeddings)


def matrix_of(fitted, pairs, **options):
    """Return the matrix of dissimilarity vectors of checked pairs, through the network if any.

    Parameters
    ----------
    fitted : Fitted
    pairs : ndarray or IndexedPairs
    **options
        Of `embedded_items`.

    Returns
    -------
    VectorMatrix or PairMatrix
    """
    if fitted.net is None:
        return dissimilarity_matrix(pairs, fitted.difference)
    vectors = isinstance(pairs, np.ndarray)
    if vectors != fitted.recipe.vectors:
        seen, got = ("dissimilarity vectors", "pairs of items")[:: -1 if vectors else 1]
        raise ValueError(f"X must hold {seen}, as in fit, for the backbone to embed; got {got}.")

    def embed(items):
        return embedded_items(fitted, items, **options)

    embedded = embed(pairs) if vectors else map_items(pairs, embed)
    return dissimilarity_matrix(embedded, fitted.difference)


def check_layer(fitted, layer):
    """Refuse the name of a layer that the backbone does not have."""
    if layer is None:
        return
    if fitted.net is None:
        raise ValueError(f"layer needs a backbone; got layer={layer!r} without one.")
    names = [name for name, _ in fitted.net.module_.backbone.named_modules() if name]
    if layer not in names:
        raise ValueError(f"layer must be one of the backbone's, {names}; got {layer!r}.")
