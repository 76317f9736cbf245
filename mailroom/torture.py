"""The torture people: whom every layout is tried on before a customer meets it.

All of them are invented. Three pleasant ones a language show how a layout is meant to look;
each of the nasty ones tries one thing that real data does to it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailroom.layout import Field
from mailroom.model import Address, Household, Owner, Recipient, Sender
from mailroom.shipped import SAMPLE


class Filling(StrEnum):
    """What stands in the layout's fields."""

    EXAMPLE = "example"  #: what the layout itself gives as an example
    LONGEST = "longest"  #: exactly as much as the field contract allows
    EMPTY = "empty"  #: nothing at all


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody a layout is tried on, and what for."""

    key: str  #: for the addresses of pages: `long-name`
    title: str  #: in a list: `54-character name`
    tries: str  #: one line: what this person tries
    members: tuple[Recipient, ...]  #: more than one: a couple at one address
    filling: Filling = Filling.EXAMPLE
    holds: frozenset[str] = frozenset()  #: rules that are right to hold this person
    pleasant: bool = False


OWNERS = {
    owner.key: owner
    for owner in (
        Owner(
            key="ruth",
            name="Ruth Hartmann",
            role="Customer care",
            phone="+44 1632 960 041",
            signature=SAMPLE / "signatures" / "ruth-hartmann.png",
        ),
        Owner(
            key="bartholomaeus",
            name="Dr. Bartholomäus Kreuzwieser-Oberleitner",
            role="Stellvertretender Leiter der Abteilung Kundenbeziehungen",
            phone="+49 30 55500 1234-56",
        ),
    )
}
"""Who signs: somebody whose signature we have, and somebody long without one."""

OWNER = "ruth"
"""Who signs where the person names nobody."""

SENDER = Sender(
    company="Ashgrove & Finch",
    address=Address(line1="2 Cooper’s Wharf", city="Bristol", postcode="BS1 6QA", country="GB"),
    email="post@ashgrove.example",
    phone="+44 1632 960 040",
    website="ashgrove.example",
)
"""Whom all of it comes from."""


def sample_people(language: str) -> tuple[Person, ...]:
    """Three pleasant people; the English ones where a language has none of its own."""
    return _PLEASANT.get(language, _PLEASANT["en"])


def nasty_people() -> tuple[Person, ...]:
    """Everybody whom a layout may trip over."""
    return _NASTY


def people(language: str) -> tuple[Person, ...]:
    """The pleasant ones of a language, then the nasty ones."""
    return (*sample_people(language), *nasty_people())


def household(person: Person, fields: Mapping[str, Field], language: str) -> Household:
    """The person's household reading `language`, with values in the layout's `fields`.

    What the members bring themselves stays.
    """
    values = {
        field.column or field.name: _value(field, person.filling)
        for field in fields.values()
        if field.type != "image"
    }
    members = tuple(
        dataclasses.replace(member, fields={**values, **member.fields}, language=language)
        for member in person.members
    )
    return Household(key=f"sample:{person.key}", members=members)


def _value(field: Field, filling: Filling) -> str:
    if filling is Filling.EMPTY:
        return ""
    if filling is Filling.LONGEST and field.max_length:
        return prose(field.max_length)
    return field.example


_SENTENCE = (
    "Thank you for the long walk through the workshop, the careful questions about the grain, "
    "and for the plum cake that nobody here has stopped talking about since Wednesday. "
)


def prose(length: int) -> str:
    """Sensible words of exactly `length` characters that end in a letter."""
    text = (_SENTENCE * (length // len(_SENTENCE) + 1))[:length]
    return text if text[-1:].isalpha() else text[:-1] + "s" * bool(text)


# --- who they are -------------------------------------------------------------------------


def _who(
    salutation: str, first: str, last: str, address: Address, company: str = "", owner: str = ""
) -> Recipient:
    return Recipient(
        key="",
        source="sample",
        where="",
        salutation=salutation,
        first_name=first,
        last_name=last,
        company=company,
        address=address,
        owner=owner,
    )


def _person(
    key: str,
    title: str,
    tries: str,
    *members: Recipient,
    filling: Filling = Filling.EXAMPLE,
    holds: frozenset[str] = frozenset(),
    pleasant: bool = False,
) -> Person:
    named = tuple(
        dataclasses.replace(member, key=f"sample:{key}:{number}", where=f"sample person {key}")
        for number, member in enumerate(members, 1)
    )
    return Person(
        key=key,
        title=title,
        tries=tries,
        members=named,
        filling=filling,
        holds=holds,
        pleasant=pleasant,
    )


def _pleasant(*members: Recipient) -> Person:
    first, company = members[0], members[0].company
    what = "couple" if len(members) > 1 else "company" if company else "one"
    tries = {
        "one": "One person, nothing unusual",
        "couple": "A couple, greeted together",
        "company": "A person at a company",
    }[what]
    title = " & ".join(m.first_name for m in members[:-1]) + " & " if members[1:] else ""
    title += members[-1].name if members[1:] else first.name
    return _person(what, title, tries, *members, pleasant=True)


def _at(
    country: str, postcode: str, city: str, line1: str, line2: str = "", region: str = ""
) -> Address:
    return Address(
        line1=line1, line2=line2, city=city, region=region, postcode=postcode, country=country
    )


_LONDON = _at("GB", "SE1 3LP", "London", "14 Tanner Row")
_BERLIN = _at("DE", "10115", "Berlin", "Lindenhof 7")
_LYON = _at("FR", "69004", "Lyon", "23 rue des Tisserands")
_TROY = _at("US", "12180", "Troy", "4 Cedar Ct", "Apt 2", "NY")

_PLEASANT = {
    "en": (
        _pleasant(_who("Ms", "Olive", "Hartley", _TROY)),
        _pleasant(
            _who("Mrs", "Ruth", "Penrose", _LONDON),
            _who("Mr", "Daniel", "Penrose", _LONDON),
        ),
        _pleasant(
            _who(
                "Mr",
                "Samuel",
                "Okoro",
                _at("GB", "TR11 3HH", "Falmouth", "The Old Sail Loft", "3 Quay Street"),
                "Brightwater Boats Ltd",
            ),
        ),
    ),
    "de": (
        _pleasant(_who("Frau", "Katrin", "Weidner", _BERLIN)),
        _pleasant(
            _who("Herr", "Jonas", "Brandt", _BERLIN),
            _who("Frau", "Elif", "Brandt", _BERLIN),
        ),
        _pleasant(
            _who(
                "Herr Dr.",
                "Moritz",
                "Lang",
                _at("DE", "28195", "Bremen", "Am Kai 12"),
                "Seehafen Optik GmbH",
            ),
        ),
    ),
    "fr": (
        _pleasant(_who("Madame", "Hélène", "Marchand", _LYON)),
        _pleasant(
            _who("Monsieur", "Luc", "Fournier", _LYON),
            _who("Madame", "Inès", "Fournier", _LYON),
        ),
        _pleasant(
            _who(
                "Monsieur",
                "Théo",
                "Garnier",
                _at("FR", "44000", "Nantes", "5 quai des Forges"),
                "Atelier du Pont SARL",
            ),
        ),
    ),
}

_NO_GLYPH = frozenset({"missing-glyph"})

_NASTY = (
    _person(
        "long-name",
        "54-character name",
        "Does the longest name still fit its line?",
        _who("Ms", "Wilhelmina-Aleksandrina", "Featherstonehaugh-Cholmondeley", _LONDON),
    ),
    _person(
        "german-titles",
        "German titles and a compound name",
        "Titles, a noble particle and two long surnames in one greeting",
        _who(
            "Frau Prof. Dr. Dr.",
            "Friederike",
            "Freifrau von Oberndorff-Zwickelshausen",
            _at("DE", "97769", "Bad Brückenau", "An der Oberen Saline 128a"),
        ),
    ),
    _person(
        "short-name",
        "Jo Ng",
        "Does the page hold together around the shortest name?",
        _who("", "Jo", "Ng", _TROY),
    ),
    _person(
        "no-salutation",
        "No salutation in the CRM",
        "A greeting that may guess nothing",
        _who("", "Robin", "Ashdown", _LONDON),
    ),
    _person(
        "greek",
        "Greek",
        "Has every font on the page Greek letters?",
        _who("", "Ελευθερία", "Παπαδοπούλου", _at("GR", "105 63", "Αθήνα", "Οδός Ερμού 12")),
    ),
    _person(
        "cyrillic",
        "Cyrillic",
        "Has every font on the page Cyrillic letters?",
        _who("", "Цветелина", "Стоянова", _at("BG", "1504", "София", "ул. Шипка 8")),
    ),
    _person(
        "polish",
        "Polish accents",
        "Ł, ż, ź, ó and ń beside a title",
        _who(
            "Pani",
            "Łucja",
            "Żółkiewska-Źdźbło",
            _at("PL", "90-001", "Łódź", "ul. Źródlana 3 m. 14"),
        ),
    ),
    _person(
        "czech",
        "Czech accents",
        "ě, ř, ů and a háček on a capital",
        _who("Pan", "Zdeněk", "Příhoda-Růžička", _at("CZ", "130 00", "Praha", "Žižkovská 44")),
    ),
    _person(
        "turkish",
        "Turkish letters",
        "Dotted İ, dotless ı, ş and ğ",
        _who("", "İpek", "Işıkoğlu-Şahin", _at("TR", "35580", "İzmir", "Çiğdem Sokağı No: 9")),
    ),
    _person(
        "decomposed",
        "Accents in two parts",
        "A CRM that stores e and its accent apart",
        _who(
            "", "Jose\u0301", "Nu\u0301n\u0303ez", _at("ES", "28004", "Madrid", "Calle del Pez 5")
        ),
    ),
    _person(
        "apostrophe",
        "Apostrophes and hyphens",
        "An O’ and a D’ in one name",
        _who("Mr", "Cathal", "O'Dwyer-D'Arcy", _at("IE", "D02 X285", "Dublin", "9 Fade Lane")),
    ),
    _person(
        "company-only",
        "Company without a person",
        "Nobody to greet by name",
        _who(
            "",
            "",
            "",
            _at("DE", "20457", "Hamburg", "Speicherweg 1"),
            "Nordlicht Kaffeerösterei KG",
        ),
    ),
    _person(
        "long-company",
        "Longest company",
        "A company name of one word of 50 letters",
        _who(
            "Frau",
            "Anke",
            "Thiel",
            _at("DE", "20457", "Hamburg", "Speicherweg 1"),
            "Binnenschifffahrtsversicherungsgenossenschaftsbank eG",
        ),
    ),
    _person(
        "markup",
        "Ampersand and <b> in the company",
        "What a customer writes is printed, never obeyed",
        _who("Mr", "Ned", "Bolt", _LONDON, "Bolt & Sons <b>Ironmongers</b>"),
    ),
    _person(
        "six-lines",
        "Six-line address",
        "The tallest address there is at home",
        _who(
            "Mrs",
            "Prudence",
            "Ottaway",
            _at(
                "GB", "TW1 4QU", "Twickenham", "Flat 12b, Strawberry Hill Court", "114 Gardens Lane"
            ),
            "Ottaway Instruments Ltd",
        ),
    ),
    _person(
        "couple-two-names",
        "Couple with two surnames",
        "The longest greeting of a household",
        _who("Mrs", "Anneliese", "Wetherington-Hayes", _LONDON),
        _who("Mr", "Christopher", "Montgomery-Sinclair", _LONDON),
    ),
    _person(
        "longest-fields",
        "Fields at their longest",
        "Every field as long as layout.toml allows",
        _who("Ms", "Olive", "Hartley", _TROY),
        filling=Filling.LONGEST,
        holds=frozenset({"code"}),  # prose is no postal barcode
    ),
    _person(
        "empty-fields",
        "Empty fields",
        "Nothing was written for this person; a required field holds the piece",
        _who("Ms", "Olive", "Hartley", _TROY),
        filling=Filling.EMPTY,
        holds=frozenset({"empty-field"}),
    ),
    _person(
        "long-owner",
        "Signed without a signature",
        "A long name and role, and no picture of a signature",
        _who("Mr", "Owen", "Marsh", _LONDON, owner="bartholomaeus"),
    ),
    _person(
        "braces",
        "Braces in the name",
        "A merge field that a CRM left unfilled must not reach the paper",
        _who("", "{{ first_name }}", "Underwood", _LONDON),
        holds=frozenset({"unresolved-field", "placeholder-word"}),
    ),
    _person(
        "right-to-left",
        "Arabic, right to left",
        "Our fonts have no such letters: must be held, not printed blank",
        _who("", "ليلى", "منصور", _at("JO", "11181", "Amman", "12 Rainbow Street")),
        holds=_NO_GLYPH,
    ),
    _person(
        "kanji",
        "Japanese",
        "Our fonts have no such letters: must be held, not printed blank",
        _who(
            "",
            "花子",
            "山田",
            _at("JP", "106-0031", "Minato-ku", "1-2-3 Nishi-Azabu", region="Tokyo"),
        ),
        holds=_NO_GLYPH,
    ),
)
