"""The folders of the package and which may import which."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sklearn_dissim

ROOT = Path(sklearn_dissim.__file__).parent

# A folder imports from folders on earlier lines only.
LINES = [
    ["_utils"],
    ["_kernels", "datasets"],
    ["_pairs"],
    ["metrics", "model_selection"],
    ["_max_margin"],
    ["inspection", "_retrieval"],
    ["tables"],
]
LINE_OF = {folder: number for number, line in enumerate(LINES) for folder in line}
# Folders and files that import torch, numba or dask at once; all others when they need them.
HEAVY = (
    "_kernels/",
    "_max_margin/training/",
    "_utils/torch_batches.py",
    "_retrieval/dask_gallery.py",
)
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


def modules_imported(path):
    """The modules that a file imports, also as `from package import module`."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folder(module):
    return module.split(".")[1]


def in_folders():
    return [path for path in MODULES if path.parts[0] in LINE_OF]


@pytest.mark.parametrize("path", in_folders(), ids=str)
def test_a_folder_imports_from_folders_on_earlier_lines_only(path):
    here = path.parts[0]
    for module, _ in imported(path):
        assert module != "sklearn_dissim", f"{path} imports the package root"
        if not module.startswith("sklearn_dissim.") or folder(module) not in LINE_OF:
            continue
        if folder(module) != here:
            assert LINE_OF[folder(module)] < LINE_OF[here], f"{path} imports {module}"


def dotted(path):
    return ".".join(("sklearn_dissim", *path.with_suffix("").parts))


@pytest.mark.parametrize("here", LINE_OF)
def test_no_modules_of_a_folder_import_each_other_in_a_circle(here):
    paths = [path for path in in_folders() if path.parts[0] == here and path.stem != "__init__"]
    names = {dotted(path) for path in paths}
    graph = {dotted(path): {m for m in modules_imported(path) if m in names} for path in paths}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_private_scikit_learn_is_touched_in_one_place(path):
    if path.name == "compat.py":
        return
    tree = ast.parse((ROOT / path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sklearn."):
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            assert not any(n.startswith("_") for n in names), f"{path}: {names}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_heavy_packages_are_imported_when_needed(path):
    if path.as_posix().startswith(HEAVY):
        return
    at_once = {module.split(".")[0] for module, top in imported(path) if top}
    assert not at_once & {
        *("torch", "skorch", "numba", "pandas", "matplotlib", "dask", "polars", "rapidfuzz")
    }


def test_skorch_is_imported_in_one_place():
    users = [str(p) for p in MODULES if any(m.startswith("skorch") for m, _ in imported(p))]
    assert users == ["_max_margin/training/net.py"]


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
