"""Fixtures that every test may use."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

# The same examples every time, and nothing depends on the clock: a busy machine is no failure.
# `make check` tries fewer; `make hunt` others every time, and keeps in mind those that failed.
settings.register_profile("mailroom", derandomize=True, database=None, deadline=None)
settings.register_profile("quick", settings.get_profile("mailroom"), max_examples=25)
settings.register_profile("hunt", max_examples=2000, deadline=None, print_blob=True)
PROFILE = os.environ.get("MAILROOM_HYPOTHESIS", "mailroom")
settings.load_profile(PROFILE)
if PROFILE != "hunt":
    # Else they are mixed with the constants of all modules that are loaded by then: other examples
    # where another worker has run other tests before.
    providers._get_local_constants = lambda: providers._local_constants

pytest.register_assert_rewrite("mailroom.dev.promises")

pytest_plugins = [
    "tests.machine",
    "tests.lob_fixtures",
    "tests.postgres_fixtures",
    "tests.print_fixtures",
]


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stencils are made once a run, and never found in what an earlier run has left."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_CACHE", str(shared / "cache"))
        for name in ("NO_PROXY", "no_proxy"):  # a proxy does not know the servers of tests
            patch.setenv(name, "localhost,127.0.0.1")
        yield


_SETTINGS = "_hypothesis_internal_use_settings"  # hypothesis' own plugin changes it the same way


def _settle(test: object) -> None:
    """A property test that no clock can fail; in a hunt, with as many examples as that asks for."""
    if own := getattr(test, _SETTINGS, None):
        changed = settings(
            own,
            max_examples=settings().max_examples if PROFILE == "hunt" else own.max_examples,
            suppress_health_check={*own.suppress_health_check, HealthCheck.too_slow},
        )
        setattr(getattr(test, "__func__", test), _SETTINGS, changed)


#: Fixtures that start what is not ours: a printer, a print server, PostgreSQL.
SERVERS = {"print_room", "card_printer", "new_printer", "cups", "cups_queue"}
SERVERS |= {"postgres_files", "postgres_server", "postgres_url"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a server that is not ours takes its time; files of slow tests go first.

    Two workers share the files: with a long one at the end one of them would wait for the other.
    """
    for item in items:
        _settle(getattr(item, "obj", None))
        if SERVERS & {*getattr(item, "fixturenames", ())} or re.search(
            r"[\[-](printer|postgres)\b", item.name
        ):
            item.add_marker(pytest.mark.slow)
    slow, every = Counter[Path](), Counter(item.path for item in items)
    slow.update(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path] / every[item.path])
