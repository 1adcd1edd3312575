"""Fits that other processes run: killed and resumed, or shared by several.

python -m tests.helpers.training_runs checkpoint_dir result.npz
torchrun --nproc_per_node 2 -m tests.helpers.training_runs torchrun result.json
"""

import json
import os
import sys

import numpy as np
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits

from sklearn_dissim import MaxMarginPairClassifier, Training, make_pairs


def digits():
    """Return enough images for a fit of seconds, and their digits."""
    items, digit = load_digits(return_X_y=True)
    return items[:800], digit[:800]


def resumable(checkpoint_dir):
    """A fit of some seconds, with everything in it that a checkpoint must hold."""
    items, digit = digits()
    torch.set_num_threads(1)
    backbone = torch.nn.Sequential(
        torch.nn.Linear(64, 256), torch.nn.BatchNorm1d(256), torch.nn.Dropout(0.3)
    )
    with torch.no_grad():  # the same in every process
        backbone[0].weight.copy_(torch.linspace(-0.1, 0.1, 256 * 64).view(256, 64).sin())
        backbone[0].bias.zero_()
    training = Training(
        n_identities=8,
        max_epochs=15,
        validation_fraction=0.2,
        patience=15,
        device="cpu",
        checkpoint_dir=checkpoint_dir,
    )
    clf = MaxMarginPairClassifier(backbone=backbone, training=training, random_state=0)
    return clf.fit_identities(items, digit)


def shared():
    """The losses of both ways to fit, whatever the number of processes."""
    items, digit = digits()
    torch.set_num_threads(1)
    size = int(os.environ.get("WORLD_SIZE", "1"))
    pairs, y, _ = make_pairs(items, digit, positives=500, random_state=0)
    # In double precision, or rounding decides which negative is the hardest.
    options = {"max_epochs": 3, "device": "cpu", "precision": "float64"}
    given = Training(batch_size=256 // size, validation_fraction=0.3, **options)
    drawn = Training(n_identities=8 // size, negatives="ranking", **options)
    clf = MaxMarginPairClassifier(backbone="mlp", random_state=0)
    given = clone(clf).set_params(training=given).fit(pairs, y)
    drawn = clone(clf).set_params(training=drawn).fit_identities(items, digit)
    figures = [[row["train_loss"], row["valid_eer"]] for row in given.history_]
    return figures, [row["train_loss"] for row in drawn.history_], drawn.coef_.ravel().tolist()


def main(how, result):
    if how == "accelerate":
        from accelerate import Accelerator

        Accelerator(cpu=True)  # sets the processes up, as a script of its users does
    if how in ("torchrun", "accelerate"):
        values = shared()
        if os.environ["RANK"] == "0":
            with open(result, "w") as file:
                json.dump(values, file)
        return
    clf = resumable(how)
    weights = {k: v.numpy() for k, v in clf.net_.module_.state_dict().items()}
    errors = np.array([row["valid_eer"] for row in clf.history_])
    np.savez(result, coef=clf.coef_, intercept=clf.intercept_, errors=errors, **weights)


if __name__ == "__main__":
    main(*sys.argv[1:])
