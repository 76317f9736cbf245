"""Addresses looked up at Lob: in the USPS's data, or abroad in what Lob has of other posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mailroom.errors import ProviderError
from mailroom.model import Address, Verdict
from mailroom.providers.lob_client import Client
from mailroom.providers.lob_words import VERDICTS

_AT_ONCE = 20  # addresses a request (Lob, `multiple_components_list`)
_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
"""Where the USPS delivers as at home; Lob verifies these as US addresses."""


def verdicts(client: Client, addresses: Sequence[Address], *, live: bool) -> Iterator[Verdict]:
    """What Lob says of each address, in any order.

    In test mode nobody looks: what comes back is made up, so the address stays as it was.
    """
    at_home = [address for address in addresses if address.country in _TERRITORIES]
    abroad = [address for address in addresses if address.country not in _TERRITORIES]
    yield from _ask(client, "bulk/us_verifications", at_home, _us_question, _us_address, live)
    yield from _ask(client, "bulk/intl_verifications", abroad, _question, _address, live)


def _ask(
    client: Client,
    endpoint: str,
    addresses: Sequence[Address],
    question: Callable[[Address], dict[str, str]],
    reading: Callable[[Address, Mapping[str, Any]], Address],
    live: bool,
) -> Iterator[Verdict]:
    for start in range(0, len(addresses), _AT_ONCE):
        some = addresses[start : start + _AT_ONCE]
        answer = client.verify(endpoint, [question(address) for address in some])
        found = answer.payload.get("addresses")
        if not isinstance(found, list) or len(found) != len(some):
            raise ProviderError("Lob's answer is not about the addresses that were asked")
        for address, said in zip(some, found, strict=True):
            yield _verdict(address, said if isinstance(said, dict) else {}, reading, live)


def _verdict(
    address: Address,
    said: Mapping[str, Any],
    reading: Callable[[Address, Mapping[str, Any]], Address],
    live: bool,
) -> Verdict:
    word = str(said.get("deliverability") or _error(said))
    unknown = ("unverified", f"Lob says {word!r} of it", "look at the address yourself")
    rule, message, hint = VERDICTS.get(word, unknown)
    good = live and not rule
    return Verdict(
        address=address,
        verified=reading(address, said) if good else address,
        word=word,
        rule=rule,
        message=message,
        hint=hint,
    )


def _error(said: Mapping[str, Any]) -> str:
    error = said.get("error")
    return str(error.get("message", "nothing") if isinstance(error, dict) else "nothing")


def _us_question(address: Address) -> dict[str, str]:
    return _filled(
        primary_line=address.line1 or address.line2,
        secondary_line=address.line2 if address.line1 else "",
        city=address.city,
        state=address.region or (address.country if address.country != "US" else ""),
        zip_code=address.postcode,
    )


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


def _us_address(asked: Address, said: Mapping[str, Any]) -> Address:
    """As the USPS writes it; a part it does not tell stays as it was."""
    parts = _components(said)
    postcode = "-".join(filter(None, (parts.get("zip_code"), parts.get("zip_code_plus_4"))))
    return _written(asked, said, parts, postcode)


def _address(asked: Address, said: Mapping[str, Any]) -> Address:
    parts = _components(said)
    return _written(asked, said, parts, parts.get("postal_code", ""))


def _written(
    asked: Address, said: Mapping[str, Any], parts: Mapping[str, str], postcode: str
) -> Address:
    line1 = str(said.get("primary_line") or "")
    if not line1:
        return asked
    return replace(
        asked,
        line1=line1,
        line2=str(said.get("secondary_line") or ""),
        city=parts.get("city") or asked.city,
        region=parts.get("state") or asked.region,
        postcode=postcode or asked.postcode,
    )


def _components(said: Mapping[str, Any]) -> Mapping[str, str]:
    found = said.get("components")
    return {k: str(v or "") for k, v in found.items()} if isinstance(found, dict) else {}
