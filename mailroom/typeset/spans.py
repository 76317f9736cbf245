"""Spans as a tree of texts and elements, their white space collapsed (CSS 2.1, 16.6.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailroom.typeset.styles import Span, TextStyle, Unsettable

_LINE_FEED = re.compile("\r\n?")
_AROUND_LINE_FEED = re.compile("[\t ]*\n[\t ]*")
_SPACES = re.compile("[\t ]+")
_WHITE_SPACE = ("normal", "nowrap", "pre-line")
BREAK = "\n"


@dataclass(slots=True)
class Node:
    """A text, a line break, or an element with such children."""

    style: TextStyle
    text: str = ""
    children: list[Node] = field(default_factory=list)
    is_element: bool = False
    is_break: bool = False
    is_after_space: bool = False  #: white space at its beginning was collapsed into one before
    gap: bool = False  #: the same of the last text in an element, of which nothing was left


def collapse(spans: Sequence[Span], block: TextStyle) -> Node:
    """The block's inline content; texts of which nothing is left are left out."""
    root = _tree(spans, block)
    _prune(root)
    while root.children and not root.children[0].is_element and root.children[0].text == " ":
        del root.children[0]
    return root


def _tree(spans: Sequence[Span], block: TextStyle) -> Node:
    root = Node(block, is_element=True)
    open_elements: list[tuple[object, Node]] = []
    after_space = False
    for span in spans:
        if span.style.white_space not in _WHITE_SPACE:
            raise Unsettable(f"its white-space is {span.style.white_space!r}")
        if not span.text:
            continue
        inside: tuple[object, ...] = span.inside
        if not inside and span.text != BREAK and span.style is not block and span.style != block:
            inside = (object(),)
        depth = 0
        while depth < min(len(inside), len(open_elements)) and (
            open_elements[depth][0] is inside[depth] or open_elements[depth][0] == inside[depth]
        ):
            depth += 1
        del open_elements[depth:]
        for element in inside[depth:]:
            node = Node(span.style, is_element=True)
            (open_elements[-1][1] if open_elements else root).children.append(node)
            open_elements.append((element, node))
        parent = open_elements[-1][1] if open_elements else root
        if span.text == BREAK:
            parent.children.append(Node(span.style, BREAK, is_break=True))
            after_space = False
            continue
        node = Node(span.style, collapsed(span.text, span.style.white_space))
        ends = node.text.endswith(" ")
        if after_space and node.text.startswith(" "):
            node.text, node.is_after_space = node.text[1:], True
        after_space = ends
        if span.style.hyphens == "none":
            node.text = node.text.replace("\xad", "")
        parent.children.append(node)
    return root


def _prune(node: Node) -> None:
    children, gap = node.children, False
    node.children = []
    for child in children:
        child.is_after_space = child.is_after_space or gap
        gap = False
        if child.text or child.is_element:
            node.children.append(child)
            _prune(child)
        else:
            gap = child.is_after_space
    node.gap = gap


def plain_parts(spans: Sequence[Span], block: TextStyle) -> list[str] | None:
    """The texts that line feeds divide, where all is in the style of the block itself."""
    white_space = block.white_space
    if white_space not in _WHITE_SPACE:
        raise Unsettable(f"its white-space is {white_space!r}")
    if len(spans) == 1 and spans[0].style is block and not spans[0].inside:
        text = collapsed(spans[0].text, white_space)
        return text.split("\n") if white_space == "pre-line" else [text]
    parts: list[str] = []
    broken = True
    for span in spans:
        if span.inside:
            return None
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
