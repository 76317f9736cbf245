from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger import Ledger, Plan, database, open_ledger
from mailroom.ledger.history import batch_costs, events_of
from mailroom.ledger.records import from_json, to_json
from mailroom.model import (
    Address,
    Approval,
    Artwork,
    Derived,
    Dispatch,
    Finding,
    Greeting,
    Household,
    Owner,
    Piece,
    Planned,
    Receipt,
    Recipient,
    Severity,
    Status,
)
from mailroom.units import Box

NOW = "2026-11-23T09:00:00+00:00"


def recipient(key: str = "crm:1", **changes: object) -> Recipient:
    values = {"key": key, "source": "crm", "where": "contacts.csv:2", "first_name": "Anna"}
    return Recipient(**{**values, **changes})  # type: ignore[arg-type]


def planned(number: int, status: Status = Status.READY) -> Planned:
    person = recipient(f"crm:{number}", last_name=f"Nr{number}")
    words = Derived(text="Anna", source="First name")
    piece = Piece(
        key=f"piece-{number}",
        mailing="cards",
        number=number,
        household=Household(key=f"home-{number}", members=(person,)),
        greeting=Greeting(envelope_name=words, salutation=words, informal=words),
        language="en",
        address_lines=("Anna", "1 Mill Lane"),
        owner=Owner(key="ruth", name="Ruth", signature=Path("signatures/ruth.png")),
        findings=(
            Finding(rule="r", severity=Severity.NOTE, message="m", box=Box(1.5, 2, 3, 4), page=2),
        ),
    )
    artwork = Artwork(piece=piece.key, path=Path("a.pdf"), first_page=0, pages=2, sha256="x")
    return Planned(piece=piece, artwork=artwork, content="c", status=status)


def plan(digest: str = "d") -> Plan:
    return Plan(mailing="cards", digest=digest, folder=Path("prepared"), report={}, at=NOW)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        yield ledger


@contextlib.contextmanager
def raw(url: str) -> Iterator[Connection]:
    """The database under the ledger, as somebody with other tools has it."""
    engine = database.open_engine(database.read_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.fixture
def with_pieces(ledger: Ledger) -> Ledger:
    ledger.store_plan(plan(), [planned(1), planned(2), planned(3, Status.HELD)])
    return ledger


def claim(
    ledger: Ledger, key: str, pieces: list[str], known: Sequence[Planned] | None = None
) -> None:
    items = [item for item in known or ledger.pieces("cards") if item.piece.key in pieces]
    intent = Dispatch(
        key=key,
        mailing="cards",
        provider="outbox",
        format="card-5x7",
        pieces=tuple(pieces),
        files={"cards.pdf": "x"},
        intent_at=NOW,
    )
    ledger.claim(intent, items)


def statuses(ledger: Ledger) -> dict[str, str]:
    return {item.piece.key: item.status.value for item in ledger.pieces("cards")}


def test_a_piece_comes_back_from_the_ledger_exactly_as_it_was_frozen(with_pieces: Ledger) -> None:
    assert with_pieces.pieces("cards")[0] == planned(1)


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3), st.none() | st.floats(0, 500))
def test_every_recipient_survives_being_written_down(
    name: str, fields: dict[str, str], x: float | None
) -> None:
    box = Box(x, 1, 2, 3) if x is not None else None
    finding = Finding(rule="r", severity=Severity.ERROR, message=name, box=box)
    person = recipient(
        last_name=name,
        fields=fields,
        findings=(finding,),
        suppressed=(name,),
        address=Address(city=name),
    )
    assert from_json(Recipient, to_json(person)) == person


def test_a_claim_writes_the_intent_before_anything_is_called(with_pieces: Ledger) -> None:
    claim(with_pieces, "b1", ["piece-1"])
    (line,) = with_pieces.dispatches("cards", "intent")
    assert line.pieces == ("piece-1",)
    assert statuses(with_pieces)["piece-1"] == "sending"
    assert with_pieces.pieces("cards")[0].attempts == 1


def test_a_piece_is_claimed_once_only(with_pieces: Ledger) -> None:
    claim(with_pieces, "b1", ["piece-1"])
    with pytest.raises(Refused, match="it is sending and cannot become sending"):
        claim(with_pieces, "b2", ["piece-1", "piece-2"])
    assert statuses(with_pieces)["piece-2"] == "ready"
    assert len(with_pieces.dispatches("cards")) == 1


def test_of_many_threads_that_claim_a_piece_one_gets_it(ledger: Ledger, ledger_url: str) -> None:
    ledger.store_plan(plan(), [planned(1)])
    won: list[int] = []

    def compete(number: int) -> None:
        own = open_ledger(ledger_url, NOW)
        try:
            claim(own, f"b{number}", ["piece-1"])
            won.append(number)
        except Refused:
            pass
        finally:
            own.close()

    threads = [threading.Thread(target=compete, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_held_piece_that_was_accepted_goes_and_its_history_says_so(with_pieces: Ledger) -> None:
    claim(with_pieces, "b1", ["piece-3"])
    notes = [event.note for event in events_of(with_pieces, "piece-3")]
    assert notes[-2:] == ["its findings were accepted", "batch b1 to outbox"]


def test_pieces_planned_anew_in_the_meantime_cannot_be_claimed(with_pieces: Ledger) -> None:
    items = with_pieces.pieces("cards")[:1]
    again = dataclasses.replace(planned(1), content="other words")
    with_pieces.store_plan(plan("e"), [again])
    intent = Dispatch(
        key="b1",
        mailing="cards",
        provider="outbox",
        format="card-5x7",
        pieces=("piece-1",),
        files={},
        intent_at=NOW,
    )
    with pytest.raises(Refused, match="prepared anew"):
        with_pieces.claim(intent, items)


def test_what_was_sent_is_kept_when_the_mailing_is_planned_anew(with_pieces: Ledger) -> None:
    claim(with_pieces, "b1", ["piece-1"])
    with_pieces.finish("b1", Receipt(ref="folder", status=Status.ACCEPTED), NOW)
    with_pieces.store_plan(plan("e"), [planned(2)])
    assert statuses(with_pieces) == {"piece-1": "accepted", "piece-2": "ready"}
    sent = with_pieces.sent("cards")
    assert sent.households == {"home-1": "piece-1"}
    assert sent.recipients == {"crm:1": "piece-1"}


def test_released_pieces_are_ready_and_the_journal_says_why(with_pieces: Ledger) -> None:
    claim(with_pieces, "b1", ["piece-1"])
    with_pieces.release("b1", "the disk was full", NOW)
    assert statuses(with_pieces)["piece-1"] == "ready"
    assert [e.note for e in events_of(with_pieces, "piece-1")][-1] == "the disk was full"
    claim(with_pieces, "b1", ["piece-1"])
    assert with_pieces.dispatches("cards")[0].attempts == 2


@pytest.mark.parametrize("statement", ["DELETE FROM events", "UPDATE events SET note = ''"])
def test_the_history_cannot_be_rewritten(
    with_pieces: Ledger, ledger_url: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), raw(ledger_url) as connection:
        connection.execute(text(statement))


def test_an_approval_is_for_one_digest_only(ledger: Ledger) -> None:
    at = dt.datetime.fromisoformat(NOW)
    approval = Approval(mailing="cards", digest="d", by="Ruth", at=at, accepted={"r": "why"})
    ledger.approve(approval)
    assert ledger.approval("cards", "d") == approval
    assert ledger.approval("cards", "other") is None


def test_opening_twice_changes_nothing(ledger: Ledger, ledger_url: str) -> None:
    ledger.store_plan(plan(), [planned(1)])
    with contextlib.closing(open_ledger(ledger_url, NOW)) as again:
        assert len(again.pieces("cards")) == 1


def test_a_ledger_of_a_newer_mailroom_is_not_touched(ledger: Ledger, ledger_url: str) -> None:
    with raw(ledger_url) as connection:
        connection.execute(text("INSERT INTO migrations VALUES ('9999_later', 'x')"))
    with pytest.raises(EnvironmentProblem, match="newer mailroom"):
        open_ledger(ledger_url, NOW)


def test_a_file_that_is_no_ledger_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database, it is a letter" * 100)
    with pytest.raises(EnvironmentProblem, match="not a database") as caught:
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", NOW)
    assert caught.value.where == str(tmp_path / "ledger.db")
    assert "last copy" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "URL is not understood"),
        ("pigeon://roof", "URL is not understood"),
        ("mysql+nosuchdriver://db", "URL is not understood"),
    ],
)
def test_a_url_nobody_understands_is_an_error_in_words(url: str, problem: str) -> None:
    with pytest.raises(EnvironmentProblem, match=problem) as caught:
        open_ledger(url, NOW)
    assert caught.value.where == url
    assert "mailroom.toml" in caught.value.hint


def test_a_ledger_without_costs_gets_them_and_keeps_its_journal(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:///{file}", NOW)
    ledger.close()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        for column in ("cost", "currency"):
            connection.execute(f"ALTER TABLE dispatches DROP COLUMN {column}")
        connection.execute("DELETE FROM migrations WHERE name LIKE '0003%'")
        connection.execute(
            "INSERT INTO dispatches (key, mailing, provider, format, state, pieces, files, folder,"
            " attempts, intent_at, outcome_at, ref, raw) VALUES ('k', 'cards', 'outbox',"
            " 'card-5x7', 'done', '[]', '{}', '', 1, ?, '', '', '')",
            [NOW],
        )
    ledger = open_ledger(f"sqlite:///{file}", NOW)
    (line,) = ledger.dispatches("cards")
    assert (line.cost, line.currency) == ("", "")
    assert batch_costs(ledger) == ()
    ledger.close()


def test_a_verb_may_name_more_pieces_than_a_statement_has_parameters(ledger: Ledger) -> None:
    keys = [f"piece-{number}" for number in range(70_000)]
    with pytest.raises(Refused, match="no longer in the ledger"):
        ledger.move(keys, Status.HELD, "", NOW)


def test_whoever_only_reads_waits_for_nobody_and_sees_one_moment(
    with_pieces: Ledger, ledger_url: str
) -> None:
    with raw(ledger_url) as writer, with_pieces.reading() as reader:
        before = reader.execute(text("SELECT status FROM pieces ORDER BY number")).all()
        writer.execute(text("UPDATE pieces SET status = 'sending'"))
        writer.commit()
        assert reader.execute(text("SELECT status FROM pieces ORDER BY number")).all() == before
    assert set(statuses(with_pieces).values()) == {"sending"}
