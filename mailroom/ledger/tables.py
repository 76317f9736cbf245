"""The ledger's tables, in words that SQLite and PostgreSQL share; `migrations` makes them.

People hold what is personal, pieces what was frozen for one mailing, dispatches the journal
of calls to providers, replies what their servers answered, news what they told later, events
every change of a piece's status, never changed nor deleted.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")

migrations = Table(
    "migrations",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("applied_at", String(40), nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", String(100), nullable=False),
    Column("files", JSON, nullable=False),  # name -> sha256
    Column("rows", Integer, nullable=False),
    Column("report", JSON, nullable=False),  # columns and findings, as `intake --json` has them
    Column("at", String(40), nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("source", String(100), nullable=False, index=True),
    Column("snapshot", _Id, ForeignKey("snapshots.id"), nullable=False),
    Column("gone", Boolean, nullable=False),  # in an earlier export, not in the latest
    Column("position", Integer, nullable=False),  # order of the export
    Column("data", JSON, nullable=False),
)

mappings = Table(  # how a source's columns were read, so that a changed header is noticed
    "mappings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", String(100), nullable=False, index=True),
    Column("fingerprint", String(64), nullable=False, index=True),  # of the header
    Column("kind", String(50), nullable=False),  # whose export it is; empty: nobody's we know
    Column("columns", JSON, nullable=False),  # [header, field or null], in the file's order
    Column("by", String(200), nullable=False),  # empty: nobody had to say anything
    Column("at", String(40), nullable=False),
)

changes = Table(  # what each snapshot brought; never changed, for programmes are set off by it
    "changes",
    metadata,
    Column("snapshot", _Id, ForeignKey("snapshots.id"), primary_key=True),
    Column("recipient", String(300), primary_key=True),
    Column("source", String(100), nullable=False, index=True),
    Column("kind", String(10), nullable=False),  # see model.Change
    Column("fields", JSON, nullable=False),  # name -> [before, after]
    Column("at", String(40), nullable=False),
)

decisions = Table(  # people's answers to questions about the data; the newest counts
    "decisions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", String(100), nullable=False, index=True),  # empty: of all
    Column("subject", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", String(40), nullable=False),
)

holds = Table(  # people's words that somebody gets no mail
    "holds",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("recipient", String(300), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("until", String(10), nullable=False),  # ISO date; empty: for good
    Column("ended_at", String(40), nullable=False),  # empty: not ended by a person
    Column("ended_by", String(200), nullable=False),
    Column("ended_why", Text, nullable=False),
    Column("person", Text, nullable=False, server_default=""),  # who was meant then, as JSON
)

occasions = Table(  # what of a programme has been given out: nobody's birthday comes twice a year
    "occasions",
    metadata,
    Column("programme", String(200), primary_key=True),
    Column("occasion", String(200), primary_key=True),  # "birthday 2026"
    Column("recipient", String(300), primary_key=True),
    Column("mailing", String(200), nullable=False),
    Column("piece", String(64), nullable=False, index=True),
    Column("at", String(40), nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("mailing", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("folder", Text, nullable=False),  # of the finished pages
    Column("report", JSON, nullable=False),  # as `prepare --json` has it
    Column("at", String(40), nullable=False),
)

pieces = Table(
    "pieces",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("mailing", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("household", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("content", String(64), nullable=False),  # digest of what will be printed
    Column("data", JSON, nullable=False),
    Column("artwork", JSON, nullable=False),
    Column("provider", String(50), nullable=False),
    Column("provider_ref", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    UniqueConstraint("mailing", "number"),
    UniqueConstraint("mailing", "household"),
    Index("pieces_by_status", "mailing", "status"),
)

members = Table(
    "members",
    metadata,
    Column("mailing", String(200), primary_key=True),
    Column("recipient", String(300), primary_key=True),
    Column("piece", String(64), ForeignKey("pieces.key", ondelete="CASCADE"), nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("mailing", String(200), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", String(40), nullable=False),
    Column("accepted", JSON, nullable=False),
)

dispatches = Table(
    "dispatches",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("mailing", String(200), nullable=False, index=True),
    Column("provider", String(50), nullable=False),
    Column("format", String(50), nullable=False),
    Column("state", String(20), nullable=False),  # see model.Dispatch
    Column("pieces", JSON, nullable=False),
    Column("files", JSON, nullable=False),  # name -> sha256 of what was handed over
    Column("folder", Text, nullable=False),  # where an outbox has put them
    Column("attempts", Integer, nullable=False),
    Column("intent_at", String(40), nullable=False),
    Column("outcome_at", String(40), nullable=False),
    Column("ref", Text, nullable=False),
    Column("raw", Text, nullable=False),
    # Columns of a later version have a default, so that they can be added to older ledgers.
    Column("owner", String(64), nullable=False, server_default="", index=True),
    Column("sender", JSON, nullable=False, server_default="null"),
    Column("options", JSON, nullable=False, server_default="{}"),
    Column("send_at", String(40), nullable=False, server_default=""),
    Column("cost", String(40), nullable=False, server_default=""),
    Column("currency", String(3), nullable=False, server_default=""),
)

replies = Table(  # of providers' servers, kept as evidence for claims
    "replies",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("dispatch", String(64), nullable=False, index=True),
    Column("at", String(40), nullable=False),
    Column("call", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("body", Text, nullable=False),
)

news = Table(  # what providers tell of pieces, as it came
    "news",
    metadata,
    Column("provider", String(50), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("mailing", String(200), nullable=False, index=True),
    Column("piece", String(64), nullable=False, index=True),
    Column("key", String(64), nullable=False),
    Column("ref", Text, nullable=False),
    Column("word", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("at", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("taken_at", String(40), nullable=False),
    Column("known", Boolean, nullable=False),  # is its word in our tables?
    Column("final", Boolean, nullable=False),  # need nothing more come after it?
)

verdicts = Table(  # what a postal database said of an address, and when
    "verdicts",
    metadata,
    Column("provider", String(50), primary_key=True),
    Column("mode", String(10), primary_key=True),  # `live`, or `test`: then nobody has looked
    Column("address", String(64), primary_key=True),  # digest of the address as it was asked
    Column("data", JSON, nullable=False),
    Column("at", String(40), nullable=False),
)

overrides = Table(  # who vouches for what: a person's word that an address is right all the same
    "overrides",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("address", String(64), nullable=False, index=True),
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", String(40), nullable=False),
    Column("mode", String(10), nullable=False, server_default="live"),  # as with verdicts
)

events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", String(40), nullable=False),
    Column("mailing", String(200), nullable=False, index=True),
    Column("piece", String(64), nullable=False, index=True),
    Column("was", String(20), nullable=False),
    Column("now", String(20), nullable=False),
    Column("note", Text, nullable=False),
)

for _table in metadata.tables.values():
    for _column in _table.columns:
        if type(_column.type) is String:
            # SQLite holds no text to its length; a CRM's long id must not stop PostgreSQL either.
            _column.type = _column.type.with_variant(Text(), "postgresql")
