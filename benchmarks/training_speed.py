"""Measure what end-to-end training costs beside a loop written by hand.

    python -m benchmarks.training_speed [--runs 5]

Ours and a plain PyTorch loop do the same work (same batches, embeddings, loss, optimizer, learning
rate), in turn, in one run. Printed are the median of the ratios epoch by epoch, and that of whole
fits, which include our checks of the input and the start of the classifier. Then the usual siamese
way, which embeds both items of every pair, is measured beside ours, for all pairs of 32 identities
x 4 samples.
"""

import argparse
import time

import numpy as np
import torch
from torch import nn

from benchmarks.training_loop import one_cycle, set_learning_rate
from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier, Training

EPOCHS = 6


class Convolutions(nn.Sequential):
    """Apply three blocks to 28 x 28 images."""

    def __init__(self):
        blocks, depth = [], 1
        for width in (32, 64, 64):
            blocks += [nn.Conv2d(depth, width, 3, padding=1), nn.BatchNorm2d(width)]
            blocks += [nn.ReLU(), nn.MaxPool2d(2)]
            depth = width
        super().__init__(*blocks, nn.Flatten(), nn.Linear(9 * depth, 64))


class Linear(nn.Linear):
    """Map 64 features to 32."""

    def __init__(self):
        super().__init__(64, 32)


def pairs_of(items, n_pairs):
    rng = np.random.default_rng(0)
    return IndexedPairs(items, rng.integers(0, len(items), (n_pairs, 2))), np.arange(n_pairs) % 2


def ours(make, pairs, y):
    training = Training(max_epochs=EPOCHS, lr=0.01, device="cpu")
    clf = MaxMarginPairClassifier(backbone=make, training=training, random_state=0)
    return [row["dur"] for row in clf.fit(pairs, y).history_]


def by_hand(make, pairs, y, batch_size=256):
    torch.manual_seed(0)
    net = make()
    with torch.no_grad():
        n_features = net(torch.from_numpy(pairs.items[:1])).shape[1]
    weight = nn.Parameter(torch.full((n_features,), -0.1))
    bias = nn.Parameter(torch.tensor(2.0))
    optimizer = torch.optim.Adam([*net.parameters(), weight, bias])
    signs = torch.from_numpy((2 * y - 1).astype(np.float32))
    n_batches = -(-len(y) // batch_size)
    step, seconds = 0, []
    for epoch in range(EPOCHS):
        start = time.perf_counter()
        order = np.random.default_rng((0, epoch)).permutation(len(y))
        total = 0.0
        for chosen in np.array_split(order, n_batches):
            set_learning_rate(optimizer, 0.01 * one_cycle(step / (EPOCHS * n_batches)))
            rows, positions = np.unique(pairs.indices[chosen], return_inverse=True)
            left, right = torch.from_numpy(positions.reshape(-1, 2).T.copy())
            embeddings = net(torch.from_numpy(pairs.items[rows]))
            vectors = (embeddings.index_select(0, left) - embeddings.index_select(0, right)).abs()
            slack = 1 - signs[torch.from_numpy(chosen)] * (vectors @ weight + bias)
            loss = torch.relu(slack).mean() + 0.5 / len(y) * weight.dot(weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                weight.clamp_(max=0)
            total += loss.item() * len(chosen)
            step += 1
        seconds.append(time.perf_counter() - start)
    return seconds


def in_turn(a, b, n_runs):
    """Return the seconds of both in each run, and what both return, after a run to warm up."""
    seconds, results = [], []
    for _ in range(n_runs + 1):
        for function in (a, b):
            start = time.perf_counter()
            results.append(function())
            seconds.append(time.perf_counter() - start)
    return np.reshape(seconds, (-1, 2))[1:], results[2:]


def beside_a_loop(name, make, pairs, y, n_runs):
    fits, epochs = in_turn(lambda: ours(make, pairs, y), lambda: by_hand(make, pairs, y), n_runs)
    epochs = np.array(epochs).reshape(n_runs, 2, EPOCHS)
    mine, theirs = np.median(epochs, axis=(0, 2))
    ratio = np.median(epochs[:, 0] / epochs[:, 1])
    whole = np.median(fits[:, 0] / fits[:, 1])
    print(
        f"{name}: ours {mine:.3f} s an epoch, by hand {theirs:.3f} s; ratio {ratio:.3f}, "
        f"of whole fits {whole:.3f}"
    )


def beside_siamese(n_runs):
    """Train on all 8,128 pairs of a batch of 32 identities x 4 samples, a few batches."""
    n_items, n_batches = 128, 4
    rng = np.random.default_rng(0)
    items = rng.standard_normal((n_items, 1, 28, 28), np.float32)
    identities = np.repeat(np.arange(32), 4)

    def batch():
        training = Training(max_epochs=n_batches, negatives="all", finish=None, device="cpu")
        clf = MaxMarginPairClassifier(backbone=Convolutions, training=training, random_state=0)
        clf.fit_identities(items, identities)

    left, right = torch.from_numpy(np.stack(np.triu_indices(n_items, 1)))
    signs = torch.from_numpy(np.where(identities[left] == identities[right], 1.0, -1.0)).float()
    images = torch.from_numpy(items)

    def siamese():
        torch.manual_seed(0)
        net = Convolutions()
        weight, bias = nn.Parameter(torch.full((64,), -0.1)), nn.Parameter(torch.tensor(2.0))
        optimizer = torch.optim.Adam([*net.parameters(), weight, bias])
        for part in torch.randperm(len(left))[: 254 * 2].split(254):
            vectors = (net(images[left[part]]) - net(images[right[part]])).abs()
            loss = torch.relu(1 - signs[part] * (vectors @ weight + bias)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    seconds, _ = in_turn(batch, siamese, n_runs)
    mine = np.median(seconds[:, 0]) / (n_batches * len(left))
    theirs = np.median(seconds[:, 1]) / (2 * 254)
    print(
        f"siamese: ours {mine * 1e6:.1f} us a pair, both items embedded {theirs * 1e6:.1f} us; "
        f"{theirs / mine:.0f} times faster"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    n_runs = parser.parse_args().runs
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((5000, 64), np.float32)
    images = rng.standard_normal((1000, 1, 28, 28), np.float32)
    beside_a_loop("linear", Linear, *pairs_of(vectors, 50_000), n_runs)
    beside_a_loop("ConvNet", Convolutions, *pairs_of(images, 1_500), n_runs)
    beside_siamese(n_runs)


if __name__ == "__main__":
    main()
