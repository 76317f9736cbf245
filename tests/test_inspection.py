"""mailroom preflight: every planted fault is found by its own rule, clean files have none."""

from __future__ import annotations

import dataclasses
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from commands import typed
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from planted import (
    CLEAN,
    FAULTS,
    INCH,
    LETTER,
    Paper,
    Planted,
    area,
    card,
    pictures_of_every_kind,
    write,
)
from press_tools import LAYOUTS
from reportlab.lib.colors import CMYKColor
from small import a_piece, draw, merged_of

from mailroom import codes
from mailroom.formats import FORMATS
from mailroom.inspection import bars, rules
from mailroom.inspection.colours import CMYK, GRAY, Colour, Space, ink_of
from mailroom.inspection.content import Interpreter, Trouble
from mailroom.inspection.document import Document
from mailroom.inspection.inspect import Report, inspect
from mailroom.inspection.leaf import Leaf, Tools
from mailroom.inspection.marks import Mark
from mailroom.inspection.picture import paint
from mailroom.inspection.plates import Plates
from mailroom.inspection.wanted import Wanted, of_format
from mailroom.layout import read_layout
from mailroom.matrix import IDENTITY, moved, times
from mailroom.model import Severity
from mailroom.units import to_mm

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
each_clean = pytest.mark.parametrize("name", sorted(CLEAN))


def judged(fault: Planted, folder: Path) -> Report:
    path = folder / "planted.pdf"
    fault.write(path)
    fmt = FORMATS[fault.format] if fault.format else None
    return inspect(path, fmt=fmt, pdf_x=fault.pdfx)


def found(report: Report) -> set[str]:
    return {offence.finding.rule for offence in report.offences}


def errors(report: Report) -> set[str]:
    offences = (offence.finding for offence in report.offences)
    return {finding.rule for finding in offences if finding.severity == Severity.ERROR}


# --- the planted set -------------------------------------------------------------------------


@each_fault
def test_a_planted_fault_is_found_by_its_own_rule_and_by_no_other(
    fault: Planted, tmp_path: Path
) -> None:
    report = judged(fault, tmp_path)
    assert fault.rule in found(report)
    assert errors(report) <= {fault.rule}
    own = [each for each in report.offences if each.finding.rule == fault.rule]
    assert all(each.finding.hint and each.finding.message for each in own)
    if fault.page:
        assert fault.page in {each.finding.page for each in own}


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule.name for rule in rules.RULES} == {fault.rule for fault in FAULTS}


def test_there_are_many_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 25


@each_clean
@pytest.mark.parametrize("named", [True, False], ids=["named", "told by its size"])
def test_a_clean_file_has_no_finding_at_all(name: str, named: bool, tmp_path: Path) -> None:
    path = tmp_path / "clean.pdf"
    write(CLEAN[name], path)
    report = inspect(path, fmt=FORMATS[name] if named else None, pdf_x=True)
    assert report.offences == ()
    assert report.ok and name in [product.name for product in report.wanted.products]


WHERE = {  # what is planted where, in points from the top left corner of the trim
    "all-four-inks-at-once": (60, 504 - 160, 100, 60),
    "a-tint-in-the-address-block": (300, 288 - 90, 30, 30),
    "a-picture-of-the-web": (40, 504 - 140, 90, 60),
    "white-that-vanishes": (60, 504 - 160, 100, 60),
    "a-link-on-the-page": (50, 504 - 220, 150, 20),
}


@pytest.mark.parametrize("name", WHERE)
def test_a_finding_says_where_the_fault_lies(name: str, tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == name)
    box = judged(fault, tmp_path).offences[0].boxes[0]
    seen = (box.x, box.y, box.width, box.height)
    assert [round(to_mm(v), 1) for v in seen] == pytest.approx(
        [to_mm(v) for v in WHERE[name]], abs=0.8
    )


# --- what is told of a good file ---------------------------------------------------------------


def test_a_good_card_is_told_why_it_is_good(tmp_path: Path) -> None:
    write(CLEAN["card-5x7"], tmp_path / "card.pdf")
    answer = typed(None, "preflight", str(tmp_path / "card.pdf"))
    assert answer.code == 0
    for words in (
        "card.pdf: fit to print",
        "127 x 177.8 mm trimmed, 3.2 mm of bleed; that",
        "card-5x7",
        "Cyan, Magenta, Black, Gold Foil",
        "Alegreya-Regular; all embedded",
        "at least 320 dpi (page 2)",
        "reads: https://example.com/r/7Q2",
        "reads: MAILROOM 000042",
        "says it is PDF/X-4 for FOGRA39; checked by mailroom itself, not certified",
    ):
        assert words in answer.words
    assert "To change" not in answer.out


def test_a_bad_card_is_told_what_to_change(tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == "a-picture-of-the-web")
    fault.write(tmp_path / "card.pdf")
    answer = typed(None, "preflight", str(tmp_path / "card.pdf"))
    assert answer.code == 1
    assert "card.pdf: not fit to print" in answer.out
    assert "has 96 dpi, and 300 are wanted [image-resolution]" in answer.words
    assert "page 2: 14.1 mm from the left, 128.4 mm from the top" in answer.words
    assert "print it at most 10.2 mm wide" in answer.words
    assert answer.words.endswith("--picture OUT.png")


def test_programs_get_the_same(tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == "all-four-inks-at-once")
    fault.write(tmp_path / "card.pdf")
    answer = typed(None, "preflight", str(tmp_path / "card.pdf"), "--json")
    told = answer.json
    assert answer.code == 1 and told["ok"] is False and told["errors"] == 1
    assert "card-5x7" in told["products"] and told["trim_mm"] == [127.0, 177.8]
    assert told["plates"] == ["Cyan", "Magenta", "Yellow", "Black", "Gold Foil"]
    assert told["most_ink"] == pytest.approx(340, abs=3)
    (finding,) = told["findings"]
    assert finding["rule"] == "total-ink" and finding["page"] == 1 and finding["number"] == 1
    assert set(finding["boxes_mm"][0]) == {"x", "y", "width", "height"}


def test_the_limit_of_ink_is_the_users(tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == "all-four-inks-at-once")
    fault.write(tmp_path / "card.pdf")
    assert typed(None, "preflight", str(tmp_path / "card.pdf"), "--ink", "350").code == 0


def test_the_picture_marks_the_fault_in_red_at_its_place(tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == "a-picture-of-the-web")
    fault.write(tmp_path / "card.pdf")
    target = tmp_path / "wrong.png"
    answer = typed(None, "preflight", str(tmp_path / "card.pdf"), "--picture", str(target))
    assert answer.code == 1 and "Marked in red" in answer.err
    picture = Image.open(target).convert("RGB")
    left, top, right, bottom = _red(picture)
    scale = 110 / 72  # the frame begins a point outside of the image, the flag above it
    assert right - left == pytest.approx(92 * scale, abs=4)
    assert bottom - top == pytest.approx(62 * scale + 20, abs=6)


def _red(picture: Image.Image) -> tuple[int, int, int, int]:
    red, green, _ = picture.split()
    hit = ImageChops.subtract(red, green).point(lambda value: 255 if value > 180 else 0)
    box = hit.getbbox()
    assert box, "nothing is marked"
    return box


def test_a_picture_of_a_good_file_has_nothing_red_on_it(tmp_path: Path) -> None:
    write(CLEAN["letter-a4"], tmp_path / "letter.pdf")
    report = inspect(tmp_path / "letter.pdf")
    assert paint(report, tmp_path / "letter.png") == 1
    red, green, _ = Image.open(tmp_path / "letter.png").convert("RGB").split()
    assert ImageChops.subtract(red, green).getextrema()[1] < 60


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere.pdf",), 1, "there is no such file"),
        (("x.pdf", "--format", "card-9x9"), 4, "there is no format 'card-9x9'"),
        (("x.pdf", "--picture", "x.jpg"), 2, "does not end in .png"),
        (("x.pdf", "--ink", "900"), 2, "900"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], code: int, said: str) -> None:
    answer = typed(None, "preflight", *words)
    assert answer.code == code and said in answer.err


def test_what_is_no_pdf_gets_no_picture(tmp_path: Path) -> None:
    (tmp_path / "list.pdf").write_text("Anna;Weber\n")
    target = tmp_path / "wrong.png"
    answer = typed(None, "preflight", str(tmp_path / "list.pdf"), "--picture", str(target))
    assert answer.code == 1 and "it is no PDF" in answer.out
    assert not target.exists()


def test_of_many_pages_some_are_looked_into_and_the_answer_says_so(tmp_path: Path) -> None:
    def many(pdf: pikepdf.Pdf) -> None:
        for _ in range(100):
            pdf.pages.append(pdf.pages[0])

    path = tmp_path / "many.pdf"
    write(CLEAN["letter-a4"], path, many)
    report = inspect(path, most=5)
    assert report.pages == 101 and report.ok
    assert report.looked_at == (1, 26, 51, 76, 101)


def test_a_fault_in_the_boxes_of_the_last_of_many_pages_is_found(tmp_path: Path) -> None:
    def many(pdf: pikepdf.Pdf) -> None:
        for _ in range(80):
            pdf.pages.append(pdf.pages[1])
        pdf.pages[-2].obj["/UserUnit"] = 3

    card(tmp_path / "many.pdf", many)
    assert "user-unit" in errors(inspect(tmp_path / "many.pdf", most=2))


def test_a_sheet_that_was_not_named_is_only_warned_of_the_zones_of_a_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = (of_format(FORMATS["letter-a4"]),)  # whatever else may be of that size
    monkeypatch.setattr("mailroom.inspection.inspect.recognised", lambda *_: only)
    fault = next(each for each in FAULTS if each.rule == "window")
    fault.write(tmp_path / "sheet.pdf")
    report = inspect(tmp_path / "sheet.pdf")
    assert "window" in found(report) and report.ok


def test_a_size_that_several_formats_have_is_told_with_all_of_them(tmp_path: Path) -> None:
    us = Paper(width=8.5 * INCH, height=11 * INCH, bleed=0, pages=(lambda canvas: None,))
    write(us, tmp_path / "letter.pdf")
    answer = typed(None, "preflight", str(tmp_path / "letter.pdf"))
    assert answer.code == 0
    assert "that may be letter-us" in answer.words and "letter-lob" in answer.words
    assert "their zones are not looked at" in answer.words
    assert answer.words.endswith("--format NAME")


def test_a_word_on_nothing_makes_no_pdfx_of_a_file_without_a_label(tmp_path: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        del pdf.Root["/Metadata"]
        del pdf.Root["/OutputIntents"]

    card(tmp_path / "card.pdf", mend)
    report = inspect(tmp_path / "card.pdf")
    assert report.ok and found(report) == {"pdfx-label"}
    assert errors(inspect(tmp_path / "card.pdf", pdf_x=True)) == {"pdfx-label", "pdfx-intent"}


# --- judged by Ghostscript ---------------------------------------------------------------------


def _plates(path: Path, number: int) -> Plates:
    with Document(path) as document:
        wanted = Wanted(products=())
        with Leaf(document, number, wanted, Tools()) as leaf:
            return leaf.plates


def _separated(path: Path, number: int) -> Callable[[str], Image.Image]:
    """The plates as Ghostscript makes them: 255 is full ink."""
    options = ("-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffsep", "-r72")
    smooth = ("-dTextAlphaBits=4", "-dGraphicsAlphaBits=4")
    pages = (f"-dFirstPage={number}", f"-dLastPage={number}")
    target = f"-sOutputFile={path.parent}/page.tif"
    subprocess.run(["gs", *options, *smooth, *pages, target, path], check=True)

    def plate(name: str) -> Image.Image:
        return ImageChops.invert(Image.open(f"{path.parent}/page({name}).tif").convert("L"))

    return plate


with_ghostscript = pytest.mark.skipif(not shutil.which("gs"), reason="Ghostscript is not here")


@with_ghostscript
@pytest.mark.parametrize(
    "name", ["ink-on-ink-by-overprint", "ink-on-ink-by-multiplying", "a-heavy-picture"]
)
def test_the_plates_are_those_of_ghostscript(name: str, tmp_path: Path) -> None:
    fault = next(each for each in FAULTS if each.name == name)
    path = tmp_path / "card.pdf"
    fault.write(path)
    theirs = _separated(path, fault.page)
    for plate, ours in _plates(path, fault.page).inks.items():
        apart = ImageChops.difference(ours, theirs(plate))
        assert ImageStat.Stat(apart).mean[0] < 1.0, plate  # of 255: the edges of letters
        inside = apart.crop((80, 340, 120, 390))  # flat art, no edges
        assert inside.getextrema()[1] <= 3, plate


@with_ghostscript
def test_pictures_of_every_kind_have_the_ink_that_ghostscript_gives_them(tmp_path: Path) -> None:
    path = tmp_path / "pictures.pdf"
    places = pictures_of_every_kind(path)
    theirs, inked = _separated(path, 1), set()
    for plate, ours in _plates(path, 1).inks.items():
        for number, place in enumerate(places):
            apart = ImageChops.difference(ours.crop(place), theirs(plate).crop(place))
            assert ImageStat.Stat(apart).mean[0] < 2.5, f"picture {number}, {plate}"
            if ours.crop(place).getextrema()[1] > 20:
                inked.add(number)
    assert inked == set(range(len(places)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [folder.name for folder in sorted(LAYOUTS.iterdir()) if folder.is_dir()]
)
def test_no_shipped_layout_gives_a_false_alarm(name: str, tmp_path: Path) -> None:
    layout = read_layout(LAYOUTS / name)
    for fmt in layout.formats:
        path = tmp_path / f"{fmt}.pdf"
        one = dataclasses.replace(layout, formats=(fmt,))
        pieces = (a_piece(1), a_piece(2, "Maximiliane", "von Hohenstein", language="de"))
        draw(one, merged_of(one, *pieces), path)
        report = inspect(path, fmt=FORMATS[fmt], pdf_x=True)
        assert found(report) == set(), [each.first for each in report.complaints]


# --- the readings, one by one --------------------------------------------------------------------


def marks_of(content: bytes, tmp_path: Path, **resources: Any) -> list[Mark]:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj["/Contents"] = pdf.make_stream(content)
    page.obj["/Resources"] = pikepdf.Dictionary(**resources)
    return Interpreter().marks(page.obj)


def test_a_stroke_is_as_wide_as_its_matrix_makes_it(tmp_path: Path) -> None:
    (mark,) = marks_of(b"q 0.5 0 0 0.5 10 10 cm 2 w 0 0 m 100 0 l S Q", tmp_path)
    assert mark.kind == "stroke" and mark.width == 1
    assert mark.corners == (9.5, 9.5, 60.5, 10.5)


def test_a_clip_cuts_what_is_painted_and_ends_with_its_q(tmp_path: Path) -> None:
    inside, outside = marks_of(
        b"q 0 0 50 50 re W n 20 20 100 100 re f Q 20 20 100 100 re f", tmp_path
    )
    assert inside.corners == (20, 20, 50, 50)
    assert outside.corners == (20, 20, 120, 120)


def test_what_is_clipped_away_is_not_there(tmp_path: Path) -> None:
    assert marks_of(b"0 0 10 10 re W n 50 50 10 10 re f", tmp_path) == []


def test_a_form_has_its_matrix_and_its_box(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    form = pdf.make_stream(b"0 0 0 1 k 0 0 500 500 re f")
    form.stream_dict.update({"/Subtype": pikepdf.Name.Form, "/BBox": pikepdf.Array([0, 0, 10, 10])})
    form["/Matrix"] = pikepdf.Array([2, 0, 0, 2, 5, 5])
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj["/Contents"] = pdf.make_stream(b"/A Do")
    page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=form))
    (mark,) = Interpreter().marks(page.obj)
    assert mark.corners == (5, 5, 25, 25)
    assert mark.colour == Colour(CMYK, (0, 0, 0, 1))


def test_a_form_that_paints_itself_ends(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    form = pdf.make_stream(b"0 0 5 5 re f /A Do")
    form.stream_dict.update({"/Subtype": pikepdf.Name.Form, "/BBox": pikepdf.Array([0, 0, 9, 9])})
    form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=form))
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj["/Contents"] = pdf.make_stream(b"/A Do")
    page.obj["/Resources"] = form["/Resources"]
    assert 0 < len(Interpreter().marks(page.obj)) < 100


def test_forms_that_paint_forms_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailroom.inspection.content._MOST_STEPS", 1000)
    with pytest.raises(Trouble, match="more than 1,000 operators"):
        marks_of(b"0 0 1 1 re f\n" * 1000, tmp_path)


def test_a_page_of_five_metres_is_drawn_as_finely_as_memory_allows(tmp_path: Path) -> None:
    def large(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.obj["/MediaBox"] = pikepdf.Array([0, 0, 14400, 14400])

    card(tmp_path / "card.pdf", large)
    wanted = Wanted(products=())
    with (
        Document(tmp_path / "card.pdf") as document,
        Leaf(document, 1, wanted, Tools()) as leaf,
    ):
        width, height = leaf.scan.image.size
    assert 30_000_000 < width * height < 42_000_000


@pytest.mark.parametrize(
    "content", [b"1 0 0 cm", b"/Nothing Do", b"BT /F 12 Tf (a) Tj ET", b"0 0 k", b"0 0 1 re f"]
)
def test_operators_that_make_no_sense_are_said(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Trouble):
        marks_of(content, tmp_path)


finite = st.floats(-100, 100).map(lambda value: round(value, 3))
matrices = st.tuples(finite, finite, finite, finite, finite, finite)


@given(matrices, matrices, finite, finite)
def test_one_matrix_after_the_other_moves_a_point_as_both_do(
    first: Any, then: Any, x: float, y: float
) -> None:
    assert moved(times(first, then), x, y) == pytest.approx(
        moved(then, *moved(first, x, y)), abs=1e-5, rel=1e-9
    )
    assert times(first, IDENTITY) == first


@given(st.floats(0, 1), st.floats(0, 1))
def test_gray_is_black_ink_and_a_separation_its_own(gray: float, tint: float) -> None:
    assert ink_of(GRAY, (gray,)) == {"Black": 1 - gray}
    assert ink_of(Space("Separation", 1, ("Gold",)), (tint,)) == {"Gold": tint}
    assert ink_of(Space("Separation", 1, ("None",)), (tint,)) == {}
    every = ink_of(Space("Separation", 1, ("All",)), (tint,))
    assert every == dict.fromkeys(("Cyan", "Magenta", "Yellow", "Black"), tint)


def test_a_spot_colour_called_black_counts_ink_and_not_light() -> None:
    assert ink_of(Space("Separation", 1, ("Black",)), (1.0,)) == {"Black": 1.0}


# An example of USPS-B-3200, and what its appendix has for it.
TRACKING = "01234567094987654321 01234567891"
STATES = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"


def _postal(path: Path, more: Callable[[Any], None] | None = None) -> Report:
    """A barcode as our own press draws it, on a letter."""

    def mend(pdf: pikepdf.Pdf) -> None:
        width, height, _ = codes.size("imb", TRACKING)
        drawn = codes.path("imb", TRACKING, (100.0, 300.0, width, height))
        pdf.pages[0].contents_add(b"q 0 0 0 1 k\n" + drawn + b"\nQ", prepend=False)

    paper = Paper(**{**vars(LETTER), "pages": (more or (lambda canvas: None),)})
    write(paper, path, mend)
    return inspect(path)


def test_a_barcode_of_ours_is_measured_as_usps_wants_it_and_has_its_bars(tmp_path: Path) -> None:
    report = _postal(tmp_path / "letter.pdf")
    assert report.offences == ()
    (code,) = report.facts.codes
    assert code.kind == "postal barcode" and code.text == STATES
    assert len(code.text) == bars.BARS


@pytest.mark.parametrize("turn", ["0 1 -1 0 400 250 cm", "0 -1 1 0 100 500 cm"])
@pytest.mark.parametrize("beside", ["", "62 60 2 14 re f"], ids=["clear", "disturbed"])
def test_a_barcode_on_its_side_is_measured_too(turn: str, beside: str, tmp_path: Path) -> None:
    """Its zone is 9 points wide to the left of the first bar, from 60."""

    def mend(pdf: pikepdf.Pdf) -> None:
        width, height, _ = codes.size("imb", TRACKING)
        drawn = codes.path("imb", TRACKING, (60.0, 60.0, width, height))
        steps = b"q 0 0 0 1 k %b\n%b %b Q" % (turn.encode(), drawn, beside.encode())
        pdf.pages[0].contents_add(steps, prepend=False)

    paper = Paper(**{**vars(LETTER), "pages": (lambda canvas: None,)})
    write(paper, tmp_path / "letter.pdf", mend)
    report = inspect(tmp_path / "letter.pdf")
    assert found(report) == ({"postal-clear"} if beside else set())
    (code,) = report.facts.codes
    upside_down = code.text[::-1].translate(str.maketrans("AD", "DA"))
    assert STATES in (code.text, upside_down)
    assert code.box.height > 5 * code.box.width


def test_ink_a_hair_outside_of_a_barcodes_clear_zone_is_fine(tmp_path: Path) -> None:
    """Its zone begins at 100 and 300 points and is 226.8 by 14.47 points."""
    black = CMYKColor(0, 0, 0, 1)
    beside = _postal(tmp_path / "a.pdf", lambda c: area(c, 99 - 20, 300, 20, 14, black))
    assert beside.offences == ()
    within = _postal(tmp_path / "b.pdf", lambda c: area(c, 102 - 20, 300, 20, 14, black))
    assert errors(within) == {"postal-clear"}


def test_art_that_crosses_the_trim_and_ends_in_the_bleed_by_itself_is_fine(tmp_path: Path) -> None:
    def leaf(canvas: Any) -> None:
        canvas.setFillColor(CMYKColor(0.8, 0, 0.6, 0.2))
        path = canvas.beginPath()
        path.moveTo(300, 200)
        path.curveTo(330, 240, 350, 240, 366, 236)
        path.curveTo(350, 210, 330, 200, 300, 200)
        canvas.drawPath(path, stroke=0, fill=1)

    paper = Paper(width=5 * INCH, height=7 * INCH, bleed=9, pages=(leaf, leaf))
    write(paper, tmp_path / "card.pdf")
    assert inspect(tmp_path / "card.pdf").offences == ()


# --- files that are damaged in ways nobody has thought of ----------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(9))
def test_a_damaged_file_is_judged_and_never_a_crash(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "card.pdf"
    write(CLEAN["postcard-4x6"], path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = bytearray(path.read_bytes())
    if seed % 3 == 0:
        del data[chance.randrange(len(data)) :]
    elif seed % 3 == 1:
        for _ in range(40):
            data[chance.randrange(len(data))] = chance.randrange(256)
    else:
        at = chance.randrange(len(data))
        del data[at : at + 150]
    path.write_bytes(data)
    report = inspect(path)
    assert report.ok == (not report.errors)
