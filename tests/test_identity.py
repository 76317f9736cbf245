"""Whose page is it: a piece's own name is found generously, another's strictly."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import a_piece

from mailroom.identity import identities_of, is_one_printed, is_printed, tokens_of, words_of
from mailroom.model import Household, Piece

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
    assert others.found_in("Dear Ann Lee,") == {("Ann", "Lee")}
    assert others.found_in("DEAR ANN LEE") == {("ANN", "LEE")}
    for text in ("Joann Leeds", "Ann, Lee", "Lee Ann", "ann lee", "a rose is a rose", "LEEDS"):
        assert others.found_in(text) == set()


def test_everybody_of_a_household_and_their_street_are_known() -> None:
    anna, ben = a_piece(1, "Anna", "Berger"), a_piece(1, "Ben", "Carver")
    members = (anna.recipient, ben.recipient)
    couple = dataclasses.replace(anna, household=Household(key="h", members=members))
    known = identities_of([couple])
    text = "Anna Berger; Ben Carver; 1 Heron Street; LEEDS"
    assert known.found_in(text) == {
        ("Anna", "Berger"),
        ("Ben", "Carver"),
        ("1", "Heron", "Street"),
    }
    assert known.within(["Ben Carver"]) == {("Ben", "Carver")}


# --- the same, slowly -----------------------------------------------------------------------

SOFT = "\u00ad\u0002\u200b\ufffe\u200c\u200d\u2060"
parts = st.sampled_from(
    ["Ann", "Lee", "ANN", "Joann", "n\u0303", "\u0301", "\ufb03", "²", "5/7", "7", "Köln", "ß", "_",
     " ", " ", "\n", "\r\n", "\xa0", "\u2028", "\x1c", ",", ".", "’", "·", "–", *SOFT]
)  # fmt: skip
texts = st.lists(parts | st.text(max_size=3), max_size=30).map("".join)


def plain_words(text: str) -> list[str]:
    normal = re.sub(f"[{SOFT}]", "", unicodedata.normalize("NFKC", text))
    return re.findall(r"(?:[^\W_][\u0300-\u036f]*)+|[,;:!?()/|·•]", normal)


def plainly_printed(wanted: str, text: str) -> bool:
    def words(part: str) -> list[str]:
        return [word.casefold() for word in plain_words(part) if word[0].isalnum()]

    def squeezed(part: str) -> str:
        normal = re.sub(f"[{SOFT}]", "", unicodedata.normalize("NFKC", part)).casefold()
        return "".join(filter(str.isalnum, normal))

    sought, all_words = words(wanted), words(text)
    windows = [all_words[at : at + len(sought)] for at in range(len(all_words))]
    return (bool(sought) and sought in windows) or (
        len(squeezed(wanted)) >= 6 and squeezed(wanted) in squeezed(text)
    )


def plain_tokens(pieces: Sequence[Piece]) -> set[tuple[str, ...]]:
    found = set()
    for piece in pieces:
        members = [member.name for member in piece.household.members]
        streets = [line for line in piece.address_lines if any(c.isdigit() for c in line)]
        for text in (piece.greeting.envelope_name.text, *members, *streets):
            words = tuple(plain_words(text))
            if len(words) > 1:
                found |= {words, tuple(word.upper() for word in words)}
    return found


@given(texts)
def test_words_are_those_of_the_plain_way(text: str) -> None:
    assert words_of(text) == plain_words(text)


@given(texts, texts)
def test_a_name_is_printed_where_the_plain_way_says_so(wanted: str, text: str) -> None:
    for carrier in (text, text + wanted, f"{text} {wanted}\n{text}"):
        assert is_printed(wanted, carrier) == plainly_printed(wanted, carrier)
        assert is_one_printed(["", wanted], carrier) == plainly_printed(wanted, carrier)


people = st.lists(st.tuples(texts, texts, texts), max_size=5).map(
    lambda some: [a_piece(n, *names, lines=[line]) for n, (*names, line) in enumerate(some)]
)


@given(people, texts)
def test_those_found_are_those_of_the_plain_way(pieces: list[Piece], text: str) -> None:
    known = plain_tokens(pieces)
    assert set().union(*map(tokens_of, pieces)) == known
    text = " ".join([text, *(piece.greeting.envelope_name.text for piece in pieces), text])
    words = plain_words(text)
    windows = {
        tuple(words[at : at + count]) for at in range(len(words)) for count in range(len(words) + 1)
    }
    others = identities_of(pieces)
    assert others.found_in(text) == windows & known
    assert pickle.loads(pickle.dumps(others)).found_in(text) == windows & known


def test_everybody_s_names_go_to_a_worker_as_a_file_that_is_gone_with_them() -> None:
    others = identities_of(a_piece(n, f"Name{n}", "Dale") for n in range(2000))
    job = pickle.dumps(others)
    assert len(job) < 300
    assert pickle.dumps(others) == job
    name, _ = others.__reduce__()[1]
    there = pickle.loads(job)
    del others
    gc.collect()
    assert not Path(name).exists()
    assert there.found_in("Name7 Dale and Name8, Dale") == {("Name7", "Dale")}


def test_nobody_is_found_where_there_is_nobody() -> None:
    nobody = identities_of(())
    assert nobody.found_in("Ann Lee") == set()
    assert pickle.loads(pickle.dumps(nobody)) == nobody
