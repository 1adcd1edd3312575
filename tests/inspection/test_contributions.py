"""What elements of a vector add to a score, linear or not."""

import numpy as np

from sklearn_dissim.inspection._contributions import LinearScore, contributions


def test_linear_scores_are_taken_apart_as_any_other_score_is():
    rng = np.random.default_rng(0)
    vectors, reference = rng.normal(size=(7, 5)), rng.normal(size=5)
    score = LinearScore(rng.normal(size=5), 0.5)
    for groups in (None, [np.array([0, 3]), np.array([1]), np.array([2, 4])]):
        parts = contributions(score, vectors, reference, groups)
        general = contributions(lambda v: score(v), vectors, reference, groups)
        np.testing.assert_allclose(parts, general, atol=1e-12)
        np.testing.assert_allclose(parts.sum(axis=1), score(vectors) - score(reference))


def test_of_a_product_each_factor_is_replaced_by_itself():
    vectors, reference = np.array([[2.0, 3.0]]), np.array([1.0, 1.0])
    parts = contributions(lambda v: v[:, 0] * v[:, 1], vectors, reference)
    assert parts.tolist() == [[3.0, 4.0]]
