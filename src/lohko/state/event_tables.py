"""The tables of events as they come in: the keys they come by, and how far the inbox has been read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from lohko.state.tables import metadata

write_key = Table(
    "write_key",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("text", String),
    Column("new_names", Boolean, nullable=False),
    Column("created_at", String, nullable=False),
    Column("last_used", String),
    Column("revoked_at", String),
)

write_key_origin = Table(
    "write_key_origin",
    metadata,
    Column("key", String, primary_key=True),
    Column("origin", String, primary_key=True),
)

inbox_read = Table(
    "inbox_read",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file", Integer, nullable=False),
    Column("offset", Integer, nullable=False),
)
