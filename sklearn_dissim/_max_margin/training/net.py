"""The skorch net that trains a `PairModule`: batches, steps, epochs."""

import math

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EpochTimer, LRScheduler

from sklearn_dissim._max_margin.training import processes
from sklearn_dissim._max_margin.training.pair_losses import pair_loss


class NonFiniteLoss(ArithmeticError):
    """Say that a batch, whose number it holds, led to NaN or infinite loss or weights."""


class PairNet(NeuralNet):
    """Train a `PairModule` by skorch, on batches of items and their pairs.

    Parameters
    ----------
    module : PairModule
    loss_params : dict
        Keywords of `pair_loss`.
    penalty : float
        Weight of half the squared norm of the head's weights.
    mixed_precision : bool
        Run the backbone in bfloat16 where that is safe.
    **kwargs
        skorch's own: optimizer, lr, callbacks, device...
    """

    def __init__(self, module, *, loss_params, penalty, mixed_precision, **kwargs):
        # The loss is a method here, not a criterion module.
        super().__init__(module, criterion=_NoCriterion, **kwargs)
        self.loss_params = loss_params
        self.penalty = penalty
        self.mixed_precision = mixed_precision

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer()), ("one_cycle", OneCycle())]

    def run_epoch(self, items, batches, seed, *, steps_before, n_steps, progress):
        """Train on an epoch's batches, and note its mean loss.

        Parameters
        ----------
        items : ndarray of shape (n_items, ...)
        batches : PairBatches or IdentityBatches
        seed : int
        steps_before, n_steps : int
            Steps of the run before this epoch, and in all.
        progress : callable
            Called with the number of steps done in this epoch.
        """
        total = n_pairs = 0.0
        for step, (rows, pairs) in enumerate(batches.epoch(seed, len(self.history) - 1)):
            self.share_of_run_ = (steps_before + step) / n_steps  # for schedules
            batch = (items, rows), pairs
            self.notify("on_batch_begin", batch=batch, training=True)
            result = self.train_step(batch)
            loss = result["loss"].item()
            self.history.record_batch("train_loss", loss)
            self.notify("on_batch_end", batch=batch, training=True, **result)
            total += loss * len(pairs.signs)
            n_pairs += len(pairs.signs)
            progress(step + 1)
        # The last step may have led astray, and no loss has shown it.
        if not all(torch.isfinite(parameter).all() for parameter in self.module_.parameters()):
            raise NonFiniteLoss(step + 1)
        self.history.record("train_loss", total / n_pairs)

    def train_step_single(self, batch, **_):
        """Compute the loss of one batch and its gradients."""
        (items, rows), pairs = batch
        module = self.module_
        scores = module.scores(self._embed_rows(items, rows), pairs.left, pairs.right)
        loss = pair_loss(scores, pairs, **self.loss_params)
        loss = loss + 0.5 * self.penalty * module.weight.dot(module.weight)
        if not math.isfinite(loss.item()):
            raise NonFiniteLoss(len(self.history[-1]["batches"]))
        loss.backward()
        if processes.rank_and_size()[1] > 1:
            processes.sum_gradients(module.backbone.parameters(), (module.weight, module.bias))
        return {"loss": loss, "y_pred": scores}

    def train_step(self, batch, **_):
        """Take one step of the optimizer, then project the head onto its constraints."""
        result = super().train_step(batch)
        self.module_.project()
        return result

    def _embed_rows(self, items, rows):
        """Embed the rows of a batch, each process its share of them."""
        rank, size = processes.rank_and_size()
        own = rows if size == 1 else rows[processes.share(len(rows), rank, size)]
        batch = as_batch(items[own], self.module_.weight)
        if self.mixed_precision:
            with torch.autocast(batch.device.type, torch.bfloat16):
                embeddings = self.module_.embed(batch)
        else:
            embeddings = self.module_.embed(batch)
        return embeddings if size == 1 else processes.GatherRows.apply(embeddings, len(rows))


class OneCycle(Callback):
    """Raise the learning rate in three tenths of the run, then lower it to 0.

    The cosine form of Smith and Topin, "Super-convergence: very fast training of neural
    networks using large learning rates", 2018, arXiv:1708.07120. The learning rate that the
    optimizer begins with is the highest.
    """

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Note the highest learning rate of each group of parameters."""
        for group in net.optimizer_.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def on_batch_begin(self, net, batch=None, training=None, **kwargs):
        """Set the learning rate of this step."""
        factor = one_cycle(net.share_of_run_)
        for group in net.optimizer_.param_groups:
            group["lr"] = group["initial_lr"] * factor


def one_cycle(share_of_run):
    """Return the factor of the highest learning rate at a share of the run."""
    if share_of_run < 0.3:
        return 0.04 + 0.48 * (1 - math.cos(math.pi * share_of_run / 0.3))
    return 0.5 * (1 + math.cos(math.pi * (share_of_run - 0.3) / 0.7))


def overruled_schedule(net):
    """Return the name of a schedule whose learning rates `OneCycle` would overwrite, or None."""
    cycles = any(isinstance(callback, OneCycle) for _, callback in net.callbacks_)
    rivals = (name for name, callback in net.callbacks_ if isinstance(callback, LRScheduler))
    return next(rivals, None) if cycles else None


def as_batch(items, like):
    """Return items as a tensor of the type and on the device of `like`."""
    return torch.from_numpy(np.ascontiguousarray(items)).to(like.device, like.dtype)


class _NoCriterion:
    pass
