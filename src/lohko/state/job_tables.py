"""The table of long work: what was begun, how far it came, and what came of it."""

from __future__ import annotations

from sqlalchemy import Column, Float, String, Table

from lohko.state.tables import metadata

job = Table(
    "job",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("state", String, nullable=False),
    Column("done", Float, nullable=False),
    Column("what", String, nullable=False),
    Column("began", String, nullable=False),
    Column("by", String),
    # JSON: the file that was uploaded and what was chosen of its columns; what came of it; the error that ended it.
    Column("asked", String),
    Column("result", String),
    Column("error", String),
)
