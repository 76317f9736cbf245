"""The nouns: frozen, picklable, and told apart by their digests."""

from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import a_mailing, a_piece

from mailroom import model
from mailroom.model import Finding, Recipient, Severity, digest, digest_of_texts

NOUNS = [
    noun
    for noun in vars(model).values()
    if dataclasses.is_dataclass(noun) and noun.__module__ == model.__name__
]


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_noun_is_frozen_and_takes_keywords_only(noun: type) -> None:
    assert noun.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert all(field.kw_only for field in dataclasses.fields(noun))
    assert noun.__doc__


def test_pieces_and_mailings_can_be_sent_to_a_worker() -> None:
    for thing in (a_piece(fields={"Note": "x"}), a_mailing()):
        assert pickle.loads(pickle.dumps(thing)) == thing


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)
    assert (digest_of_texts(*one) == digest_of_texts(*other)) == (one == other)


@given(st.text(), st.text(), st.text("0123456789,;", max_size=3))
def test_texts_cut_elsewhere_have_another_digest(one: str, other: str, between: str) -> None:
    cuts = {(one + between, other), (one, between + other), (one, between, other)}
    assert len({digest_of_texts(*cut) for cut in cuts}) == len(cuts)


def test_a_digest_does_not_depend_on_the_order_of_a_tables_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert len(digest()) == 64


def test_a_recipient_without_a_name_is_called_by_the_company() -> None:
    plain = {"key": "crm:1", "source": "crm", "where": "c.csv:2"}
    assert Recipient(**plain, first_name="Anna", last_name="Berger").name == "Anna Berger"
    assert Recipient(**plain, last_name="Berger", company="Oak & Co").name == "Berger"
    assert Recipient(**plain, company="Oak & Co").name == "Oak & Co"


def test_the_first_of_a_household_is_whom_it_is_addressed_to() -> None:
    piece = a_piece()
    assert piece.recipient is piece.household.head is piece.household.members[0]


def test_severity_is_written_as_its_word() -> None:
    finding = Finding(rule="overflow", severity=Severity.ERROR, message="too long")
    assert f"{finding.severity}" == "error"
