"""How far a machine prints off the mark, by printer, stock and side: measured, then taken back.

Kept in the workspace's state as `calibration.json`. Measurements are millimetres, as one reads
them off the calibration sheet: how far what is printed lies too far right and too far down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mailroom.errors import EnvironmentProblem
from mailroom.files import write_whole
from mailroom.units import mm

CALIBRATION_FILE = "calibration.json"
MOST = 10.0
"""Millimetres; whoever measures more has mixed up edges, or the printer scales."""

ENVELOPE_STOCK = "envelope"
"""The stock of envelopes where the settings name none: they are fed otherwise than cards."""


@dataclass(frozen=True, kw_only=True)
class Offset:
    """How far what is printed lies off the mark on one side, in millimetres."""

    right: float = 0.0  #: too far right; negative: too far left
    down: float = 0.0  #: too far down; negative: too far up

    @property
    def correction(self) -> tuple[float, float]:
        """By how much to move it, in points: to the right, and up as PDF counts."""
        return -float(mm(self.right)), float(mm(self.down))

    def __str__(self) -> str:
        return f"{self.right:+.2f},{self.down:+.2f}"


@dataclass(frozen=True, kw_only=True)
class Offsets:
    """Both sides of a sheet, each as one sees it when it lies before one, head up."""

    front: Offset = Offset()
    back: Offset = Offset()

    def of(self, side: int) -> Offset:
        """Of the front (even) or the back (odd)."""
        return self.back if side % 2 else self.front


ON_THE_MARK = Offsets()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured of a printer with one stock."""

    printer: str  #: as its address is written in full
    stock: str = ""  #: empty: every stock that was not measured by itself
    lying: bool = False  #: of pages wider than high: they go through the printer turned
    offsets: Offsets = ON_THE_MARK
    at: str = ""  #: when; ISO 8601, UTC

    @property
    def key(self) -> tuple[str, str, bool]:
        return self.printer, self.stock, self.lying


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """All that was measured."""

    measured: tuple[Measured, ...] = ()
    path: Path = field(default=Path(CALIBRATION_FILE), compare=False)

    def offsets(self, printer: str, stock: str = "", *, lying: bool = False) -> Offsets:
        """Of this printer with this stock, else with every stock; on the mark where unknown.

        Envelopes are never taken for what is true of cards.
        """
        known = {item.key: item.offsets for item in self.measured}
        found = known.get((printer, stock, lying))
        if found is None and stock != ENVELOPE_STOCK:
            found = known.get((printer, "", lying))
        return found or ON_THE_MARK

    def remembering(self, new: Measured) -> Calibration:
        """With what was measured now in the place of what was measured before."""
        others = (item for item in self.measured if item.key != new.key)
        return replace(self, measured=_sorted((*others, new)))

    def forgetting(self, printer: str, stock: str, *, lying: bool) -> Calibration:
        """Without that measurement."""
        gone = (printer, stock, lying)
        return replace(self, measured=tuple(i for i in self.measured if i.key != gone))

    def save(self) -> None:
        """Write it down; EnvironmentProblem where that is not possible."""
        text = json.dumps([asdict(item) for item in self.measured], indent=1, ensure_ascii=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentProblem(str(error), where=str(self.path)) from None
        write_whole(self.path, f"{text}\n".encode())


def read_calibration(state: Path) -> Calibration:
    """What is remembered in the workspace's state; nothing yet is nothing measured.

    EnvironmentProblem where the file is not one of ours: printing on without it would be worse.
    """
    path = state / CALIBRATION_FILE
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(measured=_sorted(map(_measured, items)), path=path)
    except FileNotFoundError:
        return Calibration(path=path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        message = f"what was measured of the printers cannot be read: {error}"
        hint = "delete the file and measure again with `mailroom calibrate`"
        raise EnvironmentProblem(message, where=str(path), hint=hint) from None


def _measured(item: Mapping[str, Any]) -> Measured:
    sides = {
        side: Offset(right=float(read["right"]), down=float(read["down"]))
        for side, read in item["offsets"].items()
    }
    return Measured(
        printer=str(item["printer"]),
        stock=str(item["stock"]),
        lying=bool(item["lying"]),
        offsets=Offsets(**sides),
        at=str(item["at"]),
    )


def _sorted(items: Iterable[Measured]) -> tuple[Measured, ...]:
    return tuple(sorted(items, key=lambda item: item.key))
