"""Rows -> Recipients: one pass, one row at a time, each step a module.

    cells -> names -> address -> dates and flags -> content -> Recipient

What a file has once (which column is what, what was decided) is made ready before the first row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from mailroom.countries import country_code
from mailroom.intake import cells, colleagues, joining, people, places
from mailroom.intake.columns import squash
from mailroom.intake.content import Content, load_content
from mailroom.intake.days import Days
from mailroom.intake.draft import Draft, Plan, shown
from mailroom.intake.fields import LINES, OWN, pieces
from mailroom.intake.keys import key_of
from mailroom.intake.languages import language_code, language_names
from mailroom.intake.ordinary import Ordinary
from mailroom.intake.permissions import Permissions
from mailroom.intake.quick import quick
from mailroom.intake.remarks import Remarks
from mailroom.intake.repairs import TAKE, country_said
from mailroom.intake.survey import Survey
from mailroom.intake.tidying import Tidying, fit
from mailroom.model import Address, Decision, Finding, Recipient
from mailroom.readers import Row

#: Where all mailboxes of a row but the one that is used are kept.
OTHER_EMAILS = "other_emails"
_MAILBOX = re.compile(r"[^\s;,:<>()\"']+@[^\s;,:<>()\"']+")
_LONGEST_LINE = 150  #: characters; a C4 envelope's width at 6 pt has fewer


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
    export has them: the same id twice gives the same key twice.
    """
    survey, decisions = survey or Survey(), decisions or {}
    said = country_said(decisions)
    is_abroad = bool(country) and not said and survey.homeless.is_abroad(country)
    plan = Plan.of(
        columns,
        decisions,
        file=file,
        source=source,
        doubt=f", and most postcodes of the file are not those of {country}" if is_abroad else "",
        last_first=survey.last_first,
        letters=survey.letters,
        told=survey.homeless.likely(_denied(decisions)) if is_abroad else "",
    )
    if reason and "repair:one-cell-address" not in decisions:
        # Nothing is printed of a list of whom not to write to: it only has to meet them.
        plan = plan._replace(ways={**plan.ways, "one-cell-address": TAKE})
    reading = _Reading(
        plan, survey, content or _shipped_content(), said or ("" if is_abroad else country), reason
    )
    for row in rows:
        if isinstance(row, Finding):
            yield row
        elif (person := reading.recipient(row)) is not None:
            yield person


def _denied(decisions: Mapping[str, Decision]) -> frozenset[str]:
    """The countries that people were asked about, as those of all addresses without one."""
    subjects = (subject.partition(":") for subject in decisions)
    return frozenset(code for kind, _, code in subjects if kind == "country")


@lru_cache(maxsize=1)
def _shipped_content() -> Content:
    return load_content()


class _Reading:
    """One pass over a file: what is the same for all its rows."""

    def __init__(
        self, plan: Plan, survey: Survey, content: Content, country: str, reason: str
    ) -> None:
        self.plan = plan
        self.content = content
        self.country = country
        self.width = len(plan.headers)
        self.pieces = pieces(plan.names)
        self.others = _kept_beside(plan)
        self.emails = plan.places.get("email", ())
        salutations = plan.places.get("salutation", ())
        self.is_coded = any("id" in squash(plan.headers[place]) for place in salutations)
        self.has_colleagues = not colleagues.FIELDS.isdisjoint(filter(None, plan.names))
        self.days = Days(plan, survey)
        self.permissions = Permissions(plan, self.days, reason)
        self.remarks = Remarks(plan, content, is_listed=bool(reason))
        self.is_listed = bool(reason)
        self.tidying = Tidying(plan, self.remarks.telling_cells)
        self.is_ordinary = Ordinary(content).is_ordinary

    def recipient(self, row: Row) -> Recipient | None:
        """The person of one row, with all that was found; None where there is no text in it."""
        texts = row.cells
        draft = Draft(row.line, texts, self.plan)
        if len(texts) != self.width:
            texts = draft.cells = fit(texts, self.width, draft)
        joined = "|".join(texts)
        if len(joined) < self.width:  # nothing but what stands between the cells
            return None
        is_done = self.tidying.is_done(texts, joined)
        if not is_done:
            texts = self.tidying.tidied(texts, joined, draft)
            if not any(texts) and not any(map(str.isalnum, joined)):
                return None
        is_long = self._fill(draft.values, texts)
        if is_long:
            _shorten(draft)
        others: dict[str, str] = {}
        for place, name in self.others:
            if (text := texts[place]) and name not in others:
                others[name] = text
        if joined.count("@") > 1:
            self._more_emails(draft, others)
        if not is_done:
            self.remarks.in_cells(draft, texts)
        return self.permissions.if_in_use(self._made(draft, others), draft, texts)

    def _fill(self, values: dict[str, str], texts: tuple[str, ...]) -> bool:
        """The values of a row by field; whether one is longer than a line."""
        is_long = False
        for place, name in self.plan.mapped:
            if (text := texts[place]) and name not in values:
                values[name] = text
                if len(text) > _LONGEST_LINE:
                    is_long = True
        for name, columns in self.pieces:
            if more := [texts[place] for place in columns if texts[place]]:
                values[name] = text = self._joined(name, more, values)
                is_long = is_long or len(text) > _LONGEST_LINE
        return is_long

    def _joined(self, name: str, more: list[str], values: dict[str, str]) -> str:
        """A field with its pieces, in the order that names and the country's streets have."""
        text = values.get(name, "")
        if name == "last_name":
            return joining.last_name(text, more)
        if name.endswith(".line1"):
            written = values.get(f"{name.removesuffix('line1')}country", "")
            country = country_code(written) if written else self.country
            return joining.street(text, more, country or "")
        return " ".join(filter(None, (text, *more)))

    def _made(self, draft: Draft, others: dict[str, str]) -> Recipient:
        values = draft.values
        if "title" in values:
            titles = (values.get("salutation", ""), values["title"])
            values["salutation"] = " ".join(filter(None, titles))
        language = _language(values["language"], draft) if "language" in values else ""
        place = places.address(draft, self.country)
        if self.is_coded:
            people.salutation(draft)
        if "kind" in values:
            people.of_kind(draft)
        if self.has_colleagues:
            colleagues.address_one(draft)
        is_dead = False
        if self.is_ordinary(values):
            partners = people.partner(draft)
        else:
            partners = people.people(draft, language, place.country)
            is_dead = people.check(draft, self.content)
            if nickname := values.get("nickname"):  # of its column, or out of the first name
                others.setdefault("nickname", nickname)
        suppressed: tuple[str, ...] = ()
        if is_dead or not self.permissions.are_usual(values):
            suppressed = self.permissions.suppressed(draft, others, is_dead=is_dead)
        if self.is_listed:
            _check_meets(draft, place)
        self.days.fill(draft, others)
        self.remarks.in_print(draft, place, others)
        self.remarks.in_notes(draft, others)
        get, plan = values.get, self.plan
        return quick(
            Recipient,
            {
                "key": f"{plan.source}:{get('id') or key_of(draft.cells, plan)}",
                "source": plan.source,
                "where": f"{plan.file}:{draft.line}",
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

    def _more_emails(self, draft: Draft, others: dict[str, str]) -> None:
        """The mailboxes of the row beside the one that is used: they count for who has opted out.

        As the cells have them, so that none waits for an answer.
        """
        texts = (cells.tidy(draft.cells[place]) for place in self.emails)
        found = dict.fromkeys(box for text in texts for box in _MAILBOX.findall(text))
        if more := [box for box in found if box != draft.values.get("email")]:
            others[OTHER_EMAILS] = ", ".join(more)


def _check_meets(draft: Draft, place: Address) -> None:
    """Tell of a row of a list of whom not to write to that means nobody for sure."""
    is_written_out = re.search(r"\w\w", draft.get("first_name"))  # an initial fits many
    has_name = is_written_out and draft.get("last_name")
    is_at_home = place.line1 and (place.postcode or place.city)
    if draft.get("email") or is_at_home or (has_name and place.postcode and not place.line1):
        return
    message = "nobody is surely meant, so the row keeps post from nobody else"
    hint = "add an e-mail address, first and last name with the postcode, or street and town"
    draft.warn("meets-nobody", message, hint)


def _kept_beside(plan: Plan) -> tuple[tuple[int, str], ...]:
    """The columns beside the Recipient's own: each under its header, and under its word too."""
    columns = tuple(zip(plan.headers, plan.names, strict=True))
    by_header = ((p, h) for p, (h, name) in enumerate(columns) if name is None or name not in OWN)
    by_word = ((p, name) for p, name in plan.mapped if name not in OWN and name != "active")
    return (*by_header, *by_word)


def _shorten(draft: Draft) -> None:
    """Hold what no letter could print in a line, and cut it: nobody has to work on a megabyte."""
    for name, text in draft.values.items():
        most = _LONGEST_LINE * (4 if name.endswith(".whole") else 1)
        if name in LINES and len(text) > most:
            message = f"{draft.header(name)}: {len(text):,} characters, which no letter can print"
            hint = f"shorten it in the CRM to {most} characters at the most"
            draft.error("too-long", message, hint)
            draft.put(**{name: text[:most]})


def _language(text: str, draft: Draft) -> str:
    code = language_code(text)
    if not code:
        hint = "write a code such as de; until then the country decides"
        draft.warn("unknown-language", f"{shown(text)!r} is no language we know", hint)
    elif code != text and text.casefold() not in language_names("en"):
        return code if draft.may("language-word", ("language",), text, code) else ""
    return code
