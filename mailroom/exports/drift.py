"""A header that is not the one of last time: which column has become which.

Renamed columns are found by their place, by the likeness of their names and of their values.
What is found is shown; a person says whether it is so.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailroom.intake.columns import squash

#: Below it, a column that is gone and one that is new are two.
_LIKE = 0.5
_MOST = 120  #: columns compared with one another; beyond, only those in the same place
_CLASSES = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"), (re.compile(r"\s+"), " "))


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """An old column and the new one that seems to be it."""

    old: str
    new: str
    field: str  #: that it fills; empty: nobody reads it
    why: str  #: "same place; 9 of 10 values are the same"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What is different between the header of last time and this one."""

    renamed: tuple[Renamed, ...]
    added: tuple[tuple[str, str], ...]  #: header, the field it would fill or empty
    gone: tuple[tuple[str, str], ...]  #: header, the field that it has filled or empty
    columns: Mapping[str, str | None]  #: how the new header would be read

    @property
    def lost(self) -> tuple[str, ...]:
        """Fields that were filled and would not be."""
        left = {field for field in self.columns.values() if field}
        before = (field for _, field in self.gone if field)
        return tuple(dict.fromkeys(field for field in before if field not in left))


def compare(
    old: Mapping[str, str | None],
    new: Mapping[str, str | None],
    old_rows: Sequence[Sequence[str]] = (),
    new_rows: Sequence[Sequence[str]] = (),
) -> Drift:
    """The old mapping carried over to the new header.

    `new` is how its columns would be read by their names alone; the rows are samples of both
    files, as wide as their headers.
    """
    gone, added = [h for h in old if h not in new], [h for h in new if h not in old]
    before, after = _values(old, old_rows), _values(new, new_rows)
    places = _Places(tuple(old), tuple(new))
    pairs = []
    for a in gone:
        for b in added:
            if len(gone) * len(added) > _MOST**2 and not places.same(a, b):
                continue
            names = difflib.SequenceMatcher(None, squash(a), squash(b)).ratio()
            values = _likeness(before[a], after[b])
            score = 0.4 * names + 0.25 * places.same(a, b) + 0.45 * values
            score += 0.15 if old[a] and old[a] == new[b] else 0
            if score >= _LIKE:
                pairs.append((score, a, b, names, values))
    renamed: dict[str, Renamed] = {}
    taken: set[str] = set()
    for _, a, b, names, values in sorted(pairs, key=lambda pair: -pair[0]):
        if a in renamed or b in taken:
            continue
        why = "; ".join(_reasons(names, values, same_place=places.same(a, b)))
        renamed[a] = Renamed(old=a, new=b, field=old[a] or "", why=why)
        taken.add(b)
    fields = {one.new: one.field or None for one in renamed.values()}
    return Drift(
        renamed=tuple(renamed[a] for a in gone if a in renamed),
        added=tuple((b, new[b] or "") for b in added if b not in taken),
        gone=tuple((a, old[a] or "") for a in gone if a not in renamed),
        columns={h: old[h] if h in old else fields.get(h, new[h]) for h in new},
    )


def nearest(
    mappings: Iterable[Mapping[str, str | None]], headers: Iterable[str]
) -> Mapping[str, str | None] | None:
    """Of several headers, the one that has most in common with this one."""
    there = {squash(header) for header in headers}

    def common(mapping: Mapping[str, str | None]) -> float:
        mine = {squash(header) for header in mapping}
        return len(mine & there) / max(len(mine | there), 1)

    return max(mappings, key=common, default=None)


class _Places:
    """Where columns stand, told by their neighbours, so that a new one moves nobody."""

    def __init__(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        self._old, self._new = _neighbours(old, {*new}), _neighbours(new, {*old})

    def same(self, a: str, b: str) -> bool:
        return self._old[a] == self._new[b]


def _neighbours(headers: tuple[str, ...], others: set[str]) -> dict[str, tuple[str, int]]:
    """Each header with the last one before it that both have, and how far that is away."""
    places, last, distance = {}, "", 0
    for header in headers:
        distance += 1
        places[header] = (last, distance)
        if header in others:
            last, distance = header, 0
    return places


def _values(
    columns: Mapping[str, str | None], rows: Sequence[Sequence[str]]
) -> dict[str, list[str]]:
    return {
        header: [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        for place, header in enumerate(columns)
    }


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """1 where the values are the same; up to 0.6 where only their patterns are."""
    if not a or not b:
        return 0.0
    one, other = {*a}, {*b}
    same = len(one & other) / min(len(one), len(other))
    patterns, others = Counter(map(_pattern, a)), Counter(map(_pattern, b))
    shared = sum(min(patterns[p] / len(a), others[p] / len(b)) for p in patterns)
    return max(same, 0.6 * shared)


def _pattern(text: str) -> str:
    """`2024-03-12` is `9-9-9`, `Anna Weber` is `a a`."""
    for expression, letter in _CLASSES:
        text = expression.sub(letter, text)
    return text[:20]


def _reasons(names: float, values: float, *, same_place: bool) -> Iterable[str]:
    if same_place:
        yield "the same place"
    if names >= 0.6:
        yield "a name much like it"
    if values > 0.6:
        yield f"{values:.0%} of its values"
    elif values > 0.4:
        yield "values of the same form"
