"""batch show, printers: what is kept of a batch, and what a printer can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailroom.answers import minute, without_repeats
from mailroom.terminal import heading, say, table

if TYPE_CHECKING:
    from mailroom.pipeline.batch import Evidence


def print_batch(kept: Evidence) -> None:
    """All that is kept of a batch."""
    batch = kept.batch
    heading(f"Batch {batch.key[:16]}   {batch.mailing}")
    rows = [
        ("state", batch.state),
        ("provider", f"{batch.provider} {batch.ref}"),
        ("handed over", minute(batch.intent_at)),
        ("outcome", minute(batch.outcome_at)),
        ("not to be made before", minute(batch.send_at)),
        ("quoted", f"{batch.cost} {batch.currency}".strip()),
        ("tries", str(batch.attempts)),
    ]
    rows += [("piece", f"{number:04d} {name}") for number, name in kept.pieces]
    rows += [("file", f"{name} sha256 {digest}") for name, digest in batch.files.items()]
    table(without_repeats(row for row in rows if row[1]))
    if kept.replies:
        heading("What the provider's server answered")
        table(
            ((r.at[:19].replace("T", " "), r.call, str(r.status), r.request_id)
             for r in kept.replies),
            ("at", "call", "status", "number of the request"),
        )  # fmt: skip
    if kept.news:
        heading("What it has told since")
        table((minute(n.at), n.word, n.note) for n in kept.news)


def print_printer(printer: Any) -> None:
    """A printer's state, paper and trays, and which formats it can print."""
    heading(f"{printer.name}   {printer.make}")
    if printer.problem:
        say(f"  {printer.problem}")
        return
    sides = "both sides" if printer.duplex else "one side"
    rows = [
        ("state", "; ".join((printer.state, *printer.troubles))),
        ("prints", f"{sides}, {'colour' if printer.colour else 'black'}"),
        ("trays", ", ".join(printer.trays)),
        ("loaded", ", ".join(printer.loaded)),
    ]
    rows += [("paper", f"{paper.size}, {paper.edge}") for paper in printer.papers]
    alike: dict[tuple[str, ...], list[str]] = {}
    for fmt in printer.formats:
        alike.setdefault(tuple(fmt.reasons), []).append(fmt.name)
    rows += [
        ("cannot print" if reasons else "can print", "; ".join((", ".join(names), *reasons)))
        for reasons, names in sorted(alike.items(), key=lambda row: bool(row[0]))
    ]
    table(without_repeats(row for row in rows if row[1]))
    if printer.unsure:
        say("  (the device itself cannot be asked: this is what the print server says)")
