"""Why a person is in a mailing or out, and where each part of a greeting comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mailroom.errors import MailroomError
from mailroom.ledger.history import events_of
from mailroom.ledger.told import news_of
from mailroom.model import Household, Mailing, Piece, Planned, Recipient
from mailroom.pipeline import editions
from mailroom.pipeline.collect import known_addresses, plan_pieces
from mailroom.track import UNSENT
from mailroom.workspace import Workspace


def in_mailings(ws: Workspace, person: Recipient, names: Iterable[str]) -> list[dict[str, Any]]:
    """Each mailing: in or out, why, and what is or would be printed."""
    return [_tried(ws, person, name) for name in names]


def _tried(ws: Workspace, person: Recipient, name: str) -> dict[str, Any]:
    """One mailing with a fault in its file must not silence the others."""
    try:
        return _in_mailing(ws, person, name)
    except MailroomError as error:
        return {"mailing": name, "title": name, "in": False, "reason": f"not readable: {error}"}


def _in_mailing(ws: Workspace, person: Recipient, name: str) -> dict[str, Any]:
    mailing = ws.mailing(name)
    pieces, chosen, before = plan_pieces(ws, ws.setup(mailing), person.key)
    stored = next((p for p in ws.ledger.pieces_of(person.key) if p.piece.mailing == name), None)
    would_be = next((piece for piece in pieces if _is_in(person, piece.household)), None)
    had = any(_is_in(person, item.household) for item in before)
    out = next((o.reason for o in chosen.left_out if o.recipient.key == person.key), "")
    if out == editions.NOT_DUE:
        out = editions.not_due(ws, mailing, person)
    if had and not _is_away(stored):
        out = "the household has had its piece"
    elif not (out or had or would_be):
        out = "no longer in the export"
    piece = stored.piece if stored else would_be
    home = next((home for home in chosen.households if _is_in(person, home)), None)
    return {
        "mailing": name,
        "title": editions.title(mailing),
        **_decision(out, stored, would_be),
        **(_printed(piece, person) if piece and not out else {}),
        **_occasions(piece, out),
        **(_verdict(ws, mailing, home) if home else {}),
        **(_history(ws, stored.piece) if stored else {}),
    }


def _occasions(piece: Piece | None, out: str) -> dict[str, Any]:
    """For what a programme gives it."""
    if out or piece is None or not piece.occasions:
        return {}
    return {"occasions": list(dict.fromkeys(one.why for one in piece.occasions))}


def _is_in(person: Recipient, household: Household) -> bool:
    return any(member.key == person.key for member in household.members)


def _decision(out: str, stored: Planned | None, would_be: Piece | None) -> dict[str, Any]:
    """Whether a piece goes there, and how it stands if one is made or has gone."""
    piece = {"piece": stored.piece.number, "status": stored.status.value} if stored else {}
    if out:
        return {"in": False, "reason": out, **(piece if _is_away(stored) else {})}
    if stored is None:
        held = _held(would_be)
        return {"in": True, "held": bool(held), "reason": held or "selected; not prepared yet"}
    pulled = "pulled before posting" if stored.status == "held" else ""
    held = pulled and (_held(stored.piece) or pulled)
    return {"in": True, "held": bool(held), "reason": held or "selected", **piece}


def _held(piece: Piece | None) -> str:
    """What holds a piece, as far as that is known of it."""
    findings = piece.findings if piece else ()
    return "; ".join(f"{f.rule}: {f.message}" for f in findings if f.severity == "error")


def _is_away(stored: Planned | None) -> bool:
    return stored is not None and stored.status not in UNSENT


def _printed(piece: Piece, person: Recipient) -> dict[str, Any]:
    """What is, or would be, on the piece, and who gets it too."""
    return {
        "greeting": _greeting(piece),
        "address": list(piece.address_lines),
        "borrowed": [vars(one) for one in piece.household.borrowed],
        "together_with": [m.name for m in piece.household.members if m.key != person.key],
        "signed_by": piece.owner.name,
        "language": piece.language,
    }


def _verdict(ws: Workspace, mailing: Mailing, home: Household) -> dict[str, Any]:
    """What the post and people have said of the address, as the CRM has it."""
    address = home.head.address
    known = known_addresses(ws, mailing, [address]).get(address)
    if known is None:
        return {}
    kept, word = known.kept, known.vouched
    said: dict[str, Any] = {
        "said": kept.verdict.word if kept else "",
        "message": kept.verdict.message if kept else "",
        "at": kept.at if kept else "",
        "counts": known.verdict is not None,
        "rule": known.holds,
    }
    if word:
        said["vouched"] = {"by": word.by, "reason": word.reason, "at": word.at}
    return {"verdict": said}


def _history(ws: Workspace, piece: Piece) -> dict[str, Any]:
    events, told = events_of(ws.ledger, piece.key), news_of(ws.ledger, piece.key)
    return {
        "history": [{"at": e.at, "was": e.was, "now": e.now, "note": e.note} for e in events],
        "news": [{"at": n.at, "word": n.word, "note": n.note} for n in told],
    }


def _greeting(piece: Piece) -> Mapping[str, Mapping[str, str]]:
    names = ("envelope_name", "salutation", "informal")
    parts = ((name, getattr(piece.greeting, name)) for name in names)
    return {name: {"text": part.text, "source": part.source} for name, part in parts}
