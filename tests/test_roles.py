"""Roles: whether a file is of people, or a list of whom not to write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom import pipeline
from mailroom.exports.roles import PEOPLE, SUPPRESSION, is_named_so, role_of
from mailroom.pipeline.roles import Unclear
from tests.commands import typed
from tests.workspaces import make_workspace, opened, person

FIELDS = {"Email": "email", "Last Name": "last_name"}
ROW = ("ann@hill.example", "Hill")


@pytest.mark.parametrize(
    "header",
    [
        *("Unsubscribe Time", "unsubscribed_at", "Opt-out date", "Bounce Type", "Complaint date"),
        *("Suppression Reason", "Abgemeldet am", "Sperrgrund", "Date de désinscription"),
        *("Motivo de baja", "Data di disiscrizione", "Afmelddatum", "Data wypisania"),
    ],
)
def test_a_column_of_such_lists_only_filled_in_every_row_tells_one(header: str) -> None:
    columns = {**FIELDS, header: None}
    assert role_of("list.csv", columns, [(*ROW, "2026-01-01")]).role == SUPPRESSION
    partly = role_of("list.csv", columns, [(*ROW, "2026-01-01"), (*ROW, "")])
    assert (partly.role, partly.doubt) == (PEOPLE, "")


@pytest.mark.parametrize(
    "name",
    [
        *("do_not_mail_list.csv", "Suppression.csv", "unsubscribed_segment.csv", "DNM 2026.xlsx"),
        *("Robinsonliste.csv", "Sperrliste Post.csv", "opposition.csv", "désinscrits.csv"),
        *("opt-outs.csv", "OptOut.csv", "bounces-may.csv", "bajas.csv", "geen post.csv"),
    ],
)
def test_a_file_that_is_called_so_is_asked_about(name: str) -> None:
    assert role_of(name, FIELDS, [ROW]).doubt == "its name"


@pytest.mark.parametrize(
    "name",
    ["contacts.csv", "subscribed.csv", "Kunden 2026.csv", "christmas-cards.csv", "stopford.csv"],
)
def test_other_names_ask_nothing(name: str) -> None:
    assert not is_named_so(name)


def test_a_bare_reason_in_every_row_is_asked_about_and_in_some_is_not() -> None:
    columns = {**FIELDS, "Reason": None}
    assert role_of("list.csv", columns, [(*ROW, "asked us to stop")]).doubt == "its column 'Reason'"
    assert not role_of("list.csv", columns, [(*ROW, "moved"), (*ROW, "")]).doubt


def test_addresses_only_in_a_file_called_so_are_who_gets_no_mail() -> None:
    alone = {"Email": "email"}
    assert role_of("unsubscribed.csv", alone, [ROW[:1]]).role == SUPPRESSION
    assert role_of("newsletter.csv", alone, [ROW[:1]]).role == PEOPLE


def test_what_may_be_a_list_of_whom_not_to_write_to_waits_for_a_word_that_is_kept(
    tmp_path: Path,
) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1), person(2)])
    file = tmp_path / "do_not_mail.csv"
    file.write_text("Email,Last Name,Reason\nann@hill.example,Hill,asked\n", encoding="utf-8")
    with opened(folder) as ws:
        with pytest.raises(Unclear) as unclear:
            pipeline.take_all(ws, [file])
        assert f"mailroom intake {file} --source do-not-mail --as suppression" in unclear.value.hint
    answer = typed(folder, "intake", str(file), "--as", "suppression")
    assert answer.code == 0, answer.err
    assert "a list of whom not to write to" in answer.out
    with opened(folder) as ws:
        (report,) = pipeline.take_all(ws, [file]).reports
        assert report.unchanged
        assert dict(report.cannot) == {"on a list of whom not to write to": 1}
        (report,) = pipeline.take_all(ws, [file], role="people").reports
        assert not report.unchanged
        assert "on a list of whom not to write to" not in report.cannot
