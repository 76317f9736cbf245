"""The objects of a PDF file, written front to back: what is kept of each is eight bytes."""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate

from isal import isal_zlib

from mailroom.errors import RenderError
from mailroom.press.items import Edges, Item

_HEADER = b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"  # bytes over 127 say that it is no text
_PACKED = 128  # objects in an object stream
_BUFFER = 1 << 18
_LEVEL = 3  # isal's best
_IRREGULAR = re.compile(rb"[^!-~]|[#%()/<>\[\]{}]")

# An entry of the cross-reference stream (ISO 32000-1, 7.5.8.3) as one number: its type in the
# first byte, then five bytes of offset or object stream, then two of generation or index.
_FREE = 0xFFFF
_AT = 1 << 56
_IN = 2 << 56


class Objects:
    """A PDF file being written to `write`, which takes its bytes in order.

    Streams go out at once, other objects in object streams (ISO 32000-1, 7.5.7).
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.numbers: dict[str, int] = {}  #: of items, by digest; and of fonts
        self._write = write
        self._hash = hashlib.sha256()
        self._entries = array("Q", [_FREE])
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._flushed = 0
        self._bodies: list[bytes] = []
        self._packed: list[int] = []
        self._put(_HEADER)
        self.flush()

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._entries.append(0)
        return len(self._entries) - 1

    def small(self, body: bytes, number: int = 0) -> int:
        """Write an object that is no stream; gives its number."""
        number = number or self.reserve()
        self._bodies.append(body)
        self._packed.append(number)
        if len(self._packed) == _PACKED:
            self._pack()
        return number

    def stream(self, entries: bytes, data: bytes, number: int = 0) -> int:
        """Write a stream; `entries` are those of its dictionary but /Length."""
        number = number or self.reserve()
        self._entries[number] = _AT | (self._flushed + self._buffered) << 16
        head = b"%d 0 obj\n<<%s/Length %d>>stream\n" % (number, entries, len(data))
        self._put(head, data, b"\nendstream\nendobj\n")
        return number

    def item(self, digest: str, items: Mapping[str, Item], number: int = 0) -> int:
        """Write an item and all it refers to, where they are not in the file yet."""
        known = self.numbers.get(digest)
        if known:
            return known
        item = items.get(digest)
        if item is None:
            raise RenderError(f"{digest} is drawn with, and is not in the file")
        body = self.text(item, items)
        if item.stream is None:
            number = self.small(body, number)
        else:
            number = self.stream(body[2:-2], item.stream, number)
        self.numbers[digest] = number
        return number

    def text(self, item: Item, items: Mapping[str, Item]) -> bytes:
        """The item's body with numbers for its references; they are written where need be."""
        parts = [item.body[0]]
        for ref, part in zip(item.refs, item.body[1:], strict=True):
            parts += (b"%d 0 R" % self.item(ref, items), part)
        return b"".join(parts)

    def fingerprint(self) -> bytes:
        """SHA-256 of what has been written until now."""
        self.flush()
        return self._hash.digest()

    def finish(self, catalog: int, info: int = 0) -> str:
        """Write the cross-reference stream; gives the SHA-256 of the whole file.

        The file's /ID is the digest of all that was written before.
        """
        if self._packed:
            self._pack()
        number = self.reserve()
        start = self._flushed + self._buffered
        self._entries[number] = _AT | start << 16
        widths, table = _table(self._entries, start)
        self.flush()
        mark = self._hash.hexdigest()[:32].encode()
        about = b"/Info %d 0 R" % info if info else b""
        self.stream(
            b"/Type/XRef/Size %d/W[1 %d 2]/Root %d 0 R%s/ID[<%s><%s>]/Filter/FlateDecode"
            % (len(self._entries), widths, catalog, about, mark, mark),
            isal_zlib.compress(table, _LEVEL),
            number,
        )
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)
        self.flush()
        return self._hash.hexdigest()

    def flush(self) -> None:
        """Hand over what is buffered."""
        data = b"".join(self._buffer)
        self._buffer.clear()
        self._flushed += len(data)
        self._buffered = 0
        self._hash.update(data)
        self._write(data)

    def _pack(self) -> None:
        starts = accumulate(map(len, self._bodies), lambda at, size: at + size + 1, initial=0)
        head = b" ".join(map(b"%d %d".__mod__, zip(self._packed, starts, strict=False)))
        data = isal_zlib.compress(b"%s\n%s" % (head, b"\n".join(self._bodies)), _LEVEL)
        entries = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode"
        number = self.stream(entries % (len(self._packed), len(head) + 1), data)
        for index, packed in enumerate(self._packed):
            self._entries[packed] = _IN | number << 16 | index
        self._bodies.clear()
        self._packed.clear()

    def _put(self, *parts: bytes) -> None:
        self._buffer += parts
        self._buffered += sum(map(len, parts))
        if self._buffered >= _BUFFER:
            self.flush()


def _table(entries: array[int], largest: int) -> tuple[int, bytearray]:
    """The width of the second field, and the entries as bytes, most significant first."""
    swapped = entries[:]
    if sys.byteorder == "little":
        swapped.byteswap()
    raw = memoryview(swapped).cast("B")
    width = (max(largest, len(entries)).bit_length() + 7) // 8
    columns = (0, *range(6 - width, 8))
    table = bytearray(len(entries) * len(columns))
    for place, column in enumerate(columns):
        table[place :: len(columns)] = raw[column::8].tobytes()
    return width, table


def references(numbers: Iterable[int]) -> bytes:
    """`1 0 R 2 0 R`."""
    return b" ".join([b"%d 0 R" % number for number in numbers])


def number_text(value: float) -> bytes:
    """A number without exponent and superfluous zeros, to a ten-thousandth of a point."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return (text if text != "-0" else "0").encode()


def box_text(box: Edges) -> bytes:
    """A rectangle as an array."""
    return b"[%s]" % b" ".join(map(number_text, box))


def name_text(name: str) -> bytes:
    """A name (ISO 32000-1, 7.3.5), with its slash."""
    return b"/" + _IRREGULAR.sub(lambda match: b"#%02X" % ord(match[0]), name.encode())


def string_text(text: str) -> bytes:
    """A text string (ISO 32000-1, 7.9.2.2): as it is where it is plain ASCII, else UTF-16."""
    plain = text.isascii() and text.isprintable()
    if plain and "(" not in text and ")" not in text and "\\" not in text:
        return b"(%s)" % text.encode()
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().upper().encode()
