"""Small workspaces for tests: invented people, a shipped layout, no waiting."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mailroom import pipeline
from mailroom.pipeline.send import Posting, SendReport
from mailroom.workspace import Workspace, open_workspace

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
MAILING = "cards"

CONFIG = """\
[sender]
company = "Hartmann & Lowe"
[sender.address]
line1 = "4 Mill Yard"
city = "Otley"
postcode = "LS21 1AB"
country = "GB"
[owners.ruth]
name = "Ruth Hartmann"
[sources.crm]
files = ["exports/contacts.csv"]
[executor]
kind = "inline"
[providers.outbox]
batch = {batch}
"""

RATE = """\
[[rate]]
provider = "{provider}"
what = "{what}"
per = "{per}"
price = "{price}"
currency = "{currency}"
valid_from = 2026-01-01
source = "a price list"
"""


def rate(
    what: str, per: str, price: str, *, provider: str = "outbox", currency: str = "GBP"
) -> str:
    """A row of `rates.toml`."""
    return RATE.format(what=what, per=per, price=price, provider=provider, currency=currency)


def rates(provider: str = "outbox") -> str:
    """Print, and postage at home and abroad."""
    return (
        rate("print", "piece", "0.50", provider=provider)
        + rate("postage", "domestic", "0.91", provider=provider)
        + rate("postage", "abroad", "2.80", provider=provider)
    )


CARDS = """\
title = "Test cards"
layout = "plain"
owner = "ruth"
date = 2026-12-01
"""

LAYOUT = """\
title = "Plain"
formats = ["card-5x7"]
fonts = ["Alegreya"]
[pages]
front = "front.html"
back = "back.html"
[words.en]
message = "Thank you for the year, {{ greeting.informal }}."
"""

FRONT = '<div class="art"></div>'
BACK = """\
<div data-frame="greeting" class="greeting">{{ greeting.salutation }}</div>
<div data-frame="message" class="message">{{ text.message }}</div>
<div data-frame="number" class="number">{{ piece.number }}</div>
"""
STYLE = """\
body { font: 11pt/15pt "Alegreya"; }
.art { position: absolute; left: 0; top: 0; width: 50mm; height: 50mm;
       background: device-cmyk(80% 40% 20% 20%); }
.greeting, .message, .number { position: absolute; left: 15mm; width: 95mm; }
.greeting { top: 20mm; height: 12mm; }
.message { top: 40mm; height: 40mm; }
.number { top: 160mm; height: 8mm; }
"""

HEADER = ("Record ID", "Salutation", "First Name", "Last Name", "Street Address", "City",
          "Postal Code", "Country/Region", "Do not mail", "Email", "Company Name")  # fmt: skip


def person(number: int, **changes: str) -> dict[str, str]:
    """A mailable person in a street of her own."""
    row = {
        "Record ID": str(100 + number),
        "Salutation": "Ms",
        "First Name": f"Anna{letters(number)}",
        "Last Name": f"Berg{letters(number)}",
        "Street Address": f"{number} Mill Lane",
        "City": "Otley",
        "Postal Code": "LS21 1AB",
        "Country/Region": "GB",
        "Do not mail": "",
        "Email": "",
        "Company Name": "",
    }
    return {**row, **changes}


def letters(number: int) -> str:
    """A number as part of a name."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def write_export(
    folder: Path, people: Sequence[Mapping[str, str]], header: Sequence[str] = HEADER
) -> Path:
    """`exports/contacts.csv` with these people."""
    path = folder / "exports" / "contacts.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(people)
    return path


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Each text into the file of that name, its folders made."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def make_workspace(
    folder: Path, people: Sequence[Mapping[str, str]], *, batch: int = 0, mailing: str = CARDS
) -> Path:
    """A workspace with one mailing, `cards`, of a plain layout of its own."""
    texts = {
        "layouts/plain/layout.toml": LAYOUT,
        "layouts/plain/front.html": FRONT,
        "layouts/plain/back.html": BACK,
        "layouts/plain/style.css": STYLE,
        "mailroom.toml": CONFIG.format(batch=batch),
        "rates.toml": rates(),
        f"mailings/{MAILING}.toml": mailing,
    }
    write_files(folder, texts)
    write_export(folder, people)
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Workspace]:
    with open_workspace(folder, clock=lambda: NOW) as ws:
        yield ws


_KEPT = tempfile.TemporaryDirectory(prefix="mailroom-workspaces-")


def kept(key: str, make: Callable[[Path], object]) -> Path:
    """The workspace of that key, made once in this process: for copies, never to be touched."""
    folder = Path(_KEPT.name) / hashlib.sha256(key.encode()).hexdigest()
    if not folder.exists():
        building = folder.with_suffix(".building")
        shutil.rmtree(building, ignore_errors=True)
        make(building)
        building.rename(folder)
    return folder


def approved(folder: Path) -> Path:
    """Take in, prepare, proof and approve; where that was done with the same files, a copy."""
    if not _stands_alone(folder):
        return _approve(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [f"{path.relative_to(folder)} {path.read_bytes()!r}" for path in files]
    same = kept("\n".join(texts), lambda building: _approve(copied(folder, building)))
    shutil.copytree(same, folder, dirs_exist_ok=True)
    return folder


def _stands_alone(folder: Path) -> bool:
    """Whether what comes of it depends on its files only: no ledger yet, no server, no printer."""
    config = (folder / "mailroom.toml").read_text(encoding="utf-8")
    return not (folder / ".mailroom").exists() and "://" not in config


def _approve(folder: Path) -> Path:
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.prepare(ws, MAILING)
        pipeline.proof(ws, MAILING)
        pipeline.approve(ws, MAILING, "Ruth", {})
    return folder


def copied(folder: Path, target: Path) -> Path:
    """A workspace can be moved: its ledger holds no absolute paths."""
    shutil.copytree(folder, target)
    return target


def edit(path: Path, old: str, new: str) -> None:
    """Another text in the place of one that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def send(folder: Path, name: str = MAILING, *, live: bool = True, limit: int = 0) -> SendReport:
    """Post, and confirm whatever number is asked."""
    with opened(folder) as ws:
        return pipeline.send(ws, name, live=live, confirm=say_yes, limit=limit)


def say_yes(posting: Posting) -> int:
    """Confirm whatever number is asked."""
    return posting.pieces


def posted(folder: Path) -> list[str]:
    """The piece keys in all the outbox's manifests, in order, as often as they are there."""
    keys = []
    for path in sorted((folder / "outbox").glob("[!.]*/manifest.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            keys += [row["piece"] for row in csv.DictReader(file)]
    return keys
