"""The proof: who is on it and why, and what the contact sheet shows of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from flat_art import COLOURS, artwork, fill, picture, write_art
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from small import ALL_FONTS, a_piece

from mailroom.errors import RenderError
from mailroom.formats import FORMATS, Format
from mailroom.model import (
    Address,
    Artwork,
    Borrowed,
    Derived,
    Finding,
    FrameBox,
    Household,
    Name,
    Owner,
    Piece,
    Recipient,
    Severity,
)
from mailroom.proof import AT_MOST, Chosen, choose, scripts
from mailroom.sheets.contact import Heading, write_contact_sheet
from mailroom.units import Box, mm

CARD = FORMATS["card-5x7"]
RED = (196, 40, 30)


def person(
    number: int,
    name: str = "Anna Berger",
    *,
    lines: Sequence[str] = ("1 Elm St",),
    language: str = "en",
    country: str = "GB",
    owner: str = "Mara Holt",
    fields: Mapping[str, str] | None = None,
    held: str = "",
    members: int = 1,
) -> Piece:
    piece = a_piece(number, lines=lines, language=language, fields=fields)
    one = dataclasses.replace(piece.recipient, address=Address(country=country))
    greeting = dataclasses.replace(piece.greeting, envelope_name=Derived(text=name, source="test"))
    findings = [Finding(rule=held, severity=Severity.ERROR, message=f"{held}!")] if held else []
    return dataclasses.replace(
        piece,
        household=Household(key="home", members=(one,) * members),
        greeting=greeting,
        owner=Owner(key="owner", name=owner),
        findings=tuple(findings),
    )


def reasons(chosen: Sequence[Chosen]) -> dict[str, int]:
    """reason -> number of the piece that shows it."""
    return {reason: item.piece.number for item in chosen for reason in item.reasons}


# Who is chosen -----------------------------------------------------------------------------


def test_the_extremes_are_chosen_with_their_reasons() -> None:
    long_name = "Maximiliane-Theodora von Hohenlinden"
    pieces = [
        person(1),
        person(2, long_name),
        person(3, lines=("a", "b", "c", "d")),
        person(4, lines=("An address line that is longer than all the others",)),
        person(5),
    ]
    found = reasons(choose(pieces))
    assert found["first"] == 1
    assert found["longest name"] == 2
    assert found["most address lines"] == 3
    assert found["longest address line"] == found["longest address"] == 4
    assert found["last"] == 5


def test_each_language_country_script_and_owner_is_there() -> None:
    pieces = [
        person(1),
        person(2, language="de", country="DE"),
        person(3, "Ελένη Παππά", country="GR"),
        person(4, "Анна Жукова", country="BG", owner="Tomas Lowe"),
        person(5, country="JP"),
    ]
    found = reasons(choose(pieces))
    assert {"in English": 1, "in German": 2}.items() <= found.items()
    assert {"Greek letters": 3, "Cyrillic letters": 4}.items() <= found.items()
    assert {"to Germany": 2, "to Greece": 3, "to Bulgaria": 4, "to Japan": 5}.items() <= (
        found.items()
    )
    assert {"signed by Tomas Lowe": 4}.items() <= found.items()


def test_both_ways_a_layout_can_go_are_there() -> None:
    pieces = [person(1), person(2, fields={"PERSONAL NOTE": "Hello"}), person(3, members=2)]
    found = reasons(choose(pieces, columns=["Personal note"]))
    assert found["with Personal note"] == 2
    assert found["without Personal note"] in (1, 3)
    assert found["a couple"] == 3


def together(number: int, *people: Recipient, **more: object) -> Piece:
    household = Household(key=f"home{number}", members=people, **more)  # type: ignore[arg-type]
    return dataclasses.replace(person(number), household=household)


def test_what_was_put_together_from_several_records_is_there() -> None:
    def one(first: str, last: str = "Holloway", **more: object) -> Recipient:
        return dataclasses.replace(
            person(1).recipient,
            first_name=first,
            last_name=last,
            **more,  # type: ignore[arg-type]
        )

    lent = Borrowed(recipient="crm:1", field="first_name", lender="outlook:12")
    pieces = [
        person(1),
        together(2, one("Margaret"), one("Margret")),
        together(3, one("Anna"), one("Ben", "Finch")),
        together(4, one("Jerry", partners=(Name(first_name="Beth"),))),
        together(5, one("Jürgen"), also=("outlook:12",), borrowed=(lent,)),
        person(6),
    ]
    found = reasons(choose(pieces))
    assert found["first names alike in one household"] == found["people of several rows"] == 2
    assert found["several last names in one household"] == 3
    assert found["several people in one row"] == 4
    assert found["several records of one person"] == found["first name of another record"] == 5


def test_one_held_piece_of_each_rule_is_there_and_serves_no_other_reason() -> None:
    pieces = [person(1), person(2, "A much longer name than anybody", held="overflow")]
    pieces += [person(3, held="overflow"), person(4, held="no-street"), person(5)]
    chosen = choose(pieces)
    found = reasons(chosen)
    assert found["held: overflow"] in (2, 3)
    assert found["held: no-street"] == 4
    assert [item.reasons for item in chosen if item.piece.number == 4] == [("held: no-street",)]
    assert found["longest name"] in (1, 5)


def test_a_mailing_of_held_pieces_only_still_has_a_proof() -> None:
    chosen = choose([person(1, held="no-street"), person(2, held="no-street")])
    assert len(chosen) == 1


def test_nobody_gives_an_empty_proof() -> None:
    assert choose([]) == ()


def frames(key: str, height: float) -> Artwork:
    frame = FrameBox(name="text", page=1, box=Box(0, 0, 90, 100), content=Box(0, 0, 90, height))
    return Artwork(
        piece=key, path=Path("art.pdf"), first_page=0, pages=2, sha256="", frames=(frame,)
    )


def test_the_artwork_tells_who_has_the_most_and_the_least_text() -> None:
    pieces = [person(number) for number in range(1, 6)]
    heights = dict(zip((p.key for p in pieces), (50, 40, 99, 10, 60), strict=True))
    found = reasons(choose(pieces, {key: frames(key, h) for key, h in heights.items()}))
    assert (found["most text"], found["least text"], found["fullest frame"]) == (3, 4, 3)


PEOPLE = st.lists(
    st.builds(
        person,
        st.just(0),
        st.text(min_size=1, max_size=12),
        lines=st.lists(st.text(max_size=9), max_size=4).map(tuple),
        language=st.sampled_from(["en", "de", "fr", "el", "bg", "", "xx"]),
        country=st.sampled_from(["GB", "DE", "US", "FR", "JP", "", "ZZ"]),
        owner=st.sampled_from(["Mara", "Tom", "Ruth"]),
        held=st.sampled_from(["", "", "", "overflow", "no-street"]),
        members=st.integers(1, 2),
    ),
    max_size=40,
)


@given(PEOPLE, st.integers(1, AT_MOST))
def test_nobody_is_there_twice_or_without_a_reason_and_never_too_many(
    people: list[Piece], limit: int
) -> None:
    pieces = [
        dataclasses.replace(one, key=f"winter:{n}", number=n) for n, one in enumerate(people, 1)
    ]
    chosen = choose(pieces, limit=limit)
    numbers = [item.piece.number for item in chosen]
    assert numbers == sorted(set(numbers))
    assert len(chosen) <= limit
    assert bool(chosen) == bool(pieces)
    assert all(item.reasons for item in chosen)
    assert choose(pieces, limit=limit) == chosen


def test_scripts_are_those_of_the_letters_only() -> None:
    assert scripts("Anna 12, Ελένη 佐") == {"Latin", "Greek", "Cjk"}
    assert scripts("12 – 14") == frozenset()


# The contact sheet -------------------------------------------------------------------------

HEADING = Heading(
    title="Winter 2026", date="3 December 2026", summary=(("pieces", "63"), ("digest", "269e58a0"))
)


def shown(
    folder: Path, items: Sequence[Chosen], arts: Mapping[str, Artwork], fmt: Format = CARD
) -> tuple[Path, Path]:
    pdf, png = folder / "proof.pdf", folder / "proof.png"
    write_contact_sheet(items, arts, fmt, HEADING, ALL_FONTS, pdf, png)
    return pdf, png


def red_cards(folder: Path, pieces: Sequence[Piece], fmt: Format = CARD) -> dict[str, Artwork]:
    """Artwork whose trim is flat and whose bleed is dark: no bleed may be seen."""
    edge, size = float(fmt.bleed), fmt.trim
    content = (
        fill("l", -edge, -edge, size.width + 2 * edge, size.height + 2 * edge)
        + fill("2", 0, 0, size.width, size.height)
    ).encode()
    pages = [content] * (len(fmt.pages) * len(pieces))
    path = write_art(folder / "art.pdf", fmt, pages)
    return {
        piece.key: artwork(piece.key, path, fmt, place * len(fmt.pages))
        for place, piece in enumerate(pieces)
    }


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def colours_of(image: Image.Image) -> set[tuple[int, int, int]]:
    counted = image.getcolors(1 << 24)
    assert counted
    return {colour for _, colour in counted if isinstance(colour, tuple)}  # type: ignore[misc]


def test_the_sheet_names_every_piece_why_it_is_there_and_what_is_wrong(tmp_path: Path) -> None:
    pieces = [person(7, "Ελένη Παππά"), person(8, held="overflow")]
    items = [Chosen(piece=piece, reasons=("first", "in English")) for piece in pieces]
    text = text_of(shown(tmp_path, items, red_cards(tmp_path, pieces))[0])
    for words in ("Winter 2026", "3 December 2026", "63", "269e58a0", "1 of 1"):
        assert words in text
    for words in ("0007", "Ελένη Παππά", "0008", "first, in English", "Held: overflow!"):
        assert words in text


def test_an_address_that_the_provider_prints_stands_below_the_pictures(tmp_path: Path) -> None:
    pieces = [person(1, lines=("Anna Berger", "1 Elm St", "Troy NY 12180")), person(2, lines=())]
    items = [Chosen(piece=piece, reasons=("first",)) for piece in pieces]
    postcard = FORMATS["postcard-4x6"]
    text = text_of(shown(tmp_path, items, red_cards(tmp_path, pieces, postcard), postcard)[0])
    assert "Anna Berger / 1 Elm St / Troy NY 12180" in text
    folder = tmp_path / "card"
    folder.mkdir()
    assert "1 Elm St" not in text_of(shown(folder, items, red_cards(folder, pieces))[0])


def test_the_bleed_is_cut_off(tmp_path: Path) -> None:
    piece = person(1)
    item = Chosen(piece=piece, reasons=("first",))
    pdf, _ = shown(tmp_path, [item], red_cards(tmp_path, [piece]))
    seen = colours_of(picture(pdf, dpi=144))
    assert COLOURS["2"] in seen
    assert COLOURS["l"] not in seen


def test_the_offence_is_boxed_in_red_where_it_is(tmp_path: Path) -> None:
    box = Box(mm(20), mm(60), mm(80), mm(20))
    finding = Finding(
        rule="overflow", severity=Severity.ERROR, message="4 mm too high", page=2, box=box
    )
    piece = dataclasses.replace(person(1), findings=(finding,))
    item = Chosen(piece=piece, reasons=("first",))
    pdf, _ = shown(tmp_path, [item], red_cards(tmp_path, [piece]))
    image = picture(pdf, dpi=288)
    pages = where(image, COLOURS["2"])
    scale = (pages[3] - pages[1]) / CARD.trim.height
    left = pages[2] - CARD.trim.width * scale  # of the second page
    red = where(image.crop((0, 0, image.width, pages[3])), RED)
    meant = (
        left + box.x * scale,
        pages[1] + box.y * scale,
        left + box.right * scale,
        pages[1] + box.bottom * scale,
    )
    assert red == pytest.approx(meant, abs=10)


def where(image: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The box round all pixels of exactly that colour."""
    away = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    off = ImageChops.lighter(ImageChops.lighter(away[0], away[1]), away[2])
    box = off.point(lambda value: 0 if value else 255).getbbox()
    assert box, f"{colour} is nowhere"
    return box


def test_a_piece_without_pages_is_a_card_with_the_reason(tmp_path: Path) -> None:
    piece = person(4, held="undefined")
    text = text_of(shown(tmp_path, [Chosen(piece=piece, reasons=("held: undefined",))], {})[0])
    assert "No pages were made" in text
    assert "Held: undefined!" in text


def test_who_has_no_name_is_called_so_and_found_by_the_line(tmp_path: Path) -> None:
    nobody = person(4, "", held="no-name")
    at = dataclasses.replace(
        nobody.recipient, first_name="", last_name="", company="", where="a.csv:9"
    )
    firm = dataclasses.replace(at, company="Finch Ltd")
    for who, title in ((at, "(no name)"), (firm, "Finch Ltd")):
        piece = dataclasses.replace(nobody, household=Household(key="h", members=(who,)))
        text = text_of(shown(tmp_path, [Chosen(piece=piece, reasons=("held",))], {})[0])
        assert title in text
        assert ("a.csv:9" in text) == (who is at)


def test_letters_no_font_has_are_shown_as_boxes(tmp_path: Path) -> None:
    piece = person(4, "健一 שרה", held="missing-glyph")
    text = text_of(shown(tmp_path, [Chosen(piece=piece, reasons=("held",))], {})[0])
    assert "□□ □□□" in text


_QUICK = {"card-5x7", "card-a6", "card-a6-folded", "postcard-4x6"}  # a picture takes its time

every_shape = pytest.mark.parametrize(
    "name",
    [
        name if name in _QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name, _ in {
            (fmt.trim, len(fmt.pages)): (name, fmt) for name, fmt in FORMATS.items()
        }.values()
    ],
)


@every_shape
def test_every_shape_of_piece_fills_pages_and_the_picture_shows_them_all(
    tmp_path: Path, name: str
) -> None:
    fmt = FORMATS[name]
    pieces = [person(n, "A rather long name, " * (1 + n % 4)) for n in range(1, 12)]
    items = [Chosen(piece=piece, reasons=("a reason",) * 30) for piece in pieces]
    pdf, png = shown(tmp_path, items, red_cards(tmp_path, pieces, fmt), fmt)
    text = text_of(pdf)
    assert all(f"{piece.number:04}" in text for piece in pieces)
    with pikepdf.open(pdf) as made, Image.open(png) as image:
        flat = fmt.trim.width > 2 * fmt.trim.height  # all of them go on one page
        assert (1 if flat else 2) <= len(made.pages) <= 6
        columns = {1: 1, 2: 2, 4: 2}.get(len(made.pages), 3)
        assert image.size == (1191 * columns, 1684 * -(-len(made.pages) // columns))
        assert made.check_pdf_syntax() == []
    assert b"Helvetica" not in pdf.read_bytes()


def test_the_same_proof_gives_the_same_bytes(tmp_path: Path) -> None:
    pieces = [person(1), person(2)]
    items = [Chosen(piece=piece, reasons=("first",)) for piece in pieces]
    arts = red_cards(tmp_path, pieces)
    first = [path.read_bytes() for path in shown(tmp_path, items, arts)]
    assert [path.read_bytes() for path in shown(tmp_path, items, arts)] == first


def test_artwork_that_is_gone_says_whose_it_is(tmp_path: Path) -> None:
    piece = person(3)
    gone = artwork(piece.key, tmp_path / "gone.pdf", CARD)
    with pytest.raises(RenderError, match=r"piece 0003: the pages of gone\.pdf"):
        shown(tmp_path, [Chosen(piece=piece, reasons=("first",))], {piece.key: gone})
    assert not (tmp_path / "proof.pdf").exists()
