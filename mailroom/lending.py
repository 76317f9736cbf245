"""What the record of a person that is kept takes from the others: parts that it lacks.

Never the address, and nothing on which the records do not agree: what one says in full another
may say in part (`Herr` and `Herr Dr.`, `J.` and `Jürgen`, a birthday without its year).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mailroom.model import Borrowed, Recipient, Severity
from mailroom.where import fold

Covers = Callable[[str, str], bool]
"""Does the first value say everything that the second says?"""

_OF_TWO = re.compile(r"[&+/,]|\b(and|und|et|y|e|en|i)\b")  # Mr & Mrs: not one person's
_OF_THE_EXPORT = ("nickname", "birthday")  # of Recipient.fields


def complete(kept: Recipient, others: Sequence[Recipient]) -> tuple[Recipient, list[Borrowed]]:
    """The record with what it lacks from other records of the same person, and what that is."""
    if not others:
        return kept, []
    taken = list(_taken(kept, others))
    if not taken:
        return kept, []
    given = {name: (value, lender) for name, value, lender in taken}
    own: dict[str, Any] = {n: value for n, (value, _) in given.items() if n not in _OF_THE_EXPORT}
    more = {name: value for name, (value, _) in given.items() if name in _OF_THE_EXPORT}
    whole = replace(kept, **own, fields={**kept.fields, **more})
    return whole, [
        Borrowed(recipient=kept.key, field=name, lender=lender)
        for name, (_, lender) in given.items()
    ]


def _taken(kept: Recipient, others: Sequence[Recipient]) -> Iterator[tuple[str, str, str]]:
    """Field, value and whose it is."""
    for name, covers in _FIELDS.items():
        mine = _value(kept, name)
        lenders = [one for one in others if _lends(one, name, kept)]
        said = {value: one.key for one in reversed(lenders) if (value := _value(one, name))}
        best = [value for value in said if all(covers(value, other) for other in (mine, *said))]
        if best and not covers(mine, best[-1]):
            yield name, best[-1], said[best[-1]]


def _value(person: Recipient, name: str) -> str:
    return (
        person.fields.get(name, "") if name in _OF_THE_EXPORT else getattr(person, name)
    ).strip()


def _lends(one: Recipient, name: str, kept: Recipient) -> bool:
    """A name in which something may be wrong is not lent, nor to somebody called otherwise."""
    if name == "salutation":
        return not _OF_TWO.search(fold(one.salutation))
    if name != "first_name":
        return True
    doubted = (f.rule for f in one.findings if f.severity is not Severity.NOTE)
    same = bool(kept.last_name) and fold(kept.last_name) == fold(one.last_name)
    return same and not any("name" in rule for rule in doubted)


def _same(whole: str, part: str) -> bool:
    return not part or fold(whole) == fold(part)


def _same_titles(whole: str, part: str) -> bool:
    return {*_words(part)} <= {*_words(whole)}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def _same_first_name(whole: str, part: str) -> bool:
    initial = _words(part)
    if re.fullmatch(r"\w\.?", part.strip()) and len(_words(whole)) > 0:
        return fold(whole).startswith(initial[0])
    return _same(whole, part)


def _same_day(whole: str, part: str) -> bool:
    return _same(whole, part) or (part.startswith("--") and whole[4:] == part[1:])


_FIELDS: Mapping[str, Covers] = {
    "salutation": _same_titles,
    "first_name": _same_first_name,
    "language": _same,
    "owner": _same,
    "nickname": _same,
    "birthday": _same_day,
}
"""What is lent, and when two records agree on it."""
