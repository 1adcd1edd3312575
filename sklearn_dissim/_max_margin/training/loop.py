"""The training loop: from a task to a trained network."""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fnmatch import fnmatch
from threading import RLock

import numpy as np
import torch

from sklearn_dissim._max_margin.training import processes
from sklearn_dissim._max_margin.training.checkpoints import Checkpoint
from sklearn_dissim._max_margin.training.net import NonFiniteLoss, PairNet, as_batch
from sklearn_dissim._max_margin.training.network import (
    build_module,
    continued,
    make_net,
    pair_scores,
    step_options,
)
from sklearn_dissim._utils.progress import Progress
from sklearn_dissim._utils.torch_batches import resolve_device
from sklearn_dissim.metrics import equal_error_rate_score

_ONE_GENERATOR = RLock()  # torch's, which dropout and first weights draw from


@dataclass
class Run:
    """Hold a trained net, and say how its training ended."""

    net: PairNet
    history: list = field(default_factory=list)
    interrupted: str = ""
    failure: str = ""


def train(recipe, task, *, seed, previous=None, verbose=0):
    """Train a network, or a previous one further.

    Parameters
    ----------
    recipe : Recipe
    task : Task
    seed : int
    previous : PairNet, default=None
        Its network goes on learning.
    verbose : int, default=0
        Draw a bar.

    Returns
    -------
    Run
    """
    training, objective = recipe.training, recipe.objective
    device = resolve_device(training.device)
    with seeded(device, seed):
        if previous:
            module = continued(previous.module_, objective, training.precision).to(device)
        else:
            module = build_module(recipe.spec, objective, task, training.precision, device)
        batches = task.make_batches(module.weight.dtype, device)
        options = step_options(objective, training, task, batches, device)
        net = make_net(module, training, recipe.spec, device=device, **options)
        if previous:
            net.history.extend(deepcopy(previous.history))
        else:
            _start_head(net.module_, task, batches, objective.margin, seed)
        return _Loop(recipe, net, task, batches, seed, verbose).run()


@contextmanager
def seeded(device, seed):
    """Seed torch's global generators within, and leave them as they were."""
    devices = [device] if device.type == "cuda" else []
    with _ONE_GENERATOR, torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _start_head(module, task, batches, margin, seed):
    """Begin with equal weights, of a size that suits the first batch's embeddings."""
    rows, pairs = next(batches.epoch(seed, 0))
    module.eval()
    with torch.no_grad():
        embeddings = module.embed(as_batch(task.items[rows], module.weight))
        # Only embeddings of any length can grow apart.
        lengths = embeddings.norm(dim=1)
        can_grow = not torch.allclose(lengths, torch.ones_like(lengths), atol=1e-3)
        small = can_grow and task.negatives == "ranking"
        module.start_uniform(embeddings, pairs, margin, small=small)


class _Loop:
    """Run the epochs of one training."""

    def __init__(self, recipe, net, task, batches, seed, verbose):
        self.objective, self.training = recipe.objective, recipe.training
        self.net, self.task, self.batches = net, task, batches
        self.seed, self.verbose = seed, verbose
        self.first = len(net.history)
        self.last = self.first + self.training.max_epochs
        self.best, self.done = None, False
        self.learns = [(p, p.requires_grad) for p in net.module_.parameters()]
        freeze(net.module_.backbone, self.training.freeze)
        self.checkpoint = None
        if self.training.checkpoint_dir is not None:
            start = {k: v.cpu().numpy() for k, v in net.module_.state_dict().items()}
            course = recipe.decisive(), repr(net.module_.backbone), start, seed
            self.checkpoint = Checkpoint(self.training.checkpoint_dir, *course, *task.decisive)
            self.resume(self.checkpoint.load())

    def run(self):
        """Train all epochs that are left, or as many as can be."""
        net, run = self.net, Run(self.net)
        n_steps = len(self.batches) * (self.last - self.first)
        good = copied(net.module_.state_dict())
        with Progress("Training", n_steps, self.verbose) as bar:
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
                if not self.has_learned():
                    raise
                run.interrupted = (
                    f"Training was interrupted in {self.position()}; the estimator is fitted, "
                    "with the weights it had learned by then."
                )
            except NonFiniteLoss as error:
                run.failure = self.explain(error)
                if not self.has_learned():
                    raise ValueError(run.failure) from error
                net.module_.load_state_dict(good)
            net.notify("on_train_end", X=self.task.items, y=None)
        if self.best is not None:
            net.module_.load_state_dict(self.best["weights"])
        for parameter, learns in self.learns:
            parameter.requires_grad_(learns)
        net.module_.eval()
        while net.history and "train_loss" not in net.history[-1]:
            net.history.pop()  # an epoch that was cut off
        run.history = self.finished_rows()
        return run

    def train_epoch(self, n_steps, bar):
        """Take one pass over the batches."""
        net, epoch = self.net, len(self.net.history)
        before = (epoch - self.first) * len(self.batches)
        rank, _ = processes.rank_and_size()
        # What dropout draws follows from the seed and the epoch alone, so that a resumed run
        # needs no state of a generator.
        torch.manual_seed(
            int(np.random.SeedSequence((self.seed, epoch, rank)).generate_state(1)[0])
        )
        net.module_.train()
        net.notify("on_epoch_begin", **self.datasets())
        evaluate_frozen(net.module_.backbone)  # after callbacks have frozen or thawed layers
        note = self.note()
        net.run_epoch(
            self.task.items,
            self.batches,
            self.seed,
            steps_before=before,
            n_steps=n_steps,
            progress=lambda step: bar(before + step, note),
        )

    def validate(self):
        """Record loss and equal error rate of the validation pairs in the history."""
        if self.task.validation is None:
            return
        pairs, signs = self.task.validation
        scores = pair_scores(self.net.module_, pairs, self.training.batch_size)
        losses = self.objective.loss_function.value(self.objective.margin - signs * scores)
        error = equal_error_rate_score(signs, scores)
        self.net.history.record("valid_loss", float(np.mean(losses)))
        self.net.history.record("valid_eer", error)
        if self.training.patience is None:
            return
        if self.best is None or error < self.best["error"]:
            weights = copied(self.net.module_.state_dict())
            self.best = {"error": error, "n_epochs": len(self.net.history), "weights": weights}

    def callbacks_stop(self):
        """Tell the callbacks; some of skorch's stop a training by raising KeyboardInterrupt."""
        try:
            self.net.notify("on_epoch_end", **self.datasets())
        except KeyboardInterrupt:
            return True
        return False

    def datasets(self):
        """Return what skorch's callbacks are told of."""
        return {"dataset_train": self.batches, "dataset_valid": self.task.validation}

    def stalled(self):
        """Tell whether the best epoch lies further back than patience allows."""
        patience = self.training.patience
        return self.best is not None and len(self.net.history) - self.best["n_epochs"] >= patience

    def save(self):
        """Save the state after an epoch as a checkpoint."""
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
        """Take over the state that a killed run of the same course had saved."""
        if state is None:
            return
        self.net.module_.load_state_dict(state["module"])
        self.net.optimizer_.load_state_dict(state["optimizer"])
        del self.net.history[:]
        self.net.history.extend({**row, "batches": []} for row in state["history"])
        self.best, self.done = state["best"], state["done"]

    def has_learned(self):
        """Tell whether this training has finished an epoch that is worth keeping."""
        return len(self.finished_rows()) > self.first

    def finished_rows(self):
        """Return the history of whole epochs, as plain dictionaries."""
        return [
            {k: plain(v) for k, v in row.items() if k != "batches"}
            for row in self.net.history
            if "train_loss" in row
        ]

    def position(self):
        """Name the epoch under way."""
        return f"epoch {len(self.net.history) - self.first} of {self.last - self.first}"

    def note(self):
        """Return the last figures, for the bar."""
        rows = self.finished_rows()
        parts = [self.position()]
        if rows:
            parts.append(f"loss {rows[-1]['train_loss']:.4g}")
            if "valid_eer" in rows[-1]:
                parts.append(f"validation EER {rows[-1]['valid_eer']:.4f}")
        return ", ".join(parts)

    def explain(self, error):
        """Say where the loss became NaN or infinite."""
        rate = max(group["lr"] for group in self.net.optimizer_.param_groups)
        kept = "; the weights after the last whole epoch are kept" if self.has_learned() else ""
        return (
            f"The loss became NaN or infinite in {self.position()}, batch {error}, at a "
            f"learning rate of {rate:.2g}{kept}. Lower lr, or scale the items."
        )


def freeze(backbone, patterns):
    """Keep the parameters that a pattern matches from learning."""
    patterns = ["*"] if patterns == "all" else list(patterns or ())
    named = dict(backbone.named_parameters())
    for pattern in patterns:
        if named and not any(fnmatch(name, pattern) for name in named):
            raise ValueError(
                f"freeze has {pattern!r}, which no parameter of the backbone matches; "
                f"they are {', '.join(list(named)[:5])}..."
            )
    for name, parameter in named.items():
        if any(fnmatch(name, pattern) for pattern in patterns):
            parameter.requires_grad_(False)


def evaluate_frozen(backbone):
    """Put layers all of whose parameters are frozen into evaluation mode."""
    # In training mode, batch normalisation would go on averaging its batches.
    for layer in backbone.modules():
        parameters = list(layer.parameters())
        if parameters and not any(p.requires_grad for p in parameters):
            layer.eval()


def plain(value):
    """Return numpy's numbers as Python's, which a checkpoint may hold."""
    return value.item() if isinstance(value, np.generic) else value


def copied(state):
    """Copy a state dictionary."""
    return {name: value.detach().clone() for name, value in state.items()}
