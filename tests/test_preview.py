"""The preview: a real server, plain requests at its door, and a real browser in front of it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from mailroom.design import new_layout
from mailroom.errors import ConfigError, EnvironmentProblem
from mailroom.formats import FORMATS
from mailroom.web.preview import serve_preview

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SERVE = """
import sys
from pathlib import Path
from mailroom.web.preview import serve_preview
serve_preview(sys.argv[1], [Path(sys.argv[2])], say=lambda line: print(line, flush=True))
print("stopped", flush=True)
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CARD = "/layout/spring/card-5x7/en"


@dataclass(frozen=True, kw_only=True)
class Served:
    """A preview in a process of its own."""

    process: subprocess.Popen[str]
    layouts: Path
    url: str  #: without a slash at its end


@contextlib.contextmanager
def serving(layouts: Path) -> Iterator[Served]:
    """A preview of `spring`, stopped with Ctrl-C; it must end cleanly."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, "spring", str(layouts)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/layout/spring\n", line)
        assert match, line
        _wait_for(match[1])
        yield Served(process=process, layouts=layouts, url=match[1])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        # Clean: no traceback, no warning, and the call returned.
        rest = process.stdout.read()
        assert rest == "Save a file and the page follows. Ctrl-C stops.\nstopped\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    layouts = tmp_path_factory.mktemp("workspace") / "layouts"
    new_layout("spring", layouts, FORMATS["card-5x7"])
    new_layout("folded", layouts, FORMATS["card-a6-folded"])
    new_layout("note", layouts, FORMATS["letter-a4"])
    new_layout("posted", layouts, FORMATS["postcard-4x6"])
    new_layout("mailer", layouts, FORMATS["self-mailer-11x9"])
    with serving(layouts) as served:
        yield served


def _wait_for(url: str) -> None:
    for _ in range(1000):
        try:
            httpx.get(f"{url}/static/icon.svg", timeout=60)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the preview did not come up")


@pytest.fixture
def spring(served: Served) -> Iterator[Path]:
    """The layout's folder; put back as it was after the test."""
    folder = served.layouts / "spring"
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield folder
    for path, content in kept.items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def get(served: Served, path: str, **headers: str) -> httpx.Response:
    return httpx.get(served.url + path, headers=headers, timeout=60)


# --- at the door --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_foreign_host_is_refused(served: Served) -> None:
    assert get(served, f"{CARD}/one", Host="evil.example").status_code == 400
    assert get(served, "/events", Host="evil.example").status_code == 400


@pytest.mark.slow
def test_zones_without_ink_are_drawn_on_their_own_page_and_named(served: Served) -> None:
    text = get(served, "/layout/posted/postcard-4x6/en/one").text
    front, back = re.findall(r"<figure>.*?</figure>", text, flags=re.DOTALL)
    block = FORMATS["postcard-4x6"].ink_free[0].box
    assert "overlay address" not in front and "ink-free zones" in text
    assert f'<rect x="{block.x:.2f}"' in back and "address block" in back


@pytest.mark.slow
def test_each_side_of_a_self_mailer_shows_its_own_crease(served: Served) -> None:
    text = get(served, "/layout/mailer/self-mailer-11x9/en/one").text
    sides = re.findall(r"<figure>.*?</figure>", text, flags=re.DOTALL)
    creases = [re.findall(r'<line [^>]*y1="([\d.]+)"', side) for side in sides]
    assert creases == [["432.0"], ["360.0"]]


@pytest.mark.slow
def test_the_way_in_leads_to_the_first_pleasant_person(served: Served) -> None:
    response = httpx.get(served.url, follow_redirects=True, timeout=60)
    assert response.url.path == f"{CARD}/one"
    assert "Olive Hartley" in response.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/layout/..%2f..%2fetc",
        "/layout/%2e%2e/card-5x7/en/one",
        "/layout/nobody",
        "/layout/spring/card-5x7/en/..%2f..%2fone",
        "/layout/spring/card-5x7/en/nobody",
        "/layout/spring/card-5x7/..%2f../one",
        "/layout/spring/postcard/en/one",
        "/picture/spring/card-5x7/en/one/3",
        "/picture/spring/card-5x7/en/one/0",
        "/picture/..%2fspring/card-5x7/en/one/1",
        "/people/spring/card-5x7/en/..",
        "/static/..%2fstudio.py",
        "/static/%2e%2e/studio.py",
    ],
)
def test_a_path_that_is_none_of_ours_is_not_found(served: Served, path: str) -> None:
    # A raw request: httpx itself would straighten out the dots.
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(64).split()[1] == b"404"


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "width"), [("700", 700), ("1", 50), ("999999", 4000)])
def test_a_picture_has_the_width_asked_for_within_bounds(
    served: Served, asked: str, width: int
) -> None:
    png = get(served, f"/picture/note/letter-a4/en/one/1?pixels={asked}").content
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == width


@pytest.mark.slow
def test_a_width_that_is_no_number_is_refused(served: Served) -> None:
    assert get(served, "/picture/spring/card-5x7/en/one/1?pixels=x").status_code == 400


@pytest.mark.slow
def test_the_page_may_neither_run_nor_fetch_what_is_not_ours(served: Served) -> None:
    response = get(served, f"{CARD}/one")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=\"/static/)|style=|\son\w+=", response.text)
    assert not re.search(r"(src|href)=\"(?!/)", response.text.replace('href="#people"', ""))


@pytest.mark.slow
def test_what_a_person_is_called_is_escaped(served: Served) -> None:
    text = get(served, f"{CARD}/markup").text
    assert "Ampersand and &lt;b&gt; in the company" in text
    assert "<b> in the company" not in text


@pytest.mark.slow
def test_a_format_that_the_layout_is_not_made_for_leads_back(served: Served) -> None:
    response = get(served, "/layout/spring/letter-us/en/one")
    assert response.headers["location"] == "/layout/spring"


@pytest.mark.slow
def test_a_layout_that_cannot_be_read_is_shown_with_its_fault(served: Served, spring: Path) -> None:
    (spring / "layout.toml").write_text("title = \n", "utf-8")
    text = get(served, f"{CARD}/one").text
    assert "spring/layout.toml" in text
    assert "EventSource" not in text
    assert "<main>" in text


def test_a_layout_that_is_not_there_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        serve_preview("nobody", [tmp_path])


def test_a_port_that_is_taken_is_an_error_that_says_so(tmp_path: Path) -> None:
    new_layout("spring", tmp_path, FORMATS["card-5x7"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentProblem, match=str(port)):
            serve_preview("spring", [tmp_path], port=port)


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(EnvironmentProblem) as error:
        serve_preview("spring", [tmp_path])
    assert error.value.hint == "pip install 'mailroom[web]'"


@pytest.mark.slow
def test_ctrl_c_stops_it_while_a_page_is_listening(tmp_path: Path) -> None:
    new_layout("spring", tmp_path, FORMATS["card-5x7"])
    with (
        serving(tmp_path) as served,
        httpx.Client(timeout=60) as client,
        contextlib.ExitStack() as later,
    ):
        events = later.enter_context(client.stream("GET", f"{served.url}/events"))
        assert next(events.iter_text()).startswith("retry:")
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=60) == 0


# --- in a browser -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here, and CI must not skip what a designer sees")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    quiet = ["quic", "gpu", "background-networking", "component-update", "sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=True,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{word}" for word in quiet)],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page that must end without a word in the console or a request beyond this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[Any] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(served.url)
            else complaints.append(f"asked for {request.url}")
        ),
    )
    yield page
    context.close()
    assert complaints == []


def open_card(page: Page, served: Served, path: str = f"{CARD}/one") -> None:
    page.goto(served.url + path)
    shown(page)


def shown(page: Page) -> str:
    """The address of the first picture once it is there."""
    picture = page.locator("main img").first
    picture.wait_for()
    for _ in range(2400):  # a minute
        if picture.evaluate("i => i.complete && i.naturalWidth > 0"):
            return picture.get_attribute("src") or ""
        page.wait_for_timeout(25)
    pytest.fail("the picture never came")


def changed_from(page: Page, before: str) -> float:
    """Seconds until another picture is on the page."""
    started = time.perf_counter()
    while time.perf_counter() - started < 60:
        if page.locator("main img").count() and shown(page) != before:
            return time.perf_counter() - started
        page.wait_for_timeout(10)
    pytest.fail("the picture stayed the same")


@pytest.mark.slow
def test_the_card_is_the_biggest_picture_and_crisp(browser: Browser, served: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=2)
    page = context.new_page()
    open_card(page, served)
    drawn, css = page.locator("main img").first.evaluate(
        "i => [i.naturalWidth, i.getBoundingClientRect().width]"
    )
    assert drawn == css * 2
    assert css > 1280 / 4
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "path", "kind"),
    [
        ("b", f"{CARD}/one", "bleed"),
        ("s", f"{CARD}/one", "safe"),
        ("f", f"{CARD}/one", "frames"),
        ("a", "/layout/note/letter-a4/en/one", "address"),
        ("o", "/layout/note/letter-a4/en/one", "fold"),
        ("o", "/layout/folded/card-a6-folded/en/one", "fold"),
        ("a", "/layout/posted/postcard-4x6/en/one", "address"),
        ("o", "/layout/mailer/self-mailer-11x9/en/one", "fold"),
    ],
)
def test_a_key_shows_an_overlay_and_hides_it_again(
    page: Page, served: Served, key: str, path: str, kind: str
) -> None:
    open_card(page, served, path)
    overlay = page.locator(f"svg .overlay.{kind}").first
    box = page.locator(f"[data-overlay={kind}]")
    # Not is_visible(): a line has no height, and a front may have no frames.
    style = "g => getComputedStyle(g).display"
    assert overlay.evaluate(style) == "none"
    page.keyboard.press(key)
    assert overlay.evaluate(style) == "inline"
    assert box.is_checked()
    page.keyboard.press(key)
    assert overlay.evaluate(style) == "none"
    assert not box.is_checked()


@pytest.mark.slow
def test_an_overlay_stays_when_the_person_changes(page: Page, served: Served) -> None:
    open_card(page, served)
    page.locator("[data-overlay=frames]").check()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/couple")
    assert page.locator("[data-overlay=frames]").is_checked()
    assert page.locator("svg .overlay.frames text").first.is_visible()


@pytest.mark.slow
def test_arrow_keys_step_through_the_people_and_round(page: Page, served: Served) -> None:
    open_card(page, served)
    before = shown(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/couple")
    assert "Ruth &" in page.locator(".people [aria-current]").inner_text()
    assert shown(page) != before
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/one")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/kanji")


@pytest.mark.slow
def test_the_list_says_who_is_held_and_why(page: Page, served: Served) -> None:
    open_card(page, served)
    page.locator(".people .state.quiet").first.wait_for(state="detached", timeout=60_000)
    kanji = page.locator(".people li", has_text="Japanese")
    assert "held, as it must be: missing-glyph" in kanji.inner_text()
    assert "ready" in page.locator(".people li", has_text="Jo Ng").inner_text()


@pytest.mark.slow
def test_everything_can_be_reached_with_the_keyboard(page: Page, served: Served) -> None:
    open_card(page, served)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "To the list of people"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/couple")
    assert "Ruth &" in page.locator(":focus").inner_text()


@pytest.mark.slow
def test_the_language_is_switched_for_the_same_person(page: Page, served: Served) -> None:
    open_card(page, served)
    page.get_by_role("link", name="Deutsch").click()
    page.wait_for_url("**/de/one")
    assert page.locator(".words h2").first.inner_text() == "Katrin Weidner"


@pytest.mark.slow
def test_a_saved_file_changes_the_picture_by_itself(
    page: Page, served: Served, spring: Path
) -> None:
    open_card(page, served)
    before = shown(page)
    style = spring / "style.css"
    style.write_text(
        style.read_text("utf-8").replace("font-size: 2.6em", "font-size: 1.8em"), "utf-8"
    )
    print(f"from save to new picture: {changed_from(page, before):.2f} s")


@pytest.mark.slow
def test_a_typo_shows_file_and_line_and_heals_when_mended(
    page: Page, served: Served, spring: Path
) -> None:
    open_card(page, served)
    template = spring / "back.html"
    sound = template.read_text("utf-8")
    template.write_text(sound.replace("greeting.salutation", "greting.salutation"), "utf-8")
    trouble = page.locator(".trouble")
    trouble.wait_for()
    line = sound.count("\n", 0, sound.index("greeting.salutation")) + 1
    assert f"spring/back.html:{line}" in trouble.inner_text()
    assert "greting" in trouble.inner_text()
    assert "a template may use" in trouble.inner_text()
    assert page.locator("main img").count() == 0
    template.write_text(sound, "utf-8")
    trouble.wait_for(state="detached")
    shown(page)


@pytest.mark.slow
def test_an_offence_is_boxed_on_the_picture_and_told_beside_it(
    page: Page, served: Served, spring: Path
) -> None:
    style = spring / "style.css"
    style.write_text(style.read_text("utf-8").replace("height: 50%", "height: 23%"), "utf-8")
    open_card(page, served, f"{CARD}/longest-fields")
    told = page.locator(".words").inner_text()
    assert "Held:" in told
    assert "overflow" in told
    assert "spring/back.html:2" in told
    assert page.locator(".offences rect.error").count() >= 1


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280, 2560])
@pytest.mark.parametrize(
    "path",
    [
        f"{CARD}/longest-fields",
        "/layout/folded/card-a6-folded/de/one",
        "/layout/note/letter-a4/fr/one",
    ],
)
def test_nothing_has_to_be_scrolled_sideways(
    page: Page, served: Served, width: int, path: str
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    open_card(page, served, path)
    page.keyboard.press("f")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main img").first.evaluate("i => i.clientWidth") >= 320


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page: Page, served: Served, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5:1 for every text of the page."""
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    open_card(page, served, f"{CARD}/kanji")
    page.locator(".people .state.quiet").first.wait_for(state="detached", timeout=60_000)
    for text, ground in page.evaluate(COLOURS):
        assert contrast(text, ground) >= 4.5, (text, ground)


COLOURS = """() => [...new Set([...document.querySelectorAll("h1,h2,p,a,b,span,label,kbd,legend")]
  .filter((e) => e.innerText.trim() && e.offsetParent && !e.matches(".skip"))
  .map((e) => {
    let g = e;
    while (g && getComputedStyle(g).backgroundColor === "rgba(0, 0, 0, 0)") g = g.parentElement;
    return JSON.stringify([getComputedStyle(e).color, getComputedStyle(g).backgroundColor]);
  }))].map((pair) => JSON.parse(pair))"""


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two CSS colours `rgb(r, g, b)`."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
