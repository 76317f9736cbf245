"""merge -> press -> preflight for a chunk of pieces, in a worker; and the binding of all of them.

What is costly to make (templates, stencils, shaped words) is made once a worker and kept.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from multiprocessing import parent_process
from pathlib import Path

from isal import isal_zlib

from mailroom import frames
from mailroom.formats import ENVELOPES
from mailroom.identity import Identities, identities_of
from mailroom.merge import merge
from mailroom.model import Artwork, Finding, Merged, Piece
from mailroom.preflight import judge
from mailroom.preflight.case import Case, Standard
from mailroom.press.binder import Binder
from mailroom.press.conformance import Document
from mailroom.press.items import Art, Leaf
from mailroom.press.press import Press
from mailroom.press.stamp import Impression, parse
from mailroom.produce import (
    Chunk,
    Finished,
    Made,
    Printed,
    Setup,
    bounds,
    content_digest,
    inks_of,
    templates_of,
    used_fonts,
)
from mailroom.proofread import Proofreader
from mailroom.readback import Page
from mailroom.sheets.envelopes import EnvelopeCheck

_LOOKED_AT, _LEAST_LOOKED_AT = 40, 8  # pieces
_OFTEN = 0.6  # of them
_DEFLATE = 1  # isal's levels are 0 to 3; higher ones gain two per cent


def make(chunk: Chunk) -> Printed:
    """Merge, print and check one chunk."""
    with _undisturbed():
        return _make(chunk)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A chunk makes a hundred thousand objects and no rings of them: none is to be collected."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _make(chunk: Chunk) -> Printed:
    setup, pieces = chunk.setup, chunk.pieces
    templates, press = templates_of(setup), press_of(setup)
    with bounds(setup):
        merged = [merge(templates, piece) for piece in pieces]
    pages = [page for one, _ in merged for page in one.pages]
    printed = press.impressions(pages, stamp=setup.stamp)
    return _desk_of(setup, press).finish(
        pieces, merged, printed, chunk.others or identities_of(pieces), chunk.run
    )


class _Desk:
    """Where the pieces of a mailing are looked at and made ready for the binder."""

    def __init__(self, setup: Setup, press: Press) -> None:
        self._setup, self._press = setup, press
        self._fonts, self._common = used_fonts(setup), _common(setup)
        self._envelopes = _envelopes(setup)
        self._reader = press.reader()
        self._proofreader = Proofreader(setup.format, self._reader, self._fonts)

    def finish(
        self,
        pieces: Sequence[Piece],
        merged: Sequence[tuple[Merged, Sequence[Finding]]],
        printed: Sequence[Impression],
        others: Identities,
        run: int = 0,
    ) -> Printed:
        """All that is left to do for a chunk; `printed` are its pages, a piece after the other."""
        setup, count = self._setup, len(self._setup.format.pages)
        htmls = [page for one, _ in merged for page in one.pages]
        self._press.reader()  # has what was set since be known to all readers
        self._reader.forget()
        pages, printed = self._look(htmls, printed)
        words = list(map(_words, htmls, pages, printed))
        own = [slice(at, at + count) for at in range(0, len(pages), count)]
        leaves = [
            tuple(map(leaf, printed[at], _labels(piece, setup.format.pages)))
            for piece, at in zip(pieces, own, strict=True)
        ]
        artworks = [
            artwork_of(piece.key, printed[at], sheets)
            for piece, at, sheets in zip(pieces, own, leaves, strict=True)
        ]
        found = self._findings(pieces, artworks, pages, words, others)
        done = [
            Finished(
                content_digest(setup, piece, one),
                artwork,
                (*piece.findings, *about, *findings, *self._envelope(piece)),
                sheets,
                tuple([impression.reason for impression in printed[at]]),
            )
            for piece, (one, about), artwork, findings, sheets, at in zip(
                pieces, merged, artworks, found, leaves, own, strict=True
            )
        ]
        shared = {art.xobject: art for each in printed if each.stamped for art in each.arts}
        once = {art.xobject: art for each in printed if not each.stamped for art in each.arts}
        arts = (*_unsent(shared, run), *once.values())
        glyphs = self._press.glyphs(self._reader.glyphs())
        return Printed(tuple(done), arts, frozenset(once.keys() - shared.keys()), glyphs)

    def _findings(
        self,
        pieces: Sequence[Piece],
        artworks: Sequence[Artwork],
        pages: Sequence[Page],
        words: Sequence[str],
        others: Identities,
    ) -> list[list[Finding]]:
        """What preflight finds in each piece; `pages` and `words` a piece after the other."""
        fmt = self._setup.format
        standard = Standard(format=fmt, fonts=self._fonts, others=others, common=self._common)
        count = len(fmt.pages)
        cases = [
            Case(
                piece,
                artwork,
                tuple(pages[at : at + count]),
                tuple(words[at : at + count]),
                standard,
            )
            for piece, artwork, at in zip(
                pieces, artworks, range(0, len(pages), count), strict=True
            )
        ]
        return judge(cases)

    def _look(
        self, htmls: Sequence[str], printed: Sequence[Impression]
    ) -> tuple[list[Page], list[Impression]]:
        """What the pages say; where only a finished PDF can tell, it is laid out for that."""
        pages, printed = self._proofreader.read(printed), list(printed)
        near = [place for place, page in enumerate(pages) if page is None]
        for place in near:
            number = place % len(self._setup.format.pages) + 1
            reason = "text that comes near a zone without ink"
            printed[place] = self._press.laid_out(htmls[place], number, reason)
        if near:
            pages = self._proofreader.read(printed)
        return [page for page in pages if page is not None], printed

    def _envelope(self, piece: Piece) -> tuple[Finding, ...]:
        """What would be wrong with its envelope, where the address is printed on one."""
        return self._envelopes.findings(piece) if self._envelopes else ()


_sent: dict[int, set[str]] = {}  # by this worker, in the run that it works for


def _unsent(arts: Mapping[str, Art], run: int) -> list[Art]:
    """Art is large, and the same for thousands: a worker sends each to its parent once.

    One that dies begins anew, and so does what it knows. In the parent itself nothing is sent.
    """
    if parent_process() is None:
        return list(arts.values())
    if run not in _sent:
        _sent.clear()
    sent = _sent.setdefault(run, set())
    new = [art for digest, art in arts.items() if digest not in sent]
    sent.update(arts)
    return new


def _words(html: str, page: Page, impression: Impression) -> str:
    """What a page was to say. No letter is stamped that its font does not have."""
    return page.text if impression.stamped else frames.text(html)


def _labels(piece: Piece, names: Sequence[str]) -> Iterator[str]:
    return (f"piece {piece.number:04} {name}" for name in names)


def leaf(impression: Impression, label: str) -> Leaf:
    """The page as it goes into a file."""
    return Leaf(
        content=isal_zlib.compress(impression.content, _DEFLATE),
        arts=tuple([art.xobject for art in impression.arts]),
        label=label,
    )


def artwork_of(piece: str, impressions: Sequence[Impression], leaves: Sequence[Leaf]) -> Artwork:
    """A piece's pages before they are in a file; `piece` is its key."""
    drawn = [part for each in leaves for part in (each.content, "".join(each.arts).encode())]
    return Artwork(
        piece=piece,
        path=Path(),
        first_page=0,
        pages=len(impressions),
        sha256=hashlib.sha256(b"".join(drawn)).hexdigest(),
        frames=tuple([frame for each in impressions for frame in each.frames]),
        findings=tuple([finding for each in impressions for finding in each.findings]),
    )


def each_time(setup: Setup, pieces: Sequence[Piece]) -> dict[int, str]:
    """Pages, by number, that are hardly ever built the same for two people, and why.

    A stencil of such a page, or a mould, would be used once. A few dozen pieces are looked at.
    """
    some = pieces[:: max(1, len(pieces) // _LOOKED_AT)]
    if len(some) < _LEAST_LOOKED_AT:
        return {}
    with bounds(setup):
        merged = [merge(templates_of(setup), piece)[0].pages for piece in some]
    found = {}
    for number, pages in enumerate(zip(*merged, strict=True), 1):
        splits = [frames.split(page) or frames.Split(page, ()) for page in pages]
        statics = {split.static for split in splits}
        if len(statics) > _OFTEN * len(some):
            one, other = sorted(statics)[:2]
            found[number] = f"outside its frames it says {_difference(one, other)}"
            continue
        for contents in zip_longest(*[split.contents for split in splits], fillvalue=""):
            tags = {parse(0, inner).key[1] for inner in contents}
            if len(tags) > _OFTEN * len(some):
                found[number] = f"in a frame stands {_other_tags(*sorted(tags)[:2])}"
    return found


def _other_tags(one: Sequence[str], other: Sequence[str]) -> str:
    """Where the tags of two people part."""
    pair = next(pair for pair in zip_longest(one, other, fillvalue="no tag") if len({*pair}) > 1)
    return "{!r} for one person, {!r} for another".format(*pair)


def _difference(one: str, other: str) -> str:
    """What stands where two pages part, as a person may recognise it."""
    at = next((n for n, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1), 0)
    start = max(one.rfind(">", 0, at) + 1, at - 30)
    texts = (page[start : at + 30].partition("<")[0].strip() for page in (one, other))
    return "{!r} for one person, {!r} for another".format(*texts)


def bind(
    setup: Setup, folder: Path, printed: Iterable[tuple[Chunk, Printed]], pieces: int
) -> Iterator[Made]:
    """Write the chunks' pages into files of `pieces` each; every piece with its place.

    The files are whole when the last piece has been taken.
    """
    about = Document(title=setup.mailing.title, date=setup.mailing.date, inks=inks_of(setup))
    with Binder(folder, setup.format, used_fonts(setup), pieces, about) as binder:
        for chunk, done in printed:
            binder.take(done.arts, done.once, done.glyphs)
            for piece, one in zip(chunk.pieces, done.pieces, strict=True):
                path, first = binder.bind(one.leaves)
                artwork = dataclasses.replace(one.artwork, path=path, first_page=first)
                yield Made(piece, one.content, artwork, one.findings, one.reasons)


def _common(setup: Setup) -> tuple[str, ...]:
    """What stands on every piece and may hold a customer's name by chance."""
    texts = (*setup.layout.words.values(), *setup.mailing.text.values())
    words = (text for by_word in texts for text in by_word.values())
    return (setup.sender.company, *setup.sender_lines, *words)


@lru_cache(maxsize=2)
def _envelopes(setup: Setup) -> EnvelopeCheck | None:
    if not setup.format.addressed_envelope:
        return None
    envelope, options = ENVELOPES[setup.format.envelope], setup.mailing.options
    return EnvelopeCheck(envelope, setup.sender, setup.fonts, options)


@lru_cache(maxsize=2)
def press_of(setup: Setup) -> Press:
    """The press of a mailing, with all that it has learned."""
    fonts = used_fonts(setup)
    files = setup.pictures, setup.cache
    press = Press(setup.layout, setup.format, fonts, *files, inks_of(setup))
    press.each_time.update(setup.each_time)
    return press


_desk_of = lru_cache(maxsize=2)(_Desk)  # its reader has learned, too


# WeasyPrint removes its copies of the fonts when a press is given up, and can no longer do so
# once the interpreter takes its own modules down.
atexit.register(press_of.cache_clear)
atexit.register(_desk_of.cache_clear)
