"""send: the approved pieces to the provider, each exactly once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mailroom.dispatch import (
    Build,
    Outcome,
    Recovery,
    dispatch,
    in_batches,
    reconcile,
)
from mailroom.errors import ApprovalError, Refused
from mailroom.files import sha256
from mailroom.formats import FORMATS
from mailroom.ledger import Plan
from mailroom.model import (
    Batch,
    Dispatch,
    Mailing,
    Planned,
    Severity,
    Status,
)
from mailroom.pipeline.approve import check_unchanged
from mailroom.pipeline.collect import choose, unread_exports
from mailroom.pipeline.frozen import (
    Progress,
    batch_folder,
    fresh_folder,
    last_plan,
    located,
    no_progress,
    waits,
)
from mailroom.produce import Setup
from mailroom.providers import Capabilities, Provider
from mailroom.sheets.batch import batch_media, write_batch
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
    with ws.locks.hold(f"mailing:{name}"):
        found = last_plan(ws, name)
        setup = ws.setup(ws.mailing(name))
        _check_exports(ws, setup.mailing, live)
        provider = ws.provider(setup.mailing.provider)
        provider.check(setup.format)
        allowed = Permission(ws, setup.mailing)
        settled = settle_open(ws, name, allowed) if live else _forget_rehearsal(ws, name)
        waiting = _approved(ws, name, found)
        going = [item for item in waiting if allowed(item)]
        batch = going[:limit] if limit else going
        if live and batch:
            _check_confirmed(len(batch), confirm(len(batch), provider.name), name)
        if batch:  # after the question: it may have stood there for an hour
            check_unchanged(ws, name, found)
            _check_files(ws, found)
        run = _Run(ws=ws, setup=setup, provider=provider, allowed=allowed, live=live)
        pulled = [run.pull(item) for item in waiting if not allowed(item)]
        batch = [item for item in batch if allowed(item)]
        outcomes = (*settled, *_counted(run.batches(batch, pulled), len(batch), progress))
    return _send_report(ws, name, provider, live, outcomes, pulled, len(going) - len(batch))


def _check_exports(ws: Workspace, mailing: Mailing, live: bool) -> None:
    """Who opted out in an export that nobody has read would be written to all the same."""
    unread = unread_exports(ws, mailing)
    if not unread:
        return
    message = f"the export of {', '.join(unread)} is newer than what was read"
    hint = "type `mailroom intake`, then send again"
    if live:
        raise Refused(message, hint=hint)
    ws.tell(f"{message}: {hint}")


def _approved(ws: Workspace, name: str, found: Plan) -> tuple[Planned, ...]:
    """The waiting pieces that a person's word for exactly this plan covers."""
    approval = ws.ledger.approval(name, found.digest)
    accepted = approval.accepted if approval else {}
    ready = tuple(item for item in ws.ledger.pieces(name) if _may_go(item, accepted))
    if ready and approval is None:
        earlier = ws.ledger.approval(name)
        message = "it has changed since it was approved" if earlier else "nobody has approved it"
        hint = f"type `mailroom proof {name}`, then `mailroom approve {name} --by YOU`"
        raise ApprovalError(message, where=f"{name} {found.digest[:12]}", hint=hint)
    return ready


def _may_go(item: Planned, accepted: Mapping[str, str]) -> bool:
    """It waits, and what is wrong with it has been accepted by this very approval."""
    errors = [f.rule for f in item.piece.findings if f.severity is Severity.ERROR]
    if item.status is Status.HELD and not errors:
        return False  # it was pulled; `prepare` decides anew
    return waits(item) and all(rule in accepted for rule in errors)


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


def _check_confirmed(pieces: int, typed: int | None, name: str) -> None:
    if typed != pieces:
        said = "nothing was typed" if typed is None else f"{typed} was typed"
        raise Refused(
            f"{pieces} pieces would be posted and {said}; nothing was posted",
            hint=f"type `mailroom send {name} --live --confirm {pieces}`",
        )


class Permission:
    """May a piece still go to its household? Asked anew whenever an export was read."""

    def __init__(self, ws: Workspace, mailing: Mailing) -> None:
        self._ws, self._mailing = ws, mailing
        self._snapshot = -1
        self._members: frozenset[str] = frozenset()
        self._reasons: dict[str, str] = {}

    def refusal(self, item: Planned) -> str:
        """Why it may not go any more; empty if it may."""
        self._look()
        for member in item.piece.household.members:
            if member.key not in self._members:
                return self._reasons.get(member.key, "no longer in the export")
        return ""

    def __call__(self, item: Planned) -> bool:
        return not self.refusal(item)

    def _look(self) -> None:
        snapshot = self._ws.ledger.snapshot()
        if snapshot == self._snapshot:
            return
        chosen = choose(self._ws, self._mailing)
        self._members = frozenset(m.key for home in chosen.households for m in home.members)
        self._reasons = {item.recipient.key: item.reason for item in chosen.left_out}
        self._snapshot = snapshot


def settle_open(ws: Workspace, name: str, allowed: Permission) -> tuple[Outcome, ...]:
    """Bring to an end what an interrupted run has left, and follow what was accepted."""
    world = Recovery(
        ledger=ws.ledger,
        provider=ws.provider,
        kept=partial(_kept, ws),
        permitted=allowed,
        now=ws.now,
    )
    outcomes = reconcile(world, name)
    for outcome in outcomes:
        ws.tell(f"batch {outcome.key[:8]} of an earlier run: {outcome.status}")
    # What is ready again goes on with the others.
    return tuple(outcome for outcome in outcomes if outcome.status is not Status.READY)


def _forget_rehearsal(ws: Workspace, name: str) -> tuple[Outcome, ...]:
    """Customers' data is not left lying about from the last time."""
    shutil.rmtree(ws.state / "rehearsal" / name, ignore_errors=True)
    return ()


def _kept(ws: Workspace, line: Dispatch, pieces: Sequence[Planned]) -> Batch | None:
    """The batch exactly as it was handed over; None where its files are no longer the same."""
    folder = batch_folder(ws, line.mailing, line.key)
    files = tuple(folder / name for name in line.files)
    for path in files:
        if not path.is_file() or sha256(path) != line.files[path.name]:
            return None
    return Batch(
        key=line.key,
        mailing=line.mailing,
        pieces=tuple(item.piece for item in pieces),
        files=files,
        media=batch_media(FORMATS[line.format]),
    )


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One `send`: batch after batch through one provider."""

    ws: Workspace
    setup: Setup
    provider: Provider
    allowed: Permission
    live: bool

    def batches(self, pieces: Sequence[Planned], pulled: list[Pulled]) -> Iterator[Outcome]:
        """Post or rehearse; what goes wrong with one batch would go wrong with the next."""
        can = self.provider.capabilities()
        for batch in in_batches(pieces, can.max_pieces):
            going = [item for item in batch if self.allowed(item)]
            pulled += [self.pull(item) for item in batch if item not in going]
            if not going:
                continue
            outcome = self._post(going, can) if self.live else self._rehearse(going, can)
            yield outcome
            if self.live and outcome.status in _STUCK:
                return

    def pull(self, item: Planned) -> Pulled:
        """Keep back somebody who may no longer be written to."""
        reason, piece = self.allowed.refusal(item), item.piece
        if self.live and item.status is Status.READY:
            self.ws.ledger.move([piece.key], Status.HELD, f"pulled: {reason}", self.ws.now())
        return Pulled(piece=piece.number, recipient=piece.recipient.name, reason=reason)

    def _post(self, batch: Sequence[Planned], can: Capabilities) -> Outcome:
        fmt, ledger = self.setup.format.name, self.ws.ledger
        return dispatch(ledger, self.provider, fmt, self._builder(can), batch, self.ws.now)

    def _rehearse(self, batch: Sequence[Planned], can: Capabilities) -> Outcome:
        made = self._builder(can)(f"rehearsal-{batch[0].piece.number:04d}", batch)
        folder = str(made.files[0].parent)
        return Outcome(key=made.key, pieces=tuple(batch), status=Status.READY, ref=folder)

    def _builder(self, can: Capabilities) -> Build:
        """How files are made: always the same from the same frozen pages."""
        ws, setup = self.ws, self.setup

        def build(key: str, pieces: Sequence[Planned]) -> Batch:
            target = batch_folder(ws, setup.mailing.name, key)
            if not self.live:
                target = ws.state / "rehearsal" / setup.mailing.name / key
            return write_batch(
                [located(ws, item) for item in pieces],
                key,
                setup.mailing,
                setup.format,
                setup.sender,
                ws.fonts,
                fresh_folder(target, exact=True),
                trimmed=can.trimmed,
            )

        return build


_STUCK = frozenset({Status.READY, Status.SENDING, Status.FAILED, Status.UNKNOWN})


def _counted(outcomes: Iterable[Outcome], total: int, progress: Progress) -> Iterator[Outcome]:
    done = 0
    for outcome in outcomes:
        done += len(outcome.pieces)
        progress(done, total)
        yield outcome


def _send_report(
    ws: Workspace,
    name: str,
    provider: Provider,
    live: bool,
    outcomes: Sequence[Outcome],
    pulled: Sequence[Pulled],
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
        pulled=tuple(pulled),
        left=left + stuck,
        sent_before=sent - (posted if live else 0),
        folder=folder,
    )
