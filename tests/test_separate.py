"""What is printed is in inks: whoever drew it, and whether it was stamped or laid out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from press_tools import ran, sound
from reportlab.pdfgen.canvas import Canvas
from small import ALL_FONTS, CARD, a_piece, draw, layout_in, merged_of

from mailroom import frames
from mailroom.errors import RenderError
from mailroom.inks import Inks
from mailroom.layout import Layout, read_layout
from mailroom.press import separate
from mailroom.press.separate import Separator
from mailroom.render import weasy

RGB = re.compile(rb"(?<!\S)(?:rg|RG)(?!\S)")
COLOURFUL = """
<p class="motto">A quiet winter</p>
<div style="position: absolute; left: -0.125in; top: -0.125in; width: 5.25in; height: 3in;
  background: linear-gradient(to right, red, 40%, #0a6 60%, blue)"></div>
<div style="position: absolute; left: 1in; top: 1in; width: 1in; height: 1in; opacity: .6;
  background: radial-gradient(#fff, #fff0), #804000; border: 2pt solid #888"></div>
<img src="photo.jpg" style="position: absolute; left: 1in; top: 3.5in; width: 1in">
<img src="logo.png" style="position: absolute; left: 3in; top: 3.5in; width: 1in">
<svg style="position: absolute; left: 1in; top: 5in" width="200" height="100"
  viewBox="0 0 100 50"><defs><linearGradient id="g"><stop offset="0" stop-color="gold"/>
  <stop offset="1" stop-color="navy" stop-opacity=".3"/></linearGradient></defs>
  <rect width="90" height="40" fill="url(#g)" stroke="#123456"/></svg>
"""
BACK = """
<div class="frame greeting" data-frame="greeting">{{ greeting.salutation }}</div>
<div class="frame note" data-frame="note" style="color: #b08d57">{{ fields.note }} gold</div>
<div class="frame imprint" data-frame="imprint" style="color: gray">{{ piece.number }}</div>
"""
SPOTS = '[spots.gold]\nname = "PANTONE 871 C"\ncolour = "#b08d57"\n'


def colourful(folder: Path) -> Layout:
    folder.mkdir()
    photo = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn) for turn in (0, 90, 180)])
    photo.save(folder / "photo.jpg", quality=95)
    logo = photo.copy()
    logo.putalpha(Image.radial_gradient("L"))
    logo.save(folder / "logo.png")
    layout = layout_in(folder, {"front": COLOURFUL, "back": BACK})
    manifest = folder / "layout.toml"
    manifest.write_text(f"{manifest.read_text()}\n{SPOTS}")
    return read_layout(layout.folder)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pieces, each once stamped and once laid out."""
    folder = tmp_path_factory.mktemp("inks")
    layout = colourful(folder / "colourful")
    merged = merged_of(layout, a_piece(1), a_piece(2, "Ben"))
    draw(layout, merged, folder / "laid.pdf")
    draw(layout, merged, folder / "stamped.pdf", stamp=True)
    return folder


def each_object(path: Path) -> Iterator[Any]:
    with pikepdf.open(path) as pdf:
        yield from pdf.objects


def contents(path: Path) -> Iterator[bytes]:
    for one in each_object(path):
        if isinstance(one, pikepdf.Stream) and one.get("/Subtype") in (None, "/Form"):
            yield one.read_bytes()


@pytest.mark.parametrize("name", ["laid.pdf", "stamped.pdf"])
def test_there_is_nothing_in_rgb(printed: Path, name: str) -> None:
    assert not any(map(RGB.search, contents(printed / name)))
    ran("qpdf", "--qdf", printed / name, printed / f"plain-{name}")
    raw = (printed / f"plain-{name}").read_bytes()
    assert b"/DeviceRGB" not in raw
    assert b"/CalRGB" not in raw
    assert b"/DeviceCMYK" in raw


@pytest.mark.parametrize("name", ["laid.pdf", "stamped.pdf"])
def test_a_spot_is_a_plate_of_its_own(printed: Path, name: str, tmp_path: Path) -> None:
    plates = separations(printed / name, tmp_path, page=2)
    assert set(plates) == {"Cyan", "Magenta", "Yellow", "Black", "PANTONE 871 C"}
    assert plates["PANTONE 871 C"].getextrema()[0] == 0  # of the note
    assert all(plates[name].getextrema() == (255, 255) for name in ("Cyan", "Magenta", "Yellow"))


def test_black_letters_overprint_and_others_do_not(printed: Path) -> None:
    for name in ("laid.pdf", "stamped.pdf"):
        shown = [word for content in contents(printed / name) for word in letters(content)]
        assert ("0 0 0 1", True) in shown
        assert not any(over for ink, over in shown if ink != "0 0 0 1")
        assert not any(not over for ink, over in shown if ink == "0 0 0 1")


def letters(content: bytes) -> Iterator[tuple[str, bool]]:
    """With what ink letters are drawn, and whether they overprint."""
    ink, over, stack = "", False, list[tuple[str, bool]]()
    for line in content.decode("latin-1").replace(" gs ", " gs\n").splitlines():
        if line == "q":
            stack.append((ink, over))
        elif line == "Q":
            ink, over = stack.pop()
        elif line.endswith(" k") or line.endswith(" scn"):
            ink = line.rpartition(" ")[0]
        elif line in ("/mr1 gs", "/mr0 gs"):
            over = line == "/mr1 gs"
        elif line.endswith(("TJ", "Tj")) and "<" in line:
            yield ink, over


def test_judges_that_are_not_ours_find_nothing(printed: Path) -> None:
    for name in ("laid.pdf", "stamped.pdf"):
        sound(printed / name)
        strict = ("-dPDFSTOPONERROR", "-dPDFSTOPONWARNING", "-sDEVICE=nullpage")
        ran("gs", "-q", "-dNOPAUSE", "-dBATCH", *strict, printed / name)


def test_inks_look_as_the_screen_did(printed: Path, tmp_path: Path) -> None:
    """The same page in RGB and in inks, as Ghostscript shows them through the profile."""
    layout = colourful(tmp_path / "colourful")

    reference = weasy.open_reference(layout, CARD, ALL_FONTS)
    page = merged_of(layout, a_piece(1))[0].pages[0]
    drawn = weasy.draw(reference, [weasy.lay_out(reference, frames.plain(page))])
    (tmp_path / "screen.pdf").write_bytes(drawn)
    screen = raster(tmp_path / "screen.pdf", tmp_path)
    apart = ImageChops.difference(screen, raster(printed / "laid.pdf", tmp_path))
    assert max(ImageStat.Stat(apart).mean) < 25


def raster(path: Path, folder: Path) -> Image.Image:
    target = folder / f"{path.stem}.png"
    profile = f"-sDefaultCMYKProfile={Inks().profile}"
    ran("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dNOSAFER", "-sDEVICE=png16m", "-r36", profile,
        "-dLastPage=1", f"-sOutputFile={target}", path)  # fmt: skip
    return Image.open(target).convert("RGB")


def separations(path: Path, folder: Path, page: int) -> dict[str, Image.Image]:
    """The plates as Ghostscript sees them: 0 is all of an ink."""
    ran("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=tiffsep", "-r72", f"-dFirstPage={page}",
        f"-dLastPage={page}", f"-sOutputFile={folder / 'plate'}.tif", path)  # fmt: skip
    return {
        re.sub(r".*\((.*)\)", r"\1", each.stem): Image.open(each).convert("L")
        for each in folder.glob("plate(*).tif")
    }


# --- what others have drawn --------------------------------------------------------------------


def separated(pdf: pikepdf.Pdf, spots: Inks | None = None) -> bytes:
    Separator(spots or Inks()).separate(pdf, "art.pdf")
    return bytes(pdf.pages[0].Contents.read_bytes())


def page_with(content: bytes, **resources: Any) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    page.obj.Contents = pdf.make_stream(content)
    page.obj.Resources = pikepdf.Dictionary(resources)
    return pdf


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"1 1 1 rg 0 0 9 9 re f", b"0 0 0 0 k\n0 0 9 9 re\nf\n"),
        (b"0 G 0 0 9 9 re S", b"0 0 0 1 K\n0 0 9 9 re\nS\n"),
        (b"0.25 g 0 0 9 9 re f", b"0 0 0 0.75 k\n0 0 9 9 re\nf\n"),
        (b"/DeviceRGB cs 0 0 0 scn f", b"0 0 0 1 k\n0 0 0 1 k\nf\n"),
        (b"/DeviceCMYK CS 0 1 0 0 SC S", b"0 0 0 1 K\n0 1 0 0 K\nS\n"),
        (b"0.1 0.2 0.3 0.4 k f", b"0.1 0.2 0.3 0.4 k\nf\n"),
    ],
)
def test_operators_are_put_into_inks(before: bytes, after: bytes) -> None:
    assert separated(page_with(before)) == after


@settings(deadline=None)  # the profile is opened by the first
@given(colour=st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_what_has_been_separated_stays_as_it_is(colour: list[int]) -> None:
    operands = " ".join(f"{part / 255:.6f}" for part in colour)
    pdf = page_with(f"{operands} rg BT /F 9 Tf <01> Tj ET 0 0 9 9 re f".encode())
    once = separated(pdf)
    assert separated(pdf) == once


def test_a_named_colour_space_of_rgb_is_put_into_inks() -> None:
    profile = pikepdf.Dictionary(N=3)
    pdf = page_with(b"/C cs 1 1 1 sc f")
    stream = pdf.make_stream(b"")
    stream.N = profile.N
    pdf.pages[0].Resources.ColorSpace = pikepdf.Dictionary(
        C=pikepdf.Array([pikepdf.Name.ICCBased, stream])
    )
    assert separated(pdf) == b"0 0 0 1 k\n0 0 0 0 k\nf\n"


def test_a_font_that_nothing_is_drawn_of_is_not_chosen() -> None:
    """ReportLab chooses Helvetica on every page, and does not embed it."""
    content = b"BT /F1 12 Tf 14.4 TL ET BT /F2 9 Tf <0001> Tj ET"
    assert b"/F1" not in separated(page_with(content))
    assert b"/F2 9 Tf" in separated(page_with(content))


@pytest.mark.parametrize(
    ("content", "space", "told"),
    [
        (b"BI /W 1 /H 1 /BPC 8 /CS /RGB ID abc EI", None, "an inline image"),
        (b"/C cs 1 scn f", ["/Separation", "/Gold", "/DeviceRGB"], "stands for RGB"),
    ],
)
def test_what_cannot_be_separated_is_refused(
    content: bytes, space: list[str] | None, told: str
) -> None:
    pdf = page_with(content)
    if space:
        named = pikepdf.Array([pikepdf.Name(part) for part in space])
        pdf.pages[0].Resources.ColorSpace = pikepdf.Dictionary(C=named)
    with pytest.raises(RenderError, match=told) as caught:
        separated(pdf)
    assert caught.value.where == "art.pdf"


def test_gradients_of_others_are_sampled(tmp_path: Path) -> None:
    path = tmp_path / "gradient.pdf"
    canvas = Canvas(str(path), pagesize=(200, 200))
    canvas.linearGradient(0, 0, 200, 0, ((1, 1, 1), (1, 0, 0), (0, 0, 0)), (0, 0.3, 1))
    canvas.save()
    with pikepdf.open(path) as pdf:
        separated(pdf)
        shading = next(iter(pdf.pages[0].Resources.Shading.values()))
        samples = shading.Function.read_bytes()
    inks = [tuple(samples[at : at + 4]) for at in range(0, len(samples), 4)]
    assert (inks[0], inks[-1]) == ((0, 0, 0, 0), (0, 0, 0, 255))
    red = tuple(round(part * 255) for part in Inks().ink("rgb", (1, 0, 0)).cmyk)
    assert min(max(abs(a - b) for a, b in zip(ink, red, strict=True)) for ink in inks) < 8


def test_a_picture_that_comes_again_is_not_converted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[object] = []
    original = separate._in_inks

    def counted(image: Any, inks: Inks, where: str) -> Any:
        converted.append(image)
        return original(image, inks, where)

    monkeypatch.setattr(separate, "_in_inks", counted)
    separator = Separator(Inks())
    for _ in range(3):
        pdf = page_with(b"/I Do")
        image = pdf.make_stream(b"\xff\x00\x00" * 4)
        for key, value in {
            "Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "Width": 2, "Height": 2,
            "BitsPerComponent": 8, "ColorSpace": pikepdf.Name.DeviceRGB,
        }.items():  # fmt: skip
            image["/" + key] = value
        pdf.pages[0].Resources.XObject = pikepdf.Dictionary(I=image)
        separator.separate(pdf, "art.pdf")
        assert str(image.ColorSpace) == "/DeviceCMYK"
        assert len(image.read_bytes()) == 16
    assert len(converted) == 1


# --- how much ink ------------------------------------------------------------------------------


def ink_of(pdf: pikepdf.Pdf) -> float:
    (ink,) = Separator(Inks()).separate(pdf, "art.pdf")
    return ink


def cmyk_page(picture: Image.Image, folder: Path) -> pikepdf.Pdf:
    """A picture as ReportLab embeds it."""
    picture.save(folder / "picture.jpg", quality=98)
    canvas = Canvas(str(folder / "art.pdf"), pagesize=(200, 200))
    canvas.drawImage(str(folder / "picture.jpg"), 0, 0)
    canvas.save()
    return pikepdf.open(folder / "art.pdf")


@pytest.mark.parametrize("ink", [0.0, 1.5, 2.8, 4.0])
def test_ink_is_measured_where_there_is_most_of_it(ink: float, tmp_path: Path) -> None:
    share = ink / 4
    assert ink_of(page_with(b"%.3f " % share * 4 + b"k f 0 0 0 0 k f")) == pytest.approx(ink)
    picture = Image.new("CMYK", (64, 64))
    picture.paste((round(255 * share),) * 4, (8, 8, 32, 32))
    with cmyk_page(picture, tmp_path) as pdf:
        assert ink_of(pdf) == pytest.approx(ink, abs=0.08)


def test_a_single_dot_is_no_more_ink_than_the_paper_takes(tmp_path: Path) -> None:
    picture = Image.new("CMYK", (64, 64))
    picture.putpixel((10, 10), (255, 255, 255, 255))
    with cmyk_page(picture, tmp_path) as pdf:
        assert ink_of(pdf) < 1


def test_too_much_ink_holds_the_piece_whether_it_is_stamped_or_not(tmp_path: Path) -> None:
    style = "position: absolute; left: 2in; top: 4in; width: 1in; height: 1in"
    rich = f'<div style="{style}; background: device-cmyk(0.9 0.9 0.9 0.9)"></div>'
    layout = layout_in(tmp_path / "layout", {"front": rich, "back": BACK})
    for stamp in (False, True):
        (artwork,) = draw(
            layout, merged_of(layout, a_piece(1)), tmp_path / f"{stamp}.pdf", stamp=stamp
        )
        told = [finding.message for finding in artwork.findings if finding.rule == "ink"]
        assert told == ["360 % ink in one place, 300 % is the most"]
