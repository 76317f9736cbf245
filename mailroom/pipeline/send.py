"""send: the approved pieces to the provider, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.dispatch import Build, Outcome, dispatch, in_batches, reconcile
from mailroom.errors import ApprovalError, Refused
from mailroom.ledger import Plan
from mailroom.ledger.lock import sole_sender
from mailroom.model import (
    Batch,
    Planned,
    Severity,
    Status,
)
from mailroom.pipeline.approve import check_unchanged
from mailroom.pipeline.collect import choose
from mailroom.pipeline.frozen import (
    Progress,
    fresh_folder,
    last_plan,
    located,
    no_progress,
    sha256,
    waits,
)
from mailroom.produce import Setup
from mailroom.providers import Capabilities, Provider
from mailroom.sheets.batch import write_batch
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A piece that was approved and is not sent after all."""

    piece: int
    recipient: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SendReport:
    """What was sent, or in a rehearsal would be; `--json` prints it."""

    mailing: str
    live: bool
    provider: str
    posted: int  #: in this call; in a rehearsal: that would be
    outcomes: tuple[Outcome, ...]
    pulled: tuple[Pulled, ...]
    left: int  #: approved and still to be sent
    sent_before: int
    folder: str  #: of a rehearsal's files


Confirm = Callable[[int, str], int | None]
"""Asked for the number of pieces before anything is posted: (pieces, provider) -> typed."""


def send(
    ws: Workspace,
    name: str,
    *,
    live: bool,
    confirm: Confirm,
    limit: int = 0,
    progress: Progress = no_progress,
) -> SendReport:
    """Hand the approved pieces to the provider; without `live`, all but that."""
    mailing = ws.mailing(name)
    with sole_sender(ws.state, name):
        found = last_plan(ws, name)
        setup = ws.setup(mailing)
        provider = ws.provider(mailing.provider)
        provider.check(setup.format)
        allowed = _Permission(ws, setup)
        can = provider.capabilities()
        build = _builder(ws, setup, can, live)
        settled = _settle(ws, provider, build, name, allowed) if live else ()
        waiting = _approved(ws, name, found) if _anything_waits(ws, name) else ()
        going = tuple(item for item in waiting if allowed(item))
        batch = going[:limit] if limit else going
        if live and batch:
            _check_confirmed(len(batch), confirm(len(batch), provider.name), name)
        pulled = tuple(_pull(ws, item, allowed, live) for item in waiting if not allowed(item))
        hand_over = _post if live else _rehearse
        posted = hand_over(ws, provider, build, in_batches(batch, can.max_pieces))
        outcomes = (*settled, *_counted(posted, len(batch), progress))
    return _send_report(ws, name, provider, live, outcomes, pulled, len(going) - len(batch))


def _anything_waits(ws: Workspace, name: str) -> bool:
    return any(map(waits, ws.ledger.pieces(name)))


def _approved(ws: Workspace, name: str, found: Plan) -> tuple[Planned, ...]:
    """The pieces that a person has approved exactly as they would be printed now."""
    approval = ws.ledger.approval(name, found.digest)
    pieces = ws.ledger.pieces(name)
    accepted = approval.accepted if approval else {}
    ready = tuple(item for item in pieces if _may_go(item, accepted))
    if not ready:
        return ()
    if approval is None:
        earlier = ws.ledger.approval(name)
        message = "it has changed since it was approved" if earlier else "nobody has approved it"
        hint = f"type `mailroom proof {name}`, then `mailroom approve {name} --by YOU`"
        raise ApprovalError(message, where=f"{name} {found.digest[:12]}", hint=hint)
    check_unchanged(ws, name, found)
    _check_files(ws, found)
    return ready


def _may_go(item: Planned, accepted: Mapping[str, str]) -> bool:
    if item.status is Status.READY:
        return True
    errors = [f.rule for f in item.piece.findings if f.severity is Severity.ERROR]
    return item.status is Status.HELD and bool(errors) and all(r in accepted for r in errors)


def _check_files(ws: Workspace, found: Plan) -> None:
    """The finished pages must be the ones that were approved, byte for byte."""
    for file in found.report["files"]:
        path = ws.state / found.folder / file["name"]
        if not path.is_file() or sha256(path) != file["sha256"]:
            raise ApprovalError(
                "a finished file is not the one that was approved",
                where=str(path),
                hint=f"type `mailroom prepare {found.mailing}` and approve again",
            )


class _Permission:
    """Asks again, at the last second, whether a piece may still go to its household."""

    def __init__(self, ws: Workspace, setup: Setup) -> None:
        chosen = choose(ws, setup.mailing)
        self._members = {m.key for home in chosen.households for m in home.members}
        self._reasons = {item.recipient.key: item.reason for item in chosen.left_out}

    def refusal(self, item: Planned) -> str:
        """Why it may not go any more; empty if it may."""
        for member in item.piece.household.members:
            if member.key not in self._members:
                return self._reasons.get(member.key, "no longer in the export")
        return ""

    def __call__(self, item: Planned) -> bool:
        return not self.refusal(item)


def _pull(ws: Workspace, item: Planned, allowed: _Permission, live: bool) -> Pulled:
    reason = allowed.refusal(item)
    if live and item.status is Status.READY:
        ws.ledger.move([item.piece.key], Status.HELD, f"pulled: {reason}", ws.now())
    return Pulled(piece=item.piece.number, recipient=item.piece.recipient.name, reason=reason)


def _check_confirmed(pieces: int, typed: int | None, name: str) -> None:
    if typed != pieces:
        said = "nothing was typed" if typed is None else f"{typed} was typed"
        raise Refused(
            f"{pieces} pieces would be posted and {said}; nothing was posted",
            hint=f"type `mailroom send {name} --live --confirm {pieces}`",
        )


def _builder(ws: Workspace, setup: Setup, can: Capabilities, live: bool) -> Build:
    """How the files of a batch are made: always the same from the same frozen pages."""
    kind = "sent" if live else "rehearsal"

    def build(key: str, pieces: Sequence[Planned]) -> Batch:
        folder = fresh_folder(ws.state / kind / setup.mailing.name / key[:16], exact=True)
        pages = [located(ws, item) for item in pieces]
        return write_batch(
            pages,
            key,
            setup.mailing,
            setup.format,
            setup.sender,
            ws.fonts,
            folder,
            trimmed=can.trimmed,
        )

    return build


def _settle(
    ws: Workspace,
    provider: Provider,
    build: Build,
    name: str,
    allowed: _Permission,
) -> tuple[Outcome, ...]:
    outcomes = reconcile(ws.ledger, provider, build, name, ws.now, allowed)
    for outcome in outcomes:
        ws.tell(f"batch {outcome.key[:8]} of an interrupted run: {outcome.status}")
    return outcomes


Portions = Iterable[Sequence[Planned]]


def _post(ws: Workspace, provider: Provider, build: Build, portions: Portions) -> Iterator[Outcome]:
    """Batch after batch; what goes wrong with one would go wrong with the next."""
    for batch in portions:
        _release_accepted(ws, batch)
        outcome = dispatch(ws.ledger, provider, build, batch, ws.now)
        yield outcome
        if outcome.status in (Status.READY, Status.FAILED, Status.UNKNOWN):
            return


def _rehearse(
    ws: Workspace, provider: Provider, build: Build, portions: Portions
) -> Iterator[Outcome]:
    """The files of every batch, and no more."""
    for batch in portions:
        made = build(f"rehearsal-{batch[0].piece.number:04d}", batch)
        folder = str(made.files[0].parent)
        yield Outcome(key=made.key, pieces=tuple(batch), status=Status.READY, ref=folder)


def _counted(outcomes: Iterable[Outcome], total: int, progress: Progress) -> Iterator[Outcome]:
    done = 0
    for outcome in outcomes:
        done += len(outcome.pieces)
        progress(done, total)
        yield outcome


def _release_accepted(ws: Workspace, batch: Sequence[Planned]) -> None:
    held = [item.piece.key for item in batch if item.status is Status.HELD]
    if held:
        ws.ledger.move(held, Status.READY, "its findings were accepted at approval", ws.now())


def _send_report(
    ws: Workspace,
    name: str,
    provider: Provider,
    live: bool,
    outcomes: Sequence[Outcome],
    pulled: tuple[Pulled, ...],
    left: int,
) -> SendReport:
    gone = {Status.ACCEPTED, Status.PRINTED, Status.MAILED}
    wanted = gone if live else {Status.READY}
    posted = sum(len(o.pieces) for o in outcomes if o.status in wanted)
    stuck = sum(len(o.pieces) for o in outcomes if live and o.status is Status.READY)
    sent = len(ws.ledger.sent(name).numbers)
    folder = "" if live or not outcomes else str(Path(outcomes[0].ref).parent)
    return SendReport(
        mailing=name,
        live=live,
        provider=provider.name,
        posted=posted,
        outcomes=tuple(outcomes),
        pulled=pulled,
        left=left + stuck,
        sent_before=sent - (posted if live else 0),
        folder=folder,
    )
