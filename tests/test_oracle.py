"""Nothing prints differently because it was stamped: every shipped layout, page by page."""

from __future__ import annotations

import os
import random
from itertools import product
from pathlib import Path

import pytest

from mailroom.design import Trial, check_layout, compare, languages_of, try_on
from mailroom.fonts import load_fonts
from mailroom.formats import format_named
from mailroom.layout import Field, Layout, read_layout
from mailroom.model import Address, Recipient
from mailroom.shipped import FONTS
from mailroom.torture import Person

#: A layout; set the variable to try more of them.
RECORDS = int(os.environ.get("MAILROOM_ORACLE_RECORDS", "60"))
ROOT = Path(__file__).parent.parent
LAYOUTS = [read_layout(path.parent) for path in sorted((ROOT / "layouts").glob("*/layout.toml"))]
ALL_FONTS = load_fonts(FONTS)

each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.name for layout in LAYOUTS])

LETTERS = (
    "abcdefghijklmnopqrstuvwxyz" * 3,
    "aáàâäãåæcçčdðeéèêëėfiíîłnñňoóôöøœrřsšßtťuúůüyýzžź",
    "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєђћ",
)
#: Ligatures, kerning, accents in two parts, and what a line may and may not be broken at.
TRAPS = ("fi", "ffl", "Te", "AV", "e\u0301", "o\u0308", "’", "-", "\u00ad", "\u00a0", "/", ".", "–")


def a_word(chance: random.Random) -> str:
    letters = chance.choices(LETTERS, weights=(7, 1, 1, 1))[0]
    word = "".join(chance.choices(letters, k=chance.choice((1, 2, 3, 4, 5, 6, 7, 9, 12, 17))))
    if chance.random() < 0.3:
        at = chance.randint(0, len(word))
        word = word[:at] + chance.choice(TRAPS) + word[at:]
    return word.capitalize() if chance.random() < 0.3 else word


def words(chance: random.Random, count: int) -> str:
    return " ".join(a_word(chance) + chance.choice(("", "", "", ",", "!")) for _ in range(count))


def a_value(chance: random.Random, field: Field) -> str:
    """As many words as a customer's record may hold, with an end of a paragraph here and there."""
    text = words(chance, chance.randint(0, 30))[: field.max_length or 200].strip()
    return text.replace("! ", "!\n\n") if field.type == "text" else text


def a_person(chance: random.Random, number: int, layout: Layout) -> Person:
    fields = layout.fields.values()
    member = Recipient(
        key=f"random:{number}",
        source="random",
        where=f"record {number}",
        salutation=chance.choice(("", "Ms", "Herr Dr.", "Madame")),
        first_name=words(chance, chance.choice((0, 1, 1, 1, 2))),
        last_name=words(chance, chance.choice((1, 1, 1, 2, 3))),
        company=words(chance, chance.choice((0, 0, 2, 4))),
        address=Address(
            line1=words(chance, chance.randint(1, 4)),
            line2=words(chance, chance.choice((0, 0, 2))),
            city=words(chance, chance.randint(1, 2)),
            postcode=str(chance.randint(10000, 99999)),
            country=chance.choice(("DE", "GB", "US", "FR", "GR", "BG")),
        ),
        owner=chance.choice(("", "bartholomaeus")),
        fields={f.column or f.name: a_value(chance, f) for f in fields if f.type != "image"},
    )
    return Person(key=f"{number}", title=f"record {number}", tries="chance", members=(member,))


@each_layout
@pytest.mark.slow
def test_the_torture_people_are_stamped_as_the_reference_lays_them_out(layout: Layout) -> None:
    report = check_layout(layout, ALL_FONTS, oracle=True)
    assert report.compared > 100
    assert report.findings == ()
    assert report.failures == ()


@each_layout
@pytest.mark.slow
def test_random_records_are_stamped_as_the_reference_lays_them_out(
    layout: Layout, tmp_path: Path
) -> None:
    chance = random.Random(layout.name)
    kinds = list(product(layout.formats, languages_of(layout)))
    share = -(-RECORDS // len(kinds))
    found, pages = list[str](), list[str]()
    for fmt, language in kinds:
        people = [a_person(chance, number, layout) for number in range(share)]
        stamped, wanted = (
            tried(layout, fmt, people, language, tmp_path / f"{fmt}-{language}-{stamp}", stamp)
            for stamp in (True, False)
        )
        found += [finding.message for finding in compare(layout, wanted, stamped)]
        pages += [reason for trial in stamped for reason in trial.made.reasons]
    assert found == []
    assert pages.count("") > 0.9 * len(pages), set(pages)


def tried(
    layout: Layout, fmt: str, people: list[Person], language: str, folder: Path, stamp: bool
) -> tuple[Trial, ...]:
    return try_on(layout, format_named(fmt), ALL_FONTS, people, language, folder, stamp=stamp)
