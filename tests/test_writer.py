"""The print file as it is written: whole, sound, small, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from press_tools import (
    ITALIC,
    REGULAR,
    differ,
    drawn_pages,
    layout_of,
    leaf,
    line,
    ran,
    rasters,
    sound,
    typed,
)
from small import ALL_FONTS, CARD, layout_in

from mailroom.errors import EnvironmentProblem, RenderError
from mailroom.fonts import Font
from mailroom.formats import FORMATS
from mailroom.press.fontfile import font_file, read_to_unicode, to_unicode
from mailroom.press.harvest import harvest, harvest_image
from mailroom.press.items import Art, Glyphs, Item, Leaf, add_glyphs, boxes_of, font_name
from mailroom.press.objects import name_text, string_text
from mailroom.press.writer import FAN_OUT, Writer
from mailroom.readback import Readback

BOXES = boxes_of(CARD)
GREETING = "Dear Zoë, the office flows: Ωμέγα, Ђорђе"


def a_writer(path: Path) -> Writer:
    return Writer(path, BOXES, ALL_FONTS)


def add(writer: Writer, leaves: Iterable[Leaf]) -> None:
    for one in leaves:
        writer.leaf(one)


def one_page(path: Path, text: str = GREETING, font: Font = REGULAR) -> Path:
    tj, glyphs = typed(font, text)
    with a_writer(path) as writer:
        writer.use(glyphs)
        writer.leaf(leaf(line(font, tj)))
    return path


def drawing(operators: bytes, *refs: tuple[bytes, str]) -> Item:
    """A form; its resources are cut where they name another item."""
    body = [b"<</Type/XObject/Subtype/Form/BBox[0 0 400 400]/Resources<</XObject<<"]
    for name, _ in refs:
        body[-1] += b"/" + name + b" "
        body.append(b"")
    body[-1] += b">>>>>>"
    return Item(body=tuple(body), refs=tuple(ref for _, ref in refs), stream=operators)


def art_of(*items: Item) -> Art:
    return Art(xobject=items[-1].digest, items={item.digest: item for item in items})


# --- what stands on the page ------------------------------------------------------------------


def test_the_text_can_be_copied_ligatures_and_all(tmp_path: Path) -> None:
    path = one_page(tmp_path / "a.pdf")
    assert ran("pdftotext", path, "-").strip() == GREETING
    with pypdfium2.PdfDocument(path) as pdf:
        assert pdf[0].get_textpage().get_text_range().strip() == GREETING


def test_tools_that_read_pdf_find_nothing_wrong_with_it(tmp_path: Path) -> None:
    path = one_page(tmp_path / "a.pdf")
    sound(path)
    assert ran("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage", path) == ""


def test_a_font_is_embedded_once_under_its_family_with_the_widths_of_its_file(
    tmp_path: Path,
) -> None:
    path = one_page(tmp_path / "a.pdf", "office")
    with Readback(path) as seen:
        [used] = seen.page(0).fonts
    assert (used.name, used.embedded) == ("Alegreya", True)
    with pikepdf.open(path) as pdf:
        font = pdf.pages[0].Resources.Font["/" + font_name(REGULAR)]
        [descendant] = font.DescendantFonts
        widths = list(descendant.W)
        found = {
            int(first) + place: int(width)
            for first, run in zip(widths[::2], widths[1::2], strict=True)
            for place, width in enumerate(run)
        }
        glyphs = typed(REGULAR, "office")[1][REGULAR.sha256]
        assert found == {glyph: int(font_file(REGULAR).widths[glyph]) for glyph in glyphs}
        assert "fi" in glyphs.values()
        assert read_to_unicode(font.ToUnicode.read_bytes()) == glyphs
        descriptor = descendant.FontDescriptor
        assert str(descriptor.FontName)[7:] == "+Alegreya-Regular"
        assert descriptor.Descent < 0 < descriptor.CapHeight < descriptor.Ascent
    assert ran("pdffonts", path).count("Alegreya") == 1


def test_an_italic_says_so_and_leans(tmp_path: Path) -> None:
    with pikepdf.open(one_page(tmp_path / "a.pdf", font=ITALIC)) as pdf:
        font = pdf.pages[0].Resources.Font["/" + font_name(ITALIC)]
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert descriptor.Flags & 64
        assert descriptor.ItalicAngle == -7


def test_a_font_of_which_only_a_space_or_nothing_is_drawn_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    tj, glyphs = typed(REGULAR, " ")
    with a_writer(path) as writer:
        writer.use({**glyphs, ITALIC.sha256: {}})
        writer.leaf(leaf(line(REGULAR, tj) + line(ITALIC, b"[]")))
    sound(path)
    assert ran("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage", path) == ""
    [page] = rasters(path, 72)
    assert page.getextrema() == ((255, 255),) * 3


def test_fonts_that_nothing_is_drawn_with_are_left_out(tmp_path: Path) -> None:
    with pikepdf.open(one_page(tmp_path / "a.pdf")) as pdf:
        assert list(pdf.pages[0].Resources.Font.keys()) == ["/" + font_name(REGULAR)]


def postscript_font(folder: Path, square: int) -> Font:
    """An OpenType font with PostScript outlines: a square for A, a ligature of f and i."""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", "unused", "A", "f_i"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord("A"): "A", 0xFB01: "f_i"})
    outlines = {}
    for name in names:
        pen = T2CharStringPen(600, None)
        pen.moveTo((0, 0))
        for point in ((0, square), (square, square), (square, 0)):
            pen.lineTo(point)
        pen.closePath()
        outlines[name] = pen.getCharString()
    builder.setupCFF("Squares-Regular", {}, outlines, {})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "psName": "Squares-Regular"})
    builder.setupOS2()
    builder.setupPost()
    path = folder / "squares.otf"
    builder.save(path)
    return Font(
        family="Squares", path=path, weight=400, style="normal", role="text", sha256=f"5{square}"
    )


def test_a_font_with_postscript_outlines_is_drawn_and_copied(tmp_path: Path) -> None:
    font = postscript_font(tmp_path, 500)
    path = tmp_path / "a.pdf"
    with Writer(path, BOXES, [font]) as writer:
        writer.use({font.sha256: {2: "A", 3: "fi"}})
        writer.leaf(leaf(line(font, b"[<00020003>]", y=100, size=100)))
    sound(path)
    assert ran("pdftotext", path, "-").strip() == "Afi"
    assert ran("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage", path) == ""
    [page] = rasters(path, 72)
    x, y = 31, page.height - 101
    assert [page.getpixel((x + dx, y)) for dx in (2, 45, 55, 65, 105, 115)] == [
        (0, 0, 0), (0, 0, 0), (255, 255, 255), (0, 0, 0), (0, 0, 0), (255, 255, 255)
    ]  # fmt: skip


# --- harvested pages --------------------------------------------------------------------------


def harvested(source: Path, target: Path, fmt: str, fonts: Any = ALL_FONTS) -> list[Art]:
    """Every page of a chunk as art, and a file that draws them."""
    with pikepdf.open(source) as pdf:
        arts = [harvest(page, fonts) for page in pdf.pages]
    with Writer(target, boxes_of(FORMATS[fmt]), fonts) as writer:
        for art in arts:
            writer.art(art)
            writer.leaf(leaf(f"/{art.name} Do".encode(), arts=(art.xobject,)))
    return arts


@pytest.mark.parametrize("name", ["kingfisher", "letter", "swallows", "winter-window"])
def test_a_harvested_page_is_printed_as_the_renderer_drew_it(tmp_path: Path, name: str) -> None:
    layout = layout_of(name)
    source = drawn_pages(layout, tmp_path / "source.pdf")
    target = tmp_path / "target.pdf"
    arts = harvested(source, target, layout.formats[0])
    assert all(b"FontFile" not in b"".join(i.body) for a in arts for i in a.items.values())
    sound(target)
    for one, other in zip(rasters(source), rasters(target), strict=True):
        assert differ(one, other) is None
    assert ran("pdftotext", target, "-") == ran("pdftotext", source, "-")


@pytest.mark.parametrize("fonts", [(), (ITALIC,), "changed"])
def test_a_font_that_is_not_ours_beyond_doubt_stays_as_it_was_embedded(
    tmp_path: Path, fonts: Any
) -> None:
    if fonts == "changed":
        [other] = [font for font in ALL_FONTS if font.family == "Caveat"]
        fonts = [Font(**{**vars(other), "family": "Alegreya"})]
    source = drawn_pages(layout_in(tmp_path / "small"), tmp_path / "source.pdf")
    target = tmp_path / "target.pdf"
    arts = harvested(source, target, "card-5x7", fonts)
    assert all(art.glyphs == {} for art in arts)
    sound(target)
    for one, other in zip(rasters(source), rasters(target), strict=True):
        assert differ(one, other) is None
    assert ran("pdftotext", target, "-") == ran("pdftotext", source, "-")


PICTURED = '<img src="dot.png" style="position:absolute; top:0; width:40mm; opacity:.5">'


def dot(folder: Path) -> None:
    image = Image.new("RGBA", (60, 60), (200, 30, 30, 0))
    image.paste((200, 30, 30, 255), (10, 10, 50, 50))
    folder.mkdir(parents=True, exist_ok=True)
    image.save(folder / "dot.png")


def test_pictures_masks_gradients_and_faded_text_come_along(tmp_path: Path) -> None:
    dot(tmp_path / "small")
    front = (
        f'{PICTURED}<p class="motto" style="opacity:.4">office</p>'
        '<p class="frame" style="background:linear-gradient(red,blue); top:9mm">gradient</p>'
    )
    layout = layout_in(tmp_path / "small", {"front": front, "back": front + "2"})
    source, target = drawn_pages(layout, tmp_path / "source.pdf"), tmp_path / "target.pdf"
    arts = harvested(source, target, "card-5x7")
    texts = "".join(arts[0].glyphs[REGULAR.sha256].values())
    assert {*texts} == {*"officegradient"}, texts  # of the form inside the form, too
    sound(target)
    for one, other in zip(rasters(source), rasters(target), strict=True):
        assert differ(one, other) is None
    with pikepdf.open(target) as pdf:
        pictures = [o for o in pdf.objects if isinstance(o, pikepdf.Stream)]
        kinds = [str(o.stream_dict.get("/Subtype")) for o in pictures]
    assert kinds.count("/Image") == 2  # the picture and its mask, though two pages show it


def test_an_image_is_harvested_with_its_mask(tmp_path: Path) -> None:
    dot(tmp_path / "small")
    layout = layout_in(tmp_path / "small", {"front": PICTURED, "back": PICTURED})
    with pikepdf.open(drawn_pages(layout, tmp_path / "source.pdf")) as pdf:
        [image] = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/SMask" in o]
        art = harvest_image(image)
    assert len(art.items) == 2
    path = tmp_path / "a.pdf"
    with a_writer(path) as writer:
        writer.art(art)
        writer.leaf(leaf(b"q 60 0 0 60 0 0 cm /%s Do Q" % art.name.encode(), arts=(art.xobject,)))
    [page] = rasters(path, 72)
    assert page.getpixel((30, page.height - 30)) == (200, 30, 30)
    assert page.getpixel((5, page.height - 30)) == (255, 255, 255)


HARVEST = """
import sys, pikepdf
sys.path.insert(0, {tests!r})
from small import ALL_FONTS
from mailroom.press.harvest import harvest
with pikepdf.open({source!r}) as pdf:
    print(*[harvest(page, ALL_FONTS).xobject for page in pdf.pages])
"""


@pytest.mark.slow
def test_equal_art_has_the_same_digest_in_every_process(tmp_path: Path) -> None:
    source = drawn_pages(layout_in(tmp_path / "small"), tmp_path / "source.pdf", ["Anna", "Ben"])
    program = HARVEST.format(tests=str(Path(__file__).parent), source=str(source))
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, check=True, text=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert told[0][0] == told[0][2]  # both fronts
    assert len({*told[0]}) == 3


def test_every_kind_of_value_is_copied_whether_it_stands_there_or_is_referred_to(
    tmp_path: Path,
) -> None:
    values = pikepdf.Dictionary(
        Real=Decimal("0.000001"), Whole=-7, Text=pikepdf.String("a (b) é"), True_=True,
        Nothing=None, Name=pikepdf.Name("/a b#"), Long=Decimal("200."),
    )  # fmt: skip
    with pikepdf.new() as pdf:
        values.There = pdf.make_indirect(pikepdf.String("x)"))
        values.Named = pdf.make_indirect(pikepdf.Name("/Named"))
        values.List = pdf.make_indirect(pikepdf.Array([1, pdf.make_indirect(values.Text)]))
        pdf.add_blank_page()
        page = pdf.pages[0]
        page.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(P=values, Q=values))
        page.Contents = pdf.make_stream(b"/Span /P BDC EMC")
        art = harvest(page, ALL_FONTS)
    path = tmp_path / "a.pdf"
    with a_writer(path) as writer:
        writer.art(art)
        writer.leaf(leaf(b"/%s Do" % art.name.encode(), arts=(art.xobject,)))
    sound(path)
    with pikepdf.open(path) as pdf:
        kept = pdf.pages[0].Resources.XObject["/" + art.name].Resources.Properties
        assert [*kept.keys()] == ["/P"]
        found = kept.P
        assert found.Real == Decimal("0.000001")
        assert (found.Whole, found.Long, found.True_) == (-7, 200, True)
        assert [str(found[key]) for key in ("/Text", "/There", "/Named", "/Name")] == [
            "a (b) é", "x)", "/Named", "/a b#"
        ]  # fmt: skip
        assert [found.List[0], str(found.List[1])] == [1, "a (b) é"]


def test_a_form_that_draws_itself_is_refused() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        form = pdf.make_stream(b"/Self Do")
        form.update({"/Subtype": pikepdf.Name.Form, "/Resources": pikepdf.Dictionary()})
        form.Resources.XObject = pikepdf.Dictionary(Self=form)
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Self=form))
        pdf.pages[0].Contents = pdf.make_stream(b"/Self Do")
        with pytest.raises(RenderError, match="refer to themselves"):
            harvest(pdf.pages[0], ALL_FONTS)


# --- the file ---------------------------------------------------------------------------------


def numbered(path: Path, count: int, labels: Any = "piece {:04d} front".format) -> Path:
    with a_writer(path) as writer:
        for number in range(count):
            assert writer.leaf(leaf(b"%% %d" % number, labels(number))) == number
    return path


def shape(node: Any) -> tuple[int, set[int]]:
    """The most children that a node of the tree has, and how deep its leaves are."""
    kids = [shape(kid) for kid in node.get("/Kids", [])]
    widest = max([len(kids), *(most for most, _ in kids)])
    return widest, {1 + depth for _, depths in kids for depth in depths} or {0}


@pytest.mark.parametrize(
    "count",
    [1, 2, FAN_OUT - 1, FAN_OUT, FAN_OUT + 1, pytest.param(5000, marks=pytest.mark.slow)],
)
def test_however_many_pages_the_file_is_sound_and_every_page_is_where_it_belongs(
    tmp_path: Path, count: int
) -> None:
    path = numbered(tmp_path / "a.pdf", count)
    sound(path)
    with pikepdf.open(path) as pdf:  # as it is in the file: QPDF flattens it for pdf.pages
        trees = [shape(pdf.Root.Pages), shape(pdf.Root.PageLabels)]
        assert all(widest <= FAN_OUT and len(depths) == 1 for widest, depths in trees)
        assert len(pdf.pages) == count == pdf.Root.Pages.Count
        wanted = [(b"%% %d" % number, f"piece {number:04d} front") for number in range(count)]
        assert [(page.Contents.read_bytes(), page.label) for page in pdf.pages] == wanted
        numbers = pikepdf.NumberTree(pdf.Root.PageLabels)
        assert str(numbers[count - 1].P) == f"piece {count - 1:04d} front"


@given(
    count=st.integers(1, 3 * FAN_OUT),
    spread=st.integers(1, 500),
    label=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_number_of_pages_of_any_size_under_any_label_is_read_back(
    tmp_path: Path, count: int, spread: int, label: str
) -> None:
    path = tmp_path / "a.pdf"
    contents = [b"%% %d " % number + b"x" * (number * spread % 4001) for number in range(count)]
    with a_writer(path) as writer:
        for number, content in enumerate(contents):
            writer.leaf(leaf(content, f"{label} {number}"))
    with pikepdf.open(path, suppress_warnings=False) as pdf:
        assert [page.Contents.read_bytes() for page in pdf.pages] == contents
        assert [page.label for page in pdf.pages] == [f"{label} {n}" for n in range(count)]
        assert pdf.check_pdf_syntax() == []


def test_the_boxes_are_those_of_the_format(tmp_path: Path) -> None:
    with pikepdf.open(numbered(tmp_path / "a.pdf", 1)) as pdf:
        page = pdf.pages[0]
        whole = [0, 0, 378, 522]
        assert [float(v) for v in page.mediabox] == whole == [float(v) for v in page.obj.BleedBox]
        assert [float(v) for v in page.obj.TrimBox] == [9, 9, 369, 513]


def test_what_is_equal_on_many_pages_is_written_once(tmp_path: Path) -> None:
    inner = drawing(b"0 0 9 9 re f")
    outer = drawing(b"/A Do", (b"A", inner.digest))
    art = art_of(inner, outer)
    path = tmp_path / "a.pdf"
    with a_writer(path) as writer:
        for number in range(50):
            writer.art(art)
            writer.art(art_of(inner))
            writer.leaf(leaf(b"/%s Do" % art.name.encode(), arts=(art.xobject,)))
            writer.leaf(leaf(b"%% %d" % number, arts=(art.xobject,)))
    sound(path)
    with pikepdf.open(path) as pdf:
        fronts, backs = pdf.pages[::2], pdf.pages[1::2]
        assert len({page.Contents.objgen for page in fronts}) == 1
        assert len({page.Contents.objgen for page in backs}) == 50
        assert len({page.Resources.objgen for page in pdf.pages}) == 1
        forms = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/BBox" in o]
        assert len(forms) == 2


def test_a_content_that_was_long_ago_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with a_writer(path) as writer:
        for number in (*range(300), 0):
            writer.leaf(leaf(b"%% %d" % number))
    with pikepdf.open(path) as pdf:
        first, last = pdf.pages[0].Contents, pdf.pages[-1].Contents
        assert first.objgen != last.objgen
        assert first.read_bytes() == last.read_bytes()


def test_the_same_calls_give_the_same_bytes_whose_digest_it_tells(tmp_path: Path) -> None:
    told = []
    for name in ("a.pdf", "b.pdf"):
        tj, glyphs = typed(REGULAR, GREETING)
        with a_writer(tmp_path / name) as writer:
            writer.use(glyphs)
            writer.leaf(leaf(line(REGULAR, tj)))
            told.append(writer.close())
    one, two = ((tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert one == two
    assert told == [hashlib.sha256(one).hexdigest()] * 2
    with pikepdf.open(io.BytesIO(one)) as pdf:
        assert "/Info" not in pdf.trailer  # no dates
        first, second = (bytes(part) for part in pdf.trailer.ID)
        assert first == second


def test_another_page_has_another_id(tmp_path: Path) -> None:
    marks = set()
    for count in (1, 2, 3):
        with pikepdf.open(numbered(tmp_path / f"{count}.pdf", count)) as pdf:
            marks.add(bytes(pdf.trailer.ID[0]))
    assert len(marks) == 3


@given(st.permutations([(1, " "), (1, "\xa0"), (1, ""), (2, "ffi"), (2, "ﬃ"), (3, "é")]))
def test_in_whatever_order_glyphs_are_told_the_outcome_is_the_same(
    order: list[tuple[int, str]],
) -> None:
    known: dict[str, dict[int, str]] = {}
    for glyph, text in order:
        add_glyphs(known, {"font": {glyph: text}})
    assert known == {"font": {1: " ", 2: "ﬃ", 3: "é"}}


def test_glyphs_told_in_another_order_give_the_same_file(tmp_path: Path) -> None:
    parts: list[Glyphs] = [typed(font, text)[1] for font in (REGULAR, ITALIC) for text in "abé"]
    for name, order in (("a.pdf", parts), ("b.pdf", parts[::-1])):
        with a_writer(tmp_path / name) as writer:
            for glyphs in order:
                writer.use(glyphs)
            writer.leaf(leaf(b"q Q"))
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


# --- what is refused, and what is left then ---------------------------------------------------


def test_a_file_without_pages_is_refused_and_not_written(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="without pages"), a_writer(tmp_path / "a.pdf"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_page_whose_art_is_not_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="is not in the file"), a_writer(tmp_path / "a") as writer:
        writer.leaf(leaf(b"/X0 Do", arts=("0" * 64,)))


def test_a_font_that_was_not_announced_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(RenderError, match="not opened with the font abc"),
        a_writer(tmp_path / "a") as writer,
    ):
        writer.use({"abc": {1: "a"}})


def test_an_error_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"the old one")
    with pytest.raises(RenderError), a_writer(target) as writer:
        add(writer, [leaf(b"q Q"), leaf(b"q Q", arts=("0" * 64,))])
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_at_the_target_before_the_file_is_closed(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    with a_writer(target) as writer:
        add(writer, (Leaf(content=os.urandom(500), arts=(), label="") for _ in range(2000)))
        assert not target.exists()
        writer.close()
        assert target.exists()
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_gets_full_half_way_is_told_of_with_what_is_free(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    incompressible = (Leaf(content=os.urandom(1000), arts=(), label="") for _ in range(2000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with (
            pytest.raises(EnvironmentProblem, match=r"a\.pdf: cannot write \d") as caught,
            a_writer(target) as writer,
        ):
            add(writer, incompressible)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "are free in" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_of_at_once(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="no such file"):
        a_writer(tmp_path / "gone" / "a.pdf")


# --- words of PDF -----------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(WORDS)
def test_a_text_string_is_read_as_it_was_meant(text: str) -> None:
    assert str(pikepdf.Object.parse(string_text(text))) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_name_is_read_as_it_was_meant(name: str) -> None:
    assert str(pikepdf.Object.parse(name_text(name))) == "/" + name


@given(st.dictionaries(st.integers(0, 0xFFFF), WORDS.filter(bool), max_size=250))
def test_what_glyphs_stand_for_is_read_as_it_was_written(glyphs: dict[int, str]) -> None:
    assert read_to_unicode(to_unicode(glyphs)) == glyphs
