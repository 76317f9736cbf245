"""Why nobody may write to somebody: the reasons, who may lift them, and to whom they apply.

A reason comes from an export (`Recipient.suppressed`), from a person (a `Hold`), or from the post
(mail that came back). It counts for the person, in all records, and not for the household, unless
whoever holds it says so. What nobody here knows counts as well: to be safe.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mailroom.model import Address, Hold, Recipient
from mailroom.sameplace import same_place, same_town
from mailroom.turnover import somebody_else
from mailroom.where import fold


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What a reason means, and what makes it end."""

    means: str
    lift: bool  #: may a person lift it with `mailroom release`?
    ends: str  #: until when it counts, for an office manager
    mailbox: bool = False  #: is it about an e-mail address, and so about all who have it?
    record: bool = False  #: is it about the record, its address or mailbox, not about the person?


REASONS: Mapping[str, Reason] = {
    "deceased": Reason(
        means="the person has died", lift=False, ends="the CRM no longer says so, and only then"
    ),
    "do not mail": Reason(
        means="the CRM says that nothing may be posted",
        lift=True,
        ends="the CRM no longer says so, or it is released",
    ),
    "opted out": Reason(
        means="the person wants no post",
        lift=True,
        ends="the CRM no longer says so, or it is released",
    ),
    "unsubscribed": Reason(
        means="somebody with that e-mail address has unsubscribed elsewhere",
        lift=True,
        ends="it is released",
        mailbox=True,
        record=True,
    ),
    "cleaned": Reason(
        means="e-mail to that address comes back, as a list elsewhere says",
        lift=True,
        ends="it is released",
        mailbox=True,
        record=True,
    ),
    "on a list of whom not to write to": Reason(
        means="a list that was read says so of the person or the e-mail address",
        lift=True,
        ends="it is released",
        mailbox=True,
    ),
    "left the company": Reason(
        means="nobody of that name works there any more",
        lift=True,
        ends="the CRM no longer says so, or it is released",
        record=True,
    ),
    "returned mail": Reason(
        means="a piece came back from that address",
        lift=True,
        ends="the CRM has another address, or it is released",
        record=True,
    ),
    "mail came back": Reason(
        means="the CRM says that post came back",
        lift=True,
        ends="the CRM no longer says so, or it is released",
        record=True,
    ),
    "deleted in the CRM": Reason(
        means="the record is in the CRM's bin",
        lift=True,
        ends="the CRM no longer says so, or it is released",
        record=True,
    ),
    "inactive in the CRM": Reason(
        means="the CRM counts the record as inactive, and somebody has said that no post goes then",
        lift=True,
        ends="the CRM counts it as active again, or it is released",
    ),
    "on hold": Reason(
        means="somebody wants it to wait until a day, such as for an open complaint",
        lift=True,
        ends="that day, or it is released",
    ),
    "suppressed": Reason(means="somebody has said so for good", lift=True, ends="it is released"),
}
"""By how a reason begins. A person who lifts one gives name and reason, and both are kept."""

OTHER = Reason(
    means="as the export has it",
    lift=True,
    ends="the export no longer says so, or it is released",
    mailbox=True,
)

_UNTIL = re.compile(r"\buntil (\d{4}-\d\d-\d\d)$")


def reason_named(word: str) -> Reason:
    """What is known of a reason by its first words; `OTHER` where nothing is."""
    begins = (REASONS[name] for name in REASONS if word.startswith(name))
    return next(begins, OTHER)


def ended(word: str, today: dt.date) -> bool:
    """Has the day come that the reason itself names?"""
    found = _UNTIL.search(word)
    try:
        return found is not None and dt.date.fromisoformat(found[1]) <= today
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Word:
    """One reason, with who says so, since when and until when; `why` prints it."""

    reason: str
    by: str  #: a person's name, or the record that says so
    at: str = ""  #: since when: ISO 8601, UTC; empty: as long as the export says so
    until: dt.date | None = None
    scope: str = "person"  #: or "household": everybody at the address; or "e-mail address"
    said: bool = False  #: by a person here, not by an export or the post
    own: bool = False  #: by the very record that it is about

    @property
    def text(self) -> str:
        """In a line, for lists: "on hold until 2027-01-15: open complaint (Ruth)"."""
        if not self.said:
            return self.reason
        how = f"on hold until {self.until.isoformat()}" if self.until else "suppressed"
        whom = "; the whole household" if self.scope == "household" else ""
        return f"{how}: {self.reason} ({self.by}{whom})"


def is_about_person(word: Word) -> bool:
    """Would it hold for the person's other records, too, as death and a wish do?"""
    if word.said:
        return True
    named = [REASONS[name] for name in REASONS if name in word.reason] or [OTHER]
    return not all(reason.record for reason in named)


# To whom a hold applies ---------------------------------------------------------------------


def mailboxes(person: Recipient) -> tuple[str, ...]:
    """Every e-mail address of a record, folded: also those that nobody is written to at."""
    found = (person.email, *person.fields.get("other_emails", "").split(", "))
    return tuple(dict.fromkeys(fold(box) for box in found if box))


_EMAIL, _HOME, _NAMED = "@email:", "@home:", "@named:"


def email_target(email: str) -> str:
    """Everybody with this e-mail address, also who comes in later."""
    return f"{_EMAIL}{fold(email)}"


def home_target(address: Address) -> str:
    """Everybody at this address; empty where there is no street."""
    place = same_place(address)
    return f"{_HOME}{place}|{same_town(address)}" if place else ""


def named_target(name: str, postcode: str) -> str:
    """Who is called so and has this postcode, also if they come in later."""
    return f"{_NAMED}{' '.join(postcode.split()).upper()}|{' '.join(name.split())}"


def same_postcode(one: str, other: str) -> bool:
    """However it is typed."""
    return _code(one) == _code(other)


def is_household(target: str) -> bool:
    """Does it hold a whole household?"""
    return target.startswith(_HOME)


def in_words(target: str) -> str:
    """Who is meant, for a list; a recipient's key stays as it is."""
    if target.startswith(_EMAIL):
        return target.removeprefix(_EMAIL)
    if target.startswith(_NAMED):
        code, _, name = target.removeprefix(_NAMED).partition("|")
        return f"{name}, {code}"
    if target.startswith(_HOME):
        country, code, street, town = (*target.removeprefix(_HOME).split("|"), "", "", "")[:4]
        known = filter(None, (street.title(), code.upper(), town.title(), country))
        return f"everybody at {', '.join(known)}"
    return target


def _code(postcode: str) -> str:
    return re.sub(r"\W", "", fold(postcode))


def _words(name: str) -> frozenset[str]:
    """The words of a name without initials; Müller, Mueller and Muller are one."""
    words = re.findall(r"\w+", re.sub(r"(?<=[aou])e", "", fold(name)))
    return frozenset(word for word in words if len(word) > 1) or frozenset(words)


def _names(person: Recipient) -> Iterator[frozenset[str]]:
    """Of everybody whom the record names."""
    yield _words(f"{person.first_name} {person.middle_name} {person.last_name}")
    for partner in person.partners:
        yield _words(f"{partner.first_name} {partner.middle_name} {partner.last_name}")
    if person.company:
        yield _words(person.company)


def _is_named(one: Recipient, other: Recipient) -> bool:
    """Has the second record the whole name of the first, Jr or Sr too?"""
    name = next(_names(one))
    same_suffix = fold(one.suffix) == fold(other.suffix)
    return same_suffix and any(name <= words for words in _names(other))


def _places(person: Recipient) -> Iterator[str]:
    """The person's mailboxes and home, as a hold may name them."""
    yield from map(email_target, mailboxes(person))
    if person.address.line1 and (home := home_target(person.address)):
        yield home


# What is known ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Returned:
    """Mail of ours that came back."""

    recipient: str  #: the key
    address: Address  #: that was on the piece
    piece: str  #: "piece 41 of christmas-2026"
    at: str
    moved: bool = False  #: the CRM has had another address since it was sent

    @property
    def reason(self) -> str:
        return f"returned mail ({self.piece})"


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that is known of who gets no mail, on one day."""

    today: dt.date = dt.date.min
    holds: Collection[Hold] = ()  #: those that no person has ended
    released: Collection[tuple[str, str]] = frozenset()  #: key and reason that a person has lifted
    returned: Collection[Returned] = ()

    @cached_property
    def _by_target(self) -> Mapping[str, list[Hold]]:
        found = defaultdict(list)
        for hold in self.holds:
            if not (hold.until and hold.until <= self.today):
                found[hold.recipient].append(hold)
        return found

    @cached_property
    def _by_postcode(self) -> Mapping[str, list[tuple[frozenset[str], Hold]]]:
        found: dict[str, list[tuple[frozenset[str], Hold]]] = defaultdict(list)
        for target, holds in self._by_target.items():
            if target.startswith(_NAMED):
                code, _, name = target.removeprefix(_NAMED).partition("|")
                found[_code(code)] += [(_words(name), hold) for hold in holds]
        return found

    @cached_property
    def _by_person(self) -> Mapping[str, list[Hold]]:
        """Mailbox or home of who was meant -> the holds that were written of a record there."""
        found: dict[str, list[Hold]] = defaultdict(list)
        for hold in (hold for holds in self._by_target.values() for hold in holds):
            if hold.person and hold.person.first_name and hold.person.last_name:
                for target in _places(hold.person):
                    found[target].append(hold)
        return found

    @cached_property
    def _came_back(self) -> Mapping[str, list[Returned]]:
        found = defaultdict(list)
        for item in self.returned:
            found[item.recipient].append(item)
        return found

    def says_the_export(self, person: Recipient) -> tuple[str, ...]:
        """The reasons of the record itself that count today."""
        if not person.suppressed:
            return ()
        return tuple(
            word
            for word in dict.fromkeys(person.suppressed)
            if (person.key, word) not in self.released and not ended(word, self.today)
        )

    def holds_on(self, person: Recipient) -> tuple[Hold, ...]:
        """What people have said of this record, its e-mail address, its name, its home."""
        if not self._by_target:
            return ()
        places = tuple(_places(person))
        mine = self._by_target.get(person.key, ())
        found = [hold for hold in mine if not (hold.person and somebody_else(hold.person, person))]
        found += [hold for target in places for hold in self._by_target.get(target, ())]
        if self._by_person:
            theirs = (hold for target in places for hold in self._by_person.get(target, ()))
            found += [hold for hold in theirs if hold.person and _is_named(hold.person, person)]
        found += [
            hold
            for name, hold in self._by_postcode.get(_code(person.address.postcode), ())
            if any(name <= words for words in _names(person))
        ]
        return tuple({id(hold): hold for hold in found}.values())

    def came_back(self, person: Recipient, keys: Iterable[str]) -> Returned | None:
        """Mail to this person, under any of `keys`, that came back from the record's address."""
        if not self._came_back:
            return None
        for item in (item for key in keys for item in self._came_back.get(key, ())):
            if (person.key, item.reason) in self.released:
                continue
            if item.recipient == person.key and not item.moved:
                return item
            if same_place(item.address) and same_place(item.address) == same_place(person.address):
                return item
        return None


NOTHING = Known()

Listed = Mapping[str, list[tuple[frozenset[str], Recipient]]]
"""Postcode -> the whole name, in words, and the record of a list that has them."""


def closed_mailboxes(people: Iterable[Recipient], known: Known) -> dict[str, Recipient]:
    """E-mail address -> the record without an address that closes it.

    A list of who has unsubscribed names mailboxes, not people. That somebody has died says
    nothing of those who read the same mail.
    """
    found: dict[str, Recipient] = {}
    for person in people:
        if person.suppressed and not same_place(person.address):
            words = known.says_the_export(person)
            if words and (not person.name or any(reason_named(word).mailbox for word in words)):
                found |= dict.fromkeys(mailboxes(person), person)
    return found


def listed_by_name(people: Iterable[Recipient], known: Known) -> Listed:
    """Postcode -> name and record of a list that closes whoever is called so and has it.

    A row with a first name, a last name and a postcode, and no street. What is about a mailbox
    that the row names says nothing of who has the name.
    """
    found: dict[str, list[tuple[frozenset[str], Recipient]]] = defaultdict(list)
    for person in people:
        if not person.suppressed or not names_somebody(person):
            continue
        reasons = map(reason_named, known.says_the_export(person))
        if any(r.mailbox and not (r.record and person.email) for r in reasons):
            name = _words(person.first_name) | _words(person.last_name)
            found[_code(person.address.postcode)].append((name, person))
    return found


def lists_that_name(person: Recipient, listed: Listed) -> tuple[Recipient, ...]:
    """The records of `listed_by_name` that mean this person, though they are others."""
    return tuple(
        record
        for name, record in listed.get(_code(person.address.postcode), ())
        if record.key != person.key and any(name <= words for words in _names(person))
    )


def names_somebody(person: Recipient) -> bool:
    """Has the record whom a list means, without a street: both names and a postcode?"""
    has_code = bool(_code(person.address.postcode)) and not same_place(person.address)
    return has_code and bool(person.first_name and person.last_name)


def closed(
    groups: Iterable[Collection[Recipient]],
    everybody: Iterable[Recipient],
    present: Collection[str],
    known: Known = NOTHING,
) -> dict[str, tuple[Word, ...]]:
    """Recipient key -> every reason why nothing may go there, the record's own first.

    `groups`: records of one person each; `everybody`: those and people of earlier exports;
    `present`: the keys of those in the latest ones. A reason holds for every record of the
    person: a man marked as dead in one export must not get a card because a second record of
    his is not marked, nor once the marked one is gone.
    """
    closed_by = closed_mailboxes(everybody, known)
    listed = listed_by_name(everybody, known)
    found: dict[str, tuple[Word, ...]] = {}
    for group in groups:
        shared = dict.fromkeys(_of_the_person(group, present, known, closed_by, listed))
        keys = [person.key for person in group]
        for person in group:
            place = _place(person, present)
            own = [Word(reason=word, by=place, own=True) for word in known.says_the_export(person)]
            others = [word for word in shared if word.by != place]
            back = known.came_back(person, keys)
            if back:
                others.append(Word(reason=back.reason, by="the post", at=back.at))
            if own or others:
                found[person.key] = (*own, *others)
    return found


def _of_the_person(
    group: Collection[Recipient],
    present: Collection[str],
    known: Known,
    closed_by: Mapping[str, Recipient],
    listed: Listed,
) -> Iterator[Word]:
    """What any record of the person says for all of them."""
    for person in group:
        reasons = known.says_the_export(person)
        if reasons:
            yield _says(person, reasons, present)
        for hold in known.holds_on(person):
            scope = "household" if is_household(hold.recipient) else "person"
            yield Word(
                reason=hold.reason,
                by=hold.by,
                at=hold.at,
                until=hold.until,
                scope=scope,
                said=True,
            )
        found = (closed_by.get(box) for box in mailboxes(person)) if closed_by else ()
        boxes = {box.key: box for box in found if box and box.key != person.key}
        for box in boxes.values():
            yield _says(box, known.says_the_export(box), present, "e-mail address")
        for record in lists_that_name(person, listed) if listed else ():
            yield _says(record, known.says_the_export(record), present)


def _says(
    person: Recipient, reasons: Iterable[str], present: Collection[str], scope: str = "person"
) -> Word:
    place = _place(person, present)
    joined = ", ".join(reasons)
    said = f", says {place}" if person.key in present else f" ({place})"
    return Word(reason=f"{joined}{said}", by=place, scope=scope)


def _place(person: Recipient, present: Collection[str]) -> str:
    """Which record says so, and where it is to be found."""
    here = person.key in present
    return f"{person.key} ({person.where})" if here else f"{person.key}, no longer in the export"
