"""An open workspace: the day that is printed on letters, the pictures that may be shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from PIL import Image
from small import a_piece

from mailroom import presswork
from mailroom.errors import ConfigError
from mailroom.model import Severity
from mailroom.produce import Chunk, Setup
from mailroom.readback import Readback
from mailroom.workspace import open_workspace
from tests.workspaces import CARDS, MAILING, make_workspace, person

EVE = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "day"),
    [(0, dt.date(2026, 12, 31)), (1, dt.date(2027, 1, 1)), (-8, dt.date(2026, 12, 31))],
)
def test_a_letter_bears_the_day_of_the_office_and_the_ledger_utc(
    hours: int, day: dt.date, tmp_path: Path
) -> None:
    undated = CARDS.replace("date = 2026-12-01\n", "")
    folder = make_workspace(tmp_path / "ws", [person(1)], mailing=undated)
    zone = dt.timezone(dt.timedelta(hours=hours))
    with open_workspace(folder, clock=lambda: EVE, zone=zone) as ws:
        assert ws.mailing(MAILING).date == day
        assert ws.now() == "2026-12-31T23:30:00+00:00"


def test_a_date_in_the_mailing_is_the_date(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    with open_workspace(folder, clock=lambda: EVE) as ws:
        assert ws.mailing(MAILING).date == dt.date(2026, 12, 1)


# --- the pictures that a mailing may show ---------------------------------------------------

PHOTO = '[fields.photo]\ntype = "image"\ncolumn = "Photo"\n'
SHOWN = '<div class="art">{% if fields.photo %}<img src="{{ fields.photo }}">{% endif %}</div>\n'


def with_photos(tmp_path: Path, given: str) -> Path:
    """A workspace whose mailing gives a picture, or a folder of them, for `photo`."""
    mailing = f'{CARDS}[fields]\nphoto = "{given}"\n'
    folder = make_workspace(tmp_path / "ws", [person(1)], mailing=mailing)
    plain = folder / "layouts/plain"
    (plain / "front.html").write_text(SHOWN)
    (plain / "layout.toml").write_text((plain / "layout.toml").read_text() + PHOTO)
    (folder / "photos/more").mkdir(parents=True)
    for name, colour in {"anna.png": "navy", "Ben.png": "olive"}.items():
        Image.new("RGB", (600, 600), colour).save(folder / "photos" / name)
    (folder / "photos/notes.txt").write_text("a secret")
    (folder / "photos/more/eva.png").write_bytes((folder / "photos/anna.png").read_bytes())
    (tmp_path / "outside.png").write_bytes((folder / "photos/anna.png").read_bytes())
    (folder / "photos/linked.png").symlink_to(tmp_path / "outside.png")
    return folder


def setup_of(folder: Path) -> Setup:
    with open_workspace(folder, clock=lambda: EVE) as ws:
        return ws.setup(ws.mailing(MAILING))


def test_of_a_folder_of_pictures_its_own_are_shown_and_nothing_else(tmp_path: Path) -> None:
    folder = with_photos(tmp_path, "photos")
    assert {*setup_of(folder).prepared} == {folder / "photos/Ben.png", folder / "photos/anna.png"}


def test_a_picture_that_changes_changes_what_is_approved(tmp_path: Path) -> None:
    folder = with_photos(tmp_path, "photos")
    before = setup_of(folder).assets
    Image.new("RGB", (600, 600), "maroon").save(folder / "photos/anna.png")
    assert setup_of(folder).assets != before


@pytest.mark.parametrize("given", ["..", "/etc", "photos/../..", "gone"])
def test_a_folder_outside_the_workspace_is_none(given: str, tmp_path: Path) -> None:
    folder = with_photos(tmp_path, given)
    with pytest.raises(ConfigError, match=r"cards\.toml: there is no picture"):
        setup_of(folder)


def test_everybody_gets_their_own_picture(tmp_path: Path) -> None:
    setup = setup_of(with_photos(tmp_path, "photos"))
    names = ("anna", "BEN.PNG", "../anna.png", "linked", "notes.txt", "")
    pieces = tuple(a_piece(n, fields={"Photo": name}) for n, name in enumerate(names, 1))
    chunk = Chunk(setup=setup, pieces=pieces)
    done = [(chunk, presswork.make(chunk))]
    made = tuple(presswork.bind(setup, tmp_path, done, len(pieces)))
    with Readback(made[0].artwork.path) as file:
        shown = [len(file.page(one.artwork.first_page).pictures) for one in made]
    assert shown == [1, 1, 0, 0, 0, 0]
    missing = [[f.severity for f in one.findings if f.rule == "empty-field"] for one in made]
    assert missing == [[], [], [Severity.WARNING], [Severity.WARNING], [Severity.WARNING], []]
