"""`mailroom sheets`, and sheets in the outbox: as somebody types it, to the files in the folder."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from mailroom import pipeline
from mailroom.errors import ConfigError, ExitCode, MailroomError
from mailroom.formats import FORMATS, SHEETS
from mailroom.sheets.cut_plan import steps, write_cut_plan
from mailroom.sheets.nup import plan
from mailroom.sheets.press_sheets import Run
from mailroom.units import to_mm
from tests.commands import Answer, typed
from tests.printlab import CardPrinter
from tests.small import ALL_FONTS
from tests.workspaces import CARDS, MAILING, approved, edit, make_workspace, opened, person, send

PEOPLE = 11


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sheets") / "ws"
    make_workspace(folder, [person(n) for n in range(1, PEOPLE + 1)])
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, MAILING)
    return folder


def sheets(workspace: Path, *words: str) -> Answer:
    return typed(workspace, "sheets", MAILING, *words)


def texts(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def test_it_says_how_to_print_cut_and_stack_and_where_the_files_are(
    workspace: Path, tmp_path: Path
) -> None:
    answer = sheets(workspace, "--on", "sra3", "-o", str(tmp_path / "run.pdf"))
    assert answer.code == 0, answer.err
    assert "pieces 11, 4 on a sheet (2 across, 2 down)" in answer.words
    assert "both sides, turned over the long edge, at 100%" in answer.words
    assert "1 on 2, and so on to stack 4" in answer.words
    assert "Not approved yet" in answer.words
    assert answer.lines[-1].endswith("mailroom proof cards")
    assert len(texts(tmp_path / "run.pdf")) == 6
    [plan_page] = texts(tmp_path / "run-cut-plan.pdf")
    assert "Test cards Cut plan, not approved" in plan_page
    assert "Cut from the left edge at 29.8, 156.8, 163.2, 290.2 mm" in plan_page


def test_programs_get_the_cuts_and_the_order(workspace: Path, tmp_path: Path) -> None:
    answer = sheets(workspace, "--on", "SRA3", "--json", "-o", str(tmp_path / "x.pdf"))
    made = answer.json
    assert (made["up"], made["sheets"], made["pieces"], made["sheet"]) == (4, 3, PEOPLE, "sra3")
    xs, _ = plan(FORMATS["card-5x7"], SHEETS["sra3"]).cuts()
    assert made["cuts_from_left"] == pytest.approx([to_mm(x) for x in xs], abs=0.01)
    assert made["approved"] is False


def test_a_sheet_says_that_it_is_not_approved_until_it_is(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", [person(n) for n in range(1, 4)]))
    answer = sheets(folder, "--on", "a3")
    assert "Not approved" not in answer.out
    [page, *_] = texts(folder / "sheets" / "cards-a3.pdf")
    assert "sheet 1 of 1 front 0001 0002 0003 -" in page
    assert "not approved" not in page


def test_a_finished_page_that_was_changed_after_it_was_approved_is_not_printed(
    tmp_path: Path,
) -> None:
    folder = approved(make_workspace(tmp_path / "ws", [person(1)]))
    [pages] = (folder / ".mailroom" / "prepared").rglob("pages-0001.pdf")
    pages.write_bytes(pages.read_bytes() + b"\n")
    answer = sheets(folder, "--on", "a3")
    assert answer.code == ExitCode.REFUSED
    assert "not the one that was approved" in answer.err
    assert not (folder / "sheets").exists()


def test_only_some_pieces_also_those_that_were_sent(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", [person(n) for n in range(1, 7)]))
    send(folder)
    answer = sheets(folder, "--on", "a3")
    assert answer.code != 0
    assert "no piece of cards waits" in answer.err
    answer = sheets(folder, "--on", "a3", "--pieces", "2,4-5", "-o", str(tmp_path / "x.pdf"))
    assert answer.code == 0, answer.err
    assert "0002 0004 0005 -" in texts(tmp_path / "x.pdf")[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--on", "b1"), "no sheet 'b1'"),
        (("--on", "a4", "--edge", "-1"), "an edge of -1 mm"),
        (("--on", "sra3", "--pieces", "99"), "no piece 0099"),
        (("--on", "sra3", "--printer", "printer"), "no printer is named"),
        (("--on", "sra3", "-o", "/proc/x/y.pdf"), "cannot make the folder"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    words: tuple[str, ...], told: str, workspace: Path, tmp_path: Path
) -> None:
    target = tmp_path / "x.pdf"
    answer = sheets(workspace, "-o", str(target), *words)
    assert answer.code != 0
    assert told in answer.err
    assert not target.exists()


def test_the_offsets_of_the_machine_are_taken_back(workspace: Path, tmp_path: Path) -> None:
    typed(workspace, "calibrate", "press", "--front", "1,0", "--back", "0,1")
    made = sheets(workspace, "--on", "sra3", "--printer", "press", "--json", "-o",
                  str(tmp_path / "x.pdf")).json  # fmt: skip
    assert made["offsets"]["front"]["right"] == 1.0
    plain = sheets(workspace, "--on", "sra3", "--json", "-o", str(tmp_path / "y.pdf")).json
    assert plain["offsets"]["front"]["right"] == 0.0
    assert (tmp_path / "x.pdf").read_bytes() != (tmp_path / "y.pdf").read_bytes()


# The cut plan --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fmt", "sheet", "pieces", "lift", "told"),
    [
        (
            "card-5x7",
            "a4",
            4,
            0,
            "Put the stacks on each other as the drawing counts them: 1 on 2.",
        ),
        ("card-5x7", "sra3", 40, 4, "Cut 4 sheets at once (2 in the last one)."),
        ("card-a6-folded", "a3", 3, 0, "Crease at the dashed marks"),
        ("letter-a4", "a3", 1, 0, "Print the sheet."),
    ],
)
def test_the_plan_says_what_there_is_to_do(
    fmt: str, sheet: str, pieces: int, lift: int, told: str, tmp_path: Path
) -> None:
    made = plan(FORMATS[fmt], SHEETS[sheet])
    run = Run(plan=made, numbers=tuple(range(1, pieces + 1)), lift=lift)
    assert any(told in step for step in steps(run))
    path = write_cut_plan(run, FORMATS[fmt], "Winter", ALL_FONTS, tmp_path / "plan.pdf")
    [text] = texts(path)
    assert " ".join(told.split()) in text
    assert (
        path.read_bytes()
        == write_cut_plan(
            run, FORMATS[fmt], "Winter", ALL_FONTS, tmp_path / "again.pdf"
        ).read_bytes()
    )


# In the outbox -------------------------------------------------------------------------------


def test_a_mailing_comes_into_the_outbox_on_press_sheets_with_plan_and_places(
    tmp_path: Path,
) -> None:
    mailing = CARDS + '[options]\nsheet = "sra3"\n'
    people = [person(n) for n in range(1, 7)]
    folder = approved(make_workspace(tmp_path / "ws", people, mailing=mailing))
    assert [outcome.status.value for outcome in send(folder).outcomes] == ["accepted"]
    [batch] = [path for path in (folder / "outbox").iterdir() if not path.name.startswith(".")]
    names = {"SHA256SUMS", "cut-plan.pdf", "envelopes.pdf", "manifest.csv", "sheets.pdf"}
    assert {path.name for path in batch.iterdir()} == names
    pages = texts(batch / "sheets.pdf")
    assert len(pages) == 4
    with (batch / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [(r["number"], r["sheet"], r["slot"]) for r in rows] == [
        ("0001", "1", "1"), ("0002", "2", "1"), ("0003", "1", "2"),
        ("0004", "2", "2"), ("0005", "1", "3"), ("0006", "2", "3"),
    ]  # fmt: skip
    for row in rows:
        front = int(row["first_page"]) - 1
        assert row["number"] in pages[front]
        assert f"sheet {row['sheet']} of 2 back" in pages[front + 1]
        assert (row["file"], row["pages"]) == ("sheets.pdf", "2")


def test_sheets_with_a_piece_in_anothers_place_are_never_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slug line would name the right number: it is the slot itself that is read."""
    from mailroom.sheets import press_sheets

    real: Callable[..., Path] = press_sheets.write_press_sheets

    def shuffled(cards: Any, *rest: Any, **more: Any) -> Path:
        return real([cards[1], cards[0], *cards[2:]], *rest, **more)

    mailing = CARDS + '[options]\nsheet = "sra3"\n'
    people = [person(n) for n in range(1, 4)]
    folder = approved(make_workspace(tmp_path / "ws", people, mailing=mailing))
    monkeypatch.setattr(press_sheets, "write_press_sheets", shuffled)
    with pytest.raises(MailroomError, match="sheet 1, place 1: it does not carry the number 0001"):
        send(folder)
    assert not [*(folder / "outbox").glob("[!.]*")]


OFFICE = """
[providers.printer]
uri = "{uri}"
envelope_source = "envelope"
timeout = 20
"""


@pytest.mark.slow
def test_an_office_printer_without_borderless_stock_prints_cards_with_bleed_on_a4(
    new_printer: Callable[..., CardPrinter], tmp_path: Path
) -> None:
    printer = new_printer()
    plain = CARDS + 'provider = "printer"\n'
    people = [person(n) for n in range(1, 4)]
    folder = make_workspace(tmp_path / "ws", people, mailing=plain + '[options]\nsheet = "a4"\n')
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(OFFICE.format(uri=printer.uri))
    typed(folder, "calibrate", "printer", "--front", "1,0", "--back", "0,1")
    approved(folder)
    [outcome] = send(folder).outcomes
    assert outcome.status.value == "printed"
    by_name = {sheet.title.split(":")[2]: sheet for sheet in printer.received()}
    assert {*by_name} == {"sheets.pdf", "envelopes.pdf"}  # the cut plan is for people
    job = by_name["sheets.pdf"].job
    assert job["sides"] == "two-sided-long-edge"
    assert "21000" in job["media-col"]
    assert "29700" in job["media-col"]
    [path] = (folder / ".mailroom" / "sent").rglob("sheets.pdf")
    assert by_name["sheets.pdf"].document == path.read_bytes()
    with pypdfium2.PdfDocument(path) as document:
        [first, *_] = document
        assert first.get_size() == pytest.approx((595.28, 841.89), abs=0.1)
        assert document.get_page_label(0) == "sheet 1 front: 0001 0003"
    with pikepdf.open(path) as pdf:
        starts = [page.Contents.read_bytes().split(b" cm")[0] for page in pdf.pages]
    assert starts[0] == b"1 0 0 1 -2.8346 0"
    assert starts[1] == b"1 0 0 1 0 2.8346"


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ('sheet = "b1"', "there is no sheet 'b1'"),
        ('sheet = "sra3"\norder = "anyhow"', r"\[options\] order: 'anyhow' is none"),
        ('sheet = "sra3"\nflip = "left"', r"\[options\] flip: 'left' is none"),
    ],
)
def test_sheets_that_cannot_be_are_refused_when_the_mailing_is_prepared(
    option: str, told: str, tmp_path: Path
) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)], mailing=f"{CARDS}[options]\n{option}\n")
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        with pytest.raises(ConfigError, match=told):
            pipeline.prepare(ws, MAILING)


def test_another_sheet_voids_the_approval(tmp_path: Path) -> None:
    mailing = CARDS + '[options]\nsheet = "sra3"\n'
    folder = approved(make_workspace(tmp_path / "ws", [person(1)], mailing=mailing))
    edit(folder / "mailings" / "cards.toml", "sra3", "a3")
    answer = typed(folder, "send", MAILING, "--live", "--confirm", "1")
    assert answer.code == ExitCode.REFUSED
    assert "changed since it was prepared" in answer.err


@pytest.mark.slow
def test_what_bears_no_address_is_not_for_press_sheets(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    assert typed(None, "init", str(folder)).code == 0
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, "winter-postcard")
    answer = typed(folder, "sheets", "winter-postcard", "--on", "sra3")
    assert answer.code != 0
    assert "bears no address" in answer.err
