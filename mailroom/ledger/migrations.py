"""Named steps in order, each applied once, in one transaction with its record."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, DefaultClause, Table, insert, inspect, select, text

from mailroom.ledger import tables

Step = Callable[[Connection], None]


def _start(connection: Connection) -> None:
    tables.metadata.create_all(connection)


def _events_are_append_only(connection: Connection) -> None:
    """The history cannot be rewritten, not even by our own mistake."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(
                text(
                    f"CREATE TRIGGER events_no_{verb} BEFORE {verb.upper()} ON events "
                    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
                )
            )
        return
    connection.execute(
        text(
            "CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events "
            "FOR EACH ROW EXECUTE FUNCTION events_append_only()"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON events "
            "EXECUTE FUNCTION events_append_only()"
        )
    )


def _providers_that_tell(connection: Connection) -> None:
    """Who has a dispatch in hand, what was asked of the provider, and what it told."""
    _add_columns(connection, tables.dispatches)
    tables.metadata.create_all(connection)


def _overrides_by_mode(connection: Connection) -> None:
    """A word given in a trial counts for nothing outside it."""
    _add_columns(connection, tables.overrides)


def _data_that_can_be_trusted(connection: Connection) -> None:
    """Mappings, changes, decisions, holds and occasions have tables of their own."""
    tables.metadata.create_all(connection)


def _holds_of_people(connection: Connection) -> None:
    """A hold remembers who was meant: a record's key may be somebody else's one day."""
    _add_columns(connection, tables.holds)


def _add_columns(connection: Connection, table: Table) -> None:
    """What a later version has put into the table; each of these columns has a default."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in there:
            kind = column.type.compile(connection.dialect)
            assert isinstance(column.server_default, DefaultClause)
            default = column.server_default.arg
            connection.execute(
                text(
                    f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind} "
                    f"DEFAULT '{default}' NOT NULL"
                )
            )


STEPS: tuple[tuple[str, Step], ...] = (
    ("0001_start", _start),
    ("0002_events_are_append_only", _events_are_append_only),
    ("0003_providers_that_tell", _providers_that_tell),
    ("0004_overrides_by_mode", _overrides_by_mode),
    ("0005_data_that_can_be_trusted", _data_that_can_be_trusted),
    ("0006_holds_of_people", _holds_of_people),
)


def pending(connection: Connection) -> tuple[str, ...]:
    """The names of the steps not yet applied; writes nothing."""
    if not inspect(connection).has_table("migrations"):
        return tuple(name for name, _ in STEPS)
    applied = set(connection.scalars(select(tables.migrations.c.name)))
    return tuple(name for name, _ in STEPS if name not in applied)


def unknown(connection: Connection) -> tuple[str, ...]:
    """Steps applied by a newer mailroom than this one."""
    if not inspect(connection).has_table("migrations"):
        return ()
    known = {name for name, _ in STEPS}
    return tuple(n for n in connection.scalars(select(tables.migrations.c.name)) if n not in known)


def migrate(connection: Connection, now: str) -> None:
    """Apply what is pending; the caller's transaction makes it all or nothing."""
    waiting = pending(connection)
    for name, step in STEPS:
        if name in waiting:
            step(connection)
            connection.execute(insert(tables.migrations).values(name=name, applied_at=now))
