"""The corridor: the only module that knows all stages.

Each verb is one straight function. Left of `approve` everything is free and repeatable;
right of it the intent is written down before anything is called.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom import audience, executors, intake, plan, produce
from mailroom.dispatch import Outcome, dispatch, in_batches, reconcile
from mailroom.errors import ApprovalError, EnvironmentProblem, Refused, UsageError
from mailroom.ledger import Plan
from mailroom.ledger.lock import sole_sender
from mailroom.ledger.records import to_json
from mailroom.model import (
    Approval,
    Batch,
    Finding,
    LeftOut,
    Mailing,
    Piece,
    Planned,
    Quote,
    Recipient,
    Severity,
    Status,
)
from mailroom.preflight import is_acceptable
from mailroom.produce import Made, Setup
from mailroom.providers import Provider
from mailroom.readers import open_table
from mailroom.sheets.batch import write_batch
from mailroom.where import parse as parse_where
from mailroom.workspace import Workspace

Progress = Callable[[int, int], None]
"""Told how many of how many pieces are done."""


def _no_progress(_done: int, _all: int) -> None:
    return None


# --- intake -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class IntakeReport:
    """What an intake found; `--json` prints it."""

    source: str
    files: tuple[str, ...]
    rows: int
    recipients: int
    columns: Mapping[str, str | None]
    findings: tuple[Finding, ...]
    new: int
    changed: int
    gone: int


def take_in(ws: Workspace, files: Sequence[Path], source: str) -> IntakeReport:
    """Read the exports of one source into a snapshot; all of them or, on error, none."""
    known = ws.settings.sources.get(source)
    paths = tuple(files) or (known.files if known else ())
    if not paths:
        hint = f"type `mailroom intake FILE`, or set [sources.{source}] files in mailroom.toml"
        raise UsageError(f"no file to read for the source {source!r}", hint=hint)
    columns = known.columns if known else {}
    country = ws.settings.sender.address.country
    read = [
        intake.read(open_table(path), source=source, columns=columns, country=country)
        for path in paths
    ]
    people = tuple(intake.unique_keys(person for part in read for person in part.recipients))
    changes = intake.diff(ws.ledger.people([source]), people)
    report = IntakeReport(
        source=source,
        files=tuple(part.file for part in read),
        rows=sum(part.rows for part in read),
        recipients=len(people),
        columns={header: field for part in read for header, field in part.columns.items()},
        findings=tuple(finding for part in read for finding in part.findings),
        new=len(changes.new),
        changed=len(changes.changed),
        gone=len(changes.gone),
    )
    named = [(path.name, _sha256(path)) for path in paths]
    ws.ledger.take_snapshot(source, named, people, to_json(report), ws.now())
    return report


def people(ws: Workspace, where: str = "") -> tuple[Recipient, ...]:
    """The people of the latest exports to whom the filter applies."""
    everybody = ws.ledger.people()
    fields = {header for person in everybody for header in person.fields}
    matches = parse_where(where, fields=fields if everybody else None)
    return tuple(person for person in everybody if matches(person))


# --- prepare ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Held:
    """A reason why a piece is held."""

    piece: int
    recipient: str
    rule: str
    message: str
    source: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Left:
    """A person who gets nothing, and why."""

    recipient: str
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """A file that was written."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """How a mailing stands before it is approved; `--json` prints it."""

    mailing: str
    digest: str
    pieces: int
    ready: int
    held: tuple[Held, ...]
    left_out: tuple[Left, ...]
    sent_before: int
    quote: Quote
    files: tuple[MadeFile, ...]


def prepare(ws: Workspace, name: str, progress: Progress = _no_progress) -> PrepareReport:
    """Audience -> plan -> merge -> render -> preflight, for every person of the mailing."""
    mailing = ws.mailing(name)
    setup = ws.setup(mailing)
    provider = ws.provider(mailing.provider)
    with sole_sender(ws.state, name):
        provider.check(setup.format)
        planned, chosen, before = _plan_pieces(ws, setup)
        folder = _fresh_folder(ws.state / "prepared" / name)
        made = _produce(ws, setup, planned, folder, progress)
        quote = _quote(provider, setup, [item for item in made if not _is_held(item.findings)])
        return _store(ws, setup, made, _left_out(chosen, before), len(before), quote, folder)


def _plan_pieces(
    ws: Workspace, setup: Setup
) -> tuple[tuple[Piece, ...], audience.Audience, tuple[plan.AlreadySent, ...]]:
    """Who gets a piece, as the ledger and the mailing stand now."""
    plan.check_languages(setup.layout, setup.mailing)
    chosen = choose(ws, setup.mailing)
    sent = ws.ledger.sent(setup.mailing.name)
    known = plan.Known(
        households=sent.households,
        recipients=sent.recipients,
        numbers=frozenset(sent.numbers.values()),
    )
    pieces, before = plan.make_pieces(
        chosen.households, setup.mailing, setup.layout, setup.sender, ws.settings.owners, known
    )
    return pieces, chosen, before


def choose(ws: Workspace, mailing: Mailing) -> audience.Audience:
    """Who gets the mailing and who is left out, as the ledger stands now."""
    return audience.choose(
        ws.ledger.people(mailing.sources),
        where=mailing.where,
        one_per_household=mailing.one_per_household,
        limit=mailing.limit or None,
    )


def _produce(
    ws: Workspace,
    setup: Setup,
    pieces: Sequence[Piece],
    folder: Path,
    progress: Progress,
) -> tuple[Made, ...]:
    jobs = produce.chunks(setup, pieces, folder)
    done: dict[Path, tuple[Made, ...]] = {}
    for job, made in executors.run(ws.settings.executor, ws.settings.workers, produce.make, jobs):
        done[job.target] = made
        progress(sum(map(len, done.values())), len(pieces))
    return tuple(item for job in jobs for item in done[job.target])


def _quote(provider: Provider, setup: Setup, ready: Sequence[Made]) -> Quote:
    abroad = plan.count_abroad((item.piece for item in ready), setup.sender)
    return provider.quote(len(ready), len(ready) - abroad, abroad)


def _store(
    ws: Workspace,
    setup: Setup,
    made: Sequence[Made],
    left: Sequence[Left],
    before: int,
    quote: Quote,
    folder: Path,
) -> PrepareReport:
    """Name the finished pages after what is in them and write the plan into the ledger."""
    contents = [(m.piece.key, _content(setup, m), _is_held(m.findings)) for m in made]
    digest = plan.plan_digest(setup.mailing, setup.format, contents, quote)
    final = _rename_folder(folder, digest)
    planned = [
        _planned(item, content, final.relative_to(ws.state), setup.mailing.provider)
        for item, (_, content, _) in zip(made, contents, strict=True)
    ]
    report = PrepareReport(
        mailing=setup.mailing.name,
        digest=digest,
        pieces=len(made),
        ready=sum(not held for _, _, held in contents),
        held=tuple(reason for item in made for reason in _reasons(item)),
        left_out=tuple(left),
        sent_before=before,
        quote=quote,
        files=tuple(_made_file(path) for path in sorted(final.iterdir())),
    )
    folder_name = final.relative_to(ws.state)
    ws.ledger.store_plan(
        Plan(
            mailing=setup.mailing.name,
            digest=digest,
            folder=folder_name,
            report=to_json(report),
            at=ws.now(),
        ),
        planned,
    )
    _forget_old_folders(ws, setup.mailing.name, final)
    return report


def _content(setup: Setup, made: Made) -> str:
    return plan.content_digest(made.piece, made.merged, setup.layout, setup.sender, setup.assets)


def _planned(made: Made, content: str, folder: Path, provider: str) -> Planned:
    piece = dataclasses.replace(made.piece, findings=made.findings)
    artwork = dataclasses.replace(made.artwork, path=folder / made.artwork.path.name)
    status = Status.HELD if _is_held(made.findings) else Status.READY
    return Planned(piece=piece, artwork=artwork, content=content, status=status, provider=provider)


def _is_held(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _reasons(made: Made) -> Iterable[Held]:
    for finding in made.findings:
        if finding.severity is Severity.ERROR:
            yield Held(
                piece=made.piece.number,
                recipient=made.piece.recipient.name or made.piece.recipient.key,
                rule=finding.rule,
                message=finding.message,
                source=made.piece.recipient.where,
                hint=finding.hint,
            )


def _left_out(chosen: audience.Audience, before: Iterable[plan.AlreadySent]) -> tuple[Left, ...]:
    def left(item: LeftOut) -> Left:
        person = item.recipient
        return Left(recipient=person.name or person.key, reason=item.reason, source=person.where)

    sent = tuple(
        Left(
            recipient=item.household.head.name,
            reason="has had this mailing already",
            source=item.household.head.where,
        )
        for item in before
    )
    return (*map(left, chosen.left_out), *sent)


# --- proof and approval -------------------------------------------------------------------


def last_plan(ws: Workspace, name: str) -> Plan:
    """The last `prepare`; Refused if there was none."""
    ws.mailing(name)
    found = ws.ledger.plan(name)
    if found is None:
        raise Refused(f"{name} is not prepared yet", hint=f"type `mailroom prepare {name}`")
    return found


def proof_files(ws: Workspace, name: str, digest: str) -> tuple[Path, Path]:
    """Where the proof of exactly this digest is kept: PDF and PNG."""
    stem = ws.state / "proofs" / f"{name}-{digest[:12]}"
    return stem.with_suffix(".pdf"), stem.with_suffix(".png")


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
    _check_accepted(found, accept)
    approval = Approval(
        mailing=name, digest=found.digest, by=by, at=ws.clock(), accepted=dict(accept)
    )
    ws.ledger.approve(approval)
    return approval


def check_unchanged(ws: Workspace, name: str, found: Plan) -> None:
    """Fill every waiting piece's words anew and compare with what was prepared.

    People who have since been left out do not count: they are pulled at the last second.
    """
    mailing = ws.mailing(name)
    setup = ws.setup(mailing)
    pieces, _, _ = _plan_pieces(ws, setup)
    now = {member.key: piece for piece in pieces for member in piece.household.members}
    changed = [
        item.piece.number
        for item in ws.ledger.pieces(name)
        if item.status in (Status.READY, Status.HELD)
        and (current := now.get(item.piece.recipient.key))
        and _content_now(setup, current, item) != item.content
    ]
    if changed:
        numbers = ", ".join(f"{number:04d}" for number in changed[:5])
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise ApprovalError(
            f"what would be printed has changed since it was prepared: piece {numbers}{more}",
            where=f"{name} {found.digest[:12]}",
            hint=f"type `mailroom prepare {name}`, look at the proof and approve again",
        )


def _content_now(setup: Setup, current: Piece, item: Planned) -> str:
    """The digest with the number it was given, since people may have left the list."""
    piece = dataclasses.replace(current, number=item.piece.number)
    merged = produce.merge_again(setup, piece)
    return plan.content_digest(piece, merged, setup.layout, setup.sender, setup.assets)


_OF_THE_DATA = frozenset({"bad-postcode", "bad-region", "duplicate-id", "placeholder-name"})
"""Findings of intake that a person who knows better may accept; an address must be whole."""


def _check_accepted(found: Plan, accept: Mapping[str, str]) -> None:
    held = {reason["rule"] for reason in found.report["held"]}
    for rule, reason in accept.items():
        if rule not in held:
            known = ", ".join(sorted(held)) or "nothing is held"
            raise UsageError(f"nothing is held by {rule!r}", hint=f"held by: {known}")
        if not (is_acceptable(rule) or rule in _OF_THE_DATA):
            hint = "mend the data and type `mailroom prepare` again"
            raise Refused(f"{rule} cannot be accepted by anybody", hint=hint)
        if not reason.strip():
            raise UsageError(f"{rule} needs a reason", hint=f"--accept {rule}='why it is right'")


# --- send ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A piece that was approved and is not sent after all."""

    piece: int
    recipient: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SendReport:
    """What was sent, or in a rehearsal would be; `--json` prints it."""

    mailing: str
    live: bool
    provider: str
    posted: int  #: in this call; in a rehearsal: that would be
    outcomes: tuple[Outcome, ...]
    pulled: tuple[Pulled, ...]
    left: int  #: approved and still to be sent
    sent_before: int
    folder: str  #: of a rehearsal's files


Confirm = Callable[[int, str], int | None]
"""Asked for the number of pieces before anything is posted: (pieces, provider) -> typed."""


def send(
    ws: Workspace,
    name: str,
    *,
    live: bool,
    confirm: Confirm,
    limit: int = 0,
    progress: Progress = _no_progress,
) -> SendReport:
    """Hand the approved pieces to the provider; without `live`, all but that."""
    mailing = ws.mailing(name)
    with sole_sender(ws.state, name):
        found = last_plan(ws, name)
        setup = ws.setup(mailing)
        provider = ws.provider(mailing.provider)
        provider.check(setup.format)
        allowed = _Permission(ws, setup)
        build = _builder(ws, setup, live)
        settled = _settle(ws, provider, build, name, allowed) if live else ()
        waiting = _approved(ws, name, found) if _anything_waits(ws, name) else ()
        going = tuple(item for item in waiting if not allowed.refusal(item))
        pulled = tuple(_pull(ws, item, allowed, live) for item in waiting if allowed.refusal(item))
        batch = going[:limit] if limit else going
        if live and batch:
            _check_confirmed(len(batch), confirm(len(batch), provider.name), name)
        outcomes = (*settled, *_hand_over(ws, provider, build, batch, live, progress))
    return _send_report(ws, name, provider, live, outcomes, pulled, len(going) - len(batch))


def _anything_waits(ws: Workspace, name: str) -> bool:
    return any(item.status in (Status.READY, Status.HELD) for item in ws.ledger.pieces(name))


def _approved(ws: Workspace, name: str, found: Plan) -> tuple[Planned, ...]:
    """The pieces that a person has approved exactly as they would be printed now."""
    approval = ws.ledger.approval(name, found.digest)
    pieces = ws.ledger.pieces(name)
    accepted = approval.accepted if approval else {}
    ready = tuple(item for item in pieces if _may_go(item, accepted))
    if not ready:
        return ()
    if approval is None:
        earlier = ws.ledger.approval(name)
        message = "it has changed since it was approved" if earlier else "nobody has approved it"
        hint = f"type `mailroom proof {name}`, then `mailroom approve {name} --by YOU`"
        raise ApprovalError(message, where=f"{name} {found.digest[:12]}", hint=hint)
    check_unchanged(ws, name, found)
    _check_files(ws, found)
    return ready


def _may_go(item: Planned, accepted: Mapping[str, str]) -> bool:
    if item.status is Status.READY:
        return True
    errors = [f.rule for f in item.piece.findings if f.severity is Severity.ERROR]
    return item.status is Status.HELD and bool(errors) and all(r in accepted for r in errors)


def _check_files(ws: Workspace, found: Plan) -> None:
    """The finished pages must be the ones that were approved, byte for byte."""
    for file in found.report["files"]:
        path = ws.state / found.folder / file["name"]
        if not path.is_file() or _sha256(path) != file["sha256"]:
            raise ApprovalError(
                "a finished file is not the one that was approved",
                where=str(path),
                hint=f"type `mailroom prepare {found.mailing}` and approve again",
            )


class _Permission:
    """Asks again, at the last second, whether a piece may still go to its household."""

    def __init__(self, ws: Workspace, setup: Setup) -> None:
        chosen = choose(ws, setup.mailing)
        self._members = {m.key for home in chosen.households for m in home.members}
        self._reasons = {item.recipient.key: item.reason for item in chosen.left_out}

    def refusal(self, item: Planned) -> str:
        """Why it may not go any more; empty if it may."""
        for member in item.piece.household.members:
            if member.key not in self._members:
                return self._reasons.get(member.key, "no longer in the export")
        return ""

    def __call__(self, item: Planned) -> bool:
        return not self.refusal(item)


def _pull(ws: Workspace, item: Planned, allowed: _Permission, live: bool) -> Pulled:
    reason = allowed.refusal(item)
    if live and item.status is Status.READY:
        ws.ledger.move([item.piece.key], Status.HELD, f"pulled: {reason}", ws.now())
    return Pulled(piece=item.piece.number, recipient=item.piece.recipient.name, reason=reason)


def _check_confirmed(pieces: int, typed: int | None, name: str) -> None:
    if typed != pieces:
        said = "nothing was typed" if typed is None else f"{typed} was typed"
        raise Refused(
            f"{pieces} pieces would be posted and {said}; nothing was posted",
            hint=f"type `mailroom send {name} --live --confirm {pieces}`",
        )


def _builder(ws: Workspace, setup: Setup, live: bool) -> Callable[[str, Sequence[Planned]], Batch]:
    """How the files of a batch are made: always the same from the same frozen pages."""
    kind = "sent" if live else "rehearsal"

    def build(key: str, pieces: Sequence[Planned]) -> Batch:
        folder = _fresh_folder(ws.state / kind / setup.mailing.name / key[:16], exact=True)
        located = [_located(ws, item) for item in pieces]
        return write_batch(
            located, key, setup.mailing, setup.format, setup.sender, ws.fonts, folder
        )

    return build


def _located(ws: Workspace, item: Planned) -> Planned:
    """The ledger keeps paths relative, so that a workspace can be moved."""
    if item.artwork is None:
        return item
    artwork = dataclasses.replace(item.artwork, path=ws.state / item.artwork.path)
    return dataclasses.replace(item, artwork=artwork)


def _settle(
    ws: Workspace,
    provider: Provider,
    build: Callable[[str, Sequence[Planned]], Batch],
    name: str,
    allowed: _Permission,
) -> tuple[Outcome, ...]:
    outcomes = reconcile(ws.ledger, provider, build, name, ws.now, allowed)
    for outcome in outcomes:
        ws.tell(f"batch {outcome.key[:8]} of an interrupted run: {outcome.status}")
    return outcomes


def _hand_over(
    ws: Workspace,
    provider: Provider,
    build: Callable[[str, Sequence[Planned]], Batch],
    pieces: Sequence[Planned],
    live: bool,
    progress: Progress,
) -> Iterable[Outcome]:
    done = 0
    for batch in in_batches(pieces, provider.capabilities().max_pieces):
        if live:
            _release_accepted(ws, batch)
            outcome = dispatch(ws.ledger, provider, build, batch, ws.now)
        else:
            made = build(f"rehearsal-{batch[0].piece.number:04d}", batch)
            outcome = Outcome(
                key=made.key, pieces=batch, status=Status.READY, ref=str(made.files[0].parent)
            )
        done += len(batch)
        progress(done, len(pieces))
        yield outcome
        if live and outcome.status in (Status.READY, Status.FAILED, Status.UNKNOWN):
            return  # what went wrong with one batch would go wrong with the next


def _release_accepted(ws: Workspace, batch: Sequence[Planned]) -> None:
    held = [item.piece.key for item in batch if item.status is Status.HELD]
    if held:
        ws.ledger.move(held, Status.READY, "its findings were accepted at approval", ws.now())


def _send_report(
    ws: Workspace,
    name: str,
    provider: Provider,
    live: bool,
    outcomes: Sequence[Outcome],
    pulled: tuple[Pulled, ...],
    left: int,
) -> SendReport:
    gone = {Status.ACCEPTED, Status.PRINTED, Status.MAILED}
    wanted = gone if live else {Status.READY}
    posted = sum(len(o.pieces) for o in outcomes if o.status in wanted)
    stuck = sum(len(o.pieces) for o in outcomes if live and o.status is Status.READY)
    sent = len(ws.ledger.sent(name).numbers)
    folder = "" if live or not outcomes else str(Path(outcomes[0].ref).parent)
    return SendReport(
        mailing=name,
        live=live,
        provider=provider.name,
        posted=posted,
        outcomes=tuple(outcomes),
        pulled=pulled,
        left=left + stuck,
        sent_before=sent - (posted if live else 0),
        folder=folder,
    )


# --- status -------------------------------------------------------------------------------


def status(ws: Workspace, name: str) -> dict[str, Any]:
    """Where every piece of a mailing is, as `status --json` prints it."""
    ws.mailing(name)
    pieces = ws.ledger.pieces(name)
    counts: dict[str, int] = {}
    for item in pieces:
        counts[item.status.value] = counts.get(item.status.value, 0) + 1
    return {
        "mailing": name,
        "counts": counts,
        "pieces": [
            {
                "piece": item.piece.number,
                "recipient": item.piece.recipient.name or item.piece.recipient.key,
                "status": item.status.value,
                "provider": item.provider,
                "provider_ref": item.provider_ref,
                "attempts": item.attempts,
            }
            for item in pieces
        ],
    }


# --- files --------------------------------------------------------------------------------


def _fresh_folder(folder: Path, *, exact: bool = False) -> Path:
    """An empty folder to write into: a part of `folder`, or `folder` itself."""
    target = folder if exact else folder / ".part"
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot write there: {error.strerror}", where=str(target), hint="make room"
        ) from error
    return target


def _rename_folder(part: Path, digest: str) -> Path:
    final = part.with_name(digest[:16])
    shutil.rmtree(final, ignore_errors=True)
    return part.rename(final)


def _forget_old_folders(ws: Workspace, name: str, current: Path) -> None:
    """Pages of pieces that were sent are kept; those of earlier plans are not."""
    used = {(ws.state / i.artwork.path).parent for i in ws.ledger.pieces(name) if i.artwork}
    for folder in current.parent.iterdir():
        if folder not in used and folder != current:
            shutil.rmtree(folder, ignore_errors=True)


def _made_file(path: Path) -> MadeFile:
    return MadeFile(name=path.name, bytes=path.stat().st_size, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
