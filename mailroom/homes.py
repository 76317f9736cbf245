"""Who lives together: by address and last name, by the rows that name them, by what people say.

A home keeps its name, by which its piece is known, as others join it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from mailroom import lending
from mailroom.greetings import is_child
from mailroom.matching import HOME, Pair, pair_of
from mailroom.matching.traits import GENERATIONS, LEGAL_FORMS
from mailroom.model import Decision, Household, Name, Recipient, digest
from mailroom.sameplace import same_place, same_town
from mailroom.where import fold

Home = tuple[str, ...]
_TITLES = frozenset({"dr", "prof", "ing", "dipl", "mag", "med", "phd", "md"})


def households(
    homes: Iterable[list[tuple[Home, Recipient]]],
    groups: list[list[Recipient]],
    present: Collection[str],
) -> Iterator[Household]:
    """A household of each home, its people with what they lack from their own other records."""
    records = {person.key: group for group in groups for person in group}
    for home in homes:
        members, borrowed, also = [], [], []
        for _, person in home:
            others = [one for one in records[person.key] if one.key != person.key]
            whole, parts = lending.complete(person, [p for p in others if p.key in present])
            members.append(whole)
            borrowed += parts
            also += [one.key for one in others]
        yield Household(
            key=digest(*home[0][0])[:16],
            members=tuple(members),
            also=tuple(also),
            borrowed=tuple(borrowed),
        )


def stands_for(
    people: Iterable[Recipient], groups: Iterable[list[Recipient]]
) -> dict[str, Recipient]:
    """By record, the one that is used of the person: where none gets mail, the first."""
    kept = {person.key for person in people}
    stands: dict[str, Recipient] = {}
    for group in groups:
        used = next((person for person in group if person.key in kept), group[0])
        stands |= {person.key: used for person in group}
    return stands


def said_of_homes(
    decisions: Mapping[str, Decision], stands: Mapping[str, Recipient]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Who shares a home or does not, says somebody: by the records that are used, in order."""
    for name, decision in sorted(decisions.items()):
        if name.startswith(HOME) and (pair := pair_of(name, HOME, stands)):
            yield (stands[pair[0]].key, stands[pair[1]].key), decision.answer


def in_doubt(
    stands: Mapping[str, Recipient], unsure: Iterable[Pair], one_per_household: bool
) -> set[str]:
    """Who may be somebody of another home: with nobody else on a piece until there is an answer."""
    doubted = set()
    for pair in unsure:
        one, other = stands.get(pair.a), stands.get(pair.b)
        if one and other and _home(one, one_per_household) != _home(other, one_per_household):
            doubted |= {one.key, other.key}
    return doubted


class Homes:
    """Who lives together; a home keeps its name, by which its piece is known, as others join."""

    def __init__(
        self,
        people: list[Recipient],
        one_per_household: bool,
        said: Iterable[tuple[tuple[str, str], str]],
        doubted: Collection[str],
    ) -> None:
        self._people = people
        self._alone = not one_per_household
        self._home = {person.key: _home(person, one_per_household) for person in people}
        self._said = [(pair, answer) for pair, answer in said if {*pair} <= self._home.keys()]
        for key in self._home.keys() & doubted:
            self._home[key] = (*self._home[key], "in doubt", key)
        self._doubted = doubted
        self._joined: dict[Home, Home] = {}

    def found(self) -> list[list[tuple[Home, Recipient]]]:
        """The people by home, in their order; the first pair of each has the home's name."""
        if not self._alone:
            apart = self._decided()
            self._join_partners({*apart, *self._doubted})
        homes: dict[Home, list[tuple[Home, Recipient]]] = {}
        for person in self._people:
            home = self._of(person.key)
            homes.setdefault(home, []).append((home, person))
        return list(homes.values())

    def _of(self, key: str) -> Home:
        home = self._home[key]
        while home in self._joined:
            home = self._joined[home]
        return home

    def _decided(self) -> set[str]:
        """What people have said: who lives alone now is in none of the homes of others."""
        by_key = {person.key: person for person in self._people}
        apart = set()
        for pair, answer in self._said:
            if answer == "apart" and self._home[pair[0]] == self._home[pair[1]]:
                other = by_key[pair[1]]
                self._home[pair[1]] = (*self._home[pair[1]], _name_key(other))
                apart.add(pair[1])
        for pair, answer in self._said:
            if answer == "together":
                self._join(*pair)
        return apart

    def _join_partners(self, apart: Collection[str]) -> None:
        """Who is named in the row of another and is there with a row of their own."""
        if not any(person.partners for person in self._people):
            return
        at: dict[tuple[str, str], list[Recipient]] = defaultdict(list)
        for person in self._people:
            if place := same_place(person.address):
                at[place, same_town(person.address)].append(person)
        for person in self._people:
            if not person.partners or person.key in apart:
                continue
            named = {_partner_key(name, person) for name in person.partners}
            for other in at[same_place(person.address), same_town(person.address)]:
                if _name_key(other) in named and other.key not in {*apart, person.key}:
                    self._join(person.key, other.key)

    def _join(self, one: str, other: str) -> None:
        """The home of `other` takes the name of the home of `one`."""
        home, joining = self._of(one), self._of(other)
        if home != joining:
            self._joined[joining] = home


def _partner_key(name: Name, person: Recipient) -> str:
    last = name.last_name or person.last_name
    return _name_key(replace(person, first_name=name.first_name, last_name=last))


def _home(person: Recipient, one_per_household: bool) -> Home:
    """Same place and same last name live together; father and son marked Jr and Sr do not.

    The town counts, though two spellings of it then part a couple: villages share a postcode
    and all have a Hauptstr. 1. So does the company, for in one office tower work many strangers
    of one name. Without a street there is no home to share; without a last name nobody to share
    it with. A child would be printed as the partner of its mother: it has a home of its own.
    """
    place, last = same_place(person.address), surname(person)
    if not place:
        return ("person", person.key)
    home = (place, same_town(person.address), _firm(person), last, generation(person))
    is_shared = last and one_per_household and not is_child(person.salutation)
    return home if is_shared else (*home, _name_key(person))


def live_together(one: Recipient, other: Recipient) -> bool:
    """Whether two people get one piece, as far as their records say."""
    return _home(one, True) == _home(other, True)


def _firm(person: Recipient) -> str:
    """The company without case, accents and legal form."""
    words = re.findall(r"\w+", fold(person.company.replace(".", "")))
    kept = list(words)
    while kept and kept[-1] in LEGAL_FORMS:
        kept.pop()
    return " ".join(kept or words)


def surname(person: Recipient) -> str:
    """The last name as homes are told by it, without Jr and Sr."""
    words = re.findall(r"\w+", fold_name(person.last_name))
    return " ".join(word for word in words if word not in GENERATIONS or len(words) == 1)


def generation(person: Recipient) -> str:
    """What tells father and son apart: "jr", "iii"; empty where nothing does."""
    words = re.findall(r"\w+", fold(f"{person.last_name} {person.suffix}"))
    return next((GENERATIONS[word] for word in reversed(words[1:]) if word in GENERATIONS), "")


def _name_key(person: Recipient) -> str:
    """The name whichever way round it was typed, without titles and middle initials."""
    words = re.findall(r"\w+", fold_name(f"{person.first_name} {person.last_name}"))
    words = [word for word in words if word not in _TITLES and word not in GENERATIONS]
    full = [word for word in words if len(word) > 1] if len(words) > 2 else words
    return " ".join(sorted(full)) or fold_name(person.company)


def fold_name(text: str) -> str:
    """A name to compare by; Müller, Mueller and Muller are one."""
    return re.sub(r"(?<=[aou])e", "", fold(text))
