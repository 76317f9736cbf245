"""The name of a row: taken apart, turned round, put into parts; each by decision."""

from __future__ import annotations

import re
from dataclasses import fields, replace

from mailroom import names
from mailroom.countries import country_code
from mailroom.greetings import shipped
from mailroom.intake.cells import is_nothing
from mailroom.intake.columns import squash
from mailroom.intake.content import DEAD, EMOJI, Content, Hit
from mailroom.intake.draft import Draft, shown
from mailroom.intake.repairs import ASK
from mailroom.intake.words import words_of
from mailroom.model import Name
from mailroom.where import fold

#: What a record may be of, in its column `kind`; "true" answers whether it is a company.
_OF_A_COMPANY, _OF_A_HOUSEHOLD = words_of("company"), words_of("household")
_HOUSEHOLD = re.compile(r"(?:the )?(.+?)(?:[ -]+(?:household|haushalt|foyer))?", re.IGNORECASE)
#: Odoo's names of the salutations that it comes with.
_CODED = "base.res_partner_title_"
_SALUTATION_OF = {"madam": "Mrs.", "miss": "Miss", "sir": "Mr.", "mister": "Mr.", "doctor": "Dr.",
                  "prof": "Prof."}  # fmt: skip
#: Who else is in the row: the columns of one, of a second and of a third.
_PARTNERS = tuple(
    {part.name: f"{who}_{part.name}" for part in fields(Name)}
    for who in ("partner", "partner2", "partner3")
)
PARTNER = ("partner_name", *(column for columns in _PARTNERS for column in columns.values()))
_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
JOINED = re.compile(
    r"(?<=[\w.] )(?:and|und|et|y|e|en|i|och|og|con|avec|mit|with)(?= \w)|[&+]|(?<=\w) ?/ ?(?=\w)",
    re.IGNORECASE,
)
INITIAL = re.compile(r"(\S{2,}(?: \S{2,})?) ([^\W\d_]\.|[^\W\d_a-z](?:\. ?[^\W\d_a-z])?\.?)")
_PARTICLES = words_of("particle")
_PARTS = ("first_name", "last_name")
_LETTER = re.compile(r"([MD])\. ?[^\W\d_]{2}")
#: Letter -> the language in which it is a form of address, and where that is spoken.
_SPEAKING = {
    "m": ("fr", frozenset({"FR", "BE", "CH", "LU", "MC"})),
    "d": ("es", frozenset({"ES", "MX", "AR", "CO", "CL", "PE", "EC", "UY", "VE", "CR", "PA"})),
}
#: First names that are no last names: Rossi Maria.
_HALVES = frozenset(
    {"maria", "giuseppe", "giovanni", "jürgen", "sabine", "małgorzata", "françoise"}
)
#: Behind a last name in its column.
GENERATION = re.compile(
    r".+[ ,](?:[js]r|jnr|snr|jun|sen|junior|senior|ii|iii|iv|phd|md|mba|esq|cpa|dds)\.?",
    re.IGNORECASE,
)
#: What stands before a name, and in the column of the first name where there is no other.
SALUTATIONS = words_of("salutation")
#: At the ends of a name: left over from a list, or quotation marks.
_STRAY, _QUOTES = " ,;*", '"“”„«»'
#: `William "Bill"` as a first name, with or without a further name behind.
_CALLED = re.compile(
    rf"(\w[^{_QUOTES}]*) [{_QUOTES}]([^\W\d_][\w'’. -]*)[{_QUOTES}](| \w[^{_QUOTES}]*)"
)
#: Pictures of a telephone's keyboard, with the signs that join and colour them.
_PICTURES = re.compile(rf"\s*{EMOJI.pattern}(?:\u200d|{EMOJI.pattern})*")
#: Those that say something of the person, which somebody must see: a death, a no.
_TELLING = frozenset("⚰✝☠⛔❌✖❎🕊🪦💀🖤👼😇🚫🛑⚠")


def of_kind(draft: Draft) -> None:
    """The full name of a record that is no person's: a company's, or that of a household."""
    kind, whole = draft.get("kind").casefold(), draft.get("full_name")
    if kind in _OF_A_COMPANY:
        if draft.get("first_name") and draft.get("last_name"):
            return  # somebody is named beside the company
        firm = whole or " ".join(filter(None, map(draft.get, _PARTS))) or draft.get("company")
        draft.put(company=firm, full_name="", first_name="", last_name="")
    elif kind in _OF_A_HOUSEHOLD and whole and not names.is_family(whole):
        name = _HOUSEHOLD.fullmatch(whole)
        if name and name[1].replace("-", "").isalpha():
            draft.put(full_name=f"{name[1]} family")


def salutation(draft: Draft) -> None:
    """The salutation of a row as a word, where a program has written its own name for it."""
    text = draft.get("salutation")
    if text.startswith(_CODED):
        word = _SALUTATION_OF.get(text.removeprefix(_CODED), "")
        if draft.may("salutation-word", ("salutation",), text, word):
            draft.put(salutation=word)


def people(draft: Draft, language: str, country: str = "") -> tuple[Name, ...]:
    """Mend the values of the name; whoever else is named in the row comes back.

    `language` and `country` (of the address, ISO 3166-1 alpha-2) tell what "M." is.
    """
    _without_pictures(draft)
    found = _named(draft, language, country)
    _initial(draft)
    _case(draft, language)
    return found or partner(draft)


def _named(draft: Draft, language: str, country: str) -> tuple[Name, ...]:
    """Read the name where it stands: in one cell, in that of the firm, or in parts."""
    first, last, whole = map(draft.get, (*_PARTS, "full_name"))
    if whole and last and not first and fold(whole) not in fold(last):
        first = _first_beside(whole, last)
        draft.put(first_name=first)
        last = last if first else ""
    if whole and not (first or last):
        return _full(draft, whole, "full_name", language, country)
    if not (first or last) and _is_named_as_firm(draft):
        firm = draft.get("company")
        draft.put(company="")
        return _full(draft, firm, "company", language, country)
    if _company(draft, " ".join(filter(None, (first, last))), _PARTS):
        return ()
    _called(draft)
    _family_in_first(draft)
    _strip(draft)
    return _two_parts(draft)


# A full name --------------------------------------------------------------------------------


def _full(draft: Draft, text: str, column: str, language: str, country: str) -> tuple[Name, ...]:
    """A full name in one cell: its parts, or the whole as the last name where it must wait."""
    if "@" in text or len(text) > 200:
        draft.put(last_name=text)
        return ()
    if _company(draft, text, (column,)):
        return ()
    if names.is_company(text) or _at_firm(draft, text):
        draft.put(last_name=text)
        return ()
    if _letter(draft, text, column, language, country) or _last_first(draft, text, column):
        return ()
    found = names.read_name(text)
    if len(found) > 1:
        after = _said_all(found)
        draft.put(last_name=text)
        if draft.may("two-people", (column,), text, after, holds=True):
            _take(draft, found[0])
            return found[1:]
        return ()
    if not found:
        _split(draft, text, column)
        return ()
    name = found[0]
    rule = "last-first" if _is_turned(text, name) else "name-split"
    draft.put(last_name=text)
    if name == Name(last_name=text):  # 佐藤花子: nothing is split
        return ()
    if draft.may(rule, (column,), text, _said(name)):
        _take(draft, name)
    return ()


def _is_named_as_firm(draft: Draft) -> bool:
    """Whether Xero's column of contacts, most of them firms, has a person's name."""
    text = draft.get("company")
    if squash(draft.header("company")) != "contactname" or names.is_company(text):
        return False
    found = names.read_name(text)
    if len(found) == 1:
        return names.is_first_name(found[0].first_name.partition(" ")[0])
    return bool(found) and len({one.last_name for one in found}) == 1


def _first_beside(whole: str, last: str) -> str:
    """The first name that a "full name" beside a last name is; empty where it is more than that.

    "Mark" and "Mary Ann" beside "Hollis"; not "Ken Nakamura" beside "Nakamura-Smith".
    """
    is_first = all(map(names.is_first_name, whole.split())) or not names.read_name(whole)
    return whole if is_first and fold(last) not in fold(whole) else ""


def _letter(draft: Draft, text: str, column: str, language: str, country: str) -> bool:
    """Whether the M. of "M. Jean Dubois" was Monsieur, or the D. of "D. Juan García" Don."""
    match = _LETTER.match(text)
    if match is None:
        return False
    letter = match[1].casefold()
    spoken, home = _SPEAKING[letter]
    found = names.read_name(text, letter)
    if len(found) != 1 or not found[0].salutation:
        return False
    name = found[0]
    is_named = names.is_first_name(name.first_name.partition(" ")[0], spoken)
    whole = (draft.get("address.whole") or draft.get("address.line1")).rpartition(",")[2]
    countries = {country, country_code(whole.strip()) if whole else ""}
    is_spoken = language == spoken or not countries.isdisjoint(home) or letter in draft.plan.letters
    if not (is_named or (is_spoken and name.last_name)):
        return False
    rule = "name-split" if is_named and is_spoken else "letter-salutation"
    if not draft.may(rule, (column,), text, _said(name)):
        return False
    _take(draft, name)
    return True


def _last_first(draft: Draft, text: str, column: str) -> bool:
    """Whether a name was turned round, or waits for it, in a file of last names first."""
    if "," in text or _ASIAN.search(text):
        return False
    is_half = text.casefold().rpartition(" ")[2] in _HALVES
    if not (draft.plan.last_first or is_half):
        return False
    order = names.stands_first(text)
    if order == names.FIRST or not (draft.plan.last_first or order == names.LAST):
        return False
    name = names.turned_round(text)
    if name is None:
        return False
    rule = "last-first-file" if draft.plan.last_first else "last-first"
    is_asked = draft.plan.ways[rule] == ASK
    if draft.may(rule, (column,), text, _said(name)):
        _take(draft, name)
        return True
    if is_asked:
        draft.put(last_name=text)
    return is_asked


def _split(draft: Draft, text: str, column: str) -> None:
    """What `read_name` is not sure of: one word, or a few that may be a name after all."""
    words = text.replace(",", " ").split()
    named = " ".join(word for word in words if not is_nothing(word))  # Null may be a name
    is_long = len(words) > 4 or "," in text or bool(JOINED.search(text))
    if len(words) == 1 and not _ASIAN.search(text):
        draft.put(first_name=text)
    elif len(words) == 1 or is_long or names.says_no_person(named):
        draft.put(last_name=text)
    else:
        salutation, rest = names.salutation_of(text)
        first, last = split_name(" ".join(rest)) if len(rest) > 1 else ("", text)
        name = Name(salutation=salutation, first_name=first, last_name=last)
        draft.put(last_name=text)
        if first and draft.may("name-split", (column,), text, _said(name)):
            _take(draft, name)


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
    draft.put(
        salutation=_with_titles(draft.get("salutation"), name.salutation),
        first_name=name.first_name,
        middle_name=name.middle_name or draft.get("middle_name"),
        last_name=name.last_name,
        suffix=name.suffix or draft.get("suffix"),
    )


def _with_titles(said: str, more: str) -> str:
    """A salutation and what the name has before it: "Doctor" and "Dr." are one title."""
    if more in said:
        return said
    title_of = shipped()["title_of"]
    keys = {title_of.get(_bare(word)) for word in said.split()} - {None, "other"}
    kept = (word for word in more.split() if title_of.get(_bare(word)) not in keys)
    return " ".join(filter(None, (said, *kept)))


def _bare(word: str) -> str:
    return word.strip(",").replace(".", "").casefold()


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
        if names.is_family(text):
            (family,) = names.read_name(text)
            if draft.may("name-split", (column,), text, _said(family)):
                _take(draft, family)
            return ()
    whole = " ".join(filter(None, (first, last)))
    if JOINED.search(whole) and len(found := names.read_name(whole)) > 1:
        filled = tuple(name for name in _PARTS if draft.get(name))
        is_wrong = bool(draft.get("salutation")) or any(name.salutation for name in found)
        is_wrong = is_wrong or len(filled) == 1  # printed as one person, or greeted as nobody
        after = _said_all(found)
        if draft.may("two-people", filled, whole, after, label="name", holds=is_wrong):
            _take(draft, found[0])
            return found[1:]
    for part in _PARTS:
        _salutation_in_part(draft, part)
    last = draft.get("last_name")
    first = draft.get("first_name")
    if first and (" " in last or "," in last or first.strip(".").casefold() in SALUTATIONS):
        _more_than_parts(draft, whole, first, last)
    return ()


def _salutation_in_part(draft: Draft, part: str) -> None:
    """`Frau Anna` as a first name, `Dr. Weber` as a last one; held where the row says `Herr`."""
    text, said = draft.get(part), draft.get("salutation")
    salutation, rest = names.salutation_of(text)
    if not (salutation and rest):
        return
    front = text.partition(" ")[0].strip(".").casefold()
    if part == "last_name" and (front not in SALUTATIONS or not draft.get("first_name")):
        return  # "Graf von Bismarck"; a last name alone is read as a whole
    is_joined = bool(JOINED.search(text))
    if len(_forms(f"{said} {salutation}")) > 1 or (is_joined and part == "last_name"):
        message = f"{draft.header(part)}: {shown(text)!r} beside {said or 'no salutation'}"
        hint = "put each word into its column in the CRM, or accept odd-name if it is so"
        draft.error("odd-name", message, hint)
        return
    bare = " ".join(rest)
    if not is_joined and draft.may("name-split", (part,), text, f"{salutation} + {bare}"):
        draft.put(**{"salutation": _with_titles(said, salutation), part: bare})


def _forms(salutation: str) -> set[str]:
    """Whether its words are said to a man or to a woman, or to both: mr, ms."""
    form_of = shipped()["form_of"]
    found = {form_of.get(_bare(word), "") for word in salutation.split()}
    return {{"mrs": "ms", "miss": "ms"}.get(form, form) for form in found} & {"mr", "ms"}


def _more_than_parts(draft: Draft, whole: str, first: str, last: str) -> None:
    """`Smith, Jr.` as a last name, `Mr.` as a first name."""
    found = names.read_name(whole)
    if len(found) != 1:
        return
    name = found[0]
    is_salutation = name.salutation == first and not name.first_name
    if name.suffix and not draft.get("suffix"):
        if draft.may("name-split", ("last_name",), last, f"{name.last_name} + {name.suffix}"):
            draft.put(last_name=name.last_name, suffix=name.suffix)
        return
    if not is_salutation or draft.get("salutation"):
        return
    if draft.may("name-split", ("first_name",), whole, f"{first} + {name.last_name}", label="name"):
        draft.put(salutation=first, first_name="", last_name=name.last_name)


def _without_pictures(draft: Draft) -> None:
    """Pictures in a name, which no font has; those that say something stay and are told."""
    for name in (*_PARTS, "full_name"):
        text = draft.get(name)
        if text.isascii() or not _TELLING.isdisjoint(text):
            continue
        bare = _PICTURES.sub(" ", text).strip()
        bare = " ".join(bare.split()) if bare != text else text
        if bare not in ("", text) and draft.may("cleaned", (name,), text, bare):
            draft.put(**{name: bare})


def _called(draft: Draft) -> None:
    """What somebody is called, in quotation marks behind the first name."""
    text = draft.get("first_name")
    match = _CALLED.fullmatch(text)
    if match is None or draft.get("nickname"):
        return
    bare = match[1] + match[3]
    if draft.may("name-split", ("first_name",), text, f"{bare} + {match[2]}"):
        draft.put(first_name=bare, nickname=match[2])


def _family_in_first(draft: Draft) -> None:
    """`Hartley,` in the cell of the first name and `Joanna` in that of the last."""
    first, last = draft.get("first_name"), draft.get("last_name")
    family = first.rstrip(" ,")
    if not (last and first.endswith(",") and family) or names.is_first_name(family):
        return
    whole, after = f"{first} {last}", f"{last} + {family}"
    if draft.may("last-first", _PARTS, whole, after, label="name", holds=True):
        draft.put(first_name=last, last_name=family)


def _strip(draft: Draft) -> None:
    """Signs at the ends of a name that are none of its own; quotation marks not of a word in it."""
    for name in _PARTS:
        text = draft.get(name)
        bare = text if text[:1] == "*" else text.strip(_STRAY + _QUOTES).removesuffix(" .")
        if not set(_QUOTES).isdisjoint(bare):
            bare = text.strip(_STRAY)
        if bare not in ("", text) and draft.may("cleaned", (name,), text, bare):
            draft.put(**{name: bare})


def _turned(draft: Draft, text: str, column: str) -> tuple[Name, ...]:
    """`Hill, Ada` in the column of only one of the two."""
    found = names.read_name(text)
    turned = len(found) == 1 and _is_turned(text, found[0]) and not _at_firm(draft, text)
    if turned and draft.may("last-first", (column,), text, _said(found[0])):
        _take(draft, found[0])
    return ()


def _company(draft: Draft, text: str, columns: tuple[str, ...]) -> bool:
    """Whether a company stood where a person's name should, and was moved to the company."""
    firm, person = _at_firm(draft, text) or (_firm(draft, text), None)
    if not firm:
        return False
    filled = tuple(name for name in columns if draft.get(name)) or columns
    after = f"{_said_all((person,))}, company: {firm}" if person else f"company: {firm}"
    if not draft.may("company-as-name", filled, text, after, label="name"):
        return False
    draft.put(first_name="", last_name="", company=firm)
    if person:
        _take(draft, person)
    return True


def _at_firm(draft: Draft, text: str) -> tuple[str, Name] | None:
    """Firm, called as in the row's own column of it, and person; a town or country is nobody."""
    company = draft.get("company")
    found = names.at_firm(text, company)
    if found is None:
        return None
    firm, person = found
    who = _said_all((person,))
    if draft.get("address.city").casefold().startswith(who.casefold()) or country_code(who):
        return None
    return company or firm, person


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
    match = INITIAL.fullmatch(first) if " " in first else None
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
    return not is_nothing(text) and text.casefold() != "unknown"


# The partner --------------------------------------------------------------------------------


def partner(draft: Draft) -> tuple[Name, ...]:
    """Who stands in the partners' own columns, if all are to be written to."""
    if draft.values.keys().isdisjoint(PARTNER):  # as in nearly every row
        return ()
    columns = tuple(name for name in PARTNER if draft.get(name))
    whole = draft.get("partner_name")
    found = list(names.read_name(whole)[:1]) if whole else []
    if whole and not found:
        first, last = draft.get("partner_first_name"), draft.get("partner_last_name")
        found = [Name(first_name=first or whole, last_name=last)]
    for parts in _PARTNERS[len(found) :]:
        found.append(Name(**{part: draft.get(column) for part, column in parts.items()}))
    found = [
        one if one.last_name else replace(one, last_name=draft.get("last_name"))
        for one in found
        if one.first_name or (one.salutation and one.last_name)
    ]
    if not found or any("@" in _said(one) for one in found):
        return ()
    person = " ".join(filter(None, (draft.get("first_name"), draft.get("last_name"))))
    who = (" ".join(filter(None, (one.first_name, one.last_name))) for one in found)
    before = ", ".join(draft.get(name) for name in columns)
    may = draft.may("partner", columns, before, " + ".join((person, *who)))
    return tuple(found) if may else ()


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
    if is_letter or is_nothing(text):
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
    elif not first and not values.get("salutation") and last != values.get("full_name"):
        hint = "without first name and salutation the greeting names nobody"
        draft.warn("no-first-name", f"{shown(last)} has no first name", hint)
    elif first.isascii() and len(first.rstrip(".")) == 1:
        hint = "write the first name into the CRM, or the greeting has the initial only"
        draft.warn("initials", f"of the first name there is only {first!r}", hint)
