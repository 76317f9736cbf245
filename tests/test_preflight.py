"""Every rule: caught where a fault is planted, silent on a clean piece."""

from __future__ import annotations

import dataclasses
import pickle
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pytest
from flat_art import write_art
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from small import (
    BACK,
    CARD,
    FRONT,
    LETTER_PAGE,
    SENDER_LINES,
    a_piece,
    checked,
    draw,
    judged,
    layout_in,
    letter_in,
    merged_of,
    rules,
)

from mailroom.errors import RenderError
from mailroom.formats import FORMATS, Zone
from mailroom.identity import identities_of
from mailroom.layout import Layout
from mailroom.model import Artwork, Finding, Merged, Piece, Severity
from mailroom.preflight import RULES, is_acceptable
from mailroom.readback import Readback
from mailroom.units import Box

Check = tuple[Piece, Merged, Artwork]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return layout_in(tmp_path / "small")


CMDM = "JGB 01Z999999900000001EC1A1AA1A0SN35TQ"


def only(findings: dict[str, tuple[Finding, ...]], rule: str) -> Finding:
    """The one finding there is; it must be of that rule."""
    found = [finding for piece in findings.values() for finding in piece]
    assert [finding.rule for finding in found] == [rule], found
    assert found[0].severity is Severity.ERROR
    return found[0]


def printed(layout: Layout, *pieces: Piece) -> list[Check]:
    merged = merged_of(layout, *pieces)
    artworks = draw(layout, merged, layout.folder.parent / "pages.pdf")
    return list(zip(pieces, merged, artworks, strict=True))


def mended(artwork: Artwork, change: str) -> Artwork:
    """The artwork's file with one change made to every page of it."""
    path = artwork.path.with_name("changed.pdf")
    with pikepdf.open(artwork.path) as pdf:
        for page in pdf.pages:
            exec(change, {"page": page, "pdf": pdf, "pikepdf": pikepdf})
        pdf.save(path)
    return dataclasses.replace(artwork, path=path)


# --- clean pieces ---------------------------------------------------------------------------


def test_clean_cards_have_no_findings(layout: Layout) -> None:
    pieces = [
        a_piece(1),
        a_piece(2, "Zoë", "Ångström-Łukasiewicz", fields={"Note": "None of us forgot you."}),
        a_piece(3, "Ελένη", "Παππά", lines=["Ελένη Παππά", "Οδός 3", "ΑΘΗΝΑ"]),
        a_piece(4, "Ирина", "Щукина"),
        a_piece(5, "Jürgen", "Groß", fields={"Note": "Für « toi » und Dich – 100 % «Freude»!"}),
        a_piece(6, "e\u0301lodie", "Offiziell\u00a0von\u00a0Efflingen"),
    ]
    assert checked(layout, *pieces) == {piece.key: () for piece in pieces}


def test_a_clean_letter_has_no_findings(tmp_path: Path) -> None:
    pieces = [a_piece(1), a_piece(2, "Søren", "Ægidius")]
    assert checked(letter_in(tmp_path / "letter"), *pieces) == {piece.key: () for piece in pieces}


def test_the_table_names_each_rule_once_and_what_nobody_may_accept() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)
    for never in ("own-recipient", "missing-glyph", "code", "page-size", "no-such-rule"):
        assert not is_acceptable(never)
    assert is_acceptable("safe-zone")


def test_a_finding_names_the_piece_and_its_page(layout: Layout) -> None:
    findings = checked(layout, a_piece(42, fields={"Note": "{{ first_name }}"}))
    found = only(findings, "unresolved-field")
    assert found.where == "piece 0042, page 2"
    assert found.page == 2
    assert found.box is not None and found.box.contains(Box(40, 118, 1, 1), tolerance=5)
    assert found.hint


# --- empty, unresolved, placeholders --------------------------------------------------------


def test_an_empty_frame_holds_the_piece(tmp_path: Path) -> None:
    back = BACK.replace(" data-optional", "")
    findings = checked(layout_in(tmp_path / "small", {"front": FRONT, "back": back}), a_piece())
    found = only(findings, "empty-frame")
    assert "'note'" in found.message and "40 mm from the top" in found.message


@pytest.mark.parametrize(
    "left",
    ["{{ name }}", "{% if x", "«First_Name»", "«Vorname»", "%FIRST_NAME%", "*|FNAME|*", "${name}",
     "{first_name}", "[First Name]", "<name>", "<%= name %>", "[[name]]"],
)  # fmt: skip
def test_a_field_left_open_holds_the_piece(layout: Layout, left: str) -> None:
    found = only(
        checked(layout, a_piece(fields={"Note": f"Hello {left} there"})), "unresolved-field"
    )
    assert left in found.message


@pytest.mark.parametrize(
    "note",
    ["100%ig, 20% mehr und 30% besser", "«Zuhause» und « Bonjour »", "{a}", "a < b > c", "[sic]"],
)
def test_honest_punctuation_is_no_open_field(layout: Layout, note: str) -> None:
    assert rules(checked(layout, a_piece(fields={"Note": note}))) == {"winter:1": []}


@pytest.mark.parametrize(
    "first", ["null", "NULL", "undefined", "NaN", "Unknown", "N/A", "#N/A", "Vorname", "xxx"]
)
def test_a_placeholder_as_a_name_holds_the_piece(layout: Layout, first: str) -> None:
    findings = checked(layout, a_piece(first=first))
    assert "placeholder-word" in rules(findings)["winter:1"]
    assert "contacts.csv:2" in findings["winter:1"][0].hint


@pytest.mark.parametrize("salutation", ["Dear", "Dear Mr", "Dear Test", "Liebe", "Dear none"])
def test_a_salutation_with_nobody_in_it_holds_the_piece(layout: Layout, salutation: str) -> None:
    findings = checked(layout, a_piece(salutation=salutation))
    assert "placeholder-word" in rules(findings)["winter:1"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Nan", "Goldberg"),
        ("Na", "Kim"),
        ("Nona", "Testa"),
        ("Max", "Nullmeier"),
        ("Dieter", "None"),
    ],
)
def test_real_names_are_no_placeholders(layout: Layout, first: str, last: str) -> None:
    assert rules(checked(layout, a_piece(first=first, last=last))) == {"winter:1": []}


@pytest.mark.parametrize(
    "note",
    ["Dear insert name,", "lorem ipsum dolor", "It is undefined.", "null", "None", "TODO greet",
     "Your order of null is ready", "#REF! was fine"],
)  # fmt: skip
def test_a_placeholder_in_a_text_holds_the_piece(layout: Layout, note: str) -> None:
    only(checked(layout, a_piece(fields={"Note": note})), "placeholder-word")


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ("None of us will forget it; nobody knows, and none too soon.", "en"),
        ("The clause is null and void.", "en"),
        ("Es waren null Grad, null Problemo.", "de"),
        ("We test each chair. Unknown makers, known wood.", "en"),
        ("Oh dear, what a year!", "en"),
        ("Glaube, Liebe, Hoffnung", "de"),
    ],
)
def test_a_sentence_may_say_none(layout: Layout, note: str, language: str) -> None:
    piece = a_piece(fields={"Note": note}, language=language)
    assert rules(checked(layout, piece)) == {"winter:1": []}


# --- overflow -------------------------------------------------------------------------------


def test_text_too_long_for_its_frame_is_told_in_millimetres(layout: Layout) -> None:
    note = "We remember the long table of oak and the evening it arrived. " * 9
    found = only(checked(layout, a_piece(fields={"Note": note})), "overflow")
    match = re.search(r"'note'.* ([\d.]+) mm beyond the bottom", found.message)
    assert match and 5 < float(match[1]) < 60
    assert found.page == 2


def test_a_name_too_wide_for_its_frame_is_told_in_millimetres(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", style=".greeting { width: 40mm; white-space: nowrap }")
    piece = a_piece(first="Wilhelmina-Charlotte", last="Freifrau von Hohenlohe-Bartenstein")
    assert "beyond the right" in only(checked(layout, piece), "overflow").message


def test_a_frame_as_high_as_its_letters_holds_the_line(tmp_path: Path) -> None:
    # 12 pt on 24 pt: the line's box is 8.5 mm high, the letters end at 6.8 mm.
    style = ".greeting { line-height: 24pt; height: 7mm } "
    assert rules(checked(layout_in(tmp_path / "small", style=style), a_piece())) == {"winter:1": []}


def test_a_child_placed_outside_its_frame_is_an_overflow(tmp_path: Path) -> None:
    back = BACK.replace("{{ fields.note }}", '<b style="position:absolute;top:50mm">PS</b>')
    layout = layout_in(tmp_path / "small", {"front": FRONT, "back": back})
    assert "beyond the bottom" in only(checked(layout, a_piece()), "overflow").message


def test_a_text_printed_over_another_is_found(tmp_path: Path) -> None:
    """What becomes of `heigth: 84mm`: nothing is too long, all of it stands in one place."""
    over = '<div class="frame greeting" data-frame="over">{{ greeting.informal }}, hello</div>'
    layout = layout_in(tmp_path / "small", {"front": FRONT, "back": BACK + over})
    assert only(checked(layout, a_piece()), "frames-overlap").message == (
        "'over' is printed over 'greeting'"
    )


# --- glyphs and fonts -----------------------------------------------------------------------


def test_a_name_the_fonts_cannot_draw_holds_the_piece(layout: Layout) -> None:
    findings = checked(layout, a_piece(1), a_piece(2, "小龍", "Lee"))
    [held] = {f.message for f in findings["winter:2"] if f.rule == "missing-glyph"}
    assert held == (
        "no font of the layout can draw '小' (U+5C0F), '龍' (U+9F8D), "
        "needed by the name on the envelope '小龍 Lee'"
    )
    assert findings["winter:1"] == ()


def test_a_missing_glyph_is_seen_on_the_page_even_if_the_fonts_claim_it(layout: Layout) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece(1, "小龍", "Lee"))
    tame = Merged(piece=merged.piece, language="en", pages=("", ""))
    findings = judged(layout, [(piece, tame, artwork)])
    blank = [f for f in findings[piece.key] if f.rule in ("missing-glyph", "fonts-embedded")]
    assert blank and all(f.page == 2 for f in blank)


def test_an_emoji_is_named_with_its_code_point(layout: Layout) -> None:
    findings = checked(layout, a_piece(fields={"Note": "Cheers \U0001f384"}))
    assert any("U+1F384" in f.message for f in findings["winter:1"])


def test_a_font_of_the_machine_is_found(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", style=".motto { font-family: 'DejaVu Serif', serif }")
    found = only(checked(layout, a_piece()), "fonts-embedded")
    assert found.page == 1 and "not a font of this layout" in found.message


def test_a_font_that_is_not_in_the_file_is_found(layout: Layout) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece())
    lose = (
        "for font in page.Resources.Font.values():\n"
        "    descriptor = font.DescendantFonts[0].FontDescriptor\n"
        "    if '/FontFile2' in descriptor: del descriptor['/FontFile2']\n"
    )
    findings = judged(layout, [(piece, merged, mended(artwork, lose))])
    assert "the press would choose one" in findings[piece.key][0].message
    assert set(rules(findings)[piece.key]) == {"fonts-embedded"}


# --- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "show",
    [
        '<img src="art.png" style="position:absolute;left:20mm;top:20mm;width:1in">',
        '<div style="position:absolute;left:20mm;top:20mm;width:1in;height:1in;'
        'background:url(art.png) 0 0 / 1in 1in"></div>',
        '<div style="position:absolute;left:20mm;top:20mm;opacity:.5">'
        '<img src="art.png" style="width:1in"></div>',
        '<svg style="position:absolute;left:20mm;top:20mm" width="1in" height="1in" '
        'viewBox="0 0 10 10"><image href="art.png" width="10" height="10"/></svg>',
    ],
    ids=["img", "background", "opacity", "svg"],
)
def test_a_coarse_picture_is_found_however_it_is_placed(tmp_path: Path, show: str) -> None:
    layout = layout_in(tmp_path / "small", {"front": FRONT + show, "back": BACK})
    art = layout.folder / "art.png"
    Image.effect_noise((200, 200), 50).save(art)
    found = only(checked(layout, a_piece()), "image-resolution")
    assert "200 dpi, 300 are needed" in found.message and found.page == 1
    assert found.box is not None and found.box.contains(Box(57, 57, 71, 71), tolerance=2)
    Image.effect_noise((300, 300), 50).save(art)
    assert rules(checked(layout, a_piece())) == {"winter:1": []}


@pytest.mark.parametrize("stamp", [False, True])
@pytest.mark.parametrize(
    ("kind", "wrong", "good"),
    [("imb", "12", "01234567094987654321"), ("qr", "a" * 3000, "a" * 300)],
)
def test_a_code_that_cannot_be_made_of_the_data_holds_the_piece(
    tmp_path: Path, kind: str, wrong: str, good: str, stamp: bool
) -> None:
    code = f'<div class="frame code" data-frame="code" data-code="{kind}" data-optional>'
    pages = {"front": FRONT, "back": f"{BACK}{code}{{{{ fields.id }}}}</div>"}
    more = '[fields.note]\ncolumn = "Note"\n[fields.id]\ncolumn = "Id"\n'
    style = ".code { top: 100mm; height: 45mm }"
    layout = layout_in(tmp_path / "small", pages, more=more, style=style)
    pieces = [
        a_piece(number, name, fields={"Id": text})
        for number, (name, text) in enumerate([("Ada", good), ("Bo", wrong), ("Cy", "")], 1)
    ]
    found = only(checked(layout, *pieces, stamp=stamp), "code")
    assert (found.where, found.page) == ("piece 0002, page 2", 2)
    assert found.hint == "correct the column that the code is made of"


@pytest.mark.parametrize("stamp", [False, True])
@pytest.mark.parametrize(
    ("kind", "payload", "size", "says"),
    [
        ("imb", "01234567094987654321", "80mm; height: 4mm", "make it 1.1 mm higher"),
        ("rm4scc", "SN3 4RD 1A", "46mm; height: 9.2mm", "make it 0.9 mm wider"),
        ("mailmark-7", CMDM, "15mm; height: 16mm", "make it 1.3 mm wider and 0.3 mm higher"),
    ],
)
def test_a_frame_too_small_for_its_postal_mark_holds_the_piece_and_tells_the_millimetres(
    tmp_path: Path, kind: str, payload: str, size: str, says: str, stamp: bool
) -> None:
    code = f'<div class="frame code" data-frame="code" data-code="{kind}">{payload}</div>'
    pages = {"front": FRONT, "back": f"{BACK}{code}"}
    layout = layout_in(
        tmp_path / "small", pages, style=f".code {{ top: 100mm; left: 10mm; width: {size} }}"
    )
    found = only(checked(layout, a_piece(), stamp=stamp), "code")
    assert says in found.message and found.page == 2
    assert found.box is not None and "style sheet" in found.hint


@pytest.mark.parametrize("stamp", [False, True])
def test_a_text_that_shrinks_to_its_smallest_size_is_worth_a_look(
    tmp_path: Path, stamp: bool
) -> None:
    back = BACK.replace('data-frame="note"', 'data-frame="note" data-fit="shrink 8pt"')
    layout = layout_in(tmp_path / "small", {"front": FRONT, "back": back})
    sizes = ((1, 5), (2, 40), (3, 65), (4, 66))  # the third is all that 8 pt has room for
    pieces = [a_piece(n, fields={"Note": "Thank you. " * times}) for n, times in sizes]
    one, some, full, many = checked(layout, *pieces, stamp=stamp).values()
    assert one == some == ()
    [small] = full
    assert (small.rule, small.severity, small.page) == ("shrunk", Severity.WARNING, 2)
    assert "'note'" in small.message
    # Where it does not fit even so there is nothing to look at: the piece is held.
    assert [(f.rule, f.severity) for f in many] == [("overflow", Severity.ERROR)]


def test_findings_of_the_renderer_are_passed_on(layout: Layout) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece())
    told = [("renderer", "Failed to load image at 'a'"), ("renderer", "Odd"), ("page-count", "ran")]
    findings = tuple(
        Finding(rule=rule, severity=Severity.ERROR, message=message, page=1)
        for rule, message in told
    )
    faulty = dataclasses.replace(artwork, findings=findings)
    found = judged(layout, [(piece, merged, faulty)])[piece.key]
    assert [(f.rule, f.message) for f in found] == [
        ("image-missing", "Failed to load image at 'a'"),
        ("page-count", "ran"),
        ("renderer", "Odd"),
    ]


# --- zones ----------------------------------------------------------------------------------


def test_text_near_the_edge_is_told_in_millimetres(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", style=".imprint { left: 1mm }")
    found = only(checked(layout, a_piece()), "safe-zone")
    assert "1.0 mm from the left edge" in found.message or "1.1 mm" in found.message
    assert "keeps 3.2 mm" in found.message and found.page == 2


def test_text_over_the_edge_is_called_cut(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", style=".imprint { left: -2mm }")
    assert "cut 1.9 mm at the left" in only(checked(layout, a_piece()), "safe-zone").message


def test_art_may_bleed(tmp_path: Path) -> None:
    art = (
        '<svg style="position:absolute;left:calc(-1*var(--bleed));top:calc(-1*var(--bleed))" '
        'width="133.35mm" height="184.15mm" viewBox="0 0 10 10"><path d="M0 0H10V10H0z" '
        'fill="#123"/></svg>'
    )
    layout = layout_in(tmp_path / "small", {"front": art, "back": BACK})
    assert rules(checked(layout, a_piece())) == {"winter:1": []}


def test_text_in_the_window_is_found(tmp_path: Path) -> None:
    stray = '<div style="position:absolute;left:100mm;top:60mm">PRIVATE</div>'
    found = only(checked(letter_in(tmp_path / "l", LETTER_PAGE + stray), a_piece()), "address-zone")
    assert "'PRIVATE'" in found.message and found.page == 1 and found.box is not None


def test_a_line_drawn_through_the_window_is_found(tmp_path: Path) -> None:
    rule = '<div style="position:absolute;left:0;top:92mm;width:30mm;border-top:.4pt solid"></div>'
    found = only(checked(letter_in(tmp_path / "l", LETTER_PAGE + rule), a_piece()), "address-zone")
    assert "something is printed" in found.message and "91.7 mm from the top" in found.message


def test_an_address_line_that_leaves_the_address_zone_is_found(tmp_path: Path) -> None:
    style = ".address { white-space: nowrap }"
    piece = a_piece(lines=["Anna Berger", "1 " + "Long " * 14 + "Street", "LEEDS"])
    findings = checked(letter_in(tmp_path / "l", style=style), piece)
    assert "mm beyond the right" in next(
        f.message for f in findings[piece.key] if f.rule == "address-zone"
    )


def test_a_letter_without_an_address_frame_is_found(tmp_path: Path) -> None:
    page = LETTER_PAGE.replace('data-frame="address"', 'data-frame="other"')
    findings = checked(letter_in(tmp_path / "l", page), a_piece())
    assert set(rules(findings)["winter:1"]) == {"address-zone"}


def stamped(folder: Path, front: str = "", back: str = "") -> Layout:
    """A postcard that bears its address, with more on its front or its back."""
    address = LETTER_PAGE.partition('<div class="frame body"')[0]
    words = (
        '<div data-frame="words" style="position:absolute;left:6mm;top:6mm;width:60mm;height:10mm">'
        "{{ greeting.salutation }} {{ piece.number }}</div>"
    )
    pages = {"front": front, "back": address + words + back}
    return layout_in(folder, pages, more="", formats=["postcard-a6"])


def test_a_postcard_is_clean_whatever_its_front_has_behind_the_address(tmp_path: Path) -> None:
    front = '<p style="position:absolute;left:60mm;top:50mm">A quiet winter</p>'
    assert rules(checked(stamped(tmp_path / "l", front), a_piece())) == {"winter:1": []}
    found = rules(checked(stamped(tmp_path / "m", back=front), a_piece()))
    assert found == {"winter:1": ["address-zone"]}


@pytest.mark.parametrize(("left", "top"), [(100, 95), (10, 91), (76, 3)])
def test_ink_where_the_stamp_and_the_posts_code_go_holds_a_postcard(
    left: int, top: int, tmp_path: Path
) -> None:
    ink = (
        f'<div style="position:absolute;left:{left}mm;top:{top}mm;width:5mm;height:5mm;'
        'background:#eee"></div>'
    )
    (finding,) = checked(stamped(tmp_path / "l", back=ink), a_piece())["winter:1"]
    assert (finding.rule, finding.page) == ("ink-free", 2)
    assert finding.hint.startswith("the post needs the ")
    assert rules(checked(stamped(tmp_path / "m", front=ink), a_piece())) == {"winter:1": []}


# --- zones without ink ----------------------------------------------------------------------

POSTED = [name for name, fmt in FORMATS.items() if fmt.addressed_by_provider]
ZONES = [(name, zone) for name in POSTED for zone in FORMATS[name].ink_free]
each_zone = pytest.mark.parametrize(
    ("name", "zone"), ZONES, ids=lambda part: getattr(part, "name", part)
)


def posted(
    folder: Path,
    name: str,
    page: str,
    art: Box,
    colour: str = "#123",
    words: str = "left:12mm;top:8mm",
) -> Layout:
    """A layout whose `page` has a rectangle of ink, and all the words that a piece must have."""
    fmt = FORMATS[name]
    ink = (
        f'<div style="position:absolute;left:{art.x:.4f}pt;top:{art.y:.4f}pt;'
        f'width:{art.width:.4f}pt;height:{art.height:.4f}pt;background:{colour}"></div>'
    )
    pages = {each: (ink if each == page else "") for each in fmt.pages}
    pages[fmt.pages[-1]] += (
        f'<div data-frame="words" style="position:absolute;width:60mm;height:10mm;{words}">'
        "{{ greeting.salutation }} {{ piece.number }}</div>"
    )
    return layout_in(folder, pages, more="", formats=[name])


@each_zone
def test_ink_that_reaches_a_point_into_a_bare_zone_holds_the_piece(
    name: str, zone: Zone, tmp_path: Path
) -> None:
    box = zone.box
    beside = {
        "left": (Box(box.x - 8, box.y, 9, box.height), box.x),
        "right": (Box(box.right - 1, box.y, 5, box.height), box.right - 1),
        "above": (Box(box.x, box.y - 8, box.width, 9), box.x),
        "below": (Box(box.x, box.bottom - 1, box.width, 5), box.x),
    }
    for side, (art, left) in beside.items():
        found = only(checked(posted(tmp_path / side, name, zone.page, art), a_piece()), "ink-free")
        assert zone.name in found.message and zone.box.in_mm() in found.message
        assert found.box and found.box.x == pytest.approx(left, abs=1.1), side
        assert FORMATS[name].pages[found.page - 1] == zone.page
    assert not is_acceptable("ink-free")


@each_zone
def test_art_right_beside_a_bare_zone_is_clean(name: str, zone: Zone, tmp_path: Path) -> None:
    box = zone.box
    for number, art in enumerate(
        (
            Box(box.x - 5, box.y, 5, box.height),
            Box(box.right, box.y, 5, box.height),
            Box(box.x, box.y - 5, box.width, 5),
            Box(box.x, box.bottom, box.width, 5),
        )
    ):
        layout = posted(tmp_path / str(number), name, zone.page, art)
        assert rules(checked(layout, a_piece())) == {"winter:1": []}


@pytest.mark.parametrize(
    "tint", ["device-cmyk(0% 0% 2% 0%)", "device-cmyk(0% 0% 0% 2%)", "#fdfdfb"]
)
def test_a_tint_that_nobody_would_notice_is_ink(tint: str, tmp_path: Path) -> None:
    card = FORMATS["postcard-6x9"]
    whole = Box(-9, -9, card.media_box.width, card.media_box.height)
    layout = posted(tmp_path / "small", "postcard-6x9", "back", whole, tint)
    found = only(checked(layout, a_piece()), "ink-free")
    assert found.box and card.ink_free[0].box.contains(found.box)


def test_the_other_side_of_a_card_may_be_printed_all_over(tmp_path: Path) -> None:
    card = FORMATS["postcard-6x9"]
    whole = Box(-9, -9, card.media_box.width, card.media_box.height)
    layout = posted(tmp_path / "small", "postcard-6x9", "front", whole)
    assert rules(checked(layout, a_piece())) == {"winter:1": []}


def test_text_in_a_bare_zone_is_quoted(tmp_path: Path) -> None:
    art = Box(0, 0, 9, 9)
    layout = posted(tmp_path / "small", "postcard-4x6", "front", art, words="left:90mm;top:60mm")
    found = only(checked(layout, a_piece()), "ink-free")
    assert found.message.startswith("'Dear Anna Berger 0001' is printed in the address block")


def test_no_address_is_asked_for_where_the_provider_prints_it(tmp_path: Path) -> None:
    layout = posted(tmp_path / "small", "letter-lob", "letter", Box(300, 300, 9, 9))
    assert rules(checked(layout, a_piece())) == {"winter:1": []}
    [(piece, merged, artwork)] = printed(layout, a_piece())
    other = dataclasses.replace(a_piece(2, "Ben", "Carver"), key=piece.key)
    swapped = judged(layout, [(other, merged, artwork)])
    assert rules(swapped) == {"winter:1": ["own-recipient"]}
    assert len(swapped["winter:1"]) == 2  # the name and the number


_inches = st.floats(0.05, 3.0)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from([name for name in POSTED if "postcard" in name]),
    right=_inches,
    bottom=_inches,
    size=st.floats(0.1, 1.5),
)
def test_a_card_is_held_exactly_where_the_bleed_file_says(
    name: str, right: float, bottom: float, size: float
) -> None:
    """A square is drawn into the file as Lob measures it, from the right and the bottom."""
    card, width = FORMATS[name], 3.2835 if name == "postcard-4x6" else 4.0
    media = card.media_box
    deep = min(
        min(right + size, 0.275 + width) - max(right, 0.275),
        min(bottom + size, 0.25 + 2.375) - max(bottom, 0.25),
    )
    assume(not 0 < deep * 72 < 1.5)
    square = f"{media.width - 72 * (right + size)} {72 * bottom} {72 * size} {72 * size} re f"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "card.pdf"
        back = f"0.5 g {square}".encode()
        edge = float(card.bleed)
        write_art(path, card, [f"1 0 0 1 {-edge} {-edge} cm ".encode() + back])
        with Readback(path) as file:
            boxes = tuple(zone.box for zone in card.ink_free_on(2))
            (spill,) = file.page(0, bare=boxes).spills
    assert bool(spill) == (deep > 0)


# --- pages ----------------------------------------------------------------------------------


def test_a_page_that_runs_over_is_found(tmp_path: Path) -> None:
    long = "<p>" + "Thank you for all of it. " * 600 + "</p>"
    layout = layout_in(tmp_path / "small", {"front": FRONT + long, "back": BACK})
    assert "page-count" in rules(checked(layout, a_piece()))["winter:1"]


def test_too_few_pages_are_found(layout: Layout) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece())
    short = dataclasses.replace(artwork, pages=1)
    findings = judged(layout, [(piece, merged, short)])
    assert "page-count" in rules(findings)[piece.key]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("page.MediaBox = [0, 0, 400, 522]", "MediaBox"),
        ("page.TrimBox = [0, 0, 378, 522]", "TrimBox"),
        ("page.BleedBox = [4, 4, 374, 518]", "BleedBox"),
        ("page.rotate(90, relative=True)", "turned by 90"),
    ],
)
def test_a_page_of_another_size_is_found(layout: Layout, change: str, told: str) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece())
    findings = judged(layout, [(piece, merged, mended(artwork, change))])[piece.key]
    assert told in next(f.message for f in findings if f.rule == "page-size")


# --- whose page is it -----------------------------------------------------------------------


def test_swapped_pages_are_found_on_both_pieces(layout: Layout) -> None:
    one, two = printed(layout, a_piece(1), a_piece(2, "Ben", "Berger"))
    swapped = [(one[0], one[1], two[2]), (two[0], two[1], one[2])]
    findings = judged(layout, swapped)
    assert rules(findings) == {"winter:1": ["own-recipient"], "winter:2": ["own-recipient"]}
    messages = " ".join(f.message for f in findings["winter:1"])
    assert "'Ben Berger' belongs to another piece" in messages
    assert "number 0001" in messages


def test_pages_shifted_by_one_piece_are_found(layout: Layout) -> None:
    checks = printed(layout, *(a_piece(n, f"Name{n}", "Dale") for n in range(1, 5)))
    shifted = [
        (piece, merged, dataclasses.replace(artwork, first_page=(artwork.first_page + 2) % 8))
        for piece, merged, artwork in checks
    ]
    assert all(found == [] for found in rules(judged(layout, checks)).values())
    assert all(found == ["own-recipient"] for found in rules(judged(layout, shifted)).values())


def test_a_strangers_address_line_is_found(layout: Layout) -> None:
    ours = a_piece(1, fields={"Note": "See you soon"})
    [(_, merged, artwork)] = printed(
        layout, dataclasses.replace(a_piece(1, fields={"Note": "To 77 Heron Street, see?"}))
    )
    findings = judged(
        layout, [(ours, merged, artwork)], others=identities_of([ours, a_piece(77, "Cleo", "Dale")])
    )
    assert "'77 Heron Street' belongs to another" in only(findings, "own-recipient").message


def test_a_name_in_the_persons_own_note_is_no_mix_up(layout: Layout) -> None:
    note = "Greetings to Cleo Dale from all of us"
    findings = checked(layout, a_piece(1, fields={"Note": note}), a_piece(2, "Cleo", "Dale"))
    assert rules(findings) == {"winter:1": [], "winter:2": []}


def test_a_name_that_is_part_of_another_is_no_mix_up(layout: Layout) -> None:
    pieces = [
        a_piece(1, "Joann", "Leeds"),
        a_piece(2, "Ann", "Lee"),
        a_piece(3, "Ann", "Lee Smith"),
    ]
    assert rules(checked(layout, *pieces)) == {piece.key: [] for piece in pieces}


def test_two_people_of_one_name_are_no_mix_up(layout: Layout) -> None:
    findings = checked(layout, a_piece(1), a_piece(2))
    assert rules(findings) == {"winter:1": [], "winter:2": []}


def test_the_senders_own_lines_are_no_mix_up(tmp_path: Path) -> None:
    back = BACK.replace("{{ sender.company }}", "{{ sender.address_lines | join(', ') }}")
    layout = layout_in(tmp_path / "small", {"front": FRONT, "back": back})
    neighbour = a_piece(2, lines=["Ben Carver", SENDER_LINES[1], "OLDHAM"])
    assert rules(checked(layout, a_piece(1), neighbour))["winter:1"] == ["own-recipient"]
    clean = checked(layout, a_piece(1), neighbour, common=SENDER_LINES)
    assert rules(clean) == {"winter:1": [], "winter:2": []}


def test_a_hyphenated_and_letterspaced_name_is_still_its_own(tmp_path: Path) -> None:
    style = (
        ".greeting { width: 24mm; height: 30mm; letter-spacing: .35em; overflow-wrap: anywhere }"
    )
    layout = layout_in(tmp_path / "small", style=style)
    piece = a_piece(1, "Ada", "Effenberger")
    assert rules(checked(layout, piece)) == {"winter:1": []}


def test_an_address_line_that_is_not_printed_is_found(tmp_path: Path) -> None:
    page = LETTER_PAGE.replace("in address_lines %}", "in address_lines[:2] %}")
    findings = checked(letter_in(tmp_path / "l", page), a_piece())
    assert rules(findings)["winter:1"] == ["own-recipient"]
    assert {f.message for f in findings["winter:1"]} == {
        "the address line 'LEEDS' is not on the piece",
        "the address line 'LS1 4AB' is not on the piece",
    }


def test_the_identities_of_a_mailing_can_be_sent_to_a_worker() -> None:
    identities = identities_of(a_piece(n, f"Name{n}", "Dale") for n in range(50))
    assert pickle.loads(pickle.dumps(identities)) == identities
    assert identities.found_in("To Name7 Dale and Name8, Dale") == {("Name7", "Dale")}


# --- files ----------------------------------------------------------------------------------


def test_a_file_that_is_no_pdf_is_an_error_that_names_it(layout: Layout) -> None:
    [(piece, merged, artwork)] = printed(layout, a_piece())
    artwork.path.write_bytes(b"not a PDF")
    with pytest.raises(RenderError, match=r"pages\.pdf"):
        judged(layout, [(piece, merged, artwork)])


def test_pages_drawn_once_are_read_once(layout: Layout) -> None:
    pieces = [a_piece(n, f"Name{n}", "Dale") for n in range(1, 6)]
    checks = printed(layout, *pieces)
    with pikepdf.open(checks[0][2].path) as pdf:
        fronts = {page.Contents.objgen for page in list(pdf.pages)[::2]}
    assert len(fronts) == 1
    assert CARD.pages == ("front", "back")
    assert rules(judged(layout, checks)) == {piece.key: [] for piece in pieces}
