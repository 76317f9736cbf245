"""`mailroom why`: found by any name, explained with every source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline
from mailroom.answers.why import print_why
from mailroom.errors import UsageError
from mailroom.explain import explain, find_people, why
from mailroom.ledger.people import take_snapshot
from mailroom.model import Address, Finding, Name, Recipient, Severity
from mailroom.workspace import open_workspace
from tests.workspaces import (
    CARDS,
    MAILING,
    NOW,
    approved,
    copied,
    make_workspace,
    opened,
    person,
    say_yes,
    write_export,
)

PEOPLE = [
    person(1, **{"First Name": "Zoë", "Last Name": "Brontë"}),
    person(2, **{"Last Name": "Quill", "Do not mail": "true"}),
    person(3, **{"Last Name": "Nowhere", "Street Address": ""}),
    person(4, **{"First Name": "Ada", "Last Name": "Kingsley"}),
    person(4, **{"Record ID": "105", "First Name": "Ben", "Last Name": "Kingsley"}),
]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five people: sent to, opted out, held, and a couple at one address."""
    folder = approved(make_workspace(tmp_path_factory.mktemp("why") / "ws", PEOPLE))
    with opened(folder) as opened_ws:
        pipeline.send(opened_ws, MAILING, live=True, confirm=say_yes, limit=1)
    return folder


def keys(folder: Path, who: str) -> list[str]:
    with opened(folder) as ws:
        return [found.key for found in find_people(ws, who)]


def answer(folder: Path, who: str) -> dict[str, Any]:
    with opened(folder) as ws:
        return why(ws, find_people(ws, who)[0], [MAILING])


@pytest.mark.parametrize(
    "who",
    ["crm:101", "Zoë Brontë", "zoe bronte", "ZOË BRONTË", "bron", "Zoe\u0308 Bronte\u0308"],
)
def test_a_person_is_found_by_key_and_by_name_however_it_is_typed(ws: Path, who: str) -> None:
    assert keys(ws, who) == ["crm:101"]


def test_a_part_of_a_name_finds_everybody_who_has_it(ws: Path) -> None:
    assert keys(ws, "kingsley") == ["crm:104", "crm:105"]


def test_a_whole_name_is_not_mixed_up_with_longer_ones(ws: Path) -> None:
    assert keys(ws, "Ada Kingsley") == ["crm:104"]


def test_nobody_of_that_name_is_said_with_what_to_type(ws: Path) -> None:
    with pytest.raises(UsageError, match="nobody is called 'Moriarty'") as caught:
        keys(ws, "Moriarty")
    assert "mailroom people" in caught.value.hint


def test_who_has_had_a_piece_is_told_its_history(ws: Path) -> None:
    found = answer(ws, "crm:101")
    (part,) = found["mailings"]
    assert part["in"] and (part["piece"], part["status"]) == (1, "accepted")
    assert [event["now"] for event in part["history"]] == ["ready", "sending", "accepted"]
    assert found["source"] == "contacts.csv:2"


def test_every_part_of_a_greeting_says_where_it_comes_from(ws: Path) -> None:
    (part,) = answer(ws, "crm:101")["mailings"]
    assert set(part["greeting"]) == {"envelope_name", "salutation", "informal"}
    assert part["greeting"]["salutation"]["text"] == "Dear Ms\u00a0Brontë,"
    assert all(derived["source"] for derived in part["greeting"].values())
    assert part["address"][0] == "Ms Zoë Brontë"
    assert (part["signed_by"], part["language"]) == ("Ruth Hartmann", "en")


def test_who_opted_out_is_left_out_and_why(ws: Path) -> None:
    found = answer(ws, "Quill")
    (part,) = found["mailings"]
    assert found["suppressed"] == ["do not mail"]
    assert (part["in"], part["reason"]) == (False, "do not mail")
    assert "greeting" not in part


def test_who_is_held_is_told_the_rule_and_what_to_mend(ws: Path) -> None:
    found = answer(ws, "Nowhere")
    (part,) = found["mailings"]
    assert part["status"] == "held"
    assert part["reason"].startswith("no-street: ")
    (finding,) = (f for f in found["findings"] if f["rule"] == "no-street")
    assert (finding["severity"], bool(finding["hint"])) == ("error", True)


def test_a_couple_is_told_that_they_get_one_together(ws: Path) -> None:
    for one, other in (("Ada Kingsley", "Ben Kingsley"), ("Ben Kingsley", "Ada Kingsley")):
        (part,) = answer(ws, one)["mailings"]
        assert part["in"]
        assert part["together_with"] == [other]


def test_before_prepare_it_tells_what_would_be(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE[:1])
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    (part,) = answer(folder, "crm:101")["mailings"]
    assert part["reason"] == "selected; not prepared yet"
    assert part["borrowed"] == []
    assert part["greeting"]["salutation"]["text"] == "Dear Ms\u00a0Brontë,"
    assert "history" not in part and "piece" not in part


def test_what_was_taken_from_another_record_and_what_would_be_held_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = person(1, Email="z@x.example", **{"Salutation": "Dr.", "Street Address": ""})
    good = person(1, Email="z@x.example", **{"Salutation": "", "Record ID": "900"})
    folder = make_workspace(tmp_path / "ws", [poor, good, PEOPLE[2]])
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    found = answer(folder, "crm:900")
    assert [one["lender"] for one in found["mailings"][0]["borrowed"]] == ["crm:101"]
    assert "Dr" in found["mailings"][0]["greeting"]["salutation"]["text"]
    print_why(found)
    assert "salutation from crm:101, who is the same person" in capsys.readouterr().out
    (part,) = answer(folder, "Nowhere")["mailings"]
    assert part["held"]
    assert part["reason"].startswith("no-street: ")


def after(tmp_path: Path, ready: Path, people: list[dict[str, str]]) -> Path:
    """The workspace of `ready` with another export taken in."""
    folder = copied(ready, tmp_path / "ws")
    write_export(folder, people)
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    return folder


def test_who_is_gone_is_left_out_whatever_was_planned(ws: Path, tmp_path: Path) -> None:
    folder = after(tmp_path, ws, PEOPLE[1:3] + PEOPLE[4:])
    (part,) = answer(folder, "crm:104")["mailings"]
    assert (part["in"], part["reason"]) == (False, "no longer in the export")
    assert "piece" not in part and "greeting" not in part
    (part,) = answer(folder, "crm:101")["mailings"]
    assert (part["in"], part["reason"]) == (False, "no longer in the export")
    assert (part["piece"], part["status"]) == (1, "accepted")
    assert part["history"]


def test_who_had_it_under_another_record_is_told_so(ws: Path, tmp_path: Path) -> None:
    again = {**PEOPLE[0], "Record ID": "190"}
    (part,) = answer(after(tmp_path, ws, [again, *PEOPLE[1:]]), "crm:190")["mailings"]
    assert (part["in"], part["reason"]) == (False, "the household has had its piece")


def test_who_is_beyond_the_limit_is_told_so(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE, mailing=CARDS + "limit = 1\n")
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    (part,) = answer(folder, "Ada Kingsley")["mailings"]
    assert (part["in"], part["reason"]) == (False, "beyond the limit of 1")


def test_a_mailing_with_a_fault_does_not_silence_the_others(ws: Path) -> None:
    broken = ws / "mailings" / "broken.toml"
    broken.write_text(CARDS + 'where = "tagg = vip"\n', encoding="utf-8")
    try:
        with opened(ws) as opened_ws:
            found = why(opened_ws, find_people(opened_ws, "Brontë")[0], ["broken", MAILING])
    finally:
        broken.unlink()
    assert "no field is called" in found["mailings"][0]["reason"]
    assert found["mailings"][1]["in"] is True


# Whatever the mailing -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two exports, a hold, a suppression that was lifted, two records of one person."""
    folder = make_workspace(tmp_path_factory.mktemp("past") / "ws", PEOPLE)
    twin = {**PEOPLE[3], "Record ID": "109", "Street Address": "4 Mill Ln."}
    moved = {**PEOPLE[4], "Email": "ben@example.org"}
    for minutes, people in enumerate(([*PEOPLE, twin], [*PEOPLE[1:4], moved, twin])):
        write_export(folder, people)
        clock = NOW + dt.timedelta(minutes=minutes)
        with open_workspace(folder, clock=lambda now=clock: now) as ws:  # type: ignore[misc]
            pipeline.take_in(ws, (), "crm")
    with opened(folder) as ws:
        until = dt.date(2027, 1, 15)
        pipeline.hold(ws, "crm:104", until=until, reason="open complaint", by="Ruth")
        pipeline.suppress(ws, "crm:105", reason="a competitor", by="Ruth")
        pipeline.release(ws, "crm:105", by="Tom", reason="they were bought")
        pipeline.release(ws, "Quill", by="Tom", reason="she has asked for a card")
    return folder


def test_who_keeps_mail_back_is_told_with_since_when_and_until_when(past: Path) -> None:
    (word,) = answer(past, "crm:104")["no_mail"]
    assert word == {
        "text": "on hold until 2027-01-15: open complaint (Ruth)",
        "reason": "open complaint",
        "by": "Ruth",
        "at": "2026-11-23T09:00:00+00:00",
        "until": "2027-01-15",
        "scope": "person",
        "can_be_released": True,
        "ends": "",
    }
    assert answer(past, "crm:109")["no_mail"] == [word]  # another record of hers


def test_a_hold_that_is_over_is_told_with_who_has_ended_it(past: Path) -> None:
    found = answer(past, "crm:105")
    assert found["no_mail"] == []
    (held,) = found["holds"]
    assert (held["counts"], held["ended_by"], held["ended_why"]) == (
        False, "Tom", "they were bought",
    )  # fmt: skip


def test_what_a_person_has_lifted_is_told_as_decided(past: Path) -> None:
    found = answer(past, "Quill")
    assert (found["suppressed"], found["no_mail"]) == (["do not mail"], [])
    (said,) = found["decisions"]
    assert (said["subject"], said["by"], said["reason"]) == (
        "release:crm:102|do not mail", "Tom", "she has asked for a card",
    )  # fmt: skip


def test_other_records_of_the_same_person_are_told_and_why_they_are(past: Path) -> None:
    (other,) = answer(past, "crm:104")["same_person"]
    assert (other["recipient"], other["source"], other["there"]) == (
        "crm:109",
        "contacts.csv:6",
        True,
    )
    assert "same street" in other["why"]


def test_a_line_of_an_export_is_the_newest_ones(past: Path) -> None:
    assert keys(past, "contacts.csv:2") == ["crm:102"]


def test_who_lives_there_too_is_told(past: Path) -> None:
    assert answer(past, "crm:105")["household"] == ["Ada Kingsley"]


def test_what_the_exports_brought_is_told_and_who_is_gone(past: Path) -> None:
    (change,) = answer(past, "crm:105")["changes"]
    assert (change["kind"], change["fields"]) == ("changed", {"email": ["", "ben@example.org"]})
    gone = answer(past, "Brontë")
    assert (gone["there"], [c["kind"] for c in gone["changes"]]) == (False, ["gone"])
    assert gone["mailings"][0]["reason"] == "no longer in the export"


def test_the_answer_for_people_says_all_of_it(
    past: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for who in ("crm:104", "crm:105", "Quill", "Brontë"):
        print_why(answer(past, who))
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "on hold until 2027-01-15: open complaint (Ruth) since 2026-11-23",
        "The same person as crm:109 Ada Kingsley same street",
        "Was held - a competitor (Ruth, 2026-11-23); ended by Tom, 2026-11-23: they were bought",
        "changed email: (empty) -> ben@example.org",
        "Lives with Ada Kingsley",
        "Tom crm:102 may get mail: 'do not mail' counts no more: she has asked for a card",
        "no longer in the export",
    ):
        assert words in said


def test_an_answer_is_told_in_words_and_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names two records of hers, and what the two were about is kept beside it."""
    twin = {**PEOPLE[3], "Record ID": "109", "Street Address": "4 Mill Ln."}
    folder = make_workspace(tmp_path / "ws", [*PEOPLE[3:], twin])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.answer_doubt(ws, "crm:104", "crm:109", "same", by="Ruth", reason="I know her")
        pipeline.answer_doubt(ws, "crm:104", "crm:105", "separate", by="Ruth")
    print_why(answer(folder, "crm:104"))
    said = capsys.readouterr().out
    assert "{" not in said and "seen:" not in said and "same:" not in said
    words = " ".join(said.split())
    assert words.count("are one person: I know her") == 1
    assert "crm:104 Ada Kingsley, LS21 1AB Otley and crm:109 Ada Kingsley" in words
    assert "crm:105 Ben Kingsley, LS21 1AB Otley get a piece each" in words


def test_a_reason_is_told_once_though_two_ways_lead_to_it(tmp_path: Path) -> None:
    """Her record of the newsletter is hers, and it closes her mailbox, too."""
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    box = {"email": "zoe@example.org", "first_name": "Zoë", "last_name": "Brontë"}
    place = Address(line1="1 Mill Lane", city="Otley", postcode="LS21 1AB", country="GB")
    people = [
        Recipient(key="crm:1", source="crm", where="a.csv:2", address=place, **box),
        Recipient(key="crm:2", source="crm", where="a.csv:3", suppressed=("unsubscribed",), **box),
    ]
    with opened(folder) as ws:
        take_snapshot(ws.ledger, "crm", [], people, lambda _: {}, ws.now())
    texts = [word["text"] for word in answer(folder, "crm:1")["no_mail"]]
    assert len(texts) == len({*texts}) == 1 and "unsubscribed" in texts[0]


def test_mailings_that_never_meant_somebody_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE[:1])
    for name in ("spring", "autumn"):
        text = CARDS.replace('title = "', f'title = "{name} ') + 'where = "Email = nobody"\n'
        (folder / "mailings" / f"{name}.toml").write_text(text, encoding="utf-8")
    with opened(folder) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
        found = explain(opened_ws, "crm:101", [MAILING, "spring", "autumn"])
    titles = [part["title"] for part in found[0]["mailings"]]
    print_why(found[0])
    short = " ".join(capsys.readouterr().out.split())
    assert f"not selected for {titles[1]}, {titles[2]} (`mailroom why crm:101 MAILING`" in short
    assert "left out" not in short and f"{titles[0]}: in" in short
    print_why(found[0], whole=True)
    assert capsys.readouterr().out.count("left out (not selected") == 2


def test_the_second_of_two_in_a_row_is_found_too(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    beth = Name(first_name="Beth", last_name="Smith")
    couple = Recipient(
        key="crm:1", source="crm", where="a.csv:2", first_name="Jerry", last_name="Smith",
        partners=(beth,),
    )  # fmt: skip
    with opened(folder) as ws:
        take_snapshot(ws.ledger, "crm", [], [couple], lambda _: {}, ws.now())
        assert [found.key for found in find_people(ws, "beth smith")] == ["crm:1"]


def test_a_repaired_cell_is_told_as_the_export_has_it(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    person = Recipient(
        key="crm:1", source="crm", where="a.csv:2", first_name="Zoë", before={"Given": "ZOË"}
    )
    with opened(folder) as ws:
        columns = {"columns": {"Given": "first_name"}}
        take_snapshot(ws.ledger, "crm", [], [person], lambda _: columns, ws.now())
    (cell,) = answer(folder, "crm:1")["repaired"]
    assert cell == {"column": "Given", "before": "ZOË", "after": "Zoë"}


def test_a_line_that_became_nobody_is_found_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    broken = Finding(
        rule="broken-row", severity=Severity.ERROR, message="a quotation mark is not closed",
        where="contacts.csv:14", hint="close it",
    )  # fmt: skip
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        report = {"findings": [vars(broken)]}
        take_snapshot(ws.ledger, "web", [], [], lambda _: report, ws.now())
        (line,) = explain(ws, "Contacts.csv:14", [MAILING])
        assert [found.key for found in find_people(ws, "contacts.csv:2")] == ["crm:101"]
        with pytest.raises(UsageError, match=r"nobody is called 'contacts\.csv:99'"):
            explain(ws, "contacts.csv:99", [MAILING])
    assert line["findings"][0]["message"] == "a quotation mark is not closed"
    print_why(line)
    said = " ".join(capsys.readouterr().out.split())
    assert "nobody was made of this line, contacts.csv:14" in said
    assert "error: a quotation mark is not closed; close it" in said
