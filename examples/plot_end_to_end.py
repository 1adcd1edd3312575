"""
Are these two the same house number?
====================================

This example trains a small ConvNet together with the max-margin classifier. The images show
house numbers from 00 to 99; each image joins two handwritten digits. The training images show
seventy of the numbers. The test pairs show the other thirty numbers, joined from images of digits
that are not part of any training image.

A plain distance between the pixels compares where two images have ink. The network learns what
two images of the same number have in common, however the number is written.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, roc_auc_score
from torch import nn

from sklearn_dissim import MaxMarginPairClassifier, Training, make_pairs
from sklearn_dissim.metrics import equal_error_rate_score

# %%
# The data. To use your own, replace this cell. Define `seen`, the training images, an array of
# shape (n_items, channels, height, width); `seen_identities`, which say what each training image
# shows; `test` and `test_identities`, the same for the test; `test_pairs` with labels `y`; and
# `unseen_numbers`, the identities of the test.

rng = np.random.default_rng(0)
images, digits = load_digits(return_X_y=True)
images = (images / 16).astype(np.float32).reshape(-1, 8, 8)
unseen_digits = rng.random(len(images)) < 0.5
unseen_numbers = rng.permutation(100)[:30]


def house_numbers(numbers, pool, n_each=20):
    """Return images of 8 x 16 pixels of each number, joined from digits drawn from the pool."""
    numbers = np.repeat(numbers, n_each)
    halves = [
        np.stack([images[rng.choice(pool[digits[pool] == d])] for d in figure])
        for figure in (numbers // 10, numbers % 10)
    ]
    return np.concatenate(halves, axis=2)[:, np.newaxis], numbers


seen, seen_identities = house_numbers(
    np.setdiff1d(np.arange(100), unseen_numbers), np.flatnonzero(~unseen_digits)
)
test, test_identities = house_numbers(unseen_numbers, np.flatnonzero(unseen_digits))
test_pairs, y, _ = make_pairs(test, test_identities, random_state=0)

# %%
# The network. Any torch module that maps each image to a vector can take its place.


class ConvNet(nn.Sequential):
    """Embed an image by three convolutions and one linear layer."""

    def __init__(self, width=16, n_features=64):
        super().__init__(
            nn.Conv2d(1, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * width * 4 * 8, n_features),
        )


# %%
# The training. A batch holds four images of each of 32 numbers, and all pairs of these images. A
# fifth of the seventy numbers is kept out of training: their pairs give the validation error of
# each epoch, and set the threshold.

model = MaxMarginPairClassifier(
    backbone=ConvNet,
    training=Training(max_epochs=20, validation_fraction=0.2),
    random_state=0,
    verbose=1,
).fit_identities(seen, seen_identities)

# %%
# The test on unseen numbers. The network is compared with Euclidean distance between pixels, and
# with the network before training.

left, right = test.reshape(len(test), -1)[test_pairs.indices.T]
scores = {
    "Euclid on pixels": -np.linalg.norm(left - right, axis=1),
    "before training": MaxMarginPairClassifier(
        backbone=ConvNet, training=Training(max_epochs=1, lr=1e-9, finish=None), random_state=0
    )
    .fit_identities(seen, seen_identities)
    .decision_function(test_pairs),
    "trained end to end": model.decision_function(test_pairs),
}
print(f"{len(y)} pairs of {len(unseen_numbers)} house numbers never seen in training")
print(f"{'':20} ROC AUC  equal error rate")
for name, score in scores.items():
    print(f"{name:20} {roc_auc_score(y, score):7.4f} {equal_error_rate_score(y, score):15.4f}")
print(f"same or different, right: {accuracy_score(y, model.predict(test_pairs)):.1%}")

# %%
# The figure: the validation error of each epoch, and the test pairs that the network gets most
# wrong.

history = pd.DataFrame(model.history_)
figure = plt.figure(figsize=(10, 4), layout="constrained")
curve, shown = figure.subfigures(1, 2, width_ratios=[1, 1.2])
axes = curve.subplots()
axes.plot(history["epoch"], history["valid_eer"], label="equal error rate, held-out numbers")
axes.axhline(
    equal_error_rate_score(y, scores["Euclid on pixels"]),
    color="gray",
    linestyle="--",
    label="Euclid on pixels",
)
axes.set(xlabel="epoch", ylabel="equal error rate", ylim=(0, None), title="Training")
axes.legend()

slack = (2 * y - 1) * scores["trained end to end"]
hardest = [np.flatnonzero(y == label)[np.argsort(slack[y == label])[:4]] for label in (1, 0)]
grid = shown.subplots(4, 2)
shown.suptitle("Hardest pairs: the same (left), different (right)")
for column, rows in enumerate(hardest):
    for axis, row in zip(grid[:, column], rows, strict=True):
        pair = test_pairs[row][:, 0]
        axis.imshow(np.hstack([pair[0], np.zeros((8, 2)), pair[1]]), cmap="gray_r")
        axis.set_title(f"score {scores['trained end to end'][row]:.2f}", fontsize=9)
        axis.set_axis_off()

target = Path(__file__).parent / "figures" / "end_to_end.png"
target.parent.mkdir(exist_ok=True)
figure.savefig(target, dpi=100)
print(f"Figure: {target}")
