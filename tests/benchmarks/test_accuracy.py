"""Test the table of accuracy: its judge, its store, and all of its rows on a few items."""

import json
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import nn

from benchmarks.accuracy import cells, report
from benchmarks.accuracy.columns import column
from benchmarks.accuracy.judge import Judge
from benchmarks.accuracy.method import Method
from benchmarks.accuracy.networks import ConvNet, named_network, views_of
from benchmarks.accuracy.store import Store
from sklearn_dissim.metrics import bootstrap_interval, equal_error_rate_score
from tests.helpers.networks import small
from tests.helpers.real_data import ROOT, real_data


@pytest.fixture
def judged():
    """Return a part of twelve identities at two cameras, its judge, and scores."""
    rng = np.random.default_rng(0)
    identities = np.repeat(np.arange(12), 6)
    items = rng.standard_normal((12, 3))[identities] + 0.7 * rng.standard_normal((72, 3))
    part = type("Part", (), {"identities": identities, "cameras": np.tile([0, 1, 1], 24)})
    part.__len__ = lambda self: 72
    scores = -np.linalg.norm(items[:, np.newaxis] - items, axis=2)
    return part(), Judge(part()), scores


def test_the_judge_compares_across_cameras_alone(judged):
    part, judge, scores = judged
    across = part.cameras[:, np.newaxis] != part.cameras
    same = part.identities[:, np.newaxis] == part.identities
    pairs = np.triu(across)
    found, _ = judge.figures(scores)
    assert found["eer"] == equal_error_rate_score(same[pairs], scores[pairs])
    precision = [average_precision_score(same[i, m], scores[i, m]) for i, m in enumerate(across)]
    np.testing.assert_allclose(found["map"], np.mean(precision))


def test_the_judge_resamples_as_the_package_does(judged):
    part, judge, scores = judged
    across = np.nonzero(np.triu(part.cameras[:, np.newaxis] != part.cameras))
    groups = part.identities[np.stack(across, axis=1)]
    y = groups[:, 0] == groups[:, 1]
    expected = [
        equal_error_rate_score(
            y, scores[across], sample_weight=np.where(y, t[groups[:, 0]], t[groups].prod(axis=1))
        )
        for t in judge.times_drawn
    ]
    resampled = judge.figures(scores)[1]["eer"]
    np.testing.assert_allclose(resampled, expected, atol=0.01)
    error = partial(bootstrap_interval, equal_error_rate_score)
    low, high = error(y, scores[across], groups, n_resamples=200, random_state=0)
    assert low < np.median(resampled) < high


def test_few_identities_are_validated_on_in_turn():
    validated = []
    for learned, judged in column("digits, linear").splits():
        assert not set(learned.identities) & set(judged.identities)
        assert set(learned.identities) | set(judged.identities) == set(range(5))
        validated += list(np.unique(judged.identities))
    np.testing.assert_array_equal(np.bincount(validated), [2, 2, 2, 2, 2])


def test_layers_side_by_side_count_alike():
    images, net = torch.randn(5, 1, 21, 21), ConvNet().eval()
    with torch.no_grad():
        views = views_of(net, lambda n: nn.Sequential(*list(net)[:n])(images).flatten(1).numpy())
        embedding = net[-1](torch.from_numpy(views["layer before the last"]))
        torch.testing.assert_close(embedding, net(images))
    assert views["inner layer"].shape == (5, 64 * 5 * 5)
    squares = views["both layers"] ** 2
    np.testing.assert_allclose(squares[:, :256].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(squares[:, 256:].sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_networks_by_name_are_those_of_the_package(name):
    rng = np.random.default_rng(0)
    items = rng.standard_normal((80, 5)) * [1, 10, 0.1, 3, 0] + 7
    items = items.astype(np.float32)
    clf = small(backbone=name, max_epochs=1)
    expected = clf.fit_identities(items, np.repeat(np.arange(40), 2)).net_.module_.backbone
    expected = expected.state_dict()
    network = named_network(name, items).state_dict()
    assert {k: v.shape for k, v in network.items()} == {k: v.shape for k, v in expected.items()}
    for key in ("0.mean", "0.scale"):
        np.testing.assert_allclose(network[key], expected[key], rtol=1e-5)


def entry(number, seed, **scores):
    return {"key": ["m", "p", number, seed], "config": {"n": number}, "scores": scores}


def test_a_store_finds_what_another_has_written(tmp_path):
    store, config = Store(tmp_path), {"n": 0}
    store.add(entry(0, None, a={"eer": 0.1}))
    store.add(entry(0, 1, a={"eer": 0.2}, b={"eer": 0.3}))
    with (tmp_path / "cells_journal.jsonl").open("a") as journal:
        journal.write('{"key": ["m", "p"')  # a run was killed
    Store(tmp_path).add(entry(0, 2, a={"eer": 0.4}))
    method, store = Method("m", "ours", None, None), Store(tmp_path)
    assert len(store.entries) == 3
    assert store.get(method, "p", 0, 2, config)["scores"] == {"a": {"eer": 0.4}}
    assert store.get(method, "p", 0, 2, {"n": 1}) is None


def test_a_packed_store_holds_what_the_table_shows(tmp_path):
    store = Store(tmp_path)
    for number in (0, 1):
        for seed in (None, 0):
            store.add(entry(number, seed, a={"eer": 0.1}, b={"eer": 0.2}))
    store.pack({("m", "p"): {(0, "a")}})
    assert [path.name for path in tmp_path.iterdir()] == ["cells.json.xz"]
    packed = Store(tmp_path)
    assert list(packed.entries) == [("m", "p", 0, None), ("m", "p", 0, 0), ("m", "p", 1, None)]
    assert set(packed.entries["m", "p", 0, None]["scores"]) == {"a", "b"}
    assert set(packed.entries["m", "p", 0, 0]["scores"]) == {"a"}
    packed.add(entry(0, 1, a={"eer": 0.3}))
    packed.pack({})
    assert len(Store(tmp_path).entries) == 4


def test_a_variant_that_was_not_kept_is_fitted_again():
    method = Method("m", "ours", lambda column: [{"n": 0}], None, trains=True, random=True)
    figures = {"eer": 0.1, "map": 0.9}
    store = Store("nowhere")
    store.entries = {
        ("m", "digits, linear", 0, None): {"config": {"n": 0}, "scores": {"a": figures}},
        ("m", "digits, linear", 0, 0): {"config": {"n": 0}, "scores": {"a": figures}},
        ("m", "digits, linear", 0, 1): {"config": {"n": 0}, "scores": {"b": figures}},
    }
    missing = cells.jobs(store, method, "digits, linear", 3)
    assert missing == [("m", "digits, linear", 0, 1), ("m", "digits, linear", 0, 2)]


def test_the_table_is_made_anew_from_the_results_that_are_kept():
    names = ["digits, ConvNet", "digits, linear", "digits, mlp"]  # their data need no file
    summary = report.summarise(cells.cells(Store(report.RESULTS), names))
    table = json.loads((report.RESULTS / "table.json").read_text())
    written = pd.DataFrame([line for line in table["summary"] if line["column"] in names])
    frames = [f.set_index(["row", "column"]).sort_index() for f in (summary, written)]
    assert len(written) > 50
    pd.testing.assert_frame_equal(*frames, rtol=1e-6)


@pytest.mark.slow
def test_every_row_runs(tmp_path):
    pytest.importorskip("pytorch_metric_learning", reason="needs the extra 'benchmarks'")
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra 'pretrained'")
    columns = ["omniglot, ConvNet", "emoji, fine-tuned", "digits, linear", "persons, mlp"]
    columns += ["emoji, frozen EfficientNet-Lite0, inner layer"]
    command = [sys.executable, "-m", "benchmarks.accuracy", "--tiny", "--seeds", "1"]
    command += ["--results", tmp_path]
    environment = os.environ | {
        "SKLEARN_DISSIM_DATA": str(real_data("emoji4.npz").parent.resolve())
    }
    subprocess.run([*command, "--columns", *columns], check=True, env=environment, cwd=ROOT)
    table = json.loads((tmp_path / "table.json").read_text())
    found = {(line["row"], line["column"]) for line in table["summary"]}
    rows = {line["row"] for line in table["ranks"]}
    assert {"Euclid", "KISSME", "NCA", "triplet", "end to end, whitened"} <= rows
    assert len(rows) == 31, sorted(rows)
    asked = {column for _, column in found if column.startswith(tuple(columns))}
    missing = {(row, column) for row in rows for column in asked} - found
    assert {row for row, _ in missing} <= {"ITML", "MMC", "SDML", "NCA", "LMNN"}, missing
    assert (tmp_path / "table.md").exists()
