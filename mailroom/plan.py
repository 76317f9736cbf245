"""Audience -> Pieces: permanent keys, sequence numbers, greetings, addresses; the digest.

A piece's key is made of the mailing and the household, so that whatever route is used and
however often a command is repeated, the household's piece is the same piece. What has left
the house is never planned again, also where the household has since moved or changed.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailroom import envelope, greeting, verdicts
from mailroom.countries import is_domestic
from mailroom.errors import ConfigError
from mailroom.formats import Format
from mailroom.greetings import Tables
from mailroom.layout import Layout
from mailroom.letters import latin
from mailroom.model import (
    Address,
    Finding,
    Household,
    LeftOut,
    Mailing,
    Order,
    Owner,
    Piece,
    Quote,
    Recipient,
    Sender,
    Severity,
    digest,
    digest_of_texts,
)

# Where the person names no language; only countries in which one is plain. Belgium, Canada,
# Finland, Luxembourg and Switzerland have several: the mailing's is used there, never a guess.
_COUNTRY_LANGUAGES = {
    country: language
    for language, countries in {
        "de": "AT DE LI",
        "en": "AU GB IE NZ US",
        "es": "AR CL CO CR CU DO EC ES GT HN MX NI PA PE SV UY VE",
        "fr": "FR MC",
        "it": "IT SM VA",
        "ja": "JP",
        "nl": "NL",
        "pl": "PL",
        "sv": "SE",
    }.items()
    for country in countries.split()
}


@dataclass(frozen=True, kw_only=True)
class AlreadySent:
    """A household whose piece of this mailing has left the house before."""

    household: Household
    piece: str


@dataclass(frozen=True, kw_only=True)
class SentBefore:
    """What the ledger says has been sent of this mailing."""

    households: Mapping[str, str]
    recipients: Mapping[str, str]
    numbers: frozenset[int]


NOTHING_SENT = SentBefore(households={}, recipients={}, numbers=frozenset())
NOTHING_LOOKED_UP: Mapping[Address, verdicts.Known] = {}


def piece_key(mailing: str, household: str) -> str:
    """The permanent identity: mailing x household."""
    return digest("piece", mailing, household)


def make_pieces(
    households: Iterable[Household],
    mailing: Mailing,
    layout: Layout,
    sender: Sender,
    owners: Mapping[str, Owner],
    before: SentBefore = NOTHING_SENT,
    looked_up: Mapping[Address, verdicts.Known] = NOTHING_LOOKED_UP,
    greetings: Tables | None = None,
    of: str = "",
) -> tuple[tuple[Piece, ...], tuple[AlreadySent, ...], tuple[LeftOut, ...]]:
    """A piece for every household, but for those that have had theirs; who is over the limit.

    Numbers count up in the households' order and pass over those that are on paper already.
    The mailing's limit is of all its pieces, those that have left the house among them.
    `looked_up` is what the post and people say of the CRM's addresses; `greetings` the
    workspace's own words, None for those that are shipped. `of`: a record's key, if only the
    piece of its household is wanted; those of the others are counted and not made.
    """
    pieces: list[Piece] = []
    planned = 0
    already: list[AlreadySent] = []
    beyond: list[LeftOut] = []
    numbers = _free_numbers(before.numbers)
    reason = f"beyond the limit of {mailing.limit}"
    for household in households:
        if sent := _sent_before(household, before):
            already.append(AlreadySent(household=household, piece=sent))
        elif mailing.limit and planned + len(before.numbers) >= mailing.limit:
            beyond += [LeftOut(recipient=member, reason=reason) for member in household.members]
        else:
            planned, number = planned + 1, next(numbers)
            if of and all(member.key != of for member in household.members):
                continue
            said = looked_up.get(household.head.address, verdicts.NOTHING)
            pieces.append(
                make_piece(household, number, mailing, layout, sender, owners, said, greetings)
            )
    return tuple(pieces), tuple(already), tuple(beyond)


def make_piece(
    household: Household,
    number: int,
    mailing: Mailing,
    layout: Layout,
    sender: Sender,
    owners: Mapping[str, Owner],
    said: verdicts.Known = verdicts.NOTHING,
    greetings: Tables | None = None,
) -> Piece:
    """One household's piece: its language, who signs, how it is greeted and addressed."""
    home = sender.address.country
    household, about_address = verdicts.as_the_post_has_it(household, said, home)
    head = household.head
    language, about_language = _language(household, mailing, layout)
    owner, about_owner = _owner(head, mailing, owners)
    greet = greeting.greet(
        household, language=language, formality=mailing.formality, tables=greetings
    )
    names = [greet.envelope_name.text]
    if head.company and head.company != greet.envelope_name.text:
        names.append(head.company)
    names, place, about_script = _scripted(names, head, mailing.script)
    return Piece(
        key=piece_key(mailing.name, household.key),
        mailing=mailing.name,
        number=number,
        household=household,
        greeting=greet,
        language=language,
        address_lines=envelope.envelope_lines(names, place, home, us_form=mailing.us_form),
        owner=owner,
        findings=(
            *(finding for member in household.members for finding in member.findings),
            *about_address,
            *about_script,
            *about_language,
            *about_owner,
        ),
    )


def _scripted(
    names: list[str], head: Recipient, script: str
) -> tuple[list[str], Address, tuple[Finding, ...]]:
    """Names and address in Latin letters where that is wanted, or what holds the piece."""
    if script != "latin":
        return names, head.address, ()
    country = head.address.country
    written = [latin(name, country) for name in names]
    place = envelope.in_latin(head.address)
    if place is not None and None not in written:
        return [name for name in written if name is not None], place, ()
    parts = (*names, *vars(head.address).values())
    odd = next(text for text in parts if latin(text, country) is None)
    finding = Finding(
        rule="not-latin",
        severity=Severity.ERROR,
        message=f"nobody can tell surely how {odd} is written in Latin letters",
        where=head.where,
        hint="write it in Latin letters into the CRM, or leave script out of the mailing",
    )
    return names, head.address, (finding,)


def _sent_before(household: Household, before: SentBefore) -> str:
    """The piece that went to this household, or to any record of anybody in it."""
    records = (*(member.key for member in household.members), *household.also)
    by_record = (before.recipients.get(key) for key in records)
    return before.households.get(household.key) or next(filter(None, by_record), "")


def _free_numbers(taken: frozenset[int]) -> Iterator[int]:
    number = 0
    while True:
        number += 1
        if number not in taken:
            yield number


def _language(
    household: Household, mailing: Mailing, layout: Layout
) -> tuple[str, tuple[Finding, ...]]:
    """The person's own, else the country's, else the mailing's; only if the layout has it."""
    head = household.head
    wanted = head.language or _COUNTRY_LANGUAGES.get(head.address.country, "")
    has = {*layout.words, *mailing.text}
    if not wanted or wanted in has:
        return wanted or mailing.language, ()
    finding = Finding(
        rule="other-language",
        severity=Severity.NOTE,
        message=f"{layout.title} has no words in {wanted!r}; {mailing.language!r} is used",
        where=head.where,
        hint=f"add [text.{wanted}] to the mailing",
    )
    return mailing.language, (finding,) if head.language else ()


def _owner(
    head: Recipient, mailing: Mailing, owners: Mapping[str, Owner]
) -> tuple[Owner, tuple[Finding, ...]]:
    """The colleague the CRM names, by key or by name; else the mailing's."""
    default = owners[mailing.owner]
    wanted = head.owner.strip().casefold()
    for owner in owners.values():
        if wanted in (owner.key.casefold(), owner.name.casefold()):
            return owner, ()
    if not wanted:
        return default, ()
    finding = Finding(
        rule="unknown-owner",
        severity=Severity.NOTE,
        message=f"{head.owner} is not among [owners]; {default.name} signs",
        where=head.where,
        hint="add the colleague to mailroom.toml",
    )
    return default, (finding,)


def check_mailing(layout: Layout, mailing: Mailing) -> None:
    """What a mailing says must be something its layout asks for.

    ConfigError names the language, word or field that the layout does not have, with the
    nearest it has: a typo there would quietly print the layout's own words.
    """
    where = mailing.file
    if layout.words and mailing.language not in {*layout.words, *mailing.text}:
        hint = f"write language = one of: {', '.join(layout.words)}"
        message = f"{layout.title} has no words in {mailing.language!r}"
        raise ConfigError(message, where=where, hint=hint)
    for name in mailing.fields:
        _check_known(name, layout.fields, "[fields]", f"{layout.title} has no field", where)
    words = {word: None for own in layout.words.values() for word in own}
    for language, own in mailing.text.items():
        _check_text(language, own, layout, tuple(words), where)


def _check_text(
    language: str, own: Mapping[str, str], layout: Layout, words: Sequence[str], where: str
) -> None:
    table = f"[text.{language}]"
    for word, text in own.items():
        _check_known(word, words, table, f"{layout.title} has no word", where)
        if not text.strip():
            hint = f"leave {word} out to print the layout's own"
            raise ConfigError(f"{table} {word} is empty", where=where, hint=hint)
    missing = [word for word in words if word not in own]
    if layout.words and language not in layout.words and missing:
        hint = f"{layout.title} speaks {', '.join(layout.words)}; a new language needs every word"
        raise ConfigError(f"{table} has no {', '.join(missing)}", where=where, hint=hint)


def _check_known(name: str, known: Iterable[str], table: str, what: str, where: str) -> None:
    names = tuple(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        has = f"it has: {', '.join(names) or 'none'}"
        hint = f"did you mean {near[0]!r}? {has}" if near else has
        raise ConfigError(f"{table} {name}: {what} {name!r}", where=where, hint=hint)


def own_words_only(mailing: Mailing, pieces: Iterable[Piece]) -> dict[str, int]:
    """How many pieces print the layout's words in a language the mailing has not rewritten.

    Empty where the mailing rewrites nothing: then the layout's words are what is meant.
    """
    if not mailing.text:
        return {}
    languages = (piece.language for piece in pieces)
    return dict(Counter(lang for lang in languages if lang not in mailing.text))


def common_digest(layout: Layout, sender: Sender, assets: str) -> str:
    """Everything that is printed of all pieces of a mailing."""
    return digest(layout.digest, sender, assets)


def content_digest(
    piece: Piece, language: str, pages: Sequence[str], common: str, mark: Sequence[str] = ()
) -> str:
    """Everything that will be printed of a piece: its pages' words and art, its envelope.

    `pages` are its merged ones, `common` what it shares, `mark` what a post reads on its
    envelope. It is made of what goes in, not of PDF
    bytes, so it can be had again without drawing.
    """
    own = (piece.key, str(piece.number), language, str(len(pages)))
    return digest_of_texts(common, *own, *pages, *piece.address_lines, *mark)


def plan_digest(
    mailing: Mailing,
    fmt: Format,
    contents: Sequence[tuple[str, str, tuple[str, ...]]],
    quote: Quote,
    route: object,
) -> str:
    """What an approval binds to: every piece's content and faults, the route, the price.

    `contents` holds piece key, content digest and the rules that hold the piece; `route`
    what is the same for all of them, the finished files' own digests among it.
    """
    return digest(mailing.name, mailing.provider, fmt.name, contents, str(quote), route)


def make_order(
    mailing: Mailing, pieces: Sequence[Piece], pages: int, home: str, day: dt.date
) -> Order:
    """What the mailing's provider is asked the price of; `pages` are those of all pieces.

    `home` is the country it posts from.
    """
    return Order(
        provider=mailing.provider,
        format=mailing.format,
        pieces=len(pieces),
        abroad=count_abroad(pieces, home),
        pages=pages,
        day=day,
        options=mailing.options,
    )


def count_abroad(pieces: Iterable[Piece], home: str) -> int:
    """How many of them cross the border of the country they are posted in."""
    return sum(not is_domestic(p.recipient.address.country, home) for p in pieces)
