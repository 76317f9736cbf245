from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from mailroom.regions import region_form, region_of


@pytest.mark.parametrize(
    ("country", "written", "region"),
    [
        ("US", "Penna.", "PA"),
        ("US", "Virgin Islands, U.S.", "VI"),
        ("CA", "P.Q.", "QC"),
        ("AE", "Ras al Khaymah", "Ras al Khaimah"),
        ("CL", "La Araucanía", "Araucanía"),
        ("CN", "GD", "Guangdong"),
        ("CN", "Inner Mongolia", "Neimenggu"),
        ("CO", "Bogotá D.C.", "Bogotá"),
        ("IN", "UK", "Uttarakhand"),
        ("IN", "Orissa", "Odisha"),
        ("JM", "Saint Ann", "St. Ann"),
        ("KR", "Seoul-teukbyeolsi", "Seoul"),
        ("MX", "Michoacán de Ocampo", "Mich."),
        ("MY", "Wilayah Persekutuan Kuala Lumpur", "Kuala Lumpur"),
        ("PE", "Lima", "Lima"),
        ("PH", "National Capital Region", "Metro Manila"),
        ("TH", "Chumphon", "Chumpon"),
        ("TR", "Afyonkarahisar", "Afyon"),
        ("VE", "La Guaira", "Vargas"),
    ],
)
def test_a_region_is_known_by_what_people_and_iso_3166_write(
    country: str, written: str, region: str
) -> None:
    assert region_of(written, country) == region


def test_a_code_becomes_the_name_where_the_post_wants_the_name() -> None:
    assert region_form("GD", "CN") == "Guangdong"
    assert region_form("California (US)", "US") == "CA"
    assert region_form("base.state_it_rm", "IT") == "RM"


def test_every_spelling_is_of_the_region_it_stands_under() -> None:
    text = resources.files("mailroom").joinpath("regions.toml").read_text("utf-8")
    for country, table in tomllib.loads(text).items():
        for region, words in table.items():
            found = {word: region_of(word, country) for word in words}
            assert found == dict.fromkeys(words, region_of(region, country)), (country, region)
            assert found[words[0]]
