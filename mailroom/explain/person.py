"""What is known of a person whatever the mailing: where from, what was found, who may write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mailroom import suppression
from mailroom.audience import choose
from mailroom.ledger.changes import Brought, changes_to, fields_of
from mailroom.ledger.decisions import decisions_about, decisions_of
from mailroom.ledger.holds import all_holds
from mailroom.ledger.people import keys_present, newest_reports, people_with_keys
from mailroom.ledger.postal import address_key, vouched
from mailroom.ledger.records import to_json
from mailroom.matching import HOME, SAME, SEEN, keys_in, look
from mailroom.model import Decision, Finding, Recipient
from mailroom.pipeline.duplicates import in_words
from mailroom.pipeline.holds import holds, known_reasons
from mailroom.pipeline.who import Neighbours, neighbours
from mailroom.suppression import reason_named
from mailroom.verdicts import one_line, vouched_for
from mailroom.workspace import Workspace


def about(ws: Workspace, person: Recipient) -> dict[str, Any]:
    """One record, with everything that bears on it; `why --json` has it as it is."""
    near = neighbours(ws, [person])
    word = vouched(ws.ledger, "live").get(address_key(person.address))
    present = keys_present(ws.ledger, [one.key for one in near.people])
    return {
        "recipient": person.key,
        "name": person.name,
        "source": person.where,
        "there": person.key in present,
        "email": person.email,
        "address": one_line(person.address, ws.settings.sender.address.country),
        "suppressed": list(person.suppressed),
        "no_mail": list(_no_mail(ws, person, near, present)),
        "holds": [to_json(held) for held in _holds(ws, near)],
        "repaired": list(_repaired(ws, person)),
        "findings": [_finding(found) for found in vouched_for(person.findings, word)],
        "same_person": list(_same_person(person, near, present)),
        "perhaps": list(_perhaps(person, near, present)),
        "household": _household(ws, near, present),
        "decisions": list(_decided(ws, near)),
        "changes": [_change(found) for found in changes_to(ws.ledger, person.key)],
        **({"vouched": vars(word)} if word else {}),
    }


def about_line(ws: Workspace, where: str) -> dict[str, Any] | None:
    """What was found at a line of an export that became nobody; None where nothing was."""
    findings = [
        found
        for report in newest_reports(ws.ledger).values()
        for found in report.get("findings", ())
        if str(found.get("where", "")).casefold() == where.strip().casefold()
    ]
    if not findings:
        return None
    shown = ("rule", "severity", "message", "hint")
    return {
        "recipient": "",
        "name": "",
        "source": findings[0]["where"],
        "there": False,
        "suppressed": [],
        "findings": [{name: found.get(name, "") for name in shown} for found in findings],
        "mailings": [],
    }


def _finding(found: Finding) -> dict[str, str]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "hint": found.hint,
    }


# Mail or none -------------------------------------------------------------------------------


def _no_mail(
    ws: Workspace, person: Recipient, near: Neighbours, present: frozenset[str]
) -> Iterator[dict[str, Any]]:
    """Every reason that counts today, who says so, since when and until when."""
    words = suppression.closed([near.records], near.people, present, known_reasons(ws))
    told = {word.text: word for word in reversed(words.get(person.key, ()))}  # each once
    for word in reversed(told.values()):
        known = reason_named(word.reason)
        yield {
            **{"text": word.text, "reason": word.reason, "by": word.by, "at": word.at},
            **{"until": word.until.isoformat() if word.until else "", "scope": word.scope},
            "can_be_released": word.said or known.lift,
            "ends": "" if word.said else known.ends,
        }


def _holds(ws: Workspace, near: Neighbours) -> Iterator[Any]:
    """What people have said of this person, also what is over."""
    ever = suppression.Known(holds=[replace(one.hold, until=None) for one in all_holds(ws.ledger)])
    mine = {hold.recipient for one in near.records for hold in ever.holds_on(one)}
    return (held for held in holds(ws, ended=True) if held.recipient in mine)


def _decided(ws: Workspace, near: Neighbours) -> Iterator[dict[str, Any]]:
    """What people have answered about these records, each answer once and in words."""
    found = [said for one in near.records for said in decisions_about(ws.ledger, one.key)]
    found = [said for said in found if not said.subject.startswith(SEEN)]
    keys = {key for said in found for kind in (SAME, HOME) for key in keys_in(said.subject, kind)}
    people = {one.key: one for one in people_with_keys(ws.ledger, keys)}
    told = []
    for said in found:
        if said not in told:
            told.append(said)
            yield {**vars(said), "words": in_words(said, people) or _lifted(said) or said.subject}


def _lifted(said: Decision) -> str:
    """In words, what somebody has lifted of what an export said."""
    if not said.subject.startswith("release:"):
        return ""
    key = said.subject.removeprefix("release:").removesuffix(f"|{said.answer}")
    return f"{key} may get mail: {said.answer!r} counts no more"


# What the export said -----------------------------------------------------------------------


def _repaired(ws: Workspace, person: Recipient) -> Iterator[dict[str, str]]:
    """The cells that were read otherwise than they are written, as far as one field has them."""
    if not person.before:
        return
    columns = newest_reports(ws.ledger).get(person.source, {}).get("columns", {})
    now = fields_of(to_json(person)) | {
        "id": person.key.partition(":")[2],
        "full_name": person.name,
        "address.whole": one_line(person.address, ws.settings.sender.address.country),
    }
    for header, cell in person.before.items():
        field = columns.get(header) or header
        yield {"column": header, "before": cell, "after": now.get(field, "")}


def _change(found: Brought) -> dict[str, Any]:
    return {
        "at": found.at,
        "snapshot": found.snapshot,
        "kind": found.change.kind,
        "fields": {name: list(pair) for name, pair in found.change.fields.items()},
    }


# The others ---------------------------------------------------------------------------------


def _same_person(
    person: Recipient, near: Neighbours, present: frozenset[str]
) -> Iterator[dict[str, Any]]:
    """Other records of the same person, and by what that is known."""
    told = {key: pair.why for pair in near.matches.sure for key in (pair.a, pair.b)}
    for one in near.records:
        if one.key != person.key:
            pair = look(person, one)
            why = pair.why if pair else told.get(one.key, "somebody has said so")
            yield {**_named(one, present), "why": why}


def _perhaps(
    person: Recipient, near: Neighbours, present: frozenset[str]
) -> Iterator[dict[str, Any]]:
    """Records that may be the same person: somebody should look."""
    by_key = {one.key: one for one in near.people}
    for pair in near.matches.unsure:
        if person.key in (pair.a, pair.b):
            other = by_key[pair.b if pair.a == person.key else pair.a]
            yield {**_named(other, present), "why": pair.why}


def _household(ws: Workspace, near: Neighbours, present: frozenset[str]) -> list[str]:
    """Who would get one piece together with them, if all of them got mail."""
    here = [replace(one, suppressed=()) for one in near.people if one.key in present]
    keys = {one.key for one in near.records}
    for home in choose(here, decisions=decisions_of(ws.ledger, "")).households:
        if any(member.key in keys for member in home.members):
            return [m.name_or_key for m in home.members if m.key not in keys]
    return []


def _named(one: Recipient, present: frozenset[str]) -> Mapping[str, Any]:
    return {
        "recipient": one.key,
        "name": one.name,
        "source": one.where,
        "there": one.key in present,
    }
