"""Never twice, never lost, never the wrong person, nothing that was not approved.

Each test is a story that could happen in an office: something changes at the worst moment.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from mailroom import pipeline, presswork
from mailroom.errors import ApprovalError, EnvironmentProblem, MailroomError, Refused
from mailroom.ledger import Ledger
from mailroom.ledger.people import people_of
from mailroom.pipeline.send import Posting
from mailroom.press import stencil
from mailroom.providers import outbox
from mailroom.providers.outbox import Outbox
from mailroom.render import weasy
from tests.workspaces import (
    CARDS,
    MAILING,
    approved,
    copied,
    edit,
    make_workspace,
    opened,
    person,
    posted,
    say_yes,
    send,
    write_export,
)

PEOPLE = [person(n) for n in range(4)]
OUT = {"Do not mail": "yes"}


class Killed(BaseException):
    """The plug is pulled."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", PEOPLE))


@pytest.fixture
def ws(ready: Path, tmp_path: Path) -> Path:
    return copied(ready, tmp_path / "ws")


def try_to_send(folder: Path) -> None:
    """Send, or be refused: what matters is what is in the outbox afterwards."""
    try:
        send(folder)
    except MailroomError as error:
        print(f"refused: {error}")


def take(folder: Path, people: list[dict[str, str]], source: str = "crm") -> None:
    path = write_export(folder, people)
    if source != "crm":
        path = path.rename(path.with_name(f"{source}.csv"))
    with opened(folder) as ws:
        pipeline.take_in(ws, (path,), source)


def approve_again(folder: Path, accept: dict[str, str] | None = None) -> None:
    with opened(folder) as ws:
        if pipeline.prepare(ws, MAILING).pieces:
            pipeline.proof(ws, MAILING)
            pipeline.approve(ws, MAILING, "Ruth", accept or {})


def made(folder: Path, people: list[dict[str, str]], **more: Any) -> Path:
    make_workspace(folder, people, **more)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
    return folder


def addresses(folder: Path) -> list[str]:
    """The address lines in all the outbox's manifests."""
    lines = []
    for path in sorted((folder / "outbox").glob("[!.]*/manifest.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines += [f"{row['name']} / {row['address']}" for row in csv.DictReader(file)]
    return lines


@contextmanager
def killed_in(kind: type, method: str) -> Iterator[None]:
    """The process dies on entering `kind.method`."""
    real = getattr(kind, method)

    def die(*_: object, **__: object) -> None:
        raise Killed

    setattr(kind, method, die)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        setattr(kind, method, real)


# --- never twice --------------------------------------------------------------------------


def test_a_crash_is_asked_of_the_provider_that_was_called(ws: Path) -> None:
    """The mailing names another provider by now; the batch lies with the first."""
    with killed_in(Ledger, "finish"):
        send(ws)
    assert len(posted(ws)) == 4
    edit(ws / "mailings/cards.toml", "title", 'provider = "fake"\ntitle')
    with (ws / "mailroom.toml").open("a") as file:
        file.write("[providers.fake]\nposts_nothing = true\n")
    try_to_send(ws)
    assert not list((ws / ".mailroom").glob("fake/*.json"))
    with opened(ws) as opened_ws:
        assert pipeline.status(opened_ws, MAILING)["counts"] == {"accepted": 4}


def test_a_batch_fetched_from_the_outbox_before_the_crash_was_noted_is_not_made_again(
    ws: Path,
) -> None:
    with killed_in(Ledger, "finish"):
        send(ws)
    (ws / "outbox").rename(ws / "fetched-by-the-print-shop")
    try_to_send(ws)
    assert posted(ws) == []


def test_a_disk_error_after_the_batch_has_appeared_does_not_make_it_twice(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.sync

    def fail(path: Path) -> None:
        if path.name == "outbox":
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr(outbox, "sync", fail)
    try_to_send(ws)
    monkeypatch.setattr(outbox, "sync", real)
    take(ws, PEOPLE[:3])
    try_to_send(ws)
    assert len(posted(ws)) == len(set(posted(ws)))


def test_a_fault_in_a_provider_after_it_took_the_batch_leaves_the_intent_open(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Outbox.submit

    def stumble(self: Outbox, batch: Any) -> Any:
        real(self, batch)
        return {}["id"]

    monkeypatch.setattr(Outbox, "submit", stumble)
    with pytest.raises(KeyError):
        send(ws)
    monkeypatch.setattr(Outbox, "submit", real)
    with opened(ws) as opened_ws:
        assert pipeline.status(opened_ws, MAILING)["counts"] == {"sending": 4}
    assert send(ws).posted == 4
    assert len(posted(ws)) == 4


def test_a_ledger_restored_from_backup_does_not_post_everybody_again(ws: Path) -> None:
    shutil.copy(ws / ".mailroom/ledger.db", ws / "backup.db")
    send(ws)
    for file in (ws / ".mailroom").glob("ledger.db*"):
        file.unlink()
    shutil.copy(ws / "backup.db", ws / ".mailroom/ledger.db")
    take(ws, [*PEOPLE, person(5)])
    approve_again(ws)
    try_to_send(ws)
    assert len(posted(ws)) == len(set(posted(ws)))


def test_one_person_with_two_records_has_one_card_whichever_record_survives(
    tmp_path: Path,
) -> None:
    one = {**person(1), "Email": "anna@example.com"}
    two = {**one, "Record ID": "2", "Street Address": "77 New Road", "Salutation": ""}
    folder = made(tmp_path / "ws", [one, two])
    approve_again(folder)
    assert send(folder).posted == 1
    take(folder, [{**two, "Salutation": "Ms"}])
    approve_again(folder)
    try_to_send(folder)
    assert len(posted(folder)) == 1


def test_a_person_found_again_in_another_export_has_no_second_card(tmp_path: Path) -> None:
    one = {**person(1, Salutation=""), "Email": "anna@example.com"}
    folder = made(tmp_path / "ws", [one])
    edit(folder / "mailroom.toml", "[executor]", "[sources.shop]\nfiles = []\n[executor]")
    approve_again(folder)
    send(folder)
    shop = {**one, "Record ID": "9", "Salutation": "Ms", "Street Address": "77 New Road"}
    take(folder, [shop], "shop")
    approve_again(folder)
    try_to_send(folder)
    assert len(posted(folder)) == 1


def test_a_mailing_that_was_renamed_is_not_sent_to_everybody_again(ws: Path) -> None:
    send(ws)
    (ws / "mailings/cards.toml").rename(ws / "mailings/winter.toml")
    with opened(ws) as opened_ws:
        with pytest.raises(Refused, match="has been sent under the name 'cards'"):
            pipeline.prepare(opened_ws, "winter")
        assert "cards" in pipeline.all_mailings(opened_ws)
        assert pipeline.status(opened_ws, "cards")["counts"] == {"accepted": 4}


@pytest.mark.slow
def test_the_limit_is_of_pieces_however_often_one_sends(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", PEOPLE, mailing=CARDS + "limit = 2\n"))
    send(folder)
    take(folder, PEOPLE[1:])
    approve_again(folder)
    try_to_send(folder)
    assert len(posted(folder)) == 2


# --- never to somebody who must not get it ------------------------------------------------


def test_who_opts_out_while_the_question_stands_there_gets_nothing(ws: Path) -> None:
    def slow(posting: Posting) -> int:
        take(ws, [*PEOPLE[1:], {**PEOPLE[0], **OUT}])
        return posting.pieces

    with opened(ws) as opened_ws:
        report = pipeline.send(opened_ws, MAILING, live=True, confirm=slow)
    assert len(posted(ws)) == 3
    assert [pulled.piece for pulled in report.pulled] == [1]


def test_who_opts_out_between_two_batches_gets_nothing(tmp_path: Path) -> None:
    folder = approved(make_workspace(tmp_path / "ws", PEOPLE, batch=1))

    def progress(done: int, _total: int) -> None:
        if done == 1:
            take(folder, [*PEOPLE[:3], {**PEOPLE[3], **OUT}])

    with opened(folder) as ws:
        pipeline.send(ws, MAILING, live=True, confirm=say_yes, progress=progress)
    assert len(posted(folder)) == 3


def test_an_opt_out_outlives_the_record_it_stood_in(tmp_path: Path) -> None:
    one, second = person(1), {**person(1), "Record ID": "2", **OUT}
    folder = made(tmp_path / "ws", [one, second])
    with opened(folder) as ws:
        assert pipeline.prepare(ws, MAILING).pieces == 0
    take(folder, [one])
    with opened(folder) as ws:
        assert pipeline.prepare(ws, MAILING).pieces == 0


def test_strangers_with_one_surname_and_street_are_no_household(tmp_path: Path) -> None:
    village = {
        "Last Name": "Müller",
        "Street Address": "Hauptstr. 1",
        "Postal Code": "54655",
        "Country/Region": "DE",
    }
    people = [
        person(1, **village, **{"First Name": "Anna", "City": "Adorf"}),
        person(2, **village, **{"First Name": "Karl", "City": "Zendscheid"}),
    ]
    folder = made(tmp_path / "ws", people)
    with opened(folder) as ws:
        assert pipeline.prepare(ws, MAILING).pieces == 2


def test_colleagues_with_one_surname_in_one_tower_are_no_household(tmp_path: Path) -> None:
    tower = {"Last Name": "Lee", "Street Address": "100 Tower Road"}
    people = [
        person(1, **tower, **{"First Name": "Jin", "Company Name": "Acme Law"}),
        person(2, **tower, **{"First Name": "Sarah", "Company Name": "Beta Bank"}),
    ]
    folder = made(tmp_path / "ws", people)
    with opened(folder) as ws:
        assert pipeline.prepare(ws, MAILING).pieces == 2


# --- only what was approved ---------------------------------------------------------------


@pytest.mark.parametrize("what", ["the sender", "the pages"])
def test_what_a_crash_left_is_not_sent_changed(ws: Path, what: str) -> None:
    with killed_in(Outbox, "submit"):
        send(ws)
    if what == "the sender":
        edit(ws / "mailroom.toml", "4 Mill Yard", "666 Other Street")
    else:
        (pages,) = (ws / ".mailroom/prepared/cards").glob("*/pages-*.pdf")
        with pikepdf.open(pages, allow_overwriting_input=True) as file:
            turned = list(file.pages)[::-1]
            del file.pages[:]
            file.pages.extend(turned)
            file.save(pages)
    with pytest.raises(ApprovalError):
        send(ws)
    assert posted(ws) == []


def test_pages_drawn_differently_by_a_newer_renderer_need_a_new_approval(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = weasy.format_css
    monkeypatch.setattr(
        weasy, "format_css", lambda fmt: real(fmt) + ".message { left: 3mm !important }"
    )
    monkeypatch.setattr(stencil, "_recipe", lambda: "of a newer renderer")
    presswork.press_of.cache_clear()
    with opened(ws) as opened_ws:
        pipeline.prepare(opened_ws, MAILING)
    presswork.press_of.cache_clear()
    with pytest.raises(ApprovalError, match="changed since it was approved"):
        send(ws)


def test_another_price_needs_a_new_approval(ws: Path) -> None:
    edit(ws / "rates.toml", '"0.91"', '"91.00"')
    with pytest.raises(ApprovalError, match=r"rates\.toml changed"):
        send(ws)


def test_who_moves_in_with_somebody_who_had_hers_is_not_sent_to_the_old_address(
    tmp_path: Path,
) -> None:
    anna, ben = (person(n, **{"Last Name": "Berg"}) for n in (1, 2))
    folder = approved(make_workspace(tmp_path / "ws", [anna, ben]))
    send(folder, limit=1)
    new = {"Street Address": "99 New Road"}
    take(folder, [{**anna, **new}, {**ben, **new}])
    try_to_send(folder)
    assert not [line for line in addresses(folder) if "2 Mill Lane" in line]


def test_an_acceptance_holds_for_its_own_approval_only(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(ws, [{**PEOPLE[0], "Postal Code": "XX99"}, *PEOPLE[1:]])
    approve_again(ws, {"bad-postcode": "it is right"})

    def full(*_: object, **__: object) -> None:
        raise EnvironmentProblem("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("mailroom.sheets.imposition.write_cards", full)
        with pytest.raises(EnvironmentProblem):
            send(ws)
    with opened(ws) as opened_ws:
        pipeline.approve(opened_ws, MAILING, "The boss", {})
    send(ws)
    assert len(posted(ws)) == 3


def test_a_print_file_whose_pages_are_in_another_order_is_never_handed_over(
    ws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look: the n-th page must carry the n-th number."""
    from mailroom.sheets import envelopes

    real: Callable[..., Path] = envelopes.write_envelopes

    def shuffled(pieces: Any, *rest: Any, **named: Any) -> Path:
        return real([*pieces[1:], pieces[0]], *rest, **named)

    monkeypatch.setattr(envelopes, "write_envelopes", shuffled)
    with pytest.raises(MailroomError, match="does not carry the number 0001"):
        send(ws)
    assert posted(ws) == []


def test_an_export_that_nobody_has_read_yet_stops_the_posting(ws: Path) -> None:
    write_export(ws, [{**PEOPLE[0], **OUT}, *PEOPLE[1:]])
    with pytest.raises(Refused, match="newer than what was read"):
        send(ws)
    assert posted(ws) == []
    with opened(ws) as opened_ws:
        pipeline.take_in(opened_ws, (), "crm")
    assert send(ws).posted == 3


def test_the_offices_own_words_are_text_not_markup(ws: Path) -> None:
    edit(ws / "mailings/cards.toml", "date = ", '[text.en]\nmessage = "x"\n[fields]\n#')
    edit(ws / "mailings/cards.toml", 'message = "x"', 'message = "I <3 you & <b>all</b>"')
    with opened(ws) as opened_ws:
        pipeline.prepare(opened_ws, MAILING)
        (file,) = (ws / ".mailroom/prepared/cards").glob("*/pages-*.pdf")
    with pypdfium2.PdfDocument(file) as document:
        assert "I <3 you & <b>all</b>" in document[1].get_textpage().get_text_bounded()


# --- what comes in ------------------------------------------------------------------------


def test_a_stray_export_does_not_make_everybody_gone(ws: Path) -> None:
    with pytest.raises(Refused, match="4 of the 4 people"):
        take(ws, [person(9)])
    with opened(ws) as opened_ws:
        assert len(people_of(opened_ws.ledger)) == 4
        pipeline.take_in(opened_ws, (), "crm", gone=4)
        assert len(people_of(opened_ws.ledger)) == 1


def test_an_unknown_source_is_refused_with_the_nearest(ws: Path) -> None:
    with opened(ws) as opened_ws, pytest.raises(MailroomError, match="no source 'crn'") as caught:
        pipeline.take_in(opened_ws, (), "crn")
    assert "did you mean 'crm'?" in caught.value.hint


def test_the_envelopes_carry_the_sender_that_was_approved(ws: Path) -> None:
    send(ws)
    (file,) = (ws / "outbox").glob("*/envelopes.pdf")
    with pypdfium2.PdfDocument(file) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "4 Mill Yard" in text
