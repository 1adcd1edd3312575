"""Report the cells: means and intervals, ranks, margins; as data frames and in Markdown.

An interval holds 95 % of 200 replicates. Each replicate draws the test identities anew and, for
methods that are random, the seeds. All methods of a data set have the same draws, so that ratios
and differences are taken replicate by replicate: what makes a draw easy for both of two methods
cancels out.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

RECOMMENDED, CHOSEN_BASELINE = "ours, chosen on validation", "baseline, chosen on validation"
# The baseline that is not in use anywhere, and the row that may be chosen to be it.
UNUSUAL = "circle, then LDA whitening, cosine", CHOSEN_BASELINE
GOAL_RATIO, GOAL_POINTS = 0.80, 5.0  # of EER at most, of mAP at least
NAMES = {
    "auc": "ROC AUC",
    "eer": "EER",
    "fnmr": "FNMR at FMR 0.1 %",
    "map": "mAP",
    "rank1": "rank-1",
}
RESOLUTION = 1e-5  # of stored resamples; lower error rates count as this one in a ratio
RESULTS = Path(__file__).parent / "results"
PICTURES = Path(__file__).parents[2] / "docs" / "figures"
MISSING = "\N{EN DASH}"


# Figures.


def by_place(cells):
    """Return the finished cells of each row and column, in the order of their seeds."""
    finished = {}
    for cell in sorted(cells, key=lambda cell: cell["seed"]):
        if "skipped" not in cell:
            finished.setdefault((cell["row"], cell["column"]), []).append(cell)
    order = dict.fromkeys((cell["row"], cell["column"]) for cell in cells)
    return {place: finished[place] for place in order if place in finished}


def replicates(cells, figure):
    """Return a figure in each replicate: its mean over seeds drawn from those of the cells."""
    values = RESOLUTION * np.array([cell[f"{figure}_resamples"] for cell in cells])
    n_seeds, n_replicates = values.shape
    return values[_seed_draws(n_seeds, n_replicates), np.arange(n_replicates)].mean(axis=0)


@cache
def _seed_draws(n_seeds, n_replicates):
    draws = [np.random.default_rng(r).integers(n_seeds, size=n_seeds) for r in range(n_replicates)]
    return np.transpose(draws)


def interval(values):
    """Return both ends of what 95 % of the replicates lie between."""
    return np.quantile(values, [0.025, 0.975])


def summarise(cells):
    """Return a line a row and column: means over the seeds; EER and mAP with intervals."""
    lines = []
    for same in by_place(cells).values():
        line = {key: same[0][key] for key in ("row", "family", "column", "data", "backbone")}
        line |= {"chosen": _chosen(same[0]), "seeds": len(same)}
        for group in ("test", "seconds"):
            line |= pd.DataFrame([cell[group] for cell in same]).mean().to_dict()
        for figure in ("eer", "map"):
            ends = interval(replicates(same, figure))
            line |= dict(zip((f"{figure}_low", f"{figure}_high"), ends, strict=True))
        lines.append(line)
    return pd.DataFrame(lines)


def _chosen(cell):
    """Return configuration and variant in words."""
    choices = [f"{key} {value}" for key, value in cell["config"].items()]
    return ", ".join(choices + [cell["variant"]] * bool(cell["variant"]))


def mean_ranks(summary):
    """Return the mean rank of each row over the columns in which it has a cell, best first.

    A row is ranked among those that the column has. `complete` is False where a row lacks columns,
    so that its ranks are no fair comparison.
    """
    ranks = summary[["row", "family"]].assign(
        eer_rank=summary.groupby("column")["eer"].rank(),
        map_rank=summary.groupby("column")["map"].rank(ascending=False),
        columns=1,
    )
    means = {"family": "first", "eer_rank": "mean", "map_rank": "mean", "columns": "sum"}
    ranks = ranks.groupby("row", sort=False).agg(means)
    ranks["complete"] = ranks["columns"] == summary["column"].nunique()
    order = (ranks["eer_rank"] + ranks["map_rank"]).sort_values(kind="stable").index
    return ranks.loc[order].reset_index()


def margins(cells):
    """Compare each of our rows with the best baseline in its column, by test figures.

    Baselines are so chosen with hindsight, our rows are not. A verdict is "level" where the
    interval of the ratio holds 1, or that of the difference 0.
    """
    summary, places = summarise(cells), by_place(cells)
    lines = []
    for column, table in summary.groupby("column", sort=False):
        baselines = table[table["family"] != "ours"].set_index("row")
        if baselines.empty:
            continue
        rivals = {"eer": baselines["eer"].idxmin(), "map": baselines["map"].idxmax()}
        theirs = {figure: places[row, column] for figure, row in rivals.items()}
        for row in table["row"][table["family"] == "ours"]:
            margin = _margin(places[row, column], theirs)
            lines.append({"row": row, "column": column} | margin)
    lines.sort(key=lambda line: line["row"] != RECOMMENDED)
    return pd.DataFrame(lines)


def _margin(ours, theirs):
    """Return EER as a ratio, and mAP as a difference in points, to the best cells in either."""
    eers = [np.maximum(_with_replicates(c, "eer"), RESOLUTION) for c in (ours, theirs["eer"])]
    maps = [100 * _with_replicates(c, "map") for c in (ours, theirs["map"])]
    ratio, *ratios = eers[0] / eers[1]
    points, *differences = maps[0] - maps[1]
    (eer_low, eer_high), (map_low, map_high) = interval(ratios), interval(differences)
    return {
        "eer_baseline": theirs["eer"][0]["row"],
        "eer_ratio": ratio,
        "eer_low": eer_low,
        "eer_high": eer_high,
        "eer_verdict": _verdict(1 - eer_high, 1 - eer_low),
        "eer_goal": bool(ratio <= GOAL_RATIO),
        "map_baseline": theirs["map"][0]["row"],
        "map_points": points,
        "map_low": map_low,
        "map_high": map_high,
        "map_verdict": _verdict(map_low, map_high),
        "map_goal": bool(points >= GOAL_POINTS),
    }


def _with_replicates(cells, figure):
    """Return a figure, followed by its replicates."""
    return np.r_[np.mean([cell["test"][figure] for cell in cells]), replicates(cells, figure)]


def _verdict(low, high):
    """Return the verdict of an interval of gains."""
    return "ahead" if low > 0 else "behind" if high < 0 else "level"


# Markdown.


INTRODUCTION = f"""# Accuracy

Rates in per cent, means over the seeds; in brackets what 95 % of the replicates lie between, which
draw test identities and seeds anew. Bold: best of its column. {MISSING}: no result."""


def markdown(cells):
    """Return the whole table."""
    summary = summarise(cells)
    parts = [INTRODUCTION]
    for data in dict.fromkeys(cell["data"] for cell in cells):
        parts += [f"## {data}", *_section([cell for cell in cells if cell["data"] == data])]
    parts += ["## Mean ranks", _ranks(mean_ranks(summary))]
    parts += ["## Against the best baseline", *_margins(margins(cells))]
    usual = [cell for cell in cells if cell["row"] not in UNUSUAL]
    parts += [f"## {RECOMMENDED}, if {UNUSUAL[0]!r} is no baseline", _recommended(margins(usual))]
    return "\n\n".join(parts) + "\n"


def summary_markdown(cells):
    """Return what the documents show: our margins by column, and the mean ranks."""
    parts = [_recommended(margins(cells)), _GOAL, _ranks(mean_ranks(summarise(cells)))]
    return "\n\n".join(filter(None, parts)) + "\n"


def in_markdown(header, rows):
    """Return a table."""
    lines = [header, ["---"] * len(header)]
    lines += [[str(text).replace("|", "\\|") for text in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _with_interval(value, low, high, form):
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def _section(cells):
    """Yield the tables of one data set."""
    families = {cell["row"]: cell["family"] for cell in cells}
    backbones = list(dict.fromkeys(cell["backbone"] for cell in cells))
    table = summarise(cells)
    if not table.empty:
        yield _compact(table, families, backbones, "eer", ".2f")
        yield _compact(table, families, backbones, "map", ".1f")
        yield f"<details><summary>All figures</summary>\n\n{_detailed(table)}\n\n</details>"
    yield from _skipped(cells)


def _compact(table, families, backbones, figure, form):
    """Return the table of one figure: methods by backbones."""
    best = table.groupby("backbone")[figure].agg("min" if figure == "eer" else "max")
    texts = {}
    for cell in table.to_dict("records"):
        values = (100 * cell[key] for key in (figure, f"{figure}_low", f"{figure}_high"))
        text, is_best = _with_interval(*values, form), cell[figure] == best[cell["backbone"]]
        texts[cell["row"], cell["backbone"]] = f"**{text}**" if is_best else text
    rows = [
        [row, family, *(texts.get((row, backbone), MISSING) for backbone in backbones)]
        for row, family in families.items()
    ]
    return in_markdown([NAMES[figure], "family", *backbones], rows)


def _detailed(table):
    """Return the table of all figures, times and choices."""
    header = ["backbone", "method", *NAMES.values(), "training, s", "scoring, s", "seeds", "chosen"]
    rows = [
        [backbone, cell["row"]]
        + [f"{100 * cell[figure]:.2f}" for figure in NAMES]
        + [f"{cell['train']:.1f}", f"{cell['score']:.2f}", cell["seeds"], cell["chosen"]]
        for backbone, cells in table.groupby("backbone", sort=False)
        for cell in cells.to_dict("records")
    ]
    return in_markdown(header, rows)


def _skipped(cells):
    """Yield what is missing, a line a row and reason."""
    reasons = {}
    for cell in cells:
        if "skipped" in cell:
            where = reasons.setdefault((cell["row"], cell["skipped"]), [])
            where += [cell["backbone"]] * (cell["backbone"] not in where)
    if reasons:
        yield "Did not finish:"
        lines = (f"- {row} ({'; '.join(where)}): {why}" for (row, why), where in reasons.items())
        yield "\n".join(lines)


def _ranks(ranks):
    lines = pd.DataFrame(
        {
            "method": ranks["row"] + ranks["complete"].map({True: "", False: " *"}),
            "family": ranks["family"],
            "EER": ranks["eer_rank"].map("{:.1f}".format),
            "mAP": ranks["map_rank"].map("{:.1f}".format),
            "columns": ranks["columns"],
        }
    )
    note = "" if ranks["complete"].all() else "\n\n\\* ranked only in the columns that it has."
    return in_markdown(list(lines), lines.to_numpy()) + note


_MARGIN_HEADER = ["column", "EER, times", "verdict", "rival"]
_MARGIN_HEADER += ["mAP, points", "verdict", "rival", "goal"]
_GOAL = (
    f"Goal: an EER of at most {GOAL_RATIO:.2f} times the rival's, a mAP at least "
    f"{GOAL_POINTS:.0f} points above it. Ahead or behind: the interval of the ratio does not hold "
    "1, that of the difference not 0."
)


def _margins(lines):
    """Yield our rows' margins, all of them in short, then row by row."""
    if lines.empty:
        return
    yield f"Rivals: the best baseline of each column by test figures, for EER and mAP. {_GOAL}"
    header = ["", "EER, times", "ahead, level, behind", "goal"]
    header += ["mAP, points", "ahead, level, behind", "goal"]
    yield in_markdown(header, [_in_short(*group) for group in lines.groupby("row", sort=False)])
    for row, of_row in lines.groupby("row", sort=False):
        yield f"### {row}{' (recommended)' * (row == RECOMMENDED)}"
        yield in_markdown(_MARGIN_HEADER, map(_margin_line, of_row.itertuples()))


def _recommended(lines):
    """Return the margins of the recommended row."""
    if lines.empty:
        return ""
    recommended = lines[lines["row"] == RECOMMENDED].itertuples()
    return in_markdown(_MARGIN_HEADER, map(_margin_line, recommended))


def _in_short(row, lines):
    """Return a row's mean margins (of ratios the geometric mean), and verdicts counted."""
    line, n = [row], len(lines)
    means = f"{np.exp(np.log(lines['eer_ratio']).mean()):.2f}", f"{lines['map_points'].mean():+.1f}"
    for figure, mean in zip(("eer", "map"), means, strict=True):
        verdicts = list(lines[f"{figure}_verdict"])
        counts = (str(verdicts.count(word)) for word in ("ahead", "level", "behind"))
        line += [mean, ", ".join(counts), f"{lines[f'{figure}_goal'].sum()} of {n}"]
    return line


def _margin_line(m):
    reached = [NAMES[figure] for figure in ("eer", "map") if getattr(m, f"{figure}_goal")]
    return [
        m.column,
        *(_with_interval(m.eer_ratio, m.eer_low, m.eer_high, ".2f"), m.eer_verdict, m.eer_baseline),
        *(_with_interval(m.map_points, m.map_low, m.map_high, "+.1f"), m.map_verdict),
        *(m.map_baseline, " and ".join(reached) or "no"),
    ]


# Files.


def write(cells, folder=RESULTS):
    """Write table.json, table.md, summary.md and the picture."""
    if not any("skipped" not in cell for cell in cells):
        return
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    summary = summarise(cells)
    ranks = mean_ranks(summary)
    frames = {"summary": summary, "ranks": ranks, "margins": margins(cells)}
    records = {name: json.loads(frame.to_json(orient="records")) for name, frame in frames.items()}
    (folder / "table.json").write_text(json.dumps(records, indent=1) + "\n")
    (folder / "table.md").write_text(markdown(cells))
    (folder / "summary.md").write_text(summary_markdown(cells))
    if find_spec("matplotlib"):
        from benchmarks.accuracy.picture import draw

        # The documents show the results of this folder; others have their picture beside them.
        pictures = PICTURES if folder.resolve() == RESULTS.resolve() else folder
        pictures.mkdir(parents=True, exist_ok=True)
        draw(summary, ranks).savefig(pictures / "accuracy.png", dpi=150)
