"""Whether a record has become somebody else: a CRM that uses its numbers again, a column moved.

A record's key stays the same from export to export, and so does all that is known under it. It
must not go over to a stranger who has the number now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailroom.model import Recipient
from mailroom.sameplace import same_place
from mailroom.where import fold

_FEW = 3


def somebody_else(before: Recipient, after: Recipient) -> bool:
    """Has the record another first and last name, and another address and e-mail address?

    What one of the two does not have speaks neither for it nor against it, but a new name alone
    is none of these. Who marries and moves keeps the first name.
    """
    names = _other(_words(before), _words(after))
    mailboxes = _other({fold(before.email)}, {fold(after.email)})
    places = _other({same_place(before.address)}, {same_place(after.address)})
    if False in (names, mailboxes, places):
        return False
    return bool(mailboxes or (names and places))


def name_is_odd(before: Recipient, after: Recipient) -> bool:
    """Has nothing of the name stayed, or have first and last name changed places?"""
    old = fold(before.first_name), fold(before.last_name)
    new = fold(after.first_name), fold(after.last_name)
    swapped = all(old) and old[0] != old[1] and old == new[::-1]
    return swapped or _other(_words(before), _words(after)) or False


def place_is_odd(before: Recipient, after: Recipient) -> bool:
    """Is the address another?"""
    return _other({same_place(before.address)}, {same_place(after.address)}) or False


def too_many(odd: int, stayed: int) -> bool:
    """Are so many of those who stayed another now that the file must be looked at?"""
    return odd * 2 > stayed and odd >= _FEW


def _other(before: Iterable[str], after: Iterable[str]) -> bool | None:
    """Whether they have nothing in common; None where one of them has nothing."""
    old, new = set(filter(None, before)), set(filter(None, after))
    return old.isdisjoint(new) if old and new else None


def _words(person: Recipient) -> set[str]:
    """Everybody whom the record names, word by word; the company, where it names nobody."""
    names = [(person.first_name, person.middle_name, person.last_name)]
    names += [(p.first_name, p.middle_name, p.last_name) for p in person.partners]
    text = " ".join(word for name in names for word in name if word) or person.company
    words = re.findall(r"\w+", re.sub(r"(?<=[aou])e", "", fold(text)))
    return {word for word in words if len(word) > 1} or set(words)
