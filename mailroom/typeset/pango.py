"""What Pango says of a text: the slow and certain way, for everything the quick one is not sure of.

WeasyPrint's own line breaking is asked (weasyprint.text.line_break), with the same fonts, so
that there is nothing to imitate. A line costs some 0.2 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from mailroom.fonts import font_face_css, missing_glyphs
from mailroom.typeset.faces import Face
from mailroom.typeset.styles import Run, TextStyle, Unsettable

_UNKNOWN = 0x10000000  # PANGO_GLYPH_UNKNOWN_FLAG
_EMPTY = 0x0FFFFFFF  # PANGO_GLYPH_EMPTY


class Cut(NamedTuple):
    """The first line of a text."""

    text: str  #: as set, with its trailing space where it is the last of its span
    resume: int | None  #: where the next line begins, in characters
    forced: bool  #: it ends with a line feed
    width: float
    height: float
    baseline: float


class Drawn(NamedTuple):
    """A finished piece of a line."""

    runs: tuple[Run, ...]
    ink: tuple[float, float, float, float]


NOTHING = Drawn((), (0.0, 0.0, 0.0, 0.0))


class Pango:
    """Pango with our fonts."""

    def __init__(self, faces: Sequence[Face]) -> None:
        from weasyprint import CSS
        from weasyprint.text import ffi, fonts, line_break

        self._ffi, self._pango, self._harfbuzz = ffi.ffi, ffi.pango, ffi.harfbuzz
        self._fonts, self._breaking = fonts, line_break
        self._config = fonts.FontConfiguration()
        CSS(string=font_face_css(face.font for face in faces), font_config=self._config)
        self._every = tuple(face.font for face in faces)
        self._by_digest = {face.font.sha256: face for face in faces}
        self._by_pointer: dict[int, Face | None] = {}  # Pango keeps a file's hb_face for good
        self._context = SimpleNamespace(dictionaries={})
        self._styles: dict[TextStyle, Any] = {}

    def split(self, style: TextStyle, text: str, width: float | None, at_start: bool) -> Cut:
        """As much as fits, without text where an empty line ends. `at_start`: of the line."""
        try:
            layout, length, resume, used, height, baseline = self._breaking.split_first_line(
                text, self._style(style), self._context, width, 0, is_line_start=at_start
            )
            data, forced = text.encode(), False
            if resume is not None:
                forced = bool(data[length:resume].decode().strip(" "))
                resume = len(data[:resume].decode())
        except UnicodeDecodeError:  # as it cuts a no-break space in two, beside a space
            raise Unsettable("WeasyPrint fails to break it") from None
        return Cut(layout.text if length else "", resume, forced, used, height, baseline)

    def can_break(self, text: str, language: str) -> bool:
        return bool(self._breaking.can_break_text(text, language or None))

    def breaks(self, word: str, language: str) -> tuple[int, ...]:
        """The places inside a word where a line may be broken."""
        found = self._breaking.get_log_attrs(word, language or None)
        return tuple(n for n in range(1, len(word)) if found[n].is_line_break)

    def strut(self, style: TextStyle) -> tuple[float, float]:
        """Line height and baseline of an empty line."""
        _, _, _, _, height, baseline = self._breaking.split_first_line(
            " ", self._style(style), self._context, None, 0
        )
        if style.line_height is None:
            return height, baseline
        return style.line_height, baseline + (style.line_height - height) / 2

    def draw(self, style: TextStyle, text: str, spacing: float) -> Drawn:
        """Shape `text`, all of which is on one line; `spacing`: px to add to each space.

        Unsettable where a character is in none of our fonts, or runs from right to left.
        """
        layout = self._breaking.Layout(self._style(style), spacing)
        layout.set_text(text, justify=True)
        # As in draw/text.py: what parts paragraphs has a glyph there, and ends no line.
        self._pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
        line, _ = layout.get_first_line()
        runs = tuple(_Pen(self, layout.text, style).draw(line))
        missing = missing_glyphs(text, self._every)
        if missing:  # Pango itself says nothing of one that is not to be seen: U+FE0F
            raise Unsettable(f"no font has {missing[0]!r}")
        box = self._ffi.new("PangoRectangle *")
        self._pango.pango_layout_line_get_extents(line, box, self._ffi.NULL)
        left, top = box.x / 1024, box.y / 1024
        return Drawn(runs, (left, top, left + box.width / 1024, top + box.height / 1024))

    def language(self, style: TextStyle, letter: str) -> str:
        """The language that Pango shapes a letter of some script in."""
        layout = self._breaking.Layout(self._style(style))
        layout.set_text(letter)
        line, _ = layout.get_first_line()
        analysis = self._ffi.addressof(line.runs[0].data.item.analysis)
        # PangoAnalysis has bytes where WeasyPrint declares ints: `language` is after `font`
        pointer = self._ffi.cast("char **", analysis)[4]
        return "" if pointer == self._ffi.NULL else self._ffi.string(pointer).decode()

    def face(self, font: Any) -> Face | None:
        """Which of our faces a PangoFont is; None: one that the system has."""
        face = self._harfbuzz.hb_font_get_face(self._pango.pango_font_get_hb_font(font))
        pointer = int(self._ffi.cast("uintptr_t", face))
        if pointer not in self._by_pointer:
            from hashlib import sha256

            data = self._fonts.get_hb_object_data(face) or b""
            self._by_pointer[pointer] = self._by_digest.get(sha256(data).hexdigest())
        return self._by_pointer[pointer]

    def _style(self, style: TextStyle) -> Any:
        known = self._styles.get(style)
        if known is None:
            if len(self._styles) > 500:
                self._styles.clear()
            known = self._styles[style] = _computed(style, self._config)
        return known


class _Computed(dict[str, Any]):
    """A style as WeasyPrint's text functions read it."""

    font_config: Any
    cache: dict[str, Any]


def _computed(style: TextStyle, config: Any) -> _Computed:
    spacing = "normal" if style.letter_spacing is None else style.letter_spacing
    # HarfBuzz kerns unasked, and WeasyPrint leaks a list of attributes a text that asks
    features = tuple(feature for feature in style.features if feature != ("kern", 1))
    computed = _Computed(
        direction="ltr",
        font_family=style.families,
        font_size=style.size,
        font_weight=style.weight,
        font_style=style.slant,
        font_stretch="normal",
        font_kerning="auto",
        font_language_override="normal",
        font_variation_settings="normal",
        # everything that switches features on is in `features`
        **dict.fromkeys(_VARIANTS, "normal"),
        font_variant_caps=style.caps,
        font_feature_settings=features or "normal",
        text_decoration_line="none",
        lang=style.language or None,
        letter_spacing=spacing,
        word_spacing=style.word_spacing,
        white_space=style.white_space,
        word_break="normal",
        overflow_wrap=style.overflow_wrap,
        hyphens=style.hyphens,
        hyphenate_character=style.hyphenate_character,
        hyphenate_limit_chars=style.hyphenate_limit_chars,
        hyphenate_limit_zone=SimpleNamespace(unit="px", value=style.hyphenate_limit_zone),
        tab_size=8,
    )
    computed.font_config, computed.cache = config, {}
    return computed


_VARIANTS = (
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
)


class _Pen:
    """Writes a Pango line as the TJ operands that WeasyPrint writes (draw/text.py)."""

    def __init__(self, pango: Pango, text: str, style: TextStyle) -> None:
        self._pango, self._text = pango, text.encode()
        self._size = int(style.size * 1024) / 1024
        self._runs: list[Run] = []
        self._string = bytearray()  # a str is copied for every glyph: too long for a novel
        self._face: Face | None = None

    def draw(self, line: Any) -> list[Run]:
        null = self._pango._ffi.NULL
        run, previous = line.runs[0], null
        while run != null:
            item, run = run.data, run.next
            if item.item.analysis.font != previous:
                previous = item.item.analysis.font
                self._flush()
                self._face = self._pango.face(previous)
            self._item(item)
        self._flush()
        return self._runs

    def _flush(self, rise: float = 0.0) -> None:
        if self._string:
            if self._face is None:  # nothing to be seen, such as a grapheme joiner, is of it
                raise Unsettable("it has a character that is in no font of the layout")
            self._runs.append(Run(self._face.font, bytes(self._string), rise))
        self._string = bytearray()

    def _close(self) -> None:
        """The end of a string of codes; an empty one is taken back."""
        if self._string.endswith(b"<"):
            del self._string[-1]
        else:
            self._string += b">"

    def _item(self, item: Any) -> None:
        starts = [*item.glyphs.log_clusters[0 : item.glyphs.num_glyphs], item.item.length]
        first = item.item.offset
        if item.item.analysis.level % 2:
            raise Unsettable("it has letters that run from right to left")
        self._string += b"<"
        for number, info in enumerate(item.glyphs.glyphs[0 : item.glyphs.num_glyphs]):
            start, end = starts[number], starts[number + 1]
            self._glyph(info, self._text[first + start : first + end].decode())
        self._close()

    def _glyph(self, info: Any, text: str) -> None:
        glyph, width = info.glyph, info.geometry.width
        if glyph == _EMPTY:
            self._string += f">{-width / self._size}<".encode()
            return
        if glyph & _UNKNOWN:
            raise Unsettable(f"no font has {chr(glyph - _UNKNOWN)!r}")
        face = self._face
        if face is None:
            raise Unsettable(f"no font has {text!r}")
        face.texts.setdefault(glyph, text)
        offset = info.geometry.x_offset / self._size
        rise = info.geometry.y_offset / 1000  # as WeasyPrint: a unit would be 1/1024 px
        if rise:
            self._close()
            self._flush()
            self._string += f"{-offset if offset else ''}<{glyph:04x}>".encode()
            self._flush(-rise)
            self._string += b"<"
        elif offset:
            self._string += f">{-offset}<{glyph:04x}".encode()
        else:
            self._string += b"%04x" % glyph
        kerning = face.width(glyph) + offset - width * 1000 / 1024 / self._size
        if kerning:
            self._string += b">%d<" % int(kerning)
