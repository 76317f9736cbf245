"""What the layouts say, for those who read no HTML: their words, and their boxes from the CSS.

So the words and the boxes stand in the layouts alone, and are the same for every contestant.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from benchmarks.jobs.customers import OWNERS, Customer

LAYOUTS = Path(__file__).parent
COMPANY = "Kranich & Daughters"  #: whose post it is
DATE = "1 December 2026"
PAGE = {"card": "back", "letter": "letter"}  #: the class of the page with the text

_FIELDS = {
    "recipient.company": "company",
    "recipient.address.city": "town",
    "fields.note": "note",
    "owner.name": "signer",
}
"""Jinja's name of a merge field -> the key of `values`."""

_RULE = re.compile(r"\.([\w-]+) \{([^}]*)\}")
_POINTS = re.compile(r"([a-z-]+): ([\d.]+)pt;")


def words(job: str) -> dict[str, str]:
    """The layout's words, with Jinja in them."""
    manifest = (LAYOUTS / f"{job}-layout" / "layout.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(manifest)["words"]["en"]
    return found


@lru_cache
def message(job: str) -> tuple[str, ...]:
    """The paragraphs of the message for `str.format_map(values(customer))`."""
    texts = ("{salutation}", *words(job)["message"].split("\n\n"), words(job)["close"])
    return tuple(
        re.sub(r"\{\{ ([\w.]+) \}\}", lambda match: f"{{{_FIELDS[match[1]]}}}", text.strip())
        for text in texts
    )


def values(customer: Customer) -> dict[str, str]:
    """What is merged into the message."""
    texts = {name: customer[name] for name in ("salutation", "company", "town", "note")}  # type: ignore[literal-required]
    return {**texts, "signer": OWNERS[customer["owner"]]}


def number(customer: Customer) -> str:
    """As it is printed."""
    return f"{customer['number']:04d}"


@lru_cache
def rules(job: str) -> dict[str, dict[str, float]]:
    """Class -> property -> points, of everything in the style sheet that is in points."""
    css = (LAYOUTS / f"{job}-layout" / "style.css").read_text(encoding="utf-8")
    return {
        name: {key: float(value) for key, value in _POINTS.findall(body)}
        for name, body in _RULE.findall(css)
    }


@lru_cache
def box(job: str, frame: str) -> tuple[float, float, float, float]:
    """Left, top, width, height of a frame's content in points, from the trimmed page's corner."""
    rule = rules(job)[frame]
    left = rule["left"] + rule.get("padding-left", 0)
    return left, rule["top"], rule["width"], rule["height"]


@lru_cache
def type_of(job: str, frame: str) -> tuple[float, float]:
    """Type size and leading of a frame in points; a frame without takes its page's."""
    rule = {**rules(job)[PAGE[job]], **rules(job)[frame]}
    return rule["font-size"], rule["line-height"]


@lru_cache
def skip_of(job: str) -> float:
    """Points between the paragraphs of the message."""
    css = (LAYOUTS / f"{job}-layout" / "style.css").read_text(encoding="utf-8")
    found = re.search(r"\.message p \{\s*margin: 0 0 ([\d.]+)pt", css)
    assert found
    return float(found[1])
