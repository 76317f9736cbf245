"""Invented customers: the same from the same seed, and hardly a word twice.

A press that keeps the words it has set looks fast on data with few of them, so names, streets,
companies and sentences are made of syllables: tens of thousands of words in each of four
alphabets (plain Latin, Latin with accents, Greek, Cyrillic), drawn evenly; those of sentences as
often as in any language, where a few small words come again and again (Zipf's law).
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

SEED = 20261201
OWNERS = {
    "ruth": "Ruth Hartmann",
    "anselm": "Anselm Brück",
    "imke": "Imke van der Laan",
    "tadeo": "Tadeo Núñez",
    "wanda": "Wanda Żelazny",
}
"""Who signs: key and name; `pictures` draws how."""

_WORDS, _SURNAMES, _NAMES, _TOWNS = 40_000, 20_000, 4_000, 8_000
_VOCABULARY = 30_000  #: words that sentences are made of, in each alphabet
_HYPHENATED = 0.05  #: of the last names: a line may break there


class Customer(TypedDict):
    """A record, as a line of NDJSON has it."""

    number: int
    first: str
    last: str
    salutation: str
    company: str
    street: str
    town: str
    note: str  #: a sentence of 10 to 25 words
    owner: str  #: key of OWNERS
    address: list[str]  #: four or five lines
    url: str
    imb_tracking: str  #: 20 digits (USPS-B-3200)
    imb_routing: str  #: 11 digits


class Drawn(Customer, total=False):
    """A record with its codes as finished geometry; `codes` says how."""

    qr: Any
    imb: Any


@dataclass(frozen=True, kw_only=True)
class Alphabet:
    """What the words of some customers are made of."""

    share: float  #: of the customers
    onsets: str
    vowels: str
    codas: str  #: `-` stands for none; the last syllable has another choice
    endings: str
    small: str
    titles: tuple[str, ...]
    roads: tuple[str, ...]
    firms: tuple[str, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All different, of two to four syllables and at most eleven letters."""
        dice = random.Random(f"{SEED}{self.onsets}")
        onsets, vowels, codas = self.onsets.split(), self.vowels.split(), self.codas.split()
        endings = self.endings.split()
        found: dict[str, None] = {}
        while len(found) < _WORDS:
            syllables = [
                _pick(dice, onsets) + _pick(dice, vowels) + _pick(dice, codas).strip("-")
                for _ in range(1 + int(dice.random() * 3))
            ]
            word = "".join(syllables) + _pick(dice, onsets) + _pick(dice, endings)
            if len(word) <= 11 and word != "tester":  # a name that holds a piece, and rightly
                found.setdefault(word)
        return tuple(found)

    @cached_property
    def small_words(self) -> tuple[str, ...]:
        return tuple(self.small.split())

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(word.capitalize() for word in sorted(self.words, key=len))

    @cached_property
    def first_names(self) -> tuple[str, ...]:
        """The shortest words."""
        return self._names[:_NAMES]

    @cached_property
    def last_names(self) -> tuple[str, ...]:
        """The shorter words."""
        return self._names[:_SURNAMES]

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The longer words: streets, firms, houses.

        Nobody is called like one of them: below "Anna Bell" no line may begin with "Cole" where
        preflight knows of a Bell Cole.
        """
        return self._names[_SURNAMES:]

    @cached_property
    def towns(self) -> tuple[str, ...]:
        """The longest words."""
        return self._names[-_TOWNS:]


ALPHABETS = (
    Alphabet(
        share=0.7,
        onsets="b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t th tr v w z",
        vowels="a e i o u a e i o ai ea ou y",
        codas="- - - n r l s m nd rt ck",
        endings="er en a is on ing ell ow ard ight ow ist elm age ent",
        small="the and of to with for in your our has was it that we from as so by at on",
        titles=("Mr.", "Ms.", "Dr."),
        roads=("Street", "Lane", "Road", "Wharf"),
        firms=("& Sons", "Joinery", "Ltd.", "& Daughters", "Works"),
    ),
    Alphabet(
        share=0.1,
        onsets="b br ç č d ď f g gr h j k kł l ľ m n ñ p př r ř s š ś st t ť v w z ž",
        vowels="á é í ó ú à è ö ü ä â ê ô å ø ą ę ě ő a e i o u",
        codas="- - - n r l ń š ł ß",
        endings="é er ová ów än ón ès ię ård ström ík áč ão ê öl",
        small="un une à été très für über où déjà på och från på není také já być się też",
        titles=("Mme", "Señor", "Frau"),
        roads=("allée", "väg", "Straße", "ulice"),
        firms=("& Söhne", "Frères", "Sp. z o.o.", "Ébénistes"),
    ),
    Alphabet(
        share=0.1,
        onsets="β γ δ ζ θ κ λ μ ν ξ π ρ σ τ φ χ ψ στ πρ κλ τρ γρ",
        vowels="α ε ι ο ω ου αι η υ",
        codas="- - - ν ρ λ σ",
        endings="άς ής ός ίδης άκης έα ώ ία ού ένη όν ύς",
        small="και το της στο με για από που να του μας σας είναι ήταν στην ένα μια ότι",
        titles=("κ.", "κα"),
        roads=("Οδός", "Λεωφόρος", "Πλατεία"),
        firms=("Α.Ε.", "και Υιοί", "Έπιπλα"),
    ),
    Alphabet(
        share=0.1,
        onsets="б в г д ж з к л м н п р с т ф х ц ч ш щ ст пр кр вл",
        vowels="а е и о у ы я ю ё",
        codas="- - - н р л с м й",
        endings="ов ин ский ова ко ец ость ий ая ение ым ья",
        small="и в на с для что это как мы вы был по из от же так но за все ещё",
        titles=("г-н", "г-жа", "д-р"),
        roads=("улица", "проспект", "переулок"),
        firms=("и сыновья", "Мебель", "ООО"),
    ),
)


def _pick(dice: random.Random, things: Sequence[str]) -> str:
    return things[int(dice.random() * len(things))]


def customers(count: int, seed: int = SEED) -> Iterator[Customer]:
    """So many customers, one after the other; the first ones are the same for any count."""
    dice = random.Random(seed)
    bounds = tuple(itertools.accumulate(alphabet.share for alphabet in ALPHABETS))
    for number in range(1, count + 1):
        roll = dice.random() * bounds[-1]
        alphabet = next(a for a, b in zip(ALPHABETS, bounds, strict=True) if roll < b)
        yield _customer(number, alphabet, dice)


def _customer(number: int, alphabet: Alphabet, dice: random.Random) -> Customer:
    first = _pick(dice, alphabet.first_names)
    last = _pick(dice, alphabet.last_names)
    if dice.random() < _HYPHENATED:
        last = f"{last}-{_pick(dice, alphabet.first_names)}"
    company = f"{_pick(dice, alphabet.places)} {_pick(dice, alphabet.firms)}"
    road = f"{_pick(dice, alphabet.places)} {_pick(dice, alphabet.roads)}"
    street = f"{road} {1 + int(dice.random() * 300)}"
    town = _pick(dice, alphabet.towns)
    postcode = f"{int(dice.random() * 100_000):05d}"
    address = [f"{first} {last}", company, street, f"{postcode} {town}"]
    if dice.random() < 0.5:
        address.insert(2, f"{_pick(dice, alphabet.places)} {int(dice.random() * 40)}")
    return Customer(
        number=number,
        first=first,
        last=last,
        salutation=f"Dear {_pick(dice, alphabet.titles)} {last},",
        company=company,
        street=street,
        town=town,
        note=_sentence(alphabet, dice),
        owner=_pick(dice, tuple(OWNERS)),
        address=address,
        url=f"https://thanks.example/{int(dice.random() * 16**12):012x}",
        imb_tracking=f"01234567094{int(dice.random() * 10**9):09d}",
        imb_routing=f"{postcode}{int(dice.random() * 10**6):06d}",
    )


def _sentence(alphabet: Alphabet, dice: random.Random) -> str:
    words = [_word(alphabet, dice) for _ in range(10 + int(dice.random() * 16))]
    text = " ".join(words)
    return f"{text[0].upper()}{text[1:]}."


def _word(alphabet: Alphabet, dice: random.Random) -> str:
    """By Zipf's law, as in any language: the n-th most frequent word is n times as rare."""
    rank = int(_VOCABULARY ** dice.random()) - 1
    small = alphabet.small_words
    return small[rank] if rank < len(small) else alphabet.words[rank]


def write(path: Path, count: int) -> None:
    """The customers as NDJSON, one a line, in UTF-8."""
    with path.open("w", encoding="utf-8") as out:
        for customer in customers(count):
            out.write(json.dumps(customer, ensure_ascii=False) + "\n")


def read(path: Path) -> Iterator[Customer]:
    """Line by line: a million of them need no memory."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
