"""Who is at work on what: locks that are freed when their holder dies, even by kill -9.

Beside SQLite they are files of the workspace, freed by the kernel; on PostgreSQL advisory
locks of a connection of their own, freed by the server. No clock has a say in either.

    mailing:NAME   `prepare`, and senders: together where the provider takes single pieces
    sender:ID      a sender, as long as it lives: what it has begun is not touched
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
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

_FLOCK = struct.Struct("hhqqi4x")
"""struct flock of Linux: type, whence, start, length (0: to the end), process."""


class FileLocks:
    """A file a name, with the process numbers of its holders; the kernel does the rest.

    fcntl(2)'s open file description locks: unlike those of flock(2) one may look at them
    without taking them, and unlike those of POSIX they end only with their own file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def hold(self, name: str, *, shared: bool = False) -> Iterator[Held]:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            file = _locked(path, fcntl.F_RDLCK if shared else fcntl.F_WRLCK)
            if file is None:
                raise _refusal(name, _living(path))
            stack.enter_context(file)
            if not shared:
                file.truncate(0)
                stack.callback(_put_away, file, path)
            file.write(f"{os.getpid()}\n")
            file.flush()
            held = Held(name=name, still_held=lambda: _is_at(file, path))
            yield held
            held.check()

    def is_held(self, name: str) -> bool:
        try:
            with self._path(name).open("rb") as file:
                found = fcntl.fcntl(file, fcntl.F_OFD_GETLK, _lock(fcntl.F_WRLCK))
        except FileNotFoundError:
            return False
        return bool(_FLOCK.unpack(found)[0] != fcntl.F_UNLCK)

    def _path(self, name: str) -> Path:
        return self._folder / quote(name, safe=":")


def _lock(kind: int) -> bytes:
    return _FLOCK.pack(kind, os.SEEK_SET, 0, 0, 0)


def _locked(path: Path, kind: int) -> IO[str] | None:
    """The file under lock, F_WRLCK alone or F_RDLCK with others; None where others have it."""
    while True:
        file = path.open("a+", encoding="ascii")
        try:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, _lock(kind))
        except BlockingIOError:
            file.close()
            return None
        if _is_at(file, path):
            return file
        file.close()  # its holder has just put it away


def _is_at(file: IO[str], path: Path) -> bool:
    """Is this open file the one that whoever comes next will open?"""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _put_away(file: IO[str], path: Path) -> None:
    """While it is still locked, so that nobody can have it; another's is left alone."""
    if _is_at(file, path):
        path.unlink()


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
    """Advisory locks, each on a connection of its own: the server frees them with it."""

    def __init__(self, url: URL) -> None:
        self._url = url

    @contextlib.contextmanager
    def hold(self, name: str, *, shared: bool = False) -> Iterator[Held]:
        key, kind = postgres.lock_key(name), "_shared" if shared else ""
        line = _Line(self._url)
        with contextlib.closing(line):
            if line.ask(f"SELECT pg_try_advisory_lock{kind}({key})") != [True]:
                raise _refusal(name, _holders(line, name))
            held = Held(name=name, still_held=line.lives)
            free = f"SELECT pg_advisory_unlock{kind}({key})"  # at once, not soon
            try:
                yield held
            except Exception:  # not Ctrl-C, which may have cut an answer of this line in two
                with contextlib.suppress(EnvironmentProblem):
                    line.ask(free)
                raise
            held.check()
            line.ask(free)

    def is_held(self, name: str) -> bool:
        with contextlib.closing(_Line(self._url)) as line:
            return bool(_holders(line, name))


def _holders(line: _Line, name: str) -> list[str]:
    asked = line.ask(_HOLDERS.format(key=postgres.lock_key(name)))
    return [str(holder).removeprefix("mailroom ") for holder in asked]


class _Line:
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
        self._connection.close()
