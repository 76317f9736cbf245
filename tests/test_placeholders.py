"""What a mail merge leaves behind; more of it, on real pages, in test_preflight.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.placeholders import field_left_open, placeholder_name, placeholder_text

words = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=12)


@given(st.text(), words, st.sampled_from(["{{{{ {} }}}}", "%{}_X%", "*|{}|*", "${{{}}}", "«{}_1»"]))
def test_an_open_field_is_found_in_any_text(text: str, word: str, form: str) -> None:
    assert field_left_open(f"{text}\n{form.format(word)}")


@given(st.lists(words, max_size=30).map(" ".join))
def test_plain_words_are_no_open_field(text: str) -> None:
    assert field_left_open(text) == ""


@pytest.mark.parametrize(
    "name",
    [
        "Nullmeier", "Anna Nunn", "Nan", "Na", "Testa", "Unknownson", "10060 None TO", "26789 Leer",
        "Test Valley House", "Dear Anna", "Liebe Frau Test-Meier", "Sehr geehrte Damen und Herren",
        "Madame, Monsieur", "Bonjour", "O’Neil & Söhne", "nan-goldin@example.org", "佐藤 健一",
        "The None Street 5", "Teststraße 3", "Dear friends",
    ],
)  # fmt: skip
def test_real_names_and_lines_pass(name: str) -> None:
    assert placeholder_name(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "null", "Null Meier", "Anna NULL", "NaN", "undefined undefined", "N/A", "Test", "test 2",
        "Dear ,", "Dear", "Dear Mr", "Liebe", "Sehr geehrter Herr", "-", "???", "Herr Test",
        "#REF!", "[object Object]", "XXXX", "Vorname Nachname", "Dear Customer", "None",
    ],
)  # fmt: skip
def test_placeholders_as_names_are_found(name: str) -> None:
    assert placeholder_name(name)


@given(st.text(), st.sampled_from(["en", "de", "fr"]))
def test_any_text_can_be_asked(text: str, language: str) -> None:
    for found in (placeholder_text(text, language), placeholder_name(text), field_left_open(text)):
        assert isinstance(found, str)
