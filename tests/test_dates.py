from __future__ import annotations

import calendar
import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import WHOLE, rows_of

from mailroom.intake import survey
from mailroom.intake.dates import DAY_FIRST, MONTH_FIRST, read_date
from mailroom.model import Finding, Severity
from mailroom.readers import Row

BIRTHDAYS = {"Birthday": "birthday"}


def birthdays(*cells: str) -> list[Row]:
    return [Row(line, (cell,)) for line, cell in enumerate(cells, start=2)]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1990-05-02", "1990-05-02"),
        ("1990/5/2", "1990-05-02"),
        ("19900502", "1990-05-02"),
        ("1990-05-02T00:00:00Z", "1990-05-02"),
        ("1990-05-02 00:00:00", "1990-05-02"),
        ("20090808T1430-0500", "2009-08-08"),
        ("20/01/1991", "1991-01-20"),
        ("01/20/1991", "1991-01-20"),
        ("1/20/1991 12:00 AM", "1991-01-20"),
        ("02.05.1990", "1990-05-02"),
        ("2.5.1990", "1990-05-02"),
        ("05/05/1990", "1990-05-05"),
        ("2 May 1990", "1990-05-02"),
        ("May 2, 1990", "1990-05-02"),
        ("Wed, May 2nd 1990", "1990-05-02"),
        ("2. Mai 1990", "1990-05-02"),
        ("2 mai 1990", "1990-05-02"),
        ("2 de mayo de 1990", "1990-05-02"),
        ("1990年5月2日", "1990-05-02"),
        ("--0203", "--02-03"),
        ("--02-29", "--02-29"),
        ("1604-02-29", "--02-29"),
        ("0001-05-02", "--05-02"),
        ("29.02.", "--02-29"),
        ("02/29", "--02-29"),
        ("May 2", "--05-02"),
        ("29. Februar", "--02-29"),
        ("2000-02-29", "2000-02-29"),
    ],
)
def test_a_date_is_read_however_it_is_written(cell: str, day: str) -> None:
    assert read_date(cell).value == day


@pytest.mark.parametrize("cell", ["0/0/00", "00/00/0000", "0000-00-00", "", " - ", "0"])
def test_a_date_of_nothing_is_nothing(cell: str) -> None:
    assert read_date(cell) == ("", "", "")


@pytest.mark.parametrize(
    "cell",
    ["31/02/1990", "2/30/1980", "1990-13-01", "1900-02-29", "32.1.1990", "soon", "May", "1/2/3/4",
     "99999", "13/13/1990", "--02-30", "٣", "²"],
)  # fmt: skip
def test_what_is_no_day_of_the_calendar_is_said_so(cell: str) -> None:
    assert read_date(cell) == ("", "bad-date", "")


def test_day_or_month_first_is_asked_while_nobody_knows() -> None:
    assert read_date("03/04/1990") == ("", "dates", "")
    assert read_date("03/04/1990", DAY_FIRST).value == "1990-04-03"
    assert read_date("03/04/1990", MONTH_FIRST).value == "1990-03-04"
    assert read_date("03/04").doubt == "dates"
    assert read_date("13/04/1990", MONTH_FIRST).value == "1990-04-13"


def test_of_a_year_of_two_digits_the_day_counts_and_the_year_is_asked() -> None:
    assert read_date("5/20/71") == ("--05-20", "two-digit-year", "1971-05-20")
    assert read_date("20.5.05") == ("--05-20", "two-digit-year", "2005-05-20")


def test_a_spreadsheets_number_is_asked() -> None:
    assert read_date("26057") == ("", "serial-date", "1971-05-04")
    assert read_date("26057.0").meant == "1971-05-04"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_comes_back_from_every_form(day: dt.date) -> None:
    iso = day.isoformat()
    assert read_date(iso).value == iso
    assert read_date(f"{day:%d/%m/%Y}", DAY_FIRST).value == iso
    assert read_date(f"{day:%m/%d/%Y}", MONTH_FIRST).value == iso
    assert read_date(f"{day.day}. {calendar.month_name[day.month]} {day.year}").value == iso
    if day > dt.date(1910, 1, 1):
        assert read_date(str((day - dt.date(1899, 12, 30)).days)).meant == iso


@given(st.text(max_size=30))
def test_no_text_is_too_strange_for_a_date(text: str) -> None:
    value, doubt, meant = read_date(text)
    assert doubt in {"", "dates", "two-digit-year", "serial-date", "bad-date"}
    for day in (value, meant):
        assert day == "" or dt.date.fromisoformat(day.replace("--", "2000-", 1))


# What the file tells ------------------------------------------------------------------------


def test_one_number_above_twelve_settles_the_order_of_the_column() -> None:
    assert survey(birthdays("03/04/1990", "13/04/1990"), BIRTHDAYS).orders == {
        "Birthday": DAY_FIRST
    }
    assert survey(birthdays("3/4/90", "4/13/90"), BIRTHDAYS).orders == {"Birthday": MONTH_FIRST}


def test_a_column_that_tells_nothing_or_contradicts_itself_has_no_order() -> None:
    assert survey(birthdays("03/04/1990", "1990-05-13"), BIRTHDAYS).orders == {}
    assert survey(birthdays("13/04/1990", "04/13/1990"), BIRTHDAYS).orders == {}


def born(people: int) -> list[str]:
    """Birthdays as chance gives them; the same ones every time."""
    chance, first = random.Random(7), dt.date(1940, 1, 1)
    return [str(first + dt.timedelta(days=chance.randrange(23_000))) for _ in range(people)]


def test_many_people_of_one_birthday_are_beyond_chance() -> None:
    seen = survey(birthdays(*born(300), *["1980-01-01"] * 12), BIRTHDAYS)
    assert seen.shared == {"1980-01-01": 12}


def test_the_first_of_january_of_every_year_is_a_placeholder_too() -> None:
    first = [f"{year}-01-01" for year in range(1920, 1999)]
    assert "--01-01" in survey(birthdays(*born(300), *first), BIRTHDAYS).shared


@pytest.mark.parametrize("people", [2, 30, 400, 4_000])
def test_chance_alone_makes_no_placeholder(people: int) -> None:
    assert survey(birthdays(*born(people)), BIRTHDAYS).shared == {}


def test_the_zero_of_a_spreadsheet_is_a_placeholder_even_once() -> None:
    assert survey(birthdays("1900-01-01", "1980-02-03"), BIRTHDAYS).shared == {"1900-01-01": 1}


def test_findings_of_the_reader_are_no_rows() -> None:
    broken = Finding(rule="broken-row", severity=Severity.ERROR, message="cut off")
    assert survey([broken, *birthdays("1980-02-03")], BIRTHDAYS).rows == 1


# In a row -----------------------------------------------------------------------------------


def test_a_date_stands_in_its_normal_form_beside_the_cell() -> None:
    (person,) = rows_of(WHOLE | {"Birthday": "20/01/1991"}).recipients
    assert person.fields == {"Birthday": "20/01/1991", "birthday": "1991-01-20"}
    assert person.findings == ()


def test_a_date_in_doubt_is_not_used_and_the_person_stays() -> None:
    (person,) = rows_of(WHOLE | {"Birthday": "03/04/1990"}).recipients
    assert person.fields == {"Birthday": "03/04/1990"}
    (finding,) = person.findings
    assert (finding.rule, finding.severity) == ("dates:Birthday", Severity.WARNING)
    assert '"dates:Birthday=day-first"' in finding.hint


def test_an_answer_settles_the_order() -> None:
    answers = {"dates:Birthday": "month-first"}
    (person,) = rows_of(WHOLE | {"Birthday": "03/04/1990"}, answers=answers).recipients
    assert (person.fields["birthday"], person.findings) == ("1990-03-04", ())


@pytest.mark.parametrize(
    ("answer", "birthday", "asked"),
    [(None, None, True), ("placeholder", None, False), ("real", "1900-01-01", False)],
)
def test_a_placeholder_is_asked_about_once(
    answer: str | None, birthday: str | None, asked: bool
) -> None:
    answers = {"shared-date:1900-01-01": answer} if answer else {}
    (person,) = rows_of(WHOLE | {"Birthday": "1900-01-01"}, answers=answers).recipients
    assert person.fields.get("birthday") == birthday
    assert [f.rule for f in person.findings] == ["shared-date:1900-01-01"] * asked


@pytest.mark.parametrize(
    ("answer", "birthday"), [(None, "--05-20"), ("take", "1971-05-20"), ("refuse", "--05-20")]
)
def test_until_the_century_is_known_the_birthday_has_no_year(
    answer: str | None, birthday: str
) -> None:
    answers = {"repair:two-digit-year": answer} if answer else {}
    (person,) = rows_of(WHOLE | {"Birthday": "5/20/71"}, answers=answers).recipients
    assert person.fields["birthday"] == birthday
    assert bool(person.findings) == (answer != "refuse")


def test_a_column_called_as_the_field_is_keeps_its_cell() -> None:
    (person,) = rows_of(WHOLE | {"birthday": "31/02/1990"}).recipients
    assert "birthday" not in person.fields
    assert person.before == {"birthday": "31/02/1990"}
