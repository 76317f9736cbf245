"""Asking a printer or a print server: IPP over HTTP (RFC 8010, 8011), on the standard library.

One connection a request, no state kept. Whatever goes wrong is a ProviderError that says
whether trying again may help (`retryable`) and whether the printer may have done what was
asked all the same (`unknown`).
"""

from __future__ import annotations

import http.client
import itertools
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from mailroom.errors import ConfigError, ProviderError
from mailroom.providers import ipp
from mailroom.providers.ipp import Attributes, Group, Message, Value, Values

DEFAULT_PORT = 631
CONNECT_SECONDS = 10.0
MAX_REPLY = 32_000_000
"""Octets; a queue with 10,000 jobs answers with about a tenth of it."""
CHUNK = 65_536
PAGE = 500


class Operation(IntEnum):
    """What can be asked (RFC 8011, 5.4.15; the last one is CUPS's own)."""

    VALIDATE_JOB = 0x04
    CREATE_JOB = 0x05
    SEND_DOCUMENT = 0x06
    CANCEL_JOB = 0x08
    GET_JOB_ATTRIBUTES = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER_ATTRIBUTES = 0x0B
    HOLD_JOB = 0x0C
    RELEASE_JOB = 0x0D
    CUPS_GET_PRINTERS = 0x4002

    @property
    def words(self) -> str:
        """As the standard writes it: `Create-Job`."""
        return self.name.title().replace("_", "-")


ASKING = frozenset(
    {
        Operation.VALIDATE_JOB,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.CUPS_GET_PRINTERS,
    }
)
"""Operations that change nothing, so that a lost reply leaves no doubt."""


class Answer(IntEnum):
    """Status codes that are acted on (RFC 8011, 4.1.8 and appendix B)."""

    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    TOO_MANY_JOBS = 0x0415
    SERVICE_UNAVAILABLE = 0x0502
    DEVICE_ERROR = 0x0504
    TEMPORARY_ERROR = 0x0505
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


ANSWERS = {
    0x0400: "it did not understand the request",
    0x0401: "it is forbidden",
    0x0402: "it asks for a name and password",
    0x0403: "the user mailroom may not do this",
    0x0404: "that is not possible now",
    0x0406: "there is no such queue or job",
    0x0407: "the queue or job is gone",
    0x0408: "the file is too large for it",
    0x040A: "it does not print this kind of file",
    0x040B: "it cannot do what the job asks for",
    0x040E: "what the job asks for does not go together",
    0x0415: "it has too many jobs already",
    0x0500: "it has an internal error",
    0x0501: "it cannot do this operation",
    0x0502: "its print service is not available",
    0x0504: "it reports a fault of the device",
    0x0505: "it has a passing fault",
    0x0506: "it is not accepting jobs",
    0x0507: "it is busy with another job",
}

PASSING = frozenset(
    {
        Answer.TOO_MANY_JOBS,
        Answer.SERVICE_UNAVAILABLE,
        Answer.DEVICE_ERROR,
        Answer.TEMPORARY_ERROR,
        Answer.NOT_ACCEPTING_JOBS,
        Answer.BUSY,
    }
)
"""The same request may be taken later."""


class IppRefused(ProviderError):
    """The printer understood the request and said no, so nothing is in doubt."""

    def __init__(self, message: str, *, status: int, where: str, raw: str) -> None:
        super().__init__(message, where=where, retryable=status in PASSING, raw=raw)
        self.status = status


class Client:
    """Speaks to one printer, queue or print server.

    `uri` begins with ipp:// or ipps://; `ca_file` is a PEM file to trust for ipps:// instead
    of the system's; `timeout` is in seconds of silence.
    """

    def __init__(
        self,
        uri: str,
        *,
        timeout: float = 30.0,
        user: str = "mailroom",
        ca_file: Path | None = None,
    ) -> None:
        self.uri = uri
        self.timeout = timeout
        self.user = user
        self._host, self._port, self._path, secure = _parse(uri)
        self._context = _trust(ca_file) if secure else None
        self._ids = itertools.count(1)

    # --- what is asked --------------------------------------------------------------------

    def printer(self, *wanted: str) -> Attributes:
        """The printer's attributes; media-col-database must be asked for by name."""
        names = wanted or ("all", "media-col-database")
        asked = {"requested-attributes": ipp.keywords(*names)}
        return self.call(Operation.GET_PRINTER_ATTRIBUTES, asked).group(Group.PRINTER)

    def queues(self, *wanted: str) -> tuple[Attributes, ...]:
        """Every queue of a CUPS server."""
        asked: Values = {"requested-attributes": ipp.keywords(*wanted)}
        return self.call(Operation.CUPS_GET_PRINTERS, asked).all(Group.PRINTER)

    def jobs(self, which: str, *wanted: str) -> Iterator[Attributes]:
        """The `not-completed` or `completed` jobs of everybody, page by page.

        CUPS gives no more than 500 in one reply, whatever it is asked for.
        """
        seen: set[int] = set()
        page: tuple[Attributes, ...] = ()
        while not seen or len(page) >= PAGE:
            page = self._page_of_jobs(which, len(seen) + 1, *wanted)
            fresh = [job for job in page if job.integer("job-id") not in seen]
            if not fresh:  # the end, or a printer that always gives its first page
                return
            yield from fresh
            seen |= {job.integer("job-id") for job in fresh}

    def _page_of_jobs(self, which: str, first: int, *wanted: str) -> tuple[Attributes, ...]:
        asked: dict[str, Value | Sequence[Value]] = {
            "which-jobs": ipp.keyword(which),
            "requested-attributes": ipp.keywords(*dict.fromkeys((*wanted, "job-id"))),
        }
        if first > 1:  # PWG 5100.11; small printers do not know it
            asked["first-index"] = ipp.integer(first)
        return self.call(Operation.GET_JOBS, asked).all(Group.JOB)

    def job(self, job_id: int, *wanted: str) -> Attributes:
        """One job's attributes."""
        asked: Values = {
            "job-id": ipp.integer(job_id),
            "requested-attributes": ipp.keywords(*wanted),
        }
        return self.call(Operation.GET_JOB_ATTRIBUTES, asked).group(Group.JOB)

    def create(self, title: str, wishes: Values) -> int:
        """Open a job; the job-id. What the printer cannot do makes it say no."""
        asked = {"job-name": ipp.name(title), "ipp-attribute-fidelity": ipp.boolean(True)}
        reply = self.call(Operation.CREATE_JOB, asked, wishes)
        job_id = reply.group(Group.JOB).integer("job-id")
        if job_id < 1:
            raise ProviderError("the printer gave the job no number", where=self.uri, unknown=True)
        return job_id

    def send(self, job_id: int, document: Path, mime_type: str) -> None:
        """Send the one document of a job and close it."""
        asked = {
            "job-id": ipp.integer(job_id),
            "document-name": ipp.name(document.name),
            "document-format": Value(ipp.Tag.MIME_TYPE, mime_type),
            "last-document": ipp.boolean(True),
        }
        self.call(Operation.SEND_DOCUMENT, asked, document=document)

    def release(self, job_id: int) -> None:
        """Let a held job print."""
        self.call(Operation.RELEASE_JOB, {"job-id": ipp.integer(job_id)})

    def cancel(self, job_id: int) -> None:
        """Stop a job."""
        self.call(Operation.CANCEL_JOB, {"job-id": ipp.integer(job_id)})

    def call(
        self,
        operation: Operation,
        asked: Values,
        wishes: Values | None = None,
        document: Path | None = None,
    ) -> Message:
        """Send one request and read its reply.

        IppRefused where the printer says no; ProviderError where it cannot be reached
        (`retryable`), or was lost after it had been asked to change something (`unknown`).
        """
        request = ipp.encode(self._request(operation, asked, wishes))
        doubt = operation not in ASKING
        reply = self._decode(self._exchange(request, document, doubt), doubt)
        if reply.code >= 0x0400:
            raise self._refused(operation, reply)
        return reply

    # --- how ------------------------------------------------------------------------------

    def _request(
        self,
        operation: Operation,
        asked: Values,
        wishes: Values | None,
    ) -> Message:
        """RFC 8011, 4.1.4-5: charset, language and target come first, in this order."""
        target = {"printer-uri": ipp.uri(self.uri)}
        head = {
            "attributes-charset": Value(ipp.Tag.CHARSET, "utf-8"),
            "attributes-natural-language": Value(ipp.Tag.LANGUAGE, "en"),
            **({} if operation is Operation.CUPS_GET_PRINTERS else target),
            **({"job-id": asked["job-id"]} if "job-id" in asked else {}),
            "requesting-user-name": ipp.name(self.user),
        }
        groups = [(int(Group.OPERATION), ipp.attributes({**head, **asked}))]
        if wishes:
            groups.append((int(Group.JOB), ipp.attributes(wishes)))
        return Message(operation, next(self._ids) & 0x7FFFFFFF, tuple(groups))

    def _exchange(self, head: bytes, document: Path | None, doubt: bool) -> bytes:
        if document is None:
            return self._post(_Body(head, None), doubt)
        try:
            file = document.open("rb")
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProviderError(f"cannot be read: {reason}", where=str(document)) from None
        with file:
            return self._post(_Body(head, file), doubt)

    def _post(self, body: _Body, doubt: bool) -> bytes:
        connection = self._connect()
        headers = {"Content-Type": "application/ipp", "Content-Length": str(body.length)}
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                # A printer may answer and hang up before it has read the whole document.
                connection.request("POST", self._path, iter(body), headers)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise self._http_error(response, doubt)
            return self._read(response)
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error, doubt) from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        """Connect; while this fails nothing can have been asked."""
        seconds = min(CONNECT_SECONDS, self.timeout)
        try:
            connection = self._open(seconds)
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            hint = "name the certificate it was signed with in [providers.printer] ca_file"
            message = f"its certificate is not trusted: {error.verify_message}"
            raise ProviderError(message, where=self.uri, hint=hint) from error
        except OSError as error:
            reason = (error.strerror or str(error) or type(error).__name__).lower()
            hint = "is it switched on and in this network? `mailroom printers` asks it"
            message = f"cannot be reached: {reason}"
            raise ProviderError(message, where=self.uri, hint=hint, retryable=True) from error
        connection.sock.settimeout(self.timeout)
        return connection

    def _open(self, seconds: float) -> http.client.HTTPConnection:
        if not self._context:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=seconds, context=self._context
        )

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        """The whole reply, within time and size: a printer that dribbles is given up."""
        deadline = time.monotonic() + self.timeout
        data = bytearray()
        while chunk := response.read1(CHUNK):
            data += chunk
            if len(data) > MAX_REPLY:
                raise http.client.HTTPException(f"more than {MAX_REPLY} octets")
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
        return bytes(data)

    def _decode(self, data: bytes, doubt: bool) -> Message:
        try:
            return ipp.decode(data)
        except ProviderError as error:
            raise ProviderError(
                error.message,
                where=self.uri,
                hint="does the address belong to a printer? `mailroom printers` asks it",
                unknown=doubt,
                raw=error.raw,
            ) from error

    def _lost(self, error: Exception, doubt: bool) -> ProviderError:
        slow = isinstance(error, TimeoutError)
        what = f"no answer within {self.timeout:g} s" if slow else f"contact lost: {error}"
        return ProviderError(what, where=self.uri, retryable=not doubt, unknown=doubt)

    def _http_error(self, response: http.client.HTTPResponse, doubt: bool) -> ProviderError:
        """What HTTP says before IPP is even looked at; only a 5xx can have done something."""
        status = response.status
        words = {401: "asks for a name and password", 403: "lets nobody print from this machine"}
        words |= {404: "has no such queue", 426: "wants a secure connection: write ipps://"}
        message = words.get(status, f"answered HTTP {status} {response.reason}")
        passing = status >= 500 or status in (408, 429)
        failed = status >= 500
        return ProviderError(
            message,
            where=self.uri,
            retryable=passing and not (failed and doubt),
            unknown=failed and doubt,
            raw=f"HTTP {status} {response.reason}",
        )

    def _refused(self, operation: Operation, reply: Message) -> IppRefused:
        said = reply.group(Group.OPERATION).text("status-message")
        unsupported = ", ".join(reply.group(Group.UNSUPPORTED))
        words = ANSWERS.get(reply.code, said or f"it answered 0x{reply.code:04x}")
        detail = f" ({unsupported})" if unsupported else ""
        return IppRefused(
            f"the printer refused {operation.words}: {words}{detail}",
            status=reply.code,
            where=self.uri,
            raw=f"0x{reply.code:04x} {said}".strip(),
        )


class _Body:
    """A request and the document after it, read as it is sent."""

    def __init__(self, head: bytes, document: BinaryIO | None) -> None:
        self.head = head
        self.document = document
        size = document.seek(0, 2) if document else 0
        self.length = len(head) + size

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        if self.document:
            self.document.seek(0)
            while chunk := self.document.read(CHUNK):
                yield chunk


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """The system's certificates, or instead of them those of a PEM file."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except ssl.SSLError as error:
        raise ConfigError("there is no certificate in it", where=str(ca_file)) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "correct [providers.printer] ca_file"
        raise ConfigError(reason, where=str(ca_file), hint=hint) from error


def _parse(uri: str) -> tuple[str, int, str, bool]:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme not in ("ipp", "ipps"):
        hint = "write it like ipp://printer.example/ipp/print, or the name of a CUPS queue"
        raise ConfigError(f"{uri!r} is not a printer's address", hint=hint)
    return host, port, parts.path or "/", parts.scheme == "ipps"
