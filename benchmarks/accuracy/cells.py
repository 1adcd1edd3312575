"""Compute the cells of the table, and say which of them are missing.

A method is fitted with each of its configurations on the training identities (seed 0) and judged on
the validation identities. Each of its rows takes the configuration and variant that did best there,
is fitted on training and validation identities together, once a seed, and is judged on the test
identities.
"""

import time
from functools import cache

import numpy as np

from benchmarks.accuracy import columns
from benchmarks.accuracy.columns import column
from benchmarks.accuracy.judge import Judge
from benchmarks.accuracy.method import DidNotFinish
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.report import CHOSEN_BASELINE, RECOMMENDED

N_SEEDS = 5
FEATURES = {  # of a view, for methods without a network
    "plain": "plain",
    "frozen": "pretrained",
    "last blocks": "pretrained",
    "inner": "inner",
}


def home(method, name):
    """Return the place under which a method's fits in a column are kept.

    Methods without a network have the same fits in all columns with the same features.
    """
    if method.trains:
        return name
    here = column(name)
    return f"{here.data}, {FEATURES[here.view]} features"


def configs(method, name):
    """Return the configurations by number."""
    options = method.configs(column(name))
    return dict(enumerate(options[:1] if columns.TINY else options))


# What is missing.


def jobs(store, method, name, seeds):
    """Return what is missing of a method in a column: (method, column, configuration, seed).

    Seed None is a fit for validation; while one of these is missing, tests are not asked for.
    """
    untried = _untried(store, method, name)
    if untried:
        return [(method.name, name, number, None) for number in untried]
    missing = {
        (seed, number)
        for number, variant, _ in _choices(store, method, name)
        for seed in range(seeds if method.random else 1)
        if _tested_entry(store, method, name, number, variant, seed) is None
    }
    return [(method.name, name, number, seed) for seed, number in sorted(missing)]


def _choices(store, method, name):
    """Return the choices of the rows for which something finished."""
    return [c for c in _choices_by_row(store, method, name).values() if c is not None]


def _untried(store, method, name):
    """Return the numbers of the configurations that were not validated."""
    place, options = home(method, name), configs(method, name)
    return [i for i in options if not store.get(method, place, i, None, options[i])]


def _tested_entry(store, method, name, number, variant, seed):
    """Return the entry of a test, or None where there is none with this variant."""
    config = configs(method, name)[number]
    entry = store.get(method, home(method, name), number, seed, config)
    kept = entry is not None and ("skipped" in entry or variant in entry["scores"])
    return entry if kept else None


def _choices_by_row(store, method, name):
    """Return (configuration, variant, validation figures) of each row; None: nothing finished."""
    place, choices = home(method, name), {}
    for row, variants in method.variants().items():
        candidates = [
            (i, variant, figures)
            for i in configs(method, name)
            for variant, figures in store.entries[method.name, place, i, None]
            .get("scores", {})
            .items()
            if variants is None or variant in variants
        ]
        choices[row] = max(candidates, key=lambda choice: merit(choice[2]), default=None)
    return choices


def chosen_variants(store, names):
    """Return the variants that the table shows, as `Store.pack` takes them."""
    chosen = {}
    for method in METHODS:
        for name in names:
            if not _untried(store, method, name):
                shown = {choice[:2] for choice in _choices(store, method, name)}
                chosen.setdefault((method.name, home(method, name)), set()).update(shown)
    return chosen


def merit(figures):
    """Return what configurations, variants and rows are chosen by: mAP less equal error rate."""
    return figures["map"] - figures["eer"]


# Fits.


def compute(job):
    """Fit and judge what a job of `jobs` asks for; return an entry of the store."""
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
    """Return the scores of the judged part by variant, and the seconds they took."""
    start = time.perf_counter()
    score = method.fit(here, learned, config, seed)
    fitted = time.perf_counter()
    scores = score(judged)
    seconds = {"train": fitted - start, "score": time.perf_counter() - fitted}
    seconds = {key: round(value, 3) for key, value in seconds.items()}
    return scores if isinstance(scores, dict) else {"": scores}, seconds


def _validated(method, here, config):
    """Return the mean figures over the splits."""
    by_split = []
    for learned, judged in here.splits():
        scores, seconds = _fitted(method, here, learned, judged, config, 0)
        judge = Judge(judged)
        by_split.append({variant: judge.brief(matrix) for variant, matrix in scores.items()})
    figures = {
        variant: {
            figure: round(float(np.mean([split[variant][figure] for split in by_split])), 5)
            for figure in ("eer", "map")
        }
        for variant in by_split[0]
    }
    return {"seconds": seconds, "scores": figures}


@cache
def _judge(name):
    return Judge(column(name).test)


def _tested(judge, scores):
    """Return the figures of test scores, and their resamples in units of 0.00001."""
    figures, resamples = judge.figures(scores)
    return {key: round(value, 5) for key, value in figures.items()} | {
        f"{key}_resamples": np.rint(1e5 * value).astype(int).tolist()
        for key, value in resamples.items()
    }


# Cells.


def cells(store, names, seeds=N_SEEDS):
    """Return one dictionary a row, column and seed, for the report."""
    rows = []
    for method in METHODS:
        for name in names:
            if not _untried(store, method, name):
                for row, choice in _choices_by_row(store, method, name).items():
                    rows += _cells_of(store, method, name, row, choice, seeds)
    return [*rows, *chosen_rows(rows)]


def _cells_of(store, method, name, row, choice, seeds):
    """Return the cells of one row in one column."""
    here = column(name)
    base = {"row": row, "family": method.family, "column": name}
    base |= {"data": here.data, "backbone": here.backbone}
    if choice is None:
        reason = store.entries[method.name, home(method, name), 0, None]["skipped"]
        return [base | {"seed": 0, "skipped": reason}]
    number, variant, validation = choice
    rows = []
    for seed in range(seeds if method.random else 1):
        entry = _tested_entry(store, method, name, number, variant, seed)
        if entry is None:
            continue
        cell = base | {"seed": seed, "config": entry["config"], "variant": variant or None}
        if "skipped" in entry:
            rows.append(cell | {"skipped": entry["skipped"]})
            continue
        figures = dict(entry["scores"][variant])
        cell |= {key: figures.pop(key) for key in ("eer_resamples", "map_resamples")}
        rows.append(cell | {"validation": validation, "test": figures, "seconds": entry["seconds"]})
    return rows


# Rows that are, in each column, what validation says of ours and of the others.
CHOSEN = {True: RECOMMENDED, False: CHOSEN_BASELINE}


def chosen_rows(cells):
    """Return the cells of the two rows of `CHOSEN`."""
    rows = []
    for name in dict.fromkeys(cell["column"] for cell in cells):
        here = [cell for cell in cells if cell["column"] == name and "skipped" not in cell]
        for ours, title in CHOSEN.items():
            side = [cell for cell in here if (cell["family"] == "ours") == ours]
            if side:
                best = max(side, key=lambda cell: merit(cell["validation"]))["row"]
                family = "ours" if ours else "chosen baseline"
                renamed = {"row": title, "family": family}
                rows += [c | renamed | {"variant": best} for c in side if c["row"] == best]
    return rows
