"""Faults for the fake Lob: one small file a fault, yours as good as ours.

A fault is a module with one or more of these functions; `mailroom dev fake-lob --fault FILE`
loads it, and the name of the file is the name of the fault.

    def before(call: Call) -> Answer | None              nothing is done; this goes out instead
    def after(call: Call, answer: Answer) -> Answer      it was done; this goes out instead
    def rendering(order: Mapping) -> str | None          why an accepted piece cannot be printed
    def deliver(webhook: Webhook) -> Sequence[Webhook]   what goes out instead of one webhook

`LASTS = 5` in the module: a fault that strikes goes on for so many requests.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as it came in; `path` begins after `/v1`."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes out: `wait` seconds first; `cut` bytes of the body only; or a reset connection."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    cut: int | None = None
    reset: bool = False


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One delivery: the raw body, what signs it, and how many seconds it is held back."""

    body: bytes
    timestamp: str
    signature: str
    secret: str = field(repr=False)
    wait: float = 0.0

    def at(self, timestamp: str) -> Webhook:
        """The same, signed for another moment (epoch seconds)."""
        signature = sign(self.secret, timestamp, self.body)
        return dataclasses.replace(self, timestamp=timestamp, signature=signature)


RESET = Answer(reset=True)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What Lob puts into `Lob-Signature`: hex HMAC-SHA256 of timestamp, dot and raw body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def refusal(status: int, code: str, message: str) -> Answer:
    """An error in Lob's shape."""
    error = {"message": message, "status_code": status, "code": code}
    return as_json(status, {"error": error})


def as_json(status: int, content: Any) -> Answer:
    """An answer with a JSON body."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=body)
