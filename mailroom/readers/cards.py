"""The cards of a vCard file, and in each its properties: content lines as they may be written.

RFC 6350, 3.2 and 3.3, RFC 2426 and the vCard 2.1 specification of versit; folded lines, broken
folding, quoted-printable with soft line breaks, cards within cards.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from mailroom.model import Finding, Severity
from mailroom.readers.text import UNREAD, Text

#: Characters in one card, without its pictures.
MAX_CARD = 1 << 20

_FRAME = re.compile(r"\s*(BEGIN|END)\s*:\s*VCARD\s*\Z", re.IGNORECASE)
_HEAD = re.compile(
    r'(?:(?P<group>[\w-]+)\.)?(?P<name>[A-Za-z][\w-]*)(?P<parameters>(?:;(?:[^":]|"[^"]*")*)?):'
)
_PARAMETER = re.compile(r'(?:[^;"]|"[^"]*")+')
#: Of the codecs of Python those that a vCard may name; punycode takes an hour for a megabyte.
_CHARSET = re.compile(
    r"utf-?8|us-ascii|(iso-8859|windows|cp|ibm|koi8|shift|euc|big5|gb|mac|iso-2022)[\w-]*",
    re.IGNORECASE,
)
_FOLDED_AT = 70  #: characters; a line that long without a proper end has been folded
_QUOTED = frozenset({"QUOTED-PRINTABLE", "Q"})
_BASE64 = frozenset({"BASE64", "B"})
#: Not text, or nothing that a letter needs; AGENT may hold a card within the card.
_PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT", "VERSION", "PRODID"})
#: What may stand before a colon, beside X-; another word there is text that was folded badly.
_KNOWN = frozenset(
    {
        "ADR", "AGENT", "ANNIVERSARY", "BDAY", "BIRTHPLACE", "CALADRURI", "CALURI",
        "CATEGORIES", "CLASS", "CLIENTPIDMAP", "CONTACT-URI", "CREATED", "DEATHDATE",
        "DEATHPLACE", "EMAIL", "EXPERTISE", "FBURL", "FN", "GENDER", "GEO", "GRAMGENDER",
        "HOBBY", "IMPP", "INTEREST", "KEY", "KIND", "LABEL", "LANG", "LANGUAGE", "LOGO",
        "MAILER", "MEMBER", "N", "NAME", "NICKNAME", "NOTE", "ORG", "ORG-DIRECTORY", "PHOTO",
        "PRODID", "PROFILE", "PRONOUNS", "RELATED", "REV", "ROLE", "SOCIALPROFILE",
        "SORT-STRING", "SOUND", "SOURCE", "TEL", "TITLE", "TZ", "UID", "URL", "VERSION", "XML"
    }
)  # fmt: skip
_ROOM = 64  #: characters that a line counts for, however short


@dataclass(slots=True)
class Property:
    """One content line, as it grows over its folded lines."""

    name: str
    group: str
    types: tuple[str, ...]  #: in lower case
    parameters: Mapping[str, str]
    parts: list[str]

    @property
    def kept(self) -> bool:
        return self.name not in _PASSED_OVER

    @property
    def is_soft(self) -> bool:
        """Whether the line ends with the soft line break of quoted-printable."""
        encoded = self.parameters.get("ENCODING", "").upper() in _QUOTED
        return encoded and bool(self.parts) and self.parts[-1].endswith("=")

    @property
    def value(self) -> str:
        """The whole value, decoded, with its escapes."""
        encoding = self.parameters.get("ENCODING", "").upper()
        charset = self.parameters.get("CHARSET", "")
        charset = charset if _CHARSET.fullmatch(charset) else ""
        text = "".join(self.parts)
        try:
            if encoding in _QUOTED:
                text = _decoded(quopri.decodestring(text.encode()), charset)
            elif encoding in _BASE64:
                text = _decoded(base64.b64decode(text), charset)
            elif charset and not text.isascii():
                # A line that is not UTF-8 has been read as Windows-1252.
                text = text.encode("cp1252").decode(charset)
        except (UnicodeError, LookupError):
            pass  # as it stands in the file
        except ValueError:  # no Base64
            return ""
        return text.replace(UNREAD, "")

    @property
    def preference(self) -> int:
        """RFC 6350, 5.3: 1 is preferred, 100 is not; the older TYPE=pref is as good as 1."""
        if "pref" in self.types:
            return 1
        preference = self.parameters.get("PREF", "")
        return int(preference) if re.fullmatch(r"\d{1,3}", preference, re.ASCII) else 101


@dataclass(slots=True)
class Card:
    """What stands between BEGIN:VCARD and END:VCARD; `line` is that of the former."""

    line: int
    properties: list[Property] = field(default_factory=list)  #: those that are kept
    last: Property | None = None
    size: int = 0
    nested: int = 0  #: cards within the card, which are passed over
    broken: int = 0  #: the first line that is no content line, else 0


def _decoded(data: bytes, charset: str) -> str:
    for codec in filter(None, (charset, "utf-8")):
        with suppress(UnicodeError, LookupError):
            return data.decode(codec)
    return data.decode("cp1252", "replace")


def cards_of(text: Text) -> Iterator[Card | Finding]:
    """Each card of the file; what is none is a Finding."""
    card: Card | None = None
    number, outside = 0, False
    for block in text.blocks():
        for number, physical in enumerate(block, text.lines - len(block) + 1):
            line = physical.rstrip("\r\n")
            frame = _FRAME.match(line)
            if frame is None:
                if card is not None:
                    _take(card, line, number)
                elif line.strip() and not outside:
                    outside = True
                    yield broken_card(text.name, number, "this stands outside of any card")
                continue
            begins = frame[1].upper() == "BEGIN"
            if card is None or (begins and not _holds_another(card)):
                if card is not None:
                    yield broken_card(text.name, card.line, "the card has no END:VCARD")
                elif not begins:
                    yield broken_card(text.name, number, "a card ends here that has not begun")
                card, outside = Card(number) if begins else None, False
            elif begins:
                card.nested += 1
            elif card.nested:
                card.nested -= 1
            else:
                yield from _finished(text.name, card)
                card = None
    if card is not None:
        yield broken_card(text.name, card.line, "the file ends within this card")


def _holds_another(card: Card) -> bool:
    """Whether a card that begins here belongs to an AGENT of this one (vCard 2.1)."""
    return card.nested > 0 or (card.last is not None and card.last.name == "AGENT")


def _finished(name: str, card: Card) -> Iterator[Card | Finding]:
    if card.size > MAX_CARD:
        yield broken_card(name, card.line, f"the card is longer than {MAX_CARD:,} characters")
        return
    if card.broken:
        yield broken_card(
            name,
            card.broken,
            "this line is no property of a card, so it was added to the one before it",
            Severity.WARNING,
        )
    yield card


def _take(card: Card, line: str, number: int) -> None:
    """One physical line: a property, or more of the last one."""
    last = card.last
    line = line.replace(UNREAD, "")
    if card.nested or not line:
        return
    if last is not None and (line[0] in " \t" or last.is_soft):
        if last.is_soft:
            last.parts[-1] = last.parts[-1][:-1]
            _add(card, last, line)
        else:
            _add(card, last, line[1:])
        return
    head = _HEAD.match(line)
    name = head["name"].upper() if head else ""
    if head is None or not (name in _KNOWN or name.startswith("X-")):
        if last is not None and line.strip():
            if last.kept:  # the lines of a picture may well have lost their blank
                card.broken = card.broken or number
            folded = bool(last.parts) and len(last.parts[-1]) >= _FOLDED_AT
            _add(card, last, line if folded else f"\\n{line}")
        elif line.strip():
            card.broken = card.broken or number
        return
    types, parameters = _parameters(head["parameters"])
    found = Property(name, (head["group"] or "").casefold(), types, parameters, [])
    card.last = found
    card.size += head.end() if found.kept else 0
    if _add(card, found, line[head.end() :]):
        card.properties.append(found)


def _add(card: Card, to: Property, text: str) -> bool:
    """Whether it was kept: of a card without end only the beginning is."""
    card.size += len(text) + _ROOM if to.kept else 0
    if keep := to.kept and card.size <= MAX_CARD:
        to.parts.append(text)
    return keep


def _parameters(text: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The types, and the other parameters by name; a bare word is a type or an encoding (2.1)."""
    types: list[str] = []
    others: dict[str, str] = {}
    for parameter in _PARAMETER.findall(text):
        name, sign, value = parameter.partition("=")
        name, value = name.strip().upper(), value.replace('"', "").strip()
        if not sign:
            name, value = ("ENCODING" if name in _QUOTED | _BASE64 else "TYPE"), name
        if name == "TYPE":
            types += [word.strip().casefold() for word in value.split(",")]
        else:
            others.setdefault(name, value)
    return tuple(dict.fromkeys(filter(None, types))), others


def broken_card(name: str, line: int, message: str, severity: Severity = Severity.ERROR) -> Finding:
    """A Finding about one card of the file of that name."""
    return Finding(
        rule="broken-card",
        severity=severity,
        message=message,
        where=f"{name}:{line}",
        hint="" if severity is Severity.NOTE else "export the contacts again, or mend the card",
    )
