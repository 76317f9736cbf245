"""Every shipped layout in every format before judges that are not ours."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat
from press_tools import ran, sound
from small import a_piece, draw, merged_of

from mailroom.formats import FORMATS
from mailroom.layout import read_layout
from mailroom.units import Size

LAYOUTS = Path(__file__).parent.parent / "layouts"
KINDS = [
    (folder.name, fmt)
    for folder in sorted(LAYOUTS.iterdir())
    if folder.is_dir()
    for fmt in read_layout(folder).formats
]
DPI = 60
QUIET = ("-q", "-dNOPAUSE", "-dBATCH")


@pytest.fixture(scope="module", params=KINDS, ids=["-".join(kind) for kind in KINDS])
def printed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """Two pieces as they go to the printer: stamped where they can be."""
    name, fmt = request.param
    layout = dataclasses.replace(read_layout(LAYOUTS / name), formats=(fmt,))
    pieces = (a_piece(1), a_piece(2, "Maximiliane", "von Hohenstein", language="de"))
    path = tmp_path_factory.mktemp("judged") / "print.pdf"
    draw(layout, merged_of(layout, *pieces), path, stamp=True)
    return path, fmt


@pytest.mark.slow
def test_the_file_is_read_without_a_word(printed: tuple[Path, str]) -> None:
    path, _ = printed
    sound(path)
    strict = ("-dPDFSTOPONERROR", "-dPDFSTOPONWARNING", "-sDEVICE=nullpage")
    ran("gs", *QUIET, *strict, path)


@pytest.mark.slow
def test_boxes_are_the_formats(printed: tuple[Path, str]) -> None:
    path, name = printed
    fmt = FORMATS[name]
    bleed, trim, media = float(fmt.bleed), fmt.trim, fmt.media_box
    told = ran("pdfinfo", "-box", path)
    assert box(told, "MediaBox") == pytest.approx((0, 0, media.width, media.height), abs=0.01)
    assert box(told, "BleedBox") == pytest.approx((0, 0, media.width, media.height), abs=0.01)
    wanted = (bleed, bleed, bleed + trim.width, bleed + trim.height)
    assert box(told, "TrimBox") == pytest.approx(wanted, abs=0.01)


def box(told: str, name: str) -> tuple[float, ...]:
    (numbers,) = re.findall(rf"^{name}: +(.*)$", told, re.MULTILINE)
    return tuple(map(float, numbers.split()))


@pytest.mark.slow
def test_fonts_are_embedded_and_pictures_are_in_inks(printed: tuple[Path, str]) -> None:
    path, _ = printed
    _, _, *fonts = ran("pdffonts", path).splitlines()
    assert fonts
    assert all(re.search(r" yes yes yes +\d+ +0$", row) for row in fonts)
    _, _, *pictures = ran("pdfimages", "-list", path).splitlines()
    assert {row.split()[5] for row in pictures} <= {"cmyk", "gray"}
    assert all(int(row.split()[12]) >= 300 for row in pictures)


@pytest.mark.slow
def test_the_plates_are_four_and_dry(printed: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = printed
    ran("gs", *QUIET, "-sDEVICE=tiffsep", f"-r{DPI}", f"-sOutputFile={tmp_path}/p%d.tif", path)
    plates = {re.sub(r".*\((.*)\)", r"\1", each.stem) for each in tmp_path.glob("*(*).tif")}
    assert plates == {"Cyan", "Magenta", "Yellow", "Black"}
    for page in tmp_path.glob("p?.tif"):
        parts = [
            ImageChops.invert(Image.open(each).convert("L"))
            for each in sorted(tmp_path.glob(f"{page.stem}(*).tif"))
        ]
        pairs = [ImageChops.add(*parts[:2], 2), ImageChops.add(*parts[2:], 2)]
        _, most = ImageChops.add(*pairs, 2).getextrema()
        assert isinstance(most, (int, float))
        assert most / 255 * 4 <= 3.0


@pytest.mark.slow
def test_two_readers_see_the_same(printed: tuple[Path, str], tmp_path: Path) -> None:
    path, _ = printed
    ran("pdftoppm", "-r", str(DPI), path, tmp_path / "page")
    pages = sorted(tmp_path.glob("*.ppm"))
    with pypdfium2.PdfDocument(path) as document:
        for number, page in enumerate(pages):
            popplers = grey(Image.open(page))
            pdfiums = grey(document[number].render(scale=DPI / 72).to_pil())
            assert abs(popplers.width - pdfiums.width) <= 1
            size = Size(min(popplers.width, pdfiums.width), min(popplers.height, pdfiums.height))
            area = (0, 0, round(size.width), round(size.height))
            apart = ImageChops.difference(popplers.crop(area), pdfiums.crop(area))
            assert ImageStat.Stat(apart).mean[0] < 20  # a red that covers all of it: 14


def grey(page: Image.Image) -> Image.Image:
    """Of each other's edges they think differently, and of how CMYK looks on a screen."""
    return page.convert("L").reduce(3)
