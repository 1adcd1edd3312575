"""Compare numbers, also those in prices and percentages."""

import re
from dataclasses import dataclass, replace

import numpy as np

from sklearn_dissim.tables.comparisons._comparison import Comparison

_CURRENCY = r"(?:[$€£¥₹₽₩₺฿]|usd|eur|gbp|chf|jpy|cad|aud|cny|inr|sek|nok|dkk|pln)"
_DIGITS = r"\d{1,3}(?:[,.' \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+"
_NUMBER = re.compile(
    rf"\s*(?P<sign>[-+]?)\s*{_CURRENCY}?\s*(?P<sign2>[-+]?)(?P<digits>{_DIGITS})"
    rf"(?P<exponent>e[-+]?\d{{1,3}})?\s*(?:{_CURRENCY}|%)?\s*",
    re.IGNORECASE,
)
_GROUPS = re.compile(r"[' \u00a0\u202f]")
_MAX_LENGTH = 60  # characters of a number


def read_numbers(values):
    """Return values as floats, NaN where they are no numbers.

    Currencies, percent signs and grouped digits are read, as in "$ 1,299.90" and "12,5 %". The
    last of the points and commas is the decimal sign, unless it occurs more than once, or is a
    comma before three digits and the only sign.
    """
    if values.dtype.kind in "iufb":
        numbers = values.astype(np.float64)
        if np.isinf(numbers).any():
            raise ValueError("numbers must be finite; got infinity")
        return numbers
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value):
    """Return one value as a float, NaN where it is no number."""
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError):
            return np.nan
    match = _NUMBER.fullmatch(value) if len(value) <= _MAX_LENGTH else None
    if match is None:
        return np.nan
    digits = _GROUPS.sub("", match["digits"])
    decimal = max(digits.rfind("."), digits.rfind(","))
    if decimal >= 0 and not _groups_thousands(digits, decimal):
        digits = re.sub("[.,]", "", digits[:decimal]) + "." + digits[decimal + 1 :]
    else:
        digits = re.sub("[.,]", "", digits)
    number = float(f"{digits}{match['exponent'] or ''}")
    if not np.isfinite(number):
        return np.nan
    return -number if "-" in (match["sign"], match["sign2"]) else number


def _groups_thousands(digits, decimal):
    """Tell whether the sign at this position groups digits, as no decimal sign does."""
    sign = digits[decimal]
    if digits.count(sign) > 1:
        return True
    other = "," if sign == "." else "."
    return sign == "," and other not in digits and len(digits) - decimal == 4


def unequal(left, right):
    """Return 1 where two numbers differ by more than rounding, else 0."""
    present = ~(np.isnan(left) | np.isnan(right))
    return np.where(present, ~np.isclose(left, right, rtol=1e-9, atol=0.0), np.nan)


def absolute_difference(left, right):
    """Return ``|a - b|``."""
    with np.errstate(over="ignore"):
        return np.minimum(np.abs(left - right), np.finfo(np.float64).max)


def relative_difference(left, right):
    """Return ``|a - b| / max(|a|, |b|)``: from 1 to 2 where the signs differ."""
    largest = np.maximum(np.abs(left), np.abs(right))
    largest = np.where(largest == 0, 1.0, largest)
    return np.abs(left / largest - right / largest)


@dataclass(frozen=True)
class LogDifference:
    """Compare numbers by ``|asinh(a / 2s) - asinh(b / 2s)|``.

    This is |log(a / b)| where both numbers are much larger than s, and is defined for zero and
    negative numbers too. The scale s is learned: 95 % of the numbers are larger than it.

    Parameters
    ----------
    scale : float, default=1.0
    """

    name = "log"
    read = staticmethod(read_numbers)
    scale: float = 1.0

    def fit(self, readings, counts):
        """Take the scale from the sizes of the numbers."""
        sizes = np.abs(readings[np.isfinite(readings) & (readings != 0)])
        return replace(self, scale=float(np.quantile(sizes, 0.05)) if len(sizes) else 1.0)

    def prepare(self, readings):
        """Return numbers on the scale on which differences are taken."""
        with np.errstate(over="ignore"):
            scaled = np.clip(readings / self.scale / 2, -1e300, 1e300)
        return np.arcsinh(scaled)

    def distances(self, left, right):
        """Return absolute differences on this scale."""
        return np.abs(left - right)


NUMBER_COMPARISONS = (
    Comparison("unequal", read_numbers, unequal),
    Comparison("absolute", read_numbers, absolute_difference),
    Comparison("relative", read_numbers, relative_difference),
    LogDifference(),
)
