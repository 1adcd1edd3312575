"""Two processes learn what one learns from batches twice as large."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from sklearn_dissim._max_margin.training import processes
from tests.helpers.training_runs import shared


def test_alone():
    assert processes.join() == 1
    assert processes.rank_and_size() == (0, 1)
    assert processes.agreed(7) == 7


@pytest.mark.parametrize("n_rows", [2, 5, 128])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_shares_make_up_the_whole(n_rows, size):
    rows = torch.arange(n_rows)
    parts = [rows[processes.share(n_rows, rank, size)] for rank in range(size)]
    assert torch.equal(torch.cat(parts), rows)
    assert max(map(len, parts)) <= -(-n_rows // size)


@pytest.fixture(scope="module")
def alone():
    return shared()


@pytest.mark.parametrize("how", ["torchrun", "accelerate"])
def test_two_processes_have_the_loss_curve_of_one(tmp_path, how, alone):
    if how == "accelerate":
        pytest.importorskip("accelerate", reason="accelerate is not installed")
    result = tmp_path / "result.json"
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    command = [*launch, "-m", "tests.helpers.training_runs", how, str(result)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    given, drawn, coef = json.loads(result.read_text())
    alone_given, alone_drawn, alone_coef = alone
    np.testing.assert_allclose(given, alone_given, rtol=1e-4)
    np.testing.assert_allclose(drawn, alone_drawn, rtol=1e-4)
    np.testing.assert_allclose(coef, alone_coef, rtol=1e-3)
