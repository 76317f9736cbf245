"""The name of a row: taken apart, turned round, put into parts; each by decision.

Parts of names come again and again, so what there is to say of a part is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailroom import names
from mailroom.intake.cells import NOTHING
from mailroom.intake.content import Content, Hit
from mailroom.intake.draft import Draft
from mailroom.intake.flags import OF_DEATH
from mailroom.model import Name

PARTNER = ("partner_first_name", "partner_last_name", "partner_name")
_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_JOINED = re.compile(
    r"(?<=[\w.] )(?:and|und|et|y|e|en|i|och|og|con|avec|mit|with)(?= \w)|[&+]|(?<=\w) ?/ ?(?=\w)",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(\S{2,}(?: \S{2,})?) ([^\W\d_]\.|[^\W\d_a-z](?:\. ?[^\W\d_a-z])?\.?)")
_PARTICLES = frozenset(
    {"al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "la", "le", "mac"}
    | {"san", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur"}
)
_PARTS = ("first_name", "last_name")


@lru_cache(maxsize=1 << 16)
def _is_plain(text: str) -> bool:
    """Whether a part of a name has nothing that could be mended."""
    letters = text.replace("-", "").replace("'", "").replace("’", "").replace(" ", "")
    return (
        letters.isalpha()
        and not letters.isupper()
        and not letters.islower()
        and not _JOINED.search(text)
        and not _INITIAL.fullmatch(text)
        and not names.is_company(text)
        and not names.is_company(f"Xy {text}")
    )


def people(draft: Draft, language: str) -> tuple[Name, ...]:
    """Mend the values of the name; whoever else is named in the row comes back."""
    values = draft.values
    first, last = values.get("first_name", ""), values.get("last_name", "")
    company = values.get("company", "")
    if (
        first and last and _is_plain(first) and _is_plain(last)
        and (not company or company not in (first, last, f"{first} {last}"))
    ):  # fmt: skip
        return _partner(draft) if any(name in values for name in PARTNER) else ()
    found: tuple[Name, ...] = ()
    if not (first or last) and "full_name" in values:
        found = _full(draft, values["full_name"], "full_name")
    elif not _company(draft, " ".join(filter(None, (first, last))), _PARTS):
        found = _two_parts(draft)
    _initial(draft)
    _case(draft, language)
    return found or _partner(draft)


# A full name --------------------------------------------------------------------------------


def _full(draft: Draft, text: str, column: str) -> tuple[Name, ...]:
    """A full name in one cell: its parts, or the whole as the last name where it must wait."""
    if "@" in text or len(text) > 200:
        draft.put(last_name=text)
        return ()
    if _company(draft, text, (column,)):
        return ()
    if names.is_company(text):
        draft.put(last_name=text)
        return ()
    found = names.read_name(text)
    if len(found) > 1:
        after = _said_all(found)
        draft.put(last_name=text)
        if draft.may("two-people", (column,), text, after):
            _take(draft, found[0])
            return found[1:]
        return ()
    if not found:
        _split(draft, text, column)
        return ()
    name = found[0]
    rule = "last-first" if _is_turned(text, name) else "name-split"
    draft.put(last_name=text)
    if draft.may(rule, (column,), text, _said(name)):
        _take(draft, name)
    return ()


def _split(draft: Draft, text: str, column: str) -> None:
    """What `read_name` is not sure of: one word, or a few that may be a name after all."""
    words = text.replace(",", " ").split()
    if len(words) == 1 and not _ASIAN.search(text):
        draft.put(first_name=text)
    elif len(words) == 1 or len(words) > 4 or "," in text or _JOINED.search(text):
        draft.put(last_name=text)
    else:
        first, last = split_name(text)
        draft.put(last_name=text)
        if draft.may("name-split", (column,), text, f"{first} + {last}"):
            draft.put(first_name=first, last_name=last)


def split_name(full: str) -> tuple[str, str]:
    """First and last name of "Anna de la Vega": the last word, with the particles before it."""
    words = full.split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def _is_turned(text: str, name: Name) -> bool:
    """Whether the last name stands first, and not because the script has it so."""
    if not (name.first_name and name.last_name) or _ASIAN.search(text):
        return False
    if "," in text:
        return text.index(",") < text.find(name.first_name)
    return 0 <= text.find(name.last_name) < text.find(name.first_name)


def _take(draft: Draft, name: Name) -> None:
    """The parts of a name that was read; a salutation of its own column is kept before it."""
    said = draft.get("salutation")
    titles = name.salutation if name.salutation not in said else ""
    draft.put(
        salutation=" ".join(filter(None, (said, titles))),
        first_name=name.first_name,
        middle_name=name.middle_name or draft.get("middle_name"),
        last_name=name.last_name,
        suffix=name.suffix or draft.get("suffix"),
    )


def _said(name: Name) -> str:
    """The parts of a name in a message: `Dr. + Anna + Weber`."""
    return " + ".join(filter(None, vars(name).values()))


def _said_all(people: tuple[Name, ...]) -> str:
    """Several people in a message: `Jerry Smith + Beth Smith`."""
    return " + ".join(" ".join(filter(None, vars(name).values())) for name in people)


# First and last name ------------------------------------------------------------------------


def _two_parts(draft: Draft) -> tuple[Name, ...]:
    """Names whose parts are there, and say more than a part of a name should."""
    first, last = draft.get("first_name"), draft.get("last_name")
    if "@" in first or "@" in last:
        return ()
    if not (first and last):
        text, column = (first, "first_name") if first else (last, "last_name")
        if "," in text:
            return _turned(draft, text, column)
    whole = " ".join(filter(None, (first, last)))
    if _JOINED.search(whole) and len(found := names.read_name(whole)) > 1:
        filled = tuple(name for name in _PARTS if draft.get(name))
        if draft.may("two-people", filled, whole, _said_all(found)):
            _take(draft, found[0])
            return found[1:]
    if first and "," in last:
        _suffix(draft, whole, last)
    return ()


def _suffix(draft: Draft, whole: str, last: str) -> None:
    """`Smith, Jr.` as a last name."""
    found = names.read_name(whole)
    if len(found) != 1 or not found[0].suffix:
        return
    name = found[0]
    if draft.may("name-split", ("last_name",), last, f"{name.last_name} + {name.suffix}"):
        draft.put(last_name=name.last_name, suffix=name.suffix)


def _turned(draft: Draft, text: str, column: str) -> tuple[Name, ...]:
    """`Hill, Ada` in the column of only one of the two."""
    found = names.read_name(text)
    turned = len(found) == 1 and _is_turned(text, found[0])
    if turned and draft.may("last-first", (column,), text, _said(found[0])):
        _take(draft, found[0])
    return ()


def _company(draft: Draft, text: str, columns: tuple[str, ...]) -> bool:
    """Whether a company stood where a person's name should, and was moved to the company."""
    company = draft.get("company")
    same = bool(company) and text.casefold() == company.casefold()
    first = draft.get("first_name")
    same = same or (bool(company) and len(company) > 3 and first.casefold() == company.casefold())
    if not text or "@" in text or not (same or names.is_company(text)):
        return False
    filled = tuple(name for name in columns if draft.get(name)) or columns
    if not draft.may("company-as-name", filled, text, f"company: {company or text}"):
        return False
    draft.put(first_name="", last_name="", company=company or text)
    return True


def _initial(draft: Draft) -> None:
    """`John Q.` as a first name."""
    first = draft.get("first_name")
    match = _INITIAL.fullmatch(first) if " " in first else None
    if match is None or draft.get("middle_name") or first.isupper():
        return
    if draft.may("middle-initial", ("first_name",), first, f"{match[1]} + {match[2]}"):
        draft.put(first_name=match[1], middle_name=match[2])


def _case(draft: Draft, language: str) -> None:
    """A name all in capitals or all in small letters, whole or only its last part."""
    parts = {name: draft.get(name) for name in _PARTS if draft.get(name)}
    whole = " ".join(parts.values())
    if "@" in whole or sum(map(str.isalpha, whole)) < 4:
        return
    if whole.islower():
        wrong, rule = parts, "lower-name"
    else:
        wrong = {n: t for n, t in parts.items() if t.isupper() and (len(t) > 3 or whole.isupper())}
        rule = "all-caps-name"
    cased = {n: names.smart_case(t, language) for n, t in wrong.items() if _is_word(t)}
    cased = {name: text for name, text in cased.items() if text != parts[name]}
    if not cased:
        return
    before = " ".join(parts[name] for name in cased)
    columns = (*cased, "full_name") if "full_name" in draft.values else tuple(cased)
    if draft.may(rule, columns, before, " ".join(cased.values()), label="name"):
        draft.put(**cased)


def _is_word(text: str) -> bool:
    """Whether it is more than what a database writes for nothing."""
    return text.casefold() not in NOTHING and text.casefold() != "unknown"


# The partner --------------------------------------------------------------------------------


def _partner(draft: Draft) -> tuple[Name, ...]:
    """Who stands in the partner's own columns, if both are to be written to."""
    columns = tuple(name for name in PARTNER if draft.get(name))
    if not columns:
        return ()
    first, last, whole = (draft.get(name) for name in PARTNER)
    found = names.read_name(whole) if whole else ()
    partner = found[0] if found else Name(first_name=first or whole, last_name=last)
    if not partner.last_name:
        partner = Name(first_name=partner.first_name, last_name=draft.get("last_name"))
    if "@" in _said(partner) or not partner.first_name:
        return ()
    person = " ".join(filter(None, (draft.get("first_name"), draft.get("last_name"))))
    after = f"{person} + {partner.first_name} {partner.last_name}"
    before = ", ".join(draft.get(name) for name in columns)
    return (partner,) if draft.may("partner", columns, before, after) else ()


# What was found -----------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def death_in(text: str) -> str:
    """The words in a name that say that somebody has died; empty where there are none."""
    match = OF_DEATH.search(text)
    return match[0].strip() if match else ""


def check(draft: Draft, content: Content, *, is_dead: bool) -> None:
    """What is wrong with the name as it would be printed; of the dead all has been said."""
    values = draft.values
    first, last = values.get("first_name", ""), values.get("last_name", "")
    hits: tuple[Hit, ...] = content.full_name_hits(first, last) if first and last else ()
    for text in (first, last):
        if text and not hits:
            if text.casefold() in NOTHING or (text is last and len(text) == 1 and text.isascii()):
                hint = "if it is the name, accept placeholder-name; else empty the cell in the CRM"
                message = f"{text!r} may be a name or may mean nothing"
                draft.error("placeholder-name", message, hint)
                continue
            if found := content.name_hits(text):
                hits = found
    for hit in hits:
        if is_dead and hit.rule == "bereavement":
            continue
        tell = draft.error if hit.holds else draft.warn
        tell(hit.rule, hit.message, hit.hint)
    if not first and not last:
        if not (values.get("company") or values.get("addressee")):
            draft.error("no-name", "there is no name", "write a name or a company into the CRM")
    elif not first and not values.get("salutation"):
        hint = "without first name and salutation the greeting names nobody"
        draft.warn("no-first-name", f"{last} has no first name", hint)
    elif len(first.rstrip(".")) == 1 and first.isascii():
        hint = "write the first name into the CRM, or the greeting has the initial only"
        draft.warn("initials", f"of the first name there is only {first!r}", hint)
