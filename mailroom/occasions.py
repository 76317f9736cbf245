"""Standing rules that make mailings: who is due on a day, why, and who is passed over.

A Programme says what is sent and what sets it off, an Occasion is that for one person, an
edition is the mailing of those who are due on a day. `TRIGGERS` is the one table of what can
set a programme off: another day of the calendar is another row and its function.

Pure: people, what the exports have brought, what was given before and the days come in.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mailroom.countries import is_domestic
from mailroom.errors import UsageError
from mailroom.model import Finding, Mailing, Occasion, Recipient
from mailroom.schedule import hand_over_day
from mailroom.where import fold, fold_field

AHEAD = 14
"""Days that are looked ahead, and back for what was missed."""

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)
"""Between them one can be asked who is due; the calendar's own ends cannot be looked around."""

CHILD = 18
"""Years below which nothing is sent unless the programme allows it."""

LEAP = ("28 February", "1 March")
"""When a birthday of 29 February is kept in the other years."""

_APART = dt.timedelta(days=183)
"""Two birthdays of one person cannot be nearer: the date was corrected in between."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """What sets a programme off: `[trigger]`."""

    on: str  #: a row of TRIGGERS
    field: str = ""  #: of the person, where the day or the stage stands
    arrive: int = 0  #: days before the day
    late: int = 0  #: days after the day, or after a change was seen, on which it is still worth it
    leap: str = LEAP[0]
    years: tuple[int, ...] = ()  #: of an anniversary: which are kept; empty: each
    minimum_age: int = CHILD
    came_from: tuple[str, ...] = ()  #: stages; empty: any
    to: tuple[str, ...] = ()  #: stages
    again_after: int = 0  #: days out of the stage after which it counts again; 0: never


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A standing rule, as `programmes/NAME.toml` has it."""

    name: str
    mailing: Mailing  #: what its editions have in common; its day is none's
    trigger: Trigger


@dataclass(frozen=True, kw_only=True)
class Route:
    """How long post is on its way, in business days, and how many days it is held back first."""

    home: str  #: the country it is posted in
    domestic: int
    abroad: int
    undo: int = 0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A change that an export has brought: of the programme's field, or that somebody is new."""

    day: dt.date
    kind: str  #: see model.Change
    before: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """An occasion that has had its piece."""

    occasion: str
    mailing: str
    day: dt.date
    called_back: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    """What is known beside the people, and from which day one looks."""

    day: dt.date  #: of the edition: who is due by then
    today: dt.date  #: what would be too late now is not given, whatever the edition's day
    since: dt.date  #: what was missed before is no longer told
    route: Route
    given: Mapping[str, Sequence[Given]] = field(default_factory=dict)  #: by recipient
    changes: Mapping[str, Sequence[Seen]] = field(default_factory=dict)  #: the same, oldest first
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(source, `shared-date:VALUE`) -> "real" or "placeholder", as people have said."""


class Reason(StrEnum):
    """Why somebody is passed over, in one word."""

    GIVEN = "given"
    LATE = "late"
    ASKED = "asked"  #: a person has to say something first
    LEFT = "left"  #: it is no longer so
    UNREADABLE = "unreadable"  #: what stands there is no date, so that nobody knows when


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """Somebody who gets nothing for an occasion, and why."""

    recipient: str
    occasion: str
    reason: Reason
    why: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a programme makes of its people on a day."""

    due: tuple[Occasion, ...]
    coming: tuple[Occasion, ...]  #: within AHEAD days
    passed: tuple[PassedOver, ...]


def check_day(day: dt.date) -> None:
    """UsageError for a day that is none of these times."""
    if not FIRST_DAY <= day <= LAST_DAY:
        hint = f"choose one from {FIRST_DAY.year} to {LAST_DAY.year}"
        raise UsageError(f"{day} is no day that anything could be due", hint=hint)


def find(people: Iterable[Recipient], programme: Programme, view: View) -> Found:
    """Who is due on the view's day, who within the next AHEAD days, and who is passed over.

    A person is due from the day on which the piece is to be handed over until it would be too
    late, and only until it was given.
    """
    everybody = tuple(people)
    look = _Look.at(everybody, programme, view)
    due: list[Occasion] = []
    coming: list[Occasion] = []
    passed: list[PassedOver] = []
    for person in everybody:
        for one in TRIGGERS[programme.trigger.on].find(look, person):
            match look.judge(one):
                case PassedOver() as over:
                    passed.append(over)
                case Occasion() as occasion if occasion.hand_over > view.day:
                    coming.append(occasion)
                case Occasion() as occasion:
                    due.append(look.in_words(occasion))
    return Found(due=_in_order(due), coming=_in_order(coming), passed=tuple(passed))


def _in_order(occasions: Iterable[Occasion]) -> tuple[Occasion, ...]:
    return tuple(sorted(occasions, key=lambda one: (one.hand_over, one.day)))


def columns(people: Iterable[Recipient], field: str) -> tuple[str, ...]:
    """What the exports call a field: its own name first, then others that are spelled alike."""
    headers = dict.fromkeys(header for person in people for header in person.fields)
    alike = [header for header in headers if fold_field(header) == fold_field(field)]
    return tuple(sorted(alike, key=lambda header: header != field))


@dataclass(frozen=True, kw_only=True)
class _Doubt:
    """An occasion about which a person has to say something first."""

    occasion: Occasion
    why: str
    hint: str


_Candidate = Occasion | PassedOver | _Doubt


@dataclass(frozen=True, kw_only=True)
class _Look:
    """The programme and the view, with what is worked out once for all people."""

    programme: Programme
    view: View
    columns: tuple[str, ...]
    shared: Mapping[tuple[str, str], int]  #: (source, date) -> how many have it, where too many

    @classmethod
    def at(cls, people: Sequence[Recipient], programme: Programme, view: View) -> _Look:
        names = columns(people, programme.trigger.field) if programme.trigger.field else ()
        look = cls(programme=programme, view=view, columns=names, shared={})
        if not TRIGGERS[programme.trigger.on].yearly:
            return look
        return dataclasses.replace(look, shared=_shared(look, people))

    @property
    def trigger(self) -> Trigger:
        return self.programme.trigger

    def is_near(self, day: dt.date) -> bool:
        """Can it be time to speak of that day? A rough answer, to look closely at a few only."""
        trigger, route = self.trigger, self.view.route
        way = 2 * max(route.domestic, route.abroad) + route.undo + 14  # weekends and holidays
        before = dt.timedelta(days=AHEAD + trigger.arrive + way)
        after = dt.timedelta(days=trigger.late)
        return self.view.since - after <= day <= self.view.day + before

    def text(self, person: Recipient) -> str:
        """What the export has in the trigger's field."""
        return next(filter(None, (person.fields.get(name, "") for name in self.columns)), "")

    def date_of(self, person: Recipient) -> YearDay | None:
        """The date that the trigger goes by, also where intake has asked about it."""
        text, asked = self.text(person), _asked(person)
        return read_day(text) if text or asked is None else read_day(asked.rule.partition(":")[2])

    def judge(self, one: _Candidate) -> Occasion | PassedOver | None:
        """None where it is not the time to speak of it."""
        if isinstance(one, PassedOver):
            return one
        occasion = one.occasion if isinstance(one, _Doubt) else one
        ahead = self.view.day + dt.timedelta(days=AHEAD)
        if occasion.hand_over > ahead or occasion.last < self.view.since:
            return None
        if had := self._given(occasion):
            return _over(occasion, Reason.GIVEN, *had)
        if isinstance(one, _Doubt):
            return _over(occasion, Reason.ASKED, one.why, one.hint)
        if occasion.last < max(self.view.day, self.view.today):
            since = self.in_short(occasion.last + dt.timedelta(days=1))
            return _over(occasion, Reason.LATE, f"too late since {since}: {occasion.why}")
        return occasion

    def _given(self, occasion: Occasion) -> tuple[str, str] | None:
        """In words that it has had it, and what to type if it is to have it all the same."""
        before = self.view.given.get(occasion.recipient, ())
        return had(occasion, before, yearly=TRIGGERS[self.trigger.on].yearly)

    def in_words(self, occasion: Occasion) -> Occasion:
        """With a word on it where it is late."""
        if occasion.hand_over >= self.view.day or not TRIGGERS[self.trigger.on].yearly:
            return occasion
        behind = (self.view.day - occasion.hand_over).days
        late = f"{occasion.why}; {behind} {'day' if behind == 1 else 'days'} behind"
        return dataclasses.replace(occasion, why=late)

    def in_short(self, day: dt.date) -> str:
        """`3 Dec`, with the year where it is another than the one looked from."""
        return in_short(day, self.view.day.year)


def in_short(day: dt.date, year: int = 0) -> str:
    """`3 Dec`, with the year where it is another than this one."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != year else "")


def had(occasion: Occasion, before: Iterable[Given], *, yearly: bool) -> tuple[str, str] | None:
    """In words that it was given, and what to type if it is to be given all the same.

    None, if nothing that was given before is this occasion. Of `yearly` ones two cannot be near.
    """
    for given in before:
        when = f"{in_short(given.day, occasion.hand_over.year)} ({given.mailing})"
        if given.occasion == occasion.name and given.called_back:
            again = f"mailroom prepare {given.mailing} --cancelled"
            return f"called back, {when}", f"`{again}` gives it once more"
        if given.occasion == occasion.name:
            return f"given on {when}", ""
        if yearly and abs(occasion.hand_over - given.day) < _APART:
            return f"had {given.occasion} on {when}; its date was corrected since", ""
    return None


def _over(occasion: Occasion, reason: Reason, why: str, hint: str = "") -> PassedOver:
    return PassedOver(
        recipient=occasion.recipient, occasion=occasion.name, reason=reason, why=why, hint=hint
    )


_worked_back = functools.lru_cache(4096)(hand_over_day)
"""Thousands share a day."""


# --- days of the year ---------------------------------------------------------------------

_DATE = re.compile(r"(?:(?P<year>\d{4})|-)-(?P<month>\d{2})-?(?P<day>\d{2})(?:[T ].*)?")


@dataclass(frozen=True, kw_only=True)
class YearDay:
    """A day of the year; `year` is 0 where nobody has said it."""

    month: int
    day: int
    year: int = 0

    def __str__(self) -> str:
        return (
            f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
            if self.year
            else (f"--{self.month:02d}-{self.day:02d}")
        )

    def kept_in(self, year: int, leap: str) -> dt.date:
        """The day on which it is kept in a year; `leap` is one of LEAP."""
        try:
            return dt.date(year, self.month, self.day)
        except ValueError:
            return dt.date(year, 2, 28) if leap == LEAP[0] else dt.date(year, 3, 1)


def read_day(text: str) -> YearDay | None:
    """A date as intake writes it: `1990-05-02`, or `--02-29` without a year (vCard 4.0)."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = int(found["year"] or 0), int(found["month"]), int(found["day"])
    try:
        dt.date(year or 2000, month, day)
    except ValueError:
        return None
    return YearDay(month=month, day=day, year=year)


def _yearly(
    look: _Look, person: Recipient, name: Callable[[YearDay, int], str]
) -> Iterator[tuple[YearDay, Occasion]]:
    """The occasions of last year, this and the next; `name` tells what a year's is, or nothing."""
    day = look.date_of(person)
    if day is None:
        return
    for year in range(look.view.day.year - 1, look.view.day.year + 2):
        kept = day.kept_in(year, look.trigger.leap)
        if look.is_near(kept) and (what := name(day, year)):
            yield day, _timed(look, person, f"{look.trigger.on} {year}", what, kept)


def _timed(look: _Look, person: Recipient, name: str, what: str, day: dt.date) -> Occasion:
    """With the day on which it is to be handed over, and the last on which that is worth it."""
    route, trigger = look.view.route, look.trigger
    home = is_domestic(person.address.country, route.home)
    transit = route.domestic if home else route.abroad
    wished = day - dt.timedelta(days=trigger.arrive)
    hand_over = _worked_back(wished, transit, route.undo)
    arrive = f"on {look.in_short(wished)}" if trigger.arrive else "that day"
    way = f"{transit} business day{'s' * (transit != 1)} {'at home' if home else 'abroad'}"
    undo = f" and {route.undo} to undo it" if route.undo else ""
    return Occasion(
        programme=look.programme.name,
        name=name,
        recipient=person.key,
        day=day,
        hand_over=hand_over,
        last=_worked_back(day + dt.timedelta(days=trigger.late), transit, route.undo),
        why=f"{what} on {look.in_short(day)}, to arrive {arrive}; {way}{undo}: "
        f"handed over on {look.in_short(hand_over)}",
    )


def _birthdays(look: _Look, person: Recipient) -> Iterator[_Candidate]:
    minimum = look.trigger.minimum_age

    def name(day: YearDay, year: int) -> str:
        moved = day.kept_in(year, look.trigger.leap).day != day.day
        return "birthday of 29 February" if moved else "birthday"

    for day, occasion in _yearly(look, person, name):
        age = occasion.day.year - day.year if day.year else minimum
        if doubt := _doubted(look, person, day):
            yield _Doubt(occasion=occasion, why=doubt[0], hint=doubt[1])
        elif age < 0 or (day.year and age > 110):
            why = f"{look.text(person)} would make {age} years: is the year right?"
            yield _Doubt(occasion=occasion, why=why, hint="correct it in the CRM")
        elif age < minimum:
            hint = f"minimum_age = {max(age, 0)} in programmes/{look.programme.name}.toml allows it"
            yield _Doubt(occasion=occasion, why=f"turns {age}: under {minimum}", hint=hint)
        else:
            yield occasion
    yield from _unreadable(look, person)


def _anniversaries(look: _Look, person: Recipient) -> Iterator[_Candidate]:
    wanted = look.trigger.years

    def name(day: YearDay, year: int) -> str:
        if not day.year:
            return "anniversary"
        years = year - day.year
        if years < 1 or (wanted and years not in wanted):
            return ""
        return f"{years} year{'s' * (years != 1)}"

    for day, occasion in _yearly(look, person, name):
        if wanted and not day.year:
            why = "the date has no year, so that nobody can tell which anniversary it is"
            yield _Doubt(occasion=occasion, why=why, hint="add the year in the CRM")
        elif doubt := _doubted(look, person, day):
            yield _Doubt(occasion=occasion, why=doubt[0], hint=doubt[1])
        else:
            yield occasion
    yield from _unreadable(look, person)


def _unreadable(look: _Look, person: Recipient) -> Iterator[PassedOver]:
    """What the export has is no date, or intake could not tell which it is."""
    text = look.text(person)
    doubts = [one for one in person.findings if one.rule.startswith(("dates:", "bad-date"))]
    if text and read_day(text) is None:
        why, hint = f"{text!r} is not understood as a date", "correct it in the CRM"
    elif doubts and look.date_of(person) is None:
        why, hint = doubts[0].message, doubts[0].hint
    else:
        return
    yield PassedOver(
        recipient=person.key,
        occasion=look.trigger.on,
        reason=Reason.UNREADABLE,
        why=why,
        hint=hint,
    )


def _asked(person: Recipient) -> Finding | None:
    """What intake asks about a date that many share; until it is answered it uses none."""
    return next((one for one in person.findings if one.rule.startswith("shared-date:")), None)


# --- dates that nobody was born on --------------------------------------------------------

_LIFETIMES = 25_000  # days on which customers are born


def _shared(look: _Look, people: Iterable[Recipient]) -> Mapping[tuple[str, str], int]:
    """The dates that more people of a source share than chance has it, ten times over.

    What a form fills in when nobody answers is everybody's: 1 January 1970, the day of a move
    from one CRM to another.
    """
    read = ((person.source, look.date_of(person)) for person in people)
    dates = Counter((source, day) for source, day in read if day)
    many = TRIGGERS[look.trigger.on].many
    of_source: Counter[str] = Counter()
    for (source, _), count in dates.items():
        of_source[source] += count
    return {
        (source, str(day)): count
        for (source, day), count in dates.items()
        if count >= max(many, 10 * of_source[source] / (_LIFETIMES if day.year else 366))
    }


def _doubted(look: _Look, person: Recipient, day: YearDay) -> tuple[str, str] | None:
    """Why a date may be none, and what to type; None where it is taken for real."""
    subjects = f"shared-date:{day}", f"shared-date:--{day.month:02d}-{day.day:02d}"
    sources = person.source, ""
    answers = (look.view.answers.get((s, subject), "") for s in sources for subject in subjects)
    answer = next(filter(None, answers), "")
    if answer == "real":
        return None
    if answer:
        return f"{day} is a placeholder, as somebody has said", ""
    if not look.text(person) and (asked := _asked(person)):
        return asked.message, asked.hint
    if (count := look.shared.get((person.source, str(day)), 0)) > 0:
        why = f"{count} people of {person.source} have {day}: a placeholder?"
    elif (day.month, day.day) == (1, 1):
        why = f"{day} is what forms fill in: a placeholder?"
    elif 0 < day.year <= 1900:
        why = f"{day} is where spreadsheets begin: a placeholder?"
    else:
        return None
    return why, f"mailroom decide {person.source} {subjects[0]}=real --by YOU (or =placeholder)"


# --- changes between two exports ----------------------------------------------------------


def _stages(look: _Look, person: Recipient) -> Iterator[_Candidate]:
    """When somebody came to one of the stages for the first time.

    An old export that is read by mistake takes people back, and the next one forward again:
    who was there before has not come there, unless it was `again_after` days ago.
    """
    trigger = look.trigger
    wanted, came_from = {*map(fold, trigger.to)}, {*map(fold, trigger.came_from)}
    name = f"{trigger.on} {', '.join(sorted(wanted))}"
    arrived, left, was_there = None, dt.date.min, False
    for seen in look.view.changes.get(person.key, ()):
        before, after = fold(seen.before) in wanted, fold(seen.after) in wanted
        if before and not after:
            left = seen.day
        if after and not before and (not came_from or fold(seen.before) in came_from):
            away = (seen.day - left).days
            if not was_there:
                arrived = _noticed(look, person, name, seen)
            elif trigger.again_after and away >= trigger.again_after:
                arrived = _noticed(look, person, f"{name} {seen.day}", seen)
        was_there = was_there or before or after
    if arrived is None:
        return
    now = look.text(person)
    if fold(now) in wanted:
        yield arrived
    elif arrived.last >= look.view.since:
        yield _over(arrived, Reason.LEFT, f"{arrived.why}, and is {now or 'nothing'} now")


def _noticed(look: _Look, person: Recipient, name: str, seen: Seen) -> Occasion:
    """Given from the day on which the change was seen."""
    moved = f"{seen.before} became {seen.after}" if seen.before else f"came in as {seen.after}"
    words = moved if seen.after else f"new in {person.source}"
    return Occasion(
        programme=look.programme.name,
        name=name,
        recipient=person.key,
        day=seen.day,
        hand_over=seen.day,
        last=seen.day + dt.timedelta(days=look.trigger.late),
        why=f"{words}, seen on {look.in_short(seen.day)}",
    )


def _newcomers(look: _Look, person: Recipient) -> Iterator[_Candidate]:
    for seen in look.view.changes.get(person.key, ()):
        if seen.kind == "new":
            yield _noticed(look, person, "new", dataclasses.replace(seen, before="", after=""))
            return


# --- for whoever asks ---------------------------------------------------------------------


def not_yet(person: Recipient, programme: Programme, today: dt.date) -> str:
    """In words why nothing is due for somebody, neither now nor soon."""
    trigger = programme.trigger
    names = columns([person], trigger.field) if trigger.field else ()
    text = next(filter(None, (person.fields[name] for name in names)), "")
    if TRIGGERS[trigger.on].yearly:
        day = read_day(text)
        if day is None:
            return f"no {trigger.field} is known" if not text else f"{text!r} is no date"
        kept = (day.kept_in(today.year + n, trigger.leap) for n in (0, 1))
        return f"{trigger.on} on {in_short(next(one for one in kept if one >= today))}"
    if trigger.on == "stage":
        return f"has not come to {' or '.join(trigger.to)} of late; {trigger.field}: {text or '-'}"
    return "is not new of late"


# --- the table ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of trigger: what may be said of it and how its occasions are found."""

    find: Callable[[_Look, Recipient], Iterator[_Candidate]]
    keys: Collection[str]  #: of [trigger], beside `on`
    field: str = ""  #: where nothing else is said
    late: int = 30
    yearly: bool = False  #: kept on a day of every year, not set off by an export
    many: int = 20  #: who share a date, from which on it is looked at whether it is one
    together: bool = True  #: one piece for those of a household who are due on the same day


TRIGGERS: Mapping[str, Kind] = {
    "birthday": Kind(
        find=_birthdays,
        keys=("field", "arrive", "late", "leap", "minimum_age"),
        field="birthday",
        late=3,
        yearly=True,
        many=5,
        together=False,
    ),
    "anniversary": Kind(
        find=_anniversaries,
        keys=("field", "arrive", "late", "leap", "years"),
        field="anniversary",
        late=3,
        yearly=True,
    ),
    "stage": Kind(find=_stages, keys=("field", "from", "to", "late", "again_after"), field="stage"),
    "new": Kind(find=_newcomers, keys=("late",)),
}
