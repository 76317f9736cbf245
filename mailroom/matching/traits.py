"""What of a record tells who it is, folded so that two can be compared quickly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from mailroom.matching.names import fold_name, words
from mailroom.model import Address, Recipient
from mailroom.sameplace import same_place, same_town

#: What tells father and son apart, by how it is written.
GENERATIONS: Mapping[str, str] = {
    "jr": "jr", "junior": "jr", "jun": "jr", "jnr": "jr", "fils": "jr",
    "sr": "", "senior": "", "sen": "", "snr": "", "pere": "", "i": "",
    "ii": "ii", "iii": "iii", "iv": "iv", "v": "v",
}  # fmt: skip
#: Where there is a Sr there is a Jr, too: who is neither may be either.
SENIOR = "sr"
_GENERATIONS = {**GENERATIONS, **dict.fromkeys(("sr", "senior", "sen", "snr", "pere"), SENIOR)}
TITLES = words("titles")
#: What a firm is in law, as the last words of its name.
LEGAL_FORMS = frozenset(
    {"ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "eg", "ek", "ev", "eurl"}
    | {"gbr", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp", "ltd", "mbh", "nv"}
    | {"ohg", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "spa", "srl", "ug"}
)
_ROLES = words("roles")
_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_DIGITS = re.compile(r"\D")


class Traits(NamedTuple):
    """One record as it is compared; all folded, empty where nothing is known."""

    first: str
    last: str
    middle: str  #: middle names and initials, as words
    generation: str
    form: str  #: "m" or "f" where a form of address says so; never inferred
    born: str  #: `1990-05-02`, `--02-29` without a year
    email: str  #: a person's own; that of a desk is no evidence
    phone: str  #: its last nine digits
    firm: str
    country: str
    postcode: str
    town: str
    street: str  #: the words of the first line
    extra: str  #: and of the second
    number: str  #: what has digits in them: house number, unit

    @property
    def is_person(self) -> bool:
        return bool(self.first or self.last)

    @property
    def is_anybody(self) -> bool:
        """Whether there is a name at all; an e-mail address alone is nobody to be merged."""
        return bool(self.first or self.last or self.firm)


def traits_of(person: Recipient) -> Traits:
    """What tells who a person is."""
    first, last, middle, generation = _name(
        person.first_name, person.middle_name, person.last_name, person.suffix
    )
    country, postcode, town, street, extra, number = _place(person)
    return Traits(
        first=first,
        last=last,
        middle=middle,
        generation=generation,
        form=_form(f"{person.salutation} {person.first_name}"),
        born=_born(person.fields.get("birthday", "")),
        email=_email(person.email.casefold().strip()),
        phone=_phone(person.phone),
        firm=firm_name(person.company),
        country=country,
        postcode=postcode,
        town=town,
        street=street,
        extra=extra,
        number=number,
    )


def _name(first: str, middle: str, last: str, suffix: str) -> tuple[str, str, str, str]:
    if "@" in last or "@" in first:  # an e-mail address in the place of a name
        first, last = (part if "@" not in part else "" for part in (first, last))
    given, family = _words(first), _words(last)
    if family and given and given[0] in TITLES:
        given = []  # "Dr." | "Anna Weber"
    generation = _generation([*family, *(w for w in given[1:] if len(w) > 1)], suffix)
    if len(family) > 1:
        family = [word for word in family if word not in GENERATIONS] or family
    if len(given) > 1:
        given = [word for word in given if word not in GENERATIONS or len(word) == 1]
    between = [*_words(middle), *(w for w in given[1:] if len(w) == 1)]
    given = given[:1] + [word for word in given[1:] if len(word) > 1]
    if len(family) > 1:
        between += [word for word in family[:-1] if len(word) == 1]
        family = [word for word in family if len(word) > 1] or family
    return " ".join(given), " ".join(family), " ".join(between), generation


_MASCULINE, _FEMININE = words("masculine"), words("feminine")


@lru_cache(maxsize=1 << 14)
def _form(text: str) -> str:
    """By the titles it begins with; empty for a couple."""
    forms = set()
    for word in fold_name(text).split():
        if word in _MASCULINE or word in _FEMININE:
            forms.add("m" if word in _MASCULINE else "f")
        elif word not in TITLES:
            break
    return forms.pop() if len(forms) == 1 else ""


def _words(text: str) -> list[str]:
    words = fold_name(text).split()
    return [word for word in words if word not in TITLES] if len(words) > 1 else words


def _generation(family: list[str], suffix: str) -> str:
    words = [*family, *fold_name(suffix).split()]
    return next((_GENERATIONS[word] for word in reversed(words[1:]) if word in _GENERATIONS), "")


def firm_name(company: str) -> str:
    """The company without case, accents and legal form."""
    words = fold_name(company.replace(".", "")).split()
    kept = list(words)
    while kept and kept[-1] in LEGAL_FORMS:
        kept.pop()
    return " ".join(kept or words)


def _place(person: Recipient) -> tuple[str, str, str, str, str, str]:
    address = person.address
    postcode = re.sub(r"\W", "", address.postcode).casefold()
    postcode = postcode[:5] if address.country == "US" else postcode
    street, number = _line(address.line1)
    extra, unit = _line(address.line2, second=True) if address.line2 else ("", "")
    if extra and not street:
        street, extra = extra, ""
    number = f"{number} {unit}".strip() if unit else number
    return address.country, postcode, _town(address.city), street, extra, number


@lru_cache(maxsize=1 << 14)
def _line(line: str, *, second: bool = False) -> tuple[str, str]:
    """Its words, as `same_place` writes them, and its numbers: `12b` is 12 and b.

    A single letter is a unit in the second line, and behind a number where it is no direction.
    """
    names: list[str] = []
    numbers: list[str] = []
    after_number = False
    for word in same_place(Address(line1=line)).rpartition("|")[2].replace("#", "").split():
        is_unit = len(word) == 1 and (second or (after_number and word not in "nsew"))
        after_number = _has_digit(word)
        if after_number or is_unit:
            numbers += _PARTS.findall(word)
        else:
            names.append(word)
    return " ".join(names), " ".join(numbers)


@lru_cache(maxsize=1 << 14)
def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


@lru_cache(maxsize=1 << 14)
def _town(city: str) -> str:
    return same_town(Address(city=fold_name(city)))


def _email(email: str) -> str:
    """A person's own address in one spelling; empty for that of a desk."""
    local, at, domain = email.partition("@")
    if not (local and at and "." in domain):
        return ""
    bare = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        bare = bare.replace(".", "")
    if re.split(r"[._\d]", local)[0] in _ROLES or bare in _ROLES:
        return ""
    return f"{bare}@{domain}"


def _phone(phone: str) -> str:
    digits = _DIGITS.sub("", phone)
    if len(digits) < 7 or len({*digits}) < 3:  # an extension; 0000000
        return ""
    return digits[-9:]


def _born(birthday: str) -> str:
    """As intake has made it; placeholders that systems write are no birthday."""
    if not re.fullmatch(r"(\d{4}|-)-\d\d-\d\d", birthday):
        return ""
    if birthday.endswith("-01-01") or birthday[:4] in ("0001", "1800", "1900", "1901"):
        return ""
    return birthday
