"""The column's network trained by the losses of pytorch-metric-learning.

The same batches, number of steps, optimizer and learning-rate schedule as ours, the same choice of
three learning rates; Euclidean distance or cosine, whichever is better on validation identities.
The losses have their authors' margins, which are the library's defaults. One of the networks is
judged by the layers that our recipe takes, too, with the strongest metric of features.
"""

import numpy as np
import torch
from accuracy_distances import fit_whitening
from accuracy_method import Method
from accuracy_networks import fit_layers
from torch import nn

from sklearn_dissim._max_margin.training.backbones import NAMED, Start, moments
from sklearn_dissim._max_margin.training.batches import IdentityBatches
from sklearn_dissim._max_margin.training.net import one_cycle


def rates(column):
    """Learning rates to choose from."""
    return [{"lr": rate} for rate in column.rates]


def batches_of(column, part):
    """Batches of identities and samples, as those of `fit_identities`."""
    codes = np.unique(part.identities, return_inverse=True)[1]
    size = n_identities(column, part), column.n_samples
    return IdentityBatches(codes, *size, (1, 1), torch.float32, torch.device("cpu"))


def n_identities(column, part):
    """Identities in a batch: the column's number, or all that have two items."""
    return min(column.n_identities, (np.unique(part.identities, return_counts=True)[1] > 1).sum())


def n_epochs(column, part):
    """Epochs that come nearest to the column's steps."""
    return max(1, round(column.n_steps / len(batches_of(column, part))))


def network_of(column, part):
    """A new network of the column; a named one standardises the features first."""
    if isinstance(column.network, str):
        return NAMED[column.network](Start(*moments(part.items.reshape(len(part), -1))))
    return column.network()


class _Loss:
    """One loss with its miner and, if it has any, weights of its own."""

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
        if self.miner is None:
            return self.loss(embeddings, labels)
        return self.loss(embeddings, labels, self.miner(embeddings, labels))


def trained(name, column, part, config, seed):
    """The network after training with a loss."""
    torch.manual_seed(seed)
    net, batches = network_of(column, part).train(), batches_of(column, part)
    items = torch.from_numpy(part.items)
    labels = torch.from_numpy(np.unique(part.identities, return_inverse=True)[1])
    n_features = net(items[:2]).shape[1]
    loss = _Loss(name, int(labels.max()) + 1, n_features)
    parameters = [*net.parameters(), *loss.loss.parameters()]
    optimizer = torch.optim.Adam(parameters, fused=True)
    epochs = n_epochs(column, part)
    step, n_steps = 0, epochs * len(batches)
    for epoch in range(epochs):
        for rows, _ in batches.epoch(seed, epoch):
            for group in optimizer.param_groups:
                group["lr"] = config["lr"] * one_cycle(step / n_steps)
            optimizer.zero_grad()
            loss(net(items[rows]), labels[rows]).backward()
            optimizer.step()
            step += 1
    return net.eval()


@torch.inference_mode()
def embedded(embed, items):
    """Embeddings of items, some at a time."""
    return torch.cat([embed(part) for part in torch.from_numpy(items).split(512)])


def fit_with(name):
    """The `fit` of a row."""

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
    """LDA whitening, cosine of what the last layer was given, or an inner one."""
    net = trained("circle", column, part, config, seed)

    def embed(items, n):
        return embedded(nn.Sequential(*list(net)[:n], nn.Flatten()), items).numpy()

    return fit_layers(net, embed, fit_cosine, column, part)


def fit_cosine(column, part, config, seed):
    """LDA whitening, cosine."""
    score = fit_whitening(column, part, config, seed)
    return lambda new: {v: s for v, s in score(new).items() if v.startswith("cosine")}


NAMES = ["contrastive", "triplet", "multi-similarity", "circle", "ArcFace"]
TRAINED = {"trains": True, "random": True}
METHODS = [
    *(Method(name, "loss", rates, fit_with(name), **TRAINED) for name in NAMES),
    Method("circle, then LDA whitening, cosine", "loss", rates, fit_circle_layers, **TRAINED),
]
