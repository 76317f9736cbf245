"""A frame's Flow + one person's texts -> what is drawn, and where.

The block layout is CSS 2.1's (8.3.1 margins, 10.6 heights, 9.3 positions) as far as `compile`
lets it come; paragraphs are set by `compositor`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mailroom.press.compositor import Compositor, Matter
from mailroom.press.flow import Block, Flow, Node, Paragraph, Picture, Place, Words
from mailroom.typeset.styles import Unsettable
from mailroom.typeset.typesetter import Typesetter

_MOST_FLOWS = 2000  # whose compositors are kept


class Bitmap(NamedTuple):
    """A picture as the press draws it."""

    name: str  #: of its XObject, as a resource
    digest: str
    width: float  #: its own size in px
    height: float


class Placed(NamedTuple):
    """Something at its place in the frame's content box."""

    x: float
    y: float
    matter: Matter | None
    bitmap: Bitmap | None = None
    width: float = 0.0
    height: float = 0.0
    fit: str = "fill"

    def drawn(self) -> tuple[float, float]:
        """Width and height in which the bitmap is drawn, its middle in the middle of the box."""
        if self.bitmap is None or self.fit == "fill":
            return self.width, self.height
        scales = self.width / self.bitmap.width, self.height / self.bitmap.height
        scale = min(scales) if self.fit == "contain" else max(scales)
        return self.bitmap.width * scale, self.bitmap.height * scale


_Adjoining = list[float]
_Flowed = tuple[float, _Adjoining, float | None]  # y after it, margins that wait, y it began at


class Filler:
    """Fills flows; keeps what was set before."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._compositors: dict[int, Compositor] = {}
        self._stacks: dict[int, tuple[Block, _Stack | None]] = {}

    def fill(
        self, flow: Flow, size: tuple[float, float], texts: Sequence[str],
        pictures: Sequence[Bitmap],
    ) -> list[Placed]:  # fmt: skip
        """Everything at its place; `size` is that of the frame's content box.

        Unsettable where a text is not for the press.
        """
        if "".join([texts[slot] for slot in flow.blanks]).strip():
            raise Unsettable("text beside paragraphs, where there was none before")
        root, place = flow.root, flow.root.place
        try:
            _, stack = self._stacks[id(root)]
        except KeyError:
            if len(self._stacks) >= _MOST_FLOWS:
                self._stacks.clear()
                self._compositors.clear()
            stack = self._stack(root)
            self._stacks[id(root)] = root, stack  # kept, so that no other gets its id
        if stack is not None:
            return stack.placed(texts)
        run = _Run(self, texts, pictures)
        if root.column:
            run.column(root, size[1])
        else:
            run.children(root.children, 0.0, 0.0, [])
        run.absolutes(
            -place.padding_left, -place.padding_top,
            size[0] + place.padding_left + place.padding_right,
            size[1] + place.padding_top + place.padding_bottom,
        )  # fmt: skip
        return run.placed

    def compositor(self, node: Paragraph | Words) -> Compositor:
        known = self._compositors.get(id(node))
        if known is None:  # it keeps the node, so that no other gets its id
            known = Compositor(node, self._typesetter)
            self._compositors[id(node)] = known
        return known

    def _stack(self, root: Block) -> _Stack | None:
        """What most frames are: paragraphs one below the other, and nothing else."""
        found = []
        for node in root.children:
            if not isinstance(node, Paragraph | Words) or node.place.inset is not None:
                return None
            found.append((self.compositor(node), node.place))
        return None if root.column else _Stack(found)


class _Stack:
    """Paragraphs in the flow of one block: what `_Run` does, without its questions."""

    def __init__(self, paragraphs: Sequence[tuple[Compositor, Place]]) -> None:
        self._paragraphs = [
            (each.matter, p.x, p.margin_top, p.padding_top, p.padding_bottom, p.margin_bottom,
             p.height)
            for each, p in paragraphs
        ]  # fmt: skip

    def placed(self, texts: Sequence[str]) -> list[Placed]:
        found = []
        y = most = least = 0.0  # of the margins that wait, the largest and the most negative
        for matter_of, x, above, before, after, below, height in self._paragraphs:
            matter = matter_of(texts)
            most, least = max(most, above), min(least, above)
            if matter.empty and not (height or before or after):
                most, least = max(most, below), min(least, below)
                continue
            y += most + least + before
            found.append(Placed(x, y, matter))
            y += (matter.height if height is None else height) + after
            most, least = max(0.0, below), min(0.0, below)
        return found


class _Run:
    """One filling of a flow."""

    def __init__(self, filler: Filler, texts: Sequence[str], pictures: Sequence[Bitmap]) -> None:
        self._compositor, self._texts, self._pictures = filler.compositor, texts, pictures
        self.placed: list[Placed] = []
        self._waiting: list[Node] = []  # absolute, of the containing block in hand

    def children(self, nodes: Sequence[Node], x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        """Blocks one below the other, their margins collapsed (CSS 2.1, 8.3.1)."""
        first: float | None = None
        for node in nodes:
            if node.place.inset is not None:
                self._waiting.append(node)
                continue
            y, adjoining, top = self._in_flow(node, x, y, adjoining)
            if first is None:
                first = top
        return y, adjoining, first

    def _in_flow(self, node: Node, x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        place = node.place
        adjoining = [*adjoining, place.margin_top]
        if isinstance(node, Block):
            return self._block(node, x, y, adjoining)
        if isinstance(node, Picture):
            bitmap, width, height = self._size(node)
            top = y + _collapsed(adjoining)
            at = x + place.x, top + place.padding_top
            self.placed.append(Placed(*at, None, bitmap, width, height, node.fit))
            bottom = top + place.padding_top + height + place.padding_bottom
            return bottom, [place.margin_bottom], top
        matter = self._compositor(node).matter(self._texts)
        if matter.empty and not (place.height or place.padding_top or place.padding_bottom):
            return y, [*adjoining, place.margin_bottom], None
        top = y + _collapsed(adjoining)
        self.placed.append(Placed(x + place.x, top + place.padding_top, matter))
        height = matter.height if place.height is None else place.height
        bottom = top + place.padding_top + height + place.padding_bottom
        return bottom, [place.margin_bottom], top

    def _block(self, node: Block, x: float, y: float, adjoining: _Adjoining) -> _Flowed:
        place = node.place
        outer, self._waiting = self._waiting, []
        inner_x, closed = x + place.x, bool(place.apart or place.padding_top)
        if closed:
            top: float | None = y + _collapsed(adjoining)
            start = y + _collapsed(adjoining) + place.padding_top
            y, adjoining, _ = self.children(node.children, inner_x, start, [])
        else:
            before, waiting = y, adjoining
            y, adjoining, top = self.children(node.children, inner_x, y, adjoining)
            if top is None and any(child.place.inset is None for child in node.children):
                # CSS lets all its margins collapse into one, WeasyPrint counts some twice.
                raise Unsettable("an element in which there are only empty ones")
            if top is None and place.height:  # nothing in it, yet it has a height
                top = before + _collapsed(waiting)
            start = before if top is None else top
        if place.height is not None and top is not None:
            y, adjoining = start + place.height, []
        elif place.apart or place.padding_bottom:
            y, adjoining = y + _collapsed(adjoining), []
        if place.positioned:
            self.absolutes(
                inner_x - place.padding_left, start - place.padding_top,
                place.width + place.padding_left + place.padding_right,
                y - start + place.padding_top + place.padding_bottom,
            )  # fmt: skip
            self._waiting = outer
        else:
            self._waiting = outer + self._waiting
        return y + place.padding_bottom, [*adjoining, place.margin_bottom], top

    def column(self, root: Block, height: float) -> None:
        """A flex column: margins stay apart, and what is free goes above (`spread`).

        WeasyPrint takes a paragraph for one line high when it shares out what is free.
        """
        y = 0.0
        for node in root.children:
            if node.place.inset is not None:
                self._waiting.append(node)
                continue
            y, adjoining, _ = self._in_flow(node, 0.0, y, [])
            y += sum(adjoining)
        if root.spread and any(len(item.matter.shown) > 1 for item in self.placed if item.matter):
            raise Unsettable("a paragraph of several lines in a flex column")
        self._shift(0, root.spread * (height - y))

    def _shift(self, start: int, dy: float) -> None:
        if dy:
            self.placed[start:] = [item._replace(y=item.y + dy) for item in self.placed[start:]]

    def absolutes(self, x: float, y: float, width: float, height: float) -> None:
        """What waits for this containing block: its padding box."""
        waiting, self._waiting = self._waiting, []
        for node in waiting:
            top, right, bottom, left = node.place.inset or (None, None, None, None)
            start, place = len(self.placed), node.place
            bitmap, wide, high = (
                self._size(node) if isinstance(node, Picture) else (None, place.width, 0.0)
            )
            if left is not None:
                at = x + left + place.x
            else:
                at = x + width - (right or 0.0) - place.end - wide
            if isinstance(node, Picture):
                self.placed.append(
                    Placed(at, place.padding_top, None, bitmap, wide, high, node.fit)
                )
            elif isinstance(node, Block):
                inner, adjoining, _ = self.children(node.children, at, place.padding_top, [])
                high = inner + _collapsed(adjoining) - place.padding_top
            else:
                matter = self._compositor(node).matter(self._texts)
                self.placed.append(Placed(at, place.padding_top, matter))
                high = matter.height
            if place.height is not None:
                high = place.height
            outer = place.padding_top + high + place.padding_bottom
            if top is not None:
                self._shift(start, y + top + place.margin_top)
            else:
                self._shift(start, y + height - (bottom or 0.0) - place.margin_bottom - outer)

    # --- pictures (CSS 2.1, 10.3.2 and 10.4) ---

    def _size(self, node: Picture) -> tuple[Bitmap, float, float]:
        bitmap = self._pictures[node.slot]
        return bitmap, *used_size(node, bitmap)


def _collapsed(margins: _Adjoining) -> float:
    return max(0.0, *margins) + min(0.0, *margins) if margins else 0.0


def used_size(node: Picture, bitmap: Bitmap) -> tuple[float, float]:
    """Width and height of a replaced element with a ratio of its own, px."""
    ratio = bitmap.width / bitmap.height
    width, height = node.width, node.height
    most_wide = max(node.min_width, _or_endless(node.max_width))
    most_high = max(node.min_height, _or_endless(node.max_height))
    if width is None and height is None:
        return _both_auto(node, bitmap, most_wide, most_high)
    if width is None:
        width = (height or 0.0) * ratio
    width = max(node.min_width, min(width, most_wide))
    if height is None:
        height = width / ratio
    return width, max(node.min_height, min(height, most_high))


def _both_auto(
    node: Picture, bitmap: Bitmap, most_wide: float, most_high: float
) -> tuple[float, float]:
    """The table of CSS 2.1, 10.4: the ratio is kept as long as the limits let it."""
    wide, high = bitmap.width, bitmap.height
    scale = min(1.0, most_wide / wide, most_high / high)
    if scale < 1:
        if node.min_width > wide * scale or node.min_height > high * scale:
            return (
                max(node.min_width, min(most_wide, wide * scale)),
                max(node.min_height, min(most_high, high * scale)),
            )
        return wide * scale, high * scale
    scale = max(1.0, node.min_width / wide, node.min_height / high)
    return min(wide * scale, most_wide), min(high * scale, most_high)


def _or_endless(limit: float | None) -> float:
    return float("inf") if limit is None else limit
