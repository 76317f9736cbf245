"""Fixtures that every test may use."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Nothing here depends on the clock: a busy machine is no failure.
settings.register_profile("mailroom", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)  # `make check`
settings.load_profile("mailroom")

pytest.register_assert_rewrite("mailroom.dev.promises")

pytest_plugins = [
    "tests.machine",
    "tests.lob_fixtures",
    "tests.postgres_fixtures",
    "tests.print_fixtures",
]


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stencils are made once a run, and never found in what an earlier run has left."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_CACHE", str(shared / "cache"))
        yield


#: Fixtures that start what is not ours: a printer, a print server, PostgreSQL.
SERVERS = {"print_room", "card_printer", "new_printer", "cups", "cups_queue"}
SERVERS |= {"postgres_files", "postgres_server", "postgres_url"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a server that is not ours takes its time; files of slow tests go first.

    Two workers share the files: with a long one at the end one of them would wait for the other.
    """
    for item in items:
        if SERVERS & {*getattr(item, "fixturenames", ())} or re.search(
            r"[\[-](printer|postgres)\b", item.name
        ):
            item.add_marker(pytest.mark.slow)
    slow, every = Counter[Path](), Counter(item.path for item in items)
    slow.update(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path] / every[item.path])
