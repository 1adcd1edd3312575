"""The network of the dissimilarity space: a backbone and a linear head over |q - r|."""

import torch
from torch import nn

from sklearn_dissim._kernels.dissimilarity import dissimilarity


class PairModule(nn.Module):
    """Score pairs of items by w . |f(q) - f(r)| + b.

    Parameters
    ----------
    backbone : nn.Module
        f; maps (n, *item_shape) to (n, n_features).
    n_features : int
        Size of its output.
    objective : Objective
        Its `difference` is that of embeddings; `nonpositive` and `max_norm` constrain w.
    """

    def __init__(self, backbone, n_features, objective):
        super().__init__()
        self.backbone = backbone
        self.weight = nn.Parameter(torch.zeros(n_features))
        self.bias = nn.Parameter(torch.zeros(()))
        self.difference = objective.difference
        self.nonpositive, self.max_norm = objective.nonpositive, objective.norm_bound

    def embed(self, items):
        """Embed a batch of items: a tensor of shape (n, n_features)."""
        embeddings = self.backbone(items)
        expected, shape = (len(items), len(self.weight)), getattr(embeddings, "shape", ())
        if shape != expected:
            raise ValueError(
                f"backbone must return one vector an item, a tensor of shape {expected}; "
                f"got {type(embeddings).__name__} of shape {tuple(shape)}."
            )
        return embeddings.to(self.weight.dtype)  # of mixed precision

    def layer_outputs(self, items, layer):
        """Return what a layer of the backbone makes of a batch, as one vector an item."""
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
        """Score the pairs (left, right) of embeddings.

        Where `left` is None, each embedding is that of a dissimilarity vector.
        """
        if left is None:
            return embeddings @ self.weight + self.bias
        # Unlike embeddings[left], this adds up gradients in the same order every time.
        q, r = (embeddings.index_select(0, side) for side in (left, right))
        vectors = dissimilarity(q, r, self.difference)
        return vectors @ self.weight + self.bias

    @torch.no_grad()
    def start_uniform(self, embeddings, pairs, margin, *, small):
        """Begin as a plain distance that calls equal items the same, by two margins.

        A typical pair begins two margins below 0. With `small` the weights begin smaller, a
        typical pair at 0 or above: embeddings that can grow end up better when they have to.

        Parameters
        ----------
        embeddings : tensor of shape (n_items, n_features)
        pairs : BatchPairs
            Typical ones.
        margin : float
        small : bool
        """
        if pairs.left is None:  # embedded vectors are no differences: the head begins at 0
            return
        left, right = embeddings[pairs.left], embeddings[pairs.right]
        totals = dissimilarity(left, right, self.difference).sum(1)
        typical = (totals.dot(pairs.weights) / pairs.weights.sum()).clamp(min=1e-12)
        weight = 4 * margin / typical
        if small:
            weight = (weight / 2).clamp(max=0.1)
        self.weight.fill_(-weight)
        self.bias.fill_(2 * margin)
        self.project()

    @torch.no_grad()
    def project(self):
        """Project the head onto its constraints."""
        if self.nonpositive:
            self.weight.clamp_(max=0)
        norm = self.weight.norm()
        if norm > self.max_norm:
            self.weight.mul_(self.max_norm / norm)
