"""What of a record tells who it is, folded so that two can be compared quickly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from mailroom.address import same_place, same_town
from mailroom.matching.names import fold_name
from mailroom.model import Address, Recipient

#: What tells father and son apart, by how it is written.
GENERATIONS: Mapping[str, str] = {
    "jr": "jr", "junior": "jr", "jun": "jr", "jnr": "jr", "fils": "jr",
    "sr": "", "senior": "", "sen": "", "snr": "", "pere": "", "i": "",
    "ii": "ii", "iii": "iii", "iv": "iv", "v": "v",
}  # fmt: skip
TITLES = frozenset(
    [
        "dr",
        "prof",
        "professor",
        "ing",
        "dipl",
        "mag",
        "med",
        "phd",
        "md",
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "herr",
        "herrn",
        "frau",
        "hr",
        "fr",
        "monsieur",
        "madame",
        "mme",
        "mlle",
        "sir",
        "dame",
        "rev",
        "dott",
        "sig",
        "signor",
        "signora",
        "sra",
        "dhr",
        "mevr",
        "fam",
        "familie",
        "family",
    ]
)
#: What a firm is in law, as the last words of its name.
LEGAL_FORMS = frozenset(
    {"ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "eg", "ek", "ev", "eurl"}
    | {"gbr", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp", "ltd", "mbh", "nv"}
    | {"ohg", "oy", "plc", "pty", "sa", "sarl", "sas", "se", "spa", "srl", "ug"}
)
#: Mailboxes of a desk or a house, not of a person.
ROLES = frozenset(
    [
        "abuse",
        "account",
        "accounting",
        "accounts",
        "admin",
        "administration",
        "ap",
        "ar",
        "anfrage",
        "assistant",
        "bestellung",
        "billing",
        "booking",
        "bookings",
        "buchhaltung",
        "buero",
        "bureau",
        "career",
        "careers",
        "commercial",
        "compta",
        "comptabilite",
        "contabilidad",
        "contact",
        "contacto",
        "contatti",
        "contact-us",
        "customerservice",
        "dispo",
        "einkauf",
        "email",
        "empfang",
        "enquiries",
        "enquiry",
        "event",
        "events",
        "facturation",
        "family",
        "familie",
        "finance",
        "fragen",
        "hallo",
        "hello",
        "help",
        "helpdesk",
        "hi",
        "hr",
        "info",
        "infos",
        "information",
        "inquiries",
        "inquiry",
        "invoice",
        "invoices",
        "it",
        "job",
        "jobs",
        "kontakt",
        "mail",
        "mailbox",
        "marketing",
        "me",
        "media",
        "news",
        "newsletter",
        "no-reply",
        "noreply",
        "office",
        "oficina",
        "online",
        "order",
        "orders",
        "personal",
        "post",
        "postmaster",
        "praxis",
        "presse",
        "press",
        "privacy",
        "procurement",
        "purchase",
        "purchasing",
        "rechnung",
        "rechnungen",
        "reception",
        "recepcion",
        "request",
        "sales",
        "secretary",
        "secretariat",
        "segreteria",
        "sekretariat",
        "service",
        "services",
        "shop",
        "support",
        "team",
        "test",
        "user",
        "vendas",
        "ventas",
        "vertrieb",
        "verwaltung",
        "webmaster",
        "welcome",
        "work",
        "zentrale",
    ]
)
_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_DIGITS = re.compile(r"\D")


class Traits(NamedTuple):
    """One record as it is compared; all folded, empty where nothing is known."""

    first: str
    last: str
    middle: str  #: the initials of middle names
    generation: str
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
    desk: str  #: the e-mail address where it is that of a desk

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
    email, desk = _email(person.email.casefold().strip())
    return Traits(
        first, last, middle, generation, _born(person.fields.get("birthday", "")), email,
        _phone(person.phone), firm_name(person.company), country, postcode, town, street, extra, number,
        desk,
    )  # fmt: skip


def _name(first: str, middle: str, last: str, suffix: str) -> tuple[str, str, str, str]:
    if "@" in last or "@" in first:  # an e-mail address in the place of a name
        first, last = (part if "@" not in part else "" for part in (first, last))
    given, family = _words(first), _words(last)
    generation = _generation(family, suffix)
    if len(family) > 1:
        family = [word for word in family if word not in GENERATIONS] or family
    if len(given) > 1:
        given = [word for word in given if word not in GENERATIONS or len(word) == 1]
    initials = [word[0] for word in _words(middle)] + [w for w in given[1:] if len(w) == 1]
    given = given[:1] + [word for word in given[1:] if len(word) > 1]
    if len(family) > 1 and not given:
        family = [word for word in family if len(word) > 1] or family
    return " ".join(given), " ".join(family), "".join(initials), generation


def _words(text: str) -> list[str]:
    words = fold_name(text).split()
    return [word for word in words if word not in TITLES] if len(words) > 1 else words


def _generation(family: list[str], suffix: str) -> str:
    words = [*family, *fold_name(suffix).split()]
    return next((GENERATIONS[word] for word in reversed(words[1:]) if word in GENERATIONS), "")


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


def _line(line: str, *, second: bool = False) -> tuple[str, str]:
    """Its words, as `same_place` writes them, and its numbers: `12b` is 12 and b.

    A single letter is a unit in the second line, and behind a number where it is no direction.
    """
    words: list[str] = []
    numbers: list[str] = []
    after_number = False
    for token in same_place(Address(line1=line)).rpartition("|")[2].split():
        is_letter = len(token) == 1 and (second or (after_number and token not in "nsew#"))
        after_number = _has_digit(token)
        if after_number:
            numbers += _PARTS.findall(token)
        elif is_letter and token != "#":
            numbers.append(token)
        elif token != "#":
            words.append(token)
    return " ".join(words), " ".join(numbers)


@lru_cache(maxsize=1 << 14)
def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


@lru_cache(maxsize=1 << 14)
def _town(city: str) -> str:
    return same_town(Address(city=fold_name(city)))


def _email(email: str) -> tuple[str, str]:
    """A person's address, and that of a desk; one of them is empty."""
    local, at, domain = email.partition("@")
    if not (local and at and "." in domain):
        return "", ""
    bare = local.partition("+")[0] or local
    if domain in _NO_DOTS:
        bare = bare.replace(".", "")
    if re.split(r"[._\d]", local)[0] in ROLES or bare in ROLES:
        return "", email
    return f"{bare}@{domain}", ""


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
