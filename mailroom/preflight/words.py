"""Rules on what is read: nothing left open, nothing unreadable, and nobody else's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailroom.fonts import missing_glyphs
from mailroom.identity import is_one_printed, is_printed, tokens_of
from mailroom.model import Piece
from mailroom.placeholders import field_left_open, placeholder_names, placeholder_text
from mailroom.preflight.case import Case, Fault, box_of, names_of

_NAMED = 6  # characters a finding names before it only counts


def empty_frame(case: Case) -> Iterator[Fault]:
    """A frame that nothing was put into."""
    for frame in case.artwork.frames:
        if frame.empty:
            yield Fault(
                message=f"the frame {frame.name!r} is empty ({frame.box.in_mm()})",
                page=frame.page,
                box=frame.box,
                hint="fill the column it is read from; a frame that may stay empty is marked "
                "data-optional in the layout",
            )


def unresolved_field(case: Case) -> Iterator[Fault]:
    """`{{ first_name }}`, `«First_Name»`, `%FNAME%` on paper."""
    for number, page in case.numbered():
        found = field_left_open(page.text)
        if found:
            yield Fault(
                message=f"a field was not filled in: {found}",
                page=number,
                box=box_of(page, found),
                hint="mailroom fills in {{ name }} only in a layout and its words, not in the "
                "data: correct the text it stands in",
            )


def placeholder_word(case: Case) -> Iterator[Fault]:
    """`null`, `undefined`, "insert name", "Dear ,"."""
    names = names_of(case.piece)
    in_names = placeholder_names([text for _, text in names])
    for (kind, text), found in zip(names, in_names, strict=True) if any(in_names) else ():
        if found:
            yield Fault(
                message=f"the {kind} reads {text!r}: {found!r} is a placeholder, not data",
                hint=f"correct it in the CRM ({case.piece.recipient.where}), then run intake again",
            )
    for number, page in case.numbered():
        found = placeholder_text(page.text, case.piece.language)
        if found:
            yield Fault(
                message=f"{found!r} looks like a placeholder that was never replaced",
                page=number,
                box=box_of(page, found),
                hint="correct the text, or accept it with a reason at approval",
            )


def missing_glyph(case: Case) -> Iterator[Fault]:
    """Characters that would print as nothing: asked of the fonts, then seen on the page."""
    told: set[str] = set()
    for number, text in enumerate(case.words, 1):
        if not case.standard.strange_letter.search(unicodedata.normalize("NFC", text)):
            continue
        chars = missing_glyphs(text, case.standard.fonts)
        told.update(chars)
        if chars:
            yield _no_glyph(case.piece, tuple(chars), number)
    for number, page in case.numbered():
        seen = tuple(char for char in page.blanks if not char or not told.issuperset(char))
        if seen:
            yield _no_glyph(case.piece, seen, number)


def _no_glyph(piece: Piece, chars: tuple[str, ...], page: int) -> Fault:
    named = [_with_code(char) for char in chars[:_NAMED]]
    more = f" and {len(chars) - _NAMED} more" if len(chars) > _NAMED else ""
    needing = (
        kind_text for kind_text in names_of(piece) if set("".join(chars)) & set(kind_text[1])
    )
    who = next((f", needed by the {kind} {text!r}" for kind, text in needing), "")
    return Fault(
        message=f"no font of the layout can draw {', '.join(named)}{more}{who}",
        page=page,
        hint="write it in letters the fonts have, or add a font with its script to fonts/ and "
        "to the layout",
    )


def _with_code(char: str) -> str:
    codes = " ".join(f"U+{ord(part):04X}" for part in char)
    return f"{char!r} ({codes})" if char else "one of the characters"


def own_recipient(case: Case) -> Iterator[Fault]:
    """Promise 2: its own name, number and address, and nobody else's."""
    piece, text = case.piece, "\n".join([page.text for page in case.pages])
    if not is_one_printed(_own_names(piece), text):
        yield Fault(
            message=f"the pages do not carry the name {piece.greeting.envelope_name.text!r}",
            hint="do not send it: the page may belong to somebody else",
        )
    if not is_printed(f"{piece.number:04d}", text):
        yield Fault(
            message=f"the pages do not carry the number {piece.number:04d}",
            hint="the layout prints {{ piece.number }} in its imprint",
        )
    fmt = case.standard.format
    if fmt.address_zone and not fmt.addressed_envelope:
        for line in piece.address_lines:
            if not is_printed(line, text):
                yield Fault(
                    message=f"the address line {line!r} is not on the piece",
                    hint="the layout prints all of address_lines in its frame 'address'",
                )
    own = {piece.greeting.envelope_name.text, *piece.address_lines}
    if case.standard.others.found_in(text, but=own):
        yield from _strangers(case)


def _own_names(piece: Piece) -> Iterator[str]:
    greeting, recipient = piece.greeting, piece.recipient
    yield from (greeting.salutation.text, greeting.envelope_name.text, greeting.informal.text)
    yield from (recipient.name, recipient.last_name, recipient.first_name)


def _strangers(case: Case) -> Iterator[Fault]:
    """Identities of other pieces; what stands in this person's own data is their own."""
    others = case.standard.others
    for number, page in case.numbered():
        found = others.found_in(page.text)
        found = found and found - tokens_of(case.piece) - case.standard.anybodys
        found = found and found - others.within(_own_texts(case.piece))
        if found:  # no name begins in one paragraph and ends in the next
            found = found & others.within(page.text.split("\n\n"))
        for tokens in sorted(found):
            name = " ".join(tokens)
            yield Fault(
                message=f"{name!r} belongs to another piece of this mailing",
                page=number,
                box=box_of(page, name),
                hint="do not send it: the page may belong to somebody else",
            )


def _own_lines(piece: Piece) -> Iterator[str]:
    yield from (text for _, text in names_of(piece))
    yield from (member.name for member in piece.household.members)


def _own_texts(piece: Piece) -> Iterator[str]:
    yield from (*_own_lines(piece), piece.owner.name, piece.owner.role)
    for member in piece.household.members:
        yield from (member.company, *member.fields.values())
