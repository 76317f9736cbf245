from __future__ import annotations

import tomllib
import tracemalloc
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.model import Finding, Severity
from mailroom.readers import Row, open_rows
from mailroom.readers.vcard import COLUMNS

CRM = Path(__file__).parent.parent.parent / "shared" / "data" / "crm"
BOB = "BEGIN:VCARD\nVERSION:3.0\nFN:Bob Hill\nN:Hill;Bob;;;\nEND:VCARD\n"


def found_in(
    tmp_path: Path, content: str | bytes, name: str = "contacts.vcf"
) -> tuple[list[dict[str, str]], list[Finding]]:
    """The filled cells of each card, by column, and what was found."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    header, *found = open_rows(path).rows
    assert header == Row(1, tuple(COLUMNS))
    rows = [item for item in found if isinstance(item, Row)]
    cells = [
        {name: cell for name, cell in zip(COLUMNS, row.cells, strict=True) if cell} for row in rows
    ]
    return cells, [item for item in found if isinstance(item, Finding)]


def card(tmp_path: Path, *lines: str, version: str = "3.0") -> dict[str, str]:
    """The one card with these lines, in which nothing is wrong."""
    text = "\r\n".join(
        ["BEGIN:VCARD", f"VERSION:{version}", "FN:Ada Hill", *lines, "END:VCARD", ""]
    )
    (cells,), findings = found_in(tmp_path, text)
    assert findings == []
    return cells


def test_many_cards_in_a_file_are_rows_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "contacts.vcf"
    path.write_text(BOB + "\n" + BOB)
    assert [row.line for row in open_rows(path).rows if isinstance(row, Row)] == [1, 1, 7]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", ["contacts.vcf", "export.txt"])
def test_a_card_is_known_by_its_first_line_in_any_encoding(
    tmp_path: Path, encoding: str, name: str
) -> None:
    cells, _ = found_in(tmp_path, BOB.replace("Hill", "Muñoz").encode(encoding), name)
    assert cells[0]["N family"] == "Muñoz"


def test_the_parts_of_a_name_are_told_apart(tmp_path: Path) -> None:
    cells = card(tmp_path, r"N:Hill\; Wood;Ada;Byron,Grace;Dr.;M.D.,Ph.D.")
    assert cells["N family"] == "Hill; Wood"
    assert cells["N additional"] == "Byron Grace"
    assert (cells["N prefix"], cells["N suffix"]) == ("Dr.", "M.D., Ph.D.")


def test_quoted_printable_is_decoded_over_its_soft_line_breaks(tmp_path: Path) -> None:
    cells = card(
        tmp_path,
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Mu=C3=B1oz;Jos=C3=A9",
        "ADR;HOME;PREF;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:;;Hauptstra=DFe 1=0D=0A=",
        "Hinterhaus=20;M=FC=",
        "nchen;;80331;Germany",
        version="2.1",
    )
    assert (cells["N family"], cells["N given"]) == ("Muñoz", "José")
    assert cells["ADR 1 street"] == "Hauptstraße 1\r\nHinterhaus"
    assert (cells["ADR 1 city"], cells["ADR 1 type"]) == ("München", "home pref")


def test_a_charset_of_the_old_kind_is_believed(tmp_path: Path) -> None:
    lines = b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=windows-1251:%s;Ada\nEND:VCARD\n"
    (cells,), _ = found_in(tmp_path, lines % "Иванова".encode("cp1251"))
    assert cells["N family"] == "Иванова"


@pytest.mark.parametrize("indent", [" ", "\t", ""])
def test_pictures_are_passed_over_however_they_are_folded(tmp_path: Path, indent: str) -> None:
    lines = ["PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD"]
    lines += [f"{indent}/2wBDAAUDBAQEAwUEBAQFBQUGBwwIBwcHBw8LCwkMEQ8"] * 50 + ["", "TITLE:Boss"]
    assert card(tmp_path, *lines)["TITLE"] == "Boss"


@pytest.mark.slow
def test_pictures_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "contacts.vcf"
    with path.open("w") as file:
        file.write("BEGIN:VCARD\nFN:Ada\nPHOTO;ENCODING=b:\n")
        file.writelines(" " + "A" * 74 + "\n" for _ in range(100_000))
        file.write("TITLE:Boss\nLOGO;ENCODING=b:" + "A" * 5_000_000 + "\nROLE:x\nEND:VCARD\n")
    tracemalloc.start()
    try:
        _, row = open_rows(path).rows
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(row, Row)
    assert {"Boss", "x"} <= set(row.cells)
    assert peak < 8 << 20


def test_folded_lines_are_put_together_and_broken_ones_too_with_a_word(tmp_path: Path) -> None:
    assert card(tmp_path, "NOTE:one", "  two", "\t three")["NOTE"] == "one two three"
    lines = "BEGIN:VCARD\nFN:Ada\nNOTE:one\nApt: two\nthree; four\nTITLE:Boss\nEND:VCARD\n"
    (cells,), (finding,) = found_in(tmp_path, lines)
    assert cells["NOTE"] == "one\nApt: two\nthree; four"
    assert cells["TITLE"] == "Boss"
    assert (finding.rule, finding.where) == ("broken-card", "contacts.vcf:4")
    assert finding.severity is Severity.WARNING


def test_several_addresses_come_in_the_order_of_preference(tmp_path: Path) -> None:
    cells = card(
        tmp_path,
        "ADR;TYPE=work:;Suite 2;1 Elm;Boston;MA;02134;USA",
        'ADR;TYPE="home,postal";PREF=1:;;2 Oak;Salem;MA;01970;USA',
        "EMAIL;TYPE=INTERNET:b@example.com",
        "EMAIL;TYPE=INTERNET,pref:mailto:a@example.com",
        "TEL;VALUE=uri;PREF=50:tel:+1-555",
        version="4.0",
    )
    assert (cells["ADR 1 street"], cells["ADR 1 type"]) == ("2 Oak", "home postal")
    assert (cells["ADR 2 street"], cells["ADR 2 extended"]) == ("1 Elm", "Suite 2")
    assert (cells["EMAIL 1"], cells["EMAIL 2"]) == ("a@example.com", "b@example.com")
    assert cells["TEL 1"] == "+1-555"


def test_outlook_says_by_a_number_which_address_is_the_postal_one(tmp_path: Path) -> None:
    lines = ["ADR;WORK:;;1 Elm;Boston", "ADR;HOME:;;2 Oak;Salem"]
    cells = card(tmp_path, *lines, "X-MS-OL-DEFAULT-POSTAL-ADDRESS:1", version="2.1")
    assert cells["ADR 1 street"] == "2 Oak"


@pytest.mark.parametrize(
    ("adr", "street", "extended"),
    [
        (";Suite 2;;Boston", "Suite 2", ""),
        ("12;;;Boston", "PO Box 12", ""),
        ("Postfach 12;c/o Berg;;Boston", "c/o Berg", "Postfach 12"),
        (r";;1 Elm\nApt 2;Boston", "1 Elm\nApt 2", ""),
    ],
)
def test_where_there_is_no_street_the_others_take_its_place(
    tmp_path: Path, adr: str, street: str, extended: str
) -> None:
    cells = card(tmp_path, f"ADR:{adr};;;")
    assert cells["ADR 1 street"] == street
    assert cells.get("ADR 1 extended", "") == extended


@pytest.mark.parametrize(
    "line",
    [
        r"ADR;TYPE=HOME:;1 Elm\nBoston\, MA 02134;;;;;",
        r"ADR;TYPE=HOME:;;1 Elm\nBoston\, MA 02134;;;;",
        r"LABEL;TYPE=HOME:1 Elm\nBoston\, MA 02134",
        r'ADR;TYPE=HOME;LABEL="1 Elm^nBoston, MA 02134":;;;;;;',
    ],
)
def test_a_whole_address_in_one_place_is_called_so(tmp_path: Path, line: str) -> None:
    cells = card(tmp_path, line)
    assert cells["ADR 1 whole"] == "1 Elm\nBoston, MA 02134"
    assert "ADR 1 street" not in cells


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("BDAY:19900502", "1990-05-02"),
        ("BDAY:1990-05-02T00:00:00Z", "1990-05-02"),
        ("BDAY;VALUE=date:--0229", "--02-29"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03", "--02-03"),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"),
        ("BDAY:1990-05", "1990-05"),
    ],
)
def test_a_birthday_is_one_date_with_or_without_its_year(
    tmp_path: Path, line: str, date: str
) -> None:
    assert card(tmp_path, line)["BDAY"] == date


def test_what_apple_keeps_in_groups_is_found(tmp_path: Path) -> None:
    cells = card(
        tmp_path,
        "item1.X-ABDATE;type=pref:1975-03-01",
        "item1.X-ABLabel:_$!<Anniversary>!$_",
        "item2.X-ABRELATEDNAMES:Eve",
        "item2.X-ABLabel:_$!<Mother>!$_",
        "item3.X-ABRELATEDNAMES:Tom Hill",
        "item3.X-ABLabel:_$!<Spouse>!$_",
        "item4.ADR:;;1 Elm;Boston;;;",
    )
    assert (cells["ANNIVERSARY"], cells["SPOUSE"]) == ("1975-03-01", "Tom Hill")
    assert cells["ADR 1 city"] == "Boston"


def test_companies_are_not_people_and_groups_are_nobody(tmp_path: Path) -> None:
    cells = card(tmp_path, "X-ABShowAs:COMPANY", "ORG:Acme;Sales;East")
    assert (cells["ORG name"], cells["ORG units"]) == ("Acme", "Sales, East")
    assert "FN" not in cells
    assert card(tmp_path, "KIND:org", version="4.0")["ORG name"] == "Ada Hill"
    group = BOB.replace("END:", "KIND:group\nMEMBER:urn:uuid:1\nEND:")
    rows, (finding,) = found_in(tmp_path, group + BOB)
    assert len(rows) == 1
    assert (finding.severity, finding.where) == (Severity.NOTE, "contacts.vcf:1")


def test_a_card_within_a_card_is_not_another_person(tmp_path: Path) -> None:
    lines = ["AGENT:", "BEGIN:VCARD", "FN:Agent", "END:VCARD", "TITLE:Boss"]
    assert card(tmp_path, *lines, version="2.1")["TITLE"] == "Boss"


def test_nothing_that_is_text_is_lost(tmp_path: Path) -> None:
    assert card(tmp_path, "X-SKYPE:ada", "URL:http\\://x")["other"] == "X-SKYPE: ada; URL: http://x"
    cells = card(tmp_path, *(f"TEL:{n}" for n in range(5)), *(f"ADR:;;{n};X" for n in range(4)))
    assert cells["other"] == "TEL: 3; TEL: 4; ADR: 3, X"


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ("BEGIN:VCARD\nFN:Ada\n", 1),  # has no end
        ("BEGIN:VCARD\nEND:VCARD\n", 1),  # names nobody
        ("BEGIN:VCARD\nFN:Ada\nNOTE:" + "x" * 900_000 + "\n " + "y" * 900_000 + "\nEND:VCARD\n", 1),
        (BOB + "END:VCARD\n", 6),
        (BOB + "what is this?\n\nnobody knows\n", 6),
    ],
)
def test_a_broken_card_is_told_and_the_others_are_read(tmp_path: Path, bad: str, line: int) -> None:
    rows, (finding,) = found_in(tmp_path, bad + BOB)
    assert rows[-1]["N given"] == "Bob"
    assert (finding.rule, finding.where) == ("broken-card", f"contacts.vcf:{line}")


def test_the_last_card_of_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    rows, (finding,) = found_in(tmp_path, BOB + BOB[:30])
    assert len(rows) == 1
    assert finding.where == "contacts.vcf:6"


ODD_LINES = """
BEGIN:VCARD
END:VCARD
AGENT:
N:a;b
ADR;TYPE="x
 folded
PHOTO:
BDAY:--0
;:
EMAIL;PREF=²:a
N;ENCODING=QUOTED-PRINTABLE:=C3=
N;ENCODING=B:%%%
FN;ENCODING=B:ñ
item1.X-ABDATE:\\
ORG;CHARSET=rot13:ñ
N;CHARSET=no-such-codec:ñ
NOTE:a \0 and no end
"""
LINES = st.sampled_from(ODD_LINES.splitlines())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINES | st.text(max_size=20), max_size=30))
def test_no_lines_do_more_than_make_findings(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join(["BEGIN:VCARD", *lines])
    found_in(tmp_path, text.encode("utf-8", "surrogatepass"))


def test_every_column_that_is_mapped_is_there() -> None:
    """The table of what vCards are mapped to speaks of this module's columns."""
    text = resources.files("mailroom").joinpath("exports/vcard.toml").read_text("utf-8")
    fields = tomllib.loads(text)["columns"]
    fields.pop("unread", None)
    assert {header for headers in fields.values() for header in headers} <= set(COLUMNS)


@pytest.mark.skipif(not CRM.is_dir(), reason="the real-shaped exports are not on this machine")
def test_the_real_shaped_cards_are_read(tmp_path: Path) -> None:
    for path in CRM.glob("*.vcf"):
        (cells,), findings = found_in(tmp_path, path.read_bytes())
        assert findings == []
        assert cells["ANNIVERSARY"] and cells["BDAY"]
