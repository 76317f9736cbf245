"""proof and approve: what a person looks at, and what the word binds to."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_date

from mailroom import produce, verdicts
from mailroom.errors import ApprovalError, Refused, UsageError
from mailroom.intake import HOLDS
from mailroom.ledger import Plan
from mailroom.model import (
    Alarm,
    Approval,
    Piece,
    Planned,
)
from mailroom.pipeline.alarms import alarms_now, check_alarms
from mailroom.pipeline.collect import plan_pieces
from mailroom.pipeline.doubts import tell_open_names
from mailroom.pipeline.frozen import inputs, last_plan, located, may_go, proof_files, waits
from mailroom.preflight import is_acceptable
from mailroom.produce import Setup
from mailroom.proof import choose as choose_proof
from mailroom.rates import RATES_FILE
from mailroom.workspace import Workspace

if TYPE_CHECKING:
    from mailroom.sheets.contact import Heading


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A piece of the proof, and why it was chosen."""

    piece: int
    recipient: str
    reasons: str


@dataclass(frozen=True, kw_only=True)
class ProofReport:
    """A contact sheet that was made; `--json` prints it."""

    mailing: str
    digest: str
    pieces: int
    chosen: tuple[Shown, ...]
    files: tuple[Path, ...]


def proof(ws: Workspace, name: str, output: Path | None = None) -> ProofReport:
    """Draw the contact sheet of the nastiest records of the last `prepare`."""
    from mailroom.sheets.contact import write_contact_sheet

    found = last_plan(ws, name)
    setup = ws.setup(ws.mailing(name))
    items = [item for item in map(partial(located, ws), ws.ledger.pieces(name)) if waits(item)]
    if not items:
        raise Refused(f"no piece of {name} waits", hint="`mailroom status` tells how it stands")
    artworks = {item.piece.key: item.artwork for item in items if item.artwork}
    columns = [field.column or field.name for field in setup.layout.fields.values()]
    chosen = choose_proof([item.piece for item in items], artworks, columns)
    pdf, png = proof_files(ws, name, found.digest)
    pdf.parent.mkdir(parents=True, exist_ok=True)
    heading = _proof_heading(ws, setup, found)
    write_contact_sheet(chosen, artworks, setup.format, heading, ws.fonts, pdf, png)
    files: tuple[Path, ...] = (pdf, png)
    if output:
        shutil.copyfile(pdf, output)
        files = (*files, output)
    return ProofReport(
        mailing=name,
        digest=found.digest,
        pieces=len(items),
        chosen=tuple(
            Shown(
                piece=item.piece.number,
                recipient=item.piece.recipient.name_or_key,
                reasons=", ".join(item.reasons),
            )
            for item in chosen
        ),
        files=files,
    )


def _proof_heading(ws: Workspace, setup: Setup, found: Plan) -> Heading:
    from mailroom.sheets.contact import Heading

    report = found.report
    day = format_date(ws.today, "long", locale=setup.mailing.language)
    held = report["pieces"] - report["ready"]
    summary = (
        ("pieces", str(report["pieces"])),
        ("ready", str(report["ready"])),
        ("held", str(held)),
        ("layout", setup.layout.title),
        ("digest", found.digest[:12]),
    )
    return Heading(title=setup.mailing.title, date=day, summary=summary)


def approve(ws: Workspace, name: str, by: str, accept: Mapping[str, str]) -> Approval:
    """Write down that exactly what was proofed may be sent.

    ApprovalError where it has changed since, or nobody has looked at a proof of it.
    """
    found = last_plan(ws, name)
    check_unchanged(ws, name, found)
    if not proof_files(ws, name, found.digest)[0].is_file():
        raise ApprovalError(
            f"there is no proof of what {name} would send",
            hint=f"type `mailroom proof {name}` and look at it",
        )
    _check_accepted(found, alarms_now(ws, ws.mailing(name)), accept)
    approval = Approval(
        mailing=name, digest=found.digest, by=by, at=ws.clock(), accepted=dict(accept)
    )
    ws.ledger.approve(approval)
    ready = (item.piece for item in ws.ledger.pieces(name) if may_go(item, accept))
    tell_open_names(ws, ready)
    return approval


def check_unchanged(ws: Workspace, name: str, found: Plan) -> None:
    """Fill every waiting piece's words anew and compare with what was prepared.

    People who have since been left out do not count: they are pulled at the last second.
    """
    mailing = ws.mailing(name)
    setup = ws.setup(mailing)
    pieces, chosen, _ = plan_pieces(ws, setup)
    now = {member.key: piece for piece in pieces for member in piece.household.members}
    still = {member.key for home in chosen.households for member in home.members}
    waiting = [
        (item, now.get(item.piece.recipient.key))
        for item in ws.ledger.pieces(name)
        if waits(item) and item.piece.recipient.key in still
    ]
    changed = [
        item.piece.number
        for item, piece in waiting
        if _content_now(setup, piece, item) != item.content
    ]
    held = [item.piece.number for item, piece in waiting if piece and _is_held_now(piece, item)]
    before, after = found.report["inputs"], inputs(ws, setup)
    what = [key for key in after if before.get(key) != after[key]]
    route = {mailing.file, f"[providers.{mailing.provider}]", RATES_FILE}
    if changed or held or route & {*what}:
        raise ApprovalError(
            f"{', '.join(what) or 'what is known of people'} changed since it was prepared"
            f"{_which(changed, 'printed differently')}{_which(held, 'held')}",
            where=f"{name} {found.digest[:12]}",
            hint=f"type `mailroom prepare {name}`, look at the proof and approve again",
        )


def _which(changed: Sequence[int], what: str) -> str:
    """The pieces that would be printed differently or held, the first of them by number."""
    if not changed:
        return ""
    numbers = ", ".join(f"{number:04d}" for number in changed[:5])
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    return f": piece {numbers}{more} would be {what}"


def _is_held_now(piece: Piece, item: Planned) -> bool:
    """Has the post said something against its address since?"""
    before = {finding.rule for finding in item.piece.findings}
    return any(f.rule in verdicts.HOLDS and f.rule not in before for f in piece.findings)


def _content_now(setup: Setup, current: Piece | None, item: Planned) -> str:
    """The digest with the number it was given, since people may have left the list.

    Empty where the person now belongs to a household that has had its piece.
    """
    if current is None:
        return ""
    piece = dataclasses.replace(current, number=item.piece.number)
    return produce.content_digest(setup, piece, produce.merge_again(setup, piece))


def _check_accepted(found: Plan, alarms: Sequence[Alarm], accept: Mapping[str, str]) -> None:
    """What is accepted is there, may be accepted and has a reason; no alarm is passed over."""
    odd = {alarm.rule for alarm in alarms}
    held = {reason["rule"] for reason in found.report["held"]}
    for rule, reason in accept.items():
        _check_rule(rule, held, odd)
        if not reason.strip():
            raise UsageError(
                f"{rule} needs a reason", hint=f"write --accept {rule}='WHY IT IS RIGHT'"
            )
    check_alarms(found.mailing, alarms, accept)


def _check_rule(rule: str, held: Set[str], odd: Set[str]) -> None:
    if rule == "budget":
        hint = "it is changed under [budget] in mailroom.toml only"
        raise Refused("a budget cannot be accepted away", hint=hint)
    if rule not in held | odd:
        known = ", ".join(sorted(held | odd)) or "nothing is held"
        raise UsageError(f"nothing is held by {rule!r}", hint=f"held by: {known}")
    if rule in verdicts.HOLDS:
        hint = "vouch for each address that is right: `mailroom vouch WHO`"
        raise Refused(f"{rule} is a matter of each single address", hint=hint)
    if rule not in odd and not (
        is_acceptable(rule) or HOLDS.get(rule.partition(":")[0], ("", False))[1]
    ):
        hint = "mend the data and type `mailroom prepare` again"
        raise Refused(f"{rule} cannot be accepted by anybody", hint=hint)
