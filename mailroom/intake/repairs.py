"""The repairs of an intake as a table, and which of them a source's people have taken or refused.

A repair is taken by default where a cell can only be meant one way; else it is asked about, once
for the source and rule, and nothing is changed until somebody has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.model import Decision, Finding, Severity

TAKE, ASK, REFUSE = "take", "ask", "refuse"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """One kind of repair, with an example."""

    title: str  #: in words for those who keep the CRM
    before: str
    after: str
    default: str = TAKE  #: or ASK
    holds: bool = False  #: asked about, and wrong on paper as it stands: no mail until answered
    held_where: str = ""  #: when only some of it is wrong on paper, in words


RULES: Mapping[str, Repair] = {
    # Cells
    "apostrophe": Repair(
        title="the apostrophe that keeps a spreadsheet from counting is taken away",
        before="'02134",
        after="02134",
    ),
    "cleaned": Repair(
        title="blanks at the ends, invisible characters and split accents are put right",
        before=" Anna ",
        after="Anna",
    ),
    "emptied": Repair(
        title="words that a database writes for nothing are emptied",
        before="null",
        after="(empty)",
    ),
    "several-values": Repair(
        title="of several values in one cell the first counts, or the one with a star",
        before="a@example.com ::: * b@example.com",
        after="b@example.com",
        default=ASK,
    ),
    # Names
    "name-split": Repair(
        title="a full name is taken apart where there are no columns for its parts",
        before="Dr. Anna Weber",
        after="Dr. + Anna + Weber",
    ),
    "last-first": Repair(
        title="a name with the last name first is turned round",
        before="Hill, Ada",
        after="Ada + Hill",
        default=ASK,
        holds=True,
    ),
    "last-first-file": Repair(
        title="in a file that mostly has the last name first, the full names are turned round",
        before="Rossi Maria",
        after="Maria + Rossi",
        default=ASK,
        holds=True,
    ),
    "letter-salutation": Repair(
        title="the letter before a full name is a form of address: M. for Monsieur, D. for Don",
        before="M. Jean Dubois",
        after="M. + Jean + Dubois",
        default=ASK,
    ),
    "two-people": Repair(
        title="two people in one name become two people of one letter",
        before="Jerry and Beth Smith",
        after="Jerry Smith + Beth Smith",
        default=ASK,
        held_where="in one cell, or with a salutation",
    ),
    "partner": Repair(
        title="the partner's column is read: one letter to both",
        before="Spouse: Beth",
        after="Jerry Smith + Beth Smith",
        default=ASK,
    ),
    "company-as-name": Repair(
        title="a company in the columns of a name is moved to the company",
        before="Example Mortgage Inc",
        after="company: Example Mortgage Inc",
        default=ASK,
        holds=True,
    ),
    "middle-initial": Repair(
        title="the initial behind the first name becomes the middle name",
        before="John Q.",
        after="John + Q.",
    ),
    "all-caps-name": Repair(
        title="a name in capitals is written as names are",
        before="ADA MCDONALD",
        after="Ada McDonald",
        default=ASK,
    ),
    "lower-name": Repair(
        title="a name without any capital is written as names are",
        before="ada hill",
        after="Ada Hill",
        default=ASK,
    ),
    "salutation-word": Repair(
        title="a program's code for a salutation becomes the word",
        before="base.res_partner_title_madam",
        after="Mrs.",
    ),
    # Addresses
    "country-word": Repair(
        title="a country in words, in any of several languages, becomes its code",
        before="U.S",
        after="US",
    ),
    "region-word": Repair(
        title="a state in words becomes its code",
        before="Massachusetts",
        after="MA",
    ),
    "country-from-region": Repair(
        title="a missing country is filled in where state and postcode are of one country only",
        before="no country, CA 94538",
        after="US",
        default=ASK,
        holds=True,
    ),
    "region-from-postcode": Repair(
        title="a missing state is filled in where the postcode lies in one only",
        before="02134 Boston",
        after="MA",
        default=ASK,
    ),
    "lost-postcode-zero": Repair(
        title="a zero that a spreadsheet may have dropped from a postcode is put back",
        before="8001",
        after="08001",
        default=ASK,
    ),
    "lost-zip-zero": Repair(
        title="the zero that a spreadsheet has dropped from a ZIP is put back",
        before="2134.0",
        after="02134",
    ),
    "postcode-form": Repair(
        title="a postcode is written as its country's post does",
        before="sw1a1aa",
        after="SW1A 1AA",
    ),
    "city-comma": Repair(
        title="the comma after the town is taken away",
        before="Edmond,",
        after="Edmond",
    ),
    "city-split": Repair(
        title="state and postcode in the cell of the town go where they belong",
        before="Boston, MA 02134",
        after="Boston + MA + 02134",
    ),
    "one-cell-address": Repair(
        title="a whole address in one cell is taken apart",
        before="12 Elm Street, Boston, MA 02134",
        after="12 Elm Street + Boston + MA + 02134",
        default=ASK,
        holds=True,
    ),
    "street-lines": Repair(
        title="a street with line breaks is kept in two lines",
        before="1 Elm Street ⏎ Apt 2",
        after="1 Elm Street + Apt 2",
    ),
    # Dates and words
    "two-digit-year": Repair(
        title="a year of two digits gets its century",
        before="5/20/71",
        after="1971-05-20",
        default=ASK,
    ),
    "serial-date": Repair(
        title="a spreadsheet's number of a day becomes the date",
        before="26057",
        after="1971-05-04",
        default=ASK,
    ),
    "language-word": Repair(
        title="a language in words becomes its code",
        before="Deutsch",
        after="de",
    ),
}
"""Every repair by the name that findings, decisions and `mailroom decide` have for it."""
OF_NAMES = frozenset(
    {"last-first", "last-first-file", "letter-salutation", "two-people", "company-as-name"}
    | {"name-split", "middle-initial", "all-caps-name", "lower-name"}
)
"""Those that change how a name is printed."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked that is no repair."""

    title: str  #: `{}` is the column or the day that it is asked of
    answers: tuple[str, ...]


QUESTIONS: Mapping[str, Question] = {
    "email-opt-out": Question(
        title="they want no e-mail: may post go to them?", answers=("mail", "suppress")
    ),
    "inactive": Question(
        title="the CRM calls the record inactive: may post go there all the same?",
        answers=("suppress", "mail"),
    ),
    "role": Question(
        title="is it a list of people to write to, or of whom not to write to?",
        answers=("people", "suppression"),
    ),
    "dates": Question(
        title="does the day or the month stand first in {}?", answers=("day-first", "month-first")
    ),
    "country": Question(
        title="their addresses name no country, and look as if they were all of {}: are they?",
        answers=("yes", "no"),
    ),
    "remark": Question(
        title='the notes in the CRM say "{}": may post go there all the same?',
        answers=("hold", "mail"),
    ),
    "shared-date": Question(
        title="were they born on {}, or does the day stand for a birthday that nobody knows?",
        answers=("placeholder", "real"),
    ),
}
"""By the word before the colon: `dates:Birthday`, `shared-date:1900-01-01` and `country:DE` are
asked of a column, a day and a country."""


def answers_of(subject: str) -> tuple[str, ...]:
    """What may be answered to a question as `mailroom decide` names it; none: no question."""
    if subject in RULES:
        return (TAKE, REFUSE)
    question = _question(subject)
    return question.answers if question else ()


def title_of(subject: str) -> str:
    """What a rule does, or what a question asks, in words."""
    if subject in RULES:
        return RULES[subject].title
    question = _question(subject)
    return question.title.format(subject.partition(":")[2]) if question else ""


def _question(subject: str) -> Question | None:
    """The question, if it is asked of something just where its title wants that."""
    kind, _, about = subject.partition(":")
    question = QUESTIONS.get(kind)
    return question if question and bool(about) == ("{" in question.title) else None


def decision_subject(subject: str) -> str:
    """How the ledger names that question."""
    return f"repair:{subject}" if subject in RULES else subject


def question_of(finding: Finding) -> str:
    """The question that a finding asks, as `mailroom decide` wants it; empty where it asks none."""
    if finding.rule in RULES:
        return finding.rule if finding.severity is not Severity.NOTE else ""
    return finding.rule if _question(finding.rule) else ""


def country_said(decisions: Mapping[str, Decision]) -> str:
    """The country that people have last said a source's addresses without one are of."""
    said = [
        (answer.at, subject.removeprefix("country:"))
        for subject, answer in decisions.items()
        if subject.startswith("country:") and answer.answer == "yes"
    ]
    return max(said, default=("", ""))[1]


def ways(decisions: Mapping[str, Decision]) -> Mapping[str, str]:
    """Rule -> take, ask or refuse, as it was decided or else by default."""
    decided = {name: decisions.get(f"repair:{name}") for name in RULES}
    return {
        name: answer.answer if (answer := decided[name]) else repair.default
        for name, repair in RULES.items()
    }
