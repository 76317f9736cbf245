"""Messages of the Internet Printing Protocol 2.0: bytes to values and back (RFC 8010).

Every value keeps its tag, so that what is decoded can be encoded again unchanged, values
of a syntax we have never heard of included. Nothing here talks to a printer; `ippclient`
does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from mailroom.errors import ProviderError

VERSION = (2, 0)
MAX_DEPTH = 16
"""Collections within collections; media-col needs two. Deeper is an attack or noise."""


class Group(IntEnum):
    """Delimiter tags: what the attributes after them are about (RFC 8010, 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags: the syntax of a value (RFC 8010, 3.5.2)."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, number: int) -> bool:
        return self.low <= number <= self.high


@dataclass(frozen=True, slots=True)
class Resolution:
    """Dots across and along the feed; `units` is 3 for an inch, 4 for a centimetre."""

    across: int
    feed: int
    units: int = 3


@dataclass(frozen=True, slots=True)
class Localized:
    """A text or name with its language."""

    language: str
    text: str


Content: TypeAlias = "int | bool | str | bytes | Range | Resolution | Localized | Attributes | None"


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its tag; None for the out-of-band values such as `no-value`."""

    tag: int
    content: Content = None


@dataclass(frozen=True, slots=True)
class Attributes(Mapping[str, tuple[Value, ...]]):
    """Attributes by name; each has one or more values (1setOf)."""

    values_of: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[Value, ...]:
        return self.values_of[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)

    def contents(self, name: str) -> tuple[Content, ...]:
        """Every value's content; empty where the attribute is missing."""
        return tuple(value.content for value in self.get(name, ()))

    def texts(self, name: str) -> tuple[str, ...]:
        """The values that are words, whatever their tag."""
        contents = (c.text if isinstance(c, Localized) else c for c in self.contents(name))
        return tuple(c for c in contents if isinstance(c, str))

    def text(self, name: str) -> str:
        """The first word, or an empty one."""
        return next(iter(self.texts(name)), "")

    def integers(self, name: str) -> tuple[int, ...]:
        """The values that are numbers or enums."""
        return tuple(c for c in self.contents(name) if isinstance(c, int))

    def integer(self, name: str, default: int = 0) -> int:
        """The first number."""
        return next(iter(self.integers(name)), default)

    def ranges(self, name: str) -> tuple[Range, ...]:
        """The values as ranges; a single number is a range of one."""
        numbers = (Range(c, c) if isinstance(c, int) else c for c in self.contents(name))
        return tuple(c for c in numbers if isinstance(c, Range))

    def collections(self, name: str) -> tuple[Attributes, ...]:
        """The values that are collections."""
        return tuple(c for c in self.contents(name) if isinstance(c, Attributes))


Values: TypeAlias = "Mapping[str, Value | Sequence[Value]]"
"""Attributes as one writes them: a single value, or several."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request (`code` is its operation) or a reply (`code` is its status)."""

    code: int
    request_id: int
    groups: tuple[tuple[int, Attributes], ...] = ()
    version: tuple[int, int] = VERSION

    def group(self, tag: int) -> Attributes:
        """The first group with that tag, or an empty one."""
        return next((found for kind, found in self.groups if kind == tag), Attributes())

    def all(self, tag: int) -> tuple[Attributes, ...]:
        """Every group with that tag, such as the jobs of a Get-Jobs reply."""
        return tuple(found for kind, found in self.groups if kind == tag)


# --- values by hand -----------------------------------------------------------------------


def attributes(values: Values) -> Attributes:
    """Attributes from single values and sequences of them."""
    listed = {k: (v,) if isinstance(v, Value) else tuple(v) for k, v in values.items()}
    return Attributes({name: given for name, given in listed.items() if given})


def integer(number: int) -> Value:
    """A number of 32 bits."""
    return Value(Tag.INTEGER, number)


def boolean(truth: bool) -> Value:
    """Yes or no."""
    return Value(Tag.BOOLEAN, truth)


def enum(number: int) -> Value:
    """One of a standard's numbered choices."""
    return Value(Tag.ENUM, number)


def keyword(word: str) -> Value:
    """One of a standard's words."""
    return Value(Tag.KEYWORD, word)


def keywords(*words: str) -> tuple[Value, ...]:
    """Several of them."""
    return tuple(keyword(word) for word in words)


def name(text: str) -> Value:
    """What people call a thing."""
    return Value(Tag.NAME, text)


def uri(address: str) -> Value:
    """An address."""
    return Value(Tag.URI, address)


def collection(values: Values) -> Value:
    """Attributes as a value of their own, such as media-col."""
    return Value(Tag.BEGIN_COLLECTION, attributes(values))


# --- encoding -----------------------------------------------------------------------------


def encode(message: Message) -> bytes:
    """The message as bytes; a document may follow them.

    ValueError for a value that does not fit, such as a text of more than 32,767 octets.
    """
    out = bytearray(struct.pack(">BBHI", *message.version, message.code, message.request_id))
    for tag, group in message.groups:
        out.append(tag)
        for attribute, values in group.items():
            for position, value in enumerate(values):
                _put(out, value, attribute if position == 0 else "")
    out.append(Group.END)
    return bytes(out)


def _put(out: bytearray, value: Value, attribute: str) -> None:
    if not isinstance(value.content, Attributes):
        _put_field(out, value.tag, attribute, _to_bytes(value))
        return
    _put_field(out, Tag.BEGIN_COLLECTION, attribute, b"")
    for member, values in value.content.items():
        _put_field(out, Tag.MEMBER_NAME, "", member.encode())
        for each in values:
            _put(out, each, "")
    _put_field(out, Tag.END_COLLECTION, "", b"")


def _put_field(out: bytearray, tag: int, attribute: str, data: bytes) -> None:
    label = attribute.encode()
    if max(len(label), len(data)) > 0x7FFF:
        raise ValueError(f"{attribute or 'a value'} is longer than IPP allows (32,767 octets)")
    out += struct.pack(">BH", tag, len(label)) + label + struct.pack(">H", len(data)) + data


def _to_bytes(value: Value) -> bytes:
    match value.content:
        case None:
            return b""
        case bool(truth):
            return b"\x01" if truth else b"\x00"
        case int(number):
            return _signed(number)
        case str(text):
            return text.encode()
        case Range(low, high):
            return _signed(low) + _signed(high)
        case Resolution(across, feed, units):
            return _signed(across) + _signed(feed) + struct.pack(">b", units)
        case Localized(language, text):
            parts = (language.encode(), text.encode())
            return b"".join(struct.pack(">H", len(part)) + part for part in parts)
        case bytes(octets):
            return octets
    raise ValueError(f"IPP cannot say {value.content!r}")


def _signed(number: int) -> bytes:
    try:
        return struct.pack(">i", number)
    except struct.error:
        raise ValueError(f"{number} does not fit into 32 bits") from None


# --- decoding -----------------------------------------------------------------------------


def decode(data: bytes) -> Message:
    """Read a message; what follows its end tag is a document and not looked at.

    ProviderError for anything that is cut off or no IPP. Values of unknown tags are kept
    as octets; where a printer names an attribute twice its values are joined.
    """
    reader = _Reader(data)
    major, minor, code, request_id = reader.unpack(">BBHI")
    groups: list[tuple[int, Attributes]] = []
    while (tag := reader.octet()) != Group.END:
        if tag >= Tag.UNSUPPORTED:
            raise reader.broken("a value stands outside any group")
        groups.append((tag, _group(reader)))
    return Message(code, request_id, tuple(groups), (major, minor))


class _Reader:
    """Bytes with a place in them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise self.broken("it is cut off")
        self.at, taken = end, self.data[self.at : end]
        return taken

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def octet(self) -> int:
        return self.take(1)[0]

    def peek(self) -> int:
        tag = self.octet()
        self.at -= 1
        return tag

    def field(self) -> tuple[int, str, bytes]:
        """Tag, attribute name and octets of the value at this place."""
        tag = self.octet()
        label = self.take(*self.unpack(">H"))
        return tag, _words(label), self.take(*self.unpack(">H"))

    def broken(self, what: str) -> ProviderError:
        return ProviderError(
            f"the printer's answer is not readable IPP: {what}",
            where=f"byte {self.at}",
            raw=self.data[:64].hex(),
        )


def _group(reader: _Reader) -> Attributes:
    found: dict[str, list[Value]] = {}
    current = ""
    while reader.peek() >= Tag.UNSUPPORTED:
        tag, label, data = reader.field()
        current = label or current
        if not current:
            raise reader.broken("a value has no attribute")
        found.setdefault(current, []).append(_value(reader, tag, data, 0))
    return attributes(found)


def _collection(reader: _Reader, depth: int) -> Attributes:
    if depth > MAX_DEPTH:
        raise reader.broken(f"collections are nested more than {MAX_DEPTH} deep")
    found: dict[str, list[Value]] = {}
    current = ""
    while True:
        tag, _, data = reader.field()
        if tag == Tag.END_COLLECTION:
            return attributes(found)
        if tag == Tag.MEMBER_NAME:
            current = _words(data)
        elif not current:
            raise reader.broken("a value of a collection has no name")
        else:
            found.setdefault(current, []).append(_value(reader, tag, data, depth))


def _value(reader: _Reader, tag: int, data: bytes, depth: int) -> Value:
    if tag == Tag.BEGIN_COLLECTION:
        return Value(tag, _collection(reader, depth + 1))
    try:
        return Value(tag, _from_bytes(tag, data))
    except (struct.error, ValueError):
        raise reader.broken(f"a value of tag 0x{tag:02x} has {len(data)} octets") from None


def _from_bytes(tag: int, data: bytes) -> Content:
    if tag in (Tag.INTEGER, Tag.ENUM):
        return int(struct.unpack(">i", data)[0])
    if tag == Tag.BOOLEAN:
        return bool(struct.unpack(">B", data)[0])
    if tag == Tag.RANGE:
        return Range(*struct.unpack(">ii", data))
    if tag == Tag.RESOLUTION:
        return Resolution(*struct.unpack(">iib", data))
    if tag in (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE):
        return _localized(data)
    if 0x40 <= tag <= 0x5F:
        return _words(data)
    if tag < 0x20 and not data:
        return None
    return data


def _localized(data: bytes) -> Localized:
    (length,) = struct.unpack_from(">H", data)
    language, rest = data[2 : 2 + length], data[2 + length :]
    (size,) = struct.unpack_from(">H", rest)
    if len(language) != length or len(rest) != 2 + size:
        raise ValueError("lengths do not add up")
    return Localized(_words(language), _words(rest[2:]))


def _words(data: bytes) -> str:
    """UTF-8; a stray octet becomes a replacement mark, for no name is worth a failed job."""
    return data.decode(errors="replace")
