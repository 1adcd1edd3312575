"""Make the errors of people and scanners in a text.

Each function takes a text and a RandomState and returns the text with one error of its kind, or
the text as it is if it leaves no room for such an error.
"""

import re
import unicodedata

# Rows of a keyboard; each begins half a key further to the right than the row above.
_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
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
    """Return the keys that touch each key."""
    places = {
        key: (row, column + row / 2)
        for row, keys in enumerate(_KEYS)
        for column, key in enumerate(keys)
    }
    return {
        key: [
            other
            for other, (r, c) in places.items()
            # Digits stay digits, so that a wrong phone number still looks like one.
            if other != key
            and other.isdigit() == key.isdigit()
            and abs(r - row) <= 1
            and abs(c - column) <= 1
        ]
        for key, (row, column) in places.items()
    }


_NEIGHBOURS = _neighbours()


def _choose(choices, random_state):
    """Return one of the choices, or None where there is none."""
    return choices[random_state.randint(len(choices))] if len(choices) else None


def _key_positions(text):
    """Return the positions of letters and digits that are on the keyboard."""
    return [place for place, letter in enumerate(text) if letter.lower() in _NEIGHBOURS]


def _neighbouring_key(letter, random_state):
    """Return a key that touches the letter's, capital if the letter is."""
    other = _choose(_NEIGHBOURS[letter.lower()], random_state)
    return other.upper() if letter.isupper() else other


def substitution(text, random_state):
    """Replace a letter or digit by a neighbouring key."""
    place = _choose(_key_positions(text), random_state)
    if place is None:
        return text
    return text[:place] + _neighbouring_key(text[place], random_state) + text[place + 1 :]


def insertion(text, random_state):
    """Insert a neighbouring key after a letter or digit, or double it."""
    place = _choose(_key_positions(text), random_state)
    if place is None:
        return text
    letter = text[place]
    more = letter if random_state.randint(2) else _neighbouring_key(letter, random_state)
    return text[: place + 1] + more.lower() + text[place + 1 :]


def deletion(text, random_state):
    """Leave out a letter or digit, never the only one."""
    places = _key_positions(text)
    if len(places) < 2:
        return text
    place = _choose(places, random_state)
    return text[:place] + text[place + 1 :]


def transposition(text, random_state):
    """Swap two neighbouring letters or digits."""
    keys = set(_key_positions(text))
    places = [p for p in keys if p + 1 in keys and text[p].lower() != text[p + 1].lower()]
    place = _choose(sorted(places), random_state)
    if place is None:
        return text
    first, second = text[place : place + 2]
    if first.isupper() and second.islower():  # the capital stays in front
        first, second = first.lower(), second.upper()
    return text[:place] + second + first + text[place + 2 :]


def sound_alike(text, random_state):
    """Spell a part by ear: Phillips as Fillips."""
    return _replace_part(text, _SOUND_ALIKE, random_state)


def look_alike(text, random_state):
    """Misread a part as a machine does: Bern as Bem."""
    return _replace_part(text, _LOOK_ALIKE, random_state)


def _replace_part(text, rules, random_state):
    """Return the text with one part replaced by one of the rules that apply."""
    matches = [
        (match.span(), new) for old, new in rules for match in re.finditer(old, text, re.IGNORECASE)
    ]
    if not matches:
        return text
    (start, end), new = _choose(matches, random_state)
    new = new.capitalize() if text[start].isupper() else new
    return text[:start] + new + text[end:]


def no_accents(text, random_state):
    """Remove the accents from all letters."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def initial(text, random_state):
    """Return the first letter and a full stop."""
    return text[0] + "."


def abbreviation(text, random_state):
    """Abbreviate a word of an address."""
    words = text.split()
    place = _choose([p for p, word in enumerate(words) if word in _ABBREVIATED], random_state)
    if place is None:
        return text
    words[place] = _ABBREVIATED[words[place]]
    return " ".join(words)


def day_for_month(text, random_state):
    """Swap month and day of a date such as 1987-05-03, where the result is a date too."""
    year, month, day = text.split("-")
    return f"{year}-{day}-{month}" if int(day) <= 12 else text
