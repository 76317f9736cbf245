"""The fields that columns fill: which are a Recipient's own, and a row's values by field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from mailroom.intake import colleagues, flags, people, places
from mailroom.intake.draft import MORE

NAMES = frozenset({"first_name", "last_name", "full_name"})
#: Fields of which a layout prints the cell as it is.
PRINTED = ("note", "addressee", "postal_greeting", "nickname")
#: The fields that are a Recipient's own; all others stay in `Recipient.fields` under their word.
OWN = frozenset(
    {"id", "salutation", "title", "first_name", "middle_name", "last_name", "full_name", "suffix"}
    | {"company", "email", "phone", "language", "owner", "mail_ok", "email_ok", "email_opt_out"}
    | {"hold_until", "inactive", *people.PARTNER, *flags.FLAGS, *places.FIELDS, *colleagues.FIELDS}
)
#: What is printed in one line; an address in one cell has four of them.
LINES = (
    places.FIELDS
    | NAMES
    | {
        *("salutation", "title", "middle_name", "suffix", "nickname", "company", "department"),
        *("addressee", "postal_greeting", *people.PARTNER),
    }
)

Cells = Sequence[str]


def picker(columns: Sequence[int]) -> Callable[[Cells], Cells]:
    """What takes the cells of these columns out of a row, in one call."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda texts: [texts[place] for place in columns]


def pieces(names: Sequence[str | None]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The fields that have more pieces in columns of their own, with those in their order."""
    bases = dict.fromkeys(name.removesuffix(MORE) for name in names if name and name.endswith(MORE))
    return tuple(
        (base, tuple(place for place, name in enumerate(names) if name == f"{base}{MORE}"))
        for base in bases
    )
