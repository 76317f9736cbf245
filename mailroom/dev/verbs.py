"""The verbs of the fake Lob: a Call and who calls -> an Answer. No sockets here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mailroom.dev import verifications
from mailroom.dev.bodies import Fields, read_body
from mailroom.dev.deliveries import Postbox
from mailroom.dev.fakestate import Allowance, FakeState
from mailroom.dev.injector import Faults, hook
from mailroom.dev.lists import read_page
from mailroom.dev.orders import KINDS, Kind, Order, read_order
from mailroom.dev.pieces import Piece, show
from mailroom.dev.wrong import Wrong
from mailroom.faults import Answer, Call, as_json, refusal

_FORM = "application/x-www-form-urlencoded"
_VERIFIES: Mapping[str, verifications.Verify] = {
    "us_verifications": verifications.verify_us,
    "intl_verifications": verifications.verify_intl,
}
_RATES = {
    "X-Rate-Limit-Limit": "limit",
    "X-Rate-Limit-Remaining": "remaining",
    "X-Rate-Limit-Reset": "reset",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the fake Lob is to behave; shares are parts of all requests."""

    port: int = 0
    rate: int = 150
    share: float = 0.0
    named: Mapping[str, float] | None = None
    seed: int = 1
    webhook: str = ""
    secret: str = field(default="", repr=False)
    render_seconds: float = 1.0


class Lob:
    """An account at the fake Lob: what it remembers, how it fails, whom it tells."""

    def __init__(self, options: Options, base_url: str = "") -> None:
        self.base_url = base_url
        self.faults = Faults(share=options.share, named=options.named, seed=options.seed)
        self.state = FakeState(
            rate=options.rate, render_seconds=options.render_seconds, rendering=self._rendering
        )
        self.postbox = Postbox(self.state, options.webhook, options.secret, self.faults.deliver)

    def _rendering(self, order: Order) -> str | None:
        return self.faults.rendering({**order.shown, "to": order.to, "metadata": order.metadata})

    def answer(self, call: Call) -> Answer:
        """What goes out: Lob's answer, or what a fault makes of it."""
        if call.path.startswith("/_fake/"):
            return self._guarded(lambda: self._control(call))
        try:
            key = _key(call.headers.get("authorization", ""))
            route = _route(call)
            _check_key(key, route)
        except Wrong as wrong:
            return _refused(wrong)
        allowance = self.state.count(key, route.endpoint, route.resource)
        return _with_limit(self._within(call, key, route, allowance), allowance)

    def _within(self, call: Call, key: str, route: Route, allowance: Allowance) -> Answer:
        if not allowance.allowed:
            message = f"Rate limit exceeded. Please wait until {allowance.reset}."
            return refusal(429, "rate_limit_exceeded", message)
        fault = self.faults.draw()
        before, after = hook(fault, "before"), hook(fault, "after")
        instead: Answer | None = before(call) if before else None
        if instead is not None:
            return instead
        answer = self._guarded(lambda: self._verb(call, key, route))
        return after(call, answer) if after else answer

    def _guarded(self, verb: Callable[[], Any]) -> Answer:
        try:
            return as_json(200, verb())
        except Wrong as wrong:
            self.state.add(f"refused: {wrong.code}")
            return _refused(wrong)

    def _verb(self, call: Call, key: str, route: Route) -> Any:
        if route.verify:
            return self._verify(call, key, route)
        assert route.kind
        mode = _mode(key)
        if call.method == "POST":
            return self._create(call, mode, route.kind)
        if not route.id:
            pieces = self.state.listed(mode, route.kind, _labels(call))
            return read_page(pieces, call.query, self.state.now(), self._url(route.kind))
        if call.method == "DELETE":
            piece = self.state.cancel(mode, route.kind, route.id)
            return {"id": piece.id, "deleted": True}
        return self._shown(self.state.find(mode, route.kind, route.id))

    def _create(self, call: Call, mode: str, kind: Kind) -> Any:
        fields = _fields(call)
        key = _idempotency_key(call, fields)
        version = call.headers.get("lob-version", "")

        def read() -> Order:
            return read_order(kind, fields, self.state.now(), version, ahead=self.state.ahead)

        return self._shown(self.state.create(mode, kind, key, _asked(fields), read))

    def _shown(self, piece: Piece) -> Any:
        return show(piece, self.state.now())

    def _verify(self, call: Call, key: str, route: Route) -> Any:
        assert route.verify
        live = _mode(key) == "live"
        if route.bulk:
            return verifications.verify_many(route.verify, _fields(call), live)
        return route.verify(_fields(call), live)

    def _url(self, kind: Kind) -> str:
        return f"{self.base_url}/{kind.resource}"

    # The verbs of the rehearsal

    def _control(self, call: Call) -> Any:
        verbs: Mapping[tuple[str, str], Callable[[Fields], Any]] = {
            ("GET", "stats"): lambda fields: self.stats(),
            ("POST", "clock"): self._advance,
            ("POST", "faults"): self._change_faults,
            ("POST", "forget_keys"): lambda fields: {"forgotten": self.state.keys.forget()},
        }
        verb = verbs.get((call.method, call.path.removeprefix("/_fake/")))
        if not verb:
            raise Wrong("unrecognized_endpoint", f"no {call.method} {call.path}", status=404)
        # curl says that what it posts is a form; nobody posts a form here.
        return verb(_fields(call, "application/json"))

    def stats(self) -> dict[str, Any]:
        """Everything that was counted; the faults and the webhooks, too."""
        faults, webhooks = dict(self.faults.counts), dict(self.postbox.counts)
        return {**self.state.stats(), "faults": faults, "webhooks": webhooks}

    def _advance(self, fields: Fields) -> Any:
        try:
            return {"now": self.state.advance(float(fields.get("advance_seconds") or 0))}
        except (TypeError, ValueError):
            raise Wrong("invalid", "advance_seconds must be a number") from None

    def _change_faults(self, fields: Fields) -> Any:
        named = {str(name): float(part) for name, part in (fields.get("named") or {}).items()}
        share, following = float(fields.get("share") or 0), fields.get("next") or ()
        self.faults.change(share=share, named=named, then=following)
        return {"share": share, "named": named, "next": list(following)}


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a request goes; its endpoint is what the rate limit counts."""

    endpoint: str
    resource: str
    kind: Kind | None = None
    id: str = ""
    verify: verifications.Verify | None = None
    bulk: bool = False


def _route(call: Call) -> Route:
    words = [word for word in call.path.split("/") if word]
    bulk = words[:1] == ["bulk"]
    resource, *rest = words[1:] if bulk else words or [""]
    endpoint = f"{call.method} /{'/'.join(words[:1] if rest else words)}{'/{id}' if rest else ''}"
    if resource in _VERIFIES and call.method == "POST" and not rest:
        verify = _VERIFIES[resource]
        named = f"bulk/{resource}" if bulk else resource
        return Route(endpoint=endpoint, resource=named, verify=verify, bulk=bulk)
    methods = ("GET", "DELETE") if rest else ("GET", "POST")
    if resource not in KINDS or bulk or len(rest) > 1 or call.method not in methods:
        message = f"The endpoint you requested does not exist: {call.method} {call.path}"
        raise Wrong("unrecognized_endpoint", message, status=404)
    kind = KINDS[resource]
    return Route(endpoint=endpoint, resource=resource, kind=kind, id="".join(rest))


def _key(authorization: str) -> str:
    """The API key: the user name of HTTP's Basic scheme, without a password."""
    scheme, _, told = authorization.partition(" ")
    try:
        key = base64.b64decode(told, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        key = ""
    if scheme.lower() != "basic" or not key:
        raise Wrong("unauthorized", "Missing authentication", status=401)
    if not key.startswith(("test_", "live_")):
        raise Wrong("invalid_api_key", "Your API key is not valid", status=401)
    return key


def _check_key(key: str, route: Route) -> None:
    if key.startswith(("test_pub", "live_pub")) and not route.verify:
        message = "A publishable key can do nothing but verify addresses"
        raise Wrong("publishable_key_not_allowed", message, status=401)


def _mode(key: str) -> str:
    return key.partition("_")[0]


def _fields(call: Call, content_type: str = "") -> Fields:
    try:
        return read_body(content_type or call.headers.get("content-type", ""), call.body)
    except ValueError as error:  # JSON and UTF-8 errors are ValueErrors, too
        raise Wrong("bad_request", f"the body cannot be read: {error}") from None


def _labels(call: Call) -> dict[str, str]:
    given = read_body(_FORM, call.query.encode()).get("metadata")
    return given if isinstance(given, dict) else {}


def _idempotency_key(call: Call, fields: Fields) -> str:
    header = call.headers.get("idempotency-key", "")
    query = read_body(_FORM, call.query.encode())
    beside = str(query.get("idempotency_key") or fields.pop("idempotency_key", "") or "")
    if header and beside:
        raise Wrong("invalid", "give the idempotency key as header or as parameter, not both")
    if len(header or beside) > 256:
        raise Wrong("invalid", "an idempotency key has at most 256 characters")
    return header or beside


def _asked(fields: Fields) -> str:
    """What was asked for, in short: two requests with one key can be compared."""

    def told(value: object) -> str:
        return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)

    text = json.dumps(fields, sort_keys=True, default=told)
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(wrong: Wrong) -> Answer:
    return refusal(wrong.status, wrong.code, wrong.message)


def _with_limit(answer: Answer, allowance: Allowance) -> Answer:
    limit = {header: str(getattr(allowance, name)) for header, name in _RATES.items()}
    return replace(answer, headers={**limit, **answer.headers})
