"""Workspaces that post through a fake Lob: people in the United States, a plain postcard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailroom import pipeline
from mailroom.dev.fakelob import Running
from mailroom.model import Planned
from mailroom.pipeline.send import SendReport
from mailroom.workspace import Workspace, open_workspace
from tests.lob_batches import LIVE_KEY, TEST_KEY
from tests.workspaces import (
    BACK,
    CARDS,
    FRONT,
    MAILING,
    copied,
    kept,
    person,
    rates,
    say_yes,
    write_export,
    write_files,
)
from tests.workspaces import LAYOUT as CARD_LAYOUT

DAY = 86_400

CONFIG = """\
[sender]
company = "Hartmann & Lowe"
[sender.address]
line1 = "185 Berry St"
city = "San Francisco"
region = "CA"
postcode = "94107"
country = "US"
[owners.ruth]
name = "Ruth Hartmann"
[sources.crm]
files = ["exports/contacts.csv"]
[executor]
kind = "inline"
[providers.lob]
base_url = "{base_url}"
requests = 100000
concurrency = 4
"""

POSTCARDS = CARDS + 'provider = "lob"\n'

LAYOUT = CARD_LAYOUT.replace("card-5x7", "postcard-4x6")
STYLE = """\
body { font: 9pt/12pt "Alegreya"; }
.art { position: absolute; left: 0; top: 0; width: 50mm; height: 50mm;
       background: device-cmyk(80% 40% 20% 20%); }
.greeting, .message, .number { position: absolute; left: 8mm; width: 50mm; }
.greeting { top: 10mm; height: 10mm; }
.message { top: 24mm; height: 20mm; }
.number { top: 50mm; height: 6mm; }
"""

HEADER = ("Record ID", "Salutation", "First Name", "Last Name", "Street Address",
          "Street Address 2", "City", "State/Region", "Postal Code", "Country/Region",
          "Do not mail")  # fmt: skip


def american(number: int, **changes: str) -> dict[str, str]:
    """Somebody with a house of her own in Troy, New York."""
    home = {
        "Street Address": f"{number} Main Street",
        "City": "Troy",
        "State/Region": "NY",
        "Postal Code": "12180",
        "Country/Region": "US",
    }
    row = person(number, **home)
    return {header: row[header] for header in HEADER if header in row} | changes


def write_people(folder: Path, people: Sequence[Mapping[str, str]]) -> None:
    write_export(folder, people, HEADER)


def make_lob_workspace(folder: Path, base_url: str, people: Sequence[dict[str, str]]) -> Path:
    """A workspace with one mailing, `cards`, that goes to the Lob at `base_url`."""
    files = {
        "layouts/plain/layout.toml": LAYOUT,
        "layouts/plain/front.html": FRONT,
        "layouts/plain/back.html": BACK,
        "layouts/plain/style.css": STYLE,
        "mailroom.toml": CONFIG.format(base_url=base_url),
        "rates.toml": rates("lob").replace("2026-01-01", "2020-01-01"),  # whatever day it is
        f"mailings/{MAILING}.toml": POSTCARDS,
    }
    write_files(folder, files)
    write_people(folder, people)
    return folder


@dataclass(frozen=True, kw_only=True)
class Posting:
    """An office, the Lob it posts through, and a clock that both go by."""

    folder: Path
    fake: Running
    key: str = LIVE_KEY

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.fake.state.now(), dt.UTC).replace(microsecond=0)

    @contextmanager
    def opened(self) -> Iterator[Workspace]:
        environ = {"LOB_API_KEY": self.key}
        with open_workspace(self.folder, clock=self.now, environ=environ) as ws:
            yield ws

    def approve(self, *, cancelled: bool = False) -> None:
        """Take in, prepare, proof and approve."""
        with self.opened() as ws:
            pipeline.take_in(ws, (), "crm")
            pipeline.prepare(ws, MAILING, cancelled=cancelled)
            pipeline.proof(ws, MAILING)
            pipeline.approve(ws, MAILING, "Ruth", {})

    def send(self, limit: int = 0) -> SendReport:
        """For real, or with a test key as a trial."""
        live = self.key != TEST_KEY
        with self.opened() as ws:
            return pipeline.send(ws, MAILING, live=live, confirm=say_yes, limit=limit)

    def pieces(self) -> tuple[Planned, ...]:
        with self.opened() as ws:
            return ws.ledger.pieces(MAILING)

    def statuses(self) -> list[str]:
        return [item.status.value for item in self.pieces()]

    def refs(self) -> list[str]:
        return [item.provider_ref for item in self.pieces()]

    def wait(self, days: float) -> None:
        """Move the clock of the office and of Lob on."""
        self.fake.state.advance(days * DAY)


def posting(folder: Path, fake: Running, people: int | Sequence[dict[str, str]] = 3) -> Posting:
    """An office whose mailing is approved and not sent."""
    rows = [american(n + 1) for n in range(people)] if isinstance(people, int) else people
    office = Posting(folder=folder, fake=fake)

    def make(building: Path) -> None:
        workspace = make_lob_workspace(building, fake.base_url, rows)
        Posting(folder=workspace, fake=fake).approve()

    copied(kept(f"lob {fake.base_url} {office.now():%F} {rows}", make), folder)
    return office
