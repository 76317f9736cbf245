"""The layouts as HTML for WeasyPrint, without mailroom: Jinja and a style sheet for the paper."""

from __future__ import annotations

from typing import Any

import jinja2
from markupsafe import Markup

from benchmarks.jobs import design
from benchmarks.jobs.customers import OWNERS, Drawn
from benchmarks.jobs.job import Job
from mailroom.shipped import FONTS

_PAGES = {"card": ("front", "back"), "letter": ("letter",)}
_PAPER = {
    "card": "@page { size: 5in 7in; margin: 0; bleed: 0.125in }"
    ":root { --trim-width: 5in; --trim-height: 7in; --bleed: 0.125in }"
    "section { width: 5in; height: 7in }",
    "letter": "@page { size: A4; margin: 0 } section { width: 210mm; height: 297mm }",
}
_FONTS = {
    "Alegreya": FONTS / "alegreya" / "Alegreya-Regular.ttf",
    "Caveat": FONTS / "caveat" / "Caveat-Regular.ttf",
}


def style_sheet(job: Job) -> str:
    """Fonts, paper, the layout's own style sheet."""
    faces = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{path.as_uri()}") }}'
        for name, path in _FONTS.items()
    )
    sections = (
        "body { margin: 0 } section { position: relative; break-after: page }"
        "section:last-child { break-after: auto } svg { display: block; width: 100%; height: 100% }"
    )
    own = (job.layout / "style.css").read_text(encoding="utf-8")
    return faces + _PAPER[job.name] + sections + own


class Templates:
    """The pages of a layout, compiled once."""

    def __init__(self, job: Job) -> None:
        env = jinja2.Environment(loader=jinja2.FileSystemLoader(job.layout), autoescape=True)
        env.filters["paragraphs"] = lambda text: [Markup(part) for part in text.split("\n\n")]
        self._job = job
        self._pages = {name: env.get_template(f"{name}.html") for name in _PAGES[job.name]}
        self._words = {name: env.from_string(text) for name, text in design.words(job.name).items()}

    def sections(self, customer: Drawn) -> str:
        """The pages of one customer."""
        context = self._context(customer)
        context["text"] = {name: word.render(context) for name, word in self._words.items()}
        return "".join(
            f'<section class="{name}">{page.render(context)}</section>'
            for name, page in self._pages.items()
        )

    def document(self, customers: list[Drawn]) -> str:
        """The pages of several customers as one HTML document."""
        body = "".join(map(self.sections, customers))
        return f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{body}</body></html>'

    def _context(self, customer: Drawn) -> dict[str, Any]:
        owner = customer["owner"]
        fields = {"note": customer["note"]}
        if self._job.has_codes:
            fields["url"] = _svg("0 0 29 29", customer["qr"])
            fields["imb"] = _svg("-9 -2.016 226.8 14.472", customer["imb"])
        return {
            "recipient": {
                "first_name": customer["first"],
                "company": customer["company"],
                "address": {"city": customer["town"]},
            },
            "greeting": {"salutation": customer["salutation"]},
            "address_lines": customer["address"],
            "owner": {"name": OWNERS[owner], "signature": self._job.signature(owner).as_uri()},
            "sender": {"company": design.COMPANY},
            "fields": fields,
            "piece": {"number": design.number(customer)},
            "date": design.DATE,
        }


def _svg(box: str, path: str) -> Markup:
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><path d="{path}"/></svg>'
    )
