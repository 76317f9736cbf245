"""How fast an export is surveyed, mapped and mended, and how much memory that takes.

    .venv/bin/python -m benchmarks.intake [--rows 1000000]

The rows have 25 columns; one in ten needs a repair or a question. Each pass runs over the file in a
process of its own, so that the memory is its own; the time is CPU time of one core. Survey and
mapping read the file as they go, so what reading alone takes is taken off theirs. An intake is a
survey and a mapping, each with its reading: the last line.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mailroom import exports, intake
from mailroom.model import Recipient

HEADERS = (
    *("Record ID", "First Name", "Last Name", "Salutation", "Email", "Phone Number"),
    *("Company Name", "Job Title", "Street Address", "Street Address 2", "City", "State/Region"),
    *("Postal Code", "Country/Region", "Birthday", "Lifecycle Stage", "Tags", "Contact owner"),
    *("Create Date", "Last Activity Date", "Email Opt Out", "Do Not Mail", "Industry"),
    *("Client Grade", "Personal note"),
)
TOWNS = (
    *(("Boston", "MA", "021", "US"), ("Springfield", "MA", "011", "US")),
    *(("Newark", "NJ", "071", "US"), ("Chicago", "IL", "606", "US")),
    *(("Denver", "CO", "802", "US"), ("Austin", "TX", "787", "US")),
    *(("Portland", "OR", "972", "US"), ("Atlanta", "GA", "303", "US")),
    *(("Berlin", "", "101", "Germany"), ("München", "", "803", "Germany")),
    *(("Lyon", "", "690", "France"), ("Paris", "", "750", "France")),
    *(("Zürich", "", "80", "Switzerland"), ("Wien", "", "10", "Austria")),
)
FIRST = ("An", "Be", "Cla", "Da", "El", "Fre", "Ge", "Hen", "Is", "Jo", "Ka", "Lu", "Ma", "No")
MIDDLE = ("na", "ri", "lo", "ti", "mi", "do", "ve", "sa", "bri", "len", "ro", "ni")
LAST = ("a", "o", "e", "us", "ta", "na", "son", "in", "el", "ert")
STREETS = ("Elm", "Oak", "Harbour", "Station", "Mill", "Church", "Garden", "Linden", "Market")
WORDS = ("spring", "garden", "meeting", "see", "you", "with", "thanks", "for", "the", "order", "of")


def rows(count: int, seed: int = 1) -> Iterator[list[str]]:
    """The rows of the export; the same ones every time."""
    chance = random.Random(seed)
    choice, randrange = chance.choice, chance.randrange
    for number in range(count):
        town, state, code, country = choice(TOWNS)
        first = choice(FIRST) + choice(MIDDLE) + choice(LAST)
        last = choice(FIRST) + choice(MIDDLE) + choice(MIDDLE) + choice(LAST)
        row = [
            str(number),
            first,
            last,
            choice(("", "Mr.", "Ms.", "Dr.")),
            f"{first}.{last}@example.com".lower(),
            f"+1 555 {randrange(1000):03} {randrange(10000):04}",
            f"{last} {choice(('Ltd', 'GmbH', 'Inc', 'and Sons'))}" if chance.random() < 0.5 else "",
            choice(("", "Manager", "Owner", "Buyer")),
            f"{randrange(1, 400)} {choice(STREETS)} Street",
            f"Apt {randrange(90)}" if chance.random() < 0.2 else "",
            town,
            state,
            f"{code}{randrange(100):02}",
            country,
            f"{randrange(1940, 2005)}-{randrange(1, 13):02}-{randrange(1, 29):02}",
            choice(("customer", "lead", "opportunity")),
            choice(("", "trade", "vip; trade")),
            choice(("Ruth Lang", "Tom Hill")),
            f"2024-{randrange(1, 13):02}-{randrange(1, 29):02} 10:{randrange(60):02}",
            f"2026-{randrange(1, 13):02}-{randrange(1, 29):02} 16:{randrange(60):02}",
            "No",
            "No",
            choice(("", "Retail", "Interior design")),
            choice("ABC"),
            " ".join(choice(WORDS) for _ in range(8)) if chance.random() < 0.1 else "",
        ]
        if chance.random() < 0.1:
            spoil(row, chance)
        yield row


def spoil(row: list[str], chance: random.Random) -> None:
    """What is wrong with one row in ten."""
    place, wrong = chance.choice(
        (
            (1, f" {row[1]} "),
            (1, row[1].upper()),
            (1, f"{row[1]} Q."),
            (1, f"{row[1]} and Beth"),
            (5, "null"),
            (5, f"'{row[5]}"),
            (10, f"{row[10]},"),
            (12, row[12].lstrip("0")),
            (13, "U.S" if row[13] == "US" else "Deutschland"),
            (14, "03/04/71"),
            (2, row[4]),
            (20, "Yes"),
        )
    )
    row[place] = wrong
    if place == 1 and wrong.isupper():
        row[2] = row[2].upper()


def read_alone(path: Path) -> int:
    return sum(1 for _ in exports.rows_of(path, exports.recognise(path)))


def surveyed(path: Path) -> int:
    export = exports.recognise(path)
    return intake.survey(exports.rows_of(path, export), export.columns).rows


def mapped_and_mended(path: Path) -> int:
    """With nothing known of the whole file, for what a survey takes is measured apart."""
    export = exports.recognise(path)
    rows = exports.rows_of(path, export)
    found = intake.read(rows, file=path.name, source="crm", columns=export.columns, country="US")
    return sum(1 for one in found if isinstance(one, Recipient))


PASSES: Mapping[str, Callable[[Path], int]] = {
    "reading": read_alone,
    "survey": surveyed,
    "mapping and repair": mapped_and_mended,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            writer.writerows(rows(count))
        print(f"{count:,} rows, {path.stat().st_size / 1e6:,.0f} MB\n")
        print(f"{'':30} {'rows/s':>9} {'CPU s':>7} {'peak MB':>8}")
        found = {}
        for name in PASSES:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found[name] = pool.apply(measured, (name, path))
        (alone, memory), (survey, _), (mapping, _) = found.values()
        tell("reading", count, alone, memory)
        tell("survey", count, survey - alone, found["survey"][1])
        tell("mapping and repair", count, mapping - alone, found["mapping and repair"][1])
        most = max(peak for _, peak in found.values())
        tell("survey, mapping and repair", count, survey + mapping - 2 * alone, most)
        tell("all, the file read twice", count, survey + mapping, most)


def tell(name: str, count: int, seconds: float, peak: float) -> None:
    """One line of the table."""
    print(f"{name:30} {count / seconds:9,.0f} {seconds:7.1f} {peak:8.0f}")


def measured(name: str, path: Path) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of one pass."""
    started = time.process_time()
    PASSES[name](path)
    seconds = time.process_time() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
