"""What is a firm: by its legal form, a word such as "Hotel", or "& Sons"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

from mailroom.names.words import folded, lists

_SIGNED = re.compile(r"[\u1100-\uffff&/]|\(")


def firm_words() -> frozenset[str]:
    """Of which a text of plain words has one where it names a firm; in small letters."""
    return lists()["firm"]


def is_company(text: str) -> bool:
    """Whether the text names a firm: by its legal form, a word such as "Hotel", or "& Sons"."""
    words = lists()
    if ". " not in text and not _SIGNED.search(text):  # true of nearly all, hence asked first
        bare = text.casefold().replace(".", "").replace(",", " ")
        if words["firm"].isdisjoint(bare.split()):
            return False
    tokens = text.split()
    if any(sign in text for sign in words["firm_signs"]):
        return True
    if not tokens or (len(tokens) == 1 and "." not in text):
        return bool(tokens) and folded(tokens[0]) in words["firm_words"]
    keys = [folded(token) for token in tokens]
    if has_legal_form(tokens, text.isupper()):
        return True
    if any(key in words["firm_words"] for key in keys) or keys[0] in words["firm_first"]:
        return True
    if len(keys) > 2 and any(key in words["firm_words_if_long"] for key in keys):
        return True
    joins = words["joins_any"]
    return any(one in joins and two in words["kin"] for one, two in pairwise(keys))


def has_legal_form(tokens: Sequence[str], in_capitals: bool) -> bool:
    """Whether the last word is a legal form; one of two letters only as it is written."""
    if len(tokens) < 2:
        return False
    words = lists()
    spaced = "".join(takewhile(lambda t: len(t) <= 2, (t.rstrip(",") for t in tokens[:-4:-1])))
    ends = {tokens[-1].strip("(),").replace(".", "")}
    if len(tokens) > 2 and "." in spaced and "," not in "".join(tokens):
        ends.add("".join(t.replace(".", "") for t in tokens[-3:] if len(t) <= 2))
    if tokens[-1] in {"Co.", "CO."}:
        return True
    if any(end.casefold() in words["long_forms"] or end in words["short_forms"] for end in ends):
        return True
    return in_capitals and not ends.isdisjoint(words["short_upper"])
