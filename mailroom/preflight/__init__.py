"""Artwork + Format -> Findings: every finished page is read back and judged.

One small function a rule, all of them in `RULES`. A rule yields faults; what a fault is
called, how bad it is and whether a person may accept it stands in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mailroom.model import Finding, Piece, Severity
from mailroom.preflight import pages, places, words
from mailroom.preflight.case import Case, Fault


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of preflight: a row of `RULES`."""

    name: str
    meaning: str  #: what a good piece is like
    check: Callable[[Case], Iterable[Fault]]
    severity: Severity = Severity.ERROR
    acceptable: bool = True  #: may a person accept it, with a reason, at approval?


def judge(cases: Sequence[Case]) -> list[list[Finding]]:
    """What the rules find in each of several pieces, in the order of the table."""
    findings: list[list[Finding]] = [[] for _ in cases]
    for rule in RULES:  # one after the other over all pieces, which is kind to the processor
        for case, found in zip(cases, findings, strict=True):
            for fault in rule.check(case):
                found.append(_finding(rule, case.piece, fault))
    return findings


def _finding(rule: Rule, piece: Piece, fault: Fault) -> Finding:
    where = f"piece {piece.number:04d}"
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        message=fault.message,
        where=f"{where}, page {fault.page}" if fault.page else where,
        hint=fault.hint,
        page=fault.page,
        box=fault.box,
    )


def is_acceptable(rule: str) -> bool:
    """May a person accept this finding at approval? A rule nobody knows: no."""
    return any(known.name == rule and known.acceptable for known in RULES)


RULES = (
    Rule(name="empty-frame", meaning="no frame is empty", check=words.empty_frame),
    Rule(
        name="unresolved-field",
        meaning="no field is left open, such as {{ name }}",
        check=words.unresolved_field,
    ),
    Rule(
        name="placeholder-word",
        meaning="no null, undefined, or 'insert name' is printed",
        check=words.placeholder_word,
    ),
    Rule(name="overflow", meaning="all text fits its frame", check=places.overflow),
    Rule(name="frames-overlap", meaning="no text stands on another", check=places.frames_overlap),
    Rule(
        name="missing-glyph",
        meaning="the fonts can draw every character",
        check=words.missing_glyph,
        acceptable=False,
    ),
    Rule(
        name="code",
        meaning="every code can be made of its text, and says it",
        check=pages.code,
        acceptable=False,
    ),
    Rule(
        name="postal-mark",
        meaning="a postal code stands where its post looks for it, with its quiet zone free",
        check=places.postal_mark,
    ),
    Rule(
        name="shrunk",
        meaning="no text has to be set in the smallest size of its frame",
        check=pages.shrunk,
        severity=Severity.WARNING,
    ),
    Rule(
        name="ink",
        meaning="no place has more ink than the paper takes (`[print] max_ink`)",
        check=pages.ink,
    ),
    Rule(
        name="image-missing",
        meaning="every picture is there",
        check=pages.image_missing,
        acceptable=False,
    ),
    Rule(
        name="image-resolution",
        meaning="every bitmap has the resolution the format asks for",
        check=pages.image_resolution,
    ),
    Rule(name="safe-zone", meaning="text keeps away from the edge", check=places.safe_zone),
    Rule(
        name="address-zone",
        meaning="the window shows the whole address and nothing else",
        check=places.address_zone,
    ),
    Rule(
        name="ink-free",
        meaning="nothing is printed where a provider prints the address or its scan code, or the "
        "post needs bare paper",
        check=places.ink_free,
        acceptable=False,
    ),
    Rule(
        name="page-count",
        meaning="as many pages as the format has",
        check=pages.page_count,
        acceptable=False,
    ),
    Rule(
        name="page-size",
        meaning="page boxes are exactly those of the format",
        check=pages.page_size,
        acceptable=False,
    ),
    Rule(
        name="fonts-embedded",
        meaning="every font is embedded and one of ours",
        check=pages.fonts_embedded,
        acceptable=False,
    ),
    Rule(
        name="own-recipient",
        meaning="the page carries its own recipient and nobody else",
        check=words.own_recipient,
        acceptable=False,
    ),
    Rule(name="renderer", meaning="the layout engine had no complaint", check=pages.renderer),
)
"""Every rule, in the order in which findings are told."""
