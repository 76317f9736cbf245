"""`mailroom.toml`, `mailings/` and `programmes/` -> Settings, Mailing, Programme, key by key.

SETTINGS is the one table of what may be written there; the docs are made from it.
Secrets are never in these files: providers read them from the environment.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mailroom.budget import Budget
from mailroom.countries import country_code
from mailroom.errors import ConfigError
from mailroom.inks import CONDITION, Inks
from mailroom.model import Address, Mailing, Owner, Sender
from mailroom.occasions import CHILD, LEAP, TRIGGERS, Programme, Trigger
from mailroom.providers import settings as providers
from mailroom.rates import read_amount
from mailroom.schedule import TRANSIT, Transit
from mailroom.shipped import LAYOUTS

WORKSPACE_FILE = "mailroom.toml"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_EDITION = re.compile(r"(?P<programme>.+)-(?P<day>\d{4}-\d\d-\d\d)")
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # no file can have such a name on Windows


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key of a file; `*` stands for a name the user chooses."""

    key: str
    type: type
    help: str
    default: Any = None
    required: bool = False


def _setting(key: str, kind: type, help_: str, default: Any = None) -> Setting:
    return Setting(key=key, type=kind, help=help_, default=default)


def _needed(key: str, kind: type, help_: str) -> Setting:
    return Setting(key=key, type=kind, help=help_, required=True)


SETTINGS = (
    _needed("sender.company", str, "who the post comes from; printed on letters and envelopes"),
    _setting("sender.email", str, "printed on letters", ""),
    _setting("sender.phone", str, "printed on letters", ""),
    _setting("sender.website", str, "printed on letters", ""),
    _needed("sender.address.line1", str, "street and number of the return address"),
    _setting("sender.address.line2", str, "second line of the return address", ""),
    _needed("sender.address.city", str, "town of the return address"),
    _setting("sender.address.region", str, "state or county of the return address", ""),
    _setting("sender.address.postcode", str, "postal code of the return address", ""),
    _needed("sender.address.country", str, "two letters (ISO 3166); decides what is abroad"),
    _needed("owners.*.name", str, "a colleague who signs, as printed under the signature"),
    _setting("owners.*.role", str, "printed under the name", ""),
    _setting("owners.*.phone", str, "for the call after the piece has arrived", ""),
    _setting("owners.*.signature", str, "picture of the signature, a file of the workspace", ""),
    _setting("sources.*.files", list, "exports of this source, in order", ()),
    _setting("sources.*.columns.*", str, "column of the export -> field (`address.line1`)"),
    _setting("sources.*.country", str, "of its addresses without one; empty: the sender's", ""),
    _setting("sources.*.inbox", str, 'names of its exports in the inbox, like "crm-*.csv"', ""),
    _setting("inbox.folder", str, "where `mailroom watch` looks for exports", "inbox"),
    _setting("layouts.folder", str, "your own layouts; they hide shipped ones", "layouts"),
    _setting(
        "ledger.url",
        str,
        "`sqlite:///FILE` or `postgresql://USER@HOST/NAME` (ledger.md); empty: .mailroom/ledger.db",
        "",
    ),
    _setting("executor.kind", str, "`inline` or `processes`", "processes"),
    _setting("executor.workers", int, "worker processes; 0: one a processor", 0),
    _setting("press.pieces_per_file", int, "pieces in one file of finished pages", 1000),
    _setting(
        "print.profile", str, "ICC profile of your printer, in CMYK; empty: ISO Coated v2", ""
    ),
    _setting("print.condition", str, "what it is of, such as FOGRA51; empty: its own name", ""),
    _setting("print.max_ink", int, "per cent of ink in one place that the paper takes", 300),
    _setting("budget.*.run", str, 'by currency, like "500.00": for one mailing, all its sends'),
    _setting("budget.*.day", str, "by currency: what may be spent on one day"),
    _setting("budget.*.month", str, "by currency: what may be spent in a month of the calendar"),
    _setting("alarm.volume", str, "so many per cent more pieces than last time are odd", "12.5"),
    _setting(
        "duplicates.homes", bool, "`false`: nobody shares name and home; docs/duplicates.md", True
    ),
    _setting("transit.*.production", int, "business days until it is posted; docs/money.md"),
    _setting("transit.*.domestic", int, "business days from there to the doormat"),
    _setting("transit.*.abroad", int, "the same abroad"),
    *(
        _setting(f"providers.{name}.{key}", kind, help_, default)
        for name, rows in providers.SETTINGS.items()
        for key, kind, help_, default in rows
    ),
)

_UNLISTED = (_setting("providers.fake.posts_nothing", bool, "it is for tests", False),)
"""Understood and told nobody."""

MAILING_SETTINGS = (
    _needed("title", str, "what people call it"),
    _needed("layout", str, "`mailroom layout list` shows them"),
    _setting("format", str, "empty: the first of the layout", ""),
    _setting("provider", str, "`outbox`, `printer` or `lob`", "outbox"),
    _needed("owner", str, "who signs where a person has no owner; a name under [owners]"),
    _setting("date", dt.date, "printed on letters; empty: the day of `prepare`"),
    _setting("language", str, "where neither person nor country says", "en"),
    _setting("formality", str, "`formal` or `informal`; empty: as the language has it", ""),
    _setting("script", str, "`latin`: names and addresses on the envelope in Latin letters", ""),
    _setting("us_form", str, "`standard`: US addresses in the form of Publication 28", ""),
    _setting("where", str, "filter of the audience, as in `mailroom people`", ""),
    _setting("sources", list, "sources it draws from; empty: all", ()),
    _setting("limit", int, "at most so many pieces; 0: no limit", 0),
    _setting("grammage", int, "g/m2 of the paper; 0: what a piece weighs is not judged", 0),
    _setting("pause_after", int, "post so many first, to be looked at; 0: all at once", 0),
    _setting("compare", str, "the mailing of last time; empty: the one of the same name", ""),
    _setting("arrive_by", dt.date, "worked back to the day on which it is handed over"),
    _setting("send_on", dt.date, "the day on which it is handed over, whenever it arrives"),
    _setting("one_per_household", bool, "one piece for people living together", True),
    _setting("fields.*", str, "value of a layout's field, the same for everybody"),
    _setting("text.*.*", str, "your words for a layout's: [text.en] message = ..."),
    *(
        _setting(f"options.{key}", kind, help_, default)
        for key, kind, help_, default in dict.fromkeys(
            row for rows in providers.OPTIONS.values() for row in rows
        )
    ),
)


class Numbers(list[int]):
    """The type of a setting that is a list of whole numbers."""


_A_DAYS_OWN = {"date", "arrive_by", "send_on", "compare"}
"""What a mailing may say and a programme may not: each of its editions has a day of its own."""

PROGRAMME_SETTINGS = (
    *(setting for setting in MAILING_SETTINGS if setting.key not in _A_DAYS_OWN),
    _needed("trigger.on", str, ", ".join(f"`{name}`" for name in TRIGGERS)),
    _setting("trigger.field", str, "where the day or the stage stands; empty: as the trigger", ""),
    _setting("trigger.arrive", int, "days before the day on which it is to arrive", 0),
    _setting("trigger.late", int, "days after which it is too late; 3, for changes 30"),
    _setting("trigger.leap", str, "a 29 February in other years: " + " or ".join(LEAP), LEAP[0]),
    _setting("trigger.minimum_age", int, "who turns less is shown and gets nothing", CHILD),
    _setting("trigger.years", Numbers, "of an anniversary, like [1, 5, 10]; empty: each", ()),
    _setting("trigger.from", list, "stages it came from; empty: any", ()),
    _setting("trigger.to", list, 'stages that set it off, like ["won", "customer"]', ()),
    _setting("trigger.again_after", int, "days out of the stage after which it counts again", 0),
)
_LONGEST = {"arrive": 60, "late": 60}
"""Days; more would reach into the next birthday."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A CRM export that comes again and again."""

    name: str
    files: tuple[Path, ...] = ()
    inbox: str = ""  #: pattern of its files' names in the inbox
    country: str = ""  #: ISO 3166-1 alpha-2, of addresses without one; empty: the sender's
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A workspace: the folder with `mailroom.toml` and what is written in it."""

    folder: Path
    sender: Sender
    owners: Mapping[str, Owner]
    sources: Mapping[str, Source]
    providers: Mapping[str, Mapping[str, Any]]
    ledger_url: str
    executor: str
    workers: int
    pieces_per_file: int
    layout_folders: tuple[Path, ...]
    inks: Inks = field(default_factory=Inks)
    budgets: Mapping[str, Budget] = field(default_factory=dict)  #: by currency
    alarm_volume: Decimal = Decimal("12.5")  #: per cent
    homes: bool = True  #: may people of one name share a home?
    transit: Mapping[str, Transit] = field(default_factory=lambda: TRANSIT)
    inbox: Path = Path("inbox")

    @property
    def state(self) -> Path:
        """Where mailroom keeps what it makes: ledger, prepared pages, proofs."""
        return self.folder / ".mailroom"

    @property
    def mailings(self) -> tuple[str, ...]:
        """The names of all mailings of the workspace; `misnamed` are none."""
        return tuple(path.stem for path in self._mailing_files() if is_name(path.stem))

    @property
    def misnamed(self) -> tuple[str, ...]:
        """Files that would be mailings had they a name that can be one."""
        return tuple(path.name for path in self._mailing_files() if not is_name(path.stem))

    @property
    def programmes(self) -> tuple[str, ...]:
        """The names of all programmes of the workspace."""
        files = sorted((self.folder / "programmes").glob("*.toml"))
        return tuple(path.stem for path in files if is_name(path.stem))

    def edition(self, name: str) -> tuple[str, dt.date] | None:
        """The programme and the day that a name such as `birthday-2026-12-01` means."""
        found = _EDITION.fullmatch(name)
        if not found or found["programme"] not in self.programmes:
            return None
        try:
            return found["programme"], dt.date.fromisoformat(found["day"])
        except ValueError:
            return None

    def editions(self, day: dt.date) -> tuple[str, ...]:
        """The names of all programmes' editions of a day."""
        return tuple(f"{programme}-{day}" for programme in self.programmes)

    def knows(self, name: str) -> bool:
        """Is it a mailing, or an edition of a programme?"""
        return name in self.mailings or self.edition(name) is not None

    def _mailing_files(self) -> list[Path]:
        return sorted((self.folder / "mailings").glob("*.toml"))


def is_name(text: str) -> bool:
    """May a mailing or a source be called so? It becomes part of keys and of paths.

    No capitals, since some file systems take two names for one that differ in them only.
    """
    return bool(_NAME.fullmatch(text)) and not _DEVICES.fullmatch(text)


def file_of(name: str) -> str:
    """Where a mailing of that name would be written down, whose file is gone."""
    found = _EDITION.fullmatch(name)
    return f"programmes/{found['programme']}.toml" if found else f"mailings/{name}.toml"


def check_mailing_name(name: str) -> None:
    """ConfigError where no mailing may be called so."""
    if not is_name(name):
        near = _nearest_name(name)
        rename = f": rename the file to {near}.toml" if near else ""
        hint = f"use small letters, digits, - and _{rename}"
        raise ConfigError(f"{name!r} is no name for a mailing", where="mailings/", hint=hint)


def _nearest_name(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    return name if is_name(name) else ""


def find_workspace(start: Path) -> Path:
    """The nearest folder with `mailroom.toml`, from `start` upwards."""
    for folder in (start, *start.parents):
        if (folder / WORKSPACE_FILE).is_file():
            return folder
    hint = "type `mailroom init DIR` to make one, or name one with -C DIR"
    raise ConfigError(f"no {WORKSPACE_FILE} here or above", where=str(start), hint=hint)


def load_settings(start: Path) -> Settings:
    """Read the workspace round `start`; ConfigError names file and key."""
    folder = find_workspace(start.resolve())
    values = _read(folder / WORKSPACE_FILE, (*SETTINGS, *_UNLISTED))
    executor = _value(values, SETTINGS, "executor.kind")
    if executor not in ("inline", "processes"):
        hint = "write `inline` or `processes`"
        raise ConfigError(f"no executor {executor!r}", where=WORKSPACE_FILE, hint=hint)
    return Settings(
        folder=folder,
        sender=_sender(values["sender"]),
        owners={k: _owner(folder, k, v) for k, v in values.get("owners", {}).items()},
        sources={k: _source(folder, k, v) for k, v in values.get("sources", {}).items()},
        providers=_providers(values.get("providers", {})),
        ledger_url=_ledger_url(folder, _value(values, SETTINGS, "ledger.url")),
        executor=executor,
        workers=_value(values, SETTINGS, "executor.workers"),
        pieces_per_file=_at_least_one(values, "press.pieces_per_file"),
        layout_folders=(folder / _value(values, SETTINGS, "layouts.folder"), LAYOUTS),
        inks=_inks(folder, values),
        budgets={code: _budget(code, v) for code, v in values.get("budget", {}).items()},
        homes=_value(values, SETTINGS, "duplicates.homes"),
        alarm_volume=_amount("[alarm] volume", _value(values, SETTINGS, "alarm.volume")),
        transit={**TRANSIT} | {k: _transit(k, v) for k, v in values.get("transit", {}).items()},
        inbox=folder / _value(values, SETTINGS, "inbox.folder"),
    )


def _inks(folder: Path, values: dict[str, Any]) -> Inks:
    profile = _value(values, SETTINGS, "print.profile")
    condition = _value(values, SETTINGS, "print.condition")
    limit = float(_at_least_one(values, "print.max_ink"))
    if profile:
        return Inks(profile=folder / profile, condition=condition, limit=limit)
    return Inks(condition=condition or CONDITION, limit=limit)


def _providers(tables: dict[str, Any]) -> dict[str, Any]:
    for name, table in tables.items():
        if url := table.get("base_url"):
            _check_base_url(f"[providers.{name}] base_url", url)
    return tables


def _check_base_url(key: str, url: str) -> None:
    """A provider's key and customers' addresses go there: not in clear over a network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ConfigError(f"{key} is no address", where=WORKSPACE_FILE) from None
    if parts.username is not None or parts.query or parts.fragment:
        message = f"{key} is more than an address"
        hint = "leave out names, passwords and all from ? or # on; keys are read from the "
        raise ConfigError(message, where=WORKSPACE_FILE, hint=f"{hint}environment")
    if not host or not (
        parts.scheme == "https" or (parts.scheme == "http" and providers.is_here(host))
    ):
        hint = 'write "https://...", or "http://127.0.0.1:PORT/v1" for a service of this machine'
        raise ConfigError(f"{key}: {url!r} is not safe", where=WORKSPACE_FILE, hint=hint)


def _amount(key: str, written: str) -> Decimal:
    amount = read_amount(written)
    if amount is None:
        hint = 'write it with a point, like "500.00"'
        raise ConfigError(f"{key}: {written!r} is no amount", where=WORKSPACE_FILE, hint=hint)
    return amount


def _budget(currency: str, values: Mapping[str, str]) -> Budget:
    table = f"[budget.{currency}]"
    if not re.fullmatch("[A-Z]{3}", currency):
        hint = "three capital letters, like [budget.USD] (ISO 4217)"
        raise ConfigError(f"{table} is of no currency", where=WORKSPACE_FILE, hint=hint)
    return Budget(**{per: _amount(f"{table} {per}", text) for per, text in values.items()})


def _transit(name: str, values: Mapping[str, int]) -> Transit:
    return dataclasses.replace(TRANSIT.get(name, TRANSIT["post"]), **values)


def _ledger_url(folder: Path, written: str) -> str:
    """A ledger is one file wherever one stands, and never in memory: or all is sent again."""
    here = str(folder).replace("%", "%25").replace("?", "%3F")
    if not written:
        return f"sqlite:///{here}/.mailroom/ledger.db"
    if not written.startswith("sqlite:"):
        return written
    file = written.removeprefix("sqlite:///")
    if file == written or file.startswith(("?", ":", "file:")) or not file:
        hint = 'write "sqlite:///FILE", or leave it out'
        raise ConfigError("ledger.url names no file", where=WORKSPACE_FILE, hint=hint)
    return written if file.startswith("/") else f"sqlite:///{here}/{file}"


def _sender(values: dict[str, Any]) -> Sender:
    address = Address(**values["address"])
    _check_country("sender.address.country", address.country)
    return Sender(**{**values, "address": address})


def _check_country(key: str, text: str) -> None:
    code = country_code(text)
    if not code or code != text:
        hint = f'write "{code}"' if code else "two capital letters, like GB or DE (ISO 3166)"
        raise ConfigError(f"{key}: {text!r} is no country's code", where=WORKSPACE_FILE, hint=hint)


def _owner(folder: Path, key: str, values: dict[str, Any]) -> Owner:
    signature = values.pop("signature", "")
    path = (folder / signature).resolve() if signature else None
    where = f"{WORKSPACE_FILE} [owners.{key}]"
    if "name" not in values:
        raise ConfigError("name is missing", where=where, hint='write name = "..."')
    if path and not path.is_relative_to(folder):
        hint = "copy the picture into the workspace"
        raise ConfigError("the signature lies outside the workspace", where=where, hint=hint)
    if path and not path.is_file():
        raise ConfigError(f"there is no file {signature}", where=where, hint="correct `signature`")
    return Owner(key=key, signature=path, **values)


def _source(folder: Path, name: str, values: dict[str, Any]) -> Source:
    if not is_name(name):
        near = _nearest_name(name) or "crm"
        hint = f"use small letters, digits, - and _, such as [sources.{near}]"
        raise ConfigError(f"{name!r} is no name for a source", where=WORKSPACE_FILE, hint=hint)
    files = tuple(folder / file for file in values.get("files", ()))
    if country := values.get("country", ""):
        _check_country(f"sources.{name}.country", country)
    return Source(
        name=name,
        files=files,
        inbox=values.get("inbox", ""),
        country=country,
        columns=values.get("columns", {}),
    )


def load_mailing(settings: Settings, name: str, today: dt.date) -> Mailing:
    """Read `mailings/NAME.toml`, or the edition of a programme that `name` is.

    `today` is printed where a mailing names no date; an edition's date is its day.
    """
    edition = settings.edition(name)
    if edition is None:
        path = _mailing_file(settings, name)
        return _mailing(settings, name, path, _read(path, MAILING_SETTINGS), today)
    if name in settings.mailings:
        hint = f"rename mailings/{name}.toml"
        raise ConfigError(
            f"{name} is an edition of {edition[0]}, too", where="mailings/", hint=hint
        )
    programme, day = edition
    common = load_programme(settings, programme).mailing
    return dataclasses.replace(common, name=name, date=day, send_on=day)


def load_programme(settings: Settings, name: str) -> Programme:
    """Read `programmes/NAME.toml`; ConfigError names file and key."""
    where = f"programmes/{name}.toml"
    if name not in settings.programmes:
        near = difflib.get_close_matches(name, settings.programmes, n=1)
        known = ", ".join(settings.programmes) or "none yet"
        hint = f"did you mean {near[0]!r}?" if near else f"programmes here: {known}"
        raise ConfigError(f"there is no programme {name!r}", where="programmes/", hint=hint)
    path = settings.folder / where
    values = _read(path, PROGRAMME_SETTINGS)
    trigger = _trigger(values.pop("trigger"), where)
    values.setdefault("one_per_household", TRIGGERS[trigger.on].together)
    mailing = _mailing(settings, name, path, values, dt.date.min)
    return Programme(
        name=name, mailing=dataclasses.replace(mailing, programme=name), trigger=trigger
    )


def _mailing(
    settings: Settings, name: str, path: Path, values: dict[str, Any], today: dt.date
) -> Mailing:
    where = f"{path.parent.name}/{path.name}"
    if values["owner"] not in settings.owners:
        hint = f"use one of: {', '.join(settings.owners) or '(add [owners.NAME] first)'}"
        raise ConfigError(f"there is no owner {values['owner']!r}", where=where, hint=hint)
    if values.get("formality", "") not in ("", "formal", "informal"):
        raise ConfigError("formality is `formal` or `informal`", where=where)
    for word, known in (("script", "latin"), ("us_form", "standard")):
        if values.get(word, "") not in ("", known):
            raise ConfigError(f"{word} is `{known}` or left out", where=where)
    _check_options(values, where)
    defaults = {s.key: s.default for s in MAILING_SETTINGS if s.key.isidentifier()}
    merged = {**defaults, "date": today, **values}
    return Mailing(name=name, **{**merged, "sources": tuple(merged["sources"])})


def _trigger(values: Mapping[str, Any], where: str) -> Trigger:
    on = values["on"]
    if on not in TRIGGERS:
        hint = f"write one of: {', '.join(TRIGGERS)}"
        raise ConfigError(f"[trigger] on: nothing is called {on!r}", where=where, hint=hint)
    kind = TRIGGERS[on]
    for key, value in values.items():
        if key != "on" and key not in kind.keys:
            hint = f"{on} has: {', '.join(kind.keys)}"
            raise ConfigError(f"[trigger] {key} is not for {on}", where=where, hint=hint)
        if key in _LONGEST and value > _LONGEST[key]:
            hint = f"at most {_LONGEST[key]} days"
            raise ConfigError(f"[trigger] {key} is {value}", where=where, hint=hint)
    if values.get("leap", LEAP[0]) not in LEAP:
        hint = " or ".join(f'"{day}"' for day in LEAP)
        raise ConfigError(f"[trigger] leap: {values['leap']!r}", where=where, hint=f"write {hint}")
    if "to" in kind.keys and not values.get("to"):
        hint = 'write the stages that set it off, like to = ["won", "customer"]'
        raise ConfigError("[trigger] to is missing", where=where, hint=hint)
    said: dict[str, Any] = {"field": kind.field, "late": kind.late}
    for key, value in values.items():
        said["came_from" if key == "from" else key] = _frozen(value)
    return Trigger(**said)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_options(values: Mapping[str, Any], where: str) -> None:
    """One that its provider has not would be asked for in vain."""
    provider = values.get("provider", "outbox")
    known = [row[0] for row in providers.OPTIONS.get(provider, ())]
    for name in values.get("options", {}):
        if provider in providers.OPTIONS and name not in known:
            hint = f"{provider} has: {', '.join(known) or 'none'}"
            raise ConfigError(f"[options] {name} is not for {provider}", where=where, hint=hint)


def _mailing_file(settings: Settings, name: str) -> Path:
    check_mailing_name(name)
    folder = settings.folder / "mailings"
    twin = next((file for file in settings.misnamed if file.casefold() == f"{name}.toml"), "")
    if name not in settings.mailings:
        near = difflib.get_close_matches(name, settings.mailings, n=1)
        known = ", ".join(settings.mailings) or "none yet"
        hint = f"did you mean {near[0]!r}?" if near else f"mailings here: {known}"
        if name in settings.programmes:
            hint = "it is a programme: `mailroom due` tells the name of its edition"
        hint = f"rename {twin} to {name}.toml" if twin else hint
        raise ConfigError(f"there is no mailing {name!r}", where=str(folder), hint=hint)
    if twin:
        message = f"{twin} and {name}.toml differ in capitals only"
        raise ConfigError(message, where=str(folder), hint=f"rename or remove {twin}")
    return folder / f"{name}.toml"


# --- checking -----------------------------------------------------------------------------


def _read(path: Path, settings: tuple[Setting, ...]) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = f"check its rights: ls -l {path}"
        raise ConfigError(f"not readable: {error.strerror}", where=str(path), hint=hint) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "it is TOML: texts stand in quotes, lists in [ ]"
        raise ConfigError(f"not readable: {error}", where=str(path), hint=hint) from None
    for key, value in _flat(values):
        _check(path, key, value, settings)
    for setting in settings:
        if setting.required and "*" not in setting.key and _look_up(values, setting.key) is None:
            hint = f"{setting.key}: {setting.help}"
            raise ConfigError(f"{setting.key} is missing", where=path.name, hint=hint)
    return values


def _flat(values: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, (*prefix, key))
        else:
            yield "\0".join((*prefix, key)), value


def _check(path: Path, key: str, value: Any, settings: tuple[Setting, ...]) -> None:
    parts = key.split("\0")
    name = ".".join(parts)
    for setting in settings:
        if _matches(setting.key.split("."), parts):
            if not _fits(value, setting.type):
                hint = f"{setting.key}: {setting.help}"
                wanted = _WANTED[setting.type]
                raise ConfigError(f"{name} must be {wanted}", where=path.name, hint=hint)
            return
    if _is_a_guests(parts):
        return
    if parts[0] == "providers" and parts[-1] in providers.MOVED:
        hint = "prices stand in rates.toml now: docs/money.md tells how"
        raise ConfigError(f"{name} is not a setting", where=path.name, hint=hint)
    near = difflib.get_close_matches(name, [s.key for s in settings], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists every key"
    raise ConfigError(f"{name} is not a setting", where=path.name, hint=hint)


def _is_a_guests(parts: list[str]) -> bool:
    """Keys of a provider from another package are its own to check, but for secrets."""
    guests = {entry.name for entry in entry_points(group="mailroom.providers")}
    if _SECRET.search(parts[-1]):
        return False
    if parts[0] == "options":
        return bool(guests)
    return parts[0] == "providers" and len(parts) >= 3 and parts[1] in guests


_SECRET = re.compile(r"password|secret|token|(^|_)key$", re.IGNORECASE)

_WANTED: Mapping[type, str] = {
    str: "a text in quotes",
    int: "a whole number from 0",
    list: 'a list of texts, like ["one", "two"]',
    Numbers: "a list of whole numbers, like [1, 5, 10]",
    bool: "true or false",
    dt.date: "a date, like 2026-12-01",
}


def _fits(value: Any, kind: type) -> bool:
    if kind is Numbers:
        return type(value) is list and all(_fits(item, int) for item in value)
    if type(value) is not kind:  # exactly: true is no number, a time of day no date
        return False
    match value:
        case list():
            return all(_fits(item, str) for item in value)
        case str():
            return "\0" not in value  # it may become a path
        case int():
            return value >= 0
    return True


def _matches(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(
        wanted in ("*", part) for wanted, part in zip(pattern, parts, strict=True)
    )


def _look_up(values: Mapping[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _at_least_one(values: Mapping[str, Any], key: str) -> int:
    number: int = _value(values, SETTINGS, key)
    if number < 1:
        section, _, name = key.partition(".")
        raise ConfigError(
            f"[{section}] {name} is {number}", where=WORKSPACE_FILE, hint="it is at least 1"
        )
    return number


def _value(values: Mapping[str, Any], settings: tuple[Setting, ...], key: str) -> Any:
    found = _look_up(values, key)
    default = next(setting.default for setting in settings if setting.key == key)
    return default if found is None else found
