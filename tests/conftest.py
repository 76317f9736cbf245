"""Fixtures that every test may use."""

pytest_plugins = ["tests.machine", "tests.print_fixtures"]
