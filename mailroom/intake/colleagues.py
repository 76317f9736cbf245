"""Who else is named in the record of a firm: nobody's partners, but people at the same desk.

A letter is addressed to one of them: to the person of the record, else to the first of the others.
The rest is told, so that whoever is to get a letter too can be given a record of their own.
"""

from __future__ import annotations

from mailroom.intake.draft import Draft

MOST = 5
COLLEAGUES = tuple(
    (f"colleague{number}_first_name", f"colleague{number}_last_name")
    for number in range(1, MOST + 1)
)
FIELDS = frozenset(name for both in COLLEAGUES for name in both)


def address_one(draft: Draft) -> None:
    """Somebody of the firm becomes the person of the row if it has none; the others are told."""
    get = draft.get
    others = [(get(first), get(last)) for first, last in COLLEAGUES if get(first) or get(last)]
    person = (get("first_name"), get("last_name"))
    if not any(person) and not get("full_name") and others:
        person = others[0]
        draft.put(first_name=person[0], last_name=person[1])
        firm = get("company") or "the firm"
        draft.note(
            "colleague-addressed", f"{_said(person)} is written to: the first named at {firm}"
        )
    left = dict.fromkeys(_said(one) for one in others if one != person)
    if left:
        message = f"also named, and not written to: {', '.join(left)}"
        draft.note("colleagues", message, "give whoever is to get mail too a record of their own")


def _said(name: tuple[str, str]) -> str:
    return " ".join(filter(None, name))
