"""Whatever bytes come, a reader makes rows and findings of them, or refuses with an InputError.

    python -m benchmarks.fuzz_readers vcard --seconds 300

Damages samples of each kind at random for the time given. With `--guided`, atheris
(Apache-2.0; `pip install atheris`) looks where that leads in our code and goes on from there.
What broke a promise is kept as a file, which `--again FILE` reads once more.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from mailroom import readers
from mailroom.errors import InputError
from mailroom.model import Finding

LONGEST = 5.0  #: seconds for one file; a hang is a fault
MOST = 1 << 14  #: bytes of a file

CSV = b'''Title of a report; with a mark
First Name,Last Name,Street,City,Note\r
Ada,"Hill, Jr","1 Elm\r\nApt 2",Boston,"He said ""hi"""\r
Bob,Mu\xc3\xb1oz,2 Oak,Salem,\r
'''
VCARD = b"""BEGIN:VCARD
VERSION:3.0
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Mu=C3=B1oz;Jos=
=C3=A9;;Dr.;
FN:Jos\\, M
item1.ADR;TYPE="home,work";PREF=1:;;1 Elm\\nApt 2;Boston;MA;02134;USA
item1.X-ABLabel:_$!<Spouse>!$_
item2.X-ABDATE:1975-03-01
PHOTO;ENCODING=b:AAAA
 BBBB
BDAY:--0203
AGENT:
BEGIN:VCARD
END:VCARD
NOTE:folded
  here
END:VCARD
"""
JSON = b"""{"id": 1, "name": "Jos\\u00e9", "tags": ["a", null], "address": {"city": "x"}}
{"id": 12345678901234567890, "emails": [{"v": 1.5e3}, {"v": true}], "b": {}}
{"results": [{"id": 1}, {"id": [[2]]}], "n": NaN}
"""
HTML = b"""<html><meta charset=utf-8><![if gte mso 9]><style>td {}</style><!-- x --><table><tr>
<th>A<th>B
<tr style="display:none"><td rowspan=2>J&#233;<td colspan=3>x<br>y<table><tr><td>in</table></td>
</tr>
<tr><td>z</table><script>"<td>"</script></html>"""
XML = b"""<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A"><Table><Column
ss:Hidden="1"/>
<Row><Cell><Data ss:Type="String">A</Data></Cell><Cell ss:Index="4"><Data
ss:Type="Number">1.5</Data></Cell>
</Row><Row ss:Index="9" ss:Hidden="1"><Cell ss:MergeDown="2" ss:MergeAcross="1"><Data
ss:Type="DateTime">
2026-12-24T00:00:00</Data></Cell><Cell><Data ss:Type="Error">#N/A</Data></Cell></Row></Table>
</Worksheet>
</Workbook>"""
ODS = b"""<o xmlns:table="t" xmlns:office="o" xmlns:text="x"><table:table table:name="A">
<table:table-column
table:visibility="collapse" table:number-columns-repeated="3"/><table:table-row><table:table-cell
office:value-type="string"><text:p>A<text:s text:c="3"/></text:p></table:table-cell>
<table:table-cell
table:number-columns-repeated="3" office:value-type="float" office:value="2.0"/></table:table-row>
<table:table-row table:number-rows-repeated="3" table:visibility="filter"><table:table-cell
table:number-rows-spanned="2"><text:p>B</text:p></table:table-cell></table:table-row>
</table:table></o>"""
_OTHERS: Mapping[str, tuple[bytes, ...]] = {
    "workbook-old": (
        b"\x09\x08",
        b"\x0a\0\0\0",
        b"\x85\0",
        b"\xfc\0",
        b"\xfd\0",
        b"\x08\x02",
        b"\xff" * 4,
        b"\0" * 4,
        b"\x3c\0",
        b"\0\x02\x0e\0",
        b"\xe5\0",
        b"\x7d\0",
        b"\xfe\xff\xff\xff",
    ),
    "webpage": (
        b"<table>",
        b"</table>",
        b"<tr>",
        b"<td>",
        b"</td>",
        b"<td rowspan=9999 colspan=9999>",
        b"<!--",
        b"-->",
        b"<![if x]>",
        b"&#0;",
        b"&#xd800;",
        b"\0",
        b"<",
        b"<script>",
        b"\xe9",
        b"<p hidden>",
    ),
    "spreadsheetml": (
        b"<Row>",
        b"</Row>",
        b"<Cell>",
        b' ss:Index="999999"',
        b' ss:MergeDown="9"',
        b"<!DOCTYPE a>",
        b"</Table>",
        b"<Data>",
        b"&#0;",
        b"\0",
        b'"',
        b"<",
        b"1e999",
        b"9" * 400,
    ),
    "opendocument": (
        b"<table:table-row>",
        b"</table:table-row>",
        b' table:number-rows-repeated="999999"',
        b"<",
        b' table:number-columns-repeated="99999"',
        b"<table:table>",
        b"</table:table>",
        b"\0",
        b'"',
        b"<office:annotation>",
        b"<text:p>",
        b"&#0;",
        b'office:value="1e999"',
    ),
}
#: What tends to matter, put in anywhere.
WORDS: Mapping[str, tuple[bytes, ...]] = {
    "delimited": (b'"', b'""', b",", b";", b"\t", b"\r", b"\n", b"\0", b"\x1a", b"sep=;\n",
                  b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b'x","\n', b"x" * 200_000, b'"\n' * 999),
    "vcard": (b"BEGIN:VCARD\n", b"END:VCARD\n", b"=\n", b"\n ", b":", b";", b'"', b"\\", b"\0",
              b";ENCODING=B", b";CHARSET=utf-7", b"AGENT:\n", b"\xe9", b"\n", b"=00", b"x" * 99),
    "jsonl": (b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\\ud800", b"{" * 5000,
              b"[" * 5000, b'{"data":[{', b"\0", b"\xe9", b"9" * 5000, b"},{", b"\x1e"),
    "workbook": (b"<", b">", b"</c>", b"<row", b' r="A1"', b' r="XFD9"', b' t="e"', b' hidden="1"',
                 b"<v>1e999</v>", b"<f>", b'"', b"&#0;", b"\0", b'<c r="ZZZZZZ1"><v>1</v></c>'),
    **_OTHERS,
}  # fmt: skip


def sheet() -> bytes:
    """The sheet of a small workbook."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>Ada</t></is></c>'
        f'<c r="B{n}"><v>{n}.5</v></c>'
        f'<c r="C{n}" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        for n in range(1, 4)
    )
    return f'<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData>{rows}\
</sheetData><mergeCells><mergeCell ref="A1:A2"/></mergeCells></worksheet>'.encode()


def workbook(content: bytes) -> bytes:
    """A workbook whose sheet is that XML."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"

    def relation(kind: str, target: str) -> str:
        one = f'<Relationship Id="r1" Type="{office}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{package}">{one}</Relationships>'

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_rels/.rels", relation("officeDocument", "xl/workbook.xml"))
        archive.writestr(
            "xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/sheet1.xml")
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr("xl/worksheets/sheet1.xml", content)
    return file.getvalue()


def spreadsheet(content: bytes) -> bytes:
    """An OpenDocument spreadsheet with that content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return file.getvalue()


def old() -> bytes:
    """A small workbook as Excel wrote it until 2003."""
    import xlwt

    book, file = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("A")
    for row in range(4):
        sheet.write(row, 0, "Ada" * row)
        sheet.write(row, 1, row + 0.5)
    sheet.merge(5, 6, 0, 0)
    sheet.row(1).hidden = sheet.col(1).hidden = True
    book.save(file)
    return file.getvalue()


SAMPLES: Mapping[str, tuple[bytes, str, Callable[[bytes], bytes]]] = {
    "delimited": (CSV, "x.csv", bytes),
    "vcard": (VCARD, "x.vcf", bytes),
    "jsonl": (JSON, "x.jsonl", bytes),
    "workbook": (sheet(), "x.xlsx", workbook),
    "workbook-old": (old(), "x.xls", bytes),
    "webpage": (HTML, "x.htm", bytes),
    "spreadsheetml": (XML, "x.xls", bytes),
    "opendocument": (ODS, "x.ods", spreadsheet),
}
"""Of each reader: what is damaged, the name of the file, and what makes a file of it."""


class Broken(AssertionError):
    """A reader did not keep its promise."""


def check(kind: str, path: Path) -> int:
    """Read the file and hold the reader to its promises; how many items came."""
    reader: readers.Reader = import_module(f"mailroom.readers.{kind.partition('-')[0]}")
    begun, count, line = time.perf_counter(), 0, 0
    try:
        reader.identify(path)
        for item in (*reader.notes(path), *reader.rows(path)):
            count += 1
            if isinstance(item, Finding):
                _require(bool(item.rule and item.message and item.where), f"half said: {item}")
                str(item).encode()
                continue
            # By its name, since atheris loads the class a second time.
            _require(type(item).__name__ == "Row", f"neither row nor finding: {item!r}")
            _require(item.line >= line, f"line {item.line} after {line}")
            line = item.line
            for cell in item.cells:
                _require(isinstance(cell, str) and "\0" not in cell, f"no text: {cell!r}")
                cell.encode()  # halves of characters cannot be
    except InputError as error:
        _require(bool(error.where and error.hint), f"refused without a word: {error}")
    took = time.perf_counter() - begun
    _require(took < LONGEST, f"took {took:.1f} seconds")
    return count


def _require(kept: bool, message: str) -> None:
    if not kept:
        raise Broken(message)


def damaged(sample: bytes, words: tuple[bytes, ...], chance: random.Random) -> bytes:
    """The sample after some cuts, doublings, odd bytes and words."""
    content = bytearray(sample)
    for _ in range(chance.randint(1, 12)):
        at = chance.randint(0, len(content))
        to = min(len(content), at + chance.choice((1, 2, 8, 60)))
        match chance.randrange(5):
            case 0:
                del content[at:to]
            case 1:
                content[at:at] = content[at:to] * chance.choice((1, 2, 50))
            case 2:
                content[at:to] = chance.randbytes(to - at)
            case _:
                content[at:at] = chance.choice(words)
    return bytes(content[: chance.choice((MOST, MOST, MOST * 64))])


def at_random(kind: str, seconds: float, seed: int, folder: Path) -> tuple[int, int]:
    """Damage for so long; how many files were read, and how many broke a promise."""
    sample, name, wrapped = SAMPLES[kind]
    chance, until, files, broken = random.Random(seed), time.monotonic() + seconds, 0, 0
    path = folder / name
    while time.monotonic() < until:
        content = wrapped(damaged(sample, WORDS[kind], chance))
        if files % 4 == 3:  # and now and then the file itself, with what is round the sample
            content = damaged(content, WORDS[kind], chance)
        path.write_bytes(content)
        files += 1
        try:
            check(kind, path)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            broken += 1
            kept = Path(f"fuzz-{kind}-{seed}-{files}{path.suffix}")
            kept.write_bytes(content)
            print(f"{kept}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
    return files, broken


def guided(kind: str, seconds: float, folder: Path) -> None:
    """The same with atheris, which stops at the first fault and prints what it has done."""
    import atheris

    _, name, wrapped = SAMPLES[kind]
    with atheris.instrument_imports(include=["mailroom.readers"], enable_loader_override=False):
        for module in list(sys.modules):
            if module.startswith("mailroom.readers"):
                del sys.modules[module]
        import_module(f"mailroom.readers.{kind.partition('-')[0]}")
    path, corpus = folder / name, folder / "corpus"
    corpus.mkdir()
    (corpus / "sample").write_bytes(SAMPLES[kind][0])
    words = folder / "words"
    words.write_text(
        "".join('"' + "".join(f"\\x{b:02x}" for b in w[:60]) + '"\n' for w in WORDS[kind])
    )

    def once(content: bytes) -> None:
        path.write_bytes(wrapped(content))
        check(kind, path)

    limits = [f"-max_total_time={seconds:.0f}", f"-max_len={MOST}", "-rss_limit_mb=1024"]
    limits += [f"-timeout={2 * LONGEST:.0f}", f"-dict={words}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], once)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=SAMPLES)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", action="store_true")
    parser.add_argument("--again", type=Path)
    given = parser.parse_args()
    if given.again:
        print(f"{check(given.kind, given.again)} items")
        return
    with tempfile.TemporaryDirectory() as folder:
        if given.guided:
            guided(given.kind, given.seconds, Path(folder))
            return
        files, broken = at_random(given.kind, given.seconds, given.seed, Path(folder))
    print(f"{given.kind}: {files:,} files read, {broken} broke a promise")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
