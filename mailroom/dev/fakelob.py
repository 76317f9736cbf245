"""A Lob of one's own: a stateful server on 127.0.0.1 that takes, lists, cancels and mails pieces.

It answers under `/v1` and without it. What it does is in `verbs`, what it remembers in
`fakestate`, what it refuses in `orders`, how it fails in `mailroom.faults`.

Beside Lob's own verbs there are those of the rehearsal, without a key and never faulty:

    GET  /_fake/stats                                    what came in and what became of it
    POST /_fake/clock   {"advance_seconds": 86400}       move the clock on
    POST /_fake/faults  {"share": 0.2,                   this share meets any shipped fault,
                         "named": {"hang": 0.1},         this one meets `hang`,
                         "next": ["reset_after"]}        and so does the very next request
    POST /_fake/forget_keys                              as if the keys' 24 hours were over
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
import struct
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from mailroom.dev.fakestate import FakeState
from mailroom.dev.verbs import Lob, Options
from mailroom.errors import EnvironmentProblem
from mailroom.faults import Answer, Call, refusal

__all__ = ["Lob", "Options", "Running", "running"]

MOST_BYTES = 32 * 1024 * 1024
HOST = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, has it answered, writes the answer with one send."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _reasons: ClassVar[dict[int, str]] = {s.value: s.phrase for s in HTTPStatus}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Not a line a request."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MOST_BYTES or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            message = "a body needs a Content-Length of at most 32 MB"
            self._write(refusal(413, "file_size_exceeds_limit", message))
            return
        parts = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=parts.path.removeprefix("/v1"),
            query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        with self.server.lob.state.under_way():
            answer = self._answer(call)
            if answer.wait:
                self.server.stopped.wait(answer.wait)
        if answer.reset:
            self._reset()
        else:
            self._write(answer)

    def _answer(self, call: Call) -> Answer:
        try:
            return self.server.lob.answer(call)
        except Exception:  # of a fault file, or of ours: told, and answered as Lob would
            traceback.print_exc()
            return refusal(500, "internal_server_error", "the fake Lob itself has a fault")

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _handle  # noqa: N815 - the library's names

    def _write(self, answer: Answer) -> None:
        number = f"req_{self.server.number()}"
        whole = {
            "Date": self.date_time_string(),
            "Request-Id": number,
            "X-Request-Id": number,
            **answer.headers,
            "Content-Length": str(len(answer.body)),
        }
        reason = self._reasons.get(answer.status, "")
        head = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in whole.items())]
        if answer.cut is not None:
            self.close_connection = True
        body = answer.body[: answer.cut]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)

    def _reset(self) -> None:
        """SO_LINGER of zero seconds: closing sends RST instead of FIN (socket(7))."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    """Knows its connections, so that stopping does not wait for those who keep theirs open."""

    daemon_threads = False
    request_queue_size = 256

    def __init__(self, port: int, lob: Lob) -> None:
        super().__init__((HOST, port), _Handler)
        self.lob = lob
        self.stopped = threading.Event()
        self._numbers = itertools.count()
        self._prefix = secrets.token_hex(4)
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def number(self) -> str:
        """The next Request-Id, without its prefix."""
        return f"{self._prefix}{next(self._numbers):08x}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hung up; for a server that is killed at for practice no news."""

    def stop(self) -> None:
        """Hang up on everybody and wait for the threads."""
        self.stopped.set()
        self.shutdown()
        with self._guard:
            for request in self._open:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)
        self.server_close()


@dataclass(frozen=True, kw_only=True)
class Running:
    """A fake Lob that listens: where, and what it knows."""

    base_url: str
    lob: Lob

    @property
    def state(self) -> FakeState:
        return self.lob.state


@contextlib.contextmanager
def running(options: Options | None = None) -> Iterator[Running]:
    """A fake Lob in threads of this process for as long as the block lasts; EnvironmentProblem."""
    options = options or Options()
    lob = Lob(options)
    try:
        server = _Server(options.port, lob)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot listen: {(error.strerror or str(error)).lower()}",
            where=f"{HOST}:{options.port}",
            hint="another --port, or --port 0 for a free one",
        ) from None
    lob.base_url = f"http://{HOST}:{server.server_address[1]}/v1"
    listening = threading.Thread(target=server.serve_forever, args=(0.02,), name="fake-lob")
    listening.start()
    lob.postbox.start()
    try:
        yield Running(base_url=lob.base_url, lob=lob)
    finally:
        lob.postbox.stop()
        server.stop()
        listening.join()
