"""preflight: why a PDF is good, or what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailroom.terminal import count, heading, next_steps, say, table
from mailroom.units import to_mm

if TYPE_CHECKING:
    from mailroom.inspection.inspect import Complaint, Facts, Report

_LISTED = 30
_CODES, _NAMED = 6, 6


def inspection_report(report: Report) -> dict[str, Any]:
    """What `preflight --json` prints; lengths in millimetres, from the TrimBox's top left."""
    facts = report.facts
    return {
        "file": str(report.path),
        "ok": report.ok,
        "errors": report.errors,
        "warnings": report.warnings,
        "pages": report.pages,
        "looked_at": list(report.looked_at),
        "products": [product.name for product in report.wanted.products],
        "trim_mm": [_mm(facts.size.width), _mm(facts.size.height)] if facts.size else None,
        "bleed_mm": dict(
            zip(("left", "bottom", "right", "top"), map(_mm, facts.bleed), strict=False)
        ),
        "pdfx": facts.pdfx,
        "output_condition": facts.condition,
        "pdf_version": facts.version,
        "colour_spaces": facts.spaces,
        "plates": list(facts.plates),
        "fonts": [{"name": n, "embedded": e} for n, e in facts.fonts.items()],
        "images": facts.images,
        "lowest_dpi": round(facts.lowest.value) if facts.lowest else None,
        "most_ink": round(facts.most_ink.value) if facts.most_ink else None,
        "codes": [
            {"kind": c.kind, "text": c.text, "page": c.page, "box_mm": _box(c.box)}
            for c in facts.codes
        ],
        "findings": [
            {
                "number": complaint.number,
                "rule": offence.finding.rule,
                "severity": offence.finding.severity,
                "message": offence.finding.message,
                "hint": offence.finding.hint,
                "page": offence.finding.page,
                "boxes_mm": [_box(box) for box in offence.boxes],
            }
            for complaint in report.complaints
            for offence in complaint.offences
        ],
    }


def _mm(length: float) -> float:
    return round(to_mm(length), 2) + 0.0


def _box(box: Any) -> dict[str, float]:
    names = ("x", "y", "width", "height")
    return {name: _mm(getattr(box, name)) for name in names}


def print_inspection(report: Report, *, painted: bool = False) -> None:
    """What is wrong, numbered as on the picture; then what is known of the file."""
    verdict = "fit to print" if report.ok else "not fit to print"
    if report.ok and report.warnings:
        verdict += f", with {count(report.warnings, 'warning')}"
    heading(f"{report.path.name}: {verdict}")
    table(_facts(report))
    _print_complaints(report)
    if not report.pages:
        return
    if len(report.looked_at) < report.pages:
        say()
        say(
            f"Looked into {len(report.looked_at)} of {report.pages:,} pages, evenly spread; "
            "the boxes of all."
        )
    _print_next(report, painted)


def _print_next(report: Report, painted: bool) -> None:
    name = str(report.path)
    vague = report.wanted.zones_left_out or not report.wanted.products
    marked = any(offence.boxes for offence in report.offences)
    next_steps(
        f"mailroom preflight {name} --picture OUT.png" if marked and not painted else "",
        f"mailroom preflight {name} --format NAME" if vague else "",
        f"mailroom preflight {name} --all" if len(report.looked_at) < report.pages else "",
    )


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    facts = report.facts
    if not facts.size:
        return
    yield "pages", _pages(report)
    yield "size", f"{facts.size.in_mm()} trimmed, {_bleed(facts)}; {_product(report)}"
    if facts.spaces:
        spaces = sorted(facts.spaces, key=lambda name: -facts.spaces[name])
        yield "colours", ", ".join(spaces)
    yield "plates", ", ".join(facts.plates) or "none"
    if facts.fonts:
        bare = [name for name, embedded in facts.fonts.items() if not embedded]
        said = f"not embedded: {', '.join(bare)}" if bare else "all embedded"
        yield "fonts", f"{', '.join(facts.fonts)}; {said}"
    if facts.lowest:
        images = count(facts.images, "image")
        yield "images", f"{images}, at least {facts.lowest.value:.0f} dpi{_on(facts.lowest)}"
    if facts.most_ink:
        limit = f"{report.wanted.ink:.0f} % are allowed"
        rest = "; what is in RGB or Lab is not counted" if facts.guessed else ""
        yield "ink", f"at most {facts.most_ink.value:.0f} %{_on(facts.most_ink)}; {limit}{rest}"
    yield from _codes(facts)
    yield "PDF/X", _pdfx(facts)


def _pages(report: Report) -> str:
    product = report.wanted.product
    pieces = report.pages // product.pages if product and product.pages else 0
    if pieces > 1 and product and not report.pages % product.pages and product.pages > 1:
        return f"{report.pages:,}, {pieces:,} pieces of {product.pages}"
    return f"{report.pages:,}"


def _bleed(facts: Facts) -> str:
    least, most = min(facts.bleed), max(facts.bleed)
    if most < 0.05:
        return "no bleed"
    if most - least < 0.05:
        return f"{to_mm(least):.1f} mm of bleed"
    return f"{to_mm(least):.1f} to {to_mm(most):.1f} mm of bleed"


def _product(report: Report) -> str:
    names = [product.name for product in report.wanted.products]
    if not names:
        return "no format that is known"
    if report.wanted.named:
        return f"judged as {names[0]}"
    if len(names) == 1:
        return f"that is {names[0]}"
    left_out = ": their zones are not looked at" if report.wanted.zones_left_out else ""
    return f"that may be {', '.join(names)}{left_out}"


def _on(measure: Any) -> str:
    return f" (page {measure.page})"


def _codes(facts: Facts) -> Iterator[tuple[str, str]]:
    shown = facts.codes[:_CODES]
    for place, code in enumerate(shown):
        text = " ".join(code.text.split())
        text = text if len(text) <= 70 else text[:69] + "…"
        label = "codes" if not place else ""
        yield label, f"{code.kind} on page {code.page}, reads: {text}"
    if len(facts.codes) > len(shown):
        yield "", f"and {len(facts.codes) - len(shown)} more: --json lists them all"


def _pdfx(facts: Facts) -> str:
    if not facts.pdfx:
        return f"does not say that it is (PDF {facts.version})"
    condition = f" for {facts.condition}" if facts.condition else ""
    return f"says it is {facts.pdfx}{condition}; checked by mailroom itself, not certified"


def _print_complaints(report: Report) -> None:
    """Each thing once, with its number on the picture and the pages it is true of."""
    for severity, title in (("error", "To change"), ("warning", "To look at")):
        told = [each for each in report.complaints if each.first.severity == severity]
        if not told:
            continue
        heading(f"{title}: {count(len(told), 'thing')}")
        for complaint in told[:_LISTED]:
            table(_complaint(complaint))
        if len(told) > _LISTED:
            say(f"  and {len(told) - _LISTED} more: --json lists them all")


def _complaint(complaint: Complaint) -> Iterator[tuple[str, str]]:
    first = complaint.first
    yield f"{complaint.number:>3}", f"{first.message}  [{first.rule}]"
    if first.page:
        yield "", _where(complaint)
    yield "", first.hint


def _where(complaint: Complaint) -> str:
    page, *others = complaint.pages
    boxes = complaint.boxes(page)
    place = f": {boxes[0].in_mm()}" if boxes else ""
    more = f"; and {count(len(boxes) - 1, 'more place')}" if len(boxes) > 1 else ""
    also = ""
    if others:
        named = ", ".join(map(str, others[:_NAMED]))
        also = f"; also on {'page' if len(others) == 1 else 'pages'} {named}"
        also += f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return f"page {page}{place}{more}{also}"
