"""Addresses looked up at Lob: in the USPS's data, or abroad in what Lob has of other posts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mailroom.model import Address, Verdict
from mailroom.providers.lob_client import Client
from mailroom.providers.lob_pieces import HOME, TERRITORIES
from mailroom.providers.lob_words import VERDICTS

_AT_ONCE = 20  # addresses a request (Lob, `multiple_components_list`)
_AT_HOME = frozenset({HOME, *TERRITORIES})
_ZIP, _PLUS_4 = re.compile(r"\d{5}"), re.compile(r"\d{4}")  # Lob, `us_components`

Question = Callable[[Address], dict[str, str]]
Reading = Callable[[Mapping[str, Any]], tuple[Address, bool]]
"""What Lob said, as an address, and whether that is one: without it the asked one stays."""


def verdicts(client: Client, addresses: Sequence[Address], *, live: bool) -> Iterator[Verdict]:
    """What Lob says of each address, in any order.

    In test mode nobody looks: what comes back is made up, so the address stays as it was.
    """
    at_home = [address for address in addresses if address.country in _AT_HOME]
    abroad = [address for address in addresses if address.country not in _AT_HOME]
    yield from _ask(client, "bulk/us_verifications", at_home, _us_question, _us_reading, live)
    yield from _ask(client, "bulk/intl_verifications", abroad, _question, _reading, live)


def _ask(
    client: Client,
    endpoint: str,
    addresses: Sequence[Address],
    question: Question,
    reading: Reading,
    live: bool,
) -> Iterator[Verdict]:
    for start in range(0, len(addresses), _AT_ONCE):
        some = addresses[start : start + _AT_ONCE]
        answer = client.verify(endpoint, [question(address) for address in some])
        for address, said in zip(some, _answers(answer.payload, len(some)), strict=True):
            yield _verdict(address, said, reading, live)


def _answers(payload: Mapping[str, Any], asked: int) -> list[Mapping[str, Any]]:
    """An answer for each question; where their numbers differ none can be told from another."""
    found = payload.get("addresses")
    if not isinstance(found, list) or len(found) != asked:
        return [{}] * asked
    return [said if isinstance(said, dict) else {} for said in found]


def _verdict(address: Address, said: Mapping[str, Any], reading: Reading, live: bool) -> Verdict:
    word = str(said.get("deliverability") or ("error" if "error" in said else "no answer"))
    rule, message, hint = VERDICTS.get(word) or ("unverified", _unknown(word, said), _LOOK)
    good = live and not rule
    return Verdict(
        address=address,
        verified=_verified(address, *reading(said)) if good else address,
        word=word,
        rule=rule,
        message=message,
        hint=hint,
    )


_LOOK = "look it up yourself, or verify it again later"


def _unknown(word: str, said: Mapping[str, Any]) -> str:
    error = said.get("error")
    if isinstance(error, dict):
        return f"Lob could not look it up: {error.get('message') or 'it does not say why'}"
    if word == "no answer":
        return "Lob did not say whether the post delivers there"
    return f"Lob calls it {word!r}, which is no word we know"


# --- what is asked ------------------------------------------------------------------------


def _us_question(address: Address) -> dict[str, str]:
    """As Lob wants it: a territory is a state there; in Puerto Rico a quarter has its own field."""
    first, second = address.line1, address.line2
    quarter = first if second and first.upper().startswith(_QUARTER) else ""
    if quarter or not first:
        first, second = second, ""
    return _filled(
        primary_line=first,
        secondary_line=second,
        urbanization=quarter,
        city=address.city,
        state=address.region or (address.country if address.country != HOME else ""),
        zip_code=address.postcode,
    )


_QUARTER = "URB"
"""How the line of a Puerto Rican urbanización begins (USPS Publication 28, 293)."""


def _question(address: Address) -> dict[str, str]:
    return _filled(
        primary_line=address.line1 or address.line2,
        secondary_line=address.line2 if address.line1 else "",
        city=address.city,
        state=address.region,
        postal_code=address.postcode,
        country=address.country,
    )


def _filled(**parts: str) -> dict[str, str]:
    return {key: text for key, text in parts.items() if text}


# --- what is answered ---------------------------------------------------------------------


def _us_reading(said: Mapping[str, Any]) -> tuple[Address, bool]:
    """As the USPS writes it; a quarter of Puerto Rico stands above the street (Pub. 28, 293)."""
    parts = _components(said)
    line1, line2 = _text(said, "primary_line"), _text(said, "secondary_line")
    whole = bool(line1 and parts.get("city") and parts.get("state"))
    if quarter := _text(said, "urbanization"):
        line1, line2 = quarter, " ".join(filter(None, (line1, line2)))
    return _address(line1, line2, parts, _zip(parts)), whole


def _zip(parts: Mapping[str, str]) -> str:
    code, more = parts.get("zip_code", ""), parts.get("zip_code_plus_4", "")
    if not _ZIP.fullmatch(code):
        return ""
    return f"{code}-{more}" if _PLUS_4.fullmatch(more) else code


def _reading(said: Mapping[str, Any]) -> tuple[Address, bool]:
    parts = _components(said)
    line1 = _text(said, "primary_line")
    found = _address(line1, _text(said, "secondary_line"), parts, parts.get("postal_code", ""))
    return found, bool(line1 and found.city)


def _address(line1: str, line2: str, parts: Mapping[str, str], postcode: str) -> Address:
    city, region = parts.get("city", ""), parts.get("state", "")
    return Address(line1=line1, line2=line2, city=city, region=region, postcode=postcode)


def _verified(asked: Address, found: Address, whole: bool) -> Address:
    """The address found, if it is a whole one; else the asked one, whole.

    A postcode or region that Lob does not tell is the asked one's: without its ZIP Lob would
    refuse the piece.
    """
    if not whole:
        return asked
    return replace(
        found,
        region=found.region or asked.region,
        postcode=found.postcode or asked.postcode,
        country=asked.country,
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name) or "").strip()


def _components(said: Mapping[str, Any]) -> Mapping[str, str]:
    found = said.get("components")
    return {k: str(v or "").strip() for k, v in found.items()} if isinstance(found, dict) else {}
