"""Give all pictures the same axes, the same two colours, and a legend that hides no data."""

# Told apart by colour-blind readers too (Okabe and Ito); never the only difference.
SAME, DIFFERENT = "#0072B2", "#D55E00"


def axes_of(display, ax, figsize=None):
    """Return the axes to draw on: those given, or new ones.

    Parameters
    ----------
    display : Display
        Its class is named in the error.
    ax : matplotlib Axes or None
        None for those of a new figure.
    figsize : (float, float), default=None
        Width and height of a new figure, in inches.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__}.plot needs matplotlib; "
            "install it with: pip install 'sklearn-dissim[plots]'"
        ) from error
    if ax is not None:
        return ax
    return pyplot.subplots(figsize=figsize, layout="constrained")[1]


def put_legend_above(ax, *, title=None):
    """Put a legend into the axes, and raise their top until no data lie under the legend.

    Lines that cross the whole axes pass behind the legend, which is opaque.

    Parameters
    ----------
    ax : matplotlib Axes
    title : str, default=None
        Title of the legend.

    Returns
    -------
    matplotlib Legend
    """
    legend = ax.legend(loc="upper center", title=title, framealpha=1, edgecolor="none")
    for handle in legend.legend_handles:
        if handle.get_alpha() is not None:  # points may be pale, their sample in the legend not
            handle.set_alpha(1)
    share = legend.get_window_extent().height / ax.get_window_extent().height
    bottom, top = ax.get_ylim()
    ax.set_ylim(top=bottom + (top - bottom) / (1 - min(share + 0.03, 0.8)))
    return legend
