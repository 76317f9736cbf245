"""The torture people are invented, the same each time, and nasty in the way they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.layout import Field
from mailroom.shipped import FONTS
from mailroom.torture import (
    OWNER,
    OWNERS,
    Filling,
    Person,
    household,
    nasty_people,
    people,
    prose,
    sample_people,
)


def person(key: str) -> Person:
    return next(each for each in people("en") if each.key == key)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_there_are_three_pleasant_people_a_language(language: str) -> None:
    three = sample_people(language)
    assert [each.key for each in three] == ["one", "couple", "company"]
    assert all(each.pleasant and not each.holds for each in three)


def test_each_language_has_people_of_its_own() -> None:
    names = {each.members[0].name for code in ("en", "de", "fr") for each in sample_people(code)}
    assert len(names) == 9


def test_a_language_without_people_of_its_own_borrows_the_english_ones() -> None:
    assert sample_people("pl") == sample_people("en")


def test_every_person_has_a_key_of_their_own_and_says_what_they_try() -> None:
    everybody = people("en")
    assert len({each.key for each in everybody}) == len(everybody)
    assert all(each.title and each.tries for each in everybody)


def test_the_long_name_has_exactly_54_characters() -> None:
    assert len(person("long-name").members[0].name) == 54


@pytest.mark.parametrize(
    ("key", "letters"),
    [
        ("greek", "ΕΠλύ"),
        ("cyrillic", "ЦСя"),
        ("polish", "ŁŻź"),
        ("czech", "ěřů"),
        ("turkish", "İışğ"),
        ("decomposed", "\u0301\u0303"),
        ("right-to-left", "لم"),
        ("kanji", "花山"),
    ],
)
def test_a_name_has_the_letters_it_is_there_for(key: str, letters: str) -> None:
    name = person(key).members[0].name
    assert all(letter in name for letter in letters)


def test_the_six_line_address_has_six_parts() -> None:
    head = person("six-lines").members[0]
    address = head.address
    assert all((head.name, head.company, address.line1, address.line2, address.city))
    assert address.postcode


def test_only_scripts_that_our_fonts_lack_and_data_faults_are_right_to_be_held() -> None:
    assert {each.key for each in nasty_people() if each.holds} == {
        "longest-fields",  # where a postal barcode is made of the field
        "empty-fields",
        "braces",
        "right-to-left",
        "kanji",
    }


def test_one_owner_has_a_signature_and_one_has_none() -> None:
    signature = OWNERS[OWNER].signature
    assert signature is not None
    assert signature.is_file()
    assert OWNERS["bartholomaeus"].signature is None
    assert FONTS.is_dir()


FIELDS = {
    "note": Field(
        name="note", type="text", max_length=180, example="Hello.", column="Personal note"
    ),
    "year": Field(name="year", type="line", max_length=4, example="2019"),
    "photo": Field(name="photo", type="image", example="photo.png"),
}


@pytest.mark.parametrize(
    ("key", "note", "year"),
    [("one", 6, 4), ("longest-fields", 180, 4), ("empty-fields", 0, 0)],
)
def test_fields_are_filled_as_the_person_says(key: str, note: int, year: int) -> None:
    values = household(person(key), FIELDS, "en").head.fields
    assert len(values["Personal note"]) == note
    assert len(values["year"]) == year


def test_a_customer_never_brings_a_picture() -> None:
    assert "photo" not in household(person("longest-fields"), FIELDS, "en").head.fields


def test_a_field_without_a_limit_keeps_its_example() -> None:
    fields = {"note": Field(name="note", example="As it is.")}
    assert person("longest-fields").filling is Filling.LONGEST
    assert household(person("longest-fields"), fields, "en").head.fields["note"] == "As it is."


def test_everybody_of_a_household_reads_the_language_that_is_tried() -> None:
    members = household(person("couple"), {}, "fr").members
    assert [member.language for member in members] == ["fr", "fr"]


@given(st.integers(min_value=0, max_value=2000))
def test_prose_has_exactly_the_length_asked_for_and_ends_in_a_letter(length: int) -> None:
    text = prose(length)
    assert len(text) == length
    assert not length or text[-1].isalpha()
