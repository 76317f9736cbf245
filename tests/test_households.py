"""The hard cases, a pair each: who is one person, who shares a home, who stays apart."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailroom.audience import choose
from mailroom.matching import Matches, look, match
from mailroom.model import Address, Recipient

CASES: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("households.toml").read_text(encoding="utf-8")
)
PAIRS = [pair for group in CASES["pairs"].values() for pair in group]
pairs = pytest.mark.parametrize(
    ("truth", "verdict", "one", "two"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS]
)


def record(key: str, text: str) -> Recipient:
    first, last, place, more = text.split("|")
    rest = dict(part.split("=", 1) for part in more.split(";") if part)
    born = rest.pop("born", "")
    parts = ("line1", "line2", "city", "region", "postcode", "country")
    return Recipient(
        key=key,
        source="crm",
        where=f"contacts.csv:{key[-1]}",
        first_name=first,
        last_name=last,
        address=Address(**dict(zip(parts, CASES["places"][place], strict=True))),
        fields={"birthday": born} if born else {},
        **rest,
    )


def said(found: Matches) -> str:
    return "sure" if found.groups else "unsure" if found.unsure else "different"


@pairs
def test_a_pair_is_judged_as_a_person_would(truth: str, verdict: str, one: str, two: str) -> None:
    a, b = record("crm:1", one), record("crm:2", two)
    assert said(match([a, b])) == verdict
    assert said(match([record("crm:1", two), record("crm:2", one)])) == verdict
    pair = look(a, b)
    assert (pair is None) == (verdict == "different")
    assert pair is None or pair.why
    assert verdict != "sure" or truth == "person", "a wrong merge"


@pairs
def test_whoever_shares_a_home_gets_one_piece(truth: str, verdict: str, one: str, two: str) -> None:
    homes = choose([record("crm:1", one), record("crm:2", two)]).households
    members = sorted(len(home.members) for home in homes)
    if truth == "person":
        assert len(homes) == 1 or verdict != "sure"
    else:
        assert members == {"home": [2], "apart": [1, 1]}[truth]


def test_there_are_enough_of_them() -> None:
    assert len(PAIRS) >= 280
    assert len({pair[0] for pair in PAIRS}) == len(PAIRS)
