"""What the commands answer, for people to read; `--json` prints the reports themselves.

Aligned, in few lines, what matters last: counts, then what is held, then what to type next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailroom.terminal import alert, count, heading, money, next_steps, say, table, talk

if TYPE_CHECKING:
    from mailroom.dispatch import Outcome
    from mailroom.model import Finding
    from mailroom.pipeline.cancel import CancelReport
    from mailroom.pipeline.collect import IntakeReport
    from mailroom.pipeline.prepare import PrepareReport
    from mailroom.pipeline.returns import Return
    from mailroom.pipeline.send import Posting, SendReport
    from mailroom.pipeline.status import Proof
    from mailroom.pipeline.track import TrackReport
    from mailroom.pipeline.verify import VerifyReport
    from mailroom.pipeline.whereabouts import Noted


def placed(finding: Finding) -> dict[str, Any]:
    """The finding with its place as a program wants it: file and line apart."""
    file, _, line = finding.where.rpartition(":")
    place = {"file": file, "line": int(line)} if line.isdigit() else {"file": finding.where}
    return {"line": None, **place, **vars(finding)}


def print_intake(report: IntakeReport) -> None:
    """What came in, what nobody reads, what was found, by rule with an example."""
    heading(f"{', '.join(report.files)} as {report.source}")
    say(f"  {count(report.recipients, 'person', 'people')} in {count(report.rows, 'row')}")
    say(f"  {report.new} new, {report.changed} changed, {report.gone} gone since the last time")
    unread = [header for header, field in report.columns.items() if field is None]
    if unread:
        table([("columns nobody reads:", ", ".join(unread))])
    by_rule: dict[tuple[str, str], list[Any]] = {}
    for finding in report.findings:
        by_rule.setdefault((finding.severity.value, finding.rule), []).append(finding)
    if by_rule:
        heading("Findings")
        table(
            (
                (str(len(found)), severity, rule, f"{found[0].where}: {found[0].message}")
                for (severity, rule), found in sorted(by_rule.items())
            ),
            ("", "", "rule", "for example"),
        )
    next_steps("mailroom people", "mailroom prepare MAILING")


def print_why(answer: Mapping[str, Any]) -> None:
    """One person: the findings, then each mailing with the greeting and its sources."""
    heading(f"{answer['name'] or '(no name)'}   {answer['recipient']}, {answer['source']}")
    for finding in answer["findings"]:
        say(f"  {finding['severity']}: {finding['message']}")
    for part in answer["mailings"]:
        say(f"\n  {part['title']}: {'in' if part['in'] else 'left out'} ({part['reason']})")
        if "piece" in part:
            say(f"    piece {part['piece']:04d} is {part['status']}")
        greeting = part.get("greeting", {})
        table(
            (
                (name.replace("_", " "), derived["text"], f"from {derived['source']}")
                for name, derived in greeting.items()
            ),
            indent=4,
        )
        if part.get("together_with"):
            say(f"    together with {', '.join(part['together_with'])}")
        if "address" in part:
            say(f"    address: {' / '.join(part['address'])}")
            say(f"    signed by {part['signed_by']}, in {part['language']}")
        _print_verdict(part.get("verdict"))
        for event in part.get("history", ()):
            say(f"    {_minute(event['at'])}  {event['now']}  {event['note']}")
        for news in part.get("news", ()):
            say(f"    {_minute(news['at'])}  told: {news['word']}  {news['note']}".rstrip())


def _minute(at: str) -> str:
    """A moment of the ledger, in UTC, for people."""
    return at[:16].replace("T", " ")


def _print_verdict(verdict: Mapping[str, Any] | None) -> None:
    """What the post said of the address and when, and who has vouched for it."""
    if not verdict:
        return
    if verdict["at"]:
        words = verdict["said"].replace("_", " ")
        about = f"; {verdict['message']}" if verdict["message"] else ""
        late = "" if verdict["counts"] else " (too long ago to count)"
        say(f"    the post said on {verdict['at'][:10]}: {words}{about}{late}")
    if override := verdict.get("override"):
        say(f"    vouched for by {override['by']}, {override['at'][:10]}: {override['reason']}")


def print_verified(report: VerifyReport) -> None:
    """Counts by what was said, then each address that is not plainly deliverable."""
    many = f"{count(report.pieces, 'piece')}, {count(report.addresses, 'address', 'addresses')}"
    heading(f"{report.mode.upper()}  {report.mailing}: {many} at {report.provider}")
    if report.mode == "test":
        say("  Nobody has looked: with a test key only magic words are answered, and no plan is")
        say("  changed by it. With --live and a live key the post is asked, and may charge for it.")
    table((str(n), (w or "nothing said").replace("_", " ")) for w, n in report.counts.items())
    if report.rewritten:
        say(f"  {report.rewritten} of them the post writes otherwise")
    say(f"  asked about {report.asked}, {report.remembered} from memory")
    if report.not_asked:
        say(f"  {report.not_asked} more are held by what their record lacks, and were not asked")
    _print_doubts(report)
    live = f"mailroom verify {report.mailing} --live"
    next_steps(live if report.mode == "test" else f"mailroom prepare {report.mailing}")


def _print_doubts(report: VerifyReport) -> None:
    """Person, address, what is wrong, what to do, and the line to type for an override."""
    if not report.doubts:
        return
    word = "held" if report.mode == "live" else "would be held"
    held = f": {count(report.held, 'piece')} {word}" if report.held else ""
    heading(f"Not plainly deliverable{held}")
    for doubt in report.doubts:
        say(f"  {doubt.recipient}   {doubt.source}")
        say(f"    {doubt.address}")
        if doubt.message:
            about = f"{doubt.message}; {doubt.hint}" if doubt.hint else doubt.message
            table([("-", about)], indent=4)
        if doubt.override:
            said = f"{doubt.override.by} says that it is right: {doubt.override.reason}"
            table([("-", said)], indent=4)
        elif doubt.rule:
            say(f"    if it is right: {doubt.override_with}")


def print_prepared(report: PrepareReport) -> None:
    """Counts, who is left out, what is held, what it will cost."""
    heading(f"{report.mailing}   {report.digest[:12]}")
    held = report.pieces - report.ready
    say(f"  {count(report.pieces, 'piece')}: {report.ready} ready, {held} held")
    if report.sent_before:
        say(f"  {count(report.sent_before, 'household')} had theirs before and get no other")
    if report.called_back:
        say(f"  of those, {count(report.called_back, 'piece')} called back: to plan them again,")
        say(f"  type `mailroom prepare {report.mailing} --cancelled`")
    _print_left_out(report.left_out)
    _print_held(report.held)
    _print_quote(report)
    _print_alarms(report)
    if report.ready:
        next_steps(f"mailroom proof {report.mailing}")
    else:
        say("\nNothing is ready to be posted.")


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


def _print_left_out(left: Iterable[Any]) -> None:
    reasons = Counter(
        "duplicate" if item.reason.startswith("duplicate of ") else item.reason for item in left
    )
    if reasons:
        heading(f"{count(sum(reasons.values()), 'person', 'people')} left out")
        table((str(n), reason) for reason, n in reasons.most_common())
        say("  `mailroom why NAME` tells each one's reason")


def talk_posting(posting: Posting) -> None:
    """That this is not a trial, where it goes, and what it costs; unlike anything else here."""
    where = f"{posting.provider} ({posting.place})" if posting.place else posting.provider
    price = money(posting.quote.total, posting.quote.currency)
    talk()
    talk(alert("LIVE") + f" {count(posting.pieces, 'piece')} through {where}: {price}")
    talk("     Real paper, real money: it cannot be unsent once it is printed.")


def print_sent(report: SendReport) -> None:
    """What was posted, tried or would be; what was pulled; what did not go."""
    _print_sent_heading(report)
    if report.sent_before:
        had = "tried" if report.mode == "test" else "posted"
        say(f"  {count(report.sent_before, 'piece')} had been {had} before and are not again")
    if report.pulled:
        heading("Pulled at the last second")
        table((f"{p.piece:04d}", p.recipient, p.reason) for p in report.pulled)
    if report.mode != "rehearsal":
        _print_outcomes(report.outcomes)
    if report.left:
        say(f"  {count(report.left, 'piece')} left to post")
    if report.undo_until:
        say(f"  all of it can be called back until {report.undo_until[:16].replace('T', ' ')} UTC")
    if report.paused:
        say("  it pauses here: look at the first ones, then send the others")
    next_steps(*_after_sending(report))


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


_LISTED = 20
"""Outcomes told one by one; of single pieces there are thousands, all but a few alike."""


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Each batch; of single pieces their number by status, and those that did not go."""
    if len(outcomes) <= _LISTED:
        table(map(_outcome, outcomes))
        return
    table((str(n), _word(status)) for status, n in Counter(o.status for o in outcomes).items())
    odd = [outcome for outcome in outcomes if outcome.status not in ("accepted", "printed")]
    table(map(_outcome, odd[:_LISTED]))
    if len(odd) > _LISTED:
        mailing = outcomes[0].pieces[0].piece.mailing
        say(f"  and {len(odd) - _LISTED} more: `mailroom status {mailing}`")


def _outcome(outcome: Outcome) -> tuple[str, str, str]:
    first, last = (outcome.pieces[n].piece.number for n in (0, -1))
    numbers = f"{first:04d}" if first == last else f"{first:04d}-{last:04d}"
    return numbers, _word(outcome.status), outcome.ref or outcome.message


def _word(status: str) -> str:
    return "not sent" if status == "ready" else str(status)


def _after_sending(report: SendReport) -> Iterator[str]:
    again, test = f"mailroom send {report.mailing} --live", " --test" * (report.mode == "test")
    if report.mode == "rehearsal":
        yield f"{again} --confirm {report.to_confirm}" if report.posted else ""
        return
    yield f"mailroom status {report.mailing}{test}"
    if report.outcomes and report.undo_until:
        yield f"mailroom cancel {report.mailing}{test}"
    if report.paused:
        yield again
    elif report.mode == "test" and report.posted:
        yield f"{again} --confirm {report.to_confirm}"


def print_status(answer: Mapping[str, Any]) -> None:
    """A mailing in a few lines: people in, left out, held, made, and what to look at."""
    test = "" if answer["live"] else "TEST  "
    heading(f"{test}{answer['title']}   {answer['mailing']}")
    if not answer["counts"]:
        say("  not prepared yet")
        return
    rows: list[tuple[str, ...]] = [("people", str(answer["people"]), "came in")]
    rows += [("left out", str(n), reason) for reason, n in answer["left_out"].items()]
    rows += [("held", str(n), rule.replace("-", " ")) for rule, n in answer["held"].items()]
    rows += [("pieces", str(n), name) for name, n in answer["counts"].items() if name != "held"]
    approved = answer["approved"]
    if approved and answer["counts"].get("ready"):
        rows.append(("approved", "", f"by {approved['by']}, {approved['at'][:10]}"))
    table(_without_repeats(rows))
    if undo := answer["undo"]:
        again = f"mailroom cancel {answer['mailing']}{' --test' * (not answer['live'])}"
        say(f"  {count(undo.pieces, 'piece')} can be called back for {undo.left}: {again}")
    _print_noted("Failed", answer["failed"])
    _print_noted("Silent", answer["silent"])
    if answer["returned"]:
        heading(f"Returned: {count(len(answer['returned']), 'piece')}")
        say(f"  `mailroom returns {answer['mailing']}` lists them")
    _print_made(answer["made"])


def _print_made(made: Sequence[Mapping[str, Any]]) -> None:
    """The files of each batch; of single pieces there are too many to be told."""
    for batch in made if len(made) <= _LISTED else ():
        say(f"\n  {_nearby(batch['folder'])}")
        table(((f["name"], _size(f["bytes"])) for f in batch["files"]), indent=4)
    if len(made) > _LISTED:
        folder = _nearby(str(Path(made[0]["folder"]).parent))
        say(f"\n  {count(len(made), 'folder')} of files in {folder}")


def _print_noted(title: str, items: Sequence[Noted]) -> None:
    """Pieces that somebody should look at; what to do once for all that need the same."""
    if not items:
        return
    heading(f"{title}: {count(len(items), 'piece')}")
    hints = dict.fromkeys(item.hint for item in items)
    same = len(hints) == 1
    for item in items[:_LISTED]:
        who = f"{item.piece:04d}  {item.recipient}" if item.piece else "(no number)"
        say(f"  {who}   {item.ref}".rstrip())
        words = item.what if same or not item.hint else f"{item.what}; {item.hint}"
        table([("-", words)], indent=6)
    if len(items) > _LISTED:
        say(f"  and {len(items) - _LISTED} more: --json lists them all")
    if same and items[0].hint:
        table([("", items[0].hint)], indent=0)


def print_tracked(report: TrackReport) -> None:
    """How a mailing stands at its provider, and what is odd."""
    heading(f"{'' if report.live else 'TEST  '}{report.mailing}   {', '.join(report.providers)}")
    table((str(number), status) for status, number in report.counts.items())
    if report.providers:
        moved = ", ".join(f"{n} {status}" for status, n in report.moved.items())
        say(f"  {report.heard} new since the last time{f': {moved}' if moved else ''}")
    if report.settled:
        say(f"  {count(report.settled, 'batch', 'batches')} of earlier runs settled")
    _print_noted("Missing at the provider", report.missing)
    _print_noted("Unknown to the ledger", report.extra)
    _print_noted("Failed", report.failed)
    _print_noted("Silent", report.silent)
    if report.words:
        heading("Words that mailroom does not know; they are kept")
        table((str(number), word) for word, number in report.words.items())
    test = "" if report.live else " --test"
    steps = [f"mailroom status {report.mailing}{test}"]
    if report.counts.get("returned"):
        steps.append(f"mailroom returns {report.mailing}{test}")
    if report.counts.get("unknown"):
        steps.append(f"mailroom batch list {report.mailing}{test}")
    next_steps(*steps)


def print_cancelled(report: CancelReport) -> None:
    """How many were called back, and each one that was not."""
    if not report.pieces:
        heading(f"{report.mailing}: there is nothing to call back")
        return
    test = "" if report.live else "TEST  "
    heading(f"{test}{report.mailing}: {count(report.cancelled, 'piece')} called back")
    others = [one for one in report.pieces if one.message]
    table((f"{one.piece:04d}", one.recipient, one.end, one.message) for one in others[:_LISTED])
    if len(others) > _LISTED:
        say(f"  and {len(others) - _LISTED} more: --json lists them all")
    steps = [f"mailroom status {report.mailing}{' --test' * (not report.live)}"]
    if report.cancelled and report.live:
        steps.append(f"mailroom prepare {report.mailing} --cancelled")
    next_steps(*steps)


def print_returns(found: Sequence[Return]) -> None:
    """Who it was, the address that was wrong, when it came back; what to do."""
    if not found:
        say("Nothing has come back.")
        return
    for name in dict.fromkeys(item.mailing for item in found):
        mine = [item for item in found if item.mailing == name]
        heading(f"{name}: {count(len(mine), 'piece')} came back")
        for item in mine:
            say(f"  {item.piece:04d}  {item.recipient}   {item.key}, {item.source}")
            table([("address", " / ".join(item.address))], indent=6)
            table([("back", f"{_minute(item.at)}  {item.word}  {item.ref}")], indent=6)
    say()
    say("  correct these addresses in the CRM, or mark the people as not to be mailed")
    next_steps("mailroom intake")


def print_batch(proof: Proof) -> None:
    """All that is kept of a batch."""
    batch = proof.batch
    heading(f"Batch {batch.key[:16]}   {batch.mailing}")
    rows = [
        ("state", batch.state),
        ("provider", f"{batch.provider} {batch.ref}"),
        ("handed over", _minute(batch.intent_at)),
        ("outcome", _minute(batch.outcome_at)),
        ("not to be made before", _minute(batch.send_at)),
        ("quoted", f"{batch.cost} {batch.currency}".strip()),
        ("tries", str(batch.attempts)),
    ]
    rows += [("piece", f"{number:04d} {name}") for number, name in proof.pieces]
    rows += [("file", f"{name} sha256 {digest}") for name, digest in batch.files.items()]
    table(_without_repeats(row for row in rows if row[1]))
    if proof.replies:
        heading("What the provider's server answered")
        table(
            ((r.at[:19].replace("T", " "), r.call, str(r.status), r.request_id)
             for r in proof.replies),
            ("at", "call", "status", "number of the request"),
        )  # fmt: skip
    if proof.news:
        heading("What it has told since")
        table((_minute(n.at), n.word, n.note) for n in proof.news)


def _without_repeats(rows: Iterable[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    """The first column only where it changes."""
    before = ""
    for first, *rest in rows:
        yield ("" if first == before else first, *rest)
        before = first


def _nearby(folder: str) -> str:
    """A path as one would type it from here."""
    path = Path(folder)
    here = Path.cwd()
    return f"{path.relative_to(here)}/" if path.is_relative_to(here) else str(path)


def _size(number: int) -> str:
    return f"{number / 1000:,.0f} kB" if number >= 1000 else f"{number} B"


def print_printer(printer: Any) -> None:
    """A printer's state, paper and trays, and which formats it can print."""
    heading(f"{printer.name}   {printer.make}")
    if printer.problem:
        say(f"  {printer.problem}")
        return
    sides = "both sides" if printer.duplex else "one side"
    rows = [
        ("state", "; ".join((printer.state, *printer.troubles))),
        ("prints", f"{sides}, {'colour' if printer.colour else 'black'}"),
        ("trays", ", ".join(printer.trays)),
        ("loaded", ", ".join(printer.loaded)),
    ]
    rows += [("paper", f"{paper.size}, {paper.edge}") for paper in printer.papers]
    rows += [
        ("can print" if not f.reasons else "cannot print", "; ".join((f.name, *f.reasons)))
        for f in printer.formats
    ]
    table(_without_repeats(row for row in rows if row[1]))
    if printer.unsure:
        say("  (the device itself cannot be asked: this is what the print server says)")


def layout_report(report: Any) -> dict[str, Any]:
    """What `layout check --json` prints."""
    return {
        "layout": report.layout.name,
        "ok": report.ok,
        "findings": report.findings,
        "trials": [
            {
                "person": trial.person.title,
                "format": trial.format.name,
                "language": trial.language,
                "held_by": trial.held_by,
                "expected": trial.expected,
                "findings": trial.findings,
            }
            for trial in report.trials
        ],
        "pieces_per_second": round(report.pieces_per_second, 1),
    }


def print_layout_report(name: str, report: Any) -> None:
    """Whether a layout is sound, and what it fails on."""
    heading(f"{name}: {'sound' if report.ok else 'not sound'}")
    people_tried = len({trial.person.title for trial in report.trials})
    say(
        f"  {count(len(report.trials), 'piece')}: {count(people_tried, 'person', 'people')} in "
        f"{', '.join(report.layout.formats)}, {', '.join(report.layout.languages)}"
    )
    say(f"  {report.pieces_per_second:.0f} pieces a second, with all checks")
    say(f"  {count(len(report.expected_holds), 'piece')} held as they must be")
    table((f.severity, f.where, f"{f.message}; {f.hint}") for f in report.findings)
    _print_failures(report.failures)
    next_steps(f"mailroom layout preview {name}")


def _print_failures(failures: Iterable[Any]) -> None:
    """Each rule once, with the person it hits first and how many more it holds."""
    by_rule: dict[str, list[tuple[Any, Any]]] = {}
    for trial in failures:
        for finding in trial.findings:
            if finding.severity == "error":
                by_rule.setdefault(finding.rule, []).append((trial, finding))
    for rule, hits in by_rule.items():
        trial, finding = hits[0]
        heading(f"{rule}: holds {count(len({id(t) for t, _ in hits}), 'piece')}")
        where = f"{trial.person.title}, {trial.format.name}, {trial.language}"
        table([("for example", f"{where}: {finding.message}"), ("", finding.hint)])
