"""due: who of all programmes is due today and why, who is held back, and what comes next."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mailroom import audience
from mailroom.config import load_programme
from mailroom.errors import MailroomError
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.history import open_mailings
from mailroom.ledger.people import gone_people, people_of
from mailroom.model import Household, Occasion, Recipient, Severity, Status
from mailroom.occasions import AHEAD, PassedOver, Programme, Reason, check_day
from mailroom.pipeline.alarms import had_elsewhere
from mailroom.pipeline.collect import choose_among
from mailroom.pipeline.editions import NOT_DUE, Edition, Look, look_at
from mailroom.pipeline.holds import known_reasons
from mailroom.pipeline.matches import matches_of
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class DuePerson:
    """Somebody for whom it is time, or soon will be."""

    recipient: str
    name: str
    occasion: str
    day: dt.date
    hand_over: dt.date
    why: str
    together_with: tuple[str, ...] = ()
    had_from: str = ""  #: the edition of another programme that has given the same already
    waits_in: tuple[str, ...] = ()  #: other editions, prepared: whichever is sent first gives it


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """Somebody for whom it is, or was, time, and who gets nothing as it stands."""

    recipient: str
    name: str
    occasion: str
    why: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class ProgrammeDue:
    """One programme on a day."""

    programme: str
    title: str
    edition: str  #: the mailing's name
    no_mail: tuple[HeldBack, ...] = ()  #: whose day it is, or was, and who gets no mail at all
    due: tuple[DuePerson, ...] = ()
    held_back: tuple[HeldBack, ...] = ()  #: until something is mended or said
    passed_over: tuple[HeldBack, ...] = ()  #: too late, not so any more, had already
    unreadable: tuple[HeldBack, ...] = ()  #: whose day nobody understands
    coming: tuple[DuePerson, ...] = ()  #: in the next days
    next: str = ""  #: what to type
    problem: str = ""  #: why it cannot be told; the others are told all the same
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Twice:
    """Somebody who is due in several programmes on one day, and so gets several pieces."""

    recipient: str
    name: str
    programmes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DueReport:
    """What the programmes want on a day; `--json` prints it."""

    day: dt.date
    days_ahead: int
    programmes: tuple[ProgrammeDue, ...]
    twice: tuple[Twice, ...]

    @property
    def pieces(self) -> int:
        """How many people get something, as it stands."""
        return sum(len(one.due) for one in self.programmes)


def due(ws: Workspace, day: dt.date | None = None) -> DueReport:
    """What every programme wants on `day` (empty: today) and in the days after it.

    UsageError for a day that is none of these times.
    """
    when = day or ws.today
    check_day(when)
    everybody, gone = people_of(ws.ledger), gone_people(ws.ledger)
    waiting = _waiting(ws)
    closed: dict[str, str] = {}
    if ws.settings.programmes:
        same = matches_of(ws, decisions_of(ws.ledger, ""))
        closed = audience.without_mail(everybody, gone, known_reasons(ws), same)
    people = _Everybody(there=everybody, gone=gone, closed=closed)
    found = tuple(_tried(ws, name, when, people, waiting) for name in ws.settings.programmes)
    return DueReport(day=when, days_ahead=AHEAD, programmes=found, twice=tuple(_twice(found)))


@dataclass(frozen=True, kw_only=True)
class _Everybody:
    """Who is in the exports, who was, and key -> why somebody gets no mail at all."""

    there: Sequence[Recipient]
    gone: Sequence[Recipient]
    closed: Mapping[str, str]


_Waiting = Mapping[str, Mapping[str, Sequence[str]]]  # programme -> recipient -> editions


def _tried(
    ws: Workspace, name: str, day: dt.date, people: _Everybody, waiting: _Waiting
) -> ProgrammeDue:
    """One programme with a fault in its file must not silence the others."""
    edition = f"{name}-{day}"
    try:
        programme = load_programme(ws.settings, name)
        look = look_at(ws, programme, day, people.there)
        return _programme(ws, look, edition, day, people, waiting.get(name, {}))
    except MailroomError as error:
        return ProgrammeDue(
            programme=name, title=name, edition=edition, problem=str(error), hint=error.hint
        )


def _programme(
    ws: Workspace,
    look: Look,
    name: str,
    day: dt.date,
    people: _Everybody,
    waiting: Mapping[str, Sequence[str]],
) -> ProgrammeDue:
    programme, by_key = look.programme, {person.key: person for person in people.there}
    now = _edition(ws, look, look.found.due, people)
    soon = _edition(ws, look, look.found.coming, people)
    others = {key: [one for one in names if one != name] for key, names in waiting.items()}
    persons = _due_now(ws, programme, now, others)
    passed: dict[Reason, list[HeldBack]] = defaultdict(list)
    for one in look.found.passed:
        if one.recipient not in people.closed:
            passed[one.reason].append(_over(one, by_key))
    called_back = [one for one in passed[Reason.GIVEN] if one.hint]
    return ProgrammeDue(
        programme=programme.name,
        title=programme.mailing.title,
        edition=name,
        no_mail=tuple(_no_mail(look, people.closed, by_key)),
        due=persons,
        held_back=(*passed[Reason.ASKED], *_faulty(now.audience.households, now.occasions)),
        passed_over=(
            *_left_out(now, people.closed),
            *passed[Reason.LATE],
            *passed[Reason.LEFT],
            *called_back,
        ),
        unreadable=tuple(passed[Reason.UNREADABLE]),
        coming=tuple(
            sorted(_persons(soon.audience.households, soon.occasions, {}), key=lambda one: one.day)
        ),
        next=_next(ws, name, day, persons, waiting),
    )


def _due_now(
    ws: Workspace, programme: Programme, now: Edition, others: Mapping[str, Sequence[str]]
) -> tuple[DuePerson, ...]:
    """Who is due, with the other editions they stand in and whether another gave it before."""
    good = [home for home in now.audience.households if not _faults(home)]
    had = had_elsewhere(ws, programme, now.occasions.values())
    return tuple(
        replace(one, had_from=had[one.recipient].mailing) if one.recipient in had else one
        for one in _persons(good, now.occasions, others)
    )


def _edition(
    ws: Workspace, look: Look, occasions: Sequence[Occasion], people: _Everybody
) -> Edition:
    """Those of these occasions to whom mail may go, with their households."""
    if not occasions:
        return Edition(audience=audience.Audience(households=(), left_out=()))
    meant = {one.recipient for one in occasions}

    def not_meant(person: Recipient) -> str:
        return "" if person.key in meant else NOT_DUE

    chosen = choose_among(ws, look.programme.mailing, people.there, people.gone, not_meant)
    return look.edition(chosen, occasions)


def _persons(
    homes: Iterable[Household],
    occasions: Mapping[str, Occasion],
    waiting: Mapping[str, Sequence[str]],
) -> Iterator[DuePerson]:
    for home in homes:
        for member in home.members:
            one = occasions[member.key]
            yield DuePerson(
                recipient=member.key,
                name=member.name_or_key,
                occasion=one.name,
                day=one.day,
                hand_over=one.hand_over,
                why=one.why,
                together_with=tuple(m.name_or_key for m in home.members if m is not member),
                waits_in=tuple(waiting.get(member.key, ())),
            )


def _faults(home: Household) -> list[str]:
    """What would hold the household's piece, as far as intake has found it."""
    found = (finding for member in home.members for finding in member.findings)
    return [finding.message for finding in found if finding.severity is Severity.ERROR]


def _faulty(homes: Iterable[Household], occasions: Mapping[str, Occasion]) -> Iterator[HeldBack]:
    for home in homes:
        if faults := _faults(home):
            yield HeldBack(
                recipient=home.head.key,
                name=home.head.name_or_key,
                occasion=occasions[home.head.key].name,
                why="; ".join(dict.fromkeys(faults)),
                hint=f"mend {home.head.where}",
            )


def _no_mail(
    look: Look, closed: Mapping[str, str], people: Mapping[str, Recipient]
) -> Iterator[HeldBack]:
    """Whose day it is, or was, and to whom nobody may write; a person once."""
    told: set[str] = set()
    had = (one for one in look.found.passed if one.reason is not Reason.GIVEN or one.hint)
    occasions = [(one.recipient, one.name) for one in look.found.due]
    for key, name in [*occasions, *((one.recipient, one.occasion) for one in had)]:
        if key in closed and key not in told:
            told |= {key, *look.people.get(key, ())}
            yield HeldBack(
                recipient=key, name=people[key].name_or_key, occasion=name, why=closed[key]
            )


def _left_out(edition: Edition, closed: Mapping[str, str]) -> Iterator[HeldBack]:
    """Who is due and gets nothing all the same: they had it as another record, or are not new."""
    unselected = (NOT_DUE, "not selected", "duplicate of")
    for item in edition.audience.left_out:
        key = item.recipient.key
        if key not in closed and not item.reason.startswith(unselected):
            yield HeldBack(
                recipient=key,
                name=item.recipient.name_or_key,
                occasion=edition.occasions[key].name,
                why=item.reason,
            )


def _over(one: PassedOver, people: Mapping[str, Recipient]) -> HeldBack:
    return HeldBack(
        recipient=one.recipient,
        name=people[one.recipient].name_or_key,
        occasion=one.occasion,
        why=one.why,
        hint=one.hint,
    )


def _waiting(ws: Workspace) -> _Waiting:
    """Who stands in an edition that was prepared and has not gone."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    statuses = frozenset({Status.READY.value, Status.HELD.value})
    for name in open_mailings(ws.ledger, statuses):
        edition = ws.settings.edition(name)
        pieces = ws.ledger.pieces(name) if edition else ()
        waiting = (item.piece for item in pieces if item.status.value in statuses)
        for occasion in (one for piece in waiting for one in piece.occasions):
            found[occasion.programme][occasion.recipient].append(name)
    return found


def _next(
    ws: Workspace,
    name: str,
    day: dt.date,
    persons: Sequence[DuePerson],
    waiting: Mapping[str, Sequence[str]],
) -> str:
    """Prepare it, or go on with it where everybody who is due stands in it already."""
    if not persons or day > ws.today + dt.timedelta(days=AHEAD):
        return ""
    stand_in_it = all(name in waiting.get(one.recipient, ()) for one in persons)
    return f"mailroom {'status' if stand_in_it else 'prepare'} {name}"


def _twice(programmes: Iterable[ProgrammeDue]) -> Iterator[Twice]:
    by_key: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for programme in programmes:
        for one in programme.due:
            by_key[one.recipient].append((one.name, programme.programme))
    for key, found in by_key.items():
        if len(found) > 1:
            names = tuple(programme for _, programme in found)
            yield Twice(recipient=key, name=found[0][0], programmes=names)
