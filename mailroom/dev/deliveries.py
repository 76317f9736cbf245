"""Webhooks of the fake Lob: signed as Lob signs them, sent from a thread, tried again until taken.

`Lob-Signature` is the hex HMAC-SHA256 of timestamp, dot and raw body; the timestamp is real
time in seconds, whatever the movable clock says, since the receiver compares it with his own.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from mailroom.dev.fakestate import FakeState
from mailroom.dev.pieces import NAMES, Piece, failure, show, stamp
from mailroom.errors import UsageError
from mailroom.faults import Webhook, sign
from mailroom.providers.settings import is_here

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between the tries; Lob's own schedule is not known."""

_TICK = 0.05
_LIVE_ONLY = set(NAMES) - {"delivered"}
_RESOURCES = {"self_mailers": "self mailers"}


def loopback(url: str) -> SplitResult:
    """The parts of a URL on this machine; UsageError for every other."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_here(parts.hostname or ""):
        hint = "for instance http://127.0.0.1:8025/webhooks/lob"
        raise UsageError("is no address of this machine", where=f"--webhook {url}", hint=hint)
    return parts


def event(at: float, word: str, piece: Piece) -> dict[str, Any]:
    """The body of a webhook; the same event always has the same id."""
    kind = piece.order.kind
    deleted = {"id": piece.id, "deleted": True}
    certified = piece.order.certified and word in NAMES
    told = hashlib.sha256(f"{piece.id} {word}".encode()).hexdigest()
    body = deleted if word == "deleted" else show(piece, at)
    if word == "failed":
        body["failure_reason"] = failure(piece)
    return {
        "id": f"evt_{told[:24]}",
        "body": body,
        "reference_id": piece.id,
        "event_type": {
            "id": f"{kind.object}.{'certified.' if certified else ''}{word}",
            "enabled_for_test": word not in _LIVE_ONLY,
            "resource": _RESOURCES.get(kind.resource, kind.resource),
            "object": "event_type",
        },
        "date_created": stamp(at),
        "object": "event",
    }


class Postbox(threading.Thread):
    """Takes what happens to the pieces and posts it to one URL; `stop()` ends it at once."""

    def __init__(
        self,
        state: FakeState,
        url: str,
        secret: str,
        deliver: Callable[[Webhook], Sequence[Webhook]] = lambda webhook: (webhook,),
    ) -> None:
        super().__init__(name="webhooks", daemon=True)
        if url and not secret:
            hint = "export LOB_WEBHOOK_SECRET=something-long, here and where they are received"
            raise UsageError("webhooks need a secret", where=f"--webhook {url}", hint=hint)
        self.counts: Counter[str] = Counter()
        self._state = state
        self._to = loopback(url) if url else None
        self._secret = secret
        self._deliver = deliver
        self._waiting: list[tuple[float, int, Webhook, int]] = []
        self._turns = itertools.count()
        self._stopped = threading.Event()
        self._line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self._stopped.is_set():
            self._collect()
            if not self._post_due():
                self._stopped.wait(_TICK)
        self._hang_up()

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=10)

    def _collect(self) -> None:
        for at, word, piece in self._state.happen():
            self.counts[f"{piece.order.kind.object}.{word}"] += 1
            if self._to:
                self._put(event(at, word, piece))

    def _put(self, content: dict[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        webhook = Webhook(
            body=body,
            timestamp=timestamp,
            signature=sign(self._secret, timestamp, body),
            secret=self._secret,
        )
        for each in self._deliver(webhook):
            self._wait(each, tries=0, pause=each.wait)

    def _wait(self, webhook: Webhook, *, tries: int, pause: float) -> None:
        due = time.monotonic() + pause
        heapq.heappush(self._waiting, (due, next(self._turns), webhook, tries))

    def _post_due(self) -> bool:
        """Post the next one that is due; False: there is none."""
        if not self._waiting or self._waiting[0][0] > time.monotonic():
            return False
        _, _, webhook, tries = heapq.heappop(self._waiting)
        if self._post(webhook):
            self.counts["delivered"] += 1
        elif tries < len(PAUSES):
            self.counts["tried again"] += 1
            self._wait(self._anew(webhook), tries=tries + 1, pause=PAUSES[tries])
        else:
            self.counts["given up"] += 1
        return True

    def _anew(self, webhook: Webhook) -> Webhook:
        """A good one is signed anew for each try; a forged or a stale one stays what it is."""
        good = sign(self._secret, webhook.timestamp, webhook.body) == webhook.signature
        recent = time.time() - float(webhook.timestamp) < 60
        again = webhook.at(str(int(time.time()))) if good and recent else webhook
        return dataclasses.replace(again, wait=0.0)

    def _post(self, webhook: Webhook) -> bool:
        assert self._to
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "fake-lob",
            "Lob-Signature": webhook.signature,
            "Lob-Signature-Timestamp": webhook.timestamp,
        }
        path = (self._to.path or "/") + (f"?{self._to.query}" if self._to.query else "")
        try:
            line = self._line = self._line or self._dial(self._to)
            line.request("POST", path, webhook.body, headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._hang_up()
            return False
        if answer.will_close:
            self._hang_up()
        return 200 <= answer.status < 300

    def _dial(self, to: SplitResult) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(to.hostname or "", to.port or 80, timeout=10)

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
            self._line = None
