"""The provider seam: who turns finished files into paper in the post.

A provider is synchronous and holds nothing that matters: the ledger knows what was
intended, the provider knows what it has, and `find` brings the two together after a crash.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from mailroom.errors import ConfigError
from mailroom.formats import Format
from mailroom.model import (
    Address,
    Batch,
    Finding,
    News,
    Order,
    Piece,
    Quote,
    Receipt,
    Sender,
    Verdict,
)
from mailroom.providers.handling import PLAIN, Handling

Tell = Callable[[str], None]
"""Takes one line for the person who waits, such as `the printer is out of paper`."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """What a provider is told of the office it works for."""

    settings: Mapping[str, Any]  #: its [providers.NAME] table
    folder: Path  #: the workspace
    sender: Sender | None = None
    live: bool = True  #: False: its test mode, in which nothing is posted
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)  #: where its secrets are
    tell: Tell = lambda _line: None


Factory = Callable[[Office], "Provider"]
"""What the table and the entry points name."""

PROVIDERS: dict[str, str] = {
    "lob": "mailroom.providers.lob:Lob",
    "outbox": "mailroom.providers.outbox:Outbox",
    "printer": "mailroom.providers.printer:Printer",
}
"""The built-in providers as `module:Class`, imported when they are opened."""

FAKE = {"fake": "mailroom.providers.fake:Fake"}
"""Can be opened and is no choice: it is there for tests."""

ENTRY_POINTS = "mailroom.providers"
"""Other packages add providers under this entry point group."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a provider can do, as far as the plan has to know."""

    formats: tuple[str, ...]  #: names of FORMATS it can make
    max_pieces: int | None = None  #: in a batch; None: the whole mailing in one
    trimmed: bool = False  #: its stock is cut already: flat pages come without their bleed
    paperwork: bool = True  #: envelopes and a manifest are for it, too
    concurrency: int = 1  #: batches it takes at the same time
    key_lifetime: dt.timedelta | None = None
    """How long it knows a key, so that the same batch may be submitted again; None: for ever.

    Where it is limited, that `find` finds nothing proves nothing.
    """
    test_mode: bool = False  #: it can be tried without anything being posted
    lacks: str = ""  #: what keeps it from being called at all, such as a key that is not set
    verifies: bool = False  #: it is a `Verifier`
    handling: Handling = PLAIN  #: how it handles paper; a machine of ours
    holds_back: bool = False  #: it takes a batch now and makes it at `Batch.send_at`
    silent_after: dt.timedelta | None = None
    """A `Teller`: without news for so long, a piece on its way is odd; None: never."""


class Provider(Protocol):
    """Turns a batch into post. Every call raises ProviderError when it cannot do its work."""

    name: str
    home: str  #: the country it posts from (ISO 3166); empty: the sender's

    def capabilities(self) -> Capabilities:
        """What it can do; a provider that is a device is asked now."""

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """Raise Unsupported, with every reason, if it cannot make this format so."""

    def judge(self, piece: Piece, fmt: Format, options: Mapping[str, Any]) -> Iterable[Finding]:
        """What of this one piece it would refuse; an error holds the piece."""

    def quote(self, order: Order) -> Quote:
        """What the order costs, by the rows of the workspace's `rates.toml`; asks nobody."""

    def submit(self, batch: Batch) -> Receipt:
        """Hand the batch over, or go on with what of this `batch.key` is begun already.

        Nothing of a key is ever made twice. ProviderError: `unknown` when something may have
        been made, then only `find` may decide; otherwise this call has changed nothing, and
        `retryable` says that another time may do. Other files under a key of which anything
        is there are refused. A cancelled key stays cancelled: that is then the answer.
        """

    def find(self, key: str) -> Receipt | None:
        """How the batch with this key stands now; asks once and changes nothing.

        None: it has provably never been given anything of it, or all of it is void: nothing
        was made and nothing waits. The status of a receipt is one of

        SENDING: begun; part of it is queued, held or made. `submit` of the very same batch
        goes on with it, and nothing else may be done with its pieces but `cancel`.
        ACCEPTED: it has all of it. PRINTED: all of it is made.
        CANCELLED, FAILED: ended, and provably nothing of it was made.
        UNKNOWN: ended or stuck so that something may have been made; a person decides.

        ProviderError: `retryable` when it cannot be asked just now, `unknown` when it
        cannot tell.
        """

    def cancel(self, key: str) -> Receipt:
        """Make sure that nothing more of the batch is made, even by a `submit` that runs.

        Always safe to call, also again and for a key never seen. CANCELLED: provably nothing
        of it was made; UNKNOWN: something may have been. ProviderError: it could not be
        called back everywhere, so that it has to be asked again.
        """


@runtime_checkable
class Teller(Protocol):
    """A provider that tells what becomes of a piece after it was taken."""

    def news(self, mailing: str) -> Iterable[News]:
        """All it knows of every piece of the mailing; asks, and changes nothing.

        Each piece it has appears at least once. ProviderError where it cannot be asked.
        """

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> News:
        """The news in a call of the provider's; Refused where its signature is not right.

        `headers` are in lower case, `body` is as it came over the wire. EnvironmentProblem
        where there is no secret to check it with.
        """


@runtime_checkable
class Recaller(Protocol):
    """A provider that calls a piece back by its own id, which is quicker and surer."""

    def recall(self, key: str, ref: str) -> Receipt:
        """As `cancel`, for a batch that it has answered with `ref`.

        A receipt that is not CANCELLED says how the piece stands that it is too late for.
        """


@runtime_checkable
class Verifier(Protocol):
    """A provider that looks addresses up in the data of the post."""

    def verify(self, addresses: Sequence[Address]) -> Iterable[Verdict]:
        """What the post says of each, as it comes; ProviderError where it cannot be asked."""


def provider_names() -> tuple[str, ...]:
    """Every provider that can be opened, built-in ones and those of other packages."""
    return tuple(sorted({*PROVIDERS, *(e.name for e in entry_points(group=ENTRY_POINTS))}))


def open_provider(name: str, office: Office) -> Provider:
    """The provider of that name, for this office.

    Nothing is contacted yet. ConfigError for an unknown name or a bad setting.
    """
    return _factory(name)(office)


def _factory(name: str) -> Factory:
    built_in = PROVIDERS | FAKE
    if name in built_in:
        module, _, attribute = built_in[name].partition(":")
        return cast("Factory", getattr(importlib.import_module(module), attribute))
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        return cast("Factory", entry.load())
    known = ", ".join(provider_names())
    raise ConfigError(f"there is no provider {name!r}", hint=f"use one of: {known}")
