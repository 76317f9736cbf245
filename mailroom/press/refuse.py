"""What the press does not do: each raises NotStamped, with the declaration, for designers.

`name` is the element as they know it, such as `<p class="note">`.
"""

from __future__ import annotations

from typing import Any

from weasyprint.formatting_structure import boxes

from mailroom.press.computed import SIDES, as_written, in_css, inset, spread_of
from mailroom.press.flow import NotStamped

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


def refuse_frame(box: Any) -> None:
    """A frame that is not laid out by itself, or has no height."""
    if not isinstance(box, (boxes.BlockBox, boxes.FlexContainerBox)):
        raise NotStamped("it is no block: give it position: absolute and a width and height")
    if not (box.establishes_formatting_context() or spread_of(box) is not None):
        raise NotStamped("it is in the flow of the page: give it position: absolute")
    if box.style["height"] == "auto" and not _is_stretched(box):
        raise NotStamped("it has no height of its own: give it one")
    _refuse_style(box, "it")


def _is_stretched(box: Any) -> bool:
    return bool(box.style["top"] != "auto" and box.style["bottom"] != "auto")


def refuse_block(box: Any, name: str) -> None:
    """What is no plain block."""
    if not isinstance(box, boxes.BlockBox) or isinstance(box, boxes.FlexContainerBox):
        raise NotStamped(f"{name} has `display: {as_written(box.style['display'])}`")
    if "list-item" in box.style["display"]:
        raise NotStamped(f"{name} is an item of a list")
    refuse_box(box, name)
    if box.style["position"] == "absolute" and (
        None in (inset(box, "left"), inset(box, "right")) and box.style["width"] == "auto"
    ):
        raise NotStamped(f"{name} is as wide as its text: give it a width, or left and right")


def refuse_box(box: Any, name: str) -> None:
    """A box with more than text and pictures in it."""
    _refuse_style(box, name)
    style = box.style
    for side in SIDES:
        if style[f"border_{side}_width"]:
            raise NotStamped(f"{name} has a `border`")
    if style["background_color"].alpha or any(
        image[0] != "none" for image in style["background_image"]
    ):
        raise NotStamped(f"{name} has a `background`")
    if style["position"] == "absolute":
        if inset(box, "top") is None and inset(box, "bottom") is None:
            raise NotStamped(f"{name} has `position: absolute` without top and bottom")
        if inset(box, "left") is None and inset(box, "right") is None:
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
            raise NotStamped(f"{name} has `{in_css(key)}: {as_written(style[key])}`")
    if style["position"] == "relative" and any(style[s] != "auto" for s in SIDES):
        raise NotStamped(f"{name} is moved (`position: relative` with top, right, bottom or left)")
    if box.first_letter_style is not None or box.first_line_style is not None:
        raise NotStamped(f"{name} has ::first-letter or ::first-line")


def _is_picture(box: Any) -> bool:
    """A picture fills its box, so that nothing of it is cut off."""
    radii = [box.style[f"border_{corner}_radius"] for corner in _CORNERS]
    round_corner = any(length.value for radius in radii for length in radius)
    return isinstance(box, boxes.ReplacedBox) and not round_corner


def refuse_inline(box: Any, name: str) -> None:
    """What would move or paint letters within a line."""
    _refuse_style(box, name)
    if box.style["position"] != "static":
        raise NotStamped(f"{name} has a `position`")
    style = box.style
    lengths = [style[f"{kind}_{side}"] for kind in ("margin", "padding") for side in SIDES]
    if any(getattr(length, "value", 0) for length in lengths):
        raise NotStamped(f"{name} has a `margin` or padding within a line")
    if any(style[f"border_{side}_width"] for side in SIDES) or style["background_color"].alpha:
        raise NotStamped(f"{name} has a `border` or background within a line")


def refuse_atom(box: Any, name: str) -> None:
    """An inline-block that is not as large as its text."""
    refuse_inline(box, name)
    if box.style["width"] != "auto" or box.style["height"] != "auto":
        raise NotStamped(f"{name} is an inline-block with a `width` or height")


def _is_centred(position: Any) -> bool:
    _, x, _, y = position
    return all(getattr(v, "unit", "") == "%" and v.value == 50 for v in (x, y))


def _is_padded(box: Any) -> bool:
    return any(float(getattr(box, f"padding_{side}")) for side in SIDES)


def refuse_picture(box: Any, name: str) -> None:
    """A picture that is cut, moved or in a line of text."""
    refuse_box(box, name)
    fit = box.style["object_fit"]
    if fit not in ("fill", "contain", "cover"):
        raise NotStamped(f"{name} has `object-fit: {fit}`")
    if fit != "fill" and not _is_centred(box.style["object_position"][0]):
        raise NotStamped(f"{name} has an `object-position`")
    if fit == "cover" and _is_padded(box):  # it is cut at the padding box
        raise NotStamped(f"{name} has `object-fit: cover` and a `padding`")
    if box.style["position"] != "absolute" and box.style["display"][0] != "block":
        raise NotStamped(f"{name} stands in a line of text: give it display: block")
