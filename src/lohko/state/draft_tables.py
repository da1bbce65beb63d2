"""The tables of rules that are being built, and of who wrote which version of a segment."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table

from lohko.state.tables import metadata

draft = Table(
    "draft",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),
    Column("title", String, nullable=False),
    Column("segment", String),
    Column("body", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("as_of", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("changed_at", String, nullable=False),
)

segment_author = Table(
    "segment_author",
    metadata,
    Column("segment", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("author", String, nullable=False),
)
