"""Train the column's network by the losses of pytorch-metric-learning.

Batches, number of steps, optimizer, learning-rate schedule and the three learning rates to choose
from are the same as ours. Euclidean distance or cosine is chosen on validation identities. The
losses have their authors' margins, which are the library's defaults. One of the networks is also
judged by the layers that our recipe takes, with the strongest metric of features.
"""

import numpy as np
import torch
from torch import nn

from benchmarks.accuracy.distances import fit_whitening
from benchmarks.accuracy.method import Method
from benchmarks.accuracy.networks import fit_layers, named_network
from benchmarks.training_loop import IdentityBatches, one_cycle, set_learning_rate


def rates(column):
    """Return the learning rates to choose from."""
    return [{"lr": rate} for rate in column.rates]


def batches_of(column, part):
    """Return the column's batches of identities and samples."""
    return IdentityBatches(part.identities, n_identities(column, part), column.n_samples)


def n_identities(column, part):
    """Return the number of identities in a batch, at most those that have two items."""
    return min(column.n_identities, (np.unique(part.identities, return_counts=True)[1] > 1).sum())


def n_epochs(column, part):
    """Return the number of epochs that comes nearest to the column's steps."""
    return max(1, round(column.n_steps / len(batches_of(column, part))))


def network_of(column, part):
    """Return a new network of the column."""
    if isinstance(column.network, str):
        return named_network(column.network, part.items)
    return column.network()


class Loss:
    """Compute a loss of embeddings, with its miner and, if it has any, its own weights."""

    def __init__(self, name, n_identities, n_features):
        from pytorch_metric_learning import losses, miners

        self.miner = None
        if name == "contrastive":
            self.loss = losses.ContrastiveLoss()
        elif name == "triplet":
            self.loss = losses.TripletMarginLoss(margin=0.2)
            self.miner = miners.TripletMarginMiner(margin=0.2)
        elif name == "multi-similarity":
            self.loss, self.miner = losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner()
        elif name == "circle":
            self.loss = losses.CircleLoss()
        else:
            self.loss = losses.ArcFaceLoss(n_identities, n_features)

    def __call__(self, embeddings, labels):
        """Return the loss of a batch."""
        if self.miner is None:
            return self.loss(embeddings, labels)
        return self.loss(embeddings, labels, self.miner(embeddings, labels))


def trained(name, column, part, config, seed):
    """Return the column's network after training with a loss."""
    torch.manual_seed(seed)
    net, batches = network_of(column, part).train(), batches_of(column, part)
    items = torch.from_numpy(part.items)
    labels = torch.from_numpy(np.unique(part.identities, return_inverse=True)[1])
    n_features = net(items[:2]).shape[1]
    loss = Loss(name, int(labels.max()) + 1, n_features)
    parameters = [*net.parameters(), *loss.loss.parameters()]
    optimizer = torch.optim.Adam(parameters, fused=True)
    epochs = n_epochs(column, part)
    step, n_steps = 0, epochs * len(batches)
    for epoch in range(epochs):
        for rows in batches.epoch(seed, epoch):
            set_learning_rate(optimizer, config["lr"] * one_cycle(step / n_steps))
            optimizer.zero_grad()
            loss(net(items[rows]), labels[rows]).backward()
            optimizer.step()
            step += 1
    return net.eval()


@torch.inference_mode()
def embedded(embed, items):
    """Return the embeddings of items, 512 at a time."""
    return torch.cat([embed(part) for part in torch.from_numpy(items).split(512)])


def fit_with(name):
    """Return the `fit` of a loss."""

    def fit(column, part, config, seed):
        net = trained(name, column, part, config, seed)

        def score(new):
            embeddings = embedded(net, new.items)
            unit = nn.functional.normalize(embeddings)
            return {
                "Euclid": -torch.cdist(embeddings, embeddings).numpy(),
                "cosine": (unit @ unit.T).numpy(),
            }

        return score

    return fit


def fit_circle_layers(column, part, config, seed):
    """Score by LDA whitening and cosine of the layer before the last, or an inner one."""
    net = trained("circle", column, part, config, seed)

    def embed(items, n):
        return embedded(nn.Sequential(*list(net)[:n], nn.Flatten()), items).numpy()

    return fit_layers(net, embed, fit_cosine, column, part)


def fit_cosine(column, part, config, seed):
    """Score by LDA whitening and cosine."""
    score = fit_whitening(column, part, config, seed)
    return lambda new: {v: s for v, s in score(new).items() if v.startswith("cosine")}


LOSSES = ["contrastive", "triplet", "multi-similarity", "circle", "ArcFace"]
TRAINED = {"trains": True, "random": True}
METHODS = [
    *(Method(name, "loss", rates, fit_with(name), **TRAINED) for name in LOSSES),
    Method("circle, then LDA whitening, cosine", "loss", rates, fit_circle_layers, **TRAINED),
]
