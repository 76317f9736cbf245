"""Every call our provider makes is valid by Lob's own document: Prism stands between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailroom.dev.fakelob import Running
from mailroom.model import Address, Status
from mailroom.providers import open_provider
from mailroom.providers.lob import Lob
from mailroom.providers.lob_pieces import PRODUCTS
from tests.lob_batches import HOME, SENDER, TEST_KEY, single
from tests.printing import office

pytestmark = pytest.mark.slow

ABROAD = Address(line1="12 Mill Lane", city="Otley", postcode="LS21 1AB", country="GB")


@pytest.fixture
def lob(prism: tuple[str, Running], tmp_path: Path) -> Lob:
    settings = {"base_url": prism[0], "requests": 100_000}
    environ = {"LOB_API_KEY": TEST_KEY}
    told = office(settings, tmp_path, sender=SENDER, live=False, environ=environ)
    provider = open_provider("lob", told)
    assert isinstance(provider, Lob)
    return provider


@pytest.mark.parametrize("fmt", PRODUCTS)
def test_every_format_is_a_request_that_lob_s_document_allows(
    lob: Lob, tmp_path: Path, fmt: str
) -> None:
    batch = single(tmp_path / "files", f"contract-{fmt}", fmt=fmt)
    assert lob.submit(batch).status is Status.ACCEPTED


@pytest.mark.parametrize(
    ("fmt", "options"),
    [
        ("letter-lob", {"color": False}),
        ("letter-lob-2", {"double_sided": True, "use_type": "operational"}),
        ("letter-lob", {"address_placement": "insert_blank_page"}),
        ("letter-lob", {"mail_type": "usps_standard"}),
        ("postcard-6x9", {"mail_type": "usps_standard"}),
    ],
)
def test_every_option_is_one_that_lob_s_document_allows(
    lob: Lob, tmp_path: Path, fmt: str, options: dict[str, Any]
) -> None:
    key = "contract-" + "-".join(f"{name}{value}" for name, value in options.items()) + fmt
    assert lob.submit(single(tmp_path, key, fmt=fmt, options=options)).ref


def test_a_postcard_goes_abroad_and_waits_for_its_day(lob: Lob, tmp_path: Path) -> None:
    later = "2099-01-01T12:00:00+00:00"
    with pytest.raises(Exception, match="180"):
        lob.submit(single(tmp_path, "contract-too-late", send_at=later))
    assert lob.submit(single(tmp_path, "contract-abroad", address=ABROAD)).ref


def test_what_was_made_is_listed_found_and_called_back(lob: Lob, tmp_path: Path) -> None:
    receipt = lob.submit(single(tmp_path, "contract-all"))
    found = lob.find("contract-all")
    assert found and found.ref == receipt.ref
    assert receipt.ref in {news.ref for news in lob.news("winter")}
    assert lob.cancel("contract-all").status is Status.CANCELLED


def test_addresses_at_home_and_abroad_are_asked_as_lob_s_document_allows(lob: Lob) -> None:
    asked = [HOME, ABROAD]
    assert {verdict.address for verdict in lob.verify(asked)} == set(asked)


def test_twenty_addresses_puerto_rico_and_error_objects_are_as_lob_s_document_has_them(
    lob: Lob,
) -> None:
    many = [replace(HOME, line1=f"{number} Main St") for number in range(20)]
    urb = replace(HOME, line1="Urb Las Gladiolas", line2="150 Calle A", region="PR")
    words = ("deliverable", "missing unit", "puerto rico", "undeliverable no match")
    magic = [replace(HOME, line1=word) for word in words]
    for asked in (many, [urb], [replace(urb, region="", country="PR")], magic, [HOME]):
        found = list(lob.verify(asked))
        assert [verdict.address for verdict in found] == asked
        assert "unverified" not in {verdict.rule for verdict in found}
    (no_zip,) = lob.verify([replace(HOME, postcode="")])
    assert no_zip.rule == "undeliverable", "with a test key nobody looks"


@pytest.mark.parametrize("country", ["GB", "CA", "JP", "DE"])
def test_addresses_abroad_are_asked_as_lob_s_document_allows(lob: Lob, country: str) -> None:
    (found,) = lob.verify([replace(ABROAD, line1="deliverable", country=country)])
    assert found.word == "deliverable"
