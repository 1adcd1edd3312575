"""Keep finished fits in files."""

import json
import lzma
from pathlib import Path


class Store:
    """Hold the finished fits of the table.

    A fit is an entry, a dictionary with the key [method, place, number of the configuration,
    seed], where seed None is a fit for validation. `add` appends entries to a journal, whose last
    line may be torn by whatever stopped the run. `pack` moves them to one compressed file, in
    which a test fit has only the variants that the table shows: most of its bytes are resamples of
    figures, and those of other variants are never read.

    Parameters
    ----------
    folder : str or Path
    """

    def __init__(self, folder):
        self._packed = Path(folder) / "cells.json.xz"
        self._journal = Path(folder) / "cells_journal.jsonl"
        self.entries = {}
        if self._packed.exists():
            self._take(json.loads(lzma.decompress(self._packed.read_bytes())))
        if self._journal.exists():
            text, _, torn = self._journal.read_text().rpartition("\n")
            if torn:  # else the next entry would be appended to it
                self._journal.write_text(text + "\n" * bool(text))
            self._take(map(json.loads, text.splitlines()))

    def _take(self, entries):
        for entry in entries:
            self.entries[tuple(entry["key"])] = entry

    def get(self, method, place, number, seed, config):
        """Return the entry of a fit with just this configuration, or None."""
        entry = self.entries.get((method.name, place, number, seed))
        return entry if entry is not None and entry["config"] == config else None

    def add(self, entry):
        """Keep an entry, and write it down."""
        self._take([entry])
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        with self._journal.open("a") as journal:
            journal.write(json.dumps(entry, separators=(",", ":")) + "\n")

    def pack(self, chosen):
        """Move the journal to the compressed file, without the variants that no row shows.

        Parameters
        ----------
        chosen : dict
            From (method's name, place) to the set of (number of the configuration, variant) that
            the table shows. Fits of methods and places that are not in it are kept whole.
        """
        if not self._journal.exists():
            return
        entries = filter(None, (_shown(entry, chosen) for entry in self.entries.values()))
        write_records(self._packed, entries, lambda text: lzma.compress(text.encode()))
        self._journal.unlink()


def _shown(entry, chosen):
    """Return the part of an entry that the table shows; None: nothing of it."""
    method, place, number, seed = entry["key"]
    if seed is None or "scores" not in entry or (method, place) not in chosen:
        return entry
    shown = chosen[method, place]
    scores = {v: figures for v, figures in entry["scores"].items() if (number, v) in shown}
    return entry | {"scores": scores} if scores else None


def write_records(path, records, encode=str.encode):
    """Write a JSON file with a line a record; a run that is interrupted leaves the file as it was.

    `encode` makes bytes of the text.
    """
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_bytes(encode(f"[\n{lines}\n]\n"))
    unfinished.replace(path)
