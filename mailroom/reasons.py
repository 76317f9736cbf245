"""Why somebody cannot be mailed, in the words of who keeps the list."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.model import Recipient, Severity

WORDS: Mapping[str, str] = {
    "no-name": "no name",
    "email-as-name": "an e-mail address where the name should be",
    "placeholder-name": "a stopgap such as Test or Unknown where the name should be",
    "garbled-name": "letters lost in the name (wrong encoding)",
    "odd-name": "signs in the name that no name has",
    "phone-in-name": "a phone number in the name",
    "url-in-name": "a web address where the name should be",
    "department": "a department such as Billing where the name should be",
    "last-first": "the last name stands first",
    "company-as-name": "a company where a person's name should be",
    "several-values": "several values in one cell",
    "bereavement": "words of a death or a loss",
    "insult": "an insult in what would be printed",
    "obscenity": "an obscenity in what would be printed",
    "remark": "an internal remark in what would be printed",
    "stray-remark": "an internal remark in the name",
    "template-word": "left-overs of a form letter",
    "no-address": "no address",
    "no-street": "no street",
    "no-city": "no town",
    "odd-city": "another postcode in the town's cell",
    "no-country": "no country",
    "unknown-country": "a country that is none",
    "no-region": "no state",
    "bad-region": "a state that the country does not have",
    "no-postcode": "no postcode",
    "bad-postcode": "a postcode that the country does not have",
    "duplicate-id": "another row has the same record number",
    "long-row": "columns shifted in the row",
    "short-row": "cells missing in the row",
}
"""Rule of an error -> what is wrong, to be read after "cannot be mailed:"."""


def in_words(rule: str) -> str:
    """What is wrong; a rule without words is told by its name."""
    return WORDS.get(rule, rule.replace("-", " "))


def why_not(person: Recipient) -> tuple[str, ...]:
    """Every reason of the record itself why nothing can go there; none: it can be mailed."""
    errors = (finding.rule for finding in person.findings if finding.severity is Severity.ERROR)
    return tuple(dict.fromkeys((*person.suppressed, *map(in_words, errors))))
