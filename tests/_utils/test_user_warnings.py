"""The line that a warning points at."""

import pytest
from sklearn import pipeline

from sklearn_dissim._utils.user_warnings import warn_user


def test_a_warning_points_at_the_line_that_calls():
    with pytest.warns(DeprecationWarning, match="old") as caught:
        warn_user("old", DeprecationWarning)
    assert [warning.filename for warning in caught] == [__file__]


def test_lines_of_scikit_learn_are_passed_over():
    # Compiled under the name of one of its files, as a wrapper of scikit-learn would be.
    code = compile("def wrapped(call):\n    call('deep')", pipeline.__file__, "exec")
    names = {}
    exec(code, names)
    with pytest.warns(UserWarning, match="deep") as caught:
        names["wrapped"](warn_user)
    assert [warning.filename for warning in caught] == [__file__]
