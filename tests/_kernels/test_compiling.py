"""Kernels are compiled anew when any source of theirs changes, and else come from the cache."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sklearn_dissim
from sklearn_dissim._kernels import compiling

PACKAGE = Path(sklearn_dissim.__file__).parent
# A pair's score comes from `pair_lists`, into which a function of `exact_scores` is inlined.
SCORE = """
import numpy as np
from sklearn_dissim._kernels import kernels_for, pair_lists
items, indices = np.array([[0.0], [3.0]]), np.array([[0, 1]])
print(*kernels_for("cpu").pair_scores(items, indices, np.array([-1.0]), "absolute"))
print(sum(pair_lists._score.stats.cache_hits.values()))
"""


@pytest.fixture
def copied_package(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "sklearn_dissim", ignore=ignored)
    return tmp_path


def score_and_cache_hits(folder, **environment):
    environment = os.environ | {"PYTHONPATH": str(folder)} | environment
    done = subprocess.run(
        [sys.executable, "-c", SCORE],
        env=environment, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    score, n_hits = done.stdout.split()
    return float(score), int(n_hits)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_change_to_an_inlined_function_takes_effect(copied_package, tmp_path, read_only):
    environment = {"NUMBA_CACHE_DIR": ""}
    if read_only:  # numba then keeps its cache elsewhere, by the path of the package alone
        environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")
    assert score_and_cache_hits(copied_package, **environment) == (-3.0, 0)
    assert score_and_cache_hits(copied_package, **environment) == (-3.0, 1)
    in_tree = (copied_package / "sklearn_dissim").rglob("pair_lists*.nbi")
    assert bool(list(in_tree)) != read_only
    source = copied_package / "sklearn_dissim" / "_kernels" / "exact_scores.py"
    before = source.read_text()
    source.write_text(before.replace("abs(gap)", "10.0 * abs(gap)"))
    assert score_and_cache_hits(copied_package, **environment) == (-30.0, 0)
    source.write_text(before)
    assert score_and_cache_hits(copied_package, **environment) == (-3.0, 1)


def test_processes_that_compile_at_once_do_not_disturb_each_other(copied_package):
    command = [sys.executable, "-c", SCORE]
    environment = os.environ | {"PYTHONPATH": str(copied_package), "NUMBA_CACHE_DIR": ""}
    started = [
        subprocess.Popen(
            command, env=environment, cwd=copied_package, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in started:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert output.split()[0] == "-3.0"
    assert score_and_cache_hits(copied_package, NUMBA_CACHE_DIR="") == (-3.0, 1)


def test_every_kernel_is_compiled_by_the_decorators_that_know_the_sources():
    for path in (PACKAGE / "_kernels").glob("*.py"):
        if path.name != "compiling.py":
            # What is inlined has no cache of its own.
            assert not re.findall(r"@njit(?!\(inline=\"always\"\))|cache=True", path.read_text())
    others = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "_kernels"]
    assert not [path for path in others if re.search(r"^\s*(from|import) numba", path.read_text())]


def test_where_no_cache_can_be_written_kernels_are_compiled_in_memory():
    namespace = {}
    exec("def double(x):\n    return 2 * x", namespace)  # a function of no file has no cache
    double = compiling.kernel(namespace["double"])
    assert double(np.float64(1.5)) == 3.0
