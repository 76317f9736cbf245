"""What the tests of the press share: text set by hand, and the tools that read a PDF."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import uharfbuzz as hb
from isal import isal_zlib
from PIL import Image, ImageChops
from small import ALL_FONTS, a_piece, merged_of

from mailroom import frames
from mailroom.fonts import Font
from mailroom.formats import FORMATS
from mailroom.layout import Layout, read_layout
from mailroom.press.items import Glyphs, Leaf, font_name
from mailroom.render import weasy

REGULAR = next(font for font in ALL_FONTS if font.path.name == "Alegreya-Regular.ttf")
ITALIC = next(font for font in ALL_FONTS if font.path.name == "Alegreya-Italic.ttf")
LAYOUTS = Path(__file__).parents[1] / "layouts"


def layout_of(name: str) -> Layout:
    return read_layout(LAYOUTS / name)


def drawn_pages(layout: Layout, target: Path, names: Sequence[str] = ("Anna",)) -> Path:
    """A file as the reference renderer writes it."""
    pieces = [a_piece(number, name) for number, name in enumerate(names, 1)]
    reference = weasy.open_reference(layout, FORMATS[layout.formats[0]], ALL_FONTS)
    pages = [page for merged in merged_of(layout, *pieces) for page in merged.pages]
    laid = [weasy.lay_out(reference, frames.plain(page)) for page in pages]
    target.write_bytes(weasy.draw(reference, laid))
    return target


def typed(font: Font, text: str) -> tuple[bytes, Glyphs]:
    """The operand of TJ, and the glyphs in it with what they stand for."""
    face = hb.Font(hb.Face(hb.Blob(font.path.read_bytes())))
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(face, buffer)
    starts = [info.cluster for info in buffer.glyph_infos]
    glyphs: dict[int, str] = {}
    for info in buffer.glyph_infos:
        ends = [start for start in starts if start > info.cluster]
        glyphs.setdefault(info.codepoint, text[info.cluster : min(ends, default=len(text))])
    codes = "".join(f"{info.codepoint:04x}" for info in buffer.glyph_infos)
    return f"[<{codes}>]".encode(), {font.sha256: glyphs}


def line(font: Font, tj: bytes, y: float = 300, size: float = 14) -> bytes:
    return b"BT /%s %.1f Tf 1 0 0 1 30 %.1f Tm %s TJ ET\n" % (
        font_name(font).encode(), size, y, tj
    )  # fmt: skip


def leaf(content: bytes, label: str = "piece 0001 front", arts: tuple[str, ...] = ()) -> Leaf:
    return Leaf(content=bytes(isal_zlib.compress(content, 1)), arts=arts, label=label)


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def ran(*words: str | Path) -> str:
    """The output of a tool that had nothing to complain of."""
    done = subprocess.run(
        [tool(str(words[0])), *map(str, words[1:])], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, ""), done
    return done.stdout.decode()


def sound(path: Path) -> None:
    assert "No syntax or stream encoding errors" in ran("qpdf", "--check", path)


def rasters(path: Path, dpi: int = 96) -> list[Image.Image]:
    folder = path.parent / f"{path.stem}-{dpi}"
    folder.mkdir()
    ran("pdftoppm", "-r", str(dpi), path, folder / "page")
    return [Image.open(page).convert("RGB") for page in sorted(folder.glob("*.ppm"))]


def differ(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """Where two pages differ, but for a pixel at the edge that is only partly on the page."""
    assert one.size == other.size
    inside = (1, 1, one.width - 1, one.height - 1)
    return ImageChops.difference(one.crop(inside), other.crop(inside)).getbbox()
