"""What the fake Lob remembers: its clock, its limits, its keys and its pieces. No sockets here.

One lock guards all of it; only a request that waits for another with the same key waits.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import secrets
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailroom.dev.orders import KINDS, Kind, Order
from mailroom.dev.pieces import Piece
from mailroom.dev.wrong import Wrong

WINDOW_SECONDS = 5.0
KEY_SECONDS = 24 * 3600
LABEL = "mailroom_piece"
"""The metadata by which duplicates are told: what mailroom writes on each of its pieces."""

Slot = tuple[str, str, str]
"""Mode, resource, idempotency key."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a request may know of its limit; `reset` is epoch seconds, rounded up."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


class Window:
    """At most `limit` in *any* five seconds: a burst across the edge of two windows counts.

    Lob says only "150 requests per 5 seconds"; whoever keeps to this keeps to every reading.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.peak = 0
        self._admitted: deque[float] = deque()
        self._arrived: deque[float] = deque()

    def take(self, now: float) -> Allowance:
        """Count a request that comes at `now` (seconds, never running backwards)."""
        for moments in (self._admitted, self._arrived):
            while moments and moments[0] <= now - WINDOW_SECONDS:
                moments.popleft()
        self._arrived.append(now)
        self.peak = max(self.peak, len(self._arrived))
        allowed = len(self._admitted) < self.limit
        if allowed:
            self._admitted.append(now)
        first = self._admitted[0] if self._admitted else now
        return Allowance(
            allowed=allowed,
            limit=self.limit,
            remaining=self.limit - len(self._admitted),
            reset=math.ceil(first + WINDOW_SECONDS),
        )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of an idempotency key: its piece, since when, and what was asked for."""

    piece: str
    since: float
    asked: str


class Keys:
    """Idempotency keys for 24 hours; of two requests with one key the second waits."""

    def __init__(self) -> None:
        self._kept: dict[Slot, Kept] = {}
        self._busy: set[Slot] = set()
        self._turn = threading.Condition()

    def claim(self, slot: Slot, now: float) -> Kept | None:
        """What the key stands for; None: it is the caller's, until `settle`."""
        with self._turn:
            self._turn.wait_for(lambda: slot not in self._busy)
            kept = self._kept.get(slot)
            if kept and now - kept.since < KEY_SECONDS:
                return kept
            self._busy.add(slot)
            return None

    def settle(self, slot: Slot, kept: Kept | None) -> None:
        """The end of a claim; None: nothing was accepted and the key is free again."""
        with self._turn:
            self._busy.discard(slot)
            if kept:
                self._kept[slot] = kept
            self._turn.notify_all()

    def forget(self) -> int:
        """Forget all of them, as if a day had gone by; how many there were."""
        with self._turn:
            known = len(self._kept)
            self._kept.clear()
            return known


class FakeState:
    """Everything a Lob account has; every public method may be called from any thread."""

    def __init__(
        self,
        *,
        rate: int = 150,
        render_seconds: float = 1.0,
        rendering: Callable[[Order], str | None] = lambda order: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.rate = rate
        self.render_seconds = render_seconds
        self.keys = Keys()
        self.counts: Counter[str] = Counter()
        self._rendering = rendering
        self._clock = clock
        self.ahead = 0.0  # seconds by which the clock was moved on
        self._lock = threading.RLock()
        self._windows: dict[tuple[str, str], Window] = {}
        self._requests: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._under_way = self._most_under_way = 0
        self._pieces: dict[str, Piece] = {}
        self._order: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._labelled: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
        self._future: list[tuple[float, int, str, Sequence[tuple[float, str]]]] = []
        self._turns = itertools.count()

    # The clock

    def now(self) -> float:
        """Epoch seconds at the fake Lob's."""
        return self._clock() + self.ahead

    def advance(self, seconds: float) -> float:
        """Move the clock on and return what it says."""
        with self._lock:
            self.ahead += seconds
            return self.now()

    # The limits

    def count(self, key: str, endpoint: str, resource: str) -> Allowance:
        """Count a request against the limit of its key and endpoint, in real time."""
        with self._lock:
            doubled = 2 if resource == "us_verifications" else 1
            window = self._windows.setdefault((key, endpoint), Window(self.rate * doubled))
            allowance = window.take(self._clock())
            self._requests[endpoint] += 1
            if not allowance.allowed:
                self._refused[endpoint] += 1
            return allowance

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """A request is, until its answer goes out."""
        with self._lock:
            self._under_way += 1
            self._most_under_way = max(self._most_under_way, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def add(self, what: str) -> None:
        """One more of these, for the summary."""
        with self._lock:
            self.counts[what] += 1

    # The pieces

    def create(
        self, mode: str, kind: Kind, key: str, asked: str, read: Callable[[], Order]
    ) -> Piece:
        """The piece of this key: the one it stands for, or a new one. `read` may raise Wrong."""
        if not key:
            return self._accept(mode, read())
        slot = (mode, kind.resource, key)
        kept = self.keys.claim(slot, self.now())
        if kept:
            self.add("replayed" if kept.asked == asked else "replayed with another body")
            return self._pieces[kept.piece]
        kept = None
        try:
            piece = self._accept(mode, read())
            kept = Kept(piece=piece.id, since=self.now(), asked=asked)
        finally:
            self.keys.settle(slot, kept)
        return piece

    def _accept(self, mode: str, order: Order) -> Piece:
        now = self.now()
        piece = Piece(
            id=f"{order.kind.prefix}_{secrets.token_hex(8)}",
            mode=mode,
            order=order,
            created=now,
            renders=now + self.render_seconds,
            fails=_own_fault(order) or self._rendering(order) or "",
        )
        with self._lock:
            self.counts["accepted"] += 1
            self._pieces[piece.id] = piece
            self._order[mode, order.kind.resource].append(piece.id)
            for name, value in order.metadata.items():
                self._labelled[mode, order.kind.resource, name, value].append(piece.id)
            self._expect(piece, tuple(piece.journey()))
        return piece

    def find(self, mode: str, kind: Kind, name: str) -> Piece:
        """The piece of that id; Wrong `not_found` where this mode has none."""
        with self._lock:
            piece = self._pieces.get(name)
        if piece is None or piece.mode != mode or piece.order.kind is not kind:
            raise Wrong("not_found", f"{kind.object} not found", status=404)
        return piece

    def cancel(self, mode: str, kind: Kind, name: str) -> Piece:
        """Call it back while that is possible; else Wrong `not_deletable`."""
        with self._lock:
            piece, now = self.find(mode, kind, name), self.now()
            if piece.cancelled is not None:
                return piece
            if now >= piece.sends:
                message = f"The {kind.object} can no longer be cancelled: it is on its way"
                raise Wrong("not_deletable", message)
            piece = self._pieces[name] = replace(piece, cancelled=now)
            self.counts["cancelled"] += 1
            self._expect(piece, ((now, "deleted"),))
            return piece

    def listed(self, mode: str, kind: Kind, metadata: Mapping[str, str]) -> list[Piece]:
        """What was not cancelled, newest first, with all of this metadata."""
        resource = kind.resource
        with self._lock:
            found = [self._labelled[mode, resource, *pair] for pair in metadata.items()]
            ids = min(found, key=len) if found else self._order[mode, resource]
            pieces = [self._pieces[name] for name in reversed(ids)]
        return [
            piece
            for piece in pieces
            if piece.cancelled is None and metadata.items() <= piece.order.metadata.items()
        ]

    # What happens to them

    def _expect(self, piece: Piece, steps: Sequence[tuple[float, str]]) -> None:
        heapq.heappush(self._future, (steps[0][0], next(self._turns), piece.id, steps))

    def happen(self) -> Iterator[tuple[float, str, Piece]]:
        """Take what is due by now: moment, Lob's word, piece; each is told once."""
        while True:
            with self._lock:
                if not self._future or self._future[0][0] > self.now():
                    return
                at, _, name, steps = heapq.heappop(self._future)
                piece, word = self._pieces[name], steps[0][1]
                if piece.cancelled is not None and word != "deleted" and at >= piece.cancelled:
                    continue
                if steps[1:]:
                    self._expect(piece, steps[1:])
            yield at, word, piece

    # The summary

    def stats(self) -> dict[str, Any]:
        """The numbers of `GET /_fake/stats`; `pieces` counts real pieces by `mailroom_piece`."""
        with self._lock:
            pieces = list(self._pieces.values())
            peaks: dict[str, int] = defaultdict(int)
            for (_, endpoint), window in self._windows.items():
                peaks[endpoint] = max(peaks[endpoint], window.peak)
            stats: dict[str, Any] = {
                "counts": dict(self.counts),
                "requests": dict(self._requests),
                "peaks": dict(peaks),
                "rate_limited": dict(self._refused),
                "at_once": self._most_under_way,
            }
        mail = Counter(p.order.metadata.get(LABEL, p.id) for p in pieces if p.is_mail)
        return {
            **stats,
            "accepted": len(pieces),
            "physical": sum(mail.values()),
            "cancelled": sum(p.cancelled is not None for p in pieces),
            "failed": sum(bool(p.fails) for p in pieces),
            "statuses": dict(Counter(p.status(self.now()) for p in pieces)),
            "by_kind": {k: sum(p.order.kind is kind for p in pieces) for k, kind in KINDS.items()},
            "duplicates": {name: number for name, number in mail.items() if number > 1},
            "pieces": dict(mail),
        }


def _own_fault(order: Order) -> str | None:
    """A piece can ask for it: `render fails` in an address line, the description, metadata."""
    lines = (order.to.get("address_line1"), order.to.get("address_line2"))
    words = (*lines, order.shown.get("description"), *order.metadata.values())
    asks = any("render fails" in (word or "").lower() for word in words)
    return "The file could not be rendered" if asks else None
