"""What a mail merge leaves behind when nobody looked: open fields and placeholder words.

A word that is suspicious as a name may be right in a sentence ("None of us", "null und
nichtig", the town of None near Turin), so names and running text are asked differently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_FIELD_WORDS = (
    r"(?:first|last|full|middle|company|contact|sur|user)?[ _]?name|salutation|title|greeting"
    r"|company|address|street|city|zip|postcode|country|e-?mail|anrede|vorname|nachname|firma"
    r"|stra(?:ß|ss)e|ort|plz|nom|pr[ée]nom|soci[ée]t[ée]|adresse|ville"
)
_OPEN_FIELD = re.compile(
    r"\{\{.{0,60}?(?:\}\}|$)|\{%.{0,60}?(?:%\}|$)|\}\}|%\}"  # Jinja, Handlebars
    r"|«(?:\w*_\w*|[A-Z]?[a-z]+[A-Z]\w*|(?i:" + _FIELD_WORDS + r"))»"  # Word; « Oui » is French
    r"|%[^\W\d]\w{1,30}%|\*\|\w+\|\*|\$\{\w+\}|<%.{0,60}?%>|#\{\w+\}|\[\[\w+\]\]"
    r"|\{(?:[A-Z][A-Z_]+|\w+_\w+|(?i:" + _FIELD_WORDS + r"))\}"
    r"|[\[<](?:(?i:(?:your |the )?(?:" + _FIELD_WORDS + r")))[\]>]",
    re.MULTILINE,
)

# As a whole word of a name: nobody is called this. `Nan` and `Na` are names.
_NAME_WORD = re.compile(
    r"(?<![\w.@-])(?i:null|undefined|n/a|unknown|unbekannt|inconnue?|tbd|tba|todo|xxx+|asdf\w*"
    r"|lorem|placeholder|platzhalter|dummy|vorname|nachname|first[ _]?name|last[ _]?name"
    r"|#(?:n/a|ref!|name\?|value!|null!|div/0!))(?![\w@-])"
    r"|(?<![\w.@-])(?:nan|NaN|NAN)(?![\w@-])|\[object Object\]"
)
# As all of a name or address line, with or without a title.
_WHOLE_NAME = re.compile(
    r"(?i:(?:dear|liebe[rs]?|mr|mrs|ms|frau|herr|hello|hi|hallo)?\.?\s*"
    r"(?:none|test|test ?\d+|tester|test test|(?-i:NA)|void|empty|name|customer|kunde|client"
    r"|no name|noname|[-–—?.*_]+))[\s,!:]*"
)
# A greeting with nobody in it.
_NOBODY = re.compile(
    r"^[ \t]*(?:Dear|Liebe[rs]?|Lieber|Ch[eè]re?s?|Estimad[oa]|Caro|Cara|Beste"
    r"|Sehr geehrte[rs]?)(?:\s+(?:Mr|Mrs|Ms|Dr|Herr|Frau|M|Mme|Monsieur|Madame(?=\s*,\s*$))\.?)?"
    r"[ \t\xa0]*(?:,|:)?[ \t]*$",
    re.MULTILINE,
)
_TEXT = re.compile(
    r"\bundefined\b|\bNaN\b|\[object Object\]|\b[Ll]orem [Ii]psum\b"
    r"|(?i:\binsert (?:your |the |first |last |customer )*name\b(?: here)?"
    r"|\b(?:your|first|last|customer|recipient) name here\b|\bname einf[üu]gen\b)"
    r"|#(?:N/A|REF!|NAME\?|VALUE!|DIV/0!)|\b(?:TODO|TBD|FIXME|XXX+)\b"
    r"|^[ \t]*(?:null|NULL|none|None|NONE|nan|NAN|n/a|N/A)[ \t]*[,!]?[ \t]*$",
    re.MULTILINE,
)
# German counts with it, lawyers write "null and void".
_NULL = re.compile(r"\bnull\b(?! and void)")


# What nearly every text is without, asked for first: a few letters are found in a hundredth of
# the time. A text without any of these, as `_small` makes it, cannot match.
_FIELD_MARKS = tuple("{}«%*[<")
_IN_A_TEXT = (
    *("undefined", "[object", "lorem ip", "name here", "name einf", "#", "todo", "tbd", "fixme"),
    *("xxx", "null"),
)
_ALONE = frozenset({"none", "nan", "n/a"})  # on a line of their own
_IN_A_NAME = (
    *("null", "undefined", "n/a", "unknown", "unbekannt", "inconnu", "tbd", "tba", "todo", "xxx"),
    *("asdf", "lorem", "placeholder", "platzhalter", "dummy", "name", "#", "nan", "[object"),
    *("none", "test", "void", "empty", "customer", "kunde", "client"),
)
_NO_LETTERS = re.compile(r"[-–—?.*_][\s,!:]*$", re.MULTILINE)
_TO_NOBODY = r"(?:\s+(?:Mr|Mrs|Ms|Dr|Herr|Frau|M|Mme|Monsieur|Madame)\.?)?[ \t\xa0]*[,:]?[ \t]*$"
_GREETINGS = tuple(
    (letters, re.compile(greeting + _TO_NOBODY, re.MULTILINE).search)
    for letters, greeting in (
        ("Dear", "Dear"),
        ("Liebe", "Liebe[rs]?"),
        ("Ch", "Ch[eè]re?s?"),
        ("Estimad", "Estimad[oa]"),
        ("Car", "Car[oa]"),
        ("Beste", "Beste"),
        ("geehrte", "geehrte[rs]?"),
    )
)


@lru_cache(maxsize=64)  # whole pages are the same for everybody
def field_left_open(text: str) -> str:
    """The first merge field that stands in the text unfilled, else an empty string."""
    if not any(map(text.__contains__, _FIELD_MARKS)):
        return ""
    match = _OPEN_FIELD.search(_unix(text))
    return match[0].strip() if match else ""


def placeholder_names(texts: Sequence[str]) -> list[str]:
    """The placeholder in each of several names or lines, an empty string where there is none."""
    lines = "\n".join(texts)
    if not (
        any(map(_small(lines).__contains__, _IN_A_NAME))
        or "NA" in lines
        or _NO_LETTERS.search(lines)
        or _may_greet_nobody(lines)
    ):
        return [""] * len(texts)
    return [match[0].strip() if match else "" for text in texts for match in [_match_in_name(text)]]


def _match_in_name(text: str) -> re.Match[str] | None:
    return _NAME_WORD.search(text) or _WHOLE_NAME.fullmatch(text) or _NOBODY.search(text)


@lru_cache(maxsize=64)
def placeholder_text(text: str, language: str) -> str:
    """The placeholder in running text, else an empty string; sentences may say "none"."""
    text = _unix(text)
    if not _may_hold_placeholder(text) and not _may_greet_nobody(text):
        return ""
    match = _TEXT.search(text) or _NOBODY.search(text)
    if not match and language != "de":
        match = _NULL.search(text)
    return match[0].strip() if match else ""


def _may_hold_placeholder(text: str) -> bool:
    small = _small(text)
    if any(map(small.__contains__, _IN_A_TEXT)) or ("insert " in small and "name" in small):
        return True
    if "NaN" in text:
        return True
    if not any(map(small.__contains__, _ALONE)):
        return False
    return not _ALONE.isdisjoint([line.strip(" \t,!") for line in small.split("\n")])


def _may_greet_nobody(text: str) -> bool:
    return any(letters in text and look(text) for letters, look in _GREETINGS)


def _small(text: str) -> str:
    """In small letters; so are those that are no `i` or `s` and count as one."""
    small = text.lower()
    if small.isascii():
        return small
    return small.replace("\u0307", "").replace("ı", "i").replace("ſ", "s")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
