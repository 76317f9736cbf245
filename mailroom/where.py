"""The little language that says who: `tag = customer and not (country = DE or company ~ "& Sons")`.

    filter  = all ("or" all)*
    all     = one ("and" one)*
    one     = "not" one | "(" filter ")" | FIELD [("=" | "!=" | "~" | "!~") VALUE]

A field alone asks whether it is filled; `~` means contains. Case and accents do not matter.
A cell with several values (`vip; trade`) is equal to each of them.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from mailroom.countries import country_code
from mailroom.errors import UsageError
from mailroom.model import Address, Recipient

Predicate = Callable[[Recipient], bool]

ATTRIBUTES = (
    "key", "source", "salutation", "first_name", "last_name", "name", "suffix", "company",
    "email", "phone", "language", "owner", "suppressed", "held",
)  # fmt: skip
#: Short words for what people type most.
SYNONYMS: Mapping[str, str] = {
    "tags": "tag", "street": "line1", "zip": "postcode", "state": "region", "town": "city",
    "lifecyclestage": "stage",
}  # fmt: skip

_PARTS = tuple(part.name for part in fields(Address))
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<sign>!=|!~|=|~|\(|\))|(?P<word>[^\s()=~!"']+))"""
)
_WORDS = frozenset({"and", "or", "not"})


@dataclass(frozen=True)
class _Token:
    kind: str  #: "word", "text", "sign", "and", "or", "not", "end"
    text: str
    column: int  #: 1-based


def parse(text: str, *, fields: Collection[str] | None = None) -> Predicate:
    """The predicate for a filter; an empty one lets everybody in.

    `fields` are the headers of the exports, None where they are not known yet. UsageError
    points at the column of what cannot be read, and names fields that are near.
    """
    if not text.strip():
        return lambda _: True
    return _Parser(text, fields).parse()


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, text: str, known: Collection[str] | None) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.headers = None if known is None else {fold_field(name): name for name in known}

    def parse(self) -> Predicate:
        predicate = self._any()
        if self._peek().kind != "end":
            raise self._wrong("expected 'and', 'or' or the end")
        return predicate

    def _any(self) -> Predicate:
        options = [self._all()]
        while self._take("or"):
            options.append(self._all())
        return options[0] if len(options) == 1 else lambda p: any(test(p) for test in options)

    def _all(self) -> Predicate:
        tests = [self._one()]
        while self._take("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda p: all(test(p) for test in tests)

    def _one(self) -> Predicate:
        # Counting instead of recursing: "not not not ..." must not exhaust the stack.
        flip = False
        while self._take("not"):
            flip = not flip
        if opening := self._take("("):
            if self.text[: opening.column].count("(") > 50:
                raise self._wrong("too many brackets")
            inner = self._any()
            if not self._take(")"):
                raise self._wrong(f"the bracket of column {opening.column} is not closed")
        else:
            inner = self._test()
        return (lambda p: not inner(p)) if flip else inner

    def _test(self) -> Predicate:
        token = self._next()
        if token.kind not in {"word", "text"}:
            raise self._wrong("expected a field", token)
        values = self._field(token)
        sign = self._peek()
        if sign.text not in {"=", "!=", "~", "!~"} or sign.kind != "sign":
            return lambda p: any(values(p))
        self.at += 1
        value = self._next()
        if value.kind not in {"word", "text"}:
            raise self._wrong(f"expected a value after {sign.text}", value)
        return _compare(values, sign.text, _wanted(token.text, value.text))

    def _field(self, token: _Token) -> Callable[[Recipient], Iterable[str]]:
        name = fold_field(token.text)
        name = SYNONYMS.get(name, name)
        for attribute in (*ATTRIBUTES, *_PARTS):
            if fold_field(attribute) == name:
                return _getter(attribute)
        if self.headers is None:
            return lambda p: [v for header, v in p.fields.items() if fold_field(header) == name]
        if name in self.headers:
            header = self.headers[name]
            return lambda p: [p.fields.get(header, "")]
        raise self._unknown(token)

    def _unknown(self, token: _Token) -> UsageError:
        known = {fold_field(name): name for name in (*ATTRIBUTES, *_PARTS)} | (self.headers or {})
        near = difflib.get_close_matches(fold_field(token.text), known, n=3, cutoff=0.5)
        names = [known[name] for name in near] or sorted(known.values())[:12]
        return UsageError(
            f"no field is called {token.text!r}",
            where=f"where, column {token.column}",
            hint=f"did you mean {' or '.join(map(_quoted, names))}?",
        )

    def _peek(self) -> _Token:
        return self.tokens[self.at]

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _take(self, kind: str) -> _Token | None:
        token = self._peek()
        if kind in {token.kind, token.text if token.kind == "sign" else ""}:
            return self._next()
        return None

    def _wrong(self, what: str, token: _Token | None = None) -> UsageError:
        return _syntax_error(self.text, what, (token or self._peek()).column)


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if not match:
            gap = len(text[at:]) - len(text[at:].lstrip())
            raise _syntax_error(text, "this cannot be read", at + gap + 1)
        kind = match.lastgroup or ""
        word, column = match[kind], match.start(kind) + 1
        at = match.end()
        if kind == "text":
            word = word[1:-1].replace(word[0] * 2, word[0])
        elif kind == "word" and word.casefold() in _WORDS:
            kind = word.casefold()
        tokens.append(_Token(kind, word, column))
    tokens.append(_Token("end", "", end + 1))
    return tokens


def _syntax_error(text: str, what: str, column: int) -> UsageError:
    return UsageError(
        f"{what}\n  {text}\n  {' ' * (column - 1)}^",
        where=f"where, column {column}",
        hint="write it like: tag = customer and country != US; "
        'quote what has blanks in it: "Client Grade" = A',
    )


def _getter(attribute: str) -> Callable[[Recipient], Iterable[str]]:
    if attribute in _PARTS:
        return lambda p: [getattr(p.address, attribute)]
    if attribute == "suppressed":
        return lambda p: p.suppressed
    if attribute == "held":
        return lambda p: [f.rule for f in p.findings if f.severity == "error"]
    return lambda p: [getattr(p, attribute)]


def _wanted(field: str, value: str) -> str:
    """The value to look for; a country may be written as a word."""
    if fold_field(field) == "country":
        return fold(country_code(value) or value)
    return fold(value)


def _compare(values: Callable[[Recipient], Iterable[str]], sign: str, wanted: str) -> Predicate:
    if "~" in sign:
        return lambda p: any(wanted in fold(v) for v in values(p)) != (sign == "!~")
    return lambda p: any(_equals(v, wanted) for v in values(p)) != (sign == "!=")


def _equals(value: str, wanted: str) -> bool:
    whole = fold(value)
    if whole == wanted:
        return True
    return wanted in (part.strip() for part in re.split(r"[;,]|:::", whole))


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """A text without case, accents and double blanks, to compare by."""
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(plain.split())


def fold_field(name: str) -> str:
    """A field's name as people may type it: "Client Grade", client_grade, ClientGrade."""
    return "".join(c for c in fold(name) if c.isalnum())


def _quoted(name: str) -> str:
    return f'"{name}"' if re.search(r"\W", name) else name
