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

from mailroom.inks import Inks
from mailroom.press.computed import length_of, limit_of, measure_of, place_of, spread_of, text_style
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
from mailroom.press.refuse import (
    refuse_atom,
    refuse_block,
    refuse_frame,
    refuse_inline,
    refuse_picture,
)
from mailroom.typeset.styles import Measure, TextStyle

_VOID = frozenset({"br", "img", "wbr"})


def compile_frame(frame: Any, tags: Sequence[str], inks: Inks) -> Flow:
    """The Flow of a laid-out frame whose content has these tags, in order; letters in inks.

    NotStamped where anything in it is not done by the press.
    """
    frame = bare(frame)
    refuse_frame(frame)
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
        spread = spread_of(box)
        return Block(
            place=place_of(box),
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
        refuse_block(box, _name(node))
        if any(self._is_block(child) for child in node.children):
            return self.block(box, node)
        if not node.children and not node.slots:
            raise NotStamped(f"{_name(node)} is an element the press does not know")
        if spread_of(box) is not None:
            raise NotStamped(f"{_name(node)} has `display: flex`")
        return self._text(box, _inner(node), place_of(box))

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
        measure = measure_of(box, place.width)
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
            refuse_atom(box, _name(item))
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
                refuse_inline(box, _name(item))
                own = text_style(box.style, self._inks)
                yield from self._bits(_inner(item), own, (*around, own), (*inside, item.slots[0]))

    # --- pictures ---

    def _picture(self, box: Any, node: _Element) -> Picture:
        refuse_picture(box, _name(node))
        return Picture(
            place=place_of(box),
            slot=self._images[node.element],
            width=length_of(box, "width"),
            height=length_of(box, "height"),
            max_width=limit_of(box.max_width),
            max_height=limit_of(box.max_height),
            min_width=float(box.min_width),
            min_height=float(box.min_height),
            fit=box.style["object_fit"],
        )


def _inner(node: _Element) -> list[_Element | int]:
    """Its text slots and children, in order."""
    items: list[_Element | int] = [node.slots[0]]
    for child, slot in zip(node.children, node.slots[1:], strict=True):
        items += [child, slot]
    return items


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


def _name(node: _Element) -> str:
    """`<p class="note">`, for designers."""
    kind = node.element.get("class")
    return f'<{node.element.tag} class="{kind}">' if kind else f"<{node.element.tag}>"
