"""The tables of reports, when which is sent to whom and the links by which one can be read; and of the guide, what was ticked off."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table

from lohko.state.tables import metadata

report_schedule = Table(
    "report_schedule",
    metadata,
    Column("id", String, primary_key=True),
    Column("segment", String),
    Column("form", String, nullable=False),
    Column("language", String, nullable=False),
    Column("receivers", JSON, nullable=False),
    Column("schedule", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("last_attempt", String),
    Column("last_success", String),
    Column("last_error", String),
)

report_link = Table(
    "report_link",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("segment", String),
    Column("language", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("revoked_at", String),
)

report_maker = Table(
    "report_maker",
    metadata,
    Column("item", String, primary_key=True),
    Column("user", String, ForeignKey("app_user.id"), nullable=False, index=True),
)
"""Which user a schedule or a link is of; those that are of the machine's own user are not in it."""

guide_mark = Table(
    "guide_mark",
    metadata,
    Column("step", String, primary_key=True),
    Column("at", String, nullable=False),
)
