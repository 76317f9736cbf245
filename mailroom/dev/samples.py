"""Batches of one piece to somebody invented, with real PDFs: something to try a provider with."""

from __future__ import annotations

import io
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from mailroom.formats import FORMATS, Format
from mailroom.model import Address, Batch, Derived, Greeting, Household, Owner, Piece, Recipient


def sample_batch(folder: Path, key: str, number: int = 1, fmt: str = "card-5x7") -> Batch:
    """One piece in that format, its print file in `folder`; the same arguments, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "cards.pdf"
    file.write_bytes(sample_pages(FORMATS[fmt], f"{number} of {key}"))
    return Batch(
        key=key, mailing="sample", pieces=(sample_piece(number),), files=(file,), format=fmt
    )


def sample_pages(fmt: Format, text: str) -> bytes:
    """A PDF with the pages of the format, in its size with bleed, that say `text`."""
    size = fmt.media_box
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(size.width, size.height), invariant=True)
    for name in fmt.pages:
        canvas.drawString(30, 30, f"{name} {text}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def sample_piece(number: int = 1, mailing: str = "sample") -> Piece:
    """Somebody who gets one."""
    address = Address(line1=f"{number} Mill Lane", city="Oldham", postcode="OL1 1AA", country="GB")
    person = Recipient(
        key=f"crm:{number}",
        source="crm",
        where=f"contacts.csv:{number + 1}",
        first_name="Wilma",
        last_name=f"Testwell {number}",
        address=address,
    )
    said = Derived(text="Wilma", source="First name")
    return Piece(
        key=f"{mailing}:{number}",
        mailing=mailing,
        number=number,
        household=Household(key=f"crm:{number}", members=(person,)),
        greeting=Greeting(envelope_name=said, salutation=said, informal=said),
        language="en",
        address_lines=("Wilma Testwell", f"{number} Mill Lane", "Oldham", "OL1 1AA"),
        owner=Owner(key="ada", name="Ada Fictive"),
    )
