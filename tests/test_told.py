"""News comes twice, late and out of order: the ledger ends up with the same."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.told import news_of, take_news, told_of
from mailroom.model import Dispatch, News, Receipt, Status
from mailroom.track import TOLD
from tests.test_ledger import NOW, plan, planned

REF = "psc_1"
MOMENTS = [f"2026-12-0{day}T09:00:00.000+00:00" for day in range(1, 9)]


def news(number: int, status: Status | None, at: str, **changes: object) -> News:
    values: dict[str, object] = {
        "id": f"evt_{number}",
        "provider": "lob",
        "mailing": "",
        "piece": "",
        "key": "",
        "ref": REF,
        "word": f"postcard.{status}",
        "status": status,
        "at": at,
        **changes,
    }
    return News(**values)  # type: ignore[arg-type]


@contextlib.contextmanager
def accepted() -> Iterator[Ledger]:
    """A ledger with a piece that Lob has taken: a copy, since hypothesis asks for hundreds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        file.write_bytes(_accepted())
        with contextlib.closing(open_ledger(f"sqlite:///{file}", NOW)) as ledger:
            yield ledger


@functools.cache
def _accepted() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        with contextlib.closing(open_ledger(f"sqlite:///{file}", NOW)) as ledger:
            _accept(ledger)
        return file.read_bytes()


def _accept(ledger: Ledger) -> None:
    ledger.store_plan(plan(), [planned(1)])
    line = Dispatch(
        key="batch",
        mailing="cards",
        provider="lob",
        format="postcard-4x6",
        pieces=("piece-1",),
        files={},
        intent_at=NOW,
    )
    ledger.claim(line, ledger.pieces("cards"))
    ledger.finish("batch", Receipt(ref=REF, status=Status.ACCEPTED), NOW)


def ended(portions: list[list[News]]) -> tuple[Status, str]:
    """Where the piece and its batch are after all of it."""
    with accepted() as ledger:
        for portion in portions:
            take_news(ledger, portion, NOW)
        (item,), (line,) = ledger.pieces("cards"), ledger.dispatches("cards")
        return item.status, line.state


told = st.lists(st.sampled_from([*TOLD, None]), min_size=1, max_size=6).map(
    lambda statuses: [news(n, status, MOMENTS[n]) for n, status in enumerate(statuses)]
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data(), told)
def test_any_order_and_repetition_ends_as_the_order_of_time_does(
    data: st.DataObject, events: list[News]
) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = data.draw(st.permutations([*events, *again]))
    assert ended([[item] for item in shuffled]) == ended([events])


def test_what_was_delivered_has_not_failed_whenever_that_is_heard() -> None:
    delivered, failed = (
        news(1, Status.DELIVERED, MOMENTS[3]),
        news(2, Status.FAILED, MOMENTS[5]),
    )
    assert ended([[delivered], [failed]]) == ended([[failed], [delivered]])
    assert ended([[failed], [delivered]]) == (Status.DELIVERED, "done")


def test_what_has_failed_and_is_seen_in_the_post_is_paid_for() -> None:
    with accepted() as ledger:
        take_news(ledger, [news(1, Status.FAILED, MOMENTS[0])], NOW)
        assert ledger.dispatches("cards")[0].state == "failed"
        take_news(ledger, [news(2, Status.MAILED, MOMENTS[1])], NOW)
        assert ledger.dispatches("cards")[0].state == "done"
        assert "piece-1" in ledger.sent("cards").numbers


def test_what_was_called_back_here_stays_so_while_a_list_is_behind() -> None:
    with accepted() as ledger:
        ledger.finish("batch", Receipt(ref=REF, status=Status.CANCELLED, raw="called back"), NOW)
        told = take_news(ledger, [news(1, Status.ACCEPTED, MOMENTS[0])], NOW)
        assert (told.new, told.moved) == (1, {})
        assert ledger.pieces("cards")[0].status is Status.CANCELLED


def test_a_word_without_a_meaning_is_kept_with_all_that_is_known_of_it() -> None:
    item = news(1, None, MOMENTS[0], word="postcard.sung", known=False, final=True, raw='{"a": 1}')
    with accepted() as ledger:
        take_news(ledger, [item, item], NOW)
        (kept,) = news_of(ledger, "piece-1")
        assert (kept.word, kept.known, kept.final, kept.raw) == (
            "postcard.sung", False, True, '{"a": 1}',
        )  # fmt: skip
        assert (kept.mailing, kept.piece, kept.key) == ("cards", "piece-1", "batch")
        assert [n.word for n in told_of(ledger, "cards")[REF]] == ["postcard.sung"]


def test_what_was_called_back_is_planned_again_only_when_somebody_says_so() -> None:
    with accepted() as ledger:
        ledger.finish("batch", Receipt(ref=REF, status=Status.CANCELLED), NOW)
        ledger.store_plan(plan(), [])
        assert ledger.pieces("cards")[0].status is Status.CANCELLED
        assert ledger.plan_again("cards", "called back", NOW) == 1
        (item,) = ledger.pieces("cards")
        assert (item.status, item.provider_ref) == (Status.HELD, "")
        assert ledger.sent("cards").numbers == {}
        assert ledger.plan_again("cards", "called back", NOW) == 0
