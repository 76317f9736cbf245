"""status: where every piece of a mailing is, and what to type next."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mailroom.config import file_of
from mailroom.ledger.history import open_mailings, sent_titles
from mailroom.model import Planned, Severity, Status
from mailroom.occasions import AHEAD
from mailroom.pipeline import editions
from mailroom.pipeline.frozen import batch_folder, proof_files
from mailroom.pipeline.prepare import kind_of
from mailroom.pipeline.returns import returns
from mailroom.pipeline.tally import HAD_ALREADY, tally
from mailroom.pipeline.whereabouts import failed, in_order, silent, teller, undo
from mailroom.track import ON_ITS_WAY, UNSENT
from mailroom.workspace import Workspace


def all_mailings(ws: Workspace) -> tuple[str, ...]:
    """Those with a file, those that have sent something and whose file is gone, and editions.

    Of the editions those with something still to be done, and those of the last days: a
    programme makes hundreds.
    """
    known, recent = ws.settings.mailings, ws.today - dt.timedelta(days=AHEAD)
    sent = sent_titles(ws.ledger)
    still_open = open_mailings(ws.ledger, _OPEN)
    names = (*known, *sent, *(name for name in still_open if ws.settings.edition(name)))
    editions = {name: found[1] for name in names if (found := ws.settings.edition(name))}
    return tuple(
        name
        for name in dict.fromkeys(names)
        if name not in editions or name in still_open or editions[name] >= recent
    )


_OPEN = frozenset(
    {*(status.value for status in UNSENT), Status.SENDING.value, Status.UNKNOWN.value}
)


def status(ws: Workspace, name: str) -> dict[str, Any]:
    """Where every piece of a mailing is, as `status --json` prints it.

    Also of one whose file is gone: what it has sent is not forgotten.
    """
    lost = not ws.settings.knows(name) and name in sent_titles(ws.ledger)
    title = f"{name} (its file is gone)" if lost else editions.title(ws.mailing(name))
    pieces = ws.ledger.pieces(name)
    left_out = _left_out(ws, name, pieces)
    told = tally(
        (left["key"] for left in left_out), ((i.piece.household, i.status) for i in pieces)
    )
    counts = in_order(item.status for item in pieces)
    return {
        "mailing": name,
        "title": title,
        "live": ws.live,
        "people": told.people,
        "tally": told,
        "counts": counts,
        "held": dict(Counter(_reason(item) for item in pieces if item.status is Status.HELD)),
        "left_out": dict(Counter(kind_of(left["reason"]) for left in left_out).most_common()),
        "made": _made(ws, name),
        "approved": _approved(ws, name),
        "undo": undo(ws, name, pieces),
        "failed": failed(ws, name, pieces),
        "returned": returns(ws, name),
        "silent": silent(ws, name, pieces),
        "next": f"put {file_of(name)} back" if lost else _next_step(ws, name, pieces, counts),
        "pieces": [_line(item) for item in pieces],
    }


def _approved(ws: Workspace, name: str) -> dict[str, str] | None:
    """Who has approved the plan as it stands, and when."""
    found = ws.ledger.plan(name)
    approval = ws.ledger.approval(name, found.digest) if found else None
    return {"by": approval.by, "at": approval.at.isoformat()} if approval else None


def _line(item: Planned) -> dict[str, Any]:
    return {
        "piece": item.piece.number,
        "recipient": item.piece.recipient.name_or_key,
        "status": item.status.value,
        "provider": item.provider,
        "provider_ref": item.provider_ref,
        "attempts": item.attempts,
    }


def _reason(item: Planned) -> str:
    """The first rule that holds it; none does where it was pulled at the last second."""
    errors = (f.rule for f in item.piece.findings if f.severity is Severity.ERROR)
    return next(errors, "pulled before posting")


def _left_out(ws: Workspace, name: str, pieces: Sequence[Planned]) -> list[dict[str, str]]:
    """Who gets nothing, as the plan has it; those who have had theirs are not among them."""
    found = ws.ledger.plan(name)
    had = {member.key for item in pieces for member in item.piece.household.members}
    left = ({"key": "", **left} for left in (found.report["left_out"] if found else ()))
    return [one for one in left if one["reason"] != HAD_ALREADY and one["key"] not in had]


def _made(ws: Workspace, name: str) -> list[dict[str, Any]]:
    """The files of every batch that was handed over: where they are, how large."""
    return [
        {
            "folder": str(folder),
            "files": [_file(path) for path in sorted(folder.iterdir())],
        }
        for line in ws.ledger.dispatches(name, "done")
        if (folder := Path(line.folder or batch_folder(ws, name, line.key))).is_dir()
    ]


def _file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "bytes": path.stat().st_size}


def _next_step(
    ws: Workspace, name: str, pieces: Sequence[Planned], counts: Mapping[str, int]
) -> str:
    """The command that brings the mailing on."""
    found, test = ws.ledger.plan(name), "" if ws.live else " --test"
    if found is None:
        return f"mailroom prepare {name}"
    if counts.get("unknown"):
        unknown = {item.provider for item in pieces if item.status is Status.UNKNOWN}
        if any(teller(ws, provider) for provider in unknown):
            return f"mailroom track {name}{test}"  # which names what it could not settle
        return f"mailroom batch list {name}{test}"
    if counts.get("sending"):
        return f"mailroom send {name}" + (" --live" if ws.live else "")
    if not counts.get("ready"):
        return _after_sending(ws, name, pieces, test)
    if ws.ledger.approval(name, found.digest):
        begun = ws.live and any(item.provider_ref for item in pieces)
        return f"mailroom send {name}{' --live' * begun}"
    proofed = proof_files(ws, name, found.digest)[0].is_file()
    return f"mailroom approve {name} --by YOU" if proofed else f"mailroom proof {name}"


def _after_sending(ws: Workspace, name: str, pieces: Sequence[Planned], test: str) -> str:
    """Nothing waits: is there news to be had, or anything to be planned again?"""
    under_way = {item.provider for item in pieces if item.status in ON_ITS_WAY}
    if any(teller(ws, provider) for provider in under_way):
        return f"mailroom track {name}{test}"
    if any(item.status is Status.FAILED for item in pieces) and ws.live:
        return f"mailroom prepare {name}"
    return ""
