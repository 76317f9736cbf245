"""decide: what an intake asks, and what people answer; once a rule, kept for good."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.countries import country_code
from mailroom.errors import Refused, UsageError
from mailroom.intake import RULES
from mailroom.intake.repairs import TAKE, answers_of, decision_subject, title_of
from mailroom.ledger.decisions import decide as keep
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.snapshots import Snapshot, newest_snapshots
from mailroom.model import Decision, Severity
from mailroom.pipeline.take_in import IntakeReport, read_again
from mailroom.workspace import Workspace

#: Questions that are asked of what a file has in it.
_OF_VALUES = ("shared-date", "remark", "email-opt-out")
EXAMPLES = 3
OPEN, BY_DEFAULT, DECIDED = "open", "by default", "decided"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One place where a rule applies."""

    where: str
    message: str  #: before -> after


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A rule of repair, or a question: what it does here, and how it stands."""

    source: str
    rule: str  #: as it is typed: "all-caps-name", "dates:Birthday"
    title: str
    state: str  #: OPEN, BY_DEFAULT or DECIDED
    answer: str  #: how it is done now; empty while it is open
    choices: tuple[str, ...]
    count: int
    examples: tuple[Example, ...]
    by: str = ""
    at: str = ""


def asked(ws: Workspace, source: str = "") -> tuple[Asked, ...]:
    """Every question and repair of the newest reading of a source, or of all; open ones first.

    UsageError where there is no such source, or nothing was read of it.
    """
    snapshots = newest_snapshots(ws.ledger)
    if source and source not in snapshots:
        near = difflib.get_close_matches(source, snapshots, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "type `mailroom intake` first"
        raise UsageError(f"nothing was read of a source {source!r} yet", hint=hint)
    found = [
        one
        for name, snapshot in snapshots.items()
        if source in ("", name)
        for one in _asked(snapshot, decisions_of(ws.ledger, name))
    ]
    order = (OPEN, DECIDED, BY_DEFAULT)
    return tuple(sorted(found, key=lambda one: (order.index(one.state), one.source, -one.count)))


def answer(ws: Workspace, source: str, answers: Mapping[str, str], by: str) -> IntakeReport:
    """Keep the answers, all of them or none, and read the source's last files once more.

    UsageError for a question that there is not or an answer that it does not take.
    """
    snapshot = newest_snapshots(ws.ledger).get(source)
    if snapshot is None:
        asked(ws, source)
        raise UsageError("answers are of one source", hint="mailroom decide SOURCE RULE=ANSWER")
    decided = decisions_of(ws.ledger, source)
    for rule, said in answers.items():
        _check(rule, said, snapshot, decided)
    keep(
        ws.ledger,
        [
            Decision(subject=decision_subject(rule), answer=said, by=by, at=ws.now(), source=source)
            for rule, said in answers.items()
        ],
    )
    try:
        return read_again(ws, source)
    except Refused as error:
        error.message += "; the answers are kept, and count from the next intake on"
        raise


def _asked(snapshot: Snapshot, decisions: Mapping[str, Decision]) -> list[Asked]:
    """What the report of a reading says of each rule, with what was decided of it."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for finding in snapshot.report.get("findings", ()):
        if answers_of(finding["rule"]):
            found.setdefault(finding["rule"], []).append(finding)
    for question in snapshot.report.get("questions", ()):  # those of which no finding was kept
        one = {"rule": question["subject"], "severity": "warning", "where": ""}
        found.setdefault(question["subject"], [{**one, "message": question["example"]}])
    decided = (subject.removeprefix("repair:") for subject in decisions)
    rules = dict.fromkeys((*found, *filter(answers_of, decided)))
    return [
        _one(snapshot, rule, found.get(rule, []), decisions.get(decision_subject(rule)))
        for rule in rules
    ]


def _one(
    snapshot: Snapshot, rule: str, found: list[Mapping[str, Any]], decision: Decision | None
) -> Asked:
    counts = snapshot.report.get("rules", {})
    kinds = [f"{severity.value} {rule}" for severity in Severity]
    is_taken = rule in RULES and all(f["severity"] == Severity.NOTE for f in found)
    state = DECIDED if decision else BY_DEFAULT if is_taken else OPEN
    return Asked(
        source=snapshot.source,
        rule=rule,
        title=title_of(rule),
        state=state,
        answer=decision.answer if decision else TAKE if is_taken else "",
        choices=answers_of(rule),
        count=sum(counts.get(kind, 0) for kind in kinds) or len(found),
        examples=tuple(
            Example(where=f["where"], message=f["message"].rstrip("?")) for f in found[:EXAMPLES]
        ),
        by=decision.by if decision else "",
        at=decision.at if decision else "",
    )


def _lacks_countries(known: Collection[str]) -> bool:
    """Whether the source has addresses without a country; which one it is people may know."""
    return "no-country" in known or any(rule.startswith("country:") for rule in known)


def _check(rule: str, said: str, snapshot: Snapshot, decided: Mapping[str, Decision]) -> None:
    """UsageError unless it is asked, or was; of a repair one may say beforehand."""
    choices = answers_of(rule)
    kind, _, about = rule.partition(":")
    known = {f["rule"] for f in snapshot.report.get("findings", ())} | {*RULES, *decided}
    known |= {question["subject"] for question in snapshot.report.get("questions", ())}
    headers = snapshot.report.get("columns", {})
    if (
        (kind == "dates" and about not in headers)
        or (kind in _OF_VALUES and rule not in known)
        or (kind == "country" and not (_lacks_countries(known) and country_code(about) == about))
    ):
        choices = ()
    if not choices:
        near = difflib.get_close_matches(rule, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"see `mailroom decide {snapshot.source}`"
        raise UsageError(f"nothing asks {rule!r}", hint=hint)
    if said not in choices:
        hint = f"write {' or '.join(f'{rule}={choice}' for choice in choices)}"
        raise UsageError(f"{said!r} is no answer to {rule}", hint=hint)
