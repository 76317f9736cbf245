"""WeasyPrint as its documentation shows it: a document and a file for every customer."""

from __future__ import annotations

from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.jobs.job import Job
from benchmarks.peers.html import Templates, style_sheet


def make(job: Job, target: Path) -> None:
    """Write `target`/NNNNNN.pdf."""
    templates, style = Templates(job), style_sheet(job)
    base = job.layout.as_uri() + "/"
    for customer in job.records("paths"):
        fonts = FontConfiguration()
        html = HTML(string=templates.document([customer]), base_url=base)
        css = CSS(string=style, font_config=fonts, base_url=base)
        file = target / f"{customer['number']:06d}.pdf"
        html.write_pdf(file, stylesheets=[css], font_config=fonts)
