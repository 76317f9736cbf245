"""Records that have become somebody else's, inside the transaction that takes the snapshot.

The one who had the key is kept as gone under a key of its own, and all that is known of him
goes with him: holds, people's answers, what the CRM has said of him, what he was sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select, update

from mailroom.errors import Refused
from mailroom.ledger import tables
from mailroom.ledger.decisions import move_decisions
from mailroom.ledger.incoming import Incoming
from mailroom.ledger.records import from_json, to_json
from mailroom.model import Change, Finding, Recipient, Severity, digest
from mailroom.turnover import name_is_odd, place_is_odd, somebody_else, too_many

_MOST_FINDINGS = 100
_EXAMPLES = 2
_LOOKED_AT = ("first_name", "middle_name", "last_name", "company", "email", "address")
_ODD = {"name": name_is_odd, "address": place_is_odd}
MARK = "~"  #: between the key that somebody had and what makes it his own


class Turnover:
    """Looks at everybody who is another than before; parts the two where they are two people."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source
        self._odd = dict.fromkeys(_ODD, 0)
        self._examples: dict[str, list[str]] = {what: [] for what in _ODD}
        self.findings: list[Finding] = []  #: of the first who have lost their keys

    def part(self, before: dict[str, Row[Any]], person: Incoming) -> Iterator[Change]:
        """Take the key from who had it, if that is somebody else, out of `before` as well."""
        row = before.get(person.key)
        if row is None or row.text == person.text:
            return
        old_data, new_data = json.loads(row.text), person.data
        if all(old_data.get(name) == new_data.get(name) for name in _LOOKED_AT):
            return
        old, new = from_json(Recipient, old_data), from_json(Recipient, new_data)
        if not row.gone:
            self._count(old, new)
        if somebody_else(old, new):
            key = self._keep(old)
            del before[person.key]
            self._tell(old, new)
            if not row.gone:
                yield Change(recipient=key, kind="gone")

    def check(self, stayed: int, confirmed: int | None) -> None:
        """Refused, where over half of those who stayed are another, and nobody has said so."""
        what = max(self._odd, key=lambda what: self._odd[what])
        odd = self._odd[what]
        if too_many(odd, stayed) and confirmed != odd:
            source, examples = self._source, "; ".join(self._examples[what])
            raise Refused(
                f"{odd} of the {stayed} people of {source!r} would have another {what}: "
                f"{examples}; nothing was taken in",
                hint="are its columns the right ones, and its record ids not given anew? "
                f"If it is right, type the same with --changed {odd}",
            )

    def _count(self, old: Recipient, new: Recipient) -> None:
        for what, is_odd in _ODD.items():
            if is_odd(old, new):
                self._odd[what] += 1
                if len(self._examples[what]) < _EXAMPLES:
                    self._examples[what].append(f"{new.key} {_shown(what, old, new)}")

    def _keep(self, old: Recipient) -> str:
        """Under a key of its own, and gone."""
        t = tables.people
        name = digest(old.name, old.email, to_json(old.address))[:8]
        key, number = f"{old.key}{MARK}{name}", 1
        while self._connection.execute(select(t.c.key).where(t.c.key == key)).first():
            number += 1
            key = f"{old.key}{MARK}{name}-{number}"
        mine = update(t).where(t.c.key == old.key)
        self._connection.execute(
            mine.values(key=key, gone=True, data=to_json(replace(old, key=key)))
        )
        for other in (tables.changes, tables.holds, tables.members, tables.occasions):
            about = update(other).where(other.c.recipient == old.key)
            self._connection.execute(about.values(recipient=key))
        move_decisions(self._connection, old.key, key)
        return key

    def _tell(self, old: Recipient, new: Recipient) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            finding = Finding(
                rule="id-of-another",
                severity=Severity.WARNING,
                message=f"{new.key} was {old.name_or_key} and is {new.name_or_key} now",
                where=new.where,
                hint="what is known of the first stays with him; are record ids given anew?",
            )
            self.findings.append(finding)


def _shown(what: str, old: Recipient, new: Recipient) -> str:
    if what == "name":
        return f"{old.name!r} -> {new.name!r}"
    return f"{_place(old)!r} -> {_place(new)!r}"


def _place(person: Recipient) -> str:
    place = person.address
    return ", ".join(filter(None, (place.line1, f"{place.postcode} {place.city}".strip())))
