"""What Lob is asked about addresses, and what is made of whatever it answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import verdicts
from mailroom.dev.fakelob import Running
from mailroom.dev.verifications import verify_us
from mailroom.formats import FORMATS
from mailroom.model import Address, Verdict
from mailroom.providers import open_provider
from mailroom.providers.lob import Lob
from mailroom.providers.lob_addresses import _us_question, _us_reading, _verified
from mailroom.providers.lob_pieces import PRODUCTS, TERRITORIES, fields
from mailroom.providers.lob_words import VERDICTS
from tests.lob_batches import HOME, LIVE_KEY, SENDER, TEST_KEY, person, single
from tests.printing import office

BERLIN = Address(line1="12 Kastanienallee", city="Berlin", postcode="10435", country="DE")
SAN_JUAN = Address(
    line1="Urb Las Gladiolas",
    line2="150 Calle A Apt 3",
    city="San Juan",
    region="PR",
    postcode="00926",
    country="US",
)


def opened(folder: Path, base_url: str, *, live: bool = True) -> Lob:
    settings = {"base_url": base_url, "requests": 100_000}
    environ = {"LOB_API_KEY": LIVE_KEY if live else TEST_KEY}
    told = office(settings, folder, sender=SENDER, live=live, environ=environ)
    provider = open_provider("lob", told)
    assert isinstance(provider, Lob)
    return provider


def homes(number: int) -> list[Address]:
    return [dataclasses.replace(HOME, line1=f"{n} Mill Lane") for n in range(number)]


# --- what is asked ------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "calls"), [(0, 0), (1, 1), (20, 1), (21, 2), (45, 3)])
def test_twenty_are_asked_about_at_a_time(
    fake_lob: Running, tmp_path: Path, number: int, calls: int
) -> None:
    found = list(opened(tmp_path, fake_lob.base_url).verify(homes(number)))
    assert [verdict.address for verdict in found] == homes(number)
    assert {verdict.word for verdict in found} <= {"deliverable"}
    assert fake_lob.lob.stats()["requests"].get("POST /bulk/us_verifications", 0) == calls


def test_at_home_and_abroad_are_asked_at_their_own_endpoints(
    fake_lob: Running, tmp_path: Path
) -> None:
    territory = dataclasses.replace(SAN_JUAN, region="", country="PR")
    found = list(opened(tmp_path, fake_lob.base_url).verify([BERLIN, HOME, SAN_JUAN, territory]))
    assert {verdict.address for verdict in found} == {BERLIN, HOME, SAN_JUAN, territory}
    assert {verdict.word for verdict in found} == {"deliverable"}
    requests = fake_lob.lob.stats()["requests"]
    assert requests["POST /bulk/us_verifications"] == 1
    assert requests["POST /bulk/intl_verifications"] == 1


def test_a_quarter_of_puerto_rico_stands_above_its_street_before_and_after(
    fake_lob: Running, tmp_path: Path
) -> None:
    asked = _us_question(SAN_JUAN)
    assert (asked["urbanization"], asked["primary_line"]) == (SAN_JUAN.line1, SAN_JUAN.line2)
    (found,) = opened(tmp_path, fake_lob.base_url).verify([SAN_JUAN])
    assert found.verified.line1 == "URB LAS GLADIOLAS"
    assert found.verified.line2 == "150 CALLE A APT 3"


def test_who_has_only_a_second_line_is_asked_about_with_it() -> None:
    asked = _us_question(dataclasses.replace(HOME, line1="", line2="PO Box 5"))
    assert asked["primary_line"] == "PO Box 5" and "secondary_line" not in asked


@pytest.mark.parametrize("country", sorted(TERRITORIES))
def test_a_territory_is_a_state_of_the_us_for_lob(tmp_path: Path, country: str) -> None:
    address = dataclasses.replace(SAN_JUAN, region="", country=country)
    assert _us_question(address)["state"] == country
    lob = opened(tmp_path, "")
    assert not list(lob.judge(person(1, address), FORMATS["postcard-6x9"], {}))
    sent = fields(PRODUCTS["postcard-6x9"], single(tmp_path, address=address), {})["to"]
    assert (sent["address_state"], sent["address_country"]) == (country, "US")


# --- what is made of the answer -----------------------------------------------------------


def test_with_a_test_key_the_address_stays_as_it_was(fake_lob: Running, tmp_path: Path) -> None:
    asked = [dataclasses.replace(HOME, line1="commercial highrise"), HOME]
    good, bad = opened(tmp_path, fake_lob.base_url, live=False).verify(asked)
    assert (good.word, good.verified) == ("deliverable", asked[0])
    assert (bad.rule, bad.verified) == ("undeliverable", HOME)


def test_an_address_without_a_zip_is_given_the_one_of_the_post(
    fake_lob: Running, tmp_path: Path
) -> None:
    (found,) = opened(tmp_path, fake_lob.base_url).verify([dataclasses.replace(HOME, postcode="")])
    assert found.word == "deliverable" and found.verified.postcode.startswith("90001-")


def test_what_is_wrong_with_one_of_many_is_told_of_that_one(
    fake_lob: Running, tmp_path: Path
) -> None:
    asked = [HOME, dataclasses.replace(HOME, line1="2 Elm St", postcode="1218")]
    good, bad = opened(tmp_path, fake_lob.base_url).verify(asked)
    assert not good.rule
    assert (bad.rule, bad.word, bad.verified) == ("unverified", "error", asked[1])
    assert "zip_code must be in a valid zip or zip+4 format" in bad.message


ANSWER = """\
from mailroom.faults import Answer, Call, as_json
import json

def after(call: Call, answer: Answer) -> Answer:
    return as_json(200, json.loads({content!r}))
"""


def answered(
    start: Callable[..., Running], folder: Path, content: Any, asked: int = 1
) -> list[Verdict]:
    """What is made of this answer of Lob's."""
    fault = folder / "says.py"
    fault.write_text(ANSWER.format(content=json.dumps(content)), encoding="utf-8")
    fake = start(named={str(fault): 1.0})
    return list(opened(folder, fake.base_url).verify(homes(asked)))


GOOD = verify_us({"primary_line": "0 Mill Lane", "city": "Troy", "state": "NY"}, live=True)


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        ({"addresses": []}, 2),
        ({"addresses": [GOOD]}, 2),
        ({"addresses": [GOOD, GOOD, GOOD]}, 2),
        ({"addresses": None}, 1),
        ({"addresses": ["deliverable"]}, 1),
        ({"addresses": [{}]}, 1),
        ({}, 1),
        ({"addresses": [{**GOOD, "deliverability": "deliverable_by_drone"}]}, 1),
        ({"addresses": [{"error": {"message": "gone", "status_code": 500}}]}, 1),
        ({"addresses": [{"error": "gone"}]}, 1),
    ],
)
def test_an_odd_answer_verifies_nothing(
    start_fake_lob: Callable[..., Running], tmp_path: Path, content: Any, asked: int
) -> None:
    found = answered(start_fake_lob, tmp_path, content, asked)
    assert [verdict.rule for verdict in found] == ["unverified"] * asked
    assert [verdict.verified for verdict in found] == homes(asked)
    assert all(verdict.message and verdict.hint for verdict in found)


@pytest.mark.parametrize(
    ("changes", "postcode"),
    [
        ({"zip_code": "12180", "zip_code_plus_4": "4411"}, "12180-4411"),
        ({"zip_code": "12180", "zip_code_plus_4": ""}, "12180"),
        ({"zip_code": "12180", "zip_code_plus_4": "44"}, "12180"),
        ({"zip_code": "", "zip_code_plus_4": "4411"}, HOME.postcode),
        ({"zip_code": None, "zip_code_plus_4": None}, HOME.postcode),
        ({"zip_code": "1218", "zip_code_plus_4": "4411"}, HOME.postcode),
    ],
)
def test_a_verified_address_always_has_a_zip_that_lob_takes(
    start_fake_lob: Callable[..., Running],
    tmp_path: Path,
    changes: Mapping[str, Any],
    postcode: str,
) -> None:
    content = {**GOOD, "components": {**GOOD["components"], **changes}}
    (found,) = answered(start_fake_lob, tmp_path, {"addresses": [content]})
    assert (found.verified.line1, found.verified.postcode) == ("0 MILL LN", postcode)


@pytest.mark.parametrize("missing", ["primary_line", "components", "city", "state"])
def test_half_an_address_is_not_mixed_with_ours(
    start_fake_lob: Callable[..., Running], tmp_path: Path, missing: str
) -> None:
    parts = {name: value for name, value in GOOD["components"].items() if name != missing}
    content = {name: value for name, value in {**GOOD, "components": parts}.items()
               if name != missing}  # fmt: skip
    (found,) = answered(start_fake_lob, tmp_path, {"addresses": [content]})
    assert found.word == "deliverable" and found.verified == homes(1)[0]


def test_a_verified_address_that_is_too_long_for_lob_holds_the_piece(tmp_path: Path) -> None:
    long = dataclasses.replace(HOME, line1="1" * 30, line2="2" * 21)
    (found,) = opened(tmp_path, "").judge(person(1, long), FORMATS["postcard-4x6"], {})
    assert found.rule == "lob-address-length"


def test_every_word_of_lob_s_has_its_rule_of_the_one_table() -> None:
    assert {rule for rule, _, _ in VERDICTS.values()} - {""} < set(verdicts.HOLDS)


odd = st.one_of(st.none(), st.text(max_size=8), st.integers(), st.sampled_from(["TROY", "12180"]))
said = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("primary_line", "secondary_line", "urbanization"), odd),
        "components": st.one_of(
            odd,
            st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("city", "state", "zip_code", "zip_code_plus_4"), odd)
            ),
        ),
    },
)


@given(said)
def test_whatever_is_answered_the_address_is_lob_s_or_ours_and_has_its_zip(
    answer: dict[str, Any],
) -> None:
    found, whole = _us_reading(answer)
    verified = _verified(HOME, found, whole)
    assert verified.country == "US" and verified.region and verified.city and verified.line1
    assert verified.postcode == HOME.postcode or verified.postcode == found.postcode
    ours = (verified.line1, verified.line2, verified.city) == (HOME.line1, HOME.line2, HOME.city)
    theirs = (verified.line1, verified.line2, verified.city) == (
        found.line1,
        found.line2,
        found.city,
    )
    assert theirs if whole else ours
