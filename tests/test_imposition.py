"""The print file: positions as data, then the PDF looked at as a picture."""

from __future__ import annotations

import dataclasses
import random
import re
import resource
import signal
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from flat_art import artwork, as_letters, fill, panel, picture, write_art
from hypothesis import assume, given
from hypothesis import strategies as st
from pikepdf import Dictionary, Name
from PIL import Image, ImageChops, ImageDraw
from small import ALL_FONTS, a_piece

from mailroom.errors import ConfigError, EnvironmentProblem, RenderError
from mailroom.formats import FORMATS, Format
from mailroom.model import Artwork, Piece
from mailroom.sheets.imposition import write_cards
from mailroom.sheets.panels import Imposition, impose
from mailroom.sheets.shared import SMALLEST_ART, art_name, hoist
from mailroom.units import Box, Size, mm

FLAT = FORMATS["card-5x7"]
FOLDED = FORMATS["card-a6-folded"]
TENT = FORMATS["card-a6-tent"]
#: Large enough cells to be read off as letters: trim 4 x 6 cells, bleed one cell.
CELL = mm(15)
SMALL = dataclasses.replace(FOLDED, trim=Size(4 * CELL, 6 * CELL), bleed=CELL)
SMALL_TENT = dataclasses.replace(TENT, trim=Size(6 * CELL, 4 * CELL), bleed=CELL)

Cards = list[tuple[Piece, Artwork]]


@st.composite
def folded_formats(draw: st.DrawFn) -> Format:
    long, short = mm(draw(st.floats(30, 190))), mm(draw(st.floats(30, 140)))
    fold = draw(st.sampled_from([FOLDED, TENT]))
    return dataclasses.replace(
        fold,
        trim=Size(long, short) if fold is TENT else Size(short, long),
        bleed=mm(draw(st.floats(0, 6))),
        sheet=draw(st.sampled_from(["a4", "letter"])),
        sides=draw(st.sampled_from(["two-sided-short-edge", "two-sided-long-edge"])),
    )


def imposed(fmt: Format) -> Imposition:
    try:
        return impose(fmt)
    except ConfigError:
        assume(False)
        raise


# Positions ---------------------------------------------------------------------------------


@given(folded_formats())
def test_each_page_is_on_the_sheet_exactly_once(fmt: Format) -> None:
    pages = [panel.page for side in imposed(fmt).sides for panel in side.panels]
    assert sorted(pages) == [0, 1, 2, 3]


@given(folded_formats())
def test_nothing_lies_outside_the_sheet_and_no_two_panels_overlap(fmt: Format) -> None:
    plan = imposed(fmt)
    sheet = Box(0, 0, plan.sheet.width, plan.sheet.height)
    for side in plan.sides:
        left, right = side.panels
        assert not left.shown.overlaps(right.shown, 1e-6)
        for placed in side.panels:
            assert sheet.contains(placed.shown, 1e-6)
            assert placed.shown.contains(placed.box, 1e-6)
    for mark in plan.marks:
        assert sheet.contains(Box(mark.x1, mark.y1, mark.x2 - mark.x1, mark.y2 - mark.y1), 1e-6)


@given(folded_formats())
def test_marks_and_number_stay_clear_of_the_bleed(fmt: Format) -> None:
    plan = imposed(fmt)
    for mark in plan.marks:
        left, top = min(mark.x1, mark.x2), min(mark.y1, mark.y2)
        ink = Box(left, top, abs(mark.x1 - mark.x2), abs(mark.y1 - mark.y2)).inset(-0.125)
        assert not plan.bleed.overlaps(ink)
    x, y = plan.number
    assert not plan.bleed.overlaps(Box(x, y - 6, 16, 6))


@given(folded_formats())
def test_every_panel_has_its_own_back_when_the_sheet_is_turned(fmt: Format) -> None:
    """Behind the front is the inside left (of a tent the upper), behind the back the other.

    A sheet turned over an edge is mirrored in a line along that edge.
    """
    plan = imposed(fmt)
    short = fmt.sides == "two-sided-short-edge"
    mirrored = short == (plan.sheet.width > plan.sheet.height)  # left to right; else upside down
    places = {
        fmt.pages[panel.page]: (side.name, panel) for side in plan.sides for panel in side.panels
    }
    for outer, inner in (("front", fmt.pages[1]), ("back", fmt.pages[2])):
        front, back = places[outer][1], places[inner][1]
        assert (places[outer][0], places[inner][0]) == ("outside", "inside")
        if mirrored:
            behind = (plan.sheet.width - front.box.right, front.box.y)
        else:
            behind = (front.box.x, plan.sheet.height - front.box.bottom)
        assert (back.box.x, back.box.y) == pytest.approx(behind)
        assert back.turned == (not short)
        assert front.turned == (fmt.fold == "tent" and outer == "back")


@given(folded_formats())
def test_crop_marks_point_at_the_corners_and_fold_marks_at_the_fold(fmt: Format) -> None:
    plan = imposed(fmt)
    upright = sorted(round(m.x1, 6) for m in plan.marks if m.x1 == m.x2)
    level = sorted(round(m.y1, 6) for m in plan.marks if m.y1 == m.y2)
    x, y = [plan.flat.x, plan.flat.right], [plan.flat.y, plan.flat.bottom]
    (x if fmt.fold == "side" else y).insert(1, sum(x if fmt.fold == "side" else y) / 2)
    assert upright == pytest.approx([edge for edge in x for _ in (0, 1)])
    assert level == pytest.approx([edge for edge in y for _ in (0, 1)])
    dashed = [m for m in plan.marks if m.fold]
    assert len(dashed) == 2 and all((m.x1 == m.x2) == (fmt.fold == "side") for m in dashed)


def test_a_sheet_too_small_for_the_card_is_refused_in_millimetres() -> None:
    large = dataclasses.replace(FOLDED, trim=Size(mm(148), mm(210)))
    with pytest.raises(ConfigError, match=r"297 x 210 mm, the card with its marks needs 318"):
        impose(large)


XMP = (
    b"<xmpMM:DocumentID>urn:uuid:1</xmpMM:DocumentID>"
    b"<xmpMM:InstanceID>urn:uuid:1</xmpMM:InstanceID>"
)


def test_output_intent_and_metadata_of_the_artwork_are_kept(tmp_path: Path) -> None:
    path = four_panels(SMALL, tmp_path / "art.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        profile = pdf.make_stream(b"a profile", N=4)
        intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFX, DestOutputProfile=profile)
        pdf.Root.OutputIntents = pikepdf.Array([intent])
        pdf.Root.Metadata = pdf.make_stream(XMP, Type=Name.Metadata, Subtype=Name.XML)
        pdf.docinfo["/Title"] = "Weihnachten (Größe)"
        pdf.docinfo["/Trapped"] = Name("/False")
        pdf.save(path, fix_metadata_version=False)
    piece = a_piece()
    cards = [(piece, artwork(piece.key, path, SMALL))]
    sheets = write_cards(cards, SMALL, tmp_path / "sheets.pdf", fonts=ALL_FONTS)
    with pikepdf.open(sheets) as pdf:
        assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes() == b"a profile"
        xmp = pdf.Root.Metadata.read_bytes()
        assert xmp.startswith(b"<xmpMM:DocumentID>urn:uuid:1<")
        assert b"<xmpMM:InstanceID>urn:uuid:1<" not in xmp
        assert b"<stRef:instanceID>urn:uuid:1<" in xmp
        assert str(pdf.docinfo["/Title"]) == "Weihnachten (Größe)"
        assert pdf.docinfo["/Trapped"] == Name("/False")
        assert pdf.pdf_version >= "1.6"


# Sheets as pictures ------------------------------------------------------------------------


def four_panels(fmt: Format, path: Path, **more: float) -> Path:
    letters = {
        "front": "Ff1", "inside-left": "Ll2", "inside-right": "Rr3", "back": "Bb4",
        "inside-top": "Ll2", "inside-bottom": "Rr3",
    }  # fmt: skip
    pages = [panel(fmt, *letters[page], cell=CELL) for page in fmt.pages]
    return write_art(path, fmt, pages, **more)  # type: ignore[arg-type]


def sheet_letters(tmp_path: Path, fmt: Format, page: int, **more: float) -> list[str]:
    """The imposed sheet round the flat card: a cell more on all sides than its bleed."""
    piece = a_piece()
    art = artwork(piece.key, four_panels(fmt, tmp_path / "art.pdf", **more), fmt)
    sheet = write_cards([(piece, art)], fmt, tmp_path / "sheets.pdf", fonts=ALL_FONTS)
    return as_letters(picture(sheet, page), impose(fmt).flat.inset(-2 * CELL), CELL)


OUTSIDE = [
    "............",
    ".4444411111.",
    ".4bBBBfFFF1.",
    ".4BBBBFFFF1.",
    ".4BBBBFFFF1.",
    ".4BBBBFFFF1.",
    ".4BBBBFFFF1.",
    ".4BBBBFFFF1.",
    ".4444411111.",
    "..#.........",
]
INSIDE = [
    "............",
    ".2222233333.",
    ".2lLLLrRRR3.",
    ".2LLLLRRRR3.",
    ".2LLLLRRRR3.",
    ".2LLLLRRRR3.",
    ".2LLLLRRRR3.",
    ".2LLLLRRRR3.",
    ".2222233333.",
    "..#.........",  # the piece's number
]


def test_the_front_is_right_of_the_back_and_no_bleed_covers_the_other_panel(
    tmp_path: Path,
) -> None:
    assert sheet_letters(tmp_path, SMALL, 0) == OUTSIDE


def test_the_inside_stands_upright_in_reading_order(tmp_path: Path) -> None:
    assert sheet_letters(tmp_path, SMALL, 1) == INSIDE


def test_a_page_whose_origin_is_the_trim_gives_the_same_sheet(tmp_path: Path) -> None:
    assert sheet_letters(tmp_path, SMALL, 0, origin=-float(SMALL.bleed)) == OUTSIDE


def test_turned_over_the_long_edge_the_inside_is_upside_down(tmp_path: Path) -> None:
    turned = dataclasses.replace(SMALL, sides="two-sided-long-edge")
    upside_down = [INSIDE[0], *(line[::-1] for line in reversed(INSIDE[1:-1])), INSIDE[-1]]
    assert sheet_letters(tmp_path, turned, 1) == upside_down


TENT_OUTSIDE = [
    "..........",
    ".44444444.",
    ".4BBBBBB4.",
    ".4BBBBBB4.",
    ".4BBBBBB4.",
    ".4BBBBBb4.",  # the back's own top left corner: it hangs down behind
    ".1fFFFFF1.",
    ".1FFFFFF1.",
    ".1FFFFFF1.",
    ".1FFFFFF1.",
    ".11111111.",
    "..#.......",
]
TENT_INSIDE = [
    "..........",
    ".22222222.",
    ".2lLLLLL2.",
    ".2LLLLLL2.",
    ".2LLLLLL2.",
    ".2LLLLLL2.",
    ".3rRRRRR3.",
    ".3RRRRRR3.",
    ".3RRRRRR3.",
    ".3RRRRRR3.",
    ".33333333.",
    "..#.......",
]


def test_a_tent_has_its_back_above_its_front_and_upside_down(tmp_path: Path) -> None:
    assert sheet_letters(tmp_path, SMALL_TENT, 0) == TENT_OUTSIDE


def test_the_inside_of_a_tent_stands_upright_one_panel_above_the_other(tmp_path: Path) -> None:
    assert sheet_letters(tmp_path, SMALL_TENT, 1) == TENT_INSIDE


def test_of_a_tent_turned_over_the_long_edge_the_inside_is_upside_down(tmp_path: Path) -> None:
    turned = dataclasses.replace(SMALL_TENT, sides="two-sided-long-edge")
    body = [line[::-1] for line in reversed(TENT_INSIDE[1:-1])]
    assert sheet_letters(tmp_path, turned, 1) == [TENT_INSIDE[0], *body, TENT_INSIDE[-1]]


@pytest.mark.parametrize("fmt", [FOLDED, TENT], ids=["side", "tent"])
def test_only_marks_and_the_number_are_printed_outside_the_bleed(
    tmp_path: Path, fmt: Format
) -> None:
    piece = a_piece(42)
    art = artwork(piece.key, four_panels(fmt, tmp_path / "art.pdf"), fmt)
    sheet = write_cards([(piece, art)], fmt, tmp_path / "sheets.pdf", fonts=ALL_FONTS)
    plan = impose(fmt)
    for page in (0, 1):
        image = picture(sheet, page, dpi=144)
        pen = ImageDraw.Draw(image)
        x, y = plan.number
        pen.rectangle([2 * v for v in (x - 1, y - 7, x + 16, y + 3)], "white")
        edges = plan.bleed.inset(-0.5)
        pen.rectangle([2 * v for v in (edges.x, edges.y, edges.right, edges.bottom)], "white")
        assert ink_of(image), "the marks are there"
        for mark in plan.marks:
            box = (
                min(mark.x1, mark.x2),
                min(mark.y1, mark.y2),
                max(mark.x1, mark.x2),
                max(mark.y1, mark.y2),
            )
            pen.rectangle([2 * box[0] - 3, 2 * box[1] - 3, 2 * box[2] + 3, 2 * box[3] + 3], "white")
        assert not ink_of(image), "and nothing else"


def ink_of(image: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.invert(image.convert("L")).getbbox()


def test_each_side_carries_the_number_of_its_piece(tmp_path: Path) -> None:
    cards, _ = deck(tmp_path, FOLDED, 3)
    sheets = write_cards(cards, FOLDED, tmp_path / "sheets.pdf", fonts=ALL_FONTS)
    assert texts(sheets) == ["0001", "0001", "0002", "0002", "0003", "0003"]


def texts(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range().strip() for page in document]
    finally:
        document.close()


# Flat pages --------------------------------------------------------------------------------


def deck(tmp_path: Path, fmt: Format, count: int, chunk: int = 2) -> tuple[Cards, list[Path]]:
    """Pieces with flat artwork of which the last page differs, in PDFs of `chunk` pieces."""
    cards: Cards = []
    paths = []
    per_piece = len(fmt.pages)
    for start in range(0, count, chunk):
        numbers = range(start + 1, min(count, start + chunk) + 1)
        pages = [
            fill("F", 0, 0, 90, 90).encode() if page < per_piece - 1 else own(number)
            for number in numbers
            for page in range(per_piece)
        ]
        path = write_art(tmp_path / f"chunk-{start}.pdf", fmt, pages)
        paths.append(path)
        for place, number in enumerate(numbers):
            piece = a_piece(number)
            cards.append((piece, artwork(piece.key, path, fmt, place * per_piece)))
    return cards, paths


def own(number: int) -> bytes:
    """A page that is like no other's."""
    noise = random.Random(number)
    return "".join(
        fill("B", noise.randrange(200), noise.randrange(200), 3, 3) for _ in range(8)
    ).encode()


def boxes(page: pikepdf.Page, name: str) -> list[float]:
    return [float(edge) for edge in page.obj[name]]


def test_a_flat_page_has_its_bleed_and_starts_at_the_origin(tmp_path: Path) -> None:
    art = write_art(tmp_path / "art.pdf", FLAT, [b"", b""], origin=-9)
    piece = a_piece()
    cards = write_cards(
        [(piece, artwork(piece.key, art, FLAT))], FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS
    )
    with pikepdf.open(cards) as pdf:
        assert len(pdf.pages) == 2
        for page in pdf.pages:
            assert boxes(page, "/MediaBox") == [0, 0, 378, 522]
            assert boxes(page, "/BleedBox") == [0, 0, 378, 522]
            assert boxes(page, "/TrimBox") == [9, 9, 369, 513]


def test_a_trimmed_page_is_its_trim_and_nothing_moves(tmp_path: Path) -> None:
    cell = mm(10)
    art = write_art(tmp_path / "art.pdf", FLAT, [panel(FLAT, "F", "f", "1", cell)] * 2)
    piece = a_piece()
    cards = [(piece, artwork(piece.key, art, FLAT))]
    whole = write_cards(cards, FLAT, tmp_path / "whole.pdf", fonts=ALL_FONTS)
    cut = write_cards(cards, FLAT, tmp_path / "cut.pdf", fonts=ALL_FONTS, trimmed=True)
    with pikepdf.open(cut) as pdf:
        assert boxes(pdf.pages[0], "/MediaBox") == [0, 0, 360, 504]
        assert boxes(pdf.pages[0], "/TrimBox") == [0, 0, 360, 504]
    trim = picture(whole, dpi=72).crop((9, 9, 369, 513))
    assert ImageChops.difference(trim, picture(cut, dpi=72)).getbbox() is None


def test_pages_keep_the_order_of_the_pieces_and_are_labelled_with_their_numbers(
    tmp_path: Path,
) -> None:
    cards, _ = deck(tmp_path, FLAT, 5)
    target = write_cards(list(reversed(cards)), FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)
    with pikepdf.open(target) as pdf:
        labels = [page.label for page in pdf.pages]
    expected = [f"piece {n:04} {page}" for n in (5, 4, 3, 2, 1) for page in ("front", "back")]
    assert labels == expected


def test_what_is_printed_is_what_was_drawn(tmp_path: Path) -> None:
    cards, paths = deck(tmp_path, FLAT, 2)
    target = write_cards(cards, FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)
    for page in range(4):
        drawn, printed = picture(paths[0], page, dpi=72), picture(target, page, dpi=72)
        assert ImageChops.difference(drawn, printed).getbbox() is None


def test_the_same_cards_give_the_same_bytes_and_a_sound_file(tmp_path: Path) -> None:
    for fmt in (FLAT, FOLDED):
        cards, _ = deck(tmp_path, fmt, 3)
        first = write_cards(cards, fmt, tmp_path / "one.pdf", fonts=ALL_FONTS)
        again = write_cards(cards, fmt, tmp_path / "two.pdf", fonts=ALL_FONTS)
        assert first.read_bytes() == again.read_bytes()
        with pikepdf.open(first) as pdf:
            assert pdf.check_pdf_syntax() == []


# Art stored once ---------------------------------------------------------------------------


def pictured(tmp_path: Path, count: int, chunk: int) -> Cards:
    """Cards with one large photograph, written into every chunk anew."""
    noise = random.Random(0).randbytes(60_000)
    cards: Cards = []
    for start in range(0, count, chunk):
        path = tmp_path / f"photo-{chunk}-{start}.pdf"
        with pikepdf.new() as pdf:
            image = pdf.make_stream(noise)
            image.stream_dict.update(image_header())
            resources = pdf.make_indirect(
                Dictionary(
                    XObject=Dictionary(Photo=image, Unused=pdf.make_stream(str(start).encode()))
                )
            )
            for number in range(start + 1, start + chunk + 1):
                for content in (b"q 300 0 0 300 0 0 cm /Photo Do Q\n", own(number)):
                    page = Dictionary(
                        Type=Name.Page,
                        MediaBox=[0, 0, 378, 522],
                        TrimBox=[9, 9, 369, 513],
                        Resources=resources,
                        Contents=pdf.make_stream(content),
                    )
                    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
            pdf.save(path)
        for place in range(chunk):
            piece = a_piece(start + place + 1)
            cards.append((piece, artwork(piece.key, path, FLAT, 2 * place)))
    return cards


def image_header() -> dict[str, object]:
    return {
        "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 200, "/Height": 100,
        "/ColorSpace": Name.DeviceRGB, "/BitsPerComponent": 8,
    }  # fmt: skip


def test_a_picture_on_every_card_is_stored_once(tmp_path: Path) -> None:
    few = write_cards(pictured(tmp_path, 4, 2), FLAT, tmp_path / "few.pdf", fonts=ALL_FONTS)
    many = write_cards(pictured(tmp_path, 40, 5), FLAT, tmp_path / "many.pdf", fonts=ALL_FONTS)
    assert few.stat().st_size > 60_000
    assert (many.stat().st_size - few.stat().st_size) / 36 < 500, "bytes a card beyond its art"
    with pikepdf.open(many) as pdf:
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/Width" in o]
        assert len(images) == 1


def drawing(number: int) -> bytes:
    """A page as WeasyPrint writes it: text and a large drawing in one stream."""
    art = "".join(f"q\n{fill('F', x * 7 % 300, x * 3 % 400, 4, 4)}Q\n" for x in range(80))
    return (
        f"q\nq\nBT\n/F0 12 Tf\n1 0 0 1 20 {400 - number} Tm\n<{number:04x}> Tj\nET\nQ\n"
        f"q\n0.5 0 0 0.5 0 0 cm\n{art}Q\nQ\n"
    ).encode()


def test_a_drawing_beside_a_name_is_stored_once(tmp_path: Path) -> None:
    cards: Cards = []
    font = Dictionary(Font=Dictionary(F0=Dictionary(Type=Name.Font)))
    for number in range(1, 31):
        path = write_art(tmp_path / f"{number}.pdf", FLAT, [drawing(number)] * 2, resources=font)
        piece = a_piece(number)
        cards.append((piece, artwork(piece.key, path, FLAT)))
    few = write_cards(cards[:2], FLAT, tmp_path / "few.pdf", fonts=ALL_FONTS).stat().st_size
    many = write_cards(cards, FLAT, tmp_path / "many.pdf", fonts=ALL_FONTS).stat().st_size
    assert (many - few) / 28 < 500


def test_a_drawing_taken_out_is_drawn_where_it_was(tmp_path: Path) -> None:
    """In other coordinates than the page's, so the page's MediaBox must not cut it."""
    art = fill("F", 0, 0, 4000, 6000) + fill("B", 100, 100, 900, 900) * 60
    page = f"q\n0.05 0 0 0.05 10 10 cm\nq\nBT\nET\nQ\nq\n{art}Q\nQ\n".encode()
    assert hoist(page)[1]
    path = write_art(tmp_path / "art.pdf", FLAT, [page] * 2)
    piece = a_piece()
    cards = write_cards(
        [(piece, artwork(piece.key, path, FLAT))], FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS
    )
    difference = ImageChops.difference(picture(path, dpi=72), picture(cards, dpi=72))
    assert difference.getbbox() is None


CONTENT = st.recursive(
    st.sampled_from(["BT\nET\n", "1 0 0 rg\n", "0 0 9 9 re f\n" * 200, "/Pattern cs\n"]),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: "q\n" + "".join(parts) + "Q\n"),
    max_leaves=12,
)


@given(CONTENT)
def test_hoisting_loses_no_operator_takes_no_text_and_leaves_patterns(content: str) -> None:
    rest, arts = hoist(content.encode())
    for number, art in enumerate(arts):
        assert len(art) >= SMALLEST_ART
        assert art.startswith(b"q\n") and art.endswith(b"Q\n")
        assert art.count(b"q\n") == art.count(b"Q\n")
        assert b"BT" not in art and b"/Pattern" not in art
        rest = rest.replace(f"{art_name(number)} Do\n".encode(), art, 1)
    assert rest == content.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"q\n" + b"0 0 9 9 re f\n" * 400 + b"(\nQ\n) Tj\nQ\n",
        b"q\nBI\nID\nQ\nEI\n" + b"0 0 9 9 re f\n" * 400 + b"Q\n",
        b"Q\nq\n" + b"0 0 9 9 re f\n" * 400 + b"Q\n",
        b"q\nq\n" + b"0 0 9 9 re f\n" * 400 + b"Q\n",
    ],
    ids=["string", "inline image", "Q too many", "q too many"],
)
def test_content_that_could_be_misread_stays_whole(content: bytes) -> None:
    assert hoist(content) == (content, ())


# Bad input ---------------------------------------------------------------------------------


def test_artwork_of_another_piece_is_never_printed(tmp_path: Path) -> None:
    cards, _ = deck(tmp_path, FLAT, 2)
    swapped = [(cards[0][0], cards[1][1])]
    with pytest.raises(RenderError, match="the artwork is that of winter:2") as caught:
        write_cards(swapped, FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)
    assert caught.value.where == "piece 0001"
    assert not (tmp_path / "cards.pdf").exists()


def test_artwork_of_another_size_is_refused_in_millimetres(tmp_path: Path) -> None:
    path = write_art(tmp_path / "art.pdf", FORMATS["letter-a4"], [b"", b""])
    card = (a_piece(), artwork("winter:1", path, FLAT))
    with pytest.raises(RenderError, match=re.escape("the page is 210 x 297 mm, its format 127 x")):
        write_cards([card], FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)


def test_artwork_with_too_few_pages_is_refused(tmp_path: Path) -> None:
    path = write_art(tmp_path / "art.pdf", FLAT, [b"", b"", b""])
    card = (a_piece(), artwork("winter:1", path, FLAT, first_page=2))
    with pytest.raises(RenderError, match="card-5x7 has 2 pages, the artwork 1"):
        write_cards([card], FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)


@pytest.mark.parametrize("content", [None, b"no PDF at all"])
def test_artwork_that_cannot_be_read_says_where_it_should_be(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "gone.pdf"
    if content is not None:
        path.write_bytes(content)
    card = (a_piece(), artwork("winter:1", path, FLAT))
    with pytest.raises(EnvironmentProblem, match=r"gone\.pdf: the artwork cannot be read"):
        write_cards([card], FLAT, tmp_path / "cards.pdf", fonts=ALL_FONTS)


def test_a_full_disk_leaves_the_old_file_and_says_what_is_free(tmp_path: Path) -> None:
    cards, _ = deck(tmp_path, FLAT, 2)
    target = tmp_path / "cards.pdf"
    target.write_bytes(b"the old one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        with pytest.raises(EnvironmentProblem, match=r"cards\.pdf: cannot write \d") as caught:
            write_cards(cards, FLAT, target, fonts=ALL_FONTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "are free in" in caught.value.hint
    assert target.read_bytes() == b"the old one"
    assert not list(tmp_path.glob("*.part"))
