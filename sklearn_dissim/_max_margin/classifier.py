"""MaxMarginPairClassifier: same or different, by a linear classifier of |q - r|."""

import warnings
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from sklearn_dissim._kernels.dissimilarity import DIFFERENCES
from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.convex_head import automatic_cost, solve_equal_head, solve_head
from sklearn_dissim._max_margin.losses import LOSSES
from sklearn_dissim._max_margin.pair_scorer import PairScorer
from sklearn_dissim._pairs.indexed_pairs import IndexedPairs
from sklearn_dissim._pairs.scatter import pair_scatter, whitening_map
from sklearn_dissim._pairs.validation import (
    all_or_nothing,
    check_both_classes_weigh,
    check_items,
    check_pair_labels,
    check_pair_weights,
    check_pairs,
)
from sklearn_dissim._utils.compat import Interval, StrOptions, fit_context
from sklearn_dissim._utils.prefixed_params import PrefixedParams


def _has_backbone(estimator):
    return estimator.backbone is not None


class MaxMarginPairClassifier(PrefixedParams, PairScorer):
    r"""Max-margin classifier of pairs in the dissimilarity space.

    A pair of items (q, r) becomes one dissimilarity vector, :math:`d = |q - r|`, and a
    linear classifier decides: different or same [1]_ [2]_. Weights w and intercept b

    .. math:: \text{minimise} \quad \tfrac12 |w - w_0|_2^2
              + C \sum_i s_i \, loss(margin - y_i (w \cdot d_i + b))

    subject to :math:`|w|_2 \le max\_norm` if given and :math:`w \le 0` if `nonpositive`;
    :math:`y_i` is +1 for same and -1 for different, :math:`s_i` the weight of a pair, and
    :math:`w_0` is 0 or, with ``shrink_to="equal"``, the plain distance.

    Without a backbone the problem is convex and solved to a certified duality gap; the
    result is the same at every call. With a `backbone` f, :math:`d = |f(q) - f(r)|`, and f
    is trained with the classifier by stochastic gradients [2]_, on given pairs (`fit`) or on
    all pairs of batches of identities (`fit_identities`).

    Parameters
    ----------
    C : float or "auto", default="auto"
        Cost of margin violations; the smaller, the stronger the pull of `shrink_to`. "auto"
        is :math:`200 / (n_{features} \, \bar d^2 \sum_i s_i)` with the mean :math:`\bar d`
        of all differences, whatever their unit and number; `C_` holds it. In the training
        of a backbone it is 1.
    shrink_to : {"zero", "equal"}, default="zero"
        Where weights go as C goes to 0 [5]_: to 0; or to equal ones, those that with an
        intercept violate the margin least when both labels weigh the same. With "equal" a
        small C ranks pairs as the plain distance does, and a larger one departs from it as
        far as pairs give reason to: for features of like units, as after `PairWhitening`,
        and few identities to learn from. It says how the convex problem is solved, without
        a backbone or by `refit_head`; networks start from equal weights anyway.
    margin : float, default=1.0
        Score, up or down, from which a pair costs nothing. Without `max_norm` and a
        backbone, scaling it by t scales weights and intercept by t, where C is scaled by t
        too (hinge) or left as it is (squared hinge): try values with `max_norm`.
    max_norm : float, default=None
        Largest L2 norm of the weights; with a backbone, kept by projection after each step.
    nonpositive : bool or "auto", default="auto"
        Hold the weights at or below 0: a larger difference can then only lower the
        score, and ``intercept - score`` is a weighted distance. "auto" does so where a
        backbone embeds items.
    loss : {"hinge", "squared_hinge"}, default="hinge"
        ``max(0, z)`` or ``max(0, z) ** 2``.
    difference : {"absolute", "squared", "relative"}, default="absolute"
        ``|q - r|``, ``(q - r) ** 2`` or ``|q - r| / (|q| + |r|)``.
    class_weight : dict or "balanced", default=None
        Weights by label, multiplied into `sample_weight`; "balanced" makes up for one
        label having more pairs than the other.
    tol : float, default=1e-5
        Without a backbone: stop when the duality gap is at most this share of the objective.
    max_iter : int, default=1000
        Without a backbone: Newton steps, at most.
    backbone : {"linear", "mlp"}, nn.Module class or instance, default=None
        Embeds the items: maps a batch (n, \*item_shape) to (n, n_features). A class is built
        with the parameters ``backbone__*``; an instance (pretrained, say) is copied. "linear"
        (``backbone__n_components``) begins as `PairWhitening`; it and "mlp"
        (``backbone__hidden_layer_sizes``, ``backbone__n_components``) standardise the
        features first.
    normalize : {"auto", "l2", "none"}, default="auto"
        What is done to embeddings. With "none" the backbone can reach any margin by scaling
        its output: `C` and `max_norm` then hold the weights, not the classifier. With "l2"
        embeddings have length 1, so that differences are bounded and `margin` against the
        norm of the weights says how far apart identities must lie; but an item that is
        unlike everything can no longer say so by a short embedding, which costs accuracy
        where one threshold must serve all identities. "auto" is "l2" for "linear" and
        "mlp", "none" for a module.
    max_epochs : int, default=100
        Epochs, at most.
    lr : float or "auto", default="auto"
        Learning rate, at its highest. "auto" is 0.02; but 0.001 for a backbone that was
        trained before, as far as batch normalisation in it tells. Pretrained backbones
        without such layers want about 0.0001.
    lr_schedule : {"one_cycle", "constant"}, default="one_cycle"
        "one_cycle" rises from a twenty-fifth of `lr` in three tenths of the run and falls to
        0 in the rest, both by a cosine [3]_.
    optimizer : {"adam", "adamw", "sgd"} or torch optimizer class, default="adam"
        Built with the parameters ``optimizer__*``.
    batch_size : int, default=256
        Pairs in a batch of `fit`; items in a batch of `embed`.
    n_identities, n_samples : int, default=32, 4
        Identities in a batch of `fit_identities`, and items of each.
    negatives : {"auto", "all", "active", "hardest", "ranking"}, default="auto"
        Which pairs of a batch enter the loss: all; those that violate the margin; same pairs
        and each item's `n_hard` different pairs of highest score; or these, and by how much
        they do not lie a margin below the item's same pairs. "auto" is "all" in `fit`,
        "ranking" in `fit_identities`.
    n_hard : int, default=1
        For "hardest" and "ranking".
    freeze : "all" or list of str, default=None
        Parameters of the backbone that do not learn, by name; a name may hold wildcards, as
        "features.0.*". Layers all of whose parameters are frozen stay in evaluation mode.
    warmup_epochs : int, default=0
        First epochs in which the classifier learns alone.
    validation_fraction : float, default=None
        Share of the identities that is kept out of training. Their pairs give
        ``valid_loss`` and ``valid_eer`` (equal error rate) in `history_`.
    patience : int, default=None
        Stop after so many epochs without a lower ``valid_eer``, and take the weights of the
        best epoch.
    whiten : float between 0 and 1, "auto" or None, default="auto"
        After training, map the embeddings so that same pairs differ by as much in every
        direction, their scatter shrunk by this share towards a round one, and give all
        their differences one weight; scale and threshold are solved on validation pairs, if
        there are, else on training pairs, both labels weighing the same. "auto" is 0.5
        after `fit_identities`, None after `fit`.
    length_normalization : float between 0 and 1, default=0.5
        How far whitened embeddings are brought to one length: they are divided by their
        length to this power [4]_. 0 leaves lengths as they are. 1 suits pretrained networks,
        whose lengths say little of identities; lengths that were learned say more.
    refit_head : bool, default=False
        Solve weights and intercept exactly on the final embeddings, as without a backbone.
    warm_start : bool, default=False
        Go on from what an earlier fit has learned.
    precision : {"auto", "float32", "float64", "mixed"}, default="auto"
        Of the network. "mixed" runs the backbone in bfloat16 where that is safe; "auto" is
        "mixed" on a GPU, else "float32".
    device : str, default="auto"
        "cpu", "cuda"...; "auto" takes the GPU if there is one.
    checkpoint_dir : str or Path, default=None
        Where to save the state of training after epochs. The same fit, started again after
        it was killed, goes on from there and ends with the same weights. (The state of
        `callbacks` is not saved; `random_state` None counts as 0.)
    callbacks : list of skorch callbacks, default=None
        Copied, and told of every epoch and batch. The learning rate is theirs to change where
        `lr_schedule` is "constant". Those that score skorch's own datasets find none here.
    random_state : int, RandomState instance or None, default=None
        Seeds first weights and batches. torch's global generator is left as it was; as there
        is but one, threads of a process train one after the other.
    verbose : int, default=0
        1 prints the solver's steps, or a bar with loss, validation error and time left.
    **prefixed
        ``backbone__*`` and ``optimizer__*``.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features)
        Weights of the dissimilarity vector.
    intercept_ : ndarray of shape (1,)
        Not penalised.
    C_ : float
        Of a convex fit: the `C` that was used.
    classes_ : ndarray of shape (2,)
        Both labels; the greater one in sorted order means same.
    objective_ : float
        Of a convex fit: the value reached.
    dual_gap_ : float
        Of a convex fit, its certificate: no feasible weights have an objective below
        ``objective_ - dual_gap_``.
    n_iter_ : int
        Newton steps or epochs taken.
    net_ : skorch.NeuralNet or None
        The trained network, in ``net_.module_.backbone``.
    history_ : list of dict
        Of training with a backbone, by epoch; ``pandas.DataFrame(clf.history_)`` shows it.
    n_features_in_ : int
        Number of features of an item (or of a dissimilarity vector).
    feature_names_in_ : ndarray of str
        Their names, where X was a DataFrame; without ``left_`` and ``right_``.

    See Also
    --------
    DichotomyTransformer : Dissimilarity vectors for any other classifier.
    PairWhitening : An item basis in which this classifier works best.

    Notes
    -----
    Pairs come as an array (n_pairs, 2, \*item_shape), `IndexedPairs`, a DataFrame with
    ``left_*`` and ``right_*`` columns, or a 2-D array of dissimilarity vectors. The dissimilarity
    vectors of the first three are never stored. A backbone maps given dissimilarity vectors
    as they are.

    In training, the sum over pairs is the mean over the chosen pairs of a batch, and the
    penalty is divided by C and the weight of an epoch's pairs to match. The classifier
    starts as a plain distance between the embeddings.

    Under torchrun or accelerate, every process embeds its part of a batch of `batch_size` or
    of `n_identities` * `n_samples` for each process, and all score all pairs of the whole.

    There is no `predict_proba`: wrap the classifier in scikit-learn's
    :class:`~sklearn.calibration.CalibratedClassifierCV`.

    References
    ----------
    .. [1] S.-H. Cha and S. N. Srihari, "Writer identification: statistical analysis and
       dichotomizer", SSPR/SPR 2000.
    .. [2] "Image Retrieval Methods in the Dissimilarity Space", arXiv:2412.08618.
    .. [3] L. N. Smith and N. Topin, "Super-convergence", arXiv:1708.07120.
    .. [4] D. Garcia-Romero and C. Espy-Wilson, "Analysis of i-vector length normalization in
       speaker recognition systems", Interspeech 2011: after whitening, as here; power 1.
    .. [5] W. Kienzle and K. Chellapilla, "Personalized handwriting recognition via biased
       regularization", ICML 2006: weights that shrink to others than 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_dissim import MaxMarginPairClassifier, make_pairs
    >>> X, species = load_iris(return_X_y=True)
    >>> pairs, y, groups = make_pairs(X, species, random_state=0)
    >>> clf = MaxMarginPairClassifier(nonpositive=True).fit(pairs, y)
    >>> round(clf.score(pairs, y), 2)
    0.91

    The same with a linear map of the flowers learned along:

    >>> clf = MaxMarginPairClassifier(backbone="linear", random_state=0).fit(pairs, y)
    >>> bool(clf.score(pairs, y) > 0.91)
    True
    >>> clf.embed(X).shape
    (150, 4)
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "shrink_to": [StrOptions({"zero", "equal"})],
        "margin": [Interval(Real, 0, None, closed="neither")],
        "max_norm": [Interval(Real, 0, None, closed="neither"), None],
        "nonpositive": ["boolean", StrOptions({"auto"})],
        "loss": [StrOptions(set(LOSSES))],
        "difference": [StrOptions(set(DIFFERENCES))],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "backbone": [None, StrOptions({"linear", "mlp"}), callable],
        "normalize": [StrOptions({"auto", "l2", "none"})],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "lr_schedule": [StrOptions({"one_cycle", "constant"})],
        "optimizer": [StrOptions({"adam", "adamw", "sgd"}), callable],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "n_identities": [Interval(Integral, 2, None, closed="left")],
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "negatives": [StrOptions({"auto", "all", "active", "hardest", "ranking"})],
        "n_hard": [Interval(Integral, 1, None, closed="left")],
        "freeze": [None, StrOptions({"all"}), list, tuple],
        "warmup_epochs": [Interval(Integral, 0, None, closed="left")],
        "validation_fraction": [None, Interval(Real, 0, 1, closed="neither")],
        "patience": [None, Interval(Integral, 1, None, closed="left")],
        "whiten": [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"}), None],
        "length_normalization": [Interval(Real, 0, 1, closed="both")],
        "refit_head": ["boolean"],
        "warm_start": ["boolean"],
        "precision": [StrOptions({"auto", "float32", "float64", "mixed"})],
        "device": [str],
        "checkpoint_dir": [None, str, Path],
        "callbacks": [None, list],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    _prefixes = ("backbone", "optimizer")

    # With metadata routing, fit takes the groups that a splitter takes.
    __metadata_request__fit = {"groups": True}

    def __init__(
        self,
        C="auto",
        *,
        shrink_to="zero",
        margin=1.0,
        max_norm=None,
        nonpositive="auto",
        loss="hinge",
        difference="absolute",
        class_weight=None,
        tol=1e-5,
        max_iter=1000,
        backbone=None,
        normalize="auto",
        max_epochs=100,
        lr="auto",
        lr_schedule="one_cycle",
        optimizer="adam",
        batch_size=256,
        n_identities=32,
        n_samples=4,
        negatives="auto",
        n_hard=1,
        freeze=None,
        warmup_epochs=0,
        validation_fraction=None,
        patience=None,
        whiten="auto",
        length_normalization=0.5,
        refit_head=False,
        warm_start=False,
        precision="auto",
        device="auto",
        checkpoint_dir=None,
        callbacks=None,
        random_state=None,
        verbose=0,
        **prefixed,
    ):
        self.C = C
        self.shrink_to = shrink_to
        self.margin = margin
        self.max_norm = max_norm
        self.nonpositive = nonpositive
        self.loss = loss
        self.difference = difference
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.backbone = backbone
        self.normalize = normalize
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.n_identities = n_identities
        self.n_samples = n_samples
        self.negatives = negatives
        self.n_hard = n_hard
        self.freeze = freeze
        self.warmup_epochs = warmup_epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.whiten = whiten
        self.length_normalization = length_normalization
        self.refit_head = refit_head
        self.warm_start = warm_start
        self.precision = precision
        self.device = device
        self.checkpoint_dir = checkpoint_dir
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose
        self._store_prefixed(prefixed)

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, groups=None):
        """Learn from labelled pairs.

        Parameters
        ----------
        X : IndexedPairs, array of shape (n_pairs, 2, ...) or (n_pairs, n_features), \
                or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Any two labels; the greater one in sorted order means same.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs, not negative; 0 leaves a pair out.
        groups : array-like of shape (n_pairs, 2), default=None
            Both identities of each pair, for `validation_fraction`. Default: items that
            same pairs link are one identity.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X holds NaN or infinity, y has one or more than two classes, or their
            lengths differ; if the loss becomes NaN, the batch and the learning rate are
            named, and the estimator is left with the weights of the last whole epoch.

        Warns
        -----
        ConvergenceWarning
            Without a backbone, if the duality gap is still above `tol` after `max_iter`
            steps.
        """
        return self._say(self._fit(X, y, sample_weight, groups))

    @all_or_nothing
    def _fit(self, X, y, sample_weight, groups):
        going_on = self._begin()
        pairs = check_pairs(self, X, reset=not going_on, item_shape=self.backbone is not None)
        classes, signs = check_pair_labels(y, len(pairs))
        weights = check_pair_weights(sample_weight, self.class_weight, classes, signs)
        check_both_classes_weigh(classes, signs, weights)
        self.classes_ = classes
        if self.backbone is None:
            self._refuse_prefixed()
            self._trained_params = self.get_params(deep=False)
            if isinstance(pairs, np.ndarray):
                pairs = pairs.astype(np.float64, copy=False)
            return self._solve_head(dissimilarity_matrix(pairs, self.difference), signs, weights)
        from sklearn_dissim._max_margin.training.tasks import pair_task

        seed = self._seed()
        task = pair_task(self, X, pairs, signs, weights, groups, seed=seed)
        run = self._train(task, going_on, seed=seed)
        self._finish_head(None if self.whiten == "auto" else self.whiten, task)
        return run

    @available_if(_has_backbone)
    @fit_context(prefer_skip_nested_validation=True)
    def fit_identities(self, items, identities, *, groups=None):
        """Learn from items and their identities, by the pairs there are in each batch.

        A batch holds `n_identities` identities with `n_samples` samples each, and all its
        pairs. An epoch makes as many passes over the identities as it takes to draw about
        as many samples as there are: a pass is a random permutation of the identities, cut
        into batches, the last of them filled up from the others.

        Parameters
        ----------
        items : array-like of shape (n_items, ...) or DataFrame
            Vectors or images.
        identities : array-like of shape (n_items,)
            Integers or strings. Items of identity -1 (unknown), and of identities with one
            sample, are used in different pairs only; two unknown ones make no pair.
        groups : array-like of shape (n_items,), default=None
            Kept whole by `validation_fraction`: alphabets, households, sites. Default: the
            identities.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are fewer identities of at least two samples than `n_identities`, if
            items hold NaN or infinity, or if the loss becomes NaN, as in `fit`.
        """
        return self._say(self._fit_identities(items, identities, groups))

    @all_or_nothing
    def _fit_identities(self, items, identities, groups):
        from sklearn_dissim._max_margin.training.tasks import identity_task

        going_on = self._begin()
        items = check_items(self, items, reset=not going_on)
        self.classes_ = np.array([0, 1])
        seed = self._seed()
        task = identity_task(self, items, identities, groups, seed=seed)
        run = self._train(task, going_on, seed=seed)
        self._finish_head(0.5 if self.whiten == "auto" else self.whiten, task)
        return run

    @available_if(_has_backbone)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """One epoch more, at a constant learning rate, on these pairs.

        The classifier is then the network's own: what `whiten` or `refit_head` had made of
        it is given up. After unpickling the optimizer begins anew.

        Parameters
        ----------
        X : IndexedPairs, array or DataFrame
            The pairs, in any of the four ways.
        y : array-like of shape (n_pairs,)
            Labels; they may all be the same.
        classes : array-like of shape (2,), default=None
            Both labels, in the first call, if y does not hold them.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs.

        Returns
        -------
        self
        """
        return self._say(self._partial_fit(X, y, classes, sample_weight))

    @all_or_nothing
    def _partial_fit(self, X, y, classes, sample_weight):
        from sklearn_dissim._max_margin.training.tasks import pair_task

        going_on = self._is_trained()
        pairs = check_pairs(self, X, reset=not going_on, item_shape=True)
        if going_on:
            classes = self.classes_
        self.classes_, signs = check_pair_labels(y, len(pairs), classes)
        if self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' needs all pairs; partial_fit has a part.")
        weights = check_pair_weights(sample_weight, self.class_weight, self.classes_, signs)
        seed = self._seed()
        task = pair_task(self, X, pairs, signs, weights, seed=seed, validate=False)
        return self._train(task, going_on, seed=seed, n_epochs=1)

    def _begin(self):
        """Whether to go on from what was learned; else forget it."""
        if self.warm_start and self._is_trained():
            return True
        for name in [n for n in vars(self) if n.endswith("_") and not n.startswith("__")]:
            delattr(self, name)
        self.net_: Any = None
        return False

    def _is_trained(self):
        return self.backbone is not None and getattr(self, "net_", None) is not None

    def _seed(self):
        from sklearn_dissim._max_margin.training.processes import agreed

        random_state = check_random_state(self.random_state)
        if self.random_state is None and self.checkpoint_dir is not None:
            random_state = check_random_state(0)  # for a killed fit to be found again
        return agreed(int(random_state.randint(np.iinfo(np.int32).max)))

    def _train(self, task, going_on, **options):
        from sklearn_dissim._max_margin.training.training import train

        if going_on:
            self._refuse_another_network(task)
        run = train(self, task, previous=self.net_ if going_on else None, **options)
        module = run.net.module_
        self._trained_params = self.get_params(deep=False)
        self.net_ = run.net
        self.history_ = run.history
        self.n_iter_ = len(run.history)
        self.coef_ = module.weight.detach().cpu().numpy().astype(np.float64)[np.newaxis]
        self.intercept_ = np.array([module.bias.item()])
        self._item_shape = None if task.vectors else task.items.shape[1:]
        self._basis = None
        for name in {"C_", "objective_", "dual_gap_"} & vars(self).keys():
            delattr(self, name)  # of another head
        return run

    def _refuse_another_network(self, task):
        for name in ("backbone", *self._prefixed()):
            before, now = self._trained_params.get(name), getattr(self, name)
            if name.startswith("backbone") and repr(before) != repr(now):
                raise ValueError(
                    f"{name} was {before!r} in the training that is to go on, and is {now!r} "
                    "now; fit anew with warm_start=False."
                )
        shape = None if task.vectors else task.items.shape[1:]
        if shape != self._item_shape:
            raise ValueError(
                f"items must have the shape {self._item_shape} of those the backbone was trained "
                f"on; got {shape}."
            )

    def _refuse_prefixed(self):
        for name in self._prefixed():
            raise ValueError(f"{name} needs a backbone; got backbone=None.")

    def _solve_head(self, matrix, signs, weights):
        nonpositive = self.net_.module_.nonpositive if self.net_ else self.nonpositive is True
        center = np.zeros(matrix.shape[1])
        if self.shrink_to == "equal":
            center += solve_equal_head(self, matrix, signs, weights)[0]
        self.C_ = automatic_cost(matrix, weights) if self.C == "auto" else float(self.C)
        solution = solve_head(
            self,
            matrix,
            signs,
            self.C_ * weights,
            nonpositive=nonpositive,
            verbose=self.verbose,
            center=center,
        )
        self.coef_ = solution.weights[np.newaxis]
        self.intercept_ = np.array([solution.intercept])
        self.objective_ = float(solution.objective)
        self.dual_gap_ = max(0.0, float(solution.gap))  # rounding can cross 0
        if not self.net_:
            self.n_iter_ = solution.n_iter

    def _finish_head(self, whiten, task):
        """What is done after training: a basis and a uniform head, an exact head."""
        whiten = None if task.vectors else whiten
        if whiten is None and not self.refit_head:
            return
        indices, signs, weights = task.labelled_pairs()
        pairs = task.items if task.vectors else IndexedPairs(task.items, indices)
        if whiten is not None:
            embedded = self._embedded(pairs)
            embedded = embedded.over(embedded.items.astype(np.float64))
            same = signs > 0
            scatter = pair_scatter(embedded.items, embedded.indices[same], weights[same])
            mean, matrix = embedded.items.mean(axis=0), whitening_map(scatter, whiten)
            self._basis = mean, matrix, self.length_normalization
            judged, labels = task.validation or (pairs, signs)
            known = np.ones(len(labels)) if task.validation else weights
            slope, self.intercept_ = solve_equal_head(self, self._matrix(judged), labels, known)
            self.coef_ = np.full((1, len(scatter)), slope)
        if self.refit_head:
            self._solve_head(self._matrix(pairs), signs, weights)

    def _say(self, run):
        if run is not None and run.interrupted:
            warnings.warn(run.interrupted, stacklevel=4)
        if run is not None and run.failure:
            raise ValueError(run.failure)
        return self
