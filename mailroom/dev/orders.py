"""Fields of a request -> Order: everything Lob checks before it accepts a piece of mail.

The rules are those of Lob's document and help pages; each names Lob's own error code. What
Lob only finds out when it renders (a missing glyph, a font) is not found here either.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.dev import artwork
from mailroom.dev.addresses import check_address, is_foreign
from mailroom.dev.artwork import Artwork, Size
from mailroom.dev.bodies import Fields
from mailroom.dev.wrong import Wrong

HTML_LENGTH = 10_000
FURTHEST = dt.timedelta(days=180)
UTC = dt.UTC


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A product of Lob's: its endpoint, its words, its files, the pages they must have."""

    resource: str
    object: str
    prefix: str
    files: tuple[str, ...]
    sizes: Mapping[str, Size | None]
    options: tuple[str, ...] = ()

    @property
    def size(self) -> str:
        """The size it has when none is asked for."""
        return next(iter(self.sizes))


POSTCARD = Kind(
    resource="postcards",
    object="postcard",
    prefix="psc",
    files=("front", "back"),
    sizes=artwork.POSTCARDS,
)
LETTER = Kind(
    resource="letters",
    object="letter",
    prefix="ltr",
    files=("file",),
    sizes=artwork.LETTERS,
    options=(
        *("color", "double_sided", "address_placement", "extra_service", "return_envelope"),
        *("perforated_page", "custom_envelope", "cards", "return_address"),
    ),
)
SELF_MAILER = Kind(
    resource="self_mailers",
    object="self_mailer",
    prefix="sfm",
    files=("inside", "outside"),
    sizes=artwork.SELF_MAILERS,
)
KINDS = {kind.resource: kind for kind in (POSTCARD, LETTER, SELF_MAILER)}

_COMMON = (
    *("to", "from", "description", "metadata", "mail_type", "merge_variables", "send_date"),
    *("print_speed", "size", "billing_group_id", "use_type", "fsc", "qr_code", "idempotency_key"),
)
_MAIL_TYPES = ("usps_first_class", "usps_standard")
_USE_TYPES = ("marketing", "operational")
_PLACEMENTS = (
    *("top_first_page", "insert_blank_page"),
    *("bottom_first_page", "bottom_first_page_center"),
)
_EXTRAS = ("certified", "certified_return_receipt", "registered")
_LEGAL_SINCE = "2024-01-01"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class Order:
    """A piece as it was accepted; `shown` are the fields that Lob gives back unchanged."""

    kind: Kind
    to: Mapping[str, str]
    sender: Mapping[str, str] | None
    metadata: Mapping[str, str]
    send_date: float | None
    shown: Mapping[str, Any]
    files: Mapping[str, Artwork | None]
    foreign: bool

    @property
    def pages(self) -> int:
        """Pages of all files together; a file that was given as HTML counts as one."""
        return sum(file.pages if file else 1 for file in self.files.values())

    @property
    def certified(self) -> bool:
        return str(self.shown.get("extra_service") or "").startswith("certified")


def read_order(
    kind: Kind, fields: Fields, now: float, version: str = "", *, ahead: float = 0.0
) -> Order:
    """The order that the fields ask for; Wrong with the first thing that is not right.

    `now` is epoch seconds, of which `ahead` were moved on by hand; `version` is the header
    `Lob-Version`.
    """
    for name in fields:
        if name not in (*_COMMON, *kind.files, *kind.options):
            raise Wrong("invalid", f"{name} is not allowed")
    if not fields.get("use_type"):
        raise Wrong("mail_use_type_can_not_be_null", "use_type is required")
    to = check_address("to", fields.get("to"))
    foreign = is_foreign(to)
    size = _size(kind, fields, version)
    shown = {**_common(kind, fields, size), **(_letter(fields) if kind is LETTER else {})}
    sender = _sender(kind, fields, foreign)
    if foreign:
        _check_foreign(kind, size, shown)
    files = _files(kind, fields, size)
    if kind is LETTER:
        _check_letter(size, foreign, shown, files["file"])
    return Order(
        kind=kind,
        to=to,
        sender=sender,
        metadata=_metadata(fields.get("metadata")),
        send_date=_send_date(fields.get("send_date"), now, ahead),
        shown=shown,
        files=files,
        foreign=foreign,
    )


def _size(kind: Kind, fields: Fields, version: str) -> str:
    size = _one_of(fields, "size", tuple(kind.sizes), kind.size)
    if version and not _VERSION.fullmatch(version):
        raise Wrong("unsupported_lob_version", f"there is no Lob-Version {version!r}")
    if kind is LETTER and "size" in fields and version < _LEGAL_SINCE:
        raise Wrong("invalid", f"size needs the header Lob-Version: {_LEGAL_SINCE} or later")
    return size


def _common(kind: Kind, fields: Fields, size: str) -> dict[str, Any]:
    mail_type = _one_of(fields, "mail_type", _MAIL_TYPES, _MAIL_TYPES[0])
    if mail_type == "usps_standard" and size == "4x6":
        raise Wrong("invalid", "mail_type usps_standard is not available for 4x6 postcards")
    description = fields.get("description") or None
    if description is not None and (not isinstance(description, str) or len(description) > 255):
        raise Wrong("invalid", "description must be a string of at most 255 characters")
    return {
        "description": description,
        "size": size,
        "mail_type": mail_type,
        "use_type": _one_of(fields, "use_type", _USE_TYPES, ""),
        "fsc": _boolean(fields, "fsc", default=False),
        "print_speed": _one_of(fields, "print_speed", ("core",), "core"),
        "merge_variables": _merge_variables(fields.get("merge_variables")),
    }


def _merge_variables(given: object) -> dict[str, Any] | None:
    """In a form they are JSON text; Lob's own Python package sends them so."""
    try:
        variables = json.loads(given) if isinstance(given, str) and given else given or None
    except ValueError:
        variables = given
    if variables is not None and not isinstance(variables, dict):
        raise Wrong("invalid", "merge_variables must be an object")
    if len(json.dumps(variables)) > 25_000:
        raise Wrong("invalid", "merge_variables must be at most 25000 characters of JSON")
    return variables


def _letter(fields: Fields) -> dict[str, Any]:
    _none_of(fields, "custom_envelope")
    _none_of(fields, "cards")
    if fields.get("color") in (None, ""):
        raise Wrong("invalid", "color is required")
    envelope = fields.get("return_envelope")
    named = isinstance(envelope, str) and envelope not in ("true", "false", "")
    return {
        "color": _boolean(fields, "color", default=False),
        "double_sided": _boolean(fields, "double_sided", default=True),
        "address_placement": _one_of(fields, "address_placement", _PLACEMENTS, _PLACEMENTS[0]),
        "extra_service": _one_of(fields, "extra_service", _EXTRAS, "") or None,
        "return_envelope": bool(named) or _boolean(fields, "return_envelope", default=False),
        "perforated_page": _whole_number(fields, "perforated_page"),
        "custom_envelope": None,
        "cards": None,
    }


def _none_of(fields: Fields, name: str) -> None:
    """What one orders from Lob beforehand; nothing was ever ordered here."""
    if fields.get(name):
        raise Wrong("not_found", f"{name} not found", status=404)


def _sender(kind: Kind, fields: Fields, foreign: bool) -> Mapping[str, str] | None:
    if fields.get("from"):
        return check_address("from", fields["from"])
    if kind is LETTER or foreign:
        raise Wrong("invalid", "from is required")
    return None


def _check_foreign(kind: Kind, size: str, shown: Mapping[str, Any]) -> None:
    """Abroad go 4x6 postcards and letters, first class, without extra services."""
    if kind is not LETTER and size != "4x6":
        name = kind.object.replace("_", " ")
        raise Wrong("invalid_international_feature", f"a {size} {name} cannot be sent abroad")
    if shown["mail_type"] == "usps_standard":
        message = "mail_type usps_standard cannot be sent abroad"
        raise Wrong("invalid_international_feature", message)
    if str(shown.get("extra_service") or "").startswith("certified"):
        message = f"extra_service {shown['extra_service']} cannot be sent abroad"
        raise Wrong("invalid_international_feature", message)


def _check_letter(size: str, foreign: bool, shown: Mapping[str, Any], file: Artwork | None) -> None:
    sides = 2 if shown["double_sided"] else 1
    sheets = 6 if foreign else 3 if size == "us_legal" else 60
    pages = file.pages if file else 1
    if file:
        inserted = shown["address_placement"] == "insert_blank_page"
        artwork.check_pages("file", file, sheets * sides - (sides if inserted else 0))
    if shown["extra_service"] and (shown["mail_type"] == "usps_standard" or size == "us_legal"):
        raise Wrong("invalid", f"extra_service is not available for {size} or usps_standard")
    perforated = shown["perforated_page"]
    if bool(shown["return_envelope"]) != (perforated is not None):
        message = "return_envelope and perforated_page must be given together"
        raise Wrong("invalid_perforation_return_envelope", message)
    if perforated is not None and not 1 <= perforated <= pages:
        message = f"perforated_page must be a page of the file, which has {pages}"
        raise Wrong("invalid_perforation_return_envelope", message)


def _files(kind: Kind, fields: Fields, size: str) -> dict[str, Artwork | None]:
    files: dict[str, Artwork | None] = {}
    for name in kind.files:
        value = fields.get(name)
        if not value:
            raise Wrong("invalid", f"{name} is required")
        files[name] = artwork.measure(name, value) if isinstance(value, bytes) else None
        if isinstance(value, bytes):
            _check_file(kind, name, files[name], size)
        else:
            _check_markup(name, value)
    return files


def _check_file(kind: Kind, name: str, file: Artwork | None, size: str) -> None:
    assert file
    artwork.check_size(name, file, kind.sizes[size])
    if kind is not LETTER:
        artwork.check_pages(name, file, 1)


def _check_markup(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise Wrong("invalid", f"{name} must be a file, HTML, a template or a URL")
    if value.startswith("tmpl_"):
        raise Wrong("not_found", f"{name}: template not found", status=404)
    if "<" not in value:
        raise Wrong("invalid_file_url", f"{name}: the fake Lob fetches nothing; upload the file")
    if len(value) > HTML_LENGTH:
        raise Wrong("invalid", f"{name} must be at most {HTML_LENGTH} characters of HTML")


def _metadata(given: object) -> Mapping[str, str]:
    """At most 20 pairs, 40 and 500 characters, no quotes or backslashes (Lob's document)."""
    if not given:
        return {}
    if not isinstance(given, Mapping) or len(given) > 20:
        raise Wrong("invalid", "metadata must be at most 20 pairs")
    for key, value in given.items():
        if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
            message = f"metadata.{key}: a key has at most 40 characters, a value is a string of 500"
            raise Wrong("invalid", message)
        if re.search(r'["\\]', key + value):
            raise Wrong("invalid", f'metadata.{key} must not contain " or \\')
    return dict(given)


def _send_date(given: object, now: float, ahead: float) -> float | None:
    """Epoch seconds; a date is midnight UTC, a time without a zone is UTC.

    Who sends does not know that the clock was moved on: a date that is past for no other
    reason is moved on as well.
    """
    if not given:
        return None
    try:
        moment = dt.datetime.fromisoformat(str(given))
    except ValueError:
        raise Wrong("invalid", "send_date must be a date or a time in ISO 8601") from None
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    today = dt.datetime.fromtimestamp(now, UTC)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    if at < today and ahead:
        at += dt.timedelta(seconds=ahead)
    if at < midnight:
        raise Wrong("invalid", "send_date must not be in the past")
    if at > today + FURTHEST:
        raise Wrong("invalid", f"send_date must be within {FURTHEST.days} days")
    return at.timestamp()


def _one_of(fields: Fields, name: str, words: tuple[str, ...], default: str) -> str:
    value = fields.get(name)
    if value in (None, ""):
        return default
    if value not in words:
        raise Wrong("invalid", f"{name} must be one of [{', '.join(words)}]")
    return str(value)


def _boolean(fields: Fields, name: str, *, default: bool) -> bool:
    """Forms carry `true` and `false`; Python's `True` is refused, as by Lob's document."""
    value = fields.get(name)
    if value in (None, ""):
        return default
    if value not in (True, False, "true", "false"):
        raise Wrong("invalid", f"{name} must be a boolean")
    return value in (True, "true")


def _whole_number(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    if value in (None, ""):
        return None
    try:
        return int(str(value))
    except ValueError:
        raise Wrong("invalid", f"{name} must be a whole number") from None
