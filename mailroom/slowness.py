"""Why a page is laid out for everybody -> the line of the layout that is the cause.

A reason names the declaration in backticks, the element in angle brackets and the frame in
quotes, as far as it has them (`press.compile`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2

from mailroom.layout import Layout

_PROPERTY = re.compile(r"`([a-z-]+)[^`]*`")
_ELEMENT = re.compile(r'<(\w+)(?: class="([^"]*)")?>')
_FRAME = re.compile(r"frame '([^']*)'")


def cause(layout: Layout, page: str, reason: str) -> str:
    """`letter/style.css:12`; the frame's line in the template where no declaration is named.

    Empty where no line of the layout is to blame.
    """
    found = _PROPERTY.search(reason)
    element = _ELEMENT.search(reason)
    frame = _FRAME.search(reason)
    names = {element[1], *(f".{name}" for name in (element[2] or "").split())} if element else set()
    template = layout.pages[page]
    if not (found or element or frame):
        return ""  # it lies in the data
    lines = _attribute_lines(layout.folder / template, "data-frame", frame[1] if frame else "")
    if found:
        rules = list(_declarations(layout, found[1]))
        if frame and not names:
            names = _names(layout.folder / template, frame[1])
        near = [where for selector, where in rules if any(name in selector for name in names)]
        if near or rules:
            return f"{layout.name}/{(near or [where for _, where in rules])[-1]}"
    return f"{layout.name}/{template}:{next(iter(lines), 1)}"


def _declarations(layout: Layout, wanted: str) -> Iterator[tuple[str, str]]:
    """Selector, and `file:line`, of every declaration of a property or its shorthand."""
    for name in layout.style:
        text = (layout.folder / name).read_text(encoding="utf-8")
        for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                continue
            for one in tinycss2.parse_blocks_contents(rule.content):
                if one.type == "declaration" and _is_part(one.lower_name, wanted):
                    yield tinycss2.serialize(rule.prelude), f"{name}:{one.source_line}"


def _is_part(name: str, wanted: str) -> bool:
    """Is one of them the other's shorthand, as `border` is that of `border-bottom`?"""
    return f"{wanted}-".startswith(f"{name}-") or f"{name}-".startswith(f"{wanted}-")


def _attribute_lines(path: Path, attribute: str, value: str) -> Iterator[int]:
    wanted = re.compile(rf"""{attribute}\s*=\s*["']?{re.escape(value)}\b""")
    lines = path.read_text(encoding="utf-8").splitlines()
    return (number for number, line in enumerate(lines, 1) if value and wanted.search(line))


def _names(path: Path, frame: str) -> set[str]:
    """The classes that stand beside the frame's name in the template."""
    source = path.read_text(encoding="utf-8").splitlines()
    lines = [source[number - 1] for number in _attribute_lines(path, "data-frame", frame)]
    classes = re.findall(r"""class\s*=\s*["']([^"']*)""", " ".join(lines))
    return {f".{name}" for each in classes for name in re.findall(r"[\w-]+", each)}
