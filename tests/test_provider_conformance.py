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
from tests.printing import batch, office, pdf
from tests.printlab import CardPrinter

PROVIDERS = {
    "fake": lambda request: {"posts_nothing": True},
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
    return lambda: open_provider(settings[0], office(settings[1], tmp_path))


@pytest.fixture
def provider(reopen: Callable[[], Provider]) -> Provider:
    return reopen()


@pytest.fixture
def sent(tmp_path: Path) -> Batch:
    return batch(tmp_path / "files")


def test_it_has_the_name_it_is_opened_by(
    provider: Provider, settings: tuple[str, dict[str, Any]]
) -> None:
    assert provider.name == settings[0]


def test_its_formats_are_known_ones_and_pass_its_own_check(provider: Provider) -> None:
    able = provider.capabilities()
    assert able.formats and set(able.formats) <= set(FORMATS)
    assert able.max_pieces is None or able.max_pieces >= 1
    for name in able.formats:
        provider.check(FORMATS[name], {})


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
    other = batch(tmp_path / "others", key="fedcba9876543210", first=2)
    assert provider.submit(sent).ref != provider.submit(other).ref
    assert made() == 2


def test_a_key_that_was_never_sent_is_not_found(provider: Provider, sent: Batch) -> None:
    assert provider.find("never") is None
    provider.submit(sent)
    assert provider.find("never") is None


def test_its_own_word_for_the_status_stands_beside_ours(provider: Provider, sent: Batch) -> None:
    assert provider.submit(sent).raw


def test_other_files_under_the_same_key_are_refused_and_nothing_is_made_of_them(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch, made: Callable[[], int]
) -> None:
    receipt = provider.submit(sent)
    sent.files[0].write_bytes(pdf("somebody else"))
    for each in (provider, reopen()):
        with pytest.raises(ProviderError, match="other files") as refused:
            each.submit(sent)
        assert not refused.value.unknown and not refused.value.retryable
    found = reopen().find(sent.key)
    assert found and found.status is receipt.status and made() == 1


@pytest.mark.parametrize("key", ["never", "0123456789abcdef"])
def test_a_key_never_seen_can_be_cancelled_and_stays_so(
    provider: Provider, reopen: Callable[[], Provider], tmp_path: Path, key: str
) -> None:
    assert provider.cancel(key).status is Status.CANCELLED
    found = reopen().find(key)
    assert found and found.status is Status.CANCELLED
    late = batch(tmp_path / "files", key=key)
    assert reopen().submit(late).status is Status.CANCELLED


def test_what_is_cancelled_before_it_was_submitted_is_never_made(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch, made: Callable[[], int]
) -> None:
    provider.cancel(sent.key)
    for each in (provider, reopen()):
        assert each.submit(sent).status is Status.CANCELLED
    assert made() == 0


def test_what_was_made_and_is_cancelled_afterwards_may_have_been_made(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch
) -> None:
    provider.submit(sent)
    stopped = {provider.cancel(sent.key).status, reopen().cancel(sent.key).status}
    assert stopped == {Status.CANCELLED if provider.name == "fake" else Status.UNKNOWN}
    found = reopen().find(sent.key)
    assert found and found.status in (Status.PRINTED, *stopped)


def test_to_cancel_one_batch_leaves_the_others_alone(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch, tmp_path: Path
) -> None:
    other = batch(tmp_path / "others", key="fedcba9876543210", first=2)
    provider.submit(sent)
    provider.submit(other)
    provider.cancel(other.key)
    found = reopen().find(sent.key)
    assert found and found.status in STARTED


@pytest.mark.parametrize(
    ("price", "message"),
    [("dear", "'dear' is not a price"), ("-1", "a price cannot be -1"), ("NaN", "cannot be NaN")],
)
def test_a_price_that_is_none_is_a_config_error(
    settings: tuple[str, dict[str, Any]], tmp_path: Path, price: str, message: str
) -> None:
    name, written = settings
    provider = open_provider(name, office({**written, "print_price": price}, tmp_path))
    with pytest.raises(ConfigError, match=message) as error:
        provider.quote(1, 1, 0)
    assert error.value.where == f"[providers.{name}] print_price"


def test_an_unknown_provider_is_a_config_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no provider 'pigeon'") as error:
        open_provider("pigeon", office({}, tmp_path))
    assert error.value.hint == "use one of: outbox, printer"


def test_the_fake_is_no_choice_and_says_that_it_posts_nothing(tmp_path: Path, sent: Batch) -> None:
    assert "fake" not in provider_names()
    for posts_nothing in ({}, {"posts_nothing": False}, {"posts_nothing": "yes"}):
        fake = open_provider("fake", office(posts_nothing, tmp_path))
        with pytest.raises(ProviderError, match="posts nothing: no card would ever") as refused:
            fake.submit(sent)
        assert not refused.value.unknown and fake.find(sent.key) is None


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
    assert open_provider("pigeon", office({}, tmp_path)).find("never") is None


@pytest.fixture
def made(
    request: pytest.FixtureRequest, settings: tuple[str, dict[str, Any]], tmp_path: Path
) -> Callable[[], int]:
    """How many batches came out at the other end."""
    if settings[0] == "printer":
        device: CardPrinter = request.getfixturevalue("card_printer")
        return lambda: _batches(sheet.title for sheet in device.received())
    if settings[0] == "outbox":
        return lambda: len([*tmp_path.glob("outbox/[!.]*")])
    return lambda: sum('"accepted"' in p.read_text() for p in tmp_path.glob(".mailroom/fake/*"))


def _batches(titles: Iterable[str]) -> int:
    listed = list(titles)
    assert len(listed) == len(set(listed)), "a file was printed twice"
    return len({title.split(":")[1] for title in listed})
