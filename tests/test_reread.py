"""What a stamped stream draws is read from its bytes, whoever wrote them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import ALL_FONTS, CARD, a_piece, layout_in, merged_of, press_of

from mailroom.identity import identities_of
from mailroom.model import Artwork, Finding
from mailroom.preflight import judge
from mailroom.preflight.case import Case, Standard
from mailroom.press.press import Impression
from mailroom.press.reread import UNKNOWN, Reader
from mailroom.readback import Page, Readback

LETTERS = {
    "F0": {0x41: "a", 0x42: "b", 0x43: " ", 0x1F3: "fi", 0x2001: "", 0x4E00: "\U0001f384"},
    "F1": {0x41: "Ж", 0xD800: "x", 0xDC00: "y", 0xFFFD: "z"},
}

glyphs = st.integers(0, 0xFFFD)
lines = st.lists(
    st.tuples(st.sampled_from(["F0", "F1"]), st.lists(glyphs, max_size=12)), max_size=12
)


def array_of(ids: list[int], breaks: str = "", upper: bool = False) -> str:
    """A TJ array; where `breaks` has a 1, a number stands between two glyphs."""
    body = ""
    for number, glyph in enumerate(ids):
        code = f"{glyph:04X}" if upper else f"{glyph:04x}"
        kerned = number < len(breaks) and breaks[number] == "1"
        body += f"{code}>-14.5<" if kerned else code
    return f"[<{body}>]TJ"


def read_plainly(drawn: list[tuple[str, list[int]]]) -> str:
    texts = ["".join(LETTERS[font].get(glyph, UNKNOWN) for glyph in ids) for font, ids in drawn]
    return re.sub("\n{3,}", "\n\n", "\n".join(texts)).strip("\n")


@given(
    lines,
    st.text("01", max_size=12),
    st.booleans(),
    st.sampled_from(["3.5 -14 Td", "1 0 0 1 5 6 Tm"]),
)
def test_what_is_drawn_is_read(
    drawn: list[tuple[str, list[int]]], breaks: str, upper: bool, move: str
) -> None:
    shown = [f"{move}\n/{font} 9.5 Tf\n{array_of(ids, breaks, upper)}\n" for font, ids in drawn]
    content = f"/X12ab Do\nq\nBT\n{''.join(shown)}ET\nQ\n0 0 5 5 re f\n".encode()
    reader = Reader(LETTERS)
    assert reader.text_of(content) == read_plainly(drawn)
    wanted: dict[str, set[int]] = {}
    for font, ids in drawn:
        wanted.setdefault(font, set()).update(ids)
    assert reader.glyphs() == {font: ids for font, ids in wanted.items() if ids}


@given(st.lists(lines, max_size=6))
def test_a_reader_reads_one_stream_like_the_other(some: list[list[tuple[str, list[int]]]]) -> None:
    reader = Reader(LETTERS)
    for drawn in some + some:
        shown = [f"/{font} 9 Tf 1 2 Td {array_of(ids)} " for font, ids in drawn]
        assert reader.text_of(f"BT {''.join(shown)}ET".encode()) == read_plainly(drawn)


PARTS = [
    "/F0 9 Tf 1 2 Td [<00410042>-3<0043>]TJ\n",
    "/F1 9 Tf 1 2 Td [<0041>]TJ\n",
    "T*\n[<01f3>12<2001>]TJ\n",
    "<0042> Tj\n",
    "[<00000041>]TJ\n",
    "[3 2] 0 d\n",
    "\nq 1 0 0 1 5 5 cm\n0 0 4 4 re\nf\nQ\n",
    "\nq 9 0 0 9 5 5 cm /XQ Do Q\n",
    "\nq /F1 9 Tf [<0041>]TJ Q\n",
    "\nq /F1 9 Tf\n",
    "\nq q Q\n",
    "Q\n",
    "/XQ\nDo\n",
]


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=8), max_size=5))
def test_several_streams_are_read_like_each_alone_and_step_by_step(pages: list[list[str]]) -> None:
    contents = ["".join(parts).encode() for parts in pages]
    # A comment has the stream read operator by operator.
    alone = [Reader(LETTERS).text_of(content + b"% seen") for content in contents]
    assert [drawn.text for drawn in Reader(LETTERS).read(contents)] == alone
    assert [Reader(LETTERS).text_of(content) for content in contents] == alone
    reader, slowly = Reader(LETTERS), Reader(LETTERS)
    reader.read(contents)
    slowly.read([content + b"% seen" for content in contents])
    assert reader.glyphs() == slowly.glyphs()


def test_what_was_forgotten_is_not_told_of() -> None:
    reader = Reader(LETTERS)
    reader.text_of(b"BT /F0 9 Tf [<00410042>]TJ ET")
    reader.forget()
    assert reader.glyphs() == {}
    reader.text_of(b"BT /F0 9 Tf [<00420043>]TJ ET")
    assert reader.glyphs() == {"F0": {0x42, 0x43}}


def test_more_glyphs_than_a_character_set_has_are_read() -> None:
    letters = {"F0": {glyph: chr(glyph + 0x400) for glyph in range(600)}}
    reader = Reader(letters)
    for start in (0, 200, 400, 0, 590):
        ids = list(range(start, min(start + 200, 600)))
        content = f"BT /F0 9 Tf 0 0 Td {array_of(ids)} ET".encode()
        assert reader.text_of(content) == "".join(letters["F0"][glyph] for glyph in ids)
    assert reader.glyphs() == {"F0": set(range(600))}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BT /F0 9 Tf [<0041>]TJ 0 -9 Td [<0042>]TJ ET", "a\nb"),
        (b"BT /F0 9 Tf <0041> Tj T* <0042> Tj ET", "a\nb"),
        (b"BT /F0 9 Tf <00 41\n0042>Tj 0 9 TD<0042>Tj ET", "ab\nb"),
        (b"BT /F0 9 Tf <0041> Tj <0042> ' ET", "a\nb"),
        (b"BT /F0 9 Tf [<0041>]TJ /F1 9 Tf [<0041>]TJ ET", "aЖ"),
        (b"q BT /F1 9 Tf ET q BT /F0 9 Tf [<0041>]TJ ET Q BT 0 9 Td [<0041>]TJ ET Q", "a\nЖ"),
        (b"BT /F0 9 Tf [<0041>]TJ ET % <0042>\n(<0042>) Tj", "a"),
        (b"/Span <</ActualText <FEFF0042>>> BDC BT /F0 9 Tf [<0041>]TJ ET EMC", "a"),
        (b"BT /F0 9 Tf [<01f300412001>]TJ ET", "fia"),
        (b"BT /F0 9 Tf [<00007777>]TJ ET", UNKNOWN * 2),
        (b"BT /F9 9 Tf [<0041>]TJ ET", UNKNOWN),
        (b"BT [<0041>]TJ ET", UNKNOWN),
        (b"0 0 5 5 re f /X12 Do", ""),
        (b"", ""),
    ],
)
def test_a_stream_is_read_as_the_standard_has_it(content: bytes, text: str) -> None:
    assert Reader(LETTERS).text_of(content) == text


# --- whose stream is it ---------------------------------------------------------------------


def test_streams_that_were_swapped_hold_both_pieces(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    pieces = [a_piece(1), a_piece(2, "Ben", "Carver")]
    press = press_of(layout)
    printed = [press.impressions(merged.pages) for merged in merged_of(layout, *pieces)]
    assert all(page.stamped for pages in printed for page in pages)
    reader = press.reader()
    standard = Standard(
        format=CARD,
        fonts=tuple(font for font in ALL_FONTS if font.family in layout.fonts),
        others=identities_of(pieces),
    )

    def page_of(impression: Impression) -> Page:
        with Readback(impression.page) as file:
            still = file.page(0)
        return still._replace(text=f"{still.text}\n{reader.text_of(impression.content)}")

    def findings(number: int, pages: list[Impression]) -> list[Finding]:
        artwork = Artwork(piece=pieces[number].key, path=tmp_path, first_page=0, pages=2, sha256="")
        seen = tuple(map(page_of, pages))
        return judge([Case(pieces[number], artwork, seen, ("", ""), standard)])[0]

    (front, one), (_, two) = printed
    assert findings(0, [front, one]) == findings(1, [front, two]) == []
    for number, own, foreign, name in ((0, one, two, "Ben Carver"), (1, two, one, "Anna Berger")):
        swapped = own._replace(content=foreign.content)
        found = findings(number, [front, swapped])
        assert {finding.rule for finding in found} == {"own-recipient"}
        assert any(f"{name!r} belongs to another" in finding.message for finding in found)
