"""duplicates: who may be one person twice, and what people have answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailroom import suppression
from mailroom.errors import UsageError
from mailroom.homes import live_together
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.ledger.people import (
    how_many,
    keys_present,
    people_with_keys,
)
from mailroom.matching import (
    HOME,
    SAME,
    SEEN,
    Matches,
    Pair,
    have_nothing_in_common,
    keys_in,
    pair_of,
    remembered,
    subject,
)
from mailroom.model import Decision, Recipient, Severity
from mailroom.pipeline.holds import known_reasons
from mailroom.pipeline.matches import matches_of
from mailroom.pipeline.who import described, one_person
from mailroom.workspace import Workspace

#: What may be answered: the kind of question and the word that is kept.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "same": (SAME, "same"),
    "apart": (SAME, "apart"),
    "together": (HOME, "together"),
    "separate": (HOME, "apart"),
}


#: The same of two records, in words.
WORDS: Mapping[str, str] = {
    "same": "are one person",
    "apart": "are two people",
    "together": "share one piece",
    "separate": "get a piece each",
}


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Two records that may be one person, side by side."""

    a: Recipient
    b: Recipient
    score: float
    why: str
    pieces: int  #: that go out as things are: 2, 1 in a household or where the other gets none, 0
    no_mail: tuple[str, ...] = ()  #: the key of who gets no mail today
    held: tuple[str, ...] = ()  #: of whose piece would be held until the record is mended


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
class Confirmed:
    """An answer that was just given."""

    a: str  #: key, name and town
    b: str
    answer: str  #: one of `ANSWERS`
    by: str

    @property
    def words(self) -> str:
        return f"{self.a} and {self.b} {WORDS[self.answer]}, says {self.by}."


@dataclass(frozen=True, kw_only=True)
class DuplicatesReport:
    """Who of the latest exports is one person, and who may be; `--json` prints it."""

    records: int
    people: int  #: after those of one person were taken together, also by answers
    several: int  #: people of more than one record
    sure: tuple[Pair, ...]  #: that the records themselves show
    unsure: tuple[Doubt, ...]
    answered: tuple[Answered, ...]
    told: tuple[str, ...]  #: answers that contradict one another


def duplicates(ws: Workspace) -> DuplicatesReport:
    """The sure ones, the doubts with what hangs on them first, and what was answered."""
    decisions = decisions_of(ws.ledger, "")
    found = matches_of(ws, decisions)
    grouped = keys_present(ws.ledger, (key for group in found.groups for key in group))
    there = [sum(key in grouped for key in group) for group in found.groups]
    records = how_many(ws.ledger)
    return DuplicatesReport(
        records=records,
        people=records - sum(many - 1 for many in there if many),
        several=sum(many > 1 for many in there),
        sure=tuple(pair for pair in found.sure if {pair.a, pair.b} <= grouped),
        unsure=tuple(sorted(_doubts(ws, found), key=_urgency)),
        answered=tuple(_answers(ws, decisions)),
        told=found.told,
    )


def _by_key(ws: Workspace, keys: Iterable[str]) -> dict[str, Recipient]:
    wanted = tuple(dict.fromkeys(keys))
    return {person.key: person for person in people_with_keys(ws.ledger, wanted)}


def _doubts(ws: Workspace, found: Matches) -> Iterator[Doubt]:
    """Those on which something hangs: with nobody who gets mail there is nothing to ask."""
    asked = {key for pair in found.unsure for key in (pair.a, pair.b)}
    groups = [group for group in found.groups if not asked.isdisjoint(group)]
    people = _by_key(ws, (*asked, *(key for group in groups for key in group)))
    alone = [(key,) for key in sorted(asked.difference(*groups))]
    persons = [[people[key] for key in group] for group in (*groups, *alone)]
    present = keys_present(ws.ledger, people)
    closed = suppression.closed(persons, people.values(), present, known_reasons(ws))
    for pair in found.unsure:
        keys = (pair.a, pair.b)
        mailed = any(key in present and key not in closed for key in keys)
        if mailed and all(key in present or key in closed for key in keys):
            yield _doubt(pair, people, closed)


def _doubt(pair: Pair, people: Mapping[str, Recipient], closed: Collection[str]) -> Doubt:
    a, b = people[pair.a], people[pair.b]
    no_mail = tuple(key for key in (a.key, b.key) if key in closed)
    held = tuple(p.key for p in (a, b) if p.key not in closed and _is_held(p))
    mailed = 1 if not no_mail and live_together(a, b) else 2 - len(no_mail)
    pieces = max(mailed - len(held), 0)
    return Doubt(
        a=a, b=b, score=pair.score, why=pair.why, pieces=pieces, no_mail=no_mail, held=held
    )


def _is_held(person: Recipient) -> bool:
    return any(found.severity is Severity.ERROR for found in person.findings)


def _urgency(doubt: Doubt) -> int:
    """Who may be dead in another record, who may get it twice; the rest is a matter of names."""
    if doubt.no_mail:
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


def answer(
    ws: Workspace, one: str, other: str, word: str, *, by: str, reason: str = ""
) -> Confirmed:
    """Write down what a person says of two records; what it contradicts, `duplicates` tells.

    `word` is one of `ANSWERS`; the opposite one takes an earlier one back. UsageError where a
    record is not there, both are the same one, or two are to be one person who have nothing in
    common and no `reason` is given.
    """
    a, b = record_named(ws, one), record_named(ws, other)
    if a.key == b.key:
        raise UsageError(
            f"{one!r} and {other!r} are the same record, {a.key}", hint="write the keys of two"
        )
    if word == "same" and not reason.strip() and have_nothing_in_common(a, b):
        raise UsageError(
            f"{described(a)} and {described(b)} have nothing in common",
            hint='if they are one person all the same, say why: --reason "..."',
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
    return Confirmed(a=described(a), b=described(b), answer=word, by=by)


def in_words(said: Decision, people: Mapping[str, Recipient]) -> str:
    """An answer of somebody about two records, or empty where it is about something else."""
    for word, (kind, kept) in ANSWERS.items():
        if said.subject.startswith(kind) and said.answer == kept:
            pair = pair_of(said.subject, kind, people)
            return f"{_both(pair, people)} {WORDS[word]}" if pair else ""
    return ""


def _both(pair: tuple[str, str], people: Mapping[str, Recipient]) -> str:
    return " and ".join(described(people[key]) for key in pair)


def record_named(ws: Workspace, who: str) -> Recipient:
    """The record with this key, else the first one of the person who is meant."""
    exact = people_with_keys(ws.ledger, [who])
    return exact[0] if exact else one_person(ws, who)[0]
