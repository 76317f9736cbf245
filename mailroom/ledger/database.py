"""The database under a ledger: SQLite in a file, or PostgreSQL. Both keep the same promises."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from mailroom.errors import EnvironmentProblem
from mailroom.ledger import postgres

_HINT = 'correct [ledger] url in mailroom.toml: "sqlite:///FILE" or "postgresql://USER@HOST/NAME"'


def read_url(written: str) -> URL:
    """The URL of a ledger; EnvironmentProblem where it is none. No error shows a password."""
    try:
        url = make_url(written)
    except (exc.ArgumentError, ValueError):
        raise _not_understood("it is not a URL", written) from None
    if url.get_backend_name() == "sqlite":
        return url
    if url.drivername in ("postgres", "postgresql", postgres.DRIVER):
        if written.count("@") > 1:
            raise _not_understood("write %40 for an @ in a name or password", written)
        return url.set(drivername=postgres.DRIVER)
    if url.drivername.startswith("postgresql"):
        raise _not_understood("mailroom speaks to PostgreSQL through pg8000 only", written)
    raise _not_understood(f"there is no ledger on {url.drivername}", written)


def _not_understood(why: str, written: str) -> EnvironmentProblem:
    shown = f"...@{written.rpartition('@')[2]}" if "@" in written else written
    message = f"the ledger's URL is not understood: {why}"
    return EnvironmentProblem(message, where=shown, hint=_HINT)


def place(url: URL) -> str:
    """The file, or the server without a password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return shown.render_as_string()


def file(url: URL) -> Path | None:
    """The file of SQLite; None on a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def describe(connection: Connection) -> str:
    """Database, version and place; EnvironmentProblem where it may forget what it was told."""
    url, version = connection.engine.url, connection.dialect.server_version_info or ()
    number = ".".join(map(str, version))
    if file(url):
        return f"SQLite {number}"
    postgres.check_memory(connection)
    return f"PostgreSQL {number} at {place(url)}"


def open_engine(url: URL) -> Engine:
    """An engine whose transactions are each alone with the ledger, and on the disk once done."""
    if url.get_backend_name() != "sqlite":
        return postgres.open_engine(url)
    engine = create_engine(url)
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _careful_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _careful_sqlite(connection: Any, _record: object) -> None:
    """WAL with full sync: a committed intent survives the plug being pulled."""
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: two senders must not both read `ready` first."""
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def explained(url: URL) -> Iterator[None]:
    """What went wrong with the database in our words; nothing else is done inside."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise EnvironmentProblem(
            f"the ledger needs a package: {error}",
            where=place(url),
            hint='pip install "mailroom[postgres]"',
        ) from None
    except exc.DBAPIError as error:
        raise _problem(url, error.orig) from error
    except exc.SQLAlchemyError as error:
        raise _problem(url, error) from error
    except Exception as error:
        if url.get_backend_name() == "sqlite" or not isinstance(error, postgres.errors()):
            raise
        raise _problem(url, error) from error


def _problem(url: URL, error: BaseException | None) -> EnvironmentProblem:
    if url.get_backend_name() == "sqlite":
        said, hint = str(error), _remedy(str(error))
    else:
        said, hint = postgres.words(error), postgres.remedy(error)
    return EnvironmentProblem(f"the ledger cannot be used: {said}", where=place(url), hint=hint)


def _remedy(said: str) -> str:
    if "not a database" in said or "malformed" in said:
        return "put back its last copy: without it nobody knows what has been sent"
    return "is the disk full, or the file not writable? type `mailroom doctor`"
