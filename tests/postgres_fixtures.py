"""A real PostgreSQL on the loopback, with a password; every test has a database of its own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from mailroom.ledger import open_ledger, postgres
from tests.machine import own_port

NOW = "2026-11-23T09:00:00+00:00"
USER = "mailroom"
PASSWORD = "s3cret/p@ss:word"  # in a URL it must be encoded
_PLAIN = "?sslmode=disable"  # what asks for TLS reads 140 certificates for every connection

_HASTE = """
fsync = off
full_page_writes = off
listen_addresses = '127.0.0.1'
max_connections = 60
shared_buffers = 16MB
max_wal_senders = 0
wal_level = minimal
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running PostgreSQL."""

    port: int
    serial: Iterator[int] = field(default_factory=count)

    def url(self, database: str, user: str = USER, password: str = "s3cret%2Fp%40ss%3Aword") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def ask(self, query: str, database: str = "postgres") -> list[Any]:
        """The first column of the answer, or nothing; as the one who may do everything."""
        connection = postgres.connect(make_url(self.url(database) + _PLAIN))
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()

    def database(self, template: str = "template1") -> str:
        """The URL of a new database."""
        name = f"test_{next(self.serial)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def settle(self, setting: str, value: str) -> None:
        """Change a setting of the running server, and wait until it has."""
        self.ask(f"ALTER SYSTEM SET {setting} = {value}")
        self.ask("SELECT pg_reload_conf()")
        while self.ask(f"SHOW {setting}") != [value]:
            time.sleep(0.01)

    def end_connections(self, database: str, query: str = "true") -> int:
        """End those of its connections that `query` picks, as an administrator would."""
        return len(
            self.ask(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                f"WHERE datname = '{database}' AND pid <> pg_backend_pid() AND {query}"
            )
        )


def _program(name: str) -> str:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).is_file():
            return str(folder / name)
    return shutil.which(name) or pytest.skip(f"there is no {name}: make test installs it")


def _humble() -> dict[str, Any]:
    """For `subprocess`: initdb and postgres refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def make_cluster(folder: Path) -> Path:
    """The files of a new server in a folder that is its user's alone."""
    (folder / "password").write_text(PASSWORD, encoding="ascii")
    humble = _humble()
    for path in (folder, folder / "password"):
        os.chown(path, humble.get("user", -1), humble.get("group", -1))
    subprocess.run(
        [
            *(_program("initdb"), "-D", str(folder / "data"), "--no-sync", "-U", USER),
            *("--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8"),
            "--locale=C",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **humble,
    )
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"{_HASTE}unix_socket_directories = '{folder}'\n")
    return folder / "data"


def start(data: Path, port: int) -> subprocess.Popen[bytes]:
    """The server, once it answers."""
    with (data.parent / "log").open("ab") as log:
        process = subprocess.Popen(
            [_program("postgres"), "-D", str(data), "-p", str(port)],
            stdout=log,
            stderr=log,
            cwd=data,
            **_humble(),
        )
    server, deadline = Server(port=port), time.monotonic() + 60
    while True:
        try:
            server.ask("SELECT 1")
            return process
        except Exception:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError((data.parent / "log").read_text()) from None
            time.sleep(0.02)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    process.wait(60)


@pytest.fixture(scope="session")
def postgres_files() -> Iterator[Path]:
    # Not in pytest's folder: that is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix=f"mailroom-{secrets.token_hex(4)}-"))
    try:
        yield make_cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(postgres_files: Path) -> Iterator[Server]:
    """Runs as long as the tests do."""
    port = own_port()
    process = start(postgres_files, port)
    try:
        server = Server(port=port)
        server.ask("CREATE DATABASE with_tables")
        open_ledger(server.url("with_tables"), NOW).close()
        yield server
    finally:
        stop(process)


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """An empty ledger on PostgreSQL."""
    return postgres_server.database("with_tables")


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty ledger on either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres_url") + _PLAIN


@pytest.fixture
def new_ledger_url(ledger_url: str, postgres_server: Server) -> str:
    """A place where no ledger has been made yet, on either database."""
    return ledger_url if ledger_url.startswith("sqlite") else postgres_server.database() + _PLAIN
