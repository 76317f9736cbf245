"""Typst: one document over the customers as JSON, compiled once, on all cores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import typst

from benchmarks.jobs import design
from benchmarks.jobs.customers import OWNERS
from benchmarks.jobs.job import Job
from mailroom.shipped import FONTS

_SOURCES = Path(__file__).parent
_BLEED = {"card": 9.0, "letter": 0.0}  # points


def make(job: Job, target: Path) -> None:
    """Write `target`/pieces.pdf."""
    for name in ("common.typ", f"{job.name}.typ"):
        shutil.copy(_SOURCES / name, job.folder)
    message = job.folder / f"{job.name}-message.typ"
    message.write_text(_message(job.name), encoding="utf-8")
    records = job.drawn("paths").read_text(encoding="utf-8").splitlines()
    typst.compile(
        job.folder / f"{job.name}.typ",
        output=target / "pieces.pdf",
        root=job.folder,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            "customers": f"[{','.join(records)}]",
            "owners": json.dumps(OWNERS),
            "boxes": json.dumps(_boxes(job.name)),
            "company": design.COMPANY,
            "date": design.DATE,
        },
        pdf_tags=False,  # nobody else writes them
    )


def _message(job: str) -> str:
    """The layout's words as a function of a customer in Typst's markup."""
    names = ("salutation", "company", "town", "note")
    fields = {name: f"#c.{name}" for name in names} | {"signer": "#owners.at(c.owner)"}
    text = "\n\n".join(paragraph.format_map(fields) for paragraph in design.message(job))
    return f'#import "common.typ": owners\n#let message(c) = [{text}]\n'


def _boxes(job: str) -> dict[str, dict[str, float]]:
    boxes = {}
    for name, rule in design.rules(job).items():
        if "left" in rule and "width" in rule:
            x, y, width, height = design.box(job, name)
            size, leading = design.type_of(job, name)
            boxes[name] = {"x": x + _BLEED[job], "y": y + _BLEED[job], "width": width}
            boxes[name] |= {"height": height, "size": size, "leading": leading}
    boxes["message"]["skip"] = design.skip_of(job)
    return boxes
