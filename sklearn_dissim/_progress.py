"""A line of progress for work that takes longer than a second."""

import sys
import time


class Progress:
    """Prints "label: done / total, time left", on one line, once a second has passed.

    Parameters
    ----------
    label : str
    total : int
    enabled : bool, default=True
    """

    def __init__(self, label, total, enabled=True):
        self._label, self._total, self._enabled = label, total, enabled
        self._start = self._last = time.monotonic()
        self._shown = False

    def __call__(self, done):
        now = time.monotonic()
        if not self._enabled or now - self._last < 1.0:
            return
        self._last, self._shown = now, True
        left = (now - self._start) * (self._total - done) / max(done, 1)
        line = f"\r{self._label}: {done} / {self._total}, {left:.0f} s left "
        print(line, end="", file=sys.stderr, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._shown:
            print(file=sys.stderr)
