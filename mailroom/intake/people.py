"""The name of a row: taken apart, turned round, put into parts; each by decision."""

from __future__ import annotations

import re

from mailroom import names
from mailroom.intake.cells import LONGEST_NOTHING, NOTHING
from mailroom.intake.content import DEAD, Content, Hit
from mailroom.intake.draft import Draft
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


def is_plain(text: str) -> bool:
    """Whether a part of a name has nothing that could be mended; it may hide something yet."""
    letters = text.replace("-", "").replace("'", "").replace("’", "").replace(" ", "")
    return (
        letters.isalpha()
        and len(letters) > 1
        and not letters.isupper()
        and not letters.islower()
        and text.casefold() not in NOTHING
        and not _JOINED.search(text)
        and not _INITIAL.fullmatch(text)
        and not names.is_company(text)
        and not names.is_company(f"Xy {text}")
    )


def people(draft: Draft, language: str) -> tuple[Name, ...]:
    """Mend the values of the name; whoever else is named in the row comes back."""
    values = draft.values
    first, last = values.get("first_name", ""), values.get("last_name", "")
    found: tuple[Name, ...] = ()
    if not (first or last) and "full_name" in values:
        found = _full(draft, values["full_name"], "full_name")
    elif not _company(draft, " ".join(filter(None, (first, last))), _PARTS):
        found = _two_parts(draft)
    _initial(draft)
    _case(draft, language)
    return found or partner(draft)


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
        if draft.may("two-people", filled, whole, _said_all(found), label="name"):
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
    firm = _firm(draft, text)
    if not firm:
        return False
    filled = tuple(name for name in columns if draft.get(name)) or columns
    if not draft.may("company-as-name", filled, text, f"company: {firm}", label="name"):
        return False
    draft.put(first_name="", last_name="", company=firm)
    return True


def _firm(draft: Draft, text: str) -> str:
    """The company that a name is, or nothing: a firm's name, or that of the row's company."""
    first, company = draft.get("first_name"), draft.get("company")
    if not text or "@" in text:
        return ""
    if names.is_company(text):
        return company or text
    if names.is_company(first) or (len(first) > 3 and first.casefold() == company.casefold()):
        return company or first
    is_person = bool(first and draft.get("last_name")) or len(names.read_name(text)) == 1
    return company if text.casefold() == company.casefold() and not is_person else ""


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


def partner(draft: Draft) -> tuple[Name, ...]:
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


def check(draft: Draft, content: Content) -> bool:
    """What is wrong with the name as it would be printed; whether somebody has died."""
    values = draft.values
    first, last = values.get("first_name", ""), values.get("last_name", "")
    hits: tuple[Hit, ...] = ()
    if first:
        hits = _hits_of_part(draft, content, first)
    if last:
        hits += _hits_of_part(draft, content, last, is_last=True)
    hits = hits or content.full_name_hits(first, last)
    for name in ("suffix", "full_name"):
        if text := values.get(name):
            hits += tuple(hit for hit in content.name_hits(text) if hit.rule == DEAD)
    for hit in {hit.rule: hit for hit in reversed(hits)}.values():  # of each rule the first
        tell = draft.error if hit.holds else draft.warn
        tell(hit.rule, hit.message, hit.hint)
    _check_parts(draft, first, last)
    return any(hit.rule == DEAD for hit in hits)


def _hits_of_part(
    draft: Draft, content: Content, text: str, *, is_last: bool = False
) -> tuple[Hit, ...]:
    is_letter = is_last and len(text) == 1 and text.isascii()
    if is_letter or (len(text) < LONGEST_NOTHING and text.casefold() in NOTHING):
        hint = "if it is the name, accept placeholder-name; else empty the cell in the CRM"
        message = f"{text!r} may be a name or may mean nothing"
        draft.error("placeholder-name", message, hint)
        return ()
    return content.name_hits(text)


def _check_parts(draft: Draft, first: str, last: str) -> None:
    """Whether there is enough of a name for an envelope and a greeting."""
    values = draft.values
    if not first and not last:
        if not (values.get("company") or values.get("addressee")):
            draft.error("no-name", "there is no name", "write a name or a company into the CRM")
    elif not first and not values.get("salutation"):
        hint = "without first name and salutation the greeting names nobody"
        draft.warn("no-first-name", f"{last} has no first name", hint)
    elif first.isascii() and len(first.rstrip(".")) == 1:
        hint = "write the first name into the CRM, or the greeting has the initial only"
        draft.warn("initials", f"of the first name there is only {first!r}", hint)
