"""From checked pairs or a task to what the classifier learns, with a network or without."""

import numpy as np

from sklearn_dissim._kernels.dissimilarity_matrix import dissimilarity_matrix
from sklearn_dissim._max_margin.convex_head import fit_head
from sklearn_dissim._max_margin.fitted import Fitted
from sklearn_dissim._utils.user_warnings import warn_user


def fit_convex(objective, pairs, classes, signs, weights, **solver):
    """Solve the convex problem of pairs as they are.

    Parameters
    ----------
    objective : Objective
    pairs : ndarray or IndexedPairs
    classes : ndarray of shape (2,)
    signs, weights : ndarrays of shape (n_pairs,)
    **solver
        Options of `fit_head`.

    Returns
    -------
    Fitted
    """
    if isinstance(pairs, np.ndarray):
        pairs = pairs.astype(np.float64, copy=False)
    matrix = dissimilarity_matrix(pairs, objective.difference)
    solution, C = fit_head(objective, matrix, signs, weights, **solver)
    return Fitted(
        classes=classes,
        difference=objective.difference,
        n_iter=solution.n_iter,
        **_head_fields(solution.weights, solution.intercept, solution, C),
    )


def fit_network(recipe, task, classes, steps, *, seed, previous=None, **solver):
    """Train a network on a task, and finish its head.

    Parameters
    ----------
    recipe : Recipe
    task : Task
    classes : ndarray of shape (2,)
    steps : list
        As `Training.finish_steps` returns them.
    seed : int
    previous : Fitted, default=None
        Whose network is trained further.
    **solver
        Options of `fit_head`.

    Returns
    -------
    fitted : Fitted
    failure : str
        Why training or finishing ended early, if it did; what was learned until then is kept.
    """
    from sklearn_dissim._max_margin.training.finish import finished_head
    from sklearn_dissim._max_margin.training.loop import train

    verbose = solver["verbose"]
    run = train(recipe, task, seed=seed, previous=previous and previous.net, verbose=verbose)
    if run.interrupted:
        warn_user(run.interrupted)
    failure, options = run.failure, {"batch_size": recipe.training.batch_size, **solver}
    try:
        head = finished_head(run.net.module_, task, recipe.objective, steps, **options)
    except ValueError as error:  # hours of training must not be lost to a whitening that fails
        failure = f"finish failed: {error} The classifier is the one trained with the backbone."
        head = finished_head(run.net.module_, task, recipe.objective, [], **options)
    fitted = Fitted(
        classes=classes,
        difference=recipe.objective.difference,
        n_iter=len(run.history),
        net=run.net,
        history=run.history,
        whitening=head.whitening,
        recipe=recipe,
        item_shape=task.items.shape[1:],
        **_head_fields(head.coef, head.intercept, head.solution, head.C),
    )
    return fitted, failure


def _head_fields(coef, intercept, solution, C):
    fields = {"coef": coef[np.newaxis], "intercept": np.array([intercept]), "C": C}
    if solution is None:
        return fields
    # Rounding can take the gap below 0.
    gap = max(0.0, float(solution.gap))
    return fields | {"objective": float(solution.objective), "dual_gap": gap}


def refuse_another_network(previous, recipe, item_shape):
    """Refuse to train a network further that is not the one to be trained."""
    before, now = previous.recipe.spec, recipe.spec
    named = {"backbone": (before.backbone, now.backbone)}
    for name in sorted({*before.params, *now.params}):
        named[f"backbone__{name}"] = before.params.get(name), now.params.get(name)
    for name, (old, new) in named.items():
        if repr(old) != repr(new):
            raise ValueError(
                f"{name} was {old!r} in the training that is to go on, and is {new!r} "
                "now; fit anew with warm_start=False."
            )
    if item_shape != previous.item_shape or recipe.vectors != previous.recipe.vectors:
        raise ValueError(
            f"items must have the shape {previous.item_shape} of those the backbone was trained "
            f"on; got {item_shape}."
        )
