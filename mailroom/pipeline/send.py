"""send: the approved pieces to the provider, each exactly once.

Three ways: a rehearsal makes the files and no more; a trial hands them to the provider's own
test mode, with a ledger of its own; and `live` posts them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from mailroom.dispatch import Outcome, World, dispatch, in_batches
from mailroom.errors import ApprovalError, Refused
from mailroom.ledger import Plan
from mailroom.ledger.steps import last_word
from mailroom.ledger.trial import copy_mailing
from mailroom.model import Mailing, Planned, Quote, Status
from mailroom.pipeline import editions
from mailroom.pipeline.alarms import check_alarms_before_posting
from mailroom.pipeline.approve import check_unchanged
from mailroom.pipeline.collect import choose, unread_exports
from mailroom.pipeline.doubts import tell_open_names
from mailroom.pipeline.frozen import (
    Progress,
    batch_folder,
    check_files,
    last_plan,
    may_go,
    no_progress,
)
from mailroom.pipeline.sender import (
    Files,
    Me,
    adopt_found,
    open_world,
    settle,
    settle_open,
    sign_in,
)
from mailroom.pipeline.spending import check_budget, quote_planned
from mailroom.pipeline.watch import waiting
from mailroom.produce import Setup
from mailroom.providers import Provider
from mailroom.sheets.batch import press_run
from mailroom.volume import first_few
from mailroom.workspace import Workspace


class Mode(StrEnum):
    """How much of the sending is real."""

    REHEARSAL = "rehearsal"  #: files are made and nobody is called
    TEST = "test"  #: the provider's test mode is called: it checks, and posts nothing
    LIVE = "live"


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
    mode: Mode
    provider: str
    place: str  #: where the provider is reached, if that is not its usual address
    posted: int  #: in this call; in a rehearsal: that would be
    outcomes: tuple[Outcome, ...]
    pulled: tuple[Pulled, ...]
    left: int  #: approved and still to be sent
    sent_before: int
    folder: str  #: of a rehearsal's files
    to_confirm: int = 0  #: the number that a live send asks for
    paused: bool = False  #: the first few have gone and are to be looked at
    stopped: bool = False  #: too many in a row were not taken: the others were not tried
    undo_until: str = ""  #: until when the provider holds what was posted back


@dataclass(frozen=True, kw_only=True)
class Posting:
    """What is about to be posted for real, for whoever is asked."""

    pieces: int
    provider: str
    place: str  #: where the provider is reached, if that is not its usual address
    quote: Quote
    pulled: tuple[Pulled, ...] = ()  #: who was approved and does not go any more


Confirm = Callable[[Posting], int | None]
"""Asked for the number of pieces before anything is posted; what was typed."""


def send(
    ws: Workspace,
    name: str,
    *,
    live: bool,
    confirm: Confirm,
    limit: int = 0,
    progress: Progress = no_progress,
) -> SendReport:
    """Hand the approved pieces to the provider; without `live`, to its test mode at most."""
    job = _Job(name=name, confirm=confirm, limit=limit, progress=progress)
    if live:
        return _send(ws, job, Mode.LIVE)
    with ws.trial() as trial:
        provider = trial.provider(ws.mailing(name).provider)
        can = provider.capabilities()
        if can.lacks:
            ws.tell(f"{can.lacks}: files are made, and {provider.name} looks at nothing")
        if not can.test_mode:
            return _send(ws, job, Mode.REHEARSAL)
        _begin_trial(ws, trial, name)
        return _send(trial, job, Mode.TEST)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What a person has typed."""

    name: str
    confirm: Confirm
    limit: int
    progress: Progress


def _begin_trial(ws: Workspace, trial: Workspace, name: str) -> None:
    """Another plan, or one that was tried to its end, is tried from the start."""
    found, before = last_plan(ws, name), trial.ledger.plan(name)
    left = any(item.status in _TO_TRY for item in trial.ledger.pieces(name))
    if before is None or before.digest != found.digest or not left:
        copy_mailing(ws.ledger, trial.ledger, name, ws.now())
        shutil.rmtree(trial.sent / name, ignore_errors=True)
    approval = ws.ledger.approval(name, found.digest)
    if approval and approval != trial.ledger.approval(name, found.digest):
        trial.ledger.approve(approval)  # it was given after a first try


MOST_NAMED = 5  #: people in an error
_TO_TRY = frozenset({Status.READY, Status.SENDING, Status.UNKNOWN})


def _send(ws: Workspace, job: _Job, mode: Mode) -> SendReport:
    name, live = job.name, mode is Mode.LIVE
    setup = ws.setup(ws.mailing(name))
    provider = ws.provider(setup.mailing.provider)
    press_run(setup.format, setup.mailing.options, ())
    provider.check(setup.format, setup.mailing.options)
    # Senders of single pieces may be several; each batch belongs to the one that claims it.
    together = provider.capabilities().concurrency > 1 and mode is not Mode.REHEARSAL
    with ws.locks.hold(f"mailing:{name}", shared=together), sign_in(ws) as me:
        found = last_plan(ws, name)
        _check_exports(ws, setup.mailing, live)
        run = _Run(ws=ws, setup=setup, provider=provider, mode=mode, me=me)
        before = len(ws.ledger.sent(name).numbers)
        settled = run.settle()
        waiting = _approved(ws, name, found)
        refused, _ = run.allowed.refusals(waiting)
        going = [item for item in waiting if item.piece.key not in refused]
        few = _may_go_now(ws, setup.mailing, len(going), job.limit)
        batch = going[:few] if live else going[: job.limit or None]
        tell_open_names(ws, (item.piece for item in batch))
        if live and batch:
            check_alarms_before_posting(ws, setup.mailing, found)
            pulled = [_pulled(i, refused[i.piece.key]) for i in waiting if i.piece.key in refused]
            posting = _posting(run, batch, pulled)
            _check_confirmed(posting, job.confirm(posting), name)
        if batch:  # after the question: it may have stood there for an hour
            check_unchanged(ws, name, found)
            check_files(ws, found)
        still = {item.piece.key for item in run.admit(waiting)[0]}
        batch = [item for item in batch if item.piece.key in still]
        asked, gate = len(run.pulled), _Gate(provider.capabilities().max_pieces)
        handed_over = run.hand_over(batch, gate)
        told = tuple(_counted(handed_over, len(batch), job.progress))
        outcomes = run.settle_doubts((*settled, *told))
        run.tidy(outcomes)
    untried = len(batch) - sum(len(o.pieces) for o in told) - (len(run.pulled) - asked)
    left = len(going) - len(batch) + untried
    report = _send_report(run, name, outcomes, run.pulled, left, before)
    paused = live and few < (min(job.limit, len(going)) if job.limit else len(going))
    return dataclasses.replace(report, to_confirm=few, paused=paused, stopped=gate.shut)


def _posting(run: _Run, batch: Sequence[Planned], pulled: Sequence[Pulled]) -> Posting:
    """What is about to be posted; refused where it would break a budget."""
    mailing = run.setup.mailing
    quote = quote_planned(run.ws, run.provider, mailing, batch)
    check_budget(run.ws, mailing, quote)
    return Posting(
        pieces=len(batch),
        provider=run.provider.name,
        place=run.place,
        quote=quote,
        pulled=tuple(pulled),
    )


def _may_go_now(ws: Workspace, mailing: Mailing, waiting: int, limit: int) -> int:
    """How many a live send posts now: all, as many as were asked for, or the first few."""
    statuses = ws.ledger.sent(mailing.name).statuses.values()
    sent = sum(status is not Status.CANCELLED for status in statuses)
    few = first_few(waiting, sent, mailing.pause_after)
    return min(few, limit) if limit else few


def _check_exports(ws: Workspace, mailing: Mailing, live: bool) -> None:
    """Who opted out in an export that nobody has read would be written to all the same."""
    unread, inbox = unread_exports(ws, mailing), waiting(ws)
    if unread:
        message = f"the export of {', '.join(unread)} is newer than what was read"
        hint = "type `mailroom intake`, then send again"
    elif inbox:
        message = f"nobody has read what lies in the inbox: {', '.join(inbox[:3])}"
        hint = "type `mailroom watch --once`, then send again"
    else:
        return
    if live:
        raise Refused(message, hint=hint)
    ws.tell(f"{message}: {hint}")


def _approved(ws: Workspace, name: str, found: Plan) -> tuple[Planned, ...]:
    """The waiting pieces that a person's word for exactly this plan covers."""
    approval = ws.ledger.approval(name, found.digest)
    accepted = approval.accepted if approval else {}
    ready = tuple(item for item in ws.ledger.pieces(name) if may_go(item, accepted))
    if ready and approval is None:
        earlier = ws.ledger.approval(name)
        message = "it has changed since it was approved" if earlier else "nobody has approved it"
        hint = f"type `mailroom proof {name}`, then `mailroom approve {name} --by YOU`"
        raise ApprovalError(message, where=f"{name} {found.digest[:12]}", hint=hint)
    return ready


def _check_confirmed(posting: Posting, typed: int | None, name: str) -> None:
    pieces, fallen = posting.pieces, posting.pulled
    if typed != pieces:
        said = "nothing was typed" if typed is None else f"{typed} was typed"
        who = "; ".join(f"{one.recipient}: {one.reason}" for one in fallen[:MOST_NAMED])
        more = f", and {len(fallen) - MOST_NAMED} more" if len(fallen) > MOST_NAMED else ""
        since = f" ({len(fallen)} no longer: {who}{more})" if fallen else ""
        raise Refused(
            f"{pieces} pieces would be posted{since} and {said}; nothing was posted",
            hint=f"type `mailroom send {name} --live --confirm {pieces}`",
        )


def _pulled(item: Planned, reason: str) -> Pulled:
    piece = item.piece
    return Pulled(piece=piece.number, recipient=piece.recipient.name_or_key, reason=reason)


class Permission:
    """May a piece still go to its household?

    The audience is chosen anew whenever an export was read, somebody was held or released,
    anything was decided, or a day has begun.
    """

    def __init__(self, ws: Workspace, mailing: Mailing) -> None:
        self._ws, self._mailing = ws, mailing
        self._heard = ""
        self._day = dt.date.min
        self._members: frozenset[str] = frozenset()
        self._reasons: dict[str, str] = {}
        self._turn = threading.Lock()  # doubts are asked about several at a time

    def refusal(self, item: Planned) -> str:
        """Why it may not go any more; empty if it may."""
        return self.refusals([item])[0].get(item.piece.key, "")

    def refusals(self, items: Iterable[Planned]) -> tuple[dict[str, str], str]:
        """Piece key -> why it may not go any more; and the last word when that was asked."""
        with self._turn:
            self._look()
            found = {item.piece.key: self._refusal(item) for item in items}
            return {key: reason for key, reason in found.items() if reason}, self._heard

    def __call__(self, item: Planned) -> bool:
        return not self.refusal(item)

    def _refusal(self, item: Planned) -> str:
        for member in item.piece.household.members:
            if member.key not in self._members:
                return self._reasons.get(member.key, "no longer in the export")
        return editions.refusal(self._ws, item)

    def _look(self) -> None:
        with self._ws.ledger.reading() as connection:
            heard = last_word(connection)
        day = self._ws.today
        if (heard, day) == (self._heard, self._day):
            return
        chosen = choose(self._ws, self._mailing)
        self._members = frozenset(m.key for home in chosen.households for m in home.members)
        self._reasons = {item.recipient.key: item.reason for item in chosen.left_out}
        self._heard, self._day = heard, day


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One `send`: batch after batch through one provider."""

    ws: Workspace
    setup: Setup
    provider: Provider
    mode: Mode
    me: Me
    pulled: list[Pulled] = dataclasses.field(default_factory=list)

    @property
    def place(self) -> str:
        settings = self.ws.settings.providers.get(self.provider.name, {})
        return str(settings.get("base_url", ""))

    @cached_property
    def allowed(self) -> Permission:
        return Permission(self.ws, self.setup.mailing)

    @cached_property
    def world(self) -> World:
        world = open_world(self.ws, self.setup, self.provider, self.allowed, self.me)
        return dataclasses.replace(world, admit=self.admit)

    def settle(self) -> tuple[Outcome, ...]:
        """Bring to an end what an interrupted run has left, and look what is there already."""
        name = self.setup.mailing.name
        if self.mode is not Mode.TEST:  # customers' data is not left lying about
            shutil.rmtree(self.ws.state / "rehearsal" / name, ignore_errors=True)
        if self.mode is Mode.REHEARSAL:
            return ()
        settled = settle_open(self.world, name, self.ws.tell)
        return (*settled, *adopt_found(self.world, self.provider, name, self.ws.tell))

    def hand_over(self, pieces: Sequence[Planned], gate: _Gate) -> Iterator[Outcome]:
        """Post or rehearse; where one after the other goes wrong, the next would, too."""
        batches = in_batches(pieces, self.provider.capabilities().max_pieces)
        if self.mode is Mode.REHEARSAL:
            going = (self.admit(batch)[0] for batch in batches)
            return map(self._rehearse, filter(None, going))
        return gate.watch(dispatch(self.world, self.provider, gate.through(batches)))

    def settle_doubts(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """What nobody knows is asked again while its key lives; a storm passes."""
        found = tuple(outcomes)
        if self.mode is Mode.REHEARSAL or not self.provider.capabilities().key_lifetime:
            return found
        return settle(self.world, self.setup.mailing.name, found)

    def tidy(self, outcomes: Iterable[Outcome]) -> None:
        """Copies are kept for what may have to be given again; the pages themselves stay."""
        if self.mode is Mode.REHEARSAL or self.provider.capabilities().paperwork:
            return
        for outcome in outcomes:
            if outcome.status in _GONE:
                folder = batch_folder(self.ws, self.setup.mailing.name, outcome.key)
                shutil.rmtree(folder, ignore_errors=True)

    def admit(self, pieces: Sequence[Planned]) -> tuple[list[Planned], str]:
        """Those that may still go, the others pulled; and the last word when that was asked."""
        refused, heard = self.allowed.refusals(pieces)
        for item in pieces:
            if reason := refused.get(item.piece.key):
                self._pull(item, reason)
        return [item for item in pieces if item.piece.key not in refused], heard

    def _pull(self, item: Planned, reason: str) -> None:
        """Keep back somebody who may no longer be written to."""
        piece, ledger = item.piece, self.ws.ledger
        if self.mode is not Mode.REHEARSAL and item.status is Status.READY:
            try:
                ledger.move([piece.key], Status.HELD, f"pulled: {reason}", self.ws.now())
            except Refused:  # another sender was quicker: with pulling it, or with sending it
                (now,) = ledger.pieces(piece.mailing, [piece.key])
                if now.status is not Status.HELD:
                    return
        self.pulled.append(_pulled(item, reason))

    def _rehearse(self, batch: Sequence[Planned]) -> Outcome:
        files = Files(self.ws, self.setup, self.provider)
        made = files.build(f"rehearsal-{batch[0].piece.number:04d}", batch)
        folder = str(made.files[0].parent)
        return Outcome(key=made.key, pieces=tuple(batch), status=Status.READY, ref=folder)


_STUCK = frozenset({Status.READY, Status.SENDING, Status.FAILED, Status.UNKNOWN})

_SINGLES_STUCK = 10
"""Single pieces that may go wrong one after the other: a bad address says nothing of the next."""


class _Gate:
    """Shuts when so many in a row have not been taken; what is under way still comes back."""

    def __init__(self, max_pieces: int | None) -> None:
        self._patience = _SINGLES_STUCK if max_pieces == 1 else 1
        self._stuck = 0

    @property
    def shut(self) -> bool:
        return self._stuck >= self._patience

    def through(self, batches: Iterable[Sequence[Planned]]) -> Iterator[Sequence[Planned]]:
        """The batches, until it shuts."""
        for batch in batches:
            yield batch
            if self.shut:
                return

    def watch(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes, counted; what another sender has taken says nothing."""
        for outcome in outcomes:
            taken_by_another = outcome.status is Status.SENDING and self._patience > 1
            if not (self.shut or taken_by_another):
                self._stuck = self._stuck + 1 if outcome.status in _STUCK else 0
            yield outcome


def _counted(outcomes: Iterable[Outcome], total: int, progress: Progress) -> Iterator[Outcome]:
    done = 0
    for outcome in outcomes:
        done += len(outcome.pieces)
        progress(done, total)
        yield outcome


_GONE = frozenset({Status.ACCEPTED, Status.PRINTED, Status.MAILED})


def _send_report(
    run: _Run,
    name: str,
    outcomes: Sequence[Outcome],
    pulled: Sequence[Pulled],
    left: int,
    before: int,
) -> SendReport:
    real = run.mode is not Mode.REHEARSAL
    posted = sum(len(o.pieces) for o in outcomes if o.status in (_GONE if real else {Status.READY}))
    stuck = sum(len(o.pieces) for o in outcomes if real and o.status is Status.READY)
    return SendReport(
        mailing=name,
        live=run.mode is Mode.LIVE,
        mode=run.mode,
        provider=run.provider.name,
        place=run.place,
        posted=posted,
        outcomes=tuple(outcomes),
        pulled=tuple(pulled),
        left=left + stuck,
        sent_before=before,
        folder="" if real or not outcomes else str(Path(outcomes[0].ref).parent),
        undo_until=_undo_until(run, outcomes) if real and posted else "",
    )


def _undo_until(run: _Run, outcomes: Iterable[Outcome]) -> str:
    """Until when all of it can be called back; empty where the provider holds nothing back."""
    keys = {outcome.key for outcome in outcomes}
    lines = run.ws.ledger.dispatches(run.setup.mailing.name, "done")
    return min((line.send_at for line in lines if line.key in keys and line.send_at), default="")
