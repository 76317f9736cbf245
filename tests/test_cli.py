"""The command line as people and programs use it: words, JSON, exit codes, a terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

from mailroom.cli import cli
from mailroom.cli.arguments import print_json
from mailroom.errors import EXIT_MEANINGS
from mailroom.formats import FORMATS
from tests.commands import PYTHON, Answer, finished, on_a_terminal, started, typed
from tests.workspaces import (
    MAILING,
    approved,
    copied,
    make_workspace,
    person,
    posted,
    write_export,
)

PEOPLE = [person(n) for n in range(6)]
HELD = person(8, **{"Street Address": ""})
OPTED_OUT = person(9, **{"Do not mail": "true"})


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people, approved, nothing sent: six are ready, one is held, one left out."""
    people = [*PEOPLE, HELD, OPTED_OUT]
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", people))


@pytest.fixture
def ws(ready: Path, tmp_path: Path) -> Path:
    return copied(ready, tmp_path / "ws")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Six people in an export, nothing read yet."""
    return make_workspace(tmp_path / "ws", PEOPLE)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


# --- the main job, on the sample ----------------------------------------------------------


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """From `init` to `send`, as the README tells it."""
    folder = tmp_path_factory.mktemp("job") / "ws"
    name = "christmas-2026"
    answers = {"init": typed(None, "init", str(folder))}
    for step, words in {
        "intake": ("intake",),
        "prepare": ("prepare", name),
        "proof": ("proof", name),
        "approve": ("approve", name, "--by", "Ruth"),
        "rehearse": ("send", name),
        "send": ("send", name, "--live", "--confirm", "60"),
        "again": ("send", name, "--live"),
        "status": ("status", name),
        "all": ("status",),
        "why": ("why", "Tom Abernathy", name),
        "people": ("people", "country = GB"),
    }.items():
        answers[step] = typed(folder, *words)
    return answers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ("init", 0, "A workspace with invented customers is in"),
        ("intake", 0, "81 people in 81 rows"),
        ("intake", 0, "81 new, 0 changed, 0 gone since the last time"),
        ("intake", 0, "'NE46 3' is no postcode of GB"),
        ("intake", 0, "Next: mailroom people"),
        ("prepare", 3, "68 pieces: 60 ready, 8 held"),
        ("prepare", 3, "10 people left out"),
        ("prepare", 3, "1 deceased"),
        ("prepare", 3, "Held, until this is mended"),
        ("prepare", 3, "188.19 GBP for 60 pieces"),
        ("prepare", 3, "Next: mailroom proof christmas-2026"),
        ("proof", 0, "pieces of 68, the ones most likely to be wrong"),
        ("proof", 0, "Next: mailroom approve christmas-2026 --by YOU"),
        ("approve", 0, "is approved by Ruth: "),
        ("rehearse", 0, "Rehearsal: 60 pieces of christmas-2026 would be posted"),
        ("rehearse", 0, "nothing was posted"),
        ("rehearse", 0, "Next: mailroom send christmas-2026 --live --confirm 60"),
        ("send", 0, "christmas-2026: 60 pieces posted through outbox"),
        ("send", 0, "0001-0068 accepted"),
        ("again", 0, "60 pieces had been posted before and are not again"),
        ("status", 0, "60 accepted"),
        ("status", 0, "0001 Eleanor Whitcomb accepted"),
        ("all", 0, "Next: mailroom prepare thank-you"),
        ("status", 0, "Next: mailroom why "),
        ("why", 0, "left out (duplicate of"),
        ("people", 0, "Zoë Brontë-Hughes"),
    ],
)
def test_the_main_job_says_what_people_need(
    job: dict[str, Answer], step: str, code: int, words: str
) -> None:
    assert words in job[step].words, job[step].out + job[step].err
    assert job[step].code == code


@pytest.mark.slow
def test_the_main_jobs_lines_fit_eighty_columns(job: dict[str, Answer]) -> None:
    """But for paths and a provider's keys, which are as long as they are."""
    long = [
        line
        for answer in job.values()
        for line in answer.lines
        if len(line) > 80 and "/" not in line and max(map(len, line.split())) < 30
    ]
    assert not long


@pytest.mark.slow
def test_the_last_line_of_the_main_jobs_steps_is_what_to_type_next(job: dict[str, Answer]) -> None:
    for step in ("init", "intake", "prepare", "proof", "approve", "rehearse", "all"):
        after = job[step].out.rpartition("Next:")[2]
        assert all(line.split()[0] in ("mailroom", "cd") for line in after.strip().splitlines())


# --- nothing is posted by mistake ---------------------------------------------------------


def test_without_live_nothing_is_posted(ws: Path) -> None:
    for words in ((), ("--confirm", "6"), ("--limit", "2"), ("--json",)):
        assert typed(ws, "send", MAILING, *words).code == 0
    assert posted(ws) == []


@pytest.mark.parametrize("words", [(), ("--confirm", "5"), ("--confirm", "0")])
def test_a_number_that_is_not_confirmed_posts_nothing(ws: Path, words: tuple[str, ...]) -> None:
    answer = typed(ws, "send", MAILING, "--live", *words)
    assert answer.code == 1
    assert "6 pieces would be posted and" in answer.err
    assert f"`mailroom send {MAILING} --live --confirm 6`" in answer.err
    assert posted(ws) == []


def test_the_number_confirmed_is_that_of_the_limit(ws: Path) -> None:
    assert typed(ws, "send", MAILING, "--live", "--limit", "2", "--confirm", "6").code == 1
    assert posted(ws) == []
    answer = typed(ws, "send", MAILING, "--live", "--limit", "2", "--confirm", "2")
    assert answer.code == 0
    assert "4 pieces left to post" in answer.words
    assert len(posted(ws)) == 2


@pytest.mark.slow
def test_on_a_terminal_the_number_is_asked_for_and_typed(ws: Path) -> None:
    code, screen = on_a_terminal(
        [*PYTHON, "-C", str(ws), "send", MAILING, "--live"], {"Type the number": "6\n"}
    )
    assert "6 pieces will be posted through outbox. Type the number" in screen
    assert code == 0, screen
    assert "\x1b[" in screen  # here colours are welcome
    assert len(posted(ws)) == 6


@pytest.mark.slow
@pytest.mark.parametrize(("typing", "expected"), [("5\n", 1), ("\x03", 130), ("\x04", 130)])
def test_on_a_terminal_another_number_or_ctrl_c_posts_nothing(
    ws: Path, typing: str, expected: int
) -> None:
    code, screen = on_a_terminal(
        [*PYTHON, "-C", str(ws), "send", MAILING, "--live"], {"Type the number": typing}
    )
    assert code == expected, screen
    assert "Traceback" not in screen
    assert posted(ws) == []


def test_customers_data_is_for_nobody_elses_eyes(new: Path) -> None:
    typed(new, "intake")
    typed(new, "prepare", MAILING)
    typed(new, "proof", MAILING, "-o", str(new / "proof.pdf"))
    typed(new, "approve", MAILING, "--by", "Ruth")
    typed(new, "send", MAILING)
    assert typed(new, "send", MAILING, "--live", "--confirm", "6").code == 0
    made = [new / "proof.pdf"]
    for folder in (new / ".mailroom", new / "outbox"):
        made += [folder, *folder.rglob("*")]
    assert {path.name for path in made} >= {"ledger.db", "manifest.csv", "pages-0001.pdf"}
    open_to_others = [
        f"{path} {path.stat().st_mode:o}" for path in made if path.stat().st_mode & 0o077
    ]
    assert not open_to_others


# --- exit codes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("--version",), 0),
        (("people",), 0),
        (("send", MAILING), 0),
        (("intake", "--source", "crm", "gone.csv"), 1),
        (("send", MAILING, "--live"), 1),
        ((), 2),
        (("nonsense",), 2),
        (("send",), 2),
        (("send", MAILING, "--limit", "0"), 2),
        (("people", "("), 2),
        (("why", "Moriarty"), 2),
        (("approve", MAILING, "--by", "Ruth", "--accept", "no-street"), 2),
        (("approve", MAILING, "--by", "Ruth", "--accept", "typo=it is fine"), 2),
        (("approve", MAILING, "--by", ""), 2),
        (("approve", MAILING, "--by", "  "), 2),
        (("batch", "confirm", MAILING, "abcd", "--by", "Ruth"), 2),
        (("batch", "confirm", MAILING, "abcd", "--by", ""), 2),
        (("prepare", MAILING), 3),
        (("prepare", "spring"), 4),
        (("send", "..", "--live"), 4),
        (("status", "../cards"), 4),
        (("batch", "confirm", "..", "abcd", "--by", "Ruth"), 4),
        (("layout", "check", "nowhere"), 4),
    ],
)
def test_the_exit_code_says_how_it_went(ws: Path, words: tuple[str, ...], code: int) -> None:
    answer = typed(ws, *words)
    assert answer.code == code, answer.err
    assert code in EXIT_MEANINGS
    assert "Traceback" not in answer.err
    assert posted(ws) == []


def test_a_fault_of_ours_is_told_without_a_traceback_and_with_one_on_request(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("mailroom.pipeline.people", fail)
    answer = typed(ws, "people")
    assert (answer.code, answer.out) == (1, "")
    assert "ZeroDivisionError: oh" in answer.err
    assert "type the same with -v" in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in typed(ws, "-v", "people").err


@pytest.mark.slow
def test_a_reader_that_has_gone_is_no_error(ws: Path) -> None:
    """`mailroom people | head`, with the installed command."""
    read, write = os.pipe()
    os.close(read)
    command = Path(sys.executable).with_name("mailroom")
    done = subprocess.run(
        [command, "-C", ws, "people"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


# --- JSON ---------------------------------------------------------------------------------

FINDING = {"file", "line", "rule", "severity", "message", "where", "hint", "page", "box"}
RECIPIENT = {"key", "source", "where", "salutation", "first_name", "middle_name", "last_name",
             "suffix", "partners", "company", "email", "phone", "language", "address", "owner",
             "suppressed", "fields", "before", "findings"}  # fmt: skip


def test_intake_answers_as_it_is_documented(new: Path) -> None:
    write_export(new, [*PEOPLE, HELD])
    answer = typed(new, "intake", "--json").json
    assert set(answer) == {
        "source", "files", "rows", "recipients", "columns", "findings", "new", "changed", "gone",
        "back", "first", "unchanged", "at", "rules", "findings_total", "exports", "mailable",
        "cannot", "questions", "reading", "lost",
    }  # fmt: skip
    assert (answer["source"], answer["rows"], answer["recipients"]) == ("crm", 7, 7)
    assert (answer["new"], answer["changed"], answer["gone"]) == (7, 0, 0)
    assert answer["columns"]["Last Name"] == "last_name"
    (finding,) = (f for f in answer["findings"] if f["severity"] == "error")
    assert set(finding) == FINDING
    assert (finding["file"], finding["line"]) == ("contacts.csv", 8)
    assert (finding["rule"], bool(finding["message"])) == ("no-street", True)


def test_a_stray_export_replaces_nobody(ws: Path) -> None:
    """A source nobody has, a file with a few people only; an export of nobody's is a new one."""
    before = typed(ws, "people", "--json").json
    stray = write_export(ws, [person(9)]).rename(ws / "stray.csv")
    for words, code, what, next_step in (
        (("--source", "crn"), 2, "there is no source 'crn'", "did you mean 'crm'?"),
        (("--source", "crm"), 1, "7 of the 8 people of 'crm' would be gone", "--gone 7"),
        (("--source", "crm", "--gone", "6"), 1, "7 of the 8 people", "--gone 7"),
    ):
        answer = typed(ws, "intake", str(stray), *words)
        assert answer.code == code, answer.err
        assert what in answer.err
        assert next_step in answer.err
        assert typed(ws, "people", "--json").json == before
    assert typed(ws, "intake", str(stray), "--source", "crm", "--gone", "7").code == 0
    assert len(typed(ws, "people", "--json").json) == 1
    (aside,) = typed(ws, "intake", str(stray), "--json").json["aside"]
    assert aside["message"] == "the same as what was read as 'crm'"
    other = write_export(ws, [person(7)]).rename(ws / "fair.csv")
    assert typed(ws, "intake", str(other), "--json").json["source"] == "fair"
    assert len(typed(ws, "people", "--json").json) == 2


def test_a_file_that_the_config_names_needs_no_source(ws: Path) -> None:
    assert typed(ws, "intake", str(ws / "exports" / "contacts.csv")).code == 0


def test_a_column_nobody_reads_is_null(new: Path) -> None:
    (new / "export.csv").write_text("Last Name,Shoe size\nBerg,42\n", encoding="utf-8")
    answer = typed(new, "intake", "--source", "crm", str(new / "export.csv"), "--json").json
    assert answer["columns"]["Shoe size"] is None


def test_prepare_answers_as_it_is_documented(ws: Path) -> None:
    answer = typed(ws, "prepare", MAILING, "--json").json
    assert set(answer) == {
        "mailing", "digest", "pieces", "ready", "held", "left_out", "sent_before", "called_back",
        "quote", "unpriced", "budget", "alarms", "files", "tally",
    }  # fmt: skip
    assert (answer["mailing"], answer["pieces"], answer["ready"]) == (MAILING, 7, 6)
    (held,) = answer["held"]
    assert set(held) == {"piece", "recipient", "rule", "message", "source", "hint"}
    assert (held["piece"], held["rule"], held["source"]) == (7, "no-street", "contacts.csv:8")
    (left,) = answer["left_out"]
    assert set(left) == {"recipient", "reason", "source", "key", "had"}
    assert left["source"] == "contacts.csv:9"
    assert set(answer["quote"]) == {"pieces", "total", "currency", "lines", "missing"}
    assert (answer["quote"]["total"], answer["quote"]["currency"]) == ("8.46", "GBP")
    assert re.fullmatch(r"[0-9a-f]{64}", answer["digest"])
    for file in answer["files"]:
        assert set(file) == {"name", "bytes", "sha256"}


def test_status_answers_as_it_is_documented(ws: Path) -> None:
    typed(ws, "send", MAILING, "--live", "--confirm", "6")
    answer = typed(ws, "status", MAILING, "--json").json
    assert set(answer) >= {"mailing", "counts", "pieces", "next"}
    assert answer["counts"] == {"accepted": 6, "held": 1}
    assert len(answer["pieces"]) == 7
    for piece in answer["pieces"]:
        assert set(piece) == {
            "piece", "recipient", "status", "provider", "provider_ref", "attempts",
        }  # fmt: skip
    assert answer["pieces"][0]["provider_ref"].startswith(f"{MAILING}-0001-")
    assert [part["mailing"] for part in typed(ws, "status", "--json").json] == [MAILING]


def test_people_answer_as_they_are_documented(ws: Path) -> None:
    answer = typed(ws, "people", "country = GB", "--json").json
    assert len(answer) == 8
    assert all(set(one) == {*RECIPIENT, "cannot"} for one in answer)
    assert answer[0]["key"] == "crm:100"
    assert typed(ws, "people", "country = DE", "--json").json == []


def test_where_nobody_is_it_says_what_to_read(ws: Path) -> None:
    for words in (("people", "country = DE"), ("people", "country = DE", "--left-out")):
        answer = typed(ws, *words)
        assert answer.code == 0 and "mailroom intake" in answer.out, words


def test_why_answers_as_it_is_documented(ws: Path) -> None:
    (answer,) = typed(ws, "why", "crm:100", MAILING, "--json").json
    assert set(answer) == {
        "recipient", "name", "source", "there", "email", "address", "suppressed", "no_mail",
        "holds", "repaired", "findings", "same_person", "perhaps", "household", "decisions",
        "changes", "mailings",
    }  # fmt: skip
    (part,) = answer["mailings"]
    assert set(part) == {
        "mailing", "title", "in", "held", "reason", "piece", "status", "greeting", "address",
        "borrowed", "together_with", "signed_by", "language", "history", "news",
    }  # fmt: skip
    assert set(part["greeting"]["salutation"]) == {"text", "source"}
    (out,) = typed(ws, "why", "crm:109", MAILING, "--json").json
    assert out["mailings"][0]["in"] is False


def test_proof_and_approve_answer_as_they_are_documented(ws: Path) -> None:
    proof = typed(ws, "proof", MAILING, "-o", str(ws / "out.pdf"), "--json").json
    assert set(proof) == {"mailing", "digest", "pieces", "chosen", "files"}
    assert set(proof["chosen"][0]) == {"piece", "recipient", "reasons"}
    assert [Path(file).suffix for file in proof["files"]] == [".pdf", ".png", ".pdf"]
    assert (ws / "out.pdf").read_bytes().startswith(b"%PDF")
    approval = typed(ws, "approve", MAILING, "--by", "Ruth", "--json").json
    assert set(approval) == {"mailing", "digest", "by", "at", "accepted"}
    assert (approval["digest"], approval["by"]) == (proof["digest"], "Ruth")


@pytest.mark.parametrize("live", [False, True])
def test_send_answers_as_it_is_documented(ws: Path, live: bool) -> None:
    words = ("--live", "--confirm", "6") if live else ()
    answer = typed(ws, "send", MAILING, *words, "--json")
    assert set(answer.json) == {
        "mailing", "live", "provider", "posted", "outcomes", "pulled", "left", "sent_before",
        "folder", "to_confirm", "paused", "stopped", "mode", "undo_until", "place",
    }  # fmt: skip
    assert (answer.json["live"], answer.json["posted"]) == (live, 6)
    assert answer.err.endswith(f"{'posted' if live else 'tried'}: 6 of 6\n")


def test_the_other_commands_answer_as_they_are_documented(ws: Path) -> None:
    typed(ws, "send", MAILING, "--live", "--confirm", "6")
    (batch,) = typed(ws, "batch", "list", MAILING, "--json").json
    assert set(batch) == {
        "key", "mailing", "provider", "format", "state", "pieces", "files", "attempts",
        "intent_at", "outcome_at", "ref", "raw", "folder", "cost", "currency",
        "owner", "sender", "options", "send_at",
    }  # fmt: skip
    assert (batch["state"], len(batch["pieces"])) == ("done", 6)
    checks = typed(ws, "doctor", "--json").json
    assert all(set(check) == {"name", "state", "detail", "hint"} for check in checks)
    layouts = typed(ws, "layout", "list", "--json").json
    assert {item["name"] for item in layouts} >= {"plain", "winter-window"}
    assert all(
        set(item) == {
            "name", "title", "summary", "formats", "languages", "fonts", "folder", "digest",
        }
        for item in layouts
    )  # fmt: skip


@pytest.mark.slow
def test_layout_check_answers_as_it_is_documented(ws: Path) -> None:
    answer = typed(ws, "layout", "check", "plain", "--json")
    report = answer.json
    assert set(report) == {
        "layout", "ok", "findings", "trials", "pages", "compared", "pieces_per_second",
    }  # fmt: skip
    assert set(report["trials"][0]) == {
        "person", "format", "language", "held_by", "expected", "findings",
    }  # fmt: skip
    assert [use["page"] for use in report["pages"]] == ["front", "back"]
    for use in report["pages"]:
        assert set(use) == {"format", "page", "pieces", "stamped", "laid_out"}
        reasons = use["laid_out"]
        assert all(set(reason) == {"reason", "pieces", "where"} for reason in reasons)
        assert use["pieces"] == len(report["trials"])
        assert use["pieces"] == use["stamped"] + sum(reason["pieces"] for reason in reasons)
    assert report["compared"] == 0  # only with --oracle
    assert answer.code == (0 if report["ok"] else 1)


@pytest.mark.slow
def test_layout_check_names_the_line_of_what_holds_a_piece(new: Path) -> None:
    typed(new, "layout", "new", "mine")
    style = new / "layouts" / "mine" / "style.css"
    style.write_text(style.read_text("utf-8") + ".signature { width: 9mm }", "utf-8")
    answer = typed(new, "layout", "check", "mine")
    assert (answer.code, "it stands in mine/back.html:1" in answer.words) == (1, True)


@pytest.mark.slow
def test_layout_check_says_how_many_pages_the_oracle_has_seen(ws: Path) -> None:
    report = typed(ws, "layout", "check", "plain", "--json", "--oracle").json
    assert report["compared"] == sum(use["stamped"] for use in report["pages"]) > 0
    read = typed(ws, "layout", "check", "plain", "--oracle").words
    assert f"{report['compared']} stamped pages laid beside the reference's" in read


def test_an_error_leaves_stdout_empty(ws: Path) -> None:
    for words in (("prepare", "spring"), ("send", MAILING, "--live"), ("people", "(")):
        answer = typed(ws, *words, "--json")
        assert answer.out == ""
        assert answer.err.startswith("mailroom: ")


# --- words --------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_is_piped_has_no_escape_codes(ws: Path) -> None:
    answers = [
        finished(started(ws, "prepare", MAILING)),
        typed(ws, "status", MAILING),
        typed(ws, "send", MAILING),
        typed(ws, "prepare", "spring"),
        typed(ws, "layout", "list"),
    ]
    assert not [answer for answer in answers if "\x1b" in answer.out + answer.err]


@pytest.mark.slow
def test_a_customers_name_cannot_command_the_terminal(new: Path) -> None:
    write_export(new, [person(1, **{"Last Name": "\x1b]0;owned\x07\x1b[2JBerg", "City": "\x9b2J"})])
    for words in (("intake",), ("people",), ("prepare", MAILING), ("why", "crm:101")):
        _, screen = on_a_terminal([*PYTHON, "-C", str(new), *words], {})
        assert "Berg" in screen or words[0] == "prepare"
        assert not re.search("\x1b\\][^\x1b]*\x07|\x1b\\[2J|\x9b", screen), screen


def test_the_findings_of_an_intake_are_told_by_rule(new: Path) -> None:
    write_export(new, [*PEOPLE, HELD, {**HELD, "Record ID": "300"}])
    answer = typed(new, "intake")
    assert re.search(r"2 +error +no-street +contacts\.csv:8: there is no street", answer.out)


def test_columns_nobody_reads_are_named_within_the_screen(new: Path) -> None:
    columns = ",".join(f"Nobody reads column {n}" for n in range(9))
    (new / "x.csv").write_text(f"Last Name,{columns}\nBerg{',1' * 9}\n", encoding="utf-8")
    answer = typed(new, "intake", "--source", "crm", str(new / "x.csv"))
    assert "columns for layouts only: Nobody reads column 0, Nobody" in answer.words
    assert max(map(len, answer.lines)) <= 80


def test_a_held_piece_is_told_with_its_line_and_what_to_do(ws: Path) -> None:
    answer = typed(ws, "prepare", MAILING)
    assert "0007 Annai Bergi contacts.csv:8 - there is no street; complete" in answer.words


def test_the_parts_of_a_greeting_stand_under_one_another(ws: Path) -> None:
    lines = typed(ws, "why", "crm:101", MAILING).lines
    places = [line.index("from ") for line in lines if "  from " in line]
    assert len(places) == 3
    assert len(set(places)) == 1


def test_before_anything_is_handed_over_there_are_no_batches(ws: Path) -> None:
    assert "Nothing of cards has been handed over yet." in typed(ws, "batch", "list", MAILING).out


def test_layouts_are_listed_in_a_workspace_and_without_one(
    ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "plain" in typed(ws, "layout", "list").out
    monkeypatch.chdir(tmp_path)
    outside = typed(None, "layout", "list")
    assert "winter-window" in outside.out and "plain" not in outside.out
    assert typed(tmp_path, "layout", "list").code == 2


def test_formats_are_listed_by_kind_and_without_a_workspace(tmp_path: Path) -> None:
    answer = typed(tmp_path, "formats")
    assert answer.code == 0 and max(map(len, answer.lines)) <= 80
    headings = [line for line in answer.lines if line and line[0] != " "]
    assert headings[:4] == ["Cards", "Letters", "Postcards", "Self-mailers"]
    assert {line.split()[0] for line in answer.lines if line[:2] == "  "} >= set(FORMATS)


def test_a_format_is_told_with_its_sizes_its_envelope_and_what_posts_make_of_it(
    tmp_path: Path,
) -> None:
    answer = typed(tmp_path, "formats", "card-square")
    assert answer.code == 0 and max(map(len, answer.lines)) <= 80
    assert "133.3 x 133.3 mm (5.25 x 5.25 in)" in answer.words
    assert "USPS letter; square: non-machinable, surcharge" in answer.words
    assert "envelope square-5.5: usual trade size" in answer.words
    heavy = typed(tmp_path, "formats", "letter-a4", "--post", "deutsche-post", "--grammage", "300")
    assert "Kompaktbrief; no Standardbrief: about 25 g is over 20" in heavy.words
    assert "USPS" not in heavy.words and "about 25 g, its envelope with it" in heavy.words


def test_a_post_is_asked_about_all_that_it_may_be_given(tmp_path: Path) -> None:
    answer = typed(tmp_path, "formats", "--post", "deutsche-post")
    assert "Großbrief; no Standardbrief: 133.3 mm high is over 125" in answer.words
    assert "postcard-a6" in answer.words and "postcard-6x9" not in answer.words


def test_formats_answer_as_they_are_documented(tmp_path: Path) -> None:
    everything = typed(tmp_path, "formats", "--json").json
    assert [each["name"] for each in everything] == list(FORMATS)
    one = typed(tmp_path, "formats", "letter-a4", "--json", "--post", "usps").json
    assert set(one) == set(everything[0])
    assert one["trim"] == {"width": 210.0, "height": 297.0} and one["folds"] == [105.0, 210.0]
    zone = {"left": 20.0, "top": 45.0, "width": 85.0, "height": 45.0}
    assert one["address"]["zone"] == zone and one["address"]["page"] == "letter"
    window = {"left": 20.0, "top": 50.0, "width": 90.0, "height": 45.0}
    assert (one["envelope"]["window"], one["envelope"]["confidence"]) == (window, "high")
    (taken,) = one["posts"]
    assert (taken["category"], taken["surcharge"], taken["grams"]) == ("letter", False, None)


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (("crad-5x7",), 4, "did you mean card-5x7"),
        (("--post", "pony"), 4, "royal-mail"),
        (("card-5x7", "--grammage", "7"), 2, "20<=x<=1000"),
    ],
)
def test_a_format_or_post_that_is_none_is_told_with_what_there_is(
    words: tuple[str, ...], code: int, hint: str, tmp_path: Path
) -> None:
    answer = typed(tmp_path, "formats", *words)
    assert (answer.code, answer.out) == (code, "")
    assert hint in answer.err


def test_a_new_layout_is_made_in_the_workspace_and_not_over_another(ws: Path) -> None:
    answer = typed(ws, "layout", "new", "mine")
    assert answer.code == 0
    assert (ws / "layouts" / "mine" / "layout.toml").is_file()
    assert "Next: mailroom layout preview mine" in answer.words
    assert typed(ws, "layout", "new", "mine").code == 1


# --- help and completion ------------------------------------------------------------------


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


COMMANDS = dict(commands())
every_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


@every_command
def test_help_says_what_a_command_does_and_names_every_option(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    answer = typed(None, *path, "--help")
    assert answer.code == 0
    assert (command.help or "").splitlines()[0] in answer.out
    for option in (p for p in command.params if isinstance(p, click.Option)):
        assert all(name in answer.out for name in option.opts)
        assert option.help, f"{option.opts} of {path} says nothing"
    assert max(map(len, answer.lines)) <= 80


@every_command
def test_the_first_line_of_help_is_whole_in_the_list_of_commands(path: tuple[str, ...]) -> None:
    if path:
        first = (COMMANDS[path].help or "").splitlines()[0]
        listed = typed(None, *path[:-1], "--help").out.partition("Commands:")[2].splitlines()
        (line,) = (line for line in listed if line.startswith(f"  {path[-1]} "))
        assert line.split(maxsplit=1)[1] == first


def test_help_tells_the_exit_codes() -> None:
    help_text = typed(None, "--help").words
    for code, meaning in EXIT_MEANINGS.items():
        assert f"{code.value} {meaning}" in help_text


def test_help_loads_nothing_heavy() -> None:
    """The lasting form of `help in under 0.3 s`."""
    heavy = ("weasyprint", "sqlalchemy", "reportlab", "babel", "pikepdf", "pypdfium2", "PIL",
             "jinja2", "starlette", "python_calamine", "mailroom.pipeline")  # fmt: skip
    for words in (["--help"], ["send", "--help"], ["--version"], ["completion", "bash"]):
        assert _loaded_of(heavy, *words) == ""


@pytest.mark.slow
def test_whoever_only_looks_does_not_wait_for_what_draws_and_posts(new: Path) -> None:
    heavy = ("weasyprint", "reportlab", "pikepdf", "pypdfium2", "PIL", "starlette", "requests",
             "lob")  # fmt: skip
    for words in (["people"], ["status", "cards"]):
        assert _loaded_of(heavy, "-C", str(new), *words) == ""


def _loaded_of(names: Sequence[str], *words: str) -> str:
    """Which of these packages a command has imported."""
    script = (
        "import sys; from mailroom.__main__ import run; code = run(sys.argv[1:])\n"
        f"print(*[name for name in {names} if name in sys.modules], file=sys.stderr, end='')\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    return done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_completion_script(shell: str) -> None:
    answer = typed(None, "completion", shell)
    assert answer.code == 0
    assert f"_MAILROOM_COMPLETE={shell}_complete" in answer.out


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mailroom prepare ca", ["cards"]),
        ("mailroom send x", []),
        ("mailroom pre", ["preflight", "prepare"]),
        ("mailroom layout check pl", ["plain"]),
        ("mailroom layout check winter", ["winter-window"]),
        ("mailroom formats letter-u", ["letter-us"]),
        ("mailroom formats --post deut", ["deutsche-post"]),
        ("mailroom layout new x --format card-a5-", ["card-a5-folded"]),
    ],
)
def test_commands_mailings_and_layouts_are_completed(
    new: Path, monkeypatch: pytest.MonkeyPatch, line: str, offered: list[str]
) -> None:
    monkeypatch.chdir(new)
    *before, begun = line.split()[1:]
    shell = BashComplete(cli, {}, "mailroom", "_MAILROOM_COMPLETE")
    assert [item.value for item in shell.get_completions(before, begun)] == offered


@pytest.mark.slow
def test_bash_offers_what_is_completed(new: Path) -> None:
    script = (
        'eval "$(mailroom completion bash)"\n'
        "COMP_WORDS=(mailroom layout check winter); COMP_CWORD=3\n"
        '_mailroom_completion mailroom; printf "%s\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=new,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["winter-window"], done.stderr


def test_completion_outside_of_a_workspace_is_empty_and_silent(tmp_path: Path) -> None:
    typing = {
        "COMP_WORDS": "mailroom prepare ",
        "COMP_CWORD": "2",
        "_MAILROOM_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        PYTHON,
        cwd=tmp_path,
        env={**os.environ, **typing},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("people", [[], [{"a": "x\ny"}], [{"a": [1, {}]}, {"b": []}, "c"]])
def test_a_list_is_printed_the_same_one_after_the_other(
    people: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(iter(people))
    assert capsys.readouterr().out == json.dumps(people, indent=2) + "\n"
