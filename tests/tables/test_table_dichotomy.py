"""TableDichotomyTransformer: containers, names, missing values, and scikit-learn's machinery."""

import pickle
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.utils.estimator_checks as checks
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dissim import IndexedPairs, MaxMarginPairClassifier, make_pairs
from sklearn_dissim.model_selection import PairGroupKFold
from sklearn_dissim.tables import EmbeddingDistance, TableDichotomyTransformer
from tests.helpers.adapters import PairedTable

pytest.importorskip("rapidfuzz", reason="comparing strings needs rapidfuzz")

NAMES = ["ann", "bob", "cleo", "dora", "emil", "fritz", "gina", "hugo", "ida", "jan"]
TOWNS = ["bern", "genf", "bern", "chur", "genf"]


@pytest.fixture
def people():
    """Ten people, three records of each; with slips of the pen and holes."""
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(10), 3)
    names = [NAMES[k] + " " + NAMES[-k] + "mann" * (rng.random() < 0.8) for k in who]
    table = pd.DataFrame(
        {
            "name": names,
            "age": [None if rng.random() < 0.2 else float(20 + k) for k in who],
            "town": [TOWNS[k % 5] for k in who],
            "born": [f"19{20 + k}0{1 + k % 9}1{rng.integers(3)}" for k in who],
        }
    )
    return make_pairs(table, who, negatives_per_positive=3, random_state=0)


def two_sided(pairs):
    left, right = (pairs.items.iloc[side].reset_index(drop=True) for side in pairs.indices.T)
    return pd.concat([left.add_prefix("left_"), right.add_prefix("right_")], axis=1)


def test_every_container_gives_the_same_vectors(people):
    pairs, y, _ = people
    frame = two_sided(pairs)
    expected = TableDichotomyTransformer().fit_transform(pairs, y)
    assert expected.shape[0] == len(y)
    assert np.isfinite(expected).all()
    polars_pairs = IndexedPairs(pl.from_pandas(pairs.items), pairs.indices)
    for X in (frame, pl.from_pandas(frame), polars_pairs, frame.set_axis([7] * len(frame))):
        found = TableDichotomyTransformer().fit_transform(X, y)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    other = frame.rename(columns=lambda c: c.replace("left_", "a.").replace("right_", "b."))
    found = TableDichotomyTransformer(left="a.", right="b.").fit_transform(other, y)
    np.testing.assert_array_equal(found, expected)


def test_arrays_of_pairs_are_records_without_names():
    X = np.array([[[1.0, 10.0], [4.0, 10.0]], [[0.0, np.nan], [1.0, 20.0]]])
    transformer = TableDichotomyTransformer({"x0": "absolute", "x1": "unequal"})
    assert transformer.fit_transform(X).tolist() == [[3, 0, 0], [1, 0, 1]]
    assert transformer.n_features_in_ == 2
    names = ["x0__absolute", "x1__unequal", "x1__missing"]
    assert transformer.get_feature_names_out().tolist() == names
    assert transformer.get_feature_names_out(["a", "b"])[0] == "a__absolute"
    masked = np.ma.masked_invalid(X)
    assert clone(transformer).fit_transform(masked).tolist() == [[3, 0, 0], [1, 0, 1]]


def test_fit_then_transform_is_fit_transform(people):
    pairs, y, _ = people
    transformer = TableDichotomyTransformer()
    at_once = clone(transformer).fit_transform(pairs, y)
    np.testing.assert_array_equal(transformer.fit(pairs, y).transform(pairs), at_once)
    np.testing.assert_allclose(transformer.transform(pairs[5:9]), at_once[5:9], atol=1e-12)
    again = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(again.transform(pairs), at_once)


def test_comparisons_are_shown_and_can_be_chosen(people):
    pairs, _, _ = people
    auto = TableDichotomyTransformer().fit(pairs)
    assert [*auto.comparisons_] == ["name", "age", "town", "born"]
    assert auto.comparisons_["age"] == ["unequal", "absolute", "relative", "log"]
    assert auto.feature_names_in_.tolist() == ["name", "age", "town", "born"]
    spec = {"name": ["jaro_winkler", "char_tfidf"], "age": "drop", "born": "date"}
    some = TableDichotomyTransformer(spec, remainder="drop").fit(pairs)
    assert some.comparisons_ == {
        "name": ["jaro_winkler", "char_tfidf"],
        "born": ["days", "date_parts"],
    }
    assert some.get_feature_names_out().tolist() == [
        "name__jaro_winkler", "name__char_tfidf", "born__days", "born__date_parts",
    ]  # fmt: skip


def test_set_output(people):
    pairs, _, _ = people
    frame = two_sided(pairs).set_index(np.arange(len(pairs)) + 5)
    for X, library in ((frame, "pandas"), (pairs, "pandas"), (frame, "polars")):
        out = TableDichotomyTransformer().set_output(transform=library).fit_transform(X)
        assert [*out.columns][:1] == ["name__jaro_winkler"]
        assert len(out) == len(pairs)
    out = TableDichotomyTransformer().set_output(transform="pandas").fit_transform(frame)
    assert out.index[0] == 5


def test_functions_of_the_user(people):
    pairs, _, _ = people

    def initials(left, right):
        return [float(a[0] != b[0]) for a, b in zip(left, right, strict=True)]

    transformer = TableDichotomyTransformer({"name": initials}, remainder="drop")
    values = transformer.fit_transform(pairs)[:, 0]
    names = pairs.items["name"].str[0].to_numpy()[pairs.indices]
    np.testing.assert_array_equal(values, names[:, 0] != names[:, 1])
    assert transformer.get_feature_names_out().tolist() == ["name__initials"]
    for wrong, message in (
        (lambda a, b: [1.0], r"column 'name': comparison '<lambda>' must return one number"),
        (lambda a, b: -np.ones(len(a)), "finite numbers of at least 0"),
    ):
        with pytest.raises(ValueError, match=message):
            TableDichotomyTransformer({"name": wrong}).fit(pairs)


def test_encoders(people):
    pairs, _, _ = people
    seen = []

    def encode(texts):
        seen.extend(texts)
        return np.array([[text.count("a"), len(text)] for text in texts], dtype=np.float32)

    by_encoder = EmbeddingDistance(encode, name="letters")
    transformer = TableDichotomyTransformer({"name": by_encoder}, remainder="drop")
    vectors = transformer.fit_transform(pairs)
    assert len(seen) == pairs.items["name"].nunique()  # each value once
    a, b = (
        np.array([[t.count("a"), len(t)] for t in side])
        for side in two_sided(pairs)[["left_name", "right_name"]].to_numpy().T
    )
    cosine = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(vectors[:, 0], 1 - cosine, atol=1e-6)
    bad = EmbeddingDistance(lambda texts: np.zeros(3))
    with pytest.raises(ValueError, match=r"column 'name': the encoder must return an array"):
        TableDichotomyTransformer({"name": bad}).fit(pairs)


def test_columns_combined_by_a_tuple_of_names():
    table = pd.DataFrame(
        {
            "lat": [47.0, 47.0, None], "lon": [8.0, 9.0, 8.0],
            "title": ["works 9", "microsoft works 9", None], "maker": ["microsoft", None, None],
        }
    )  # fmt: skip
    pairs = IndexedPairs(table, [[0, 1], [0, 2]])
    spec = {("title", "maker"): "token_sort", "title": "token_sort", "maker": "drop"}
    transformer = TableDichotomyTransformer(spec).set_output(transform="pandas").fit(pairs)
    out = transformer.transform(pairs)
    assert [*out.columns] == [
        "lat_lon__geo", "lat_lon__missing", "title_maker__token_sort", "title_maker__missing",
        "title__token_sort", "title__missing",
    ]  # fmt: skip
    assert out["lat_lon__geo"][0] == pytest.approx(75.8, abs=0.1)
    assert out["title_maker__token_sort"][0] == 0 < out["title__token_sort"][0]
    assert out["title_maker__missing"].tolist() == [0, 1]
    assert transformer.comparisons_["lat", "lon"] == ["geo"]
    numbers = TableDichotomyTransformer({("lat", "lon"): "euclidean"}, remainder="drop")
    assert numbers.fit_transform(pairs)[0, 0] == 1


def test_missing_values_get_a_neutral_value_and_a_flag():
    frame = pd.DataFrame({"left_a": [0.0, 0, 0, np.nan], "right_a": [1.0, 1, 7, 0]})
    transformer = TableDichotomyTransformer({"a": "absolute"})
    assert transformer.fit_transform(frame).tolist() == [[1, 0], [1, 0], [7, 0], [3, 1]]
    # the mean of both labels' means: (1 + 7) / 2
    assert transformer.fit_transform(frame, [1, 1, 0, 0])[3].tolist() == [4, 1]
    transformer.set_params(missing="neutral")
    assert transformer.fit_transform(frame, [1, 1, 0, 0])[3].tolist() == [4]


def test_missing_values_that_training_did_not_have(people):
    pairs, _, _ = people
    transformer = TableDichotomyTransformer({"name": "jaro_winkler"}, remainder="drop").fit(pairs)
    holes = pairs.over(pairs.items.assign(name=None))
    neutral = transformer.transform(pairs).mean()
    np.testing.assert_allclose(transformer.transform(holes), neutral)
    assert transformer.get_feature_names_out().tolist() == ["name__jaro_winkler"]


@pytest.mark.parametrize("hole", [None, np.nan, pd.NA, "", "  \t"])
def test_missing_values_of_many_kinds(hole):
    frame = pd.DataFrame({"left_a": ["x", hole], "right_a": ["y", "z"]}, dtype=object)
    assert TableDichotomyTransformer({"a": "mismatch"}).fit_transform(frame)[1].tolist() == [1, 1]


def test_values_that_cannot_be_read_are_missing():
    frame = pd.DataFrame({"left_a": ["$ 3", "on request"], "right_a": ["5", "4"]})
    transformer = TableDichotomyTransformer({"a": ["absolute", "edits"]})
    assert transformer.fit_transform(frame)[:, [0, 2]].tolist() == [[2, 0], [2, 1]]
    with pytest.raises(ValueError, match=r"column 'a': 'days' can make nothing .* '\$ 3'"):
        TableDichotomyTransformer({"a": "days"}).fit(frame)


def test_each_two_values_are_compared_once(people):
    pairs, _, _ = people
    compared = []

    def count(left, right):
        compared.extend(zip(left, right, strict=True))
        return np.zeros(len(left))

    TableDichotomyTransformer({"town": count}, remainder="drop").fit_transform(pairs)
    assert len(compared) == len(set(compared)) <= 9 < len(pairs)


def test_tables_with_values_unlike_those_of_training(people):
    pairs, y, _ = people
    transformer = TableDichotomyTransformer().fit(pairs, y)
    new = pd.DataFrame(
        {
            "name": ["😀 ann", "بوب"],
            "age": [1e6, -3.0],
            "town": ["x", "bern"],
            "born": ["19000101", "no date"],
        }
    )
    vectors = transformer.transform(IndexedPairs(new, [[0, 1], [1, 1]]))
    assert np.isfinite(vectors).all()


def test_in_a_pipeline_and_a_search(people):
    pairs, y, groups = people
    model = make_pipeline(
        TableDichotomyTransformer(), StandardScaler(), MaxMarginPairClassifier(0.1)
    )
    folds = PairGroupKFold(2)
    grid = {
        "tabledichotomytransformer__comparisons": ["auto", {"name": "drop"}],
        "maxmarginpairclassifier__C": [0.01, 1],
    }
    for X in (pairs, two_sided(pairs)):
        search = GridSearchCV(model, grid, cv=folds, scoring="roc_auc").fit(X, y, groups=groups)
        assert search.best_score_ > 0.9
    logistic = make_pipeline(TableDichotomyTransformer(), StandardScaler(), LogisticRegression())
    scores = cross_val_score(logistic, pairs, y, groups=groups, cv=folds, scoring="roc_auc")
    assert scores.min() > 0.8


def test_vectors_pass_through():
    X = np.abs(np.random.default_rng(0).normal(size=(5, 3))).astype(np.float32)
    transformer = TableDichotomyTransformer()
    np.testing.assert_array_equal(transformer.fit_transform(X), X)
    assert transformer.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    np.testing.assert_array_equal(transformer.fit_transform(frame), X)
    with pytest.raises(ValueError, match="dissimilarity vectors, rows of numbers, as in fit"):
        transformer.transform(
            pd.DataFrame({f"{s}_{c}": X[:, 0] for s in ("left", "right") for c in "abc"})
        )


def test_not_fitted_after_a_failed_fit(people):
    pairs, _, _ = people
    transformer = TableDichotomyTransformer({"name": "levenshtein"}).fit(pairs)
    before = transformer.transform(pairs)
    transformer.set_params(comparisons={"name": "days"})
    with pytest.raises(ValueError, match="column 'name'"):
        transformer.fit(pairs)
    np.testing.assert_array_equal(transformer.transform(pairs), before)


def test_without_rapidfuzz(people, monkeypatch):
    pairs, _, _ = people
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    with pytest.raises(ImportError, match=r"rapidfuzz: pip install 'sklearn-dissim\[tables\]'"):
        TableDichotomyTransformer().fit(pairs)
    TableDichotomyTransformer({"age": "auto"}, remainder="drop").fit(pairs)


@parametrize_with_checks([TableDichotomyTransformer()])
def test_common_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        checks.check_dataframe_column_names_consistency,
        checks.check_param_validation,
        checks.check_set_output_transform,
        checks.check_set_output_transform_pandas,
        checks.check_set_output_transform_polars,
        checks.check_global_output_transform_pandas,
        checks.check_transformer_get_feature_names_out,
        checks.check_transformer_get_feature_names_out_pandas,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_left_out_of_check_estimator(check):
    check("TableDichotomyTransformer", TableDichotomyTransformer())


# Missing values are welcome in pairs, but the 2-D vectors that the tags speak of must be finite.
PAIRS_DIFFER = {
    "check_estimators_nan_inf": "NaN in a record is a missing value",
    "check_transformer_preserve_dtypes": "distances are in double precision",
}


@parametrize_with_checks([PairedTable()], expected_failed_checks=lambda _: PAIRS_DIFFER)
def test_common_checks_on_pairs(estimator, check):
    check(estimator)


def test_left_and_right_may_be_swapped(people):
    pairs, y, _ = people
    swapped = IndexedPairs(pairs.items, pairs.indices[:, ::-1])
    vectors = TableDichotomyTransformer().fit_transform(pairs, y)
    np.testing.assert_allclose(
        TableDichotomyTransformer().fit_transform(swapped, y), vectors, atol=1e-12
    )


def optional(values):
    return st.lists(st.one_of(st.none(), values), min_size=8, max_size=8)


@given(
    columns=st.lists(
        st.one_of(
            optional(st.text(max_size=30)),
            optional(st.text("0123456789.,-$ ", max_size=9)),
            optional(st.floats(-1e300, 1e300)),
            optional(st.dates()),
            optional(st.lists(st.integers(0, 5), max_size=3)),
            optional(st.booleans()),
        ),
        min_size=1,
        max_size=3,
    )
)
@settings(deadline=None, max_examples=25)
def test_whatever_is_in_a_table_the_vectors_are_finite(columns):
    table = pd.DataFrame({f"c{k}": pd.Series(v, dtype=object) for k, v in enumerate(columns)})
    table["always"] = np.arange(8.0)
    pairs = IndexedPairs(table, np.arange(8).reshape(-1, 2))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Column .* has no values")
        transformer = TableDichotomyTransformer().fit(pairs[:2])
    for X in (pairs, pairs[2:]):
        vectors = transformer.transform(X)
        assert np.isfinite(vectors).all()
        assert (vectors >= 0).all()
        assert vectors.shape == (len(X), len(transformer.get_feature_names_out()))


@pytest.mark.parametrize("value", [2.0**63, -(2.0**63), 1e300])
def test_numbers_beyond_integers_are_no_dates(value):
    pairs = pd.DataFrame({"left_n": [value, 1.0, 2.0], "right_n": [None, 1.0, 3.0]})
    transformer = TableDichotomyTransformer().fit(pairs)
    assert np.isfinite(transformer.transform(pairs)).all()
