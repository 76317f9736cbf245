"""PDF/X-4 (ISO 15930-7:2010): what the file says of itself, checked entry by entry.

This is a self-check. There is no open validator of PDF/X to compare it with, and it does not look
at everything that the standard asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from mailroom.inspection.document import Document, PageBoxes
from mailroom.matrix import Corners, common, numbers

_VERSION = re.compile(r"GTS_PDFXVersion(?:\s*=\s*[\"']|>)\s*([^\"'<]+)")
_TRAPPED = re.compile(r"pdf:Trapped(?:\s*=\s*[\"']|>)\s*([A-Za-z]+)")
_NEWEST = "1.7"
_MARKS_OF_PRINTERS = ("/TrapNet", "/PrinterMark")


def label(document: Document) -> str:
    """`PDF/X-4`, as the XMP or the Info dictionary has it; empty where it says nothing."""
    found = _VERSION.search(document.metadata)
    if found:
        return found[1].strip()
    return str(_info(document).get("/GTS_PDFXVersion", ""))


def _info(document: Document) -> Any:
    info = document.pdf.trailer.get("/Info")
    return info if isinstance(info, pikepdf.Dictionary) else {}


def output_intent(document: Document) -> Any:
    """The one that is meant for PDF/X; None where there is none."""
    for intent in document.pdf.Root.get("/OutputIntents", []):
        if str(intent.get("/S")) == "/GTS_PDFX":
            return intent
    return None


def condition(document: Document) -> str:
    """Which press its colours are made for, by name; empty where it does not say."""
    intent = output_intent(document)
    if intent is None:
        return ""
    return str(intent.get("/OutputConditionIdentifier", intent.get("/Info", "")))


def intent_faults(document: Document) -> Iterator[str]:
    """OutputIntent (6.2.2): one, named, with the profile of a CMYK press in it."""
    intent = output_intent(document)
    if intent is None:
        yield "it has no OutputIntent: nothing says for which press its colours are made"
        return
    if not str(intent.get("/OutputConditionIdentifier", "")):
        yield "its OutputIntent does not name the printing condition (OutputConditionIdentifier)"
    profile = intent.get("/DestOutputProfile")
    if not isinstance(profile, pikepdf.Stream):
        yield "its OutputIntent has no profile in it (DestOutputProfile)"
        return
    yield from _profile_faults(profile)


def _profile_faults(profile: Any) -> Iterator[str]:
    """The header of an ICC profile (ICC.1:2010, 7.2): signature, class and colour space."""
    data = profile.read_bytes()
    if len(data) < 128 or data[36:40] != b"acsp":
        yield "the profile of its OutputIntent is no ICC profile"
    elif data[16:20] != b"CMYK" or int(profile.get("/N", 0)) != 4:
        space = data[16:20].decode("latin-1").strip()
        yield f"the profile of its OutputIntent is for {space}, not for CMYK"
    elif data[12:16] != b"prtr":
        yield "the profile of its OutputIntent is not that of a printing press"


def label_faults(document: Document) -> Iterator[str]:
    """Metadata (6.5.1): the version, in the XMP packet, which nobody has compressed."""
    named = label(document)
    if not named:
        yield "it does not say that it is PDF/X"
    elif not named.startswith("PDF/X-4"):
        yield f"it says that it is {named}, and PDF/X-4 is wanted"
    elif not _VERSION.search(document.metadata):
        yield "PDF/X-4 is only named in its Info dictionary and not in its XMP metadata"


def entry_faults(document: Document) -> Iterator[str]:
    """ID, Trapped, version (6.1.3, 6.5.2, 6.1.2)."""
    identity = document.pdf.trailer.get("/ID")
    if identity is None or len(identity) != 2:
        yield "it has no ID in its trailer"
    info = str(_info(document).get("/Trapped", "")).removeprefix("/")
    in_xmp = _TRAPPED.search(document.metadata)
    trapped = in_xmp[1] if in_xmp else info
    if trapped not in ("True", "False"):
        yield "it does not say whether it is trapped (Trapped: True or False)"
    elif in_xmp and info and info != in_xmp[1]:
        yield f"Trapped is {info} in its Info dictionary and {in_xmp[1]} in its XMP metadata"
    if document.pdf.pdf_version > _NEWEST:
        yield f"it is PDF {document.pdf.pdf_version}, and PDF/X-4 is at most PDF 1.6 or 1.7"


def active_faults(document: Document) -> Iterator[str]:
    """What does something, or carries something, besides being printed (6.14 to 6.17)."""
    root = document.pdf.Root
    names: Any = root.get("/Names", {})
    if "/JavaScript" in names or "/AA" in root or _runs(root.get("/OpenAction")):
        yield "it has scripts or actions that run by themselves"
    if "/EmbeddedFiles" in names:
        yield "it has other files embedded"
    if "/AcroForm" in root and len(root["/AcroForm"].get("/Fields", [])):
        yield "it has a form to fill in"


def _runs(action: Any) -> bool:
    """A place to begin reading at is harmless; an action is none."""
    return isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "/GoTo")) != "/GoTo"


def notes(page: Any, boxes: PageBoxes) -> Iterator[tuple[str, Corners]]:
    """Links, notes and fields that lie on what is printed, with where they lie."""
    for note in page.get("/Annots", []):
        kind = str(note.get("/Subtype", "/Widget"))
        corners = numbers(note.get("/Rect", ()), 4)
        if corners is None or kind in _MARKS_OF_PRINTERS:
            continue
        x, y, right, top = corners
        upright = (min(x, right), min(y, top), max(x, right), max(y, top))
        if common(upright, boxes.bled):
            yield kind.removeprefix("/"), upright
