"""Fixtures that every test may use."""

import re

import pytest

pytest.register_assert_rewrite("mailroom.dev.promises")

pytest_plugins = [
    "tests.machine",
    "tests.lob_fixtures",
    "tests.postgres_fixtures",
    "tests.print_fixtures",
]


PRINT_ROOM = {"print_room", "card_printer", "new_printer", "cups", "cups_queue"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a printer or a print server takes its time."""
    for item in items:
        if PRINT_ROOM & {*getattr(item, "fixturenames", ())} or re.search(
            r"[\[-]printer", item.name
        ):
            item.add_marker(pytest.mark.slow)
