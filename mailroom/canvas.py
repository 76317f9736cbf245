"""A ReportLab canvas that embeds its fonts and gives the same bytes each time."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from mailroom.errors import ConfigError
from mailroom.fonts import Font
from mailroom.units import Size

rl_config.useA85 = 0  # ASCII armour makes every stream a quarter longer and guards nothing


def face(font: Font) -> str:
    """The name under which ReportLab knows the font; it is read on first use."""
    name = f"{font.family}/{font.sha256[:12]}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, str(font.path)))
    return name


def font_for(role: str, fonts: tuple[Font, ...]) -> Font:
    """The upright regular font of that role ("plain", "text", ...), else the first there is."""
    if not fonts:
        raise ConfigError("there are no fonts", hint="restore fonts/ from the project")
    upright = [font for font in fonts if font.style == "normal"] or list(fonts)
    return next((font for font in upright if font.role == role), upright[0])


def open_canvas(buffer: BytesIO, size: Size, font: Font, title: str) -> Any:
    """A canvas whose only fonts are ours: ReportLab would name Helvetica unembedded."""
    settings: dict[str, Any] = {"invariant": 1, "initialFontName": face(font)}
    canvas = Canvas(buffer, (size.width, size.height), pageCompression=1, **settings)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator("mailroom")
    return canvas


def needs_shaping(char: str) -> bool:
    """Is this a character that ReportLab would set in the wrong order, place or form?

    Right-to-left letters and figures, marks that NFC could not compose, Mongolian.
    """
    return (
        unicodedata.bidirectional(char) in {"R", "AL", "AN"}
        or unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or "\u1800" <= char <= "\u18af"
    )


def clean(line: str) -> str:
    """NFC, each white space a plain one, invisible controls gone."""
    text = unicodedata.normalize("NFC", line)
    text = "".join(" " if char.isspace() else char for char in text)
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf"})
