"""A designer's finished PDF or SVG beneath a page: drawn where it belongs, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from press_tools import rasters, sound
from reportlab.lib.colors import CMYKColor, Color
from reportlab.pdfgen.canvas import Canvas
from small import CARD, a_piece, draw, layout_in, merged_of

from mailroom.errors import ConfigError, RenderError
from mailroom.layout import Layout, read_layout
from mailroom.press.backdrop import open_backdrop

WIDTH, HEIGHT, BLEED = CARD.media_box.width, CARD.media_box.height, float(CARD.bleed)
GREEN = CMYKColor(0.9, 0, 0.9, 0)
NAME = '<p class="frame greeting" data-frame="greeting">{{ greeting.salutation }}</p>'
PAGES = {"front": NAME, "back": f"{NAME}<p class='motto'>{{{{ piece.number }}}}</p>"}


def art(path: Path, *, colour: Color = GREEN, size: tuple[float, float] = (WIDTH, HEIGHT)) -> Path:
    """Two pages: all in one colour with a square in the TrimBox's upper left corner; white."""
    canvas = Canvas(str(path), pagesize=size)
    canvas.setFillColor(colour)
    canvas.rect(0, 0, *size, stroke=0, fill=1)
    canvas.setFillColor(CMYKColor(0, 0, 0, 1))
    canvas.rect(BLEED, size[1] - BLEED - 36, 36, 36, stroke=0, fill=1)
    canvas.showPage()
    canvas.setFillColor(CMYKColor(0, 0, 0, 0))
    canvas.rect(0, 0, *size, stroke=0, fill=1)
    canvas.save()
    return path


def change(path: Path, how: Callable[[pikepdf.Pdf], None], **saved: object) -> Path:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        how(pdf)
        pdf.save(path, **saved)
    return path


def layout_with(folder: Path, named: str) -> Layout:
    layout = layout_in(folder, PAGES)
    manifest = folder / "layout.toml"
    manifest.write_text(f'{manifest.read_text()}\n[art]\nfront = "{named}"\n')
    return read_layout(layout.folder)


@pytest.mark.parametrize("stamp", [False, True])
def test_art_lies_beneath_the_page_trim_on_trim(tmp_path: Path, stamp: bool) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    art(folder / "art.pdf")
    layout = layout_with(folder, "art.pdf")
    target = tmp_path / "print.pdf"
    draw(layout, merged_of(layout, a_piece(1), a_piece(2, "Ben")), target, stamp=stamp)
    sound(target)
    front, back, *_ = rasters(target, 72)
    corner = round(BLEED) + 3
    assert front.getpixel((corner, corner)) < (90, 90, 90)
    assert front.getpixel((1, 1)) != (255, 255, 255)
    assert front.getpixel((corner + 40, corner)) == front.getpixel((1, 1))
    assert back.getpixel((1, 1)) == (255, 255, 255)
    greeting = front.crop((40, 50, 200, 110))  # the letters stand on the green
    assert len(greeting.getcolors(1 << 16) or ()) > 5


def test_art_is_in_the_file_once_however_many_pieces_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    art(folder / "art.pdf")
    layout = layout_with(folder, "art.pdf")
    pieces = [a_piece(number, f"Name {number}") for number in range(1, 6)]
    target = tmp_path / "print.pdf"
    draw(layout, merged_of(layout, *pieces), target, stamp=True)
    with pikepdf.open(target) as pdf:
        drawn = [page.obj.Resources.XObject for page in pdf.pages][::2]
        assert len({art.objgen for page in drawn for art in page.values()}) == 1


def test_art_in_rgb_is_put_into_inks(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    art(folder / "art.pdf", colour=Color(0.9, 0.2, 0.1))
    layout = layout_with(folder, "art.pdf")
    target = tmp_path / "print.pdf"
    draw(layout, merged_of(layout, a_piece(1)), target, stamp=True)
    with pikepdf.open(target) as pdf:
        streams = [o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream)]
    assert not any(b" rg\n" in content for content in streams)


def test_a_drawing_in_svg_covers_the_page_and_its_bleed(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 378 522">{}</svg>'
    (folder / "art.svg").write_text(svg.format('<rect width="378" height="522" fill="#b03020"/>'))
    layout = layout_with(folder, "art.svg")
    target = tmp_path / "print.pdf"
    draw(layout, merged_of(layout, a_piece(1)), target, stamp=True)
    front, back = rasters(target, 72)
    width, height = front.size
    corners = [(1, 1), (width - 2, 1), (1, height - 2), (width - 2, height - 2)]
    assert len({front.getpixel(corner) for corner in corners}) == 1
    assert front.getpixel((1, 1)) != back.getpixel((1, 1)) == (255, 255, 255)


def test_the_second_page_of_a_file_is_named_behind_it(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    art(folder / "art.pdf")
    layout = layout_with(folder, "art.pdf#2")
    target = tmp_path / "print.pdf"
    draw(layout, merged_of(layout, a_piece(1)), target)
    assert rasters(target, 72)[0].getpixel((1, 1)) == (255, 255, 255)


# --- what is refused ---------------------------------------------------------------------------


def opened(path: Path, number: int = 1) -> None:
    open_backdrop(path, number, CARD, path.name).close()


def test_a_file_with_a_trimbox_or_of_trim_and_bleed_is_taken(tmp_path: Path) -> None:
    plain = art(tmp_path / "plain.pdf")
    opened(plain)
    larger = art(tmp_path / "larger.pdf", size=(WIDTH + 40, HEIGHT + 40))
    trim = [BLEED + 20, BLEED + 20, WIDTH - BLEED + 20, HEIGHT - BLEED + 20]
    change(larger, lambda pdf: setattr(pdf.pages[0], "TrimBox", pikepdf.Array(trim)))
    opened(larger)


def test_art_without_bleed_is_refused_in_millimetres(tmp_path: Path) -> None:
    path = art(tmp_path / "art.pdf", size=(float(CARD.trim.width), float(CARD.trim.height)))
    with pytest.raises(RenderError, match=r"0\.0 mm bleed at the left") as caught:
        opened(path)
    assert "3.2 mm on all sides" in caught.value.hint


def test_art_of_another_size_is_refused_in_millimetres(tmp_path: Path) -> None:
    path = art(tmp_path / "art.pdf", size=(500, 500))
    with pytest.raises(RenderError, match=r"176\.4 x 176\.4 mm, card-5x7 is 127\.0 x 177\.8 mm"):
        opened(path)


def layers(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="proof"))
    default = pikepdf.Dictionary(OFF=[layer])
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=default)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (layers, "layers that are switched off"),
        (lambda pdf: setattr(pdf.pages[0], "Rotate", 90), "turned or scaled"),
        (lambda pdf: setattr(pdf.pages[0], "UserUnit", 2), "turned or scaled"),
    ],
)
def test_art_that_would_print_otherwise_than_it_looks_is_refused(
    how: Callable[[pikepdf.Pdf], None], told: str, tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match=told):
        opened(change(art(tmp_path / "art.pdf"), how))


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    locked = pikepdf.Encryption(owner="secret", user="secret")
    path = change(art(tmp_path / "art.pdf"), lambda _: None, encryption=locked)
    with pytest.raises(RenderError, match="encrypted"):
        opened(path)


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.4\ngarbage"])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "art.pdf"
    path.write_bytes(content)
    with pytest.raises(RenderError, match="no PDF that can be read"):
        opened(path)


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="no page 3, it has 2"):
        opened(art(tmp_path / "art.pdf"), 3)


def test_a_font_that_is_not_in_the_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    canvas = Canvas(str(folder / "art.pdf"), pagesize=(WIDTH, HEIGHT))
    canvas.drawString(100, 100, "Helvetica")
    canvas.save()
    layout = layout_with(folder, "art.pdf")
    with pytest.raises(RenderError, match="Helvetica is not in it") as caught:
        draw(layout, merged_of(layout, a_piece(1)), tmp_path / "print.pdf")
    assert caught.value.where == "layout/art.pdf"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('front = "art.docx"', "is no PDF or SVG"),
        ('front = "art.pdf#two"', "is no PDF or SVG"),
        ('top = "art.pdf"', "there is no page 'top'"),
        ('front = "missing.pdf"', "there is no file"),
        ('front = "../art.pdf"', "outside the layout's folder"),
    ],
)
def test_an_entry_that_is_wrong_is_told_when_the_layout_is_read(
    line: str, told: str, tmp_path: Path
) -> None:
    layout = layout_in(tmp_path / "layout", PAGES)
    manifest = layout.folder / "layout.toml"
    manifest.write_text(f"{manifest.read_text()}\n[art]\n{line}\n")
    with pytest.raises(ConfigError, match=told):
        read_layout(layout.folder)


def test_a_format_may_have_its_own_art(tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    art(folder / "art.pdf")
    art(folder / "small.pdf")
    layout = layout_with(folder, "art.pdf")
    manifest = folder / "layout.toml"
    manifest.write_text(f'{manifest.read_text()}"card-5x7/front" = "small.pdf#2"\n')
    layout = read_layout(folder)
    assert layout.art_of("card-5x7", "front") == ("small.pdf", 2)
    assert layout.art_of("postcard-4x6", "front") == ("art.pdf", 1)
    assert layout.art_of("card-5x7", "back") == ("", 1)
