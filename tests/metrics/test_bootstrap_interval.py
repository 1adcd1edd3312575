from functools import partial
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import roc_auc_score

from sklearn_dissim.metrics import bootstrap_interval, equal_error_rate_score, fnmr_at_fmr_score


def squared_distances(rng, n_identities, n_items=4):
    """All pairs of items, which deviate by 1 between identities and by 1/2 within."""
    identities = np.repeat(np.arange(n_identities), n_items)
    items = rng.standard_normal(n_identities)[identities]
    items += rng.standard_normal(len(identities)) / 2
    left, right = np.triu_indices(len(items), 1)
    groups = np.stack([identities[left], identities[right]], axis=1)
    return groups[:, 0] == groups[:, 1], -np.square(items[left] - items[right]), groups


def error_rate(y, scores, sample_weight):
    """Mean of false match and false non-match rate at the threshold -1."""
    wrong = (scores >= -1) != y
    different, same = (np.average(wrong, weights=sample_weight * (y == label)) for label in (0, 1))
    return (different + same) / 2


# Differences of items of one identity have variance 0.5, of different ones 2.5.
EXPECTED = (1 - 2 * norm.cdf(-1 / np.sqrt(2.5)) + 2 * norm.cdf(-1 / np.sqrt(0.5))) / 2


def by_pairs(y, scores, rng, n_resamples):
    """Ends of the interval that takes pairs for independent."""
    drawn = rng.integers(0, len(y), (n_resamples, len(y)))
    figures = [error_rate(y[rows], scores[rows], np.ones(len(rows))) for rows in drawn]
    return np.quantile(figures, [0.05, 0.95])


def test_interval_covers_the_truth_as_often_as_it_says():
    rng, covered, covered_by_pairs = np.random.default_rng(0), [], []
    for seed in range(150):
        y, scores, groups = squared_distances(rng, 15)
        low, high = bootstrap_interval(
            error_rate, y, scores, groups, n_resamples=60, confidence_level=0.9, random_state=seed
        )
        covered.append(low < EXPECTED < high)
        low, high = by_pairs(y, scores, rng, 60)
        covered_by_pairs.append(low < EXPECTED < high)
    assert 0.83 < np.mean(covered) < 0.97
    assert np.mean(covered_by_pairs) < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("n_identities", [15, 30])
def test_interval_covers_the_equal_error_rate(n_identities):
    rng = np.random.default_rng(0)
    y, scores, _ = squared_distances(rng, 1500, n_items=4)
    truth, covered = equal_error_rate_score(y, scores), []
    for seed in range(200):
        y, scores, groups = squared_distances(rng, n_identities)
        low, high = bootstrap_interval(
            equal_error_rate_score, y, scores, groups, n_resamples=200, random_state=seed
        )
        covered.append(low < truth < high)
    assert 0.9 < np.mean(covered) < 0.99


def test_pairs_weigh_as_often_as_their_identities_are_drawn():
    groups = np.array([["ann", "ann"], ["ann", "bob"], ["bob", "cleo"], ["cleo", "cleo"]])
    seen = []
    bootstrap_interval(
        lambda y, scores, sample_weight: seen.append(sample_weight) or 0.0,
        [1, 0, 0, 1],
        np.arange(4),
        groups,
        n_resamples=300,
        random_state=0,
    )
    assert seen[0].tolist() == [1, 1, 1, 1]  # the sample itself
    possible = {
        (ann, ann * bob, bob * cleo, cleo)
        for ann, bob, cleo in product(range(4), repeat=3)
        if ann + bob + cleo == 3 and bob and ann + cleo  # both labels are left
    }
    assert {tuple(weights) for weights in seen} == possible


@pytest.mark.parametrize("n_identities", [5, 40])
def test_interval_is_that_of_expanded_percentiles(n_identities):
    y, scores, groups = squared_distances(np.random.default_rng(0), n_identities, n_items=2)
    figures = []

    def kept(*args, **weights):
        figures.append(roc_auc_score(*args, **weights))
        return figures[-1]

    interval = bootstrap_interval(
        kept, y, scores, groups, n_resamples=50, confidence_level=0.8, random_state=0
    )
    width = student.ppf(0.9, n_identities - 1) * np.sqrt(n_identities / (n_identities - 1))
    np.testing.assert_allclose(interval, np.quantile(figures[1:], norm.cdf([-width, width])))
    assert len(figures) == 51


def test_same_seed_same_interval():
    sample = squared_distances(np.random.default_rng(0), 10)
    metric = partial(fnmr_at_fmr_score, fmr=0.1)
    first, second, other = (
        bootstrap_interval(metric, *sample, n_resamples=20, random_state=seed) for seed in (1, 1, 2)
    )
    assert first == second != other


def test_a_warning_of_the_metric_comes_once():
    sample = squared_distances(np.random.default_rng(0), 6)
    with pytest.warns(UndefinedMetricWarning, match="cannot be resolved") as said:
        bootstrap_interval(fnmr_at_fmr_score, *sample, n_resamples=20, random_state=0)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": np.zeros((2, 2))}, "groups must hold at least two identities; got 1"),
        ({"groups": [0, 1]}, r"groups must have shape \(n_pairs, 2\)"),
        ({"y_score": [1.0]}, "inconsistent numbers of samples"),
        ({"y_true": [1, 1]}, "y_true must hold two labels"),
        ({"n_resamples": 0}, "n_resamples must be a whole number of at least 1; got 0"),
        ({"n_resamples": 1.5}, "n_resamples must be .* got 1.5"),
        ({"confidence_level": 95}, "confidence_level must be .* got 95"),
        ({"confidence_level": "high"}, "confidence_level must be .* got 'high'"),
    ],
)
def test_bad_input(options, message):
    sample = {"y_true": [0, 1], "y_score": [0.1, 0.2], "groups": [[0, 1], [1, 1]]}
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(equal_error_rate_score, **{**sample, **options})


@pytest.mark.parametrize("unknown", [-1, np.nan])
def test_unknown_identities_are_refused(unknown):
    groups = np.array([[0, 0], [0, 1], [1, 1], [unknown, 1]])
    with pytest.raises(ValueError, match="groups must name both identities"):
        bootstrap_interval(equal_error_rate_score, [1, 0, 1, 0], [4, 1, 3, 2], groups)


def test_what_is_no_label_or_no_figure_is_refused():
    groups = np.array([[0, 0], [0, 1], [1, 1]])
    with pytest.raises(ValueError, match="y_true must hold two labels, different and same; got 3"):
        bootstrap_interval(lambda *_, sample_weight: 0.5, [0, 1, 2], [1, 2, 3], groups)
    with pytest.raises(ValueError, match="metric must return finite numbers"):
        bootstrap_interval(lambda *_, sample_weight: np.nan, [1, 0, 1], [1, 2, 3], groups)
