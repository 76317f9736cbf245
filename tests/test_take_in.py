"""intake: exports and folders of them into the ledger; what is read once, waits, or is refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.errors import EnvironmentProblem, InputError, Refused, UsageError
from mailroom.ledger.incoming import spooled
from mailroom.ledger.people import people_of
from mailroom.pipeline.mapping import Drifted, Unmapped
from mailroom.pipeline.take_all import _age, _called
from tests.commands import PYTHON, on_a_terminal, typed
from tests.workspaces import edit, make_workspace, opened, person, write_export

HEADER = "Kundennummer,Vorname,Nachname,Straße,PLZ,Ort,Land,Mail"
ROWS = (
    "1,Ada,Berg,Am Hang 1,50667,Köln,DE,ada@berg.example",
    "2,Tom,Lang,Zeile 2,50668,Köln,DE,tom@lang.example",
    "3,Zoe,Kurz,Gasse 3,50669,Köln,DE,zoe@kurz.example",
)
SECOND = "Record ID,First Name,Last Name,Create Date,Email\n7,Bob,Lee,2024-03-12,bob@lee.example\n"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    """A workspace whose own export has two people."""
    return make_workspace(tmp_path / "ws", [person(1), person(2)])


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    return path


@pytest.fixture
def kunden(ws: Path) -> Path:
    return write(ws / "in" / "kunden.csv", *ROWS)


# --- one source ---------------------------------------------------------------------------


def test_an_export_is_told_whose_it_is_with_five_records_the_first_time(
    ws: Path, kunden: Path
) -> None:
    answer = typed(ws, "intake", str(kunden))
    assert answer.code == 0, answer.err
    assert "kunden.csv as kunden" in answer.out
    assert "a list with headers of its own, 80 % sure: 8 of 8 headers are words" in answer.words
    assert "Straße address.line1 Am Hang 1 Zeile 2 Gasse 3" in answer.words
    assert max(map(len, answer.lines)) <= 80
    write(kunden, *ROWS[:2])
    again = typed(ws, "intake", str(kunden))
    assert "address.line1" not in again.out
    assert "0 new, 0 changed, 1 gone" in again.out
    assert "address.line1" in typed(ws, "intake", str(kunden), "--show").out
    other = typed(ws, "intake", str(write(ws / "in" / "neu.csv", *ROWS[:1])))
    assert (other.code, "address.line1" in other.out) == (0, False)


def test_the_same_export_twice_is_read_once_and_says_so(ws: Path, kunden: Path) -> None:
    with opened(ws) as mailroom:
        first = pipeline.take_in(mailroom, [kunden], "kunden")
        second = pipeline.take_in(mailroom, [kunden], "kunden")
    assert (first.new, first.unchanged) == (3, False)
    assert (second.new, second.changed, second.unchanged) == (0, 0, True)
    assert (second.rows, second.mailable, second.columns) == (3, 3, first.columns)
    assert "the same as on 2026" in typed(ws, "intake", str(kunden)).out


def test_an_older_export_than_the_last_one_is_refused(ws: Path, kunden: Path) -> None:
    monday = write(ws / "in" / "monday.csv", *ROWS[:2])
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [monday], "kunden")
        pipeline.take_in(mailroom, [kunden], "kunden")
        with pytest.raises(Refused, match=r"monday\.csv was read on .* already") as caught:
            pipeline.take_in(mailroom, [monday], "kunden")
        assert "--again" in caught.value.hint
        assert len(people_of(mailroom.ledger, ["kunden"])) == 3
        assert pipeline.take_in(mailroom, [monday], "kunden", again=True).gone == 1


def test_a_copy_is_kept_for_nobody_else_to_read_and_only_of_the_last(
    ws: Path, kunden: Path
) -> None:
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [kunden], "kunden")
        write(kunden, *ROWS[:2])
        pipeline.take_in(mailroom, [kunden], "kunden")
        kunden.unlink()
        assert pipeline.read_again(mailroom, "kunden").recipients == 2
    (copy,) = (path for path in (ws / ".mailroom/exports/kunden").rglob("*") if path.is_file())
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.read_text("utf-8").count("\n") == 3


def test_two_files_of_one_source_with_the_same_content_are_read_once(
    ws: Path, kunden: Path
) -> None:
    twin = Path(shutil.copy(kunden, ws / "in" / "twin.csv"))
    with opened(ws) as mailroom:
        report = pipeline.take_in(mailroom, [kunden, twin], "kunden")
    assert (report.rows, report.files) == (3, ("kunden.csv",))
    assert report.findings[0].message == "the same as kunden.csv, so it was read once"


def test_a_list_of_the_unsubscribed_is_of_people_who_get_no_mail(ws: Path) -> None:
    path = write(
        ws / "gone.csv",
        "ada@berg.example,Ada,Berg,2026-01-01,7",
        header="Email Address,First Name,Last Name,UNSUB_TIME,LEID",
    )
    with opened(ws) as mailroom:
        report = pipeline.take_in(mailroom, [path], "left")
        (found,) = people_of(mailroom.ledger, ["left"])
    assert (report.exports[0].kind, report.mailable) == ("mailchimp-unsubscribed", 0)
    assert report.cannot == {"unsubscribed at Mailchimp": 1}
    assert "unsubscribed at Mailchimp" in found.suppressed


def test_a_column_of_what_is_not_allowed_that_says_allow_forbids_nothing(ws: Path) -> None:
    rows = (f"{n},Ada,Berg,Am Hang {n},50667,Köln,DE,{text}" for n, text in
            enumerate(("Allow", "Do Not Allow", "No", "Yes", "")))  # fmt: skip
    path = write(ws / "x.csv", *rows, header=HEADER.replace("Mail", "donotpostalmail"))
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [path], "x")
        found = people_of(mailroom.ledger, ["x"])
    assert [bool(person.suppressed) for person in found] == [False, True, False, True, False]


def test_why_somebody_cannot_be_mailed_is_told_in_words(ws: Path) -> None:
    rows = "1,Ada,Berg,,50667,Köln,DE,", "2,a@b.example,,Am Hang 2,50667,Köln,DE,"
    path = write(ws / "x.csv", *rows)
    with opened(ws) as mailroom:
        report = pipeline.take_in(mailroom, [path], "x")
    assert report.mailable == 0
    assert report.cannot == {
        "no street": 1,
        "an e-mail address where the name should be": 1,
    }


def test_the_same_record_number_twice_is_counted_once_as_mailable(ws: Path) -> None:
    path = write(ws / "x.csv", ROWS[0], ROWS[0].replace("Ada", "Eva"))
    with opened(ws) as mailroom:
        report = pipeline.take_in(mailroom, [path], "x")
    assert (report.recipients, report.mailable) == (2, 1)
    assert report.cannot["another row has the same record number"] == 1


def test_a_broken_place_in_a_file_costs_nobody_else(ws: Path) -> None:
    path = ws / "x.csv"
    path.write_bytes("\n".join((HEADER, ROWS[0], "2,\0,x", *ROWS[2:], "")).encode())
    with opened(ws) as mailroom:
        report = pipeline.take_in(mailroom, [path], "x")
    assert [f.where for f in report.findings if f.rule == "broken-row"] == ["x.csv:3"]
    assert {p.first_name for p in people_of(mailroom.ledger, ["x"])} >= {"Ada", "Zoe"}


def test_pieces_of_a_street_and_of_a_name_are_put_together_in_their_order(ws: Path) -> None:
    path = write(
        ws / "nl.csv",
        "Jan,de,Vries,Kade,12,a,1012 AB,Amsterdam,NL",
        "Eva,,Bos,Kade,,,1012 AB,Amsterdam,NL",
        header="Voornaam,Tussenvoegsel,Achternaam,Straat,Huisnummer,Toevoeging,Postcode,Plaats,Land",
    )
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [path], "nl")
        jan, eva = people_of(mailroom.ledger, ["nl"])
    assert (jan.last_name, jan.address.line1) == ("de Vries", "Kade 12 a")
    assert (eva.last_name, eva.address.line1) == ("Bos", "Kade")


def test_findings_of_one_rule_are_bounded_and_all_are_counted(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["mailroom.pipeline.take_in"], "MOST_FINDINGS", 2)
    path = write(ws / "x.csv", *(f"{n},Ada,Berg,,50667,Köln,DE," for n in range(5)))
    answer = typed(ws, "intake", str(path), "--json").json
    assert [f["rule"] for f in answer["findings"]].count("no-street") == 2
    assert answer["rules"]["error no-street"] == 5
    assert answer["findings_total"] >= 5


# --- another header -----------------------------------------------------------------------


FOURTH = "4,Kai,Mohn,Weg 4,50670,Köln,DE,kai@mohn.example"


def drifted(kunden: Path) -> Path:
    return write(kunden, *ROWS, FOURTH, header=HEADER.replace("Mail", "Kontaktadresse"))


def test_a_header_that_has_changed_waits_until_it_is_accepted(ws: Path, kunden: Path) -> None:
    assert typed(ws, "intake", str(kunden)).code == 0
    drifted(kunden)
    answer = typed(ws, "intake", str(kunden))
    assert answer.code == 1
    assert "renamed Mail -> Kontaktadresse email the same place; 100 % of its" in answer.words
    assert "can be mailed: 3 of 3 the last time -> 4 of 4 with these columns" in answer.words
    assert "mailroom mapping kunden --accept --by YOUR-NAME" in answer.err
    shown = typed(ws, "mapping", "kunden")
    assert "waits for a word" in shown.out
    accepted = typed(ws, "mapping", "kunden", "--accept", "--by", "Ruth")
    assert accepted.code == 0, accepted.err
    assert "kunden.csv was read: 1 new, 0 changed, 0 gone; 4 of 4 can be mailed" in accepted.out
    with opened(ws) as mailroom:
        assert people_of(mailroom.ledger, ["kunden"])[0].email == "ada@berg.example"
        (sheet,) = pipeline.mapping(mailroom, "kunden")
    assert (sheet.by, sheet.waits, sheet.columns["Kontaktadresse"]) == ("Ruth", False, "email")


@pytest.mark.slow
def test_on_a_terminal_it_is_asked(ws: Path, kunden: Path) -> None:
    typed(ws, "intake", str(kunden))
    drifted(kunden)
    for answer, code in (("n\n", 1), ("y\n", 0)):
        found, screen = on_a_terminal(
            [*PYTHON, "-C", str(ws), "intake", str(kunden)],
            {"read so?": answer},
        )
        assert found == code, screen


def test_before_it_is_accepted_it_is_told_what_it_would_cost(ws: Path, kunden: Path) -> None:
    typed(ws, "intake", str(kunden))
    rows = [",".join(row.split(",")[:3] + row.split(",")[4:]) for row in ROWS]
    write(kunden, *rows, header=HEADER.replace("Straße,", ""))
    answer = typed(ws, "intake", str(kunden))
    assert "warning: no column is left for address.line1, which was Straße" in answer.words
    lines = "can be mailed: 3 of 3 the last time -> 0 of 3 with these columns"
    assert f"warning: {lines}" in answer.words
    err = " ".join(answer.err.split())
    assert "no column is left for address.line1, 0 of 3 could be mailed with them" in err
    told = typed(ws, "mapping", "kunden", "--json").json[-1]["forecast"]
    assert (told["can_now"], told["can"]) == (3, 0)


def test_of_several_days_with_a_new_header_the_newest_waits(ws: Path) -> None:
    folder = ws / "in"
    write(folder / "kunden-2026-11-22.csv", *ROWS)
    typed(ws, "intake", str(folder))
    for day in (23, 24):
        drifted(folder / f"kunden-2026-11-{day}.csv")
    write(folder / "kunden-2026-11-24.csv", *ROWS, header=HEADER.replace("Mail", "Post-Mail"))
    with opened(ws) as mailroom:
        first, second = pipeline.take_all(mailroom, [folder]).failed
        assert first.message == "kunden-2026-11-24.csv of the same source waits"
        assert "mapping kunden --accept" in second.hint
    assert "kunden-2026-11-24.csv was read" in typed(ws, "mapping", "kunden", "--accept").out


def test_of_several_files_that_wait_all_are_taken_in(ws: Path, kunden: Path) -> None:
    other = write(ws / "in" / "mehr.csv", FOURTH)
    typed(ws, "intake", str(kunden), str(other), "--source", "alle")
    write(other, FOURTH, FOURTH.replace("4", "5"), header=HEADER.replace("Ort", "Orte hier"))
    assert typed(ws, "intake", str(kunden), str(other), "--source", "alle").code == 1
    accepted = typed(ws, "mapping", "alle", "--accept", "--by", "Ruth")
    assert "1 new, 0 changed, 0 gone; 5 of 5 can be mailed" in accepted.words, accepted.err


def test_an_accepted_file_that_would_drop_most_is_told_with_the_whole_command(
    ws: Path, kunden: Path
) -> None:
    typed(ws, "intake", str(kunden))
    write(kunden, ROWS[0], header=HEADER.replace("Mail", "Kontaktadresse"))
    typed(ws, "intake", str(kunden))
    answer = typed(ws, "mapping", "kunden", "--accept")
    told = " ".join(answer.err.split())
    assert f"mailroom intake {kunden} --source kunden --gone 2" in told
    assert "the mapping is remembered" in told
    assert typed(ws, "intake", str(kunden), "--source", "kunden", "--gone", "2").code == 0


def test_the_export_of_another_crm_is_told_in_a_line(ws: Path, kunden: Path) -> None:
    xero = "*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAddressLine1,POCity"
    write(kunden, *[f"Anna {n},A{n},,Anna,Berg,Hang 1,Ulm" for n in range(3)], header=xero)
    assert typed(ws, "intake", str(kunden)).code == 0
    kunden.write_text(SECOND, encoding="utf-8")
    answer = typed(ws, "intake", str(kunden), "--source", "kunden")
    assert (answer.code, answer.out) == (1, "")
    err = " ".join(answer.err.split())
    assert "this is HubSpot, contacts; the source 'kunden' was Xero, contacts" in err
    assert f"mailroom intake {kunden} --source kunden-hubspot" in err


def test_columns_in_another_order_are_the_same_header(ws: Path, kunden: Path) -> None:
    turned = [",".join(reversed(row.split(","))) for row in (HEADER, *ROWS)]
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [kunden], "kunden")
        write(kunden, *turned[1:], header=turned[0])
        report = pipeline.take_in(mailroom, [kunden], "kunden")
    assert (report.changed, report.gone, report.recipients) == (0, 0, 3)


def test_the_export_of_another_source_is_not_taken_for_this_one(ws: Path, kunden: Path) -> None:
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [kunden], "kunden")
        kunden.write_text(SECOND, encoding="utf-8")
        with pytest.raises(Drifted) as caught:
            pipeline.take_in(mailroom, [kunden], "kunden")
    assert {"last_name", "address.city"} - {*caught.value.drift.lost} == {"last_name"}
    assert f"mailroom intake {kunden} --source kunden-hubspot" in caught.value.hint


def test_a_file_whose_columns_nobody_knows_waits_for_its_mapping(ws: Path) -> None:
    rows = [f"P{n},p{n}@x.example" for n in range(4)]
    path = write(ws / "odd.csv", *rows, header="Wer,Wohin")
    with opened(ws) as mailroom:
        with pytest.raises(Unmapped) as caught:
            pipeline.take_in(mailroom, [path], "odd")
        assert 'mailroom mapping odd --set "Wohin=email"' in caught.value.hint
        pipeline.set_columns(mailroom, "odd", {"Wer": "full_name", "Wohin": "email"}, by="Ruth")
        report = pipeline.take_in(mailroom, [path], "odd")
    assert report.columns == {"Wer": "full_name", "Wohin": "email"}
    assert report.exports[0].why == "read as Ruth has said"


def test_a_column_can_be_set_and_what_was_read_is_read_again(ws: Path, kunden: Path) -> None:
    typed(ws, "intake", str(kunden))
    answer = typed(ws, "mapping", "kunden", "--set", "ort=", "--set", "Mail=")
    assert "0 new, 3 changed, 0 gone; 0 of 3 can be mailed" in answer.words
    assert typed(ws, "intake", str(kunden), "--json").json["columns"]["Ort"] is None


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (("kunden", "--set", "Ort=citty"), "'citty', for the column 'Ort', is no field", "city"),
        (("kunden", "--set", "Orte=note"), "has no column 'Orte'", "did you mean 'Ort'?"),
        (("kunden", "--set", "Ort"), "'Ort' says of no column", "Their header=last_name"),
        (("kundn",), "there is no source 'kundn'", "did you mean 'kunden'?"),
        (("--accept",), "of which source?", "mailroom mapping SOURCE"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    words: tuple[str, ...], what: str, hint: str, ws: Path, kunden: Path
) -> None:
    typed(ws, "intake", str(kunden))
    answer = typed(ws, "mapping", *words)
    assert answer.code == 2, answer.err
    assert what in answer.err
    assert hint in answer.err


def test_what_mailroom_toml_says_of_a_column_wins(ws: Path) -> None:
    edit(ws / "mailroom.toml", "[executor]", '[sources.crm.columns]\n"City" = "note"\n[executor]')
    with opened(ws) as mailroom:
        assert pipeline.take_in(mailroom, (), "crm").columns["City"] == "note"
        with pytest.raises(Refused, match=r"mailroom\.toml says what the column"):
            pipeline.set_columns(mailroom, "crm", {"City": "address.city"})
        (sheet,) = pipeline.mapping(mailroom, "crm")
    assert sheet.fixed == ("City",)
    edit(ws / "mailroom.toml", '"City" = "note"', '"City" = "tag"')
    with opened(ws) as mailroom:
        again = pipeline.take_in(mailroom, (), "crm")
    assert (again.columns["City"], again.unchanged) == ("tag", False)


def test_another_key_for_everybody_asks_for_their_number_and_is_not_remembered_without_it(
    ws: Path, kunden: Path
) -> None:
    typed(ws, "intake", str(kunden))
    words = ("mapping", "kunden", "--set", "Kundennummer=")
    answer = typed(ws, *words)
    assert answer.code == 1
    assert "3 of the 3 people" in answer.err and "the mapping is as it was" in answer.err
    assert "type the same with --gone 3" in answer.err
    assert typed(ws, "intake", str(kunden), "--json").json["columns"]["Kundennummer"] == "id"
    answer = typed(ws, *words, "--gone", "3")
    assert "3 new, 0 changed, 3 gone" in answer.out
    answer = typed(ws, "mapping", "kunden", "--accept")
    assert (answer.code, "nothing of 'kunden' waits" in answer.err) == (1, True)


def test_a_column_whose_values_are_nothing_like_its_field_is_told(ws: Path, kunden: Path) -> None:
    typed(ws, "intake", str(kunden))
    assert "look again" not in typed(ws, "mapping", "kunden").out
    answer = typed(ws, "mapping", "kunden", "--set", "Vorname=", "--set", "Straße=first_name")
    assert "look again: Straße as first_name: 3 of 3 have digits" in answer.words


def test_headers_cannot_command_the_terminal(ws: Path) -> None:
    path = write(
        ws / "x\x1b[2J.csv", "Ada,x\x1b[2J", header="Last Name,\x1b]0;owned\x07Shoe\x1b[2J"
    )
    for words in (("intake", str(path), "--show"), ("mapping", "x-2j"), ("mapping",)):
        answer = typed(ws, *words)
        assert answer.code == 0, answer.err
        assert "\x1b]0" not in answer.out + answer.err
        assert "\x1b[2J" not in answer.out + answer.err


def test_a_column_that_is_asked_about_cannot_command_the_terminal_either(ws: Path) -> None:
    header = "First Name,Last Name,Street,City,Country,Born \x1b[2Jat"
    path = write(ws / "asked.csv", "Ada,Hill,1 Elm St,Leeds,GB,01/02/1980", header=header)
    typed(ws, "intake", str(path))
    answer = typed(ws, "mapping", "asked", "--set", "Born \x1b[2Jat=birthday")
    assert answer.code == 0, answer.err
    for words in (("intake", str(path), "--again"), ("decide", "asked")):
        answer = typed(ws, *words)
        assert "dates:Born" in answer.out and "\x1b[2J" not in answer.out + answer.err


# --- a folder -----------------------------------------------------------------------------


def test_a_folder_gives_one_table_and_says_of_each_file_what_it_is(ws: Path, kunden: Path) -> None:
    folder = kunden.parent
    (folder / "all-contacts-2026-11-25.csv").write_text(SECOND, encoding="utf-8")
    (folder / "Kunden copy.csv").write_bytes(kunden.read_bytes())
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
    (folder / "~$kunden.xlsx").write_bytes(b"lock")
    (folder / ".hidden.csv").write_text(SECOND, encoding="utf-8")
    (folder / "kunden.csv.part").write_bytes(b"half")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    answer = typed(ws, "intake", str(folder))
    assert answer.code == 3, answer.err
    assert "all-contacts-2026-11- HubSpot, contacts 100 % 1 0 25.csv" in answer.words
    assert "source: all-contacts cannot: 1 no address" in answer.words
    assert answer.words.count("source:") == 2
    assert "photo.png no export by its name" in answer.words
    assert "kunden.csv the same as Kunden copy.csv" in answer.words
    assert "broken.xlsx the workbook is damaged" in answer.words
    assert "3 people can be mailed, 1 cannot" in answer.out
    assert max(map(len, answer.lines)) <= 80
    told = typed(ws, "intake", str(folder), "--json").json
    assert {one["source"] for one in told["exports"]} == {"all-contacts", "kunden"}
    assert all(one["unchanged"] for one in told["exports"])


@pytest.fixture
def odd_files(ws: Path, kunden: Path) -> Path:
    """A folder with an export, and what is no ordinary file or leads out of it."""
    folder = kunden.parent
    os.mkfifo(folder / "fifo.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    (folder / "out.csv").symlink_to(ws / "exports" / "contacts.csv")
    (folder / "round.csv").symlink_to("round.csv")
    (folder / "gone.csv").symlink_to("nowhere")
    shutil.copy(kunden, os.fsencode(folder) + b"/bad\xff.csv")
    return folder


def test_only_ordinary_files_of_a_folder_are_opened_and_the_others_are_told(
    ws: Path, odd_files: Path
) -> None:
    answer = typed(ws, "intake", str(odd_files))
    assert answer.code == 0, answer.err
    with opened(ws) as mailroom:
        batch = pipeline.take_all(mailroom, [odd_files], again=True)
        assert [report.files for report in batch.reports] == [("kunden.csv",)]
        assert {one.file: one.message.partition(";")[0] for one in batch.aside} == {
            "fifo.csv": "no ordinary file",
            "zero.csv": "a link out of the folder",
            "out.csv": "a link out of the folder",
            "round.csv": "a link to nothing",
            "gone.csv": "a link to nothing",
            "bad?.csv": "its name is not UTF-8: rename it",
        }
        named = [odd_files / name for name in ("fifo.csv", "zero.csv", "round.csv")]
        for path in (*named, Path(os.fsdecode(os.fsencode(odd_files) + b"/bad\xff.csv"))):
            for take in (
                lambda path=path: pipeline.take_all(mailroom, [path]),
                lambda path=path: pipeline.take_in(mailroom, [path], "kunden"),
            ):
                with pytest.raises(InputError):
                    take()
        assert len(pipeline.take_all(mailroom, [odd_files / "out.csv"]).reports) == 1


def test_an_intake_of_many_files_says_how_far_it_is(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailroom.cli.recipients._MANY_FILES", 3)
    monkeypatch.setattr("mailroom.cli.recipients._FILES_A_LINE", 2)
    for name in ("one", "two", "three"):
        write(ws / "many" / f"{name}.csv", *ROWS, header=HEADER + f",{name}")
    answer = typed(ws, "intake", str(ws / "many"))
    assert [line for line in answer.err.splitlines() if "of 3" in line or "files" in line] == [
        "3 files: looking whose they are",
        "2 of 3  three.csv",
        "3 of 3  two.csv",
    ]


def test_a_disk_that_takes_no_more_is_no_fault_of_ours() -> None:
    with pytest.raises(EnvironmentProblem, match="coming in: full"), spooled(()):
        raise sqlite3.OperationalError("full")


def test_nothing_but_broken_files_is_a_refusal(ws: Path) -> None:
    write(ws / "bad" / "a.csv", "nobody", header="@@@@")
    (ws / "bad" / "b.csv").write_text("", encoding="utf-8")
    assert typed(ws, "intake", str(ws / "bad")).code == 1
    (ws / "empty").mkdir()
    answer = typed(ws, "intake", str(ws / "empty"))
    assert (answer.code, "there is no export in it" in answer.err) == (1, True)
    answer = typed(ws, "intake", str(ws / "empty"), "--source", "crm")
    assert (answer.code, "there is no export in it" in answer.err) == (1, True)


def test_exports_of_one_source_from_several_days_are_read_in_their_order(ws: Path) -> None:
    folder = ws / "in"
    write(folder / "kunden-2026-11-24.csv", *ROWS)
    write(folder / "kunden-2026-11-23.csv", *ROWS[:2])
    with opened(ws) as mailroom:
        batch = pipeline.take_all(mailroom, [folder])
    assert [(one.source, one.files[0], one.new) for one in batch.reports] == [
        ("kunden", "kunden-2026-11-23.csv", 2),
        ("kunden", "kunden-2026-11-24.csv", 1),
    ]


def test_files_of_one_name_in_two_folders_are_two_sources(ws: Path, kunden: Path) -> None:
    write(kunden.parent / "shop" / "kunden.csv", *ROWS[1:])
    with opened(ws) as mailroom:
        batch = pipeline.take_all(mailroom, [kunden.parent])
    assert [one.source for one in batch.reports] == ["kunden", "shop-kunden"]


@pytest.mark.parametrize("was_read", [True, False])
def test_a_file_called_as_in_mailroom_toml_is_of_that_source_with_its_header(
    ws: Path, was_read: bool
) -> None:
    own = ws / "exports" / "contacts.csv"
    download = ws / "downloads" / "contacts.csv"
    download.parent.mkdir()
    with opened(ws) as mailroom:
        if was_read:
            pipeline.take_all(mailroom, ())
        write_export(ws, [person(1), person(2), person(3)])
        shutil.move(own, download) if was_read else shutil.copy(own, download)
        batch = pipeline.take_all(mailroom, [download])
    assert (batch.reports[0].source, batch.reports[0].recipients) == ("crm", 3)
    assert batch.notes == ("contacts.csv is read as 'crm': it has that source's header",)


@pytest.mark.parametrize("was_read", [True, False])
def test_the_name_of_a_file_alone_makes_it_no_part_of_a_source(ws: Path, was_read: bool) -> None:
    download = write(ws / "downloads" / "contacts.csv", *ROWS)
    with opened(ws) as mailroom:
        if was_read:
            pipeline.take_all(mailroom, ())
        batch = pipeline.take_all(mailroom, [download])
    assert (batch.reports[0].source, batch.reports[0].recipients) == ("contacts", 3)
    assert "not read as 'crm'" in batch.notes[0]


def test_exports_of_two_crms_that_are_called_alike_are_two_sources(ws: Path) -> None:
    folder = ws / "in"
    write(folder / "clients.csv", *ROWS)
    write(folder / "clients_2026.csv", *SECOND.splitlines()[1:], header=SECOND.splitlines()[0])
    for _ in range(2):
        with opened(ws) as mailroom:
            batch = pipeline.take_all(mailroom, [folder])
        assert [one.source for one in batch.reports] == ["clients", "clients-hubspot"]


@pytest.mark.parametrize("later", ["clients_2026-12-01.csv", "clients.csv"])
def test_the_export_of_another_crm_never_takes_over_a_source(ws: Path, later: str) -> None:
    xero = "*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAddressLine1,POCity"
    first = write(ws / "a" / "clients.csv", "Anna,A1,,Anna,Berg,Hang 1,Ulm", header=xero)
    other = write(ws / "b" / later, *SECOND.splitlines()[1:], header=SECOND.splitlines()[0])
    with opened(ws) as mailroom:
        assert pipeline.take_all(mailroom, [first]).reports[0].source == "clients"
        batch = pipeline.take_all(mailroom, [other])
        assert batch.reports[0].source == "clients-hubspot"
        assert "is read as 'clients-hubspot'" in batch.notes[0]
        write(other, "8,Cem,Lee,2024-03-13,", header=SECOND.splitlines()[0])
        assert pipeline.take_all(mailroom, [other], gone=1).reports[0].source == "clients-hubspot"
        folder = pipeline.take_all(mailroom, [first.parent, other.parent])
    assert [one.source for one in folder.reports] == ["clients", "clients-hubspot"]


def test_a_source_of_mailroom_toml_is_not_taken_over_by_a_file_of_its_name(ws: Path) -> None:
    download = write(ws / "downloads" / "crm.csv", *ROWS)
    with opened(ws) as mailroom:
        pipeline.take_all(mailroom, ())
        assert pipeline.take_all(mailroom, [download]).reports[0].source == "downloads-crm"


def test_exports_that_are_numbered_are_called_after_their_crm(ws: Path) -> None:
    path = write(
        ws / "people-12345-7.csv",
        "Ada Berg,ada@berg.example,Ruth",
        header="Person - Name,Person - Email,Person - Owner",
    )
    with opened(ws) as mailroom:
        assert pipeline.take_all(mailroom, [path]).reports[0].source == "pipedrive-people"


def test_rows_that_could_not_be_read_are_seen(ws: Path) -> None:
    path = ws / "in" / "x.csv"
    write(path, ROWS[0], "2,\0,x", *ROWS[2:])
    write(path.with_name("y.csv"), ROWS[1], '9,"Five')
    answer = typed(ws, "intake", str(path.parent))
    assert answer.code == 3
    assert "2 rows could not be read: x.csv:3, y.csv:3" in answer.out
    assert "1 row could not be read: x.csv:3" in answer.out
    assert 'mailroom why "x.csv:3"' in answer.out
    alone = typed(ws, "intake", str(path))
    assert (alone.code, "1 row could not be read: x.csv:3" in alone.out) == (3, True)


def test_a_file_of_a_folder_that_was_not_taken_in_is_named_once(ws: Path) -> None:
    write(ws / "in" / "good.csv", *ROWS)
    write(ws / "in" / "prose.csv", "and nothing else", header="only a text")
    write(ws / "in" / "none.csv", header="")
    with opened(ws) as mailroom:
        none, prose = pipeline.take_all(mailroom, [ws / "in"]).failed
    assert (none.file, none.message) == ("none.csv", "the file is empty")
    assert prose.message == "line 1: no column is known: only a text"
    assert prose.hint.startswith("if it is no list of people, leave it out; say which column")


def test_a_folder_is_counted_as_the_clean_list_is(ws: Path) -> None:
    write(ws / "in" / "kunden.csv", *ROWS)
    write(
        ws / "in" / "gone.csv",
        "ada@berg.example,2024-01-01 10:00:00",
        header="Email Address,UNSUB_TIME",
    )
    answer = typed(ws, "intake", str(ws / "in"))
    assert "2 people can be mailed, 2 cannot" in answer.out
    assert "2 people can be mailed, 2 cannot" in typed(ws, "people", "--left-out").out
    told = typed(ws, "intake", str(ws / "in"), "--json").json
    assert (told["can"], told["cannot"], told["records"]) == (2, 2, 4)


def test_too_many_people_to_be_counted_in_passing_are_not(
    ws: Path, kunden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailroom.pipeline.clean.MOST_COUNTED", 2)
    with opened(ws) as mailroom:
        pipeline.take_all(mailroom, [kunden])
        assert pipeline.count_all(mailroom) is None


def test_what_was_read_as_another_source_is_not_read_twice(ws: Path, kunden: Path) -> None:
    with opened(ws) as mailroom:
        pipeline.take_in(mailroom, [kunden], "vip")
        assert pipeline.take_all(mailroom, [kunden]).reports[0].source == "vip"
        batch = pipeline.take_all(mailroom, [kunden.rename(kunden.with_name("list.csv"))])
    assert batch.reports == ()
    assert batch.aside[0].message == "the same as what was read as 'vip'"


def test_without_files_every_source_of_the_workspace_is_read(ws: Path) -> None:
    edit(ws / "mailroom.toml", "[executor]", '[sources.two]\nfiles = ["two.csv"]\n[executor]')
    write(ws / "two.csv", *ROWS)
    with opened(ws) as mailroom:
        batch = pipeline.take_all(mailroom, ())
    assert [report.source for report in batch.reports] == ["crm", "two"]


def test_a_new_source_is_not_a_slip_of_the_keys(ws: Path, kunden: Path) -> None:
    with opened(ws) as mailroom:
        with pytest.raises(UsageError, match="no source 'crn'"):
            pipeline.take_in(mailroom, [kunden], "crn")
        assert pipeline.take_in(mailroom, [kunden], "newsletter").new == 3
        with pytest.raises(UsageError, match="no name for a source"):
            pipeline.take_in(mailroom, [kunden], "../etc")
        with pytest.raises(InputError, match="no such file"):
            pipeline.take_in(mailroom, [ws / "none.csv"], "newsletter")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("Contacts export (2) 2026-11-25.csv", "contacts-export"),
        ("hubspot-crm-exports-all-contacts-2026-11-25-1.csv", "hubspot-crm-exports-all-contacts-1"),
        ("subscribed_email_audience_export_1a2b3c4d5e.csv", "subscribed-email-audience-export"),
        ("report1718203948123.xlsx", "report"),
        ("people-12345-7.csv", "people-12345-7"),
        ("Kundenliste Köln.csv", "kundenliste-koln"),
        ("customers_export.csv", "customers-export"),
        ("2026-11-25.csv", "export"),
        ("顧客.csv", "export"),
        ("part2.csv", "part2"),
        ("nul.csv", "nul-export"),
    ],
)
def test_a_source_is_called_after_its_file(file: str, source: str) -> None:
    assert _called(Path(file)) == source


def test_the_age_of_an_export_is_in_its_name(tmp_path: Path) -> None:
    names = ["c 2026-11-23.csv", "c 2026-11-24 10-05.csv", "c 2026-11-24 10-06.csv"]
    for number, name in enumerate(reversed(names)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (number, number))
    assert [path.name for path in sorted(tmp_path.iterdir(), key=_age)] == names


def test_a_list_without_a_country_is_answered_once_and_read_so_ever_after(ws: Path) -> None:
    path = write(
        ws / "in" / "clienti2.csv",
        "Anna,Rossi,Via Appia 20,00184,Roma",
        header="Nome,Cognome,Via,CAP,Città",
    )
    typed(ws, "intake", str(path), "--source", "soci")
    asked = typed(ws, "decide", "soci")
    assert (
        "country:IT 1 time in soci" in asked.words and "00184 Roma looks like Italy" in asked.words
    )
    assert typed(ws, "decide", "soci", "country:XX=yes", "--by", "Ruth").code == 2
    assert typed(ws, "decide", "soci", "country:IT=no", "--by", "Ruth").code == 0
    assert typed(ws, "decide", "soci", "country:CH=yes", "--by", "Ruth").code == 0
    assert typed(ws, "decide", "soci", "country:IT=yes", "--by", "Ruth").code == 0
    with opened(ws) as mailroom:
        (found,) = people_of(mailroom.ledger, ["soci"])
    assert (found.address.country, found.address.postcode) == ("IT", "00184")
    assert typed(ws, "intake", str(path), "--source", "soci", "--again").code == 0


def test_a_list_without_a_country_is_read_as_its_source_s(ws: Path) -> None:
    path = write(
        ws / "in" / "clienti.csv",
        "Anna,Rossi,Via Appia 20,00184,Roma",
        header="Nome,Cognome,Via,CAP,Città",
    )
    answer = typed(ws, "intake", str(path), "--source", "clienti")
    assert "no country given" in answer.out and "[sources.clienti]" in answer.out
    with (ws / "mailroom.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[sources.clienti]\ncountry = "IT"\n')
    assert typed(ws, "intake", str(path), "--source", "clienti").code == 0
    with opened(ws) as mailroom:
        (found,) = people_of(mailroom.ledger, ["clienti"])
    assert (found.address.country, found.address.postcode) == ("IT", "00184")
