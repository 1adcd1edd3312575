"""Training: how a backbone is trained."""

from numbers import Integral, Real
from pathlib import Path

from sklearn.base import BaseEstimator

from sklearn_dissim._pairs.pair_whitening import PairWhitening
from sklearn_dissim._utils.compat import Interval, StrOptions
from sklearn_dissim._utils.params import PrefixedParams

_OF_CLASSIFIER = (
    *("C", "margin", "max_norm", "loss", "difference", "nonpositive", "shrink_to"),
    *("class_weight", "tol", "max_iter", "backbone", "warm_start", "random_state", "verbose"),
)


class Training(PrefixedParams, BaseEstimator):
    r"""Hold the parameters of the training of a backbone.

    It is given to `MaxMarginPairClassifier` as `training`; its parameters are searched and
    set as ``training__lr``, ``training__max_epochs`` and so on. Names that skorch has mean
    what they mean in skorch.

    Parameters
    ----------
    max_epochs : int, default=100
        Largest number of epochs.
    lr : float or "auto", default="auto"
        Learning rate, at its highest. "auto" is 0.02; but 0.001 for a backbone that was
        trained before, as far as batch normalisation in it tells. Pretrained backbones
        without such layers want about 0.0001.
    optimizer : {"adam", "adamw", "sgd"} or torch optimizer class, default="adam"
        Built with the parameters ``optimizer__*``.
    batch_size : int, default=256
        Pairs in a batch of `fit`; items in a batch when items are embedded.
    callbacks : list of skorch callbacks, "disable" or None, default=None
        Copied, and told of every epoch and batch, after skorch's habit: a callback, or a pair
        (name, callback). Two callbacks are there by default, and
        ``callbacks__<name>=None`` switches one off: "epoch_timer", and "one_cycle", by which
        the learning rate rises from a twenty-fifth of `lr` in three tenths of the run and
        falls to 0 in the rest [1]_. Callbacks that score skorch's own data sets find none
        here.
    device : str, default="auto"
        "cpu", "cuda" and so on; "auto" takes the GPU if there is one.
    n_identities : int or "auto", default="auto"
        Identities in a batch of `fit_identities`. "auto" is 32, or as many as there are with
        two items or more.
    n_samples : int, default=4
        Items of each identity in a batch of `fit_identities`.
    negatives : {"auto", "all", "ranking"}, default="auto"
        Which different pairs of a batch enter the loss:

        - "all": every one;
        - "ranking": each item's hardest one, that of the highest score; and by how much it
          does not lie a margin below each of the item's same pairs;
        - "auto": "all" in `fit`, "ranking" in `fit_identities`.
    freeze : "all", list of str or None, default=None
        Parameters of the backbone that do not learn, by name; a name may hold wildcards, as
        "features.0.*". Layers all of whose parameters are frozen stay in evaluation mode.
        skorch's ``Freezer`` and ``Unfreezer`` freeze layers for some epochs only.
    validation_fraction : float or None, default=None
        Share of the identities that is kept out of training. Their pairs give
        ``valid_loss`` and ``valid_eer`` (equal error rate) in ``history_``.
    patience : int or None, default=None
        Stop after so many epochs without a lower ``valid_eer``, and take the weights of the
        best epoch.
    precision : {"auto", "float32", "float64", "mixed"}, default="auto"
        Of the network. "mixed" runs the backbone in bfloat16 where that is safe; "auto" is
        "mixed" on a GPU, else "float32".
    checkpoint_dir : str, Path or None, default=None
        Folder in which the state of training is saved after epochs. The same fit, started
        again after it was killed, goes on from there and ends with the same weights. The
        state of `callbacks` is not saved; ``random_state=None`` counts as 0.
    finish : {"auto", "whiten", "exact"}, PairWhitening, list of these, or None, default="auto"
        What is made of the embeddings after training:

        - None: nothing; the classifier is the one that was trained with the backbone;
        - "whiten": the embeddings are whitened, with ``PairWhitening(basis="zca",
          shrinkage=0.5, length_power=0.5)``; all differences get one weight, and scale and
          threshold are solved on validation pairs, if there are any, else on training pairs,
          both labels weighing the same;
        - a `PairWhitening`: the same with other options. ``length_power=1`` suits pretrained
          backbones, whose lengths say little about the identity;
        - "exact": the convex problem of the classifier is solved on the embeddings, to its
          certificate, with the classifier's `C`, `shrink_to`, `tol` and `max_iter`;
        - a list, as ``["whiten", "exact"]``: one after the other;
        - "auto": "whiten" after `fit_identities`, None after `fit`.

    See Also
    --------
    MaxMarginPairClassifier : The classifier that is trained.

    Notes
    -----
    In training, the sum of the objective over pairs is the mean over the chosen pairs of a
    batch, and the penalty is divided by C and the weight of an epoch's pairs to match. The
    classifier starts as a plain distance between the embeddings.

    Under torchrun or accelerate, every process embeds its part of a batch of `batch_size` or
    of `n_identities` * `n_samples` for each process, and all score all pairs of the whole.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence", arXiv:1708.07120.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, Training, make_pairs
    >>> X, species = load_iris(return_X_y=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> training = Training(max_epochs=20, optimizer="sgd", optimizer__momentum=0.9)
    >>> clf = MaxMarginPairClassifier(backbone="linear", training=training, random_state=0)
    >>> clf.set_params(training__lr=0.05).fit(pairs, y).n_iter_
    20
    """

    _parameter_constraints = {
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "optimizer": [StrOptions({"adam", "adamw", "sgd"}), callable],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "callbacks": [None, list, StrOptions({"disable"})],
        "device": [str],
        "n_identities": [Interval(Integral, 2, None, closed="left"), StrOptions({"auto"})],
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "negatives": [StrOptions({"auto", "all", "ranking"})],
        "freeze": [None, StrOptions({"all"}), list, tuple],
        "validation_fraction": [None, Interval(Real, 0, 1, closed="neither")],
        "patience": [None, Interval(Integral, 1, None, closed="left")],
        "precision": [StrOptions({"auto", "float32", "float64", "mixed"})],
        "checkpoint_dir": [None, str, Path],
        "finish": [None, StrOptions({"auto", "whiten", "exact"}), PairWhitening, list, tuple],
    }
    _prefixes = ("optimizer", "callbacks")
    _moved = {
        **dict.fromkeys(_OF_CLASSIFIER, "It belongs to MaxMarginPairClassifier."),
        "n_hard": "negatives='ranking' takes each item's hardest different pair.",
        "warmup_epochs": "Take skorch's Freezer('backbone.*') and Unfreezer('backbone.*', "
        "at=2) as callbacks.",
        "lr_schedule": "callbacks__one_cycle=None switches the schedule off.",
        "normalize": "End the backbone in sklearn_dissim.layers.L2Normalize().",
        "whiten": "It is finish='whiten', or finish=PairWhitening(...).",
        "length_normalization": "It is finish=PairWhitening(basis='zca', length_power=...).",
        "refit_head": "It is finish='exact'.",
    }

    def __init__(
        self,
        *,
        max_epochs=100,
        lr="auto",
        optimizer="adam",
        batch_size=256,
        callbacks=None,
        device="auto",
        n_identities="auto",
        n_samples=4,
        negatives="auto",
        freeze=None,
        validation_fraction=None,
        patience=None,
        precision="auto",
        checkpoint_dir=None,
        finish="auto",
        **prefixed,
    ):
        self.max_epochs = max_epochs
        self.lr = lr
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.callbacks = callbacks
        self.device = device
        self.n_identities = n_identities
        self.n_samples = n_samples
        self.negatives = negatives
        self.freeze = freeze
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.precision = precision
        self.checkpoint_dir = checkpoint_dir
        self.finish = finish
        self._store_prefixed(prefixed)

    def check(self):
        """Check the parameters, each by itself and those that need one another.

        Returns
        -------
        self : Training
            The object itself.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or needs another that is not given.
        """
        self._validate_params()
        if self.patience is not None and self.validation_fraction is None:
            raise ValueError(
                f"patience={self.patience} needs a validation_fraction to watch; got None."
            )
        if "lr" in self._params_for("optimizer"):
            raise ValueError("optimizer__lr would overrule lr; give lr alone.")
        if self.callbacks == "disable" and (named := self._params_for("callbacks")):
            raise ValueError(
                f"callbacks__{next(iter(named))} needs callbacks; callbacks='disable' leaves none."
            )
        for step in self.finish_steps(from_identities=True):
            if isinstance(step, PairWhitening):
                step._validate_params()
        return self

    def finish_steps(self, *, from_identities, vectors=False):
        """Return what follows the training, step by step.

        Parameters
        ----------
        from_identities : bool
            Whether the training is that of `fit_identities`, which decides "auto".
        vectors : bool, default=False
            Whether the backbone takes dissimilarity vectors, which cannot be whitened.

        Returns
        -------
        list
            Of `PairWhitening` and, in the last place, "exact".
        """
        finish = self.finish
        if finish == "auto":
            finish = "whiten" if from_identities else None
        if finish is None:
            return []
        steps = list(finish) if isinstance(finish, list | tuple) else [finish]
        steps = [_WHITEN if isinstance(s, str) and s == "whiten" else s for s in steps]
        whitens = [isinstance(step, PairWhitening) for step in steps]
        exact = [isinstance(step, str) and step == "exact" for step in steps]
        all_valid = all(a or b for a, b in zip(whitens, exact, strict=True))
        if not all_valid or sum(whitens) > 1 or any(exact[:-1]) or not steps:
            raise ValueError(
                "finish must be None, 'auto', 'whiten', 'exact', a PairWhitening, or a list of "
                f"one whitening followed by 'exact'; got {self.finish!r}."
            )
        if vectors and any(whitens):
            raise ValueError(
                f"finish={self.finish!r} needs pairs of items; dissimilarity vectors are given."
            )
        return steps


# What stands for a name that a user may give to the classifier.
OF_TRAINING = Training._moved | {
    name: f"It belongs to the training: training=Training({name}=...)."
    for name in Training._parameter_constraints
}
_WHITEN = PairWhitening(basis="zca", shrinkage=0.5, length_power=0.5)
