"""vouch: a person's word that an address is right as it stands, whatever the rules or the post say.

It is kept by the address: who moves is looked at anew. There is nothing to vouch for where a
street, a town or a country is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailroom import verdicts
from mailroom.errors import Refused, UsageError
from mailroom.ledger import postal
from mailroom.model import Finding, Recipient, Severity
from mailroom.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """Whose address, as it stands, and what counts against it no more."""

    recipient: str
    key: str
    address: str
    by: str
    reason: str
    withdrawn: bool
    findings: tuple[Finding, ...]  #: of the export, that are notes now


def vouch_for(ws: Workspace, who: Sequence[Recipient], reason: str, by: str) -> Vouched:
    """Write the word down. Refused where several addresses are meant, or half of one."""
    if not reason.strip():
        raise UsageError("that needs a reason", hint="--reason 'WHY IT IS RIGHT'")
    head = _meant(who)
    lacking = _lacking(head)
    if lacking:
        raise Refused(
            f"the address of {head.name_or_key} cannot be vouched for: {lacking}",
            where=head.where,
            hint="complete it in the CRM, then type `mailroom intake`",
        )
    postal.vouch(ws.ledger, "live", head.address, by.strip(), reason.strip(), ws.now())
    word = verdicts.Vouched(by=by.strip(), reason=reason.strip(), at=ws.now())
    before = {f for f in head.findings if f.severity is not Severity.NOTE}
    softened = zip(head.findings, verdicts.vouched_for(head.findings, word), strict=True)
    gone = tuple(old for old, new in softened if old in before and new != old)
    return _report(ws, head, word, gone)


def withdraw_word(ws: Workspace, who: Sequence[Recipient], by: str) -> Vouched:
    """Take it back; Refused where nobody has vouched for the address."""
    head = _meant(who)
    word = postal.vouched(ws.ledger, "live").get(postal.address_key(head.address))
    if word is None:
        raise Refused(f"nobody has vouched for the address of {head.name_or_key}")
    postal.withdraw(ws.ledger, "live", head.address, by.strip(), ws.now())
    return _report(ws, head, verdicts.Vouched(by=by.strip(), reason="", at=ws.now()), ())


def _report(
    ws: Workspace, head: Recipient, word: verdicts.Vouched, gone: tuple[Finding, ...]
) -> Vouched:
    return Vouched(
        recipient=head.name_or_key,
        key=head.key,
        address=verdicts.one_line(head.address, ws.settings.sender.address.country),
        by=word.by,
        reason=word.reason,
        withdrawn=not word.reason,
        findings=gone,
    )


def _meant(who: Sequence[Recipient]) -> Recipient:
    """The one person that is meant, or one of several at the same address."""
    if len({person.address for person in who}) > 1:
        listed = "; ".join(f"{person.key} {person.name}" for person in who[:5])
        more = f" and {len(who) - 5} more" if len(who) > 5 else ""
        raise Refused(f"that may be {listed}{more}", hint="name one by the key")
    return who[0]


def _lacking(head: Recipient) -> str:
    """What no word can stand for: the part that is missing, as intake found it."""
    never = {"no-address", "no-street", "no-city", "no-country", "unknown-country"}
    return next((f.message for f in head.findings if f.rule in never), "")
