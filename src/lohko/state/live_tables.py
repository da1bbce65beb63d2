"""The tables of refreshes that go on all the time: what is decided by now, changes that are not in a file yet, and which runs a file holds."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table

from lohko.state.tables import metadata

# Per segment the latest refresh that could tell it. One that found nobody moved leaves no run, only this.
segment_decided = Table(
    "segment_decided",
    metadata,
    Column("segment", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("rule", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("as_of", String, nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("basis", String),
)

# The changes of small runs, until they are rolled up into a file of the ledger (steps/roll_up.py): who moved alike is one row.
live_move = Table(
    "live_move",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("segment", String, primary_key=True),
    Column("entered", Boolean, primary_key=True),
    Column("cause", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("person_ids", JSON, nullable=False),
)

# A run that stands for several: its file holds their changes, each under its own number.
run_span = Table(
    "run_span",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("first", Integer, nullable=False),
)
