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

from mailroom.exports.catalogue import plain
from mailroom.intake.columns import squash

#: Below it, a column that is gone and one that is new are two.
_LIKE = 0.5
_NAMED, _VALUES = 0.6, 0.4  #: from which, and above which, it is much the same
_COMMON = 0.3  #: of the headers; with fewer the same a place says nothing
_LONGEST = 80  #: characters of a header and of a value that are compared
_MOST = 120  #: columns compared with one another; beyond, only those in the same place
_MANY = 2000  #: columns of both files; beyond, their order is not looked at
_BESIDE = 3  #: columns up to which an address's parts are beside one another
_ADDRESSES = ("address", "address2", "address3")
_CLASSES = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"), (re.compile(r"\s+"), " "))


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """An old column and the new one that seems to be it."""

    old: str
    new: str
    field: str  #: that it fills; empty: nobody reads it
    why: str  #: "same place; 9 of 10 values are the same"
    sure: bool = False  #: by its name or its values, not by its place alone


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What is different between the header of last time and this one."""

    renamed: tuple[Renamed, ...]
    added: tuple[tuple[str, str], ...]  #: header, the field it would fill or empty
    gone: tuple[tuple[str, str], ...]  #: header, the field that it has filled or empty
    columns: Mapping[str, str | None]  #: how the new header would be read
    kept: int = 0  #: columns that are the same

    @property
    def lost(self) -> tuple[str, ...]:
        """Fields that were filled and would not be."""
        left = {field for field in self.columns.values() if field}
        before = (field for _, field in self.gone if field)
        return tuple(dict.fromkeys(field for field in before if field not in left))

    @property
    def is_another(self) -> bool:
        """So few columns are the same that it is the export of something else."""
        same = self.kept + sum(one.sure for one in self.renamed)
        return same < _COMMON * (self.kept + len(self.renamed) + len(self.gone))


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
    before, after = _values(old, old_rows), _values(new, new_rows)
    kept = _same(tuple(old), tuple(new), before, after)  # of the new header, to the old one
    gone = [h for h in old if h not in {*kept.values()}]
    added = [h for h in new if h not in kept]
    places = _Places(tuple(old), tuple(new), kept)
    anchored = len(kept) >= _COMMON * min(len(old), len(new))
    homes = _homes(tuple(new), {b: old[a] for b, a in kept.items()})
    pairs = []
    for a in gone:
        for b in added:
            if len(gone) * len(added) > _MOST**2 and not places.same(a, b):
                continue
            names = difflib.SequenceMatcher(
                None, squash(a)[:_LONGEST], squash(b)[:_LONGEST]
            ).ratio()
            values = _likeness(before[a], after[b])
            score = 0.4 * names + 0.8 * values
            score += 0.25 if anchored and places.same(a, b) else 0
            score += 0.15 if old[a] and old[a] == new[b] else 0
            if (home := _address(old[a])) and homes[b]:
                score += 0.25 if home in homes[b] else -0.4
            if score >= _LIKE:
                pairs.append((score, a, b, names, values))
    renamed: dict[str, Renamed] = {}
    taken: set[str] = set()
    for _, a, b, names, values in sorted(pairs, key=lambda pair: -pair[0]):
        if a in renamed or b in taken:
            continue
        why = "; ".join(_reasons(names, values, same_place=anchored and places.same(a, b)))
        sure = names >= _NAMED or values > _VALUES
        renamed[a] = Renamed(old=a, new=b, field=old[a] or "", why=why, sure=sure)
        taken.add(b)
    fields = {b: old[a] for b, a in kept.items()}
    fields |= {one.new: one.field or None for one in renamed.values()}
    fields |= _of_new([b for b in added if b not in taken], new, fields)
    return Drift(
        renamed=tuple(renamed[a] for a in gone if a in renamed),
        added=tuple((b, fields[b] or "") for b in added if b not in taken),
        gone=tuple((a, old[a] or "") for a in gone if a not in renamed),
        columns={header: fields[header] for header in new},
        kept=len(kept),
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


# Which column is which -------------------------------------------------------------------------


def _same(
    old: tuple[str, ...],
    new: tuple[str, ...],
    before: Mapping[str, Sequence[str]],
    after: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Each new header that is an old one, with it.

    A name that stands once in both is the same column. Of several columns of one name the number
    says nothing, as soon as one of them is called otherwise: "Street Address (2)" is the only
    one then. What stands beside them and what stands in them tells which is which.
    """
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for place, headers in enumerate((old, new)):
        for header in headers:
            groups.setdefault(plain(header), ([], []))[place].append(header)
    several = any(len(ours) + len(theirs) > 2 for ours, theirs in groups.values())
    few = len(old) + len(new) <= _MANY
    together = _in_line(old, new) if several and few else set()
    found: dict[str, str] = {}
    for ours, theirs in groups.values():
        if len(ours) * len(theirs) > _MOST:
            found |= dict(zip(theirs, ours, strict=False))
            continue
        pairs = [
            (
                ((a, b) in together) + _likeness(before[a], after[b]) + 0.1 * (a == b),
                a,
                b,
            )
            for a in ours
            for b in theirs
        ]
        for _, a, b in sorted(pairs, key=lambda pair: -pair[0]):
            if b not in found and a not in found.values():
                found[b] = a
    return found


def _in_line(old: Sequence[str], new: Sequence[str]) -> set[tuple[str, str]]:
    """Columns of the longest runs of names that both headers have in the same order."""
    runs = difflib.SequenceMatcher(
        None, [*map(plain, old)], [*map(plain, new)], autojunk=False
    ).get_matching_blocks()
    return {(old[run.a + i], new[run.b + i]) for run in runs for i in range(run.size)}


class _Places:
    """Where columns stand, told by their neighbours, so that a new one moves nobody."""

    def __init__(self, old: tuple[str, ...], new: tuple[str, ...], kept: Mapping[str, str]) -> None:
        itself = {header: header for header in kept.values()}
        self._old = [_neighbours(old, itself), _neighbours(old[::-1], itself)]
        self._new = [_neighbours(new, kept), _neighbours(new[::-1], kept)]

    def same(self, a: str, b: str) -> bool:
        """After the same column, or before the same one, as far from it."""
        return any(ours[a] == theirs[b] for ours, theirs in zip(self._old, self._new, strict=True))


def _neighbours(headers: tuple[str, ...], kept: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Each header with the last one before it that both have, and how far that is away."""
    places, last, distance = {}, "", 0
    for header in headers:
        distance += 1
        places[header] = (last, distance)
        if header in kept:
            last, distance = kept[header], 0
    return places


# Addresses stay whole --------------------------------------------------------------------------


def _address(field: str | None) -> str:
    """Which address of the row the field is of: `address2`; empty if of none."""
    prefix, dot, _ = (field or "").partition(".")
    return prefix if dot else ""


def _homes(new: tuple[str, ...], fields: Mapping[str, str | None]) -> dict[str, set[str]]:
    """For each new column, the addresses that the columns beside it are of."""
    found: dict[str, set[str]] = {header: set() for header in new}
    for headers in (new, new[::-1]):
        last, distance = "", 0
        for header in headers:
            distance += 1
            if header not in fields:
                found[header] |= {last} - {""} if distance <= _BESIDE else set()
            else:
                last, distance = _address(fields[header]), 0
    return found


def _of_new(
    added: Sequence[str], new: Mapping[str, str | None], fields: Mapping[str, str | None]
) -> dict[str, str | None]:
    """What new columns fill: by their names, but no address is put together from two.

    A part goes to the address that its neighbours went to; a whole new address comes after those
    that were there.
    """
    moved: dict[str, str] = {}
    for header, field in fields.items():
        if _address(field) and _address(new[header]):
            moved.setdefault(_address(new[header]), _address(field))
    free = [name for name in _ADDRESSES if name not in {*map(_address, fields.values())}]
    found: dict[str, str | None] = {}
    for header in added:
        field = new[header]
        if name := _address(field):
            if name not in moved:
                moved[name] = free.pop(0) if free else ""
            field = f"{moved[name]}.{(field or '').partition('.')[2]}" if moved[name] else None
        found[header] = field
    return found


# What stands in them ---------------------------------------------------------------------------


def _values(
    columns: Mapping[str, str | None], rows: Sequence[Sequence[str]]
) -> dict[str, list[str]]:
    return {
        header: [
            text for row in rows if place < len(row) and (text := row[place].strip()[:_LONGEST])
        ]
        for place, header in enumerate(columns)
    }


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    """1 where the values are the same; up to 0.4 where only their patterns are."""
    if not a or not b:
        return 0.0
    one, other = {*a}, {*b}
    same = len(one & other) / min(len(one), len(other))
    patterns, others = Counter(map(_pattern, a)), Counter(map(_pattern, b))
    shared = sum(min(patterns[p] / len(a), others[p] / len(b)) for p in patterns)
    return max(same, 0.4 * shared)


def _pattern(text: str) -> str:
    """`2024-03-12` is `9-9-9`, `Anna Weber` is `a a`."""
    for expression, letter in _CLASSES:
        text = expression.sub(letter, text)
    return text[:20]


def _reasons(names: float, values: float, *, same_place: bool) -> Iterable[str]:
    if same_place:
        yield "the same place"
    if names >= _NAMED:
        yield "a name much like it"
    if values > _VALUES:
        yield f"{values * 100:.0f} % of its values"
    elif values > 0.2:
        yield "values of the same form"
