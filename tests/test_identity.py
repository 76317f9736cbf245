"""Whose page is it: a piece's own name is found generously, another's strictly."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import a_piece

from mailroom.identity import identities_of, is_printed, words_of
from mailroom.model import Household

letters = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=9)
names = st.lists(letters, min_size=2, max_size=5).map(" ".join)


@given(names, st.text(), st.text())
def test_a_printed_name_is_always_found(name: str, before: str, after: str) -> None:
    assert is_printed(name, f"{before} , {name} , {after}")


@given(names)
def test_a_name_broken_over_lines_or_in_capitals_is_found(name: str) -> None:
    assert is_printed(name, name.replace(" ", "\r\n"))
    assert is_printed(name, name.casefold())


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("Efflingen", "E\ufb04ingen"),  # the ffl ligature
        ("Anna-Maria Groß", "ANNA-\r\nMARIA GROSS"),
        ("Weihnachtsmann", "Weih\u00adnachts\ufffemann"),
        ("Ada Lovelace", "A D A  L O V E L A C E"),
        ("10115 Berlin", "10115\u00a0Berlin"),
        ("Am\u00e9lie", "Ame\u0301lie"),
        ("0042", "Ashgrove · 0042"),
    ],
)
def test_typesetting_hides_no_name(wanted: str, text: str) -> None:
    assert is_printed(wanted, text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("Lee", "Asleep"),
        ("0042", "10042"),
        ("Ann", ""),
        ("", "a"),
        ("…", "…"),
    ],
)
def test_what_only_looks_like_it_is_not_it(wanted: str, text: str) -> None:
    assert not is_printed(wanted, text)


def test_others_are_found_as_whole_words_in_order() -> None:
    others = identities_of([a_piece(1, "Ann", "Lee"), a_piece(2, "Rose", "")])
    assert others.found_in(words_of("Dear Ann Lee,")) == {("Ann", "Lee")}
    assert others.found_in(words_of("DEAR ANN LEE")) == {("ANN", "LEE")}
    for text in ("Joann Leeds", "Ann, Lee", "Lee Ann", "ann lee", "a rose is a rose", "LEEDS"):
        assert others.found_in(words_of(text)) == set()


def test_everybody_of_a_household_and_their_street_are_known() -> None:
    anna, ben = a_piece(1, "Anna", "Berger"), a_piece(1, "Ben", "Carver")
    members = (anna.recipient, ben.recipient)
    couple = dataclasses.replace(anna, household=Household(key="h", members=members))
    known = identities_of([couple])
    text = "Anna Berger; Ben Carver; 1 Heron Street; LEEDS"
    assert known.found_in(words_of(text)) == {
        ("Anna", "Berger"),
        ("Ben", "Carver"),
        ("1", "Heron", "Street"),
    }
    assert known.within(["Ben Carver"]) == {("Ben", "Carver")}
