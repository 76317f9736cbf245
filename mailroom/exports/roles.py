"""Whether a file is of people to write to, or a list of whom not to write to.

A column that only such a list has, filled in every row, says so surely. The file's name and a bare
"Reason" say it only perhaps: then a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mailroom.intake.columns import squash

PEOPLE, SUPPRESSION = "people", "suppression"
LISTED = "on a list of whom not to write to"
"""Why those in such a list get no mail, where it does not say more."""

_UNSUBSCRIBED = "unsubscribed, as a list says"
_BOUNCED = "cleaned, as a list says: e-mail bounced"
_WORDS: Mapping[str, tuple[str, ...]] = {
    _UNSUBSCRIBED: (
        *("Unsubscribe time", "Unsubscribe date", "Unsubscribe reason", "Unsubscribed time"),
        *("Unsubscribed date", "Unsubscribed at", "Unsubscribed on", "Unsubscribed reason"),
        *("Date unsubscribed", "Reason for unsubscribing", "Unsub time", "Unsub date"),
        *("Unsub reason", "Unsubscribe campaign", "Unsubscribe source", "Abmeldedatum"),
        *("Abgemeldet am", "Abmeldegrund", "Datum der Abmeldung", "Ausgetragen am"),
        *("Date de désinscription", "Date désinscription", "Motif de désinscription"),
        *("Désinscrit le", "Désabonné le", "Date de désabonnement", "Fecha de baja"),
        *("Motivo de baja", "Motivo de la baja", "Data di disiscrizione", "Data disiscrizione"),
        *("Motivo disiscrizione", "Disiscritto il", "Afmelddatum", "Uitgeschreven op"),
        *("Reden van afmelding", "Datum uitschrijving", "Data wypisania", "Data rezygnacji"),
        *("Powód rezygnacji", "Avregistrerad datum", "Avanmäld", "Avanmälningsdatum"),
        *("Data de cancelamento", "配信停止日", "退会日"),
    ),
    _BOUNCED: (
        *("Bounce", "Bounced", "Bounce type", "Bounce reason", "Bounce date", "Bounce time"),
        *("Bounced at", "Bounced on", "Bounce category", "Bounce message", "Hard bounce"),
        *("Hard bounced", "Clean time", "Cleaned at", "Bouncegrund", "Bounce-Datum"),
        *("Type de bounce", "Motif de rebond", "Tipo de rebote", "Motivo de rebote"),
    ),
    LISTED: (
        *("Opt out date", "Opt-out time", "Opt-out reason", "Opted out at", "Opted out on"),
        *("Opted out date", "Date opted out", "Suppression reason", "Suppression date"),
        *("Suppressed at", "Suppressed on", "Suppression type", "Suppressed reason"),
        *("Reason for suppression", "Complaint", "Complaint date", "Complaint type"),
        *("Complained at", "Complaint time", "Spam complaint", "Do not mail reason"),
        *("Do not contact reason", "Reason for opt-out", "Blocked at", "Block reason"),
        *("Blocklisted at", "Blacklisted at", "Sperrgrund", "Gesperrt am", "Gesperrt seit"),
        *("Widerspruch am", "Widerspruchsdatum", "Werbewiderspruch am", "Datum Widerspruch"),
        *("Date d'opposition", "Motif d'opposition", "Opposé le", "Fecha de oposición"),
        *("Data opposizione", "Data di opposizione", "Datum bezwaar", "Reden blokkade"),
        *("Data sprzeciwu", "Spärrdatum", "Spärrorsak"),
    ),
}
_REASONS = {squash(word): reason for reason, words in _WORDS.items() for word in words}
#: Alone they tell a list of whom not to write to only perhaps.
_BARE = frozenset(
    {"reason", "grund", "begrundung", "motif", "raison", "motivo", "reden", "powod", "orsak"}
    | {"anledning", "razon", "理由"}
)
#: In what files are called, once case, accents, blanks and signs are gone.
_NAMED = re.compile(
    "unsubscri|optout|optedout|suppress|donot(?:mail|contact|send|write|post|email)|dontmail"
    "|dontcontact|nomail|nopost|nevermail|robinson|blacklist|blocklist|blockliste|denylist|exclusion"
    "|excludelist|stoplist|bounce|complain|deceased|deathlist|returnedmail|sperrliste|sperrdatei"
    "|werbesperre|postsperre|gesperrt|abgemeldet|abmeldung|widerspruch|widerspruche|verstorben"
    "|keinepost|keinewerbung|opposition|desinscri|desabonn|nepascontacter|nepasenvoyer|listenoire"
    "|decede|noenviar|nocontactar|listanegra|fallecid|exclui|disiscri|opposizion|noncontattare"
    "|listanera|deceduti|afmeld|afgemeld|uitgeschreven|geenpost|nietmailen|overleden|wypisan"
    "|sprzeciw|niewysylac|czarnalista|zmarl|avregistrer|avanmal|sparrlista|sparrade|avlidn"
    "|配信停止|退会|送付不要"
)
_TOKENS = frozenset(
    {"dnm", "dnc", "dns", "unsub", "unsubs", "bajas", "stop", "stops", "npai", "mps"}
)


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a file is for, why nobody in it gets mail, and what makes that doubtful."""

    role: str = PEOPLE
    reason: str = ""
    doubt: str = ""  #: "its name": it may be the other, and a person should say


def role_of(
    name: str,
    columns: Mapping[str, str | None],
    rows: Sequence[Sequence[str]],
    *,
    known: bool = False,
) -> Role:
    """The role of a file by its name, its header and its first rows.

    `columns` is header -> field in the order of the cells. `known`: a CRM wrote it, whose other
    columns say nothing.
    """
    filled = [
        header
        for place, header in enumerate(columns)
        if rows and all(place < len(row) and row[place].strip() for row in rows)
    ]
    for header in () if known else filled:
        if reason := _REASONS.get(squash(header)):
            return Role(role=SUPPRESSION, reason=reason)
    if is_named_so(name):
        if tuple(columns.values()) == ("email",):
            return Role(role=SUPPRESSION, reason=_UNSUBSCRIBED)
        return Role(doubt="its name")
    bare = _first(filled, _BARE)
    return Role(doubt=f"its column {bare!r}") if bare and not known else Role()


def is_named_so(name: str) -> bool:
    """Is a file of that name called a list of whom not to write to?"""
    stem = name.rpartition(".")[0] or name
    plain = unicodedata.normalize("NFKD", stem.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("ł", "l")
    words = re.findall(r"[^\W\d_]+", plain)
    return not _TOKENS.isdisjoint(words) or bool(_NAMED.search("".join(words)))


def _first(headers: Iterable[str], words: frozenset[str]) -> str:
    return next((header for header in headers if squash(header) in words), "")
