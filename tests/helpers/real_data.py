"""Files of real data, in the folder that SKLEARN_DISSIM_DATA names."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("SKLEARN_DISSIM_DATA", ROOT.parent / "shared" / "data"))


def real_data(name):
    """Return the path of a file, or skip the test where the file is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not in {FOLDER}; set SKLEARN_DISSIM_DATA to the folder with it")
    return path
