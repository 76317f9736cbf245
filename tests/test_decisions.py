from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.model import Decision

NOW = "2026-11-26T09:00:00+00:00"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    ledger = open_ledger("sqlite:///:memory:", NOW)
    yield ledger
    ledger.close()


def answer(subject: str, text: str, source: str = "crm") -> Decision:
    return Decision(subject=subject, answer=text, by="Ruth", at=NOW, source=source)


def test_the_newest_answer_counts(ledger: Ledger) -> None:
    decide(ledger, [answer("repair:all-caps-name", "take")])
    decide(ledger, [answer("repair:all-caps-name", "refuse")])

    assert decisions_of(ledger, "crm")["repair:all-caps-name"].answer == "refuse"


def test_an_answer_for_one_source_says_nothing_of_another(ledger: Ledger) -> None:
    decide(ledger, [answer("email-opt-out", "suppress", source="web")])

    assert decisions_of(ledger, "crm") == {}


def test_a_sources_own_answer_wins_over_the_one_for_all(ledger: Ledger) -> None:
    decide(ledger, [answer("email-opt-out", "suppress"), answer("email-opt-out", "mail", "")])

    assert decisions_of(ledger, "crm")["email-opt-out"].answer == "suppress"
    assert decisions_of(ledger, "web")["email-opt-out"].answer == "mail"
