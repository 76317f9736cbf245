"""A piece of mail at the fake Lob: what has become of it by a given moment.

Nothing is stored but the order and its moments. Status, tracking events and webhooks follow
from them and the clock, so that a clock moved on by a month needs no month's work.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.dev.addresses import show_address
from mailroom.dev.orders import POSTCARD, SELF_MAILER, Order

WINDOW = 5 * 60
"""Seconds in which a piece without a send date can be called back (Lob's document)."""

DAY = 86_400
_ASSETS = "https://lob-assets.com"
_LIVES = 30 * DAY

# Days after the send date; made up, but in the order and at the pace of first-class mail.
_HOME = (
    ("mailed", 1),
    ("in_transit", 2),
    ("in_local_area", 4),
    ("processed_for_delivery", 5),
    ("delivered", 6),
)
_BACK = (*_HOME[:3], ("returned_to_sender", 12))
_ABROAD = (("mailed", 1), ("in_transit", 2), ("international_exit", 5))

RETURNS = "comes back"
NAMES = {
    "mailed": "Mailed",
    "in_transit": "In Transit",
    "in_local_area": "In Local Area",
    "processed_for_delivery": "Processed for Delivery",
    "delivered": "Delivered",
    "returned_to_sender": "Returned to Sender",
    "international_exit": "International Exit",
}
# Certified mail has its own words beside the names (Lob's `tracking_event_certified`).
_CERTIFIED = {
    "mailed": "package_accepted",
    "in_transit": "package_departed",
    "in_local_area": "package_in_local_area",
    "processed_for_delivery": "out_for_delivery",
    "delivered": "delivered",
    "returned_to_sender": "returned_to_sender",
}
_TEMPLATES = ("front_template_id", "back_template_id")


def stamp(at: float) -> str:
    """Epoch seconds as Lob writes them: ISO 8601 with milliseconds, UTC."""
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """An accepted order; moments are epoch seconds, `fails` why it cannot be rendered."""

    id: str
    mode: str
    order: Order
    created: float
    renders: float
    fails: str = ""
    cancelled: float | None = None

    @property
    def sends(self) -> float:
        """When it can no longer be called back."""
        given = self.order.send_date
        return self.created + WINDOW if given is None else given

    @property
    def is_mail(self) -> bool:
        """Whether it is, or will be, a real thing of paper."""
        return self.cancelled is None and not self.fails

    def status(self, now: float) -> str:
        if now < self.renders:
            return "processed"
        return "failed" if self.fails else "rendered"

    def journey(self) -> Iterator[tuple[float, str]]:
        """What happens to it and when, to the end, in order; the words are Lob's."""
        yield from sorted(self._steps(), key=lambda step: step[0])

    def _steps(self) -> Iterator[tuple[float, str]]:
        yield self.created, "created"
        if self.fails:
            yield self.renders, "failed"
            return
        yield self.renders, "rendered_pdf"
        yield self.renders, "rendered_thumbnails"
        for word, days in self._route():
            yield max(self.sends, self.renders) + days * DAY, word

    def _route(self) -> tuple[tuple[str, int], ...]:
        if self.order.foreign:
            return _ABROAD
        lines = (self.order.to.get("address_line1", ""), self.order.to.get("address_line2", ""))
        return _BACK if any(RETURNS in line.lower() for line in lines) else _HOME

    def happened(self, now: float) -> Iterator[tuple[float, str]]:
        """The part of the journey that lies behind it; what was called back stands still."""
        end = now if self.cancelled is None else min(now, self.cancelled)
        return ((at, word) for at, word in self.journey() if at <= end)


def show(piece: Piece, now: float) -> dict[str, Any]:
    """The resource as Lob's document has it."""
    order, created = piece.order, stamp(piece.created)
    shown: dict[str, Any] = {"id": piece.id, **order.shown, "metadata": dict(order.metadata)}
    shown["to"] = show_address(order.to, created)
    if order.sender:
        shown["from"] = show_address(order.sender, created)
    shown.update(_assets(piece))
    shown.update(
        carrier="USPS",
        tracking_number=None,
        tracking_events=_tracking(piece, now),
        status=piece.status(now),
        expected_delivery_date=_expected(piece.sends),
        send_date=stamp(piece.sends),
        date_created=created,
        date_modified=stamp(max(at for at, _ in piece.happened(now))),
        object=order.kind.object,
    )
    if order.kind is POSTCARD:
        shown.update(dict.fromkeys(_TEMPLATES))
    if piece.fails and piece.renders <= now:
        shown["failure_reason"] = failure(piece)
    if piece.cancelled is not None:
        shown["deleted"] = True
    return shown


def failure(piece: Piece) -> Mapping[str, Any]:
    """Why it cannot be printed, in Lob's shape."""
    remedy = "Correct the file and send the piece again"
    return {"failure_reason": piece.fails, "remediation": remedy, "errors": []}


def _tracking(piece: Piece, now: float) -> list[dict[str, Any]]:
    if piece.order.shown.get("extra_service") == "registered":
        return []  # "Tracking events are not populated for registered letters"
    return [_tracking_event(piece, at, word) for at, word in piece.happened(now) if word in NAMES]


def _tracking_event(piece: Piece, at: float, word: str) -> dict[str, Any]:
    moment = stamp(at)
    event: dict[str, Any] = {
        "id": f"evnt_{hashlib.sha256(f'{piece.id} {word}'.encode()).hexdigest()[:16]}",
        "type": "normal",
        "name": NAMES[word],
        "details": None,
        "location": piece.order.to.get("address_zip"),
        "time": moment,
        "date_created": moment,
        "date_modified": moment,
        "object": "tracking_event",
    }
    # Lob's document has self-mailers tracked in the words of certified mail, too.
    if piece.order.certified or piece.order.kind is SELF_MAILER:
        details = {"event": _CERTIFIED[word], "description": NAMES[word], "action_required": False}
        event.update(type="certified", details=details)
    return event


def _assets(piece: Piece) -> dict[str, Any]:
    """Addresses that look signed; they lead nowhere."""
    pages = range(1, piece.order.pages + 1)
    thumbnails = [
        {size: _asset(piece, f"_thumb_{size}_{page}.png") for size in ("small", "medium", "large")}
        for page in pages
    ]
    return {"url": _asset(piece, ".pdf"), "thumbnails": thumbnails}


def _asset(piece: Piece, part: str) -> str:
    """Just as the pattern in Lob's document wants it, where `?` stands for `optional`."""
    folder = piece.order.kind.resource.replace("_", "-")
    signature = hashlib.sha256(f"{piece.id}{part}".encode()).hexdigest()
    query = f"version=v1&expires={int(piece.created + _LIVES)}&signature={signature}"
    return f"{_ASSETS}/{folder}/{piece.id}_signature{part}{query}"


def _expected(sends: float) -> str:
    """Six days that are not Sundays after the send date."""
    day, left = dt.datetime.fromtimestamp(sends, dt.UTC).date(), 6
    while left:
        day += dt.timedelta(days=1)
        left -= day.isoweekday() != 7
    return day.isoformat()
