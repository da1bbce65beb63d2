"""The tables of what people say about segments besides their rules: status, notes, comments."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from lohko.state.tables import metadata

segment_about = Table(
    "segment_about",
    metadata,
    Column("segment", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("notes", String, nullable=False),
    Column("changed_at", String, nullable=False),
    Column("changed_by", String, nullable=False),
)

segment_comment = Table(
    "segment_comment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("segment", String, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("text", String, nullable=False),
    Column("at", String, nullable=False),
)
