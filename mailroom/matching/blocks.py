"""Which records are worth comparing: those that share a key, a pass for each kind of key.

A key is a postal code with the sound of a name, a mailbox, a phone, ... A block that is too big
is sorted, and only neighbours are compared: the work grows with the people, never with its square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mailroom.matching.names import skeleton
from mailroom.matching.traits import Traits

#: Blocks up to this size are compared whole.
WHOLE = 40
#: In bigger ones, so many neighbours in each of two orders.
NEIGHBOURS = 8

Keys = Callable[[Traits], tuple[tuple[str, ...], ...]]


def _by_area_and_name(t: Traits) -> tuple[tuple[str, ...], ...]:
    """Both names alike, so that those who were swapped meet."""
    if not t.postcode:
        return ()
    return tuple((t.postcode, skeleton(name)) for name in {t.first, t.last} if name)


def _by_email(t: Traits) -> tuple[tuple[str, ...], ...]:
    return ((t.email,),) if t.email else ()


def _by_phone(t: Traits) -> tuple[tuple[str, ...], ...]:
    return ((t.phone,),) if t.phone else ()


def _by_birthday(t: Traits) -> tuple[tuple[str, ...], ...]:
    if not t.born:
        return ()
    return tuple((t.born, skeleton(name)) for name in {t.first, t.last} if name)


def _by_house(t: Traits) -> tuple[tuple[str, ...], ...]:
    """House number and street with a name: the postal code may be wrong."""
    if not t.number or not t.street:
        return ()
    house = (t.number, skeleton(t.street.split()[0]))
    return tuple((*house, skeleton(name)) for name in {t.first, t.last} if name)


def _by_street(t: Traits) -> tuple[tuple[str, ...], ...]:
    """The same street of a place, whatever the name."""
    if not t.street:
        return ()
    return tuple((area, t.street[:5], t.number) for area in (t.postcode, t.town) if area)


def _by_full_name(t: Traits) -> tuple[tuple[str, ...], ...]:
    """The whole name with what little there is besides."""
    names = sorted(skeleton(name) for name in (t.first, t.last) if name)
    rest = [part for part in (t.town, t.number) if part]
    return tuple((*names, part) for part in rest) if len(names) == 2 else ()


def _by_firm(t: Traits) -> tuple[tuple[str, ...], ...]:
    if not t.firm:
        return ()
    if not (t.first or t.last):
        return ((skeleton(t.firm), t.postcode or t.town), (t.firm[:6], t.postcode or t.town))
    return tuple((t.firm[:6], skeleton(name)) for name in {t.first, t.last} if name)


#: A pass each.
PASSES: tuple[Keys, ...] = (
    _by_email,
    _by_phone,
    _by_birthday,
    _by_area_and_name,
    _by_street,
    _by_house,
    _by_full_name,
    _by_firm,
)


def candidates(records: Sequence[Traits]) -> Iterator[tuple[int, int]]:
    """Pairs of positions worth comparing, the smaller first; some come more than once."""
    for keys in PASSES:
        for block in _blocks(records, keys):
            if len(block) <= WHOLE:
                for n, i in enumerate(block):
                    for j in block[n + 1 :]:
                        yield i, j
            else:
                yield from _neighbours(records, block)


def _blocks(records: Sequence[Traits], keys: Keys) -> Iterator[list[int]]:
    """Positions that share a key, in order. One sorted list of numbers a pass: memory is flat."""
    many = len(records)
    codes = [hash(key) * many + i for i, record in enumerate(records) for key in keys(record)]
    codes.sort()
    block: list[int] = []
    before = None
    for code in codes:
        key, i = divmod(code, many)
        if key != before:
            if len(block) > 1:
                yield block
            block, before = [], key
        block.append(i)
    if len(block) > 1:
        yield block


def _neighbours(records: Sequence[Traits], block: list[int]) -> Iterator[tuple[int, int]]:
    orders: tuple[Callable[[int], tuple[str, ...]], ...] = (
        lambda i: (records[i].first, records[i].last, records[i].street, records[i].number),
        lambda i: (records[i].last, records[i].street, records[i].number, records[i].first),
    )
    for order in orders:
        ordered = sorted(block, key=order)
        for n, i in enumerate(ordered):
            for j in ordered[n + 1 : n + 1 + NEIGHBOURS]:
                yield (i, j) if i < j else (j, i)
