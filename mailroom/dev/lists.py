"""Pages of a list: filters, cursors and the shape that Lob gives them. Newest first.

A cursor is the id of the piece it stands behind (`after`) or before (`before`), wrapped so
that nobody reads anything into it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from mailroom.dev.bodies import Fields, read_body
from mailroom.dev.pieces import Piece, show
from mailroom.dev.wrong import Wrong

LIMIT = 10
MOST = 100
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "gt": lambda at, edge: at > edge,
    "gte": lambda at, edge: at >= edge,
    "lt": lambda at, edge: at < edge,
    "lte": lambda at, edge: at <= edge,
}


def read_page(pieces: Sequence[Piece], query: str, now: float, url: str) -> dict[str, Any]:
    """The page that `query` asks for; `pieces` are newest first, `url` is that of the list."""
    asked = read_body("application/x-www-form-urlencoded", query.encode())
    limit = _limit(asked.get("limit", LIMIT))
    found = [piece for piece in pieces if _matches(piece, asked, now)]
    start, end = _slice([piece.id for piece in found], asked, limit)
    page = found[start:end]

    def link(name: str, piece: Piece) -> str:
        kept = _without_cursors(asked)
        return f"{url}?{urlencode([*kept, ('limit', limit), (name, _wrap(piece.id))])}"

    answer = {
        "object": "list",
        "data": [show(piece, now) for piece in page],
        "next_url": link("after", page[-1]) if page and end < len(found) else None,
        "previous_url": link("before", page[0]) if page and start > 0 else None,
        "count": len(page),
    }
    wants_total = "total_count" in _list(asked.get("include"))
    return {**answer, "total_count": len(found)} if wants_total else answer


def _slice(ids: Sequence[str], asked: Fields, limit: int) -> tuple[int, int]:
    if asked.get("before") and asked.get("after"):
        raise Wrong("invalid", "give before or after, not both")
    if asked.get("before"):
        end = _place(ids, asked["before"])
        return max(end - limit, 0), end
    start = _place(ids, asked["after"]) + 1 if asked.get("after") else 0
    return start, min(start + limit, len(ids))


def _place(ids: Sequence[str], cursor: str) -> int:
    try:
        return ids.index(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (ValueError, binascii.Error):
        raise Wrong("invalid", "there is no such cursor") from None


def _wrap(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _limit(given: Any) -> int:
    try:
        limit = int(given)
    except (TypeError, ValueError):
        limit = 0
    if not 1 <= limit <= MOST:
        raise Wrong("invalid", f"limit must be a number from 1 to {MOST}")
    return limit


def _without_cursors(asked: Fields) -> list[tuple[str, str]]:
    """The filters once more, flat, for the address of the next page."""
    pairs: list[tuple[str, str]] = []
    for name, value in asked.items():
        if name in ("limit", "before", "after"):
            continue
        if isinstance(value, Mapping):
            pairs += [(f"{name}[{below}]", word) for below, word in value.items()]
        elif isinstance(value, list):
            pairs += [(f"{name}[]", word) for word in value]
        else:
            pairs.append((name, value))
    return pairs


def _matches(piece: Piece, asked: Fields, now: float) -> bool:
    shown = piece.order.shown
    sizes = _list(asked.get("size"))
    return (
        asked.get("status") in (None, piece.status(now))
        and asked.get("mail_type") in (None, shown["mail_type"])
        and (not sizes or shown["size"] in sizes)
        and _in_time(piece.created, asked.get("date_created"))
        and _in_time(piece.sends, asked.get("send_date"))
        and asked.get("scheduled") in (None, str(piece.order.send_date is not None).lower())
    )


def _in_time(at: float, edges: Any) -> bool:
    """`{"gt": "2026-11-01"}`: all of the edges given; one without a comparison is ignored."""
    if not isinstance(edges, Mapping):
        return True
    return all(
        _COMPARISONS[name](at, _epoch(edge)) for name, edge in edges.items() if name in _COMPARISONS
    )


def _epoch(given: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(given)
    except ValueError:
        raise Wrong("invalid", f"{given!r} is no date in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
