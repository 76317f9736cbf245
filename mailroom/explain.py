"""`mailroom why`: why a person is in or out, and where each part of a greeting comes from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mailroom import plan
from mailroom.errors import UsageError
from mailroom.model import LeftOut, Piece, Planned, Recipient
from mailroom.pipeline import choose
from mailroom.workspace import Workspace


def find_people(ws: Workspace, who: str) -> tuple[Recipient, ...]:
    """The people meant by a key, an e-mail address, a name or a part of one."""
    everybody = ws.ledger.people(gone=True)
    wanted = _fold(who)
    exact = [p for p in everybody if wanted in (_fold(p.key), _fold(p.email), _fold(p.name))]
    found = exact or [p for p in everybody if wanted in _fold(f"{p.name} {p.company} {p.key}")]
    if not found:
        hint = "`mailroom people` lists everybody; `mailroom intake FILE` reads an export"
        raise UsageError(f"nobody is called {who!r}", hint=hint)
    return tuple(found)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).strip()


def why(ws: Workspace, person: Recipient, mailings: Iterable[str]) -> dict[str, Any]:
    """Everything that is known of one person, as `why --json` prints it."""
    return {
        "recipient": person.key,
        "name": person.name,
        "source": person.where,
        "suppressed": list(person.suppressed),
        "findings": [
            {"rule": f.rule, "severity": f.severity.value, "message": f.message, "hint": f.hint}
            for f in person.findings
        ],
        "mailings": [_in_mailing(ws, person, name) for name in mailings],
    }


def _in_mailing(ws: Workspace, person: Recipient, name: str) -> dict[str, Any]:
    mailing = ws.mailing(name)
    answer: dict[str, Any] = {"mailing": name, "title": mailing.title}
    sent = next((p for p in ws.ledger.pieces_of(person.key) if p.piece.mailing == name), None)
    chosen = choose(ws, mailing)
    out = next((o for o in chosen.left_out if o.recipient.key == person.key), None)
    answer |= _decision(out, sent)
    piece = sent.piece if sent else _would_be(ws, person, name)
    if piece and not out:
        answer["greeting"] = _greeting(piece)
        answer["address"] = list(piece.address_lines)
        answer["together_with"] = [m.name for m in piece.household.members if m.key != person.key]
        answer["signed_by"] = piece.owner.name
        answer["language"] = piece.language
    if sent:
        answer["history"] = [
            {"at": e.at, "was": e.was, "now": e.now, "note": e.note}
            for e in ws.ledger.events(sent.piece.key)
        ]
    return answer


def _decision(out: LeftOut | None, sent: Planned | None) -> dict[str, Any]:
    if out:
        return {"in": False, "reason": out.reason}
    if sent is None:
        return {"in": True, "reason": "selected; not prepared yet"}
    held = [f"{f.rule}: {f.message}" for f in sent.piece.findings if f.severity == "error"]
    return {
        "in": True,
        "reason": "; ".join(held) if sent.status == "held" else "selected",
        "piece": sent.piece.number,
        "status": sent.status.value,
    }


def _would_be(ws: Workspace, person: Recipient, name: str) -> Piece | None:
    mailing = ws.mailing(name)
    setup = ws.setup(mailing)
    for household in choose(ws, mailing).households:
        if any(member.key == person.key for member in household.members):
            owners = ws.settings.owners
            return plan.make_piece(household, 0, mailing, setup.layout, setup.sender, owners)
    return None


def _greeting(piece: Piece) -> Mapping[str, Mapping[str, str]]:
    names = ("envelope_name", "salutation", "informal")
    parts = ((name, getattr(piece.greeting, name)) for name in names)
    return {name: {"text": part.text, "source": part.source} for name, part in parts}
