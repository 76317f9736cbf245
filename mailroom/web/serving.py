"""`mailroom serve`: take the providers' webhooks on this machine until Ctrl-C."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailroom.errors import ConfigError, EnvironmentProblem, Refused
from mailroom.providers import Teller, provider_names
from mailroom.web.clerk import Clerk, Tally
from mailroom.web.loopback import HERE, WEBHOOKS, listen, missing
from mailroom.workspace import Workspace, utc_now

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette


def serve_webhooks(ws: Workspace, *, port: int = WEBHOOKS) -> dict[str, int]:
    """Take webhooks into the ledger of `ws` until Ctrl-C; what has come in, by kind.

    The address is told to `ws.tell`. EnvironmentProblem where the extra `web` or a secret is
    missing, or the port is taken.
    """
    try:
        import uvicorn

        from mailroom.web.webhooks import Door
    except ImportError as error:
        raise missing("serve", error) from None
    callers = tellers(ws)
    tally = Tally()
    clerk = Clerk(ws.ledger, lambda: utc_now().isoformat(), tally)
    place = "the ledger" if ws.live else "the trial's ledger (TEST)"
    door = Door(tellers=callers, clerk=clerk, tally=tally, now=utc_now, tell=ws.tell, place=place)
    with (
        listen(port, "another --port, or --port 0 for a free one") as listener,
        contextlib.suppress(KeyboardInterrupt),
    ):
        clerk.start()
        server = uvicorn.Server(_settings(door.app()))
        for name in callers:
            ws.tell(f"http://{HERE}:{listener.getsockname()[1]}/webhooks/{name}  ->  {place}")
        ws.tell("Ctrl-C stops.")
        server.run(sockets=[listener])
    clerk.stop()
    return tally.now()


def tellers(ws: Workspace) -> Mapping[str, Teller]:
    """Every provider that tells news and can check who calls, by name.

    EnvironmentProblem where there is none, or where the one that there is lacks its secret.
    """
    found, problems = dict[str, Teller](), list[EnvironmentProblem]()
    for name in provider_names():
        teller = _teller(ws, name)
        try:
            if teller:
                _knock(name, teller)
                found[name] = teller
        except EnvironmentProblem as problem:
            problems.append(problem)
    if not found:
        nobody = EnvironmentProblem("no provider here tells news")
        raise next(iter(problems), nobody)
    for lacking in problems:
        ws.tell(f"{lacking}: its webhooks are not taken")
    return found


def _teller(ws: Workspace, name: str) -> Teller | None:
    """None for one that tells nothing, or that this workspace does not use."""
    try:
        provider: object = ws.provider(name)
    except ConfigError:
        if name in ws.settings.providers:
            raise
        return None
    return provider if isinstance(provider, Teller) else None


def _knock(name: str, teller: Teller) -> None:
    """A call that nobody has signed must be refused; EnvironmentProblem: it could not be told."""
    try:
        teller.parse_webhook({}, b"{}", utc_now())
    except Refused:
        return
    raise EnvironmentProblem(f"{name} takes calls that nobody has signed", hint="report it")


def _settings(app: Starlette) -> uvicorn.Config:
    import uvicorn

    # What goes wrong is counted and told by the application, without what was in the call.
    return uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        http="h11",
        ws="none",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=500,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
