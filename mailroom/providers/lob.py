"""The `lob` provider: postcards, letters and self-mailers that Lob prints, addresses and posts.

A piece is one request with our own PDF. Its idempotency key is the batch's; Lob knows it for
24 hours. Longer than that it finds a piece by the metadata that goes with every request.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem, ProviderError, Unsupported
from mailroom.files import sha256
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
    Status,
    Verdict,
    digest,
)
from mailroom.providers import Capabilities, Office
from mailroom.providers.lob_addresses import verdicts
from mailroom.providers.lob_client import LOB, Answer, Client, without_links
from mailroom.providers.lob_news import news_of_event, news_of_resource, read_webhook
from mailroom.providers.lob_pieces import (
    HOME,
    PRODUCTS,
    Product,
    check_options,
    check_sender,
    fields,
    judge,
    parts,
    resource_of,
    with_defaults,
)
from mailroom.providers.note import read_note
from mailroom.providers.pace import Pace
from mailroom.providers.settings import setting
from mailroom.rates import load_rates, quote

KEY_LIFETIME = dt.timedelta(hours=24)
"""How long Lob knows an idempotency key (Lob, Idempotent Requests)."""

STATE = Path(".mailroom") / "lob"
_WINDOW = 5.0  # seconds in which Lob counts calls
_SKEW = dt.timedelta(minutes=5)
_RESOURCES = tuple(dict.fromkeys(product.resource for product in PRODUCTS.values()))


class Lob:
    """Hands single pieces to Lob, and asks it what became of them."""

    name = "lob"
    home = HOME

    def __init__(self, office: Office) -> None:
        self._office = office
        self._state = office.folder / STATE

    def capabilities(self) -> Capabilities:
        return Capabilities(
            formats=tuple(PRODUCTS),
            max_pieces=1,
            paperwork=False,
            concurrency=max(1, self._setting("concurrency")),
            key_lifetime=KEY_LIFETIME,
            test_mode=bool(self._office.environ.get("LOB_API_KEY")),
            verifies=True,
            holds_back=True,
            silent_after=dt.timedelta(days=self._setting("silent_days")),
        )

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """Raise Unsupported with every reason why Lob does not make this so."""
        product = _product(fmt.name)
        reasons = [*check_options(product, options), *check_sender(product, self._office.sender)]
        if not (self._office.live or self.capabilities().test_mode):
            self._office.tell("LOB_API_KEY is not set: files are made, and Lob looks at nothing")
        if reasons:
            raise Unsupported(f"Lob cannot do it: {'; '.join(reasons)}", where=fmt.name)

    def judge(self, piece: Piece, fmt: Format, options: Mapping[str, Any]) -> Iterable[Finding]:
        return judge(_product(fmt.name), self._office.sender, options, piece)

    def quote(self, order: Order) -> Quote:
        options = with_defaults(_product(order.format), order.options)
        return quote(load_rates(self._office.folder), replace(order, options=options))

    def submit(self, batch: Batch) -> Receipt:
        """One request; whether it may be made again is for the caller to say."""
        if read_note(self._state, batch.key).cancelled:
            return self.cancel(batch.key)
        product = _product(batch.format)
        metadata = self._metadata(batch)
        answer = self._client.create(
            product.resource,
            self._idempotency_key(batch.key),
            fields(product, batch, metadata),
            parts(product, batch),
        )
        _check_echo(answer, metadata)
        return _receipt(answer.payload, answer)

    def find(self, key: str) -> Receipt | None:
        """By its metadata, in all of Lob's lists; what lives counts before what does not."""
        found = [_receipt(resource) for _, resource in self._with_key(key)]
        alive = [receipt for receipt in found if receipt.status is Status.ACCEPTED]
        if not found and read_note(self._state, key).cancelled:
            return Receipt(ref="", status=Status.CANCELLED, raw="it was called back")
        return next(iter((*alive, *found)), None)

    def cancel(self, key: str) -> Receipt:
        """Have Lob drop it; too late, and it stays as it is. From now on we never submit it."""
        read_note(self._state, key).cancel()
        for resource, found in self._with_key(key):
            receipt = _receipt(found)
            if receipt.status is Status.ACCEPTED:
                return self._drop(resource, receipt)
        return Receipt(ref="", status=Status.CANCELLED, raw="it is not at Lob")

    def recall(self, key: str, ref: str) -> Receipt:
        """Without a search: Lob's lists may be behind, its ids never are."""
        resource = resource_of(ref)
        if not resource:
            return self.cancel(key)
        read_note(self._state, key).cancel()
        found = self._drop(resource, Receipt(ref=ref, status=Status.ACCEPTED))
        if found.status is Status.CANCELLED:
            return found
        # Refused: it is being made, or somebody has dropped it before us.
        there = [_receipt(item) for _, item in self._with_key(key)]
        gone = Receipt(ref=ref, status=Status.CANCELLED, raw="it is not at Lob")
        now = next((item for item in there if item.ref == ref), gone)
        return replace(now, replies=found.replies)

    def _drop(self, resource: str, receipt: Receipt) -> Receipt:
        try:
            answer = self._client.delete(resource, receipt.ref)
        except ProviderError as error:
            if error.unknown or error.retryable:
                raise
            return replace(receipt, replies=error.replies)  # too late: it is being made
        raw = json.dumps(dict(answer.payload))
        return Receipt(ref=receipt.ref, status=Status.CANCELLED, raw=raw, replies=(answer.reply,))

    # --- what becomes of it -----------------------------------------------------------------

    def news(self, mailing: str) -> Iterator[News]:
        """Everything of the mailing that Lob lists."""
        metadata = {"mailroom_mailing": mailing, "mailroom_office": self._office_key}
        for resource in _RESOURCES:
            for found in self._client.find(resource, metadata):
                self._check_clock()
                yield from news_of_resource(found)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> News:
        """The news of an event; Refused where it is not signed by Lob with our secret."""
        secret = self._office.environ.get("LOB_WEBHOOK_SECRET", "")
        return news_of_event(read_webhook(headers, body, secret, now))

    def verify(self, addresses: Sequence[Address]) -> Iterator[Verdict]:
        return verdicts(self._client, addresses, live=self._office.live)

    # --- how it is asked --------------------------------------------------------------------

    @cached_property
    def _client(self) -> Client:
        return Client(
            key=self._key(),
            base_url=str(self._setting("base_url") or LOB).rstrip("/"),
            pace=self._pace,
            now=partial(dt.datetime.now, dt.UTC),
            timeout=(5.0, float(self._setting("timeout"))),
        )

    def _key(self) -> str:
        """The key of the environment, if it is of the kind that is meant."""
        key = self._office.environ.get("LOB_API_KEY", "").strip()
        wanted, kind = ("live", "LIVE") if self._office.live else ("test", "TEST")
        if not key:
            hint = f"export LOB_API_KEY={wanted}_...; Lob's dashboard has it under API keys"
            raise EnvironmentProblem("LOB_API_KEY is not set", hint=hint)
        if not key.startswith(f"{wanted}_"):
            has = key.partition("_")[0] if key.startswith(("live_", "test_")) else "another"
            hint = (
                "without --live nothing is ever done with a live key: set the test key"
                if wanted == "test"
                else "to post for real, set the live key"
            )
            message = f"LOB_API_KEY is a {has} key, and this is {kind} mode"
            raise EnvironmentProblem(message, hint=hint)
        return key

    def _setting(self, name: str) -> Any:
        return setting(self.name, name, self._office.settings)

    def _pace(self, endpoint: str) -> Pace:
        """A count for each endpoint and key; the key itself is not written down."""
        whose = digest("pace", self._client.key)[:12]
        name = f"{endpoint.replace('/', '-')}-{whose}.json"
        limit = max(1, self._setting("requests"))
        return Pace(file=self._state / "pace" / name, limit=limit, window=_WINDOW)

    def _check_clock(self) -> None:
        """A clock that is wrong takes a key for younger or older than it is."""
        skew = self._client.skew
        if abs(skew) > _SKEW:
            ahead = "ahead of" if skew > dt.timedelta(0) else "behind"
            raise EnvironmentProblem(
                f"this machine's clock is {abs(skew)} {ahead} Lob's; nothing was sent",
                hint="set the clock (timedatectl), then type the same again",
            )

    # --- who it is --------------------------------------------------------------------------

    @property
    def _office_key(self) -> str:
        """Two offices with one account, and the same names of mailings, are still two."""
        return digest("office", self._office.sender.company if self._office.sender else "")[:16]

    def _idempotency_key(self, key: str) -> str:
        return digest("lob", self._office_key, key)

    def _metadata(self, batch: Batch) -> dict[str, str]:
        (piece,) = batch.pieces
        (path,) = batch.files
        return {
            "mailroom_mailing": batch.mailing,
            "mailroom_office": self._office_key,
            "mailroom_piece": piece.key,
            "mailroom_key": batch.key,
            "mailroom_sha256": sha256(path),
        }

    def _with_key(self, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        metadata = {"mailroom_key": key, "mailroom_office": self._office_key}
        for resource in _RESOURCES:
            for found in self._client.find(resource, metadata):
                yield resource, found


def _product(fmt: str) -> Product:
    if fmt not in PRODUCTS:
        message = f"Lob does not make {fmt!r}"
        raise Unsupported(message, hint=f"it makes: {', '.join(PRODUCTS)}")
    return PRODUCTS[fmt]


def _receipt(resource: Mapping[str, Any], answer: Answer | None = None) -> Receipt:
    """A piece at Lob as a receipt; `processed` is accepted, though it may still fail."""
    status = Status.ACCEPTED
    if resource.get("status") == "failed":
        status = Status.FAILED
    if resource.get("deleted"):
        status = Status.CANCELLED
    raw = json.dumps(without_links(resource), ensure_ascii=False, default=str)
    replies = (answer.reply,) if answer else ()
    return Receipt(ref=str(resource.get("id", "")), status=status, raw=raw, replies=replies)


def _check_echo(answer: Answer, metadata: Mapping[str, str]) -> None:
    """Lob answers a known key with what it has under it: is that what was meant?"""
    payload = answer.payload
    told = payload.get("metadata")
    if not payload.get("id") or not isinstance(told, dict):
        words = "Lob's answer says nothing of the piece"
        raise ProviderError(words, unknown=True, raw=answer.reply.body, replies=(answer.reply,))
    if told.get("mailroom_piece") != metadata["mailroom_piece"]:
        words = f"Lob has another piece under this key: {payload['id']}"
        raise ProviderError(words, unknown=True, raw=answer.reply.body, replies=(answer.reply,))
    if told.get("mailroom_sha256") != metadata["mailroom_sha256"]:
        raise ProviderError(
            f"Lob has taken it with other files than these: {payload['id']}",
            hint="nothing was sent; look at it in Lob's dashboard",
            raw=answer.reply.body,
            replies=(answer.reply,),
        )
