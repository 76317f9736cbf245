"""hold, suppress, release, holds: asked when people are chosen, and up to the last moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.errors import Refused, UsageError
from mailroom.ledger.holds import returned_mail
from mailroom.model import Batch, Planned, Status
from mailroom.pipeline.holds import ReleaseReport
from mailroom.pipeline.send import SendReport
from mailroom.pipeline.sender import Files
from mailroom.workspace import open_workspace
from tests.commands import started, typed
from tests.workspaces import (
    MAILING,
    NOW,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    say_yes,
    send,
    write_export,
)

JANUARY = dt.date(2027, 1, 15)
PEOPLE = [
    person(1, **{"First Name": "Ada", "Last Name": "Kingsley", "Email": "ada@example.org"}),
    person(1, **{"Record ID": "102", "First Name": "Ben", "Last Name": "Kingsley"}),
    person(3, **{"Last Name": "Quill", "Do not mail": "true"}),
    person(4, **{"First Name": "Zoë", "Last Name": "Brontë"}),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A couple, somebody who wants no mail, and one more; taken in."""
    folder = make_workspace(tmp_path_factory.mktemp("holds") / "ws", PEOPLE)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    return folder


@pytest.fixture
def ws(read: Path, tmp_path: Path) -> Path:
    return copied(read, tmp_path / "ws")


def left_out(folder: Path, day: dt.date | None = None) -> dict[str, str]:
    """Recipient key -> why, on that day."""
    now = NOW if day is None else dt.datetime.combine(day, dt.time(9), dt.UTC)
    with open_workspace(folder, clock=lambda: now) as ws:
        audience = pipeline.choose(ws, ws.mailing(MAILING))
        return {left.recipient.key: left.reason for left in audience.left_out}


def hold(folder: Path, who: str, *, until: dt.date = JANUARY, household: bool = False) -> None:
    with opened(folder) as ws:
        pipeline.hold(ws, who, until=until, reason="open complaint", by="Ruth", household=household)


def suppress(folder: Path, who: str, **more: str) -> None:
    with opened(folder) as ws:
        pipeline.suppress(ws, who, reason="a competitor", by="Ruth", **more)  # type: ignore[arg-type]


def release(folder: Path, who: str, *, household: bool = False) -> ReleaseReport:
    with opened(folder) as ws:
        return pipeline.release(ws, who, by="Tom", reason="it was settled", household=household)


def take(folder: Path, people: Sequence[dict[str, str]], gone: int | None = None) -> None:
    write_export(folder, people)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm", gone)


QUILL = {"crm:103": "do not mail"}


def test_a_held_person_waits_until_the_day_and_the_others_at_home_do_not(ws: Path) -> None:
    hold(ws, "ada kingsley")
    words = "on hold until 2027-01-15: open complaint (Ruth)"
    assert left_out(ws) == QUILL | {"crm:101": words}
    assert left_out(ws, JANUARY - dt.timedelta(days=1)) == QUILL | {"crm:101": words}
    assert left_out(ws, JANUARY) == QUILL


def test_a_household_is_held_where_that_is_asked_for(ws: Path) -> None:
    hold(ws, "crm:101", household=True)
    assert set(left_out(ws)) == {"crm:101", "crm:102", "crm:103"}


def test_a_day_that_has_come_holds_nothing(ws: Path) -> None:
    with pytest.raises(UsageError, match="2026-11-23 has come already"):
        hold(ws, "crm:101", until=NOW.date())


def test_who_is_meant_must_be_one_person(ws: Path) -> None:
    with pytest.raises(UsageError) as caught:
        hold(ws, "kingsley")
    assert "may be 2 people: crm:101 Ada Kingsley, LS21 1AB Otley; crm:102 Ben" in str(caught.value)
    assert caught.value.hint == "write the key of the one who is meant"
    with pytest.raises(UsageError, match="nobody is called 'Moriarty'"):
        hold(ws, "Moriarty")
    with pytest.raises(UsageError, match="nobody is called ''"):
        hold(ws, "")
    assert left_out(ws) == QUILL


def test_a_person_is_meant_by_the_line_of_the_export_too(ws: Path) -> None:
    hold(ws, "contacts.csv:5")
    assert set(left_out(ws)) == {"crm:103", "crm:104"}


def test_two_records_of_one_person_are_one_person(ws: Path) -> None:
    take(ws, [*PEOPLE, {**PEOPLE[3], "Record ID": "190"}])
    hold(ws, "Zoe Bronte")
    assert {"crm:104", "crm:190"} <= set(left_out(ws))


def test_whoever_is_in_no_export_yet_gets_nothing_once_they_come_in(ws: Path) -> None:
    with pytest.raises(UsageError, match="nobody is called 'Carl Moss'") as caught:
        suppress(ws, "Carl Moss")
    assert "--postcode" in caught.value.hint
    suppress(ws, "Carl Moss", postcode="ls21 1ab")
    suppress(ws, "dora@example.org")
    carl = person(6, **{"First Name": "Carl", "Last Name": "Moss"})
    dora = person(7, **{"First Name": "Dora", "Last Name": "Moss", "Email": "DORA@example.org"})
    take(ws, [*PEOPLE, carl, dora, person(8)])
    assert set(left_out(ws)) == {"crm:103", "crm:106", "crm:107"}
    with opened(ws) as opened_ws:
        found = pipeline.holds(opened_ws)
    assert [(h.who, h.scope) for h in found] == [
        ("Carl Moss, LS21 1AB", "not in any export"),
        ("dora@example.org", "not in any export"),
    ]


def test_a_postcode_tells_two_of_one_name_apart(ws: Path) -> None:
    other = person(9, **{"First Name": "Zoë", "Last Name": "Brontë", "Postal Code": "LS1 4AP"})
    take(ws, [*PEOPLE, other])
    suppress(ws, "Zoë Brontë", postcode="LS1 4AP")
    assert set(left_out(ws)) == {"crm:103", "crm:109"}
    suppress(ws, "Zoë Brontë", postcode="AB1 2CD")  # a third, who is not there yet
    assert set(left_out(ws)) == {"crm:103", "crm:109"}


def test_a_reason_and_a_name_are_asked_for(ws: Path) -> None:
    with opened(ws) as opened_ws, pytest.raises(UsageError, match="--reason gives none"):
        pipeline.suppress(opened_ws, "crm:101", reason=" ", by="Ruth")
    assert typed(ws, "hold", "crm:101", "--reason", "x", "--by", "R", "--until", "15.1.").code == 2


# release ------------------------------------------------------------------------------------


def test_who_is_released_gets_mail_again_and_the_hold_is_remembered(ws: Path) -> None:
    hold(ws, "crm:101")
    suppress(ws, "ada@example.org")
    found = release(ws, "ada@example.org")
    assert (found.who, found.released) == ("Ada Kingsley", ("open complaint", "a competitor"))
    assert left_out(ws) == QUILL
    with opened(ws) as opened_ws:
        assert pipeline.holds(opened_ws) == ()
        kept = pipeline.holds(opened_ws, ended=True)
    assert [(h.ended_by, h.ended_why) for h in kept] == [("Tom", "it was settled")] * 2


def test_what_the_export_says_is_lifted_until_it_says_so_anew(ws: Path) -> None:
    found = release(ws, "Quill")
    assert found.released == ("do not mail, says crm:103",)
    assert left_out(ws) == {}
    take(ws, PEOPLE)  # the same again says nothing new
    assert left_out(ws) == {}

    def later(people: list[dict[str, str]], minutes: int) -> None:
        write_export(ws, people)
        clock = NOW + dt.timedelta(minutes=minutes)
        with open_workspace(ws, clock=lambda: clock) as opened_ws:
            pipeline.take_in(opened_ws, (), "crm")

    later([*PEOPLE[:2], {**PEOPLE[2], "Do not mail": ""}, PEOPLE[3]], 1)
    assert left_out(ws) == {}
    later(PEOPLE, 2)
    assert left_out(ws) == QUILL


def test_death_is_taken_back_by_the_crm_alone(ws: Path) -> None:
    take(ws, [*PEOPLE[:3], {**PEOPLE[3], "Last Name": "Brontë (deceased)"}])
    with pytest.raises(Refused, match="deceased, says crm:104: nobody lifts that here"):
        release(ws, "crm:104")


def test_one_of_a_held_household_is_not_released_alone(ws: Path) -> None:
    hold(ws, "crm:101", household=True)
    with pytest.raises(Refused, match="held with the whole household") as caught:
        release(ws, "crm:102")
    assert "--household" in caught.value.hint
    release(ws, "crm:102", household=True)
    assert left_out(ws) == QUILL


def test_a_hold_can_be_released_by_its_number(ws: Path) -> None:
    suppress(ws, "dora@example.org")
    hold(ws, "crm:101")
    assert release(ws, "#1").who == "dora@example.org"
    assert release(ws, "#2").who == "Ada Kingsley"
    with pytest.raises(UsageError, match="nobody is called '#1'"):
        release(ws, "#1")


def test_who_is_not_held_cannot_be_released(ws: Path) -> None:
    with pytest.raises(Refused, match="nothing keeps mail from Ada Kingsley"):
        release(ws, "crm:101")


# Returned mail ------------------------------------------------------------------------------


def returned(folder: Path, number: int) -> None:
    """The post has brought back one piece of what was posted."""
    with opened(folder) as ws:
        item = ws.ledger.pieces(MAILING)[number - 1]
        for status in (Status.MAILED, Status.RETURNED):
            ws.ledger.move([item.piece.key], status, "", ws.now())


def test_mail_that_came_back_closes_the_address_until_it_changes(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", PEOPLE))
    send(folder)
    returned(folder, 1)
    text = (folder / "mailings" / "cards.toml").read_text("utf-8")
    (folder / "mailings" / "next.toml").write_text(text, "utf-8")

    def of_next() -> dict[str, str]:
        with opened(folder) as ws:
            audience = pipeline.choose(ws, ws.mailing("next"))
            return {left.recipient.key: left.reason for left in audience.left_out}

    words = "returned mail (piece 1 of cards)"
    assert of_next() == QUILL | {"crm:101": words, "crm:102": words}
    release(folder, "crm:102")
    assert of_next() == QUILL | {"crm:101": words}
    moved = {**PEOPLE[0], "Street Address": "7 Bridge End"}
    later = NOW + dt.timedelta(minutes=1)
    write_export(folder, [moved, *PEOPLE[1:]])
    with open_workspace(folder, clock=lambda: later) as ws:
        pipeline.take_in(ws, (), "crm")
        assert [one.moved for one in returned_mail(ws.ledger)] == [True, False]
    assert of_next() == QUILL


# Up to the last moment ----------------------------------------------------------------------


@pytest.fixture
def ready(tmp_path: Path, ledger_url: str) -> Path:
    """Three approved pieces, a batch each, on either database."""
    folder = make_workspace(tmp_path / "ws", PEOPLE, batch=1)
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as config:
        config.write(f'[ledger]\nurl = "{ledger_url}"\n')
    take(folder, [person(number) for number in range(1, 4)])
    return approved(folder)


def by_another_process(folder: Path, who: str) -> None:
    words = ("--until", "2099-01-15", "--reason", "open complaint", "--by", "Ruth")
    process = started(folder, "hold", who, *words)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def pulled(report: SendReport) -> list[tuple[int, str]]:
    return [(one.piece, one.reason) for one in report.pulled]


HELD = "on hold until 2027-01-15: open complaint (Ruth)"


def test_a_hold_between_two_batches_pulls_the_piece(ready: Path) -> None:
    def progress(done: int, _total: int) -> None:
        if done == 1:
            hold(ready, "crm:103")

    with opened(ready) as ws:
        report = pipeline.send(ws, MAILING, live=True, confirm=say_yes, progress=progress)
    assert (report.posted, pulled(report), report.left) == (2, [(3, HELD)], 0)
    with opened(ready) as ws:
        assert [item.status for item in ws.ledger.pieces(MAILING)] == ["accepted"] * 2 + ["held"]


def test_a_hold_by_another_process_while_the_files_are_made_pulls_the_piece(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, built = Files.build, list[int]()

    def slow(self: Files, key: str, pieces: Sequence[Planned]) -> Batch:
        made = build(self, key, pieces)
        built.append(pieces[0].piece.number)
        if built == [1, 2]:
            by_another_process(ready, "crm:102")
        return made

    monkeypatch.setattr(Files, "build", slow)
    report = send(ready)
    assert report.posted == 2
    assert pulled(report) == [(2, "on hold until 2099-01-15: open complaint (Ruth)")]
    assert built == [1, 2, 3]


def test_a_word_about_others_makes_the_files_anew_and_the_piece_goes(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, built = Files.build, list[int]()

    def slow(self: Files, key: str, pieces: Sequence[Planned]) -> Batch:
        made = build(self, key, pieces)
        built.append(pieces[0].piece.number)
        if len(built) == 1:
            suppress(ready, "nobody@example.org")
        return made

    monkeypatch.setattr(Files, "build", slow)
    report = send(ready)
    assert (report.posted, pulled(report), built) == (3, [], [1, 1, 2, 3])


def test_who_is_released_after_having_been_pulled_goes_the_next_time(ready: Path) -> None:
    hold(ready, "crm:103")
    assert pulled(send(ready)) == [(3, HELD)]
    release(ready, "crm:103")
    approved(ready)
    assert send(ready).posted == 1


def test_a_hold_counts_in_a_rehearsal_too(ready: Path) -> None:
    hold(ready, "crm:103")
    report = send(ready, live=False)
    assert (report.posted, pulled(report)) == (2, [(3, HELD)])


# As it is typed -----------------------------------------------------------------------------


def test_the_answers_say_who_why_and_until_when(ws: Path) -> None:
    words = ("--reason", "open complaint", "--by", "Ruth")
    said = typed(ws, "hold", "ada kingsley", "--until", "2099-01-15", *words)
    assert "Ada Kingsley gets no mail until 2099-01-15" in said.out
    said = typed(ws, "suppress", "Carl Moss", "--postcode", "LS21 1AB", *words)
    assert "it is remembered, and counts once they come in" in said.words
    listed = typed(ws, "holds")
    assert "#1 Ada Kingsley 2099-01-15 Ruth open complaint" in listed.words
    assert "#2 Carl Moss, LS21 1AB for good Ruth open complaint" in listed.words
    said = typed(ws, "release", "ada", *words)
    assert "Ada Kingsley: released" in said.out
    (kept,) = typed(ws, "holds", "--json").json
    assert (kept["who"], kept["until"], kept["counts"]) == ("Carl Moss, LS21 1AB", None, True)
    assert len(typed(ws, "holds", "--all", "--json").json) == 2
