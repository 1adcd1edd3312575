"""Layers that backbones begin and end with."""

import torch
from torch import nn
from torch.nn import functional


class Standardize(nn.Module):
    """Subtract a mean from features and divide them by a scale, both fixed before training.

    Parameters
    ----------
    mean, scale : array-like of shape (n_features,)
        Of the flattened items.

    See Also
    --------
    L2Normalize : The layer that the backbones by name end in.

    Examples
    --------
    >>> import torch
    >>> from sklearn_dissim.layers import Standardize
    >>> Standardize([1.0, 2.0], [0.5, 1.0])(torch.tensor([[2.0, 2.0]]))
    tensor([[2., 0.]])
    """

    def __init__(self, mean, scale):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean))
        self.register_buffer("scale", torch.as_tensor(scale))

    def forward(self, items):
        """Standardize a batch.

        Parameters
        ----------
        items : tensor of shape (n_items, ...)
            Items of any shape.

        Returns
        -------
        tensor of shape (n_items, n_features)
            The flattened items, standardized.
        """
        return (items.flatten(1) - self.mean) / self.scale


class L2Normalize(nn.Module):
    """Divide each embedding by its length.

    As the last layer of a backbone it bounds all differences, so that the margin against the
    norm of the weights says how far apart identities must lie. But an item that is unlike
    everything can no longer say so by a short embedding, which costs accuracy where one
    threshold must serve all identities.

    See Also
    --------
    Standardize : The layer that the backbones by name begin with.

    Examples
    --------
    >>> import torch
    >>> from sklearn_dissim.layers import L2Normalize
    >>> backbone = torch.nn.Sequential(torch.nn.Linear(4, 2), L2Normalize())
    >>> torch.allclose(backbone(torch.rand(3, 4)).norm(dim=1), torch.ones(3))
    True
    """

    def __init__(self):
        super().__init__()

    def forward(self, embeddings):
        """Normalize a batch.

        Parameters
        ----------
        embeddings : tensor of shape (n_items, n_features)
            Vectors of any length.

        Returns
        -------
        tensor of shape (n_items, n_features)
            Vectors of length 1; a vector of zeros stays what it is.
        """
        return functional.normalize(embeddings)
