"""Draw invented characters, each of them as if written by hand several times."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.spatial.distance import cdist
from sklearn.utils import Bunch, check_random_state

from sklearn_dissim._utils.checks import check_count

_N_KNOTS = 6  # control points of a stroke
_N_DOTS = 64  # dots of ink along a stroke
_MAX_STROKES = 4
_N_TRIES = 4  # places tried for a stroke; the clearest is taken
_CHUNK = 1 << 19  # pixels drawn at a time


def make_glyphs(n_identities=20, n_samples=20, *, size=28, n_alphabets=1, random_state=None):
    """Draw small images of invented handwritten characters, each character an identity.

    They stand in for Omniglot [1]_ and need no download. A character has one to four smooth
    strokes, which may touch each other. The characters of an alphabet share habits (how many
    strokes, how curved, in which directions), so they look more alike than characters of
    different alphabets. Each sample is written anew: the control points of its strokes are
    perturbed, the character is rotated, sheared, scaled and shifted, and the width of the pen
    changes.

    Parameters
    ----------
    n_identities : int, default=20
        Number of characters, divided evenly among the alphabets.
    n_samples : int, default=20
        Number of images of each character.
    size : int, default=28
        Height and width in pixels, at least 8.
    n_alphabets : int, default=1
        Number of alphabets, at most `n_identities`.
    random_state : int, RandomState instance or None, default=None
        Draws the characters and their samples. The same seed at another size gives the same
        writing.

    Returns
    -------
    Bunch
        `data`
            ndarray of float32, shape (n_identities * n_samples, size, size): the images,
            from 0 (paper) to 1 (ink).
        `identities`, `alphabets`
            ndarrays of int, shape (n_identities * n_samples,): character and alphabet of each
            image, in ascending order.

    Raises
    ------
    ValueError
        If a number is out of its range; the message names it.

    See Also
    --------
    make_identities : Draw vectors whose best pair score is known.

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
    characters = [_draw_character(habits[alphabet], random_state) for alphabet in alphabet_of]
    knots = np.stack([strokes for strokes, _ in characters])
    n_strokes = np.array([n for _, n in characters])

    identities = np.repeat(np.arange(n_identities), n_samples)
    written = _perturb(knots[identities], random_state)
    widths = random_state.uniform(0.017, 0.03, len(identities))
    images = np.empty((len(identities), size, size), np.float32)
    n_rows = max(1, _CHUNK // size**2)
    for start in range(0, len(identities), n_rows):
        rows = slice(start, start + n_rows)
        images[rows] = _rasterize(written[rows], n_strokes[identities[rows]], widths[rows], size)
    return Bunch(data=images, identities=identities, alphabets=alphabet_of[identities])


@dataclass
class _Habits:
    """Hold what the characters of an alphabet have in common.

    Attributes
    ----------
    stroke_counts : ndarray of shape (_MAX_STROKES,)
        Probabilities of 1, 2... strokes.
    headings : ndarray of shape (3,)
        Directions in the middle of a stroke, in radians.
    curvatures : ndarray of shape (3,)
        Angles by which a stroke turns over its whole length, in radians.
    length : float
        Mean length of a stroke.
    attached : float
        Probability that a stroke touches an earlier one.
    """

    stroke_counts: np.ndarray
    headings: np.ndarray
    curvatures: np.ndarray
    length: float
    attached: float

    @classmethod
    def draw(cls, random_state):
        """Draw the habits of a new alphabet."""
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


def _draw_character(habits, random_state):
    """Draw a character: control points in the unit square, and the number of strokes.

    Returns
    -------
    strokes : ndarray of shape (_MAX_STROKES, _N_KNOTS, 2)
    n_strokes : int
        How many of them are part of the character.
    """
    n_strokes = 1 + random_state.choice(_MAX_STROKES, p=habits.stroke_counts)
    strokes = np.zeros((_MAX_STROKES, _N_KNOTS, 2))
    strokes[0] = _draw_stroke(habits, n_strokes, random_state)
    for k in range(1, n_strokes):
        earlier = strokes[:k].reshape(-1, 2)
        tries = [
            _draw_next_stroke(habits, n_strokes, earlier, random_state) for _ in range(_N_TRIES)
        ]
        # A stroke that runs along another one could not be told from it.
        strokes[k] = max(tries, key=lambda stroke: cdist(stroke, earlier).min(axis=1).mean())
    drawn = strokes[:n_strokes].reshape(-1, 2)
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    # The longer side fills the frame. The bound of 0.3 keeps a dot or a short line small.
    strokes = 0.5 + (strokes - (low + high) / 2) * 0.7 / max(*(high - low), 0.3)
    return strokes, n_strokes


def _draw_next_stroke(habits, n_strokes, earlier, random_state):
    """Draw a stroke that touches an earlier one, or lies near the earlier ones."""
    stroke = _draw_stroke(habits, n_strokes, random_state)
    if random_state.random_sample() < habits.attached:
        own = stroke[random_state.choice([0, _N_KNOTS // 2, _N_KNOTS - 1])]
        return stroke + earlier[random_state.randint(len(earlier))] - own
    target = earlier.mean(axis=0) + random_state.uniform(-0.5, 0.5, 2)
    return stroke + target - stroke.mean(axis=0)


def _draw_stroke(habits, n_strokes, random_state):
    """Draw a path that turns steadily, with a corner or a change of direction at times.

    A character of one stroke is never a straight line. The strokes of a character with many of
    them turn less.
    """
    event = random_state.random_sample()  # decides on an S, a corner or neither
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


def _perturb(knots, random_state):
    """Return control points (n, _MAX_STROKES, _N_KNOTS, 2) perturbed as handwriting is."""
    n = len(knots)
    trembling = random_state.normal(0, 0.011, knots.shape)
    shifted = random_state.normal(0, 0.03, (n, _MAX_STROKES, 1, 2))
    stretched = 1 + random_state.normal(0, 0.06, (n, _MAX_STROKES, 1, 1))
    middle = knots.mean(axis=2, keepdims=True)
    points = middle + (knots - middle) * stretched + trembling + shifted

    angle, shear = random_state.normal(0, [0.12, 0.14], (n, 2)).T
    scale = np.exp(random_state.normal(-0.03, 0.1, (n, 2)))
    cos, sin = np.cos(angle), np.sin(angle)
    affine = np.stack([cos, -sin + shear * cos, sin, cos + shear * sin], axis=1).reshape(n, 2, 2)
    affine *= scale[:, np.newaxis]
    moved = 0.5 + random_state.normal(0, 0.045, (n, 1, 1, 2))
    return moved + np.einsum("nskc,ndc->nskd", points - 0.5, affine)


def _rasterize(knots, n_strokes, widths, size):
    """Return images (n, size, size) of strokes, drawn by a pen of the given widths.

    A stroke is a smooth curve through its control points. Its ink is a sum of round Gaussian
    dots. Each dot is the outer product of a column and a row, so the image is one product of
    two matrices.
    """
    n = len(knots)
    times = np.linspace(0, 1, _N_DOTS)
    smooth = make_interp_spline(np.linspace(0, 1, _N_KNOTS), np.eye(_N_KNOTS))(times)
    dots = np.einsum("tk,nskd->nstd", smooth, knots)
    spacing = np.linalg.norm(np.gradient(dots, axis=2), axis=-1)
    spacing *= np.arange(_MAX_STROKES)[:, np.newaxis] < n_strokes[:, np.newaxis, np.newaxis]
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
    # The edge of a line fades between these two heights; where strokes cross, ink saturates.
    return np.clip((ink - 0.25) / 0.4, 0, 1)
