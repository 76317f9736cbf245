"""What is odd about a mailing as a whole, and when it would be handed over.

Alarms are looked for whenever they matter: at `prepare`, at `approve`, and before anything is
posted, since what was in time a week ago may be late today.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mailroom import plan
from mailroom.config import load_programme
from mailroom.errors import ApprovalError, ConfigError, MailroomError
from mailroom.ledger import Plan
from mailroom.ledger.history import volumes
from mailroom.ledger.occasions import GivenRow, given_by_others
from mailroom.model import Alarm, Mailing, Occasion, Piece
from mailroom.occasions import Programme
from mailroom.pipeline.frozen import waits
from mailroom.providers.settings import setting
from mailroom.schedule import arrival, send_at, transit_of
from mailroom.volume import has_grown, has_jumped, last_time
from mailroom.where import fold_field
from mailroom.workspace import Workspace


def alarms(
    ws: Workspace, mailing: Mailing, waiting: Sequence[Piece], gone: int
) -> tuple[Alarm, ...]:
    """The alarms of a mailing of which `gone` pieces have left and `waiting` are to go.

    ConfigError where `compare` names no mailing; Refused where it is too far ahead.
    """
    if not waiting:
        return ()
    return (
        *_volume(ws, mailing, len(waiting) + gone),
        *_twice(ws, mailing, waiting),
        *_late(ws, mailing, waiting),
    )


def alarms_now(ws: Workspace, mailing: Mailing) -> tuple[Alarm, ...]:
    """The same of the pieces as the ledger has them."""
    items = ws.ledger.pieces(mailing.name)
    waiting = [item.piece for item in items if waits(item)]
    return alarms(ws, mailing, waiting, len(items) - len(waiting))


def check_alarms(name: str, found: Iterable[Alarm], accepted: Mapping[str, str]) -> None:
    """ApprovalError, naming every alarm that nobody has said why it is right."""
    odd = [alarm for alarm in found if alarm.rule not in accepted]
    if not odd:
        return
    rules = dict.fromkeys(alarm.rule for alarm in odd)
    given = " ".join(f"--accept {rule}='WHY'" for rule in (*accepted, *rules))
    hints = dict.fromkeys(alarm.hint for alarm in odd if alarm.hint)
    raise ApprovalError(
        "; ".join(alarm.message for alarm in odd),
        where=f"{name} {', '.join(rules)}",
        hint=", or ".join((*hints, f"type `mailroom approve {name} --by YOU {given}`")),
    )


def check_alarms_before_posting(ws: Workspace, mailing: Mailing, found: Plan) -> None:
    """The alarms of this moment against what was accepted with the approval."""
    approval = ws.ledger.approval(mailing.name, found.digest)
    check_alarms(mailing.name, alarms_now(ws, mailing), approval.accepted if approval else {})


# --- volume -------------------------------------------------------------------------------


def _volume(ws: Workspace, mailing: Mailing, pieces: int) -> Iterator[Alarm]:
    """More pieces than last time: was a filter forgotten, an export read twice?"""
    sent = volumes(ws.ledger)
    if mailing.programme:
        yield from _edition_volume(ws, mailing, pieces, sent)
        return
    before = _compared(ws, mailing, sent) if mailing.compare else last_time(mailing.name, sent)
    if before and has_grown(pieces, sent[before], ws.settings.alarm_volume):
        yield Alarm(
            rule="volume",
            message=f"{pieces} pieces are over {ws.settings.alarm_volume} % more than "
            f"the {sent[before]} of {before}",
            hint="look who is new (`mailroom people`)",
        )


def _edition_volume(
    ws: Workspace, mailing: Mailing, pieces: int, sent: Mapping[str, int]
) -> Iterator[Alarm]:
    """Far more than any of the last editions: were the keys of a CRM made anew?"""
    editions = [
        count
        for name, count in sent.items()
        if (found := ws.settings.edition(name)) and found[0] == mailing.programme
        if name != mailing.name
    ]
    if has_jumped(pieces, editions):
        than = f"the {max(editions)} of the largest edition" if editions else "one looks through"
        yield Alarm(
            rule="volume",
            message=f"{pieces} pieces are far more than {than}",
            hint="look who is due and why (`mailroom due`)",
        )


def _compared(ws: Workspace, mailing: Mailing, sent: Mapping[str, int]) -> str:
    known = (*ws.settings.mailings, *sent)
    if mailing.compare not in known:
        near = difflib.get_close_matches(mailing.compare, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "leave `compare` out"
        where = mailing.file
        raise ConfigError(f"compare: no mailing {mailing.compare!r}", where=where, hint=hint)
    if mailing.compare not in sent:
        ws.tell(f"nothing has been sent of {mailing.compare}: there is nothing to compare with")
        return ""
    return mailing.compare


# --- twice --------------------------------------------------------------------------------


def had_elsewhere(
    ws: Workspace, programme: Programme, occasions: Iterable[Occasion]
) -> dict[str, GivenRow]:
    """By recipient, who had this very occasion within a year from a programme of the same trigger.

    One that was copied or renamed gives everything once more: each has a memory of its own. Of a
    programme whose file is gone nobody knows the trigger; the occasion's name has to do.
    """
    wanted = {(one.name, one.recipient) for one in occasions}
    since = (ws.clock() - dt.timedelta(days=365)).isoformat()
    found: dict[str, GivenRow] = {}
    rivals: dict[str, bool] = {}
    for row in given_by_others(ws.ledger, programme.name, since) if wanted else ():
        if (row.occasion, row.recipient) in wanted:
            if row.programme not in rivals:
                rivals[row.programme] = _has_the_same_trigger(ws, row.programme, programme)
            if rivals[row.programme]:
                found[row.recipient] = row
    return found


def _has_the_same_trigger(ws: Workspace, name: str, programme: Programme) -> bool:
    try:
        other = load_programme(ws.settings, name)
    except MailroomError:
        return True
    fields = (fold_field(one.trigger.field) for one in (other, programme))
    return other.trigger.on == programme.trigger.on and len({*fields}) == 1


def _twice(ws: Workspace, mailing: Mailing, waiting: Sequence[Piece]) -> Iterator[Alarm]:
    """Who has had the same from another programme: was this one copied, or renamed?"""
    if not mailing.programme:
        return
    programme = load_programme(ws.settings, mailing.programme)
    had = had_elsewhere(ws, programme, (one for piece in waiting for one in piece.occasions))
    if had:
        people = "1 person has" if len(had) == 1 else f"{len(had)} people have"
        names = dict.fromkeys(row.mailing for row in had.values())
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        others = ", ".join(dict.fromkeys(row.programme for row in had.values()))
        yield Alarm(
            rule="twice",
            message=f"{people} had the same occasion already, by {', '.join([*names][:3])}{more}",
            hint=f"is {mailing.programme} a copy of {others}, or its new name? Then keep one",
        )


# --- time ---------------------------------------------------------------------------------


def hand_over_at(ws: Workspace, mailing: Mailing, pieces: Iterable[Piece]) -> dt.datetime:
    """When these pieces are to be handed over, in UTC; in time for the slowest of them."""
    abroad = plan.count_abroad(pieces, ws.home(mailing)) > 0
    return send_at(
        ws.clock(), undo_time(ws, mailing), mailing.arrive_by, mailing.send_on,
        _transit(ws, mailing, abroad=abroad),
    )  # fmt: skip


def undo_time(ws: Workspace, mailing: Mailing) -> dt.timedelta:
    """How long everything stands back at the provider, so that it can be cancelled."""
    name = mailing.provider
    hours = setting(name, "undo_hours", ws.settings.providers.get(name, {}))
    return dt.timedelta(hours=hours or 0)


def _transit(ws: Workspace, mailing: Mailing, *, abroad: bool) -> int:
    row = transit_of(ws.settings.transit, mailing.provider, mailing.options)
    return row.days(abroad=abroad)


def _late(ws: Workspace, mailing: Mailing, waiting: Sequence[Piece]) -> Iterator[Alarm]:
    """What cannot be handed over on its day, or would not arrive on its day."""
    reasons: list[str] = []
    for abroad in (False, True):
        pieces = [p for p in waiting if bool(plan.count_abroad([p], ws.home(mailing))) is abroad]
        if pieces:
            reasons += _delays(ws, mailing, pieces, abroad=abroad)
    if reasons:
        hint = "correct arrive_by or send_on"
        yield Alarm(rule="late", message="; ".join(dict.fromkeys(reasons)), hint=hint)


def _delays(
    ws: Workspace, mailing: Mailing, pieces: Sequence[Piece], *, abroad: bool
) -> Iterator[str]:
    at = hand_over_at(ws, mailing, pieces)
    if mailing.send_on and at.date() > mailing.send_on and not mailing.programme:
        yield f"it cannot be handed over before {at.date()}, and send_on is {mailing.send_on}"
    by = arrival(at, _transit(ws, mailing, abroad=abroad))
    if mailing.arrive_by and by > mailing.arrive_by:
        count = f"{len(pieces)} {'piece' if len(pieces) == 1 else 'pieces'}"
        where = "abroad" if abroad else "at home"
        yield f"{count} {where} would arrive by {by}, and arrive_by is {mailing.arrive_by}"
