"""Where providers call: each signed call becomes news in the ledger, or nothing at all.

The answer is what the provider acts on: 2xx, and it is content; anything else, and it comes
again. So 200 is said only when the news is on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from html import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from mailroom.errors import Refused
from mailroom.providers import Teller
from mailroom.terminal import count
from mailroom.web.clerk import Clerk, Tally

MOST_BYTES = 1_000_000
"""Of a body; an event with its piece has a few thousand."""

BODY_SECONDS = 5.0
"""So long a body may take; a reverse proxy hands it over at once."""

QUIET = 5.0
"""Seconds between two lines about the same thing."""

_NEAR = ("127.0.0.1", "localhost")


@dataclass(frozen=True, kw_only=True)
class Door:
    """What the calls are answered from: who may call, who writes, who counts."""

    tellers: Mapping[str, Teller]
    clerk: Clerk
    tally: Tally
    now: Callable[[], dt.datetime]
    tell: Callable[[str], None]
    place: str  #: whose ledger it is, for people

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/webhooks/{provider}", self.webhook, methods=["POST"]),
                Route("/", self.start),
            ],
            lifespan=self.lifespan,
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        yield
        watching.cancel()

    async def _watch(self) -> None:
        """A line for each kind of news every few seconds, and none while nothing comes."""
        while True:
            before = self.tally.now()
            await asyncio.sleep(QUIET)
            for line in self.tally.since(before):
                self.tell(f"  {line}")

    async def webhook(self, request: Request) -> Response:
        """200: the news is in the ledger. 401: nobody we know has signed it."""
        name = str(request.path_params["provider"])
        teller = self.tellers.get(name)
        if teller is None:
            self.tally.add("for a provider that is not here")
            raise HTTPException(404)
        body = await self._body(request)
        try:
            news = teller.parse_webhook(dict(request.headers), body, self.now())
            await asyncio.wrap_future(self.clerk.take(news))
        except Refused as refused:
            self.tally.add(f"refused for {name}: {refused.message.partition(':')[0]}")
            raise HTTPException(401) from None
        except Exception as error:  # the ledger's, or the provider's: it has to come again
            self.tally.add(f"not taken for {name}: {_words(error)}")
            raise HTTPException(500) from None
        return PlainTextResponse("OK")

    async def _body(self, request: Request) -> bytes:
        """As it came over the wire; what is too long or too slow is not waited for."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _read(request)
        except TimeoutError:
            self.tally.add("too slow")
            raise HTTPException(408, headers=_CLOSE) from None
        except ClientDisconnect:
            self.tally.add("broken off")
            raise HTTPException(400, headers=_CLOSE) from None
        except OverflowError:
            self.tally.add("too big")
            raise HTTPException(413, headers=_CLOSE) from None

    async def start(self, request: Request) -> Response:
        """A short page for whoever looks; through a tunnel nobody sees it."""
        if request.url.hostname not in _NEAR:
            raise HTTPException(404)
        return HTMLResponse(self._page(f"http://{request.url.netloc}"), headers=_HEADERS)

    def _page(self, base: str) -> str:
        rows = "".join(
            f"<tr><td>{escape(what)}<td>{number:,}" for what, number in self.tally.now().items()
        )
        come = f"<table>{rows}</table>" if rows else "<p>Nothing has come in since it was started."
        ways = "".join(f"<li><code>{base}/webhooks/{escape(name)}</code>" for name in self.tellers)
        told = f"News goes to {self.place}, from {count(len(self.tellers), 'provider')}:"
        return _PAGE.format(told=escape(told), ways=ways, come=come)


_CLOSE = {"Connection": "close"}

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mailroom: webhooks</title>
<style>
html {{ font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f4f3ef, #181b1d);
  color: light-dark(#1c2225, #e9e7e2); }}
body {{ max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.35rem; }} h2 {{ font-size: 1rem; margin-top: 2rem; }}
code {{ overflow-wrap: anywhere; }} ul {{ padding-left: 1.2rem; }}
td {{ padding: .2rem 1.5rem .2rem 0; }}
td + td {{ padding-right: 0; text-align: right; font-variant-numeric: tabular-nums; }}
</style>
<h1>Webhooks</h1>
<p>{told}
<ul>{ways}</ul>
<h2>Since it was started</h2>
{come}
</html>
"""


async def _read(request: Request) -> bytes:
    """The body; OverflowError for one of more than `MOST_BYTES`, however it is announced."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > MOST_BYTES:
        raise OverflowError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise OverflowError
    return bytes(body)


def _words(error: Exception) -> str:
    """What of an error may be shown: an unexpected one could quote the call."""
    from mailroom.errors import MailroomError

    return error.message if isinstance(error, MailroomError) else type(error).__name__
