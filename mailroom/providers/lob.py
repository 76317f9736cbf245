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
    Sender,
    Status,
    Verdict,
    digest,
)
from mailroom.providers import Capabilities, Office
from mailroom.providers.lob_addresses import verdicts
from mailroom.providers.lob_client import LOB, Answer, Client, File, without_links
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
        has_key = bool(self._office.environ.get("LOB_API_KEY", "").strip())
        return Capabilities(
            formats=tuple(PRODUCTS),
            max_pieces=1,
            paperwork=False,
            concurrency=max(1, self._setting("concurrency")),
            key_lifetime=KEY_LIFETIME,
            test_mode=has_key,
            lacks="" if has_key else "LOB_API_KEY is not set",
            verifies=True,
            holds_back=True,
            silent_after=dt.timedelta(days=self._setting("silent_days")),
        )

    def check(self, fmt: Format, options: Mapping[str, Any]) -> None:
        """Raise Unsupported with every reason why Lob does not make this so."""
        product = _product(fmt.name)
        reasons = [*check_options(product, options), *check_sender(product, self._office.sender)]
        if reasons:
            raise Unsupported(
                f"Lob cannot do it: {'; '.join(reasons)}",
                where=fmt.name,
                hint="correct [options] and format of the mailing, or [sender] in mailroom.toml",
            )

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
        metadata, files = _read_files(product, batch)
        answer = self._client.create(
            product.resource,
            digest("lob", _office_key(batch.sender), batch.key),
            fields(product, batch, metadata),
            files,
        )
        _check_echo(answer, metadata)
        receipt = _receipt(answer.payload, answer)
        if receipt.status is Status.ACCEPTED and read_note(self._state, batch.key).cancelled:
            return self._drop(product.resource, receipt)  # while it was on its way
        return receipt

    def find(self, key: str) -> Receipt | None:
        """By its metadata, in all of Lob's lists; what lives counts before what does not."""
        found = [_receipt(resource) for _, resource in self._with_key(key)]
        alive = [receipt for receipt in found if receipt.status is Status.ACCEPTED]
        if read_note(self._state, key).cancelled:
            if alive:  # it came after it was looked for: `submit` goes on with calling it back
                return replace(alive[0], status=Status.SENDING)
            return Receipt(ref="", status=Status.CANCELLED, raw="it was called back")
        return next(iter((*alive, *found)), None)

    def cancel(self, key: str) -> Receipt:
        """Have Lob drop it; too late, and it stays as it is. From now on we never submit it."""
        read_note(self._state, key).cancel()
        ended = [
            self._drop(resource, _receipt(found))
            for resource, found in tuple(self._with_key(key))
            if _receipt(found).status is Status.ACCEPTED
        ]
        too_late = [receipt for receipt in ended if receipt.status is Status.ACCEPTED]
        nothing = Receipt(ref="", status=Status.CANCELLED, raw="it is not at Lob")
        return next(iter((*too_late, *ended)), nothing)

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
            found = tuple(self._client.find(resource, metadata))
            self._check_clock()  # Lob has said what time it is, even where it has nothing
            for each in found:
                yield from news_of_resource(each)

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
            known = key.startswith(("live_", "test_"))
            has = f"a {key.partition('_')[0]} key" if known else "no key of Lob's"
            hint = (
                "without --live nothing is ever done with a live key: set the test key"
                if wanted == "test"
                else "to post for real, set the live key"
            )
            message = f"LOB_API_KEY is {has}, and this is {kind} mode"
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
        return _office_key(self._office.sender)

    def _with_key(self, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What Lob has of this batch; `unknown` where it has it under another office's name.

        It may be another's with the same people, or ours before it was renamed.
        """
        others, ours = "", 0
        for resource in _RESOURCES:
            for found in self._client.find(resource, {"mailroom_key": key}):
                if found["metadata"].get("mailroom_office") == self._office_key:
                    ours += 1
                    yield resource, found
                else:
                    others = str(found.get("id", ""))
        if others and not ours:
            raise ProviderError(
                f"Lob has it from an office of another name: {others}",
                hint="has [sender] company been changed? Then look at it in Lob's dashboard",
                unknown=True,
            )


def _office_key(sender: Sender | None) -> str:
    """Two offices with one account, and the same names of mailings, are still two.

    Of a batch it is that of its own sender: a key must not change with the letterhead.
    """
    return digest("office", sender.company if sender else "")[:16]


def _read_files(product: Product, batch: Batch) -> tuple[dict[str, str], dict[str, File]]:
    """What Lob is told of the piece beside its address, and what it is to print.

    EnvironmentProblem where a file is gone: then nothing was sent.
    """
    (piece,), (path,) = batch.pieces, batch.files
    try:
        files, content = parts(product, batch), sha256(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "nothing was sent; type the same again"
        raise EnvironmentProblem(reason, where=str(path), hint=hint) from None
    metadata = {
        "mailroom_mailing": batch.mailing,
        "mailroom_office": _office_key(batch.sender),
        "mailroom_piece": piece.key,
        "mailroom_key": batch.key,
        "mailroom_sha256": content,
    }
    return metadata, files


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
