from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mailroom.greeting import greet, languages
from mailroom.greetings import shipped
from mailroom.model import Address, Greeting, Household, Name, Recipient

NBSP = "\N{NO-BREAK SPACE}"


def person(**fields: Any) -> Recipient:
    """A recipient; what is no attribute of his is one of his columns, `country` his address."""
    columns = ("formality", "postal_greeting", "addressee", "nickname")
    own = {name: fields.pop(name) for name in columns if name in fields}
    place = Address(country=fields.pop("country", ""))
    return Recipient(
        key="crm:1", source="crm", where="contacts.csv:2", address=place, fields=own, **fields
    )


def greeting(
    *people: Recipient, language: str = "en", formality: str = "formal"
) -> tuple[str, str, str]:
    """Envelope name, salutation, informal name, with common blanks."""
    found = greet(Household(key="h", members=people), language=language, formality=formality)
    parts = (found.envelope_name, found.salutation, found.informal)
    envelope, salutation, informal = (part.text.replace(NBSP, " ") for part in parts)
    return envelope, salutation, informal


def couple(**one: str) -> tuple[Recipient, Recipient]:
    return person(first_name="Anna", last_name="Weber", **one), person(
        first_name="Max", last_name="Weber"
    )


ANNA = {"first_name": "Anna", "last_name": "Weber"}


@pytest.mark.parametrize(
    ("language", "salutation", "expected"),
    [
        ("en", "", "Dear Anna Weber,"),
        ("en", "Ms.", "Dear Ms. Weber,"),
        ("en", "Mrs", "Dear Mrs. Weber,"),
        ("en", "Miss", "Dear Miss Weber,"),
        ("en", "Mx", "Dear Mx Weber,"),
        ("en", "Frau", "Dear Ms. Weber,"),
        ("en", "Dr.", "Dear Dr. Weber,"),
        ("en", "Ms. Dr.", "Dear Dr. Weber,"),
        ("en", "Frau Prof. Dr.", "Dear Professor Weber,"),
        ("en", "Captain", "Dear Captain Weber,"),
        ("en", "Mr. and Mrs.", "Dear Mr. and Mrs. Weber,"),
        ("en", "Family", "Dear Weber family,"),
        ("de", "", "Guten Tag Anna Weber,"),
        ("de", "Frau", "Sehr geehrte Frau Weber,"),
        ("de", "Mrs.", "Sehr geehrte Frau Weber,"),
        ("de", "Herr", "Sehr geehrter Herr Weber,"),
        ("de", "Frau Dr.", "Sehr geehrte Frau Dr. Weber,"),
        ("de", "Frau Prof. Dr.", "Sehr geehrte Frau Professor Weber,"),
        ("de", "Frau Dipl.-Ing.", "Sehr geehrte Frau Weber,"),
        ("de", "Dr.", "Guten Tag Dr. Anna Weber,"),
        ("de", "Familie", "Liebe Familie Weber,"),
        ("de", "Herr und Frau", "Sehr geehrte Frau Weber, sehr geehrter Herr Weber,"),
        ("fr", "", "Bonjour Anna Weber,"),
        ("fr", "Madame", "Madame,"),
        ("fr", "M.", "Monsieur,"),
        ("fr", "Docteur", "Bonjour Docteur Weber,"),
    ],
)
def test_the_formal_greeting_of_one_person(language: str, salutation: str, expected: str) -> None:
    assert greeting(person(salutation=salutation, **ANNA), language=language)[1] == expected


@pytest.mark.parametrize(
    ("language", "salutation", "expected"),
    [
        ("en", "", "Dear Anna,"),
        ("en", "Dr.", "Dear Anna,"),
        ("de", "", "Hallo Anna,"),
        ("de", "Frau", "Liebe Anna,"),
        ("de", "Herr", "Lieber Anna,"),
        ("fr", "Mme", "Chère Anna,"),
        ("fr", "", "Bonjour Anna,"),
    ],
)
def test_the_informal_greeting_of_one_person(language: str, salutation: str, expected: str) -> None:
    who = person(salutation=salutation, **ANNA)
    assert greeting(who, language=language, formality="informal")[1] == expected


@pytest.mark.parametrize(
    ("language", "salutation", "expected"),
    [
        ("en", "", "Anna Weber"),
        ("en", "Ms.", "Ms. Anna Weber"),
        ("en", "Dr.", "Dr. Anna Weber"),
        ("de", "Herr", "Herrn Anna Weber"),
        ("de", "Frau Prof. Dr.", "Frau Prof. Dr. Anna Weber"),
        ("de", "Frau Dipl.-Ing.", "Frau Dipl.-Ing. Anna Weber"),
        ("fr", "Mme", "Madame Anna Weber"),
    ],
)
def test_the_envelope_name_of_one_person(language: str, salutation: str, expected: str) -> None:
    assert greeting(person(salutation=salutation, **ANNA), language=language)[0] == expected


def test_gender_is_never_inferred_from_a_name() -> None:
    for first in ("Anna", "Max", "Andrea", "Kim"):
        who = person(first_name=first, last_name="Weber")
        assert greeting(who, language="de")[1] == f"Guten Tag {first} Weber,"


@pytest.mark.parametrize("word", ["Herr/Frau", "Mr/Mrs", "Mr. or Mrs.", "unbekannt", "m/w/d", "3"])
def test_a_salutation_that_leaves_it_open_is_none(word: str) -> None:
    who = person(salutation=word, first_name="Kim", last_name="Weber")
    assert greeting(who, language="de")[:2] == ("Kim Weber", "Guten Tag Kim Weber,")


def test_the_british_write_mr_without_a_dot() -> None:
    who = person(salutation="Mr.", country="GB", **ANNA)
    assert greeting(who)[:2] == ("Mr Anna Weber", "Dear Mr Weber,")
    assert greeting(person(salutation="Dr", country="GB", **ANNA))[1] == "Dear Dr Weber,"


def test_title_and_name_do_not_part_at_the_end_of_a_line() -> None:
    found = greet(
        Household(key="h", members=(person(salutation="Frau Dr.", **ANNA),)), language="de"
    )
    assert found.salutation.text == f"Sehr geehrte Frau{NBSP}Dr.{NBSP}Weber,"
    assert found.envelope_name.text == f"Frau{NBSP}Dr.{NBSP}Anna Weber"


def test_a_suffix_stands_on_the_envelope_only() -> None:
    who = person(salutation="Mr.", first_name="Paul", last_name="Meyer", suffix="Jr.")
    assert greeting(who) == ("Mr. Paul Meyer Jr.", "Dear Mr. Meyer,", "Paul")


def test_a_title_in_the_first_name_is_understood() -> None:
    who = person(first_name="Dr. Anna", last_name="Weber")
    assert greeting(who) == ("Dr. Anna Weber", "Dear Dr. Weber,", "Anna")


@pytest.mark.parametrize(
    ("first", "informal"),
    [("Mr.", "Dear Mr. Hill,"), ("Dr.", "Dear Dr. Hill,"), ("Don", "Dear Don,")],
)
def test_a_title_is_nobodys_given_name(first: str, informal: str) -> None:
    who = person(first_name=first, last_name="Hill", nickname="Mr.")
    assert greeting(who, formality="informal")[1] == informal
    assert greeting(person(nickname="Mr."), formality="informal") == ("", "Hello,", "")


# Missing parts ------------------------------------------------------------------------------


def test_without_a_last_name_the_first_name_has_to_do() -> None:
    assert greeting(person(first_name="Nora")) == ("Nora", "Dear Nora,", "Nora")
    assert greeting(person(first_name="Nora", salutation="Frau"), language="de")[1] == (
        "Guten Tag Nora,"
    )


def test_a_bare_last_name_is_not_called_dear() -> None:
    assert greeting(person(last_name="Weber")) == ("Weber", "Hello,", "Weber")
    who = person(last_name="Weber", salutation="Ms.")
    assert greeting(who) == ("Ms. Weber", "Dear Ms. Weber,", "Ms. Weber")


def test_a_company_without_a_person_is_greeted_as_a_team() -> None:
    who = person(company="Acme & <b>Sons</b>")
    assert greeting(who)[:2] == ("Acme & <b>Sons</b>", "Dear all at Acme & <b>Sons</b>,")
    assert greeting(who, language="de")[1] == "Liebes Team von Acme & <b>Sons</b>,"


def test_without_any_name_nobody_is_named() -> None:
    assert greeting(person()) == ("", "Hello,", "")
    assert greeting(person(), language="de")[1] == "Guten Tag,"


@pytest.mark.parametrize(
    "junk",
    [
        *("null", "NULL", "<null", "[none]", '"NULL"', "(unknown)", "<Null>", "(nil)", "Dear null"),
        *("{{ first_name }}", "«Name»", "info@example.com", ",", "-"),
    ],
)
def test_junk_for_a_name_is_no_name(junk: str) -> None:
    assert greeting(person(first_name=junk))[1] == "Hello,"


def test_the_family_name_comes_first_where_the_script_does_so() -> None:
    assert greeting(person(first_name="健一", last_name="佐藤"))[0] == "佐藤 健一"


# Households ---------------------------------------------------------------------------------


def test_a_couple_of_one_name() -> None:
    assert greeting(*couple()) == ("Anna and Max Weber", "Dear Anna and Max Weber,", "Anna and Max")
    assert greeting(*couple(), language="de")[:2] == (
        "Anna und Max Weber",
        "Guten Tag Anna und Max Weber,",
    )


def test_a_couple_with_salutations() -> None:
    anna = person(salutation="Ms.", **ANNA)
    max_ = person(salutation="Mr.", first_name="Max", last_name="Weber")
    assert greeting(anna, max_)[1] == "Dear Ms. and Mr. Weber,"
    assert greeting(anna, max_, language="de")[1] == (
        "Sehr geehrte Frau Weber, sehr geehrter Herr Weber,"
    )
    assert greeting(anna, max_, language="de", formality="informal")[1] == "Liebe Anna, lieber Max,"
    assert greeting(anna, max_, language="fr")[1] == "Madame, Monsieur,"


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("Mrs.", "Mr.", "Dear Mr. and Mrs. Penrose,"),
        ("Mrs.", "Dr.", "Dear Dr. and Mrs. Penrose,"),
        ("Mrs. Dr.", "Mr.", "Dear Dr. and Mr. Penrose,"),
        ("Mrs.", "Mrs.", "Dear Mrs. and Mrs. Penrose,"),
    ],
)
def test_mr_and_mrs_are_greeted_in_that_order(one: str, two: str, expected: str) -> None:
    june = person(salutation=one, first_name="June", last_name="Penrose", country="US")
    carl = person(salutation=two, first_name="Carl", last_name="Penrose", country="US")
    assert greeting(june, carl)[1] == expected
    shouted = replace(june, last_name="PENROSE")
    assert greeting(shouted, carl)[1].casefold() == expected.casefold()


def test_a_couple_of_two_names() -> None:
    anna = person(salutation="Dr.", **ANNA)
    max_ = person(salutation="Mr.", first_name="Max", last_name="Braun")
    assert greeting(anna, max_) == (
        "Dr. Anna Weber and Max Braun", "Dear Dr. Weber and Mr. Braun,", "Anna and Max",
    )  # fmt: skip


def test_a_couple_of_which_one_has_no_salutation() -> None:
    anna = person(salutation="Ms.", **ANNA)
    max_ = person(first_name="Max", last_name="Weber")
    assert greeting(anna, max_, language="de")[1] == "Guten Tag Anna und Max Weber,"


def test_three_of_one_name_are_a_family() -> None:
    people = [person(first_name=first, last_name="Weber") for first in ("Anna", "Max", "Tim")]
    assert greeting(*people) == ("The Weber Family", "Dear Weber family,", "Anna, Max and Tim")
    assert greeting(*people, language="de")[:2] == ("Familie Weber", "Liebe Familie Weber,")


def test_a_record_of_the_family_name_only_says_nothing_beside_a_person() -> None:
    assert greeting(person(**ANNA), person(last_name="Weber"))[0] == "Anna Weber"


# The CRM's own words, tone, language --------------------------------------------------------


def test_the_crms_own_words_win() -> None:
    who = person(postal_greeting="Dear Bea", addressee="Bea & the twins", **ANNA)
    assert greeting(who)[:2] == ("Bea & the twins", "Dear Bea,")


@pytest.mark.parametrize("name", ["Null", "Na", "Nil"])
def test_who_is_called_null_is_called_so(name: str) -> None:
    assert greeting(person(first_name="Jennifer", last_name=name))[1] == f"Dear Jennifer {name},"


@pytest.mark.parametrize(
    "broken",
    ["", "Dear ,", "Dear", "Dear {{ name }}", "null", "<null", "(NULL)", "[none]", "Dear null,"],
)
def test_the_crms_own_words_do_not_win_when_they_are_broken(broken: str) -> None:
    assert greeting(person(postal_greeting=broken, **ANNA))[1] == "Dear Anna Weber,"


def test_the_own_words_of_one_do_not_greet_two() -> None:
    assert greeting(*couple(postal_greeting="Dear Anna"))[1] == "Dear Anna and Max Weber,"


@pytest.mark.parametrize("word", ["informal", "Du", "tu"])
def test_the_persons_own_tone_wins_over_the_mailings(word: str) -> None:
    assert greeting(person(formality=word, **ANNA))[1] == "Dear Anna,"
    assert greeting(person(formality="Sie", **ANNA), formality="informal")[1] == "Dear Anna Weber,"


def test_two_people_are_on_first_name_terms_only_if_both_are() -> None:
    assert greeting(*couple(formality="du"))[1] == "Dear Anna and Max Weber,"


def test_the_derivation_is_shown_in_words() -> None:
    home = Household(key="h", members=(person(salutation="Frau", **ANNA),))
    found = greet(home, language="de")
    assert found.salutation.source == "Salutation + Last name, formal, de"
    assert found.envelope_name.source == "Salutation + Name, formal, de"
    assert found.informal.source == "First name"
    own = Household(key="h", members=(person(postal_greeting="Hallo Anna", **ANNA),))
    assert greet(own).salutation.source == "column Postal greeting"


def test_a_language_without_greetings_is_greeted_in_english_and_says_so() -> None:
    found = greet(Household(key="h", members=(person(**ANNA),)), language="el")
    assert found.salutation.text == "Dear Anna Weber,"
    assert "no greetings in el" in found.salutation.source


# Whatever comes -----------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["", " ", ",", "null", "None", "{{x}}", "{first}", "~", "Dr.", "Mr.", "Frau", "Herr und Frau",
     "Anna", "Anna  Maria", "O'Hara", "佐藤", "Jr.", "Family", "a@b.c", "«N»", "Acme, Inc."]
)  # fmt: skip
TEXT = st.one_of(WORDS, st.text(max_size=12))
NAMES = st.builds(
    Name,
    salutation=TEXT,
    first_name=TEXT,
    middle_name=TEXT,
    last_name=TEXT,
    suffix=TEXT,
    nickname=TEXT,
)
PEOPLE = st.lists(
    st.builds(
        person,
        salutation=TEXT,
        first_name=TEXT,
        middle_name=TEXT,
        last_name=TEXT,
        suffix=TEXT,
        nickname=TEXT,
        company=TEXT,
        formality=TEXT,
        postal_greeting=TEXT,
        addressee=TEXT,
        partners=st.lists(NAMES, max_size=2).map(tuple),
        country=st.sampled_from(["", "US", "GB", "JP", "CH", "AT"]),
    ),
    min_size=1,
    max_size=4,
)
TONES = st.sampled_from(["", "formal", "informal"])


def printed(found: Greeting) -> list[str]:
    return [found.envelope_name.text, found.salutation.text, found.informal.text]


def bare_openings() -> set[str]:
    """What must not stand alone: the words of a pattern in front of its first name."""
    found, whole = set(), set()
    for words in shipped()["languages"].values():
        for tone in ("formal", "informal"):
            for pattern in words[tone].values():
                for text in [pattern] if isinstance(pattern, str) else pattern:
                    bare = text.partition("{")[0].strip(" ~,").replace("~", " ")
                    (found if "{" in text else whole).add(bare)
    return found - whole - {""}


OPENINGS = bare_openings()


@given(PEOPLE, st.sampled_from([*languages(), "el"]), TONES)
@example([person(addressee="<null")], "en", "")
@example([person(nickname="Mr.")], "en", "informal")
def test_no_input_makes_a_greeting_to_be_ashamed_of(
    people: list[Recipient], language: str, formality: str
) -> None:
    household = Household(key="h", members=tuple(people))
    found = greet(household, language=language, formality=formality)
    for text in printed(found):
        assert not re.search(r"\s\s|\s,|,,|\{\{|\}\}|«|»|\bnull\b|^\s|\s$", text), text
    words = shipped()["languages"].get(language, shipped()["languages"]["en"])
    end = words.get("in", {}).get(people[0].address.country, {}).get("end", words["end"])
    salutation = found.salutation.text
    assert salutation.endswith((end, "!", ":", ",", "、"))
    said = salutation.replace(NBSP, " ").rstrip(" ,:!、")
    assert said and said not in OPENINGS, salutation
    assert found.salutation.source


def test_the_openings_that_must_not_stand_alone_are_known() -> None:
    known = {"Dear", "Sehr geehrte Frau", "Bonjour Docteur", "Hola", "Gentile", "Geachte heer"}
    assert known - OPENINGS == {"Bonjour Docteur"}
    assert not OPENINGS & {"Guten Tag", "Hello", "Hej", "Dzień dobry", "Madame, Monsieur"}


FIRSTS = st.sampled_from(["Jerry", "Beth", "Anna", "Jan", "Inés", "Elena"])
LASTS = st.sampled_from(["Smith", "de Vries", "García López", "O'Neill"])
FORMS = st.sampled_from(["", "Mr.", "Frau", "Dr.", "Mrs", "Prof. Dr."])
PAIRS = st.builds(Name, salutation=FORMS, first_name=FIRSTS, last_name=LASTS)


@given(PAIRS, PAIRS, st.booleans(), st.sampled_from(languages()), TONES)
def test_two_people_are_both_named_and_no_word_stands_there_twice(
    one: Name, two: Name, in_one_row: bool, language: str, formality: str
) -> None:
    assume(one.first_name != two.first_name)
    parts = ("salutation", "first_name", "last_name")
    first, second = ({part: getattr(name, part) for part in parts} for name in (one, two))
    alone = (person(**first), person(**second))
    members = (person(partners=(two,), **first),) if in_one_row else alone
    household = Household(key="h", members=members)
    found = greet(household, language=language, formality=formality)
    for text in printed(found):
        words = re.findall(r"[\w']+", text.replace(NBSP, " ").casefold())
        assert all(a != b for a, b in pairwise(words)), text
    for name in (one, two):
        assert name.first_name in found.envelope_name.text
        assert name.last_name in found.envelope_name.text
    both = greet(Household(key="h", members=alone), language=language, formality=formality)
    assert printed(found) == printed(both)
