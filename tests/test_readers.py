from __future__ import annotations

import csv
import datetime as dt
import io
import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from time import process_time

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from mailroom import readers
from mailroom.errors import InputError
from mailroom.model import Finding, Severity
from mailroom.readers import Row, open_rows, unique_headers
from mailroom.readers.text import MAX_LINE

CRM = Path(__file__).parent.parent.parent / "shared" / "data" / "crm"
HEADER = "First Name,Last Name,Postal Code\n"


@dataclass(frozen=True)
class Table:
    """What is in a file of which the first row is the header."""

    header: Row
    rows: list[Row]
    notes: tuple[Finding, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        return unique_headers(self.header.cells)


def table_in(path: Path) -> Table:
    found = open_rows(path)
    rows = rows_in(list(found.rows))
    first = next(n for n, row in enumerate(rows) if any(map(str.strip, row.cells)))
    return Table(rows[first], rows[first + 1 :], found.notes)


def table_of(tmp_path: Path, content: str | bytes, name: str = "contacts.csv") -> Table:
    return table_in(written_to(tmp_path / name, content))


def cells_of(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def written_to(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(tmp_path: Path, content: str | bytes, name: str = "contacts.csv") -> list[Row | Finding]:
    return list(open_rows(written_to(tmp_path / name, content)).rows)


def rows_in(found: list[Row | Finding]) -> list[Row]:
    return [row for row in found if isinstance(row, Row)]


def findings_in(found: list[Row | Finding]) -> list[tuple[str, str]]:
    return [(item.rule, item.where) for item in found if isinstance(item, Finding)]


def refusal(tmp_path: Path, content: str | bytes, name: str = "contacts.csv") -> InputError:
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, name)
    assert caught.value.where, "an error says where"
    assert caught.value.hint, "an error says what to do next"
    return caught.value


# Text ---------------------------------------------------------------------------------------


def test_nothing_is_taken_for_a_number(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER + "Ada,1e5,00501\n")
    assert cells_of(table) == [("Ada", "1e5", "00501")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_recognised(tmp_path: Path, delimiter: str) -> None:
    text = f"Name{delimiter}City\nAda{delimiter}Boston\n"
    assert table_of(tmp_path, text).headers == ("Name", "City")


def test_a_comma_in_a_quoted_header_does_not_decide_the_delimiter(tmp_path: Path) -> None:
    text = 'Name;"Grade (A, B, C, or D)";City\nAda;A;Boston\nBob;B;Salem\n'
    assert table_of(tmp_path, text).headers == ("Name", "Grade (A, B, C, or D)", "City")


def test_the_sep_line_of_excel_is_obeyed_and_is_no_header(tmp_path: Path) -> None:
    table = table_of(tmp_path, "sep=;\r\nName;City\r\nAda;Boston\r\n")
    assert table.headers == ("Name", "City")
    assert table.header.line == 2
    assert table.rows == [Row(3, ("Ada", "Boston"))]


def test_a_single_column_is_a_table_too(tmp_path: Path) -> None:
    assert cells_of(table_of(tmp_path, "Email\nada@example.com\n")) == [("ada@example.com",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_with_or_without_a_mark(tmp_path: Path, encoding: str) -> None:
    table = table_of(tmp_path, "Name,City\nMuñoz,Łódź\n".encode(encoding))
    assert table.headers == ("Name", "City")
    assert table.notes == ()
    assert cells_of(table) == [("Muñoz", "Łódź")]


def test_what_is_not_utf8_is_read_as_windows_1252_and_says_so(tmp_path: Path) -> None:
    *rows, note = read(tmp_path, "Name,City\nMuñoz,Zürich\n".encode("cp1252"))
    assert rows_in(rows)[1].cells == ("Muñoz", "Zürich")
    assert isinstance(note, Finding)
    assert (note.rule, note.severity) == ("not-unicode", Severity.NOTE)
    assert "Windows-1252" in note.message


@pytest.mark.parametrize(
    ("codec", "text", "name"),
    [
        ("cp1250", "Imię;Nazwisko\nŻaneta;Wójcik\n", "Windows-1250"),
        ("cp1250", "Jméno;Příjmení\nŘehoř;Dvořák\n", "Windows-1250"),
        ("cp1251", "Имя;Фамилия\nИван;Петров\n", "Windows-1251"),
        ("cp1253", "Όνομα;Επώνυμο\nΕλένη;Παππά\n", "Windows-1253"),
        ("cp932", "氏名,住所\n佐藤 健一,丸の内1-9-1\n", "Shift JIS"),
        ("cp1252", "Vorname;Straße\nJosé;Müllerstraße\n", "Windows-1252"),
    ],
)
def test_a_word_of_the_header_tells_the_encoding_of_other_offices(
    tmp_path: Path, codec: str, text: str, name: str
) -> None:
    found = read(tmp_path, text.encode(codec))
    delimiter = ";" if ";" in text else ","
    wanted = [tuple(line.split(delimiter)) for line in text.splitlines()]
    assert [row.cells for row in rows_in(found)] == wanted
    (told,) = (item for item in found if isinstance(item, Finding))
    assert f"read as {name}" in told.message


def test_lines_of_another_encoding_are_read_and_told_once_with_their_count(tmp_path: Path) -> None:
    lines = [b"Name,City\n", "Łucja,Łódź\n".encode()]
    lines += ["Muñoz,Zürich\n".encode("cp1252")] * 700
    *rows, note = read(tmp_path, b"".join(lines))
    assert {row.cells for row in rows_in(rows)[2:]} == {("Muñoz", "Zürich")}
    assert rows_in(rows)[1].cells == ("Łucja", "Łódź")
    assert isinstance(note, Finding)
    assert (note.rule, note.where) == ("mixed-encoding", "contacts.csv:3")
    assert "700 lines" in note.message
    assert "3, 4, 5, 6, 7 and more" in note.message


def test_bytes_that_no_encoding_has_are_shown_as_lost_letters(tmp_path: Path) -> None:
    *rows, note = read(tmp_path, b"Name,City\nAda,Boston\nB\x81b,x\n")
    assert rows_in(rows)[2].cells == ("B\ufffdb", "x")
    assert isinstance(note, Finding)
    assert (note.rule, note.severity) == ("not-unicode", Severity.WARNING)


def test_an_export_in_an_east_asian_encoding_is_not_taken_for_western(tmp_path: Path) -> None:
    text = "名前,都市\n山本,東京\n小林,大阪市表町\n"
    *_, note = read(tmp_path, text.encode("shift_jis"))
    assert isinstance(note, Finding)
    assert note.severity is Severity.WARNING
    assert "their letters are wrong" in note.message


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_without_a_mark_is_told_by_its_zero_bytes(tmp_path: Path, encoding: str) -> None:
    content = "Name;City\nMuñoz;Łódź\n陳;Ōsaka\n".encode(encoding)
    assert [row.cells for row in rows_in(read(tmp_path, content))] == [
        ("Name", "City"), ("Muñoz", "Łódź"), ("陳", "Ōsaka"),
    ]  # fmt: skip


def test_half_a_utf16_character_costs_its_row(tmp_path: Path) -> None:
    found = read(tmp_path, "Name,City\nAda,Boston\nB".encode("utf-16") + b"\x41")
    assert [row.cells for row in rows_in(found)] == [("Name", "City"), ("Ada", "Boston")]
    assert findings_in(found) == [("broken-row", "contacts.csv:3")]


def test_two_files_put_together_have_no_mark_in_a_cell(tmp_path: Path) -> None:
    found = read(tmp_path, "Name,City\nAda,Boston\n".encode("utf-8-sig") * 2)
    assert [row.cells[0] for row in rows_in(found)] == ["Name", "Ada", "Name", "Ada"]


def test_the_end_of_file_of_old_systems_is_no_row(tmp_path: Path) -> None:
    for end in ("\x1a", "\n\x1a", "\n\x1a\0\0\0"):
        found = read(tmp_path, HEADER + "Ada,Hill,1" + end)
        assert found[1:] == [Row(2, ("Ada", "Hill", "1"))]


def test_a_line_break_in_a_cell_does_not_shift_the_line_numbers(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'Name,Street\nAda,"1 Elm\r\nApt 2\nRear"\nBob,2 Elm\n')
    assert table.rows == [
        Row(2, ("Ada", "1 Elm\r\nApt 2\nRear")),
        Row(5, ("Bob", "2 Elm")),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_understood(tmp_path: Path, end: str) -> None:
    table = table_of(tmp_path, f"Name,City{end}Ada,Boston{end}{end}Bob,Salem")
    assert table.rows == [Row(2, ("Ada", "Boston")), Row(4, ("Bob", "Salem"))]


def test_the_title_of_a_report_does_not_decide_the_delimiter(tmp_path: Path) -> None:
    title = "Contacts, by owner\nAs of 2026-11-26, by Ada; all\n\n"
    found = read(tmp_path, title + "Name;City;Owner\nAda;Boston;x\nBob;Salem, MA;y\n")
    assert [row.cells for row in rows_in(found)][2:4] == [
        ("Name", "City", "Owner"), ("Ada", "Boston", "x"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        ["12 Main St, Boston", "13 Main St, Salem"],
        ["Elm, Boston", "Oak, Salem, MA", "Ash, Apt 2, Salem, MA"],
        ["a@example.com", "b@example.com"],
    ],
)
def test_commas_in_the_only_column_make_no_others(tmp_path: Path, rows: list[str]) -> None:
    found = read(tmp_path, "\n".join(["Where", *rows]))
    assert [row.cells for row in rows_in(found)] == [("Where",), *((row,) for row in rows)]


def test_a_report_with_a_title_and_totals_is_a_table(tmp_path: Path) -> None:
    text = (
        'Contacts\nBy: a, b\n\n"Name","Street","City"\n"A","1 Elm\nApt 2","X"\n\nTotals (1)\nEnd\n'
    )
    found = read(tmp_path, text)
    assert rows_in(found)[2:4] == [
        Row(4, ("Name", "Street", "City")), Row(5, ("A", "1 Elm\nApt 2", "X")),
    ]  # fmt: skip


def test_quotation_marks_behind_a_backslash_are_characters(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n"say \\"x\\", y",2\n"two\nlines \\"z\\"",3\n')
    assert [row.cells for row in rows_in(found)][1:] == [
        ('say "x", y', "2"), ('two\nlines "z"', "3"),
    ]  # fmt: skip


def test_a_blank_before_a_quotation_mark_is_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, '"a", "b"\n"x, y", "1"\n"z", "2 ""3"""\n')
    assert [row.cells for row in rows_in(found)] == [("a", "b"), ("x, y", "1"), ("z", '2 "3"')]


def test_headers_are_stripped_and_told_apart_by_position(tmp_path: Path) -> None:
    text = "Name, Phone ,Phone,,Create  Date,Phone\nAda,1,2,3,4,5\n"
    assert table_of(tmp_path, text).headers == (
        "Name", "Phone", "Phone (2)", "column 4", "Create Date", "Phone (3)",
    )  # fmt: skip


def test_a_header_that_looks_like_our_own_suffix_stays_unique() -> None:
    assert unique_headers(("Phone", "Phone (2)", "Phone")) == ("Phone", "Phone (2)", "Phone (3)")


def test_ragged_rows_are_handed_on_as_they_are(tmp_path: Path) -> None:
    assert cells_of(table_of(tmp_path, HEADER + "Ada\nBob,Hill,1,2\n")) == [
        ("Ada",),
        ("Bob", "Hill", "1", "2"),
    ]


# What cannot be read ------------------------------------------------------------------------


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder") as caught:
        open_rows(tmp_path)
    assert caught.value.hint


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_rows(tmp_path / "contacts.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_without_rights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(HEADER)
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        open_rows(path)


def test_a_device_that_fails_is_refused() -> None:
    # Reading /proc/self/mem at 0 is an I/O error even for root.
    path = Path("/proc/self/mem")
    if not path.exists():
        pytest.skip("needs /proc")
    with pytest.raises(InputError, match="cannot be read"):
        open_rows(path)


@pytest.mark.parametrize(
    ("magic", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "picture"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\xd0\xcf\x11\xe0....", "workbook"),
        (b"<!DOCTYPE html><html><p>Hello</p></html>", "web page"),
        (b"<?xml version='1.0'?><a/>", "XML"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, magic: bytes, kind: str) -> None:
    assert kind in refusal(tmp_path, magic).message


# What costs its own row ---------------------------------------------------------------------

WIDE = "First Name,Last Name,Street,City\n"


def test_nul_bytes_cost_their_row(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER + "Ada,H\0ill,1\nBob,Hill,2\n")
    assert rows_in(found)[1:] == [Row(3, ("Bob", "Hill", "2"))]
    assert findings_in(found) == [("broken-row", "contacts.csv:2")]


@pytest.mark.parametrize(
    "after",
    [
        "Cy,Hill,3\nDee,Hill,4\n",  # no other quotation mark: it would run to the end
        'Cy,"Hill",3\nDee,"Hill",4\n',  # the next one opens a cell
        '"Cy","Hill","3"\n"Dee","Hill",4\n',
        'Cy,Hill,"",\nDee,"Hill",4\n',  # looks like a doubled one
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_stray_quotation_mark_costs_its_line_and_nobody_else(
    tmp_path: Path, after: str, end: str
) -> None:
    text = HEADER + 'Ada,Hill,1\nBob,"Hill,2\n' + after
    found = read(tmp_path, text.replace("\n", end))
    assert findings_in(found) == [("broken-row", "contacts.csv:3")]
    assert [row.cells[0] for row in rows_in(found)] == ["First Name", "Ada", "Cy", "Dee"]
    assert [row.line for row in rows_in(found)] == [1, 2, 4, 5]


def test_rows_between_two_stray_quotation_marks_are_found(tmp_path: Path) -> None:
    between = "".join(f"Cy{i},Hill,{i} Elm,Salem\n" for i in range(50))
    found = read(tmp_path, WIDE + 'Bob,"Hill,1 Elm,Salem\n' + between + 'Dee,Hill,2 Elm",Salem\n')
    assert findings_in(found) == [("broken-row", "contacts.csv:2")]
    assert len(rows_in(found)) == 1 + 50 + 1


def test_a_novel_in_a_quoted_cell_is_no_fault(tmp_path: Path) -> None:
    novel = "It was the best, of times.\n" * 40
    found = read(tmp_path, WIDE + f'Ada,Hill,"{novel}",Salem\nBob,Hill,1 Elm,Salem\n')
    assert [row.line for row in rows_in(found)] == [1, 2, 43]
    assert findings_in(found) == []


def test_a_file_that_is_cut_off_in_a_cell_loses_that_row(tmp_path: Path) -> None:
    found = read(tmp_path, WIDE + 'Ada,Hill,1 Elm,Salem\nBob,Hill,"2 El')
    assert findings_in(found) == [("broken-row", "contacts.csv:3")]
    assert len(rows_in(found)) == 2


def traced(tmp_path: Path, *pieces: tuple[bytes, int]) -> tuple[list[Row | Finding], int]:
    """What is read of the pieces, each repeated, and how many bytes of memory that took."""
    path = tmp_path / "contacts.csv"
    with path.open("wb") as file:
        for piece, times in pieces:
            file.writelines(piece for _ in range(times))
    tracemalloc.start()
    try:
        return list(open_rows(path).rows), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("piece", [b"x" * (1 << 20), b"x" * 99 + b"\n", b"so, it went on\n"])
def test_a_cell_without_measure_costs_its_row_and_no_memory(tmp_path: Path, piece: bytes) -> None:
    size = 12 << 20
    found, peak = traced(
        tmp_path,
        (WIDE.encode() + b'Ada,Hill,"', 1), (piece, size // len(piece)),
        (b'",Salem\nBob,Hill,1 Elm,Salem\n', 1),
    )  # fmt: skip
    assert findings_in(found) == [("broken-row", "contacts.csv:2")]
    assert [row.cells[0] for row in rows_in(found)] == ["First Name", "Bob"]
    assert peak < 8 << 20


def test_it_is_said_how_far_a_cell_goes_that_never_ends(tmp_path: Path) -> None:
    found = read(tmp_path, WIDE + 'Ada,Hill,"' + "and so on\n" * 30_000)
    assert findings_in(found) == [("broken-row", "contacts.csv:2")]
    assert isinstance(found[1], Finding)
    assert "up to line 30001" in found[1].message


@pytest.mark.slow
def test_a_gigabyte_in_one_line_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode() + b"x" * (MAX_LINE * 4))
        file.truncate(1 << 28)  # sparse: it takes no room on the disk
    tracemalloc.start()
    try:
        found = list(open_rows(path).rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert findings_in(found) == [("broken-row", "contacts.csv:2")]
    assert peak < 16 << 20


@pytest.mark.parametrize("line", [b'x","\n', b'"\n', b',"""\n', b'"","\n', b'a,"b\n'])
def test_no_pattern_of_quotation_marks_takes_more_than_a_bounded_effort(
    tmp_path: Path, line: bytes
) -> None:
    before = process_time()
    for _ in read(tmp_path, line * (400_000 // len(line))):
        pass
    assert process_time() - before < 4


def test_of_ten_thousand_columns_the_first_are_read_and_it_is_said_once(tmp_path: Path) -> None:
    found = read(tmp_path, (",".join(map(str, range(10_000))) + "\n") * 3)
    finding, *rows = found
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.where) == ("too-many-columns", "contacts.csv:1")
    assert {(row.line, len(row.cells)) for row in rows_in(rows)} == {(n, 4096) for n in (1, 2, 3)}


def test_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(f"Ada{i},Hill,0{i:04}\n" for i in range(50_000))
    tracemalloc.start()
    try:
        count = sum(1 for _ in open_rows(path).rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 50_001  # the header too
    assert peak < 4 << 20


# Workbooks ----------------------------------------------------------------------------------


def workbook(path: Path, *rows: tuple[object, ...], title: str = "Contacts") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return book


def test_a_workbook_keeps_its_zip_codes_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    day = dt.datetime.fromisoformat("2026-12-24")
    workbook(path, ("Name", "Zip", "Born"), ("Ada", 2134, day), ("Bob", "02134", None))
    table = table_in(path)
    assert table.headers == ("Name", "Zip", "Born")
    assert table.rows == [
        Row(2, ("Ada", "2134", "2026-12-24")),
        Row(3, ("Bob", "02134", "")),
    ]


def test_other_values_of_a_workbook_read_as_a_person_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    noon = dt.datetime.fromisoformat("2026-12-24 12:30")
    workbook(path, ("A", "B", "C", "D"), (True, 1.5, noon, dt.time(9, 5)))
    assert cells_of(table_in(path)) == [("true", "1.5", "2026-12-24 12:30", "09:05:00")]


def test_the_first_visible_sheet_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    book = workbook(path, ("secret",), title="Hidden")
    book["Hidden"].sheet_state = "hidden"
    book.create_sheet("Notes")
    for title in ("People", "More"):
        sheet = book.create_sheet(title)
        sheet.append(("Name",))
        sheet.append((f"Ada of {title}",))
    book.save(path)
    table = table_in(path)
    assert cells_of(table) == [("Ada of People",)]
    (note,) = table.notes
    assert "More" in note.message
    assert "Hidden" not in note.message


def test_a_sheet_that_starts_further_down_keeps_its_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A3"], sheet["A4"] = "Name", "Ada"
    book.save(path)
    table = table_in(path)
    assert table.header.line == 3
    assert table.rows == [Row(4, ("Ada",))]


def about(path: Path, change: Callable[[Worksheet], None]) -> dict[str, str]:
    """What is said of a workbook of five people after a change, by rule."""
    book = workbook(path, ("Name", "Zip"), *(("Ada", n) for n in range(2134, 2139)))
    sheet = book.active
    assert sheet is not None
    change(sheet)
    book.save(path)
    opened = open_rows(path)
    found = [*opened.notes, *(item for item in opened.rows if isinstance(item, Finding))]
    return {finding.rule: finding.message for finding in found}


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        for line in (3, 5, 40):  # the last has nothing in it
            sheet.row_dimensions[line].hidden = True
        sheet.column_dimensions["B"].hidden = True

    path = tmp_path / "contacts.xlsx"
    told = about(path, hide)
    assert set(told) == {"hidden-rows", "hidden-columns"}
    assert "2 of them, in line 3, 5" in told["hidden-rows"]
    assert told["hidden-columns"].endswith(": B")
    assert [row.cells[1] for row in rows_in(list(open_rows(path).rows))][1:] == [
        "2134", "2135", "2136", "2137", "2138",
    ]  # fmt: skip


def test_cells_that_do_not_hold_what_they_seem_to_are_named(tmp_path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        sheet["B2"] = "=A2"  # openpyxl works nothing out
        sheet["B3"] = "#N/A"
        sheet["B4"] = 12345678901234567
        sheet["B5"] = 1.8e15
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("C2:D2")  # in one row: nobody's value is missing

    told = about(tmp_path / "contacts.xlsx", spoil)
    assert set(told) == {"no-value", "error-cells", "inexact-number", "merged-cells"}
    assert "(B2)" in told["no-value"]
    assert "(B3)" in told["error-cells"]
    assert "(B4)" in told["inexact-number"]
    assert told["merged-cells"].endswith(": A2:A3")


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    workbook(tmp_path / "contacts.xlsx", ("Name",), ("Ada",))
    path = (tmp_path / "contacts.xlsx").rename(tmp_path / "contacts.csv")
    assert rows_in(list(open_rows(path).rows))[1].cells == ("Ada",)


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "contacts.xlsx"
    workbook(path)
    with pytest.raises(InputError, match="no visible sheet"):
        open_rows(path)


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    assert "workbook" in refusal(tmp_path, b"PK\x03\x04 nonsense", "contacts.xlsx").message


def test_text_that_calls_itself_xlsx_is_read_as_text(tmp_path: Path) -> None:
    assert table_of(tmp_path, HEADER, "contacts.xlsx").headers[0] == "First Name"


# The seam -----------------------------------------------------------------------------------


class CardReader:
    """Somebody else's reader."""

    @staticmethod
    def identify(path: Path) -> bool:
        return path.suffix == ".cards"

    @staticmethod
    def rows(path: Path) -> list[Row]:
        return iter([Row(1, ("Name",)), Row(2, (path.read_text(),))])  # type: ignore[return-value]

    @staticmethod
    def notes(path: Path) -> tuple[()]:
        return ()


def test_a_reader_from_an_entry_point_is_asked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("cards", f"{__name__}:CardReader", "mailroom.readers")
    monkeypatch.setattr(readers, "entry_points", lambda group: [point])
    monkeypatch.setattr(readers, "_plugged", readers._plugged.__wrapped__)
    assert cells_of(table_of(tmp_path, "Ada", "x.cards")) == [("Ada",)]
    assert cells_of(table_of(tmp_path, "Name\nBob\n")) == [("Bob",)]


# Whatever comes -----------------------------------------------------------------------------

CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t\x1c\x85")
)
#: Letters that all encodings have, and none of the delimiters.
PLAIN = st.text("abcéñ Ü'\"\n-0")
SLOWLY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str], least: int) -> list[list[str]]:
    width = draw(st.integers(least, 5))
    rows = st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6)
    return [[f"h{i}" for i in range(width)], *draw(rows)]


def written(rows: list[list[str]], delimiter: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue()


@SLOWLY
@given(tables(PLAIN, 2), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_a_table_survives_every_delimiter_and_encoding(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    table = table_of(tmp_path, written(rows, delimiter).encode(encoding))
    assert table.headers == tuple(rows[0])
    assert cells_of(table) == [tuple(row) for row in rows[1:]]


@SLOWLY
@given(tables(CELLS, 1), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_text_survives_in_quotes(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    table = table_of(tmp_path, written(rows, ",").encode(encoding))
    assert cells_of(table) == [tuple(row) for row in rows[1:]]


@SLOWLY
@given(st.binary(max_size=400), st.sampled_from(["x.csv", "x.xlsx"]))
def test_no_bytes_do_more_than_raise_an_input_error(
    tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with suppress(InputError):
        rows = list(open_rows(path).rows)
        assert all(isinstance(cell, str) for row in rows_in(rows) for cell in row.cells)


@SLOWLY
@given(st.binary(max_size=60), st.integers(0, 5000))
def test_no_damage_to_a_workbook_does_more_than_raise_an_input_error(
    tmp_path: Path, damage: bytes, where: int
) -> None:
    path = tmp_path / "x.xlsx"
    if not (whole := tmp_path / "whole.xlsx").exists():
        workbook(whole, ("Name", "Zip"), ("Ada", 2134))
    content = bytearray(whole.read_bytes())
    content[where : where + len(damage)] = damage
    path.write_bytes(content)
    with suppress(InputError):
        list(open_rows(path).rows)


@pytest.mark.skipif(not CRM.is_dir(), reason="the real-shaped exports are not on this machine")
def test_the_real_shaped_exports_open() -> None:
    for path in sorted(CRM.glob("*.csv")):
        table = table_in(path)
        assert len(set(table.headers)) == len(table.headers) > 1
        assert table.rows


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "contacts.csv")
    with pytest.raises(InputError, match="no ordinary file"):
        open_rows(tmp_path / "contacts.csv")
