"""A fit that is killed goes on where it was, and ends the same."""

import contextlib
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from skorch.callbacks import EarlyStopping

from sklearn_dissim._max_margin.training.checkpoints import Checkpoint
from tests.helpers.networks import classifier


def test_a_killed_fit_ends_with_the_same_bits(tmp_path):
    folder, result = tmp_path / "checkpoints", tmp_path / "result.npz"
    command = fit_command(folder, result)
    epochs = []
    for delay in (0.0, 0.05):
        process = subprocess.Popen(command)
        wait_for_another_epoch(folder, process)
        time.sleep(delay)
        process.kill()
        process.wait()
        epochs.append(saved_epoch(folder))
    assert not result.exists()
    assert 0 < epochs[0] <= epochs[1] < 15
    subprocess.run(command, check=True)
    # In a process too: the last bits depend on the threads that BLAS has in one.
    subprocess.run(fit_command(tmp_path / "other", tmp_path / "whole.npz"), check=True)
    resumed, whole = np.load(result), np.load(tmp_path / "whole.npz")
    assert set(resumed) == set(whole) > {"coef", "intercept", "errors", "backbone.0.weight"}
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)


def fit_command(folder, result):
    return [sys.executable, "-m", "tests.helpers.training_runs", str(folder), str(result)]


def saved_epoch(folder):
    files = list(folder.glob("*.pt"))
    assert len(files) <= 1
    return len(torch.load(files[0], weights_only=True)["history"]) if files else 0


def wait_for_another_epoch(folder, process):
    before = saved_epoch(folder)
    while saved_epoch(folder) == before:
        assert process.poll() is None, "the fit ended before it was killed"
        time.sleep(0.01)


def fit(pairs, y, folder, **params):
    params = {"backbone": "linear", "max_epochs": 2} | params
    clf = classifier(checkpoint_dir=folder, device="cpu", **params)
    return clf.fit(pairs, y)


def test_another_fit_has_another_checkpoint(iris, tmp_path):
    pairs, y, _ = iris
    fit(pairs, y, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    fit(pairs, y, str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1  # the same
    fit(pairs, y, tmp_path, margin=2.0)
    fit(pairs, y, tmp_path, random_state=1)
    fit(pairs, 1 - y, tmp_path)
    fit(pairs.over(pairs.items * 2.0), y, tmp_path)
    assert len(list(tmp_path.iterdir())) == 5


def test_a_finished_fit_is_not_repeated(iris, tmp_path):
    pairs, y, _ = iris
    first = fit(pairs, y, tmp_path)
    stamp = next(tmp_path.iterdir()).stat().st_mtime_ns
    again = fit(pairs, y, tmp_path)
    assert next(tmp_path.iterdir()).stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(first.coef_, again.coef_)
    assert first.history_ == again.history_


def test_a_run_that_a_callback_ended_has_ended(iris, tmp_path):
    pairs, y, _ = iris
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=0.5)
    first = fit(pairs, y, tmp_path, max_epochs=20, callbacks=[stop])
    again = fit(pairs, y, tmp_path, max_epochs=20, callbacks=[stop])
    assert first.n_iter_ == again.n_iter_ < 20
    longer = fit(pairs, y, tmp_path, max_epochs=20)
    assert longer.n_iter_ == 20


def test_another_validation_set_or_backbone_is_another_run(iris, tmp_path):
    pairs, y, _ = iris
    fit(pairs, y, tmp_path, validation_fraction=0.3)
    backbone = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.5))
    fit(pairs, y, tmp_path, backbone=backbone, validation_fraction=0.3)
    backbone[1].p = 0.0
    fit(pairs, y, tmp_path, backbone=backbone, validation_fraction=0.3)
    assert len(list(tmp_path.iterdir())) == 3
    fit(pairs.over(pairs.items[::-1]), y, tmp_path, validation_fraction=0.3)
    assert len(list(tmp_path.iterdir())) == 4


def test_an_unseeded_run_is_found_again(iris, tmp_path):
    pairs, y, _ = iris
    fit(pairs, y, tmp_path, random_state=None)
    fit(pairs, y, tmp_path, random_state=0)
    fit(pairs, y, tmp_path, random_state=np.random.RandomState(0))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"garbage", "foreign"])
def test_a_damaged_file_is_named(iris, tmp_path, content):
    pairs, y, _ = iris
    fit(pairs, y, tmp_path)
    (path,) = tmp_path.iterdir()
    if content == "foreign":
        torch.save({"weights": torch.zeros(2)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=path.name):
        fit(pairs, y, tmp_path)


def test_a_save_cut_short_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.save({"epoch": 1}, done=True)

    def half(state, file):
        file.write(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with contextlib.suppress(KeyboardInterrupt):
        checkpoint.save({"epoch": 2}, done=True)
    assert Checkpoint(tmp_path, "run").load()["epoch"] == 1


def test_saving_takes_a_small_part_of_the_time(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(
        "sklearn_dissim._max_margin.training.checkpoints.time.monotonic", lambda: now[0]
    )
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.save({"epoch": 1})
    checkpoint._cost = 1.0
    now[0] = 19.0
    checkpoint.save({"epoch": 2})
    assert checkpoint.load()["epoch"] == 1
    now[0] = 20.0
    checkpoint.save({"epoch": 3})
    assert checkpoint.load()["epoch"] == 3
