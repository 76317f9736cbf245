"""The benchmark makes the same data every time, and its check finds what is not there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from benchmarks import check
from benchmarks.jobs import codes
from benchmarks.jobs.customers import customers
from benchmarks.jobs.job import Job
from benchmarks.peers import canvas
from benchmarks.press import put


def drawn(
    rectangles: list[codes.Rectangle], scale: int, width: float, height: float
) -> Image.Image:
    picture = Image.new("L", (round((width + 8) * scale), round((height + 8) * scale)), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, w, h in rectangles:
        corners = (x + 4, y + 4, x + w + 4, y + h + 4)
        left, top, right, bottom = (round(value * scale) for value in corners)
        draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return picture


def made(tmp_path: Path, name: str, count: int) -> tuple[Job, Path]:
    job = Job(name=name, folder=tmp_path, count=count)
    job.make_ready()
    target = tmp_path / "out"
    target.mkdir()
    canvas.make(job, target)
    return job, target


def change(job: Job, number: int, **values: str) -> None:
    """Another record in the data than in what was made of it."""
    records = [json.loads(line) for line in job.customers.read_text("utf-8").splitlines()]
    records[number - 1].update(values)
    job.customers.write_text("\n".join(map(json.dumps, records)), "utf-8")


def test_the_same_customers_come_every_time_and_however_many_are_wanted() -> None:
    some = list(customers(30))
    assert some == list(customers(30)) == list(customers(40))[:30]
    assert (some[0]["first"], some[0]["last"]) == ("Jursta", "Longer")
    assert some != list(customers(30, seed=1))


def test_most_words_come_but_once_and_every_alphabet_is_there() -> None:
    people = list(customers(2_000))
    notes = " ".join(customer["note"] for customer in people)
    seen = Counter(notes.split())
    assert len(seen) > 13_000
    assert sum(count == 1 for count in seen.values()) > 0.75 * len(seen)
    for field in ("last", "company", "street"):  # these are drawn evenly
        assert len({customer[field] for customer in people}) > 0.95 * len(people)
    for letter in "éκж":
        assert letter in notes
    assert all(4 <= len(customer["address"]) <= 5 for customer in customers(50))


@pytest.mark.parametrize("field", ["note", "company", "salutation"])
def test_a_field_that_is_not_on_the_page_is_found(tmp_path: Path, field: str) -> None:
    job, target = made(tmp_path, "letter", 3)
    assert list(check.faults(job, target)) == []
    change(job, 2, **{field: "Nobody wrote this"})
    found = list(check.faults(job, target))
    assert found
    assert all(fault.startswith("piece 0002") and "Nobody wrote this" in fault for fault in found)


def test_a_page_too_few_is_found(tmp_path: Path) -> None:
    _, target = made(tmp_path, "letter", 3)
    more = Job(name="letter", folder=tmp_path, count=4)
    more.make_ready()
    assert list(check.faults(more, target)) == ["3 pages instead of 4"]


def test_a_code_that_says_something_else_is_found(tmp_path: Path) -> None:
    job, target = made(tmp_path, "card", 3)
    assert list(check.faults(job, target)) == []
    change(job, 2, url="https://elsewhere.example/", imb_routing="12345678901")
    qr, imb = check.faults(job, target)
    assert "the QR reads" in qr
    assert "the IMb reads" in imb


@settings(max_examples=20, deadline=None)
@given(serial=st.integers(0, 10**9 - 1), routing=st.integers(0, 10**11 - 1))
def test_the_bars_are_read_as_they_are_printed(serial: int, routing: int) -> None:
    tracking, route = f"01234567094{serial:09d}", f"{routing:011d}"
    picture = drawn(codes.imb(tracking, route), 4, 210.72, codes.HEIGHT)
    assert check.printed_bars(picture) == codes.states(tracking, route)


def test_the_peers_qr_can_be_scanned() -> None:
    url = "https://thanks.example/0123456789ab"
    assert [code.text for code in zxingcpp.read_barcodes(drawn(codes.qr(url), 6, 29, 29))] == [url]


def test_a_line_broken_at_a_hyphen_is_the_same_text() -> None:
    assert not list(check.missing(["a well-known ﬁnd"], "a well-\r\nknown\xa0find"))
    assert list(check.missing(["a well-known find"], "a well-known"))


def test_only_the_marked_block_of_the_page_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- [benchmark] -->\nold\n<!-- [/benchmark] -->\nb\n", "utf-8")
    put(page, "benchmark", "new")
    assert page.read_text("utf-8") == "a\n<!-- [benchmark] -->\nnew\n<!-- [/benchmark] -->\nb\n"
    with pytest.raises(SystemExit):
        put(page, "scaling", "new")
