"""What every provider promises, asked of each of them in the same words.

The promises are in `mailroom/dev/promises.py`; a new provider is one line in PROVIDERS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from mailroom.dev.promises import PROMISES, Candidate, Promise
from mailroom.errors import ConfigError, ProviderError
from mailroom.model import Batch, Status
from mailroom.providers import Provider, open_provider, provider_names
from tests.lob_batches import SENDER, TEST_KEY, single
from tests.printing import batch, office
from tests.printlab import CardPrinter

PROVIDERS = {
    "fake": lambda request: {"posts_nothing": True},
    "lob": lambda request: {"base_url": request.getfixturevalue("fake_lob").base_url},
    "outbox": lambda request: {},
    "printer": lambda request: {"uri": request.getfixturevalue("cups_queue")},
    "printer, direct": lambda request: {"uri": request.getfixturevalue("card_printer").uri},
}
"""Name and, after a comma, way -> the settings it is opened with."""


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


def of_one(folder: Path, key: str, number: int) -> Batch:
    """A card with its envelope and a manifest."""
    return batch(folder, key=key, first=number)


@pytest.fixture
def candidate(
    settings: tuple[str, dict[str, Any]],
    reopen: Callable[[], Provider],
    made: Callable[[], int],
    tmp_path: Path,
) -> Candidate:
    name = settings[0]
    return Candidate(
        name=name,
        reopen=reopen,
        made=made,
        folder=tmp_path,
        make=single if name == "lob" else of_one,
        format="postcard-4x6" if name == "lob" else "card-5x7",
        called_back=Status.CANCELLED if name in ("fake", "lob") else Status.UNKNOWN,
    )


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_it_keeps_the_promise(promise: Promise, candidate: Candidate) -> None:
    promise(candidate)


def test_an_unknown_provider_is_a_config_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no provider 'pigeon'") as error:
        open_provider("pigeon", office({}, tmp_path))
    assert error.value.hint == "use one of: lob, outbox, printer"


def test_the_fake_is_no_choice_and_says_that_it_posts_nothing(tmp_path: Path) -> None:
    sent = of_one(tmp_path / "files", "0123456789abcdef", 1)
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
