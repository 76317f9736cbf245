"""Batches for Lob: a postcard or a letter to an invented person in the United States."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from mailroom.dev.samples import sample_pages
from mailroom.formats import FORMATS
from mailroom.model import Address, Batch, Piece, Sender
from tests.printing import piece

SENDER = Sender(
    company="Hartmann & Lowe",
    address=Address(
        line1="185 Berry St", city="San Francisco", region="CA", postcode="94107", country="US"
    ),
)
HOME = Address(line1="12 Main St", city="Troy", region="NY", postcode="12180", country="US")
TEST_KEY, LIVE_KEY = "test_0123456789", "live_0123456789"


def pages(fmt: str, text: str) -> bytes:
    """As many pages as the format has, in its size with bleed, that say `text`."""
    return sample_pages(FORMATS[fmt], text)


def person(number: int = 1, address: Address = HOME) -> Piece:
    """Somebody of the mailing `winter`; the key of the piece is as long as real ones."""
    made = piece(number)
    recipient = dataclasses.replace(made.recipient, address=address)
    household = dataclasses.replace(made.household, members=(recipient,))
    return dataclasses.replace(made, household=household)


def single(
    folder: Path,
    key: str = "0123456789abcdef",
    number: int = 1,
    *,
    fmt: str = "postcard-4x6",
    address: Address = HOME,
    **changes: Any,
) -> Batch:
    """A batch of one piece with its print file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "cards.pdf"
    file.write_bytes(pages(fmt, f"{number} of {key}"))
    plain = Batch(
        key=key,
        mailing="winter",
        pieces=(person(number, address),),
        files=(file,),
        format=fmt,
        sender=SENDER,
    )
    return dataclasses.replace(plain, **changes)
