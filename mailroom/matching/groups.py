"""Pairs -> groups of records that are one person each.

What people have decided comes first, then the surest pairs. Two groups are not joined where a
member of one contradicts a member of the other; a record that fits two people who cannot be one
is given to neither: a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mailroom.matching.compare import Comparison, Verdict
from mailroom.matching.traits import Traits

_MOST_COMPARED = 400
"""Pairs of members looked at before two groups are joined; bigger ones stay apart."""
_MOST_NEAR = 60
Links = Mapping[tuple[int, int], Comparison]


class Groups:
    """A union-find over positions that knows who must stay apart."""

    def __init__(
        self, records: Sequence[Traits], contradict: Callable[[Traits, Traits], bool]
    ) -> None:
        self._contradict = contradict
        self._records = records
        self._group = list(range(len(records)))
        self._members: dict[int, list[int]] = {}
        self._apart: dict[int, set[int]] = {}

    def of(self, i: int) -> int:
        return self._group[i]

    def members(self, group: int) -> list[int]:
        return self._members.get(group, [group])

    def keep_apart(self, i: int, j: int) -> None:
        self._apart.setdefault(self._group[i], set()).add(j)
        self._apart.setdefault(self._group[j], set()).add(i)

    def are_apart(self, i: int, j: int) -> bool:
        """Whether a decision keeps the groups of the two apart."""
        a, b = self._group[i], self._group[j]
        return any(self._group[k] == b for k in self._apart.get(a, ()))

    def contradict(self, i: int, j: int) -> bool:
        """Whether some member of one group can hardly be the same as one of the other."""
        some, others = self._profiles(self._group[i]), self._profiles(self._group[j])
        if len(some) * len(others) > _MOST_COMPARED:
            return True
        records = self._records
        return any(self._contradict(records[a], records[b]) for a in some for b in others)

    def contradictory(self, several: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The pairs among a few records that can hardly be one person."""
        records = self._records
        if len({profile(records[i]) for i in several}) < 2:
            return
        for n, i in enumerate(several[:_MOST_NEAR]):
            for j in several[n + 1 : _MOST_NEAR]:
                if self._contradict(records[i], records[j]):
                    yield i, j

    def _profiles(self, group: int) -> list[int]:
        """A member for each way in which the person is described."""
        records = self._records
        found: dict[tuple[str, ...], int] = {}
        for i in self.members(group):
            found.setdefault(profile(records[i]), i)
        return list(found.values())

    def join(self, i: int, j: int) -> None:
        a, b = self._group[i], self._group[j]
        if a == b:
            return
        if len(self.members(a)) < len(self.members(b)):
            a, b = b, a
        moved = self._members.pop(b, [b])
        self._members.setdefault(a, [a]).extend(moved)
        for k in moved:
            self._group[k] = a
        if b in self._apart:
            self._apart.setdefault(a, set()).update(self._apart.pop(b))

    def all(self) -> Iterator[list[int]]:
        """The groups of more than one."""
        for members in self._members.values():
            yield sorted(members)


def profile(t: Traits) -> tuple[str, ...]:
    """What two records of one person may not contradict each other in."""
    return t.first, t.last, t.generation, t.born, "" if t.first or t.last else t.firm


def join_sure(groups: Groups, links: Links) -> list[tuple[int, int]]:
    """Join along the sure links, the surest first; the links that were not taken are returned."""
    torn = _torn(groups, links)
    sure = sorted(
        (-link.score, pair)
        for pair, link in links.items()
        if link.verdict is Verdict.SURE and pair not in torn
    )
    refused = list(torn)
    for _, (i, j) in sure:
        if groups.of(i) == groups.of(j):
            continue
        if groups.are_apart(i, j) or groups.contradict(i, j):
            refused.append((i, j))
        else:
            groups.join(i, j)
    return refused


def _torn(groups: Groups, links: Links) -> set[tuple[int, int]]:
    """Sure links of a record with two who cannot be one: the weaker, or both if none is."""
    near: dict[int, list[int]] = {}
    for (i, j), link in links.items():
        if link.verdict is Verdict.SURE:
            near.setdefault(i, []).append(j)
            near.setdefault(j, []).append(i)
    torn = set()
    for i, others in near.items():
        for a, b in groups.contradictory(others):
            one, two = _pair(i, a), _pair(i, b)
            first, second = links[one].score, links[two].score
            if first <= second:
                torn.add(one)
            if second <= first:
                torn.add(two)
    return torn


def _pair(i: int, j: int) -> tuple[int, int]:
    return (i, j) if i < j else (j, i)
