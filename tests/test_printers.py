"""What `mailroom printers` knows: paper in words, and the formats each printer can print."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import EnvironmentProblem, ProviderError
from mailroom.formats import FORMATS
from mailroom.model import PrintTicket
from mailroom.providers import ipp
from mailroom.providers.device import complaints, read_device
from mailroom.providers.ipp import Range, Values
from mailroom.providers.note import read_note
from mailroom.providers.paper import Stock, name_size, name_words, size_words
from mailroom.providers.printers import PrinterInfo, printers
from mailroom.providers.tickets import sheet_ticket, tickets
from mailroom.units import Size, mm, to_hundredths_mm
from tests.printing import CARD_PRINTER_FORMATS
from tests.printlab import CardPrinter, Cups

NewPrinter = Callable[..., CardPrinter]


def reasons(info: PrinterInfo, name: str) -> tuple[str, ...]:
    return next(fmt.reasons for fmt in info.formats if fmt.name == name)


@pytest.mark.parametrize("way", ["through CUPS", "direct"])
def test_a_printer_is_described_in_words(
    cups_queue: str, card_printer: CardPrinter, way: str
) -> None:
    uri = card_printer.uri if way == "direct" else cups_queue
    (info,) = printers({"uri": uri})
    assert (info.make, info.state, info.accepting) == ("Test Card Printer", "idle", True)
    assert info.duplex and info.colour and not info.problem and not info.troubles
    assert info.holds is (way == "through CUPS") and not info.unsure
    assert "by-pass-tray" in info.trays and "cardstock" in info.stocks
    paper = {each.size: each for each in info.papers}
    assert paper["5 x 7 in"].edge == "borderless"
    assert paper["A4"].edge == "with a margin of 4.2 mm" and paper["A4"].trays[0] == "main"
    assert paper["A7 envelope (5.25 x 7.25 in)"].stocks == ("envelope",)
    assert "custom 76.2 x 127 to 215.9 x 355.6 mm" in paper
    assert "5 x 7 in, borderless, alternate, cardstock" in info.loaded
    assert tuple(fmt.name for fmt in info.formats if not fmt.reasons) == CARD_PRINTER_FORMATS
    assert json.loads(json.dumps(dataclasses.asdict(info)))["papers"][0]["size"] == "A4"


def test_what_it_cannot_print_is_said_with_the_reason(new_printer: NewPrinter) -> None:
    plain = new_printer(sides=("one-sided",), borderless=False, colours=("monochrome",))
    (info,) = printers({"uri": plain.uri, "colour": "monochrome"})
    assert not info.duplex and not info.colour
    assert reasons(info, "letter-a4") == ()
    assert reasons(info, "card-a6-folded") == (
        "sheet: it cannot print two-sided-short-edge, only 'one-sided'",
    )
    assert "art needs print to the very edge" in reasons(info, "card-5x7")[0]
    assert reasons(printers({"uri": plain.uri})[0], "letter-a4") == (
        "sheet: it cannot print in color, only 'monochrome'",
    )


def test_every_queue_of_the_print_server_is_listed_and_one_out_of_reach_says_so(
    cups: Cups, cups_queue: str, new_printer: NewPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_printer(name="letters")
    cups.add("letters", other.uri)
    other.stop()
    monkeypatch.setenv("CUPS_SERVER", cups.server)
    listed = {info.name: info for info in printers({})}
    assert set(listed) == {"cards", "letters"}
    assert listed["cards"].make == "Test Card Printer" and not listed["cards"].problem
    assert "cannot be reached" in listed["letters"].problem


def test_no_print_server_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", "127.0.0.1:9")
    with pytest.raises(ProviderError, match="cannot be reached"):
        printers({})


def test_a_queue_whose_device_cannot_be_asked_is_marked_as_unsure(
    cups: Cups, card_printer: CardPrinter
) -> None:
    cups.admin("lpadmin", "-p", "jet", "-E", "-v", f"socket://127.0.0.1:{card_printer.port}")
    (info,) = printers({"uri": cups.uri("jet")})
    assert info.unsure


# --- paper --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("iso_a4_210x297mm", "A4"),
        ("na_5x7_5x7in", "5 x 7 in"),
        ("na_index-4x6_4x6in", "4 x 6 in"),
        ("na_letter_8.5x11in", "Letter"),
        ("na_a7_5.25x7.25in", "A7 envelope (5.25 x 7.25 in)"),
        ("na_number-10_4.125x9.5in", "#10 envelope"),
        ("iso_c6_114x162mm", "C6 envelope"),
        ("iso_dl_110x220mm", "DL envelope"),
        ("jis_b5_182x257mm", "JIS B5"),
        ("custom_mine_120x150mm", "120 x 150 mm"),
        ("letter", "letter"),
    ],
)
def test_a_paper_name_is_put_into_words(name: str, words: str) -> None:
    assert name_words(name) == words


def test_a_size_without_a_name_is_given_in_millimetres() -> None:
    assert size_words(12000, 15050) == "120 x 150.5 mm"
    assert size_words(12690, 17800) == "5 x 7 in"
    assert name_size("na_5x7_5x7in") == (12700, 17780)


LENGTHS = st.integers(5000, 40_000)


@given(LENGTHS, LENGTHS, st.integers(-50, 50), st.booleans())
def test_a_size_fits_its_stock_either_way_round_within_half_a_millimetre(
    width: int, height: int, off: int, turned: bool
) -> None:
    stock = Stock(width=Range(width, width), height=Range(height, height))
    size = Size(mm((width + off) / 100), mm(height / 100))
    assert stock.fitted(size.rotated() if turned else size) == (width, height)
    assert stock.fitted(Size(mm((width + 51) / 100), mm((height + 51) / 100))) is None


@given(LENGTHS, LENGTHS)
def test_a_custom_size_is_asked_for_as_it_is(width: int, height: int) -> None:
    stock = Stock(width=Range(5000, 21_000), height=Range(5000, 40_000))
    fitted = stock.fitted(Size(mm(width / 100), mm(height / 100)))
    assert fitted in ((width, height), (height, width)) or min(width, height) > 21_000


def test_borderless_is_used_only_where_the_art_needs_it() -> None:
    device = read_device(_attributes([(12700, 17780, 0), (12700, 17780, 423)]))
    card = sheet_ticket(FORMATS["card-5x7"])
    assert device.choose(card).margin == 0
    assert device.choose(dataclasses.replace(card, margin=mm(10))).margin == 423


def test_a_custom_size_is_never_promised_borderless() -> None:
    sizes = ipp.collection({"x-dimension": ipp.integer(21000), "y-dimension": ipp.integer(29700)})
    custom = ipp.collection(
        {
            "x-dimension": ipp.Value(ipp.Tag.RANGE, Range(7000, 21000)),
            "y-dimension": ipp.Value(ipp.Tag.RANGE, Range(7000, 29700)),
        }
    )
    edges: Values = {
        f"media-{edge}-margin-supported": [ipp.integer(0), ipp.integer(423)]
        for edge in ("top", "bottom", "left", "right")
    }
    found = ipp.attributes({"media-size-supported": [sizes, custom], **edges})
    ticket = PrintTicket(size=Size(mm(120), mm(150)), margin=mm(0))
    said = "on 120 x 150 mm it leaves an edge of 4.2 mm blank, the art needs print to the very edge"
    assert said in read_device(found).refusals(ticket)


def test_every_format_knows_the_paper_it_is_printed_on() -> None:
    for fmt in FORMATS.values():
        sheet, *envelopes = tickets(fmt)
        assert sheet.sides == fmt.sides and bool(envelopes) is fmt.addressed_envelope
        assert to_hundredths_mm(sheet.margin) >= 423 or fmt.bleed or fmt.addressed_by_provider
        assert all(envelope.envelope for envelope in envelopes)


def _attributes(entries: list[tuple[int, int, int]]) -> ipp.Attributes:
    database = [
        ipp.collection(
            {
                "media-size": ipp.collection(
                    {"x-dimension": ipp.integer(width), "y-dimension": ipp.integer(height)}
                ),
                **{
                    f"media-{edge}-margin": ipp.integer(margin)
                    for edge in ("top", "bottom", "left", "right")
                },
            }
        )
        for width, height, margin in entries
    ]
    return ipp.attributes({"media-col-database": database})


# --- troubles and notes -------------------------------------------------------------------


def test_what_keeps_a_printer_from_printing_is_said_once_and_in_words() -> None:
    found = ipp.attributes(
        {
            "printer-state": ipp.enum(5),
            "printer-state-reasons": ipp.keywords(
                "media-empty-error", "media-empty-warning", "cups-waiting-for-job-completed"
            ),
        }
    )
    assert complaints(found) == ("it is out of paper",)
    assert complaints(ipp.attributes({"printer-state": ipp.enum(5)})) == ("it has stopped",)
    assert complaints(ipp.attributes({"printer-state": ipp.enum(4)})) == ()


def test_a_note_outlives_its_object_and_what_is_cancelled_stays_cancelled(tmp_path: Path) -> None:
    first, second = read_note(tmp_path / "notes", "key"), read_note(tmp_path / "notes", "key")
    first.expect("ipp://here/", {"cards.pdf": "5a"})
    second.cancel()
    first.begin("cards.pdf")
    kept = read_note(tmp_path / "notes", "key")
    assert (kept.place, kept.files) == ("ipp://here/", {"cards.pdf": "5a"})
    assert kept.begun == first.begun == ["cards.pdf"]
    assert kept.known and first.cancelled and kept.cancelled
    kept.withdraw("cards.pdf")
    assert read_note(tmp_path / "notes", "key").begun == []
    kept.clear()
    assert read_note(tmp_path / "notes", "key").cancelled
    other = read_note(tmp_path / "notes", "other")
    assert not (other.known or other.files or other.cancelled)


def test_a_note_that_cannot_be_read_leaves_everything_in_doubt(tmp_path: Path) -> None:
    note = read_note(tmp_path, "key")
    note.expect("ipp://here/", {"cards.pdf": "5a"})
    note.path.write_text("{}")
    with pytest.raises(ProviderError, match="not readable") as error:
        read_note(tmp_path, "key")
    assert error.value.unknown


def test_what_could_not_be_written_down_does_not_count(tmp_path: Path) -> None:
    note = read_note(tmp_path / "notes", "key")
    (tmp_path / "notes").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentProblem, match="cannot be made"):
        note.begin("cards.pdf")
    assert note.begun == []
