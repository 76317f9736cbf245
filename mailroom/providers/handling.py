"""How a machine handles paper: what it prints off the mark, which way round envelopes go in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailroom.errors import ConfigError
from mailroom.providers.calibration import ENVELOPE_STOCK, ON_THE_MARK, Calibration, Offsets
from mailroom.units import Size

LONG_EDGE, SHORT_EDGE = "long-edge", "short-edge"
TURNS = {LONG_EDGE: (0, 180), SHORT_EDGE: (90, 270)}
"""By the edge that goes in first: how an envelope's face may be turned, clockwise."""

FACES = ("down", "up")


@dataclass(frozen=True, kw_only=True)
class Feed:
    """How envelopes go through: turned clockwise by `turn` degrees; how they come out."""

    turn: int = 0  #: 0, 90, 180 or 270; by 90 and 270 the short edge goes in first
    face_up: bool = False  #: they come out face up, so that the last one lies on top

    def page(self, envelope: Size) -> Size:
        """The page that an envelope of this size (wider than high) is drawn on."""
        return envelope.rotated() if self.turn % 180 else envelope

    def matrix(self, envelope: Size) -> tuple[float, float, float, float, float, float]:
        """From the envelope, read upright, to that page; as PDF's `cm` takes it, y upwards."""
        width, height = envelope.width, envelope.height
        return {
            0: (1, 0, 0, 1, 0, 0),
            90: (0, -1, 1, 0, 0, width),
            180: (-1, 0, 0, -1, width, height),
            270: (0, 1, -1, 0, height, 0),
        }[self.turn]


AS_DRAWN = Feed()


@dataclass(frozen=True, kw_only=True)
class Handling:
    """All of it, for the paper that a provider's settings name."""

    upright: Offsets = ON_THE_MARK  #: of pages at least as high as wide
    lying: Offsets = ON_THE_MARK  #: of pages wider than high
    envelopes: Offsets = ON_THE_MARK
    feed: Feed = AS_DRAWN

    def of(self, page: Size) -> Offsets:
        """What is printed off the mark on a sheet of this size."""
        return self.lying if page.width > page.height else self.upright


PLAIN = Handling()


def read_handling(printer: str, settings: Mapping[str, Any], known: Calibration) -> Handling:
    """What `settings`, a [providers.NAME] table, and the measurements say of the printer.

    ConfigError where the settings contradict each other.
    """
    stock = str(settings.get("media_type", ""))
    envelopes = str(settings.get("envelope_media_type", "")) or ENVELOPE_STOCK
    feed = read_feed(settings)
    return Handling(
        upright=known.offsets(printer, stock),
        lying=known.offsets(printer, stock, lying=True),
        envelopes=known.offsets(printer, envelopes, lying=not feed.turn % 180),
        feed=feed,
    )


def read_feed(settings: Mapping[str, Any]) -> Feed:
    """`envelope_feed`, `envelope_turn` and `envelope_face`; ConfigError names what is wrong."""
    edge = settings.get("envelope_feed") or ""
    face = settings.get("envelope_face") or FACES[0]
    if edge not in ("", *TURNS):
        raise _wrong("envelope_feed", f"{edge!r} is no edge", "write short-edge or long-edge")
    if face not in FACES:
        raise _wrong("envelope_face", f"{face!r} is no face", "write up or down")
    turn = settings.get("envelope_turn")
    if turn is None:
        turn = TURNS[edge][0] if edge else 0
    may = TURNS.get(edge, (0, 90, 180, 270))
    if turn not in may or isinstance(turn, bool):
        first = f" with the {edge.replace('-', ' ')} first" if edge else ""
        hint = f"write one of: {', '.join(map(str, may))}"
        raise _wrong("envelope_turn", f"an envelope cannot lie turned by {turn!r}{first}", hint)
    return Feed(turn=turn, face_up=face == "up")


def _wrong(key: str, message: str, hint: str) -> ConfigError:
    return ConfigError(message, where=f"[providers.printer] {key}", hint=hint)
