"""Draw the table: a panel a data set and figure, a line a method, a mark a backbone."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

# By the backbone's name without `FROZEN`; the colours suit colour-blind readers (Okabe and Ito).
STYLES = {
    "ConvNet": ("#009E73", "o", "ConvNet"),
    "linear": ("#0072B2", "s", "linear *"),
    "mlp": ("#E69F00", "^", "MLP *"),
    "inner layer, linear": ("#56B4E9", "v", "linear, inner layer *"),
    "fine-tuned EfficientNet-Lite0": ("#CC79A7", "D", "fine-tuned EfficientNet-Lite0"),
}
FROZEN = "frozen EfficientNet-Lite0, "
NOTES = (
    "Bars: 95 % intervals. Dotted: the best that is not ours. Bold: ours. "
    "* Omniglot and emoji: of a frozen EfficientNet-Lite0.",
    " ** Ranked only in the columns that it has.",
)
TITLES = {"eer": "Equal error rate, %", "map": "Mean average precision, %"}
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
LOWEST = 0.01  # EER, %; a logarithmic axis has no place for 0
LINE, LANE = 0.22, 0.18  # inches a method; share of it that a backbone has
OURS, SHADE, GRID = "#FBE3D6", "#F4F4F4", "#DDDDDD"


def draw(summary, ranks):
    """Draw EER above and mAP below; methods by their mean rank, the best on top."""
    data = list(summary["data"].unique())
    figure = Figure((9, 2 * LINE * (len(ranks) + 1) + 1.7), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.05, wspace=0, hspace=0.03)
    axes = figure.subplots(2, len(data), squeeze=False)
    for name, line in zip(TITLES, axes, strict=True):
        order = ranks.sort_values(f"{name}_rank", kind="stable").reset_index(drop=True)
        for ax, one in zip(line, data, strict=True):
            _lines(ax, order)
            _marks(ax, summary[summary["data"] == one], name, order)
            _value_axis(ax, name)
            ax.set_title(one, fontsize=9)
        _methods(line[0], order, name)
        _ranks(line[-1], order, name)
    _legend(figure, summary)
    figure.supxlabel(NOTES[0] + NOTES[1] * (not ranks["complete"].all()), fontsize=7)
    return figure


def _lines(ax, order):
    """Draw a stripe a method, ours in colour."""
    for i, family in enumerate(order["family"]):
        if family == "ours" or i % 2:
            ax.axhspan(i - 0.5, i + 0.5, color=OURS if family == "ours" else SHADE, lw=0)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _marks(ax, table, name, order):
    """Draw one figure of one data set with intervals, each backbone in its own lane of a line."""
    place = dict(zip(order["row"], order.index, strict=True))
    kinds = _kinds(table)
    for i, kind in enumerate(kinds):
        color, marker, _ = STYLES[kind]
        cells = table[table["backbone"].map(_kind) == kind]
        value, low, high = (100 * cells[f"{name}{end}"] for end in ("", "_low", "_high"))
        if name == "eer":
            value, low, high = (values.clip(LOWEST) for values in (value, low, high))
        y = cells["row"].map(place) + LANE * (i - (len(kinds) - 1) / 2)
        ax.hlines(y, low, high, color=color, lw=0.9)
        ax.plot(value, y, marker, color=color, ms=3.2, mew=0)
        baselines = value[cells["family"] != "ours"]
        best = baselines.min() if name == "eer" else baselines.max()
        ax.axvline(best, color=color, lw=0.7, ls=":", zorder=1)


def _value_axis(ax, name):
    if name == "eer":
        ax.set_xscale("log")
        low, high = ax.get_xlim()
        ax.xaxis.set_major_locator(FixedLocator(TICKS if high < 50 * low else TICKS[::3]))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.tick_params(axis="x", labelsize=7, length=2)
    ax.grid(axis="x", color=GRID, lw=0.6)
    ax.set_axisbelow(True)


def _methods(ax, order, name):
    """Write names at the left, ours in bold."""
    ax.set_yticks(order.index, order["row"], fontsize=8)
    ax.tick_params(axis="y", labelleft=True)
    for label, family in zip(ax.get_yticklabels(), order["family"], strict=True):
        label.set_fontweight("bold" if family == "ours" else "normal")
    title = {"fontsize": 9, "fontweight": "bold", "ha": "right"}
    ax.annotate(TITLES[name], (0, 1), (-4, 5), "axes fraction", "offset points", **title)


def _ranks(ax, order, name):
    """Write mean ranks at the right."""
    stars = order["complete"].map({True: "", False: " **"})
    right = ax.secondary_yaxis("right")
    right.set_yticks(order.index, order[f"{name}_rank"].map("{:.1f}".format) + stars, fontsize=7)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    ax.annotate("mean\nrank", (1, 1), (3, 4), "axes fraction", "offset points", fontsize=7)


def _legend(figure, summary):
    handles = [
        Line2D([], [], color=color, marker=marker, ms=4.5, mew=0, lw=0.9, label=label)
        for color, marker, label in (STYLES[kind] for kind in _kinds(summary))
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=5, fontsize=8, frameon=False)


def _kinds(table):
    """Return the kinds of backbone in a table, in the order of their styles."""
    return sorted(set(table["backbone"].map(_kind)), key=list(STYLES).index)


def _kind(backbone):
    return backbone.removeprefix(FROZEN)
