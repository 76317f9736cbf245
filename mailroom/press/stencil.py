"""A page laid out without its people: the art, and where the frames are. Kept on disk, too.

A stencil is found by what it was made from: the page's static HTML, the layout, the format,
the fonts, and the code that makes stencils. Files in the cache are never changed; whoever
finds none makes it and puts it there whole, so any number of processes may share them.
"""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from mailroom.errors import EnvironmentProblem
from mailroom.files import write_whole
from mailroom.model import Finding
from mailroom.press.flow import Flow
from mailroom.press.items import Art

T = TypeVar("T")
Rectangle = tuple[float, float, float, float]
"""Left, top, width and height in CSS px from the corner of the TrimBox."""

_CHECKSUM = 32  # bytes of SHA-256, at the beginning of a file in the cache


class Frame(Struct, frozen=True, kw_only=True):
    """An element with `data-frame`: a fixed box, what is in it differs from person to person."""

    name: str
    box: Rectangle  #: the border box
    inner: Rectangle  #: the content box
    optional: bool = False
    size: float = 0.0  #: its font size, px
    least: float = 0.0  #: what `data-fit="shrink ..."` allows, px; 0: it may not shrink
    code: str = ""  #: `data-code`: the kind of symbol that is made of its text
    level: str = "M"  #: `data-level`


class Stencil(Struct, frozen=True, kw_only=True):
    """One page of a layout as it is for everybody with the same static HTML."""

    art: Art
    page: bytes  #: the same as a PDF of one page, to be read back once
    frames: tuple[Frame, ...]
    findings: tuple[Finding, ...] = ()
    reason: str = ""  #: why the page must be laid out for everybody; empty: it is stamped


class Mould(Struct, frozen=True, kw_only=True):
    """How the content of one frame with one sequence of tags is laid out."""

    flow: Flow | None
    reason: str = ""  #: why there is no flow
    proven: bool = False  #: a piece stamped with it was the same as the reference


class Store:
    """Stencils and moulds by key, in memory and in a folder; without a folder in memory only."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def stencil(self, key: str) -> Stencil | None:
        return self._read(f"{key}.stencil", Stencil)

    def mould(self, key: str) -> Mould | None:
        return self._read(f"{key}.mould", Mould)

    def keep_stencil(self, key: str, stencil: Stencil) -> None:
        self._write(f"{key}.stencil", stencil)

    def keep_mould(self, key: str, mould: Mould) -> None:
        self._write(f"{key}.mould", mould)

    def _read(self, name: str, kind: type[T]) -> T | None:
        """None where there is none, or where what is there is not what was written."""
        if self._folder is None:
            return None
        try:
            kept = (self._folder / name).read_bytes()
        except OSError:
            return None
        checksum, content = kept[:_CHECKSUM], kept[_CHECKSUM:]
        if hashlib.sha256(content).digest() != checksum:
            return None  # a single bit of it would be printed on everybody's page
        return msgspec.msgpack.decode(content, type=kind)

    def _write(self, name: str, thing: object) -> None:
        """A cache that cannot be written costs time, never a run."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError, EnvironmentProblem):
            self._folder.mkdir(parents=True, exist_ok=True)
            content = msgspec.msgpack.encode(thing)
            write_whole(self._folder / name, hashlib.sha256(content).digest() + content)


def key_of(*parts: str) -> str:
    """A name for what was made of these parts, by this very code."""
    total = hashlib.sha256(_recipe().encode())
    for part in parts:
        total.update(b"\0" + hashlib.sha256(part.encode()).digest())
    return total.hexdigest()[:40]


@cache
def _recipe() -> str:
    """Changes with everything that makes stencils: our modules, the layout engine."""
    total = hashlib.sha256()
    root = Path(__file__).parent.parent
    for folder in ("press", "typeset", "render"):
        for path in sorted((root / folder).glob("*.py")):
            total.update(path.read_bytes())
    total.update((root / "inks.py").read_bytes())
    total.update(version("weasyprint").encode())
    return total.hexdigest()
