"""The corridor, walked on small workspaces with real pages, a real ledger, a real outbox."""

from __future__ import annotations

import csv
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from mailroom import pipeline
from mailroom.errors import ApprovalError, ConfigError, Refused, Unsupported, UsageError
from mailroom.pipeline.prepare import PrepareReport
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
    send,
    write_export,
)

PEOPLE = [person(n) for n in range(6)]

FAKE_PROVIDER = """
[providers.fake]
posts_nothing = true
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people, approved, nothing sent."""
    return approved(make_workspace(tmp_path_factory.mktemp("ready") / "ws", PEOPLE))


@pytest.fixture
def ws(ready: Path, tmp_path: Path) -> Path:
    return copied(ready, tmp_path / "ws")


def prepare(folder: Path) -> PrepareReport:
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        return pipeline.prepare(ws, MAILING)


def statuses(folder: Path) -> dict[str, int]:
    with opened(folder) as ws:
        return dict(pipeline.status(ws, MAILING)["counts"])


def change_export(folder: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    people = [dict(row) for row in PEOPLE]
    change(people)
    write_export(folder, people)
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")


def test_postcards_of_a_provider_that_addresses_them_are_made_and_need_no_address_on_them(
    tmp_path: Path,
) -> None:
    mailing = CARDS.replace('"plain"', '"kingfisher"')
    folder = make_workspace(
        tmp_path / "ws",
        PEOPLE[:2],
        mailing=f'{mailing}format = "postcard-6x9"\nprovider = "fake"\n',
    )
    with (folder / "mailroom.toml").open("a", encoding="utf-8") as file:
        file.write(FAKE_PROVIDER)
    report = prepare(folder)
    assert (report.pieces, report.ready, report.held) == (2, 2, ())
    [pages] = folder.glob(".mailroom/prepared/*/*/*.pdf")
    with pikepdf.open(pages) as pdf:
        assert [float(v) for v in pdf.pages[1].MediaBox] == [0, 0, 666, 450]
        assert [float(v) for v in pdf.pages[1].TrimBox] == [9, 9, 657, 441]


def test_the_outbox_refuses_what_bears_no_address(tmp_path: Path) -> None:
    mailing = CARDS.replace('"plain"', '"kingfisher"')
    folder = make_workspace(tmp_path / "ws", PEOPLE[:1], mailing=mailing)
    with pytest.raises(Unsupported, match="postcard-4x6 bears no address"):
        prepare(folder)


def test_an_approved_mailing_is_posted_whole(ws: Path) -> None:
    report = send(ws)
    assert report.posted == 6
    assert len(posted(ws)) == 6
    assert statuses(ws) == {"accepted": 6}


def test_a_mailing_sent_twice_posts_nothing_twice(ws: Path) -> None:
    send(ws)
    again = send(ws)
    assert again.posted == 0
    assert again.sent_before == 6
    assert len(posted(ws)) == 6


def test_a_rehearsal_makes_the_files_and_posts_nothing(ws: Path) -> None:
    report = send(ws, live=False)
    assert report.posted == 6
    assert not report.live
    assert posted(ws) == []
    assert statuses(ws) == {"ready": 6}
    names = {path.name for path in Path(report.folder).rglob("*") if path.is_file()}
    assert names == {"cards.pdf", "envelopes.pdf", "manifest.csv"}


def test_what_a_rehearsal_has_made_is_gone_once_it_is_posted(ws: Path) -> None:
    folder = Path(send(ws, live=False).folder)
    assert folder.is_dir()
    send(ws)
    assert not folder.exists()


def test_preparing_again_after_posting_plans_nobody_again(ws: Path) -> None:
    send(ws)
    report = prepare(ws)
    assert (report.pieces, report.sent_before) == (0, 6)


def test_who_comes_late_gets_a_piece_and_a_number_of_her_own(ws: Path) -> None:
    send(ws)
    change_export(ws, lambda people: people.append(person(6)))
    approved(ws)
    assert send(ws).posted == 1
    with opened(ws) as opened_ws:
        assert [item.piece.number for item in opened_ws.ledger.pieces(MAILING)] == list(range(1, 8))


def test_who_has_moved_since_is_not_sent_a_second_card(ws: Path) -> None:
    send(ws)
    change_export(ws, lambda people: people[0].update({"Street Address": "99 Hill Road"}))
    assert prepare(ws).sent_before == 6


def test_only_so_many_as_the_limit_are_posted_and_the_rest_later(ws: Path) -> None:
    first = send(ws, limit=2)
    assert (first.posted, first.left) == (2, 4)
    assert send(ws).posted == 4
    assert len(set(posted(ws))) == 6


def test_a_wrong_number_typed_posts_nothing(ws: Path) -> None:
    with opened(ws) as opened_ws, pytest.raises(Refused, match="6 pieces would be posted and 5"):
        pipeline.send(opened_ws, MAILING, live=True, confirm=lambda _posting: 5)
    assert posted(ws) == []
    assert statuses(ws) == {"ready": 6}


def test_nothing_is_sent_without_approval(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    prepare(folder)
    for live in (False, True):
        with pytest.raises(ApprovalError, match="nobody has approved it"):
            send(folder, live=live)


def test_nothing_is_approved_without_a_proof(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", PEOPLE)
    prepare(folder)
    with opened(folder) as ws, pytest.raises(ApprovalError, match="no proof"):
        pipeline.approve(ws, MAILING, "Ruth", {})


CHANGES = {
    "a name": lambda ws: change_export(ws, lambda people: people[2].update({"Last Name": "New"})),
    "an address": lambda ws: change_export(
        ws, lambda people: people[2].update({"Street Address": "1 New Road"})
    ),
    "the art": lambda ws: edit(ws / "layouts/plain/style.css", "50mm", "51mm"),
    "the words": lambda ws: edit(ws / "layouts/plain/layout.toml", "Thank you", "Thanks"),
    "the mailing": lambda ws: edit(ws / "mailings/cards.toml", "date = 2026-12-01", TEXT),
    "the provider": lambda ws: edit(
        ws / "mailings/cards.toml", "owner", 'provider = "fake"\nowner'
    ),
    "the sender": lambda ws: edit(ws / "mailroom.toml", "4 Mill Yard", "5 Mill Yard"),
}
TEXT = 'date = 2026-12-01\n[text.en]\nmessage = "Something else"'


@pytest.mark.parametrize("what", CHANGES)
def test_any_change_after_approval_voids_it(ws: Path, what: str) -> None:
    CHANGES[what](ws)
    with pytest.raises(ApprovalError, match="changed since it was prepared"):
        send(ws)
    assert posted(ws) == []
    with opened(ws) as opened_ws:
        pipeline.prepare(opened_ws, MAILING)
    with pytest.raises(ApprovalError, match="changed since it was approved"):
        send(ws)


def test_the_same_plan_made_again_is_still_approved(ws: Path) -> None:
    with opened(ws) as opened_ws:
        before = opened_ws.ledger.plan(MAILING)
    after = prepare(ws)
    assert before
    assert before.digest == after.digest
    assert send(ws).posted == 6


def test_a_finished_file_that_was_tampered_with_is_not_sent(ws: Path) -> None:
    (page_file,) = (ws / ".mailroom" / "prepared").rglob("pages-*.pdf")
    page_file.write_bytes(page_file.read_bytes() + b"\n%")
    with pytest.raises(ApprovalError, match="not the one that was approved"):
        send(ws)


def test_who_opts_out_after_approval_is_pulled_and_the_others_go(ws: Path) -> None:
    change_export(ws, lambda people: people[3].update({"Do not mail": "yes"}))
    report = send(ws)
    assert report.posted == 5
    ((number, name),) = [(p.piece, p.recipient) for p in report.pulled]
    assert (number, name) == (4, "Annad Bergd")
    assert statuses(ws) == {"accepted": 5, "held": 1}


def test_who_is_gone_from_the_export_is_pulled(ws: Path) -> None:
    change_export(ws, lambda people: people.pop())
    report = send(ws)
    assert [p.reason for p in report.pulled] == ["no longer in the export"]
    assert report.posted == 5


def test_a_bad_record_is_held_and_the_others_go(tmp_path: Path) -> None:
    people = [*PEOPLE, person(6, **{"Postal Code": "LS21"})]
    folder = make_workspace(tmp_path / "ws", people)
    report = prepare(folder)
    assert (report.pieces, report.ready) == (7, 6)
    assert {(held.rule, held.source) for held in report.held} == {
        ("bad-postcode", "contacts.csv:8")
    }
    approved(folder)
    assert send(folder).posted == 6


def test_a_person_may_accept_a_finding_with_a_reason(tmp_path: Path) -> None:
    people = [*PEOPLE, person(6, **{"Postal Code": "LS21"})]
    folder = make_workspace(tmp_path / "ws", people)
    prepare(folder)
    with opened(folder) as ws:
        pipeline.proof(ws, MAILING)
        with pytest.raises(UsageError, match="needs a reason"):
            pipeline.approve(ws, MAILING, "Ruth", {"bad-postcode": " "})
        with pytest.raises(UsageError, match="nothing is held by 'typo'"):
            pipeline.approve(ws, MAILING, "Ruth", {"typo": "why"})
        pipeline.approve(ws, MAILING, "Ruth", {"bad-postcode": "I rang her: it is right"})
    assert send(folder).posted == 7


def test_a_missing_address_cannot_be_accepted_by_anybody(tmp_path: Path) -> None:
    people = [*PEOPLE, person(6, **{"Street Address": ""})]
    folder = make_workspace(tmp_path / "ws", people)
    prepare(folder)
    with opened(folder) as ws:
        pipeline.proof(ws, MAILING)
        with pytest.raises(Refused, match="cannot be accepted"):
            pipeline.approve(ws, MAILING, "Ruth", {"no-street": "it will arrive"})


def test_two_people_of_one_household_get_one_piece(tmp_path: Path) -> None:
    couple = person(0, **{"Record ID": "900", "First Name": "Ben", "Salutation": "Mr"})
    folder = make_workspace(tmp_path / "ws", [*PEOPLE, couple])
    assert prepare(folder).pieces == 6


def test_cards_envelopes_and_manifest_are_in_the_same_order(ws: Path) -> None:
    send(ws)
    (folder,) = (ws / "outbox").iterdir()
    with (folder / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [f"{n:04d}" for n in range(1, 7)]
    with (
        pikepdf.open(folder / "cards.pdf") as cards,
        pikepdf.open(folder / "envelopes.pdf") as envelopes,
    ):
        assert len(cards.pages) == 12
        assert len(envelopes.pages) == 6
    texts = _texts(folder / "cards.pdf"), _texts(folder / "envelopes.pdf")
    for row in rows:
        card = texts[0][int(row["first_page"]) : int(row["first_page"]) + int(row["pages"]) - 1]
        assert row["number"] in "".join(card)
        assert row["name"].split()[-1] in texts[1][int(row["envelope_page"]) - 1]


def _texts(path: Path) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


@pytest.mark.slow
def test_the_same_people_give_the_same_bytes_whoever_does_the_work(tmp_path: Path) -> None:
    people = [person(n) for n in range(60)]
    sums = []
    for kind in ("inline", "processes"):
        folder = make_workspace(tmp_path / kind, people)
        edit(folder / "mailroom.toml", 'kind = "inline"', f'kind = "{kind}"\nworkers = 2')
        report = prepare(folder)
        sums.append((report.digest, [file.sha256 for file in report.files]))
    assert sums[0] == sums[1]
    assert len(sums[0][1]) == 1


def _send_in_process(folder: Path, results: multiprocessing.SimpleQueue[str]) -> None:
    try:
        results.put(str(send(folder).posted))
    except Refused:
        results.put("refused")
    except BaseException as error:
        results.put(repr(error))
        raise


@pytest.mark.slow
def test_two_processes_that_send_at_once_post_each_piece_once(ws: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    processes = [context.Process(target=_send_in_process, args=(ws, results)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    answers = sorted(results.get() for _ in processes)
    assert answers.count("6") == 1
    assert set(answers) <= {"0", "6", "refused"}
    assert len(posted(ws)) == len(set(posted(ws))) == 6


def test_a_workspace_without_config_says_how_to_make_one(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"no mailroom\.toml here or above") as caught,
        opened(tmp_path),
    ):
        pass
    assert "mailroom init" in caught.value.hint


def test_an_unknown_mailing_names_the_nearest(ws: Path) -> None:
    with opened(ws) as opened_ws, pytest.raises(ConfigError, match="no mailing 'card'") as caught:
        pipeline.prepare(opened_ws, "card")
    assert "did you mean 'cards'?" in caught.value.hint


def test_a_typo_in_a_template_stops_with_file_and_line_and_keeps_the_last_plan(ws: Path) -> None:
    edit(ws / "layouts/plain/back.html", "{{ text.message }}", "{{ text.mesage }}")
    with pytest.raises(ConfigError, match="mesage") as caught:
        prepare(ws)
    assert caught.value.where == "plain/back.html:2"
    assert statuses(ws) == {"ready": 6}


def test_a_missing_picture_stops_the_run(ws: Path) -> None:
    edit(ws / "layouts/plain/front.html", '<div class="art"></div>', '<img src="gone.svg">')
    with pytest.raises(Exception, match=r"gone\.svg"):
        prepare(ws)
    assert statuses(ws) == {"ready": 6}
