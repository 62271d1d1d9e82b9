"""The tables. Bodies are the nouns as JSON; columns beside them are what queries filter and sort by.

Instants are text in UTC with microseconds ("2026-11-10T11:00:00.000000Z"), which sorts as it reads on
SQLite and PostgreSQL alike; dates are ISO text; money lives inside the bodies as decimal text.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON as Json
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

HEAD = "0004"
"""The newest migration; `open_store` upgrades when the database says otherwise."""


class Encoded(str):
    """JSON that is text already, written as it is: encoding many bodies once takes half the time."""


def encode(value: Any) -> str:
    """A body as the text of a JSON column."""
    return value if isinstance(value, Encoded) else json.dumps(value)


def instant(value: datetime) -> str:
    """A zone-aware instant as sortable UTC text."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def parse_instant(text: str) -> datetime:
    """The instant that `instant` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


parties = Table(
    "parties",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("us", Boolean, nullable=False, default=False),
    Column("body", Json, nullable=False),
)

contracts = Table(
    "contracts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("parent", String(64), index=True),
    Column("counterparty", String(64), index=True),
    Column("business_unit", String(64), nullable=False, default="", index=True),
    Column("document_id", String(64), index=True),
    Column("body", Json, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contract", String(64), ForeignKey("contracts.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("body", Json, nullable=False, comment="the document without its text"),
    Column("original", LargeBinary, comment="the bytes as they came"),
    Column("current", Boolean, nullable=False, default=True, comment="False once a newer version came"),
    Column("ingested_at", String(32), nullable=False),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("document_id", String(64), ForeignKey("documents.id"), nullable=False, index=True),
    Column("start", Integer, nullable=False),
    Column("body", Json, nullable=False),
)

obligations = Table(
    "obligations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contract", String(64), ForeignKey("contracts.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False, index=True),
    Column("key", Text, nullable=False, default=""),
    Column("review", String(16), nullable=False, index=True),
    Column("reviewed_by", Text),
    Column("body", Json, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

party_links = Table(
    "party_links",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("hint", Text, primary_key=True),
    Column("party", String(64), comment="None: nobody of ours"),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", String(32), nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", String(500), primary_key=True),
    Column("system", String(64), nullable=False),
    Column("record", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("party", String(64)),
    Column("party_hint", Text, nullable=False, server_default=""),
    Column("contract", String(64)),
    Column("occurred_at", String(32), nullable=False),
    Column("known_at", String(32), nullable=False),
    Column("body", Json, nullable=False),
    Index("facts_by_party", "party", "kind", "known_at"),
    Index("facts_by_record", "system", "kind", "record"),
    Index("facts_by_hint", "party", "system", "party_hint"),
)

assessments = Table(
    "assessments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("as_of", String(32), primary_key=True),
    Column("obligation", String(64), nullable=False, index=True),
    Column("contract", String(64), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("counts_on", String(10), nullable=False, index=True),
    Column("body", Json, nullable=False),
    Column("newest", Boolean, nullable=False, default=True, index=True),
)

actions = Table(
    "actions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("reference", String(128), nullable=False, unique=True),
    Column("contract", String(64), index=True),
    Column("party", String(64)),
    Column("state", String(16), nullable=False, index=True),
    Column("body", Json, nullable=False),
    Column("claimed_at", String(32), comment="set while somebody executes it"),
    Column("claimed_by", String(128), comment="who does: a workflow's id survives its process"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("system", String(64), nullable=False),
    Column("subject", Text, nullable=False, comment="the record the event is about"),
    Column("state", String(16), nullable=False, index=True),
    Column("body", Json, nullable=False),
    Column("error", Text, nullable=False, default=""),
    Column("received_at", String(32), nullable=False),
    Column("finished_at", String(32)),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("cursor", Text),
    Column("observed_from", String(10), comment="day from which the source is known to be complete"),
    Column("updated_at", String(32), nullable=False),
)

problems = Table(
    "problems",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("contract", String(64), index=True),
    Column("document_id", String(64), index=True),
    Column("stage", String(32), nullable=False),
    Column("body", Json, nullable=False),
    Column("found_at", String(32), nullable=False),
    Column("resolved_at", String(32)),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("scope", Json, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("revoked_at", String(32)),
)

threads = Table(
    "threads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("principal", String(64), nullable=False, index=True),
    Column("state", Json, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("thread", String(64), index=True),
    Column("principal", String(64), nullable=False),
    Column("body", Json, nullable=False),
    Column("answered_at", String(32), nullable=False),
)

prompt_records = Table(
    "prompt_records",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("task", String(32), nullable=False, index=True),
    Column("version", String(16), nullable=False),
    Column("digest", String(64), nullable=False, index=True, comment="SHA-256 of the prompt's text"),
    Column("model", Text, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("body", Json, nullable=False),
    Column("measured_at", String(32), nullable=False),
)

prompt_releases = Table(
    "prompt_releases",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("task", String(32), nullable=False, index=True),
    Column("version", String(16), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("text", Text, nullable=False, comment="the prompt itself: it is the same wherever it is loaded"),
    Column("record", String(64), nullable=False, comment="the gate's record it rests on"),
    Column("verb", String(16), nullable=False, comment="release or rollback"),
    Column("by", Text, nullable=False),
    Column("at", String(32), nullable=False),
)

model_use = Table(
    "model_use",
    metadata,
    Column("principal", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
)

model_replies = Table(
    "model_replies",
    metadata,
    Column("key", String(64), primary_key=True, comment="SHA-256 of what was asked"),
    Column("task", String(32), nullable=False),
    Column("reply", Text, nullable=False),
    Column("kept_at", String(32), nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("verb", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("previous", name="audit_one_successor"),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False, comment="rises with every write, so that readers may cache"),
)
