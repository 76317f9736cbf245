"""The key of a row without an id: of its cells as they are, whatever is answered."""

from __future__ import annotations

import re

from mailroom.intake import cells
from mailroom.intake.draft import Plan
from mailroom.intake.places import PREFIXES
from mailroom.model import digest

#: What a key is made of; the second only where it is there.
_KEY = ("first_name", "last_name", "company", "email")
_KEY_TOO = ("full_name", "suffix")
_CODES = tuple(f"{prefix}postcode" for prefix in PREFIXES)
_DIGITS = re.compile(r"\d+")


def key_of(texts: tuple[str, ...], plan: Plan) -> str:
    """It changes with the name, the generation, the firm, the mailbox and the postcode."""
    parts = [_alike(_cell(texts, name, plan)) for name in _KEY]
    code = next(filter(None, (_cell(texts, name, plan) for name in _CODES)), "")
    # Spreadsheets drop a zero, and bring one behind a point.
    parts.append(_alike(code).removesuffix(".0").lstrip("'0").replace(" ", ""))
    more = [f"{name} {text}" for name in _KEY_TOO if (text := _alike(_cell(texts, name, plan)))]
    if not code and (whole := _cell(texts, "address.whole", plan)):
        more.append(" ".join(_DIGITS.findall(whole)))
    return digest(*parts, *more)[:12]


def _cell(texts: tuple[str, ...], name: str, plan: Plan) -> str:
    """The first filled cell of a field, as the export has it."""
    found = (texts[place] for place in plan.places.get(name, ()) if texts[place].strip())
    return next(found, "")


def _alike(cell: str) -> str:
    """A cell without case, stray blanks and what nobody sees."""
    return " ".join(cells.tidy(cell).split()).casefold()
