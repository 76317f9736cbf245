"""The designers' side: try a layout on the torture people, look at it, start a new one."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import io
import itertools
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from mailroom import presswork, produce
from mailroom.envelope import envelope_lines
from mailroom.errors import Refused, UsageError
from mailroom.files import cache_folder
from mailroom.fonts import Font
from mailroom.formats import Format, format_named
from mailroom.identity import identities_of
from mailroom.layout import Layout
from mailroom.model import Finding, FrameBox, Mailing, Severity
from mailroom.plan import make_piece
from mailroom.press.oracle import differences
from mailroom.render import weasy
from mailroom.shipped import SAMPLE
from mailroom.slowness import cause
from mailroom.torture import OWNER, OWNERS, SENDER, Filling, Person, household, people
from mailroom.usage import check_usage

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = dt.date(2026, 12, 3)  # printed on letters; fixed, so that pages are the same each time
_ADDRESS_LINE = 10.0  # points; closer lines of an address are not read by sorting machines
_CSS_WARNING = re.compile(r" at (\d+):(\d+)")
_STARTERS = {
    ("envelope", ("front", "back")): "flat",
    ("envelope", ("front", "inside-left", "inside-right", "back")): "folded",
    ("envelope", ("front", "inside-top", "inside-bottom", "back")): "tent",
    ("piece", ("letter",)): "letter",
    ("piece", ("front", "back")): "postcard-stamped",
    ("provider", ("front", "back")): "postcard",
    ("provider", ("outside", "inside")): "self-mailer",
    ("provider", ("letter",)): "letter-posted",
    ("provider", ("letter", "second")): "letter-posted",
}
"""By where the address is printed, and the pages of the format."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of trying one person on a layout, in one format and language."""

    person: Person
    format: Format
    language: str
    made: produce.Made

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.made.findings

    @property
    def held_by(self) -> tuple[str, ...]:
        """The rules that hold the piece, each once."""
        errors = (f.rule for f in self.findings if f.severity is Severity.ERROR)
        return tuple(dict.fromkeys(errors))

    @property
    def expected(self) -> bool:
        """Held, and rightly so: the person's data is at fault, not the layout.

        Where a rule does what it is there for, what else is wrong follows from the same data.
        """
        held_by = set(self.held_by)
        return bool(self.person.holds & held_by) or ("address-zone" in held_by and self._is_tall)

    @property
    def _is_tall(self) -> bool:
        """More lines of address than the envelope's window shows in a size one can read."""
        zone = self.format.address_zone
        return zone is not None and len(self.made.piece.address_lines) * _ADDRESS_LINE > zone.height


@dataclass(frozen=True, kw_only=True)
class PageUse:
    """How a page of a format comes about for the people it was tried on."""

    format: str
    page: str
    pieces: int
    laid_out: Mapping[str, int]  #: why pages could not be stamped -> how many
    wheres: Mapping[str, str]  #: of these reasons, where the cause of each is

    @property
    def stamped(self) -> int:
        return self.pieces - sum(self.laid_out.values())


@dataclass(frozen=True, kw_only=True)
class LayoutReport:
    """What is wrong with a layout, and how quick it is."""

    layout: Layout
    findings: tuple[Finding, ...]  #: about the layout itself
    trials: tuple[Trial, ...]
    pages: tuple[PageUse, ...]
    pieces_per_second: float  #: merging, printing and checking people not seen before
    compared: int = 0  #: stamped pages laid beside the reference's

    @property
    def failures(self) -> tuple[Trial, ...]:
        """Pieces that are held though the person's data is sound."""
        return tuple(trial for trial in self.trials if trial.held_by and not trial.expected)

    @property
    def expected_holds(self) -> tuple[Trial, ...]:
        """Pieces that are held as they must be."""
        return tuple(trial for trial in self.trials if trial.expected)

    @property
    def ok(self) -> bool:
        errors = any(finding.severity is Severity.ERROR for finding in self.findings)
        return not errors and not self.failures


def check_layout(
    layout: Layout,
    fonts: Sequence[Font],
    clock: Callable[[], float] = time.perf_counter,
    *,
    oracle: bool = False,
) -> LayoutReport:
    """Try everybody in all formats and languages, and read what the layout declares.

    With `oracle` every page is also laid out by the reference, and what differs is a finding.
    ConfigError or RenderError where a page cannot be made at all.
    """
    with tempfile.TemporaryDirectory(prefix="mailroom-") as scratch:
        folder = Path(scratch)
        trials = tuple(_everybody(layout, fonts, folder / "stamped"))
        findings = list(inspect_layout(layout, fonts))
        if oracle:
            wanted = tuple(_everybody(layout, fonts, folder / "wanted", stamp=False))
            findings += compare(layout, wanted, trials)
        started = clock()
        strangers = len(tuple(_everybody(layout, fonts, folder / "again", mark="q")))
        seconds = clock() - started
    return LayoutReport(
        layout=layout,
        findings=tuple(findings),
        trials=trials,
        pages=tuple(_page_uses(layout, trials)),
        pieces_per_second=strangers / seconds if seconds else 0.0,
        compared=sum(not reason for t in trials for reason in t.made.reasons) if oracle else 0,
    )


def _everybody(
    layout: Layout, fonts: Sequence[Font], folder: Path, *, stamp: bool = True, mark: str = ""
) -> Iterator[Trial]:
    """`mark` is put behind every surname, so that nobody has been seen before."""
    for name in layout.formats:
        for language in languages_of(layout):
            who = [_marked(person, mark) if mark else person for person in people(language)]
            place = folder / f"{name}-{language}"
            yield from try_on(layout, format_named(name), fonts, who, language, place, stamp=stamp)


def _marked(person: Person, mark: str) -> Person:
    members = tuple(
        dataclasses.replace(member, last_name=member.last_name and member.last_name + mark)
        for member in person.members
    )
    return dataclasses.replace(person, members=members)


def _page_uses(layout: Layout, trials: Sequence[Trial]) -> Iterator[PageUse]:
    for name in layout.formats:
        of_format = [trial for trial in trials if trial.format.name == name]
        for number, page in enumerate(format_named(name).pages):
            reasons = Counter(t.made.reasons[number] for t in of_format)
            del reasons[""]
            yield PageUse(
                format=name,
                page=page,
                pieces=len(of_format),
                laid_out=dict(reasons.most_common()),
                wheres={reason: cause(layout, page, reason) for reason in reasons},
            )


def compare(layout: Layout, wanted: Sequence[Trial], stamped: Sequence[Trial]) -> Iterator[Finding]:
    """What is not the same on the stamped pages as on the reference's; both of the same people."""
    files = {
        one.made.artwork.path: other.made.artwork.path
        for one, other in zip(wanted, stamped, strict=True)
    }
    found = {
        path: list(differences(file.read_bytes(), path.read_bytes()))
        for file, path in files.items()
    }
    for trial in stamped:
        artwork = trial.made.artwork
        for number, page in enumerate(trial.format.pages):
            difference = found[artwork.path][artwork.first_page + number]
            if difference:
                yield Finding(
                    rule="oracle",
                    severity=Severity.ERROR,
                    message=f"stamped for {trial.person.title} ({trial.format.name}, "
                    f"{trial.language}), page {page} is not what the reference prints: "
                    f"{difference}",
                    where=f"{layout.name}/{layout.pages[page]}",
                    hint="please report it, with the layout",
                )


def languages_of(layout: Layout) -> tuple[str, ...]:
    """The languages a layout has words in; a layout without any words is tried in English."""
    return layout.languages or ("en",)


def inspect_layout(layout: Layout, fonts: Sequence[Font]) -> tuple[Finding, ...]:
    """What is wrong with the layout whoever gets it: its names, words, fonts, files, CSS.

    The templates must compile, so try somebody on first.
    """
    reference = weasy.open_reference(layout, format_named(layout.formats[0]), fonts)
    warnings = [_style_finding(layout, line) for line in reference.style_warnings]
    return (*check_usage(layout, fonts), *warnings)


def _style_finding(layout: Layout, line: str) -> Finding:
    """WeasyPrint says `Ignored ... at 12:3` and not in which file."""
    at = _CSS_WARNING.search(line)
    number = int(at[1]) if at else 1
    files = [f for f in layout.style if _is_at(layout.folder / f, number, line)] or layout.style
    return Finding(
        rule="style",
        severity=Severity.WARNING,
        message=line,
        where=f"{layout.name}/{files[0]}:{number}",
        hint="correct it; a declaration that is ignored is not printed",
    )


def _is_at(style: Path, number: int, warning: str) -> bool:
    """Does the line of that number hold what the warning quotes first?"""
    lines = style.read_text(encoding="utf-8").splitlines()
    quoted = re.search(r"[`'\"]([\w-]+)", warning)
    return bool(quoted and number <= len(lines) and quoted[1] in lines[number - 1])


# --- trying people on -----------------------------------------------------------------------


def try_on(
    layout: Layout,
    fmt: Format,
    fonts: Sequence[Font],
    persons: Sequence[Person],
    language: str,
    folder: Path,
    *,
    stamp: bool = True,
) -> tuple[Trial, ...]:
    """Merge, print and check the layout for `persons`; their pages are in files of `folder`.

    Where fields are to be empty people need a mailing of their own, since pictures are given
    to one as a whole. Without `stamp` every page is laid out by the reference.
    """
    trials: list[Trial] = []
    for bare, group in itertools.groupby(persons, lambda p: p.filling is Filling.EMPTY):
        some = tuple(group)
        setup = _setup(layout, fmt, fonts, language, bare=bare, stamp=stamp)
        pieces = tuple(
            make_piece(
                household(person, layout.fields, language),
                len(trials) + number,
                setup.mailing,
                layout,
                SENDER,
                OWNERS,
            )
            for number, person in enumerate(some, 1)
        )
        # Many of them are the same person twice, so that nobody is a stranger here.
        setup = dataclasses.replace(setup, each_time=presswork.each_time(setup, pieces))
        chunk = produce.Chunk(setup=setup, pieces=pieces, others=identities_of(()))
        place = folder / f"{len(trials)}"
        place.mkdir(parents=True, exist_ok=True)
        printed = [(chunk, presswork.make(chunk))]
        trials += [
            Trial(person=person, format=fmt, language=language, made=_located(setup, made))
            for person, made in zip(
                some, presswork.bind(setup, place, printed, len(pieces)), strict=True
            )
        ]
    return tuple(trials)


def _setup(
    layout: Layout,
    fmt: Format,
    fonts: Sequence[Font],
    language: str,
    *,
    bare: bool,
    stamp: bool,
) -> produce.Setup:
    """A mailing with this layout; `bare` leaves out the pictures that may be left out."""
    pictures = {
        field.name: (layout.folder / field.example).resolve()
        for field in layout.fields.values()
        if field.type == "image" and field.example and (field.required or not bare)
    }
    mailing = Mailing(
        name=layout.name,
        title=layout.title,
        layout=layout.name,
        format=fmt.name,
        provider="outbox",
        owner=OWNER,
        date=_DATE,
        language=language,
        fields={name: str(path) for name, path in pictures.items()},
    )
    signatures = [owner.signature for owner in OWNERS.values() if owner.signature]
    return produce.Setup(
        mailing=mailing,
        layout=layout,
        format=fmt,
        fonts=tuple(fonts),
        sender=SENDER,
        sender_lines=envelope_lines((), SENDER.address, SENDER.address.country),
        workspace=layout.folder,
        pictures=(*signatures, *pictures.values()),
        cache=cache_folder("stencils"),
        stamp=stamp,
    )


def _located(setup: produce.Setup, made: produce.Made) -> produce.Made:
    """Each finding on a page with the line of the layout that the page or its frame is on."""
    findings = tuple(
        dataclasses.replace(finding, where=_where(setup, finding, made.artwork.frames))
        if finding.page
        else finding
        for finding in made.findings
    )
    return made._replace(findings=findings)


def _where(setup: produce.Setup, finding: Finding, frames: Sequence[FrameBox]) -> str:
    layout = setup.layout
    template = layout.pages[setup.format.pages[finding.page - 1]]
    place = f"{layout.name}/{template}"
    frame = _frame_at(finding, frames)
    if frame:
        source = (layout.folder / template).read_text(encoding="utf-8")
        found = re.search(rf"""data-frame\s*=\s*["']?{re.escape(frame)}\b""", source)
        if found:
            return f"{place}:{source.count(chr(10), 0, found.start()) + 1}"
    return place


def _frame_at(finding: Finding, frames: Sequence[FrameBox]) -> str:
    """The frame on the finding's page that its box belongs to."""
    box = finding.box
    near = [
        frame.name
        for frame in frames
        if frame.page == finding.page
        and box
        and (frame.box.overlaps(box) or frame.content.overlaps(box))
    ]
    return near[0] if near else ""


# --- looking at it --------------------------------------------------------------------------


def picture(trial: Trial, page: int, pixels: int, *, bleed: bool = False) -> bytes:
    """Page `page` (1-based) as a PNG of exactly `pixels` width, trimmed unless `bleed`.

    Not for two threads at once: PDFium is not thread-safe.
    """
    art, fmt = trial.made.artwork, trial.format
    cut = 0.0 if bleed else float(fmt.bleed)
    right, top = fmt.media_box.width - cut, fmt.media_box.height - cut
    with contextlib.closing(pypdfium2.PdfDocument(art.path)) as document:
        sheet = document[art.first_page + page - 1]
        sheet.set_cropbox(cut, cut, right, top)
        # PDFium rounds up, so a hair less gives the width that was asked for.
        image = sheet.render(scale=(pixels - 0.01) / (right - cut)).to_pil()
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=1)
    return out.getvalue()


# --- starting a new one ---------------------------------------------------------------------


def new_layout(name: str, folder: Path, fmt: Format) -> Path:
    """Write a small working layout to `folder/name` and return its folder.

    UsageError where the name will not do; Refused where there is something of that name,
    which is left as it is.
    """
    if not _NAME.fullmatch(name):
        hint = "use small letters, digits and hyphens, such as spring-greeting"
        raise UsageError(f"{name!r} is no name for a layout", hint=hint)
    target = folder / name
    if target.exists():
        hint = "choose another name, or delete the folder first"
        raise Refused("there is such a layout already", where=str(target), hint=hint)
    starter = SAMPLE / "layout" / _STARTERS[fmt.addressed, fmt.pages]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        draft = Path(scratch) / name
        shutil.copytree(starter, draft)
        manifest = draft / "layout.toml"
        text = manifest.read_text(encoding="utf-8")
        title = name.replace("-", " ").capitalize()
        text = text.replace("@TITLE@", title).replace("@FORMAT@", fmt.name)
        manifest.write_text(text, encoding="utf-8")
        draft.rename(target)  # whole or not at all
    return target
