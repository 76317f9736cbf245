"""From the rows of an export to Recipients: repairs by decision, findings with file and line.

    rows -> survey (what only the whole file tells) -> read: cells, names, places, dates, flags,
    content -> Recipient

Everything is text. What can only be meant one way is mended and noted, before -> after; what can
be meant two ways is asked once per rule (`RULES`) and left as it is until then; what keeps a card
from arriving is an error that holds the piece. No row is dropped, and nothing is guessed about
a person: no gender, no language from a name.
"""

from __future__ import annotations

from mailroom.intake.columns import known_fields
from mailroom.intake.content import Content, load_content
from mailroom.intake.holds import HOLDS
from mailroom.intake.languages import language_code
from mailroom.intake.read import read
from mailroom.intake.repairs import RULES, Repair, question_of
from mailroom.intake.survey import Survey, survey

__all__ = [
    "HOLDS",
    "RULES",
    "Content",
    "Repair",
    "Survey",
    "known_fields",
    "language_code",
    "load_content",
    "question_of",
    "read",
    "survey",
]
