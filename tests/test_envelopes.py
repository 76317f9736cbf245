"""Envelopes: everybody's own address, where the posts read it, in fonts that are embedded."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from bars_tools import letters, read_bars
from flat_art import picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from small import ALL_FONTS, a_piece

from mailroom import codes, marks
from mailroom.codes import imb, mailmark, rm4scc
from mailroom.errors import RenderError
from mailroom.formats import ENVELOPES, Envelope
from mailroom.model import Address, Household, Piece, Sender
from mailroom.plan import content_digest
from mailroom.sheets.envelopes import (
    LEAST_SIZE,
    LEAST_WIDTH,
    MIN_SIZE,
    EnvelopeCheck,
    fit_block,
    write_envelopes,
    zones,
)
from mailroom.units import Box, inch, mm

A7, C6 = ENVELOPES["a7"], ENVELOPES["c6"]
CLOSED = [envelope for envelope in ENVELOPES.values() if not envelope.window]
SENDER = Sender(
    company="Kranich & Söhne Ltd",
    address=Address(line1="3 Mill Lane", city="Oldham", postcode="OL1 1AA", country="GB"),
)
LATIN = ("Ms Zoë Ångström", "Łódź & Sons", "14 Elm Street", "SPRINGFIELD IL 62701")
GREEK = ("Κυρία Ελένη Παπαδοπούλου", "Λεωφόρος Αλεξάνδρας 118", "114 71 ΑΘΗΝΑ")
CYRILLIC = ("Г-жа Анна Жукова", "ул. Шаболовка, д. 37", "МОСКВА", "115162")


def addressed(number: int, lines: Sequence[str], country: str = "GB") -> Piece:
    piece = a_piece(number, lines=lines)
    person = dataclasses.replace(piece.recipient, address=Address(country=country))
    return dataclasses.replace(piece, household=Household(key="home", members=(person,)))


def written(pieces: Sequence[Piece], folder: Path, envelope: Envelope = A7) -> Path:
    return write_envelopes(pieces, envelope, SENDER, ALL_FONTS, folder / "envelopes.pdf")


def texts(path: Path) -> list[list[str]]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range().splitlines() for page in document]
    finally:
        document.close()


# What stands on them -----------------------------------------------------------------------


def test_every_envelope_carries_its_own_address_and_number_in_the_order_of_the_cards(
    tmp_path: Path,
) -> None:
    pieces = [addressed(n, (f"Person {n}", f"{n} Elm Street", "LONDON")) for n in (7, 3, 5)]
    for piece, lines in zip(pieces, texts(written(pieces, tmp_path)), strict=True):
        assert [line for line in lines if line in piece.address_lines] == [*piece.address_lines]
        assert lines[-1] == f"{piece.number:04}"
        others = [p.address_lines[0] for p in pieces if p is not piece]
        assert not set(others) & set(lines)


@pytest.mark.parametrize("lines", [LATIN, GREEK, CYRILLIC], ids=["latin", "greek", "cyrillic"])
def test_european_scripts_come_out_letter_by_letter(tmp_path: Path, lines: tuple[str, ...]) -> None:
    read = texts(written([addressed(1, lines)], tmp_path))[0]
    assert [line for line in read if line in lines] == list(lines)


def test_accents_written_apart_are_put_together(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "Zoë Ångström")
    assert len(apart) > len("Zoë Ångström")
    assert "Zoë Ångström" in texts(written([addressed(1, (apart,))], tmp_path))[0]


def test_the_return_address_names_the_country_only_abroad(tmp_path: Path) -> None:
    home, abroad = texts(written([addressed(1, LATIN), addressed(2, LATIN, "US")], tmp_path))
    assert {"Kranich & Söhne Ltd", "3 Mill Lane"} <= {*home} & {*abroad}
    assert "UNITED KINGDOM" not in home
    assert "UNITED KINGDOM" in abroad


def test_every_font_in_the_file_is_embedded(tmp_path: Path) -> None:
    path = written([addressed(1, LATIN), addressed(2, GREEK)], tmp_path)
    with pikepdf.open(path) as pdf:
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"
        ]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor
    assert b"Helvetica" not in path.read_bytes()


def test_the_same_pieces_give_the_same_bytes_and_a_sound_file(tmp_path: Path) -> None:
    pieces = [addressed(1, LATIN), addressed(2, GREEK)]
    first = written(pieces, tmp_path).read_bytes()
    assert written(pieces, tmp_path).read_bytes() == first
    with pikepdf.open(tmp_path / "envelopes.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []


# Where it stands ---------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", CLOSED, ids=lambda envelope: envelope.name)
def test_the_zones_satisfy_both_the_american_and_the_german_post(envelope: Envelope) -> None:
    size, area = envelope.size, zones(envelope)
    ocr = Box(inch(0.5), size.height - inch(2.75), size.width - inch(1), inch(2.125))
    american_barcode = Box(
        size.width - inch(4.75), size.height - inch(0.625), inch(4.75), inch(0.625)
    )
    assert ocr.contains(area.address, 0.01)
    assert area.address.y >= mm(40)
    assert area.address.right <= size.width - mm(15)
    assert area.address.width <= mm(100) + 0.01
    assert area.barcode.contains(american_barcode, 0.01)
    for nothing_here in (area.postage, area.barcode, ocr):
        assert not area.number.overlaps(nothing_here)
        assert not area.sender.overlaps(nothing_here)
    assert area.number.x >= mm(4.5), "printers cannot reach the edge"
    assert area.address.y - area.sender.bottom >= mm(5)


def ink_of(image: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.invert(image.convert("L")).getbbox()


@pytest.mark.parametrize("envelope", CLOSED, ids=lambda envelope: envelope.name)
def test_no_ink_lies_outside_the_zones(tmp_path: Path, envelope: Envelope) -> None:
    lines = ("W" * 40, *(f"Line {n}" for n in range(7)))
    image = picture(written([addressed(1234, lines)], tmp_path, envelope), dpi=72)
    area = zones(envelope)
    for zone in (area.address, area.sender, area.number):
        box = [int(v) for v in (zone.x - 1, zone.y - 1, zone.right + 2, zone.bottom + 2)]
        assert ink_of(image.crop((box[0], box[1], box[2], box[3])))
        image.paste("white", (box[0], box[1], box[2], box[3]))
    assert ink_of(image) is None


# Fitting -----------------------------------------------------------------------------------

ZONE = zones(C6).address


def test_a_usual_address_is_set_with_capitals_of_nearly_three_millimetres() -> None:
    block = fit_block(LATIN, ZONE, ALL_FONTS)
    assert {line.size for line in block.lines} == {12.0}
    assert {line.squeeze for line in block.lines} == {1.0}


@settings(deadline=None)
@given(st.lists(st.integers(1, 110), min_size=1, max_size=12), st.integers(0, 99))
def test_whatever_is_printed_fits_its_zone_and_can_be_read(lengths: list[int], seed: int) -> None:
    noise = random.Random(seed)
    lines = ["".join(noise.choices("ilWm Ωж", k=length)) for length in lengths]
    block = fit_block(lines, ZONE, ALL_FONTS)
    assert bool(block.lines) != bool(block.findings)
    assert block.height <= ZONE.height
    for line in block.lines:
        assert line.size >= LEAST_SIZE
        assert line.squeeze >= LEAST_WIDTH
        assert line.squeeze == 1.0 or line.size <= MIN_SIZE


def test_a_line_too_long_for_any_size_is_a_finding_in_millimetres() -> None:
    name = "Hohensteinsche Verwaltungsgesellschaft für Forst- und Landwirtschaft mbH & Co. KG"
    findings = EnvelopeCheck(C6, SENDER, ALL_FONTS).findings(addressed(1, (name, "04109 Leipzig")))
    assert [finding.rule for finding in findings] == ["envelope-overflow"]
    assert "4.7 mm too long" in findings[0].message
    assert not EnvelopeCheck(A7, SENDER, ALL_FONTS).findings(addressed(1, (name, "04109 Leipzig")))


def test_too_many_lines_are_a_finding_in_millimetres() -> None:
    findings = fit_block([f"Line {n}" for n in range(15)], ZONE, ALL_FONTS).findings
    assert "15 lines are" in findings[0].message
    assert "mm too high" in findings[0].message


# What cannot be set right ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("שרה לוי", "envelope-script"),
        ("فاطمة حسن", "envelope-script"),
        ("अनिता शर्मा", "envelope-script"),
        ("x\u0332y", "envelope-script"),
        ("佐藤 健一", "missing-glyph"),
        ("Anna 🎄", "missing-glyph"),
    ],
)
def test_letters_that_would_come_out_wrong_are_held_and_never_printed(
    tmp_path: Path, line: str, rule: str
) -> None:
    piece = addressed(9, (line, "14 Elm Street"))
    findings = EnvelopeCheck(A7, SENDER, ALL_FONTS).findings(piece)
    assert [finding.rule for finding in findings] == [rule]
    with pytest.raises(RenderError, match="piece 0009, envelope"):
        written([piece], tmp_path)
    assert not (tmp_path / "envelopes.pdf").exists()


def test_invisible_controls_and_odd_spaces_do_no_harm(tmp_path: Path) -> None:
    line = "\u200eAnna\u00a0\u202fBerger\u00ad\ufeff\t& Co"
    read = texts(written([addressed(1, (line,))], tmp_path))[0]
    assert "Anna Berger & Co" in [" ".join(text.split()) for text in read]


# --- the marks of posts

MARKS = {
    "imb": "0123456709498765432101234567891",
    "rm4scc": "SN3 4RD 1A",
    "kix": "1231FZ13XHS",
    "mailmark-c": "21B2254800659JW5O9QA6Y",
    "mailmark-l": "41038422416563762EF61AH8T",
}


def marked(kind: str, payload: str, lines: Sequence[str] = LATIN) -> Piece:
    return a_piece(1, lines=lines, fields={kind.upper(): payload})


def with_mark(kind: str, piece: Piece, folder: Path, envelope: Envelope) -> Path:
    target, options = folder / "marked.pdf", {"postal_mark": kind}
    return write_envelopes([piece], envelope, SENDER, ALL_FONTS, target, options=options)


@pytest.mark.parametrize("envelope", [A7, C6], ids=["a7", "c6"])
@pytest.mark.parametrize("kind", MARKS)
def test_a_mark_is_printed_with_the_address_and_its_bars_are_read_back(
    kind: str, envelope: Envelope, tmp_path: Path
) -> None:
    path = with_mark(kind, marked(kind, MARKS[kind]), tmp_path, envelope)
    zone = zones(envelope).address
    with contextlib.closing(pypdfium2.PdfDocument(path)) as file:
        page = file[0].render(scale=600 / 72, grayscale=True).to_pil()
        text = file[0].get_textpage()
        rects = [text.get_rect(at) for at in range(text.count_rects())]
    high = envelope.size.height
    lines = [(high - top, high - bottom) for _, bottom, _, top in rects if high - top > zone.y - 1]
    first, last = lines[0][0], max(foot for _, foot in lines[:-1])  # without the piece's number
    side, foot = mm(15), max(mm(15), inch(0.625))
    if kind == "kix":
        strip = (side, last, envelope.size.width - side, high - foot)
    else:
        strip = (side, mm(40), envelope.size.width - side, first)
    picture = page.crop(tuple(round(edge * 600 / 72) for edge in strip))
    measures = (0.145, 0.048) if kind == "imb" else (0.2, 0.05)
    read = read_bars(picture, 600, *measures)
    encode = {
        "imb": imb.bars,
        "rm4scc": rm4scc.rm4scc,
        "kix": rm4scc.kix,
        "mailmark-c": mailmark.BARCODE_C.bars,
        "mailmark-l": mailmark.BARCODE_L.bars,
    }[kind]
    assert read == letters(encode(MARKS[kind]))
    black = picture.point(lambda level: 255 * (level < 128)).getbbox()
    above, below = black[1] * 72 / 600, (picture.height - black[3]) * 72 / 600
    beside = inch(0.028) if kind == "imb" else mm(2)
    assert (above if kind == "kix" else below) >= beside
    assert min(black[0], picture.width - black[2]) * 72 / 600 >= codes.quiet(kind)[0] - 0.2


def test_who_has_no_mark_gets_an_envelope_as_before(tmp_path: Path) -> None:
    piece = marked("imb", " ")
    assert EnvelopeCheck(A7, SENDER, ALL_FONTS, {"postal_mark": "imb"}).findings(piece) == ()
    plain = write_envelopes([piece], A7, SENDER, ALL_FONTS, tmp_path / "plain.pdf")
    assert with_mark("imb", piece, tmp_path, A7).read_bytes() == plain.read_bytes()


def test_a_mark_that_cannot_be_made_holds_the_piece(tmp_path: Path) -> None:
    piece = marked("imb", "9" * 20)
    (found,) = EnvelopeCheck(A7, SENDER, ALL_FONTS, {"postal_mark": "imb"}).findings(piece)
    assert found.rule == "code" and "second digit" in found.message and "column" in found.hint
    with pytest.raises(RenderError, match="second digit"):
        with_mark("imb", piece, tmp_path, A7)


def test_an_address_for_which_its_mark_leaves_no_room_holds_the_piece() -> None:
    tall = [f"line {number}" for number in range(20)]
    most = next(
        count
        for count in range(20, 0, -1)
        if not EnvelopeCheck(C6, SENDER, ALL_FONTS).findings(marked("kix", "", tall[:count]))
    )
    piece = marked("kix", MARKS["kix"], tall[:most])
    (found,) = EnvelopeCheck(C6, SENDER, ALL_FONTS, {"postal_mark": "kix"}).findings(piece)
    assert found.rule == "envelope-overflow" and "too high" in found.message


def test_the_digest_of_a_piece_is_another_with_another_mark() -> None:
    def content(payload: str) -> str:
        kind, said = marks.on_envelope(marked("imb", payload), {"postal_mark": "imb"})
        return content_digest(marked("imb", payload), "en", ["x"], "c", (kind, said))

    assert content("0" * 20) != content("1" * 20)
    assert marks.on_envelope(marked("imb", "0" * 20), {}) == ("", "")
