"""Lob's API by way of its Python package, which is used in this file only.

`lob` 4.5.4 is frozen and the only client that uploads a local PDF. What has to be known of it:
it opens a new TLS connection for every call; it hides the headers of a good answer; it keeps
the key and the address in globals; it fails with other people's exceptions on bodies that are
no JSON. Its module `api_requestor` does all of its input and output by way of the name
`requests`: we put a `_Wire` in that place, which keeps connections, sees every answer, and is
told the key and the address by the client that is calling.
"""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import lob
import requests
from lob import api_requestor
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from mailroom.errors import ConfigError, EnvironmentProblem, MailroomError, ProviderError
from mailroom.model import Reply
from mailroom.providers.lob_words import ACCOUNT_CODES, remedy
from mailroom.providers.pace import Pace
from mailroom.providers.patience import Pause, ask, sleep
from mailroom.providers.settings import is_here

LOB = "https://api.lob.com/v1"
"""Lob's address, as its package has it."""

_RESOURCES: Mapping[str, Any] = {
    "postcards": lob.Postcard,
    "letters": lob.Letter,
    "self_mailers": lob.SelfMailer,
}

_PRIVATE = ("url", "thumbnails")  # signed links to the finished piece: whoever has one may look
_LONGEST_BODY = 20_000  # characters kept of an answer
_MOST_BYTES = 20_000_000  # of an answer: a hundred pieces are half a megabyte
_CHUNK = 65_536
_PAGE = 100  # pieces a list; Lob's own limit

File = tuple[str, bytes, str]
"""Name, content, media type: without a type Lob's own test server breaks."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Lob answered, and what is kept of it."""

    payload: Mapping[str, Any]
    reply: Reply


@dataclass(kw_only=True)
class Client:
    """Calls Lob with one key."""

    key: str = field(repr=False)
    base_url: str
    pace: Callable[[str], Pace]  #: of an endpoint
    now: Callable[[], dt.datetime]
    timeout: tuple[float, float] = (5.0, 60.0)  #: to connect, and between two bytes
    skew: dt.timedelta = dt.timedelta(0)  #: how far our clock is ahead of Lob's
    pause: Pause = sleep  #: before a question is asked again
    _thread: threading.local = field(default_factory=threading.local)

    def create(
        self, resource: str, key: str, params: Mapping[str, Any], files: Mapping[str, File]
    ) -> Answer:
        """Have a piece made; `key` is the idempotency key.

        ProviderError: refused for good, or `retryable` (nothing was done), or `unknown`.
        """
        flat = {name: _text(value) for name, value in params.items()}

        def call() -> None:
            _RESOURCES[resource].create(
                timeout=self.timeout,
                api_key=self.key,
                headers={"Idempotency-Key": key},
                files=dict(files),
                **flat,
            )

        return self._call("POST", resource, call)

    def find(self, resource: str, metadata: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Every piece with this metadata, page by page, newest first.

        A page that does not come is asked for again. ProviderError where an answer is no
        list: that nothing is there must never be read out of it.
        """
        after: dict[str, str] = {}
        while True:
            page = partial(self._read_page, resource, metadata, after)
            listed, following = ask(page, self.pause)
            yield from (found for found in listed if _has(found, metadata))
            if not following or following == after:
                return
            after = following

    def _read_page(
        self, resource: str, metadata: Mapping[str, str], after: Mapping[str, str]
    ) -> tuple[list[Mapping[str, Any]], dict[str, str]]:
        """The pieces of a page, and where the next one begins."""
        answer = self._page(resource, metadata, after)
        data, following = answer.payload.get("data"), answer.payload.get("next_url")
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            words = "Lob's answer is not the list that was asked for"
            raise ProviderError(words, unknown=True, replies=(answer.reply,))
        return data, _cursor(str(following)) if following else {}

    def _page(self, resource: str, metadata: Mapping[str, str], after: Mapping[str, str]) -> Answer:
        def call() -> None:
            _RESOURCES[resource].list(
                timeout=self.timeout,
                api_key=self.key,
                limit=_PAGE,
                metadata=dict(metadata),
                **after,
            )

        return self._call("GET", resource, call)

    def delete(self, resource: str, ref: str) -> Answer:
        """Call a piece back."""

        def call() -> None:
            _RESOURCES[resource].delete(ref, timeout=self.timeout, api_key=self.key)

        return self._call("DELETE", resource, call)

    def verify(self, endpoint: str, addresses: Sequence[Mapping[str, str]]) -> Answer:
        """Look addresses up, at most twenty; the package cannot send them as Lob wants them."""

        def call() -> None:
            self.send(
                "post",
                f"{LOB}/{endpoint}",
                json={"addresses": list(addresses)},
                auth=(self.key, ""),
                timeout=self.timeout,
            ).json()

        return self._call("POST", endpoint, call)

    # --- one call ---------------------------------------------------------------------------

    def _call(self, verb: str, endpoint: str, call: Callable[[], None]) -> Answer:
        self._thread.answered = None
        pace = self.pace(endpoint)
        called = pace.wait()
        problem: Exception | None = None
        with _calling(self):
            try:
                call()
            except (lob.error.LobError, requests.RequestException) as error:
                problem = error
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                problem = error  # the package met a body it did not expect
        answered: requests.Response | None = self._thread.answered
        reply = self._reply(f"{verb} /{endpoint}", answered, problem)
        if answered is not None:
            self._listen(answered, pace, called)
        payload = _payload(answered)
        good = answered is not None and 200 <= answered.status_code < 300
        if good and payload is not None:
            return Answer(payload=payload, reply=reply)
        raise _explain(answered, payload, problem, reply, self._reset(answered))

    def send(self, method: str, url: str, **arguments: Any) -> requests.Response:
        """What the package's `requests` does, over a connection that is kept by each thread."""
        session = getattr(self._thread, "session", None)
        if session is None:
            session = self._thread.session = requests.Session()
            # A proxy is for the world outside: what goes to this machine is not shown to it.
            session.trust_env = not is_here(urlsplit(self.base_url).hostname or "")
        where, until = self.base_url + url.removeprefix(LOB), time.monotonic() + self._longest
        answered: requests.Response = session.request(
            method, where, allow_redirects=False, stream=True, **arguments
        )
        _take_body(answered, until)
        self._thread.answered = answered
        return answered

    @property
    def _longest(self) -> float:
        """Seconds for a whole answer: one that comes byte by byte must not hold up the others."""
        return 2 * self.timeout[1]

    def _reply(
        self, call: str, answered: requests.Response | None, problem: Exception | None
    ) -> Reply:
        at = self.now().isoformat()
        if answered is None:
            return Reply(at=at, call=call, status=0, body=type(problem).__name__)
        request_id = answered.headers.get("X-Request-Id") or answered.headers.get("Request-Id", "")
        return Reply(
            at=at,
            call=call,
            status=answered.status_code,
            request_id=request_id,
            body=_kept(answered),
        )

    # --- what the headers say ---------------------------------------------------------------

    def _listen(self, answered: requests.Response, pace: Pace, called: float) -> None:
        there = _date(answered)
        if there:
            self.skew = self.now() - there
        headers = answered.headers
        try:
            limit = int(headers["X-Rate-Limit-Limit"])
            remaining = int(headers["X-Rate-Limit-Remaining"])
        except (KeyError, ValueError):
            return
        reset = self._reset(answered)
        pace.heard(limit=limit, remaining=remaining, reset=reset, called=called)

    def _reset(self, answered: requests.Response | None) -> float:
        """Seconds until Lob counts anew, by its own clock: ours may be wrong."""
        if answered is None:
            return 0.0
        try:
            reset = float(answered.headers["X-Rate-Limit-Reset"])
        except (KeyError, ValueError):
            return 0.0
        there = _date(answered) or self.now()
        return max(0.0, reset - there.timestamp())


def _date(answered: requests.Response) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(answered.headers["Date"]).astimezone(dt.UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _take_body(answered: requests.Response, until: float) -> None:
    """Read it all while the clock and its size allow; `requests` itself has no such bounds."""
    body = bytearray()
    try:
        while chunk := answered.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > _MOST_BYTES or time.monotonic() > until:
                answered.close()
                raise requests.ConnectionError("the answer does not end")
    except HTTPError as error:
        raise requests.ConnectionError(error) from error
    answered.raw = BytesIO(body)


# --- the wire ---------------------------------------------------------------------------------

_now_calling: ContextVar[Client] = ContextVar("the client that is calling")


@contextmanager
def _calling(client: Client) -> Iterator[None]:
    token = _now_calling.set(client)
    try:
        yield
    finally:
        _now_calling.reset(token)


class _Wire:
    """Stands where the package says `requests`."""

    def get(self, url: str, **arguments: Any) -> requests.Response:
        return _now_calling.get().send("get", url, **arguments)

    def post(self, url: str, **arguments: Any) -> requests.Response:
        return _now_calling.get().send("post", url, **arguments)

    def delete(self, url: str, **arguments: Any) -> requests.Response:
        return _now_calling.get().send("delete", url, **arguments)


api_requestor.requests = _Wire()


# --- what comes back --------------------------------------------------------------------------


def _text(value: Any) -> Any:
    """Form fields as Lob reads them: `True` is no boolean there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return {key: _text(item) for key, item in value.items()}
    return value


def _cursor(next_url: str) -> dict[str, str]:
    query = parse_qs(urlsplit(next_url).query)
    return {key: query[key][0] for key in ("after", "before") if key in query}


def _has(found: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    """Is it one that was asked for? A list that was not filtered must not deceive us."""
    told = found.get("metadata")
    return isinstance(told, dict) and metadata.items() <= told.items()


def _payload(answered: requests.Response | None) -> Mapping[str, Any] | None:
    try:
        found = answered.json() if answered is not None else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _kept(answered: requests.Response) -> str:
    """The body as proof, without links that show the piece to whoever has them."""
    payload = _payload(answered)
    if payload is None:
        return answered.content[:_LONGEST_BODY].decode("utf-8", "replace")
    if payload.get("object") == "list" or "addresses" in payload:
        return ""  # an answer to a question; the pieces in it have answers of their own
    return json.dumps(without_links(payload), ensure_ascii=False)[:_LONGEST_BODY]


def without_links(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The resource without what would show the finished piece to anybody."""
    return {key: value for key, value in payload.items() if key not in _PRIVATE}


def _explain(
    answered: requests.Response | None,
    payload: Mapping[str, Any] | None,
    problem: Exception | None,
    reply: Reply,
    reset: float,
) -> MailroomError:
    """One of three: refused, not done (try again), or unknown."""
    if answered is None:
        return _no_answer(problem, reply)
    status = answered.status_code
    error = (payload or {}).get("error")
    said = error if isinstance(error, dict) else {}
    code, message = str(said.get("code", "")), str(said.get("message", ""))
    if status in (401, 403) or code in ACCOUNT_CODES:
        return EnvironmentProblem(
            f"Lob does not let this key in: {message or answered.reason}",
            where=reply.call,
            hint=remedy(code) or "check LOB_API_KEY, and the account at Lob",
        )
    if 300 <= status < 400:
        hint = "correct [providers.lob] base_url"
        return ConfigError(f"it sends us elsewhere ({status})", where=reply.call, hint=hint)
    what = message or answered.reason or "no words"
    if status == 429:
        words = f"Lob asks for fewer calls: {what}"
        return ProviderError(words, retryable=True, retry_after=reset, replies=(reply,))
    if 400 <= status < 500 and status not in (408, 409) and said:
        return ProviderError(
            f"Lob refuses it: {what}", hint=remedy(code), raw=reply.body, replies=(reply,)
        )
    return ProviderError(
        f"Lob answered {status}: {what[:200]}", unknown=True, raw=reply.body, replies=(reply,)
    )


def _no_answer(problem: Exception | None, reply: Reply) -> MailroomError:
    """Nothing came back; whether anything was sent is what matters."""
    if _is_of_the_certificate(problem):
        hint = "is the machine's time right, and is a proxy between?"
        return EnvironmentProblem(f"Lob's certificate is not accepted: {problem}", hint=hint)
    if isinstance(problem, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        hint = "correct [providers.lob] base_url"
        return ConfigError(f"it is no address: {problem}", hint=hint)
    if _never_connected(problem):
        words = f"Lob cannot be reached: {_reason(problem)}"
        hint = "is this machine online? nothing was sent by this call: type the same again"
        return ProviderError(words, hint=hint, retryable=True, replies=(reply,))
    words = f"no answer from Lob: {type(problem).__name__}"
    return ProviderError(words, unknown=True, replies=(reply,))


def _is_of_the_certificate(problem: Exception | None) -> bool:
    """Then nothing was sent; any other trouble of TLS may come after the request."""
    inner = problem.args[0] if problem and problem.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    cause = reason.args[0] if isinstance(reason, HTTPError) and reason.args else reason
    return isinstance(cause, ssl.SSLCertVerificationError)


def _never_connected(problem: Exception | None) -> bool:
    if isinstance(problem, requests.ConnectTimeout):
        return True
    inner = problem.args[0] if problem and problem.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)


def _reason(problem: Exception | None) -> str:
    inner = problem.args[0] if problem and problem.args else problem
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return str(reason).rpartition(": ")[2] or type(problem).__name__
