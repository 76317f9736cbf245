"""What Lob tells of a piece, by list or by webhook, as `News`."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mailroom.errors import EnvironmentProblem, Refused
from mailroom.model import News, Status
from mailroom.providers.lob_client import without_links
from mailroom.providers.lob_words import LAST_WORDS, NEWS

TOLERANCE = dt.timedelta(minutes=5)
"""How old a signature may be: Lob documents none; five minutes are usual."""


def news_of_resource(resource: Mapping[str, Any]) -> Iterator[News]:
    """How a listed piece stands, and every scan of it."""
    kind = str(resource.get("object", "piece"))
    state = "deleted" if resource.get("deleted") else str(resource.get("status", "created"))
    ref = str(resource.get("id", ""))
    at = str(resource.get("date_modified") or resource.get("date_created") or "")
    yield _news(resource, f"{ref}:{state}", f"{kind}.{state}", _time(at))
    for scan in resource.get("tracking_events") or ():
        if isinstance(scan, dict):
            word = str(scan.get("name", "")).lower().replace(" ", "_")
            happened = _time(str(scan.get("time") or scan.get("date_created") or at))
            name = str(scan.get("id") or f"{ref}:{word}:{happened}")
            yield _news(resource, name, f"{kind}.{_prefixed(scan)}{word}", happened)


def _prefixed(scan: Mapping[str, Any]) -> str:
    return "certified." if scan.get("type") == "certified" else ""


def news_of_event(event: Mapping[str, Any]) -> News:
    """What a webhook's event says; an event of a kind nobody knows is kept as it is."""
    kind = event.get("event_type")
    word = str(kind.get("id", "") if isinstance(kind, dict) else kind or "unknown")
    body = event.get("body")
    resource = body if isinstance(body, dict) else {"id": event.get("reference_id", "")}
    return _news(resource, str(event["id"]), word, _time(str(event.get("date_created", ""))))


def _news(resource: Mapping[str, Any], name: str, word: str, at: str) -> News:
    told = resource.get("metadata")
    metadata = told if isinstance(told, dict) else {}
    said = word.partition(".")[2]
    status = NEWS.get(said)
    return News(
        id=_plain(name),
        provider="lob",
        mailing=_plain(metadata.get("mailroom_mailing", "")),
        piece=_plain(metadata.get("mailroom_piece", "")),
        key=_plain(metadata.get("mailroom_key", "")),
        ref=_plain(resource.get("id", "")),
        word=_plain(word),
        status=status,
        at=at,
        note=_plain(_reason(resource)) if status is Status.FAILED else "",
        raw=_plain(json.dumps(without_links(resource), ensure_ascii=False, default=str)),
        known=said in NEWS,
        final=said.removeprefix("certified.") in LAST_WORDS,
    )


def _plain(told: object) -> str:
    """Text that every ledger can keep: JSON may hold halves of characters, and NUL."""
    return str(told).encode("utf-8", "replace").decode().replace("\0", "")


def _reason(resource: Mapping[str, Any]) -> str:
    """Why it could not be made, and what to do about it."""
    reason = resource.get("failure_reason")
    if not isinstance(reason, dict):
        return str(reason or "Lob gives no reason")
    words = (str(reason.get(key) or "") for key in ("failure_reason", "remediation"))
    return "; ".join(word for word in words if word) or "Lob gives no reason"


def _time(text: str) -> str:
    """ISO 8601 in UTC, so that times of news can be compared as text; empty if it is none."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    try:
        return aware.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    except OverflowError:  # the first or last day there is
        return ""


# --- webhooks -----------------------------------------------------------------------------


def read_webhook(
    headers: Mapping[str, str], body: bytes, secret: str, now: dt.datetime
) -> Mapping[str, Any]:
    """The event of a call that Lob has signed; Refused otherwise, and nothing was read.

    The signature is the hexadecimal HMAC-SHA256 of `timestamp + "." + raw body` under the
    webhook's secret, in `Lob-Signature` and `Lob-Signature-Timestamp`. EnvironmentProblem
    without a secret that is one.
    """
    if secret in ("", "secret"):
        fault = "one that everybody guesses" if secret else "not set"
        hint = "export LOB_WEBHOOK_SECRET=...; Lob's dashboard has it under Webhooks"
        raise EnvironmentProblem(f"LOB_WEBHOOK_SECRET is {fault}", hint=hint)
    stamp = headers.get("lob-signature-timestamp", "")
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), headers.get("lob-signature", "").encode()):
        raise Refused("the signature is not Lob's")
    if abs(now - _stamped(stamp)) > TOLERANCE:
        raise Refused(f"the signature is of another time: {stamp}")
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("it is signed, and no JSON") from None
    if not isinstance(event, dict) or not event.get("id"):
        raise Refused("it is signed, and no event")
    return event


def _stamped(stamp: str) -> dt.datetime:
    """Seconds or milliseconds since 1970: Lob does not say which; ISO 8601 is read, too."""
    try:
        number = float(stamp)
        return dt.datetime.fromtimestamp(number / 1000 if number > 1e11 else number, dt.UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        raise Refused(f"the signature has no time: {stamp!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
