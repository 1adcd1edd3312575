"""Make two tables of invented persons, some of them in both tables, with typing errors."""

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
# Kinds of error in each field, and their weights.
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
_SWAP_RATE = 0.1  # records with swapped names, as a share of error_rate
_HOUSEHOLD_RATE = 0.3  # persons who live with the person before
_MIXED_RATE = 0.1  # persons whose surname has another origin than their given name


def make_person_tables(
    n_entities=500,
    *,
    overlap=0.5,
    error_rate=0.1,
    missing_rate=0.05,
    move_rate=0.05,
    random_state=None,
):
    """Make two tables of invented persons for record linkage, and the true links between them.

    Names, streets and cities are drawn from small lists of many origins, by a law of Zipf's
    kind: few of them are frequent, most are rare. Half the persons live with others and share
    their address, their phone and mostly their surname. Each table has typing errors of its
    own:

    - each field, with probability `error_rate`, has an error that changes it (see the table
      below);
    - each record, with a tenth of this probability, has given name and surname swapped;
    - each field, with probability `missing_rate`, is missing;
    - each person, with probability `move_rate`, has moved before the right table was made, and
      has another street, city, postcode and phone in it.

    Parameters
    ----------
    n_entities : int, default=500
        Number of persons.
    overlap : float, default=0.5
        Share of the persons who are in both tables. Of the others, one half is in the left
        table, the other half in the right one. No table has a person twice; concatenate both
        for a table with duplicates.
    error_rate : float, default=0.1
        Share of the fields with an error, from 0 to 1.
    missing_rate : float, default=0.05
        Share of the fields that are missing, from 0 to 1.
    move_rate : float, default=0.05
        Share of the persons who have moved, from 0 to 1.
    random_state : int, RandomState instance or None, default=None
        Draws the persons and the errors.

    Returns
    -------
    Bunch
        `left`, `right`
            DataFrames of text with the columns given_name, surname, street, city, postcode,
            birth_date (ISO 8601), phone and email, in random order, with missing values.
        `links`
            ndarray of int, shape (n_links, 2): row positions in `left` and `right` of the same
            person, sorted.
        `left_identities`, `right_identities`
            ndarrays of int: number of each row's person, from 0.

    Raises
    ------
    ValueError
        If a number is out of its range; the message names it.

    See Also
    --------
    sklearn_dissim.tables.RecordMatcher : Find the links between two tables.

    Notes
    -----
    The kinds of error are drawn by these weights. A kind that cannot change the text, such as
    a spelling by ear where no sound has another spelling, is replaced by the next one drawn.

    ======================================  ================  ======
    error                                   fields            weight
    ======================================  ================  ======
    substitution by a neighbouring key      all               4
    deletion of a letter or digit           all               2
    insertion: a neighbouring key, or twice all               2
    transposition of two neighbours         all               2
    misread by a machine (rn as m)          all               2
    spelt by ear (ph as f)                  names, city       4
    without accents                         names, city       1
    an initial                              given name        3
    an abbreviation (Street as St)          street            6
    day and month swapped                   birth date        6
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
    persons = _draw_persons(n_entities, random_state)
    n_both = round(overlap * n_entities)
    n_left = n_both + (n_entities - n_both) // 2
    order = random_state.permutation(n_entities)
    left = random_state.permutation(order[:n_left])
    right = random_state.permutation(np.append(order[:n_both], order[n_left:]))

    later = _move_some(persons, move_rate, random_state)
    left_table, right_table = (
        pd.DataFrame(_type_table(people, rows, error_rate, missing_rate, random_state))
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


def _draw_words(words, n, random_state):
    """Draw n words by a law of Zipf's kind: the earlier in the list, the more frequent."""
    weights = 1 / (np.arange(len(words)) + 3)
    drawn = random_state.choice(len(words), n, p=weights / weights.sum())
    return [words[k] for k in drawn]


def _draw_persons(n, random_state):
    """Draw n persons: the columns of a table, each a list of texts."""
    origins, second_origins = (
        np.array(_draw_words(range(len(NAMES)), n, random_state)) for _ in range(2)
    )
    mixed = random_state.random_sample(n) < _MIXED_RATE
    given = _draw_names(0, origins, random_state)
    surname = _draw_names(1, np.where(mixed, second_origins, origins), random_state)
    columns = {"given_name": given, "surname": surname, **_draw_addresses(n, random_state)}
    for row in 1 + np.flatnonzero(random_state.random_sample(n - 1) < _HOUSEHOLD_RATE):
        for name in ("street", "city", "postcode", "phone"):
            columns[name][row] = columns[name][row - 1]
        if not mixed[row]:
            surname[row] = surname[row - 1]
    days = random_state.randint(0, 70 * 365, n)
    columns["birth_date"] = [str(day) for day in np.datetime64("1936-01-01") + days]
    columns["email"] = _draw_emails(columns, random_state)
    return {name: columns[name] for name in _ERRORS}


def _draw_names(side, origins, random_state):
    """Draw given names (side 0) or surnames (side 1) of persons of these origins."""
    names = np.empty(len(origins), dtype=object)
    for origin in np.unique(origins):
        rows = origins == origin
        names[rows] = _draw_words(NAMES[origin][side], rows.sum(), random_state)
    return names.tolist()


def _draw_addresses(n, random_state):
    """Draw streets, cities, and postcodes and phones that begin as the city's do."""
    numbers = np.ceil(random_state.exponential(40, n)).astype(int)
    streets = _draw_words(STREETS, n, random_state)
    kinds = _draw_words(KINDS_OF_STREET, n, random_state)
    cities = _draw_words(range(len(CITIES)), n, random_state)
    districts = random_state.randint(1000, size=n)
    lines = random_state.randint(10**6, 10**7, n)
    return {
        "street": [f"{a} {b} {c}" for a, b, c in zip(numbers, streets, kinds, strict=True)],
        "city": [CITIES[city] for city in cities],
        "postcode": [f"{city + 10}{d:03d}" for city, d in zip(cities, districts, strict=True)],
        "phone": [f"0{city + 210} {line}" for city, line in zip(cities, lines, strict=True)],
    }


def _draw_emails(columns, random_state):
    """Draw addresses that are made of name and year of birth in one of four forms."""
    n = len(columns["surname"])
    hosts = _draw_words(MAIL_HOSTS, n, random_state)
    emails = []
    for row, form in enumerate(_draw_words(range(4), n, random_state)):
        first, last = (
            errors.no_accents(columns[name][row], random_state).lower().replace(" ", "")
            for name in ("given_name", "surname")
        )
        year = columns["birth_date"][row][2:4]
        user = (f"{first}.{last}", f"{first[0]}{last}", f"{first}{year}", f"{last}{first[0]}")[form]
        emails.append(f"{user}@{hosts[row]}")
    return emails


def _move_some(persons, move_rate, random_state):
    """Return the columns of the same persons, some of whom have a new address."""
    n = len(persons["city"])
    moved = random_state.random_sample(n) < move_rate
    addresses = _draw_addresses(n, random_state)
    return persons | {
        name: [new if m else old for new, old, m in zip(column, persons[name], moved, strict=True)]
        for name, column in addresses.items()
    }


def _type_table(persons, rows, error_rate, missing_rate, random_state):
    """Return the columns of some persons with typing errors and missing values."""
    table = {name: [column[row] for row in rows] for name, column in persons.items()}
    for name, column in table.items():
        for row in np.flatnonzero(random_state.random_sample(len(rows)) < error_rate):
            column[row] = _make_error(column[row], _ERRORS[name], random_state)
    given, surname = table["given_name"], table["surname"]
    for row in np.flatnonzero(random_state.random_sample(len(rows)) < _SWAP_RATE * error_rate):
        given[row], surname[row] = surname[row], given[row]
    for column in table.values():
        for row in np.flatnonzero(random_state.random_sample(len(rows)) < missing_rate):
            column[row] = None
    return table


def _make_error(text, kinds, random_state):
    """Return the text with one error, drawn by weight among the kinds that change it."""
    weights = np.array(list(kinds.values()), dtype=float)
    order = random_state.choice(len(kinds), len(kinds), replace=False, p=weights / weights.sum())
    changed = (list(kinds)[kind](text, random_state) for kind in order)
    return next(variant for variant in changed if variant != text)
