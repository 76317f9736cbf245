"""What people have answered to questions about the data; the newest answer counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mailroom.ledger import Ledger, tables
from mailroom.ledger.steps import new_id
from mailroom.model import Decision


def decide(ledger: Ledger, decisions: Iterable[Decision]) -> None:
    """Write the answers down, all of them or none; earlier ones stay to be seen."""
    t = tables.decisions
    with ledger.transaction() as connection:
        for decision in decisions:
            connection.execute(insert(t).values(id=new_id(connection, t), **vars(decision)))


def decisions_of(ledger: Ledger, source: str) -> Mapping[str, Decision]:
    """The answers that count for a source, by subject; its own win over those for all."""
    t = tables.decisions
    query = select(t).where(t.c.source.in_(("", source))).order_by(t.c.source, t.c.id)
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    return {row.subject: _decision(row) for row in rows}


def decisions_about(ledger: Ledger, recipient: str) -> tuple[Decision, ...]:
    """Every answer that names one record, oldest first: `same:crm:1|web:7`, `release:crm:1|...`."""
    t = tables.decisions
    query = select(t).where(t.c.subject.contains(recipient, autoescape=True)).order_by(t.c.id)
    with ledger.reading() as connection:
        found = tuple(map(_decision, connection.execute(query)))
    return tuple(one for one in found if recipient in _records(one.subject))


def move_decisions(connection: Connection, old: str, new: str) -> None:
    """Let every answer that names the record `old` name `new`: it was given of that person."""
    t = tables.decisions
    named = select(t.c.id, t.c.subject).where(t.c.subject.contains(old, autoescape=True))
    for row in connection.execute(named).all():
        kind, _, rest = row.subject.partition(":")
        if rest.startswith(f"{old}|"):
            rest = f"{new}|{rest.removeprefix(f'{old}|')}"
        elif rest.endswith(f"|{old}"):
            rest = f"{rest.removesuffix(f'|{old}')}|{new}"
        if kind != "release":  # of two records: their keys in order
            rest = "|".join(sorted(_halves(rest, new)))
        subject = f"{kind}:{rest}"
        if subject != row.subject:
            connection.execute(update(t).where(t.c.id == row.id).values(subject=subject))


def _halves(pair: str, key: str) -> tuple[str, ...]:
    """The two keys of a pair, one of which is known: a key may have a bar."""
    if pair.startswith(f"{key}|"):
        return key, pair.removeprefix(f"{key}|")
    return (pair.removesuffix(f"|{key}"), key) if pair.endswith(f"|{key}") else (pair,)


def _records(subject: str) -> tuple[str, ...]:
    """The records that a subject names: everything between its kind and the next bar."""
    return tuple(subject.partition(":")[2].split("|"))


def _decision(row: Row[Any]) -> Decision:
    return Decision(**{key: value for key, value in row._mapping.items() if key != "id"})
