"""QR symbols: read as what was put into them, module by module those of others, the best mask."""

import random
import re
from itertools import groupby, pairwise, product

import pytest
import segno
import segno.consts
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from mailroom import codes
from mailroom.codes import qr, qr_layout

LEVELS = "LMQH"
BOX = (36.0, 50.5, 80.0, 64.0)

levels = st.sampled_from(LEVELS)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
links = st.from_regex(r"\Ahttps://ex\.co/c/[a-z]{1,60}\Z")

Grid = list[list[int]]


def grid(symbol: qr.Symbol) -> Grid:
    width = symbol.layout.width
    return [[row >> at & 1 for at in range(width)] for row in symbol.rows()]


def read(dark: Grid) -> str:
    """What a reader makes of a symbol, drawn with its quiet zone, four pixels a module."""
    side = len(dark) + 8
    image = Image.new("L", (side, side), 255)
    for line, row in enumerate(dark, 4):
        for column, module in enumerate(row, 4):
            if module:
                image.putpixel((column, line), 0)
    found = zxingcpp.read_barcode(
        image.resize((4 * side, 4 * side)),
        zxingcpp.BarcodeFormat.QRCode,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return found.text


def zint(text: str, level: str, mask: int) -> Grid:
    """The symbol of the writer in zxing-cpp."""
    made = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=mask
    )
    image = made.to_image(scale=1, add_quiet_zones=False)
    side = image.shape[0]
    octets = bytes(image)
    return [[int(not ink) for ink in octets[at * side : (at + 1) * side]] for at in range(side)]


def masked(text: str, level: str, mask: int) -> Grid:
    made = qr.symbol(text, level)
    modules = made.modules ^ made.layout.bases[made.mask] ^ made.layout.bases[mask]
    return grid(qr.Symbol(made.layout, mask, modules))


def penalty(dark: Grid) -> int:
    """The four rules of ISO/IEC 18004, 7.8.3.1, one after the other, as they are written."""
    total = 0
    for line in [*dark, *zip(*dark, strict=True)]:
        lengths = [len(list(run)) for _, run in groupby(line)]
        total += sum(3 + length - 5 for length in lengths if length >= 5)
        calm = "0000" + "".join(map(str, line)) + "0000"  # the quiet zone is a light area
        for at in range(len(calm) - 6):
            if calm[at : at + 7] == "1011101":
                total += 40 * ("0000" in {calm[at - 4 : at], calm[at + 7 : at + 11]})
    for above, below in pairwise(dark):
        total += sum(3 for four in zip(above, below, above[1:], below[1:]) if len({*four}) == 1)  # noqa: B905
    share = 100 * sum(map(sum, dark)) / len(dark) ** 2
    return total + 10 * int(abs(share - 50) / 5)


@given(texts, levels)
@example("é", "L")
@example("ÿ", "M")
@example("\0", "H")
@example("ｱｲｳ", "M")  # what a reader that guesses takes for Shift JIS
def test_any_text_is_read_as_it_was_given(text, level):
    assert read(grid(qr.symbol(text, level))) == text


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_every_length_up_to_300_is_read_as_it_was_given(level):
    noise = random.Random(level)
    for length in range(1, 301):
        text = "".join(noise.choices("abcdefghijklmnopqrstuvwxyz/.-_?=&%ABC019", k=length))
        assert read(grid(qr.symbol(text, level))) == text


@given(links, levels)
def test_under_every_mask_it_is_the_symbol_that_zint_draws(link, level):
    for mask in range(8):
        assert masked(link, level, mask) == zint(link, level, mask)


@pytest.mark.parametrize("level", LEVELS)
def test_a_text_that_fills_its_symbol_is_drawn_as_segno_draws_it(level):
    """Where there are pads, segno writes a codeword of nulls before them (7.4.10 does not)."""
    for version in (*range(1, 10), 14, 21, 32):
        text = "x" * (qr_layout.capacity(version, level) - (2 if version < 10 else 3))
        for mask in (0, 3, 6):
            judge = segno.make(
                text, error=level, mask=mask, mode="byte", boost_error=False, micro=False
            )
            assert judge.version == version
            assert masked(text, level, mask) == [list(row) for row in judge.matrix]


def test_blocks_and_alignment_patterns_are_those_of_the_standards_tables():
    for version, (level, known) in product(
        qr_layout.VERSIONS, zip("LMQH", map(segno.consts.ERROR_MAPPING.get, "LMQH"), strict=True)
    ):
        words, check = qr_layout._blocks(version, level)
        judge = segno.consts.ECC[version][known]
        assert [*words] == [of.num_data for of in judge for _ in range(of.num_blocks)]
        assert {check} == {of.num_total - of.num_data for of in judge}
        if version > 1:
            assert (*qr_layout._alignments(version),) == segno.consts.ALIGNMENT_POS[version - 2]


@given(texts, levels)
@example("22", "Q")  # here rule N4 decides
@example("76", "Q")
@example("332", "Q")  # here two masks are as good, and the lower number counts
@example("71b", "H")
def test_the_mask_is_the_one_with_the_least_penalty_of_all_eight(text, level):
    symbol = qr.symbol(text, level)
    assert symbol.mask == min(range(8), key=lambda mask: penalty(masked(text, level, mask)))


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(st.tuples(st.one_of(links, texts), levels), min_size=2, max_size=6))
def test_a_symbol_does_not_depend_on_those_before_it(given_):
    drawn = [codes.path("qr", text, BOX, level) for text, level in given_]
    for (text, level), before in zip(given_, drawn, strict=True):
        qr._plate.cache_clear()
        assert codes.path("qr", text, BOX, level) == before


def test_nor_on_what_had_to_be_forgotten(monkeypatch):
    linked = [f"https://ex.co/c/{at * 104729:x}" for at in range(300, 340)]
    drawn = [codes.path("qr", link, BOX) for link in linked]
    monkeypatch.setattr(qr, "_STRINGS", 200)
    monkeypatch.setattr(qr, "_IMAGES", 2000)
    qr._plate.cache_clear()
    assert [codes.path("qr", link, BOX) for link in linked] == drawn
    qr._plate.cache_clear()


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("7" * 34, 21),  # version 1 at level M: 34 digits, 20 capitals, 14 bytes
        ("7" * 35, 25),
        ("HTTPS://EX.CO/1 $%*+", 21),
        ("HTTPS://EX.CO/1 $%*+-", 25),
        ("x" * 14, 21),
        ("x" * 15, 25),
        ("é" * 6, 21),  # two bytes each, and 12 bits to say that they are UTF-8
        ("é" * 7, 25),
    ],
)
def test_the_shortest_mode_and_the_smallest_version_are_taken(text, side):
    assert codes.size("qr", text) == (side + 8, side + 8, True)
    assert read(grid(qr.symbol(text, "M"))) == text


@given(st.one_of(st.text("0123456789", min_size=1), st.text(qr._CAPITALS, min_size=1)), levels)
def test_digits_and_capitals_are_read_as_they_were_given(text, level):
    assert read(grid(qr.symbol(text, level))) == text


@pytest.mark.parametrize(
    ("text", "level", "says"),
    [
        ("", "M", "empty"),
        ("x" * 2332, "M", "at level M it holds 2,331 bytes"),
        ("x" * 1274, "H", "at level H it holds 1,273 bytes"),
        ("x", "X", "'X' is no level of a QR code: it is one of L, M, Q, H"),
        ("ab\udc80", "M", "character 3 is half a character"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_would_be_right(text, level, says):
    with pytest.raises(codes.CodeError, match=re.escape(says)):
        codes.check("qr", text, level)


def test_the_largest_symbol_holds_what_the_standard_says_and_is_read():
    text = "x" * 2953  # version 40 at level L
    assert codes.size("qr", text, "L") == (185, 185, True)
    assert read(grid(qr.symbol(text, "L"))) == text


@given(texts, levels)
def test_svg_and_path_cover_the_dark_modules_and_nothing_else(text, level):
    symbol = qr.symbol(text, level)
    dark = {
        (column + 4, line + 4)
        for line, row in enumerate(grid(symbol))
        for column, module in enumerate(row)
        if module
    }
    svg = codes.svg("qr", text, level)
    merged = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
    assert covered(merged) == dark
    side = symbol.layout.width + 8
    assert svg == (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="'
        + "".join("M{0} {1}h{2}v1h-{2}z".format(*run) for run in merged)
        + '"/></svg>'
    )
    runs = {(int(x), int(y)) for x, y, _ in merged}
    ends = {(int(x) + int(length), int(y)) for x, y, length in merged}
    assert not runs & ends  # no run begins where another one ended
    operators = codes.path("qr", text, BOX, level).decode().splitlines()
    assert operators[0].startswith("q ") and operators[0].endswith(" cm")
    assert operators[-2:] == ["f", "Q"]
    rectangle = re.compile(r"(\d+) (\d+) (\d+) 1 re")
    assert covered([rectangle.fullmatch(line).groups() for line in operators[1:-2]]) == dark


def covered(runs: list[tuple[str, ...]]) -> set[tuple[int, int]]:
    """The modules of rectangles; they may not overlap."""
    modules = [(int(x) + at, int(y)) for x, y, length in runs for at in range(int(length))]
    assert len({*modules}) == len(modules)
    return {*modules}
