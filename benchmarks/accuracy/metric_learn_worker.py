"""Fit one algorithm of metric-learn, in an environment of its own.

    python metric_learn_worker.py FOLDER

reads the algorithm and its parameters from task.json and its data from data.npz. It writes the
linear map that the algorithm learns to components.npy or, where the algorithm gives up, the reason
to failed.txt.
"""

import json
import sys
import warnings
from pathlib import Path

import metric_learn
import numpy as np


def main(folder):
    warnings.simplefilter("ignore")  # metric-learn uses names that scikit-learn has since changed
    task = json.loads((folder / "task.json").read_text())
    with np.load(folder / "data.npz") as data:
        learner = getattr(metric_learn, task["algorithm"])(**task["parameters"])
        try:
            learner.fit(data["X"], data["y"])
        except Exception as reason:  # LMNN raises TypeError when nothing is left to do
            (folder / "failed.txt").write_text(f"{type(reason).__name__}: {reason}")
            return
    np.save(folder / "components.npy", learner.components_)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
