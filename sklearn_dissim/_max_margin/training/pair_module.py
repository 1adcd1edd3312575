"""The network of the dissimilarity space: a backbone and a linear head over |q - r|."""

import torch
from torch import nn
from torch.nn import functional

from sklearn_dissim._kernels.dissimilarity import dissimilarity


class PairModule(nn.Module):
    """Scores of pairs of items: w . |f(q) - f(r)| + b.

    Parameters
    ----------
    backbone : nn.Module
        f; maps (n, *item_shape) to (n, n_features).
    n_features : int
        Size of its output.
    difference : str
        As in `dissimilarity`.
    normalize : {"l2", "none"}
        What is done to embeddings.
    nonpositive : bool
        Hold w at or below 0.
    max_norm : float or None
        Largest norm of w.
    """

    def __init__(self, backbone, n_features, *, difference, normalize, nonpositive, max_norm):
        super().__init__()
        self.backbone = backbone
        self.weight = nn.Parameter(torch.zeros(n_features))
        self.bias = nn.Parameter(torch.zeros(()))
        self.difference, self.normalize = difference, normalize
        self.nonpositive, self.max_norm = nonpositive, max_norm

    def embed(self, items):
        """Embeddings of a batch of items, shape (n, n_features)."""
        embeddings = self.backbone(items)
        expected, shape = (len(items), len(self.weight)), getattr(embeddings, "shape", ())
        if shape != expected:
            raise ValueError(
                f"backbone must return one vector an item, a tensor of shape {expected}; "
                f"got {type(embeddings).__name__} of shape {tuple(shape)}."
            )
        embeddings = embeddings.to(self.weight.dtype)  # of mixed precision
        return functional.normalize(embeddings) if self.normalize == "l2" else embeddings

    def layer_outputs(self, items, layer):
        """What a layer of the backbone, by name, makes of a batch, as one vector an item."""
        outputs = []

        def keep(module, inputs, output):
            if not isinstance(output, torch.Tensor):
                kind = type(output).__name__
                raise ValueError(f"layer {layer!r} must put out a tensor; got a {kind}.")
            outputs.append(output.clone())  # before what follows changes it in place

        hook = self.backbone.get_submodule(layer).register_forward_hook(keep)
        try:
            self.backbone(items)
        finally:
            hook.remove()
        if not outputs:
            raise ValueError(f"layer {layer!r} takes no part in the backbone's forward pass.")
        return outputs[-1].flatten(1).to(self.weight.dtype)

    def scores(self, embeddings, left, right):
        """Scores of the pairs (left, right) of embeddings; of these themselves if None."""
        if left is None:
            return embeddings @ self.weight + self.bias
        # Unlike embeddings[left], this adds up gradients in the same order every time.
        q, r = (embeddings.index_select(0, side) for side in (left, right))
        vectors = dissimilarity(q, r, self.difference)
        return vectors @ self.weight + self.bias

    @torch.no_grad()
    def start_uniform(self, embeddings, pairs, margin, *, may_grow):
        """Begin as a plain distance that calls equal items the same, by two margins.

        A typical pair begins two margins below 0. Embeddings that `may_grow` apart end up
        better when they have to: there the weights begin small, a typical pair at 0 or above.

        Parameters
        ----------
        embeddings : tensor of shape (n_items, n_features)
        pairs : BatchPairs
            Typical ones.
        margin : float
        may_grow : bool
        """
        if pairs.left is None:  # vectors are no differences: the head begins at 0
            return
        left, right = embeddings[pairs.left], embeddings[pairs.right]
        totals = dissimilarity(left, right, self.difference).sum(1)
        typical = (totals.dot(pairs.weights) / pairs.weights.sum()).clamp(min=1e-12)
        weight = 4 * margin / typical
        if may_grow:
            weight = (weight / 2).clamp(max=0.1)
        self.weight.fill_(-weight)
        self.bias.fill_(2 * margin)
        self.project()

    @torch.no_grad()
    def project(self):
        """Put the head back into its constraints."""
        if self.nonpositive:
            self.weight.clamp_(max=0)
        if self.max_norm is not None:
            norm = self.weight.norm()
            if norm > self.max_norm:
                self.weight.mul_(self.max_norm / norm)
