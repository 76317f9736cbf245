"""The lines of a text file in blocks, whatever its encoding; none is lost without a word.

The encoding is never guessed from what the letters look like: a byte order mark decides, or the
zero bytes that UTF-16 and UTF-32 put beside every ASCII letter. Else a line is UTF-8, or, where
it cannot be, what a word of the header is written in that no other encoding spells so, or
Windows-1252, and then we say so. Guessing turned "Muñoz" into "Muńoz" in print.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from mailroom.errors import InputError
from mailroom.model import Finding, Severity

#: Bytes in one line. The widest real export seen has some 20,000.
MAX_LINE = 1 << 20
#: Stands in a line for what could not be read. A line that is too long to be held is only that,
#: after a quotation mark if it had an odd number of them, so that a cell that opens stays open.
UNREAD = "\0"

_CHUNK = 1 << 17
_SAMPLE = 1 << 12
#: UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Where in a unit the zero bytes of a Latin letter stand.
_ZEROS = (
    ("utf-32-le", 4, (1, 2, 3)),
    ("utf-32-be", 4, (0, 1, 2)),
    ("utf-16-le", 2, (1,)),
    ("utf-16-be", 2, (0,)),
)
_FOREIGN = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a compressed file",
    b"BZh": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"SQLite format 3": "a database",
    b"!BDN": "an Outlook data file",
    b"{\\rtf": "a text document (RTF)",
    b"<?xml": "an XML file",
}
#: What offices elsewhere save as CSV, and words of headers that tell it.
_TELLING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cp1250": ("Windows-1250", ("Imię", "Miejscowość", "Służbowy", "Příjmení", "Město",
               "PSČ", "Číslo", "Judeţ")),
    "cp1251": ("Windows-1251", ("Имя", "Фамилия", "Адрес", "Город", "Индекс", "Улица")),
    "cp1253": ("Windows-1253", ("Όνομα", "Επώνυμο", "Διεύθυνση", "Πόλη", "Οδός")),
    "cp932": ("Shift JIS", ("氏名", "郵便番号", "住所", "姓,名", "都道府県", "会社名", "お名前")),
    "cp949": ("Korean (EUC-KR)", ("이름", "성명", "주소", "우편번호")),
    "gb18030": ("Chinese (GB 18030)", ("姓名", "地址", "邮编", "公司")),
}  # fmt: skip
_MOST_NAMED = 5  #: line numbers in a message
_SINGLE_BYTES = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}
_NO_TEXT = frozenset(map(chr, {*range(1, 32)} - {8, 9, 10, 11, 12, 13, 26, 27}))


class Text:
    """A text file, read once from front to end; `findings` is about what has been read."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.lines = 0  #: handed out so far
        self._path = path
        self._foreign: list[int] = []  #: the first lines that are not UTF-8
        self._foreign_count = 0
        self._in_neither = 0  #: of those, the lines that are not Windows-1252 either
        self._has_unicode = False
        self._codec = "cp1252"  #: of lines that are not UTF-8

    def blocks(self) -> Iterator[list[str]]:
        """Some hundred lines at a time, with their ends; InputError where it is no text at all."""
        for data in _whole_lines(_utf8(self._path)):
            if self.lines == 0:
                self._codec = _told_by(data[:_SAMPLE])
            text = self._decode(data)
            if "\ufeff" in text:  # at the start, or where two files were put together
                text = text.removeprefix("\ufeff").replace("\n\ufeff", "\n")
            if self.lines == 0:
                _check_is_text(self.name, text)
            block = io.StringIO(text, newline="").readlines()
            self.lines += len(block)
            yield block

    def findings(self) -> Iterator[Finding]:
        """What the encoding was, where a person should look at the accents."""
        if not self._foreign:
            return
        if self._in_neither:
            yield Finding(
                rule="not-unicode",
                severity=Severity.WARNING,
                message=f"{self._foreign_count:,} lines are not UTF-8, and {self._in_neither:,} of "
                f"them not {self._read_as} either: their letters are wrong",
                where=f"{self.name}:{self._foreign[0]}",
                hint="save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and read it again",
            )
        elif not self._has_unicode:
            yield Finding(
                rule="not-unicode",
                severity=Severity.NOTE,
                message=f"not UTF-8, so it was read as {self._read_as}",
                where=self.name,
                hint="look at the names with accents; if one is wrong, export as CSV UTF-8",
            )
        else:
            yield self._mixed()

    def _mixed(self) -> Finding:
        some = ", ".join(map(str, self._foreign))
        more = self._foreign_count > len(self._foreign)
        count = f"{self._foreign_count:,} lines are" if self._foreign_count > 1 else "one line is"
        return Finding(
            rule="mixed-encoding",
            severity=Severity.WARNING,
            message=f"{count} not UTF-8 like the others, so read as {self._read_as}: "
            f"line {some}{' and more' if more else ''}",
            where=f"{self.name}:{self._foreign[0]}",
            hint="look at the accents there; were two files put together?",
        )

    @property
    def _read_as(self) -> str:
        return _TELLING.get(self._codec, ("Windows-1252",))[0]

    def _decode(self, data: bytes) -> str:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return "".join(
                self._decode_line(line, number)
                for number, line in enumerate(data.splitlines(keepends=True), self.lines + 1)
            )
        self._has_unicode = self._has_unicode or not text.isascii()
        return text

    def _decode_line(self, line: bytes, number: int) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._foreign_count += 1
            if len(self._foreign) < _MOST_NAMED:
                self._foreign.append(number)
            text = line.decode(self._codec, "replace")
            self._in_neither += "\ufffd" in text
            return text
        self._has_unicode = self._has_unicode or not text.isascii()
        return text


def encoding_of(path: Path) -> str:
    """The codec of the file by its first bytes: "utf-8", or the one with wider units."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for magic, kind in _FOREIGN.items():
        if start.lstrip()[: len(magic)].lower() == magic.lower():
            hint = "export the contacts as CSV (UTF-8) or as .xlsx"
            raise InputError(f"this is {kind}, not a list of contacts", where=path.name, hint=hint)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return codec
    for codec, unit, zeros in _ZEROS:
        others = set(range(unit)) - set(zeros)
        if all(_zeros(start, unit, place) > 0.6 for place in zeros) and all(
            _zeros(start, unit, place) < 0.2 for place in others
        ):
            return codec
    return "utf-8"


def characters(path: Path) -> Iterator[str]:
    """The file's text in pieces that heed no lines; single bytes that are not UTF-8 as cp1252."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    for data in _utf8(path):
        text = decoder.decode(data)
        yield text if text.isascii() else text.translate(_SINGLE_BYTES)
    yield decoder.decode(b"", final=True).translate(_SINGLE_BYTES)


def _told_by(start: bytes) -> str:
    """The codec in which a telling word stands at the file's beginning, else Windows-1252."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        for codec, (_, words) in _TELLING.items():
            if any(word.encode(codec) in start for word in words):
                return codec
    return "cp1252"


def _zeros(start: bytes, unit: int, place: int) -> float:
    """The share of zeros at one place of each unit of some bytes."""
    column = start[place::unit]
    return column.count(0) / max(len(column), 1)


def _utf8(path: Path) -> Iterator[bytes]:
    """The file's bytes in pieces, as UTF-8 if it is in UTF-16 or UTF-32."""
    codec = encoding_of(path)
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(_CHUNK), b"")
        if codec == "utf-8":
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        for chunk in chunks:
            yield decoder.decode(chunk).replace("\ufffd", UNREAD).encode()
        yield decoder.decode(b"", final=True).replace("\ufffd", UNREAD).encode()


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line does; what stands for a line too long to be held is UNREAD."""
    rest, too_long, quotes = b"", False, 0
    for chunk in chunks:
        data = rest + chunk
        if too_long:
            end = _first_end(data)
            quotes += data.count(b'"', 0, end)
            if end == len(data):
                rest = b""
                continue
            data, too_long = _unread(quotes) + data[end:], False
        # A carriage return at the very end may be half of a line's end.
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield data[:cut]
        rest = data[cut:]
        if len(rest) > MAX_LINE:
            rest, too_long, quotes = b"", True, rest.count(b'"')
    rest = _unread(quotes) if too_long else rest.rstrip(b"\x1a")  # the end of file of old systems
    if rest.strip(b"\0\x1a\r\n") or too_long:  # else only what a disk was filled up with
        yield rest


def _first_end(data: bytes) -> int:
    """Where the first line's end begins, or the length of all."""
    ends = [end for end in (data.find(b"\n"), data.find(b"\r")) if end >= 0]
    return min(ends, default=len(data))


def _unread(quotes: int) -> bytes:
    return b'"' * (quotes % 2) + UNREAD.encode()


def _check_is_text(name: str, text: str) -> None:
    """Bytes of pictures and programs have signs that no text has, a tenth of them."""
    start = text[: 1 << 16]
    if (odd := sum(map(start.count, _NO_TEXT))) > 32 and odd * 20 > len(start):
        hint = "is it the right file? Export the contacts as CSV (UTF-8) or as .xlsx"
        raise InputError("this is not text", where=name, hint=hint)
