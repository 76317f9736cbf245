"""A piece taken out of a print file: the same pages, with no more than they need."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from press_tools import (
    ITALIC,
    REGULAR,
    differ,
    drawn_pages,
    layout_of,
    leaf,
    line,
    ran,
    rasters,
    sound,
    typed,
)
from small import ALL_FONTS, CARD, layout_in

from mailroom.errors import RenderError
from mailroom.press.extract import PrintFile, extract
from mailroom.press.fontfile import embedded_file, font_file, read_to_unicode
from mailroom.press.harvest import harvest
from mailroom.press.items import boxes_of
from mailroom.press.writer import Writer
from mailroom.readback import Readback

NAMES = ["Anna", "Ömer", "Zoë", "Ђорђе"]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four cards: a harvested front, the name stamped on the back beside harvested art."""
    folder = tmp_path_factory.mktemp("printed")
    layout = layout_of("kingfisher")
    with pikepdf.open(drawn_pages(layout, folder / "source.pdf")) as pdf:
        front, back = (harvest(page, ALL_FONTS) for page in pdf.pages)
    with Writer(folder / "print.pdf", boxes_of(CARD), ALL_FONTS) as writer:
        writer.art(front)
        writer.art(back)
        for number, name in enumerate(NAMES, 1):
            tj, glyphs = typed(ITALIC, f"office of {name}")
            writer.use(glyphs)
            drawn = f"/{front.name} Do".encode()
            writer.leaf(leaf(drawn, f"piece {number:04d} front", (front.xobject,)))
            drawn = b"/%s Do\n%s" % (back.name.encode(), line(ITALIC, tj, y=60))
            writer.leaf(leaf(drawn, f"piece {number:04d} back", (back.xobject,)))
    return folder / "print.pdf"


@pytest.fixture(scope="module")
def chunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four cards as the reference renderer writes them, some of the text faded."""
    folder = tmp_path_factory.mktemp("chunk")
    pages = {
        "front": '<p class="motto" style="opacity:.5">Quiet flight</p>',
        "back": '<div class="frame greeting">Dear {{ recipient.first_name }}, <i>x</i></div>',
    }
    return drawn_pages(layout_in(folder / "small", pages), folder / "chunk.pdf", NAMES)


@pytest.fixture(params=["printed", "chunk"])
def source(request: pytest.FixtureRequest) -> Path:
    path = request.getfixturevalue(request.param)
    assert isinstance(path, Path)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def drawn_glyphs(pdf: pikepdf.Pdf) -> Iterator[tuple[str, dict[int, str]]]:
    """Each font of the file, and what its glyphs stand for."""
    for font in pdf.objects:
        if isinstance(font, pikepdf.Dictionary) and str(font.get("/Subtype")) == "/Type0":
            yield str(font.BaseFont), read_to_unicode(font.ToUnicode.read_bytes())


def test_a_piece_looks_and_reads_as_in_the_print_file(source: Path, tmp_path: Path) -> None:
    pages = rasters(written(tmp_path / "whole.pdf", source.read_bytes()))
    with PrintFile(source) as opened, Readback(source) as before:
        assert len(opened) == len(pages) == 8
        for first in range(0, 8, 2):
            path = written(tmp_path / f"{first}.pdf", opened.extract(first, 2))
            sound(path)
            for one, other in zip(rasters(path), pages[first : first + 2], strict=True):
                assert differ(one, other) is None
            with Readback(path) as after:
                assert len(after) == 2
                for number in (0, 1):
                    one, other = after.page(number), before.page(first + number)
                    assert one == other  # text, boxes, pictures, the fonts' names


def test_a_piece_has_only_the_glyphs_that_it_draws(source: Path, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(extract(source, 2, 2))) as pdf:
        texts = [text for _, glyphs in drawn_glyphs(pdf) for text in glyphs.values()]
    assert "Ö" in texts
    assert not {"Z", "Ђ", "ë"} & {*texts}


def test_glyphs_keep_their_ids_and_the_others_their_outlines_not(printed: Path) -> None:
    mine, theirs = ({*typed(ITALIC, name)[1][ITALIC.sha256]} for name in (NAMES[1], NAMES[3]))
    with pikepdf.open(io.BytesIO(extract(printed, 2, 2))) as pdf:
        font = pdf.pages[1].Resources.Font[f"/F{ITALIC.sha256[:8]}"]
        file = embedded_file(font)
        assert file is not None
        inked = {glyph for glyph in range(file.glyph_count) if file.outline(glyph)}
        ours = font_file(ITALIC)
        assert mine <= inked
        assert not theirs & inked
        assert all(file.outline(glyph) == ours.outline(glyph) for glyph in inked)


def test_labels_stay_with_the_pages(printed: Path, chunk: Path) -> None:
    with pikepdf.open(io.BytesIO(extract(printed, 6, 2))) as pdf:
        assert [page.label for page in pdf.pages] == ["piece 0004 front", "piece 0004 back"]
    with pikepdf.open(io.BytesIO(extract(chunk, 6, 2))) as pdf:
        assert "/PageLabels" not in pdf.Root


def test_the_same_piece_has_the_same_bytes_whatever_was_taken_before(source: Path) -> None:
    alone = [extract(source, first, 2) for first in range(0, 8, 2)]
    with PrintFile(source) as opened:
        assert [opened.extract(first, 2) for first in (6, 4, 2, 0)] == alone[::-1]
    assert len({*alone}) == 4


def test_what_was_read_for_earlier_pieces_may_be_forgotten(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [extract(source, first, 2) for first in range(0, 8, 2)]
    monkeypatch.setattr("mailroom.press.extract._KEPT_ITEMS", 0)
    with PrintFile(source) as opened:
        assert [opened.extract(first, 2) for first in range(0, 8, 2)] == alone


def test_a_piece_of_a_large_file_has_nothing_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "many.pdf"
    with Writer(path, boxes_of(CARD), ALL_FONTS) as writer:
        for number in range(500):
            tj, glyphs = typed(REGULAR, f"{number}") if number < 20 else (b"[]", {})
            writer.use(glyphs)
            writer.leaf(leaf(line(REGULAR, tj) + b"%d w\n" % number, f"{number}"))
    piece = written(tmp_path / "piece.pdf", extract(path, 17, 1))
    assert ran("pdftotext", piece, "-").strip() == "17"
    assert piece.stat().st_size < 5000
    with pikepdf.open(piece) as pdf:
        assert len([o for o in pdf.objects if isinstance(o, pikepdf.Stream)]) < 8
        assert {*dict(drawn_glyphs(pdf)).popitem()[1].values()} == {"1", "7"}


@pytest.mark.parametrize(
    "operators",
    [
        b"BT /%s 20 Tf 1 0 0 1 30 300 Tm (\1\2) Tj ET",  # which font units a string has
        b"BT /%s 20 Tf 1 0 0 1 30 300 Tm %% a comment\n<%s> Tj ET",
    ],
)
def test_where_it_cannot_be_told_what_is_drawn_the_font_stays_whole(
    tmp_path: Path, operators: bytes
) -> None:
    path = tmp_path / "a.pdf"
    tj, glyphs = typed(REGULAR, "officeZ")
    name = f"F{REGULAR.sha256[:8]}".encode()
    content = operators % ((name, tj[2:-2]) if operators.count(b"%s") == 2 else (name,))
    with Writer(path, boxes_of(CARD), ALL_FONTS) as writer:
        writer.use(glyphs)
        writer.leaf(leaf(content))
        writer.leaf(leaf(line(REGULAR, tj)))
    with PrintFile(path) as opened:
        for _ in range(2):
            piece = written(tmp_path / "piece.pdf", opened.extract(0, 1))
            with pikepdf.open(piece) as pdf:
                assert dict(drawn_glyphs(pdf)).popitem()[1] == glyphs[REGULAR.sha256]
        whole = opened.extract(1, 1)
    sound(piece)
    assert ran("pdftotext", written(tmp_path / "w.pdf", whole), "-").strip() == "officeZ"


@pytest.mark.parametrize(("first", "count"), [(-1, 2), (0, 0), (7, 2), (8, 1)])
def test_pages_that_are_not_there_are_refused(printed: Path, first: int, count: int) -> None:
    with pytest.raises(RenderError, match=r"print\.pdf: has no pages .* it has 8"):
        extract(printed, first, count)


@pytest.mark.parametrize("content", [None, b"no PDF at all"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gone.pdf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RenderError, match=r"gone\.pdf: cannot be read"):
        extract(path, 0, 1)
