"""Compare vectors, and places on the earth."""

import numpy as np
from sklearn.preprocessing import normalize

from sklearn_dissim.tables.comparisons._comparison import Comparison

_EARTH_RADIUS = 6371.0088  # km, mean


def read_vectors(values):
    """Return cells or rows of equally many numbers as an array with one row for each value."""
    if values.dtype.kind == "f" and values.ndim == 2:
        return values
    try:
        vectors = np.array([*values], dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("vectors must hold equally many numbers each") from None
    if vectors.ndim != 2:
        raise ValueError("vectors must be cells of several numbers, or several columns")
    if np.isinf(vectors).any():
        raise ValueError("vectors must be finite; got infinity")
    return vectors


def read_places(values):
    """Return latitude and longitude in degrees, one row for each value."""
    places = read_vectors(values)
    if places.shape[1] != 2:
        raise ValueError(f"places are (latitude, longitude); got {places.shape[1]} numbers")
    for degrees, most, what in zip(places.T, (90, 360), ("latitude", "longitude"), strict=True):
        outside = np.abs(degrees) > most
        if outside.any():
            raise ValueError(f"{what} must be within ±{most} degrees; got {degrees[outside][0]}")
    return places


def euclidean(left, right):
    """Return the length of the difference."""
    return np.linalg.norm(left - right, axis=1)


def cosine(left, right):
    """Return one less the cosine; 1 where one of both vectors is zero."""
    present = ~(np.isnan(left) | np.isnan(right)).any(axis=1)
    left, right = (normalize(np.where(present[:, np.newaxis], side, 0)) for side in (left, right))
    distances = np.clip(1 - np.einsum("ij,ij->i", left, right), 0.0, None)
    return np.where(present, distances, np.nan)


def haversine(left, right):
    """Return kilometres on the surface of the earth, by the haversine formula for a sphere."""
    (lat, lon), (other_lat, other_lon) = np.radians(left).T, np.radians(right).T
    half_chord = (
        np.sin((lat - other_lat) / 2) ** 2
        + np.cos(lat) * np.cos(other_lat) * np.sin((lon - other_lon) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half_chord, 0.0, 1.0)))


VECTOR_COMPARISONS = (
    Comparison("euclidean", read_vectors, euclidean),
    Comparison("cosine", read_vectors, cosine),
    Comparison("geo", read_places, haversine),
)
