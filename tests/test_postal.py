"""What the post said and people vouched for, kept in the ledger on either database."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.ledger import Ledger, open_ledger, postal
from mailroom.model import Address, Verdict

NOW, LATER = "2026-11-23T09:00:00+00:00", "2026-11-24T09:00:00+00:00"
HOME = Address(line1="12 Main St", city="Troy", region="NY", postcode="12180", country="US")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        yield ledger


def said(word: str, address: Address = HOME) -> Verdict:
    return Verdict(address=address, verified=address, word=word)


def words(ledger: Ledger, provider: str = "lob", mode: str = "live") -> list[tuple[str, str]]:
    found = postal.verdicts(ledger, provider, mode, [HOME])
    return [(kept.verdict.word, kept.at) for kept in found.values()]


def test_the_newest_answer_takes_the_place_of_older_ones(ledger: Ledger) -> None:
    postal.keep_verdicts(ledger, "lob", "live", [said("undeliverable")], NOW)
    postal.keep_verdicts(ledger, "lob", "live", [said("deliverable")], LATER)
    assert words(ledger) == [("deliverable", LATER)]


def test_providers_and_modes_are_kept_apart(ledger: Ledger) -> None:
    postal.keep_verdicts(ledger, "lob", "test", [said("no_match")], NOW)
    assert words(ledger) == words(ledger, "other", "test") == []
    assert words(ledger, mode="test") == [("no_match", NOW)]


def test_many_are_found_again(ledger: Ledger) -> None:
    many = [dataclasses.replace(HOME, line1=f"{number} Main St") for number in range(900)]
    postal.keep_verdicts(ledger, "lob", "live", [said("deliverable", a) for a in many], NOW)
    found = postal.verdicts(ledger, "lob", "live", [*many, *many, HOME])
    assert set(found) == {postal.address_key(address) for address in many}


def test_the_newest_word_counts_and_only_in_its_mode(ledger: Ledger) -> None:
    postal.vouch(ledger, "live", HOME, "Ruth", "new house", NOW)
    postal.vouch(ledger, "live", HOME, "Jan", "I live there", LATER)
    postal.vouch(ledger, "test", HOME, "Ruth", "to try it", LATER)
    (word,) = postal.vouched(ledger, "live").values()
    assert (word.by, word.reason, word.at) == ("Jan", "I live there", LATER)
    (trial,) = postal.vouched(ledger, "test").values()
    assert trial.reason == "to try it"


def test_a_word_given_before_there_were_modes_is_one_for_live(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{file}", NOW).close()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE overrides DROP COLUMN mode")
        connection.execute("DELETE FROM migrations WHERE name LIKE '0004%'")
        values = [postal.address_key(HOME), "Ruth", "new house", NOW]
        connection.execute("INSERT INTO overrides VALUES (1, ?, ?, ?, ?)", values)
    with contextlib.closing(open_ledger(f"sqlite:///{file}", NOW)) as ledger:
        assert [word.by for word in postal.vouched(ledger, "live").values()] == ["Ruth"]
