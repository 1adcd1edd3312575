"""A bar of progress for work that takes longer than a second."""

import sys
import time

SECONDS = 1.0  # between two pictures of a bar
_WIDTH = 24


class Progress:
    """Draws "label [####....] 25 %, note, time left", on one line, once a second has passed.

    Parameters
    ----------
    label : str
    total : int
    enabled : bool, default=True
    """

    def __init__(self, label, total, enabled=True):
        self._label, self._total, self._enabled = label, total, enabled
        self._start = self._last = time.monotonic()
        self._first, self._longest = 0, 0
        self._state = (0, "")

    def begin_at(self, done):
        """Part of the work was done before; it says nothing of the time the rest takes."""
        self._first = done

    def __call__(self, done, note=""):
        self._state = (done, note)
        now = time.monotonic()
        if self._enabled and now - self._last >= SECONDS:
            self._last = now
            self._draw()

    def _draw(self):
        done, note = self._state
        spent = time.monotonic() - self._start
        left = spent * (self._total - done) / max(done - self._first, 1)
        share = done / self._total
        bar = "#" * round(share * _WIDTH)
        parts = [f"{share:.0%}", note, f"{left:.0f} s left"]
        line = f"{self._label} [{bar:.<{_WIDTH}}] " + ", ".join(p for p in parts if p)
        self._longest = max(self._longest, len(line))
        print(f"\r{line:<{self._longest}}", end="", file=sys.stderr, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._longest:
            self._draw()
            print(file=sys.stderr)
