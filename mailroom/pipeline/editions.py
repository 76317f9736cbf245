"""An edition: the mailing of those of a programme who are due on a day, as the ledger stands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mailroom.audience import Audience, let_in
from mailroom.config import load_programme
from mailroom.errors import ConfigError, Refused
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.occasions import GivenRow, Move, given, moves, taken
from mailroom.matching import Matches
from mailroom.model import Household, LeftOut, Mailing, Occasion, Piece, Planned, Recipient, Status
from mailroom.occasions import (
    AHEAD,
    TRIGGERS,
    Found,
    Given,
    PassedOver,
    Programme,
    Reason,
    Route,
    Seen,
    View,
    check_day,
    columns,
    find,
    had,
    in_short,
    not_yet,
)
from mailroom.pipeline.alarms import undo_time
from mailroom.pipeline.matches import matches_of
from mailroom.schedule import transit_of
from mailroom.workspace import Workspace

NOT_DUE = "not due"
"""Begins the reason of everybody whose day it is not: most people, of whom nobody need hear."""

ASKED = "waits for an answer"


@dataclass(frozen=True, kw_only=True)
class Edition:
    """The audience of a mailing, and for which occasions its people are in it."""

    audience: Audience
    occasions: Mapping[str, Occasion] = field(default_factory=dict)  #: by recipient

    def with_occasions(self, piece: Piece) -> Piece:
        """The piece with the occasions it goes out for, of every record of its people."""
        own = [
            dataclasses.replace(self.occasions[m.key], recipient=m.key)
            for m in piece.household.members
            if m.key in self.occasions
        ]
        by_name = {one.name: one for one in own}
        also = [
            dataclasses.replace(one, recipient=key)
            for key in piece.household.also
            for one in by_name.values()
        ]
        return dataclasses.replace(piece, occasions=(*own, *also)) if own else piece


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a programme makes of everybody on a day."""

    programme: Programme
    found: Found
    given: Mapping[str, Sequence[Given]]
    newcomers: frozenset[str]  #: who was in no earlier export
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By record, all records of the same person, where there are several."""

    def not_due(self, person: Recipient) -> str:
        """Why this record is not in the edition; empty if it is."""
        return self._reasons.get(person.key, NOT_DUE)

    @cached_property
    def _reasons(self) -> Mapping[str, str]:
        return _reasons(self.found)

    def edition(self, chosen: Audience, occasions: Sequence[Occasion] | None = None) -> Edition:
        """Without those of whom another record has had the same, or is no newcomer at all.

        `occasions`: for which `chosen` was; else those that are due.
        """
        due: dict[str, Occasion] = {}  # also of the record that is mailed, if it is another one
        for one in self.found.due if occasions is None else occasions:
            due[one.recipient] = one
            for key in self.people.get(one.recipient, ()):
                due.setdefault(key, one)
        kept, left = [], list(chosen.left_out)
        for home in chosen.households:
            if reason := self._had(home, due):
                left += [LeftOut(recipient=member, reason=reason) for member in home.members]
            else:
                kept.append(home)
        audience = dataclasses.replace(chosen, households=tuple(kept), left_out=tuple(left))
        return Edition(audience=audience, occasions=due)

    def _had(self, home: Household, due: Mapping[str, Occasion]) -> str:
        for member in home.members:
            if reason := self._person_had(due[member.key], self._records_of(member, home)):
                return reason
        return ""

    def _records_of(self, member: Recipient, home: Household) -> Iterator[str]:
        """All of a member, those of earlier exports too, and none of the others'."""
        others = {
            key
            for other in home.members
            if other is not member
            for key in (other.key, *self.people.get(other.key, ()))
        }
        return (key for key in (member.key, *home.also) if key not in others)

    def _person_had(self, one: Occasion, records: Iterable[str]) -> str:
        """The occasion is of one of the person's records; another may have had it."""
        yearly = TRIGGERS[self.programme.trigger.on].yearly
        for key in records:
            if key == one.recipient:
                continue
            if found := had(one, self.given.get(key, ()), yearly=yearly):
                return f"{found[0]}, to {key}, who is the same"
            if not yearly and one.recipient in self.newcomers and key not in self.newcomers:
                return f"not new: {key} was there before and is the same"
        return ""


def _reasons(found: Found) -> dict[str, str]:
    """By recipient, what is worth most to know last."""
    reasons = {one.recipient: f"{NOT_DUE} yet: {one.why}" for one in found.coming}
    for over in sorted(found.passed, key=lambda over: over.reason is not Reason.GIVEN):
        reasons[over.recipient] = _in_words(over)
    return reasons | dict.fromkeys((one.recipient for one in found.due), "")


def unheard_of(mailing: Mailing, reason: str) -> bool:
    """Need nobody hear of it? An edition leaves nearly everybody out, every day."""
    return bool(mailing.programme) and reason.startswith((NOT_DUE, "not selected"))


def _in_words(over: PassedOver) -> str:
    if over.reason is Reason.GIVEN:
        return f"{NOT_DUE}: {over.occasion} {over.why}"
    return f"{ASKED}: {over.why}" if over.reason is Reason.ASKED else over.why


def look(ws: Workspace, mailing: Mailing, people: Sequence[Recipient]) -> Look:
    """Who is due in this edition, with what was given by all others.

    Refused, if it is of a day so far ahead that nobody can know who is due by then.
    """
    day = mailing.date
    check_day(day)
    if day > ws.today + dt.timedelta(days=AHEAD):
        message = f"{mailing.name} is more than {AHEAD} days ahead"
        raise Refused(message, hint="`mailroom due` tells the names of editions")
    programme = load_programme(ws.settings, mailing.programme)
    return look_at(ws, programme, day, people, but=mailing.name)


def look_at(
    ws: Workspace, programme: Programme, day: dt.date, people: Sequence[Recipient], but: str = ""
) -> Look:
    """Who is due on a day; `but`: what this edition has given does not count."""
    mine = _of_its_sources(programme, people)
    names = columns(mine, programme.trigger.field) if programme.trigger.field else ()
    asked = any(person.findings for person in mine)  # then its date may wait for an answer
    if mine and programme.trigger.field and not (names or asked):
        raise _no_field(programme, mine)
    changes = {} if TRIGGERS[programme.trigger.on].yearly else _changes(ws, names)
    before = _given(ws, programme.name, but)
    view = View(
        day=day,
        today=max(day, ws.today),
        since=day - dt.timedelta(days=AHEAD),
        route=_route(ws, programme.mailing),
        given=before,
        changes=changes,
        answers=_answers(ws, mine),
    )
    same = matches_of(ws, decisions_of(ws.ledger, ""))
    new = (key for key, seen in changes.items() if any(one.kind == "new" for one in seen))
    return Look(
        programme=programme,
        found=_selected(programme, people, same, find(mine, programme, view)),
        given=before,
        newcomers=frozenset(new),
        people={key: group for group in same.groups for key in group},
    )


def not_due(ws: Workspace, mailing: Mailing, person: Recipient) -> str:
    """Why somebody of whom `Look` has nothing to tell is not in an edition."""
    programme = load_programme(ws.settings, mailing.programme)
    return f"{NOT_DUE}: {not_yet(person, programme, mailing.date)}"


def refusal(ws: Workspace, item: Planned) -> str:
    """Has another edition been quicker? Then why this piece is not to go; else empty."""
    found = taken(ws.ledger, item.piece)
    return f"{found.occasion} was given by {found.mailing}" if found else ""


def _of_its_sources(programme: Programme, people: Sequence[Recipient]) -> tuple[Recipient, ...]:
    wanted = programme.mailing.sources
    return tuple(person for person in people if not wanted or person.source in wanted)


def _selected(
    programme: Programme, people: Sequence[Recipient], same: Matches, found: Found
) -> Found:
    """Of those whom the programme's filter lets in; for what many share all are counted."""
    meant = let_in(people, same, programme.mailing.where, programme.mailing.sources).people
    return Found(
        due=tuple(one for one in found.due if one.recipient in meant),
        coming=tuple(one for one in found.coming if one.recipient in meant),
        passed=tuple(one for one in found.passed if one.recipient in meant),
    )


def _no_field(programme: Programme, people: Sequence[Recipient]) -> ConfigError:
    name = programme.trigger.field
    headers = sorted({header for person in people for header in person.fields})
    near = difflib.get_close_matches(name, headers, n=3, cutoff=0.5) or headers[:12]
    return ConfigError(
        f"[trigger] no export has a field {name!r}",
        where=programme.mailing.file,
        hint=f"there are: {', '.join(near)}" if near else "`mailroom mapping` tells the fields",
    )


def _changes(ws: Workspace, names: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for move in moves(ws.ledger, names):
        found[move.recipient].append(_seen(ws, move))
    return found


def _seen(ws: Workspace, move: Move) -> Seen:
    return Seen(day=_day(ws, move.at), kind=move.kind, before=move.before, after=move.after)


def _given(ws: Workspace, programme: str, but: str) -> Mapping[str, Sequence[Given]]:
    rows = given(ws.ledger, programme, but)
    return {key: [_as_given(ws, row) for row in had] for key, had in rows.items()}


def _as_given(ws: Workspace, row: GivenRow) -> Given:
    return Given(
        occasion=row.occasion,
        mailing=row.mailing,
        day=_day(ws, row.at),
        called_back=row.status is Status.CANCELLED,
    )


def _day(ws: Workspace, at: str) -> dt.date:
    """The day on the wall of the office."""
    return dt.datetime.fromisoformat(at).astimezone(ws.zone).date()


def _answers(ws: Workspace, people: Sequence[Recipient]) -> dict[tuple[str, str], str]:
    """What people have said of dates that many share, by source."""
    return {
        (source, subject): decision.answer
        for source in {person.source for person in people}
        for subject, decision in decisions_of(ws.ledger, source).items()
        if subject.startswith("shared-date:")
    }


def _route(ws: Workspace, mailing: Mailing) -> Route:
    row = transit_of(ws.settings.transit, mailing.provider, mailing.options)
    return Route(
        home=ws.home(mailing),
        domestic=row.days(abroad=False),
        abroad=row.days(abroad=True),
        undo=math.ceil(undo_time(ws, mailing) / dt.timedelta(days=1)),
    )


def title(mailing: Mailing) -> str:
    """Of an edition with its day, for people."""
    return f"{mailing.title}, {in_short(mailing.date)}" if mailing.programme else mailing.title
