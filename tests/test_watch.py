"""The inbox: complete files are taken in once each, and nothing is lost, deleted or read twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailroom import pipeline
from mailroom.answers.programmes import print_event
from mailroom.cli import cli
from mailroom.errors import EnvironmentProblem, Refused
from mailroom.ledger.people import people_of
from mailroom.ledger.snapshots import newest_snapshots
from mailroom.pipeline import inbox
from mailroom.pipeline.watch import Event, NotTaken
from tests.programmes import COLUMNS, WELCOME, approved_edition, on, post, with_programmes
from tests.workspaces import edit, person, write_export

LEAD, WON = person(1, stage="lead"), person(1, stage="won")
OTHERS = [person(n, stage="lead") for n in range(2, 5)]
DONE = "inbox/done/2026-11-24"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A source whose exports come through the inbox as `crm-DATE.csv`; one was read."""
    made = with_programmes(tmp_path / "ws", [LEAD, *OTHERS], {"welcome": WELCOME})
    edit(made / "mailroom.toml", 'files = ["exports/contacts.csv"]', 'inbox = "CRM-*.csv"')
    put(made, "crm-2026-11-20.csv", [LEAD, *OTHERS])
    sweep(made, "2026-11-20")
    return made


def put(folder: Path, name: str, people: Sequence[Mapping[str, str]]) -> Path:
    """Into the inbox under that name."""
    path = folder / "inbox" / name
    path.parent.mkdir(exist_ok=True)
    return write_export(folder, people, COLUMNS).rename(path)


def sweep(
    folder: Path, date: str = "2026-11-24", pause: Callable[[], None] = lambda: None
) -> list[Event]:
    """Look twice, with a pause between."""
    with on(folder, date) as ws:
        return list(pipeline.watch(ws, once=True, pause=pause))


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.event for event in events]


def inside(folder: Path, name: str = "inbox") -> list[str]:
    """The files in a folder of the workspace and below."""
    root = folder / name
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def snapshots(folder: Path) -> int:
    with on(folder, "2026-11-24") as ws:
        return newest_snapshots(ws.ledger)["crm"].id


# --- taken --------------------------------------------------------------------------------


def test_a_complete_export_is_taken_in_put_away_and_what_it_makes_due_is_told(folder: Path) -> None:
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    taken, due = sweep(folder)
    assert (taken.event, taken.source, taken.changed) == ("taken", "crm", 1)
    assert taken.now_at == f"{DONE}/crm-2026-11-24.csv"
    assert [one.recipient for one in due.report.programmes[0].due] == ["crm:101"]
    assert inside(folder) == [
        "done/2026-11-20/crm-2026-11-20.csv",
        f"{DONE[6:]}/crm-2026-11-24.csv",
    ]
    assert kinds(sweep(folder)) == ["due"]
    assert snapshots(folder) == 2


def test_what_still_grows_is_left_until_it_does_not(folder: Path) -> None:
    whole = put(folder, "crm-2026-11-24.csv", [WON, *OTHERS]).read_bytes()
    path = folder / "inbox" / "crm-2026-11-24.csv"
    path.write_bytes(whole[:200])
    assert kinds(sweep(folder, pause=lambda: path.write_bytes(whole[:300]) and None)) == ["due"]
    assert snapshots(folder) == 1
    path.write_bytes(whole)
    assert kinds(sweep(folder)) == ["taken", "due"]


@pytest.mark.parametrize(
    "name",
    [
        "crm-1.csv.part",
        "crm-1.csv.crdownload",
        "crm-1.tmp",
        "~$crm-1.xlsx",
        ".crm-1.csv",
        "crm-1.csv~",
    ],
)
def test_what_has_the_name_of_something_unfinished_is_not_touched(folder: Path, name: str) -> None:
    put(folder, name, [WON, *OTHERS])
    (folder / "inbox" / "crm-empty.csv").touch()
    assert kinds(sweep(folder)) == ["due"]
    assert {name, "crm-empty.csv"} <= {*inside(folder)}


def test_the_same_export_again_is_put_away_and_last_weeks_is_refused(folder: Path) -> None:
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    sweep(folder)
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    taken, _ = sweep(folder)
    assert taken.unchanged
    assert f"{DONE[6:]}/crm-2026-11-24-2.csv" in inside(folder)  # nothing is written over
    put(folder, "crm-late.csv", [LEAD, *OTHERS])
    refused, _ = sweep(folder)
    assert (refused.event, refused.now_at) == ("refused", "inbox/refused/crm-late.csv")
    assert "was read on 2026-11-20 already" in refused.why
    assert snapshots(folder) == 2


def test_exports_of_several_days_are_read_in_their_order(folder: Path) -> None:
    new = put(folder, "crm-b.csv", [WON, *OTHERS])
    old = put(folder, "crm-c.csv", [LEAD, *OTHERS, person(7)])
    os.utime(old, ns=(1, 1))
    os.utime(new, ns=(2, 2))
    assert [event.file for event in sweep(folder)[:2]] == ["crm-c.csv", "crm-b.csv"]
    with on(folder, "2026-11-24") as ws:
        assert len(people_of(ws.ledger)) == 4


# --- refused ------------------------------------------------------------------------------


def test_what_is_refused_lies_beside_a_text_that_says_why_and_what_to_type(folder: Path) -> None:
    put(folder, "crm-half.csv", [WON])
    (folder / "inbox" / "notes.pdf").write_text("no export", encoding="utf-8")
    put(folder, "shop.csv", [person(9)]).write_text("Colour,Size\nred,3\n", encoding="utf-8")
    events = sweep(folder)
    assert sorted(kinds(events)) == ["due", "refused", "refused", "refused"]
    assert inside(folder, "inbox/refused") == [
        "crm-half.csv", "crm-half.csv.txt", "notes.pdf", "notes.pdf.txt",
        "shop.csv", "shop.csv.txt",
    ]  # fmt: skip
    half = (folder / "inbox/refused/crm-half.csv.txt").read_text(encoding="utf-8")
    assert half.startswith("crm-half.csv was not taken in.")
    assert "3 of the 4 people" in half
    assert half.endswith("mailroom intake inbox/refused/crm-half.csv --source crm --gone 3\n")
    shop = (folder / "inbox/refused/shop.csv.txt").read_text(encoding="utf-8")
    assert "nobody has said of which source" in shop
    assert '[sources.crm] inbox = "crm-*.csv"' in shop
    assert "no export by its name" in (folder / "inbox/refused/notes.pdf.txt").read_text()
    assert snapshots(folder) == 1


def test_no_name_of_a_file_commands_a_terminal_or_stops_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (b"red\x1b[31m\nline.csv", b"bad\xff.csv"):
        path = Path(os.fsdecode(os.fsencode(folder / "inbox") + b"/" + name))
        put(folder, "shop.csv", [person(9)]).rename(path)
        path.write_text("Colour,Size\nred,3\n", encoding="utf-8")
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    events = sweep(folder)
    assert sorted(kinds(events)) == ["due", "refused", "refused", "taken"]
    for event in events:
        print_event(event)
    out = capsys.readouterr().out
    assert "red [31m line.csv: refused" in out
    assert "bad?.csv: refused" in out
    assert "\x1b" not in out
    for path in (folder / "inbox" / "refused").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert text.split("\n")[0].endswith("line.csv was not taken in.") or "bad" in text


def test_a_header_that_has_changed_is_accepted_from_where_the_file_lies_now(folder: Path) -> None:
    path = put(folder, "crm-2026-11-21.csv", [LEAD, *OTHERS])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("First Name", "First Name given", 1), encoding="utf-8")
    event = sweep(folder)[0]
    assert isinstance(event, NotTaken)
    assert event.hint.count("inbox/refused/") == 2
    assert str(path) not in event.hint
    with on(folder, "2026-11-24") as ws:
        pipeline.set_columns(ws, "crm", {}, accept=True, by="Ruth")
        report = pipeline.read_waiting(ws, "crm")
    assert report and report.recipients == 4


def test_an_export_of_another_name_is_known_by_its_remembered_header(folder: Path) -> None:
    put(folder, "download (3).csv", [WON, *OTHERS])
    assert sweep(folder)[0].source == "crm"


def test_a_name_that_two_sources_claim_is_refused(folder: Path) -> None:
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as config:
        config.write('[sources.other]\ninbox = "*-24.csv"\n')
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    assert "several sources: crm, other" in sweep(folder)[0].why


def test_links_and_folders_in_the_inbox_are_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("First Name\nAnna\n", encoding="utf-8")
    (folder / "inbox" / "crm-link.csv").symlink_to(tmp_path / "elsewhere.csv")
    (folder / "inbox" / "crm-folder.csv").mkdir()
    assert kinds(sweep(folder)) == ["due"]
    assert (folder / "inbox" / "crm-link.csv").is_symlink()


# --- killed -------------------------------------------------------------------------------


def _killed_at(folder: Path, where: str) -> None:
    """Sweep in a process of its own that is killed at that step."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        target = pipeline.watch.__globals__ if where == "take_in" else vars(inbox)
        target[where] = die
        sweep(folder)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("where", ["take_in", "put_away"])
def test_a_watcher_that_is_killed_goes_on_and_reads_nothing_twice(folder: Path, where: str) -> None:
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    _killed_at(folder, where)
    assert inside(folder)[0] == "crm-2026-11-24.csv"
    taken, due = sweep(folder)
    assert taken.unchanged == (where == "put_away")
    assert f"{DONE[6:]}/crm-2026-11-24.csv" in inside(folder)
    assert snapshots(folder) == 2
    assert [one.recipient for one in due.report.programmes[0].due] == ["crm:101"]


def test_a_watcher_that_is_killed_while_it_refuses_goes_on(folder: Path) -> None:
    put(folder, "crm-half.csv", [WON])
    _killed_at(folder, "set_aside")
    assert kinds(sweep(folder)) == ["refused", "due"]
    assert inside(folder, "inbox/refused") == ["crm-half.csv", "crm-half.csv.txt"]


def test_there_is_one_watcher_at_a_time(folder: Path) -> None:
    def another() -> None:
        with pytest.raises(Refused, match="another mailroom is at work on the inbox"):
            sweep(folder)

    assert kinds(sweep(folder, pause=another)) == ["due"]


def test_a_folder_that_cannot_be_read_is_told_and_tried_again(folder: Path) -> None:
    edit(folder / "mailroom.toml", "[executor]", '[inbox]\nfolder = "mailroom.toml"\n[executor]')
    with pytest.raises(EnvironmentProblem, match="the inbox cannot be read"):
        sweep(folder)
    with on(folder, "2026-11-24") as ws:
        events = pipeline.watch(ws, once=False, pause=lambda: None)
        assert [next(events).event for _ in range(2)] == ["trouble", "trouble"]
        events.close()


# --- beside it ----------------------------------------------------------------------------


def test_nothing_is_posted_while_an_export_lies_unread_in_the_inbox(folder: Path) -> None:
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    sweep(folder)
    approved_edition(folder, "2026-11-24", "welcome-2026-11-24")
    (folder / "inbox" / "empty.csv").touch()
    put(folder, "crm-2026-11-25.csv", [{**WON, "Do not mail": "yes"}, *OTHERS])
    with pytest.raises(Refused, match=r"what lies in the inbox: crm-2026-11-25\.csv"):
        post(folder, "2026-11-25", "welcome-2026-11-24")
    sweep(folder, "2026-11-25")
    report = post(folder, "2026-11-25", "welcome-2026-11-24")
    assert (report.posted, [one.reason for one in report.pulled]) == (0, ["do not mail"])


def test_an_export_in_mailroom_toml_that_the_inbox_has_overtaken_holds_nothing_up(
    folder: Path,
) -> None:
    edit(folder / "mailroom.toml", "[sources.crm]", '[sources.crm]\nfiles = ["exports/old.csv"]')
    put(folder, "x.csv", [LEAD, *OTHERS]).rename(folder / "exports" / "old.csv")
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    sweep(folder)
    assert sent(folder) == 1


def sent(folder: Path) -> int:
    approved_edition(folder, "2026-11-24", "welcome-2026-11-24")
    return post(folder, "2026-11-24", "welcome-2026-11-24").posted


@pytest.mark.slow
def test_the_command_prints_a_line_of_json_for_each_event_and_says_what_was_refused(
    folder: Path,
) -> None:
    put(folder, "crm-2026-11-24.csv", [WON, *OTHERS])
    put(folder, "shop.csv", [person(9)]).write_text("Colour,Size\nred,3\n", encoding="utf-8")
    words = ["-C", str(folder), "watch", "--once", "--every", "0.02"]
    told = CliRunner().invoke(cli, [*words, "--json"], standalone_mode=False)
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert sorted(line["event"] for line in lines) == ["due", "refused", "taken"]
    assert told.return_value == 3
    quiet = CliRunner().invoke(cli, words, standalone_mode=False)
    assert quiet.return_value == 0
    assert "Welcome cards" in quiet.stdout
