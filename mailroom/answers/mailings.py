"""prepare, send, status: how a mailing stands before and after it is posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.answers import (
    LISTED,
    as_typed,
    minute,
    print_noted,
    trial_mark,
    without_repeats,
)
from mailroom.terminal import alert, count, harmless, heading, money, next_steps, say, table, talk

if TYPE_CHECKING:
    from mailroom.dispatch import Outcome
    from mailroom.pipeline.prepare import PrepareReport
    from mailroom.pipeline.send import Posting, SendReport
    from mailroom.pipeline.tally import Tally

_AT_A_GLANCE = 100
"""Pieces that `status` lists one by one, whatever their status."""


def print_prepared(report: PrepareReport) -> None:
    """Counts, who is left out, what is held, what it will cost."""
    heading(f"{report.mailing}   {report.digest[:12]}")
    held = report.pieces - report.ready
    say(f"  {count(report.pieces, 'piece')}: {report.ready} ready, {held} held")
    say(f"  {_sum(report.tally)}")
    if report.sent_before:
        had = count(report.sent_before, "piece")
        say(f"  {had} had been handed over before and are not again")
    if report.called_back:
        say(f"  of those, {count(report.called_back, 'piece')} called back: to plan them again,")
        say(f"  type `mailroom prepare {report.mailing} --cancelled`")
    _print_left_out(report.left_out, report.tally.left_out)
    _print_held(report.held)
    if report.pieces:
        _print_quote(report)
    _print_alarms(report)
    if report.ready:
        next_steps(f"mailroom proof {report.mailing}")
        return
    say("\nNothing is ready to be posted.")
    next_steps(f"mailroom status {report.mailing}" if report.sent_before else "mailroom intake")


def _print_quote(report: PrepareReport) -> None:
    """The lines with where each price comes from, what has no price, what budget is broken."""
    heading("Quote")
    quote = report.quote
    rows = [
        (f"{q.what}, {q.per}", str(q.count), f"{q.price}", f"{q.sum:.2f}",
         f"{q.source}, from {q.valid_from}")
        for q in quote.lines
    ]  # fmt: skip
    table(rows, ("", "count", "each", "sum", "price of"))
    say(f"  {money(quote.total, quote.currency)} for {quote.pieces} pieces")
    for row in report.unpriced:
        say("\n  without a price; add to rates.toml:")
        for line in row.splitlines():
            say(f"    {line}")
    for overrun in report.budget:
        say(f"  over budget: {overrun}")


def _print_alarms(report: PrepareReport) -> None:
    if report.alarms:
        heading("Odd, and to be explained at approval")
        table((alarm.rule, f"{alarm.message}; {alarm.hint}") for alarm in report.alarms)


def _print_held(held: Sequence[Any]) -> None:
    """Each piece once, its reasons below its name."""
    if not held:
        return
    heading("Held, until this is mended")
    for number in dict.fromkeys(item.piece for item in held):
        reasons = [item for item in held if item.piece == number]
        say(f"  {number:04d}  {reasons[0].recipient}   {reasons[0].source}")
        lines = list(dict.fromkeys((item.message, item.hint) for item in reasons))
        for message, hint in lines[:3]:
            table([("-", f"{message}; {hint}" if hint else message)], indent=6)
        if len(lines) > 3:
            say(f"      and {len(lines) - 3} more: `mailroom why {reasons[0].recipient!r}`")


def _print_left_out(left: Iterable[Any], people: int) -> None:
    """By reason; who has had the piece is told of already."""
    reasons = Counter(item.kind for item in left if not item.had)
    if people:
        heading(f"{count(people, 'person', 'people')} left out")
        table((str(n), reason) for reason, n in reasons.most_common())
        say("  `mailroom why NAME` tells each one's reason")


def _sum(told: Tally) -> str:
    """`194 people = 30 left out + 41 held + 118 ready + 5 who share one of these`."""
    parts = (
        (told.left_out, "left out"),
        (told.held, "held"),
        (told.ready, "ready"),
        (told.handed_over, "handed over"),
        (told.failed, "failed"),
        (told.sharing, "sharing one of these"),
    )
    words = " + ".join(f"{number:,} {what}" for number, what in parts if number)
    return f"{count(told.people, 'person', 'people')} = {words or 'nobody'}"


def talk_posting(posting: Posting) -> None:
    """That this is not a trial, where it goes, and what it costs; unlike anything else here."""
    where = f"{posting.provider} ({posting.place})" if posting.place else posting.provider
    price = money(posting.quote.total, posting.quote.currency)
    talk()
    talk(alert("LIVE") + f" {count(posting.pieces, 'piece')} through {where}: {price}")
    for one in posting.pulled[:LISTED]:
        talk(f"     no longer: {one.piece:04d} {harmless(one.recipient)}, {harmless(one.reason)}")
    if len(posting.pulled) > LISTED:
        talk(f"     no longer: {len(posting.pulled) - LISTED} more")
    talk("     Real paper, real money: it cannot be unsent once it is printed.")


def print_sent(report: SendReport) -> None:
    """What was posted, tried or would be; what was pulled; what did not go."""
    _print_sent_heading(report)
    if report.sent_before > 0:
        had = "tried" if report.mode == "test" else "posted"
        say(f"  {count(report.sent_before, 'piece')} had been {had} before and are not again")
    if report.pulled:
        heading("Pulled at the last second")
        table((f"{p.piece:04d}", p.recipient, p.reason) for p in report.pulled)
    if report.mode != "rehearsal":
        _print_mine_and_others(report.outcomes)
    if report.stopped:
        say("  it stopped: too many in a row were not taken, so that the others were not tried")
    if report.left:
        say(f"  {count(report.left, 'piece')} left to {'try' if report.mode == 'test' else 'post'}")
    if report.undo_until:
        say(f"  all of it can be called back until {minute(report.undo_until)} UTC")
    if report.paused and report.posted:
        say("  it pauses here: look at the first ones, then send the others")
    next_steps(*_after_sending(report))


def _print_mine_and_others(outcomes: Sequence[Outcome]) -> None:
    """What this sender has handed over, by number; how many another was quicker with."""
    others = [one for one in outcomes if one.status == "sending"]
    mine = [one for one in outcomes if one.status != "sending"]
    _print_outcomes(sorted(mine, key=lambda one: one.pieces[0].piece.number))
    if others:
        pieces = count(sum(len(one.pieces) for one in others), "piece")
        say(f"  {pieces} went to another sender that is at work on this mailing")


def _print_sent_heading(report: SendReport) -> None:
    pieces, name = count(report.posted, "piece"), report.mailing
    where = f"{report.provider} ({report.place})" if report.place else report.provider
    if report.mode == "rehearsal":
        heading(f"Rehearsal: {pieces} of {name} would be posted")
        say(f"  nothing was posted; the files are in {report.folder}" if report.folder else "")
    elif not report.outcomes:
        heading(f"{name}: nothing left to {'post' if report.live else 'try'}")
    elif report.live:
        heading(f"LIVE  {name}: {pieces} posted through {where}")
    else:
        heading(f"TEST  {name}: {pieces} tried at {where}")
        say("  its test mode looks at everything, and prints and posts nothing")


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Each batch; of single pieces their number by status, and those that did not go."""
    if len(outcomes) <= LISTED:
        table(map(_outcome, outcomes))
        return
    table((str(n), _word(status)) for status, n in Counter(o.status for o in outcomes).items())
    odd = [outcome for outcome in outcomes if outcome.status not in ("accepted", "printed")]
    table(map(_outcome, odd[:LISTED]))
    if len(odd) > LISTED:
        mailing = outcomes[0].pieces[0].piece.mailing
        say(f"  and {len(odd) - LISTED} more: `mailroom status {mailing}`")


def _outcome(outcome: Outcome) -> tuple[str, str, str]:
    first, last = (outcome.pieces[n].piece.number for n in (0, -1))
    numbers = f"{first:04d}" if first == last else f"{first:04d}-{last:04d}"
    return numbers, _word(outcome.status), outcome.ref or outcome.message


def _word(status: str) -> str:
    return "not sent" if status == "ready" else str(status)


def _after_sending(report: SendReport) -> Iterator[str]:
    again, live = f"mailroom send {report.mailing} --live", report.mode != "test"
    if report.mode == "rehearsal":
        yield f"{again} --confirm {report.to_confirm}" if report.posted else ""
        return
    if any(one.status == "unknown" for one in report.outcomes):
        yield as_typed(f"mailroom track {report.mailing}", live)
    yield as_typed(f"mailroom status {report.mailing}", live)
    if report.outcomes and report.undo_until:
        yield as_typed(f"mailroom cancel {report.mailing}", live)
    if report.paused or (report.left and report.live):
        yield again
    elif report.mode == "test" and report.posted:
        yield f"{again} --confirm {report.to_confirm}"


def print_status(answer: Mapping[str, Any]) -> None:
    """A mailing in a few lines: people in, left out, held, made, and what to look at."""
    heading(f"{trial_mark(answer['live'])}{answer['title']}   {answer['mailing']}")
    if not answer["counts"]:
        say("  not prepared yet")
        return
    say(f"  {_sum(answer['tally'])}")
    rows: list[tuple[str, ...]] = []
    rows += [("left out", str(n), reason) for reason, n in answer["left_out"].items()]
    rows += [("held", str(n), rule.replace("-", " ")) for rule, n in answer["held"].items()]
    rows += [("pieces", str(n), name) for name, n in answer["counts"].items() if name != "held"]
    approved = answer["approved"]
    if approved and answer["counts"].get("ready"):
        rows.append(("approved", "", f"by {approved['by']}, {approved['at'][:10]}"))
    table(without_repeats(rows))
    if undo := answer["undo"]:
        again = as_typed(f"mailroom cancel {answer['mailing']}", answer["live"])
        say(f"  {count(undo.pieces, 'piece')} can be called back for {undo.left}: {again}")
    print_noted("Failed", answer["failed"])
    print_noted("Silent", answer["silent"])
    if answer["returned"]:
        heading(f"Returned: {count(len(answer['returned']), 'piece')}")
        say(f"  `mailroom returns {answer['mailing']}` lists them")
    _print_made(answer["made"])


def print_pieces(answer: Mapping[str, Any]) -> None:
    """Every piece of a mailing; of a large one those that are not like most of the others."""
    pieces, name = answer["pieces"], answer["mailing"]
    if not pieces:
        return
    [(usual, many)] = Counter(piece["status"] for piece in pieces).most_common(1)
    told = pieces if len(pieces) <= _AT_A_GLANCE else _unlike(pieces, usual)
    heading("Pieces")
    table(
        ((f"{p['piece']:04d}", p["recipient"], p["status"], p["provider_ref"]) for p in told),
        ("no.", "who", "status", "at the provider") if told else (),
    )
    if len(told) < len(pieces):
        others = len(pieces) - len(told) - many
        rest = f"{many} that are {usual}{f', {others} others' if others else ''}"
        all_of_it = as_typed(f"mailroom status {name}", answer["live"])
        say(f"  and {rest}: `mailroom why NAME` tells of one,")
        say(f"  `{all_of_it} --json` of all")


def _unlike(pieces: Sequence[Mapping[str, Any]], usual: str) -> Sequence[Mapping[str, Any]]:
    return [piece for piece in pieces if piece["status"] != usual][:LISTED]


def _print_made(made: Sequence[Mapping[str, Any]]) -> None:
    """The files of each batch; of single pieces there are too many to be told."""
    for batch in made if len(made) <= LISTED else ():
        say(f"\n  {_nearby(batch['folder'])}")
        table(((f["name"], _size(f["bytes"])) for f in batch["files"]), indent=4)
    if len(made) > LISTED:
        folder = _nearby(str(Path(made[0]["folder"]).parent))
        say(f"\n  {count(len(made), 'folder')} of files in {folder}")


def _nearby(folder: str) -> str:
    """A path as one would type it from here."""
    path = Path(folder)
    here = Path.cwd()
    return f"{path.relative_to(here)}/" if path.is_relative_to(here) else str(path)


def _size(number: int) -> str:
    return f"{number / 1000:,.0f} kB" if number >= 1000 else f"{number} B"
