"""Errors that people and scanners make in a word: each a function of a text and a generator.

What an error cannot be made in, a word without a double letter say, is returned as it is.
"""

import re
import unicodedata

_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")  # each row half a key to the right
_ABBREVIATED = {
    "Street": "St",
    "Road": "Rd",
    "Avenue": "Ave",
    "Lane": "Ln",
    "Square": "Sq",
    "Court": "Ct",
    "Drive": "Dr",
    "Place": "Pl",
    "Saint": "St",
}
_SOUND_ALIKE = (
    ("ph", "f"), ("ck", "k"), ("sch", "sh"), ("cz", "ch"), ("sz", "sh"), ("th", "t"), ("dt", "t"),
    ("ie", "y"), ("ey", "y"), ("y", "i"), ("ei", "ai"), ("ee", "ea"), ("oo", "u"), ("ou", "u"),
    ("ah", "a"), ("gh", "g"), ("kh", "k"), ("c", "k"), ("k", "c"), ("z", "s"), ("v", "w"),
    ("w", "v"), ("j", "y"), ("x", "ks"), ("ll", "l"), ("mm", "m"), ("nn", "n"), ("ss", "s"),
    ("tt", "t"), ("en", "an"), ("er", "ar"), ("s", "ss"), ("n", "nn"), ("t", "tt"),
)  # fmt: skip
_LOOK_ALIKE = (
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("w", "vv"), ("i", "l"), ("l", "1"),
    ("o", "0"), ("0", "o"), ("1", "l"), ("5", "s"), ("8", "b"), ("6", "b"), ("2", "z"), ("e", "c"),
    ("h", "b"), ("g", "q"), ("3", "8"), ("7", "1"), ("4", "9"), ("9", "g"),
)  # fmt: skip
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae"}
)


def _neighbours():
    places = {
        key: (row, column + row / 2)
        for row, keys in enumerate(_KEYS)
        for column, key in enumerate(keys)
    }
    return {
        key: [
            other
            for other, (r, c) in places.items()
            # A slip of the finger makes no letter of a digit.
            if other != key
            and other.isdigit() == key.isdigit()
            and abs(r - row) <= 1
            and abs(c - column) <= 1
        ]
        for key, (row, column) in places.items()
    }


_NEIGHBOURS = _neighbours()


def _any(choices, random_state):
    return choices[random_state.randint(len(choices))] if len(choices) else None


def _keys(text):
    """Where a letter or a digit stands that the keyboard has."""
    return [place for place, letter in enumerate(text) if letter.lower() in _NEIGHBOURS]


def _slip(letter, random_state):
    """The key beside; capital if the letter is."""
    other = _any(_NEIGHBOURS[letter.lower()], random_state)
    return other.upper() if letter.isupper() else other


def substitution(text, random_state):
    """A key beside the right one."""
    place = _any(_keys(text), random_state)
    if place is None:
        return text
    return text[:place] + _slip(text[place], random_state) + text[place + 1 :]


def insertion(text, random_state):
    """A key beside the right one as well, or the right one twice."""
    place = _any(_keys(text), random_state)
    if place is None:
        return text
    letter = text[place]
    more = letter if random_state.randint(2) else _slip(letter, random_state)
    return text[: place + 1] + more.lower() + text[place + 1 :]


def deletion(text, random_state):
    """A letter or digit left out, never the only one."""
    places = _keys(text)
    if len(places) < 2:
        return text
    place = _any(places, random_state)
    return text[:place] + text[place + 1 :]


def transposition(text, random_state):
    """Two neighbours in the wrong order."""
    keys = set(_keys(text))
    places = [p for p in keys if p + 1 in keys and text[p].lower() != text[p + 1].lower()]
    place = _any(sorted(places), random_state)
    if place is None:
        return text
    first, second = text[place : place + 2]
    if first.isupper() and second.islower():  # the capital stays in front
        first, second = first.lower(), second.upper()
    return text[:place] + second + first + text[place + 2 :]


def sound_alike(text, random_state):
    """Spelt by ear: Phillips as Fillips."""
    return _replaced(text, _SOUND_ALIKE, random_state)


def look_alike(text, random_state):
    """Read by a machine: Bern as Bem."""
    return _replaced(text, _LOOK_ALIKE, random_state)


def _replaced(text, rules, random_state):
    found = [
        (match.span(), new) for old, new in rules for match in re.finditer(old, text, re.IGNORECASE)
    ]
    if not found:
        return text
    (start, end), new = _any(found, random_state)
    new = new.capitalize() if text[start].isupper() else new
    return text[:start] + new + text[end:]


def no_accents(text, random_state):
    """Letters without their accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def initial(text, random_state):
    """The first letter and a full stop."""
    return text[0] + "."


def abbreviation(text, random_state):
    """A word of an address in its short form."""
    words = text.split()
    place = _any([p for p, word in enumerate(words) if word in _ABBREVIATED], random_state)
    if place is None:
        return text
    words[place] = _ABBREVIATED[words[place]]
    return " ".join(words)


def day_for_month(text, random_state):
    """Day and month of 1987-05-03 in the wrong order, where that is a date too."""
    year, month, day = text.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else text
