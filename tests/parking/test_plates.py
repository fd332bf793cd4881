"""The laws of plate keys: two ways of writing one plate have one key, and two plates have two."""

import string
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.parking.plates import LONGEST_KEY, LONGEST_TYPED, loose_key, plate_key

PUNCTUATION = " -./·'’_*\t"
ALPHABETS = (
    string.ascii_letters + string.digits + "АВЕКМНОРСТУХІЅЈавекмнорстухіѕј" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "ÄÖÜäöüßẞÅéŁıİſ京粤ก"
)
plates = st.text(ALPHABETS + PUNCTUATION, min_size=1, max_size=LONGEST_TYPED)
anything = st.text(max_size=40)


def key_of(typed: str) -> str:
    """The key; plates that are none are passed over."""
    try:
        return plate_key(typed)
    except Invalid:
        assume(False)
        raise


@given(plates)
def test_a_key_is_its_own_key(typed: str) -> None:
    key = key_of(typed)
    assert plate_key(key) == key


@given(anything)
def test_folding_twice_folds_no_further(text: str) -> None:
    assert loose_key(loose_key(text)) == loose_key(text)


@given(st.one_of(plates, st.text(st.characters(categories=["L", "N"]), max_size=8)))
def test_case_does_not_matter(typed: str) -> None:
    key = loose_key(typed)
    assert loose_key(typed.upper()) == loose_key(typed.lower()) == loose_key(typed.swapcase()) == key


@given(plates, st.integers(0, LONGEST_TYPED), st.sampled_from(list(PUNCTUATION)))
def test_spaces_and_punctuation_do_not_matter(typed: str, place: int, mark: str) -> None:
    assert loose_key(typed[:place] + mark + typed[place:]) == loose_key(typed)
    assert loose_key("".join(c for c in typed if c not in PUNCTUATION)) == loose_key(typed)


@given(st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20))
def test_look_alikes_do_not_matter(plate: str) -> None:
    cyrillic = str.maketrans("ABEKMHOPCTYXISJ", "АВЕКМНОРСТУХІЅЈ")
    greek = str.maketrans("ABEZHIKMNOPTYX", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    confused = str.maketrans("OI01", "01OI")
    for other in (cyrillic, greek, wide, confused):
        assert plate_key(plate.translate(other)) == plate_key(plate)


@given(plates)
def test_a_key_is_short_and_holds_nothing_but_letters_and_digits(typed: str) -> None:
    key = key_of(typed)
    assert 1 <= len(key) <= LONGEST_KEY
    assert key.isalnum()
    assert not set(key) & set("OI")


@given(
    st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20).map(
        lambda t: t.translate({79: 48, 73: 49})
    )
)
def test_a_plate_of_plain_characters_is_its_own_key(plate: str) -> None:
    assert plate_key(plate) == plate


@given(anything)
def test_any_text_has_a_key_or_a_refusal_that_names_the_plate(text: str) -> None:
    try:
        assert plate_key(text) == loose_key(text)
    except Invalid as refusal:
        (error,) = refusal.errors
        assert error.field == "vehicleNumber"
        assert error.code in ("too_long", "right_to_left", "unprintable", "empty")


@given(anything)
def test_composed_and_decomposed_writing_are_one(text: str) -> None:
    assert loose_key(unicodedata.normalize("NFD", text)) == loose_key(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MH 12 AB 1234", "MH 12 AB 1235"),
        ("B 8", "8 B B"),
        ("S 5", "5 S"),
        ("Ö 1", "0 1"),
        ("粤B 12345", "京B 12345"),
        ("AB 12", "AB 1 2 3"),
    ],
)
def test_different_plates_have_different_keys(one: str, other: str) -> None:
    assert plate_key(one) != plate_key(other)


def test_a_digit_is_the_digit_in_every_script() -> None:
    assert plate_key("MH १२ AB ३४") == plate_key("MH 12 AB 34")
