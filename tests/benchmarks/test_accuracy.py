"""The table of the benchmark: its judge, and all of its rows on a few items."""

import json
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import nn

from sklearn_dissim.metrics import bootstrap_interval, equal_error_rate_score
from tests.helpers.real_data import ROOT, real_data

FOLDER = ROOT / "benchmarks" / "accuracy"


@pytest.fixture
def judged(monkeypatch):
    """A part of twelve identities at two cameras, its judge, and scores."""
    monkeypatch.syspath_prepend(FOLDER)
    from accuracy_judge import Judge

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


def test_few_identities_are_validated_on_in_turn(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    from accuracy_tasks import column

    validated = []
    for learned, judged in column("digits, linear").splits():
        assert not set(learned.identities) & set(judged.identities)
        assert set(learned.identities) | set(judged.identities) == set(range(5))
        validated += list(np.unique(judged.identities))
    np.testing.assert_array_equal(np.bincount(validated), [2, 2, 2, 2, 2])


def test_layers_side_by_side_count_alike(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    from accuracy_networks import ConvNet, views_of

    images, net = torch.randn(5, 1, 21, 21), ConvNet().eval()
    with torch.no_grad():
        views = views_of(net, lambda n: nn.Sequential(*list(net)[:n])(images).flatten(1).numpy())
        embedding = net[-1](torch.from_numpy(views["layer before the last"]))
        torch.testing.assert_close(embedding, net(images))
    assert views["inner layer"].shape == (5, 64 * 5 * 5)
    squares = views["both layers"] ** 2
    np.testing.assert_allclose(squares[:, :256].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(squares[:, 256:].sum(axis=1), 1, rtol=1e-5)


@pytest.mark.slow
def test_every_row_runs(tmp_path):
    pytest.importorskip("pytorch_metric_learning", reason="needs the extra 'benchmarks'")
    pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra 'pretrained'")
    columns = ["omniglot, ConvNet", "emoji, fine-tuned", "digits, linear", "persons, mlp"]
    columns += ["emoji, frozen EfficientNet-Lite0, inner layer"]
    command = [sys.executable, FOLDER, "--tiny", "--seeds", "1", "--results", tmp_path]
    environment = os.environ | {
        "SKLEARN_DISSIM_DATA": str(real_data("emoji4.npz").parent.resolve())
    }
    subprocess.run([*command, "--columns", *columns], check=True, env=environment)
    table = json.loads((tmp_path / "table.json").read_text())
    found = {(line["row"], line["column"]) for line in table["summary"]}
    rows = {line["row"] for line in table["ranks"]}
    assert {"Euclid", "KISSME", "NCA", "triplet", "end to end, whitened"} <= rows
    assert len(rows) == 31, sorted(rows)
    asked = {column for _, column in found if column.startswith(tuple(columns))}
    missing = {(row, column) for row in rows for column in asked} - found
    assert {row for row, _ in missing} <= {"ITML", "MMC", "SDML", "NCA", "LMNN"}, missing
    assert (tmp_path / "table.md").exists()
