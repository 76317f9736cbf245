"""The Intelligent Mail barcode: what the Postal Service encodes and refuses, and its measures."""

import json
import re
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.graphics.barcode.usps4s import USPS_4State

from mailroom import codes
from mailroom.codes import imb

VECTORS = Path(__file__).parent.parent.parent / "shared" / "data" / "imb_vectors.json"
EXAMPLE = "01234567094987654321 01234567891"  # the standard's own, and its bars
BARS = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"

tracking_codes = st.builds(
    "{}{}{}".format, st.integers(0, 9), st.integers(0, 4), st.from_regex(r"\A[0-9]{18}\Z")
)
routing_codes = st.sampled_from([0, 5, 9, 11]).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)


def states(payload: str) -> str:
    """The bars as the standard writes them: tracker, descender, ascender, full."""
    bars = imb.encoded(*imb.parsed(payload))
    return "".join("TDAF"[bars >> 2 * at & 3] for at in range(65))


def test_the_example_of_the_standard_has_its_bars():
    assert states(EXAMPLE) == BARS


def postal_vectors() -> list[dict[str, str]]:
    if not VECTORS.exists():
        pytest.skip("the Postal Service's test set is not beside the checkout")
    return json.loads(VECTORS.read_text())["vectors"]


def test_the_postal_services_test_set_comes_out_bar_by_bar_and_what_it_refuses_is_refused():
    accepted = refused = 0
    for vector in postal_vectors():
        payload = f"{vector['tracking']} {vector['routing']}".strip()
        if vector["expected_daft"] is None:
            with pytest.raises(codes.CodeError):
                codes.check("imb", payload)
            refused += 1
        else:
            assert states(payload) == vector["expected_daft"], payload
            accepted += 1
    assert accepted and refused


@given(tracking_codes, routing_codes)
def test_any_code_has_the_bars_that_reportlab_gives_it(tracking, routing):
    judge = USPS_4State(tracking, routing)
    assert states(f"{tracking} {routing}".strip()) == judge.barcodes
    assert states(tracking + routing) == judge.barcodes


@pytest.mark.parametrize(
    "written",
    [
        "00270103502017456789 01234-5678",
        "00 270 103502 017456789 01234 5678",
        " 00-270-103502-017456789-01234-5678 ",
        "00270103502017456789012345678",
    ],
)
def test_spaces_and_hyphens_may_stand_where_people_write_them(written):
    assert imb.parsed(written) == ("00270103502017456789", "012345678")


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ("", "empty"),
        ("0027010350201745678", "19 digits"),
        ("002701035020174567890", "21 digits"),
        ("0027010350201745678 901234", "in 19 and 6"),  # together they would pass for 20 and 5
        ("002701035020174567890 1234", "in 21 and 4"),
        ("00270103502017456789 1234", "in 20 and 4"),
        ("00270103502017456789 0123456789", "in 20 and 10"),
        ("05270103502017456789", "second digit of a tracking code is 0 to 4"),
        ("0027010350201745678X", "X"),
        ("٠٠270103502017456789", "made of digits"),  # Arabic digits are none here
        ("00270103502017456789\n", "made of digits"),
    ],
)
def test_what_the_standard_forbids_is_refused_with_what_would_be_right(payload, says):
    with pytest.raises(codes.CodeError, match=re.escape(says)):
        codes.check("imb", payload)


@given(tracking_codes, routing_codes)
def test_every_measure_is_in_the_tolerances_of_the_standard(tracking, routing):
    width, height, scale_free = codes.size("imb", tracking + routing)
    assert not scale_free
    svg = codes.svg("imb", tracking + routing)
    assert f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}"' in svg
    bars = [
        tuple(float(number) / 72 for number in bar)
        for bar in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-", svg)
    ]
    assert len(bars) == 65
    middle = height / 72 / 2
    for (x, top, wide, high), state in zip(bars, states(tracking + routing), strict=True):
        above, below = middle - top, top + high - middle
        assert 0.015 <= wide <= 0.025
        assert 0.125 - 1e-9 <= x <= width / 72 - 0.125 - wide + 1e-9
        for long, reach in ((state in "AF", above), (state in "DF", below)):
            assert 0.0625 <= reach <= 0.0825 if long else 0.0195 <= reach <= 0.0285
        assert top >= 0.028
    assert all(20 <= 1 / (right[0] - left[0]) <= 24 for left, right in pairwise(bars))


def test_the_bars_read_from_a_page_at_600_dpi_are_the_bars_that_were_meant():
    box = (50, 20, 300, 40)
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(400, 80))
        pdf.pages[0].Contents = pdf.make_stream(b"0 g " + codes.path("imb", EXAMPLE, box))
        pdf.save(out := BytesIO())
    document = pypdfium2.PdfDocument(out.getvalue())
    image = document[0].render(scale=600 / 72, grayscale=True).to_pil()
    document.close()
    dark = image.point(lambda level: 255 * (level < 128))
    left, top, right, bottom = dark.getbbox()
    assert abs((left + right) / 2 - 200 * 600 / 72) <= 1  # in the middle of the box,
    assert abs((top + bottom) / 2 - 40 * 600 / 72) <= 1
    assert abs((right - left) - 2.9 * 600) <= 1  # in its own size
    read = ""
    for at in range(65):
        x = left + round((0.010 + at * 0.045) * 600)
        _, first, _, last = dark.crop((x, top, x + 1, bottom)).getbbox()
        up, down = first < 5, last > bottom - top - 5
        read += "TDAF"[2 * up + down]
    assert read == BARS
