"""The marks of posts on a page: in their place, with nothing else in their quiet zone."""

import dataclasses
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from commands import typed
from small import ALL_FONTS, BACK, FRONT, a_piece, checked, layout_in, merged_of, press_of, rules
from workspaces import CARDS, HEADER, MAILING, make_workspace, person, write_export

from mailroom import marks
from mailroom.errors import ConfigError
from mailroom.formats import FORMATS, Format
from mailroom.model import FrameBox, Line
from mailroom.proofread import Proofreader
from mailroom.units import Box, Size, inch, mm

IMB = "01234567094987654321"
LINES = """<div class="frame address" data-frame="address">
{% for line in address_lines %}<p>{{ line }}</p>{% endfor %}</div>
<div class="frame imprint" data-frame="imprint">{{ piece.number }}</div>"""
LETTER = """
body { font-family: "Alegreya"; font-size: 8pt; line-height: 1 }
p { margin: 0 }
.address { left: 0.95in; top: 2.75in; width: 3.2in; height: 0.45in }
.imb { left: 0.9in; top: 2.52in; width: 3.15in; height: 0.205in }
.note { left: 1in; width: 2in; height: 12pt }
"""


def letter(folder: Path, style: str = "", more: str = "", code: str = "imb", text: str = IMB):
    """A letter with a mark above the address, seen through the window of a #10."""
    mark = f'<div class="frame imb" data-frame="imb" data-code="{code}">{text}</div>'
    return layout_in(
        folder / "small", {"letter": LINES + mark + more}, style=LETTER + style,
        formats=["letter-us"],
    )  # fmt: skip


def found(layout, stamp: bool) -> list[str]:
    (findings,) = checked(layout, a_piece(), stamp=stamp).values()
    assert {finding.rule for finding in findings} <= {"postal-mark"}, findings
    return [finding.message for finding in findings]


@pytest.mark.parametrize("stamp", [False, True])
def test_a_mark_above_the_address_in_the_window_is_what_its_post_wants(tmp_path, stamp):
    assert found(letter(tmp_path), stamp) == []


@pytest.mark.parametrize("stamp", [False, True])
@pytest.mark.parametrize(
    ("style", "more", "says"),
    [
        (
            ".imb { top: 1in }",
            "",
            "not where its post looks for it: not within what the window",
        ),
        (".imb { top: 2.4in }", "", "not within what the window shows however the sheet slips"),
        (
            ".note { top: 2.6in }",
            '<div class="frame note" data-frame="note">Thanks</div>',
            "'Thanks' stands in the quiet zone",
        ),
        (".note { top: 2.6in }", '<p class="frame note">Thanks</p>', "'Thanks' stands in the"),
        (
            "hr { position: absolute; border: 0; background: #555; height: 2pt; margin: 0;"
            " top: 2.61in; left: 0.92in; width: 5pt }",
            "<hr>",
            "something stands in the quiet zone",
        ),
        (
            ".other { left: 3in; top: 2.6in; width: 3.15in; height: 0.205in }",
            f'<div class="frame other" data-frame="b" data-code="imb">{IMB}</div>',
            "an Intelligent Mail barcode stands in the quiet zone of an Intelligent",
        ),
    ],
)
def test_a_mark_in_the_wrong_place_or_with_company_holds_the_piece(
    tmp_path, style, more, says, stamp
):
    layout = letter(tmp_path, style, more)
    (findings,) = checked(layout, a_piece(), stamp=stamp).values()
    told = [finding for finding in findings if finding.rule == "postal-mark"]
    assert told and all(finding.page == 1 and finding.box for finding in told)
    assert says in " ".join(finding.message for finding in told)


def test_a_card_in_its_envelope_is_not_looked_at(tmp_path):
    code = f'<div class="frame code" data-frame="code" data-code="imb">{IMB}</div>'
    style = ".code { top: 100mm; height: 8mm }"
    layout = layout_in(tmp_path / "small", {"front": FRONT + code, "back": BACK}, style=style)
    assert rules(checked(layout, a_piece())) == {"winter:1": []}


@pytest.mark.parametrize(
    ("fmt", "left", "top", "is_right"),
    [  # in mm; a sheet slips 10 mm to the right and 5 down in DIN lang, 25.4 and 9.5 in a #10
        ("letter-a4", 20, 50, True),
        ("letter-a4", 20, 49.5, False),
        ("letter-a4", 20, 80.8, True),
        ("letter-a4", 20, 81.3, False),
        ("letter-a4", 48.6, 60, True),
        ("letter-a4", 49.1, 60, False),
        ("letter-us", 22.3, 63.6, True),
        ("letter-us", 21.9, 63.6, False),
        ("letter-us", 60.1, 63.6, False),
    ],
)
def test_a_mark_is_seen_through_the_window_wherever_the_sheet_lies(fmt, left, top, is_right):
    mark = mark_at(mm(left), mm(top), "rm4scc", mm(51.4), mm(9.2))
    assert (wrong(mark, fmt=FORMATS[fmt]) == "") == is_right


# --- where a piece is its own envelope

POSTCARD = dataclasses.replace(
    FORMATS["postcard-4x6"], addressed_by_provider=False, ink_free=(), trim=Size(432, 288)
)


def mark_at(x: float, y: float, code: str = "imb", width: float = 226.8, height: float = 14.472):
    box = Box(x, y, width, height)
    return FrameBox(name="mark", page=1, box=box, content=box, code=code)


def wrong(mark: FrameBox, *others: FrameBox, fmt: Format = POSTCARD) -> str:
    return " ".join(message for message, _ in marks.misplaced(mark, others, fmt))


@pytest.mark.parametrize(
    ("x", "y", "is_right"),
    [
        (6 - 4.25 - 0.125, 3.6, True),  # the clear zone: its leftmost bar 4.25 in from the right
        (6 - 3.5 - 0.125, 3.6, True),
        (6 - 4.25 - 0.125 - 0.02, 3.6, False),
        (6 - 3.5 - 0.125 + 0.02, 3.6, False),
        (6 - 4.25 - 0.125, 3.365, False),  # between the clear zone and the address block
        (6 - 4.25 - 0.125, 3.85, False),  # over the edge
        (0.5, 1.25, True),  # the address block
        (2.35, 3.1, True),
        (0.48, 1.25, False),
        (0.5, 1.2, False),
    ],
)
def test_an_intelligent_mail_barcode_stands_in_the_address_block_or_the_clear_zone(x, y, is_right):
    told = wrong(mark_at(inch(x), inch(y)))
    assert (told == "") == is_right, told
    assert is_right or "mm" in told


def test_an_intelligent_mail_barcode_is_not_far_from_its_address():
    mark = mark_at(inch(1), inch(1.25))
    for gap, is_right in ((0.59, True), (0.62, False)):
        top = mark.content.bottom + inch(gap)
        address = FrameBox(
            name="address", page=1, box=Box(72, top, 200, 50), content=Box(72, top, 200, 50)
        )
        assert (wrong(mark, address) == "") == is_right
    assert "mm too far from the address" in wrong(mark, address)


@pytest.mark.parametrize(
    ("x", "y", "is_right"), [(15, 20, True), (14, 20, False), (15, 14, False), (40, 80, False)]
)
def test_the_royal_mail_wants_its_marks_away_from_the_edges(x, y, is_right):
    mark = mark_at(mm(x), mm(y), "rm4scc", mm(51.4), mm(9.2))
    assert (wrong(mark) == "") == is_right


def test_whoever_posts_it_prints_the_mark_too():
    assert "its own mark" in wrong(mark_at(72, 72), fmt=FORMATS["postcard-4x6"])


def test_what_touches_a_quiet_zone_from_outside_is_not_in_it():
    mark = mark_at(72, 72)
    own = mark.content
    above = Line("above", 72, 50, 200, own.y)
    into = Line("into", 72, 50, 200, own.y + 1)
    picture = Box(own.right, own.y, 50, 50)
    assert list(marks.crowded(mark, [mark], [above], [picture], [])) == []
    told = list(marks.crowded(mark, [mark], [into], [picture, own], [own]))
    assert [message.split(" stands")[0] for message, _ in told] == ["'into'", "a picture"]


def test_a_frame_without_a_mark_is_none():
    assert marks.post_of(mark_at(0, 0, "qr")) == ""
    assert marks.post_of(mark_at(0, 0, "kix", 0, 0)) == ""
    assert marks.post_of(mark_at(0, 0, "kix")) == "postnl"


def test_a_stamped_mark_in_the_window_needs_no_finished_pdf_to_be_judged(tmp_path):
    """It is stamped for everybody, so the quick way must know it belongs there."""
    layout = letter(tmp_path)
    press, fmt = press_of(layout), FORMATS["letter-us"]
    fonts = [font for font in ALL_FONTS if font.family in layout.fonts]
    proofreader = Proofreader(fmt, press.reader(), fonts)
    (merged,) = merged_of(layout, a_piece())
    (page,) = proofreader.read(press.impressions(merged.pages))
    assert page is not None and page.stain is None
    assert page.smudges == (None,) * 4
    under = letter(tmp_path / "b", "hr { position: absolute; top: 2.5in; left: 1in }", "<hr>")
    press = press_of(under)
    (merged,) = merged_of(under, a_piece())
    (page,) = Proofreader(fmt, press.reader(), fonts).read(press.impressions(merged.pages))
    assert page is not None and any(page.smudges)


@pytest.mark.parametrize("stamp", [False, True])
def test_paper_that_is_tinted_all_over_is_no_ink_beside_a_mark(tmp_path, stamp):
    code = f'<div class="frame code" data-frame="code" data-code="imb">{IMB}</div>'
    style = "body { background: #eee8d8 } .code { top: 100mm; height: 8mm }"
    layout = layout_in(tmp_path / "small", {"front": FRONT + code, "back": BACK}, style=style)
    assert rules(checked(layout, a_piece(), stamp=stamp)) == {"winter:1": []}


@pytest.mark.parametrize(
    ("kind", "fmt", "says", "hint"),
    [
        ("qr", "card-5x7", "no 'qr' is printed on envelopes", "imb, rm4scc, kix"),
        ("mailmark-2d", "card-5x7", "no 'mailmark-2d' is printed on envelopes", "mailmark-l"),
        ("kix", "letter-a4", "letter-a4 has no envelope to print", 'data-code="kix"'),
    ],
)
def test_a_mark_that_no_envelope_can_have_is_refused(kind, fmt, says, hint):
    with pytest.raises(ConfigError, match=says) as caught:
        marks.check_option({"postal_mark": kind}, FORMATS[fmt], "mailings/cards.toml")
    assert hint in caught.value.hint
    marks.check_option({"postal_mark": "kix"}, FORMATS["card-5x7"], "")
    marks.check_option({}, FORMATS[fmt], "")


def test_a_mailing_with_marks_on_its_envelopes_goes_the_whole_way(tmp_path):
    """A wrong code is held, one that changes voids the approval, the others' are printed."""
    people = [
        person(1, RM4SCC="SN3 4RD 1A"),
        person(2, RM4SCC="SN3 4RD"),
        person(3, RM4SCC=""),
    ]
    wanted = '[options]\npostal_mark = "rm4scc"\n'
    folder = make_workspace(tmp_path / "ws", people[:0], mailing=CARDS + wanted)
    write_export(folder, people, (*HEADER, "RM4SCC"))
    for words in (["intake"], ["prepare", MAILING], ["proof", MAILING]):
        typed(folder, *words)
    assert "no delivery point suffix" in typed(folder, "prepare", MAILING).words
    assert typed(folder, "approve", MAILING, "--by", "Ruth").code == 0

    write_export(folder, [person(1, RM4SCC="SN3 4RD 1B"), *people[1:]], (*HEADER, "RM4SCC"))
    typed(folder, "intake")
    refused = typed(folder, "send", MAILING, "--live", "--confirm", "2")
    assert refused.code == 1 and "piece 0001 would be printed differently" in refused.err

    write_export(folder, people, (*HEADER, "RM4SCC"))
    assert "older" in typed(folder, "intake").err
    typed(folder, "intake", "--again")
    assert typed(folder, "send", MAILING, "--live", "--confirm", "2").code == 0
    (envelopes,) = (folder / "outbox").glob("*/envelopes.pdf")
    with closing(pypdfium2.PdfDocument(envelopes)) as file:
        pages = [page.render(scale=300 / 72, grayscale=True).to_pil() for page in file]
    steps = []
    for page in pages:
        octets = page.point(lambda level: 255 * (level < 128)).tobytes()
        rows = [octets[at : at + page.width] for at in range(0, len(octets), page.width)]
        steps.append(max(row.count(b"\0\xff") for row in rows))  # through the trackers: 38 bars
    assert len(pages) == 2 and steps[0] >= 38 > steps[1]
