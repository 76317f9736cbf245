"""Impressions -> print files, in order: the one place that writes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.press.conformance import Document
from mailroom.press.items import Art, Glyphs, Leaf, boxes_of
from mailroom.press.writer import Writer


class Bound(NamedTuple):
    """Where the pages of a piece are."""

    path: Path
    first_page: int  #: from 0


class Binder:
    """Binds pieces into `pages-0001.pdf` and so on, `pieces` to a file.

    Art and fonts are in each file once. A file is there when it is full, or at the end;
    after an error none is that was not full before.
    """

    def __init__(
        self, folder: Path, fmt: Format, fonts: Sequence[Font], pieces: int, document: Document
    ) -> None:
        self._document = document
        self._folder, self._fonts, self._most = folder, tuple(fonts), pieces
        self._boxes = boxes_of(fmt)
        self._arts: dict[str, Art] = {}
        self._once: Collection[str] = ()
        self._written = set[str]()  # arts that are in the file
        self._path = folder
        self._glyphs: Glyphs = {}
        self._writer: Writer | None = None
        self._files = self._bound = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *rest: object) -> None:
        if self._writer:
            self._writer.__exit__(failed, *rest)

    def take(self, arts: Sequence[Art], once: Collection[str], glyphs: Glyphs) -> None:
        """What the next pieces are drawn with; what is in `once` is forgotten after them."""
        for digest in self._once:
            self._arts.pop(digest, None)
        self._once = once
        self._arts.update({art.xobject: art for art in arts})
        self._glyphs = glyphs
        if self._writer:
            self._writer.use(glyphs)

    def bind(self, leaves: Sequence[Leaf]) -> Bound:
        """The pages of the next piece; EnvironmentProblem where they cannot be written."""
        if self._writer is None or self._bound == self._most:
            self._next()
        writer = self._writer
        assert writer
        self._bound += 1
        for leaf in leaves:
            for digest in leaf.arts:
                if digest not in self._written:
                    self._written.add(digest)
                    writer.art(self._arts[digest])
        numbers = [writer.leaf(leaf) for leaf in leaves]
        return Bound(self._path, numbers[0])

    def _next(self) -> None:
        if self._writer:
            self._writer.__exit__(None, None, None)
        self._files, self._bound = self._files + 1, 0
        self._path = self._folder / f"pages-{self._files:04d}.pdf"
        self._written.clear()
        document = self._document
        self._writer = Writer(self._path, self._boxes, self._fonts, document.inks.plates, document)
        self._writer.use(self._glyphs)
