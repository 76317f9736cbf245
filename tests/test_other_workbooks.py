"""Old Excel workbooks, OpenDocument, Excel's XML of 2003, tables of web pages: by whatever name."""

from __future__ import annotations

import datetime as dt
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom import exports
from mailroom.errors import InputError
from mailroom.model import Finding
from mailroom.readers import MAX_CELLS, Row, biff, extent, grid, open_rows

PEOPLE = [("Name", "Zip", "Born"), ("Ada", "2134", "2026-12-24"), ("Bob", "02134", "")]


def read(path: Path) -> tuple[list[Row], dict[str, str]]:
    """The rows, and what was told of it by rule."""
    opened = open_rows(path)
    rows = list(opened.rows)
    told = [*opened.notes, *(item for item in rows if isinstance(item, Finding))]
    return [row for row in rows if isinstance(row, Row)], {one.rule: one.message for one in told}


def cells(rows: list[Row]) -> list[tuple[str, ...]]:
    return [row.cells for row in rows]


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.where and caught.value.hint
    return caught.value


# Old Excel ----------------------------------------------------------------------------------

DAY = xlwt.easyxf(num_format_str="YYYY-MM-DD")


def old(path: Path, *, sheets: int = 1, far: tuple[int, int] = (0, 0)) -> xlwt.Workbook:
    book = xlwt.Workbook()
    for number in range(sheets):
        sheet = book.add_sheet(f"People {number}" if number else "People")
        for column, name in enumerate(PEOPLE[0]):
            sheet.write(0, column, name)
        sheet.write(1, 0, "Ada")
        sheet.write(1, 1, 2134)
        sheet.write(1, 2, dt.date.fromisoformat("2026-12-24"), DAY)
        sheet.write(2, 0, "Bob")
        sheet.write(2, 1, "02134")
        if any(far):
            sheet.write(*far, "far")
    book.save(str(path))
    return book


@pytest.mark.parametrize("name", ["old.xls", "old.csv", "old.xlsx"])
def test_an_old_workbook_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    old(tmp_path / name)
    rows, told = read(tmp_path / name)
    assert (cells(rows), told) == (PEOPLE, {})


def test_a_new_workbook_called_xls_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(("Name",))
    book.save(tmp_path / "x.xlsx")
    assert cells(read((tmp_path / "x.xlsx").rename(tmp_path / "x.xls"))[0]) == [("Name",)]


def test_what_an_old_workbook_hides_is_told(tmp_path: Path) -> None:
    book = old(tmp_path / "x.xls", sheets=2)
    sheet = book.get_sheet(0)
    sheet.row(1).hidden = sheet.row(30).hidden = True  # the second has nothing in it
    sheet.col(1).hidden = True
    sheet.merge(3, 4, 0, 0)
    sheet.row(4).set_cell_error(1, 0x2A)  # #N/A
    hidden = book.add_sheet("Hidden")
    hidden.write(0, 0, "secret")
    hidden.visibility = 1
    book.save(str(tmp_path / "x.xls"))
    rows, told = read(tmp_path / "x.xls")
    assert cells(rows)[:3] == PEOPLE
    assert set(told) == {
        "other-sheets",
        "hidden-rows",
        "hidden-columns",
        "merged-cells",
        "error-cells",
    }
    assert "People 1" in told["other-sheets"] and "Hidden" not in told["other-sheets"]
    assert told["hidden-rows"].endswith("1 of them, in line 2")
    assert told["hidden-columns"].endswith(": B")
    assert told["merged-cells"].endswith(": A4:A5")
    assert "(B5)" in told["error-cells"]


def test_two_cells_far_apart_in_an_old_workbook_are_refused(tmp_path: Path) -> None:
    old(tmp_path / "x.xls", far=(65535, 255))
    assert "row 65,536 and column 256" in refused(tmp_path / "x.xls").message
    old(tmp_path / "x.xls", sheets=80, far=(999, 99))
    assert "more than 5,000,000 cells" in refused(tmp_path / "x.xls").message


def test_one_text_in_very_many_cells_of_an_old_workbook_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(biff, "MAX_TEXT", 100_000)
    book = xlwt.Workbook()
    sheet = book.add_sheet("People")
    for row in range(5):
        sheet.write(row, 0, "é" * 30_000)  # goes on in a second record
        sheet.write(row, 1, "short")
    book.save(str(tmp_path / "x.xls"))
    assert "100,000 characters" in refused(tmp_path / "x.xls").message


def test_a_size_that_no_sheet_has_is_refused_before_there_is_room_for_it(tmp_path: Path) -> None:
    old(tmp_path / "x.xls")
    data = bytearray((tmp_path / "x.xls").read_bytes())
    place = data.index(b"\x00\x02\x0e\x00")  # DIMENSIONS
    data[place + 8 : place + 12] = b"\xff\xff\xff\x7f"
    (tmp_path / "x.xls").write_bytes(data)
    assert "larger than any can be" in refused(tmp_path / "x.xls").message


def test_sectors_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    old(tmp_path / "x.xls")
    data = bytearray((tmp_path / "x.xls").read_bytes())
    data[68:76] = (0).to_bytes(
        4, "little"
    ) + b"\xff\xff\xff\x7f"  # where the table goes on, how long
    (tmp_path / "x.xls").write_bytes(data)
    assert "no end" in refused(tmp_path / "x.xls").message
    data[68:76] = b"\xfe\xff\xff\xff\0\0\0\0"
    data[76:512] = data[76:80] * 109
    (tmp_path / "x.xls").write_bytes(data)
    assert "more sectors than it has" in refused(tmp_path / "x.xls").message


@pytest.mark.parametrize(
    ("stream", "what"),
    [
        ("WordDocument", "a Word document"),
        ("EncryptedPackage", "password"),
        ("Nothing", "no workbook"),
    ],
)
def test_another_old_document_is_called_what_it_is(tmp_path: Path, stream: str, what: str) -> None:
    old(tmp_path / "x.xls")
    data = (tmp_path / "x.xls").read_bytes()
    name, other = ("Workbook\0".encode("utf-16-le"), f"{stream}\0".encode("utf-16-le"))
    place = data.index(name)
    entry = other + bytes(64 - len(other)) + len(other).to_bytes(2, "little")
    (tmp_path / "x.xls").write_bytes(data[:place] + entry + data[place + 66 :])
    assert what in refused(tmp_path / "x.xls").message


# OpenDocument -------------------------------------------------------------------------------

ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:o" xmlns:table="urn:t" '
    'xmlns:text="urn:x" xmlns:style="urn:s"><office:automatic-styles><style:style style:name="ta2">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)
ODS_HEAD = "<table:table-row>" + "".join(
    f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
    for name in PEOPLE[0]
)
ODS_PEOPLE = (
    ODS_HEAD + '<table:table-cell table:number-columns-repeated="16381"/></table:table-row>'
    '<table:table-row><table:table-cell office:value-type="string"><office:annotation><text:p>a '
    "remark</text:p></office:annotation><text:p>Ada</text:p></table:table-cell><table:table-cell "
    'office:value-type="float" office:value="2134"><text:p>2.134,00</text:p></table:table-cell>'
    '<table:table-cell office:value-type="date" office:date-value="2026-12-24T00:00:00"><text:p>'
    "24.12.26</text:p></table:table-cell></table:table-row><table:table-row>"
    '<table:table-cell office:value-type="string"><text:p>Bob</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string"><text:p>02134</text:p></table:table-cell>'
    '</table:table-row><table:table-row table:number-rows-repeated="1048573">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def ods(path: Path, *tables: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", ODS.format("".join(tables)))
    return path


def sheet_of(body: str, name: str = "People", more: str = "") -> str:
    return f'<table:table table:name="{name}"{more}>{body}</table:table>'


@pytest.mark.parametrize("name", ["x.ods", "x.xlsx", "x.csv"])
def test_an_opendocument_spreadsheet_is_read_whatever_it_is_called(
    tmp_path: Path, name: str
) -> None:
    hidden = sheet_of(ODS_PEOPLE, "Hidden", ' table:style-name="ta2"')
    rows, told = read(ods(tmp_path / name, hidden, sheet_of(ODS_PEOPLE)))
    assert (cells(rows), told) == (PEOPLE, {})


def test_what_an_opendocument_spreadsheet_hides_is_told(tmp_path: Path) -> None:
    body = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        '<table:table-row table:number-rows-repeated="2"/>'
        + ODS_PEOPLE.replace("<table:table-row>", '<table:table-row table:visibility="filter">', 2)
        .replace("<table:table-row><table:table-cell ", "<table:table-row><table:table-cell "
                 'table:number-rows-spanned="2" ', 1)
        .replace("</table:table-row>", '<table:table-cell table:formula="of:=NA()" office:value-'
                 'type="string" office:string-value=""><text:p>#N/A</text:p></table:table-cell>'
                 '<table:table-cell table:formula="of:=1"/></table:table-row>', 2)
    )  # fmt: skip
    rows, told = read(ods(tmp_path / "x.ods", sheet_of(body), sheet_of(ODS_PEOPLE, "More")))
    assert [row.line for row in rows] == [3, 4, 5]
    assert [row.cells[:3] for row in rows] == PEOPLE
    assert set(told) == {"other-sheets", "hidden-rows", "hidden-columns", "merged-cells",
                         "error-cells", "no-value"}  # fmt: skip
    assert told["hidden-rows"].endswith("2 of them, in line 3, 4")
    assert told["merged-cells"].endswith(": A5:A6")


@pytest.mark.parametrize(
    "row",
    [
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="9"><text:p>x</text:p></table:table-cell></table:table-row>',
        '<table:table-row table:number-rows-repeated="40000"><table:table-cell><text:p>'
        + "x" * 9000 + "</text:p></table:table-cell></table:table-row>",
    ],
)  # fmt: skip
def test_what_repeats_itself_too_often_is_refused(tmp_path: Path, row: str) -> None:
    assert "5,000,000 cells" in refused(ods(tmp_path / "x.ods", sheet_of(row))).message


def test_a_small_opendocument_file_that_unpacks_to_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "MAX_BYTES", 3 << 20)
    path = ods(tmp_path / "x.ods", sheet_of(ODS_PEOPLE + " " * (4 << 20)))
    assert path.stat().st_size < 1 << 16
    assert "5,000,000 cells" in refused(path).message


def test_entities_are_never_unfolded(tmp_path: Path) -> None:
    path = tmp_path / "x.ods"
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", bomb + ODS.format(""))
    assert "document type" in refused(path).message


def test_no_row_is_wider_than_an_export_can_be(tmp_path: Path) -> None:
    filled = 'number-columns-repeated="16381"><text:p>x</text:p></table:table-cell>'
    body = ODS_PEOPLE.replace('number-columns-repeated="16381"/>', filled, 1)
    rows, _ = read(ods(tmp_path / "x.ods", sheet_of(body)))
    assert len(rows[0].cells) == MAX_CELLS


# Excel's XML of 2003 ------------------------------------------------------------------------

XML = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-'
    'microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><Worksheet ss:Name="Hidden"><Table><Row>'
    '<Cell><Data ss:Type="String">secret</Data></Cell></Row></Table><x:WorksheetOptions><x:Visible>'
    'SheetHidden</x:Visible></x:WorksheetOptions></Worksheet><Worksheet ss:Name="People"><Table>'
    '<Column/><Column ss:Hidden="1"/><Row><Cell><Data ss:Type="String">Name</Data></Cell><Cell>'
    '<Data ss:Type="String">Zip</Data></Cell><Cell><Data ss:Type="String">Born</Data></Cell></Row>'
    '<Row ss:Hidden="1"><Cell><Data ss:Type="String">Ada</Data><Comment><ss:Data>no</ss:Data>'
    '</Comment></Cell><Cell><Data ss:Type="Number">2134</Data></Cell><Cell><Data ss:Type='
    '"DateTime">2026-12-24T00:00:00.000</Data></Cell></Row><Row ss:Index="5"><Cell '
    'ss:MergeDown="1"><Data ss:Type="String">Bob</Data></Cell><Cell>'
    '<Data ss:Type="String">02134</Data></Cell><Cell>'
    '<Data ss:Type="Error">#N/A</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_xml_of_2003_is_read_and_what_it_hides_is_told(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.xls"
    path.write_bytes(XML.encode(encoding))
    rows, told = read(path)
    assert cells(rows) == PEOPLE
    assert [row.line for row in rows] == [1, 2, 5]
    assert set(told) == {"hidden-rows", "hidden-columns", "merged-cells", "error-cells"}
    assert told["merged-cells"].endswith(": A5:A6")


def test_xml_that_is_cut_off_is_refused_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_text(XML[:-400])
    assert "damaged" in refused(tmp_path / "x.xls").message


# Web pages ----------------------------------------------------------------------------------

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}"><style>td {{mso-x:1}}</style>
<![if gte mso 9]><script>var a = "<table><tr><td>no</td></tr></table>";</script></head><body>
<table><tr><td><img src="https://example.com/logo.png"></td></tr></table>
<table border=1><thead><tr><th>First&nbsp;Name<th>Last Name<th>Mailing Street</thead>
<tr><td>Ad&#228;</td><td>O&apos;Hill &amp; M\u00fcller</td><td>1 Elm St<br>Floor 2</td></tr>
<tr style="display: none"><td rowspan=2>Bob<td>Lee<td><table><tr><td>inner</table></tr>
<tr><td>Ray<td>9 Oak St</table></body></html>"""


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("ISO-8859-1", "cp1252"), ("unheard-of", "utf-8"), ("utf-16", "utf-16")],
)
def test_the_largest_table_of_a_page_is_read(tmp_path: Path, charset: str, encoding: str) -> None:
    path = tmp_path / "report.xls"
    path.write_bytes(PAGE.format(charset=charset).encode(encoding))
    rows, told = read(path)
    assert cells(rows) == [
        ("First Name", "Last Name", "Mailing Street"),
        ("Adä", "O'Hill & Müller", "1 Elm St\nFloor 2"),
        ("Bob", "Lee", ""),
        ("", "Ray", "9 Oak St"),
    ]
    assert [row.line for row in rows] == [1, 2, 3, 4]
    assert set(told) == {"hidden-rows", "merged-cells"}


def test_a_second_list_on_a_page_is_told(tmp_path: Path) -> None:
    table = "<table>" + "<tr><td>a<td>b" * 3 + "</table>"
    (tmp_path / "x.htm").write_text(f"<table>{'<tr><td>x<td>y<td>z' * 4}</table>{table}")
    rows, told = read(tmp_path / "x.htm")
    assert len(rows) == 4 and "table 2" in told["other-sheets"]


def test_a_report_of_salesforce_called_xls_is_one(tmp_path: Path) -> None:
    names = ("First Name", "Last Name", "Account Name", "Mailing Street", "Mailing City",
             "Mailing State/Province", "Mailing Zip/Postal Code", "Mailing Country")  # fmt: skip
    row = ("Ada", "Hill", "Hill Ltd", "1 Elm St", "Boston", "MA", "02134", "US")
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<td>{cell}</td>" for cell in row)
    path = tmp_path / "report1700000000000.xls"
    path.write_text(f"<head></head><table><tr>{head}</tr>\n<tr>{body}</tr></table>")
    found = exports.recognise(path)
    assert (found.kind, found.sample[0].cells) == ("salesforce-report", row)


def test_csv_called_xls_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "x.xls").write_text("Name\tZip\nAda\t02134\n")
    assert cells(read(tmp_path / "x.xls")[0]) == [("Name", "Zip"), ("Ada", "02134")]


@pytest.mark.parametrize("opening", ["<!--", "<table ", "<![if ", "<table><tr><td>", "&"])
def test_a_tag_without_an_end_is_not_waited_for(tmp_path: Path, opening: str) -> None:
    (tmp_path / "x.htm").write_text("<html><table><tr><td>a</table>" + opening + "x" * (3 << 20))
    with suppress(InputError):
        rows, told = read(tmp_path / "x.htm")
        assert sum(map(len, rows[0].cells)) < grid.LONGEST or "broken-row" in told


def test_tables_in_one_another_without_end_are_read_in_no_time(tmp_path: Path) -> None:
    (tmp_path / "x.htm").write_text("<table><tr><td>a" * 4_000)
    assert len(read(tmp_path / "x.htm")[0]) >= 1


# Any damage ---------------------------------------------------------------------------------

SLOWLY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SLOWLY
@given(
    st.binary(min_size=1, max_size=40),
    st.integers(0, 6000),
    st.sampled_from(["old", "ods", "xml", "htm"]),
)
def test_no_damage_does_more_than_raise_an_input_error(
    tmp_path: Path, damage: bytes, where: int, kind: str
) -> None:
    whole = tmp_path / f"whole.{kind}"
    if not whole.exists():
        if kind == "old":
            old(whole, sheets=2)
        elif kind == "ods":
            ods(whole, sheet_of(ODS_PEOPLE))
        else:
            text = XML if kind == "xml" else PAGE.format(charset="utf-8")
            whole.write_text(text, "utf-8")
    content = bytearray(whole.read_bytes())
    start = where % len(content)
    content[start : start + len(damage)] = damage
    path = tmp_path / "x.xls"
    path.write_bytes(content)
    with suppress(InputError):
        rows, _ = read(path)
        assert all(isinstance(cell, str) for row in rows for cell in row.cells)


def test_the_limits_are_those_of_other_workbooks() -> None:
    assert (biff.MAX_CELLS, grid.MAX_CELLS) == (extent.MAX_CELLS,) * 2
