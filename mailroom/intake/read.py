"""Rows -> Recipients: one pass, one row at a time, each step a module.

    cells -> names -> address -> dates and flags -> content -> Recipient

What a file has once (which column is what, what was decided) is made ready before the first row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from mailroom.intake import cells, dates, flags, people, places
from mailroom.intake.content import ADDRESS, COMPANY, NOTE, Content, Hit, load_content
from mailroom.intake.draft import Draft, Plan, shown
from mailroom.intake.languages import language_code, language_names
from mailroom.intake.quick import quick
from mailroom.intake.repairs import REFUSE, ways
from mailroom.intake.survey import Survey
from mailroom.model import Address, Decision, Finding, Name, Recipient, digest
from mailroom.readers import Row

#: The fields that are a Recipient's own; all others stay in `Recipient.fields` under their word.
_OWN = frozenset(
    {"id", "salutation", "title", "first_name", "middle_name", "last_name", "full_name", "suffix"}
    | {"company", "email", "phone", "language", "owner", "mail_ok", "email_ok", "email_opt_out"}
    | {"hold_until", *people.PARTNER, *flags.FLAGS, *places.FIELDS}
)
#: Fields of which a layout prints the cell as it is.
_PRINTED = ("note", "addressee", "postal_greeting", "nickname")
#: Fields in which several values have their place, or line breaks belong.
_MANY = frozenset({"tag", *_PRINTED})
_LINES = frozenset(name for name in places.FIELDS if name.endswith(("line1", "line2", "whole")))
_NAMES = frozenset({"first_name", "last_name", "full_name"})
_SEVERAL = re.compile(r"\s*(?:::+|;(?<!&amp;)(?<!&nbsp;)|\n)\s*")
_SEVERAL_EMAILS = re.compile(r"\s*(?:::+|[;,\n])\s*|(?<=[^\s*])\s+(?=\S+@)")
_SEVERAL_PHONES = re.compile(r"\s*(?:::+|\n|;(?=\s*[+(\d]))\s*")
_SEVERAL_STREETS = re.compile(r"\s*:::+\s*")


def read(
    rows: Iterable[Row | Finding],
    *,
    file: str,
    source: str,
    columns: Mapping[str, str | None],
    survey: Survey | None = None,
    decisions: Mapping[str, Decision] | None = None,
    country: str = "",
    reason: str = "",
    content: Content | None = None,
) -> Iterator[Recipient | Finding]:
    """The people of a file, one after the other; findings of the reader are handed on in place.

    `columns` is header -> field, or None, in the order of the cells. `country` (ISO 3166-1
    alpha-2) is taken where a row has none. `reason`: everybody in the file is suppressed, as in
    an export of those who have unsubscribed. Rows without any text are nobody. Keys are as the
    export has them: the same id twice gives the same key twice (`unique_keys`).
    """
    reading = _Reading(
        file=file,
        source=source,
        columns=columns,
        survey=survey or Survey(),
        decisions=decisions or {},
        country=country,
        reason=reason,
        content=content or _shipped_content(),
    )
    for row in rows:
        if isinstance(row, Finding):
            yield row
        elif (person := reading.recipient(row)) is not None:
            yield person


@lru_cache(maxsize=1)
def _shipped_content() -> Content:
    return load_content()


class _Reading:
    """One pass over a file: what is the same for all its rows."""

    def __init__(
        self,
        *,
        file: str,
        source: str,
        columns: Mapping[str, str | None],
        survey: Survey,
        decisions: Mapping[str, Decision],
        country: str,
        reason: str,
        content: Content,
    ) -> None:
        self.file = file
        self.source = source
        self.survey = survey
        self.decisions = {subject: decision.answer for subject, decision in decisions.items()}
        self.ways = ways(decisions)
        self.orders = {
            header: self.decisions.get(f"dates:{header}") or survey.orders.get(header, "")
            for header in columns
        }
        self.country = country
        self.reason = reason
        self.content = content
        self.names = tuple(columns.values())
        self.headers = tuple(columns)
        self.width = len(self.headers)
        listed = [(place, *column) for place, column in enumerate(columns.items())]
        self.mapped = tuple((place, name) for place, _, name in listed if name)
        self.singles = tuple(place for place, name in self.mapped if name not in _MANY)
        self.others = tuple((p, h) for p, h, name in listed if name is None or name not in _OWN)
        self.words = tuple((p, n) for p, _, n in listed if n and n not in _OWN)
        self.places: dict[str, tuple[int, ...]] = {}
        for place, name in self.mapped:
            self.places[name] = (*self.places.get(name, ()), place)
        there = set(self.places)
        self.plan = Plan(file, source, self.headers, self.places, self.ways)
        self.flags = tuple(name for name in flags.FLAGS if name in there)
        self.dates = tuple(sorted(there & dates.FIELDS))
        self.order_of = {
            name: self.orders[self.headers[self.places[name][0]]]
            for name in self.dates
            if len(self.places[name]) == 1
        }
        self.printed = tuple(name for name in _PRINTED if name in there)
        self.permissions = tuple(name for name in flags.USUAL if name in there)
        self.has_title = "title" in there
        self.has_partner = bool(there & set(people.PARTNER))
        self.is_ordinary = lru_cache(maxsize=1 << 17)(
            lambda text: people.is_plain(text) and content.is_ordinary(text)
        )
        self.company_hits = lru_cache(maxsize=1 << 15)(lambda text: content.hits(COMPANY, text))

    def recipient(self, row: Row) -> Recipient | None:
        """The person of one row, with all that was found; None where there is no text in it."""
        texts = row.cells
        draft = Draft(row.line, texts, self.plan)
        if len(texts) != self.width:
            texts = draft.cells = _fit(texts, self.width, draft)
        joined = "|".join(texts)
        if len(joined) < self.width or joined.isspace():
            return None
        several = (";" in joined or "::" in joined) and self._has_several(texts)
        if several or not cells.are_tidy(texts, joined):
            texts = self._tidied(texts, draft)
            if not any(texts) and not any(map(str.isalnum, joined)):
                return None
        values = draft.values
        for place, name in self.mapped:
            if (text := texts[place]) and name not in values:
                values[name] = text
        others = {header: text for place, header in self.others if (text := texts[place])}
        for place, name in self.words:
            if (text := texts[place]) and name not in others:
                others[name] = text
        return self._made(draft, values, others)

    def _made(self, draft: Draft, values: dict[str, str], others: dict[str, str]) -> Recipient:
        if self.has_title and "title" in values:
            titles = (values.get("salutation", ""), values["title"])
            values["salutation"] = " ".join(filter(None, titles))
        language = _language(values["language"], draft) if "language" in values else ""
        place = places.address(draft, self.country)
        partners: tuple[Name, ...] = ()
        is_dead = False
        if self._is_ordinary(values):
            if self.has_partner:
                partners = people.partner(draft)
        else:
            partners = people.people(draft, language)
            is_dead = people.check(draft, self.content)
        suppressed = self._suppressed(draft, others, is_dead=is_dead)
        if self.dates:
            self._dates(draft, others)
        self._scan(draft, place, others)
        get = values.get
        return quick(
            Recipient,
            key=f"{self.source}:{get('id') or _record_digest(values, place)}",
            source=self.source,
            where=f"{self.file}:{draft.line}",
            salutation=get("salutation", ""),
            first_name=get("first_name", ""),
            middle_name=get("middle_name", ""),
            last_name=get("last_name", ""),
            suffix=get("suffix", ""),
            partners=partners,
            company=get("company", ""),
            email=get("email", ""),
            phone=get("phone", ""),
            language=language,
            address=place,
            owner=get("owner", ""),
            suppressed=suppressed,
            fields=others,
            before=draft.before,
            findings=tuple(draft.findings),
        )

    def _is_ordinary(self, values: Mapping[str, str]) -> bool:
        """Whether there is nothing to mend or to say of the name, as of nearly all."""
        first, last = values.get("first_name"), values.get("last_name")
        if not (first and last and self.is_ordinary(first) and self.is_ordinary(last)):
            return False
        company = values.get("company")
        if company and (company in (first, last) or company == f"{first} {last}"):
            return False
        return "suffix" not in values and "full_name" not in values

    # Cells ------------------------------------------------------------------------------

    def _tidied(self, texts: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
        """Every cell as it is meant."""
        return tuple(
            text if not text or cells.is_plain(text) else self._tidy(text, place, draft)
            for place, text in enumerate(texts)
        )

    def _has_several(self, texts: tuple[str, ...]) -> bool:
        for place in self.singles:
            text = texts[place]
            if ";" in text or "::" in text:
                return True
        return False

    def _tidy(self, cell: str, place: int, draft: Draft) -> str:
        """One cell as it is meant; of a column that nobody reads nothing is said."""
        name = self.names[place]
        text = cells.tidy(cell)
        if name is None:
            return cells.without_apostrophe(text)
        if cells.means_nothing(text, name):
            return self._emptied(text, name, place, draft)
        if name in _NAMES and "\n" not in text:
            text = " ".join(text.split())
        if text not in (cell, cell.replace("\r\n", "\n")):
            draft.may_at("cleaned", (place,), repr(cell), repr(text))
        bare = cells.without_apostrophe(text)
        if bare != text and draft.may_at("apostrophe", (place,), text, bare):
            text = bare
        first = _first_of_several(text, name)
        if first == text:
            return text
        holds = name in _NAMES or name in places.FIELDS
        may = draft.may_at("several-values", (place,), text, first, holds=holds)
        return first if may else text

    def _emptied(self, text: str, name: str, place: int, draft: Draft) -> str:
        """A word that means nothing, taken away; of a name a person should look."""
        if self.ways["emptied"] == REFUSE:
            return text
        if name not in _NAMES:
            draft.may_at("emptied", (place,), text, "")
            return ""
        message = f"{self.headers[place]}: {text} -> (empty)"
        hint = "if it is a name, write it as a name: Null, not null"
        draft.before[self.headers[place]] = draft.cells[place]
        draft.warn("emptied", message, hint)
        return ""

    # Flags and dates --------------------------------------------------------------------

    def _suppressed(
        self, draft: Draft, others: dict[str, str], *, is_dead: bool
    ) -> tuple[str, ...]:
        """Why no mail may go there."""
        values = draft.values
        reasons = [self.reason] if self.reason else []
        for name in self.flags:
            text = values.get(name, "")
            if text not in flags.USUAL_NO and flags.is_set(name, text):
                reasons.append(flags.FLAGS[name])
        for name in self.permissions:
            if values.get(name, "") not in flags.USUAL[name]:
                reasons += self._permissions(draft, others)
                break
        if "hold_until" in values:
            reasons += self._held(draft, others)
        if is_dead:
            reasons.append("deceased")
        return tuple(dict.fromkeys(reasons)) if reasons else ()

    def _permissions(self, draft: Draft, others: dict[str, str]) -> Iterator[str]:
        """What is said of post; and of e-mail, which is asked about, once."""
        values = draft.values
        if flags.denies(values.get("mail_ok", "")):
            yield "opted out"
        if not flags.says_no_email(values):
            return
        others["email_opt_out"] = "yes"
        answer = self.decisions.get("email-opt-out", "")
        if answer == "suppress":
            yield "opted out of e-mail"
        elif not answer:
            name = "email_opt_out" if values.get("email_opt_out") else "email_ok"
            message = f"wants no e-mail ({draft.header(name)}: {values[name]}); post goes on"
            hint = f"mailroom decide {self.source} email-opt-out=mail --by YOU (or =suppress)"
            draft.note("email-opt-out", message, hint)

    def _held(self, draft: Draft, others: dict[str, str]) -> Iterator[str]:
        """A day until which no mail may go; for good where the day cannot be read, to be safe."""
        day = self._day(draft, "hold_until", draft.values["hold_until"])
        if day and day[0] != "-":
            others["hold_until"] = day
            yield f"on hold until {day}"
        elif draft.values["hold_until"].casefold() not in flags.NO:
            yield f"on hold until {shown(draft.values['hold_until'])}"

    def _dates(self, draft: Draft, others: dict[str, str]) -> None:
        """The dates in their normal form under their word; without one that has to be asked."""
        for name in self.dates:
            text = draft.values.get(name)
            if not text or name == "hold_until":
                continue
            others.pop(name, None)
            if day := self._day(draft, name, text):
                others[name] = day
            elif draft.header(name) == name:
                draft.keep(name)

    def _day(self, draft: Draft, name: str, text: str) -> str:
        """The day that a cell means, or nothing while it has to be asked."""
        order = self.order_of.get(name)
        if order is None:
            order = self.orders.get(draft.header(name), "")
        day, doubt, meant = dates.read_date(text, order)
        if day[:1] == "-" and name not in dates.YEARLY:
            day = ""
        if doubt:
            day = self._doubted(draft, name, (text, day, doubt, meant))
        if day and name == "birthday" and self.survey.shared:
            return self._unless_shared(draft, draft.header(name), day)
        return day

    def _doubted(self, draft: Draft, name: str, found: tuple[str, str, str, str]) -> str:
        """What can be used of a date that has to be asked about first."""
        text, day, doubt, meant = found
        header = draft.header(name)
        if doubt == "dates":
            subject = f"dates:{header}"
            message = f"{header}: {text} may have the day or the month first; it is not used yet"
            hint = f'mailroom decide {self.source} "{subject}=day-first" --by YOU (or =month-first)'
            draft.warn(subject, message, hint)
        elif doubt == "bad-date":
            hint = "correct it in the CRM; until then it is not used"
            draft.warn("bad-date", f"{header}: {shown(text)} is no day of the calendar", hint)
        elif draft.may(doubt, (name,), text, meant):
            return meant
        return day

    def _unless_shared(self, draft: Draft, header: str, day: str) -> str:
        """The birthday, unless so many have it that it stands for "not known"."""
        shared = self.survey.shared
        key = next((k for k in (day, f"--{day[-5:]}") if k in shared), "")
        if not key:
            return day
        subject = f"shared-date:{key}"
        answer = self.decisions.get(subject, "")
        if answer == "real":
            return day
        if not answer:
            crowd = f"{shared[key]} people have" if shared[key] > 1 else "nobody's record has"
            message = f"{header}: {day}; {crowd} {key.removeprefix('--')}; is it a placeholder?"
            hint = f"mailroom decide {self.source} {subject}=placeholder --by YOU (or =real)"
            draft.warn(subject, message, hint)
        return ""

    # What is printed --------------------------------------------------------------------

    def _scan(self, draft: Draft, place: Address, others: Mapping[str, str]) -> None:
        """Words that must not be printed, in everything that may be but the name."""
        content = self.content
        hits: tuple[Hit, ...] = ()
        if company := draft.values.get("company"):
            hits += self.company_hits(company)
        if line := place.line1:
            hits += content.hits(ADDRESS, line)
        if line := place.line2:
            hits += content.hits(ADDRESS, line)
        for name in self.printed:
            if text := others.get(name):
                hits += content.hits(NOTE, text)
        for hit in hits:
            tell = draft.error if hit.holds else draft.warn
            tell(hit.rule, hit.message, hit.hint)


def _fit(texts: tuple[str, ...], width: int, draft: Draft) -> tuple[str, ...]:
    """A row as wide as the header; too wide is an error, since its cells may have shifted."""
    if len(texts) < width:
        message = f"{len(texts)} cells where the header has {width}; the rest is empty"
        draft.warn("short-row", message, "is there a line break in a cell without quotes?")
        return texts + ("",) * (width - len(texts))
    if any(cell.strip() for cell in texts[width:]):
        message = f"{len(texts)} cells where the header has {width}: columns may have shifted"
        draft.error("long-row", message, "put quotes round the cell with the delimiter in it")
    return texts[:width]


def _first_of_several(text: str, name: str) -> str:
    """Of several values in a cell the one with a star, else the first; else the cell."""
    if name in _MANY:
        return text
    pattern = _SEVERAL
    if name in _LINES:
        pattern = _SEVERAL_STREETS
    elif name in ("email", "phone"):
        pattern = _SEVERAL_EMAILS if name == "email" else _SEVERAL_PHONES
    values = [value for value in pattern.split(text) if value]
    if len(values) < 2:
        return text
    starred = (value for value in values if value.startswith("* "))
    return next(starred, values[0]).removeprefix("* ")


def _language(text: str, draft: Draft) -> str:
    code = language_code(text)
    if not code:
        hint = "write a code such as de; until then the country decides"
        draft.warn("unknown-language", f"{shown(text)!r} is no language we know", hint)
    elif code != text and text.casefold() not in language_names("en"):
        return code if draft.may("language-word", ("language",), text, code) else ""
    return code


def _record_digest(values: Mapping[str, str], place: Address) -> str:
    """A key for a row without an id; it changes when the name, e-mail or postcode does."""
    names = ("first_name", "last_name", "company", "email")
    return digest(*(values.get(name, "").casefold() for name in names), place.postcode)[:12]
