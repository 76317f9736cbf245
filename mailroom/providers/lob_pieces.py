"""What Lob makes of our formats: its sizes, its parts, its limits, the fields of a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from mailroom.errors import ConfigError, ProviderError
from mailroom.model import Address, Batch, Finding, Piece, Sender, Severity
from mailroom.providers.lob_client import File

HOME = "US"
"""Lob posts in the United States; what goes elsewhere is abroad."""

TERRITORIES = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})
"""At Lob no countries, but states of the US (Lob, `country_extended`)."""

MAX_BYTES = 5_000_000
NAME_LENGTH, LINE_LENGTH, BOTH_LINES = 40, 64, 50
"""Characters of a name or company, of a line, of both lines of an address together."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """One of our formats as Lob knows it."""

    resource: str
    parts: tuple[str, ...]  #: fields of the request that take a file; one: all pages in it
    size: str = ""
    abroad: bool = False  #: it goes abroad, too

    @property
    def is_letter(self) -> bool:
        return self.resource == "letters"


def _postcard(size: str, *, abroad: bool = False) -> Product:
    return Product(resource="postcards", parts=("front", "back"), size=size, abroad=abroad)


def _self_mailer(size: str) -> Product:
    return Product(resource="self_mailers", parts=("outside", "inside"), size=size)


PRODUCTS: Mapping[str, Product] = {
    "postcard-4x6": _postcard("4x6", abroad=True),
    "postcard-6x9": _postcard("6x9"),
    "postcard-6x11": _postcard("6x11"),
    "letter-lob": Product(resource="letters", parts=("file",), abroad=True),
    "letter-lob-2": Product(resource="letters", parts=("file",), abroad=True),
    "self-mailer-6x18": _self_mailer("6x18_bifold"),
    "self-mailer-11x9": _self_mailer("11x9_bifold"),
    "self-mailer-12x9": _self_mailer("12x9_bifold"),
}
"""By the names of FORMATS (Lob: `postcard_size`, `self_mailer_size`, `ltr_file`)."""

_PREFIXES = {"psc": "postcards", "ltr": "letters", "sfm": "self_mailers"}


def resource_of(ref: str) -> str:
    """What kind of piece an id of Lob's stands for; empty where it is of no kind we make."""
    return _PREFIXES.get(ref.partition("_")[0], "")


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "use_type": ("marketing", "operational"),
    "mail_type": ("usps_first_class", "usps_standard"),
    "address_placement": ("top_first_page", "insert_blank_page"),
    "extra_service": ("certified", "certified_return_receipt", "registered"),
}
_FOR_LETTERS = frozenset(
    {
        "color",
        "double_sided",
        "address_placement",
        "extra_service",
        "return_envelope",
        "perforated_page",
    }
)
_DEFAULTS: Mapping[str, Any] = {"use_type": "marketing"}
_LETTER_DEFAULTS: Mapping[str, Any] = {"color": True, "double_sided": False}


def with_defaults(product: Product, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they are asked for: Lob wants some of them named."""
    return {**_DEFAULTS, **(_LETTER_DEFAULTS if product.is_letter else {}), **options}


def check_options(product: Product, options: Mapping[str, Any]) -> Iterator[str]:
    """What of the options Lob does not do; ConfigError for a word it does not know."""
    for name, value in options.items():
        known = _CHOICES.get(name)
        if known and value not in known:
            message = f"[options] {name} cannot be {value!r}"
            raise ConfigError(message, hint=f"it is {' or '.join(known)}")
        if name in _FOR_LETTERS and not product.is_letter:
            yield f"{name} is for letters"
    yield from _check_together(product, options)


def _check_together(product: Product, options: Mapping[str, Any]) -> Iterator[str]:
    standard = options.get("mail_type") == "usps_standard"
    if standard and product.size == "4x6":
        yield "postcards 4x6 go first class only"
    if standard and options.get("extra_service"):
        yield "extra_service needs first class"
    if bool(options.get("return_envelope")) != bool(options.get("perforated_page")):
        yield "return_envelope and perforated_page go together"


def check_sender(product: Product, sender: Sender | None) -> Iterator[str]:
    """A letter must show a return address, and Lob takes only one in the US."""
    if product.is_letter and (sender is None or sender.address.country != HOME):
        yield "a letter needs a [sender.address] in the United States"


# --- one piece ----------------------------------------------------------------------------


def judge(
    product: Product, sender: Sender | None, options: Mapping[str, Any], piece: Piece
) -> Iterator[Finding]:
    """What Lob would refuse of this piece."""
    name, company = names(piece)
    address = piece.recipient.address
    lines = (("line 1", address.line1), ("line 2", address.line2))
    for what, text in (("name", name), ("company", company)):
        if len(text) > NAME_LENGTH:
            message = f"the {what} has {len(text)} characters; Lob prints {NAME_LENGTH}"
            yield _finding(piece, "lob-name-length", message, "shorten it in the CRM")
    for what, text in lines:
        if len(text) > LINE_LENGTH:
            message = f"{what} of the address has {len(text)} characters; Lob takes {LINE_LENGTH}"
            yield _finding(piece, "lob-address-length", message, "shorten it in the CRM")
    both = len(address.line1) + len(address.line2)
    if both > BOTH_LINES:
        message = f"street and unit have {both} characters together; Lob takes {BOTH_LINES}"
        yield _finding(piece, "lob-address-length", message, "shorten them in the CRM")
    if address.country not in {HOME, *TERRITORIES}:
        yield from _judge_abroad(product, sender, options, piece)


def _judge_abroad(
    product: Product, sender: Sender | None, options: Mapping[str, Any], piece: Piece
) -> Iterator[Finding]:
    hint = "leave it out (where = ...), or use a format that goes abroad"
    if not product.abroad:
        message = "Lob sends this format within the United States only"
        yield _finding(piece, "lob-abroad", message, hint)
    elif options.get("mail_type") == "usps_standard" or options.get("extra_service"):
        message = "abroad Lob sends first class only, and without extra services"
        yield _finding(piece, "lob-abroad", message, hint)
    elif sender is None or sender.address.country != HOME:
        message = "abroad it needs a return address in the United States"
        at_home = "write one under [sender.address], or leave it out (where = ...)"
        yield _finding(piece, "lob-abroad", message, at_home)


def _finding(piece: Piece, rule: str, message: str, hint: str) -> Finding:
    where = piece.recipient.where
    return Finding(rule=rule, severity=Severity.ERROR, message=message, where=where, hint=hint)


def names(piece: Piece) -> tuple[str, str]:
    """Name and company as they are printed above the address."""
    name, company = piece.greeting.envelope_name.text, piece.recipient.company
    return name, company if company != name else ""


# --- the request --------------------------------------------------------------------------


def fields(product: Product, batch: Batch, metadata: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the request for this piece; its files are apart."""
    (piece,) = batch.pieces
    found: dict[str, Any] = {
        **with_defaults(product, batch.options),
        "to": _recipient(piece),
        "description": f"{batch.mailing} {piece.number:04d}",
        "metadata": dict(metadata),
    }
    if product.size:
        found["size"] = product.size
    if batch.sender and batch.sender.address.country == HOME:
        found["from"] = _return_address(batch.sender)
    if batch.send_at:
        found["send_date"] = batch.send_at
    return found


def _recipient(piece: Piece) -> dict[str, str]:
    name, company = names(piece)
    return {**_named(name, company), **_address(piece.recipient.address)}


def _return_address(sender: Sender) -> dict[str, str]:
    return {**_named("", sender.company[:NAME_LENGTH]), **_address(sender.address)}


def _named(name: str, company: str) -> dict[str, str]:
    return {key: text for key, text in (("name", name), ("company", company)) if text}


def _address(address: Address) -> dict[str, str]:
    if address.country in TERRITORIES:
        address = replace(address, region=address.country, country=HOME)
    parts = {
        "address_line1": address.line1,
        "address_line2": address.line2,
        "address_city": address.city,
        "address_state": address.region,
        "address_zip": address.postcode,
        "address_country": address.country,
    }
    return {key: text for key, text in parts.items() if text}


def parts(product: Product, batch: Batch) -> dict[str, File]:
    """The files of the request: a page each, or all pages in one; the same bytes each time.

    ProviderError where one is larger than Lob takes.
    """
    (path,) = batch.files
    content = [path.read_bytes()] if len(product.parts) == 1 else _pages(path)
    if len(content) != len(product.parts):
        message = f"{len(content)} pages, and Lob wants {', '.join(product.parts)}"
        raise ProviderError(message, where=path.name, hint="prepare it again")
    for data in content:
        if len(data) > MAX_BYTES:
            message = f"the file has {len(data) / 1e6:.1f} MB; Lob takes {MAX_BYTES // 10**6} MB"
            raise ProviderError(message, where=path.name, hint="use smaller pictures")
    return {
        part: (f"{part}.pdf", data, "application/pdf")
        for part, data in zip(product.parts, content, strict=True)
    }


def _pages(path: Path) -> list[bytes]:
    import pikepdf

    found = []
    with pikepdf.open(path) as whole:
        for page in whole.pages:
            out = BytesIO()
            with pikepdf.new() as single:
                single.pages.append(page)
                single.save(out, deterministic_id=True)
            found.append(out.getvalue())
    return found
