"""Record ids that are somebody else's now: what is known of the first stays with him."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailroom import pipeline, suppression
from mailroom.errors import Refused
from mailroom.ledger import Ledger, open_ledger
from mailroom.ledger.changes import changes_to
from mailroom.ledger.decisions import decide, decisions_of
from mailroom.ledger.people import Counts, gone_people, people_of, take_snapshot
from mailroom.model import Address, Decision, Hold, Recipient
from mailroom.turnover import name_is_odd, place_is_odd, somebody_else, too_many
from tests.workspaces import MAILING, NOW, make_workspace, opened, person, write_export

AT = NOW.isoformat()


def one(number: int, first: str, last: str, street: str, **more: Any) -> Recipient:
    found = Recipient(
        key=f"crm:{number}",
        source="crm",
        where=f"a.csv:{number + 1}",
        first_name=first,
        last_name=last,
        email=f"{first}@x.example".casefold(),
        address=Address(line1=street, postcode="LS1 4AB", city="Leeds", country="GB"),
    )
    return replace(found, **more)


BOB = one(2, "Bob", "Millson", "2 Elm Road")
YAN = one(2, "Yan", "Yule", "8 Oak Road")
MAILBOX = Recipient(key="mc:1", source="mc", where="u.csv:2", email="u1@x.example")


@pytest.mark.parametrize(
    ("after", "is_other"),
    [
        (YAN, True),
        (replace(YAN, email=""), True),
        (replace(YAN, address=Address()), True),
        (replace(YAN, email=BOB.email.upper()), False),
        (replace(YAN, address=replace(BOB.address, line1="2 ELM RD.")), False),
        (replace(YAN, first_name="Bob"), False),
        (replace(YAN, last_name="Millson"), False),
        (replace(YAN, email="", address=Address()), False),
        (replace(YAN, first_name="Millson", last_name="Bob"), False),
        (replace(BOB, email="", address=Address(), first_name="", last_name=""), False),
    ],
)
def test_who_has_kept_anything_that_tells_people_apart_is_the_same(
    after: Recipient, is_other: bool
) -> None:
    assert somebody_else(BOB, after) is is_other
    assert somebody_else(after, BOB) is is_other


def test_a_list_of_mailboxes_has_somebody_else_where_the_mailbox_is_another() -> None:
    assert somebody_else(MAILBOX, replace(MAILBOX, email="u2@x.example"))
    assert not somebody_else(MAILBOX, replace(MAILBOX, email="U1@X.example"))


def test_a_name_is_odd_where_it_is_another_or_turned_round_and_not_where_it_was_mended() -> None:
    assert name_is_odd(BOB, replace(BOB, first_name="Millson", last_name="Bob"))
    assert name_is_odd(BOB, YAN)
    assert not name_is_odd(BOB, replace(BOB, first_name="BOB", last_name="MILLSON"))
    assert not name_is_odd(replace(BOB, first_name="", last_name="Millson, Bob"), BOB)
    assert not name_is_odd(BOB, replace(BOB, last_name="Miller"))
    assert not place_is_odd(BOB, replace(BOB, address=Address()))


def test_a_few_who_are_others_are_no_reason_to_refuse() -> None:
    assert [too_many(odd, stayed) for odd, stayed in ((3, 5), (3, 3), (6, 11))] == [True] * 3
    assert [too_many(odd, stayed) for odd, stayed in ((1, 1), (2, 2), (3, 6))] == [False] * 3


# The ledger ---------------------------------------------------------------------------------


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(open_ledger(ledger_url, AT)) as ledger:
        yield ledger


FIRST = [
    one(1, "Ann", "Hillson", "1 Elm Road"),
    BOB,
    one(3, "Cy", "Deanson", "3 Elm Road"),
]


def take(
    ledger: Ledger, people: list[Recipient], file: str = "1", changed: int | None = None
) -> Counts:
    files = [("a.csv", file * 64)]
    return take_snapshot(ledger, "crm", files, people, lambda _: {}, AT, None, changed)


def test_who_has_lost_his_key_is_gone_with_all_that_is_known_of_him(ledger: Ledger) -> None:
    take(ledger, FIRST)
    take(ledger, [FIRST[0], replace(BOB, phone="1"), FIRST[2]], "2")
    said = [
        Decision(subject="same:crm:2|crm:20", answer="apart", by="Ruth", at=AT),
        Decision(subject="release:crm:2|opted out", answer="opted out", by="Ruth", at=AT),
        Decision(subject="release:crm:20|opted out", answer="opted out", by="Ruth", at=AT),
    ]
    decide(ledger, said)
    counts = take(ledger, [FIRST[0], YAN, FIRST[2]], "3")
    (bob,) = gone_people(ledger)
    assert (bob.name, bob.key.partition("~")[0]) == ("Bob Millson", "crm:2")
    assert [p.name for p in people_of(ledger)] == ["Ann Hillson", "Yan Yule", "Cy Deanson"]
    assert (counts.new, counts.gone, counts.changed) == (1, 1, 0)
    assert [f.message for f in counts.replaced] == ["crm:2 was Bob Millson and is Yan Yule now"]
    assert [b.change.kind for b in changes_to(ledger, bob.key)] == ["changed", "gone"]
    assert [b.change.kind for b in changes_to(ledger, "crm:2")] == ["new"]
    assert set(decisions_of(ledger, "")) == {
        f"same:crm:20|{bob.key}",
        f"release:{bob.key}|opted out",
        "release:crm:20|opted out",
    }
    take(ledger, [FIRST[0], BOB, FIRST[2]], "4")
    take(ledger, [FIRST[0], YAN, FIRST[2]], "5")
    assert [p.name for p in gone_people(ledger)] == ["Bob Millson", "Yan Yule", "Bob Millson"]


def swapped(who: Recipient) -> Recipient:
    return replace(who, first_name=who.last_name, last_name=who.first_name)


def moved(who: Recipient) -> Recipient:
    return replace(who, address=replace(who.address, line1="9 Work Road", postcode="YO1 7HH"))


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (swapped, "another name: crm:1 'Ann Hillson' -> 'Hillson Ann'; crm:2 "),
        (moved, "another address: crm:1 '1 Elm Road, LS1 4AB Leeds' -> '9 Work Road, YO1 7HH "),
    ],
)
def test_most_people_another_at_once_are_refused_until_somebody_says_how_many(
    ledger: Ledger, turn: Any, told: str
) -> None:
    take(ledger, FIRST)
    after = [*map(turn, FIRST)]
    with pytest.raises(Refused) as caught:
        take(ledger, after, "2")
    assert f"3 of the 3 people of 'crm' would have {told}" in str(caught.value)
    assert "--changed 3" in caught.value.hint
    assert people_of(ledger) == tuple(FIRST)
    with pytest.raises(Refused):
        take(ledger, after, "2", changed=2)
    assert take(ledger, after, "2", changed=3).changed == 3


def test_the_same_file_read_another_way_is_a_persons_word_and_goes_in(ledger: Ledger) -> None:
    take(ledger, FIRST)
    assert take(ledger, [*map(swapped, FIRST)]).changed == 3


def unsubscribed(line: int, email: str, first: str = "") -> Recipient:
    return replace(
        MAILBOX,
        where=f"u.csv:{line}",
        email=email,
        first_name=first,
        suppressed=("unsubscribed at Mailchimp",),
    )


def test_who_drops_out_of_a_list_with_one_id_for_all_stays_suppressed(ledger: Ledger) -> None:
    rows = [
        unsubscribed(2, "U1@x.example", "Ann"),
        unsubscribed(3, "u2@x.example", "Bob"),
        unsubscribed(4, "u3@x.example"),
    ]
    for number, listed in enumerate((rows, rows[1:], [*reversed(rows[1:])])):
        files = [("u.csv", str(number) * 64)]
        take_snapshot(ledger, "mc", files, listed, lambda _: {}, AT, changed=2)
        everybody = (*people_of(ledger), *gone_people(ledger))
        closed = suppression.closed_mailboxes(everybody, suppression.NOTHING)
        assert set(closed) == {"u1@x.example", "u2@x.example", "u3@x.example"}


# Holds --------------------------------------------------------------------------------------


def test_a_hold_stays_with_the_person_it_was_written_for() -> None:
    hold = Hold(recipient="crm:2", reason="a competitor", by="Ruth", at=AT, person=BOB)
    known = suppression.Known(holds=[hold])
    elsewhere = replace(BOB, key="web:12", email="", address=replace(BOB.address, line1="2 Elm Rd"))
    assert known.holds_on(BOB) == (hold,)
    assert known.holds_on(replace(BOB, last_name="Miller", email="")) == (hold,)
    assert known.holds_on(elsewhere) == (hold,)
    assert known.holds_on(replace(elsewhere, first_name="Ben")) == ()
    assert known.holds_on(replace(elsewhere, suffix="Jr")) == ()
    assert known.holds_on(YAN) == ()


def row(number: int, first: str, last: str) -> dict[str, str]:
    names = {"Record ID": str(number), "First Name": first, "Last Name": last}
    return person(sum(map(ord, last)), **names, Email=f"{first}@example.org".casefold())


def test_a_suppression_follows_the_person_and_not_the_record_id(tmp_path: Path) -> None:
    folder = make_workspace(
        tmp_path / "ws", [row(1, "Ann", "Hillson"), row(2, "Bob", "Millson"), row(3, "Cy", "Dean")]
    )
    with opened(folder) as ws:
        pipeline.take_in(ws, (), "crm")
        pipeline.suppress(ws, "Bob Millson", reason="a competitor", by="Ruth")
        strangers = [row(1, "Zed", "Zulu"), row(2, "Yan", "Yule"), row(3, "Xi", "Xander")]
        write_export(folder, strangers)
        with pytest.raises(Refused, match="another name: crm:1 'Ann Hillson' -> 'Zed Zulu'"):
            pipeline.take_in(ws, (), "crm")
        report = pipeline.take_in(ws, (), "crm", changed=3)
        assert report.rules["warning id-of-another"] == 3
        assert not left_out(ws)
        assert pipeline.holds(ws)[0].who == "Bob Millson"
        write_export(folder, [*strangers, row(12, "Bob", "Millson")])
        pipeline.take_in(ws, (), "crm")
        assert left_out(ws) == {"crm:12": "suppressed: a competitor (Ruth)"}


def left_out(ws: Any) -> dict[str, str]:
    audience = pipeline.choose(ws, ws.mailing(MAILING))
    return {left.recipient.key: left.reason for left in audience.left_out}
