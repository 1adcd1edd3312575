"""Report the curves as small tables and as a picture, with a panel for each varied quantity."""

import re
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.accuracy.report import NAMES, PICTURES, RESULTS, in_markdown

COLUMN = "emoji, frozen EfficientNet-Lite0, linear"  # the documents show this one
RECOMMENDED = "PairWhitening, max-margin"
# By the share that is varied: the number that it comes to, its label, and its format.
PANELS = {
    "identities": ("n_identities", "Training identities", "{:,.0f}"),
    "pairs": ("n_same", "Same pairs to learn from, and five different ones each", "{:,.0f}"),
    "features": ("n_features", "Features", "{:,.0f}"),
    "relabelled": ("relabelled", "Training items with a wrong identity", "{:.0%}"),
}
FULL = {"identities": 1, "pairs": 1, "features": 1, "relabelled": 0}
INTRODUCTION = """# Learning curves

mAP and equal error rate (EER) in per cent on {judged} new identities, the same everywhere: means
over {seeds} seeds, which draw what is learned from; in brackets the lowest and the highest of them.
Each method has one fixed configuration; those that learn see at most 400 principal components. One
thing is varied at a time; of the others there is all, and no wrong identities. Bold: best of its
column."""
NOTES = {
    "pairs": "Principal components are those of all training items, labelled or not.",
    "features": "Beyond {all} features, the rest are independent Gaussian noise, in training and "
    "test items; each varies as much as the real ones do on average. Among the principal "
    "components it takes the places of real ones that vary less.",
    "relabelled": "Pairs are drawn by the identities that the items then have.",
}


# Figures.


def lines_of(points):
    """Return a line a point and method."""
    return pd.DataFrame(
        [
            {key: value for key, value in point.items() if key != "figures"}
            | {"method": method}
            | figures
            for point in points
            for method, figures in point["figures"].items()
        ]
    )


def panel(lines, varied):
    """Return mean, lowest and highest figures over the seeds, with one share varied."""
    fixed = [key for key in FULL if key != varied]
    chosen = lines[(lines[fixed] == pd.Series(FULL)[fixed]).all(axis=1)]
    # The number that a share comes to may differ a little between seeds.
    grouped = chosen.groupby(["method", varied], sort=False)
    figures = {
        f"{figure}{end}": (figure, how)
        for figure in ("map", "eer")
        for end, how in (("", "mean"), ("_low", "min"), ("_high", "max"))
    }
    return grouped.agg(x=(PANELS[varied][0], "mean"), **figures).reset_index().sort_values(varied)


# Markdown.


def markdown(points):
    """Return the tables of all columns."""
    lines = lines_of(points)
    judged = " or ".join(str(n) for n in sorted(lines["n_judged"].unique()))
    parts = [INTRODUCTION.format(judged=judged, seeds=lines["seed"].nunique())]
    for column, of_column in lines.groupby("column", sort=False):
        parts.append(f"## {column}")
        for varied, (_, label, _) in PANELS.items():
            parts.append(f"### {label}")
            if varied in NOTES:
                n_all = of_column.loc[of_column["features"] == 1, "n_features"].iloc[0]
                parts.append(NOTES[varied].format(all=f"{n_all:,}"))
            curves = panel(of_column, varied)
            parts += [_table(curves, varied, figure) for figure in ("map", "eer")]
    return "\n\n".join(parts) + "\n"


def _table(curves, varied, figure):
    """Return methods by values of the varied share."""
    means = curves.pivot(index="method", columns=varied, values=figure)
    best = means.max() if figure == "map" else means.min()
    rows = []
    for method in STYLES:
        cells = curves[curves["method"] == method].to_dict("records")
        rows.append([method, *(_cell(cell, figure, best[cell[varied]]) for cell in cells)])
    form = PANELS[varied][2]
    return in_markdown(
        [NAMES[figure], *map(form.format, curves.groupby(varied)["x"].first())], rows
    )


def _cell(cell, figure, best):
    """Return a mean, and both ends if there are two."""
    mean, low, high = (f"{100 * cell[figure + end]:.1f}" for end in ("", "_low", "_high"))
    text = f"**{mean}**" if cell[figure] == best else mean
    return text if low == high else f"{text} [{low}, {high}]"


# Picture.


STYLES = {  # told apart by colour-blind readers (Okabe and Ito); ours are red, pink and orange
    RECOMMENDED: ("#D55E00", "o", "-"),
    "the same, shrunk to equal": ("#CC79A7", "P", "-"),
    "max-margin on |q - g|": ("#E69F00", "D", "-"),
    "LDA whitening, cosine": ("#0072B2", "s", "-"),
    "logistic regression on |q - g|": ("#009E73", "^", "-"),
    "cosine": ("#333333", "v", "--"),
    "Euclid": ("#888888", "X", "--"),
}
NOISE, GRID = "#F2F2F2", "#DDDDDD"


def draw(points):
    """Draw the mAP in four panels."""
    from matplotlib.figure import Figure

    lines = lines_of(points)
    figure = Figure((9, 6.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    axes = figure.subplots(2, 2, sharey=True)
    for ax, varied in zip(axes.flat, PANELS, strict=True):
        curves = panel(lines, varied)
        for method, style in STYLES.items():
            _curve(ax, curves[curves["method"] == method], *style, method == RECOMMENDED)
        _x_axis(ax, curves, varied)
    for ax in axes[:, 0]:
        ax.set_ylabel("mAP on new identities, %")
    axes[0, 0].set_ylim(bottom=0)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc="outside upper center", ncols=3, fontsize=9, frameon=False
    )
    legend.get_texts()[0].set_fontweight("bold")
    note = f"Lines: mean of {lines['seed'].nunique()} seeds. Bands: from the lowest to the highest."
    figure.supxlabel(note, fontsize=8)
    return figure


def _curve(ax, curve, color, marker, dashes, bold):
    """Draw the mean of one method, and a band from the lowest to the highest."""
    width, size, order = (2.6, 6, 4) if bold else (1.3, 4, 3)
    label = curve["method"].iloc[0]
    ax.fill_between(
        curve["x"], 100 * curve["map_low"], 100 * curve["map_high"], color=color, alpha=0.2, lw=0
    )
    ax.plot(
        curve["x"],
        100 * curve["map"],
        dashes,
        color=color,
        marker=marker,
        lw=width,
        ms=size,
        mew=0,
        zorder=order,
        label=label,
    )


def _x_axis(ax, curves, varied):
    _, label, form = PANELS[varied]
    places = curves.groupby(varied)["x"].first()
    texts = list(map(form.format, places))
    if varied == "features":
        texts = _shade_noise(ax, places, texts)
    if varied != "relabelled":
        ax.set_xscale("log")
    ax.set_xticks(places, texts, fontsize=8)
    ax.set_xticks([], minor=True)
    ax.set_xlabel(label)
    ax.grid(color=GRID, lw=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


def _shade_noise(ax, places, texts):
    """Shade the part with noise, and return labels that say how much of it there is."""
    lowest, real, highest = places.min(), places[1], places.max()
    ax.set_xlim(lowest / 1.15, highest * 1.15)
    ax.axvspan(real, highest * 1.15, color=NOISE, lw=0, zorder=0)
    where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    ax.annotate("+ times as many of pure noise", (real, 0), (4, 4), fontsize=7, **where)
    return [
        text if share <= 1 else f"+{share - 1:g}"
        for share, text in zip(places.index, texts, strict=True)
    ]


# Files.


def write(points, folder=RESULTS):
    """Write curves.md and a picture a column."""
    if not points:
        return
    folder = Path(folder)
    (folder / "curves.md").write_text(markdown(points))
    if find_spec("matplotlib"):
        pictures = PICTURES if folder.resolve() == RESULTS.resolve() else folder
        pictures.mkdir(parents=True, exist_ok=True)
        for column in dict.fromkeys(point["column"] for point in points):
            of_column = [point for point in points if point["column"] == column]
            draw(of_column).savefig(pictures / _file_name(column), dpi=150)


def _file_name(column):
    """Return the column's name as a file name."""
    words = [] if column == COLUMN else re.findall(r"[\w-]+", column)
    return "_".join(["learning_curves", *words]) + ".png"
