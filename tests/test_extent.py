"""A workbook that would take all the memory there is is refused before it is opened."""

from __future__ import annotations

import struct
import time
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.errors import InputError
from mailroom.readers import Row, extent, open_rows
from mailroom.readers.extent import check_extent

NAMESPACE = "http://schemas.openxmlformats.org"
RELATIONS = f"{NAMESPACE}/package/2006/relationships"
OFFICE = f"{NAMESPACE}/officeDocument/2006/relationships"
WORKBOOK = (
    f'<workbook xmlns="{NAMESPACE}/spreadsheetml/2006/main" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>'
)
WHOLE = ((1, "A1", "Name"), (2, "A2", "Ada"))


def relations(kind: str, target: str) -> str:
    relation = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{RELATIONS}">{relation}</Relationships>'


def cell(reference: str, text: str = "x") -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def data(*cells: tuple[int, str, str]) -> str:
    rows = (f'<row r="{row}">{cell(reference, text)}</row>' for row, reference, text in cells)
    return f"<sheetData>{''.join(rows)}</sheetData>"


def workbook(
    path: Path,
    sheet: str,
    name: str = "worksheets/sheet1.xml",
    parts: Mapping[str, bytes] | None = None,
) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", relations("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/_rels/workbook.xml.rels", relations("worksheet", name))
        archive.writestr("xl/workbook.xml", WORKBOOK)
        archive.writestr(f"xl/{name}", f"<worksheet>{sheet}</worksheet>")
        for part, content in (parts or {}).items():
            archive.writestr(part, content)
    return path


def rows_of(path: Path) -> list[tuple[str, ...]]:
    return [row.cells for row in open_rows(path).rows if isinstance(row, Row)]


def refusal(path: Path) -> InputError:
    """Refused at once, with the file and what to do."""
    begin = time.process_time()
    with pytest.raises(InputError) as caught:
        list(open_rows(path).rows)
    assert time.process_time() - begin < 5
    assert caught.value.where == path.name
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", ["contacts.xlsx", "contacts.XLSX", "contacts.xlsm"])
def test_two_cells_as_far_apart_as_can_be_are_refused(tmp_path: Path, name: str) -> None:
    path = workbook(tmp_path / name, data((1, "A1", "Name"), (1048576, "XFD1048576", "Ada")))
    assert path.stat().st_size < 5_000
    error = refusal(path)
    assert error.message == (
        "a sheet reaches to row 1,048,576 and column 16,384: more than 5,000,000 cells"
    )
    assert "CSV" in error.hint


@pytest.mark.parametrize(
    "sheet",
    [
        "<sheetData>" + cell("A1") + cell("XFD999999") + "</sheetData>",  # cells of no row
        data((1, "A1", "a"), (1, "xfd999999", "b")),
        data((1, "A1", "a"), (4_000_000_000, "ZZZZ4000000000", "b")),
        "<sheetData><row>" + "<c><v>1</v></c>" * 4000 + "</row>"
        "<row/>" + "<row/>" * 2000 + "<row><c><v>1</v></c></row></sheetData>",  # no references
        "<x:sheetData xmlns:x='x'><x:row r='9'><x:c r='XFD999999'><x:v>1</x:v></x:c></x:row>"
        "</x:sheetData>",
        "<sheetData><row r='1'><c r='XFD999999' t='s'><f>A1</f><v>0</v></c></row></sheetData>",
    ],
    ids=["rowless", "lower-case", "beyond Excel", "counted", "prefixed", "formula"],
)
def test_no_way_of_writing_a_far_cell_gets_it_past(tmp_path: Path, sheet: str) -> None:
    assert "more than 5,000,000 cells" in refusal(workbook(tmp_path / "x.xlsx", sheet)).message


def test_a_sheet_under_another_name_is_looked_at_too(tmp_path: Path) -> None:
    sheet = data((1, "A1", "Name"), (999999, "XFD999999", "Ada"))
    refusal(workbook(tmp_path / "x.xlsx", sheet, name="media/image1.png"))


@pytest.mark.parametrize("broken", ["<sheetData>", "<sheetData></x>", "<sheetData a='1' a='2'/>"])
def test_a_sheet_that_cannot_be_read_is_refused_and_not_passed_on(
    tmp_path: Path, broken: str
) -> None:
    assert "damaged" in refusal(workbook(tmp_path / "x.xlsx", broken)).message


def test_a_document_type_is_refused_for_two_parsers_may_read_it_in_two_ways(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", data(*WHOLE))
    content = '<!DOCTYPE a [<!ENTITY b "]>">]><worksheet><sheetData/></worksheet>'
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", content)
    assert "document type" in refusal(path).message


@pytest.mark.parametrize(
    "sheet",
    [
        '<dimension ref="A1:XFD1048576"/>' + data(*WHOLE),
        "<sheetData>"
        + f'<row r="1">{cell("A1", "Name")}</row><row r="2">{cell("A2", "Ada")}</row>'
        + '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>',
        data(*WHOLE) + '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    ],
    ids=["dimension", "an empty cell with a border", "merged"],
)
def test_what_only_looks_large_is_read(tmp_path: Path, sheet: str) -> None:
    assert rows_of(workbook(tmp_path / "x.xlsx", sheet)) == [("Name",), ("Ada",)]


def test_what_is_no_xml_does_not_matter(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", data(*WHOLE), parts={"a.png": b"\x89PNG\r\n" + bytes(99)})
    assert rows_of(path)[0] == ("Name",)


# Unpacked -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", data(*WHOLE), parts={"bomb": bytes(extent.MAX_BYTES + 1)})
    assert path.stat().st_size < 300_000
    assert refusal(path).message == "the workbook unpacks to over 200 MB"


@pytest.mark.slow
@pytest.mark.parametrize("size", [extent.MAX_BYTES + 1, extent.MAX_BYTES + 9_000_000])
def test_it_is_what_is_there_that_counts_not_what_the_directory_says(
    tmp_path: Path, size: int
) -> None:
    path = workbook(tmp_path / "x.xlsx", data(*WHOLE), parts={"bomb": bytes(size)})
    true, lie = (struct.pack("<I", number) for number in (size, 10))
    content = path.read_bytes()
    assert content.count(true) == 2  # the local header and the directory
    path.write_bytes(content.replace(true, lie))
    assert refusal(path).message == "the workbook unpacks to over 200 MB"


def test_a_tag_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    sheet = "<sheetData><c r='" + "A" * 30_000_000
    assert "without an end" in refusal(workbook(tmp_path / "x.xlsx", sheet)).message


def test_many_small_parts_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extent, "MAX_BYTES", 5_000)
    parts = {f"part{n}": bytes(1_000) for n in range(5)}
    with pytest.raises(InputError, match="unpacks"):
        check_extent(workbook(tmp_path / "x.xlsx", data(*WHOLE), parts=parts))


# Other kinds --------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["content.xml", "xl/workbook.bin"])
def test_another_kind_of_workbook_by_this_name_is_refused(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "x.XLSX", data(*WHOLE), parts={part: b"<a/>"})
    assert refusal(path).message == "this is another kind of workbook"


@pytest.mark.parametrize("name", ["x.ods", "x.xlsb", "x.xls"])
def test_workbooks_that_cannot_be_measured_are_not_opened(tmp_path: Path, name: str) -> None:
    magic = b"\xd0\xcf\x11\xe0" if name.endswith("xls") else b"PK\x03\x04"
    path = tmp_path / name
    path.write_bytes(magic + bytes(600))
    assert ".xlsx" in refusal(path).hint


def test_a_workbook_with_a_password_is_said_to_be_locked(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    error = refusal(path)
    assert "locked" in error.message and "password" in error.hint


# Any sheet ----------------------------------------------------------------------------------


def shared(path: Path, cells: int, text: int) -> Path:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c></row>' for n in range(1, cells + 1)
    )
    relation = f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    both = relations("worksheet", "worksheets/sheet1.xml").replace("</R", relation + "</R")
    parts = {
        "xl/sharedStrings.xml": b"<sst><si><t>x</t></si><si><t>" + b"x" * text + b"</t></si></sst>",
    }
    whole = workbook(path, f"<sheetData>{rows}</sheetData>", parts=parts)
    with zipfile.ZipFile(whole) as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    content["xl/_rels/workbook.xml.rels"] = both.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def test_one_text_in_very_many_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extent, "MAX_TEXT", 100_000)
    path = tmp_path / "x.xlsx"
    assert check_extent(shared(path, 90, 1000))["People"].shared == 90
    with pytest.raises(InputError, match="100,000 characters"):
        check_extent(shared(path, 101, 1000))


def test_a_workbook_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    parts = {f"xl/{n}": b"" for n in range(extent.MAX_PARTS)}
    with pytest.raises(InputError, match="too many parts"):
        check_extent(workbook(tmp_path / "x.xlsx", data(*WHOLE), parts=parts))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1), st.integers(1, 900))
def test_a_sheet_is_refused_if_and_only_if_it_reaches_too_far(
    tmp_path: Path, places: list[tuple[int, int]], limit: int
) -> None:
    book = openpyxl.Workbook()
    for row, column in places:
        book.active.cell(row, column, "x")
    book.save(path := tmp_path / "x.xlsx")
    cells = max(row for row, _ in places) * max(column for _, column in places)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extent, "MAX_CELLS", limit)
        refused = pytest.raises(InputError, match=r"row \d+ and column \d+")
        with refused if cells > limit else nullcontext():
            check_extent(path)
