import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sklearn_dissim import IndexedPairs, ItemTransformer, MaxMarginPairClassifier
from tests.conftest import KINDS, convert


def test_keeps_the_container(iris):
    for kind in KINDS:
        X = convert(iris[0], kind)
        out = ItemTransformer(StandardScaler()).fit_transform(X)
        assert type(out) is type(X)
        assert out.shape == X.shape


def test_indexed_items_are_counted_and_transformed_once():
    seen = []

    class Counter(StandardScaler):
        def fit(self, X, y=None):
            seen.append(("fit", X.tolist()))
            return super().fit(X)

        def transform(self, X):
            seen.append(("transform", X.tolist()))
            return super().transform(X)

    pairs = IndexedPairs([[0.0], [9.0], [2.0], [7.0]], [[0, 2], [2, 0], [2, 3]])
    out = ItemTransformer(Counter()).fit(pairs).transform(pairs)
    used = [[0.0], [2.0], [7.0]]
    assert seen == [("fit", used), ("transform", used)]
    assert out.indices.tolist() == [[0, 1], [1, 0], [1, 2]]


def test_arrays_and_indexed_pairs_of_distinct_items_agree():
    rng = np.random.default_rng(0)
    array = rng.random((10, 2, 3))
    indexed = IndexedPairs(array.reshape(20, 3), np.arange(20).reshape(10, 2))
    expected = PCA(2).fit(array.reshape(20, 3)).transform(array.reshape(20, 3)).reshape(10, 2, 2)
    for X in (array, indexed):
        np.testing.assert_allclose(
            np.asarray(ItemTransformer(PCA(2)).fit_transform(X)), expected, atol=1e-12
        )


def test_frames_reach_column_transformers_and_come_back_named():
    frame = pd.DataFrame(
        {
            "left_age": [1.0, 2.0, 9.0],
            "left_town": ["a", "b", "a"],
            "right_town": ["b", "b", "a"],
            "right_age": [4.0, 2.0, 0.0],
        },
        index=[7, 8, 9],
    )
    inner = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"]))
    out = ItemTransformer(inner).fit_transform(frame)
    assert out.columns.tolist() == [
        side + name
        for side in ("left_", "right_")
        for name in ("standardscaler__age", "onehotencoder__town_a", "onehotencoder__town_b")
    ]
    assert out.index.tolist() == [7, 8, 9]
    assert out["right_onehotencoder__town_b"].tolist() == [1, 1, 0]


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_pandas_output_inside(iris, output):
    inner = StandardScaler().set_output(transform=output)
    for kind in ("indexed", "array", "frame"):
        X = convert(iris[0], kind)
        plain = ItemTransformer(StandardScaler()).fit_transform(X)
        out = ItemTransformer(inner).fit_transform(X)
        np.testing.assert_allclose(np.asarray(out), np.asarray(plain))
        MaxMarginPairClassifier(loss="squared_hinge").fit(out, iris[1])


def test_global_pandas_output_leaves_pairs_alone(iris):
    with sklearn.config_context(transform_output="pandas"):
        out = ItemTransformer(StandardScaler()).fit_transform(np.asarray(iris[0]))
    assert out.shape == iris[0].shape


def test_sparse_output_inside():
    towns = np.array([["a"], ["b"], ["c"]], dtype=object)
    indexed = IndexedPairs(towns, [[0, 1], [2, 2]])
    out = ItemTransformer(OneHotEncoder()).fit_transform(indexed)
    assert sparse.issparse(out.items)
    array = ItemTransformer(OneHotEncoder()).fit_transform(np.asarray(indexed))
    np.testing.assert_array_equal(array, np.asarray(out))
    MaxMarginPairClassifier().fit(out, [0, 1])


def test_frames_through_a_transformer_without_names(iris):
    doubled = FunctionTransformer(lambda rows: 2 * np.asarray(rows))
    out = ItemTransformer(doubled).fit_transform(convert(iris[0], "frame"))
    assert out.columns.tolist()[:2] == ["left_0", "left_1"]


def test_texts():
    texts = ["red shoe", "shoes, red", "blue hat", "hat in blue", "red hat"]
    pairs = IndexedPairs(texts, [[0, 1], [2, 3], [0, 2], [1, 3], [3, 4]])
    model = make_pipeline(
        ItemTransformer(TfidfVectorizer(analyzer="char", ngram_range=(1, 2))),
        ItemTransformer(TruncatedSVD(2, random_state=0)),
        MaxMarginPairClassifier(100.0),
    )
    assert model.fit(pairs, [1, 1, 0, 0, 0]).predict(pairs[:1]) == [1]


def test_polars_pairs_come_back_as_pandas(iris):
    frame = convert(iris[0], "frame")
    out = ItemTransformer(StandardScaler()).fit_transform(pl.DataFrame(frame))
    pd.testing.assert_frame_equal(out, ItemTransformer(StandardScaler()).fit_transform(frame))


def test_missing_values_are_the_inner_transformers_business(iris):
    X = np.asarray(iris[0]).copy()
    X[0, 0, 0] = np.nan
    assert np.isfinite(ItemTransformer(SimpleImputer()).fit_transform(X)).all()
    with pytest.raises(ValueError, match="PCA does not accept missing values"):
        ItemTransformer(PCA()).fit(X)


def test_images_are_flattened_unless_the_transformer_takes_them(images):
    assert ItemTransformer(PCA(2)).fit_transform(images).items.shape == (6, 2)
    halved = ItemTransformer(FunctionTransformer(lambda x: x[:, ::2])).fit_transform(images)
    assert halved.items.shape == (6, 2, 5)


def test_fitted_on_vectors_it_passes_them_through(iris):
    vectors = convert(iris[0], "vectors")
    np.testing.assert_array_equal(ItemTransformer(StandardScaler()).fit_transform(vectors), vectors)


def test_fitted_on_pairs_it_transforms_items(iris):
    scaler = ItemTransformer(StandardScaler()).fit(iris[0])
    np.testing.assert_array_equal(scaler.transform(iris[0].items), scaler.transform(iris[0]).items)


def test_weights_of_pairs_become_weights_of_items():
    X = np.arange(12.0).reshape(3, 2, 2)
    weighted = ItemTransformer(StandardScaler()).fit(X, sample_weight=[1, 2, 0])
    repeated = ItemTransformer(StandardScaler()).fit(X[[0, 1, 1]])
    np.testing.assert_allclose(weighted.transformer_.mean_, repeated.transformer_.mean_)
    pairs = IndexedPairs(np.array([[0.0], [1.0], [5.0]]), [[0, 1], [1, 0], [1, 2]])
    weighted = ItemTransformer(StandardScaler()).fit(pairs, sample_weight=[1, 3, 0])
    assert weighted.transformer_.mean_ == [0.5]


def test_the_given_transformer_is_not_fitted(iris):
    inner = StandardScaler()
    ItemTransformer(inner).fit(iris[0])
    assert not hasattr(inner, "mean_")


def test_a_transformer_that_loses_rows_is_refused(images):
    with pytest.raises(ValueError, match="one row an item: 6 rows expected, got 3"):
        ItemTransformer(FunctionTransformer(lambda x: x[::2])).fit_transform(images)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, 3, 5)), r"\(n_pairs, 2, ...\); got \(4, 3, 5\)"),
        (np.zeros((4, 2, 5)), "X has 5 features, but ItemTransformer is expecting 4"),
        (pd.DataFrame({"left_a": [1.0]}), "without a partner"),
    ],
)
def test_bad_pairs(iris, X, message):
    scaler = ItemTransformer(StandardScaler()).fit(iris[0])
    with pytest.raises(ValueError, match=message):
        scaler.transform(X)


def test_not_a_transformer(iris):
    with pytest.raises(ValueError, match="'transformer' parameter of ItemTransformer"):
        ItemTransformer("scale").fit(iris[0])
