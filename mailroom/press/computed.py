"""The computed styles of WeasyPrint's boxes, as the press and the typesetter want them.

Lengths are in CSS px. NotStamped where a style is not done by the press.
"""

from __future__ import annotations

from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.percent import percentage
from weasyprint.text.fonts import font_features
from weasyprint.text.line_break import strut

from mailroom.inks import Inks
from mailroom.press.flow import NotStamped, Place
from mailroom.press.operators import lettered
from mailroom.typeset.styles import Measure, TextStyle

SIDES = ("top", "right", "bottom", "left")


def text_style(style: Any, inks: Inks) -> TextStyle:
    """The computed style of text, as the typesetter wants it; NotStamped where it cannot."""
    for name, plain in _PLAIN_TEXT.items():
        if style[name] not in plain:
            raise NotStamped(f"text with `{in_css(name)}: {as_written(style[name])}`")
    white_space = style["white_space"]
    if white_space not in ("normal", "nowrap", "pre-line"):
        raise NotStamped(f"text with `white-space: {white_space}`")
    if style["vertical_align"] != "baseline" and style["display"][0] == "inline":
        raise NotStamped(f"text with `vertical-align: {as_written(style['vertical_align'])}`")
    normal = style["line_height"] == "normal"
    spacing = style["letter_spacing"]
    return TextStyle(
        families=tuple(style["font_family"]),
        size=float(style["font_size"]),
        weight=int(style["font_weight"]),
        slant=style["font_style"],
        line_height=None if normal else float(strut(style)[0]),
        features=_features(style),
        caps=style["font_variant_caps"],
        language=style["lang"] or "",
        letter_spacing=None if spacing == "normal" else float(spacing),
        word_spacing=float(style["word_spacing"]),
        white_space=white_space,
        overflow_wrap=style["overflow_wrap"],
        hyphens=style["hyphens"],
        hyphenate_character=style["hyphenate_character"],
        hyphenate_limit_chars=tuple(style["hyphenate_limit_chars"]),
        hyphenate_limit_zone=_px(style["hyphenate_limit_zone"], "hyphenate-limit-zone"),
        colour=_colour(style["color"], inks),
    )


_PLAIN_TEXT: dict[str, tuple[object, ...]] = {
    "direction": ("ltr",),
    "text_transform": ("none",),
    "text_decoration_line": ("none",),
    "visibility": ("visible",),
    "font_variant_caps": ("normal", "small-caps", "all-small-caps"),
    "font_variation_settings": ("normal",),
    "font_language_override": ("normal",),
    "font_stretch": ("normal",),
    "word_break": ("normal",),
    "text_overflow": ("clip",),
}


def _features(style: Any) -> tuple[tuple[str, int], ...]:
    found = font_features(
        style["font_kerning"], style["font_variant_ligatures"], style["font_variant_position"],
        style["font_variant_caps"], style["font_variant_numeric"],
        style["font_variant_alternates"], style["font_variant_east_asian"],
        style["font_feature_settings"],
    )  # fmt: skip
    return tuple((str(tag), int(value)) for tag, value in found.items())


def _colour(colour: Any, inks: Inks) -> bytes:
    """The operators that choose the ink of letters; `separate` does so to WeasyPrint's."""
    *_, alpha = colour
    if alpha != 1:
        raise NotStamped("text with a `color` that is not opaque")
    if colour.space == "device-cmyk":
        return lettered(inks.ink("cmyk", colour.coordinates))
    if colour.space in ("srgb", "hsl", "hwb"):
        return lettered(inks.ink("rgb", colour.to("srgb").coordinates))
    raise NotStamped(f"text with a `color` in the colour space {colour.space}")


def _px(value: Any, what: str) -> float:
    if getattr(value, "unit", "px") not in ("px", None):
        raise NotStamped(f"{what} in {value.unit}")
    return float(getattr(value, "value", value))


def as_written(value: Any) -> str:
    """A computed value as one may have written it."""
    if isinstance(value, tuple | list | set | frozenset):
        return " ".join(map(as_written, value))
    return f"{value.value:g}{value.unit or ''}" if hasattr(value, "unit") else str(value)


def in_css(name: str) -> str:
    """The name of a property as a style sheet has it."""
    return name.replace("_", "-")


def place_of(box: Any) -> Place:
    """Where a block lies in what holds it, and how far it keeps away."""
    absolute = box.style["position"] == "absolute"
    return Place(
        x=float(box.margin_left + box.border_left_width + box.padding_left),
        width=float(box.width),
        height=length_of(box, "height"),
        margin_top=float(box.margin_top),
        margin_bottom=float(box.margin_bottom),
        padding_top=float(box.padding_top),
        padding_bottom=float(box.padding_bottom),
        padding_left=float(box.padding_left),
        padding_right=float(box.padding_right),
        end=float(box.margin_right + box.padding_right),
        inset=_insets(box) if absolute else None,
        positioned=box.style["position"] in ("relative", "absolute"),
        apart=bool(box.establishes_formatting_context()),
    )


def _insets(box: Any) -> tuple[float | None, float | None, float | None, float | None]:
    top, right, bottom, left = (inset(box, side) for side in SIDES)
    return top, right, bottom, left


def inset(box: Any, side: str) -> float | None:
    """As the style sheet gives it: of a picture, WeasyPrint works the other side out, too."""
    return None if box.style[side] == "auto" else float(getattr(box, side))


def length_of(box: Any, name: str) -> float | None:
    """A width or height that the style sheet gives, as used; None: auto."""
    if box.style[name] == "auto":
        return None
    return float(getattr(box, name))


def limit_of(value: float) -> float | None:
    """A greatest width or height in px; None: there is none."""
    return None if value == float("inf") else float(value)


def measure_of(box: Any, width: float) -> Measure:
    """The width of its lines, and how they are set in it."""
    style = box.style
    indent = percentage(style["text_indent"], style, width)
    return Measure(
        width=width,
        indent=float(indent),
        align=style["text_align_all"],
        align_last=style["text_align_last"],
    )


def spread_of(box: Any) -> float | None:
    """How a flex column spreads its children; None: it is no flex container."""
    if not isinstance(box, boxes.FlexContainerBox):
        return None
    if box.style["flex_direction"] != "column" or box.style["flex_wrap"] != "nowrap":
        raise NotStamped("`display: flex` other than a column")
    justify = box.style["justify_content"]
    word = justify[-1] if isinstance(justify, tuple) else justify
    try:
        return _SPREADS[word]
    except KeyError:
        raise NotStamped(f"`justify-content: {word}`") from None


_SPREADS = {"normal": 0.0, "flex-start": 0.0, "start": 0.0, "center": 0.5, "flex-end": 1.0,
            "end": 1.0}  # fmt: skip
