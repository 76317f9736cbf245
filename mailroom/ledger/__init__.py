"""The ledger: what was planned, what was approved, what went out; and its verbs.

Who has come in is in `people`, what has been in `history`, what providers tell in `told`, what
the post says of addresses in `postal`.

It outlives every provider's idempotency key. Each verb is one transaction: it is done or
it is not. Workers never write here, only the parent does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from mailroom.errors import EnvironmentProblem, Stale, Taken
from mailroom.ledger import database, migrations, occasions, steps, tables
from mailroom.ledger.records import from_json, to_json
from mailroom.model import Approval, Dispatch, Planned, Receipt, Reply, Status
from mailroom.track import UNSENT


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What of a mailing has left the house, or may have: never to be planned again."""

    households: Mapping[str, str]  #: household key -> piece key
    recipients: Mapping[str, str]  #: recipient key -> piece key
    numbers: Mapping[str, int]  #: piece key -> sequence number
    statuses: Mapping[str, Status]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The last `prepare` of a mailing."""

    mailing: str
    digest: str
    folder: Path
    report: Mapping[str, Any]
    at: str


def open_ledger(url: str, now: str) -> Ledger:
    """Open the ledger at a SQLAlchemy URL, making or upgrading its tables.

    EnvironmentProblem where it cannot be opened or was written by a newer mailroom.
    """
    read = database.read_url(url)
    with database.explained(read):
        ledger = Ledger(database.open_engine(read))
    try:
        ledger.upgrade(now)
    except BaseException:
        ledger.close()
        raise
    return ledger


_STATES = {
    Status.UNKNOWN: "unknown",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
    Status.READY: "void",
}
"""A dispatch's state by what became of its pieces; else it is `done`."""


@dataclass(frozen=True, kw_only=True)
class _Closing:
    """How a dispatch ends."""

    status: Status  #: of its pieces
    state: str
    raw: str
    ref: str = ""
    folder: str = ""

    @property
    def note(self) -> str:
        """For the pieces' history; a provider's whole reply is kept elsewhere."""
        return self.ref if self.raw.startswith("{") else ""


class Ledger:
    """The verbs on the database; each is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = engine.execution_options(only_reads=True)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or nothing; for the verbs here and in the modules beside."""
        with database.explained(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """The ledger as it stands at one moment: for verbs that change nothing."""
        with database.explained(self._engine.url), self._readers.begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    @property
    def file(self) -> Path | None:
        """Of SQLite; a server's files are its own affair."""
        return database.file(self._engine.url)

    def describe(self) -> str:
        """What it stands on and where, for `doctor`; EnvironmentProblem if it would forget."""
        with self.reading() as connection:
            return database.describe(connection)

    def upgrade(self, now: str) -> None:
        """Bring the tables up to this version."""
        with self.transaction() as connection:
            newer = migrations.unknown(connection)
            if newer:
                raise EnvironmentProblem(
                    f"the ledger was written by a newer mailroom ({newer[-1]})",
                    hint="update mailroom",
                )
            migrations.migrate(connection, now)

    # --- plans ----------------------------------------------------------------------------

    def sent(self, mailing: str) -> Sent:
        """What of this mailing must never be planned again."""
        p, m = tables.pieces, tables.members
        with self.reading() as connection:
            rows = connection.execute(
                select(p.c.key, p.c.household, p.c.number, p.c.status).where(
                    p.c.mailing == mailing, steps.is_away()
                )
            ).all()
            keys = {row.key for row in rows}
            members = connection.execute(select(m).where(m.c.mailing == mailing)).all()
        return Sent(
            households={row.household: row.key for row in rows},
            recipients={row.recipient: row.piece for row in members if row.piece in keys},
            numbers={row.key: row.number for row in rows},
            statuses={row.key: Status(row.status) for row in rows},
        )

    def store_plan(self, plan: Plan, planned: Iterable[Planned]) -> None:
        """Put the planned pieces in the place of all that have not been sent."""
        p = tables.pieces
        unsent = [status.value for status in UNSENT]
        with self.transaction() as connection:
            old = p.c.mailing == plan.mailing, p.c.status.in_(unsent)
            gone = select(p.c.key).where(*old)
            connection.execute(delete(tables.members).where(tables.members.c.piece.in_(gone)))
            rows = connection.execute(select(p.c.key, p.c.status).where(*old)).all()
            before = {row.key: row.status for row in rows}
            connection.execute(delete(p).where(*old))
            items = tuple(planned)
            steps.insert_pieces(connection, items)
            steps.add_prepared(connection, items, before, plan.at)
            connection.execute(delete(tables.plans).where(tables.plans.c.mailing == plan.mailing))
            connection.execute(
                insert(tables.plans).values(
                    mailing=plan.mailing,
                    digest=plan.digest,
                    folder=str(plan.folder),
                    report=to_json(plan.report),
                    at=plan.at,
                )
            )

    def plan(self, mailing: str) -> Plan | None:
        """The last `prepare` of this mailing."""
        query = select(tables.plans).where(tables.plans.c.mailing == mailing)
        with self.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        values = dict(row._mapping)
        return Plan(**{**values, "folder": Path(values["folder"])})

    def pieces(self, mailing: str, keys: Collection[str] | None = None) -> tuple[Planned, ...]:
        """Every piece of the mailing, or those with these keys, by its sequence number."""
        query = select(tables.pieces).where(tables.pieces.c.mailing == mailing)
        if keys is not None:
            query = query.where(steps.among(tables.pieces.c.key, keys))
        with self.reading() as connection:
            rows = connection.execute(query.order_by(tables.pieces.c.number)).all()
        return tuple(steps.read_planned(row) for row in rows)

    def pieces_of(self, recipient: str) -> tuple[Planned, ...]:
        """Every piece this person is a member of, over all mailings."""
        p, m = tables.pieces, tables.members
        query = select(p).join(m, m.c.piece == p.c.key).where(m.c.recipient == recipient)
        with self.reading() as connection:
            return tuple(
                steps.read_planned(row) for row in connection.execute(query.order_by(p.c.mailing))
            )

    def move(self, keys: Iterable[str], status: Status, note: str, now: str) -> None:
        """Give pieces another status, if each may take that step; else none of them does."""
        with self.transaction() as connection:
            steps.move_pieces(connection, list(keys), status, note, now)

    # --- approval -------------------------------------------------------------------------

    def approve(self, approval: Approval) -> None:
        """Write down a person's word; it is never changed afterwards."""
        t = tables.approvals
        with self.transaction() as connection:
            connection.execute(
                insert(t).values(
                    id=steps.new_id(connection, t),
                    mailing=approval.mailing,
                    digest=approval.digest,
                    by=approval.by,
                    at=approval.at.isoformat(),
                    accepted=dict(approval.accepted),
                )
            )

    def approval(self, mailing: str, digest: str | None = None) -> Approval | None:
        """The newest approval of the mailing, or of exactly this digest."""
        t = tables.approvals
        query = select(t).where(t.c.mailing == mailing).order_by(t.c.id.desc()).limit(1)
        if digest is not None:
            query = query.where(t.c.digest == digest)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return from_json(Approval, dict(row._mapping)) if row else None

    # --- dispatch -------------------------------------------------------------------------

    def check_waiting(self, keys: Iterable[str]) -> None:
        """`Taken`, where another sender has been quicker with any of these; only `claim` is sure.

        Two senders go through the same list: files need not be made for what has gone already.
        """
        with self.reading() as connection:
            steps.check_waiting(connection, list(keys))

    def claim(self, intent: Dispatch, items: Sequence[Planned], heard: str = "") -> None:
        """Commit the intent to hand these pieces over, before anything is called.

        Refused, and nothing changed, where any of them is not as `items` has it: planned anew
        with other words, or (`Taken`) no longer waiting. Held ones must have been accepted.
        `heard`: the `last_word` when it was asked who may be written to; `Stale` where a later
        one was said, or another edition has given an occasion of theirs.
        """
        t, p = tables.dispatches, tables.pieces
        keys, now = list(intent.pieces), intent.intent_at
        with self.transaction() as connection:
            if heard and heard != steps.last_word(connection):
                raise Stale("somebody has said something of who gets mail", hint="ask again")
            steps.check_content(connection, items)
            steps.check_waiting(connection, keys)
            occasions.claim(connection, [item.piece for item in items], now)
            held = [item.piece.key for item in items if item.status is Status.HELD]
            if held:
                accepted = "its findings were accepted"
                steps.move_pieces(connection, held, Status.READY, accepted, now)
            note = f"batch {intent.key[:8]} to {intent.provider}"
            steps.move_pieces(connection, keys, Status.SENDING, note, now)
            tried = update(p).where(steps.among(p.c.key, keys))
            connection.execute(tried.values(attempts=p.c.attempts + 1, provider=intent.provider))
            before = connection.execute(select(t.c.attempts).where(t.c.key == intent.key)).scalar()
            values = {**to_json(intent), "attempts": (before or 0) + 1}
            if before is None:
                connection.execute(insert(t).values(**values))
            else:
                connection.execute(update(t).where(t.c.key == intent.key).values(**values))

    def adopt(self, line: Dispatch, owner: str) -> bool:
        """Take over an open intent from a sender that is gone; False: somebody was quicker."""
        t = tables.dispatches
        mine = update(t).where(t.c.key == line.key, t.c.state == "intent", t.c.owner == line.owner)
        with self.transaction() as connection:
            return connection.execute(mine.values(owner=owner)).rowcount == 1

    def finish(
        self,
        key: str,
        receipt: Receipt,
        now: str,
        *,
        owner: str | None = None,
        replies: Sequence[Reply] = (),
    ) -> None:
        """Write the outcome that the provider has told.

        `owner`: only where this sender still has the batch in hand, else `Taken`; so in the
        other verbs that end an intent.
        """
        closing = _Closing(
            status=receipt.status,
            state=_STATES.get(receipt.status, "done"),
            raw=receipt.raw,
            ref=receipt.ref,
            folder=receipt.folder,
        )
        told = dict.fromkeys((*replies, *receipt.replies))  # the last one may be in both
        self._close(key, closing, now, owner, tuple(told))

    def release(
        self,
        key: str,
        reason: str,
        now: str,
        *,
        owner: str | None = None,
        replies: Sequence[Reply] = (),
    ) -> None:
        """The provider provably does not have the batch: its pieces are ready again."""
        closing = _Closing(status=Status.READY, state="void", raw=reason)
        self._close(key, closing, now, owner, replies)

    def fail(
        self,
        key: str,
        reason: str,
        now: str,
        *,
        owner: str | None = None,
        replies: Sequence[Reply] = (),
    ) -> None:
        """The provider refused the batch for good."""
        closing = _Closing(status=Status.FAILED, state="failed", raw=reason)
        self._close(key, closing, now, owner, replies)

    def resume(self, key: str, note: str, now: str, owner: str = "") -> bool:
        """A doubtful batch can go on: its intent is open again; False: somebody was quicker."""
        t = tables.dispatches
        again = update(t).where(t.c.key == key, t.c.state == "unknown")
        with self.transaction() as connection:
            mine = again.values(state="intent", raw=note, owner=owner)
            if connection.execute(mine).rowcount != 1:
                return False
            pieces = connection.execute(select(t.c.pieces).where(t.c.key == key)).scalar_one()
            for status in (Status.READY, Status.SENDING):  # the steps a piece may take
                steps.move_pieces(connection, pieces, status, note, now)
            return True

    def confirm(self, key: str, note: str, now: str) -> None:
        """A person has seen that the doubtful batch was made."""
        self._close(key, _Closing(status=Status.PRINTED, state="done", raw=note), now)

    def reprint(self, key: str, note: str, now: str, *, owner: str | None = None) -> None:
        """The batch was not made, as a person has seen or the provider says: it goes again."""
        self._close(key, _Closing(status=Status.READY, state="reprint", raw=note), now, owner)

    def plan_again(self, mailing: str, note: str, now: str) -> int:
        """What was called back is to be planned once more; how many pieces that are."""
        p = tables.pieces
        back = select(p.c.key).where(p.c.mailing == mailing, p.c.status == Status.CANCELLED.value)
        with self.transaction() as connection:
            keys = list(connection.scalars(back))
            steps.move_pieces(connection, keys, Status.HELD, note, now)
            forgotten = update(p).where(steps.among(p.c.key, keys))
            connection.execute(forgotten.values(provider_ref=""))
            return len(keys)

    def keep(self, key: str, replies: Sequence[Reply]) -> None:
        """Answers of the provider's server that have changed nothing."""
        with self.transaction() as connection:
            steps.keep_replies(connection, key, replies)

    def _close(
        self,
        key: str,
        closing: _Closing,
        now: str,
        owner: str | None = None,
        replies: Sequence[Reply] = (),
    ) -> None:
        t, p = tables.dispatches, tables.pieces
        with self.transaction() as connection:
            line = connection.execute(select(t.c.pieces, t.c.owner).where(t.c.key == key)).one()
            if owner is not None and line.owner != owner:
                raise Taken("another sender has taken it over", where=f"batch {key[:8]}")
            note = closing.note or closing.raw[:500] or f"batch {key[:8]}"
            steps.move_pieces(connection, line.pieces, closing.status, note, now)
            mine = update(p).where(steps.among(p.c.key, line.pieces))
            connection.execute(mine.values(provider_ref=closing.ref))
            ended = {"state": closing.state, "outcome_at": now, "raw": closing.raw, "owner": ""}
            if closing.folder:
                ended["folder"] = closing.folder
            if closing.ref:
                ended["ref"] = closing.ref
            connection.execute(update(t).where(t.c.key == key).values(**ended))
            steps.keep_replies(connection, key, replies)

    def dispatches(self, mailing: str, *states: str) -> tuple[Dispatch, ...]:
        """The journal of a mailing, oldest first; all of it, or what is in one of these states."""
        t = tables.dispatches
        query = select(t).where(t.c.mailing == mailing).order_by(t.c.intent_at, t.c.key)
        if states:
            query = query.where(t.c.state.in_(states))
        with self.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(from_json(Dispatch, dict(row._mapping)) for row in rows)

    def providers(self, mailing: str) -> tuple[str, ...]:
        """The names of those who were ever given anything of it."""
        t = tables.dispatches
        query = select(t.c.provider).where(t.c.mailing == mailing).distinct()
        with self.reading() as connection:
            return tuple(sorted(connection.scalars(query)))
