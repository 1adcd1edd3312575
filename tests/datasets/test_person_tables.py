"""Tables of invented persons: who is in them, and what is wrong with them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dissim.datasets import _typing_errors as errors
from sklearn_dissim.datasets import make_person_tables
from sklearn_dissim.datasets._person_tables import _ERRORS, _make_error
from sklearn_dissim.datasets._person_words import (
    CITIES,
    KINDS_OF_STREET,
    MAIL_HOSTS,
    NAMES,
    STREETS,
)

CLEAN = {"error_rate": 0.0, "missing_rate": 0.0, "move_rate": 0.0}
TYPOS = [errors.substitution, errors.deletion, errors.insertion, errors.transposition]
WORDS = [name for names in NAMES for side in names for name in side] + STREETS + CITIES


def outcomes(error, text):
    """All that an error makes of a text, over many seeds."""
    return {error(text, np.random.RandomState(seed)) for seed in range(200)}


class TestErrors:
    def test_substitution_takes_a_neighbouring_key(self):
        assert outcomes(errors.substitution, "a") == {"q", "w", "s", "z"}
        assert outcomes(errors.substitution, "A") == {"Q", "W", "S", "Z"}
        assert outcomes(errors.substitution, "1") == {"2"}

    def test_deletion_and_insertion(self):
        assert outcomes(errors.deletion, "Bob") == {"ob", "Bb", "Bo"}
        assert outcomes(errors.deletion, "B.") == {"B."}
        assert outcomes(errors.insertion, "0") == {"00", "09"}

    def test_transposition(self):
        assert outcomes(errors.transposition, "Anna") == {"Nana", "Anan"}
        assert outcomes(errors.transposition, "a-b") == {"a-b"}

    def test_spelling_by_ear(self):
        assert outcomes(errors.sound_alike, "Phil") == {"Fil"}
        assert outcomes(errors.sound_alike, "Lucy") == {"Luky", "Luci"}
        assert outcomes(errors.sound_alike, "Mia") == {"Mia"}

    def test_misreading_by_a_machine(self):
        assert outcomes(errors.look_alike, "Bern") == {"Bem", "Bcrn"}

    def test_accents(self):
        assert outcomes(errors.no_accents, "Weiß Đỗ Łódź Søren Müller") == {
            "Weiss Do Lodz Soren Muller"
        }

    def test_initials_and_abbreviations(self):
        assert outcomes(errors.initial, "Åke") == {"Å."}
        assert outcomes(errors.abbreviation, "3 Saint John Road") == {
            "3 St John Road",
            "3 Saint John Rd",
        }
        assert outcomes(errors.abbreviation, "3 Roadside") == {"3 Roadside"}

    def test_day_for_month(self):
        assert outcomes(errors.day_for_month, "1987-05-03") == {"1987-03-05"}
        assert outcomes(errors.day_for_month, "1987-05-13") == {"1987-05-13"}

    @given(st.sampled_from(WORDS), st.sampled_from(TYPOS), st.integers(0, 1000))
    @settings(deadline=None, max_examples=100)
    def test_a_typing_error_is_one_edit(self, word, typo, seed):
        distance = pytest.importorskip("rapidfuzz.distance", reason="rapidfuzz is not installed")
        wrong = typo(word, np.random.RandomState(seed))
        assert distance.OSA.distance(word.lower(), wrong.lower()) == (word != wrong)

    @pytest.mark.parametrize("field", _ERRORS)
    def test_an_error_can_be_made_in_every_text(self, field):
        texts = {
            "given_name": [name for given, _ in NAMES for name in given],
            "surname": [name for _, surnames in NAMES for name in surnames],
            "street": [f"1 {street} {kind}" for street in STREETS for kind in KINDS_OF_STREET],
            "city": CITIES,
            "postcode": ["10000"],
            "birth_date": ["2000-11-11"],
            "phone": ["0210 1111111"],
            "email": [f"w@{host}" for host in MAIL_HOSTS],
        }[field]
        random_state = np.random.RandomState(0)
        for text in texts:
            assert _make_error(text, _ERRORS[field], random_state) != text


def linked(persons):
    """Both tables' rows of the same persons, one beside the other."""
    return [
        table.iloc[rows].reset_index(drop=True)
        for table, rows in zip((persons.left, persons.right), persons.links.T, strict=True)
    ]


@pytest.fixture(scope="module")
def clean():
    return make_person_tables(1500, random_state=0, **CLEAN)


class TestTables:
    @pytest.mark.parametrize(
        ("n_entities", "overlap", "sizes"),
        [
            (10, 0.0, (5, 5, 0)),
            (10, 1.0, (10, 10, 10)),
            (11, 0.5, (8, 9, 6)),
            (2, 0.3, (1, 2, 1)),
        ],
    )
    def test_sizes_of_tables_and_links(self, n_entities, overlap, sizes):
        persons = make_person_tables(n_entities, overlap=overlap, random_state=0)
        assert (len(persons.left), len(persons.right), len(persons.links)) == sizes
        assert persons.links.shape == (sizes[2], 2)

    def test_links_are_all_pairs_of_one_person(self, clean):
        same = clean.left_identities[:, np.newaxis] == clean.right_identities
        np.testing.assert_array_equal(clean.links, np.argwhere(same))
        everyone = np.union1d(clean.left_identities, clean.right_identities)
        assert everyone.tolist() == list(range(1500))
        assert len(set(clean.left_identities)) == len(clean.left)

    def test_row_positions_say_nothing_of_links(self, clean):
        rows = clean.links[np.argsort(clean.links[:, 0])]
        assert abs(np.corrcoef(rows.T)[0, 1]) < 0.1
        assert list(clean.left.columns) == list(_ERRORS)

    def test_without_errors_both_sides_are_alike(self, clean):
        pd.testing.assert_frame_equal(*linked(clean))
        assert not clean.left.isna().any(axis=None)

    def test_every_field_is_well_formed(self, clean):
        forms = {
            "street": r"\d+( \w+)+",
            "postcode": r"\d{5}",
            "phone": r"0\d{3} \d{7}",
            "email": r"[a-z.\d]+@[a-z.]+",
        }
        for name, form in forms.items():
            assert clean.left[name].str.fullmatch(form).all(), name
        born = pd.to_datetime(clean.left["birth_date"], format="%Y-%m-%d")
        assert born.dt.year.between(1936, 2006).all()

    def test_a_few_names_are_frequent(self, clean):
        counts = clean.left["surname"].value_counts()
        assert len(counts) > 200
        assert counts.iloc[:10].sum() > 4 * counts.median() * 10

    def test_half_of_the_persons_share_a_household(self):
        everyone = make_person_tables(1500, overlap=1.0, random_state=0, **CLEAN).left
        surnames = everyone.groupby("phone")["surname"].agg(["size", "nunique"])
        together = surnames[surnames["size"] > 1]
        # Alone lives who joins nobody, and is joined by nobody: 0.7 x 0.7.
        assert together["size"].sum() / 1500 == pytest.approx(0.51, abs=0.05)
        assert (together["nunique"] == 1).mean() == pytest.approx(0.88, abs=0.06)

    @pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
    def test_as_many_errors_as_asked_for(self, clean, rate):
        wrong = make_person_tables(
            1500, error_rate=rate, missing_rate=0.0, move_rate=0.0, random_state=0
        )
        for side in ("left", "right"):
            changed = (wrong[side] != clean[side]).drop(columns=["given_name", "surname"])
            spread = np.sqrt(rate * (1 - rate) / len(changed))
            assert np.abs(changed.mean() - rate).max() <= 4 * spread

    def test_names_are_swapped(self, clean):
        wrong = make_person_tables(
            1500, error_rate=0.2, missing_rate=0.0, move_rate=0.0, random_state=0
        )
        swapped = wrong.left["given_name"] == clean.left["surname"]
        # A surname that is right stands in the other column.
        expected = 0.1 * 0.2 * (1 - 0.2)
        assert swapped.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / len(swapped)))

    def test_as_many_gaps_as_asked_for(self):
        persons = make_person_tables(1500, missing_rate=0.3, random_state=1)
        for table in (persons.left, persons.right):
            assert np.abs(table.isna().mean() - 0.3).max() < 4 * np.sqrt(0.21 / len(table))

    def test_as_many_have_moved_as_asked_for(self):
        rates = CLEAN | {"move_rate": 0.2}
        left, right = linked(make_person_tables(1500, random_state=1, **rates))
        moved = left["phone"] != right["phone"]
        assert moved.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / len(left)))
        kept = ["given_name", "surname", "birth_date", "email"]
        pd.testing.assert_frame_equal(left[kept], right[kept])
        assert (left["street"] == right["street"])[~moved].all()

    def test_same_seed_same_tables(self):
        first, again, other = (make_person_tables(40, random_state=seed) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(first.left, again.left)
        pd.testing.assert_frame_equal(first.right, again.right)
        np.testing.assert_array_equal(first.links, again.links)
        assert not first.left.equals(other.left)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"n_entities": 1}, "n_entities must be a whole number of at least 2; got 1"),
            ({"overlap": 1.5}, "overlap must be a number from 0 to 1; got 1.5"),
            ({"error_rate": -0.1}, "error_rate must be a number from 0 to 1; got -0.1"),
            ({"missing_rate": "some"}, "missing_rate must be a number from 0 to 1; got 'some'"),
            ({"move_rate": np.nan}, "move_rate must be a number from 0 to 1; got nan"),
        ],
    )
    def test_bad_numbers(self, options, message):
        with pytest.raises(ValueError, match=message):
            make_person_tables(**options)
