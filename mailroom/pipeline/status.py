"""status, and the print room: where every piece is, and what a person settles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom.errors import ProviderError, UsageError
from mailroom.ledger.history import replies
from mailroom.ledger.told import news_of
from mailroom.model import Dispatch, News, Planned, Reply, Severity, Status
from mailroom.pipeline.frozen import batch_folder, proof_files
from mailroom.pipeline.prepare import HAD_ALREADY
from mailroom.pipeline.returns import returns
from mailroom.pipeline.whereabouts import failed, in_order, silent, teller, undo
from mailroom.track import ON_ITS_WAY
from mailroom.workspace import Workspace


def batches(ws: Workspace, name: str) -> tuple[Dispatch, ...]:
    """The journal of a mailing: every batch and what became of it."""
    ws.mailing(name)
    return ws.ledger.dispatches(name)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything that is kept of a batch, for whoever has to claim something."""

    batch: Dispatch
    pieces: tuple[tuple[int, str], ...]  #: number and name
    replies: tuple[Reply, ...]  #: every answer of the provider's server
    news: tuple[News, ...]  #: what it has told of the pieces since


def batch(ws: Workspace, name: str, key: str) -> Proof:
    """One batch by the beginning of its key; UsageError where that is none or several."""
    lines = ws.ledger.dispatches(name)
    found = [line for line in lines if key and line.key.startswith(key)]
    if len(found) != 1:
        hint = f"`mailroom batch list {name}` lists them"
        several = "is the beginning of several batches" if found else "is no batch"
        raise UsageError(f"{key!r} {several} of {name}", hint=hint)
    (line,) = found
    names = {
        item.piece.key: (item.piece.number, item.piece.recipient.name or item.piece.recipient.key)
        for item in ws.ledger.pieces(name)
    }
    told = (news for piece in line.pieces for news in news_of(ws.ledger, piece))
    return Proof(
        batch=line,
        pieces=tuple(names[piece] for piece in line.pieces if piece in names),
        replies=replies(ws.ledger, line.key),
        news=tuple(news for news in told if news.ref == line.ref),
    )


def settle(ws: Workspace, name: str, batch: str, *, made: bool, by: str) -> Dispatch:
    """A person says whether a doubtful batch was made; only then may it go again."""
    with ws.locks.hold(f"mailing:{name}"):
        doubtful = ws.ledger.dispatches(name, "unknown")
        found = [line for line in doubtful if batch and line.key.startswith(batch)]
        if len(found) != 1:
            known = ", ".join(line.key[:8] for line in doubtful) or "there is none"
            raise UsageError(f"no doubtful batch {batch!r} of {name}", hint=f"in doubt: {known}")
        if not made:
            _call_back(ws, found[0])
        note = f"{by} says it {'was' if made else 'was not'} made"
        write_down = ws.ledger.confirm if made else ws.ledger.reprint
        write_down(found[0].key, note, ws.now())
        return found[0]


def _call_back(ws: Workspace, line: Dispatch) -> None:
    """A job that still waits in a queue must not be printed beside its reprint."""
    try:
        ws.provider(line.provider).cancel(line.key)
    except ProviderError as error:
        if error.retryable and not error.unknown:
            raise
        ws.tell(f"{error}; make sure yourself that nothing of the batch is still queued")


def all_mailings(ws: Workspace) -> tuple[str, ...]:
    """Those with a file, and those that have sent something and whose file is gone."""
    return tuple(dict.fromkeys((*ws.settings.mailings, *ws.ledger.sent_titles())))


def status(ws: Workspace, name: str) -> dict[str, Any]:
    """Where every piece of a mailing is, as `status --json` prints it.

    Also of one whose file is gone: what it has sent is not forgotten.
    """
    lost = name not in ws.settings.mailings and name in ws.ledger.sent_titles()
    title, sources = f"{name} (its file is gone)", tuple[str, ...]()
    if not lost:
        mailing = ws.mailing(name)
        title, sources = mailing.title, mailing.sources
    pieces = ws.ledger.pieces(name)
    counts = in_order(item.status for item in pieces)
    return {
        "mailing": name,
        "title": title,
        "live": ws.live,
        "people": len(ws.ledger.people(sources)),
        "counts": counts,
        "held": dict(Counter(_reason(item) for item in pieces if item.status is Status.HELD)),
        "left_out": _left_out(ws, name),
        "made": _made(ws, name),
        "approved": _approved(ws, name),
        "undo": undo(ws, name, pieces),
        "failed": failed(ws, name, pieces),
        "returned": returns(ws, name),
        "silent": silent(ws, name, pieces),
        "next": f"put mailings/{name}.toml back" if lost else _next_step(ws, name, pieces, counts),
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
        "recipient": item.piece.recipient.name or item.piece.recipient.key,
        "status": item.status.value,
        "provider": item.provider,
        "provider_ref": item.provider_ref,
        "attempts": item.attempts,
    }


def _reason(item: Planned) -> str:
    """The first rule that holds it; none does where it was pulled at the last second."""
    errors = (f.rule for f in item.piece.findings if f.severity is Severity.ERROR)
    return next(errors, "pulled before posting")


def _left_out(ws: Workspace, name: str) -> dict[str, int]:
    """How many people get nothing, by reason; those who have had theirs are not among them."""
    found = ws.ledger.plan(name)
    reasons = [left["reason"] for left in found.report["left_out"]] if found else []
    return dict(Counter(_kind(r) for r in reasons if r != HAD_ALREADY).most_common())


def _kind(reason: str) -> str:
    """The reason without the one person in it."""
    return "duplicate" if reason.startswith("duplicate of ") else reason


def _made(ws: Workspace, name: str) -> list[dict[str, Any]]:
    """The files of every batch that was handed over: where they are, how large."""
    return [
        {
            "folder": str(folder),
            "files": [
                {"name": p.name, "bytes": p.stat().st_size} for p in sorted(folder.iterdir())
            ],
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
        return f"mailroom batch list {name}{test}"
    if counts.get("sending"):
        return f"mailroom send {name}" + (" --live" if ws.live else "")
    if not counts.get("ready"):
        return _after_sending(ws, name, pieces, test)
    if ws.ledger.approval(name, found.digest):
        return f"mailroom send {name}"
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
