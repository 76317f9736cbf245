from __future__ import annotations

import pytest

from mailroom import laposte
from mailroom.address import validate
from mailroom.model import Address


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("12 avenue des Fleurs", "12 AVENUE DES FLEURS"),
        (
            "123 bis, boulevard du Maréchal de Lattre de Tassigny",
            "123 BIS BD DU MAL DE LATTRE DE TASSIGNY",
        ),
        ("45 avenue du Président Franklin-Roosevelt", "45 AV DU PRESIDENT FRANKLIN ROOSEVELT"),
        ("7 impasse de l'Église, bâtiment C, escalier 2", "7 IMP DE L EGLISE BAT C ESCALIER 2"),
        ("Zone industrielle des Grands Champs Nord-Est", "ZI DES GRANDS CHAMPS NORD EST"),
    ],
)
def test_a_line_gets_as_few_short_forms_as_it_takes(line: str, short: str) -> None:
    assert laposte.shortened(line) == short


def test_a_line_longer_than_la_poste_reads_is_said_and_a_shorter_one_proposed() -> None:
    long = "45 avenue du Président Franklin-Roosevelt"
    place = Address(line1=long, city="Lyon", postcode="69003", country="FR")
    (finding,) = validate(place)
    assert finding.rule == "long-line"
    assert "41 characters" in finding.message
    assert "'45 AV DU PRESIDENT FRANKLIN ROOSEVELT'" in finding.hint


def test_a_line_that_has_no_short_form_is_asked_about() -> None:
    long = "Mairie annexe du quatrième arrondissement de la ville"
    place = Address(line1=long, city="Lyon", postcode="69004", country="FR")
    (finding,) = validate(place)
    assert finding.hint == "shorten it, or divide it into two lines"


def test_other_posts_read_longer_lines() -> None:
    long = "45 avenue du Président Franklin-Roosevelt"
    assert validate(Address(line1=long, city="Bruxelles", postcode="1000", country="BE")) == ()
