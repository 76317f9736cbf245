"""The marks of posts: bars and symbols as a second encoder makes them, and their measures."""

import random
import re
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
import zint
import zxingcpp
from bars_tools import dark, letters, read_bars, zint_bars, zint_symbol
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from small import a_piece, draw, layout_in, merged_of

from mailroom import codes
from mailroom.codes import imb, mailmark, mailmark_2d, postcode, rm4scc
from mailroom.codes.kinds import encoder
from mailroom.units import to_mm

S = zint.Symbology
BARS = {
    "imb": (imb.bars, S.USPS_IMAIL),
    "rm4scc": (rm4scc.rm4scc, S.RM4SCC),
    "kix": (rm4scc.kix, S.KIX),
    "mailmark-c": (mailmark.BARCODE_C.bars, S.MAILMARK_4S),
    "mailmark-l": (mailmark.BARCODE_L.bars, S.MAILMARK_4S),
}
EXAMPLES = {
    "imb": "0123456709498765432101234567891",
    "rm4scc": "BX11LT1A",
    "kix": "1231FZ13XHS",
    "mailmark-c": "21B2254800659JW5O9QA6Y",
    "mailmark-l": "41038422416563762EF61AH8T",
}
CMDM = "JGB 01Z999999900000001EC1A1AA1A0SN35TQ"
TYPES = {"mailmark-7": (8, 24, 24), "mailmark-9": (10, 32, 32), "mailmark-29": (30, 16, 48)}


# --- anything that is right, by chance


def suffixed_postcode(chance: random.Random) -> str:
    return "".join(chance.choice(postcode.LETTERS[p]) for p in chance.choice(postcode.SHAPES))


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def mailmark_payload(chance: random.Random, chain: int) -> str:
    place = suffixed_postcode(chance) if chance.random() < 0.9 else "XY11"
    head = digits(chance, chain + 8)
    kind = chance.choice("0123456789ABCDE")
    return f"{chance.randrange(5)}{chance.randint(1, 4)}{kind}{head}{place:9}"


def kix_payload(chance: random.Random) -> str:
    more = "X" + "".join(chance.choices("ABCXZ019", k=chance.randint(1, 6)))
    return (
        f"{chance.randint(1000, 9999)}{''.join(chance.choices('ABCVWZ', k=2))}"
        f"{chance.randint(1, 99999)}{more if chance.random() < 0.5 else ''}"
    )


def imb_payload(chance: random.Random) -> str:
    routing = digits(chance, chance.choice([0, 5, 9, 11]))
    return f"{digits(chance, 1)}{chance.randrange(5)}{digits(chance, 18)}{routing}"


PAYLOADS = {
    "imb": imb_payload,
    "rm4scc": suffixed_postcode,
    "kix": kix_payload,
    "mailmark-c": lambda chance: mailmark_payload(chance, 2),
    "mailmark-l": lambda chance: mailmark_payload(chance, 6),
}


# --- bars


@pytest.mark.parametrize("kind", BARS)
def test_a_thousand_payloads_have_the_bars_that_zint_gives_them(kind):
    bars, symbology = BARS[kind]
    chance = random.Random(20261126)
    for _ in range(1000):
        payload = PAYLOADS[kind](chance)
        written = f"{payload[:20]}-{payload[20:]}".strip("-") if kind == "imb" else payload
        assert letters(bars(payload)) == zint_bars(symbology, written), payload


@pytest.mark.parametrize(
    ("kind", "payload", "bars"),
    [  # two examples of each of the Royal Mail's encoding instructions
        (
            "mailmark-c",
            "1100000000000XY11",
            "TTDTTATTDTAATTDTAATTDTAATTDTTDDAATAADDATAATDDFAFTDDTAADDDTAAFDFAFF",
        ),
        (
            "mailmark-c",
            "21B2254800659JW5O9QA6Y",
            "DAATATTTADTAATTFADDDDTTFTFDDDDFFDFDAFTADDTFFTDDATADTTFATTDAFDTFDDA",
        ),
        (
            "mailmark-l",
            "11000000000000000XY11",
            "TTDTTATDDTTATTDTAATTDTAATDDTTATTDTTDATFTAATDDTAATDDTATATFAADDAATAATDDTAADFTFTA",
        ),
        (
            "mailmark-l",
            "41038422416563762EF61AH8T",
            "DTTFATTDDTATTTATFTDFFFTFDFDAFTTTADTTFDTFDDDTDFDDFTFAADTFDTDTDTFAATAFDDTAATTDTT",
        ),
        ("rm4scc", "BX1 1LT 1A", "ADFTAFATDTDAFTDAFFTTFFDATTDAFDADAATDFF"),
        ("kix", "2500 GG 30250", "TDFADDAATTFFTTFFDAFTDAFTDTAFTTFFTDFADDAATTFF"),
    ],
)
def test_published_examples_have_their_bars(kind, payload, bars):
    assert letters(BARS[kind][0](payload)) == bars


@pytest.mark.parametrize("kind", ["mailmark-c", "mailmark-l"])
def test_what_zint_refuses_of_a_mailmark_is_refused_and_nothing_else(kind):
    """One character at a time is replaced, anywhere."""
    bars, symbology = BARS[kind]
    chance = random.Random(7)
    refused = 0
    for _ in range(600):
        payload = PAYLOADS[kind](chance).strip()
        at = chance.randrange(len(payload))
        payload = f"{payload[:at]}{chance.choice('0159ABCIKVXYZ')}{payload[at + 1 :]}"
        try:
            zint_bars(symbology, payload.ljust(22 if kind == "mailmark-c" else 26))
        except ValueError:
            refused += 1
            with pytest.raises(codes.CodeError):
                bars(payload)
        else:
            bars(payload)
    assert 100 < refused < 500


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        ("rm4scc", "", "empty"),
        ("rm4scc", "SN3 4RD", "has no delivery point suffix"),
        ("rm4scc", "SN3 4RD 1C", "'1C' is no delivery point suffix"),
        ("rm4scc", "W1J 0TR 01", "'01' is no delivery point suffix"),
        ("rm4scc", "SN3 4IK 1A", "no postcode with a delivery point suffix"),
        ("rm4scc", "SN3-4RD-1A", "has '-', and letters and digits are wanted"),
        ("rm4scc", "ＳN34RD1A", "Ｓ"),
        ("rm4scc", "\u017fN34RD1A", "\u017f"),
        ("rm4scc", "10115", "as in SN3 4RD 1A"),
        ("kix", "", "empty"),
        ("kix", "1231FZ", "the house number of at most 5 digits"),
        ("kix", "0231FZ13", "no KIX"),
        ("kix", "1231SS13", "no KIX"),
        ("kix", "1231FZ13HS", "after an X"),
        ("kix", "1231FZ123456", "at most 5 digits"),
        ("kix", "1231FZ1XABCDEFG", "at most 6 letters"),
        ("kix", "1231FZ13-2", "has '-'"),
        ("kix", "1231FZ13XH\u017f", "\u017f"),  # whose capital is an S
        ("kix", "1231FZ13 2", "no KIX"),
        ("kix", "١231FZ13", "١"),
        ("mailmark-c", "", "empty"),
        ("mailmark-c", "5100000000000XY11", "format of a Mailmark barcode C cannot be '5'"),
        ("mailmark-c", "1500000000000XY11", "version of a Mailmark barcode C cannot be '5'"),
        ("mailmark-c", "11F0000000000XY11", "class of a Mailmark barcode C cannot be 'F'"),
        ("mailmark-c", "110A000000000XY11", "supply chain ID of a Mailmark barcode C cannot be"),
        ("mailmark-c", "11000000000 0XY11", "item ID of a Mailmark barcode C cannot be"),
        ("mailmark-c", "1100000000000", "nothing comes after the 13 characters"),
        ("mailmark-c", "1100000000000SN34RD", "has no delivery point suffix"),
        ("mailmark-c", "11000000000000000XY11", "'0000XY11' is no postcode"),
        ("mailmark-l", "1100000000000XY11", "item ID of a Mailmark barcode L cannot be '0000XY11'"),
    ],
)
def test_what_a_post_refuses_is_refused_with_what_would_be_right(kind, payload, says):
    with pytest.raises(codes.CodeError, match=re.escape(says)):
        codes.check(kind, payload)


@pytest.mark.parametrize(
    ("kind", "written", "plain"),
    [
        ("rm4scc", "bx1 1lt 1a", "BX11LT1A"),
        ("kix", "1231 fz 13 x hs", "1231FZ13XHS"),
        ("mailmark-c", "21b2254800659 JW5O 9QA 6Y", "21B2254800659JW5O9QA6Y"),
        ("mailmark-l", "11000000000000000xy11", "11000000000000000XY11     "),
    ],
)
def test_small_letters_and_the_spaces_of_a_postcode_make_no_other_code(kind, written, plain):
    assert BARS[kind][0](written) == BARS[kind][0](plain)


@pytest.mark.parametrize("kind", ["rm4scc", "kix", "mailmark-c", "mailmark-l"])
def test_every_bar_is_in_the_tolerances_of_the_royal_mail(kind):
    """Mailmark barcode definition document, 3.5.1 and 3.5.2; in mm."""
    width, height, scale_free = codes.size(kind, EXAMPLES[kind])
    assert not scale_free
    svg = codes.svg(kind, EXAMPLES[kind])
    bars = [
        tuple(to_mm(float(number)) for number in bar)
        for bar in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-", svg)
    ]
    states = letters(BARS[kind][0](EXAMPLES[kind]))
    assert len(bars) == len(states)
    middle = to_mm(height) / 2
    for (x, top, wide, high), state in zip(bars, states, strict=True):
        assert 0.38 <= wide <= 0.63
        assert 2 <= x <= to_mm(width) - 2 - wide and 2 <= top <= to_mm(height) - 2 - high
        for long, reach in ((state in "AF", middle - top), (state in "DF", top + high - middle)):
            low, most = (2.11, 2.92) if long else (0.51, 0.76)  # halves of 4.22-5.84, 1.02-1.52
            assert low <= reach <= most
    assert all(20 <= 25.4 / (right[0] - left[0]) <= 24 for left, right in pairwise(bars))


# --- on a page


def coded_page(folder: Path, payloads: dict[str, str]) -> dict[str, Image.Image]:
    """What is stamped for each kind, as a picture of its frame at 600 dpi."""
    frames = "".join(
        f'<div class="frame" data-frame="{kind}" data-code="{kind}" style="top: {10 + 20 * at}mm;'
        f' left: 8mm; width: 100mm; height: 18mm">{payload}</div>'
        for at, (kind, payload) in enumerate(payloads.items())
    )
    layout = layout_in(folder / "small", {"front": frames, "back": ""})
    (artwork,) = draw(layout, merged_of(layout, a_piece()), folder / "a.pdf", stamp=True)
    assert not artwork.findings and len(artwork.frames) == len(payloads)
    with closing(pypdfium2.PdfDocument(folder / "a.pdf")) as file:
        page = file[0].render(scale=600 / 72, grayscale=True).to_pil()
    scale, bleed = 600 / 72, 9
    return {
        frame.name: page.crop(
            tuple(
                round((edge + bleed) * scale)
                for edge in (frame.box.x, frame.box.y, frame.box.right, frame.box.bottom)
            )
        )
        for frame in artwork.frames
    }


def test_the_bars_read_from_a_stamped_page_at_600_dpi_are_those_of_the_second_encoder(tmp_path):
    for kind, picture in coded_page(tmp_path, EXAMPLES).items():
        payload = EXAMPLES[kind]
        written = f"{payload[:20]}-{payload[20:]}" if kind == "imb" else payload
        measures = (0.145, 0.048) if kind == "imb" else (0.2, 0.05)
        assert read_bars(picture, 600, *measures) == zint_bars(BARS[kind][1], written), kind


def test_a_2d_mailmark_is_read_from_a_stamped_page_in_each_of_its_types(tmp_path):
    payloads = {
        "mailmark-2d": CMDM,
        "mailmark-7": f"{CMDM:45}123ABC",
        "mailmark-29": f"{CMDM:45}order 12345",
    }
    for kind, picture in coded_page(tmp_path, payloads).items():
        (read,) = zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormat.DataMatrix)
        assert read.text == f"{payloads[kind]:45}"
        lines, columns = TYPES.get(kind, TYPES["mailmark-7"])[1:]
        left, top, right, bottom = picture.point(lambda level: 255 * (level < 128)).getbbox()
        module = 600 * 0.508 / 25.4
        assert abs(right - left - columns * module) <= 1
        assert abs(bottom - top - lines * module) <= 1
        quiet = round(4 * module)  # of which nothing is left out at the frame's edge
        assert left >= quiet - 1 and top >= quiet - 1


# --- 2D Mailmark


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("own", ["", "ABC", "ABC123"])
def test_a_2d_mailmark_is_the_symbol_that_zint_makes(kind, own):
    version, lines, columns = TYPES[kind]
    payload = f"{CMDM:45}{own}"
    symbol = zint_symbol(S.MAILMARK_2D, payload, version)
    assert (symbol.rows, symbol.width) == (lines, columns)
    theirs = [[dark(symbol, line, at) for at in range(columns)] for line in range(lines)]
    rows, width = encoder(kind).symbol(payload)
    assert width == columns
    assert [[row >> at & 1 for at in range(columns)] for row in rows] == theirs


@given(st.text(st.characters(max_codepoint=127), max_size=48))
def test_whatever_is_ones_own_in_a_2d_mailmark_is_read_as_it_was_given(own):
    payload = f"{CMDM:45}{own}"
    try:
        rows, columns = mailmark_2d.SMALLEST.symbol(payload)
    except codes.CodeError:
        assert len(own) > 25  # in capitals 45 have room, in the worst case so many
        return
    image = Image.new("L", (columns + 4, len(rows) + 4), 255)
    for line, row in enumerate(rows, 2):
        for column in range(columns):
            image.putpixel((column + 2, line), 255 * (not row >> column & 1))
    read = zxingcpp.read_barcode(
        image.resize((4 * image.width, 4 * image.height)),
        zxingcpp.BarcodeFormat.DataMatrix,
        text_mode=zxingcpp.TextMode.Plain,
    )
    assert read.text == payload


@pytest.mark.parametrize(
    ("own", "lines"), [(0, 24), (6, 24), (7, 16), (25, 16), (26, 32), (45, 32)]
)
def test_the_smallest_type_that_has_room_is_taken(own, lines):
    rows, _ = mailmark_2d.SMALLEST.symbol(f"{CMDM:45}{'A' * own}")
    assert len(rows) == lines


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ("", "empty"),
        ("JGB", "information type of a 2D Mailmark (characters 5 to 5) cannot be ' '"),
        ("GBR 01Z9999999", "country of a 2D Mailmark (characters 1 to 4) cannot be 'GBR '"),
        (CMDM.replace("01Z", "02Z"), "version of a 2D Mailmark"),
        (CMDM.replace("9999999", "999999X"), "supply chain ID of a 2D Mailmark"),
        (CMDM.replace("00000001", "0000000 "), "item ID of a 2D Mailmark"),
        (CMDM.replace("EC1A1AA1A", "EC1A1AA  "), "destination of a 2D Mailmark"),
        (CMDM.replace("EC1A1AA1A", " " * 9), "destination of a 2D Mailmark"),
        (CMDM.replace("1A0SN", "1A7SN"), "service type of a 2D Mailmark"),
        (CMDM.replace("SN35TQ", "SN35T1"), "return postcode of a 2D Mailmark"),
        (f"{CMDM:40}X", "reserved field of a 2D Mailmark (characters 40 to 45)"),
        (f"{CMDM:45}Grüße", "ß ü"),
        (f"{CMDM:45}{'A' * 46}", "46 characters of your own"),
    ],
)
def test_a_field_of_a_2d_mailmark_that_is_wrong_is_named_with_its_place(payload, says):
    with pytest.raises(codes.CodeError, match=re.escape(says)):
        codes.check("mailmark-2d", payload)


@pytest.mark.parametrize("place", ["EC1A1AA1A", "SN34RD1A", "N11AA9Z", "XY11"])
def test_a_2d_mailmark_goes_to_an_address_or_abroad(place):
    payload = f"JGB 01Z999999900000001{place:9}0"
    codes.check("mailmark-2d", payload)
    assert zint_symbol(S.MAILMARK_2D, payload).rows == 24


def test_a_type_that_is_asked_for_is_kept_or_the_code_refused():
    with pytest.raises(codes.CodeError, match=re.escape("there is room for 6 in type 7")):
        codes.check("mailmark-7", f"{CMDM:45}ABCDEFG")
    assert codes.size("mailmark-9", CMDM) == (57.6, 57.6, False)
