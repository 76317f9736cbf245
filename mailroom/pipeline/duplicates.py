"""duplicates: who may be one person twice, and what people have answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from mailroom.audience import live_together
from mailroom.errors import UsageError
from mailroom.ledger import Ledger
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.ledger.people import everybody, keys_present, newest_snapshot, people_with_keys
from mailroom.matching import (
    HOME,
    SAME,
    SEEN,
    Matches,
    Pair,
    keys_in,
    match,
    pair_of,
    remembered,
    subject,
)
from mailroom.model import Decision, Recipient
from mailroom.pipeline.who import one_person
from mailroom.workspace import Workspace

#: What may be answered: the kind of question and the word that is kept.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "same": (SAME, "same"),
    "apart": (SAME, "apart"),
    "together": (HOME, "together"),
    "separate": (HOME, "apart"),
}


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Two records that may be one person, side by side."""

    a: Recipient
    b: Recipient
    score: float
    why: str
    pieces: int  #: that they get as things are: 2, 1 in a household, 0 or 1 where one gets no mail


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer that counts."""

    a: str
    b: str
    answer: str  #: one of `ANSWERS`
    by: str
    at: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DuplicatesReport:
    """Who is one person, and who may be; `--json` prints it."""

    records: int
    people: int  #: after the sure ones were taken together
    sure: tuple[Pair, ...]
    unsure: tuple[Doubt, ...]
    answered: tuple[Answered, ...]
    told: tuple[str, ...]  #: answers that contradict one another


_found: WeakKeyDictionary[Ledger, tuple[object, Matches]] = WeakKeyDictionary()
"""By ledger, the newest, as long as neither the people nor the answers have changed."""


def matches_of(
    ws: Workspace, decisions: Mapping[str, Decision], people: Iterable[Recipient] | None = None
) -> Matches:
    """Who is one person among all there are, those of earlier exports too.

    `people`: all of them, where they have been read already.
    """
    answers = {key: d for key, d in decisions.items() if key.startswith((SAME, SEEN))}
    state = newest_snapshot(ws.ledger), tuple(sorted((k, d.answer) for k, d in answers.items()))
    kept = _found.get(ws.ledger)
    if kept is None or kept[0] != state:
        read = everybody(ws.ledger) if people is None else people
        kept = (state, match(read, answers, homes=ws.settings.homes))
        _found[ws.ledger] = kept
    return kept[1]


def duplicates(ws: Workspace) -> DuplicatesReport:
    """The sure ones, the doubts with what hangs on them first, and what was answered."""
    decisions = decisions_of(ws.ledger, "")
    found = matches_of(ws, decisions)
    people = _by_key(ws, (key for pair in found.unsure for key in (pair.a, pair.b)))
    present = keys_present(ws.ledger, people)
    doubts = [_doubt(pair, people) for pair in found.unsure if _is_asked(pair, people, present)]
    return DuplicatesReport(
        records=found.records,
        people=found.records - sum(len(group) - 1 for group in found.groups),
        sure=found.sure,
        unsure=tuple(sorted(doubts, key=_urgency)),
        answered=tuple(_answers(ws, decisions)),
        told=found.told,
    )


def _by_key(ws: Workspace, keys: Iterable[str]) -> dict[str, Recipient]:
    wanted = tuple(dict.fromkeys(keys))
    return {person.key: person for person in people_with_keys(ws.ledger, wanted)}


def _is_asked(pair: Pair, people: Mapping[str, Recipient], present: Collection[str]) -> bool:
    """Who is in no export any more matters only where mail to them was not wanted."""
    ways = [(key in present, bool(people[key].suppressed)) for key in (pair.a, pair.b)]
    return any(here for here, _ in ways) and all(map(any, ways))


def _doubt(pair: Pair, people: Mapping[str, Recipient]) -> Doubt:
    a, b = people[pair.a], people[pair.b]
    mailed = [person for person in (a, b) if not person.suppressed]
    pieces = 1 if len(mailed) == 2 and live_together(a, b) else len(mailed)
    return Doubt(a=a, b=b, score=pair.score, why=pair.why, pieces=pieces)


def _urgency(doubt: Doubt) -> int:
    """Who may be dead in another record, who may get it twice; the rest is a matter of names."""
    if doubt.pieces == 1 and bool(doubt.a.suppressed) != bool(doubt.b.suppressed):
        return 0
    return 1 if doubt.pieces > 1 else 2


def _answers(ws: Workspace, decisions: Mapping[str, Decision]) -> list[Answered]:
    words = {kept: word for word, kept in ANSWERS.items()}
    told = [
        (kind, name, decision)
        for kind in (SAME, HOME)
        for name, decision in decisions.items()
        if name.startswith(kind)
    ]
    people = _by_key(ws, (key for kind, name, _ in told for key in keys_in(name, kind)))
    found = []
    for kind, name, decision in told:
        pair = pair_of(name, kind, people)
        if pair and (word := words.get((kind, decision.answer))):
            said = {"by": decision.by, "at": decision.at, "reason": decision.reason}
            found.append(Answered(a=pair[0], b=pair[1], answer=word, **said))
    return sorted(found, key=lambda answer: answer.at)


def answer(ws: Workspace, one: str, other: str, word: str, *, by: str, reason: str = "") -> None:
    """Write down what a person says of two records; what it contradicts, `duplicates` tells.

    `word` is one of `ANSWERS`; the opposite one takes an earlier one back. UsageError where a
    record is not there, or both are the same one.
    """
    a, b = record_named(ws, one), record_named(ws, other)
    if a.key == b.key:
        raise UsageError(
            f"{one!r} and {other!r} are the same record, {a.key}", hint="write the keys of two"
        )
    kind, said = ANSWERS[word]
    now = ws.now()
    written = [
        Decision(subject=subject(a.key, b.key, kind), answer=said, by=by, at=now, reason=reason)
    ]
    if kind == SAME:
        seen = subject(a.key, b.key, SEEN)
        written.append(Decision(subject=seen, answer=remembered(a, b), by=by, at=now))
    decide(ws.ledger, written)


def record_named(ws: Workspace, who: str) -> Recipient:
    """The record with this key, else the first one of the person who is meant."""
    exact = people_with_keys(ws.ledger, [who])
    return exact[0] if exact else one_person(ws, who)[0]
