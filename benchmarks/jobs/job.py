"""A job, and the folder in which everything for it lies before the clock starts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.jobs import codes, customers, design, pictures
from benchmarks.jobs.customers import Drawn

PAGES = {"card": 2, "letter": 1}  #: a piece


@dataclass(frozen=True, kw_only=True)
class Job:
    """So many pieces of a kind; `folder` holds the layout, the signatures and the data."""

    name: str  #: "card" or "letter"
    folder: Path
    count: int
    codes: bool = True  #: draw QR and Intelligent Mail barcode on the card

    @property
    def pages(self) -> int:
        return PAGES[self.name]

    @property
    def layout(self) -> Path:
        return self.folder / f"{self.name}-layout"

    @property
    def art(self) -> Path:
        return self.layout / "picture.jpg"

    @property
    def has_codes(self) -> bool:
        return self.codes and self.name == "card"

    def signature(self, owner: str) -> Path:
        return self.folder / "signatures" / f"{owner}.png"

    @property
    def customers(self) -> Path:
        """NDJSON: what mailroom is given."""
        return self.folder / f"customers-{self.count}.ndjson"

    def records(self, drawing: str) -> Iterator[Drawn]:
        """The customers with their codes drawn as `rectangles` or `paths`; without, as they are."""
        with self.drawn(drawing).open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def drawn(self, drawing: str) -> Path:
        """The NDJSON that `records` reads."""
        return self.customers.with_suffix(f".{drawing}") if self.has_codes else self.customers

    def make_ready(self) -> None:
        """Write what is not there yet: layout, pictures, data, codes."""
        source = design.LAYOUTS / self.layout.name
        shutil.copytree(source, self.layout, dirs_exist_ok=True)
        signatures = self.folder / "signatures"
        if not signatures.is_dir():
            signatures.mkdir()
            pictures.draw_signatures(signatures)
        if self.name == "card" and not self.art.is_file():
            pictures.draw_art(self.art)
        if not self.customers.is_file():
            partial = self.customers.with_suffix(".partial")
            customers.write(partial, self.count)
            partial.rename(self.customers)
        if self.has_codes and not self.drawn("paths").is_file():
            codes.write(self.customers)
