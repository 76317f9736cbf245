"""The studio: a page that tries a layout on the torture people and follows its files."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import watchfiles
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailroom.design import Trial, inspect_layout, languages_of, picture, try_on
from mailroom.errors import ConfigError, MailroomError, RenderError
from mailroom.fonts import Font, load_fonts
from mailroom.formats import FORMATS
from mailroom.layout import Layout, find_layouts, load_layout
from mailroom.model import Finding
from mailroom.torture import Person, people
from mailroom.web import sheets

_HERE = Path(__file__).parent
_LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}
_WIDEST = 4000  # pixels of a picture

_HEADERS = {
    b"content-security-policy": b"default-src 'none'; img-src 'self'; style-src 'self'; "
    b"script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class View:
    """What the address of a page asks for."""

    layout: str
    format: str
    language: str
    person: str

    def path(self, **other: str) -> str:
        """The address of the page, with some parts exchanged."""
        parts = {**self.__dict__, **other}
        return "/layout/" + "/".join(parts[part] for part in self.__dict__)


@dataclass(kw_only=True)
class Draft:
    """A layout as its files are now, and what has been tried with it."""

    layout: Layout
    fonts: tuple[Font, ...]
    folder: Path
    trials: dict[tuple[str, str, str], Trial] = field(default_factory=dict)
    findings: tuple[Finding, ...] | None = None


class Studio:
    """The drafts, and the one bench on which all of them are drawn.

    WeasyPrint and PDFium are not for two threads at once; a queue with one worker also lets
    the picture somebody waits for pass between two people of a long list.
    """

    def __init__(self, folders: Sequence[Path], fonts: Path, scratch: Path) -> None:
        self.folders, self.fonts = tuple(folders), fonts
        self._scratch = scratch
        self._drafts: dict[str, Draft] = {}
        self._made = 0
        self._bench = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bench")

    def close(self) -> None:
        """Finish what is on the bench and start nothing new."""
        self._bench.shutdown(cancel_futures=True)

    @property
    def layouts(self) -> tuple[str, ...]:
        return tuple(sorted(find_layouts(self.folders)))

    def read(self, name: str) -> Layout:
        """The layout as its files are now; ConfigError where they are wrong."""
        try:
            return load_layout(name, self.folders)
        except (TypeError, ValueError, AttributeError) as error:  # formats = 3, and the like
            message = f"something has the wrong type: {error}"
            raise ConfigError(message, where=f"{name}/layout.toml") from error

    def _draft(self, name: str) -> Draft:
        layout, fonts = self.read(name), load_fonts(self.fonts)
        draft = self._drafts.get(name)
        if draft and draft.layout == layout and draft.fonts == fonts:
            return draft
        if draft:
            shutil.rmtree(draft.folder, ignore_errors=True)
        self._made += 1
        folder = self._scratch / f"{self._made:06d}"
        folder.mkdir()
        self._drafts[name] = Draft(layout=layout, fonts=fonts, folder=folder)
        return self._drafts[name]

    async def trial(self, view: View) -> Trial:
        """The person tried on; from memory where the files are the same as then."""
        return await self._on_bench(lambda: self._trial(view))

    async def findings(self, name: str) -> tuple[Finding, ...]:
        """What is wrong with the layout whoever gets it; after a trial has gone well."""
        return await self._on_bench(lambda: self._findings(name))

    async def picture(self, view: View, page: int, pixels: int, *, bleed: bool) -> bytes:
        """One page as a PNG of that width."""
        return await self._on_bench(lambda: picture(self._trial(view), page, pixels, bleed=bleed))

    async def everybody(self, view: View, stopping: Callable[[], bool]) -> None:
        """Try everybody of the list, one after the other, until done or `stopping`."""
        for person in people(view.language):
            if stopping():
                return
            await self.trial(dataclasses.replace(view, person=person.key))

    def known(self, view: View) -> dict[str, Trial]:
        """Who has been tried already."""
        draft = self._drafts.get(view.layout)
        return {
            person: trial
            for (fmt, language, person), trial in (draft.trials if draft else {}).items()
            if (fmt, language) == (view.format, view.language)
        }

    async def _on_bench(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._bench, job)

    def _trial(self, view: View) -> Trial:
        draft = self._draft(view.layout)
        key = (view.format, view.language, view.person)
        if key not in draft.trials:
            draft.trials[key] = _try(draft, view, draft.folder / "-".join(key))
        return draft.trials[key]

    def _findings(self, name: str) -> tuple[Finding, ...]:
        draft = self._draft(name)
        if draft.findings is None:
            draft.findings = inspect_layout(draft.layout, draft.fonts)
        return draft.findings


def _try(draft: Draft, view: View, folder: Path) -> Trial:
    fmt, person = FORMATS[view.format], _person(view)
    try:
        # What is looked at once is quicker laid out than made into a stencil.
        who, language = [person], view.language
        return try_on(draft.layout, fmt, draft.fonts, who, language, folder, stamp=False)[0]
    except MailroomError:
        raise
    except Exception as error:  # the designer's CSS met a fault of the renderer
        message = f"the renderer failed: {type(error).__name__}: {error}"
        hint = "undo the last change; if that helps, it is worth a bug report"
        raise RenderError(message, where=view.layout, hint=hint) from error


def _person(view: View) -> Person:
    return next(person for person in people(view.language) if person.key == view.person)


class Changes:
    """Counts the times that files have changed, and wakes who waits for the next."""

    def __init__(self) -> None:
        self.count = 0
        self._more = asyncio.Event()

    async def watch(self, folders: Sequence[Path], stop: asyncio.Event) -> None:
        """Follow the folders until `stop`; an editor's burst of writes counts as one."""
        existing = [folder for folder in folders if folder.is_dir()]
        watching = watchfiles.awatch(
            *existing, step=30, debounce=150, stop_event=stop, rust_timeout=300
        )
        async for _ in watching:
            self.count += 1
            self._more.set()
            self._more = asyncio.Event()

    async def since(self, seen: int, patience: float) -> int:
        """The count once it is no longer `seen`, or as it is after `patience` seconds."""
        if self.count == seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), patience)
        return self.count


# --- pages ----------------------------------------------------------------------------------


def studio_app(
    studio: Studio, first: str, hosts: Sequence[str], stopping: Callable[[], bool]
) -> Starlette:
    """The application; `first` is the layout that `/` leads to."""
    desk = _Desk(studio, first, stopping)
    return Starlette(
        routes=[
            Route("/", desk.start),
            Route("/layout/{layout}", desk.layout),
            Route("/layout/{layout}/{format}/{language}/{person}", desk.page),
            Route("/people/{layout}/{format}/{language}/{person}", desk.people),
            Route("/picture/{layout}/{format}/{language}/{person}/{page:int}", desk.picture),
            Route("/events", desk.events),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
            Middleware(_Headers),
        ],
        lifespan=desk.lifespan,
    )


class _Headers:
    """Adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Desk:
    """Answers requests."""

    def __init__(self, studio: Studio, first: str, stopping: Callable[[], bool]) -> None:
        self._studio, self._first, self._stopping = studio, first, stopping
        self._changes = Changes()
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        folders = (*self._studio.folders, self._studio.fonts)
        watching = asyncio.create_task(self._changes.watch(folders, stop))
        yield
        stop.set()
        await watching
        self._studio.close()

    async def start(self, _request: Request) -> Response:
        return RedirectResponse(f"/layout/{self._first}")

    async def layout(self, request: Request) -> Response:
        """The layout's first page; the error where the layout cannot even be read."""
        name = self._layout_name(request)
        try:
            layout = self._studio.read(name)
        except MailroomError as error:
            view = View(layout=name, format="", language="", person="")
            return self._error(view, error)
        view = View(
            layout=name,
            format=layout.formats[0],
            language=languages_of(layout)[0],
            person=people("en")[0].key,
        )
        return RedirectResponse(view.path())

    async def page(self, request: Request) -> Response:
        view = self._view(request)
        started = time.perf_counter()
        try:
            layout = self._studio.read(view.layout)
            if view.format not in layout.formats or view.language not in languages_of(layout):
                return RedirectResponse(f"/layout/{view.layout}")
            trial = await self._studio.trial(view)
            findings = await self._studio.findings(view.layout)
        except MailroomError as error:
            return self._error(view, error)
        took = time.perf_counter() - started
        context = self._context(view, layout) | {
            "trial": trial,
            "fmt": trial.format,
            "spreads": sheets.spreads(trial),
            "offences": sheets.offences(trial),
            "window": sheets.window(trial.format),
            "layout_findings": findings,
            "took": round(took * 1000),
        }
        return self._html("layout.html", context)

    def _context(self, view: View, layout: Layout | None) -> dict[str, Any]:
        return {
            "view": view,
            "layout": layout,
            "layouts": self._studio.layouts,
            "formats": {name: FORMATS[name] for name in (layout.formats if layout else ())},
            "languages": {
                code: _LANGUAGES.get(code, code)
                for code in (languages_of(layout) if layout else ())
            },
            "people": people(view.language),
            "tried": self._studio.known(view),
        }

    def _error(self, view: View, error: MailroomError) -> Response:
        """The error in the place of the picture; the page goes on following the files."""
        context = self._context(view, None)
        return self._html("error.html", context | {"error": error})

    async def people(self, request: Request) -> Response:
        """The list of people once everybody has been tried."""
        view = self._view(request)
        with contextlib.suppress(MailroomError):  # the page itself tells of it
            await self._studio.everybody(view, self._stopping)
        context = {
            "view": view,
            "people": people(view.language),
            "tried": self._studio.known(view),
        }
        return self._html("people.html", context)

    async def picture(self, request: Request) -> Response:
        view, page = self._view(request), int(request.path_params["page"])
        if not 1 <= page <= len(FORMATS[view.format].pages):
            raise HTTPException(404, "there is no such page")
        try:
            pixels = int(request.query_params.get("pixels", "1200"))
        except ValueError:
            raise HTTPException(400, "pixels is a number") from None
        pixels = min(max(pixels, 50), _WIDEST)
        bleed = request.query_params.get("bleed") == "1"
        try:
            png = await self._studio.picture(view, page, pixels, bleed=bleed)
        except MailroomError as error:
            raise HTTPException(409, str(error)) from None
        return Response(png, media_type="image/png")

    async def events(self, _request: Request) -> Response:
        """Server-sent events (WHATWG HTML, 9.2): one `changed` each time files have changed."""
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        seen = self._changes.count
        yield "retry: 500\n\n"
        while not self._stopping():
            count = await self._changes.since(seen, patience=0.3)
            if count != seen:
                seen = count
                yield f"event: changed\ndata: {count}\n\n"

    def _layout_name(self, request: Request) -> str:
        """A name is only ever looked up among those that exist; no path is made of it."""
        name = str(request.path_params["layout"])
        if name not in self._studio.layouts:
            raise HTTPException(404, "there is no such layout")
        return name

    def _view(self, request: Request) -> View:
        parts = request.path_params
        view = View(
            layout=self._layout_name(request),
            format=parts["format"],
            language=parts["language"],
            person=parts["person"],
        )
        is_word = view.language.isalpha() and view.language.isascii() and len(view.language) < 9
        if view.format not in FORMATS or not is_word:
            raise HTTPException(404, "there is no such format or language")
        if view.person not in {person.key for person in people(view.language)}:
            raise HTTPException(404, "there is no such person")
        return view

    def _html(self, template: str, context: dict[str, Any]) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(context))
