"""Every export that is known, and headers by words alone, to the person who is read of them."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailroom import exports, intake
from mailroom.exports import catalogue
from mailroom.exports.catalogue import best_match
from mailroom.model import Recipient
from mailroom.readers import unique_headers

SAMPLES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("exports.toml").read_text("utf-8")
)
KNOWN = [name for name, sample in SAMPLES.items() if "kind" in sample]


def recognised(folder: Path, sample: dict[str, Any]) -> tuple[exports.Export, Recipient]:
    path = folder / "export.csv"
    path.write_text(f"{sample['header']}\n{sample['row']}\n", "utf-8")
    found = exports.recognise(path)
    rows = list(exports.rows_of(path, found))
    (person,) = intake.read(
        rows,
        file=path.name,
        source="crm",
        columns=found.columns,
        survey=intake.survey(rows, found.columns),
        country=sample.get("country", ""),
    )
    assert isinstance(person, Recipient)
    return found, person


def said(person: Recipient, what: str) -> str:
    match what:
        case "id":
            return person.key.removeprefix("crm:")
        case "suppressed":
            return ", ".join(person.suppressed)
        case "tag" | "addressee" | "birthday" | "email_opt_out":
            return person.fields.get(what, "")
    return str(getattr(person, what))


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_recognised_and_its_person_is_read(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    found, person = recognised(tmp_path, sample)
    assert found.kind == sample.get("kind", ""), found.why
    assert found.sure >= (0.9 if found.kind else 0.7), found.why
    wanted = dict(sample["is"])
    told = {finding.rule for finding in person.findings}
    assert wanted.pop("told", None) in {None, *told}
    assert {what: said(person, what) for what in wanted} == wanted
    if "address" in sample:
        place = person.address
        lines = (place.line1, place.line2, place.city, place.region, place.postcode)
        assert ", ".join(filter(None, lines)) == sample["address"]


def headers_of(name: str) -> tuple[str, ...]:
    header = SAMPLES[name]["header"]
    delimiter = max(",;\t", key=header.count)
    return unique_headers(tuple(next(csv.reader([header], delimiter=delimiter))))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_header_is_taken_for_another_crms(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where its own table is taken away: then it is read by its words."""
    headers = headers_of(name)
    own = best_match(headers)
    assert (own.shape.kind if own else "") == SAMPLES[name].get("kind", "")
    others = tuple(crm for crm in catalogue.crms() if own is None or crm.name != own.crm.name)
    monkeypatch.setattr(catalogue, "crms", lambda: others)
    other = best_match(headers)
    assert other is None, f"{other.shape.kind}: {other.signature}"


def test_every_crm_has_a_sample_and_says_what_its_evidence_is() -> None:
    kinds = {SAMPLES[name]["kind"].partition("-")[0] for name in KNOWN}
    folder = Path(catalogue.__file__).parent
    tables = {path.stem.partition("_")[0] for path in folder.glob("*.toml")}
    assert tables - kinds == {"mailroom", "vcard"}  # tested where they are written and read
    for path in folder.glob("*.toml"):
        text = path.read_text("utf-8")
        assert "# Evidence: " in text.partition("crm =")[0] or path.stem == "mailroom", path.name
