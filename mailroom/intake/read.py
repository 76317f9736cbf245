"""Rows -> Recipients: one pass, one row at a time, each step a module.

    cells -> names -> address -> dates and flags -> content -> Recipient

What a file has once (which column is what, what was decided) is made ready before the first row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from mailroom.countries import country_code
from mailroom.intake import cells, colleagues, dates, flags, joining, people, places
from mailroom.intake.columns import squash
from mailroom.intake.content import (
    ADDRESS,
    COMPANY,
    LONGEST_NAME,
    NOTE,
    TOWN,
    Content,
    load_content,
)
from mailroom.intake.draft import Draft, Plan, shown
from mailroom.intake.languages import language_code, language_names
from mailroom.intake.quick import quick
from mailroom.intake.repairs import REFUSE, country_said, ways
from mailroom.intake.survey import Survey
from mailroom.model import Address, Decision, Finding, Name, Recipient, digest
from mailroom.readers import Row

#: The fields that are a Recipient's own; all others stay in `Recipient.fields` under their word.
_OWN = frozenset(
    {"id", "salutation", "title", "first_name", "middle_name", "last_name", "full_name", "suffix"}
    | {"company", "email", "phone", "language", "owner", "mail_ok", "email_ok", "email_opt_out"}
    | {"hold_until", "inactive", *people.PARTNER, *flags.FLAGS, *places.FIELDS, *colleagues.FIELDS}
)
#: At the end of a field: the column is one more piece of it, not another value for it.
MORE = "+"
#: Fields of which a layout prints the cell as it is.
_PRINTED = ("note", "addressee", "postal_greeting", "nickname")
#: What a key is made of where a row has no id; the second only where it is there.
_KEY = ("first_name", "last_name", "company", "email")
_KEY_TOO = ("full_name", "suffix")
#: Where all mailboxes of a row but the one that is used are kept.
OTHER_EMAILS = "other_emails"
_MAILBOX = re.compile(r"[^\s;,:<>()\"']+@[^\s;,:<>()\"']+")
_DIGITS = re.compile(r"\d+")
#: Fields in which several values have their place, or line breaks belong.
_MANY = frozenset({"tag", *_PRINTED})
#: In the header of a column that nobody prints: what the office writes for itself.
_OF_NOTES = frozenset(
    {"note", "notes", "description", "comment", "comments", "remark", "remarks", "memo", "tag"}
    | {"tags", "notiz", "notizen", "bemerkung", "bemerkungen", "kommentar", "kommentare"}
    | {"beschreibung", "hinweis", "hinweise", "remarque", "remarques", "commentaire"}
    | {"commentaires", "nota", "notas", "comentario", "comentarios", "observaciones"}
    | {"osservazioni", "commenti", "notities", "opmerking", "opmerkingen", "uwagi", "notatki"}
    | {"komentarz", "anteckningar", "kommentarer", "labels", "groups", "備考", "メモ"}
)
#: Fields of columns that may say that a record is no longer in use.
_STATES = frozenset({"active", "inactive", "stage"})
_TELLING = _STATES | {"kind", "department"}
#: In the header of a column whose "opted out" or "blocked" is of something else than post.
_OF_OTHERS = frozenset(
    {"email", "mails", "emails", "sms", "newsletter", "phone", "call", "calls", "whatsapp", "fax"}
    | {"telefon", "téléphone", "deal", "ticket", "task", "order", "payment", "invoice", "company"}
    | {"spouse", "partner", "marital", "familienstand", "account", "subscription", "web", "consent"}
)
#: Fields of which no value begins with an apostrophe, as names do: 't Hooft.
_BARE = frozenset(
    {"id", "email", "phone", *dates.FIELDS}
    | {f"{prefix}{part}" for prefix in places.PREFIXES for part in ("postcode", "country")}
)
_LINES = frozenset(name for name in places.FIELDS if name.endswith(("line1", "line2", "whole")))
_FALSE = frozenset({"false", "False", "FALSE"})
#: Fields that hold words: none of them is answered by yes or no.
_TEXTS = places.FIELDS | {
    *("salutation", "title", "first_name", "middle_name", "last_name", "full_name", "suffix"),
    *("company", "department", "email", "phone", "language", "owner", "nickname", *people.PARTNER),
    *("note", "tag", "addressee", "postal_greeting", "birthday", "anniversary"),
}
#: Another record as Odoo's API has it, its number and its name.
_NUMBERED = re.compile(r"\d+;\s*(\S.*)")
_NAMES = frozenset({"first_name", "last_name", "full_name"})
#: What is printed in one line; an address in one cell has four of them.
_LINE_FIELDS = (
    places.FIELDS
    | _NAMES
    | {
        *("salutation", "title", "middle_name", "suffix", "nickname", "company", "department"),
        *("addressee", "postal_greeting", *people.PARTNER),
    }
)
_LONGEST_LINE = 150  #: characters; a C4 envelope's width at 6 pt has fewer
_TOKENS = re.compile(r"[^\W\d_]+")
_BEFORE = 24  #: characters of a note that are shown on either side of what was found
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


def _joined(names: tuple[str | None, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The fields that have more pieces in columns of their own, with those in their order."""
    bases = dict.fromkeys(name.removesuffix(MORE) for name in names if name and name.endswith(MORE))
    return tuple(
        (base, tuple(place for place, name in enumerate(names) if name == f"{base}{MORE}"))
        for base in bases
    )


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
        said = country_said(decisions)
        is_abroad = bool(country) and not said and survey.homeless.is_abroad(country)
        self.country = said or ("" if is_abroad else country)
        self.reason = reason
        self.content = content
        self.names = tuple(columns.values())
        self.headers = tuple(columns)
        self.width = len(self.headers)
        listed = [(place, *column) for place, column in enumerate(columns.items())]
        self.mapped = tuple((p, n) for p, _, n in listed if n and not n.endswith(MORE))
        self.joined = _joined(self.names)
        self.singles = tuple(place for place, name in self.mapped if name not in _MANY)
        # What is kept beside the Recipient's own: under its header, and under its word too.
        self.others = tuple((p, h) for p, h, name in listed if name is None or name not in _OWN)
        self.emails = tuple(place for place, name in self.mapped if name == "email")
        self.others += tuple((p, n) for p, n in self.mapped if n not in _OWN and n != "active")
        self.places: dict[str, tuple[int, ...]] = {}
        for place, name in self.mapped:
            self.places[name] = (*self.places.get(name, ()), place)
        there = set(self.places)
        self.plan = Plan(
            file,
            source,
            self.headers,
            self.places,
            self.ways,
            doubt=_doubt(country) if is_abroad else "",
            last_first=self.survey.last_first,
            letters=self.survey.letters,
            told=survey.homeless.likely(self._no_countries()) if is_abroad else "",
        )
        self._know_dates(there)
        self._know_fields(there)
        self._look_for_words(columns)
        self.telling = people.telling_words() | content.telling_words
        self.looks_ordinary = lru_cache(maxsize=1 << 16)(
            lambda text: people.is_plain(text) and content.is_ordinary(text)
        )

    def _no_countries(self) -> frozenset[str]:
        """Those that people have said the addresses without one are not of."""
        subjects = (subject.partition(":") for subject in self.decisions)
        return frozenset(code for kind, _, code in subjects if kind == "country")

    def _know_dates(self, there: set[str]) -> None:
        """Which fields are dates, and in which order the numbers of a column stand."""
        self.dates = tuple(sorted(there & dates.FIELDS))
        self.order_of = {
            name: self.orders[self.headers[self.places[name][0]]]
            for name in self.dates
            if len(self.places[name]) == 1
        }

    def _know_fields(self, there: set[str]) -> None:
        """Which of the fields that need a look of their own the file has."""
        self.usual = tuple((name, flags.USUAL[name]) for name in flags.USUAL if name in there)
        self.printed = tuple(name for name in _PRINTED if name in there)
        self.is_coded = any("id" in squash(self.headers[p]) for p in self._at("salutation"))
        self.has_kind = "kind" in there
        self.has_title = "title" in there
        self.has_partner = bool(there & set(people.PARTNER))
        self.has_colleagues = bool(there & colleagues.FIELDS)

    def _look_for_words(self, columns: Mapping[str, str | None]) -> None:
        """Where the file may say that no post should go; a list of whom not to write to says it."""
        self.noted = () if self.reason else _of_notes(columns)
        self.looked_at = frozenset() if self.reason else _of_words(columns) - {*self.noted}
        self.telling_cells = self.content.telling_cells
        self.states = tuple((p, n) for p, n in self.mapped if n in _STATES)

    def recipient(self, row: Row) -> Recipient | None:
        """The person of one row, with all that was found; None where there is no text in it."""
        texts = row.cells
        draft = Draft(row.line, texts, self.plan)
        if len(texts) != self.width:
            texts = draft.cells = _fit(texts, self.width, draft)
        joined = "|".join(texts)
        if len(joined) < self.width:  # nothing but what stands between the cells
            return None
        several = (";" in joined or "::" in joined) and self._has_several(texts)
        if several or not cells.are_tidy(texts, joined):
            texts = self._tidied(texts, draft)
            if not any(texts) and not any(map(str.isalnum, joined)):
                return None
        if "alse" in joined:
            texts = self._without_false(texts, draft)
        values = draft.values
        for place, name in self.mapped:
            if (text := texts[place]) and name not in values:
                values[name] = text
        for name, columns in self.joined:
            self._join(name, [texts[place] for place in columns if texts[place]], values)
        if max(map(len, values.values()), default=0) > _LONGEST_LINE:
            _shorten(draft)
        others: dict[str, str] = {}
        for place, name in self.others:
            if (text := texts[place]) and name not in others:
                others[name] = text
        if joined.count("@") > 1:
            self._more_emails(draft, others)
        if self.looked_at and not self.telling_cells.keys().isdisjoint(texts):
            self._said_in_cells(draft, texts)
        person = self._made(draft, values, others)
        if self.states and (header := self._not_in_use(texts)):
            return self._asked_of_inactive(person, draft, header)
        return person

    def _join(self, name: str, more: list[str], values: dict[str, str]) -> None:
        """A field with its pieces, in the order that names and the country's streets have."""
        if not more:
            return
        text = values.get(name, "")
        if name == "last_name":
            values[name] = joining.last_name(text, more)
        elif name.endswith(".line1"):
            written = values.get(f"{name.removesuffix('line1')}country", "")
            country = country_code(written) if written else self.country
            values[name] = joining.street(text, more, country or "")
        else:
            values[name] = " ".join(filter(None, (text, *more)))

    def _made(self, draft: Draft, values: dict[str, str], others: dict[str, str]) -> Recipient:
        if self.has_title and "title" in values:
            titles = (values.get("salutation", ""), values["title"])
            values["salutation"] = " ".join(filter(None, titles))
        language = _language(values["language"], draft) if "language" in values else ""
        place = places.address(draft, self.country)
        if self.is_coded:
            people.salutation(draft)
        if self.has_kind and "kind" in values:
            people.of_kind(draft)
        if self.has_colleagues:
            colleagues.address_one(draft)
        partners: tuple[Name, ...] = ()
        is_dead = False
        if self._is_ordinary(values):
            if self.has_partner:
                partners = people.partner(draft)
        else:
            partners = people.people(draft, language, place.country)
            is_dead = people.check(draft, self.content)
        suppressed: tuple[str, ...] = ()
        if is_dead or self._says_why_not(values):
            suppressed = self._suppressed(draft, others, is_dead=is_dead)
        if self.dates:
            self._dates(draft, others)
        self._scan(draft, place, others)
        if self.noted:
            self._noted(draft, others)
        get = values.get
        return quick(
            Recipient,
            {
                "key": f"{self.source}:{get('id') or self._digest(draft.cells)}",
                "source": self.source,
                "where": f"{self.file}:{draft.line}",
                "salutation": get("salutation", ""),
                "first_name": get("first_name", ""),
                "middle_name": get("middle_name", ""),
                "last_name": get("last_name", ""),
                "suffix": get("suffix", ""),
                "partners": partners,
                "company": get("company", ""),
                "email": get("email", ""),
                "phone": get("phone", ""),
                "language": language,
                "address": place,
                "owner": get("owner", ""),
                "suppressed": suppressed,
                "fields": others,
                "before": draft.before,
                "findings": tuple(draft.findings),
            },
        )

    def _is_ordinary(self, values: Mapping[str, str]) -> bool:
        """Whether there is nothing to mend or to say of the name, as of nearly all."""
        first, last = values.get("first_name"), values.get("last_name")
        if not first or not last or len(first) + len(last) > LONGEST_NAME:
            return False
        if not (self._is_ordinary_part(first) and self._is_ordinary_part(last)):
            return False
        company = values.get("company")
        if company and (company == last or company.startswith(first)):
            return False
        return "suffix" not in values and "full_name" not in values

    def _digest(self, texts: tuple[str, ...]) -> str:
        """A key for a row without an id, of its cells as they are, whatever is answered.

        It changes with the name, the generation, the firm, the mailbox and the postcode.
        """
        parts = [_alike(self._cell(texts, name)) for name in _KEY]
        codes = (f"{prefix}postcode" for prefix in places.PREFIXES)
        code = next(filter(None, (self._cell(texts, name) for name in codes)), "")
        # Spreadsheets drop a zero, and bring one behind a point.
        parts.append(_alike(code).removesuffix(".0").lstrip("'0").replace(" ", ""))
        more = [f"{name} {text}" for name in _KEY_TOO if (text := _alike(self._cell(texts, name)))]
        if not code and (whole := self._cell(texts, "address.whole")):
            more.append(" ".join(_DIGITS.findall(whole)))
        return digest(*parts, *more)[:12]

    def _at(self, name: str) -> tuple[int, ...]:
        return self.places.get(name, ())

    def _cell(self, texts: tuple[str, ...], name: str) -> str:
        """The first filled cell of a field, as the export has it."""
        found = (texts[place] for place in self.places.get(name, ()) if texts[place].strip())
        return next(found, "")

    def _more_emails(self, draft: Draft, others: dict[str, str]) -> None:
        """The mailboxes of the row beside the one that is used: they count for who has opted out.

        As the cells have them, so that none waits for an answer.
        """
        texts = (cells.tidy(draft.cells[place]) for place in self.emails)
        found = dict.fromkeys(box for text in texts for box in _MAILBOX.findall(text))
        if more := [box for box in found if box != draft.values.get("email")]:
            others[OTHER_EMAILS] = ", ".join(more)

    def _is_ordinary_part(self, text: str) -> bool:
        """Whether a part of a name is as it should be; of one word like Anna a set tells."""
        if text.isascii() and text.isalpha() and text.istitle() and len(text) > 1:
            return text.lower() not in self.telling
        return self.looks_ordinary(text)

    # Cells ------------------------------------------------------------------------------

    def _tidied(self, texts: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
        """Every cell as it is meant."""
        return tuple(
            text if not text or cells.is_plain(text) else self._tidy(text, place, draft)
            for place, text in enumerate(texts)
        )

    def _has_several(self, texts: tuple[str, ...]) -> bool:
        """Whether a column that should have one value has what stands between two."""
        singles = "|".join([texts[place] for place in self.singles])
        return ";" in singles or "::" in singles

    def _without_false(self, texts: tuple[str, ...], draft: Draft) -> tuple[str, ...]:
        """Where a text should be, Odoo has `false` for nothing; of a flag it is the answer."""
        return tuple(
            ""
            if text in _FALSE
            and self.names[place] in _TEXTS
            and draft.may_at("emptied", (place,), text, "")
            else text
            for place, text in enumerate(texts)
        )

    def _tidy(self, cell: str, place: int, draft: Draft) -> str:
        """One cell as it is meant; of a column that nobody reads nothing is said."""
        name = self.names[place]
        text = cells.tidy(cell)
        if name is None:
            return cells.without_apostrophe(text)
        if cells.means_nothing(text, name) and not (
            name in flags.FLAGS and flags.is_doubtful(text)
        ):
            return self._emptied(text, name, place, draft)
        if name in _NAMES and "\n" not in text:
            text = " ".join(text.split())
        is_clean = text in (cell, cell.replace("\r\n", "\n"))
        if not (is_clean or draft.may_at("cleaned", (place,), repr(cell), repr(text))):
            return cell.encode("utf-8", "replace").decode()  # half a letter cannot be kept
        bare = text[1:] if text[:1] == "'" and name in _BARE else cells.without_apostrophe(text)
        if bare != text and draft.may_at("apostrophe", (place,), text, bare):
            text = bare
        if self.headers[place].endswith("_id") and (pair := _NUMBERED.fullmatch(text)):
            return pair[1]
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
        draft.warn("emptied-name", message, hint)
        return ""

    # Flags and dates --------------------------------------------------------------------

    def _suppressed(
        self, draft: Draft, others: dict[str, str], *, is_dead: bool
    ) -> tuple[str, ...]:
        """Why no mail may go there."""
        values = draft.values
        reasons = [self.reason] if self.reason else []
        for name, reason in flags.FLAGS.items():
            if flags.is_set(name, values.get(name, "")):
                reasons.append(reason)
                self._doubt(draft, name, reason)
        reasons += self._permissions(draft, others)
        if "hold_until" in values:
            reasons += self._held(draft, others)
        if is_dead:
            reasons.append("deceased")
        return tuple(dict.fromkeys(reasons))

    def _doubt(self, draft: Draft, name: str, reason: str) -> None:
        """A flag that says neither yes nor no counts as set, and is told."""
        text = draft.values[name]
        if flags.is_doubtful(text):
            message = f"{draft.header(name)}: {shown(text)} counts as yes: {reason}"
            draft.warn("doubtful-flag", message, "write yes or no in the CRM")

    def _says_why_not(self, values: Mapping[str, str]) -> bool:
        """Whether there may be a reason against mail: of nearly nobody."""
        for name, usual in self.usual:
            if values.get(name, "") not in usual:
                return True
        return bool(self.reason)

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
            message = f"wants no e-mail ({draft.header(name)}: {shown(values[name])}); post goes on"
            hint = f"mailroom decide {self.source} email-opt-out=mail --by YOU (or =suppress)"
            draft.note("email-opt-out", message, hint)

    def _not_in_use(self, texts: tuple[str, ...]) -> str:
        """The column that says that the record is no longer in use, with its word; of few."""
        for place, name in self.states:
            if flags.is_not_in_use(name, text := texts[place]):
                return f"{self.headers[place]}: {shown(text)}"
        return ""

    def _asked_of_inactive(self, person: Recipient, draft: Draft, said: str) -> Recipient:
        """Whether post may go to a record that nobody uses any more is asked, once."""
        answer = self.decisions.get("inactive", "")
        if answer == "suppress":
            return replace(person, suppressed=(*person.suppressed, flags.INACTIVE))
        if answer:
            return person
        hint = f"mailroom decide {self.source} inactive=suppress --by YOU (or =mail)"
        draft.error("inactive", f"the CRM does not count it as active ({said})", hint)
        return replace(person, findings=tuple(draft.findings))

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
            if dates.is_normal(text) and not (name == "birthday" and self._is_shared(text)):
                others[name] = text
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

    def _is_shared(self, day: str) -> bool:
        shared = self.survey.shared
        return bool(shared) and (day in shared or f"--{day[-5:]}" in shared)

    def _unless_shared(self, draft: Draft, header: str, day: str) -> str:
        """The birthday, unless so many have it that it stands for "not known"."""
        shared = self.survey.shared
        if not self._is_shared(day):
            return day
        key = day if day in shared else f"--{day[-5:]}"
        subject = f"shared-date:{key}"
        answer = self.decisions.get(subject, "")
        if answer == "real":
            return day
        if not answer:
            message = f"{header}: {day}; is it a birthday, or does it stand for none?"
            if shared[key] > 1:
                message = f"{header}: {shared[key]} people share {key.removeprefix('--')}"
            hint = f"mailroom decide {self.source} {subject}=placeholder --by YOU (or =real)"
            draft.warn(subject, message, hint)
        return ""

    # What is printed --------------------------------------------------------------------

    def _scan(self, draft: Draft, place: Address, others: Mapping[str, str]) -> None:
        """Words that must not be printed, in everything that may be but the name."""
        content, company = self.content, draft.values.get("company", "")
        everything = f"{company}\n{place.line1}\n{place.line2}\n{place.city}"
        for name in self.printed:
            if name in others:
                everything = f"{everything}\n{others[name]}"
        if content.is_innocent(everything) and content.is_street(place.line1):
            return
        texts = [(COMPANY, company), (ADDRESS, place.line1), (ADDRESS, place.line2)]
        texts += [(TOWN, place.city)]
        texts += [(NOTE, others[name]) for name in self.printed if name in others]
        hits = tuple(hit for kind, text in texts if text for hit in content.hits(kind, text))
        for hit in hits:
            tell = draft.error if hit.holds else draft.warn
            tell(hit.rule, hit.message, hit.hint)

    def _noted(self, draft: Draft, others: Mapping[str, str]) -> None:
        """What the office's own notes say against post: asked once for each of its words."""
        for header in self.noted:
            text = others.get(header, "")
            for words in self.content.said_in_notes(text) if text else ():
                self._ask_of_remark(draft, words, f"{header}: {_round(words, text)}")

    def _said_in_cells(self, draft: Draft, texts: tuple[str, ...]) -> None:
        """A cell that is nothing but such a word, such as Status: Deceased; asked likewise."""
        for header, name, text in zip(self.headers, self.names, texts, strict=True):
            if header not in self.looked_at or text not in self.telling_cells:
                continue
            if name not in _STATES or not flags.is_not_in_use(name, text):
                self._ask_of_remark(draft, self.telling_cells[text], f"{header}: {text}")

    def _ask_of_remark(self, draft: Draft, words: str, message: str) -> None:
        subject = f"remark:{words}"
        answer = self.decisions.get(subject, "")
        if answer == "hold":
            hint = "take it out in the CRM, or accept remark if post may go all the same"
            draft.error("remark", message, hint)
        elif not answer:
            hint = f'mailroom decide {self.source} "{subject}=hold" --by YOU (or =mail)'
            draft.error(subject, message, hint)


def _doubt(country: str) -> str:
    return f", and most postcodes of the file are not those of {country}"


def _shorten(draft: Draft) -> None:
    """Hold what no letter could print in a line, and cut it: nobody has to work on a megabyte."""
    for name, text in draft.values.items():
        most = _LONGEST_LINE * (4 if name.endswith(".whole") else 1)
        if name in _LINE_FIELDS and len(text) > most:
            message = f"{draft.header(name)}: {len(text):,} characters, which no letter can print"
            hint = f"shorten it in the CRM to {most} characters at the most"
            draft.error("too-long", message, hint)
            draft.put(**{name: text[:most]})


def _of_notes(columns: Mapping[str, str | None]) -> tuple[str, ...]:
    """The columns of what the office writes for itself, which nobody prints."""
    return tuple(
        header
        for header, name in columns.items()
        if name == "tag"
        or (name is None and not _OF_NOTES.isdisjoint(_TOKENS.findall(header.casefold())))
    )


def _of_words(columns: Mapping[str, str | None]) -> frozenset[str]:
    """The columns in which one word may say that no post should go: of states, and unread ones."""
    return frozenset(
        header
        for header, name in columns.items()
        if name in _TELLING
        or (name is None and _OF_OTHERS.isdisjoint(_TOKENS.findall(header.casefold())))
    )


def _round(words: str, text: str) -> str:
    """The words in what stands around them, on one line."""
    text = " ".join(text.split())
    start = max(0, text.casefold().find(words.split()[0]) - _BEFORE)
    part = text[start : start + _BEFORE + len(words) + _BEFORE]
    more = "…" if start + len(part) < len(text) else ""
    return f"{'…' if start else ''}{part}{more}"


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


def _alike(cell: str) -> str:
    """A cell without case, stray blanks and what nobody sees."""
    return " ".join(cells.tidy(cell).split()).casefold()
