"""hold, suppress, release, holds: asked when people are chosen, and up to the last moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from mailroom import pipeline
from mailroom.cli.arguments import Day
from mailroom.errors import Refused, UsageError
from mailroom.ledger.holds import returned_mail
from mailroom.ledger.people import take_snapshot
from mailroom.model import Batch, Planned, Recipient, Status
from mailroom.pipeline.holds import ReleaseReport
from mailroom.pipeline.send import Mode, SendReport, _Run
from mailroom.pipeline.sender import Files, Me
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


def test_a_part_of_a_name_is_at_least_a_whole_word(ws: Path) -> None:
    suppress(ws, "Ada King", postcode="LS21 1AB")  # not Ada Kingsley
    with pytest.raises(UsageError, match="nobody is called 'Ada King'"):
        suppress(ws, "Ada King", postcode="  ")
    assert left_out(ws) == QUILL
    hold(ws, "Kingsley Ada")
    assert set(left_out(ws)) == {"crm:101", "crm:103"}


def test_a_reason_and_a_name_are_asked_for(ws: Path) -> None:
    with opened(ws) as opened_ws, pytest.raises(UsageError, match="--reason gives none"):
        pipeline.suppress(opened_ws, "crm:101", reason=" ", by="Ruth")
    assert typed(ws, "hold", "crm:101", "--reason", "x", "--by", "R", "--until", "15.1.").code == 2


def test_what_was_handed_over_already_is_told_with_how_to_call_it_back(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", PEOPLE[3:]))
    send(folder)
    words = ("--until", "2099-01-15", "--reason", "open complaint", "--by", "Ruth")
    said = typed(folder, "hold", "crm:104", *words)
    assert "`mailroom cancel cards 1` may still call it back" in said.words


def test_a_mailbox_of_a_list_from_elsewhere_is_not_taken_for_a_second_person(ws: Path) -> None:
    box = Recipient(
        key="chimp:1", source="chimp", where="u.csv:2", email="Ada@example.org",
        suppressed=("unsubscribed at Mailchimp",),
    )  # fmt: skip
    with opened(ws) as opened_ws:
        take_snapshot(opened_ws.ledger, "chimp", [], [box], lambda _: {}, opened_ws.now())
    assert left_out(ws)["crm:101"] == "unsubscribed at Mailchimp, says chimp:1 (u.csv:2)"
    assert release(ws, "ada@example.org").released == ("unsubscribed at Mailchimp, says chimp:1",)
    assert left_out(ws) == QUILL


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
    later([*PEOPLE[:2], {**PEOPLE[2], "Email": "quill@example.org"}, PEOPLE[3]], 2)
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
    people = [person(number) for number in range(1, 4)]
    folder = make_workspace(tmp_path / "ws", people, batch=1)
    if not ledger_url.startswith("sqlite"):
        with (folder / "mailroom.toml").open("a", encoding="utf-8") as config:
            config.write(f'[ledger]\nurl = "{ledger_url}"\n')
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


@pytest.mark.slow
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


def test_a_piece_that_another_sender_has_pulled_already_stops_nobody(ready: Path) -> None:
    with opened(ready) as ws:
        item = ws.ledger.pieces(MAILING)[2]
        run = _Run(
            ws=ws, setup=ws.setup(ws.mailing(MAILING)), provider=ws.provider("outbox"),
            mode=Mode.LIVE, me=Me(name="one of two", alive=None),  # type: ignore[arg-type]
        )  # fmt: skip
        hold(ready, "crm:103")
        ws.ledger.move([item.piece.key], Status.HELD, "pulled by the other", ws.now())
        assert run.admit([item])[0] == []
        assert [one.reason for one in run.pulled] == [HELD]


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


@pytest.mark.parametrize(
    "who", ["*@y.example", "a@b@c", "a@b", "@y.example", "a@", "a b@y.example", "a@y..example"]
)
def test_what_is_no_email_address_is_not_remembered_as_one(ws: Path, who: str) -> None:
    with pytest.raises(UsageError, match="is no e-mail address"):
        suppress(ws, who)


@pytest.mark.parametrize("who", ["q", "?", "*", "1 2"])
def test_what_is_no_name_is_not_remembered_as_one(ws: Path, who: str) -> None:
    with pytest.raises(UsageError, match="is no name"):
        suppress(ws, who, postcode="LS21 1AB")


def test_the_same_word_twice_is_told_to_have_been_said_already(ws: Path) -> None:
    for who, more in (
        ("crm:104", {}),
        ("o'hara+post@x.co.uk", {}),
        ("李", {"postcode": "100-0001"}),
    ):
        suppress(ws, who, **more)
        with pytest.raises(Refused, match=r"suppressed already \(#\d\): a competitor \(Ruth, 2"):
            suppress(ws, who, **more)
    hold(ws, "Ada Kingsley")
    with pytest.raises(Refused, match="on hold until 2027-01-15 already"):
        hold(ws, "Ada Kingsley")
    hold(ws, "Ada Kingsley", until=dt.date(2027, 2, 1))


# What is typed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day", ["2027-01-15", "15.01.2027", "15.1.2027", "15/01/2027", "1/15/2027", "15 January 2027"]
)
def test_a_day_may_be_written_in_any_form_that_means_one(day: str) -> None:
    assert Day().convert(day, None, None) == JANUARY


@pytest.mark.parametrize("day", ["01/02/2027", "15.01.27", "15 January", "soon", "", "31.02.2027"])
def test_a_day_that_may_be_several_or_none_is_asked_for_with_an_example(day: str) -> None:
    with pytest.raises(click.BadParameter, match="write it like 2027-01-15"):
        Day().convert(day, None, None)


@pytest.mark.parametrize(
    ("words", "example"),
    [
        (("--reason", "x", "--by", "Ruth"), "For example: --until 2027-01-15"),
        (("--until", "2027-01-15", "--reason", "x"), "For example: --by Ruth"),
        (("--until", "2027-01-15", "--by", "Ruth"), 'For example: --reason "asked us'),
    ],
)
def test_what_is_missing_is_told_with_an_example(
    words: tuple[str, ...], example: str, tmp_path: Path
) -> None:
    answer = typed(tmp_path, "hold", "Ada", *words)
    assert (answer.code, example in " ".join(answer.err.split())) == (2, True), answer.err


def test_who_falls_out_is_named_before_the_number_is_asked_for(ready: Path) -> None:
    hold(ready, "crm:103")
    answer = typed(ready, "send", MAILING, "--live", "--confirm", "3")
    assert answer.code == 1
    err = " ".join(answer.err.split())
    name = person(3)["First Name"]
    assert f"no longer: 0003 {name}" in err
    assert f"2 pieces would be posted (1 no longer: {name}" in err
    assert f"mailroom send {MAILING} --live --confirm 2" in err


def test_that_nobody_is_held_by_a_word_says_where_the_held_pieces_are(ws: Path) -> None:
    for words, said in (((), "Nobody is held by"), (("--all",), "Nobody was ever held by")):
        answer = typed(ws, "holds", *words)
        assert said in answer.out
        assert "mailroom status MAILING" in answer.out and "mailroom why WHO" in answer.out
