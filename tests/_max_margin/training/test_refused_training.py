"""What training refuses, by the name of the parameter, and what it leaves as it was."""

import numpy as np
import pytest
from torch import nn

from sklearn_dissim import MaxMarginPairClassifier
from tests.conftest import convert
from tests.helpers.networks import small, state


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"backbone": nn.Conv2d(1, 2, 3)}, ValueError, r"backbone must return one vector an it"),
        ({"backbone": nn.Linear(3, 4)}, ValueError, r"backbone failed on a batch of shape \(2, 1"),
        ({"backbone": nn.Linear}, TypeError, r"backbone 'Linear' cannot be built with {}"),
        ({"backbone": "mpl"}, ValueError, r"'backbone' parameter .* must be"),
        ({"backbone": len}, TypeError, r"backbone must be None, 'linear', 'mlp', or a torch"),
        ({"backbone": nn.Flatten(), "backbone__x": 3}, ValueError, r"backbone is an instance"),
        ({"backbone__width": 3}, TypeError, r"backbone 'linear' cannot be built with {'width'"),
        ({"device": "cuda:7"}, ValueError, r"device 'cuda:7' is not available here"),
        ({"device": "graphics"}, ValueError, r"device 'graphics' is not available here"),
        ({"patience": 3}, ValueError, r"patience=3 needs a validation_fraction"),
        ({"freeze": ["layer9.*"]}, ValueError, r"freeze has 'layer9.\*', which no parameter"),
        ({"negatives": "some"}, ValueError, r"'negatives' parameter .* must be"),
        ({"lr": -1.0}, ValueError, r"'lr' parameter .* must be"),
        ({"optimizer": "adamm"}, ValueError, r"'optimizer' parameter .* must be"),
        ({"validation_fraction": 1.5}, ValueError, r"'validation_fraction' parameter .* must"),
    ],
    ids=str,
)
def test_bad_parameters(digit_pairs, params, error, message):
    pairs, y, _ = digit_pairs
    clf = small().fit(pairs, y)
    before = state(clf)
    with pytest.raises(error, match=message):
        set_any(clf, params).fit(pairs, y)
    np.testing.assert_array_equal(state(clf)["weight"], before["weight"])  # nothing is lost


def set_any(clf, params):
    """Set parameters of the classifier and, by the same names, of its training."""
    names = clf.training.get_params(deep=False)
    own = {k if k not in names else f"training__{k}": v for k, v in params.items()}
    return clf.set_params(**own)


def test_parameters_for_no_backbone(iris):
    pairs, y, _ = iris
    with pytest.raises(ValueError, match="backbone__n_components=3 needs a backbone"):
        MaxMarginPairClassifier(backbone__n_components=3).fit(pairs, y)


def test_weights_that_leave_nothing(iris, digits):
    pairs, y, _ = iris
    with pytest.raises(ValueError, match="leave no pair of class 1"):
        small(class_weight={0: 1, 1: 0}).fit(pairs, y)
    with pytest.raises(ValueError, match="class_weight must be greater than 0 for both"):
        small(class_weight={0: 1, 1: 0}).fit_identities(*digits)


def test_bad_identities(digits):
    items, identities = digits
    for bad, message in [
        (np.arange(480), "all have one"),
        (np.full(480, -1), "all have one"),
        (np.repeat([0, 1, 2], 160), "n_identities=6 is more than the 3 identities with two"),
        (identities[:-1], "inconsistent numbers of samples"),
        (identities + 0.5, "integers or strings"),
    ]:
        with pytest.raises(ValueError, match=message):
            small(n_identities=6).fit_identities(items, bad)
    with pytest.raises(ValueError, match=r"contains NaN \(item 3"):
        small().fit_identities(np.where(np.arange(480) == 3, np.nan, items.T).T, identities)
    with pytest.raises(ValueError, match=r"validation_fraction=0.3 leaves no .* for training"):
        small(validation_fraction=0.3, n_identities=2).fit_identities(
            items, np.repeat([0, 1, 2], 160)
        )
    assert not hasattr(MaxMarginPairClassifier(), "fit_identities")


def test_vectors_have_no_items(iris):
    pairs, y, groups = iris
    vectors = convert(pairs, "vectors")
    with pytest.raises(ValueError, match="negatives='ranking' needs pairs of items"):
        small(negatives="ranking").fit(vectors, y)
    with pytest.raises(ValueError, match="validation_fraction needs groups"):
        small(validation_fraction=0.3).fit(vectors, y)
    clf = small(validation_fraction=0.3).fit(vectors, y, groups=groups)
    assert "valid_eer" in clf.history_[0]
    with pytest.raises(ValueError, match=r"groups must have shape \(n_pairs, 2\)"):
        small(validation_fraction=0.3).fit(vectors, y, groups=groups[:, 0])
