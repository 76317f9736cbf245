"""The white space of a paragraph collapsed (CSS 2.1, 16.6.1), span by span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.typeset.styles import Span, TextStyle, Unsettable

_LINE_FEED = re.compile("\r\n?")
_AROUND_LINE_FEED = re.compile("[\t ]*\n[\t ]*")
_SPACES = re.compile("[\t ]+")
_WHITE_SPACE = ("normal", "nowrap", "pre-line")
BREAK = "\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """A span as a child of the line: an element of its own, or text of the block itself."""

    style: TextStyle
    text: str
    element: bool
    gap: bool = False  #: white space at its end was collapsed into what stood before it


def collapse(spans: Sequence[Span], block: TextStyle) -> list[Child]:
    """The children of the lines, without those that are empty and no element."""
    children: list[Child] = []
    after_space = gap = False
    for span in spans:
        style, text, removed = span.style, span.text, False
        if style.white_space not in _WHITE_SPACE:
            raise Unsettable(f"its white-space is {style.white_space!r}")
        element = text == BREAK or (style is not block and style != block)
        if not text:
            continue
        if text == BREAK:
            after_space = False
        else:
            text = collapsed(text, style.white_space)
            ends = text.endswith(" ")
            if after_space and text.startswith(" "):
                text, removed = text[1:], True
            after_space = ends
        if style.hyphens == "none":
            text = text.replace("\xad", "")
        lead = removed or gap
        gap = False
        if not text and not element:
            gap = lead
        elif children or element or text != " ":
            children.append(
                Child(style=style, text=text, element=element, gap=not text and removed)
            )
    return children


def plain_parts(spans: Sequence[Span], block: TextStyle) -> list[str] | None:
    """The texts that line feeds divide, where all is in the style of the block itself."""
    white_space = block.white_space
    if white_space not in _WHITE_SPACE:
        raise Unsettable(f"its white-space is {white_space!r}")
    if len(spans) == 1 and spans[0].style is block:
        text = collapsed(spans[0].text, white_space)
        return text.split("\n") if white_space == "pre-line" else [text]
    parts: list[str] = []
    broken = True
    for span in spans:
        if span.text == BREAK:
            if broken:
                parts.append("")
            broken = True
        elif span.style is block and broken and white_space != "pre-line":
            parts.append(collapsed(span.text, white_space))
            broken = False
        else:
            return None
    if broken and parts:
        parts.append("")
    return parts or None


def collapsed(text: str, white_space: str) -> str:
    """White space made one space each (CSS 2.1, 16.6.1)."""
    if "\r" in text:
        text = _LINE_FEED.sub("\n", text)
    if "\n" in text:
        text = _AROUND_LINE_FEED.sub("\n", text)
        if white_space != "pre-line":
            text = text.replace("\n", " ")
    if "  " in text or "\t" in text:
        text = _SPACES.sub(" ", text)
    return text
