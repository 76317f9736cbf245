"""verify: the addresses of a mailing, looked up in the data of the post before it is planned.

Only those are asked about to which a piece would go and that the export has whole; each once,
and no more for as long as what was said counts. Live answers change what is planned; those of a
test key are kept apart and change nothing, since with it nobody looks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from mailroom import verdicts
from mailroom.audience import Audience
from mailroom.errors import MailroomError, ProviderError, Refused, UsageError
from mailroom.ledger import postal
from mailroom.model import Address, Household, Mailing, Piece, Recipient, Severity, Verdict
from mailroom.pipeline.collect import known_addresses, plan_pieces
from mailroom.pipeline.frozen import Progress, no_progress
from mailroom.providers import Verifier, provider_names
from mailroom.workspace import Workspace

_AT_ONCE = 20
"""Addresses that are asked about and written down together: what a pulled plug loses at most."""

ADDRESS_HOLDS = frozenset(
    {
        *("no-address", "no-street", "no-city", "odd-city", "no-country", "unknown-country"),
        *("no-region", "bad-region", "no-postcode", "bad-postcode"),
    }
)
"""Of `intake.HOLDS` those that are about the address: the post need not be asked."""


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A person to whose address the post has something to say."""

    recipient: str
    key: str
    source: str
    address: str
    said: str  #: the provider's own word
    rule: str  #: what holds the piece; empty: it may go
    message: str
    hint: str
    at: str
    vouched: verdicts.Vouched | None
    vouch_with: str  #: what to type in order to vouch for the address


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """How the addresses of a mailing stand; `--json` prints it."""

    mailing: str
    provider: str
    mode: str  #: `live`, or `test`: then nobody has looked
    pieces: int  #: to whose address there is something to say or to ask
    addresses: int  #: of these pieces
    not_asked: int  #: more pieces, held by what the export lacks
    asked: int  #: addresses, in this call
    remembered: int  #: addresses that were looked up before
    counts: Mapping[str, int]  #: pieces by the provider's word; empty: it said nothing
    rewritten: int  #: pieces whose address the post writes visibly otherwise
    doubts: tuple[Doubt, ...]
    held: int


def verify(
    ws: Workspace,
    name: str,
    *,
    live: bool = False,
    again: bool = False,
    progress: Progress = no_progress,
) -> VerifyReport:
    """Ask the mailing's provider about the addresses that nobody has looked up lately.

    `again` asks about all of them. Refused where the provider verifies nothing; after a
    ProviderError what was said so far is kept.
    """
    mailing = ws.mailing(name)
    mode = _mode(live=live)
    provider = _verifier(dataclasses.replace(ws, live=live), mailing)
    with ws.locks.hold(f"verify:{mailing.provider}"):
        heads, left = _heads(ws, mailing)
        addresses = list(dict.fromkeys(head.address for head in heads))
        known = known_addresses(ws, mailing, addresses, mode)
        asking = [a for a in addresses if again or known.get(a, verdicts.NOTHING).to_ask]
        done = 0
        for found in _asked(provider, asking):
            postal.keep_verdicts(ws.ledger, mailing.provider, mode, found, ws.now())
            done += len(found)
            progress(done, len(asking))
        known = known_addresses(ws, mailing, addresses, mode)
    report = _report(ws, mailing, mode, heads, known)
    remembered = len(addresses) - len(asking)
    return dataclasses.replace(report, asked=len(asking), remembered=remembered, not_asked=left)


Word = tuple[Sequence[Recipient], str]
"""The people that may be meant, and why their address is right."""


def vouch(
    ws: Workspace, name: str, words: Sequence[Word], by: str, *, live: bool = False
) -> tuple[Recipient, ...]:
    """Write down a person's word that addresses are right as the CRM has them; all or none.

    Refused where one means nobody of the mailing or more than one address, or where nothing
    has been said of it. It counts in the mode it was given in.
    """
    if not all(reason.strip() for _, reason in words):
        raise UsageError(
            "a word for an address needs a reason", hint="--vouch WHO='WHY IT IS RIGHT'"
        )
    mailing, mode = ws.mailing(name), _mode(live=live)
    _verifier(dataclasses.replace(ws, live=live), mailing)
    households = _households(ws, mailing)
    heads = tuple(_meant(households, who, name) for who, _ in words)
    known = known_addresses(ws, mailing, [head.address for head in heads], mode)
    for head in heads:
        if known.get(head.address, verdicts.NOTHING).kept is None:
            message = f"nobody has looked up the address of {head.name_or_key} yet"
            raise Refused(message, hint=f"type `mailroom verify {name}{_flag(mode)}` first")
    for head, (_, reason) in zip(heads, words, strict=True):
        postal.vouch(ws.ledger, mode, head.address, by, reason.strip(), ws.now())
    return heads


def verified_so_far(ws: Workspace, name: str, *, live: bool = False) -> VerifyReport:
    """How the addresses stand, from memory: nobody is asked."""
    mailing, mode = ws.mailing(name), _mode(live=live)
    heads, left = _heads(ws, mailing)
    known = known_addresses(ws, mailing, [head.address for head in heads], mode)
    report = _report(ws, mailing, mode, heads, known)
    return dataclasses.replace(report, remembered=len(known), not_asked=left)


def unverified(
    ws: Workspace, mailing: Mailing, pieces: Iterable[Piece], chosen: Audience
) -> tuple[int, int]:
    """Addresses that are not verified, and how many of them were, but too long ago."""
    heads = _askable(_waiting(pieces, chosen))
    addresses = {head.address for head in heads}
    known = known_addresses(ws, mailing, addresses)
    asking = [a for a in addresses if known.get(a, verdicts.NOTHING).to_ask]
    return len(asking), sum(known[a].old for a in asking if a in known)


# --- who is asked about -------------------------------------------------------------------


def _heads(ws: Workspace, mailing: Mailing) -> tuple[tuple[Recipient, ...], int]:
    """The people to whose address a piece would go; how many more the export's faults hold.

    Whom somebody has vouched for is neither asked about nor held.
    """
    waiting = _households(ws, mailing)
    vouched = postal.vouched(ws.ledger, "live")
    held = [home.head for home in waiting if _is_held(home.head)]
    left = sum(postal.address_key(head.address) not in vouched for head in held)
    return _askable(waiting), left


def _households(ws: Workspace, mailing: Mailing) -> tuple[Household, ...]:
    """Who gets a piece and has not had it, with the addresses of the CRM."""
    pieces, chosen, _ = plan_pieces(ws, ws.setup(mailing))
    return _waiting(pieces, chosen)


def _waiting(pieces: Iterable[Piece], chosen: Audience) -> tuple[Household, ...]:
    keys = {piece.household.key for piece in pieces}
    return tuple(home for home in chosen.households if home.key in keys)


def _askable(households: Iterable[Household]) -> tuple[Recipient, ...]:
    return tuple(home.head for home in households if not _is_held(home.head))


def _is_held(head: Recipient) -> bool:
    errors = {f.rule for f in head.findings if f.severity is Severity.ERROR}
    return bool(errors & ADDRESS_HOLDS)


def _meant(households: Iterable[Household], who: Sequence[Recipient], name: str) -> Recipient:
    """The one head of a household that is meant."""
    keys = {person.key for person in who}
    found = [home.head for home in households if any(m.key in keys for m in home.members)]
    if not found:
        people = ", ".join(person.name_or_key for person in who)
        hint = f"`mailroom why {shlex.quote(who[0].key)} {name}` tells why" if who else ""
        raise Refused(f"no piece of {name} waits for {people or 'nobody'}", hint=hint)
    if len({head.address for head in found}) > 1:
        listed = "; ".join(f"{head.key} {head.name}" for head in found[:5])
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise Refused(f"that may be {listed}{more}", hint="name one by the key: --vouch KEY=...")
    return found[0]


# --- who is asked -------------------------------------------------------------------------


def _mode(*, live: bool) -> str:
    return "live" if live else "test"


def _flag(mode: str) -> str:
    return " --live" if mode == "live" else ""


def _verifier(ws: Workspace, mailing: Mailing) -> Verifier:
    provider = ws.provider(mailing.provider)
    if isinstance(provider, Verifier):
        return provider
    able = ", ".join(_verifiers(ws)) or "none that is installed"
    raise Refused(
        f"{mailing.provider} cannot verify addresses",
        where=mailing.file,
        hint=f"a mailing with one of these as its provider can have it done: {able}",
    )


def _verifiers(ws: Workspace) -> Iterator[str]:
    for name in provider_names():
        with contextlib.suppress(MailroomError):
            if isinstance(ws.provider(name), Verifier):
                yield name


def _asked(provider: Verifier, addresses: Sequence[Address]) -> Iterator[tuple[Verdict, ...]]:
    """What is said, some at a time: of one country, since for another it takes a call more."""
    by_country = groupby(sorted(addresses, key=lambda a: a.country), key=lambda a: a.country)
    done = 0
    for _, those in by_country:
        group = tuple(those)
        for start in range(0, len(group), _AT_ONCE):
            some = group[start : start + _AT_ONCE]
            try:
                yield tuple(provider.verify(some))
            except ProviderError as error:
                kept = f"what was said of {done} addresses is kept; type the same again"
                error.hint = f"{error.hint}; {kept}" if error.hint else kept
                raise
            done += len(some)


# --- what is told -------------------------------------------------------------------------


def _report(
    ws: Workspace,
    mailing: Mailing,
    mode: str,
    heads: Sequence[Recipient],
    known: Mapping[Address, verdicts.Known],
) -> VerifyReport:
    said = [(head, known.get(head.address, verdicts.NOTHING)) for head in heads]
    words = Counter(_word(about) for _, about in said)
    return VerifyReport(
        mailing=mailing.name,
        provider=mailing.provider,
        mode=mode,
        pieces=len(heads),
        addresses=len({head.address for head in heads}),
        not_asked=0,
        asked=0,
        remembered=0,
        counts=dict(words.most_common()),
        rewritten=sum(_is_rewritten(head, about) for head, about in said),
        doubts=tuple(_doubts(ws, mailing, mode, said)),
        held=sum(bool(about.holds) for _, about in said),
    )


def _word(about: verdicts.Known) -> str:
    return about.verdict.word if about.verdict else ""


def _is_rewritten(head: Recipient, about: verdicts.Known) -> bool:
    verdict = about.verdict
    return bool(verdict and not about.vouched and verdicts.differs(head.address, verdict.verified))


def _doubts(
    ws: Workspace, mailing: Mailing, mode: str, said: Iterable[tuple[Recipient, verdicts.Known]]
) -> Iterator[Doubt]:
    """Whoever's address is not plainly deliverable, or has been vouched for."""
    home = ws.settings.sender.address.country
    for head, about in said:
        verdict = about.kept.verdict if about.kept and (about.vouched or not about.old) else None
        if verdict is None or not (verdict.message or about.vouched):
            continue
        who = shlex.quote(head.key)
        yield Doubt(
            recipient=head.name_or_key,
            key=head.key,
            source=head.where,
            address=verdicts.one_line(head.address, home),
            said=verdict.word,
            rule=about.holds,
            message=verdict.message,
            hint=verdict.hint,
            at=about.kept.at if about.kept else "",
            vouched=about.vouched,
            vouch_with=f"mailroom verify {mailing.name}{_flag(mode)} --vouch {who}='WHY' --by YOU",
        )
