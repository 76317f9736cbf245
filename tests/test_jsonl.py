from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.model import Finding
from mailroom.readers import Row, open_rows

SLOWLY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def found_in(
    tmp_path: Path, content: str | bytes, name: str = "contacts.jsonl"
) -> tuple[list[dict[str, str]], list[Finding]]:
    """The filled cells of each record, by column, and what was found."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = list(open_rows(path).rows)
    rows = [item for item in found if isinstance(item, Row)]
    header = rows[0].cells if rows else ()
    cells = [
        {name: cell for name, cell in zip(header, row.cells, strict=True) if cell}
        for row in rows[1:]
    ]
    return cells, [item for item in found if isinstance(item, Finding)]


PEOPLE = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]
WANTED = [{"id": "1", "name": "Ada"}, {"id": "2", "name": "Bob"}]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, PEOPLE)),
        "\r\n\r\n".join(map(json.dumps, PEOPLE)) + "\r\n",
        json.dumps(PEOPLE),
        json.dumps(PEOPLE, indent=2),
        "\n".join(json.dumps(each, indent=1) for each in PEOPLE),
        "\x1e" + "\n\x1e".join(map(json.dumps, PEOPLE)),
        json.dumps({"total": 2, "results": PEOPLE, "next": None}),
        json.dumps({"meta": {"page": 1}, "contacts": PEOPLE}, indent=4),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_objects_are_rows_however_they_are_strung_together(
    tmp_path: Path, text: str, encoding: str
) -> None:
    assert found_in(tmp_path, text.encode(encoding), "x.txt") == (WANTED, [])


def test_a_record_with_a_list_of_its_own_is_one_record(tmp_path: Path) -> None:
    lines = '{"name": "Ada", "items": [{"a": 1}]}\n{"name": "Bob", "items": []}\n'
    assert found_in(tmp_path, lines)[0] == [{"name": "Ada", "items.1.a": "1"}, {"name": "Bob"}]


def test_what_is_nested_gets_dotted_names(tmp_path: Path) -> None:
    record = {
        "address": {"city": "Boston", "geo": {"lat": 42.36}},
        "tags": ["vip", None, "old", 3],
        "emails": [{"value": "a@example.com", "primary": True}, {"value": "b@example.com"}],
        "empty": {},
        "odd": [["x"]],
        "none": None,
    }
    assert found_in(tmp_path, json.dumps(record))[0] == [
        {
            "address.city": "Boston",
            "address.geo.lat": "42.36",
            "tags": "vip;old;3",
            "emails.1.value": "a@example.com",
            "emails.1.primary": "true",
            "emails.2.value": "b@example.com",
            "odd": '[["x"]]',
        }
    ]


def test_numbers_are_kept_as_they_are_written(tmp_path: Path) -> None:
    huge = "9" * 6000
    lines = f'{{"id": 12345678901234567890, "a": 2134.0, "b": NaN, "c": {huge}}}'
    (cells,), _ = found_in(tmp_path, lines)
    assert cells == {
        "id": "12345678901234567890",
        "a": "2134.0",
        "b": "NaN",
        "c": huge,
    }


def test_of_a_key_that_stands_twice_the_last_counts(tmp_path: Path) -> None:
    assert found_in(tmp_path, '{"a": 1, "a": 2}')[0] == [{"a": "2"}]


def test_halves_of_characters_and_nul_do_not_get_in(tmp_path: Path) -> None:
    (cells,), _ = found_in(tmp_path, r'{"a": "x\ud800é", "b\u0000": "\u0000y"}')
    assert cells == {"a": "x\ufffdé", "b": "y"}


def test_single_bytes_that_are_not_utf8_are_read_as_windows_1252(tmp_path: Path) -> None:
    lines = '{"a": "Łódź"}\n'.encode() + '{"a": "Zürich"}\n'.encode("cp1252")
    assert found_in(tmp_path, lines)[0] == [{"a": "Łódź"}, {"a": "Zürich"}]


def test_keys_that_come_late_stand_in_a_column_of_their_own(tmp_path: Path) -> None:
    lines = '{"name": "Ada"}\n' * 600 + '{"name": "Bob", "phone": "1", "fax": null}\n'
    rows, (finding,) = found_in(tmp_path, lines)
    assert rows[-1] == {"name": "Bob", "other": "phone: 1"}
    assert finding.rule == "later-keys"
    assert "phone, fax" in finding.message


@pytest.mark.parametrize(
    "bad",
    [
        '{"name": "Cy", "x": [{"a": 1}, {"b": 2}], "c": oops}',
        '{"name": "Cy"',
        '{"name": "Cy',
        '{"name": "C\ty"}',
        '{"name": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '"just words"',
        "{'name': 'Cy'}",
    ],
)
def test_a_broken_line_costs_nobody_else(tmp_path: Path, bad: str) -> None:
    rows, (finding,) = found_in(tmp_path, f'{{"name": "Ada"}}\n{bad}\n{{"name": "Bob"}}\n')
    assert rows == [{"name": "Ada"}, {"name": "Bob"}]
    assert (finding.rule, finding.where) == ("broken-line", "contacts.jsonl:2")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_broken_record_of_an_array_costs_nobody_else(tmp_path: Path, indent: int | None) -> None:
    people = [{"name": name, "places": [{"city": "x"}, {"city": "y"}]} for name in "ABC"]
    text = json.dumps(people, indent=indent).replace('"B"', "oops")
    rows, (finding,) = found_in(tmp_path, text)
    assert [row["name"] for row in rows] == ["A", "C"]
    assert finding.rule == "broken-line"


def test_a_file_that_is_cut_off_loses_its_last_record(tmp_path: Path) -> None:
    rows, (finding,) = found_in(tmp_path, json.dumps(PEOPLE, indent=1)[:-12])
    assert rows == WANTED[:1]
    assert finding.where == "contacts.jsonl:6"


@pytest.mark.parametrize("opening", ["", "[", '{"page": 1, "data": ['])
def test_a_file_of_any_length_takes_the_same_memory(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "contacts.json"
    with path.open("w") as file:
        file.write(opening)
        between = ",\n"[not opening]
        for n in range(2000):
            file.write(json.dumps({"id": n, "note": "x" * 5000}) + between)
        file.write('{"id": "huge", "note": "')
        file.writelines("x" * 1_000_000 for _ in range(8))
        file.write('"}' + between + '{"id": "last", "note": ""}')
    tracemalloc.start()
    try:
        count, broken, last = 0, [], None
        for item in open_rows(path).rows:
            count += 1
            if isinstance(item, Finding):
                broken.append(item.where)
            else:
                last = item.cells[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (count, last) == (1 + 2000 + 1 + 1, "last")
    assert broken == [f"contacts.json:{1 if opening else 2001}"]
    assert peak < 20 << 20


@pytest.mark.parametrize("piece", ['{"k":[{},\n', '{"k":[', '{"k":"', "{{", '{"a":1},', "{},{\n"])
def test_no_pattern_of_braces_takes_more_than_a_bounded_effort(tmp_path: Path, piece: str) -> None:
    before = process_time()
    found_in(tmp_path, '{"k":1}\n' + piece * (120_000 // len(piece)))
    assert process_time() - before < 3


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@pytest.mark.slow
@settings(SLOWLY, max_examples=30)
@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, min_size=1), min_size=1, max_size=5))
def test_any_record_that_is_json_is_a_row(tmp_path: Path, records: list[object]) -> None:
    rows, findings = found_in(tmp_path, "\n".join(map(json.dumps, records)))
    assert len(rows) == len(records)
    assert findings == []


@SLOWLY
@given(st.lists(st.sampled_from('{}[],:"\\\n ax1') | st.text(max_size=3), max_size=60))
def test_no_text_does_more_than_make_findings(tmp_path: Path, pieces: list[str]) -> None:
    text = '{"' + "".join(pieces)
    found_in(tmp_path, text.encode("utf-8", "surrogatepass"))
