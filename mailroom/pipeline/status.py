"""status, and the print room: where every piece is, and what a person settles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailroom.errors import UsageError
from mailroom.ledger.lock import sole_sender
from mailroom.model import (
    Dispatch,
)
from mailroom.pipeline.frozen import proof_files
from mailroom.workspace import Workspace


def batches(ws: Workspace, name: str) -> tuple[Dispatch, ...]:
    """The journal of a mailing: every batch and what became of it."""
    ws.mailing(name)
    return ws.ledger.dispatches(name)


def settle(ws: Workspace, name: str, batch: str, *, made: bool, by: str) -> Dispatch:
    """A person says whether a doubtful batch was made; only then may it go again."""
    with sole_sender(ws.state, name):
        doubtful = ws.ledger.dispatches(name, "unknown")
        found = [line for line in doubtful if batch and line.key.startswith(batch)]
        if len(found) != 1:
            known = ", ".join(line.key[:8] for line in doubtful) or "there is none"
            raise UsageError(f"no doubtful batch {batch!r} of {name}", hint=f"in doubt: {known}")
        note = f"{by} says it {'was' if made else 'was not'} made"
        write_down = ws.ledger.confirm if made else ws.ledger.reprint
        write_down(found[0].key, note, ws.now())
        return found[0]


def status(ws: Workspace, name: str) -> dict[str, Any]:
    """Where every piece of a mailing is, as `status --json` prints it."""
    ws.mailing(name)
    pieces = ws.ledger.pieces(name)
    counts: dict[str, int] = {}
    for item in pieces:
        counts[item.status.value] = counts.get(item.status.value, 0) + 1
    return {
        "mailing": name,
        "counts": counts,
        "next": _next_step(ws, name, counts),
        "pieces": [
            {
                "piece": item.piece.number,
                "recipient": item.piece.recipient.name or item.piece.recipient.key,
                "status": item.status.value,
                "provider": item.provider,
                "provider_ref": item.provider_ref,
                "attempts": item.attempts,
            }
            for item in pieces
        ],
    }


def _next_step(ws: Workspace, name: str, counts: Mapping[str, int]) -> str:
    """The command that brings the mailing on."""
    found = ws.ledger.plan(name)
    if found is None:
        return f"mailroom prepare {name}"
    if counts.get("unknown"):
        return f"mailroom batch list {name}"
    if counts.get("sending"):
        return f"mailroom send {name} --live"
    if not counts.get("ready"):
        return ""
    if ws.ledger.approval(name, found.digest):
        return f"mailroom send {name}"
    proofed = proof_files(ws, name, found.digest)[0].is_file()
    return f"mailroom approve {name} --by YOU" if proofed else f"mailroom proof {name}"
