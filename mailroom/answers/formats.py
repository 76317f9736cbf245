"""formats: what there is to print on, and as what each post takes it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from mailroom.terminal import heading, next_steps, say, table

_GROUPS = {
    "card": "Cards",
    "letter": "Letters",
    "postcard": "Postcards",
    "self-mailer": "Self-mailers",
}
_PRINTED_ON = {
    "piece": "on the piece",
    "envelope": "on the envelope",
    "provider": "by the provider that posts it",
}


def format_report(fmt: Any, posted: Sequence[Any]) -> dict[str, Any]:
    """What `formats NAME --json` prints; lengths in mm, boxes from the top left of the trim."""
    return {
        "name": fmt.name,
        "title": fmt.title,
        "trim": _size(fmt.trim),
        "bleed": _mm(fmt.bleed),
        "safe": _mm(fmt.safe),
        "pages": fmt.pages,
        "sides": fmt.sides,
        "fold": fmt.fold,
        "folds": [_mm(fold) for fold in fmt.folds],
        "address": {
            "printed": fmt.addressed,
            "page": fmt.pages[fmt.address_page - 1] if fmt.address_zone else None,
            "zone": _box(fmt.address_zone),
            "clear_zone": _box(fmt.clear_zone),
        },
        "ink_free": [
            {"name": zone.name, "page": zone.page, "box": _box(zone.box)} for zone in fmt.ink_free
        ],
        "envelope": _envelope(fmt.envelope),
        "sheet": fmt.sheet or None,
        "source": fmt.source,
        "confidence": fmt.confidence,
        "doubts": fmt.doubts,
        "posts": [
            {
                "post": taken.post,
                "title": taken.title,
                "category": taken.category or None,
                "surcharge": taken.surcharge,
                "reasons": taken.reasons,
                "grams": round(taken.grams, 1) or None,
                "source": taken.source,
                "confidence": taken.confidence,
            }
            for taken in posted
        ],
    }


def _envelope(name: str) -> dict[str, Any] | None:
    from mailroom.formats import ENVELOPES

    if not name:
        return None
    envelope = ENVELOPES[name]
    return {
        "name": envelope.name,
        "title": envelope.title,
        "size": _size(envelope.size),
        "window": _box(envelope.window),
        "source": envelope.source,
        "confidence": envelope.confidence,
    }


def _mm(length: float) -> float:
    return round(length / 72 * 25.4, 3)


def _size(size: Any) -> dict[str, float]:
    return {"width": _mm(size.width), "height": _mm(size.height)}


def _box(box: Any) -> dict[str, float] | None:
    if box is None:
        return None
    return {"left": _mm(box.x), "top": _mm(box.y), **_size(box)}


def print_formats(answers: Sequence[tuple[Any, Sequence[Any]]], post: str = "") -> None:
    """All of them by kind; where one post is asked, as what it takes each."""
    for group, rows in groupby(answers, key=lambda answer: _group(answer[0].name)):
        heading(group)
        if post:
            table(
                ((fmt.name, fmt.outline.in_mm(), posted[0].words) for fmt, posted in rows),
                ("format", "as posted", post),
            )
        else:
            table(
                (
                    (fmt.name, fmt.trim.in_mm(), fmt.trim.in_inches(), fmt.envelope)
                    for fmt, _ in rows
                ),
                ("format", "trim", "", "envelope"),
            )
    next_steps("mailroom formats NAME", "mailroom layout new NAME --format FORMAT")


def _group(name: str) -> str:
    return next(title for kind, title in _GROUPS.items() if name.startswith(f"{kind}-"))


def print_format(fmt: Any, posted: Sequence[Any]) -> None:
    """One of them: what a designer and a print room have to know."""
    heading(f"{fmt.name}: {fmt.title}")
    table(_facts(fmt))
    heading("As what it is posted")
    table((taken.title, taken.words) for taken in posted)
    grams = max(taken.grams for taken in posted)
    with_it = ", its envelope with it" if fmt.envelope else ""
    say(
        f"  A piece weighs about {grams:.0f} g{with_it}."
        if grams
        else "  Weight and thickness are not judged: --grammage tells the paper's g/m2."
    )
    if fmt.doubts:
        heading("Try one before you print them all")
        table((doubt,) for doubt in fmt.doubts)
    next_steps(f"mailroom layout new NAME --format {fmt.name}")


def _facts(fmt: Any) -> list[tuple[str, str]]:
    from mailroom.formats import ENVELOPES, SHEETS

    facts = [
        ("trim", f"{fmt.trim.in_mm()} ({fmt.trim.in_inches()})"),
        ("bleed", f"{_mm(fmt.bleed):.2g} mm on each side" if fmt.bleed else "none"),
        ("safe zone", f"text stays {_mm(fmt.safe):.2g} mm inside the trim"),
        ("pages", ", ".join(fmt.pages)),
        ("address", _PRINTED_ON[fmt.addressed]),
    ]
    if fmt.address_zone:
        facts.append(("address zone", fmt.address_zone.in_mm()))
    if fmt.clear_zone != fmt.address_zone:
        facts.append(("window shows", f"{fmt.clear_zone.in_mm()}, wherever the sheet slips to"))
    facts += [
        (zone.name, f"no ink on the {zone.page}: {zone.box.in_mm()}") for zone in fmt.ink_free
    ]
    if fmt.folds:
        folds = ", ".join(f"{_mm(fold):.4g}" for fold in fmt.folds)
        facts.append(("folded", f"{folds} mm from the top"))
    if fmt.sheet:
        facts.append(("sheet", f"{SHEETS[fmt.sheet].size.in_mm()} ({fmt.sheet}), {fmt.sides}"))
    if fmt.envelope:
        envelope = ENVELOPES[fmt.envelope]
        size = f"{envelope.size.in_mm()}, {envelope.size.in_inches()}"
        facts.append(("envelope", f"{envelope.title} ({size})"))
        facts.append(("", f"{envelope.source} ({envelope.confidence})"))
    facts.append(("source", f"{fmt.source} ({fmt.confidence})"))
    return facts
