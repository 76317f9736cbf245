"""The contestants: a file for each, with `make(job, target, **options)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Way:
    """A contestant."""

    title: str
    module: str
    share: float = 1.0  #: of the pieces asked for: slow ways make fewer, which flatters them
    options: Mapping[str, Any] = field(default_factory=dict)

    def count(self, pieces: int) -> int:
        return max(round(pieces * self.share), min(pieces, 50))


WAYS = {
    "press": Way(title="mailroom, one process", module="press"),
    "press-2": Way(title="mailroom, two processes", module="press", options={"workers": 2}),
    "typst": Way(title="Typst, one document", module="typst_document"),
    "reportlab": Way(title="ReportLab, one document", module="canvas", share=0.2),
    "batches": Way(title="WeasyPrint, batches of 25", module="batches", share=0.1),
    "one-by-one": Way(title="WeasyPrint, one by one", module="one_by_one", share=0.02),
}
