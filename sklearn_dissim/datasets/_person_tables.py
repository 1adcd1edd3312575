"""make_person_tables: two tables of invented persons, some in both, with errors."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sklearn_dissim._utils.checks import check_count, check_share
from sklearn_dissim.datasets import _typing_errors as errors
from sklearn_dissim.datasets._person_words import (
    CITIES,
    KINDS_OF_STREET,
    MAIL_HOSTS,
    NAMES,
    STREETS,
)

_TYPOS = {
    errors.substitution: 4,
    errors.deletion: 2,
    errors.insertion: 2,
    errors.transposition: 2,
}
_BY_EAR = {errors.sound_alike: 4, errors.look_alike: 2, errors.no_accents: 1}
# What goes wrong in a field, and how often in relation to the rest.
_ERRORS = {
    "given_name": _TYPOS | _BY_EAR | {errors.initial: 3},
    "surname": _TYPOS | _BY_EAR,
    "street": _TYPOS | {errors.look_alike: 2, errors.abbreviation: 6},
    "city": _TYPOS | _BY_EAR,
    "postcode": _TYPOS | {errors.look_alike: 2},
    "birth_date": _TYPOS | {errors.look_alike: 2, errors.day_for_month: 6},
    "phone": _TYPOS | {errors.look_alike: 2},
    "email": _TYPOS | {errors.look_alike: 2},
}
_SWAPPED = 0.1  # records whose names are swapped, as a share of error_rate
_HOUSEHOLD = 0.3  # persons who live with the one before
_MIXED = 0.1  # persons whose surname is of another origin


def make_person_tables(
    n_entities=500,
    *,
    overlap=0.5,
    error_rate=0.1,
    missing_rate=0.05,
    move_rate=0.05,
    random_state=None,
):
    """Two tables of invented persons for record linkage, and who is whom.

    Names, streets and cities are drawn from small lists of many origins, a few often and
    most seldom, as in life. Half the persons live with others: same address, same phone,
    mostly the same surname. Both tables are typed by hand, apart from each other:

    - with `error_rate`, independently for each field, there is an error in it that changes
      it: see the table below;
    - with a tenth of `error_rate`, given name and surname are swapped;
    - with `missing_rate`, independently for each field, nothing is there;
    - with `move_rate`, the person has moved before the right table was made, and has
      another street, city, postcode and phone in it.

    Parameters
    ----------
    n_entities : int, default=500
        Number of persons.
    overlap : float, default=0.5
        Share of the persons who are in both tables. Of the others, one half is in the left,
        the other in the right. No table has a person twice; for a table with duplicates
        put both together.
    error_rate, missing_rate, move_rate : float, default=0.1, 0.05, 0.05
        From 0 to 1.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    Bunch
        `left`, `right`
            DataFrames of text with the columns given_name, surname, street, city, postcode,
            birth_date (ISO 8601), phone and email, in random order, with missing values.
        `links`
            ndarray of int, shape (n_links, 2): rows of `left` and `right` that are of one
            person, sorted.
        `left_identities`, `right_identities`
            ndarrays of int: the person of each row, from 0.

    Raises
    ------
    ValueError
        If a number is out of its range; the message names it.

    Notes
    -----
    How often the kinds of error are drawn, in relation to each other; a kind that cannot
    change the text (nothing sounds alike in it) is passed over for the next:

    ======================================  ================  ======
    error                                   fields            weight
    ======================================  ================  ======
    a neighbouring key instead              all               4
    a letter or digit left out              all               2
    a neighbouring key as well, or twice    all               2
    two in the wrong order                  all               2
    misread by a machine (rn as m)          all               2
    spelt by ear (ph as f)                  names, city       4
    without accents                         names, city       1
    an initial                              given name        3
    an abbreviation (Street as St)          street            6
    day and month in the wrong order        birth date        6
    ======================================  ================  ======

    Examples
    --------
    >>> from sklearn_dissim.datasets import make_person_tables
    >>> persons = make_person_tables(200, random_state=0)
    >>> len(persons.left), len(persons.right), len(persons.links)
    (150, 150, 100)
    >>> i, j = persons.links[0]
    >>> bool(persons.left_identities[i] == persons.right_identities[j])
    True
    """
    import pandas as pd

    check_count(n_entities, "n_entities", least=2)
    for name, value in {
        "overlap": overlap,
        "error_rate": error_rate,
        "missing_rate": missing_rate,
        "move_rate": move_rate,
    }.items():
        check_share(value, name)
    random_state = check_random_state(random_state)
    persons = _persons(n_entities, random_state)
    n_both = round(overlap * n_entities)
    n_left = n_both + (n_entities - n_both) // 2
    order = random_state.permutation(n_entities)
    left = random_state.permutation(order[:n_left])
    right = random_state.permutation(np.append(order[:n_both], order[n_left:]))

    later = _moved(persons, move_rate, random_state)
    left_table, right_table = (
        pd.DataFrame(_typed(people, rows, error_rate, missing_rate, random_state))
        for people, rows in ((persons, left), (later, right))
    )
    _, left_rows, right_rows = np.intersect1d(left, right, return_indices=True)
    links = np.stack([left_rows, right_rows], axis=1)
    return Bunch(
        left=left_table,
        right=right_table,
        links=links[np.argsort(left_rows)],
        left_identities=left,
        right_identities=right,
    )


def _often(words, n, random_state):
    """Draw n words, the first in the list most often (a law of Zipf's kind)."""
    weights = 1 / (np.arange(len(words)) + 3)
    drawn = random_state.choice(len(words), n, p=weights / weights.sum())
    return [words[k] for k in drawn]


def _persons(n, random_state):
    """Columns of n persons, each a list of texts."""
    origins, others = (np.array(_often(range(len(NAMES)), n, random_state)) for _ in range(2))
    mixed = random_state.random_sample(n) < _MIXED
    given = _names(0, origins, random_state)
    surname = _names(1, np.where(mixed, others, origins), random_state)
    columns = {"given_name": given, "surname": surname, **_addresses(n, random_state)}
    for row in 1 + np.flatnonzero(random_state.random_sample(n - 1) < _HOUSEHOLD):
        for name in ("street", "city", "postcode", "phone"):
            columns[name][row] = columns[name][row - 1]
        if not mixed[row]:
            surname[row] = surname[row - 1]
    days = random_state.randint(0, 70 * 365, n)
    columns["birth_date"] = [str(day) for day in np.datetime64("1936-01-01") + days]
    columns["email"] = _emails(columns, random_state)
    return {name: columns[name] for name in _ERRORS}


def _names(side, origins, random_state):
    """Given names (side 0) or surnames (side 1) of persons of these origins."""
    names = np.empty(len(origins), dtype=object)
    for origin in np.unique(origins):
        rows = origins == origin
        names[rows] = _often(NAMES[origin][side], rows.sum(), random_state)
    return names.tolist()


def _addresses(n, random_state):
    numbers = np.ceil(random_state.exponential(40, n)).astype(int)
    streets = _often(STREETS, n, random_state)
    kinds = _often(KINDS_OF_STREET, n, random_state)
    cities = _often(range(len(CITIES)), n, random_state)
    districts = random_state.randint(1000, size=n)
    lines = random_state.randint(10**6, 10**7, n)
    return {
        "street": [f"{a} {b} {c}" for a, b, c in zip(numbers, streets, kinds, strict=True)],
        "city": [CITIES[city] for city in cities],
        "postcode": [f"{city + 10}{d:03d}" for city, d in zip(cities, districts, strict=True)],
        "phone": [f"0{city + 210} {line}" for city, line in zip(cities, lines, strict=True)],
    }


def _emails(columns, random_state):
    n = len(columns["surname"])
    hosts = _often(MAIL_HOSTS, n, random_state)
    emails = []
    for row, form in enumerate(_often(range(4), n, random_state)):
        first, last = (
            errors.no_accents(columns[name][row], random_state).lower().replace(" ", "")
            for name in ("given_name", "surname")
        )
        year = columns["birth_date"][row][2:4]
        user = (f"{first}.{last}", f"{first[0]}{last}", f"{first}{year}", f"{last}{first[0]}")[form]
        emails.append(f"{user}@{hosts[row]}")
    return emails


def _moved(persons, move_rate, random_state):
    n = len(persons["city"])
    moved = random_state.random_sample(n) < move_rate
    addresses = _addresses(n, random_state)
    return persons | {
        name: [new if m else old for new, old, m in zip(column, persons[name], moved, strict=True)]
        for name, column in addresses.items()
    }


def _typed(persons, rows, error_rate, missing_rate, random_state):
    """Columns of the rows in a table, with errors and gaps."""
    table = {name: [column[row] for row in rows] for name, column in persons.items()}
    for name, column in table.items():
        for row in np.flatnonzero(random_state.random_sample(len(rows)) < error_rate):
            column[row] = _wrong(column[row], _ERRORS[name], random_state)
    given, surname = table["given_name"], table["surname"]
    for row in np.flatnonzero(random_state.random_sample(len(rows)) < _SWAPPED * error_rate):
        given[row], surname[row] = surname[row], given[row]
    for column in table.values():
        for row in np.flatnonzero(random_state.random_sample(len(rows)) < missing_rate):
            column[row] = None
    return table


def _wrong(text, kinds, random_state):
    """The text with one error; of those that change it, drawn by their weights."""
    weights = np.array(list(kinds.values()), dtype=float)
    order = random_state.choice(len(kinds), len(kinds), replace=False, p=weights / weights.sum())
    changed = (list(kinds)[kind](text, random_state) for kind in order)
    return next(wrong for wrong in changed if wrong != text)
