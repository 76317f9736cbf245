"""Press sheets as they print: front held against back, plates, labels, sizes of files."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from flat_art import artwork, fill, picture, write_art
from hypothesis import example, given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageFilter, ImageOps
from small import ALL_FONTS, a_piece

from mailroom.canvas import font_for
from mailroom.errors import EnvironmentProblem, RenderError
from mailroom.formats import FORMATS, SHEETS, Format
from mailroom.model import Artwork, Piece
from mailroom.providers.calibration import Offset, Offsets
from mailroom.sheets.margins import Slug
from mailroom.sheets.nup import LONG_EDGE, SHORT_EDGE, Plan, plan
from mailroom.sheets.press_sheets import Run, write_press_sheets
from mailroom.sheets.slug import SlugLine, slug_words
from mailroom.units import Box, Size, mm

CARD, FOLDED, LETTER = (FORMATS[n] for n in ("card-5x7", "card-a6-folded", "letter-a4"))
WIDE = dataclasses.replace(CARD, name="wide", trim=CARD.trim.rotated(), sides=SHORT_EDGE)
PAD = dataclasses.replace(CARD, name="pad", sides=SHORT_EDGE)  # read like a pad: over the top
TENT = dataclasses.replace(
    FOLDED, name="tent", fold="tent", trim=FOLDED.trim.rotated(),
    pages=("front", "inside-top", "inside-bottom", "back"),
)  # fmt: skip
Cards = list[tuple[Piece, Artwork]]


def hook(size: Size, number: int) -> str:
    """Something that looks like itself one way only, another for each piece."""
    wide, high = size.width, size.height
    return (
        fill("F", 0.1 * wide, 0.1 * high, 0.2 * wide, 0.8 * high)
        + fill("L", 0.1 * wide, 0.75 * high, 0.7 * wide, 0.15 * high)
        + fill("R", 0.1 * wide, 0.45 * high, (0.3 + 0.04 * number) * wide, 0.12 * high)
    )


def mirrored(content: str, fmt: Format, *, sideways: bool) -> str:
    """The same seen through the paper by somebody who turns the piece over."""
    width, height = fmt.trim.width, fmt.trim.height
    turn = f"-1 0 0 1 {width} 0 cm" if sideways else f"1 0 0 -1 0 {height} cm"
    return f"q {turn}\n{content}Q\n"


def through_the_paper(fmt: Format, folder: Path, pieces: int) -> Cards:
    """Pieces whose backs show exactly what one would see of their fronts through the paper."""
    edge, size = float(fmt.bleed), fmt.trim
    grey = fill("4", -edge, -edge, size.width + 2 * edge, size.height + 2 * edge)
    pages: list[bytes] = []
    for number in range(pieces):
        front, back = (grey + hook(size, number + more) for more in (0, pieces))
        if fmt.fold:  # front is printed right of back; behind them the insides left and right
            behind = [mirrored(content, fmt, sideways=True) for content in (front, back)]
            four = {
                "front": front,
                "back": back,
                "inside-left": behind[0],
                "inside-right": behind[1],
                # A tent's front is lifted over the top; its back stands on its head on the
                # sheet, so that behind it is what one sees of it in a mirror.
                "inside-top": mirrored(front, fmt, sideways=False),
                "inside-bottom": behind[1],
            }
            pages += [four[name].encode() for name in fmt.pages]
        else:
            sideways = (size.width <= size.height) == (fmt.sides == LONG_EDGE)
            pages += [front.encode(), mirrored(front, fmt, sideways=sideways).encode()]
    path = write_art(folder / "art.pdf", fmt, pages)
    return cards_in(path, fmt, pieces)


def cards_in(path: Path, fmt: Format, pieces: int, first: int = 1) -> Cards:
    people = [a_piece(first + n) for n in range(pieces)]
    pages = len(fmt.pages)
    return [(p, artwork(p.key, path, fmt, n * pages)) for n, p in enumerate(people)]


def run_of(cards: Sequence[tuple[Piece, Artwork]], made: Plan, **more: object) -> Run:
    numbers = tuple(piece.number for piece, _ in cards)
    return Run(plan=made, numbers=numbers, **more)  # type: ignore[arg-type]


def printed(cards: Cards, fmt: Format, made: Plan, folder: Path, **more: object) -> Path:
    keys = {"order", "lift"}
    run = run_of(cards, made, **{k: v for k, v in more.items() if k in keys})
    rest = {k: v for k, v in more.items() if k not in keys}
    target = folder / "sheets.pdf"
    return write_press_sheets(cards, fmt, run, target, fonts=ALL_FONTS, **rest)  # type: ignore[arg-type]


def trimmed(image: Image.Image, made: Plan, dpi: float) -> Image.Image:
    """What lies within the bleed: the slug line says something else on each side."""
    box, scale = made.bleed, dpi / 72
    return image.crop(tuple(round(n * scale) for n in (box.x, box.y, box.right, box.bottom)))


# Front and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("flip", [LONG_EDGE, SHORT_EDGE])
@pytest.mark.parametrize(
    ("fmt", "sheet"),
    [(CARD, "sra3"), (CARD, "a4"), (WIDE, "sra3"), (PAD, "12x18"), (PAD, "letter"),
     (FOLDED, "sra3"), (FOLDED, "a3"), (TENT, "sra3"), (TENT, "a4")],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_held_against_the_light_every_back_covers_its_front(
    fmt: Format, sheet: str, flip: str, tmp_path: Path
) -> None:
    made = plan(fmt, SHEETS[sheet], flip=flip)
    path = printed(through_the_paper(fmt, tmp_path, made.up), fmt, made, tmp_path)
    front, back = (trimmed(picture(path, page, 72), made, 72) for page in (0, 1))
    mirror, pad = ImageOps.mirror(back), ImageOps.flip(back)
    over, other = (mirror, pad) if flip == LONG_EDGE else (pad, mirror)
    assert differing(front, over) == 0
    assert differing(front, other) > 0.002, "turned over the other edge it must not match"


def test_poppler_sees_the_same_as_pdfium(tmp_path: Path) -> None:
    if not shutil.which("pdftoppm"):
        pytest.skip("poppler is not installed")
    made = plan(FOLDED, SHEETS["sra3"])
    path = printed(through_the_paper(FOLDED, tmp_path, made.up), FOLDED, made, tmp_path)
    command = ["pdftoppm", "-r", "72", "-png", str(path), str(tmp_path / "p")]
    subprocess.run(command, check=True, capture_output=True)
    pages = [Image.open(tmp_path / f"p-{n}.png").convert("RGB") for n in (1, 2)]
    front, back = (trimmed(page, made, 72) for page in pages)
    assert differing(front, ImageOps.mirror(back)) == 0
    assert differing(front, trimmed(picture(path, 0, 72), made, 72)) == 0


def differing(one: Image.Image, other: Image.Image) -> float:
    """Which part of the pictures differs by more than the seam of a pixel."""
    mask = ImageChops.difference(one, other).convert("L").point(lambda value: 255 * (value > 40))
    return float((np.asarray(mask.filter(ImageFilter.MinFilter(3))) > 0).mean())


def test_the_marks_of_both_sides_print_on_the_same_spots(tmp_path: Path) -> None:
    made = plan(CARD, SHEETS["sra3"])
    bare = dataclasses.replace(
        made,
        front=dataclasses.replace(made.front, slug=None),
        back=made.back and dataclasses.replace(made.back, slug=None),
    )
    path = printed(through_the_paper(CARD, tmp_path, 4), CARD, bare, tmp_path)
    front, back = (picture(path, page, 150).convert("L") for page in (0, 1))
    seen, over = (np.asarray(image) < 128 for image in (front, ImageOps.mirror(back)))
    near = np.asarray(front.filter(ImageFilter.MinFilter(3))) < 128
    assert seen.sum() > 500
    assert (over & ~near).sum() < 0.01 * over.sum()


def test_pieces_come_out_in_order_once_cut_and_stacked(tmp_path: Path) -> None:
    """Read off the finished file: each slot's number, sheet by sheet, stack on stack."""
    pages = [page for n in range(1, 12) for page in (words(n), words(n))]
    path = write_art(tmp_path / "art.pdf", CARD, pages, resources=helvetica())
    made = plan(CARD, SHEETS["sra3"])
    path = printed(cards_in(path, CARD, 11), CARD, made, tmp_path, lift=2)
    pile: list[str] = []
    with pypdfium2.PdfDocument(path) as document:
        sheets = [document[page] for page in range(0, len(document), 2)]
        for lift in (sheets[:2], sheets[2:]):
            pile += [said(page, slot.box, made) for slot in made.front.slots for page in lift]
    assert [text for text in pile if text] == [f"No {n}" for n in range(1, 12)]
    assert pile[-1:] == [""]


def words(number: int) -> bytes:
    return f"BT /F1 24 Tf 40 200 Td (No {number}) Tj ET\n".encode()


def helvetica() -> Dictionary:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    return Dictionary(Font=Dictionary(F1=font))


def said(page: pypdfium2.PdfPage, box: Box, made: Plan) -> str:
    high = made.sheet.height
    text = page.get_textpage().get_text_bounded(box.x, high - box.bottom, box.right, high - box.y)
    return str(text).strip()


# What stands outside -------------------------------------------------------------------------


def sheets_of_ten(folder: Path, **more: object) -> Path:
    made = plan(CARD, SHEETS["sra3"])
    return printed(through_the_paper(CARD, folder, 10), CARD, made, folder, **more)


def test_every_sheet_names_itself_and_its_pieces_outside_the_trim(tmp_path: Path) -> None:
    path = sheets_of_ten(tmp_path, remark="not approved")
    with pypdfium2.PdfDocument(path) as document:
        lines = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
        labels = [document.get_page_label(n) for n in range(len(document))]
    assert lines[0] == "sheet 1 of 3 front not approved 0001 0004 0007 0010 winter"
    assert lines[3] == "sheet 2 of 3 back not approved 0002 0005 0008 - winter"
    assert labels[0] == "sheet 1 front: 0001 0004 0007 0010"
    assert labels[5] == "sheet 3 back: 0003 0006 0009 -"


def test_a_line_too_long_for_its_place_still_says_sheet_and_first_and_last(tmp_path: Path) -> None:
    small = dataclasses.replace(CARD, trim=Size(mm(40), mm(25)), sides=SHORT_EDGE)
    made = plan(small, SHEETS["sra3"])
    path = printed(through_the_paper(small, tmp_path, made.up), small, made, tmp_path)
    with pypdfium2.PdfDocument(path) as document:
        text = document[0].get_textpage().get_text_range()
    assert re.fullmatch(rf"sheet 1 of 1 front +0001 \.\.\. 00{made.up}", text)


@example("0Ǩ", [None, 1, 1, 1, 1], 111.0, 6.0)  # a size that is rounded up when written
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60),
    st.lists(st.none() | st.integers(1, 99_999), max_size=60),
    st.floats(8, 400),
    st.floats(mm(1.8), mm(2.4)),
)
def test_a_slug_line_never_leaves_its_place(
    title: str, numbers: list[int | None], length: float, height: float
) -> None:
    line = SlugLine(font_for("plain", ALL_FONTS))
    slug = Slug(box=Box(10, 10, length, height))
    words = [*slug_words("sheet 1 of 9 front", numbers, "not approved", title)]
    drawn, glyphs = line.operators(slug, words, 100)
    size = float(re.search(rb"/F\w+ ([\d.]+) Tf", drawn)[1])  # type: ignore[index]
    shown = re.search(rb"<([0-9A-F]*)>", drawn)[1]  # type: ignore[index]
    [known] = glyphs.values()
    text = "".join(known[int(shown[n : n + 4], 16)] for n in range(0, len(shown), 4))
    assert line.width(text, size) <= length + 1e-6
    assert 0.7 * size <= height + 1e-3
    if length > 60:
        assert text.startswith("sheet 1 of 9 front")


def plates(path: Path, folder: Path, page: int = 1) -> dict[str, np.ndarray]:
    """The separations of a page as Ghostscript makes them; 255 is full ink."""
    if not shutil.which("gs"):
        pytest.skip("Ghostscript is not installed")
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=tiffsep", "-r100"]
    command += [f"-dFirstPage={page}", f"-dLastPage={page}", f"-sOutputFile={folder}/p.tif"]
    subprocess.run([*command, str(path)], check=True, capture_output=True)
    found = {}
    for file in folder.glob("p*.tif"):
        name = re.search(r"\((.+)\)", file.name)
        if name:
            found[name[1]] = 255 - np.asarray(Image.open(file).convert("L"))
    return found


def test_marks_print_on_every_plate_at_full_ink_also_on_a_spot_colour(tmp_path: Path) -> None:
    function = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 1, 0, 0], N=1)
    spot = Array([Name.Separation, Name("/Foil"), Name.DeviceCMYK, function])
    foil = b"/Spot cs 1 scn 60 60 90 90 re f\n"
    pages = [foil, foil]
    resources = Dictionary(ColorSpace=Dictionary(Spot=spot))
    art = write_art(tmp_path / "art.pdf", CARD, pages, resources=resources)
    made = plan(CARD, SHEETS["a4"])
    path = printed(cards_in(art, CARD, 1), CARD, made, tmp_path)
    found = plates(path, tmp_path)
    assert {*found} == {"Cyan", "Magenta", "Yellow", "Black", "Foil"}
    mark = made.front.marks[0]
    scale = 100 / 72
    top, bottom = sorted((mark.y1 * scale, mark.y2 * scale))
    for name, plate in found.items():
        strip = plate[int(top) + 2 : int(bottom) - 2, int(mark.x1 * scale) - 2 :][:, :5]
        assert strip.max() == 255, name


def test_boxes_embedded_fonts_and_syntax_are_sound(tmp_path: Path) -> None:
    path = sheets_of_ten(tmp_path)
    made = plan(CARD, SHEETS["sra3"])
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        for page in pdf.pages:
            assert [float(n) for n in page.mediabox] == pytest.approx(
                [0, 0, mm(320), mm(450)], abs=1e-3
            )
            left, bottom, right, top = (float(n) for n in page.trimbox)
            assert (right - left, top - bottom) == pytest.approx(
                (made.trim.width, made.trim.height), abs=1e-3
            )
        fonts = [o for o in pdf.objects if isinstance(o, Dictionary) and "/FontName" in o]
        assert fonts
        assert all("/FontFile2" in font for font in fonts)
        drawn = b"".join(o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream))
    assert b"Helvetica" not in drawn
    if shutil.which("qpdf"):
        subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)


# Offsets -------------------------------------------------------------------------------------


def ink_box(image: Image.Image) -> tuple[int, int, int, int]:
    dark = Image.eval(image.convert("L"), lambda value: 255 if value < 128 else 0)
    found = dark.getbbox()
    assert found
    return found


@pytest.mark.slow
def test_what_a_machine_prints_off_the_mark_is_taken_back_side_by_side(tmp_path: Path) -> None:
    """At 254 dpi a pixel is a tenth of a millimetre."""
    off = Offsets(front=Offset(right=0.5, down=-0.3), back=Offset(right=-1.0, down=0.2))
    plain = [ink_box(picture(sheets_of_ten(tmp_path), page, 254)) for page in (0, 1)]
    moved = [ink_box(picture(sheets_of_ten(tmp_path, offsets=off), page, 254)) for page in (0, 1)]
    for before, after, right, down in zip(plain, moved, (-5, 10), (3, -2), strict=True):
        assert [a - b for a, b in zip(after, before, strict=True)] == pytest.approx(
            [right, down, right, down], abs=1
        )


# The file ------------------------------------------------------------------------------------


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    assert sheets_of_ten(tmp_path).read_bytes() == sheets_of_ten(tmp_path).read_bytes()


def test_what_pieces_share_is_stored_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 255, 300_000, dtype=np.uint8).tobytes()
    with pikepdf.new() as pdf:
        image = pdf.make_stream(
            noise, Type=Name.XObject, Subtype=Name.Image, Width=300, Height=250,
            ColorSpace=Name.DeviceCMYK, BitsPerComponent=8,
        )  # fmt: skip
        media, edge = CARD.media_box, float(CARD.bleed)
        for n in range(80):
            content = b"q 300 0 0 300 0 0 cm /Im Do Q\n" + fill("F", n, n, 50, 50).encode()
            page = Dictionary(
                Type=Name.Page, MediaBox=[0, 0, media.width, media.height],
                TrimBox=[edge, edge, media.width - edge, media.height - edge],
                Resources=Dictionary(XObject=Dictionary(Im=image)),
                Contents=pdf.make_stream(content),
            )  # fmt: skip
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(tmp_path / "art.pdf")
    made = plan(CARD, SHEETS["sra3"])
    path = printed(cards_in(tmp_path / "art.pdf", CARD, 40), CARD, made, tmp_path)
    assert path.stat().st_size < 1.2 * (tmp_path / "art.pdf").stat().st_size
    with pikepdf.open(path) as pdf:
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream)
                  and o.get("/Subtype") == "/Image"]  # fmt: skip
    assert len(images) == 1


def test_output_intent_and_metadata_of_the_artwork_are_kept(tmp_path: Path) -> None:
    cards = through_the_paper(CARD, tmp_path, 4)
    with pikepdf.open(tmp_path / "art.pdf", allow_overwriting_input=True) as pdf:
        profile = pdf.make_stream(b"a profile", N=4)
        intent = Dictionary(
            Type=Name.OutputIntent, S=Name.GTS_PDFX, DestOutputProfile=profile,
            OutputConditionIdentifier=pikepdf.String("FOGRA39"),
        )  # fmt: skip
        pdf.Root.OutputIntents = Array([intent])
        pdf.Root.Metadata = pdf.make_stream(b"<x/>", Type=Name.Metadata, Subtype=Name.XML)
        pdf.docinfo["/Title"] = "Weihnachten (Größe)"
        pdf.docinfo["/Trapped"] = Name("/False")
        pdf.save(tmp_path / "art.pdf", fix_metadata_version=False)
    path = printed(cards, CARD, plan(CARD, SHEETS["sra3"]), tmp_path)
    with pikepdf.open(path) as pdf:
        [kept] = pdf.Root.OutputIntents
        assert kept.OutputConditionIdentifier == "FOGRA39"
        assert kept.DestOutputProfile.read_bytes() == b"a profile"
        assert pdf.Root.Metadata.read_bytes() == b"<x/>"
        assert str(pdf.docinfo["/Title"]) == "Weihnachten (Größe)"
        assert pdf.docinfo["/Trapped"] == Name("/False")
        assert pdf.pdf_version >= "1.6"
        assert pdf.check_pdf_syntax() == []


def test_artwork_of_somebody_else_or_of_another_size_is_refused(tmp_path: Path) -> None:
    cards = through_the_paper(CARD, tmp_path, 2)
    made = plan(CARD, SHEETS["a4"])
    swapped = [(cards[0][0], cards[1][1])]
    with pytest.raises(RenderError, match="piece 0001: the artwork is that of winter:2"):
        printed(swapped, CARD, made, tmp_path)
    other = dataclasses.replace(CARD, trim=Size(mm(100), mm(150)))
    with pytest.raises(RenderError, match=r"the page is 127 x 177\.8 mm, its format 100 x 150"):
        printed(cards, other, made, tmp_path)
    gone = [(piece, dataclasses.replace(art, path=tmp_path / "no.pdf")) for piece, art in cards]
    with pytest.raises(EnvironmentProblem, match="cannot be read"):
        printed(gone, CARD, made, tmp_path)
    assert not (tmp_path / "sheets.pdf").exists()
