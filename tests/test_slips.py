"""What a keyboard makes of a name is told from another name."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.matching import slips
from mailroom.matching.names import Like, like_first, like_last

WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("liam", "laim"),
        ("jack", "jadk"),
        ("emma", "emmma"),
        ("robert", "rbert"),
        ("james", "jakmes"),
        ("hannah", "hannnah"),
    ],
)
def test_a_key_beside_it_twice_left_out_or_swapped_is_a_slip(name: str, typed: str) -> None:
    assert slips.is_mistyped(name, typed)
    assert like_first(name, typed) is Like.SLIP


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("jack", "zack"),  # the first letter
        ("marlin", "marlon"),  # a vowel for another
        ("martin", "martina"),  # a vowel at the end
        ("simone", "simon"),  # its last letter left out
        ("jack", "japk"),  # a key far away
        ("ben", "bne"),  # too short
        ("liam", "lima"),  # a vowel at the end again
        ("jack", "jdakc"),
        ("jack", "jack"),
    ],
)
def test_what_makes_another_name_is_none(name: str, other: str) -> None:
    assert not slips.is_mistyped(name, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("anja", "anka"), ("selim", "selin"), ("nuran", "nurhan"), ("onur", "omur")],
)
def test_what_is_in_no_list_but_may_be_a_name_is_asked_about(one: str, other: str) -> None:
    assert like_first(one, other) >= Like.NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [("brayden", "grayden"), ("marlin", "marlon"), ("harley", "marley"), ("dean", "dena")],
)
def test_two_names_that_people_have_are_never_a_slip_unless_they_sound_alike(
    one: str, other: str
) -> None:
    assert like_first(one, other) is Like.NEAR
    assert like_first("jaylin", "jaylyn") is Like.SLIP


def test_two_last_names_that_people_have_are_no_slip() -> None:
    assert like_last("webb", "webv") is Like.SLIP
    assert like_last("reis", "ries") is Like.NEAR
    assert like_last("hess", "jess") is Like.NEAR


@given(WORDS, WORDS)
def test_any_two_words_can_be_asked_about(one: str, other: str) -> None:
    assert slips.is_near(one, other) == slips.is_near(other, one)
    assert slips.rhyme(one, other) == slips.rhyme(other, one)
    assert slips.ending_differs(one, other) == slips.ending_differs(other, one)
    assert slips.sound_alike(one, other) == slips.sound_alike(other, one)
    if slips.is_mistyped(one, other):
        assert slips.edits(one, other) == 1
        assert one[0] == other[0]
