"""What every provider promises, asked of each of them in the same words.

A new provider is one line in PROVIDERS.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mailroom.errors import ConfigError, ProviderError
from mailroom.formats import FORMATS
from mailroom.model import Batch, Order, Status
from mailroom.providers import Provider, open_provider, provider_names
from tests.lob_batches import SENDER, TEST_KEY, single
from tests.printing import batch, office
from tests.printlab import CardPrinter
from tests.workspaces import rates

PROVIDERS = {
    "fake": lambda request: {"posts_nothing": True},
    "lob": lambda request: {"base_url": request.getfixturevalue("fake_lob").base_url},
    "outbox": lambda request: {},
    "printer": lambda request: {"uri": request.getfixturevalue("cups_queue")},
    "printer, direct": lambda request: {"uri": request.getfixturevalue("card_printer").uri},
}
"""Name and, after a comma, way -> the settings it is opened with."""

STARTED = (Status.ACCEPTED, Status.PRINTED)


@pytest.fixture(params=PROVIDERS)
def settings(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    name = request.param.partition(",")[0]
    return name, PROVIDERS[request.param](request)


@pytest.fixture
def reopen(settings: tuple[str, dict[str, Any]], tmp_path: Path) -> Callable[[], Provider]:
    """A new object each time, as after a crash."""
    environ = {"LOB_API_KEY": TEST_KEY}
    told = office(settings[1], tmp_path, sender=SENDER, live=False, environ=environ)
    return lambda: open_provider(settings[0], told)


@pytest.fixture
def provider(reopen: Callable[[], Provider]) -> Provider:
    return reopen()


Make = Callable[..., Batch]


@pytest.fixture
def make(settings: tuple[str, dict[str, Any]]) -> Make:
    """A batch of one piece, as this provider takes it."""

    def of_one(folder: Path, key: str = "0123456789abcdef", first: int = 1) -> Batch:
        if settings[0] == "lob":
            return single(folder, key, first)
        return batch(folder, key=key, first=first)

    return of_one


@pytest.fixture
def sent(tmp_path: Path, make: Make) -> Batch:
    return make(tmp_path / "files")


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


def order(provider: Provider) -> Order:
    return Order(
        provider=provider.name,
        format="postcard-4x6" if provider.name == "lob" else "card-5x7",
        pieces=10,
        abroad=3,
        pages=20,
        day=dt.date(2026, 11, 23),
    )


def test_a_quote_is_what_the_workspace_s_rates_say(provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "rates.toml").write_text(rates(provider.name), encoding="utf-8")
    quote = provider.quote(order(provider))
    assert quote.total == Decimal("19.77") and quote.currency == "GBP" and quote.pieces == 10
    assert sum(line.sum for line in quote.lines) == quote.total and not quote.missing


def test_without_a_rate_a_quote_says_what_is_missing(provider: Provider) -> None:
    quote = provider.quote(order(provider))
    assert (quote.total, quote.missing) == (0, (("print and postage", "piece"),))


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
    provider: Provider, sent: Batch, tmp_path: Path, made: Callable[[], int], make: Make
) -> None:
    other = make(tmp_path / "others", key="fedcba9876543210", first=2)
    assert provider.submit(sent).ref != provider.submit(other).ref
    assert made() == 2


def test_a_key_that_was_never_sent_is_not_found(provider: Provider, sent: Batch) -> None:
    assert provider.find("never") is None
    provider.submit(sent)
    assert provider.find("never") is None


def test_its_own_word_for_the_status_stands_beside_ours(provider: Provider, sent: Batch) -> None:
    assert provider.submit(sent).raw


def test_other_files_under_the_same_key_are_refused_and_nothing_is_made_of_them(
    provider: Provider,
    reopen: Callable[[], Provider],
    sent: Batch,
    made: Callable[[], int],
    make: Make,
    tmp_path: Path,
) -> None:
    receipt = provider.submit(sent)
    somebody_else = make(tmp_path / "else", key="somebody else")
    sent.files[0].write_bytes(somebody_else.files[0].read_bytes())
    for each in (provider, reopen()):
        with pytest.raises(ProviderError, match="other files") as refused:
            each.submit(sent)
        assert not refused.value.unknown and not refused.value.retryable
    found = reopen().find(sent.key)
    assert found and found.status is receipt.status and made() == 1


@pytest.mark.parametrize("key", ["never", "0123456789abcdef"])
def test_a_key_never_seen_can_be_cancelled_and_stays_so(
    provider: Provider, reopen: Callable[[], Provider], tmp_path: Path, key: str, make: Make
) -> None:
    assert provider.cancel(key).status is Status.CANCELLED
    found = reopen().find(key)
    assert found and found.status is Status.CANCELLED
    late = make(tmp_path / "files", key=key)
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
    assert stopped == {Status.CANCELLED if provider.name in ("fake", "lob") else Status.UNKNOWN}
    found = reopen().find(sent.key)
    assert found and found.status in (Status.PRINTED, *stopped)


def test_to_cancel_one_batch_leaves_the_others_alone(
    provider: Provider, reopen: Callable[[], Provider], sent: Batch, tmp_path: Path, make: Make
) -> None:
    other = make(tmp_path / "others", key="fedcba9876543210", first=2)
    provider.submit(sent)
    provider.submit(other)
    provider.cancel(other.key)
    found = reopen().find(sent.key)
    assert found and found.status in STARTED


def test_an_unknown_provider_is_a_config_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no provider 'pigeon'") as error:
        open_provider("pigeon", office({}, tmp_path))
    assert error.value.hint == "use one of: lob, outbox, printer"


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
    if settings[0] == "lob":
        fake = request.getfixturevalue("fake_lob")
        return lambda: sum(fake.state.stats()["pieces"].values())
    if settings[0] == "outbox":
        return lambda: len([*tmp_path.glob("outbox/[!.]*")])
    return lambda: sum('"accepted"' in p.read_text() for p in tmp_path.glob(".mailroom/fake/*"))


def _batches(titles: Iterable[str]) -> int:
    listed = list(titles)
    assert len(listed) == len(set(listed)), "a file was printed twice"
    return len({title.split(":")[1] for title in listed})
