"""people: the clean list, who is not on it and why; a CSV that no spreadsheet calculates."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom import pipeline
from mailroom.errors import Refused, UsageError
from mailroom.intake.cells import is_formula, without_apostrophe
from mailroom.intake.holds import HOLDS
from mailroom.model import Recipient
from mailroom.pipeline.clean import safe_cell
from mailroom.reasons import WORDS
from tests.commands import typed
from tests.workspaces import copied, make_workspace, opened, person


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = [
        person(1, **{"Company Name": "=cmd|' /C calc'!A0", "City": "+Otley"}),
        person(2, **{"Do not mail": "yes"}),
        person(3, **{"Street Address": ""}),
        person(4, **{"Record ID": "4b", "Email": "d@x.example"}),
        person(4, **{"Record ID": "4a", "Email": "d@x.example"}),
    ]
    folder = make_workspace(tmp_path_factory.mktemp("clean") / "ws", people)
    with opened(folder) as mailroom:
        pipeline.take_in(mailroom, (), "crm")
    return folder


def cells(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_is_on_one_of_the_two_lists(ws: Path, tmp_path: Path) -> None:
    clean, left = tmp_path / "clean.csv", tmp_path / "left.csv"
    answer = typed(ws, "people", "-o", str(clean))
    assert answer.code == 0, answer.err
    assert "2 people can be mailed, 3 cannot" in answer.out
    assert str(clean) in "".join(answer.out.split())
    assert typed(ws, "people", "--left-out", "-o", str(left)).code == 0
    assert len(cells(clean)) == 2
    assert {row["left out because"].split(" of ")[0] for row in cells(left)} == {
        "do not mail",
        "no street",
        "duplicate",
    }
    listed = typed(ws, "people", "--left-out")
    assert "no street" in listed.out
    assert len(typed(ws, "people", "--left-out", "--json").json) == 3


def test_who_is_there_is_told_with_the_same_reasons(ws: Path) -> None:
    left = {
        one["recipient"]["key"]: one["reason"]
        for one in typed(ws, "people", "--left-out", "--json").json
    }
    there = {one["key"]: one["cannot"] for one in typed(ws, "people", "--json").json}
    assert len(there) == 5
    assert {key: reason for key, reason in there.items() if reason} == left
    assert "duplicate of crm:4" in typed(ws, "people").out


def test_what_people_said_of_two_records_counts_in_the_lists(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1), person(2)])
    with opened(folder) as mailroom:
        pipeline.take_in(mailroom, (), "crm")
        pipeline.answer_doubt(mailroom, "crm:101", "crm:102", "same", by="Ruth", reason="a wedding")
        reasons = [one.reason for one in pipeline.people(mailroom)]
    assert sum(reason.startswith("duplicate of") for reason in reasons) == 1


def test_a_list_is_never_written_over_what_is_none(
    ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.csv").write_text("mine")
    (tmp_path / "link.csv").symlink_to("notes.csv")
    with opened(ws) as mailroom:
        for path in (Path("/dev/full"), tmp_path, Path("link.csv"), Path("no/clean.csv")):
            with pytest.raises(UsageError):
                pipeline.list_path(mailroom, path)
        for path in (Path("notes.csv"), ws / "exports" / "contacts.csv"):
            with pytest.raises(Refused, match="left as it is") as caught:
                pipeline.list_path(mailroom, path)
            assert "--overwrite" in caught.value.hint
            assert pipeline.list_path(mailroom, path, overwrite=True) == path.absolute()
        pipeline.clean_list(mailroom).write(Path("clean.csv"))
        assert pipeline.list_path(mailroom, Path("clean.csv")) == tmp_path / "clean.csv"
    assert (tmp_path / "notes.csv").read_text() == "mine"


def test_no_cell_is_a_formula_and_reading_it_again_gives_the_same(ws: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean.csv"
    with opened(ws) as mailroom:
        before = pipeline.clean_list(mailroom)
        before.write(clean)
    rows = cells(clean)
    assert "'=cmd|' /C calc'!A0" in {row["company"] for row in rows}
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row.values() if cell)
    other = make_workspace(tmp_path / "other", [])
    with opened(other) as mailroom:
        pipeline.take_in(mailroom, [clean], "clean")
        after = pipeline.clean_list(mailroom)
    assert [(p.name, p.company, p.address) for p in after.people] == [
        (p.name, p.company, p.address) for p in before.people
    ]


def test_who_is_named_with_somebody_is_read_back_too(tmp_path: Path) -> None:
    names = ("Tom & Lisa", "Dr. Tom and Mrs. Lisa A.", "Anna, Ben & Carla", "Ada")
    people = [
        person(n, **{"First Name": first, "Last Name": f"Berg{'abcd'[n]}"})
        for n, first in enumerate(names)
    ]
    folder, clean = make_workspace(tmp_path / "ws", people), tmp_path / "clean.csv"
    with opened(folder) as mailroom:
        pipeline.take_in(mailroom, (), "crm")
        pipeline.answer(mailroom, "crm", {"two-people": "take"}, by="Ruth")
        before = pipeline.clean_list(mailroom)
        before.write(clean)
    assert [len(one.partners) for one in before.people] == [1, 1, 2, 0]
    assert {row["partner 2 first name"] for row in cells(clean)} == {"", "Carla"}
    with opened(make_workspace(tmp_path / "other", [])) as mailroom:
        report = pipeline.take_in(mailroom, [clean], "clean")
        after = pipeline.clean_list(mailroom)
    assert report.questions == ()
    assert [_named(one) for one in after.people] == [_named(one) for one in before.people]


def _named(one: Recipient) -> tuple[object, ...]:
    return (one.salutation, one.first_name, one.middle_name, one.last_name, one.partners)


def test_a_clean_list_beside_the_exports_is_not_read_with_them(ws: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_text("Last Name\nBerg\n", encoding="utf-8")
    with opened(ws) as mailroom:
        pipeline.clean_list(mailroom).write(tmp_path / "in" / "clean.csv")
    other = make_workspace(tmp_path / "other", [])
    with opened(other) as mailroom:
        batch = pipeline.take_all(mailroom, [tmp_path / "in"])
    assert [report.files for report in batch.reports] == [("people.csv",)]
    assert [one.file for one in batch.aside] == ["clean.csv"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠A",
     "'=1", "\u200b=1", "\n-x"],
)  # fmt: skip
def test_what_a_spreadsheet_would_calculate_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ada", "O'Neill", "3-5 Elm St", "a@b.example", "'t Hooft"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text(max_size=12))
def test_reading_gives_back_what_was_written(text: str) -> None:
    written = safe_cell(text)
    if written != text:
        assert without_apostrophe(written) == text
    else:
        assert not is_formula(text)


def test_every_reason_why_a_record_is_held_has_words() -> None:
    assert set(HOLDS) - set(WORDS) == set()


def test_everybody_is_one_line_however_much_is_wrong(
    ws: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ws = copied(ws, tmp_path / "ws")
    path = ws / "messy.csv"
    row = "Test,Unknown,=cmd|' /C calc'!A0,Kirchberg an der Raab im Steirischen,9,AT,died; no post"
    header = "First Name,Last Name,Street,City,Postal Code,Country,Notes"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    typed(ws, "intake", str(path))
    answer = typed(ws, "people", "source = messy")
    (line,) = [line for line in answer.lines if line.startswith("  Test Unknown")]
    assert "Kirchb" in line and "reasons: a" in line and len(line) <= 80
    assert 'mailroom why "Test Unknown"' in answer.out
