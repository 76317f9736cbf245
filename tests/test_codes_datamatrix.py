"""Data Matrix symbols: square, of the standard's sizes, and read as what was put into them."""

import re

import pytest
import zxingcpp
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from mailroom import codes
from mailroom.codes import datamatrix, matrix

SQUARES = {10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104}
SQUARES |= {120, 132, 144}  # ISO/IEC 16022, Table 7

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def read(rows: tuple[int, ...]) -> zxingcpp.Barcode:
    """What a reader makes of a symbol, drawn with its quiet zone, four pixels a module."""
    side = len(rows) + 2 * datamatrix.QUIET
    image = Image.new("L", (side, side), 255)
    for line, row in enumerate(rows, datamatrix.QUIET):
        for column, dark in matrix.runs(row):
            image.paste(0, (column + datamatrix.QUIET, line, column + 1 + dark, line + 1))
    return zxingcpp.read_barcode(
        image.resize((4 * side, 4 * side)),
        zxingcpp.BarcodeFormat.DataMatrix,
        text_mode=zxingcpp.TextMode.Plain,
    )


@given(texts)
@example("ß" * 20)  # a reader that guesses would take these for something else
@example("a\x1db")
@example("\0")
def test_any_text_is_read_as_it_was_given(text):
    rows = datamatrix.rows(text)
    assert len(rows) in SQUARES
    assert all(row < 1 << len(rows) for row in rows)
    assert read(rows).text == text


@pytest.mark.parametrize("length", [1, 10, 50, 100, 200, 300, 1000])
def test_links_of_any_length_are_read_and_their_symbols_square(length):
    link = ("https://example.org/c/" + "a8Zk3" * 200)[:length]
    rows = datamatrix.rows(link)
    assert len(rows) in SQUARES
    assert read(rows).text == link


@pytest.mark.parametrize(
    ("text", "says"), [("", "empty"), ("x" * 3000, "3000 bytes is too long"), ("\ud800", "damaged")]
)
def test_what_does_not_go_in_is_refused(text, says):
    with pytest.raises(codes.CodeError, match=re.escape(says)):
        codes.check("datamatrix", text)
