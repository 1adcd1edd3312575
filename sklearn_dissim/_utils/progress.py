"""Draw a progress bar for work that takes longer than a second."""

import sys
import time

SECONDS = 1.0  # between two drawings of a bar
_WIDTH = 24


class Progress:
    """Draw "label [####....] 25 %, note, time left" on one line, once a second has passed.

    Parameters
    ----------
    label : str
        What is being done.
    total : int
        The amount of work, in units of your choice.
    enabled : bool, default=True
        Whether anything is drawn.
    """

    def __init__(self, label, total, enabled=True):
        self._label, self._total, self._enabled = label, total, enabled
        self._start = self._last = time.monotonic()
        self._first, self._longest = 0, 0
        self._state = (0, "")

    def begin_at(self, done):
        """Leave work that was done before out of the estimate of the time left."""
        self._first = done

    def __call__(self, done, note=""):
        """Report how much of the work is done, with a note; draw if it is time to."""
        self._state = (done, note)
        now = time.monotonic()
        if self._enabled and now - self._last >= SECONDS:
            self._last = now
            self._draw()

    def _draw(self):
        """Draw the bar over the last one, on the same line."""
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
