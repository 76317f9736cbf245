"""What is coming in, on the disk until all of it is there.

A million people do not fit into memory, and the ledger is not kept from others while somebody's
file is being read.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mailroom.errors import EnvironmentProblem
from mailroom.ledger.records import to_json
from mailroom.model import Finding, Recipient, Severity, digest

BATCH = 1000
_MOST_FINDINGS = 100
_TABLE = """
CREATE TABLE incoming (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    place TEXT NOT NULL,  -- file and line
    rows INTEGER NOT NULL,  -- that have this key
    data TEXT NOT NULL
)
"""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """One person of a snapshot that is being taken."""

    key: str
    position: int  #: in the export, from 0
    text: str  #: the Recipient as JSON, exactly as the ledger keeps it

    @property
    def data(self) -> dict[str, Any]:
        """The same, read."""
        return dict(json.loads(self.text))


class Spool:
    """Takes people as they come and gives them back in batches; each key is there once.

    It lies in a file without a name, which is gone with the process whatever happens.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_TABLE)
        self._database.execute("CREATE TABLE others (position INTEGER PRIMARY KEY)")
        self._database.execute("BEGIN")  # never committed: nobody else can see it
        self.people = 0
        self.twice = 0  #: rows whose key another row had before them
        self.findings: list[Finding] = []  #: of the first of those rows

    def close(self) -> None:
        self._database.close()

    def add(self, people: Iterable[Recipient]) -> None:
        """Take them all; of several rows with one key the later ones get keys of their own."""
        for person in people:
            if not self._put(person):
                self._put_beside(person)
            self.people += 1

    def batches(self) -> Iterator[list[Incoming]]:
        """Everybody, in the order they came."""
        return self._batches("SELECT key, position, data FROM incoming ORDER BY position")

    def others(self) -> Iterator[list[Incoming]]:
        """The same of those only who were told to be others than before."""
        query = "SELECT key, position, data FROM others JOIN incoming USING (position)"
        return self._batches(f"{query} ORDER BY position")

    def forget_others(self) -> None:
        """Before the two are compared anew."""
        self._database.execute("DELETE FROM others")

    def tell_others(self, positions: Iterable[int]) -> None:
        """Who is another than before, by the places in the export."""
        statement = "INSERT INTO others VALUES (?)"
        self._database.executemany(statement, ((position,) for position in positions))

    def _batches(self, query: str) -> Iterator[list[Incoming]]:
        rows = self._database.execute(query)
        while batch := rows.fetchmany(BATCH):
            yield [Incoming(key=key, position=place, text=text) for key, place, text in batch]

    def lacks(self, keys: Collection[str]) -> list[str]:
        """Those of the keys that nobody here has."""
        query = "SELECT key FROM incoming WHERE key IN (SELECT value FROM json_each(?))"
        there = {key for (key,) in self._database.execute(query, [json.dumps(list(keys))])}
        return [key for key in keys if key not in there]

    def _put(self, person: Recipient) -> bool:
        row = (self.people, person.key, person.where, 1, json.dumps(to_json(person)))
        statement = "INSERT OR IGNORE INTO incoming VALUES (?, ?, ?, ?, ?)"
        return self._database.execute(statement, row).rowcount == 1

    def _put_beside(self, person: Recipient) -> None:
        """Two rows cannot be one record: the later one is held until somebody has looked."""
        ask = self._database.execute
        ask("UPDATE incoming SET rows = rows + 1 WHERE key = ?", [person.key])
        query = "SELECT place, rows FROM incoming WHERE key = ?"
        first, number = ask(query, [person.key]).fetchone()
        finding = Finding(
            rule="duplicate-id",
            severity=Severity.ERROR,
            message=f"{person.key} is already the record of {first}",
            where=person.where,
            hint="two rows cannot be one record: export again, or map another column to id",
        )
        self.twice += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)
        other = replace(person, findings=(*person.findings, finding))
        key = f"{person.key}#{_digest(person)}"
        if not self._put(replace(other, key=key)):
            while not self._put(replace(other, key=f"{key}-{number}")):
                number += 1


def _digest(person: Recipient) -> str:
    """Of what tells the person from others of that key; the same in the next export."""
    parts = (person.first_name, person.last_name, person.company, person.email)
    return digest(*map(str.casefold, parts), person.address.postcode)[:8]


@contextlib.contextmanager
def spooled(people: Iterable[Recipient]) -> Iterator[Spool]:
    """All of them, once the last has come; whatever reading them raises is raised here.

    EnvironmentProblem where the disk does not take them.
    """
    spool = Spool()
    try:
        spool.add(people)
        yield spool
    except sqlite3.OperationalError as error:  # the ledger's own are told as its own
        raise EnvironmentProblem(
            f"cannot keep what is coming in: {error}",
            where=tempfile.gettempdir(),
            hint="make room there, or let mailroom write larger files (ulimit -f)",
        ) from error
    finally:
        spool.close()
