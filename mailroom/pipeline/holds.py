"""hold, suppress, release, holds: people's words about who gets no mail."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailroom import suppression
from mailroom.errors import Refused, UsageError
from mailroom.ledger import Ledger
from mailroom.ledger.changes import changes_to
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.ledger.holds import KeptHold, all_holds, end_holds, returned_mail, write_hold
from mailroom.ledger.people import people_with_keys
from mailroom.model import Decision, Hold, Recipient, Status
from mailroom.pipeline.who import Neighbours, find_people, neighbours, one_person
from mailroom.suppression import Known, reason_named
from mailroom.workspace import Workspace

_RELEASE = "release:"
#: One address, and no pattern of many.
_EMAIL = re.compile(r"[^\s@*?,;<>\"]+@[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")
#: A word of two letters, or one sign that is a word; a single letter may be anybody.
_NAME = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, kw_only=True)
class HeldReport:
    """A hold as it stands; `--json` prints it."""

    number: int
    recipient: str  #: the key, or whom else it is about
    who: str  #: in words
    reason: str
    by: str
    at: str
    until: dt.date | None
    scope: str  #: "person", "household", or "not in any export": it waits for them
    counts: bool  #: does it keep mail back today?
    under_way: tuple[str, ...] = ()  #: what has been handed over already: "christmas-2026 41"
    ended_at: str = ""
    ended_by: str = ""
    ended_why: str = ""


@dataclass(frozen=True, kw_only=True)
class ReleaseReport:
    """What no longer keeps mail back, and what still does; `--json` prints it."""

    recipient: str
    who: str
    released: tuple[str, ...]
    left: tuple[str, ...]


def known_reasons(ws: Workspace) -> Known:
    """All that is known today of who gets no mail."""
    ledger = ws.ledger
    return Known(
        today=ws.today,
        holds=tuple(kept.hold for kept in all_holds(ledger) if not kept.ended_at),
        released=frozenset((key, said.answer) for key, said in released(ledger)),
        returned=returned_mail(ledger),
    )


def released(ledger: Ledger) -> Iterator[tuple[str, Decision]]:
    """Recipient key and what a person has lifted, unless the export has said it anew since."""
    for subject, said in decisions_of(ledger, "").items():
        if subject.startswith(_RELEASE):
            key = subject.removeprefix(_RELEASE).removesuffix(f"|{said.answer}")
            if not _said_anew(ledger, key, said):
                yield key, said


def _said_anew(ledger: Ledger, key: str, said: Decision) -> bool:
    later = (b.change.fields for b in changes_to(ledger, key) if b.at > said.at)
    pairs = (fields.get("suppressed", ("", "")) for fields in later)
    return any(said.answer in after and said.answer not in before for before, after in pairs)


def hold(
    ws: Workspace, who: str, *, until: dt.date, reason: str, by: str, household: bool = False
) -> HeldReport:
    """Let nothing go to one person, or to everybody at home with them, before the day `until`."""
    if until <= ws.today:
        raise UsageError(
            f"{until} has come already: that would hold nothing",
            hint="give the first day on which mail may go again",
        )
    person = one_person(ws, who)[0]
    return _write(ws, _target(person, household), reason, by, until, person)


def suppress(
    ws: Workspace, who: str, *, reason: str, by: str, postcode: str = "", household: bool = False
) -> HeldReport:
    """Let nothing go to somebody for good, also if they are in no export yet."""
    postcode = postcode.strip()
    if target := _remembered(ws, who, postcode):
        if household:
            raise UsageError("nobody knows where they live yet", hint="leave out --household")
        return _write(ws, target, reason, by, None)
    person = _one(ws, who, postcode)
    return _write(ws, _target(person, household), reason, by, None, person)


def _remembered(ws: Workspace, who: str, postcode: str) -> str:
    """How somebody is remembered who is in no export; empty, if somebody is."""
    try:
        found = find_people(ws, who, whole=True)
    except UsageError as nobody:
        _check_named(who)
        if "@" in who:
            return suppression.email_target(who)
        if postcode:
            return suppression.named_target(who, postcode)
        hint = "to suppress somebody who is in no export, give the e-mail address, or --postcode"
        raise UsageError(nobody.message, hint=hint) from None
    if postcode and not _living_at(found, postcode):
        _check_named(who)
        return suppression.named_target(who, postcode)
    return ""


def _check_named(who: str) -> None:
    """Who is remembered must be an e-mail address or a name, or nobody is ever meant by it."""
    if "@" in who and not _EMAIL.fullmatch(who.strip()):
        raise UsageError(
            f"{who!r} is no e-mail address",
            hint="write one whole address, such as ada@example.org; a `*` stands for nobody",
        )
    if "@" not in who and not _NAME.search(who):
        raise UsageError(f"{who!r} is no name", hint="write first and last name, as on an envelope")


def _one(ws: Workspace, who: str, postcode: str) -> Recipient:
    if postcode:
        who = _living_at(find_people(ws, who, whole=True), postcode)[0].key
    return one_person(ws, who)[0]


def _living_at(people: Iterable[Recipient], postcode: str) -> list[Recipient]:
    return [p for p in people if suppression.same_postcode(p.address.postcode, postcode)]


def _target(person: Recipient, household: bool) -> str:
    if not household:
        return person.key
    if target := suppression.home_target(person.address):
        return target
    raise Refused(
        f"{person.name_or_key} has no street in the CRM: nobody knows who lives there, too",
        where=person.where,
        hint="hold each of them, without --household",
    )


def _write(
    ws: Workspace,
    target: str,
    reason: str,
    by: str,
    until: dt.date | None,
    person: Recipient | None = None,
) -> HeldReport:
    _check_reason(reason)
    _check_not_said(ws, target, until, person)
    said = Hold(
        recipient=target,
        reason=reason.strip(),
        by=by,
        at=ws.now(),
        until=until,
        person=_as_meant(person) if person and target == person.key else None,
    )
    number = write_hold(ws.ledger, said)
    held = _reports(ws, [KeptHold(id=number, hold=said)])[0]
    return replace(held, under_way=_under_way(ws, person)) if person else held


def _check_not_said(
    ws: Workspace, target: str, until: dt.date | None, person: Recipient | None
) -> None:
    """Refused where the same has been said of the same already: nothing would become of it."""
    for kept in all_holds(ws.ledger):
        if kept.counts(ws.today) and (kept.hold.recipient, kept.hold.until) == (target, until):
            who = person.name_or_key if person else suppression.in_words(target)
            how = f"on hold until {until.isoformat()}" if until else "suppressed"
            raise Refused(
                f"{who} is {how} already (#{kept.id}): {kept.hold.reason} ({kept.hold.by}, "
                f"{kept.hold.at[:10]})",
                hint="there is nothing to do; `mailroom holds` lists them",
            )


def _as_meant(person: Recipient) -> Recipient:
    """What tells the person from whoever may have the record's number one day."""
    return Recipient(
        key=person.key,
        source=person.source,
        where=person.where,
        first_name=person.first_name,
        middle_name=person.middle_name,
        last_name=person.last_name,
        suffix=person.suffix,
        company=person.company,
        email=person.email,
        address=person.address,
    )


def _under_way(ws: Workspace, person: Recipient) -> tuple[str, ...]:
    """Pieces that somebody else has already, and that may perhaps be called back."""
    found = ws.ledger.pieces_of(person.key)
    away = [item.piece for item in found if item.status in (Status.SENDING, Status.ACCEPTED)]
    return tuple(f"{piece.mailing} {piece.number}" for piece in away)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError(
            "--reason gives none", hint='for example: --reason "asked us by telephone"'
        )


# release ------------------------------------------------------------------------------------


def release(
    ws: Workspace, who: str, *, by: str, reason: str, household: bool = False
) -> ReleaseReport:
    """End every hold of one person, and lift what exports and the post say, where a person may.

    `who` may be a hold's number, `#3`. Refused where nothing keeps mail from them, where only
    the CRM can end it, and where others would be released, too, and `household` is not set.
    """
    _check_reason(reason)
    open_ones = [kept for kept in all_holds(ws.ledger) if kept.counts(ws.today)]
    meant = [kept for kept in open_ones if who in (f"#{kept.id}", kept.hold.recipient)]
    if meant and not (records := people_with_keys(ws.ledger, [meant[0].hold.recipient])):
        return _release_one(ws, meant[0], by, reason)
    circle = neighbours(ws, records if meant else one_person(ws, who))
    known = known_reasons(ws)
    mine = [
        kept for kept in open_ones if any(kept.hold in known.holds_on(r) for r in circle.records)
    ]
    ending = [k for k in mine if household or not suppression.is_household(k.hold.recipient)]
    said = list(dict.fromkeys(_said(circle, known)))
    lifted = [pair for pair in said if reason_named(pair[1]).lift]
    left = [f"{word}, says {key}" for key, word in said if not reason_named(word).lift]
    left += [kept.hold.reason for kept in mine if kept not in ending]
    person = circle.records[0]
    if not (ending or lifted):
        raise _nothing_to_release(person, left, bool(mine))
    end_holds(ws.ledger, [kept.id for kept in ending], by, reason.strip(), ws.now())
    decide(ws.ledger, [_lifting(key, word, by, reason.strip(), ws.now()) for key, word in lifted])
    return ReleaseReport(
        recipient=person.key,
        who=person.name_or_key,
        released=(*(k.hold.reason for k in ending), *(f"{w}, says {key}" for key, w in lifted)),
        left=tuple(left),
    )


def _said(circle: Neighbours, known: Known) -> Iterator[tuple[str, str]]:
    """Key and reason of all that exports and the post say of one person."""
    closed = suppression.closed_mailboxes(circle.people, known)
    own = (box for record in circle.records for box in suppression.mailboxes(record))
    boxes = {box.key: box for box in map(closed.get, own) if box}.values()
    listed = suppression.listed_by_name(circle.people, known)
    named = (
        one for record in circle.records for one in suppression.lists_that_name(record, listed)
    )
    for record in (*circle.records, *boxes, *named):
        for word in known.says_the_export(record):
            yield record.key, word
    keys = [record.key for record in circle.records]
    for record in circle.records:
        if back := known.came_back(record, keys):
            yield record.key, back.reason


def _lifting(key: str, word: str, by: str, reason: str, now: str) -> Decision:
    return Decision(subject=f"{_RELEASE}{key}|{word}", answer=word, by=by, at=now, reason=reason)


def _nothing_to_release(person: Recipient, left: Sequence[str], at_home: bool) -> Refused:
    if at_home:
        message = f"{person.name_or_key} is held with the whole household: {left[-1]}"
        return Refused(message, hint="add --household to release everybody at the address")
    if left:
        hint = "if it is wrong, correct it in the CRM"
        return Refused(f"{left[0]}: nobody lifts that here", where=person.where, hint=hint)
    return Refused(
        f"nothing keeps mail from {person.name_or_key}",
        where=person.where,
        hint=f"`mailroom why {person.key}` tells why they are left out, if they are",
    )


def _release_one(ws: Workspace, kept: KeptHold, by: str, reason: str) -> ReleaseReport:
    """A hold of somebody who is in no export, or of a whole household."""
    end_holds(ws.ledger, [kept.id], by, reason.strip(), ws.now())
    target = kept.hold.recipient
    return ReleaseReport(
        recipient=target,
        who=suppression.in_words(target),
        released=(kept.hold.reason,),
        left=(),
    )


# holds --------------------------------------------------------------------------------------


def holds(ws: Workspace, *, ended: bool = False) -> tuple[HeldReport, ...]:
    """Who is held today, oldest first; with `ended` also those that are over."""
    kept = all_holds(ws.ledger)
    return _reports(ws, [one for one in kept if ended or one.counts(ws.today)])


def _reports(ws: Workspace, kept: Sequence[KeptHold]) -> tuple[HeldReport, ...]:
    people = people_with_keys(ws.ledger, [one.hold.recipient for one in kept])
    names = {person.key: person.name_or_key for person in people}
    return tuple(
        HeldReport(
            number=one.id,
            recipient=(target := one.hold.recipient),
            who=names.get(target, "") or suppression.in_words(target),
            reason=one.hold.reason,
            by=one.hold.by,
            at=one.hold.at,
            until=one.hold.until,
            scope=_scope(target),
            counts=one.counts(ws.today),
            ended_at=one.ended_at,
            ended_by=one.ended_by,
            ended_why=one.ended_why,
        )
        for one in kept
    )


def _scope(target: str) -> str:
    if suppression.is_household(target):
        return "household"
    return "not in any export" if suppression.in_words(target) != target else "person"
