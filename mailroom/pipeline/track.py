"""track: what has become of the pieces that were handed over, and is all of it there?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from mailroom.ledger.history import open_mailings
from mailroom.ledger.told import take_news, told_of
from mailroom.model import News, Planned, Status
from mailroom.pipeline.frozen import waits
from mailroom.pipeline.send import Permission
from mailroom.pipeline.sender import open_world, settle_open, sign_in
from mailroom.pipeline.whereabouts import Noted, failed, in_order, noted, silent, teller
from mailroom.track import NOTHING_MADE, ON_ITS_WAY, stands
from mailroom.workspace import Workspace

_HAS_IT = ON_ITS_WAY | {Status.DELIVERED, Status.RETURNED}
"""The provider has had the piece, and must know it."""

_OPEN = ON_ITS_WAY | {Status.SENDING, Status.UNKNOWN}
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class TrackReport:
    """How a mailing stands at its provider; `--json` prints it."""

    mailing: str
    live: bool  #: False: a trial
    providers: tuple[str, ...]  #: those that were asked
    settled: int  #: batches of earlier runs that were brought to an end
    heard: int  #: news that were new
    moved: Mapping[str, int]  #: status -> pieces that have come there now
    counts: Mapping[str, int]  #: status -> pieces that are there
    missing: tuple[Noted, ...]  #: ours, and the provider does not list them
    extra: tuple[Noted, ...]  #: alive at the provider, and not sent as far as the ledger knows
    failed: tuple[Noted, ...]
    silent: tuple[Noted, ...]
    words: Mapping[str, int]  #: words of the provider that are in no table of ours

    @property
    def is_well(self) -> bool:
        """Is there nothing that a person should look at?"""
        return not (self.missing or self.extra or self.failed or self.silent)


def under_way(ws: Workspace) -> tuple[str, ...]:
    """The mailings that have something on its way, or in doubt."""
    names = open_mailings(ws.ledger, frozenset(status.value for status in _OPEN))
    return tuple(name for name in names if ws.settings.knows(name))


def track(ws: Workspace, name: str) -> TrackReport:
    """Settle what is open, ask the provider for news, and compare what it has with the ledger."""
    setup = ws.setup(ws.mailing(name))
    provider = ws.provider(setup.mailing.provider)
    together = provider.capabilities().max_pieces == 1
    with ws.locks.hold(f"mailing:{name}", shared=together), sign_in(ws) as me:
        allowed = Permission(ws, setup.mailing)
        world = open_world(ws, setup, provider, allowed, me)
        settled = settle_open(world, name, ws.tell)
        before = ws.ledger.pieces(name)  # what is accepted while we ask need not be listed yet
        heard = _listen(ws, name)
    items = ws.ledger.pieces(name)
    return TrackReport(
        mailing=name,
        live=ws.live,
        providers=tuple(heard.providers),
        settled=len(settled),
        heard=heard.new,
        moved=in_order(heard.moved.values()),
        counts=in_order(item.status for item in items),
        missing=tuple(_missing(ws, name, before, items, heard)),
        extra=tuple(sorted(_extra(ws, name, items, heard), key=lambda one: one.piece)),
        failed=failed(ws, name, items),
        silent=silent(ws, name, items),
        words=_strange_words(ws, name),
    )


# --- what the provider tells ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """A piece as the provider lists it."""

    piece: str
    key: str
    provider: str
    said: list[Status] = field(default_factory=list)

    @property
    def is_alive(self) -> bool:
        return stands(self.said) not in NOTHING_MADE


@dataclass(kw_only=True)
class _Heard:
    providers: list[str] = field(default_factory=list)
    new: int = 0
    moved: dict[str, Status] = field(default_factory=dict)
    listed: dict[str, _Listed] = field(default_factory=dict)

    def note(self, news: Iterable[News]) -> Iterator[News]:
        """What is listed, while it goes by."""
        for item in news:
            first = _Listed(piece=item.piece, key=item.key, provider=item.provider)
            listed = self.listed.setdefault(item.ref, first)
            if item.status:
                listed.said.append(item.status)
            yield item


def _listen(ws: Workspace, name: str) -> _Heard:
    """Ask everybody who was given something of the mailing, and write down what is new."""
    heard = _Heard()
    for provider in sorted({line.provider for line in ws.ledger.dispatches(name)}):
        if not (tells := teller(ws, provider)):
            continue
        heard.providers.append(provider)
        news = heard.note(tells.news(name))
        while chunk := list(islice(news, _CHUNK)):
            told = take_news(ws.ledger, chunk, ws.now())
            heard.new += told.new
            heard.moved |= told.moved
    return heard


def _strange_words(ws: Workspace, name: str) -> dict[str, int]:
    said = (news for told in told_of(ws.ledger, name).values() for news in told)
    return dict(sorted(Counter(news.word for news in said if not news.known).items()))


# --- is all of it there? --------------------------------------------------------------------


def _missing(
    ws: Workspace,
    name: str,
    before: Iterable[Planned],
    items: Iterable[Planned],
    heard: _Heard,
) -> Iterator[Noted]:
    """What we have handed over, and the provider does not list."""
    had = {item.provider_ref for item in before if item.status in _HAS_IT}
    for item in items:
        ref = item.provider_ref
        asked = item.provider in heard.providers and item.status in _HAS_IT
        if asked and ref and ref in had and ref not in heard.listed:
            hint = f"look for it at {item.provider}"
            if ws.live:
                again = f"then `mailroom prepare {name} --cancelled`"
                hint += f"; not there: `mailroom cancel {name} NUMBER`, {again}"
            yield noted(item, f"{item.provider} does not list it", hint)


def _extra(ws: Workspace, name: str, items: Sequence[Planned], heard: _Heard) -> Iterator[Noted]:
    """What the provider has alive, and the ledger does not know as sent."""
    journal = ws.ledger.dispatches(name)
    ours = {item.provider_ref for item in items if item.status in _HAS_IT}
    # What another sender is handing over now is no surprise; a trial minds its own keys only.
    open_keys = {line.key for line in journal if line.state in ("intent", "unknown")}
    keys = {line.key for line in journal}
    by_key = {item.piece.key: item for item in items}
    for ref, listed in heard.listed.items():
        foreign = listed.key not in keys and not ws.live
        if listed.is_alive and ref not in ours and listed.key not in open_keys and not foreign:
            yield _noted_extra(name, ref, listed, by_key.get(listed.piece))


def _noted_extra(name: str, ref: str, listed: _Listed, item: Planned | None) -> Noted:
    what = f"{listed.provider} has it, and the ledger does not know of it"
    look = f"look at it at {listed.provider}, and call it back there if it is one too many"
    if item is None:
        return Noted(piece=0, recipient="", ref=ref, what=what, hint=look)
    if waits(item):
        look = f"`mailroom send {name}` writes it down as sent before it sends anything"
    elif item.status is Status.CANCELLED:
        what = f"called back, and {listed.provider} still has it"
    person = item.piece.recipient.name_or_key
    return Noted(piece=item.piece.number, recipient=person, ref=ref, what=what, hint=look)
