"""Pictures as people bring them, and as they are embedded."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import math
import multiprocessing
import random
import re
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFile, ImageStat

from mailroom import pipeline, produce
from mailroom.errors import ApprovalError, ConfigError, EnvironmentProblem
from mailroom.pictures import LONGEST, Purpose, prepare
from mailroom.pictures.jpeg import without_metadata
from mailroom.pipeline.collect import plan_pieces
from mailroom.shipped import SAMPLE
from tests.test_fetch import bomb
from tests.workspaces import MAILING, approved, copied, edit, make_workspace, opened, person, send

RED, GREEN, BLUE = (200, 40, 30), (30, 160, 60), (28, 50, 104)


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def halves(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Red on the left, green on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (size[0] // 2, 0, *size))
    return picture


def grainy(size: tuple[int, int] = (300, 200)) -> Image.Image:
    """As hard to pack as a photo."""
    levels = random.Random(7).randbytes(size[0] * size[1] * 3)
    return Image.frombytes("RGB", size, levels)


def photo(folder: Path, content: bytes, name: str = "brought.png") -> Path:
    (folder / name).write_bytes(content)
    return prepare(folder / name, folder / "cache", Purpose.PHOTO)


def seen(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def far(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any level; sizes and modes must be the same."""
    assert (one.mode, one.size) == (other.mode, other.size)
    extrema = ImageChops.difference(one, other).getextrema()
    return max(top for _, top in (extrema if isinstance(extrema[0], tuple) else (extrema,)))


# --- photos ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_that_needs_nothing_is_kept_byte_for_byte(tmp_path: Path, mode: str) -> None:
    content = saved(halves().convert(mode), "JPEG", quality=75)
    ready = photo(tmp_path, content, "brought.jpeg")
    assert ready.suffix == ".jpg" and ready.read_bytes() == content


def test_where_a_photo_was_taken_is_not_printed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[29] = "2026:05:01 somewhere"
    exif[0x010F] = "a telephone"
    content = saved(grainy(), "JPEG", exif=exif, comment=b"of Anna", progressive=True)
    ready = photo(tmp_path, content + b"a film behind the picture")
    kept = ready.read_bytes()
    for private in (b"telephone", b"somewhere", b"of Anna", b"film"):
        assert private in content + b"film" and private not in kept
    assert far(seen(ready), seen(tmp_path / "brought.png")) == 0  # not packed once more


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_photo_that_lies_on_its_side_is_put_upright(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    how = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    if kind == "WEBP":
        how = {"lossless": True}
    ready = seen(photo(tmp_path, saved(halves(), kind, exif=exif, **how)))
    assert ready.size == (40, 60)
    assert far(ready.crop((0, 0, 40, 25)), Image.new("RGB", (40, 25), RED)) <= 3
    assert far(ready.crop((0, 35, 40, 60)), Image.new("RGB", (40, 25), GREEN)) <= 3
    assert not ready.getexif()


def swapped_profile() -> bytes:
    """A profile that calls blue what sRGB calls red: the two tags of its table are exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert profile.count(b"rXYZ") == profile.count(b"bXYZ") == 1
    other = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    return re.sub(b"[rb]XYZ", lambda tag: other[tag[0]], profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_colours_are_brought_from_their_profile_to_srgb(tmp_path: Path, kind: str) -> None:
    picture = Image.new("RGB", (40, 40), (200, 60, 20))
    how = {"lossless": True} if kind == "WEBP" else {}
    ready = seen(photo(tmp_path, saved(picture, kind, icc_profile=swapped_profile(), **how)))
    assert far(ready, Image.new("RGB", (40, 40), (20, 60, 200))) <= 4
    assert "icc_profile" not in ready.info


def test_the_profile_of_a_picture_with_alpha_leaves_its_alpha_alone(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (40, 40), (200, 60, 20, 90))
    ready = seen(photo(tmp_path, saved(picture, "PNG", icc_profile=swapped_profile())))
    assert far(ready, Image.new("RGBA", (40, 40), (20, 60, 200, 90))) <= 4


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
        b"no profile",
    ],
    ids=["srgb", "of-another-space", "broken"],
)
def test_a_profile_that_changes_nothing_is_dropped(tmp_path: Path, profile: bytes) -> None:
    bare = saved(grainy(), "JPEG")
    assert photo(tmp_path, saved(grainy(), "JPEG", icc_profile=profile)).read_bytes() == bare


def test_cmyk_stays_cmyk(tmp_path: Path) -> None:
    ink = Image.new("CMYK", (50, 50), (200, 30, 90, 10))
    ready = photo(tmp_path, saved(ink, "TIFF"))
    assert ready.suffix == ".jpg" and far(seen(ready), ink) <= 4


PLAIN: dict[str, tuple[Callable[[], Image.Image], str]] = {
    "grey": (lambda: halves().convert("L"), "L"),
    "grey with alpha": (lambda: Image.new("LA", (9, 9), (80, 120)), "LA"),
    "bilevel": (lambda: halves().convert("1"), "L"),
    "palette": (lambda: halves().quantize(8), "RGB"),
    "colour": (halves, "RGB"),
    "alpha that is used": (lambda: Image.new("RGBA", (9, 9), (*RED, 120)), "RGBA"),
    "alpha that is not": (lambda: halves().convert("RGBA"), "RGB"),
    "grey alpha that is not": (lambda: Image.new("LA", (9, 9), (80, 255)), "L"),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_line_art_becomes_one_of_four_kinds_of_png(tmp_path: Path, kind: str) -> None:
    make, mode = PLAIN[kind]
    ready = photo(tmp_path, saved(make(), "PNG", dpi=(72, 72), compress_level=0))
    assert ready.suffix == ".png"
    assert far(seen(ready), make().convert(mode)) == 0
    assert set(chunks(ready.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}


def chunks(png: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8]
        at += 12 + length


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_colour_that_stands_for_nothing_becomes_alpha(tmp_path: Path, mode: str) -> None:
    picture = halves().quantize(4) if mode == "P" else halves().convert(mode)
    clear = picture.getpixel((0, 0))
    ready = seen(photo(tmp_path, saved(picture, "PNG", transparency=clear)))
    assert ready.getchannel("A").getpixel((0, 0)) == 0
    assert ready.getchannel("A").getpixel((59, 0)) == 255


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    levels = [0, 257, 32896, 65535]
    picture = Image.frombytes("I;16", (4, 1), struct.pack("<4H", *levels))
    for kind in ("PNG", "TIFF"):
        assert seen(photo(tmp_path, saved(picture, kind))).tobytes() == bytes([0, 1, 128, 255])


def test_a_photo_without_loss_is_packed_as_a_photo(tmp_path: Path) -> None:
    content = saved(with_grain(shaded((300, 200)), 3), "PNG")
    ready = photo(tmp_path, content)
    assert ready.suffix == ".jpg" and len(ready.read_bytes()) < len(content)
    with Image.open(ready) as picture:
        assert {layer[1:3] for layer in picture.layer} == {(1, 1)}  # 4:4:4


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_more_pixels_than_print_can_show_are_left_out(tmp_path: Path, kind: str) -> None:
    ready = seen(photo(tmp_path, saved(halves((LONGEST * 2, 40)), kind)))
    assert ready.size == (LONGEST, 20)
    assert far(ready.crop((0, 0, 2000, 20)), Image.new("RGB", (2000, 20), RED)) <= 4


def test_a_jpeg_that_print_can_just_show_is_left_alone(tmp_path: Path) -> None:
    content = saved(halves((LONGEST, 40)), "JPEG")
    assert photo(tmp_path, content).read_bytes() == content


def test_an_svg_is_passed_on_as_it_is(tmp_path: Path) -> None:
    content = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    for purpose in Purpose:
        (tmp_path / "logo.svg").write_bytes(content)
        ready = prepare(tmp_path / "logo.svg", tmp_path / "cache", purpose)
        assert ready.suffix == ".svg" and ready.read_bytes() == content


SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from([*range(0xE1, 0xEE), 0xEF, 0xFE]),
        st.binary(max_size=300).filter(lambda data: not data.startswith((b"JFIF\0", b"Adobe"))),
    ),
    max_size=4,
)


@given(SEGMENTS, st.binary(max_size=50), st.sampled_from([{}, {"progressive": True}]))
def test_a_jpegs_metadata_and_nothing_else_is_taken_out(
    segments: list[tuple[int, bytes]], behind: bytes, how: dict[str, bool]
) -> None:
    bare = saved(grainy((40, 30)), "JPEG", **how)
    more = b"".join(
        bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data
        for marker, data in segments
    )
    assert without_metadata(bare[:2] + more + bare[2:] + behind) == bare


def test_of_a_jpeg_with_others_behind_it_the_first_is_meant(tmp_path: Path) -> None:
    """So telephones save a photo together with its depth, or its light."""
    content = saved(halves(), "MPO", save_all=True, append_images=[grainy((60, 40))])
    with Image.open(io.BytesIO(content)) as several:
        assert several.format == "MPO" and several.n_frames == 2
        first = several.convert("RGB")
    ready = photo(tmp_path, content, "brought.jpg")
    assert far(seen(ready), first) == 0
    assert ready.read_bytes().count(b"\xff\xd8\xff") == 1


def test_a_jpeg_that_pdf_does_not_know_is_not_taken_as_it_is() -> None:
    bare = saved(halves(), "JPEG")
    assert bare.count(b"\xff\xc0") == 1
    assert without_metadata(bare.replace(b"\xff\xc0", b"\xff\xc9")) == b""  # arithmetic coding


@given(st.binary(max_size=200))
def test_what_is_no_jpeg_has_nothing_taken_out(content: bytes) -> None:
    assert without_metadata(content) == b""
    assert without_metadata(b"\xff\xd8\xff" + content[:20]) in (b"", b"\xff\xd8\xff\xd9")


# --- the cache -------------------------------------------------------------------------------


def test_the_same_picture_is_the_same_file_wherever_it_lies(tmp_path: Path) -> None:
    made = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        made.append(photo(tmp_path / place, saved(grainy(), "PNG")))
    assert made[0].name == made[1].name
    assert made[0].read_bytes() == made[1].read_bytes()


def test_another_picture_or_purpose_is_another_file(tmp_path: Path) -> None:
    content = saved(written(), "PNG")
    first = photo(tmp_path, content)
    signed = prepare(tmp_path / "brought.png", tmp_path / "cache", Purpose.SIGNATURE)
    changed = photo(tmp_path, content + b"\0")
    assert len({first.name, signed.name, changed.name}) == 3


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    ready = photo(tmp_path, saved(halves(), "PNG"))
    ready.write_bytes(b"as it was left")
    assert photo(tmp_path, saved(halves(), "PNG"), "again.png") == ready
    assert ready.read_bytes() == b"as it was left"


@pytest.mark.slow
def test_several_processes_may_make_the_same_picture_at_once(tmp_path: Path) -> None:
    path, cache = tmp_path / "brought.png", tmp_path / "cache"
    path.write_bytes(saved(grainy((600, 600)), "PNG"))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        jobs = [pool.submit(prepare, path, cache, Purpose.PHOTO) for _ in range(6)]
        (ready,) = {job.result() for job in jobs}
    assert list(cache.iterdir()) == [ready]
    assert seen(ready).size == (600, 600)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentProblem) as caught:
        photo(tmp_path, saved(halves(), "PNG"))
    assert caught.value.where == str(tmp_path / "cache") and caught.value.hint


# --- what is refused -------------------------------------------------------------------------


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def several(kind: str) -> bytes:
    return saved(halves(), kind, save_all=True, append_images=[grainy((60, 40))])


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"not a picture", "not a picture"),
    "empty": (lambda: b"", "not a picture"),
    "GIF": (lambda: saved(halves(), "GIF"), "not a picture"),
    "BMP": (lambda: saved(halves(), "BMP"), "not a picture"),
    "half a PNG": (lambda: half(saved(grainy(), "PNG")), "damaged"),
    "half a JPEG": (lambda: half(saved(grainy(), "JPEG")), "damaged"),
    "half a TIFF": (lambda: half(saved(grainy(), "TIFF")), "damaged|not a picture"),
    "half a WebP": (lambda: half(saved(grainy(), "WEBP")), "damaged|not a picture"),
    "a bomb": (bomb, "too large: it has more than 89 million pixels"),
    "moving PNG": (lambda: several("PNG"), "2 pages or frames"),
    "moving WebP": (lambda: several("WEBP"), "2 pages or frames"),
    "pages": (lambda: several("TIFF"), "2 pages or frames"),
    "floating point": (lambda: saved(Image.new("F", (9, 9)), "TIFF"), "unusual"),
    "32 bits": (lambda: saved(Image.new("I", (9, 9)), "TIFF"), "unusual"),
    "nothing": (lambda: saved(Image.new("RGBA", (9, 9)), "PNG"), "transparent"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("purpose", Purpose)
def test_what_cannot_be_used_is_refused_with_a_reason(
    tmp_path: Path, what: str, purpose: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    make, reason = REFUSED[what]
    path = tmp_path / "brought.png"
    path.write_bytes(make())
    with pytest.raises(ConfigError, match=reason) as caught:
        prepare(path, tmp_path / "cache", purpose)
    assert caught.value.where == str(path) and caught.value.hint
    assert not (tmp_path / "cache").exists()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(ConfigError, match="larger than 100 MB"):
        prepare(path, tmp_path, Purpose.PHOTO)
    with pytest.raises(ConfigError, match="cannot be read"):
        prepare(tmp_path / "gone.png", tmp_path, Purpose.PHOTO)
    with pytest.raises(ConfigError, match="cannot be read"):
        prepare(tmp_path, tmp_path, Purpose.PHOTO)


def test_a_bomb_that_calls_itself_an_svg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too large"):
        photo(tmp_path, bomb(), "drawing.svg")


@given(
    kind=st.sampled_from(["PNG", "JPEG", "TIFF", "WEBP"]),
    at=st.floats(0, 1, exclude_max=True),
    put=st.binary(min_size=1, max_size=8),
    purpose=st.sampled_from(Purpose),
)
def test_a_damaged_file_is_refused_or_shown_and_nothing_worse(
    tmp_path_factory: pytest.TempPathFactory, kind: str, at: float, put: bytes, purpose: Purpose
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(saved(halves(), kind, exif=Image.Exif()))
    place = int(at * len(content))
    content[place : place + len(put)] = put
    (folder / "brought").write_bytes(content)
    with contextlib.suppress(ConfigError):
        ready = prepare(folder / "brought", folder / "cache", purpose)
        assert seen(ready).mode in ("L", "LA", "RGB", "RGBA", "CMYK")


# --- signatures ------------------------------------------------------------------------------

SIZE = (900, 320)
INKS = {"black": (25, 25, 28), "blue": (28, 50, 104), "light blue": (90, 130, 210)}


@functools.cache
def coverage(size: tuple[int, int] = SIZE, pen: float = 7) -> Image.Image:
    """How much of each pixel is ink: a name in one stroke, and the dot of an i."""
    width, height = size
    finer = 4
    picture = Image.new("L", (width * finer, height * finer))
    draw = ImageDraw.Draw(picture)
    radius = pen * finer / 2
    points = []
    for step in range(800):
        t = step / 800
        x = (0.15 + 0.7 * t + 0.06 * math.cos(t * 38)) * width * finer
        y = (0.5 + 0.28 * math.sin(t * 41 + math.sin(t * 9)) * (1 - t / 2)) * height * finer
        points.append((x, y))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    draw.line(points, fill=255, width=round(pen * finer))
    x, y = 0.8 * width * finer, 0.12 * height * finer
    draw.ellipse((x, y, x + 2.4 * radius, y + 2.4 * radius), fill=255)
    return picture.resize(size, Image.Resampling.LANCZOS)


def flat(colour: tuple[int, int, int]) -> Callable[[tuple[int, int]], Image.Image]:
    return lambda size: Image.new("RGB", size, colour)


def shaded(size: tuple[int, int]) -> Image.Image:
    """Warm light from one side: half as light on the other."""
    slope = Image.linear_gradient("L").rotate(90).resize(size)
    tints = (1.0, 0.97, 0.88)
    return Image.merge(
        "RGB", [slope.point([int((120 + v / 2) * tint) for v in range(256)]) for tint in tints]
    )


def vignetted(size: tuple[int, int]) -> Image.Image:
    dark = Image.radial_gradient("L").resize(size)
    return Image.merge("RGB", [dark.point([240 - v // 2 for v in range(256)])] * 3)


def in_shadow(size: tuple[int, int]) -> Image.Image:
    """A telephone's shadow lies across the half of it."""
    step = Image.new("L", size, 235)
    step.paste(140, (0, 0, size[0] // 2, size[1]))
    soft = step.resize((size[0] // 30, size[1] // 30), Image.Resampling.BOX)
    return Image.merge("RGB", [soft.resize(size, Image.Resampling.BICUBIC)] * 3)


PAPERS: dict[str, Callable[[tuple[int, int]], Image.Image]] = {
    "white": flat((255, 255, 255)),
    "grey": flat((190, 190, 190)),
    "yellowish": flat((248, 236, 200)),
    "shaded": shaded,
    "vignetted": vignetted,
    "in shadow": in_shadow,
}


def written(
    paper: str = "white", ink: str = "blue", noise: int = 0, cover: Image.Image | None = None
) -> Image.Image:
    """Ink takes from the light what it takes from it on white paper."""
    cover = cover or coverage()
    ground = PAPERS[paper](cover.size)
    inked = ImageChops.multiply(ground, Image.new("RGB", cover.size, INKS[ink]))
    return with_grain(Image.composite(inked, ground, cover), noise)


@functools.cache
def grain_of(size: tuple[int, int], noise: int) -> Image.Image:
    levels = random.Random(noise)
    grain = (min(255, max(0, round(levels.gauss(128, noise)))) for _ in range(size[0] * size[1]))
    return Image.frombytes("L", size, bytes(grain))


def with_grain(picture: Image.Image, noise: int) -> Image.Image:
    """The same grain each time: Pillow's own noise has no seed."""
    if not noise:
        return picture
    one = grain_of(picture.size, noise)
    grains = (one, ImageChops.offset(one, 301, 7), ImageChops.offset(one, 77, 151))
    return Image.merge(
        "RGB",
        [
            ImageChops.add(channel, grain, 1, -128)
            for channel, grain in zip(picture.split(), grains, strict=True)
        ],
    )


def cut(folder: Path, scan: Image.Image, kind: str = "PNG", **how: object) -> Image.Image:
    path = folder / "scan"
    path.write_bytes(saved(scan, kind, **how))
    ready = prepare(path, folder / "cache", Purpose.SIGNATURE)
    assert ready.suffix == ".png"
    return seen(ready)


def laid_over(ready: Image.Image, cover: Image.Image) -> Image.Image:
    """Its opacity, moved to where the strokes are in the scan: both have the same box of ink."""
    opacity = ready.getchannel("A")
    here = opacity.point([0] * 128 + [255] * 128).getbbox()
    there = cover.point([0] * 128 + [255] * 128).getbbox()
    assert here and there
    size, wanted = ((b[2] - b[0], b[3] - b[1]) for b in (here, there))
    assert all(abs(a - b) <= 2 for a, b in zip(size, wanted, strict=True))
    whole = Image.new("L", cover.size)
    whole.paste(opacity, (there[0] - here[0], there[1] - here[1]))
    return whole


def check_cut(ready: Image.Image, cover: Image.Image, ink: str) -> None:
    """Ink opaque and of its colour, paper gone, whatever is between them in between."""
    assert ready.mode == "RGBA"
    opacity = laid_over(ready, cover)
    near = Image.eval(cover.resize(cover.size), lambda v: 255 if v > 0 else 0)
    for _ in range(2):
        near = ImageChops.lighter(near, ImageChops.offset(near, 1, 0))
        near = ImageChops.lighter(near, ImageChops.offset(near, -1, 0))
        near = ImageChops.lighter(near, ImageChops.offset(near, 0, 1))
        near = ImageChops.lighter(near, ImageChops.offset(near, 0, -1))
    assert ImageChops.multiply(opacity, ImageChops.invert(near)).getextrema() == (0, 0)
    core = cover.point([0] * 255 + [255])
    inside = opacity.histogram(core)
    assert sum(inside[250:]) >= 0.97 * sum(inside)
    solid = ready.getchannel("A").point([0] * 255 + [255])
    median = ImageStat.Stat(ready.convert("RGB"), solid).median
    assert all(abs(a - b) <= 12 for a, b in zip(median, INKS[ink], strict=True)), median


@pytest.mark.parametrize("noise", [pytest.param(0, marks=pytest.mark.slow), 7])
@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("paper", PAPERS)
def test_the_paper_is_taken_away_and_the_ink_keeps_its_colour(
    tmp_path: Path, paper: str, ink: str, noise: int
) -> None:
    check_cut(cut(tmp_path, written(paper, ink, noise)), coverage(), ink)


def test_a_telephones_jpeg_will_do(tmp_path: Path) -> None:
    scan = written("shaded", "blue", 5)
    ready = cut(tmp_path, scan, "JPEG", quality=80)
    opacity = ready.getchannel("A").histogram()
    assert abs(sum(opacity[128:]) / sum(coverage().histogram()[128:]) - 1) < 0.08
    assert opacity[0] > 0.85 * sum(opacity)


def test_on_white_paper_a_signature_looks_as_scanned(tmp_path: Path) -> None:
    scan = written("white", "light blue")
    ready = cut(tmp_path, scan)
    page = Image.new("RGBA", ready.size, "white")
    page.alpha_composite(ready)
    left, top, right, bottom = coverage().getbbox() or (0, 0, 0, 0)
    middle = scan.crop((left + 20, top + 20, right - 20, bottom - 20))
    best = min(
        max(ImageStat.Stat(ImageChops.difference(middle, page.convert("RGB").crop(box))).mean)
        for box in shifts(ready.size, middle.size)
    )
    assert best < 0.5


def shifts(size: tuple[int, int], part: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    across, down = size[0] - part[0], size[1] - part[1]
    for x in range(across // 2 - 3, across // 2 + 4):
        for y in range(down // 2 - 3, down // 2 + 4):
            yield (x, y, x + part[0], y + part[1])


def test_it_is_cropped_to_the_ink_and_keeps_its_resolution(tmp_path: Path) -> None:
    page = Image.new("L", (2400, 3200))
    page.paste(coverage(), (700, 1900))
    box = coverage().getbbox()
    assert box
    ready = cut(tmp_path, written("vignetted", cover=page))
    margin = (ready.width - (box[2] - box[0])) / 2
    assert 4 <= margin <= 30
    check_cut(ready, page, "blue")


def test_dust_is_no_ink_but_the_dot_of_an_i_is(tmp_path: Path) -> None:
    scan = written("grey")
    draw = ImageDraw.Draw(scan)
    places = random.Random(3)
    for _ in range(60):
        x, y = places.uniform(0, SIZE[0]), places.uniform(0, SIZE[1])
        if not coverage().crop((int(x) - 6, int(y) - 6, int(x) + 7, int(y) + 7)).getbbox():
            draw.ellipse((x, y, x + 2, y + 2), fill=(50, 50, 50))
    check_cut(cut(tmp_path, scan), coverage(), "blue")


def test_the_dark_edge_of_a_scan_is_no_ink(tmp_path: Path) -> None:
    scan = written("yellowish")
    draw = ImageDraw.Draw(scan)
    draw.rectangle((0, 0, 9, SIZE[1]), fill=(15, 15, 15))
    draw.rectangle((0, SIZE[1] - 5, SIZE[0], SIZE[1]), fill=(60, 55, 50))
    check_cut(cut(tmp_path, scan), coverage(), "blue")


def test_a_thin_pen_in_a_small_picture_is_seen(tmp_path: Path) -> None:
    cover = coverage((180, 64), 1.2)
    ready = cut(tmp_path, written("white", "black", cover=cover))
    assert sum(ready.getchannel("A").histogram()[128:]) > 0.8 * sum(cover.histogram()[128:])


def test_where_nothing_is_left_the_colour_is_the_inks(tmp_path: Path) -> None:
    """A printer scales colour and opacity one by one: white would show as a fringe."""
    ready = cut(tmp_path, written())
    clear = ready.getchannel("A").point([255] + [0] * 255)
    colours = ready.convert("RGB")
    for channel, level in zip(colours.split(), INKS["blue"], strict=True):
        levels = [n for n, count in enumerate(channel.histogram(clear)) if count]
        assert level - 5 <= levels[0] and levels[-1] <= level + 5


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_a_scan_need_not_be_in_colour(tmp_path: Path, mode: str) -> None:
    scan = written(ink="black").convert(mode, dither=Image.Dither.NONE)
    ready = cut(tmp_path, scan, "TIFF" if mode == "CMYK" else "PNG")
    opacity = laid_over(ready, coverage())
    inside = opacity.histogram(coverage().point([0] * 255 + [255]))
    assert inside[255] >= 0.97 * sum(inside)


@pytest.mark.parametrize("path", sorted((SAMPLE / "signatures").iterdir()), ids=lambda p: p.stem)
def test_a_signature_that_has_no_paper_any_more_is_left_alone(tmp_path: Path, path: Path) -> None:
    assert far(seen(prepare(path, tmp_path, Purpose.SIGNATURE)), seen(path)) == 0


def test_round_corners_do_not_make_paper_of_nothing(tmp_path: Path) -> None:
    scan = written("grey").convert("RGBA")
    scan.putpixel((0, 0), (0, 0, 0, 0))
    check_cut(cut(tmp_path, scan), coverage(), "blue")


def striped() -> Image.Image:
    picture = Image.new("RGB", (600, 200), "white")
    for x in range(0, 600, 8):
        picture.paste(BLUE, (x, 0, x + 6, 200))
    return picture


UNSIGNED: dict[str, tuple[Callable[[], Image.Image], str]] = {
    "white": (lambda: Image.new("RGB", (600, 200), "white"), "no ink"),
    "a pixel": (lambda: Image.new("RGB", (1, 1), "white"), "no ink"),
    "grainy paper": (lambda: with_grain(Image.new("RGB", (600, 200), "#ccc"), 12), "no ink"),
    "shadow only": (lambda: shaded((600, 200)), "no ink"),
    "ink only": (lambda: Image.new("RGB", (600, 200), BLUE), "no light paper"),
    "light on dark": (lambda: ImageChops.invert(written()), "no light paper"),
    "more ink": (striped, "more ink than paper"),
    "half a table": (lambda: half_dark(), "dark"),
}


def half_dark() -> Image.Image:
    picture = written("grey")
    picture.paste((40, 30, 20), (0, 0, 300, SIZE[1]))
    return picture


@pytest.mark.parametrize("what", UNSIGNED)
def test_a_scan_without_a_signature_is_refused_with_a_reason(tmp_path: Path, what: str) -> None:
    make, reason = UNSIGNED[what]
    with pytest.raises(ConfigError, match=reason) as caught:
        cut(tmp_path, make())
    assert "dark ink on light paper" in caught.value.hint


# --- in a workspace --------------------------------------------------------------------------

HOUSE = "our house.jpg"


def signed(folder: Path) -> Path:
    """A workspace whose cards show a scanned signature and a photo that lies on its side."""
    ws = make_workspace(folder, [person(1), person(2)])
    (ws / "signatures").mkdir()
    (ws / "signatures" / "ruth.jpg").write_bytes(saved(written("shaded"), "JPEG", quality=90))
    exif = Image.Exif()
    exif[0x0112] = 6
    (ws / HOUSE).write_bytes(saved(grainy((900, 600)), "JPEG", exif=exif))
    edit(ws / "mailroom.toml", "[sources", 'signature = "signatures/ruth.jpg"\n[sources')
    add(ws / "mailings" / f"{MAILING}.toml", f'[fields]\nhouse = "{HOUSE}"\n')
    plain = ws / "layouts" / "plain"
    add(plain / "layout.toml", '[fields.house]\ntype = "image"\n')
    add(
        plain / "back.html",
        '<img class="signed" src="{{ owner.signature }}">'
        '<img class="house" src="{{ fields.house }}">',
    )
    add(
        plain / "style.css",
        "img { position: absolute; left: 15mm; } .signed { top: 90mm; height: 12mm; }"
        ".house { top: 110mm; height: 40mm; }",
    )
    return ws


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_page_shows_the_prepared_files_and_may_show_no_others(tmp_path: Path) -> None:
    ws = signed(tmp_path / "ws")
    with opened(ws) as workspace:
        pipeline.take_in(workspace, (), "crm")
        pipeline.prepare(workspace, MAILING)
        setup = workspace.setup(workspace.mailing(MAILING))
    assert {path.parent for path in setup.pictures} == {ws / ".mailroom" / "pictures"}
    assert setup.prepared.keys() == {ws / "signatures" / "ruth.jpg", ws / HOUSE}
    sizes = {seen(path).size for path in setup.pictures}
    assert (600, 900) in sizes
    (pages,) = (ws / ".mailroom" / "prepared" / MAILING).glob("*/pages-*.pdf")
    with pikepdf.open(pages) as pdf:
        shown = {(int(i.Width), int(i.Height)) for p in pdf.pages for i in images(p.obj)}
    assert shown == sizes


def images(drawn: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The bitmaps on a page, however deep in its art."""
    resources = drawn.get("/Resources", pikepdf.Dictionary())
    for item in resources.get("/XObject", pikepdf.Dictionary()).values():
        if item.Subtype == "/Image":
            yield item
        else:
            yield from images(item)


@pytest.mark.slow
def test_an_approval_holds_when_the_workspace_is_moved(tmp_path: Path) -> None:
    moved = copied(approved(signed(tmp_path / "ws")), tmp_path / "another place")
    (tmp_path / "ws").rename(tmp_path / "gone")
    assert send(moved).posted == 2


@pytest.mark.parametrize("name", ["signatures/ruth.jpg", HOUSE])
def test_an_approval_does_not_hold_when_a_picture_has_changed(tmp_path: Path, name: str) -> None:
    ws = approved(signed(tmp_path / "ws"))
    (ws / name).write_bytes(saved(written("grey", "black"), "JPEG"))
    with pytest.raises(ApprovalError, match="signature"):
        send(ws)


@pytest.mark.slow
def test_an_approval_holds_when_the_prepared_files_are_thrown_away(tmp_path: Path) -> None:
    ws = approved(signed(tmp_path / "ws"))
    for path in (ws / ".mailroom" / "pictures").iterdir():
        path.unlink()
    assert send(ws).posted == 2


def test_a_picture_that_cannot_be_used_stops_before_anything_is_drawn(tmp_path: Path) -> None:
    ws = signed(tmp_path / "ws")
    (ws / HOUSE).write_bytes(b"not a picture")
    with opened(ws) as workspace, pytest.raises(ConfigError) as caught:
        workspace.setup(workspace.mailing(MAILING))
    assert HOUSE in caught.value.where


def test_pieces_are_told_apart_by_the_pictures_on_them(tmp_path: Path) -> None:
    ws = signed(tmp_path / "ws")
    with opened(ws) as workspace:
        setup = workspace.setup(workspace.mailing(MAILING))
        pipeline.take_in(workspace, (), "crm")
        pieces, _, _ = plan_pieces(workspace, setup)
    merged = produce.merge_again(setup, pieces[0])
    signature, house = (setup.prepared[ws / name].name for name in ("signatures/ruth.jpg", HOUSE))
    assert signature in merged.pages[1]
    pages = tuple(page.replace(signature, house) for page in merged.pages)
    changed = dataclasses.replace(merged, pages=pages)
    same, other = (produce.content_digest(setup, pieces[0], m) for m in (merged, changed))
    assert same != other
