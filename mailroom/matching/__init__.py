"""Which records are one person: sure, unsure or different, each with the reasons in words.

No wrong merge among the sure ones is worth more than finding all: who is merged by mistake gets
no mail, while the unsure ones go to a person, and both stay until then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailroom.matching.blocks import candidates
from mailroom.matching.compare import (
    Comparison,
    Names,
    Verdict,
    compare,
    compare_strangers,
    contradict,
    explain,
    like_names,
)
from mailroom.matching.groups import Groups, join_sure
from mailroom.matching.traits import Traits, traits_of
from mailroom.model import Decision, Recipient

SAME, SEEN = "same:", "seen:"
Decisions = Mapping[str, Decision]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two records and why they are, or may be, one person."""

    a: str  #: the keys, sorted
    b: str
    score: float  #: 0 to 1: from 0.5 it is worth a question, from 0.9 sure
    why: str  #: "same street, postal code and birthday; first names 0.91"


@dataclass(frozen=True, kw_only=True)
class Matches:
    """What came of comparing everybody with everybody."""

    groups: tuple[tuple[str, ...], ...] = ()  #: keys of more than one record for one person
    sure: tuple[Pair, ...] = ()  #: why they are: by these pairs the groups were made
    unsure: tuple[Pair, ...] = ()  #: to be asked about, the biggest doubt first
    told: tuple[str, ...] = ()  #: decisions that contradict one another


def subject(one: str, two: str, kind: str = SAME) -> str:
    """Under which a decision about two records is kept: `same:crm:1|web:7`."""
    return kind + "|".join(sorted((one, two)))


def match(
    people: Iterable[Recipient], decisions: Decisions | None = None, *, homes: bool = True
) -> Matches:
    """The groups of records that are one person, and the pairs a person should look at.

    The order of the people does not matter. Decisions (`same:A|B` = same | apart) win, as long as
    the records are about those they were about (`seen:A|B`). People are read once and not kept.
    `homes`: whether people of one name may share a home, as in all that is sold to households.
    """
    pool: dict[str, str] = {}
    found = sorted((person.key, _pooled(traits_of(person), pool)) for person in people)
    keys, records = [key for key, _ in found], [t for _, t in found]
    return _Matching(keys, records, decisions or {}, homes=homes).result()


def look(one: Recipient, two: Recipient) -> Pair | None:
    """What speaks for two records being one person; None where they are two."""
    a, b = sorted((one, two), key=lambda person: person.key)
    left, right = traits_of(a), traits_of(b)
    link = compare(left, right)
    if link is None:
        return None
    return Pair(a=a.key, b=b.key, score=link.score, why=explain(left, right, link.names))


def remembered(one: Recipient, two: Recipient) -> str:
    """What two records are about, to be kept with a decision (`seen:A|B`)."""
    a, b = sorted((one, two), key=lambda person: person.key)
    return json.dumps([list(traits_of(person)) for person in (a, b)], ensure_ascii=False)


def _pooled(traits: Traits, pool: dict[str, str]) -> Traits:
    """Equal texts are kept once: a million people share few names and towns."""
    return Traits(*[pool.setdefault(text, text) for text in traits])


class _Matching:
    def __init__(
        self, keys: list[str], records: list[Traits], decisions: Decisions, *, homes: bool
    ) -> None:
        self.keys, self.records = keys, records
        self.decisions = decisions
        self.compare = compare if homes else compare_strangers
        self.groups = Groups(records, contradict if homes else lambda _a, _b: False)
        self.links: dict[tuple[int, int], Comparison] = {}
        self.told: list[str] = []
        self.answered: set[tuple[int, int]] = set()

    def result(self) -> Matches:
        self._decided()
        self._compared()
        refused = join_sure(self.groups, self.links)
        sure = [pair for pair, link in self.links.items() if link.verdict is Verdict.SURE]
        together = [(i, j) for i, j in sure if self.groups.of(i) == self.groups.of(j)]
        return Matches(
            groups=tuple(sorted(tuple(self.keys[i] for i in m) for m in self.groups.all())),
            sure=tuple(self._pair(*pair) for pair in sorted(together)),
            unsure=self._doubts(refused),
            told=tuple(self.told),
        )

    def _decided(self) -> None:
        """Apart first, so that no chain of sames gets round it; the older of the sames first."""
        if not self.decisions:
            return
        at = {key: i for i, key in enumerate(self.keys)}
        standing = sorted(self._standing(at), key=lambda found: (found[2].at, found[2].subject))
        for i, j, decision in standing:
            self.answered.add((i, j))
            if decision.answer == "apart":
                self.groups.keep_apart(i, j)
        for i, j, decision in standing:
            if decision.answer != "same":
                continue
            if self.groups.are_apart(i, j):
                one, two = self.keys[i], self.keys[j]
                self.told.append(
                    f"{one} and {two} are the same, says {decision.by}; by other answers they are "
                    "apart, so they stay apart"
                )
            else:
                self.groups.join(i, j)

    def _standing(self, at: Mapping[str, int]) -> Iterator[tuple[int, int, Decision]]:
        """Decisions about records that are there and have not become somebody else's."""
        for name, decision in self.decisions.items():
            if not name.startswith(SAME):
                continue
            pair = _positions(name.removeprefix(SAME), at)
            if pair is None:
                continue
            seen = self.decisions.get(SEEN + name.removeprefix(SAME))
            if seen is None or not self._changed(pair, seen.answer):
                yield *pair, decision

    def _changed(self, pair: tuple[int, int], seen: str) -> bool:
        """Whether one of the records has now the name of another person."""
        before = [Traits(*fields) for fields in json.loads(seen)]
        return any(_is_other(old, self.records[i]) for old, i in zip(before, pair, strict=True))

    def _compared(self) -> None:
        """Compare what shares a key; records that are equal in everything only once."""
        first: dict[Traits, int] = {}
        for i, record in enumerate(self.records):
            if record.is_anybody and (j := first.setdefault(record, i)) != i:
                self._link(j, i)
        positions = sorted(first.values())
        distinct = [self.records[i] for i in positions]
        for i, j in candidates(distinct):
            self._link(positions[i], positions[j])

    def _link(self, i: int, j: int) -> None:
        if (i, j) not in self.links and (link := self.compare(self.records[i], self.records[j])):
            self.links[i, j] = link

    def _doubts(self, refused: Iterable[tuple[int, int]]) -> tuple[Pair, ...]:
        """One pair for each two groups that may be one, but not where somebody has answered."""
        unsure = [p for p, link in self.links.items() if link.verdict is Verdict.UNSURE]
        best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {}
        for i, j in sorted([*unsure, *refused]):
            a, b = sorted((self.groups.of(i), self.groups.of(j)))
            if a == b or (i, j) in self.answered or self.groups.are_apart(i, j):
                continue
            score = self.links[i, j].score
            if (a, b) not in best or score > best[a, b][0]:
                best[a, b] = (score, (i, j))
        pairs = [self._pair(*pair) for _, pair in best.values()]
        return tuple(sorted(pairs, key=lambda p: (abs(p.score - 0.7), p.a, p.b)))

    def _pair(self, i: int, j: int) -> Pair:
        link = self.links[i, j]
        score = link.score if self.groups.of(i) == self.groups.of(j) else min(link.score, 0.89)
        why = explain(self.records[i], self.records[j], link.names)
        return Pair(a=self.keys[i], b=self.keys[j], score=score, why=why)


def _positions(keys: str, at: Mapping[str, int]) -> tuple[int, int] | None:
    """Where the two records of a subject are; a key may have a bar in it."""
    parts = keys.split("|")
    for n in range(1, len(parts)):
        one, two = "|".join(parts[:n]), "|".join(parts[n:])
        if one in at and two in at:
            return at[one], at[two]
    return None


def _is_other(old: Traits, new: Traits) -> bool:
    if old.email and old.email == new.email:
        return False
    return like_names(old, new) in (Names.OTHER, Names.KIN)
