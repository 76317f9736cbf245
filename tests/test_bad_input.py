"""Whatever goes wrong is said in words, with the right exit code, and nothing is half-done."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from mailroom import workspace
from mailroom.shipped import FONTS
from tests.commands import Answer, finished, started, typed
from tests.workspaces import (
    CARDS,
    MAILING,
    approved,
    copied,
    edit,
    make_workspace,
    person,
    posted,
)

PEOPLE = [person(n) for n in range(6)]
SEND = ("send", MAILING, "--live", "--confirm", "6")
TAKE_IN = ("intake", "--source", "crm")

Preexec = Callable[[], None]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people, approved, nothing sent."""
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", PEOPLE))


@pytest.fixture
def ws(ready: Path, tmp_path: Path) -> Path:
    return copied(ready, tmp_path / "ws")


def ledger(folder: Path) -> list[str]:
    """Everything the ledger knows, as SQL."""
    with contextlib.closing(sqlite3.connect(folder / ".mailroom" / "ledger.db")) as database:
        return list(database.iterdump())


def files(folder: Path) -> dict[str, bytes]:
    """What was prepared and what was posted; a folder that is only begun does not count."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for kind in ("outbox", ".mailroom/prepared", ".mailroom/proofs")
        for path in (folder / kind).rglob("*")
        if path.is_file() and not any(part.startswith(".part") for part in path.parts)
    }


@contextlib.contextmanager
def nothing_changed(folder: Path) -> Iterator[None]:
    before = ledger(folder), files(folder)
    yield
    assert (ledger(folder), files(folder)) == before


def said(answer: Answer, code: int, *words: str) -> None:
    """The error has this code, these words, and neither a traceback nor half an answer."""
    assert answer.code == code, answer.out + answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    lines = answer.err.splitlines()
    if lines[1:2] and lines[1].startswith(" LIVE "):  # what is said before anything is posted
        lines = lines[3:]
    first, *more = [line for line in lines if not line.startswith("pieces:")]
    assert first.startswith("mailroom: ")
    assert more and all(line.startswith("          ") for line in more), "what to type next?"
    for word in words:
        assert word in answer.err


# --- files to take in ---------------------------------------------------------------------

BAD_FILES = {
    "empty.csv": (b"", "empty.csv: the file is empty", "export the contacts again"),
    "blank.csv": (b"\n\n  \n", "blank.csv", "export the contacts again"),
    "noise.csv": (bytes(range(256)) * 9, "noise.csv:", ""),
    "no-header.csv": (b"1,2\nBerg,Otley\n", "no-header.csv:1: the first row holds '1'", "header"),
    "unknown.csv": (
        b"Shoe size,Hat\n42,7\n",
        "unknown.csv:1: no column is known",
        "mailroom mapping",
    ),
    "long.csv": (
        b"Last Name,City\n" + b"x" * 3_000_000 + b"\n",
        "long.csv:2: the line is too long",
        "quotation mark",
    ),
    "torn.xlsx": (b"PK\x03\x04 and then nothing", "torn.xlsx", ""),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_named_and_nobody_is_lost(ws: Path, name: str) -> None:
    content, what, next_step = BAD_FILES[name]
    (ws / name).write_bytes(content)
    with nothing_changed(ws):
        said(typed(ws, "intake", "--source", "other", str(ws / name)), 1, what, next_step)


def test_a_folder_without_exports_is_none(ws: Path) -> None:
    (ws / "empty").mkdir()
    with nothing_changed(ws):
        said(typed(ws, "intake", str(ws / "empty")), 1, "there is no export in it", "CSV")


def test_a_file_that_is_not_there_is_named(ws: Path) -> None:
    with nothing_changed(ws):
        said(typed(ws, *TAKE_IN, str(ws / "gone.csv")), 1, "gone.csv: there is no such file")


def test_of_several_files_all_are_taken_in_or_none(ws: Path) -> None:
    (ws / "empty.csv").write_bytes(b"")
    good = ws / "exports" / "contacts.csv"
    with nothing_changed(ws):
        said(typed(ws, *TAKE_IN, str(good), str(ws / "empty.csv")), 1, "empty.csv")


@pytest.mark.slow
def test_a_file_without_the_right_to_read_it_is_said(ws: Path, mortal: Preexec) -> None:
    (ws / "exports" / "contacts.csv").chmod(0)
    with nothing_changed(ws):
        answer = finished(started(ws, "intake", preexec_fn=mortal))
        said(answer, 1, "contacts.csv: the file cannot be read", "ls -l")


def test_headers_that_come_twice_are_told_apart(ws: Path) -> None:
    (ws / "twice.csv").write_text("Last Name,Last Name,City\nBerg,Tal,Otley\n", encoding="utf-8")
    answer = typed(ws, "intake", str(ws / "twice.csv"), "--json").json
    assert list(answer["columns"]) == ["Last Name", "Last Name (2)", "City"]
    assert typed(ws, "people", "source = twice", "--json").json[0]["last_name"] == "Berg"


# --- settings, layouts, fonts -------------------------------------------------------------


def test_without_a_workspace_every_command_says_how_to_make_one(tmp_path: Path) -> None:
    for words in (("intake",), ("people",), ("prepare", "x"), ("send", "x"), ("status",)):
        said(typed(tmp_path, *words), 4, str(tmp_path), "mailroom init DIR")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "next_step"),
    [
        ("[sender]", "[sender", "mailroom.toml: not readable", "TOML"),
        ("company", "compny", "mailroom.toml: sender.compny is not", "did you mean sender.company"),
        ('"GB"', "44", "sender.address.country must be a text", "sender.address.country:"),
        ('kind = "inline"', 'kind = "dusk"', "no executor 'dusk'", "`inline` or `processes`"),
        ("batch = 0", 'batch = "all"', "providers.outbox.batch must be a whole number", "batch:"),
    ],
)
def test_a_mistake_in_the_config_stops_every_command(
    ws: Path, old: str, new: str, what: str, next_step: str
) -> None:
    with nothing_changed(ws):
        edit(ws / "mailroom.toml", old, new)
        for words in (("status",), ("prepare", MAILING), SEND):
            said(typed(ws, *words), 4, what, next_step)


@pytest.mark.slow
def test_a_config_without_the_right_to_read_it_is_said(ws: Path, mortal: Preexec) -> None:
    (ws / "mailroom.toml").chmod(0)
    said(finished(started(ws, "status", preexec_fn=mortal)), 4, "not readable", "ls -l")


def test_a_price_that_is_none_is_named(ws: Path) -> None:
    with nothing_changed(ws):
        edit(ws / "rates.toml", '"0.50"', '"half"')
        said(typed(ws, "prepare", MAILING), 4, "rates.toml:1: 'half' is not a price", '"0.85"')


def test_a_price_where_prices_once_stood_is_told_where_they_stand_now(ws: Path) -> None:
    with nothing_changed(ws):
        edit(ws / "mailroom.toml", "batch = 0", 'batch = 0\nprint_price = "0.50"')
        said(typed(ws, "prepare", MAILING), 4, "print_price is not a setting", "rates.toml now")


def test_a_mailing_whose_layout_is_not_there_is_named(ws: Path) -> None:
    with nothing_changed(ws):
        edit(ws / "mailings" / "cards.toml", '"plain"', '"plian"')
        for words in (("prepare", MAILING), SEND):
            said(typed(ws, *words), 4, "mailings/cards.toml: there is no layout 'plian'", "'plain'")


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("back.html", "{{ text.message }}", "{{ text.mesage }}", "plain/back.html:2"),
        ("back.html", "{{ text.message }}", "{{ text.message", "plain/back.html:2"),
        ("back.html", "{{ text.message }}", "{% if x %}", "plain/back.html"),
        ("layout.toml", "formats", "fromats", "plain/layout.toml"),
        ("layout.toml", "card-5x7", "card-5x8", "plain/layout.toml"),
        ("layout.toml", '"back.html"', '"bakc.html"', "plain/layout.toml"),
        ("layout.toml", "title", "[title", "plain/layout.toml"),
        ("layout.toml", "Alegreya", "Comic Sans", "Comic Sans"),
    ],
)
def test_a_typo_in_a_layout_is_named_with_its_place(
    ws: Path, file: str, old: str, new: str, where: str
) -> None:
    with nothing_changed(ws):
        edit(ws / "layouts" / "plain" / file, old, new)
        said(typed(ws, "prepare", MAILING), 4, where)
        assert typed(ws, *SEND).code in (1, 4)


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fonts of our own, that may be lost."""
    folder = shutil.copytree(FONTS, tmp_path / "fonts")
    monkeypatch.setattr(workspace, "FONTS", folder)
    return folder


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda font: font.unlink(), "is missing"),
        (lambda font: font.write_bytes(font.read_bytes() + b"\0"), "is not the file it was"),
        (lambda font: (font.parents[1] / "fonts.toml").unlink(), "there is no font manifest"),
    ],
)
def test_a_font_that_is_missing_or_changed_stops_everything(
    ws: Path, fonts: Path, change: Callable[[Path], object], what: str
) -> None:
    assert typed(ws, "prepare", MAILING).code == 0
    change(next(fonts.glob("*/*.ttf")))
    with nothing_changed(ws):
        for words in (("prepare", MAILING), SEND):
            said(typed(ws, *words), 4, "fonts.toml", what, "restore")


def test_an_unreachable_printer_is_named_and_nothing_is_sent(ws: Path, closed_port: int) -> None:
    uri = f"ipp://127.0.0.1:{closed_port}/ipp/print"
    config = ws / "mailroom.toml"
    config.write_text(f'{config.read_text()}\n[providers.printer]\nuri = "{uri}"\n')
    (ws / "mailings" / "cards.toml").write_text(CARDS + 'provider = "printer"\n')
    prepared = typed(ws, "prepare", MAILING)
    assert prepared.code == 0
    assert f"will be before sending: {uri}: cannot be reached" in prepared.err
    approved(ws)
    with nothing_changed(ws):
        for words in (SEND, ("send", MAILING)):
            said(typed(ws, *words), 1, uri, "cannot be reached", "`mailroom printers`")


# --- the ledger ---------------------------------------------------------------------------


def test_a_ledger_that_is_damaged_is_named_and_left_as_it_is(ws: Path) -> None:
    file = ws / ".mailroom" / "ledger.db"
    file.write_bytes(b"This is no database. " * 400)
    for words in (("people",), ("intake",), ("prepare", MAILING), SEND, ("status",)):
        said(typed(ws, *words), 4, f"{file}: the ledger cannot be used", "its last copy")
    assert file.read_bytes() == b"This is no database. " * 400
    assert posted(ws) == []


def test_a_page_of_the_ledger_that_is_damaged_posts_nothing(ws: Path) -> None:
    file = ws / ".mailroom" / "ledger.db"
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)
    said(typed(ws, *SEND), 4, str(file), "malformed", "its last copy")
    assert posted(ws) == []


@pytest.mark.slow
def test_a_ledger_that_cannot_be_written_posts_nothing(ws: Path, mortal: Preexec) -> None:
    file = ws / ".mailroom" / "ledger.db"
    with nothing_changed(ws):
        file.chmod(0o444)
        for words in (("intake", "--again"), ("prepare", MAILING), SEND):
            said(finished(started(ws, *words, preexec_fn=mortal)), 4, str(file), "mailroom doctor")
        answer = finished(started(ws, "doctor", preexec_fn=mortal))
        assert answer.code == 4
        assert f"ledger {file}: it is not writable" in answer.words
        for left in (ws / ".mailroom").glob("ledger.db*"):
            left.chmod(0o644)
    assert typed(ws, *SEND).code == 0
    assert len(posted(ws)) == 6


@pytest.mark.slow
def test_an_outbox_that_cannot_be_written_posts_nothing(ws: Path, mortal: Preexec) -> None:
    (ws / "outbox").mkdir(exist_ok=True)
    (ws / "outbox").chmod(0o555)
    with nothing_changed(ws):
        for words in (("prepare", MAILING), SEND):
            answer = finished(started(ws, *words, preexec_fn=mortal))
            said(answer, 4, f"{ws}/outbox: the outbox is not writable", "[providers.outbox]")


# --- a full disk --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six cards with a picture of 1.4 MB, approved: larger than a ledger."""
    folder = make_workspace(tmp_path_factory.mktemp("heavy") / "ws", PEOPLE)
    layout = folder / "layouts" / "plain"
    Image.frombytes("RGB", (700, 700), os.urandom(1_470_000)).save(layout / "noise.png")
    edit(layout / "front.html", '<div class="art"></div>', '<img src="noise.png" class="art">')
    return approved(folder)


def no_room_for(size: int) -> Preexec:
    """For `preexec_fn`: the kernel's own refusal to write more than `size` bytes into a file."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "room"),
    [
        (("prepare", MAILING), 20_000),  # not even the ledger can be opened
        (("prepare", MAILING), 400_000),  # the pages do not fit
        (("proof", MAILING), 45_000),
        (SEND, 20_000),
        (SEND, 400_000),
    ],
)
def test_a_full_disk_leaves_everything_as_it_was_and_the_next_try_works(
    heavy: Path, tmp_path: Path, words: tuple[str, ...], room: int
) -> None:
    ws = copied(heavy, tmp_path / "ws")
    if words[0] == "prepare":
        edit(ws / "layouts" / "plain" / "style.css", "11pt/15pt", "12pt/16pt")
    if words[0] == "proof":
        shutil.rmtree(ws / ".mailroom" / "proofs")
    with nothing_changed(ws):
        said(finished(started(ws, *words, preexec_fn=no_room_for(room))), 4, str(ws))
    assert not list((ws / "outbox").glob(".*"))
    assert typed(ws, *words).code == 0
    assert len(posted(ws)) == (6 if words == SEND else 0)


@pytest.mark.slow
@pytest.mark.parametrize("room", [2_000, 40_000, 600_000])
def test_an_export_that_does_not_fit_into_the_ledger_changes_nobody(ws: Path, room: int) -> None:
    rows = "".join(f"{n},Berg{n},Otley,{'note ' * 40}\n" for n in range(2000))
    (ws / "many.csv").write_text(f"Record ID,Last Name,City,Note\n{rows}", encoding="utf-8")
    words = ("intake", str(ws / "many.csv"))
    with nothing_changed(ws):
        said(finished(started(ws, *words, preexec_fn=no_room_for(room))), 4)
    assert typed(ws, *words).code == 0


# --- Ctrl-C -------------------------------------------------------------------------------


def gone(group: int, patience: float = 60) -> bool:
    """Whether every process of the group has ended."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inline", "processes"])
def test_ctrl_c_during_prepare_keeps_the_last_plan_and_leaves_no_worker(
    tmp_path: Path, kind: str
) -> None:
    ws = make_workspace(tmp_path / "ws", [person(n) for n in range(900)])
    edit(ws / "mailroom.toml", '"inline"', f'"{kind}"\nworkers = 2')
    approved(ws)
    with nothing_changed(ws):
        process = started(ws, "prepare", MAILING)
        first = ws / ".mailroom" / "prepared" / MAILING / ".part" / "pages-0001.pdf.part"
        while not first.exists():
            assert process.poll() is None
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody gets it
        answer = finished(process)
        assert (answer.code, answer.out) == (130, "")
        assert answer.err.strip().splitlines() == [
            "mailroom: interrupted; nothing is half-done",
            "          type the same again and it goes on from here",
        ]
    assert gone(process.pid)
    assert typed(ws, "status", MAILING, "--json").json["counts"] == {"ready": 900}
    assert typed(ws, "send", MAILING).code == 0
    again = typed(ws, "prepare", MAILING)
    assert again.code == 0
    assert not list((ws / ".mailroom" / "prepared" / MAILING).glob(".part*"))
