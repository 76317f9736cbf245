"""The provider seam: who turns finished files into paper in the post.

A provider is synchronous and holds nothing that matters: the ledger knows what was
intended, the provider knows what it has, and `find` brings the two together after a crash.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from mailroom.errors import ConfigError
from mailroom.formats import Format
from mailroom.model import Batch, Order, Quote, Receipt

Tell = Callable[[str], None]
"""Takes one line for the person who waits, such as `the printer is out of paper`."""

Factory = Callable[[Mapping[str, Any], Path, Tell], "Provider"]
"""What the table and the entry points name: `(settings, workspace, tell) -> Provider`."""

PROVIDERS: dict[str, str] = {
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


class Provider(Protocol):
    """Turns a batch into post. Every call raises ProviderError when it cannot do its work."""

    name: str

    def capabilities(self) -> Capabilities:
        """What it can do; a provider that is a device is asked now."""

    def check(self, fmt: Format) -> None:
        """Raise Unsupported, with every reason, if it cannot make this format."""

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


def provider_names() -> tuple[str, ...]:
    """Every provider that can be opened, built-in ones and those of other packages."""
    return tuple(sorted({*PROVIDERS, *(e.name for e in entry_points(group=ENTRY_POINTS))}))


def open_provider(
    name: str, settings: Mapping[str, Any], workspace: Path, tell: Tell = lambda _line: None
) -> Provider:
    """The provider of that name with the settings of its `[providers.NAME]` table.

    Nothing is contacted yet. ConfigError for an unknown name or a bad setting.
    """
    return _factory(name)(settings, workspace, tell)


def _factory(name: str) -> Factory:
    built_in = PROVIDERS | FAKE
    if name in built_in:
        module, _, attribute = built_in[name].partition(":")
        return cast("Factory", getattr(importlib.import_module(module), attribute))
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        return cast("Factory", entry.load())
    known = ", ".join(provider_names())
    raise ConfigError(f"there is no provider {name!r}", hint=f"use one of: {known}")
