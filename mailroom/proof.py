"""Which pieces a person looks at before approving: the nastiest ones, and one of each kind."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale

from mailroom.model import Artwork, Piece, Severity
from mailroom.where import fold

AT_MOST = 24
"""As many pieces as a person still looks at one by one."""

_ALIKE = 3  # letters: Margaret and Margret may be one person
_ENGLISH = Locale("en")
_NO_ARTWORKS: Mapping[str, Artwork] = {}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A piece of the proof, and why it is there."""

    piece: Piece
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """A reason to show a piece, and the pieces that would do, the best first."""

    reason: str
    pieces: tuple[Piece, ...]


def choose(
    pieces: Sequence[Piece],
    artworks: Mapping[str, Artwork] = _NO_ARTWORKS,
    columns: Sequence[str] = (),
    limit: int = AT_MOST,
) -> tuple[Chosen, ...]:
    """The first and the last piece, the extremes, and one of each kind, by number.

    `artworks` by piece key, where there are pages: they tell how full the frames are.
    `columns` are those columns of the export that the layout reads. A piece that serves
    several reasons is there once. The same pieces give the same choice. What comes late in
    the list of wishes is left out first, if there are more than `limit`.
    """
    chosen: dict[str, list[str]] = {}
    by_key = {piece.key: piece for piece in pieces}
    for wish in _wishes(pieces, artworks, columns):
        key = next((piece.key for piece in wish.pieces if piece.key in chosen), "")
        if key:
            chosen[key].append(wish.reason)
        elif len(chosen) < limit:
            chosen[wish.pieces[0].key] = [wish.reason]
    found = [Chosen(piece=by_key[key], reasons=tuple(why)) for key, why in chosen.items()]
    return tuple(sorted(found, key=lambda item: item.piece.number))


def is_held(piece: Piece) -> bool:
    """Will the piece stay behind as it is?"""
    return any(finding.severity is Severity.ERROR for finding in piece.findings)


def _wishes(
    pieces: Sequence[Piece], artworks: Mapping[str, Artwork], columns: Sequence[str]
) -> Iterator[_Wish]:
    """Every wish, the most important first; held pieces show only why they are held."""
    good = [piece for piece in pieces if not is_held(piece)]
    if good:
        yield _Wish(reason="first", pieces=(good[0],))
        yield _Wish(reason="last", pieces=(good[-1],))
        yield from _extremes(good, artworks)
        yield from _kinds(good, _composed)
    yield from _kinds([piece for piece in pieces if is_held(piece)], _held)
    yield from _kinds(good, _warned)
    for kind in (_language, _script, _country):
        yield from _kinds(good, kind)
    yield from _kinds(good, lambda piece: _branches(piece, columns))


def _extremes(pieces: Sequence[Piece], artworks: Mapping[str, Artwork]) -> Iterator[_Wish]:
    for reason, measure in _MEASURES.items():
        yield _most(reason, pieces, measure)
    drawn = [piece for piece in pieces if piece.key in artworks and artworks[piece.key].frames]
    if drawn:
        yield _most("most text", drawn, lambda piece: _ink(artworks[piece.key]))
        yield _most("least text", drawn, lambda piece: -_ink(artworks[piece.key]))
        yield _most("fullest frame", drawn, lambda piece: _fullest(artworks[piece.key]))


_MEASURES: Mapping[str, Callable[[Piece], float]] = {
    "longest name": lambda piece: len(piece.greeting.envelope_name.text),
    "longest greeting": lambda piece: len(piece.greeting.salutation.text),
    "longest address line": lambda piece: max(map(len, piece.address_lines), default=0),
    "most address lines": lambda piece: len(piece.address_lines),
    "longest address": lambda piece: sum(map(len, piece.address_lines)),
}


def _most(reason: str, pieces: Sequence[Piece], measure: Callable[[Piece], float]) -> _Wish:
    """All the pieces that have the largest measure, by number."""
    measures = [(measure(piece), piece) for piece in pieces]
    largest = max(value for value, _ in measures)
    return _Wish(reason=reason, pieces=tuple(p for value, p in measures if value == largest))


def _ink(artwork: Artwork) -> float:
    """How much of the frames is filled, in square points."""
    return sum(frame.content.width * frame.content.height for frame in artwork.frames)


def _fullest(artwork: Artwork) -> float:
    return max(f.content.height / f.box.height for f in artwork.frames if f.box.height)


def _kinds(pieces: Sequence[Piece], kinds: Callable[[Piece], Iterable[str]]) -> Iterator[_Wish]:
    """One wish for each kind there is, its longest names first."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        for kind in kinds(piece):
            found.setdefault(kind, []).append(piece)
    for kind in sorted(found):
        nastiest = sorted(found[kind], key=lambda p: (-_MEASURES["longest name"](p), p.number))
        yield _Wish(reason=kind, pieces=tuple(nastiest))


def _composed(piece: Piece) -> Iterator[str]:
    """What we have put together from several records: nobody has seen it like that before."""
    household = piece.household
    first_names = [fold(member.first_name)[:_ALIKE] for member in household.members]
    if len({*first_names}) < len(first_names):
        yield "first names alike in one household"
    if len({fold(member.last_name) for member in household.members}) > 1:
        yield "several last names in one household"
    if len(household.members) > 1:
        yield "people of several rows"
    if any(member.partners for member in household.members):
        yield "several people in one row"
    if household.also:
        yield "several records of one person"
    for lent in household.borrowed:
        yield f"{lent.field.replace('_', ' ')} of another record"


def _held(piece: Piece) -> Iterator[str]:
    rules = {f.rule for f in piece.findings if f.severity is Severity.ERROR}
    return (f"held: {rule}" for rule in sorted(rules))


def _warned(piece: Piece) -> Iterator[str]:
    rules = {f.rule for f in piece.findings if f.severity is Severity.WARNING}
    return (f"warning: {rule}" for rule in sorted(rules))


def _language(piece: Piece) -> Iterator[str]:
    yield f"in {_ENGLISH.languages.get(piece.language, piece.language or 'no language')}"


def _country(piece: Piece) -> Iterator[str]:
    code = piece.recipient.address.country
    yield f"to {_ENGLISH.territories.get(code, code or 'no country')}"


def _script(piece: Piece) -> Iterator[str]:
    text = " ".join((piece.greeting.envelope_name.text, *piece.address_lines))
    return (f"{script} letters" for script in sorted(scripts(text)))


def scripts(text: str) -> frozenset[str]:
    """The scripts of the letters, by the first word of their Unicode names: Latin, Greek."""
    names = (unicodedata.name(char, "") for char in set(text) if char.isalpha())
    return frozenset(name.split()[0].capitalize() for name in names if name)


def _branches(piece: Piece, columns: Sequence[str]) -> Iterator[str]:
    """What the layout may say differently: each way it can go."""
    person = piece.recipient
    yield "with company" if person.company else "without company"
    yield "a couple" if len(piece.household.members) > 1 else "one person"
    yield "with title" if person.salutation else "without title"
    yield f"signed by {piece.owner.name}"
    fields = {name.casefold(): value for name, value in person.fields.items()}
    for column in columns:
        filled = bool(fields.get(column.casefold(), "").strip())
        yield f"with {column}" if filled else f"without {column}"
