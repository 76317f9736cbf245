from __future__ import annotations

import dataclasses
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.dispatch import Build, Outcome, World, batch_key, dispatch, in_batches, reconcile
from mailroom.errors import EnvironmentProblem
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.history import events_of
from mailroom.model import Batch, Dispatch, Planned, Status
from mailroom.providers import Provider
from mailroom.providers.outbox import Outbox
from tests.faults import (
    can_be_stopped,
    cannot_tell,
    has_begun,
    is_away,
    is_busy,
    refuses_for_good,
    times_out_after_accepting,
)
from tests.printing import office
from tests.test_ledger import NOW, plan, planned


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", NOW)
    ledger.store_plan(plan(), [planned(1), planned(2), planned(3)])
    return ledger


@pytest.fixture
def room(tmp_path: Path) -> Path:
    return tmp_path


CARD = "card-5x7"


def provider(kind: type[Outbox], room: Path) -> Provider:
    return kind(office({}, room))


def builder(room: Path) -> Build:
    def build(key: str, pieces: Sequence[Planned]) -> Batch:
        file = room / f"{key[:8]}.pdf"
        file.write_text(" ".join(item.piece.key for item in pieces))
        return Batch(
            key=key,
            mailing="cards",
            pieces=tuple(p.piece for p in pieces),
            files=(file,),
            format=CARD,
        )

    return build


def now() -> str:
    return NOW


def in_outbox(room: Path) -> int:
    return len([p for p in (room / "outbox").glob("*") if not p.name.startswith(".")])


def statuses(ledger: Ledger) -> set[str]:
    return {item.status.value for item in ledger.pieces("cards")}


def send(ledger: Ledger, kind: type[Outbox], room: Path) -> Status:
    return hand_over(ledger, kind, room, builder(room)).status


def hand_over(ledger: Ledger, kind: type[Outbox], room: Path, build: Build) -> Outcome:
    """All pieces in one batch."""
    (outcome,) = dispatch(
        world(ledger, kind, room, build), provider(kind, room), [ledger.pieces("cards")]
    )
    return outcome


def world(
    ledger: Ledger,
    kind: type[Outbox],
    room: Path,
    build: Build,
    *,
    permitted: bool = True,
    kept: bool = True,
) -> World:
    return World(
        ledger=ledger,
        provider=lambda _name: provider(kind, room),
        build=build,
        kept=lambda line, pieces: build(line.key, pieces) if kept else None,
        permitted=lambda _item: permitted,
        now=now,
    )


def settle(
    ledger: Ledger,
    kind: type[Outbox],
    room: Path,
    *,
    permitted: bool = True,
    kept: bool = True,
) -> list[str]:
    left = world(ledger, kind, room, builder(room), permitted=permitted, kept=kept)
    return [outcome.status.value for outcome in reconcile(left, "cards")]


def test_a_batch_is_handed_over_and_written_down(ledger: Ledger, room: Path) -> None:
    assert send(ledger, Outbox, room) is Status.ACCEPTED
    assert statuses(ledger) == {"accepted"}
    assert in_outbox(room) == 1


def test_a_batch_is_not_handed_over_twice(ledger: Ledger, room: Path) -> None:
    send(ledger, Outbox, room)
    assert "it is accepted" in hand_over(ledger, Outbox, room, builder(room)).message
    assert in_outbox(room) == 1


def test_an_answer_that_never_came_leaves_a_doubt_for_a_person(ledger: Ledger, room: Path) -> None:
    assert send(ledger, times_out_after_accepting.Provider, room) is Status.UNKNOWN
    assert statuses(ledger) == {"unknown"}
    assert "it is unknown" in hand_over(ledger, Outbox, room, builder(room)).message
    assert in_outbox(room) == 1


def test_what_is_refused_for_good_has_failed_with_the_providers_words(
    ledger: Ledger, room: Path
) -> None:
    assert send(ledger, refuses_for_good.Provider, room) is Status.FAILED
    assert "the account is closed" in events_of(ledger, "piece-1")[-1].note


def test_what_was_not_taken_is_ready_again(ledger: Ledger, room: Path) -> None:
    assert send(ledger, is_busy.Provider, room) is Status.READY
    assert send(ledger, Outbox, room) is Status.ACCEPTED


@contextmanager
def no_room_for(size: int) -> Iterator[None]:
    """The kernel's own refusal to write more than `size` bytes into a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_without_room_leaves_nothing_behind_and_the_pieces_ready(
    ledger: Ledger, room: Path
) -> None:
    def build(key: str, pieces: Sequence[Planned]) -> Batch:
        return dataclasses.replace(builder(room)(key, pieces), files=(large,))

    large = room / "large.pdf"
    large.write_bytes(bytes(8_000_000))
    with no_room_for(4_000_000), pytest.raises(EnvironmentProblem, match="cannot be written"):
        hand_over(ledger, Outbox, room, build)
    assert statuses(ledger) == {"ready"}
    assert not list((room / "outbox").iterdir())


def test_files_that_cannot_be_made_change_nothing(ledger: Ledger, room: Path) -> None:
    def build(_key: str, _pieces: Sequence[Planned]) -> Batch:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        hand_over(ledger, Outbox, room, build)
    assert statuses(ledger) == {"ready"}
    assert not ledger.dispatches("cards")


def claimed(ledger: Ledger) -> str:
    """What a process leaves that was killed right after it had written its intent."""
    pieces = ledger.pieces("cards")
    intent = Dispatch(
        key=batch_key("cards", pieces),
        mailing="cards",
        provider="outbox",
        format=CARD,
        pieces=tuple(item.piece.key for item in pieces),
        files={},
        intent_at=NOW,
    )
    ledger.claim(intent, pieces)
    return intent.key


def test_a_batch_the_provider_was_never_given_walks_the_approved_path_again(
    ledger: Ledger, room: Path
) -> None:
    claimed(ledger)
    assert settle(ledger, Outbox, room) == ["ready"]
    assert in_outbox(room) == 0
    assert send(ledger, Outbox, room) is Status.ACCEPTED


def test_what_was_begun_is_finished_with_the_very_same_files(ledger: Ledger, room: Path) -> None:
    claimed(ledger)
    assert settle(ledger, has_begun.Provider, room) == ["accepted"]
    assert in_outbox(room) == 1


@pytest.mark.parametrize("change", ["permitted", "kept"])
def test_what_was_begun_and_is_not_the_same_any_more_is_stopped_for_a_person(
    ledger: Ledger, room: Path, change: str
) -> None:
    claimed(ledger)
    assert settle(ledger, has_begun.Provider, room, **{change: False}) == ["unknown"]
    assert in_outbox(room) == 0


def test_a_crash_after_the_call_is_mended_without_sending_again(ledger: Ledger, room: Path) -> None:
    key = claimed(ledger)
    provider(Outbox, room).submit(builder(room)(key, ledger.pieces("cards")))
    assert settle(ledger, Outbox, room) == ["accepted"]
    assert in_outbox(room) == 1


def test_a_crash_that_nobody_can_explain_goes_to_a_person(ledger: Ledger, room: Path) -> None:
    claimed(ledger)
    assert settle(ledger, cannot_tell.Provider, room) == ["unknown"]
    assert in_outbox(room) == 0


def test_a_doubt_ends_when_the_provider_knows_after_all(ledger: Ledger, room: Path) -> None:
    send(ledger, times_out_after_accepting.Provider, room)
    assert statuses(ledger) == {"unknown"}
    assert settle(ledger, Outbox, room) == ["accepted"]
    assert in_outbox(room) == 1


def test_a_doubt_does_not_end_because_nothing_is_found(ledger: Ledger, room: Path) -> None:
    send(ledger, cannot_tell.Provider, room)
    assert settle(ledger, Outbox, room) == []
    assert statuses(ledger) == {"unknown"}


def test_a_doubt_about_something_begun_is_finished(ledger: Ledger, room: Path) -> None:
    send(ledger, cannot_tell.Provider, room)
    assert settle(ledger, has_begun.Provider, room) == ["accepted"]
    assert statuses(ledger) == {"accepted"}
    assert in_outbox(room) == 1


def test_what_was_stopped_in_time_goes_again_under_another_key(ledger: Ledger, room: Path) -> None:
    first = claimed(ledger)
    assert settle(ledger, can_be_stopped.Provider, room, kept=False) == ["ready"]
    assert send(ledger, Outbox, room) is Status.ACCEPTED
    assert first not in {line.key for line in ledger.dispatches("cards", "done")}


def test_a_provider_that_is_away_is_asked_another_time(ledger: Ledger, room: Path) -> None:
    claimed(ledger)
    assert settle(ledger, is_away.Provider, room) == ["sending"]
    assert statuses(ledger) == {"sending"}
    assert settle(ledger, Outbox, room) == ["ready"]


@given(st.integers(0, 60), st.integers(1, 20) | st.none())
def test_batches_hold_every_piece_once_and_in_order(count: int, size: int | None) -> None:
    pieces = [planned(number) for number in range(count)]
    batches = list(in_batches(pieces, size))
    assert [item for batch in batches for item in batch] == pieces
    assert all(len(batch) <= (size or count) for batch in batches)


@given(st.permutations([1, 2, 3, 4]))
def test_a_batch_has_the_same_key_whatever_the_order(order: list[int]) -> None:
    assert batch_key("cards", [planned(n) for n in order]) == batch_key(
        "cards", [planned(n) for n in (1, 2, 3, 4)]
    )
