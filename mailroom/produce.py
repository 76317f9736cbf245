"""merge -> render -> preflight for a chunk of pieces; runs in a worker.

Everything a worker needs is in the job, is small and can be pickled; what is costly to
make (templates, style sheets, fonts) is made once a worker and kept. What draws is heavy, and
is imported where it is wanted: most commands draw nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom import preflight
from mailroom.fonts import Font
from mailroom.formats import ENVELOPES, Format
from mailroom.identity import Identities, identities_of
from mailroom.layout import Layout
from mailroom.merge import Templates, compile_templates, merge
from mailroom.model import Artwork, Finding, Mailing, Merged, Piece, Sender, digest
from mailroom.render.limits import deadline, memory_limit

if TYPE_CHECKING:
    from mailroom.render.weasy import Press

_MERGE_SECONDS = 20
_MERGE_MEGABYTES = 1000

CHUNK = 25
"""Pieces a chunk: fixed, so that every executor makes the same files."""


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

    @cached_property
    def assets(self) -> str:
        """Digest of every file that is drawn but is not the layout's: fonts and pictures."""
        files = (path.read_bytes() for path in self.pictures)
        pictures = [hashlib.sha256(content).hexdigest() for content in files]
        return digest([font.sha256 for font in self.fonts], pictures)

    @cached_property
    def digest(self) -> str:
        """Tells one setup from another; a worker keeps what it made for the last one."""
        parts = (self.mailing, self.layout.digest, self.format.name, self.assets)
        return digest(*map(str, (*parts, self.sender, self.sender_lines, self.workspace)))

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A job: pieces to be made into one PDF."""

    setup: Setup
    pieces: tuple[Piece, ...]
    target: Path
    others: Identities | None = None  #: of the whole mailing: no page may carry another's name


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of a piece."""

    piece: Piece
    merged: Merged
    artwork: Artwork
    findings: tuple[Finding, ...]


def chunks(setup: Setup, pieces: Sequence[Piece], folder: Path) -> tuple[Chunk, ...]:
    """The pieces in portions, each with its file."""
    others = identities_of(pieces)
    hash(setup)  # reads every picture: once and here, not in a worker for each chunk
    return tuple(
        Chunk(
            setup=setup,
            pieces=tuple(pieces[start : start + CHUNK]),
            target=folder / f"pages-{start // CHUNK + 1:04d}.pdf",
            others=others,
        )
        for start in range(0, len(pieces), CHUNK)
    )


def make(chunk: Chunk) -> tuple[Made, ...]:
    """Merge, render and check one chunk; writes `chunk.target`."""
    from mailroom.render import weasy

    setup = chunk.setup
    templates, press = _ready(setup)
    with _bounds(setup):
        merged = [(piece, *merge(templates, piece)) for piece in chunk.pieces]
    artworks = weasy.render(press, [pages for _, pages, _ in merged], chunk.target)
    checks = [(piece, pages, art) for (piece, pages, _), art in zip(merged, artworks, strict=True)]
    found = preflight.preflight(
        checks,
        setup.format,
        used_fonts(setup),
        others=chunk.others,
        common=_common(setup),
    )
    return tuple(
        Made(
            piece=piece,
            merged=pages,
            artwork=art,
            findings=(*piece.findings, *about, *found[piece.key], *_envelope(setup, piece)),
        )
        for (piece, pages, about), art in zip(merged, artworks, strict=True)
    )


def _common(setup: Setup) -> tuple[str, ...]:
    """What stands on every piece and may hold a customer's name by chance."""
    texts = (*setup.layout.words.values(), *setup.mailing.text.values())
    words = (text for by_word in texts for text in by_word.values())
    return (setup.sender.company, *setup.sender_lines, *words)


@contextlib.contextmanager
def _bounds(setup: Setup) -> Iterator[None]:
    """A layout may come from anywhere: its templates get so much time and memory, no more."""
    name = setup.layout.name
    with deadline(_MERGE_SECONDS, name), memory_limit(_MERGE_MEGABYTES, name):
        yield


def _envelope(setup: Setup, piece: Piece) -> tuple[Finding, ...]:
    """What would be wrong with its envelope, where the address is printed on one."""
    from mailroom.sheets.envelopes import check_envelope

    if not setup.format.addressed_envelope:
        return ()
    envelope = ENVELOPES[setup.format.envelope]
    return check_envelope(piece, envelope, setup.sender, setup.fonts)


def merge_again(setup: Setup, piece: Piece) -> Merged:
    """The words of a piece as they would be printed now, without drawing them."""
    templates, _ = _ready(setup)
    with _bounds(setup):
        return merge(templates, piece)[0]


def used_fonts(setup: Setup) -> tuple[Font, ...]:
    """The fonts the layout names; nothing else may stand on its pages."""
    return tuple(font for font in setup.fonts if font.family in setup.layout.fonts)


@lru_cache(maxsize=2)
def _ready(setup: Setup) -> tuple[Templates, Press]:
    from mailroom.render import weasy

    with _bounds(setup):  # Jinja works constant expressions out while it compiles
        templates = compile_templates(
            setup.layout,
            setup.format,
            setup.mailing,
            setup.sender,
            setup.sender_lines,
            setup.workspace,
            setup.pictures,
        )
    return templates, weasy.open_press(setup.layout, setup.format, setup.fonts, setup.pictures)


# WeasyPrint removes its copies of the fonts when a press is given up, and can no longer do so
# once the interpreter takes its own modules down.
atexit.register(_ready.cache_clear)
