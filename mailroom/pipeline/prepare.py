"""prepare: audience -> plan -> merge -> render -> preflight; free and repeatable."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom import audience, executors, plan, produce
from mailroom.budget import Overrun
from mailroom.errors import ProviderError, Refused, Unsupported
from mailroom.files import sha256
from mailroom.ledger import Plan
from mailroom.ledger.history import sent_titles
from mailroom.ledger.records import to_json
from mailroom.mailability import judge, post_for
from mailroom.model import (
    Alarm,
    Finding,
    LeftOut,
    Mailing,
    Piece,
    Planned,
    Quote,
    Severity,
    Status,
)
from mailroom.pipeline.alarms import alarms
from mailroom.pipeline.collect import plan_pieces, unread_exports
from mailroom.pipeline.doubts import tell_open_names
from mailroom.pipeline.editions import ASKED, unheard_of
from mailroom.pipeline.frozen import Progress, fresh_folder, inputs, no_progress
from mailroom.pipeline.spending import check_rates, overruns, quote_pieces, unpriced
from mailroom.pipeline.tally import HAD_ALREADY, Tally, tally
from mailroom.pipeline.verify import unverified
from mailroom.produce import Made, Setup
from mailroom.providers import Provider, Verifier
from mailroom.sheets.batch import press_run
from mailroom.workspace import Workspace

_WORTH_WORKERS = 30  # chunks; stamped, they are done before workers would have begun


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
    key: str = ""
    had: bool = False  #: is there a piece of theirs all the same? Then they are counted with it

    @property
    def kind(self) -> str:
        """The reason without the one person in it, to be counted by."""
        return kind_of(self.reason)


def kind_of(reason: str) -> str:
    """What many people who are left out have in common."""
    kinds = (kind for start, kind in _KINDS.items() if reason.startswith(start))
    return next(kinds, reason.split(", says ")[0])


_KINDS = {"duplicate of ": "duplicate", "too late since ": "too late", ASKED: ASKED}
"""How a reason begins that is everybody's own, and what is alike in it."""


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
    sent_before: int  #: pieces, whoever is still there
    called_back: int  #: of those: they are not planned again unless somebody says so
    quote: Quote
    unpriced: tuple[str, ...]  #: rows of rates.toml that are still to be written
    budget: tuple[Overrun, ...]  #: that posting all of it today would break
    alarms: tuple[Alarm, ...]  #: that are to be accepted at approval
    files: tuple[MadeFile, ...]
    tally: Tally


def prepare(
    ws: Workspace, name: str, progress: Progress = no_progress, *, cancelled: bool = False
) -> PrepareReport:
    """Audience -> plan -> merge -> render -> preflight, for every person of the mailing.

    `cancelled`: what was called back is planned once more; else it stays as it is.
    """
    mailing = ws.mailing(name)
    setup = ws.setup(mailing)
    provider = ws.provider(mailing.provider)
    with ws.locks.hold(f"mailing:{name}"):
        _check_title(ws, mailing)
        if cancelled:
            ws.ledger.plan_again(name, "called back, and to be planned again", ws.now())
        for source in unread_exports(ws, mailing):
            ws.tell(f"the export of {source} is newer than what was read: `mailroom intake` first?")
        _ask_provider(ws, provider, setup)
        _tell_of_format(ws, setup)
        planned, chosen, before = plan_pieces(ws, setup)
        _tell_unverified(ws, provider, mailing, planned, chosen)
        _tell_unsure(ws, chosen)
        for language, count in plan.own_words_only(mailing, planned).items():
            many = "1 piece prints" if count == 1 else f"{count} pieces print"
            ws.tell(f"in {language!r} {many} the layout's own words, not yours")
        odd = alarms(ws, mailing, planned, len(before))
        check_rates(ws, provider, mailing, planned)  # before all the pages are drawn
        folder = fresh_folder(ws.state / "prepared" / name)
        made = [
            _judged(provider, setup, item)
            for item in _produce(ws, setup, planned, folder, progress)
        ]
        ready = [item for item in made if not _errors(item.findings)]
        tell_open_names(ws, (item.piece for item in ready))
        drawn = [(item.piece, item.artwork) for item in ready]
        quote = quote_pieces(ws, provider, mailing, drawn)
        return _store(ws, setup, made, _left_out(mailing, chosen, before), quote, odd, folder)


def _check_title(ws: Workspace, mailing: Mailing) -> None:
    """A mailing that was renamed or copied would go to everybody once more."""
    for name, title in sent_titles(ws.ledger).items():
        edition = ws.settings.edition(name)
        of_the_same = edition and edition[0] == mailing.programme
        if name == mailing.name or of_the_same:
            continue
        if title.casefold() == mailing.title.casefold():
            raise Refused(
                f"{mailing.title!r} has been sent under the name {name!r}",
                where=mailing.file,
                hint=f"was it renamed? Then give {mailing.file} its old name again; "
                "what is new needs a title of its own",
            )


def _ask_provider(ws: Workspace, provider: Provider, setup: Setup) -> None:
    """What it cannot do is refused now; whether it answers matters only when it is to post."""
    press_run(setup.format, setup.mailing.options, ())
    try:
        provider.check(setup.format, setup.mailing.options)
    except Unsupported:
        raise
    except ProviderError as error:
        ws.tell(f"{provider.name} could not be asked and will be before sending: {error}")


def _tell_of_format(ws: Workspace, setup: Setup) -> None:
    """What the sender's post makes of it, and what of its geometry nobody has vouched for."""
    fmt, mailing = setup.format, setup.mailing
    post = post_for(fmt, setup.sender.address.country)
    if post and not fmt.post:  # who posts its own products knows what they cost
        taken = judge(fmt, post, mailing.grammage)
        if taken.reasons:
            ws.tell(f"{taken.title}: {taken.words} (`mailroom formats {fmt.name}`)")
    for doubt in fmt.doubts:
        ws.tell(f"{doubt}: try one before you print them all")


def _tell_unverified(
    ws: Workspace,
    provider: Provider,
    mailing: Mailing,
    planned: Sequence[Piece],
    chosen: audience.Audience,
) -> None:
    """Nobody has to verify anything; but it should not be forgotten."""
    if not isinstance(provider, Verifier):
        return
    number, old = unverified(ws, mailing, planned, chosen)
    if number:
        once = f" ({old} of them were, too long ago)" if old else ""
        what = "1 address is" if number == 1 else f"{number} addresses are"
        ws.tell(f"{what} not verified{once}: `mailroom verify {mailing.name} --live`")


def _tell_unsure(ws: Workspace, chosen: audience.Audience) -> None:
    """Who may get it twice, or get it though another record says that they must not."""
    if not chosen.unsure:
        return
    pairs = "1 pair" if len(chosen.unsure) == 1 else f"{len(chosen.unsure)} pairs"
    mailed = {member.key for home in chosen.households for member in home.members}
    closed = sum(not {pair.a, pair.b} <= mailed for pair in chosen.unsure)
    about = f", {closed} of them with somebody who gets no mail" if closed else ""
    ws.tell(f"{pairs} of records may be one person{about}: `mailroom duplicates`")


def _produce(
    ws: Workspace,
    setup: Setup,
    pieces: Sequence[Piece],
    folder: Path,
    progress: Progress,
) -> tuple[Made, ...]:
    from mailroom import presswork

    slow = presswork.each_time(setup, pieces)
    for page, reason in slow.items():
        name = setup.format.pages[page - 1]
        ws.tell(f"page {name} is slow: {reason} (`mailroom layout check {setup.layout.name}`)")
    jobs = produce.chunks(dataclasses.replace(setup, each_time=slow), pieces)
    done = executors.run(
        ws.settings.executor,
        ws.settings.workers,
        presswork.make,
        jobs,
        worth_it=2 if slow else _WORTH_WORKERS,
    )
    made: list[Made] = []
    per_file = ws.settings.pieces_per_file
    for item in presswork.bind(setup, folder, done, per_file):
        made.append(item)
        if len(made) % produce.CHUNK == 0 or len(made) == len(pieces):
            progress(len(made), len(pieces))
    return tuple(made)


def _judged(provider: Provider, setup: Setup, made: Made) -> Made:
    """With what its provider would refuse of it."""
    about = tuple(provider.judge(made.piece, setup.format, setup.mailing.options))
    return made._replace(findings=(*made.findings, *about)) if about else made


def _store(
    ws: Workspace,
    setup: Setup,
    made: Sequence[Made],
    left: Sequence[Left],
    quote: Quote,
    odd: tuple[Alarm, ...],
    folder: Path,
) -> PrepareReport:
    """Name the finished pages after what is in them and write the plan into the ledger."""
    mailing = setup.mailing
    contents = [(m.piece.key, m.content, _errors(m.findings)) for m in made]
    files = tuple(_made_file(path) for path in sorted(folder.iterdir()))
    route = inputs(ws, setup), [file.sha256 for file in files]
    digest = plan.plan_digest(mailing, setup.format, contents, quote, route)
    final = _rename_folder(folder, digest)
    stored = final.relative_to(ws.state)
    planned = [
        _planned(item, content, stored, mailing.provider)
        for item, (_, content, _) in zip(made, contents, strict=True)
    ]
    away = ws.ledger.sent(mailing.name).statuses
    pieces = *planned, *ws.ledger.pieces(mailing.name, away)
    homes = [(item.piece.household, item.status) for item in pieces]
    had = {member.key for home, _ in homes for member in home.members}
    left = [dataclasses.replace(one, had=one.had or one.key in had) for one in left]
    report = PrepareReport(
        mailing=mailing.name,
        digest=digest,
        pieces=len(made),
        ready=sum(not errors for _, _, errors in contents),
        held=tuple(reason for item in made for reason in _reasons(item)),
        left_out=tuple(left),
        sent_before=len(away),
        called_back=sum(status is Status.CANCELLED for status in away.values()),
        quote=quote,
        unpriced=unpriced(mailing, quote),
        budget=overruns(ws, mailing.name, quote),
        alarms=odd,
        files=files,
        tally=tally((one.key for one in left if not one.had), homes),
    )
    kept = {**to_json(report), "inputs": inputs(ws, setup), "title": mailing.title}
    made_plan = Plan(mailing=mailing.name, digest=digest, folder=stored, report=kept, at=ws.now())
    ws.ledger.store_plan(made_plan, planned)
    _forget_old_folders(ws, mailing.name, final)
    return report


def _planned(made: Made, content: str, folder: Path, provider: str) -> Planned:
    piece = dataclasses.replace(made.piece, findings=made.findings)
    artwork = dataclasses.replace(made.artwork, path=folder / made.artwork.path.name)
    status = Status.HELD if _errors(made.findings) else Status.READY
    return Planned(piece=piece, artwork=artwork, content=content, status=status, provider=provider)


def _errors(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(finding.rule for finding in findings if finding.severity is Severity.ERROR)


def _reasons(made: Made) -> Iterable[Held]:
    for finding in made.findings:
        if finding.severity is Severity.ERROR:
            yield Held(
                piece=made.piece.number,
                recipient=made.piece.recipient.name_or_key,
                rule=finding.rule,
                message=finding.message,
                source=made.piece.recipient.where,
                hint=finding.hint,
            )


def _left_out(
    mailing: Mailing, chosen: audience.Audience, before: Iterable[plan.AlreadySent]
) -> tuple[Left, ...]:
    def left(item: LeftOut) -> Left:
        person = item.recipient
        return Left(
            recipient=person.name_or_key,
            reason=item.reason,
            source=person.where,
            key=person.key,
        )

    sent = tuple(
        Left(
            recipient=item.household.head.name_or_key,
            reason=HAD_ALREADY,
            source=item.household.head.where,
            key=item.household.head.key,
            had=True,
        )
        for item in before
    )
    told = (item for item in chosen.left_out if not unheard_of(mailing, item.reason))
    return (*map(left, told), *sent)


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
    return MadeFile(name=path.name, bytes=path.stat().st_size, sha256=sha256(path))
