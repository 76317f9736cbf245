"""The work of a mailing in portions: what is the same for all, a chunk, and what came of it.

Everything a worker needs is in the job, is small and can be pickled. Nothing here draws:
most commands do not, and what does (`presswork`) is heavy.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailroom import marks, plan
from mailroom.fonts import Font
from mailroom.formats import Format
from mailroom.identity import Identities, identities_of
from mailroom.inks import Inks
from mailroom.layout import Layout
from mailroom.merge import Templates, compile_templates, merge
from mailroom.model import Artwork, Finding, Mailing, Merged, Piece, Sender, digest
from mailroom.render.limits import deadline, memory_limit

if TYPE_CHECKING:
    from mailroom.press.items import Art, Glyphs, Leaf

_MERGE_SECONDS = 20
_MERGE_MEGABYTES = 1000

_RUNS = count(1)

CHUNK = 100
"""Pieces a chunk; the files that come of them are the same with any number."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is the same for every chunk of a mailing."""

    mailing: Mailing
    layout: Layout
    format: Format
    fonts: tuple[Font, ...]
    sender: Sender
    sender_lines: tuple[str, ...]
    workspace: Path
    pictures: tuple[Path, ...]  #: files outside the layout that a page may show
    prepared: Mapping[Path, Path] = field(default_factory=dict)
    """Which of them stands for what the workspace names; others are shown as they are."""
    inks: Inks = field(default_factory=Inks)
    cache: Path | None = None  #: where stencils are kept for the next run
    stamp: bool = True  #: False: every page by the reference
    each_time: Mapping[int, str] = field(default_factory=dict)
    """Pages, by number, that are laid out for everybody, and why."""

    @cached_property
    def assets(self) -> str:
        """Digest of every file that is drawn but is not the layout's: fonts and pictures."""
        files = (path.read_bytes() for path in self.pictures)
        pictures = [hashlib.sha256(content).hexdigest() for content in files]
        return digest([font.sha256 for font in self.fonts], pictures, self.inks.digest)

    @cached_property
    def common(self) -> str:
        """Digest of all that is printed and not a piece's own."""
        return plan.common_digest(self.layout, self.sender, self.assets)

    @cached_property
    def place(self) -> str:
        """Its workspace as it stands in the pages."""
        return self.workspace.as_uri()

    @cached_property
    def digest(self) -> str:
        """Tells one setup from another; a worker keeps what it made for the last one."""
        parts = (self.mailing, self.layout.digest, self.format.name, self.assets)
        return digest(*map(str, (*parts, self.sender, self.sender_lines, self.workspace)))

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A job: pieces to be made."""

    setup: Setup
    pieces: tuple[Piece, ...]
    others: Identities | None = None  #: of the whole mailing: no page may carry another's name
    run: int = 0  #: tells this run from others of the same process


class Finished(NamedTuple):
    """A piece when it is printed and judged: all that goes back to who asked for it."""

    content: str  #: digest of everything that is printed of it
    artwork: Artwork  #: without a file
    findings: tuple[Finding, ...]
    leaves: tuple[Leaf, ...]
    reasons: tuple[str, ...]  #: for each page why it was laid out; empty: it was stamped


class Printed(NamedTuple):
    """A chunk when it is done, its pieces in order."""

    pieces: tuple[Finished, ...]
    arts: tuple[Art, ...]  #: that its leaves draw; a worker sends what is shared only once
    once: frozenset[str]  #: digests of those that no other chunk draws
    glyphs: Glyphs  #: that are drawn of our fonts


class Made(NamedTuple):
    """What came of a piece, bound into a file."""

    piece: Piece
    content: str
    artwork: Artwork
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...]


def chunks(setup: Setup, pieces: Sequence[Piece]) -> Iterator[Chunk]:
    """All pieces of a mailing in portions."""
    return portions(setup, pieces, identities_of(pieces))


def portions(setup: Setup, pieces: Iterable[Piece], others: Identities) -> Iterator[Chunk]:
    """The pieces in portions, as they come; `others` is whom no page may name but its own."""
    hash(setup)  # reads every picture: once and here, not in a worker for each chunk
    waiting, run = iter(pieces), next(_RUNS)
    while some := tuple(islice(waiting, CHUNK)):
        yield Chunk(setup=setup, pieces=some, others=others, run=run)


@contextlib.contextmanager
def bounds(setup: Setup) -> Iterator[None]:
    """A layout may come from anywhere: its templates get so much time and memory, no more."""
    name = setup.layout.name
    with deadline(_MERGE_SECONDS, name), memory_limit(_MERGE_MEGABYTES, name):
        yield


def merge_again(setup: Setup, piece: Piece) -> Merged:
    """The words of a piece as they would be printed now, without drawing them."""
    with bounds(setup):
        return merge(templates_of(setup), piece)[0]


def content_digest(setup: Setup, piece: Piece, merged: Merged) -> str:
    """What will be printed of a piece, wherever its workspace lies.

    Its pages name pictures by their place; those that were prepared are named after what is
    in them, so that nothing is lost with the way to them.
    """
    pages = [page.replace(setup.place, "") for page in merged.pages]
    kind, payload = marks.on_envelope(piece, setup.mailing.options)
    envelope = (kind, payload) if payload else ()
    return plan.content_digest(piece, merged.language, pages, setup.common, envelope)


def inks_of(setup: Setup) -> Inks:
    """The inks of the output condition, and the layout's spots."""
    return dataclasses.replace(setup.inks, spots=setup.layout.spots)


def used_fonts(setup: Setup) -> tuple[Font, ...]:
    """The fonts the layout names; nothing else may stand on its pages."""
    return tuple(font for font in setup.fonts if font.family in setup.layout.fonts)


@lru_cache(maxsize=2)
def templates_of(setup: Setup) -> Templates:
    """The layout's templates, compiled once for the mailing."""
    with bounds(setup):  # Jinja works constant expressions out while it compiles
        return compile_templates(
            setup.layout,
            setup.format,
            setup.mailing,
            setup.sender,
            setup.sender_lines,
            setup.workspace,
            setup.prepared,
        )
