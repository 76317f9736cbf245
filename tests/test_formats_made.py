"""Every format one can print oneself goes the whole way: new layout, one piece, the outbox."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pikepdf
import pytest

from mailroom.config import load_settings
from mailroom.design import new_layout, try_on
from mailroom.doctor import examine
from mailroom.formats import ENVELOPES, FORMATS, SHEETS, Format
from mailroom.layout import read_layout
from mailroom.torture import people
from mailroom.units import Size
from mailroom.web.sheets import spreads
from tests.commands import typed
from tests.small import ALL_FONTS
from tests.workspaces import (
    CARDS,
    MAILING,
    approved,
    edit,
    make_workspace,
    opened,
    person,
    posted,
    send,
    write_files,
)

OURS = [name for name, fmt in FORMATS.items() if not fmt.addressed_by_provider]
#: One flat, one folded, one that stands, one with a window: the others are like one of them.
KINDS = {"card-5x7", "card-a6-folded", "card-us-a2-tent", "letter-a4"}


def workspace(folder: Path, name: str, mailing: str = CARDS) -> Path:
    """One person, and a mailing with the layout that `mailroom layout new` gives."""
    make_workspace(folder, [person(1)])
    new_layout("fresh", load_settings(folder).layout_folders[0], FORMATS[name])
    write_files(folder, {f"mailings/{MAILING}.toml": mailing.replace("plain", "fresh")})
    return folder


def sizes(path: Path) -> list[tuple[float, float]]:
    """Of the MediaBox of each page, in points."""
    with pikepdf.open(path) as pdf:
        return [(float(page.mediabox[2]), float(page.mediabox[3])) for page in pdf.pages]


def paper(fmt: Format) -> tuple[float, float]:
    """What goes through the press: the sheet as the card lies on it, or the page with its bleed."""
    if not fmt.sheet:
        return fmt.media_box.width, fmt.media_box.height
    sheet = SHEETS[fmt.sheet].size
    landscape = Size(max(sheet.width, sheet.height), min(sheet.width, sheet.height))
    lying = landscape.rotated() if fmt.fold == "tent" else landscape
    return lying.width, lying.height


@pytest.mark.parametrize(
    "name",
    [name if name in KINDS else pytest.param(name, marks=pytest.mark.slow) for name in OURS],
)
def test_a_piece_is_rendered_checked_imposed_proofed_and_put_into_the_outbox(
    name: str, tmp_path: Path
) -> None:
    fmt = FORMATS[name]
    ws = approved(workspace(tmp_path / "ws", name))
    with opened(ws) as open_ws:
        (planned,) = open_ws.ledger.pieces(MAILING)
        assert planned.piece.findings == ()
    send(ws)
    assert len(posted(ws)) == 1
    assert list((ws / ".mailroom" / "proofs").glob("*.png"))
    (folder,) = (ws / "outbox").glob("[!.]*")
    file = "sheets.pdf" if fmt.sheet else "letters.pdf" if fmt.folds else "cards.pdf"
    pages = 2 if fmt.sheet else len(fmt.pages)
    assert sizes(folder / file) == [pytest.approx(paper(fmt), abs=0.01)] * pages
    judged = ["qpdf", "--check", str(folder / file)]
    assert subprocess.run(judged, capture_output=True, check=False).returncode == 0
    envelopes = folder / "envelopes.pdf"
    assert envelopes.exists() == (fmt.addressed == "envelope")
    if envelopes.exists():
        size = ENVELOPES[fmt.envelope].size
        assert sizes(envelopes) == [pytest.approx((size.width, size.height), abs=0.01)]


# --- what people are told -----------------------------------------------------------------


def moved(folder: Path, country: str) -> Path:
    """The sender has moved there."""
    edit(folder / "mailroom.toml", '"GB"', f'"{country}"')
    return folder


def told_by_prepare(folder: Path) -> list[str]:
    typed(folder, "intake")
    return typed(folder, "prepare", MAILING).err.splitlines()


def test_prepare_tells_what_the_senders_post_makes_of_it(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    assert not any("letter" in line for line in told_by_prepare(folder))  # for the Royal Mail
    said = "Deutsche Post: Großbrief; no Standardbrief: 133.3 mm high is over 125"
    assert f"{said} (`mailroom formats card-5x7`)" in told_by_prepare(moved(folder, "DE"))


def test_a_square_card_is_warned_of_where_the_post_asks_a_surcharge(tmp_path: Path) -> None:
    folder = moved(workspace(tmp_path / "ws", "card-square"), "US")
    said = "USPS: letter; square: non-machinable, surcharge (`mailroom formats card-square`)"
    assert said in told_by_prepare(folder)


def test_prepare_weighs_a_piece_whose_paper_is_told(tmp_path: Path) -> None:
    heavy = CARDS + "grammage = 400\n"
    folder = moved(workspace(tmp_path / "ws", "card-a6-folded", mailing=heavy), "DE")
    assert not any("Standardbrief" in line for line in told_by_prepare(folder))  # 17 g
    edit(folder / "mailings" / f"{MAILING}.toml", "400", "600")
    said = "Deutsche Post: Kompaktbrief; no Standardbrief: about 23 g is over 20"
    assert any(said in line for line in told_by_prepare(folder))


def test_a_window_that_nobody_has_vouched_for_is_told_by_prepare_and_doctor(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ws", "letter-a4-uk")
    doubt = "the usual British trade value, not found in a source"
    (line,) = (line for line in told_by_prepare(folder) if doubt in line)
    assert line.startswith("envelope dl-window-uk") and line.endswith(
        "try one before you print them all"
    )
    checks = [check for check in examine(folder) if check.state == "warning"]
    (check,) = (check for check in checks if check.name == f"mailing {MAILING}")
    assert doubt in check.detail and "try one" in check.hint
    assert not any(check.state == "failed" for check in examine(folder))


def test_a_tent_is_previewed_panel_by_panel_with_its_fold_at_the_edge(tmp_path: Path) -> None:
    fmt = FORMATS["card-a6-tent"]
    layout = read_layout(new_layout("fresh", tmp_path, fmt))
    (trial,) = try_on(layout, fmt, ALL_FONTS, people("en")[:1], "en", tmp_path / "out")
    shown = spreads(trial)
    assert [[sheet.name for sheet in side] for side in shown] == [[page] for page in fmt.pages]
    at = {sheet.name: sheet.folds[0].y1 for (sheet,) in shown}
    foot = fmt.trim.height
    assert at == {"front": 0.0, "inside-top": foot, "inside-bottom": 0.0, "back": 0.0}
