"""The cells of the table: what is left to compute, computing it, keeping it.

A method is fitted with each of its configurations on the training identities (seed 0) and judged on
the validation identities; each of its rows takes its best and is fitted on both, once a seed, and
judged on the test identities. Every finished fit is written down at once, so that a run can be
stopped and started again.
"""

import json
import time
from functools import cache
from pathlib import Path

import accuracy_tasks as tasks
import numpy as np
from accuracy_judge import Judge
from accuracy_method import DidNotFinish
from accuracy_methods import METHODS
from accuracy_report import CHOSEN_BASELINE, RECOMMENDED
from accuracy_tasks import column

N_SEEDS = 5
FEATURES = {  # of a view, for methods without a network
    "plain": "plain",
    "frozen": "pretrained",
    "last blocks": "pretrained",
    "inner": "inner",
}


class Store:
    """Finished fits, in one JSON file a data set."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.entries = {}
        for path in sorted(self.folder.glob("cells_*.json")):
            for entry in json.loads(path.read_text()):
                self.entries[tuple(entry["key"])] = entry

    def get(self, method, place, number, seed, config):
        """The entry of a fit with just this configuration, or None."""
        entry = self.entries.get((method.name, place, number, seed))
        return entry if entry is not None and entry["config"] == config else None

    def add(self, entry):
        """Keep an entry, and write down its data set."""
        self.entries[tuple(entry["key"])] = entry
        data = entry["key"][1].split(",")[0]
        mine = [e for key, e in self.entries.items() if key[1].split(",")[0] == data]
        write_records(self.folder / f"cells_{data}.json", mine)


def write_records(path, records):
    """Write a JSON file of a line a record; whoever is interrupted leaves the file as it was."""
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(f"[\n{lines}\n]\n")
    unfinished.replace(path)


def home(method, name):
    """The column under which a method's fits are kept.

    Methods without a network have the same fits in all columns with the same features.
    """
    if method.trains:
        return name
    here = column(name)
    return f"{here.data}, {FEATURES[here.view]} features"


def configs(method, name):
    """Configurations by number."""
    found = method.configs(column(name))
    return dict(enumerate(found[:1] if tasks.TINY else found))


def jobs(store, method, name, seeds):
    """What is left of a method in a column: (method, column, config, seed or None).

    Seed None is a fit for validation; while there are any, the test waits.
    """
    place = home(method, name)
    options = configs(method, name)
    untried = [i for i in options if not store.get(method, place, i, None, options[i])]
    if untried:
        return [(method.name, name, i, None) for i in untried]
    chosen = {choice[0] for choice in choices(store, method, name).values() if choice}
    wanted = range(seeds if method.random else 1)
    return [
        (method.name, name, i, seed)
        for seed in wanted
        for i in sorted(chosen)
        if not store.get(method, place, i, seed, options[i])
    ]


def choices(store, method, name):
    """Configuration, variant and validation figures of each row; None: nothing finished."""
    place, chosen = home(method, name), {}
    for row, variants in method.variants().items():
        found = [
            (merit(figures), i, variant, figures)
            for i in configs(method, name)
            for variant, figures in store.entries[method.name, place, i, None]
            .get("scores", {})
            .items()
            if variants is None or variant in variants
        ]
        best = max(found, key=lambda choice: choice[0], default=None)
        chosen[row] = best and best[1:]
    return chosen


def compute(job):
    """An entry of the store: one fit, judged."""
    method_name, name, number, seed = job
    method = next(m for m in METHODS if m.name == method_name)
    here, config = column(name), configs(method, name)[number]
    entry = {"key": [method_name, home(method, name), number, seed], "config": config}
    try:
        if seed is None:
            return entry | _validated(method, here, config)
        scores, seconds = _fitted(method, here, here.learned_from(), here.test, config, seed)
    except DidNotFinish as reason:
        return entry | {"skipped": str(reason)}
    judge = _judge(name)
    figures = {variant: _tested(judge, matrix) for variant, matrix in scores.items()}
    return entry | {"seconds": seconds, "scores": figures}


def _fitted(method, here, learned, judged, config, seed):
    """Scores of the judged part by variant, and the time it took."""
    start = time.perf_counter()
    score = method.fit(here, learned, config, seed)
    fitted = time.perf_counter()
    scores = score(judged)
    seconds = {"train": fitted - start, "score": time.perf_counter() - fitted}
    seconds = {key: round(value, 3) for key, value in seconds.items()}
    return scores if isinstance(scores, dict) else {"": scores}, seconds


def _validated(method, here, config):
    """Mean figures over the splits."""
    found = []
    for learned, judged in here.splits():
        scores, seconds = _fitted(method, here, learned, judged, config, 0)
        judge = Judge(judged)
        found.append({variant: judge.brief(matrix) for variant, matrix in scores.items()})
    figures = {
        variant: {
            figure: round(float(np.mean([split[variant][figure] for split in found])), 5)
            for figure in ("eer", "map")
        }
        for variant in found[0]
    }
    return {"seconds": seconds, "scores": figures}


@cache
def _judge(name):
    return Judge(column(name).test)


def _tested(judge, scores):
    figures, resamples = judge.figures(scores)
    return {key: round(value, 5) for key, value in figures.items()} | {
        f"{key}_resamples": np.rint(1e5 * value).astype(int).tolist()
        for key, value in resamples.items()
    }


def cells(store, columns, seeds=N_SEEDS):
    """One dictionary a row, column and seed, for the report."""
    found = []
    for method in METHODS:
        for name in columns:
            if any(job[3] is None for job in jobs(store, method, name, seeds)):
                continue
            for row, choice in choices(store, method, name).items():
                found += _cells_of(store, method, name, row, choice, seeds)
    return [*found, *chosen_rows(found)]


# Rows that are, in each column, what validation says of ours and of the others.
CHOSEN = {True: RECOMMENDED, False: CHOSEN_BASELINE}


def chosen_rows(found):
    """Cells of the two rows of `CHOSEN`."""
    rows = []
    for name in dict.fromkeys(cell["column"] for cell in found):
        here = [cell for cell in found if cell["column"] == name and "skipped" not in cell]
        for ours, title in CHOSEN.items():
            side = [cell for cell in here if (cell["family"] == "ours") == ours]
            if side:
                best = max(side, key=lambda cell: merit(cell["validation"]))["row"]
                family = "ours" if ours else "chosen baseline"
                renamed = {"row": title, "family": family}
                rows += [c | renamed | {"variant": best} for c in side if c["row"] == best]
    return rows


def merit(figures):
    """What configurations, variants and rows are chosen by: mAP less equal error rate."""
    return figures["map"] - figures["eer"]


def _cells_of(store, method, name, row, choice, seeds):
    here, place = column(name), home(method, name)
    about = {"row": row, "family": method.family, "column": name}
    about |= {"data": here.data, "backbone": here.backbone}
    if choice is None:
        reason = store.entries[method.name, place, 0, None]["skipped"]
        return [about | {"seed": 0, "skipped": reason}]
    number, variant, validation = choice
    rows = []
    for seed in range(seeds if method.random else 1):
        entry = store.get(method, place, number, seed, configs(method, name)[number])
        if entry is None:
            continue
        cell = about | {"seed": seed, "config": entry["config"], "variant": variant or None}
        if "skipped" in entry:
            rows.append(cell | {"skipped": entry["skipped"]})
            continue
        figures = dict(entry["scores"][variant])
        cell |= {key: figures.pop(key) for key in ("eer_resamples", "map_resamples")}
        rows.append(cell | {"validation": validation, "test": figures, "seconds": entry["seconds"]})
    return rows
