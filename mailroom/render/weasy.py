"""The reference: WeasyPrint lays pages out and draws them. What is faster must print the same."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import weasyprint
from weasyprint.text.ffi import FROM_UNITS, ffi, pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from mailroom.errors import MailroomError, RenderError
from mailroom.fonts import Font, font_face_css, fonts_of
from mailroom.formats import Format
from mailroom.layout import Layout
from mailroom.model import Finding, FrameBox, Severity
from mailroom.render.fetch import Door
from mailroom.render.limits import deadline
from mailroom.units import Box

_PT_PER_PX = 0.75  # CSS: 96 px to the inch
_MAX_KEPT_PICTURES = 100
_SECONDS_A_PAGE = 30  # a page takes 0.03 s


class LayoutFailed(Exception):
    """WeasyPrint broke down over one page, as it does over some texts: a fault of its own."""


@dataclass(frozen=True, kw_only=True)
class LaidOut:
    """A page laid out: WeasyPrint's own page, and what was seen on it."""

    document: Any
    frames: tuple[FrameBox, ...]
    findings: tuple[Finding, ...]

    @property
    def frame_boxes(self) -> tuple[Any, ...]:
        """WeasyPrint's boxes of the frames, in the order of `frames`."""
        return tuple(_with_frame(self.document.pages[0]._page_box))


@dataclass(kw_only=True)
class Reference:
    """Everything that is read once and used for every page of a mailing."""

    format: Format
    folder: Path
    door: Door
    fonts: FontConfiguration
    styles: tuple[Any, ...]
    style_warnings: tuple[str, ...]
    pictures: dict[str, Any] = field(default_factory=dict)  #: unpacked once for all pages


def open_reference(
    layout: Layout, fmt: Format, fonts: Sequence[Font], pictures: Iterable[Path] = ()
) -> Reference:
    """Read the style sheets and fonts; `pictures` are files elsewhere that a page may show.

    ConfigError where the layout names a font that we do not have, RenderError where a
    style sheet asks for a file that it may not have.
    """
    used = fonts_of(fonts, layout.fonts, f"{layout.name}/layout.toml")
    door = Door([layout.folder], [*(font.path for font in used), *pictures])
    config = FontConfiguration()
    base = layout.folder.as_uri() + "/"
    sheets = [(base, format_css(fmt) + font_face_css(used))]
    for name in layout.style:
        path = layout.folder / name
        sheets.append((path.as_uri(), path.read_text(encoding="utf-8")))
    with _Log() as log:
        styles = tuple(_css(text, url, door, config, layout.name) for url, text in sheets)
    return Reference(
        format=fmt,
        folder=layout.folder,
        door=door,
        fonts=config,
        styles=styles,
        style_warnings=tuple(log.lines),
    )


def _css(text: str, url: str, door: Door, config: FontConfiguration, name: str) -> Any:
    try:
        return weasyprint.CSS(string=text, base_url=url, url_fetcher=door, font_config=config)
    except FatalURLFetchingError as error:
        raise RenderError(str(error), where=f"{name}/{Path(url).name}") from None


def format_css(fmt: Format) -> str:
    """The page and the zones of a format as CSS: what every layout is drawn on."""
    lengths: dict[str, float] = {
        "trim-width": fmt.trim.width,
        "trim-height": fmt.trim.height,
        "bleed": fmt.bleed,
        "safe": fmt.safe,
    }
    if fmt.address_zone:
        lengths |= _box_lengths("address", fmt.address_zone)
    for zone in fmt.ink_free:
        lengths |= _box_lengths(zone.name.replace(" ", "-"), zone.box)
    lengths |= {f"fold-{n}": y for n, y in enumerate(fmt.folds, 1)}
    lengths |= {f"fold-{crease.page}": crease.at for crease in fmt.creases}
    variables = " ".join(f"--{name}: {value:.4f}pt;" for name, value in lengths.items())
    width, height = fmt.trim.width, fmt.trim.height
    return (
        f"@page {{ size: {width:.4f}pt {height:.4f}pt; margin: 0; bleed: {fmt.bleed:.4f}pt; }}\n"
        f":root {{ {variables} }}\n"
        "html, body { margin: 0; padding: 0; }\n"
        f"body {{ position: relative; width: {width:.4f}pt; height: {height:.4f}pt; }}\n"
        '[data-fit="block"] { white-space: nowrap; }\n'
    )


def _box_lengths(name: str, box: Box) -> dict[str, float]:
    return {
        f"{name}-left": box.x,
        f"{name}-top": box.y,
        f"{name}-width": box.width,
        f"{name}-height": box.height,
    }


def lay_out(reference: Reference, html: str) -> LaidOut:
    """Lay one page out; RenderError names what it asked for and may not have.

    LayoutFailed where WeasyPrint cannot do it.
    """
    reference.door.refused.clear()
    source = weasyprint.HTML(
        string=html, base_url=reference.folder.as_uri() + "/", url_fetcher=reference.door
    )
    try:
        with _Log() as log, deadline(_SECONDS_A_PAGE, reference.folder.name):
            document = source.render(
                stylesheets=reference.styles,
                font_config=reference.fonts,
                cache=reference.pictures,
            )
    except FatalURLFetchingError as error:
        raise RenderError(str(error), where=reference.folder.name) from None
    except (MailroomError, MemoryError):
        raise
    except Exception as error:  # whatever it is: one person's text must not stop a run
        raise LayoutFailed(f"WeasyPrint fails on this page: {error!r}") from error
    _refuse_refused(reference)
    for url in [url for url, picture in reference.pictures.items() if picture is None]:
        del reference.pictures[url]  # or WeasyPrint would not say so of the next page
    findings = [_finding("renderer", line) for line in log.lines]
    if len(document.pages) > 1:
        findings.append(
            _finding("page-count", f"the page runs over to {len(document.pages)} pages")
        )
    return LaidOut(
        document=document,
        frames=tuple(_frames(document.pages[0])),
        findings=tuple(findings),
    )


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message)


def _refuse_refused(reference: Reference) -> None:
    if reference.door.refused:
        raise RenderError(reference.door.refused[0], where=reference.folder.name)


def draw(reference: Reference, pages: Sequence[LaidOut]) -> bytes:
    """A PDF of the first page of each document; a page that ran over is a finding.

    MediaBox is trim plus bleed with its origin at 0,0. The same pages give the same bytes.
    """
    every = [page.document.pages[0] for page in pages]
    reference.door.refused.clear()
    try:
        with _Log() as log, deadline(_SECONDS_A_PAGE * len(pages), reference.folder.name):
            data = pages[0].document.copy(every).write_pdf()
    except FatalURLFetchingError as error:
        raise RenderError(str(error), where=reference.folder.name) from None
    _refuse_refused(reference)
    if len(reference.pictures) > _MAX_KEPT_PICTURES:  # codes, photographs of one person each
        reference.pictures.clear()
    # A picture that cannot be drawn is left out with a warning. A missing glyph is found
    # on its page by preflight, which knows whose page it is.
    lost = [line for line in log.lines if not line.startswith(".notdef glyph")]
    if lost:
        raise RenderError(lost[0], where=reference.folder.name)
    return _boxed(reference.format, bytes(data))


def _boxed(fmt: Format, drawn: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        for page in pdf.pages:
            _set_boxes(page, fmt)
        _shift_patterns(pdf, float(fmt.bleed))
        out = io.BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()


def _set_boxes(page: pikepdf.Page, fmt: Format) -> None:
    """Boxes as ISO 15930-7, 6.10 wants them, with the origin moved to 0,0.

    WeasyPrint puts the TrimBox's corner at 0,0, where Illustrator shows the page shifted
    (WeasyPrint #2685), and caps the BleedBox at 10 pt.
    """
    media, bleed = fmt.media_box, float(fmt.bleed)
    page.contents_add(f"1 0 0 1 {bleed:.4f} {bleed:.4f} cm".encode(), prepend=True)
    page.contents_coalesce()
    whole = [0, 0, round(media.width, 4), round(media.height, 4)]
    trim = [bleed, bleed, bleed + fmt.trim.width, bleed + fmt.trim.height]
    page.MediaBox = pikepdf.Array(whole)
    page.BleedBox = pikepdf.Array(whole)
    page.TrimBox = pikepdf.Array([round(value, 4) for value in trim])


def _shift_patterns(pdf: pikepdf.Pdf, by: float) -> None:
    """Move background pictures and gradients along with the origin.

    A pattern stands in the page's first coordinate system and does not follow what is
    moved later (PDF 32000-1, 8.7.3.1). Pages share their patterns: each is moved once.
    """
    tables: list[Any] = [page.obj.Resources.get("/Pattern", {}) for page in pdf.pages]
    patterns = {pattern.objgen: pattern for table in tables for pattern in table.values()}
    for pattern in patterns.values():
        a, b, c, d, e, f = (float(v) for v in pattern.get("/Matrix", [1, 0, 0, 1, 0, 0]))
        pattern.Matrix = pikepdf.Array([a, b, c, d, round(e + by, 4), round(f + by, 4)])


# --- what the layout engine knows and a PDF no longer says --------------------------------


def _frames(page: Any) -> Iterator[FrameBox]:
    """Every element with `data-frame`, and how far its content really reaches."""
    for box in _with_frame(page._page_box):
        own = _rectangle(box)
        content = _content(box)
        yield FrameBox(
            name=box.element.get("data-frame"),
            page=1,
            box=own,
            content=content or Box(own.x, own.y, 0, 0),
            empty=content is None and box.element.get("data-optional") is None,
            code=(box.element.get("data-code") or "").strip(),
        )


def _with_frame(box: Any) -> Iterator[Any]:
    element = getattr(box, "element", None)
    if element is not None and element.get("data-frame") is not None:
        yield box
        return
    for child in getattr(box, "children", ()):
        yield from _with_frame(child)


def _rectangle(box: Any) -> Box:
    return Box(
        box.border_box_x() * _PT_PER_PX,
        box.border_box_y() * _PT_PER_PX,
        box.border_width() * _PT_PER_PX,
        box.border_height() * _PT_PER_PX,
    )


def _content(box: Any) -> Box | None:
    """The smallest box round the ink of the text and the pictures inside; None: nothing."""
    boxes = [
        _ink(leaf) if hasattr(leaf, "pango_layout") else _rectangle(leaf) for leaf in _leaves(box)
    ]
    if not boxes:
        return None
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(x, y, max(b.right for b in boxes) - x, max(b.bottom for b in boxes) - y)


def _ink(text: Any) -> Box:
    """What the letters cover: a line's box is higher than they are, and cuts nothing off."""
    layout = text.pango_layout
    layout.reactivate(text.style)
    ink = ffi.new("PangoRectangle *")
    pango.pango_layout_line_get_extents(layout.get_first_line()[0], ink, ffi.NULL)
    x, y, width, height = (v * FROM_UNITS for v in (ink.x, ink.y, ink.width, ink.height))
    layout.deactivate()
    left, top = text.position_x + x, text.position_y + text.baseline + y
    return Box(left * _PT_PER_PX, top * _PT_PER_PX, width * _PT_PER_PX, height * _PT_PER_PX)


def _leaves(box: Any) -> Iterator[Any]:
    text = getattr(box, "text", None)
    if text is not None:
        if text.strip():
            yield box
        return
    if hasattr(box, "replacement"):
        yield box  # a picture
    for child in box.children:
        yield from _leaves(child)


class _Log(logging.Handler):
    """Collects what WeasyPrint warns of: on paper, a warning ignored is a fault printed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def __enter__(self) -> _Log:
        logger = logging.getLogger("weasyprint")
        logger.addHandler(self)
        self._was = logger.propagate
        logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        logger = logging.getLogger("weasyprint")
        logger.removeHandler(self)
        logger.propagate = self._was
