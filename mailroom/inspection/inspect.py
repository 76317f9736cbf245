"""Look into a finished PDF: every rule once, and what there is to say of a good one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mailroom.formats import Format
from mailroom.inspection import pdfx
from mailroom.inspection.document import NONSENSE, Document, Unopened
from mailroom.inspection.leaf import Fault, Leaf, Tools
from mailroom.inspection.paint import heaviest
from mailroom.inspection.rules import FILE_RULES, PAGE_RULES, Rule, rule_named
from mailroom.inspection.wanted import (
    INK_LIMIT,
    PRODUCTS,
    Product,
    Wanted,
    of_format,
    recognised,
    same_size,
)
from mailroom.model import Finding, Severity
from mailroom.units import Box, Size

LOOKED_AT = 60
"""Pages that are looked into; the boxes of all are."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Offence:
    """A finding, and every place on its page that it is about."""

    finding: Finding
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """The same thing on one page or on many: one number in the list and on the picture."""

    number: int
    offences: tuple[Offence, ...]  #: in the order of their pages

    @property
    def first(self) -> Finding:
        return self.offences[0].finding

    @property
    def pages(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(each.finding.page for each in self.offences))

    def boxes(self, page: int) -> tuple[Box, ...]:
        """Every place on that page."""
        found = (each.boxes for each in self.offences if each.finding.page == page)
        return tuple(box for boxes in found for box in boxes)


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code that was read back."""

    kind: str
    text: str
    page: int
    box: Box


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The extreme of something: how much, and where."""

    value: float
    page: int


@dataclass(kw_only=True)
class Facts:
    """What is true of the file, whatever is wrong with it."""

    size: Size | None = None
    bleed: tuple[float, ...] = ()  #: left, bottom, right, top, of the first page, in points
    pdfx: str = ""
    condition: str = ""  #: the press its colours are for
    version: str = ""
    spaces: dict[str, int] = field(default_factory=dict)  #: name -> how many marks
    plates: dict[str, None] = field(default_factory=dict)  #: those with ink, in order
    fonts: dict[str, bool] = field(default_factory=dict)  #: name -> embedded
    guessed: bool = False  #: something is in a colour space whose ink nobody knows
    images: int = 0
    lowest: Measure | None = None  #: the lowest resolution, dpi
    most_ink: Measure | None = None  #: per cent
    codes: list[Code] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it."""

    path: Path
    pages: int
    looked_at: tuple[int, ...]
    wanted: Wanted
    facts: Facts
    offences: tuple[Offence, ...]

    @cached_property
    def complaints(self) -> tuple[Complaint, ...]:
        """Errors first, then by page; numbered from 1."""
        grouped: dict[tuple[str, str, str], list[Offence]] = {}
        for offence in self.offences:
            finding = offence.finding
            key = (finding.severity, finding.rule, finding.message)
            grouped.setdefault(key, []).append(offence)
        return tuple(
            Complaint(number=number, offences=tuple(group))
            for number, group in enumerate(grouped.values(), 1)
        )

    @property
    def errors(self) -> int:
        return sum(each.first.severity == Severity.ERROR for each in self.complaints)

    @property
    def warnings(self) -> int:
        return sum(each.first.severity == Severity.WARNING for each in self.complaints)

    @property
    def ok(self) -> bool:
        """Warnings print."""
        return not self.errors


def inspect(
    path: Path,
    *,
    fmt: Format | None = None,
    ink: float = INK_LIMIT,
    pdf_x: bool = False,
    most: int = LOOKED_AT,
    progress: Progress | None = None,
) -> Report:
    """Judge a PDF by every rule. InputError where there is no file of that name.

    `fmt` is what it is to be; without it that is told by its TrimBox. `ink` is the limit in per
    cent. Of a file of more than `most` pages, so many are looked into, first and last among them.
    """
    try:
        with Document(path) as document:
            wanted = _wanted(document, fmt, ink, pdf_x)
            return _looked_into(document, path, wanted, most, progress or _nobody)
    except Unopened as trouble:
        wanted = Wanted(products=(), named=False, ink=ink, pdfx=pdf_x)
        fault = Fault(message=trouble.message)
        offence = _offence(rule_named(trouble.rule), fault, path, 0)
        return Report(
            path=path, pages=0, looked_at=(), wanted=wanted, facts=Facts(), offences=(offence,)
        )


def _nobody(done: int, total: int) -> None:
    return None


def _wanted(document: Document, fmt: Format | None, ink: float, pdf_x: bool) -> Wanted:
    size = document.boxes[0].size if document.boxes else Size(0, 0)
    if fmt is None:
        return Wanted(products=recognised(size, len(document.boxes)), ink=ink, pdfx=pdf_x)
    flat = (p for p in PRODUCTS if p.name == f"{fmt.name} (flat)" and same_size(p.trim, size))
    product: Product = next(flat, of_format(fmt))
    return Wanted(products=(product,), named=True, ink=ink, pdfx=pdf_x)


def _looked_into(
    document: Document, path: Path, wanted: Wanted, most: int, progress: Progress
) -> Report:
    offences: list[Offence] = []
    for rule in FILE_RULES:
        try:
            found = [_offence(rule, fault, path, 0) for fault in rule.check(document, wanted)]
        except NONSENSE as error:
            found = [_offence(rule_named("damaged"), _senseless(rule, error), path, 0)]
        offences += found
    facts, tools = _facts(document), Tools()
    numbers = tuple(_chosen(document.pages, most))
    for done, number in enumerate(numbers, 1):
        with Leaf(document, number, wanted, tools) as leaf:
            for offence in _judged(leaf, path):
                offences.append(offence)
            if not leaf.trouble:
                _note(facts, leaf)
        progress(done, len(numbers))
    return Report(
        path=path,
        pages=document.pages,
        looked_at=numbers,
        wanted=wanted,
        facts=facts,
        offences=tuple(sorted(offences, key=_order)),
    )


def _order(offence: Offence) -> tuple[bool, int]:
    return offence.finding.severity != Severity.ERROR, offence.finding.page


def _chosen(pages: int, most: int) -> Iterable[int]:
    """Numbers from 1, evenly spread where there are too many."""
    if pages <= most:
        return range(1, pages + 1)
    return sorted({1 + round(n * (pages - 1) / (most - 1)) for n in range(most)})


def _judged(leaf: Leaf, path: Path) -> Iterator[Offence]:
    for rule in PAGE_RULES:
        try:
            found = [_offence(rule, fault, path, leaf.number) for fault in rule.check(leaf)]
        except NONSENSE as error:
            leaf.trouble = str(error)
            broken = rule_named("broken-page")
            found = [_offence(broken, _senseless(rule, error), path, leaf.number)]
        yield from found
        if leaf.trouble:
            return


def _senseless(rule: Rule, error: Exception) -> Fault:
    """Something is of another kind than the standard says; nobody knows what it was to be."""
    words = str(error).partition("\n")[0]
    return Fault(message=f"what tells {rule.title} makes no sense: {words}", grave=True)


def _offence(rule: Rule, fault: Fault, path: Path, page: int) -> Offence:
    severity = rule.severity
    if fault.grave is not None:
        severity = Severity.ERROR if fault.grave else Severity.WARNING
    finding = Finding(
        rule=rule.name,
        severity=severity,
        message=fault.message,
        where=f"{path.name}, page {page}" if page else path.name,
        hint=fault.hint or rule.todo,
        page=page,
        box=fault.boxes[0] if fault.boxes else None,
    )
    return Offence(finding=finding, boxes=fault.boxes)


def _facts(document: Document) -> Facts:
    from mailroom.inspection.soundness import edges

    first = document.boxes[0] if document.boxes else None
    facts = Facts(version=document.pdf.pdf_version)
    if first:
        facts.size, facts.bleed = first.size, edges(first)
    with contextlib.suppress(*NONSENSE):  # a rule has told of it
        facts.pdfx, facts.condition = pdfx.label(document), pdfx.condition(document)
    return facts


def _note(facts: Facts, leaf: Leaf) -> None:
    """What a page adds to what is known of the file."""
    for mark in leaf.marks:
        if mark.space is not None and mark.space.family != "Pattern":
            name = mark.space.name
            facts.spaces[name] = facts.spaces.get(name, 0) + 1
            facts.guessed |= not mark.space.printable
        if mark.run:
            facts.fonts[mark.run.face.name] = mark.run.face.embedded
        if mark.bitmap and min(mark.bitmap.width, mark.bitmap.height) > 1:
            facts.images += 1
            facts.lowest = _extreme(facts.lowest, mark.bitmap.dpi, leaf.number, min)
    within = leaf.plates.raster.pixels(leaf.bled)
    for plate, ink in leaf.plates.inks.items():
        if ink.crop(within).getextrema()[1] > 2:
            facts.plates[plate] = None
    most, _ = heaviest(leaf, 10_000)
    facts.most_ink = _extreme(facts.most_ink, most, leaf.number, max)
    facts.codes += [
        Code(kind=s.kind, text=s.text, page=leaf.number, box=s.box)
        for s in leaf.symbols
        if not s.error
    ]
    facts.codes += [
        Code(kind="postal barcode", text=code.states, page=leaf.number, box=code.box)
        for code in leaf.barcodes
    ]


def _extreme(known: Measure | None, value: float, page: int, of: Callable[..., float]) -> Measure:
    if known and of(known.value, value) == known.value:
        return known
    return Measure(value=value, page=page)
