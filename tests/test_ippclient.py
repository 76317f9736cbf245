"""The IPP client against printers that misbehave: every failure is a clear ProviderError."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailroom.errors import ConfigError, ProviderError
from mailroom.providers import ipp
from mailroom.providers.ipp import Group, Message
from mailroom.providers.ippclient import Client, IppRefused, Operation
from mailroom.providers.jobs import find_jobs, job_title
from tests.machine import own_port
from tests.printlab import Bus, CardPrinter, Process, answers

Reply = Callable[[socket.socket, bytes], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Reply], str]]:
    """A printer that does with each connection what it is told; its address."""
    listeners: list[socket.socket] = []

    def start(reply: Reply) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_serve, args=(listener, reply), daemon=True).start()
        return f"ipp://127.0.0.1:{listener.getsockname()[1]}/ipp/print"

    yield start
    for listener in listeners:
        listener.close()


def _serve(listener: socket.socket, reply: Reply) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(10)
            reply(connection, _request(connection))


def _request(connection: socket.socket) -> bytes:
    """The request, or its beginning; one left unread would make the kernel reset the line."""
    data = b""
    while len(data) < 65_536:
        head, found, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if found and len(body) >= length:
            break
        data += connection.recv(65_536)
    return data


def answer(body: bytes, status: str = "200 OK", length: int | None = None) -> Reply:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/ipp\r\n"
    head += f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    return lambda connection, _request: connection.sendall(head.encode() + body)


FINE = ipp.encode(
    Message(
        0,
        1,
        (
            (Group.OPERATION, ipp.attributes({"attributes-charset": ipp.keyword("utf-8")})),
            (Group.PRINTER, ipp.attributes({"printer-state": ipp.enum(3)})),
        ),
    )
)


def ask(client: Client) -> object:
    return client.printer("printer-state")


def change(client: Client) -> object:
    client.release(1)
    return None


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (answer(b""), "not readable IPP: it is cut off"),
        (answer(b"<html>hello</html>"), "not readable IPP"),
        (answer(FINE[:-5]), "not readable IPP: it is cut off"),
        (answer(FINE[:-5], length=len(FINE)), "not readable IPP: it is cut off"),
        (lambda connection, _request: None, "contact lost"),
        (lambda connection, _request: connection.sendall(b"SSH-2.0-hello\r\n"), "contact lost"),
        (answer(b"", "500 Internal Server Error"), "answered HTTP 500"),
        (answer(b"", "503 Service Unavailable"), "answered HTTP 503"),
    ],
)
def test_a_broken_answer_can_be_asked_again_but_leaves_a_change_in_doubt(
    serve: Callable[[Reply], str], reply: Reply, message: str
) -> None:
    _leaves_a_change_in_doubt(Client(serve(reply)), message)


def test_so_does_none_at_all(serve: Callable[[Reply], str]) -> None:
    silent = serve(lambda connection, _request: [*iter(lambda: connection.recv(99), b"")])
    _leaves_a_change_in_doubt(Client(silent, timeout=0.3), "no answer within 0.3 s")


def _leaves_a_change_in_doubt(client: Client, message: str) -> None:
    with pytest.raises(ProviderError, match=message) as asked:
        ask(client)
    assert not asked.value.unknown and asked.value.where == client.uri
    with pytest.raises(ProviderError, match=message) as changed:
        change(client)
    assert changed.value.unknown and not changed.value.retryable


@pytest.mark.parametrize(
    ("status", "message", "retryable"),
    [
        ("401 Unauthorized", "asks for a name and password", False),
        ("403 Forbidden", "lets nobody print from this machine", False),
        ("404 Not Found", "has no such queue", False),
        ("426 Upgrade Required", "write ipps://", False),
        ("429 Too Many Requests", "answered HTTP 429", True),
        ("302 Found", "answered HTTP 302", False),
    ],
)
def test_what_http_refuses_was_not_done(
    serve: Callable[[Reply], str], status: str, message: str, retryable: bool
) -> None:
    with pytest.raises(ProviderError, match=message) as refused:
        change(Client(serve(answer(b"", status))))
    assert refused.value.retryable is retryable and not refused.value.unknown


def test_what_the_printer_refuses_is_said_in_words(serve: Callable[[Reply], str]) -> None:
    said = Message(
        0x040B,
        1,
        (
            (Group.OPERATION, ipp.attributes({"status-message": ipp.name("nope")})),
            (Group.UNSUPPORTED, ipp.attributes({"sides": ipp.keyword("both")})),
        ),
    )
    with pytest.raises(IppRefused, match=r"cannot do what the job asks for \(sides\)") as refused:
        change(Client(serve(answer(ipp.encode(said)))))
    assert not refused.value.unknown and refused.value.raw == "0x040b nope"


def test_a_printer_that_dribbles_is_given_up(serve: Callable[[Reply], str]) -> None:
    def dribble(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        for _ in range(600):
            try:
                connection.sendall(b"\x02")
            except OSError:
                return
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"no answer within 0.5 s"):
        ask(Client(serve(dribble), timeout=0.5))
    assert time.monotonic() - started < 20


def test_an_early_refusal_is_heard_while_the_document_is_still_being_sent(
    serve: Callable[[Reply], str], tmp_path: Path
) -> None:
    def refuse(connection: socket.socket, _request: bytes) -> None:
        answer(b"", "413 Content Too Large")(connection, b"")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    document = tmp_path / "cards.pdf"
    document.write_bytes(bytes(5_000_000))
    with pytest.raises(ProviderError, match="answered HTTP 413"):
        Client(serve(refuse)).send(1, document, "application/pdf")


def test_a_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="cannot be read") as error:
        Client("ipp://127.0.0.1:1/").send(1, tmp_path / "gone.pdf", "application/pdf")
    assert error.value.where == str(tmp_path / "gone.pdf") and not error.value.unknown


def test_nobody_there_means_nothing_was_asked() -> None:
    with pytest.raises(ProviderError, match="connection refused") as nobody:
        change(Client(f"ipp://127.0.0.1:{own_port()}/"))
    assert nobody.value.retryable and not nobody.value.unknown


@pytest.mark.parametrize("uri", ["http://printer/", "ipp://", "cards", "ipp://printer:99999/"])
def test_an_address_that_is_none_is_a_config_error(uri: str) -> None:
    with pytest.raises(ConfigError, match="is not a printer's address"):
        Client(uri)


class SecurePrinter(Process):
    """A printer with a certificate of its own making."""

    def __init__(self, folder: Path, bus: Bus) -> None:
        self.port = own_port()
        self.keys = folder / "keys"
        for part in (self.keys, folder / "spool"):
            part.mkdir(parents=True)
        log = folder / "log"
        options = ["-d", str(folder / "spool"), "-K", str(self.keys), "-p", str(self.port)]
        self.run(
            ["ippeveprinter", *options, "-n", "localhost", "-r", "off", "secure"],
            log,
            DBUS_SYSTEM_BUS_ADDRESS=bus.address,
        )
        self.wait_for(lambda: answers(f"ipp://localhost:{self.port}/ipp/print"), "printer", log)

    @property
    def uri(self) -> str:
        return f"ipps://localhost:{self.port}/ipp/print"


@pytest.fixture
def secure_printer(print_bus: Bus, tmp_path: Path) -> Iterator[SecurePrinter]:
    printer = SecurePrinter(tmp_path / "secure", print_bus)
    yield printer
    printer.stop()


def test_a_certificate_nobody_vouches_for_is_refused_and_one_that_is_named_is_taken(
    secure_printer: SecurePrinter, tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match="its certificate is not trusted") as refused:
        ask(Client(secure_printer.uri))
    assert not refused.value.retryable and "ca_file" in refused.value.hint
    ca_file = next(secure_printer.keys.glob("*.crt"))
    assert ask(Client(secure_printer.uri, ca_file=ca_file))


def test_a_ca_file_that_is_missing_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name, reason in (("gone.pem", "no such file"), ("empty.pem", "no certificate")):
        with pytest.raises(ConfigError, match=reason) as error:
            Client("ipps://127.0.0.1:1/", ca_file=tmp_path / name)
        assert error.value.where.endswith(name)


def test_our_requests_are_understood_by_an_independent_implementation(
    card_printer: CardPrinter, tmp_path: Path
) -> None:
    """ipptool, written by others, reads back the job that we have made."""
    size = {"x-dimension": ipp.integer(12700), "y-dimension": ipp.integer(17780)}
    media = ipp.collection({"media-size": ipp.collection(size)})
    job = Client(card_printer.uri).create("ours", {"media-col": media, "copies": ipp.integer(2)})
    script = tmp_path / "job.test"
    script.write_text(
        "{ OPERATION Get-Job-Attributes\n GROUP operation-attributes-tag\n"
        " ATTR charset attributes-charset utf-8\n ATTR language attributes-natural-language en\n"
        f" ATTR uri printer-uri $uri\n ATTR integer job-id {job}\n }}"
    )
    command = ["ipptool", "-tv", card_printer.uri, str(script)]
    read = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "job-name (nameWithoutLanguage) = ours" in read and "copies (integer) = 2" in read
    assert "x-dimension=12700 y-dimension=17780" in read
    Client(card_printer.uri).cancel(job)


@pytest.mark.slow
def test_a_job_is_found_among_more_than_cups_gives_in_one_reply(cups_queue: str) -> None:
    client = Client(cups_queue)
    held = {"job-hold-until": ipp.keyword("indefinite")}
    client.create(job_title("first", "cards.pdf", 1), held)
    for number in range(1010):
        client.create(f"somebody else's {number}", held)
    client.create(job_title("last", "cards.pdf", 1), held)
    assert list(find_jobs(client, "first")) == list(find_jobs(client, "last")) == ["cards.pdf"]


def test_every_operation_has_the_name_the_standard_gives_it() -> None:
    assert Operation.GET_PRINTER_ATTRIBUTES.words == "Get-Printer-Attributes"
