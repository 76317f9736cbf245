"""What all kinds of codes have in common: on the page they are where the reference has them."""

import base64
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import weasyprint
from PIL import Image, ImageChops

from mailroom import codes
from mailroom.codes.kinds import encoder

MAILMARK = "JGB 01Z999999900000001EC1A1AA1A0SN35TQ"
PAYLOADS = {
    "qr": "https://example.org/c/8Zk3-Grüße",
    "datamatrix": "https://example.org/c/8Zk3",
    "imb": "00270103502017456789 01234567891",
    "rm4scc": "SN3 4RD 1A",
    "kix": "1231FZ13XHS",
    "mailmark-c": "2102254800659JW59QA6Y",
    "mailmark-l": "41038422416563762EF61AH8T",
    "mailmark-2d": MAILMARK,
    "mailmark-7": MAILMARK,
    "mailmark-9": f"{MAILMARK:45}www.example.org",
    "mailmark-29": MAILMARK,
}
WIDTH, HEIGHT = 400, 200  # pt, of the page


def rendered(pdf: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].render(scale=300 / 72, grayscale=True).to_pil()
    finally:
        document.close()


def reference(kind: str, box: tuple[float, ...]) -> Image.Image:
    """The page as WeasyPrint lays it out; what is not scaled, in its own size in the middle."""
    x, y, width, height = box
    source = base64.b64encode(codes.svg(kind, PAYLOADS[kind]).encode()).decode()
    fit = "contain" if codes.size(kind, PAYLOADS[kind])[2] else "none"
    return rendered(
        weasyprint.HTML(
            string=f"""<style>
            @page {{ size: {WIDTH}pt {HEIGHT}pt; margin: 0 }}
            img {{ position: absolute; left: {x}pt; top: {HEIGHT - y - height}pt; width: {width}pt;
                   height: {height}pt; object-fit: {fit} }}
            </style><img src="data:image/svg+xml;base64,{source}">"""
        ).write_pdf()
    )


def stamped(kind: str, box: tuple[float, float, float, float]) -> Image.Image:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        drawn = codes.path(kind, PAYLOADS[kind], box)
        pdf.pages[0].Contents = pdf.make_stream(b"0 g " + drawn)
        pdf.save(out := BytesIO())
    return rendered(out.getvalue())


BOXES = [
    (36, 36, 72, 72), (101.3, 17.77, 231.25, 90.1), (20.5, 10.25, 250, 61.7), (50, 20, 49.9, 150),
]  # fmt: skip
DRAWN_ALIKE = ("kix", "mailmark-c", "mailmark-l", "mailmark-2d", "mailmark-7", "mailmark-9")


@pytest.mark.parametrize(
    ("kind", "box"),
    [(kind, box) for kind in codes.KINDS for box in BOXES[: 1 if kind in DRAWN_ALIKE else 4]],
)
def test_on_the_page_a_path_is_where_weasyprint_draws_the_svg(kind, box):
    width, height, scale_free = codes.size(kind, PAYLOADS[kind])
    if not scale_free:  # an image that is larger than its box is cut off by it; a path is not
        box = (*box[:2], max(box[2], width), max(box[3], height))
    ours, theirs = stamped(kind, box), reference(kind, box)
    assert theirs.getextrema() == (0, 255)
    assert ours.size == theirs.size
    # an edge may be a hundredth of a pixel away: coordinates are rounded
    assert ImageChops.difference(ours, theirs).getextrema()[1] <= 3


@pytest.mark.parametrize("kind", codes.KINDS)
def test_every_kind_has_an_encoder_and_says_its_size(kind):
    width, height, scale_free = codes.size(kind, PAYLOADS[kind])
    assert width > 0 and height > 0
    assert scale_free == codes.KINDS[kind].scale_free
    assert f'viewBox="0 0 {width} {height}"' in codes.svg(kind, PAYLOADS[kind])
    assert codes.check(kind, PAYLOADS[kind]) is None
    with pytest.raises(codes.CodeError):
        codes.check(kind, "")


def test_a_kind_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(
        codes.CodeError, match="'pdf417': it is one of qr, datamatrix, imb, rm4scc, kix"
    ):
        codes.check("pdf417", "x")
    assert encoder("qr") is encoder("qr")
