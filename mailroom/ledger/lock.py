"""Who is at work on what: locks that are freed when their holder dies, even by kill -9.

Beside SQLite they are files of the workspace, freed by the kernel; on PostgreSQL advisory
locks of a session of their own, freed by the server. No clock has a say in either.

    mailing:NAME   `prepare`, and senders: together where the provider takes single pieces
    sender:ID      a sender, as long as it lives: what it has begun is not touched
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL

from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger import database, postgres


@dataclass(frozen=True, kw_only=True)
class Held:
    """A lock in one's hands."""

    name: str
    still_held: Callable[[], bool]  #: False for good once the server or the file is gone

    def check(self) -> None:
        """EnvironmentProblem where it was lost: somebody else may be at work on the same."""
        if not self.still_held():
            raise EnvironmentProblem(
                f"the lock on {self.name} was lost while at work",
                hint="another may have begun meanwhile: look at `mailroom status`",
            )


class Locks(Protocol):
    """The locks of one ledger."""

    def hold(self, name: str, *, shared: bool = False) -> AbstractContextManager[Held]:
        """Hold `name` alone, or together with others that share it.

        Refused, and who has it, where it is taken; EnvironmentProblem at the end where it
        was lost on the way.
        """

    def is_held(self, name: str) -> bool:
        """Does anybody hold it, alone or shared?"""


def open_locks(url: str, state: Path) -> Locks:
    """The locks that go with the ledger at `url`; files of them are kept under `state`."""
    read = database.read_url(url)
    if read.get_backend_name() == "sqlite":
        return FileLocks(state / "locks")
    postgres.check(read)
    return ServerLocks(read)


def _refusal(name: str, holders: Sequence[str]) -> Refused:
    kind, _, what = name.partition(":")
    who = ", ".join(holders) or "process unknown"
    hint = f"wait for it, then type `mailroom status {what}`"
    return Refused(
        f"another mailroom is at work on {what or name} ({who})",
        hint=hint if kind == "mailing" else "wait for it to end",
    )


# --- files --------------------------------------------------------------------------------

_LOOKS = 5
_PAUSE = 0.02  #: seconds; `is_held` has the file for less


class FileLocks:
    """A file a name, with the process numbers of its holders; flock(2) does the rest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def hold(self, name: str, *, shared: bool = False) -> Iterator[Held]:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            file = self._taken(path, shared)
            if file is None:
                raise _refusal(name, _living(path))
            stack.enter_context(file)
            if not shared:
                file.truncate(0)
                stack.callback(path.unlink, missing_ok=True)  # while nobody else can have it
            file.write(f"{os.getpid()}\n")
            file.flush()
            held = Held(name=name, still_held=lambda: _is_at(file, path))
            yield held
            held.check()

    def is_held(self, name: str) -> bool:
        path = self._path(name)
        if not path.exists():
            return False
        file = self._taken(path, shared=False)
        if file is None:
            return True
        with file:
            path.unlink(missing_ok=True)  # its holder is dead
        return False

    def _path(self, name: str) -> Path:
        return self._folder / quote(name, safe=":")

    @staticmethod
    def _taken(path: Path, shared: bool) -> IO[str] | None:
        for _ in range(_LOOKS):
            file = _locked(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            if file is not None:
                return file
            time.sleep(_PAUSE)
        return None


def _locked(path: Path, how: int) -> IO[str] | None:
    """The file under lock; None where others have it, or have just put it away."""
    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    if _is_at(file, path):
        return file
    file.close()
    return None


def _is_at(file: IO[str], path: Path) -> bool:
    """Is this open file the one that whoever comes next will open?"""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _living(path: Path) -> list[str]:
    """The holders that are written there; those who shared it and are gone are not."""
    with contextlib.suppress(FileNotFoundError):
        numbers = dict.fromkeys(path.read_text(encoding="ascii").split())
        return [f"process {number}" for number in numbers if _lives(int(number))]
    return []


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is somebody else's
        return True
    return True


# --- PostgreSQL ---------------------------------------------------------------------------

_HOLDERS = """
    SELECT coalesce(nullif(a.application_name, ''), 'process unknown')
    FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (l.classid::bigint << 32) | l.objid::bigint = {key}
    ORDER BY l.pid
"""


class ServerLocks:
    """Advisory locks, each on a session of its own: the server frees them with the session."""

    def __init__(self, url: URL) -> None:
        self._url = url

    @contextlib.contextmanager
    def hold(self, name: str, *, shared: bool = False) -> Iterator[Held]:
        key, kind = postgres.lock_key(name), "_shared" if shared else ""
        session = _Session(self._url)
        with contextlib.closing(session):
            if session.ask(f"SELECT pg_try_advisory_lock{kind}({key})") != [True]:
                raise _refusal(name, _holders(session, name))
            held = Held(name=name, still_held=session.lives)
            yield held
            held.check()
            session.ask(f"SELECT pg_advisory_unlock{kind}({key})")  # at once, not soon

    def is_held(self, name: str) -> bool:
        with contextlib.closing(_Session(self._url)) as session:
            return bool(_holders(session, name))


def _holders(session: _Session, name: str) -> list[str]:
    asked = session.ask(_HOLDERS.format(key=postgres.lock_key(name)))
    return [str(holder).removeprefix("mailroom ") for holder in asked]


class _Session:
    """A connection that is never made anew: the lock goes with it."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._turn = threading.Lock()  # a connection of pg8000 serves one thread at a time
        with database.explained(url):
            self._connection = postgres.connect(url)
        self._connection.autocommit = True

    def ask(self, query: str) -> list[Any]:
        """The first column of the answer."""
        with self._turn, database.explained(self._url):
            cursor = self._connection.cursor()
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]

    def lives(self) -> bool:
        try:
            return self.ask("SELECT true") == [True]
        except EnvironmentProblem:
            return False

    def close(self) -> None:
        with contextlib.suppress(*postgres.errors()):
            self._connection.close()
