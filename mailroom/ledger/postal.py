"""What the post's data says of addresses, and who has said that it is right all the same.

Both are kept by the address itself, not by the person: who moves has a new address, which
nobody has looked at yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, insert, select

from mailroom.ledger import Ledger, tables
from mailroom.ledger.records import from_json, to_json
from mailroom.ledger.steps import new_id
from mailroom.model import Address, Verdict, digest
from mailroom.verdicts import Kept, Vouched

_CHUNK = 400  # addresses a query


def address_key(address: Address) -> str:
    """What a verdict is kept under: the address, part by part."""
    return digest("address", to_json(address))


def keep_verdicts(
    ledger: Ledger, provider: str, mode: str, found: Iterable[Verdict], now: str
) -> None:
    """Write them down in the place of older ones; `mode` is `live` or `test`."""
    t = tables.verdicts
    rows = {address_key(verdict.address): to_json(verdict) for verdict in found}
    with ledger.transaction() as connection:
        old = (t.c.provider == provider) & (t.c.mode == mode) & t.c.address.in_(rows)
        connection.execute(delete(t).where(old))
        for key, data in rows.items():
            values = {"provider": provider, "mode": mode, "address": key, "data": data, "at": now}
            connection.execute(insert(t).values(**values))


def verdicts(
    ledger: Ledger, provider: str, mode: str, addresses: Collection[Address]
) -> Mapping[str, Kept]:
    """What is known of these addresses, by `address_key`."""
    t = tables.verdicts
    found: dict[str, Kept] = {}
    with ledger.reading() as connection:
        any_at_all = select(t.c.address).where(t.c.provider == provider, t.c.mode == mode).limit(1)
        if connection.execute(any_at_all).first() is None:
            return found  # most mailings go through a provider that verifies nothing
        keys = list({address_key(address) for address in addresses})
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            query = select(t).where(t.c.provider == provider, t.c.mode == mode)
            for row in connection.execute(query.where(t.c.address.in_(chunk))):
                found[row.address] = Kept(verdict=from_json(Verdict, row.data), at=row.at)
    return found


def vouch(ledger: Ledger, mode: str, address: Address, by: str, reason: str, now: str) -> None:
    """Write down a person's word about what was said in this mode; the newest counts."""
    t = tables.overrides
    with ledger.transaction() as connection:
        number = new_id(connection, t)
        values = {"id": number, "address": address_key(address), "mode": mode, "by": by}
        connection.execute(insert(t).values(**values, reason=reason, at=now))


def withdraw(ledger: Ledger, mode: str, address: Address, by: str, now: str) -> None:
    """Take a person's word back: written down like a word, with no reason, so that all is seen."""
    vouch(ledger, mode, address, by, "", now)


def vouched(ledger: Ledger, mode: str) -> Mapping[str, Vouched]:
    """Everything people vouch for now, by `address_key`; there are few."""
    t = tables.overrides
    with ledger.reading() as connection:
        rows = connection.execute(select(t).where(t.c.mode == mode).order_by(t.c.id)).all()
    newest = {row.address: Vouched(by=row.by, reason=row.reason, at=row.at) for row in rows}
    return {key: word for key, word in newest.items() if word.reason}
