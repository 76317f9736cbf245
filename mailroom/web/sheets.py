"""A trial as the page shows it: pages side by side, and what is drawn over them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from mailroom.design import Trial
from mailroom.formats import Format, Zone
from mailroom.model import Finding, FrameBox
from mailroom.units import Box


@dataclass(frozen=True, kw_only=True)
class Offence:
    """A finding and its number in the list beside the picture."""

    number: int
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A line across a page, in points from the TrimBox."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page and its overlays; boxes in points from the TrimBox."""

    number: int  #: 1-based
    name: str
    frames: tuple[FrameBox, ...]
    folds: tuple[Fold, ...]
    ink_free: tuple[Zone, ...]
    offences: tuple[Offence, ...]

    @property
    def title(self) -> str:
        return self.name.replace("-", " ").capitalize()


def offences(trial: Trial) -> tuple[tuple[Offence, ...], ...]:
    """The trial's findings by rule, and numbered in that order."""
    alike: dict[str, list[Finding]] = {}
    for finding in trial.findings:
        alike.setdefault(finding.rule, []).append(finding)
    numbers = itertools.count(1)
    return tuple(
        tuple(Offence(number=next(numbers), finding=finding) for finding in group)
        for group in alike.values()
    )


def spreads(trial: Trial) -> tuple[tuple[Sheet, ...], ...]:
    """The pages that lie beside one another on the paper, left to right."""
    return tuple(tuple(_sheet(trial, number) for number in side) for side in _sides(trial.format))


def _sides(fmt: Format) -> tuple[tuple[int, ...], ...]:
    """Four panels folded at the side: the back lies left of the front.

    Those of a tent are shown one by one, each the right way up.
    """
    if fmt.fold == "side" and len(fmt.pages) == 4:
        return (4, 1), (2, 3)
    return tuple((number,) for number, _ in enumerate(fmt.pages, 1))


def _sheet(trial: Trial, number: int) -> Sheet:
    return Sheet(
        number=number,
        name=trial.format.pages[number - 1],
        frames=tuple(f for f in trial.made.artwork.frames if f.page == number),
        folds=_folds(trial.format, number),
        ink_free=trial.format.ink_free_on(number),
        offences=tuple(
            offence
            for alike in offences(trial)
            for offence in alike
            if offence.finding.page == number and offence.finding.box
        ),
    )


def _folds(fmt: Format, number: int) -> tuple[Fold, ...]:
    width, height = fmt.trim.width, fmt.trim.height
    across = tuple(Fold(x1=0, y1=y, x2=width, y2=y) for y in fmt.folds)
    across += tuple(
        Fold(x1=crease.at, y1=0, x2=crease.at, y2=height)
        if crease.upright
        else Fold(x1=0, y1=crease.at, x2=width, y2=crease.at)
        for crease in fmt.creases
        if crease.page == fmt.pages[number - 1]
    )
    if fmt.fold == "tent":
        y = height if fmt.pages[number - 1] == "inside-top" else 0.0
        return (*across, Fold(x1=0, y1=y, x2=width, y2=y))
    for side in _sides(fmt):
        if len(side) > 1 and number in side:
            x = width if side[0] == number else 0.0
            return (*across, Fold(x1=x, y1=0, x2=x, y2=height))
    return across


def window(fmt: Format) -> Box | None:
    """What the envelope's window may show, where it is more than the address zone."""
    return fmt.clear_zone if fmt.clear_zone != fmt.address_zone else None
