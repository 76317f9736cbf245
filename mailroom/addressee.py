"""Who is named and greeted: the people of a household's rows, each in clean parts.

What is no name (left over from a mail merge, signs that no name has) is left out; titles and form
of address are read by the words of `greetings.toml`. Gender is never inferred from a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mailroom.greetings import Tables
from mailroom.model import Household, Recipient
from mailroom.names.words import lists

NBSP = "\N{NO-BREAK SPACE}"
#: A mail merge that went wrong, in any cell.
_LEFTOVER = re.compile(r"\{\{|\}\}|\{%|<<|>>|«|»|%%|\$\{")
#: The same where it is all there is; Null and Nil are names, or intake has held them, but not
#: between marks.
_NOTHING_ELSE = re.compile(
    r"\W*(?:NULL|nil|NIL|(?i:none|n/a|undefined|unknown))\W*|[<(\[{\"'*]\W*(?i:null|nil)\W*"
)
_NULL = re.compile(r"\bnull\b")
#: No part of a person's name, whoever typed it.
_NO_NAME = re.compile(r"[{}|\[\]@]")
#: Blanks before a comma, and a comma before another.
_STRAY = re.compile(r" *[,;:](?= *[,;:])| +(?=[,;:])")
_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?)+|[^\W\d_]")


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """What may be said of one person; every part clean or empty."""

    form: str = ""  #: a key of [forms]
    title: str = ""  #: a key of [titles], the highest
    spoken: tuple[str, ...] = ()  #: all keys of [titles], lowest first
    titles: str = ""
    first: str = ""
    nick: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    company: str = ""
    certain: bool = field(default=False, compare=False)  #: named beside another in the row

    @property
    def name(self) -> str:
        """What there is, family name first where the script does so."""
        return self._ordered(self.first, self.last)

    @property
    def long_name(self) -> str:
        """The same with the middle names, for the envelope."""
        if self.family_first:
            return self._ordered(" ".join(filter(None, (self.middle, self.first))), self.last)
        return self._ordered(" ".join(filter(None, (self.first, self.middle))), self.last)

    @property
    def full(self) -> str:
        """The name if it can stand after "Dear": a bare family name cannot, in our scripts."""
        return self.name if self.last and (self.first or _ASIAN.search(self.last)) else ""

    @property
    def called(self) -> str:
        """The name among friends: initials are none."""
        return self.nick or ("" if _INITIALS.fullmatch(self.first) else self.first)

    @property
    def initials(self) -> str:
        """As in "J.W."; IJsbrand has one."""
        words = re.split(r"[\s.-]+", f"{self.first} {self.middle}")
        return "".join(f"{'IJ' if w[:2] == 'IJ' else w[0].upper()}." for w in words if w)

    @property
    def family_first(self) -> bool:
        return bool(_ASIAN.search(self.last) or _VIETNAMESE.search(self.last + self.first))

    def _ordered(self, first: str, last: str) -> str:
        order = (last, first) if self.family_first else (first, last)
        return " ".join(part for part in order if part)


def addressees(household: Household, table: Tables) -> list[Addressee]:
    """Everybody of a household, nobody twice; at least one, whatever is known of them."""
    return _distinct([p for member in household.members for p in _in_row(member, table)])


def _in_row(recipient: Recipient, table: Tables) -> Iterator[Addressee]:
    """The person of a row, and the partners who are named there."""
    one = _person(recipient, table)
    named = []
    for partner in recipient.partners:
        fields = {**recipient.fields, "nickname": partner.nickname}
        other = replace(
            recipient,
            salutation=partner.salutation,
            first_name=partner.first_name,
            middle_name=partner.middle_name,
            last_name=partner.last_name,
            suffix=partner.suffix,
            fields=fields,
            company="",
        )
        person = _person(other, table)
        if person.name:
            named.append(replace(person, certain=True))
    yield replace(one, certain=bool(named))
    yield from named


def _person(recipient: Recipient, table: Tables) -> Addressee:
    form, titles = _read_salutation(clean(recipient.salutation), table)
    first = _bare_of(clean(recipient.first_name), table)
    parts = table["title_parts"]["words"]
    while (word := first.partition(" ")[0]) != first and (
        _is_title(word, table) or (titles and word.islower() and _plain(word) in parts)
    ):
        titles, first = (*titles, word), first.partition(" ")[2]
    if _is_title_alone(first, table):
        told, behind = _read_salutation(first, table)
        form, titles, first = form or told, (*titles, *behind), ""
    held = {_title_key(title, table) for title in titles}
    keys = tuple(key for key in table["titles"] if key in held)
    if not form and any(_plain(title) in table["feminine"]["words"] for title in titles):
        form = "ms"  # the title's own ending, as in "Dra."
    nick = clean(recipient.fields.get("nickname", ""))
    nick = "" if _is_title_alone(nick, table) else nick
    return Addressee(
        form=form,
        title=keys[-1] if keys else "",
        spoken=keys,
        titles=NBSP.join(map(_in_case, titles)),
        first=first,
        nick=nick,
        middle=clean(recipient.middle_name),
        last=_bare_of(clean(recipient.last_name), table),
        suffix=clean(recipient.suffix),
        company=_bare_of(_bare_company(clean(recipient.company, is_name=False), table), table),
    )


def _read_salutation(text: str, table: Tables) -> tuple[str, tuple[str, ...]]:
    """Form of address and titles in "Frau Prof. Dr. h. c."; a word we do not know is left alone."""
    titles, rest = _parted(text.split(), table)
    openings = table["openings"]["words"]
    words = [plain for word in rest if (plain := _plain(word)) not in openings]
    plain = " ".join(words)
    # With its dot "D." is Don; without it, in Germany, Divers.
    if plain in table["gender_of"] and "." not in text:
        form = table["gender_of"][plain]
    else:
        form = (
            table["form_of"].get(plain, "") if plain in table["form_of"] else _front(words, table)
        )
    return form, tuple(titles)


def _parted(words: Sequence[str], table: Tables) -> tuple[list[str], list[str]]:
    """The words that are titles, and the others; "med.", "h. c." and "a. D." go with a title."""
    titles: list[str] = []
    rest: list[str] = []
    of_two, parts = table["titles_of_two"]["words"], table["title_parts"]
    is_behind, at = False, 0
    while at < len(words):
        pair = " ".join(map(_plain, words[at : at + 2]))
        is_pair = pair in of_two or (is_behind and pair in parts["pairs"])
        word = " ".join(words[at : at + 1 + is_pair])
        is_part = is_behind and _plain(word) in parts["words"]
        is_behind = is_pair or is_part or bool(_title_key(word, table))
        (titles if is_behind else rest).append(word)
        at += 1 + is_pair
    return titles, rest


def _front(words: Sequence[str], table: Tables) -> str:
    """The form of address before other words: "Herr Rechtsanwalt", "Madame la Présidente"."""
    forms = table["form_of"]
    for count in (2, 1):
        front, behind = " ".join(words[:count]), words[count:]
        is_one = not any(word in forms or word in table["joins"]["words"] for word in behind)
        if behind and front in forms and is_one:
            return str(forms[front])
    return ""


def _is_title(word: str, table: Tables) -> bool:
    """Whether a word in the cell of a first name is a title, and no name: "Dr.", not "Gen"."""
    return bool(_title_key(word, table)) and (
        "." in word or word.casefold() not in lists()["titles_perhaps"]
    )


def _title_key(word: str, table: Tables) -> str:
    key: str = table["title_of"].get(_plain(word), "")
    return key


def _is_title_alone(text: str, table: Tables) -> bool:
    """Whether it is "Mr." or "Dr."; without its dot a Don may be called so."""
    if text[-1:] != "." or _INITIALS.fullmatch(text):
        return False
    return _plain(text) in table["form_of"] or bool(_title_key(text, table))


def _in_case(title: str) -> str:
    """A title as it is written, where the export is all in capitals: "PROF." is "Prof."."""
    if not title.isupper() or title[0] == "(":
        return title
    return "-".join(part.capitalize() for part in title.split("-"))


def _plain(word: str) -> str:
    return word.casefold().replace(".", "").strip(",")


def _bare_of(text: str, table: Tables) -> str:
    """Without an honorific behind it, which would stand there twice."""
    if text.isascii():
        return text
    for word in table["honorifics"]["words"]:
        bare = text.removesuffix(word).rstrip()
        if bare != text and _ASIAN.search(bare[-1:]):
            return bare
    return text


def _bare_company(text: str, table: Tables) -> str:
    """Without the word that stands before it: "Spett.le"."""
    front, _, rest = text.partition(" ")
    return rest if rest and _plain(front) in table["honorifics"]["before"] else text


def clean(text: str, *, is_name: bool = True) -> str:
    """A part of a name with single blanks, or nothing where it is no name."""
    if not text:
        return ""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = _STRAY.sub("", text).strip(" ,;:")
    if _LEFTOVER.search(text) or _NOTHING_ELSE.fullmatch(text):
        return ""
    if ("null" in text and _NULL.search(text)) or (is_name and _NO_NAME.search(text)):
        return ""
    return text if any(c.isalpha() or (c.isdigit() and not is_name) for c in text) else ""


def _distinct(people: Sequence[Addressee]) -> list[Addressee]:
    """Nobody twice: the partner of one row may be the person of another.

    A record with the family name only says nothing beside "Anna Weber", save where its form of
    address tells that it is somebody else.
    """
    kept: list[Addressee] = []
    for person in people:
        twin = next((other for other in kept if _is_same(person, other)), None)
        if twin is None:
            kept.append(person)
        elif _said(person) > _said(twin):
            kept[kept.index(twin)] = person
    return [person for person in kept if person.name] or kept[:1]


def _is_same(one: Addressee, two: Addressee) -> bool:
    lasts = {one.last.casefold(), two.last.casefold()}
    if one.first and two.first:
        is_alike = one.first.casefold() == two.first.casefold() and one.suffix == two.suffix
        return is_alike and (len(lasts) == 1 or "" in lasts)
    if len(lasts) > 1 or (one.certain and two.certain):
        return False
    if not (one.first or two.first or one.last):
        return one == two
    return one.form == two.form or not (one.form and two.form)


def _said(person: Addressee) -> tuple[bool, int]:
    """How much is known; a first name above all."""
    parts = (person.last, person.form, person.titles, person.middle, person.suffix, person.nick)
    return bool(person.first), sum(map(bool, parts))
