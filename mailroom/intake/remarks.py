"""Words in a row that must not be printed, or that say why no post should go there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailroom.intake import flags
from mailroom.intake.content import ADDRESS, COMPANY, NOTE, TOWN, Content
from mailroom.intake.draft import Draft, Plan
from mailroom.intake.fields import PRINTED
from mailroom.intake.permissions import STATES
from mailroom.intake.words import words_of
from mailroom.model import Address

_OF_NOTES, _OF_OTHERS = words_of("header-of-notes"), words_of("header-of-others")
#: Fields of columns of which one word may say that no post should go.
_TELLING = STATES | {"kind", "department"}
_TOKENS = re.compile(r"[^\W\d_]+")
_BEFORE = 24  #: characters of a note that are shown on either side of what was found


class Remarks:
    """Looks for words in all of a row but its name."""

    def __init__(self, plan: Plan, content: Content, *, is_listed: bool) -> None:
        """`is_listed`: the file is a list of whom not to write to, so nobody need be asked."""
        self._plan = plan
        self._content = content
        self._printed = tuple(name for name in PRINTED if name in plan.places)
        columns = () if is_listed else tuple(zip(plan.headers, plan.names, strict=True))
        self._noted = tuple(header for header, name in columns if _is_of_notes(header, name))
        self._looked_at = {h for h, name in columns if _may_tell(h, name)} - {*self._noted}
        #: Of which one as a whole cell is worth a look.
        self.telling_cells = content.telling_cells if self._looked_at else {}

    def in_cells(self, draft: Draft, texts: tuple[str, ...]) -> None:
        """A cell that is nothing but such a word, such as Status: Deceased; asked about."""
        telling = self.telling_cells
        if telling.keys().isdisjoint(texts):
            return
        for header, name, text in zip(self._plan.headers, self._plan.names, texts, strict=True):
            if header not in self._looked_at or text not in telling:
                continue
            if name not in STATES or not flags.is_not_in_use(name, text):
                self._ask(draft, telling[text], f"{header}: {text}")

    def in_print(self, draft: Draft, place: Address, others: Mapping[str, str]) -> None:
        """Words that must not be printed, in everything that may be but the name."""
        content, company = self._content, draft.values.get("company", "")
        everything = f"{company}\n{place.line1}\n{place.line2}\n{place.city}"
        for name in self._printed:
            if name in others:
                everything = f"{everything}\n{others[name]}"
        if content.is_innocent(everything) and content.is_street(place.line1):
            return
        texts = [(COMPANY, company), (ADDRESS, place.line1), (ADDRESS, place.line2)]
        texts += [(TOWN, place.city)]
        texts += [(NOTE, others[name]) for name in self._printed if name in others]
        hits = tuple(hit for kind, text in texts if text for hit in content.hits(kind, text))
        for hit in hits:
            tell = draft.error if hit.holds else draft.warn
            tell(hit.rule, hit.message, hit.hint)

    def in_notes(self, draft: Draft, others: Mapping[str, str]) -> None:
        """What the office's own notes say against post: asked once for each of its words."""
        for header in self._noted:
            text = others.get(header, "")
            for words in self._content.said_in_notes(text) if text else ():
                self._ask(draft, words, f"{header}: {_round(words, text)}")

    def _ask(self, draft: Draft, words: str, message: str) -> None:
        subject = f"remark:{words}"
        answer = self._plan.answers.get(subject, "")
        if answer == "hold":
            hint = "take it out in the CRM, or accept remark if post may go all the same"
            draft.error("remark", message, hint)
        elif not answer:
            hint = f'mailroom decide {self._plan.source} "{subject}=hold" --by YOU (or =mail)'
            draft.error(subject, message, hint)


def _is_of_notes(header: str, name: str | None) -> bool:
    """Whether a column has what the office writes for itself, which nobody prints."""
    return name == "tag" or (name is None and not _OF_NOTES.isdisjoint(_tokens(header)))


def _may_tell(header: str, name: str | None) -> bool:
    """Whether one word in the column may say that no post should go: of states, of unread ones."""
    return name in _TELLING or (name is None and _OF_OTHERS.isdisjoint(_tokens(header)))


def _tokens(header: str) -> list[str]:
    return _TOKENS.findall(header.casefold())


def _round(words: str, text: str) -> str:
    """The words in what stands around them, on one line."""
    text = " ".join(text.split())
    start = max(0, text.casefold().find(words.split()[0]) - _BEFORE)
    part = text[start : start + _BEFORE + len(words) + _BEFORE]
    more = "…" if start + len(part) < len(text) else ""
    return f"{'…' if start else ''}{part}{more}"
