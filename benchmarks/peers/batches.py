"""WeasyPrint at its best: 25 customers a document; fonts, style sheet and pictures read once."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.jobs.job import Job
from benchmarks.peers.html import Templates, style_sheet

BATCH = 25  #: the best size: larger ones are no faster and need more memory


def make(job: Job, target: Path) -> None:
    """Write `target`/NNNNNN.pdf, numbered by the first customer in it."""
    templates, fonts, pictures = Templates(job), FontConfiguration(), dict[str, Any]()
    base = job.layout.as_uri() + "/"
    css = CSS(string=style_sheet(job), font_config=fonts, base_url=base)
    records = job.records("paths")
    while batch := list(itertools.islice(records, BATCH)):
        HTML(string=templates.document(batch), base_url=base).write_pdf(
            target / f"{batch[0]['number']:06d}.pdf",
            stylesheets=[css],
            font_config=fonts,
            cache=pictures,
        )
