"""What a mail merge leaves behind; more of it, on real pages, in test_preflight.py."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom import placeholders
from mailroom.placeholders import (
    field_left_open,
    placeholder_names,
    placeholder_text,
)

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
    assert placeholder_names([name]) == [""]


@pytest.mark.parametrize(
    "name",
    [
        "null", "Null Meier", "Anna NULL", "NaN", "undefined undefined", "N/A", "Test", "test 2",
        "Dear ,", "Dear", "Dear Mr", "Liebe", "Sehr geehrter Herr", "-", "???", "Herr Test",
        "#REF!", "[object Object]", "XXXX", "Vorname Nachname", "Dear Customer", "None",
    ],
)  # fmt: skip
def test_placeholders_as_names_are_found(name: str) -> None:
    assert all(placeholder_names([name]))


@given(st.text(), st.sampled_from(["en", "de", "fr"]))
def test_any_text_can_be_asked(text: str, language: str) -> None:
    for found in (
        placeholder_text(text, language),
        *placeholder_names([text]),
        field_left_open(text),
    ):
        assert isinstance(found, str)


# --- the same, slowly: every pattern is tried on every text ---------------------------------

bits = st.sampled_from(
    ["{{", "}}", "{%", "%", "%}", "{", "}", "«", "»", "*|", "|*", "$", "<%", "%>", "<", ">", "#",
     "[", "]", "[[", "NAME", "first_name", "First", "ſurname", "vorname", "undefined", "NaN", "nan",
     "null", "NULL", "None", "none", "n/a", "N/A", "[object Object]", "Lorem ipsum", "insert",
     "inſert your", "name", "NaMe", "here", "einfügen", "REF!", "TODO", "TBD", "FIXME", "XXX",
     "xxx", "and void", "Dear", "Liebe", "Lieber", "Chère", "Cher", "Estimado", "Cara", "Caro",
     "Beste", "Sehr geehrter", "Mr", "Mrs.", "Frau", "Herr", "M", "Madame", "Monsieur", "Anna",
     "test", "Test 2", "NA", "unknown", "UNKNOWN", "un\u212anown", "unbekannt", "İnconnu",
     "ınconnu", "inconnue", "tba", "aſdf", "asdfg", "dummy", "platzhalter", "placeholder",
     "customer", "kunde", "-", "–", "?", ".", ",", ":", "!", "\u00ad", "\u0301", "_", "@", "9"]
)  # fmt: skip
spaces = st.sampled_from(["", " ", " ", "\n", "\r\n", "\t", "\xa0", "\r"])
texts = st.lists(st.tuples(bits | words, spaces), max_size=12).map(
    lambda some: "".join(bit + space for bit, space in some)
)


def plain_field(text: str) -> str:
    match = placeholders._OPEN_FIELD.search(text.replace("\r\n", "\n"))
    return match[0].strip() if match else ""


def plain_name(text: str) -> str:
    match = (
        placeholders._NAME_WORD.search(text)
        or placeholders._WHOLE_NAME.fullmatch(text)
        or placeholders._NOBODY.search(text)
    )
    return match[0].strip() if match else ""


def plain_text(text: str, language: str) -> str:
    text = text.replace("\r\n", "\n")
    match = placeholders._TEXT.search(text) or placeholders._NOBODY.search(text)
    if not match and language != "de":
        match = placeholders._NULL.search(text)
    return match[0].strip() if match else ""


@pytest.mark.slow
@settings(max_examples=500)
@given(st.lists(texts, max_size=5), st.sampled_from(["en", "de"]))
def test_what_is_found_is_what_every_pattern_would_find(some: list[str], language: str) -> None:
    assert placeholder_names(some) == [plain_name(text) for text in some]
    for text in some:
        assert placeholder_names([text]) == [plain_name(text)]
        assert field_left_open(text) == plain_field(text)
        assert placeholder_text(text, language) == plain_text(text, language)
