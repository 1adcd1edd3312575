"""Take a fitted model apart, whatever it is wrapped in."""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline


def fitted_parts(model):
    """Return the transformers of a fitted model, and its last estimator.

    Parameters
    ----------
    model : estimator
        Pipelines, searches and frozen estimators are taken apart, however they are nested.

    Returns
    -------
    steps : list of transformers
    last : estimator
    """
    steps, last = [], model
    while True:
        if isinstance(last, FrozenEstimator):
            last = last.estimator
        elif hasattr(last, "best_estimator_"):
            last = last.best_estimator_
        elif isinstance(last, Pipeline):
            steps += transformers(last)
            last = last.steps[-1][1]
        else:
            return steps, last


def transformers(pipeline):
    """Return the steps before the last, without those that do nothing."""
    return [step for _, step in pipeline.steps[:-1] if step not in (None, "passthrough")]
