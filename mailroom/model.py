"""The frozen nouns every stage hands to the next; no I/O, no clock, no randomness."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from mailroom.units import Box, Length, Size


def digest(*parts: object) -> str:
    """SHA-256 over the parts' JSON, so that `("ab", "c")` and `("a", "bc")` differ."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_texts(*texts: str) -> str:
    """The same of nothing but texts, in a tenth of the time: their lengths tell them apart."""
    lengths = ",".join([str(len(text)) for text in texts])
    whole = "".join((lengths, ";", *texts))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  #: the piece is held
    WARNING = "warning"  #: a person should look; the piece goes on
    NOTE = "note"  #: what was repaired or noticed


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong or noteworthy; the same shape from intake to preflight."""

    rule: str
    severity: Severity
    message: str
    where: str = ""  #: `contacts.csv:14`, or the piece's number and page
    hint: str = ""  #: what to do about it
    page: int = 0  #: 1-based; 0 where there is no page
    box: Box | None = None  #: the offence on the page, in points from the TrimBox

    def on(self, page: int) -> Finding:
        """The same on the page of that number."""
        return self if page == self.page else replace(self, page=page)


@dataclass(frozen=True, kw_only=True)
class Address:
    """A postal address in parts; `country` is ISO 3166-1 alpha-2, upper case."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Name:
    """One person's name in parts, each as it was written."""

    salutation: str = ""  #: Mr, Frau, Dr. ... never inferred
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""  #: with its particles: "van der Berg"
    suffix: str = ""
    nickname: str = ""  #: in quotes or brackets: Robert "Bob" Smith


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One person (or company) of a CRM export."""

    key: str  #: `source:record id`; stays the same from export to export
    source: str  #: the name of the export, such as `crm`
    where: str  #: `contacts.csv:14`
    salutation: str = ""  #: Mr, Frau, Dr. ... as the CRM has it, never inferred
    first_name: str = ""
    middle_name: str = ""  #: on the envelope only
    last_name: str = ""
    suffix: str = ""
    partners: tuple[Name, ...] = ()  #: who else is named in the row: "Jerry and Beth Smith"
    company: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""  #: ISO 639-1, or empty: then the country decides
    address: Address = Address()
    owner: str = ""  #: the colleague who signs; a name or a key of `[owners]`
    suppressed: tuple[str, ...] = ()  #: why no mail may go there: "deceased", "opted out"
    fields: Mapping[str, str] = field(default_factory=dict)  #: every other column, by its header
    before: Mapping[str, str] = field(
        default_factory=dict
    )  #: header -> the cell as the export has it, where a repair changed it
    findings: tuple[Finding, ...] = ()  #: what intake found in this row

    @property
    def name(self) -> str:
        """First and last name as the CRM has them, else the company."""
        return " ".join(p for p in (self.first_name, self.last_name) if p) or self.company

    @property
    def name_or_key(self) -> str:
        """For lists: never empty, so that everybody can be found."""
        return self.name or self.key


@dataclass(frozen=True, kw_only=True)
class Borrowed:
    """A part that a person's record lacked, and another record of the same person has."""

    recipient: str  #: the key of the record that is mailed
    field: str  #: "salutation"
    lender: str  #: the key of the other


@dataclass(frozen=True, kw_only=True)
class Household:
    """The people who get one piece together; the first is the one it is addressed to."""

    key: str
    members: tuple[Recipient, ...]
    also: tuple[str, ...] = ()  #: keys of records of the same people, left out as duplicates
    borrowed: tuple[Borrowed, ...] = ()  #: what of the members those have given

    @property
    def head(self) -> Recipient:
        return self.members[0]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person has answered once and for all to a question about a source's data."""

    subject: str  #: what was asked: "repair:all-caps-name", "same:crm:1|web:7"
    answer: str  #: "take", "refuse", "day-first" ...
    by: str
    at: str  #: ISO 8601, UTC
    source: str = ""  #: empty: of all sources
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A person's word that somebody gets no mail: for good, or until a day."""

    recipient: str  #: the key; it counts for all records of the same person
    reason: str  #: "open complaint"
    by: str
    at: str  #: ISO 8601, UTC
    until: dt.date | None = None  #: the first day on which mail may go again; None: for good
    person: Recipient | None = None  #: name, address and e-mail address of who was meant then


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a snapshot brought of one person."""

    recipient: str  #: the key
    kind: str  #: "new", "changed", "gone", or "back" after having been gone
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)  #: name -> before, after


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What a programme gives a piece for, once: somebody's birthday of one year."""

    programme: str
    name: str  #: "birthday 2026"; the same whichever edition gives it
    recipient: str  #: the key
    day: dt.date  #: the day itself; of a change the day on which it was seen
    hand_over: dt.date  #: the day on which its piece is to be given to the provider
    last: dt.date  #: the last day on which that is worth it
    why: str  #: for people


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A person who gets nothing, and why."""

    recipient: Recipient
    reason: str  #: "deceased", "duplicate of crm:104", "not selected: ..."


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A text together with where it comes from; `why` prints both."""

    text: str
    source: str  #: "Salutation + Last name, formal, de"


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """The three ways to name a household on paper."""

    envelope_name: Derived
    salutation: Derived
    informal: Derived


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The colleague who signs."""

    key: str
    name: str
    role: str = ""
    phone: str = ""
    signature: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who the post comes from; its country decides what counts as abroad."""

    company: str
    address: Address
    email: str = ""
    phone: str = ""
    website: str = ""


class Status(StrEnum):
    """Where a piece is; `track.TRANSITIONS` says what may follow what."""

    HELD = "held"  #: something must be mended first
    READY = "ready"  #: checked, waits for approval and send
    SENDING = "sending"  #: the intent is committed, the outcome is not known yet
    ACCEPTED = "accepted"  #: the provider has it
    PRINTED = "printed"  #: the printer has finished it
    MAILED = "mailed"  #: the postal operator has it
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    RETURNED = "returned"
    FAILED = "failed"  #: the provider refused it for good
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  #: it may have been taken: a person decides


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What goes to one household in one mailing; its key never changes."""

    key: str
    mailing: str
    number: int  #: the sequence number printed on card and envelope
    household: Household
    greeting: Greeting
    language: str
    address_lines: tuple[str, ...]
    owner: Owner
    findings: tuple[Finding, ...] = ()
    occasions: tuple[Occasion, ...] = ()  #: of every record of everybody it goes to

    @property
    def recipient(self) -> Recipient:
        return self.household.head


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The words filled into the layout, nothing drawn yet; one HTML document a page."""

    piece: str
    language: str
    pages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameBox:
    """Where the renderer put a frame of a page and how far its content reaches."""

    name: str
    page: int
    box: Box
    content: Box
    empty: bool = False
    code: str = ""  #: the kind that its text is drawn as

    def on(self, page: int) -> FrameBox:
        """The same on the page of that number."""
        return self if page == self.page else replace(self, page=page)


class Line(NamedTuple):
    """A run of text on one line; the corners are of its ink, not of its leading."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.right - self.left, self.bottom - self.top)


@dataclass(frozen=True, kw_only=True)
class Artwork:
    """A piece's finished pages: consecutive ones from `first_page` (0-based) of a PDF."""

    piece: str
    path: Path
    first_page: int
    pages: int
    sha256: str  #: over the content streams of its pages only, not the pictures they show
    frames: tuple[FrameBox, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a provider is asked the price of: a whole mailing or one batch of it."""

    provider: str
    format: str
    pieces: int
    abroad: int  #: of the pieces, those that cross a border
    pages: int  #: of all pieces together
    day: dt.date  #: on which it is handed over
    options: Mapping[str, Any] = field(default_factory=dict)  #: [options] of the mailing

    @property
    def domestic(self) -> int:
        return self.pieces - self.abroad


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """One price of a quote, with where it comes from."""

    what: str
    per: str  #: one of `rates.COUNTED`
    count: int
    price: Decimal  #: of one
    valid_from: dt.date
    source: str

    @property
    def sum(self) -> Decimal:
        return self.count * self.price


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a mailing or a batch will cost; `Decimal`, never binary fractions."""

    pieces: int
    total: Decimal
    currency: str  #: empty where nothing has a price
    lines: tuple[QuoteLine, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  #: what and per of lines without a price


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something odd about a whole mailing: it goes only if a person says why it is right."""

    rule: str  #: "volume", "late"
    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class PrintTicket:
    """How one file of a batch is to be printed; the words are IPP's (RFC 8011, PWG 5100.7).

    An empty `source`, `media_type` or `colour` leaves the choice to the printer's settings.
    """

    size: Size  #: of the sheet or the envelope, whichever way round
    margin: Length  #: the widest unprintable edge the art can bear; 0 is full bleed
    sides: str = "one-sided"
    source: str = ""  #: the tray
    media_type: str = ""  #: the stock: "cardstock", "envelope"
    colour: str = ""  #: IPP `print-color-mode`
    copies: int = 1
    envelope: bool = False  #: taken from the envelope tray


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is handed to a provider in one go: finished files and the pieces in them.

    A provider that takes single pieces gets batches of one.
    """

    key: str  #: idempotency key; the same batch always has the same one
    mailing: str
    pieces: tuple[Piece, ...]
    files: tuple[Path, ...]  #: print files, envelopes, manifest
    #: file name -> how to print it; a file without a ticket is not printed
    media: Mapping[str, PrintTicket] = field(default_factory=dict)
    format: str = ""
    sender: Sender | None = None  #: the return address, where the provider prints one
    options: Mapping[str, Any] = field(default_factory=dict)  #: what the mailing asks of it
    send_at: str = ""  #: not to be made before: ISO 8601, UTC; empty: at once
    cost: str = ""  #: decimal, as quoted
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of a provider's server, kept as evidence for claims; no secrets are in it."""

    at: str
    call: str  #: `POST /postcards`
    status: int  #: of HTTP; 0: there was no answer
    request_id: str = ""  #: under which the provider finds the call in its own log
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the provider answered: our word for it beside its own."""

    ref: str  #: the provider's own id
    status: Status
    raw: str = ""
    folder: str = ""  #: where the files lie, where that is for people to know
    replies: tuple[Reply, ...] = ()  #: every answer on the way to this one


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A person's word that exactly this digest may be sent."""

    mailing: str
    digest: str
    by: str
    at: dt.datetime
    accepted: Mapping[str, str] = field(default_factory=dict)  #: rule -> reason


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """One run, as `mailings/NAME.toml` describes it; or a day's edition of a programme."""

    name: str
    title: str
    layout: str
    format: str
    provider: str
    owner: str  #: who signs where a person has no owner of their own
    date: dt.date  #: printed on letters
    language: str = "en"  #: where neither the person nor the country says
    formality: str = ""  #: formal or informal; empty: as the language has it
    script: str = ""  #: "latin": of the address on the envelope; empty: as it is written
    us_form: str = ""  #: "standard": US addresses as USPS Publication 28 has them
    where: str = ""  #: filter of the audience
    sources: tuple[str, ...] = ()  #: empty: all
    limit: int = 0  #: at most so many pieces; 0: no limit
    one_per_household: bool = True
    fields: Mapping[str, str] = field(
        default_factory=dict
    )  #: values of the layout's fields that are the same for all
    text: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  #: language -> word -> text
    options: Mapping[str, Any] = field(default_factory=dict)  #: what is asked of its provider
    compare: str = ""  #: the mailing of last time; empty: found by its name
    grammage: int = 0  #: g/m2 of the paper (ISO 536); 0: not known
    pause_after: int = 0  #: so many first, to be looked at; 0: all at once
    arrive_by: dt.date | None = None
    send_on: dt.date | None = None
    programme: str = ""  #: whose edition it is; empty: nobody's, it stands for itself

    @property
    def file(self) -> str:
        """Where it is written down."""
        folder, name = ("programmes", self.programme) if self.programme else ("mailings", self.name)
        return f"{folder}/{name}.toml"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A piece together with its finished pages and how it stands."""

    piece: Piece
    artwork: Artwork | None  #: None where nothing could be drawn
    content: str  #: digest of everything that will be printed of it
    status: Status
    provider: str = ""
    provider_ref: str = ""
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Dispatch:
    """A line of the journal: a batch handed, or about to be handed, to a provider."""

    key: str
    mailing: str
    provider: str
    format: str
    pieces: tuple[str, ...]
    files: Mapping[str, str]  #: name -> sha256 of what is handed over, in that order
    intent_at: str
    state: str = "intent"  #: then `done`, `failed`, `cancelled`, `unknown`, `void` or `reprint`
    attempts: int = 0
    outcome_at: str = ""
    ref: str = ""
    raw: str = ""
    folder: str = ""  #: where the provider has put the files, if it is a folder
    owner: str = ""  #: the sender (a process) that has it in hand while its state is `intent`
    sender: Sender | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    send_at: str = ""
    cost: str = ""  #: `Decimal` as text, quoted before it was handed over; empty: no price set
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class News:
    """What a provider tells of a piece after it has taken it: its own words beside ours."""

    id: str  #: the provider's id of this news; the same news has the same one
    provider: str
    mailing: str
    piece: str  #: the piece's key; empty where the provider does not say
    key: str  #: of the batch; empty where the provider does not say
    ref: str  #: the provider's id of the piece
    word: str  #: the provider's own word, such as `postcard.in_transit`
    status: Status | None  #: what that means; None: nothing for the status, or not known
    at: str  #: when it happened: ISO 8601, UTC
    note: str = ""  #: for people: the reason of a failure and its remedy
    raw: str = ""
    known: bool = True  #: False: a word of theirs that nobody here has heard before
    final: bool = False  #: after it no more need come, although the piece has not arrived


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a postal database says of an address."""

    address: Address  #: as it was asked
    verified: Address  #: as the post writes it; equal to `address` where it is not known
    word: str  #: the provider's own, such as `deliverable_missing_unit`
    rule: str = ""  #: the rule that holds a piece to it; empty: it can be delivered
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change of a piece's status; written once, never changed."""

    at: str
    piece: str
    was: str
    now: str
    note: str
