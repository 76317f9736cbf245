"""A frame that WeasyPrint has laid out -> its Flow; or the reason why there is none.

The reasons are for designers: they name the element and the declaration that the press does
not do. What is not understood here is never guessed: its page is laid out for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.layout.percent import percentage
from weasyprint.text.fonts import font_features
from weasyprint.text.line_break import strut

from mailroom.inks import Inks
from mailroom.press.flow import (
    Bit,
    Block,
    Flow,
    Node,
    NotStamped,
    Paragraph,
    Picture,
    Place,
    Words,
)
from mailroom.press.operators import lettered
from mailroom.typeset.styles import Measure, TextStyle

_VOID = frozenset({"br", "img", "wbr"})


def compile_frame(frame: Any, tags: Sequence[str], inks: Inks) -> Flow:
    """The Flow of a laid-out frame whose content has these tags, in order; letters in inks.

    NotStamped where anything in it is not done by the press.
    """
    frame = bare(frame)
    _refuse_frame(frame)
    tree = _Tree(frame, tags, inks)
    root = tree.block(frame, tree.root)
    return Flow(root=root, blanks=tuple(tree.blanks))


def needs_text(frame: Any, tags: Sequence[str], inks: Inks) -> tuple[int, ...]:
    """Slots of inline elements that WeasyPrint made no box for, since nothing is in them.

    Laid out once more with a letter in each, they show their style.
    """
    tree = _Tree(bare(frame), tags, inks)
    return tuple(
        node.slots[0]
        for node in tree.root.walk()
        if node.element not in tree.boxes and node.slots and node.element.tag not in _VOID
    )


def bare(box: Any) -> Any:
    """The box itself, where WeasyPrint keeps a place for one that is absolute."""
    return box._box if isinstance(box, AbsolutePlaceholder) else box


@dataclass(frozen=True, kw_only=True)
class _Element:
    """An element of the frame's content: its text slots, and its children between them."""

    element: Any
    slots: tuple[int, ...]  #: one more than children, none where it is void
    children: tuple[_Element, ...]

    def walk(self) -> Iterator[_Element]:
        yield self
        for child in self.children:
            yield from child.walk()


class _Tree:
    """The frame's elements together with their boxes."""

    def __init__(self, frame: Any, tags: Sequence[str], inks: Inks) -> None:
        self.boxes, self._inks = _principal_boxes(frame), inks
        self._count = 0
        self.root = self._element(frame.element)
        if self._count != len(tags) or self._pictures(tags):
            raise NotStamped(
                "its markup is not as a browser reads it (an element that may not stand where "
                "it stands, or is not closed)"
            )
        self._images = {
            node.element: number
            for number, node in enumerate(n for n in self.root.walk() if n.element.tag == "img")
        }
        self.blanks: list[int] = []

    def _pictures(self, tags: Sequence[str]) -> bool:
        found = sum(node.element.tag == "img" for node in self.root.walk())
        return bool(found != sum(tag[:4].lower() == "<img" for tag in tags))

    def _element(self, element: Any) -> _Element:
        slots, children = [self._count], []
        for child in element:
            self._count += 1
            if not isinstance(child.tag, str):
                raise NotStamped("there is a comment in it: write it as {# ... #}")
            if child.tag in _VOID:
                children.append(_Element(element=child, slots=(), children=()))
            else:
                children.append(self._element(child))
                self._count += 1
            slots.append(self._count)
        return _Element(element=element, slots=tuple(slots), children=tuple(children))

    # --- blocks ---

    def block(self, box: Any, node: _Element) -> Block:
        spread = _spread(box)
        return Block(
            place=_place(box),
            children=tuple(self._children(box, node)),
            column=spread is not None,
            spread=spread or 0.0,
        )

    def _children(self, box: Any, node: _Element) -> Iterator[Node]:
        """Blocks as they are; what stands between them is blank, or a paragraph of its own.

        Where there is no block all is one paragraph, also of somebody who has no text in it.
        """
        if not any(self._is_block(child) for child in node.children):
            yield self._text(box, _inner(node), Place(x=0.0, width=box.width))
            return
        inline: list[_Element | int] = [node.slots[0]]
        for child, slot in zip(node.children, node.slots[1:], strict=True):
            if self._is_block(child):
                yield from self._between(box, inline)
                inline = []
                yield self._node(child)
            else:
                inline.append(child)
            inline.append(slot)
        yield from self._between(box, inline)

    def _between(self, box: Any, inline: list[_Element | int]) -> Iterator[Node]:
        elements = [item for item in inline if not isinstance(item, int)]
        lines = any(isinstance(child, boxes.LineBox) for child in _anonymous_lines(box))
        if not elements and not lines:
            self.blanks += [item for item in inline if isinstance(item, int)]
            return
        yield self._text(box, inline, Place(x=0.0, width=box.width))

    def _node(self, node: _Element) -> Node:
        box = self._box(node)
        if isinstance(box, boxes.ReplacedBox):
            return self._picture(box, node)
        _refuse_block(box, _name(node))
        if any(self._is_block(child) for child in node.children):
            return self.block(box, node)
        if not node.children and not node.slots:
            raise NotStamped(f"{_name(node)} is an element the press does not know")
        if _spread(box) is not None:
            raise NotStamped(f"{_name(node)} has `display: flex`")
        return self._text(box, _inner(node), _place(box))

    def _is_block(self, node: _Element) -> bool:
        box = self._box(node)
        if isinstance(box, boxes.InlineReplacedBox):
            raise NotStamped(
                f"{_name(node)} stands in a line of text: give it display: block, or position it"
            )
        return isinstance(box, (boxes.BlockBox, boxes.BlockReplacedBox)) or not isinstance(
            box, (boxes.InlineBox, boxes.InlineBlockBox)
        )

    def _box(self, node: _Element) -> Any:
        try:
            return self.boxes[node.element]
        except KeyError:
            raise NotStamped(f"{_name(node)} is not shown (`display: none`?)") from None

    # --- text ---

    def _text(self, box: Any, items: list[_Element | int], place: Place) -> Paragraph | Words:
        style = text_style(box.style, self._inks)
        measure = _measure(box, place.width)
        atoms = [i for i in items if not isinstance(i, int) and self._is_atom(i)]
        if atoms:
            return self._words(items, place, style, measure)
        bits = tuple(self._bits(items, style))
        return Paragraph(place=place, style=style, measure=measure, bits=bits)

    def _is_atom(self, node: _Element) -> bool:
        return isinstance(self._box(node), boxes.InlineBlockBox)

    def _words(
        self, items: list[_Element | int], place: Place, style: TextStyle, measure: Measure
    ) -> Words:
        groups = []
        for item in items:
            if isinstance(item, int):
                self.blanks.append(item)
                continue
            box = self._box(item)
            if not self._is_atom(item):
                raise NotStamped(f"{_name(item)} stands between inline-blocks")
            _refuse_atom(box, _name(item))
            groups.append(tuple(self._bits(_inner(item), text_style(box.style, self._inks))))
        return Words(place=place, style=style, measure=measure, groups=tuple(groups))

    def _bits(
        self,
        items: list[_Element | int],
        style: TextStyle,
        around: tuple[TextStyle, ...] = (),
        inside: tuple[int, ...] = (),
    ) -> Iterator[Bit]:
        for item in items:
            if isinstance(item, int):
                yield Bit(style=style, slot=item, boxes=around, inside=inside)
            elif item.element.tag == "br":
                yield Bit(style=style, boxes=around, inside=inside)
            else:
                box = self._box(item)
                if not isinstance(box, boxes.InlineBox):
                    raise NotStamped(f"{_name(item)} stands in a line of text")
                _refuse_inline(box, _name(item))
                own = text_style(box.style, self._inks)
                yield from self._bits(_inner(item), own, (*around, own), (*inside, item.slots[0]))

    # --- pictures ---

    def _picture(self, box: Any, node: _Element) -> Picture:
        name = _name(node)
        _refuse_box(box, name)
        if box.style["object_fit"] not in ("fill", "contain", "cover"):
            raise NotStamped(f"{name} has `object-fit: {box.style['object_fit']}`")
        around = box.style["object_position"][0]
        if box.style["object_fit"] != "fill" and not _is_centred(around):
            raise NotStamped(f"{name} has an `object-position`")
        if box.style["object_fit"] == "cover" and _is_padded(box):  # it is cut at the padding box
            raise NotStamped(f"{name} has `object-fit: cover` and a `padding`")
        if box.style["position"] != "absolute" and box.style["display"][0] != "block":
            raise NotStamped(f"{name} stands in a line of text: give it display: block")
        return Picture(
            place=_place(box),
            slot=self._images[node.element],
            width=_length(box, "width"),
            height=_length(box, "height"),
            max_width=_limit(box.max_width),
            max_height=_limit(box.max_height),
            min_width=float(box.min_width),
            min_height=float(box.min_height),
            fit=box.style["object_fit"],
        )


def _is_padded(box: Any) -> bool:
    return any(float(getattr(box, f"padding_{side}")) for side in _SIDES)


def _inner(node: _Element) -> list[_Element | int]:
    """Its text slots and children, in order."""
    items: list[_Element | int] = [node.slots[0]]
    for child, slot in zip(node.children, node.slots[1:], strict=True):
        items += [child, slot]
    return items


# --- styles ----------------------------------------------------------------------------------


def text_style(style: Any, inks: Inks) -> TextStyle:
    """The computed style of text, as the typesetter wants it; NotStamped where it cannot."""
    for name, plain in _PLAIN_TEXT.items():
        if style[name] not in plain:
            raise NotStamped(f"text with `{_css(name)}: {_value(style[name])}`")
    white_space = style["white_space"]
    if white_space not in ("normal", "nowrap", "pre-line"):
        raise NotStamped(f"text with `white-space: {white_space}`")
    if style["vertical_align"] != "baseline" and style["display"][0] == "inline":
        raise NotStamped(f"text with `vertical-align: {_value(style['vertical_align'])}`")
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


def _value(value: Any) -> str:
    """A computed value as one may have written it."""
    if isinstance(value, tuple | list | set | frozenset):
        return " ".join(map(_value, value))
    return f"{value.value:g}{value.unit or ''}" if hasattr(value, "unit") else str(value)


def _css(name: str) -> str:
    return name.replace("_", "-")


# --- boxes -----------------------------------------------------------------------------------


def _principal_boxes(frame: Any) -> dict[Any, Any]:
    """Each element's own box: the first one of it, since what is anonymous lies inside."""
    found: dict[Any, Any] = {}
    for box in frame.descendants(placeholders=True):
        if "::" in box.element_tag and not box.element_tag.startswith("br::"):
            raise NotStamped(f"content made by CSS ({box.element_tag})")
        if box.element is not None and not isinstance(box, (boxes.LineBox, boxes.TextBox)):
            found.setdefault(box.element, box)
    return found


def _anonymous_lines(box: Any) -> Iterator[Any]:
    for child in box.children:
        if isinstance(child, boxes.LineBox):
            yield child
        elif isinstance(child, boxes.BlockBox) and child.element is box.element:
            yield from child.children


def _place(box: Any) -> Place:
    absolute = box.style["position"] == "absolute"
    return Place(
        x=float(box.margin_left + box.border_left_width + box.padding_left),
        width=float(box.width),
        height=_length(box, "height"),
        margin_top=float(box.margin_top),
        margin_bottom=float(box.margin_bottom),
        padding_top=float(box.padding_top),
        padding_bottom=float(box.padding_bottom),
        padding_left=float(box.padding_left),
        padding_right=float(box.padding_right),
        end=float(box.margin_right + box.padding_right),
        inset=tuple(_inset(box, side) for side in _SIDES) if absolute else None,  # type: ignore[arg-type]
        positioned=box.style["position"] in ("relative", "absolute"),
        apart=bool(box.establishes_formatting_context()),
    )


_SIDES = ("top", "right", "bottom", "left")


def _inset(box: Any, side: str) -> float | None:
    """As the style sheet gives it: of a picture, WeasyPrint works the other side out, too."""
    return None if box.style[side] == "auto" else float(getattr(box, side))


def _length(box: Any, name: str) -> float | None:
    """A width or height that the style sheet gives, as used; None: auto."""
    if box.style[name] == "auto":
        return None
    return float(getattr(box, name))


def _limit(value: float) -> float | None:
    return None if value == float("inf") else float(value)


def _measure(box: Any, width: float) -> Measure:
    style = box.style
    indent = percentage(style["text_indent"], style, width)
    return Measure(
        width=width,
        indent=float(indent),
        align=style["text_align_all"],
        align_last=style["text_align_last"],
    )


def _spread(box: Any) -> float | None:
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


# --- what the press does not do --------------------------------------------------------------


def _refuse_frame(box: Any) -> None:
    if not isinstance(box, (boxes.BlockBox, boxes.FlexContainerBox)):
        raise NotStamped("it is no block: give it position: absolute and a width and height")
    if not (box.establishes_formatting_context() or _spread(box) is not None):
        raise NotStamped("it is in the flow of the page: give it position: absolute")
    if box.style["height"] == "auto" and not _is_stretched(box):
        raise NotStamped("it has no height of its own: give it one")
    _refuse_style(box, "it")


def _is_stretched(box: Any) -> bool:
    return bool(box.style["top"] != "auto" and box.style["bottom"] != "auto")


def _refuse_block(box: Any, name: str) -> None:
    if not isinstance(box, boxes.BlockBox) or isinstance(box, boxes.FlexContainerBox):
        raise NotStamped(f"{name} has `display: {_value(box.style['display'])}`")
    if "list-item" in box.style["display"]:
        raise NotStamped(f"{name} is an item of a list")
    _refuse_box(box, name)
    if box.style["position"] == "absolute" and (
        None in (_inset(box, "left"), _inset(box, "right")) and box.style["width"] == "auto"
    ):
        raise NotStamped(f"{name} is as wide as its text: give it a width, or left and right")


def _refuse_box(box: Any, name: str) -> None:
    _refuse_style(box, name)
    style = box.style
    for side in _SIDES:
        if style[f"border_{side}_width"]:
            raise NotStamped(f"{name} has a `border`")
    if style["background_color"].alpha or any(
        image[0] != "none" for image in style["background_image"]
    ):
        raise NotStamped(f"{name} has a `background`")
    if style["position"] == "absolute":
        if _inset(box, "top") is None and _inset(box, "bottom") is None:
            raise NotStamped(f"{name} has `position: absolute` without top and bottom")
        if _inset(box, "left") is None and _inset(box, "right") is None:
            raise NotStamped(f"{name} has `position: absolute` without left and right")
    free = isinstance(box, boxes.ReplacedBox)  # of them min and max are known
    least = getattr(style["min_height"], "value", 0.0)
    most = getattr(style["max_height"], "value", 0.0)
    if not free and (least or most != float("inf")):
        raise NotStamped(f"{name} has a `min-height` or max-height")


def _refuse_style(box: Any, name: str) -> None:
    style = box.style
    for key, plain in _PLAIN_BOX.items():
        if style[key] not in plain and not (key == "overflow" and _is_picture(box)):
            raise NotStamped(f"{name} has `{_css(key)}: {_value(style[key])}`")
    if style["position"] == "relative" and any(style[s] != "auto" for s in _SIDES):
        raise NotStamped(f"{name} is moved (`position: relative` with top, right, bottom or left)")
    if box.first_letter_style is not None or box.first_line_style is not None:
        raise NotStamped(f"{name} has ::first-letter or ::first-line")


def _is_picture(box: Any) -> bool:
    """A picture fills its box, so that nothing of it is cut off."""
    radii = [box.style[f"border_{corner}_radius"] for corner in _CORNERS]
    round_corner = any(length.value for radius in radii for length in radius)
    return isinstance(box, boxes.ReplacedBox) and not round_corner


_CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
_PLAIN_BOX: dict[str, tuple[object, ...]] = {
    "float": ("none",),
    "clear": ("none",),
    "overflow": ("visible",),
    "opacity": (1,),
    "transform": ((),),
    "position": ("static", "relative", "absolute"),
    "clip": ((),),
    "column_count": ("auto",),
    "column_width": ("auto",),
    "max_lines": ("none",),
    "outline_style": ("none",),
    "z_index": ("auto",),
}


def _refuse_inline(box: Any, name: str) -> None:
    _refuse_style(box, name)
    if box.style["position"] != "static":
        raise NotStamped(f"{name} has a `position`")
    style = box.style
    lengths = [style[f"{kind}_{side}"] for kind in ("margin", "padding") for side in _SIDES]
    if any(getattr(length, "value", 0) for length in lengths):
        raise NotStamped(f"{name} has a `margin` or padding within a line")
    if any(style[f"border_{side}_width"] for side in _SIDES) or style["background_color"].alpha:
        raise NotStamped(f"{name} has a `border` or background within a line")


def _refuse_atom(box: Any, name: str) -> None:
    _refuse_inline(box, name)
    if box.style["width"] != "auto" or box.style["height"] != "auto":
        raise NotStamped(f"{name} is an inline-block with a `width` or height")


def _is_centred(position: Any) -> bool:
    _, x, _, y = position
    return all(getattr(v, "unit", "") == "%" and v.value == 50 for v in (x, y))


def _name(node: _Element) -> str:
    """`<p class="note">`, for designers."""
    kind = node.element.get("class")
    return f'<{node.element.tag} class="{kind}">' if kind else f"<{node.element.tag}>"
