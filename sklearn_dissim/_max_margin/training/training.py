"""End-to-end training: from checked pairs or identities to a trained network.

`settings` is the estimator; its parameters are read and never changed.
"""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatch
from threading import RLock

import numpy as np
import torch

from sklearn_dissim._max_margin.losses import LOSSES
from sklearn_dissim._max_margin.training import processes
from sklearn_dissim._max_margin.training.building import (
    build_module,
    go_on,
    make_net,
    pair_scores,
    training_options,
)
from sklearn_dissim._max_margin.training.checkpoints import Checkpoint
from sklearn_dissim._max_margin.training.net import NonFiniteLoss, PairNet, as_batch, one_cycle
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim._utils.torch_batches import resolve_device
from sklearn_dissim.metrics import equal_error_rate_score

_ONE_GENERATOR = RLock()  # torch's, which dropout and first weights draw from


@dataclass
class Run:
    """A trained net and how its training ended."""

    net: PairNet
    history: list = field(default_factory=list)
    interrupted: str = ""
    failure: str = ""


def train(settings, task, *, seed, previous=None, n_epochs=None):
    """Train a network, or go on with a previous one.

    Parameters
    ----------
    settings : MaxMarginPairClassifier
    task : Task
    seed : int
    previous : PairNet, default=None
        Its network goes on learning. With `n_epochs` so does its optimizer.
    n_epochs : int, default=None
        Epochs at a constant learning rate, without checkpoint; default: a run of
        ``settings.max_epochs``.

    Returns
    -------
    Run
    """
    device = resolve_device(settings.device)
    with seeded(device, seed):
        if previous:
            module = go_on(settings, previous.module_, task.vectors).to(device)
        else:
            module = build_module(settings, task, device)
        batches = task.make_batches(module.weight.dtype, device)
        options = training_options(settings, task, batches, device)
        net = make_net(settings, module, device, **options)
        if previous:
            net.history.extend(deepcopy(previous.history))
            if n_epochs and type(previous.optimizer_) is type(net.optimizer_):
                net.optimizer_.load_state_dict(previous.optimizer_.state_dict())
        else:
            _start_head(settings, net, task, batches, seed)
        return _Training(settings, net, task, batches, seed, n_epochs).run()


@contextmanager
def seeded(device, seed):
    """Torch's global generators seeded within, and afterwards as they were."""
    devices = [device] if device.type == "cuda" else []
    with _ONE_GENERATOR, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _start_head(settings, net, task, batches, seed):
    rows, pairs = next(batches.epoch(seed, 0))
    net.module_.eval()
    with torch.no_grad():
        embeddings = net.module_.embed(as_batch(task.items[rows], net.module_.weight))
        hard = task.negatives in ("hardest", "ranking")
        may_grow = hard and net.module_.normalize == "none"
        net.module_.start_uniform(embeddings, pairs, settings.margin, may_grow=may_grow)


class _Training:
    """The epochs of one run."""

    def __init__(self, settings, net, task, batches, seed, n_epochs):
        self.settings, self.net, self.task, self.batches = settings, net, task, batches
        self.seed = seed
        self.first = len(net.history)
        self.last = self.first + (n_epochs or settings.max_epochs)
        self.cycled = settings.lr_schedule == "one_cycle" and n_epochs is None
        self.best, self.done = None, False
        self.learns = [(p, p.requires_grad) for p in net.module_.parameters()]
        self.trainable = trainable_parameters(net.module_.backbone, settings.freeze)
        self.warm = None
        self.checkpoint = None
        if settings.checkpoint_dir is not None and n_epochs is None:
            start = {k: v.cpu().numpy() for k, v in net.module_.state_dict().items()}
            about = _decisive_params(settings), repr(net.module_.backbone), start, seed
            self.checkpoint = Checkpoint(settings.checkpoint_dir, *about, *task.decisive)
            self.resume(self.checkpoint.load())

    def run(self):
        """All epochs that are left, or as many as can be."""
        net, run = self.net, Run(self.net)
        n_steps = len(self.batches) * (self.last - self.first)
        good = copied(net.module_.state_dict())
        with Progress("Training", n_steps, self.settings.verbose) as bar:
            bar.begin_at(len(self.batches) * (len(net.history) - self.first))
            net.notify("on_train_begin", X=self.task.items, y=None)
            try:
                while not self.done:
                    self.train_epoch(n_steps, bar)
                    self.validate()
                    stopped = self.callbacks_stop()
                    self.done = stopped or len(net.history) == self.last or self.stalled()
                    good = copied(net.module_.state_dict())
                    self.save()
            except KeyboardInterrupt:
                run.interrupted = (
                    f"Training was interrupted in {self.position()}; the estimator is fitted, "
                    "with the weights it had learned by then."
                )
            except NonFiniteLoss as error:
                run.failure = self.explain(error)
                if not self.finished_rows():
                    raise ValueError(run.failure) from error
                net.module_.load_state_dict(good)
            net.notify("on_train_end", X=self.task.items, y=None)
        if self.best is not None:
            net.module_.load_state_dict(self.best["weights"])
        for parameter, learns in self.learns:
            parameter.requires_grad_(learns)
        net.module_.eval()
        run.history = self.finished_rows()
        return run

    def train_epoch(self, n_steps, bar):
        """One pass over the batches."""
        net, epoch = self.net, len(self.net.history)
        before = (epoch - self.first) * len(self.batches)
        rank, _ = processes.rank_and_size()
        torch.manual_seed(
            int(np.random.SeedSequence((self.seed, epoch, rank)).generate_state(1)[0])
        )
        self.set_modes(epoch)
        net.notify("on_epoch_begin", **self.datasets())
        note = self.note()

        def rate(step):
            return one_cycle((before + step) / n_steps)

        def progress(step):
            bar(before + step, note)

        net.run_epoch(
            self.task.items,
            self.batches,
            self.seed,
            rate=rate if self.cycled else None,
            progress=progress,
        )

    def set_modes(self, epoch):
        """What learns in this epoch; layers that do not are in evaluation mode."""
        module, warm = self.net.module_.train(), epoch >= self.settings.warmup_epochs
        if warm != self.warm:  # else callbacks may have frozen others
            for parameter, trains in self.trainable:
                parameter.requires_grad_(trains and warm)
            self.warm = warm
        for layer in module.backbone.modules():
            parameters = list(layer.parameters())
            if parameters and not any(p.requires_grad for p in parameters):
                layer.eval()

    def validate(self):
        """Loss and equal error rate of the validation pairs, into the history."""
        if self.task.validation is None:
            return
        pairs, signs = self.task.validation
        scores = pair_scores(self.net.module_, pairs, self.settings.batch_size)
        losses = LOSSES[self.settings.loss]().value(self.settings.margin - signs * scores)
        error = equal_error_rate_score(signs, scores)
        self.net.history.record("valid_loss", float(np.mean(losses)))
        self.net.history.record("valid_eer", error)
        if self.settings.patience is not None and (self.best is None or error < self.best["error"]):
            weights = copied(self.net.module_.state_dict())
            self.best = {"error": error, "n_epochs": len(self.net.history), "weights": weights}

    def callbacks_stop(self):
        """Tell the callbacks; some of skorch's stop a training by an interrupt of their own."""
        try:
            self.net.notify("on_epoch_end", **self.datasets())
        except KeyboardInterrupt:
            return True
        return False

    def datasets(self):
        """What skorch's callbacks are told of."""
        return {"dataset_train": self.batches, "dataset_valid": self.task.validation}

    def stalled(self):
        """Whether the best epoch lies further back than patience allows."""
        patience = self.settings.patience
        return self.best is not None and len(self.net.history) - self.best["n_epochs"] >= patience

    def save(self):
        """Checkpoint the state after an epoch."""
        if self.checkpoint is None or processes.rank_and_size()[0] > 0:
            return
        state = {
            "module": self.net.module_.state_dict(),
            "optimizer": self.net.optimizer_.state_dict(),
            "history": self.finished_rows(),
            "best": self.best,
        }
        self.checkpoint.save(state, done=self.done)

    def resume(self, state):
        """Go to where a killed run of the same kind had come."""
        if state is None:
            return
        self.net.module_.load_state_dict(state["module"])
        self.net.optimizer_.load_state_dict(state["optimizer"])
        del self.net.history[:]
        self.net.history.extend({**row, "batches": []} for row in state["history"])
        self.best, self.done = state["best"], state["done"]

    def finished_rows(self):
        """The history of whole epochs, as plain dictionaries."""
        return [
            {k: plain(v) for k, v in row.items() if k != "batches"}
            for row in self.net.history
            if "train_loss" in row
        ]

    def position(self):
        """The epoch under way, in words."""
        return f"epoch {len(self.net.history) - self.first} of {self.last - self.first}"

    def note(self):
        """The last figures, for the bar."""
        rows = self.finished_rows()
        parts = [self.position()]
        if rows:
            parts.append(f"loss {rows[-1]['train_loss']:.4g}")
            if "valid_eer" in rows[-1]:
                parts.append(f"validation EER {rows[-1]['valid_eer']:.4f}")
        return ", ".join(parts)

    def explain(self, error):
        """Where the loss was no number."""
        rate = max(group["lr"] for group in self.net.optimizer_.param_groups)
        kept = "; the weights after the last whole epoch are kept" if self.finished_rows() else ""
        return (
            f"The loss became NaN or infinite in {self.position()}, batch {error}, at a "
            f"learning rate of {rate:.2g}{kept}. Lower lr, or scale the items."
        )


def _decisive_params(settings):
    """Parameters that change what is learned, in words; weights and seed are told besides."""
    others = {"checkpoint_dir", "device", "random_state", "verbose", "warm_start"}
    params = settings.get_params(deep=False).items()
    return {name: repr(value) for name, value in params if name not in others}


def trainable_parameters(backbone, freeze):
    """The backbone's parameters, and whether they are to learn."""
    patterns = ["*"] if freeze == "all" else list(freeze or ())
    named = dict(backbone.named_parameters())
    for pattern in patterns:
        if named and not any(fnmatch(name, pattern) for name in named):
            raise ValueError(
                f"freeze has {pattern!r}, which no parameter of the backbone matches; "
                f"they are {', '.join(list(named)[:5])}..."
            )
    return [
        (parameter, parameter.requires_grad and not any(fnmatch(name, p) for p in patterns))
        for name, parameter in named.items()
    ]


def plain(value):
    """Numpy's numbers as Python's, which a checkpoint may hold."""
    return value.item() if isinstance(value, np.generic) else value


def copied(state):
    """A state dictionary of its own."""
    return {name: value.detach().clone() for name, value in state.items()}
