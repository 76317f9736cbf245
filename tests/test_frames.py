"""Frames are marked in the template, and a merged page is cut where the marks stand."""

from __future__ import annotations

import base64
import contextlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pypdfium2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small import a_piece, draw, layout_in, merged_of

from mailroom import codes, frames
from mailroom.errors import ConfigError
from mailroom.frames import CLOSE, OPEN
from mailroom.sandbox import open_sandbox

PAGES = sorted((Path(__file__).parent.parent / "layouts").glob("*/*.html"))


def shown(template: str) -> str:
    """What `mark` makes of it, with marks that can be read."""
    return frames.mark(template).replace(OPEN, "⟨").replace(CLOSE, "⟩")


def marked(page: str) -> str:
    return page.replace("⟨", OPEN).replace("⟩", CLOSE)


# --- marking a template ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        '<p data-frame="a">⟨x⟩</p>',
        "<p data-frame>⟨⟩</p>",
        "<P CLASS=a DATA-FRAME=b>⟨x⟩</P >",
        '<div data-frame="a">⟨<div><br><div></div></div>⟩</div><div></div>',
        '<div data-frame="a">⟨<p data-frame="b">x</p>⟩</div><p data-frame="c">⟨⟩</p>',
        # Jinja: what is in it is no HTML
        '<p data-frame="a">⟨{{ "</p>" }}⟩</p>',
        "<p data-frame='a'>⟨{# </p> #}⟩</p>",
        "<p data-frame='a'>⟨{% if a == '</p>' %}{% endif %}⟩</p>",
        '<p title="{{ a["b"] > 1 }}" data-frame="a">⟨x⟩</p>',
        "<p title='{{ '}}' }}>' data-frame='a'>⟨x⟩</p>",
        """<p title="{{ {"a": {"b": "'"}}["a"] }}" data-frame="a">⟨x⟩</p>""",
        '{% raw %}<p data-frame="a">⟨{{ ⟩</p>{% endraw %}',
        # conditions and loops
        '{% if a %}<p data-frame="a">⟨x⟩</p>{% else %}<p data-frame="b">⟨y⟩</p>{% endif %}',
        '{% for a in b %}<p data-frame="a">⟨{{ a }}⟩</p>{% else %}-{% endfor %}',
        '<p data-frame="a">⟨{% for a in b %}{% if a %}<b>x</b>{% endif %}{% endfor %}⟩</p>',
        '<p data-frame="a" {% if a %}class="b"{% else %}class="c"{% endif %}>⟨x⟩</p>',
        '<p class="a{% if b > 1 %} c{% endif %}" data-frame="a">⟨x⟩</p>',
        '<p {% if a %}>{% else %}class="b">{% endif %}</p><p data-frame="a">⟨x⟩</p>',
        '{% set a %}<p data-frame="a">⟨x⟩</p>{% endset %}{% set b = 1 %}<p data-frame="c">⟨⟩</p>',
        # what is not HTML either
        '<!-- <p data-frame="a"></p> --><p data-frame="b">⟨<!-- </p> -->⟩</p>',
        '<style>p[title="<p data-frame>"] {}</style><p data-frame="a">⟨x⟩</p>',
        "<p title=it's data-frame=a>⟨x⟩</p>",
        "a < b <p data-frame=a>⟨1 < 2⟩</p>",
    ],
)
def test_the_content_of_a_frame_is_marked(template: str) -> None:
    plain = template.replace("⟨", "").replace("⟩", "")
    assert shown(plain) == template


@pytest.mark.parametrize(
    "template",
    [
        '<img data-frame="a"><br data-frame="b">',
        '<p data-frame="a">x',
        '<p data-frames="a">x</p>',
        "</p data-frame>x</p>",
        '<p title="data-frame">x</p>',
        '<p {% if a %}data-frame="a"{% endif %}>x</p>',
        '{% if a %}<p data-frame="a">{% else %}<p data-frame="b">{% endif %}x</p>',
        '<div>{% if a %}<div data-frame="a">{% else %}<div data-frame="b">{% endif %}x</div></div>',
        '<div data-frame="a">{% if a %}<div>{% else %}<div id="b">{% endif %}x</div></div></div>',
        '<p data-frame="a">{% if a %}x</p>{% else %}y</p>{% endif %}',
        '<p data-frame="a" {% if a %}>{% else %}class="b">{% endif %}x</p>',
        '{% for a in b %}<p data-frame="a">{% endfor %}{% for a in b %}</p>{% endfor %}',
        '<{{ tag }} data-frame="a">x</{{ tag }}>',
        '{{ <p data-frame="a">x</p>',
    ],
)
def test_a_frame_that_is_not_whole_on_every_branch_is_left_alone(template: str) -> None:
    assert frames.mark(template) == template


def test_a_frame_inside_one_that_cannot_be_marked_is_marked() -> None:
    inner = '<p data-frame="b">⟨x⟩</p>'
    template = f'<div data-frame="a">{{% if a %}}{inner}</div>{{% endif %}}'
    assert shown(template.replace("⟨", "").replace("⟩", "")) == template


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_frame_of_the_shipped_layouts_is_marked(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    template = frames.mark(source)
    assert frames.plain(template) == source
    assert template.count(OPEN) == template.count(CLOSE) == source.count("data-frame")


def test_marks_that_a_template_brings_along_are_not_believed() -> None:
    assert shown(f"<p data-frame>{CLOSE}x</p>{OPEN}") == "<p data-frame>⟨x⟩</p>"


PARTS = ["<p", "data-frame>", "</p>", "{{", "}}", "{%", "%}", "if", "endif"]
PARTS += ["{#", "#}", "'", '"', "<!--", "-->"]


@given(st.lists(st.sampled_from(PARTS)))
@example(["{%", "raw", "%}", "<p", "data-frame>", "</p>"])
def test_whatever_the_template_only_marks_are_added(parts: list[str]) -> None:
    source = "\n".join(parts)
    template = frames.mark(source)
    assert frames.plain(template) == source
    assert frames.split(template) is not None


# --- templates made at random: the marks against a parser of the finished page ---------------


def _tree(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=3).map("".join)
    frame = st.sampled_from(["", " data-frame=a", ' class="{{ a }}" data-frame="b>"'])
    return st.one_of(
        st.builds("<div{0}>{1}</div>".format, frame, body),
        st.builds("<p{0}>\n  {1}\n</p>\n".format, frame, body),
        st.builds("{{% if a %}}\n{0}\n  {{% else %}}{1}{{% endif %}}".format, body, body),
        st.builds("{{% for a in b -%}} {0} {{%- endfor %}}\n".format, body),
    )


LEAVES = st.sampled_from(
    ["x", "{{ a }}", "\n  ", "{# </p> #}\n", "<br>", "{{ '<p data-frame>' }}", "<!-- </p> -->"]
)
TEMPLATES = st.lists(st.recursive(LEAVES, _tree, max_leaves=12), max_size=5).map("".join)


def _outermost(page: str) -> tuple[str, ...]:
    """The inner HTML of the outermost frames of a page, as the standard library reads it."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[int | None] = []
            self.found: list[str] = []
            self.lines = [0, *(m.end() for m in re.finditer("\n", page))]

        def at(self) -> int:
            line, column = self.getpos()
            return self.lines[line - 1] + column

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "br":
                return
            framed = "data-frame" in dict(attrs) and not any(o is not None for o in self.open)
            self.open.append(self.at() + len(self.get_starttag_text() or "") if framed else None)

        def handle_endtag(self, tag: str) -> None:
            start = self.open.pop()
            if start is not None:
                self.found.append(page[start : self.at()])

    reader = Reader()
    reader.feed(page)
    return tuple(reader.found)


def _filled(template: str, a: str, b: list[str]) -> str:
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(a=a, b=b)


@given(template=TEMPLATES, a=st.sampled_from(["", "A>"]), b=st.sampled_from([[], ["", "B", "<"]]))
def test_a_marked_template_fills_in_the_same_page_cut_at_its_frames(
    template: str, a: str, b: list[str]
) -> None:
    page = _filled(template, a, b)
    with_marks = _filled(frames.mark(template), a, b)
    assert frames.plain(with_marks) == page
    cut = frames.split(with_marks)
    assert cut is not None
    assert cut.contents == _outermost(page)


# --- cutting a page -------------------------------------------------------------------------


def test_a_page_is_cut_into_what_all_share_and_what_is_ones_own() -> None:
    page = marked("<p data-frame=a>⟨Anna⟩</p>-<p data-frame=b>⟨⟩</p>")
    assert frames.split(page) == ("<p data-frame=a></p>-<p data-frame=b></p>", ("Anna", ""))
    assert frames.split("no frames") == ("no frames", ())


@given(st.text(alphabet=f"a{OPEN}{CLOSE}"))
def test_marks_that_do_not_come_in_pairs_are_no_frames(page: str) -> None:
    paired = re.fullmatch(f"a*(?:{OPEN}a*{CLOSE}a*)*", page)
    cut = frames.split(page)
    assert (cut is not None) == bool(paired)
    if cut:
        assert len(cut.contents) == page.count(OPEN)
        assert len(cut.static) + sum(map(len, cut.contents)) == page.count("a")


def test_text_is_what_a_page_says_without_marks_and_tags() -> None:
    page = marked("<p data-frame=a>⟨Anna &amp; <b>Ben</b>⟩</p>")
    assert frames.text(page).split() == ["Anna", "&", "Ben"]


# --- another style for one frame ------------------------------------------------------------

STYLED = marked(
    '<!-- <p data-frame></p> --><p data-frame="a">⟨x⟩</p><p></p>'
    "<p data-frame=b style='color: red; font-family: \"X\"'>⟨y⟩</p><DIV DATA-FRAME STYLE>⟨⟩</DIV>"
    '<p data-frame="not marked">z</p>'
)


@pytest.mark.parametrize("page", [STYLED, frames.split(STYLED).static], ids=["page", "static"])  # type: ignore[union-attr]
def test_a_style_is_added_to_the_frame_of_that_number(page: str) -> None:
    first, second, third = (frames.with_style(page, n, 'font: 9pt "Y"') for n in range(3))
    assert '<p style="font: 9pt &quot;Y&quot;" data-frame="a">' in first
    assert (
        '<p data-frame=b style="color: red; font-family: &quot;X&quot;;font: 9pt &quot;Y&quot;">'
        in second
    )
    assert '<DIV DATA-FRAME style="font: 9pt &quot;Y&quot;">' in third
    with pytest.raises(IndexError):
        frames.with_style(page, 3, "color: red")


def test_a_style_that_stands_already_keeps_its_characters() -> None:
    page = '<p data-frame style="content: &quot;a&quot;"></p>'
    styled = frames.with_style(page, 0, "color: red")
    assert styled == '<p data-frame style="content: &quot;a&quot;;color: red"></p>'


@given(number=st.integers(0, 2), css=st.text(alphabet="a:;\"'<>&"))
def test_a_style_changes_nothing_but_its_attribute(number: int, css: str) -> None:
    styled = frames.with_style(STYLED, number, css)
    cut, before = frames.split(styled), frames.split(STYLED)
    assert cut and before and cut.contents == before.contents
    reader = HTMLParser()
    tags: list[dict[str, str | None]] = []
    reader.handle_starttag = lambda tag, attrs: tags.append(dict(attrs))  # type: ignore[method-assign]
    reader.feed(cut.static)
    framed = [tag for tag in tags if "data-frame" in tag]
    assert len(framed) == 4 and (framed[number]["style"] or "").endswith(css)


# --- codes ----------------------------------------------------------------------------------

LINK = "https://ashgrove.example/?who=1&lang=de"
IMB = "01234567094987654321012345678"  # of USPS-B-3200, appendix C, with a ZIP+4


def coded(kind: str, content: str, more: str = "") -> str:
    return marked(f'<div data-frame="code" data-code="{kind}"{more}>⟨{content}⟩</div>')


def drawing_in(page: str) -> str:
    """The SVG that stands in the page."""
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', frames.plain(page))
    assert found
    return base64.b64decode(found[1]).decode()


def test_a_code_is_drawn_of_what_its_frame_says() -> None:
    page = coded("qr", f" <b>{html.escape(LINK)}</b>\n")
    assert list(frames.codes_in(page)) == [("qr", "M", LINK)]
    assert drawing_in(page) == codes.svg("qr", LINK, "M")
    assert html.escape(LINK) not in frames.plain(page) and LINK not in frames.text(page)
    cut = frames.split(page)
    assert cut and frames.payload(cut.contents[0]) == LINK


def test_a_level_of_error_correction_can_be_asked_for() -> None:
    assert drawing_in(coded("qr", "A", ' data-level="H"')) == codes.svg("qr", "A", "H")


def test_postal_bars_keep_their_size() -> None:
    width, height, scalable = codes.size("imb", IMB)
    page = frames.plain(coded("imb", IMB))
    assert not scalable
    assert f"width:{width:.4f}pt;height:{height:.4f}pt" in page


@pytest.mark.parametrize(
    ("kind", "content"), [("imb", "1"), ("imb", "x" * 20), ("nonsense", "a"), ("qr", "a" * 8000)]
)
def test_a_code_that_cannot_be_made_leaves_its_frame_empty(kind: str, content: str) -> None:
    page = coded(kind, content)
    assert [code.payload for code in frames.codes_in(page)] == [content]
    assert frames.plain(page).endswith(f'data-code="{kind}"></div>')


def test_a_frame_that_says_nothing_is_no_code() -> None:
    page = coded("qr", " \n<br>")
    assert list(frames.codes_in(page)) == []
    assert frames.plain(page).endswith('data-code="qr"></div>')


def test_other_frames_keep_their_text_beside_a_code() -> None:
    page = coded("qr", "A") + marked("<p data-frame>⟨data-code⟩</p>")
    assert "<p data-frame>data-code</p>" in frames.plain(page)
    assert frames.text(page).split() == ["data-code"]


@pytest.mark.parametrize(
    ("template", "lines"),
    [
        ('<p data-frame="a" data-code="qr">x</p>', []),
        ('\n<p data-code="qr">x</p>', [2]),
        ('<p data-frame="a">\n\n<b data-code="qr">x</b></p>', [3]),
        ('<img data-frame="a" data-code="qr">', [1]),
        ('<p {% if a %}data-frame="a"{% endif %} data-code="qr">x</p>', [1]),
    ],
)
def test_a_code_that_stands_in_no_frame_of_its_own_is_told(template: str, lines: list[int]) -> None:
    assert list(frames.stray_codes(template)) == lines


@pytest.mark.parametrize(
    ("attributes", "hint"),
    [
        ('data-fit="sqeeze"', "shrink 9pt"),
        ('data-fit="shrink"', "shrink 9pt"),
        ('data-fit="shrink 3mm"', "shrink 9pt"),
        ('data-fit="shrink 0pt"', "shrink 9pt"),
        ('data-code="qrr"', "qr, datamatrix, imb"),
        ('data-code="qr" data-level="X"', "L, M, Q, H"),
        ("data-frame", 'data-frame="message"'),
    ],
)
def test_an_attribute_that_says_nothing_is_told_with_its_line_before_anything_is_made(
    attributes: str, hint: str, tmp_path: Path
) -> None:
    frame = "" if attributes == "data-frame" else 'data-frame="a"'
    (tmp_path / "back.html").write_text(f"<p>Hello</p>\n<div {frame} {attributes}>x</div>")
    environment = open_sandbox(tmp_path, frozenset({"back.html"}), {})
    with pytest.raises(ConfigError) as caught:
        environment.get_template("back.html")
    assert caught.value.where == f"{tmp_path.name}/back.html:2"
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "attributes",
    [
        'data-fit="block"',
        'data-fit="shrink 9pt"',
        'data-fit="shrink 7.5"',
        'data-fit="{{ fit }}"',
        'data-code="imb"',
        'data-code="qr" data-level="H"',
    ],
)
def test_what_the_manual_says_of_a_frame_is_no_mistake(attributes: str) -> None:
    assert list(frames.misspelt(f'<div data-frame="a" {attributes}>x</div>')) == []


def test_a_code_that_was_laid_out_can_be_scanned(tmp_path: Path) -> None:
    import zxingcpp

    page = '<div class="frame code" data-frame="code" data-code="qr">{{ fields.note }}</div>'
    style = ".code { top: 20mm; height: 30mm; width: 30mm }"
    layout = layout_in(tmp_path / "small", {"front": page, "back": ""}, style=style)
    merged = merged_of(layout, a_piece(fields={"Note": LINK}), a_piece(fields={"Note": "B"}))
    artworks = draw(layout, merged, tmp_path / "pages.pdf")
    with contextlib.closing(pypdfium2.PdfDocument(tmp_path / "pages.pdf")) as file:
        sheets = [file[art.first_page].render(scale=3).to_pil() for art in artworks]
    assert [zxingcpp.read_barcodes(sheet)[0].text for sheet in sheets] == [LINK, "B"]
    assert not any(frame.empty for art in artworks for frame in art.frames)
