"""cancel: call back what the provider has taken and has not begun to make.

Cancelling is safe to repeat, so no intent is written down: what was called back and not
written down, because somebody pulled the plug, is called back once more and written then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum

from mailroom.errors import Refused, UsageError
from mailroom.model import Dispatch, Planned, Status
from mailroom.pipeline.frozen import Progress, no_progress
from mailroom.providers import Provider, Recaller
from mailroom.providers.patience import Tried, attempt
from mailroom.track import may_become
from mailroom.workspace import Workspace

Confirm = Callable[[int, str], int | None]
"""Asked for the number of pieces before any is called back: (pieces, provider) -> typed."""

_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_IN_DOUBT = (Status.SENDING, Status.UNKNOWN)


class End(StrEnum):
    """How calling a piece back has ended."""

    CANCELLED = "cancelled"
    TOO_LATE = "too late"  #: it is being made, or on its way
    NOT_ASKED = "not asked"  #: the provider could not be: try again
    IN_DOUBT = "in doubt"  #: it may have been made: a person decides
    NOT_SENT = "not sent"  #: there is nothing to call back


@dataclass(frozen=True, kw_only=True)
class CalledBack:
    """What became of calling back one piece."""

    piece: int
    recipient: str
    ref: str
    end: End
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class CancelReport:
    """What was called back; `--json` prints it."""

    mailing: str
    live: bool  #: False: a trial
    provider: str
    cancelled: int
    pieces: tuple[CalledBack, ...]  #: of every piece that was meant

    @property
    def is_done(self) -> bool:
        """Is every piece that was meant called back?"""
        return all(piece.end in (End.CANCELLED, End.NOT_SENT) for piece in self.pieces)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A batch that is to be called back, as the journal has it."""

    line: Dispatch
    pieces: tuple[Planned, ...]


def cancel(
    ws: Workspace,
    name: str,
    pieces: Sequence[str] = (),
    *,
    by: str = "",
    confirm: Confirm,
    progress: Progress = no_progress,
) -> CancelReport:
    """Call pieces back by number (`4`, `10-20`), or all that can be; Refused if not confirmed."""
    ws.mailing(name)
    wanted = read_numbers(pieces)
    with ws.locks.hold(f"mailing:{name}"):
        items = ws.ledger.pieces(name)
        _check_known(name, wanted, items)
        meant = [item for item in items if not wanted or item.piece.number in wanted]
        jobs = _jobs(ws, name, items, meant, whole=not wanted)
        count = sum(len(job.pieces) for job in jobs)
        provider = ", ".join(sorted({job.line.provider for job in jobs}))
        if ws.live and jobs:
            _check_confirmed(count, confirm(count, provider), name, pieces)
        ended: list[CalledBack] = []
        with contextlib.closing(_call_back(ws, jobs)) as answers:
            for job, tried in answers:
                ended += _written(ws, name, job, tried, by)
                progress(len(ended), count)
    rest = _others(name, meant, jobs, named=bool(wanted))
    return CancelReport(
        mailing=name,
        live=ws.live,
        provider=provider,
        cancelled=sum(one.end is End.CANCELLED for one in ended),
        pieces=tuple(sorted((*ended, *rest), key=lambda one: one.piece)),
    )


# --- what is meant --------------------------------------------------------------------------


def read_numbers(words: Iterable[str]) -> frozenset[int]:
    """Numbers of pieces and ranges of them: `4`, `0004`, `10-20`; UsageError where it is none."""
    found: set[int] = set()
    for word in words:
        match = _RANGE.fullmatch(word)
        if not match:
            hint = "write 4, or 10-20"
            raise UsageError(f"{word!r} is not the number of a piece", hint=hint)
        first = int(match[1])
        last = int(match[2] or first)
        if not first <= last < first + 1_000_000:
            raise UsageError(f"{word!r} is no range", hint="the smaller number comes first")
        found.update(range(first, last + 1))
    return frozenset(found)


def _check_known(name: str, wanted: Collection[int], items: Iterable[Planned]) -> None:
    strange = sorted(set(wanted) - {item.piece.number for item in items})
    if strange:
        hint = f"`mailroom status {name}` lists them"
        raise UsageError(f"{name} has no piece {strange[0]:04d}", hint=hint)


def _jobs(
    ws: Workspace, name: str, items: Iterable[Planned], meant: Iterable[Planned], *, whole: bool
) -> tuple[_Job, ...]:
    """The batches with a piece that is meant and accepted; Refused where part of one is meant."""
    by_key = {item.piece.key: item for item in items}
    numbers = {item.piece.number for item in meant if item.status is Status.ACCEPTED}
    jobs = []
    for line in ws.ledger.dispatches(name, "done"):
        pieces = tuple(by_key[key] for key in line.pieces if key in by_key)
        if any(item.piece.number in numbers and _is_of(line, item) for item in pieces):
            if not (whole or numbers.issuperset(item.piece.number for item in pieces)):
                raise _in_one_batch(name, line, pieces)
            jobs.append(_Job(line=line, pieces=pieces))
    return tuple(jobs)


def _is_of(line: Dispatch, item: Planned) -> bool:
    """A piece may have been in an earlier batch as well."""
    return line.ref == item.provider_ref


def _in_one_batch(name: str, line: Dispatch, pieces: Sequence[Planned]) -> Refused:
    first, last = pieces[0].piece.number, pieces[-1].piece.number
    return Refused(
        f"pieces {first}-{last} went to {line.provider} in one batch: all of it or nothing",
        where=f"{name} batch {line.key[:8]}",
        hint=f"type `mailroom cancel {name} {first}-{last}`",
    )


def _check_confirmed(pieces: int, typed: int | None, name: str, words: Sequence[str]) -> None:
    if typed != pieces:
        said = "nothing was typed" if typed is None else f"{typed} was typed"
        command = " ".join(("mailroom cancel", name, *words, "--confirm", str(pieces)))
        raise Refused(
            f"{pieces} piece{'s' * (pieces != 1)} would be called back and {said}; "
            "nothing was called back",
            hint=f"type `{command}`",
        )


def _others(
    name: str, meant: Iterable[Planned], jobs: Iterable[_Job], *, named: bool
) -> Iterator[CalledBack]:
    """What was meant and not asked about, and why."""
    asked = {item.piece.key for job in jobs for item in job.pieces}
    for item in meant:
        if item.piece.key in asked or item.status is Status.ACCEPTED:
            continue
        if item.status in _IN_DOUBT:
            message = f"nobody knows yet whether it was taken: `mailroom track {name}` first"
            yield _ended(item, End.IN_DOUBT, message)
        elif named:
            yield _ended(item, *_why_not(item.status))


_IT = {
    Status.HELD: "it is held",
    Status.READY: "it waits to be sent",
    Status.FAILED: "it has failed",
}


def _why_not(status: Status) -> tuple[End, str]:
    if status is Status.CANCELLED:
        return End.CANCELLED, "it was called back before"
    if status in _IT:
        return End.NOT_SENT, f"{_IT[status]}: there is nothing to call back"
    return End.TOO_LATE, f"it is {status.value}"


# --- calling back ---------------------------------------------------------------------------


def _call_back(ws: Workspace, jobs: Sequence[_Job]) -> Generator[tuple[_Job, Tried], None, None]:
    """Ask the providers, as many at a time as they take; the answers as they come.

    Only this thread writes to the ledger. Nothing new is asked once somebody has had enough.
    """
    stop = threading.Event()
    for name in dict.fromkeys(job.line.provider for job in jobs):
        provider = ws.provider(name)
        mine = [job for job in jobs if job.line.provider == name]
        with ThreadPoolExecutor(provider.capabilities().concurrency) as hands:
            asked = {hands.submit(_ask, provider, job.line, stop): job for job in mine}
            try:
                yield from _answers(asked)
            finally:
                stop.set()
                hands.shutdown(wait=True, cancel_futures=True)
        stop.clear()


def _ask(provider: Provider, line: Dispatch, stop: threading.Event) -> Tried:
    """With patience: a storm passes, and to ask twice does no harm."""
    if line.ref and isinstance(provider, Recaller):
        return attempt(lambda: provider.recall(line.key, line.ref), stop.wait)
    return attempt(lambda: provider.cancel(line.key), stop.wait)


def _answers(asked: dict[Future[Tried], _Job]) -> Iterator[tuple[_Job, Tried]]:
    for future in as_completed(asked):
        yield asked[future], future.result()


def _written(ws: Workspace, name: str, job: _Job, tried: Tried, by: str) -> list[CalledBack]:
    """Write down what has changed; the provider's answers are kept in any case."""
    line, said = job.line, tried.receipt
    was = job.pieces[0].status
    changed = said and said.status is not was and may_become(was, said.status)
    if said and changed and said.status in (Status.CANCELLED, Status.FAILED, Status.UNKNOWN):
        words = f"called back by {by}" if by else "called back"
        raw = words if said.status is Status.CANCELLED else said.raw
        final = dataclasses.replace(said, ref=said.ref or line.ref, raw=raw)
        ws.ledger.finish(line.key, final, ws.now(), replies=tried.replies)
    else:
        ws.ledger.keep(line.key, (*tried.replies, *(said.replies if said else ())))
    end, message = _end(name, line, tried)
    return [_ended(item, end, message) for item in job.pieces]


def _end(name: str, line: Dispatch, tried: Tried) -> tuple[End, str]:
    if tried.receipt is None:
        return End.NOT_ASKED, f"{tried.error}; type the same again"
    status = tried.receipt.status
    if status is Status.CANCELLED:
        return End.CANCELLED, ""
    if status is Status.UNKNOWN:
        message = f"some of it may have been made: look, then `mailroom batch list {name}`"
        return End.IN_DOUBT, message
    if status is Status.FAILED:
        return End.NOT_SENT, f"{line.provider} has failed to make it"
    return End.TOO_LATE, f"{line.provider} is making it already"


def _ended(item: Planned, end: End, message: str = "") -> CalledBack:
    piece = item.piece
    return CalledBack(
        piece=piece.number,
        recipient=piece.recipient.name_or_key,
        ref=item.provider_ref,
        end=end,
        message=message,
    )
