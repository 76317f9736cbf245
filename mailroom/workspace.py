"""An open workspace: settings, ledger, fonts, clock. What every command starts from."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import mimetypes
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom import marks
from mailroom.config import Settings, load_mailing, load_settings
from mailroom.envelope import envelope_lines
from mailroom.errors import ConfigError
from mailroom.files import cache_folder
from mailroom.fonts import Font, load_fonts
from mailroom.formats import format_named
from mailroom.layout import Layout, load_layout
from mailroom.model import Mailing
from mailroom.produce import Setup
from mailroom.providers import Office, Provider, Tell, open_provider
from mailroom.shipped import FONTS

if TYPE_CHECKING:
    from mailroom.ledger import Ledger
    from mailroom.ledger.lock import Locks

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time, to the second, as the ledger writes it."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A folder with `mailroom.toml`, opened."""

    settings: Settings
    ledger: Ledger
    fonts: tuple[Font, ...]
    clock: Clock
    tell: Tell
    zone: dt.tzinfo | None = None  #: of the office; None: of this machine
    live: bool = True  #: False: a trial, with providers in their test mode
    environ: Mapping[str, str] = dataclasses.field(default_factory=lambda: os.environ, repr=False)

    @property
    def state(self) -> Path:
        return self.settings.state

    @property
    def locks(self) -> Locks:
        """Who is at work on what, on every machine that shares the ledger."""
        from mailroom.ledger.lock import open_locks

        return open_locks(self.settings.ledger_url, self.state)

    @property
    def sent(self) -> Path:
        """Our own copies of what was handed over."""
        return self.state / "sent" if self.live else self.state / "test" / "sent"

    @property
    def _trial_file(self) -> Path:
        return self.state / "test" / "ledger.db"

    @property
    def was_tried(self) -> bool:
        """Is there a trial to look at?"""
        return self._trial_file.is_file()

    @contextlib.contextmanager
    def trial(self) -> Iterator[Workspace]:
        """The same workspace in test mode: a ledger of its own, and nothing is posted."""
        from mailroom.ledger import open_ledger

        ledger = open_ledger(f"sqlite:///{self._trial_file}", self.now())
        try:
            yield dataclasses.replace(self, ledger=ledger, live=False)
        finally:
            ledger.close()

    def now(self) -> str:
        """For the ledger: UTC, so that no clock change confuses it."""
        return self.clock().isoformat()

    @property
    def today(self) -> dt.date:
        """For letters: the day on the wall of the office."""
        return self.clock().astimezone(self.zone).date()

    def mailing(self, name: str) -> Mailing:
        """`mailings/NAME.toml`, with its format filled in."""
        mailing = load_mailing(self.settings, name, self.today)
        if mailing.format:
            return mailing
        layout = self._layout(mailing)
        return dataclasses.replace(mailing, format=layout.formats[0])

    def _layout(self, mailing: Mailing) -> Layout:
        where = mailing.file
        return load_layout(mailing.layout, self.settings.layout_folders, where)

    def provider(self, name: str) -> Provider:
        """The provider with its settings of `mailroom.toml`."""
        office = Office(
            settings=self.settings.providers.get(name, {}),
            folder=self.settings.folder,
            sender=self.settings.sender,
            live=self.live,
            environ=self.environ,
            tell=self.tell,
        )
        return open_provider(name, office)

    def home(self, mailing: Mailing) -> str:
        """The country the mailing is posted in: what leaves it goes abroad."""
        return self.provider(mailing.provider).home or self.settings.sender.address.country

    def setup(self, mailing: Mailing) -> Setup:
        """Layout, format, fonts and pictures of a mailing; ConfigError if they do not fit."""
        where = mailing.file
        layout = self._layout(mailing)
        fmt = format_named(mailing.format, where)
        if fmt.name not in layout.formats:
            hint = f"it is made for: {', '.join(layout.formats)}"
            raise ConfigError(f"{layout.name} is not made for {fmt.name}", where=where, hint=hint)
        marks.check_option(mailing.options, fmt, where)
        families = {font.family for font in self.fonts}
        for family in layout.fonts:
            if family not in families:
                hint = f"fonts/ has: {', '.join(sorted(families))}"
                raise ConfigError(f"the font {family!r} is not in fonts/", where=where, hint=hint)
        sender = self.settings.sender
        prepared = self._prepared(mailing, layout)
        return Setup(
            mailing=mailing,
            layout=layout,
            format=fmt,
            fonts=self.fonts,
            sender=sender,
            sender_lines=envelope_lines((), sender.address, sender.address.country),
            workspace=self.settings.folder,
            pictures=tuple(sorted({*prepared.values()})),
            prepared=prepared,
            inks=self.settings.inks,
            cache=cache_folder("stencils"),
        )

    def _prepared(self, mailing: Mailing, layout: Layout) -> dict[Path, Path]:
        """Signatures, and the files that the mailing gives for the layout's image fields.

        Each with the file that is shown instead: what signs anywhere does so everywhere.
        """
        from mailroom.pictures import Purpose, prepare

        wanted = {
            file: Purpose.PHOTO
            for field in layout.fields.values()
            if field.type == "image" and mailing.fields.get(field.name)
            for file in self._picture(mailing.fields[field.name], mailing)
        }
        for owner in self.settings.owners.values():
            if owner.signature:
                wanted[owner.signature] = Purpose.SIGNATURE
        folder = self.state / "pictures"
        found = {}
        for path, purpose in wanted.items():
            try:
                found[path] = prepare(path, folder, purpose)
            except ConfigError as error:
                if not self._is_one_of_many(path, mailing, layout):
                    raise
                self.tell(f"{error.where}: {error.message}; whose picture it is gets none")
        return found

    def _is_one_of_many(self, path: Path, mailing: Mailing, layout: Layout) -> bool:
        """Is it one person's picture, from a folder? What is wrong with it holds nobody else."""
        names = (mailing.fields.get(f.name) for f in layout.fields.values() if f.type == "image")
        return path.parent in {(self.settings.folder / name).resolve() for name in names if name}

    def _picture(self, name: str, mailing: Mailing) -> Iterable[Path]:
        """The file, or the pictures in the folder; links in it might lead out of the workspace."""
        path = (self.settings.folder / name).resolve()
        if path.is_relative_to(self.settings.folder):
            if path.is_file():
                return [path]
            if path.is_dir():
                return [file for file in path.iterdir() if _is_picture(file)]
        where = mailing.file
        raise ConfigError(f"there is no picture {name} in the workspace", where=where)


def _is_picture(path: Path) -> bool:
    kind = mimetypes.guess_type(path.name)[0] or ""
    return kind.startswith("image/") and path.is_file() and not path.is_symlink()


@contextlib.contextmanager
def open_workspace(
    start: Path,
    clock: Clock = utc_now,
    tell: Tell = lambda _line: None,
    zone: dt.tzinfo | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[Workspace]:
    """Open the workspace round `start`; its ledger is made or upgraded where needed."""
    from mailroom.ledger import open_ledger

    settings = load_settings(start)
    fonts = load_fonts(FONTS)
    ledger = open_ledger(settings.ledger_url, clock().isoformat())
    try:
        yield Workspace(
            settings=settings,
            ledger=ledger,
            fonts=fonts,
            clock=clock,
            tell=tell,
            zone=zone,
            environ=environ,
        )
    finally:
        ledger.close()
