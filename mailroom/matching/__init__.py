"""Which records are one person: sure, unsure or different, each with the reasons in words.

No wrong merge among the sure ones is worth more than finding all: who is merged by mistake gets
no mail, while the unsure ones go to a person, and both stay until then.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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

SAME, SEEN, HOME = "same:", "seen:", "home:"
_COPIES = 40
"""Of one record, to which an answer about it is carried over."""
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
    records: int = field(default=0, compare=False)  #: that were compared


def subject(one: str, two: str, kind: str = SAME) -> str:
    """Under which a decision about two records is kept: `same:crm:1|web:7`."""
    return kind + "|".join(sorted((one, two)))


def pair_of(name: str, kind: str, known: Collection[str]) -> tuple[str, str] | None:
    """The two keys of a decision's subject; None where one is not there. A key may have a bar."""
    return next(
        (pair for pair in _splits(name, kind) if pair[0] in known and pair[1] in known), None
    )


def keys_in(name: str, kind: str) -> Iterator[str]:
    """All that may be keys in a decision's subject."""
    for pair in _splits(name, kind):
        yield from pair


def _splits(name: str, kind: str) -> Iterator[tuple[str, str]]:
    parts = name.removeprefix(kind).split("|")
    for n in range(1, len(parts)):
        yield "|".join(parts[:n]), "|".join(parts[n:])


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


def have_nothing_in_common(one: Recipient, two: Recipient) -> bool:
    """Other names, and no mailbox, telephone or birthday that both have."""
    a, b = traits_of(one), traits_of(two)
    shared = ((a.email, b.email), (a.phone, b.phone), (a.born, b.born))
    return like_names(a, b) is Names.OTHER and not any(x and x == y for x, y in shared)


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
    about = [
        {name: text for name, text in traits_of(person)._asdict().items() if text}
        for person in (a, b)
    ]
    return json.dumps(about, ensure_ascii=False)


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
            records=len(self.keys),
        )

    def _decided(self) -> None:
        """Apart first, so that no chain of sames gets round it; the older of the sames first."""
        if not any(name.startswith(SAME) for name in self.decisions):
            return
        said, told = self._standing()
        standing = sorted(said.items(), key=lambda item: (item[1].at, item[1].subject, item[0]))
        for pair, decision in standing:
            self.answered.add(pair)
            if decision.answer == "apart":
                self.groups.keep_apart(*pair)
        for (i, j), decision in standing:
            if decision.answer != "same":
                continue
            if not self.groups.are_apart(i, j):
                self.groups.join(i, j)
            elif (i, j) in told:
                one, two = self.keys[i], self.keys[j]
                self.told.append(
                    f"{one} and {two} are the same, says {decision.by}; by other answers they are "
                    "apart, so they stay apart"
                )

    def _standing(self) -> tuple[dict[tuple[int, int], Decision], set[tuple[int, int]]]:
        """What is said of which two records, and of which of these somebody has said it.

        An answer about somebody's record counts for the same record under another key, where
        nothing else was said of that. It counts no more where a record is now somebody else's.
        """
        at = {key: i for i, key in enumerate(self.keys)}
        alike: dict[tuple[str, ...], list[int]] = {}
        for i, record in enumerate(self.records):
            if who := _identity(record):
                alike.setdefault(who, []).append(i)
        direct, derived = {}, {}
        for name, decision in self.decisions.items():
            if not name.startswith(SAME):
                continue
            seen = self.decisions.get(SEEN + name.removeprefix(SAME))
            about = _about(seen.answer) if seen else ()
            if (pair := self._named(name, at)) and not self._changed(pair, about):
                direct[pair] = decision
            for pair in _others(about, alike):
                derived[pair] = decision
        return derived | direct, {*direct}

    def _named(self, name: str, at: Mapping[str, int]) -> tuple[int, int] | None:
        keys = pair_of(name, SAME, at)
        return _in_order(at[keys[0]], at[keys[1]]) if keys else None

    def _changed(self, pair: tuple[int, int], about: Sequence[Traits]) -> bool:
        """Whether one of the records has now the name of another person."""
        return any(_is_other(old, self.records[i]) for old, i in zip(about, pair, strict=False))

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


def _about(seen: str) -> tuple[Traits, ...]:
    """What the two records of an answer were about, in the order of their keys."""
    return tuple(
        Traits(*[str(about.get(name, "")) for name in Traits._fields]) for about in json.loads(seen)
    )


def _identity(t: Traits) -> tuple[str, ...]:
    """What is equal in two copies of one record; empty where too little is known of it."""
    if t.is_person and (t.born or t.email):
        return t.first, t.last, t.middle, t.generation, t.born, t.email
    return tuple(t) if t.is_person and t.street else ()


def _others(
    about: Sequence[Traits], alike: Mapping[tuple[str, ...], Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """The records that are about the same two people as an answer was."""
    sides = [_identity(traits) for traits in about]
    if len(sides) != 2 or sides[0] == sides[1]:
        return
    for i in alike.get(sides[0], ())[:_COPIES]:
        for j in alike.get(sides[1], ())[:_COPIES]:
            yield _in_order(i, j)


def _in_order(i: int, j: int) -> tuple[int, int]:
    return (i, j) if i < j else (j, i)


def _is_other(old: Traits, new: Traits) -> bool:
    if old.email and old.email == new.email:
        return False
    return like_names(old, new) in (Names.OTHER, Names.KIN)
