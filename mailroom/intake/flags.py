"""Why no mail may go to somebody: every column that says so, read the right way round."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: In a flag column; anything else but these and an empty cell counts as set, to be safe.
NO = frozenset(
    {"no", "n", "false", "f", "0", "0.0", "off", "never", "none", "unchecked", "subscribed"}
    | {"nein", "falsch", "non", "faux", "nee", "nej", "nie", "não", "nao", "いいえ"}
)
#: What the column of an action says of records that are still there.
KEPT = frozenset({"insert", "update", "upsert", "add", "create", "keep", "active", "merge"})

#: What nearly all cells of a flag, or of a permission, hold: asked first.
USUAL_NO = frozenset({"", "No", "no", "NO", "N", "false", "False", "FALSE", "0"})
USUAL: Mapping[str, frozenset[str]] = {
    "email_opt_out": USUAL_NO,
    "email_ok": frozenset({"", "Yes", "yes", "YES", "Y", "true", "True", "TRUE", "1"}),
    "mail_ok": frozenset({"", "Yes", "yes", "YES", "Y", "true", "True", "TRUE", "1"}),
}

FLAGS: Mapping[str, str] = {
    "deceased": "deceased",
    "do_not_mail": "do not mail",
    "opt_out": "opted out",
    "deleted": "deleted in the CRM",
    "left_company": "left the company",
    "returned_mail": "mail came back",
}
"""Field -> why no mail may go there."""

OF_DEATH = re.compile(
    r"†|⚰|✝|\bR\.\s?I\.\s?P\b|\bestate of\b|\bthe late\b|\(late\)|^late (?=mrs?\b|ms\b|dr\b)"
    r"|\b(?:deceased|verstorben(?:er?)?|décédée?|decede|fallecid[oa]|difunt[oa]|decedut[oa]"
    r"|defunt[oa]|overleden|wijlen|zmarł[ya]|avliden|succession de|nachlass|erbengemeinschaft)\b"
    r"|^故(?=.)|逝去",
    re.IGNORECASE,
)
"""What stands in the name of somebody who has died."""


def is_set(name: str, text: str) -> bool:
    """Whether a flag's cell says so; an empty one does not."""
    word = text.casefold()
    return bool(word) and word not in NO and not (name == "deleted" and word in KEPT)


def denies(text: str) -> bool:
    """Whether the cell of a permission denies it; an empty one says nothing."""
    return text.casefold() in NO


def says_no_email(values: Mapping[str, str]) -> bool:
    """Whether somebody wants no e-mail, which says nothing of post."""
    return is_set("email_opt_out", values.get("email_opt_out", "")) or denies(
        values.get("email_ok", "")
    )
