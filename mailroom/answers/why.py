"""why: what is known of somebody, what matters most first."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailroom.answers import minute
from mailroom.terminal import harmless, heading, say, table

_SHOWN = 6
"""Changes that are told one by one, the newest; --json has them all."""


def print_why(answer: Mapping[str, Any], *, whole: bool = False) -> None:
    """One person: may mail go, where from, who else it is, then each mailing.

    Those that never meant the person are named in one line, unless `whole`.
    """
    key = answer["recipient"] or "nobody was made of this line"
    heading(harmless(f"{answer['name'] or '(no name)'}   {key}, {answer['source']}"))
    if not answer["recipient"]:
        _print_findings(answer["findings"])
        return
    if not answer["there"]:
        say("  no longer in the export")
    for line in (answer["address"], answer["email"]):
        if line:
            say(f"  {harmless(line)}")
    _print_no_mail(answer)
    _print_findings(answer["findings"])
    _print_repaired(answer)
    _print_others(answer)
    _print_past(answer)
    passed_over = [] if whole else [p for p in answer["mailings"] if _is_passed_over(p)]
    for part in answer["mailings"]:
        if part not in passed_over:
            _print_mailing(part)
    if passed_over:
        titles = ", ".join(part["title"] for part in passed_over)
        more = f"`mailroom why {shlex.quote(answer['recipient'])} MAILING`"
        say()
        table([(f"not selected for {titles} ({more} tells why)",)])


def _is_passed_over(part: Mapping[str, Any]) -> bool:
    return not part["in"] and part["reason"].startswith("not selected") and "piece" not in part


def _section(title: str, rows: Iterable[Sequence[str]]) -> None:
    if rows := list(rows):
        say(f"\n  {title}")
        table(rows, indent=4)


def _print_repaired(answer: Mapping[str, Any]) -> None:
    """What the export has in other words, where no finding has told it already."""
    told = " ".join(found["message"] for found in answer["findings"])
    rows = [r for r in answer["repaired"] if f"{r['column']}: " not in told]
    _section("In the export", [(f"{r['column']}:", _arrow(r)) for r in rows])


def _arrow(pair: Mapping[str, str]) -> str:
    return harmless(f"{pair['before']} -> {pair['after'] or '(see what was found)'}")


def _print_findings(findings: Iterable[Mapping[str, Any]]) -> None:
    rows = []
    for found in findings:
        hint = f"; {found['hint']}" if found["hint"] else ""
        rows.append((f"{found['severity']}:", harmless(f"{found['message']}{hint}")))
    _section("What was found", rows)


def _print_no_mail(answer: Mapping[str, Any]) -> None:
    rows = []
    for word in answer["no_mail"]:
        since = f" since {word['at'][:10]}" if word["at"] else ""
        ends = f"; until {word['ends']}" if word["ends"] else ""
        by = "" if word["by"] in word["text"] else f", says {word['by']}"
        rows.append(("-", f"{word['text']}{by}{since}{ends}"))
    _section("Gets no mail", dict.fromkeys(rows))  # two records may say the same
    over = [held for held in answer["holds"] if not held["counts"]]
    _section("Was held", [("-", _was_held(held)) for held in over])


def _was_held(held: Mapping[str, Any]) -> str:
    said = f"{held['reason']} ({held['by']}, {held['at'][:10]})"
    if held["ended_at"]:
        return f"{said}; ended by {held['ended_by']}, {held['ended_at'][:10]}: {held['ended_why']}"
    return f"{said}; over since {held['until']}"


def _print_others(answer: Mapping[str, Any]) -> None:
    _section("The same person as", map(_other, answer["same_person"]))
    _section("Perhaps the same person as", map(_other, answer["perhaps"]))
    if answer["household"]:
        say(f"\n  Lives with {', '.join(answer['household'])}")


def _other(other: Mapping[str, Any]) -> tuple[str, str, str]:
    gone = "" if other["there"] else "; no longer in the export"
    return other["recipient"], other["name"], f"{other['why']}{gone}"


def _print_past(answer: Mapping[str, Any]) -> None:
    decided = [
        (said["at"][:10], said["by"], ": ".join(filter(None, (said["words"], said["reason"]))))
        for said in answer["decisions"]
    ]
    _section("Decided", decided)
    changes = answer["changes"]
    rows = [(minute(change["at"]), change["kind"], _fields(change)) for change in changes]
    if len(rows) > _SHOWN:
        rows = [("", "", f"{len(rows) - _SHOWN} older changes: --json lists them"), *rows[-_SHOWN:]]
    _section("Changes in the export", rows)


def _fields(change: Mapping[str, Any]) -> str:
    if change["kind"] in ("new", "gone"):
        return ""
    pairs = (f"{n}: {a or '(empty)'} -> {b or '(empty)'}" for n, (a, b) in change["fields"].items())
    return harmless("; ".join(pairs))


def _print_mailing(part: Mapping[str, Any]) -> None:
    """In or out, the greeting with its sources, and what has become of the piece."""
    stands = "held" if part.get("held") else "in" if part["in"] else "left out"
    say(f"\n  {part['title']}: {stands} ({part['reason']})")
    if "piece" in part:
        say(f"    piece {part['piece']:04d} is {part['status']}")
    for occasion in part.get("occasions", ()):
        say(f"    {occasion}")
    greeting = part.get("greeting", {})
    table(
        (
            (name.replace("_", " "), derived["text"], f"from {derived['source']}")
            for name, derived in greeting.items()
        ),
        indent=4,
    )
    for lent in part.get("borrowed", ()):
        say(f"    {lent['field'].replace('_', ' ')} from {lent['lender']}, who is the same person")
    if part.get("together_with"):
        say(f"    together with {', '.join(part['together_with'])}")
    if "address" in part:
        say(f"    address: {' / '.join(part['address'])}")
        say(f"    signed by {part['signed_by']}, in {part['language']}")
    _print_verdict(part.get("verdict"))
    for event in part.get("history", ()):
        say(f"    {minute(event['at'])}  {event['now']}  {event['note']}")
    for news in part.get("news", ()):
        say(f"    {minute(news['at'])}  told: {news['word']}  {news['note']}".rstrip())


def _print_verdict(verdict: Mapping[str, Any] | None) -> None:
    """What the post said of the address and when, and who has vouched for it."""
    if not verdict:
        return
    if verdict["at"]:
        words = verdict["said"].replace("_", " ")
        about = f"; {verdict['message']}" if verdict["message"] else ""
        late = "" if verdict["counts"] else " (too long ago to count)"
        say(f"    the post said on {verdict['at'][:10]}: {words}{about}{late}")
    if word := verdict.get("vouched"):
        say(f"    vouched for by {word['by']}, {word['at'][:10]}: {word['reason']}")
