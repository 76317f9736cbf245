"""PDFs for the preflight: clean ones, and one for each fault, made with ReportLab and pikepdf.

`python tests/planted.py FOLDER` writes them all, to be looked at by other tools, too.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import zxingcpp
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.lib.colors import CMYKColor, CMYKColorSep
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

INCH, MM = 72.0, 72 / 25.4
FONTS = Path(__file__).parents[1] / "fonts"
SERIF = "Alegreya"
WHITE, BLACK = CMYKColor(0, 0, 0, 0), CMYKColor(0, 0, 0, 1)
SEA = CMYKColor(0.6, 0.2, 0, 0.1)

Draw = Callable[[Canvas], None]
Mend = Callable[[pikepdf.Pdf], None]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What is printed: trim and bleed in points, and what draws each of its pages."""

    width: float
    height: float
    bleed: float
    pages: Sequence[Draw]

    def box(self) -> tuple[float, float, float, float]:
        return (self.bleed, self.bleed, self.bleed + self.width, self.bleed + self.height)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One file with one fault: the rule that must find it, and on which options."""

    name: str
    rule: str
    write: Callable[[Path], None]
    format: str = ""
    pdfx: bool = False
    page: int = 0


# --- what pages are made of; the origin is the bottom left corner of the TrimBox --------------


def font() -> str:
    if SERIF not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(SERIF, FONTS / "alegreya" / "Alegreya-Regular.ttf"))
    return SERIF


def words(
    canvas: Canvas, text: str, x: float, y: float, size: float = 14, colour: Any = BLACK
) -> None:
    canvas.setFillColor(colour)
    canvas.setFont(font(), size)
    canvas.drawString(x, y, text)


def ground(canvas: Canvas, paper: Paper, colour: Any = SEA, bleed: float | None = None) -> None:
    """The whole page, to the end of its bleed."""
    edge = paper.bleed if bleed is None else bleed
    area(canvas, -edge, -edge, paper.width + 2 * edge, paper.height + 2 * edge, colour)


def area(canvas: Canvas, x: float, y: float, width: float, height: float, colour: Any) -> None:
    canvas.setFillColor(colour)
    canvas.rect(x, y, width, height, stroke=0, fill=1)


def picture(
    canvas: Canvas, box: tuple[float, float, float, float], dpi: float, mode: str = "CMYK"
) -> None:
    """A gradient of pixels, so that it is no plain area."""
    x, y, width, height = box
    size = (round(width / 72 * dpi), round(height / 72 * dpi))
    ramp = Image.linear_gradient("L").resize(size)
    image = Image.merge("CMYK", (ramp, ramp, Image.new("L", size), Image.new("L", size)))
    if mode != "CMYK":
        image = image.convert(mode)
    canvas.drawImage(ImageReader(image), x, y, width, height)


def symbol(
    canvas: Canvas,
    text: str,
    kind: Any,
    box: tuple[float, float, float],
    *,
    quiet: int = 4,
    holes: float = 0,
) -> None:
    """A QR Code or Data Matrix on paper of its own; `box` is x, y and the size of a module."""
    x, y, module = box
    made = zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=False)
    side, pixels = made.shape[0], bytes(made)
    around = (side + 2 * quiet) * module
    area(canvas, x, y, around, around, WHITE)
    canvas.setFillColor(BLACK)
    left, top = x + quiet * module, y + (quiet + side) * module
    for row in range(side):
        for column in range(side):
            if not pixels[row * side + column]:
                across = left + column * module
                canvas.rect(across, top - (row + 1) * module, module, module, stroke=0, fill=1)
    if holes:
        size = side * module * holes
        area(canvas, left + side * module / 3, top - side * module / 1.5, size, size, BLACK)


def link(canvas: Canvas, corners: tuple[float, float, float, float]) -> None:
    canvas.linkURL("https://example.com", corners, relative=1)


def bars(
    canvas: Canvas,
    x: float,
    y: float,
    *,
    count: int = 65,
    pitch: float = 0.045,
    width: float = 0.02,
    height: float = 0.145,
    tracker: float = 0.048,
) -> None:
    """A postal barcode of all four states; lengths in inches, x and y the left bottom of it."""
    canvas.setFillColor(BLACK)
    long = (height - tracker) / 2
    for at in range(count):
        state = "FATDDTAF"[at % 8]
        foot = y / INCH + (0 if state in "FD" else long)
        head = y / INCH + (height if state in "FA" else height - long)
        rect = (x / INCH + at * pitch, foot, width, head - foot)
        canvas.rect(*(value * INCH for value in rect), stroke=0, fill=1)


# --- the clean files --------------------------------------------------------------------------

CARD = Paper(width=5 * INCH, height=7 * INCH, bleed=0.125 * INCH, pages=())
LETTER = Paper(width=210 * MM, height=297 * MM, bleed=0, pages=())
POSTCARD = Paper(width=6 * INCH, height=4 * INCH, bleed=0.125 * INCH, pages=())


def front(canvas: Canvas) -> None:
    """Art to the end of the bleed, a spot colour, a gradient of lines, text that is overprinted."""
    ground(canvas, CARD)
    area(canvas, 60, 300, 240, 120, CMYKColorSep(0, 0.2, 0.6, 0.2, spotName="Gold Foil"))
    words(canvas, "With warm wishes", 90, 350, 26)
    canvas.setStrokeColor(BLACK)
    canvas.setLineWidth(0.5)
    canvas.line(60, 280, 300, 280)
    area(canvas, 60, 220, 240, 30, CMYKColor(0, 0, 0, 0, alpha=0.5))
    area(canvas, 60, 180, 240, 20, CMYKColor(0, 0, 0, 0, alpha=1))


def back(canvas: Canvas) -> None:
    """Paper, a picture, both symbols, small print in black alone."""
    picture(canvas, (40, 300, 120, 80), 320)
    symbol(canvas, "https://example.com/r/7Q2", zxingcpp.BarcodeFormat.QRCode, (200, 300, 1.4))
    symbol(canvas, "MAILROOM 000042", zxingcpp.BarcodeFormat.DataMatrix, (200, 220, 1.4), quiet=1)
    words(canvas, "Thank you for a good year.", 40, 200)
    words(canvas, "Example Ltd, 1 High Street, Northampton", 40, 30, 6)


def letter(canvas: Canvas) -> None:
    """DIN 5008 form B: the address in its field, a fold mark at the left edge."""
    top = LETTER.height
    for line, text in enumerate(("Frau Anna Weber", "Lindenweg 8", "50674 Köln")):
        words(canvas, text, 25 * MM, top - (62 + 5 * line) * MM, 11)
    words(canvas, "Sehr geehrte Frau Weber,", 25 * MM, top - 105 * MM, 11)
    canvas.setStrokeColor(BLACK)
    canvas.setLineWidth(0.4)
    canvas.line(6 * MM, top - 115 * MM, 10 * MM, top - 115 * MM)


def postcard_front(canvas: Canvas) -> None:
    ground(canvas, POSTCARD)


def postcard_back(canvas: Canvas) -> None:
    """The provider's address block stays bare; a barcode of the post stands clear of it."""
    words(canvas, "See you in spring.", 30, 230)
    bars(canvas, 30, 200)


CLEAN = {
    "card-5x7": Paper(**{**vars(CARD), "pages": (front, back)}),
    "letter-a4": Paper(**{**vars(LETTER), "pages": (letter,)}),
    "postcard-4x6": Paper(**{**vars(POSTCARD), "pages": (postcard_front, postcard_back)}),
}


def with_page(name: str, number: int, more: Draw, *, instead: bool = False) -> Paper:
    """A clean file with something more on one of its pages, or something else."""
    paper = CLEAN[name]
    pages = list(paper.pages)
    before = pages[number - 1]

    def both(canvas: Canvas) -> None:
        if not instead:
            before(canvas)
        more(canvas)

    pages[number - 1] = both
    return Paper(**{**vars(paper), "pages": tuple(pages)})


# --- a file -----------------------------------------------------------------------------------


def write(
    paper: Paper, target: Path, mend: Mend | None = None, *, boxes: bool = True, **saved: Any
) -> None:
    """Draw the pages and make PDF/X-4 of them; `mend` then does the damage."""
    made = io.BytesIO()
    size = (paper.width + 2 * paper.bleed, paper.height + 2 * paper.bleed)
    canvas = Canvas(made, pagesize=size, invariant=1, initialFontName=font())
    for draw in paper.pages:
        canvas.translate(paper.bleed, paper.bleed)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    with pikepdf.open(io.BytesIO(made.getvalue())) as pdf:
        for page in pdf.pages:
            if boxes:
                page.obj["/TrimBox"] = Array([round(edge, 4) for edge in paper.box()])
                page.obj["/BleedBox"] = Array([0, 0, *(round(edge, 4) for edge in size)])
        pdfx4(pdf)
        if mend:
            mend(pdf)
        pdf.save(target, deterministic_id="encryption" not in saved, **saved)


def pdfx4(pdf: pikepdf.Pdf) -> None:
    """Say what PDF/X-4 wants to be said; the profile is but the header of one."""
    profile = pdf.make_stream(profile_of(b"CMYK"))
    profile["/N"] = 4
    pdf.Root["/OutputIntents"] = Array([
        Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFX,
            OutputConditionIdentifier="FOGRA39",
            RegistryName="http://www.color.org",
            DestOutputProfile=profile,
        )
    ])  # fmt: skip
    pdf.docinfo["/Trapped"] = Name("/False")
    pdf.Root["/Metadata"] = metadata(pdf, "PDF/X-4", "False")


def metadata(pdf: pikepdf.Pdf, version: str, trapped: str) -> pikepdf.Object:
    packet = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfxid:GTS_PDFXVersion>{version}</pdfxid:GTS_PDFXVersion><pdf:Trapped>{trapped}</pdf:Trapped>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
    stream = pdf.make_stream(packet.encode())
    stream["/Type"], stream["/Subtype"] = Name.Metadata, Name.XML
    return stream


def profile_of(space: bytes, kind: bytes = b"prtr") -> bytes:
    """The header of an ICC profile (ICC.1:2010, 7.2), and no more."""
    return (
        (132).to_bytes(4, "big") + bytes(8) + kind + space + b"Lab " + bytes(12) + b"acsp"
        + bytes(92)
    )  # fmt: skip


# --- pictures of every kind, for Ghostscript to compare --------------------------------------

SIDE = 80  #: of a picture, in points and in pixels


def _pictures(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """The same four ramps in every way in which a file may hold pixels."""
    ramp = Image.linear_gradient("L").resize((SIDE, SIDE))
    plain = [Image.new("L", (SIDE, SIDE), value) for value in (200, 30)]
    cmyk = Image.merge("CMYK", (ramp, *plain, ramp.rotate(90)))
    across = [column * 3 for _ in range(SIDE) for column in range(SIDE)]
    gold, nothing = Name("/Gold"), _function(pdf, 2, b"{ 0 0 }")
    two = Array([Name.DeviceN, Array([gold, Name.Black]), Name.DeviceCMYK, nothing])
    one = Array([Name.Separation, gold, Name.DeviceCMYK, _function(pdf, 1, b"{ 0 0 0 }")])
    dark = Array([Name.DeviceN, Array([Name.Black]), Name.DeviceCMYK, one[3]])
    table = b"".join(bytes((n, 255 - n, 20, n // 2)) for n in range(256))
    palette = Array([Name.Indexed, Name.DeviceCMYK, 255, pikepdf.String(table)])
    adobe, plain_jpeg = _jpegs(cmyk)
    backwards, dct = [1, 0] * 4, Name.DCTDecode
    yield _image(pdf, adobe, Name.DeviceCMYK, decode=backwards, filter=dct)
    yield _image(pdf, adobe, Name.DeviceCMYK, filter=dct)
    yield _image(pdf, plain_jpeg, Name.DeviceCMYK, filter=dct)
    yield _image(pdf, cmyk.tobytes(), Name.DeviceCMYK)
    yield _image(pdf, cmyk.tobytes(), Name.DeviceCMYK, decode=backwards)
    wide = b"".join(bytes((value, 0)) for value in cmyk.tobytes())
    yield _image(pdf, wide, Name.DeviceCMYK, bits=16)
    yield _image(pdf, ramp.convert("1").tobytes(), Name.DeviceGray, bits=1)
    halves = bytes(column // 3 % 16 * 17 for _ in range(SIDE) for column in range(SIDE // 2))
    yield _image(pdf, halves, Name.DeviceGray, bits=4)
    yield _image(pdf, ramp.tobytes(), Name.DeviceGray, decode=[1, 0])
    yield _image(pdf, bytes(across), palette)
    yield _image(pdf, b"".join(bytes((value, 255 - value)) for value in across), two)
    yield _image(pdf, bytes(across), one)
    yield _image(pdf, bytes(across), dark)


def _function(pdf: pikepdf.Pdf, inputs: int, code: bytes) -> pikepdf.Object:
    made = pdf.make_stream(code)
    made["/FunctionType"] = 4
    made["/Domain"], made["/Range"] = Array([0, 1] * inputs), Array([0, 1] * 4)
    return made


def _jpegs(image: Image.Image) -> tuple[bytes, bytes]:
    """As Adobe's programs write CMYK, and without the marker that says so (APP14)."""
    made = io.BytesIO()
    image.save(made, "JPEG", quality=95)
    data = made.getvalue()
    at = data.index(b"\xff\xee")
    return data, data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def _image(
    pdf: pikepdf.Pdf, data: bytes, space: Any, *, bits: int = 8, decode: Any = None,
    filter: Any = None,  # noqa: A002  # as PDF names it
) -> pikepdf.Object:  # fmt: skip
    made = pdf.make_stream(data)
    made.stream_dict.update({
        "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": SIDE, "/Height": SIDE,
        "/BitsPerComponent": bits, "/ColorSpace": space,
    })  # fmt: skip
    if decode:
        made["/Decode"] = Array(decode)
    if filter is not None:
        made.write(data, filter=filter)
    return made


def pictures_of_every_kind(target: Path) -> list[tuple[int, int, int, int]]:
    """One page of them; returns where each lies, in pixels of 72 dpi from the top left."""
    places: list[tuple[int, int, int, int]] = []

    def mend(pdf: pikepdf.Pdf) -> None:
        page, steps = pdf.pages[0], []
        for number, image in enumerate(_pictures(pdf)):
            x, y = 10 + number % 4 * 90, 10 + number // 4 * 90
            resource(page, "/XObject")[f"/P{number}"] = image
            steps.append(f"q {SIDE} 0 0 {SIDE} {x} {y} cm /P{number} Do Q")
            places.append((x + 4, 400 - y - SIDE + 4, x + SIDE - 4, 400 - y - 4))
        page.contents_add("\n".join(steps).encode(), prepend=False)

    write(Paper(width=380, height=400, bleed=0, pages=(lambda canvas: None,)), target, mend)
    return places


def resource(page: pikepdf.Page, kind: str) -> Any:
    """The page's own dictionary of fonts, images or colour spaces."""
    if kind not in page.obj["/Resources"]:
        page.obj["/Resources"][kind] = Dictionary()
    return page.obj["/Resources"][kind]


# --- the faults -------------------------------------------------------------------------------

FAULTS: list[Planted] = []


def planted(rule: str, **more: Any) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """The function writes a file that breaks `rule`, and no other that is an error."""

    def keep(function: Callable[[Path], None]) -> Callable[[Path], None]:
        name = function.__name__.replace("_", "-")
        FAULTS.append(Planted(name=name, rule=rule, write=function, **more))
        return function

    return keep


def on_card(page: int, more: Draw, target: Path, mend: Mend | None = None) -> None:
    write(with_page("card-5x7", page, more), target, mend)


def card(target: Path, mend: Mend | None = None, **more: Any) -> None:
    write(CLEAN["card-5x7"], target, mend, **more)


@planted("readable")
def no_pdf(target: Path) -> None:
    target.write_bytes(b"Dear printer, the card follows by post.\n")


@planted("readable")
def empty_file(target: Path) -> None:
    target.write_bytes(b"")


@planted("encrypted")
def asks_for_a_password(target: Path) -> None:
    card(target, encryption=pikepdf.Encryption(owner="o", user="u"))


@planted("encrypted")
def may_not_be_changed(target: Path) -> None:
    card(target, encryption=pikepdf.Encryption(owner="o", user=""))


@planted("damaged")
def cut_off_at_the_end(target: Path) -> None:
    card(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = target.read_bytes()
    target.write_bytes(data[: data.rindex(b"startxref") - 40])


@planted("page-count", format="card-5x7")
def three_pages(target: Path) -> None:
    card(target, lambda pdf: pdf.pages.append(pdf.pages[0]))


@planted("trim-box")
def no_trim_box(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            del page.obj["/TrimBox"]

    card(target, mend)


@planted("boxes-nested")
def trim_out_of_the_bleed(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.obj["/BleedBox"] = Array([20, 20, 358, 502])

    card(target, mend)


@planted("boxes-nested")
def crop_box_cuts_the_bleed(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/CropBox"] = pdf.pages[0].obj["/TrimBox"]

    card(target, mend)


@planted("bleed-box")
def bleed_of_one_millimetre(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.obj["/BleedBox"] = Array([9 - MM, 9 - MM, 369 + MM, 513 + MM])

    card(target, mend)


@planted("trim-size", format="card-5x7")
def a_postcard_for_a_card(target: Path) -> None:
    write(CLEAN["postcard-4x6"], target)


@planted("trim-size", format="card-5x7")
def half_a_millimetre_short(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.obj["/TrimBox"] = Array([9, 9, 369 - 0.5 * MM, 513])

    card(target, mend)


@planted("same-size")
def a_page_of_another_size(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].obj["/TrimBox"] = Array([9, 9, 369, 500])

    card(target, mend)


@planted("turned")
def turned_by_a_quarter(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].obj["/Rotate"] = 90

    card(target, mend)


@planted("user-unit")
def twice_the_unit(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.obj["/UserUnit"] = 2

    card(target, mend)


@planted("pdfx-label", pdfx=True)
def says_nothing(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        del pdf.Root["/Metadata"]

    card(target, mend)


@planted("pdfx-label", pdfx=True)
def says_pdfx_3(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/Metadata"] = metadata(pdf, "PDF/X-3:2002", "False")

    card(target, mend)


@planted("pdfx-intent")
def no_output_intent(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        del pdf.Root["/OutputIntents"]

    card(target, mend)


@planted("pdfx-intent")
def a_monitor_for_a_press(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        profile = pdf.make_stream(profile_of(b"RGB ", b"mntr"))
        profile["/N"] = 3
        pdf.Root["/OutputIntents"][0]["/DestOutputProfile"] = profile

    card(target, mend)


@planted("pdfx-entries")
def no_word_on_trapping(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        del pdf.docinfo["/Trapped"]
        pdf.Root["/Metadata"] = metadata(pdf, "PDF/X-4", "Unknown")

    card(target, mend)


@planted("active")
def runs_a_script(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.Root["/OpenAction"] = Dictionary(S=Name.JavaScript, JS="app.alert('hello')")

    card(target, mend)


@planted("active")
def carries_another_file(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["list.csv"] = b"Anna,Weber\n"

    card(target, mend)


@planted("broken-page", page=2)
def an_operator_without_its_numbers(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].contents_add(b"q 1 0 0 cm Q", prepend=False)

    card(target, mend)


@planted("annotations", page=2)
def a_link_on_the_page(target: Path) -> None:
    on_card(2, lambda canvas: link(canvas, (50, 200, 200, 220)), target)


@planted("bleed-ink", page=1)
def art_ends_at_the_trim(target: Path) -> None:
    def plain(canvas: Canvas) -> None:
        ground(canvas, CARD, bleed=0)

    write(with_page("card-5x7", 1, plain, instead=True), target)


@planted("bleed-ink", page=1)
def half_of_the_bleed_on_one_side(target: Path) -> None:
    def plain(canvas: Canvas) -> None:
        area(canvas, -4, -9, CARD.width + 13, CARD.height + 18, SEA)

    write(with_page("card-5x7", 1, plain, instead=True), target)


@planted("bleed-ink", page=2)
def a_faint_band_ends_short_of_the_trim(target: Path) -> None:
    faint = CMYKColor(0, 0, 0.04, 0)
    on_card(2, lambda canvas: area(canvas, 100, 0.5, 60, 40, faint), target)


@planted("colour-space", page=2)
def text_in_rgb(target: Path) -> None:
    on_card(2, lambda canvas: words(canvas, "In red", 40, 100, 14, "red"), target)


@planted("colour-space", page=2)
def a_picture_in_rgb(target: Path) -> None:
    on_card(2, lambda canvas: picture(canvas, (40, 80, 60, 40), 320, "RGB"), target)


@planted("colour-space", page=2)
def a_gradient_in_rgb(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(40, 80, 60, 40)
        canvas.clipPath(path, stroke=0)
        canvas.linearGradient(40, 80, 100, 120, ("red", "blue"))
        canvas.restoreState()

    on_card(2, more, target)


@planted("colour-space", page=2)
def an_area_in_lab(target: Path) -> None:
    _in_space(target, Array([Name.Lab, Dictionary(WhitePoint=[0.96, 1, 0.82])]), b"50 20 20")


@planted("colour-space", page=2)
def an_area_in_icc_rgb(target: Path) -> None:
    def space(pdf: pikepdf.Pdf) -> Array:
        profile = pdf.make_stream(profile_of(b"RGB ", b"mntr"))
        profile["/N"] = 3
        profile["/Alternate"] = Name.DeviceRGB
        return Array([Name.ICCBased, profile])

    _in_space(target, space, b"0.5 0.2 0.2")


def _in_space(target: Path, space: Any, colour: bytes) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        made = space(pdf) if callable(space) else space
        page = pdf.pages[1]
        page.obj["/Resources"]["/ColorSpace"] = Dictionary(Odd=made)
        page.contents_add(b"q /Odd cs %b sc 60 60 50 50 re f Q" % colour)

    card(target, mend)


@planted("registration", page=2)
def a_line_in_registration_colour(target: Path) -> None:
    every = CMYKColorSep(0.2, 0.2, 0.2, 0.2, spotName="All", density=0.2)
    on_card(2, lambda canvas: area(canvas, 40, 100, 100, 2, every), target)


@planted("white-overprint", page=1)
def white_that_vanishes(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        canvas.setFillOverprint(True)
        area(canvas, 60, 100, 100, 60, WHITE)

    on_card(1, more, target)


@planted("similar-plates", page=1)
def one_foil_under_two_names(target: Path) -> None:
    foil = CMYKColorSep(0, 0.2, 0.6, 0.2, spotName="GOLD foil")
    on_card(1, lambda canvas: area(canvas, 60, 100, 100, 60, foil), target)


@planted("total-ink", page=1)
def all_four_inks_at_once(target: Path) -> None:
    heavy = CMYKColor(0.9, 0.8, 0.8, 0.9)
    on_card(1, lambda canvas: area(canvas, 60, 100, 100, 60, heavy), target)


@planted("total-ink", page=1)
def ink_on_ink_by_overprint(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        area(canvas, 60, 100, 100, 60, CMYKColor(0.9, 0.9, 0.9, 0))
        canvas.setFillOverprint(True)
        area(canvas, 80, 110, 40, 40, CMYKColorSep(0, 0.2, 0.6, 0.2, spotName="Gold Foil"))

    on_card(1, more, target)


@planted("total-ink", page=1)
def ink_on_ink_by_multiplying(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        area(canvas, 60, 100, 100, 60, CMYKColor(0.9, 0.9, 0, 0))
        canvas.setBlendMode("Multiply")
        area(canvas, 80, 110, 40, 40, CMYKColor(0, 0, 0.9, 0.9))

    on_card(1, more, target)


@planted("total-ink", page=2)
def a_heavy_picture(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        image = Image.new("CMYK", (400, 300), (230, 220, 220, 200))
        canvas.drawImage(ImageReader(image), 40, 80, 90, 60)

    on_card(2, more, target)


@planted("hairline", page=1)
def as_thin_as_can_be(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        canvas.setLineWidth(0)
        canvas.line(60, 120, 200, 120)

    on_card(1, more, target)


@planted("hairline", page=1)
def a_line_that_is_scaled_down(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        canvas.scale(0.1, 0.1)
        canvas.setLineWidth(1)
        canvas.line(600, 1200, 2000, 1300)

    on_card(1, more, target)


@planted("hairline", page=2)
def an_area_as_thin_as_a_hair(target: Path) -> None:
    on_card(2, lambda canvas: area(canvas, 40, 100, 100, 0.1, BLACK), target)


@planted("image-resolution", page=2)
def a_picture_of_the_web(target: Path) -> None:
    on_card(2, lambda canvas: picture(canvas, (40, 80, 90, 60), 96), target)


@planted("image-resolution", page=2)
def a_signature_of_a_fax(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        image = pdf.make_stream(b"\x55\xaa" * (25 * 100))
        image.stream_dict.update({
            "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 200, "/Height": 200,
            "/BitsPerComponent": 1, "/ColorSpace": Name.DeviceGray,
        })  # fmt: skip
        page = pdf.pages[1]
        resource(page, "/XObject")["/Fax"] = image
        page.contents_add(b"q 72 0 0 72 60 80 cm /Fax Do Q")

    card(target, mend)


@planted("fonts-embedded", page=2)
def a_font_of_the_printer(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        canvas.setFillColor(BLACK)
        canvas.setFont("Helvetica", 14)
        canvas.drawString(40, 100, "Whatever is there")

    on_card(2, more, target)


@planted("type3", page=2)
def glyphs_that_are_drawings(target: Path) -> None:
    def mend(pdf: pikepdf.Pdf) -> None:
        glyph = pdf.make_stream(b"600 0 0 0 500 700 d1 0 0 500 700 re f")
        page = pdf.pages[1]
        resource(page, "/Font")["/T3"] = Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 600, 700],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0], CharProcs=Dictionary(a=glyph),
            Encoding=Dictionary(Type=Name.Encoding, Differences=[97, Name.a]),
            FirstChar=97, LastChar=97, Widths=[600], Resources=Dictionary(),
        )  # fmt: skip
        page.contents_add(b"BT 0 0 0 1 k /T3 12 Tf 60 90 Td (aaa) Tj ET")

    card(target, mend)


@planted("missing-glyph", page=2)
def a_name_that_nobody_sees(target: Path) -> None:
    """ReportLab sets what the font has not as .notdef, and the text can be copied all the same."""
    on_card(2, lambda canvas: words(canvas, "李小龍", 40, 100), target)


@planted("missing-glyph", page=2)
def a_glyph_without_an_outline(target: Path) -> None:
    """The font is there and the letter in it is empty: it says `o` and draws a space."""

    def mend(pdf: pikepdf.Pdf) -> None:
        for entry in pdf.pages[1].obj["/Resources"]["/Font"].values():
            cmap = entry.get("/ToUnicode")
            if cmap is not None:
                told = cmap.read_bytes()
                cmap.write(told.replace(b"<20>", b"<21>", 0).replace(b"<0020>", b"<006F>"))

    card(target, mend)


@planted("small-text", page=2)
def small_print_in_three_inks(target: Path) -> None:
    brown = CMYKColor(0.3, 0.6, 0.8, 0.2)
    on_card(2, lambda canvas: words(canvas, "Terms apply", 40, 100, 7, brown), target)


@planted("knockout-text", page=1)
def small_white_print_on_three_inks(target: Path) -> None:
    on_card(1, lambda canvas: words(canvas, "Terms apply", 60, 100, 7, WHITE), target)


@planted("safe-zone", page=2)
def a_line_too_near_the_edge(target: Path) -> None:
    on_card(2, lambda canvas: words(canvas, "Made in Northampton", 40, 4, 9), target)


@planted("ink-free", format="postcard-4x6", page=2)
def a_tint_in_the_address_block(target: Path) -> None:
    faint = CMYKColor(0.02, 0, 0, 0)
    more = with_page("postcard-4x6", 2, lambda canvas: area(canvas, 300, 60, 30, 30, faint))
    write(more, target)


@planted("window", format="letter-a4", page=1)
def a_rule_shows_in_the_window(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        area(canvas, 107 * MM, LETTER.height - 75 * MM, 1, 20, BLACK)

    write(with_page("letter-a4", 1, more), target)


@planted("window", format="letter-a4", page=1)
def the_date_slips_into_the_window(target: Path) -> None:
    def more(canvas: Canvas) -> None:
        words(canvas, "1. Dezember", 107 * MM, LETTER.height - 60 * MM, 9)

    write(with_page("letter-a4", 1, more), target)


@planted("address-zone", format="letter-us", page=1)
def an_address_that_is_too_long(target: Path) -> None:
    def address(canvas: Canvas) -> None:
        # It ends beyond the zone, which here is all that the window shows.
        words(canvas, "The Honourable Society of Letter Writers of Northampton", 70, 580, 12)

    us = Paper(width=8.5 * INCH, height=11 * INCH, bleed=0, pages=(address,))
    write(us, target)


@planted("code-unreadable", page=2)
def a_qr_code_with_a_blot(target: Path) -> None:
    kind = zxingcpp.BarcodeFormat.QRCode
    place = (60.0, 60.0, 1.4)
    on_card(2, lambda c: symbol(c, "https://example.com/x", kind, place, holes=0.6), target)


@planted("code-quiet", page=1)
def a_qr_code_without_paper(target: Path) -> None:
    kind = zxingcpp.BarcodeFormat.QRCode
    deep = CMYKColor(0.9, 0.6, 0, 0.4)

    def more(canvas: Canvas) -> None:
        area(canvas, 60, 60, 120, 120, deep)
        symbol(canvas, "https://example.com/x", kind, (80.0, 80.0, 1.4), quiet=1)

    on_card(1, more, target)


@planted("code-module", page=2)
def a_qr_code_for_ants(target: Path) -> None:
    kind = zxingcpp.BarcodeFormat.QRCode
    on_card(2, lambda c: symbol(c, "https://example.com/x", kind, (60.0, 60.0, 0.5)), target)


def _barcode(target: Path, **more: Any) -> None:
    def draw(canvas: Canvas) -> None:
        words(canvas, "See you in spring.", 30, 230)
        bars(canvas, 30, 200, **more)

    write(with_page("postcard-4x6", 2, draw, instead=True), target)


@planted("postal-bars", page=2)
def bars_too_close(target: Path) -> None:
    _barcode(target, pitch=0.0395, width=0.016)


@planted("postal-bars", page=2)
def bars_too_thin(target: Path) -> None:
    _barcode(target, width=0.01)


@planted("postal-bars", page=2)
def bars_too_high(target: Path) -> None:
    _barcode(target, height=0.2)


@planted("postal-bars", page=2)
def two_bars_are_missing(target: Path) -> None:
    _barcode(target, count=63)


@planted("postal-clear", page=2)
def a_line_under_the_barcode(target: Path) -> None:
    def draw(canvas: Canvas) -> None:
        area(canvas, 30, 198.6, 150, 0.5, BLACK)

    write(with_page("postcard-4x6", 2, draw), target)


def all_files(folder: Path) -> Iterator[Path]:
    """Write everything: the clean files and the faulty ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, paper in CLEAN.items():
        write(paper, folder / f"clean-{name}.pdf")
        yield folder / f"clean-{name}.pdf"
    for fault in FAULTS:
        fault.write(folder / f"{fault.rule}-{fault.name}.pdf")
        yield folder / f"{fault.rule}-{fault.name}.pdf"


if __name__ == "__main__":
    for path in all_files(Path(sys.argv[1])):
        print(path)
