"""Compare dates: the days between two, and the parts in which they differ."""

import re
from dataclasses import dataclass, replace

import numpy as np

# Of formats that read equally many values, the first one is taken; so the day comes before
# the month where both orders are possible.
_FORMATS = {
    "%Y%m%d": r"(1[0-9]|20|21)\d{6}",
    "ISO8601": r"\d{4}-\d\d-\d\d([T ]\d\d:?\d\d.*)?",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d.%m.%Y": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%d %b %Y": r"\d{1,2} [^\W\d]{3} \d{4}",
    "%d %B %Y": r"\d{1,2} [^\W\d]+ \d{4}",
    "%B %d, %Y": r"[^\W\d]+ \d{1,2}, \d{4}",
}
_MAX_LENGTH = 40  # characters of a date


def read_dates(values):
    """Return datetime64 as it is, and anything else as strings.

    Numbers become strings too, since a column of numbers may hold dates such as 19570401.
    """
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    if values.dtype.kind in "iuf":
        whole = np.where(np.abs(values) < 1e18, values, 0).astype(np.int64)  # NaN becomes 0
        return np.where(whole == values, whole, 0).astype(str).astype(object)
    return np.array([_date_cell(value) for value in values], dtype=object)


def _date_cell(value):
    text = value if isinstance(value, str) else str(value)
    return text.strip() if len(text) <= _MAX_LENGTH else ""


def best_format(strings):
    """Return the format by which most strings are dates, and the share of these strings."""
    best, best_share = next(iter(_FORMATS)), 0.0
    for date_format in _FORMATS:
        share = 1 - np.isnat(parse_dates(strings, date_format)).mean()
        if share > best_share:
            best, best_share = date_format, share
    return best, best_share


def parse_dates(strings, date_format):
    """Return strings as datetime64, in UTC where they name a zone, NaT where they do not fit."""
    import pandas as pd

    dates = np.full(len(strings), "NaT", dtype="datetime64[us]")
    pattern = re.compile(_FORMATS[date_format])
    fits = np.array([pattern.fullmatch(text) is not None for text in strings], dtype=bool)
    if fits.any():
        parsed = pd.to_datetime(
            pd.Series(strings[fits], dtype=object), format=date_format, errors="coerce", utc=True
        )
        dates[fits] = parsed.dt.tz_convert(None).to_numpy().astype("datetime64[us]")
    return dates


@dataclass(frozen=True)
class _DateComparison:
    """Learn how dates are written.

    Parameters
    ----------
    date_format : str, default=None
        One of `_FORMATS`; None for dates that are no strings.
    """

    read = staticmethod(read_dates)
    date_format: str | None = None

    def fit(self, readings, counts):
        """Take the format that reads most values."""
        if readings.dtype.kind == "M":
            return self
        return replace(self, date_format=best_format(readings)[0])

    def _dates(self, readings):
        if readings.dtype.kind == "M":
            return readings
        return parse_dates(readings, self.date_format or "ISO8601")


class DaysBetween(_DateComparison):
    """Compare dates by ``log(1 + days)``, with the days between them."""

    name = "days"

    def prepare(self, readings):
        """Return days since 1970."""
        dates = self._dates(readings)
        days = dates.astype(np.int64) / (24 * 3600 * 1e6)
        return np.where(np.isnat(dates), np.nan, days)

    def distances(self, left, right):
        """Return ``log(1 + days)``, in which the first days weigh more than any later ones."""
        return np.log1p(np.abs(left - right))


class DateParts(_DateComparison):
    """Count which of year, month and day differ; a swap of day and month counts once."""

    name = "date_parts"

    def prepare(self, readings):
        """Return year, month and day in one column each."""
        dates = self._dates(readings)
        years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
        columns = [
            years.astype(np.int64),
            (months - years).astype(np.int64),
            (dates.astype("datetime64[D]") - months).astype(np.int64),
        ]
        parts = np.stack(columns, axis=1).astype(np.float64)
        parts[np.isnat(dates)] = np.nan
        return parts

    def distances(self, left, right):
        """Return counts from 0 to 3."""
        differing = (left != right).sum(axis=1).astype(np.float64)
        swapped = (left[:, 1] == right[:, 2]) & (left[:, 2] == right[:, 1])
        differing = np.where(swapped & (differing >= 2), differing - 1, differing)
        unknown = np.isnan(left[:, 0]) | np.isnan(right[:, 0])
        return np.where(unknown, np.nan, differing)


DATE_COMPARISONS = (DaysBetween(), DateParts())
