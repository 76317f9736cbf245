"""What only a server can do to a ledger: be away, be slow, be asked by two machines at once."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger import Ledger, open_ledger, postgres
from mailroom.ledger.people import newest_snapshot, people_of, take_snapshot
from mailroom.model import Receipt, Status
from tests.postgres_fixtures import NOW, PASSWORD, Server
from tests.test_ledger import claim, plan, planned, raw, recipient, statuses

SECRET = "s3cret"


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    with contextlib.closing(open_ledger(postgres_url, NOW)) as ledger:
        ledger.store_plan(plan(), [planned(1), planned(2)])
        yield ledger


@pytest.fixture
def database(postgres_url: str) -> str:
    return postgres_url.rpartition("/")[2]


def problem(url: str) -> EnvironmentProblem:
    """What is told where the ledger cannot be opened; never the password."""
    with pytest.raises(EnvironmentProblem) as caught:
        open_ledger(url, NOW)
    told = f"{caught.value} {caught.value.where} {caught.value.hint}"
    assert SECRET not in told
    assert PASSWORD not in told
    return caught.value


# --- two at once --------------------------------------------------------------------------


def _claim_all(url: str, name: str, start: multiprocessing.synchronize.Barrier) -> None:
    with contextlib.closing(open_ledger(url, NOW)) as own:
        pieces = own.pieces("cards")
        start.wait()
        for item in pieces:
            with contextlib.suppress(Refused):
                claim(own, f"{name} {item.piece.key}", [item.piece.key], [item])


@pytest.mark.slow
def test_two_processes_claim_two_hundred_pieces_and_each_is_claimed_once(ledger_url: str) -> None:
    pieces = [planned(number) for number in range(200)]
    with contextlib.closing(open_ledger(ledger_url, NOW)) as ledger:
        ledger.store_plan(plan(), pieces)
        context = multiprocessing.get_context("spawn")
        start = context.Barrier(2)
        both = [context.Process(target=_claim_all, args=(ledger_url, name, start)) for name in "ab"]
        for process in both:
            process.start()
        for process in both:
            process.join(120)
        assert [process.exitcode for process in both] == [0, 0]
        lines = ledger.dispatches("cards")
        assert sorted(key for line in lines for key in line.pieces) == sorted(
            item.piece.key for item in pieces
        )
        assert all(item.attempts == 1 for item in ledger.pieces("cards"))


def test_of_two_that_open_a_new_ledger_one_makes_it(new_ledger_url: str) -> None:
    wrong: list[Exception] = []

    def begin() -> None:
        try:
            open_ledger(new_ledger_url, NOW).close()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    with raw(new_ledger_url) as connection:
        steps = connection.scalars(text("SELECT name FROM migrations")).all()
    assert len(steps) == len(set(steps)) > 0


# --- a server that goes -------------------------------------------------------------------


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_verb_whose_connection_is_ended_fails_loudly_and_has_written_nothing(
    ledger: Ledger, postgres_server: Server, postgres_url: str, database: str
) -> None:
    claim(ledger, "b1", ["piece-1"])
    told: list[EnvironmentProblem] = []

    def finish() -> None:
        try:
            ledger.finish("b1", Receipt(ref="there", status=Status.ACCEPTED), NOW)
        except EnvironmentProblem as error:
            told.append(error)

    waiting = "wait_event_type = 'Lock'"
    with raw(postgres_url):  # another verb, so that this one must wait
        thread = threading.Thread(target=finish)
        thread.start()
        wait_until(lambda: postgres_server.end_connections(database, waiting))
        thread.join()
    assert "the ledger cannot be used" in told[0].message
    assert "type the same again" in told[0].hint
    assert SECRET not in f"{told[0]}{told[0].hint}"
    assert statuses(ledger)["piece-1"] == "sending"
    assert [line.key for line in ledger.dispatches("cards", "intent")] == ["b1"]
    ledger.finish("b1", Receipt(ref="there", status=Status.ACCEPTED), NOW)
    assert statuses(ledger)["piece-1"] == "accepted"


def test_a_server_that_was_started_anew_between_two_verbs_is_no_trouble(
    ledger: Ledger, postgres_server: Server, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert postgres_server.end_connections(database) == 1
    claim(ledger, "b1", ["piece-1"])
    assert statuses(ledger)["piece-1"] == "sending"
    assert caplog.records == []


def test_a_server_that_lets_nobody_in_any_more_is_an_error_in_words(
    ledger: Ledger, postgres_server: Server, database: str
) -> None:
    postgres_server.ask(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    postgres_server.end_connections(database)
    with pytest.raises(EnvironmentProblem, match="not currently accepting connections") as caught:
        newest_snapshot(ledger)
    assert caught.value.where.startswith("postgresql://mailroom@127.0.0.1:")


def test_a_sender_that_stands_still_in_a_verb_does_not_stop_the_others_for_ever(
    postgres_url: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.SETTINGS, "lock_timeout", "50ms")
    other = open_ledger(postgres_url, NOW)
    with contextlib.closing(other), raw(postgres_url):
        with pytest.raises(EnvironmentProblem, match="lock timeout") as caught:
            other.move(["piece-1"], Status.HELD, "", NOW)
        assert "wait, then type the same again" in caught.value.hint
    monkeypatch.setitem(postgres.SETTINGS, "idle_in_transaction_session_timeout", "50ms")
    with pytest.raises((DBAPIError, OSError)), raw(postgres_url):
        ledger.move(["piece-1"], Status.HELD, "", NOW)  # once the server has lost its patience


# --- a server that cannot be reached ------------------------------------------------------


def test_a_server_that_does_not_run_is_an_error_in_words(closed_port: int) -> None:
    told = problem(f"postgresql://mailroom:{SECRET}@127.0.0.1:{closed_port}/mailroom")
    assert "refused" in told.message
    assert told.where == f"postgresql://mailroom@127.0.0.1:{closed_port}/mailroom"
    assert "is the server running" in told.hint


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], int]]:
    """Something on a port that is no PostgreSQL: it says this, or nothing at all."""
    with contextlib.ExitStack() as stack:

        def start(answer: bytes | None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return  # whoever asked has given up before
                stack.callback(line.close)
                if answer is not None:
                    line.recv(8)
                    line.sendall(answer)
                    line.shutdown(socket.SHUT_WR)

            threading.Thread(target=serve, daemon=True).start()
            return int(listener.getsockname()[1])

        yield start


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"N", b"NZ", b"NQ\0\0\0\x08oops", b"\xff"]
)
def test_what_answers_there_may_be_no_postgresql(
    answering: Callable[[bytes | None], int], answer: bytes
) -> None:
    told = problem(f"postgresql://u:{SECRET}@127.0.0.1:{answering(answer)}/mailroom")
    assert "the ledger cannot be used" in told.message


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    answering: Callable[[bytes | None], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_SILENT_SECONDS", 0.1)
    told = problem(f"postgresql://u:{SECRET}@127.0.0.1:{answering(None)}/mailroom")
    assert "timed out" in told.message


@pytest.mark.parametrize(
    ("user", "database", "message", "hint"),
    [
        ("mailroom:s3cret", "mailroom", "password authentication failed", "PGPASSWORD"),
        ("mailroom", "mailroom", "password authentication failed", "PGPASSWORD"),
        ("nobody:s3cret", "mailroom", "password authentication failed", "PGPASSWORD"),
        ("mailroom:s3cret%2Fp%40ss%3Aword", "nowhere", "does not exist", "createdb"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_do(
    postgres_server: Server, user: str, database: str, message: str, hint: str
) -> None:
    told = problem(f"postgresql://{user}@127.0.0.1:{postgres_server.port}/{database}")
    assert message in told.message
    assert hint in told.hint


def test_a_user_who_may_make_no_tables_is_told_what_is_missing(postgres_server: Server) -> None:
    name = postgres_server.database().rpartition("/")[2]
    postgres_server.ask("CREATE ROLE guest LOGIN PASSWORD 's3cret'")
    try:
        told = problem(postgres_server.url(name, "guest", SECRET))
    finally:
        postgres_server.ask("DROP ROLE guest")
    assert "permission denied for schema public" in told.message
    assert "must own the database" in told.hint


def test_the_password_may_stand_in_the_environment(
    postgres_server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    port = postgres_server.port
    open_ledger(f"postgresql+pg8000://mailroom@127.0.0.1:{port}/{database}", NOW).close()


def test_the_server_may_be_reached_through_its_socket(
    postgres_server: Server, postgres_files: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    port, folder = postgres_server.port, postgres_files.parent
    open_ledger(f"postgresql://mailroom@:{port}/{database}?host={folder}", NOW).close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"postgresql://u:{SECRET}/@db/mailroom?password={SECRET}", "not known here"),
        (f"postgresql://u@db/mailroom?password={SECRET}", "?password=, which is not known"),
        (f"postgresql://u:{SECRET}@db/mailroom?sslmode=maybe", "sslmode=maybe"),
        (f"postgresql://u:{SECRET}@at@db/mailroom", "write %40 for an @"),
        (f"postgresql://u:p:{SECRET}:x@db:port/mailroom", "not understood"),
        (f"postgresql//u:{SECRET}@db/mailroom", "not understood"),
        (f"postgresql+psycopg://u:{SECRET}@db/mailroom", "through pg8000 only"),
        (f"mysql://u:{SECRET}@db/mailroom", "no ledger on mysql"),
    ],
)
def test_a_url_that_is_wrong_is_told_without_its_password(url: str, message: str) -> None:
    assert message in problem(url).message


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pg8000", "pg8000.dbapi"):
        monkeypatch.setitem(sys.modules, name, None)
    told = problem(f"postgresql://u:{SECRET}@db/mailroom")
    assert told.hint == 'pip install "mailroom[postgres]"'


# --- encryption ---------------------------------------------------------------------------


@pytest.fixture
def certificate(postgres_server: Server, postgres_files: Path, tmp_path: Path) -> Iterator[Path]:
    """The server's own, for 127.0.0.1; the server encrypts as long as the test lasts."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(tmp_path / "server.key"), "-out", str(tmp_path / "server.crt")),
        ],
        check=True,
        capture_output=True,
    )
    owner = postgres_files.stat()
    for name in ("server.key", "server.crt"):
        shutil.copy(tmp_path / name, postgres_files / name)
        (postgres_files / name).chmod(0o600)
        shutil.chown(postgres_files / name, owner.st_uid, owner.st_gid)
    postgres_server.settle("ssl", "on")
    yield tmp_path / "server.crt"
    postgres_server.settle("ssl", "off")


def test_the_server_s_certificate_is_looked_at_where_that_is_wished(
    certificate: Path, postgres_url: str
) -> None:
    open_ledger(f"{postgres_url}?sslmode=verify-full&sslrootcert={certificate}", NOW).close()
    open_ledger(f"{postgres_url}?sslmode=require", NOW).close()
    open_ledger(postgres_url, NOW).close()
    told = problem(f"{postgres_url}?sslmode=verify-full")
    assert "certificate verify failed" in told.message
    wrong = postgres_url.replace("127.0.0.1", "localhost")
    assert (
        "certificate" in problem(f"{wrong}?sslmode=verify-full&sslrootcert={certificate}").message
    )


def test_a_server_that_cannot_encrypt_is_refused_where_it_must(postgres_url: str) -> None:
    assert "refuses SSL" in problem(f"{postgres_url}?sslmode=require").message


# --- what is written down -----------------------------------------------------------------


def test_a_reply_with_a_nul_in_it_is_kept_without_it(ledger: Ledger) -> None:
    claim(ledger, "b1", ["piece-1"])
    receipt = Receipt(ref="r\0", status=Status.ACCEPTED, raw="a\0b")
    ledger.finish("b1", receipt, NOW)
    (line,) = ledger.dispatches("cards")
    assert line.raw == "a\N{SYMBOL FOR NULL}b"


def test_a_long_id_of_a_crm_is_no_reason_to_stop(ledger: Ledger) -> None:
    long = recipient("crm:" + "x" * 1000, source="s" * 300, last_name="a\0\N{SNOWMAN}")
    take_snapshot(ledger, "s" * 300, [], [long], lambda _: {}, NOW)
    assert people_of(ledger) == (long,)


def test_the_history_cannot_be_emptied(ledger: Ledger, postgres_url: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), raw(postgres_url) as connection:
        connection.execute(text("TRUNCATE events"))
