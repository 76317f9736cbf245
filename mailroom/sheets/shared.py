"""Art stored once: what is equal in many pages, files and fonts becomes one object.

Objects are copied from the bottom up, so two of them are equal exactly when their own
text (with references already pointing at shared objects) and their bytes are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from mailroom.errors import RenderError

#: Art smaller than this (bytes of drawing operators) costs less written twice than named.
SMALLEST_ART = 2048

_CATEGORIES = (
    "/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/Properties", "/Shading", "/XObject",
)  # fmt: skip
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_BRACKET = re.compile(rb"^(q|Q|BT)\n", re.MULTILINE)
#: Strings, comments, marked content, inline images: lines in them may look like operators.
_UNSAFE = (b"(", b"%", b"BMC\n", b"BDC\n", b"\nBI", b" BI")
#: A pattern is anchored to the stream it is used in (ISO 32000-1, 8.7.3.1), so it must stay.
_ANCHORED = b"/Pattern"
#: Hoisted art is drawn in whatever coordinates hold where it stood; the page clips it.
_EVERYWHERE = (-30000, -30000, 30000, 30000)


@dataclass(kw_only=True)
class OpenFile:
    """An open PDF, and what has been copied out of it already."""

    pdf: pikepdf.Pdf
    copied: dict[tuple[int, int], Any] = field(default_factory=dict)
    forms: dict[tuple[int, int], Any] = field(default_factory=dict)


class Shared:
    """The objects of `target`, each there once."""

    def __init__(self, target: pikepdf.Pdf) -> None:
        self._target = target
        self._known: dict[bytes, Any] = {}

    def form(self, page: pikepdf.Page, source: OpenFile) -> Any:
        """The page as a form XObject in its own coordinates, cut at its MediaBox."""
        contents = page.obj.get("/Contents")
        same = contents.objgen if isinstance(contents, pikepdf.Stream) else page.obj.objgen
        if same not in source.forms:
            source.forms[same] = self._form_of_page(page, source)
        return source.forms[same]

    def _form_of_page(self, page: pikepdf.Page, source: OpenFile) -> Any:
        content = _content(page.obj)
        resources = page.obj.get("/Resources", page.resources)
        rest, arts = hoist(content)
        used = self._resources(resources, rest, source)
        hoisted = {
            art_name(number): self._art(art, resources, source) for number, art in enumerate(arts)
        }
        if hoisted:
            used.XObject = Dictionary({**used.get("/XObject", {}), **hoisted})
        header = _header(page.mediabox, used)
        if "/Group" in page.obj:
            header.Group = self.copy(page.obj.Group, source)
        return self.stream(rest, header)

    def _art(self, art: bytes, resources: Any, source: OpenFile) -> Any:
        return self.stream(art, _header(_EVERYWHERE, self._resources(resources, art, source)))

    def _resources(self, resources: Any, content: bytes, source: OpenFile) -> Any:
        """Of the page's resources, those that `content` names: chunks differ in the rest."""
        names = {_unescape(name) for name in set(_NAME.findall(content))}
        used = Dictionary()
        for category in _CATEGORIES:
            entries = resources.get(category)
            kept = {k: v for k, v in entries.items() if k[1:] in names} if entries else {}
            if kept:
                used[category] = Dictionary(
                    {name: self.copy(value, source) for name, value in kept.items()}
                )
        return used

    def copy(self, value: Any, source: OpenFile) -> Any:
        """`value`, and all it refers to, as objects of the target."""
        if not isinstance(value, pikepdf.Object):
            return value
        if not value.is_indirect:
            return self._rebuilt(value, source)
        seen = source.copied
        if value.objgen not in seen:
            seen[value.objgen] = None
            seen[value.objgen] = self._shared(value, source)
        if seen[value.objgen] is None:
            raise RenderError("the resources of a page refer to themselves")
        return seen[value.objgen]

    def _shared(self, value: Any, source: OpenFile) -> Any:
        if isinstance(value, pikepdf.Stream):
            own = {key: item for key, item in value.stream_dict.items() if key != "/Length"}
            header = Dictionary({key: self.copy(item, source) for key, item in own.items()})
            return self.stream(value.read_raw_bytes(), header)
        rebuilt = self._rebuilt(value, source)
        if not isinstance(rebuilt, (Dictionary, Array)):
            return rebuilt
        key = hashlib.sha256(b"object\0" + rebuilt.unparse()).digest()
        if key not in self._known:
            self._known[key] = self._target.make_indirect(rebuilt)
        return self._known[key]

    def _rebuilt(self, value: Any, source: OpenFile) -> Any:
        if isinstance(value, Dictionary):
            return Dictionary({key: self.copy(item, source) for key, item in value.items()})
        if isinstance(value, Array):
            return Array([self.copy(item, source) for item in value])
        return pikepdf.Object.parse(value.unparse())  # a name or string that no PDF owns

    def fingerprint(self, labels: Iterable[str]) -> bytes:
        """SHA-256 of all that has been put in, and of the labels of the pages it is on."""
        return hashlib.sha256(b"".join([*self._known, *map(str.encode, labels)])).digest()

    def stream(self, data: bytes, header: Any) -> Any:
        """A stream of the target; `data` is as the header's /Filter says."""
        text = hashlib.sha256(data).digest() + header.unparse()
        key = hashlib.sha256(b"stream\0" + text).digest()
        if key not in self._known:
            made = self._target.make_stream(b"")
            filters, parms = header.get("/Filter"), header.get("/DecodeParms")
            for name, item in header.items():
                made[name] = item
            made.write(data, filter=filters, decode_parms=parms)
            self._known[key] = made
        return self._known[key]


def _header(box: Iterable[Any], resources: Any) -> Any:
    return Dictionary(
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([round(float(edge), 4) for edge in box]),
        Resources=resources,
    )


def art_name(number: int) -> str:
    """The name under which a page's content draws its n-th piece of hoisted art."""
    return f"/MailroomArt{number}"


def hoist(content: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Take the large textless groups out of a page's content, as streams of their own.

    A page with a name on it differs from person to person; the picture beside the name
    does not. WeasyPrint draws both into one stream, one operator a line, every element
    between `q` and `Q`, so a group can be drawn by `Do`, which saves and restores as well.
    Content that may be read otherwise stays whole.
    """
    groups = [] if any(mark in content for mark in _UNSAFE) else _textless_groups(content)
    rest: list[bytes] = []
    arts: list[bytes] = []
    at = 0
    for start, end in groups:
        art = content[start:end]
        if end - start < SMALLEST_ART or _ANCHORED in art:
            continue
        rest += [content[at:start], f"{art_name(len(arts))} Do\n".encode()]
        arts.append(art)
        at = end
    return b"".join([*rest, content[at:]]), tuple(arts)


def _textless_groups(content: bytes) -> list[tuple[int, int]]:
    """The outermost `q ... Q` without text, in order; none where they do not pair up."""
    groups: list[tuple[int, int]] = []
    starts: list[int] = []
    last_text = -1
    for bracket in _BRACKET.finditer(content):
        if bracket[1] == b"BT":
            last_text = bracket.start()
        elif bracket[1] == b"q":
            starts.append(bracket.start())
        elif not starts:
            return []
        elif (start := starts.pop()) > last_text:
            while groups and groups[-1][0] > start:
                groups.pop()
            groups.append((start, bracket.end()))
    return [] if starts else groups


def _content(page: Any) -> bytes:
    """All the page's operators; ISO 32000-1, 7.8.2 parts the streams of an array by space."""
    contents = page.get("/Contents")
    if contents is None:
        return b""
    streams = [contents] if isinstance(contents, pikepdf.Stream) else list(contents)
    return b"".join(stream.read_bytes().rstrip(b"\n") + b"\n" for stream in streams)


def _unescape(name: bytes) -> str:
    plain = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), name)
    return plain.decode("utf-8", "replace")
