"""The tables of those who use Lohko: users, what they are signed in by, keys of programs, what they are told."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table

from lohko.state.tables import metadata

app_user = Table(
    "app_user",
    metadata,
    Column("id", String, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password", String),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", String, nullable=False),
    Column("last_sign_in", String),
)

session = Table(
    "session",
    metadata,
    Column("digest", String, primary_key=True),
    Column("user", String, ForeignKey("app_user.id"), nullable=False, index=True),
    Column("created_at", String, nullable=False),
    Column("used_at", String, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("digest", String, primary_key=True),
    Column("user", String, ForeignKey("app_user.id"), nullable=False, index=True),
    Column("expires_at", String, nullable=False),
)

openid_link = Table(
    "openid_link",
    metadata,
    Column("issuer", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("user", String, ForeignKey("app_user.id"), nullable=False, index=True),
    Column("linked_at", String, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("user", String, ForeignKey("app_user.id")),
    Column("created_at", String, nullable=False),
    Column("expires_at", String),
    Column("last_used", String),
    Column("revoked_at", String),
)

follow = Table(
    "follow",
    metadata,
    Column("user", String, ForeignKey("app_user.id"), primary_key=True),
    Column("segment", String, primary_key=True),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", String, ForeignKey("app_user.id"), nullable=False, index=True),
    Column("at", String, nullable=False),
    Column("segment", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("by", String, nullable=False),
    Column("why", JSON, nullable=False),
    Column("seen", Boolean, nullable=False),
)
