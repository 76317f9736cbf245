"""Drawn pages: what stands on them, what cannot get onto them, and the same bytes each time."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from small import (
    BACK,
    FRONT,
    a_piece,
    draw,
    layout_in,
    letter_in,
    merged_of,
    press_of,
)
from test_fetch import bomb

from mailroom.errors import ConfigError, RenderError
from mailroom.formats import FORMATS
from mailroom.model import Artwork
from mailroom.render import limits, weasy
from mailroom.render.limits import deadline, memory_limit
from mailroom.units import Box


class Silence:
    """A real server on the loopback that nobody may call."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.hits: list[str] = []


@pytest.fixture
def silence() -> Iterator[Silence]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.hits.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard = Silence(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()


def read(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def attached(path: Path) -> bool:
    with pikepdf.open(path) as pdf:
        inside = any("/EF" in obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary))
        return inside or bool(pdf.attachments) or "/EmbeddedFiles" in str(pdf.Root.get("/Names"))


def the_same(text: str) -> str:
    """Without white space; PDFium tells a hyphen at the end of a line as U+FFFE."""
    return "".join(text.replace("\ufffe", "-").split())


# --- a customer's name as an attack -----------------------------------------------------------

ATTACKS = {
    "link attachment": '<link rel="attachment" href="{secret}">',
    "a attachment": '<a rel="attachment" href="{secret}">x</a>',
    "img file": '<img src="{secret}">',
    "img http": '<img src="{url}/img.png">',
    "style import": "<style>@import url({url}/a.css);</style>",
    "style attribute": '<p style="background:url({url}/b.png)">x</p>',
    "inline svg": '<svg><image href="{url}/c.png" width="9" height="9"/></svg>',
    "svg use": '<svg><use href="{url}/d.svg#a"/></svg>',
    "font face": "<style>@font-face{{font-family:a;src:url({url}/e.ttf)}}</style>",
    "stylesheet": '<link rel="stylesheet" href="{url}/f.css">',
    "object": '<object data="{url}/g.svg"></object><embed src="{url}/h.svg">',
    "iframe": '<iframe src="{secret}"></iframe>',
    "base": '<base href="{url}/">',
    "script": "<script>fetch('{url}/i')</script>",
    "quote": '"><img src={url}/j.png onerror="x',
    "quote in attribute": "' style='background:url({url}/k.png)",
    "entity": "&lt;img src={url}/l.png&gt;",
    "css": "}} * {{ background: url({url}/m.png) }}",
    "end of page": "</div></body></html><img src='{url}/n.png'>",
    "comment": "<!-- --><img src='{url}/o.png'><!--",
    "jinja": "{{{{ cycler.__init__.__globals__.os.popen('id').read() }}}}",
    "jinja include": "{{% include '/etc/hostname' %}}",
    "doctype": '<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]>&x;',
    "javascript": '<a href="javascript:alert(1)">x</a>',
}

NOSY = (
    '<div class="frame note" style="font-size:7pt" title="{{ recipient.company }}" '
    'data-frame="all">{{ greeting.salutation }}|{{ fields.note }}|{{ recipient.company }}'
    "<br>{% for line in address_lines %}<a name='{{ line }}'>{{ line }}</a><br>{% endfor %}</div>"
)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_customers_name_is_text_and_nothing_else(
    tmp_path: Path, silence: Silence, attack: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    text = attack.format(secret=secret.as_uri(), url=silence.url)
    layout = layout_in(
        tmp_path / "small",
        {"front": FRONT, "back": NOSY},
        style=".note { top: 5mm; height: 160mm; width: 110mm }",
    )
    piece = a_piece(first=text, company=text, fields={"Note": text}, lines=[text, "LEEDS"])
    target = tmp_path / "out.pdf"
    draw(layout, merged_of(layout, piece), target)
    page = the_same(read(target)[1])
    assert page.count(the_same(text)) == 4, page
    assert silence.hits == []
    assert not attached(target)
    assert b"TOP SECRET" not in target.read_bytes() and "TOPSECRET" not in page
    with pikepdf.open(target) as pdf:
        assert not any("/Annots" in page for page in pdf.pages)
        assert "/OpenAction" not in pdf.Root and "/JavaScript" not in str(pdf.Root.get("/Names"))


@pytest.mark.slow
@given(name=st.text(max_size=40))
@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_name_whatever_breaks_the_renderer(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    layout = layout_in(folder / "small")
    [artwork] = draw(layout, merged_of(layout, a_piece(first=name)), folder / "out.pdf")
    assert artwork.pages == 2


# --- a layout that asks for too much ----------------------------------------------------------


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{url}/a.png">',
        '<img src="{secret}">',
        '<img src="../secret.txt">',
        '<img src="%2e%2e/secret.txt">',
        '<img src="link.png">',
        '<img src="ftp://127.0.0.1/a.png">',
        '<img src="gone.png">',
        '<div style="background:url({url}/b.png)">x</div>',
        "<style>@import url({url}/c.css);</style>",
        "<style>@font-face{{font-family:q;src:url({url}/d.ttf)}} p{{font-family:q}}</style><p>x",
        '<link rel="stylesheet" href="{url}/e.css">',
        '<link rel="attachment" href="{secret}">',
        '<svg viewBox="0 0 9 9"><image href="{url}/f.png" width="9" height="9"/></svg>',
        '<img src="nosy.svg" style="width:20mm">',
        '<object data="{url}/h.svg"></object>',
        '<img src="data:image/png;base64,{huge}">',
    ],
)
def test_a_layout_that_asks_for_what_it_may_not_have_is_stopped(
    tmp_path: Path, silence: Silence, markup: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    markup = markup.format(secret=secret.as_uri(), url=silence.url, huge="A" * 1_100_000)
    layout = layout_in(tmp_path / "small", {"front": markup, "back": BACK})
    (layout.folder / "link.png").symlink_to(secret)
    (layout.folder / "nosy.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        f'<image href="{silence.url}/i.png" width="9" height="9"/></svg>'
    )
    target = tmp_path / "out.pdf"
    with pytest.raises(RenderError, match="small"):
        draw(layout, merged_of(layout, a_piece()), target)
    assert silence.hits == []
    assert not target.exists() and not list(tmp_path.glob("*.part"))


def test_a_use_of_another_file_is_not_even_asked_for(tmp_path: Path, silence: Silence) -> None:
    (tmp_path / "secret.svg").write_text('<svg><text id="x">TOP SECRET</text></svg>')
    urls = (f"{silence.url}/a.svg", (tmp_path / "secret.svg").as_uri(), "../secret.svg")
    svg = "".join(f'<svg viewBox="0 0 9 9"><use href="{url}#x"/></svg>' for url in urls)
    layout = layout_in(tmp_path / "small", {"front": svg, "back": BACK})
    [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    assert silence.hits == []
    assert "SECRET" not in "".join(read(artwork.path))


def test_a_style_sheet_that_asks_for_too_much_is_named(tmp_path: Path, silence: Silence) -> None:
    layout = layout_in(tmp_path / "small")
    (layout.folder / "style.css").write_text(f"@import url({silence.url}/a.css);")
    with pytest.raises(RenderError, match=r"small/style\.css"):
        draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    assert silence.hits == []


def test_an_xml_entity_in_a_picture_leaks_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    layout = layout_in(tmp_path / "small", {"front": '<img src="a.svg">', "back": BACK})
    (layout.folder / "a.svg").write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 9"><text y="9">&x;</text></svg>'
    )
    try:
        [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    except RenderError:
        return
    assert "SECRET" not in "".join(read(artwork.path))
    assert artwork.findings


def test_a_picture_that_explodes_stops_the_run(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", {"front": '<img src="bomb.png">', "back": BACK})
    (layout.folder / "bomb.png").write_bytes(bomb())
    with pytest.raises(RenderError, match=r"bomb\.png: the picture is too large") as caught:
        draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    assert caught.value.where == "small"


# The signal may ring inside a callback of the garbage collector, which swallows it once.
rings = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@rings
def test_a_page_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weasy, "_SECONDS_A_PAGE", 0.5)
    monster = "<table>" + "<tr><td><div style='float:left'>" * 400
    monster += "{% for i in range(9999) %}<b>{{ i }}</b>{% endfor %}"
    layout = layout_in(tmp_path / "small", {"front": monster, "back": BACK})
    began = time.perf_counter()
    with pytest.raises(RenderError, match=r"small: the layout takes longer than 0\.5 seconds"):
        draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    assert time.perf_counter() - began < 30


def test_a_font_that_we_do_not_have_stops_the_run(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", fonts=["Comic Sans"])
    with pytest.raises(ConfigError, match="there is no font 'Comic Sans'"):
        draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")


# --- the bounds -------------------------------------------------------------------------------


def test_a_deadline_that_is_kept_changes_nothing() -> None:
    with deadline(5, "small"):
        value = 1
    time.sleep(0.01)
    assert value == 1


@rings
def test_a_deadline_is_not_swallowed() -> None:
    began = time.perf_counter()
    with pytest.raises(RenderError, match="small"):
        stubborn(0.1, Exception)
    assert time.perf_counter() - began < 20


@rings
def test_a_deadline_swallowed_by_force_is_told_at_the_end() -> None:
    with pytest.raises(RenderError, match="small"):
        stubborn(0.05, BaseException)


def stubborn(seconds: float, swallowed: type[BaseException]) -> None:
    """Sleep for half a minute under a deadline and let nothing of that kind pass."""
    with deadline(seconds, "small"), contextlib.suppress(swallowed):
        time.sleep(30)


@pytest.fixture
def no_finalizers() -> Iterator[None]:
    """What other tests have left is not collected meanwhile: Python swallows what rings there."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@rings
@pytest.mark.usefixtures("no_finalizers")
def test_a_deadline_that_rings_again_on_the_way_out_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "_AGAIN", 0.0005)
    for _ in range(60):
        with pytest.raises(RenderError, match="small"), deadline(0.003, "small"):
            far_down(400)


def far_down(depth: int) -> None:
    """Out of it one comes slowly."""
    held = [*range(50)]
    if depth:
        far_down(depth - 1)
    while True:
        held.sort()


@rings
def test_an_outer_deadline_goes_on_after_an_inner_one() -> None:
    began = time.perf_counter()
    with pytest.raises(RenderError, match="outer"):
        one_inside_the_other()
    assert 0.2 < time.perf_counter() - began < 20


def one_inside_the_other() -> None:
    with deadline(0.3, "outer"):
        with deadline(5, "inner"):
            time.sleep(0.1)
        time.sleep(30)


def test_outside_the_main_thread_a_deadline_does_nothing() -> None:
    done: list[int] = []

    def work() -> None:
        with deadline(0.01, "small"):
            time.sleep(0.05)
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]


def test_too_much_memory_is_an_error_and_the_bound_is_lifted() -> None:
    with pytest.raises(RenderError, match="100 MB"), memory_limit(100, "small"):
        bytearray(300_000_000)
    assert len(bytearray(300_000_000)) == 300_000_000


# --- the pages --------------------------------------------------------------------------------


def test_pages_have_the_formats_boxes_with_the_origin_in_the_corner(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    with pikepdf.open(artwork.path) as pdf:
        for page in pdf.pages:
            assert [float(v) for v in page.MediaBox] == [0, 0, 378, 522]
            assert [float(v) for v in page.BleedBox] == [0, 0, 378, 522]
            assert [float(v) for v in page.TrimBox] == [9, 9, 369, 513]


@pytest.mark.parametrize(
    "paint",
    ["background:#204060", "background:url(a.png)", "background:linear-gradient(#204060,#204060)"],
)
def test_art_reaches_into_the_bleed_on_all_sides(tmp_path: Path, paint: str) -> None:
    edges = ";".join(f"{side}:calc(-1*var(--bleed))" for side in ("left", "top", "right", "bottom"))
    art = f'<div style="position:absolute;{edges};{paint}"></div>'
    layout = layout_in(tmp_path / "small", {"front": art, "back": BACK})
    Image.new("RGB", (50, 50), (32, 64, 96)).save(layout.folder / "a.png")
    [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    with pypdfium2.PdfDocument(artwork.path) as pdf:
        image = pdf[0].render(scale=1).to_pil().convert("RGB")
    for corner in ((2, 2), (375, 2), (2, 519), (375, 519), (189, 261)):
        found = image.getpixel(corner)
        assert all(abs(a - b) < 4 for a, b in zip(found, (32, 64, 96), strict=True)), corner


def test_pages_that_are_the_same_are_drawn_once(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    pieces = [a_piece(n, f"Name{n}") for n in range(1, 21)]
    artworks = draw(layout, merged_of(layout, *pieces), tmp_path / "out.pdf")
    assert [artwork.first_page for artwork in artworks] == list(range(0, 40, 2))
    with pikepdf.open(artworks[0].path) as pdf:
        assert len({page.Contents.objgen for page in pdf.pages}) == 21
    backs = read(artworks[0].path)[1::2]
    assert all(f"Name{n} " in back for n, back in enumerate(backs, 1))


def test_frames_are_measured_in_ink(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", style=".greeting { line-height: 40pt; height: 20mm }")
    [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    greeting = next(frame for frame in artwork.frames if frame.name == "greeting")
    assert greeting.page == 2 and greeting.box.contains(greeting.content)
    assert 8 < greeting.content.height < 13  # 12 pt letters, not the 40 pt of their line
    note = next(frame for frame in artwork.frames if frame.name == "note")
    assert not note.empty and note.content == Box(note.box.x, note.box.y, 0, 0)


def test_the_zones_of_the_format_are_css_variables(tmp_path: Path) -> None:
    layout = letter_in(tmp_path / "letter")
    [artwork] = draw(layout, merged_of(layout, a_piece()), tmp_path / "out.pdf")
    address = next(frame for frame in artwork.frames if frame.name == "address")
    assert (round(address.box.x, 1), round(address.box.y, 1)) == (56.7, 127.6)


# --- the same bytes ---------------------------------------------------------------------------

_AGAIN = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from small import a_piece, draw, merged_of
from mailroom.layout import read_layout
layout = read_layout(Path({folder!r}))
pieces = [a_piece(n, "Zo\\u00eb%d" % n) for n in range(1, 6)]
draw(layout, merged_of(layout, *pieces), Path({target!r}))
"""


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(tmp_path: Path) -> None:
    layout = layout_in(
        tmp_path / "small", {"front": FRONT + '<img src="a.png" style="width:10mm">', "back": BACK}
    )
    Image.effect_noise((150, 150), 50).save(layout.folder / "a.png")
    prints = []
    for number, seed in enumerate(("1", "2")):
        target = tmp_path / f"out{number}.pdf"
        code = _AGAIN.format(paths=sys.path[:], folder=str(layout.folder), target=str(target))
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC+{number}"}
        subprocess.run([sys.executable, "-c", code], check=True, env=env)
        prints.append(hashlib.sha256(target.read_bytes()).hexdigest())
    assert prints[0] == prints[1]


def test_a_press_that_has_drawn_before_makes_the_same_bytes(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    merged = merged_of(layout, *(a_piece(n, f"Name{n}") for n in range(1, 4)))
    press = press_of(layout)
    draw(layout, merged[::-1], tmp_path / "other.pdf", press=press)
    first = draw(layout, merged, tmp_path / "a.pdf", press=press)
    second = draw(layout, merged, tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert _prints(first) == _prints(second)


def test_a_piece_keeps_its_print_whoever_is_printed_beside_it(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small")
    one, two, three = merged_of(layout, a_piece(1), a_piece(2, "Ben"), a_piece(3, "Ζωή"))
    together = draw(layout, [one, two, three], tmp_path / "a.pdf")
    alone = draw(layout, [two], tmp_path / "b.pdf")
    assert together[1].sha256 == alone[0].sha256
    assert len(set(_prints(together))) == 3


def _prints(artworks: tuple[Artwork, ...]) -> list[str]:
    return [artwork.sha256 for artwork in artworks]


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("postcard-4x6", {"address-block-left": 184.788, "address-block-height": 171}),
        ("letter-lob-2", {"address-block-top": 60.48, "scan-code-left": 6.264}),
        ("self-mailer-11x9", {"fold-outside": 432, "fold-inside": 360}),
        ("letter-us", {"address-left": 63, "fold-1": 270}),
    ],
)
def test_css_knows_the_zones_and_creases_of_a_format(
    name: str, variables: dict[str, float]
) -> None:
    style = weasy.format_css(FORMATS[name])
    for variable, points in variables.items():
        assert f"--{variable}: {points:.4f}pt;" in style
    assert ("--address-left" in style) is bool(FORMATS[name].address_zone)
