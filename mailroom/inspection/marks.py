"""What a page's operators put on paper, one by one, in the order in which they are painted."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailroom.inspection.colours import Colour, Ink, Space
from mailroom.inspection.letters import Typeface
from mailroom.matrix import Corners


class Run(NamedTuple):
    """Glyphs that one operator shows."""

    face: Typeface
    glyphs: tuple[tuple[int, Corners], ...]  #: code, and roughly where its glyph is
    size: float  #: points on paper


class Bitmap(NamedTuple):
    """An image as it is placed."""

    source: Any
    width: int  #: pixels
    height: int
    space: Space | None  #: None: a stencil mask that is painted in a colour
    bits: int
    dpi: float  #: the lower of both directions


class Mark(NamedTuple):
    """One thing that is painted; corners are in the page's own space, what is clipped left out."""

    kind: str  #: fill, stroke, text, image, shading
    corners: Corners
    colour: Colour | None  #: None: an image or a shading has its own
    space: Space | None  #: None where the file names no space that one could know
    width: float = 0.0  #: of a stroke, or of a filled sliver, in points on paper
    overprint: bool = False
    clear: bool = False  #: something of what lies under it shows through
    run: Run | None = None
    bitmap: Bitmap | None = None

    @property
    def ink(self) -> Ink:
        """The plates it prints on; empty where it is white, and where nobody knows."""
        return self.colour.ink if self.colour else {}
