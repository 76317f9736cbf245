"""PostgreSQL under a ledger: how it is reached, what is asked of it, what its errors mean.

pg8000 speaks to it (BSD; psycopg is LGPL) and is imported only where a URL asks for it.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import ExceptionContext

from mailroom.errors import EnvironmentProblem

DRIVER = "postgresql+pg8000"

_CONNECT_SECONDS = 10
_SILENT_SECONDS = 150  #: longer than any statement may take: then the server is gone

SETTINGS = {
    "lock_timeout": "30s",  # as SQLite's busy_timeout
    "statement_timeout": "120s",
    # A sender that was stopped in the middle of a verb must not stop the others with it.
    "idle_in_transaction_session_timeout": "60s",
    # A lock's connection has nothing to say for hours. A server that ends it would free the lock.
    "idle_session_timeout": "0",
    # The server finds out within a minute that the other machine has lost its power.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    # What was committed is on the disk, whatever the server's default is.
    "synchronous_commit": "on",
}
"""What every connection asks of the server: nothing hangs for ever, nothing is forgotten."""

_QUERY = ("host", "sslmode", "sslrootcert")

_REMEDIES = {
    "28P01": "set PGPASSWORD to the user's password",
    "28000": "the server does not let this user in: see its pg_hba.conf",
    "3D000": "make it: createdb --owner USER DATABASE",
    "42501": "the user must own the database: ALTER DATABASE ... OWNER TO ...",
    "42704": "it must be PostgreSQL 14 or newer",
    "25006": "this is a standby: write the first server's name into [ledger] url",
    "53100": "make room on the server's disk",
    "53300": "the server has too many connections: raise max_connections",
    "55P03": "another mailroom has been writing for long: wait, then type the same again",
}
"""What to do, by SQLSTATE (PostgreSQL manual, appendix A)."""


def open_engine(url: URL) -> Engine:
    """An engine whose every transaction is alone with the ledger while it lasts."""
    check(url)
    engine = create_engine(url, creator=lambda: connect(url), hide_parameters=True)
    engine.dialect.use_insertmanyvalues_wo_returning = True  # many rows a statement
    event.listen(engine, "checkout", _still_there)
    event.listen(engine, "handle_error", _is_gone)
    event.listen(engine, "begin", _begin_alone)
    return engine


def check(url: URL) -> None:
    """EnvironmentProblem where the URL asks for what is not known here."""
    unknown = [word for word in url.query if word not in _QUERY]
    if unknown:
        raise EnvironmentProblem(
            f"the ledger's URL has ?{unknown[0]}=, which is not known here",
            hint=f"known are: {', '.join(_QUERY)}",
        )
    _tls(url.query)


def connect(url: URL) -> Any:
    """A connection of pg8000; OSError or an error of pg8000 where there is none to be had.

    The password is the URL's or, better, stands in PGPASSWORD.
    """
    import pg8000.dbapi

    line = _call(url)
    try:
        connection = pg8000.dbapi.connect(
            url.username or getpass.getuser(),
            host=url.host or "localhost",
            database=url.database,
            password=str(url.password or os.environ.get("PGPASSWORD", "")),
            sock=line,
            ssl_context=False if line.family == socket.AF_UNIX else _tls(url.query),
            application_name=f"mailroom process {os.getpid()} on {socket.gethostname()}"[:63],
            startup_params=SETTINGS,
        )
    except BaseException as error:
        line.close()
        if isinstance(error, OSError) or not isinstance(error, LookupError | ValueError):
            raise
        raise OSError("what answers there is not PostgreSQL") from error
    # Neither SQLite nor a person minds a NUL in a provider's reply; PostgreSQL does.
    connection.register_out_adapter(str, lambda text: text.replace("\0", "\N{SYMBOL FOR NULL}"))
    connection.close = partial(_close, connection.close)
    return connection


def _close(close: Callable[[], None]) -> None:
    """There is nobody to say goodbye to where the server has gone."""
    with contextlib.suppress(*errors()):
        close()


def _call(url: URL) -> socket.socket:
    """A socket that is connected; silence on it is an error after a while."""
    host, port = url.query.get("host", url.host or "localhost"), url.port or 5432
    if str(host).startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(_CONNECT_SECONDS)
        try:
            line.connect(f"{host}/.s.PGSQL.{port}")
        except OSError:
            line.close()
            raise
    else:
        line = socket.create_connection((str(host), port), _CONNECT_SECONDS)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.settimeout(_SILENT_SECONDS)
    return line


def _tls(query: Mapping[str, Any]) -> Any:
    """pg8000's word for libpq's `sslmode`; without one TLS is used where the server has it."""
    mode, file = query.get("sslmode", "prefer"), query.get("sslrootcert")
    if mode == "verify-full":
        return ssl.create_default_context(cafile=str(file) if file else None)
    words = {"disable": False, "prefer": None, "require": True}
    if mode not in words:
        hint = f"known are: {', '.join(words)}, verify-full"
        raise EnvironmentProblem(f"the ledger's URL has sslmode={mode}", hint=hint)
    return words[mode]


def _still_there(connection: Any, _record: object, _proxy: object) -> None:
    """A server that was started anew between two verbs is not worth an error."""
    try:
        connection.autocommit = True  # one word there and back, not three
        connection.cursor().execute("SELECT 1")
        connection.autocommit = False
    except errors() as error:
        raise exc.InvalidatePoolError from error


def _is_gone(context: ExceptionContext) -> None:
    """pg8000 lets some errors of the network through as they are."""
    if isinstance(context.original_exception, OSError):
        context.is_disconnect = True


def lock_key(name: str) -> int:
    """The 64 bits (signed) that stand for a name among PostgreSQL's advisory locks."""
    digest = hashlib.sha256(f"mailroom {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _begin_alone(connection: Connection) -> None:
    """One verb at a time, as BEGIN IMMEDIATE has it on SQLite.

    So whatever a verb reads is still true when it writes, the highest id plus one is free,
    and two that open a new ledger do not both make its tables: what was thought through for
    SQLite holds here too. It costs little: a verb takes milliseconds, and providers take
    tens of pieces a second. The lock goes with the transaction, however that ends. Who only
    reads sees one moment and waits for nobody.
    """
    if connection.get_execution_options().get("only_reads"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_key('ledger')})")


def check_memory(connection: Connection) -> None:
    """EnvironmentProblem where the server does not wait for its disk.

    After a power cut it would have forgotten intents, and so what was posted for them.
    """
    if connection.exec_driver_sql("SHOW fsync").scalar() == "off":
        message = "the server runs with fsync off: it may forget what was posted"
        raise EnvironmentProblem(message, hint="set fsync = on in its postgresql.conf")


def errors() -> tuple[type[Exception], ...]:
    """What a connection of pg8000 raises: its own, and those of the network as they are."""
    import pg8000.dbapi

    return (OSError, pg8000.dbapi.Error)


def words(problem: BaseException | None) -> str:
    """What the server or the network says: never a row, never a password."""
    return str(_fields(problem).get("M") or problem or type(problem).__name__)


def remedy(problem: BaseException | None) -> str:
    """What to do about an error of pg8000 or of the network."""
    state = str(_fields(problem).get("C", ""))
    if state:
        return _REMEDIES.get(state, "type `mailroom doctor`")
    return "is the server running, and reachable? Then type the same again: nothing is lost"


def _fields(problem: BaseException | None) -> Mapping[str, Any]:
    """The fields of the server's ErrorResponse, by their letters."""
    given = problem.args[0] if problem and problem.args else None
    return given if isinstance(given, dict) else {}
