"""intake: exports into the ledger; and who of the people there is meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from mailroom import audience, plan, verdicts
from mailroom.config import Source
from mailroom.files import sha256
from mailroom.greetings import load_greetings
from mailroom.ledger import postal
from mailroom.ledger.decisions import decisions_of
from mailroom.ledger.people import files_read, gone_people, people_of
from mailroom.ledger.snapshots import read_before
from mailroom.model import (
    Address,
    Mailing,
    Piece,
    Recipient,
)
from mailroom.pipeline import editions
from mailroom.pipeline.holds import known_reasons
from mailroom.pipeline.matches import matches_of
from mailroom.produce import Setup
from mailroom.providers.settings import setting
from mailroom.workspace import Workspace


def unread_exports(ws: Workspace, mailing: Mailing) -> tuple[str, ...]:
    """The sources of a mailing whose files are not the ones that were read last."""
    return tuple(
        source.name
        for source in ws.settings.sources.values()
        if not mailing.sources or source.name in mailing.sources
        if _is_unread(ws, source)
    )


def _is_unread(ws: Workspace, source: Source) -> bool:
    there = {path.name: sha256(path) for path in source.files if path.is_file()}
    read = files_read(ws.ledger, source.name)
    if all(read.get(name) == digest for name, digest in there.items()):
        return False
    # What came in through the inbox has other names: then these are old, if they were ever read.
    elsewhere = not there.keys() & read.keys()
    return not (elsewhere and read_before(ws.ledger, source.name, [*there.values()]))


def choose(ws: Workspace, mailing: Mailing) -> audience.Audience:
    """Who gets the mailing and who is left out, as the ledger stands now."""
    return _choose(ws, mailing).audience


def _choose(ws: Workspace, mailing: Mailing) -> editions.Edition:
    people = people_of(ws.ledger)  # everybody: who is suppressed in one export is so in all
    gone = gone_people(ws.ledger)  # who had opted out there has not opted in again
    if not mailing.programme:
        return editions.Edition(audience=choose_among(ws, mailing, people, gone))
    found = editions.look(ws, mailing, people)
    return found.edition(choose_among(ws, mailing, people, gone, found.not_due))


def choose_among(
    ws: Workspace,
    mailing: Mailing,
    people: Sequence[Recipient],
    gone: Sequence[Recipient],
    not_meant: Callable[[Recipient], str] = lambda _: "",
) -> audience.Audience:
    """The same of people who have been read already; `not_meant`: see `audience.choose`."""
    decisions = decisions_of(ws.ledger, "")
    return audience.choose(
        people,
        where=mailing.where,
        sources=mailing.sources,
        gone=gone,
        one_per_household=mailing.one_per_household,
        not_meant=not_meant,
        known=known_reasons(ws),
        decisions=decisions,
        matches=matches_of(ws, decisions),
    )


def plan_pieces(
    ws: Workspace, setup: Setup, of: str = ""
) -> tuple[tuple[Piece, ...], audience.Audience, tuple[plan.AlreadySent, ...]]:
    """Who gets a piece, as the ledger and the mailing stand now; `of`: see `make_pieces`."""
    plan.check_mailing(setup.layout, setup.mailing)
    edition = _choose(ws, setup.mailing)
    chosen = edition.audience
    sent = ws.ledger.sent(setup.mailing.name)
    looked_up = known_addresses(ws, setup.mailing, [h.head.address for h in chosen.households])
    had = plan.SentBefore(
        households=sent.households,
        recipients=sent.recipients,
        numbers=frozenset(sent.numbers.values()),
    )
    pieces, before, beyond = plan.make_pieces(
        chosen.households,
        setup.mailing,
        setup.layout,
        setup.sender,
        ws.settings.owners,
        had,
        looked_up,
        load_greetings(ws.settings.folder),
        of,
    )
    pieces = tuple(map(edition.with_occasions, pieces))
    left_out = (*chosen.left_out, *beyond)
    return pieces, dataclasses.replace(chosen, left_out=left_out), before


def known_addresses(
    ws: Workspace, mailing: Mailing, addresses: Iterable[Address], mode: str = "live"
) -> Mapping[Address, verdicts.Known]:
    """What the mailing's provider and people have said of the CRM's addresses.

    A plan is made of `live` verdicts only, also in a trial: with a test key nobody has looked.
    """
    wanted = tuple(dict.fromkeys(addresses))
    kept = postal.verdicts(ws.ledger, mailing.provider, mode, wanted)
    vouched = postal.vouched(ws.ledger, mode)
    if not (kept or vouched):
        return {}
    days, now = verify_days(ws, mailing.provider), ws.clock()
    found = {}
    for address in wanted:
        key = postal.address_key(address)
        if key in kept or key in vouched:
            told = kept.get(key)
            old = told is not None and verdicts.is_old(told.at, now, days)
            found[address] = verdicts.Known(kept=told, old=old, vouched=vouched.get(key))
    return found


def verify_days(ws: Workspace, provider: str) -> int:
    """For how many days a verdict of this provider counts."""
    days = setting(provider, "verify_days", ws.settings.providers.get(provider, {}))
    return verdicts.DAYS if days is None else int(days)
