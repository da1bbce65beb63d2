"""The tables of `state`: small, transactional, and true (docs: storage).

What stands here cannot be made again from the log: definitions, the schema,
keys of people, which batches and runs count. SQLite by default.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("folder", String, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("received", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("anonymous", Integer, nullable=False),
    Column("report", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("person", Integer, primary_key=True),
    Column("person_id", String, nullable=False, unique=True),
    Column("living", Boolean, nullable=False),
)

node = Table(
    "node",
    metadata,
    Column("node", Integer, primary_key=True),
    Column("person", Integer, ForeignKey("person.person"), nullable=False),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),
    Column("batch", Integer, nullable=False, index=True),
    UniqueConstraint("source", "kind", "value"),
)

attribute = Table(
    "attribute",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("fold", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("codes", String),
    Column("table_name", String, nullable=False, unique=True),
)

event_type = Table(
    "event_type",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("fold", String, nullable=False, unique=True),
    Column("table_name", String, nullable=False, unique=True),
)

event_property = Table(
    "event_property",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_type", Integer, ForeignKey("event_type.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("fold", String, nullable=False),
    Column("type", String, nullable=False),
    Column("codes", String),
    Column("column_name", String, nullable=False, unique=True),
    UniqueConstraint("event_type", "fold"),
)

segment_version = Table(
    "segment_version",
    metadata,
    Column("segment", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", JSON),
    Column("created_at", String, nullable=False),
)

need_version = Table(
    "need_version",
    metadata,
    Column("need", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", JSON),
    Column("created_at", String, nullable=False),
)

contract_version = Table(
    "contract_version",
    metadata,
    Column("source", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", JSON),
    Column("created_at", String, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("as_of", String, nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
)

# What a run was decided with besides data and definitions, so that the next one may begin where it ended (steps/refresh_few.py).
run_basis = Table(
    "run_basis",
    metadata,
    Column("run", Integer, ForeignKey("run.number"), primary_key=True),
    Column("basis", String, nullable=False),
)

run_segment = Table(
    "run_segment",
    metadata,
    Column("run", Integer, ForeignKey("run.number"), primary_key=True),
    Column("segment", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("day", String, nullable=False),
    Column("size", Integer),
    Column("entered", Integer),
    Column("left", Integer),
    Column("error", JSON),
)

reconstructed_day = Table(
    "reconstructed_day",
    metadata,
    Column("segment", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("entered", Integer, nullable=False),
    Column("left", Integer, nullable=False),
)

reconstructed_past = Table(
    "reconstructed_past",
    metadata,
    Column("segment", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
)

exchange_rate = Table(
    "exchange_rate",
    metadata,
    Column("currency", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("rate", String, nullable=False),
    Column("origin", String, nullable=False),
)

scored_pair = Table(
    "scored_pair",
    metadata,
    Column("first", Integer, primary_key=True),
    Column("second", Integer, primary_key=True),
    Column("probability", Float, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("action", String, nullable=False),
    Column("detail", JSON, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("schedule", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("cursor", JSON, nullable=False),
    Column("last_attempt", String),
    Column("last_success", String),
    Column("last_error", JSON),
    Column("received", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("deleted", Integer, nullable=False),
)

# Rows of people who were erased, which are not kept; beside the other sums of a source, for workspaces that had these first.
source_suppressed = Table(
    "source_suppressed",
    metadata,
    Column("name", String, primary_key=True),
    Column("suppressed", Integer, nullable=False),
)

hook = Table(
    "hook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("delivery", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("received_at", String, nullable=False),
    Column("body", LargeBinary),
    UniqueConstraint("source", "delivery"),
)

hook_record = Table(
    "hook_record",
    metadata,
    Column("source", String, primary_key=True),
    Column("record", String, primary_key=True),
    Column("changed", String, nullable=False),
)

audit_link = Table(
    "audit_link",
    metadata,
    Column("id", Integer, ForeignKey("audit.id"), primary_key=True),
    Column("by", String, nullable=False),
    Column("people", JSON, nullable=False),
    Column("salt", String),
    Column("payload", String, nullable=False),
    Column("hash", String, nullable=False),
)

suppression = Table(
    "suppression",
    metadata,
    Column("digest", String, primary_key=True),
    Column("at", String, nullable=False),
)

erasure = Table(
    "erasure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("intent", JSON),
)

right_used = Table(
    "right_used",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("what", String, nullable=False),
    Column("holds", Boolean, nullable=False),
    Column("digests", JSON, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("written", Integer, nullable=False),
    Column("people", LargeBinary, nullable=False),
)

special_attribute = Table(
    "special_attribute",
    metadata,
    Column("attribute", String, primary_key=True),
    Column("category", String, nullable=False),
)

special_basis = Table(
    "special_basis",
    metadata,
    Column("segment", String, primary_key=True),
    Column("basis", String, nullable=False),
    Column("note", String, nullable=False),
    Column("at", String, nullable=False),
)

retention_rule = Table(
    "retention_rule",
    metadata,
    Column("source", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("days", Integer, nullable=False),
)
