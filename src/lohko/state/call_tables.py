"""The table of what was noted of calls: to which customer (by the key of a record of theirs) or company, how it went, and until when they are left in peace."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from lohko.state.tables import metadata

call = Table(
    "call",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("by", String, nullable=False),
    Column("node", Integer, index=True),
    Column("account", String),
    Column("outcome", String, nullable=False),
    Column("until", String, nullable=False),
    Column("note", String, nullable=False),
)
