"""The rooms of the package and who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_dissim

ROOT = Path(sklearn_dissim.__file__).parent

LEVELS = {
    "_compat": 0,
    "_dissimilarity": 0,
    "_prefixed_params": 0,
    "_scatter": 0,
    "_progress": 0,
    "_kernels": 1,
    "_pairs": 1,
    "_losses": 1,
    "_embedding": 0,
    "_containers": 2,
    "_dissimilarity_matrix": 2,
    "_max_margin_problem": 2,
    "_newton": 2,
    "_contributions": 3,
    "_validation": 3,
    "_solvers": 3,
    "_convex_head": 4,
    "_make_pairs": 4,
    "_item_transformer": 4,
    "_pair_whitening": 4,
    "_dichotomy": 4,
    "datasets": 4,
    "metrics": 4,
    "model_selection": 4,
    "_end_to_end": 5,
    "_pair_scorer": 6,
    "_max_margin": 7,
    "_item_blocks": 0,
    "_fusion": 0,
    "_fitted_parts": 0,
    "_inner_products": 0,
    "_shortlists": 2,
    "_gallery": 2,
    "_dask_gallery": 3,
    "_gallery_scores": 5,
    "_matchers": 7,
    "_retriever": 8,
    "tables": 8,
}
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def imported(path):
    """(module, whether on import of the file) for every import in a file."""
    tree = ast.parse((ROOT / path).read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module, id(node) in top


def room(module):
    return module.split(".")[1]


@pytest.mark.parametrize("path", [p for p in MODULES if p != Path("__init__.py")], ids=str)
def test_a_module_imports_from_lower_levels_only(path):
    here = path.with_suffix("").parts[0]
    for module, _ in imported(path):
        if not module.startswith("sklearn_dissim"):
            continue
        assert module != "sklearn_dissim", f"{path} imports the package root"
        if room(module) != here:
            assert LEVELS[room(module)] < LEVELS[here], f"{path} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_private_scikit_learn_is_touched_in_one_place(path):
    if path.name == "_compat.py":
        return
    tree = ast.parse((ROOT / path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sklearn."):
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            assert not any(n.startswith("_") for n in names), f"{path}: {names}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_heavy_packages_are_imported_when_needed(path):
    if path.parts[0] in ("_kernels", "_embedding.py", "_end_to_end", "_dask_gallery.py"):
        return
    at_once = {module.split(".")[0] for module, top in imported(path) if top}
    assert not at_once & {
        *("torch", "skorch", "numba", "pandas", "matplotlib", "dask", "polars", "rapidfuzz")
    }


def test_skorch_is_imported_in_one_place():
    users = [str(p) for p in MODULES if any(m.startswith("skorch") for m, _ in imported(p))]
    assert users == ["_end_to_end/_net.py"]


def loaded_after(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_after("import sklearn_dissim") & {"torch", "numba", "sklearn", "pandas"}
    assert not loaded_after("from sklearn_dissim import *") & {"torch", "numba", "skorch"}


def test_public_names():
    assert set(sklearn_dissim.__all__) <= set(dir(sklearn_dissim))
    for name in sklearn_dissim.__all__:
        assert getattr(sklearn_dissim, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sklearn_dissim.nothing  # noqa: B018 - the access is the test
