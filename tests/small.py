"""Small layouts and invented people for the tests of merge, render and preflight."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mailroom.fonts import Font, fonts_of, load_fonts
from mailroom.formats import FORMATS, Format
from mailroom.frames import text
from mailroom.identity import Identities, identities_of
from mailroom.inks import Inks
from mailroom.layout import Layout, read_layout
from mailroom.marks import is_address, quiet_zones
from mailroom.merge import Templates, compile_templates, merge
from mailroom.model import (
    Address,
    Artwork,
    Derived,
    Finding,
    Greeting,
    Household,
    Mailing,
    Merged,
    Owner,
    Piece,
    Recipient,
    Sender,
)
from mailroom.preflight import judge
from mailroom.preflight.case import Case, Standard
from mailroom.press.binder import Binder
from mailroom.press.conformance import Document
from mailroom.press.press import Press
from mailroom.presswork import artwork_of, leaf
from mailroom.readback import Page, Readback
from mailroom.shipped import FONTS

ALL_FONTS = load_fonts(FONTS)
SENDER = Sender(company="Kranich Joinery", address=Address(city="Oldham", country="GB"))
SENDER_LINES = ("Kranich Joinery", "3 Mill Lane", "OLDHAM")
CARD = FORMATS["card-5x7"]
LETTER = FORMATS["letter-a4"]

FRONT = '<p class="motto">A quiet winter</p>'
BACK = (
    '<div class="frame greeting" data-frame="greeting">{{ greeting.salutation }},</div>\n'
    '<div class="frame note" data-frame="note" data-optional>{{ fields.note }}</div>\n'
    '<div class="frame imprint" data-frame="imprint">{{ sender.company }} {{ piece.number }}</div>'
)
LETTER_PAGE = (
    '<div class="frame address" data-frame="address">'
    "{% for line in address_lines %}<div>{{ line }}</div>{% endfor %}</div>\n"
    '<div class="frame body" data-frame="body"><p>{{ greeting.salutation }},</p>'
    "<p>thank you. {{ piece.number }}</p></div>"
)
STYLE = """
body { font-family: "Alegreya"; font-size: 12pt; line-height: 1.4 }
.frame, .motto { position: absolute; margin: 0; left: 12mm; width: 90mm }
.motto { top: 80mm; font-size: 24pt }
.greeting { top: 20mm; height: 8mm }
.note { top: 40mm; height: 40mm }
.imprint { top: 160mm; height: 5mm; font-size: 6pt }
.address { left: var(--address-left); top: var(--address-top); width: var(--address-width);
  height: var(--address-height) }
.body { left: 25mm; top: 120mm; width: 150mm; height: 100mm }
"""
NOTE = '[fields.note]\ncolumn = "Note"\n'


def layout_in(
    folder: Path,
    pages: Mapping[str, str] | None = None,
    *,
    style: str = "",
    more: str = NOTE,
    formats: Sequence[str] = ("card-5x7",),
    fonts: Sequence[str] = ("Alegreya", "Caveat"),
) -> Layout:
    """A layout written to disk; `style` is added to the plain style sheet."""
    pages = {"front": FRONT, "back": BACK} if pages is None else pages
    folder.mkdir(parents=True, exist_ok=True)
    for name, template in pages.items():
        (folder / f"{name}.html").write_text(template, encoding="utf-8")
    (folder / "style.css").write_text(STYLE + style, encoding="utf-8")
    table = "\n".join(f'{name} = "{name}.html"' for name in pages)
    (folder / "layout.toml").write_text(
        f'title = "Small"\nformats = {list(formats)}\nfonts = {list(fonts)}\n'
        f"[pages]\n{table}\n{more}\n",
        encoding="utf-8",
    )
    return read_layout(folder)


def letter_in(folder: Path, page: str = LETTER_PAGE, **more: object) -> Layout:
    return layout_in(folder, {"letter": page}, formats=["letter-a4"], **more)  # type: ignore[arg-type]


def a_piece(
    number: int = 1,
    first: str = "Anna",
    last: str = "Berger",
    *,
    lines: Sequence[str] = (),
    language: str = "en",
    fields: Mapping[str, str] | None = None,
    company: str = "",
    salutation: str = "",
) -> Piece:
    recipient = Recipient(
        key=f"crm:{number}",
        source="crm",
        where=f"contacts.csv:{number + 1}",
        first_name=first,
        last_name=last,
        company=company,
        fields=dict(fields or {}),
    )
    name = f"{first} {last}"
    return Piece(
        key=f"winter:{number}",
        mailing="winter",
        number=number,
        household=Household(key=recipient.key, members=(recipient,)),
        greeting=Greeting(
            envelope_name=Derived(text=name, source="First name + Last name"),
            salutation=Derived(text=salutation or f"Dear {name}", source="First name + Last name"),
            informal=Derived(text=f"Dear {first}", source="First name"),
        ),
        language=language,
        address_lines=tuple(lines) or (name, f"{number} Heron Street", "LEEDS", f"LS{number} 4AB"),
        owner=Owner(key="mara", name="Mara Holt"),
    )


def a_mailing(**changes: object) -> Mailing:
    plain = Mailing(
        name="winter",
        title="Winter",
        layout="small",
        format="card-5x7",
        provider="outbox",
        owner="mara",
        date=dt.date(2026, 12, 3),
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def templates_of(layout: Layout, *, pictures: Sequence[Path] = (), **mailing: object) -> Templates:
    return compile_templates(
        layout,
        FORMATS[layout.formats[0]],
        a_mailing(**mailing),
        SENDER,
        SENDER_LINES,
        layout.folder,
        {picture: picture for picture in pictures},
    )


def merged_of(layout: Layout, *pieces: Piece) -> list[Merged]:
    templates = templates_of(layout)
    return [merge(templates, piece)[0] for piece in pieces]


def press_of(layout: Layout) -> Press:
    return Press(layout, FORMATS[layout.formats[0]], _fonts(layout))


def _fonts(layout: Layout) -> tuple[Font, ...]:
    return fonts_of(ALL_FONTS, layout.fonts, layout.name)


def draw(
    layout: Layout,
    merged: Sequence[Merged],
    target: Path,
    *,
    stamp: bool = False,
    press: Press | None = None,
) -> tuple[Artwork, ...]:
    """The pieces' pages in `target`, laid out by the reference or stamped."""
    press = press or press_of(layout)
    fmt, fonts = FORMATS[layout.formats[0]], _fonts(layout)
    artworks = []
    target.parent.mkdir(parents=True, exist_ok=True)
    about = Document(title="A test", date=dt.date(2026, 12, 1), inks=Inks(spots=layout.spots))
    with Binder(target.parent, fmt, fonts, len(merged), about) as binder:
        for one in merged:
            printed = press.impressions(one.pages, stamp=stamp)
            arts = [art for each in printed for art in each.arts]
            reader = press.reader()
            for each in printed:
                reader.text_of(each.content)
            binder.take(arts, (), press.glyphs(reader.glyphs()))
            leaves = [leaf(each, one.piece) for each in printed]
            bound = binder.bind(leaves)
            artwork = artwork_of(one.piece, printed, leaves)
            artworks.append(dataclasses.replace(artwork, path=target, first_page=bound.first_page))
    bound.path.rename(target)
    return tuple(artworks)


def checked(
    layout: Layout,
    *pieces: Piece,
    target: Path | None = None,
    stamp: bool = False,
    press: Press | None = None,
    **more: object,
) -> dict[str, tuple[Finding, ...]]:
    """The whole way: merged, drawn, read back, judged."""
    merged = merged_of(layout, *pieces)
    target = target or layout.folder.parent / "pages.pdf"
    artworks = draw(layout, merged, target, stamp=stamp, press=press)
    checks = list(zip(pieces, merged, artworks, strict=True))
    return judged(layout, checks, **more)


def judged(
    layout: Layout,
    checks: Sequence[tuple[Piece, Merged, Artwork]],
    *,
    others: Identities | None = None,
    common: Iterable[str] = (),
) -> dict[str, tuple[Finding, ...]]:
    """What the finished files say of each piece, by its key."""
    standard = Standard(
        format=FORMATS[layout.formats[0]],
        fonts=tuple(font for font in ALL_FONTS if font.family in layout.fonts),
        others=others or identities_of(piece for piece, _, _ in checks),
        common=tuple(common),
    )
    cases = []
    for piece, merged, artwork in checks:
        with Readback(artwork.path) as file:
            pages = tuple(pages_of(file, artwork, standard.format))
        cases.append(Case(piece, artwork, pages, tuple(map(text, merged.pages)), standard))
    found = zip(cases, judge(cases), strict=True)
    return {case.piece.key: tuple(findings) for case, findings in found}


def pages_of(file: Readback, artwork: Artwork, fmt: Format) -> Iterator[Page]:
    """As `proofread` reads them, but out of the file of all pieces."""
    last = min(artwork.first_page + artwork.pages, len(file))
    for number, place in enumerate(range(artwork.first_page, last), 1):
        here = [frame for frame in artwork.frames if frame.page == number]
        yield file.page(
            place,
            fmt.clear_zone_on(number),
            tuple(box for f in here if is_address(f) for box in (f.box, f.content)),
            tuple(zone.box for zone in fmt.ink_free_on(number)),
            quiet_zones(here),
        )


def rules(findings: Mapping[str, Sequence[Finding]]) -> dict[str, list[str]]:
    """The names of the rules that held each piece."""
    return {key: sorted({f.rule for f in found}) for key, found in findings.items()}
