"""Checkpoints: a training run on disk, so that it goes on where it was killed."""

import os
import time
from pathlib import Path

import joblib
import torch


class Checkpoint:
    """Keep the last state of one run, in a file named after all that decides its course.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    *decisive
        Parameters, data, first weights: a run that differs in any has another file.
    """

    def __init__(self, folder, *decisive):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{joblib.hash(decisive)}.pt"
        self._saved, self._cost = time.monotonic(), 0.0

    def load(self):
        """Return the state last saved, or None."""
        if not self._path.exists():
            return None
        try:
            state = torch.load(self._path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise ValueError(f"checkpoint {self._path} is damaged ({error}); delete it.") from error
        if not isinstance(state, dict) or "done" not in state:
            raise ValueError(f"{self._path} is not a checkpoint of this package; delete it.")
        return state

    def save(self, state, done=False):
        """Save a state, unless saving would take more than a twentieth of the time.

        A process killed in the middle leaves the state saved before.
        """
        start = time.monotonic()
        if not done and start - self._saved < 20 * self._cost:
            return
        # Written beside the old file and put in its place at once: a kill leaves one of both.
        unfinished = self._path.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            torch.save({**state, "done": done}, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        self._saved = time.monotonic()
        self._cost = self._saved - start
