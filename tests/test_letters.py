from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.envelope import in_latin
from mailroom.letters import is_latin, latin
from mailroom.model import Address


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("Müller", "DE", "Müller"),
        ("Łódź", "PL", "Łódź"),
        ("Москва", "RU", "Moskva"),
        ("МОСКВА", "RU", "MOSKVA"),
        ("Санкт-Петербург", "RU", "Sankt-Peterburg"),
        ("ул. Щукина, д. 5", "RU", "ul. Shchukina, d. 5"),
        ("Київ", "UA", "Kyiv"),
        ("Запоріжжя", "UA", "Zaporizhzhia"),
        ("Згурівка", "UA", "Zghurivka"),
        ("Єнакієве", "UA", "Yenakiieve"),
        ("Щорс 7", "BG", "Shtors 7"),
        ("Търново", "BG", "Tarnovo"),
        ("Његошева", "RS", "Njegoševa"),
        ("Београд", "RS", "Beograd"),
        ("Скопје", "MK", "Skopje"),
        ("Αθήνα", "GR", "Athina"),
        ("ΑΘΗΝΑ", "GR", "ATHINA"),
        ("Ερμού 15", "GR", "Ermou 15"),
        ("Ναύπλιο", "GR", "Nafplio"),
        ("Εύβοια", "GR", "Evvoia"),
        ("Μπότσαρη", "GR", "Botsari"),
        ("Λαμπράκη", "GR", "Lampraki"),
        ("Αγγελής", "GR", "Angelis"),
        ("თბილისი", "GE", "Tbilisi"),
    ],
)
def test_a_script_with_a_table_is_written_in_latin(text: str, country: str, written: str) -> None:
    assert latin(text, country) == written


@pytest.mark.parametrize("text", ["東京", "서울", "القاهرة", "תל אביב", "กรุงเทพ", "Москва 東"])
def test_what_nobody_can_write_surely_is_not_guessed(text: str) -> None:
    assert latin(text) is None


@given(st.text("абвЩщюЯ їґ αυθΈύπμ ΟΥγ xyzß 12-,.", max_size=20))
def test_it_is_latin_then_and_no_digit_is_lost(text: str) -> None:
    written = latin(text, "GR")
    assert written is not None
    assert is_latin(written)
    assert latin(written) == written
    assert [*filter(str.isdigit, written)] == [*filter(str.isdigit, text)]


def test_a_region_has_its_own_latin_name_and_the_rest_its_table() -> None:
    moscow = Address(
        line1="ул. Тверская, 7", city="Москва", region="Московская область", country="RU"
    )
    written = in_latin(moscow)
    assert written is not None
    assert (written.line1, written.city) == ("ul. Tverskaia, 7", "Moskva")
    assert written.region == "Moskovskaya oblast'"
    assert in_latin(Address(line1="烏丸通520", region="京都府", country="JP")) is None
