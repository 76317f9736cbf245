"""Why no mail may go to somebody: every column that says so, read the right way round."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mailroom.intake.words import words_of

#: In a flag column; anything else but these and an empty cell counts as set, to be safe.
NO = words_of("no")
#: Set as well, to be safe, and told: a person should look.
DOUBTFUL = words_of("doubtful")
#: A no to a question about what has been, but a yes where it is about post that may come.
_NEVER = frozenset({"never"})
_OF_POST = frozenset({"do_not_mail", "opt_out"})
#: Dynamics writes the permission into the column of its opposite: "Do not allow mails: Allow".
ALLOWED = words_of("allowed")
FORBIDDEN = words_of("forbidden")
#: What the column of an action says of records that are still there.
KEPT = words_of("kept")

FLAGS: Mapping[str, str] = {
    "deceased": "deceased",
    "do_not_mail": "do not mail",
    "opt_out": "opted out",
    "deleted": "deleted in the CRM",
    "left_company": "left the company",
    "returned_mail": "mail came back",
}
"""Field -> why no mail may go there."""

#: What a record that is no longer in use is called, in any column that tells its state.
NOT_IN_USE = words_of("not-in-use")
INACTIVE = "inactive in the CRM"
"""Why no mail may go to such a record, where somebody has said so."""

_USUAL_NO = frozenset({"", "No", "no", "NO", "N", "false", "False", "FALSE", "0"})
_USUAL_YES = frozenset({"", "Yes", "yes", "YES", "Y", "true", "True", "TRUE", "1"})
USUAL: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(FLAGS, _USUAL_NO),
    "email_opt_out": _USUAL_NO,
    "email_ok": _USUAL_YES,
    "mail_ok": _USUAL_YES,
    "hold_until": frozenset({""}),
}
"""What nearly all cells of a flag or a permission hold, which is asked first."""

WORDS_OF_DEATH = words_of("death")
OF_DEATH = re.compile(
    r"\(dec(?:['’]?d)?\b|"
    r"†|⚰|✝|\bR\.\s?I\.\s?P\b|\bestate of\b|\bthe late\b|\(late\)|^late (?=mrs?\b|ms\b|dr\b)"
    rf"|\b(?:{'|'.join(sorted(WORDS_OF_DEATH))}|succession de)\b"
    r"|\((?:dec|dec'?d|dcd|verst|gest|overl|ovl|fall|fallec|falecido|zm|avl|died)\b[^()]*\)"
    r"|\((?:[^()]*\W)?d\.? ?[\d./-]*\d{4}\)"
    r"|^wijlen (?=\S)|^故(?=.)|逝去",
    re.IGNORECASE,
)
"""What stands in the name of somebody who has died."""


def is_set(name: str, text: str) -> bool:
    """Whether a flag's cell says so; an empty one does not."""
    word = text.casefold()
    if word in _NEVER and name in _OF_POST:
        return True
    if not word or word in NO or word in ALLOWED:
        return False
    return not (name == "deleted" and word in KEPT)


@lru_cache(maxsize=4096)
def is_not_in_use(name: str, text: str) -> bool:
    """Whether a column that tells the record's state says that it is no longer in use.

    `name`: "active", "inactive", or any other that may have such a word among its own.
    """
    word = text.casefold()
    if word in NOT_IN_USE:
        return True
    if name == "active":
        return word in NO and word not in ("never", "none", "subscribed")
    return name == "inactive" and is_set(name, text) and word not in KEPT


def is_doubtful(text: str) -> bool:
    """Whether nobody can say what the cell of a flag means."""
    return text.casefold() in DOUBTFUL


def denies(text: str) -> bool:
    """Whether the cell of a permission denies it; an empty one says nothing."""
    word = text.casefold()
    return (word in NO and word != "subscribed") or word in FORBIDDEN


def says_no_email(values: Mapping[str, str]) -> bool:
    """Whether somebody wants no e-mail, which says nothing of post."""
    return is_set("email_opt_out", values.get("email_opt_out", "")) or denies(
        values.get("email_ok", "")
    )
