"""A PDF 1.6 file (ISO 32000-1) of any number of pages, written front to back in flat memory."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from mailroom.errors import RenderError
from mailroom.files import WholeFile
from mailroom.fonts import Font
from mailroom.inks import Ink
from mailroom.press.conformance import METADATA, Document, derived, describe
from mailroom.press.fontfile import font_file
from mailroom.press.items import (
    Art,
    Boxes,
    Glyphs,
    Item,
    Leaf,
    add_glyphs,
    art_name,
    font_name,
    font_reference,
)
from mailroom.press.objects import Objects, box_text, name_text, references, string_text
from mailroom.press.painter import GRAPHICS_STATES, spot_space

FAN_OUT = 64  # children of a node of the trees of pages and of labels
_REMEMBERED = 256  # contents that a page may share
_SETS = 4096  # sets of arts whose resources are remembered
_DEFLATED = b"/Filter/FlateDecode"


class Writer:
    """A print file being written; `fonts` and `plates` are those that its pages may name.

    Told what `document` it is, it is PDF/X-4. All pages have the same boxes. A font is embedded
    once, at the end, with the glyphs that `use` and `art` told of. Equal calls give equal bytes.
    What is kept: 16 to 24 bytes a page, some 200 an item. EnvironmentProblem where the file
    cannot be written; until it is closed there is nothing at `target`, nor where the `with` block
    is left by an error.
    """

    def __init__(
        self,
        target: Path,
        boxes: Boxes,
        fonts: Sequence[Font],
        plates: Sequence[Ink] = (),
        document: Document | None = None,
    ) -> None:
        self._document = document
        self._file = WholeFile(target)
        self._objects = Objects(self._file.write)
        self._sha256 = ""
        self._catalog = b""
        self._info = 0
        self._fonts = {font.sha256: font for font in fonts}
        self._glyphs: dict[str, dict[int, str]] = {}
        for font in fonts:
            self._objects.numbers[font_reference(font)] = self._objects.reserve()
        self._font_table = self._objects.reserve()
        self._inks = self._ink_resources(plates)
        # PDFium tells the size of a page only where it stands on the page itself.
        self._page = (
            b"<</Type/Page/Parent %%d 0 R/MediaBox%s/TrimBox%s/BleedBox%s"
            b"/Resources %%d 0 R/Contents %%d 0 R>>" % tuple(map(box_text, boxes))
        )
        self._contents: OrderedDict[bytes, int] = OrderedDict()
        self._resources: dict[tuple[str, ...], int] = {}
        self._pages = array("I")
        self._nodes = array("I")  # lowest of the page tree
        self._labels: list[bytes] = []
        self._label_nodes = array("I")  # lowest of the number tree

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if failed is None:
                self.close()

    def art(self, art: Art) -> None:
        """Put a drawing into the file, where it is not there yet."""
        self.use(art.glyphs)
        self._objects.item(art.xobject, art.items)

    def use(self, glyphs: Glyphs) -> None:
        """Have these glyphs embedded. RenderError for a font that was not announced."""
        if not glyphs.keys() <= self._fonts.keys():
            unknown = min(glyphs.keys() - self._fonts.keys())
            raise RenderError(f"the file was not opened with the font {unknown}")
        add_glyphs(self._glyphs, glyphs)

    def leaf(self, leaf: Leaf) -> int:
        """Add a page; gives its number, from 0.

        RenderError where it draws art that is not in the file.
        """
        content, known = leaf.content, self._contents
        contents = known.get(content)
        if contents is None:
            contents = known[content] = self._objects.stream(_DEFLATED, content)
            if len(known) > _REMEMBERED:
                known.popitem(last=False)
        else:
            known.move_to_end(content)
        resources = self._resources.get(leaf.arts) or self._resources_of(leaf.arts)
        number = len(self._pages)
        if number % FAN_OUT == 0:
            self._next_node()
        self._labels.append(b"%d<</P%s>>" % (number, string_text(leaf.label)))
        page = self._page % (self._nodes[-1], resources, contents)
        self._pages.append(self._objects.small(page))
        return number

    def entry(self, name: str, item: Item, items: Mapping[str, Item]) -> None:
        """Give the catalog an entry, such as OutputIntents, with all that it refers to."""
        self._catalog += name_text(name) + b" " + self._objects.text(item, items)

    def metadata(self, xmp: bytes) -> None:
        """Give the file the XMP of the one that its pages come from, once they are in it."""
        own = derived(xmp, self._objects.fingerprint())
        number = self._objects.stream(METADATA, own)
        self._catalog += b"/Metadata %d 0 R" % number

    def info(self, dictionary: bytes) -> None:
        """Give the file an information dictionary (ISO 32000-1, 14.3.3) that it has as it is."""
        self._info = self._objects.small(dictionary)

    def close(self) -> str:
        """Write fonts, trees and the table of objects; gives the file's SHA-256.

        RenderError where it has no page.
        """
        if self._sha256:
            return self._sha256
        if not self._pages:
            raise RenderError("a PDF without pages is no PDF (ISO 32000-1, 7.7.3)")
        self._write_fonts()
        pages, labels = self._page_tree(), self._label_tree()
        about, info = (
            describe(self._document, self._objects) if self._document else (b"", self._info)
        )
        entries = b"/Pages %d 0 R/PageLabels %d 0 R%s%s" % (pages, labels, about, self._catalog)
        sha256 = self._objects.finish(self._objects.small(b"<</Type/Catalog%s>>" % entries), info)
        self._file.commit()
        self._sha256 = sha256
        return sha256

    def _resources_of(self, arts: tuple[str, ...]) -> int:
        named = [
            b"%s %d 0 R" % (name_text(art_name(art)), self._objects.item(art, {})) for art in arts
        ]
        if len(self._resources) >= _SETS:
            self._resources.clear()  # written once more where one comes again
        body = b"<</Font %d 0 R%s/XObject<<%s>>>>" % (
            self._font_table, self._inks, b"".join(named),
        )  # fmt: skip
        self._resources[arts] = self._objects.small(body)
        return self._resources[arts]

    def _ink_resources(self, plates: Sequence[Ink]) -> bytes:
        """What stamped letters and bars are painted with, the same for every page."""
        states = [
            b"%s %d 0 R" % (name_text(name), self._objects.small(body))
            for name, body in GRAPHICS_STATES.items()
        ]
        spaces = [
            b"%s %d 0 R" % (name_text(ink.spot.resource), self._objects.small(spot_space(ink)))
            for ink in plates
            if ink.spot
        ]
        entry = b"/ColorSpace<<%s>>" % b"".join(spaces) if spaces else b""
        return b"/ExtGState<<%s>>%s" % (b"".join(states), entry)

    def _write_fonts(self) -> None:
        named = []
        for sha256, glyphs in sorted(self._glyphs.items()):
            font = self._fonts[sha256]
            root, items = font_file(font).embedded(glyphs)
            number = self._objects.numbers[font_reference(font)]
            self._objects.item(root, items, number)
            named.append(b"%s %d 0 R" % (name_text(font_name(font)), number))
        self._objects.small(b"<<%s>>" % b"".join(named), self._font_table)

    def _next_node(self) -> None:
        self._nodes.append(self._objects.reserve())
        if self._labels:
            self._label_nodes.append(self._objects.small(self._labels_node(limits=True)))
            self._labels.clear()

    def _page_tree(self) -> int:
        """Balanced, every node but the last of a level full (ISO 32000-1, 7.7.3.3)."""
        objects, level, children, span = self._objects, self._nodes, self._pages, FAN_OUT
        while True:
            parents = -(-len(level) // FAN_OUT) if len(level) > 1 else 0
            above = array("I", [objects.reserve() for _ in range(parents)])
            for place, node in enumerate(level):
                kids = references(children[place * FAN_OUT : (place + 1) * FAN_OUT])
                count = min(span, len(self._pages) - place * span)
                more = b"/Parent %d 0 R" % above[place // FAN_OUT] if above else b""
                body = b"<</Type/Pages/Count %d/Kids[%s]%s>>" % (count, kids, more)
                objects.small(body, node)
            if not above:
                return level[0]
            level, children, span = above, level, span * FAN_OUT

    def _labels_node(self, *, limits: bool) -> bytes:
        last = len(self._pages) - 1
        first = last - last % FAN_OUT
        edges = b"/Limits[%d %d]" % (first, last) if limits else b""
        return b"<<%s/Nums[%s]>>" % (edges, b"".join(self._labels))

    def _label_tree(self) -> int:
        """A number tree (ISO 32000-1, 7.9.7) from page numbers to labels (12.4.2)."""
        level = self._label_nodes
        if not level:
            return self._objects.small(self._labels_node(limits=False))
        level.append(self._objects.small(self._labels_node(limits=True)))
        span = FAN_OUT
        while len(level) > FAN_OUT:
            span *= FAN_OUT
            parts = [level[at : at + FAN_OUT] for at in range(0, len(level), FAN_OUT)]
            level = array("I")
            for place, kids in enumerate(parts):
                last = min((place + 1) * span, len(self._pages)) - 1
                body = b"<</Limits[%d %d]/Kids[%s]>>" % (place * span, last, references(kids))
                level.append(self._objects.small(body))
        return self._objects.small(b"<</Kids[%s]>>" % references(level))
