"""The outbox: a folder a batch, whole or not at all, and never twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.errors import EnvironmentProblem, ProviderError, Unsupported
from mailroom.formats import FORMATS
from mailroom.model import Batch, Receipt, Status
from mailroom.providers import outbox
from mailroom.providers.note import Note
from mailroom.providers.outbox import Outbox
from tests.printing import batch, office, piece

KEY = "0123456789abcdef"


class Killed(BaseException):
    """As far as a thread can be killed."""


def opened(workspace: Path, **settings: str) -> Outbox:
    return Outbox(office(settings, workspace))


@pytest.fixture
def sent(tmp_path: Path) -> Batch:
    return batch(tmp_path / "files")


@contextmanager
def failing(kind: type, name: str, error: BaseException, after: bool = False) -> Iterator[None]:
    """This step goes wrong, before or after it has done its work."""
    real = getattr(kind, name)

    def fail(self: object, *rest: object) -> None:
        if after:
            real(self, *rest)
        raise error

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kind, name, fail)
        yield


def batches(workspace: Path) -> list[str]:
    return sorted(p.name for p in (workspace / "outbox").iterdir() if p.name[0] != ".")


def test_a_batch_is_a_folder_with_sums_that_the_receipt_names(tmp_path: Path, sent: Batch) -> None:
    receipt = opened(tmp_path).submit(sent)
    folder = tmp_path / "outbox" / f"winter-0001-{KEY}"
    assert receipt == Receipt(
        ref=folder.name, status=Status.ACCEPTED, raw=str(folder), folder=str(folder)
    )
    names = ["SHA256SUMS", "cards.pdf", "envelopes.pdf", "manifest.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert [line[66:] for line in (folder / "SHA256SUMS").read_text().splitlines()] == names[1:]


def test_a_card_that_bears_no_address_is_refused_with_what_may_be_used(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    with pytest.raises(Unsupported) as refused:
        outbox.check(FORMATS["postcard-6x9"], {})
    assert refused.value.where == "format postcard-6x9"
    assert "postcard-6x9 bears no address" in str(refused.value)
    assert "card-5x7" in refused.value.hint and "postcard-6x9" not in refused.value.hint
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize("settings", [{}, {"folder": "somewhere else"}])
def test_a_batch_that_was_fetched_is_still_accepted_after_a_crash(
    tmp_path: Path, sent: Batch, settings: dict[str, str]
) -> None:
    receipt = opened(tmp_path).submit(sent)
    if not settings:
        (tmp_path / "outbox").rename(tmp_path / "fetched")
    later = opened(tmp_path, **settings)
    assert later.find(KEY) == receipt == later.submit(sent)
    assert not (tmp_path / "somewhere else").exists()


def test_a_batch_that_was_fetched_before_it_was_noted_is_a_doubt(
    tmp_path: Path, sent: Batch
) -> None:
    with failing(Note, "finish", Killed()), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    shutil.rmtree(tmp_path / "outbox" / batches(tmp_path)[0])
    for ask in (lambda: opened(tmp_path).find(KEY), lambda: opened(tmp_path).submit(sent)):
        with pytest.raises(ProviderError, match="no longer in the outbox") as doubt:
            ask()
        assert doubt.value.unknown
    assert opened(tmp_path).cancel(KEY).status is Status.UNKNOWN


def test_a_crash_just_before_the_rename_leaves_nothing_in_doubt(
    tmp_path: Path, sent: Batch
) -> None:
    with failing(Note, "begin", Killed(), after=True), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    assert batches(tmp_path) == [] and opened(tmp_path).find(KEY) is None
    elsewhere = opened(tmp_path, folder="elsewhere")
    assert elsewhere.submit(sent).folder == str(tmp_path / "elsewhere" / f"winter-0001-{KEY}")
    assert list((tmp_path / "outbox").iterdir()) == []


def test_a_crash_while_the_leavings_of_a_crash_are_removed_leaves_nothing_in_doubt(
    tmp_path: Path, sent: Batch
) -> None:
    with failing(Note, "begin", Killed(), after=True), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    with failing(Note, "expect", Killed()), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    assert opened(tmp_path).find(KEY) is None
    assert opened(tmp_path).submit(sent).status is Status.ACCEPTED


def test_a_batch_whose_note_is_lost_is_found_in_the_folder(tmp_path: Path, sent: Batch) -> None:
    receipt = opened(tmp_path).submit(sent)
    shutil.rmtree(tmp_path / ".mailroom")
    assert opened(tmp_path).find(KEY) == receipt == opened(tmp_path).submit(sent)


def test_a_disk_error_after_the_rename_is_a_doubt_that_the_next_look_ends(
    tmp_path: Path, sent: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.sync

    def fail(path: Path) -> None:
        if path.name == "outbox":
            raise OSError(5, "Input/output error")
        real(path)

    monkeypatch.setattr(outbox, "sync", fail)
    for ask in (lambda: opened(tmp_path).submit(sent), lambda: opened(tmp_path).find(KEY)):
        with pytest.raises(ProviderError, match="not certain") as doubt:
            ask()
        assert doubt.value.unknown
    monkeypatch.undo()
    found = opened(tmp_path).find(KEY)
    assert found and found.status is Status.ACCEPTED and len(batches(tmp_path)) == 1


def test_a_rename_that_is_denied_and_done_all_the_same_is_a_doubt(
    tmp_path: Path, sent: Batch
) -> None:
    error = OSError(2, "No such file or directory")
    with failing(type(tmp_path), "rename", error, after=True), pytest.raises(ProviderError) as lost:
        opened(tmp_path).submit(sent)
    assert lost.value.unknown
    assert opened(tmp_path).submit(sent).status is Status.ACCEPTED and len(batches(tmp_path)) == 1


def test_a_rename_that_fails_leaves_nothing_behind(tmp_path: Path, sent: Batch) -> None:
    error = OSError(28, "No space left on device")
    with failing(type(tmp_path), "rename", error), pytest.raises(EnvironmentProblem):
        opened(tmp_path).submit(sent)
    assert opened(tmp_path).find(KEY) is None and list((tmp_path / "outbox").iterdir()) == []


def test_a_piece_that_lies_in_the_outbox_under_another_key_is_refused(
    tmp_path: Path, sent: Batch
) -> None:
    opened(tmp_path).submit(sent)
    again = batch(tmp_path / "again", key="another key", pieces=8)
    with pytest.raises(ProviderError, match=r"in the outbox already: 0001$") as refused:
        opened(tmp_path).submit(again)
    assert refused.value.where.endswith(batches(tmp_path)[0]) and not refused.value.unknown
    assert "batch confirm" in refused.value.hint and len(batches(tmp_path)) == 1
    shutil.rmtree(tmp_path / "outbox" / batches(tmp_path)[0])
    assert opened(tmp_path).submit(again).status is Status.ACCEPTED


def test_folders_of_others_in_the_outbox_do_no_harm(tmp_path: Path, sent: Batch) -> None:
    for name, text in {"a": None, "b": "", "c": "Name;Stadt\n", "d": "number,piece\n1\n"}.items():
        folder = tmp_path / "outbox" / name
        folder.mkdir(parents=True)
        if text is not None:
            (folder / "manifest.csv").write_text(text)
    (tmp_path / "outbox/a file").write_text("")
    assert opened(tmp_path).submit(sent).status is Status.ACCEPTED


def test_a_batch_that_is_called_back_is_out_of_sight_and_its_pieces_may_go_again(
    tmp_path: Path, sent: Batch
) -> None:
    opened(tmp_path).submit(sent)
    assert opened(tmp_path).cancel(KEY).status is Status.UNKNOWN  # it may have been fetched
    assert batches(tmp_path) == []
    assert [p.name for p in (tmp_path / "outbox").iterdir()] == [f".cancelled-winter-0001-{KEY}"]
    reprint = batch(tmp_path / "again", key="the reprint")
    assert opened(tmp_path).submit(reprint).status is Status.ACCEPTED
    assert opened(tmp_path).submit(sent).status is Status.UNKNOWN
    assert batches(tmp_path) == ["winter-0001-the reprint"]


def test_a_batch_called_back_before_the_rename_was_never_there(tmp_path: Path, sent: Batch) -> None:
    with failing(Note, "begin", Killed(), after=True), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    assert opened(tmp_path).cancel(KEY).status is Status.CANCELLED
    assert opened(tmp_path).submit(sent).status is Status.CANCELLED
    assert list((tmp_path / "outbox").iterdir()) == []


@pytest.mark.parametrize("step", ["begin", "finish"])
def test_a_cancel_that_was_interrupted_is_finished_by_the_next_call(
    tmp_path: Path, sent: Batch, step: str
) -> None:
    with failing(Note, step, Killed(), after=step == "begin"), pytest.raises(Killed):
        opened(tmp_path).submit(sent)
    with failing(type(tmp_path), "rename", Killed()), pytest.raises(Killed):
        opened(tmp_path).cancel(KEY)
    found = opened(tmp_path).find(KEY)
    assert found and found.status is Status.SENDING
    ended = Status.CANCELLED if step == "begin" else Status.UNKNOWN
    assert opened(tmp_path).submit(sent).status is ended and batches(tmp_path) == []


def test_a_batch_cancelled_just_before_the_rename_does_not_appear(
    tmp_path: Path, sent: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Note.begin

    def cancelled_meanwhile(note: Note, what: str) -> None:
        real(note, what)
        monkeypatch.undo()
        opened(tmp_path).cancel(KEY)

    monkeypatch.setattr(Note, "begin", cancelled_meanwhile)
    assert opened(tmp_path).submit(sent).status is Status.CANCELLED
    assert list((tmp_path / "outbox").iterdir()) == []


def test_each_manifest_is_read_once_however_many_batches_follow(
    tmp_path: Path, sent: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        folder = tmp_path / "outbox" / f"winter-{number:04d}-{number:016d}"
        folder.mkdir(parents=True)
        (folder / "manifest.csv").write_text(f"number,piece\n{number},old:{number}\n")
    read: list[Path] = []
    real = outbox._pieces_in

    def counted(manifest: Path) -> list[str]:
        read.append(manifest)
        return real(manifest)

    monkeypatch.setattr(outbox, "_pieces_in", counted)
    box = opened(tmp_path)
    for number in range(1, 11):
        box.submit(replace(sent, key=f"batch {number}", pieces=(piece(number),)))
    assert len(read) == len(set(read)) == 109
