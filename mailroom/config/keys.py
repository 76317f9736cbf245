"""What may be written in `mailroom.toml`, in a mailing and in a programme: a row a key.

The docs are made from these tables. Secrets are never in these files: providers read them from
the environment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from mailroom.occasions import CHILD, LEAP, TRIGGERS
from mailroom.providers import settings as providers


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key of a file; `*` stands for a name the user chooses."""

    key: str
    type: type
    help: str
    default: Any = None
    required: bool = False


class Numbers(list[int]):
    """The type of a setting that is a list of whole numbers."""


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

UNLISTED = (_setting("providers.fake.posts_nothing", bool, "it is for tests", False),)
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
