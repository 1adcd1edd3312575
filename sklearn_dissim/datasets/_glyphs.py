"""make_glyphs: invented characters, each written by hand several times."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.spatial.distance import cdist
from sklearn.utils import Bunch, check_random_state

from sklearn_dissim._utils.checks import check_count

_N_KNOTS = 6  # control points of a stroke
_N_DOTS = 64  # of ink, along a stroke
_MOST_STROKES = 4
_N_TRIES = 4  # places for a stroke, of which the clearest is taken
_BLOCK = 1 << 19  # pixels drawn at once


def make_glyphs(n_identities=20, n_samples=20, *, size=28, n_alphabets=1, random_state=None):
    """Small images of invented handwritten characters, each character an identity.

    A stand-in for Omniglot [1]_ that needs no download. A character is one to four smooth
    strokes, which may touch each other; an alphabet has habits (how many strokes, how
    curved, in which directions) that its characters share, so that they look more alike
    than those of different alphabets. Each sample is written anew: the strokes' control
    points tremble, the whole is turned, sheared, scaled and moved, and the pen is finer or
    broader.

    Parameters
    ----------
    n_identities : int, default=20
        Number of characters, dealt evenly to the alphabets.
    n_samples : int, default=20
        Images of each character.
    size : int, default=28
        Height and width in pixels, at least 8.
    n_alphabets : int, default=1
        Number of alphabets, at most `n_identities`.
    random_state : int, RandomState instance or None, default=None
        The same seed at another size gives the same writing.

    Returns
    -------
    Bunch
        `data`
            ndarray of float32, shape (n_identities * n_samples, size, size): the images,
            from 0 (paper) to 1 (ink).
        `identities`, `alphabets`
            ndarrays of int, shape (n_identities * n_samples,), both in order.

    Raises
    ------
    ValueError
        If a number is out of its range; the message names it.

    References
    ----------
    .. [1] B. M. Lake, R. Salakhutdinov and J. B. Tenenbaum, "Human-level concept learning
       through probabilistic program induction", Science 350, 2015.

    Examples
    --------
    >>> from sklearn_dissim.datasets import make_glyphs
    >>> glyphs = make_glyphs(n_identities=5, n_samples=4, random_state=0)
    >>> glyphs.data.shape, glyphs.data.dtype
    ((20, 28, 28), dtype('float32'))
    >>> glyphs.identities.tolist()[:6]
    [0, 0, 0, 0, 1, 1]
    """
    check_count(n_identities, "n_identities")
    check_count(n_samples, "n_samples")
    check_count(size, "size", least=8)
    check_count(n_alphabets, "n_alphabets", most=n_identities)
    random_state = check_random_state(random_state)
    alphabet_of = np.arange(n_identities) * n_alphabets // n_identities
    habits = [_Habits.draw(random_state) for _ in range(n_alphabets)]
    characters = [_character(habits[alphabet], random_state) for alphabet in alphabet_of]
    knots = np.stack([strokes for strokes, _ in characters])
    n_strokes = np.array([n for _, n in characters])

    identities = np.repeat(np.arange(n_identities), n_samples)
    written = _written(knots[identities], random_state)
    widths = random_state.uniform(0.017, 0.03, len(identities))
    images = np.empty((len(identities), size, size), np.float32)
    n_rows = max(1, _BLOCK // size**2)
    for start in range(0, len(identities), n_rows):
        rows = slice(start, start + n_rows)
        images[rows] = _drawn(written[rows], n_strokes[identities[rows]], widths[rows], size)
    return Bunch(data=images, identities=identities, alphabets=alphabet_of[identities])


@dataclass
class _Habits:
    """What the characters of an alphabet have in common."""

    stroke_counts: np.ndarray  # probabilities of 1, 2... strokes
    headings: np.ndarray  # directions in which strokes begin, in radians
    curvatures: np.ndarray  # turns of a stroke over its whole length, in radians
    length: float  # of a stroke, on average
    attached: float  # probability that a stroke begins on an earlier one

    @classmethod
    def draw(cls, random_state):
        tilt = random_state.uniform(-0.2, 0.2)
        headings = np.array([0.0, 0.5, 0.25, -0.25, 0.75]) * np.pi
        turns = np.array([0.5, 0.9, 1.3, 1.8]) * np.pi
        return cls(
            stroke_counts=random_state.dirichlet([0.8, 2.5, 2.5, 1.2]),
            headings=tilt + random_state.choice(headings, 3, replace=False),
            curvatures=np.append(0.0, random_state.choice(turns, 2, replace=False)),
            length=random_state.uniform(0.6, 0.95),
            attached=random_state.uniform(0.4, 0.9),
        )


def _character(habits, random_state):
    """Control points (_MOST_STROKES, _N_KNOTS, 2) in the unit square; how many strokes."""
    n_strokes = 1 + random_state.choice(_MOST_STROKES, p=habits.stroke_counts)
    strokes = np.zeros((_MOST_STROKES, _N_KNOTS, 2))
    strokes[0] = _stroke(habits, n_strokes, random_state)
    for k in range(1, n_strokes):
        earlier = strokes[:k].reshape(-1, 2)
        tries = [_next_stroke(habits, n_strokes, earlier, random_state) for _ in range(_N_TRIES)]
        # A stroke that runs along another one cannot be read.
        strokes[k] = max(tries, key=lambda stroke: cdist(stroke, earlier).min(axis=1).mean())
    drawn = strokes[:n_strokes].reshape(-1, 2)
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    # The longer side fills the frame; a very narrow character is not blown up sideways.
    strokes = 0.5 + (strokes - (low + high) / 2) * 0.7 / max(*(high - low), 0.3)
    return strokes, n_strokes


def _next_stroke(habits, n_strokes, earlier, random_state):
    """A stroke that touches an earlier one, or lies anywhere near."""
    stroke = _stroke(habits, n_strokes, random_state)
    if random_state.random_sample() < habits.attached:
        own = stroke[random_state.choice([0, _N_KNOTS // 2, _N_KNOTS - 1])]
        return stroke + earlier[random_state.randint(len(earlier))] - own
    target = earlier.mean(axis=0) + random_state.uniform(-0.5, 0.5, 2)
    return stroke + target - stroke.mean(axis=0)


def _stroke(habits, n_strokes, random_state):
    """A path that turns steadily, perhaps with one corner or the other way halfway.

    A character of one stroke is never a plain line; those of many turn less.
    """
    event = random_state.random_sample()
    curvatures = habits.curvatures
    if n_strokes == 1:
        event, curvatures = 0.6 * event, curvatures[1:]
    turn = random_state.choice(curvatures) * random_state.choice([-1, 1])
    turn = (0.6 if n_strokes > 2 else 1.0) * turn + random_state.normal(0, 0.2)
    steps = np.linspace(-0.5, 0.5, _N_KNOTS - 1)
    heading = random_state.choice(habits.headings) + random_state.normal(0, 0.12) + turn * steps
    if event < 0.2:  # an S
        heading = heading - 2 * turn * np.maximum(steps, 0)
    elif event < 0.4:  # a corner
        corner = random_state.choice([-1, 1]) * random_state.uniform(1.2, 2.2)
        heading = heading + corner * (steps > random_state.uniform(-0.3, 0.3))
    length = habits.length * random_state.uniform(0.6, 1.3) * (1 + 0.25 * abs(turn))
    moves = np.stack([np.cos(heading), np.sin(heading)], axis=1) * length / (_N_KNOTS - 1)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])


def _written(knots, random_state):
    """Control points (n, _MOST_STROKES, _N_KNOTS, 2) as a hand writes them this time."""
    n = len(knots)
    trembling = random_state.normal(0, 0.011, knots.shape)
    shifted = random_state.normal(0, 0.03, (n, _MOST_STROKES, 1, 2))
    stretched = 1 + random_state.normal(0, 0.06, (n, _MOST_STROKES, 1, 1))
    middle = knots.mean(axis=2, keepdims=True)
    points = middle + (knots - middle) * stretched + trembling + shifted

    angle, shear = random_state.normal(0, [0.12, 0.14], (n, 2)).T
    scale = np.exp(random_state.normal(-0.03, 0.1, (n, 2)))
    cos, sin = np.cos(angle), np.sin(angle)
    affine = np.stack([cos, -sin + shear * cos, sin, cos + shear * sin], axis=1).reshape(n, 2, 2)
    affine *= scale[:, np.newaxis]
    moved = 0.5 + random_state.normal(0, 0.045, (n, 1, 1, 2))
    return moved + np.einsum("nskc,ndc->nskd", points - 0.5, affine)


def _drawn(knots, n_strokes, widths, size):
    """Images (n, size, size) of strokes: a pen's width along each smooth curve.

    The ink is a sum of round Gaussian dots, each the product of a row and a column, so an
    image is one product of two matrices.
    """
    n = len(knots)
    times = np.linspace(0, 1, _N_DOTS)
    smooth = make_interp_spline(np.linspace(0, 1, _N_KNOTS), np.eye(_N_KNOTS))(times)
    dots = np.einsum("tk,nskd->nstd", smooth, knots)
    spacing = np.linalg.norm(np.gradient(dots, axis=2), axis=-1)
    spacing *= np.arange(_MOST_STROKES)[:, np.newaxis] < n_strokes[:, np.newaxis, np.newaxis]
    sigma = widths[:, np.newaxis]
    weights = spacing.reshape(n, -1) / (np.sqrt(2 * np.pi) * sigma)

    pixels = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.moveaxis(dots.reshape(n, -1, 2).astype(np.float32), -1, 0)
    scale = (1 / (np.sqrt(2) * sigma)).astype(np.float32)
    columns, rows = (
        np.exp(-np.square((pixels[:, np.newaxis] - c[:, np.newaxis]) * scale[:, np.newaxis]))
        for c in (x, y)
    )
    ink = (rows * weights.astype(np.float32)[:, np.newaxis]) @ np.swapaxes(columns, 1, 2)
    # Between these two heights lies the edge of the line; where strokes cross, ink saturates.
    return np.clip((ink - 0.25) / 0.4, 0, 1)
