"""Batches to print, for the tests of the providers; the people are invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mailroom.dev.samples import sample_piece
from mailroom.formats import FORMATS
from mailroom.model import Batch, Piece, PrintTicket
from mailroom.providers import Office
from mailroom.providers.tickets import envelope_ticket, sheet_ticket

CARD = FORMATS["card-5x7"]
CARD_TICKET = sheet_ticket(CARD)
ENVELOPE_TICKET = envelope_ticket(CARD)
assert ENVELOPE_TICKET is not None

#: What the card printer of the tests can print: it leaves no edge blank on A6 and 5 x 7 in, takes
#: nothing larger than Legal, and prints no address for those who post.
CARD_PRINTER_FORMATS = (
    *("card-5x7", "card-a6", "card-us-a2-folded", "card-a6-folded"),
    *("card-us-a2-tent", "card-a6-tent"),
    *("letter-a4", "letter-a4-din-a", "letter-a4-ch-left", "letter-a4-ch-right"),
    *("letter-a4-fr", "letter-a4-uk", "letter-us", "letter-legal", "postcard-a6"),
)


def office(settings: Mapping[str, Any], folder: Path, **more: Any) -> Office:
    """What a provider is opened with."""
    return Office(settings=settings, folder=folder, **more)


def pdf(text: str = "mailroom", pages: int = 1, width: int = 360, height: int = 504) -> bytes:
    """A small PDF that says `text`; 5 x 7 in unless told otherwise."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{number} 0 R" for number in range(4, 4 + pages))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode())
    drawn = f"BT /F1 12 Tf 72 200 Td ({text}) Tj ET".encode()
    objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 3 0 R "
        f"/Resources << /Font << /F1 {font} >> >> >>"
    ).encode()
    objects += [page] * pages
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    return bytes(out) + trailer.encode()


def piece(number: int = 1) -> Piece:
    """Somebody who gets a card."""
    return sample_piece(number, "winter")


def batch(
    folder: Path,
    key: str = "0123456789abcdef",
    files: Iterable[str] = ("cards.pdf", "envelopes.pdf"),
    media: Mapping[str, PrintTicket] | None = None,
    pieces: int = 1,
    first: int = 1,
) -> Batch:
    """A batch of 5 x 7 in cards with their envelopes and a manifest that is not printed."""
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(files)
    for name in names:
        (folder / name).write_bytes(pdf(f"{name} of {key}"))
    people = tuple(piece(number) for number in range(first, first + pieces))
    rows = "".join(f"{each.number:04d},{each.key}\n" for each in people)
    (folder / "manifest.csv").write_text(f"number,piece\n{rows}", encoding="utf-8-sig")
    tickets = {name: ENVELOPE_TICKET if "envelope" in name else CARD_TICKET for name in names}
    return Batch(
        key=key,
        mailing="winter",
        pieces=people,
        files=tuple(folder / name for name in (*names, "manifest.csv")),
        media=media if media is not None else tickets,
    )
