"""Who is due on a day: every birthday once, or passed over with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.errors import UsageError
from mailroom.model import Address, Finding, Mailing, Occasion, Recipient, Severity
from mailroom.occasions import (
    FIRST_DAY,
    LAST_DAY,
    LEAP,
    TRIGGERS,
    Found,
    Given,
    Programme,
    Reason,
    Route,
    Seen,
    Trigger,
    View,
    YearDay,
    check_day,
    find,
    not_yet,
    read_day,
)
from mailroom.schedule import arrival, hand_over_day, is_business_day

AT_HOME = Route(home="GB", domestic=2, abroad=10)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def programme(on: str, **trigger: Any) -> Programme:
    mailing = Mailing(
        name=on, title=on, layout="x", format="", provider="outbox", owner="r", date=dt.date.min
    )
    kind = TRIGGERS[on]
    said = Trigger(**{"on": on, "field": kind.field, "late": kind.late, **trigger})
    return Programme(name=on, mailing=mailing, trigger=said)


def person(number: int = 1, country: str = "GB", source: str = "crm", **fields: str) -> Recipient:
    return Recipient(
        key=f"{source}:{number}",
        source=source,
        where=f"x.csv:{number}",
        first_name="Anna",
        address=Address(country=country),
        fields=fields,
    )


def look(
    people: Recipient | Iterable[Recipient], rule: Programme, on: str | dt.date, **view: Any
) -> Found:
    when = on if isinstance(on, dt.date) else day(on)
    everybody = [people] if isinstance(people, Recipient) else list(people)
    seen = {"day": when, "today": when, "since": when - dt.timedelta(days=14), "route": AT_HOME}
    return find(everybody, rule, View(**{**seen, **view}))


def had(occasion: Occasion, when: dt.date, mailing: str = "birthday-x") -> Given:
    return Given(occasion=occasion.name, mailing=mailing, day=when)


# --- birthdays ----------------------------------------------------------------------------


def test_a_birthday_is_due_on_the_day_it_must_be_handed_over_and_says_why() -> None:
    anna = person(birthday="1980-12-03")
    assert look(anna, programme("birthday"), "2026-11-30").due == ()
    [due] = look(anna, programme("birthday"), "2026-12-01").due
    assert (due.name, due.day, due.hand_over) == (
        "birthday 2026",
        day("2026-12-03"),
        day("2026-12-01"),
    )
    assert due.why == (
        "birthday on 3 Dec, to arrive that day; 2 business days at home: handed over on 1 Dec"
    )


def test_what_is_to_come_is_told_two_weeks_before() -> None:
    anna = person(birthday="1980-12-03")
    assert look(anna, programme("birthday"), "2026-11-16").coming == ()
    assert [one.day for one in look(anna, programme("birthday"), "2026-11-17").coming] == [
        day("2026-12-03")
    ]


def test_nobody_looked_over_the_weekend_and_it_is_due_on_monday_still() -> None:
    anna = person(birthday="1980-12-07")  # a Monday: handed over on the Thursday before
    rule = programme("birthday")
    [due] = look(anna, rule, "2026-12-07").due
    assert due.hand_over == day("2026-12-03")
    assert due.why.endswith("; 4 days behind")


def test_too_late_is_passed_over_and_said_once_for_two_weeks() -> None:
    anna, rule = person(birthday="1980-12-03"), programme("birthday", late=3)
    assert look(anna, rule, "2026-12-02").due  # the 6th is a Sunday
    found = look(anna, rule, "2026-12-03")
    assert not found.due
    assert [(one.reason, one.occasion) for one in found.passed] == [(Reason.LATE, "birthday 2026")]
    assert "too late since 3 Dec" in found.passed[0].why
    assert look(anna, rule, "2026-12-17").passed == ()


def test_abroad_it_is_handed_over_earlier_and_a_time_to_undo_comes_before_that() -> None:
    rule = programme("birthday", arrive=1)
    far = look(person(country="US", birthday="1980-12-18"), rule, "2026-12-03").due
    assert [one.hand_over for one in far] == [hand_over_day(day("2026-12-17"), 10)]
    lob = Route(home="GB", domestic=2, abroad=10, undo=1)
    [near] = look(person(birthday="1980-12-18"), rule, "2026-12-15", route=lob).due
    assert near.hand_over == day("2026-12-14")
    assert "2 business days at home and 1 to undo it" in near.why
    assert "to arrive on 17 Dec" in near.why


def test_new_year_belongs_to_the_new_year_though_it_is_posted_in_the_old() -> None:
    anna = person(birthday="1980-01-02")
    [due] = look(anna, programme("birthday"), "2026-12-30").due
    assert due.name == "birthday 2027"
    assert due.hand_over == day("2026-12-29")  # the 2nd is a Saturday
    assert "birthday on 2 Jan 2027" in due.why
    again = look(
        anna, programme("birthday"), "2026-12-31", given={"crm:1": [had(due, day("2026-12-30"))]}
    )
    assert not again.due


def test_a_birthday_that_is_corrected_over_new_year_is_no_second_one() -> None:
    [due] = look(person(birthday="1980-12-30"), programme("birthday"), "2026-12-28").due
    before = {"crm:1": [had(due, day("2026-12-28"))]}
    found = look(person(birthday="1980-01-04"), programme("birthday"), "2026-12-31", given=before)
    assert not found.due
    assert found.passed[0].reason is Reason.GIVEN
    assert "its date was corrected since" in found.passed[0].why


@pytest.mark.parametrize(
    ("year", "leap", "kept"),
    [
        (2027, "28 February", "2027-02-28"),
        (2027, "1 March", "2027-03-01"),
        (2028, "28 February", "2028-02-29"),
        (2028, "1 March", "2028-02-29"),
        (2100, "28 February", "2100-02-28"),
    ],
)
@pytest.mark.parametrize("written", ["2000-02-29", "--02-29", "--0229"])
def test_the_29_february_is_kept_every_year(written: str, year: int, leap: str, kept: str) -> None:
    rule = programme("birthday", leap=leap, late=0)
    anna, wanted = person(birthday=written), day(kept)
    on = hand_over_day(wanted, AT_HOME.domestic)
    [due] = look(anna, rule, on).due
    assert due.day == wanted
    assert ("birthday of 29 February" in due.why) == (year != 2028)


@pytest.mark.parametrize(
    "text", ["2/5/80", "1980-02-30", "1981-02-29", "1980-13-01", "--04-31", "soon"]
)
def test_what_is_no_date_is_told_and_not_guessed(text: str) -> None:
    found = look(person(birthday=text), programme("birthday"), "2026-12-01")
    assert [one.reason for one in found.passed] == [Reason.UNREADABLE]
    assert text in found.passed[0].why


def test_a_date_with_a_time_of_day_is_a_date() -> None:
    assert (
        read_day("1980-12-03 00:00")
        == read_day("1980-12-03T00:00:00Z")
        == YearDay(month=12, day=3, year=1980)
    )
    assert str(read_day("--12-03")) == "--12-03"


@pytest.mark.parametrize("date", ["1970-01-01", "1984-01-01", "--01-01", "1900-12-31"])
def test_a_placeholder_is_asked_about_and_not_sent(date: str) -> None:
    rule = programme("birthday", minimum_age=0)
    when = hand_over_day(day("2026-12-31" if date == "1900-12-31" else "2027-01-01"), 2)
    found = look(person(birthday=date), rule, when)
    assert not found.due
    assert [one.reason for one in found.passed] == [Reason.ASKED]
    assert f"mailroom decide crm shared-date:{date}=real" in found.passed[0].hint
    real = {("crm", f"shared-date:{date}"): "real"}
    placeholder = {("crm", f"shared-date:{date}"): "placeholder"}
    if date != "1900-12-31":  # that would make 126 years
        assert look(person(birthday=date), rule, when, answers=real).due
    assert not look(person(birthday=date), rule, when, answers=placeholder).due


def test_what_intake_has_asked_about_a_date_is_shown_when_its_day_comes() -> None:
    hint = "mailroom decide crm shared-date:1985-05-05=placeholder --by YOU (or =real)"
    asked = Finding(
        rule="shared-date:1985-05-05", severity=Severity.WARNING, message="37 have it", hint=hint
    )
    people = [person(1, birthday="1980-05-12"), replace(person(2), findings=(asked,))]
    found = look(people, programme("birthday"), "2026-05-03")
    assert [(one.recipient, one.why, one.hint) for one in found.passed] == [
        ("crm:2", "37 have it", hint)
    ]
    assert look(people, programme("birthday"), "2026-04-03").passed == ()
    vague = replace(asked, rule="dates:Birthday", message="Birthday: 1/2/80 may be either")
    people[1] = replace(person(2), findings=(vague,))
    found = look(people, programme("birthday"), "2026-05-03")
    assert [one.reason for one in found.passed] == [Reason.UNREADABLE]


def test_a_date_that_too_many_share_is_asked_about_and_twins_are_not() -> None:
    twins = [person(n, birthday="1980-12-03") for n in range(2)]
    assert len(look(twins, programme("birthday"), "2026-12-01").due) == 2
    many = [person(n, birthday="1980-12-03") for n in range(5)]
    found = look([*many, person(9, birthday="1981-12-03")], programme("birthday"), "2026-12-01")
    assert [one.recipient for one in found.due] == ["crm:9"]
    assert {one.reason for one in found.passed} == {Reason.ASKED}
    assert "5 people of crm have 1980-12-03" in found.passed[0].why


def test_days_of_the_year_without_a_year_are_shared_by_chance() -> None:
    days = [dt.date(2026, 1, 2) + dt.timedelta(days=n) for n in range(364)]
    people = [person(n, birthday=f"--{d:%m-%d}") for n, d in enumerate(days * 5)]
    assert len(look(people, programme("birthday"), "2026-12-01", since=day("2026-12-01")).due) > 5


def test_a_child_is_shown_and_gets_nothing_unless_it_is_allowed() -> None:
    tim = person(birthday="2015-12-03")
    found = look(tim, programme("birthday"), "2026-12-01")
    assert not found.due
    assert found.passed[0].why == "turns 11: under 18"
    assert look(tim, programme("birthday", minimum_age=11), "2026-12-01").due
    assert look(person(birthday="2008-12-03"), programme("birthday"), "2026-12-01").due  # turns 18
    assert look(person(birthday="--12-03"), programme("birthday"), "2026-12-01").due


@pytest.mark.parametrize("date", ["2031-12-03", "1911-12-03"])
def test_nobody_is_born_in_the_future_or_older_than_the_oldest(date: str) -> None:
    found = look(person(birthday=date), programme("birthday", minimum_age=0), "2026-12-01")
    assert not found.due
    assert "is the year right?" in found.passed[0].why


def test_a_header_may_be_spelled_in_another_way() -> None:
    assert look(person(Birthday="1980-12-03"), programme("birthday"), "2026-12-01").due
    rule = programme("birthday", field="Date of birth")
    assert look(person(date_of_birth="1980-12-03"), rule, "2026-12-01").due


DATES = st.dates(dt.date(1950, 1, 2), dt.date(2004, 12, 31)).filter(
    lambda d: (d.month, d.day) != (1, 1)
)
STEPS = st.lists(st.integers(1, 45), min_size=1, max_size=90)


@settings(max_examples=120, deadline=None)
@given(
    date=DATES,
    yearless=st.booleans(),
    start=st.dates(dt.date(2023, 1, 1), dt.date(2028, 12, 31)),
    steps=STEPS,
    leap=st.sampled_from(LEAP),
    arrive=st.integers(0, 60),
    late=st.integers(0, 60),
    transit=st.integers(0, 16),
    undo=st.integers(0, 2),
)
def test_whenever_one_looks_each_birthday_is_given_once_or_passed_over_with_a_reason(
    date: dt.date, yearless: bool, start: dt.date, steps: Sequence[int], leap: str,
    arrive: int, late: int, transit: int, undo: int,
) -> None:  # fmt: skip
    anna = person(birthday=f"--{date:%m-%d}" if yearless else date.isoformat())
    rule = programme("birthday", leap=leap, arrive=arrive, late=late)
    route = Route(home="GB", domestic=transit, abroad=transit, undo=undo)
    given_out: list[Given] = []
    told: set[str] = set()
    before, when = start, start
    for step in steps:
        found = look(anna, rule, when, since=before, route=route, given={"crm:1": given_out})
        assert len(found.due) <= 1
        for due in found.due:
            handed_over = dt.datetime.combine(when + dt.timedelta(days=undo), dt.time(12), dt.UTC)
            assert arrival(handed_over, transit) <= due.day + dt.timedelta(days=late)
            assert due.hand_over <= when
            given_out.append(had(due, when))
        told |= {over.occasion for over in found.passed if over.reason is Reason.LATE}
        before, when = when, when + dt.timedelta(days=step)
    names = [one.occasion for one in given_out]
    assert len(names) == len({*names})
    assert not told & {*names}
    for year in range(start.year, before.year + 1):
        kept = read_day(anna.fields["birthday"]).kept_in(year, leap)  # type: ignore[union-attr]
        last = hand_over_day(kept + dt.timedelta(days=late), transit, undo)
        if start <= last < before:
            assert f"birthday {year}" in {*names, *told}


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)), st.integers(0, 20), st.integers(0, 9))
def test_what_is_handed_over_on_the_day_that_was_worked_out_arrives_in_time(
    wished: dt.date, transit: int, undo: int
) -> None:
    on = hand_over_day(wished, transit, undo)
    assert is_business_day(on)
    then = dt.datetime.combine(on + dt.timedelta(days=undo), dt.time(12), dt.UTC)
    assert arrival(then, transit) <= wished
    later = on + dt.timedelta(days=1)
    while not is_business_day(later):
        later += dt.timedelta(days=1)
    too_late = dt.datetime.combine(later + dt.timedelta(days=undo), dt.time(12), dt.UTC)
    assert arrival(too_late, transit) > wished


# --- anniversaries ------------------------------------------------------------------------


def test_only_the_years_that_count_are_kept() -> None:
    rule = programme("anniversary", field="customer_since", years=(1, 5, 10))
    dates = {n: f"{2026 - n}-12-03" for n in (0, 1, 2, 5, 10, 11)}
    people = [person(n, customer_since=text) for n, text in dates.items()]
    due = look(people, rule, "2026-12-01").due
    assert [one.recipient for one in due] == ["crm:1", "crm:5", "crm:10"]
    assert due[0].why.startswith("1 year on 3 Dec")
    assert due[2].why.startswith("10 years on 3 Dec")


def test_without_a_year_nobody_can_count() -> None:
    anna = person(anniversary="--12-03")
    found = look(anna, programme("anniversary", years=(5,)), "2026-12-01")
    assert not found.due
    assert "has no year" in found.passed[0].why
    assert look(anna, programme("anniversary"), "2026-12-01").due


# --- stages -------------------------------------------------------------------------------

WON = programme("stage", to=("Won", "customer"))


def moved(*steps: tuple[str, str, str]) -> dict[str, list[Seen]]:
    """(day, before, after), from the first on."""
    return {"crm:1": [Seen(day=day(d), kind="changed", before=a, after=b) for d, a, b in steps]}


def test_a_deal_that_is_won_between_two_exports_sets_it_off() -> None:
    changes = moved(("2026-11-24", "lead", "won"))
    [due] = look(person(stage="won"), WON, "2026-11-26", changes=changes).due
    assert due.why == "lead became won, seen on 24 Nov"
    assert not look(person(stage="won"), WON, "2026-11-26").due


def test_an_old_export_that_is_read_by_mistake_sets_nothing_off_again() -> None:
    there_from_the_first = moved(
        ("2026-11-24", "customer", "lead"), ("2026-11-25", "lead", "customer")
    )
    assert not look(person(stage="customer"), WON, "2026-11-26", changes=there_from_the_first).due
    back_and_forth = moved(
        ("2026-11-20", "lead", "customer"),
        ("2026-11-24", "customer", "lead"),
        ("2026-11-25", "lead", "customer"),
    )
    [due] = look(person(stage="customer"), WON, "2026-11-26", changes=back_and_forth).due
    assert due.day == day("2026-11-20")  # the first time is the one that counts
    given_out = {"crm:1": [had(due, day("2026-11-21"))]}
    assert not look(
        person(stage="customer"), WON, "2026-11-26", changes=back_and_forth, given=given_out
    ).due


def test_from_one_of_its_stages_to_the_other_is_no_second_occasion() -> None:
    changes = moved(("2026-11-20", "lead", "won"), ("2026-11-24", "won", "customer"))
    [due] = look(person(stage="customer"), WON, "2026-11-26", changes=changes).due
    assert due.day == day("2026-11-20")


def test_after_so_many_days_it_counts_again_once() -> None:
    rule = programme("stage", to=("customer",), again_after=90)
    changes = moved(
        ("2026-01-05", "lead", "customer"), ("2026-06-01", "customer", "lost"),
        ("2026-11-24", "lost", "customer"), ("2026-11-25", "customer", "lost"),
        ("2026-11-26", "lost", "customer"),
    )  # fmt: skip
    first = Given(occasion="stage customer", mailing="welcome-x", day=day("2026-01-06"))
    [due] = look(
        person(stage="customer"), rule, "2026-11-26", changes=changes, given={"crm:1": [first]}
    ).due
    assert (due.name, due.day) == ("stage customer 2026-11-24", day("2026-11-24"))
    both = {"crm:1": [first, had(due, day("2026-11-24"))]}
    assert not look(person(stage="customer"), rule, "2026-11-26", changes=changes, given=both).due


def test_where_it_came_from_may_matter() -> None:
    rule = programme("stage", to=("customer",), came_from=("trial",))
    assert not look(
        person(stage="customer"),
        rule,
        "2026-11-26",
        changes=moved(("2026-11-24", "lead", "customer")),
    ).due
    assert look(
        person(stage="customer"),
        rule,
        "2026-11-26",
        changes=moved(("2026-11-24", "Trial", "Customer")),
    ).due


def test_who_is_no_longer_there_is_passed_over_and_it_is_said() -> None:
    changes = moved(("2026-11-24", "lead", "won"), ("2026-11-25", "won", "lost"))
    found = look(person(stage="lost"), WON, "2026-11-26", changes=changes)
    assert not found.due
    assert (found.passed[0].reason, found.passed[0].why) == (
        Reason.LEFT, "lead became won, seen on 24 Nov, and is lost now",
    )  # fmt: skip


def test_after_a_month_a_change_is_old_news() -> None:
    changes = moved(("2026-10-20", "lead", "won"))
    assert look(person(stage="won"), WON, "2026-11-19", changes=changes).due
    found = look(person(stage="won"), WON, "2026-11-20", changes=changes)
    assert not found.due
    assert found.passed[0].reason is Reason.LATE


# --- newcomers ----------------------------------------------------------------------------


def test_who_is_new_in_an_export_is_due_and_who_is_back_is_not() -> None:
    rule = programme("new")
    changes = {
        "crm:1": [Seen(day=day("2026-11-24"), kind="new")],
        "crm:2": [Seen(day=day("2026-11-24"), kind="back")],
        "crm:3": [Seen(day=day("2026-11-24"), kind="changed", before="a", after="b")],
    }
    due = look([person(n) for n in (1, 2, 3, 4)], rule, "2026-11-26", changes=changes).due
    assert [one.recipient for one in due] == ["crm:1"]
    assert due[0].why == "new in crm, seen on 24 Nov"


# --- given --------------------------------------------------------------------------------


def test_what_was_called_back_is_given_again_only_where_a_person_says_so() -> None:
    anna, rule = person(birthday="1980-12-03"), programme("birthday")
    back = Given(
        occasion="birthday 2026",
        mailing="birthday-2026-12-01",
        day=day("2026-12-01"),
        called_back=True,
    )
    found = look(anna, rule, "2026-12-02", given={"crm:1": [back]})
    assert not found.due
    assert "`mailroom prepare birthday-2026-12-01 --cancelled`" in found.passed[0].hint


@pytest.mark.parametrize(
    ("on", "fields", "words"),
    [
        ("birthday", {"birthday": "1980-05-03"}, "birthday on 3 May 2027"),
        ("birthday", {"birthday": "1980-12-24"}, "birthday on 24 Dec 2026"),
        ("birthday", {"birthday": "--02-29"}, "birthday on 28 Feb 2027"),
        ("birthday", {}, "no birthday is known"),
        ("birthday", {"birthday": "soon"}, "'soon' is no date"),
        ("stage", {"stage": "lead"}, "has not come to won of late; stage: lead"),
        ("new", {}, "is not new of late"),
    ],
)
def test_whoever_asks_is_told_why_nothing_is_due(
    on: str, fields: dict[str, str], words: str
) -> None:
    rule = programme(on, **({"to": ("won",)} if on == "stage" else {}))
    assert not_yet(person(**fields), rule, day("2026-11-26")) == words


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_no_day_to_ask_about(day: str) -> None:
    with pytest.raises(UsageError, match="no day"):
        check_day(dt.date.fromisoformat(day))


def test_the_first_and_the_last_day_can_be_asked_about() -> None:
    for day in (FIRST_DAY, LAST_DAY):
        check_day(day)
