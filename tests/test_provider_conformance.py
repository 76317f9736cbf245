"""What every provider promises, asked of each of them in the same words.

A new provider is one line in PROVIDERS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mailroom.errors import ConfigError, ProviderError
from mailroom.formats import FORMATS
from mailroom.model import Batch, Status
from mailroom.providers import Provider, open_provider, provider_names
from tests.printing import batch
from tests.printlab import CardPrinter

PROVIDERS = {
    "fake": lambda request: {},
    "outbox": lambda request: {},
    "printer": lambda request: {"uri": request.getfixturevalue("cups_queue")},
    "printer, direct": lambda request: {"uri": request.getfixturevalue("card_printer").uri},
}
"""Name and, after a comma, way -> the settings it is opened with."""

PRICES = {
    "currency": "GBP",
    "print_price": "0.30",
    "postage_domestic": "0.85",
    "postage_abroad": "2.20",
}
STARTED = (Status.ACCEPTED, Status.PRINTED)


@pytest.fixture(params=PROVIDERS)
def settings(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    name = request.param.partition(",")[0]
    return name, {**PRICES, **PROVIDERS[request.param](request)}


@pytest.fixture
def reopen(settings: tuple[str, dict[str, Any]], tmp_path: Path) -> Callable[[], Provider]:
    """A new object each time, as after a crash."""
    return lambda: open_provider(*settings, tmp_path)


@pytest.fixture
def provider(reopen: Callable[[], Provider]) -> Provider:
    return reopen()


@pytest.fixture
def sent(tmp_path: Path) -> Batch:
    return batch(tmp_path / "files")


def test_it_has_the_name_it_is_opened_by(
    provider: Provider, settings: tuple[str, dict[str, Any]]
) -> None:
    assert provider.name == settings[0] and provider.name in provider_names()


def test_its_formats_are_known_ones_and_pass_its_own_check(provider: Provider) -> None:
    able = provider.capabilities()
    assert able.formats and set(able.formats) <= set(FORMATS)
    assert able.max_pieces is None or able.max_pieces >= 1
    for name in able.formats:
        provider.check(FORMATS[name])


def test_a_quote_is_pieces_times_print_plus_postage(provider: Provider) -> None:
    quote = provider.quote(pieces=10, domestic=7, abroad=3)
    assert quote.total == Decimal("15.55") and quote.currency == "GBP" and quote.pieces == 10
    assert sum(count * price for _, count, price in quote.lines) == quote.total


def test_what_is_submitted_is_found_by_its_key_after_a_crash(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch
) -> None:
    receipt = provider.submit(sent)
    assert receipt.status in STARTED and receipt.ref
    found = reopen().find(sent.key)
    assert found and (found.ref, found.status) == (receipt.ref, receipt.status)


def test_the_same_batch_is_made_once_however_often_it_is_submitted(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch, made: Callable[[], int]
) -> None:
    refs = {provider.submit(sent).ref, provider.submit(sent).ref, reopen().submit(sent).ref}
    assert len(refs) == 1 and made() == 1


def test_two_batches_are_two(
    provider: Provider, sent: Batch, tmp_path: Path, made: Callable[[], int]
) -> None:
    other = batch(tmp_path / "others", key="fedcba9876543210")
    assert provider.submit(sent).ref != provider.submit(other).ref
    assert made() == 2


def test_a_key_that_was_never_sent_is_not_found(provider: Provider, sent: Batch) -> None:
    assert provider.find("never") is None
    provider.submit(sent)
    assert provider.find("never") is None


def test_its_own_word_for_the_status_stands_beside_ours(provider: Provider, sent: Batch) -> None:
    assert provider.submit(sent).raw


def test_a_receipt_can_be_followed(provider: Provider, sent: Batch) -> None:
    receipt = provider.submit(sent)
    assert provider.follow(receipt.ref).status in STARTED


def test_a_receipt_of_somebody_else_cannot_be_followed(provider: Provider) -> None:
    with pytest.raises(ProviderError):
        provider.follow("99:not-ours")


def test_it_cancels_or_says_that_it_cannot(provider: Provider, sent: Batch) -> None:
    receipt = provider.submit(sent)
    if provider.capabilities().can_cancel:
        assert provider.cancel(receipt.ref).status in (*STARTED, Status.CANCELLED)
    else:
        with pytest.raises(ProviderError):
            provider.cancel(receipt.ref)


@pytest.mark.parametrize(
    ("price", "message"),
    [("dear", "'dear' is not a price"), ("-1", "a price cannot be -1"), ("NaN", "cannot be NaN")],
)
def test_a_price_that_is_none_is_a_config_error(
    settings: tuple[str, dict[str, Any]], tmp_path: Path, price: str, message: str
) -> None:
    name, written = settings
    provider = open_provider(name, {**written, "print_price": price}, tmp_path)
    with pytest.raises(ConfigError, match=message) as error:
        provider.quote(1, 1, 0)
    assert error.value.where == f"[providers.{name}] print_price"


def test_an_unknown_provider_is_a_config_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no provider 'pigeon'") as error:
        open_provider("pigeon", {}, tmp_path)
    assert "fake, outbox, printer" in error.value.hint


def test_another_package_can_bring_a_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "pigeon_post-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[mailroom.providers]\npigeon = mailroom.providers.fake:Fake\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "pigeon" in provider_names()
    assert open_provider("pigeon", {}, tmp_path).find("never") is None


@pytest.fixture
def made(
    request: pytest.FixtureRequest, settings: tuple[str, dict[str, Any]], tmp_path: Path
) -> Callable[[], int]:
    """How many batches came out at the other end."""
    if settings[0] == "printer":
        device: CardPrinter = request.getfixturevalue("card_printer")
        return lambda: _batches(sheet.title for sheet in device.received())
    folder = {"fake": ".mailroom/fake", "outbox": "outbox"}[settings[0]]
    return lambda: len(list((tmp_path / folder).iterdir()))


def _batches(titles: Iterable[str]) -> int:
    listed = list(titles)
    assert len(listed) == len(set(listed)), "a file was printed twice"
    return len({title.split(":")[1] for title in listed})
